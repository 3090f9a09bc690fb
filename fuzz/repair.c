// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: making a chunk fit for libevtx and putting its strings back, without libevtx. The
// input is a chunk, and stands for the XML too: as it is, and as the text that a decoder which
// knows nothing of surrogates would make of the repaired copy.
#include "evtx/repair.h"

#include "base/bytes.h"
#include "base/utf8.h"
#include "fuzz.h"

// No control character is left, nor U+FFFE and U+FFFF; no byte is lost to the end of the text.
static void check_restored(const struct buffer *out) {
    must(!out->failed);
    for (size_t i = 0; i < out->size; i++) {
        unsigned char byte = (unsigned char)out->data[i];
        uint32_t character = 0;
        must(byte >= ' ' || byte == '\t' || byte == '\n' || byte == '\r');
        if (utf8_read(out->data + i, out->size - i, &character) > 0) {
            must(character != 0xfffe && character != 0xffff);
        }
    }
}

static void restore(const struct repair *repair, const char *xml, size_t size, struct buffer *out) {
    buffer_clear(out);
    repair_restore(repair, xml, size, out);
    check_restored(out);
}

static void add_units(struct buffer *xml, const uint8_t *from, size_t size) {
    for (size_t i = 0; i + 2 <= size; i += 2) {
        char bytes[UTF8_SIZE_MAX];
        buffer_add(xml, bytes, utf8_write(bytes_u16(from + i), bytes));
    }
}

// Where nothing of the text was changed, the copy must be the chunk.
static void check_copy(const struct repair *repair, bool needs_change) {
    must(needs_change || memcmp(repair->chunk, repair->copy, CHUNK_SIZE) == 0);
    must(repair->string_count <= REPAIR_STRINGS_MAX && repair->single_count <= REPAIR_SINGLES_MAX);
}

static void repair_record(struct repair *repair, const uint8_t *bytes, uint8_t *copy,
                          const struct record *record) {
    struct buffer xml = {0};
    struct buffer out = {0};
    bool needs_change = false;
    repair_start_copy(repair, copy);
    if (repair_examine(repair, record, &needs_change) == REPAIR_DONE) {
        memcpy(copy, bytes, CHUNK_SIZE);
        repair_apply(repair);
        check_copy(repair, needs_change);
        if (needs_change) {
            add_units(&xml, copy + record->offset, record->size);
            restore(repair, xml.data, xml.size, &out);
        }
    }
    buffer_free(&xml);
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t bytes[CHUNK_SIZE];
    static uint8_t copy[CHUNK_SIZE];
    static struct chunk chunk;
    static struct repair repair;
    static struct definitions *definitions;
    struct buffer out = {0};
    if (definitions == NULL) {
        definitions = definitions_new(NULL);
        must(definitions != NULL);
    }
    fill_chunk(bytes, data, size);
    chunk_survey(&chunk, bytes, 0);
    repair_start(&repair, definitions, bytes);
    repair_start_copy(&repair, copy);
    for (size_t i = 0; i < chunk.record_count; i++) {
        repair_record(&repair, bytes, copy, &chunk.records[i]);
    }
    restore(&repair, (const char *)data, size, &out);
    buffer_free(&out);
    return 0;
}
