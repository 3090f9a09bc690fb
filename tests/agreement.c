// SPDX-License-Identifier: GPL-3.0-or-later
#include "agreement.h"

#include <stdlib.h>
#include <string.h>

#include "evtx/view.h"
#include "rules/event_view.h"
#include "rules/event_xml.h"

struct agreement {
    const uint8_t *chunk;
    struct names *names;
    struct definitions *definitions;
    struct view view;
    struct event_draft draft;
};

// What either of them says.
struct said {
    enum event_result result; // EVENT_MALFORMED where it cannot tell
    struct event *event;      // of a Sysmon record; of System alone where no more is understood
};

static void require(bool ok) {
    if (!ok) {
        abort();
    }
}

struct agreement *agreement_new(void) {
    struct agreement *agreement = calloc(1, sizeof *agreement);
    require(agreement != NULL);
    agreement->names = event_view_names();
    require(agreement->names != NULL);
    agreement->definitions = definitions_new(agreement->names);
    require(agreement->definitions != NULL);
    return agreement;
}

void agreement_free(struct agreement *agreement) {
    event_draft_free(&agreement->draft);
    definitions_free(agreement->definitions);
    names_free(agreement->names);
    free(agreement);
}

void agreement_start(struct agreement *agreement, const uint8_t *chunk) {
    agreement->chunk = chunk;
    definitions_start(agreement->definitions, chunk);
}

// Of the header nothing is taken for what the record says.
static const struct event_header no_header = {0};

static struct said ask_view(struct agreement *agreement, const struct record *record,
                            bool *has_data) {
    struct said said = {.result = EVENT_MALFORMED};
    uint16_t id = 0;
    *has_data = false;
    if (view_open(&agreement->view, agreement->definitions, agreement->chunk, record)) {
        said.result = event_view_identify(&agreement->view, &id);
    }
    if (said.result == EVENT_OK) {
        *has_data = view_open_data(&agreement->view, agreement->definitions);
        said.event = event_from_view(&agreement->view, id, &no_header, &agreement->draft);
        require(said.event != NULL);
    }
    return said;
}

static struct said ask_libevtx(const struct decoded *decoded) {
    struct said said = {.result = EVENT_MALFORMED};
    if (decoded->result == DECODER_OK) {
        said.result = event_from_xml(decoded->xml, decoded->size, &no_header, &said.event);
        require(said.result != EVENT_NO_MEMORY);
    }
    return said;
}

static bool is_same_value(const struct event *a, const struct event *b, enum event_data data) {
    const char *x = event_value(a, data);
    const char *y = event_value(b, data);
    return event_has(a, data) == event_has(b, data) &&
           strcmp(x == NULL ? "" : x, y == NULL ? "" : y) == 0;
}

static const char *event_difference(const struct event *a, const struct event *b, bool has_data) {
    if (a->id != b->id) {
        return "EventID";
    }
    if (a->record_id != b->record_id) {
        return "EventRecordID";
    }
    if (a->time_created != b->time_created) {
        return "TimeCreated";
    }
    if (!is_same_value(a, b, DATA_COMPUTER)) {
        return "Computer";
    }
    if (!is_same_value(a, b, DATA_CHANNEL)) {
        return "Channel";
    }
    return has_data && (a->size != b->size || memcmp(a, b, a->size) != 0) ? "EventData" : NULL;
}

const char *agreement_difference(struct agreement *agreement, const struct record *record,
                                 const struct decoded *decoded, struct agreement_reach *reach) {
    bool has_data = false;
    const char *difference = NULL;
    struct said view = ask_view(agreement, record, &has_data);
    struct said libevtx = ask_libevtx(decoded);
    if (view.result != libevtx.result && view.result != EVENT_MALFORMED &&
        libevtx.result != EVENT_MALFORMED) {
        difference = "whose event it is";
    } else if (view.event != NULL && libevtx.event != NULL) {
        difference = event_difference(view.event, libevtx.event, has_data);
    }
    if (reach != NULL) {
        *reach = (struct agreement_reach){view.result != EVENT_MALFORMED, has_data,
                                          libevtx.result != EVENT_MALFORMED};
    }
    free(view.event);
    free(libevtx.event);
    return difference;
}
