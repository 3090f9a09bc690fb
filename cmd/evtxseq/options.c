// SPDX-License-Identifier: GPL-3.0-or-later
// The command line.
#include "options.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "scan/processors.h"

// Options without a short form.
enum {
    OPTION_STRICT = 256,
    OPTION_MAXSPAN,
    OPTION_TIME,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_NO_RECOVERED,
    OPTION_CARVE,
    OPTION_NO_CONTEXT,
    OPTION_COVERAGE,
    OPTION_NO_FILTER,
    OPTION_CSV_RAW,
    OPTION_COLOR,
    OPTION_LIST_RULES,
    OPTION_EXPLAIN,
    OPTION_FILES_FROM,
};

static const char short_options[] = "f:o:r:0j:qvhV";

static const struct option long_options[] = {
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"rules", required_argument, NULL, 'r'},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"maxspan", required_argument, NULL, OPTION_MAXSPAN},
    {"time", required_argument, NULL, OPTION_TIME},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"files-from", required_argument, NULL, OPTION_FILES_FROM},
    {"null", no_argument, NULL, '0'},
    {"no-recovered", no_argument, NULL, OPTION_NO_RECOVERED},
    {"carve", no_argument, NULL, OPTION_CARVE},
    {"no-context", no_argument, NULL, OPTION_NO_CONTEXT},
    {"coverage", no_argument, NULL, OPTION_COVERAGE},
    {"no-filter", no_argument, NULL, OPTION_NO_FILTER},
    {"jobs", required_argument, NULL, 'j'},
    {"csv-raw", no_argument, NULL, OPTION_CSV_RAW},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"list-rules", no_argument, NULL, OPTION_LIST_RULES},
    {"explain", required_argument, NULL, OPTION_EXPLAIN},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

const char *options_help(void) {
    return "usage: evtxseq [OPTION]... PATH...\n"
           "\n"
           "Finds, in Sysmon event logs, Windows script interpreters that execute a process via\n"
           "WMI. PATH is an .evtx log, a directory of logs, or - for a log on standard input.\n"
           "\n"
           "  -f, --format=FMT       text (default), csv, jsonl or timesketch\n"
           "  -o, --output=FILE      write findings to FILE, which appears whole or not at all\n"
           "  -r, --rules=LIST       rule IDs, joined by commas, or all; default\n"
           "                         wmi-script-execution\n"
           "      --strict           only what Elastic's rule alerts on\n"
           "      --maxspan=DUR      longest time from load to start: 500ms, 5s (default), 1m\n"
           "      --time=CLOCK       order events by utc (UtcTime, default) or logged\n"
           "                         (TimeCreated)\n"
           "      --since=TIME       only findings that start at TIME or later\n"
           "      --until=TIME       only findings that start before TIME\n"
           "      --files-from=FILE  read more paths from FILE, one a line; - is standard input\n"
           "  -0, --null             paths in it end with NUL\n"
           "      --no-recovered     leave out records from slack space and old chunks\n"
           "      --carve            read every chunk that any input holds, wherever it lies\n"
           "      --no-context       do not look for the script's command line, ancestors and\n"
           "                         descendants\n"
           "      --coverage         count what the logs hold of the events that the rules need,\n"
           "                         instead of findings\n"
           "      --no-filter        decode every record (verification; slow)\n"
           "  -j, --jobs=N           worker processes; default: the processors available\n"
           "      --csv-raw          CSV cells as they are, without a guard against formulas\n"
           "      --color=WHEN       colour text: auto (default), always or never\n"
           "  -q, --quiet            no progress and no summary\n"
           "  -v, --verbose          name each problem\n"
           "      --list-rules       the rules there are\n"
           "      --explain=RULE     what a rule detects, what Sysmon must log for it, what else\n"
           "                         may cause a finding, what to do about one\n"
           "  -h, --help             this help\n"
           "  -V, --version          the version\n"
           "\n"
           "TIME is RFC 3339 (2024-05-01T10:00:00Z) or a date. Exit status: 0 everything was\n"
           "read and nothing found, 1 something found, 2 nothing found but something could not\n"
           "be read, or wrong usage. See evtxseq(1).\n";
}

static bool refuse(const char *option, const char *value, const char *expected) {
    (void)fprintf(stderr, "evtxseq: --%s=%s: expected %s\n", option, value, expected);
    return false;
}

static bool read_format(const char *value, struct options *options) {
    static const char *const names[] = {
        [FORMAT_TEXT] = "text",
        [FORMAT_CSV] = "csv",
        [FORMAT_JSONL] = "jsonl",
        [FORMAT_TIMESKETCH] = "timesketch",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(value, names[i]) == 0) {
            options->format = (enum format)i;
            return true;
        }
    }
    return refuse("format", value, "text, csv, jsonl or timesketch");
}

static bool refuse_rule(const char *option, const char *value) {
    size_t count = 0;
    const struct rule *rules = rules_all(&count);
    (void)fprintf(stderr, "evtxseq: --%s=%s: the rules are", option, value);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(stderr, "%s %s", i == 0 ? "" : ",", rules[i].id);
    }
    (void)fputs("\n", stderr);
    return false;
}

static bool read_rules(const char *value, struct options *options) {
    options->rules.count = 0;
    for (const char *id = value;; id++) {
        size_t size = strcspn(id, ",");
        if (!rules_choose(&options->rules, id, size)) {
            return refuse_rule("rules", value);
        }
        id += size;
        if (*id == '\0') {
            return true;
        }
    }
}

