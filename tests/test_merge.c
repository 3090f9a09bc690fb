// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: what many machines collect, merged, is what one run finds.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq); EVTXSEQ_MERGE_RUNS, how many sets
// of random logs to split (20).
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "case.h"
#include "command.h"
#include "random_log.h"
#include "scan/events_file.h"
#include "suites.h"
#include "xmem.h"

enum { RUNS = 20, LOGS_MAX = 64, SHARES_MAX = 8, ARGUMENTS_MAX = 256 };

// Arguments of the command, which it owns.
struct arguments {
    char *list[ARGUMENTS_MAX + 1];
    size_t count;
};

static void add(struct arguments *arguments, const char *argument) {
    ck_assert_uint_lt(arguments->count, ARGUMENTS_MAX);
    arguments->list[arguments->count++] = xstrdup(argument);
}

static struct arguments begin(const char *first) {
    struct arguments arguments = {0};
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    add(&arguments, command);
    if (first != NULL) {
        add(&arguments, first);
    }
    free(command);
    return arguments;
}

static struct outcome run_on(struct arguments *arguments, const char *directory,
                             const char *input) {
    struct outcome outcome = command_run(arguments->list, directory, input);
    for (size_t i = 0; i < arguments->count; i++) {
        free(arguments->list[i]);
    }
    *arguments = (struct arguments){0};
    return outcome;
}

static struct outcome run(struct arguments *arguments, const char *directory) {
    return run_on(arguments, directory, NULL);
}

// The command with arguments separated by blanks.
static struct outcome run_words(const char *directory, const char *words) {
    struct arguments arguments = begin(NULL);
    char *copy = xstrdup(words);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        add(&arguments, word);
    }
    free(copy);
    return run(&arguments, directory);
}

static void expect_run(const char *directory, const char *words, int status, const char *said) {
    struct outcome outcome = run_words(directory, words);
    ck_assert_msg(outcome.status == status &&
                      (said == NULL || strstr(outcome.errors, said) != NULL),
                  "%s: status %d: %s", words, outcome.status, outcome.errors);
    outcome_free(&outcome);
}

// Names of logs in a directory, by the shares that they are in. A log may be in several.
struct split {
    const char *rules; // of --rules
    char *logs[LOGS_MAX];
    unsigned shares[LOGS_MAX]; // bit N: in share N
    size_t log_count;
    size_t share_count;
};

static void split_free(struct split *split) {
    for (size_t i = 0; i < split->log_count; i++) {
        free(split->logs[i]);
    }
    *split = (struct split){0};
}

static bool is_in(const struct split *split, size_t log, size_t share) {
    return (split->shares[log] >> share & 1) != 0;
}

static void collect(const struct split *split, const char *directory) {
    for (size_t share = 0; share < split->share_count; share++) {
        struct arguments arguments = begin("--collect");
        char *output = xformat("-oshare%zu.events", share);
        add(&arguments, "-q");
        add(&arguments, "-r");
        add(&arguments, split->rules);
        add(&arguments, output);
        for (size_t i = 0; i < split->log_count; i++) {
            if (is_in(split, i, share)) {
                add(&arguments, split->logs[i]);
            }
        }
        struct outcome outcome = run(&arguments, directory);
        ck_assert_msg(outcome.status == 0 || outcome.status == 2, "%s: %s", output, outcome.errors);
        outcome_free(&outcome);
        free(output);
    }
}

// One run over the logs, each as often as it is in a share.
static struct outcome run_once(const struct split *split, const char *directory,
                               const char *option) {
    struct arguments arguments = begin(option);
    add(&arguments, "-r");
    add(&arguments, split->rules);
    for (size_t i = 0; i < split->log_count; i++) {
        for (size_t share = 0; share < split->share_count; share++) {
            if (is_in(split, i, share)) {
                add(&arguments, split->logs[i]);
            }
        }
    }
    return run(&arguments, directory);
}

