// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of the rule's stages: which events meet them, and which undecodable records may.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buffer.h"
#include "rules/event_xml.h"
#include "rules/stages.h"
#include "suites.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define SYSTEM32 "C:\\Windows\\System32\\"

enum { RANDOM_EVENTS = 60000, VALUE_SIZE = 64 };

// The fields that the rule looks at.
enum fact { IMAGE, LIBRARY, ORIGINAL_NAME, USER, PARENT, FACT_COUNT };

// What an event says. A value that is NULL stands for a field that the record does not carry.
struct facts {
    int id;
    const char *values[FACT_COUNT];
};

// Events that just meet a stage.
static const struct facts load = {
    7, {[IMAGE] = SYSTEM32 "wscript.exe", [LIBRARY] = SYSTEM32 "wbem\\wmiutils.dll"}};
static const struct facts start = {1,
                                   {[IMAGE] = SYSTEM32 "renamed.exe",
                                    [ORIGINAL_NAME] = "Cmd.Exe",
                                    [USER] = "CORP\\bob",
                                    [PARENT] = SYSTEM32 "wbem\\WmiPrvSE.exe"}};
static const struct facts old_start = {
    1,
    {[IMAGE] = SYSTEM32 "cmd.exe", [USER] = "CORP\\bob", [PARENT] = SYSTEM32 "wbem\\WmiPrvSE.exe"}};

static const char *const sixteen_names[] = {
    "cscript.exe",  "wscript.exe",  "PowerShell.EXE",
    "Cmd.Exe",      "MSHTA.EXE",    "RUNDLL32.EXE",
    "REGSVR32.EXE", "MSBuild.exe",  "InstallUtil.exe",
    "RegAsm.exe",   "RegSvcs.exe",  "msxsl.exe",
    "CONTROL.EXE",  "EXPLORER.EXE", "Microsoft.Workflow.Compiler.exe",
    "msiexec.exe",
};

static const struct rule *sequence;
static struct stages *stages;

static void set_up(void) {
    size_t count = 0;
    sequence = rules_all(&count);
    ck_assert_uint_ge(count, 1);
    ck_assert_str_eq(sequence->id, "wmi-script-execution");
    stages = stages_new(&sequence, 1);
    ck_assert_ptr_nonnull(stages);
}

static void tear_down(void) {
    stages_free(stages);
    stages = NULL;
}

static struct event *make_event(const struct facts *facts) {
    static const char *const names[FACT_COUNT] = {
        [IMAGE] = "Image", [LIBRARY] = "ImageLoaded", [ORIGINAL_NAME] = "OriginalFileName",
        [USER] = "User",   [PARENT] = "ParentImage",
    };
    struct buffer xml = {0};
    buffer_printf(&xml,
                  "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>%d</EventID>"
                  "</System><EventData>",
                  facts->id);
    for (int i = 0; i < FACT_COUNT; i++) {
        if (facts->values[i] != NULL) {
            buffer_printf(&xml, "<Data Name='%s'>%s</Data>", names[i], facts->values[i]);
        }
    }
    buffer_add_text(&xml, "</EventData></Event>");
    ck_assert(!xml.failed);
    const struct event_header header = {0};
    struct event *event = NULL;
    ck_assert_int_eq(event_from_xml(xml.data, xml.size, &header, &event), EVENT_OK);
    buffer_free(&xml);
    return event;
}

static struct stage_verdict judge_event(const struct stages *all, const struct event *event) {
    struct subject subject = {0};
    subject_set_event(&subject, event);
    struct stage_verdict verdict = stages_judge(all, &subject);
    subject_free(&subject);
    return verdict;
}

// "load", "start", "fallback" or "nothing".
static const char *judge(const struct facts *facts) {
    struct event *event = make_event(facts);
    struct stage_verdict verdict = judge_event(stages, event);
    free(event);
    stage_mask load_mask = stages_mask_of(stages, sequence->stages[0]);
    stage_mask start_mask = stages_mask_of(stages, sequence->stages[1]);
    if (verdict.fallback == start_mask && verdict.meets == 0) {
        return "fallback";
    }
    if (verdict.fallback != 0 || (verdict.meets & ~(load_mask | start_mask)) != 0) {
        return "something else";
    }
    return verdict.meets == load_mask    ? "load"
           : verdict.meets == start_mask ? "start"
           : verdict.meets == 0          ? "nothing"
                                         : "both";
}

