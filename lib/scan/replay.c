// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/replay.h"

#include <stdlib.h>
#include <string.h>

#include "scan/events_file.h"

// What an events file may become when it is unpacked, as an archive may.
enum { GROWTH_MAX = 1000, GROWTH_FREE = 1 << 30 };

struct replay {
    struct replay_task task;
    struct events_reader reader;
    uint64_t unpacked;          // bytes of content, of the file at hand
    bool has_begun;             // with the segment at hand
    struct sha256_ctx settings; // for REPLAY_CHECK
    struct buffer event;        // the one at hand, aligned
    struct buffer marks;        // of the block at hand, not yet told
    uint64_t weight;            // of the events that they are of
};

struct replay *replay_new(const struct replay_task *task) {
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay != NULL) {
        replay->task = *task;
        replay->reader.is_checking = task->kind == REPLAY_CHECK;
    }
    return replay;
}

void replay_free(struct replay *replay) {
    if (replay != NULL) {
        events_reader_free(&replay->reader);
        buffer_free(&replay->event);
        buffer_free(&replay->marks);
        free(replay);
    }
}

// False: the segment is finished.
static bool finish(struct replay *replay, struct buffer *out) {
    replay->has_begun = false;
    message_add_done(out);
    return false;
}

static bool fail(struct replay *replay, enum message_reason reason, struct buffer *out) {
    message_add_problem(out, PROBLEM_UNREADABLE, reason, replay->reader.at,
                        replay->reader.system_error);
    return finish(replay, out);
}

// The rank of an input of the file.
static uint32_t rank_of(const struct replay *replay, const struct scan_segment *segment,
                        uint32_t input) {
    const struct replay_file *file = &replay->task.files[segment->input];
    return input < file->count ? file->ranks[input] : REPLAY_NONE;
}

// Events

// The event of the message, at a place fit for it. NULL when memory ran out.
static const struct event *align_event(struct replay *replay, const struct message *message) {
    buffer_clear(&replay->event);
    buffer_add(&replay->event, message->event, message->event_size);
    return replay->event.failed ? NULL : (const struct event *)(const void *)replay->event.data;
}

// Marks

static void tell_marks(struct replay *replay, struct buffer *out) {
    if (replay->marks.size > 0) {
        message_add_marks(out, replay->weight, (const uint64_t *)(void *)replay->marks.data,
                          replay->marks.size / sizeof(uint64_t));
    }
    buffer_clear(&replay->marks);
    replay->weight = 0;
}

static void add_mark(struct replay *replay, uint64_t mark, struct buffer *out) {
    buffer_add(&replay->marks, &mark, sizeof mark);
    if (replay->marks.size >= MESSAGE_MARKS_MAX * sizeof mark) {
        tell_marks(replay, out);
    }
}

// A hit of the message that is of a stage. False where it is of none, as in a hostile file.
static bool take_hit(const struct replay *replay, const struct message *message, size_t number,
                     struct rule_hit *hit) {
    memcpy(hit, (const char *)message->hits + number * sizeof *hit, sizeof *hit);
    return hit->stage < replay->task.wanted.rules->stage_count;
}

static void mark_event(struct replay *replay, const struct message *message,
                       const struct event *event, struct buffer *out) {
    struct rule_hit hit;
    const struct stage_event weighed = {.event = (struct event *)event}; // read, not changed
    replay->weight += timeline_weight(&weighed);
    for (size_t i = 0; i < message->event_head.hit_count; i++) {
        if (take_hit(replay, message, i, &hit)) {
            add_mark(replay, wanted_mark(&replay->task.wanted, event, &hit), out);
        }
    }
}

static bool is_wanted(const struct replay *replay, const struct message *message,
                      const struct event *event) {
    const struct mark_sets marks = {&replay->task.marks, 1};
    struct rule_hit hit;
    for (size_t i = 0; i < message->event_head.hit_count; i++) {
        if (take_hit(replay, message, i, &hit) &&
            wanted_is(&replay->task.wanted, event, &hit, &marks)) {
            return true;
        }
    }
    return false;
}

