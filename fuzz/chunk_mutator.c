// SPDX-License-Identifier: GPL-3.0-or-later
// Mutates chunks and logs so that most stay chunks: mutations that move bytes break every offset
// after them, so half of the time bytes are changed in place, in one record.
#include "base/bytes.h"
#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum {
    WAYS = 8,
    // The smallest chunk that may hold a record.
    INPUT_SIZE_MIN = CHUNK_HEADER_SIZE + RECORD_SIZE_MIN,
};

// Numbers from a seed: a linear congruential generator, whose high bits are the good ones.
static uint32_t next_random(uint32_t *state) {
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return *state >> 16;
}

static size_t random_below(uint32_t *state, size_t limit) {
    uint32_t high = next_random(state);
    return (high << 16 | next_random(state)) % limit;
}

// A chunk of the input: the only one, or one of a log. Returns where it starts.
static size_t choose_chunk(uint32_t *state, const uint8_t *data, size_t size) {
    const uint8_t *first = memmem(data, size, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE);
    size_t start = first == NULL ? 0 : (size_t)(first - data);
    if (size < start + INPUT_SIZE_MIN) {
        return 0;
    }
    size_t chunks = (size - start - INPUT_SIZE_MIN) / CHUNK_SIZE + 1;
    return start + CHUNK_SIZE * random_below(state, chunks);
}

// A record of the chunk, or all of it after the header where it has none.
static struct record choose_record(uint32_t *state, const uint8_t *data, size_t size) {
    static uint8_t bytes[CHUNK_SIZE];
    static struct chunk chunk;
    fill_chunk(bytes, data, size);
    chunk_survey(&chunk, bytes, 0);
    struct record record = {.offset = CHUNK_HEADER_SIZE, .size = CHUNK_SIZE - CHUNK_HEADER_SIZE};
    if (chunk.record_count > 0) {
        record = chunk.records[random_below(state, chunk.record_count)];
    }
    if (record.offset + record.size > size) {
        record.size = record.offset < size ? (uint32_t)size - record.offset : 0;
    }
    return record;
}

// Anything, but of the same size.
static void mutate_in_place(uint8_t *data, size_t size) {
    static uint8_t copy[CHUNK_SIZE];
    memcpy(copy, data, size);
    size_t changed = LLVMFuzzerMutate(copy, size, size);
    memcpy(data, copy, changed);
}

// Puts a binary XML token, or an offset or a size that could be one, where one may be.
static void plant(uint32_t *state, uint8_t *data, size_t size, struct record record) {
    static const uint8_t tokens[] = {0x00, 0x01, 0x41, 0x02, 0x03, 0x04, 0x05, 0x45, 0x06, 0x46,
                                     0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x21};
    size_t at = record.offset + random_below(state, record.size);
    size_t place = random_below(state, 2) == 0 ? at : random_below(state, CHUNK_SIZE);
    switch (random_below(state, 5)) {
    case 0:
        data[at] = tokens[random_below(state, sizeof tokens)];
        break;
    case 1:
        if (at + 2 <= size) {
            bytes_put_u16(data + at, (uint16_t)random_below(state, 64));
        }
        break;
    case 2: // an offset, of what follows it or of anything
        if (at + 4 <= size) {
            bytes_put_u32(data + at, (uint32_t)(place + random_below(state, 8)));
        }
        break;
    case 3: { // the start of a record, so that one lies within another
        size_t from = choose_record(state, data, size).offset;
        if (at + RECORD_SIZE_MIN <= size && from + RECORD_SIZE_MIN <= size) {
            memmove(data + at, data + from, RECORD_SIZE_MIN);
        }
        break;
    }
    default: { // what stands elsewhere in the chunk
        size_t count = 1 + random_below(state, 64);
        if (at + count <= size && place + count <= size) {
            memmove(data + at, data + place, count);
        }
        break;
    }
    }
}

// A record that was whole stays so.
static void keep_frame(uint8_t *data, struct record record) {
    memcpy(data + record.offset, "**\0", 4);
    bytes_put_u32(data + record.offset + 4, record.size);
    bytes_put_u32(data + record.offset + record.size - 4, record.size);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    uint32_t state = seed;
    size_t way = random_below(&state, WAYS);
    if (size < INPUT_SIZE_MIN || way == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    size_t start = choose_chunk(&state, data, size);
    size_t rest = size - start < CHUNK_SIZE ? size - start : CHUNK_SIZE;
    struct record record = choose_record(&state, data + start, rest);
    if (record.size < RECORD_SIZE_MIN || way == 1) {
        mutate_in_place(data + start, rest);
        return size;
    }
    if (way < 4) {
        mutate_in_place(data + start + record.offset, record.size);
    } else {
        plant(&state, data + start, rest, record);
    }
    if (way % 2 == 0) {
        keep_frame(data + start, record);
    }
    return size;
}
