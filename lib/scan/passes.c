// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/passes.h"

#include <stdlib.h>
#include <string.h>

#include "scan/held.h"
#include "scan/jobs.h"
#include "scan/kept.h"
#include "scan/merge.h"

// Starts to read all inputs, or in a later pass all that can be read again.
void passes_start(struct scan *scan) {
    scan->next_source = 0;
    scan->next_archive = 0;
    scan->has_more = true;
    scan->pass_bytes = 0;
}

// Workers have their task from their start, so new ones are needed.
static bool replace_pool(struct scan *scan, const struct scanner_task *task) {
    struct pool *pool = pool_new(task, &scan->options.scanner, scan->options.jobs);
    if (pool == NULL) {
        return false;
    }
    pool_free(scan->pool);
    scan->pool = pool;
    return true;
}

bool passes_replay(struct scan *scan, const struct replay_task *task) {
    scan->replay = *task;
    return replace_pool(scan, &(struct scanner_task){.replay = &scan->replay});
}

static bool start_replay(struct scan *scan, enum pass pass) {
    const struct replay_task task = {
        .kind = pass == PASS_NOTES ? REPLAY_NOTES : REPLAY_PLACES,
        .files = merge_rank(scan),
        .scope = pass == PASS_NOTES ? contexts_scope(scan->result.contexts) : NULL,
        .places = pass == PASS_NOTES ? NULL : scan->places,
    };
    return task.files != NULL && passes_replay(scan, &task);
}

static bool start_pool(struct scan *scan, enum pass pass) {
    if (scan->merge != NULL) {
        return start_replay(scan, pass);
    }
    const struct scanner_task task = {
        .scope = pass == PASS_NOTES ? contexts_scope(scan->result.contexts) : NULL,
        .places = pass == PASS_NOTES ? NULL : scan->places,
        .is_any = pass == PASS_RECALL,
    };
    return replace_pool(scan, &task);
}

static bool start_rules(struct scan *scan, enum pass pass) {
    scan->has_failed = !replace_pool(scan, &(struct scanner_task){.rules = scan->options.rules});
    scan->pass = pass;
    passes_start(scan);
    scan->pass_total = jobs_bytes(scan);
    return !scan->has_failed;
}

bool passes_begin_again(struct scan *scan) {
    return start_rules(scan, PASS_AGAIN);
}

bool passes_begin_afresh(struct scan *scan) {
    if (!scan->has_difference || scan->compares || scan->merge != NULL) {
        return false;
    }
    scan->compares = true;
    findings_free(&scan->result.findings);
    recall_free(&scan->recall);
    held_forget(scan);
    return start_rules(scan, PASS_AFRESH);
}

static uint64_t bytes_of_places(const struct scan *scan) {
    const struct note_places *places = scan->places;
    uint64_t bytes = 0;
    for (size_t at = 0; at < places->count; at = jobs_next_chunk(places, at)) {
        const struct source *source =
            &scan->sources.list[scan->sources.by_rank[places->list[at].input]];
        bool is_first = at == 0 || places->list[at].input != places->list[at - 1].input;
        bytes += !source->in_archive ? CHUNK_SIZE : is_first && !source->is_once ? source->size : 0;
    }
    return bytes;
}

static bool start_places_pass(struct scan *scan, enum pass pass, const struct note_places *places) {
    scan->places = places;
    scan->next_place = 0;
    if (!start_pool(scan, pass)) {
        return false;
    }
    scan->pass = pass;
    scan->pass_total = scan->merge == NULL ? bytes_of_places(scan) : merge_bytes(scan);
    passes_start(scan);
    if (pass == PASS_FETCH) {
        kept_tell(scan);
    }
    return true;
}

static bool list_recall(struct scan *scan, bool is_all) {
    uint32_t *ranks =
        sources_rank(&scan->sources) ? calloc(scan->sources.count + 1, sizeof *ranks) : NULL;
    for (size_t i = 0; ranks != NULL && i < scan->sources.count; i++) {
        ranks[i] = scan->sources.list[i].rank;
    }
    bool ok = ranks != NULL && recall_make(&scan->recall, &scan->result.timeline,
                                           &scan->result.findings, is_all, ranks);
    free(ranks);
    return ok;
}

// Leaves those places alone whose events are compared. False when memory ran out.
static bool keep_compared(struct note_places *places) {
    struct note_places kept = {.list = calloc(places->count + 1, sizeof *kept.list)};
    for (size_t at = 0; kept.list != NULL && at < places->count;) {
        const struct note_place *place = &places->list[at];
        size_t next = jobs_next_chunk(places, at);
        if (scanner_compares(places, place->input, place->chunk)) {
            memcpy(&kept.list[kept.count], place, (next - at) * sizeof *place);
            kept.count += next - at;
        }
        at = next;
    }
    if (kept.list == NULL) {
        return false;
    }
    note_places_free(places);
    *places = kept;
    return true;
}

// False when there is nothing to read again.
bool passes_begin_recall(struct scan *scan) {
    bool is_to_compare = scan->merge == NULL && !scan->compares && !scan->options.scanner.no_filter;
    if (!is_to_compare && !scan->result.timeline.is_full) {
        return false;
    }
    scan->has_failed = !list_recall(scan, is_to_compare) ||
                       (!scan->result.timeline.is_full && !keep_compared(&scan->recall.places));
    if (scan->has_failed || scan->recall.count == 0) {
        return false;
    }
    scan->has_failed = !start_places_pass(scan, PASS_RECALL, &scan->recall.places);
    return !scan->has_failed;
}

void passes_finish_recall(struct scan *scan) {
    for (size_t i = 0; i < scan->recall.count; i++) {
        const struct stage_event *event = scan->recall.events[i];
        if (event->is_brief) {
            scan_add_problem(scan, PROBLEM_UNREADABLE, event->path, event->offset,
                             "an event of a finding could not be read a second time");
        }
    }
    recall_free(&scan->recall);
}

// The findings are there already: they are not to be lost for want of their context.
static bool cut_context(struct scan *scan) {
    scan->result.is_context_cut = true;
    return false;
}

// False when there is no context to look for.
bool passes_begin_notes(struct scan *scan) {
    struct scan_result *result = &scan->result;
    if (result->findings.count == 0 || scan->options.no_context) {
        return false;
    }
    result->contexts = contexts_new(&result->findings, scan->options.clock, kept_lacks_any(scan));
    if (result->contexts == NULL) {
        return cut_context(scan);
    }
    if (contexts_scope(result->contexts)->host_count == 0) {
        return false;
    }
    if (!sources_rank(&scan->sources) || !start_pool(scan, PASS_NOTES)) {
        return cut_context(scan);
    }
    scan->pass = PASS_NOTES;
    scan->pass_total = scan->merge == NULL ? jobs_bytes(scan) : merge_bytes(scan);
    passes_start(scan);
    kept_tell(scan);
    return true;
}

// False when there is nothing to fetch.
bool passes_begin_fetch(struct scan *scan) {
    const struct note_places *places = contexts_choose(scan->result.contexts);
    if (places == NULL) {
        return cut_context(scan);
    }
    if (places->count == 0) {
        return false;
    }
    return start_places_pass(scan, PASS_FETCH, places) || cut_context(scan);
}

void passes_finish_context(struct scan *scan) {
    struct findings *findings = &scan->result.findings;
    struct contexts *contexts = scan->result.contexts;
    if (scan->result.is_context_cut || !contexts_finish(contexts)) {
        (void)cut_context(scan);
        return;
    }
    for (size_t i = 0; i < findings->count; i++) {
        findings->list[i].context = contexts_get(contexts, i);
    }
}
