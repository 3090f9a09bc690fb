// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text: the processes that led to events, and those that came after.
#include <inttypes.h>
#include <stdio.h>

#include "base/timestamp.h"
#include "match/context.h"
#include "match/process.h"
#include "out/telling.h"
#include "out/text_parts.h"
#include "out/words.h"

enum { STEP = 3 };

_Static_assert((CONTEXT_GENERATIONS_MAX - 1) * STEP <= BLOCK_STEP_MAX, "too many generations");

static const char *value_of(const struct stage_event *event, enum event_data data) {
    return event_value(event->event, data);
}

void text_add_origin(struct finding_text *text, const char *label,
                     const struct stage_event *event) {
    struct block *block = &text->block;
    char time[TIMESTAMP_TEXT_SIZE];
    const char *user = value_of(event, DATA_USER);
    timestamp_format(event->time, time);
    block_begin_detail(block, label);
    block_add(block, time);
    if (user != NULL) {
        block_add(block, " as ");
        block_add(block, user);
    }
    block_add(block, ", record ");
    wrap_add_number(&block->wrap, event->event->record_id);
    if (text->places.count > 1) {
        wrap_printf(&block->wrap, COLOUR_NONE, " in log %zu",
                    places_find(&text->places, event->path) + 1);
    }
    if (event->recovered) {
        wrap_add(&block->wrap, COLOUR_DOUBT, " (recovered)");
    }
    if (event->damaged) {
        wrap_add(&block->wrap, COLOUR_DOUBT, " (damaged)");
    }
    wrap_end(&block->wrap);
}

void text_add_identity(struct finding_text *text, const struct summary *summary) {
    struct block *block = &text->block;
    const char *guid = summary_value(summary, SUMMARY_GUID);
    const char *logon =
        summary->creation == NULL ? NULL : value_of(summary->creation, DATA_LOGON_ID);
    if (guid == NULL) {
        block_detail(block, "logon", COLOUR_NONE, logon);
        return;
    }
    block_begin_detail(block, "GUID");
    block_add(block, guid);
    if (logon != NULL) {
        block_add(block, ", logon ");
        block_add(block, logon);
    }
    wrap_end(&block->wrap);
}

// Processes with their creation

void text_add_others(struct finding_text *text, size_t count) {
    if (count > 0) {
        char note[80];
        (void)snprintf(note, sizeof note, "the inputs have %zu more creation%s of this process",
                       count, count == 1 ? "" : "s");
        block_note(&text->block, note);
    }
}

static void add_creation(struct finding_text *text, enum wrap_colour colour,
                         const struct stage_event *creation, size_t others) {
    block_detail(&text->block, "command", colour, value_of(creation, DATA_COMMAND_LINE));
    text_add_origin(text, "started", creation);
    text_add_others(text, others);
}

static void add_relative(struct finding_text *text, const char *label,
                         const struct stage_event *creation, size_t others) {
    block_process(&text->block, label, COLOUR_NONE, value_of(creation, DATA_IMAGE),
                  value_of(creation, DATA_PROCESS_ID));
    add_creation(text, COLOUR_NONE, creation, others);
}

// Ancestors

// The parent of a creation, as far as that tells of it.
static void add_parent(struct finding_text *text, const struct stage_event *child,
                       const char *label, const char *note) {
    const char *image = value_of(child, DATA_PARENT_IMAGE);
    const char *pid = value_of(child, DATA_PARENT_PROCESS_ID);
    if (image != NULL || pid != NULL) {
        block_process(&text->block, label, COLOUR_NONE, image, pid);
        block_detail(&text->block, "command", COLOUR_NONE,
                     value_of(child, DATA_PARENT_COMMAND_LINE));
        block_note(&text->block, note);
    }
}

static void add_end(struct finding_text *text, const struct context_chain *chain) {
    char limit[64];
    size_t count = chain->ancestor_count;
    const struct stage_event *last =
        count > 0 ? chain->ancestors[count - 1].creation : chain->creation;
    switch (chain->end) {
    case CONTEXT_END_NO_GUID:
        add_parent(text, last, "parent", "no GUID of it was logged");
        break;
    case CONTEXT_END_ABSENT:
        add_parent(text, last, "ancestor", words_absence(text->finding->context));
        break;
    case CONTEXT_END_LOOP:
        block_line(&text->block, "...", COLOUR_DOUBT,
                   "a loop: the next parent is one of the processes below");
        break;
    case CONTEXT_END_LIMIT:
        (void)snprintf(limit, sizeof limit, "further ancestors left out: %d are shown",
                       CONTEXT_ANCESTORS_MAX);
        block_line(&text->block, "...", COLOUR_DOUBT, limit);
        break;
    }
}

