// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of the way from stage events to findings: timeline, matcher, findings. Random streams are
// held against findings_model.h; a few examples are worked out by hand.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "findings_model.h"
#include "match/findings.h"
#include "suites.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    STREAMS = 20000,
    STREAM_EVENTS_MAX = 30,
    LONG_STREAMS = 30,
    LONG_STREAM_EVENTS_MAX = 1500, // several times what a timeline has room for at first
};

static const int64_t base_time = INT64_C(1714557600000); // 2024-05-01T10:00:00Z

// Ways to write a host; those of one rank are the same host. Ranks are in the order of hosts.
static const struct {
    const char *computer, *guid;
    int rank;
} hosts[] = {
    {"ws1", "{1a2b3c4d-0000-0000-0000-000000000001}", 3},
    {"WS1", "{1A2B3C4D-ffff-0000-0000-000000000002}", 3},
    {"ws1", NULL, 2},
    {"Ws1", "{00000000-ffff-0000-0000-000000000002}", 2},
    {"ws2", "{1a2b3c4d-0000-0000-0000-000000000001}", 5},
    {NULL, "{1a2b3c4d-0000-0000-0000-000000000001}", 1},
    {NULL, "{no guid}", 0},
    {"ws10", "{1a2b3c4d-0000-0000-0000-000000000001}", 4},
};

// An event of a stream.
struct sample {
    size_t host; // in hosts
    uint64_t record_id;
    int64_t utc_time, time_created;
    const char *path;
    uint64_t offset;
    enum findings_model_kind kind;
    bool has_utc_time;
    bool recovered;
};

struct stream {
    size_t count;
    struct sample samples[LONG_STREAM_EVENTS_MAX];
    enum event_clock clock;
    struct findings_options options;
};

struct result {
    struct timeline timeline;
    struct findings findings;
};

// The sequence rule, and one of its second stage alone, as in rules of single events.
static struct rule_set *sequence;
static struct rule_set *single;

static struct rule_set *builtin(const char *id) {
    struct rule_set *rules = rule_set_builtin(id);
    ck_assert_ptr_nonnull(rules);
    ck_assert_uint_eq(rules->count, 1);
    return rules;
}

static void set_up(void) {
    sequence = builtin("wmi-script-execution");
    single = builtin("wmi-process-creation");
    ck_assert_uint_eq(sequence->stage_count, 2);
    ck_assert_uint_eq(single->stage_count, 1);
}

static void tear_down(void) {
    rule_set_free(sequence);
    rule_set_free(single);
}

static void put_value(struct event_draft *draft, enum event_data data, const char *value) {
    if (value != NULL) {
        event_draft_add(draft, data, NULL, 0, value, strlen(value));
    }
}

static struct event *make_event(const struct sample *sample) {
    struct event_draft draft = {.head = {.id = sample->kind == MODEL_LOAD ? 7 : 1,
                                         .record_id = sample->record_id,
                                         .time_created = sample->time_created}};
    put_value(&draft, DATA_COMPUTER, hosts[sample->host].computer);
    put_value(&draft, DATA_PROCESS_GUID, hosts[sample->host].guid);
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    event->has_utc_time = sample->has_utc_time;
    event->utc_time = sample->utc_time;
    event_draft_free(&draft);
    return event;
}

// Hits must stay as long as the timeline. Two of these are in use at most.
static struct rule_hit *next_hit(void) {
    static struct rule_hit hits[4 * LONG_STREAM_EVENTS_MAX];
    static size_t count;
    return &hits[count++ % COUNT(hits)];
}

// A load is the sequence's first stage, a start its second and the other rule's only one.
static void add_sample(struct timeline *timeline, const struct rule_set *rules,
                       const struct sample *sample) {
    bool is_load = sample->kind == MODEL_LOAD;
    struct rule_hit *hit = next_hit();
    *hit = (struct rule_hit){.stage = is_load || rules == single ? 0 : 1,
                             .by_name = sample->kind == MODEL_IMAGE_NAME};
    struct stage_event added = {.event = make_event(sample),
                                .path = sample->path,
                                .offset = sample->offset,
                                .recovered = sample->recovered};
    added.hits = hit;
    added.hit_count = !is_load || rules == sequence;
    ck_assert(timeline_add(timeline, &added));
}

