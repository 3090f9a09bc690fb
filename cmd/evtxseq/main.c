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

#define BUILTIN_SEQUENCE "wmi-script-execution"

enum status { STATUS_NOTHING = 0, STATUS_FOUND = 1, STATUS_TROUBLE = 2, STATUS_BLIND = 3 };

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
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

// What the scan has come to, and why.
struct outcome {
    enum status status;
    const char *reason;
};

static struct outcome judge(const struct options *options, const struct evtxseq_scan *scan,
                            bool has_all_rules) {
    if (evtxseq_scan_finding_count(scan) > 0) {
        return (struct outcome){STATUS_FOUND, "something was found"};
    }
    if (!evtxseq_scan_is_complete(scan)) {
        return (struct outcome){STATUS_TROUBLE, evtxseq_scan_log_count(scan) == 0
                                                    ? "there was no log"
                                                    : "not everything could be read"};
    }
    if (!has_all_rules) {
        return (struct outcome){STATUS_TROUBLE, "a rule file is wrong"};
    }
    if (!options->is_coverage && evtxseq_scan_has_blind_host(scan)) {
        return (struct outcome){STATUS_BLIND, "on some host no rule could have found anything"};
    }
    return (struct outcome){STATUS_NOTHING, "everything was read, and nothing was found"};
}

// The lines for people.
static void write_lines(const struct options *options, const struct evtxseq_scan *scan,
                        enum status status, double seconds, FILE *stream) {
    const struct evtxseq_style style = terminal_style(options, stderr);
    (void)evtxseq_scan_write_problems(scan, &style, options->verbose, stream);
    if (!options->quiet || status == STATUS_BLIND) {
        (void)evtxseq_scan_write_warnings(scan, &style, options->quiet, stream);
    }
    if (!options->quiet) {
        (void)evtxseq_scan_write_summary(scan, &style, seconds, stream);
    }
}

// The same, in one write: other commands may have the same standard error.
static void print_lines(const struct options *options, const struct evtxseq_scan *scan,
                        enum status status, double seconds) {
    char *text = NULL;
    size_t size = 0;
    FILE *lines = open_memstream(&text, &size);
    if (lines != NULL) {
        write_lines(options, scan, status, seconds, lines);
    }
    if (lines != NULL && fclose(lines) == 0) {
        (void)fwrite(text, 1, size, stderr);
    }
    free(text);
}

// Where a run's findings and its account go, and when it began.
struct run {
    const struct options *options;
    struct output findings;
    struct output account; // if it is asked for
    struct timespec start; // by a clock that is not set
    int64_t started;       // milliseconds since 1970, UTC
};

// `rules` may be NULL.
static bool run_open(struct run *run, const struct options *options, const struct paths *paths,
                     const struct evtxseq_rules *rules) {
    struct timespec now;
    *run = (struct run){.options = options};
    (void)clock_gettime(CLOCK_MONOTONIC, &run->start);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    run->started = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    // Before the scan: a place that cannot be written to is better known before hours of reading.
    if (!output_open(&run->findings, "-o", options->output, paths, rules)) {
        return false;
    }
    if (options->report != NULL &&
        !output_open(&run->account, "--report", options->report, paths, rules)) {
        output_discard(&run->findings);
        return false;
    }
    return true;
}

static void run_discard(struct run *run) {
    output_discard(&run->findings);
    if (run->options->report != NULL) {
        output_discard(&run->account);
    }
}

// False when not all of it could be written, which has been said.
static bool write_account(struct run *run, const struct evtxseq_scan *scan,
                          const struct outcome *outcome) {
    const struct evtxseq_run told = {
        .arguments = run->options->arguments,
        .argument_count = run->options->argument_count,
        .started = run->started,
        .duration = (int64_t)(seconds_since(&run->start) * 1000),
        .status = (int)outcome->status,
        .reason = outcome->reason,
    };
    if (!evtxseq_scan_write_account(scan, &told, run->account.stream)) {
        output_fail(&run->account, errno);
    }
    return output_close(&run->account, scan);
}

// Writes what has been collected; its summary is that of the scan, and a line.
static enum status report_collected(struct run *run, struct evtxseq_scan *scan,
                                    bool has_all_rules) {
    struct evtxseq_collected collected;
    if (!evtxseq_scan_write_events(scan, run->findings.stream, &collected)) {
        output_fail(&run->findings, errno);
    }
    bool is_written = output_close(&run->findings, scan);
    bool is_complete = is_written && has_all_rules && evtxseq_scan_is_complete(scan);
    print_lines(run->options, scan, is_complete ? STATUS_NOTHING : STATUS_TROUBLE,
                seconds_since(&run->start));
    if (is_written && !run->options->quiet) {
        char size[EVTXSEQ_SIZE_TEXT];
        evtxseq_size_text((double)collected.bytes, size);
        (void)fprintf(stderr, "evtxseq: collected %" PRIu64 " %s, %s\n", collected.events,
                      collected.events == 1 ? "event" : "events", size);
    }
    return is_complete ? STATUS_NOTHING : STATUS_TROUBLE;
}

