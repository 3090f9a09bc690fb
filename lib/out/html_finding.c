// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: a finding in full, as a tree of processes with its events.
#include <inttypes.h>

#include "base/timestamp.h"
#include "match/process.h"
#include "out/html.h"
#include "out/html_parts.h"
#include "out/html_text.h"
#include "out/summary.h"
#include "out/telling.h"
#include "out/words.h"

// What is being told, and where in the tree.
struct tree {
    struct buffer *out;
    const struct findings *findings; // of the report
    const struct finding *finding;
    struct places places;
    size_t depth; // items that are open, each in a list of its own
};

static const char *value_of(const struct stage_event *event, enum event_data data) {
    return event_value(event->event, data);
}

// The tree

static void open_item(struct tree *tree, const char *kind) {
    buffer_printf(tree->out, "<ul><li class=\"%s\">", kind);
    tree->depth++;
}

// Goes on beside the item that was opened last.
static void next_item(struct tree *tree, const char *kind) {
    buffer_printf(tree->out, "</li>\n<li class=\"%s\">", kind);
}

// An item that is said, not logged: to be ended with close_note().
static void open_note(struct tree *tree) {
    open_item(tree, "n");
    buffer_add_text(tree->out, "<small>");
}

static void close_note(struct tree *tree) {
    buffer_add_text(tree->out, "</small>");
}

static void close_items(struct tree *tree, size_t depth) {
    for (; tree->depth > depth; tree->depth--) {
        buffer_add_text(tree->out, "</li></ul>\n");
    }
}

// Pieces of items

static void add_process(struct buffer *out, const char *label, const char *image, const char *pid) {
    buffer_printf(out, "<b>%s</b> <code>", label);
    html_add(out, image == NULL ? "?" : image);
    buffer_add_text(out, "</code>");
    if (pid != NULL) {
        buffer_add_text(out, " (pid ");
        html_add(out, pid);
        buffer_add_text(out, ")");
    }
}

static void add_command(struct buffer *out, const char *command_line) {
    if (command_line != NULL) {
        buffer_add_text(out, "<code class=\"cmd\">");
        html_add(out, command_line);
        buffer_add_text(out, "</code>");
    }
}

static void add_note(struct buffer *out, const char *note) {
    if (note != NULL) {
        buffer_printf(out, "<small>%s</small>", note);
    }
}

// "started TIME as USER, record N"
static void add_origin(struct tree *tree, const char *label, const struct stage_event *event) {
    struct buffer *out = tree->out;
    const char *user = value_of(event, DATA_USER);
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(event->time, time);
    buffer_printf(out, "<small>%s %s", label, time);
    if (user != NULL) {
        buffer_add_text(out, " as ");
        html_add(out, user);
    }
    buffer_printf(out, ", record %" PRIu64, event->event->record_id);
    if (tree->places.count > 1) {
        buffer_printf(out, " in log %zu", places_find(&tree->places, event->path) + 1);
    }
    buffer_add_text(out, event->recovered ? " (recovered)" : "");
    buffer_add_text(out, event->damaged ? " (damaged)</small>" : "</small>");
}

static void add_others(struct buffer *out, size_t count) {
    if (count > 0) {
        buffer_printf(out, "<small>the inputs have %zu more creation%s of this process</small>",
                      count, count == 1 ? "" : "s");
    }
}

static void add_creation(struct tree *tree, const struct stage_event *creation, size_t others) {
    add_command(tree->out, value_of(creation, DATA_COMMAND_LINE));
    add_origin(tree, "started", creation);
    add_others(tree->out, others);
}

static void add_relative(struct tree *tree, const char *label, const struct stage_event *creation,
                         size_t others) {
    add_process(tree->out, label, value_of(creation, DATA_IMAGE),
                value_of(creation, DATA_PROCESS_ID));
    add_creation(tree, creation, others);
}

