// SPDX-License-Identifier: GPL-3.0-or-later
// Findings as JSON.
#include "out/jsonl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/ascii.h"
#include "match/context.h"
#include "out/draft.h"

// The same below `base`.
static void put_below(struct draft *draft, const char *base, const char *name, json_t *value) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s.%s", base, name);
    draft_put(draft, path, value);
}

static void put_text(struct draft *draft, const char *base, const char *name,
                     struct event_text text) {
    if (text.data != NULL) {
        put_below(draft, base, name, draft_text(text.data, text.size));
    }
}

static void put_field(struct draft *draft, const char *base, const char *name,
                      const struct event *event, enum event_data field) {
    put_text(draft, base, name, event_part(event, field, PART_WHOLE));
}

// Events

// A process ID, unless the field holds something else.
static void put_pid(struct draft *draft, const char *base, const struct event *event,
                    enum event_data field) {
    const char *text = event_value(event, field);
    char *end = NULL;
    if (text == NULL || *text < '0' || *text > '9') {
        return;
    }
    unsigned long long pid = strtoull(text, &end, 10);
    if (*end == '\0' && pid <= UINT32_MAX) {
        put_below(draft, base, "pid", json_integer((json_int_t)pid));
    }
}

static void put_image(struct draft *draft, const char *base, const struct event *event,
                      enum event_data image) {
    put_field(draft, base, "executable", event, image);
    put_text(draft, base, "name", event_part(event, image, PART_NAME));
}

static void put_user(struct draft *draft, const char *base, const struct event *event) {
    put_text(draft, base, "domain", event_part(event, DATA_USER, PART_DOMAIN));
    put_text(draft, base, "name", event_part(event, DATA_USER, PART_USER));
}

// One hash, in lower case as is usual in ECS. All zeros is what Sysmon logs for none.
static void put_hash(struct draft *draft, const char *base, const char *name, const char *digits,
                     size_t size) {
    char folded[128];
    bool is_zero = true;
    if (size >= sizeof folded) {
        return;
    }
    for (size_t i = 0; i < size; i++) {
        if (!ascii_is_hex(digits[i])) {
            return;
        }
        folded[i] = ascii_fold(digits[i]);
        is_zero = is_zero && digits[i] == '0';
    }
    if (!is_zero) {
        put_below(draft, base, name, json_stringn(folded, size));
    }
}

// Sysmon's list of hashes, "SHA256=...,IMPHASH=...".
static void put_hashes(struct draft *draft, const char *base, const struct event *event) {
    static const char *const names[][2] = {{"md5", "hash.md5"},
                                           {"sha1", "hash.sha1"},
                                           {"sha256", "hash.sha256"},
                                           {"imphash", "pe.imphash"}};
    const char *item = event_value(event, DATA_HASHES);
    while (item != NULL && *item != '\0') {
        size_t size = strcspn(item, ",");
        const char *equals = memchr(item, '=', size);
        for (size_t i = 0; equals != NULL && i < sizeof names / sizeof *names; i++) {
            if (ascii_equal(item, (size_t)(equals - item), names[i][0])) {
                put_hash(draft, base, names[i][1], equals + 1, size - (size_t)(equals - item) - 1);
            }
        }
        item += size + (item[size] == ',');
    }
}

static void put_process(struct draft *draft, const char *base, const struct event *event) {
    put_field(draft, base, "entity_id", event, DATA_PROCESS_GUID);
    put_pid(draft, base, event, DATA_PROCESS_ID);
    put_image(draft, base, event, DATA_IMAGE);
}

// What a process creation adds to that.
static void put_created_process(struct draft *draft, const struct event *event) {
    put_field(draft, "process", "command_line", event, DATA_COMMAND_LINE);
    put_field(draft, "process", "working_directory", event, DATA_CURRENT_DIRECTORY);
    put_hashes(draft, "process", event);
    put_field(draft, "process", "pe.original_file_name", event, DATA_ORIGINAL_FILE_NAME);
    put_field(draft, "process.parent", "entity_id", event, DATA_PARENT_PROCESS_GUID);
    put_pid(draft, "process.parent", event, DATA_PARENT_PROCESS_ID);
    put_image(draft, "process.parent", event, DATA_PARENT_IMAGE);
    put_field(draft, "process.parent", "command_line", event, DATA_PARENT_COMMAND_LINE);
}

