// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: what the main process does with the bytes of workers that have been taken over, from
// messages to written findings. The input is what a worker sends, in every pass the same.
#include "scan/message.h"

#include "evtx/chunk.h"
#include "fuzz.h"
#include "match/context.h"
#include "match/findings.h"
#include "match/process.h"
#include "match/timeline.h"
#include "out/coverage_report.h"
#include "out/warnings.h"
#include "out/wrap.h"
#include "rules/rule.h"
#include "scan/coverage.h"
#include "scan/problem.h"

struct input {
    const char *data;
    size_t size;
    size_t at;
};

static struct rule_set *all_rules(void) {
    static struct rule_set *rules;
    if (rules == NULL) {
        rules = rule_set_builtin("all");
        must(rules != NULL);
    }
    return rules;
}

static void take_problem(struct problems *problems, const struct message_problem *problem) {
    problems_add(problems, (struct problem){.kind = (enum problem_kind)problem->kind,
                                            .path = "log.evtx",
                                            .offset = problem->offset,
                                            .reason = message_reason_text(problem, all_rules())});
}

static struct stage_event copy_event(const struct message *message) {
    struct stage_event event;
    must(message_copy_event(message, all_rules()->stage_count, &event));
    event.path = "log.evtx";
    return event;
}

// The next event; problems before it are added to the others. False when there is none.
static bool next_event(struct input *input, struct problems *problems, struct stage_event *event) {
    struct message message;
    size_t taken = 0;
    while (message_read(input->data + input->at, input->size - input->at, &message, &taken) ==
           MESSAGE_READ) {
        must(taken > 0 && taken <= input->size - input->at);
        input->at += taken;
        if (message.kind == MESSAGE_EVENT) {
            *event = copy_event(&message);
            return true;
        }
        if (message.kind == MESSAGE_PROBLEM) {
            take_problem(problems, &message.problem);
        }
    }
    return false;
}

static void find(const struct timeline *timeline, struct findings *findings) {
    const struct findings_options options = {.span = -1, .since = INT64_MIN, .until = INT64_MAX};
    must(findings_add(findings, all_rules(), timeline, &options));
    findings_sort(findings);
}

// A note on an event that was sent, as if a worker had noted it: notes whose keys are right are not
// to be had by chance.
static void note_event(struct contexts *contexts, const struct message *message) {
    struct stage_event event = copy_event(message);
    struct note note;
    if (note_of(event.event, contexts_scope(contexts), &note)) {
        note.chunk = event.offset - event.offset % CHUNK_SIZE;
        note.record = (uint32_t)(event.offset % CHUNK_SIZE);
        note.recovered = event.recovered;
        must(contexts_note(contexts, &note));
    }
    free(event.event);
}

static void take_notes(struct contexts *contexts, struct input input) {
    struct message message;
    size_t taken = 0;
    for (input.at = 0; message_read(input.data + input.at, input.size - input.at, &message,
                                    &taken) == MESSAGE_READ;
         input.at += taken) {
        if (message.kind == MESSAGE_NOTE) {
            message.note.input = 0;
            must(contexts_note(contexts, &message.note));
        } else if (message.kind == MESSAGE_EVENT) {
            note_event(contexts, &message);
        }
    }
}

static bool agree(const struct stage_event *creation, enum process_role role,
                  const struct stage_event *event, enum process_role role_there) {
    struct process a = process_of(creation->event, role);
    struct process b = process_of(event->event, role_there);
    return creation->event->id == 1 && process_agrees(&a, &b);
}

static void check_chain(const struct context_chain *chain, const struct stage_event *event) {
    const struct stage_event *child = chain->creation;
    must(child != NULL || chain->ancestor_count == 0);
    must(child == NULL || child == event || agree(child, PROCESS_SELF, event, PROCESS_SELF));
    for (size_t i = 0; i < chain->ancestor_count; i++) {
        must(agree(chain->ancestors[i].creation, PROCESS_SELF, child, PROCESS_PARENT));
        child = chain->ancestors[i].creation;
    }
}