static struct outcome run_merge(const struct split *split, const char *directory,
                                const char *option) {
    struct arguments arguments = begin("--merge");
    add(&arguments, option);
    for (size_t share = split->share_count; share-- > 0;) {
        char *path = xformat("share%zu.events", share);
        add(&arguments, path);
        free(path);
    }
    return run(&arguments, directory);
}

// The account of a run without what tells one run from another. The caller frees.
static char *read_account(const char *directory) {
    char *path = xformat("%s/account.json", directory);
    json_t *account = json_load_file(path, 0, NULL);
    ck_assert_msg(account != NULL && json_object_del(account, "run") == 0, "%s", path);
    char *text = json_dumps(account, JSON_INDENT(1));
    json_decref(account);
    ck_assert_int_eq(unlink(path), 0);
    free(path);
    return text;
}

static const char account_option[] = "--report=account.json";

// Shows the first difference, and a little before and after it.
static void expect_same_text(const char *one, const char *merged, const char *trial,
                             const char *option) {
    enum { BEFORE = 200, SHOWN = 400 };
    size_t at = 0;
    while (one[at] != '\0' && one[at] == merged[at]) {
        at++;
    }
    size_t from = at < BEFORE ? 0 : at - BEFORE;
    ck_assert_msg(one[at] == merged[at], "%s %s: one run\n%.*s\nmerged\n%.*s", trial, option, SHOWN,
                  one + from, SHOWN, merged + from);
}

static void expect_same_output(const struct split *split, const char *directory, const char *option,
                               const char *trial) {
    struct outcome one = run_once(split, directory, option);
    char *account = strcmp(option, account_option) == 0 ? read_account(directory) : NULL;
    struct outcome merged = run_merge(split, directory, option);
    ck_assert_msg(one.status == merged.status, "%s %s: status %d, merged %d: %s", trial, option,
                  one.status, merged.status, merged.errors);
    expect_same_text(one.output, merged.output, trial, option);
    if (account != NULL) {
        char *other = read_account(directory);
        expect_same_text(account, other, trial, option);
        free(other);
    }
    free(account);
    outcome_free(&one);
    outcome_free(&merged);
}

// Collects the shares, merges, and compares with one run in all that is written.
static void expect_same(const struct split *split, const char *directory, const char *trial) {
    static const char *const options[] = {"-ftext", "-fcsv",      "-fjsonl",
                                          "-fhtml", "--coverage", account_option};
    collect(split, directory);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        expect_same_output(split, directory, options[i], trial);
    }
}

// Random logs