static bool read_explained(const char *value, struct options *options) {
    options->explained = rules_find(value, strlen(value));
    return options->explained != NULL || refuse_rule("explain", value);
}

static bool read_clock(const char *value, struct options *options) {
    if (strcmp(value, "utc") == 0) {
        options->scan.clock = CLOCK_UTC;
    } else if (strcmp(value, "logged") == 0) {
        options->scan.clock = CLOCK_LOGGED;
    } else {
        return refuse("time", value, "utc or logged");
    }
    return true;
}

static bool read_colour(const char *value, struct options *options) {
    if (strcmp(value, "auto") == 0) {
        options->colour = COLOUR_AUTO;
    } else if (strcmp(value, "always") == 0) {
        options->colour = COLOUR_ALWAYS;
    } else if (strcmp(value, "never") == 0) {
        options->colour = COLOUR_NEVER;
    } else {
        return refuse("color", value, "auto, always or never");
    }
    return true;
}

static bool read_jobs(const char *value, struct options *options) {
    char *end = NULL;
    unsigned long jobs = value[0] >= '0' && value[0] <= '9' ? strtoul(value, &end, 10) : 0;
    if (jobs < 1 || jobs > SCAN_JOBS_MAX || *end != '\0') {
        return refuse("jobs", value, "a number from 1 to 256");
    }
    options->scan.jobs = jobs;
    return true;
}

static bool read_span(const char *value, struct options *options) {
    return duration_parse(value, &options->scan.findings.span) ||
           refuse("maxspan", value, "a duration such as 500ms, 5s or 1m");
}

static bool read_time(const char *option, const char *value, int64_t *time) {
    return timestamp_parse(value, time) ||
           refuse(option, value, "a time such as 2024-05-01T10:00:00Z, or a date");
}

static bool read_list_name(const char *value, struct options *options) {
    if (options->files_from != NULL) {
        return refuse("files-from", value, "one list of paths at most");
    }
    options->files_from = value;
    return true;
}

static bool read_option(int option, const char *value, struct options *options) {
    switch (option) {
    case 'f':
        return read_format(value, options);
    case 'o':
        options->output = value;
        return true;
    case 'r':
        return read_rules(value, options);
    case OPTION_STRICT:
        options->scan.findings.strict = true;
        return true;
    case OPTION_MAXSPAN:
        return read_span(value, options);
    case OPTION_TIME:
        return read_clock(value, options);
    case OPTION_SINCE:
        return read_time("since", value, &options->scan.findings.since);
    case OPTION_UNTIL:
        return read_time("until", value, &options->scan.findings.until);
    case OPTION_FILES_FROM:
        return read_list_name(value, options);
    case '0':
        options->null = true;
        return true;
    case OPTION_NO_RECOVERED:
        options->scan.scanner.no_recovered = true;
        return true;
    case OPTION_CARVE:
        options->scan.carve = true;
        return true;
    case OPTION_NO_CONTEXT:
        options->scan.no_context = true;
        return true;
    case OPTION_COVERAGE:
        options->scan.only_coverage = true;
        return true;
    case OPTION_NO_FILTER:
        options->scan.scanner.no_filter = true;
        return true;
    case 'j':
        return read_jobs(value, options);
    case OPTION_CSV_RAW:
        options->csv_raw = true;
        return true;
    case OPTION_EXPLAIN:
        return read_explained(value, options);
    case OPTION_COLOR:
        return read_colour(value, options);
    case 'q':
        options->quiet = true;
        return true;
    case 'v':
        options->verbose = true;
        return true;
    default:
        return false; // getopt_long() has said what is wrong
    }
}

static void set_defaults(struct options *options) {
    size_t count = 0;
    *options = (struct options){0};
    options->rules = (struct rule_choice){.list = {rules_all(&count)}, .count = 1};
    options->scan.findings = findings_default_options();
    options->scan.jobs = processors_available(SCAN_JOBS_MAX);
}

enum options_result options_read(int argc, char **argv, struct options *options) {
    set_defaults(options);
    int option = 0;
    while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
        if (option == 'h') {
            return OPTIONS_HELP;
        }
        if (option == 'V') {
            return OPTIONS_VERSION;
        }
        if (option == OPTION_LIST_RULES) {
            return OPTIONS_LIST_RULES;
        }
        if (!read_option(option, optarg, options)) {
            (void)fputs("Try 'evtxseq --help'.\n", stderr);
            return OPTIONS_WRONG;
        }
        if (option == OPTION_EXPLAIN) {
            return OPTIONS_EXPLAIN;
        }
    }
    options->scan.rules = options->rules.list;
    options->scan.rule_count = options->rules.count;
    options->paths = (const char *const *)(argv + optind);
    options->path_count = (size_t)(argc - optind);
    const char *wrong = NULL;
    if (options->scan.only_coverage && options->format == FORMAT_TIMESKETCH) {
        wrong = "--coverage has no format timesketch";
    } else if (options->null && options->files_from == NULL) {
        wrong = "--null without --files-from";
    } else if (options->path_count == 0 && options->files_from == NULL) {
        wrong = "no PATH given";
    }
    if (wrong != NULL) {
        (void)fprintf(stderr, "evtxseq: %s\nTry 'evtxseq --help'.\n", wrong);
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}
