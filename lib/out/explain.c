// SPDX-License-Identifier: GPL-3.0-or-later
// Rules described to people.
#include "out/explain.h"

void explain_add_list(struct buffer *out, const struct rule_set *rules) {
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule_text *rule = rules->list[i].text;
        buffer_printf(out, "%-22s %-8s %s\n", rule->id, rule_severity_name(rule->severity),
                      rule->name);
    }
}

void explain_add_rule(struct buffer *out, const struct rule_text *rule) {
    buffer_printf(out, "%s\n%s\n\n%s\n", rule->id, rule->name, rule->query);
}