static void add_identity(struct buffer *out, const struct summary *summary) {
    const char *guid = summary_value(summary, SUMMARY_GUID);
    const char *logon =
        summary->creation == NULL ? NULL : value_of(summary->creation, DATA_LOGON_ID);
    if (guid != NULL || logon != NULL) {
        buffer_add_text(out, guid == NULL ? "<small>logon " : "<small>GUID ");
        html_add(out, guid == NULL ? logon : guid);
        if (guid != NULL && logon != NULL) {
            buffer_add_text(out, ", logon ");
            html_add(out, logon);
        }
        buffer_add_text(out, "</small>");
    }
}

static void add_link(struct tree *tree, const struct finding *finding) {
    char id[FINDING_ID_SIZE];
    buffer_add_text(tree->out, "<a href=\"#");
    html_add_anchor(tree->out, tree->findings, finding);
    finding_write_id(finding, id);
    buffer_add_text(tree->out, "\">");
    buffer_add_text(tree->out, id);
    buffer_add_text(tree->out, "</a>");
}

// Ancestors

// The parent of a creation, as far as that tells of it.
static void add_parent(struct tree *tree, const struct stage_event *child, const char *label,
                       const char *note) {
    const char *image = value_of(child, DATA_PARENT_IMAGE);
    const char *pid = value_of(child, DATA_PARENT_PROCESS_ID);
    if (image != NULL || pid != NULL) {
        open_item(tree, "p");
        add_process(tree->out, label, image, pid);
        add_command(tree->out, value_of(child, DATA_PARENT_COMMAND_LINE));
        add_note(tree->out, note);
    }
}

static void add_end(struct tree *tree, const struct context_chain *chain) {
    size_t count = chain->ancestor_count;
    const struct stage_event *last =
        count > 0 ? chain->ancestors[count - 1].creation : chain->creation;
    switch (chain->end) {
    case CONTEXT_END_NO_GUID:
        add_parent(tree, last, "parent", "no GUID of it was logged");
        break;
    case CONTEXT_END_ABSENT:
        add_parent(tree, last, "ancestor", words_absence(tree->finding->context));
        break;
    case CONTEXT_END_LOOP:
        open_note(tree);
        buffer_add_text(tree->out, "a loop: the next parent is one of the processes below");
        close_note(tree);
        break;
    case CONTEXT_END_LIMIT:
        open_note(tree);
        buffer_printf(tree->out, "further ancestors left out: %d are shown", CONTEXT_ANCESTORS_MAX);
        close_note(tree);
        break;
    }
}

static void add_reference(struct tree *tree, const struct context_chain *chain) {
    open_note(tree);
    if (chain->ancestors_in == tree->finding) {
        buffer_printf(tree->out, "ancestors: those of event %zu", chain->ancestors_at + 1);
    } else {
        buffer_add_text(tree->out, "ancestors: those in finding ");
        add_link(tree, chain->ancestors_in);
    }
    close_note(tree);
}

static void add_ancestors(struct tree *tree, size_t event) {
    const struct context_chain *chain = telling_chain(tree->finding, event);
    if (chain == NULL || chain->creation == NULL) {
        return;
    }
    if (!telling_ancestors(tree->finding, event)) {
        add_reference(tree, chain);
        return;
    }
    add_end(tree, chain);
    for (size_t i = chain->ancestor_count; i > 0; i--) {
        const struct context_ancestor *ancestor = &chain->ancestors[i - 1];
        open_item(tree, "p");
        add_relative(tree, "ancestor", ancestor->creation, ancestor->other_creations);
    }
}

// The process of an event

static void add_own_details(struct tree *tree, const struct summary *summary, size_t event) {
    const struct context_chain *chain = telling_chain(tree->finding, event);
    if (chain == NULL) {
        add_note(tree->out, "its command line has not been looked for");
    } else if (chain->creation != NULL) {
        add_creation(tree, chain->creation, chain->other_creations);
    } else {
        add_note(tree->out, chain->end == CONTEXT_END_NO_GUID
                                ? "no GUID of it was logged"
                                : words_absence(tree->finding->context));
    }
    add_identity(tree->out, summary);
}

