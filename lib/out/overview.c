// SPDX-License-Identifier: GPL-3.0-or-later
// Many findings at a glance.
#include "out/overview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "out/wrap.h"

enum { HOSTS_SHOWN = 20, SEVERITY_WIDTH = 8, COUNT_WIDTH = 6, PREFIX_SIZE = WRAP_PREFIX_SIZE };

// The findings of one rule.
struct group {
    const struct finding *const *list; // those of one host together
    size_t count;
    int64_t first, last;
};

struct groups {
    const struct finding **findings; // owned
    struct group *list;              // owned
    size_t count;
};

static const struct rule_text *rule_of(const struct group *group) {
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
    enum rule_severity x = rule_of(a)->severity;
    enum rule_severity y = rule_of(b)->severity;
    if (x != y) {
        return x > y ? -1 : 1;
    }
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return strcmp(rule_of(a)->id, rule_of(b)->id);
}

static void groups_free(struct groups *groups) {
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

static bool groups_make(struct groups *groups, const struct findings *findings) {
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
    qsort(groups->findings, findings->count, sizeof *groups->findings, compare_findings);
    for (size_t i = 0; i < findings->count; i++) {
        add_to_groups(groups, i);
    }
    qsort(groups->list, groups->count, sizeof *groups->list, compare_groups);
    return true;
}

// Lines

// "19 findings: 7 high, 12 medium"
static void add_counts(struct wrap *wrap, const struct groups *groups, size_t count) {
    char text[64];
    size_t counts[RULE_SEVERITY_COUNT] = {0};
    const char *before = ": ";
    for (size_t i = 0; i < groups->count; i++) {
        counts[rule_of(&groups->list[i])->severity] += groups->list[i].count;
    }
    (void)snprintf(text, sizeof text, "%zu findings", count);
    wrap_begin(wrap, "", "  ");
    wrap_add(wrap, COLOUR_STRONG, text);
    for (int i = RULE_SEVERITY_COUNT - 1; i >= 0; i--) {
        if (counts[i] > 0) {
            (void)snprintf(text, sizeof text, "%s%zu %s", before, counts[i],
                           rule_severity_name((enum rule_severity)i));
            wrap_add(wrap, COLOUR_NONE, text);
            before = ", ";
        }
    }
    wrap_end(wrap);
}

// The next of the group's findings that is of another host.
static size_t skip_host(const struct group *group, size_t at) {
    size_t host = finding_last(group->list[at])->host;
    while (at < group->count && finding_last(group->list[at])->host == host) {
        at++;
    }
    return at;
}

// A host, and how many of the group's findings it has if it does not have all.
static void add_host(struct wrap *wrap, const struct group *group, size_t at, size_t count) {
    const char *name = event_value(finding_last(group->list[at])->event, DATA_COMPUTER);
    wrap_add(wrap, COLOUR_NONE, at == 0 ? "" : ", ");
    wrap_add(wrap, COLOUR_NONE, name == NULL ? "?" : name);
    if (count < group->count) {
        char text[32];
        (void)snprintf(text, sizeof text, " (%zu)", count);
        wrap_add(wrap, COLOUR_NONE, text);
    }
}

static void add_hosts(struct wrap *wrap, const struct group *group) {
    size_t shown = 0;
    size_t left_out = 0;
    for (size_t i = 0, next = 0; i < group->count; i = next) {
        next = skip_host(group, i);
        if (shown < HOSTS_SHOWN) {
            add_host(wrap, group, i, next - i);
            shown++;
        } else {
            left_out++;
        }
    }
    if (left_out > 0) {
        char text[64];
        (void)snprintf(text, sizeof text, " and %zu more", left_out);
        wrap_add(wrap, COLOUR_NONE, text);
    }
}

static void add_times(struct wrap *wrap, const struct group *group) {
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(group->first, time);
    wrap_add(wrap, COLOUR_NONE, time);
    if (group->last != group->first) {
        timestamp_format(group->last, time);
        wrap_add(wrap, COLOUR_NONE, " to ");
        wrap_add(wrap, COLOUR_NONE, time);
    }
}

static void add_group(struct wrap *wrap, const struct group *group) {
    char count[PREFIX_SIZE];
    char indent[PREFIX_SIZE];
    int width = 2 + SEVERITY_WIDTH + 1 + COUNT_WIDTH + 2;
    (void)snprintf(count, sizeof count, "  %-*s %*zu  ", SEVERITY_WIDTH,
                   rule_severity_name(rule_of(group)->severity), COUNT_WIDTH, group->count);
    (void)snprintf(indent, sizeof indent, "%*s", width, "");
    wrap_begin(wrap, count, indent);
    wrap_add(wrap, COLOUR_STRONG, rule_of(group)->name);
    wrap_end(wrap);
    wrap_begin(wrap, indent, indent);
    add_hosts(wrap, group);
    wrap_end(wrap);
    wrap_begin(wrap, indent, indent);
    add_times(wrap, group);
    wrap_end(wrap);
}

void overview_add(struct buffer *out, const struct findings *findings,
                  const struct text_style *style) {
    struct groups groups;
    if (findings->count <= OVERVIEW_FEW) {
        return;
    }
    if (!groups_make(&groups, findings)) {
        out->failed = true;
        return;
    }
    struct wrap wrap = {.out = out, .width = style->width, .has_colour = style->has_colour};
    add_counts(&wrap, &groups, findings->count);
    for (size_t i = 0; i < groups.count; i++) {
        add_group(&wrap, &groups.list[i]);
    }
    wrap_free(&wrap);
    groups_free(&groups);
}
