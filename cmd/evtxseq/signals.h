// SPDX-License-Identifier: GPL-3.0-or-later
// A file that must not stay behind when a signal ends the program.
#ifndef EVTXSEQ_SIGNALS_H
#define EVTXSEQ_SIGNALS_H

#include <signal.h>

// Keeps SIGHUP, SIGINT and SIGTERM waiting while a file and its name in signals_remove() are
// brought into line; `before` is for signals_let_go().
void signals_hold(sigset_t *before);
void signals_let_go(const sigset_t *before);

// From here on these signals remove the file, then end the program as they would have anyway. One
// that was ignored when the program was started stays so. There is one such file at most; NULL
// for none. The name must stay until another is given.
void signals_remove(const char *path);

#endif
