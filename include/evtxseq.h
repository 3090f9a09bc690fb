// SPDX-License-Identifier: GPL-3.0-or-later
// libevtxseq: runs detection rules over Sysmon event logs (.evtx), as the command evtxseq does.
//
//     struct evtxseq_options *options = evtxseq_options_new();
//     struct evtxseq_scan *scan = evtxseq_scan_paths(options, paths, path_count);
//     for (size_t i = 0; i < evtxseq_scan_finding_count(scan); i++) {
//         const struct evtxseq_finding *finding = evtxseq_scan_finding(scan, i);
//         ...
//     }
//     evtxseq_scan_free(scan);
//     evtxseq_options_free(options);
//
// The command is a program like any other that uses this header. evtxseq(1) says what is found and
// how, evtxseq-output(5) what the formats look like.
//
// Ownership. Options and scans are the caller's, to be freed with the function of that name, which
// does nothing for NULL. Findings, events, problems and texts that a scan hands out belong to it,
// do not change, and go with it. Rules are always there. A scan keeps nothing of the options, and
// when it is finished nothing of the paths.
//
// Arguments must not be NULL unless it says so. An index must be less than the count it belongs to.
//
// Units. Times are milliseconds since 1970-01-01T00:00:00Z, UTC; spans are milliseconds. Texts end
// with NUL. Values of events are valid UTF-8, whatever was logged, but not fit for a terminal: they
// may hold control characters. Paths are bytes as the caller or the system gave them.
//
// Processes. Hostile bytes are decoded in processes of their own: a scan forks workers, which do
// not exec, give up all file descriptors but their own, are sandboxed with seccomp(2), and are all
// gone when it is finished. So that this works, from its start to its end:
// - A lock that another thread holds while a worker is forked stays locked in the worker. Scan in a
//   program with one thread, or while the other threads are known to be waiting.
// - Leave the workers' exit to the library: do not wait for any child meanwhile, and do not have
//   SIGCHLD ignored.
// Scans write nothing to standard output or standard error.
//
// Versions. Functions and enumerators keep name, value and meaning as long as EVTXSEQ_API stays the
// same; it grows when that breaks. Enumerations and structures may get further members: start a
// structure from all zero.
#ifndef EVTXSEQ_H
#define EVTXSEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EVTXSEQ_API 3

// The library's version, such as "0.2.0".
const char *evtxseq_version(void);

// Rules

// Rules that a scan looks for, and one of them.
struct evtxseq_rules;
struct evtxseq_rule;

// None yet. NULL when memory ran out.
struct evtxseq_rules *evtxseq_rules_new(void);
void evtxseq_rules_free(struct evtxseq_rules *rules);

// Adds a list of rules: a rule file (.toml, .json, .ndjson, .eql), a directory of them, or such
// paths and IDs of built-in rules joined by commas; `all` is every built-in rule. Of two rules of
// one ID the later counts. Rules whose `index` names no source that Sysmon's events are in are left
// out, unless any_index. False with errno set when memory ran out, or ENOENT when a part of the
// list is none of these; a file that is wrong is a problem of the rules.
bool evtxseq_rules_add(struct evtxseq_rules *rules, const char *list, bool any_index);

// To be called once, after the last is added. Rules whose query is wrong are left out. False with
// errno set when memory ran out. All that follows is to be had when this has returned true.
bool evtxseq_rules_compile(struct evtxseq_rules *rules);

size_t evtxseq_rules_count(const struct evtxseq_rules *rules);
const struct evtxseq_rule *evtxseq_rules_at(const struct evtxseq_rules *rules, size_t index);

// The rule of this ID, such as "wmi-script-execution"; NULL when there is none.
const struct evtxseq_rule *evtxseq_rules_find(const struct evtxseq_rules *rules, const char *id);

// How many rules and rule files are wrong, and so not among the rules.
size_t evtxseq_rules_wrong_count(const struct evtxseq_rules *rules);

// Whether one of them, or a wrong one, is in this file, by the device that it is on and its number
// there (st_dev and st_ino of stat()): an output must not take its place.
bool evtxseq_rules_have_file(const struct evtxseq_rules *rules, uint64_t device, uint64_t number);

