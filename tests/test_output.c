// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: the output file, and the account of a run, appear whole or not at all, whatever
// happens meanwhile.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "suites.h"
#include "xmem.h"

static const char old_text[] = "from an earlier run\n";

static char *command_path(void) {
    const char *command = getenv("EVTXSEQ");
    command = command != NULL && *command != '\0' ? command : "build/evtxseq";
    char *path = realpath(command, NULL);
    if (path == NULL) {
        die("%s: %s", command, strerror(errno));
    }
    return path;
}

// A new directory with a log that has a finding, and an output file from an earlier run.
static char *make_directory(void) {
    size_t size = 0;
    char *directory = make_temporary_directory();
    char *log = xformat("%s/sample.evtx", directory);
    char *old = xformat("%s/out", directory);
    char *bytes = read_file("testdata/sample.evtx", &size);
    write_file(log, bytes, size);
    write_file(old, old_text, sizeof old_text - 1);
    free(bytes);
    free(old);
    free(log);
    return directory;
}

static void drop_directory(char *directory) {
    remove_tree(directory);
    free(directory);
}

static size_t file_count(const char *directory) {
    size_t count = 0;
    DIR *stream = opendir(directory);
    ck_assert_ptr_nonnull(stream);
    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        count += entry->d_name[0] != '.';
    }
    closedir(stream);
    return count;
}

// The two files are there, with nothing beside them.
static void check_untouched(const char *directory) {
    size_t size = 0;
    char *path = xformat("%s/out", directory);
    char *text = read_file(path, &size);
    ck_assert_str_eq(text, old_text);
    ck_assert_uint_eq(file_count(directory), 2);
    free(text);
    free(path);
}

// Signals

// The command, reading a log that does not end.
struct running {
    pid_t process;
    int input; // end of the pipe to write to
};

_Noreturn static void run_child(const char *directory, int input, bool ignores_hangup) {
    char *command = command_path();
    if (ignores_hangup) {
        (void)signal(SIGHUP, SIG_IGN);
    }
    if (chdir(directory) == 0 && dup2(input, STDIN_FILENO) >= 0) {
        execl(command, command, "-q", "-fcsv", "-oout", "--report=account", "-j2", "-",
              (char *)NULL);
    }
    die("%s: %s", command, strerror(errno));
}

static void pause_shortly(void) {
    const struct timespec time = {.tv_nsec = 10000000};
    (void)nanosleep(&time, NULL);
}

// Starts the command and waits until it has opened what it writes.
static struct running start(const char *directory, bool ignores_hangup) {
    enum { TRIES = 6000 };
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    struct running running = {.process = fork(), .input = ends[1]};
    ck_assert_int_ge(running.process, 0);
    if (running.process == 0) {
        run_child(directory, ends[0], ignores_hangup);
    }
    close(ends[0]);
    for (int i = 0; file_count(directory) < 4 && i < TRIES; i++) {
        pause_shortly();
    }
    ck_assert_uint_eq(file_count(directory), 4);
    return running;
}

static int wait_for(const struct running *running) {
    int status = 0;
    ck_assert_int_eq(waitpid(running->process, &status, 0), running->process);
    return status;
}

// Nobody has the input open any more: the workers are gone too.
static void check_no_readers(const struct running *running) {
    struct pollfd end = {.fd = running->input};
    ck_assert_int_eq(poll(&end, 1, 60000), 1);
    ck_assert_int_ne(end.revents & POLLERR, 0);
    close(running->input);
}

START_TEST(test_signal) {
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM};
    char *directory = make_directory();
    struct running running = start(directory, false);
    ck_assert_int_eq(kill(running.process, signals[_i]), 0);
    int status = wait_for(&running);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), signals[_i]);
    check_no_readers(&running);
    check_untouched(directory);
    drop_directory(directory);
}
END_TEST

// No handler can see to this one, so the temporary files stay; what is in place does too.
START_TEST(test_kill) {
    char *directory = make_directory();
    struct running running = start(directory, false);
    ck_assert_int_eq(kill(running.process, SIGKILL), 0);
    ck_assert(WIFSIGNALED(wait_for(&running)));
    check_no_readers(&running);
    ck_assert_uint_eq(file_count(directory), 4);
    drop_directory(directory);
}
END_TEST

