// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of context against a slow model, on random events of every ID.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context_model.h"
#include "random_log.h"
#include "suites.h"
#include "xmem.h"

enum { EVENTS_MAX = 400, PROCESSES_MAX = 64, FINDINGS_MAX = 30, FINDING_EVENTS_MAX = 5 };

// Processes, what was logged of them, and findings among that.
struct world {
    struct random random;
    struct model_process processes[PROCESSES_MAX];
    size_t process_count;
    struct model_event events[EVENTS_MAX];
    struct stage_event stage_events[EVENTS_MAX]; // the same; what is in findings
    bool is_in_finding[EVENTS_MAX];
    size_t count;
    const struct stage_event *chosen[FINDINGS_MAX][FINDING_EVENTS_MAX];
    struct finding list[FINDINGS_MAX];
    struct findings findings;
};

// Events

// What names the process in an event of this ID.
struct role_names {
    enum event_data guid;
    enum event_data pid;
    enum event_data image;
};

static struct role_names names_in(uint16_t id) {
    switch (id) {
    case 8:
        return (struct role_names){DATA_SOURCE_PROCESS_GUID, DATA_SOURCE_PROCESS_ID,
                                   DATA_SOURCE_IMAGE};
    case 10:
        return (struct role_names){DATA_SOURCE_PROCESS_GUID_10, DATA_SOURCE_PROCESS_ID,
                                   DATA_SOURCE_IMAGE};
    default:
        return (struct role_names){DATA_PROCESS_GUID, DATA_PROCESS_ID, DATA_IMAGE};
    }
}

static void add_text(struct event_draft *draft, enum event_data data, const char *text) {
    event_draft_add(draft, data, "", 0, text, strlen(text));
}

// The process, in small letters or in capitals.
static void add_process(struct event_draft *draft, const struct model_process *process,
                        struct role_names names, bool capital) {
    char text[64];
    if (process->guid != 0) {
        (void)snprintf(text, sizeof text,
                       capital ? "{A1B2C3D4-%04X-6632-0000-00000000ABCD}"
                               : "{a1b2c3d4-%04x-6632-0000-00000000abcd}",
                       (unsigned)process->guid);
        add_text(draft, names.guid, text);
    }
    if (process->pid != 0) {
        (void)snprintf(text, sizeof text, "%d", process->pid);
        add_text(draft, names.pid, text);
    }
    if (process->image != 0) {
        (void)snprintf(text, sizeof text, capital ? "C:\\X\\%d.EXE" : "c:\\x\\%d.exe",
                       process->image);
        add_text(draft, names.image, text);
    }
}

// To be freed.
static struct event *make_event(const struct model_event *model, bool capital) {
    static const struct role_names parent = {DATA_PARENT_PROCESS_GUID, DATA_PARENT_PROCESS_ID,
                                             DATA_PARENT_IMAGE};
    char host[16];
    struct event_draft draft = {0};
    draft.head.id = model->id;
    draft.head.record_id = model->record_id;
    draft.head.time_created = model->time;
    (void)snprintf(host, sizeof host, capital ? "WS%d" : "ws%d", model->self.host);
    add_text(&draft, DATA_COMPUTER, host);
    add_process(&draft, &model->self, names_in(model->id), capital);
    if (model->id == 1) {
        add_process(&draft, &model->parent, parent, !capital);
    }
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    event_draft_free(&draft);
    return event;
}

// The world

// Some share a GUID, on two hosts or with other values. Of every few worlds one is free of that.
static void make_processes(struct world *world) {
    struct random *random = &world->random;
    world->process_count = 2 + random_below(random, PROCESSES_MAX - 2);
    int guids = 1 + (int)random_below(random, 2 * world->process_count);
    bool is_plain = random_chance(random, 30);
    for (size_t i = 0; i < world->process_count; i++) {
        world->processes[i] = (struct model_process){
            .host = random_chance(random, 10),
            .guid = random_chance(random, 3) ? 0 : 1 + (int)random_below(random, (size_t)guids),
            .pid = (int)random_below(random, 3),
            .image = (int)random_below(random, 3),
        };
        if (is_plain) {
            world->processes[i] = (struct model_process){.guid = 1 + (int)i, .image = 1};
        }
    }
}

