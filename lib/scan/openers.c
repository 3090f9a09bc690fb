// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/openers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scan/outlet.h"
#include "scan/sandbox.h"
#ifdef EVTXSEQ_FAULTS
#include "faults.h"
#endif

enum {
// Milliseconds of processor time without a byte read or written. To skip what a few KiB of a
// bomb become takes a second or two.
#ifdef EVTXSEQ_FAULTS
    STUCK_TIME_MAX = 2000,
    SILENT_TIME_MAX = 4000,
#else
    STUCK_TIME_MAX = 20000,
    // The same of any time, for a process that has been taken over may do nothing. A worker takes
    // no longer to read on.
    SILENT_TIME_MAX = 180000,
#endif
    LOOK_INTERVAL = 500, // at most as much passes between two looks, whatever the clock says
    OWN_NAME_MAX = 256,  // of the file that is opened
    PROGRESS_SIZE = sizeof(uint64_t),
};

const char *opener_death_text(enum opener_death death) {
    static const char *const texts[] = {
        [OPENER_CRASH] = "the unpacking process died",
        [OPENER_TIME] = "the unpacking process took too long",
        [OPENER_SANDBOX] = "the unpacking process made a forbidden system call",
        [OPENER_NONSENSE] = "the unpacking process sent nonsense",
    };
    return texts[death];
}

// What goes through the socket

// To the process, with the files or the socket that a member's bytes go to.
struct request {
    uint64_t size;
    uint32_t task;
    uint32_t is_stream;
    uint32_t takes_any;
    char name[OWN_NAME_MAX];
    struct image_stretch stretch;
};

struct answer {
    uint32_t is_wanted;
    uint32_t pipe_size; // of the pipe that comes with it
};

// From it.
struct notice {
    uint32_t kind;    // enum opener_report_kind
    uint32_t trouble; // enum unpack_trouble
    uint64_t passed_over;
    struct ewf_facts facts;
    struct image_damage damage;
    char name[UNPACK_NAME_MAX]; // sent up to its NUL
};

enum { NOTICE_HEAD_SIZE = offsetof(struct notice, name) };

// In the process