static void put_signature(struct draft *draft, const char *base, const struct event *event) {
    const char *is_signed = event_value(event, DATA_SIGNED);
    const char *status = event_value(event, DATA_SIGNATURE_STATUS);
    if (is_signed != NULL && ascii_equal(is_signed, strlen(is_signed), "true")) {
        put_below(draft, base, "code_signature.exists", json_true());
    } else if (is_signed != NULL && ascii_equal(is_signed, strlen(is_signed), "false")) {
        put_below(draft, base, "code_signature.exists", json_false());
    }
    put_field(draft, base, "code_signature.subject_name", event, DATA_SIGNATURE);
    put_field(draft, base, "code_signature.status", event, DATA_SIGNATURE_STATUS);
    // ECS wants no value where the signature was not checked, and Sysmon's other states are not
    // told apart from that.
    if (status != NULL && strcmp(status, "Valid") == 0) {
        put_below(draft, base, "code_signature.valid", json_true());
    }
}

static void put_library(struct draft *draft, const char *base, const struct event *event) {
    put_field(draft, base, "path", event, DATA_IMAGE_LOADED);
    put_text(draft, base, "name", event_part(event, DATA_IMAGE_LOADED, PART_NAME));
    put_hashes(draft, base, event);
    put_field(draft, base, "pe.original_file_name", event, DATA_ORIGINAL_FILE_NAME);
    put_signature(draft, base, event);
}

// Findings

static json_t *make_id(const struct finding *finding) {
    char id[17];
    (void)snprintf(id, sizeof id, "%016" PRIx64, finding->id);
    return json_string(id);
}

static void put_event(struct draft *draft, const struct finding *finding) {
    const struct stage_event *load = finding_event(finding, "load");
    const struct stage_event *start = finding_event(finding, "start");
    draft_put(draft, "@timestamp", draft_time(finding_last(finding)->time));
    draft_put(draft, "ecs.version", json_string(DRAFT_ECS_VERSION));
    draft_put(draft, "event.id", make_id(finding));
    draft_put(draft, "event.kind", json_string("alert"));
    draft_put(draft, "event.category", json_pack("[s]", "process"));
    draft_put(
        draft, "event.type",
        json_pack("[s*, s*]", load == NULL ? NULL : "change", start == NULL ? NULL : "start"));
    draft_put(draft, "event.severity", json_integer(finding->rule->text->risk_score));
    draft_put(draft, "event.risk_score", json_integer(finding->rule->text->risk_score));
    if (finding->event_count > 1) {
        draft_put(draft, "event.start", draft_time(finding->events[0]->time));
        draft_put(draft, "event.end", draft_time(finding_last(finding)->time));
        // Nanoseconds. The longest span, 36500 days, fits.
        draft_put(draft, "event.duration", json_integer((json_int_t)finding->span * 1000000));
    }
}

static void put_rule(struct draft *draft, const struct rule *rule) {
    draft_put(draft, "rule.id", json_string(rule->text->id));
    draft_put(draft, "rule.name", json_string(rule->text->name));
    draft_put(draft, "rule.description",
              json_string(rule->text->description == NULL ? "" : rule->text->description));
}

// Adds the text to the array at the path, unless it is there.
static void put_once(struct draft *draft, const char *path, const char *text) {
    size_t index = 0;
    json_t *item = NULL;
    json_t *array = draft_find(draft, path);
    if (array == NULL) {
        draft_put(draft, path, json_pack("[s]", text));
        return;
    }
    json_array_foreach(array, index, item) {
        if (strcmp(json_string_value(item), text) == 0) {
            return;
        }
    }
    if (json_array_append_new(array, json_string(text)) != 0) {
        draft->failed = true;
    }
}

