// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/ancestors.h"

#include <stdlib.h>

#include "base/array.h"
#include "match/process.h"

enum { NO_LIMIT = CONTEXT_ANCESTORS_MAX + 1 };

// An event of findings, and what led to it. There may be hundreds of thousands.
struct trail {
    const struct stage_event *event;
    const struct context_chain *chain; // the first that has been made of it; NULL: none yet
    uint32_t creation;                 // of its process; none where the event is that itself
    uint32_t parent;                   // the creation of the process's parent
    uint32_t line;   // that begins with the parent's; of no meaning where there is none
    uint32_t others; // further creations of the process, where the event is one
    uint8_t limit;   // how many of the line there are before the event's process comes again
    uint8_t end;     // enum context_end, where there is no line
};

// A process and its ancestors, by their creations; the same for all whose parent it is.
struct line {
    uint32_t creations[CONTEXT_ANCESTORS_MAX];
    size_t count;
    uint64_t next; // the parent of the last of them
    enum context_end end;
    struct context_ancestor *list; // owned; `count` of them, made last
    const struct finding *in;      // see struct context_chain
    size_t at;
};

void ancestors_free(struct ancestors *ancestors) {
    for (size_t i = 0; i < ancestors->line_count; i++) {
        free(ancestors->lines[i].list);
    }
    free(ancestors->lines);
    free(ancestors->trails);
    *ancestors = (struct ancestors){0};
}

// Events

static int compare_trails(const void *left, const void *right) {
    uintptr_t a = (uintptr_t)((const struct trail *)left)->event;
    uintptr_t b = (uintptr_t)((const struct trail *)right)->event;
    return (a > b) - (a < b);
}

// Leaves each event once. Returns how many there are.
static size_t sort_trails(struct trail *trails, size_t count) {
    size_t kept = 0;
    array_sort(trails, count, sizeof *trails, compare_trails);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || trails[kept - 1].event != trails[i].event) {
            trails[kept++] = trails[i];
        }
    }
    return kept;
}

static bool list_events(struct ancestors *ancestors, const struct findings *findings) {
    size_t count = 0;
    struct trail *trails = calloc(findings_event_count(findings) + 1, sizeof *trails);
    for (size_t i = 0; trails != NULL && i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        for (size_t k = 0; k < finding->event_count; k++) {
            trails[count++].event = finding->events[k];
        }
    }
    ancestors->trails = trails;
    ancestors->count = trails == NULL ? 0 : sort_trails(trails, count);
    return trails != NULL;
}

// Choosing

// A process whose parent is looked for.
struct child {
    uint64_t process;
    uint64_t parent;
    int64_t time; // of its creation
};

static struct child child_of_event(const struct stage_event *event) {
    struct process process = process_of(event->event, PROCESS_SELF);
    struct process parent = process_of(event->event, PROCESS_PARENT);
    return (struct child){process_key(&process), process_key(&parent), event->time};
}

static struct child child_of(const struct creations *creations, uint32_t number) {
    const struct note *note = creations_note(creations, number);
    return (struct child){note->process, note->parent, note->time};
}

// Chooses the process's creation; there may be none. False when memory ran out.
static bool choose(struct creations *creations, uint64_t process, int64_t time, uint32_t *number) {
    uint32_t note = creations_find(creations, process, time);
    *number = CREATIONS_NONE;
    return note == CREATIONS_NONE || creations_choose(creations, note, number);
}

static bool choose_parent(struct trail *trail, const struct child *child,
                          struct creations *creations) {
    if (child->parent == 0 || child->parent == child->process) {
        trail->end = child->parent == 0 ? CONTEXT_END_NO_GUID : CONTEXT_END_LOOP;
        return true;
    }
    trail->end = CONTEXT_END_ABSENT;
    return choose(creations, child->parent, child->time, &trail->parent);
}

