// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/order.h"
#include "base/search.h"
#include "scan/settings.h"

static void note_failure(struct scan *scan, bool ok) {
    if (!ok && !scan->has_failed) {
        scan->has_failed = true;
        scan->error = errno;
    }
}

void collect_event(struct scan *scan, const struct pool_report *report) {
    note_failure(scan,
                 recorder_add(scan->recorder, report->input, report->begin, &report->message));
}

void collect_job_end(struct scan *scan, const struct pool_report *report) {
    note_failure(scan, recorder_end_job(scan->recorder, report->input, report->begin));
}

// Facts

// Messages on their way into blocks.
struct facts {
    struct events_packer *packer;
    struct buffer content; // not yet packed
    struct buffer *blocks;
    bool has_failed;
};

static void flush(struct facts *facts, size_t full) {
    if (facts->content.size > full) {
        facts->has_failed = facts->content.failed ||
                            !events_pack(facts->packer, EVENTS_FACTS, 0, facts->content.data,
                                         facts->content.size, facts->blocks) ||
                            facts->has_failed;
        buffer_clear(&facts->content);
    }
}

static void tell_archives(const struct scan_result *result, struct facts *facts) {
    for (size_t i = 0; i < result->facts_count; i++) {
        const struct input_facts *input = &result->facts[i];
        struct message_archive archive = {.size = input->size,
                                          .has_hash = input->has_hash,
                                          .is_image = input->kind == FACTS_IMAGE};
        if (input->kind == FACTS_ARCHIVE || input->kind == FACTS_IMAGE) {
            memcpy(archive.hash, input->sha256, sizeof archive.hash);
            message_add_archive(&facts->content, &archive, input->path);
            flush(facts, EVENTS_CONTENT_FULL);
        }
    }
}

static void tell_input(const struct scan *scan, const struct source *source, struct facts *facts) {
    struct scan_tally tally = source->tally;
    tally.newest = source->newest;
    tally.newest_chunk = source->newest_chunk;
    tally.is_closed = source->is_closed;
    struct message_input input = {
        .tally = tally,
        .size = source->size,
        .creations = source->creations,
        .problem_cut = source->problem_cut,
        .is_once = source->is_once,
        .in_archive = source->in_archive,
        .is_not_a_log = source->is_not_a_log,
        .is_off_grid = source->is_off_grid,
        .is_shared = source->is_shared,
        .listed = source->listed,
    };
    input.has_hash = hashes_get(scan->hashes, &source->hash, input.hash);
    message_add_input(&facts->content, &input, source->path);
}

static int compare_path(const void *element, const void *key) {
    const struct problem *problem = element;
    const struct problem *other = key;
    return strcmp(problem->path, other->path);
}

static void tell_problem(struct facts *facts, const struct problem *problem, const char *path,
                         bool is_suspect) {
    const struct message_told told = {
        .offset = problem->offset, .kind = (uint32_t)problem->kind, .is_suspect = is_suspect};
    message_add_told(&facts->content, &told, path, problem->reason);
    flush(facts, EVENTS_CONTENT_FULL);
}

// Those of one input stand together, for both are in the order of paths; a path may be that of
// several.
static void tell_problems(const struct problems *problems, const struct source *source, bool *told,
                          struct facts *facts) {
    const struct problem key = {.path = source->path};
    size_t at =
        search_first(problems->list, problems->count, sizeof *problems->list, &key, compare_path);
    for (; at < problems->count && strcmp(problems->list[at].path, source->path) == 0; at++) {
        if (problems->list[at].path == source->path) {
            told[at] = true;
            tell_problem(facts, &problems->list[at], "", false);
        }
    }
}

static void tell_coverage(const struct coverage *coverage, size_t number, size_t *next,
                          struct facts *facts) {
    for (; *next < coverage->count && coverage->entries[*next].log == number; ++*next) {
        const struct coverage_entry *entry = &coverage->entries[*next];
        struct coverage_row row = {.counts = entry->counts};
        if (!entry->is_others) {
            memcpy(row.host, entry->host, strnlen(entry->host, sizeof row.host - 1));
        }
        message_add(&facts->content, entry->is_others ? MESSAGE_OTHER_HOSTS : MESSAGE_COVERAGE,
                    &row, sizeof row);
        flush(facts, EVENTS_CONTENT_FULL);
    }
}

static int compare_suspects(const void *left, const void *right, void *sources) {
    const struct suspect *a = left;
    const struct suspect *b = right;
    const struct source *list = sources;
    int result = order_numbers(list[a->source].rank, list[b->source].rank);
    result = result != 0 ? result : order_numbers(a->offset, b->offset);
    result = result != 0 ? result : order_numbers(a->kind, b->kind);
    return result != 0 ? result : strcmp(a->reason, b->reason);
}

static void tell_suspects(const struct scan *scan, size_t number, size_t *next,
                          struct facts *facts) {
    for (; *next < scan->suspect_count && scan->suspects[*next].source == number; ++*next) {
        const struct suspect *suspect = &scan->suspects[*next];
        const struct problem problem = {
            .kind = suspect->kind, .offset = suspect->offset, .reason = suspect->reason};
        tell_problem(facts, &problem, "", true);
    }
}

