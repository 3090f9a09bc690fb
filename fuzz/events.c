// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: events files, as a worker reads them in every pass, and the settings in them. The
// input is a file as it stands, or its blocks before they are packed, so that checksums are right:
// 0, then of each block its kind, its input, the size of its content in two bytes, the content.
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "fuzz.h"
#include "rules/rule.h"
#include "scan/events_file.h"
#include "scan/message.h"
#include "scan/replay.h"
#include "scan/scan.h"
#include "scan/settings.h"

// Packs the blocks, and puts the text of the settings together.
static void pack_blocks(const uint8_t *data, size_t size, struct buffer *packed,
                        struct buffer *settings) {
    static struct events_packer *packer;
    packer = packer == NULL ? events_packer_new() : packer;
    must(packer != NULL);
    while (size >= 4) {
        enum events_kind kind = (enum events_kind)(data[0] % EVENTS_END);
        uint32_t input = data[1];
        size_t length = bytes_u16(data + 2);
        data += 4;
        size -= 4;
        length = length < size ? length : size;
        must(events_pack(packer, kind, input, data, length, packed));
        if (kind == EVENTS_SETTINGS) {
            buffer_add(settings, data, length);
        }
        data += length;
        size -= length;
    }
}

static void write_blocks(FILE *stream, const uint8_t *data, size_t size) {
    struct buffer packed = {0};
    struct buffer settings = {0};
    struct events_writer writer;
    uint8_t hash[SHA256_SIZE];
    pack_blocks(data, size, &packed, &settings);
    sha256_of(settings.data, settings.size, hash);
    events_write_head(&writer, stream, hash);
    events_write(&writer, packed.data, packed.size);
    events_write_end(&writer);
    buffer_free(&packed);
    buffer_free(&settings);
}

static int write_file(const uint8_t *data, size_t size) {
    int fd = memfd_create("events", MFD_CLOEXEC);
    must(fd >= 0);
    FILE *stream = fdopen(dup(fd), "w");
    must(stream != NULL);
    if (size > 0 && data[0] == 0) {
        write_blocks(stream, data + 1, size - 1);
    } else {
        must(fwrite(data, 1, size, stream) == size);
    }
    must(fclose(stream) == 0);
    return fd;
}

// Reads the file as a pass does. What it tells are messages, the last that it is done.
static void replay(int fd, const struct replay_task *task, struct buffer *out) {
    static struct scan_state state;
    const struct scan_segment segment = {.end = 1 << 20, .input_end = 1 << 20};
    struct replay *replay = replay_new(task);
    struct message message;
    size_t taken = 0;
    must(replay != NULL);
    memset(&state, 0, offsetof(struct scan_state, buffer));
    buffer_clear(out);
    while (replay_step(replay, fd, &segment, &state, out)) {
    }
    must(!out->failed);
    for (size_t at = 0; at < out->size; at += taken) {
        must(message_read(out->data + at, out->size - at, &message, &taken) == MESSAGE_READ);
    }
    must(out->size > 0 && message.kind == MESSAGE_DONE);
    replay_free(replay);
}

static void gather(const struct buffer *out, enum message_kind kind, struct buffer *text) {
    struct message message;
    size_t taken = 0;
    for (size_t at = 0; at < out->size; at += taken) {
        must(message_read(out->data + at, out->size - at, &message, &taken) == MESSAGE_READ);
        if (message.kind == kind) {
            buffer_add(text, message.text.data, message.text.size);
        }
    }
}

// Settings that can be read make the same text once more.
static void read_settings(const struct buffer *out) {
    struct scan_options options = {0};
    struct rule_set *rules = NULL;
    struct buffer text = {0};
    struct buffer names = {0};
    struct buffer again = {0};
    struct buffer names_again = {0};
    gather(out, MESSAGE_SETTINGS, &text);
    gather(out, MESSAGE_NAMES, &names);
    if (settings_read(&text, &names, &options, &rules) == NULL) {
        options.rules = rules;
        must(settings_make(&options, &again, &names_again));
    }
    rule_set_free(rules);
    buffer_free(&text);
    buffer_free(&names);
    buffer_free(&again);
    buffer_free(&names_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint32_t ranks[] = {0, 1, REPLAY_NONE};
    const struct replay_file file = {.ranks = ranks, .count = 3};
    struct note_scope scope = {0};
    struct note_place place = {.offset = 0x1200, .chunk = 0x1000};
    const struct note_places places = {.list = &place, .count = 1};
    struct buffer out = {0};
    int fd = write_file(data, size);
    note_scope_sort(&scope);
    static struct rule_set *rules;
    rules = rules == NULL ? rule_set_builtin("all") : rules;
    const struct findings_options findings = findings_default_options();
    struct mark_set marks;
    must(rules != NULL && mark_set_new(&marks, 1, MARKS_ROUGH));
    const enum replay_kind kinds[] = {REPLAY_CHECK, REPLAY_FACTS, REPLAY_MARKS,  REPLAY_WANTED,
                                      REPLAY_RULES, REPLAY_NOTES, REPLAY_PLACES, REPLAY_SETTINGS};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct replay_task task = {.kind = kinds[i],
                                         .files = &file,
                                         .scope = &scope,
                                         .places = &places,
                                         .wanted = {.rules = rules, .options = &findings},
                                         .marks = marks};
        replay(fd, &task, &out);
    }
    read_settings(&out);
    note_scope_free(&scope);
    mark_set_free(&marks);
    buffer_free(&out);
    (void)close(fd);
    return 0;
}
