// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"

// False when something is wrong with the list as such; the rules say what.
static bool add(struct evtxseq_rules *rules, const struct options *options, const char *fallback) {
    if (fallback != NULL && !evtxseq_rules_add(rules, fallback, false)) {
        return false;
    }
    for (size_t i = 0; i < options->rule_list_count; i++) {
        if (!evtxseq_rules_add(rules, options->rule_lists[i], options->any_index)) {
            return false;
        }
    }
    return true;
}

static struct evtxseq_rules *load(const struct options *options, const char *fallback) {
    struct evtxseq_rules *rules = evtxseq_rules_new();
    bool is_added = rules != NULL && add(rules, options, fallback);
    bool is_known = is_added || errno == ENOENT;
    bool is_good = is_added && evtxseq_rules_compile(rules);
    if (!is_good && (is_added || !is_known || rules == NULL)) {
        complain("cannot read the rules: %s", strerror(errno));
    }
    if (rules != NULL) {
        (void)evtxseq_rules_write_problems(rules, options->verbose, stderr);
    }
    if (is_good && evtxseq_rules_count(rules) == 0) {
        complain("no rule is left to run");
        is_good = false;
    }
    if (!is_good) {
        evtxseq_rules_free(rules);
        return NULL;
    }
    return rules;
}

struct evtxseq_rules *rules_load(const struct options *options, const char *fallback) {
    return load(options, options->rule_list_count > 0 ? NULL : fallback);
}

struct evtxseq_rules *rules_load_with_builtin(const struct options *options) {
    return load(options, "all");
}