// Its ID, name, severity ("medium") and risk score (0 to 100).
const char *evtxseq_rule_id(const struct evtxseq_rule *rule);
const char *evtxseq_rule_name(const struct evtxseq_rule *rule);
const char *evtxseq_rule_severity(const struct evtxseq_rule *rule);
int evtxseq_rule_risk_score(const struct evtxseq_rule *rule);

// ATT&CK tactics and techniques, such as "T1059.005". The ID of the finest that each entry names.
size_t evtxseq_rule_technique_count(const struct evtxseq_rule *rule);
const char *evtxseq_rule_technique(const struct evtxseq_rule *rule, size_t index);

// Options

struct evtxseq_options;

enum evtxseq_clock {
    EVTXSEQ_CLOCK_UTC = 0,   // UtcTime; TimeCreated where that is missing or malformed
    EVTXSEQ_CLOCK_LOGGED = 1 // TimeCreated alone
};

// The most worker processes.
enum { EVTXSEQ_JOBS_MAX = 256 };

// The command's defaults. NULL when memory ran out.
struct evtxseq_options *evtxseq_options_new(void);
void evtxseq_options_free(struct evtxseq_options *options);

// Which rules to look for; they must be compiled, and outlive the options and every scan. Default:
// the built-in rule wmi-script-execution.
void evtxseq_options_set_rules(struct evtxseq_options *options, const struct evtxseq_rules *rules);

// Only what Elastic's rule alerts on: findings whose basis is EVTXSEQ_EXACT. Default: false.
void evtxseq_options_set_strict(struct evtxseq_options *options, bool strict);

// The longest span from first to last event, inclusive, of built-in sequences; negative for their
// own, the default.
void evtxseq_options_set_maxspan(struct evtxseq_options *options, int64_t span);

// Which clock orders events. Default: EVTXSEQ_CLOCK_UTC.
void evtxseq_options_set_clock(struct evtxseq_options *options, enum evtxseq_clock clock);

// Only findings whose time is `since` or later, and before `until`. Default: all.
void evtxseq_options_set_since(struct evtxseq_options *options, int64_t since);
void evtxseq_options_set_until(struct evtxseq_options *options, int64_t until);

// Reads any input, such as the image of a disk, for the chunks of logs in it. Default: false.
void evtxseq_options_set_carve(struct evtxseq_options *options, bool carve);

// Whether to read records from slack space and unused chunks. Default: true.
void evtxseq_options_set_recovered(struct evtxseq_options *options, bool recovered);

// Whether to look for the context of findings, which takes two further passes. Default: true.
void evtxseq_options_set_context(struct evtxseq_options *options, bool context);

// Counts what the logs hold of the events that the rules need, and finds nothing. Default: false;
// what is counted is there either way.
void evtxseq_options_set_only_coverage(struct evtxseq_options *options, bool only_coverage);

// Whether to decode only the records that may be of interest. Without, which is slow, the findings
// are the same: that is what it is for. Default: true.
void evtxseq_options_set_filter(struct evtxseq_options *options, bool filter);

// Whether to hash each input that can be read twice, by SHA-256, for EVTXSEQ_HTML and the account
// of a run, in as many worker processes more. Default: false.
void evtxseq_options_set_hashes(struct evtxseq_options *options, bool hashes);

// The number of worker processes, from 1 to EVTXSEQ_JOBS_MAX; less counts as 1, more as that.
// Default: the processors available.
void evtxseq_options_set_jobs(struct evtxseq_options *options, size_t jobs);

// Only findings of rules of this severity ("low", "medium", "high", "critical") and above; the
// others do not count as rules in use, either. False, and nothing is set, for any other text.
// Default: low.
bool evtxseq_options_set_min_severity(struct evtxseq_options *options, const char *severity);

// Times and durations as the command reads them: RFC 3339, such as "2024-05-01T10:00:00Z", where
// seconds and zone may be missing, or a date, which is the midnight that it begins with, and as an
// end that which it ends with; "500ms", "5s", "1m". False, and nothing is set, for anything else.
bool evtxseq_parse_time(const char *text, int64_t *time);
bool evtxseq_parse_end(const char *text, int64_t *time);
bool evtxseq_parse_duration(const char *text, int64_t *span);

// Scans

struct evtxseq_scan;
struct evtxseq_finding;
struct evtxseq_event;
struct evtxseq_problem;

