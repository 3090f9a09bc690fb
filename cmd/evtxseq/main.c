// SPDX-License-Identifier: GPL-3.0-or-later
// evtxseq: finds attack sequences in Sysmon event logs.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "options.h"
#include "out/coverage_report.h"
#include "out/explain.h"
#include "out/writer.h"
#include "output.h"
#include "paths.h"
#include "progress.h"
#include "scan/scan.h"
#include "terminal.h"

enum status { STATUS_NOTHING = 0, STATUS_FOUND = 1, STATUS_TROUBLE = 2 };

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

// Writes `text` and empties it. False when memory ran out or writing failed.
static bool flush_text(struct output *output, struct buffer *text) {
    if (text->failed) {
        output_fail(output, ENOMEM);
    }
    bool ok = !text->failed && (text->size == 0 || output_write(output, text->data, text->size));
    buffer_clear(text);
    return ok;
}

static bool write_findings(struct output *output, const struct options *options,
                           const struct findings *findings) {
    struct buffer text = {0};
    const struct writer_options writer = {.format = options->format,
                                          .csv_raw = options->csv_raw,
                                          .style = terminal_style(options, output->stream)};
    writer_add_header(&text, &writer);
    bool ok = flush_text(output, &text);
    for (size_t i = 0; ok && i < findings->count; i++) {
        writer_add_finding(&text, &writer, &findings->list[i]);
        ok = flush_text(output, &text);
    }
    buffer_free(&text);
    return ok;
}

// What --coverage prints.
static bool write_coverage(struct output *output, const struct options *options,
                           const struct coverage_report *report) {
    struct buffer text = {0};
    const struct text_style style = terminal_style(options, output->stream);
    if (options->format == FORMAT_CSV) {
        coverage_add_csv_header(&text);
    }
    bool ok = flush_text(output, &text);
    for (size_t i = 0; ok && i < report->coverage->count; i++) {
        if (options->format == FORMAT_CSV) {
            coverage_add_csv(&text, report, i, options->csv_raw);
        } else if (options->format == FORMAT_JSONL) {
            coverage_add_jsonl(&text, report, i);
        } else {
            coverage_add_text(&text, report, i, &style);
        }
        ok = flush_text(output, &text);
    }
    buffer_free(&text);
    return ok;
}

static void print_warnings(const struct options *options, const struct coverage_report *report) {
    struct buffer text = {0};
    const struct text_style style = terminal_style(options, stderr);
    if (coverage_add_warnings(&text, report, &style) && !text.failed && text.size > 0) {
        (void)fwrite(text.data, 1, text.size, stderr);
    }
    buffer_free(&text);
}

// An input that could not be read and a record that may be evidence are always named, damage only
// when asked for.
static void name_problems(const struct problems *problems, bool all) {
    struct buffer line = {0};
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->list[i];
        if (!all && !problem_is_grave(problem->kind)) {
            continue;
        }
        buffer_add_text(&line, "evtxseq: ");
        problem_print(problem, &line);
        buffer_add_byte(&line, '\n');
        if (!line.failed) {
            (void)fwrite(line.data, 1, line.size, stderr);
        }
        buffer_clear(&line);
    }
    buffer_free(&line);
}

static void print_count(size_t count, const char *one, const char *many) {
    (void)fprintf(stderr, "%zu %s", count, count == 1 ? one : many);
}

static void print_summary(const struct options *options, const struct scan_result *result,
                          double seconds) {
    (void)fputs("evtxseq: ", stderr);
    if (!options->scan.only_coverage) {
        print_count(result->findings.count, "finding", "findings");
        (void)fputs(" in ", stderr);
    }
    print_count(result->inputs, "log", "logs");
    (void)fprintf(stderr, ", %" PRIu64 " bytes, %" PRIu64 " records", result->tally.bytes,
                  result->tally.records);
    if (result->tally.recovered > 0) {
        (void)fprintf(stderr, " and %" PRIu64 " recovered", result->tally.recovered);
    }
    (void)fprintf(stderr, ", %.2f s\n", seconds);
    const char *before = "evtxseq: problems: ";
    for (int kind = 0; kind < PROBLEM_KINDS; kind++) {
        size_t count = result->problems.counts[kind];
        if (count > 0) {
            (void)fprintf(stderr, "%s%zu %s", before, count,
                          problem_kind_text((enum problem_kind)kind, count));
            before = ", ";
        }
    }
    if (strcmp(before, ", ") == 0) {
        (void)fputs("\n", stderr);
    }
}

