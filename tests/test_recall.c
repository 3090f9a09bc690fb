// SPDX-License-Identifier: GPL-3.0-or-later
// Events that are kept brief where there are many: those of findings are whole again in the end, or
// it is said that they are not.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "case.h"
#include "command.h"
#include "match/timeline.h"
#include "rules/event.h"
#include "scan/scan.h"
#include "suites.h"
#include "xmem.h"

// Pairs in one chunk, in two, in two logs, in slack, out of order, and an event that is in no pair.
static const char logs[] = "log a.evtx\n"
                           "load 10:00:00\n"
                           "start 10:00:01\n"
                           "chunk\n"
                           "load 10:01:00\n"
                           "filler 20\n"
                           "chunk\n"
                           "start 10:01:01\n"
                           "  CommandLine: in another chunk\n"
                           "load 10:02:00\n"
                           "load 11:00:00\n"
                           "slack\n"
                           "start 10:03:01\n"
                           "  User: CORP\\bob\n"
                           "log b/b.evtx\n"
                           "filler 1\n"
                           "chunk\n"
                           "start 10:02:01\n"
                           "load 10:03:00\n"
                           "start 10:04:01 host=WS02\n"
                           "load 10:04:00 host=WS02\n"
                           "run .\n"
                           "exit 1\n";

enum { PAIRS = 5 };

struct made {
    char *directory;
    const char *path; // that too; the scan has a place in it
    struct rule_set *rules;
    struct scan *scan;
};

enum variant { PLAIN, DECODED, COMPRESSED, VARIANTS };

