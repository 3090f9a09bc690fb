// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/timestamp.h"
#include "out/coverage_report.h"
#include "out/draft.h"
#include "rules/event_set.h"
#include "rules/fields.h"
#include "rules/rule_fit.h"
#include "scan/needs.h"

static json_t *number_of(uint64_t number) {
    return json_integer((json_int_t)number);
}

// The run

static void put_run(struct draft *draft, const struct evtxseq_run *run) {
    json_t *arguments = json_array();
    for (size_t i = 0; i < run->argument_count; i++) {
        draft_append(draft, arguments, draft_text(run->arguments[i]));
    }
    draft_put(draft, "evtxseq.version", json_string(EVTXSEQ_VERSION));
    draft_put(draft, "run.started", draft_time(run->started));
    draft_put(draft, "run.duration_ms", json_integer((json_int_t)run->duration));
    draft_put(draft, "run.arguments", arguments);
    draft_put(draft, "status.code", json_integer(run->status));
    draft_put(draft, "status.reason", draft_text(run->reason));
}

// What the options come to, however they were given.
static void put_scope(struct draft *draft, const struct report_scope *scope) {
    const struct findings_options *findings = &scope->findings;
    draft_put(draft, "options.strict", json_boolean(findings->strict));
    draft_put(draft, "options.min_severity",
              json_string(rule_severity_name(findings->min_severity)));
    if (findings->span >= 0) {
        draft_put(draft, "options.maxspan_ms", json_integer((json_int_t)findings->span));
    }
    if (findings->since != INT64_MIN) {
        draft_put(draft, "options.since", draft_time(findings->since));
    }
    if (findings->until != INT64_MAX) {
        draft_put(draft, "options.until", draft_time(findings->until));
    }
    draft_put(draft, "options.time", json_string(scope->clock == CLOCK_LOGGED ? "logged" : "utc"));
    draft_put(draft, "options.recovered", json_boolean(!scope->no_recovered));
    draft_put(draft, "options.context", json_boolean(!scope->no_context));
    draft_put(draft, "options.carve", json_boolean(scope->is_carved));
}

static void put_totals(struct draft *draft, const struct report *report) {
    const size_t *left_out = report->findings->left_out;
    uint64_t records = 0;
    uint64_t recovered = 0;
    for (size_t i = 0; i < report->input_count; i++) {
        records += report->inputs[i].records;
        recovered += report->inputs[i].recovered;
    }
    draft_put(draft, "totals.findings", number_of(report->findings->count));
    draft_put(draft, "totals.left_out.severity", number_of(left_out[LEFT_OUT_SEVERITY]));
    draft_put(draft, "totals.left_out.basis", number_of(left_out[LEFT_OUT_BASIS]));
    draft_put(draft, "totals.left_out.time", number_of(left_out[LEFT_OUT_TIME]));
    draft_put(draft, "totals.logs", number_of(report->log_count));
    draft_put(draft, "totals.records", number_of(records));
    draft_put(draft, "totals.recovered", number_of(recovered));
    draft_put(draft, "totals.context_complete", json_boolean(!report->is_context_cut));
}

// Rules

// By their numbers in the set.
static size_t *count_findings(const struct report *report) {
    size_t *counts = calloc(report->rules->count + 1, sizeof *counts);
    for (size_t i = 0; counts != NULL && i < report->findings->count; i++) {
        counts[report->findings->list[i].rule - report->rules->list]++;
    }
    return counts;
}

static void put_fit(struct draft *draft, const struct rule *rule) {
    struct rule_fit fit;
    if (!rule_fit_make(&fit, rule->query)) {
        draft->failed = true;
        return;
    }
    draft_put(draft, "verdict", json_string(rule_verdict_name(fit.verdict)));
    if (fit.reason != NULL) {
        draft_put(draft, "why", draft_text(fit.reason));
    }
    rule_fit_free(&fit);
}

// On which hosts with Sysmon's events it lacks what it needs.
static void put_blind_hosts(struct draft *draft, const struct report *report,
                            const struct rule *rule, const struct coverage *hosts) {
    json_t *blind = json_array();
    for (size_t i = 0; i < hosts->count; i++) {
        const struct coverage_entry *host = &hosts->entries[i];
        if (host->counts.has_sysmon && needs_lacking(report->rules, rule, &host->counts) != 0) {
            draft_append(draft, blind, draft_text(host->host));
        }
    }
    draft_put(draft, "blind_hosts", blind);
}

