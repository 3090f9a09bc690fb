// SPDX-License-Identifier: GPL-3.0-or-later
#include "out/warnings.h"

#include <stdlib.h>

#include "out/wrap.h"
#include "rules/event_set.h"
#include "scan/needs.h"

enum { NAMES_SHOWN = 3 };

// Hosts, or rules, that one warning is about.
struct warning {
    size_t count;
    const char *names[NAMES_SHOWN]; // of the first
    size_t blind;                   // the most rules of a host that could find nothing
    size_t rules;                   // in use
    uint32_t events;                // that the blind ones need, as bits of FIELD_EVENT_BIT()
    size_t ends;                    // events that meet the fallback of a rule that needs more
};

static void note_name(struct warning *warning, const char *name) {
    if (warning->count < NAMES_SHOWN) {
        warning->names[warning->count] = name;
    }
    warning->count++;
}

static void note_host(struct warning *warning, const struct coverage_entry *host,
                      const struct needs *needs) {
    note_name(warning, *host->host == '\0' ? "(unknown host)" : host->host);
    warning->blind = needs->blind > warning->blind ? needs->blind : warning->blind;
    warning->rules = needs->able + needs->blind + needs->useless;
    warning->events |= needs->events;
}

// "WS1: " or "5 hosts (WS1, WS2, WS3, ...): "
static void add_names(struct wrap *wrap, const char *prefix, const char *what,
                      const struct warning *warning) {
    wrap_begin(wrap, prefix, "  ");
    if (warning->count > 1) {
        wrap_printf(wrap, COLOUR_NONE, "%zu %s (", warning->count, what);
    }
    for (size_t i = 0; i < warning->count && i < NAMES_SHOWN; i++) {
        wrap_add(wrap, COLOUR_NONE, i == 0 ? "" : ", ");
        wrap_add(wrap, COLOUR_NONE, warning->names[i]);
    }
    if (warning->count > 1) {
        wrap_add(wrap, COLOUR_NONE, warning->count > NAMES_SHOWN ? ", ...)" : ")");
    }
    wrap_add(wrap, COLOUR_NONE, ": ");
}

// The rule in use that has a fallback which is not in use.
struct narrow {
    const struct rule *rule; // NULL: there is none, or nothing was looked for
    size_t last;             // the number of its last stage, which is the fallback's
    size_t *ends;            // by host: events that meet that; owned
};

static void add_fallback(struct wrap *wrap, const struct narrow *narrow,
                         const struct warning *warning) {
    if (warning->ends > 0) {
        wrap_printf(wrap, COLOUR_NONE, "; -r %s does without: %zu event%s",
                    narrow->rule->text->fallback, warning->ends,
                    warning->ends == 1 ? " there meets it" : "s there meet it");
    }
}

struct warnings {
    const char *prefix; // of lines
    bool has_sysmon;    // on some host
    struct narrow narrow;
    struct warning no_sysmon, all_blind, some_blind;
    struct warning libraries[RULE_LIBRARIES_MAX];
};

static void name_missing_events(struct wrap *wrap, uint32_t events) {
    wrap_add(wrap, COLOUR_NONE, "no Event ID ");
    event_ids_add_each(wrap_compose(wrap), events, ", ");
    wrap_add_composed(wrap, COLOUR_NONE);
}

static void add_blind(struct wrap *wrap, const struct warnings *warnings,
                      const struct warning *warning, bool is_all) {
    if (warning->count == 0) {
        return;
    }
    add_names(wrap, warnings->prefix, "hosts", warning);
    if (warning->events != 0) {
        name_missing_events(wrap, warning->events);
        wrap_add(wrap, COLOUR_NONE, ": ");
    }
    if (is_all && warning->rules == 0) {
        wrap_add(wrap, COLOUR_NONE, "--min-severity leaves no rule in use");
    } else if (is_all && warning->events == 0) {
        wrap_add(wrap, COLOUR_NONE,
                 "no rule in use can match an event of Sysmon's; --list-rules says why");
    } else if (is_all) {
        wrap_add(wrap, COLOUR_NONE, "no rule in use could find anything");
    } else {
        wrap_printf(wrap, COLOUR_NONE, "up to %zu of %zu rules could find nothing", warning->blind,
                    warning->rules);
    }
    add_fallback(wrap, &warnings->narrow, warning);
    wrap_end(wrap);
}

