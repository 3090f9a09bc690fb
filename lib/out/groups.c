// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

const struct rule_text *group_rule(const struct group *group) {
    return group->list[0]->rule->text;
}

// Order

static int compare_findings(const void *left, const void *right) {
    const struct finding *a = *(const struct finding *const *)left;
    const struct finding *b = *(const struct finding *const *)right;
    if (a->rule != b->rule) {
        return strcmp(a->rule->text->id, b->rule->text->id);
    }
    size_t x = finding_last(a)->host;
    size_t y = finding_last(b)->host;
    return (x > y) - (x < y);
}

static int compare_groups(const void *left, const void *right) {
    const struct group *a = left;
    const struct group *b = right;
    enum rule_severity x = group_rule(a)->severity;
    enum rule_severity y = group_rule(b)->severity;
    if (x != y) {
        return x > y ? -1 : 1;
    }
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return strcmp(group_rule(a)->id, group_rule(b)->id);
}

void groups_free(struct groups *groups) {
    free(groups->findings);
    free(groups->list);
}

static void add_to_groups(struct groups *groups, size_t finding) {
    const struct finding *const *at = &groups->findings[finding];
    int64_t time = finding_last(*at)->time;
    if (groups->count == 0 || groups->list[groups->count - 1].list[0]->rule != (*at)->rule) {
        groups->list[groups->count++] = (struct group){.list = at, .first = time, .last = time};
    }
    struct group *group = &groups->list[groups->count - 1];
    group->count++;
    group->first = time < group->first ? time : group->first;
    group->last = time > group->last ? time : group->last;
}

bool groups_make(struct groups *groups, const struct findings *findings) {
    *groups = (struct groups){
        .findings = calloc(findings->count, sizeof *groups->findings),
        .list = calloc(findings->count, sizeof *groups->list),
    };
    if (groups->findings == NULL || groups->list == NULL) {
        groups_free(groups);
        return false;
    }
    for (size_t i = 0; i < findings->count; i++) {
        groups->findings[i] = &findings->list[i];
    }
    array_sort(groups->findings, findings->count, sizeof *groups->findings, compare_findings);
    for (size_t i = 0; i < findings->count; i++) {
        add_to_groups(groups, i);
    }
    array_sort(groups->list, groups->count, sizeof *groups->list, compare_groups);
    return true;
}

size_t group_skip_host(const struct group *group, size_t at) {
    size_t host = finding_last(group->list[at])->host;
    while (at < group->count && finding_last(group->list[at])->host == host) {
        at++;
    }
    return at;
}
