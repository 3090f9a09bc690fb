// SPDX-License-Identifier: GPL-3.0-or-later
#include "paired_log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random_log.h"
#include "xmem.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    PROCESS_CREATE = 1,
    PROCESS_TERMINATED = 5,
    IMAGE_LOAD = 7,
    PAIR_MS = 60000, // from one pair to the next
    START_MS = 200,  // from a load to its start
    FILLERS_MAX = 50,
    LARGEST_RECORD = 9000, // an estimate from above: what the events here take in an empty chunk
    PARTNER_ID = 1000000,
};

// FILETIME of 2024-05-01T10:00:00Z.
static const uint64_t base_time = UINT64_C(133590312000000000);

// Those that libevtx decodes and that hold the fields in EventData.
static const unsigned layouts[] = {
    EVTX_EXPORTED, EVTX_TO_CHUNK_END, EVTX_FEW_VALUES, EVTX_ID_U32,       EVTX_ID_STRING,
    EVTX_ID_MOVED, EVTX_LITERAL,      EVTX_ANSI_TEXT,  EVTX_DEF_PREVIOUS,
};

struct writing {
    struct random random;
    struct evtx_log *log;
    uint64_t last_id;
    size_t used; // of the chunk at hand, at most
};

static void set_guid(struct log_event *event, const uint8_t *guid) {
    for (size_t i = 0; i < event->event.field_count; i++) {
        if (strcmp(event->fields[i].name, "ProcessGuid") == 0) {
            event->fields[i].value.bytes = guid;
        }
    }
}

// Sysmon's load or start of this pair, `ms` after 10 o'clock.
static void begin_stage(struct log_event *event, uint16_t event_id, const struct pair *pair,
                        unsigned ms, bool old) {
    char time[sizeof "2024-05-01 10:00:00.000" + 32];
    log_event_begin(event, event_id, old);
    (void)snprintf(time, sizeof time, "2024-05-01 10:%02u:%02u.%03u", ms / 60000, ms / 1000 % 60,
                   ms % 1000);
    log_event_set(event, "UtcTime", time);
    set_guid(event, pair->guid);
    event->event.created = event->event.written = base_time + ms * UINT64_C(10000);
}

// The host's name, which must stay as long as the event.
static size_t host_units(const struct pair *pair, uint16_t *units) {
    size_t count = strlen(pair->host);
    for (size_t i = 0; i < count; i++) {
        units[i] = (unsigned char)pair->host[i];
    }
    return count;
}

static void begin_chunk(struct writing *writing) {
    evtx_log_break(writing->log);
    writing->used = EVTX_RECORDS_START;
}

static uint64_t add(struct writing *writing, struct evtx_event *event) {
    if (writing->used + LARGEST_RECORD > EVTX_CHUNK_SIZE) {
        begin_chunk(writing);
    }
    event->record_id = ++writing->last_id;
    evtx_log_add(writing->log, event);
    // Only the first records of a chunk bring definitions and names.
    writing->used += writing->used < 3 * (size_t)LARGEST_RECORD ? 2000 : 1500;
    if ((event->layout & EVTX_TO_CHUNK_END) != 0) {
        begin_chunk(writing);
    }
    return event->record_id;
}

// Events that no rule asks for; half of them of the kinds that the rule looks at.
static void add_fillers(struct writing *writing, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct log_event event;
        struct random *random = &writing->random;
        uint16_t event_id = (uint16_t)(random_chance(random, 50)   ? PROCESS_TERMINATED
                                       : random_chance(random, 50) ? IMAGE_LOAD
                                                                   : PROCESS_CREATE);
        log_event_begin(&event, event_id, false);
        if (event_id == IMAGE_LOAD) {
            log_event_set(&event, "ImageLoaded", "C:\\Windows\\System32\\kernel32.dll");
        } else if (event_id == PROCESS_CREATE) {
            log_event_set(&event, "ParentImage", "C:\\Windows\\explorer.exe");
        }
        event.event.layout = random_chance(random, 10) ? EVTX_EXPORTED : 0;
        add(writing, &event.event);
        log_event_free(&event);
    }
}

