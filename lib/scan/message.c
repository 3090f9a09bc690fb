// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "evtx/chunk.h"

bool message_sum_is_possible(const struct message_sum *sum, uint64_t input_bytes) {
    const uint64_t most = UINT64_MAX / MESSAGES_SIZE_FACTOR - MESSAGES_SIZE_BASE;
    uint64_t bytes = input_bytes < most ? input_bytes : most;
    return sum->count <= MESSAGES_BASE + bytes / MESSAGES_BYTES &&
           sum->size <= MESSAGES_SIZE_BASE + bytes * MESSAGES_SIZE_FACTOR;
}

static void add_header(struct buffer *out, enum message_kind kind, size_t size) {
    struct message_header header = {.kind = (uint32_t)kind, .size = (uint32_t)size};
    buffer_add(out, &header, sizeof header);
}

void message_add(struct buffer *out, enum message_kind kind, const void *content, size_t size) {
    add_header(out, kind, size);
    buffer_add(out, content, size);
}

size_t message_event_size(const struct message_event *head, const struct event *event) {
    return sizeof *head + head->hit_count * sizeof(struct rule_hit) + event->size;
}

bool message_add_event(struct buffer *out, const struct message_event *head,
                       const struct rule_hit *hits, const struct event *event) {
    size_t size = message_event_size(head, event);
    if (size > MESSAGE_SIZE_MAX) {
        return false;
    }
    add_header(out, MESSAGE_EVENT, size);
    buffer_add(out, head, sizeof *head);
    buffer_add(out, hits, head->hit_count * sizeof *hits);
    buffer_add(out, event, event->size);
    return true;
}

void message_add_problem(struct buffer *out, enum problem_kind kind, enum message_reason reason,
                         uint64_t offset, int system_error) {
    const struct message_problem problem = {.offset = offset,
                                            .kind = (uint32_t)kind,
                                            .reason = (uint32_t)reason,
                                            .system_error = system_error};
    message_add(out, MESSAGE_PROBLEM, &problem, sizeof problem);
}

void message_add_undecided(struct buffer *out, uint64_t offset, size_t rule) {
    const struct message_problem problem = {.offset = offset,
                                            .kind = PROBLEM_UNDECIDED,
                                            .reason = REASON_RULE_LIMIT,
                                            .rule = (uint32_t)rule};
    message_add(out, MESSAGE_PROBLEM, &problem, sizeof problem);
}

static struct message_problem may_match(enum message_reason reason, uint64_t offset,
                                        const uint8_t *head) {
    return (struct message_problem){.offset = offset,
                                    .kind = PROBLEM_MAY_MATCH,
                                    .reason = (uint32_t)reason,
                                    .record = bytes_u64(head + 8),
                                    .written = bytes_u64(head + 16)};
}

void message_add_may_match(struct buffer *out, enum message_reason reason, uint64_t offset,
                           const uint8_t *head, struct text text) {
    struct message_problem problem = may_match(reason, offset, head);
    memcpy(problem.text, text.data,
           text.size < sizeof problem.text ? text.size : sizeof problem.text - 1);
    message_add(out, MESSAGE_PROBLEM, &problem, sizeof problem);
}

bool message_add_bytes(struct buffer *out, enum message_reason reason, uint64_t offset,
                       const uint8_t *head, const struct raw *raw, size_t count) {
    const struct message_problem problem = may_match(reason, offset, head);
    size_t size = sizeof problem;
    for (size_t i = 0; i < count; i++) {
        size += sizeof(uint32_t) + raw[i].size;
    }
    if (size > MESSAGE_SIZE_MAX) {
        return false;
    }
    add_header(out, MESSAGE_BYTES, size);
    buffer_add(out, &problem, sizeof problem);
    for (size_t i = 0; i < count; i++) {
        const uint32_t run = (uint32_t)raw[i].size;
        buffer_add(out, &run, sizeof run);
        buffer_add(out, raw[i].data, run);
    }
    return true;
}

bool message_next_bytes(struct raw *left, struct raw *raw) {
    uint32_t size = 0;
    if (left->size < sizeof size) {
        return false;
    }
    memcpy(&size, left->data, sizeof size);
    if (size > left->size - sizeof size) {
        return false;
    }
    *raw = (struct raw){left->data + sizeof size, size};
    left->data += sizeof size + size;
    left->size -= sizeof size + size;
    return true;
}

void message_add_done(struct buffer *out) {
    add_header(out, MESSAGE_DONE, 0);
}

void message_add_no_sandbox(struct buffer *out) {
    add_header(out, MESSAGE_NO_SANDBOX, 0);
}

