// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

// Where the socket goes. Those below it are left free, for what is handed over: for a process that
// reads a stretch of an image that is six files and the socket that it writes to.
enum { SOCKET = 3, DESCRIPTORS_MAX = 8 };

// What closefrom() is for; but that ends the process where the kernel is older than 5.9 and there
// is no /proc.
static void close_from(int first) {
    if (close_range((unsigned)first, ~0U, 0) == 0) {
        return;
    }
    for (long fd = first, end = sysconf(_SC_OPEN_MAX); fd < end; fd++) {
        (void)close((int)fd);
    }
}

int sandbox_close_others(int socket) {
    if (dup2(socket, SOCKET) < 0) {
        return -1;
    }
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
#ifndef EVTXSEQ_SANITIZED // which has to tell of what it finds
    (void)close(STDERR_FILENO);
#endif
    close_from(SOCKET + 1);
    return SOCKET;
}

#ifdef EVTXSEQ_SANITIZED

// AddressSanitizer maps terabytes, and what a sanitizer finds is looked up in files and by other
// programs.
// Of no use, but not NULL.
struct sandbox *sandbox_new(bool fills_pipes) {
    (void)fills_pipes;
    return calloc(1, 1);
}

void sandbox_free(struct sandbox *sandbox) {
    free(sandbox);
}

bool sandbox_limit(size_t memory_max) {
    (void)memory_max;
    return true;
}

bool sandbox_enter(const struct sandbox *sandbox) {
    (void)sandbox;
    return true;
}

#else

// Bytes that the process already has, those of the program it was forked from included. The sixth
// number in the file are pages. Without stdio, which takes longer than all else here.
static rlim_t memory_in_use(void) {
    char text[128] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? 0 : read(file, text, sizeof text - 1);
    const char *at = text;
    if (file >= 0) {
        (void)close(file);
    }
    for (int i = 0; i < 5 && size > 0 && at != NULL; i++) {
        at = strchr(at + (i > 0), ' ');
    }
    unsigned long pages = at == NULL ? 0 : strtoul(at, NULL, 10);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static bool limit(__rlimit_resource_t resource, rlim_t most) {
    struct rlimit old;
    if (getrlimit(resource, &old) != 0) {
        return false;
    }
    most = most < old.rlim_max ? most : old.rlim_max;
    return setrlimit(resource, &(struct rlimit){.rlim_cur = most, .rlim_max = most}) == 0;
}

// RLIMIT_DATA counts private writable memory, and the calls below allow no other; RLIMIT_AS would
// also count what shared libraries and valgrind have mapped.
bool sandbox_limit(size_t memory_max) {
    return limit(RLIMIT_DATA, memory_in_use() + memory_max) &&
           limit(RLIMIT_NOFILE, DESCRIPTORS_MAX) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CORE, 0);
}

// Calls that are harmless whatever they are given. Those that the C library makes of itself, in
// malloc(), abort() or where there is no vDSO, are among them.
static bool allow_plain_calls(scmp_filter_ctx filter) {
    static const int calls[] = {
        SCMP_SYS(read),          SCMP_SYS(pread64),
        SCMP_SYS(recvmsg),       SCMP_SYS(sendto),
        SCMP_SYS(close),         SCMP_SYS(exit_group),
        SCMP_SYS(brk),           SCMP_SYS(munmap),
        SCMP_SYS(mremap),        SCMP_SYS(futex),
        SCMP_SYS(getrandom),     SCMP_SYS(getpid),
        SCMP_SYS(gettid),        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn),  SCMP_SYS(restart_syscall),
        SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
        SCMP_SYS(gettimeofday),  SCMP_SYS(time),
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) != 0) {
            return false;
        }
    }
    return true;
}

static bool allow_pipes(scmp_filter_ctx filter) {
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(vmsplice), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 0) == 0;
}

// New memory, which is private, backed by no file and never executable; and what the C library does
// with it: it gives pages back and, if it is tuned to, asks for large ones, which can be done
// without.
static bool allow_memory(scmp_filter_ctx filter) {
    const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp private =
        SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS);
    const struct scmp_arg_cmp gives_back = SCMP_A2(SCMP_CMP_EQ, MADV_DONTNEED, 0);
    const struct scmp_arg_cmp is_large = SCMP_A2(SCMP_CMP_EQ, MADV_HUGEPAGE, 0);
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, no_exec, private) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap2), 2, no_exec, private) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(madvise), 1, gives_back) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(madvise), 1, is_large) == 0;
}

// abort(), by which the C library ends a process with a broken heap, tries to say so on standard
// error, and to send itself a signal. Where it can do neither, it runs an instruction that nothing
// may, which ends the process as well.
static bool fail_abort(scmp_filter_ctx filter) {
    static const int calls[] = {SCMP_SYS(writev), SCMP_SYS(tgkill), SCMP_SYS(rt_sigaction)};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0) != 0) {
            return false;
        }
    }
    return true;
}

// By default a filter asks for one call after the other; 2 is by halves.
static bool add_rules(scmp_filter_ctx filter, bool fills_pipes) {
    return seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
           seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
           allow_plain_calls(filter) && (!fills_pipes || allow_pipes(filter)) &&
           allow_memory(filter) && fail_abort(filter);
}

struct sandbox {
    struct sock_filter filter[BPF_MAXINSNS];
    struct sock_fprog program;
};

// libseccomp writes the program to a file only. A pipe has room for it, and no limit on files.
static bool compile(struct sandbox *sandbox, scmp_filter_ctx filter) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    bool ok = seccomp_export_bpf(filter, ends[1]) == 0;
    ssize_t size = ok ? read(ends[0], sandbox->filter, sizeof sandbox->filter) : 0;
    (void)close(ends[0]);
    (void)close(ends[1]);
    sandbox->program = (struct sock_fprog){
        .len = (unsigned short)((size_t)(size < 0 ? 0 : size) / sizeof *sandbox->filter),
        .filter = sandbox->filter};
    return size > 0 && (size_t)size < sizeof sandbox->filter;
}

struct sandbox *sandbox_new(bool fills_pipes) {
    struct sandbox *sandbox = calloc(1, sizeof *sandbox);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool ok = sandbox != NULL && filter != NULL && add_rules(filter, fills_pipes) &&
              compile(sandbox, filter);
    seccomp_release(filter);
    if (!ok) {
        free(sandbox);
        return NULL;
    }
    return sandbox;
}

void sandbox_free(struct sandbox *sandbox) {
    free(sandbox);
}

bool sandbox_enter(const struct sandbox *sandbox) {
    bool is_limited = limit(RLIMIT_NPROC, 0);
    return sandbox != NULL && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &sandbox->program) == 0 && is_limited;
}

#endif
