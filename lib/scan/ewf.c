// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/ewf.h"

#include <stdlib.h>
#include <string.h>

// Without this libewf does not declare what takes a libbfio pool.
#define LIBEWF_HAVE_BFIO 1
#include <libbfio.h>
#include <libewf.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/file.h"

// The format, as its public description has it: a header, and sections, each with a descriptor.
enum {
    HEADER_SIZE = 13,
    NUMBER_AT = 9, // 16 bits: the number of the file in the image, from 1
    SECTION_SIZE = 76,
    TYPE_SIZE = 16,
    NEXT_AT = 16,
    SIZE_AT = 24, // with the descriptor
    SUM_AT = 72,
    VOLUME_SIZE = 1052,
    SMART_VOLUME_SIZE = 94,
    TABLE_SIZE = 24,
    TABLE_SUM_AT = 20,
    HEAD_SIZE = HEADER_SIZE + SECTION_SIZE + VOLUME_SIZE + SECTION_SIZE,
};

struct section {
    char type[TYPE_SIZE + 1];
    uint64_t at;
    uint64_t next;
    uint64_t size; // of what follows after the descriptor
};

// Adler-32 as RFC 1950 has it.
static uint32_t checksum(const uint8_t *data, size_t size) {
    return (uint32_t)adler32(1, data, (uInt)size);
}

// Sections

// False where none is. The last one leads to itself, or nowhere.
static bool read_section(int fd, uint64_t size, uint64_t at, struct section *section) {
    uint8_t bytes[SECTION_SIZE];
    if (at > size || file_read(fd, at, bytes, sizeof bytes) != sizeof bytes ||
        bytes_u32(bytes + SUM_AT) != checksum(bytes, SUM_AT)) {
        return false;
    }
    memcpy(section->type, bytes, TYPE_SIZE);
    section->type[TYPE_SIZE] = '\0';
    section->at = at;
    section->next = bytes_u64(bytes + NEXT_AT);
    uint64_t whole = bytes_u64(bytes + SIZE_AT);
    section->size = whole > SECTION_SIZE ? whole - SECTION_SIZE : 0;
    return true;
}

static bool is_type(const struct section *section, const char *type) {
    return strcmp(section->type, type) == 0;
}

static bool is_end(const struct section *section) {
    return is_type(section, "next") || is_type(section, "done");
}

static bool is_volume(const struct section *section) {
    return (is_type(section, "volume") || is_type(section, "disk") || is_type(section, "data")) &&
           (section->size == VOLUME_SIZE || section->size == SMART_VOLUME_SIZE);
}

// A volume's content, with a checksum at its end.
static bool read_volume(int fd, const struct section *section, uint8_t *to) {
    size_t size = (size_t)section->size;
    return file_read(fd, section->at + SECTION_SIZE, to, size) == size &&
           bytes_u32(to + size - 4) == checksum(to, size - 4);
}

static void take_volume(struct ewf_facts *facts, const uint8_t *volume, size_t size) {
    uint32_t in_chunk = bytes_u32(volume + 8);
    uint32_t sector = bytes_u32(volume + 12);
    uint64_t sectors = size == VOLUME_SIZE ? bytes_u64(volume + 16) : bytes_u32(volume + 16);
    uint64_t chunk = (uint64_t)in_chunk * sector;
    if (chunk > 0 && chunk <= EWF_CHUNK_MAX) {
        facts->chunk_size = (uint32_t)chunk;
        facts->media = sectors <= INT64_MAX / sector ? sectors * sector : 0;
    }
}

// How many chunks a table says that it has. False where it is damaged.
static bool read_table(int fd, const struct section *section, uint64_t *count) {
    uint8_t bytes[TABLE_SIZE];
    if (section->size < sizeof bytes ||
        file_read(fd, section->at + SECTION_SIZE, bytes, sizeof bytes) != sizeof bytes ||
        bytes_u32(bytes + TABLE_SUM_AT) != checksum(bytes, TABLE_SUM_AT)) {
        return false;
    }
    *count = bytes_u32(bytes);
    return *count <= (section->size - sizeof bytes) / 4;
}

void ewf_survey(int fd, uint64_t size, struct ewf_facts *facts) {
    struct section section;
    uint8_t volume[VOLUME_SIZE];
    uint64_t count = 0;
    uint64_t at = HEADER_SIZE;
    bool has_table = true; // of the chunks that came last; a second one is a copy
    *facts = (struct ewf_facts){.end = HEADER_SIZE};
    while (read_section(fd, size, at, &section)) {
        if (is_volume(&section) && read_volume(fd, &section, volume)) {
            take_volume(facts, volume, (size_t)section.size);
        } else if (is_type(&section, "sectors")) {
            has_table = false;
        } else if (is_type(&section, "table") || (is_type(&section, "table2") && !has_table)) {
            has_table = read_table(fd, &section, &count);
            facts->chunks += has_table ? count : 0;
        }
        at = section.next;
        facts->end = has_table && at < size ? at : facts->end;
        if (is_end(&section) || at <= section.at) {
            facts->is_whole = is_end(&section) && has_table;
            facts->is_last = is_type(&section, "done");
            break;
        }
    }
}