// What the library finds in the stream, its events added in the order of `order`, or as they stand.
static struct result run(const struct stream *stream, const struct rule_set *rules,
                         const size_t *order) {
    struct result result = {.timeline = {.clock = stream->clock}};
    for (size_t i = 0; i < stream->count; i++) {
        add_sample(&result.timeline, rules, &stream->samples[order == NULL ? i : order[i]]);
    }
    timeline_sort(&result.timeline);
    ck_assert(findings_add(&result.findings, rules, &result.timeline, &stream->options));
    findings_sort(&result.findings);
    return result;
}

static void result_free(struct result *result) {
    findings_free(&result->findings);
    timeline_free(&result->timeline);
}

// Random streams.

// The state of nrand48, whose numbers are the same everywhere.
typedef unsigned short random_state[3];

static void random_start(random_state random, unsigned seed) {
    uint64_t mixed = (seed + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < 3; i++) {
        random[i] = (unsigned short)(mixed >> (16 + 16 * i));
    }
}

static size_t pick(random_state random, size_t count) {
    return (size_t)nrand48(random) % count;
}

static void randomize_source(random_state random, struct sample *sample, uint64_t offset) {
    static const char *const paths[] = {"a/Sysmon.evtx", "a/archive.evtx", "b/Sysmon.evtx"};
    sample->path = paths[pick(random, COUNT(paths))];
    sample->offset = offset;
    sample->recovered = pick(random, 4) == 0;
}

static int64_t random_time(random_state random, int64_t unit) {
    return base_time + (int64_t)pick(random, 8) * unit;
}

static struct sample random_sample(random_state random, size_t host_count, int64_t unit) {
    static const uint64_t record_ids[] = {1, 2, 3, 5, UINT64_MAX};
    struct sample sample = {
        .host = pick(random, host_count),
        .kind = pick(random, 5) < 2    ? MODEL_LOAD
                : pick(random, 4) == 0 ? MODEL_IMAGE_NAME
                                       : MODEL_START,
        .record_id = record_ids[pick(random, COUNT(record_ids))],
        .has_utc_time = pick(random, 5) != 0,
        .utc_time = random_time(random, unit),
        .time_created = random_time(random, unit),
    };
    return sample;
}

static struct findings_options random_options(random_state random, int64_t unit) {
    static const int64_t spans[] = {0, 1, 2, 1000, 2500, 5000, 7500, -1};
    struct findings_options options = {
        .strict = pick(random, 4) == 0,
        .span = spans[pick(random, COUNT(spans))],
        .since = INT64_MIN,
        .until = INT64_MAX,
    };
    if (pick(random, 3) == 0) {
        options.since = random_time(random, unit);
    }
    if (pick(random, 3) == 0) {
        options.until = random_time(random, unit);
    }
    return options;
}

// Fills the stream. A quarter of it are records of events that it has already, now and then the
// very same record, as when a file is named twice.
static void randomize(random_state random, struct stream *stream, size_t count_max) {
    static const int64_t units[] = {1, 500, 1000, 2499, 2500};
    int64_t unit = units[pick(random, COUNT(units))];
    size_t host_count = 1 + pick(random, COUNT(hosts));
    stream->count = pick(random, count_max + 1);
    stream->clock = pick(random, 4) == 0 ? CLOCK_LOGGED : CLOCK_UTC;
    stream->options = random_options(random, unit);
    for (size_t i = 0; i < stream->count; i++) {
        struct sample *sample = &stream->samples[i];
        if (i > 0 && pick(random, 4) == 0) {
            *sample = stream->samples[pick(random, i)];
            if (pick(random, 8) == 0) {
                continue;
            }
        } else {
            *sample = random_sample(random, host_count, unit);
        }
        randomize_source(random, sample, i);
    }
}

