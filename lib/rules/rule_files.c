// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/rule_files.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "rules/builtin.h"
#include "rules/rule_reader.h"

bool rule_files_add_note(struct rule_files *files, char *note) {
    bool is_added = note != NULL && array_add(&files->notes, &files->note_count,
                                              &files->note_capacity, &note, sizeof note);
    if (!is_added) {
        free(note);
    }
    return is_added;
}

bool rule_files_add_error(struct rule_files *files, struct source_error *error) {
    bool is_added = array_add(&files->errors, &files->error_count, &files->error_capacity, error,
                              sizeof *error);
    if (!is_added) {
        source_error_free(error);
    }
    return is_added;
}

static bool add_file_error(struct rule_files *files, const char *path, const char *message) {
    struct source_error error;
    return source_error_set_file(&error, path, message) && rule_files_add_error(files, &error);
}

static bool replace(struct rule_files *files, size_t at, struct rule_text *rule) {
    struct rule_text *earlier = &files->rules[at];
    char *note = NULL;
    if (asprintf(&note, "%s: rule %s replaces that of %s", rule->path, rule->id, earlier->path) <
        0) {
        note = NULL;
    }
    rule_text_free(earlier);
    *earlier = *rule;
    return rule_files_add_note(files, note);
}

// Notes that the next rule has this ID. Jansson's objects are hash tables.
static bool note_place(struct rule_files *files, const char *id) {
    return json_object_set_new(files->places, id, json_integer((json_int_t)files->count)) == 0;
}

bool rule_files_add_rule(struct rule_files *files, struct rule_text *rule) {
    if (files->places == NULL) {
        files->places = json_object();
    }
    const json_t *place = json_object_get(files->places, rule->id);
    if (place != NULL) {
        return replace(files, (size_t)json_integer_value(place), rule);
    }
    bool is_added = note_place(files, rule->id) &&
                    array_add(&files->rules, &files->count, &files->capacity, rule, sizeof *rule);
    if (!is_added) {
        rule_text_free(rule);
    }
    return is_added;
}

static bool add_source(struct rule_files *files, const struct source_text *source,
                       enum rule_format format, bool any_index) {
    struct rule_reader reader = {.source = *source, .format = format, .any_index = any_index};
    struct rule_text rule;
    struct source_error error;
    enum rule_result result = RULE_READ;
    bool is_added = true;
    while (is_added && rule_reader_next(&reader, &result, &rule, &error)) {
        files->results[result]++;
        if (result == RULE_READ) {
            is_added = rule_files_add_rule(files, &rule);
        } else if (result == RULE_WRONG) {
            is_added = rule_files_add_error(files, &error);
        } else {
            is_added = result != RULE_NO_MEMORY;
        }
    }
    return is_added;
}

// Files.

// Reads what is left, up to one step more than a file may have. False with errno set.
static bool read_all(int fd, struct buffer *text) {
    enum { STEP = 1 << 16 };
    while (text->size <= RULE_FILE_SIZE_MAX) {
        char *room = buffer_reserve(text, STEP);
        if (room == NULL) {
            errno = ENOMEM;
            return false;
        }
        ssize_t size = read(fd, room, STEP);
        if (size < 0 && errno != EINTR) {
            return false;
        }
        if (size == 0) {
            return true;
        }
        text->size += size > 0 ? (size_t)size : 0;
    }
    errno = EFBIG;
    return false;
}

// O_NONBLOCK: a FIFO is refused without waiting for somebody to write to it.
static bool read_file(const char *path, int flags, struct buffer *text) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
    if (fd < 0) {
        return false;
    }
    bool is_read = fstat(fd, &status) == 0;
    if (is_read && !S_ISREG(status.st_mode)) {
        errno = EINVAL;
        is_read = false;
    }
    is_read = is_read && read_all(fd, text);
    int system_error = errno;
    (void)close(fd);
    errno = system_error;
    return is_read;
}

