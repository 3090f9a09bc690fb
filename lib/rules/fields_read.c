// SPDX-License-Identifier: GPL-3.0-or-later
// The values of an event's fields.
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/timestamp.h"
#include "rules/derive.h"
#include "rules/field_list.h"
#include "rules/recurring.h"

static const struct text missing = {0};

void field_reader_begin(struct field_reader *reader, struct subject *subject) {
    reader->subject = subject;
    reader->failed = false;
    reader->turn++;
    arena_clear(&reader->arena);
    memset(reader->known, 0, sizeof reader->known);
}

void field_reader_free(struct field_reader *reader) {
    arena_free(&reader->arena);
}

static void *take(struct field_reader *reader, size_t size) {
    void *memory = arena_take(&reader->arena, size);
    reader->failed = reader->failed || memory == NULL;
    return memory;
}

// Lists of values

// No record has so many that their size could overflow.
static struct field_value *add_values(struct field_reader *reader, size_t count) {
    return take(reader, count * sizeof(struct field_value));
}

static struct field_values one(struct field_reader *reader, struct field_value value) {
    struct field_value *list = add_values(reader, 1);
    if (list == NULL) {
        return (struct field_values){0};
    }
    *list = value;
    return (struct field_values){list, 1};
}

// None for a text without data.
static struct field_values one_text(struct field_reader *reader, enum field_type type,
                                    struct text text) {
    if (text.data == NULL) {
        return (struct field_values){0};
    }
    return one(reader, (struct field_value){.type = type, .text = text});
}

static struct field_values one_number(struct field_reader *reader, int64_t number) {
    return one(reader, (struct field_value){.type = FIELD_TYPE_NUMBER, .number = number});
}

static struct field_values constants(struct field_reader *reader, struct field_constant constant) {
    struct field_value *list = add_values(reader, constant.count);
    for (size_t i = 0; list != NULL && i < constant.count; i++) {
        struct text text = text_of(constant.values[i]);
        list[i] = (struct field_value){.type = FIELD_TYPE_TEXT, .text = text};
    }
    return (struct field_values){list, list == NULL ? 0 : constant.count};
}

// Texts