static void shuffle(random_state random, size_t *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t other = pick(random, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
}

// What the model finds in the stream.
static size_t ask_model(const struct stream *stream, struct findings_model_event *events,
                        struct findings_model_finding *findings) {
    for (size_t i = 0; i < stream->count; i++) {
        const struct sample *sample = &stream->samples[i];
        bool utc = stream->clock == CLOCK_UTC && sample->has_utc_time;
        events[i] = (struct findings_model_event){
            .host = hosts[sample->host].rank,
            .kind = sample->kind,
            .time = utc ? sample->utc_time : sample->time_created,
            .record_id = sample->record_id,
            .recovered = sample->recovered,
            .path = sample->path,
            .offset = sample->offset,
        };
    }
    struct findings_model_query query = {
        .span = stream->options.span < 0 ? sequence->list[0].query->maxspan : stream->options.span,
        .strict = stream->options.strict,
        .since = stream->options.since,
        .until = stream->options.until,
    };
    return findings_model_find(events, stream->count, &query, findings);
}

// What is wrong with the IDs of two runs over the same events; NULL if nothing.
static const char *compare_ids(const struct findings *a, const struct findings *b,
                               enum event_clock clock) {
    if (a->count != b->count) {
        return "the findings depend on the order of adding";
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->list[i].id != b->list[i].id) {
            return "an ID depends on the order of adding";
        }
        // By the other clock, one event may be logged at two times; IDs go by UtcTime.
        for (size_t k = 0; clock == CLOCK_UTC && k < i; k++) {
            if (a->list[i].id == a->list[k].id) {
                return "two findings have one ID";
            }
        }
    }
    return NULL;
}

static void print_stream(const struct stream *stream) {
    static const char *const kinds[] = {"load", "start", "image-name"};
    const struct findings_options *options = &stream->options;
    fprintf(stderr, "\nclock %d, span %" PRId64 ", since %" PRId64 ", until %" PRId64 "\n",
            (int)stream->clock, options->span, options->since, options->until);
    for (size_t i = 0; i < stream->count && i < STREAM_EVENTS_MAX; i++) {
        const struct sample *s = &stream->samples[i];
        fprintf(stderr, "host %d, record %" PRIu64 ", UTC %d %" PRId64 ", logged %" PRId64,
                hosts[s->host].rank, s->record_id, s->has_utc_time, s->utc_time, s->time_created);
        fprintf(stderr, ", recovered %d, %s+%" PRIu64 ": %s\n", s->recovered, s->path, s->offset,
                kinds[s->kind]);
    }
}

// Room for a stream and what is made of it.
struct bench {
    struct stream stream;
    struct findings_model_event events[LONG_STREAM_EVENTS_MAX];
    struct findings_model_finding findings[LONG_STREAM_EVENTS_MAX];
    size_t order[LONG_STREAM_EVENTS_MAX];
    size_t by_basis[BASIS_IMAGE_NAME + 1]; // findings so far
};

// Tries the stream that grows from the seed.
static void try_stream(struct bench *bench, unsigned seed, size_t count_max) {
    random_state random;
    random_start(random, seed);
    randomize(random, &bench->stream, count_max);
    shuffle(random, bench->order, bench->stream.count);
    size_t wanted = ask_model(&bench->stream, bench->events, bench->findings);
    struct result straight = run(&bench->stream, sequence, NULL);
    struct result shuffled = run(&bench->stream, sequence, bench->order);

    const char *wrong =
        findings_model_difference(&straight.findings, sequence->list, bench->findings, wanted);
    if (wrong == NULL) {
        wrong =
            findings_model_difference(&shuffled.findings, sequence->list, bench->findings, wanted);
    }
    if (wrong == NULL) {
        wrong = compare_ids(&straight.findings, &shuffled.findings, bench->stream.clock);
    }
    if (wrong != NULL) {
        print_stream(&bench->stream);
        ck_abort_msg("seed %u: %s; %zu findings, the model has %zu", seed, wrong,
                     straight.findings.count, wanted);
    }
    for (size_t i = 0; i < wanted; i++) {
        bench->by_basis[bench->findings[i].basis]++;
    }
    result_free(&straight);
    result_free(&shuffled);
}

