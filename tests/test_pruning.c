// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: what is found does not depend on whether events are dropped that have turned out to
// be of no use.
//
// Environment: EVTXSEQ_PRUNING_RUNS, how many random collections to read (16).
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "case.h"
#include "command.h"
#include "out/writer.h"
#include "random_log.h"
#include "scan/scan.h"
#include "suites.h"
#include "xmem.h"

enum { LOGS_MAX = 4, EVENTS_MAX = 400 };

// How logs are written.
enum manner {
    MANNER_ANY,     // out of order, with copies that may differ, in slack
    MANNER_UNIQUE,  // out of order, each event once
    MANNER_ORDERLY, // one log a host, in the order of time, an event a chunk
};

// A directory with logs, and rules for them.
struct bench {
    char *directory;
    struct rule_set *rules;
    char *paths[LOGS_MAX];
    size_t path_count;
};

static void bench_start(struct bench *bench, const char *logs, const char *rules) {
    char *rule_path = NULL;
    struct rule_files files = {0};
    *bench = (struct bench){.directory = make_temporary_directory()};
    case_write_text(logs, bench->directory);
    rule_path = xformat("%s/rules.toml.d/r.ndjson", bench->directory);
    make_parents(rule_path);
    write_file(rule_path, rules, strlen(rules));
    ck_assert_int_eq(rule_files_add(&files, rule_path, false), RULE_FILES_READ);
    ck_assert_uint_eq(files.error_count, 0);
    bench->rules = rule_set_new(&files);
    ck_assert_ptr_nonnull(bench->rules);
    free(rule_path);
}

static void add_path(struct bench *bench, const char *name) {
    ck_assert_uint_lt(bench->path_count, LOGS_MAX);
    bench->paths[bench->path_count++] = xformat("%s/%s", bench->directory, name);
}

static void bench_end(struct bench *bench) {
    for (size_t i = 0; i < bench->path_count; i++) {
        free(bench->paths[i]);
    }
    rule_set_free(bench->rules);
    remove_tree(bench->directory);
    free(bench->directory);
}

// Scans

// What a scan has come to.
struct told {
    struct buffer text; // all that is written, in several formats
    size_t findings;
    uint64_t dropped;
    size_t readings_more;
    bool is_cut; // an input is kept in part
};

struct variant {
    size_t input_weight_max;
    size_t prune_from;
    size_t jobs;
    bool is_reversed;
    size_t whole_events_max;
};

static void tell(struct told *told, const struct scan *scan, const struct rule_set *rules) {
    static const enum format formats[] = {FORMAT_TEXT, FORMAT_CSV, FORMAT_JSONL, FORMAT_HTML};
    const struct scan_result *result = scan_result(scan);
    const struct report report = {
        .findings = &result->findings,
        .timeline = &result->timeline,
        .rules = rules,
        .coverage = &result->coverage,
        .problems = &result->problems,
        .inputs = result->facts,
        .input_count = result->facts_count,
        .log_count = result->inputs,
        .scope = {.findings = findings_default_options()},
    };
    *told = (struct told){.findings = result->findings.count,
                          .dropped = result->dropped,
                          .readings_more = result->readings_more,
                          .is_cut = result->problems.counts[PROBLEM_TOO_MUCH] > 0};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct writer_options options = {.format = formats[i]};
        writer_add_header(&told->text, &options, &report);
        for (size_t k = 0; k < result->findings.count; k++) {
            writer_add_finding(&told->text, &options, &report, &result->findings.list[k]);
        }
        writer_add_footer(&told->text, &options, &report);
    }
    for (size_t i = 0; i < result->problems.count; i++) {
        const struct problem *problem = &result->problems.list[i];
        buffer_printf(&told->text, "%s %d %" PRIu64 " %s\n", problem->path, (int)problem->kind,
                      problem->offset, problem->reason);
    }
    buffer_add_byte(&told->text, '\0');
    ck_assert(!told->text.failed);
}