static void add_reference(struct finding_text *text, const struct context_chain *chain) {
    char reference[64];
    if (chain->ancestors_in == text->finding) {
        (void)snprintf(reference, sizeof reference, "those of event %zu", chain->ancestors_at + 1);
    } else {
        (void)snprintf(reference, sizeof reference, "those in finding %016" PRIx64,
                       chain->ancestors_in->id);
    }
    block_line(&text->block, "ancestors", COLOUR_NONE, reference);
}

static void add_ancestors(struct finding_text *text, size_t event) {
    const struct context_chain *chain = telling_chain(text->finding, event);
    if (chain == NULL || chain->creation == NULL) {
        return;
    }
    if (!telling_ancestors(text->finding, event)) {
        add_reference(text, chain);
        return;
    }
    add_end(text, chain);
    for (size_t i = chain->ancestor_count; i > 0; i--) {
        const struct context_ancestor *ancestor = &chain->ancestors[i - 1];
        add_relative(text, "ancestor", ancestor->creation, ancestor->other_creations);
    }
}

// The process of an event

static void add_own_details(struct finding_text *text, const struct summary *summary,
                            size_t event) {
    struct block *block = &text->block;
    const struct context_chain *chain = telling_chain(text->finding, event);
    if (chain == NULL) {
        block_note(block, "its command line has not been looked for");
    } else if (chain->creation != NULL) {
        add_creation(text, COLOUR_STRONG, chain->creation, chain->other_creations);
    } else {
        block_note(block, chain->end == CONTEXT_END_NO_GUID
                              ? "no GUID of it was logged"
                              : words_absence(text->finding->context));
    }
    text_add_identity(text, summary);
}

static void add_own_process(struct finding_text *text, size_t event) {
    const struct summary summary = summary_of(text->finding, event);
    const char *image = summary_value(&summary, SUMMARY_PROCESS);
    const char *pid = summary_value(&summary, SUMMARY_PID);
    size_t before = telling_same_process(text->finding, event);
    bool is_known = image != NULL || pid != NULL || summary_value(&summary, SUMMARY_GUID) != NULL;
    if (is_known && before == event) {
        add_ancestors(text, event);
        block_process(&text->block, "process", COLOUR_STRONG, image, pid);
        add_own_details(text, &summary, event);
    } else if (is_known && before + 1 < event) {
        block_process(&text->block, "process", COLOUR_STRONG, image, pid);
    }
}

void text_add_chain(struct finding_text *text, size_t event) {
    const struct stage_event *asked = text->finding->events[event];
    if (asked->event->id != PROCESS_CREATION) {
        add_own_process(text, event);
    } else if (text->finding->context == NULL) {
        add_parent(text, asked, "parent", NULL);
    } else {
        add_ancestors(text, event);
    }
}

// Descendants

static void add_no_descendants(struct finding_text *text) {
    if (text->finding->context->descendants_in != NULL) {
        block_line(&text->block, "child", COLOUR_DOUBT,
                   text->finding->context->is_partial
                       ? "none found; an input that could be read only once may have some"
                       : "none in the inputs");
    }
}

void text_add_descendants(struct finding_text *text) {
    const struct context *context = text->finding->context;
    struct block *block = &text->block;
    if (context == NULL || context->descendant_count == 0) {
        if (context != NULL) {
            add_no_descendants(text);
        }
        return;
    }
    if (!telling_descendants(text->finding)) {
        char reference[64];
        (void)snprintf(reference, sizeof reference, "those in finding %016" PRIx64,
                       context->descendants_in->id);
        block_line(block, "children", COLOUR_NONE, reference);
        return;
    }
    for (size_t i = 0; i < context->descendant_count; i++) {
        const struct context_descendant *descendant = &context->descendants[i];
        block->step = (descendant->generation - 1) * STEP;
        add_relative(text, "child", descendant->creation, descendant->other_creations);
    }
    block->step = 0;
    if (context->is_cut) {
        char limit[80];
        (void)snprintf(limit, sizeof limit,
                       "further descendants left out: %d or %d generations are shown",
                       CONTEXT_DESCENDANTS_MAX, CONTEXT_GENERATIONS_MAX);
        block_line(block, "...", COLOUR_DOUBT, limit);
    }
}
