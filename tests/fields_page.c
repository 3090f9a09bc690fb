// SPDX-License-Identifier: GPL-3.0-or-later
// The manual page of the fields. What is said of each is read off lib/rules/fields.def; only the
// words are from here.
#include "fields_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "rules/field_list.h"
#include "xmem.h"

static const char start[] =
    ".\\\" SPDX-License-Identifier: GPL-3.0-or-later\n"
    ".\\\" Made from lib/rules/fields.def by `make fields-page`; tests/test_docs.c compares.\n"
    ".Dd November 26, 2026\n"
    ".Dt EVTXSEQ-FIELDS 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm evtxseq-fields\n"
    ".Nd the fields that rules of evtxseq can name\n"
    ".Sh DESCRIPTION\n"
    "Rules of\n"
    ".Xr evtxseq 1\n"
    "name fields of the Elastic Common Schema.\n"
    "They have the values that Elastic's ingest pipeline for Sysmon gives them.\n"
    ".Pp\n"
    "A value of EventData that is empty,\n"
    ".Ql -\n"
    "or the all-zero GUID is missing, and so is a field that is made of it.\n"
    "Of two values of one name the first counts.\n"
    "A field that no Sysmon event has is missing, never an error;\n"
    ".Fl -list-rules\n"
    "names it.\n"
    ".Pp\n"
    "A name with\n"
    ".Cm .caseless\n"
    "at its end is the text field itself.\n"
    ".Ss Where this differs from Elastic's pipeline\n"
    ".Bl -bullet\n"
    ".It\n"
    "An image load (Event ID 7) counts as two kinds of event: category process with type change and\n"
    "action Image loaded, and category library with type start and action load.\n"
    "A condition holds if it holds for one of them.\n"
    "The pipeline writes both into one document, so that rules for process creations fire on loads.\n"
    ".It\n"
    ".Cm user.id\n"
    "is that of Windows' own accounts, or missing.\n"
    "The pipeline puts the account of Sysmon's own service there, S-1-5-18 on every event.\n"
    ".It\n"
    "Every value of EventData stays under\n"
    ".Cm winlog.event_data ;\n"
    "the pipeline removes some after use.\n"
    ".It\n"
    ".Cm host.id\n"
    "is Computer and a part of the GUID that Sysmon makes of the machine:\n"
    "a log says nothing else that tells two machines of one name apart.\n"
    ".El\n";

// IDs

static const unsigned highest_id = 29; // those after it: 255 alone

static bool has(uint32_t events, unsigned id) {
    return (events & FIELD_EVENT_BIT(id)) != 0;
}

// "1-3, 5, 255"
static void add_ids(struct buffer *page, uint32_t events) {
    const char *before = "";
    for (unsigned id = 1; id <= highest_id; id++) {
        unsigned last = id;
        while (has(events, id) && last < highest_id && has(events, last + 1)) {
            last++;
        }
        if (has(events, id)) {
            buffer_printf(page, last > id ? "%s%u-%u" : "%s%u", before, id, last);
            before = ", ";
        }
        id = last;
    }
    if (has(events, 255)) {
        buffer_printf(page, "%s255", before);
    }
}

// "Events 1-3, 5."
static void add_events(struct buffer *page, uint32_t events) {
    if (events == FIELD_EVENTS_ALL) {
        buffer_add_text(page, "All events.\n");
        return;
    }
    buffer_add_text(page, (events & (events - 1)) == 0 ? "Event " : "Events ");
    add_ids(page, events);
    buffer_add_text(page, ".\n");
}

// What an event is

static void add_constant(struct buffer *page, const char *label, enum field_id id, unsigned event,
                         unsigned kind) {
    struct field_constant constant = field_constant(field_of(id), event, kind);
    for (size_t i = 0; i < constant.count; i++) {
        buffer_printf(page, "%s%s", i == 0 ? label : " and ", constant.values[i]);
    }
}

