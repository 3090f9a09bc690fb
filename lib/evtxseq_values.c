// SPDX-License-Identifier: GPL-3.0-or-later
// The library's public face: rules, and what a scan hands out. Opaque types are other modules':
// evtxseq_rule is struct rule, evtxseq_finding struct finding, evtxseq_event struct stage_event,
// evtxseq_problem struct problem.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "evtxseq.h"
#include "evtxseq_state.h"
#include "match/context.h"
#include "match/findings.h"
#include "scan/problem.h"

// The enumerations are the modules' own by other names.
_Static_assert((int)EVTXSEQ_EXACT == (int)BASIS_EXACT && (int)EVTXSEQ_REPEAT == (int)BASIS_REPEAT &&
                   (int)EVTXSEQ_IMAGE_NAME == (int)BASIS_IMAGE_NAME,
               "bases differ");
_Static_assert((int)EVTXSEQ_UNREADABLE == (int)PROBLEM_UNREADABLE &&
                   (int)EVTXSEQ_NO_LOG == (int)PROBLEM_NO_LOG &&
                   (int)EVTXSEQ_MAY_MATCH == (int)PROBLEM_MAY_MATCH &&
                   (int)EVTXSEQ_UNDECIDED == (int)PROBLEM_UNDECIDED &&
                   (int)EVTXSEQ_WORKER == (int)PROBLEM_WORKER &&
                   (int)EVTXSEQ_DIFFERENCE == (int)PROBLEM_DIFFERENCE &&
                   (int)EVTXSEQ_OVERLAP == (int)PROBLEM_OVERLAP &&
                   (int)EVTXSEQ_CHECKSUM == (int)PROBLEM_CHECKSUM &&
                   (int)EVTXSEQ_MISSING == (int)PROBLEM_MISSING &&
                   (int)EVTXSEQ_TOO_MUCH == (int)PROBLEM_TOO_MUCH &&
                   (int)EVTXSEQ_ARCHIVE == (int)PROBLEM_ARCHIVE &&
                   (int)EVTXSEQ_IMAGE == (int)PROBLEM_IMAGE &&
                   (int)EVTXSEQ_NOT_CARVED == (int)PROBLEM_NOT_CARVED &&
                   (int)EVTXSEQ_TRUNCATED == (int)PROBLEM_TRUNCATED &&
                   (int)EVTXSEQ_FILE_HEADER == (int)PROBLEM_FILE_HEADER &&
                   (int)EVTXSEQ_CHUNK == (int)PROBLEM_CHUNK &&
                   (int)EVTXSEQ_OUTDATED == (int)PROBLEM_OUTDATED &&
                   (int)EVTXSEQ_RECORD == (int)PROBLEM_RECORD &&
                   (int)EVTXSEQ_DAMAGED_RECORD == (int)PROBLEM_DAMAGED_RECORD &&
                   (int)EVTXSEQ_REMAINS == (int)PROBLEM_REMAINS &&
                   (int)EVTXSEQ_LINK == (int)PROBLEM_LINK &&
                   (int)EVTXSEQ_ABSENT == (int)PROBLEM_ABSENT &&
                   (int)EVTXSEQ_DEFINITION == (int)PROBLEM_DEFINITION && PROBLEM_KINDS == 23,
               "problems differ");

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

static const struct rule *inner_rule(const struct evtxseq_rule *rule) {
    return (const struct rule *)rule;
}

static const struct evtxseq_rule *outer_rule(const struct rule *rule) {
    return (const struct evtxseq_rule *)rule;
}

size_t evtxseq_rules_count(const struct evtxseq_rules *rules) {
    return rules->set->count;
}

const struct evtxseq_rule *evtxseq_rules_at(const struct evtxseq_rules *rules, size_t index) {
    return outer_rule(&rules->set->list[index]);
}

const struct evtxseq_rule *evtxseq_rules_find(const struct evtxseq_rules *rules, const char *id) {
    return outer_rule(rule_set_find(rules->set, id));
}

size_t evtxseq_rules_wrong_count(const struct evtxseq_rules *rules) {
    return rules->set->files.error_count;
}

static bool is_file(const char *path, uint64_t device, uint64_t number) {
    struct stat status;
    return path != NULL && stat(path, &status) == 0 && status.st_dev == device &&
           status.st_ino == number;
}

bool evtxseq_rules_have_file(const struct evtxseq_rules *rules, uint64_t device, uint64_t number) {
    const struct rule_files *files = &rules->set->files;
    bool is_found = false;
    for (size_t i = 0; i < files->count && !is_found; i++) {
        is_found = is_file(files->rules[i].path, device, number);
    }
    for (size_t i = 0; i < files->error_count && !is_found; i++) {
        is_found = is_file(files->errors[i].path, device, number);
    }
    return is_found;
}

const char *evtxseq_rule_id(const struct evtxseq_rule *rule) {
    return inner_rule(rule)->text->id;
}

const char *evtxseq_rule_name(const struct evtxseq_rule *rule) {
    return inner_rule(rule)->text->name;
}

const char *evtxseq_rule_severity(const struct evtxseq_rule *rule) {
    return rule_severity_name(inner_rule(rule)->text->severity);
}

int evtxseq_rule_risk_score(const struct evtxseq_rule *rule) {
    return inner_rule(rule)->text->risk_score;
}

size_t evtxseq_rule_technique_count(const struct evtxseq_rule *rule) {
    return inner_rule(rule)->text->attack_count;
}

const char *evtxseq_rule_technique(const struct evtxseq_rule *rule, size_t index) {
    return rule_attack_id(&inner_rule(rule)->text->attacks[index]);
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

const struct evtxseq_rule *evtxseq_finding_rule(const struct evtxseq_finding *finding) {
    return outer_rule(inner_finding(finding)->rule);
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

size_t evtxseq_finding_event_count(const struct evtxseq_finding *finding) {
    return inner_finding(finding)->event_count;
}

const struct evtxseq_event *evtxseq_finding_event(const struct evtxseq_finding *finding,
                                                  size_t index) {
    return outer_event(inner_finding(finding)->events[index]);
}

// Of a finding without context, one with nothing in it.
static const struct context *context_of(const struct evtxseq_finding *finding) {
    static const struct context none;
    const struct context *context = inner_finding(finding)->context;
    return context == NULL ? &none : context;
}

static const struct context_chain *chain_of(const struct evtxseq_finding *finding, size_t event) {
    static const struct context_chain none;
    const struct context *context = inner_finding(finding)->context;
    return context == NULL ? &none : &context->chains[event];
}

const struct evtxseq_event *evtxseq_finding_creation(const struct evtxseq_finding *finding,
                                                     size_t event) {
    return outer_event(chain_of(finding, event)->creation);
}

size_t evtxseq_finding_ancestor_count(const struct evtxseq_finding *finding, size_t event) {
    return chain_of(finding, event)->ancestor_count;
}

const struct evtxseq_event *evtxseq_finding_ancestor(const struct evtxseq_finding *finding,
                                                     size_t event, size_t index) {
    return outer_event(chain_of(finding, event)->ancestors[index].creation);
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
        if (strcmp(event_item_name(inner, i), name) == 0) {
            return event_item_value(inner, i);
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

const char *evtxseq_problem_kind_text(enum evtxseq_problem_kind kind, size_t count) {
    return (unsigned)kind < PROBLEM_KINDS ? problem_kind_text((enum problem_kind)kind, count)
                                          : NULL;
}

bool evtxseq_problem_is_serious(const struct evtxseq_problem *problem) {
    return problem_is_serious(inner_problem(problem)->kind);
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
