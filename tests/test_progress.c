// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: the line on a terminal that says how far a scan has come.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "command.h"
#include "suites.h"
#include "xmem.h"

enum { OUTPUT_MAX = 65536, PIECES = 8, COLUMNS = 40 };

#define ERASE "\r\033[K"

// A command at work: its terminal, the pipe that it reads a log from, and what it has written.
struct session {
    pid_t process;
    int terminal;
    int input;
    char output[OUTPUT_MAX];
    size_t size;
};

static char *make_log(size_t *size) {
    static const char text[] = "log live.evtx\n"
                               "load  10:00:00\n"
                               "start 10:00:01\n"
                               "filler 6000\n";
    char *directory = make_temporary_directory();
    char *path = xformat("%s/progress.case", directory);
    write_file(path, text, sizeof text - 1);
    struct test_case *test = case_read(path);
    ck_assert_uint_gt(test->files[0].size, (size_t)24 * 65536);
    char *bytes = xmalloc(test->files[0].size);
    *size = test->files[0].size;
    memcpy(bytes, test->files[0].bytes, *size);
    case_free(test);
    remove_tree(directory);
    free(path);
    free(directory);
    return bytes;
}

static _Noreturn void run(int input, const char *option, const char *terminal) {
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)dup2(input, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
    (void)setenv("TERM", terminal, 1);
    (void)execl(command, command, option, "-j1", "-", (char *)NULL);
    _exit(127);
}

static void start(struct session *session, const char *option, const char *terminal) {
    const struct winsize size = {.ws_row = 24, .ws_col = COLUMNS};
    int ends[2];
    *session = (struct session){.size = 0};
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    session->process = forkpty(&session->terminal, NULL, NULL, &size);
    ck_assert_int_ge(session->process, 0);
    if (session->process == 0) {
        run(ends[0], option, terminal);
    }
    (void)close(ends[0]);
    session->input = ends[1];
    ck_assert_int_eq(fcntl(session->terminal, F_SETFL, O_NONBLOCK), 0);
}

// Takes what the command has written so far. False when it has closed the terminal.
static bool take_output(struct session *session) {
    for (;;) {
        ssize_t count = read(session->terminal, session->output + session->size,
                             OUTPUT_MAX - 1 - session->size);
        if (count <= 0) {
            return count < 0 && (errno == EAGAIN || errno == EINTR);
        }
        session->size += (size_t)count;
        session->output[session->size] = '\0';
    }
}

// Writes the part of the log from `from` of PIECES on up to before `to`, a piece every 0.15 s.
static void feed(struct session *session, const char *bytes, size_t size, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        size_t begin = size / PIECES * i;
        size_t end = i + 1 == PIECES ? size : size / PIECES * (i + 1);
        while (begin < end) {
            ssize_t count = write(session->input, bytes + begin, end - begin);
            ck_assert_int_gt(count, 0);
            begin += (size_t)count;
        }
        (void)usleep(150000);
        (void)take_output(session);
    }
}

static int finish(struct session *session) {
    int status = 0;
    (void)close(session->input);
    while (take_output(session)) {
        (void)usleep(10000);
    }
    ck_assert_int_eq(waitpid(session->process, &status, 0), session->process);
    (void)close(session->terminal);
    return status;
}

static int run_to_end(struct session *session, const char *option, const char *terminal) {
    size_t size = 0;
    char *bytes = make_log(&size);
    start(session, option, terminal);
    feed(session, bytes, size, 0, PIECES);
    free(bytes);
    return finish(session);
}

// Every drawing starts in the first column, erases what is after it and leaves the last column
// free. Returns how many there are, and where the last of them ends.
static size_t check_drawings(const char *output, const char **rest) {
    size_t count = 0;
    const char *at = output;
    while (strncmp(at, "\revtxseq: ", 10) == 0) {
        size_t length = strcspn(at + 1, "\r\n\033");
        ck_assert_uint_lt(length, COLUMNS);
        ck_assert_int_eq(strncmp(at + 1 + length, "\033[K", 3), 0);
        at += 1 + length + 3;
        count++;
    }
    *rest = at;
    return count;
}

START_TEST(line_is_drawn_and_erased) {
    struct session session;
    const char *rest = NULL;
    int status = run_to_end(&session, "-v", "xterm");
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    size_t count = check_drawings(session.output, &rest);
    ck_assert_uint_ge(count, 2);
    ck_assert_uint_le(count, 600); // ten a second, on the slowest of machines
    ck_assert_msg(strstr(session.output, "iB/s") != NULL, "%s", session.output);
    // The line goes before the summary comes, and does not come back.
    ck_assert_msg(strncmp(rest, ERASE "evtxseq: ", strlen(ERASE "evtxseq: ")) == 0, "%s", rest);
    ck_assert_ptr_null(strstr(rest + strlen(ERASE), "\033"));
    ck_assert_ptr_nonnull(strstr(rest, "1 finding (1 medium)"));
}
END_TEST

START_TEST(no_line_when_quiet) {
    struct session session;
    (void)run_to_end(&session, "-q", "xterm");
    ck_assert_uint_eq(session.size, 0);
}
END_TEST

START_TEST(no_line_on_a_dumb_terminal) {
    struct session session;
    (void)run_to_end(&session, "-v", "dumb");
    ck_assert_ptr_null(strstr(session.output, "\033"));
    ck_assert_int_eq(strncmp(session.output, "evtxseq: ", 9), 0);
    ck_assert_ptr_nonnull(strstr(session.output, "1 finding (1 medium)"));
}
END_TEST

START_TEST(line_is_erased_when_a_signal_ends_the_program) {
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    struct session session;
    const char *rest = NULL;
    size_t size = 0;
    char *bytes = make_log(&size);
    start(&session, "-v", "xterm");
    feed(&session, bytes, size, 0, PIECES / 2);
    free(bytes);
    ck_assert_int_eq(kill(session.process, numbers[_i]), 0);
    int status = finish(&session);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == numbers[_i]);
    ck_assert_uint_ge(check_drawings(session.output, &rest), 1);
    static const char expected[] = ERASE "evtxseq: interrupted after ";
    ck_assert_msg(strncmp(rest, expected, sizeof expected - 1) == 0, "%s", rest);
    ck_assert_ptr_nonnull(strstr(rest, "iB, 1 file\r\n"));
}
END_TEST

void progress_tests(TCase *tests) {
    tcase_add_test(tests, line_is_drawn_and_erased);
    tcase_add_test(tests, no_line_when_quiet);
    tcase_add_test(tests, no_line_on_a_dumb_terminal);
    tcase_add_loop_test(tests, line_is_erased_when_a_signal_ends_the_program, 0, 3);
}
