// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx_binxml.h"

#include <string.h>

#include "xmem.h"

enum token {
    TOKEN_END = 0x00,
    TOKEN_OPEN_ELEMENT = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_END_ELEMENT = 0x04,
    TOKEN_VALUE = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_TEMPLATE = 0x0c,
    TOKEN_SUBSTITUTION = 0x0d,
    TOKEN_OPTIONAL_SUBSTITUTION = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
    TOKEN_MORE = 0x40, // added: attributes follow
};

void store_le(uint8_t *at, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

uint64_t load_le(const uint8_t *at, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)at[i] << 8 * i;
    }
    return value;
}

void bx_chunk_reset(struct chunk *chunk) {
    memset(&chunk->state, 0, sizeof chunk->state);
    chunk->state.pos = EVTX_RECORDS_START;
    chunk->state.limit = EVTX_CHUNK_SIZE;
    chunk->dependency_ids = false;
}

void bx_put_bytes(struct chunk *chunk, const void *bytes, size_t size) {
    struct chunk_state *state = &chunk->state;
    if (state->full || size > state->limit - state->pos) {
        state->full = true;
        return;
    }
    if (size) {
        memcpy(chunk->bytes + state->pos, bytes, size);
    }
    state->pos += size;
}

static void put_number(struct chunk *chunk, uint64_t value, size_t size) {
    uint8_t bytes[8];
    store_le(bytes, value, size);
    bx_put_bytes(chunk, bytes, size);
}

void bx_put_u8(struct chunk *chunk, unsigned value) {
    put_number(chunk, value, 1);
}

void bx_put_u16(struct chunk *chunk, size_t value) {
    if (value > UINT16_MAX) {
        die("a text or value is too long for its 16-bit size");
    }
    put_number(chunk, value, 2);
}

void bx_put_u32(struct chunk *chunk, uint64_t value) {
    put_number(chunk, value, 4);
}

void bx_put_u64(struct chunk *chunk, uint64_t value) {
    put_number(chunk, value, 8);
}

void bx_put_units(struct chunk *chunk, struct evtx_text text) {
    for (size_t i = 0; i < text.count; i++) {
        bx_put_u16(chunk, text.units[i]);
    }
}

static void patch(struct chunk *chunk, size_t at, uint64_t value, size_t size) {
    // Once the chunk is full, `at` may be a place that was never written.
    if (!chunk->state.full) {
        store_le(chunk->bytes + at, value, size);
    }
}

void bx_patch_u16(struct chunk *chunk, size_t at, size_t value) {
    if (value > UINT16_MAX) {
        die("a value is too long for its 16-bit size");
    }
    patch(chunk, at, value, 2);
}

void bx_patch_u32(struct chunk *chunk, size_t at, size_t value) {
    patch(chunk, at, value, 4);
}

// Puts a new entry of a table in front of its bucket's chain; returns the entry it hides.
static uint64_t chain(struct chunk *chunk, size_t table, size_t bucket, size_t offset) {
    uint8_t *slot = chunk->state.head + table + 4 * bucket;
    uint64_t next = load_le(slot, 4);
    store_le(slot, offset, 4);
    return next;
}

static uint64_t first_in_chain(const struct chunk *chunk, size_t table, size_t bucket) {
    return load_le(chunk->state.head + table + 4 * bucket, 4);
}

static uint16_t hash_name(const char *name) {
    uint32_t hash = 0;
    for (; *name; name++) {
        hash = hash * 65599 + (unsigned char)*name;
    }
    return (uint16_t)hash;
}

static bool is_name(const uint8_t *entry, const char *name, size_t length) {
    if (load_le(entry + 6, 2) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (load_le(entry + 8 + 2 * i, 2) != (unsigned char)name[i]) {
            return false;
        }
    }
    return true;
}

