// SPDX-License-Identifier: GPL-3.0-or-later
// The library's public face: rules, options, scans, writing.
#include "evtxseq.h"
#include "evtxseq_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/size.h"
#include "base/timestamp.h"
#include "base/visible.h"
#include "out/account.h"
#include "out/coverage_report.h"
#include "out/explain.h"
#include "out/problem_lines.h"
#include "out/rule_list.h"
#include "out/totals.h"
#include "out/warnings.h"
#include "out/wrap.h"
#include "out/writer.h"
#include "scan/processors.h"
#include "scan/scan.h"

// The enumerations are the modules' own by other names.
_Static_assert((int)EVTXSEQ_CLOCK_UTC == (int)CLOCK_UTC &&
                   (int)EVTXSEQ_CLOCK_LOGGED == (int)CLOCK_LOGGED,
               "clocks differ");
_Static_assert((int)EVTXSEQ_TEXT == (int)FORMAT_TEXT && (int)EVTXSEQ_CSV == (int)FORMAT_CSV &&
                   (int)EVTXSEQ_JSONL == (int)FORMAT_JSONL &&
                   (int)EVTXSEQ_TIMESKETCH == (int)FORMAT_TIMESKETCH &&
                   (int)EVTXSEQ_BRIEF == (int)FORMAT_BRIEF && (int)EVTXSEQ_HTML == (int)FORMAT_HTML,
               "formats differ");
_Static_assert((int)EVTXSEQ_BELOW_SEVERITY == (int)LEFT_OUT_SEVERITY &&
                   (int)EVTXSEQ_NOT_EXACT == (int)LEFT_OUT_BASIS &&
                   (int)EVTXSEQ_OUT_OF_TIME == (int)LEFT_OUT_TIME,
               "reasons differ");
_Static_assert((int)EVTXSEQ_JOBS_MAX == (int)SCAN_JOBS_MAX, "limits differ");
_Static_assert((int)EVTXSEQ_SIZE_TEXT == (int)SIZE_TEXT_SIZE, "sizes differ");

const char *evtxseq_version(void) {
    return EVTXSEQ_VERSION;
}

// Rules

struct evtxseq_rules *evtxseq_rules_new(void) {
    return calloc(1, sizeof(struct evtxseq_rules));
}

void evtxseq_rules_free(struct evtxseq_rules *rules) {
    if (rules != NULL) {
        rule_files_free(&rules->files);
        rule_set_free(rules->set);
        free(rules);
    }
}

bool evtxseq_rules_add(struct evtxseq_rules *rules, const char *list, bool any_index) {
    enum rule_files_result result = rule_files_add(&rules->files, list, any_index);
    errno = result == RULE_FILES_UNKNOWN ? ENOENT : ENOMEM;
    return result == RULE_FILES_READ;
}

bool evtxseq_rules_compile(struct evtxseq_rules *rules) {
    rules->set = rule_set_new(&rules->files);
    errno = ENOMEM;
    return rules->set != NULL;
}

// Options

struct evtxseq_options {
    struct scan_options scan;          // but for the rules
    const struct evtxseq_rules *rules; // NULL: the default
};

static struct evtxseq_options default_options(void) {
    return (struct evtxseq_options){
        .scan = {.findings = findings_default_options(),
                 .jobs = processors_available(SCAN_JOBS_MAX)},
    };
}

struct evtxseq_options *evtxseq_options_new(void) {
    struct evtxseq_options *options = malloc(sizeof *options);
    if (options != NULL) {
        *options = default_options();
    }
    return options;
}

void evtxseq_options_free(struct evtxseq_options *options) {
    free(options);
}

void evtxseq_options_set_rules(struct evtxseq_options *options, const struct evtxseq_rules *rules) {
    options->rules = rules;
}

void evtxseq_options_set_strict(struct evtxseq_options *options, bool strict) {
    options->scan.findings.strict = strict;
}

void evtxseq_options_set_maxspan(struct evtxseq_options *options, int64_t span) {
    options->scan.findings.span = span;
}

void evtxseq_options_set_clock(struct evtxseq_options *options, enum evtxseq_clock clock) {
    options->scan.clock = clock == EVTXSEQ_CLOCK_LOGGED ? CLOCK_LOGGED : CLOCK_UTC;
}

void evtxseq_options_set_since(struct evtxseq_options *options, int64_t since) {
    options->scan.findings.since = since;
}

void evtxseq_options_set_until(struct evtxseq_options *options, int64_t until) {
    options->scan.findings.until = until;
}

