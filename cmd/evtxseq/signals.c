// SPDX-License-Identifier: GPL-3.0-or-later
#include "signals.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const int endings[] = {SIGHUP, SIGINT, SIGTERM};

enum { ENDING_COUNT = sizeof endings / sizeof endings[0] };

// The program's only variables of this kind: a handler is told nothing but the signal's number.
static const char *volatile unfinished[SIGNALS_FILES];
static volatile sig_atomic_t has_line;
// The one in use is never the one that is being written.
static char notes[2][SIGNALS_NOTE_SIZE];
static volatile sig_atomic_t note = -1;

static void end(int number) {
    for (size_t i = 0; i < SIGNALS_FILES; i++) {
        const char *path = unfinished[i];
        if (path != NULL) {
            (void)unlink(path);
        }
    }
    if (has_line) {
        ssize_t written = write(STDERR_FILENO, SIGNALS_ERASE, sizeof SIGNALS_ERASE - 1);
        (void)written; // there is nothing to be done about it
    }
    if (note >= 0) {
        ssize_t written = write(STDERR_FILENO, notes[note], strlen(notes[note]));
        (void)written;
    }
    // The handler was for one time. The signal comes again when it returns, and ends the program.
    (void)raise(number);
}

static void fill_set(sigset_t *set) {
    (void)sigemptyset(set);
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        (void)sigaddset(set, endings[i]);
    }
}

void signals_hold(sigset_t *before) {
    sigset_t set;
    fill_set(&set);
    (void)sigprocmask(SIG_BLOCK, &set, before);
}

void signals_let_go(const sigset_t *before) {
    (void)sigprocmask(SIG_SETMASK, before, NULL);
}

static void watch(void) {
    struct sigaction action = {.sa_handler = end, .sa_flags = (int)SA_RESETHAND};
    struct sigaction before;
    fill_set(&action.sa_mask);
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        if (sigaction(endings[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            (void)sigaction(endings[i], &action, NULL);
        }
    }
}

// Puts another name in the place of the first that is this one.
static void replace(const char *name, const char *by) {
    for (size_t i = 0; i < SIGNALS_FILES; i++) {
        if (unfinished[i] == name) {
            unfinished[i] = by;
            return;
        }
    }
}

void signals_remove(const char *path) {
    replace(NULL, path);
    watch();
}

void signals_keep(const char *path) {
    replace(path, NULL);
}

void signals_note(const char *text) {
    int next = note == 0 ? 1 : 0;
    size_t size = strnlen(text, SIGNALS_NOTE_SIZE - 1);
    memcpy(notes[next], text, size);
    notes[next][size] = '\0';
    if (note < 0) {
        watch();
    }
    note = next;
}

void signals_erase(bool is_shown) {
    has_line = is_shown;
    if (is_shown) {
        watch();
    }
}