// Of an event that meets a stage.
static void tell_stage_event(struct replay *replay, const struct message *message,
                             struct buffer *out) {
    const struct event *event = align_event(replay, message);
    const struct wanted_scope *wanted = &replay->task.wanted;
    const struct mark_set *marks = &replay->task.marks;
    if (event == NULL) {
        out->failed = true;
    } else if (replay->task.kind == REPLAY_MARKS) {
        mark_event(replay, message, event, out);
    } else if (replay->task.kind == REPLAY_WANTED) {
        if (is_wanted(replay, message, event)) {
            add_mark(replay, wanted_identity(wanted, event), out);
        }
    } else if (marks->bits == NULL || mark_set_has(marks, wanted_identity(wanted, event))) {
        message_add_again(out, message);
    }
}

static bool is_creation(const struct message *message) {
    struct event head;
    memcpy(&head, message->event, sizeof head);
    return head.id == 1;
}

static void tell_note(struct replay *replay, const struct message *message, struct buffer *out) {
    const struct event *event = is_creation(message) ? align_event(replay, message) : NULL;
    struct note note;
    if (event != NULL && note_of(event, replay->task.scope, &note)) {
        note.chunk = message->event_head.offset - message->event_head.in_chunk;
        note.record = message->event_head.in_chunk;
        note.recovered = message->event_head.recovered;
        message_add(out, MESSAGE_NOTE, &note, sizeof note);
    }
}

static bool is_needed(const struct note_scope *scope, const struct message *message) {
    struct raw left = message->raw;
    struct raw raw;
    while (message_next_bytes(&left, &raw)) {
        if (note_scope_needs(scope, raw.data, raw.size)) {
            return true;
        }
    }
    return false;
}

static bool has_place(const struct note_places *places, uint32_t rank, uint64_t offset) {
    return note_places_have(places, note_places_find(places, rank, offset), rank, offset);
}

static void tell_event(struct replay *replay, const struct message *message, uint32_t rank,
                       struct buffer *out) {
    switch (replay->task.kind) {
    case REPLAY_CHECK:
    case REPLAY_SETTINGS:
    case REPLAY_FACTS:
        break;
    case REPLAY_MARKS:
    case REPLAY_WANTED:
    case REPLAY_RULES:
        if (message->event_head.hit_count > 0) {
            tell_stage_event(replay, message, out);
        }
        break;
    case REPLAY_NOTES:
        tell_note(replay, message, out);
        break;
    case REPLAY_PLACES:
        if (has_place(replay->task.places, rank, message->event_head.offset)) {
            message_add_again(out, message);
        }
        break;
    }
}

bool replay_may_ask(const struct message *message) {
    return message->kind == MESSAGE_BYTES ||
           (message->kind == MESSAGE_EVENT && is_creation(message));
}

void replay_tell(struct replay *replay, const struct message *message, uint32_t rank,
                 struct buffer *out) {
    if (message->kind == MESSAGE_EVENT) {
        tell_event(replay, message, rank, out);
    } else if (replay->task.kind == REPLAY_NOTES && is_needed(replay->task.scope, message)) {
        message_add_again(out, message);
    }
}

// Blocks

// What a block of this kind may hold. False for anything else.
static bool belongs(enum events_kind block, enum message_kind kind) {
    bool is_fact = kind == MESSAGE_INPUT || kind == MESSAGE_TOLD || kind == MESSAGE_COVERAGE ||
                   kind == MESSAGE_OTHER_HOSTS || kind == MESSAGE_ARCHIVE ||
                   kind == MESSAGE_TOTALS || kind == MESSAGE_SHARE;
    return block == EVENTS_FACTS ? is_fact : kind == MESSAGE_EVENT || kind == MESSAGE_BYTES;
}

// False where something in it is no message.
static bool tell_messages(struct replay *replay, const struct events_block *block, uint32_t rank,
                          struct buffer *out) {
    struct message message;
    for (size_t at = 0, taken = 0; at < block->size; at += taken) {
        if (message_read(block->content + at, block->size - at, &message, &taken) != MESSAGE_READ ||
            !belongs(block->kind, message.kind)) {
            return false;
        }
        if (block->kind == EVENTS_FACTS) {
            message_add_again(out, &message);
        } else {
            replay_tell(replay, &message, rank, out);
        }
    }
    return true;
}

// Whether all that the task asks for has been read.
static bool is_read(const struct replay *replay) {
    return replay->task.kind == REPLAY_SETTINGS && replay->reader.kind > EVENTS_NAMES;
}

