// SPDX-License-Identifier: GPL-3.0-or-later
// Fuzz target: a file of a forensic image, by libewf and what is done for it. The mutator puts the
// checksums of its sections right.
#include "scan/image.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "fuzz.h"
#include "scan/ewf.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum {
    HEADER_SIZE = 13,
    SECTION_SIZE = 76,
    SUM_AT = 72,
    VOLUME_SIZE = 1052,
    TABLE_SIZE = 24,
    READ_MOST = 64 << 10,
};

static uint32_t checksum(const uint8_t *data, size_t size) {
    uint32_t a = 1;
    uint32_t b = 0;
    for (size_t i = 0; i < size; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void put_checksum(uint8_t *data, size_t size) {
    bytes_put_u32(data + size - 4, checksum(data, size - 4));
}

static void put_checksums(uint8_t *data, size_t size) {
    size_t at = HEADER_SIZE;
    while (at <= size && size - at >= SECTION_SIZE) {
        uint8_t *section = data + at;
        size_t rest = size - at - SECTION_SIZE;
        put_checksum(section, SECTION_SIZE);
        if (memcmp(section, "vol", 3) == 0 && rest >= VOLUME_SIZE) {
            put_checksum(section + SECTION_SIZE, VOLUME_SIZE);
        } else if (memcmp(section, "table", 5) == 0 && rest >= TABLE_SIZE) {
            put_checksum(section + SECTION_SIZE, TABLE_SIZE);
        }
        uint64_t next = bytes_u64(section + 16);
        if (next <= at || next > size) {
            return;
        }
        at = (size_t)next;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    size = LLVMFuzzerMutate(data, size, seed % 4 == 0 ? max_size : size);
    if (seed % 8 != 1) {
        put_checksums(data, size);
    }
    return size;
}

static int open_bytes(const uint8_t *data, size_t size) {
    int fd = memfd_create("image", MFD_CLOEXEC);
    must(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    return fd;
}

// Reads so much, in steps whose sizes add up, and looks at what is said to be damaged.
static void read_stretch(const struct image_stretch *stretch, const int *fds) {
    uint64_t progress = 0;
    uint64_t all = 0;
    uint64_t end = 0;
    size_t count = 0;
    size_t size = 0;
    const uint8_t *data = NULL;
    struct image_reader *reader = image_reader_new(stretch, fds, &progress);
    must(reader != NULL);
    while (image_reader_next(reader, &data, &size)) {
        must(size > 0 && progress > 0);
        all += size;
    }
    must(all == stretch->parts[0].size);
    const struct image_damage *damages = image_reader_damages(reader, &count);
    for (size_t i = 0; i < count; i++) {
        must(damages[i].at >= end && damages[i].size > 0);
        end = damages[i].at + damages[i].size;
    }
    must(end <= all);
    image_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ewf_facts facts;
    int fd = open_bytes(data, size);
    const int fds[] = {fd, fd}; // it is its own head
    ewf_survey(fd, size, &facts);
    must(facts.chunk_size <= EWF_CHUNK_MAX && facts.is_whole <= 1 && facts.is_last <= 1);
    struct image_stretch stretch = {.is_ewf = 1,
                                    .chunk_size = facts.chunk_size == 0 ? 512 : facts.chunk_size,
                                    .part_count = 1,
                                    .has_head = 1,
                                    .head_size = size};
    stretch.parts[0] = (struct image_part){.file_size = size, .begin = 100, .size = READ_MOST};
    read_stretch(&stretch, fds);
    (void)close(fd);
    return 0;
}
