// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/kept.h"

#include "scan/reports.h"

// Bytes of messages. A creation takes a kilobyte or two, and is one event of a hundred.
enum { KEPT_MAX = 64 << 20 };

bool kept_lacks_any(const struct scan *scan) {
    uint64_t size = 0;
    for (size_t i = 0; i < scan->sources.count; i++) {
        size += scan->sources.list[i].creations;
    }
    return size > KEPT_MAX;
}

void kept_take(struct scan *scan, const struct message *message, struct source *source) {
    if (!source->is_once || !replay_may_ask(message)) {
        return;
    }
    source->creations += message->bytes_size;
    scan->kept.size += message->bytes_size;
    if (scan->recorder != NULL) { // which has them
        return;
    }
    if (scan->kept.size > KEPT_MAX) {
        buffer_free(&scan->kept.messages);
        return;
    }
    const uint32_t number = (uint32_t)(source - scan->sources.list);
    message_add(&scan->kept.messages, MESSAGE_AT, &number, sizeof number);
    message_add_again(&scan->kept.messages, message);
}

static void tell(struct scan *scan, const struct buffer *told, struct source *source) {
    struct message message;
    size_t taken = 0;
    scan->result.is_context_cut = scan->result.is_context_cut || told->failed;
    if (told->size > 0 && !told->failed &&
        message_read(told->data, told->size, &message, &taken) == MESSAGE_READ) {
        reports_take_again(scan, &message, source);
    }
}

void kept_tell(struct scan *scan) {
    const struct replay_task task = {
        .kind = scan->pass == PASS_NOTES ? REPLAY_NOTES : REPLAY_PLACES,
        .scope = scan->pass == PASS_NOTES ? contexts_scope(scan->result.contexts) : NULL,
        .places = scan->places,
    };
    const struct buffer *kept = &scan->kept.messages;
    if (kept->size == 0 && !kept->failed) {
        return;
    }
    struct replay *replay = replay_new(&task);
    struct source *source = NULL;
    struct buffer told = {0};
    struct message message;
    for (size_t at = 0, taken = 0; replay != NULL && message_read(kept->data + at, kept->size - at,
                                                                  &message, &taken) == MESSAGE_READ;
         at += taken) {
        if (message.kind == MESSAGE_AT) {
            source = &scan->sources.list[message.at];
        } else if (source != NULL) { // it is, after the first message
            buffer_clear(&told);
            replay_tell(replay, &message, source->rank, &told);
            tell(scan, &told, source);
        }
    }
    scan->result.is_context_cut = scan->result.is_context_cut || kept->failed || replay == NULL;
    buffer_free(&told);
    replay_free(replay);
}
