// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of context at its limits, on logs too long to write by hand, and of the passes for it.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "case.h"
#include "command.h"
#include "match/context.h"
#include "rules/rule.h"
#include "scan/scan.h"
#include "suites.h"
#include "xmem.h"

// Processes of a log by number; those of the pair have the numbers that sysmon_fields.c gives them.
enum { SCRIPT = -1, STARTED = -2 };

// What identifies a process, in the fields for the process itself or, with "Parent", its parent.
static void add_identity(struct buffer *text, const char *role, int process) {
    if (process == SCRIPT || process == STARTED) {
        bool is_script = process == SCRIPT;
        buffer_printf(text, "  %sProcessGuid: {A1B2C3D4-10A0-6632-4%d01-000000001100}\n", role,
                      is_script ? 1 : 2);
        buffer_printf(text, "  %sProcessId: %d\n", role, is_script ? 4100 : 4200);
        buffer_printf(text, "  %sImage: C:\\Windows\\System32\\%s\n", role,
                      is_script ? "cscript.exe" : "cmd.exe");
    } else {
        buffer_printf(text, "  %sProcessGuid: {A1B2C3D4-%04X-6632-0000-000000000000}\n", role,
                      (unsigned)process);
        buffer_printf(text, "  %sProcessId: %d\n", role, 10000 + process);
        buffer_printf(text, "  %sImage: C:\\x\\y%d.exe\n", role, process % 3);
    }
}

// The creation of a process `seconds` after 09:00.
static void add_process(struct buffer *text, int process, int parent, int seconds) {
    buffer_printf(text, "start %02d:%02d:%02d\n", 9 + seconds / 3600, seconds / 60 % 60,
                  seconds % 60);
    add_identity(text, "", process);
    add_identity(text, "Parent", parent);
    buffer_printf(text, "  CommandLine: process <%d>\n", process);
}

static void add_pair(struct buffer *text) {
    buffer_add_text(text, "load  10:00:00\nstart 10:00:01\n");
}

// A new directory with the logs that the text describes. The caller frees the path and removes the
// directory.
static char *write_logs(struct buffer *text) {
    char *directory = make_temporary_directory();
    char *path = xformat("%s/context.case", directory);
    buffer_add_text(text, "run .\nexit 1\n");
    ck_assert(!text->failed);
    write_file(path, text->data, text->size);
    struct test_case *test = case_read(path);
    ck_assert_int_eq(unlink(path), 0);
    case_write_files(test, directory);
    case_free(test);
    free(path);
    buffer_free(text);
    return directory;
}

// Runs a shell script, in which $0 is the command, where the logs are that the text describes.
// Gives what it has written, which the caller frees.
static char *run(struct buffer *text, const char *script) {
    char *directory = write_logs(text);
    char *command = realpath(setting("EVTXSEQ", "build/evtxseq"), NULL);
    char *words[] = {xstrdup("/bin/sh"), xstrdup("-c"), xstrdup(script), command, NULL};
    struct outcome outcome = command_run(words, directory, NULL);
    ck_assert_int_eq(outcome.status, 1);
    char *output = xstrdup(outcome.output);
    outcome_free(&outcome);
    remove_tree(directory);
    for (size_t i = 0; i < 4; i++) {
        free(words[i]);
    }
    free(directory);
    return output;
}

// The numbers of the processes whose creations the text shows, in its order, each with a blank
// before it.
static char *shown(const char *output) {
    static const char mark[] = "process <";
    char *numbers = xstrdup("");
    for (const char *at = output; (at = strstr(at, mark)) != NULL;) {
        at += sizeof mark - 1;
        char *longer = xformat("%s %d", numbers, atoi(at));
        free(numbers);
        numbers = longer;
    }
    return numbers;
}