// The verdict on an event like `base`, but for one field.
static void expect(const char *expected, const struct facts *base, enum fact field,
                   const char *value) {
    struct facts facts = *base;
    facts.values[field] = value;
    const char *verdict = judge(&facts);
    ck_assert_msg(strcmp(verdict, expected) == 0, "%s, not %s: field %d is %s", verdict, expected,
                  (int)field, value == NULL ? "not there" : value);
}

static void expect_id(const char *expected, const struct facts *base, int id) {
    struct facts facts = *base;
    facts.id = id;
    ck_assert_str_eq(judge(&facts), expected);
}

START_TEST(event_ids_count) {
    expect_id("load", &load, 7);
    expect_id("nothing", &load, 1);
    expect_id("nothing", &load, 6);
    expect_id("start", &start, 1);
    expect_id("fallback", &old_start, 1);
    expect_id("nothing", &start, 7);
    expect_id("nothing", &old_start, 7);
    expect_id("nothing", &start, 257); // 1 in its low byte
}
END_TEST

// With any of the fields without a value, or not there at all.
START_TEST(missing_values_satisfy_nothing) {
    static const char *const missing[] = {NULL, "", "-", "{00000000-0000-0000-0000-000000000000}"};
    for (size_t i = 0; i < COUNT(missing); i++) {
        expect("nothing", &load, IMAGE, missing[i]);
        expect("nothing", &load, LIBRARY, missing[i]);
        expect("start", &start, IMAGE, missing[i]);
        expect("nothing", &start, ORIGINAL_NAME, missing[i]);
        expect("start", &start, USER, missing[i]); // != holds where there is no value
        expect("nothing", &start, PARENT, missing[i]);
        expect("nothing", &old_start, IMAGE, missing[i]);
        expect("fallback", &old_start, USER, missing[i]);
        expect("nothing", &old_start, PARENT, missing[i]);
    }
}
END_TEST

START_TEST(libraries) {
    expect("load", &load, LIBRARY, "C:\\WINDOWS\\SYSTEM32\\WBEM\\WMIUTILS.DLL");
    expect("load", &load, LIBRARY, "x\\wMiUtIlS.dLl");
    expect("load", &load, LIBRARY, "\\wmiutils.dll");
    expect("nothing", &load, LIBRARY, "wmiutils.dll");
    expect("nothing", &load, LIBRARY, SYSTEM32 "wmiutils.dll\\");
    expect("nothing", &load, LIBRARY, SYSTEM32 "wmiutils.dll\\x.dll");
    expect("nothing", &load, LIBRARY, SYSTEM32 "xwmiutils.dll");
    expect("nothing", &load, LIBRARY, SYSTEM32 "wmiutils.dll ");
    expect("nothing", &load, LIBRARY, SYSTEM32 "wmiutils-dll");
    expect("nothing", &load, LIBRARY, SYSTEM32 "wbem/wmiutils.dll");
}
END_TEST

START_TEST(interpreters) {
    expect("load", &load, IMAGE, SYSTEM32 "cscript.exe");
    expect("load", &load, IMAGE, "D:\\odd place\\WSCRIPT.EXE");
    expect("load", &load, IMAGE, "\\\\server\\share\\CScript.Exe");
    expect("nothing", &load, IMAGE, SYSTEM32 "mshta.exe");
    expect("nothing", &load, IMAGE, "wscript.exe");
    expect("nothing", &load, IMAGE, SYSTEM32 "wscript.exe.exe");
    // The long s, which Unicode folds to an ASCII letter.
    expect("nothing", &load, IMAGE,
           SYSTEM32 "w\xc5\xbf"
                    "cript.exe");
}
END_TEST

// The conditions that a start and its fallback share are tried on both.
static const struct facts *const both_starts[] = {&start, &old_start};
static const char *const both_verdicts[] = {"start", "fallback"};

START_TEST(parents) {
    for (size_t i = 0; i < COUNT(both_starts); i++) {
        const struct facts *base = both_starts[i];
        expect(both_verdicts[i], base, PARENT, "X\\WMIPRVSE.EXE");
        expect(both_verdicts[i], base, PARENT, SYSTEM32 "wmiprvse.exe");
        expect("nothing", base, PARENT, SYSTEM32 "svchost.exe");
        expect("nothing", base, PARENT, "wmiprvse.exe");
        expect("nothing", base, PARENT, SYSTEM32 "wmiprvse.exe\\svchost.exe");
        expect("nothing", base, PARENT, SYSTEM32 "wmiprvse.exe ");
    }
}
END_TEST

