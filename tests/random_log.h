// SPDX-License-Identifier: GPL-3.0-or-later
// Random logs: image loads and process starts that meet the rule or nearly do, among other events,
// in every layout the writer knows, some of them damaged. The same seed gives the same bytes.
#ifndef EVTXSEQ_TESTS_RANDOM_LOG_H
#define EVTXSEQ_TESTS_RANDOM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtx_writer.h"

// splitmix64; any seed will do.
struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random) {
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

// From 0 to `limit` - 1.
static inline size_t random_below(struct random *random, size_t limit) {
    return (size_t)(random_next(random) % limit);
}

static inline bool random_chance(struct random *random, unsigned percent) {
    return random_below(random, 100) < percent;
}

enum { LOG_EVENT_FIELDS_MAX = 32 };

// An event together with its fields, whose texts it owns. Points into itself: not to be copied.
struct log_event {
    struct evtx_event event;
    struct evtx_field fields[LOG_EVENT_FIELDS_MAX];
    uint16_t *texts[LOG_EVENT_FIELDS_MAX]; // by field; NULL where the value is not a text
};

// Event ID 7 or 1 as Sysmon logs it, with values that meet the rule; any other event ID with the
// fields of a process termination. `old` leaves out what old versions of Sysmon did not log.
void log_event_begin(struct log_event *event, uint16_t event_id, bool old);
void log_event_free(struct log_event *event);

// Sets or adds a field; the text is in the notation of notation.h.
void log_event_set(struct log_event *event, const char *name, const char *text);

// The log of a seed, in memory the caller frees. One in three is damaged.
uint8_t *random_log(uint64_t seed, size_t *size);
bool random_log_is_damaged(uint64_t seed);

#endif
