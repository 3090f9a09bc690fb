// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: coverage counts what was written, whatever the layout, the number of hosts and of
// workers, with the filter and without.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_FAULTS, the same with
// faults (build/evtxseq-faults), see faults.h.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "command.h"
#include "csv_table.h"
#include "faults.h"
#include "notation.h"
#include "random_log.h"
#include "scan/coverage.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { LOGS = 12, HOSTS_MAX = 40, EVENTS = 400, COLUMNS = 5 };

static const char *const columns[COLUMNS] = {"records", "recovered", "event_1",
                                             "event_1_without_original_file_name", "event_7"};

// What was written of a host.
struct written {
    unsigned long counts[COLUMNS];
    bool has_sysmon;
    bool has_library; // wmiutils.dll was loaded
};

// Layouts in which libevtx decodes a record or its raw bytes tell all; the fields of UserData are
// none of EventData's.
static const unsigned layouts[] = {0,
                                   0,
                                   0,
                                   EVTX_EXPORTED,
                                   EVTX_FEW_VALUES,
                                   EVTX_ID_U32,
                                   EVTX_ID_STRING,
                                   EVTX_ID_MOVED,
                                   EVTX_LITERAL,
                                   EVTX_USER_DATA,
                                   EVTX_TO_CHUNK_END,
                                   EVTX_DEF_PREVIOUS};

static const uint8_t other_guid[16] = {1, 2, 3};

static void write_event(struct random *random, struct evtx_log *log, unsigned layout,
                        const char *host, bool recovered, struct written *written) {
    static const uint16_t event_ids[] = {1, 1, 7, 7, 5, 22, 65, 71};
    static const uint16_t other_name[] = u"Microsoft-Windows-Sysmon2";
    uint16_t id = event_ids[random_below(random, COUNT(event_ids))];
    bool is_old = random_chance(random, 30);
    bool is_wmi = random_chance(random, 40);
    size_t provider = random_below(random, 6); // of 3 neither name nor GUID are Sysmon's
    struct log_event event;
    log_event_begin(&event, id, is_old);
    if (id == 7 && !is_wmi) {
        log_event_set(&event, "ImageLoaded", "C:\\Windows\\wmiutil.dll");
    }
    if (provider == 1 || provider == 3) {
        event.event.provider = (struct evtx_text){other_name, COUNT(other_name) - 1};
    }
    if (provider == 2 || provider == 3) {
        event.event.guid = provider == 2 ? NULL : other_guid;
    }
    size_t count = 0;
    uint16_t *computer = text_to_units(host, &count);
    event.event.computer = (struct evtx_text){computer, count};
    event.event.layout = layout;
    evtx_log_add(log, &event.event);
    free(computer);
    log_event_free(&event);
    bool is_sysmon = provider != 3;
    bool has_data = (layout & EVTX_USER_DATA) == 0;
    written->has_sysmon = written->has_sysmon || is_sysmon;
    written->counts[0] += !recovered;
    written->counts[1] += recovered;
    written->counts[2] += is_sysmon && id == 1;
    written->counts[3] += is_sysmon && id == 1 && (is_old || !has_data);
    written->counts[4] += is_sysmon && id == 7;
    written->has_library = written->has_library || (is_sysmon && id == 7 && is_wmi && has_data);
}

// Computer in one of several spellings.
static char *spell(struct random *random, size_t host) {
    static const char *const forms[] = {"HOST-%02zu.corp", "Host-%02zu.Corp", "host-%02zu.CORP"};
    char text[64];
    (void)snprintf(text, sizeof text, forms[random_below(random, COUNT(forms))], host);
    return xstrdup(text);
}

static void write_log(uint64_t seed, const char *path, size_t hosts, struct written *written) {
    struct random random = {seed};
    struct evtx_log *log = evtx_log_new();
    for (size_t i = 0; i < EVENTS; i++) {
        size_t host = random_below(&random, hosts);
        unsigned layout = layouts[random_below(&random, COUNT(layouts))];
        char *name = spell(&random, host);
        bool is_recovered = i + 1 == EVENTS;
        if (is_recovered || (layout & (EVTX_DEF_PREVIOUS | EVTX_TO_CHUNK_END)) != 0) {
            evtx_log_break(log);
        }
        if (is_recovered) {
            evtx_log_slack(log);
            layout = 0;
        }
        if ((layout & EVTX_DEF_PREVIOUS) != 0) {
            write_event(&random, log, 0, name, false, &written[host]);
        }
        write_event(&random, log, layout, name, is_recovered, &written[host]);
        free(name);
    }
    evtx_log_save(log, path);
    evtx_log_free(log);
}

