// SPDX-License-Identifier: GPL-3.0-or-later
// Notes on process creations (Sysmon's Event ID 1): enough to tell who started whom, and where to
// read the creation itself.
//
// A note takes 56 bytes, and up to 16 more while notes are sorted. An event takes 1.5 KiB in public
// logs, so notes on 4 GiB take 10 MiB where one event in twenty is a creation on a host of
// findings, and 200 MiB where every one is. Where memory runs out, findings are reported without
// context.
#ifndef EVTXSEQ_NOTES_H
#define EVTXSEQ_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/guid.h"
#include "match/process.h"
#include "rules/event.h"

// What to note: the creations of these hosts.
struct note_scope {
    enum event_clock clock;
    uint64_t *hosts; // by process_host_key(), in order, each once; owned
    size_t host_count;
    size_t host_capacity;
    struct guid_set guids; // of processes whose creations or children are looked for
};

void note_scope_free(struct note_scope *scope);

// Adds the host and the process of an event that may have a context, of a creation the parent too.
// False when memory ran out.
bool note_scope_add(struct note_scope *scope, const struct event *event);

// To be called after the last of them, and before anything else is asked of the scope.
void note_scope_sort(struct note_scope *scope);

// Whether these bytes of a record that cannot be decoded hold the GUID of such a process, so that
// it may be the creation of that or of a child.
bool note_scope_needs(const struct note_scope *scope, const uint8_t *bytes, size_t size);

// Of numbers alone and without padding, as it is sent from process to process.
struct note {
    uint64_t process;   // process_key() of the process that was created
    uint64_t parent;    // of the parent that it names
    int64_t time;       // by the scope's clock
    uint64_t record_id; // EventRecordID
    uint64_t chunk;     // offset of the chunk in the input
    uint32_t record;    // offset of the record in the chunk
    uint32_t host;      // its number in the scope
    uint32_t input;     // the input's number, in the order of paths
    uint32_t recovered; // 0 or 1: read from slack space or an earlier generation of the log
};

// Fills in what the event says of itself: all but the place and `recovered`. False when it is no
// process creation, or not of a host in the scope.
bool note_of(const struct event *event, const struct note_scope *scope, struct note *note);

struct notes {
    struct note *list; // owned
    size_t count;
    size_t capacity;
};

enum { NOTES_MAX = INT32_MAX }; // so that their numbers have 32 bits; they would take 112 GiB

// False when memory ran out, or there are NOTES_MAX of them.
bool notes_add(struct notes *notes, const struct note *note);

// The order of a timeline, and as there each event once: see timeline_sort().
void notes_sort(struct notes *notes);

void notes_free(struct notes *notes);

// Notes by a process: those on its own creations, or those on its children.
struct note_index {
    enum process_role role; // what the process is to the creations
    uint32_t *numbers;      // of notes, by key, time and record ID; owned
    size_t count;
};

// Of children, leaves out a note that another of the same keys precedes, and that of a process
// which names itself as its parent. The notes must be sorted. False when memory ran out.
bool note_index_make(struct note_index *index, const struct notes *notes, enum process_role role);
void note_index_free(struct note_index *index);

// Whether the note at a place, which may be any number, has the key.
bool note_index_has(const struct note_index *index, const struct notes *notes, size_t place,
                    uint64_t key);

// The place after the last note of the key that is not later than this time and, at that time,
// this record ID; or where such a note would be.
size_t note_index_after(const struct note_index *index, const struct notes *notes, uint64_t key,
                        int64_t time, uint64_t record_id);

// The place of the key's first note, or where it would be.
size_t note_index_find(const struct note_index *index, const struct notes *notes, uint64_t key);

// Where the records lie that notes are on, in the order of input and offset.
struct note_place {
    uint64_t offset; // of the record in the input
    uint64_t chunk;  // of its chunk
    uint32_t input;
    uint32_t note; // its number
};

struct note_places {
    struct note_place *list; // owned
    size_t count;
};

bool note_places_make(struct note_places *places, const struct notes *notes);

// The same of a list that another has filled.
void note_places_sort(struct note_places *places);

void note_places_free(struct note_places *places);

// The number of the first place with this input and offset, or where it would be; and whether the
// place of a number is one.
size_t note_places_find(const struct note_places *places, uint32_t input, uint64_t offset);
bool note_places_have(const struct note_places *places, size_t at, uint32_t input, uint64_t offset);

// Whether anything of the input is among them.
bool note_places_have_input(const struct note_places *places, uint32_t input);

#endif