// Reads every log that the paths name: logs, directories, or "-" for a log on standard input. All
// are read together: sequences run across them. NULL with errno set when memory
// or processes ran out; whatever else goes wrong is a problem of the scan. `options` may be NULL
// for the defaults, `paths` where `count` is 0.
struct evtxseq_scan *evtxseq_scan_paths(const struct evtxseq_options *options,
                                        const char *const *paths, size_t count);
void evtxseq_scan_free(struct evtxseq_scan *scan);

// The same step by step, to show progress or to give up, by evtxseq_scan_free(), on the way:
//
//     struct evtxseq_scan *scan = evtxseq_scan_start(options, paths, path_count);
//     while (evtxseq_scan_step(scan, 100)) {
//         show(evtxseq_scan_progress(scan));
//     }
//     if (evtxseq_scan_finish(scan)) ...
//
// The paths must stay until it is finished. NULL with errno set when memory or processes ran out.
struct evtxseq_scan *evtxseq_scan_start(const struct evtxseq_options *options,
                                        const char *const *paths, size_t count);

// Goes on for about `timeout` milliseconds at most. False when there is nothing more to do.
bool evtxseq_scan_step(struct evtxseq_scan *scan, int timeout);

// To be called once, after the last step. False with errno set when memory ran out, and then the
// scan can only be freed. All that follows is to be had when this has returned true.
bool evtxseq_scan_finish(struct evtxseq_scan *scan);

// How far it has come, between its start and its end.
struct evtxseq_progress {
    size_t pass;     // 0, then from 1 on those that look for context
    uint64_t bytes;  // read in this pass; workers say so themselves, so it may be any number
    uint64_t total;  // to be read in it; 0 when that is not known (yet)
    size_t inputs;   // begun in it
    size_t events;   // that meet a stage of a rule
    size_t findings; // 0 in the first pass
};

struct evtxseq_progress evtxseq_scan_progress(const struct evtxseq_scan *scan);

// Whether a file is an input that has been opened so far, by the device that it is on and its
// number there (st_dev and st_ino of stat()): an output must not take the place of one.
bool evtxseq_scan_has_input(const struct evtxseq_scan *scan, uint64_t device, uint64_t number);

// Findings, sorted by time, host and record numbers.
size_t evtxseq_scan_finding_count(const struct evtxseq_scan *scan);
const struct evtxseq_finding *evtxseq_scan_finding(const struct evtxseq_scan *scan, size_t index);

// Why findings are not among those of a scan: the first of these that holds.
enum evtxseq_left_out {
    EVTXSEQ_BELOW_SEVERITY = 0, // their rule's severity is not asked for
    EVTXSEQ_NOT_EXACT = 1,      // only those that Elastic's engine alerts on are
    EVTXSEQ_OUT_OF_TIME = 2     // they are before `since`, or not before `until`
};

// How many findings were left out for that.
size_t evtxseq_scan_left_out_count(const struct evtxseq_scan *scan, enum evtxseq_left_out why);

// Problems, sorted by path and offset.
size_t evtxseq_scan_problem_count(const struct evtxseq_scan *scan);
const struct evtxseq_problem *evtxseq_scan_problem(const struct evtxseq_scan *scan, size_t index);

// Whether no finding can have been missed for want of reading: there was a log, and there is no
// serious problem. Where this is false, "nothing found" is not to be trusted.
bool evtxseq_scan_is_complete(const struct evtxseq_scan *scan);

// Whether there is a host with Sysmon's events on which no rule in use could have found anything,
// because the events that it needs were not logged; or no Sysmon event in any log.
bool evtxseq_scan_has_blind_host(const struct evtxseq_scan *scan);

// Whether all context of findings has been looked for; memory or processes may have run out.
bool evtxseq_scan_has_all_context(const struct evtxseq_scan *scan);

// Whether every worker was in a sandbox. Not so where the system has no seccomp filters.
bool evtxseq_scan_was_sandboxed(const struct evtxseq_scan *scan);

// What was read. A record is live, or was read from slack space or an unused chunk.
uint64_t evtxseq_scan_log_count(const struct evtxseq_scan *scan);
uint64_t evtxseq_scan_byte_count(const struct evtxseq_scan *scan);
uint64_t evtxseq_scan_record_count(const struct evtxseq_scan *scan);    // live ones
uint64_t evtxseq_scan_recovered_count(const struct evtxseq_scan *scan); // others

