// SPDX-License-Identifier: GPL-3.0-or-later
// The library's public face: what a scan is asked for.
#include <sched.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "evtxseq.h"
#include "evtxseq_state.h"

// The enumerations are the modules' own by other names.
_Static_assert((int)EVTXSEQ_CLOCK_UTC == (int)CLOCK_UTC &&
                   (int)EVTXSEQ_CLOCK_LOGGED == (int)CLOCK_LOGGED,
               "clocks differ");
_Static_assert((int)EVTXSEQ_JOBS_MAX == (int)SCAN_JOBS_MAX, "limits differ");

static size_t within_limits(size_t jobs) {
    return jobs < 1 ? 1 : jobs > SCAN_JOBS_MAX ? SCAN_JOBS_MAX : jobs;
}

// The processors that this process may run on can be fewer than the machine has.
static size_t default_jobs(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? within_limits((size_t)CPU_COUNT(&set)) : 1;
}

struct evtxseq_options state_default_options(void) {
    return (struct evtxseq_options){
        .scan = {.findings = findings_default_options(), .jobs = default_jobs()},
    };
}

struct evtxseq_options *evtxseq_options_new(void) {
    struct evtxseq_options *options = malloc(sizeof *options);
    if (options != NULL) {
        *options = state_default_options();
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
    options->scan.jobs = within_limits(jobs);
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