static void expect_shown(const char *output, int first, int last, int step) {
    char *numbers = shown(output);
    char *expected = xstrdup("");
    for (int i = first; i != last + step; i += step) {
        char *longer = xformat("%s %d", expected, i);
        free(expected);
        expected = longer;
    }
    ck_assert_str_eq(numbers, expected);
    free(expected);
    free(numbers);
}

static void expect_text(const char *output, const char *text, bool expected) {
    if ((strstr(output, text) != NULL) != expected) {
        ck_abort_msg("%s `%s`:\n%.3500s", expected ? "no" : "has", text, output);
    }
}

// Process 1 is the script's parent, process 2 its grandparent, and so on, in three
// logs by turns.
static char *run_ancestors(int count) {
    struct buffer text = {0};
    for (int log = 0; log < 3; log++) {
        buffer_printf(&text, "log %d.evtx\n", log);
        for (int i = count; i > 0; i--) {
            if (i % 3 == log) {
                add_process(&text, i, i + 1, 1000 - i);
            }
        }
        if (log == 0) {
            add_process(&text, SCRIPT, 1, 1000);
            add_pair(&text);
        }
    }
    return run(&text, "\"$0\" -q -j2 .");
}

START_TEST(ancestors_are_at_most_16) {
    static const int counts[] = {1, 15, 16, 17, 20};
    int count = counts[_i];
    char *output = run_ancestors(count);
    expect_text(output, "further ancestors left out: 16 are shown", count >= 16);
    char *script = strstr(output, "process <-1>");
    ck_assert_ptr_nonnull(script);
    *script = '\0';
    // Below 16, the parent of the last is named though it is absent.
    expect_text(output, "its own creation is absent", count < 16);
    expect_shown(output, count < 16 ? count : 16, 1, -1);
    free(output);
}
END_TEST

// The pair, and `count` children of the started process.
static char *run_children(int count) {
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\n");
    add_pair(&text);
    for (int i = count; i > 0; i--) {
        add_process(&text, i, STARTED, 4000 + i);
    }
    return run(&text, "\"$0\" -q -j2 .");
}

START_TEST(children_are_at_most_200) {
    static const int counts[] = {1, 199, 200, 201, 500};
    int count = counts[_i];
    char *output = run_children(count);
    expect_text(output, "further descendants left out", count > 200);
    expect_shown(output, 1, count < 200 ? count : 200, 1);
    free(output);
}
END_TEST

// Process 1 is a child of the started process, process 2 a child of that, and so on.
START_TEST(generations_are_at_most_16) {
    static const int counts[] = {2, 16, 17, 30};
    int count = counts[_i];
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\n");
    for (int i = count; i > 0; i--) {
        add_process(&text, i, i == 1 ? STARTED : i - 1, 4000 + i);
    }
    add_pair(&text);
    char *output = run(&text, "\"$0\" -q -j1 .");
    expect_text(output, "further descendants left out", count > 16);
    expect_shown(output, 1, count < 16 ? count : 16, 1);
    free(output);
}
END_TEST

// Far more children than are kept at a time: what is kept is the first of them, however they lie.
START_TEST(children_beyond_counting) {
    enum { MANY = 6000, FACTOR = 7919 }; // a prime, so that every child comes once
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\n");
    add_process(&text, SCRIPT, 20000, 1000);
    add_pair(&text);
    for (int i = 0; i < MANY; i++) {
        int child = i * FACTOR % MANY + 1;
        add_process(&text, child, STARTED, 4000 + child);
    }
    add_process(&text, 20000, 20001, 900);
    char *output = run(&text, "\"$0\" -q -j2 .");
    expect_text(output, "further descendants left out", true);
    expect_text(output, "process <-1>", true);
    expect_text(output, "process <20000>", true);
    char *children = strstr(output, "\n* process ");
    ck_assert_ptr_nonnull(children);
    expect_shown(children, 1, 200, 1);
    free(output);
}
END_TEST

