// SPDX-License-Identifier: GPL-3.0-or-later
// An input that was read, in a few words.
#ifndef EVTXSEQ_INPUT_FACTS_H
#define EVTXSEQ_INPUT_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sha256.h"

// What an input is. When carving, one with a chunk is a log.
// FACTS_IMAGE is a file that a forensic image lies in; what is in the image is an input of its own.
enum facts_kind { FACTS_LOG, FACTS_ARCHIVE, FACTS_IMAGE, FACTS_OTHER };

struct input_facts {
    const char *path;   // not owned
    uint64_t size;      // bytes; of an input that cannot seek, those that were read
    uint64_t records;   // live ones
    uint64_t recovered; // others
    bool is_in_parts;   // read in parts by several runs: it has no hash
    bool has_hash;
    uint8_t sha256[SHA256_SIZE];
    enum facts_kind kind;
};

#endif
