// SPDX-License-Identifier: GPL-3.0-or-later
#include "damaged_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { JUNK_MAX = 3 * EVTX_CHUNK_SIZE / 2, CHUNK_HEADER_USED = 128, SECTOR = 512 };

// Places

static size_t place_count(const struct damaged_log *damaged) {
    return damaged->from->read.chunk_count;
}

// Writes what of the bytes lies within the file.
static void put(struct damaged_log *damaged, size_t at, const void *bytes, size_t size) {
    if (at < damaged->size) {
        memcpy(damaged->bytes + at, bytes, size < damaged->size - at ? size : damaged->size - at);
    }
}

static void put_u32(struct damaged_log *damaged, size_t at, uint32_t value) {
    uint8_t bytes[4];
    bytes_put_u32(bytes, value);
    put(damaged, at, bytes, sizeof bytes);
}

// A chunk of the file, all of it if the file is not cut.
static size_t any_chunk(struct damaged_log *damaged) {
    return damaged->first_chunk +
           random_below(&damaged->random, place_count(damaged)) * EVTX_CHUNK_SIZE;
}

static size_t place_of(const struct damaged_log *damaged, const struct read_record *record) {
    size_t place = 0;
    while (damaged->chunks[place] != record->chunk) {
        place++;
    }
    return damaged->first_chunk + place * EVTX_CHUNK_SIZE;
}

// A record; half of the time one that matters, or one next to that.
static const struct read_record *any_record(struct damaged_log *damaged) {
    const struct paired_log *log = damaged->from;
    size_t number = random_below(&damaged->random, log->read.record_count);
    if (random_chance(&damaged->random, 50)) {
        const struct pair *pair = &log->pairs[random_below(&damaged->random, log->pair_count)];
        uint64_t id = random_chance(&damaged->random, 50) ? pair->load_id : pair->start_id;
        number = 0;
        while (log->read.records[number].id != id) {
            number++;
        }
        number += random_below(&damaged->random, 5);
        number = number < 2 ? 0 : number - 2;
    }
    return &log->read.records[number < log->read.record_count ? number : 0];
}

static size_t offset_of(const struct damaged_log *damaged, const struct read_record *record) {
    return place_of(damaged, record) + record->needs[0].offset;
}

// Changes of bytes

static void put_random(struct damaged_log *damaged, size_t at, size_t size) {
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)random_next(&damaged->random);
        put(damaged, at + i, &byte, 1);
    }
}

// Small changes are worse than large ones: what is there still looks right.
static void overwrite(struct damaged_log *damaged, size_t at, size_t room) {
    struct random *random = &damaged->random;
    size_t begin = at + random_below(random, room);
    size_t size = random_below(random, at + room - begin) + 1;
    if (random_chance(random, 60)) {
        size = size < 4 ? size : 1 + random_below(random, 4);
    }
    if (random_chance(random, 30) && begin < damaged->size) {
        uint8_t byte = (uint8_t)(damaged->bytes[begin] ^ 1u << random_below(random, 8));
        put(damaged, begin, &byte, 1);
    } else if (random_chance(random, 20)) {
        static const uint8_t zeros[EVTX_CHUNK_SIZE];
        put(damaged, begin, zeros, size < sizeof zeros ? size : sizeof zeros);
    } else {
        put_random(damaged, begin, size);
    }
}

static void damage_anywhere(struct damaged_log *damaged) {
    size_t at = random_below(&damaged->random, damaged->from->size);
    overwrite(damaged, at, 1 + random_below(&damaged->random, 600));
}

static void damage_file_header(struct damaged_log *damaged) {
    if (damaged->first_chunk > 0) {
        overwrite(damaged, 0, random_chance(&damaged->random, 50) ? 8 : 128);
    }
}

static void damage_chunk_header(struct damaged_log *damaged) {
    overwrite(damaged, any_chunk(damaged), CHUNK_HEADER_USED);
}

static void damage_string_table(struct damaged_log *damaged) {
    overwrite(damaged, any_chunk(damaged) + CHUNK_HEADER_USED,
              EVTX_RECORDS_START - CHUNK_HEADER_USED);
}

static void damage_signature(struct damaged_log *damaged) {
    overwrite(damaged, any_chunk(damaged), 8);
}

