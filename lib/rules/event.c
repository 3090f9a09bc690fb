// SPDX-License-Identifier: GPL-3.0-or-later
// Events: how they lie in memory, and what is asked of them.
#include "rules/event.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/timestamp.h"

static const char zero_guid[] = "{00000000-0000-0000-0000-000000000000}";

static const char *const data_names[DATA_COUNT] = {
#define SYSTEM(name, text) [DATA_##name] = (text),
#define DATA(name, text, ...) [DATA_##name] = (text),
#include "rules/fields.def"
};

const enum event_data event_machine_guids[EVENT_MACHINE_GUIDS] = {
    DATA_PROCESS_GUID, DATA_SOURCE_PROCESS_GUID, DATA_SOURCE_PROCESS_GUID_10};

// Bytes of an item, with what it is.
enum { ITEM_SIZE = sizeof(struct event_item) + 1 };

// What is asked of an event

bool event_is_valid(const void *block, size_t size) {
    struct event head;
    unsigned char truth = 0;
    unsigned char is_lean = 0;
    if (size < sizeof head || size > UINT32_MAX) {
        return false;
    }
    // A bool that is neither true nor false must not even be read as one.
    memcpy(&truth, (const char *)block + offsetof(struct event, has_utc_time), 1);
    memcpy(&is_lean, (const char *)block + offsetof(struct event, is_lean), 1);
    if (truth > 1 || is_lean != 0) {
        return false;
    }
    memcpy(&head, block, sizeof head);
    if (head.size != size || head.item_count > (size - sizeof head) / ITEM_SIZE) {
        return false;
    }
    const char *bytes = block;
    size_t count = head.item_count;
    const char *data = bytes + sizeof head + count * sizeof(struct event_item);
    size_t text = sizeof head + count * ITEM_SIZE;
    // The last text is whole, so every text before it ends in the block.
    bool ok = text == size || bytes[size - 1] == '\0';
    for (size_t i = 0; ok && i < count; i++) {
        struct event_item item;
        memcpy(&item, bytes + sizeof head + i * sizeof item, sizeof item);
        uint8_t kind = (uint8_t)data[i];
        // A place before the text counts as one far past its end.
        bool has_name = item.name - text < size - text;
        bool has_value = item.value - text < size - text;
        ok = (has_value || item.value == 0) &&
             (kind == DATA_OTHER ? has_name : kind < DATA_COUNT && item.name == 0);
    }
    return ok;
}

const char *event_data_name(enum event_data data) {
    return data_names[data];
}

enum event_data event_data_named(const char *name, size_t size) {
    for (int data = DATA_FIRST; data < DATA_COUNT; data++) {
        if (strlen(data_names[data]) == size && memcmp(data_names[data], name, size) == 0) {
            return (enum event_data)data;
        }
    }
    return DATA_OTHER;
}

// A value of its own that a leaning event has, in the order of the items.
struct own {
    uint16_t item;  // its number
    uint16_t value; // offset of the NUL-terminated value in the block; 0 when missing
};

struct lean {
    struct event head;
    const struct event *base;
    struct own owns[]; // head.own_count of them; then the text
};

static const struct lean *lean_of(const struct event *event) {
    return (const struct lean *)(const void *)event;
}

static const char *text_at(const struct event *event, uint32_t offset) {
    return offset == 0 ? NULL : (const char *)event + offset;
}

// The event that has the items: itself, or its base.
static const struct event *holder_of(const struct event *event) {
    return event->is_lean ? lean_of(event)->base : event;
}

static const struct event_item *item_of(const struct event *holder, size_t item) {
    return &((const struct event_item *)(holder + 1))[item];
}

// What the items of a holder are, a byte each.
static const uint8_t *data_of(const struct event *holder) {
    return (const uint8_t *)item_of(holder, holder->item_count);
}

enum event_data event_item_data(const struct event *event, size_t item) {
    return (enum event_data)data_of(holder_of(event))[item];
}

