// SPDX-License-Identifier: GPL-3.0-or-later
// The library's public face: scans.
#include "evtxseq.h"

#include <errno.h>
#include <stdlib.h>

#include "evtxseq_state.h"

// The enumerations are the modules' own by other names.
_Static_assert((int)EVTXSEQ_BELOW_SEVERITY == (int)LEFT_OUT_SEVERITY &&
                   (int)EVTXSEQ_NOT_EXACT == (int)LEFT_OUT_BASIS &&
                   (int)EVTXSEQ_OUT_OF_TIME == (int)LEFT_OUT_TIME,
               "reasons differ");

const char *evtxseq_version(void) {
    return EVTXSEQ_VERSION;
}

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

// What the scan is to do. A merge reads no logs: nothing is collected of them, none has a hash.
static struct scan_options scan_options_for(const struct evtxseq_options *options,
                                            const struct rule_set *rules, bool is_merge) {
    struct scan_options chosen = options->scan;
    chosen.rules = rules;
    chosen.is_merge = is_merge;
    chosen.are_rules_given = is_merge && options->rules != NULL;
    chosen.collect = is_merge ? NULL : chosen.collect;
    chosen.has_hashes = !is_merge && (chosen.has_hashes || chosen.collect != NULL);
    return chosen;
}

static struct evtxseq_scan *start(const struct evtxseq_options *options, bool is_merge,
                                  const char *const *paths, size_t count) {
    const struct evtxseq_options asked = options == NULL ? state_default_options() : *options;
    struct evtxseq_scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return NULL;
    }
    scan->rules = choose_rules(scan, &asked);
    const struct scan_options chosen = scan_options_for(&asked, scan->rules, is_merge);
    scan->only_coverage = chosen.only_coverage;
    scan->is_collecting = chosen.collect != NULL;
    scan->scope = scope_of(&chosen);
    scan->scan = scan->rules == NULL ? NULL : scan_new(&chosen);
    if (scan->scan == NULL) {
        int error = errno;
        evtxseq_scan_free(scan);
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

bool state_lacks_logs(const struct evtxseq_scan *scan) {
    return scan->result->inputs == 0 && scan_options_of(scan->scan)->share.count == 0;
}

bool evtxseq_scan_is_complete(const struct evtxseq_scan *scan) {
    return !state_lacks_logs(scan) && !problems_have_serious(&scan->result->problems);
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
