// SPDX-License-Identifier: GPL-3.0-or-later
// Tests that views and libevtx agree on records that Windows would not write: where both read one,
// they read the same. The fuzz target decode looks for more of these.
#include <stdlib.h>
#include <string.h>

#include "agreement.h"
#include "base/bytes.h"
#include "evtx/view.h"
#include "notation.h"
#include "scan_bytes.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { RECORD = 2, TYPE_SYSTEMTIME = 0x12 };

// Values of System in the live layout.
enum {
    EVENT_ID = 3,
    TIME_CREATED = 6,
    RECORD_ID = 10,
    PROVIDER_NAME = 14,
    PROVIDER_GUID = 15,
    CHANNEL = 16,
    EVENT_DATA = 17
};

// A chunk to change, its records, and both readers.
struct bench {
    uint8_t original[CHUNK_SIZE];
    uint8_t data[CHUNK_SIZE];
    struct chunk chunk;
    struct agreement *agreement;
    struct decoder *decoder;
};

// Takes over the sample.
static struct bench *bench_new(struct sample *sample) {
    struct bench *bench = xcalloc(1, sizeof *bench);
    memcpy(bench->original, sample->data, CHUNK_SIZE);
    memcpy(bench->data, sample->data, CHUNK_SIZE);
    bench->chunk = sample->chunk;
    bench->agreement = agreement_new();
    bench->decoder = decoder_new(DECODER_ALL_WORK_MAX);
    ck_assert_ptr_nonnull(bench->decoder);
    evtx_log_free(sample->log);
    return bench;
}

static void bench_free(struct bench *bench) {
    agreement_free(bench->agreement);
    decoder_free(bench->decoder);
    free(bench);
}

static struct bench *bench_of(const struct log_event *event, unsigned layout) {
    struct sample sample;
    sample_write(&sample, event, layout);
    return bench_new(&sample);
}

// Compares what both readers make of the changed record, and takes the change back.
static struct agreement_reach expect_agreement(struct bench *bench, size_t number) {
    const struct record *record = &bench->chunk.records[number];
    struct agreement_reach reach;
    struct decoded decoded;
    agreement_start(bench->agreement, bench->data);
    decoder_start(bench->decoder, bench->data, false);
    decoder_choose(bench->decoder, &record, 1);
    ck_assert(decoder_next(bench->decoder, &decoded));
    const char *difference = agreement_difference(bench->agreement, record, &decoded, &reach);
    if (difference != NULL) {
        size_t at = 0;
        while (at < CHUNK_SIZE - 1 && bench->data[at] == bench->original[at]) {
            at++;
        }
        ck_abort_msg("%s differs where byte %zu is %u, not %u", difference, at, bench->data[at],
                     bench->original[at]);
    }
    memcpy(bench->data, bench->original, CHUNK_SIZE);
    return reach;
}

static struct instance open_instance(struct cursor cursor) {
    struct instance instance;
    instance_skip_fragment_header(&cursor);
    ck_assert(instance_open(&cursor, &instance));
    return instance;
}

static struct instance system_instance(const struct bench *bench, size_t number) {
    return open_instance(instance_record_cursor(bench->data, &bench->chunk.records[number]));
}

// Where a value of an instance stands.
static struct cursor value_cursor(const struct instance *instance, size_t number) {
    const uint8_t *chunk = instance->values.chunk;
    size_t at = instance->values.at;
    for (size_t i = 0; i < number; i++) {
        at += bytes_u16(chunk + instance->descriptors + 4 * i);
    }
    return (struct cursor){chunk, at, at + bytes_u16(chunk + instance->descriptors + 4 * number),
                           true};
}

// Values