// Findings of one process share its tree, which is written once.
START_TEST(a_tree_is_written_once) {
    static const char *const scripts[] = {"\"$0\" -q -j2 .", "\"$0\" -q -f jsonl ."};
    enum { STARTS = 400, CHILDREN_OF_ALL = 200 };
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\nload 10:00:00\n");
    for (int i = 0; i < STARTS; i++) {
        buffer_add_text(&text, "start 10:00:01\n");
    }
    for (int i = 1; i <= CHILDREN_OF_ALL; i++) {
        add_process(&text, i, STARTED, 4000 + i);
    }
    char *output = run(&text, scripts[_i]);
    expect_shown(output, 1, CHILDREN_OF_ALL, 1);
    free(output);
}
END_TEST

// What lies in a pipe and what lies in a file beside it are found alike.
START_TEST(context_is_in_pipe_or_file) {
    static const char *const scripts[] = {"cat pair.evtx | \"$0\" -q - others.evtx",
                                          "cat others.evtx | \"$0\" -q - pair.evtx"};
    struct buffer text = {0};
    buffer_add_text(&text, "log pair.evtx\n");
    add_pair(&text);
    buffer_add_text(&text, "log others.evtx\n");
    add_process(&text, SCRIPT, 2, 1000);
    add_process(&text, 1, STARTED, 4000);
    char *output = run(&text, scripts[_i]);
    expect_text(output, "process <-1>", true);
    expect_text(output, "process <1>", true);
    expect_text(output, "could be read only once", false);
    free(output);
}
END_TEST

// A pipe gives what the same bytes give in a file, down to the creation that cannot be decoded, and
// so does what is collected from it.
START_TEST(pipes_have_context) {
    static const char script[] =
        "mkdir pipe && mkfifo pipe/a.evtx && cp b.evtx pipe && cd pipe\n"
        "try() { cat ../a.evtx >a.evtx & \"$0\" \"$@\" 2>errors; grep offset errors >lines; }\n"
        "for format in text jsonl; do\n"
        "    (cd .. && \"$0\" -f $format a.evtx b.evtx >out 2>errors; grep offset errors >lines)\n"
        "    try -f $format a.evtx b.evtx >out\n"
        "    cmp ../out out && cmp ../lines lines && echo the same in $format\n"
        "    try --collect -o a.events a.evtx b.evtx\n"
        "    \"$0\" -q --merge -f $format a.events | cmp ../out - && echo merged in $format\n"
        "done\n"
        "cat ../lines out; exit 1";
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\nfiller 1\n");
    // Which it may be is known from the findings alone: no text of a rule is in it.
    add_process(&text, 5, STARTED, 900);
    buffer_add_text(&text, "  OriginalFileName: a.exe\n  ParentCommandLine: b.exe\n");
    add_process(&text, SCRIPT, 1, 1000);
    add_pair(&text);
    add_process(&text, 3, STARTED, 4000);
    buffer_add_text(&text, "log b.evtx\n");
    add_process(&text, 4, 3, 4001);
    // It counts 1,073,741,842 values.
    buffer_add_text(&text, "patch a.evtx 6414 12 00 00 40\n");
    char *output = run(&text, script);
    expect_text(output, "the same in text\nmerged in text\nthe same in jsonl\nmerged in jsonl\n",
                true);
    expect_text(output, "a.evtx: offset 6376: undecodable record that may match", true);
    expect_text(output, "holds", false);
    expect_text(output, "process <3>", true);
    expect_text(output, "process <4>", true);
    free(output);
}
END_TEST

