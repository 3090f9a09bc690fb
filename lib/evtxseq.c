// SPDX-License-Identifier: GPL-3.0-or-later
// The library's public face: evtxseq.h in terms of the other modules. Opaque types are theirs:
// evtxseq_finding is struct finding, evtxseq_event struct stage_event, evtxseq_problem struct
// problem.
#include "evtxseq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match/context.h"
#include "out/writer.h"
#include "scan/processors.h"
#include "scan/scan.h"

// The enumerations are the modules' own by other names.
_Static_assert((int)EVTXSEQ_CLOCK_UTC == (int)CLOCK_UTC &&
                   (int)EVTXSEQ_CLOCK_LOGGED == (int)CLOCK_LOGGED,
               "clocks differ");
_Static_assert((int)EVTXSEQ_EXACT == (int)BASIS_EXACT && (int)EVTXSEQ_REPEAT == (int)BASIS_REPEAT &&
                   (int)EVTXSEQ_IMAGE_NAME == (int)BASIS_IMAGE_NAME,
               "bases differ");
_Static_assert((int)EVTXSEQ_TEXT == (int)FORMAT_TEXT && (int)EVTXSEQ_CSV == (int)FORMAT_CSV &&
                   (int)EVTXSEQ_JSONL == (int)FORMAT_JSONL &&
                   (int)EVTXSEQ_TIMESKETCH == (int)FORMAT_TIMESKETCH,
               "formats differ");
_Static_assert((int)EVTXSEQ_UNREADABLE == (int)PROBLEM_UNREADABLE &&
                   (int)EVTXSEQ_NO_LOG == (int)PROBLEM_NO_LOG &&
                   (int)EVTXSEQ_CANDIDATE == (int)PROBLEM_CANDIDATE &&
                   (int)EVTXSEQ_WORKER == (int)PROBLEM_WORKER &&
                   (int)EVTXSEQ_TRUNCATED == (int)PROBLEM_TRUNCATED &&
                   (int)EVTXSEQ_FILE_HEADER == (int)PROBLEM_FILE_HEADER &&
                   (int)EVTXSEQ_CHUNK == (int)PROBLEM_CHUNK &&
                   (int)EVTXSEQ_RECORD == (int)PROBLEM_RECORD &&
                   (int)EVTXSEQ_DIFFERENCE == (int)PROBLEM_DIFFERENCE &&
                   (int)EVTXSEQ_DEFINITION == (int)PROBLEM_DEFINITION && PROBLEM_KINDS == 10,
               "problems differ");

const char *evtxseq_version(void) {
    return EVTXSEQ_VERSION;
}

// Options