// The parent of a process: mostly its forerunner, so that there are long lines, seldom any at all.
static struct model_process parent_of(struct world *world, size_t process) {
    struct random *random = &world->random;
    size_t parent = random_below(random, world->process_count);
    if (process > 0 && random_chance(random, 85)) {
        parent = random_chance(random, 70) ? process - 1 : random_below(random, process);
    }
    struct model_process made = world->processes[parent];
    // By an event without a GUID the machine is not known.
    made.host = world->processes[process].guid == 0 ? -1 : world->processes[process].host;
    return made;
}

static void make_events(struct world *world) {
    static const uint16_t ids[] = {1, 1, 1, 1, 3, 7, 8, 10, 22, 255};
    struct random *random = &world->random;
    size_t times = 1 + random_below(random, 1000);
    world->count = 1 + random_below(random, EVENTS_MAX - 1);
    for (size_t i = 0; i < world->count; i++) {
        size_t process = random_below(random, world->process_count);
        struct model_event *event = &world->events[i];
        *event = (struct model_event){
            .id = ids[random_below(random, sizeof ids / sizeof *ids)],
            .time = (int64_t)random_below(random, times),
            .record_id = i + 1,
            .self = world->processes[process],
        };
        if (event->id == 1) {
            event->parent = parent_of(world, process);
        }
        world->stage_events[i] = (struct stage_event){
            .event = make_event(event, random_chance(random, 50)),
            .offset = 4096 + i,
            .time = event->time,
        };
    }
}

static void make_findings(struct world *world) {
    struct random *random = &world->random;
    world->findings =
        (struct findings){.list = world->list, .count = 1 + random_below(random, FINDINGS_MAX)};
    for (size_t i = 0; i < world->findings.count; i++) {
        size_t count = 1 + random_below(random, FINDING_EVENTS_MAX);
        for (size_t k = 0; k < count; k++) {
            size_t event = random_below(random, world->count);
            world->chosen[i][k] = &world->stage_events[event];
            world->is_in_finding[event] = true;
        }
        world->list[i] =
            (struct finding){.id = i, .events = world->chosen[i], .event_count = count};
    }
    bool loses = random_chance(random, 50);
    for (size_t i = 0; i < world->count; i++) {
        // What is in a finding is there.
        world->events[i].is_lost = loses && !world->is_in_finding[i] && random_chance(random, 10);
    }
}

static struct world *world_new(uint64_t seed) {
    struct world *world = xcalloc(1, sizeof *world);
    world->random.state = seed;
    make_processes(world);
    make_events(world);
    make_findings(world);
    return world;
}

static void world_free(struct world *world) {
    for (size_t i = 0; i < world->count; i++) {
        free(world->stage_events[i].event);
    }
    free(world);
}

// The passes

static void note_all(const struct world *world, struct contexts *contexts) {
    for (size_t i = 0; i < world->count; i++) {
        struct note note;
        if (note_of(world->stage_events[i].event, contexts_scope(contexts), &note)) {
            note.chunk = 4096;
            note.record = (uint32_t)i;
            ck_assert(contexts_note(contexts, &note));
        }
    }
}

static void fetch_all(const struct world *world, struct contexts *contexts,
                      const struct note_places *places) {
    for (size_t i = 0; i < places->count; i++) {
        size_t number = (size_t)places->list[i].offset - 4096;
        ck_assert(!world->is_in_finding[number]);
        if (!world->events[number].is_lost) {
            const struct stage_event fetched = {.event = make_event(&world->events[number], true),
                                                .offset = places->list[i].offset};
            contexts_fetch(contexts, 0, &fetched);
        }
    }
}