// Rules that keep many events, that ask for one that is missing, and that join nothing.
static void write_rules(const char *directory) {
    static const char *const rules[][2] = {
        {"any.eql", "any where event.code == \"1\" and process.pid > 0"},
        {"pair.eql", "sequence by host.id with maxspan=1m [library where true] "
                     "![process where process.name : \"never.exe\"] [process where true]"},
        {"loose.eql", "sequence with maxspan=2s [library where dll.name : \"wmiutils.dll\"] "
                      "[process where process.parent.name : \"wmiprvse.exe\"]"},
        {"wrong.eql", "process where"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        char *path = xformat("%s/rules/%s", directory, rules[i][0]);
        make_parents(path);
        write_file(path, rules[i][1], strlen(rules[i][1]));
        free(path);
    }
}

static void write_random_logs(struct split *split, const char *directory, struct random *random) {
    split->log_count = 2 + random_below(random, 5);
    for (size_t i = 0; i < split->log_count; i++) {
        size_t size = 0;
        split->logs[i] = xformat("log%zu.evtx", i);
        uint8_t *bytes = random_log(random_next(random), &size);
        char *path = xformat("%s/%s", directory, split->logs[i]);
        write_file(path, bytes, size);
        free(path);
        free(bytes);
    }
}

// Whether two shares have the same logs: their files are one file then, and count once.
static bool has_equal_shares(const struct split *split) {
    for (size_t a = 0; a < split->share_count; a++) {
        for (size_t b = 0; b < a; b++) {
            size_t same = 0;
            for (size_t i = 0; i < split->log_count; i++) {
                same += is_in(split, i, a) == is_in(split, i, b);
            }
            if (same == split->log_count) {
                return true;
            }
        }
    }
    return false;
}

// Each log is in a share, one in four in another, too.
static void choose_shares(struct split *split, struct random *random) {
    do {
        split->share_count = 1 + random_below(random, split->log_count);
        for (size_t i = 0; i < split->log_count; i++) {
            size_t other = random_below(random, split->share_count);
            split->shares[i] = 1U << (i < split->share_count ? i : other);
            split->shares[i] |= random_chance(random, 25) ? 1U << other : 0;
        }
    } while (has_equal_shares(split));
}

START_TEST(test_random_logs) {
    unsigned long runs = strtoul(setting("EVTXSEQ_MERGE_RUNS", "0"), NULL, 10);
    for (unsigned long seed = 0; seed < (runs == 0 ? RUNS : runs); seed++) {
        struct random random = {seed};
        struct split split = {.rules = seed % 2 == 0 ? "rules" : "all"};
        char *directory = make_temporary_directory();
        char *trial = xformat("seed %lu", seed);
        write_rules(directory);
        write_random_logs(&split, directory, &random);
        choose_shares(&split, &random);
        expect_same(&split, directory, trial);
        split_free(&split);
        remove_tree(directory);
        free(directory);
        free(trial);
    }
}
END_TEST

// Given logs

static void add_log(struct split *split, const char *name) {
    ck_assert_uint_lt(split->log_count, LOGS_MAX);
    split->logs[split->log_count] = xstrdup(name);
    split->shares[split->log_count] = 1U << split->log_count % SHARES_MAX;
    split->log_count++;
    split->share_count = split->log_count < SHARES_MAX ? split->log_count : SHARES_MAX;
}

static void expect_same_case(const char *path, const char *rules) {
    struct split split = {.rules = rules};
    struct test_case *test = case_read(path);
    char *directory = make_temporary_directory();
    case_write_files(test, directory);
    for (size_t i = 0; i < test->file_count; i++) {
        add_log(&split, test->files[i].name);
    }
    if (split.log_count > 0) {
        expect_same(&split, directory, path);
    }
    split_free(&split);
    case_free(test);
    remove_tree(directory);
    free(directory);
}

START_TEST(test_cases) {
    const char *cases = "testdata/cases";
    DIR *directory = opendir(cases);
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (strstr(entry->d_name, ".case") != NULL) {
            char *path = xformat("%s/%s", cases, entry->d_name);
            expect_same_case(path, "all");
            free(path);
        }
    }
    (void)closedir(directory);
}
END_TEST

// Public logs and rules, where they are.
START_TEST(test_public_logs) {
    struct split split = {0};
    char *rules = realpath("../shared/rules", NULL);
    char *logs = realpath("../shared/evtx", NULL);
    char *directory = make_temporary_directory();
    DIR *list = logs == NULL || rules == NULL ? NULL : opendir(logs);
    for (struct dirent *entry = list == NULL ? NULL : readdir(list); entry != NULL;
         entry = readdir(list)) {
        if (strstr(entry->d_name, ".evtx") != NULL) {
            char *path = xformat("%s/%s", logs, entry->d_name);
            add_log(&split, path);
            free(path);
        }
    }
    if (split.log_count > 0) {
        split.rules = rules;
        expect_same(&split, directory, "public logs");
    }
    if (list != NULL) {
        (void)closedir(list);
    }
    split_free(&split);
    remove_tree(directory);
    free(directory);
    free(logs);
    free(rules);
}
END_TEST

// The sample log in a directory of its own.
static char *make_sample(void) {
    char *directory = make_temporary_directory();
    char *path = xformat("%s/sample.evtx", directory);
    size_t size = 0;
    char *bytes = read_file("testdata/sample.evtx", &size);
    write_file(path, bytes, size);
    free(bytes);
    free(path);
    return directory;
}

