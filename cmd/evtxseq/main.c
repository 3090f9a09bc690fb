// SPDX-License-Identifier: GPL-3.0-or-later
// evtxseq: runs detection rules over Sysmon event logs.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "complain.h"
#include "evtxseq.h"
#include "options.h"
#include "output.h"
#include "paths.h"
#include "progress.h"
#include "rules.h"
#include "terminal.h"

enum status { STATUS_NOTHING = 0, STATUS_FOUND = 1, STATUS_TROUBLE = 2, STATUS_BLIND = 3 };

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void print_count(uint64_t count, const char *one, const char *many) {
    (void)fprintf(stderr, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

static void print_problem_counts(const struct evtxseq_scan *scan) {
    const char *before = "evtxseq: problems: ";
    for (int i = 0; evtxseq_problem_kind_text((enum evtxseq_problem_kind)i, 0) != NULL; i++) {
        enum evtxseq_problem_kind kind = (enum evtxseq_problem_kind)i;
        size_t count = evtxseq_scan_problem_kind_count(scan, kind);
        if (count > 0) {
            (void)fprintf(stderr, "%s%zu %s", before, count,
                          evtxseq_problem_kind_text(kind, count));
            before = ", ";
        }
    }
    if (strcmp(before, ", ") == 0) {
        (void)fputs("\n", stderr);
    }
}

static void print_summary(const struct options *options, const struct evtxseq_scan *scan,
                          double seconds) {
    (void)fputs("evtxseq: ", stderr);
    if (!options->is_coverage) {
        print_count(evtxseq_scan_finding_count(scan), "finding", "findings");
        (void)fputs(" in ", stderr);
    }
    print_count(evtxseq_scan_log_count(scan), "log", "logs");
    (void)fprintf(stderr, ", %" PRIu64 " bytes, %" PRIu64 " records", evtxseq_scan_byte_count(scan),
                  evtxseq_scan_record_count(scan));
    if (evtxseq_scan_recovered_count(scan) > 0) {
        (void)fprintf(stderr, " and %" PRIu64 " recovered", evtxseq_scan_recovered_count(scan));
    }
    (void)fprintf(stderr, ", %.2f s\n", seconds);
    print_problem_counts(scan);
}

// False when not all of it could be written, which has been said; but for a reader who has gone.
static bool write_result(const struct options *options, struct output *output,
                         const struct evtxseq_scan *scan) {
    const struct evtxseq_style style = terminal_style(options, output->stream);
    bool is_written = options->is_coverage
                          ? evtxseq_scan_write_coverage(scan, &style, output->stream)
                          : evtxseq_scan_write(scan, &style, output->stream);
    if (!is_written) {
        output_fail(output, errno);
    }
    return output_close(output, scan) || output->is_closed_pipe;
}

// What the scan has come to.
static enum status judge(const struct options *options, const struct evtxseq_scan *scan,
                         bool has_all_rules) {
    if (evtxseq_scan_finding_count(scan) > 0) {
        return STATUS_FOUND;
    }
    if (!evtxseq_scan_is_complete(scan) || !has_all_rules) {
        return STATUS_TROUBLE;
    }
    bool is_blind = !options->is_coverage && evtxseq_scan_has_blind_host(scan);
    return is_blind ? STATUS_BLIND : STATUS_NOTHING;
}

static enum status report(const struct options *options, struct output *output,
                          const struct evtxseq_scan *scan, bool has_all_rules, double seconds) {
    bool is_written = write_result(options, output, scan);
    enum status status = is_written ? judge(options, scan, has_all_rules) : STATUS_TROUBLE;
    (void)evtxseq_scan_write_problems(scan, options->verbose, stderr);
    if (!options->quiet || status == STATUS_BLIND) {
        const struct evtxseq_style style = terminal_style(options, stderr);
        (void)evtxseq_scan_write_warnings(scan, &style, options->quiet, stderr);
    }
    if (!options->quiet) {
        print_summary(options, scan, seconds);
    }
    return status;
}

static enum status scan_paths(const struct options *options, const struct paths *paths,
                              const struct evtxseq_rules *rules) {
    struct timespec start;
    struct output output;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    // Before the scan: a place that cannot be written to is better known before hours of reading.
    if (!output_open(&output, options->output, paths)) {
        return STATUS_TROUBLE;
    }
    evtxseq_options_set_rules(options->scan, rules);
    struct evtxseq_scan *scan = evtxseq_scan_start(options->scan, paths->list, paths->count);
    if (scan == NULL) {
        (void)fprintf(stderr, "evtxseq: cannot start the scan: %s\n", strerror(errno));
        output_discard(&output);
        return STATUS_TROUBLE;
    }
    struct progress progress;
    progress_start(&progress, options);
    while (evtxseq_scan_step(scan, PROGRESS_INTERVAL)) {
        progress_update(&progress, scan);
    }
    progress_end(&progress);
    enum status status = STATUS_TROUBLE;
    if (evtxseq_scan_finish(scan)) {
        status = report(options, &output, scan, evtxseq_rules_wrong_count(rules) == 0,
                        seconds_since(&start));
    } else {
        (void)fprintf(stderr, "evtxseq: gave up the scan: %s\n", strerror(errno));
        output_discard(&output);
    }
    evtxseq_scan_free(scan);
    return status;
}

static enum status run(const struct options *options) {
    struct paths paths;
    enum status status = STATUS_TROUBLE;
    struct evtxseq_rules *rules = rules_load(options, "wmi-script-execution");
    if (rules == NULL) {
        return status;
    }
    if (paths_read(&paths, options)) {
        status = scan_paths(options, &paths, rules);
    }
    paths_free(&paths);
    evtxseq_rules_free(rules);
    return status;
}

// Finishes what has been written to standard output.
static enum status finish(bool is_written) {
    return is_written && fflush(stdout) == 0 ? STATUS_NOTHING : STATUS_TROUBLE;
}

// A standard descriptor that is closed would become that of the next file opened, and findings
// would go there.
static void fill_standard_descriptors(void) {
    int fd = 0;
    do {
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        (void)close(fd);
    }
}

static enum status list_rules(const struct options *options) {
    struct evtxseq_rules *rules = rules_load(options, "all");
    enum status status = STATUS_TROUBLE;
    if (rules != NULL) {
        const struct evtxseq_style style = terminal_style(options, stdout);
        status = finish(evtxseq_rules_write(rules, &style, stdout));
        status = evtxseq_rules_wrong_count(rules) > 0 ? STATUS_TROUBLE : status;
    }
    evtxseq_rules_free(rules);
    return status;
}

static enum status explain_rule(const struct options *options) {
    struct evtxseq_rules *rules = rules_load_with_builtin(options);
    enum status status = STATUS_TROUBLE;
    const struct evtxseq_rule *rule =
        rules == NULL ? NULL : evtxseq_rules_find(rules, options->explained);
    if (rule != NULL) {
        status = finish(evtxseq_rule_write(rule, stdout));
    } else if (rules != NULL) {
        complain("--explain=%s: there is no such rule; --list-rules lists them",
                 options->explained);
    }
    evtxseq_rules_free(rules);
    return status;
}

static enum status act(const struct options *options, enum options_result what) {
    switch (what) {
    case OPTIONS_RUN:
        return run(options);
    case OPTIONS_HELP:
        return finish(fputs(options_help(), stdout) >= 0);
    case OPTIONS_VERSION:
        return finish(printf("evtxseq %s\n", evtxseq_version()) >= 0);
    case OPTIONS_LIST_RULES:
        return list_rules(options);
    case OPTIONS_EXPLAIN:
        return explain_rule(options);
    case OPTIONS_WRONG:
        break;
    }
    return STATUS_TROUBLE;
}

int main(int argc, char **argv) {
    fill_standard_descriptors();
    // A closed pipe and a file that has reached its limit are errors of write(), not the end of the
    // program.
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    struct options options;
    enum options_result what = options_read(argc, argv, &options);
    enum status status = act(&options, what);
    options_free(&options);
    return (int)status;
}
