// SPDX-License-Identifier: GPL-3.0-or-later
// The rules. Source: Elastic's prebuilt rule b64b183e-1a76-422d-9179-7b389513e74d, "Windows Script
// Interpreter Executing Process via WMI", an EQL sequence by host with maxspan 5 s.
#include "rules/rule.h"

#include <string.h>

#include "rules/guides.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// Stage "load": a script interpreter loads WMI's client library.

static const char *const wmi_library[] = {"wmiutils.dll"};
static const char *const script_interpreters[] = {"wscript.exe", "cscript.exe"};

static const struct condition loads_wmi = {.kind = CONDITION_IS,
                                           .data = DATA_IMAGE_LOADED,
                                           .part = PART_NAME,
                                           .values = wmi_library,
                                           .value_count = COUNT(wmi_library)};

static const struct condition is_script_interpreter = {.kind = CONDITION_IS,
                                                       .data = DATA_IMAGE,
                                                       .part = PART_NAME,
                                                       .values = script_interpreters,
                                                       .value_count = COUNT(script_interpreters)};

static const struct condition *const load_parts[] = {&loads_wmi, &is_script_interpreter};

static const struct condition load_condition = {
    .kind = CONDITION_ALL, .children = load_parts, .child_count = COUNT(load_parts)};

static const struct stage load_stage = {
    .name = "load", .event_id = 7, .condition = &load_condition};

// Stage "start": WMI's provider host starts a process for a user.

static const char *const wmi_provider_host[] = {"wmiprvse.exe"};
static const char *const system_domain[] = {"NT AUTHORITY"};
static const char *const started_names[] = {
    "cscript.exe",  "wscript.exe",  "PowerShell.EXE",
    "Cmd.Exe",      "MSHTA.EXE",    "RUNDLL32.EXE",
    "REGSVR32.EXE", "MSBuild.exe",  "InstallUtil.exe",
    "RegAsm.exe",   "RegSvcs.exe",  "msxsl.exe",
    "CONTROL.EXE",  "EXPLORER.EXE", "Microsoft.Workflow.Compiler.exe",
    "msiexec.exe",
};
static const char *const started_paths[] = {"C:\\Users\\*.exe", "C:\\ProgramData\\*.exe"};

static const struct condition started_by_wmi = {.kind = CONDITION_IS,
                                                .data = DATA_PARENT_IMAGE,
                                                .part = PART_NAME,
                                                .values = wmi_provider_host,
                                                .value_count = COUNT(wmi_provider_host)};

static const struct condition is_not_system = {.kind = CONDITION_IS_NOT,
                                               .data = DATA_USER,
                                               .part = PART_DOMAIN,
                                               .values = system_domain,
                                               .value_count = COUNT(system_domain)};

static const struct condition has_started_name = {.kind = CONDITION_IS,
                                                  .data = DATA_ORIGINAL_FILE_NAME,
                                                  .part = PART_WHOLE,
                                                  .values = started_names,
                                                  .value_count = COUNT(started_names)};

static const struct condition has_started_path = {.kind = CONDITION_LIKE,
                                                  .data = DATA_IMAGE,
                                                  .part = PART_WHOLE,
                                                  .values = started_paths,
                                                  .value_count = COUNT(started_paths)};

static const struct condition *const start_targets[] = {&has_started_name, &has_started_path};

static const struct condition is_start_target = {
    .kind = CONDITION_ANY, .children = start_targets, .child_count = COUNT(start_targets)};

static const struct condition *const start_parts[] = {&started_by_wmi, &is_not_system,
                                                      &is_start_target};

static const struct condition start_condition = {
    .kind = CONDITION_ALL, .children = start_parts, .child_count = COUNT(start_parts)};

// Sysmon before 10 logs no OriginalFileName, so Elastic's rule cannot see those starts; the image's
// own name stands in.

static const struct condition lacks_original_name = {.kind = CONDITION_NO_FIELD,
                                                     .data = DATA_ORIGINAL_FILE_NAME};

static const struct condition has_started_image_name = {.kind = CONDITION_IS,
                                                        .data = DATA_IMAGE,
                                                        .part = PART_NAME,
                                                        .values = started_names,
                                                        .value_count = COUNT(started_names)};

static const struct condition *const start_fallback_parts[] = {
    &started_by_wmi, &is_not_system, &lacks_original_name, &has_started_image_name};

static const struct condition start_fallback = {.kind = CONDITION_ALL,
                                                .children = start_fallback_parts,
                                                .child_count = COUNT(start_fallback_parts)};

static const struct stage start_stage = {
    .name = "start", .event_id = 1, .condition = &start_condition, .fallback = &start_fallback};

