// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of the matcher: cases worked out by hand, a line each, on which the model of model.h must
// agree too; and random sequences over random streams, held against the model.
//
// A sequence is written as its stages, a letter each: "A" must happen, "A*3" three times, "!A" must
// be missing, "~A" is `until`. "<5" is its span, "+" asks for repeats. An event is written as the
// stages it meets and its time: "AB7", with small letters for those it meets by fallback. ".3" is
// its record ID, by default its number, counted from 1; "/2" its key, by default 1; "|B/4" makes it
// an event of other stages under another key.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "match/matcher.h"
#include "model.h"
#include "random_log.h"
#include "suites.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    STREAMS = 40000,
    STREAM_EVENTS_MAX = 30,
    LONG_STREAMS = 30,
    LONG_STREAM_EVENTS_MAX = 1200,
    CASE_STAGES_MAX = 8,
    CASE_EVENTS_MAX = 16,
};

struct sequence {
    struct match_stage stages[CASE_STAGES_MAX];
    char letters[CASE_STAGES_MAX];
    struct match_sequence match;
};

static const struct {
    const char *sequence, *events, *expected;
} cases[] = {
    // The span counts from the first event, and holds the last millisecond.
    {"A B <5", "A0 B5", "exact 1 2;"},
    {"A B <5", "A0 B6", ""},
    {"A B <0", "A7 B7", "exact 1 2;"},
    {"A B C <5", "A0 B3 C5", "exact 1 2 3;"},
    {"A B C <5", "A0 B3 C6", ""},
    {"A B C <5", "A0 B6 C6", ""},
    {"A B <5", "A0 A1 B6", "exact 2 3;"},
    {"A B <5", "A0 A1 B7", ""},
    {"A B", "A0 B9000000000000000000", "exact 1 2;"},
    {"A B", "A-9000000000000000000 B9000000000000000000", "exact 1 2;"},
    {"A B <5", "A-9000000000000000000 B9000000000000000000", ""},
    // Time comes first, then the record ID. Neither of two of one place is before the other.
    {"A B", "B1 A0", "exact 2 1;"},
    {"A B", "B1.1 A0.9", "exact 2 1;"},
    {"A B", "A0.1 B0.2", "exact 1 2;"},
    {"A B", "B0.1 A0.2", ""},
    {"A B", "A0.1 B0.1", ""},
    {"A B", "A0.1 B0.18446744073709551615", "exact 1 2;"},
    {"A B", "A0.18446744073709551614 B0.18446744073709551615", "exact 1 2;"},
    {"A B", "A0.1 A0.1 B1", "exact 2 3;"},
    {"A B +", "A0 B1.7 B1.7", "exact 1 2;repeat 1 3;"},
    {"A B", "AB0", ""},
    {"A B", "AB0 AB1 AB2", "exact 1 2;exact 2 3;"},
    {"A B C", "ABC0 ABC1 ABC2 ABC3", "exact 1 2 3;exact 2 3 4;"},
    {"A B C", "A0 B1.5 C1.5 C2", "exact 1 2 4;"},
    // The latest that waits is taken; it and all earlier ones are used up.
    {"A", "A0 A1", "exact 1;exact 2;"},
    {"A B", "B0 A1", ""},
    {"A B", "A0 B1 B2", "exact 1 2;"},
    {"A B", "A0 A1 B2 B3", "exact 2 3;"},
    {"A B", "A0 B1 A2 B3", "exact 1 2;exact 3 4;"},
    {"A B C", "A0 B1 A2 B3 C4 C5", "exact 3 4 5;"},
    {"A B C", "A0 B1 B2 C3", "exact 1 2 4;"},
    {"A B C", "A0 B1 A2 C3", "exact 1 2 4;"},
    {"A B C", "A0 B1 A2 C3 C4 B5 C6", "exact 1 2 4;exact 3 6 7;"},
    {"A B C <5", "A0 B6 A7 B8 C9", "exact 3 4 5;"},
    {"A B C D", "A0 B1 C2 D3", "exact 1 2 3 4;"},
    {"A B C D", "A0 C1 B2 D3", ""},
    // Repeats, if asked for: what the last event would complete had been completed.
    {"A B +", "A0 B1 B2 B3", "exact 1 2;repeat 1 3;repeat 1 4;"},
    {"A B + <5", "A0 B1 B5 B6", "exact 1 2;repeat 1 3;"},
    {"A B + <5", "A0 A1 B6 A7 B8 B9", "exact 2 3;exact 4 5;repeat 4 6;"},
    {"A B C +", "A0 B1 B2 C3 C4", "exact 1 2 4;repeat 1 2 5;"},
    {"A B C +", "A0 B1 C2 A3 C4 B5 C6", "exact 1 2 3;repeat 1 2 5;exact 4 6 7;"},
    {"A +", "A0 A1", "exact 1;exact 2;"},
    // Keys. Null, where it is a key, is a number like others.
    {"A B", "A0/1 B1/2", ""},
    {"A B", "A0/1 A1/2 B2/1 B3/2", "exact 1 3;exact 2 4;"},
    {"A B", "A0/2 A1/1|B/2 B2/1", "exact 2 3;exact 1 2;"},
    {"A B C", "A0/5 A1/6|B/5 B2/6|C/5", "exact 1 2 3;"},
    {"A B", "A0/0 B1/0", "exact 1 2;"},
    {"A B", "A0/18446744073709551615 B1/18446744073709551615", "exact 1 2;"},
    // `until`: from the sequence's last event on, but before the next.
    {"A B ~U", "A0 U1 B2", ""},
    {"A B ~U", "A0 B1 U2", "exact 1 2;"},
    {"A B ~U", "U0 A1 B2", "exact 2 3;"},
    {"A B ~U", "A0.1 U0.1 B1", ""},
    {"A B ~U", "A0 U1.1 B1.1", "exact 1 3;"},
    {"A B ~U", "A0.1 U0.2 B0.3", ""},
    {"A B ~U", "A0.1 B0.2 U0.3", "exact 1 2;"},
    {"A B ~U", "AU0 B1", ""},
    {"A B ~U", "A0 BU1", "exact 1 2;"},
    {"A B C ~U", "A0 BU1 C2", ""},
    {"A B C ~U", "A0 B1 U2 C3", ""},
    {"A B C ~U", "A0 U1 A2 B3 C4", "exact 3 4 5;"},
    {"A B ~U", "A0 A1 U2 B3 B4 A5 B6", "exact 6 7;"},
    {"A B ~U", "A0/1 U1/2 B2/1", "exact 1 3;"},
    {"A B ~U", "A0/1 A1/2|U/1 B2/1 B3/2", "exact 2 4;"},
    {"A B ~U +", "A0 B1 U2 B3", "exact 1 2;"},
    {"A B ~U +", "A0 BU1 B2", "exact 1 2;"},
    {"~U A B", "A0 U1 B2", ""},
    {"A ~U", "AU0", "exact 1;"},
    // Runs are distinct events.
    {"A*3", "A0 A1 A2", "exact 1 2 3;"},
    {"A*3", "A0 A1", ""},
    {"A*2", "A0 A1 A2", "exact 1 2;exact 2 3;"},
    {"A*2", "A0.1 A0.1", ""},
    {"A*2", "A0/1 A0/2", ""},
    {"A B*2 C", "A0 B1 B2 C3", "exact 1 2 3 4;"},
    {"A B*2 C", "A0 B1 C2 B3 C4", "exact 1 2 4 5;"},
    {"A B*2 C", "A0 B1 B2 B3 C4", "exact 1 2 3 5;"},
    {"A B*2 <5", "A0 B1 B5", "exact 1 2 3;"},
    {"A B*2 <5", "A0 B1 B6", ""},
    {"A B*2 +", "A0 B1 B2 B3", "exact 1 2 3;repeat 1 2 4;"},
    {"A*2 B ~U", "A0 U1 A2 A3 B4", "exact 3 4 5;"},
    // Missing between two: strictly between in time.
    {"A !X B <9", "A0 X1 B2", ""},
    {"A !X B <9", "A0 B1 X2", "exact 1 2;"},
    {"A !X B <9", "X0 A1 B2", "exact 2 3;"},
    {"A !X B <9", "A0 X0 B2", "exact 1 3;"},
    {"A !X B <9", "A0 X2 B2", "exact 1 3;"},
    {"A !X B <9", "A0 X1 X2 B2", ""},
    {"A !X B <9", "X0 A1 X3 B3", "exact 2 4;"},
    {"A !X B <9", "AX0 BX1", "exact 1 2;"},
    {"A !X B <9", "A0 X1/2 B2", "exact 1 3;"},
    {"A !X B <9", "A0 X1 B2 B3", ""},
    {"A !X B <9", "A0 A1 X2 B3 B4", ""},
    {"A !X B <9", "A0 X1 A2 B3", "exact 3 4;"},
    {"A !X B", "A0 X1 B2", ""},
    {"A !X !Y B <9", "A0 Y1 B2", ""},
    {"A !X B !Y C <9", "A0 Y1 B2 X3 C4", "exact 1 3 5;"},
    {"A !X B !Y C <9", "A0 X1 B2 C4", ""},
    {"A !X B C <9", "A0 B1 X2 C3", "exact 1 2 4;"},
    {"A*2 !X B <9", "A0 X1 A2 B3", "exact 1 3 4;"},
    {"A*2 !X B <9", "A0 A1 X2 B3", ""},
    {"A !X B*2 <9", "A0 B1 X2 B3", "exact 1 2 4;"},
    // One that fails in the end has used up others, and hides those that wait at its stage.
    {"A !X B C <9", "A0 B1 A2 X3 B4 C5 C6", ""},
    {"A !X B +", "A0 X1 B2 B3", ""},
    {"A !X B +", "A0 B1 X2 B3", "exact 1 2;"},
    // Missing at the beginning: up to a span before the last event.
    {"!X A <5", "A0", "exact 1;"},
    {"!X A <5", "X0 A5", ""},
    {"!X A <5", "X0 A6", "exact 2;"},
    {"!X A <5", "X0 A0", "exact 2;"},
    {"!X A <5", "X0 X9 A9", "exact 3;"},
    {"!X A <5", "X5 X9 A9", ""},
    {"!X A <5", "X0/2 A1", "exact 2;"},
    {"!X A B <5", "X0 A1 B5", ""},
    {"!X A B <5", "X0 A1 B6", "exact 2 3;"},
    {"!X A B <5", "A0 X1 B2", "exact 1 3;"},
    {"!X A B <5 +", "X0 A1 B5 B6", ""},
    {"!X !Y A <5", "Y0 X3 A6", ""},
    {"!X !Y A <5", "Y3 X0 A6", ""},
    {"!X A B ~U <5", "X0 U1 A2 B3", ""},
    // Missing at the end: up to a span after the first event.
    {"A !X <5", "A0", "exact 1;"},
    {"A !X <5", "A0 X5", ""},
    {"A !X <5", "A0 X6", "exact 1;"},
    {"A !X <5", "A0 X0", "exact 1;"},
    {"A !X <5", "A0 A1 X6 A7", "exact 1;exact 4;"},
    {"A !X <5", "A0/1 X1/2 A3/2", "exact 1;exact 3;"},
    {"A !X <5", "A0/1 A0/2 X1/2", "exact 1;"},
    {"A !X ~U <5", "A0 X1", ""},
    {"A B !X <5", "A0 B1 X5", ""},
    {"A B !X <5", "A0 B1 X6", "exact 1 2;"},
    {"A B !X <5 +", "A0 B1 X2 B3", ""},
    {"A B !X <5 +", "A0 B1 B2 X6", "exact 1 2;repeat 1 3;"},
    {"A !X !Y <5", "A0 X6 Y5", ""},
    // Missing at both ends: at most a span apart, and both.
    {"!X A !Y <5", "X0 A1", "exact 2;"},
    {"!X A !Y <5", "A1 Y2", "exact 1;"},
    {"!X A !Y <5", "X0 A1 Y5", ""},
    {"!X A !Y <5", "X0 A1 Y6", "exact 2;"},
    // Fallbacks add findings, and take none away.
    {"A B", "A0 b1 B2", "exact 1 3;image-name 1 2;"},
    {"A B", "A0 b1 b2", "image-name 1 2;"},
    {"A B", "A0 B1 b2", "exact 1 2;"},
    {"A B +", "A0 b1 B2 b3", "exact 1 3;image-name 1 2;image-name 1 4;"},
    {"A B + <5", "A0 b5 b6", "image-name 1 2;"},
    {"A B", "a0 B1", "image-name 1 2;"},
    {"A B", "A0 a1 B2", "exact 1 3;image-name 2 3;"},
    {"A B C", "A0 b1 C2", "image-name 1 2 3;"},
    {"A B C", "A0 b1 B2 C3", "exact 1 3 4;image-name 1 2 4;"},
    {"A", "a0 A1", "exact 2;image-name 1;"},
    {"A", "Aa0", "exact 1;"},
    {"A B ~U", "A0 u1 B2", "exact 1 3;"},
    {"A B ~U", "A0 u1 b2", ""},
    {"A !X B", "A0 x1 B2", "exact 1 3;"},
    {"A !X <5", "a0 x1", ""},
};