static bool choose_first(struct trail *trail, struct creations *creations) {
    const struct stage_event *event = trail->event;
    struct child child = child_of_event(event);
    trail->creation = CREATIONS_NONE;
    trail->parent = CREATIONS_NONE;
    if (event->event->id == PROCESS_CREATION) {
        trail->others = creations_others(creations, event);
        return choose_parent(trail, &child, creations);
    }
    trail->end = child.process == 0 ? CONTEXT_END_NO_GUID : CONTEXT_END_ABSENT;
    if (child.process == 0 || !choose(creations, child.process, event->time, &trail->creation)) {
        return child.process == 0;
    }
    if (trail->creation == CREATIONS_NONE) {
        return true;
    }
    child = child_of(creations, trail->creation);
    return choose_parent(trail, &child, creations);
}

// The place of the process in the line; `line->count` if it is not there.
static size_t find_in_line(const struct creations *creations, const struct line *line,
                           uint64_t process) {
    size_t i = 0;
    while (i < line->count && creations_note(creations, line->creations[i])->process != process) {
        i++;
    }
    return i;
}

// Goes up from the first of the line, as far as creations are known.
static bool climb(struct line *line, struct creations *creations) {
    for (;;) {
        uint32_t number = CREATIONS_NONE;
        struct child child = child_of(creations, line->creations[line->count - 1]);
        line->next = child.parent;
        if (child.parent == 0) {
            line->end = CONTEXT_END_NO_GUID;
            return true;
        }
        if (find_in_line(creations, line, child.parent) < line->count) {
            line->end = CONTEXT_END_LOOP;
            return true;
        }
        if (line->count == CONTEXT_ANCESTORS_MAX) {
            line->end = CONTEXT_END_LIMIT;
            return true;
        }
        line->end = CONTEXT_END_ABSENT;
        if (!choose(creations, child.parent, child.time, &number) || number == CREATIONS_NONE) {
            return number == CREATIONS_NONE;
        }
        line->creations[line->count++] = number;
    }
}

static bool follow(struct ancestors *ancestors, struct trail *trail, uint32_t *line_of,
                   struct creations *creations) {
    if (trail->parent == CREATIONS_NONE) {
        return true;
    }
    if (line_of[trail->parent] == CREATIONS_NONE) {
        line_of[trail->parent] = (uint32_t)ancestors->line_count;
        struct line *line = &ancestors->lines[ancestors->line_count++];
        *line = (struct line){.creations = {trail->parent}, .count = 1};
        if (!climb(line, creations)) {
            return false;
        }
    }
    trail->line = line_of[trail->parent];
    const struct line *line = &ancestors->lines[trail->line];
    uint64_t process = child_of_event(trail->event).process;
    size_t place = find_in_line(creations, line, process);
    bool is_loop = process != 0 && (place < line->count || line->next == process);
    trail->limit = (uint8_t)(is_loop ? place : NO_LIMIT);
    return true;
}

bool ancestors_choose(struct ancestors *ancestors, const struct findings *findings,
                      struct creations *creations) {
    bool ok = list_events(ancestors, findings);
    for (size_t i = 0; ok && i < ancestors->count; i++) {
        ok = choose_first(&ancestors->trails[i], creations);
    }
    // A line begins with a creation that has been chosen by now.
    size_t line_max = ok ? creations->count : 0;
    uint32_t *line_of = calloc(line_max + 1, sizeof *line_of);
    ancestors->lines = calloc(line_max + 1, sizeof *ancestors->lines);
    ok = ok && line_of != NULL && ancestors->lines != NULL;
    for (size_t i = 0; ok && i < line_max; i++) {
        line_of[i] = CREATIONS_NONE; // which no line is, for each begins with another creation
    }
    for (size_t i = 0; ok && i < ancestors->count; i++) {
        ok = follow(ancestors, &ancestors->trails[i], line_of, creations);
    }
    free(line_of);
    return ok;
}

// Making

