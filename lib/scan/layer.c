// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/layer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/order.h"
#include "base/search.h"
#include "scan/gunzip.h"

enum {
    ZEROS_SIZE = 64 << 10, // what a hole is filled with, a piece at a time
    HEADER_SIZE = 512,     // by so many bytes the header of a member is told
};

static const uint8_t zeros[ZEROS_SIZE];

// Heads

void head_free(struct head *head) {
    free(head->data);
    *head = (struct head){0};
}

bool head_add(struct head *head, const uint8_t *data, size_t size) {
    uint8_t *grown = realloc(head->data, head->size + size);
    if (grown == NULL) {
        return false;
    }
    head->data = grown;
    memcpy(head->data + head->size, data, size);
    head->size += size;
    return true;
}

bool head_take(struct head *head, const uint8_t **data, size_t *size) {
    if (head->next == head->size) {
        return false;
    }
    *data = head->data + head->next;
    *size = head->size - head->next;
    head->next = head->size;
    return true;
}

// The file

static void go_on(struct feed *feed) {
    ++*feed->progress;
}

size_t feed_read(struct feed *feed, uint64_t offset, uint8_t *to, size_t size) {
    ssize_t count = 0;
    do {
        go_on(feed);
        count =
            feed->is_stream ? read(feed->fd, to, size) : pread(feed->fd, to, size, (off_t)offset);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        feed->has_failed = true;
        return 0;
    }
    feed->consumed += (uint64_t)count;
    return (size_t)count;
}

// Entries

static bool has_text(const char *text, const char *part) {
    return text != NULL && strstr(text, part) != NULL;
}

// What libarchive's last error comes to. It has no numbers for some of it.
static enum unpack_trouble trouble_of(const struct layer *layer) {
    const struct feed *feed = layer->feed;
    const char *text = archive_error_string(layer->archive);
    if (feed->stopped != UNPACK_WHOLE) {
        return feed->stopped;
    }
    if (feed->has_failed) {
        return UNPACK_UNREADABLE;
    }
    if (archive_errno(layer->archive) == ENOMEM || has_text(text, "memory")) {
        return UNPACK_MEMORY;
    }
    if (has_text(text, "ncrypt") || has_text(text, "assphrase")) {
        return UNPACK_ENCRYPTED;
    }
    bool is_unknown = has_text(text, "nsupported") || has_text(text, "not supported");
    return is_unknown ? UNPACK_METHOD : UNPACK_DAMAGED;
}

// Counts bytes that have come out; past a limit nothing more is to come.
static void count_unpacked(struct feed *feed, uint64_t size) {
    uint64_t input = feed->size > 0 ? feed->size : feed->consumed;
    go_on(feed);
    feed->unpacked += size;
    if (feed->unpacked > UNPACK_SIZE_MAX) {
        feed->stopped = UNPACK_SIZE;
    } else if (feed->unpacked > UNPACK_RATIO_FROM && feed->unpacked / UNPACK_RATIO_MAX > input) {
        feed->stopped = UNPACK_RATIO;
    }
}

static void end_entry(struct layer *layer, enum unpack_trouble trouble) {
    layer->entry_is_over = true;
    if (layer->entry_trouble == UNPACK_WHOLE) {
        layer->entry_trouble = trouble;
    }
}

// Asks libarchive for the next block of the entry. A checksum that does not fit is told with the
// last one.
static void read_block(struct layer *layer) {
    const void *block = NULL;
    size_t size = 0;
    la_int64_t offset = 0;
    int result = archive_read_data_block(layer->archive, &block, &size, &offset);
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
        size = 0;
        end_entry(layer, result == ARCHIVE_EOF ? UNPACK_WHOLE : trouble_of(layer));
    } else if (result == ARCHIVE_WARN) {
        layer->entry_trouble = UNPACK_DAMAGED;
    }
    // At its end an entry may have a hole.
    bool is_after = offset >= 0 && (uint64_t)offset > layer->at;
    layer->block = block;
    layer->block_size = size;
    layer->block_at =
        is_after && (size > 0 || result == ARCHIVE_EOF) ? (uint64_t)offset : layer->at;
}