static bool send_notice(int socket, const struct notice *notice) {
    size_t size = NOTICE_HEAD_SIZE + strlen(notice->name) + 1;
    ssize_t sent = 0;
    do {
        sent = send(socket, notice, size, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size;
}

static bool report(int socket, enum opener_report_kind kind, const char *name,
                   enum unpack_trouble trouble, uint64_t passed_over) {
    struct notice notice = {
        .kind = (uint32_t)kind, .trouble = (uint32_t)trouble, .passed_over = passed_over};
    size_t size = strnlen(name, sizeof notice.name - 1);
    memcpy(notice.name, name, size);
    notice.name[size] = '\0';
    return send_notice(socket, &notice);
}

// Asks whether what has been come upon is wanted, and opens what its bytes are to be sent by if it
// is. False when the main process is gone.
static bool ask(int socket, const char *name, bool *is_wanted, struct outlet *outlet) {
    struct answer answer;
    int fd = -1;
    if (!report(socket, OPENER_MEMBER, name, UNPACK_WHOLE, 0) ||
        !child_receive(socket, &answer, sizeof answer, &fd, 1)) {
        return false;
    }
    *is_wanted = answer.is_wanted != 0;
    if (*is_wanted) {
        outlet_open(outlet, fd, answer.pipe_size);
    }
    return true;
}

static bool hand_over(int socket, struct unpacker *unpacker, const struct unpack_report *member) {
    struct outlet outlet;
    bool is_wanted = false;
    const uint8_t *data = NULL;
    size_t size = 0;
#ifdef EVTXSEQ_FAULTS
    faults_strike_name(member->name);
#endif
    if (!ask(socket, member->name, &is_wanted, &outlet)) {
        return false;
    }
    if (!is_wanted) {
        return true;
    }
    while (unpacker_read(unpacker, &data, &size) && outlet_send(&outlet, data, size)) {
    }
    outlet_close(&outlet);
    return report(socket, OPENER_MEMBER_END, "", unpacker_member_trouble(unpacker), 0);
}

static bool open_all(int socket, struct unpacker *unpacker) {
    struct unpack_report member;
    bool ok = true;
    for (;;) {
        switch (unpacker_next(unpacker, &member)) {
        case UNPACK_MEMBER:
            ok = hand_over(socket, unpacker, &member);
            break;
        case UNPACK_TROUBLE:
            ok = report(socket, OPENER_TROUBLE, member.name, member.trouble, 0);
            break;
        case UNPACK_END:
            return report(socket, OPENER_DONE, "", UNPACK_WHOLE, unpacker_passed_over(unpacker));
        }
        if (!ok) {
            return false;
        }
    }
}

static bool serve_archive(int socket, const struct request *request, int fd,
                          volatile uint64_t *progress) {
    struct unpack_input input = {.fd = fd,
                                 .is_stream = request->is_stream != 0,
                                 .size = request->size,
                                 .takes_any = request->takes_any != 0,
                                 .name = request->name};
    input.progress = progress;
    struct unpacker *unpacker = unpacker_new(&input);
    bool ok = unpacker != NULL && open_all(socket, unpacker);
    unpacker_free(unpacker);
    return ok;
}

static bool survey(int socket, const struct request *request, int fd) {
    struct notice notice = {.kind = OPENER_FACTS};
    ewf_survey(fd, request->size, &notice.facts);
    return send_notice(socket, &notice) && report(socket, OPENER_DONE, "", UNPACK_WHOLE, 0);
}

static bool hand_over_stretch(int socket, struct image_reader *reader) {
    struct outlet outlet;
    bool is_wanted = false;
    const uint8_t *data = NULL;
    size_t size = 0;
    if (!ask(socket, "", &is_wanted, &outlet)) {
        return false;
    }
    if (!is_wanted) {
        return true;
    }
    while (image_reader_next(reader, &data, &size) && outlet_send(&outlet, data, size)) {
    }
    outlet_close(&outlet);
    return report(socket, OPENER_MEMBER_END, "", UNPACK_WHOLE, 0);
}

static bool serve_stretch(int socket, const struct request *request, const int *fds,
                          volatile uint64_t *progress) {
    struct image_reader *reader = image_reader_new(&request->stretch, fds, progress);
    bool ok = reader != NULL && hand_over_stretch(socket, reader);
    size_t count = 0;
    const struct image_damage *damages = ok ? image_reader_damages(reader, &count) : NULL;
    for (size_t i = 0; ok && i < count; i++) {
        ok = send_notice(socket, &(struct notice){.kind = OPENER_DAMAGE, .damage = damages[i]});
    }
    image_reader_free(reader);
    return ok && report(socket, OPENER_DONE, "", UNPACK_WHOLE, 0);
}

static bool serve(int socket, const struct request *request, const int *fds,
                  volatile uint64_t *progress) {
    switch ((enum opener_task)request->task) {
    case OPENER_UNPACK:
        return serve_archive(socket, request, fds[0], progress);
    case OPENER_SURVEY:
        return survey(socket, request, fds[0]);
    case OPENER_STRETCH:
        return serve_stretch(socket, request, fds, progress);
    }
    return false;
}

static void close_all(const int *fds, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
}

static _Noreturn void run(int socket, pid_t parent, const struct sandbox *sandbox,
                          volatile uint64_t *progress) {
    struct request request;
    int fds[CHILD_DESCRIPTORS_MAX];
    socket = child_settle(socket, parent);
    bool ok = socket >= 0;
    (void)signal(SIGPIPE, SIG_IGN); // a worker may read no further
    unpack_prepare();
    bool is_limited = sandbox_limit(UNPACK_MEMORY_MAX);
    if (ok && (!sandbox_enter(sandbox) || !is_limited)) {
        ok = report(socket, OPENER_NO_SANDBOX, "", UNPACK_WHOLE, 0);
    }
    while (ok && child_receive(socket, &request, sizeof request, fds, sizeof fds / sizeof *fds)) {
        ok = serve(socket, &request, fds, progress);
        close_all(fds, sizeof fds / sizeof *fds);
    }
    _exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

// In the main process

enum slot_state {
    SLOT_FREE,
    SLOT_OPENING,   // a report is to come
    SLOT_ANNOUNCED, // a member has been reported, and is to be answered
    SLOT_UNPACKING, // the member
    SLOT_DEAD,      // only OPENER_DONE is left to report
};

struct slot {
    struct child child;
    struct opener_job job;
    enum slot_state state;
    uint64_t notices;  // that have come of the job
    uint64_t seen;     // its progress at the last look
    int64_t since;     // its processor time then
    int64_t looked_at; // when that was, and how long it has made no progress
    int64_t silent;
    bool is_stuck; // it has been killed for that
    struct notice notice;
    volatile uint64_t *progress; // of child_share()
};

struct openers {
    struct slot *slots;
    size_t count;
    int descriptor;          // of epoll(7)
    struct sandbox *sandbox; // NULL where there can be none
};

struct openers *openers_new(size_t count) {
    struct openers *openers = calloc(1, sizeof *openers);
    if (openers == NULL) {
        return NULL;
    }
    openers->count = count;
    openers->slots = calloc(count, sizeof *openers->slots);
    openers->descriptor = epoll_create1(EPOLL_CLOEXEC);
    openers->sandbox = sandbox_new(true);
    bool ok = openers->slots != NULL && openers->descriptor >= 0;
    for (size_t i = 0; ok && i < count; i++) {
        openers->slots[i].progress = child_share(PROGRESS_SIZE);
        ok = openers->slots[i].progress != NULL;
    }
    if (!ok) {
        int error = errno;
        openers_free(openers);
        errno = error;
        return NULL;
    }
    return openers;
}

static void end_job(struct slot *slot) {
    if (slot->state != SLOT_FREE) {
        close_all(slot->job.fds, slot->job.fd_count);
        slot->state = SLOT_FREE;
    }
}

void openers_free(struct openers *openers) {
    if (openers == NULL) {
        return;
    }
    for (size_t i = 0; openers->slots != NULL && i < openers->count; i++) {
        (void)child_stop(&openers->slots[i].child);
        end_job(&openers->slots[i]);
        child_unshare((void *)openers->slots[i].progress, PROGRESS_SIZE);
    }
    if (openers->descriptor >= 0) {
        (void)close(openers->descriptor);
    }
    sandbox_free(openers->sandbox);
    free(openers->slots);
    free(openers);
}

bool openers_have_room(const struct openers *openers) {
    for (size_t i = 0; i < openers->count; i++) {
        if (openers->slots[i].state == SLOT_FREE) {
            return true;
        }
    }
    return false;
}

bool openers_are_busy(const struct openers *openers) {
    for (size_t i = 0; i < openers->count; i++) {
        if (openers->slots[i].state != SLOT_FREE) {
            return true;
        }
    }
    return false;
}

int openers_descriptor(const struct openers *openers) {
    return openers->descriptor;
}

static bool start(struct openers *openers, struct slot *slot) {
    struct epoll_event event = {.events = EPOLLIN};
    int socket = -1;
    pid_t parent = getpid();
    pid_t process =
        child_start(&slot->child, SOCK_SEQPACKET, (void *)slot->progress, PROGRESS_SIZE, &socket);
    if (process == 0) {
        run(socket, parent, openers->sandbox, slot->progress);
    }
    // What is closed is no longer waited for.
    return process > 0 &&
           epoll_ctl(openers->descriptor, EPOLL_CTL_ADD, slot->child.socket, &event) == 0;
}

static bool send_request(const struct slot *slot) {
    const struct opener_job *job = &slot->job;
    const char *name = job->path == NULL ? "" : basename(job->path);
    struct request request = {.task = (uint32_t)job->task,
                              .size = job->size,
                              .is_stream = job->is_stream,
                              .takes_any = job->takes_any,
                              .stretch = job->stretch};
    memcpy(request.name, name, strnlen(name, sizeof request.name - 1));
    return child_offer(slot->child.socket, &request, sizeof request, job->fds, job->fd_count);
}

static void begin_watch(struct slot *slot) {
    slot->notices = 0;
    slot->seen = UINT64_MAX;
    slot->looked_at = 0;
    slot->is_stuck = false;
}

void openers_give(struct openers *openers, const struct opener_job *job) {
    for (size_t i = 0; i < openers->count; i++) {
        struct slot *slot = &openers->slots[i];
        if (slot->state == SLOT_FREE) {
            slot->job = *job;
            slot->state = SLOT_OPENING;
            begin_watch(slot);
            bool is_there = slot->child.process > 0 || start(openers, slot);
            if (!is_there || !send_request(slot)) {
                (void)child_stop(&slot->child); // which openers_take() reports
            }
            return;
        }
    }
}

// Whether what came from the process can be, as far as the slot's state says.
static bool is_valid(const struct slot *slot, ssize_t size) {
    // For each member that it comes upon, twice at most, it says two things.
    const uint64_t most = UINT64_C(4) * UNPACK_MEMBERS_MAX + UNPACK_RESUMED_MAX;
    const struct notice *notice = &slot->notice;
    bool is_opening = slot->state == SLOT_OPENING;
    if (slot->notices > most || size <= NOTICE_HEAD_SIZE || notice->trouble >= UNPACK_TROUBLES ||
        strnlen(notice->name, (size_t)size - NOTICE_HEAD_SIZE) !=
            (size_t)size - NOTICE_HEAD_SIZE - 1) {
        return false;
    }
    switch (notice->kind) {
    case OPENER_MEMBER:
        return is_opening && slot->job.task != OPENER_SURVEY;
    case OPENER_TROUBLE:
        return is_opening && slot->job.task == OPENER_UNPACK;
    case OPENER_FACTS:
        return is_opening && slot->job.task == OPENER_SURVEY;
    case OPENER_DAMAGE:
        return is_opening && slot->job.task == OPENER_STRETCH;
    case OPENER_NO_SANDBOX:
    case OPENER_DONE:
        return is_opening;
    case OPENER_MEMBER_END:
        return slot->state == SLOT_UNPACKING;
    default:
        return false;
    }
}

static struct opener_report about(const struct slot *slot, enum opener_report_kind kind) {
    return (struct opener_report){.kind = kind, .job = &slot->job};
}

static void report_death(struct slot *slot, enum opener_death death, struct opener_report *report) {
    slot->state = SLOT_DEAD;
    *report = about(slot, OPENER_DIED);
    report->death = death;
}

static enum opener_death death_of(const struct slot *slot, int status) {
    if (slot->is_stuck) {
        return OPENER_TIME;
    }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? OPENER_SANDBOX : OPENER_CRASH;
}

static void take_notice(struct openers *openers, struct slot *slot, struct opener_report *report) {
    enum opener_report_kind kind = (enum opener_report_kind)slot->notice.kind;
    slot->notices++;
    *report = about(slot, kind);
    report->name = slot->notice.name;
    report->trouble = (enum unpack_trouble)slot->notice.trouble;
    report->passed_over = slot->notice.passed_over;
    report->slot = (size_t)(slot - openers->slots);
    report->facts = slot->notice.facts;
    report->damage = slot->notice.damage;
    if (kind == OPENER_DONE) {
        end_job(slot);
    } else {
        slot->state = kind == OPENER_MEMBER ? SLOT_ANNOUNCED : SLOT_OPENING;
    }
}

// What a slot that waits for its process has to say. False when nothing.
static bool receive(struct openers *openers, struct slot *slot, struct opener_report *report) {
    if (slot->child.process <= 0) {
        report_death(slot, OPENER_CRASH, report);
        return true;
    }
    ssize_t size = recv(slot->child.socket, &slot->notice, sizeof slot->notice, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (size <= 0) {
        report_death(slot, death_of(slot, child_stop(&slot->child)), report);
    } else if (!is_valid(slot, size)) {
        (void)child_stop(&slot->child);
        report_death(slot, OPENER_NONSENSE, report);
    } else {
        take_notice(openers, slot, report);
    }
    return true;
}

static int64_t milliseconds(clockid_t clock) {
    struct timespec time = {0};
    (void)clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Processor time that the process has had.
static int64_t time_of(pid_t process) {
    clockid_t clock = 0;
    return clock_getcpuclockid(process, &clock) == 0 ? milliseconds(clock) : 0;
}

static bool is_waiting(const struct slot *slot) {
    struct pollfd input = {.fd = slot->job.fds[0], .events = POLLIN};
    return slot->job.is_stream && poll(&input, 1, 0) == 0;
}

// Kills a process that works and gets nowhere, or does nothing though it need not wait.
static void watch(struct slot *slot) {
    uint64_t progress = *slot->progress;
    int64_t time = time_of(slot->child.process);
    int64_t looked_at = milliseconds(CLOCK_MONOTONIC);
    int64_t passed = looked_at - slot->looked_at;
    slot->looked_at = looked_at;
    if (progress != slot->seen) {
        slot->seen = progress;
        slot->since = time;
        slot->silent = 0;
        return;
    }
    slot->silent += is_waiting(slot) ? 0 : passed < LOOK_INTERVAL ? passed : LOOK_INTERVAL;
    if ((time - slot->since > STUCK_TIME_MAX || slot->silent > SILENT_TIME_MAX) &&
        !slot->is_stuck) {
        slot->is_stuck = true;
        child_kill(&slot->child);
    }
}

bool openers_take(struct openers *openers, struct opener_report *report) {
    for (size_t i = 0; i < openers->count; i++) {
        struct slot *slot = &openers->slots[i];
        switch (slot->state) {
        case SLOT_FREE:
        case SLOT_ANNOUNCED:
            break;
        case SLOT_DEAD:
            *report = about(slot, OPENER_DONE);
            end_job(slot);
            return true;
        case SLOT_OPENING:
        case SLOT_UNPACKING:
            if (receive(openers, slot, report)) {
                return true;
            }
            watch(slot);
            break;
        }
    }
    return false;
}

static void send_answer(struct slot *slot, struct answer answer, int fd) {
    slot->state = answer.is_wanted ? SLOT_UNPACKING : SLOT_OPENING;
    // Where the process is gone, openers_take() says so.
    (void)child_offer(slot->child.socket, &answer, sizeof answer, &fd, fd >= 0);
}

void openers_pass_over(struct openers *openers, size_t slot) {
    send_answer(&openers->slots[slot], (struct answer){0}, -1);
}

int openers_unpack(struct openers *openers, size_t slot) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    // Where the system's limits do not allow it, it keeps the size that it has.
    (void)fcntl(ends[1], F_SETPIPE_SZ, OUTLET_PIPE_SIZE);
    int size = fcntl(ends[1], F_GETPIPE_SZ);
    send_answer(&openers->slots[slot], (struct answer){.is_wanted = 1, .pipe_size = (uint32_t)size},
                ends[1]);
    (void)close(ends[1]);
    return ends[0];
}
