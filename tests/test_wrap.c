// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of lines that fit a terminal, and of what the command takes for one.
//
// Environment: EVTXSEQ, the command under test (build/evtxseq).
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "out/wrap.h"
#include "random_log.h"
#include "suites.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { WIDTH = WRAP_WIDTH_MIN };

static char *wrapped(size_t width, bool has_colour, const char *const texts[2]) {
    struct buffer out = {0};
    struct wrap wrap = {.out = &out, .width = width, .has_colour = has_colour};
    wrap_begin(&wrap, "first ", "next  ");
    wrap_add(&wrap, COLOUR_STRONG, texts[0]);
    if (texts[1] != NULL) {
        buffer_add_text(wrap_compose(&wrap), texts[1]);
        wrap_add_unbroken(&wrap);
    }
    wrap_end(&wrap);
    wrap_free(&wrap);
    buffer_add_byte(&out, '\0');
    ck_assert(!out.failed);
    return out.data;
}

#define TEN "0123456789"

// 34 columns for text in each line.
static const struct {
    const char *texts[2];
    const char *expected;
} examples[] = {
    {{"", NULL}, "first \n"},
    {{"a b", NULL}, "first a b\n"},
    // A line just full, one more, and a word that goes to the next line whole.
    {{TEN TEN TEN " abc", NULL}, "first " TEN TEN TEN " abc\n"},
    {{TEN TEN TEN " abcd", NULL}, "first " TEN TEN TEN "\nnext  abcd\n"},
    {{TEN " " TEN " " TEN " 0", NULL}, "first " TEN " " TEN " " TEN " 0\n"},
    {{TEN " " TEN " " TEN " 01", NULL}, "first " TEN " " TEN " " TEN "\nnext  01\n"},
    // A word longer than a line, alone, after a short one, and after a long one.
    {{TEN TEN TEN TEN, NULL}, "first " TEN TEN TEN "0123\nnext  456789\n"},
    {{"a " TEN TEN TEN TEN, NULL}, "first a " TEN TEN TEN "01\nnext  23456789\n"},
    {{TEN TEN " " TEN TEN TEN TEN, NULL},
     "first " TEN TEN "\nnext  " TEN TEN TEN "0123\nnext  456789\n"},
    // Before a separator, if there is one that helps.
    {{"/" TEN TEN "/" TEN "/" TEN, NULL}, "first /" TEN TEN "/" TEN "\nnext  /" TEN "\n"},
    {{TEN " C:\\" TEN "\\" TEN "\\" TEN, NULL},
     "first " TEN " C:\\" TEN "\nnext  \\" TEN "\\" TEN "\n"},
    {{"/" TEN TEN TEN TEN "/abc", NULL}, "first /" TEN TEN TEN "012\nnext  3456789/abc\n"},
    // Of many spaces one at most is left out.
    {{"a  b   c", NULL}, "first a  b   c\n"},
    {{" a ", NULL}, "first  a \n"},
    {{TEN TEN TEN "   abcd", NULL}, "first " TEN TEN TEN "  \nnext  abcd\n"},
    {{TEN TEN TEN "012  abcd", NULL}, "first " TEN TEN TEN "012 \nnext  abcd\n"},
    {{TEN TEN TEN "0123  abcd", NULL}, "first " TEN TEN TEN "0123\nnext    abcd\n"},
    // What belongs together.
    {{"a", "(b c)"}, "first a (b c)\n"},
    {{TEN TEN TEN, "(b c)"}, "first " TEN TEN TEN "\nnext  (b c)\n"},
    // Columns, not bytes: two for each of these, none for an accent.
    {{"\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22"
      "\u6f22 a b",
      NULL},
     "first \u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22\u6f22"
     "\u6f22\u6f22 a\nnext  b\n"},
    {{TEN TEN TEN "012e\u0301", NULL}, "first " TEN TEN TEN "012e\u0301\n"},
    {{TEN TEN TEN "012\u00e9a", NULL}, "first " TEN TEN TEN "012\u00e9\nnext  a\n"},
    // What would act on the terminal counts as it is shown.
    {{"\x1b[2J\n", NULL}, "first \\x1B[2J\\x0A\n"},
};

