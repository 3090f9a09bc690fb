// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/evidence.h"

#include <string.h>
#include <uchar.h>

#include "evtx/instance.h"

static bool are_needed(const struct note_scope *scope, const struct raw *raw, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (note_scope_needs(scope, raw[i].data, raw[i].size)) {
            return true;
        }
    }
    return false;
}

// Whether these bytes hold the name or the GUID of Sysmon's provider.
static bool name_sysmon(const struct raw *raw) {
    static const char16_t name[] = u"" EVENT_SYSMON_NAME;
    static const uint8_t guid[] = {0x5f, 0x38, 0x70, 0x57, 0x2a, 0xc2, 0xe0, 0x43,
                                   0xbf, 0x4c, 0x06, 0xf5, 0x69, 0x8f, 0xfb, 0xd9};
    return memmem(raw->data, raw->size, name, sizeof name - sizeof *name) != NULL ||
           memmem(raw->data, raw->size, guid, sizeof guid) != NULL;
}

// Whether the record may be Sysmon's. Its provider stands in the definition or, in odd layouts, in
// the record; where the definition is gone, nothing says whose it is.
static bool may_be_sysmon(const struct raw *raw, size_t count) {
    bool may = count == 1;
    for (size_t i = 0; !may && i < count; i++) {
        may = name_sysmon(&raw[i]);
    }
    return may;
}

size_t evidence_list(struct layout *layout, struct definitions *definitions, const uint8_t *data,
                     const struct record *record, struct raw raw[EVIDENCE_RUNS_MAX]) {
    raw[0] = (struct raw){data + record->offset, record->size};
    layout_read(layout, definitions, data, record);
    for (size_t i = 0; i < layout->run_count; i++) {
        raw[1 + i] = (struct raw){data + layout->runs[i].offset, layout->runs[i].size};
    }
    return 1 + layout->run_count;
}

bool evidence_may_be(struct layout *layout, struct definitions *definitions,
                     const struct scanner_task *task, const uint8_t *data,
                     const struct record *record, struct text *text) {
    struct raw raw[EVIDENCE_RUNS_MAX];
    size_t raw_count = evidence_list(layout, definitions, data, record, raw);
    *text = (struct text){"", 0};
    if (task->scope != NULL) {
        return are_needed(task->scope, raw, raw_count);
    }
    return task->rules == NULL ||
           (may_be_sysmon(raw, raw_count) &&
            rule_set_may_meet(task->rules, instance_event_id(data, record), raw, raw_count, text));
}