static void make_shell(const char *directory, char *script) {
    char shell[] = "/bin/sh";
    char option[] = "-euc";
    char *arguments[] = {shell, option, script, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    ck_assert_msg(outcome.status == 0, "%s: %s", script, outcome.errors);
    outcome_free(&outcome);
}

// Inputs of other kinds: archives, a directory, a link, what is not a log, what is not there.
START_TEST(test_other_inputs) {
    static const char *const inputs[] = {"a.zip",   "log.gz", "d",
                                         "no.evtx", "absent", "sample.evtx"};
    char script[] =
        "zip -q a.zip sample.evtx && echo text >no.evtx && zip -q a.zip no.evtx && "
        "gzip <sample.evtx >log.gz && mkdir -p d/e && cp sample.evtx d/e && "
        "ln -s ../sample.evtx d/link.evtx; cp no.evtx note; zip -q b.zip sample.evtx note";
    char *directory = make_sample();
    struct split split = {.rules = "all"};
    make_shell(directory, script);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        add_log(&split, inputs[i]);
    }
    expect_same(&split, directory, "other inputs");
    expect_run(directory, "--collect -o b.events b.zip", 0, "1 file in an archive");
    expect_run(directory, "--merge b.events", 1, "1 file in an archive");
    split_free(&split);
    remove_tree(directory);
    free(directory);
}
END_TEST

// Of a log on standard input a run has no more context than one pass gives.
START_TEST(test_stream) {
    char *directory = make_sample();
    struct arguments arguments = begin("--collect");
    add(&arguments, "-qoa.events");
    add(&arguments, "-");
    struct outcome outcome = run_on(&arguments, directory, "sample.evtx");
    ck_assert_int_eq(outcome.status, 0);
    outcome_free(&outcome);
    arguments = begin("-fjsonl");
    add(&arguments, "-");
    struct outcome one = run_on(&arguments, directory, "sample.evtx");
    struct outcome merged = run_words(directory, "--merge -fjsonl a.events");
    ck_assert_int_eq(one.status, 1);
    ck_assert_int_eq(merged.status, 1);
    ck_assert_str_eq(one.output, merged.output);
    outcome_free(&one);
    outcome_free(&merged);
    remove_tree(directory);
    free(directory);
}
END_TEST

// Files

static void expect_same_file(const char *directory, const char *a, const char *b) {
    char *path = xformat("%s/%s", directory, a);
    char *other_path = xformat("%s/%s", directory, b);
    size_t size = 0;
    size_t other_size = 0;
    char *bytes = read_file(path, &size);
    char *other = read_file(other_path, &other_size);
    ck_assert_msg(size == other_size && memcmp(bytes, other, size) == 0, "%s is not %s", a, b);
    free(path);
    free(other_path);
    free(bytes);
    free(other);
}

START_TEST(test_file_is_the_same) {
    struct random random = {7};
    struct split split = {0};
    char *directory = make_temporary_directory();
    write_random_logs(&split, directory, &random);
    expect_run(directory, "--collect -q -r all -j1 -o a.events log0.evtx log1.evtx", 0, NULL);
    expect_run(directory, "--collect -q -r all -j3 -o b.events log1.evtx log0.evtx", 0, NULL);
    expect_same_file(directory, "a.events", "b.events");
    expect_run(directory, "--merge -q a.events", 1, NULL);
    expect_run(directory, "--merge a.events b.events", 1,
               "b.events: is the same as a.events, and counts once");
    expect_run(directory, "--merge --expect=2 -q a.events b.events", 1,
               "missing events file: 1 of 2 are there");
    split_free(&split);
    remove_tree(directory);
    free(directory);
}
END_TEST

