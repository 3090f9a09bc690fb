// SPDX-License-Identifier: GPL-3.0-or-later
// dump-views LOG...: what views say of each record, an object of JSON a line: `file`, `offset`, and
// where the view opens `system` and `data`, of text. For tools/compare_decoders.py.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "evtx/chunk.h"
#include "evtx/view.h"
#include "rules/event_view.h"
#include "xmem.h"

enum { LOG_HEADER = 4096 };

static const char *const system_names[SYSTEM_COUNT] = {
    [SYSTEM_PROVIDER_NAME] = "Provider.Name",
    [SYSTEM_PROVIDER_GUID] = "Provider.Guid",
    [SYSTEM_EVENT_ID] = "EventID",
    [SYSTEM_TIME_CREATED] = NULL, // not as text
    [SYSTEM_RECORD_ID] = "EventRecordID",
    [SYSTEM_COMPUTER] = "Computer",
    [SYSTEM_CHANNEL] = "Channel",
};

static void require(bool ok, const char *what) {
    if (!ok) {
        die("dump-views: %s", what);
    }
}

static void put(json_t *object, const char *name, size_t name_size, const struct buffer *text) {
    require(!text->failed, "memory");
    if (json_object_getn(object, name, name_size) == NULL) {
        require(json_object_setn_new(object, name, name_size,
                                     json_stringn(text->size == 0 ? "" : text->data, text->size)) ==
                    0,
                "JSON");
    }
}

static json_t *dump_system(const struct view *view) {
    json_t *object = json_object();
    struct buffer text = {0};
    for (int which = 0; which < SYSTEM_COUNT; which++) {
        buffer_clear(&text);
        if (system_names[which] != NULL && view_add_system(view, (enum system_value)which, &text)) {
            put(object, system_names[which], strlen(system_names[which]), &text);
        }
    }
    buffer_free(&text);
    return object;
}

static json_t *dump_data(const struct view *view) {
    json_t *object = json_object();
    struct buffer text = {0};
    struct buffer name = {0};
    for (size_t i = 0; i < view_item_count(view); i++) {
        buffer_clear(&text);
        buffer_clear(&name);
        view_add_text(view, view_item(view, i), &text);
        view_add_name(view, view_item(view, i), &name);
        put(object, name.data, name.size, &text);
    }
    buffer_free(&text);
    buffer_free(&name);
    return object;
}

static void dump_record(struct view *view, struct definitions *definitions, const char *path,
                        const struct chunk *chunk, const struct record *record) {
    uint64_t offset = chunk->offset + record->offset;
    json_t *line = json_pack("{ss, sI}", "file", path, "offset", (json_int_t)offset);
    if (view_open(view, definitions, chunk->data, record)) {
        json_object_set_new(line, "system", dump_system(view));
        if (view_open_data(view, definitions)) {
            json_object_set_new(line, "data", dump_data(view));
        }
    }
    char *text = json_dumps(line, JSON_COMPACT);
    require(text != NULL, "JSON");
    puts(text);
    free(text);
    json_decref(line);
}

static void dump_log(struct definitions *definitions, const char *path) {
    static struct chunk chunk;
    static struct view view;
    size_t size = 0;
    char *bytes = read_file(path, &size);
    for (size_t at = LOG_HEADER; at + CHUNK_SIZE <= size; at += CHUNK_SIZE) {
        chunk_survey(&chunk, (const uint8_t *)bytes + at, at);
        definitions_start(definitions, chunk.data);
        for (size_t i = 0; i < chunk.record_count; i++) {
            if (!chunk.records[i].recovered) {
                dump_record(&view, definitions, path, &chunk, &chunk.records[i]);
            }
        }
    }
    free(bytes);
}

int main(int argc, char **argv) {
    struct names *names = event_view_names();
    struct definitions *definitions = names == NULL ? NULL : definitions_new(names);
    require(definitions != NULL, "memory");
    for (int i = 1; i < argc; i++) {
        dump_log(definitions, argv[i]);
    }
    definitions_free(definitions);
    names_free(names);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
