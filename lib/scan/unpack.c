// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/unpack.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <archive.h>
#include <archive_entry.h>

#include "scan/archive_kind.h"
#include "scan/image_files.h"
#include "scan/layer.h"

// A tar archive that is compressed counts as one, and takes two.
enum { LAYERS_MAX = 2 * (1 + UNPACK_DEPTH_MAX) };

struct unpacker {
    struct feed feed;
    const char *input_name;
    bool takes_any;
    struct layer layers[LAYERS_MAX];
    size_t depth;     // layers that are open
    size_t nested;    // of these, archives within another
    struct head head; // of the entry at hand of the innermost
    bool is_plain;    // no archive
    bool is_begun;
    bool in_member;
    uint64_t member_size;
    enum unpack_trouble member_trouble;
    uint64_t members;
    uint64_t passed_over;
    char name[UNPACK_NAME_MAX];
};

const char *unpack_trouble_text(enum unpack_trouble trouble) {
    static const char *const texts[UNPACK_TROUBLES] = {
        [UNPACK_WHOLE] = "",
        [UNPACK_DAMAGED] = "damaged",
        [UNPACK_ENCRYPTED] = "encrypted; unpack it first",
        [UNPACK_METHOD] = "compressed in a way that is not supported; unpack it first",
        [UNPACK_UNREADABLE] = "cannot be read",
        [UNPACK_MEMORY] = "takes too much memory; unpack it first",
        [UNPACK_NO_SEEK] = "too large for a 7z archive in another or on a pipe; unpack it first",
        [UNPACK_IMAGE] = "a forensic image, which is read from files only; unpack it first",
        [UNPACK_DEPTH] = "more than 3 archives within an archive; unpack it first",
        [UNPACK_MEMBER_SIZE] = "too large; unpack it first",
        [UNPACK_SIZE] = "the archive has too much in it; unpack it first",
        [UNPACK_RATIO] = "the archive becomes more than 1,000 times its size; not read further",
        [UNPACK_MEMBERS] = "the archive has too many members; not read further",
    };
    return texts[trouble];
}

void unpack_prepare(void) {
    // mktime() looks a time zone up in a file each time it is not given by name. Names in UTF-16
    // become those of the locale; without the locale, libarchive converts them all the same where
    // there is no iconv, as in the statically linked command.
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    (void)setlocale(LC_CTYPE, "C.UTF-8");
}

// Layers

static struct layer *innermost(struct unpacker *unpacker) {
    return &unpacker->layers[unpacker->depth - 1];
}

// Opens an archive, of which the head has been read.
static void add_layer(struct unpacker *unpacker, enum archive_kind kind, const char *name,
                      bool is_nested) {
    struct head *head = &unpacker->head;
    bool is_first = unpacker->depth == 0;
    struct layer *layer = &unpacker->layers[unpacker->depth];
    char *copy = name == NULL ? NULL : strdup(name);
    *layer = (struct layer){
        .feed = &unpacker->feed,
        .outer = is_first ? NULL : innermost(unpacker),
        .kind = kind,
        .name = copy,
        .is_nested = is_nested,
        .head = *head,
        .can_seek = head->is_all || (is_first && !unpacker->feed.is_stream),
    };
    *head = (struct head){0};
    unpacker->nested += is_nested;
    unpacker->depth++;
    if (name != NULL && copy == NULL) {
        layer->trouble = UNPACK_MEMORY;
        layer->is_over = true;
    } else {
        layer_open(layer);
    }
}

static void drop_layer(struct unpacker *unpacker) {
    struct layer *layer = innermost(unpacker);
    unpacker->nested -= layer->is_nested;
    unpacker->depth--;
    layer_close(layer);
}

// Names

// The name of what a compressed file holds: its own without the suffix.
static void add_stem(char *to, size_t room, const struct layer *layer, const char *input_name) {
    const char *name = basename(layer->name == NULL ? input_name : layer->name);
    const char *dot = strrchr(name, '.');
    bool has_suffix = dot != NULL && dot != name && strlen(dot) <= 5;
    (void)snprintf(to, room, "%.*s", (int)(has_suffix ? dot - name : (ptrdiff_t)strlen(name)),
                   name);
}