// As under nohup: the signal changes nothing.
START_TEST(test_ignored_signal) {
    size_t size = 0;
    char *directory = make_directory();
    char *log = read_file("testdata/sample.evtx", &size);
    char *path = xformat("%s/out", directory);
    struct running running = start(directory, true);
    ck_assert_int_eq(kill(running.process, SIGHUP), 0);
    ck_assert_int_eq(write(running.input, log, size), (ssize_t)size);
    close(running.input);
    int status = wait_for(&running);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
    char *text = read_file(path, &size);
    ck_assert_ptr_nonnull(strstr(text, ",wmi-script-execution,"));
    ck_assert_uint_eq(file_count(directory), 3);
    free(text);
    free(path);
    free(log);
    drop_directory(directory);
}
END_TEST

// Places that cannot be written to

static struct outcome run_shell(const char *directory, const char *script) {
    char shell[] = "/bin/sh";
    char option[] = "-c";
    char *text = xstrdup(script);
    char *command = command_path();
    char *arguments[] = {shell, option, text, command, NULL};
    struct outcome outcome = command_run(arguments, directory, NULL);
    free(command);
    free(text);
    return outcome;
}

// The shell's limit is in blocks of 512 bytes, of which the table takes more than two. It holds for
// any file, so standard error goes to a pipe.
START_TEST(test_file_limit) {
    static const char *const scripts[] = {
        "{ (ulimit -f 0; \"$0\" -q -fcsv -oout sample.evtx 2>&1); echo $?; } | cat",
        "{ (ulimit -f 1; \"$0\" -q -fcsv -oout sample.evtx 2>&1); echo $?; } | cat",
        "{ (ulimit -f 1; \"$0\" -q -fcsv -onew sample.evtx 2>&1); echo $?; } | cat",
    };
    char *directory = make_directory();
    struct outcome outcome = run_shell(directory, scripts[_i]);
    char *expected = xformat("evtxseq: %s: cannot write: File too large\n2\n",
                             strstr(scripts[_i], "-oout") != NULL ? "out" : "new");
    ck_assert_str_eq(outcome.output, expected);
    check_untouched(directory);
    free(expected);
    outcome_free(&outcome);
    drop_directory(directory);
}
END_TEST

START_TEST(test_unwritable) {
    static const struct {
        const char *script;
        const char *errors;
    } runs[] = {
        {"\"$0\" -q sample.evtx >/dev/full",
         "evtxseq: standard output: cannot write: No space left on device\n"},
        {"\"$0\" -q -f html sample.evtx >/dev/full",
         "evtxseq: standard output: cannot write: No space left on device\n"},
        {"\"$0\" -q -o /dev/full sample.evtx",
         "evtxseq: /dev/full: cannot write: No space left on device\n"},
        {"\"$0\" -q --report=/dev/full sample.evtx",
         "evtxseq: /dev/full: cannot write: No space left on device\n"},
        {"\"$0\" -q --report=no/such sample.evtx",
         "evtxseq: no/such: cannot write: No such file or directory\n"},
        {"\"$0\" -q --report=sample.evtx -",
         "evtxseq: sample.evtx: is an EVTX log, which --report does not overwrite\n"},
        {"\"$0\" -q --report=out out",
         "evtxseq: out: is an input, which --report does not overwrite\n"},
        {"mkdir rules; echo 'any where true' >rules/any.eql; "
         "\"$0\" -q -r rules -o rules/any.eql sample.evtx; s=$?; rm -r rules; exit $s",
         "evtxseq: rules/any.eql: is a rule file in use, which -o does not overwrite\n"},
        {"echo any >any.eql; \"$0\" -q -r any.eql,all --list-rules -o any.eql 2>&1 >/dev/null | "
         "tail -1 >&2; rm any.eql; exit 2",
         "evtxseq: any.eql: is a rule file in use, which -o does not overwrite\n"},
        {"\"$0\" -q -o new --report=new sample.evtx",
         "evtxseq: --output and --report need a file each\nTry 'evtxseq --help'.\n"},
        {"\"$0\" -q sample.evtx >&-",
         "evtxseq: standard output: cannot write: Bad file descriptor\n"},
        {"\"$0\" -q sample.evtx <&- >&-",
         "evtxseq: standard output: cannot write: Bad file descriptor\n"},
    };
    char *directory = make_directory();
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct outcome outcome = run_shell(directory, runs[i].script);
        ck_assert_str_eq(outcome.errors, runs[i].errors);
        ck_assert_int_eq(outcome.status, 2);
        outcome_free(&outcome);
    }
    check_untouched(directory);
    drop_directory(directory);
}
END_TEST