// Members of archives that were passed over, as they are neither logs nor archives.
uint64_t evtxseq_scan_passed_over_count(const struct evtxseq_scan *scan);

// Many machines
//
// Rules find what lies in several logs, of several hosts. So where the logs are read by many
// machines, each collects what rules keep of its share, into an events file, and one merges these:
// it finds what one scan of all logs would find, and writes the same.

// Has scans collect: they keep, in a file without a name in `directory`, what rules and the context
// of findings need of events, and find nothing; inputs are hashed. The directory must stay as long
// as the options. NULL, the default: scans find.
void evtxseq_options_set_collect(struct evtxseq_options *options, const char *directory);

// How many different events files there must be for a merge; fewer are a problem. Default: 0.
void evtxseq_options_set_expected(struct evtxseq_options *options, size_t count);

// Which of `count` equal parts of the inputs, from 1 on, such scans read: each reads all of the
// small inputs that begin in its part, and of a large log the chunks that do. Inputs count in the
// order of their paths; they must be the same for all parts, and none may be a pipe. A log that is
// read in parts is not hashed. False, and nothing is set, unless 1 <= number <= count <=
// EVTXSEQ_PARTS_MAX. Default: 1 of 1, and logs are not cut.
enum { EVTXSEQ_PARTS_MAX = 1000000 };
bool evtxseq_options_set_part(struct evtxseq_options *options, uint32_t number, uint32_t count);

// Writes the events file of a finished scan that has collected. What its options say of rules,
// clock, span, slack space, carving and context is in it; what they say of findings is not. False
// with errno set when memory ran out or writing failed, or EINVAL when the scan has not collected.
struct evtxseq_collected {
    uint64_t events;
    uint64_t bytes; // of the file
};
bool evtxseq_scan_write_events(struct evtxseq_scan *scan, FILE *stream,
                               struct evtxseq_collected *collected);

// As evtxseq_scan_start(), of events files, and directories of them. Which rules to look for, clock
// and so on is in the files; where the options name rules, they must be these. Files that do not go
// together fail the scan: evtxseq_scan_finish() is false with EINVAL, and the refusal says why. One
// that is not whole is a problem, and nothing of it is taken. One that is another once more counts
// once.
struct evtxseq_scan *evtxseq_merge_start(const struct evtxseq_options *options,
                                         const char *const *paths, size_t count);

// Why events files cannot be merged, naming them; NULL where they can. Fit for a terminal.
const char *evtxseq_scan_refusal(const struct evtxseq_scan *scan);

// The rules of a finished merge; of another scan NULL.
const struct evtxseq_rules *evtxseq_scan_rules(const struct evtxseq_scan *scan);

// Findings

enum evtxseq_basis {
    EVTXSEQ_EXACT = 0,     // Elastic's engine would alert on this very sequence or event
    EVTXSEQ_REPEAT = 1,    // the last event meets the rule, but an earlier one used the sequence up
    EVTXSEQ_IMAGE_NAME = 2 // no OriginalFileName field; the image's own name stands in
};

// Its ID, the same in every run and on every machine; the formats have it in 16 hex digits.
uint64_t evtxseq_finding_id(const struct evtxseq_finding *finding);

const struct evtxseq_rule *evtxseq_finding_rule(const struct evtxseq_finding *finding);

enum evtxseq_basis evtxseq_finding_basis(const struct evtxseq_finding *finding);

// The name of the computer as it is in the log; NULL when missing.
const char *evtxseq_finding_host(const struct evtxseq_finding *finding);

// The time of its last event by the scan's clock.
int64_t evtxseq_finding_time(const struct evtxseq_finding *finding);

// From its first event to its last; 0 for a rule with one stage.
int64_t evtxseq_finding_span(const struct evtxseq_finding *finding);

// Its events, in the order of the rule's stages: one at least, the last is what happened.
size_t evtxseq_finding_event_count(const struct evtxseq_finding *finding);
const struct evtxseq_event *evtxseq_finding_event(const struct evtxseq_finding *finding,
                                                  size_t index);

// Context, all of it process creations (Event ID 1). It is absent (NULL, 0) where it is in none of
// the inputs, or was not looked for.

// The creation of the process of one of the finding's events: its command line, user, parent. The
// event itself if it is that.
const struct evtxseq_event *evtxseq_finding_creation(const struct evtxseq_finding *finding,
                                                     size_t event);