void message_add_definition(struct buffer *out, const char *content, size_t size) {
    if (size <= MESSAGE_DEFINITION_MAX) {
        message_add(out, MESSAGE_DEFINITION, content, size);
    }
}

void message_add_text(struct buffer *out, enum message_kind kind, const char *text, size_t size) {
    for (size_t at = 0; at < size;) {
        size_t piece = size - at < MESSAGE_SIZE_MAX ? size - at : MESSAGE_SIZE_MAX;
        message_add(out, kind, text + at, piece);
        at += piece;
    }
}

// As much of a text as there is room for in a message beside all else.
static size_t text_size(const char *text) {
    return strnlen(text, MESSAGE_SIZE_MAX / 4);
}

static void add_with_path(struct buffer *out, enum message_kind kind, const void *head, size_t size,
                          const char *path) {
    add_header(out, kind, size + text_size(path));
    buffer_add(out, head, size);
    buffer_add(out, path, text_size(path));
}

void message_add_input(struct buffer *out, const struct message_input *input, const char *path) {
    add_with_path(out, MESSAGE_INPUT, input, sizeof *input, path);
}

void message_add_told(struct buffer *out, const struct message_told *told, const char *path,
                      const char *reason) {
    struct message_told head = *told;
    head.path_size = (uint32_t)text_size(path);
    add_header(out, MESSAGE_TOLD, sizeof head + head.path_size + text_size(reason));
    buffer_add(out, &head, sizeof head);
    buffer_add(out, path, head.path_size);
    buffer_add(out, reason, text_size(reason));
}

void message_add_archive(struct buffer *out, const struct message_archive *archive,
                         const char *path) {
    add_with_path(out, MESSAGE_ARCHIVE, archive, sizeof *archive, path);
}

void message_add_marks(struct buffer *out, uint64_t weight, const uint64_t *marks, size_t count) {
    const struct message_marks head = {.weight = weight};
    add_header(out, MESSAGE_MARKS, sizeof head + count * sizeof *marks);
    buffer_add(out, &head, sizeof head);
    buffer_add(out, marks, count * sizeof *marks);
}

void message_add_again(struct buffer *out, const struct message *message) {
    buffer_add(out, message->bytes, message->bytes_size);
}

// Takes a head of this size off the start. False when it is not there.
static bool take_head(const char **data, size_t *size, void *head, size_t head_size) {
    if (*size < head_size) {
        return false;
    }
    memcpy(head, *data, head_size);
    *data += head_size;
    *size -= head_size;
    return true;
}

// The same of what has nothing after it.
static bool take_all(const char *data, size_t size, void *content, size_t content_size) {
    return take_head(&data, &size, content, content_size) && size == 0;
}

static bool read_event(const char *data, size_t size, struct message *message) {
    struct message_event *head = &message->event_head;
    if (!take_head(&data, &size, head, sizeof *head) ||
        head->hit_count > size / sizeof(struct rule_hit)) {
        return false;
    }
    size_t hits_size = head->hit_count * sizeof(struct rule_hit);
    message->hits = data;
    message->event = data + hits_size;
    message->event_size = size - hits_size;
    return head->recovered <= 1 && head->damaged <= 1 && head->in_chunk < CHUNK_SIZE &&
           head->in_chunk <= head->offset && event_is_valid(message->event, message->event_size);
}

// Takes the problem that a message begins with.
static bool take_problem(const char **data, size_t *size, struct message_problem *problem) {
    return take_head(data, size, problem, sizeof *problem) && problem->kind < PROBLEM_KINDS &&
           problem->reason < REASON_COUNT &&
           memchr(problem->text, '\0', sizeof problem->text) != NULL;
}

static bool read_problem(const char *data, size_t size, struct message *message) {
    return take_problem(&data, &size, &message->problem) && size == 0;
}

static bool read_bytes(const char *data, size_t size, struct message *message) {
    struct raw raw;
    if (!take_problem(&data, &size, &message->problem) ||
        message->problem.kind != PROBLEM_MAY_MATCH) {
        return false;
    }
    struct raw left = {(const uint8_t *)data, size};
    message->raw = left;
    while (message_next_bytes(&left, &raw)) {
    }
    return left.size == 0;
}

static bool read_coverage(const char *data, size_t size, struct message *message) {
    return take_all(data, size, &message->coverage, sizeof message->coverage) &&
           coverage_row_is_valid(&message->coverage);
}

