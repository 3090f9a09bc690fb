// SPDX-License-Identifier: GPL-3.0-or-later
// seeds OUTDIR LOG...: cuts logs into what the fuzz targets start from, a directory a kind: OUTDIR/
// log, chunk, xml, message, events, arguments, eql, condition and regex. Very small and large files
// are left out.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../tests/xmem.h"
#include "base/bytes.h"
#include "evtx/decoder.h"
#include "evtx/log_header.h"
#include "fuzz.h"
#include "rules/rule.h"
#include "scan/events_file.h"
#include "scan/message.h"
#include "scan/scanner.h"
#include "scan/settings.h"

enum { LOG_SIZE_MAX = LOG_HEADER_SIZE + 4 * CHUNK_SIZE, RECORDS_MAX = 24 };

static void write_seed(const char *directory, const char *kind, const void *bytes, size_t size) {
    static size_t number;
    char *path = xformat("%s/%s/%05zu", directory, kind, number++);
    make_parents(path);
    write_file(path, bytes, size);
    free(path);
}

static size_t without_zeros(const uint8_t *bytes, size_t size) {
    while (size > 0 && bytes[size - 1] == 0) {
        size--;
    }
    return size;
}

static void write_xml(const char *directory, const struct chunk *chunk) {
    struct decoder *decoder = decoder_new(DECODER_ALL_WORK_MAX);
    struct decoded decoded;
    must(decoder != NULL);
    for (size_t i = 0; i < chunk->record_count; i++) {
        const struct record *record = &chunk->records[i];
        decoder_start(decoder, chunk->data, false);
        decoder_choose(decoder, &record, 1);
        if (decoder_next(decoder, &decoded) && decoded.result == DECODER_OK) {
            write_seed(directory, "xml", decoded.xml, decoded.size);
        }
    }
    decoder_free(decoder);
}

static void write_chunks(const char *directory, const uint8_t *log, size_t size) {
    static uint8_t bytes[CHUNK_SIZE];
    static struct chunk chunk;
    for (size_t at = LOG_HEADER_SIZE; at < size; at += CHUNK_SIZE) {
        size_t taken = without_zeros(log + at, size - at < CHUNK_SIZE ? size - at : CHUNK_SIZE);
        fill_chunk(bytes, log + at, taken);
        chunk_survey(&chunk, bytes, 0);
        // Many chunks of like events would be no better than a few.
        if (taken > 0 && chunk.record_count <= RECORDS_MAX) {
            write_seed(directory, "chunk", log + at, taken);
            write_xml(directory, &chunk);
        }
    }
}

static void add_messages(struct buffer *out, int fd, const struct rule_set *rules) {
    static struct scan_state state;
    const struct scanner_options options = {0};
    const struct scan_segment segment = {.end = UINT64_MAX, .input_end = UINT64_MAX};
    const struct scanner_task task = {.rules = rules, .is_counting = true};
    struct scanner *scanner = scanner_new(&task, &options);
    must(scanner != NULL);
    memset(&state, 0, sizeof state);
    while (scanner_step(scanner, fd, &segment, &state, out)) {
    }
    scanner_free(scanner);
}

static void add_block(struct buffer *out, enum events_kind kind, const struct buffer *content) {
    uint8_t head[4] = {(uint8_t)kind, 0, 0, 0};
    size_t size = content->size < UINT16_MAX ? content->size : UINT16_MAX;
    bytes_put_u16(head + 2, (uint16_t)size);
    buffer_add(out, head, sizeof head);
    buffer_add(out, content->data, size);
}

// What an input has to tell of itself, and of its events those that fit into a block.
static void tell_input(const struct buffer *messages, struct buffer *facts, struct buffer *events) {
    const struct message_input input = {.size = 4096};
    const struct message_told told = {.offset = 512, .kind = PROBLEM_CHECKSUM, .is_suspect = 1};
    struct message message;
    message_add(facts, MESSAGE_TOTALS, &(struct message_totals){0}, sizeof(struct message_totals));
    message_add_input(facts, &input, "log.evtx");
    message_add_told(facts, &told, "", "what is wrong");
    for (size_t at = 0, taken = 0; at < messages->size; at += taken) {
        must(message_read(messages->data + at, messages->size - at, &message, &taken) ==
             MESSAGE_READ);
        if (message.kind == MESSAGE_COVERAGE) {
            message_add_again(facts, &message);
        } else if ((message.kind == MESSAGE_EVENT || message.kind == MESSAGE_BYTES) &&
                   events->size + taken < UINT16_MAX) {
            message_add_again(events, &message);
        }
    }
}

