// SPDX-License-Identifier: GPL-3.0-or-later
#include "faults.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "evtx/chunk.h"
#include "evtx/names.h"
#include "rules/event.h"
#include "scan/message.h"

enum { NAME_MAX_SIZE = 16 };

static void hang(void) {
    for (volatile bool goes_on = true; goes_on;) {
    }
}

// For what never comes: the other side sends nothing now. Takes no processor time.
static void wait_for_ever(void) {
    enum { SOCKET = 3 };
    char byte = '\0';
    while (read(SOCKET, &byte, sizeof byte) > 0) {
    }
}

static void write_astray(void) {
    char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile char *)page = 1;
}

// Far more than a worker may have; a limit that fails should not cost the machine its memory.
static void take_memory(void) {
    enum { STEP = 1 << 20, STEPS = 2048 };
    for (int i = 0; i < STEPS; i++) {
        char *volatile block = malloc(STEP);
        if (block == NULL) {
            abort();
        }
        memset(block, 1, STEP);
    }
}

// A part of what a worker may have, never freed: a chain of blocks that is never walked.
static void leak(void) {
    enum { BLOCK = 16 << 10, BLOCKS = 40 << 6 };
    static void *last;
    for (int i = 0; i < BLOCKS; i++) {
        void **block = malloc(BLOCK);
        if (block == NULL) {
            return;
        }
        *block = last;
        last = block;
    }
}

// Puts a wrong size before a block, so that the C library finds its heap broken and gives up.
static void break_heap(void) {
    size_t *volatile block = malloc(64);
    if (block != NULL) {
        *(volatile size_t *)(block - 1) = 0x11;
        free(block);
    }
}

static void write_file_here(void) {
    int fd = open(FAULTS_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void use_network(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)connect(fd, (const struct sockaddr *)&address, sizeof address);
        (void)close(fd);
    }
}

static void start_program(void) {
    (void)execl("/bin/sh", "sh", "-c", "echo > " FAULTS_FILE, (char *)NULL);
}

static void make_process(void) {
    if (fork() == 0) {
        _exit(0);
    }
}

