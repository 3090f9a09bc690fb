// SPDX-License-Identifier: GPL-3.0-or-later
// One EVTX chunk being filled: bytes, names, binary XML tokens, template definitions.
//
// Names and definitions are stored where a chunk first needs them and found again through the
// chained tables in its header, as Windows does. A write past the limit sets `full` and stores
// nothing; the caller then restores a saved state.
#ifndef EVTXSEQ_TESTS_EVTX_BINXML_H
#define EVTXSEQ_TESTS_EVTX_BINXML_H

#include "evtx_writer.h"

enum {
    CHUNK_STRING_TABLE = 128,
    CHUNK_STRING_BUCKETS = 64,
    CHUNK_TEMPLATE_TABLE = 384,
    CHUNK_TEMPLATE_BUCKETS = 32,
    NO_DEPENDENCY = 0xffff,
    MAX_PENDING = 16,
};

// A template instance whose definition is still to come.
struct pending {
    uint8_t guid[16];
    size_t at; // of its definition offset
};

// What a failed record may have changed, but for the bytes after `pos`.
struct chunk_state {
    size_t pos;   // where the next byte goes
    size_t limit; // first byte that is taken: definitions in slack lie after it
    struct pending pending[MAX_PENDING];
    size_t pending_count;
    bool full;
    uint8_t head[EVTX_RECORDS_START];
};

struct chunk {
    struct chunk_state state;
    uint8_t bytes[EVTX_CHUNK_SIZE]; // from EVTX_RECORDS_START on; the head is in `state`
    bool dependency_ids;            // elements carry a dependency identifier
};

// A template definition: `body` writes its elements, the same for the same context.
struct template {
    void (*body)(struct chunk * chunk, const void *context);
    const void *context;
    uint8_t guid[16];
};

void bx_chunk_reset(struct chunk *chunk);

void bx_put_bytes(struct chunk *chunk, const void *bytes, size_t size);
void bx_put_u8(struct chunk *chunk, unsigned value);
void bx_put_u16(struct chunk *chunk, size_t value);
void bx_put_u32(struct chunk *chunk, uint64_t value);
void bx_put_u64(struct chunk *chunk, uint64_t value);
void bx_put_units(struct chunk *chunk, struct evtx_text text);
void bx_patch_u16(struct chunk *chunk, size_t at, size_t value);
void bx_patch_u32(struct chunk *chunk, size_t at, size_t value);

// Little-endian numbers in plain memory.
void store_le(uint8_t *at, uint64_t value, size_t size);
uint64_t load_le(const uint8_t *at, size_t size);

// Tokens. An element is opened, its attributes (name, then one value token each) are written
// between begin and end, its start tag is closed, its content written, and it is ended.
struct element {
    size_t size_at;
    bool has_content;
};
struct element bx_open_element(struct chunk *chunk, const char *name, unsigned dependency,
                               bool has_attributes);
size_t bx_begin_attributes(struct chunk *chunk);
void bx_put_attribute(struct chunk *chunk, const char *name, bool more);
void bx_end_attributes(struct chunk *chunk, size_t begun);
void bx_close_start(struct chunk *chunk, struct element *element);
void bx_end_element(struct chunk *chunk, const struct element *element);
void bx_put_literal(struct chunk *chunk, struct evtx_text text);
void bx_put_ascii_literal(struct chunk *chunk, const char *text);
void bx_put_substitution(struct chunk *chunk, bool optional, size_t index, enum evtx_type type);
void bx_put_fragment_header(struct chunk *chunk);
void bx_put_end(struct chunk *chunk);

// Sets the template's GUID from what its body writes, using `scratch` (its content is lost).
void bx_template_identify(struct template *template, struct chunk *scratch);

// The definition's offset in the chunk, or 0 if it has none.
size_t bx_template_find(const struct chunk *chunk, const uint8_t guid[16]);

// Writes the definition at the current position and answers the instances that wait for it.
void bx_template_define(struct chunk *chunk, const struct template *template);

// The same, but after the records, at the end of the room that is left.
void bx_template_define_in_slack(struct chunk *chunk, const struct template *template);

// Writes an instance's head, and the definition if the chunk lacks it and `layout` wants it here.
void bx_put_instance(struct chunk *chunk, const struct template *template, unsigned layout);

#endif