static void tell_share(const struct scan *scan, struct facts *facts) {
    struct message_share share = {.share = scan->options.share};
    if (scan->listing != NULL) {
        listing_hash(scan->listing, share.inputs);
        message_add(&facts->content, MESSAGE_SHARE, &share, sizeof share);
    }
}

// All lists are in the order of the sources' ranks.
static void tell_all(const struct scan *scan, const struct problems *problems, bool *told,
                     struct facts *facts) {
    const struct scan_result *result = &scan->result;
    const struct message_totals totals = {.passed_over = result->passed_over,
                                          .lacks_sandbox = result->lacks_sandbox};
    size_t next_entry = 0;
    size_t next_suspect = 0;
    message_add(&facts->content, MESSAGE_TOTALS, &totals, sizeof totals);
    tell_share(scan, facts);
    tell_archives(result, facts);
    for (size_t rank = 0; rank < scan->sources.count; rank++) {
        size_t number = scan->sources.by_rank[rank];
        const struct source *source = &scan->sources.list[number];
        tell_input(scan, source, facts);
        tell_problems(problems, source, told, facts);
        tell_suspects(scan, number, &next_suspect, facts);
        tell_coverage(&result->coverage, number, &next_entry, facts);
    }
    for (size_t i = 0; i < problems->count; i++) {
        if (!told[i]) {
            tell_problem(facts, &problems->list[i], problems->list[i].path, false);
        }
    }
    flush(facts, 0);
}

// A copy of the problems so far, in order; more are to come. False when memory ran out.
static bool copy_problems(const struct problems *problems, struct problems *copy) {
    *copy = (struct problems){.list = calloc(problems->count + 1, sizeof *copy->list)};
    if (copy->list == NULL) {
        return false;
    }
    copy->count = problems->count;
    if (copy->count > 0) {
        memcpy(copy->list, problems->list, copy->count * sizeof *copy->list);
    }
    problems_sort(copy);
    return true;
}

void collect_facts(struct scan *scan) {
    struct facts facts = {.packer = events_packer_new(), .blocks = &scan->facts};
    struct problems problems;
    bool *told = calloc(scan->result.problems.count + 1, sizeof *told);
    bool ok = copy_problems(&scan->result.problems, &problems) && facts.packer != NULL &&
              told != NULL && sources_rank(&scan->sources);
    if (ok) {
        coverage_merge(&scan->result.coverage);
        if (scan->suspect_count > 1) {
            qsort_r(scan->suspects, scan->suspect_count, sizeof *scan->suspects, compare_suspects,
                    scan->sources.list);
        }
        tell_all(scan, &problems, told, &facts);
    }
    errno = ENOMEM;
    note_failure(scan, ok && !facts.has_failed);
    problems_free(&problems);
    free(told);
    buffer_free(&facts.content);
    events_packer_free(facts.packer);
}

// Writing

static bool pack_text(struct events_packer *packer, enum events_kind kind,
                      const struct buffer *text, struct buffer *blocks) {
    bool ok = true;
    for (size_t at = 0; ok && at < text->size; at += EVENTS_CONTENT_FULL) {
        size_t left = text->size - at;
        ok = events_pack(packer, kind, 0, text->data + at,
                         left < EVENTS_CONTENT_FULL ? left : EVENTS_CONTENT_FULL, blocks);
    }
    return ok;
}

// Writes the head and what the events are of. False when memory ran out.
static bool write_settings(const struct scan *scan, struct events_writer *writer, FILE *stream) {
    struct buffer text = {0};
    struct buffer names = {0};
    struct buffer blocks = {0};
    struct events_packer *packer = events_packer_new();
    bool ok = packer != NULL && settings_make(&scan->options, &text, &names) &&
              pack_text(packer, EVENTS_SETTINGS, &text, &blocks) &&
              pack_text(packer, EVENTS_NAMES, &names, &blocks);
    if (ok) {
        uint8_t hash[SHA256_SIZE];
        sha256_of(text.data, text.size, hash);
        events_write_head(writer, stream, hash);
        events_write(writer, blocks.data, blocks.size);
    }
    buffer_free(&text);
    buffer_free(&names);
    buffer_free(&blocks);
    events_packer_free(packer);
    return ok;
}

bool scan_write_events(struct scan *scan, FILE *stream, struct scan_collected *collected) {
    struct events_writer writer;
    uint32_t *numbers = calloc(scan->sources.count + 1, sizeof *numbers);
    for (size_t i = 0; numbers != NULL && i < scan->sources.count; i++) {
        numbers[i] = scan->sources.list[i].rank;
    }
    errno = ENOMEM;
    bool ok = numbers != NULL && write_settings(scan, &writer, stream);
    if (ok) {
        events_write(&writer, scan->facts.data, scan->facts.size);
        ok = recorder_write(scan->recorder, numbers, &writer);
    }
    if (ok) {
        events_write_end(&writer);
        *collected = (struct scan_collected){.events = recorder_event_count(scan->recorder),
                                             .bytes = writer.size};
        errno = writer.error;
        ok = writer.error == 0;
    }
    free(numbers);
    return ok;
}
