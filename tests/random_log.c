// SPDX-License-Identifier: GPL-3.0-or-later
#include "random_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "notation.h"
#include "sysmon_fields.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEXT(literal)                                                                              \
    { literal, COUNT(literal) - 1 }

// Of the longest text, in UTF-16 units: a few of these fit into a chunk.
enum { LONG_TEXT_MAX = 6000, DAMAGES_MAX = 30 };

// FILETIME of 2024-05-01T10:00:00Z.
static const uint64_t base_time = UINT64_C(133590312000000000);

static const struct evtx_text sysmon_provider = TEXT(u"Microsoft-Windows-Sysmon");
static const struct evtx_text sysmon_channel = TEXT(u"Microsoft-Windows-Sysmon/Operational");
static const struct evtx_text other_provider = TEXT(u"Microsoft-Windows-Security-Auditing");
static const struct evtx_text computer = TEXT(u"WS01");

static const uint8_t sysmon_guid[] = {0x5f, 0x38, 0x70, 0x57, 0x2a, 0xc2, 0xe0, 0x43,
                                      0xbf, 0x4c, 0x06, 0xf5, 0x69, 0x8f, 0xfb, 0xd9};
static const uint8_t other_guid[] = {0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49,
                                     0xa5, 0xba, 0x3e, 0x3b, 0x03, 0x28, 0xc3, 0x0d};

// Values that a condition of the rule accepts, just refuses, or that hold its text elsewhere.
static const struct {
    const char *name;
    const char *texts[8];
} choices[] = {
    {"Image",
     {"C:\\Windows\\System32\\cscript.exe", "C:\\Windows\\wscript.exe", "C:\\cscript.exe.x",
      "wscript.exe", "C:\\Users\\a\\x.exe", "C:\\ProgramData\\y\\z.exe", "C:\\Windows\\cmd.exe",
      "C:\\wbem\\wmiprvse.exe"}},
    {"ImageLoaded",
     {"C:\\Windows\\System32\\wbem\\wmiutils.dll", "\\wmiutils.dll", "wmiutils.dll",
      "C:\\wmiutils.dll\\x.dll", "C:\\wmiutils.dll.mui", "C:\\xwmiutils.dll", "C:\\wmi\\utils.dll",
      "C:\\wmiutils.dl"}},
    {"ParentImage",
     {"C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", "\\wmiprvse.exe", "wmiprvse.exe",
      "C:\\wmiprvse.exe\\x", "C:\\wmiprvse.exe ", "C:\\Windows\\explorer.exe", "-", ""}},
    {"OriginalFileName",
     {"PowerShell.EXE", "Cmd.Exe", "RegAsm.exe", "wmiutils.dll", "?", "-", "", "notepad.exe"}},
    {"User",
     {"CORP\\alice", "NT AUTHORITY\\SYSTEM", "nt authority\\system", "alice", "A\\B\\C", "\\x", "",
      "-"}},
    {"CommandLine",
     {"cmd", "x \\wmiutils.dll", "x \\wmiprvse.exe", "\\wscript.exe <&\"'>", "", "-", "a\\b", "z"}},
};

// Units that decoders and case folding treat in their own ways.
static const uint16_t strange_units[] = {0,      1,      0x0d,   '&',    '<',    '\\',
                                         0x17f,  0x212a, 0xd800, 0xdbff, 0xdc00, 0xdfff,
                                         0xfeff, 0xfffe, 0xffff, 0xff57, 0x7700, 0x6d77};

// Events

// Takes the units, which are the field's value from now on.
static void set_units(struct log_event *event, size_t field, uint16_t *units, size_t count) {
    free(event->texts[field]);
    event->texts[field] = units;
    event->fields[field].value = (struct evtx_value){.type = EVTX_UTF16, .text = {units, count}};
}

// The field's number; that after the last if there is none.
static size_t find_field(const struct log_event *event, const char *name) {
    size_t field = 0;
    while (field < event->event.field_count && strcmp(event->fields[field].name, name) != 0) {
        field++;
    }
    return field;
}

static size_t add_field(struct log_event *event, const char *name, struct evtx_value value) {
    if (event->event.field_count == LOG_EVENT_FIELDS_MAX) {
        die("an event has too many fields");
    }
    event->fields[event->event.field_count] = (struct evtx_field){name, value};
    return event->event.field_count++;
}

