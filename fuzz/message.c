// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: what the main process does with the bytes of a worker that has been taken over, from
// messages to written findings. The input is what the worker sends.
#include "message.h"

#include "csv.h"
#include "findings.h"
#include "fuzz.h"
#include "problem.h"
#include "rule.h"
#include "text.h"
#include "timeline.h"

static void take_event(struct timeline *timeline, const struct message *message) {
    size_t room =
        message->event_size < sizeof(struct event) ? sizeof(struct event) : message->event_size;
    struct stage_event event = {
        .event = malloc(room),
        .verdict = message->event_head.verdict,
        .path = "log.evtx",
        .offset = message->event_head.offset,
        .recovered = message->event_head.recovered != 0,
    };
    must(event.event != NULL);
    memcpy(event.event, message->event, message->event_size);
    must(timeline_add(timeline, &event));
}

static void take_problem(struct problems *problems, const struct message_problem *problem) {
    problems_add(problems, (struct problem){.kind = (enum problem_kind)problem->kind,
                                            .path = "log.evtx",
                                            .offset = problem->offset,
                                            .reason = message_reason_text(problem)});
}

static void read_messages(const char *data, size_t size, struct timeline *timeline,
                          struct problems *problems) {
    struct message message;
    size_t taken = 0;
    for (size_t at = 0;
         message_read(data + at, size - at, &message, &taken) == MESSAGE_READ && at < size;
         at += taken) {
        must(taken > 0 && taken <= size - at);
        if (message.kind == MESSAGE_EVENT) {
            take_event(timeline, &message);
        } else if (message.kind == MESSAGE_PROBLEM) {
            take_problem(problems, &message.problem);
        }
    }
}

static void write_problems(struct problems *problems, struct buffer *out) {
    problems_sort(problems);
    for (size_t i = 0; i < problems->count; i++) {
        problem_print(&problems->list[i], out);
        (void)problem_kind_text(problems->list[i].kind, problems->counts[problems->list[i].kind]);
    }
}

static void write_findings(const struct stages *stages, const struct rule *rules, size_t count,
                           const struct timeline *timeline, struct buffer *out) {
    const struct findings_options options = {.span = -1, .since = INT64_MIN, .until = INT64_MAX};
    struct findings findings = {0};
    for (size_t i = 0; i < count; i++) {
        must(findings_add(&findings, &rules[i], stages, timeline, &options));
    }
    findings_sort(&findings);
    csv_add_header(out);
    for (size_t i = 0; i < findings.count; i++) {
        csv_add_finding(out, &findings.list[i], i % 2 == 0);
        text_add_finding(out, &findings.list[i]);
    }
    findings_free(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct stages *stages;
    struct timeline timeline = {.clock = CLOCK_UTC};
    struct problems problems = {0};
    struct buffer out = {0};
    size_t count = 1;
    const struct rule *rules = rules_all(&count);
    if (stages == NULL) {
        stages = stages_new(&rules, 1);
        must(stages != NULL);
    }
    read_messages((const char *)data, size, &timeline, &problems);
    timeline_sort(&timeline);
    write_findings(stages, rules, 1, &timeline, &out);
    write_problems(&problems, &out);
    must(!out.failed);
    buffer_free(&out);
    problems_free(&problems);
    timeline_free(&timeline);
    return 0;
}