static struct told scan_paths(const struct bench *bench, const struct variant *variant) {
    const struct scan_options options = {.rules = bench->rules,
                                         .findings = findings_default_options(),
                                         .jobs = variant->jobs,
                                         .whole_events_max = variant->whole_events_max,
                                         .input_weight_max = variant->input_weight_max,
                                         .prune_from = variant->prune_from};
    const char *paths[LOGS_MAX];
    for (size_t i = 0; i < bench->path_count; i++) {
        size_t from = variant->is_reversed ? bench->path_count - 1 - i : i;
        paths[i] = bench->paths[from];
    }
    struct scan *scan = scan_new(&options);
    struct told told;
    ck_assert_ptr_nonnull(scan);
    scan_start(scan, paths, bench->path_count);
    while (scan_step(scan, 1000)) {
    }
    ck_assert(scan_finish(scan));
    tell(&told, scan, bench->rules);
    scan_free(scan);
    return told;
}

// What several scans tell.
struct sums {
    uint64_t dropped;
    size_t findings;
    size_t by_readings[3]; // scans with so many readings more
    size_t cut;            // scans in which an input was kept in part
};

// Scans in several ways, dropping events as soon as there are prune_from; fails unless each comes
// to the same as one that drops nothing. Adds up what they tell.
static void expect_same(const struct bench *bench, const struct variant *limits, struct sums *sums,
                        const char *what) {
    const struct variant plain = {
        .prune_from = SIZE_MAX, .jobs = 1, .input_weight_max = limits->input_weight_max};
    struct told whole = scan_paths(bench, &plain);
    ck_assert_uint_eq(whole.dropped, 0);
    for (unsigned i = 0; i < 4; i++) {
        struct variant variant = *limits;
        variant.jobs = i % 2 == 0 ? 1 : 4;
        variant.is_reversed = i >= 2;
        struct told told = scan_paths(bench, &variant);
        ck_assert_msg(whole.findings == told.findings, "%s, %u: %zu findings instead of %zu", what,
                      i, told.findings, whole.findings);
        ck_assert_msg(strcmp(whole.text.data, told.text.data) == 0, "%s, %u: not the same", what,
                      i);
        ck_assert_uint_lt(told.readings_more, 3);
        sums->dropped += told.dropped;
        sums->findings += told.findings;
        sums->by_readings[told.readings_more]++;
        sums->cut += told.is_cut;
        buffer_free(&told.text);
    }
    buffer_free(&whole.text);
}

// Rules

#define RULE(id, query, own)                                                                       \
    "{\"rule_id\":\"" id "\",\"name\":\"" id "\",\"type\":\"eql\",\"language\":\"eql\","           \
    "\"severity\":\"low\",\"risk_score\":21,\"query\":\"" query "\"" own "}\n"

#define START "[process where event.type == \\\"start\\\"]"
#define START_OF(letter)                                                                           \
    "[process where event.type == \\\"start\\\" and process.command_line : \\\"" letter "*\\\"]"
#define END "[process where event.type == \\\"end\\\"]"
#define LOAD "[library where true]"

static const char *const rules[] = {
    RULE("across", "sequence with maxspan=2s " START_OF("b") LOAD, ""),
    RULE("pair", "sequence by process.entity_id with maxspan=20s " START END, ""),
    RULE("repeat", "sequence by host.id with maxspan=3s " START_OF("a") END,
         ",\"evtxseq\":{\"repeat\":true}"),
    RULE("three", "sequence by host.id with maxspan=10s " START_OF("a") LOAD END, ""),
    RULE("until", "sequence by host.id with maxspan=30s " START_OF("c") END " until " LOAD, ""),
    RULE("missing", "sequence by host.id with maxspan=15s " START_OF("b") "!" LOAD END, ""),
    RULE("first", "sequence by host.id with maxspan=15s !" LOAD START_OF("a") END, ""),
    RULE("last", "sequence by host.id with maxspan=5s " START_OF("a") END "!" LOAD, ""),
    RULE("runs", "sequence by host.id with maxspan=20s " START_OF("a") " with runs=2 " END, ""),
    RULE("places",
         "sequence with maxspan=5s [process where event.type == \\\"start\\\"] by host.id "
         "[process where event.type == \\\"end\\\"] by host.name",
         ""),
    RULE("ever", "sequence by process.entity_id " START_OF("d") LOAD, ""),
    RULE("fallback", "sequence by host.id with maxspan=1s " START_OF("d") END,
         ",\"evtxseq\":{\"fallback\":\"other\"}"),
    RULE("single", "process where process.command_line : \\\"e*\\\"", ""),
};
enum { RULES = sizeof rules / sizeof *rules };

