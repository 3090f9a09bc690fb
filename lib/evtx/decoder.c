// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/decoder.h"

#include <stdlib.h>
#include <string.h>

// libevtx 20240504, Debian 13's, declares what takes a libbfio handle only for who defines this.
#define HAVE_LIBBFIO 1
#include <libbfio.h>
#include <libevtx.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "evtx/repair.h"

enum {
    FILE_HEADER_SIZE = 4096,
    IMAGE_SIZE = FILE_HEADER_SIZE + CHUNK_SIZE,
    RUN_NAMES_MAX = 512, // of one run; one with more is decoded alone
    SOUND_RUNS_MAX = 64,
    BATCH_AFTER_FAILURE = 4,
};

// What is known of a record before libevtx is asked for it.
struct prospect {
    enum repair_result repaired;
    int index;     // libevtx's number for it
    size_t size;   // of its XML, at most
    size_t work;   // on it, at most
    size_t floats; // in it
};

struct decoder {
    uint8_t image[IMAGE_SIZE]; // the file for libevtx
    struct definitions *definitions;
    struct repair repair;
    struct buffer raw; // XML as libevtx has it
    struct buffer xml; // with its strings restored
    const uint8_t *chunk;
    bool has_chain;                        // it has been read
    size_t chain_count;                    // of the chunk, as far as its records are whole
    uint32_t chain[CHUNK_RECORDS_MAX + 1]; // where they begin, and where the last one ends
    const struct record *const *records;
    size_t count;
    size_t sound_count; // runs whose names stand within records
    uint32_t sound[SOUND_RUNS_MAX];
    size_t next;     // record to be asked for next
    bool has_failed; // libevtx, ever
    size_t failures; // of libevtx, in this chunk
    size_t work_max;
    size_t work;                                  // on the XML of this chunk
    size_t batch_max;                             // records put into an image
    size_t batch_begin;                           // records from here
    size_t batch_end;                             // to before this one are in the image
    struct prospect prospects[CHUNK_RECORDS_MAX]; // of the records from batch_begin on
    libbfio_handle_t *handle;
    libevtx_file_t *file; // NULL when the image could not be opened
};

struct decoder *decoder_new(size_t work_max) {
    struct decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder != NULL) {
        decoder->work_max = work_max;
        decoder->definitions = definitions_new(NULL);
    }
    if (decoder == NULL || decoder->definitions == NULL) {
        free(decoder);
        return NULL;
    }
    return decoder;
}

static void close_image(struct decoder *decoder) {
    if (decoder->file != NULL) {
        (void)libevtx_file_close(decoder->file, NULL);
        (void)libevtx_file_free(&decoder->file, NULL);
    }
    if (decoder->handle != NULL) {
        (void)libbfio_handle_free(&decoder->handle, NULL);
    }
}

void decoder_free(struct decoder *decoder) {
    if (decoder != NULL) {
        close_image(decoder);
        definitions_free(decoder->definitions);
        buffer_free(&decoder->raw);
        buffer_free(&decoder->xml);
        free(decoder);
    }
}

// Follows the chain of records from the first, as far as they are whole.
static void read_chain(struct decoder *decoder) {
    size_t at = CHUNK_HEADER_SIZE;
    size_t size = 0;
    decoder->chain_count = 0;
    while ((size = chunk_whole_record(decoder->chunk, at)) > 0) {
        decoder->chain[decoder->chain_count++] = (uint32_t)at;
        at += size;
    }
    decoder->chain[decoder->chain_count] = (uint32_t)at;
}

void decoder_start(struct decoder *decoder, const uint8_t *chunk, bool goes_on) {
    close_image(decoder);
    repair_start(&decoder->repair, decoder->definitions, chunk);
    decoder->chunk = chunk;
    decoder->has_chain = false;
    decoder->count = 0;
    decoder->sound_count = 0;
    decoder->next = 0;
    if (!goes_on) {
        decoder->failures = 0;
        decoder->work = 0;
    }
}

void decoder_choose(struct decoder *decoder, const struct record *const *records, size_t count) {
    close_image(decoder);
    if (!decoder->has_chain) {
        decoder->has_chain = true;
        read_chain(decoder);
    }
    decoder->records = records;
    decoder->count = count;
    decoder->next = 0;
    decoder->batch_max = CHUNK_RECORDS_MAX;
    decoder->batch_begin = 0;
    decoder->batch_end = 0;
}

// Making the image

