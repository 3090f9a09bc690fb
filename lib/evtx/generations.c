// SPDX-License-Identifier: GPL-3.0-or-later
// Which chunks of a file are remains of an earlier generation of the log.
#include "evtx/generations.h"

#include "base/bytes.h"
#include "evtx/chunk.h"

// False where the header does not say what can be.
static bool read_numbers(const uint8_t *chunk, struct number_run *numbers) {
    numbers->first = bytes_u64(chunk + 24);
    numbers->last = bytes_u64(chunk + 32);
    return numbers->first > 0 && numbers->last >= numbers->first &&
           numbers->last - numbers->first < CHUNK_RECORDS_MAX && numbers->last < UINT64_MAX;
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

// A run that there is no room for is forgotten: what it would show to be of an earlier generation
// counts as the log's own.
static void add_run(struct generations *generations, const struct number_run *numbers) {
    for (uint32_t i = 0; i < generations->run_count; i++) {
        struct number_run *run = &generations->runs[i];
        if (run->last + 1 == numbers->first) {
            run->last = numbers->last;
            return;
        }
    }
    if (generations->run_count < GENERATIONS_RUNS_MAX) {
        generations->runs[generations->run_count++] = *numbers;
    }
}

bool generations_add(struct generations *generations, const uint8_t *chunk) {
    struct number_run numbers;
    if (!read_numbers(chunk, &numbers)) {
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
