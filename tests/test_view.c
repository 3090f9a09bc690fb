// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of views: that where one opens it says what libevtx says, on random logs, on testdata and
// on real logs; which layouts they read; and of the survey of records before them.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_RANDOM_LOGS, how many
// random logs to scan (3600).
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "case.h"
#include "command.h" // for temporary directories
#include "evtx/chunk.h"
#include "evtx/view.h"
#include "random_log.h"
#include "rules/event_view.h"
#include "rules/fields.h"
#include "scan_bytes.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define REAL_LOGS "../shared/evtx"

enum {
#ifdef EVTXSEQ_SANITIZED // where each scan costs ten times as much
    RANDOM_LOGS = 960,
#else
    RANDOM_LOGS = 3600,
#endif
    BATCH_LOGS = 120,
    RANDOM_CHUNKS = 5000,
    SIZE = PLAIN_RECORD_SIZE,
};

// Nothing is lost: random logs

START_TEST(random_logs_scan_the_same) {
    struct scan_counts in_place = {0};
    struct scan_counts decoded = {0};
    for (uint64_t seed = (uint64_t)_i * BATCH_LOGS; seed < (uint64_t)(_i + 1) * BATCH_LOGS;
         seed++) {
        size_t size = 0;
        uint8_t *bytes = random_log(seed, &size);
        char *difference =
            scan_difference(bytes, size, random_log_is_damaged(seed), &in_place, &decoded);
        if (difference != NULL) {
            ck_abort_msg("seed %" PRIu64 ": %s", seed, difference);
        }
        free(bytes);
    }
    // Comparing nothing with nothing would prove nothing.
    ck_assert_uint_ge(in_place.events, BATCH_LOGS);
    ck_assert_uint_ge(in_place.undecodable, BATCH_LOGS / 4);
    ck_assert_uint_ge(in_place.opened, BATCH_LOGS);
    ck_assert_uint_le(in_place.lost_chunks + decoded.lost_chunks, BATCH_LOGS / 10);
}
END_TEST

// Nothing is lost: logs in files

// Fails with the complaint, if there is one.
static void expect_none(const char *name, const char *complaint) {
    if (complaint != NULL) {
        ck_abort_msg("%s: %.3800s", name, complaint); // Check takes no more
    }
}

static void compare_bytes(const uint8_t *bytes, size_t size, const char *name,
                          struct scan_counts *counts) {
    struct scan_counts decoded = {0};
    expect_none(name, scan_difference(bytes, size, false, counts, &decoded));
}

START_TEST(testdata_scans_the_same) {
    glob_t cases;
    size_t lines = 0;
    struct scan_counts counts = {0};
    ck_assert_int_eq(glob("testdata/cases/*.case", 0, NULL, &cases), 0);
    for (size_t i = 0; i < cases.gl_pathc; i++) {
        struct test_case *test = case_read(cases.gl_pathv[i]);
        char *directory = make_temporary_directory();
        case_write_files(test, directory);
        expect_none(test->path, command_difference(directory, &lines));
        for (size_t k = 0; k < test->file_count; k++) {
            compare_bytes(test->files[k].bytes, test->files[k].size, test->path, &counts);
        }
        remove_tree(directory);
        free(directory);
        case_free(test);
    }
    ck_assert_uint_gt(lines, 2 * cases.gl_pathc); // a header each, and findings
    ck_assert_uint_gt(counts.events, 3 * cases.gl_pathc);
    globfree(&cases);
}
END_TEST

START_TEST(real_logs_scan_the_same) {
    glob_t logs;
    size_t lines = 0;
    struct scan_counts counts = {0};
    if (glob(REAL_LOGS "/*.evtx", 0, NULL, &logs) != 0) {
        return;
    }
    for (size_t i = 0; i < logs.gl_pathc; i++) {
        size_t size = 0;
        char *bytes = read_file(logs.gl_pathv[i], &size);
        compare_bytes((const uint8_t *)bytes, size, logs.gl_pathv[i], &counts);
        free(bytes);
    }
    globfree(&logs);
    expect_none(REAL_LOGS, command_difference(REAL_LOGS, &lines));
    ck_assert_uint_gt(lines, 0);
}
END_TEST

