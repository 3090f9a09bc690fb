// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of the way from event XML to an event, and of the check of events that come from elsewhere.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/event_xml.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define SYSMON_GUID "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
#define PROVIDER "<Provider Name='Microsoft-Windows-Sysmon' Guid='" SYSMON_GUID "'/>"
#define SYSTEM_REST                                                                                \
    "<EventRecordID>4711</EventRecordID><TimeCreated SystemTime='2024-05-01T10:00:01.5000000Z'/>"  \
    "<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WS1.corp.local</Computer>"
#define SYSTEM PROVIDER "<EventID>1</EventID>" SYSTEM_REST
#define DATA(name, value) "<Data Name='" name "'>" value "</Data>"
#define EVENT(system, data)                                                                        \
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>" system         \
    "</System><EventData>" data "</EventData></Event>"

static const struct event_header header = {.record_id = 99, .written = INT64_C(1714557700000)};
static const int64_t time_created = INT64_C(1714557601500);

// A process creation as Sysmon 15 logs it, and with fewer fields in another order.
static const char new_schema[] =
    EVENT(SYSTEM, "<Data Name='RuleName'>-</Data>"
                  "<Data Name='UtcTime'>2024-05-01 10:00:00.123</Data>"
                  "<Data Name='ProcessGuid'>{1A2B3C4D-0001-0000-0000-000000000001}</Data>"
                  "<Data Name='ProcessId'>4242</Data>"
                  "<Data Name='Image'>C:\\Windows\\System32\\cmd.exe</Data>"
                  "<Data Name='OriginalFileName'>Cmd.Exe</Data>"
                  "<Data Name='CommandLine'>cmd /c &quot;a &amp; b&quot; &lt;x&#x3E;</Data>"
                  "<Data Name='CurrentDirectory'>C:\\</Data>"
                  "<Data Name='User'>CORP\\bob</Data>"
                  "<Data Name='IntegrityLevel'>Medium</Data>"
                  "<Data Name='Hashes'>SHA256=00</Data>"
                  "<Data Name='ParentProcessGuid'>{1A2B3C4D-0002-0000-0000-000000000002}</Data>"
                  "<Data Name='ParentProcessId'>777</Data>"
                  "<Data Name='ParentImage'>C:\\Windows\\System32\\wbem\\WmiPrvSE.exe</Data>"
                  "<Data Name='ParentCommandLine'>wmiprvse -secured</Data>"
                  "<Data Name='ParentUser'>NT AUTHORITY\\SYSTEM</Data>");

static const char old_schema[] =
    EVENT(SYSTEM, "<Data Name='ParentImage'>C:\\p.exe</Data>"
                  "<Data Name='UtcTime'>2017-05-01 10:00:00.123</Data>"
                  "<Data Name='Image'>C:\\i.exe</Data>"
                  "<Data Name='ProcessGuid'>{1A2B3C4D-0001-0000-0000-000000000001}</Data>");

static enum event_result map(const char *xml, struct event **event) {
    *event = NULL;
    return event_from_xml(xml, strlen(xml), &header, event);
}

// The event of XML that is one; the caller frees.
static struct event *parse(const char *xml) {
    struct event *event = NULL;
    ck_assert_msg(map(xml, &event) == EVENT_OK, "refused: %s", xml);
    ck_assert_ptr_nonnull(event);
    ck_assert(event_is_valid(event, event->size));
    return event;
}

static void expect_result(enum event_result expected, const char *xml) {
    struct event *event = NULL;
    enum event_result result = map(xml, &event);
    ck_assert_msg(result == expected, "%d, not %d: %s", (int)result, (int)expected, xml);
    free(event);
}

static void expect_value(const struct event *event, enum event_data field, const char *expected) {
    const char *value = event_value(event, field);
    if (expected == NULL) {
        ck_assert_ptr_null(value);
    } else {
        ck_assert_ptr_nonnull(value);
        ck_assert_str_eq(value, expected);
    }
}

// The event with that content of the field User; the caller frees.
static struct event *parse_user(const char *content) {
    char xml[2048];
    int size = snprintf(xml, sizeof xml, EVENT(SYSTEM, DATA("User", "%s")), content);
    ck_assert(size > 0 && (size_t)size < sizeof xml);
    struct event *event = parse(xml);
    ck_assert(event_has(event, DATA_USER));
    return event;
}