// Whether the task asks for what is in the block.
static bool is_asked(const struct replay *replay, const struct events_block *block, uint32_t rank) {
    switch (replay->task.kind) {
    case REPLAY_CHECK:
        return block->kind == EVENTS_SETTINGS;
    case REPLAY_SETTINGS:
        return block->kind == EVENTS_SETTINGS || block->kind == EVENTS_NAMES;
    case REPLAY_FACTS:
        return block->kind == EVENTS_FACTS;
    case REPLAY_MARKS:
    case REPLAY_WANTED:
    case REPLAY_RULES:
        return block->kind == EVENTS_INPUT;
    case REPLAY_NOTES:
        return rank != REPLAY_NONE;
    case REPLAY_PLACES:
        return rank != REPLAY_NONE && note_places_have_input(replay->task.places, rank);
    }
    return false;
}

// Takes what is in a block. False where it is damaged.
static bool take_content(struct replay *replay, const struct events_block *block, uint32_t rank,
                         struct buffer *out) {
    if (replay->task.kind == REPLAY_CHECK) {
        sha256_update(&replay->settings, block->size, (const uint8_t *)block->content);
        return true;
    }
    if (replay->task.kind == REPLAY_SETTINGS) {
        message_add_text(out, block->kind == EVENTS_SETTINGS ? MESSAGE_SETTINGS : MESSAGE_NAMES,
                         block->content, block->size);
        return true;
    }
    if (block->kind == EVENTS_INPUT) {
        message_add(out, MESSAGE_AT, &block->input, sizeof block->input);
    }
    bool ok = tell_messages(replay, block, rank, out);
    tell_marks(replay, out);
    return ok;
}

static bool take_block(struct replay *replay, const struct scan_segment *segment,
                       struct events_block *block, enum message_reason *reason,
                       struct buffer *out) {
    bool has_ranks = replay->task.kind == REPLAY_NOTES || replay->task.kind == REPLAY_PLACES;
    bool is_input = block->kind == EVENTS_INPUT;
    uint32_t rank = has_ranks && is_input ? rank_of(replay, segment, block->input) : REPLAY_NONE;
    if (!is_asked(replay, block, rank)) {
        return true;
    }
    replay->unpacked += block->size;
    if (replay->unpacked > GROWTH_FREE && replay->unpacked / GROWTH_MAX > replay->reader.at) {
        *reason = REASON_GROWS;
        return false;
    }
    *reason = REASON_DAMAGED;
    return events_unpack(&replay->reader, block, reason) && take_content(replay, block, rank, out);
}

// At the end of the file.
static bool tell_whole(struct replay *replay, struct buffer *out) {
    if (replay->task.kind == REPLAY_CHECK) {
        struct message_file file;
        sha256_digest(&replay->settings, sizeof file.settings, file.settings);
        if (memcmp(file.settings, replay->reader.settings, sizeof file.settings) != 0) {
            return fail(replay, REASON_DAMAGED, out);
        }
        memcpy(file.digest, replay->reader.digest, sizeof file.digest);
        message_add(out, MESSAGE_FILE, &file, sizeof file);
    }
    return finish(replay, out);
}

bool replay_step(struct replay *replay, int fd, const struct scan_segment *segment,
                 struct scan_state *state, struct buffer *out) {
    enum message_reason reason = REASON_DAMAGED;
    struct events_block block;
    if (!state->has_begun) {
        state->has_begun = 1;
        replay->has_begun = true;
        replay->unpacked = 0;
        sha256_init(&replay->settings);
        return events_read_head(&replay->reader, fd, &reason) == EVENTS_BLOCK ||
               fail(replay, reason, out);
    }
    // A process that goes on where another died has not taken in what came before.
    if (!replay->has_begun || is_read(replay)) {
        return finish(replay, out);
    }
    enum events_result result = events_read(&replay->reader, fd, &block, &reason);
    state->buffer_offset = replay->reader.at;
    state->tally.bytes = replay->reader.at;
    if (result == EVENTS_OVER) {
        return tell_whole(replay, out);
    }
    if (result == EVENTS_WRONG || !take_block(replay, segment, &block, &reason, out)) {
        return fail(replay, reason, out);
    }
    return true;
}
