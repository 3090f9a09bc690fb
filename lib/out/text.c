// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as text.
#include "out/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "match/context.h"
#include "out/wrap.h"

// The margin: what a process is to the finding, and below that what is told of it.
//
//       script      C:\Windows\System32\cscript.exe (pid 4100)
//       | command   cscript.exe x.vbs
enum { LABEL_WIDTH = 11, DETAIL_WIDTH = 9, STEP = 3, PREFIX_SIZE = WRAP_PREFIX_SIZE };

// What is being written, and where in the tree.
struct block {
    struct wrap wrap;
    char bar;    // what joins a process to the next: in front of its details
    size_t step; // columns that it stands further in, for descendants
};

// Lines

static void begin_label(struct block *block, const char *label) {
    char first[PREFIX_SIZE];
    char next[PREFIX_SIZE];
    int step = (int)block->step;
    (void)snprintf(first, sizeof first, "  %-*s %*s", LABEL_WIDTH, label, step,
                   step > 0 ? "`- " : "");
    (void)snprintf(next, sizeof next, "  %-*c %*s", LABEL_WIDTH, block->bar, step, "");
    wrap_begin(&block->wrap, first, next);
}

static void begin_detail(struct block *block, const char *label) {
    char first[PREFIX_SIZE];
    char next[PREFIX_SIZE];
    int step = (int)block->step;
    (void)snprintf(first, sizeof first, "  %c %-*s %*s", block->bar, DETAIL_WIDTH, label, step, "");
    (void)snprintf(next, sizeof next, "  %c %-*s %*s", block->bar, DETAIL_WIDTH, "", step, "");
    wrap_begin(&block->wrap, first, next);
}

static void add_head(struct block *block, const char *label, const char *value) {
    begin_label(block, label);
    wrap_add(&block->wrap, COLOUR_NONE, value);
    wrap_end(&block->wrap);
}

static void add_detail(struct block *block, const char *label, enum wrap_colour colour,
                       const char *value) {
    if (value != NULL) {
        begin_detail(block, label);
        wrap_add(&block->wrap, colour, value);
        wrap_end(&block->wrap);
    }
}

static void add_note(struct block *block, const char *note) {
    add_detail(block, "", COLOUR_DOUBT, note);
}

// A note that belongs to no process.
static void add_gap(struct block *block, const char *label, const char *note) {
    begin_label(block, label);
    wrap_add(&block->wrap, COLOUR_DOUBT, note);
    wrap_end(&block->wrap);
}

// An image and its process ID, as far as they are known.
static void add_image(struct block *block, const char *label, enum wrap_colour colour,
                      const char *image, const char *pid) {
    begin_label(block, label);
    wrap_add(&block->wrap, colour, image == NULL ? "?" : image);
    if (pid != NULL) {
        struct buffer text = {0};
        buffer_printf(&text, "(pid %s)", pid);
        buffer_add_byte(&text, '\0');
        block->wrap.out->failed = block->wrap.out->failed || text.failed;
        wrap_add_unbroken(&block->wrap, COLOUR_NONE, text.failed ? "" : text.data);
        buffer_free(&text);
    }
    wrap_end(&block->wrap);
}

static const char *value_of(const struct stage_event *event, enum event_data field) {
    return event_value(event->event, field);
}

static void add_process(struct block *block, const char *label, enum wrap_colour colour,
                        const struct stage_event *event) {
    add_image(block, label, colour, value_of(event, DATA_IMAGE), value_of(event, DATA_PROCESS_ID));
}

static void add_source(struct block *block, const struct stage_event *event) {
    char record[64];
    (void)snprintf(record, sizeof record, "%" PRIu64 " in ", event->event->record_id);
    begin_detail(block, "record");
    wrap_add(&block->wrap, COLOUR_NONE, record);
    wrap_add(&block->wrap, COLOUR_NONE, event->path);
    if (event->recovered) {
        wrap_add(&block->wrap, COLOUR_DOUBT, " (recovered)");
    }
    wrap_end(&block->wrap);
}

static void add_time(struct block *block, const char *label, const struct stage_event *event) {
    char time[TIMESTAMP_TEXT_SIZE];
    const char *user = value_of(event, DATA_USER);
    timestamp_format(event->time, time);
    begin_detail(block, label);
    wrap_add(&block->wrap, COLOUR_NONE, time);
    if (user != NULL) {
        wrap_add(&block->wrap, COLOUR_NONE, " as ");
        wrap_add(&block->wrap, COLOUR_NONE, user);
    }
    wrap_end(&block->wrap);
}

// That a process was created more than once.
static void add_others(struct block *block, size_t count) {
    if (count > 0) {
        char text[96];
        (void)snprintf(text, sizeof text, "the inputs have %zu more creation%s of this process",
                       count, count == 1 ? "" : "s");
        add_note(block, text);
    }
}