bool layer_read(struct layer *layer, const uint8_t **data, size_t *size) {
    while (layer->block_size == 0 && layer->block_at <= layer->at && !layer->entry_is_over) {
        read_block(layer);
    }
    if (layer->feed->stopped != UNPACK_WHOLE) {
        end_entry(layer, layer->feed->stopped);
        return false;
    }
    if (layer->block_at > layer->at) {
        uint64_t hole = layer->block_at - layer->at;
        *data = zeros;
        *size = hole < ZEROS_SIZE ? (size_t)hole : ZEROS_SIZE;
    } else {
        *data = layer->block;
        *size = layer->block_size;
        layer->block_size = 0;
        layer->block_at = layer->at + *size;
    }
    layer->at += *size;
    count_unpacked(layer->feed, *size);
    return *size > 0;
}

// What libarchive reads

// The next bytes of the layer's archive. False at their end.
static bool next_packed(struct layer *layer, const uint8_t **data, size_t *size) {
    struct feed *feed = layer->feed;
    go_on(feed);
    *size = 0;
    if (layer->head.is_all) {
        size_t rest = layer->head.size - (size_t)layer->position;
        *data = layer->head.data + layer->position;
        *size = rest < FEED_SIZE ? rest : FEED_SIZE;
    } else if (layer->can_seek) {
        *data = feed->bytes;
        *size = feed_read(feed, layer->position, feed->bytes, FEED_SIZE);
    } else if (!head_take(&layer->head, data, size)) {
        if (layer->outer != NULL) {
            return layer_read(layer->outer, data, size);
        }
        *data = feed->bytes;
        *size = feed_read(feed, 0, feed->bytes, FEED_SIZE);
    }
    layer->position += *size;
    return *size > 0;
}

// The same of what a gzip file unpacks to: none at its end. False where it is damaged.
static bool next_unzipped(struct layer *layer, const uint8_t **data, size_t *size) {
    const uint8_t *packed = NULL;
    size_t packed_size = 0;
    for (;;) {
        switch (gunzip_next(layer->gunzip, data, size)) {
        case GUNZIP_BYTES:
            go_on(layer->feed);
            return true;
        case GUNZIP_MORE:
            (void)next_packed(layer, &packed, &packed_size);
            gunzip_feed(layer->gunzip, packed, packed_size);
            break;
        case GUNZIP_DAMAGED:
            archive_set_error(layer->archive, EILSEQ, "damaged");
            *size = 0;
            return false;
        case GUNZIP_END:
            *size = 0;
            return true;
        }
    }
}

static la_ssize_t give_bytes(struct archive *archive, void *context, const void **data) {
    struct layer *layer = context;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    (void)archive;
    if (layer->gunzip == NULL) {
        (void)next_packed(layer, &bytes, &size);
    } else if (!next_unzipped(layer, &bytes, &size)) {
        return ARCHIVE_FATAL;
    }
    *data = bytes;
    return (la_ssize_t)size;
}

static uint64_t size_of(const struct layer *layer) {
    return layer->head.is_all ? layer->head.size : layer->feed->size;
}

static la_int64_t pass_over_bytes(struct archive *archive, void *context, la_int64_t request) {
    struct layer *layer = context;
    (void)archive;
    go_on(layer->feed);
    if (!layer->can_seek || layer->gunzip != NULL || request < 0) {
        return 0;
    }
    uint64_t end = size_of(layer);
    uint64_t rest = end > layer->position ? end - layer->position : 0;
    uint64_t size = (uint64_t)request < rest ? (uint64_t)request : rest;
    layer->position += size;
    return (la_int64_t)size;
}

static la_int64_t seek_byte(struct archive *archive, void *context, la_int64_t offset, int whence) {
    struct layer *layer = context;
    uint64_t size = size_of(layer);
    uint64_t base = whence == SEEK_CUR ? layer->position : whence == SEEK_END ? size : 0;
    (void)archive;
    go_on(layer->feed);
    // Sizes of files are those of a signed type.
    la_int64_t to = 0;
    if (__builtin_add_overflow((la_int64_t)base, offset, &to) || to < 0 || (uint64_t)to > size) {
        return ARCHIVE_FATAL;
    }
    layer->position = (uint64_t)to;
    return to;
}