static unsigned choose_layout(struct random *random) {
    return random_chance(random, 60) ? 0 : layouts[random_below(random, COUNT(layouts))];
}

static uint64_t add_stage(struct writing *writing, uint16_t event_id, const struct pair *pair,
                          unsigned ms) {
    struct log_event event;
    uint16_t units[sizeof pair->host];
    begin_stage(&event, event_id, pair, ms, random_chance(&writing->random, 20));
    event.event.computer = (struct evtx_text){units, host_units(pair, units)};
    event.event.layout = choose_layout(&writing->random);
    if ((event.event.layout & EVTX_DEF_PREVIOUS) != 0) {
        begin_chunk(writing);
        add_fillers(writing, 1);
    }
    uint64_t id = add(writing, &event.event);
    log_event_free(&event);
    return id;
}

// Fillers, and with luck a new chunk or the end of the live records of this one.
static void add_gap(struct writing *writing) {
    add_fillers(writing, random_below(&writing->random, FILLERS_MAX));
    if (random_chance(&writing->random, 20)) {
        begin_chunk(writing);
        add_fillers(writing, random_below(&writing->random, 3));
    } else if (random_chance(&writing->random, 5)) {
        evtx_log_slack(writing->log);
    }
}

static void add_pair(struct writing *writing, struct pair *pair, size_t number) {
    uint64_t random_bytes[2] = {random_next(&writing->random), random_next(&writing->random)};
    unsigned ms = (unsigned)number * PAIR_MS;
    memcpy(pair->guid, random_bytes, sizeof pair->guid);
    (void)snprintf(pair->host, sizeof pair->host, "HOST%02zu", number);
    add_gap(writing);
    pair->load_id = add_stage(writing, IMAGE_LOAD, pair, ms);
    add_gap(writing);
    pair->start_id = add_stage(writing, PROCESS_CREATE, pair, ms + START_MS);
}

struct paired_log *paired_log_new(uint64_t seed) {
    struct paired_log *log = xcalloc(1, sizeof *log);
    struct writing writing = {{seed}, evtx_log_new(), 0, EVTX_RECORDS_START};
    log->pair_count = 3 + random_below(&writing.random, PAIRS_MAX - 2);
    for (size_t i = 0; i < log->pair_count; i++) {
        add_pair(&writing, &log->pairs[i], i);
    }
    add_gap(&writing);
    evtx_log_rotate(writing.log, random_below(&writing.random, 2));
    const uint8_t *bytes = evtx_log_bytes(writing.log, &log->size);
    log->bytes = xmalloc(log->size);
    memcpy(log->bytes, bytes, log->size);
    evtx_log_free(writing.log);
    log->read = read_log(log->bytes, log->size);
    return log;
}

void paired_log_free(struct paired_log *log) {
    read_log_free(&log->read);
    free(log->bytes);
    free(log);
}

static void add_partner(struct evtx_log *log, uint16_t event_id, const struct pair *pair,
                        unsigned ms) {
    struct log_event event;
    uint16_t units[sizeof pair->host];
    begin_stage(&event, event_id, pair, ms, false);
    event.event.computer = (struct evtx_text){units, host_units(pair, units)};
    event.event.event_record_id = PARTNER_ID + ms;
    evtx_log_add(log, &event.event);
    log_event_free(&event);
}

struct evtx_log *partner_log(const struct paired_log *log) {
    struct evtx_log *partners = evtx_log_new();
    for (size_t i = 0; i < log->pair_count; i++) {
        unsigned ms = (unsigned)i * PAIR_MS;
        add_partner(partners, PROCESS_CREATE, &log->pairs[i], ms + 1);
        add_partner(partners, IMAGE_LOAD, &log->pairs[i], ms + START_MS - 1);
    }
    return partners;
}
