// SPDX-License-Identifier: GPL-3.0-or-later
// Tells from raw bytes which records can be stage events at all.
#include "filter.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "ascii.h"
#include "atoms.h"
#include "buffer.h"
#include "bytes.h"
#include "guid.h"
#include "layout.h"

enum { HITS_MAX = 4096 };

// A place in the chunk where an atom stands.
struct hit {
    uint32_t offset;
    stage_mask stages; // whose atom it is
};

struct filter {
    size_t stage_count;
    uint16_t event_ids[STAGES_MAX]; // by stage number
    struct atoms atoms[STAGES_MAX]; // by stage number; none for a stage in `unsearchable`
    stage_mask all;                 // every stage
    stage_mask unsearchable;        // stages that need nothing that can be searched for
    pcre2_code *code;               // finds any text; NULL when there are none
    struct guid_set *guids;         // GUIDs that are atoms, each marked with its stages
    pcre2_match_data *match_data;
    struct layout_cache cache;
    size_t hit_count;
    struct hit hits[HITS_MAX]; // in the chunk at hand
    size_t searched;           // what lies from this offset on may hold atoms that are no hits
    struct layout layout;      // of the record at hand
};

// The text as UTF-16LE; the caseless search sees to the letters.
static void add_atom(struct buffer *regex, const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        buffer_printf(regex, "\\x%02X\\x00", (unsigned char)*c);
    }
}

static bool compile(struct filter *filter) {
    struct buffer regex = {0};
    for (size_t i = 0; i < filter->stage_count; i++) {
        for (size_t k = 0; k < filter->atoms[i].count; k++) {
            buffer_add_text(&regex, regex.size == 0 ? "" : "|");
            add_atom(&regex, filter->atoms[i].texts[k]);
        }
    }
    bool ok = !regex.failed;
    if (ok && regex.size > 0) {
        int error = 0;
        PCRE2_SIZE offset = 0;
        // Bytes, not UTF, so that caseless folds ASCII alone.
        filter->code =
            pcre2_compile((PCRE2_SPTR)regex.data, regex.size,
                          PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_NEVER_UTF, &error, &offset, NULL);
        ok = filter->code != NULL;
        if (ok) {
            // Where the machine has no JIT, the interpreter does the same more slowly.
            (void)pcre2_jit_compile(filter->code, PCRE2_JIT_COMPLETE);
        }
    }
    buffer_free(&regex);
    return ok;
}

static bool add_guids(struct filter *filter, size_t stage) {
    const struct atoms *atoms = &filter->atoms[stage];
    for (size_t i = 0; i < atoms->guid_list_count; i++) {
        const struct condition *list = atoms->guid_lists[i];
        for (size_t k = 0; k < list->value_count; k++) {
            struct guid guid;
            if (!guid_parse(list->values[k], &guid) ||
                !guid_set_add(filter->guids, &guid, (stage_mask)1 << stage)) {
                return false;
            }
        }
    }
    return true;
}

static bool take_stages(struct filter *filter, const struct stages *stages) {
    filter->stage_count = stages_count(stages);
    for (size_t i = 0; i < filter->stage_count; i++) {
        const struct stage *stage = stages_get(stages, i);
        stage_mask bit = (stage_mask)1 << i;
        filter->event_ids[i] = stage->event_id;
        filter->all |= bit;
        if (!atoms_of_stage(stage, &filter->atoms[i])) {
            filter->atoms[i].count = 0;
            filter->atoms[i].guid_list_count = 0;
            filter->unsearchable |= bit;
        }
        if (!add_guids(filter, i)) {
            return false;
        }
    }
    return true;
}

struct filter *filter_new(const struct stages *stages) {
    struct filter *filter = calloc(1, sizeof *filter);
    if (filter == NULL) {
        return NULL;
    }
    filter->guids = guid_set_new();
    filter->match_data = pcre2_match_data_create(1, NULL);
    if (filter->guids == NULL || filter->match_data == NULL || !take_stages(filter, stages) ||
        !compile(filter)) {
        filter_free(filter);
        return NULL;
    }
    return filter;
}

void filter_free(struct filter *filter) {
    if (filter == NULL) {
        return;
    }
    pcre2_code_free(filter->code);
    pcre2_match_data_free(filter->match_data);
    guid_set_free(filter->guids);
    free(filter);
}

static bool stands_at(const uint8_t *data, size_t room, const char *text) {
    size_t size = strlen(text);
    if (size * 2 > room) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (data[2 * i + 1] != 0 || ascii_fold((char)data[2 * i]) != ascii_fold(text[i])) {
            return false;
        }
    }
    return true;
}