// What a creation tells of its process, below the process's image.
static void add_creation(struct block *block, enum wrap_colour colour,
                         const struct stage_event *creation, size_t others) {
    add_detail(block, "command", colour, value_of(creation, DATA_COMMAND_LINE));
    add_time(block, "started", creation);
    add_source(block, creation);
    add_others(block, others);
}

// The rule

static void add_severity(struct block *block, const struct rule *rule) {
    char severity[32];
    size_t size = strnlen(rule_severity_name(rule->text->severity), sizeof severity - 1);
    for (size_t i = 0; i < size; i++) {
        char c = rule_severity_name(rule->text->severity)[i];
        severity[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    severity[size] = '\0';
    wrap_begin(&block->wrap, "", "  ");
    wrap_add(&block->wrap, COLOUR_ALERT, severity);
    wrap_add(&block->wrap, COLOUR_NONE, "  ");
    wrap_add(&block->wrap, COLOUR_STRONG, rule->text->name);
    wrap_end(&block->wrap);
}

// Elastic has the sequence for a rule, and not its stages alone.
static const char *match_in_words(const struct finding *finding) {
    switch (finding->basis) {
    case BASIS_EXACT:
        return finding->event_count > 1 ? "exact: Elastic's rule alerts on this pair"
                                        : "exact: meets this stage of Elastic's rule";
    case BASIS_REPEAT:
        return "repeat: meets the rule, but an earlier start has used up this load";
    case BASIS_IMAGE_NAME:
        return "image-name: no OriginalFileName was logged; judged by the image's own name";
    }
    return "";
}

static void add_techniques(struct block *block, const struct rule *rule) {
    begin_label(block, "ATT&CK");
    for (size_t i = 0; i < rule->text->attack_count; i++) {
        wrap_add(&block->wrap, COLOUR_NONE, i == 0 ? "" : ", ");
        wrap_add(&block->wrap, COLOUR_NONE, rule_attack_id(&rule->text->attacks[i]));
    }
    wrap_end(&block->wrap);
}

static void add_rule(struct block *block, const struct finding *finding) {
    char text[128];
    const struct rule *rule = finding->rule;
    const char *host = value_of(finding_last(finding), DATA_COMPUTER);
    add_severity(block, rule);
    (void)snprintf(text, sizeof text, "%016" PRIx64 ", rule %s, risk score %d", finding->id,
                   rule->text->id, rule->text->risk_score);
    add_head(block, "finding", text);
    if (host != NULL) {
        add_head(block, "host", host);
    }
    add_head(block, "matched", match_in_words(finding));
    add_techniques(block, rule);
    buffer_add_byte(block->wrap.out, '\n');
}

// What led to the load

static const char *absence(const struct context *context) {
    return context->is_partial ? "its own creation is absent; an input that could be read only "
                                 "once may have it"
                               : "its own creation is absent from the inputs";
}

// The parent of a creation, as far as that tells of it.
static void add_absent_parent(struct block *block, const struct context *context,
                              const struct stage_event *child) {
    add_image(block, "ancestor", COLOUR_NONE, value_of(child, DATA_PARENT_IMAGE),
              value_of(child, DATA_PARENT_PROCESS_ID));
    add_detail(block, "command", COLOUR_NONE, value_of(child, DATA_PARENT_COMMAND_LINE));
    add_note(block, absence(context));
}

static void add_ancestors(struct block *block, const struct context *context,
                          const struct context_chain *chain) {
    size_t count = chain->ancestor_count;
    switch (chain->end) {
    case CONTEXT_END_NO_GUID:
        break;
    case CONTEXT_END_ABSENT:
        add_absent_parent(block, context,
                          count > 0 ? chain->ancestors[count - 1].creation : chain->creation);
        break;
    case CONTEXT_END_LOOP:
        add_gap(block, "...", "a loop: the next parent is one of the processes below");
        break;
    case CONTEXT_END_LIMIT:
        add_gap(block, "...", "further ancestors left out: 16 are shown");
        break;
    }
    for (size_t i = count; i > 0; i--) {
        const struct context_ancestor *ancestor = &chain->ancestors[i - 1];
        add_process(block, "ancestor", COLOUR_NONE, ancestor->creation);
        add_creation(block, COLOUR_NONE, ancestor->creation, ancestor->other_creations);
    }
}

static void add_script(struct block *block, const struct finding *finding,
                       const struct stage_event *load) {
    const struct context_chain *chain = context_chain_of(finding, load);
    add_process(block, "script", COLOUR_STRONG, load);
    if (chain == NULL) {
        add_note(block, "its command line has not been looked for");
    } else if (chain->creation == NULL) {
        add_note(block, absence(finding->context));
    } else {
        add_creation(block, COLOUR_STRONG, chain->creation, chain->other_creations);
    }
}

static void add_load(struct block *block, const struct finding *finding,
                     const struct stage_event *load) {
    const struct context_chain *chain = context_chain_of(finding, load);
    if (chain != NULL && chain->creation != NULL) {
        add_ancestors(block, finding->context, chain);
    }
    add_script(block, finding, load);
    block->bar = finding_event(finding, "start") != NULL ? '|' : ' ';
    add_image(block, "load", COLOUR_STRONG, value_of(load, DATA_IMAGE_LOADED), NULL);
    add_time(block, "loaded", load);
    add_source(block, load);
}

// What the start led to

static void add_hop(struct block *block, const struct finding *finding) {
    char text[64];
    (void)snprintf(text, sizeof text, "%" PRId64 " ms later; paired by host and time",
                   finding->span);
    block->bar = ':';
    buffer_add_text(block->wrap.out, "  :\n");
    add_detail(block, "WMI", COLOUR_STRONG, text);
    buffer_add_text(block->wrap.out, "  :\n");
}

// "SHA1=...,MD5=...": a line for each, with the algorithm in the margin, where a SHA256 just fits
// 80 columns.
static void add_hashes(struct block *block, const char *hashes) {
    char label[DETAIL_WIDTH + 1];
    char hash[256];
    while (hashes != NULL && *hashes != '\0') {
        size_t size = strcspn(hashes, ",");
        size_t name = strcspn(hashes, "=,");
        if (name == size || name >= sizeof label || size - name > sizeof hash ||
            strspn(hashes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != name) {
            add_detail(block, "hashes", COLOUR_NONE, hashes);
            return;
        }
        (void)snprintf(label, sizeof label, "%.*s", (int)name, hashes);
        (void)snprintf(hash, sizeof hash, "%.*s", (int)(size - name - 1), hashes + name + 1);
        add_detail(block, label, COLOUR_NONE, hash);
        hashes += size + (hashes[size] == ',');
    }
}

static void add_descendants(struct block *block, const struct finding *finding) {
    const struct context *context = finding->context;
    block->bar = ' ';
    if (context->descendants_in != finding && context->descendant_count > 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "the same as those of finding %016" PRIx64,
                       context->descendants_in->id);
        add_head(block, "children", text);
        return;
    }
    for (size_t i = 0; i < context->descendant_count; i++) {
        const struct context_descendant *descendant = &context->descendants[i];
        block->step = (descendant->generation - 1) * STEP;
        add_process(block, "child", COLOUR_NONE, descendant->creation);
        add_creation(block, COLOUR_NONE, descendant->creation, descendant->other_creations);
    }
    block->step = 0;
    if (context->is_cut) {
        add_gap(block, "...", "further descendants left out: 200 or 16 generations are shown");
    }
    if (context->descendant_count == 0) {
        add_gap(block, "child",
                context->is_partial
                    ? "none found; an input that could be read only once may have some"
                    : "none in the inputs");
    }
}

static void add_start(struct block *block, const struct finding *finding,
                      const struct stage_event *start) {
    const struct context *context = finding->context;
    block->bar = context != NULL && context->descendant_count > 0 ? '|' : ' ';
    add_image(block, "parent", COLOUR_NONE, value_of(start, DATA_PARENT_IMAGE),
              value_of(start, DATA_PARENT_PROCESS_ID));
    add_process(block, "process", COLOUR_STRONG, start);
    add_detail(block, "command", COLOUR_STRONG, value_of(start, DATA_COMMAND_LINE));
    add_time(block, "started", start);
    add_detail(block, "integrity", COLOUR_NONE, value_of(start, DATA_INTEGRITY_LEVEL));
    add_detail(block, "original", COLOUR_NONE, value_of(start, DATA_ORIGINAL_FILE_NAME));
    add_detail(block, "directory", COLOUR_NONE, value_of(start, DATA_CURRENT_DIRECTORY));
    add_hashes(block, value_of(start, DATA_HASHES));
    add_source(block, start);
    if (context != NULL) {
        add_others(block, context_chain_of(finding, start)->other_creations);
        add_descendants(block, finding);
    }
}

void text_add_finding(struct buffer *out, const struct finding *finding,
                      const struct text_style *style) {
    const struct stage_event *load = finding_event(finding, "load");
    const struct stage_event *start = finding_event(finding, "start");
    struct block block = {
        .wrap = {.out = out, .width = style->width, .has_colour = style->has_colour}, .bar = ' '};
    add_rule(&block, finding);
    block.bar = '|';
    if (load != NULL) {
        add_load(&block, finding, load);
    }
    if (load != NULL && start != NULL) {
        add_hop(&block, finding);
    }
    if (start != NULL) {
        add_start(&block, finding, start);
    }
    buffer_add_byte(out, '\n');
    wrap_free(&block.wrap);
}
