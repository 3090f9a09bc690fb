// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/telling.h"

#include "match/process.h"

const struct context_chain *telling_chain(const struct finding *finding, size_t event) {
    return finding->context == NULL ? NULL : &finding->context->chains[event];
}

size_t telling_same_process(const struct finding *finding, size_t event) {
    const struct stage_event *asked = finding->events[event];
    for (size_t i = event; i > 0; i--) {
        const struct stage_event *other = finding->events[i - 1];
        if (other->host == asked->host && other->own_machine == asked->own_machine &&
            process_is_same(other->event, asked->event)) {
            return i - 1;
        }
    }
    return event;
}

bool telling_ancestors(const struct finding *finding, size_t event) {
    const struct context_chain *chain = telling_chain(finding, event);
    return chain != NULL && (chain->ancestors_in == NULL ||
                             (chain->ancestors_in == finding && chain->ancestors_at == event));
}

bool telling_descendants(const struct finding *finding) {
    return finding->context != NULL && finding->context->descendants_in == finding;
}

bool telling_has_descendants(const struct finding *finding) {
    return finding->context != NULL && finding->context->descendant_count > 0;
}

bool telling_add_places(struct places *places, const struct finding *finding) {
    bool ok = true;
    for (size_t i = 0; i < finding->event_count; i++) {
        const struct context_chain *chain = telling_chain(finding, i);
        for (size_t k = 0; telling_ancestors(finding, i) && k < chain->ancestor_count; k++) {
            ok = places_add(places,
                            chain->ancestors[chain->ancestor_count - k - 1].creation->path) &&
                 ok;
        }
        if (chain != NULL && chain->creation != NULL && telling_same_process(finding, i) == i) {
            ok = places_add(places, chain->creation->path) && ok;
        }
        ok = places_add(places, finding->events[i]->path) && ok;
    }
    for (size_t i = 0; telling_descendants(finding) && i < finding->context->descendant_count;
         i++) {
        ok = places_add(places, finding->context->descendants[i].creation->path) && ok;
    }
    return ok;
}