START_TEST(users) {
    for (size_t i = 0; i < COUNT(both_starts); i++) {
        const struct facts *base = both_starts[i];
        const char *verdict = both_verdicts[i];
        expect("nothing", base, USER, "NT AUTHORITY\\SYSTEM");
        expect("nothing", base, USER, "NT AUTHORITY\\NETWORK SERVICE");
        // EQL's != is exact, case and all.
        expect(verdict, base, USER, "nt authority\\SYSTEM");
        expect(verdict, base, USER, "Nt Authority\\SYSTEM");
        expect(verdict, base, USER, "AUTORITE NT\\Syst\xc3\xa8me");
        expect(verdict, base, USER, "NT AUTHORITYX\\SYSTEM");
        expect(verdict, base, USER, " NT AUTHORITY\\SYSTEM");
        expect(verdict, base, USER, "NT AUTHORIT\\SYSTEM");
        expect(verdict, base, USER, "CORP\\NT AUTHORITY");
        // Nor is a domain that is not there.
        expect(verdict, base, USER, "bob");
        expect(verdict, base, USER, "\\bob");
        expect(verdict, base, USER, "NT AUTHORITY\\");
        expect(verdict, base, USER, "CORP\\bob\\x");
        expect(verdict, base, USER, "bob@corp.local");
    }
}
END_TEST

