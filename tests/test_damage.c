// SPDX-License-Identifier: GPL-3.0-or-later
// Tests that damage hides nothing that is intact: logs with findings, damaged at random.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_DAMAGE_RUNS, how many logs
// to damage (700).
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "csv_table.h"
#include "damaged_log.h"
#include "paired_log.h"
#include "suites.h"
#include "xmem.h"

enum { RUNS = 700, BATCH = 100, RUNS_PER_LOG = 10 };

// Seconds after which a run is taken to hang. A sanitizer takes its time over each crash of
// libevtx.
#ifdef EVTXSEQ_SANITIZED
enum { RUN_TIME = 60 };
#else
enum { RUN_TIME = 10 };
#endif

// Where the host and the records of a finding stand.
struct columns {
    size_t host;
    size_t records;
};

static size_t find_column(const struct csv_table *csv, const char *name) {
    for (size_t i = 0; i < csv->rows[0].count; i++) {
        if (strcmp(csv->rows[0].cells[i], name) == 0) {
            return i;
        }
    }
    die("no column %s", name);
}

static bool has_finding(const struct csv_table *csv, const struct pair *pair) {
    struct columns columns = {find_column(csv, "host"), find_column(csv, "records")};
    char *records = xformat("%" PRIu64 ";%" PRIu64, pair->load_id, pair->start_id);
    bool found = false;
    for (size_t i = 1; i < csv->count && !found; i++) {
        char *const *cells = csv->rows[i].cells;
        found = strcmp(cells[columns.host], pair->host) == 0 &&
                strcmp(cells[columns.records], records) == 0;
    }
    free(records);
    return found;
}

// 1 when there is a finding; else 2 when the command names something that may have cost one.
static int expected_status(const struct csv_table *csv, const char *errors) {
    static const char *const serious[] = {"undecodable record that may match",
                                          "stopped the decoder",
                                          "not an EVTX log",
                                          "unreadable",
                                          "too many chunks",
                                          "fails its checksum",
                                          "gap between chunks"};
    if (csv->count > 1) {
        return 1;
    }
    for (size_t i = 0; i < sizeof serious / sizeof *serious; i++) {
        if (strstr(errors, serious[i]) != NULL) {
            return 2;
        }
    }
    return 0;
}

static struct outcome scan(const struct damaged_log *damaged, const char *directory) {
    const char *command = getenv("EVTXSEQ");
    char *path = xformat("%s/log.evtx", directory);
    char *program = realpath(command != NULL && *command != '\0' ? command : "build/evtxseq", NULL);
    char format[] = "-fcsv";
    char jobs[] = "-j1";
    char verbose[] = "-v";
    char *arguments[] = {program, format, jobs, verbose, path, NULL};
    if (program == NULL) {
        die("there is no command to test");
    }
    write_file(path, damaged->bytes, damaged->size);
    struct outcome outcome = command_run_within(RUN_TIME, arguments, directory, NULL);
    free(path);
    free(program);
    return outcome;
}

// What is wrong with the outcome, in memory the caller frees; NULL when nothing is. Adds how many
// findings had to be there.
static char *complaint(const struct damaged_log *damaged, const struct outcome *outcome,
                       size_t *surviving) {
    const char *problem = NULL;
    struct csv_table *csv = csv_table_read(outcome->output, outcome->output_size, &problem);
    if (csv == NULL) {
        return xformat("status %d, no CSV: %s", outcome->status, problem);
    }
    char *text = NULL;
    for (size_t i = 0; i < damaged->from->pair_count && text == NULL; i++) {
        const struct pair *pair = &damaged->from->pairs[i];
        if (pair_survives(damaged, pair)) {
            (*surviving)++;
            if (!has_finding(csv, pair)) {
                text = xformat("records %" PRIu64 " and %" PRIu64 " survive but are not found",
                               pair->load_id, pair->start_id);
            }
        }
    }
    int status = expected_status(csv, outcome->errors);
    // What is left may be of too few kinds for anything to be found.
    bool is_blind = status == 0 && outcome->status == 3;
    if (text == NULL && outcome->status != status && !is_blind) {
        text = xformat("exit status %d instead of %d", outcome->status, status);
    }
    csv_table_free(csv);
    return text;
}

// The damage, in order.
static char *story(const struct damaged_log *damaged) {
    char *text = xstrdup("");
    for (size_t i = 0; i < damaged->kind_count; i++) {
        char *longer = xformat("%s%s%s", text, i == 0 ? "" : ", ", damaged->kinds[i]);
        free(text);
        text = longer;
    }
    return text;
}

// Leaves the log of a run that went wrong in its directory.
static size_t check_run(const struct paired_log *log, uint64_t seed) {
    size_t surviving = 0;
    char *directory = make_temporary_directory();
    struct damaged_log *damaged = damaged_log_new(log, seed);
    struct outcome outcome = scan(damaged, directory);
    char *text = complaint(damaged, &outcome, &surviving);
    if (text != NULL) {
        ck_abort_msg("seed %" PRIu64 " (%s): %s\nthe log is in %s; the command says\n%.1500s", seed,
                     story(damaged), text, directory, outcome.errors);
    }
    outcome_free(&outcome);
    damaged_log_free(damaged);
    remove_tree(directory);
    free(directory);
    return surviving;
}

START_TEST(what_is_intact_is_found) {
    size_t surviving = 0;
    struct paired_log *log = NULL;
    for (uint64_t i = 0; i < BATCH; i++) {
        uint64_t seed = (uint64_t)_i * BATCH + i;
        if (seed % RUNS_PER_LOG == 0) {
            if (log != NULL) {
                paired_log_free(log);
            }
            log = paired_log_new(seed / RUNS_PER_LOG);
        }
        surviving += check_run(log, seed);
    }
    paired_log_free(log);
    // Looking for nothing would prove nothing.
    ck_assert_uint_ge(surviving, BATCH);
}
END_TEST

// Without damage everything survives, and everything is found.
START_TEST(undamaged_logs) {
    char *directory = make_temporary_directory();
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct paired_log *log = paired_log_new(seed);
        struct damaged_log *damaged = damaged_log_new(log, seed);
        size_t surviving = 0;
        free(damaged->bytes);
        damaged->bytes = log->bytes;
        damaged->size = log->size;
        damaged->first_chunk = EVTX_HEADER_SIZE;
        for (size_t i = 0; i < log->read.chunk_count; i++) {
            damaged->chunks[i] = i;
        }
        struct outcome outcome = scan(damaged, directory);
        char *text = complaint(damaged, &outcome, &surviving);
        ck_assert_msg(text == NULL, "seed %" PRIu64 ": %s\n%.1500s", seed, text, outcome.errors);
        ck_assert_uint_eq(surviving, log->pair_count);
        outcome_free(&outcome);
        damaged->bytes = NULL;
        damaged_log_free(damaged);
        paired_log_free(log);
    }
    remove_tree(directory);
    free(directory);
}
END_TEST

void damage_tests(TCase *tests) {
    const char *runs = getenv("EVTXSEQ_DAMAGE_RUNS");
    int batches = (runs == NULL ? RUNS : atoi(runs)) / BATCH;
    tcase_add_test(tests, undamaged_logs);
    tcase_add_loop_test(tests, what_is_intact_is_found, 0, batches > 0 ? batches : 1);
}
