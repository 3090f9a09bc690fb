// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/words.h"

#include <inttypes.h>
#include <string.h>

#include "base/ascii.h"

static const struct noun {
    unsigned event_id;
    const char *text;
} nouns[] = {
    {2, "file time"},  {3, "connection"}, {4, "service"},     {5, "end"},        {6, "driver"},
    {7, "library"},    {8, "thread in"},  {9, "device"},      {10, "opened"},    {11, "file"},
    {12, "registry"},  {13, "registry"},  {14, "registry"},   {15, "stream"},    {16, "setting"},
    {17, "pipe"},      {18, "pipe"},      {19, "WMI filter"}, {20, "consumer"},  {21, "binding"},
    {22, "looked up"}, {23, "deleted"},   {24, "clipboard"},  {25, "tampering"}, {26, "deleted"},
    {27, "blocked"},   {28, "blocked"},   {29, "executable"}, {255, "error"},
};

const char *words_noun(unsigned event_id) {
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
        if (nouns[i].event_id == event_id) {
            return nouns[i].text;
        }
    }
    return "event";
}

const char *words_basis(const struct finding *finding) {
    switch (finding->basis) {
    case BASIS_EXACT:
        return finding->event_count > 1 ? "exact: Elastic's engine would alert on this sequence"
                                        : "exact: Elastic's engine would alert on this event";
    case BASIS_REPEAT:
        return "repeat: the last event meets the rule, but an earlier one has used up this "
               "sequence";
    case BASIS_IMAGE_NAME:
        return "image-name: no OriginalFileName was logged; judged by the image's own name";
    }
    return "";
}

const char *words_absence(const struct context *context) {
    return context->is_partial ? "its own creation is absent; an input that could be read only "
                                 "once may have it"
                               : "its own creation is absent from the inputs";
}

void words_add_keys(struct buffer *out, const struct eql_query *query) {
    const struct eql_stage *stage = &query->stages[0];
    size_t count = query->is_sequence ? query->by_count + stage->by_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct eql_node *key =
            i < query->by_count ? query->by[i] : stage->by[i - query->by_count];
        buffer_add_text(out, i == 0 ? "" : ", ");
        buffer_add_text(out, key->text.data);
    }
    buffer_add_text(out, query->is_sequence && count == 0 ? "time alone" : "");
}

void words_add_count(struct buffer *out, uint64_t count, const char *one, const char *many) {
    buffer_printf(out, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

void words_add_severities(struct buffer *out, const struct findings *findings) {
    size_t counts[RULE_SEVERITY_COUNT] = {0};
    const char *before = "";
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
}

const char *words_image(const char *image) {
    if (image == NULL) {
        return "?";
    }
    const struct text name = event_part_of((struct text){image, strlen(image)}, PART_NAME);
    return name.data == NULL ? image : name.data;
}

static void add_unit(struct buffer *out, int64_t number, const char *unit) {
    buffer_add_number(out, (uint64_t)number);
    buffer_add_text(out, unit);
}

void words_add_duration(struct buffer *out, int64_t time) {
    enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
    if (time < SECOND) {
        add_unit(out, time, " ms");
    } else if (time < MINUTE) {
        char milliseconds[3];
        ascii_write_digits(milliseconds, sizeof milliseconds, (uint64_t)(time % SECOND), 10);
        add_unit(out, time / SECOND, ".");
        buffer_add(out, milliseconds, sizeof milliseconds);
        buffer_add_text(out, " s");
    } else if (time < HOUR) {
        add_unit(out, time / MINUTE, " min ");
        add_unit(out, time % MINUTE / SECOND, " s");
    } else if (time < DAY) {
        add_unit(out, time / HOUR, " h ");
        add_unit(out, time % HOUR / MINUTE, " min");
    } else {
        add_unit(out, time / DAY, " d ");
        add_unit(out, time % DAY / HOUR, " h");
    }
}
