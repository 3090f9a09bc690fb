// SPDX-License-Identifier: GPL-3.0-or-later
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "complain.h"

// Options without a short form.
enum {
    OPTION_ANY_INDEX = 256,
    OPTION_STRICT,
    OPTION_MIN_SEVERITY,
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
    OPTION_REPORT,
    OPTION_COLLECT,
    OPTION_MERGE,
    OPTION_PART,
    OPTION_EXPECT,
};

// The colon in front tells a value that is missing from an option that there is not.
static const char short_options[] = ":f:o:r:0j:qvhV";

static const struct option long_options[] = {
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"report", required_argument, NULL, OPTION_REPORT},
    {"rules", required_argument, NULL, 'r'},
    {"any-index", no_argument, NULL, OPTION_ANY_INDEX},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"min-severity", required_argument, NULL, OPTION_MIN_SEVERITY},
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
    {"collect", no_argument, NULL, OPTION_COLLECT},
    {"merge", no_argument, NULL, OPTION_MERGE},
    {"part", required_argument, NULL, OPTION_PART},
    {"expect", required_argument, NULL, OPTION_EXPECT},
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
           "Runs detection rules over Sysmon event logs: Elastic's EQL rules, and its own.\n"
           "PATH is an .evtx log, an archive of logs, a directory, or - for standard input.\n"
           "\n"
           "  -f, --format=FMT       print text (default), brief, csv, jsonl, timesketch or\n"
           "                         html; without it, FILE's suffix .csv, .jsonl or .html\n"
           "                         says\n"
           "  -o, --output=FILE      write findings to FILE, which appears whole or not at\n"
           "                         all; - is standard output\n"
           "      --report=FILE      write an account of the run to FILE, as JSON\n"
           "  -r, --rules=LIST       use these rules: files, directories and IDs joined by\n"
           "                         commas, or all; default wmi-script-execution\n"
           "      --any-index        take rules for other sources than Sysmon, too\n"
           "      --strict           report only what Elastic's engine alerts on\n"
           "      --min-severity=LEVEL\n"
           "                         report only low, medium, high or critical and above\n"
           "      --maxspan=DUR      another span for the built-in sequence: 500ms, 5s, 1m\n"
           "      --time=CLOCK       order events by utc (UtcTime, default) or logged\n"
           "                         (TimeCreated)\n"
           "      --since=TIME       report only findings that end at TIME or later\n"
           "      --until=TIME       report only findings that end before TIME\n"
           "      --files-from=FILE  read more paths from FILE, one per line; - is standard\n"
           "                         input\n"
           "  -0, --null             expect NUL after each path in FILE, not a line feed\n"
           "      --no-recovered     leave out records from slack space and old chunks\n"
           "      --carve            read every chunk in any input, forensic images too\n"
           "      --no-context       do not look for command lines, ancestors, descendants\n"
           "      --coverage         count the events that the rules need, by log and host,\n"
           "                         instead of looking for findings\n"
           "      --no-filter        decode every record (verification; slow)\n"
           "      --collect          write what rules need of the logs to FILE, an events\n"
           "                         file, instead of looking for findings\n"
           "      --part=K/N         collect from the K-th of N equal parts of the logs\n"
           "      --merge            look for findings in events files: PATH is one, or a\n"
           "                         directory of them\n"
           "      --expect=N         name it as a problem if fewer than N files are there\n"
           "  -j, --jobs=N           use N worker processes; default: one per available\n"
           "                         processor\n"
           "      --csv-raw          write CSV cells without a guard against formulas\n"
           "      --color=WHEN       colour text: auto (default), always or never\n"
           "  -q, --quiet            print no progress and no summary\n"
           "  -v, --verbose          name each problem\n"
           "      --list-rules       list the rules, what they need, and if they can match\n"
           "      --explain=RULE     print what a rule detects, what Sysmon must log for it,\n"
           "                         what else may cause a finding, and how to respond\n"
           "  -h, --help             print this help\n"
           "  -V, --version          print the version\n"
           "\n"
           "TIME is RFC 3339 (2024-05-01T10:00Z) or a date, which for --until means its end.\n"
           "Exit status: 0 if everything was read and nothing found, 1 if something was\n"
           "found, 2 if nothing was found but something could not be read, or on wrong\n"
           "usage, 3 if nothing was found but on some host nothing could have been. See\n"
           "evtxseq(1).\n"
           "\n"
           "  evtxseq -r detection-rules/rules/windows collected/\n"
           "  evtxseq -f csv -o findings.csv --since=2024-05-01 Sysmon.evtx\n";
}

static bool refuse(const char *option, const char *value, const char *expected) {
    complain("--%s=%s: expected %s", option, value, expected);
    return false;
}