__attribute__((format(printf, 2, 3))) static struct text print(struct field_reader *reader,
                                                               const char *format, ...) {
    enum { SIZE = 32 }; // for numbers and times
    char *text = take(reader, SIZE);
    if (text == NULL) {
        return missing;
    }
    va_list arguments;
    va_start(arguments, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it loses sight of va_start().
    int size = vsnprintf(text, SIZE, format, arguments);
    va_end(arguments);
    if (size < 0 || size >= SIZE) {
        return missing;
    }
    return (struct text){text, (size_t)size};
}

// A copy with small letters.
static struct text fold(struct field_reader *reader, struct text text) {
    char *copy = text.data == NULL ? NULL : take(reader, text.size);
    if (copy == NULL) {
        return missing;
    }
    for (size_t i = 0; i < text.size; i++) {
        copy[i] = ascii_fold(text.data[i]);
    }
    return (struct text){copy, text.size};
}

// The first of the sources that is there, and which.
static struct text first_of(struct field_reader *reader, const enum event_data *sources,
                            enum event_data *which) {
    for (; *sources != DATA_NONE; sources++) {
        struct text text = subject_value(reader->subject, *sources);
        if (text.data != NULL) {
            *which = *sources;
            return text;
        }
    }
    *which = DATA_NONE;
    return missing;
}

static struct text read_details(struct field_reader *reader, enum field_how how) {
    struct text text = subject_value(reader->subject, DATA_DETAILS);
    if (text.data == NULL || subject_value(reader->subject, DATA_TARGET_OBJECT).data == NULL) {
        return missing;
    }
    struct derived_details details = derive_details(text);
    if (how == HOW_DETAILS_TYPE) {
        return text_of(details.type);
    }
    return details.is_number ? print(reader, "%" PRId64, details.number) : text;
}

static struct text read_dll_status(struct field_reader *reader) {
    struct text is_signed = subject_value(reader->subject, DATA_SIGNED);
    struct text status = subject_value(reader->subject, DATA_SIGNATURE_STATUS);
    if (text_is(is_signed, "true")) {
        return text_of("trusted");
    }
    if (text_is(status, "Unavailable")) {
        return status;
    }
    return text_starts(is_signed, "failed:") ? is_signed : missing;
}

static struct text read_host_id(struct field_reader *reader) {
    struct text computer = fold(reader, subject_value(reader->subject, DATA_COMPUTER));
    struct text machine = print(reader, EVENT_MACHINE_FORMAT, subject_machine(reader->subject));
    size_t size = computer.size + 1 + machine.size;
    char *text = take(reader, size);
    if (text == NULL || machine.data == NULL) {
        return missing;
    }
    if (computer.size > 0) {
        memcpy(text, computer.data, computer.size);
    }
    text[computer.size] = '-';
    memcpy(text + computer.size + 1, machine.data, machine.size);
    return (struct text){text, size};
}

// A text of other things than one value.
static struct text read_own(struct field_reader *reader,
                            const struct field_definition *definition) {
    struct subject *subject = reader->subject;
    char time[TIMESTAMP_TEXT_SIZE];
    switch (definition->how) {
    case HOW_CODE:
        return print(reader, "%u", subject->id);
    case HOW_RECORD_ID:
        return print(reader, "%" PRIu64, subject_record_id(subject));
    case HOW_TIME:
        timestamp_format(
            subject_time(subject, strcmp(definition->key, "utc") == 0 ? CLOCK_UTC : CLOCK_LOGGED),
            time);
        return print(reader, "%s", time);
    case HOW_HOST_ID:
        return read_host_id(reader);
    case HOW_USER_ID:
        return derive_user_id(subject_value(subject, DATA_LOGON_ID),
                              subject_value(subject, DATA_USER));
    case HOW_DETAILS:
    case HOW_DETAILS_TYPE:
        return read_details(reader, definition->how);
    case HOW_DLL_STATUS:
        return read_dll_status(reader);
    default:
        return missing;
    }
}

// A text of a text.
static struct text derive_text(struct field_reader *reader,
                               const struct field_definition *definition, struct text source,
                               enum event_data data) {
    switch (definition->how) {
    case HOW_BASE_NAME:
        return event_part_of(source, PART_NAME);
    case HOW_FILE_NAME:
        return data == DATA_PIPE_NAME ? source : derive_file_name(source);
    case HOW_DIRECTORY:
        return derive_directory(source);
    case HOW_EXTENSION:
        return derive_extension(source);
    case HOW_DOMAIN:
        return event_part_of(source, PART_DOMAIN);
    case HOW_ACCOUNT:
        return event_part_of(source, PART_USER);
    case HOW_HASH:
        return fold(reader, derive_hash(source, definition->key));
    case HOW_MAP:
        return derive_mapped(source, definition->key);
    case HOW_HIVE:
        return derive_hive(source);
    case HOW_KEY:
        return derive_key(source);
    case HOW_LAST_KEY:
        return derive_last_key(source);
    case HOW_DNS_STATUS:
        return derive_dns_status(source);
    default:
        return source;
    }
}

// Several values

// The arguments of a command line; how many there are at most follows from its blanks.
static struct field_values read_arguments(struct field_reader *reader, struct text command) {
    size_t most = 1;
    for (size_t i = 0; i < command.size; i++) {
        most += command.data[i] == ' ' || command.data[i] == '\t';
    }
    char *text = take(reader, command.size);
    struct field_value *list = add_values(reader, most);
    struct field_values values = {list, 0};
    if (text == NULL || list == NULL) {
        return values;
    }
    size_t size = 0;
    while (values.count < most && derive_argument(&command, text, &size)) {
        list[values.count++] = (struct field_value){.type = FIELD_TYPE_TEXT, .text = {text, size}};
        text += size;
    }
    return values;
}

static struct field_values read_answers(struct field_reader *reader, struct text results,
                                        bool only_addresses) {
    size_t most = 1;
    for (size_t i = 0; i < results.size; i++) {
        most += results.data[i] == ';';
    }
    struct field_value *list = add_values(reader, most);
    struct field_values values = {list, 0};
    struct text answer;
    bool is_address = false;
    // Names come before addresses, as in the pipeline, which collects them apart.
    for (int round = only_addresses ? 1 : 0; list != NULL && round < 2; round++) {
        struct text rest = results;
        while (values.count < most && derive_answer(&rest, &answer, &is_address)) {
            if (is_address == (round == 1)) {
                list[values.count++] = (struct field_value){
                    .type = only_addresses ? FIELD_TYPE_ADDRESS : FIELD_TYPE_TEXT, .text = answer};
            }
        }
    }
    return values;
}

// Values that are not texts

static struct field_values derive_boolean_of(struct field_reader *reader,
                                             const struct field_definition *definition,
                                             struct text source) {
    bool boolean = text_is(source, definition->key);
    bool is_there = definition->how == HOW_BOOLEAN ? derive_boolean(source, &boolean)
                                                   : boolean || definition->how == HOW_IS;
    if (!is_there) {
        return (struct field_values){0};
    }
    return one(reader, (struct field_value){.type = FIELD_TYPE_BOOLEAN, .boolean = boolean});
}

static struct field_values derive_number_of(struct field_reader *reader, struct text source) {
    int64_t number = 0;
    if (!derive_number(source, &number)) {
        return (struct field_values){0};
    }
    return one_number(reader, number);
}

// All

// What the event ID leaves open.
static struct field_values derive(struct field_reader *reader, enum field_id id) {
    const struct field_definition *definition = field_definition(id);
    if (definition->how < HOW_WHOLE) {
        return one_text(reader, FIELD_TYPE_TEXT, read_own(reader, definition));
    }
    enum event_data data = DATA_NONE;
    struct text source = first_of(reader, definition->sources, &data);
    if (source.data == NULL) {
        return (struct field_values){0};
    }
    switch (definition->how) {
    case HOW_NUMBER:
        return derive_number_of(reader, source);
    case HOW_BOOLEAN:
    case HOW_IS:
    case HOW_IF:
        return derive_boolean_of(reader, definition, source);
    case HOW_ADDRESS:
        return one_text(reader, FIELD_TYPE_ADDRESS, derive_is_address(source) ? source : missing);
    case HOW_ARGS:
        return read_arguments(reader, source);
    case HOW_ARGS_COUNT:
        return one_number(reader, (int64_t)read_arguments(reader, source).count);
    case HOW_ANSWERS:
    case HOW_RESOLVED:
        return read_answers(reader, source, definition->how == HOW_RESOLVED);
    default:
        return one_text(reader, FIELD_TYPE_TEXT, derive_text(reader, definition, source, data));
    }
}

static struct field_values read_event_data(struct field_reader *reader, struct field field) {
    struct subject *subject = reader->subject;
    if (field.data == DATA_OTHER) {
        size_t prefix = strlen(EVENT_DATA_PREFIX);
        const struct text name = {field.name.data + prefix, field.name.size - prefix};
        return one_text(reader, FIELD_TYPE_TEXT, subject_other(subject, name));
    }
    struct text text = subject_value(subject, field.data);
    // The pipeline gives 8's value the name that 10's has.
    if (text.data == NULL && field.data == DATA_TARGET_PROCESS_GUID_10) {
        text = subject_value(subject, DATA_TARGET_PROCESS_GUID);
    }
    return one_text(reader, FIELD_TYPE_TEXT, text);
}

// The field that stands in for one which says OriginalFileName: the name of the file that the event
// says it of.
static struct field stand_in(const struct subject *subject, struct field field) {
    bool may_lack = subject->id == 1 || subject->id == 7;
    if (!may_lack || !field_is_original_name(field) ||
        field_constant(field, subject->id, 0).known ||
        subject_has(subject, DATA_ORIGINAL_FILE_NAME)) {
        return field;
    }
    return field_of(subject->id == 1 ? FIELD_PROCESS_NAME : FIELD_FILE_NAME);
}

struct field_values fields_read(struct field_reader *reader, struct field field, unsigned kind) {
    if (reader->name_stands_in) {
        field = stand_in(reader->subject, field);
    }
    uint64_t bit = UINT64_C(1) << field.id % 64;
    bool is_known = field.id < FIELD_COUNT && (reader->known[field.id / 64] & bit) != 0;
    if (is_known) {
        return reader->values[field.id];
    }
    struct field_constant constant = field_constant(field, reader->subject->id, kind);
    if (constant.known) {
        return constants(reader, constant);
    }
    if (field.id == FIELD_EVENT_DATA) {
        return read_event_data(reader, field);
    }
    reader->values[field.id] = derive(reader, field.id);
    reader->known[field.id / 64] |= bit;
    return reader->values[field.id];
}

// Numbers

void field_reader_number_by(struct field_reader *reader, struct recurring *recurring) {
    if (reader->recurring != recurring) {
        reader->recurring = recurring;
        memset(reader->number_turn, 0, sizeof reader->number_turn);
    }
}

// Of what is missing.
#define NUMBER_MISSING UINT64_MAX

static uint64_t find_number(struct field_reader *reader, enum event_data data) {
    struct value value;
    if (!subject_has(reader->subject, data)) {
        return NUMBER_MISSING;
    }
    if (!subject_raw_value(reader->subject, data, &value)) {
        return 0;
    }
    struct recurring_value *found = recurring_find(reader->recurring, data, &value);
    if (found == NULL) {
        return 0;
    }
    if (found->is_new) {
        found->is_missing = subject_value(reader->subject, data).data == NULL;
        found->number = reader->subject->failed ? 0 : found->number;
    }
    return found->is_missing ? NUMBER_MISSING : found->number;
}

static uint64_t number_of(struct field_reader *reader, enum event_data data) {
    if (reader->number_turn[data] != reader->turn) {
        reader->numbers[data] = find_number(reader, data);
        reader->number_turn[data] = reader->turn;
    }
    return reader->numbers[data];
}

// Of the first of the sources that is there, as with first_of().
static uint64_t number_of_first(struct field_reader *reader, const enum event_data *sources) {
    uint64_t number = NUMBER_MISSING;
    for (; *sources != DATA_NONE && number == NUMBER_MISSING; sources++) {
        number = number_of(reader, *sources);
    }
    return number;
}

uint64_t fields_number(struct field_reader *reader, struct field field) {
    if (reader->recurring == NULL) {
        return 0;
    }
    if (reader->name_stands_in) {
        field = stand_in(reader->subject, field);
    }
    if (field.id < FIELD_COUNT) {
        const struct field_definition *definition = field_definition(field.id);
        bool is_own = definition->how < HOW_WHOLE;
        return is_own ? 0 : number_of_first(reader, definition->sources);
    }
    bool is_one = field.id == FIELD_EVENT_DATA && field.data != DATA_OTHER &&
                  field.data != DATA_TARGET_PROCESS_GUID_10;
    return is_one ? number_of(reader, field.data) : 0;
}