// Makes the name of the entry. One that is too long is cut, and told from others by its number.
static void make_name(struct unpacker *unpacker, const struct layer *layer,
                      struct archive_entry *entry) {
    char *to = unpacker->name;
    int used = layer->name == NULL ? 0 : snprintf(to, UNPACK_NAME_MAX, "%s!/", layer->name);
    size_t room = used < UNPACK_NAME_MAX ? UNPACK_NAME_MAX - (size_t)used : 0;
    to += used;
    errno = 0; // see layer_next()
    const char *name = archive_entry_pathname(entry);
    if (archive_format(layer->archive) == ARCHIVE_FORMAT_RAW) {
        add_stem(to, room, layer, unpacker->input_name);
    } else if (name == NULL || *name == '\0') {
        (void)snprintf(to, room, "(member %" PRIu64 ")", layer->entries);
    } else {
        name += strncmp(name, "./", 2) == 0 ? 2 : 0;
        if ((size_t)snprintf(to, room, "%s", name) >= room) {
            enum { NOTE_SIZE = 64 };
            (void)snprintf(unpacker->name + UNPACK_NAME_MAX - NOTE_SIZE, NOTE_SIZE,
                           "... (%zu bytes, member %" PRIu64 ")", strlen(name), layer->entries);
        }
    }
}

// Members

// Reads the entry, or the input itself, until so many bytes of it are there.
static bool fill_head(struct unpacker *unpacker, struct head *head, size_t wanted) {
    while (head->size < wanted && !head->is_all) {
        const uint8_t *bytes = unpacker->feed.bytes;
        size_t size = 0;
        if (unpacker->depth > 0) {
            (void)layer_read(innermost(unpacker), &bytes, &size);
        } else {
            size = feed_read(&unpacker->feed, head->size, unpacker->feed.bytes, FEED_SIZE);
        }
        head->is_all = size == 0;
        if (size > 0 && !head_add(head, bytes, size)) {
            return false;
        }
    }
    return true;
}

static enum unpack_result report_trouble(struct unpacker *unpacker, struct unpack_report *report,
                                         enum unpack_trouble trouble) {
    *report = (struct unpack_report){.name = unpacker->name, .trouble = trouble};
    return UNPACK_TROUBLE;
}

// Holds an archive in memory, all of it, if its list of members stands at its end and it is small
// enough. A head that is not all of it is read first and what follows after it.
static enum unpack_trouble hold(struct unpacker *unpacker, enum archive_kind kind) {
    if (kind != ARCHIVE_ZIP && kind != ARCHIVE_7Z) {
        return UNPACK_WHOLE;
    }
    if (!fill_head(unpacker, &unpacker->head, UNPACK_HELD_MAX)) {
        return UNPACK_MEMORY;
    }
    return kind == ARCHIVE_7Z && !unpacker->head.is_all ? UNPACK_NO_SEEK : UNPACK_WHOLE;
}

// Goes into an archive that the entry at hand is. A compressed tar archive is one, of the name of
// the file. WHOLE when it is open.
static enum unpack_trouble go_into(struct unpacker *unpacker, enum archive_kind kind) {
    const struct layer *outer = innermost(unpacker);
    bool is_compressed = outer->kind == ARCHIVE_GZIP || outer->kind == ARCHIVE_COMPRESSED;
    bool is_one = is_compressed && (kind == ARCHIVE_TAR || kind == ARCHIVE_CPIO);
    if (!is_one && unpacker->nested == UNPACK_DEPTH_MAX) {
        return UNPACK_DEPTH;
    }
    enum unpack_trouble trouble = hold(unpacker, kind);
    if (trouble != UNPACK_WHOLE) {
        return trouble;
    }
    add_layer(unpacker, kind, is_one ? outer->name : unpacker->name, !is_one);
    return UNPACK_WHOLE;
}