// Whatever an input looks like, and by whatever name, -o does not take its place: a file that is no
// log, a hard link, a link, standard input, one of a list, and one that a directory brings.
START_TEST(test_input_kept) {
    static const char *const scripts[] = {
        "\"$0\" -q -o out out",
        "ln out hard; \"$0\" -q -o hard sample.evtx out; s=$?; rm hard; exit $s",
        "ln -s out soft; \"$0\" -q -o soft out; s=$?; rm soft; exit $s",
        "\"$0\" -q -o out - <out",
        "echo out | \"$0\" -q -o out --files-from=-",
        "\"$0\" -q --carve -o out .",
        "mkdir sub; ln out sub/x.evtx; \"$0\" -q -o out sub; s=$?; rm -r sub; exit $s",
    };
    char *directory = make_directory();
    struct outcome outcome = run_shell(directory, scripts[_i]);
    ck_assert_msg(strstr(outcome.errors, "is an input, which -o does not overwrite\n") != NULL,
                  "%s: %s", scripts[_i], outcome.errors);
    ck_assert_int_eq(outcome.status, 2);
    check_untouched(directory);
    outcome_free(&outcome);
    drop_directory(directory);
}
END_TEST

// A file that is no input is replaced, also where inputs are on the same device.
START_TEST(test_other_replaced) {
    char *directory = make_directory();
    struct outcome outcome = run_shell(directory, "\"$0\" -q -o out . - <sample.evtx");
    ck_assert_str_eq(outcome.errors, "");
    ck_assert_int_eq(outcome.status, 1);
    size_t size = 0;
    char *path = xformat("%s/out", directory);
    char *text = read_file(path, &size);
    ck_assert_str_ne(text, old_text);
    free(text);
    free(path);
    outcome_free(&outcome);
    drop_directory(directory);
}
END_TEST

// "-" is standard output, which can have the findings or the account, not both.
START_TEST(test_dash) {
    static const struct {
        const char *script;
        const char *begin; // of standard output
        const char *errors;
        int status;
    } runs[] = {
        {"\"$0\" -q -o new -o - --format=brief sample.evtx", "2024-", "", 1},
        {"\"$0\" -q -o /dev/null --report=- sample.evtx", "{", "", 1},
        {"\"$0\" -q -o - --report=- sample.evtx", "",
         "evtxseq: --output and --report need a file each\nTry 'evtxseq --help'.\n", 2},
    };
    char *directory = make_directory();
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct outcome outcome = run_shell(directory, runs[i].script);
        ck_assert_str_eq(outcome.errors, runs[i].errors);
        ck_assert_int_eq(outcome.status, runs[i].status);
        ck_assert_msg(strncmp(outcome.output, runs[i].begin, strlen(runs[i].begin)) == 0, "%s",
                      outcome.output);
        outcome_free(&outcome);
    }
    check_untouched(directory);
    drop_directory(directory);
}
END_TEST

// What the command says of its arguments cannot act on the terminal.
START_TEST(test_arguments_shown) {
    static const char *const scripts[] = {
        "\"$0\" --no-such\033",   "\"$0\" -\033",          "\"$0\" --strict=\033 x",
        "\"$0\" --format=\033 x", "\"$0\" -o no\033/x x",  "\"$0\" --files-from=no\033",
        "\"$0\" no\033",          "\"$0\" --explain=\033",
    };
    char *directory = make_directory();
    struct outcome outcome = run_shell(directory, scripts[_i]);
    ck_assert_int_eq(outcome.status, 2);
    ck_assert_msg(strchr(outcome.errors, '\033') == NULL, "%s", outcome.errors);
    ck_assert_msg(strncmp(outcome.errors, "evtxseq: ", 9) == 0, "%s", outcome.errors);
    outcome_free(&outcome);
    drop_directory(directory);
}
END_TEST

// A FIFO whose reader has gone before anything is written.
START_TEST(test_closed_pipe) {
    char *directory = make_directory();
    struct outcome outcome = run_shell(
        directory,
        "mkfifo pipe; sleep 60 <pipe & exec 3>pipe; kill $!; wait; \"$0\" -q sample.evtx >&3");
    ck_assert_str_eq(outcome.errors, "");
    ck_assert_int_eq(outcome.status, 1);
    outcome_free(&outcome);
    drop_directory(directory);
}
END_TEST