// Its place must be one that a file can have.
static bool read_note(const char *data, size_t size, struct message *message) {
    const struct note *note = &message->note;
    return take_all(data, size, &message->note, sizeof message->note) && note->recovered <= 1 &&
           note->record < CHUNK_SIZE && note->chunk <= INT64_MAX - CHUNK_SIZE;
}

static bool take_text(const char *data, size_t size, struct text *text) {
    *text = (struct text){data, size};
    return memchr(data, '\0', size) == NULL;
}

static bool read_input(const char *data, size_t size, struct message *message) {
    struct message_input *input = &message->input;
    return take_head(&data, &size, input, sizeof *input) && take_text(data, size, &message->path) &&
           size > 0 && input->is_once <= 1 && input->in_archive <= 1 && input->is_not_a_log <= 1 &&
           input->is_off_grid <= 1 && input->has_hash <= 1 && input->is_shared <= 1 &&
           input->tally.is_closed <= 1;
}

static bool read_told(const char *data, size_t size, struct message *message) {
    struct message_told *told = &message->told;
    return take_head(&data, &size, told, sizeof *told) && told->path_size <= size &&
           take_text(data, told->path_size, &message->path) &&
           take_text(data + told->path_size, size - told->path_size, &message->text) &&
           told->kind < PROBLEM_KINDS && told->is_suspect <= 1;
}

static bool read_archive(const char *data, size_t size, struct message *message) {
    struct message_archive *archive = &message->archive;
    return take_head(&data, &size, archive, sizeof *archive) &&
           take_text(data, size, &message->path) && size > 0 && archive->has_hash <= 1 &&
           archive->is_image <= 1;
}

static bool read_totals(const char *data, size_t size, struct message *message) {
    return take_all(data, size, &message->totals, sizeof message->totals) &&
           message->totals.lacks_sandbox <= 1;
}

static bool read_marks(const char *data, size_t size, struct message *message) {
    bool has_head = take_head(&data, &size, &message->marks, sizeof message->marks);
    message->mark_list = data;
    message->mark_count = size / sizeof(uint64_t);
    return has_head && size % sizeof(uint64_t) == 0;
}

static bool read_share(const char *data, size_t size, struct message *message) {
    const struct share *share = &message->share.share;
    return take_all(data, size, &message->share, sizeof message->share) &&
           share->count <= SHARE_COUNT_MAX && share->number >= 1 && share->number <= share->count;
}

// What is said of and in events files.
static bool read_of_file(enum message_kind kind, const char *data, size_t size,
                         struct message *message) {
    switch (kind) {
    case MESSAGE_FILE:
        return take_all(data, size, &message->file, sizeof message->file);
    case MESSAGE_SETTINGS:
    case MESSAGE_NAMES:
        message->text = (struct text){data, size};
        return true;
    case MESSAGE_INPUT:
        return read_input(data, size, message);
    case MESSAGE_AT:
        return take_all(data, size, &message->at, sizeof message->at);
    case MESSAGE_TOLD:
        return read_told(data, size, message);
    case MESSAGE_OTHER_HOSTS:
        return read_coverage(data, size, message);
    case MESSAGE_ARCHIVE:
        return read_archive(data, size, message);
    case MESSAGE_TOTALS:
        return read_totals(data, size, message);
    case MESSAGE_MARKS:
        return read_marks(data, size, message);
    case MESSAGE_SHARE:
        return read_share(data, size, message);
    default:
        return false;
    }
}

enum message_result message_read(const char *data, size_t size, struct message *message,
                                 size_t *taken) {
    struct message_header header;
    if (size < sizeof header) {
        return MESSAGE_INCOMPLETE;
    }
    memcpy(&header, data, sizeof header);
    if (header.size > MESSAGE_SIZE_MAX) {
        return MESSAGE_INVALID;
    }
    if (size - sizeof header < header.size) {
        return MESSAGE_INCOMPLETE;
    }
    data += sizeof header;
    *taken = sizeof header + header.size;
    message->bytes = data - sizeof header;
    message->bytes_size = *taken;
    message->kind = (enum message_kind)header.kind;
    bool ok = false;
    switch (header.kind) {
    case MESSAGE_EVENT:
        ok = read_event(data, header.size, message);
        break;
    case MESSAGE_PROBLEM:
        ok = read_problem(data, header.size, message);
        break;
    case MESSAGE_BYTES:
        ok = read_bytes(data, header.size, message);
        break;
    case MESSAGE_COVERAGE:
        ok = read_coverage(data, header.size, message);
        break;
    case MESSAGE_NOTE:
        ok = read_note(data, header.size, message);
        break;
    case MESSAGE_HASH:
        ok = take_all(data, header.size, message->hash, sizeof message->hash);
        break;
    case MESSAGE_DEFINITION:
        message->raw = (struct raw){(const uint8_t *)data, header.size};
        ok = header.size > 0 && header.size <= MESSAGE_DEFINITION_MAX;
        break;
    case MESSAGE_DONE:
    case MESSAGE_NO_SANDBOX:
        ok = header.size == 0;
        break;
    default:
        ok = read_of_file(message->kind, data, header.size, message);
        break;
    }
    return ok ? MESSAGE_READ : MESSAGE_INVALID;
}

