// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: what the main process does with the bytes of workers that have been taken over, from
// messages to written findings. The input is what a worker sends, in every pass the same.
#include "scan/message.h"

#include "fuzz.h"
#include "match/context.h"
#include "match/findings.h"
#include "match/timeline.h"
#include "out/coverage_report.h"
#include "out/csv.h"
#include "out/jsonl.h"
#include "out/text.h"
#include "out/timesketch.h"
#include "out/wrap.h"
#include "rules/rule.h"
#include "scan/coverage.h"
#include "scan/problem.h"

struct input {
    const char *data;
    size_t size;
    size_t at;
};

static void take_problem(struct problems *problems, const struct message_problem *problem) {
    problems_add(problems, (struct problem){.kind = (enum problem_kind)problem->kind,
                                            .path = "log.evtx",
                                            .offset = problem->offset,
                                            .reason = message_reason_text(problem)});
}

static struct stage_event copy_event(const struct message *message) {
    size_t size = message->event_size;
    struct stage_event event = {
        .event = malloc(size < sizeof(struct event) ? sizeof(struct event) : size),
        .verdict = message->event_head.verdict,
        .path = "log.evtx",
        .offset = message->event_head.offset,
        .recovered = message->event_head.recovered != 0,
    };
    must(event.event != NULL);
    memcpy(event.event, message->event, size);
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

static void find(const struct stages *stages, const struct timeline *timeline,
                 struct findings *findings) {
    const struct findings_options options = {.span = -1, .since = INT64_MIN, .until = INT64_MAX};
    size_t count = 0;
    const struct rule *rules = rules_all(&count);
    for (size_t i = 0; i < count; i++) {
        must(findings_add(findings, &rules[i], stages, timeline, &options));
    }
    findings_sort(findings);
}

static struct contexts *look_up(struct findings *findings, struct input input,
                                struct problems *problems) {
    struct contexts *contexts = contexts_new(findings, CLOCK_UTC, false);
    must(contexts != NULL);
    while (contexts_next(contexts) != NULL) {
        struct stage_event event;
        for (input.at = 0; next_event(&input, problems, &event);) {
            must(contexts_add(contexts, &event));
        }
    }
    must(!contexts_failed(contexts));
    for (size_t i = 0; i < findings->count; i++) {
        findings->list[i].context = contexts_get(contexts, i);
    }
    return contexts;
}

static void write_all(const struct findings *findings, struct problems *problems) {
    const struct text_style style = {.width = WRAP_WIDTH_MIN, .has_colour = true};
    struct buffer out = {0};
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        csv_add_finding(&out, finding, i % 2 == 0);
        timesketch_add_finding(&out, finding, i % 2 == 0);
        jsonl_add_finding(&out, finding);
        text_add_finding(&out, finding, &style);
    }
    problems_sort(problems);
    for (size_t i = 0; i < problems->count; i++) {
        problem_print(&problems->list[i], &out);
        (void)problem_kind_text(problems->list[i].kind, problems->counts[problems->list[i].kind]);
    }
    must(!out.failed);
    buffer_free(&out);
}

// What the counts among the messages come to.
static void report_coverage(struct input input, const struct problems *problems) {
    const struct text_style style = {.width = WRAP_WIDTH_MIN, .has_colour = true};
    size_t count = 0;
    const struct rule *rules = rules_all(&count);
    struct coverage coverage = {0};
    const struct coverage_report report = {.coverage = &coverage, .rules = &rules, .rule_count = 1};
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
        for (int format = FORMAT_TEXT; format <= FORMAT_JSONL; format++) {
            const struct writer_options options = {.format = (enum format)format, .style = style};
            coverage_add_entry(&out, &options, &report, i);
        }
    }
    coverage_add_warnings(&out, &report, &style);
    must(!out.failed);
    coverage_free(&coverage);
    buffer_free(&out);
}

static struct stages *all_stages(void) {
    const struct rule *list[STAGES_MAX];
    size_t count = 0;
    const struct rule *rules = rules_all(&count);
    must(count <= STAGES_MAX);
    for (size_t i = 0; i < count; i++) {
        list[i] = &rules[i];
    }
    struct stages *stages = stages_new(list, count);
    must(stages != NULL);
    return stages;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct stages *stages;
    struct input input = {.data = (const char *)data, .size = size};
    struct timeline timeline = {.clock = CLOCK_UTC};
    struct problems problems = {0};
    struct findings findings = {0};
    struct stage_event event;
    if (stages == NULL) {
        stages = all_stages();
    }
    while (next_event(&input, &problems, &event)) {
        must(timeline_add(&timeline, &event));
    }
    timeline_sort(&timeline);
    find(stages, &timeline, &findings);
    struct contexts *contexts = look_up(&findings, input, &problems);
    write_all(&findings, &problems);
    report_coverage(input, &problems);
    contexts_free(contexts);
    findings_free(&findings);
    problems_free(&problems);
    timeline_free(&timeline);
    return 0;
}