bool evtxseq_options_set_min_severity(struct evtxseq_options *options, const char *severity) {
    return rule_severity_find(severity, &options->scan.findings.min_severity);
}

void evtxseq_options_set_carve(struct evtxseq_options *options, bool carve) {
    options->scan.carve = carve;
}

void evtxseq_options_set_recovered(struct evtxseq_options *options, bool recovered) {
    options->scan.scanner.no_recovered = !recovered;
}

void evtxseq_options_set_context(struct evtxseq_options *options, bool context) {
    options->scan.no_context = !context;
}

void evtxseq_options_set_only_coverage(struct evtxseq_options *options, bool only_coverage) {
    options->scan.only_coverage = only_coverage;
}

void evtxseq_options_set_filter(struct evtxseq_options *options, bool filter) {
    options->scan.scanner.no_filter = !filter;
}

void evtxseq_options_set_hashes(struct evtxseq_options *options, bool hashes) {
    options->scan.has_hashes = hashes;
}

void evtxseq_options_set_collect(struct evtxseq_options *options, const char *directory) {
    options->scan.collect = directory;
}

bool evtxseq_options_set_part(struct evtxseq_options *options, uint32_t number, uint32_t count) {
    if (number < 1 || number > count || count > SHARE_COUNT_MAX) {
        return false;
    }
    options->scan.share = (struct share){number, count};
    return true;
}

void evtxseq_options_set_expected(struct evtxseq_options *options, size_t count) {
    options->scan.expected = count;
}

void evtxseq_options_set_jobs(struct evtxseq_options *options, size_t jobs) {
    options->scan.jobs = jobs < 1 ? 1 : jobs > SCAN_JOBS_MAX ? SCAN_JOBS_MAX : jobs;
}

bool evtxseq_parse_time(const char *text, int64_t *time) {
    return timestamp_parse(text, time);
}

bool evtxseq_parse_end(const char *text, int64_t *time) {
    return timestamp_parse_end(text, time);
}

bool evtxseq_parse_duration(const char *text, int64_t *span) {
    return duration_parse(text, span);
}

// Scans

struct evtxseq_scan {
    struct scan *scan;
    const struct scan_result *result; // of that scan
    const struct rule_set *rules;
    struct rule_set *own_rules;  // where the options name none
    struct evtxseq_rules merged; // of a merge; owned by the scan
    struct report_scope scope;   // what the options ask for
    bool only_coverage;
    bool is_collecting;
};

// The rules of the options, or the default. NULL when memory ran out.
static const struct rule_set *choose_rules(struct evtxseq_scan *scan,
                                           const struct evtxseq_options *options) {
    if (options->rules != NULL) {
        return options->rules->set;
    }
    scan->own_rules = rule_set_builtin("wmi-script-execution");
    return scan->own_rules;
}

static struct report_scope scope_of(const struct scan_options *options) {
    return (struct report_scope){
        .findings = options->findings,
        .clock = options->clock,
        .no_recovered = options->scanner.no_recovered,
        .no_context = options->no_context,
        .is_carved = options->carve,
    };
}

static struct evtxseq_scan *start(const struct evtxseq_options *options, bool is_merge,
                                  const char *const *paths, size_t count) {
    const struct evtxseq_options chosen = options == NULL ? default_options() : *options;
    struct scan_options scan_options = chosen.scan;
    struct evtxseq_scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return NULL;
    }
    scan->rules = choose_rules(scan, &chosen);
    scan->only_coverage = scan_options.only_coverage;
    scan_options.rules = scan->rules;
    scan_options.is_merge = is_merge;
    scan_options.are_rules_given = is_merge && chosen.rules != NULL;
    scan_options.collect = is_merge ? NULL : scan_options.collect;
    scan_options.has_hashes =
        !is_merge && (scan_options.has_hashes || scan_options.collect != NULL);
    scan->is_collecting = scan_options.collect != NULL;
    scan->scope = scope_of(&scan_options);
    scan->scan = scan->rules == NULL ? NULL : scan_new(&scan_options);
    if (scan->scan == NULL) {
        int error = errno;
        rule_set_free(scan->own_rules);
        free(scan);
        errno = error;
        return NULL;
    }
    scan->result = scan_result(scan->scan);
    scan_start(scan->scan, paths, count);
    return scan;
}

bool evtxseq_scan_step(struct evtxseq_scan *scan, int timeout) {
    return scan_step(scan->scan, timeout);
}

// Of a merge, rules and options are known only when it has read them.
static void take_settings(struct evtxseq_scan *scan) {
    const struct scan_options *options = scan_options_of(scan->scan);
    scan->scope = scope_of(options);
    if (options->is_merge) {
        scan->rules = options->rules;
        scan->merged.set = (struct rule_set *)options->rules; // read, not changed
    }
}