// Those that join computers come first; those of which nothing may be dropped, last.
static char *choose_rules(struct random *random, enum manner manner) {
    enum { ACROSS = 1, CERTAIN = 4, UNLIKELY = 9 };
    struct buffer text = {0};
    size_t first = ACROSS + random_below(random, CERTAIN); // one of these at least
    for (size_t i = manner == MANNER_ORDERLY ? ACROSS : 0; i < RULES; i++) {
        if (i == first || random_chance(random, i < UNLIKELY ? 30 : 5)) {
            buffer_add_text(&text, rules[i]);
        }
    }
    buffer_add_byte(&text, '\0');
    return text.data;
}

// Random collections of logs

struct made_event {
    int kind; // event ID
    int host;
    int process;
    int time; // milliseconds
    int record;
    char letter;
};

struct maker {
    struct random random;
    struct made_event events[EVENTS_MAX]; // of all logs so far
    size_t count;
    struct buffer text;
    enum manner manner;
};

static void add_event(struct maker *maker, const struct made_event *event) {
    static const char *const names[] = {[1] = "start", [5] = "event 5", [7] = "load"};
    buffer_printf(&maker->text, "%s %02d:%02d:%02d.%03d record=%d host=WS0%d\n", names[event->kind],
                  event->time / 3600000, event->time / 60000 % 60, event->time / 1000 % 60,
                  event->time % 1000, event->record, event->host);
    buffer_printf(&maker->text, "  ProcessGuid: {A1B2C3D%d-0000-0000-0000-0000000000%02d}\n",
                  maker->manner == MANNER_ORDERLY ? event->host : 4, event->process);
    if (event->kind == 1) {
        buffer_printf(&maker->text, "  CommandLine: %c.exe\n", event->letter);
    }
}

static struct made_event draw_event(struct maker *maker, const struct made_event *before) {
    static const int kinds[] = {1, 1, 1, 1, 1, 5, 7};
    struct random *random = &maker->random;
    struct made_event event = *before;
    event.kind = kinds[random_below(random, sizeof kinds / sizeof *kinds)];
    event.process = (int)random_below(random, 40);
    event.letter = (char)('a' + random_below(random, 5));
    event.time += (int)random_below(random, random_chance(random, 10) ? 120000 : 4000);
    event.record++;
    return event;
}

// Someone wrote it out of order, or it is another's copy, that may have been changed.
static struct made_event disturb(struct maker *maker, const struct made_event *event) {
    struct random *random = &maker->random;
    struct made_event other = *event;
    if (random_chance(random, 4)) {
        other.time = (int)random_below(random, 2000000) + 36000000;
    } else if (maker->manner == MANNER_ANY && random_chance(random, 15) && maker->count > 0) {
        other = maker->events[random_below(random, maker->count)];
        if (random_chance(random, 50)) {
            other.process = event->process;
            other.letter = event->letter;
        }
    }
    return other;
}

static void add_log(struct maker *maker, int number) {
    struct random *random = &maker->random;
    struct made_event event = {
        .host = maker->manner == MANNER_ORDERLY ? number : 1 + (int)random_below(random, 2),
        .time = 36000000 + (int)random_below(random, 600000),
        .record = 1000 * number};
    size_t events = 20 + random_below(random, EVENTS_MAX / LOGS_MAX - 20);
    size_t chunks = 1;
    buffer_printf(&maker->text, "log %d.evtx\n", number);
    for (size_t i = 0; i < events; i++) {
        if (i > 0 && (maker->manner == MANNER_ORDERLY || random_chance(random, 40))) {
            buffer_add_text(&maker->text, "chunk\n");
            chunks++;
        }
        event = draw_event(maker, &event);
        struct made_event written =
            maker->manner == MANNER_ORDERLY ? event : disturb(maker, &event);
        add_event(maker, &written);
        if (maker->count < EVENTS_MAX) {
            maker->events[maker->count++] = written;
        }
        if (maker->manner == MANNER_ANY && random_chance(random, 2)) {
            buffer_add_text(&maker->text, "slack\n");
        }
    }
    if (random_chance(random, 50)) {
        buffer_printf(&maker->text, "rotate %zu\n", random_below(random, chunks));
    }
}