static struct contexts *look_up(struct world *world) {
    struct contexts *contexts = contexts_new(&world->findings, CLOCK_LOGGED, false);
    ck_assert_ptr_nonnull(contexts);
    note_all(world, contexts);
    const struct note_places *places = contexts_choose(contexts);
    ck_assert_ptr_nonnull(places);
    fetch_all(world, contexts, places);
    ck_assert(contexts_finish(contexts));
    for (size_t i = 0; i < world->findings.count; i++) {
        world->list[i].context = contexts_get(contexts, i);
    }
    return contexts;
}

// What is shared

static bool are_same_ancestors(const struct context_chain *a, const struct context_chain *b) {
    bool same = a->ancestor_count == b->ancestor_count;
    for (size_t i = 0; same && i < a->ancestor_count; i++) {
        same = a->ancestors[i].creation == b->ancestors[i].creation;
    }
    return same;
}

// What a writer is referred to comes first, and is the same.
static void check_chain(const struct finding *finding, size_t event) {
    const struct context_chain *chain = &finding->context->chains[event];
    const struct finding *in = chain->ancestors_in;
    ck_assert_int_eq(in != NULL, chain->ancestor_count > 0);
    if (in != NULL) {
        const struct context_chain *first = &in->context->chains[chain->ancestors_at];
        ck_assert(in < finding || (in == finding && chain->ancestors_at <= event));
        ck_assert(first->ancestors_in == in && first->ancestors_at == chain->ancestors_at);
        ck_assert(are_same_ancestors(chain, first));
    }
    for (size_t i = 0; i < event; i++) {
        const struct context_chain *other = &finding->context->chains[i];
        if (chain->creation != NULL && other->creation != NULL) {
            ck_assert_int_eq(chain->creation == other->creation,
                             chain->creation->event->record_id ==
                                 other->creation->event->record_id);
        }
    }
}

// The same ancestors are told of once, if no loop has cut them, and the same tree.
static void check_sharing(const struct finding *a, const struct finding *b) {
    for (size_t i = 0; i < a->event_count; i++) {
        for (size_t k = 0; k < b->event_count; k++) {
            const struct context_chain *x = &a->context->chains[i];
            const struct context_chain *y = &b->context->chains[k];
            if (x->end != CONTEXT_END_LOOP && are_same_ancestors(x, y)) {
                ck_assert_ptr_eq(x->ancestors_in, y->ancestors_in);
                ck_assert_uint_eq(x->ancestors_at, y->ancestors_at);
            }
        }
    }
    struct process x = process_of(finding_last(a)->event, PROCESS_SELF);
    struct process y = process_of(finding_last(b)->event, PROCESS_SELF);
    if (process_agrees(&x, &y)) {
        ck_assert_ptr_nonnull(a->context->descendants_in);
        ck_assert_ptr_eq(a->context->descendants_in, b->context->descendants_in);
        ck_assert_ptr_eq(a->context->descendants, b->context->descendants);
        ck_assert(b->context->descendants_in <= a && b->context->descendants_in <= b);
    } else if (a->context->descendants_in != NULL) {
        ck_assert_ptr_ne(a->context->descendants_in, b->context->descendants_in);
    }
}

enum { WORLDS = 50 }; // a test

START_TEST(context_is_the_models) {
    for (uint64_t i = 0; i < WORLDS; i++) {
        uint64_t seed = (uint64_t)_i * WORLDS + i;
        struct world *world = world_new(seed);
        struct contexts *contexts = look_up(world);
        for (size_t k = 0; k < world->findings.count; k++) {
            const char *difference =
                context_model_difference(&world->list[k], world->events, world->count);
            ck_assert_msg(difference == NULL, "seed %llu, finding %zu: %s",
                          (unsigned long long)seed, k, difference == NULL ? "" : difference);
            for (size_t event = 0; event < world->list[k].event_count; event++) {
                check_chain(&world->list[k], event);
            }
            for (size_t other = 0; other < k; other++) {
                check_sharing(&world->list[k], &world->list[other]);
            }
        }
        contexts_free(contexts);
        world_free(world);
    }
}
END_TEST

void relatives_tests(TCase *tests) {
    tcase_add_loop_test(tests, context_is_the_models, 0, 20);
}