static void damage_checksums(struct damaged_log *damaged) {
    size_t chunk = any_chunk(damaged);
    put_random(damaged, chunk + 52, 4);
    put_random(damaged, chunk + 124, 4);
    if (damaged->first_chunk > 0) {
        put_random(damaged, 124, 4);
    }
}

static void damage_free_space(struct damaged_log *damaged) {
    static const uint32_t values[] = {0, 511, 512, 513, 600, 4096, 65535, 65536, 65537, 0xffffffff};
    struct random *random = &damaged->random;
    uint32_t value = random_chance(random, 50) ? values[random_below(random, COUNT(values))]
                                               : (uint32_t)random_below(random, EVTX_CHUNK_SIZE);
    put_u32(damaged, any_chunk(damaged) + (random_chance(random, 70) ? 48 : 44), value);
}

static void damage_record(struct damaged_log *damaged) {
    const struct read_record *record = any_record(damaged);
    overwrite(damaged, offset_of(damaged, record), record->needs[0].size);
}

static void damage_record_header(struct damaged_log *damaged) {
    overwrite(damaged, offset_of(damaged, any_record(damaged)), 40);
}

// A template definition or a name.
static void damage_definition(struct damaged_log *damaged) {
    const struct read_record *record = any_record(damaged);
    const struct byte_range *range =
        &record->needs[random_below(&damaged->random, record->need_count)];
    overwrite(damaged, place_of(damaged, record) + range->offset, range->size);
}

// Offsets that lead on to the next definition or name: to themselves, back, or nowhere.
static void damage_links(struct damaged_log *damaged) {
    const struct read_record *record = any_record(damaged);
    const struct byte_range *range =
        &record->needs[random_below(&damaged->random, record->need_count)];
    if (range != record->needs) {
        size_t link = range->offset - 4;
        size_t wrong = random_chance(&damaged->random, 50) ? link : range->offset + 0x10000;
        put_u32(damaged, place_of(damaged, record) + link, (uint32_t)wrong);
    }
}

static void damage_record_size(struct damaged_log *damaged) {
    static const uint32_t values[] = {0, 1, 23, 24, 27, 28, 0x200, 0xfff8, 0x10000, 0x7fffffff};
    const struct read_record *record = any_record(damaged);
    struct random *random = &damaged->random;
    size_t at = offset_of(damaged, record);
    uint32_t size = (uint32_t)record->needs[0].size;
    uint32_t value = values[random_below(random, COUNT(values))];
    switch (random_below(random, 4)) {
    case 0:
        break;
    case 1: // odd
        value = size + 1 + (uint32_t)random_below(random, 7);
        break;
    case 2: // back to an earlier place, where a chain would loop
        value = (uint32_t)(0 - random_below(random, 5000));
        break;
    default:
        value = (uint32_t)random_below(random, 2 * (size_t)EVTX_CHUNK_SIZE);
    }
    // At both ends, or at one.
    if (random_chance(random, 60)) {
        put_u32(damaged, at + 4, value);
    }
    if (random_chance(random, 40)) {
        put_u32(damaged, at + size - 4, value);
    }
}

// A size that covers other records, with its copy where it leads to.
static void enlarge_record(struct damaged_log *damaged) {
    const struct read_record *record = any_record(damaged);
    size_t offset = record->needs[0].offset;
    size_t size = record->needs[0].size + 4 + random_below(&damaged->random, 8000);
    size_t at = offset_of(damaged, record);
    if (offset + size <= EVTX_CHUNK_SIZE) {
        put_u32(damaged, at + 4, (uint32_t)size);
        put_u32(damaged, at + size - 4, (uint32_t)size);
    }
}

// Larger changes

static void zero_sectors(struct damaged_log *damaged) {
    static const uint8_t zeros[16 * SECTOR];
    size_t at = random_below(&damaged->random, damaged->from->size / SECTOR) * SECTOR;
    put(damaged, at, zeros, SECTOR * (1 + random_below(&damaged->random, 16)));
}

static void zero_chunk(struct damaged_log *damaged) {
    static const uint8_t zeros[EVTX_CHUNK_SIZE];
    put(damaged, any_chunk(damaged), zeros, sizeof zeros);
}

