// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/archive_kind.h"

#include <string.h>

#include "base/ascii.h"
#include "evtx/chunk.h"
#include "evtx/log_header.h"

enum { MARK_MAX = 8 };

// Each as its format's description has it. That of bzip2 is followed by the mark of its first
// block, or of its end; that of gzip has the only method there is.
static const struct mark {
    enum archive_kind kind;
    size_t offset;
    size_t size;
    char bytes[MARK_MAX];
} marks[] = {
    {ARCHIVE_ZIP, 0, 4, "PK\3\4"},
    {ARCHIVE_ZIP, 0, 4, "PK\5\6"}, // without a member
    {ARCHIVE_ZIP, 0, 8, "PK\7\10PK\3\4"},
    {ARCHIVE_ZIP, 0, 8, "PK00PK\3\4"},
    {ARCHIVE_7Z, 0, 6, "7z\xbc\xaf\x27\x1c"},
    {ARCHIVE_RAR, 0, 6, "Rar!\x1a\7"},
    {ARCHIVE_GZIP, 0, 3, "\x1f\x8b\10"},
    {ARCHIVE_COMPRESSED, 0, 6,
     "\xfd"
     "7zXZ"},
    {ARCHIVE_COMPRESSED, 0, 4, "\x28\xb5\x2f\xfd"},
    {ARCHIVE_COMPRESSED, 0, 4, "\x04\x22\x4d\x18"},
    {ARCHIVE_TAR, 257, 5, "ustar"},
    {ARCHIVE_CPIO, 0, 6, "070701"},
    {ARCHIVE_CPIO, 0, 6, "070702"},
    {ARCHIVE_CPIO, 0, 6, "070707"},
    {ARCHIVE_ISO, 32769, 5, "CD001"},
};

static bool is_bzip2(const uint8_t *start, size_t size) {
    return size >= 10 && memcmp(start, "BZh", 3) == 0 && start[3] >= '1' && start[3] <= '9' &&
           (memcmp(start + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
            memcmp(start + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

// A tar archive of before 1988 has no mark, but each header has its checksum: the sum of its bytes,
// in octal digits, with blanks for the checksum itself.
static bool has_tar_checksum(const uint8_t *start, size_t size) {
    enum { HEADER_SIZE = 512, SUM_AT = 148, SUM_SIZE = 8 };
    unsigned sum = SUM_SIZE * ' ';
    unsigned said = 0;
    if (size < HEADER_SIZE || start[0] == '\0') {
        return false;
    }
    for (size_t i = 0; i < HEADER_SIZE; i++) {
        sum += i < SUM_AT || i >= SUM_AT + SUM_SIZE ? start[i] : 0;
    }
    for (size_t i = SUM_AT; i < SUM_AT + SUM_SIZE; i++) {
        bool is_digit = start[i] >= '0' && start[i] <= '7';
        said = is_digit ? said * 8 + (start[i] - (unsigned)'0') : said;
    }
    return sum == said;
}

enum archive_kind archive_kind_of(const uint8_t *start, size_t size) {
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const struct mark *mark = &marks[i];
        if (size >= mark->offset + mark->size &&
            memcmp(start + mark->offset, mark->bytes, mark->size) == 0) {
            return mark->kind;
        }
    }
    return is_bzip2(start, size)           ? ARCHIVE_COMPRESSED
           : has_tar_checksum(start, size) ? ARCHIVE_TAR
                                           : ARCHIVE_NONE;
}

bool archive_starts_like_log(const uint8_t *start, size_t size) {
    static const char signature[8] = "ElfFile";
    enum { WITH_CHUNK = LOG_HEADER_SIZE + sizeof CHUNK_SIGNATURE };
    return (size >= sizeof signature && memcmp(start, signature, sizeof signature) == 0) ||
           (size >= WITH_CHUNK &&
            memcmp(start + LOG_HEADER_SIZE, CHUNK_SIGNATURE, sizeof CHUNK_SIGNATURE) == 0);
}

bool archive_is_named_log(const char *name) {
    size_t size = strlen(name);
    return size >= 5 && ascii_equal(name + size - 5, 5, ".evtx");
}