bool message_copy_event(const struct message *message, size_t stage_count,
                        struct stage_event *event) {
    const size_t alignment = _Alignof(struct rule_hit);
    size_t event_size =
        message->event_size < sizeof(struct event) ? sizeof(struct event) : message->event_size;
    size_t offset = (event_size + alignment - 1) / alignment * alignment;
    size_t hits_size = message->event_head.hit_count * sizeof(struct rule_hit);
    char *block = malloc(offset + hits_size);
    if (block == NULL) {
        return false;
    }
    memcpy(block, message->event, message->event_size);
    memcpy(block + offset, message->hits, hits_size);
    struct rule_hit *hits = (struct rule_hit *)(void *)(block + offset);
    *event = (struct stage_event){.event = (struct event *)(void *)block,
                                  .hits = hits,
                                  .offset = message->event_head.offset,
                                  .in_chunk = message->event_head.in_chunk,
                                  .recovered = message->event_head.recovered != 0,
                                  .damaged = message->event_head.damaged != 0};
    for (size_t i = 0; i < message->event_head.hit_count; i++) {
        if (hits[i].stage < stage_count) {
            hits[event->hit_count++] = hits[i];
        }
    }
    return true;
}

const char *message_reason_text(const struct message_problem *problem,
                                const struct rule_set *rules) {
    static const char *const texts[REASON_COUNT] = {
        [REASON_NO_SIGNATURE] = "chunk signature missing",
        [REASON_BAD_HEADER] = "free-space offset in the chunk header is impossible",
        [REASON_BAD_RECORDS] = "chain of records broken",
        [REASON_NOT_DECODED] = "binary XML cannot be decoded",
        [REASON_TOO_MUCH] = "its chunk holds more text than any that Sysmon writes",
        [REASON_MANY_FAILURES] = "too many records of its chunk cannot be decoded",
        [REASON_TEMPLATE_GONE] = "template definition overwritten",
        [REASON_TEXT_JOINED] = "text put together from several values",
        [REASON_NOT_AN_EVENT] = "decoded text is not an event",
        [REASON_NO_MEMORY] = "out of memory",
        [REASON_TOO_LARGE] = "larger than any event that Sysmon writes",
        [REASON_DIFFERENT] = "reading it in place and decoding it gave different results",
        [REASON_RULE_LIMIT] = "a rule",
        [REASON_MANY_DEFINITIONS] = "the input has more of them than are checked",
        [REASON_HEADER_SUM] = "the header is not what was written",
        [REASON_RECORDS_SUM] = "the records are not what was written",
        [REASON_MISFIT] = "its size and values do not fit each other",
        [REASON_GAP] = "no chunk has the records before those of this one",
        [REASON_OFF_GRID] = "not where it should be: bytes before it are missing or were added",
        [REASON_MANY_CHUNKS] = "more chunks overlap here than are read",
        [REASON_ENDS_IN_HEADER] = "ends in the middle of the file header",
        [REASON_ENDS_IN_CHUNK] = "ends in the middle of a chunk",
        [REASON_NO_LOG] = "is not an EVTX log: no signature, chunk or record of one",
        [REASON_SHORTER] = REASON_SHORTER_TEXT,
        [REASON_FILE_HEADER] = "signature or checksum is wrong",
        [REASON_NO_EVENTS_FILE] = "is not an events file, which --collect writes",
        [REASON_OTHER_VERSION] =
            "is an events file of another version of evtxseq or kind of machine",
        [REASON_ENDS_EARLY] = "is not a whole events file: its end is missing",
        [REASON_GROWS] = "is an events file that becomes more than 1,000 times its size",
        [REASON_DAMAGED] = "is a damaged events file: a checksum is wrong",
    };
    if (problem->reason == REASON_RULE_LIMIT && rules != NULL && problem->rule < rules->count) {
        return rules->list[problem->rule].text->name;
    }
    if (problem->reason == REASON_READ) {
        return strerrordesc_np(problem->system_error) != NULL
                   ? strerrordesc_np(problem->system_error)
                   : "read error";
    }
    return texts[problem->reason];
}