// A file header for one chunk. libevtx does not mind its checksum.
static void write_file_header(uint8_t *header) {
    memset(header, 0, FILE_HEADER_SIZE);
    memcpy(header, "ElfFile", 8);
    bytes_put_u64(header + 24, 1); // next record ID
    bytes_put_u32(header + 32, 128);
    bytes_put_u16(header + 36, 1); // version 3.1
    bytes_put_u16(header + 38, 3);
    bytes_put_u16(header + 40, FILE_HEADER_SIZE);
    bytes_put_u16(header + 42, 1); // chunks
}

static void write_chunk_header(uint8_t *chunk, size_t last_record) {
    memcpy(chunk, CHUNK_SIGNATURE, 8);
    bytes_put_u32(chunk + 40, 128);
    bytes_put_u32(chunk + 44, (uint32_t)last_record);
    // Free space from the header on: libevtx follows the chain all the same, and has no records to
    // compute a checksum of, which would take most of its time.
    bytes_put_u32(chunk + 48, CHUNK_HEADER_SIZE);
}

// Puts the sizes at both ends of a record, real or made up. `size` is at least RECORD_HEADER_SIZE;
// for less than RECORD_SIZE_MIN the second size takes the place of the header's time, which libevtx
// does not need.
static void frame_record(uint8_t *chunk, size_t at, size_t size) {
    memcpy(chunk + at, "**\0", 4);
    bytes_put_u32(chunk + at + 4, (uint32_t)size);
    bytes_put_u32(chunk + at + size - 4, (uint32_t)size);
}

// Leads the chain from `at` to a record, over a made-up record where there is a gap. Only the sizes
// at both ends of the gap are written to. False where no record starts at `at`, or the gap has no
// room for a header.
static bool bridge(uint8_t *chunk, size_t at, size_t to, int *index) {
    if (at == to) {
        return true;
    }
    bool is_header = at == CHUNK_HEADER_SIZE ||
                     (at <= CHUNK_SIZE - RECORD_HEADER_SIZE && memcmp(chunk + at, "**\0", 4) == 0);
    if (!is_header || to < at || to - at < RECORD_HEADER_SIZE) {
        return false;
    }
    frame_record(chunk, at, to - at);
    (*index)++;
    return true;
}

// The number in the chain of the last record that starts at `to` or before; of the chain's end, if
// that does.
static size_t find_in_chain(const struct decoder *decoder, size_t to) {
    size_t low = 0;
    size_t high = decoder->chain_count;
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        if (decoder->chain[middle] <= to) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

// libevtx refuses a record that ends in the last four bytes of its chunk, or whose two sizes
// differ. It reads the XML without regard to the size, so the smallest size it takes will do for
// those.
static bool needs_small_frame(const struct record *record) {
    return record->damaged || record->offset + record->size > CHUNK_SIZE - 4;
}

// Whether the bytes stand in one record, between its sizes.
static bool is_within_record(const struct decoder *decoder, size_t begin, size_t size) {
    size_t number = find_in_chain(decoder, begin);
    return number < decoder->chain_count && begin >= decoder->chain[number] + RECORD_HEADER_SIZE &&
           begin + size + 4 <= decoder->chain[number + 1];
}

// The same of all names of a run. Most records of a chunk share their runs.
static bool has_names_within_records(struct decoder *decoder, const struct run *run) {
    struct piece names[RUN_NAMES_MAX];
    for (size_t i = 0; i < decoder->sound_count; i++) {
        if (decoder->sound[i] == run->offset) {
            return true;
        }
    }
    size_t count = definition_names(decoder->chunk, run, names, RUN_NAMES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!is_within_record(decoder, names[i].offset, names[i].size)) {
            return false;
        }
    }
    if (count < RUN_NAMES_MAX && decoder->sound_count < SOUND_RUNS_MAX) {
        decoder->sound[decoder->sound_count++] = run->offset;
    }
    return count < RUN_NAMES_MAX;
}

// Whether all that the record is made of stands in records, between their sizes. Where a broken or
// hostile log has values that reach beyond their record, or a definition that lies across two, a
// made-up record would change them.
static bool is_within_records(struct decoder *decoder, const struct layout *layout) {
    for (size_t i = 0; i < layout->run_count; i++) {
        const struct run *run = &layout->runs[i];
        if (!is_within_record(decoder, run->offset, run->size) ||
            !has_names_within_records(decoder, run)) {
            return false;
        }
    }
    return layout->is_contained;
}

// Leads to a record over one made-up one, and leaves none after it to be found: libevtx would look
// at all of them for each record that is alone.
static bool lead_past_others(const struct decoder *decoder, uint8_t *chunk,
                             const struct record *record, int *index) {
    for (size_t i = find_in_chain(decoder, record->offset) + 1; i < decoder->chain_count; i++) {
        memset(chunk + decoder->chain[i], 0, 4);
    }
    return bridge(chunk, CHUNK_HEADER_SIZE, record->offset, index);
}

