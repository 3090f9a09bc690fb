// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings_model.h"

#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "xmem.h"

static int event_id(const struct findings_model_event *event) {
    return event->kind == MODEL_LOAD ? 7 : 1;
}

static bool is_same_event(const struct findings_model_event *a,
                          const struct findings_model_event *b) {
    return a->host == b->host && event_id(a) == event_id(b) && a->record_id == b->record_id &&
           a->time == b->time;
}

// Which of two records of the same event is to be kept.
static bool is_preferred(const struct findings_model_event *a,
                         const struct findings_model_event *b) {
    if (a->recovered != b->recovered) {
        return b->recovered;
    }
    int paths = strcmp(a->path, b->path);
    return paths != 0 ? paths < 0 : a->offset < b->offset;
}

// Whether the same event is in the list once more, and that one counts.
static bool is_repetition(const struct findings_model_event *events, size_t count, size_t index) {
    for (size_t i = 0; i < count; i++) {
        if (i == index || !is_same_event(&events[index], &events[i])) {
            continue;
        }
        // Of records that cannot be told apart the first in the list stays.
        if (is_preferred(&events[i], &events[index]) ||
            (i < index && !is_preferred(&events[index], &events[i]))) {
            return true;
        }
    }
    return false;
}

static struct model_matches find_matches(const struct findings_model_event *events, size_t count,
                                         int64_t span) {
    enum { LOAD = 1 << 0, START = 1 << 1 };
    static const struct match_stage stages[] = {{MATCH_STAGE_EVENT, 1}, {MATCH_STAGE_EVENT, 1}};
    struct match_sequence sequence = {stages, 2, span, true};
    struct match_event *match_events = xcalloc(count + 1, sizeof *match_events);
    size_t match_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_repetition(events, count, i)) {
            continue;
        }
        match_events[match_count++] = (struct match_event){
            .key = (uint64_t)events[i].host,
            .time = events[i].time,
            .record_id = events[i].record_id,
            .event = i,
            .meets = events[i].kind == MODEL_LOAD    ? LOAD
                     : events[i].kind == MODEL_START ? START
                                                     : 0,
            .fallback = events[i].kind == MODEL_IMAGE_NAME ? START : 0,
        };
    }
    struct model_matches matches = model_run(&sequence, match_events, match_count);
    free(match_events);
    return matches;
}

static bool is_asked_for(const struct findings_model_query *query,
                         const struct findings_model_finding *finding) {
    return (finding->basis == BASIS_EXACT || !query->strict) &&
           finding->start->time >= query->since && finding->start->time < query->until;
}

static bool is_reported_before(const struct findings_model_finding *a,
                               const struct findings_model_finding *b) {
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

static void insert(struct findings_model_finding *findings, size_t count,
                   struct findings_model_finding finding) {
    size_t at = count;
    for (; at > 0 && is_reported_before(&finding, &findings[at - 1]); at--) {
        findings[at] = findings[at - 1];
    }
    findings[at] = finding;
}

size_t findings_model_find(const struct findings_model_event *events, size_t count,
                           const struct findings_model_query *query,
                           struct findings_model_finding *findings) {
    struct model_matches matches = find_matches(events, count, query->span);
    size_t found = 0;
    for (size_t i = 0; i < matches.count; i++) {
        const struct model_match *match = &matches.list[i];
        struct findings_model_finding finding = {match->basis, &events[match->events[0]],
                                                 &events[match->events[1]]};
        if (is_asked_for(query, &finding)) {
            insert(findings, found++, finding);
        }
    }
    free(matches.list);
    return found;
}

// Whether it is the very record: an offset belongs to one event alone.
static bool is_record(const struct stage_event *got, const struct findings_model_event *wanted) {
    return got != NULL && got->time == wanted->time && got->event->id == event_id(wanted) &&
           got->event->record_id == wanted->record_id && got->recovered == wanted->recovered &&
           strcmp(got->path, wanted->path) == 0 && got->offset == wanted->offset;
}

const char *findings_model_difference(const struct findings *got, const struct rule *rule,
                                      const struct findings_model_finding *wanted,
                                      size_t wanted_count) {
    if (got->count != wanted_count) {
        return "another number of findings";
    }
    for (size_t i = 0; i < wanted_count; i++) {
        const struct finding *finding = &got->list[i];
        if (finding->rule != rule || finding->basis != wanted[i].basis) {
            return "another basis";
        }
        if (!is_record(finding->events[0], wanted[i].load)) {
            return "another load";
        }
        if (!is_record(finding_last(finding), wanted[i].start)) {
            return "another start";
        }
        if (finding->events[0]->host != finding_last(finding)->host ||
            finding->span != wanted[i].start->time - wanted[i].load->time) {
            return "another host or span";
        }
    }
    return NULL;
}