// Archives

// A tar archive goes on after zeros: they may stand for headers that are gone.
static bool support_tar(struct archive *archive) {
    return archive_read_support_format_tar(archive) == ARCHIVE_OK &&
           archive_read_set_format_option(archive, "tar", "read_concatenated_archives", "1") ==
               ARCHIVE_OK;
}

// What a compressed file holds is a member without a name.
static bool support_content(struct archive *archive) {
    return archive_read_support_format_empty(archive) == ARCHIVE_OK &&
           archive_read_support_format_raw(archive) == ARCHIVE_OK;
}

static bool support_compressed(struct archive *archive) {
    return archive_read_support_filter_bzip2(archive) == ARCHIVE_OK &&
           archive_read_support_filter_xz(archive) == ARCHIVE_OK &&
           archive_read_support_filter_zstd(archive) == ARCHIVE_OK &&
           archive_read_support_filter_lz4(archive) == ARCHIVE_OK && support_content(archive);
}

// Only what the first bytes say that it is, so that one format cannot be taken for another.
static bool support(struct archive *archive, enum archive_kind kind, bool as_it_comes) {
    switch (kind) {
    case ARCHIVE_ZIP:
        return (as_it_comes ? archive_read_support_format_zip_streamable(archive)
                            : archive_read_support_format_zip(archive)) == ARCHIVE_OK;
    case ARCHIVE_7Z:
        return archive_read_support_format_7zip(archive) == ARCHIVE_OK;
    case ARCHIVE_RAR:
        return archive_read_support_format_rar(archive) == ARCHIVE_OK &&
               archive_read_support_format_rar5(archive) == ARCHIVE_OK;
    case ARCHIVE_TAR:
        return support_tar(archive);
    case ARCHIVE_CPIO:
        return archive_read_support_format_cpio(archive) == ARCHIVE_OK;
    case ARCHIVE_ISO:
        return archive_read_support_format_iso9660(archive) == ARCHIVE_OK;
    case ARCHIVE_GZIP:
        return support_content(archive);
    case ARCHIVE_COMPRESSED:
        return support_compressed(archive);
    case ARCHIVE_NONE:
        break;
    }
    return false;
}

// Opens the layer's archive at its position. What is wrong with it is told by the first entry.
static void open_archive(struct layer *layer, bool as_it_comes) {
    if (layer->archive != NULL) {
        (void)archive_read_free(layer->archive);
    }
    struct archive *archive = archive_read_new();
    layer->archive = archive;
    if (layer->kind == ARCHIVE_GZIP) {
        layer->gunzip = gunzip_new();
    }
    if (archive == NULL || !support(archive, layer->kind, as_it_comes) ||
        (layer->kind == ARCHIVE_GZIP && layer->gunzip == NULL)) {
        layer->trouble = UNPACK_MEMORY;
        layer->is_over = true;
        return;
    }
    archive_read_set_callback_data(archive, layer);
    archive_read_set_read_callback(archive, give_bytes);
    archive_read_set_skip_callback(archive, pass_over_bytes);
    if (layer->can_seek && layer->gunzip == NULL) {
        archive_read_set_seek_callback(archive, seek_byte);
    }
    layer->is_open = archive_read_open1(archive) == ARCHIVE_OK;
}

// Damaged archives: reading begins anew at the next header of a member

// A signature, a version and a name that can be.
static bool is_zip_header(const uint8_t *at) {
    return memcmp(at, "PK\3\4", 4) == 0 && bytes_u16(at + 4) < 100 && bytes_u16(at + 26) > 0;
}

// All of it is numbers, in octal or hexadecimal digits.
static bool is_cpio_header(const uint8_t *at) {
    enum { DIGITS = 76 };
    static const char known[22] = "0123456789abcdefABCDEF";
    size_t digits = 0;
    if (memcmp(at, "07070", 5) != 0) {
        return false;
    }
    while (digits < DIGITS && memchr(known, at[digits], sizeof known) != NULL) {
        digits++;
    }
    return digits == DIGITS;
}

