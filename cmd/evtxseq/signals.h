// SPDX-License-Identifier: GPL-3.0-or-later
// What must not be left over when a signal ends the program: a file, a line on the terminal.
#ifndef EVTXSEQ_SIGNALS_H
#define EVTXSEQ_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

// Keeps SIGHUP, SIGINT and SIGTERM waiting while a file and its name in signals_remove() are
// brought into line; `before` is for signals_let_go().
void signals_hold(sigset_t *before);
void signals_let_go(const sigset_t *before);

// There are so many files at most to be removed.
enum { SIGNALS_FILES = 2 };

// From here on these signals remove the file, then end the program as they would have anyway. One
// that was ignored when the program was started stays so. The name must stay until it is given to
// signals_keep().
void signals_remove(const char *path);

// From here on they do not.
void signals_keep(const char *path);

// From here on they write this text to standard error, once what has to be erased is gone.
enum { SIGNALS_NOTE_SIZE = 128 };
void signals_note(const char *text);

// Back to the first column, and nothing of the line stays.
#define SIGNALS_ERASE "\r\033[K"

// Whether, from here on, they also erase the line that is shown on the terminal which standard
// error is.
void signals_erase(bool is_shown);

#endif