bool evtxseq_scan_finish(struct evtxseq_scan *scan) {
    bool is_finished = scan_finish(scan->scan);
    int error = errno;
    take_settings(scan);
    errno = error;
    return is_finished;
}

struct evtxseq_scan *evtxseq_scan_start(const struct evtxseq_options *options,
                                        const char *const *paths, size_t count) {
    return start(options, false, paths, count);
}

struct evtxseq_scan *evtxseq_merge_start(const struct evtxseq_options *options,
                                         const char *const *paths, size_t count) {
    return start(options, true, paths, count);
}

bool evtxseq_scan_write_events(struct evtxseq_scan *scan, FILE *stream,
                               struct evtxseq_collected *collected) {
    struct scan_collected told = {0};
    if (!scan->is_collecting) {
        errno = EINVAL;
        return false;
    }
    bool ok = scan_write_events(scan->scan, stream, &told);
    *collected = (struct evtxseq_collected){.events = told.events, .bytes = told.bytes};
    return ok;
}

const char *evtxseq_scan_refusal(const struct evtxseq_scan *scan) {
    return scan_refusal(scan->scan);
}

const struct evtxseq_rules *evtxseq_scan_rules(const struct evtxseq_scan *scan) {
    return scan->merged.set == NULL ? NULL : &scan->merged;
}

struct evtxseq_scan *evtxseq_scan_paths(const struct evtxseq_options *options,
                                        const char *const *paths, size_t count) {
    struct evtxseq_scan *scan = evtxseq_scan_start(options, paths, count);
    while (scan != NULL && evtxseq_scan_step(scan, 1000)) {
    }
    if (scan != NULL && !evtxseq_scan_finish(scan)) {
        int error = errno;
        evtxseq_scan_free(scan);
        errno = error;
        return NULL;
    }
    return scan;
}

void evtxseq_scan_free(struct evtxseq_scan *scan) {
    if (scan == NULL) {
        return;
    }
    scan_free(scan->scan);
    rule_set_free(scan->own_rules);
    free(scan);
}

struct evtxseq_progress evtxseq_scan_progress(const struct evtxseq_scan *scan) {
    const struct scan_progress at = scan_progress(scan->scan);
    return (struct evtxseq_progress){
        .pass = at.pass,
        .bytes = at.bytes,
        .total = at.total,
        .inputs = at.inputs,
        .events = at.events,
        .findings = at.pass == 0 ? 0 : scan->result->findings.count,
    };
}

bool evtxseq_scan_has_input(const struct evtxseq_scan *scan, uint64_t device, uint64_t number) {
    return scan_has_input(scan->scan, device, number);
}

size_t evtxseq_scan_finding_count(const struct evtxseq_scan *scan) {
    return scan->result->findings.count;
}

const struct evtxseq_finding *evtxseq_scan_finding(const struct evtxseq_scan *scan, size_t index) {
    return (const struct evtxseq_finding *)&scan->result->findings.list[index];
}

size_t evtxseq_scan_left_out_count(const struct evtxseq_scan *scan, enum evtxseq_left_out why) {
    return scan->result->findings.left_out[why];
}

size_t evtxseq_scan_problem_count(const struct evtxseq_scan *scan) {
    return scan->result->problems.count;
}

const struct evtxseq_problem *evtxseq_scan_problem(const struct evtxseq_scan *scan, size_t index) {
    return (const struct evtxseq_problem *)&scan->result->problems.list[index];
}

size_t evtxseq_scan_problem_kind_count(const struct evtxseq_scan *scan,
                                       enum evtxseq_problem_kind kind) {
    return scan->result->problems.counts[kind];
}

// There may be none in a part of the inputs.
static bool lacks_logs(const struct evtxseq_scan *scan) {
    return scan->result->inputs == 0 && scan_options_of(scan->scan)->share.count == 0;
}

bool evtxseq_scan_is_complete(const struct evtxseq_scan *scan) {
    return !lacks_logs(scan) && !problems_have_serious(&scan->result->problems);
}

bool evtxseq_scan_has_all_context(const struct evtxseq_scan *scan) {
    return !scan->result->is_context_cut;
}

bool evtxseq_scan_was_sandboxed(const struct evtxseq_scan *scan) {
    return !scan->result->lacks_sandbox;
}

uint64_t evtxseq_scan_log_count(const struct evtxseq_scan *scan) {
    return scan->result->inputs;
}