// Of all that cannot be read again 64 MiB of creations are kept, or none. Each log here has five.
START_TEST(pipes_are_kept_to_a_limit) {
    static const char script[] =
        "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cp many.evtx many$i.evtx; done\n"
        "tar cf - others.evtx many?.evtx | \"$0\" -q - pair.evtx >few\n"
        "tar cf - others.evtx many*.evtx | \"$0\" -q - pair.evtx >many\n"
        "grep -q 'process <1>' few && ! grep -q 'read only once' few && echo kept\n"
        "! grep -q 'process <1>' many && grep -q 'read only once may have some' many && echo not\n"
        "tar cf - others.evtx many*.evtx | \"$0\" -q --collect -o all.events - pair.evtx\n"
        "\"$0\" -q --merge all.events | cmp many - && echo merged\n"
        "exit 1";
    enum { STARTS = 180, LENGTH = 28000 };
    struct buffer text = {0};
    buffer_add_text(&text, "log pair.evtx\n");
    add_pair(&text);
    buffer_add_text(&text, "log others.evtx\n");
    add_process(&text, 1, STARTED, 4000);
    buffer_add_text(&text, "log many.evtx\n");
    for (int i = 0; i < STARTS; i++) {
        buffer_printf(&text, "start 11:00:00\n  CommandLine: %0*d\n", LENGTH, i);
    }
    char *output = run(&text, script);
    ck_assert_str_eq(output, "kept\nnot\nmerged\n");
    free(output);
}
END_TEST

// What a scan comes to that is followed pass by pass.
enum { PASSES = 3 };

struct followed {
    struct scan *scan;
    uint64_t bytes[PASSES]; // read in each
    uint64_t total[PASSES]; // said to be read in it
    size_t last;            // pass
};

static struct followed follow_rules(const char *path, const struct rule_set *rules, bool carve) {
    const struct scan_options options = {
        .rules = rules, .findings = findings_default_options(), .carve = carve, .jobs = 2};
    struct followed followed = {.scan = scan_new(&options)};
    ck_assert_ptr_nonnull(followed.scan);
    scan_start(followed.scan, &path, 1);
    do {
        struct scan_progress at = scan_progress(followed.scan);
        ck_assert_uint_lt(at.pass, PASSES);
        ck_assert_uint_ge(at.pass, followed.last);
        followed.last = at.pass;
        followed.bytes[at.pass] = at.bytes;
        followed.total[at.pass] = at.total;
    } while (scan_step(followed.scan, 1000));
    ck_assert(scan_finish(followed.scan));
    return followed;
}

static struct followed follow_scan(const char *path, bool carve) {
    // Until the process ends: the scan needs them.
    static struct rule_set *rules;
    if (rules == NULL) {
        rules = rule_set_builtin("wmi-script-execution");
        ck_assert_ptr_nonnull(rules);
    }
    return follow_rules(path, rules, carve);
}

// A chain as long as any that is shown, up and down: a chunk with the script and the pair, then one
// for each ancestor, each with another in front of it; and the same for each descendant, of which
// the first shares its chunk with the first ancestor.
enum { LENGTH = 16, CHILDREN = 100, CHUNKS_SHOWN = 2 * LENGTH, CHUNKS = 2 * CHUNKS_SHOWN - 1 };

static void add_long_chain(struct buffer *text) {
    buffer_add_text(text, "log a.evtx\n");
    buffer_add_text(text, "filler 1\n");
    add_process(text, SCRIPT, 1, 1000);
    add_pair(text);
    for (int i = 1; i <= LENGTH; i++) {
        buffer_add_text(text, "chunk\nfiller 1\nchunk\n");
        add_process(text, i, i + 1, 1000 - i);
        buffer_add_text(text, i == 1 ? "" : "chunk\nfiller 1\nchunk\n");
        add_process(text, CHILDREN + i, i == 1 ? STARTED : CHILDREN + i - 1, 4000 + i);
    }
}

static const struct context *context_of(const struct followed *followed) {
    const struct findings *findings = &scan_result(followed->scan)->findings;
    ck_assert_uint_eq(findings->count, 1);
    return findings->list[0].context;
}

