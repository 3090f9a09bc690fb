// SPDX-License-Identifier: GPL-3.0-or-later
// A strict reader of TOML as far as rule files use it, into the tree that JSON files give.
//
// Source: TOML 1.0.0, https://toml.io/en/v1.0.0. Left out, and refused: dates and times (rule files
// write them as strings), numbers that are not decimal, inf, nan, and the character NUL.
#ifndef EVTXSEQ_TOML_H
#define EVTXSEQ_TOML_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/source_error.h"
#include "rules/source_map.h"

enum {
    TOML_SIZE_MAX = 1 << 20, // bytes of a text: rule files have up to 20,000
    TOML_DEPTH_MAX = 16,     // arrays and inline tables in one another: rule files have 3
    TOML_PARTS_MAX = 16,     // parts of a dotted key: rule files have 4
    TOML_TABLES_MAX = 1024,  // tables by header or dotted key: rule files have about 60
};

struct toml {
    json_t *root;
    struct buffer places; // where the values stand, for toml_place()
};

// Reads a text. False when something in it is not as it must be, with `error` to free, or when
// memory ran out (error->message is NULL then). The limits above keep a tree within 320 levels.
bool toml_read(struct toml *toml, const struct source_text *source, struct source_error *error);
void toml_free(struct toml *toml);

// The offset in the source of a table's value of that name: of its first character, or of what
// first names a table or an array of tables. SIZE_MAX when the table has none.
size_t toml_place(const struct toml *toml, const json_t *table, const char *key);

// Where the bytes of a string stand whose value is at that offset (from toml_place()). False when
// memory ran out. The map is to be freed in any case.
bool toml_map_string(const struct source_text *source, size_t offset, struct source_map *map);

#endif