static void expect_content(const char *content, const char *expected) {
    struct event *event = parse_user(content);
    expect_value(event, DATA_USER, expected);
    free(event);
}

START_TEST(new_schema_is_mapped) {
    struct event *event = parse(new_schema);
    ck_assert_uint_eq(event->record_id, 4711);
    ck_assert_int_eq(event->time_created, time_created);
    ck_assert(event->has_utc_time);
    ck_assert_int_eq(event->utc_time, INT64_C(1714557600123));
    ck_assert_int_eq(event_time(event, CLOCK_UTC), event->utc_time);
    ck_assert_int_eq(event_time(event, CLOCK_LOGGED), time_created);
    expect_value(event, DATA_COMPUTER, "WS1.corp.local");
    expect_value(event, DATA_UTC_TIME, "2024-05-01 10:00:00.123");
    expect_value(event, DATA_PROCESS_GUID, "{1A2B3C4D-0001-0000-0000-000000000001}");
    expect_value(event, DATA_PROCESS_ID, "4242");
    expect_value(event, DATA_IMAGE, "C:\\Windows\\System32\\cmd.exe");
    expect_value(event, DATA_HASHES, "SHA256=00");
    expect_value(event, DATA_ORIGINAL_FILE_NAME, "Cmd.Exe");
    expect_value(event, DATA_COMMAND_LINE, "cmd /c \"a & b\" <x>");
    expect_value(event, DATA_CURRENT_DIRECTORY, "C:\\");
    expect_value(event, DATA_USER, "CORP\\bob");
    expect_value(event, DATA_INTEGRITY_LEVEL, "Medium");
    expect_value(event, DATA_PARENT_PROCESS_GUID, "{1A2B3C4D-0002-0000-0000-000000000002}");
    expect_value(event, DATA_PARENT_PROCESS_ID, "777");
    expect_value(event, DATA_PARENT_IMAGE, "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe");
    expect_value(event, DATA_PARENT_COMMAND_LINE, "wmiprvse -secured");
    ck_assert(!event_has(event, DATA_IMAGE_LOADED));
    free(event);
}
END_TEST

START_TEST(fields_are_found_by_name) {
    struct event *event = parse(old_schema);
    expect_value(event, DATA_PARENT_IMAGE, "C:\\p.exe");
    expect_value(event, DATA_IMAGE, "C:\\i.exe");
    ck_assert(!event_has(event, DATA_ORIGINAL_FILE_NAME));
    ck_assert(!event_has(event, DATA_USER));
    free(event);
    event = parse(EVENT(SYSTEM_REST "<EventID>7</EventID>" PROVIDER,
                        DATA("image", "no") DATA("Image2", "no") "<Data>no</Data>" DATA("", "no")
                            DATA("ImageLoaded", "C:\\l.dll")));
    ck_assert_uint_eq(event->id, 7);
    expect_value(event, DATA_IMAGE_LOADED, "C:\\l.dll");
    ck_assert(!event_has(event, DATA_IMAGE));
    free(event);
}
END_TEST

START_TEST(first_of_a_name_counts) {
    struct event *event = parse(EVENT(SYSTEM, DATA("Image", "C:\\1") DATA("User", "-")
                                                  DATA("Image", "C:\\2") DATA("User", "A\\b")));
    expect_value(event, DATA_IMAGE, "C:\\1");
    expect_value(event, DATA_USER, NULL);
    ck_assert(event_has(event, DATA_USER));
    free(event);
}
END_TEST

START_TEST(missing_values) {
    expect_content("", NULL);
    expect_content("-", NULL);
    expect_content("{00000000-0000-0000-0000-000000000000}", NULL);
    expect_content("--", "--");
    expect_content(" -", " -");
    expect_content("?", "?");
    expect_content("0", "0");
    expect_content("{00000000-0000-0000-0000-000000000001}",
                   "{00000000-0000-0000-0000-000000000001}");
    struct event *event = parse(EVENT(SYSTEM, "<Data Name='Image'/>"));
    ck_assert(event_has(event, DATA_IMAGE));
    expect_value(event, DATA_IMAGE, NULL);
    ck_assert_ptr_null(event_part(event, DATA_USER, PART_WHOLE).data);
    ck_assert_ptr_null(event_part(event, DATA_USER, PART_DOMAIN).data);
    free(event);
}
END_TEST

