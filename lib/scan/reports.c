// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/reports.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/timestamp.h"
#include "scan/collect.h"
#include "scan/held.h"
#include "scan/kept.h"
#include "scan/problem_cut.h"

static void take_event(struct scan *scan, const struct message *message, struct source *source) {
    if (scan->options.only_coverage || scan->pass == PASS_NOTES) {
        return;
    }
    struct stage_event event;
    if (!message_copy_event(message, scan->options.rules->stage_count, &event)) {
        scan->has_failed = true;
        return;
    }
    event.path = source->path;
    event.input = (uint32_t)(source - scan->sources.list);
    event.is_lasting = !source->is_once;
    if (scan->pass == PASS_FETCH) {
        contexts_fetch(scan->result.contexts, source->rank, &event);
    } else if (scan->pass == PASS_RECALL) {
        bool is_same = recall_take(&scan->recall, source->rank, event.offset, event.event);
        scan->has_difference = scan->has_difference || !is_same;
        free(event.event);
    } else {
        held_add(scan, &event, source);
    }
}

static void take_note(struct scan *scan, const struct note *sent, const struct source *source) {
    struct note note = *sent;
    note.input = source->rank;
    if (scan->pass == PASS_NOTES && !contexts_note(scan->result.contexts, &note)) {
        scan->result.is_context_cut = true;
    }
}

// Of a record that may match there is more to say. Where memory runs out, less is said.
static const char *reason_of(struct scan *scan, const struct message_problem *problem) {
    const char *reason = message_reason_text(problem, scan->options.rules);
    if (problem->kind != PROBLEM_MAY_MATCH) {
        return reason;
    }
    struct buffer text = {0};
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(timestamp_from_filetime(problem->written), time);
    buffer_printf(&text, "%s; record %" PRIu64 ", written %s", reason, problem->record, time);
    if (*problem->text != '\0') {
        buffer_printf(&text, ", holds \"%s\"", problem->text);
    }
    const char *copy = text.failed ? NULL : arena_copy(&scan->texts, text.data, text.size);
    buffer_free(&text);
    return copy == NULL ? reason : copy;
}

// Where memory runs out, it counts as a problem.
static void take_suspect(struct scan *scan, const struct problem *problem,
                         const struct source *source) {
    const struct suspect suspect = {problem->kind, (size_t)(source - scan->sources.list),
                                    problem->offset, problem->reason};
    if (!array_add(&scan->suspects, &scan->suspect_count, &scan->suspect_capacity, &suspect,
                   sizeof suspect)) {
        scan_add_problem(scan, problem->kind, source->path, problem->offset, problem->reason);
    }
}

// The chunk that was written last has outdated checksums in a log that was not closed.
static void judge_suspect(struct scan *scan, const struct suspect *suspect) {
    const struct source *source = &scan->sources.list[suspect->source];
    if (suspect->kind == PROBLEM_CHECKSUM && !source->is_closed &&
        suspect->offset == source->newest_chunk) {
        scan_add_problem(scan, PROBLEM_OUTDATED, source->path, suspect->offset,
                         "the log was not closed");
    } else if (suspect->kind != PROBLEM_MISSING || !source->is_off_grid) {
        scan_add_problem(scan, suspect->kind, source->path, suspect->offset, suspect->reason);
    }
}

void reports_judge_suspects(struct scan *scan) {
    for (size_t i = 0; i < scan->suspect_count; i++) {
        judge_suspect(scan, &scan->suspects[i]);
    }
}

void reports_take_told(struct scan *scan, const struct problem *problem, bool is_suspect,
                       struct source *source) {
    if (!problem_cut_allows(source, problem->offset)) {
        return;
    }
    if (is_suspect) {
        take_suspect(scan, problem, source);
    } else {
        scan_add_problem(scan, problem->kind, source->path, problem->offset, problem->reason);
    }
    problem_cut_count(scan, source);
}

// Whether the pass may come upon a problem that the first has not. Damage has been reported by
// that; a record that this pass looks for may be new.
static bool may_be_new(const struct scan *scan, enum problem_kind kind) {
    switch (scan->pass) {
    case PASS_RULES:
        return true;
    case PASS_AGAIN:
        return kind == PROBLEM_UNREADABLE;
    default:
        return problem_is_serious(kind);
    }
}

static void take_problem(struct scan *scan, const struct message_problem *sent,
                         struct source *source) {
    const enum problem_kind kind = (enum problem_kind)sent->kind;
    bool is_suspect = kind == PROBLEM_CHECKSUM || kind == PROBLEM_MISSING;
    // Each part of it that is not there any more says so.
    bool is_told = sent->reason == REASON_SHORTER && source->is_shorter;
    if (is_told || !may_be_new(scan, kind)) {
        return;
    }
    source->is_off_grid = source->is_off_grid || sent->reason == REASON_OFF_GRID;
    source->is_shorter = source->is_shorter || sent->reason == REASON_SHORTER;
    if (kind == PROBLEM_NO_LOG && scan->result.inputs > 0) {
        source->is_not_a_log = true;
        scan->result.inputs--;
    }
    if (problem_cut_allows(source, sent->offset)) {
        const struct problem problem = {
            .kind = kind, .offset = sent->offset, .reason = reason_of(scan, sent)};
        reports_take_told(scan, &problem, is_suspect, source);
    }
}