static bool read_format(const char *value, struct options *options) {
    static const char *const names[] = {
        [EVTXSEQ_TEXT] = "text",   [EVTXSEQ_CSV] = "csv",
        [EVTXSEQ_JSONL] = "jsonl", [EVTXSEQ_TIMESKETCH] = "timesketch",
        [EVTXSEQ_BRIEF] = "brief", [EVTXSEQ_HTML] = "html",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(value, names[i]) == 0) {
            options->style.format = (enum evtxseq_format)i;
            options->has_format = true;
            return true;
        }
    }
    return refuse("format", value, "text, brief, csv, jsonl, timesketch or html");
}

static bool add_rules(struct options *options, const char *list) {
    const char **lists =
        realloc(options->rule_lists, (options->rule_list_count + 1) * sizeof *lists);
    if (lists == NULL) {
        return refuse("rules", list, "less: there is not enough memory");
    }
    options->rule_lists = lists;
    lists[options->rule_list_count++] = list;
    return true;
}

static bool read_clock(const char *value, struct options *options) {
    if (strcmp(value, "utc") == 0) {
        evtxseq_options_set_clock(options->scan, EVTXSEQ_CLOCK_UTC);
    } else if (strcmp(value, "logged") == 0) {
        evtxseq_options_set_clock(options->scan, EVTXSEQ_CLOCK_LOGGED);
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

// A number at the start of the text. False when there is none, or it is larger than `most`.
static bool take_number(const char **text, uint32_t most, uint32_t *number) {
    char *end = NULL;
    unsigned long value = **text >= '0' && **text <= '9' ? strtoul(*text, &end, 10) : ULONG_MAX;
    if (value > most) {
        return false;
    }
    *text = end;
    *number = (uint32_t)value;
    return true;
}

static bool read_jobs(const char *value, struct options *options) {
    const char *rest = value;
    uint32_t jobs = 0;
    if (!take_number(&rest, EVTXSEQ_JOBS_MAX, &jobs) || jobs < 1 || *rest != '\0') {
        return refuse("jobs", value, "a number from 1 to 256");
    }
    evtxseq_options_set_jobs(options->scan, jobs);
    return true;
}

static bool read_part(const char *value, struct options *options) {
    const char *rest = value;
    uint32_t number = 0;
    uint32_t count = 0;
    bool is_read = take_number(&rest, EVTXSEQ_PARTS_MAX, &number) && *rest++ == '/' &&
                   take_number(&rest, EVTXSEQ_PARTS_MAX, &count) && *rest == '\0' &&
                   evtxseq_options_set_part(options->scan, number, count);
    options->has_part = true;
    return is_read || refuse("part", value, "K/N, such as 3/8, with K from 1 to N");
}

static bool read_expected(const char *value, struct options *options) {
    const char *rest = value;
    uint32_t count = 0;
    if (!take_number(&rest, UINT32_MAX, &count) || count < 1 || *rest != '\0') {
        return refuse("expect", value, "a number of events files");
    }
    options->has_expected = true;
    evtxseq_options_set_expected(options->scan, count);
    return true;
}

static bool read_span(const char *value, struct options *options) {
    int64_t span = 0;
    if (!evtxseq_parse_duration(value, &span)) {
        return refuse("maxspan", value, "a duration such as 500ms, 5s or 1m");
    }
    evtxseq_options_set_maxspan(options->scan, span);
    options->has_span = true;
    return true;
}

static const char time_form[] = "a time such as 2024-05-01T10:00Z, or a date";

static bool read_since(const char *value, struct options *options) {
    if (!evtxseq_parse_time(value, &options->since_time)) {
        return refuse("since", value, time_form);
    }
    options->since = value;
    evtxseq_options_set_since(options->scan, options->since_time);
    return true;
}

static bool read_until(const char *value, struct options *options) {
    if (!evtxseq_parse_end(value, &options->until_time)) {
        return refuse("until", value, time_form);
    }
    options->until = value;
    evtxseq_options_set_until(options->scan, options->until_time);
    return true;
}

static bool read_severity(const char *value, struct options *options) {
    return evtxseq_options_set_min_severity(options->scan, value) ||
           refuse("min-severity", value, "low, medium, high or critical");
}

static bool read_list_name(const char *value, struct options *options) {
    if (options->files_from != NULL) {
        return refuse("files-from", value, "one list of paths at most");
    }
    options->files_from = value;
    return true;
}

static const char *name_of(int option) {
    const struct option *known = long_options;
    while (known->val != option) {
        known++;
    }
    return known->name;
}

// Notes an option that says what findings are to be, or what they are to look like; or how logs are
// to be read, and what for.
static void note_given(int option, struct options *options) {
    switch (option) {
    case 'f':
    case OPTION_REPORT:
    case OPTION_STRICT:
    case OPTION_MIN_SEVERITY:
    case OPTION_SINCE:
    case OPTION_UNTIL:
    case OPTION_COVERAGE:
    case OPTION_CSV_RAW:
        options->collected_apart = name_of(option);
        break;
    case OPTION_MAXSPAN:
    case OPTION_TIME:
    case OPTION_NO_RECOVERED:
    case OPTION_CARVE:
    case OPTION_NO_CONTEXT:
    case OPTION_NO_FILTER:
        options->merged_apart = name_of(option);
        break;
    default:
        break;
    }
}

static bool read_action(enum action action, struct options *options) {
    if (options->action != ACTION_SCAN && options->action != action) {
        complain("--collect and --merge do not go together");
        return false;
    }
    options->action = action;
    return true;
}

static bool read_option(int option, const char *value, struct options *options) {
    switch (option) {
    case 'f':
        return read_format(value, options);
    case 'o':
        options->output = strcmp(value, "-") == 0 ? NULL : value;
        return true;
    case OPTION_REPORT:
        options->report = value;
        return true;
    case 'r':
        return add_rules(options, value);
    case OPTION_ANY_INDEX:
        options->any_index = true;
        return true;
    case OPTION_STRICT:
        evtxseq_options_set_strict(options->scan, true);
        return true;
    case OPTION_MAXSPAN:
        return read_span(value, options);
    case OPTION_TIME:
        return read_clock(value, options);
    case OPTION_SINCE:
        return read_since(value, options);
    case OPTION_UNTIL:
        return read_until(value, options);
    case OPTION_MIN_SEVERITY:
        return read_severity(value, options);
    case OPTION_FILES_FROM:
        return read_list_name(value, options);
    case '0':
        options->null = true;
        return true;
    case OPTION_NO_RECOVERED:
        evtxseq_options_set_recovered(options->scan, false);
        return true;
    case OPTION_CARVE:
        evtxseq_options_set_carve(options->scan, true);
        return true;
    case OPTION_NO_CONTEXT:
        evtxseq_options_set_context(options->scan, false);
        return true;
    case OPTION_COVERAGE:
        evtxseq_options_set_only_coverage(options->scan, true);
        options->is_coverage = true;
        return true;
    case OPTION_NO_FILTER:
        evtxseq_options_set_filter(options->scan, false);
        return true;
    case 'j':
        return read_jobs(value, options);
    case OPTION_CSV_RAW:
        options->style.csv_raw = true;
        return true;
    case OPTION_COLLECT:
        return read_action(ACTION_COLLECT, options);
    case OPTION_MERGE:
        return read_action(ACTION_MERGE, options);
    case OPTION_PART:
        return read_part(value, options);
    case OPTION_EXPECT:
        return read_expected(value, options);
    case OPTION_EXPLAIN:
        options->explained = value;
        return true;
    case OPTION_LIST_RULES:
        return true;
    case OPTION_COLOR:
        return read_colour(value, options);
    case 'q':
        options->quiet = true;
        return true;
    case 'v':
        options->verbose = true;
        return true;
    default:
        return false; // which has been said
    }
}

// How many long options the word may be short for.
static size_t count_meant(const char *word) {
    size_t size = strcspn(word, "=");
    size_t count = 0;
    for (const struct option *option = long_options; option->name != NULL; option++) {
        count += strncmp(option->name, word, size) == 0;
    }
    return count;
}

// What getopt_long() has found wrong; it would say so itself, but with the word as it is. `word` is
// the last that it has finished with, which of several letters in one word may be the one before.
static void complain_of_option(int found, const char *word) {
    bool is_long = strncmp(word, "--", 2) == 0;
    int size = (int)strcspn(word, "=");
    const char letter[] = {'-', (char)optopt, '\0'};
    if (found == ':') {
        complain("%.*s needs a value", is_long ? size : 2, is_long ? word : letter);
    } else if (optopt == 0) {
        complain(count_meant(word + 2) > 1 ? "%.*s may mean several options"
                                           : "there is no option %.*s",
                 size, word);
    } else if (is_long && word[size] == '=') {
        complain("%.*s takes no value", size, word);
    } else {
        complain("there is no option %s", letter);
    }
}

// Without --format the suffix of the file to write says what it is to be.
static void choose_format(struct options *options) {
    static const struct {
        const char *suffix;
        enum evtxseq_format format;
    } formats[] = {{".csv", EVTXSEQ_CSV}, {".jsonl", EVTXSEQ_JSONL}, {".html", EVTXSEQ_HTML}};
    const char *suffix = options->output == NULL ? NULL : strrchr(options->output, '.');
    for (size_t i = 0; suffix != NULL && i < sizeof formats / sizeof *formats; i++) {
        if (!options->has_format && strcasecmp(suffix, formats[i].suffix) == 0) {
            options->style.format = formats[i].format;
        }
    }
}

static bool has_empty_range(const struct options *options) {
    return options->since != NULL && options->until != NULL &&
           options->since_time >= options->until_time;
}

static bool deny(const char *why) {
    complain("%s", why);
    return false;
}

// False when one of the options does not go with --collect or --merge, which is said.
static bool go_with_action(const struct options *options) {
    if (options->action == ACTION_COLLECT && options->collected_apart != NULL) {
        complain("--%s says what to do with findings, of which --collect makes none; give it to "
                 "--merge",
                 options->collected_apart);
        return false;
    }
    if (options->action == ACTION_MERGE && options->merged_apart != NULL) {
        complain("--%s says how to read logs, and --merge reads none; give it to --collect",
                 options->merged_apart);
        return false;
    }
    if (options->action == ACTION_COLLECT && options->output == NULL && isatty(STDOUT_FILENO)) {
        return deny("--collect needs --output, or a standard output that is no terminal");
    }
    return true;
}

// False when the options of a run do not go together, which is said.
static bool go_together(const struct options *options, bool is_table) {
    if (!go_with_action(options)) {
        return false;
    }
    if (options->is_coverage && !is_table) {
        return deny("--coverage needs the format text, csv or jsonl");
    }
    const char *output = options->output == NULL ? "-" : options->output;
    if (options->report != NULL && strcmp(options->report, output) == 0) {
        return deny("--output and --report need a file each");
    }
    if (options->has_part && options->action != ACTION_COLLECT) {
        return deny("--part needs --collect");
    }
    if (options->has_expected && options->action != ACTION_MERGE) {
        return deny("--expect needs --merge");
    }
    if (options->null && options->files_from == NULL) {
        return deny("--null needs --files-from");
    }
    if (has_empty_range(options)) {
        return deny("the time of --since must be before that of --until");
    }
    return options->path_count > 0 || options->files_from != NULL || deny("no PATH given");
}

static bool is_asked_well(const struct options *options, enum options_result what) {
    enum evtxseq_format format = options->style.format;
    bool is_table = format == EVTXSEQ_TEXT || format == EVTXSEQ_CSV || format == EVTXSEQ_JSONL;
    if (what == OPTIONS_LIST_RULES && !is_table) {
        return deny("--list-rules needs the format text, csv or jsonl");
    }
    if (what == OPTIONS_EXPLAIN && !is_table) {
        return deny("--explain needs the format text, csv or jsonl");
    }
    return what != OPTIONS_RUN || go_together(options, is_table);
}

// Before getopt_long(), which changes their order.
static bool keep_arguments(struct options *options, int argc, char **argv) {
    options->arguments = calloc((size_t)argc + 1, sizeof *options->arguments);
    for (int i = 0; options->arguments != NULL && i < argc; i++) {
        options->arguments[options->argument_count++] = argv[i];
    }
    return options->arguments != NULL;
}

// OPTIONS_WRONG when something is wrong with an option, which has been said.
static enum options_result read_words(int argc, char **argv, struct options *options) {
    enum options_result result = OPTIONS_RUN;
    int option = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
        if (option == 'h') {
            return OPTIONS_HELP;
        }
        if (option == 'V') {
            return OPTIONS_VERSION;
        }
        if (option == '?' || option == ':') {
            complain_of_option(option, argv[optind - 1]);
        }
        if (!read_option(option, optarg, options)) {
            return OPTIONS_WRONG;
        }
        note_given(option, options);
        result = option == OPTION_LIST_RULES ? OPTIONS_LIST_RULES
                 : option == OPTION_EXPLAIN  ? OPTIONS_EXPLAIN
                                             : result;
    }
    options->paths = (const char *const *)(argv + optind);
    options->path_count = (size_t)(argc - optind);
    return result;
}

enum options_result options_read(int argc, char **argv, struct options *options) {
    *options = (struct options){.scan = evtxseq_options_new()};
    if (options->scan == NULL || !keep_arguments(options, argc, argv)) {
        complain("%s", strerror(errno));
        return OPTIONS_WRONG;
    }
    enum options_result result = read_words(argc, argv, options);
    if (result == OPTIONS_HELP || result == OPTIONS_VERSION) {
        return result;
    }
    choose_format(options);
    evtxseq_options_set_hashes(options->scan,
                               options->report != NULL || options->style.format == EVTXSEQ_HTML);
    if (result == OPTIONS_WRONG || !is_asked_well(options, result)) {
        (void)fputs("Try 'evtxseq --help'.\n", stderr);
        return OPTIONS_WRONG;
    }
    return result;
}

void options_free(struct options *options) {
    evtxseq_options_free(options->scan);
    free(options->rule_lists);
    free(options->arguments);
}
