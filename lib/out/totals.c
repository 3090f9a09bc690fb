// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/totals.h"

#include <inttypes.h>

#include "base/size.h"
#include "out/words.h"
#include "out/wrap.h"

static void add_what_was_read(struct buffer *out, const struct totals *totals) {
    char size[SIZE_TEXT_SIZE];
    size_format((double)totals->bytes, size);
    if (totals->findings != NULL) {
        words_add_count(out, totals->findings->count, "finding", "findings");
        buffer_add_text(out, totals->findings->count > 0 ? " (" : "");
        words_add_severities(out, totals->findings);
        buffer_add_text(out, totals->findings->count > 0 ? ") in " : " in ");
    }
    words_add_count(out, totals->logs, "log", "logs");
    buffer_printf(out, ", %s, ", size);
    words_add_count(out, totals->records, "record", "records");
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
        words_add_count(&text, totals->passed_over, "file in an archive that is not a log",
                        "files in archives that are not logs");
        add_line(&wrap, &text);
    }
    add_problems(&text, totals->problems);
    add_line(&wrap, &text);
    wrap_free(&wrap);
}
