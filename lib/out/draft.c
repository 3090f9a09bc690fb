// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "base/utf8.h"
#include "rules/event_set.h"

// The object's member of this name, an object too; NULL when memory ran out.
static json_t *member(json_t *object, const char *name, size_t size) {
    json_t *found = json_object_getn(object, name, size);
    if (found == NULL && json_object_setn_new(object, name, size, json_object()) == 0) {
        found = json_object_getn(object, name, size);
    }
    return found;
}

void draft_put(struct draft *draft, const char *path, json_t *value) {
    json_t *object = draft->root;
    for (size_t size = strcspn(path, "."); path[size] != '\0'; size = strcspn(path, ".")) {
        object = member(object, path, size);
        path += size + 1;
    }
    if (json_object_set_new(object, path, value) != 0) {
        draft->failed = true;
    }
}

void draft_put_logged(struct draft *draft, json_t *object, const char *name, json_t *value) {
    struct buffer valid = {0};
    utf8_add(&valid, name, strlen(name));
    bool is_first = !valid.failed && json_object_getn(object, valid.data, valid.size) == NULL;
    if (is_first) {
        draft->failed =
            json_object_setn_new(object, valid.data, valid.size, value) != 0 || draft->failed;
    } else {
        draft->failed = valid.failed || draft->failed;
        json_decref(value);
    }
    buffer_free(&valid);
}

void draft_append(struct draft *draft, json_t *array, json_t *value) {
    draft->failed = json_array_append_new(array, value) != 0 || draft->failed;
}

json_t *draft_find(const struct draft *draft, const char *path) {
    json_t *object = draft->root;
    for (size_t size = strcspn(path, "."); path[size] != '\0'; size = strcspn(path, ".")) {
        object = json_object_getn(object, path, size);
        path += size + 1;
    }
    return json_object_get(object, path);
}

json_t *draft_text(const char *text) {
    return draft_bytes(text, strlen(text));
}

json_t *draft_bytes(const char *text, size_t size) {
    struct buffer valid = {0};
    utf8_add(&valid, text, size);
    json_t *value =
        valid.failed ? NULL : json_stringn(valid.size == 0 ? "" : valid.data, valid.size);
    buffer_free(&valid);
    return value;
}

json_t *draft_time(int64_t time) {
    char text[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, text);
    return json_string(text);
}

json_t *draft_texts(const char *const *texts, size_t count) {
    struct draft draft = {.root = json_array()};
    for (size_t i = 0; i < count; i++) {
        draft_append(&draft, draft.root, draft_text(texts[i]));
    }
    return draft_take(&draft);
}

json_t *draft_event_ids(uint32_t ids) {
    struct draft draft = {.root = json_array()};
    for (unsigned id = event_ids_take(&ids); id != 0; id = event_ids_take(&ids)) {
        draft_append(&draft, draft.root, json_integer((json_int_t)id));
    }
    return draft_take(&draft);
}

json_t *draft_take(struct draft *draft) {
    if (draft->failed) {
        json_decref(draft->root);
        draft->root = NULL;
    }
    return draft->root;
}

void draft_finish(struct draft *draft, struct buffer *out, size_t layout) {
    char *text = draft->failed ? NULL : json_dumps(draft->root, layout | JSON_ENSURE_ASCII);
    json_decref(draft->root);
    draft->root = NULL;
    if (text == NULL) {
        out->failed = true;
        return;
    }
    buffer_add_text(out, text);
    buffer_add_byte(out, '\n');
    free(text);
}