static void add_text(struct log_event *event, const char *name, const char *text) {
    size_t count = 0;
    uint16_t *units = text_to_units(text, &count);
    set_units(event, add_field(event, name, (struct evtx_value){0}), units, count);
}

void log_event_set(struct log_event *event, const char *name, const char *text) {
    size_t field = find_field(event, name);
    size_t count = 0;
    if (field == event->event.field_count) {
        add_text(event, name, text);
    } else {
        uint16_t *units = text_to_units(text, &count);
        set_units(event, field, units, count);
    }
}

// The types are those that Sysmon logs.
static void set_default(struct log_event *event, const struct sysmon_field *from) {
    if (strstr(from->name, "Guid") != NULL) {
        add_field(event, from->name,
                  (struct evtx_value){.type = EVTX_GUID, .bytes = other_guid, .size = 16});
    } else if (strstr(from->name, "Id") != NULL) {
        uint64_t number = strtoul(from->value, NULL, 0);
        add_field(event, from->name, (struct evtx_value){.type = EVTX_U32, .number = number});
    } else if (strcmp(from->value, "$T") == 0) {
        log_event_set(event, from->name, "2024-05-01 10:00:00.000");
    } else {
        log_event_set(event, from->name, from->value);
    }
}

void log_event_begin(struct log_event *event, uint16_t event_id, bool old) {
    size_t count = 0;
    const struct sysmon_field *fields = sysmon_fields(event_id, old, &count);
    memset(event, 0, sizeof *event);
    event->event = (struct evtx_event){.written = base_time,
                                       .created = base_time,
                                       .event_id = event_id,
                                       .version = sysmon_version(event_id, old),
                                       .provider = sysmon_provider,
                                       .guid = sysmon_guid,
                                       .channel = sysmon_channel,
                                       .computer = computer,
                                       .fields = event->fields};
    for (size_t i = 0; i < count; i++) {
        set_default(event, &fields[i]);
    }
    if (count == 0) {
        log_event_set(event, "UtcTime", "2024-05-01 10:00:00.000");
        log_event_set(event, "Image", "C:\\Windows\\System32\\svchost.exe");
    }
}

void log_event_free(struct log_event *event) {
    for (size_t i = 0; i < event->event.field_count; i++) {
        free(event->texts[i]);
    }
    event->event.field_count = 0;
}

// Random events

// Puts `count` units before the unit at `at`.
static void insert_units(struct log_event *event, size_t field, size_t at, uint16_t unit,
                         size_t count) {
    const struct evtx_text old = event->fields[field].value.text;
    uint16_t *units = xmalloc((old.count + count) * sizeof *units);
    memcpy(units, old.units, at * sizeof *units);
    for (size_t i = 0; i < count; i++) {
        units[at + i] = unit;
    }
    memcpy(units + at + count, old.units + at, (old.count - at) * sizeof *units);
    set_units(event, field, units, old.count + count);
}

static void vary_text(struct random *random, struct log_event *event, size_t field) {
    struct evtx_text *text = &event->fields[field].value.text;
    uint16_t *units = event->texts[field];
    if (text->count == 0) {
        return;
    }
    bool vary_case = random_chance(random, 30);
    for (size_t i = 0; i < text->count && vary_case; i++) {
        units[i] ^= units[i] < 0x80 && isalpha(units[i]) && random_chance(random, 50) ? 0x20 : 0;
    }
    uint16_t strange = strange_units[random_below(random, COUNT(strange_units))];
    size_t at = random_below(random, text->count);
    switch (random_below(random, 50)) {
    case 0:
        units[at] = strange;
        break;
    case 1:
        insert_units(event, field, at, strange, 1);
        break;
    case 2:
        text->count = at;
        break;
    case 3:
        insert_units(event, field, 0, 'a', random_below(random, LONG_TEXT_MAX / 20) + 1);
        break;
    default:
        break;
    }
}