void reports_add_tally(struct scan *scan, struct source *source, const struct scan_tally *tally) {
    struct scan_tally *total = &scan->result.tally;
    total->bytes += tally->bytes;
    total->chunks += tally->chunks;
    total->records += tally->records;
    total->recovered += tally->recovered;
    source->tally.bytes += tally->bytes;
    source->tally.chunks += tally->chunks;
    source->tally.records += tally->records;
    source->tally.recovered += tally->recovered;
    source->is_closed = source->is_closed || tally->is_closed != 0;
    // Of two chunks with that number the first, whichever worker is done sooner.
    bool is_before = tally->newest == source->newest && tally->newest_chunk < source->newest_chunk;
    if (tally->newest > source->newest || is_before) {
        source->newest = tally->newest;
        source->newest_chunk = tally->newest_chunk;
    }
    if (tally->chunks > 0 && !source->has_chunks) {
        source->has_chunks = true;
        scan->result.inputs += scan->options.carve;
    }
}

// Later passes read the same again.
static void take_tally(struct scan *scan, const struct pool_report *report) {
    struct source *source = &scan->sources.list[report->input];
    scan->pass_bytes += report->tally.bytes;
    if (scan->pass != PASS_RULES) {
        return;
    }
    if (source->in_archive) {
        source->size = report->tally.bytes;
    }
    reports_add_tally(scan, source, &report->tally);
    if (scan->recorder != NULL) {
        collect_job_end(scan, report);
    }
}

const char *reports_death_text(enum pool_death death) {
    static const char *const texts[] = {
        [DEATH_CRASH] = "the decoding process died",
        [DEATH_TIME] = "the decoding process took too long",
        [DEATH_SANDBOX] = "the decoding process made a forbidden system call",
        [DEATH_NONSENSE] = "the decoding process sent nonsense",
        [DEATH_FLOOD] = "the decoding process sent more than the log can hold",
    };
    return texts[death];
}

// One chunk may be the death of several processes, each of which is named. Where memory runs out,
// less is said.
static void take_death(struct scan *scan, const struct pool_report *report,
                       const struct source *source) {
    static const char *const occasions[] = {
        [PASS_RULES] = "",
        [PASS_AFRESH] = ", when events were read again",
        [PASS_AGAIN] = ", when events were read again",
        [PASS_RECALL] = ", when events were read again",
        [PASS_NOTES] = ", when context was looked up",
        [PASS_FETCH] = ", when context was read",
    };
    struct buffer text = {0};
    const char *reason = reports_death_text(report->death);
    buffer_printf(&text, "%s%s%s", reason, report->has_died_before ? " once more" : "",
                  occasions[scan->pass]);
    scan_add_made_problem(scan, PROBLEM_WORKER, source->path, report->died_at, &text, reason);
}

void reports_add_coverage(struct scan *scan, const struct source *source, const char *host,
                          const struct coverage_counts *counts) {
    size_t number = (size_t)(source - scan->sources.list);
    bool is_added = coverage_add(&scan->result.coverage, source->path, number, host, counts);
    scan->has_failed = !is_added || scan->has_failed;
}

void reports_add_other_hosts(struct scan *scan, const struct source *source,
                             const struct coverage_counts *counts) {
    size_t number = (size_t)(source - scan->sources.list);
    bool is_added = coverage_add_others(&scan->result.coverage, source->path, number, counts);
    scan->has_failed = !is_added || scan->has_failed;
}

void reports_name_other_hosts(struct scan *scan) {
    const struct coverage *coverage = &scan->result.coverage;
    for (size_t i = 0; i < coverage->count; i++) {
        if (coverage->entries[i].is_others) {
            scan_add_problem(scan, PROBLEM_TOO_MUCH, coverage->entries[i].path, PROBLEM_NO_OFFSET,
                             "not all of its hosts are told apart");
        }
    }
}

void reports_take_again(struct scan *scan, const struct message *message, struct source *source) {
    if (message->kind == MESSAGE_EVENT) {
        take_event(scan, message, source);
    } else if (message->kind == MESSAGE_NOTE) {
        take_note(scan, &message->note, source);
    } else if (message->kind == MESSAGE_BYTES) {
        take_problem(scan, &message->problem, source);
    }
}

// Of what the first pass comes upon, an event that meets no stage is there for context alone.
static void take_event_or_bytes(struct scan *scan, const struct pool_report *report,
                                struct source *source) {
    const struct message *message = &report->message;
    if (scan->pass == PASS_RULES) {
        kept_take(scan, message, source);
    }
    if (scan->recorder != NULL) {
        collect_event(scan, report);
    } else if (message->kind == MESSAGE_EVENT &&
               (scan->pass != PASS_RULES || message->event_head.hit_count > 0)) {
        take_event(scan, message, source);
    }
}

static void take_message(struct scan *scan, const struct pool_report *report,
                         struct source *source) {
    const struct message *message = &report->message;
    switch (message->kind) {
    case MESSAGE_EVENT:
    case MESSAGE_BYTES:
        take_event_or_bytes(scan, report, source);
        break;
    case MESSAGE_PROBLEM:
        take_problem(scan, &message->problem, source);
        break;
    case MESSAGE_NO_SANDBOX:
        scan->result.lacks_sandbox = true;
        break;
    case MESSAGE_COVERAGE:
        reports_add_coverage(scan, source, message->coverage.host, &message->coverage.counts);
        break;
    case MESSAGE_NOTE:
        take_note(scan, &message->note, source);
        break;
    default: // is not asked for here
        break;
    }
}

void reports_take(struct scan *scan, const struct pool_report *report) {
    struct source *source = &scan->sources.list[report->input];
    switch (report->kind) {
    case POOL_MESSAGE:
        take_message(scan, report, source);
        break;
    case POOL_DIED:
        take_death(scan, report, source);
        break;
    case POOL_DONE:
        take_tally(scan, report);
        break;
    }
}
