// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of the list of fields: names, what follows from an event ID, and values. Events and the ECS
// documents that Elastic makes of them are in testdata/fields/, as testdata/README.md describes.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "notation.h"
#include "rules/fields.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char documents_path[] = "testdata/fields/documents.txt";
static const char edges_path[] = "testdata/fields/edges.txt";

static struct event_draft draft;
static struct field_reader reader;

static void tear_down(void) {
    event_draft_free(&draft);
    field_reader_free(&reader);
    draft = (struct event_draft){0};
    reader = (struct field_reader){0};
}

static struct field field_named(const char *name) {
    return fields_find(text_of(name));
}

static bool name_is(struct field field, const char *name) {
    struct text text = field.name;
    return text.size == strlen(name) && memcmp(text.data, name, text.size) == 0;
}

// Events

static void begin_event(unsigned id) {
    event_draft_clear(&draft);
    draft.head.id = (uint16_t)id;
    draft.head.record_id = 4711;
    draft.head.time_created = INT64_C(1714557601500); // 2024-05-01T10:00:01.500Z
    event_draft_add(&draft, DATA_COMPUTER, NULL, 0, "WS1.corp", strlen("WS1.corp"));
    event_draft_add(&draft, DATA_CHANNEL, NULL, 0, "Operational", strlen("Operational"));
}

static void add_data(const char *name, const char *value) {
    event_draft_add(&draft, event_data_named(name, strlen(name)), name, strlen(name), value,
                    strlen(value));
}

static struct event *finish_event(void) {
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    return event;
}

// Values as tests write them

static void add_value(struct buffer *text, const struct field_value *value) {
    switch (value->type) {
    case FIELD_TYPE_TEXT:
    case FIELD_TYPE_ADDRESS:
        buffer_add(text, value->text.data, value->text.size);
        break;
    case FIELD_TYPE_NUMBER:
        buffer_printf(text, "%" PRId64, value->number);
        break;
    case FIELD_TYPE_BOOLEAN:
        buffer_add_text(text, value->boolean ? "true" : "false");
        break;
    }
}

// `[one] [two]`: the field's values. Empty when it is missing.
static char *read_text(const struct event *event, struct field field, unsigned kind) {
    struct subject subject = {0};
    subject_set_event(&subject, event);
    field_reader_begin(&reader, &subject);
    struct field_values values = fields_read(&reader, field, kind);
    struct buffer text = {0};
    for (size_t i = 0; i < values.count; i++) {
        ck_assert_int_eq(values.list[i].type, field_type(field));
        buffer_add_text(&text, i == 0 ? "[" : " [");
        add_value(&text, &values.list[i]);
        buffer_add_byte(&text, ']');
    }
    ck_assert(values.count <= 1 || field_has_several(field));
    // A second look gives the same values.
    struct field_values again = fields_read(&reader, field, kind);
    ck_assert_uint_eq(again.count, values.count);
    ck_assert(!reader.failed);
    buffer_add_byte(&text, '\0');
    ck_assert(!text.failed);
    return text.data;
}

static void expect(const char *where, unsigned line, const struct event *event, struct field field,
                   unsigned kind, const char *expected) {
    char *text = read_text(event, field, kind);
    struct text name = field.name;
    ck_assert_msg(strcmp(text, expected) == 0, "%s:%u: %.*s is %s, not %s", where, line,
                  (int)name.size, name.data, *text == '\0' ? "missing" : text,
                  *expected == '\0' ? "missing" : expected);
    free(text);
}

// Lines

struct lines {
    char *text;
    char *rest;
    unsigned number; // of the line read last
};

static struct lines open_lines(const char *path) {
    size_t size = 0;
    char *text = read_file(path, &size);
    return (struct lines){.text = text, .rest = text};
}

