// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/order.h"
#include "base/search.h"

// No number of records comes near this, so that sums of what a worker claims do not overflow.
#define COUNT_MAX (UINT64_C(1) << 48)

void coverage_counts_clear(struct coverage_counts *counts) {
    *counts = (struct coverage_counts){.first = UINT64_MAX};
}

uint64_t coverage_same_machine(uint64_t a, uint64_t b) {
    if (a == b || b == COVERAGE_NO_MACHINE) {
        return a;
    }
    return a == COVERAGE_NO_MACHINE ? b : COVERAGE_SEVERAL_MACHINES;
}

static void add_counts(struct coverage_counts *to, const struct coverage_counts *from) {
    to->records += from->records;
    to->recovered += from->recovered;
    to->first = from->first < to->first ? from->first : to->first;
    to->last = from->last > to->last ? from->last : to->last;
    to->has_sysmon |= from->has_sysmon;
    for (size_t i = 0; i < COVERAGE_EVENTS; i++) {
        to->events[i] += from->events[i];
    }
    to->nameless += from->nameless;
    to->machine = coverage_same_machine(to->machine, from->machine);
    to->libraries |= from->libraries;
}

// Rows

struct coverage_row *coverage_rows_find(struct coverage_rows *rows, const char *host) {
    for (uint32_t i = 0; i < rows->count && i < COVERAGE_ROWS_MAX; i++) {
        struct coverage_row *row = &rows->rows[i];
        if (ascii_compare(row->host, host) == 0) {
            if (strcmp(host, row->host) < 0) {
                memcpy(row->host, host, strlen(host)); // of the same length
            }
            return row;
        }
    }
    if (rows->count >= COVERAGE_ROWS_MAX) {
        return NULL;
    }
    struct coverage_row *row = &rows->rows[rows->count++];
    memset(row->host, 0, sizeof row->host);
    memcpy(row->host, host, strnlen(host, sizeof row->host - 1));
    coverage_counts_clear(&row->counts);
    return row;
}

bool coverage_rows_add(struct coverage_rows *rows, const struct coverage_row *row) {
    struct coverage_row *sum = coverage_rows_find(rows, row->host);
    if (sum != NULL) {
        add_counts(&sum->counts, &row->counts);
    }
    return sum != NULL;
}

bool coverage_row_is_valid(const struct coverage_row *row) {
    const struct coverage_counts *counts = &row->counts;
    bool ok = memchr(row->host, '\0', sizeof row->host) != NULL && counts->records <= COUNT_MAX &&
              counts->recovered <= COUNT_MAX && counts->has_sysmon <= 1;
    for (size_t i = 0; i < COVERAGE_EVENTS; i++) {
        ok = ok && counts->events[i] <= COUNT_MAX;
    }
    return ok && counts->nameless <= COUNT_MAX;
}

// The table

struct coverage_key {
    const char *path;
    size_t log;
    const char *host;
};

static int compare_key(const void *element, const void *key) {
    const struct coverage_entry *a = element;
    const struct coverage_key *b = key;
    int result = strcmp(a->path, b->path);
    result = result != 0 ? result : order_numbers(a->log, b->log);
    if (result == 0 && a->is_others) {
        return 1;
    }
    return result != 0 ? result : ascii_compare(a->host, b->host);
}

static int compare(const void *left, const void *right) {
    const struct coverage_entry *a = left;
    const struct coverage_entry *b = right;
    if (a->log == b->log && a->is_others != b->is_others) {
        return a->is_others ? 1 : -1;
    }
    int result = compare_key(a, &(struct coverage_key){b->path, b->log, b->host});
    return result != 0 ? result : strcmp(a->host, b->host);
}

static bool is_same(const struct coverage_entry *a, const struct coverage_entry *b) {
    return a->log == b->log && a->is_others == b->is_others && ascii_compare(a->host, b->host) == 0;
}

// Makes the entry one of the other hosts.
static void make_others(struct coverage_entry *entry) {
    static const char name[] = COVERAGE_OTHER_HOSTS;
    char *host = realloc(entry->host, sizeof name);
    if (host != NULL) {
        memcpy(host, name, sizeof name);
        entry->host = host;
    }
    entry->is_others = true;
}

// Puts together the hosts of a log that come after those that are told apart. Whenever that is
// done, it comes to the same, for the names that come first stay.
static void fold_others(struct coverage *coverage) {
    size_t kept = 0;
    size_t hosts = 0; // of the log at hand
    for (size_t i = 0; i < coverage->count; i++) {
        struct coverage_entry entry = coverage->entries[i];
        struct coverage_entry *last = kept == 0 ? NULL : &coverage->entries[kept - 1];
        bool is_same_log = last != NULL && last->log == entry.log;
        hosts = (is_same_log ? hosts : 0) + (*entry.host != '\0');
        if (hosts <= coverage->hosts_max) {
            coverage->entries[kept++] = entry;
        } else if (is_same_log && last->is_others) {
            add_counts(&last->counts, &entry.counts);
            free(entry.host);
        } else {
            make_others(&entry);
            coverage->entries[kept++] = entry;
        }
    }
    coverage->count = kept;
}