static void choose_values(struct random *random, struct log_event *event) {
    for (size_t i = 0; i < COUNT(choices); i++) {
        if (find_field(event, choices[i].name) < event->event.field_count &&
            random_chance(random, 35)) {
            // The first of them meet the rule, so they get more than their share.
            size_t among = random_chance(random, 50) ? 2 : COUNT(choices[i].texts);
            log_event_set(event, choices[i].name, choices[i].texts[random_below(random, among)]);
        }
    }
    for (size_t i = 0; i < event->event.field_count; i++) {
        vary_text(random, event, i);
    }
    size_t field = random_below(random, event->event.field_count);
    if (random_chance(random, 4) && event->fields[field].value.text.count > 0) {
        insert_units(event, field, 0, 'b', random_below(random, LONG_TEXT_MAX) + 1);
    }
}

static void swap_fields(struct log_event *event, size_t a, size_t b) {
    struct evtx_field field = event->fields[a];
    uint16_t *text = event->texts[a];
    event->fields[a] = event->fields[b];
    event->texts[a] = event->texts[b];
    event->fields[b] = field;
    event->texts[b] = text;
}

static void change_fields(struct random *random, struct log_event *event) {
    if (random_chance(random, 6)) { // the same name twice
        add_text(event, choices[random_below(random, COUNT(choices))].name, "\\wmiutils.dll");
    }
    if (random_chance(random, 6)) {
        size_t last = event->event.field_count - 1;
        swap_fields(event, random_below(random, last), last);
        free(event->texts[last]);
        event->texts[last] = NULL;
        event->event.field_count = last;
    }
}

static void change_system(struct random *random, struct log_event *event) {
    static const uint16_t event_ids[] = {1, 7, 5, 10, 0, 257, 263, 1792, 65535};
    if (random_chance(random, 8)) {
        event->event.event_id = event_ids[random_below(random, COUNT(event_ids))];
    }
    if (random_chance(random, 6)) {
        event->event.provider = random_chance(random, 50) ? other_provider : (struct evtx_text){0};
    }
    if (random_chance(random, 6)) {
        event->event.guid = random_chance(random, 50) ? other_guid : NULL;
    }
    event->event.created += random_below(random, 100) * 10000;
}

static unsigned choose_layout(struct random *random) {
    static const unsigned details[] = {
        EVTX_EXPORTED,  EVTX_LITERAL, EVTX_ANSI_TEXT, EVTX_SPLIT,          EVTX_USER_DATA,
        EVTX_ID_STRING, EVTX_ID_U32,  EVTX_LITERAL,   EVTX_DEPENDENCY_IDS, EVTX_TO_CHUNK_END,
    };
    static const unsigned tops[] = {
        0, 0, 0, 0, EVTX_FEW_VALUES, EVTX_ID_MOVED, EVTX_NO_TEMPLATE, EVTX_NESTED_ELEMENTS};
    static const unsigned places[] = {
        0, 0, 0, 0, EVTX_DEF_LATER, EVTX_DEF_SLACK, EVTX_DEF_PREVIOUS, EVTX_DEF_TAIL, EVTX_DEF_GAP};
    unsigned layout = 0;
    if (random_chance(random, 40)) {
        return layout;
    }
    for (size_t i = 0; i < COUNT(details); i++) {
        layout |= random_chance(random, 8) ? details[i] : 0;
    }
    layout |= tops[random_below(random, COUNT(tops))];
    layout |= places[random_below(random, COUNT(places))];
    // Without these libevtx decodes nothing of such a record.
    bool is_inline = (layout & (EVTX_NO_TEMPLATE | EVTX_NESTED_ELEMENTS)) != 0;
    return layout | (is_inline && random_chance(random, 70) ? EVTX_DEPENDENCY_IDS : 0);
}

// Logs

// A log being written, and how far its last chunk is filled at most. The writer is never left to
// find out that a record does not fit: its names would be lost with it.
struct draft {
    struct random *random;
    struct evtx_log *log;
    size_t used;
};

// More bytes than the event takes in a chunk that has none of its names and definitions.
static size_t enough_for(const struct evtx_event *event) {
    size_t size = 6000; // System, and both definitions but for the fields
    for (size_t i = 0; i < event->field_count; i++) {
        size += 64 + 4 * strlen(event->fields[i].name) + 2 * event->fields[i].value.text.count;
    }
    return size;
}

