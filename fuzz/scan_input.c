// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan_input.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "rules/rule.h"
#include "scan/message.h"
#include "scan/scanner.h"

static struct scanner *new_scanner(void) {
    const struct scanner_options options = {0};
    const struct scanner_task task = {.rules = rule_set_builtin("all"), .is_counting = true};
    must(task.rules != NULL);
    struct scanner *scanner = scanner_new(&task, &options);
    must(scanner != NULL);
    return scanner;
}

static void write_input(int fd, const uint8_t *data, size_t size) {
    must(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    must(lseek(fd, 0, SEEK_SET) == 0);
}

static void scan(struct scanner *scanner, int fd, const struct scan_segment *segment,
                 struct buffer *out) {
    static struct scan_state state;
    memset(&state, 0, offsetof(struct scan_state, buffer));
    buffer_clear(out);
    while (scanner_step(scanner, fd, segment, &state, out)) {
    }
    must(!out->failed && !state.in_chunk);
}

// All of it is messages, the last of them says that it is. Takes out those on definitions, which a
// scanner tells once in its life.
static void check_messages(struct buffer *out) {
    static struct buffer kept;
    struct message message = {0};
    size_t at = 0;
    buffer_clear(&kept);
    while (at < out->size) {
        size_t taken = 0;
        must(message_read(out->data + at, out->size - at, &message, &taken) == MESSAGE_READ);
        at += taken;
        must((message.kind == MESSAGE_DONE) == (at == out->size));
        if (message.kind != MESSAGE_DEFINITION) {
            message_add_again(&kept, &message);
        }
    }
    must(at > 0 && !kept.failed);
    buffer_clear(out);
    buffer_add(out, kept.data, kept.size);
}

void scan_input(const uint8_t *data, size_t size, bool is_carved) {
    static struct scanner *scanner;
    static struct buffer from_file;
    static struct buffer from_stream;
    static int fd = -1;
    if (scanner == NULL) {
        scanner = new_scanner();
        fd = memfd_create("input", MFD_CLOEXEC);
    }
    struct scan_segment segment = {
        .end = size, .input_end = size, .is_carved = is_carved, .compares = true};
    write_input(fd, data, size);
    scan(scanner, fd, &segment, &from_file);
    check_messages(&from_file);
    segment.end = UINT64_MAX;
    segment.input_end = UINT64_MAX;
    segment.is_stream = true;
    scan(scanner, fd, &segment, &from_stream);
    check_messages(&from_stream);
    must(from_stream.size == from_file.size &&
         memcmp(from_stream.data, from_file.data, from_file.size) == 0);
}