// Which layouts views read

struct layout_example {
    unsigned layout;
    bool opens;
};

static const struct layout_example layouts[] = {
    {0, true},
    {EVTX_EXPORTED, true},
    {EVTX_USER_DATA, true}, // which brings no EventData
    {EVTX_TO_CHUNK_END, true},
    {EVTX_DEF_LATER, true},
    {EVTX_DEF_SLACK, true},
    {EVTX_DEF_PREVIOUS, true},
    {EVTX_DEF_TAIL, true},
    {EVTX_ID_U32, true},
    {EVTX_ID_STRING, true},
    {EVTX_ID_MOVED, true},
    {EVTX_FEW_VALUES, true},
    {EVTX_LITERAL, true},
    {EVTX_LITERAL | EVTX_SPLIT, true},
    {EVTX_SPLIT, true},
    {EVTX_ANSI_TEXT, false}, // a type that is libevtx's
    {EVTX_NESTED_ELEMENTS, true},
    {EVTX_NESTED_ELEMENTS | EVTX_DEPENDENCY_IDS, true},
    {EVTX_NO_TEMPLATE, true},
    {EVTX_NO_TEMPLATE | EVTX_DEPENDENCY_IDS, true},
    {EVTX_DEF_GAP, true},
};

// The text of a field as UTF-8, to be freed.
static char *field_text(const struct log_event *event, const char *name) {
    struct buffer text = {0};
    for (size_t i = 0; i < event->event.field_count; i++) {
        struct evtx_text units = event->fields[i].value.text;
        if (strcmp(event->fields[i].name, name) != 0) {
            continue;
        }
        for (size_t k = 0; k < units.count; k++) {
            buffer_add_byte(&text, (char)units.units[k]); // ASCII
        }
    }
    buffer_add_byte(&text, '\0');
    ck_assert(!text.failed);
    return text.data;
}

static void expect_value(const struct view *view, const struct log_event *event,
                         enum event_data data, const char *name) {
    struct buffer text = {0};
    char *wanted = field_text(event, name);
    ck_assert(event_view_add(view, data, &text));
    buffer_add_byte(&text, '\0');
    ck_assert_str_eq(text.data, wanted);
    free(wanted);
    buffer_free(&text);
}

static void expect_same_value(const struct field_value *a, const struct field_value *b) {
    ck_assert_int_eq(a->type, b->type);
    if (a->type == FIELD_TYPE_NUMBER) {
        ck_assert_int_eq(a->number, b->number);
    } else if (a->type == FIELD_TYPE_BOOLEAN) {
        ck_assert(a->boolean == b->boolean);
    } else {
        ck_assert_uint_eq(a->text.size, b->text.size);
        ck_assert_mem_eq(a->text.data, b->text.data, a->text.size);
    }
}

static size_t expect_same_values(struct field_reader readers[2], struct field field) {
    struct field_values a = fields_read(&readers[0], field, 0);
    struct field_values b = fields_read(&readers[1], field, 0);
    ck_assert_uint_eq(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) {
        expect_same_value(&a.list[i], &b.list[i]);
    }
    return a.count;
}

// A view and the event made of it have the same fields.
static void expect_same_fields(const struct view *view, uint16_t id) {
    static const char other[] = "winlog.event_data.NotSysmons";
    static struct field_reader readers[2];
    const struct event_header header = {.record_id = 99, .written = 1};
    struct subject subjects[2] = {0};
    struct event_draft draft = {0};
    struct event *event = event_from_view(view, id, &header, &draft);
    ck_assert_ptr_nonnull(event);
    subject_set_view(&subjects[0], view, id, &header);
    subject_set_event(&subjects[1], event);
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        field_reader_begin(&readers[i], &subjects[i]);
    }
    for (int field = 0; field < FIELD_COUNT; field++) {
        count += expect_same_values(readers, field_of((enum field_id)field));
    }
    ck_assert_uint_gt(count, 30);
    ck_assert_uint_eq(expect_same_values(readers, fields_find(text_of(other))), 1);
    for (int i = 0; i < 2; i++) {
        field_reader_free(&readers[i]);
        subject_free(&subjects[i]);
    }
    event_draft_free(&draft);
    free(event);
}

