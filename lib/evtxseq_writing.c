// SPDX-License-Identifier: GPL-3.0-or-later
// The library's public face: writing.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/size.h"
#include "base/visible.h"
#include "evtxseq.h"
#include "evtxseq_state.h"
#include "out/account.h"
#include "out/coverage_report.h"
#include "out/explain.h"
#include "out/problem_lines.h"
#include "out/rule_list.h"
#include "out/totals.h"
#include "out/warnings.h"
#include "out/wrap.h"
#include "out/writer.h"

// The enumerations are the modules' own by other names.
_Static_assert((int)EVTXSEQ_TEXT == (int)FORMAT_TEXT && (int)EVTXSEQ_CSV == (int)FORMAT_CSV &&
                   (int)EVTXSEQ_JSONL == (int)FORMAT_JSONL &&
                   (int)EVTXSEQ_TIMESKETCH == (int)FORMAT_TIMESKETCH &&
                   (int)EVTXSEQ_BRIEF == (int)FORMAT_BRIEF && (int)EVTXSEQ_HTML == (int)FORMAT_HTML,
               "formats differ");
_Static_assert((int)EVTXSEQ_SIZE_TEXT == (int)SIZE_TEXT_SIZE, "sizes differ");

// Writes the rest of the text and frees it. False with errno set when there was no memory for it or
// writing failed.
static bool write_last(struct buffer *text) {
    bool ok = buffer_pour(text);
    int error = text->error == 0 ? ENOMEM : text->error;
    buffer_free(text);
    errno = ok ? errno : error;
    return ok;
}

static struct writer_options writer_options_of(const struct evtxseq_style *style) {
    static const struct evtxseq_style plain = {0};
    const struct evtxseq_style look = style == NULL ? plain : *style;
    bool is_narrow = look.width > 0 && look.width < WRAP_WIDTH_MIN;
    return (struct writer_options){
        .format = (enum format)look.format,
        .csv_raw = look.csv_raw,
        .style = {.width = is_narrow ? WRAP_WIDTH_MIN : look.width, .has_colour = look.is_colour},
    };
}

static struct report report_of(const struct evtxseq_scan *scan) {
    const struct scan_result *result = scan->result;
    return (struct report){
        .findings = &result->findings,
        .rules = scan->rules,
        .coverage = &result->coverage,
        .problems = &result->problems,
        .inputs = result->facts,
        .input_count = result->facts_count,
        .log_count = result->inputs,
        .timeline = scan->only_coverage ? NULL : &result->timeline,
        .scope = scan->scope,
        .is_context_cut = result->is_context_cut,
    };
}

bool evtxseq_scan_write(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                        FILE *stream) {
    const struct findings *findings = &scan->result->findings;
    const struct writer_options options = writer_options_of(style);
    const struct report report = report_of(scan);
    struct buffer text = {.stream = stream};
    writer_add_header(&text, &options, &report);
    for (size_t i = 0; buffer_pour(&text) && i < findings->count; i++) {
        writer_add_finding(&text, &options, &report, &findings->list[i]);
    }
    if (!text.failed) {
        writer_add_footer(&text, &options, &report);
    }
    return write_last(&text);
}

char *evtxseq_scan_print(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                         size_t *size) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    bool ok = stream != NULL && evtxseq_scan_write(scan, style, stream);
    ok = stream != NULL && fclose(stream) == 0 && ok;
    if (!ok) {
        free(text);
        errno = ENOMEM;
        return NULL;
    }
    if (size != NULL) {
        *size = length;
    }
    return text;
}

bool evtxseq_scan_write_account(const struct evtxseq_scan *scan, const struct evtxseq_run *run,
                                FILE *stream) {
    const struct report report = report_of(scan);
    struct buffer text = {.stream = stream};
    account_add(&text, &report, run);
    return write_last(&text);
}

bool evtxseq_scan_write_coverage(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 FILE *stream) {
    const struct report report = report_of(scan);
    const struct writer_options options = writer_options_of(style);
    struct buffer text = {.stream = stream};
    if (options.format != FORMAT_TEXT && options.format != FORMAT_CSV &&
        options.format != FORMAT_JSONL) {
        errno = EINVAL;
        return false;
    }
    if (options.format == FORMAT_TEXT) {
        coverage_add_hosts(&text, &report, &options.style);
        return write_last(&text);
    }
    coverage_add_header(&text, &options);
    for (size_t i = 0; buffer_pour(&text) && i < report.coverage->count; i++) {
        coverage_add_entry(&text, &options, &report, i);
    }
    return write_last(&text);
}

bool evtxseq_scan_has_blind_host(const struct evtxseq_scan *scan) {
    const struct report report = report_of(scan);
    return warnings_have_blind_host(&report);
}

bool evtxseq_scan_write_warnings(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 bool only_blind, FILE *stream) {
    const struct report report = report_of(scan);
    const struct writer_options options = writer_options_of(style);
    struct buffer text = {.stream = stream};
    warnings_add(&text, &report, "evtxseq: warning: ", &options.style, only_blind);
    return write_last(&text);
}