// What a file system leaves where it has lost a sector: another one.
static void copy_sectors(struct damaged_log *damaged) {
    size_t from = random_below(&damaged->random, damaged->from->size / SECTOR) * SECTOR;
    size_t to = random_below(&damaged->random, damaged->from->size / SECTOR) * SECTOR;
    size_t size = SECTOR * (1 + random_below(&damaged->random, 8));
    if (from + size <= damaged->from->size) {
        put(damaged, to, damaged->from->bytes + from, size);
    }
}

static void swap_chunks(struct damaged_log *damaged) {
    size_t places[2] = {random_below(&damaged->random, place_count(damaged)),
                        random_below(&damaged->random, place_count(damaged))};
    size_t ends = (places[0] > places[1] ? places[0] : places[1]) + 1;
    if (damaged->first_chunk + ends * EVTX_CHUNK_SIZE > damaged->size) {
        return;
    }
    uint8_t *chunks[2] = {damaged->bytes + damaged->first_chunk + places[0] * EVTX_CHUNK_SIZE,
                          damaged->bytes + damaged->first_chunk + places[1] * EVTX_CHUNK_SIZE};
    uint8_t kept[EVTX_CHUNK_SIZE];
    memcpy(kept, chunks[0], sizeof kept);
    memmove(chunks[0], chunks[1], sizeof kept);
    memcpy(chunks[1], kept, sizeof kept);
    size_t number = damaged->chunks[places[0]];
    damaged->chunks[places[0]] = damaged->chunks[places[1]];
    damaged->chunks[places[1]] = number;
}

static void shuffle_chunks(struct damaged_log *damaged) {
    for (size_t i = place_count(damaged); i > 0; i--) {
        swap_chunks(damaged);
    }
}

static void truncate_log(struct damaged_log *damaged) {
    size_t least = damaged->first_chunk + (random_chance(&damaged->random, 80) ? 1024 : 0);
    if (damaged->size > least) {
        damaged->size -= random_below(&damaged->random, damaged->size - least);
    }
}

static void add_junk(struct damaged_log *damaged) {
    size_t size = random_below(&damaged->random, JUNK_MAX);
    size_t at = damaged->size;
    damaged->bytes = xrealloc(damaged->bytes, at + size + 1);
    damaged->size += size;
    put_random(damaged, at, size);
}

static void lose_file_header(struct damaged_log *damaged) {
    if (damaged->first_chunk > 0 && damaged->size > EVTX_HEADER_SIZE + EVTX_RECORDS_START) {
        damaged->size -= EVTX_HEADER_SIZE;
        memmove(damaged->bytes, damaged->bytes + EVTX_HEADER_SIZE, damaged->size);
        damaged->first_chunk = 0;
    }
}

static void lie_about_chunks(struct damaged_log *damaged) {
    static const uint16_t counts[] = {0, 1, 2, 0x7fff, 0xffff};
    if (damaged->first_chunk > 0) {
        uint8_t count[2];
        bytes_put_u16(count, counts[random_below(&damaged->random, COUNT(counts))]);
        put(damaged, 42, count, sizeof count);
    }
}

static void set_flags(struct damaged_log *damaged) {
    if (damaged->first_chunk > 0) {
        put_u32(damaged, 120, (uint32_t)random_below(&damaged->random, 4));
    }
}

// All of it

enum kind {
    ANYWHERE,
    FILE_HEADER,
    CHUNK_HEADER,
    STRING_TABLE,
    SIGNATURE,
    CHECKSUMS,
    FREE_SPACE,
    RECORD,
    RECORD_HEADER,
    DEFINITION,
    LINKS,
    RECORD_SIZE,
    ENLARGED_RECORD,
    ZERO_SECTORS,
    ZERO_CHUNK,
    COPIED_SECTORS,
    SHUFFLED,
    TRUNCATED,
    JUNK,
    NO_FILE_HEADER,
    CHUNK_COUNT,
    FLAGS,
    KINDS
};

static const char *const kind_names[KINDS] = {
    "bytes anywhere", "file header", "chunk header",    "string table",   "chunk signature",
    "checksums",      "free space",  "record",          "record header",  "definition",
    "links",          "record size", "enlarged record", "zeroed sectors", "zeroed chunk",
    "copied sectors", "shuffled",    "truncated",       "trailing junk",  "no file header",
    "chunk count",    "flags",
};