static struct csv_table *run(const char *variable, const char *otherwise, const char *directory,
                             const char *const options[3]) {
    const char *problem = NULL;
    char *arguments[] = {absolute_path(setting(variable, otherwise)),
                         xstrdup("--coverage"),
                         xstrdup("--format=csv"),
                         xstrdup("--quiet"),
                         xstrdup(options[0]),
                         xstrdup(options[1]),
                         xstrdup(options[2]),
                         NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    ck_assert_int_ge(outcome.status, 0);
    ck_assert_int_ne(outcome.status, 1);
    struct csv_table *table = csv_table_read(outcome.output, outcome.output_size, &problem);
    ck_assert_msg(table != NULL, "%s", outcome.output);
    outcome_free(&outcome);
    for (size_t i = 0; arguments[i] != NULL; i++) {
        free(arguments[i]);
    }
    return table;
}

static const char *cell(const struct csv_table *table, size_t row, const char *column) {
    for (size_t i = 0; i < table->rows[0].count; i++) {
        if (strcmp(table->rows[0].cells[i], column) == 0) {
            return table->rows[row].cells[i];
        }
    }
    ck_abort_msg("no column %s", column);
}

// What the built-in sequence lacks: one of its events, or else its library.
static void expect_needs(const struct csv_table *table, size_t row, const struct written *written) {
    bool has_starts = written->counts[2] > 0;
    bool has_loads = written->counts[4] > 0;
    bool is_able = has_starts && has_loads;
    ck_assert_str_eq(cell(table, row, "rules_able"), is_able ? "1" : "0");
    ck_assert_str_eq(cell(table, row, "rules_blind"), is_able ? "0" : "1");
    ck_assert_str_eq(cell(table, row, "missing_events"), is_able      ? ""
                                                         : has_starts ? "7"
                                                         : has_loads  ? "1"
                                                                      : "1;7");
    ck_assert_str_eq(cell(table, row, "missing_libraries"),
                     is_able && !written->has_library ? "wmiutils.dll" : "");
}

static void expect_row(const struct csv_table *table, size_t row, size_t host,
                       const struct written *written) {
    char name[32];
    const char *got = cell(table, row, "host");
    (void)snprintf(name, sizeof name, "host-%02zu.corp", host);
    ck_assert_msg(strcasecmp(got, name) == 0, "row %zu is of %s, not of %s", row, got, name);
    for (size_t i = 0; i < COLUMNS; i++) {
        unsigned long count = strtoul(cell(table, row, columns[i]), NULL, 10);
        ck_assert_msg(count == written->counts[i], "%s of %s: %lu, not %lu", columns[i], name,
                      count, written->counts[i]);
    }
    ck_assert_str_eq(cell(table, row, "sysmon"), written->has_sysmon ? "yes" : "no");
    expect_needs(table, row, written);
}

// Few hosts, and more than there is room for in what a worker counts into.
START_TEST(counts_are_those_written) {
    static const char *const options[][3] = {{"-j1", "log.evtx", "--strict"},
                                             {"-j2", "log.evtx", "--strict"},
                                             {"-j1", "log.evtx", "--no-filter"}};
    char *directory = make_temporary_directory();
    char *path = xformat("%s/log.evtx", directory);
    struct written written[HOSTS_MAX] = {0};
    size_t hosts = _i % 2 == 0 ? 3 : HOSTS_MAX;
    write_log((uint64_t)_i, path, hosts, written);
    for (size_t i = 0; i < COUNT(options); i++) {
        struct csv_table *table = run("EVTXSEQ", "build/evtxseq", directory, options[i]);
        size_t row = 1;
        for (size_t host = 0; host < hosts; host++) {
            if (written[host].counts[0] + written[host].counts[1] > 0) {
                ck_assert_uint_lt(row, table->count);
                expect_row(table, row++, host, &written[host]);
            }
        }
        ck_assert_uint_eq(row, table->count);
        csv_table_free(table);
    }
    free(path);
    remove_tree(directory);
    free(directory);
}
END_TEST

static void write_case(const char *directory, const char *text) {
    char *path = xformat("%s/coverage.case", directory);
    write_file(path, text, strlen(text));
    struct test_case *test = case_read(path);
    case_write_files(test, directory);
    case_free(test);
    free(path);
}

// A chunk that a worker dies on is not counted, those before and after it once.
START_TEST(dead_workers_take_no_counts_along) {
    static const char *const options[3] = {"-j1", "live.evtx", "--strict"};
    char *directory = make_temporary_directory();
    write_case(directory, "log live.evtx\n"
                          "load  10:00:00\n"
                          "start 10:00:01\n"
                          "chunk\n"
                          "load  10:01:00\n"
                          "event 22 10:01:02\n"
                          "  Mark: " FAULTS_MARK "abort\n"
                          "chunk\n"
                          "start 10:02:01\n");
    struct csv_table *table = run("EVTXSEQ_FAULTS", "build/evtxseq-faults", directory, options);
    ck_assert_uint_eq(table->count, 2);
    ck_assert_str_eq(cell(table, 1, "records"), "3");
    ck_assert_str_eq(cell(table, 1, "event_1"), "2");
    ck_assert_str_eq(cell(table, 1, "event_7"), "1");
    ck_assert_str_eq(cell(table, 1, "problems"), "1");
    csv_table_free(table);
    remove_tree(directory);
    free(directory);
}
END_TEST

// What a worker claims

START_TEST(impossible_rows_are_refused) {
    struct coverage_row row = {.host = "WS01", .counts = {.records = 1}};
    ck_assert(coverage_row_is_valid(&row));
    row.counts.records = UINT64_MAX;
    ck_assert(!coverage_row_is_valid(&row));
    row.counts.records = 1;
    row.counts.has_sysmon = 2;
    ck_assert(!coverage_row_is_valid(&row));
    row.counts.has_sysmon = 1;
    row.counts.nameless = UINT64_MAX / 2;
    ck_assert(!coverage_row_is_valid(&row));
    row.counts.nameless = 0;
    row.counts.events[COVERAGE_EVENTS - 1] = UINT64_MAX / 2;
    ck_assert(!coverage_row_is_valid(&row));
    row.counts.events[COVERAGE_EVENTS - 1] = 0;
    ck_assert(coverage_row_is_valid(&row));
    memset(row.host, 'x', sizeof row.host);
    ck_assert(!coverage_row_is_valid(&row));
}
END_TEST

// Rows

START_TEST(rows_have_room_for_so_many_hosts) {
    struct coverage_rows rows = {0};
    char name[16];
    for (int i = 0; i < COVERAGE_ROWS_MAX; i++) {
        (void)snprintf(name, sizeof name, "host%d", i);
        ck_assert_ptr_nonnull(coverage_rows_find(&rows, name));
    }
    ck_assert_ptr_null(coverage_rows_find(&rows, "one more"));
    struct coverage_row *row = coverage_rows_find(&rows, "HOST3");
    ck_assert_ptr_eq(row, &rows.rows[3]);
    ck_assert_str_eq(row->host, "HOST3"); // the first by strcmp()
    (void)coverage_rows_find(&rows, "Host3");
    ck_assert_str_eq(row->host, "HOST3");
    // A count that a process which was taken over left behind.
    rows.count = UINT32_MAX;
    ck_assert_ptr_null(coverage_rows_find(&rows, "one more"));
}
END_TEST

// Tables

// Adds hosts host00 to host19, each with as many records as its number, from one on, in steps that
// go around them all; merges every few.
static void add_hosts(struct coverage *table, size_t first, size_t step) {
    enum { HOSTS = 20 };
    static const char path[] = "log.evtx";
    struct coverage_counts counts;
    char name[16];
    for (size_t i = 0; i < HOSTS; i++) {
        size_t number = (first + i * step) % HOSTS;
        (void)snprintf(name, sizeof name, "host%02zu", number);
        coverage_counts_clear(&counts);
        counts.records = number;
        ck_assert(coverage_add(table, path, 0, name, &counts));
        if (i % 3 == 0) {
            coverage_merge(table);
        }
    }
    coverage_merge(table);
}

// Hosts past the limit are counted together, the same ones in whatever order they come; those that
// come first by name keep all their counts, and are found.
START_TEST(hosts_past_the_limit) {
    enum { LIMIT = 5, SUM = 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15 + 16 + 17 + 18 + 19 };
    static const size_t steps[] = {1, 3, 7, 9, 19};
    struct coverage table = {.hosts_max = LIMIT};
    char name[16];
    add_hosts(&table, (size_t)_i * 4, steps[_i]);
    ck_assert_uint_eq(table.count, LIMIT + 1);
    for (size_t i = 0; i < LIMIT; i++) {
        (void)snprintf(name, sizeof name, "HOST%02zu", i);
        const struct coverage_entry *found = coverage_find(&table, "log.evtx", 0, name);
        ck_assert_ptr_eq(found, &table.entries[i]);
        ck_assert_uint_eq(found->counts.records, i);
        ck_assert(!found->is_others);
    }
    ck_assert(table.entries[LIMIT].is_others);
    ck_assert_str_eq(table.entries[LIMIT].host, COVERAGE_OTHER_HOSTS);
    ck_assert_uint_eq(table.entries[LIMIT].counts.records, SUM);
    ck_assert_ptr_null(coverage_find(&table, "log.evtx", 0, "host07"));
    coverage_free(&table);
}
END_TEST

void coverage_tests(TCase *tests) {
    tcase_add_loop_test(tests, counts_are_those_written, 0, LOGS);
    tcase_add_test(tests, dead_workers_take_no_counts_along);
    tcase_add_test(tests, impossible_rows_are_refused);
    tcase_add_test(tests, rows_have_room_for_so_many_hosts);
    tcase_add_loop_test(tests, hosts_past_the_limit, 0, 5);
}