static void try_streams(unsigned first_seed, unsigned count, size_t count_max) {
    struct bench *bench = calloc(1, sizeof *bench);
    ck_assert_ptr_nonnull(bench);
    for (unsigned i = 0; i < count; i++) {
        try_stream(bench, first_seed + i, count_max);
    }
    // Streams in which nothing happens would prove nothing.
    for (size_t i = 0; i < COUNT(bench->by_basis); i++) {
        ck_assert_uint_gt(bench->by_basis[i], count / 10);
    }
    free(bench);
}

START_TEST(short_streams_agree_with_model) {
    try_streams(0, STREAMS, STREAM_EVENTS_MAX);
}
END_TEST

START_TEST(long_streams_agree_with_model) {
    try_streams(STREAMS, LONG_STREAMS, LONG_STREAM_EVENTS_MAX);
}
END_TEST

// Examples worked out by hand. Times are milliseconds from base_time.

static struct sample sample_of(enum findings_model_kind kind, int64_t time, uint64_t record_id) {
    return (struct sample){.kind = kind,
                           .record_id = record_id,
                           .has_utc_time = true,
                           .utc_time = base_time + time,
                           .time_created = base_time + time,
                           .path = "Sysmon.evtx",
                           .offset = record_id};
}

static struct sample load(int64_t time, uint64_t record_id) {
    return sample_of(MODEL_LOAD, time, record_id);
}

static struct sample start(int64_t time, uint64_t record_id) {
    return sample_of(MODEL_START, time, record_id);
}

static struct sample image_name(int64_t time, uint64_t record_id) {
    return sample_of(MODEL_IMAGE_NAME, time, record_id);
}

static struct result run_samples(const struct rule_set *rules, const struct sample *samples,
                                 size_t count, enum event_clock clock) {
    static struct stream stream;
    stream.count = count;
    stream.clock = clock;
    stream.options = (struct findings_options){.span = -1, .since = INT64_MIN, .until = INT64_MAX};
    memcpy(stream.samples, samples, count * sizeof *samples);
    return run(&stream, rules, NULL);
}

// Findings in one line: "basis, records of the stages, span;" each.
static void expect(const char *expected, const struct rule_set *rules, const struct sample *samples,
                   size_t count) {
    struct result result = run_samples(rules, samples, count, CLOCK_UTC);
    struct buffer text = {0};
    for (size_t i = 0; i < result.findings.count; i++) {
        const struct finding *finding = &result.findings.list[i];
        buffer_printf(&text, "%s", match_basis_name(finding->basis));
        for (size_t k = 0; k < finding->event_count; k++) {
            buffer_printf(&text, " %" PRIu64, finding->events[k]->event->record_id);
        }
        buffer_printf(&text, " %" PRId64 ";", finding->span);
    }
    buffer_add_byte(&text, '\0');
    ck_assert(!text.failed);
    ck_assert_str_eq(text.data, expected);
    buffer_free(&text);
    result_free(&result);
}

#define SAMPLES(...)                                                                               \
    (const struct sample[]){__VA_ARGS__},                                                          \
        sizeof((const struct sample[]){__VA_ARGS__}) / sizeof(struct sample)

START_TEST(span_is_inclusive) {
    expect("exact 1 2 5000;", sequence, SAMPLES(load(0, 1), start(5000, 2)));
    expect("", sequence, SAMPLES(load(0, 1), start(5001, 2)));
    // The nearest load is too far, and the one before it is farther.
    expect("", sequence, SAMPLES(load(0, 1), load(1, 2), start(5002, 3)));
    expect("exact 1 2 0;", sequence, SAMPLES(load(7, 1), start(7, 2)));
}
END_TEST