START_TEST(own_text_is_the_value) {
    expect_content("<![CDATA[a<b>&amp;c]]>", "a<b>&amp;c");
    expect_content("a<![CDATA[b]]>c", "abc");
    expect_content("a<b>not this</b>c<d/>", "ac");
    expect_content("a<!-- no -->b<?no no?>c", "abc");
    expect_content("&#x1F600;\xf0\x9f\x98\x80\xc3\xa4", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xc3\xa4");
    expect_content(" two  words\n", " two  words\n");
    expect_content("<b>-</b>", NULL);
}
END_TEST

#define GUID_ONLY(guid)                                                                            \
    EVENT("<Provider Guid='" guid "'/><EventID>1</EventID>" SYSTEM_REST, DATA("Image", "C:\\x"))
#define NAME_ONLY(name)                                                                            \
    EVENT("<Provider Name='" name "'/><EventID>1</EventID>" SYSTEM_REST, DATA("Image", "C:\\x"))

START_TEST(providers) {
    expect_result(EVENT_OK, NAME_ONLY("Microsoft-Windows-Sysmon"));
    expect_result(EVENT_OK, GUID_ONLY(SYSMON_GUID));
    expect_result(EVENT_OK, GUID_ONLY("{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"));
    expect_result(EVENT_OK, GUID_ONLY("{5770385F-c22a-43E0-bf4c-06F5698ffbD9}"));
    expect_result(EVENT_OK, EVENT("<Provider Name='Linux' Guid='" SYSMON_GUID "'/>"
                                  "<EventID>1</EventID>" SYSTEM_REST,
                                  ""));
    expect_result(EVENT_NOT_SYSMON, NAME_ONLY("Microsoft-Windows-Security-Auditing"));
    expect_result(EVENT_NOT_SYSMON, NAME_ONLY("Microsoft-Windows-Sysmon2"));
    expect_result(EVENT_NOT_SYSMON, GUID_ONLY("{5770385F-C22A-43E0-BF4C-06F5698FFBD8}"));
    expect_result(EVENT_NOT_SYSMON, GUID_ONLY("5770385F-C22A-43E0-BF4C-06F5698FFBD9"));
    expect_result(EVENT_NOT_SYSMON, GUID_ONLY(SYSMON_GUID "x"));
    expect_result(EVENT_NOT_SYSMON, EVENT("<EventID>1</EventID>" SYSTEM_REST, ""));
}
END_TEST

#define ID_ONLY(element) EVENT(PROVIDER element SYSTEM_REST, "")

START_TEST(event_ids) {
    struct event *event = parse(ID_ONLY("<EventID Qualifiers='16384'>65535</EventID>"));
    ck_assert_uint_eq(event->id, 65535);
    free(event);
    expect_result(EVENT_MALFORMED, ID_ONLY(""));
    expect_result(EVENT_MALFORMED, ID_ONLY("<EventID/>"));
    expect_result(EVENT_MALFORMED, ID_ONLY("<EventID>one</EventID>"));
    expect_result(EVENT_MALFORMED, ID_ONLY("<EventID>-1</EventID>"));
    expect_result(EVENT_MALFORMED, ID_ONLY("<EventID>65537</EventID>"));
}
END_TEST

START_TEST(no_event_xml) {
    static const char *const texts[] = {
        "",
        "<Event>",
        "<Event/>",
        "<Event><System></Event>",
        "<Events>" EVENT(SYSTEM, "") "</Events>",
        "<Event><EventData/></Event>",
        EVENT(SYSTEM, DATA("Image", "a & b")),
        EVENT(SYSTEM, DATA("Image", "\x01")),
        EVENT(SYSTEM, DATA("Image", "&#0;")),
        EVENT(SYSTEM, DATA("Image", "\xff\xfe")),
        EVENT(SYSTEM, DATA("Image", "&unknown;")),
        EVENT(SYSTEM, "") "<more/>",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        expect_result(EVENT_MALFORMED, texts[i]);
    }
    // Cut anywhere, for `size` counts, not the NUL after it.
    for (size_t size = 0; size + 1 < sizeof new_schema; size++) {
        struct event *event = NULL;
        ck_assert_int_eq(event_from_xml(new_schema, size, &header, &event), EVENT_MALFORMED);
    }
}
END_TEST

START_TEST(document_types_are_refused) {
    static const char *const types[] = {
        "<!DOCTYPE Event>",
        "<!DOCTYPE Event [<!ENTITY e 'C:\\evil.exe'>]>",
        "<!DOCTYPE Event SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE Event [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE Event [<!ENTITY a 'aaaaaa'><!ENTITY b '&a;&a;&a;'><!ENTITY e '&b;&b;&b;'>]>",
    };
    static const char *const events[] = {
        EVENT(SYSTEM, ""),
        EVENT(SYSTEM, DATA("Image", "&e;")),
        "<Event a='&e;'><System>" SYSTEM "</System></Event>",
    };
    for (size_t i = 0; i < COUNT(types); i++) {
        for (size_t k = 0; k < COUNT(events); k++) {
            char xml[2048];
            (void)snprintf(xml, sizeof xml, "%s%s", types[i], events[k]);
            expect_result(EVENT_MALFORMED, xml);
        }
    }
}
END_TEST

START_TEST(header_stands_in) {
    static const struct {
        const char *system;
        uint64_t record_id;
        int64_t time;
    } systems[] = {
        {"", 99, INT64_C(1714557700000)},
        {"<EventRecordID/><TimeCreated/>", 99, INT64_C(1714557700000)},
        {"<EventRecordID>-</EventRecordID><TimeCreated SystemTime='yesterday'/>", 99,
         INT64_C(1714557700000)},
        {"<EventRecordID>18446744073709551615</EventRecordID>", UINT64_MAX, INT64_C(1714557700000)},
        {"<EventRecordID>18446744073709551616</EventRecordID>", 99, INT64_C(1714557700000)},
        {"<TimeCreated SystemTime='2024-05-01T10:00:01.500Z'/>", 99, INT64_C(1714557601500)},
    };
    for (size_t i = 0; i < COUNT(systems); i++) {
        char xml[1024];
        (void)snprintf(xml, sizeof xml, EVENT(PROVIDER "<EventID>1</EventID>%s", ""),
                       systems[i].system);
        struct event *event = parse(xml);
        ck_assert_uint_eq(event->record_id, systems[i].record_id);
        ck_assert_int_eq(event->time_created, systems[i].time);
        ck_assert_int_eq(event_time(event, CLOCK_UTC), systems[i].time);
        expect_value(event, DATA_COMPUTER, NULL);
        free(event);
    }
}
END_TEST

START_TEST(utc_time_must_be_sysmons) {
    static const char *const events[] = {
        EVENT(SYSTEM, ""),
        EVENT(SYSTEM, DATA("UtcTime", "")),
        EVENT(SYSTEM, DATA("UtcTime", "-")),
        EVENT(SYSTEM, DATA("UtcTime", "2024-05-01T10:00:00.123Z")),
        EVENT(SYSTEM, DATA("UtcTime", "2024-05-01 10:00:00")),
        EVENT(SYSTEM, DATA("UtcTime", "2024-02-30 10:00:00.123")),
    };
    for (size_t i = 0; i < COUNT(events); i++) {
        struct event *event = parse(events[i]);
        ck_assert(!event->has_utc_time);
        ck_assert_int_eq(event_time(event, CLOCK_UTC), time_created);
        free(event);
    }
}
END_TEST

// Parts of values.

static void expect_part(const char *value, enum event_part part, const char *expected) {
    struct event *event = parse_user(value);
    struct text text = event_part(event, DATA_USER, part);
    ck_assert_msg((text.data == NULL) == (expected == NULL), "part %d of %s", (int)part, value);
    if (expected != NULL) {
        ck_assert_uint_eq(text.size, strlen(expected));
        ck_assert_mem_eq(text.data, expected, text.size);
    }
    free(event);
}

START_TEST(parts) {
    static const char *const texts[][5] = {
        // the value, its whole, its name, its domain, its user
        {"-", NULL, NULL, NULL, NULL},
        {"bob", "bob", NULL, NULL, NULL},
        {"CORP\\bob", "CORP\\bob", "bob", "CORP", "bob"},
        {"CORP\\", "CORP\\", NULL, NULL, NULL},
        {"\\bob", "\\bob", "bob", NULL, "bob"},
        {"\\", "\\", NULL, NULL, NULL},
        {"A\\B\\c", "A\\B\\c", "c", NULL, NULL},
        {"A\\\\b", "A\\\\b", "b", NULL, NULL},
        {"C:\\dir\\", "C:\\dir\\", NULL, "C:", "dir"},
        {"NT AUTHORITY\\SYSTEM", "NT AUTHORITY\\SYSTEM", "SYSTEM", "NT AUTHORITY", "SYSTEM"},
        {"C:/dir/x.exe", "C:/dir/x.exe", NULL, NULL, NULL},
        {"C:\\dir/x.exe", "C:\\dir/x.exe", "dir/x.exe", "C:", "dir/x.exe"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        expect_part(texts[i][0], PART_WHOLE, texts[i][1]);
        expect_part(texts[i][0], PART_NAME, texts[i][2]);
        expect_part(texts[i][0], PART_DOMAIN, texts[i][3]);
        expect_part(texts[i][0], PART_USER, texts[i][4]);
    }
}
END_TEST

START_TEST(machine_prefixes) {
    static const char *const events[][2] = {
        {EVENT(SYSTEM, DATA("ProcessGuid", "{1A2b3C4d-0001-0000-0000-000000000001}")), "1a2b3c4d"},
        {EVENT(SYSTEM, DATA("ProcessGuid", "1A2B3C4D-0001-0000-0000-000000000001")), "1a2b3c4d"},
        {EVENT(SYSTEM, DATA("ProcessGuid", "{1A2B3C4D")), "1a2b3c4d"},
        {EVENT(SYSTEM, DATA("ProcessGuid", "{1A2B3C4")), "00000000"},
        {EVENT(SYSTEM, DATA("ProcessGuid", "{1A2B3C4-D001}")), "00000000"},
        {EVENT(SYSTEM, DATA("ProcessGuid", "{")), "00000000"},
        {EVENT(SYSTEM, DATA("ProcessGuid", "{00000000-0000-0000-0000-000000000000}")), "00000000"},
        {EVENT(SYSTEM, DATA("SourceProcessGuid", "{1A2B3C4D-0001-0000-0000-000000000001}")),
         "1a2b3c4d"},
        {EVENT(SYSTEM, DATA("SourceProcessGUID", "{1A2B3C4D-0001-0000-0000-000000000001}")),
         "1a2b3c4d"},
        {EVENT(SYSTEM, DATA("TargetProcessGuid", "{1A2B3C4D-0001-0000-0000-000000000001}")),
         "00000000"},
        {EVENT(SYSTEM, ""), "00000000"},
    };
    for (size_t i = 0; i < COUNT(events); i++) {
        struct event *event = parse(events[i][0]);
        char *machine = xformat(EVENT_MACHINE_FORMAT, event_machine(event));
        ck_assert_str_eq(machine, events[i][1]);
        free(machine);
        free(event);
    }
}
END_TEST

// Events from elsewhere.

// Uses the event in every way there is; a sanitizer sees what that reads.
static void use(const struct event *event) {
    (void)event_machine(event);
    (void)event_time(event, CLOCK_UTC);
    for (int field = 0; field < DATA_COUNT; field++) {
        for (int part = PART_WHOLE; part <= PART_USER; part++) {
            struct text text = event_part(event, (enum event_data)field, (enum event_part)part);
            ck_assert(text.data == NULL || memchr(text.data, '\0', text.size) == NULL);
        }
    }
}

// A copy in memory of just that size, so that a sanitizer sees reads past it.
static struct event *copy_of(const struct event *event, size_t size) {
    struct event *copy = malloc(size == 0 ? 1 : size);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, event, size);
    return copy;
}

START_TEST(truncated_blocks_are_invalid) {
    struct event *event = parse(new_schema);
    for (size_t size = 0; size < event->size; size++) {
        struct event *copy = copy_of(event, size);
        ck_assert_msg(!event_is_valid(copy, size), "cut to %zu bytes", size);
        if (size >= sizeof copy->size) {
            // The last value's NUL is gone even where the block admits its size.
            uint32_t said = (uint32_t)size;
            memcpy(copy, &said, sizeof said);
            ck_assert_msg(!event_is_valid(copy, size), "really cut to %zu bytes", size);
        }
        free(copy);
    }
    char *longer = calloc(1, event->size + 1);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, event, event->size);
    ck_assert(!event_is_valid(longer, event->size + 1));
    // Aligned for nothing, but valid.
    memmove(longer + 1, event, event->size);
    ck_assert(event_is_valid(longer + 1, event->size));
    free(longer);
    free(event);
}
END_TEST