static void add_own_process(struct tree *tree, size_t event) {
    const struct summary summary = summary_of(tree->finding, event);
    const char *image = summary_value(&summary, SUMMARY_PROCESS);
    const char *pid = summary_value(&summary, SUMMARY_PID);
    size_t before = telling_same_process(tree->finding, event);
    bool is_known = image != NULL || pid != NULL || summary_value(&summary, SUMMARY_GUID) != NULL;
    if (is_known && before == event) {
        add_ancestors(tree, event);
        open_item(tree, "p");
        add_process(tree->out, "process", image, pid);
        add_own_details(tree, &summary, event);
    } else if (is_known && before + 1 < event) {
        open_item(tree, "p");
        add_process(tree->out, "process", image, pid);
    }
}

static void add_chain(struct tree *tree, size_t event) {
    const struct stage_event *asked = tree->finding->events[event];
    if (asked->event->id != PROCESS_CREATION) {
        add_own_process(tree, event);
    } else if (tree->finding->context == NULL) {
        add_parent(tree, asked, "parent", NULL);
    } else {
        add_ancestors(tree, event);
    }
}

// Events

static void add_target(struct buffer *out, const struct event *event) {
    struct buffer target = {0};
    summary_add_target_or_action(&target, event);
    buffer_printf(out, "<b>%s</b> <code>", words_noun(event->id));
    html_add_buffer(out, &target);
    buffer_add_text(out, "</code>");
}

// All that was logged, a value a line.
static void add_values(struct buffer *out, const struct event *event) {
    buffer_printf(out, "<details><summary>All of event %u, record %" PRIu64 "</summary><pre>",
                  event->id, event->record_id);
    for (size_t i = 0; i < event->item_count; i++) {
        const char *value = event_item_value(event, i);
        if (value != NULL) {
            html_add(out, event_item_name(event, i));
            buffer_add_text(out, ": ");
            html_add(out, value);
            buffer_add_byte(out, '\n');
        }
    }
    buffer_add_text(out, "</pre></details>");
}

static void add_event(struct tree *tree, size_t event) {
    const struct summary summary = summary_of(tree->finding, event);
    struct buffer *out = tree->out;
    open_item(tree, "e");
    if (summary.event->event->id == PROCESS_CREATION) {
        const struct context_chain *chain = telling_chain(tree->finding, event);
        add_process(out, "process", summary_value(&summary, SUMMARY_PROCESS),
                    summary_value(&summary, SUMMARY_PID));
        add_creation(tree, summary.event, chain == NULL ? 0 : chain->other_creations);
        add_identity(out, &summary);
    } else {
        add_target(out, summary.event->event);
        add_origin(tree, "at", summary.event);
    }
    add_values(out, summary.event->event);
}

// Descendants

static void add_descendants(struct tree *tree) {
    const struct context *context = tree->finding->context;
    size_t depth = tree->depth;
    for (size_t i = 0; i < context->descendant_count; i++) {
        const struct context_descendant *descendant = &context->descendants[i];
        size_t wanted = depth + descendant->generation;
        close_items(tree, wanted);
        if (tree->depth == wanted) {
            next_item(tree, "p");
        } else {
            open_item(tree, "p");
        }
        add_relative(tree, "child", descendant->creation, descendant->other_creations);
    }
    close_items(tree, depth);
    if (context->is_cut) {
        open_note(tree);
        buffer_printf(tree->out, "further descendants left out: %d or %d generations are shown",
                      CONTEXT_DESCENDANTS_MAX, CONTEXT_GENERATIONS_MAX);
        close_note(tree);
    }
}

static void add_after(struct tree *tree) {
    const struct context *context = tree->finding->context;
    if (context == NULL) {
        return;
    }
    if (context->descendant_count == 0) {
        if (context->descendants_in != NULL) {
            open_note(tree);
            buffer_add_text(tree->out, context->is_partial
                                           ? "children: none found; an input that could be read "
                                             "only once may have some"
                                           : "children: none in the inputs");
            close_note(tree);
        }
    } else if (telling_descendants(tree->finding)) {
        add_descendants(tree);
    } else {
        open_note(tree);
        buffer_add_text(tree->out, "children: those in finding ");
        add_link(tree, context->descendants_in);
        close_note(tree);
    }
}