// An events file before it is packed, as fuzz/events.c takes it.
static void write_events(const char *directory, const struct buffer *messages) {
    struct scan_options options = {.rules = rule_set_builtin("wmi-process-creation")};
    struct buffer out = {0};
    struct buffer parts[4] = {0};
    must(options.rules != NULL && settings_make(&options, &parts[0], &parts[1]));
    tell_input(messages, &parts[2], &parts[3]);
    buffer_add_byte(&out, '\0');
    for (size_t i = 0; i < 4; i++) {
        add_block(&out, (enum events_kind)(EVENTS_SETTINGS + i), &parts[i]);
        buffer_free(&parts[i]);
    }
    write_seed(directory, "events", out.data, out.size);
    buffer_free(&out);
    rule_set_free((struct rule_set *)options.rules);
}

// What a rule's events are, and after that every process creation, as there is context in those.
static void write_messages(const char *directory, const char *path) {
    struct buffer out = {0};
    struct rule_set *rules = rule_set_builtin("all");
    must(rules != NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0);
    add_messages(&out, fd, rules);
    add_messages(&out, fd, NULL);
    rule_set_free(rules);
    must(!out.failed);
    write_seed(directory, "message", out.data, out.size);
    write_events(directory, &out);
    (void)close(fd);
    buffer_free(&out);
}

static void write_arguments(const char *directory) {
    static const char *const seeds[] = {
        "--maxspan=500ms\n--since=2024-05-01T10:00:00Z\n--until=2024-05-02\nlog.evtx",
        "-f\ncsv\n-o\nout.csv\n--strict\n-j4\n--csv-raw\n--time=logged\na.evtx\nb.evtx",
        "--no-recovered\n--no-filter\n-qv\n--\n-",
        "2024-05-01 10:00:00.000\n2024-05-01T10:00:00.1234567+02:00\n36500d\n2h\n1m\n-1s",
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        write_seed(directory, "arguments", seeds[i], strlen(seeds[i]));
    }
}

static void write_queries(const char *directory) {
    static const char *const seeds[] = {
        "process where process.name : (\"a*\", \"b?\") and not user.domain == \"c\" or ?`d-e`.f != null",
        ("sequence by host.id, ?a with maxspan=500ms [any where true] by b with runs=2\n"
         "![\"c-d\" where false] by e until [file where f not in~ (\"g\", \"h\")] by i"),
        "any where length(a) + -2 * 3.5e1 >= 4 % 5 / 6 // b\nand startsWith~(c, \"\\u{41}\\\\\")",
        "any where a regex~ \"[a-z]+\" /* b */ and c like \"\"\"d\\\"\"\"\" or cidrMatch(e, \"::1/8\")",
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        write_seed(directory, "eql", seeds[i], strlen(seeds[i]));
    }
}

static void write_conditions(const char *directory) {
    static const char one[] =
        "process where process.name : (\"c*\", \"?\") and process.args != \"/c\" or "
        "not process.pid < 5\0001\0Image\0C:\\x\\cmd.exe\0CommandLine\0cmd /c \"a b\""
        "\0ProcessId\00012";
    static const char two[] =
        "any where cidrMatch(source.ip, \"10.0.0.0/8\") and substring(user.name, -2, 4) "
        "regex~ \"[a-c]+|d@\" or number(string(source.port)) / 2 == 1.5\0003\0SourceIp"
        "\00010.1.2.3\0User\0A\\bcd\0SourcePort\0003";
    static const char three[] =
        "library where between~(dll.name, \"a\", \"b\", true) in (\"c\") or "
        "indexOf(concat(dll.path, 1, null), \"x\", 2) == null or "
        "file.pe.original_file_name like~ \"*?\"\0007\0ImageLoaded\0C:\\acb.dll";
    write_seed(directory, "condition", one, sizeof one - 1);
    write_seed(directory, "condition", two, sizeof two - 1);
    write_seed(directory, "condition", three, sizeof three - 1);
}

static void write_expressions(const char *directory) {
    static const char one[] = "(a|b+)*c{2,3}[^d-f\\d]?.@\0abbcc1x";
    static const char two[] = "~(ab)&[a-z]+|\"x*\"<1-20>\0x*12";
    static const char three[] = "~a\\w#|<007-123>(\\*|[]\\]]){1}\000100]";
    write_seed(directory, "regex", one, sizeof one - 1);
    write_seed(directory, "regex", two, sizeof two - 1);
    write_seed(directory, "regex", three, sizeof three - 1);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        (void)fprintf(stderr, "usage: seeds OUTDIR LOG...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        size_t size = 0;
        uint8_t *log = (uint8_t *)read_file(argv[i], &size);
        if (size > LOG_HEADER_SIZE && size <= LOG_SIZE_MAX) {
            write_seed(argv[1], "log", log, without_zeros(log, size));
            write_chunks(argv[1], log, size);
            write_messages(argv[1], argv[i]);
        }
        free(log);
    }
    write_arguments(argv[1]);
    write_conditions(argv[1]);
    write_expressions(argv[1]);
    write_queries(argv[1]);
    return 0;
}