// A value of System that libevtx may read and the view does not: the record is libevtx's.
START_TEST(unknown_values_of_system) {
    static const struct {
        size_t value;
        uint8_t type;
        bool opens;
    } changes[] = {
        {EVENT_ID, TYPE_U16, true},          {EVENT_ID, TYPE_I8, false},
        {TIME_CREATED, TYPE_FILETIME, true}, {TIME_CREATED, TYPE_SYSTEMTIME, false},
        {TIME_CREATED, TYPE_NULL, true},     {RECORD_ID, TYPE_U64, true},
        {RECORD_ID, TYPE_I8, false},         {RECORD_ID, TYPE_FILETIME, false},
        {RECORD_ID, TYPE_NULL, false},       {CHANNEL, TYPE_STRING, true},
        {CHANNEL, TYPE_ANSI_STRING, false},  {CHANNEL, TYPE_NULL, false},
        {PROVIDER_GUID, TYPE_NULL, true},    {PROVIDER_NAME, TYPE_NULL, true},
        {EVENT_DATA, TYPE_NULL, true},
    };
    struct log_event event;
    log_event_begin(&event, 7, false);
    struct bench *bench = bench_of(&event, 0);
    struct instance instance = system_instance(bench, RECORD);
    for (size_t i = 0; i < COUNT(changes); i++) {
        bench->data[instance.descriptors + 4 * changes[i].value + 2] = changes[i].type;
        ck_assert_msg(expect_agreement(bench, RECORD).opens == changes[i].opens, "change %zu", i);
    }
    bench_free(bench);
    log_event_free(&event);
}
END_TEST

// Every type there is and some that there are not, with the size that the value has or none.
static void try_types(struct bench *bench, const struct instance *instance,
                      struct agreement_reach *reached) {
    static const uint8_t sets[] = {0, TYPE_ARRAY};
    for (size_t i = 0; i < 2 * COUNT(sets) * instance->value_count; i++) {
        uint8_t *descriptor = bench->data + instance->descriptors + i % instance->value_count * 4;
        uint8_t set = sets[i / instance->value_count % 2];
        for (int type = 0; type <= TYPE_BINARY_XML + 1; type++) {
            descriptor[2] = (uint8_t)(type | set);
            if (i / instance->value_count / 2 == 1) {
                bytes_put_u16(descriptor, 0);
            }
            struct agreement_reach reach = expect_agreement(bench, RECORD);
            reached->has_data = reached->has_data || (reach.has_data && reach.is_decoded);
            reached->opens = reached->opens || (reach.opens && !reach.is_decoded);
            reached->is_decoded = reached->is_decoded || (reach.is_decoded && !reach.opens);
        }
    }
}

START_TEST(values_of_every_type) {
    static const unsigned layouts[] = {0, EVTX_EXPORTED, EVTX_USER_DATA};
    struct log_event event;
    log_event_begin(&event, 7, false);
    struct bench *bench = bench_of(&event, layouts[_i]);
    struct agreement_reach reached = {0};
    struct instance system = system_instance(bench, RECORD);
    struct instance data = open_instance(value_cursor(&system, EVENT_DATA));
    try_types(bench, &system, &reached);
    try_types(bench, &data, &reached);
    // Some both have read, some one of them alone.
    ck_assert(reached.has_data && reached.opens && reached.is_decoded);
    bench_free(bench);
    log_event_free(&event);
}
END_TEST

// An element that an optional substitution leaves out where its value is null.
START_TEST(elements_left_out) {
    struct log_event event;
    log_event_begin(&event, 7, false);
    struct bench *bench = bench_of(&event, 0);
    struct instance system = system_instance(bench, RECORD);
    struct instance data = open_instance(value_cursor(&system, EVENT_DATA));
    size_t tried = 0;
    // In the definition: a substitution, its number, a type that values of EventData have.
    for (size_t at = data.definition; at < bench->chunk.records[RECORD].offset; at++) {
        const uint8_t *token = bench->original + at;
        if (token[0] == TOKEN_SUBSTITUTION && bytes_u16(token + 1) == 0 && token[3] < TYPE_ARRAY) {
            bench->data[at] = TOKEN_OPTIONAL_SUBSTITUTION;
            bench->data[data.descriptors + 2] = TYPE_NULL;
            struct agreement_reach reach = expect_agreement(bench, RECORD);
            tried += reach.is_decoded && !reach.has_data;
        }
    }
    ck_assert_uint_ge(tried, 1);
    bench_free(bench);
    log_event_free(&event);
}
END_TEST