// The finding

// After the first they are joined.
static void add_attacks(struct buffer *out, const struct rule_text *rule) {
    for (size_t i = 0; i < rule->attack_count; i++) {
        buffer_add_text(out, i == 0 ? "; " : ", ");
        html_add(out, rule_attack_id(&rule->attacks[i]));
    }
}

static void add_logs(struct tree *tree) {
    for (size_t i = 0; i < tree->places.count; i++) {
        buffer_add_text(tree->out, tree->places.count > 1 ? "<br>log " : "<br>");
        if (tree->places.count > 1) {
            buffer_printf(tree->out, "%zu: ", i + 1);
        }
        html_add(tree->out, tree->places.list[i]);
    }
}

static void add_heading(struct tree *tree) {
    struct buffer *out = tree->out;
    const struct rule_text *rule = tree->finding->rule->text;
    buffer_add_text(out, "<article id=\"");
    html_add_anchor(out, tree->findings, tree->finding);
    buffer_add_text(out, "\">\n<h3>");
    html_add_severity(out, rule->severity);
    buffer_add_byte(out, ' ');
    html_add(out, rule->name);
    buffer_add_text(out, "</h3>\n");
}

static void add_head(struct tree *tree) {
    struct buffer *out = tree->out;
    struct buffer keys = {0};
    const struct finding *finding = tree->finding;
    const struct rule_text *rule = finding->rule->text;
    const char *host = value_of(finding_last(finding), DATA_COMPUTER);
    buffer_add_text(out, "<p>");
    html_add_time(out, finding_last(finding)->time);
    buffer_add_text(out, " on <b>");
    html_add(out, host == NULL ? "?" : host);
    buffer_printf(out, "</b><br>%s", words_basis(finding));
    words_add_keys(&keys, finding->rule->query);
    buffer_add_text(out, keys.size > 0 ? "; joined by " : "");
    html_add_buffer(out, &keys);
    buffer_add_text(out, "</p>\n<p class=\"hint\">finding ");
    add_link(tree, finding);
    buffer_printf(out, ", risk score %d, rule ", rule->risk_score);
    html_add(out, rule->id);
    add_attacks(out, rule);
    add_logs(tree);
    buffer_add_text(out, "</p>\n");
}

static void add_gap(struct tree *tree, size_t event) {
    const struct finding *finding = tree->finding;
    int64_t time = finding->events[event + 1]->time - finding->events[event]->time;
    buffer_add_text(tree->out, "<p class=\"gap\">");
    if (time == 0) {
        buffer_add_text(tree->out, "at the same time");
    } else {
        words_add_duration(tree->out, time);
        buffer_add_text(tree->out, " later");
    }
    buffer_add_text(tree->out, "</p>\n");
}

static void add_events(struct tree *tree) {
    const struct finding *finding = tree->finding;
    for (size_t i = 0; i < finding->event_count; i++) {
        bool is_last = i + 1 == finding->event_count;
        buffer_add_text(tree->out, "<div class=\"tree\">");
        add_chain(tree, i);
        size_t depth = tree->depth;
        add_event(tree, i);
        if (is_last) {
            // The children of a process stand below it, be it the event or an item above that.
            close_items(tree,
                        finding->events[i]->event->id == PROCESS_CREATION ? depth + 1 : depth);
            add_after(tree);
        }
        close_items(tree, 0);
        buffer_add_text(tree->out, "</div>\n");
        if (!is_last) {
            add_gap(tree, i);
        }
    }
}

void html_add_finding(struct buffer *out, const struct report *report,
                      const struct finding *finding) {
    bool is_put_off = report->findings->count > HTML_MANY;
    struct tree tree = {.out = out, .findings = report->findings, .finding = finding};
    out->failed = !telling_add_places(&tree.places, finding) || out->failed;
    add_heading(&tree);
    buffer_add_text(out, is_put_off ? "<noscript>" : "");
    add_head(&tree);
    add_events(&tree);
    buffer_add_text(out, is_put_off ? "</noscript></article>\n" : "</article>\n");
    places_free(&tree.places);
}
