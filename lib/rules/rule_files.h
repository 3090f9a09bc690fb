// SPDX-License-Identifier: GPL-3.0-or-later
// The rules that a run is to use: built-in ones, files, directories of files.
//
// In a directory count regular files named *.toml, *.ndjson, *.json and *.eql, in any case, in the
// order of the bytes of their paths. Links found there are not followed: a note names those to
// directories, and those of such names.
#ifndef EVTXSEQ_RULE_FILES_H
#define EVTXSEQ_RULE_FILES_H

#include "rules/rule_text.h"

enum { RULE_FILE_SIZE_MAX = 64 << 20 }; // bytes: all of Elastic's rules in one file are about 20 MB

struct rule_files {
    struct rule_text *rules; // of two with one ID the later, in the place of the earlier
    size_t count, capacity;
    size_t results[RULE_RESULT_COUNT]; // how often each came out: what was left out, and why
    struct source_error *errors;       // what is wrong in files; the others count
    size_t error_count, error_capacity;
    char **notes; // what is worth saying with -v, a line each
    size_t note_count, note_capacity;
    json_t *places; // where in `rules` an ID is
};

enum rule_files_result {
    RULE_FILES_READ,    // with errors or without
    RULE_FILES_UNKNOWN, // the last error names a part of the list that is neither file nor rule
    RULE_FILES_NO_MEMORY,
};

// Adds the rules of a list to what is all zero at first: a path if there is such a file or
// directory, else paths, IDs of built-in rules and `all` joined by commas. With any_index those
// count too whose index names no source that Sysmon events are in.
enum rule_files_result rule_files_add(struct rule_files *files, const char *list, bool any_index);

// Adds a rule, as a later one of its ID; a note, NULL if memory ran out; an error. All are taken
// over in any case. False when memory ran out.
bool rule_files_add_rule(struct rule_files *files, struct rule_text *rule);
bool rule_files_add_note(struct rule_files *files, char *note);
bool rule_files_add_error(struct rule_files *files, struct source_error *error);

void rule_files_free(struct rule_files *files);

#endif
