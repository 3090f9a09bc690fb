// SPDX-License-Identifier: GPL-3.0-or-later
// How much a query may ask for. Each limit is far above what rules use, keeps what is built from a
// query small, and has an error of its own.
#ifndef EVTXSEQ_EQL_LIMITS_H
#define EVTXSEQ_EQL_LIMITS_H

enum {
    // Bytes of a query. Elastic's longest rule has 8 thousand; lists of indicators are longer.
    EQL_QUERY_SIZE_MAX = 1 << 20,
    // Nodes of a query's tree: what is compiled from them stays within a few megabytes.
    EQL_NODES_MAX = 1 << 16,
    // Levels of a tree and of parentheses: who walks it recursively needs little stack.
    EQL_NESTING_MAX = 128,
    // Values of a list, arguments of a call. Lists of indicators have some thousands.
    EQL_LIST_MAX = 1 << 15,
    // Bytes of a string: Lucene keeps no longer term, so no longer one can be equal to a keyword.
    EQL_STRING_SIZE_MAX = 32766,
    // Characters of a regular expression: Elasticsearch's index.max_regex_length.
    EQL_REGEX_LENGTH_MAX = 1000,
    // Groups and complements of a regular expression within one another: who translates them calls
    // himself for each. PCRE2's own limit for what comes of them is 250.
    EQL_REGEX_NESTING_MAX = 64,
    // The N of {N}: Lucene refuses what makes more than 10,000 states.
    EQL_REGEX_REPEATS_MAX = 10000,
    // Steps of PCRE2's search for a match (some 10 ms), and the memory that it remembers them in.
    EQL_REGEX_STEPS_MAX = 1000000,
    EQL_REGEX_HEAP_KIB_MAX = 16384,
    // Places in an expression that a text may be at all at once, where that search took too many
    // steps: time grows with their square, to a second for the longest text.
    EQL_REGEX_PLACES_MAX = 300,
    // Stages as written, `until` among them: as many as match/matcher.h takes, a bit each.
    EQL_STAGES_MAX = 64,
    // `runs=N`, as in Elasticsearch.
    EQL_RUNS_MAX = 100,
    // Stages with their runs: as many events as match/matcher.h takes.
    EQL_EVENTS_MAX = 1024,
    // Keys of a stage, those of the sequence among them.
    EQL_KEYS_MAX = 16,
};

#endif