static enum unpack_result begin_member(struct unpacker *unpacker, struct unpack_report *report) {
    unpacker->in_member = true;
    unpacker->member_size = 0;
    unpacker->member_trouble = UNPACK_WHOLE;
    *report = (struct unpack_report){.name = unpacker->name};
    return UNPACK_MEMBER;
}

// Reads what is left of an entry where to pass over it is to unpack it, so that it is counted.
static void pass_over_entry(struct unpacker *unpacker) {
    struct layer *layer = innermost(unpacker);
    bool is_unpacked = layer->kind == ARCHIVE_GZIP || layer->kind == ARCHIVE_COMPRESSED ||
                       layer->kind == ARCHIVE_7Z || layer->kind == ARCHIVE_RAR;
    const uint8_t *data = NULL;
    size_t size = 0;
    while (is_unpacked && !layer->entry_is_over && layer_read(layer, &data, &size)) {
    }
}

// Looks at the entry at hand. END stands for one that is passed over, or gone into.
static enum unpack_result look_at(struct unpacker *unpacker, struct archive_entry *entry,
                                  struct unpack_report *report) {
    struct layer *layer = innermost(unpacker);
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != NULL) {
        return UNPACK_END;
    }
    make_name(unpacker, layer, entry);
    if (++unpacker->members > UNPACK_MEMBERS_MAX) {
        unpacker->feed.stopped = UNPACK_MEMBERS;
        return UNPACK_END;
    }
    if (archive_entry_is_data_encrypted(entry)) {
        return report_trouble(unpacker, report, UNPACK_ENCRYPTED);
    }
    struct head *head = &unpacker->head;
    head->size = 0;
    head->next = 0;
    head->is_all = false;
    if (!fill_head(unpacker, head, ARCHIVE_START_SIZE)) {
        return report_trouble(unpacker, report, UNPACK_MEMORY);
    }
    enum archive_kind kind = archive_kind_of(head->data, head->size);
    bool is_log = archive_starts_like_log(head->data, head->size);
    if (kind != ARCHIVE_NONE && !is_log) {
        enum unpack_trouble trouble = go_into(unpacker, kind);
        return trouble == UNPACK_WHOLE ? UNPACK_END : report_trouble(unpacker, report, trouble);
    }
    if (layer->entry_trouble != UNPACK_WHOLE && head->size == 0) {
        return report_trouble(unpacker, report, layer->entry_trouble);
    }
    if (unpacker->takes_any && image_kind_of(head->data, head->size) != IMAGE_NONE) {
        return report_trouble(unpacker, report, UNPACK_IMAGE);
    }
    if (is_log || unpacker->takes_any || archive_is_named_log(unpacker->name)) {
        return begin_member(unpacker, report);
    }
    unpacker->passed_over++;
    pass_over_entry(unpacker);
    // Of what is cut short at its very start nobody knows what it was.
    return layer->entry_trouble != UNPACK_WHOLE && head->size < ARCHIVE_START_SIZE
               ? report_trouble(unpacker, report, layer->entry_trouble)
               : UNPACK_END;
}

// Leaves the innermost archive. What went wrong with the entry that it was read from explains what
// went wrong with it.
static enum unpack_result leave(struct unpacker *unpacker, struct unpack_report *report) {
    const struct layer *layer = innermost(unpacker);
    enum unpack_trouble trouble = layer->trouble;
    (void)snprintf(unpacker->name, sizeof unpacker->name, "%s",
                   layer->name == NULL ? "" : layer->name);
    drop_layer(unpacker);
    if (unpacker->depth > 0) {
        pass_over_entry(unpacker);
        const struct layer *outer = innermost(unpacker);
        trouble = outer->entry_trouble != UNPACK_WHOLE ? outer->entry_trouble : trouble;
    }
    return trouble == UNPACK_WHOLE ? UNPACK_END : report_trouble(unpacker, report, trouble);
}

// Nothing more is to be unpacked: that is said once, of the archive as a whole.
static enum unpack_result stop(struct unpacker *unpacker, struct unpack_report *report) {
    while (unpacker->depth > 0) {
        drop_layer(unpacker);
    }
    *unpacker->name = '\0';
    return report_trouble(unpacker, report, unpacker->feed.stopped);
}