// A name's offset, then the name itself if the chunk does not have it yet:
// next in chain u32, hash u16, length u16, UTF-16 text, NUL.
static void put_name(struct chunk *chunk, const char *name) {
    uint16_t hash = hash_name(name);
    size_t bucket = hash % CHUNK_STRING_BUCKETS;
    size_t length = strlen(name);
    uint64_t entry = first_in_chain(chunk, CHUNK_STRING_TABLE, bucket);
    while (entry && !is_name(chunk->bytes + entry, name, length)) {
        entry = load_le(chunk->bytes + entry, 4);
    }
    if (entry) {
        bx_put_u32(chunk, entry);
        return;
    }
    size_t here = chunk->state.pos + 4;
    // A name that does not fit any more is not to be found by those after it.
    bool fits = here + 10 + 2 * length <= EVTX_CHUNK_SIZE;
    bx_put_u32(chunk, here);
    bx_put_u32(chunk, fits ? chain(chunk, CHUNK_STRING_TABLE, bucket, here) : 0);
    bx_put_u16(chunk, hash);
    bx_put_u16(chunk, length);
    for (size_t i = 0; i <= length; i++) {
        bx_put_u16(chunk, (unsigned char)name[i]);
    }
}

struct element bx_open_element(struct chunk *chunk, const char *name, unsigned dependency,
                               bool has_attributes) {
    struct element element = {0, false};
    bx_put_u8(chunk, TOKEN_OPEN_ELEMENT | (has_attributes ? TOKEN_MORE : 0u));
    if (chunk->dependency_ids) {
        bx_put_u16(chunk, dependency);
    }
    element.size_at = chunk->state.pos;
    bx_put_u32(chunk, 0);
    put_name(chunk, name);
    return element;
}

size_t bx_begin_attributes(struct chunk *chunk) {
    size_t at = chunk->state.pos;
    bx_put_u32(chunk, 0);
    return at;
}

void bx_put_attribute(struct chunk *chunk, const char *name, bool more) {
    bx_put_u8(chunk, TOKEN_ATTRIBUTE | (more ? TOKEN_MORE : 0u));
    put_name(chunk, name);
}

void bx_end_attributes(struct chunk *chunk, size_t begun) {
    bx_patch_u32(chunk, begun, chunk->state.pos - begun - 4);
}

void bx_close_start(struct chunk *chunk, struct element *element) {
    element->has_content = true;
    bx_put_u8(chunk, TOKEN_CLOSE_START);
}

void bx_end_element(struct chunk *chunk, const struct element *element) {
    bx_put_u8(chunk, element->has_content ? TOKEN_END_ELEMENT : TOKEN_CLOSE_EMPTY);
    bx_patch_u32(chunk, element->size_at, chunk->state.pos - element->size_at - 4);
}

void bx_put_literal(struct chunk *chunk, struct evtx_text text) {
    bx_put_u8(chunk, TOKEN_VALUE);
    bx_put_u8(chunk, EVTX_UTF16);
    bx_put_u16(chunk, text.count);
    bx_put_units(chunk, text);
}

void bx_put_ascii_literal(struct chunk *chunk, const char *text) {
    size_t length = strlen(text);
    bx_put_u8(chunk, TOKEN_VALUE);
    bx_put_u8(chunk, EVTX_UTF16);
    bx_put_u16(chunk, length);
    for (size_t i = 0; i < length; i++) {
        bx_put_u16(chunk, (unsigned char)text[i]);
    }
}

void bx_put_substitution(struct chunk *chunk, bool optional, size_t index, enum evtx_type type) {
    bx_put_u8(chunk, optional ? TOKEN_OPTIONAL_SUBSTITUTION : TOKEN_SUBSTITUTION);
    bx_put_u16(chunk, index);
    bx_put_u8(chunk, type);
}

void bx_put_fragment_header(struct chunk *chunk) {
    bx_put_u8(chunk, TOKEN_FRAGMENT);
    bx_put_u8(chunk, 1); // version 1.1, no flags
    bx_put_u8(chunk, 1);
    bx_put_u8(chunk, 0);
}

void bx_put_end(struct chunk *chunk) {
    bx_put_u8(chunk, TOKEN_END);
}

static void put_body(struct chunk *chunk, const struct template *template) {
    bool was = chunk->dependency_ids;
    chunk->dependency_ids = true;
    bx_put_fragment_header(chunk);
    template->body(chunk, template->context);
    bx_put_end(chunk);
    chunk->dependency_ids = was;
}

