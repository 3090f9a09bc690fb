// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/image_files.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "scan/archive_kind.h"

static bool has_first_section(const uint8_t *start) {
    enum { SECTION_AT = 13, TYPE_SIZE = 16 };
    static const char types[][TYPE_SIZE] = {"header", "header2", "xheader", "volume", "data"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (memcmp(start + SECTION_AT, types[i], TYPE_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

enum image_kind image_kind_of(const uint8_t *start, size_t size) {
    static const char physical[] = "EVF\t\r\n\xff";
    static const char logical[] = "LVF\t\r\n\xff";
    static const char second[] = "EVF2\r\n\x81";
    static const char logical_second[] = "LEF2\r\n\x81";
    if (size >= sizeof second && (memcmp(start, second, sizeof second) == 0 ||
                                  memcmp(start, logical_second, sizeof second) == 0)) {
        return IMAGE_UNKNOWN;
    }
    bool has_mark = size >= sizeof physical && (memcmp(start, physical, sizeof physical) == 0 ||
                                                memcmp(start, logical, sizeof physical) == 0);
    return has_mark || (size >= IMAGE_START_SIZE && has_first_section(start)) ? IMAGE_EWF
                                                                              : IMAGE_NONE;
}

// Names

struct name {
    size_t stem;      // bytes before the dot
    char series;      // the letter that the first file's suffix has, in its case; 0 for digits
    bool has_letters; // alone, as many a suffix has that says something else
    unsigned number;
};

// Letters go on after the digits: E01 ... E99, EAA ... EZZ, FAA ... The series begin with E, L, S.
static char series_of(char letter) {
    char upper = (char)toupper((unsigned char)letter);
    char first = upper >= 'S' ? 'S' : upper >= 'L' ? 'L' : upper >= 'E' ? 'E' : '\0';
    return isupper((unsigned char)letter) || first == '\0' ? first : (char)(first - 'A' + 'a');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A letter of the same case as the series.
static bool is_letter(char c, char series) {
    return isalpha((unsigned char)c) &&
           !isupper((unsigned char)c) == !isupper((unsigned char)series);
}

static bool read_suffix(const char *suffix, struct name *name) {
    enum { LETTERS = 26, NUMBERED = 99 };
    unsigned tens = (unsigned)(suffix[1] - '0');
    unsigned ones = (unsigned)(suffix[2] - '0');
    bool is_numbered = is_digit(suffix[1]) && is_digit(suffix[2]);
    name->series = '\0';
    name->has_letters = false;
    if (is_digit(suffix[0]) && is_numbered) {
        name->number = (unsigned)(suffix[0] - '0') * 100 + tens * 10 + ones;
        return true;
    }
    name->series = isalpha((unsigned char)suffix[0]) ? series_of(suffix[0]) : '\0';
    if (name->series == '\0') {
        return false;
    }
    if (is_numbered) {
        name->number = tens * 10 + ones;
        return suffix[0] == name->series && name->number > 0;
    }
    if (!is_letter(suffix[1], name->series) || !is_letter(suffix[2], name->series)) {
        return false;
    }
    name->has_letters = true;
    char a = isupper((unsigned char)name->series) ? 'A' : 'a';
    unsigned turn = (unsigned)(suffix[0] - name->series);
    name->number = NUMBERED + 1 + (turn * LETTERS + (unsigned)(suffix[1] - a)) * LETTERS +
                   (unsigned)(suffix[2] - a);
    return true;
}

static bool read_name(const char *base, struct name *name) {
    const char *dot = strrchr(base, '.');
    if (dot == NULL || dot == base || strlen(dot) != 4) {
        return false;
    }
    name->stem = (size_t)(dot - base);
    return read_suffix(dot + 1, name);
}

bool image_is_named_so(const char *path) {
    struct name name;
    return read_name(basename(path), &name) && name.series != '\0' && !name.has_letters;
}

// Files

// What a file begins like. True for a log or an archive.
static bool look(const char *path, enum image_kind *kind) {
    uint8_t start[ARCHIVE_START_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t size = fd < 0 ? 0 : file_read(fd, 0, start, sizeof start);
    if (fd >= 0) {
        (void)close(fd);
    }
    *kind = image_kind_of(start, size);
    return archive_starts_like_log(start, size) || archive_kind_of(start, size) != ARCHIVE_NONE;
}

void image_files_free(struct image_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        free(files->list[i].path);
    }
    free(files->list);
    *files = (struct image_files){0};
}

// Takes over the path.
static void add(struct image_files *files, char *path, unsigned number) {
    const struct image_file file = {path, number};
    if (path == NULL ||
        !array_add(&files->list, &files->count, &files->capacity, &file, sizeof file)) {
        files->has_failed = true;
        free(path);
    }
}

static bool is_ewf(const char *path) {
    enum image_kind kind = IMAGE_NONE;
    (void)look(path, &kind);
    return kind == IMAGE_EWF;
}

static bool is_regular(const char *path, bool links) {
    struct stat status;
    return (links ? stat(path, &status) : lstat(path, &status)) == 0 && S_ISREG(status.st_mode);
}

// Takes over the path of a file whose name fits.
static void add_if_other(struct image_files *files, char *path, const struct name *name,
                         bool links) {
    if (path == NULL || (is_regular(path, links) && (!name->has_letters || is_ewf(path)))) {
        add(files, path, name->number);
    } else {
        free(path);
    }
}

// The other files of the image in the directory of the path.
static void add_others(struct image_files *files, const char *path, const char *base,
                       const struct name *name, bool links) {
    size_t prefix = (size_t)(base - path);
    char *place = prefix == 0 ? strdup(".") : strndup(path, prefix);
    DIR *directory = place == NULL ? NULL : opendir(place);
    files->has_failed = files->has_failed || place == NULL;
    free(place);
    for (const struct dirent *entry = NULL;
         directory != NULL && (entry = readdir(directory)) != NULL;) {
        struct name other;
        if (strcmp(entry->d_name, base) != 0 && read_name(entry->d_name, &other) &&
            other.series == name->series && other.stem == name->stem &&
            strncmp(entry->d_name, base, name->stem) == 0) {
            char *copy = NULL;
            int size = asprintf(&copy, "%.*s%s", (int)prefix, path, entry->d_name);
            add_if_other(files, size < 0 ? NULL : copy, &other, links);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
}

static int compare_files(const void *left, const void *right) {
    const struct image_file *a = left;
    const struct image_file *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

struct image_files image_files_list(const char *path, bool links) {
    struct image_files files = {0};
    struct name name = {0};
    const char *base = basename(path);
    bool is_one_of_several = read_name(base, &name) && (!name.has_letters || is_ewf(path));
    add(&files, strdup(path), is_one_of_several ? name.number : 1);
    if (is_one_of_several) {
        add_others(&files, path, base, &name, links);
    }
    array_sort(files.list, files.count, sizeof *files.list, compare_files);
    return files;
}

enum image_kind image_files_kind(const struct image_files *files) {
    enum image_kind kind = IMAGE_NONE;
    const char *dot = files->count == 0 ? NULL : strrchr(files->list[0].path, '.');
    if (dot != NULL && is_digit(dot[1]) && files->count > 1 && files->list[0].number <= 1) {
        bool is_other = look(files->list[0].path, &kind);
        return is_other || kind != IMAGE_NONE ? kind : IMAGE_RAW;
    }
    for (size_t i = 0; i < files->count && kind == IMAGE_NONE; i++) {
        (void)look(files->list[i].path, &kind);
    }
    return kind;
}
