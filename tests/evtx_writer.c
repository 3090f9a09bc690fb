// SPDX-License-Identifier: GPL-3.0-or-later
// Writes EVTX logs: records into chunks, chunks into a file.
#include "evtx_writer.h"

#include <stdlib.h>
#include <string.h>

#include "evtx_event.h"
#include "xmem.h"

enum {
    HEADER_CHECKED = 120, // bytes of a header that its checksum covers, flags and checksum follow
    RECORD_HEAD = 24,     // signature, size u32, id u64, time u64
    DEFINITION_LAYOUTS =
        EVTX_DEF_LATER | EVTX_DEF_SLACK | EVTX_DEF_PREVIOUS | EVTX_DEF_TAIL | EVTX_DEF_GAP,
};

// What a chunk's header says about its records.
struct chunk_facts {
    uint64_t first_number;
    uint64_t last_number;
    uint64_t first_id;
    uint64_t last_id;
    size_t last_record;
    size_t free_space;
};

struct evtx_log {
    uint8_t *bytes; // the file header, then the closed chunks
    size_t size;
    bool closed;
    uint64_t records;
    uint64_t last_id;
    size_t rotate;
    uint32_t flags;
    bool has_chunk_count;
    uint16_t chunk_count;

    struct chunk *chunk;
    bool chunk_open;
    bool in_slack;
    struct chunk_facts facts;
    struct chunk *scratch;
};