// What has to be logged for that.

static const struct requirement creations = {
    .name = "event_1",
    .words = "Event ID 1 (process created)",
    .event_id = 1,
    .without = DATA_COUNT,
    .absence = "no Event ID 1: process creations are not logged, so no start can be found",
};

static const struct requirement creations_without_name = {
    .name = "event_1_without_original_file_name",
    .words = "of them without OriginalFileName",
    .event_id = 1,
    .whole = &creations,
    .without = DATA_ORIGINAL_FILE_NAME,
};

static const struct requirement image_loads = {
    .name = "event_7",
    .words = "Event ID 7 (image loaded)",
    .event_id = 7,
    .without = DATA_COUNT,
    .absence = "no Event ID 7: no load can be found, and no sequence; Sysmon does not log image "
               "loads by default",
};

static const struct stage wmi_loaded = {
    .name = "wmi-loaded", .event_id = 7, .condition = &loads_wmi};

static const struct requirement wmi_loads = {
    .name = "event_7_wmiutils",
    .words = "of them wmiutils.dll",
    .event_id = 7,
    .whole = &image_loads,
    .without = DATA_COUNT,
    .stage = &wmi_loaded,
    .absence = "Event ID 7, but never wmiutils.dll: Sysmon's configuration may leave it out",
};

static const struct requirement *const requirements[] = {&creations, &creations_without_name,
                                                         &image_loads, &wmi_loads};

static const char *const sequence_techniques[] = {"T1566.001", "T1047", "T1059.005", "T1059.007"};

static const char *const single_techniques[] = {"T1047", "T1059.005", "T1059.007"};

static const struct rule rules[] = {
    {
        .id = "wmi-script-execution",
        .name = "Windows Script Interpreter Executing Process via WMI",
        .severity = "medium",
        .risk_score = 47,
        .techniques = sequence_techniques,
        .technique_count = COUNT(sequence_techniques),
        .stages = {&load_stage, &start_stage},
        .stage_count = 2,
        .needs = {&creations, &creations_without_name, &image_loads, &wmi_loads},
        .need_count = 4,
        .span = 5000,
        .guide = &guide_script_execution,
    },
    {
        .id = "wmi-script-image-load",
        .name = "Windows Script Interpreter Loading WMI Library",
        .severity = "medium",
        .risk_score = 47,
        .techniques = single_techniques,
        .technique_count = COUNT(single_techniques),
        .stages = {&load_stage},
        .stage_count = 1,
        .needs = {&image_loads, &wmi_loads},
        .need_count = 2,
        .guide = &guide_script_image_load,
    },
    {
        .id = "wmi-process-creation",
        .name = "Suspicious Process Created via WMI",
        .severity = "medium",
        .risk_score = 47,
        .techniques = single_techniques,
        .technique_count = COUNT(single_techniques),
        .stages = {&start_stage},
        .stage_count = 1,
        .needs = {&creations, &creations_without_name},
        .need_count = 2,
        .guide = &guide_process_creation,
    },
};

_Static_assert(COUNT(rules) <= RULES_MAX, "more rules than RULES_MAX");

const struct rule *rules_all(size_t *count) {
    *count = COUNT(rules);
    return rules;
}

_Static_assert(COUNT(requirements) <= REQUIREMENTS_MAX, "more requirements than REQUIREMENTS_MAX");

const struct requirement *const *rules_requirements(size_t *count) {
    *count = COUNT(requirements);
    return requirements;
}

bool rules_need(const struct rule *const *chosen, size_t count,
                const struct requirement *requirement) {
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < chosen[i]->need_count; k++) {
            if (chosen[i]->needs[k] == requirement) {
                return true;
            }
        }
    }
    return false;
}

const struct rule *rules_find(const char *id, size_t size) {
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (strlen(rules[i].id) == size && memcmp(rules[i].id, id, size) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

static void choose(struct rule_choice *choice, const struct rule *rule) {
    for (size_t i = 0; i < choice->count; i++) {
        if (choice->list[i] == rule) {
            return;
        }
    }
    choice->list[choice->count++] = rule;
}

bool rules_choose(struct rule_choice *choice, const char *id, size_t size) {
    static const char all[] = "all";
    const struct rule *rule = rules_find(id, size);
    if (rule != NULL) {
        choose(choice, rule);
        return true;
    }
    bool is_all = size == sizeof all - 1 && memcmp(id, all, size) == 0;
    for (size_t i = 0; is_all && i < COUNT(rules); i++) {
        choose(choice, &rules[i]);
    }
    return is_all;
}