START_TEST(test_mix_is_refused) {
    char *directory = make_sample();
    make_shell(directory, (char[]){"mkdir a b && echo 'any where true' | tee a/x.eql >b/x.eql"});
    expect_run(directory, "--collect -q -o a.events sample.evtx", 0, NULL);
    expect_run(directory, "--collect -q -r all -o b.events sample.evtx", 0, NULL);
    expect_run(directory, "--collect -q --no-context -o c.events sample.evtx", 0, NULL);
    expect_run(directory, "--collect -q -r a -o d.events sample.evtx", 0, NULL);
    expect_run(directory, "--collect -q -r b/x.eql -o e.events ./sample.evtx", 0, NULL);
    expect_run(directory, "--merge a.events b.events", 2,
               "a.events and b.events: are of different");
    expect_run(directory, "--merge c.events a.events", 2,
               "a.events and c.events: are of different");
    expect_run(directory, "--merge -r all a.events", 2, "a.events: is of other rules than");
    expect_run(directory, "--merge -q -r all b.events", 1, NULL);
    expect_run(directory, "--merge -q d.events e.events", 1,
               NULL); // it is no matter where rules lie
    remove_tree(directory);
    free(directory);
}
END_TEST

// What cannot be done, and what is said of it. Each is tried in one directory, one after the other.
static const struct refusal {
    const char *arguments;
    const char *said;
} refusals[] = {
    {"--collect --merge sample.evtx", "do not go together"},
    {"--collect --strict sample.evtx", "--strict says what to do"},
    {"--collect -fcsv sample.evtx", "--format says what to do"},
    {"--merge --carve sample.evtx", "--carve says how to read logs"},
    {"--expect=2 sample.evtx", "--expect needs --merge"},
    {"--merge --expect=x sample.evtx", "a number of events files"},
    {"--collect -o sample.evtx sample.evtx", "does not overwrite"},
    {"--collect -o /dev/full sample.evtx", "cannot write"},
    {"--collect -o a.events absent", "absent: cannot be read"},
    {"--merge a.events", "absent: cannot be read"},
    {"--merge -o a.events a.events", "does not overwrite"},
    {"--merge -", "is not a file"},
    {"--merge absent", "absent: cannot be read"},
};

START_TEST(test_usage) {
    char *directory = make_sample();
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *refusal = &refusals[i];
        expect_run(directory, refusal->arguments, 2, refusal->said);
    }
    remove_tree(directory);
    free(directory);
}
END_TEST

// Nothing of a file that is not whole is taken, and it is named.
static void expect_refused(const char *directory, const void *bytes, size_t size,
                           const char *trial) {
    char *path = xformat("%s/bad.events", directory);
    write_file(path, bytes, size);
    struct outcome outcome = run_words(directory, "--merge -fcsv bad.events");
    ck_assert_msg(outcome.status == 2 && strstr(outcome.errors, "bad.events") != NULL &&
                      strstr(outcome.output, "sample.evtx") == NULL,
                  "%s: status %d: %s", trial, outcome.status, outcome.errors);
    outcome_free(&outcome);
    free(path);
}

START_TEST(test_damaged_files) {
    char *directory = make_sample();
    expect_run(directory, "--collect -qo a.events sample.evtx", 0, NULL);
    char *path = xformat("%s/a.events", directory);
    size_t size = 0;
    char *bytes = read_file(path, &size);
    struct random random = {1};
    for (size_t i = 0; i < 40; i++) {
        size_t at = random_below(&random, size);
        char flip = (char)(1 << random_below(&random, 8));
        char *trial = xformat("at %zu", at);
        bytes[at] ^= flip;
        expect_refused(directory, bytes, size, trial);
        bytes[at] ^= flip;
        expect_refused(directory, bytes, at, trial);
        free(trial);
    }
    bytes = xrealloc(bytes, size + 1);
    bytes[size] = 0;
    expect_refused(directory, bytes, size + 1, "one byte more");
    expect_refused(directory, bytes, 0, "empty");
    bytes[EVENTS_SIGNATURE_SIZE]++;
    expect_refused(directory, bytes, size, "another version");
    bytes[EVENTS_SIGNATURE_SIZE]--;
    // Beside one that is whole, what that has is found.
    write_file(path, bytes, size);
    expect_run(directory, "--merge -q --expect=2 a.events bad.events sample.evtx", 1,
               "missing events file: 1 of 2 are there");
    free(bytes);
    free(path);
    remove_tree(directory);
    free(directory);
}
END_TEST