void bx_template_identify(struct template *template, struct chunk *scratch) {
    // Written into an empty chunk, equal bodies give equal bytes: two FNV-1a hashes of these stand
    // in for the message compiler's digest.
    bx_chunk_reset(scratch);
    put_body(scratch, template);
    uint64_t low = 0xcbf29ce484222325u;
    uint64_t high = 0x6c62272e07bb0142u;
    for (size_t i = EVTX_RECORDS_START; i < scratch->state.pos; i++) {
        low = (low ^ scratch->bytes[i]) * 0x100000001b3u;
        high = (high ^ scratch->bytes[i] ^ 0x5au) * 0x100000001b3u;
    }
    store_le(template->guid, low, 8);
    store_le(template->guid + 8, high, 8);
}

static size_t template_bucket(const uint8_t guid[16]) {
    uint32_t hash = 0;
    for (size_t i = 0; i < 16; i += 2) {
        hash = hash * 65599 + (uint32_t)load_le(guid + i, 2);
    }
    return hash % CHUNK_TEMPLATE_BUCKETS;
}

size_t bx_template_find(const struct chunk *chunk, const uint8_t guid[16]) {
    if (chunk->state.full) {
        return 0; // the last definition has not been written, but is in the table
    }
    uint64_t offset = first_in_chain(chunk, CHUNK_TEMPLATE_TABLE, template_bucket(guid));
    while (offset && memcmp(chunk->bytes + offset + 4, guid, 16) != 0) {
        offset = load_le(chunk->bytes + offset, 4);
    }
    return offset;
}

static void answer_pending(struct chunk *chunk, const uint8_t guid[16], size_t offset) {
    struct chunk_state *state = &chunk->state;
    size_t kept = 0;
    for (size_t i = 0; i < state->pending_count; i++) {
        if (memcmp(state->pending[i].guid, guid, 16) == 0) {
            bx_patch_u32(chunk, state->pending[i].at, offset);
        } else {
            state->pending[kept++] = state->pending[i];
        }
    }
    state->pending_count = kept;
}

void bx_template_define(struct chunk *chunk, const struct template *template) {
    size_t here = chunk->state.pos;
    size_t bucket = template_bucket(template->guid);
    bx_put_u32(chunk, chain(chunk, CHUNK_TEMPLATE_TABLE, bucket, here));
    bx_put_bytes(chunk, template->guid, 16);
    bx_put_u32(chunk, 0);
    put_body(chunk, template);
    bx_patch_u32(chunk, here + 20, chunk->state.pos - here - 24);
    answer_pending(chunk, template->guid, here);
}

void bx_template_define_in_slack(struct chunk *chunk, const struct template *template) {
    // Which names it must store depends on the chunk, so its size is measured here first.
    struct chunk_state before = chunk->state;
    bx_template_define(chunk, template);
    if (chunk->state.full) {
        return;
    }
    size_t size = chunk->state.pos - before.pos;
    chunk->state = before;
    chunk->state.pos = before.limit - size;
    bx_template_define(chunk, template);
    chunk->state.pos = before.pos;
    chunk->state.limit = before.limit - size;
}

static void await_definition(struct chunk *chunk, const uint8_t guid[16]) {
    struct chunk_state *state = &chunk->state;
    if (state->pending_count == MAX_PENDING) {
        die("too many template instances wait for their definitions");
    }
    memcpy(state->pending[state->pending_count].guid, guid, 16);
    state->pending[state->pending_count++].at = state->pos;
    bx_put_u32(chunk, 0);
}

void bx_put_instance(struct chunk *chunk, const struct template *template, unsigned layout) {
    static const uint8_t gap[8] = {0};
    bx_put_u8(chunk, TOKEN_TEMPLATE);
    bx_put_u8(chunk, 1);
    bx_put_bytes(chunk, template->guid, 4); // Windows' template id is the GUID's first part
    size_t offset = bx_template_find(chunk, template->guid);
    if (offset) {
        bx_put_u32(chunk, offset);
    } else if (layout & (EVTX_DEF_LATER | EVTX_DEF_TAIL)) {
        await_definition(chunk, template->guid);
    } else {
        size_t gap_size = layout & EVTX_DEF_GAP ? sizeof gap : 0;
        bx_put_u32(chunk, chunk->state.pos + 4 + gap_size);
        bx_put_bytes(chunk, gap, gap_size);
        bx_template_define(chunk, template);
    }
}