static void add_event(struct buffer *page, unsigned event) {
    buffer_printf(page, ".It %u\n", event);
    for (unsigned kind = 0; kind < event_kinds(event); kind++) {
        buffer_add_text(page, kind == 0 ? "" : ".br\nand as another kind: ");
        add_constant(page, "", FIELD_EVENT_ACTION, event, kind);
        add_constant(page, ": category ", FIELD_EVENT_CATEGORY, event, kind);
        add_constant(page, ", type ", FIELD_EVENT_TYPE, event, kind);
        add_constant(page, ", outcome ", FIELD_EVENT_OUTCOME, event, kind);
        buffer_add_text(page, "\n");
    }
}

static void add_all_events(struct buffer *page) {
    buffer_add_text(page, ".Sh EVENTS\n"
                          "What every event of an ID says:\n"
                          ".Cm event.action ,\n"
                          "then\n"
                          ".Cm event.category ,\n"
                          ".Cm event.type\n"
                          "and\n"
                          ".Cm event.outcome .\n"
                          ".Bl -tag -width 255 -compact\n");
    for (unsigned event = 1; event <= highest_id; event++) {
        add_event(page, event);
    }
    add_event(page, 255);
    buffer_add_text(page, ".El\n");
}

// Fields

// How a field is made: $ stands for its key, % for the names of what it is made of.
static const char *const ways[] = {
    [HOW_CONSTANT] = "always $",
    [HOW_ACTION] = "see EVENTS",
    [HOW_CATEGORY] = "see EVENTS",
    [HOW_TYPE] = "see EVENTS",
    [HOW_OUTCOME] = "see EVENTS",
    [HOW_CODE] = "the event ID",
    [HOW_TIME] = "TimeCreated",
    [HOW_RECORD_ID] = "EventRecordID",
    [HOW_HOST_ID] =
        ("Computer in small letters, a hyphen, and the first eight hexadecimal digits of "
         "ProcessGuid, SourceProcessGuid or SourceProcessGUID; where there is none, those "
         "of the computer's other events in the same input if they agree, else zeros"),
    [HOW_USER_ID] = ("S-1-5-18, S-1-5-19 or S-1-5-20, for the LogonId 0x3e7, 0x3e5 or 0x3e4 or the "
                     "User NT AUTHORITY\\eSYSTEM, LOCAL SERVICE or NETWORK SERVICE"),
    [HOW_DETAILS] = "Details; of DWORD and QWORD the decimal number",
    [HOW_DETAILS_TYPE] = "SZ_DWORD, SZ_QWORD, REG_BINARY or REG_SZ, as Details says",
    [HOW_DLL_STATUS] =
        ("trusted if Signed is true; Unavailable if SignatureStatus is that; else Signed "
         "if it begins with failed, and a colon"),
    [HOW_WHOLE] = "%",
    [HOW_BASE_NAME] = "what follows the last backslash of %",
    [HOW_FILE_NAME] = "what follows the last backslash of %; PipeName as a whole",
    [HOW_DIRECTORY] = "what precedes the last backslash of %",
    [HOW_EXTENSION] = "what follows the last dot of %, if there is a backslash",
    [HOW_DOMAIN] = "what precedes the one backslash of %",
    [HOW_ACCOUNT] = "what follows the one backslash of %",
    [HOW_HASH] = "$ of %, in small letters; not there if it is all zeros",
    [HOW_MAP] = "by %: $",
    [HOW_HIVE] = "the short name of the hive that % begins with",
    [HOW_KEY] = "what follows the hive in %",
    [HOW_LAST_KEY] = "the last element of %",
    [HOW_DNS_STATUS] = "Windows' name of %, or the number",
    [HOW_PROTOCOL] = "%; dns for event 22",
    [HOW_NUMBER] = "%",
    [HOW_BOOLEAN] = "%",
    [HOW_IS] = "whether % is $",
    [HOW_IF] = "true if % is $, else not there",
    [HOW_ADDRESS] = "%",
    [HOW_ARGS_COUNT] = "how many arguments % has",
    [HOW_ARGS] = "the arguments in %",
    [HOW_ANSWERS] = "the names and addresses in %",
    [HOW_RESOLVED] = "the addresses in %",
};