// Files that were made to be wrong

// A block of a file that is being made.
struct made_block {
    enum events_kind kind;
    uint32_t input;
    struct buffer content;
};

// Writes a file of these blocks with every checksum right.
static void write_events(const char *path, const struct made_block *blocks, size_t count) {
    struct events_packer *packer = events_packer_new();
    struct sha256_ctx context;
    struct events_writer writer;
    struct buffer packed = {0};
    uint8_t hash[SHA256_SIZE];
    sha256_init(&context);
    ck_assert_ptr_nonnull(packer);
    for (size_t i = 0; i < count; i++) {
        const struct buffer *content = &blocks[i].content;
        if (blocks[i].kind == EVENTS_SETTINGS) {
            sha256_update(&context, content->size, (const uint8_t *)content->data);
        }
        ck_assert(events_pack(packer, blocks[i].kind, blocks[i].input, content->data, content->size,
                              &packed));
    }
    sha256_digest(&context, sizeof hash, hash);
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    events_write_head(&writer, stream, hash);
    events_write(&writer, packed.data, packed.size);
    events_write_end(&writer);
    ck_assert_int_eq(fclose(stream), 0);
    buffer_free(&packed);
    events_packer_free(packer);
}

enum { BLOCKS_MAX = 16 };

// The blocks of a file. Returns how many there are.
static size_t read_blocks(const char *path, struct made_block blocks[BLOCKS_MAX]) {
    struct events_reader reader = {0};
    struct events_block block;
    enum message_reason reason = REASON_COUNT;
    size_t count = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(events_read_head(&reader, fd, &reason), EVENTS_BLOCK);
    while (events_read(&reader, fd, &block, &reason) == EVENTS_BLOCK) {
        ck_assert(events_unpack(&reader, &block, &reason));
        ck_assert_uint_lt(count, BLOCKS_MAX);
        blocks[count] = (struct made_block){.kind = block.kind, .input = block.input};
        buffer_add(&blocks[count++].content, block.content, block.size);
    }
    events_reader_free(&reader);
    (void)close(fd);
    return count;
}

// A file that a collecting run has not written, but whose checksums are right. What is wrong in it
// is named, or has no effect; no process dies of it.
static void expect_harmless(const char *directory, const struct made_block *blocks, size_t count,
                            int status, const char *said) {
    char *path = xformat("%s/bad.events", directory);
    write_events(path, blocks, count);
    struct outcome outcome = run_words(directory, "--merge -v bad.events");
    ck_assert_msg(outcome.status == status && strstr(outcome.errors, said) != NULL &&
                      strstr(outcome.errors, "process died") == NULL &&
                      strstr(outcome.errors, "nonsense") == NULL,
                  "%s: status %d: %s", said, outcome.status, outcome.errors);
    outcome_free(&outcome);
    free(path);
}

// The head of the first event among messages that meets a stage, perhaps not aligned.
static char *find_hit(const struct buffer *content) {
    struct message message;
    for (size_t at = 0, taken = 0; at < content->size; at += taken) {
        ck_assert_int_eq(message_read(content->data + at, content->size - at, &message, &taken),
                         MESSAGE_READ);
        if (message.kind == MESSAGE_EVENT && message.event_head.hit_count > 0) {
            return content->data + at + sizeof(struct message_header);
        }
    }
    ck_abort_msg("no event");
}

static void set_text(struct buffer *content, const char *text) {
    buffer_clear(content);
    buffer_add_text(content, text);
}

static void set_bytes(struct buffer *content, const struct buffer *bytes) {
    buffer_clear(content);
    buffer_add(content, bytes->data, bytes->size);
}