static bool add_unreadable(struct rule_files *files, const char *path, int system_error) {
    char message[128];
    if (system_error == EFBIG) {
        (void)snprintf(message, sizeof message, "expected at most %d bytes", RULE_FILE_SIZE_MAX);
    } else if (system_error == EINVAL) {
        (void)snprintf(message, sizeof message, "expected a regular file");
    } else {
        (void)snprintf(message, sizeof message, "cannot be read: %s", strerror(system_error));
    }
    return add_file_error(files, path, message);
}

static bool add_text(struct rule_files *files, const char *path, const struct buffer *text,
                     enum rule_format format, bool any_index) {
    static const char mark[] = "\xef\xbb\xbf"; // a byte order mark, as Windows editors write it
    size_t skipped = text->size >= 3 && memcmp(text->data, mark, 3) == 0 ? 3 : 0;
    const struct source_text source = {.path = path,
                                       .text = text->data + skipped,
                                       .size = text->size - skipped,
                                       .start = {.line = 1, .column = 1}};
    return add_source(files, &source, format, any_index);
}

static bool add_file(struct rule_files *files, const char *path, int flags, bool any_index) {
    enum rule_format format = rule_format_of(path);
    if (format == RULE_FORMAT_COUNT) {
        return add_file_error(files, path,
                              "expected a name that ends in .toml, .json, .ndjson or .eql");
    }
    struct buffer text = {0};
    bool is_added = false;
    if (read_file(path, flags, &text)) {
        is_added = add_text(files, path, &text, format, any_index);
    } else if (errno != ENOMEM) {
        is_added = add_unreadable(files, path, errno);
    }
    buffer_free(&text);
    return is_added;
}

// Directories.

struct paths {
    char **list;
    size_t count, capacity;
};

static void paths_free(struct paths *paths) {
    for (size_t i = 0; i < paths->count; i++) {
        free(paths->list[i]);
    }
    free(paths->list);
}

static bool paths_add(struct paths *paths, const char *path) {
    char *copy = strdup(path);
    bool is_added = copy != NULL &&
                    array_add(&paths->list, &paths->count, &paths->capacity, &copy, sizeof copy);
    if (!is_added) {
        free(copy);
    }
    return is_added;
}

static bool note_link(struct rule_files *files, const char *path) {
    char *note = NULL;
    if (asprintf(&note, "%s: is a link or no regular file, not followed", path) < 0) {
        note = NULL;
    }
    return rule_files_add_note(files, note);
}