static enum status report(struct run *run, const struct evtxseq_scan *scan, bool has_all_rules) {
    struct outcome outcome = {STATUS_TROUBLE, "the findings could not be written"};
    if (write_result(run->options, &run->findings, scan)) {
        outcome = judge(run->options, scan, has_all_rules);
    }
    print_lines(run->options, scan, outcome.status, seconds_since(&run->start));
    bool is_told = run->options->report == NULL || write_account(run, scan, &outcome);
    return is_told ? outcome.status : STATUS_TROUBLE;
}

static enum status finish_run(struct run *run, struct evtxseq_scan *scan,
                              const struct evtxseq_rules *rules) {
    const struct options *options = run->options;
    if (!evtxseq_scan_finish(scan)) {
        int error = errno;
        const char *refusal = evtxseq_scan_refusal(scan);
        complain("%s%s", refusal == NULL ? "gave up the scan: " : "",
                 refusal == NULL ? strerror(error) : refusal);
        run_discard(run);
        return STATUS_TROUBLE;
    }
    if (options->action == ACTION_MERGE) {
        rules = evtxseq_scan_rules(scan);
        (void)evtxseq_rules_write_problems(rules, options->verbose, stderr);
    }
    bool has_all_rules = evtxseq_rules_wrong_count(rules) == 0;
    return options->action == ACTION_COLLECT ? report_collected(run, scan, has_all_rules)
                                             : report(run, scan, has_all_rules);
}

static struct evtxseq_scan *start_scan(const struct options *options, const struct paths *paths,
                                       const struct evtxseq_rules *rules, const char *directory) {
    evtxseq_options_set_rules(options->scan, rules);
    if (options->action == ACTION_MERGE) {
        return evtxseq_merge_start(options->scan, paths->list, paths->count);
    }
    if (options->action == ACTION_COLLECT) {
        evtxseq_options_set_collect(options->scan, directory);
    }
    return evtxseq_scan_start(options->scan, paths->list, paths->count);
}

// `rules` may be NULL for --merge.
static enum status scan_paths(const struct options *options, const struct paths *paths,
                              const struct evtxseq_rules *rules) {
    struct run run;
    if (!run_open(&run, options, paths, rules)) {
        return STATUS_TROUBLE;
    }
    char *directory = output_directory(&run.findings);
    struct evtxseq_scan *scan = start_scan(options, paths, rules, directory);
    if (scan == NULL) {
        complain("cannot start the scan: %s", strerror(errno));
        free(directory);
        run_discard(&run);
        return STATUS_TROUBLE;
    }
    struct progress progress;
    progress_start(&progress, options);
    while (evtxseq_scan_step(scan, PROGRESS_INTERVAL)) {
        progress_update(&progress, scan);
    }
    progress_end(&progress);
    enum status status = finish_run(&run, scan, rules);
    evtxseq_scan_free(scan);
    free(directory);
    return status;
}

// False when an option is for a rule that is not in use, which is said.
static bool fit_options(const struct options *options, const struct evtxseq_rules *rules) {
    if (options->has_span && evtxseq_rules_find(rules, BUILTIN_SEQUENCE) == NULL) {
        complain("--maxspan is for %s, which is not among the rules", BUILTIN_SEQUENCE);
        return false;
    }
    return true;
}

static enum status run_scan(const struct options *options) {
    struct paths paths = {0};
    enum status status = STATUS_TROUBLE;
    bool needs_rules = options->action != ACTION_MERGE || options->rule_list_count > 0;
    struct evtxseq_rules *rules = needs_rules ? rules_load(options, BUILTIN_SEQUENCE) : NULL;
    if (needs_rules && rules == NULL) {
        return status;
    }
    if ((rules == NULL || fit_options(options, rules)) && paths_read(&paths, options)) {
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

// Writes the rules or, if it is not NULL, the rule.
static enum status write_rules(const struct options *options, const struct evtxseq_rules *rules,
                               const struct evtxseq_rule *rule) {
    const struct paths no_inputs = {0};
    struct output output;
    if (!output_open(&output, "-o", options->output, &no_inputs, rules)) {
        return STATUS_TROUBLE;
    }
    const struct evtxseq_style style = terminal_style(options, output.stream);
    bool is_written = rule == NULL ? evtxseq_rules_write(rules, &style, output.stream)
                                   : evtxseq_rule_write(rule, &style, output.stream);
    if (!is_written) {
        output_fail(&output, errno);
    }
    return output_close(&output, NULL) || output.is_closed_pipe ? STATUS_NOTHING : STATUS_TROUBLE;
}

static enum status list_rules(const struct options *options) {
    struct evtxseq_rules *rules = rules_load(options, "all");
    enum status status = STATUS_TROUBLE;
    if (rules != NULL) {
        status = write_rules(options, rules, NULL);
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
        status = write_rules(options, rules, rule);
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
        return run_scan(options);
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