START_TEST(lines_are_broken_between_words) {
    char *text = wrapped(WIDTH, false, examples[_i].texts);
    ck_assert_str_eq(text, examples[_i].expected);
    free(text);
}
END_TEST

// A line breaks where it would if the text came as a whole, wherever it is cut.
START_TEST(pieces_are_one_text) {
    static const char text[] = "3 logs: a/b.evtx, a/c.evtx and 5 more; -v names each";
    const char *const whole[2] = {text, NULL};
    char *expected = wrapped(WIDTH, false, whole);
    for (size_t at = 0; at < sizeof text; at++) {
        struct buffer out = {0};
        struct wrap wrap = {.out = &out, .width = WIDTH};
        wrap_begin(&wrap, "first ", "next  ");
        wrap_printf(&wrap, COLOUR_STRONG, "%.*s", (int)at, text);
        wrap_add(&wrap, COLOUR_NONE, text + at);
        wrap_end(&wrap);
        wrap_free(&wrap);
        buffer_add_byte(&out, '\0');
        ck_assert_str_eq(out.data, expected);
        buffer_free(&out);
    }
    free(expected);
}
END_TEST

START_TEST(no_width_no_breaks) {
    const char *const texts[2] = {TEN TEN TEN TEN " " TEN TEN TEN TEN TEN TEN TEN, "(a b)"};
    char *text = wrapped(0, false, texts);
    ck_assert_str_eq(text, "first " TEN TEN TEN TEN " " TEN TEN TEN TEN TEN TEN TEN " (a b)\n");
    free(text);
}
END_TEST

// The margin is not coloured, and no line leaves a colour on.
START_TEST(colour_ends_with_the_line) {
    const char *const texts[2] = {TEN TEN TEN " abcd", "x"};
    char *text = wrapped(WIDTH, true, texts);
    ck_assert_str_eq(text, "first \x1b[1m" TEN TEN TEN "\x1b[0m\nnext  \x1b[1m"
                           "abcd\x1b[0m x\n");
    free(text);
}
END_TEST

// Takes the lines apart again: each fits, and together they are the text but for a space a break.
static void expect_kept(const char *out, const char *text) {
    size_t lines = 0;
    const char *at = text;
    while (*out != '\0') {
        size_t size = strcspn(out, "\n");
        ck_assert_uint_le(size, WIDTH);
        ck_assert_mem_eq(out, lines++ == 0 ? "first " : "next  ", 6);
        if (lines > 1 && *at == ' ' && strncmp(at, out + 6, size - 6) != 0) {
            at++;
        }
        ck_assert_msg(strncmp(at, out + 6, size - 6) == 0, "`%s` in `%s`", out, text);
        at += size - 6;
        out += size + 1;
    }
    ck_assert_str_eq(at, "");
}

START_TEST(nothing_is_lost) {
    struct random random = {1};
    for (int round = 0; round < 20000; round++) {
        char text[160];
        size_t size = random_below(&random, sizeof text);
        unsigned spaces = (unsigned)random_below(&random, 60);
        for (size_t i = 0; i < size; i++) {
            text[i] = random_chance(&random, spaces) ? ' '
                      : random_chance(&random, 10)   ? '/'
                                                     : (char)('a' + i % 26);
        }
        text[size] = '\0';
        const char *const texts[2] = {text, NULL};
        char *out = wrapped(WIDTH, false, texts);
        expect_kept(out, text);
        free(out);
    }
}
END_TEST

// Terminals

static const char sample[] = "testdata/sample.evtx";

static void require(bool ok, const char *what) {
    if (!ok) {
        die("%s: %s", what, strerror(errno));
    }
}

