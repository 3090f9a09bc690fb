// SPDX-License-Identifier: GPL-3.0-or-later
// From event XML to the fields that matter.
#include "rules/event.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/ascii.h"
#include "base/buffer.h"
#include "base/timestamp.h"

static const char zero_guid[] = "{00000000-0000-0000-0000-000000000000}";

// By enum event_field. Computer stands in System, the others in EventData.
static const char *const field_names[FIELD_COUNT] = {
    [FIELD_COMPUTER] = "Computer",
    [FIELD_UTC_TIME] = "UtcTime",
    [FIELD_PROCESS_GUID] = "ProcessGuid",
    [FIELD_PROCESS_ID] = "ProcessId",
    [FIELD_IMAGE] = "Image",
    [FIELD_IMAGE_LOADED] = "ImageLoaded",
    [FIELD_HASHES] = "Hashes",
    [FIELD_ORIGINAL_FILE_NAME] = "OriginalFileName",
    [FIELD_COMMAND_LINE] = "CommandLine",
    [FIELD_CURRENT_DIRECTORY] = "CurrentDirectory",
    [FIELD_USER] = "User",
    [FIELD_INTEGRITY_LEVEL] = "IntegrityLevel",
    [FIELD_PARENT_PROCESS_GUID] = "ParentProcessGuid",
    [FIELD_PARENT_PROCESS_ID] = "ParentProcessId",
    [FIELD_PARENT_IMAGE] = "ParentImage",
    [FIELD_PARENT_COMMAND_LINE] = "ParentCommandLine",
    [FIELD_SIGNED] = "Signed",
    [FIELD_SIGNATURE] = "Signature",
    [FIELD_SIGNATURE_STATUS] = "SignatureStatus",
};

// An event under construction: the values go to `text`, the rest to `event`, which has no room for
// them yet.
struct draft {
    struct event *event;
    struct buffer text;
};

static bool is_named(const xmlNode *node, const char *name) {
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static const xmlNode *child_named(const xmlNode *parent, const char *name) {
    for (const xmlNode *node = parent->children; node != NULL; node = node->next) {
        if (is_named(node, name)) {
            return node;
        }
    }
    return NULL;
}

// Adds the node's own text, that of its child elements left out, and a NUL.
static void add_own_text(struct buffer *buffer, const xmlNode *node) {
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) &&
            child->content != NULL) {
            buffer_add_text(buffer, (const char *)child->content);
        }
    }
    buffer_add_byte(buffer, '\0');
}

static bool is_missing(const char *value) {
    return *value == '\0' || strcmp(value, "-") == 0 || strcmp(value, zero_guid) == 0;
}

// Keeps the node's text as the field's value, unless the field was there before. False when memory
// ran out.
static bool keep_value(struct draft *draft, enum event_field field, const xmlNode *node) {
    uint32_t bit = UINT32_C(1) << field;
    if ((draft->event->fields & bit) != 0) {
        return true;
    }
    draft->event->fields |= bit;
    size_t start = draft->text.size;
    add_own_text(&draft->text, node);
    if (draft->text.failed || draft->text.size > UINT32_MAX / 2) {
        return false;
    }
    if (is_missing(draft->text.data + start)) {
        draft->text.size = start;
    } else {
        // The offset of a value is never 0: the block starts with the struct itself.
        draft->event->values[field] = (uint32_t)(offsetof(struct event, text) + start);
    }
    return true;
}

static bool has_attribute(const xmlNode *node, const char *name, const char *wanted, bool fold) {
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    if (value == NULL) {
        return false;
    }
    const char *text = (const char *)value;
    bool same = fold ? ascii_equal(text, strlen(text), wanted) : strcmp(text, wanted) == 0;
    xmlFree(value);
    return same;
}

static bool is_sysmon(const xmlNode *system) {
    const xmlNode *provider = child_named(system, "Provider");
    return provider != NULL && (has_attribute(provider, "Name", EVENT_SYSMON_NAME, false) ||
                                has_attribute(provider, "Guid", EVENT_SYSMON_GUID, true));
}

