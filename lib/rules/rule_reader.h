// SPDX-License-Identifier: GPL-3.0-or-later
// The rules in a file's text, one after the other. See spec.md, "Rules", for the three formats.
#ifndef EVTXSEQ_RULE_READER_H
#define EVTXSEQ_RULE_READER_H

#include "rules/rule_text.h"

enum rule_format {
    RULE_FORMAT_TOML, // one rule, in the tables [rule], [metadata] and, our own, [evtxseq]
    RULE_FORMAT_JSON, // objects, one after the other or in arrays: Kibana's export and NDJSON
    RULE_FORMAT_EQL,  // one query; lines `// KEY: VALUE` above it
    RULE_FORMAT_COUNT
};

// The format by the name's suffix, in any case; RULE_FORMAT_COUNT for another.
enum rule_format rule_format_of(const char *path);

// Where in a JSON file.
enum rule_json_state {
    RULE_JSON_TOP,   // in no array
    RULE_JSON_FIRST, // after its [
    RULE_JSON_ITEM,  // after a comma of it
    RULE_JSON_AFTER, // after a rule of it
};

enum { RULE_JSON_ERRORS_MAX = 100 }; // after so many places that are not JSON a file is given up

// All zero but for source, format and any_index at first. The rest is the reader's own.
struct rule_reader {
    struct source_text source; // from the next rule on
    enum rule_format format;
    bool any_index; // take rules of any source
    enum rule_json_state state;
    bool has_rule;      // or an error
    size_t error_count; // places that are not JSON
};

// Reads the next rule. False when there is none left. Else *result says what came of it: with
// RULE_READ the rule is to be freed, with RULE_WRONG the error. After RULE_NO_MEMORY there is no
// next.
bool rule_reader_next(struct rule_reader *reader, enum rule_result *result, struct rule_text *rule,
                      struct source_error *error);

#endif