// The bytes that it does take in the exported layout.
static size_t measure(const struct evtx_event *event) {
    struct evtx_log *log = evtx_log_new();
    struct evtx_event alone = *event;
    size_t size = 0;
    alone.layout = EVTX_EXPORTED; // no NULs at the end of strings
    evtx_log_add(log, &alone);
    const uint8_t *bytes = evtx_log_bytes(log, &size);
    size = bytes_u32(bytes + EVTX_HEADER_SIZE + 48) - EVTX_RECORDS_START;
    evtx_log_free(log);
    return size;
}

static void break_chunk(struct draft *draft) {
    evtx_log_break(draft->log);
    draft->used = EVTX_RECORDS_START;
}

static void put_event(struct draft *draft, const struct evtx_event *event) {
    size_t size = enough_for(event);
    if (draft->used + size > EVTX_CHUNK_SIZE) {
        break_chunk(draft);
    }
    evtx_log_add(draft->log, event);
    draft->used += size;
    if ((event->layout & EVTX_TO_CHUNK_END) != 0) {
        break_chunk(draft);
    }
}

static void add_other(struct draft *draft) {
    struct log_event other;
    log_event_begin(&other, 5, false);
    put_event(draft, &other.event);
    log_event_free(&other);
}

// Sees to what the layout asks of the records around this one: a definition in the previous record
// needs one with room for it, a definition in a later record needs a record like this one.
static void add_event(struct draft *draft, struct evtx_event *event) {
    if ((event->layout & (EVTX_DEF_PREVIOUS | EVTX_DEF_LATER)) != 0) {
        break_chunk(draft);
        event->layout &= ~(unsigned)EVTX_TO_CHUNK_END;
    }
    if ((event->layout & EVTX_DEF_PREVIOUS) != 0) {
        add_other(draft);
    }
    put_event(draft, event);
    if ((event->layout & EVTX_DEF_LATER) != 0) {
        event->layout &= ~(unsigned)EVTX_DEF_LATER;
        put_event(draft, event);
    }
}

// An event that fills its chunk to the last byte, with its last field's text close to that.
static void add_brim(struct draft *draft, struct log_event *event) {
    size_t image = find_field(event, "ImageLoaded");
    size_t filler = find_field(event, "UtcTime");
    if (filler >= image || image == event->event.field_count) {
        return;
    }
    swap_fields(event, image, event->event.field_count - 1);
    event->event.layout = EVTX_EXPORTED;
    size_t left = EVTX_CHUNK_SIZE - EVTX_RECORDS_START - measure(&event->event);
    insert_units(event, filler, 0, 'c', left / 2);
    break_chunk(draft);
    evtx_log_add(draft->log, &event->event);
    break_chunk(draft);
}

static void add_random_event(struct draft *draft) {
    struct random *random = draft->random;
    struct log_event event;
    size_t kind = random_below(random, 10);
    uint16_t event_id = kind < 5 ? 7 : kind < 8 ? 1 : (uint16_t)kind;
    log_event_begin(&event, event_id, random_chance(random, 30));
    choose_values(random, &event);
    change_fields(random, &event);
    change_system(random, &event);
    event.event.layout = choose_layout(random);
    add_event(draft, &event.event);
    // Once more, so that it shares its template definitions, and so the text in them.
    if (random_chance(random, 25)) {
        event.event.layout &= ~(unsigned)(EVTX_DEF_PREVIOUS | EVTX_DEF_LATER);
        put_event(draft, &event.event);
    }
    if (random_chance(random, 3)) {
        add_brim(draft, &event);
    }
    log_event_free(&event);
}

static void write_log(struct random *random, struct evtx_log *log) {
    struct draft draft = {random, log, EVTX_RECORDS_START};
    for (size_t i = 1 + random_below(random, 16); i > 0; i--) {
        if (random_chance(random, 6)) {
            break_chunk(&draft);
        }
        if (random_chance(random, 6)) {
            evtx_log_slack(log);
        }
        add_random_event(&draft);
    }
    evtx_log_set_flags(log, (uint32_t)random_below(random, 4));
    evtx_log_set_chunk_count(log, (uint16_t)random_below(random, 9)); // 0 says nothing
}

// Damage

