// SPDX-License-Identifier: GPL-3.0-or-later
// libevtx 20181227 leaks what it was at work on when it gives up on a record, and libewf 20140813
// the chunks that are damaged. In evtxseq that is the memory of a process that has a limit; here
// such leaks would hide our own.
// NOLINTBEGIN(bugprone-reserved-identifier): the sanitizer's name.
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void) {
    return "leak:libevtx.so\nleak:libewf_\n";
}
// NOLINTEND(bugprone-reserved-identifier)