// A whole decimal number of at most `max`, as the System fields have it.
static bool read_number(const xmlNode *node, uint64_t max, uint64_t *number) {
    xmlChar *value = node == NULL ? NULL : xmlNodeGetContent(node);
    if (value == NULL) {
        return false;
    }
    const xmlChar *digit = value;
    uint64_t result = 0;
    bool ok = *digit != '\0';
    for (; ok && *digit != '\0'; digit++) {
        unsigned d = (unsigned)*digit - '0';
        ok = d <= 9 && result <= (max - d) / 10;
        result = result * 10 + d;
    }
    xmlFree(value);
    *number = result;
    return ok;
}

static bool read_system_time(const xmlNode *system, int64_t *time) {
    const xmlNode *created = child_named(system, "TimeCreated");
    xmlChar *value =
        created == NULL ? NULL : xmlGetNoNsProp(created, (const xmlChar *)"SystemTime");
    bool ok = value != NULL && timestamp_parse((const char *)value, time);
    xmlFree(value);
    return ok;
}

static enum event_result map_system(struct draft *draft, const xmlNode *system,
                                    const struct event_header *header) {
    uint64_t id = 0;
    if (!read_number(child_named(system, "EventID"), UINT16_MAX, &id)) {
        return EVENT_MALFORMED;
    }
    draft->event->id = (uint16_t)id;
    if (!read_number(child_named(system, "EventRecordID"), UINT64_MAX, &draft->event->record_id)) {
        draft->event->record_id = header->record_id;
    }
    if (!read_system_time(system, &draft->event->time_created)) {
        draft->event->time_created = header->written;
    }
    const xmlNode *computer = child_named(system, "Computer");
    bool ok = computer == NULL || keep_value(draft, FIELD_COMPUTER, computer);
    return ok ? EVENT_OK : EVENT_NO_MEMORY;
}

// The field of EventData of this name, or FIELD_COUNT.
static enum event_field data_field_named(const char *name) {
    for (int field = FIELD_COMPUTER + 1; field < FIELD_COUNT; field++) {
        if (strcmp(field_names[field], name) == 0) {
            return (enum event_field)field;
        }
    }
    return FIELD_COUNT;
}

static enum event_result map_data(struct draft *draft, const xmlNode *event_data) {
    for (const xmlNode *node = event_data->children; node != NULL; node = node->next) {
        if (!is_named(node, "Data")) {
            continue;
        }
        xmlChar *name = xmlGetNoNsProp(node, (const xmlChar *)"Name");
        if (name == NULL) {
            continue;
        }
        enum event_field field = data_field_named((const char *)name);
        xmlFree(name);
        if (field != FIELD_COUNT && !keep_value(draft, field, node)) {
            return EVENT_NO_MEMORY;
        }
    }
    return EVENT_OK;
}

static enum event_result map_document(struct draft *draft, const xmlDoc *document,
                                      const struct event_header *header) {
    const xmlNode *root = xmlDocGetRootElement(document);
    // libevtx writes no document type; one that is there has been smuggled in.
    if (root == NULL || !is_named(root, "Event") || document->intSubset != NULL) {
        return EVENT_MALFORMED;
    }
    const xmlNode *system = child_named(root, "System");
    if (system == NULL) {
        return EVENT_MALFORMED;
    }
    if (!is_sysmon(system)) {
        return EVENT_NOT_SYSMON;
    }
    enum event_result result = map_system(draft, system, header);
    const xmlNode *event_data = child_named(root, "EventData");
    if (result == EVENT_OK && event_data != NULL) {
        result = map_data(draft, event_data);
    }
    return result;
}

// Puts the two parts of a draft into one block, which takes the place of draft->event.
static bool finish(struct draft *draft) {
    size_t size = offsetof(struct event, text) + draft->text.size;
    struct event *event = realloc(draft->event, size < sizeof *event ? sizeof *event : size);
    if (event == NULL) {
        return false;
    }
    draft->event = event;
    event->size = (uint32_t)size;
    if (draft->text.size > 0) {
        memcpy((char *)event + offsetof(struct event, text), draft->text.data, draft->text.size);
    }
    const char *utc_time = event_value(event, FIELD_UTC_TIME);
    event->has_utc_time = utc_time != NULL && timestamp_parse_sysmon(utc_time, &event->utc_time);
    return true;
}