static json_t *make_rule(const struct report *report, const struct rule *rule, size_t findings,
                         const struct coverage *hosts) {
    const struct rule_text *text = rule->text;
    char hash[SHA256_TEXT_SIZE];
    struct draft draft = {.root = json_object()};
    draft_put(&draft, "id", draft_text(text->id));
    draft_put(&draft, "name", draft_text(text->name));
    draft_put(&draft, "severity", json_string(rule_severity_name(text->severity)));
    if (text->version > 0) {
        draft_put(&draft, "version", json_integer((json_int_t)text->version));
    }
    sha256_text_of(text->query, strlen(text->query), hash);
    draft_put(&draft, "query_sha256", json_string(hash));
    if (!text->is_builtin && text->path != NULL) {
        draft_put(&draft, "path", draft_text(text->path));
    }
    put_fit(&draft, rule);
    if (text->not_applied.count > 0) {
        draft_put(&draft, "not_applied",
                  draft_texts(text->not_applied.items, text->not_applied.count));
    }
    draft_put(&draft, "in_use",
              json_boolean(text->severity >= report->scope.findings.min_severity));
    draft_put(&draft, "findings", number_of(findings));
    put_blind_hosts(&draft, report, rule, hosts);
    return draft_take(&draft);
}

static void put_rules(struct draft *draft, const struct report *report,
                      const struct coverage *hosts) {
    size_t *counts = count_findings(report);
    json_t *rules = json_array();
    draft->failed = draft->failed || counts == NULL;
    for (size_t i = 0; counts != NULL && i < report->rules->count; i++) {
        draft_append(draft, rules, make_rule(report, &report->rules->list[i], counts[i], hosts));
    }
    draft_put(draft, "rules", rules);
    free(counts);
}

static json_t *make_error(const struct source_error *error) {
    struct draft draft = {.root = json_object()};
    draft_put(&draft, "path", draft_text(error->path == NULL ? "" : error->path));
    if (error->place.line > 0) {
        draft_put(&draft, "line", number_of(error->place.line));
        draft_put(&draft, "column", number_of(error->place.column));
    }
    draft_put(&draft, "message",
              draft_text(error->message == NULL ? "not enough memory" : error->message));
    return draft_take(&draft);
}

static void put_rule_files(struct draft *draft, const struct rule_files *files) {
    json_t *errors = json_array();
    for (size_t i = 0; i < files->error_count; i++) {
        draft_append(draft, errors, make_error(&files->errors[i]));
    }
    draft_put(draft, "rules_wrong", errors);
    draft_put(draft, "rules_left_out.not_eql", number_of(files->results[RULE_NOT_EQL]));
    draft_put(draft, "rules_left_out.deprecated", number_of(files->results[RULE_DEPRECATED]));
    draft_put(draft, "rules_left_out.other_source", number_of(files->results[RULE_OTHER_SOURCE]));
}

// Inputs

static json_t *make_problem(const struct problem *problem) {
    struct draft draft = {.root = json_object()};
    draft_put(&draft, "kind", json_string(problem_kind_text(problem->kind, 1)));
    if (problem->offset != PROBLEM_NO_OFFSET) {
        draft_put(&draft, "offset", number_of(problem->offset));
    }
    draft_put(&draft, "reason", draft_text(problem->reason));
    draft_put(&draft, "serious", json_boolean(problem_is_serious(problem->kind)));
    return draft_take(&draft);
}

// Those of the path, from the next problem on; both are sorted by path.
static json_t *make_problems(struct draft *draft, const struct problems *problems, const char *path,
                             size_t *next) {
    json_t *list = json_array();
    for (size_t i = *next; i < problems->count && strcmp(problems->list[i].path, path) == 0; i++) {
        draft_append(draft, list, make_problem(&problems->list[i]));
        *next = i + 1;
    }
    return list;
}

// Where the account is in what is sorted by path.
struct places_reached {
    size_t problem;
    size_t entry; // of coverage
};

// The hosts that the log has records of.
static json_t *make_hosts(struct draft *draft, const struct coverage *coverage, const char *path,
                          size_t *next) {
    json_t *hosts = json_array();
    while (*next < coverage->count && strcmp(coverage->entries[*next].path, path) < 0) {
        (*next)++;
    }
    for (size_t i = *next; i < coverage->count && strcmp(coverage->entries[i].path, path) == 0;
         i++) {
        if (*coverage->entries[i].host != '\0') {
            draft_append(draft, hosts, draft_text(coverage->entries[i].host));
        }
    }
    return hosts;
}

static json_t *make_input(const struct report *report, const struct input_facts *input,
                          struct places_reached *at) {
    static const char *const kinds[] = {[FACTS_LOG] = "log",
                                        [FACTS_ARCHIVE] = "archive",
                                        [FACTS_IMAGE] = "image",
                                        [FACTS_OTHER] = "other"};
    struct draft draft = {.root = json_object()};
    draft_put(&draft, "path", draft_text(input->path));
    draft_put(&draft, "size", number_of(input->size));
    if (input->has_hash) {
        char hash[SHA256_TEXT_SIZE];
        sha256_format(input->sha256, hash);
        draft_put(&draft, "sha256", json_string(hash));
    }
    if (input->is_in_parts) {
        draft_put(&draft, "in_parts", json_true());
    }
    draft_put(&draft, "kind", json_string(kinds[input->kind]));
    draft_put(&draft, "records", number_of(input->records));
    draft_put(&draft, "recovered", number_of(input->recovered));
    draft_put(&draft, "hosts", make_hosts(&draft, report->coverage, input->path, &at->entry));
    draft_put(&draft, "problems",
              make_problems(&draft, report->problems, input->path, &at->problem));
    return draft_take(&draft);
}