static void make_code(void) {
    (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// Nothing, to nowhere.
static void write_nothing(void) {
    if (write(-1, "", 0) == 0) {
        hang();
    }
}

// Punches a hole into memory that is shared.
static void give_advice(void) {
    (void)madvise(NULL, 0, MADV_REMOVE);
}

// Every socket there is gets it. The process then waits for what comes of that.
static void send_nonsense(void) {
    enum { NUMBERS = 8 };
    static const char nonsense[] = "This is nothing that the other side has asked for.";
    for (int fd = 0; fd < NUMBERS; fd++) {
        (void)send(fd, nonsense, sizeof nonsense, MSG_NOSIGNAL);
    }
    hang();
}

// Claims to wait for input, as an attacker's code may, so as never to be ended.
static void hang_idle(struct scan_state *state) {
    state->in_chunk = 0;
    hang();
}

// Claims to go on and on.
_Noreturn static void roam(struct scan_state *state) {
    state->in_chunk = 0;
    for (;;) {
        (*(volatile uint64_t *)&state->buffer_offset)++;
    }
}

// Comes back to life at the chunk that it dies on.
static void die_outside(struct scan_state *state) {
    state->in_chunk = 0;
    abort();
}

static void break_state(struct scan_state *state) {
    memset(state, 0xff, offsetof(struct scan_state, buffer));
    abort();
}

// Has the next process count hosts whose names have no end.
static void break_coverage(struct scan_state *state) {
    memset(&state->coverage, 0xff, sizeof state->coverage);
    state->coverage.count = COVERAGE_ROWS_MAX;
    abort();
}

static _Noreturn void send_without_end(const struct buffer *out) {
    enum { SOCKET = 3 };
    for (;;) {
        (void)send(SOCKET, out->data, out->size, MSG_NOSIGNAL);
    }
}

// Sends small messages without end.
static void flood(void) {
    enum { MESSAGES = 1000 };
    struct buffer out = {0};
    for (uint64_t i = 0; i < MESSAGES; i++) {
        message_add_problem(&out, PROBLEM_RECORD, REASON_NOT_DECODED, i, 0);
    }
    send_without_end(&out);
}

// Claims to be done with all that it is given, and takes none of it.
static void claim(void) {
    struct buffer out = {0};
    message_add_done(&out);
    send_without_end(&out);
}

// Sends an event without end that is nearly as large as a message may be.
static void send_torrent(void) {
    static char text[MESSAGE_SIZE_MAX - 4096];
    const struct message_event head = {0};
    struct event_draft draft = {.head.id = 1};
    struct buffer out = {0};
    memset(text, 'a', sizeof text);
    event_draft_add(&draft, DATA_COMMAND_LINE, "", 0, text, sizeof text);
    struct event *event = event_draft_finish(&draft);
    if (event != NULL && message_add_event(&out, &head, NULL, event)) {
        send_without_end(&out);
    }
}

struct names *faults_names(void) {
    const char *list[DATA_COUNT];
    bool is_misread = getenv("EVTXSEQ_MISREAD") != NULL;
    for (int data = 0; data < DATA_COUNT; data++) {
        list[data] = data < DATA_FIRST ? "" : event_data_name((enum event_data)data);
    }
    if (is_misread) {
        list[DATA_IMAGE] = event_data_name(DATA_PARENT_IMAGE);
        list[DATA_PARENT_IMAGE] = event_data_name(DATA_IMAGE);
    }
    return names_new(list, DATA_COUNT);
}

// Does harm to the chunk after the one that is marked.
static bool is_lingering;

static void linger(void) {
    is_lingering = true;
}

// Alters the events of the chunk that is marked.
static bool is_altering;

static void begin_to_alter(void) {
    is_altering = true;
}

void faults_alter(struct event *event) {
    const char *value = event == NULL ? NULL : event_value(event, DATA_COMMAND_LINE);
    if (is_altering && value != NULL) {
        ((char *)event)[value - (const char *)event] = '?';
    }
}

// Vouches for definitions that are read wrongly.
static bool is_lying;

static void lie(void) {
    is_lying = true;
}

enum definition_check faults_check(enum definition_check check) {
    return is_lying ? DEFINITION_EQUAL : check;
}

static void strike_state(const char *name, struct scan_state *state) {
    static const struct {
        const char *name;
        void (*fault)(struct scan_state *state);
    } faults[] = {
        {"idle", hang_idle},          {"roam", roam},
        {"outside", die_outside},     {"state", break_state},
        {"coverage", break_coverage},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(name, faults[i].name) == 0) {
            faults[i].fault(state);
        }
    }
}

static void strike(const char *name) {
    static const struct {
        const char *name;
        void (*fault)(void);
    } faults[] = {
        {"abort", abort},
        {"hang", hang},
        {"memory", take_memory},
        {"heap", break_heap},
        {"file", write_file_here},
        {"network", use_network},
        {"program", start_program},
        {"process", make_process},
        {"code", make_code},
        {"nonsense", send_nonsense},
        {"wait", wait_for_ever},
        {"segv", write_astray},
        {"leak", leak},
        {"linger", linger},
        {"lie", lie},
        {"advice", give_advice},
        {"write", write_nothing},
        {"flood", flood},
        {"torrent", send_torrent},
        {"claim", claim},
        {"alter", begin_to_alter},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(name, faults[i].name) == 0) {
            faults[i].fault();
        }
    }
}

void faults_strike_name(const char *name) {
    const char *found = strstr(name, FAULTS_MARK);
    if (found != NULL) {
        char fault[NAME_MAX_SIZE] = {0};
        found += sizeof FAULTS_MARK - 1;
        memcpy(fault, found, strspn(found, "abcdefghijklmnopqrstuvwxyz") % sizeof fault);
        strike(fault);
    }
}

static size_t find_mark(const uint8_t *chunk) {
    enum { SIZE = 2 * (sizeof FAULTS_MARK - 1) };
    uint8_t mark[SIZE];
    for (size_t i = 0; i < SIZE / 2; i++) {
        bytes_put_u16(mark + 2 * i, (uint8_t)FAULTS_MARK[i]);
    }
    const uint8_t *found = memmem(chunk, CHUNK_SIZE, mark, SIZE);
    return found == NULL ? CHUNK_SIZE : (size_t)(found - chunk) + SIZE;
}

void faults_strike(const uint8_t *chunk, struct scan_state *state) {
    char name[NAME_MAX_SIZE] = {0};
    if (is_lingering) {
        abort();
    }
    is_altering = false;
    size_t at = find_mark(chunk);
    for (size_t i = 0; i < sizeof name - 1 && at + 1 < CHUNK_SIZE; i++, at += 2) {
        char letter = (char)chunk[at];
        if (letter < 'a' || letter > 'z') {
            break;
        }
        name[i] = letter;
    }
    strike(name);
    strike_state(name, state);
}