static enum unpack_result begin(struct unpacker *unpacker, struct unpack_report *report) {
    struct head *head = &unpacker->head;
    unpacker->is_begun = true;
    if (!fill_head(unpacker, head, ARCHIVE_START_SIZE)) {
        return report_trouble(unpacker, report, UNPACK_MEMORY);
    }
    if (image_kind_of(head->data, head->size) != IMAGE_NONE) {
        return report_trouble(unpacker, report, UNPACK_IMAGE);
    }
    enum archive_kind kind = archive_kind_of(head->data, head->size);
    if (kind == ARCHIVE_NONE || archive_starts_like_log(head->data, head->size)) {
        unpacker->is_plain = true;
        return begin_member(unpacker, report);
    }
    if (!unpacker->feed.is_stream) {
        head_free(head);
    } else {
        enum unpack_trouble trouble = hold(unpacker, kind);
        if (trouble != UNPACK_WHOLE) {
            return report_trouble(unpacker, report, trouble);
        }
    }
    add_layer(unpacker, kind, NULL, false);
    return UNPACK_END;
}

enum unpack_result unpacker_next(struct unpacker *unpacker, struct unpack_report *report) {
    struct archive_entry *entry = NULL;
    if (!unpacker->is_begun) {
        enum unpack_result result = begin(unpacker, report);
        if (result != UNPACK_END) {
            return result;
        }
    } else if (unpacker->in_member && unpacker->depth > 0) {
        pass_over_entry(unpacker);
    }
    unpacker->in_member = false;
    while (unpacker->depth > 0) {
        enum unpack_result result = UNPACK_END;
        if (unpacker->feed.stopped != UNPACK_WHOLE) {
            return stop(unpacker, report);
        }
        if (layer_next(innermost(unpacker), &entry)) {
            result = look_at(unpacker, entry, report);
        } else {
            result = leave(unpacker, report);
        }
        if (result != UNPACK_END) {
            return result;
        }
    }
    return UNPACK_END;
}

// What follows after the head.
static bool read_on(struct unpacker *unpacker, const uint8_t **data, size_t *size) {
    struct feed *feed = &unpacker->feed;
    if (unpacker->depth > 0) {
        struct layer *layer = innermost(unpacker);
        bool is_there = layer_read(layer, data, size);
        unpacker->member_trouble = layer->entry_trouble;
        return is_there;
    }
    *data = feed->bytes;
    *size = feed_read(feed, unpacker->member_size, feed->bytes, FEED_SIZE);
    unpacker->member_trouble = feed->has_failed ? UNPACK_UNREADABLE : UNPACK_WHOLE;
    return *size > 0;
}

bool unpacker_read(struct unpacker *unpacker, const uint8_t **data, size_t *size) {
    if (!head_take(&unpacker->head, data, size) && !read_on(unpacker, data, size)) {
        return false;
    }
    unpacker->member_size += *size;
    if (!unpacker->is_plain && unpacker->member_size > UNPACK_MEMBER_SIZE_MAX) {
        unpacker->member_trouble = UNPACK_MEMBER_SIZE;
        return false;
    }
    return true;
}

enum unpack_trouble unpacker_member_trouble(const struct unpacker *unpacker) {
    return unpacker->member_trouble;
}

uint64_t unpacker_passed_over(const struct unpacker *unpacker) {
    return unpacker->passed_over;
}

struct unpacker *unpacker_new(const struct unpack_input *input) {
    struct unpacker *unpacker = calloc(1, sizeof *unpacker);
    if (unpacker != NULL) {
        unpacker->feed.fd = input->fd;
        unpacker->feed.is_stream = input->is_stream;
        unpacker->feed.size = input->size;
        unpacker->feed.progress = input->progress;
        unpacker->input_name = input->name;
        unpacker->takes_any = input->takes_any;
    }
    return unpacker;
}

void unpacker_free(struct unpacker *unpacker) {
    if (unpacker != NULL) {
        while (unpacker->depth > 0) {
            drop_layer(unpacker);
        }
        head_free(&unpacker->head);
        free(unpacker);
    }
}