static struct event_item *items_of(struct event *event) {
    return (struct event_item *)(event + 1);
}

START_TEST(offsets_must_lie_in_the_text) {
    struct event *event = parse(new_schema);
    uint32_t size = event->size;
    const uint32_t count = event->item_count;
    const size_t begin = sizeof *event + count * sizeof(struct event_item);
    const uint32_t text = (uint32_t)begin + count;
    const uint32_t offsets[] = {
        1, 4, text - 1, size, size + 1, 0x7fffffff, 0x80000000, UINT32_MAX,
    };
    for (size_t item = 0; item < count; item++) {
        for (size_t i = 0; i < COUNT(offsets); i++) {
            struct event *copy = copy_of(event, size);
            items_of(copy)[item].value = offsets[i];
            ck_assert_msg(!event_is_valid(copy, size), "value %zu at %u", item, offsets[i]);
            items_of(copy)[item].value = text;
            ck_assert(event_is_valid(copy, size));
            items_of(copy)[item].name = text; // of a name that is in the list
            ck_assert(!event_is_valid(copy, size));
            ((uint8_t *)copy)[begin + item] = DATA_OTHER;
            ck_assert(event_is_valid(copy, size));
            items_of(copy)[item].name = offsets[i];
            ck_assert_msg(!event_is_valid(copy, size), "name %zu at %u", item, offsets[i]);
            items_of(copy)[item] = (struct event_item){0};
            ((uint8_t *)copy)[begin + item] = DATA_OTHER + 1;
            ck_assert(!event_is_valid(copy, size));
            free(copy);
        }
    }
    ((char *)event)[size - 1] = 'x';
    ck_assert(!event_is_valid(event, size));
    free(event);
}
END_TEST

