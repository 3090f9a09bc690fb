// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/event_view.h"

#include <string.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/guid.h"
#include "base/timestamp.h"
#include "evtx/binxml.h"

struct names *event_view_names(void) {
    const char *list[DATA_COUNT];
    for (int data = 0; data < DATA_COUNT; data++) {
        // What stands in System is not a name of EventData.
        list[data] = data < DATA_FIRST ? "" : event_data_name((enum event_data)data);
    }
    return names_new(list, DATA_COUNT);
}

// Identity

// Whether a value is the text, an ASCII one, but for its case. False also where it
// is not text.
static bool is_text(const struct value *value, const char *wanted) {
    size_t length = strlen(wanted);
    size_t units = value->size / 2;
    bool ends =
        units == length + 1 && !value->is_literal && bytes_u16(value->bytes + 2 * length) == 0;
    bool is_same = value->type == TYPE_STRING && (units == length || ends);
    for (size_t i = 0; is_same && i < length; i++) {
        uint16_t unit = bytes_u16(value->bytes + 2 * i);
        is_same = unit < 0x80 && ascii_fold((char)unit) == ascii_fold(wanted[i]);
    }
    return is_same;
}

// All at once, without a branch: it is asked of every record.
static bool is_sysmon_name(const struct value *value) {
    static const char name[] = EVENT_SYSMON_NAME; // its NUL may be there
    size_t units = value->size / 2;
    bool ends = units == sizeof name && !value->is_literal;
    if (value->type != TYPE_STRING || (units != sizeof name - 1 && !ends)) {
        return false;
    }
    unsigned differences = ends ? bytes_u16(value->bytes + 2 * (sizeof name - 1)) : 0;
    for (size_t i = 0; i < sizeof name - 1; i++) {
        differences |= bytes_u16(value->bytes + 2 * i) ^ (unsigned char)name[i];
    }
    return differences == 0;
}

static bool is_sysmon_guid(const struct value *value) {
    // EVENT_SYSMON_GUID as it lies in a record, see guid.h.
    static const uint8_t guid[GUID_SIZE] = {0x5f, 0x38, 0x70, 0x57, 0x2a, 0xc2, 0xe0, 0x43,
                                            0xbf, 0x4c, 0x06, 0xf5, 0x69, 0x8f, 0xfb, 0xd9};
    return value->type == TYPE_GUID ? memcmp(value->bytes, guid, GUID_SIZE) == 0
                                    : is_text(value, EVENT_SYSMON_GUID);
}

// The value, of type null where it is not there or empty. False where it cannot be told.
static bool read_system(const struct view *view, enum system_value which, struct value *value) {
    const struct source *source = &view->system.definition->system[which];
    *value = (struct value){0};
    return source->count == 0 || (view_system(view, which, value) && value_is_known(value));
}

// An unsigned number of at most `max`; text is read as event_xml.h reads it. False for none.
static bool read_number(const struct value *value, uint64_t max, uint64_t *number) {
    struct buffer text = {0};
    bool ok = true;
    switch (value->type) {
    case TYPE_U8:
        *number = *value->bytes;
        break;
    case TYPE_U16:
        *number = bytes_u16(value->bytes);
        break;
    case TYPE_U32:
        *number = bytes_u32(value->bytes);
        break;
    case TYPE_U64:
        *number = bytes_u64(value->bytes);
        break;
    default:
        value_add_text(&text, value);
        ok = !text.failed && ascii_number(text.data, text.size, number);
        buffer_free(&text);
        break;
    }
    return ok && *number <= max;
}

enum event_result event_view_identify(const struct view *view, uint16_t *id) {
    struct value name;
    struct value guid;
    struct value value;
    uint64_t number = 0;
    if (!read_system(view, SYSTEM_PROVIDER_NAME, &name) ||
        !read_system(view, SYSTEM_PROVIDER_GUID, &guid)) {
        return EVENT_MALFORMED;
    }
    if (!is_sysmon_name(&name) && !is_sysmon_guid(&guid)) {
        return EVENT_NOT_SYSMON;
    }
    if (!read_system(view, SYSTEM_EVENT_ID, &value) || !read_number(&value, UINT16_MAX, &number)) {
        return EVENT_MALFORMED;
    }
    *id = (uint16_t)number;
    return EVENT_OK;
}

