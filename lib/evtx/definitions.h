// SPDX-License-Identifier: GPL-3.0-or-later
// The template definitions of the chunk at hand, each read once, and those that this process has
// ever met, each told by its content.
//
// A definition says where every value of its records comes from, so one that is read wrongly makes
// all of them wrong. Whoever judges records by it first has libevtx decode one of them, compares,
// and notes here what came of that: once in a process's life, for the same few definitions come
// again in every chunk. What has come out well can be told to other processes, for the same few
// come again in every log.
#ifndef EVTXSEQ_DEFINITIONS_H
#define EVTXSEQ_DEFINITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evtx/definition.h"
#include "evtx/instance.h"

// Of one chunk at a time. With more, some are read again.
enum { DEFINITIONS_MAX = 64 };

struct definitions;

// `names`, which must outlive them, may be NULL: nothing is looked up then, and nothing remembered
// from chunk to chunk. NULL when memory ran out.
struct definitions *definitions_new(const struct names *names);
void definitions_free(struct definitions *definitions);

// Takes up a chunk of CHUNK_SIZE bytes.
void definitions_start(struct definitions *definitions, const uint8_t *chunk);

// Where the definition of an instance stands.
struct definition_place {
    uint32_t offset;
    // The definition that the instance refers to has been overwritten (in remains, that happens),
    // and this is another of the same template, from elsewhere in the chunk before the instance.
    bool is_replaced;
    bool is_gone; // it has been overwritten, and there is no other
};

// Of a live record the offset tells, even where the template ID in the instance or in the
// definition is damaged. Of remains the ID tells what has been overwritten.
struct definition_place definitions_place(struct definitions *definitions,
                                          const struct instance *instance, bool is_remains);

// The definition at an offset; valid until the next call but one.
const struct definition *definitions_read(struct definitions *definitions, uint32_t offset);

// What makes the XML of its records large, found out once. `definition` is one that has just been
// handed out; valid as long as it is.
const struct definition_weight *definitions_weigh(struct definitions *definitions,
                                                  const struct definition *definition);

// Reads elements without a template, of the chunk at hand, into `definition`.
void definitions_read_inline(const struct definitions *definitions, struct definition *definition,
                             uint32_t offset, uint32_t size);

// Definitions met

enum definition_check {
    DEFINITION_UNCHECKED,
    DEFINITION_EQUAL,     // libevtx made the same of a record
    DEFINITION_DIFFERENT, // libevtx made something else of a record
};

enum definition_check definitions_check(const struct definitions *definitions,
                                        const struct definition *definition);

// Notes what a comparison has come to: EQUAL or DIFFERENT; UNCHECKED where libevtx could not decode
// the record. After a few of those the definition counts as equal: there is no other word.
void definitions_note(struct definitions *definitions, const struct definition *definition,
                      enum definition_check check);

// Takes the next of the definitions that have been noted as EQUAL, each once: what tells it from
// others, see definition_read(), in `*size` bytes that are valid until another is read. NULL when
// there is none left.
const char *definitions_next_equal(struct definitions *definitions, size_t *size);

// A definition that this tells from others, at least one byte, is EQUAL: another process has
// compared it.
void definitions_learn(struct definitions *definitions, const char *content, size_t size);

#endif