static void put_name(struct draft *draft, const char *id_path, const char *name_path,
                     const struct rule_attack_name *name) {
    if (name->id != NULL) {
        put_once(draft, id_path, name->id);
        put_once(draft, name_path, name->name == NULL ? "" : name->name);
    }
}

static void put_technique(struct draft *draft, const struct rule_attack *attack) {
    put_once(draft, "evtxseq.techniques", rule_attack_id(attack));
    put_name(draft, "threat.tactic.id", "threat.tactic.name", &attack->tactic);
    put_name(draft, "threat.technique.id", "threat.technique.name", &attack->technique);
    put_name(draft, "threat.technique.subtechnique.id", "threat.technique.subtechnique.name",
             &attack->subtechnique);
}

// As text: a number of 64 bits does not survive in every reader of JSON.
static json_t *make_record(const struct stage_event *event) {
    char number[21];
    (void)snprintf(number, sizeof number, "%" PRIu64, event->event->record_id);
    return json_string(number);
}

// Where a stage's event comes from, and its fields as they were logged.
static void put_source(struct draft *draft, const char *stage, const struct stage_event *event) {
    char base[64];
    (void)snprintf(base, sizeof base, "evtxseq.event_data.%s", stage);
    put_below(draft, "evtxseq.times", stage, draft_time(event->time));
    put_below(draft, "evtxseq.records", stage, make_record(event));
    put_below(draft, "evtxseq.files", stage, draft_text(event->path, strlen(event->path)));
    put_below(draft, "evtxseq.offsets", stage, json_integer((json_int_t)event->offset));
    json_t *data = json_object();
    for (size_t i = 0; i < event->event->item_count; i++) {
        const struct event_item *item = &event_items(event->event)[i];
        const char *value = event_item_value(event->event, item);
        if (item->data >= DATA_FIRST && value != NULL) {
            draft_put_logged(draft, data, event_item_name(event->event, item),
                             draft_text(value, strlen(value)));
        }
    }
    draft_put(draft, base, data);
}

// A process of the finding's context, by its creation. `generation` is 0 where it has none.
static json_t *make_relative(const struct stage_event *creation, size_t generation) {
    struct draft draft = {.root = json_object()};
    put_process(&draft, "process", creation->event);
    put_field(&draft, "process", "command_line", creation->event, DATA_COMMAND_LINE);
    put_user(&draft, "process.user", creation->event);
    draft_put(&draft, "process.started", draft_time(creation->time));
    draft_put(&draft, "process.record", make_record(creation));
    draft_put(&draft, "process.file", draft_text(creation->path, strlen(creation->path)));
    if (generation > 0) {
        draft_put(&draft, "process.generation", json_integer((json_int_t)generation));
    }
    json_t *relative = draft.failed ? NULL : json_incref(draft_find(&draft, "process"));
    json_decref(draft.root);
    return relative;
}

static void put_ancestors(struct draft *draft, const struct context_chain *chain) {
    static const char *const ends[] = {
        [CONTEXT_END_NO_GUID] = "no-parent",
        [CONTEXT_END_ABSENT] = "absent",
        [CONTEXT_END_LOOP] = "loop",
        [CONTEXT_END_LIMIT] = "limit",
    };
    json_t *list = json_array();
    for (size_t i = 0; i < chain->ancestor_count; i++) {
        json_t *relative = make_relative(chain->ancestors[i].creation, 0);
        draft->failed = json_array_append_new(list, relative) != 0 || draft->failed;
    }
    draft_put(draft, "evtxseq.ancestors", list);
    draft_put(draft, "evtxseq.ancestors_end", json_string(ends[chain->end]));
}