static stage_mask stages_at(const struct filter *filter, const uint8_t *data, size_t room) {
    stage_mask stages = 0;
    for (size_t i = 0; i < filter->stage_count; i++) {
        for (size_t k = 0; k < filter->atoms[i].count; k++) {
            if (stands_at(data, room, filter->atoms[i].texts[k])) {
                stages |= (stage_mask)1 << i;
            }
        }
    }
    return stages;
}

// False when there are too many hits to keep; the search was not over then.
static bool add_hit(struct filter *filter, size_t offset, stage_mask stages) {
    if (filter->hit_count == HITS_MAX) {
        filter->searched = offset < filter->searched ? offset : filter->searched;
        return false;
    }
    filter->hits[filter->hit_count++] = (struct hit){(uint32_t)offset, stages};
    return true;
}

static void search_texts(struct filter *filter, const uint8_t *data) {
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(filter->match_data);
    size_t at = 0;
    while (filter->code != NULL &&
           pcre2_match(filter->code, data, CHUNK_SIZE, at, PCRE2_NO_UTF_CHECK, filter->match_data,
                       NULL) >= 0 &&
           add_hit(filter, found[0], stages_at(filter, data + found[0], CHUNK_SIZE - found[0]))) {
        at = found[0] + 1;
    }
}

static void search_guids(struct filter *filter, const uint8_t *data) {
    size_t at = 0;
    stage_mask stages = 0;
    if (guid_set_count(filter->guids) == 0) {
        return;
    }
    while ((stages = guid_set_search(filter->guids, data, CHUNK_SIZE, &at)) != 0 &&
           add_hit(filter, at, stages)) {
        at++;
    }
}

// Finds all atoms in the chunk.
static void search(struct filter *filter, const uint8_t *data) {
    filter->hit_count = 0;
    filter->searched = CHUNK_SIZE;
    search_texts(filter, data);
    search_guids(filter, data);
}

// Stages whose atoms stand between two places of the chunk.
static stage_mask hits_between(const struct filter *filter, size_t begin, size_t end) {
    stage_mask stages = 0;
    if (end > filter->searched) {
        return filter->all;
    }
    for (size_t i = 0; i < filter->hit_count; i++) {
        if (filter->hits[i].offset >= begin && filter->hits[i].offset < end) {
            stages |= filter->hits[i].stages;
        }
    }
    return stages;
}

static stage_mask stages_of_id(const struct filter *filter, uint16_t event_id) {
    stage_mask stages = 0;
    for (size_t i = 0; i < filter->stage_count; i++) {
        if (filter->event_ids[i] == event_id) {
            stages |= (stage_mask)1 << i;
        }
    }
    return stages;
}

// A record without an atom of its own: can there be one in what it refers to, or in a form that
// the search cannot see?
static enum filter_verdict judge_layout(struct filter *filter, const struct chunk *chunk,
                                        const struct record *record, stage_mask stages) {
    struct layout *layout = &filter->layout;
    layout_read_content(&filter->cache, chunk->data, record, layout);
    for (size_t i = 0; i < layout->body_count; i++) {
        const struct layout_body *body = &layout->bodies[i];
        if ((hits_between(filter, body->offset, body->offset + body->size) & stages) != 0) {
            return FILTER_PASS;
        }
    }
    return layout->plain ? FILTER_SKIP : FILTER_UNSURE;
}

static enum filter_verdict judge(struct filter *filter, const struct chunk *chunk,
                                 const struct record *record) {
    stage_mask stages = filter->all;
    layout_read_id(&filter->cache, chunk->data, record, &filter->layout);
    if (filter->layout.has_event_id) {
        stages = stages_of_id(filter, filter->layout.event_id);
        if (stages == 0) {
            return FILTER_SKIP;
        }
    }
    stage_mask hits = hits_between(filter, record->offset, record->offset + record->size);
    if (((hits | filter->unsearchable) & stages) != 0) {
        return FILTER_PASS;
    }
    return judge_layout(filter, chunk, record, stages);
}

size_t filter_chunk(struct filter *filter, const struct chunk *chunk,
                    enum filter_verdict *verdicts) {
    size_t passed = 0;
    if (chunk->record_count == 0) {
        return 0;
    }
    layout_cache_clear(&filter->cache);
    search(filter, chunk->data);
    for (size_t i = 0; i < chunk->record_count; i++) {
        verdicts[i] = judge(filter, chunk, &chunk->records[i]);
        passed += verdicts[i] != FILTER_SKIP;
    }
    return passed;
}
