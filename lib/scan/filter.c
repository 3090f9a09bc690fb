// SPDX-License-Identifier: GPL-3.0-or-later
// Tells from raw bytes which records can be stage events at all.
#include "scan/filter.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/ascii.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/guid.h"
#include "rules/atoms.h"

enum { HITS_MAX = 4096 };

// A place in the chunk where an atom stands.
struct hit {
    uint32_t offset;
    stage_mask stages; // whose atom it is
};

// A template definition that GUIDs have been looked for in.
struct searched_body {
    uint32_t offset;
    stage_mask stages; // whose GUIDs stand in it
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
    const char *field; // of EventData, for others to know of
    struct layout_cache cache;
    size_t hit_count;
    struct hit hits[HITS_MAX]; // texts in the chunk at hand, by offset
    size_t body_count;
    struct searched_body bodies[LAYOUT_TEMPLATES_MAX]; // of it, so that each is searched once
    struct layout layout;                              // of the record at hand
    struct layout_head heads[CHUNK_RECORDS_MAX];
};

// The text as UTF-16LE; the caseless search sees to the letters.
static void add_atom(struct buffer *regex, const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        buffer_printf(regex, "\\x%02X\\x00", (unsigned char)*c);
    }
}

// Whether an earlier stage has the text among its atoms.
static bool is_repeated(const struct filter *filter, size_t stage, const char *text) {
    for (size_t i = 0; i < stage; i++) {
        for (size_t k = 0; k < filter->atoms[i].count; k++) {
            if (ascii_compare(filter->atoms[i].texts[k], text) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool compile(struct filter *filter) {
    struct buffer regex = {0};
    for (size_t i = 0; i < filter->stage_count; i++) {
        for (size_t k = 0; k < filter->atoms[i].count; k++) {
            if (!is_repeated(filter, i, filter->atoms[i].texts[k])) {
                buffer_add_text(&regex, regex.size == 0 ? "" : "|");
                add_atom(&regex, filter->atoms[i].texts[k]);
            }
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

// Finds all texts in the chunk. Where they are too many to keep, the last one kept stands for the
// rest of the chunk.
static void search(struct filter *filter, const uint8_t *data) {
    filter->hit_count = 0;
    filter->body_count = 0;
    if (filter->code == NULL) {
        return;
    }
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(filter->match_data);
    size_t at = 0;
    while (filter->hit_count < HITS_MAX &&
           pcre2_match(filter->code, data, CHUNK_SIZE, at, PCRE2_NO_UTF_CHECK, filter->match_data,
                       NULL) >= 0) {
        filter->hits[filter->hit_count++] = (struct hit){
            (uint32_t)found[0], stages_at(filter, data + found[0], CHUNK_SIZE - found[0])};
        at = found[0] + 1;
    }
}

// Stages whose atoms stand between two places of the chunk.
static stage_mask hits_between(const struct filter *filter, size_t begin, size_t end) {
    stage_mask stages = 0;
    bool is_full = filter->hit_count == HITS_MAX;
    if (is_full && end > filter->hits[HITS_MAX - 1].offset) {
        return filter->all;
    }
    for (size_t i = 0; i < filter->hit_count; i++) {
        if (filter->hits[i].offset >= begin && filter->hits[i].offset < end) {
            stages |= filter->hits[i].stages;
        }
    }
    return stages;
}

// Stages whose GUIDs stand between two places of the chunk. Few records are of an event that needs
// GUIDs, so these are looked for in those alone and not in the chunk.
static stage_mask guids_between(const struct filter *filter, const uint8_t *data, size_t begin,
                                size_t end) {
    stage_mask stages = 0;
    stage_mask found = 0;
    size_t at = begin;
    if (guid_set_count(filter->guids) == 0) {
        return 0;
    }
    while ((found = guid_set_search(filter->guids, data, end, &at)) != 0) {
        stages |= found;
        at++;
    }
    return stages;
}

static stage_mask guids_in_body(struct filter *filter, const uint8_t *data,
                                const struct layout_body *body) {
    for (size_t i = 0; i < filter->body_count; i++) {
        if (filter->bodies[i].offset == body->offset) {
            return filter->bodies[i].stages;
        }
    }
    stage_mask stages = guids_between(filter, data, body->offset, body->offset + body->size);
    if (filter->body_count < LAYOUT_TEMPLATES_MAX) {
        filter->bodies[filter->body_count++] = (struct searched_body){body->offset, stages};
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
        stage_mask hits = hits_between(filter, body->offset, body->offset + body->size) |
                          guids_in_body(filter, chunk->data, body);
        if ((hits & stages) != 0) {
            return FILTER_PASS;
        }
    }
    return layout->plain ? FILTER_SKIP : FILTER_UNSURE;
}

static enum filter_verdict judge(struct filter *filter, const struct chunk *chunk,
                                 const struct record *record, struct layout_head *head) {
    stage_mask stages = filter->all;
    layout_read_head(&filter->cache, chunk->data, record, head);
    if (head->has_event_id) {
        stages = stages_of_id(filter, head->event_id);
        if (stages == 0) {
            return FILTER_SKIP;
        }
    }
    size_t end = (size_t)record->offset + record->size;
    stage_mask hits = hits_between(filter, record->offset, end) |
                      guids_between(filter, chunk->data, record->offset, end);
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
    layout_cache_clear(&filter->cache, filter->field);
    search(filter, chunk->data);
    for (size_t i = 0; i < chunk->record_count; i++) {
        verdicts[i] = judge(filter, chunk, &chunk->records[i], &filter->heads[i]);
        passed += verdicts[i] != FILTER_SKIP;
    }
    return passed;
}

const struct layout_head *filter_heads(const struct filter *filter) {
    return filter->heads;
}

struct layout_cache *filter_cache(struct filter *filter) {
    return &filter->cache;
}

void filter_look_out_for(struct filter *filter, const char *field) {
    filter->field = field;
}