// A file for libewf

// What it reads: a file with a header of our own.
struct file {
    int fd;
    uint64_t size;
    uint64_t at;
    uint8_t header[HEADER_SIZE];
};

struct ewf {
    struct file file;
    uint8_t head[HEAD_SIZE];
    libbfio_pool_t *pool;
    libewf_handle_t *handle;
    uint32_t sector_size;
};

// NOLINTBEGIN(readability-non-const-parameter): the types are libbfio's.
static int free_file(intptr_t **file, libbfio_error_t **error) {
    (void)error;
    *file = NULL; // a part of struct ewf
    return 1;
}

static int clone_file(intptr_t **copy, intptr_t *file, libbfio_error_t **error) {
    (void)copy;
    (void)file;
    (void)error;
    return -1;
}

static int open_file(intptr_t *file, int flags, libbfio_error_t **error) {
    (void)file;
    (void)error;
    return flags == LIBBFIO_OPEN_READ ? 1 : -1;
}

static int close_file(intptr_t *file, libbfio_error_t **error) {
    (void)file;
    (void)error;
    return 0;
}

static ssize_t read_file(intptr_t *context, uint8_t *to, size_t size, libbfio_error_t **error) {
    struct file *file = (struct file *)context;
    (void)error;
    size_t count = file_read(file->fd, file->at, to, size);
    if (file->at < HEADER_SIZE) {
        size_t rest = HEADER_SIZE - (size_t)file->at;
        memcpy(to, file->header + file->at, count < rest ? count : rest);
    }
    file->at += count;
    return (ssize_t)count;
}

static ssize_t write_file(intptr_t *file, const uint8_t *from, size_t size,
                          libbfio_error_t **error) {
    (void)file;
    (void)from;
    (void)size;
    (void)error;
    return -1;
}

static off64_t seek_file(intptr_t *context, off64_t offset, int whence, libbfio_error_t **error) {
    struct file *file = (struct file *)context;
    uint64_t base = whence == SEEK_CUR ? file->at : whence == SEEK_END ? file->size : 0;
    off64_t to = 0;
    (void)error;
    if (__builtin_add_overflow((off64_t)base, offset, &to) || to < 0) {
        return -1;
    }
    file->at = (uint64_t)to;
    return to;
}

static int exists_file(intptr_t *file, libbfio_error_t **error) {
    (void)file;
    (void)error;
    return 1;
}

static int is_open_file(intptr_t *file, libbfio_error_t **error) {
    (void)file;
    (void)error;
    return 1;
}

static int size_file(intptr_t *context, size64_t *size, libbfio_error_t **error) {
    const struct file *file = (const struct file *)context;
    (void)error;
    *size = file->size;
    return 1;
}

// NOLINTEND(readability-non-const-parameter)

static bool append(libbfio_pool_t *pool, libbfio_handle_t *handle) {
    int index = 0;
    return libbfio_pool_append_handle(pool, &index, handle, LIBBFIO_OPEN_READ, NULL) == 1;
}

static bool add_file(struct ewf *ewf) {
    libbfio_handle_t *handle = NULL;
    bool ok = libbfio_handle_initialize(&handle, (intptr_t *)&ewf->file, free_file, clone_file,
                                        open_file, close_file, read_file, write_file, seek_file,
                                        exists_file, is_open_file, size_file,
                                        LIBBFIO_FLAG_IO_HANDLE_NON_MANAGED, NULL) == 1 &&
              append(ewf->pool, handle);
    if (!ok && handle != NULL) {
        (void)libbfio_handle_free(&handle, NULL);
    }
    return ok;
}

// The first file of an image, for libewf: a header, the volume, and nothing more.

static void put_section(uint8_t *to, const char *type, uint64_t next, uint64_t size) {
    memset(to, 0, SECTION_SIZE);
    memcpy(to, type, strnlen(type, TYPE_SIZE));
    bytes_put_u64(to + NEXT_AT, next);
    bytes_put_u64(to + SIZE_AT, size);
    bytes_put_u32(to + SUM_AT, checksum(to, SUM_AT));
}