static void put_descendants(struct draft *draft, const struct finding *finding) {
    const struct context *context = finding->context;
    if (context->descendants_in != finding && context->descendant_count > 0) {
        draft_put(draft, "evtxseq.descendants_of", make_id(context->descendants_in));
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < context->descendant_count; i++) {
        const struct context_descendant *descendant = &context->descendants[i];
        json_t *relative = make_relative(descendant->creation, descendant->generation);
        draft->failed = json_array_append_new(list, relative) != 0 || draft->failed;
    }
    draft_put(draft, "evtxseq.descendants", list);
    draft_put(draft, "evtxseq.descendants_cut", json_boolean(context->is_cut));
}

static void put_script(struct draft *draft, const struct finding *finding,
                       const struct event *load) {
    const struct context_chain *chain = context_chain_of(finding, finding_event(finding, "load"));
    const struct event *creation =
        chain != NULL && chain->creation != NULL ? chain->creation->event : NULL;
    put_process(draft, "evtxseq.script", load);
    if (creation != NULL) {
        put_field(draft, "evtxseq.script", "command_line", creation, DATA_COMMAND_LINE);
        draft_put(draft, "evtxseq.script.started", draft_time(chain->creation->time));
    }
    bool has_user = creation != NULL && event_value(creation, DATA_USER) != NULL;
    put_user(draft, "evtxseq.script.user", has_user ? creation : load);
    put_field(draft, "evtxseq.script", "account", has_user ? creation : load, DATA_USER);
}

static void put_context(struct draft *draft, const struct finding *finding) {
    const struct context_chain *chain = context_chain_of(finding, finding_event(finding, "load"));
    if (finding->context == NULL) {
        return;
    }
    draft_put(draft, "evtxseq.context_partial", json_boolean(finding->context->is_partial));
    if (chain != NULL && chain->creation != NULL) {
        put_ancestors(draft, chain);
    }
    if (finding_event(finding, "start") != NULL) {
        put_descendants(draft, finding);
    }
}

static void put_evtxseq(struct draft *draft, const struct finding *finding) {
    const struct rule *rule = finding->rule;
    const struct stage_event *load = finding_event(finding, "load");
    draft_put(draft, "evtxseq.id", make_id(finding));
    draft_put(draft, "evtxseq.severity", json_string(rule_severity_name(rule->text->severity)));
    draft_put(draft, "evtxseq.basis", json_string(match_basis_name(finding->basis)));
    if (finding->event_count > 1) {
        draft_put(draft, "evtxseq.span_ms", json_integer((json_int_t)finding->span));
    }
    draft_put(draft, "evtxseq.recovered", json_string(finding_recovered(finding)));
    for (size_t i = 0; i < finding->event_count; i++) {
        put_source(draft, finding->events[i]->event->id == 7 ? "load" : "start",
                   finding->events[i]);
    }
    if (load != NULL) {
        put_script(draft, finding, load->event);
    }
    put_context(draft, finding);
}

static void put_all(struct draft *draft, const struct finding *finding) {
    const struct stage_event *load = finding_event(finding, "load");
    const struct stage_event *start = finding_event(finding, "start");
    const struct event *last = finding_last(finding)->event;
    put_event(draft, finding);
    put_rule(draft, finding->rule);
    put_field(draft, "host", "name", last, DATA_COMPUTER);
    draft_put(draft, "host.os.type", json_string("windows"));
    put_process(draft, "process", last);
    put_user(draft, "user", last);
    if (start != NULL) {
        put_created_process(draft, start->event);
    }
    if (load != NULL) {
        put_library(draft, "dll", load->event);
        put_library(draft, "file", load->event);
    }
    draft_put(draft, "threat.framework", json_string("MITRE ATT&CK"));
    put_evtxseq(draft, finding);
    for (size_t i = 0; i < finding->rule->text->attack_count; i++) {
        put_technique(draft, &finding->rule->text->attacks[i]);
    }
}

void jsonl_add_finding(struct buffer *out, const struct finding *finding) {
    struct draft draft = {.root = json_object()};
    put_all(&draft, finding);
    draft_finish(&draft, out);
}
