// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: all findings by host and time.
//
// A lane a host, in which each severity is a path of strokes. Positions are from 0 to WIDTH over
// the whole time; the script draws the same for a part of it.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/order.h"
#include "base/timestamp.h"
#include "out/html_parts.h"
#include "out/html_text.h"

enum {
    WIDTH = 10000,
    MARGIN = 100,   // on both sides
    LANE = 34,      // pixels of a lane
    BASE = 30,      // of it, down to the foot of the strokes
    LABEL = 13,     // down to the foot of the host's name
    AXIS = 22,      // pixels above the lanes
    TICKS = 5,      // at most
    LABEL_SIZE = 60 // bytes of a host's name
};

// How high a stroke is, in pixels: severity is not told by colour alone.
static const int heights[RULE_SEVERITY_COUNT] = {
    [RULE_LOW] = 5, [RULE_MEDIUM] = 8, [RULE_HIGH] = 11, [RULE_CRITICAL] = 14};

struct mark {
    size_t host;
    enum rule_severity severity;
    int64_t time;
    const char *computer;
    uint32_t machine;
};

struct timeline_picture {
    struct mark *marks; // by host, severity, time; owned
    size_t count;
    size_t host_count;
    int64_t first, last;
};

static int compare_marks(const void *left, const void *right) {
    const struct mark *a = left;
    const struct mark *b = right;
    int result = order_numbers(a->host, b->host);
    result = result != 0 ? result : order_numbers(a->severity, b->severity);
    return result != 0 ? result : order_times(a->time, b->time);
}

static void take_finding(struct timeline_picture *picture, const struct html_hosts *hosts,
                         const struct finding *finding) {
    const struct stage_event *last = finding_last(finding);
    picture->first =
        picture->count == 0 || last->time < picture->first ? last->time : picture->first;
    picture->last = picture->count == 0 || last->time > picture->last ? last->time : picture->last;
    picture->marks[picture->count++] = (struct mark){
        .host = html_hosts_place(hosts, finding),
        .severity = finding->rule->text->severity,
        .time = last->time,
        .computer = event_value(last->event, DATA_COMPUTER),
        .machine = last->machine,
    };
}

static bool make_picture(struct timeline_picture *picture, const struct findings *findings) {
    struct html_hosts hosts;
    *picture = (struct timeline_picture){
        .marks = calloc(findings->count + 1, sizeof *picture->marks),
    };
    if (picture->marks == NULL || !html_hosts_make(&hosts, findings)) {
        free(picture->marks);
        return false;
    }
    for (size_t i = 0; i < findings->count; i++) {
        take_finding(picture, &hosts, &findings->list[i]);
    }
    picture->host_count = hosts.count;
    html_hosts_free(&hosts);
    array_sort(picture->marks, picture->count, sizeof *picture->marks, compare_marks);
    return true;
}

// Where a time is, from 0 to WIDTH. Differences are of unsigned numbers, for they may be of times
// that are far apart.
static unsigned place_of(const struct timeline_picture *picture, int64_t time) {
    uint64_t whole = (uint64_t)picture->last - (uint64_t)picture->first;
    uint64_t part = (uint64_t)time - (uint64_t)picture->first;
    return whole == 0 ? WIDTH / 2 : (unsigned)((double)part * WIDTH / (double)whole + 0.5);
}

// The axis

static const int64_t steps[] = {1,          10,          100,         1000,        5000,
                                15000,      30000,       60000,       300000,      900000,
                                1800000,    3600000,     10800000,    21600000,    43200000,
                                86400000,   172800000,   604800000,   1209600000,  2592000000,
                                7776000000, 15552000000, 31536000000, 94608000000, 315360000000};

enum { STEP_COUNT = sizeof steps / sizeof *steps };

static int64_t choose_step(uint64_t whole) {
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if (whole / (uint64_t)steps[i] < TICKS) {
            return steps[i];
        }
    }
    return 0; // longer than logs are: no ticks
}

// As much of a time as the step asks for.
static void add_tick_text(struct buffer *out, int64_t time, int64_t step) {
    enum { DAY = 86400000, MINUTE = 60000 };
    char text[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, text);
    const char *clock = strchr(text, 'T');
    if (clock == NULL) {
        return;
    }
    if (step >= DAY) {
        buffer_add(out, text, (size_t)(clock - text));
    } else {
        buffer_add(out, clock + 1, step >= MINUTE ? 5 : step >= 1000 ? 8 : 12);
    }
}

static void add_ticks(struct buffer *out, const struct timeline_picture *picture, int height) {
    uint64_t whole = (uint64_t)picture->last - (uint64_t)picture->first;
    int64_t step = choose_step(whole);
    buffer_add_text(out, "<g class=\"axis\">");
    if (step > 0 && whole > 0) {
        int64_t over = picture->first % step;
        int64_t time = picture->first - over + (over > 0 ? step : 0);
        for (; time <= picture->last; time += step) {
            // Of the width with its margins, in hundredths of a per cent.
            unsigned place = (place_of(picture, time) + MARGIN) * 10000 / (WIDTH + 2 * MARGIN);
            buffer_printf(out,
                          "<line x1=\"%u.%02u%%\" x2=\"%u.%02u%%\" y1=\"%d\" y2=\"%d\"/>"
                          "<text x=\"%u.%02u%%\" y=\"14\">",
                          place / 100, place % 100, place / 100, place % 100, AXIS, height,
                          place / 100, place % 100);
            add_tick_text(out, time, step);
            buffer_add_text(out, "</text>");
        }
    }
    buffer_add_text(out, "</g>\n");
}