uint64_t evtxseq_scan_byte_count(const struct evtxseq_scan *scan) {
    return scan->result->tally.bytes;
}

uint64_t evtxseq_scan_record_count(const struct evtxseq_scan *scan) {
    return scan->result->tally.records;
}

uint64_t evtxseq_scan_recovered_count(const struct evtxseq_scan *scan) {
    return scan->result->tally.recovered;
}

uint64_t evtxseq_scan_passed_over_count(const struct evtxseq_scan *scan) {
    return scan->result->passed_over;
}

// Writing

// Writes the text and empties it. False with errno set, which free() leaves as it is, when there
// was no memory for it or writing failed.
static bool write_text(struct buffer *text, FILE *stream) {
    bool ok = !text->failed &&
              (text->size == 0 || fwrite(text->data, 1, text->size, stream) == text->size);
    errno = text->failed ? ENOMEM : errno;
    buffer_clear(text);
    return ok;
}

static bool write_last(struct buffer *text, FILE *stream) {
    bool ok = write_text(text, stream);
    buffer_free(text);
    return ok;
}

static struct writer_options writer_options_of(const struct evtxseq_style *style) {
    static const struct evtxseq_style plain = {0};
    const struct evtxseq_style look = style == NULL ? plain : *style;
    bool is_narrow = look.width > 0 && look.width < WRAP_WIDTH_MIN;
    return (struct writer_options){
        .format = (enum format)look.format,
        .csv_raw = look.csv_raw,
        .style = {.width = is_narrow ? WRAP_WIDTH_MIN : look.width, .has_colour = look.is_colour},
    };
}

static struct report report_of(const struct evtxseq_scan *scan) {
    const struct scan_result *result = scan->result;
    return (struct report){
        .findings = &result->findings,
        .rules = scan->rules,
        .coverage = &result->coverage,
        .problems = &result->problems,
        .inputs = result->facts,
        .input_count = result->facts_count,
        .log_count = result->inputs,
        .timeline = scan->only_coverage ? NULL : &result->timeline,
        .scope = scan->scope,
        .is_context_cut = result->is_context_cut,
    };
}

bool evtxseq_scan_write(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                        FILE *stream) {
    const struct findings *findings = &scan->result->findings;
    const struct writer_options options = writer_options_of(style);
    const struct report report = report_of(scan);
    struct buffer text = {0};
    writer_add_header(&text, &options, &report);
    bool ok = write_text(&text, stream);
    for (size_t i = 0; ok && i < findings->count; i++) {
        writer_add_finding(&text, &options, &report, &findings->list[i]);
        ok = write_text(&text, stream);
    }
    if (ok) {
        writer_add_footer(&text, &options, &report);
        ok = write_text(&text, stream);
    }
    buffer_free(&text);
    return ok;
}

char *evtxseq_scan_print(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                         size_t *size) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    bool ok = stream != NULL && evtxseq_scan_write(scan, style, stream);
    ok = stream != NULL && fclose(stream) == 0 && ok;
    if (!ok) {
        free(text);
        errno = ENOMEM;
        return NULL;
    }
    if (size != NULL) {
        *size = length;
    }
    return text;
}

bool evtxseq_scan_write_account(const struct evtxseq_scan *scan, const struct evtxseq_run *run,
                                FILE *stream) {
    const struct report report = report_of(scan);
    const struct account_run account = {
        .arguments = run->arguments,
        .argument_count = run->argument_count,
        .started = run->started,
        .duration = run->duration,
        .status = run->status,
        .reason = run->reason,
    };
    struct buffer text = {0};
    account_add(&text, &report, &account);
    return write_last(&text, stream);
}

bool evtxseq_scan_write_coverage(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 FILE *stream) {
    const struct report report = report_of(scan);
    const struct writer_options options = writer_options_of(style);
    struct buffer text = {0};
    if (options.format != FORMAT_TEXT && options.format != FORMAT_CSV &&
        options.format != FORMAT_JSONL) {
        errno = EINVAL;
        return false;
    }
    coverage_add_header(&text, &options);
    bool ok = write_text(&text, stream);
    for (size_t i = 0; ok && i < report.coverage->count; i++) {
        coverage_add_entry(&text, &options, &report, i);
        ok = write_text(&text, stream);
    }
    buffer_free(&text);
    return ok;
}

bool evtxseq_scan_has_blind_host(const struct evtxseq_scan *scan) {
    const struct report report = report_of(scan);
    return warnings_have_blind_host(&report);
}