// Finds what a file says of its image, in its first volume section that is sound.
static bool find_volume(int fd, uint64_t size, struct section *section, uint8_t *volume) {
    uint64_t at = HEADER_SIZE;
    while (read_section(fd, size, at, section)) {
        if (is_volume(section) && read_volume(fd, section, volume)) {
            return true;
        }
        if (is_end(section) || section->next <= section->at) {
            break;
        }
        at = section->next;
    }
    return false;
}

static void put_header(uint8_t *to, uint16_t number) {
    static const uint8_t header[HEADER_SIZE] = {'E', 'V', 'F', '\t', '\r', '\n', 0xff, 0, 1};
    memcpy(to, header, sizeof header);
    bytes_put_u16(to + NUMBER_AT, number);
}

// Makes the rest of it around the volume's content. Returns its size.
static size_t make_head(uint8_t *head, uint64_t volume_size) {
    uint64_t end = HEADER_SIZE + SECTION_SIZE + volume_size;
    put_header(head, 1);
    put_section(head + HEADER_SIZE, "volume", end, SECTION_SIZE + volume_size);
    put_section(head + end, "next", end, SECTION_SIZE);
    return (size_t)end + SECTION_SIZE;
}

static bool add_head(struct ewf *ewf, size_t size) {
    libbfio_handle_t *handle = NULL;
    bool ok = libbfio_memory_range_initialize(&handle, NULL) == 1 &&
              libbfio_memory_range_set(handle, ewf->head, size, NULL) == 1 &&
              append(ewf->pool, handle);
    if (!ok && handle != NULL) {
        (void)libbfio_handle_free(&handle, NULL);
    }
    return ok;
}

// Opening

// The image's first file says what it is itself; the others repeat that, or do not.
static bool add_files(struct ewf *ewf, int head, uint64_t head_size) {
    struct section section;
    struct file *file = &ewf->file;
    uint8_t *volume = ewf->head + HEADER_SIZE + SECTION_SIZE;
    if (libbfio_pool_initialize(&ewf->pool, 0, LIBBFIO_POOL_UNLIMITED_NUMBER_OF_OPEN_HANDLES,
                                NULL) != 1) {
        return false;
    }
    bool has_volume = find_volume(file->fd, file->size, &section, volume);
    bool is_first = has_volume && !is_type(&section, "data");
    put_header(file->header, is_first ? 1 : 2);
    if (!has_volume && head >= 0) {
        has_volume = find_volume(head, head_size, &section, volume);
    }
    return has_volume && (is_first || add_head(ewf, make_head(ewf->head, section.size))) &&
           add_file(ewf);
}

static bool open_handle(struct ewf *ewf) {
    bool ok =
        libewf_handle_initialize(&ewf->handle, NULL) == 1 &&
        libewf_handle_open_file_io_pool(ewf->handle, ewf->pool, LIBEWF_OPEN_READ, NULL) == 1 &&
        libewf_handle_get_bytes_per_sector(ewf->handle, &ewf->sector_size, NULL) == 1;
    return ok && ewf->sector_size > 0;
}

struct ewf *ewf_open(int fd, uint64_t size, int head, uint64_t head_size) {
    struct ewf *ewf = calloc(1, sizeof *ewf);
    if (ewf == NULL) {
        return NULL;
    }
    ewf->file = (struct file){.fd = fd, .size = size};
    if (!add_files(ewf, head, head_size) || !open_handle(ewf)) {
        ewf_close(ewf);
        return NULL;
    }
    return ewf;
}

void ewf_close(struct ewf *ewf) {
    if (ewf == NULL) {
        return;
    }
    if (ewf->handle != NULL) {
        (void)libewf_handle_close(ewf->handle, NULL);
        (void)libewf_handle_free(&ewf->handle, NULL);
    }
    if (ewf->pool != NULL) {
        (void)libbfio_pool_free(&ewf->pool, NULL);
    }
    free(ewf);
}

// libewf gives zeros for a chunk that is damaged, and lists its sectors, with those of others next
// to it as one.
static bool is_damaged(const struct ewf *ewf, uint64_t sector) {
    uint32_t count = 0;
    if (libewf_handle_get_number_of_checksum_errors(ewf->handle, &count, NULL) != 1) {
        return true;
    }
    for (uint32_t i = count; i > 0; i--) {
        uint64_t first = 0;
        uint64_t size = 0;
        if (libewf_handle_get_checksum_error(ewf->handle, i - 1, &first, &size, NULL) != 1 ||
            (sector >= first && sector - first < size)) {
            return true;
        }
    }
    return false;
}

bool ewf_read(struct ewf *ewf, uint64_t offset, uint8_t *to, size_t size) {
    ssize_t count = libewf_handle_read_random(ewf->handle, to, size, (off64_t)offset, NULL);
    return count == (ssize_t)size && !is_damaged(ewf, offset / ewf->sector_size);
}