// Leads the chain to a record and frames it; where not all that it is made of stands in records,
// with no other change to the chunk than needed.
static bool place_alone(const struct decoder *decoder, uint8_t *chunk, const struct record *record,
                        bool is_within, int *index) {
    size_t number = find_in_chain(decoder, record->offset);
    *index = 0;
    if (is_within) {
        if (!lead_past_others(decoder, chunk, record, index)) {
            return false;
        }
    } else if (decoder->chain[number] == record->offset) {
        *index = (int)number;
    } else if (!bridge(chunk, CHUNK_HEADER_SIZE, record->offset, index)) {
        return false;
    }
    frame_record(chunk, record->offset,
                 needs_small_frame(record) ? RECORD_HEADER_SIZE : record->size);
    return true;
}

static void examine(struct decoder *decoder, const struct record *record, struct prospect *prospect,
                    bool *needs_change) {
    const struct layout *layout = &decoder->repair.layout;
    prospect->repaired = repair_examine(&decoder->repair, record, needs_change);
    prospect->size = layout->xml_size;
    prospect->floats = layout->floats;
    prospect->work = DECODER_XML_WORK + layout->xml_size + layout->tags * DECODER_TAG_WORK +
                     layout->attributes * DECODER_ATTRIBUTE_WORK +
                     layout->floats * DECODER_FLOAT_WORK;
}

// Fills the image with record `next` and as many of those after it as one chain can hold. What is
// changed for one record could be part of another where a log lets them overlap, so one that needs
// changes is alone in its image. False when none of them could be decoded anyway.
static bool make_image(struct decoder *decoder) {
    uint8_t *chunk = decoder->image + FILE_HEADER_SIZE;
    write_file_header(decoder->image);
    memcpy(chunk, decoder->chunk, CHUNK_SIZE);
    repair_start_copy(&decoder->repair, chunk);
    size_t at = CHUNK_HEADER_SIZE;
    size_t last = 0;
    int index = 0;
    bool has_use = false;
    size_t i = decoder->next;
    for (bool is_alone = false;
         i < decoder->count && i - decoder->next < decoder->batch_max && !is_alone; i++) {
        const struct record *record = decoder->records[i];
        struct prospect *prospect = &decoder->prospects[i - decoder->next];
        examine(decoder, record, prospect, &is_alone);
        if (prospect->repaired != REPAIR_DONE || prospect->size > DECODER_XML_MAX) {
            is_alone = false;
            continue;
        }
        bool is_within = is_within_records(decoder, &decoder->repair.layout);
        is_alone = is_alone || needs_small_frame(record) || !is_within;
        if ((is_alone && has_use) ||
            !(is_alone ? place_alone(decoder, chunk, record, is_within, &index)
                       : bridge(chunk, at, record->offset, &index))) {
            break;
        }
        if (is_alone) {
            repair_apply(&decoder->repair);
        }
        has_use = true;
        prospect->index = index++;
        last = record->offset;
        at = record->offset + record->size;
    }
    decoder->batch_begin = decoder->next;
    decoder->batch_end = i;
    write_chunk_header(chunk, last);
    return has_use;
}

static bool open_file(struct decoder *decoder) {
    return libbfio_memory_range_initialize(&decoder->handle, NULL) == 1 &&
           libbfio_memory_range_set(decoder->handle, decoder->image, IMAGE_SIZE, NULL) == 1 &&
           libevtx_file_initialize(&decoder->file, NULL) == 1 &&
           libevtx_file_open_file_io_handle(decoder->file, decoder->handle, LIBEVTX_OPEN_READ,
                                            NULL) == 1;
}

// libevtx looks at all records that it finds, also after the last of the chain.
static size_t count_records(const struct decoder *decoder) {
    int records = 0;
    int recovered = 0;
    (void)libevtx_file_get_number_of_records(decoder->file, &records, NULL);
    (void)libevtx_file_get_number_of_recovered_records(decoder->file, &recovered, NULL);
    return (size_t)records + (size_t)recovered;
}

static void open_image(struct decoder *decoder) {
    decoder->work += DECODER_IMAGE_WORK;
    if (open_file(decoder)) {
        decoder->work += count_records(decoder) * DECODER_RECORD_WORK;
    } else {
        close_image(decoder);
    }
}

// Asking libevtx

static size_t count_of(const char *text, size_t size, char character) {
    size_t count = 0;
    const char *end = text + size;
    while ((text = memchr(text, character, (size_t)(end - text))) != NULL) {
        count++;
        text++;
    }
    return count;
}