START_TEST(two_passes_at_most) {
    struct buffer text = {0};
    add_long_chain(&text);
    char *directory = write_logs(&text);
    struct followed followed = follow_scan(directory, false);
    ck_assert_uint_eq(context_of(&followed)->chains[0].ancestor_count, LENGTH);
    ck_assert_uint_eq(context_of(&followed)->descendant_count, LENGTH);
    ck_assert_uint_eq(followed.last, 2);
    // Of the pass that fetches, only the chunks with what is shown.
    ck_assert_uint_eq(followed.total[1], 4096 + UINT64_C(65536) * CHUNKS);
    ck_assert_uint_eq(followed.total[2], UINT64_C(65536) * CHUNKS_SHOWN);
    ck_assert_uint_le(followed.bytes[2], followed.total[2]);
    scan_free(followed.scan);
    remove_tree(directory);
    free(directory);
}
END_TEST

// Events of many kinds: 10 and 8 of process 10, whose parent is 11; 19, which names no process; 1
// and 3 of process 20, which 10 has started and which starts 21.
static void add_many_kinds(struct buffer *text) {
    buffer_add_text(text, "log a.evtx\n");
    add_process(text, 11, 12, 1000);
    add_process(text, 10, 11, 1001);
    buffer_add_text(text, "event 10 10:00:00\n"
                          "  SourceProcessGUID: {A1B2C3D4-000A-6632-0000-000000000000}\n"
                          "  SourceProcessId: 10010\n"
                          "  SourceImage: C:\\x\\y1.exe\n"
                          "event 8 10:00:01\n");
    add_identity(text, "Source", 10);
    buffer_add_text(text, "event 19 10:00:02\n");
    add_process(text, 20, 10, 3603);
    buffer_add_text(text, "event 3 10:00:04\n");
    add_identity(text, "", 20);
    add_process(text, 21, 20, 3605);
}

static struct rule_set *read_rule(const char *path, const char *query) {
    struct rule_files files = {0};
    write_file(path, query, strlen(query));
    ck_assert_int_eq(rule_files_add(&files, path, true), RULE_FILES_READ);
    struct rule_set *rules = rule_set_new(&files);
    ck_assert_ptr_nonnull(rules);
    ck_assert_uint_eq(rules->count, 1);
    return rules;
}

static void expect_creation(const struct stage_event *creation, const char *command_line) {
    ck_assert_ptr_nonnull(creation);
    ck_assert_str_eq(event_value(creation->event, DATA_COMMAND_LINE), command_line);
}

START_TEST(events_of_any_id_have_context) {
    struct buffer text = {0};
    add_many_kinds(&text);
    char *directory = write_logs(&text);
    char *path = xformat("%s/rule.eql", directory);
    struct rule_set *rules =
        read_rule(path, "sequence with maxspan=1h [any where event.code == \"10\"]\n"
                        "  [any where event.code == \"8\"] [any where event.code == \"19\"]\n"
                        "  [process where event.code == \"1\" and process.pid == 10020]\n"
                        "  [network where true]\n");
    struct followed followed = follow_rules(directory, rules, false);
    const struct context *context = context_of(&followed);
    const struct finding *finding = &scan_result(followed.scan)->findings.list[0];
    const struct context_chain *chains = context->chains;
    ck_assert_uint_eq(context->chain_count, 5);
    expect_creation(chains[0].creation, "process <10>");
    ck_assert_uint_eq(chains[0].ancestor_count, 1);
    expect_creation(chains[0].ancestors[0].creation, "process <11>");
    ck_assert_int_eq(chains[0].end, CONTEXT_END_ABSENT);
    ck_assert_ptr_eq(chains[1].creation, chains[0].creation);
    ck_assert_ptr_null(chains[2].creation);
    ck_assert_int_eq(chains[2].end, CONTEXT_END_NO_GUID);
    ck_assert_ptr_eq(chains[3].creation, finding->events[3]);
    ck_assert_uint_eq(chains[3].ancestor_count, 2);
    ck_assert_ptr_eq(chains[3].ancestors[0].creation, chains[0].creation);
    ck_assert_ptr_eq(chains[4].creation, finding->events[3]);
    ck_assert_uint_eq(context->descendant_count, 1);
    expect_creation(context->descendants[0].creation, "process <21>");
    scan_free(followed.scan);
    rule_set_free(rules);
    remove_tree(directory);
    free(path);
    free(directory);
}
END_TEST

