// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/digest.h"

#include <errno.h>
#include <unistd.h>

#include "scan/message.h"

// False when the input cannot be read, or ends too early.
static bool read_on(struct digest *digest, int fd, const struct scan_segment *segment,
                    struct scan_state *state) {
    uint64_t left = segment->end - state->buffer_offset;
    size_t size = left < sizeof state->buffer ? (size_t)left : sizeof state->buffer;
    ssize_t count = pread(fd, state->buffer, size, (off_t)state->buffer_offset);
    if (count <= 0) {
        return count < 0 && errno == EINTR;
    }
    sha256_update(&digest->context, (size_t)count, state->buffer);
    digest->size += (uint64_t)count;
    state->buffer_offset += (uint64_t)count;
    return true;
}

// A process that goes on where another died has not taken in what came before. A file that has
// grown meanwhile is not what is told of it.
static bool is_whole(const struct digest *digest, int fd, const struct scan_segment *segment) {
    char more = 0;
    return digest->size == segment->input_end &&
           pread(fd, &more, sizeof more, (off_t)segment->input_end) == 0;
}

bool digest_step(struct digest *digest, int fd, const struct scan_segment *segment,
                 struct scan_state *state, struct buffer *out) {
    if (!state->has_begun) {
        state->has_begun = 1;
        state->buffer_offset = segment->begin;
        digest->size = 0;
        sha256_init(&digest->context);
    }
    if (state->buffer_offset < segment->end && read_on(digest, fd, segment, state)) {
        return true;
    }
    if (is_whole(digest, fd, segment)) {
        uint8_t hash[SHA256_SIZE];
        sha256_digest(&digest->context, sizeof hash, hash);
        message_add(out, MESSAGE_HASH, hash, sizeof hash);
    }
    message_add_done(out);
    return false;
}