// CRC-32 as in ISO 3309 (polynomial 04C11DB7, reflected), continuing from `crc` (0 at first).
static uint32_t crc32_update(uint32_t crc, const uint8_t *bytes, size_t size) {
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

void evtx_seal_header(uint8_t *header) {
    store_le(header + 124, crc32_update(0, header, HEADER_CHECKED), 4);
}

void evtx_seal_chunk(uint8_t *chunk) {
    uint64_t free_space = load_le(chunk + 48, 4);
    if (free_space < EVTX_RECORDS_START || free_space > EVTX_CHUNK_SIZE) {
        die("a chunk's free space offset is outside the chunk");
    }
    const uint8_t *records = chunk + EVTX_RECORDS_START;
    store_le(chunk + 52, crc32_update(0, records, free_space - EVTX_RECORDS_START), 4);
    // The header's own checksum leaves out flags and itself, and goes on with the two tables.
    uint32_t crc = crc32_update(0, chunk, HEADER_CHECKED);
    crc = crc32_update(crc, chunk + CHUNK_STRING_TABLE, EVTX_RECORDS_START - CHUNK_STRING_TABLE);
    store_le(chunk + 124, crc, 4);
}

struct evtx_log *evtx_log_new(void) {
    struct evtx_log *log = xcalloc(1, sizeof *log);
    log->chunk = xcalloc(1, sizeof *log->chunk);
    log->scratch = xcalloc(1, sizeof *log->scratch);
    log->bytes = xcalloc(1, EVTX_HEADER_SIZE);
    log->size = EVTX_HEADER_SIZE;
    return log;
}

void evtx_log_free(struct evtx_log *log) {
    if (!log) {
        return;
    }
    free(log->chunk);
    free(log->scratch);
    free(log->bytes);
    free(log);
}

static void open_chunk(struct evtx_log *log) {
    memset(log->chunk->bytes, 0, sizeof log->chunk->bytes);
    bx_chunk_reset(log->chunk);
    memset(&log->facts, 0, sizeof log->facts);
    log->facts.free_space = EVTX_RECORDS_START;
    log->chunk_open = true;
    log->in_slack = false;
}

static void write_chunk_head(uint8_t *chunk, const struct chunk_facts *facts) {
    memcpy(chunk, "ElfChnk", 8);
    store_le(chunk + 8, facts->first_number, 8);
    store_le(chunk + 16, facts->last_number, 8);
    store_le(chunk + 24, facts->first_id, 8);
    store_le(chunk + 32, facts->last_id, 8);
    store_le(chunk + 40, 128, 4); // header size
    store_le(chunk + 44, facts->last_record, 4);
    store_le(chunk + 48, facts->free_space, 4);
    store_le(chunk + 120, 1, 4); // flags, as found in logs of Windows 10
    evtx_seal_chunk(chunk);
}

static void close_chunk(struct evtx_log *log) {
    if (!log->chunk_open) {
        return;
    }
    struct chunk *chunk = log->chunk;
    if (chunk->state.pending_count) {
        die("a definition is to lie in a later record, but none of its chunk needs it");
    }
    memcpy(chunk->bytes, chunk->state.head, EVTX_RECORDS_START);
    write_chunk_head(chunk->bytes, &log->facts);
    log->bytes = xrealloc(log->bytes, log->size + EVTX_CHUNK_SIZE);
    memcpy(log->bytes + log->size, chunk->bytes, EVTX_CHUNK_SIZE);
    log->size += EVTX_CHUNK_SIZE;
    log->chunk_open = false;
}

// Zeros up to where the record's size copy goes.
static void pad_record(struct chunk *chunk, size_t begun, bool to_chunk_end) {
    static const uint8_t zeros[EVTX_CHUNK_SIZE];
    size_t with_copy = chunk->state.pos - begun + 4;
    size_t padding = (8 - with_copy % 8) % 8;
    if (to_chunk_end) {
        padding = chunk->state.limit - 4 - chunk->state.pos;
    }
    bx_put_bytes(chunk, zeros, padding);
}

static void end_record(struct chunk *chunk, size_t begun, bool to_chunk_end) {
    if (!chunk->state.full && chunk->state.limit - chunk->state.pos < 4) {
        chunk->state.full = true;
    }
    if (chunk->state.full) {
        return;
    }
    pad_record(chunk, begun, to_chunk_end);
    size_t size = chunk->state.pos + 4 - begun;
    bx_put_u32(chunk, size);
    bx_patch_u32(chunk, begun + 4, size);
}

static void extend_last_record(struct evtx_log *log, const struct event_plan *plan) {
    if (!log->facts.last_number || log->in_slack) {
        die("a definition is to lie in the previous record, but its chunk has none");
    }
    struct chunk *chunk = log->chunk;
    chunk->state.pos -= 4; // over the size copy
    define_event_templates(chunk, plan, bx_template_define);
    end_record(chunk, log->facts.last_record, false);
    if (chunk->state.full) {
        die("the previous record has no room for a definition");
    }
    log->facts.free_space = chunk->state.pos;
}

static void put_record(struct chunk *chunk, const struct event_plan *plan) {
    const struct evtx_event *event = plan->event;
    size_t begun = chunk->state.pos;
    bx_put_bytes(chunk, "**\0", 4);
    bx_put_u32(chunk, 0);
    bx_put_u64(chunk, event->record_id);
    bx_put_u64(chunk, event->written);
    bx_put_event(chunk, plan);
    if (event->layout & EVTX_DEF_TAIL) {
        define_event_templates(chunk, plan, bx_template_define);
    }
    end_record(chunk, begun, event->layout & EVTX_TO_CHUNK_END);
}

static bool try_record(struct evtx_log *log, const struct event_plan *plan) {
    struct chunk_state before = log->chunk->state;
    log->chunk->dependency_ids = plan->event->layout & EVTX_DEPENDENCY_IDS;
    if (plan->event->layout & EVTX_DEF_SLACK) {
        define_event_templates(log->chunk, plan, bx_template_define_in_slack);
    }
    put_record(log->chunk, plan);
    if (!log->chunk->state.full) {
        return true;
    }
    memset(log->chunk->bytes + before.pos, 0, before.limit - before.pos);
    log->chunk->state = before;
    return false;
}

static void count_record(struct evtx_log *log, uint64_t id, size_t offset) {
    log->last_id = id;
    if (log->in_slack) {
        return;
    }
    struct chunk_facts *facts = &log->facts;
    log->records++;
    if (!facts->first_number) {
        facts->first_number = log->records;
        facts->first_id = id;
    }
    facts->last_number = log->records;
    facts->last_id = id;
    facts->last_record = offset;
    facts->free_space = log->chunk->state.pos;
}

static void check_layout(const struct evtx_event *event) {
    unsigned placed = event->layout & DEFINITION_LAYOUTS;
    if (placed & (placed - 1)) {
        die("a definition can lie in one place only");
    }
    unsigned id = event->layout & (EVTX_ID_MOVED | EVTX_FEW_VALUES | EVTX_NO_TEMPLATE);
    if (id & (id - 1)) {
        die("layouts of the top-level template exclude one another");
    }
}

void evtx_log_add(struct evtx_log *log, const struct evtx_event *event) {
    if (log->closed) {
        die("a closed log takes no records");
    }
    check_layout(event);
    struct evtx_event numbered = *event;
    if (!numbered.record_id) {
        numbered.record_id = log->last_id + 1;
    }
    if (!numbered.event_record_id) {
        numbered.event_record_id = numbered.record_id;
    }
    struct event_plan *plan = xmalloc(sizeof *plan);
    plan_event(plan, &numbered, log->scratch);
    if (!log->chunk_open) {
        open_chunk(log);
    }
    if (numbered.layout & EVTX_DEF_PREVIOUS) {
        extend_last_record(log, plan);
    }
    size_t offset = log->chunk->state.pos;
    if (!try_record(log, plan)) {
        close_chunk(log);
        open_chunk(log);
        offset = log->chunk->state.pos;
        if (!try_record(log, plan)) {
            die("a record is larger than a chunk");
        }
    }
    count_record(log, numbered.record_id, offset);
    free(plan);
}

void evtx_log_break(struct evtx_log *log) {
    close_chunk(log);
}

void evtx_log_slack(struct evtx_log *log) {
    if (!log->chunk_open) {
        open_chunk(log);
    }
    log->in_slack = true;
}

void evtx_log_rotate(struct evtx_log *log, size_t count) {
    log->rotate = count;
}

void evtx_log_set_flags(struct evtx_log *log, uint32_t flags) {
    log->flags = flags;
}

void evtx_log_set_chunk_count(struct evtx_log *log, uint16_t count) {
    log->has_chunk_count = true;
    log->chunk_count = count;
}

static void write_header(struct evtx_log *log, size_t chunks) {
    uint8_t *header = log->bytes;
    // Chunk numbers count from the oldest chunk, which a circular log does not begin with.
    size_t oldest = chunks ? (chunks - log->rotate) % chunks : 0;
    size_t newest = chunks ? (oldest + chunks - 1) % chunks : 0;
    memcpy(header, "ElfFile", 8);
    store_le(header + 8, oldest, 8);
    store_le(header + 16, newest, 8);
    store_le(header + 24, log->last_id + 1, 8);
    store_le(header + 32, 128, 4); // header size
    store_le(header + 36, 1, 2);   // version 3.1
    store_le(header + 38, 3, 2);
    store_le(header + 40, EVTX_HEADER_SIZE, 2);
    store_le(header + 42, log->has_chunk_count ? log->chunk_count : chunks, 2);
    store_le(header + 120, log->flags, 4);
    evtx_seal_header(header);
}

static void rotate_chunks(struct evtx_log *log, size_t chunks) {
    if (log->rotate > chunks) {
        die("a log of %zu chunks cannot be rotated by %zu", chunks, log->rotate);
    }
    size_t moved = log->rotate * (size_t)EVTX_CHUNK_SIZE;
    size_t kept = log->size - EVTX_HEADER_SIZE - moved;
    uint8_t *first = log->bytes + EVTX_HEADER_SIZE;
    uint8_t *copy = xmalloc(moved);
    memcpy(copy, first, moved);
    memmove(first, first + moved, kept);
    memcpy(first + kept, copy, moved);
    free(copy);
}

const uint8_t *evtx_log_bytes(struct evtx_log *log, size_t *size) {
    if (!log->closed) {
        close_chunk(log);
        size_t chunks = (log->size - EVTX_HEADER_SIZE) / EVTX_CHUNK_SIZE;
        rotate_chunks(log, chunks);
        write_header(log, chunks);
        log->closed = true;
    }
    *size = log->size;
    return log->bytes;
}

void evtx_log_save(struct evtx_log *log, const char *path) {
    size_t size;
    const uint8_t *bytes = evtx_log_bytes(log, &size);
    write_file(path, bytes, size);
}