// Structure

// Sizes of elements that have no template: libevtx reads by them, whatever the tokens say.
START_TEST(elements_of_false_sizes) {
    static const unsigned layouts[] = {EVTX_NESTED_ELEMENTS | EVTX_DEPENDENCY_IDS,
                                       EVTX_NO_TEMPLATE | EVTX_DEPENDENCY_IDS};
    static const uint8_t no_dependency[] = {0xff, 0xff};
    struct log_event event;
    log_event_begin(&event, 7, false);
    struct bench *bench = bench_of(&event, layouts[_i]);
    const struct record *record = &bench->chunk.records[RECORD];
    size_t tried = 0;
    ck_assert(expect_agreement(bench, RECORD).has_data);
    for (size_t at = record->offset; at < record->offset + record->size - 12; at++) {
        uint32_t size = bytes_u32(bench->data + at + 3);
        if ((bench->data[at] & ~TOKEN_MORE) != TOKEN_OPEN_ELEMENT || size > record->size ||
            memcmp(bench->data + at + 1, no_dependency, 2) != 0) {
            continue;
        }
        for (uint32_t other = 0; other < size + 40; other++) {
            bytes_put_u32(bench->data + at + 3, other);
            ck_assert(expect_agreement(bench, RECORD).has_data == (other == size));
        }
        tried++;
    }
    ck_assert_uint_gt(tried, event.event.field_count);
    bench_free(bench);
    log_event_free(&event);
}
END_TEST

// A definition that stands in a later record, among other values. Neither version of libevtx finds
// the right ones, so it is not asked.
START_TEST(later_definition) {
    struct log_event event;
    struct sample sample = {.log = evtx_log_new()};
    log_event_begin(&event, 7, false);
    event.event.layout = EVTX_DEF_LATER;
    evtx_log_add(sample.log, &event.event);
    log_event_set(&event, "ImageLoaded", "C:\\other.dll");
    event.event.layout = 0;
    evtx_log_add(sample.log, &event.event);
    sample_survey(&sample);
    struct bench *bench = bench_new(&sample);
    struct agreement_reach reach = expect_agreement(bench, 0);
    ck_assert(reach.has_data && !reach.is_decoded);
    reach = expect_agreement(bench, 1);
    ck_assert(reach.has_data && reach.is_decoded);
    bench_free(bench);
    log_event_free(&event);
}
END_TEST

// A record's second fragment, which libevtx takes into the event: EventData, by a definition that
// has all of its text, after an event that has none.
START_TEST(second_fragment) {
    struct log_event event;
    struct sample sample = {.log = evtx_log_new()};
    log_event_begin(&event, 7, false);
    event.event.layout = EVTX_LITERAL;
    evtx_log_add(sample.log, &event.event);
    event.event.layout = EVTX_USER_DATA | EVTX_TO_CHUNK_END;
    evtx_log_add(sample.log, &event.event);
    sample_survey(&sample);
    struct bench *bench = bench_new(&sample);
    struct instance system = system_instance(bench, 0);
    struct instance data = open_instance(value_cursor(&system, EVENT_DATA));
    system = system_instance(bench, 1);
    static const uint8_t start[] = {0x0f, 0x01, 0x01, 0x00, 0x0c, 0x01};
    uint8_t *end = bench->data + value_cursor(&system, EVENT_DATA).end;
    ck_assert(expect_agreement(bench, 1).has_data);
    memcpy(end, start, sizeof start);
    bytes_put_u32(end + 6, data.template_id);
    bytes_put_u32(end + 10, data.definition);
    memset(end + 14, 0, 5); // no values; the end of the fragment
    struct agreement_reach reach = expect_agreement(bench, 1);
    ck_assert(reach.is_decoded && !reach.opens);
    bench_free(bench);
    log_event_free(&event);
}
END_TEST

