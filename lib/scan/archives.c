// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/archives.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"

void archives_free(struct archives *archives) {
    for (size_t i = 0; i < archives->count; i++) {
        free(archives->list[i].members);
    }
    free(archives->list);
    arena_free(&archives->paths);
    *archives = (struct archives){0};
}

bool archives_add(struct archives *archives, const struct archive_input *archive) {
    return array_add(&archives->list, &archives->count, &archives->capacity, archive,
                     sizeof *archive);
}

bool archives_add_member(struct archives *archives, size_t archive, size_t source) {
    struct archive_input *input = &archives->list[archive];
    return array_add(&input->members, &input->member_count, &input->member_capacity, &source,
                     sizeof source);
}

const char *archives_path(struct archives *archives, size_t archive, const char *name) {
    struct buffer path = {0};
    if (*name == '\0') {
        return archives->list[archive].path;
    }
    buffer_printf(&path, "%s!/%s", archives->list[archive].path, name);
    const char *kept = path.failed ? NULL : arena_copy(&archives->paths, path.data, path.size);
    buffer_free(&path);
    return kept;
}

bool archives_path_is(const struct archives *archives, size_t archive, const char *name,
                      const char *path) {
    const char *own = archives->list[archive].path;
    size_t size = strlen(own);
    if (*name == '\0' || strncmp(path, own, size) != 0) {
        return strcmp(path, own) == 0;
    }
    return strncmp(path + size, "!/", 2) == 0 && strcmp(path + size + 2, name) == 0;
}

bool archives_have_file(const struct archives *archives, struct file_id id) {
    for (size_t i = 0; i < archives->count; i++) {
        if (file_id_same(archives->list[i].id, id)) {
            return true;
        }
    }
    return false;
}