// The name in upper and lower case by turns, after a prefix.
static const char *odd_case(const char *prefix, const char *name) {
    static char text[128];
    size_t size = strlen(prefix);
    memcpy(text, prefix, size);
    for (size_t i = 0; name[i] != '\0'; i++) {
        char c = ascii_fold(name[i]);
        text[size++] = i % 2 == 0 && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    text[size] = '\0';
    return text;
}

START_TEST(sixteen_names_count) {
    for (size_t i = 0; i < COUNT(sixteen_names); i++) {
        expect("start", &start, ORIGINAL_NAME, sixteen_names[i]);
        expect("start", &start, ORIGINAL_NAME, odd_case("", sixteen_names[i]));
        expect("nothing", &start, ORIGINAL_NAME, odd_case("x", sixteen_names[i]));
        expect("nothing", &start, ORIGINAL_NAME, odd_case("\\", sixteen_names[i]));
        expect("nothing", &start, ORIGINAL_NAME, sixteen_names[i] + 1);
        expect("fallback", &old_start, IMAGE, odd_case(SYSTEM32, sixteen_names[i]));
        expect("nothing", &old_start, IMAGE, odd_case("", sixteen_names[i]));
        expect("nothing", &old_start, IMAGE, odd_case(SYSTEM32 "x", sixteen_names[i]));
    }
    expect("nothing", &start, ORIGINAL_NAME, "cmd");
    expect("nothing", &start, ORIGINAL_NAME, "cmd.exe.mui");
    expect("nothing", &start, ORIGINAL_NAME, "pwsh.dll");
    expect("nothing", &old_start, IMAGE, SYSTEM32 "pwsh.exe");
}
END_TEST

START_TEST(paths) {
    static const char *const matching[] = {
        "C:\\Users\\bob\\x.exe",
        "c:\\uSERS\\bob\\X.EXE",
        "C:\\ProgramData\\x.exe",
        "C:\\PROGRAMDATA\\a\\b\\c\\x.Exe",
        "C:\\Users\\.exe",
        "C:\\Users\\a\nb\\x.exe",
        "C:\\Users\\\xc3\xa4\xf0\x9f\x98\x80\\x.exe",
        "C:\\Users\\x.exe\\y.exe",
        "C:\\Users\\..\\Windows\\x.exe",
    };
    static const char *const others[] = {
        "C:\\Users\\bob\\x.exe ",     "C:\\Users\\bob\\x.com",   " C:\\Users\\bob\\x.exe",
        "D:\\Users\\bob\\x.exe",      "C:\\User\\bob\\x.exe",    "C:\\Users.exe",
        "C:\\Usersx\\x.exe",          "C:/Users/bob/x.exe",      "C:\\Users\\bob\\xexe",
        "C:\\Users\\bob\\x.exe\n",    "C:\\Program Data\\x.exe", "xC:\\Users\\bob\\x.exe",
        "\\\\?\\C:\\Users\\b\\x.exe", "C:\\Users\\bob\\x.exe.1",
    };
    for (size_t i = 0; i < COUNT(matching); i++) {
        struct facts facts = start;
        facts.values[ORIGINAL_NAME] = "other.exe";
        expect("start", &facts, IMAGE, matching[i]);
        // The rule itself is met by the path, so there is no call for the fallback.
        expect("start", &old_start, IMAGE, matching[i]);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        struct facts facts = start;
        facts.values[ORIGINAL_NAME] = "other.exe";
        expect("nothing", &facts, IMAGE, others[i]);
        expect("nothing", &old_start, IMAGE, others[i]);
    }
}
END_TEST

// A path as long as a record can hold, with many places where the pattern may seem to end.
START_TEST(long_paths) {
    struct buffer path = {0};
    buffer_add_text(&path, "C:\\Users\\");
    for (int i = 0; i < 6000; i++) {
        buffer_add_text(&path, ".exe\\");
    }
    buffer_add_byte(&path, '\0');
    ck_assert(!path.failed);
    expect("nothing", &old_start, IMAGE, path.data);
    path.data[path.size - 2] = '\0';
    expect("start", &old_start, IMAGE, path.data);
    buffer_free(&path);
}
END_TEST

// A value of `-` or `?` is not a missing field.
START_TEST(fallback_is_for_absent_fields) {
    expect("fallback", &old_start, ORIGINAL_NAME, NULL);
    expect("nothing", &old_start, ORIGINAL_NAME, "-");
    expect("nothing", &old_start, ORIGINAL_NAME, "?");
    expect("nothing", &old_start, ORIGINAL_NAME, "");
    expect("nothing", &old_start, ORIGINAL_NAME, "other.exe");
    expect("start", &old_start, ORIGINAL_NAME, "cmd.exe");
}
END_TEST

START_TEST(stages_are_numbered_once) {
    const struct rule single = {.id = "single", .stages = {sequence->stages[1]}, .stage_count = 1};
    const struct rule *const rules[] = {&single, sequence, &single};
    struct stages *several = stages_new(rules, COUNT(rules));
    ck_assert_ptr_nonnull(several);
    ck_assert_uint_eq(stages_of_rules(several), 3);
    ck_assert_uint_eq(stages_of_id(several, 1), 1);
    ck_assert_uint_eq(stages_of_id(several, 7), 2);
    ck_assert_uint_eq(stages_of_id(several, 2), 0);
    ck_assert_uint_eq(stages_mask_of(several, sequence->stages[1]), 1);
    ck_assert_uint_eq(stages_mask_of(several, sequence->stages[0]), 2);
    const struct stage stranger = {0};
    ck_assert_uint_eq(stages_mask_of(several, &stranger), 0);
    struct event *event = make_event(&load);
    ck_assert_uint_eq(judge_event(several, event).meets, 2);
    free(event);
    stages_free(several);
}
END_TEST

// Undecodable records

// The event's values as they stand in a log; the caller frees.
static struct buffer raw_bytes(const struct event *event) {
    struct buffer bytes = {0};
    for (size_t i = 0; i < event->item_count; i++) {
        const char *value = event_item_value(event, &event_items(event)[i]);
        for (; value != NULL && *value != '\0'; value++) {
            buffer_add_byte(&bytes, *value);
            buffer_add_byte(&bytes, '\0');
        }
    }
    ck_assert(!bytes.failed);
    return bytes;
}

static bool may_meet(const struct stages *all, size_t number, const struct buffer *bytes) {
    const struct raw raw[] = {{(const uint8_t *)"odd", 3},
                              {(const uint8_t *)bytes->data, bytes->size}};
    return stages_may_meet(all, (stage_mask)1 << number, raw, COUNT(raw));
}

static const char *pick(unsigned short random[3], const char *const *texts, size_t count) {
    return texts[(size_t)nrand48(random) % count];
}

// A value for any of the fields, put together from parts that the rule looks for and others.
static const char *random_value(unsigned short random[3], char text[VALUE_SIZE]) {
    static const char *const whole[] = {NULL, "", "-", "?", "bob"};
    static const char *const before[] = {
        "", "\\", SYSTEM32, "C:\\Users\\", "c:\\PROGRAMDATA\\x\\", "CORP\\", "NT AUTHORITY\\"};
    static const char *const after[] = {"wmiutils.dll", "WMIUTILS.DLL", "wscript.exe",
                                        "CSCRIPT.exe",  "wmiprvse.exe", "WmiPrvSE.exe",
                                        "cmd.exe",      "Cmd.Exe",      "x.exe",
                                        "bob",          "SYSTEM",       "msxsl.EXE"};
    if (nrand48(random) % 8 == 0) {
        return pick(random, whole, COUNT(whole));
    }
    const char *first = pick(random, before, COUNT(before));
    (void)snprintf(text, VALUE_SIZE, "%s%s", first, pick(random, after, COUNT(after)));
    return text;
}

// An event that meets a stage, with a few fields changed at random.
static struct event *random_event(unsigned short random[3]) {
    static const struct facts *const bases[] = {&load, &start, &old_start};
    struct facts facts = *bases[nrand48(random) % (long)COUNT(bases)];
    char texts[FACT_COUNT][VALUE_SIZE];
    for (int i = 0; i < FACT_COUNT; i++) {
        if (nrand48(random) % 3 == 0) {
            facts.values[i] = random_value(random, texts[i]);
        }
    }
    return make_event(&facts);
}

// Every condition of the rule as a stage of its own.
struct part {
    struct stage stage;
    struct rule rule;
    size_t met; // events so far
    size_t may; // others that may meet it for all that is known
};

struct parts {
    struct part list[STAGES_MAX];
    size_t count;
};

static void add_part(struct parts *parts, const struct stage *stage) {
    ck_assert_uint_lt(parts->count, COUNT(parts->list));
    struct part *part = &parts->list[parts->count++];
    part->stage = *stage;
    part->rule = (struct rule){.stages = {&part->stage}, .stage_count = 1};
}

static void add_parts(struct parts *parts, uint16_t event_id, const struct condition *condition) {
    if (condition == NULL) {
        return;
    }
    const struct stage stage = {.name = "part", .event_id = event_id, .condition = condition};
    add_part(parts, &stage);
    for (size_t i = 0; i < condition->child_count; i++) {
        add_parts(parts, event_id, condition->children[i]);
    }
}

static struct stages *make_parts(struct parts *parts) {
    for (size_t i = 0; i < sequence->stage_count; i++) {
        const struct stage *stage = sequence->stages[i];
        add_part(parts, stage);
        add_parts(parts, stage->event_id, stage->condition);
        add_parts(parts, stage->event_id, stage->fallback);
    }
    const struct rule *rules[STAGES_MAX];
    for (size_t i = 0; i < parts->count; i++) {
        rules[i] = &parts->list[i].rule;
    }
    struct stages *result = stages_new(rules, parts->count);
    ck_assert_ptr_nonnull(result);
    return result;
}

START_TEST(what_meets_a_stage_may_meet_it) {
    static struct parts parts;
    struct stages *all = make_parts(&parts);
    unsigned short random[3] = {3, 1, 4};
    for (int i = 0; i < RANDOM_EVENTS; i++) {
        struct event *event = random_event(random);
        struct buffer bytes = raw_bytes(event);
        struct stage_verdict verdict = judge_event(all, event);
        for (size_t k = 0; k < parts.count; k++) {
            bool meets = ((verdict.meets | verdict.fallback) >> k & 1) != 0;
            bool may = may_meet(all, k, &bytes);
            ck_assert_msg(may || !meets, "event %d meets part %zu and may not", i, k);
            parts.list[k].met += meets;
            parts.list[k].may += may && !meets;
        }
        buffer_free(&bytes);
        free(event);
    }
    for (size_t k = 0; k < parts.count; k++) {
        ck_assert_msg(parts.list[k].met > RANDOM_EVENTS / 100, "part %zu: %zu events", k,
                      parts.list[k].met);
    }
    // The load and the start themselves need text that most events do not hold.
    ck_assert_uint_lt(parts.list[0].may, RANDOM_EVENTS / 2);
    stages_free(all);
}
END_TEST

START_TEST(text_is_sought_in_any_case_and_width) {
    static const char plain[] = "..WMIUTILS.DLL..cscript.exe";
    static const char cut[] = "..WMIUTILS.DL..cscript.exe";
    const struct raw whole = {(const uint8_t *)plain, sizeof plain - 1};
    const struct raw less = {(const uint8_t *)cut, sizeof cut - 1};
    ck_assert(stages_may_meet(stages, 1, &whole, 1));
    ck_assert(!stages_may_meet(stages, 1, &less, 1));
    ck_assert(!stages_may_meet(stages, 2, &whole, 1));
    ck_assert(!stages_may_meet(stages, 1, NULL, 0));
}
END_TEST

void stages_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, event_ids_count);
    tcase_add_test(tests, missing_values_satisfy_nothing);
    tcase_add_test(tests, libraries);
    tcase_add_test(tests, interpreters);
    tcase_add_test(tests, parents);
    tcase_add_test(tests, users);
    tcase_add_test(tests, sixteen_names_count);
    tcase_add_test(tests, paths);
    tcase_add_test(tests, long_paths);
    tcase_add_test(tests, fallback_is_for_absent_fields);
    tcase_add_test(tests, stages_are_numbered_once);
    tcase_add_test(tests, what_meets_a_stage_may_meet_it);
    tcase_add_test(tests, text_is_sought_in_any_case_and_width);
}