static size_t work_on(const char *xml, size_t size) {
    return DECODER_XML_WORK + size + count_of(xml, size, '<') * DECODER_TAG_WORK +
           count_of(xml, size, '"') / 2 * DECODER_ATTRIBUTE_WORK;
}

// libevtx makes the whole XML to tell its size, too, so that this is not asked for.
static enum decoder_result read_xml(struct decoder *decoder, libevtx_record_t *record) {
    buffer_clear(&decoder->raw);
    buffer_clear(&decoder->xml);
    char *to = buffer_reserve(&decoder->raw, DECODER_XML_MAX);
    if (to == NULL) {
        return DECODER_NO_MEMORY;
    }
    if (libevtx_record_get_utf8_xml_string(record, (uint8_t *)to, DECODER_XML_MAX, NULL) != 1) {
        return DECODER_FAILED;
    }
    size_t size = strnlen(to, DECODER_XML_MAX);
    decoder->work += work_on(to, size);
    repair_restore(&decoder->repair, to, size, &decoder->xml);
    return decoder->xml.failed ? DECODER_NO_MEMORY : DECODER_OK;
}

static enum decoder_result ask_libevtx(struct decoder *decoder, const struct prospect *prospect) {
    libevtx_record_t *record = NULL;
    if (decoder->file == NULL ||
        libevtx_file_get_record_by_index(decoder->file, prospect->index, &record, NULL) != 1) {
        return DECODER_FAILED;
    }
    enum decoder_result result = read_xml(decoder, record);
    (void)libevtx_record_free(&record, NULL);
    decoder->work += prospect->floats * DECODER_FLOAT_WORK;
    return result;
}

// A record that libevtx fails on may take those after it along: they get a fresh image. One with
// all of them each time would take as long as they are many.
static void note_failure(struct decoder *decoder, size_t work) {
    decoder->has_failed = true;
    decoder->failures++;
    decoder->work += work; // how far it came is not known
    decoder->batch_end = decoder->next + 1;
    decoder->batch_max = BATCH_AFTER_FAILURE;
}

// What is not in need of a small image gets a larger one again.
static void begin_batch(struct decoder *decoder) {
    close_image(decoder);
    if (make_image(decoder)) {
        open_image(decoder);
    }
    if (decoder->batch_max < CHUNK_RECORDS_MAX) {
        decoder->batch_max *= 2;
    }
}

// Whether libevtx is asked for no more records of the chunk.
static bool is_over(const struct decoder *decoder) {
    return decoder->failures == DECODER_FAILURES_MAX || decoder->work >= decoder->work_max;
}

static enum decoder_result decode(struct decoder *decoder) {
    const struct prospect *prospect = &decoder->prospects[decoder->next - decoder->batch_begin];
    if (decoder->failures == DECODER_FAILURES_MAX) {
        return DECODER_TOO_MANY;
    }
    if (is_over(decoder)) {
        return DECODER_TOO_MUCH;
    }
    // A record that no chain can reach is not in the batch.
    if (decoder->next >= decoder->batch_end) {
        return DECODER_FAILED;
    }
    switch (prospect->repaired) {
    case REPAIR_DONE:
        break;
    case REPAIR_TEMPLATE_GONE:
        return DECODER_TEMPLATE_GONE;
    case REPAIR_TEXT_JOINED:
        return DECODER_TEXT_JOINED;
    case REPAIR_TEMPLATE_LATER:
    case REPAIR_MARKUP:
    case REPAIR_IMPOSSIBLE:
        return DECODER_FAILED;
    }
    if (prospect->size > DECODER_XML_MAX) {
        return DECODER_TOO_LARGE;
    }
    if (prospect->work > decoder->work_max - decoder->work) {
        return DECODER_TOO_MUCH;
    }
    enum decoder_result result = ask_libevtx(decoder, prospect);
    if (result != DECODER_OK) {
        note_failure(decoder, prospect->work);
    }
    return result;
}

bool decoder_next(struct decoder *decoder, struct decoded *decoded) {
    if (decoder->next == decoder->count) {
        return false;
    }
    if (decoder->next == decoder->batch_end && !is_over(decoder)) {
        begin_batch(decoder);
    }
    *decoded = (struct decoded){.result = decode(decoder)};
    if (decoded->result == DECODER_OK) {
        decoded->xml = decoder->xml.data;
        decoded->size = decoder->xml.size;
    }
    decoder->next++;
    if (decoder->batch_end < decoder->next) {
        decoder->batch_end = decoder->next;
    }
    return true;
}

bool decoder_has_failed(const struct decoder *decoder) {
    return decoder->has_failed;
}