// Values

// System's, in the order of enum event_data.
static const enum system_value system_values[DATA_FIRST] = {
    [DATA_COMPUTER] = SYSTEM_COMPUTER,
    [DATA_CHANNEL] = SYSTEM_CHANNEL,
};

bool event_view_has(const struct view *view, enum event_data data) {
    return data < DATA_FIRST ? view->system.definition->system[system_values[data]].is_there
                             : view_find(view, (int)data) != NULL;
}

bool event_view_value(const struct view *view, enum event_data data, struct value *value) {
    if (data < DATA_FIRST) {
        return view_system(view, system_values[data], value);
    }
    const struct definition_item *item = view_find(view, (int)data);
    return item != NULL && view_value(view, item, value);
}

bool event_view_add(const struct view *view, enum event_data data, struct buffer *out) {
    if (data < DATA_FIRST) {
        return view_add_system(view, system_values[data], out);
    }
    const struct definition_item *item = view_find(view, (int)data);
    if (item != NULL) {
        size_t start = out->size;
        view_add_text(view, item, out);
        event_strip_padding(data, out, start);
    }
    return item != NULL;
}

// Events

// The last millisecond that has a text of four digits for its year; libevtx gives no later one.
#define YEAR_9999_END INT64_C(253402300799999)

uint64_t event_view_record_id(const struct view *view, const struct event_header *header) {
    struct value value;
    uint64_t record_id = 0;
    bool ok =
        read_system(view, SYSTEM_RECORD_ID, &value) && read_number(&value, UINT64_MAX, &record_id);
    return ok ? record_id : header->record_id;
}

int64_t event_view_time(const struct view *view, const struct event_header *header) {
    struct value value;
    struct buffer text = {0};
    int64_t time = 0;
    if (!view_system(view, SYSTEM_TIME_CREATED, &value)) {
        return header->written;
    }
    if (value.type == TYPE_FILETIME && value.size == 8) {
        time = timestamp_from_filetime(bytes_u64(value.bytes));
        return time <= YEAR_9999_END ? time : header->written;
    }
    if (value_is_known(&value)) {
        value_add_text(&text, &value);
    }
    buffer_add_byte(&text, '\0');
    bool ok = !text.failed && timestamp_parse(text.data, &time);
    buffer_free(&text);
    return ok ? time : header->written;
}

static void add_items(const struct view *view, struct event_draft *draft) {
    struct buffer name = {0};
    const size_t count = view_item_count(view);
    for (size_t i = 0; i < count; i++) {
        const struct definition_item *item = view_item(view, i);
        enum event_data data = (enum event_data)item->number;
        size_t start = draft->text.size;
        view_add_text(view, item, &draft->text);
        if (item->number == NAMES_OTHER) {
            name.size = 0;
            view_add_name(view, item, &name);
            data = DATA_OTHER;
        }
        event_draft_take(draft, data, name.data, name.size, start);
    }
    draft->text.failed = draft->text.failed || name.failed;
    buffer_free(&name);
}

struct event *event_from_view(const struct view *view, uint16_t id,
                              const struct event_header *header, struct event_draft *draft) {
    event_draft_clear(draft);
    draft->head.id = id;
    draft->head.time_created = event_view_time(view, header);
    draft->head.record_id = event_view_record_id(view, header);
    for (int data = 0; data < DATA_FIRST; data++) {
        size_t start = draft->text.size;
        if (event_view_add(view, (enum event_data)data, &draft->text)) {
            event_draft_take(draft, (enum event_data)data, NULL, 0, start);
        } else {
            draft->text.size = start;
        }
    }
    add_items(view, draft);
    return event_draft_finish(draft);
}
