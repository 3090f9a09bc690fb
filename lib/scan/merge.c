// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/merge_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/visible.h"
#include "scan/held.h"
#include "scan/kept.h"
#include "scan/passes.h"
#include "scan/settings.h"

struct merge *merge_new(void) {
    return calloc(1, sizeof(struct merge));
}

void merge_free(struct merge *merge) {
    if (merge == NULL) {
        return;
    }
    for (size_t i = 0; i < merge->count; i++) {
        free(merge->files[i].sources);
        if (merge->ranks != NULL) {
            free(merge->ranks[i].ranks);
        }
    }
    free(merge->files);
    shares_free(&merge->shares);
    free(merge->ranks);
    buffer_free(&merge->text);
    buffer_free(&merge->names);
    rule_set_free(merge->rules);
    mark_set_free(&merge->marks);
    mark_set_free(&merge->wanted);
    free(merge->refusal);
    free(merge);
}

const char *scan_refusal(const struct scan *scan) {
    return scan->merge == NULL ? NULL : scan->merge->refusal;
}

bool merge_has_file(const struct merge *merge, struct file_id id) {
    for (size_t i = 0; i < merge->count; i++) {
        if (file_id_same(merge->files[i].id, id)) {
            return true;
        }
    }
    return false;
}

void scan_add_merge_lines(const struct scan *scan, struct buffer *out) {
    const struct merge *merge = scan->merge;
    for (size_t i = 0; merge != NULL && i < merge->count; i++) {
        const struct events_file *file = &merge->files[i];
        if (file->is_whole && file->repeats != i) {
            const char *other = merge->files[file->repeats].path;
            buffer_add_text(out, "evtxseq: ");
            visible_add(out, file->path, strlen(file->path));
            buffer_add_text(out, ": is the same as ");
            visible_add(out, other, strlen(other));
            buffer_add_text(out, ", and counts once\n");
        }
    }
}

void merge_name_missing(struct scan *scan) {
    shares_name_missing(&scan->merge->shares, scan);
}

// Passes

// By path, so that it does not matter which was checked first.
static int compare_files(const void *left, const void *right) {
    const struct events_file *a = left;
    const struct events_file *b = right;
    return strcmp(a->path, b->path);
}

struct digest_place {
    const uint8_t *digest;
    size_t number;
};

static int compare_digests(const void *left, const void *right) {
    const struct digest_place *a = left;
    const struct digest_place *b = right;
    int result = memcmp(a->digest, b->digest, SHA256_SIZE);
    return result != 0 ? result : (a->number > b->number) - (a->number < b->number);
}

// Tells which files are others once more. False when memory ran out.
static bool find_repeated(struct merge *merge) {
    struct digest_place *places = calloc(merge->count + 1, sizeof *places);
    size_t count = 0;
    for (size_t i = 0; places != NULL && i < merge->count; i++) {
        merge->files[i].repeats = i;
        if (merge->files[i].is_whole) {
            places[count++] = (struct digest_place){merge->files[i].facts.digest, i};
        }
    }
    array_sort(places, count, sizeof *places, compare_digests);
    for (size_t i = 1; i < count; i++) {
        if (memcmp(places[i - 1].digest, places[i].digest, SHA256_SIZE) == 0) {
            merge->files[places[i].number].repeats = merge->files[places[i - 1].number].repeats;
        }
    }
    free(places);
    return places != NULL;
}

static bool refuse(struct scan *scan, const char *path, const char *other, const char *why) {
    struct buffer text = {0};
    visible_add(&text, path, strlen(path));
    if (other != NULL) {
        buffer_add_text(&text, " and ");
        visible_add(&text, other, strlen(other));
    }
    buffer_add_text(&text, ": ");
    buffer_add_text(&text, why);
    buffer_add_byte(&text, '\0');
    scan->merge->refusal = text.data;
    scan->has_failed = true;
    scan->error = text.failed ? ENOMEM : EINVAL;
    return false;
}

// The first file that is to be merged; NULL when there is none.
static const struct events_file *first_file(const struct merge *merge) {
    for (size_t i = 0; i < merge->count; i++) {
        if (merge_takes(merge, i)) {
            return &merge->files[i];
        }
    }
    return NULL;
}

// Whether there are files, all of the same settings.
static bool are_alike(struct scan *scan) {
    const struct merge *merge = scan->merge;
    const struct events_file *first = first_file(merge);
    for (size_t i = 0; first != NULL && i < merge->count; i++) {
        const struct events_file *file = &merge->files[i];
        if (merge_takes(merge, i) &&
            memcmp(file->facts.settings, first->facts.settings, SHA256_SIZE) != 0) {
            return refuse(scan, first->path, file->path,
                          "are of different rules, options or versions of evtxseq");
        }
    }
    return first != NULL;
}

static bool begin(struct scan *scan, enum pass pass, enum replay_kind kind) {
    const struct merge *merge = scan->merge;
    const struct replay_task task = {
        .kind = kind,
        .wanted = {.rules = merge->rules,
                   .options = &scan->options.findings,
                   .clock = scan->options.clock},
        .marks = kind == REPLAY_RULES ? merge->wanted : merge->marks,
    };
    scan->pass = pass;
    scan->merge->next = 0;
    scan->pass_total = merge_bytes(scan);
    passes_start(scan);
    bool is_begun = passes_replay(scan, &task);
    scan->has_failed = scan->has_failed || !is_begun;
    return is_begun;
}