const char *event_item_name(const struct event *event, size_t item) {
    const struct event *holder = holder_of(event);
    uint8_t data = data_of(holder)[item];
    return data == DATA_OTHER ? text_at(holder, item_of(holder, item)->name) : data_names[data];
}

const char *event_item_value(const struct event *event, size_t item) {
    const struct event *holder = holder_of(event);
    for (size_t i = 0; event->is_lean && i < event->own_count; i++) {
        const struct own *own = &lean_of(event)->owns[i];
        if (own->item >= item) {
            return own->item == item ? text_at(event, own->value)
                                     : text_at(holder, item_of(holder, item)->value);
        }
    }
    return text_at(holder, item_of(holder, item)->value);
}

// The number of the item; item_count if there is none.
static size_t find_item(const struct event *event, enum event_data data) {
    const uint8_t *all = data_of(holder_of(event));
    const uint8_t *found = memchr(all, (int)data, event->item_count);
    return found == NULL ? event->item_count : (size_t)(found - all);
}

const char *event_value(const struct event *event, enum event_data data) {
    size_t item = find_item(event, data);
    return item == event->item_count ? NULL : event_item_value(event, item);
}

bool event_has(const struct event *event, enum event_data data) {
    return find_item(event, data) < event->item_count;
}

bool event_is_missing(const char *value, size_t size) {
    return size == 0 || (size == 1 && *value == '-') ||
           (size == sizeof zero_guid - 1 && memcmp(value, zero_guid, size) == 0);
}

// Parts

static const char *find_last(struct text text, char wanted) {
    return memrchr(text.data, wanted, text.size);
}

static struct text after(struct text text, const char *at) {
    struct text rest = {at + 1, text.size - (size_t)(at + 1 - text.data)};
    rest.data = rest.size == 0 ? NULL : rest.data;
    return rest;
}

// Java's split(), which the pipeline uses, drops empty parts at the end.
static struct text user_part(struct text user, enum event_part part) {
    while (user.size > 0 && user.data[user.size - 1] == '\\') {
        user.size--;
    }
    const char *backslash = memchr(user.data, '\\', user.size);
    if (backslash == NULL || backslash != find_last(user, '\\')) {
        return (struct text){0};
    }
    if (part == PART_USER) {
        return after(user, backslash);
    }
    size_t size = (size_t)(backslash - user.data);
    return (struct text){size == 0 ? NULL : user.data, size};
}

struct text event_part_of(struct text value, enum event_part part) {
    switch (part) {
    case PART_NAME: {
        const char *backslash = find_last(value, '\\');
        if (backslash == NULL) {
            return (struct text){0};
        }
        return after(value, backslash);
    }
    case PART_DOMAIN:
    case PART_USER:
        return user_part(value, part);
    case PART_WHOLE:
        break;
    }
    return value;
}

struct text event_part(const struct event *event, enum event_data data, enum event_part part) {
    const char *value = event_value(event, data);
    if (value == NULL) {
        return (struct text){0};
    }
    return event_part_of(text_of(value), part);
}

int64_t event_time(const struct event *event, enum event_clock clock) {
    return clock == CLOCK_UTC && event->has_utc_time ? event->utc_time : event->time_created;
}

// By hand: it is asked for of every event, and strtoul() takes its time.
uint32_t event_machine_of(struct text guid) {
    size_t begin = guid.size > 0 && guid.data[0] == '{' ? 1 : 0;
    uint32_t machine = 0;
    if (guid.size < begin + EVENT_MACHINE_DIGITS) {
        return 0;
    }
    for (size_t i = 0; i < EVENT_MACHINE_DIGITS; i++) {
        unsigned digit = ascii_digit(guid.data[begin + i]);
        if (digit == ASCII_NO_DIGIT) {
            return 0;
        }
        machine = machine << 4 | digit;
    }
    return machine;
}

uint32_t event_machine(const struct event *event) {
    struct text guid = {0};
    for (size_t i = 0; guid.data == NULL && i < EVENT_MACHINE_GUIDS; i++) {
        guid = event_part(event, event_machine_guids[i], PART_WHOLE);
    }
    return event_machine_of(guid);
}