static void add_library(struct wrap *wrap, const struct warnings *warnings,
                        const struct warning *warning, const char *name) {
    if (warning->count > 0) {
        add_names(wrap, warnings->prefix, "hosts", warning);
        wrap_printf(wrap, COLOUR_NONE,
                    "Event ID 7, but never %s: Sysmon's configuration may leave it out", name);
        add_fallback(wrap, &warnings->narrow, warning);
        wrap_end(wrap);
    }
}

// What the fallback would have to say of a host that lacks what its rule needs.
static void note_fallback(const struct narrow *narrow, const struct report *report,
                          const struct coverage_entry *host, size_t number,
                          struct warning *warning) {
    if (narrow->rule != NULL && !needs_met(report->rules, narrow->rule, &host->counts)) {
        warning->ends += narrow->ends[number];
    }
}

static void note_needs(struct warnings *warnings, const struct report *report,
                       const struct coverage_entry *host, size_t number) {
    const struct needs needs =
        needs_of(report->rules, report->scope.findings.min_severity, &host->counts);
    struct warning *blind = needs.able == 0 ? &warnings->all_blind : &warnings->some_blind;
    if (!host->counts.has_sysmon) {
        note_host(&warnings->no_sysmon, host, &needs);
        return;
    }
    if (needs.able == 0 || needs.blind > 0) {
        note_host(blind, host, &needs);
        note_fallback(&warnings->narrow, report, host, number, blind);
    }
    for (size_t i = 0; i < report->rules->library_count; i++) {
        if ((needs.libraries >> i & 1) != 0) {
            note_host(&warnings->libraries[i], host, &needs);
            note_fallback(&warnings->narrow, report, host, number, &warnings->libraries[i]);
        }
    }
}

static void note_hosts(struct warnings *warnings, const struct report *report,
                       const struct coverage *hosts) {
    for (size_t i = 0; i < hosts->count; i++) {
        // Records whose host is not known say nothing where other hosts are, unless they are
        // Sysmon's.
        if (*hosts->entries[i].host != '\0' || hosts->count == 1 ||
            hosts->entries[i].counts.has_sysmon) {
            note_needs(warnings, report, &hosts->entries[i], i);
            warnings->has_sysmon = warnings->has_sysmon || hosts->entries[i].counts.has_sysmon;
        }
    }
}

static bool is_narrow(const struct report *report, const struct rule *rule) {
    return rule->text->fallback != NULL &&
           rule->text->severity >= report->scope.findings.min_severity &&
           rule_set_find(report->rules, rule->text->fallback) == NULL;
}

// The number of the last stage of the rule's findings.
static size_t last_stage(const struct rule_set *rules, const struct rule *rule) {
    size_t last = rule->first_stage + rule->stage_count - 1;
    while (last > rule->first_stage && !rules->stages[last].is_reported) {
        last--;
    }
    return last;
}

static bool meets(const struct stage_event *event, size_t stage) {
    for (size_t i = 0; i < event->hit_count; i++) {
        if (event->hits[i].stage == stage) {
            return true;
        }
    }
    return false;
}

static void count_end(struct narrow *narrow, const struct coverage *hosts,
                      const struct stage_event *event) {
    const char *computer = event_value(event->event, DATA_COMPUTER);
    const struct coverage_entry *host =
        coverage_find(hosts, "", 0, computer == NULL ? "" : computer);
    if (host != NULL) {
        narrow->ends[host - hosts->entries]++;
    }
}