bool evtxseq_scan_write_warnings(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 bool only_blind, FILE *stream) {
    const struct report report = report_of(scan);
    const struct writer_options options = writer_options_of(style);
    struct buffer text = {0};
    warnings_add(&text, &report, "evtxseq: warning: ", &options.style, only_blind);
    return write_last(&text, stream);
}

// What is wrong with the scan as a whole.
static void add_shortcomings(struct buffer *out, const struct evtxseq_scan *scan) {
    const struct scan_result *result = scan->result;
    if (lacks_logs(scan) && !problems_have_serious(&result->problems)) {
        buffer_add_text(out, "evtxseq: found no EVTX log in the inputs\n");
    }
    if (result->is_context_cut) {
        buffer_add_text(out, "evtxseq: context is incomplete: ran out of memory or processes\n");
    }
    if (result->lacks_sandbox) {
        buffer_add_text(out, "evtxseq: decoded without a sandbox: cannot set a seccomp filter\n");
    }
}

bool evtxseq_scan_write_problems(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 bool all, FILE *stream) {
    const struct writer_options options = writer_options_of(style);
    struct buffer text = {0};
    problem_lines_add(&text, &scan->result->problems, all, &options.style);
    scan_add_merge_lines(scan->scan, &text);
    add_shortcomings(&text, scan);
    return write_last(&text, stream);
}

bool evtxseq_scan_write_summary(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                double seconds, FILE *stream) {
    const struct scan_result *result = scan->result;
    const struct writer_options options = writer_options_of(style);
    const struct totals totals = {
        .findings = scan->only_coverage || scan->is_collecting ? NULL : &result->findings,
        .problems = &result->problems,
        .logs = result->inputs,
        .bytes = result->tally.bytes,
        .records = result->tally.records,
        .recovered = result->tally.recovered,
        .passed_over = evtxseq_scan_passed_over_count(scan),
        .seconds = seconds,
    };
    struct buffer text = {0};
    totals_add(&text, &totals, &options.style);
    return write_last(&text, stream);
}

void evtxseq_size_text(double bytes, char text[EVTXSEQ_SIZE_TEXT]) {
    size_format(bytes, text);
}

// Counts what was left out of the rules.
static void add_left_out(struct buffer *out, const struct rule_files *files) {
    static const char *const words[RULE_RESULT_COUNT] = {
        [RULE_NOT_EQL] = "not EQL",
        [RULE_DEPRECATED] = "deprecated",
        [RULE_OTHER_SOURCE] = "for other sources than Sysmon",
        [RULE_WRONG] = "wrong",
    };
    const char *before = "evtxseq: rules left out: ";
    for (int i = 0; i < RULE_RESULT_COUNT; i++) {
        if (words[i] != NULL && files->results[i] > 0) {
            buffer_printf(out, "%s%zu %s", before, files->results[i], words[i]);
            before = ", ";
        }
    }
    buffer_add_text(out, *before == ',' ? "\n" : "");
}

bool evtxseq_write_visible(const char *text, FILE *stream) {
    struct buffer visible = {0};
    visible_add(&visible, text, strlen(text));
    return write_last(&visible, stream);
}

bool evtxseq_rules_write_problems(const struct evtxseq_rules *rules, bool all, FILE *stream) {
    const struct rule_files *files = rules->set == NULL ? &rules->files : &rules->set->files;
    struct buffer text = {0};
    for (size_t i = 0; i < files->error_count; i++) {
        source_error_add(&text, &files->errors[i]);
    }
    for (size_t i = 0; all && i < files->note_count; i++) {
        buffer_add_text(&text, "evtxseq: ");
        visible_add(&text, files->notes[i], strlen(files->notes[i]));
        buffer_add_byte(&text, '\n');
    }
    if (all) {
        add_left_out(&text, files);
    }
    return write_last(&text, stream);
}

bool evtxseq_rules_write(const struct evtxseq_rules *rules, const struct evtxseq_style *style,
                         FILE *stream) {
    const struct writer_options options = writer_options_of(style);
    struct buffer text = {0};
    switch (options.format) {
    case FORMAT_TEXT:
        rule_list_add_text(&text, rules->set, options.style.width);
        break;
    case FORMAT_CSV:
        rule_list_add_csv(&text, rules->set, options.csv_raw);
        break;
    case FORMAT_JSONL:
        rule_list_add_jsonl(&text, rules->set);
        break;
    default:
        errno = EINVAL;
        return false;
    }
    return write_last(&text, stream);
}

bool evtxseq_rule_write(const struct evtxseq_rule *rule, FILE *stream) {
    struct buffer text = {0};
    explain_add_rule(&text, ((const struct rule *)rule)->text);
    return write_last(&text, stream);
}
