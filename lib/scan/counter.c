// SPDX-License-Identifier: GPL-3.0-or-later
// Counts the records of a chunk.
#include "scan/counter.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/guid.h"
#include "base/utf16.h"
#include "base/utf8.h"
#include "evtx/layout.h"
#include "scan/message.h"

struct counted_sight {
    uint16_t event_id;
    enum event_data without; // or DATA_COUNT
    stage_mask stage;        // 0 for a sight of no stage, or of one that is not looked for
    bool has_stage;
};

struct counter {
    struct filter *filter;
    struct guid sysmon_guid;
    const struct chunk *chunk;
    size_t sight_count;
    uint64_t event_ids; // of the sights: bit 1 << event ID % 64
    struct counted_sight sights[SIGHTS_MAX];
    struct coverage_rows rows;
    // By the number of a template in the cache: the row of all its records' host, where Computer is
    // part of the template, as it is as a rule.
    struct coverage_row *template_rows[LAYOUT_TEMPLATES_MAX];
};

// What a record is, as far as that is known.
struct identity {
    struct coverage_row *row; // of its host
    bool is_known;            // the rest is
    bool is_sysmon;
    uint16_t event_id;
    bool has_field; // that which the filter looks out for
};

struct counter *counter_new(const struct stages *stages, struct filter *filter) {
    struct counter *counter = calloc(1, sizeof *counter);
    if (counter == NULL) {
        return NULL;
    }
    const struct sight *const *sights = rules_sights(&counter->sight_count);
    counter->filter = filter;
    (void)guid_parse(EVENT_SYSMON_GUID, &counter->sysmon_guid);
    for (size_t i = 0; i < counter->sight_count; i++) {
        const struct sight *sight = sights[i];
        counter->sights[i] = (struct counted_sight){
            .event_id = sight->event_id,
            .without = sight->without,
            .stage = sight->stage == NULL ? 0 : stages_mask_of(stages, sight->stage),
            .has_stage = sight->stage != NULL,
        };
        counter->event_ids |= UINT64_C(1) << sight->event_id % 64;
        if (sight->without != DATA_COUNT) {
            filter_look_out_for(filter, event_data_name(sight->without));
        }
    }
    return counter;
}

void counter_free(struct counter *counter) {
    free(counter);
}

static void forget_rows(struct counter *counter) {
    counter->rows.count = 0;
    memset(counter->template_rows, 0, sizeof counter->template_rows);
}

void counter_start(struct counter *counter, const struct chunk *chunk) {
    counter->chunk = chunk;
    forget_rows(counter);
}

// Hosts

void counter_send(struct coverage_rows *rows, struct buffer *out) {
    // They may have been left by a process that a log had taken over.
    for (uint32_t i = 0; i < rows->count && i < COVERAGE_ROWS_MAX; i++) {
        message_add_coverage(out, &rows->rows[i]);
    }
    rows->count = 0;
}

static struct coverage_row *row_of(struct counter *counter, const char *host, struct buffer *out) {
    // What event.h calls a missing value.
    host = strcmp(host, "-") == 0 ? "" : host;
    struct coverage_row *row = coverage_rows_find(&counter->rows, host);
    if (row == NULL) {
        counter_send(&counter->rows, out);
        forget_rows(counter);
        row = coverage_rows_find(&counter->rows, host);
    }
    return row;
}

// Adds a character to the name. False when there is no room for it.
static bool add_character(char *host, size_t *size, uint32_t character) {
    char bytes[UTF8_SIZE_MAX];
    size_t length = utf8_write(character, bytes);
    if (*size + length >= COVERAGE_HOST_SIZE) {
        return false;
    }
    memcpy(host + *size, bytes, length);
    *size += length;
    host[*size] = '\0';
    return true;
}

static struct coverage_row *row_of_units(struct counter *counter, const uint8_t *text, size_t size,
                                         struct buffer *out) {
    char host[COVERAGE_HOST_SIZE] = "";
    size_t length = 0;
    size_t units = utf16_units(text, size);
    for (size_t i = 0; i < units && add_character(host, &length, utf16_read(text, units, &i));) {
    }
    return row_of(counter, host, out);
}

// The same name, cut at the same place, from an event.
static struct coverage_row *row_of_event(struct counter *counter, const struct event *event,
                                         struct buffer *out) {
    struct event_text text = event_part(event, DATA_COMPUTER, PART_WHOLE);
    char host[COVERAGE_HOST_SIZE] = "";
    size_t length = 0;
    uint32_t character = 0;
    size_t taken = 0;
    for (size_t at = 0; at < text.size; at += taken) {
        taken = utf8_read(text.data + at, text.size - at, &character);
        if (taken == 0 || !add_character(host, &length, character)) {
            break;
        }
    }
    return row_of(counter, host, out);
}

// Raw bytes

