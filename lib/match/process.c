// SPDX-License-Identifier: GPL-3.0-or-later
#include "match/process.h"

#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"

// The names by which events tell of a process.
struct names {
    enum event_data guid;
    enum event_data id;
    enum event_data image;
};

static struct names names_of(const struct event *event, enum process_role role) {
    if (role == PROCESS_PARENT) {
        return (struct names){DATA_PARENT_PROCESS_GUID, DATA_PARENT_PROCESS_ID, DATA_PARENT_IMAGE};
    }
    for (size_t i = 0; i < EVENT_MACHINE_GUIDS; i++) {
        enum event_data guid = event_machine_guids[i];
        if (guid != DATA_PROCESS_GUID && event_value(event, guid) != NULL) {
            return (struct names){guid, DATA_SOURCE_PROCESS_ID, DATA_SOURCE_IMAGE};
        }
    }
    return (struct names){DATA_PROCESS_GUID, DATA_PROCESS_ID, DATA_IMAGE};
}

static bool read_guid(const struct event *event, enum event_data name, struct guid *guid) {
    const char *text = event_value(event, name);
    return text != NULL && guid_parse(text, guid);
}

struct process process_of(const struct event *event, enum process_role role) {
    const struct names names = names_of(event, role);
    struct process process = {
        .computer = event_part(event, DATA_COMPUTER, PART_WHOLE),
        .id = event_part(event, names.id, PART_WHOLE),
        .image = event_part(event, names.image, PART_WHOLE),
    };
    process.has_guid = read_guid(event, names.guid, &process.guid);
    process.machine = event_machine(event);
    return process;
}

static bool is_same(struct text a, struct text b) {
    if (a.data == NULL || b.data == NULL) {
        return a.data == b.data;
    }
    return a.size == b.size && ascii_same(a.data, b.data, a.size, true);
}

bool process_agrees(const struct process *a, const struct process *b) {
    return a->has_guid && b->has_guid && memcmp(&a->guid, &b->guid, sizeof a->guid) == 0 &&
           a->machine == b->machine && is_same(a->computer, b->computer) && is_same(a->id, b->id) &&
           is_same(a->image, b->image);
}

static bool is_same_value(const struct event *a, enum event_data x, const struct event *b,
                          enum event_data y) {
    return is_same(event_part(a, x, PART_WHOLE), event_part(b, y, PART_WHOLE));
}

// GUIDs come last: to read one takes as long as all else.
bool process_is_same(const struct event *a, const struct event *b) {
    const struct names x = names_of(a, PROCESS_SELF);
    const struct names y = names_of(b, PROCESS_SELF);
    struct guid p;
    struct guid q;
    return is_same_value(a, x.id, b, y.id) && is_same_value(a, x.image, b, y.image) &&
           read_guid(a, x.guid, &p) && read_guid(b, y.guid, &q) && memcmp(&p, &q, sizeof p) == 0;
}

// Ends with a byte that no text has in it.
static uint64_t add_text(uint64_t hash, struct text text) {
    return hash_add(hash_add_folded(hash, text.data, text.size), "", 1);
}

static uint64_t not_zero(uint64_t hash) {
    return hash == 0 ? 1 : hash;
}

static uint64_t hash_host(const struct process *process) {
    uint64_t hash = add_text(HASH_START, process->computer);
    return hash_add(hash, &process->machine, sizeof process->machine);
}

uint64_t process_host_key(const struct process *process) {
    return not_zero(hash_host(process));
}

uint64_t process_key(const struct process *process) {
    if (!process->has_guid) {
        return 0;
    }
    uint64_t hash = hash_add(hash_host(process), process->guid.bytes, sizeof process->guid.bytes);
    hash = add_text(hash, process->id);
    return not_zero(add_text(hash, process->image));
}
