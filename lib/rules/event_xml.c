// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/event_xml.h"

#include <limits.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>

#include "base/ascii.h"
#include "base/timestamp.h"

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

// Adds the node's own text, that of its child elements left out.
static void add_own_text(struct buffer *buffer, const xmlNode *node) {
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) &&
            child->content != NULL) {
            buffer_add_text(buffer, (const char *)child->content);
        }
    }
}

static void keep_value(struct event_draft *draft, enum event_data data, const char *name,
                       const xmlNode *node) {
    size_t start = draft->text.size;
    add_own_text(&draft->text, node);
    event_draft_take(draft, data, name, strlen(name), start);
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
    const char *text = (const char *)value;
    uint64_t result = 0;
    bool ok = text != NULL && ascii_number(text, strlen(text), &result) && result <= max;
    xmlFree(value);
    *number = ok ? result : *number;
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

static bool map_system(struct event_draft *draft, const xmlNode *system,
                       const struct event_header *header) {
    struct event *head = &draft->head;
    uint64_t id = 0;
    if (!read_number(child_named(system, "EventID"), UINT16_MAX, &id)) {
        return false;
    }
    head->id = (uint16_t)id;
    if (!read_number(child_named(system, "EventRecordID"), UINT64_MAX, &head->record_id)) {
        head->record_id = header->record_id;
    }
    if (!read_system_time(system, &head->time_created)) {
        head->time_created = header->written;
    }
    for (int data = 0; data < DATA_FIRST; data++) {
        const xmlNode *node = child_named(system, event_data_name((enum event_data)data));
        if (node != NULL) {
            keep_value(draft, (enum event_data)data, "", node);
        }
    }
    return true;
}

static void map_data(struct event_draft *draft, const xmlNode *event_data) {
    for (const xmlNode *node = event_data->children; node != NULL; node = node->next) {
        xmlChar *name =
            is_named(node, "Data") ? xmlGetNoNsProp(node, (const xmlChar *)"Name") : NULL;
        if (name != NULL && *name != '\0') {
            const char *text = (const char *)name;
            keep_value(draft, event_data_named(text, strlen(text)), text, node);
        }
        xmlFree(name);
    }
}

static enum event_result map_document(struct event_draft *draft, const xmlDoc *document,
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
    if (!map_system(draft, system, header)) {
        return EVENT_MALFORMED;
    }
    const xmlNode *event_data = child_named(root, "EventData");
    if (event_data != NULL) {
        map_data(draft, event_data);
    }
    return EVENT_OK;
}

static bool is_last_error_of_memory(void) {
    const xmlError *error = xmlGetLastError();
    return error != NULL && error->code == XML_ERR_NO_MEMORY;
}

// libxml2 says on standard error that memory ran out, whatever the parser's options, and then goes
// on to other errors that come of it. `context` is the bool to set.
static void note_memory(void *context, const char *message, ...) {
    bool *has_run_out = context;
    (void)message;
    *has_run_out = *has_run_out || is_last_error_of_memory();
}

static enum event_result map_xml(struct event_draft *draft, const char *xml, int size,
                                 const struct event_header *header) {
    // No network, no entity substitution, no external subset; what libxml2 has to complain of goes
    // into the result alone. A short text stands in its node, without a block of its own.
    const int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT;
    xmlDoc *document = xmlReadMemory(xml, size, NULL, "UTF-8", options);
    if (document == NULL) {
        return EVENT_MALFORMED;
    }
    enum event_result result = map_document(draft, document, header);
    xmlFreeDoc(document);
    return result;
}

enum event_result event_from_xml(const char *xml, size_t size, const struct event_header *header,
                                 struct event **event) {
    if (size > INT_MAX) {
        return EVENT_MALFORMED;
    }
    struct event_draft draft = {0};
    bool has_run_out = false;
    xmlSetGenericErrorFunc(&has_run_out, note_memory);
    xmlResetLastError();
    enum event_result result = map_xml(&draft, xml, (int)size, header);
    xmlSetGenericErrorFunc(NULL, NULL);
    if (has_run_out || is_last_error_of_memory()) {
        result = EVENT_NO_MEMORY;
    }
    if (result == EVENT_OK) {
        *event = event_draft_finish(&draft);
        result = *event == NULL ? EVENT_NO_MEMORY : EVENT_OK;
    }
    event_draft_free(&draft);
    return result;
}
