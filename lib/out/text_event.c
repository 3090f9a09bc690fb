// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text: an event.

#include "match/context.h"
#include "match/process.h"
#include "out/text_parts.h"
#include "out/words.h"

// What else an event may tell, whatever its kind, under a name of its own.
static const struct detail {
    const char *label;
    enum event_data data;
} details[] = {
    {"change", DATA_EVENT_TYPE},           {"from", DATA_SOURCE_IP},
    {"answers", DATA_QUERY_RESULTS},       {"was", DATA_PREVIOUS_CREATION_UTC_TIME},
    {"contents", DATA_CONTENTS},           {"calls", DATA_CALL_TRACE},
    {"original", DATA_ORIGINAL_FILE_NAME}, {"directory", DATA_CURRENT_DIRECTORY},
    {"integrity", DATA_INTEGRITY_LEVEL},   {"rule name", DATA_RULE_NAME},
};

static void add_details(struct finding_text *text, const struct event *event) {
    for (size_t i = 0; i < sizeof details / sizeof *details; i++) {
        block_detail(&text->block, details[i].label, COLOUR_NONE,
                     event_value(event, details[i].data));
    }
}

static void add_creation(struct finding_text *text, const struct summary *summary, size_t event) {
    struct block *block = &text->block;
    const struct context *context = text->finding->context;
    block_process(block, "process", COLOUR_STRONG, summary_value(summary, SUMMARY_PROCESS),
                  summary_value(summary, SUMMARY_PID));
    block_detail(block, "command", COLOUR_STRONG, summary_value(summary, SUMMARY_COMMAND_LINE));
    text_add_origin(text, "started", summary->event);
    if (context != NULL) {
        text_add_others(text, context->chains[event].other_creations);
    }
}

static void add_signature(struct finding_text *text, const struct event *event) {
    struct block *block = &text->block;
    const char *is_signed = event_value(event, DATA_SIGNED);
    const char *signer = event_value(event, DATA_SIGNATURE);
    const char *status = event_value(event, DATA_SIGNATURE_STATUS);
    if (is_signed == NULL && signer == NULL && status == NULL) {
        return;
    }
    block_begin_detail(block, "signed");
    block_add(block, is_signed == NULL ? "?" : is_signed);
    if (signer != NULL) {
        block_add(block, ", by ");
        block_add(block, signer);
    }
    if (status != NULL) {
        block_add(block, ", ");
        block_add(block, status);
    }
    wrap_end(&block->wrap);
}

static void add_target(struct finding_text *text, const struct event *event) {
    struct wrap *wrap = &text->block.wrap;
    block_begin(&text->block, words_noun(event->id));
    summary_add_target_or_action(wrap_compose(wrap), event);
    wrap_add_composed(wrap, COLOUR_STRONG);
    wrap_end(wrap);
}

void text_add_event(struct finding_text *text, size_t event) {
    const struct summary summary = summary_of(text->finding, event);
    struct block *block = &text->block;
    bool is_creation = summary.event->event->id == PROCESS_CREATION;
    block->mark = '*';
    if (is_creation) {
        add_creation(text, &summary, event);
    } else {
        add_target(text, summary.event->event);
        text_add_origin(text, "at", summary.event);
    }
    add_details(text, summary.event->event);
    add_signature(text, summary.event->event);
    block_hashes(block, summary_value(&summary, SUMMARY_HASHES));
    if (is_creation) {
        text_add_identity(text, &summary);
    }
}