static uint8_t strange_byte(struct random *random, uint8_t byte) {
    switch (random_below(random, 4)) {
    case 0:
        return (uint8_t)random_next(random);
    case 1:
        return (uint8_t)random_below(random, 0x50); // binary XML tokens and value types
    case 2:
        return (uint8_t)(byte ^ 1u << random_below(random, 8));
    default:
        return (uint8_t)(byte + (random_chance(random, 50) ? 1 : 0xff));
    }
}

static void damage_record(struct random *random, uint8_t *chunk, size_t at) {
    static const uint32_t sizes[] = {0, 1, 24, 27, 28, 0x1000, 0x10000, 0xffffffff};
    uint8_t *record = memmem(chunk + at, EVTX_CHUNK_SIZE - at, "**\0", 4);
    if (record == NULL || record - chunk > EVTX_CHUNK_SIZE - 8) {
        return;
    }
    if (random_chance(random, 25)) {
        record[random_below(random, 4)]++;
    } else {
        bytes_put_u32(record + 4, sizes[random_below(random, COUNT(sizes))]);
    }
}

// Text of the rule, cut off by the end of the chunk or not quite.
static void put_text_at_end(struct random *random, uint8_t *chunk) {
    static const uint16_t texts[][14] = {u"\\wmiutils.dll", u"\\wmiprvse.exe"};
    size_t back = 1 + random_below(random, 40);
    size_t size = back < sizeof *texts ? back : sizeof *texts;
    memcpy(chunk + EVTX_CHUNK_SIZE - back, texts[random_below(random, 2)], size);
}

static void move_bytes(struct random *random, uint8_t *chunk, size_t at) {
    size_t from = random_below(random, EVTX_CHUNK_SIZE);
    size_t room = EVTX_CHUNK_SIZE - (at > from ? at : from);
    size_t size = random_below(random, 400);
    memmove(chunk + at, chunk + from, size < room ? size : room);
}

static void damage_header(struct random *random, uint8_t *chunk) {
    static const uint32_t free_spaces[] = {0, 511, 512, 513, 600, 2000, 65535, 65536, 65537};
    if (random_chance(random, 70)) {
        bytes_put_u32(chunk + 48, free_spaces[random_below(random, COUNT(free_spaces))]);
    } else {
        chunk[random_below(random, 8)] = (uint8_t)random_next(random);
    }
}

// Damages the log once.
static void damage(struct random *random, uint8_t *bytes, size_t size) {
    size_t chunks = (size - EVTX_HEADER_SIZE) / EVTX_CHUNK_SIZE;
    if (chunks == 0) {
        return;
    }
    uint8_t *chunk = bytes + EVTX_HEADER_SIZE + random_below(random, chunks) * EVTX_CHUNK_SIZE;
    size_t used = bytes_u32(chunk + 48) - EVTX_RECORDS_START; // wraps around where it is a lie
    size_t room = EVTX_CHUNK_SIZE - EVTX_RECORDS_START;
    size_t at = EVTX_RECORDS_START + random_below(random, used > 0 && used < room ? used : room);
    switch (random_below(random, 16)) {
    case 0:
    case 1:
        damage_record(random, chunk, at);
        break;
    case 2:
        put_text_at_end(random, chunk);
        break;
    case 3:
        move_bytes(random, chunk, at);
        break;
    case 4:
        damage_header(random, chunk);
        break;
    case 5:
        memset(chunk + at, 0, at + 64 <= EVTX_CHUNK_SIZE ? random_below(random, 64) : 1);
        break;
    default:
        chunk[at] = strange_byte(random, chunk[at]);
    }
}

bool random_log_is_damaged(uint64_t seed) {
    return seed % 3 == 2;
}

uint8_t *random_log(uint64_t seed, size_t *size) {
    struct random random = {seed};
    struct evtx_log *log = evtx_log_new();
    write_log(&random, log);
    const uint8_t *written = evtx_log_bytes(log, size);
    uint8_t *bytes = xmalloc(*size);
    memcpy(bytes, written, *size);
    evtx_log_free(log);
    if (random_log_is_damaged(seed)) {
        for (size_t i = 1 + random_below(&random, DAMAGES_MAX); i > 0; i--) {
            damage(&random, bytes, *size);
        }
        if (random_chance(&random, 5)) {
            *size -= random_below(&random, *size);
        }
    }
    return bytes;
}