static void pack(struct bench *bench, struct random *random, enum manner manner) {
    static const char *const commands[] = {"gzip 1.evtx", "tar -cf 1.tar 1.evtx && rm 1.evtx",
                                           "cp 1.evtx copy.evtx"};
    static const char *const names[] = {"1.evtx.gz", "1.tar", "copy.evtx"};
    size_t which = random_below(random, manner == MANNER_UNIQUE ? 2 : 5);
    bool is_packed = which < sizeof commands / sizeof *commands;
    if (is_packed) {
        char shell[] = "/bin/sh";
        char option[] = "-euc";
        char *command = xstrdup(commands[which]);
        char *arguments[] = {shell, option, command, NULL};
        struct outcome outcome = command_run(arguments, bench->directory, NULL);
        ck_assert_int_eq(outcome.status, 0);
        outcome_free(&outcome);
        free(command);
        add_path(bench, names[which]);
    }
    if (which >= 2) {
        add_path(bench, "1.evtx");
    }
}

static void make(struct bench *bench, uint64_t seed, enum manner manner) {
    struct maker *maker = xcalloc(1, sizeof *maker);
    maker->random.state = seed;
    maker->manner = manner;
    char *chosen = choose_rules(&maker->random, manner);
    size_t logs = 1 + random_below(&maker->random, LOGS_MAX - 1);
    for (size_t i = 1; i <= logs; i++) {
        add_log(maker, (int)i);
    }
    buffer_add_text(&maker->text, "run .\nexit 1\n");
    buffer_add_byte(&maker->text, '\0');
    bench_start(bench, maker->text.data, chosen);
    pack(bench, &maker->random, manner);
    for (size_t i = 2; i <= logs; i++) {
        char *name = xformat("%zu.evtx", i);
        add_path(bench, name);
        free(name);
    }
    buffer_free(&maker->text);
    free(maker);
    free(chosen);
}

static void run_random(size_t runs, enum manner manner, struct sums *sums) {
    for (size_t seed = 1; seed <= runs; seed++) {
        const struct variant limits = {
            .prune_from = 2 + seed % 20,
            .whole_events_max = seed % 3,
            .input_weight_max = manner == MANNER_UNIQUE ? 2000 + 100 * seed : 0,
        };
        struct bench bench;
        char *what = xformat("seed %zu", seed);
        make(&bench, seed, manner);
        expect_same(&bench, &limits, sums, what);
        bench_end(&bench);
        free(what);
    }
}

START_TEST(the_same_is_found_in_random_logs) {
    struct sums sums = {0};
    size_t runs = (size_t)strtoul(setting("EVTXSEQ_PRUNING_RUNS", "16"), NULL, 10);
    run_random(runs, MANNER_ANY, &sums);
    ck_assert_uint_gt(sums.dropped, 0);
    ck_assert_uint_gt(sums.findings, 0);
    ck_assert_uint_gt(sums.by_readings[0], 0);
    ck_assert_uint_gt(sums.by_readings[1], 0);
}
END_TEST

// Also where it is written in a circle, several workers read it, and it is there twice.
START_TEST(what_is_in_order_is_read_once) {
    struct sums sums = {0};
    run_random(5, MANNER_ORDERLY, &sums);
    ck_assert_uint_gt(sums.dropped, 0);
    ck_assert_uint_gt(sums.findings, 0);
    ck_assert_uint_gt(sums.by_readings[0], 0);
    ck_assert_uint_eq(sums.by_readings[1] + sums.by_readings[2], 0);
}
END_TEST

// Starts, each in a chunk of its own and a minute after the one before, of these minutes after
// nine.
static void add_starts(struct buffer *text, int number, const char *program, int from, int to) {
    for (int i = from; i < to; i++) {
        buffer_printf(text, "start %02d:%02d:30 record=%d\n  CommandLine: %s\nchunk\n", 9 + i / 60,
                      i % 60, 1000 * number + i, program);
    }
}