static enum status status_of(const struct scan_result *result) {
    if (result->findings.count > 0) {
        return STATUS_FOUND;
    }
    return problems_have_grave(&result->problems) || result->inputs == 0 ? STATUS_TROUBLE
                                                                         : STATUS_NOTHING;
}

static enum status report(const struct options *options, struct output *output,
                          const struct scan_result *result, double seconds) {
    const struct coverage_report coverage = {.coverage = &result->coverage,
                                             .rules = options->scan.rules,
                                             .rule_count = options->scan.rule_count};
    bool is_written = options->scan.only_coverage
                          ? write_coverage(output, options, &coverage)
                          : write_findings(output, options, &result->findings);
    is_written = output_close(output) && is_written;
    name_problems(&result->problems, options->verbose);
    if (result->inputs == 0 && !problems_have_grave(&result->problems)) {
        (void)fputs("evtxseq: no log among the inputs\n", stderr);
    }
    if (result->is_context_cut) {
        (void)fputs("evtxseq: context is incomplete: out of memory or processes\n", stderr);
    }
    if (options->verbose && result->is_unconfined) {
        (void)fputs("evtxseq: decoding was not confined: no seccomp filter could be set\n", stderr);
    }
    if (!options->quiet) {
        print_warnings(options, &coverage);
        print_summary(options, result, seconds);
    }
    if (!is_written && !output->is_closed_pipe) {
        return STATUS_TROUBLE;
    }
    return status_of(result);
}

static enum status scan_paths(const struct options *options, const struct paths *paths) {
    struct timespec start;
    struct output output;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    struct scan *scan = scan_new(&options->scan);
    if (scan == NULL) {
        (void)fprintf(stderr, "evtxseq: cannot start: %s\n", strerror(errno));
        return STATUS_TROUBLE;
    }
    // Before the scan: a place that cannot be written to is better known before hours of reading.
    if (!output_open(&output, options->output)) {
        scan_free(scan);
        return STATUS_TROUBLE;
    }
    struct progress progress;
    progress_start(&progress, options);
    scan_start(scan, paths->list, paths->count);
    while (scan_step(scan, PROGRESS_INTERVAL)) {
        progress_update(&progress, scan);
    }
    progress_end(&progress);
    enum status status = STATUS_TROUBLE;
    if (scan_finish(scan)) {
        status = report(options, &output, scan_result(scan), seconds_since(&start));
    } else {
        (void)fprintf(stderr, "evtxseq: scan given up: %s\n", strerror(errno));
        output_discard(&output);
    }
    scan_free(scan);
    return status;
}

static enum status run(const struct options *options) {
    struct paths paths;
    enum status status = STATUS_TROUBLE;
    if (paths_read(&paths, options)) {
        status = scan_paths(options, &paths);
    }
    paths_free(&paths);
    return status;
}

// What --help and --version print.
static enum status print(const char *text) {
    bool ok = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
    return ok ? STATUS_NOTHING : STATUS_TROUBLE;
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

// What --explain prints, or for NULL --list-rules.
static enum status explain(const struct rule *rule) {
    struct buffer text = {0};
    if (rule == NULL) {
        explain_add_list(&text);
    } else {
        explain_add_rule(&text, rule);
    }
    buffer_add_byte(&text, '\0');
    enum status status = text.failed ? STATUS_TROUBLE : print(text.data);
    buffer_free(&text);
    return status;
}

static enum status act(int argc, char **argv) {
    struct options options;
    switch (options_read(argc, argv, &options)) {
    case OPTIONS_RUN:
        return run(&options);
    case OPTIONS_HELP:
        return print(options_help());
    case OPTIONS_VERSION:
        return print("evtxseq " EVTXSEQ_VERSION "\n");
    case OPTIONS_LIST_RULES:
        return explain(NULL);
    case OPTIONS_EXPLAIN:
        return explain(options.explained);
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
    return (int)act(argc, argv);
}