// Where no event of a finding names a process there is nothing to look for.
START_TEST(no_pass_without_processes) {
    struct buffer text = {0};
    add_many_kinds(&text);
    char *directory = write_logs(&text);
    char *path = xformat("%s/rule.eql", directory);
    struct rule_set *rules = read_rule(path, "any where event.code == \"19\"");
    struct followed followed = follow_rules(directory, rules, false);
    ck_assert_uint_eq(followed.last, 0);
    ck_assert_int_eq(context_of(&followed)->chains[0].end, CONTEXT_END_NO_GUID);
    ck_assert_ptr_null(context_of(&followed)->descendants_in);
    scan_free(followed.scan);
    rule_set_free(rules);
    remove_tree(directory);
    free(path);
    free(directory);
}
END_TEST

// With nothing to show there is nothing to fetch.
START_TEST(one_pass_when_nothing_is_there) {
    struct buffer text = {0};
    buffer_add_text(&text, "log a.evtx\n");
    add_pair(&text);
    char *directory = write_logs(&text);
    struct followed followed = follow_scan(directory, false);
    ck_assert_ptr_null(context_of(&followed)->chains[0].creation);
    ck_assert_uint_eq(followed.last, 1);
    scan_free(followed.scan);
    remove_tree(directory);
    free(directory);
}
END_TEST

// Wherever chunks lie they are found again: in a log without its file header, or with a first chunk
// that does not look like one, and carved from between other bytes.
START_TEST(chunks_are_found_again) {
    static const struct {
        size_t cut;   // bytes in front that are left out
        size_t added; // bytes put there instead
        bool carve;
        bool is_damaged; // the first chunk has lost its signature, and its first record too
    } forms[] = {
        {0, 0, false, false},    {4096, 0, false, false}, {4096, 0, false, true},
        {0, 0, false, true},     {0, 0, true, false},     {4096, 777, true, false},
        {4096, 99, true, false},
    };
    struct buffer text = {0};
    add_long_chain(&text);
    char *directory = write_logs(&text);
    char *path = xformat("%s/a.evtx", directory);
    size_t size = 0;
    char *bytes = read_file(path, &size);
    char *form = xmalloc(size + forms[_i].added);
    memset(form, 'x', forms[_i].added);
    if (forms[_i].is_damaged) {
        memset(bytes + 4096, 'x', 8);
        memset(bytes + 4096 + 512, 'x', 8);
    }
    memcpy(form + forms[_i].added, bytes + forms[_i].cut, size - forms[_i].cut);
    struct followed whole = follow_scan(directory, false);
    write_file(path, form, size - forms[_i].cut + forms[_i].added);
    struct followed followed = follow_scan(directory, forms[_i].carve);
    const struct context *context = context_of(&followed);
    const struct stage_event *script = context->chains[0].creation;
    ck_assert_ptr_nonnull(script);
    ck_assert_uint_eq(script->offset, context_of(&whole)->chains[0].creation->offset -
                                          forms[_i].cut + forms[_i].added);
    ck_assert_uint_eq(context->chains[0].ancestor_count, LENGTH);
    ck_assert_uint_eq(context->descendant_count, LENGTH);
    ck_assert_uint_le(followed.bytes[2], followed.total[2]);
    scan_free(followed.scan);
    scan_free(whole.scan);
    remove_tree(directory);
    free(form);
    free(bytes);
    free(path);
    free(directory);
}
END_TEST

