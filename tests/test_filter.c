// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of the raw filter: that it loses nothing, on random logs, on testdata and on real logs; and
// of what it is made of: survey, layout, atoms.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "case.h"
#include "command.h" // for temporary directories
#include "evtx/chunk.h"
#include "evtx/layout.h"
#include "random_log.h"
#include "rules/atoms.h"
#include "scan/filter.h"
#include "scan_bytes.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define REAL_LOGS "../shared/evtx"

enum {
    BATCHES = 30,
    BATCH_LOGS = 120,
    RANDOM_CHUNKS = 5000,
    SIZE = PLAIN_RECORD_SIZE,
};

// Nothing is lost: random logs

START_TEST(random_logs_scan_the_same) {
    struct scan_counts filtered = {0};
    struct scan_counts unfiltered = {0};
    for (uint64_t seed = (uint64_t)_i * BATCH_LOGS; seed < (uint64_t)(_i + 1) * BATCH_LOGS;
         seed++) {
        size_t size = 0;
        uint8_t *bytes = random_log(seed, &size);
        char *difference =
            scan_difference(bytes, size, random_log_is_damaged(seed), &filtered, &unfiltered);
        if (difference != NULL) {
            ck_abort_msg("seed %" PRIu64 ": %s", seed, difference);
        }
        free(bytes);
    }
    // Comparing nothing with nothing would prove nothing.
    ck_assert_uint_ge(filtered.events, BATCH_LOGS);
    ck_assert_uint_ge(filtered.candidates, BATCH_LOGS);
    ck_assert_uint_ge(filtered.skipped, BATCH_LOGS);
    ck_assert_uint_le(filtered.lost_chunks + unfiltered.lost_chunks, BATCH_LOGS / 10);
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
    struct scan_counts unfiltered = {0};
    expect_none(name, scan_difference(bytes, size, false, counts, &unfiltered));
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

// Layout

enum { NO_ID = 1, NOT_PLAIN = 2, NO_SYSTEM_TEXT = 4, NO_FIELDS = 8, HALVES = 16, UNKNOWN = 32 };

static const struct {
    unsigned layout;
    unsigned expected;
} layouts[] = {
    {0, 0},
    {EVTX_EXPORTED, 0},
    {EVTX_USER_DATA, 0},
    {EVTX_TO_CHUNK_END, 0},
    {EVTX_DEF_LATER, 0},
    {EVTX_DEF_SLACK, 0},
    {EVTX_DEF_PREVIOUS, 0},
    {EVTX_DEF_TAIL, 0},
    {EVTX_ID_U32, NO_ID},
    {EVTX_ID_STRING, NO_ID},
    {EVTX_ID_MOVED, 0},
    {EVTX_FEW_VALUES, NO_SYSTEM_TEXT},
    {EVTX_LITERAL, NO_FIELDS},
    {EVTX_LITERAL | EVTX_SPLIT, NO_FIELDS | NOT_PLAIN},
    {EVTX_SPLIT, HALVES | NOT_PLAIN},
    {EVTX_ANSI_TEXT, NO_FIELDS | NOT_PLAIN},
    {EVTX_NESTED_ELEMENTS, NO_FIELDS},
    {EVTX_NESTED_ELEMENTS | EVTX_DEPENDENCY_IDS, NO_FIELDS},
    {EVTX_NO_TEMPLATE, NO_FIELDS | NO_SYSTEM_TEXT},
    {EVTX_NO_TEMPLATE | EVTX_DEPENDENCY_IDS, NO_FIELDS | NO_SYSTEM_TEXT},
    {EVTX_DEF_GAP, UNKNOWN},
};

// Whether the string is the units; a NUL may follow them.
static bool is_text(const uint8_t *data, struct layout_string string, const uint16_t *units,
                    size_t count) {
    size_t size = string.size / 2;
    if (size > 0 && size == count + 1 && bytes_u16(data + string.offset + 2 * count) == 0) {
        size--;
    }
    for (size_t i = 0; size == count && i < count; i++) {
        if (bytes_u16(data + string.offset + 2 * i) != units[i]) {
            return false;
        }
    }
    return size == count && string.size % 2 == 0;
}

static void expect_string(const struct sample *sample, const struct layout *layout, size_t *at,
                          struct evtx_text text) {
    ck_assert_uint_lt(*at, layout->string_count);
    ck_assert(is_text(sample->data, layout->strings[(*at)++], text.units, text.count));
}

static void expect_strings(const struct sample *sample, const struct layout *layout,
                           const struct log_event *event, unsigned how, bool id_is_string) {
    static const uint16_t id_text[] = u"7";
    size_t at = 0;
    if (id_is_string) {
        expect_string(sample, layout, &at, (struct evtx_text){id_text, 1});
    }
    if ((how & NO_SYSTEM_TEXT) == 0) {
        expect_string(sample, layout, &at, event->event.provider);
        expect_string(sample, layout, &at, event->event.channel);
    }
    for (size_t i = 0; i < event->event.field_count && (how & NO_FIELDS) == 0; i++) {
        struct evtx_text text = event->fields[i].value.text;
        if (event->fields[i].value.type != EVTX_UTF16) {
            continue;
        }
        if ((how & HALVES) != 0) {
            expect_string(sample, layout, &at, (struct evtx_text){text.units, text.count / 2});
            text = (struct evtx_text){text.units + text.count / 2, text.count - text.count / 2};
        }
        expect_string(sample, layout, &at, text);
    }
    ck_assert_uint_eq(layout->string_count, at);
}

START_TEST(layout_is_read) {
    unsigned how = layouts[_i].expected;
    struct sample sample;
    struct log_event event;
    struct layout layout;
    struct layout_head head;
    struct layout_cache cache;
    log_event_begin(&event, 7, false);
    sample_write(&sample, &event, layouts[_i].layout);
    layout_cache_clear(&cache, NULL);
    layout_read_head(&cache, sample.data, &sample.chunk.records[1], &head);
    layout_read_content(&cache, sample.data, &sample.chunk.records[1], &layout);
    ck_assert(!head.has_event_id || head.event_id == 7);
    if ((how & UNKNOWN) == 0) {
        ck_assert_int_eq(head.has_event_id, (how & NO_ID) == 0);
        ck_assert_int_eq(layout.plain, (how & NOT_PLAIN) == 0);
        expect_strings(&sample, &layout, &event, how, (layouts[_i].layout & EVTX_ID_STRING) != 0);
    }
    log_event_free(&event);
    evtx_log_free(sample.log);
}
END_TEST

// Atoms and filter

static struct stages *rule_stages(void) {
    size_t count = 0;
    const struct rule *rule = rules_all(&count);
    struct stages *stages = stages_new(&rule, 1);
    ck_assert_ptr_nonnull(stages);
    return stages;
}

static struct filter *new_filter(void) {
    struct stages *stages = rule_stages();
    struct filter *filter = filter_new(stages);
    ck_assert_ptr_nonnull(filter);
    stages_free(stages);
    return filter;
}

static enum filter_verdict verdict_of(struct filter *filter, const struct chunk *chunk,
                                      size_t number) {
    enum filter_verdict verdicts[CHUNK_RECORDS_MAX];
    ck_assert_uint_gt(chunk->record_count, number);
    (void)filter_chunk(filter, chunk, verdicts);
    return verdicts[number];
}

START_TEST(atoms_stand_in_what_meets_the_condition) {
    struct atoms atoms;
    struct stages *stages = rule_stages();
    static const char *const wanted[] = {"\\wmiutils.dll", "\\wmiprvse.exe"};
    ck_assert_uint_eq(stages_count(stages), COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        ck_assert(atoms_of_stage(stages_get(stages, i), &atoms));
        ck_assert_uint_eq(atoms.count, 1);
        ck_assert_str_eq(atoms.texts[0], wanted[i]);
    }
    stages_free(stages);
    static const char *const likes[] = {"*a?bcd*efghi?j", "C:\\x\\*.exe"};
    static const char *const shorts[] = {"a*b?c", "long enough"};
    struct condition like = {.kind = CONDITION_LIKE, .values = likes, .value_count = 2};
    struct condition too_short = {.kind = CONDITION_LIKE, .values = shorts, .value_count = 2};
    struct condition is_not = {.kind = CONDITION_IS_NOT, .values = likes, .value_count = 2};
    const struct condition *const both[] = {&like, &is_not};
    struct condition all = {.kind = CONDITION_ALL, .children = both, .child_count = 2};
    struct condition any = {.kind = CONDITION_ANY, .children = both, .child_count = 2};
    ck_assert(atoms_of_condition(&all, &atoms));
    ck_assert_uint_eq(atoms.count, 2);
    ck_assert_str_eq(atoms.texts[0], "efghi");
    ck_assert_str_eq(atoms.texts[1], "C:\\x\\");
    ck_assert(!atoms_of_condition(&any, &atoms));
    ck_assert(!atoms_of_condition(&is_not, &atoms));
    ck_assert(!atoms_of_condition(&too_short, &atoms));
}
END_TEST

// How the filter judges an event, alone in its log but for the one before it.
static enum filter_verdict judge(const struct log_event *event, unsigned layout) {
    struct sample sample;
    struct filter *filter = new_filter();
    sample_write(&sample, event, layout);
    enum filter_verdict verdict = verdict_of(filter, &sample.chunk, 1);
    filter_free(filter);
    evtx_log_free(sample.log);
    return verdict;
}

START_TEST(filter_skips_what_it_can) {
    struct log_event event;
    for (size_t i = 0; i < COUNT(layouts); i++) {
        bool is_known = (layouts[i].expected & UNKNOWN) == 0;
        bool has_id = (layouts[i].expected & NO_ID) == 0;
        bool is_plain = (layouts[i].expected & NOT_PLAIN) == 0;
        log_event_begin(&event, 7, false);
        log_event_set(&event, "ImageLoaded", "C:\\Windows\\WMIUTILS.dll");
        // With the text and the ID; then with another ID; then without the text.
        enum filter_verdict verdict = judge(&event, layouts[i].layout);
        ck_assert_int_ne(verdict, FILTER_SKIP);
        event.event.event_id = 11;
        verdict = judge(&event, layouts[i].layout);
        ck_assert(!is_known || (verdict == FILTER_SKIP) == has_id);
        event.event.event_id = 7;
        log_event_set(&event, "ImageLoaded", "C:\\Windows\\wmiutils.dl");
        verdict = judge(&event, layouts[i].layout);
        ck_assert_int_ne(verdict, FILTER_PASS);
        ck_assert(!is_known || (verdict == FILTER_SKIP) == is_plain);
        // The text of one stage under the ID of the other.
        log_event_set(&event, "ImageLoaded", "C:\\Windows\\wmiprvse.exe");
        verdict = judge(&event, layouts[i].layout);
        ck_assert(!is_known || !has_id || (verdict == FILTER_SKIP) == is_plain);
        log_event_free(&event);
    }
}
END_TEST

START_TEST(filter_sees_text_in_definitions) {
    static const uint16_t atom[] = u"\\wmiutils.dll";
    static const unsigned places[] = {0, EVTX_DEF_SLACK, EVTX_DEF_PREVIOUS, EVTX_EXPORTED};
    for (size_t i = 0; i < COUNT(places); i++) {
        struct sample sample;
        struct log_event event;
        struct filter *filter = new_filter();
        log_event_begin(&event, 7, false);
        log_event_set(&event, "OriginalFileName", "-");
        sample_write(&sample, &event, EVTX_LITERAL | places[i]);
        const struct record *record = &sample.chunk.records[2];
        // The first record with the layout has brought the definition into the chunk.
        ck_assert_uint_eq(sample.chunk.record_count, 3);
        ck_assert_ptr_nonnull(memmem(sample.data, CHUNK_SIZE, atom, 26));
        ck_assert_ptr_null(memmem(sample.data + record->offset, record->size, atom, 26));
        ck_assert_int_eq(verdict_of(filter, &sample.chunk, 2), FILTER_PASS);
        log_event_free(&event);
        filter_free(filter);
        evtx_log_free(sample.log);
    }
}
END_TEST

// Two chunks with other definitions in the same places, judged by one filter.
START_TEST(filter_forgets_the_chunk_before) {
    struct filter *filter = new_filter();
    for (uint16_t id = 6; id <= 7; id++) {
        struct sample sample;
        struct log_event event;
        log_event_begin(&event, 7, false);
        event.event.event_id = id;
        sample_write(&sample, &event, EVTX_FEW_VALUES);
        bool is_skipped = verdict_of(filter, &sample.chunk, 1) == FILTER_SKIP;
        ck_assert_int_eq(is_skipped, id == 6);
        log_event_free(&event);
        evtx_log_free(sample.log);
    }
    filter_free(filter);
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
    data[CHUNK_HEADER_SIZE + SIZE] = 0; // no signature: what is left is no record
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

Suite *filter_suite(void) {
    Suite *suite = suite_create("filter");
    TCase *same = tcase_create("nothing is lost");
    TCase *parts = tcase_create("survey, layout, filter");
    tcase_set_timeout(same, TEST_TIMEOUT);
    tcase_set_timeout(parts, TEST_TIMEOUT);
    tcase_add_loop_test(same, random_logs_scan_the_same, 0, BATCHES);
    tcase_add_test(same, testdata_scans_the_same);
    tcase_add_test(same, real_logs_scan_the_same);
    tcase_add_loop_test(parts, layout_is_read, 0, (int)COUNT(layouts));
    tcase_add_test(parts, atoms_stand_in_what_meets_the_condition);
    tcase_add_test(parts, filter_skips_what_it_can);
    tcase_add_test(parts, filter_sees_text_in_definitions);
    tcase_add_test(parts, filter_forgets_the_chunk_before);
    tcase_add_test(parts, survey_finds_records);
    tcase_add_test(parts, survey_doubts_sizes);
    tcase_add_test(parts, survey_doubts_free_space);
    tcase_add_test(parts, survey_finds_what_the_writer_left_in_slack);
    tcase_add_test(parts, survey_survives_random_chunks);
    suite_add_tcase(suite, same);
    suite_add_tcase(suite, parts);
    return suite;
}
