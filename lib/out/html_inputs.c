// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: what was read, and what is wrong with it.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "out/html_parts.h"
#include "out/html_text.h"

// So many problems are listed of those that may hide a finding, and of the others.
enum { PROBLEMS_SHOWN = 1000 };

// Problems are sorted by path, and so are inputs.
static size_t count_problems(const struct problems *problems, const char *path, size_t *at) {
    size_t count = 0;
    while (*at < problems->count && strcmp(problems->list[*at].path, path) < 0) {
        (*at)++;
    }
    for (size_t i = *at; i < problems->count && strcmp(problems->list[i].path, path) == 0; i++) {
        count++;
    }
    return count;
}

static void add_input(struct buffer *out, const struct input_facts *input, size_t problems) {
    static const char *const flags[] = {[FACTS_LOG] = "</th>",
                                        [FACTS_ARCHIVE] = " <small>archive</small></th>",
                                        [FACTS_IMAGE] = " <small>image</small></th>",
                                        [FACTS_OTHER] = " <span class=\"flag\">no log</span></th>"};
    char hash[SHA256_TEXT_SIZE];
    if (input->has_hash) {
        sha256_format(input->sha256, hash);
    } else {
        (void)snprintf(hash, sizeof hash, "not known%s",
                       input->is_in_parts ? ": read in parts" : "");
    }
    buffer_add_text(out, "<tr><th scope=\"row\">");
    html_add(out, input->path);
    buffer_add_text(out, flags[input->kind]);
    buffer_printf(out,
                  "<td class=\"num\">%" PRIu64 "</td><td class=\"num\">%" PRIu64
                  "</td><td class=\"num\">%" PRIu64 "</td><td class=\"num\">%zu</td>",
                  input->size, input->records, input->recovered, problems);
    buffer_printf(out, "<td class=\"hash\"><code>%s</code></td></tr>\n", hash);
}

static void add_table(struct buffer *out, const struct report *report) {
    static const struct html_column columns[] = {
        {"Input", false},   {"Bytes", true},    {"Records", true}, {"Recovered", true},
        {"Problems", true}, {"SHA-256", false}, {NULL, false},
    };
    size_t at = 0;
    html_begin_table(out, "Table of inputs", "class=\"plain\"", columns);
    for (size_t i = 0; i < report->input_count; i++) {
        const struct input_facts *input = &report->inputs[i];
        add_input(out, input, count_problems(report->problems, input->path, &at));
    }
    html_end_table(out);
}

static void add_problem(struct buffer *out, const struct problem *problem) {
    bool is_serious = problem_is_serious(problem->kind);
    buffer_printf(out, "<tr%s><td>%s</td><td class=\"path\">", is_serious ? " class=\"blind\"" : "",
                  problem_kind_text(problem->kind, 1));
    html_add(out, problem->path);
    buffer_add_text(out, "</td><td class=\"num\">");
    if (problem->offset != PROBLEM_NO_OFFSET) {
        buffer_printf(out, "%" PRIu64, problem->offset);
    }
    buffer_add_text(out, "</td><td>");
    html_add(out, problem->reason);
    buffer_add_text(out, is_serious ? " <span class=\"flag\">may hide a finding</span></td></tr>\n"
                                    : "</td></tr>\n");
}

static void add_problems(struct buffer *out, const struct problems *problems) {
    static const struct html_column columns[] = {
        {"Problem", false}, {"Input", false}, {"Offset", true}, {"Reason", false}, {NULL, false},
    };
    size_t shown[2] = {0}; // by whether they are serious
    size_t left_out[2] = {0};
    buffer_add_text(out, "<h3 id=\"problems\">Problems</h3>\n");
    if (problems->count == 0) {
        buffer_add_text(out, "<p>None.</p>\n");
        return;
    }
    html_begin_table(out, "Table of problems", "class=\"plain\"", columns);
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->list[i];
        bool is_serious = problem_is_serious(problem->kind);
        if (shown[is_serious] < PROBLEMS_SHOWN) {
            shown[is_serious]++;
            add_problem(out, problem);
        } else {
            left_out[is_serious]++;
        }
    }
    html_end_table(out);
    if (left_out[true] + left_out[false] > 0) {
        buffer_printf(out,
                      "<p>%zu more, %zu of which may hide a finding: <code>evtxseq -v</code> and "
                      "<code>--report</code> name them.</p>\n",
                      left_out[true] + left_out[false], left_out[true]);
    }
}

void html_add_inputs(struct buffer *out, const struct report *report) {
    html_begin_section(out, "inputs", "Inputs");
    add_table(out, report);
    add_problems(out, report->problems);
    html_end_section(out);
}
