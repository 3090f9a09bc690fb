// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text, a line each.
#include "out/brief.h"

#include "base/timestamp.h"
#include "out/summary.h"
#include "out/wrap.h"

// Adds the text that is in the buffer after a space, and frees the buffer.
static void add(struct wrap *wrap, enum wrap_colour colour, struct buffer *text) {
    buffer_add_byte(text, '\0');
    wrap->out->failed = wrap->out->failed || text->failed;
    if (!text->failed) {
        wrap_add(wrap, COLOUR_NONE, " ");
        wrap_add(wrap, colour, text->data);
    }
    buffer_free(text);
}

static void add_text(struct wrap *wrap, enum wrap_colour colour, const char *text,
                     const char *after) {
    struct buffer whole = {0};
    buffer_add_text(&whole, text == NULL ? "?" : text);
    buffer_add_text(&whole, after);
    add(wrap, colour, &whole);
}

static void add_process(struct wrap *wrap, const struct summary *summary, const char *after) {
    const char *process = summary_value(summary, SUMMARY_PROCESS);
    const char *pid = summary_value(summary, SUMMARY_PID);
    add_text(wrap, COLOUR_NONE, process, pid == NULL ? after : "");
    if (pid != NULL) {
        struct buffer text = {0};
        buffer_printf(&text, "(pid %s)%s", pid, after);
        add(wrap, COLOUR_NONE, &text);
    }
}

void brief_add_finding(struct buffer *out, const struct finding *finding,
                       const struct text_style *style) {
    char time[TIMESTAMP_TEXT_SIZE];
    const struct rule_text *rule = finding->rule->text;
    const struct summary summary = summary_of(finding, finding->event_count - 1);
    struct wrap wrap = {.out = out, .width = style->width, .has_colour = style->has_colour};
    struct buffer about = {0};
    summary_add_about(&about, &summary);
    timestamp_format(summary.event->time, time);
    wrap_begin(&wrap, "", "    ");
    wrap_add(&wrap, COLOUR_NONE, time);
    add_text(&wrap, COLOUR_NONE, event_value(summary.event->event, DATA_COMPUTER), "");
    add_text(&wrap, COLOUR_ALERT, rule_severity_name(rule->severity), "");
    add_text(&wrap, COLOUR_STRONG, rule->name, ":");
    add_process(&wrap, &summary, about.size > 0 ? ":" : "");
    if (about.size > 0) {
        add(&wrap, COLOUR_NONE, &about);
    }
    wrap_end(&wrap);
    wrap_free(&wrap);
    out->failed = out->failed || about.failed;
    buffer_free(&about);
}