static void read_sequence(const char *text, struct sequence *sequence) {
    *sequence = (struct sequence){.match = {.stages = sequence->stages, .span = MATCHER_NO_SPAN}};
    for (; *text != '\0'; text += *text == ' ') {
        char *end;
        size_t count = sequence->match.stage_count;
        if (*text == '<') {
            sequence->match.span = strtoll(text + 1, &end, 10);
            text = end;
        } else if (*text == '+') {
            sequence->match.repeat = true;
            text++;
        } else {
            struct match_stage stage = {.kind = MATCH_STAGE_EVENT, .runs = 1};
            ck_assert_uint_lt(count, CASE_STAGES_MAX);
            if (*text == '!' || *text == '~') {
                stage.kind = *text++ == '!' ? MATCH_STAGE_MISSING : MATCH_STAGE_UNTIL;
            }
            sequence->letters[count] = *text++;
            if (*text == '*') {
                stage.runs = strtoull(text + 1, &end, 10);
                text = end;
            }
            sequence->stages[count] = stage;
            sequence->match.stage_count++;
        }
    }
}

static const char *read_stages(const struct sequence *sequence, const char *text,
                               struct match_event *event) {
    event->meets = event->fallback = 0;
    for (; (*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z'); text++) {
        bool small = *text >= 'a';
        char letter = (char)(small ? *text - 'a' + 'A' : *text);
        const char *found = memchr(sequence->letters, letter, sequence->match.stage_count);
        ck_assert_ptr_nonnull(found);
        uint64_t bit = UINT64_C(1) << (found - sequence->letters);
        *(small ? &event->fallback : &event->meets) |= bit;
    }
    return text;
}

// Reads the number that follows the mark, if it is there.
static const char *read_number(const char *text, char mark, uint64_t *number) {
    char *end;
    if (*text != mark) {
        return text;
    }
    *number = strtoull(text + 1, &end, 10);
    return end;
}

static size_t read_events(const struct sequence *sequence, const char *text,
                          struct match_event *events) {
    size_t count = 0;
    for (size_t number = 1; *text != '\0'; text += *text == ' ', number++) {
        char *end;
        struct match_event event = {.key = 1, .record_id = number, .event = number};
        text = read_stages(sequence, text, &event);
        event.time = strtoll(text, &end, 10);
        text = read_number(end, '.', &event.record_id);
        text = read_number(text, '/', &event.key);
        for (;;) {
            ck_assert_uint_lt(count, CASE_EVENTS_MAX);
            events[count++] = event;
            if (*text != '|') {
                break;
            }
            text = read_number(read_stages(sequence, text + 1, &event), '/', &event.key);
        }
    }
    return count;
}

static void write_match(struct buffer *out, enum match_basis basis, const size_t *events,
                        size_t size) {
    buffer_printf(out, "%s", match_basis_name(basis));
    for (size_t i = 0; i < size; i++) {
        buffer_printf(out, " %zu", events[i]);
    }
    buffer_printf(out, ";");
}

// What the matcher finds in the events, which are put in order for it.
static struct buffer ask_matcher(const struct match_sequence *sequence, struct match_event *events,
                                 size_t count) {
    struct buffer out = {0};
    struct matches matches = {0};
    matcher_sort(events, count);
    ck_assert(matcher_run(sequence, events, count, &matches));
    for (size_t i = 0; i < matches.count; i++) {
        write_match(&out, matches.bases[i], matches_events(&matches, i), matches.size);
    }
    buffer_add_byte(&out, '\0');
    ck_assert(!out.failed);
    matches_free(&matches);
    return out;
}

static size_t events_of_match(const struct match_sequence *sequence) {
    size_t size = 0;
    for (size_t i = 0; i < sequence->stage_count; i++) {
        size += sequence->stages[i].kind == MATCH_STAGE_EVENT ? sequence->stages[i].runs : 0;
    }
    return size;
}

static struct buffer ask_model(const struct match_sequence *sequence,
                               const struct match_event *events, size_t count, size_t *by_basis) {
    struct buffer out = {0};
    struct model_matches matches = model_run(sequence, events, count);
    for (size_t i = 0; i < matches.count; i++) {
        write_match(&out, matches.list[i].basis, matches.list[i].events, events_of_match(sequence));
        by_basis[matches.list[i].basis]++;
    }
    buffer_add_byte(&out, '\0');
    ck_assert(!out.failed);
    free(matches.list);
    return out;
}

START_TEST(cases_by_hand) {
    const char *text = cases[_i].sequence;
    struct sequence sequence;
    struct match_event events[CASE_EVENTS_MAX];
    size_t by_basis[BASIS_IMAGE_NAME + 1] = {0};
    read_sequence(text, &sequence);
    ck_assert_ptr_null(matcher_check(&sequence.match));
    size_t count = read_events(&sequence, cases[_i].events, events);
    struct buffer wanted = ask_model(&sequence.match, events, count, by_basis);
    struct buffer got = ask_matcher(&sequence.match, events, count);
    ck_assert_msg(strcmp(got.data, cases[_i].expected) == 0, "%s: %s: %s", text, cases[_i].events,
                  got.data);
    ck_assert_msg(strcmp(wanted.data, cases[_i].expected) == 0, "%s: %s: the model has %s", text,
                  cases[_i].events, wanted.data);
    buffer_free(&wanted);
    buffer_free(&got);
}
END_TEST

// Sequences that cannot be matched, and why.
static const struct refusal {
    const char *sequence, *problem;
} refused[] = {
    {"", "no stage that must happen"},
    {"~U", "no stage that must happen"},
    {"!X <5", "no stage that must happen"},
    {"A B*0", "runs of 0"},
    {"A*1025", "more than 1024 events in a sequence"},
    {"A B*1024", "more than 1024 events in a sequence"},
    {"A*18446744073709551615 B*2", "more than 1024 events in a sequence"},
    {"A B <-1", "a negative maxspan"},
    {"!X A", "a missing event at the beginning or the end without maxspan"},
    {"~U !X A", "a missing event at the beginning or the end without maxspan"},
    {"A !X", "a missing event at the beginning or the end without maxspan"},
    {"A !X ~U", "a missing event at the beginning or the end without maxspan"},
    {"A !X B ~U", NULL},
    {"A*1024", NULL},
};

START_TEST(what_cannot_be_matched_is_refused) {
    const struct refusal *refusal = &refused[_i];
    struct sequence sequence;
    struct match_event event = {.meets = UINT64_MAX};
    struct matches matches = {0};
    read_sequence(refusal->sequence, &sequence);
    const char *problem = matcher_check(&sequence.match);
    ck_assert_pstr_eq(problem, refusal->problem);
    ck_assert_int_eq(matcher_run(&sequence.match, &event, 1, &matches), problem == NULL);
    ck_assert_uint_eq(matches.count, 0);
    matches_free(&matches);
}
END_TEST

START_TEST(limits_are_within_reach) {
    struct match_stage stages[MATCHER_STAGES_MAX + 1];
    struct match_event events[MATCHER_EVENTS_MAX + 1];
    for (size_t i = 0; i < COUNT(stages); i++) {
        stages[i] = (struct match_stage){.kind = MATCH_STAGE_EVENT, .runs = 16};
    }
    for (size_t i = 0; i < COUNT(events); i++) {
        events[i] = (struct match_event){.time = (int64_t)i, .event = i};
        events[i].meets = UINT64_C(1) << i / 16 % 64;
    }
    struct match_sequence sequence = {stages, MATCHER_STAGES_MAX + 1, MATCHER_NO_SPAN, false};
    ck_assert_str_eq(matcher_check(&sequence), "more than 64 stages");
    sequence.stage_count--;
    struct matches matches = {0};
    ck_assert(matcher_run(&sequence, events, COUNT(events), &matches));
    ck_assert_uint_eq(matches.count, 1);
    ck_assert_uint_eq(matches.size, MATCHER_EVENTS_MAX);
    for (size_t i = 0; i < matches.size; i++) {
        ck_assert_uint_eq(matches_events(&matches, 0)[i], i);
    }
    matches_free(&matches);
}
END_TEST

// Random streams.

struct stream {
    struct sequence sequence;
    size_t count;
    struct match_event events[2 * LONG_STREAM_EVENTS_MAX]; // of at most two keys each
};

static void randomize_sequence(struct random *random, struct sequence *sequence) {
    static const int64_t spans[] = {0, 1, 2, 3, 5, 8, 13, MATCHER_NO_SPAN};
    do {
        *sequence = (struct sequence){.match = {.stages = sequence->stages}};
        sequence->match.stage_count = 1 + random_below(random, 5);
        sequence->match.span = spans[random_below(random, COUNT(spans))];
        sequence->match.repeat = random_chance(random, 50);
        for (size_t i = 0; i < sequence->match.stage_count; i++) {
            sequence->letters[i] = (char)('A' + i);
            sequence->stages[i] = (struct match_stage){
                .kind = random_chance(random, 70)   ? MATCH_STAGE_EVENT
                        : random_chance(random, 70) ? MATCH_STAGE_MISSING
                                                    : MATCH_STAGE_UNTIL,
                .runs = random_chance(random, 85) ? 1 : 1 + random_below(random, 3),
            };
        }
    } while (matcher_check(&sequence->match) != NULL);
}

// How likely it is that an event meets a stage: seldom enough for the ones that spoil a match.
static unsigned percent_of(const struct match_stage *stage) {
    return stage->kind == MATCH_STAGE_EVENT ? 45 : 8;
}

static void randomize(struct random *random, struct stream *stream, size_t count_max) {
    const struct sequence *sequence = &stream->sequence;
    randomize_sequence(random, &stream->sequence);
    size_t event_count = random_below(random, count_max + 1);
    size_t key_count = 1 + random_below(random, 3);
    size_t times = 1 + random_below(random, 2 * event_count + 1);
    unsigned fallback = random_chance(random, 50) ? 25 : 0;
    stream->count = 0;
    for (size_t i = 0; i < event_count; i++) {
        struct match_event event = {.event = i + 1,
                                    .time = (int64_t)random_below(random, times),
                                    .record_id = random_below(random, 4),
                                    .key = random_below(random, key_count)};
        for (size_t keys = 1 + random_chance(random, 15); keys > 0; keys--) {
            event.meets = event.fallback = 0;
            for (size_t k = 0; k < sequence->match.stage_count; k++) {
                bool meets = random_chance(random, percent_of(&sequence->stages[k]));
                bool by_fallback = random_chance(random, fallback);
                *(by_fallback ? &event.fallback : &event.meets) |= (uint64_t)meets << k;
            }
            stream->events[stream->count++] = event;
            event.key++;
        }
    }
}

static void shuffle(struct random *random, struct match_event *events, size_t count) {
    for (size_t i = 1; i < count; i++) {
        size_t other = random_below(random, i + 1);
        struct match_event event = events[i];
        events[i] = events[other];
        events[other] = event;
    }
}

// In the notation of the cases, but for events of two keys.
static void print_stream(const struct stream *stream) {
    const struct sequence *sequence = &stream->sequence;
    for (size_t i = 0; i < sequence->match.stage_count; i++) {
        static const char *const marks[] = {"", "!", "~"};
        fprintf(stderr, "%s%c*%zu ", marks[sequence->stages[i].kind], sequence->letters[i],
                sequence->stages[i].runs);
    }
    fprintf(stderr, "<%" PRId64 "%s\n", sequence->match.span, sequence->match.repeat ? " +" : "");
    for (size_t i = 0; i < stream->count && i < 2 * (size_t)STREAM_EVENTS_MAX; i++) {
        const struct match_event *event = &stream->events[i];
        fprintf(stderr, "%zu: ", event->event);
        for (size_t k = 0; k < sequence->match.stage_count; k++) {
            if ((event->meets >> k & 1) != 0) {
                fprintf(stderr, "%c", sequence->letters[k]);
            } else if ((event->fallback >> k & 1) != 0) {
                fprintf(stderr, "%c", sequence->letters[k] - 'A' + 'a');
            }
        }
        fprintf(stderr, "%" PRId64 ".%" PRIu64 "/%" PRIu64 "\n", event->time, event->record_id,
                event->key);
    }
}

static void try_streams(unsigned first_seed, unsigned count, size_t count_max) {
    struct stream *stream = calloc(1, sizeof *stream);
    ck_assert_ptr_nonnull(stream);
    size_t by_basis[BASIS_IMAGE_NAME + 1] = {0};
    for (unsigned i = 0; i < count; i++) {
        struct random random = {first_seed + i};
        randomize(&random, stream, count_max);
        const struct match_sequence *sequence = &stream->sequence.match;
        struct buffer wanted = ask_model(sequence, stream->events, stream->count, by_basis);
        for (int order = 0; order < 2; order++) {
            struct buffer got = ask_matcher(sequence, stream->events, stream->count);
            if (strcmp(got.data, wanted.data) != 0) {
                print_stream(stream);
                ck_abort_msg("seed %u: %.200s; the model has %.200s", first_seed + i, got.data,
                             wanted.data);
            }
            buffer_free(&got);
            shuffle(&random, stream->events, stream->count);
        }
        buffer_free(&wanted);
    }
    // Streams in which nothing happens would prove nothing.
    for (size_t i = 0; i < COUNT(by_basis); i++) {
        ck_assert_uint_gt(by_basis[i], count / 10);
    }
    free(stream);
}

START_TEST(short_streams_agree_with_model) {
    try_streams(0, STREAMS, STREAM_EVENTS_MAX);
}
END_TEST

START_TEST(long_streams_agree_with_model) {
    try_streams(STREAMS, LONG_STREAMS, LONG_STREAM_EVENTS_MAX);
}
END_TEST

void matcher_tests(TCase *tests) {
    tcase_add_loop_test(tests, cases_by_hand, 0, (int)COUNT(cases));
    tcase_add_loop_test(tests, what_cannot_be_matched_is_refused, 0, (int)COUNT(refused));
    tcase_add_test(tests, limits_are_within_reach);
    tcase_add_test(tests, short_streams_agree_with_model);
    tcase_add_test(tests, long_streams_agree_with_model);
}