static bool is_text(const uint8_t *text, size_t size, const char *wanted, bool fold) {
    size_t length = strlen(wanted);
    bool same = size / 2 - length <= 1 && utf16_units(text, size) == length; // a NUL may follow
    for (size_t i = 0; same && i < length; i++) {
        uint16_t unit = bytes_u16(text + 2 * i);
        same = unit < 0x80 &&
               (fold ? ascii_fold((char)unit) == ascii_fold(wanted[i]) : (char)unit == wanted[i]);
    }
    return same;
}

static enum layout_answer answer(bool yes) {
    return yes ? LAYOUT_YES : LAYOUT_NO;
}

static enum layout_answer is_sysmon_guid(const struct counter *counter,
                                         const struct layout_value *value) {
    const uint8_t *bytes = counter->chunk->data + value->offset;
    switch (value->type) {
    case 0:
        return LAYOUT_NO;
    case LAYOUT_STRING:
        return answer(is_text(bytes, value->size, EVENT_SYSMON_GUID, true));
    case LAYOUT_GUID:
        return answer(value->size == GUID_SIZE &&
                      memcmp(bytes, counter->sysmon_guid.bytes, GUID_SIZE) == 0);
    default:
        return LAYOUT_UNKNOWN;
    }
}

static enum layout_answer is_sysmon_name(const struct counter *counter,
                                         const struct layout_value *value) {
    const uint8_t *bytes = counter->chunk->data + value->offset;
    if (value->type == LAYOUT_STRING) {
        return answer(is_text(bytes, value->size, EVENT_SYSMON_NAME, false));
    }
    return value->type == 0 ? LAYOUT_NO : LAYOUT_UNKNOWN;
}

// Whose record it is: the name or the GUID tells.
static enum layout_answer is_sysmon(const struct counter *counter, const struct record *record,
                                    const struct layout_head *head,
                                    const struct layout_body *body) {
    const uint8_t *chunk = counter->chunk->data;
    struct layout_value guid;
    struct layout_value name;
    bool has_name = layout_find(chunk, record, head, &body->provider_name, &name);
    bool has_guid = has_name ? layout_find_behind(chunk, record, head, &body->provider_name, &name,
                                                  &body->provider_guid, &guid)
                             : layout_find(chunk, record, head, &body->provider_guid, &guid);
    enum layout_answer by_guid = has_guid ? is_sysmon_guid(counter, &guid) : LAYOUT_UNKNOWN;
    if (by_guid == LAYOUT_YES) {
        return LAYOUT_YES;
    }
    enum layout_answer by_name = has_name ? is_sysmon_name(counter, &name) : LAYOUT_UNKNOWN;
    return by_name == LAYOUT_NO ? by_guid : by_name;
}

// An event ID of another type than the usual.
static bool read_number(const uint8_t *chunk, const struct layout_value *value, uint16_t *number) {
    const uint8_t *at = chunk + value->offset;
    uint64_t result = 0;
    if (value->type == LAYOUT_U8 && value->size == 1) {
        result = at[0];
    } else if (value->type == LAYOUT_U16 && value->size == 2) {
        result = bytes_u16(at);
    } else if (value->type == LAYOUT_U32 && value->size == 4) {
        result = bytes_u32(at);
    } else if (value->type == LAYOUT_U64 && value->size == 8) {
        result = bytes_u64(at);
    } else if (value->type == LAYOUT_STRING && utf16_units(at, value->size) > 0) {
        size_t units = utf16_units(at, value->size);
        for (size_t i = 0; i < units && result <= UINT16_MAX; i++) {
            unsigned digit = bytes_u16(at + 2 * i) - (unsigned)'0';
            result = digit > 9 ? UINT64_MAX : result * 10 + digit;
        }
    } else {
        return false;
    }
    *number = (uint16_t)result;
    return result <= UINT16_MAX;
}

static bool find_event_id(const struct counter *counter, const struct record *record,
                          const struct layout_head *head, const struct layout_body *body,
                          uint16_t *event_id) {
    const struct layout_source source = {.kind = LAYOUT_HOLE, .hole = body->event_id};
    struct layout_value value;
    if (head->has_event_id) {
        *event_id = head->event_id;
        return true;
    }
    return body->has_event_id && body->id_is_hole &&
           layout_find(counter->chunk->data, record, head, &source, &value) &&
           read_number(counter->chunk->data, &value, event_id);
}

// Few events are of a sight, and this leaves most of the others out.
static bool may_be_sight(const struct counter *counter, uint16_t event_id) {
    return (counter->event_ids >> event_id % 64 & 1) != 0;
}

// Whether a sight asks which fields an event has.
static bool needs_field(const struct counter *counter, uint16_t event_id) {
    for (size_t i = 0; i < counter->sight_count; i++) {
        if (counter->sights[i].event_id == event_id && counter->sights[i].without != DATA_COUNT) {
            return true;
        }
    }
    return false;
}

