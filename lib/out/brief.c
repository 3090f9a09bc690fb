// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/brief.h"

#include "base/timestamp.h"
#include "out/summary.h"
#include "out/wrap.h"

static void add_process(struct wrap *wrap, const struct summary *summary, const char *after) {
    const char *process = summary_value(summary, SUMMARY_PROCESS);
    const char *pid = summary_value(summary, SUMMARY_PID);
    wrap_printf(wrap, COLOUR_NONE, " %s%s", process == NULL ? "?" : process,
                pid == NULL ? after : "");
    if (pid != NULL) {
        wrap_printf(wrap, COLOUR_NONE, " (pid %s)%s", pid, after);
    }
}

void brief_add_finding(struct buffer *out, const struct finding *finding,
                       const struct text_style *style) {
    char time[TIMESTAMP_TEXT_SIZE];
    const struct rule_text *rule = finding->rule->text;
    const struct summary summary = summary_of(finding, finding->event_count - 1);
    const char *host = event_value(summary.event->event, DATA_COMPUTER);
    struct wrap wrap = {.out = out, .width = style->width, .has_colour = style->has_colour};
    struct buffer about = {0};
    summary_add_about(&about, &summary);
    timestamp_format(summary.event->time, time);
    wrap_begin(&wrap, "", "    ");
    wrap_add(&wrap, COLOUR_NONE, time);
    wrap_printf(&wrap, COLOUR_NONE, " %s", host == NULL ? "?" : host);
    wrap_printf(&wrap, COLOUR_ALERT, " %s", rule_severity_name(rule->severity));
    wrap_printf(&wrap, COLOUR_STRONG, " %s:", rule->name);
    add_process(&wrap, &summary, about.size > 0 ? ":" : "");
    wrap_add(&wrap, COLOUR_NONE, about.size > 0 ? " " : "");
    wrap_add_buffer(&wrap, COLOUR_NONE, &about);
    wrap_end(&wrap);
    wrap_free(&wrap);
}