// Those of that process's ancestors, its parent first.
size_t evtxseq_finding_ancestor_count(const struct evtxseq_finding *finding, size_t event);
const struct evtxseq_event *evtxseq_finding_ancestor(const struct evtxseq_finding *finding,
                                                     size_t event, size_t index);

// Those of the processes that the last event's process went on to start, and theirs: each after its
// parent.
size_t evtxseq_finding_descendant_count(const struct evtxseq_finding *finding);
const struct evtxseq_event *evtxseq_finding_descendant(const struct evtxseq_finding *finding,
                                                       size_t index);

// Events

unsigned evtxseq_event_id(const struct evtxseq_event *event);     // Event ID
uint64_t evtxseq_event_record(const struct evtxseq_event *event); // EventRecordID
int64_t evtxseq_event_time(const struct evtxseq_event *event);    // by the scan's clock

// Where it was read: the input, "-" for standard input, and the byte in it.
const char *evtxseq_event_path(const struct evtxseq_event *event);
uint64_t evtxseq_event_offset(const struct evtxseq_event *event);

// Whether it was read from slack space or an unused chunk.
bool evtxseq_event_is_recovered(const struct evtxseq_event *event);

// A field's value by its name in the event's EventData, such as CommandLine; or Computer, Channel.
// NULL when the value is missing, which empty, "-" and the all-zero GUID count as, and for any
// other name.
const char *evtxseq_event_field(const struct evtxseq_event *event, const char *name);

// Problems

enum evtxseq_problem_kind {
    EVTXSEQ_UNREADABLE = 0,   // an input could not be opened or read
    EVTXSEQ_NO_LOG = 1,       // an input is not an EVTX log
    EVTXSEQ_MAY_MATCH = 2,    // a record that may be evidence could not be decoded
    EVTXSEQ_UNDECIDED = 3,    // an event takes a rule, the reason, too long; it may match
    EVTXSEQ_WORKER = 4,       // the process decoding a chunk died; any record of it may be evidence
    EVTXSEQ_DIFFERENCE = 5,   // an event was read in two ways; findings may be hidden
    EVTXSEQ_OVERLAP = 6,      // too many chunks overlap; not all have been read
    EVTXSEQ_CHECKSUM = 7,     // a chunk is not what its checksum says; findings may be lost
    EVTXSEQ_MISSING = 8,      // chunks are missing, as the record numbers of the others show
    EVTXSEQ_TOO_MUCH = 9,     // an input holds more than is kept of one
    EVTXSEQ_ARCHIVE = 10,     // an archive, or what is in it, could not be unpacked in full
    EVTXSEQ_ABSENT = 11,      // events files that are expected are not there
    EVTXSEQ_IMAGE = 12,       // a forensic image could not be read in full
    EVTXSEQ_TRUNCATED = 13,   // an input ends in the middle of a header or chunk
    EVTXSEQ_FILE_HEADER = 14, // a log's file header is damaged
    EVTXSEQ_CHUNK = 15,       // a chunk is damaged
    EVTXSEQ_OUTDATED = 16,    // a chunk was written to after its checksum: the log was not closed
    EVTXSEQ_RECORD = 17,      // a record could not be decoded; nothing says that it is evidence
    EVTXSEQ_REMAINS = 18,     // the same, of one in slack space or an unused chunk
    EVTXSEQ_DAMAGED_RECORD = 19, // a record's size and values do not fit each other
    EVTXSEQ_DEFINITION = 20, // records of a template definition were decoded one by one; hides none
    EVTXSEQ_NOT_CARVED = 21, // a forensic image in a directory was passed over
    EVTXSEQ_LINK = 22        // a symbolic link in a directory was not followed
};

enum evtxseq_problem_kind evtxseq_problem_kind(const struct evtxseq_problem *problem);

// Such as "damaged chunk", or "damaged chunks" where `count` is not 1. NULL for what is not a kind.
const char *evtxseq_problem_kind_text(enum evtxseq_problem_kind kind, size_t count);

// How many problems of a kind a scan has come upon; some may not be listed, for want of memory.
size_t evtxseq_scan_problem_kind_count(const struct evtxseq_scan *scan,
                                       enum evtxseq_problem_kind kind);