// False when memory ran out.
static bool find_narrow(struct narrow *narrow, const struct report *report,
                        const struct coverage *hosts) {
    const struct timeline *timeline = report->timeline;
    for (size_t i = 0; timeline != NULL && narrow->rule == NULL && i < report->rules->count; i++) {
        const struct rule *rule = &report->rules->list[i];
        narrow->rule = is_narrow(report, rule) ? rule : NULL;
    }
    if (narrow->rule == NULL) {
        return true;
    }
    narrow->last = last_stage(report->rules, narrow->rule);
    narrow->ends = calloc(hosts->count + 1, sizeof *narrow->ends);
    for (size_t i = 0; narrow->ends != NULL && i < timeline->count; i++) {
        if (meets(&timeline->events[i], narrow->last)) {
            count_end(narrow, hosts, &timeline->events[i]);
        }
    }
    return narrow->ends != NULL;
}

// Why nothing could be found at all, or on some hosts.
static void add_blindness(struct wrap *wrap, const struct warnings *warnings) {
    if (warnings->no_sysmon.count > 0) {
        add_names(wrap, warnings->prefix, "hosts", &warnings->no_sysmon);
        wrap_add(wrap, COLOUR_NONE, "no Sysmon record: nothing can be found");
        wrap_end(wrap);
    }
    add_blind(wrap, warnings, &warnings->all_blind, true);
}

// What rules in use say of what is to be found, beside their queries.
static void add_not_applied(struct wrap *wrap, const struct warnings *warnings,
                            const struct report *report) {
    struct warning warning = {0};
    for (size_t i = 0; i < report->rules->count; i++) {
        const struct rule_text *rule = report->rules->list[i].text;
        if (rule->not_applied.count > 0 && rule->severity >= report->scope.findings.min_severity) {
            note_name(&warning, rule->name);
        }
    }
    if (warning.count > 0) {
        add_names(wrap, warnings->prefix, "rules", &warning);
        wrap_add(wrap, COLOUR_NONE,
                 "filters, exceptions or the like are not applied, so findings may differ from "
                 "Kibana's alerts; --list-rules names them");
        wrap_end(wrap);
    }
}

static void add_all(struct wrap *wrap, const struct report *report, const struct warnings *warnings,
                    bool only_blind) {
    const struct rule_set *rules = report->rules;
    if (!only_blind || !warnings->has_sysmon || warnings->all_blind.count > 0) {
        add_blindness(wrap, warnings);
    }
    if (only_blind) {
        return;
    }
    add_blind(wrap, warnings, &warnings->some_blind, false);
    for (size_t i = 0; i < rules->library_count; i++) {
        add_library(wrap, warnings, &warnings->libraries[i], rules->libraries[i].name);
    }
    add_not_applied(wrap, warnings, report);
}

void warnings_add(struct buffer *out, const struct report *report, const char *prefix,
                  const struct text_style *style, bool only_blind) {
    struct coverage hosts = {0};
    struct warnings warnings = {.prefix = prefix};
    struct wrap wrap = {.out = out, .width = style->width};
    if (!coverage_by_host(report->coverage, &hosts) ||
        !find_narrow(&warnings.narrow, report, &hosts)) {
        out->failed = true;
    } else {
        note_hosts(&warnings, report, &hosts);
        add_all(&wrap, report, &warnings, only_blind);
    }
    free(warnings.narrow.ends);
    coverage_free(&hosts);
    wrap_free(&wrap);
}

bool warnings_have_blind_host(const struct report *report) {
    struct coverage hosts;
    struct warnings warnings = {0};
    // Where memory has run out nothing is known, and that is no good news.
    if (!coverage_by_host(report->coverage, &hosts)) {
        return true;
    }
    note_hosts(&warnings, report, &hosts);
    coverage_free(&hosts);
    return !warnings.has_sysmon || warnings.all_blind.count > 0;
}