enum event_result event_from_xml(const char *xml, size_t size, const struct event_header *header,
                                 struct event **event) {
    if (size > INT_MAX) {
        return EVENT_MALFORMED;
    }
    // No network, no entity substitution, no external subset; what libxml2 has to complain of goes
    // into the result alone.
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *document = xmlReadMemory(xml, (int)size, NULL, "UTF-8", options);
    if (document == NULL) {
        return EVENT_MALFORMED;
    }
    struct draft draft = {.event = calloc(1, sizeof *draft.event)};
    enum event_result result =
        draft.event == NULL ? EVENT_NO_MEMORY : map_document(&draft, document, header);
    xmlFreeDoc(document);
    if (result == EVENT_OK && !finish(&draft)) {
        result = EVENT_NO_MEMORY;
    }
    buffer_free(&draft.text);
    if (result != EVENT_OK) {
        free(draft.event);
        return result;
    }
    *event = draft.event;
    return EVENT_OK;
}

bool event_is_valid(const void *block, size_t size) {
    struct event header;
    unsigned char truth = 0;
    if (size < offsetof(struct event, text) || size > UINT32_MAX) {
        return false;
    }
    // A bool that is neither true nor false must not even be read as one.
    memcpy(&truth, (const char *)block + offsetof(struct event, has_utc_time), 1);
    if (truth > 1) {
        return false;
    }
    memcpy(&header, block, offsetof(struct event, text));
    if (header.size != size) {
        return false;
    }
    const char *bytes = block;
    for (int field = 0; field < FIELD_COUNT; field++) {
        uint32_t offset = header.values[field];
        if (offset != 0 && (offset < offsetof(struct event, text) || offset >= size ||
                            memchr(bytes + offset, '\0', size - offset) == NULL)) {
            return false;
        }
    }
    return true;
}

const char *event_field_name(enum event_field field) {
    return field_names[field];
}

const char *event_value(const struct event *event, enum event_field field) {
    uint32_t offset = event->values[field];
    return offset == 0 ? NULL : (const char *)event + offset;
}

static struct event_text name_of(const char *path) {
    const char *backslash = strrchr(path, '\\');
    if (backslash == NULL || backslash[1] == '\0') {
        return (struct event_text){0};
    }
    return (struct event_text){backslash + 1, strlen(backslash + 1)};
}

static struct event_text domain_of(const char *user) {
    const char *backslash = strchr(user, '\\');
    if (backslash == NULL || backslash == user || strchr(backslash + 1, '\\') != NULL) {
        return (struct event_text){0};
    }
    return (struct event_text){user, (size_t)(backslash - user)};
}

static struct event_text user_name_of(const char *user) {
    return strchr(user, '\\') == strrchr(user, '\\') ? name_of(user) : (struct event_text){0};
}

struct event_text event_part(const struct event *event, enum event_field field,
                             enum event_part part) {
    const char *value = event_value(event, field);
    if (value == NULL) {
        return (struct event_text){0};
    }
    switch (part) {
    case PART_NAME:
        return name_of(value);
    case PART_DOMAIN:
        return domain_of(value);
    case PART_USER:
        return user_name_of(value);
    case PART_WHOLE:
        break;
    }
    return (struct event_text){value, strlen(value)};
}

bool event_has_field(const struct event *event, enum event_field field) {
    return (event->fields >> field & 1) != 0;
}

int64_t event_time(const struct event *event, enum event_clock clock) {
    return clock == CLOCK_UTC && event->has_utc_time ? event->utc_time : event->time_created;
}

void event_machine_prefix(const struct event *event, char prefix[EVENT_HOST_PREFIX_SIZE + 1]) {
    const char *guid = event_value(event, FIELD_PROCESS_GUID);
    if (guid != NULL && *guid == '{') {
        guid++;
    }
    for (int i = 0; i < EVENT_HOST_PREFIX_SIZE; i++) {
        if (guid == NULL || !ascii_is_hex(guid[i])) {
            memcpy(prefix, "00000000", EVENT_HOST_PREFIX_SIZE + 1);
            return;
        }
        prefix[i] = ascii_fold(guid[i]);
    }
    prefix[EVENT_HOST_PREFIX_SIZE] = '\0';
}