static void expect_view(const struct layout_example *example) {
    static struct view view;
    struct names *names = event_view_names();
    struct definitions *definitions = definitions_new(names);
    struct sample sample;
    struct log_event event;
    uint16_t id = 0;
    log_event_begin(&event, 7, false);
    log_event_set(&event, "NotSysmons", "a value");
    sample_write(&sample, &event, example->layout);
    definitions_start(definitions, sample.data);
    ck_assert(view_open(&view, definitions, sample.data, &sample.chunk.records[1]));
    ck_assert_int_eq(event_view_identify(&view, &id), EVENT_OK);
    ck_assert_uint_eq(id, 7);
    ck_assert_int_eq(view_open_data(&view, definitions), example->opens);
    if (example->layout == EVTX_USER_DATA) {
        ck_assert_uint_eq(view_item_count(&view), 0);
    } else if (example->opens) {
        ck_assert_uint_eq(view_item_count(&view), event.event.field_count);
        expect_value(&view, &event, DATA_IMAGE, "Image");
        expect_value(&view, &event, DATA_IMAGE_LOADED, "ImageLoaded");
        expect_value(&view, &event, DATA_SIGNED, "Signed");
        expect_same_fields(&view, id);
    }
    log_event_free(&event);
    evtx_log_free(sample.log);
    definitions_free(definitions);
    names_free(names);
}

START_TEST(views_read_layouts) {
    expect_view(&layouts[_i]);
}
END_TEST

// Survey

// Surveys the chunk and frees it.
static void expect_survey(uint8_t *data, enum chunk_state state, const char *wanted) {
    char *found = survey_text(data, (int)state);
    ck_assert_str_eq(found, wanted);
    free(found);
    free(data);
}

START_TEST(survey_finds_records) {
    char brim[128] = "";
    memset(brim, '.', 127);
    expect_survey(plain_chunk(0), CHUNK_INTACT, "");
    expect_survey(plain_chunk(5), CHUNK_INTACT, ".....");
    expect_survey(plain_chunk(127), CHUNK_INTACT, brim);
    expect_survey(xcalloc(1, CHUNK_SIZE), CHUNK_EMPTY, "");
    uint8_t *data = plain_chunk(3);
    data[0] = 'e';
    expect_survey(data, CHUNK_NO_SIGNATURE, "...");
    data = xcalloc(1, CHUNK_SIZE);
    data[CHUNK_SIZE - 1] = 1;
    expect_survey(data, CHUNK_NO_SIGNATURE, "");
}
END_TEST

START_TEST(survey_doubts_sizes) {
    static const uint32_t sizes[] = {0,       1,       23,         27,         SIZE - 8,  SIZE + 8,
                                     0x10000, 0xff000, 0x7fffffff, 0xfffffe00, 0xffffffff};
    static const char *const wanted[] = {"D....", "..D..", "....D?"};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t k = 0; k < COUNT(wanted); k++) {
            // One copy of the size at the record's ends, then the other, then both.
            for (unsigned which = 1; which <= 3; which++) {
                uint8_t *data = plain_chunk(5);
                uint8_t *record = data + CHUNK_HEADER_SIZE + 2 * k * SIZE;
                bytes_put_u32(record + ((which & 1) != 0 ? 4 : SIZE - 4), sizes[i]);
                bytes_put_u32(record + ((which & 2) != 0 ? SIZE - 4 : 4), sizes[i]);
                expect_survey(data, CHUNK_BAD_RECORDS, wanted[k]);
            }
        }
    }
    uint8_t *data = plain_chunk(4);
    data[CHUNK_HEADER_SIZE + SIZE] = 0; // no signature: what is left is not a record
    expect_survey(data, CHUNK_BAD_RECORDS, "...");
}
END_TEST