static void damage(struct damaged_log *damaged, enum kind kind) {
    switch (kind) {
    case ANYWHERE:
        damage_anywhere(damaged);
        break;
    case FILE_HEADER:
        damage_file_header(damaged);
        break;
    case CHUNK_HEADER:
        damage_chunk_header(damaged);
        break;
    case STRING_TABLE:
        damage_string_table(damaged);
        break;
    case SIGNATURE:
        damage_signature(damaged);
        break;
    case CHECKSUMS:
        damage_checksums(damaged);
        break;
    case FREE_SPACE:
        damage_free_space(damaged);
        break;
    case RECORD:
        damage_record(damaged);
        break;
    case RECORD_HEADER:
        damage_record_header(damaged);
        break;
    case DEFINITION:
        damage_definition(damaged);
        break;
    case LINKS:
        damage_links(damaged);
        break;
    case RECORD_SIZE:
        damage_record_size(damaged);
        break;
    case ENLARGED_RECORD:
        enlarge_record(damaged);
        break;
    case ZERO_SECTORS:
        zero_sectors(damaged);
        break;
    case ZERO_CHUNK:
        zero_chunk(damaged);
        break;
    case COPIED_SECTORS:
        copy_sectors(damaged);
        break;
    case SHUFFLED:
        shuffle_chunks(damaged);
        break;
    case TRUNCATED:
        truncate_log(damaged);
        break;
    case JUNK:
        add_junk(damaged);
        break;
    case NO_FILE_HEADER:
        lose_file_header(damaged);
        break;
    case CHUNK_COUNT:
        lie_about_chunks(damaged);
        break;
    case FLAGS:
        set_flags(damaged);
        break;
    case KINDS:
        break;
    }
}

// Truncation and the loss of the header cost much or change everything, so they are rarer.
static enum kind choose_kind(struct random *random) {
    enum kind kind = (enum kind)random_below(random, KINDS);
    bool is_rare = kind == TRUNCATED || kind == NO_FILE_HEADER || kind == ZERO_CHUNK;
    return is_rare ? (enum kind)random_below(random, KINDS) : kind;
}

struct damaged_log *damaged_log_new(const struct paired_log *log, uint64_t seed) {
    struct damaged_log *damaged = xcalloc(1, sizeof *damaged);
    damaged->from = log;
    damaged->random.state = seed;
    damaged->size = log->size;
    damaged->bytes = xmalloc(log->size);
    memcpy(damaged->bytes, log->bytes, log->size);
    damaged->first_chunk = EVTX_HEADER_SIZE;
    if (log->read.chunk_count == 0 || log->read.chunk_count > DAMAGED_CHUNKS_MAX) {
        die("a log of %zu chunks cannot be damaged", log->read.chunk_count);
    }
    for (size_t i = 0; i < log->read.chunk_count; i++) {
        damaged->chunks[i] = i;
    }
    damaged->kind_count = 1 + random_below(&damaged->random, DAMAGES_MAX);
    for (size_t i = 0; i < damaged->kind_count; i++) {
        enum kind kind = choose_kind(&damaged->random);
        damaged->kinds[i] = kind_names[kind];
        damage(damaged, kind);
    }
    return damaged;
}

void damaged_log_free(struct damaged_log *damaged) {
    free(damaged->bytes);
    free(damaged);
}

// What survives

static const struct read_record *find_record(const struct paired_log *log, uint64_t id) {
    for (size_t i = 0; i < log->read.record_count; i++) {
        if (log->read.records[i].id == id) {
            return &log->read.records[i];
        }
    }
    die("no such record");
}

bool survives(const struct damaged_log *damaged, uint64_t record_id) {
    const struct read_record *record = find_record(damaged->from, record_id);
    const uint8_t *was = damaged->from->bytes + EVTX_HEADER_SIZE + record->chunk * EVTX_CHUNK_SIZE;
    size_t chunk = place_of(damaged, record);
    for (size_t i = 0; i < record->need_count; i++) {
        const struct byte_range *range = &record->needs[i];
        size_t at = chunk + range->offset;
        if (at + range->size > damaged->size ||
            memcmp(damaged->bytes + at, was + range->offset, range->size) != 0) {
            return false;
        }
    }
    return true;
}

bool pair_survives(const struct damaged_log *damaged, const struct pair *pair) {
    return survives(damaged, pair->load_id) && survives(damaged, pair->start_id);
}