// Whether it may have cost a finding.
bool evtxseq_problem_is_serious(const struct evtxseq_problem *problem);

const char *evtxseq_problem_path(const struct evtxseq_problem *problem);
uint64_t evtxseq_problem_offset(const struct evtxseq_problem *problem); // UINT64_MAX: not known
const char *evtxseq_problem_reason(const struct evtxseq_problem *problem);

// Writing
//
// As the command does, to a stream, which is not flushed. False with errno set when memory ran out
// or writing failed.

enum evtxseq_format {
    EVTXSEQ_TEXT = 0,
    EVTXSEQ_CSV = 1,
    EVTXSEQ_JSONL = 2,
    EVTXSEQ_TIMESKETCH = 3,
    EVTXSEQ_BRIEF = 4, // text, a line a finding
    EVTXSEQ_HTML = 5   // a page that tells of the whole scan
};

// What the output looks like. All zero, or NULL instead: text with lines of any length, without
// colours.
struct evtxseq_style {
    enum evtxseq_format format;
    bool csv_raw;   // cells of CSV, Timesketch's too, are not guarded against formulas
    bool is_colour; // of text and brief: for a terminal
    size_t width; // of text and brief: the columns that lines are broken at, at least 40; 0 for no
                  // limit
};

// All findings, and what the format has before and after them.
bool evtxseq_scan_write(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                        FILE *stream);

// The same in memory: *size bytes, and a NUL that this does not count, to be freed with free().
// NULL with errno set when memory ran out. `size` may be NULL.
char *evtxseq_scan_print(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                         size_t *size);

// What the logs hold of the events that the scan's rules need, by log and host. Not as
// EVTXSEQ_TIMESKETCH, EVTXSEQ_BRIEF or EVTXSEQ_HTML: that fails with EINVAL.
bool evtxseq_scan_write_coverage(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 FILE *stream);

// A run, as far as the scan does not know it.
struct evtxseq_run {
    const char *const *arguments; // that the program was started with, its own name first
    size_t argument_count;
    int64_t started;
    int64_t duration;
    int status; // that the program is to end with
    const char *reason;
};

// The account of a run: JSON, described in evtxseq-output(5).
bool evtxseq_scan_write_account(const struct evtxseq_scan *scan, const struct evtxseq_run *run,
                                FILE *stream);

// The rest is text for people, in lines.

// "evtxseq: warning: ...": what a host's logs have none of, so that "nothing found" means little.
// With only_blind those alone that evtxseq_scan_has_blind_host() is about.
bool evtxseq_scan_write_warnings(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 bool only_blind, FILE *stream);

// "evtxseq: ...": the serious problems, a line for each record that may match and for each kind of
// others, and what is wrong with the scan as a whole. With `all`, a line for every problem.
bool evtxseq_scan_write_problems(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                 bool all, FILE *stream);

// "evtxseq: ...": how many findings, and in what, in how many seconds; how many were left out; how
// many problems of each kind. A line each.
bool evtxseq_scan_write_summary(const struct evtxseq_scan *scan, const struct evtxseq_style *style,
                                double seconds, FILE *stream);

// A size for people, such as "11.2 MiB".
enum { EVTXSEQ_SIZE_TEXT = 16 };
void evtxseq_size_text(double bytes, char text[EVTXSEQ_SIZE_TEXT]);

// Text from anywhere, which then cannot act on a terminal: control characters and the like are
// written as escapes.
bool evtxseq_write_visible(const char *text, FILE *stream);

// What is wrong with rule files: "FILE:LINE:COLUMN: what was expected", the line and a caret. With
// `all`, what was left out as well, and why.
bool evtxseq_rules_write_problems(const struct evtxseq_rules *rules, bool all, FILE *stream);

// The rules, one a line: what each needs, and whether it runs, runs in part or cannot match, and
// why. As text, CSV or JSONL; other formats fail with EINVAL.
bool evtxseq_rules_write(const struct evtxseq_rules *rules, const struct evtxseq_style *style,
                         FILE *stream);

// A rule: all that it says of itself, and its query. In the same formats; CSV and JSONL have the
// names of its file.
bool evtxseq_rule_write(const struct evtxseq_rule *rule, const struct evtxseq_style *style,
                        FILE *stream);

#ifdef __cplusplus
}
#endif

#endif
