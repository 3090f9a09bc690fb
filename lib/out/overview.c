// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/overview.h"

#include <stdio.h>

#include "base/timestamp.h"
#include "out/groups.h"
#include "out/words.h"
#include "out/wrap.h"

enum { HOSTS_SHOWN = 20, SEVERITY_WIDTH = 8, COUNT_WIDTH = 6, PREFIX_SIZE = WRAP_PREFIX_SIZE };

// Lines

// "19 findings: 7 high, 12 medium"
static void add_counts(struct wrap *wrap, const struct findings *findings) {
    wrap_begin(wrap, "", "  ");
    wrap_printf(wrap, COLOUR_STRONG, "%zu findings", findings->count);
    wrap_add(wrap, COLOUR_NONE, ": ");
    words_add_severities(wrap_compose(wrap), findings);
    wrap_add_composed(wrap, COLOUR_NONE);
    wrap_end(wrap);
}

// A host, and how many of the group's findings it has if it does not have all.
static void add_host(struct wrap *wrap, const struct group *group, size_t at, size_t count) {
    const char *name = event_value(finding_last(group->list[at])->event, DATA_COMPUTER);
    wrap_printf(wrap, COLOUR_NONE, "%s%s", at == 0 ? "" : ", ", name == NULL ? "?" : name);
    if (count < group->count) {
        wrap_printf(wrap, COLOUR_NONE, " (%zu)", count);
    }
}

static void add_hosts(struct wrap *wrap, const struct group *group) {
    size_t shown = 0;
    size_t left_out = 0;
    for (size_t i = 0, next = 0; i < group->count; i = next) {
        next = group_skip_host(group, i);
        if (shown < HOSTS_SHOWN) {
            add_host(wrap, group, i, next - i);
            shown++;
        } else {
            left_out++;
        }
    }
    if (left_out > 0) {
        wrap_printf(wrap, COLOUR_NONE, " and %zu more", left_out);
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
                   rule_severity_name(group_rule(group)->severity), COUNT_WIDTH, group->count);
    (void)snprintf(indent, sizeof indent, "%*s", width, "");
    wrap_line(wrap, count, indent, COLOUR_STRONG, group_rule(group)->name);
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
    add_counts(&wrap, findings);
    for (size_t i = 0; i < groups.count; i++) {
        add_group(&wrap, &groups.list[i]);
    }
    wrap_free(&wrap);
    groups_free(&groups);
}