// A truth value of neither 0 nor 1 must not be read as one.
START_TEST(truth_values_must_be_true_or_false) {
    struct event *event = parse(new_schema);
    for (unsigned byte = 0; byte < 256; byte++) {
        struct event *copy = copy_of(event, event->size);
        ((unsigned char *)copy)[offsetof(struct event, has_utc_time)] = (unsigned char)byte;
        ck_assert_msg(event_is_valid(copy, event->size) == (byte <= 1), "byte %u", byte);
        free(copy);
    }
    free(event);
}
END_TEST

START_TEST(valid_blocks_can_be_used) {
    struct event *event = parse(new_schema);
    size_t valid = 0;
    for (size_t at = 0; at < event->size; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct event *copy = copy_of(event, event->size);
            ((unsigned char *)copy)[at] ^= (unsigned char)(1U << bit);
            if (event_is_valid(copy, event->size)) {
                use(copy);
                valid++;
            }
            free(copy);
        }
    }
    ck_assert_uint_gt(valid, 0);
    free(event);
}
END_TEST

// Who could send one would have its base read from anywhere.
START_TEST(events_that_lean_are_not_valid) {
    struct event *event = parse(new_schema);
    for (unsigned byte = 1; byte < 256; byte++) {
        ((unsigned char *)event)[offsetof(struct event, is_lean)] = (unsigned char)byte;
        ck_assert_msg(!event_is_valid(event, event->size), "byte %u", byte);
    }
    free(event);
}
END_TEST