// An event of process 7 as told, to be freed.
static struct event *make_event(uint16_t id, const char *image, const char *process_id) {
    static const char guid[] = "{A1B2C3D4-0007-6632-0000-000000000000}";
    struct event_draft draft = {0};
    draft.head.id = id;
    event_draft_add(&draft, DATA_COMPUTER, "", 0, "WS01", 4);
    event_draft_add(&draft, DATA_PROCESS_GUID, "", 0, guid, sizeof guid - 1);
    event_draft_add(&draft, DATA_PROCESS_ID, "", 0, process_id, strlen(process_id));
    event_draft_add(&draft, DATA_IMAGE, "", 0, image, strlen(image));
    struct event *event = event_draft_finish(&draft);
    ck_assert_ptr_nonnull(event);
    event_draft_free(&draft);
    return event;
}

static struct contexts *note_creation(const struct findings *findings) {
    struct contexts *contexts = contexts_new(findings, CLOCK_UTC, false);
    struct event *creation = make_event(1, "a.exe", "7");
    struct note note;
    ck_assert_ptr_nonnull(contexts);
    ck_assert(note_of(creation, contexts_scope(contexts), &note));
    note.chunk = 4096;
    note.record = 512;
    ck_assert(contexts_note(contexts, &note));
    note.host = 1; // there is but one
    ck_assert(contexts_note(contexts, &note));
    const struct note_places *places = contexts_choose(contexts);
    ck_assert_ptr_nonnull(places);
    ck_assert_uint_eq(places->count, 1);
    free(creation);
    return contexts;
}

// What the second pass brings is believed only where it is what the first has noted.
START_TEST(what_was_noted_must_be_fetched) {
    static const struct {
        const char *image;
        const char *process_id;
        uint64_t offset;
        uint32_t input;
        uint16_t id;
        bool is_taken;
    } sent[] = {
        {"a.exe", "7", 4608, 0, 1, true},  {"A.exe", "7", 4608, 0, 1, true},
        {"b.exe", "7", 4608, 0, 1, false}, {"a.exe", "8", 4608, 0, 1, false},
        {"a.exe", "7", 4608, 0, 7, false}, {"a.exe", "7", 4608, 1, 1, false},
        {"a.exe", "7", 4609, 0, 1, false},
    };
    struct stage_event load = {.event = make_event(7, "a.exe", "7")};
    const struct stage_event *events[] = {&load};
    struct finding finding = {.events = events, .event_count = 1};
    const struct findings findings = {.list = &finding, .count = 1};
    struct contexts *contexts = note_creation(&findings);
    const struct stage_event fetched = {
        .event = make_event(sent[_i].id, sent[_i].image, sent[_i].process_id),
        .offset = sent[_i].offset};
    contexts_fetch(contexts, sent[_i].input, &fetched);
    ck_assert(contexts_finish(contexts));
    ck_assert_int_eq(contexts_get(contexts, 0)->chains[0].creation != NULL, sent[_i].is_taken);
    contexts_free(contexts);
    free(load.event);
}
END_TEST

void context_tests(TCase *tests) {
    tcase_add_loop_test(tests, ancestors_are_at_most_16, 0, 5);
    tcase_add_loop_test(tests, children_are_at_most_200, 0, 5);
    tcase_add_loop_test(tests, generations_are_at_most_16, 0, 4);
    tcase_add_test(tests, children_beyond_counting);
    tcase_add_loop_test(tests, a_tree_is_written_once, 0, 2);
    tcase_add_loop_test(tests, context_is_in_pipe_or_file, 0, 2);
    tcase_add_test(tests, pipes_have_context);
    tcase_add_test(tests, pipes_are_kept_to_a_limit);
    tcase_add_test(tests, two_passes_at_most);
    tcase_add_test(tests, events_of_any_id_have_context);
    tcase_add_test(tests, no_pass_without_processes);
    tcase_add_test(tests, one_pass_when_nothing_is_there);
    tcase_add_loop_test(tests, chunks_are_found_again, 0, 7);
    tcase_add_loop_test(tests, what_was_noted_must_be_fetched, 0, 7);
}