// What is shown agrees, whatever the notes were.
static void check_context(const struct finding *finding) {
    const struct context *context = finding->context;
    must(context->chain_count == finding->event_count);
    for (size_t i = 0; i < context->chain_count; i++) {
        check_chain(&context->chains[i], finding->events[i]);
    }
    const struct stage_event *last[CONTEXT_GENERATIONS_MAX + 1] = {finding_last(finding)};
    for (size_t i = 0; i < context->descendant_count; i++) {
        const struct context_descendant *descendant = &context->descendants[i];
        size_t generation = descendant->generation;
        must(generation > 0 && generation <= CONTEXT_GENERATIONS_MAX);
        must(agree(descendant->creation, PROCESS_PARENT, last[generation - 1], PROCESS_SELF));
        last[generation] = descendant->creation;
    }
}

static struct contexts *look_up(struct findings *findings, struct input input,
                                struct problems *problems) {
    struct contexts *contexts = contexts_new(findings, CLOCK_UTC, false);
    struct stage_event event;
    must(contexts != NULL);
    take_notes(contexts, input);
    must(contexts_choose(contexts) != NULL);
    for (input.at = 0; next_event(&input, problems, &event);) {
        contexts_fetch(contexts, 0, &event);
    }
    must(contexts_finish(contexts));
    for (size_t i = 0; i < findings->count; i++) {
        findings->list[i].context = contexts_get(contexts, i);
        check_context(&findings->list[i]);
    }
    return contexts;
}

static void write_all(const struct findings *findings, const struct problems *problems) {
    const struct coverage coverage = {0};
    const struct report report = {.findings = findings,
                                  .rules = all_rules(),
                                  .coverage = &coverage,
                                  .problems = problems,
                                  .scope = {.findings = findings_default_options()}};
    struct writer_options options = {.style = {.width = WRAP_WIDTH_MIN, .has_colour = true}};
    struct buffer out = {0};
    for (int format = FORMAT_TEXT; format <= FORMAT_HTML; format++) {
        options.format = (enum format)format;
        writer_add_header(&out, &options, &report);
        for (size_t i = 0; i < findings->count; i++) {
            options.csv_raw = i % 2 == 0;
            writer_add_finding(&out, &options, &report, &findings->list[i]);
        }
        writer_add_footer(&out, &options, &report);
    }
    for (size_t i = 0; i < problems->count; i++) {
        (void)problem_kind_text(problems->list[i].kind, problems->counts[problems->list[i].kind]);
    }
    must(!out.failed);
    buffer_free(&out);
}

// What the counts among the messages come to.
static void report_coverage(struct input input, const struct timeline *timeline,
                            const struct problems *problems) {
    const struct text_style style = {.width = WRAP_WIDTH_MIN, .has_colour = true};
    struct coverage coverage = {0};
    const struct report report = {
        .coverage = &coverage, .rules = all_rules(), .timeline = timeline};
    struct message message;
    struct buffer out = {0};
    size_t taken = 0;
    for (input.at = 0; message_read(input.data + input.at, input.size - input.at, &message,
                                    &taken) == MESSAGE_READ;
         input.at += taken) {
        if (message.kind == MESSAGE_COVERAGE) {
            must(coverage_add(&coverage, "log.evtx", 0, message.coverage.host,
                              &message.coverage.counts));
        }
    }
    coverage_finish(&coverage, problems);
    for (size_t i = 0; i < coverage.count; i++) {
        for (int format = FORMAT_CSV; format <= FORMAT_JSONL; format++) {
            const struct writer_options options = {.format = (enum format)format, .style = style};
            coverage_add_entry(&out, &options, &report, i);
        }
    }
    coverage_add_hosts(&out, &report, &style);
    warnings_add(&out, &report, "", &style, false);
    must(!out.failed);
    coverage_free(&coverage);
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {.data = (const char *)data, .size = size};
    struct timeline timeline = {.clock = CLOCK_UTC};
    struct problems problems = {0};
    struct findings findings = {0};
    struct stage_event event;
    while (next_event(&input, &problems, &event)) {
        must(timeline_add(&timeline, &event));
    }
    timeline_sort(&timeline);
    find(&timeline, &findings);
    struct contexts *contexts = look_up(&findings, input, &problems);
    problems_sort(&problems);
    write_all(&findings, &problems);
    report_coverage(input, &timeline, &problems);
    contexts_free(contexts);
    findings_free(&findings);
    problems_free(&problems);
    timeline_free(&timeline);
    return 0;
}