// What has been read can be hashed if it can be read again, be it standard input; not a pipe.
START_TEST(test_hashes) {
    static const struct {
        const char *script;
        const char *output;
    } runs[] = {
        {"\"$0\" -q --report=account - <sample.evtx >/dev/null; grep -c '\"sha256\"' account",
         "1\n"},
        {"cat sample.evtx | \"$0\" -q --report=account - >/dev/null; grep -c '\"sha256\"' account",
         "0\n"},
        {"\"$0\" -q --report=account sample.evtx out 2>/dev/null >&2; "
         "sed -n 's/.*\"sha256\": \"\\(.*\\)\",/\\1/p' account >hashes; "
         "sha256sum out sample.evtx | cut -c 1-64 | cmp hashes - && echo same",
         "same\n"},
        {"\"$0\" -q -f html sample.evtx >page; "
         "grep -c \"<code>$(sha256sum sample.evtx | cut -c 1-64)</code>\" page",
         "1\n"},
    };
    char *directory = make_directory();
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct outcome outcome = run_shell(directory, runs[i].script);
        ck_assert_msg(strcmp(outcome.output, runs[i].output) == 0, "%s: %s%s", runs[i].script,
                      outcome.output, outcome.errors);
        outcome_free(&outcome);
    }
    drop_directory(directory);
}
END_TEST

// Without --format the file's suffix says the format; any other, or none, is text.
START_TEST(test_suffix) {
    static const struct {
        const char *options;
        const char *file;
        const char *start;
    } runs[] = {
        {"", "a.csv", "id,rule_id,"},
        {"", "a.b.CSV", "id,rule_id,"},
        {"", "a.jsonl", "{"},
        {"", "a.csv.txt", "MEDIUM"},
        {"", "csv", "MEDIUM"},
        {"-f csv", "b.jsonl", "id,rule_id,"},
        {"-f text", "b.csv", "MEDIUM"},
        {"-f timesketch", "c.csv", "message,"},
        {"--coverage", "d.csv", "file,host,"},
    };
    char *directory = make_directory();
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        size_t size = 0;
        char *script = xformat("\"$0\" -q %s -o %s sample.evtx", runs[i].options, runs[i].file);
        char *path = xformat("%s/%s", directory, runs[i].file);
        struct outcome outcome = run_shell(directory, script);
        ck_assert_str_eq(outcome.errors, "");
        char *text = read_file(path, &size);
        ck_assert_msg(strncmp(text, runs[i].start, strlen(runs[i].start)) == 0, "%s: %s", script,
                      text);
        free(text);
        outcome_free(&outcome);
        free(path);
        free(script);
    }
    drop_directory(directory);
}
END_TEST

// Links in a directory are counted, and named with -v, wherever they lead.
START_TEST(test_links) {
    char *directory = make_directory();
    struct outcome outcome = run_shell(
        directory, "mkdir d && cp sample.evtx d && ln -s sample.evtx d/x && ln -s .. d/y &&"
                   "ln -s nowhere d/z && \"$0\" -v d");
    ck_assert_int_eq(outcome.status, 1);
    ck_assert_ptr_nonnull(strstr(outcome.errors,
                                 "evtxseq: d/x: symbolic link that was not followed: name it to "
                                 "have it read\nevtxseq: d/y: symbolic link"));
    ck_assert_ptr_nonnull(strstr(outcome.errors, "evtxseq: d/z: symbolic link"));
    ck_assert_ptr_nonnull(
        strstr(outcome.errors, "problems: 3 symbolic links that were not followed\n"));
    outcome_free(&outcome);
    drop_directory(directory);
}
END_TEST

void output_tests(TCase *tests) {
    tcase_add_test(tests, test_links);
    tcase_add_test(tests, test_hashes);
    tcase_add_test(tests, test_suffix);
    tcase_add_loop_test(tests, test_signal, 0, 3);
    tcase_add_test(tests, test_kill);
    tcase_add_test(tests, test_ignored_signal);
    tcase_add_loop_test(tests, test_file_limit, 0, 3);
    tcase_add_test(tests, test_unwritable);
    tcase_add_test(tests, test_closed_pipe);
    tcase_add_loop_test(tests, test_input_kept, 0, 7);
    tcase_add_test(tests, test_other_replaced);
    tcase_add_test(tests, test_dash);
    tcase_add_loop_test(tests, test_arguments_shown, 0, 8);
}