// Making an event

void event_draft_free(struct event_draft *draft) {
    buffer_free(&draft->items);
    buffer_free(&draft->data);
    buffer_free(&draft->text);
}

void event_draft_clear(struct event_draft *draft) {
    draft->head = (struct event){0};
    buffer_clear(&draft->items);
    buffer_clear(&draft->data);
    buffer_clear(&draft->text);
    memset(draft->seen, 0, sizeof draft->seen);
}

// The first of a name that is in the list.
static bool is_first(struct event_draft *draft, enum event_data data) {
    uint64_t bit = UINT64_C(1) << data % 64;
    bool is_seen = (draft->seen[data / 64] & bit) != 0;
    draft->seen[data / 64] |= bit;
    return !is_seen;
}

void event_strip_padding(enum event_data data, struct buffer *text, size_t start) {
    size_t size = text->failed ? 0 : text->size - start;
    if (size <= 2 || (data != DATA_LOGON_ID && data != DATA_GRANTED_ACCESS)) {
        return;
    }
    char *value = text->data + start;
    if (value[0] == '0' && value[1] == 'x') {
        size_t zeros = 0;
        while (zeros + 3 < size && value[2 + zeros] == '0') {
            zeros++;
        }
        memmove(value + 2, value + 2 + zeros, size - 2 - zeros);
        text->size -= zeros;
    }
}

void event_draft_add(struct event_draft *draft, enum event_data data, const char *name,
                     size_t name_size, const char *value, size_t size) {
    size_t start = draft->text.size;
    buffer_add(&draft->text, value, size);
    event_draft_take(draft, data, name, name_size, start);
}

void event_draft_take(struct event_draft *draft, enum event_data data, const char *name,
                      size_t name_size, size_t start) {
    struct buffer *text = &draft->text;
    struct event_item item = {0};
    if (data != DATA_OTHER && !is_first(draft, data)) {
        text->size = start;
        return;
    }
    // Places in the text are counted from 1.
    if (text->size > start && !event_is_missing(text->data + start, text->size - start)) {
        item.value = (uint32_t)start + 1;
        event_strip_padding(data, text, start);
        buffer_add_byte(text, '\0');
    } else {
        text->size = start;
    }
    if (data == DATA_OTHER) {
        item.name = (uint32_t)text->size + 1;
        buffer_add(text, name, name_size);
        buffer_add_byte(text, '\0');
    }
    buffer_add(&draft->items, &item, sizeof item);
    buffer_add_byte(&draft->data, (char)data);
}

struct event *event_draft_finish(struct event_draft *draft) {
    const size_t count = draft->data.size;
    size_t begin = sizeof draft->head + count * ITEM_SIZE;
    size_t size = begin + draft->text.size;
    if (draft->items.failed || draft->data.failed || draft->text.failed || size > UINT32_MAX / 2) {
        return NULL;
    }
    struct event *event = malloc(size);
    if (event == NULL) {
        return NULL;
    }
    *event = draft->head;
    event->size = (uint32_t)size;
    event->item_count = (uint32_t)count;
    struct event_item *items = (struct event_item *)(event + 1);
    if (count > 0) {
        memcpy(items, draft->items.data, draft->items.size);
        memcpy(items + count, draft->data.data, count);
    }
    if (draft->text.size > 0) {
        memcpy((char *)event + begin, draft->text.data, draft->text.size);
    }
    // From places in the text, counted from 1, to offsets in the block.
    for (size_t i = 0; i < event->item_count; i++) {
        struct event_item *item = &items[i];
        item->name += item->name == 0 ? 0 : (uint32_t)begin - 1;
        item->value += item->value == 0 ? 0 : (uint32_t)begin - 1;
    }
    const char *utc_time = event_value(event, DATA_UTC_TIME);
    event->has_utc_time = utc_time != NULL && timestamp_parse_sysmon(utc_time, &event->utc_time);
    return event;
}

