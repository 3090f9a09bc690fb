// SPDX-License-Identifier: GPL-3.0-or-later
// Places in the text of a JSON object, which Jansson does not keep. The text has been read by it,
// so that its syntax is known to be right.
#ifndef EVTXSEQ_JSON_SOURCE_H
#define EVTXSEQ_JSON_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/source_map.h"

// The offset of the value that has this key in the object that the source starts with; SIZE_MAX
// when there is none, or its key is written with escapes.
size_t json_source_find(const struct source_text *source, const char *key);

// Where the bytes of the string stand whose quotes open at `offset`. False when memory ran out. The
// map is to be freed in any case.
bool json_source_map(const struct source_text *source, size_t offset, struct source_map *map);

#endif