// Leaning

static void expect_same_values(const struct event *a, const struct event *b) {
    ck_assert_uint_eq(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++) {
        const char *value = event_item_value(b, i);
        ck_assert_int_eq(event_item_data(a, i), event_item_data(b, i));
        ck_assert_str_eq(event_item_name(a, i), event_item_name(b, i));
        ck_assert((event_item_value(a, i) == NULL) == (value == NULL));
        ck_assert(value == NULL || strcmp(event_item_value(a, i), value) == 0);
    }
    for (int data = 0; data < DATA_COUNT; data++) {
        const char *value = event_value(b, (enum event_data)data);
        ck_assert_int_eq(event_has(a, (enum event_data)data), event_has(b, (enum event_data)data));
        ck_assert((event_value(a, (enum event_data)data) == NULL) == (value == NULL));
        ck_assert(value == NULL || strcmp(event_value(a, (enum event_data)data), value) == 0);
    }
}

#define LEANING(time, rule, other, image)                                                          \
    EVENT(SYSTEM, "<Data Name='RuleName'>" rule "</Data>"                                          \
                  "<Data Name='UtcTime'>2024-05-01 10:00:0" time ".000</Data>"                     \
                  "<Data Name='" other "'>the same in all of them</Data>"                          \
                  "<Data Name='CommandLine'>" LONG LONG LONG "</Data>"                             \
                  "<Data Name='Image'>" image "</Data>")