// The next line that means something, or NULL.
static char *next_line(struct lines *lines) {
    while (lines->rest != NULL && *lines->rest != '\0') {
        char *line = lines->rest;
        char *end = strchr(line, '\n');
        lines->rest = end == NULL ? NULL : end + 1;
        if (end != NULL) {
            *end = '\0';
        }
        lines->number++;
        if (*line != '\0' && *line != '#') {
            return line;
        }
    }
    return NULL;
}

// What follows the separator, which is cut off together with it.
static char *cut_at(char *line, const char *separator, const char *path, unsigned number) {
    char *at = strstr(line, separator);
    ck_assert_msg(at != NULL, "%s:%u: no %s", path, number, separator);
    *at = '\0';
    return at + strlen(separator);
}

// Documents

// Fields of the same value in every event of a file: another test looks at them.
static bool is_common(const struct field field) {
    static const char *const names[] = {
        "@timestamp",      "data_stream.dataset", "event.code",           "event.created",
        "event.dataset",   "event.kind",          "event.module",         "event.provider",
        "host.id",         "host.name",           "host.os.family",       "host.os.type",
        "winlog.channel",  "winlog.event_id",     "winlog.computer_name", "winlog.provider_name",
        "winlog.record_id"};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (name_is(field, names[i])) {
            return true;
        }
    }
    return false;
}

struct document {
    struct lines *lines;
    unsigned kind;
    struct event *event;
    bool seen[FIELD_COUNT];
};

static void check_line(struct document *document, char *line) {
    unsigned number = document->lines->number;
    char *expected = cut_at(line, " = ", documents_path, number);
    struct field field = field_named(trim(line));
    ck_assert_msg(field.id != FIELD_UNKNOWN, "%s:%u: no such field", documents_path, number);
    if (field.id < FIELD_COUNT) {
        document->seen[field.id] = true;
    }
    expect(documents_path, number, document->event, field, document->kind, expected);
    uint32_t bit = FIELD_EVENT_BIT(document->event->id);
    ck_assert_msg((field_events(field) & bit) != 0, "%s:%u: not in these events", documents_path,
                  number);
}

// The event has no other fields than the document.
static void finish_document(struct document *document) {
    for (int id = 0; id < FIELD_COUNT && document->event != NULL; id++) {
        struct field field = field_of((enum field_id)id);
        if (!document->seen[id] && !is_common(field)) {
            expect(documents_path, document->lines->number, document->event, field, document->kind,
                   "");
        }
        document->seen[id] = false;
    }
    free(document->event);
    document->event = NULL;
}

START_TEST(documents) {
    struct lines lines = open_lines(documents_path);
    struct document document = {.lines = &lines};
    bool covered[256] = {false};
    char *line = NULL;
    while ((line = next_line(&lines)) != NULL) {
        unsigned id = 0;
        if (sscanf(line, "event %u", &id) == 1) {
            finish_document(&document);
            begin_event(id);
            document.kind = strstr(line, " kind 1") != NULL ? 1 : 0;
            covered[id & 255] = true;
        } else if (strcmp(line, "document") == 0) {
            document.event = finish_event();
        } else if (document.event == NULL) {
            char *value = cut_at(line, ":", documents_path, lines.number);
            add_data(trim(line), *value == ' ' ? value + 1 : value);
        } else {
            check_line(&document, line);
        }
    }
    finish_document(&document);
    for (int id = 1; id < 256; id++) {
        ck_assert_msg(covered[id] == (FIELD_EVENT_BIT(id) != 0), "event %d", id);
    }
    free(lines.text);
}
END_TEST

// Edges