// What is wrong with the scan as a whole.
static void add_shortcomings(struct buffer *out, const struct evtxseq_scan *scan) {
    const struct scan_result *result = scan->result;
    if (state_lacks_logs(scan) && !problems_have_serious(&result->problems)) {
        buffer_add_text(out, "evtxseq: found no EVTX log in the inputs\n");
    }
    if (result->is_context_cut) {
        buffer_add_text(out, "evtxseq: context is incomplete: ran out of memory or processes\n");
    }
    if (result->lacks_sandbox) {
        buffer_add_text(out, "evtxseq: decoded without a sandbox: cannot set a seccomp filter\n");
    }
}

bool evtxseq_scan_write_problems(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 bool all, FILE *stream) {
    const struct writer_options options = writer_options_of(style);
    struct buffer text = {.stream = stream};
    problem_lines_add(&text, &scan->result->problems, all, &options.style);
    scan_add_merge_lines(scan->scan, &text);
    add_shortcomings(&text, scan);
    return write_last(&text);
}

bool evtxseq_scan_write_summary(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                double seconds, FILE *stream) {
    const struct scan_result *result = scan->result;
    const struct writer_options options = writer_options_of(style);
    const struct totals totals = {
        .findings = scan->only_coverage || scan->is_collecting ? NULL : &result->findings,
        .problems = &result->problems,
        .logs = result->inputs,
        .bytes = result->tally.bytes,
        .records = result->tally.records,
        .recovered = result->tally.recovered,
        .passed_over = evtxseq_scan_passed_over_count(scan),
        .seconds = seconds,
    };
    struct buffer text = {.stream = stream};
    totals_add(&text, &totals, &options.style);
    return write_last(&text);
}

void evtxseq_size_text(double bytes, char text[EVTXSEQ_SIZE_TEXT]) {
    size_format(bytes, text);
}

// Counts what was left out of the rules.
static void add_left_out(struct buffer *out, const struct rule_files *files) {
    static const char *const words[RULE_RESULT_COUNT] = {
        [RULE_NOT_EQL] = "not EQL",
        [RULE_DEPRECATED] = "deprecated",
        [RULE_OTHER_SOURCE] = "for other sources than Sysmon",
        [RULE_WRONG] = "wrong",
    };
    const char *before = "evtxseq: rules left out: ";
    for (int i = 0; i < RULE_RESULT_COUNT; i++) {
        if (words[i] != NULL && files->results[i] > 0) {
            buffer_printf(out, "%s%zu %s", before, files->results[i], words[i]);
            before = ", ";
        }
    }
    buffer_add_text(out, *before == ',' ? "\n" : "");
}

bool evtxseq_write_visible(const char *text, FILE *stream) {
    struct buffer visible = {.stream = stream};
    visible_add(&visible, text, strlen(text));
    return write_last(&visible);
}

bool evtxseq_rules_write_problems(const struct evtxseq_rules *rules, bool all, FILE *stream) {
    const struct rule_files *files = rules->set == NULL ? &rules->files : &rules->set->files;
    struct buffer text = {.stream = stream};
    for (size_t i = 0; i < files->error_count; i++) {
        source_error_add(&text, &files->errors[i]);
    }
    for (size_t i = 0; all && i < files->note_count; i++) {
        buffer_add_text(&text, "evtxseq: ");
        visible_add(&text, files->notes[i], strlen(files->notes[i]));
        buffer_add_byte(&text, '\n');
    }
    if (all) {
        add_left_out(&text, files);
    }
    return write_last(&text);
}

bool evtxseq_rules_write(const struct evtxseq_rules *rules, const struct evtxseq_style *style,
                         FILE *stream) {
    const struct writer_options options = writer_options_of(style);
    struct buffer text = {.stream = stream};
    switch (options.format) {
    case FORMAT_TEXT:
        rule_list_add_text(&text, rules->set, options.style.width);
        break;
    case FORMAT_CSV:
        rule_list_add_csv(&text, rules->set, options.csv_raw);
        break;
    case FORMAT_JSONL:
        rule_list_add_jsonl(&text, rules->set);
        break;
    default:
        errno = EINVAL;
        return false;
    }
    return write_last(&text);
}

bool evtxseq_rule_write(const struct evtxseq_rule *rule, const struct evtxseq_style *style,
                        FILE *stream) {
    const struct writer_options options = writer_options_of(style);
    const struct rule_text *told = ((const struct rule *)rule)->text;
    struct buffer text = {.stream = stream};
    switch (options.format) {
    case FORMAT_TEXT:
        explain_add_text(&text, told);
        break;
    case FORMAT_CSV:
        explain_add_csv(&text, told, options.csv_raw);
        break;
    case FORMAT_JSONL:
        explain_add_jsonl(&text, told);
        break;
    default:
        errno = EINVAL;
        return false;
    }
    return write_last(&text);
}