// An events file takes a few dozen bytes a mark.
enum { BYTES_A_MARK = 64 };

static bool make_marks(struct scan *scan, struct mark_set *set) {
    scan->has_failed =
        !mark_set_new(set, merge_bytes(scan) / BYTES_A_MARK, MARKS_ROUGH) || scan->has_failed;
    return !scan->has_failed;
}

// Which events of an input that has too many are left out depends on all of them: then all are
// read.
static bool begin_wanted(struct scan *scan) {
    bool is_any_heavy = false;
    for (size_t i = 0; i < scan->sources.count; i++) {
        struct source *source = &scan->sources.list[i];
        is_any_heavy = is_any_heavy || held_is_too_much(scan, source->weight);
        source->weight = 0;
    }
    if (is_any_heavy) {
        return begin(scan, PASS_RULES, REPLAY_RULES);
    }
    return make_marks(scan, &scan->merge->wanted) && begin(scan, PASS_WANTED, REPLAY_WANTED);
}

// Whether the rules that the caller has given, if any, are those of the files.
static bool are_rules_given(struct scan *scan, const struct events_file *file) {
    struct buffer text = {0};
    struct buffer names = {0};
    if (!scan->options.are_rules_given) {
        return true;
    }
    bool is_made = settings_make(&scan->options, &text, &names);
    bool is_same = is_made && text.size == scan->merge->text.size &&
                   memcmp(text.data, scan->merge->text.data, text.size) == 0;
    buffer_free(&text);
    buffer_free(&names);
    return is_same || refuse(scan, file->path, NULL,
                             is_made ? "is of other rules than those given"
                                     : "not enough memory for its settings");
}

static bool take_settings(struct scan *scan) {
    struct merge *merge = scan->merge;
    const struct events_file *file = first_file(merge);
    if (file == NULL) { // it has been found wrong only now, which has been said
        return false;
    }
    const char *wrong =
        merge->text.failed || merge->names.failed
            ? "not enough memory for its settings"
            : settings_read(&merge->text, &merge->names, &scan->options, &merge->rules);
    if (wrong != NULL) {
        return refuse(scan, file->path, NULL, wrong);
    }
    if (!are_rules_given(scan, file)) {
        return false;
    }
    buffer_free(&merge->text);
    buffer_free(&merge->names);
    scan->options.rules = merge->rules;
    scan->result.timeline.clock = scan->options.clock;
    return true;
}

// Says how many files are missing.
static void name_absent(struct scan *scan) {
    const struct merge *merge = scan->merge;
    size_t count = 0;
    for (size_t i = 0; i < merge->count; i++) {
        count += merge_takes(merge, i);
    }
    if (count < scan->options.expected) {
        struct buffer reason = {0};
        buffer_printf(&reason, "%zu of %zu are there", count, scan->options.expected);
        scan_add_made_problem(scan, PROBLEM_ABSENT, "--expect", PROBLEM_NO_OFFSET, &reason,
                              "not all are there");
    }
}

static bool judge_files(struct scan *scan) {
    struct merge *merge = scan->merge;
    array_sort(merge->files, merge->count, sizeof *merge->files, compare_files);
    scan->has_failed = !find_repeated(merge) || scan->has_failed;
    name_absent(scan);
    return !scan->has_failed && are_alike(scan);
}

bool merge_turn(struct scan *scan) {
    switch (scan->pass) {
    case PASS_CHECK:
        return judge_files(scan) && begin(scan, PASS_SETTINGS, REPLAY_SETTINGS);
    case PASS_SETTINGS:
        return take_settings(scan) && begin(scan, PASS_FACTS, REPLAY_FACTS);
    case PASS_FACTS:
        return scan->options.only_coverage
                   ? begin(scan, PASS_RULES, REPLAY_RULES)
                   : make_marks(scan, &scan->merge->marks) && begin(scan, PASS_MARKS, REPLAY_MARKS);
    case PASS_MARKS:
        return begin_wanted(scan);
    default:
        mark_set_free(&scan->merge->marks);
        return begin(scan, PASS_RULES, REPLAY_RULES);
    }
}

static bool rank_file(const struct scan *scan, const struct events_file *file,
                      struct replay_file *ranked) {
    bool lacks_any = kept_lacks_any(scan);
    ranked->count = file->source_count;
    ranked->ranks = calloc(file->source_count + 1, sizeof *ranked->ranks);
    for (size_t i = 0; ranked->ranks != NULL && i < file->source_count; i++) {
        const struct source *source = &scan->sources.list[file->sources[i]];
        // A run over the logs would not have kept that.
        ranked->ranks[i] = source->is_once && lacks_any ? REPLAY_NONE : source->rank;
    }
    return ranked->ranks != NULL;
}

const struct replay_file *merge_rank(struct scan *scan) {
    struct merge *merge = scan->merge;
    merge->next = 0;
    if (merge->ranks != NULL) {
        return merge->ranks;
    }
    merge->ranks = calloc(merge->count + 1, sizeof *merge->ranks);
    for (size_t i = 0; merge->ranks != NULL && i < merge->count; i++) {
        if (!rank_file(scan, &merge->files[i], &merge->ranks[i])) {
            return NULL;
        }
    }
    return merge->ranks;
}
