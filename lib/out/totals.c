// SPDX-License-Identifier: GPL-3.0-or-later
// What a run has come to.
#include "out/totals.h"

#include <inttypes.h>

#include "base/size.h"
#include "out/wrap.h"

static void add_count(struct buffer *out, uint64_t count, const char *one, const char *many) {
    buffer_printf(out, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

// " (1 critical, 3 low)"
static void add_severities(struct buffer *out, const struct findings *findings) {
    size_t counts[RULE_SEVERITY_COUNT] = {0};
    const char *before = " (";
    for (size_t i = 0; i < findings->count; i++) {
        counts[findings->list[i].rule->text->severity]++;
    }
    for (int severity = RULE_SEVERITY_COUNT - 1; severity >= 0; severity--) {
        if (counts[severity] > 0) {
            buffer_printf(out, "%s%zu %s", before, counts[severity],
                          rule_severity_name((enum rule_severity)severity));
            before = ", ";
        }
    }
    buffer_add_text(out, findings->count > 0 ? ")" : "");
}

static void add_what_was_read(struct buffer *out, const struct totals *totals) {
    char size[SIZE_TEXT_SIZE];
    size_format((double)totals->bytes, size);
    if (totals->findings != NULL) {
        add_count(out, totals->findings->count, "finding", "findings");
        add_severities(out, totals->findings);
        buffer_add_text(out, " in ");
    }
    add_count(out, totals->logs, "log", "logs");
    buffer_printf(out, ", %s, ", size);
    add_count(out, totals->records, "record", "records");
    if (totals->recovered > 0) {
        buffer_printf(out, " and %" PRIu64 " recovered", totals->recovered);
    }
    buffer_printf(out, ", %.2f s", totals->seconds);
}

static void add_left_out(struct buffer *out, const struct findings *findings) {
    static const char *const options[LEFT_OUT_COUNT] = {
        [LEFT_OUT_SEVERITY] = "--min-severity",
        [LEFT_OUT_BASIS] = "--strict",
        [LEFT_OUT_TIME] = "--since or --until",
    };
    const char *before = "findings left out: ";
    for (int i = 0; i < LEFT_OUT_COUNT; i++) {
        if (findings->left_out[i] > 0) {
            buffer_printf(out, "%s%zu by %s", before, findings->left_out[i], options[i]);
            before = ", ";
        }
    }
}

static void add_problems(struct buffer *out, const struct problems *problems) {
    const char *before = "problems: ";
    for (int i = 0; i < PROBLEM_KINDS; i++) {
        size_t count = problems->counts[i];
        if (count > 0) {
            buffer_printf(out, "%s%zu %s", before, count,
                          problem_kind_text((enum problem_kind)i, count));
            before = ", ";
        }
    }
}

// Adds the text, which is emptied, as a line, if there is any.
static void add_line(struct wrap *wrap, struct buffer *text) {
    if (text->size > 0) {
        wrap_begin(wrap, "evtxseq: ", "  ");
        wrap_add_buffer(wrap, COLOUR_NONE, text);
        wrap_end(wrap);
    }
}

void totals_add(struct buffer *out, const struct totals *totals, const struct text_style *style) {
    struct wrap wrap = {.out = out, .width = style->width};
    struct buffer text = {0};
    add_what_was_read(&text, totals);
    add_line(&wrap, &text);
    if (totals->findings != NULL) {
        add_left_out(&text, totals->findings);
        add_line(&wrap, &text);
    }
    if (totals->passed_over > 0) {
        buffer_add_text(&text, "passed over: ");
        add_count(&text, totals->passed_over, "file in an archive that is not a log",
                  "files in archives that are not logs");
        add_line(&wrap, &text);
    }
    add_problems(&text, totals->problems);
    add_line(&wrap, &text);
    wrap_free(&wrap);
}