static uint32_t events_with(enum event_data data) {
    char *name = xformat("%s%s", EVENT_DATA_PREFIX, event_data_name(data));
    uint32_t events =
        data < DATA_FIRST ? FIELD_EVENTS_ALL : field_events(fields_find(text_of(name)));
    free(name);
    return events;
}

// "A, else B": those that events of the field can have.
static void add_sources(struct buffer *page, const struct field_definition *definition) {
    const char *before = "";
    for (const enum event_data *data = definition->sources; *data != DATA_NONE; data++) {
        if ((events_with(*data) & definition->events) != 0) {
            buffer_printf(page, "%s%s", before, event_data_name(*data));
            before = ", else ";
        }
    }
}

static const char *way_of(const struct field_definition *definition) {
    if (definition->how == HOW_TIME && strcmp(definition->key, "utc") == 0) {
        return "UtcTime, or TimeCreated where that cannot be read";
    }
    return ways[definition->how];
}

static void add_way(struct buffer *page, const struct field_definition *definition) {
    for (const char *way = way_of(definition); *way != '\0'; way++) {
        if (*way == '%') {
            add_sources(page, definition);
        } else if (*way == '$') {
            buffer_add_text(page, definition->key);
        } else {
            buffer_add_byte(page, *way);
        }
    }
}

static const char *type_words(struct field field) {
    switch (field_type(field)) {
    case FIELD_TYPE_NUMBER:
        return "Number";
    case FIELD_TYPE_BOOLEAN:
        return "True or false";
    case FIELD_TYPE_ADDRESS:
        return field_has_several(field) ? "Addresses" : "Address";
    case FIELD_TYPE_TEXT:
        break;
    }
    return field_has_several(field) ? "Texts" : "Text";
}

static void add_field(struct buffer *page, enum field_id id) {
    struct field field = field_of(id);
    buffer_printf(page, ".It Cm %s\n%s: ", field_definition(id)->name, type_words(field));
    add_way(page, field_definition(id));
    buffer_add_text(page, ".\n");
    add_events(page, field_events(field));
}

static void add_all_fields(struct buffer *page) {
    buffer_add_text(page,
                    ".Sh FIELDS\n"
                    "Type, how it is made, and the IDs of the events that can have it.\n"
                    "Of several values with\n"
                    ".Dq else\n"
                    "between them the first counts that is there.\n"
                    "Of a field with several values one that a condition holds for is enough.\n"
                    ".Bl -tag -width Ds\n");
    for (int id = 0; id < FIELD_COUNT; id++) {
        add_field(page, (enum field_id)id);
    }
    buffer_add_text(page, ".El\n");
}

// EventData

static void add_all_data(struct buffer *page) {
    buffer_add_text(
        page, ".Sh EVENTDATA\n"
              "Every value of EventData is a text field\n"
              ".Cm winlog.event_data. Ns Ar NAME ,\n"
              "with or without a place in this list.\n"
              "These are known, with the IDs of the events that have them in some version of\n"
              "Sysmon up to 15:\n"
              ".Pp\n"
              ".Bl -tag -width PreviousCreationUtcTime -compact\n");
    for (int data = DATA_FIRST; data < DATA_COUNT; data++) {
        buffer_printf(page, ".It Ar %s\n", event_data_name((enum event_data)data));
        add_ids(page, events_with((enum event_data)data));
        buffer_add_text(page, "\n");
    }
    buffer_add_text(page,
                    ".El\n"
                    ".Pp\n"
                    "Event 8 writes its GUIDs as SourceProcessGuid and TargetProcessGuid, event\n"
                    "10 as SourceProcessGUID and TargetProcessGUID.\n"
                    "As in the pipeline, TargetProcessGUID is that of event 8, too.\n"
                    ".Sh SEE ALSO\n"
                    ".Xr evtxseq 1 ,\n"
                    ".Xr evtxseq-output 5\n");
}

char *fields_page(void) {
    struct buffer page = {0};
    buffer_add_text(&page, start);
    add_all_events(&page);
    add_all_fields(&page);
    add_all_data(&page);
    if (page.failed) {
        die("no memory for the page of the fields");
    }
    char *text = xstrndup(page.data, page.size);
    buffer_free(&page);
    return text;
}
