// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx/generations.h"

#include "base/bytes.h"
#include "evtx/chunk.h"

enum { HEADER_SIZE_IN_USE = 128 };

static bool is_range(uint64_t first, uint64_t last) {
    return first > 0 && last >= first && last - first < CHUNK_RECORDS_MAX && last < UINT64_MAX;
}

// What stands in a chunk's place need not be one. Its signature may be lost, so that is not asked
// for.
static bool is_header(const uint8_t *chunk) {
    uint32_t free_space = bytes_u32(chunk + 48);
    return bytes_u32(chunk + 40) == HEADER_SIZE_IN_USE && free_space >= CHUNK_HEADER_SIZE &&
           free_space <= CHUNK_SIZE;
}

// False where the header does not say what can be.
static bool read_numbers(const uint8_t *chunk, uint64_t offset, struct number_run *numbers) {
    *numbers = (struct number_run){.first = bytes_u64(chunk + 24),
                                   .last = bytes_u64(chunk + 32),
                                   .first_in_file = bytes_u64(chunk + 8),
                                   .last_in_file = bytes_u64(chunk + 16),
                                   .offset = offset};
    return is_header(chunk) && is_range(numbers->first, numbers->last);
}

static bool is_taken(const struct generations *generations, const struct number_run *numbers) {
    for (uint32_t i = 0; i < generations->run_count; i++) {
        const struct number_run *run = &generations->runs[i];
        if (numbers->first <= run->last && numbers->last >= run->first) {
            return true;
        }
    }
    return false;
}

// Whether the chunk goes on where the run ends, in the file or, where the file has no such numbers,
// by its IDs.
static bool follows(const struct number_run *run, const struct number_run *numbers) {
    return numbers->first == run->last + 1 ||
           (numbers->first_in_file == run->last_in_file + 1 && numbers->first > run->last);
}

// A run that there is no room for is forgotten: what it would show to be of an earlier generation
// counts as the log's own.
static void add_run(struct generations *generations, const struct number_run *numbers) {
    for (uint32_t i = 0; i < generations->run_count; i++) {
        struct number_run *run = &generations->runs[i];
        if (follows(run, numbers)) {
            run->last = numbers->last;
            run->last_in_file = numbers->last_in_file;
            return;
        }
    }
    if (generations->run_count < GENERATIONS_RUNS_MAX) {
        generations->runs[generations->run_count++] = *numbers;
    }
}

bool generations_add(struct generations *generations, const uint8_t *chunk, uint64_t offset) {
    struct number_run numbers;
    if (!read_numbers(chunk, offset, &numbers)) {
        generations->next = 0;
        generations->is_earlier = false;
        return false;
    }
    bool goes_on = generations->is_earlier && numbers.first == generations->next;
    bool is_earlier = goes_on || is_taken(generations, &numbers);
    if (!is_earlier) {
        add_run(generations, &numbers);
    }
    generations->next = numbers.last + 1;
    generations->is_earlier = is_earlier;
    return is_earlier;
}

// The run of the next lower IDs; NULL when there is none.
static const struct number_run *run_before(const struct generations *generations,
                                           const struct number_run *run) {
    const struct number_run *before = NULL;
    for (uint32_t i = 0; i < generations->run_count; i++) {
        const struct number_run *other = &generations->runs[i];
        if (other->last < run->first && (before == NULL || other->last > before->last)) {
            before = other;
        }
    }
    return before;
}

// Both kinds of numbers must show the gap, and those of the file must make sense.
static bool is_gap(const struct number_run *before, const struct number_run *run) {
    return before->last + 1 < run->first && before->last_in_file >= before->first_in_file &&
           before->first_in_file > 0 && before->last_in_file < run->first_in_file &&
           run->first_in_file - before->last_in_file > 1;
}

// Where there was no room for all runs, what lies between two is not known.
bool generations_find_gap(const struct generations *generations, size_t *from, uint64_t *offset) {
    while (generations->run_count < GENERATIONS_RUNS_MAX && *from < generations->run_count) {
        const struct number_run *run = &generations->runs[(*from)++];
        const struct number_run *before = run_before(generations, run);
        if (before != NULL && is_gap(before, run)) {
            *offset = run->offset;
            return true;
        }
    }
    return false;
}