// Text

struct text_example {
    const char *provider;
    const char *computer;
    const char *data;
};

// Texts that XML has to be kept from.
static const struct text_example texts[] = {
    {"Microsoft-Windows-Sysmon", "a\\u{A}b", "\\u{A}"},
    {"Microsoft-Windows-Sysmon", "\\u{A}", "\\u{9}"},
    {"Microsoft&#45;Windows-Sysmon", "WS", "a&amp;b"},
    {"x\" Name=\"Microsoft-Windows-Sysmon", "WS", "</Data>"},
    {"x\"/><EventID>9</EventID><x y=\"", "]]>", "<![CDATA[x]]>"},
    {"a\\u{9}b\\u{A}c", "WS\\u{D}", "a\\u{D}\\u{A}"},
    {"\\u{9}", "&", "<"},
    {"\\u{A}", "&#10;", "\""},
};

static struct evtx_text units_of(const char *text) {
    struct evtx_text units = {0};
    units.units = text_to_units(text, &units.count);
    return units;
}

static void expect_texts(const struct text_example *example, unsigned layout, bool has_guid) {
    struct log_event event;
    struct evtx_text provider = units_of(example->provider);
    struct evtx_text computer_name = units_of(example->computer);
    log_event_begin(&event, 7, false);
    log_event_set(&event, "RuleName", example->data);
    log_event_set(&event, "A&amp;B<\">", example->data);
    log_event_set(&event, "Image\" x=\"", example->data);
    event.event.provider = provider;
    event.event.computer = computer_name;
    event.event.guid = has_guid ? event.event.guid : NULL;
    struct bench *bench = bench_of(&event, layout);
    struct agreement_reach reach = expect_agreement(bench, 1);
    ck_assert(reach.opens && reach.is_decoded);
    ck_assert(!has_guid || reach.has_data);
    bench_free(bench);
    log_event_free(&event);
    free((void *)provider.units);
    free((void *)computer_name.units);
}

START_TEST(texts_that_xml_would_change) {
    static const unsigned layouts[] = {0, EVTX_LITERAL, EVTX_FEW_VALUES,
                                       EVTX_NO_TEMPLATE | EVTX_DEPENDENCY_IDS,
                                       EVTX_NESTED_ELEMENTS | EVTX_DEPENDENCY_IDS};
    for (size_t i = 0; i < COUNT(layouts); i++) {
        expect_texts(&texts[_i], layouts[i], true);
        expect_texts(&texts[_i], layouts[i], false);
    }
}
END_TEST

// Text of one byte a character, of which libevtx copies markup: it is not asked.
START_TEST(markup_in_other_text) {
    static const struct {
        const char *text;
        bool is_decoded;
    } examples[] = {
        {"plain", true},  {"a > b", true},
        {"a < b", false}, {"</Data><Data Name='User'>SYSTEM", false},
        {"&lt;", false},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct log_event event;
        log_event_begin(&event, 7, false);
        log_event_set(&event, "RuleName", examples[i].text);
        struct bench *bench = bench_of(&event, EVTX_ANSI_TEXT);
        ck_assert(expect_agreement(bench, RECORD).is_decoded == examples[i].is_decoded);
        bench_free(bench);
        log_event_free(&event);
    }
}
END_TEST

void agreement_tests(TCase *tests) {
    tcase_add_test(tests, unknown_values_of_system);
    tcase_add_loop_test(tests, values_of_every_type, 0, 3);
    tcase_add_test(tests, elements_left_out);
    tcase_add_loop_test(tests, elements_of_false_sizes, 0, 2);
    tcase_add_test(tests, later_definition);
    tcase_add_test(tests, second_fragment);
    tcase_add_loop_test(tests, texts_that_xml_would_change, 0, (int)COUNT(texts));
    tcase_add_test(tests, markup_in_other_text);
}