START_TEST(test_hostile_files) {
    static const char damaged[] = "is a damaged events file";
    struct made_block blocks[BLOCKS_MAX];
    struct buffer good = {0};
    char *directory = make_sample();
    expect_run(directory, "--collect -qo a.events sample.evtx", 0, NULL);
    char *path = xformat("%s/a.events", directory);
    size_t count = read_blocks(path, blocks);
    ck_assert_uint_eq(count, 4); // settings, names, facts, events
    expect_harmless(directory, blocks, count, 1, "1 finding");

    struct buffer *facts = &blocks[2].content;
    struct buffer *events = &blocks[3].content;
    set_bytes(&good, events);
    blocks[3].input = 1; // an input that the file does not tell of
    expect_harmless(directory, blocks, count, 0, "0 findings");
    blocks[3].input = UINT32_MAX;
    expect_harmless(directory, blocks, count, 0, "0 findings");
    blocks[3].input = 0;
    buffer_add_text(events, "no message");
    expect_harmless(directory, blocks, count, 2, damaged);
    set_bytes(events, facts); // facts among events
    expect_harmless(directory, blocks, count, 2, damaged);
    // Hits of stages that there are not.
    set_bytes(events, &good);
    memset(find_hit(events) + sizeof(struct message_event), 0xff, sizeof(uint32_t));
    expect_harmless(directory, blocks, count, 0, "0 findings");
    // Another header: an event that claims more hits than there is room for, one of no size.
    set_bytes(events, &good);
    memset(find_hit(events) + offsetof(struct message_event, hit_count), 0xff, sizeof(uint32_t));
    expect_harmless(directory, blocks, count, 2, damaged);
    set_bytes(events, &good);
    events->size--; // the start of the finding comes last
    expect_harmless(directory, blocks, count, 2, damaged);
    set_bytes(events, &good);

    set_bytes(&good, facts);
    for (size_t at = 0; at < good.size; at += 7) { // whatever it is, a number or the size of a text
        set_bytes(facts, &good);
        facts->data[at] = (char)~facts->data[at];
        char *bad = xformat("%s/bad.events", directory);
        write_events(bad, blocks, count);
        struct outcome outcome = run_words(directory, "--merge -v bad.events");
        ck_assert_msg(outcome.status >= 0 && outcome.status <= 3 &&
                          strstr(outcome.errors, "process died") == NULL,
                      "facts at %zu: status %d: %s", at, outcome.status, outcome.errors);
        outcome_free(&outcome);
        free(bad);
    }
    set_bytes(facts, &good);

    set_text(&blocks[0].content, "{");
    expect_harmless(directory, blocks, count, 2, "its settings cannot be read");
    set_text(&blocks[0].content, "[1]");
    expect_harmless(directory, blocks, count, 2, "its settings cannot be read");
    set_text(&blocks[0].content, "{\"version\":\"0.0\",\"time\":\"utc\",\"maxspan\":-1}");
    expect_harmless(directory, blocks, count, 2, "another version of evtxseq wrote it");
    expect_harmless(directory, blocks + 1, count - 1, 2, "its settings cannot be read");
    for (size_t i = 0; i < count; i++) {
        buffer_free(&blocks[i].content);
    }
    buffer_free(&good);
    free(path);
    remove_tree(directory);
    free(directory);
}
END_TEST

void merge_tests(TCase *tests) {
    tcase_add_test(tests, test_random_logs);
    tcase_add_test(tests, test_cases);
    tcase_add_test(tests, test_public_logs);
    tcase_add_test(tests, test_other_inputs);
    tcase_add_test(tests, test_stream);
    tcase_add_test(tests, test_file_is_the_same);
    tcase_add_test(tests, test_mix_is_refused);
    tcase_add_test(tests, test_usage);
    tcase_add_test(tests, test_damaged_files);
    tcase_add_test(tests, test_hostile_files);
}