START_TEST(record_ids_order_one_time) {
    expect("exact 1 2 0;", sequence, SAMPLES(load(0, 1), start(0, 2)));
    expect("", sequence, SAMPLES(start(0, 1), load(0, 2)));
    // Neither is strictly before the other.
    expect("", sequence, SAMPLES(load(0, 1), start(0, 1)));
    // The time comes first: the load was written after the start that it preceded.
    expect("exact 9 2 1;", sequence, SAMPLES(start(1, 2), load(0, 9)));
}
END_TEST

START_TEST(nearest_load_wins) {
    expect("exact 2 3 1;", sequence, SAMPLES(load(0, 1), load(1, 2), start(2, 3)));
    // With the later load the earlier is used up too, but for a repetition the nearest counts.
    expect("exact 2 3 1;repeat 2 4 2;", sequence,
           SAMPLES(load(0, 1), load(1, 2), start(2, 3), start(3, 4)));
    expect("exact 1 2 1;exact 3 4 1;", sequence,
           SAMPLES(load(0, 1), start(1, 2), load(2, 3), start(3, 4)));
}
END_TEST

START_TEST(load_is_used_once) {
    expect("exact 1 2 1;repeat 1 3 2;repeat 1 4 3;", sequence,
           SAMPLES(load(0, 1), start(1, 2), start(2, 3), start(3, 4)));
    expect("exact 1 2 1;", sequence, SAMPLES(load(0, 1), start(1, 2), start(5001, 3)));
}
END_TEST

START_TEST(image_name_uses_nothing_up) {
    expect("image-name 1 2 1;exact 1 3 2;image-name 1 4 3;", sequence,
           SAMPLES(load(0, 1), image_name(1, 2), start(2, 3), image_name(3, 4)));
    expect("", sequence, SAMPLES(load(0, 1), image_name(5001, 2)));
}
END_TEST

START_TEST(single_stage_reports_every_event) {
    expect("exact 2 0;exact 3 0;image-name 4 0;", single,
           SAMPLES(load(0, 1), start(1, 2), start(9999, 3), image_name(10000, 4)));
    expect("", single, SAMPLES(load(0, 1)));
}
END_TEST

// The ID of the one finding of a load and a start from the path, and the load once more.
static uint64_t id_of(const char *path, size_t host, int64_t time, enum event_clock clock) {
    struct sample samples[] = {load(time, 1), start(time + 1, 2), load(time, 1)};
    for (size_t i = 0; i < COUNT(samples); i++) {
        samples[i].path = i < 2 ? path : "copy.evtx";
        samples[i].host = host;
        samples[i].time_created += 1000;
    }
    struct result result = run_samples(sequence, samples, COUNT(samples), clock);
    ck_assert_uint_eq(result.findings.count, 1);
    uint64_t id = result.findings.list[0].id;
    result_free(&result);
    return id;
}

START_TEST(ids_do_not_depend_on_the_source) {
    uint64_t id = id_of("a.evtx", 0, 0, CLOCK_UTC);
    ck_assert_uint_eq(id, id_of("/evidence/z.evtx", 0, 0, CLOCK_UTC));
    ck_assert_uint_eq(id, id_of("a.evtx", 0, 0, CLOCK_LOGGED));
    // Host 1 is host 0 written in another way; the others are other hosts.
    ck_assert_uint_eq(id, id_of("a.evtx", 1, 0, CLOCK_UTC));
    ck_assert_uint_ne(id, id_of("a.evtx", 2, 0, CLOCK_UTC));
    ck_assert_uint_ne(id, id_of("a.evtx", 4, 0, CLOCK_UTC));
    ck_assert_uint_ne(id, id_of("a.evtx", 0, 1, CLOCK_UTC));
}
END_TEST

void findings_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, short_streams_agree_with_model);
    tcase_add_test(tests, long_streams_agree_with_model);
    tcase_add_test(tests, span_is_inclusive);
    tcase_add_test(tests, record_ids_order_one_time);
    tcase_add_test(tests, nearest_load_wins);
    tcase_add_test(tests, load_is_used_once);
    tcase_add_test(tests, image_name_uses_nothing_up);
    tcase_add_test(tests, single_stage_reports_every_event);
    tcase_add_test(tests, ids_do_not_depend_on_the_source);
}