// The row of the host that a record's raw bytes name. NULL where they cannot be understood.
static struct coverage_row *find_row(struct counter *counter, const struct record *record,
                                     const struct layout_head *head, const struct layout_body *body,
                                     struct buffer *out) {
    const uint8_t *chunk = counter->chunk->data;
    bool is_numbered = head->body < LAYOUT_TEMPLATES_MAX;
    struct layout_value computer;
    if (is_numbered && counter->template_rows[head->body] != NULL) {
        return counter->template_rows[head->body];
    }
    if (!body->has_system || !layout_find(chunk, record, head, &body->computer, &computer) ||
        (computer.type != LAYOUT_STRING && computer.type != 0)) {
        return NULL;
    }
    struct coverage_row *row = row_of_units(counter, chunk + computer.offset, computer.size, out);
    if (is_numbered && body->computer.kind != LAYOUT_HOLE) {
        counter->template_rows[head->body] = row;
    }
    return row;
}

// What the raw bytes of a record tell; is_known where that is all.
static void identify(struct counter *counter, const struct record *record,
                     const struct layout_head *head, struct identity *identity,
                     struct buffer *out) {
    struct layout_cache *cache = filter_cache(counter->filter);
    struct layout_body room;
    const struct layout_body *body =
        layout_body_of(cache, counter->chunk->data, record, head, &room);
    identity->row = body == NULL ? NULL : find_row(counter, record, head, body, out);
    if (identity->row == NULL) {
        return;
    }
    enum layout_answer sysmon = is_sysmon(counter, record, head, body);
    if (sysmon != LAYOUT_YES) {
        identity->is_known = sysmon == LAYOUT_NO;
        return;
    }
    identity->is_sysmon = true;
    identity->is_known = find_event_id(counter, record, head, body, &identity->event_id);
    if (identity->is_known && needs_field(counter, identity->event_id)) {
        enum layout_answer has_field = layout_has_field(cache, counter->chunk->data, record, head);
        identity->is_known = has_field != LAYOUT_UNKNOWN;
        identity->has_field = has_field == LAYOUT_YES;
    }
}

// Records

static void take_event(struct counter *counter, const struct event *event,
                       struct identity *identity, struct buffer *out) {
    *identity = (struct identity){.row = row_of_event(counter, event, out),
                                  .is_known = true,
                                  .is_sysmon = true,
                                  .event_id = event->id};
    for (size_t i = 0; i < counter->sight_count; i++) {
        enum event_data field = counter->sights[i].without;
        identity->has_field =
            identity->has_field || (field != DATA_COUNT && event_has(event, field));
    }
}

static void count_sights(const struct counter *counter, const struct identity *identity,
                         stage_mask meets, struct coverage_counts *counts) {
    for (size_t i = 0; i < counter->sight_count; i++) {
        const struct counted_sight *sight = &counter->sights[i];
        bool is_seen = sight->event_id == identity->event_id &&
                       (sight->without == DATA_COUNT || !identity->has_field) &&
                       (!sight->has_stage || (meets & sight->stage) != 0);
        counts->sights[i] += is_seen;
    }
}

static void count_record(const struct counter *counter, const struct record *record,
                         struct coverage_counts *counts) {
    counts->recovered += record->recovered;
    counts->records += !record->recovered;
    uint64_t written = bytes_u64(counter->chunk->data + record->offset + 16);
    if (!record->damaged && written > 0) { // remains may have lost it
        counts->first = written < counts->first ? written : counts->first;
        counts->last = written > counts->last ? written : counts->last;
    }
}

// Counts the record if that takes no more than a look: most are of a host that is known to log with
// Sysmon, and not of a sight.
static bool count_at_a_glance(const struct counter *counter, const struct record *record,
                              const struct layout_head *head) {
    struct coverage_row *row =
        head->body < LAYOUT_TEMPLATES_MAX ? counter->template_rows[head->body] : NULL;
    if (row == NULL || row->counts.has_sysmon == 0 || !head->has_event_id ||
        may_be_sight(counter, head->event_id)) {
        return false;
    }
    count_record(counter, record, &row->counts);
    return true;
}

void counter_add(struct counter *counter, size_t number, const struct counter_view *view,
                 struct buffer *out) {
    const struct record *record = &counter->chunk->records[number];
    const struct layout_head *head = &filter_heads(counter->filter)[number];
    struct identity identity = {0};
    if (view->event != NULL) {
        take_event(counter, view->event, &identity, out);
    } else if (count_at_a_glance(counter, record, head)) {
        return;
    } else {
        identify(counter, record, head, &identity, out);
    }
    if (identity.row == NULL) {
        identity.row = row_of(counter, "", out);
    }
    count_record(counter, record, &identity.row->counts);
    if (identity.is_known && identity.is_sysmon && !view->is_other) {
        identity.row->counts.has_sysmon = 1;
        count_sights(counter, &identity, view->meets, &identity.row->counts);
    }
}

void counter_finish(struct counter *counter, struct coverage_rows *rows, struct buffer *out) {
    for (uint32_t i = 0; i < counter->rows.count; i++) {
        if (!coverage_rows_add(rows, &counter->rows.rows[i])) {
            counter_send(rows, out);
            (void)coverage_rows_add(rows, &counter->rows.rows[i]);
        }
    }
    forget_rows(counter);
}
