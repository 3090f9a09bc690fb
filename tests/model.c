// SPDX-License-Identifier: GPL-3.0-or-later
// The sequence semantics once more, slow and plain.
#include "model.h"

#include <stdlib.h>
#include <string.h>

// Per event of the list, by its index.
struct marks {
    bool repetition; // the same event is in the list once more, and that one counts
    bool used_up;    // a load that Elasticsearch would have let go of
    bool done;       // a start that had its turn
};

struct model {
    const struct model_event *events;
    size_t count;
    const struct model_query *query;
    struct marks *marks;
};

static int event_id(const struct model_event *event) {
    return event->kind == MODEL_LOAD ? 7 : 1;
}

static bool is_same_event(const struct model_event *a, const struct model_event *b) {
    return a->host == b->host && event_id(a) == event_id(b) && a->record_id == b->record_id &&
           a->time == b->time;
}

// Which of two records of the same event is to be kept.
static bool is_preferred(const struct model_event *a, const struct model_event *b) {
    if (a->recovered != b->recovered) {
        return b->recovered;
    }
    int paths = strcmp(a->path, b->path);
    return paths != 0 ? paths < 0 : a->offset < b->offset;
}

static void mark_repetitions(struct model *model) {
    for (size_t i = 0; i < model->count; i++) {
        for (size_t k = 0; k < model->count; k++) {
            const struct model_event *one = &model->events[i];
            const struct model_event *other = &model->events[k];
            if (i == k || !is_same_event(one, other)) {
                continue;
            }
            // Of records that cannot be told apart the first in the list stays.
            if (is_preferred(other, one) || (k < i && !is_preferred(one, other))) {
                model->marks[i].repetition = true;
            }
        }
    }
}

static bool is_before(const struct model_event *a, const struct model_event *b) {
    return a->time < b->time || (a->time == b->time && a->record_id < b->record_id);
}

// The first start that had no turn yet, or NULL. Which host comes first makes no difference.
static const struct model_event *next_start(struct model *model) {
    const struct model_event *first = NULL;
    for (size_t i = 0; i < model->count; i++) {
        const struct model_event *event = &model->events[i];
        if (event->kind == MODEL_LOAD || model->marks[i].repetition || model->marks[i].done) {
            continue;
        }
        if (first == NULL || is_before(event, first)) {
            first = event;
        }
    }
    if (first != NULL) {
        model->marks[first - model->events].done = true;
    }
    return first;
}

// The latest load of the host strictly before the start, or NULL.
static const struct model_event *latest_load(const struct model *model,
                                             const struct model_event *start, bool even_used_up) {
    const struct model_event *latest = NULL;
    for (size_t i = 0; i < model->count; i++) {
        const struct model_event *load = &model->events[i];
        if (load->kind != MODEL_LOAD || model->marks[i].repetition || load->host != start->host ||
            !is_before(load, start) || (model->marks[i].used_up && !even_used_up)) {
            continue;
        }
        if (latest == NULL || is_before(latest, load)) {
            latest = load;
        }
    }
    return latest;
}

static void use_up(struct model *model, const struct model_event *last) {
    for (size_t i = 0; i < model->count; i++) {
        const struct model_event *load = &model->events[i];
        if (load->kind == MODEL_LOAD && load->host == last->host && !is_before(last, load)) {
            model->marks[i].used_up = true;
        }
    }
}

// Gives a start its turn. False when it makes no finding.
static bool take_start(struct model *model, const struct model_event *start,
                       struct model_finding *finding) {
    finding->start = start;
    if (start->kind == MODEL_IMAGE_NAME) {
        finding->basis = BASIS_IMAGE_NAME;
        finding->load = latest_load(model, start, true);
    } else {
        finding->basis = BASIS_EXACT;
        finding->load = latest_load(model, start, false);
        if (finding->load != NULL) {
            use_up(model, finding->load);
        } else {
            finding->basis = BASIS_REPEAT;
            finding->load = latest_load(model, start, true);
        }
    }
    return finding->load != NULL && start->time - finding->load->time <= model->query->span;
}

static bool is_asked_for(const struct model_query *query, const struct model_finding *finding) {
    return (finding->basis == BASIS_EXACT || !query->strict) &&
           finding->start->time >= query->since && finding->start->time < query->until;
}

static bool is_reported_before(const struct model_finding *a, const struct model_finding *b) {
    if (a->start->time != b->start->time) {
        return a->start->time < b->start->time;
    }
    if (a->start->host != b->start->host) {
        return a->start->host < b->start->host;
    }
    if (a->load->record_id != b->load->record_id) {
        return a->load->record_id < b->load->record_id;
    }
    return a->start->record_id < b->start->record_id;
}

static void insert(struct model_finding *findings, size_t count, struct model_finding finding) {
    size_t at = count;
    for (; at > 0 && is_reported_before(&finding, &findings[at - 1]); at--) {
        findings[at] = findings[at - 1];
    }
    findings[at] = finding;
}

size_t model_find(const struct model_event *events, size_t count, const struct model_query *query,
                  struct model_finding *findings) {
    struct marks *marks = calloc(count + 1, sizeof *marks);
    if (marks == NULL) {
        abort();
    }
    struct model model = {events, count, query, marks};
    mark_repetitions(&model);
    size_t found = 0;
    const struct model_event *start = next_start(&model);
    for (; start != NULL; start = next_start(&model)) {
        struct model_finding finding;
        if (take_start(&model, start, &finding) && is_asked_for(query, &finding)) {
            insert(findings, found++, finding);
        }
    }
    free(marks);
    return found;
}

// Whether it is the very record: an offset belongs to one event alone.
static bool is_record(const struct stage_event *got, const struct model_event *wanted) {
    return got != NULL && got->time == wanted->time && got->event->id == event_id(wanted) &&
           got->event->record_id == wanted->record_id && got->recovered == wanted->recovered &&
           strcmp(got->path, wanted->path) == 0 && got->offset == wanted->offset;
}

const char *model_difference(const struct findings *got, const struct rule *rule,
                             const struct model_finding *wanted, size_t wanted_count) {
    if (got->count != wanted_count) {
        return "another number of findings";
    }
    for (size_t i = 0; i < wanted_count; i++) {
        const struct finding *finding = &got->list[i];
        if (finding->rule != rule || finding->basis != wanted[i].basis) {
            return "another basis";
        }
        if (!is_record(finding_event(finding, "load"), wanted[i].load)) {
            return "another load";
        }
        if (!is_record(finding_event(finding, "start"), wanted[i].start)) {
            return "another start";
        }
        if (finding->events[0]->host != finding_last(finding)->host ||
            finding->span != wanted[i].start->time - wanted[i].load->time) {
            return "another host or span";
        }
    }
    return NULL;
}
