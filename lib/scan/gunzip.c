// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/gunzip.h"

#include <stdlib.h>

#include <zlib.h>

enum {
    OUT_SIZE = 128 << 10,
    GZIP_ONLY = 15 + 16, // of inflateInit2(): the largest window, and no other format
};

struct gunzip {
    z_stream stream;
    bool is_between; // streams
    bool is_at_end;  // of the input
    bool is_over;
    uint8_t out[OUT_SIZE];
};

struct gunzip *gunzip_new(void) {
    struct gunzip *gunzip = calloc(1, sizeof *gunzip);
    if (gunzip != NULL && inflateInit2(&gunzip->stream, GZIP_ONLY) != Z_OK) {
        free(gunzip);
        return NULL;
    }
    return gunzip;
}

void gunzip_free(struct gunzip *gunzip) {
    if (gunzip != NULL) {
        (void)inflateEnd(&gunzip->stream);
        free(gunzip);
    }
}

void gunzip_feed(struct gunzip *gunzip, const uint8_t *data, size_t size) {
    gunzip->stream.next_in = (Bytef *)data; // which is not written to
    gunzip->stream.avail_in = (uInt)size;
    gunzip->is_at_end = size == 0;
}

// After a stream another may follow, or bytes that are none, which gzip passes over too.
static bool is_over_between(struct gunzip *gunzip) {
    if (gunzip->is_between && gunzip->stream.avail_in > 0) {
        gunzip->is_over = gunzip->stream.next_in[0] != 0x1f;
        gunzip->is_between = false;
        (void)inflateReset(&gunzip->stream);
    }
    return gunzip->is_over || (gunzip->is_between && gunzip->is_at_end);
}

enum gunzip_result gunzip_next(struct gunzip *gunzip, const uint8_t **data, size_t *size) {
    z_stream *stream = &gunzip->stream;
    while (!is_over_between(gunzip)) {
        if (stream->avail_in == 0 && !gunzip->is_at_end) {
            return GUNZIP_MORE;
        }
        stream->next_out = gunzip->out;
        stream->avail_out = sizeof gunzip->out;
        int result = inflate(stream, Z_NO_FLUSH);
        *data = gunzip->out;
        *size = sizeof gunzip->out - stream->avail_out;
        gunzip->is_between = result == Z_STREAM_END;
        if (*size > 0) {
            return GUNZIP_BYTES; // an error is met again
        }
        bool is_short = result == Z_BUF_ERROR && !gunzip->is_at_end;
        if (result != Z_OK && result != Z_STREAM_END && !is_short) {
            return GUNZIP_DAMAGED;
        }
    }
    return GUNZIP_END;
}