struct evtxseq_options {
    struct scan_options scan; // but for the rules
    struct rule_choice rules; // none: the first of all
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

bool evtxseq_options_add_rule(struct evtxseq_options *options, const char *id) {
    return rules_choose(&options->rules, id, strlen(id));
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

void evtxseq_options_set_period(struct evtxseq_options *options, int64_t since, int64_t until) {
    options->scan.findings.since = since;
    options->scan.findings.until = until;
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

void evtxseq_options_set_jobs(struct evtxseq_options *options, size_t jobs) {
    options->scan.jobs = jobs < 1 ? 1 : jobs > SCAN_JOBS_MAX ? SCAN_JOBS_MAX : jobs;
}

// Scans

struct evtxseq_scan {
    struct scan *scan;
    const struct scan_result *result; // of that scan
    struct rule_choice rules;         // what the scan's options point to
};

static bool run_scan(struct evtxseq_scan *scan, const struct evtxseq_options *options,
                     const char *const *paths, size_t count) {
    struct scan_options scan_options = options->scan;
    size_t rule_count = 0;
    scan->rules = options->rules;
    if (scan->rules.count == 0) {
        scan->rules = (struct rule_choice){.list = {rules_all(&rule_count)}, .count = 1};
    }
    scan_options.rules = scan->rules.list;
    scan_options.rule_count = scan->rules.count;
    scan->scan = scan_new(&scan_options);
    if (scan->scan == NULL) {
        return false;
    }
    scan->result = scan_result(scan->scan);
    scan_start(scan->scan, paths, count);
    while (scan_step(scan->scan, 1000)) {
    }
    return scan_finish(scan->scan);
}

struct evtxseq_scan *evtxseq_scan_paths(const struct evtxseq_options *options,
                                        const char *const *paths, size_t count) {
    const struct evtxseq_options defaults = default_options();
    struct evtxseq_scan *scan = calloc(1, sizeof *scan);
    if (scan != NULL && !run_scan(scan, options == NULL ? &defaults : options, paths, count)) {
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
    free(scan);
}

size_t evtxseq_scan_finding_count(const struct evtxseq_scan *scan) {
    return scan->result->findings.count;
}

const struct evtxseq_finding *evtxseq_scan_finding(const struct evtxseq_scan *scan, size_t index) {
    return (const struct evtxseq_finding *)&scan->result->findings.list[index];
}

size_t evtxseq_scan_problem_count(const struct evtxseq_scan *scan) {
    return scan->result->problems.count;
}

const struct evtxseq_problem *evtxseq_scan_problem(const struct evtxseq_scan *scan, size_t index) {
    return (const struct evtxseq_problem *)&scan->result->problems.list[index];
}

bool evtxseq_scan_is_complete(const struct evtxseq_scan *scan) {
    return scan->result->inputs > 0 && !problems_have_grave(&scan->result->problems);
}

bool evtxseq_scan_has_all_context(const struct evtxseq_scan *scan) {
    return !scan->result->is_context_cut;
}

bool evtxseq_scan_was_confined(const struct evtxseq_scan *scan) {
    return !scan->result->is_unconfined;
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

// Findings

static const struct finding *inner_finding(const struct evtxseq_finding *finding) {
    return (const struct finding *)finding;
}

static const struct evtxseq_event *outer_event(const struct stage_event *event) {
    return (const struct evtxseq_event *)event;
}

uint64_t evtxseq_finding_id(const struct evtxseq_finding *finding) {
    return inner_finding(finding)->id;
}

const char *evtxseq_finding_rule(const struct evtxseq_finding *finding) {
    return inner_finding(finding)->rule->id;
}

const char *evtxseq_finding_rule_name(const struct evtxseq_finding *finding) {
    return inner_finding(finding)->rule->name;
}

const char *evtxseq_finding_severity(const struct evtxseq_finding *finding) {
    return inner_finding(finding)->rule->severity;
}

int evtxseq_finding_risk_score(const struct evtxseq_finding *finding) {
    return inner_finding(finding)->rule->risk_score;
}

size_t evtxseq_finding_technique_count(const struct evtxseq_finding *finding) {
    return inner_finding(finding)->rule->technique_count;
}

const char *evtxseq_finding_technique(const struct evtxseq_finding *finding, size_t index) {
    return inner_finding(finding)->rule->techniques[index];
}

enum evtxseq_basis evtxseq_finding_basis(const struct evtxseq_finding *finding) {
    return (enum evtxseq_basis)inner_finding(finding)->basis;
}

const char *evtxseq_finding_host(const struct evtxseq_finding *finding) {
    return event_value(finding_last(inner_finding(finding))->event, DATA_COMPUTER);
}

int64_t evtxseq_finding_time(const struct evtxseq_finding *finding) {
    return finding_last(inner_finding(finding))->time;
}

int64_t evtxseq_finding_span(const struct evtxseq_finding *finding) {
    return inner_finding(finding)->span;
}

const struct evtxseq_event *evtxseq_finding_stage(const struct evtxseq_finding *finding,
                                                  const char *stage) {
    return outer_event(finding_event(inner_finding(finding), stage));
}

// Of a finding without context, one with nothing in it.
static const struct context *context_of(const struct evtxseq_finding *finding) {
    static const struct context none;
    const struct context *context = inner_finding(finding)->context;
    return context == NULL ? &none : context;
}

const struct evtxseq_event *evtxseq_finding_script(const struct evtxseq_finding *finding) {
    return outer_event(context_of(finding)->script);
}

size_t evtxseq_finding_ancestor_count(const struct evtxseq_finding *finding) {
    return context_of(finding)->ancestor_count;
}

const struct evtxseq_event *evtxseq_finding_ancestor(const struct evtxseq_finding *finding,
                                                     size_t index) {
    return outer_event(context_of(finding)->ancestors[index]);
}

size_t evtxseq_finding_descendant_count(const struct evtxseq_finding *finding) {
    return context_of(finding)->descendant_count;
}

const struct evtxseq_event *evtxseq_finding_descendant(const struct evtxseq_finding *finding,
                                                       size_t index) {
    return outer_event(context_of(finding)->descendants[index].creation);
}

// Events

static const struct stage_event *inner_event(const struct evtxseq_event *event) {
    return (const struct stage_event *)event;
}

unsigned evtxseq_event_id(const struct evtxseq_event *event) {
    return inner_event(event)->event->id;
}

uint64_t evtxseq_event_record(const struct evtxseq_event *event) {
    return inner_event(event)->event->record_id;
}

int64_t evtxseq_event_time(const struct evtxseq_event *event) {
    return inner_event(event)->time;
}

const char *evtxseq_event_path(const struct evtxseq_event *event) {
    return inner_event(event)->path;
}

uint64_t evtxseq_event_offset(const struct evtxseq_event *event) {
    return inner_event(event)->offset;
}

bool evtxseq_event_is_recovered(const struct evtxseq_event *event) {
    return inner_event(event)->recovered;
}

const char *evtxseq_event_field(const struct evtxseq_event *event, const char *name) {
    const struct event *inner = inner_event(event)->event;
    for (size_t i = 0; i < inner->item_count; i++) {
        if (strcmp(event_item_name(inner, &event_items(inner)[i]), name) == 0) {
            return event_item_value(inner, &event_items(inner)[i]);
        }
    }
    return NULL;
}

// Problems

static const struct problem *inner_problem(const struct evtxseq_problem *problem) {
    return (const struct problem *)problem;
}

enum evtxseq_problem_kind evtxseq_problem_kind(const struct evtxseq_problem *problem) {
    return (enum evtxseq_problem_kind)inner_problem(problem)->kind;
}

bool evtxseq_problem_is_grave(const struct evtxseq_problem *problem) {
    return problem_is_grave(inner_problem(problem)->kind);
}

const char *evtxseq_problem_path(const struct evtxseq_problem *problem) {
    return inner_problem(problem)->path;
}

uint64_t evtxseq_problem_offset(const struct evtxseq_problem *problem) {
    return inner_problem(problem)->offset;
}

const char *evtxseq_problem_reason(const struct evtxseq_problem *problem) {
    return inner_problem(problem)->reason;
}

// Writing

// Adds the header, or with `index` counted from 1 a finding. False when memory ran out.
static bool add_part(const struct evtxseq_scan *scan, enum evtxseq_format format, size_t index,
                     struct buffer *out) {
    const struct writer_options options = {.format = (enum format)format};
    if (index == 0) {
        writer_add_header(out, &options);
    } else {
        writer_add_finding(out, &options, &scan->result->findings.list[index - 1]);
    }
    errno = out->failed ? ENOMEM : errno;
    return !out->failed;
}

bool evtxseq_scan_write(const struct evtxseq_scan *scan, enum evtxseq_format format, FILE *stream) {
    struct buffer text = {0};
    bool ok = true;
    for (size_t i = 0; ok && i <= scan->result->findings.count; i++) {
        ok = add_part(scan, format, i, &text) &&
             (text.size == 0 || fwrite(text.data, 1, text.size, stream) == text.size);
        buffer_clear(&text);
    }
    int error = errno;
    buffer_free(&text);
    errno = error;
    return ok;
}

char *evtxseq_scan_print(const struct evtxseq_scan *scan, enum evtxseq_format format,
                         size_t *size) {
    struct buffer text = {0};
    bool ok = true;
    for (size_t i = 0; ok && i <= scan->result->findings.count; i++) {
        ok = add_part(scan, format, i, &text);
    }
    if (size != NULL) {
        *size = text.size;
    }
    buffer_add_byte(&text, '\0');
    if (text.failed) {
        buffer_free(&text);
        errno = ENOMEM;
        return NULL;
    }
    return text.data;
}