START_TEST(survey_doubts_free_space) {
    static const struct {
        uint32_t free_space;
        enum chunk_state state;
        const char *wanted;
    } lies[] = {
        {0, CHUNK_BAD_HEADER, "...."},
        {511, CHUNK_BAD_HEADER, "...."},
        {CHUNK_SIZE + 1, CHUNK_BAD_HEADER, "...."},
        {UINT32_MAX, CHUNK_BAD_HEADER, "...."},
        {CHUNK_HEADER_SIZE, CHUNK_INTACT, "rrrr"},
        {CHUNK_HEADER_SIZE + SIZE, CHUNK_INTACT, ".rrr"},
        {CHUNK_HEADER_SIZE + 3 * SIZE, CHUNK_INTACT, "...r"},
        {CHUNK_HEADER_SIZE + 2 * SIZE + 1, CHUNK_INTACT, "...r"},
        {CHUNK_HEADER_SIZE + 5 * SIZE, CHUNK_INTACT, "...."},
        {CHUNK_SIZE, CHUNK_INTACT, "...."},
    };
    for (size_t i = 0; i < COUNT(lies); i++) {
        uint8_t *data = plain_chunk(4);
        bytes_put_u32(data + 48, lies[i].free_space);
        expect_survey(data, lies[i].state, lies[i].wanted);
    }
}
END_TEST

START_TEST(survey_finds_what_the_writer_left_in_slack) {
    for (unsigned layout = 0; layout <= EVTX_TO_CHUNK_END; layout += EVTX_TO_CHUNK_END) {
        struct sample sample = {.log = evtx_log_new()};
        struct log_event event;
        log_event_begin(&event, 1, false);
        evtx_log_add(sample.log, &event.event);
        evtx_log_slack(sample.log);
        evtx_log_add(sample.log, &event.event);
        event.event.layout = layout;
        evtx_log_add(sample.log, &event.event);
        sample_survey(&sample);
        ck_assert_int_eq(sample.chunk.state, CHUNK_INTACT);
        ck_assert_uint_eq(sample.chunk.record_count, 3);
        for (size_t i = 0; i < 3; i++) {
            ck_assert_int_eq(sample.chunk.records[i].recovered, i > 0);
            ck_assert(!sample.chunk.records[i].damaged);
        }
        const struct record *last = &sample.chunk.records[2];
        ck_assert_int_eq(last->offset + last->size == CHUNK_SIZE, layout != 0);
        log_event_free(&event);
        evtx_log_free(sample.log);
    }
}
END_TEST

// Records as small as they can be, signatures everywhere, sizes of all kinds: nothing to expect but
// sound records, and that AddressSanitizer has nothing to say.
START_TEST(survey_survives_random_chunks) {
    struct random random = {1};
    for (size_t i = 0; i < RANDOM_CHUNKS; i++) {
        uint8_t *data = plain_chunk(i % 128);
        size_t step = 4 + random_below(&random, 100);
        for (size_t at = random_below(&random, CHUNK_SIZE); at + 8 <= CHUNK_SIZE; at += step) {
            memcpy(data + at, "**\0", 4);
            bytes_put_u32(data + at + 4, (uint32_t)step);
            step = random_chance(&random, 10) ? 4 + random_below(&random, 2000) : step;
        }
        data[random_below(&random, CHUNK_SIZE)] = (uint8_t)random_next(&random);
        bytes_put_u32(data + 48, (uint32_t)random_below(&random, CHUNK_SIZE + 600));
        char *found = survey_text(data, ANY_STATE);
        ck_assert_str_ne(found, "unsound records");
        free(found);
        free(data);
    }
}
END_TEST

void view_tests(TCase *tests) {
    const char *logs = getenv("EVTXSEQ_RANDOM_LOGS");
    int batches = (logs == NULL ? RANDOM_LOGS : atoi(logs)) / BATCH_LOGS;
    tcase_add_loop_test(tests, random_logs_scan_the_same, 0, batches > 0 ? batches : 1);
    tcase_add_test(tests, testdata_scans_the_same);
    tcase_add_test(tests, real_logs_scan_the_same);
    tcase_add_loop_test(tests, views_read_layouts, 0, (int)COUNT(layouts));
    tcase_add_test(tests, survey_finds_records);
    tcase_add_test(tests, survey_doubts_sizes);
    tcase_add_test(tests, survey_doubts_free_space);
    tcase_add_test(tests, survey_finds_what_the_writer_left_in_slack);
    tcase_add_test(tests, survey_survives_random_chunks);
}