// Lanes

static size_t skip_host(const struct timeline_picture *picture, size_t at) {
    size_t host = picture->marks[at].host;
    while (at < picture->count && picture->marks[at].host == host) {
        at++;
    }
    return at;
}

static bool is_name_shared(const struct timeline_picture *picture, size_t from, size_t next) {
    const char *name = picture->marks[from].computer;
    const char *before = from == 0 ? NULL : picture->marks[from - 1].computer;
    const char *after = next == picture->count ? NULL : picture->marks[next].computer;
    return name != NULL && ((before != NULL && strcasecmp(name, before) == 0) ||
                            (after != NULL && strcasecmp(name, after) == 0));
}

static void add_lanes(struct buffer *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out,
                      "<rect class=\"lane\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\"/>\n",
                      AXIS + (int)i * LANE + 1, LANE - 2);
    }
}

static void add_lane_label(struct buffer *out, const struct timeline_picture *picture, size_t from,
                           size_t next) {
    const struct mark *mark = &picture->marks[from];
    int top = AXIS + (int)mark->host * LANE;
    buffer_printf(out, "<text class=\"host\" x=\"6\" y=\"%d\">", top + LABEL);
    html_add_cut(out, mark->computer == NULL ? "?" : mark->computer, LABEL_SIZE);
    if (is_name_shared(picture, from, next)) {
        buffer_printf(out, " (" EVENT_MACHINE_FORMAT ")", mark->machine);
    }
    buffer_printf(out, " · %zu</text>\n", next - from);
}

// Strokes at one place are one.
static void add_strokes(struct buffer *out, const struct timeline_picture *picture, size_t from,
                        size_t next) {
    unsigned last = 0;
    for (size_t i = from; i < next; i++) {
        const struct mark *mark = &picture->marks[i];
        unsigned place = place_of(picture, mark->time);
        if (i == from || mark->severity != mark[-1].severity) {
            buffer_printf(out, "%s<path class=\"%s\" data-h=\"%zu\" data-s=\"%d\" d=\"",
                          i == from ? "" : "\"/>", rule_severity_name(mark->severity), mark->host,
                          (int)mark->severity);
        } else if (place == last) {
            continue;
        }
        buffer_printf(out, "M%u %dv-%d", place, AXIS + (int)mark->host * LANE + BASE,
                      heights[mark->severity]);
        last = place;
    }
    buffer_add_text(out, "\"/>\n");
}

static void add_picture(struct buffer *out, const struct timeline_picture *picture) {
    int height = AXIS + (int)picture->host_count * LANE;
    buffer_printf(out,
                  "<svg id=\"picture\" role=\"img\" height=\"%d\" data-from=\"%" PRId64
                  "\" data-to=\"%" PRId64 "\" aria-label=\"Findings by host and time. "
                  "The table of findings has the same.\">\n",
                  height, picture->first, picture->last);
    add_lanes(out, picture->host_count);
    add_ticks(out, picture, height);
    for (size_t i = 0, next = 0; i < picture->count; i = next) {
        next = skip_host(picture, i);
        add_lane_label(out, picture, i, next);
    }
    buffer_printf(out,
                  "<svg class=\"marks\" x=\"0\" y=\"0\" width=\"100%%\" height=\"%d\" "
                  "viewBox=\"%d 0 %d %d\" preserveAspectRatio=\"none\">\n",
                  height, -MARGIN, WIDTH + 2 * MARGIN, height);
    for (size_t i = 0, next = 0; i < picture->count; i = next) {
        next = skip_host(picture, i);
        add_strokes(out, picture, i, next);
    }
    buffer_add_text(out, "</svg></svg>\n");
}

static void add_legend(struct buffer *out) {
    buffer_add_text(out, "<p class=\"legend\">");
    for (int i = RULE_SEVERITY_COUNT - 1; i >= 0; i--) {
        const char *name = rule_severity_name((enum rule_severity)i);
        buffer_printf(out,
                      "<span><svg width=\"8\" height=\"16\" aria-hidden=\"true\">"
                      "<path class=\"%s\" d=\"M4 15v-%d\"/></svg> %s</span> ",
                      name, heights[i], name);
    }
    buffer_add_text(out, "</p>\n");
}

void html_add_timeline(struct buffer *out, const struct report *report) {
    struct timeline_picture picture;
    if (!make_picture(&picture, report->findings)) {
        out->failed = true;
        return;
    }
    html_begin_section(out, "timeline", "Timeline");
    buffer_add_text(out, "<p class=\"hint\">");
    html_add_time(out, picture.first);
    buffer_add_text(out, " to ");
    html_add_time(out, picture.last);
    buffer_add_text(out, ". A stroke is a finding, the higher the more severe.</p>\n"
                         "<p id=\"zoom\" role=\"group\" aria-label=\"Timeline\" hidden>"
                         "<button type=\"button\" value=\"in\">Zoom in</button> "
                         "<button type=\"button\" value=\"out\">Zoom out</button> "
                         "<button type=\"button\" value=\"left\">Earlier</button> "
                         "<button type=\"button\" value=\"right\">Later</button> "
                         "<button type=\"button\" value=\"all\">Whole</button> "
                         "<span id=\"window\" role=\"status\"></span></p>\n");
    html_begin_scroll(out, "Timeline by host");
    add_picture(out, &picture);
    html_end_scroll(out);
    add_legend(out);
    html_end_section(out);
    free(picture.marks);
}