// A heading `ID FIELD of NAME` or `ID FIELD of NAME with NAME=VALUE`, below it lines
// `[VALUE] => [VALUE]...`.
START_TEST(edges) {
    struct lines lines = open_lines(edges_path);
    unsigned id = 0;
    char field[64] = "";
    char data[64] = "";
    char *with = NULL;
    size_t count = 0;
    char *line = NULL;
    while ((line = next_line(&lines)) != NULL) {
        if (*line != '[') {
            ck_assert_msg(sscanf(line, "%u %63s of %63s", &id, field, data) == 3, "%s:%u",
                          edges_path, lines.number);
            with = strstr(line, " with ");
            continue;
        }
        char *expected = cut_at(line, "] =>", edges_path, lines.number);
        begin_event(id);
        add_data(data, line + 1);
        if (with != NULL) {
            char *name = xstrdup(with + strlen(" with "));
            char *value = cut_at(name, "=", edges_path, lines.number);
            add_data(name, value);
            free(name);
        }
        struct event *event = finish_event();
        expect(edges_path, lines.number, event, field_named(field), 0,
               *expected == ' ' ? expected + 1 : expected);
        free(event);
        count++;
    }
    ck_assert_uint_gt(count, 100);
    free(lines.text);
}
END_TEST

// Names

START_TEST(names_are_in_order_and_found) {
    for (int id = 0; id < FIELD_COUNT; id++) {
        struct field field = field_of((enum field_id)id);
        struct text name = field.name;
        ck_assert_int_eq(fields_find(name).id, (enum field_id)id);
        ck_assert_int_eq(
            fields_find((struct text){name.data, name.size - 1}).id == (enum field_id)id, false);
        if (id > 0) {
            struct text before = field_of((enum field_id)(id - 1)).name;
            ck_assert_msg(strcmp(before.data, name.data) < 0, "%s", name.data);
        }
        ck_assert_msg((field_events(field) & ~FIELD_EVENTS_ALL) == 0 && field_events(field) != 0,
                      "%s", name.data);
    }
}
END_TEST

START_TEST(names_of_other_kinds) {
    static const char *const unknown[] = {"",
                                          "process",
                                          "process.nam",
                                          "process.names",
                                          "Process.name",
                                          ".caseless",
                                          "process.pid.caseless",
                                          "process.Ext.token.integrity_level",
                                          "winlog",
                                          "winlog.event_data",
                                          "winlog.event_data.",
                                          "winlog.event_datax.Image",
                                          "user.id\\",
                                          "dll.pe.company"};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        ck_assert_msg(field_named(unknown[i]).id == FIELD_UNKNOWN, "%s", unknown[i]);
        ck_assert(name_is(field_named(unknown[i]), unknown[i]));
        ck_assert_uint_eq(field_events(field_named(unknown[i])), 0);
        struct field_constant constant = field_constant(field_named(unknown[i]), 1, 0);
        ck_assert(constant.known && constant.count == 0);
    }
    ck_assert_int_eq(field_named("process.executable.caseless").id, FIELD_PROCESS_EXECUTABLE);
    ck_assert(name_is(field_named("process.parent.name.caseless"), "process.parent.name"));
    struct field image = field_named("winlog.event_data.Image");
    ck_assert(image.id == FIELD_EVENT_DATA && image.data == DATA_IMAGE);
    struct field other = field_named("winlog.event_data.SubjectUserSid");
    ck_assert(other.id == FIELD_EVENT_DATA && other.data == DATA_OTHER);
    ck_assert(name_is(other, "winlog.event_data.SubjectUserSid"));
    ck_assert_uint_eq(field_events(other), FIELD_EVENTS_ALL);
    // System is not part of EventData.
    ck_assert_int_eq(field_named("winlog.event_data.Computer").data, DATA_OTHER);
}
END_TEST

// What follows from the event ID

static uint32_t bits(const char *ids) {
    uint32_t set = 0;
    char *end = NULL;
    for (const char *at = ids; *at != '\0'; at = end) {
        long id = strtol(at, &end, 10);
        set |= FIELD_EVENT_BIT(id);
    }
    return set;
}