// Whether a link that the walk came upon would have led to rules, as far as its name or what it
// leads to says.
static bool may_hold_rules(const char *path) {
    struct stat status;
    return rule_format_of(path) != RULE_FORMAT_COUNT ||
           (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

// Looks at one thing that the walk came upon.
static bool visit(struct rule_files *files, struct paths *paths, const FTSENT *entry) {
    switch (entry->fts_info) {
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return add_unreadable(files, entry->fts_path, entry->fts_errno);
    case FTS_F:
        return rule_format_of(entry->fts_path) == RULE_FORMAT_COUNT ||
               paths_add(paths, entry->fts_path);
    case FTS_SL:
    case FTS_SLNONE:
    case FTS_DEFAULT:
        return !may_hold_rules(entry->fts_path) || note_link(files, entry->fts_path);
    default:
        return true;
    }
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int compare_entries(const FTSENT **a, const FTSENT **b) {
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

// FTS_COMFOLLOW: a link that the user names is meant. In the order of names, as notes come from
// it.
static bool walk(struct rule_files *files, const char *path, struct paths *paths) {
    char *copy = strdup(path);
    char *const roots[] = {copy, NULL};
    FTS *tree = copy == NULL
                    ? NULL
                    : fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_entries);
    bool is_walked = tree != NULL;
    while (is_walked) {
        errno = 0;
        const FTSENT *entry = fts_read(tree);
        if (entry == NULL) {
            is_walked = errno != ENOMEM;
            break;
        }
        is_walked = visit(files, paths, entry);
    }
    if (tree != NULL) {
        (void)fts_close(tree);
    }
    free(copy);
    return is_walked;
}

static bool add_directory(struct rule_files *files, const char *path, bool any_index) {
    struct paths paths = {0};
    size_t errors = files->error_count;
    bool is_added = walk(files, path, &paths);
    array_sort(paths.list, paths.count, sizeof *paths.list, compare_paths);
    for (size_t i = 0; is_added && i < paths.count; i++) {
        is_added = add_file(files, paths.list[i], O_NOFOLLOW, any_index);
    }
    if (is_added && paths.count == 0 && files->error_count == errors) {
        is_added = add_file_error(files, path, "expected a directory with rule files in it");
    }
    paths_free(&paths);
    return is_added;
}

// Lists.

static bool add_builtin(struct rule_files *files, const struct builtin_rule *rule) {
    char path[128];
    (void)snprintf(path, sizeof path, "rules/%s.toml", rule->id);
    const struct source_text source = {
        .path = path, .text = rule->text, .size = rule->size, .start = {.line = 1, .column = 1}};
    if (!add_source(files, &source, RULE_FORMAT_TOML, false)) {
        return false;
    }
    for (size_t i = 0; i < files->count; i++) {
        struct rule_text *added = &files->rules[i];
        added->is_builtin = added->is_builtin || strcmp(added->path, path) == 0;
    }
    return true;
}

// The built-in rule of that name, or all. RULE_FILES_UNKNOWN when there is none.
static enum rule_files_result add_named(struct rule_files *files, const char *name) {
    size_t count = 0;
    const struct builtin_rule *rules = builtin_rules(&count);
    bool is_all = strcmp(name, "all") == 0;
    bool is_known = false;
    for (size_t i = 0; i < count; i++) {
        if (is_all || strcmp(name, rules[i].id) == 0) {
            is_known = true;
            if (!add_builtin(files, &rules[i])) {
                return RULE_FILES_NO_MEMORY;
            }
        }
    }
    return is_known ? RULE_FILES_READ : RULE_FILES_UNKNOWN;
}

// A path or a name. RULE_FILES_UNKNOWN when it is neither.
static enum rule_files_result add_one(struct rule_files *files, const char *name, bool any_index) {
    struct stat status;
    bool is_added = false;
    if (stat(name, &status) == 0) {
        is_added = S_ISDIR(status.st_mode) ? add_directory(files, name, any_index)
                                           : add_file(files, name, 0, any_index);
    } else if (errno == EACCES) {
        is_added = add_unreadable(files, name, errno);
    } else {
        return add_named(files, name);
    }
    return is_added ? RULE_FILES_READ : RULE_FILES_NO_MEMORY;
}

static enum rule_files_result add_part(struct rule_files *files, const char *name, size_t size,
                                       bool any_index) {
    char *part = strndup(name, size);
    enum rule_files_result result =
        part == NULL ? RULE_FILES_NO_MEMORY : add_one(files, part, any_index);
    if (result == RULE_FILES_UNKNOWN &&
        !add_file_error(files, part, "expected a rule file, a directory or a built-in rule")) {
        result = RULE_FILES_NO_MEMORY;
    }
    free(part);
    return result;
}

enum rule_files_result rule_files_add(struct rule_files *files, const char *list, bool any_index) {
    struct stat status;
    bool is_path = stat(list, &status) == 0;
    enum rule_files_result result = RULE_FILES_READ;
    for (const char *part = list; result == RULE_FILES_READ && part != NULL;) {
        const char *comma = is_path ? NULL : strchr(part, ',');
        size_t size = comma == NULL ? strlen(part) : (size_t)(comma - part);
        result = add_part(files, part, size, any_index);
        part = comma == NULL ? NULL : comma + 1;
    }
    return result;
}

void rule_files_free(struct rule_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        rule_text_free(&files->rules[i]);
    }
    for (size_t i = 0; i < files->error_count; i++) {
        source_error_free(&files->errors[i]);
    }
    for (size_t i = 0; i < files->note_count; i++) {
        free(files->notes[i]);
    }
    free(files->rules);
    free(files->errors);
    free(files->notes);
    json_decref(files->places);
    *files = (struct rule_files){0};
}
