// SPDX-License-Identifier: GPL-3.0-or-later
// What conditions mean: cases written down, and random ones on random events, where a plain
// evaluator must agree. testdata/README.md describes the cases.
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "eql_document.h"
#include "eql_reference.h"
#include "notation.h"
#include "random_condition.h"
#include "rules/condition.h"
#include "rules/eql_check.h"
#include "rules/eql_parser.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// A query as the program has it, and its number among conditions.
struct compiled {
    struct eql_query *query;
    size_t number;
};

static struct compiled compile(struct conditions *conditions, const char *text) {
    struct eql_error error = {0};
    struct compiled compiled = {.query = eql_parse(text, strlen(text), &error)};
    bool is_good = compiled.query != NULL && eql_check(compiled.query, &error) &&
                   conditions_add(conditions, &compiled.query->stages[0], &error, &compiled.number);
    ck_assert_msg(is_good, "%s\n%u: %s", text, error.place.column, error.text);
    return compiled;
}

static struct event *make_event(const struct plain_event *plain) {
    struct event_draft draft = {0};
    draft.head.id = (uint16_t)plain->id;
    draft.head.record_id = 1;
    for (size_t i = 0; i < plain->count; i++) {
        const char *name = plain->data[i].name;
        const char *value = plain->data[i].value;
        event_draft_add(&draft, event_data_named(name, strlen(name)), name, strlen(name), value,
                        strlen(value));
    }
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    event_draft_free(&draft);
    return event;
}

// What is judged, as the program has it.
struct judged {
    struct event *event;
    struct subject subject;
    struct field_reader reader;
};

static void begin(struct judged *judged, const struct plain_event *plain) {
    free(judged->event);
    judged->event = make_event(plain);
    subject_set_event(&judged->subject, judged->event);
    field_reader_begin(&judged->reader, &judged->subject);
}

static void end(struct judged *judged) {
    field_reader_free(&judged->reader);
    subject_free(&judged->subject);
    free(judged->event);
}

static char *describe(const struct plain_event *event) {
    char *text = xformat("event %u", event->id);
    for (size_t i = 0; i < event->count; i++) {
        xreplace(&text, xformat("%s ; %s=%s", text, event->data[i].name, event->data[i].value));
    }
    return text;
}

static const char *const verdicts[] = {"no", "yes", "name", "undecided"};

// ---- random ones

enum { BATCHES = 150, BATCH_QUERIES = 30, BATCH_EVENTS = 40 };

struct tally {
    size_t by_verdict[3];
    size_t undefined;
};

// All bytes of the event's values, as they are.
static char *raw_bytes(const struct plain_event *event) {
    char *text = xstrdup("");
    for (size_t i = 0; i < event->count; i++) {
        xreplace(&text, xformat("%s%s\n", text, event->data[i].value));
    }
    return text;
}

// What holds may hold.
static void expect_possible(struct conditions *conditions, const struct compiled *compiled,
                            const char *text, const struct plain_event *event) {
    char *bytes = raw_bytes(event);
    char *description = describe(event);
    const struct raw raw = {(const uint8_t *)bytes, strlen(bytes)};
    ck_assert_msg(conditions_may_hold(conditions, compiled->number, event->id),
                  "%s\n%s\nis not thought possible for the ID", text, description);
    ck_assert_msg(conditions_may_hold_in(conditions, compiled->number, &raw, 1),
                  "%s\n%s\nis not thought possible for the bytes", text, description);
    free(description);
    free(bytes);
}

static void compare(struct conditions *conditions, const struct compiled *compiled,
                    const char *text, struct judged *judged, const struct plain_event *event,
                    struct tally *tally) {
    unsigned kind = 0;
    enum reference_verdict wanted = reference_judge(&compiled->query->stages[0], event);
    enum condition_verdict verdict =
        conditions_judge(conditions, compiled->number, &judged->reader, &kind);
    if (wanted == REFERENCE_UNDEFINED) {
        tally->undefined++;
        return;
    }
    if ((int)verdict != (int)wanted) {
        char *description = describe(event);
        ck_abort_msg("%s\n%s\nis %s, not %s", text, description, verdicts[verdict],
                     verdicts[wanted]);
    }
    tally->by_verdict[wanted]++;
    if (wanted != REFERENCE_FAILS) {
        expect_possible(conditions, compiled, text, event);
    }
}

static void run_batch(struct random *random, struct tally *tally) {
    struct conditions *conditions = conditions_new();
    struct compiled compiled[BATCH_QUERIES];
    char *texts[BATCH_QUERIES];
    struct judged judged = {0};
    ck_assert_ptr_nonnull(conditions);
    for (size_t i = 0; i < BATCH_QUERIES; i++) {
        texts[i] = random_query(random);
        compiled[i] = compile(conditions, texts[i]);
    }
    for (size_t k = 0; k < BATCH_EVENTS; k++) {
        struct plain_event event = {0};
        random_plain_event(random, &event);
        begin(&judged, &event);
        for (size_t i = 0; i < BATCH_QUERIES; i++) {
            compare(conditions, &compiled[i], texts[i], &judged, &event, tally);
        }
        plain_event_free(&event);
    }
    end(&judged);
    conditions_free(conditions);
    for (size_t i = 0; i < BATCH_QUERIES; i++) {
        eql_query_free(compiled[i].query);
        free(texts[i]);
    }
}

START_TEST(random_conditions_agree_with_the_reference) {
    struct random random = {11};
    struct tally tally = {0};
    for (size_t i = 0; i < BATCHES; i++) {
        run_batch(&random, &tally);
    }
    ck_assert_msg(tally.by_verdict[REFERENCE_HOLDS] > 40000 &&
                      tally.by_verdict[REFERENCE_FAILS] > 40000 &&
                      tally.by_verdict[REFERENCE_HOLDS_BY_NAME] > 100 && tally.undefined < 9000,
                  "%zu yes, %zu no, %zu by name, %zu undefined", tally.by_verdict[REFERENCE_HOLDS],
                  tally.by_verdict[REFERENCE_FAILS], tally.by_verdict[REFERENCE_HOLDS_BY_NAME],
                  tally.undefined);
}
END_TEST

void evaluator_tests(TCase *tests) {
    tcase_add_test(tests, random_conditions_agree_with_the_reference);
}