static bool is_header(enum archive_kind kind, const uint8_t *at) {
    return kind == ARCHIVE_ZIP    ? is_zip_header(at)
           : kind == ARCHIVE_CPIO ? is_cpio_header(at)
                                  : memcmp(at + 257, "ustar", 5) == 0;
}

static size_t search_header(enum archive_kind kind, const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (at + HEADER_SIZE <= size && !is_header(kind, bytes + at)) {
        at++;
    }
    return at;
}

// Only the outermost archive can be sought in without being held: nothing else uses the buffer for
// the input then.
static bool find_header(const struct layer *layer, uint64_t from, uint64_t *found) {
    struct feed *feed = layer->feed;
    const uint8_t *bytes = feed->bytes;
    for (uint64_t offset = from;;) {
        size_t size = 0;
        if (!layer->head.is_all) {
            size = feed_read(feed, offset, feed->bytes, FEED_SIZE);
        } else if (offset < layer->head.size) {
            bytes = layer->head.data + offset;
            size = layer->head.size - (size_t)offset;
        }
        size_t at = search_header(layer->kind, bytes, size);
        *found = offset + at;
        if (size < HEADER_SIZE || at + HEADER_SIZE <= size) {
            return size >= HEADER_SIZE;
        }
        offset += at;
    }
}

// Reads on at the next header of a member: where the list of members has failed, at the first of
// all, and those that the list has given are passed over. False when there is none.
static bool resume(struct layer *layer) {
    uint64_t found = 0;
    bool has_headers =
        layer->kind == ARCHIVE_ZIP || layer->kind == ARCHIVE_TAR || layer->kind == ARCHIVE_CPIO;
    if (!has_headers || !layer->can_seek || layer->archive == NULL ||
        layer->resumed == UNPACK_RESUMED_MAX || layer->feed->stopped != UNPACK_WHOLE) {
        return false;
    }
    if (layer->kind == ARCHIVE_ZIP && !layer->is_swept) {
        layer->is_swept = true;
        layer->resume_from = 0;
        array_sort(layer->given, layer->given_count, sizeof *layer->given, order_numbers_at);
    }
    if (!find_header(layer, layer->resume_from, &found)) {
        return false;
    }
    layer->resumed++;
    layer->position = found;
    layer->resumed_at = found;
    layer->resume_from = found + 4;
    layer->is_over = false;
    open_archive(layer, true);
    return !layer->is_over;
}

// Whether the list of members, which stands at the archive's end, says of itself that it has other
// than the entries seen.
static bool list_is_short(const struct layer *layer) {
    enum { END_SIZE = 22, COMMENT_MAX = UINT16_MAX };
    uint8_t bytes[END_SIZE + COMMENT_MAX];
    uint64_t size = size_of(layer);
    size_t wanted = size < sizeof bytes ? (size_t)size : sizeof bytes;
    if (layer->kind != ARCHIVE_ZIP || !layer->can_seek || layer->is_swept) {
        return false;
    }
    if (layer->head.is_all) {
        memcpy(bytes, layer->head.data + size - wanted, wanted);
    } else if (feed_read(layer->feed, size - wanted, bytes, wanted) != wanted) {
        return true;
    }
    for (size_t at = wanted < END_SIZE ? 0 : wanted - END_SIZE + 1; at-- > 0;) {
        if (memcmp(bytes + at, "PK\5\6", 4) == 0) {
            uint16_t count = bytes_u16(bytes + at + 10);
            return count != (uint16_t)layer->entries && count != UINT16_MAX;
        }
    }
    return false; // it is not read by the list
}

// Headers

// Notes where the data of an entry of a zip archive lie. Where memory runs out, it may be given out
// twice.
static void note_given(struct layer *layer, uint64_t data_at) {
    (void)array_add(&layer->given, &layer->given_count, &layer->given_capacity, &data_at,
                    sizeof data_at);
}

static bool was_given(const struct layer *layer, uint64_t data_at) {
    size_t at = search_first(layer->given, layer->given_count, sizeof *layer->given, &data_at,
                             order_numbers_at);
    return at < layer->given_count && layer->given[at] == data_at;
}

