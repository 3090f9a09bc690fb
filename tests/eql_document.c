// SPDX-License-Identifier: GPL-3.0-or-later
// Events for the tests of what conditions mean, and the ECS documents that are made of them.
#include "eql_document.h"

#include <stdlib.h>
#include <string.h>

#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// Events

void plain_event_add(struct plain_event *event, const char *name, const char *value) {
    if (event->count == PLAIN_DATA_MAX) {
        die("more than %d values in an event", PLAIN_DATA_MAX);
    }
    event->data[event->count].name = xstrdup(name);
    event->data[event->count++].value = xstrdup(value);
}

void plain_event_free(struct plain_event *event) {
    for (size_t i = 0; i < event->count; i++) {
        free(event->data[i].name);
        free(event->data[i].value);
    }
    *event = (struct plain_event){0};
}

bool plain_event_has(const struct plain_event *event, const char *name) {
    for (size_t i = 0; i < event->count; i++) {
        if (strcmp(event->data[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

// The first value of that name; NULL when it is missing.
static const char *value_of(const struct plain_event *event, const char *name) {
    for (size_t i = 0; i < event->count; i++) {
        const char *value = event->data[i].value;
        if (strcmp(event->data[i].name, name) == 0) {
            bool is_missing = strcmp(value, "") == 0 || strcmp(value, "-") == 0 ||
                              strcmp(value, "{00000000-0000-0000-0000-000000000000}") == 0;
            return is_missing ? NULL : value;
        }
    }
    return NULL;
}

static const char *first_of(const struct plain_event *event, const char *a, const char *b) {
    const char *value = value_of(event, a);
    return value != NULL ? value : value_of(event, b);
}

// Adding fields. A value that is NULL is missing.

static void add(struct plain_document *document, const char *name, enum plain_type type,
                const char *value) {
    if (value == NULL) {
        return;
    }
    struct plain_field *field = NULL;
    for (size_t i = 0; i < document->count; i++) {
        if (strcmp(document->fields[i].name, name) == 0) {
            field = &document->fields[i];
        }
    }
    if (field == NULL) {
        document->fields = xgrow(document->fields, document->count, sizeof *document->fields);
        field = &document->fields[document->count++];
        *field = (struct plain_field){.name = xstrdup(name), .type = type};
    }
    field->values = xgrow(field->values, field->count, sizeof *field->values);
    field->values[field->count++] = xstrdup(value);
}

static void add_text(struct plain_document *document, const char *name, const char *value) {
    add(document, name, PLAIN_TEXT, value);
}

static void add_number(struct plain_document *document, const char *name, size_t number) {
    char *text = xformat("%zu", number);
    add(document, name, PLAIN_NUMBER, text);
    free(text);
}

// The first `size` bytes.
static void add_part(struct plain_document *document, const char *name, const char *text,
                     size_t size) {
    char *part = xstrndup(text, size);
    add_text(document, name, part);
    free(part);
}

// What follows from the event ID

struct facts {
    unsigned id;
    const char *categories;
    const char *types;
    const char *action;
};

static const struct facts facts[] = {
    {1, "process", "start", "Process creation"},
    {2, "file", "change", "A process changed a file creation time"},
    {3, "network", "start connection protocol", "Network connection"},
    {4, "process", "change", "Sysmon service state changed"},
    {5, "process", "end", "Process terminated"},
    {6, "driver", "start", "Driver loaded"},
    {7, "process", "change", "Image loaded"},
    {8, "process", "change", "CreateRemoteThread"},
    {9, "process", "access", "RawAccessRead"},
    {10, "process", "access", "ProcessAccess"},
    {11, "file", "creation", "FileCreate"},
    {12, "configuration registry", "change", "RegistryEvent (Object create and delete)"},
    {13, "configuration registry", "change", "RegistryEvent (Value Set)"},
    {14, "configuration registry", "change", "RegistryEvent (Key and Value Rename)"},
    {15, "file", "access", "FileCreateStreamHash"},
    {16, "configuration", "change", "ServiceConfigurationChange"},
    {17, "file", "creation", "PipeEvent (Pipe Created)"},
    {18, "file", "access", "PipeEvent (Pipe Connected)"},
    {19, "process", "info", "WmiEvent (WmiEventFilter activity detected)"},
    {20, "process", "change", "WmiEvent (WmiEventConsumer activity detected)"},
    {21, "process", "access", "WmiEvent (WmiEventConsumerToFilter activity detected)"},
    {22, "network", "connection protocol info", "DNSEvent (DNS query)"},
    {23, "file", "deletion", "FileDelete (File Delete archived)"},
    {24, "", "change", "ClipboardChange (New content in the clipboard)"},
    {25, "process", "change", "ProcessTampering (Process image change)"},
    {26, "file", "deletion", "FileDeleteDetected (File Delete logged)"},
    {27, "file", "creation", "FileBlockExecutable"},
    {28, "file", "deletion", "FileBlockShredding"},
    {29, "file", "creation", "FileExecutableDetected"},
    {255, "process", "", "Error"},
};

// A library's load, as which image loads count too.
static const struct facts load = {7, "library", "start", "load"};

static void add_words(struct plain_document *document, const char *name, const char *words) {
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        add_part(document, name, words, size);
        words += size + (words[size] == ' ' ? 1 : 0);
    }
}

static void add_facts(struct plain_document *document, unsigned id, unsigned kind) {
    for (size_t i = 0; i < COUNT(facts); i++) {
        if (facts[i].id == id) {
            const struct facts *of_kind = kind == 0 ? &facts[i] : &load;
            add_words(document, "event.category", of_kind->categories);
            add_words(document, "event.type", of_kind->types);
            add_text(document, "event.action", of_kind->action);
        }
    }
    char *code = xformat("%u", id);
    add_text(document, "event.code", code);
    free(code);
    add_text(document, "event.outcome", id == 27 || id == 255 ? "failure" : NULL);
    add_text(document, "event.kind", "event");
    add_text(document, "host.os.type", "windows");
}

// What is made of EventData

static void add_base_name(struct plain_document *document, const char *name, const char *path) {
    const char *last = path == NULL ? NULL : strrchr(path, '\\');
    add_text(document, name, last == NULL ? NULL : last + 1);
}

// Words between blanks, where double quotes keep blanks together. (How backslashes and quotes go
// together is tested with the fields.)
static void add_args(struct plain_document *document, const char *name, const char *count_name,
                     const char *line) {
    size_t count = 0;
    line = line == NULL ? "" : line;
    while (*(line += strspn(line, " \t")) != '\0') {
        char *word = xstrdup("");
        bool is_quoted = false;
        for (; *line != '\0' && (is_quoted || (*line != ' ' && *line != '\t')); line++) {
            if (*line == '"') {
                is_quoted = !is_quoted;
            } else {
                xreplace(&word, xformat("%s%c", word, *line));
            }
        }
        add_text(document, name, word);
        free(word);
        count++;
    }
    if (count > 0) {
        add_number(document, count_name, count);
    }
}

static void add_process(struct plain_document *document, const struct plain_event *event) {
    const char *image = first_of(event, "Image", "SourceImage");
    image = image == NULL && event->id == 20 ? value_of(event, "Destination") : image;
    add_text(document, "process.executable", image);
    add_base_name(document, "process.name", image);
    add(document, "process.pid", PLAIN_NUMBER, first_of(event, "SourceProcessId", "ProcessId"));
    const char *line = value_of(event, "CommandLine");
    add_text(document, "process.command_line", line);
    add_args(document, "process.args", "process.args_count", line);
    add_text(document, "process.working_directory", value_of(event, "CurrentDirectory"));
    const char *parent = value_of(event, "ParentImage");
    add_text(document, "process.parent.executable", parent);
    add_base_name(document, "process.parent.name", parent);
    line = value_of(event, "ParentCommandLine");
    add_text(document, "process.parent.command_line", line);
    add_args(document, "process.parent.args", "process.parent.args_count", line);
    if (event->id != 7) {
        add_text(document, "process.pe.original_file_name", value_of(event, "OriginalFileName"));
    }
}

static void add_user(struct plain_document *document, const struct plain_event *event) {
    const char *user = value_of(event, "User");
    const char *first = user == NULL ? NULL : strchr(user, '\\');
    if (first != NULL && strchr(first + 1, '\\') == NULL) {
        add_part(document, "user.domain", user, (size_t)(first - user));
        add_text(document, "user.name", first + 1);
    }
}

static void add_file(struct plain_document *document, const struct plain_event *event) {
    const char *path = value_of(event, "TargetFilename");
    path = path == NULL && event->id == 9 ? value_of(event, "Device") : path;
    path = path == NULL ? value_of(event, "ImageLoaded") : path;
    add_text(document, "file.path", path);
    const char *last = path == NULL ? NULL : strrchr(path, '\\');
    if (last != NULL) {
        add_part(document, "file.directory", path, (size_t)(last - path));
        const char *dot = strrchr(path, '.');
        add_text(document, "file.extension", dot == NULL ? NULL : dot + 1);
    }
    add_base_name(document, "file.name", path);
    if (event->id != 7) {
        return;
    }
    add_text(document, "dll.path", path);
    add_base_name(document, "dll.name", path);
    add_text(document, "file.pe.original_file_name", value_of(event, "OriginalFileName"));
    add_text(document, "dll.pe.original_file_name", value_of(event, "OriginalFileName"));
    const char *is_signed = value_of(event, "Signed");
    add(document, "dll.code_signature.trusted", PLAIN_BOOLEAN, is_signed);
}

// `DWORD (0x0000000a)` is 10.
static void add_details(struct plain_document *document, const char *details) {
    if (details != NULL && strncmp(details, "DWORD (0x", 9) == 0) {
        char *number = xformat("%llu", strtoull(details + 9, NULL, 16));
        add_text(document, "registry.data.strings", number);
        free(number);
        add_text(document, "registry.data.type", "SZ_DWORD");
    } else if (details != NULL) {
        add_text(document, "registry.data.strings", details);
        add_text(document, "registry.data.type", "REG_SZ");
    }
}

static void add_registry(struct plain_document *document, const struct plain_event *event) {
    const char *path = value_of(event, "TargetObject");
    if (path == NULL || event->id < 12 || event->id > 14) {
        return;
    }
    const char *last = strrchr(path, '\\');
    add_text(document, "registry.path", path);
    add_text(document, "registry.value", last == NULL ? path : last + 1);
    if (strncmp(path, "HKLM\\", 5) == 0) {
        add_text(document, "registry.hive", "HKLM");
        add_text(document, "registry.key", path + 5);
    }
    add_details(document, value_of(event, "Details"));
}

static void add_dns(struct plain_document *document, const struct plain_event *event) {
    const char *results = value_of(event, "QueryResults");
    add_text(document, "dns.question.name", value_of(event, "QueryName"));
    while (results != NULL && *results != '\0') {
        size_t size = strcspn(results, ";");
        const char *prefix = "::ffff:";
        size_t skipped = strncmp(results, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
        char *address = xstrndup(results + skipped, size - skipped);
        add(document, "dns.resolved_ip", PLAIN_ADDRESS, address);
        free(address);
        results += size + (results[size] == ';' ? 1 : 0);
    }
}

static void add_network(struct plain_document *document, const struct plain_event *event) {
    const char *initiated = value_of(event, "Initiated");
    add(document, "source.ip", PLAIN_ADDRESS, value_of(event, "SourceIp"));
    add(document, "source.port", PLAIN_NUMBER, value_of(event, "SourcePort"));
    add(document, "destination.ip", PLAIN_ADDRESS, value_of(event, "DestinationIp"));
    add(document, "destination.port", PLAIN_NUMBER, value_of(event, "DestinationPort"));
    if (initiated != NULL) {
        add_text(document, "network.direction",
                 strcmp(initiated, "true") == 0 ? "egress" : "ingress");
    }
}

static void add_event_data(struct plain_document *document, const struct plain_event *event) {
    for (size_t i = 0; i < event->count; i++) {
        char *name = xformat("winlog.event_data.%s", event->data[i].name);
        if (plain_document_find(document, name) == NULL) {
            add_text(document, name, value_of(event, event->data[i].name));
        }
        free(name);
    }
}

// Image loads tell of the library, process creations of the process.
static void let_name_stand_in(struct plain_document *document, const struct plain_event *event) {
    bool is_load = event->id == 7;
    const char *path = value_of(event, is_load ? "ImageLoaded" : "Image");
    if (plain_event_has(event, "OriginalFileName") || (!is_load && event->id != 1)) {
        return;
    }
    add_base_name(document, "winlog.event_data.OriginalFileName", path);
    if (is_load) {
        add_base_name(document, "file.pe.original_file_name", path);
        add_base_name(document, "dll.pe.original_file_name", path);
    } else {
        add_base_name(document, "process.pe.original_file_name", path);
    }
}

void plain_document_make(struct plain_document *document, const struct plain_event *event,
                         unsigned kind, bool by_name) {
    *document = (struct plain_document){0};
    add_facts(document, event->id, kind);
    add_process(document, event);
    add_user(document, event);
    add_file(document, event);
    add_registry(document, event);
    add_dns(document, event);
    add_network(document, event);
    add(document, "sysmon.file.archived", PLAIN_BOOLEAN, value_of(event, "Archived"));
    add_text(document, "error.code", event->id == 255 ? value_of(event, "ID") : NULL);
    add_event_data(document, event);
    if (by_name) {
        let_name_stand_in(document, event);
    }
}

void plain_document_free(struct plain_document *document) {
    for (size_t i = 0; i < document->count; i++) {
        for (size_t k = 0; k < document->fields[i].count; k++) {
            free(document->fields[i].values[k]);
        }
        free(document->fields[i].values);
        free(document->fields[i].name);
    }
    free(document->fields);
    *document = (struct plain_document){0};
}

const struct plain_field *plain_document_find(const struct plain_document *document,
                                              const char *name) {
    static const char caseless[] = ".caseless";
    size_t size = strlen(name);
    size_t end = strlen(caseless);
    if (size > end && strcmp(name + size - end, caseless) == 0) {
        size -= end;
    }
    for (size_t i = 0; i < document->count; i++) {
        const char *other = document->fields[i].name;
        if (strlen(other) == size && memcmp(other, name, size) == 0) {
            return &document->fields[i];
        }
    }
    return NULL;
}