// Sorts, and makes one of entries of the same host in the same log.
void coverage_merge(struct coverage *coverage) {
    size_t kept = 0;
    array_sort(coverage->entries, coverage->count, sizeof *coverage->entries, compare);
    for (size_t i = 0; i < coverage->count; i++) {
        struct coverage_entry *entry = &coverage->entries[i];
        if (kept > 0 && is_same(&coverage->entries[kept - 1], entry)) {
            add_counts(&coverage->entries[kept - 1].counts, &entry->counts);
            free(entry->host);
        } else {
            coverage->entries[kept++] = *entry;
        }
    }
    coverage->count = kept;
    if (coverage->hosts_max > 0) {
        fold_others(coverage);
    }
}

const struct coverage_entry *coverage_find(const struct coverage *coverage, const char *path,
                                           size_t log, const char *host) {
    const struct coverage_key key = {path, log, host};
    size_t at = search_first(coverage->entries, coverage->count, sizeof *coverage->entries, &key,
                             compare_key);
    bool is_there = at < coverage->count && compare_key(&coverage->entries[at], &key) == 0;
    return is_there ? &coverage->entries[at] : NULL;
}

uint64_t coverage_machine(const struct coverage *coverage, const char *path, size_t log,
                          const char *host) {
    const struct coverage_entry *entry = coverage_find(coverage, path, log, host);
    return entry == NULL ? COVERAGE_NO_MACHINE : entry->counts.machine;
}

// Makes room for one more; merging comes first, so that a log of many parts takes no more memory
// than its hosts do.
static bool make_room(struct coverage *coverage) {
    if (coverage->count < coverage->capacity) {
        return true;
    }
    coverage_merge(coverage);
    if (coverage->count <= coverage->capacity / 2 && coverage->capacity > 0) {
        return true;
    }
    return array_grow(&coverage->entries, coverage->capacity, &coverage->capacity,
                      sizeof *coverage->entries);
}

bool coverage_add(struct coverage *coverage, const char *path, size_t log, const char *host,
                  const struct coverage_counts *counts) {
    char *copy = make_room(coverage) ? strdup(host) : NULL;
    if (copy == NULL) {
        return false;
    }
    coverage->entries[coverage->count++] =
        (struct coverage_entry){.path = path, .log = log, .host = copy, .counts = *counts};
    return true;
}

bool coverage_add_others(struct coverage *coverage, const char *path, size_t log,
                         const struct coverage_counts *counts) {
    bool is_added = coverage_add(coverage, path, log, COVERAGE_OTHER_HOSTS, counts);
    if (is_added) {
        coverage->entries[coverage->count - 1].is_others = true;
    }
    return is_added;
}

static bool has_records(const struct coverage_entry *entry) {
    return entry->counts.records > 0 || entry->counts.recovered > 0;
}

// Leaves out entries without a record, but for one of a log that has no other.
static void drop_empty(struct coverage *coverage) {
    size_t kept = 0;
    for (size_t i = 0; i < coverage->count; i++) {
        struct coverage_entry *entry = &coverage->entries[i];
        bool is_first = kept == 0 || coverage->entries[kept - 1].log != entry->log;
        bool is_last = i + 1 == coverage->count || entry[1].log != entry->log;
        if (has_records(entry) || (is_first && is_last)) {
            coverage->entries[kept++] = *entry;
        } else {
            free(entry->host);
        }
    }
    coverage->count = kept;
}

// Two logs may have paths of one text, so it is the pointer that tells whose problem it is.
static size_t count_problems(const struct problems *problems, size_t from, const char *path) {
    size_t count = 0;
    for (size_t i = from; i < problems->count && strcmp(problems->list[i].path, path) == 0; i++) {
        count += problems->list[i].path == path;
    }
    return count;
}

void coverage_finish(struct coverage *coverage, const struct problems *problems) {
    size_t from = 0;
    coverage_merge(coverage);
    drop_empty(coverage);
    for (size_t i = 0; i < coverage->count; i++) {
        struct coverage_entry *entry = &coverage->entries[i];
        if (i > 0 && entry[-1].log == entry->log) {
            entry->problems = entry[-1].problems;
            continue;
        }
        while (from < problems->count && strcmp(problems->list[from].path, entry->path) < 0) {
            from++;
        }
        entry->problems = count_problems(problems, from, entry->path);
    }
}

bool coverage_by_host(const struct coverage *coverage, struct coverage *hosts) {
    *hosts = (struct coverage){0};
    for (size_t i = 0; i < coverage->count; i++) {
        const struct coverage_entry *entry = &coverage->entries[i];
        if (!coverage_add(hosts, "", 0, entry->host, &entry->counts)) {
            coverage_free(hosts);
            return false;
        }
    }
    coverage_merge(hosts);
    return true;
}

void coverage_free(struct coverage *coverage) {
    for (size_t i = 0; i < coverage->count; i++) {
        free(coverage->entries[i].host);
    }
    free(coverage->entries);
    *coverage = (struct coverage){0};
}