// A log that was written in a circle: what it begins with goes on where it ends.
START_TEST(what_a_log_begins_with_is_kept) {
    static const char pairs[] =
        RULE("a", "sequence by host.id with maxspan=2s " START_OF("a") END, "")
            RULE("b", "sequence by host.id with maxspan=2s " START_OF("b") LOAD, "");
    struct bench bench;
    struct sums sums = {0};
    struct buffer text = {0};
    buffer_add_text(&text, "log 1.evtx\n");
    add_starts(&text, 1, "b.exe", 0, 60);
    buffer_add_text(&text, "start 10:00:00\n  CommandLine: a.exe\nchunk\nevent 5 10:00:01\n"
                           "  ProcessGuid: {A1B2C3D4-0000-0000-0000-000000000001}\nchunk\n");
    add_starts(&text, 1, "b.exe", 60, 120);
    buffer_add_text(&text, "filler 1\nrotate 61\nrun .\nexit 1\n");
    buffer_add_byte(&text, '\0');
    bench_start(&bench, text.data, pairs);
    add_path(&bench, "1.evtx");
    expect_same(&bench, &(struct variant){.prune_from = 2}, &sums, "circle");
    ck_assert_uint_gt(sums.dropped, 0);
    ck_assert_uint_eq(sums.findings, 4);
    ck_assert_uint_eq(sums.by_readings[0], 4);
    bench_end(&bench);
    buffer_free(&text);
}
END_TEST

START_TEST(what_is_too_much_of_an_input_is_left_out_as_ever) {
    struct sums sums = {0};
    run_random(6, MANNER_UNIQUE, &sums);
    ck_assert_uint_gt(sums.dropped, 0);
    ck_assert_uint_gt(sums.cut, 0);
}
END_TEST

// Copies that differ

static void add_copied(struct buffer *text, const char *program) {
    if (program != NULL) {
        buffer_printf(text, "start 10:00:00 record=60\n  CommandLine: %s\nchunk\n", program);
    }
}

// Of copies that differ the first counts, which is of no use, and hides the finding of the other.
// If the other has been dropped, too, only a second reading shows that they are of one event.
static void expect_hidden(bool is_copied, bool is_other_dropped, struct sums *sums) {
    static const char pairs[] =
        RULE("a", "sequence by host.id with maxspan=2s " START_OF("a") END, "")
            RULE("b", "sequence by host.id with maxspan=2s " START_OF("b") LOAD, "");
    struct bench bench;
    struct buffer text = {0};
    buffer_add_text(&text, "log 1.evtx\n");
    add_starts(&text, 1, "b.exe", 0, 60);
    add_copied(&text, is_copied ? "b.exe" : NULL);
    add_starts(&text, 1, "b.exe", 60, 120);
    buffer_add_text(&text, "log 2.evtx\n");
    add_starts(&text, 2, "a.exe", 0, is_other_dropped ? 60 : 0);
    add_copied(&text, "a.exe");
    add_starts(&text, 2, "a.exe", 60, is_other_dropped ? 120 : 60);
    buffer_add_text(&text, "log 3.evtx\nevent 5 10:00:01 record=5000\n"
                           "  ProcessGuid: {A1B2C3D4-0000-0000-0000-000000000001}\n"
                           "run .\nexit 1\n");
    buffer_add_byte(&text, '\0');
    bench_start(&bench, text.data, pairs);
    add_path(&bench, "1.evtx");
    add_path(&bench, "2.evtx");
    add_path(&bench, "3.evtx");
    *sums = (struct sums){0};
    expect_same(&bench, &(struct variant){.prune_from = 2}, sums, "copies");
    bench_end(&bench);
    buffer_free(&text);
}

START_TEST(of_copies_that_differ_the_same_one_stays) {
    struct sums sums;
    bool is_other_dropped = _i == 1;
    expect_hidden(false, is_other_dropped, &sums);
    ck_assert_uint_gt(sums.findings, 0);
    expect_hidden(true, is_other_dropped, &sums);
    ck_assert_uint_eq(sums.findings, 0);
    ck_assert_uint_gt(sums.by_readings[is_other_dropped ? 2 : 1], 0);
}
END_TEST

void pruning_tests(TCase *tests) {
    tcase_add_test(tests, the_same_is_found_in_random_logs);
    tcase_add_test(tests, what_is_in_order_is_read_once);
    tcase_add_test(tests, what_a_log_begins_with_is_kept);
    tcase_add_test(tests, what_is_too_much_of_an_input_is_left_out_as_ever);
    tcase_add_loop_test(tests, of_copies_that_differ_the_same_one_stays, 0, 2);
}