#define LONG "this text is so long that it does not pay to have it twice; "

// Of several values, of one that is there and one that is missing, the first and the last.
START_TEST(events_lean_on_others) {
    struct event *base = parse(LEANING("0", "-", "Own", "C:\\a.exe"));
    const char *const others[] = {LEANING("0", "-", "Own", "C:\\a.exe"),
                                  LEANING("1", "-", "Own", "C:\\a.exe"),
                                  LEANING("1", "x", "Own", "-"), LEANING("9", "-", "Own", "")};
    struct buffer room = {0};
    for (size_t i = 0; i < COUNT(others); i++) {
        struct event *event = parse(others[i]);
        const struct event *lean = event_lean(event, base, &room);
        ck_assert_ptr_nonnull(lean);
        ck_assert_uint_lt(lean->size, event->size / 2);
        expect_same_values(lean, event);
        ck_assert(event_is_same(lean, event) && event_is_same(event, lean));
        ck_assert(event_is_same(lean, base) == (i == 0));
        ck_assert_uint_eq(event_hash(lean), event_hash(event));
        ck_assert((event_hash(lean) == event_hash(base)) == (i == 0));
        ck_assert_ptr_null(event_lean(lean, base, &room));
        struct event *brief = event_brief(lean);
        ck_assert(event_is_valid(brief, brief->size));
        expect_value(brief, DATA_COMPUTER, event_value(event, DATA_COMPUTER));
        free(brief);
        free(event);
    }
    buffer_free(&room);
    free(base);
}
END_TEST

START_TEST(events_that_cannot_lean) {
    struct event *base = parse(LEANING("0", "-", "Own", "C:\\a.exe"));
    struct buffer room = {0};
    const char *const others[] = {
        // Another name; fewer items; other items in their places; nothing in common.
        LEANING("0", "-", "Other", "C:\\a.exe"), old_schema, new_schema,
        EVENT(SYSTEM, "<Data Name='RuleName'>-</Data>"
                      "<Data Name='UtcTime'>2024-05-01 10:00:01.000</Data>"
                      "<Data Name='Own'>" LONG LONG LONG LONG LONG LONG "</Data>"
                      "<Data Name='CommandLine'>" LONG "</Data>"
                      "<Data Name='Image'>" LONG "</Data>")};
    for (size_t i = 0; i < COUNT(others); i++) {
        struct event *event = parse(others[i]);
        ck_assert_msg(event_lean(event, base, &room) == NULL, "%zu", i);
        ck_assert(!event_is_same(event, base));
        free(event);
    }
    // Of another number, which is its own.
    struct event *other = parse(LEANING("0", "-", "Own", "C:\\a.exe"));
    other->record_id++;
    ck_assert_ptr_nonnull(event_lean(other, base, &room));
    ck_assert(!event_is_same(other, base));
    other->id++;
    ck_assert_ptr_null(event_lean(other, base, &room));
    buffer_free(&room);
    free(other);
    free(base);
}
END_TEST

void event_tests(TCase *tests) {
    tcase_add_test(tests, new_schema_is_mapped);
    tcase_add_test(tests, fields_are_found_by_name);
    tcase_add_test(tests, first_of_a_name_counts);
    tcase_add_test(tests, missing_values);
    tcase_add_test(tests, own_text_is_the_value);
    tcase_add_test(tests, providers);
    tcase_add_test(tests, event_ids);
    tcase_add_test(tests, no_event_xml);
    tcase_add_test(tests, document_types_are_refused);
    tcase_add_test(tests, header_stands_in);
    tcase_add_test(tests, utc_time_must_be_sysmons);
    tcase_add_test(tests, parts);
    tcase_add_test(tests, machine_prefixes);
    tcase_add_test(tests, truncated_blocks_are_invalid);
    tcase_add_test(tests, offsets_must_lie_in_the_text);
    tcase_add_test(tests, truth_values_must_be_true_or_false);
    tcase_add_test(tests, valid_blocks_can_be_used);
    tcase_add_test(tests, events_that_lean_are_not_valid);
    tcase_add_test(tests, events_lean_on_others);
    tcase_add_test(tests, events_that_cannot_lean);
}