// Ends the line where an event is not there or does not agree.
static void cut_line(struct line *line, const struct creations *creations) {
    for (size_t i = 0; i < line->count; i++) {
        const struct stage_event *event = creations_event(creations, line->creations[i]);
        bool agrees = i == 0 || creations_agree(event, PROCESS_SELF,
                                                creations_event(creations, line->creations[i - 1]),
                                                PROCESS_PARENT);
        if (event == NULL || !agrees) {
            line->count = i;
            line->end = CONTEXT_END_ABSENT;
        }
    }
}

static bool finish_line(struct line *line, const struct creations *creations) {
    cut_line(line, creations);
    line->list = calloc(line->count + 1, sizeof *line->list);
    for (size_t i = 0; line->list != NULL && i < line->count; i++) {
        line->list[i] = (struct context_ancestor){
            .creation = creations_event(creations, line->creations[i]),
            .other_creations = creations->list[line->creations[i]].others,
        };
    }
    return line->list != NULL;
}

bool ancestors_finish(struct ancestors *ancestors, const struct creations *creations) {
    bool ok = true;
    ancestors->creations = creations;
    for (size_t i = 0; ok && i < ancestors->line_count; i++) {
        ok = finish_line(&ancestors->lines[i], creations);
    }
    return ok;
}

// The creation of the event's process.
static void add_creation(const struct trail *trail, const struct creations *creations,
                         struct context_chain *chain) {
    const struct stage_event *event = trail->event;
    if (event->event->id == PROCESS_CREATION) {
        chain->creation = event;
        chain->other_creations = trail->others;
    } else if (trail->creation != CREATIONS_NONE) {
        const struct stage_event *creation = creations_event(creations, trail->creation);
        bool agrees = creations_agree(creation, PROCESS_SELF, event, PROCESS_SELF);
        chain->creation = agrees ? creation : NULL;
        chain->other_creations = agrees ? creations->list[trail->creation].others : 0;
    }
}

static void add_line(const struct trail *trail, struct line *line, const struct finding *finding,
                     size_t event, struct context_chain *chain) {
    bool is_loop = trail->limit <= line->count;
    chain->ancestors = line->list;
    chain->ancestor_count = is_loop ? trail->limit : line->count;
    chain->end = is_loop ? CONTEXT_END_LOOP : line->end;
    if (chain->ancestor_count == 0) {
        return;
    }
    chain->ancestors_in = finding;
    chain->ancestors_at = event;
    // What a loop has cut is the event's alone.
    if (chain->ancestor_count == line->count) {
        line->at = line->in == NULL ? event : line->at;
        line->in = line->in == NULL ? finding : line->in;
        chain->ancestors_in = line->in;
        chain->ancestors_at = line->at;
    }
}

void ancestors_make_chain(struct ancestors *ancestors, const struct finding *finding, size_t event,
                          struct context_chain *chain) {
    const struct creations *creations = ancestors->creations;
    const struct trail key = {.event = finding->events[event]};
    struct trail *trail = bsearch(&key, ancestors->trails, ancestors->count,
                                  sizeof *ancestors->trails, compare_trails);
    if (trail->chain != NULL) {
        *chain = *trail->chain;
        return;
    }
    trail->chain = chain;
    *chain = (struct context_chain){.end = (enum context_end)trail->end};
    add_creation(trail, creations, chain);
    if (chain->creation == NULL && trail->creation != CREATIONS_NONE) {
        chain->end = CONTEXT_END_ABSENT;
    } else if (trail->parent != CREATIONS_NONE &&
               creations_agree(creations_event(creations, trail->parent), PROCESS_SELF,
                               chain->creation, PROCESS_PARENT)) {
        add_line(trail, &ancestors->lines[trail->line], finding, event, chain);
    }
}

void ancestors_end(struct ancestors *ancestors) {
    free(ancestors->trails);
    ancestors->trails = NULL;
    ancestors->count = 0;
}