// Takes up the entry that libarchive has come to. False when it has been given out before.
static bool take_entry(struct layer *layer) {
    la_int64_t at = archive_filter_bytes(layer->archive, 0);
    uint64_t data_at = layer->resumed_at + (at > 0 ? (uint64_t)at : 0);
    layer->entry_trouble = UNPACK_WHOLE;
    layer->entry_is_over = false;
    layer->at = 0;
    layer->block_size = 0;
    layer->block_at = 0;
    layer->resume_from = data_at > layer->resume_from ? data_at : layer->resume_from;
    if (layer->is_swept) {
        if (was_given(layer, data_at)) {
            return false;
        }
    } else if (layer->kind == ARCHIVE_ZIP && layer->can_seek) {
        note_given(layer, data_at);
    }
    layer->entries++;
    return true;
}

static enum unpack_trouble trouble_of_header(const struct layer *layer) {
    // libarchive 3.6 reads astray where it has not taken the archive for one of a format.
    bool is_encrypted = layer->is_open && archive_read_has_encrypted_entries(layer->archive) == 1;
    return is_encrypted ? UNPACK_ENCRYPTED : trouble_of(layer);
}

// Goes on after an entry, or its header, that libarchive gave up on. False when nothing can be had
// any more. Where it was the entry, that is named already, and matters no further if others follow.
static bool get_over(struct layer *layer, int result, bool is_further) {
    enum unpack_trouble trouble = result == ARCHIVE_EOF ? UNPACK_DAMAGED : trouble_of_header(layer);
    bool is_named = layer->entry_trouble != UNPACK_WHOLE;
    bool is_only = archive_format(layer->archive) == ARCHIVE_FORMAT_RAW;
    // A damaged header of a tar archive: the next may be right after it.
    bool goes_on = (result == ARCHIVE_RETRY && is_further) || resume(layer);
    if (layer->trouble == UNPACK_WHOLE && !(is_named && (goes_on || is_only))) {
        layer->trouble = trouble;
    }
    layer->entry_trouble = UNPACK_WHOLE;
    return goes_on;
}

// Goes on after what libarchive takes for the archive's end: in the middle of a damaged one may
// stand what does at its end.
static bool resume_after_end(struct layer *layer, la_int64_t at) {
    uint64_t end = layer->resumed_at + (at > 0 ? (uint64_t)at : 0);
    layer->resume_from = end > layer->resume_from ? end : layer->resume_from;
    if (!(layer->is_swept || layer->kind == ARCHIVE_CPIO) || !resume(layer)) {
        return false;
    }
    layer->trouble = layer->trouble == UNPACK_WHOLE ? UNPACK_DAMAGED : layer->trouble;
    return true;
}

bool layer_next(struct layer *layer, struct archive_entry **entry) {
    la_int64_t before = -1;
    // The header of a member that is damaged may be, too: its size is not to be relied on.
    if (layer->is_swept && layer->entry_trouble != UNPACK_WHOLE) {
        layer->entry_trouble = UNPACK_WHOLE;
        layer->is_over = !resume(layer);
    }
    while (!layer->is_over) {
        errno = 0; // libarchive ends the process where a name is odd and memory ran out before
        int result =
            layer->is_open ? archive_read_next_header(layer->archive, entry) : ARCHIVE_FATAL;
        la_int64_t at = archive_filter_bytes(layer->archive, 0);
        if (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
            if (take_entry(layer)) {
                return true;
            }
        } else if (result == ARCHIVE_EOF && !list_is_short(layer)) {
            layer->is_over = !resume_after_end(layer, at);
        } else {
            layer->is_over = !get_over(layer, result, at > before);
        }
        before = at;
    }
    return false;
}

void layer_open(struct layer *layer) {
    open_archive(layer, false);
}

void layer_close(struct layer *layer) {
    if (layer->archive != NULL) {
        (void)archive_read_free(layer->archive);
    }
    gunzip_free(layer->gunzip);
    head_free(&layer->head);
    free(layer->given);
    free(layer->name);
    *layer = (struct layer){0};
}