struct event *event_brief(const struct event *event) {
    struct event_draft draft = {.head = *event};
    draft.head.is_lean = false;
    draft.head.own_count = 0;
    const char *computer = event_value(event, DATA_COMPUTER);
    if (computer != NULL) {
        event_draft_add(&draft, DATA_COMPUTER, NULL, 0, computer, strlen(computer));
    }
    struct event *brief = event_draft_finish(&draft);
    event_draft_free(&draft);
    if (brief != NULL) {
        brief->has_utc_time = event->has_utc_time;
        brief->utc_time = event->utc_time;
    }
    return brief;
}

// Leaning

static bool are_same(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

// Puts down which of its values are the event's own, to be given their places. False where it does
// not carry the same items as the base. It takes most of the time of keeping events.
static bool list_own(const struct event *event, const struct event *base, struct buffer *room,
                     uint32_t *count) {
    *count = 0;
    const uint8_t *data = data_of(event);
    if (memcmp(data, data_of(base), event->item_count) != 0) {
        return false;
    }
    for (size_t i = 0; i < event->item_count; i++) {
        const struct event_item *item = item_of(event, i);
        const struct event_item *other = item_of(base, i);
        if (data[i] == DATA_OTHER &&
            strcmp(text_at(event, item->name), text_at(base, other->name)) != 0) {
            return false;
        }
        if (!are_same(text_at(event, item->value), text_at(base, other->value))) {
            const struct own own = {.item = (uint16_t)i};
            buffer_add(room, &own, sizeof own);
            (*count)++;
        }
    }
    return true;
}

const struct event *event_lean(const struct event *event, const struct event *base,
                               struct buffer *room) {
    const size_t most = event->size - event->size / 4;
    const struct lean head = {.head = *event, .base = base};
    uint32_t count = 0;
    buffer_clear(room);
    buffer_add(room, &head, sizeof head);
    if (event->is_lean || base->is_lean || most > UINT16_MAX || event->id != base->id ||
        event->item_count != base->item_count || !list_own(event, base, room, &count)) {
        return NULL;
    }
    for (size_t i = 0; i < count && !room->failed && room->size <= most; i++) {
        struct own *own = &((struct lean *)(void *)room->data)->owns[i];
        const char *value = text_at(event, item_of(event, own->item)->value);
        own->value = value == NULL ? 0 : (uint16_t)room->size;
        buffer_add(room, value, value == NULL ? 0 : strlen(value) + 1);
    }
    if (room->failed || room->size > most) {
        return NULL;
    }
    struct lean *lean = (struct lean *)(void *)room->data;
    lean->head.size = (uint32_t)room->size;
    lean->head.is_lean = true;
    lean->head.own_count = count;
    return &lean->head;
}

bool event_is_same(const struct event *a, const struct event *b) {
    bool is_same = a->id == b->id && a->record_id == b->record_id &&
                   a->time_created == b->time_created && a->has_utc_time == b->has_utc_time &&
                   a->utc_time == b->utc_time && a->item_count == b->item_count;
    for (size_t i = 0; is_same && i < a->item_count; i++) {
        is_same = event_item_data(a, i) == event_item_data(b, i) &&
                  strcmp(event_item_name(a, i), event_item_name(b, i)) == 0 &&
                  are_same(event_item_value(a, i), event_item_value(b, i));
    }
    return is_same;
}

static uint64_t hash_text(uint64_t hash, const char *text) {
    return text == NULL ? ~hash : hash_words(hash, text, strlen(text) + 1);
}

uint64_t event_hash(const struct event *event) {
    const uint64_t head[] = {event->id, event->record_id, (uint64_t)event->time_created,
                             (uint64_t)event->utc_time, event->item_count};
    uint64_t hash = hash_words(0, head, sizeof head);
    for (size_t i = 0; i < event->item_count; i++) {
        enum event_data data = event_item_data(event, i);
        hash = data == DATA_OTHER ? hash_text(hash, event_item_name(event, i)) : hash + data;
        hash = hash_text(hash, event_item_value(event, i));
    }
    return hash;
}
