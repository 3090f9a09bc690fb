// SPDX-License-Identifier: GPL-3.0-or-later
// libevtx 20181227 leaks what it was at work on when it gives up on a record. In evtxseq that is
// the worker's memory, which has a limit; here such leaks would hide our own.
// NOLINTBEGIN(bugprone-reserved-identifier): the sanitizer's name.
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void) {
    return "leak:libevtx.so\n";
}
// NOLINTEND(bugprone-reserved-identifier)