_Noreturn static void run_on(const char *terminal, const char *option) {
    const char *command = getenv("EVTXSEQ");
    command = command != NULL ? command : "build/evtxseq";
    (void)setsid();
    int fd = open(terminal, O_RDWR);
    if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0) {
        (void)execl(command, command, "-q", option, sample, (char *)NULL);
    }
    _exit(127);
}

// What the command writes to a terminal of so many columns.
static char *run_in_terminal(unsigned short columns, const char *option) {
    struct buffer out = {0};
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    require(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0, "posix_openpt");
    const char *name = ptsname(terminal);
    require(name != NULL && ioctl(terminal, TIOCSWINSZ, &size) == 0, "ptsname");
    // Held open, so that what has been written is not lost when the command ends.
    int held = open(name, O_RDWR | O_NOCTTY);
    pid_t child = fork();
    require(held >= 0 && child >= 0, "fork");
    if (child == 0) {
        run_on(name, option);
    }
    // The block ends with an empty line; a terminal turns each line end into two characters.
    while (out.size < 4 || memcmp(out.data + out.size - 4, "\r\n\r\n", 4) != 0 ||
           memmem(out.data, out.size, "child", 5) == NULL) {
        char *to = buffer_reserve(&out, 4096);
        ssize_t count = to == NULL ? -1 : read(terminal, to, 4096);
        require(count > 0, "read");
        out.size += (size_t)count;
    }
    require(waitpid(child, NULL, 0) == child, "waitpid");
    (void)close(held);
    (void)close(terminal);
    buffer_add_byte(&out, '\0');
    return out.data;
}

static size_t longest_line(const char *text) {
    size_t longest = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, "\r\n");
        longest = size > longest ? size : longest;
        text += size;
        text += strspn(text, "\r\n");
    }
    return longest;
}

static void expect_in_terminal(unsigned short columns, const char *option, size_t at_most,
                               bool colour) {
    char *text = run_in_terminal(columns, option);
    size_t longest = longest_line(text);
    ck_assert_int_eq(strchr(text, '\x1b') != NULL, colour);
    if (!colour) {
        ck_assert_uint_le(longest, at_most);
        ck_assert_uint_gt(longest + 20, at_most);
    }
    free(text);
}

START_TEST(text_fits_the_terminal) {
    (void)setenv("TERM", "xterm", 1);
    expect_in_terminal(80, "--color=never", 80, false);
    expect_in_terminal(60, "--color=never", 60, false);
    expect_in_terminal(20, "--color=never", WRAP_WIDTH_MIN, false);
    // The longest line there is.
    expect_in_terminal(200, "--color=never", 109, false);
    (void)setenv("COLUMNS", "70", 1);
    expect_in_terminal(200, "--color=never", 70, false);
    (void)setenv("COLUMNS", "wide", 1);
    expect_in_terminal(80, "--color=never", 80, false);
}
END_TEST

START_TEST(terminals_have_colour) {
    (void)setenv("TERM", "xterm", 1);
    expect_in_terminal(80, "--color=auto", 0, true);
    expect_in_terminal(80, "-q", 0, true);
    (void)setenv("NO_COLOR", "", 1);
    expect_in_terminal(80, "--color=auto", 0, true);
    (void)setenv("NO_COLOR", "1", 1);
    expect_in_terminal(80, "-q", 80, false);
    expect_in_terminal(80, "--color=always", 0, true);
    (void)unsetenv("NO_COLOR");
    (void)setenv("TERM", "dumb", 1);
    expect_in_terminal(80, "-q", 80, false);
}
END_TEST

void wrap_tests(TCase *tests) {
    tcase_add_loop_test(tests, lines_are_broken_between_words, 0, (int)COUNT(examples));
    tcase_add_test(tests, pieces_are_one_text);
    tcase_add_test(tests, no_width_no_breaks);
    tcase_add_test(tests, colour_ends_with_the_line);
    tcase_add_test(tests, nothing_is_lost);
    tcase_add_test(tests, text_fits_the_terminal);
    tcase_add_test(tests, terminals_have_colour);
}