// One that could not be opened: all there is of it is what is wrong with it.
static json_t *make_unread(const struct problems *problems, size_t *next) {
    const char *path = problems->list[*next].path;
    struct draft draft = {.root = json_object()};
    draft_put(&draft, "path", draft_text(path));
    draft_put(&draft, "kind", json_string("unread"));
    draft_put(&draft, "problems", make_problems(&draft, problems, path, next));
    return draft_take(&draft);
}

static void put_inputs(struct draft *draft, const struct report *report) {
    const struct problems *problems = report->problems;
    json_t *inputs = json_array();
    struct places_reached at = {0};
    for (size_t i = 0; i <= report->input_count; i++) {
        const struct input_facts *input = i < report->input_count ? &report->inputs[i] : NULL;
        while (at.problem < problems->count &&
               (input == NULL || strcmp(problems->list[at.problem].path, input->path) < 0)) {
            draft_append(draft, inputs, make_unread(problems, &at.problem));
        }
        if (input != NULL) {
            draft_append(draft, inputs, make_input(report, input, &at));
        }
    }
    draft_put(draft, "inputs", inputs);
}

// Hosts

static json_t *make_event_counts(struct draft *draft, const struct coverage_counts *counts) {
    json_t *events = json_object();
    uint32_t ids = FIELD_EVENTS_ALL;
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        uint64_t count = coverage_count(counts, id);
        char name[16];
        (void)snprintf(name, sizeof name, "%u", id);
        draft->failed = (count > 0 && json_object_set_new(events, name, number_of(count)) != 0) ||
                        draft->failed;
    }
    return events;
}

static size_t count_on_host(const struct findings *findings, const char *host) {
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++) {
        const char *computer = event_value(finding_last(&findings->list[i])->event, DATA_COMPUTER);
        computer = computer == NULL ? "" : computer;
        count += ascii_equal(computer, strlen(computer), host);
    }
    return count;
}

static json_t *make_host(const struct report *report, const struct coverage_entry *host) {
    const struct coverage_counts *counts = &host->counts;
    const struct needs needs = needs_of(report->rules, report->scope.findings.min_severity, counts);
    struct draft draft = {.root = json_object()};
    if (*host->host != '\0') {
        draft_put(&draft, "name", draft_text(host->host));
    }
    draft_put(&draft, "records", number_of(counts->records));
    draft_put(&draft, "recovered", number_of(counts->recovered));
    if (counts->first <= counts->last) {
        draft_put(&draft, "first_written", draft_time(timestamp_from_filetime(counts->first)));
        draft_put(&draft, "last_written", draft_time(timestamp_from_filetime(counts->last)));
    }
    draft_put(&draft, "sysmon", json_boolean(counts->has_sysmon));
    draft_put(&draft, "events", make_event_counts(&draft, counts));
    draft_put(&draft, "without_original_file_name", number_of(counts->nameless));
    draft_put(&draft, "rules_able", number_of(needs.able));
    draft_put(&draft, "rules_blind", number_of(needs.blind));
    draft_put(&draft, "rules_without_match", number_of(needs.useless));
    draft_put(&draft, "missing_events", draft_event_ids(needs.events));
    draft_put(&draft, "missing_libraries", coverage_libraries(report->rules, needs.libraries));
    draft_put(&draft, "findings", number_of(count_on_host(report->findings, host->host)));
    return draft_take(&draft);
}

static void put_hosts(struct draft *draft, const struct report *report,
                      const struct coverage *hosts) {
    json_t *list = json_array();
    for (size_t i = 0; i < hosts->count; i++) {
        draft_append(draft, list, make_host(report, &hosts->entries[i]));
    }
    draft_put(draft, "hosts", list);
}

// The whole

void account_add(struct buffer *out, const struct report *report, const struct evtxseq_run *run) {
    struct coverage hosts;
    struct draft draft = {.root = json_object()};
    put_run(&draft, run);
    put_scope(&draft, &report->scope);
    put_totals(&draft, report);
    if (coverage_by_host(report->coverage, &hosts)) {
        put_rules(&draft, report, &hosts);
        put_rule_files(&draft, &report->rules->files);
        put_inputs(&draft, report);
        put_hosts(&draft, report, &hosts);
        coverage_free(&hosts);
    } else {
        draft.failed = true;
    }
    draft_finish(&draft, out, JSON_INDENT(2));
}
