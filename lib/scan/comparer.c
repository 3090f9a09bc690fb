// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/comparer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/timestamp.h"
#include "rules/event_view.h"
#include "rules/event_xml.h"
#include "scan/message.h"
#ifdef EVTXSEQ_FAULTS
#include "faults.h"
#endif

enum {
    // Definitions checked in a MiB of input; real logs have tens in all.
    CHECKS_A_MIB = 256,
    CHUNKS_A_MIB = (1 << 20) / CHUNK_SIZE,
};

void comparer_start(struct comparer *comparer) {
    comparer->chunks = 0;
    comparer->checks = 0;
    comparer->is_over_checks = false;
}

struct event_header comparer_header(const struct comparer *comparer, const struct record *record) {
    const uint8_t *head = comparer->chunk->data + record->offset;
    return (struct event_header){
        .record_id = bytes_u64(head + 8),
        .written = timestamp_from_filetime(bytes_u64(head + 16)),
    };
}

struct event *comparer_event(struct comparer *comparer, const struct record *record, uint16_t id) {
    const struct event_header header = comparer_header(comparer, record);
    struct event *event = event_from_view(comparer->view, id, &header, &comparer->draft);
#ifdef EVTXSEQ_FAULTS
    faults_alter(event);
#endif
    return event;
}

bool comparer_is_same(struct comparer *comparer, const struct record *record,
                      const struct viewed *viewed, const struct event *event) {
    if (!viewed->is_sysmon || viewed->id != event->id) {
        return false;
    }
    struct event *own = comparer_event(comparer, record, viewed->id);
    if (own == NULL) {
        return false;
    }
    bool is_same = false;
    if (viewed->has_data) {
        is_same = own->size == event->size && memcmp(own, event, own->size) == 0;
    } else {
        const char *a = event_value(own, DATA_COMPUTER);
        const char *b = event_value(event, DATA_COMPUTER);
        is_same = own->record_id == event->record_id && own->time_created == event->time_created &&
                  strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
    }
    free(own);
    return is_same;
}

enum event_result comparer_map(const struct comparer *comparer, const struct record *record,
                               const struct decoded *decoded, struct event **event) {
    const struct event_header header = comparer_header(comparer, record);
    return event_from_xml(decoded->xml, decoded->size, &header, event);
}

static enum definition_check compare(struct comparer *comparer, const struct record *record,
                                     const struct viewed *viewed, const struct decoded *decoded) {
    struct event *event = NULL;
    bool is_same = false;
    switch (comparer_map(comparer, record, decoded, &event)) {
    case EVENT_OK:
        is_same = comparer_is_same(comparer, record, viewed, event);
        free(event);
        break;
    case EVENT_NOT_SYSMON:
        is_same = !viewed->is_sysmon;
        break;
    case EVENT_MALFORMED:
    case EVENT_NO_MEMORY:
        return DEFINITION_UNCHECKED;
    }
    return is_same ? DEFINITION_EQUAL : DEFINITION_DIFFERENT;
}

// Compares the open view with what libevtx makes of the record: UNCHECKED where that is nothing.
// False where the chunk has taken all the work that libevtx may have with it.
static bool check_view(struct comparer *comparer, const struct record *record,
                       const struct viewed *viewed, enum definition_check *check) {
    struct decoded decoded;
    decoder_choose(comparer->decoder, &record, 1);
    (void)decoder_next(comparer->decoder, &decoded);
    *check = decoded.result == DECODER_OK ? compare(comparer, record, viewed, &decoded)
                                          : DEFINITION_UNCHECKED;
    return decoded.result != DECODER_TOO_MUCH && decoded.result != DECODER_TOO_MANY;
}

// Whether there is room for one more check. Past it a log's new definitions go to libevtx.
static bool may_check(struct comparer *comparer, const struct record *record, struct buffer *out) {
    size_t most = CHECKS_A_MIB * (1 + comparer->chunks / CHUNKS_A_MIB);
    if (comparer->checks < most) {
        comparer->checks++;
        return true;
    }
    if (!comparer->is_over_checks) {
        comparer->is_over_checks = true;
        record_report_problem(comparer->report, record, PROBLEM_DEFINITION, REASON_MANY_DEFINITIONS,
                              out);
    }
    return false;
}

// Tells which definitions have been found to be read rightly.
static void tell_equal(struct comparer *comparer, struct buffer *out) {
    size_t size = 0;
    const char *content = NULL;
    while ((content = definitions_next_equal(comparer->definitions, &size)) != NULL) {
        message_add_definition(out, content, size);
    }
}

bool comparer_believes(struct comparer *comparer, const struct record *record,
                       const struct viewed *viewed, struct buffer *out) {
    switch (view_check(comparer->view, comparer->definitions)) {
    case DEFINITION_EQUAL:
        return true;
    case DEFINITION_DIFFERENT:
        return false;
    case DEFINITION_UNCHECKED:
        break;
    }
    enum definition_check check = DEFINITION_UNCHECKED;
    if (!view_can_be_checked(comparer->view) || !may_check(comparer, record, out) ||
        !check_view(comparer, record, viewed, &check)) {
        return false;
    }
#ifdef EVTXSEQ_FAULTS
    check = faults_check(check);
#endif
    view_note(comparer->view, comparer->definitions, check);
    tell_equal(comparer, out);
    if (check == DEFINITION_DIFFERENT) {
        record_report_problem(comparer->report, record, PROBLEM_DEFINITION, REASON_DIFFERENT, out);
    }
    return check != DEFINITION_DIFFERENT;
}