START_TEST(events_of_fields) {
    static const struct {
        const char *field, *ids;
    } cases[] = {
        {"process.hash.md5", "1 23 24"},
        {"file.hash.sha256", "6 7 15 26 29"},
        {"dll.name", "7"},
        {"process.pe.original_file_name", "1"},
        {"process.pe.description", "1 255"},
        {"file.pe.company", "7"},
        {"process.entity_id", "1 2 3 5 7 8 9 10 11 12 13 14 15 17 18 22 23 24 25 26 27 28 29"},
        {"process.executable", "1 2 3 5 7 8 9 10 11 12 13 14 15 17 18 20 22 23 24 25 26 27 28 29"},
        {"process.command_line", "1"},
        {"process.thread.id", "10"},
        {"registry.path", "12 13 14"},
        {"registry.data.strings", "13"},
        {"network.protocol", "3 22"},
        {"message", "25"},
        {"error.code", "255"},
        {"event.outcome", "27 255"},
        {"winlog.event_data.TargetProcessGUID", "8 10"},
        {"winlog.event_data.TargetProcessGuid", "8"},
        {"winlog.event_data.Type", "20 25"},
        {"file.name", "2 6 7 9 11 15 17 18 23 26 27 28 29"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_msg(field_events(field_named(cases[i].field)) == bits(cases[i].ids), "%s",
                      cases[i].field);
    }
    ck_assert_uint_eq(field_events(field_named("event.category")), FIELD_EVENTS_ALL & ~bits("24"));
    ck_assert_uint_eq(field_events(field_named("event.action")), FIELD_EVENTS_ALL);
    ck_assert_uint_eq(field_events(field_named("@timestamp")), FIELD_EVENTS_ALL);
    ck_assert_uint_eq(field_events(field_named("host.os.type")), FIELD_EVENTS_ALL);
    ck_assert_uint_eq(FIELD_EVENT_BIT(0) | FIELD_EVENT_BIT(30) | FIELD_EVENT_BIT(254), 0);
}
END_TEST

START_TEST(constants_of_event_ids) {
    static const struct {
        const char *field;
        unsigned id, kind;
        const char *values; // NULL: not known
    } cases[] = {
        {"event.category", 12, 0, "configuration registry "},
        {"event.category", 7, 0, "process "},
        {"event.category", 7, 1, "library "},
        {"event.type", 7, 1, "start "},
        {"event.action", 7, 1, "load "},
        {"event.type", 3, 0, "start connection protocol "},
        {"event.category", 24, 0, ""},
        {"event.outcome", 27, 0, "failure "},
        {"event.outcome", 1, 0, ""},
        {"event.code", 255, 0, "255 "},
        {"event.code", 4624, 0, NULL},
        {"event.category", 4624, 0, ""},
        {"host.os.type", 4624, 0, "windows "},
        {"event.kind", 5, 0, "event "},
        {"event.module", 5, 0, "windows "},
        {"event.dataset", 5, 0, "windows.sysmon_operational "},
        {"data_stream.dataset", 5, 0, "windows.sysmon_operational "},
        {"event.provider", 5, 0, "Microsoft-Windows-Sysmon "},
        {"network.protocol", 22, 0, "dns "},
        {"network.protocol", 3, 0, NULL},
        {"process.hash.md5", 23, 0, NULL},
        {"process.hash.md5", 26, 0, ""},
        {"process.command_line", 3, 0, NULL},
        {"winlog.event_data.Image", 4, 0, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct field_constant constant =
            field_constant(field_named(cases[i].field), cases[i].id, cases[i].kind);
        struct buffer text = {0};
        for (size_t j = 0; j < constant.count; j++) {
            buffer_printf(&text, "%s ", constant.values[j]);
        }
        buffer_add_byte(&text, '\0');
        ck_assert_msg(constant.known == (cases[i].values != NULL), "%s", cases[i].field);
        ck_assert_msg(!constant.known || strcmp(text.data, cases[i].values) == 0, "%s in %u: %s",
                      cases[i].field, cases[i].id, text.data);
        buffer_free(&text);
    }
    ck_assert_uint_eq(event_kinds(7), 2);
    ck_assert_uint_eq(event_kinds(6), 1);
}
END_TEST

// What every event says, whatever its ID.
START_TEST(common_fields) {
    static const char *const fields[][2] = {
        {"@timestamp", "[2024-05-01T10:00:00.123Z]"},
        {"event.created", "[2024-05-01T10:00:01.500Z]"},
        {"event.kind", "[event]"},
        {"event.code", "[4711]"},
        {"winlog.event_id", "[4711]"},
        {"winlog.record_id", "[4711]"},
        {"winlog.channel", "[Operational]"},
        {"winlog.computer_name", "[WS1.corp]"},
        {"winlog.provider_name", "[Microsoft-Windows-Sysmon]"},
        {"host.name", "[WS1.corp]"},
        {"host.id", "[ws1.corp-1a2b3c4d]"},
        {"host.os.type", "[windows]"},
        {"event.category", ""},
        {"event.action", ""},
        {"process.name", "[b.exe]"},
        {"process.hash.md5", ""},
        {"winlog.event_data.UtcTime", "[2024-05-01 10:00:00.123]"},
        {"winlog.event_data.SubjectUserSid", "[S-1-5-7]"},
        {"winlog.event_data.SubjectUser", ""},
        {"winlog.event_data.LogonId", ""},
    };
    begin_event(4711);
    add_data("UtcTime", "2024-05-01 10:00:00.123");
    add_data("SourceProcessGUID", "{1A2B3C4D-0001-0000-0000-000000000001}");
    add_data("Image", "C:\\a\\b.exe");
    add_data("Image", "C:\\second.exe");
    add_data("Hashes", "MD5=AA");
    add_data("SubjectUserSid", "S-1-5-7");
    add_data("LogonId", "-");
    struct event *event = finish_event();
    for (size_t i = 0; i < COUNT(fields); i++) {
        expect("common", (unsigned)i, event, field_named(fields[i][0]), 0, fields[i][1]);
    }
    free(event);
    begin_event(4);
    event = finish_event();
    expect("common", 0, event, field_named("@timestamp"), 0, "[2024-05-01T10:00:01.500Z]");
    expect("common", 0, event, field_named("host.id"), 0, "[ws1.corp-00000000]");
    free(event);
}
END_TEST

// Values stay where they are while others are made, also beyond a block of the arena.
START_TEST(values_stay) {
    enum { ARGUMENTS = 20000 };
    struct buffer command = {0};
    for (int i = 0; i < ARGUMENTS; i++) {
        buffer_printf(&command, "a%d ", i);
    }
    buffer_add_byte(&command, '\0');
    begin_event(1);
    add_data("CommandLine", command.data);
    add_data("ParentCommandLine", command.data);
    struct event *event = finish_event();
    struct subject subject = {0};
    subject_set_event(&subject, event);
    for (int round = 0; round < 3; round++) {
        field_reader_begin(&reader, &subject);
        struct field_values values = fields_read(&reader, field_of(FIELD_PROCESS_ARGS), 0);
        (void)fields_read(&reader, field_of(FIELD_PROCESS_PARENT_ARGS), 0);
        ck_assert_ptr_eq(fields_read(&reader, field_of(FIELD_PROCESS_ARGS), 0).list, values.list);
        ck_assert_uint_eq(values.count, ARGUMENTS);
        for (int i = 0; i < ARGUMENTS; i++) {
            char expected[16];
            (void)snprintf(expected, sizeof expected, "a%d", i);
            ck_assert_uint_eq(values.list[i].text.size, strlen(expected));
            ck_assert_mem_eq(values.list[i].text.data, expected, strlen(expected));
        }
    }
    free(event);
    buffer_free(&command);
}
END_TEST

void fields_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, documents);
    tcase_add_test(tests, edges);
    tcase_add_test(tests, names_are_in_order_and_found);
    tcase_add_test(tests, names_of_other_kinds);
    tcase_add_test(tests, events_of_fields);
    tcase_add_test(tests, constants_of_event_ids);
    tcase_add_test(tests, common_fields);
    tcase_add_test(tests, values_stay);
}