static void compress(const char *directory) {
    char shell[] = "/bin/sh";
    char option[] = "-euc";
    char script[] = "gzip a.evtx && tar -cf c.tar b && rm -r b";
    char *arguments[] = {shell, option, script, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    ck_assert_int_eq(outcome.status, 0);
    outcome_free(&outcome);
}

static void start(struct made *made, size_t whole_max, enum variant variant, const char *text) {
    made->directory = make_temporary_directory();
    case_write_text(text, made->directory);
    if (variant == COMPRESSED) {
        compress(made->directory);
    }
    made->rules = rule_set_builtin("wmi-script-execution");
    ck_assert_ptr_nonnull(made->rules);
    const struct scan_options options = {.rules = made->rules,
                                         .findings = findings_default_options(),
                                         .scanner = {.no_filter = variant == DECODED},
                                         .jobs = 2,
                                         .whole_events_max = whole_max};
    made->scan = scan_new(&options);
    ck_assert_ptr_nonnull(made->scan);
    made->path = made->directory;
    scan_start(made->scan, &made->path, 1);
}

static void finish(struct made *made) {
    while (scan_step(made->scan, 1000)) {
    }
    ck_assert(scan_finish(made->scan));
}

static void release(struct made *made) {
    scan_free(made->scan);
    rule_set_free(made->rules);
    remove_tree(made->directory);
    free(made->directory);
}

static const struct findings *findings_of(const struct made *made) {
    return &scan_result(made->scan)->findings;
}

static void expect_same_event(const struct stage_event *a, const struct stage_event *b) {
    ck_assert(event_is_same(a->event, b->event));
    ck_assert_uint_eq(a->hit_count, b->hit_count);
    ck_assert_mem_eq(a->hits, b->hits, a->hit_count * sizeof *a->hits);
    ck_assert_uint_eq(a->machine, b->machine);
    ck_assert(a->recovered == b->recovered && a->offset == b->offset && a->time == b->time);
}

START_TEST(findings_have_whole_events) {
    struct made whole = {0};
    struct made brief = {0};
    start(&whole, 0, (enum variant)_i, logs);
    start(&brief, 1, (enum variant)_i, logs);
    finish(&whole);
    finish(&brief);
    ck_assert(!scan_result(whole.scan)->timeline.is_full);
    ck_assert(scan_result(brief.scan)->timeline.is_full);
    ck_assert_uint_eq(findings_of(&whole)->count, PAIRS);
    ck_assert_uint_eq(findings_of(&brief)->count, PAIRS);
    for (size_t i = 0; i < PAIRS; i++) {
        const struct finding *a = &findings_of(&whole)->list[i];
        const struct finding *b = &findings_of(&brief)->list[i];
        ck_assert_uint_eq(a->id, b->id);
        ck_assert_uint_eq(a->event_count, b->event_count);
        for (size_t k = 0; k < a->event_count; k++) {
            expect_same_event(a->events[k], b->events[k]);
        }
    }
    ck_assert_uint_eq(scan_result(brief.scan)->problems.count,
                      scan_result(whole.scan)->problems.count);
    // An event without a pair stays brief.
    size_t left = 0;
    const struct timeline *timeline = &scan_result(brief.scan)->timeline;
    for (size_t i = 0; i < timeline->count; i++) {
        left += timeline->events[i].is_brief;
    }
    ck_assert_uint_eq(left, timeline->count - 2 * (size_t)PAIRS);
    ck_assert_uint_gt(left, 0);
    release(&whole);
    release(&brief);
}
END_TEST

static size_t count_unread(const struct made *made) {
    const struct problems *problems = &scan_result(made->scan)->problems;
    size_t count = 0;
    for (size_t i = 0; i < problems->count; i++) {
        count += strcmp(problems->list[i].reason,
                        "an event of a finding could not be read a second time") == 0;
    }
    return count;
}

// The log becomes so short when all of it has been read once; 0: it is removed.
static void expect_unread(off_t size, size_t unread) {
    struct made made = {0};
    start(&made, 1, PLAIN, logs);
    while (findings_of(&made)->count == 0) {
        ck_assert(scan_step(made.scan, 1000));
    }
    char *path = xformat("%s/a.evtx", made.directory);
    ck_assert_int_eq(size == 0 ? unlink(path) : truncate(path, size), 0);
    finish(&made);
    ck_assert_uint_eq(findings_of(&made)->count, PAIRS);
    ck_assert_uint_eq(count_unread(&made), unread);
    ck_assert(problems_have_serious(&scan_result(made.scan)->problems));
    free(path);
    release(&made);
}

// Six events of findings are in the log, two of them in its first chunk.
START_TEST(what_is_gone_is_named) {
    expect_unread(0, 6);
    expect_unread(4096 + 65536, 4);
}
END_TEST

// The first thousand events are compared with libevtx, and those of one chunk in 64: where all are
// whole, no other chunk is read again.
enum { CHUNKS = 66, CHUNK_PAIRS = 16, EARLY_CHUNKS = 32 };

static char *many_pairs(void) {
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\n");
    for (int i = 0; i < CHUNKS; i++) {
        buffer_add_text(&text, i == 0 ? "" : "chunk\n");
        for (int k = 0; k < CHUNK_PAIRS; k++) {
            int second = 2 * (i * CHUNK_PAIRS + k);
            buffer_printf(&text, "load 10:%02d:%02d\nstart 10:%02d:%02d.500\n", second / 60,
                          second % 60, second / 60, second % 60);
        }
    }
    buffer_add(&text, "run .\nexit 1\n", sizeof "run .\nexit 1\n");
    ck_assert(!text.failed);
    return text.data;
}

static void expect_read_again(const char *text, size_t whole_max, size_t chunks) {
    struct made made = {0};
    start(&made, whole_max, PLAIN, text);
    while (findings_of(&made)->count == 0) {
        ck_assert(scan_step(made.scan, 1000));
    }
    ck_assert_uint_eq(scan_progress(made.scan).total, chunks * 65536);
    finish(&made);
    ck_assert_uint_eq(findings_of(&made)->count, (size_t)CHUNKS * CHUNK_PAIRS);
    ck_assert_uint_eq(count_unread(&made), 0);
    release(&made);
}

START_TEST(those_compared_are_read_again) {
    char *text = many_pairs();
    expect_read_again(text, 0, EARLY_CHUNKS + 1);
    expect_read_again(text, 1, CHUNKS);
    free(text);
}
END_TEST

static struct event *make_event(uint64_t record_id) {
    struct event_draft draft = {.head = {.id = 1, .record_id = record_id, .time_created = 5}};
    event_draft_add(&draft, DATA_COMPUTER, NULL, 0, "WS01", 4);
    event_draft_add(&draft, DATA_UTC_TIME, NULL, 0, "2024-05-01 10:00:00.000", 23);
    event_draft_add(&draft, DATA_IMAGE, NULL, 0, "C:\\a.exe", 8);
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    event_draft_free(&draft);
    return event;
}

START_TEST(events_that_are_kept_brief) {
    struct event *whole = make_event(3);
    struct timeline timeline = {.whole_max = 2 * (size_t)whole->size};
    for (uint64_t i = 0; i < 4; i++) {
        const struct stage_event event = {
            .event = make_event(i), .path = "a", .offset = i, .is_lasting = i != 1};
        ck_assert(timeline_add(&timeline, &event));
        // Two have room; a third is too much, and one cannot be read again.
        for (size_t k = 0; k < timeline.count; k++) {
            ck_assert(timeline.events[k].is_brief == (i >= 2 && k != 1));
        }
    }
    struct stage_event *last = &timeline.events[3];
    ck_assert_uint_eq(timeline.whole_size, whole->size);
    ck_assert_str_eq(event_value(last->event, DATA_COMPUTER), "WS01");
    ck_assert_ptr_null(event_value(last->event, DATA_IMAGE));
    ck_assert_int_eq(event_time(last->event, CLOCK_UTC), event_time(whole, CLOCK_UTC));
    ck_assert_uint_eq(timeline_weight(last), timeline_weight(&timeline.events[1]));
    // Of another place, or another event.
    struct event *other = make_event(4);
    ck_assert(!timeline_restore(&timeline, last, other));
    ck_assert(!timeline_restore(&timeline, &timeline.events[1], whole));
    ck_assert(timeline_restore(&timeline, last, whole));
    ck_assert(!last->is_brief);
    ck_assert_str_eq(event_value(last->event, DATA_IMAGE), "C:\\a.exe");
    free(other);
    free(whole);
    timeline_free(&timeline);
}
END_TEST

// One of a thousand of a kind, each of its own number and time, and a part of another kind.
static struct event *make_one_of(uint64_t record_id, uint16_t id) {
    struct event_draft draft = {.head = {.id = id, .record_id = record_id, .time_created = 5}};
    char *command = xformat("a.exe %d", (int)record_id);
    char long_text[500];
    memset(long_text, 'x', sizeof long_text);
    event_draft_add(&draft, DATA_COMPUTER, NULL, 0, "WS01", 4);
    event_draft_add(&draft, DATA_COMMAND_LINE, NULL, 0, command, strlen(command));
    event_draft_add(&draft, DATA_IMAGE, NULL, 0, long_text, sizeof long_text);
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    event_draft_free(&draft);
    free(command);
    return event;
}

enum { EVENTS = 1000 };

static size_t size_of_all(struct timeline *timeline, uint16_t id) {
    for (uint64_t i = 0; i < EVENTS; i++) {
        const struct stage_event event = {
            .event = make_one_of(i, id), .path = "a", .offset = i, .is_lasting = true};
        ck_assert(timeline_add(timeline, &event));
    }
    for (uint64_t i = 0; i < EVENTS; i++) {
        struct event *whole = make_one_of(i, id);
        const struct stage_event *kept = &timeline->events[i];
        ck_assert(!kept->is_brief && timeline_is_same(kept, whole));
        ck_assert_uint_eq(kept->whole_size, whole->size);
        free(whole);
    }
    return timeline->whole_size;
}

// Events take less than a fifth where they can lean on one of their ID: then many more are kept
// whole. An ID that no event has may be any.
START_TEST(events_of_a_kind_take_little) {
    const size_t all = EVENTS * sizeof(char[500]);
    struct timeline some = {.whole_max = all / 5};
    struct timeline others = {.whole_max = 2 * all};
    ck_assert_uint_lt(size_of_all(&some, 1), all / 5);
    ck_assert(!some.is_full);
    ck_assert_uint_gt(size_of_all(&others, TIMELINE_IDS_MAX), all);
    // What weighs on the limit of an input is the same.
    ck_assert_uint_eq(timeline_weight(&some.events[9]), timeline_weight(&others.events[9]));
    timeline_free(&some);
    timeline_free(&others);
}
END_TEST

void recall_tests(TCase *tests) {
    tcase_add_loop_test(tests, findings_have_whole_events, 0, VARIANTS);
    tcase_add_test(tests, what_is_gone_is_named);
    tcase_add_test(tests, those_compared_are_read_again);
    tcase_add_test(tests, events_that_are_kept_brief);
    tcase_add_test(tests, events_of_a_kind_take_little);
}
