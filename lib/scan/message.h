// SPDX-License-Identifier: GPL-3.0-or-later
// What the process that decodes tells the one that asked. The decoder may have been taken over by
// what it decodes, so nothing in a message is believed before it is checked.
#ifndef EVTXSEQ_MESSAGE_H
#define EVTXSEQ_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/sha256.h"
#include "match/notes.h"
#include "match/timeline.h"
#include "rules/event.h"
#include "rules/rule.h"
#include "scan/coverage.h"
#include "scan/problem.h"
#include "scan/reader.h"
#include "scan/share.h"

enum message_kind {
    // A stage event: struct message_event, its hits as struct rule_hit, the block of struct event.
    MESSAGE_EVENT,
    MESSAGE_PROBLEM, // struct message_problem
    MESSAGE_DONE,    // the segment is finished: nothing follows
    // Anywhere before that: the process could not enter the sandbox, see sandbox.h.
    MESSAGE_NO_SANDBOX,
    MESSAGE_COVERAGE, // struct coverage_row
    MESSAGE_NOTE,     // struct note
    // Bytes of a record that cannot be decoded: struct message_problem, which it is if the record
    // is
    // one that a later pass looks for; then each run of bytes, with its size, uint32_t, before it.
    MESSAGE_BYTES,
    MESSAGE_HASH, // the SHA-256 of a whole input
    // A template definition that is read rightly, for the pool alone: see vouched.h.
    MESSAGE_DEFINITION,
    // What is said of and in events files (events_file.h).
    MESSAGE_FILE,        // struct message_file: the file is whole
    MESSAGE_SETTINGS,    // a piece of the text of its settings, and of the names that go with them
    MESSAGE_NAMES,       //
    MESSAGE_INPUT,       // struct message_input and its path: what follows is said of that input
    MESSAGE_AT,          // what follows is said of the input of this number in the file: uint32_t
    MESSAGE_TOLD,        // struct message_told, a path and a reason
    MESSAGE_OTHER_HOSTS, // struct coverage_row, of the hosts that are not told apart
    MESSAGE_ARCHIVE,     // struct message_archive and its path
    MESSAGE_TOTALS,      // struct message_totals
    MESSAGE_MARKS,       // struct message_marks, and marks: see wanted.h
    MESSAGE_SHARE,       // struct message_share: the file holds one of several shares
};

// Larger than any event that Sysmon writes: a record has at most 64 KiB. One that was made to be
// larger, by a template that shows the same value many times, is not sent.
enum { MESSAGE_SIZE_MAX = 1 << 20 };

// Sysmon's definitions have 3 KiB at most. Of one that is larger nothing is said.
enum { MESSAGE_DEFINITION_MAX = 8192 };

// Bytes of all events of one chunk that are sent, of each kind: see below. Those that Sysmon writes
// come to less than half of it, for a chunk has 64 KiB; a template that was made for it makes much
// of little.
enum { MESSAGE_CHUNK_EVENTS_MAX = 1 << 20 };

// What a decoder can have to say of so many bytes of an input: more is not what they hold.
//
// A record has 28 bytes at least, and three messages at most: the event, or what is wrong with it;
// that its size does not fit; what is counted of its host. Rules that it takes too long have one
// each, after a hundredth of the time that its chunk has; definitions are few. So one message for
// each 8 bytes will do.
// As for their size: events have 16 bytes for each of a chunk at most, as above; when they are
// collected, those that meet no stage as many, and so have bytes of records that cannot be decoded.
// The largest of the others, a host's counts, has 600 for a record that names the host in 100.
//
// The base is for a chunk that begins in these bytes and ends elsewhere, for what is said of an
// input as a whole, and for chunks that overlap.
enum {
    MESSAGES_BASE = 4 * 8192,
    MESSAGES_BYTES = 8, // for each of these one more
    MESSAGES_SIZE_BASE = 8 * MESSAGE_CHUNK_EVENTS_MAX,
    MESSAGES_SIZE_FACTOR = 64,
};

// Messages that have come.
struct message_sum {
    uint64_t count;
    uint64_t size; // bytes
};

// Whether they can be of so many bytes of an input.
bool message_sum_is_possible(const struct message_sum *sum, uint64_t input_bytes);

struct message_header {
    uint32_t kind;
    uint32_t size; // bytes that follow
};

struct message_event {
    uint64_t offset; // of the record in the input
    uint32_t recovered;
    uint32_t damaged; // the record's size and values do not fit each other
    uint32_t hit_count;
    uint32_t in_chunk; // offset of the record in its chunk
};

// Why, where the kind of problem leaves that open.
enum message_reason {
    REASON_NO_SIGNATURE,
    REASON_BAD_HEADER,
    REASON_BAD_RECORDS,
    REASON_NOT_DECODED,   // libevtx gave up on the record
    REASON_TOO_MUCH,      // the events of its chunk come to more text than is read
    REASON_MANY_FAILURES, // on too many of its chunk
    REASON_TEMPLATE_GONE, // the record needs a template definition that has been overwritten
    REASON_TEXT_JOINED,   // text of the record is put together from several values
    REASON_NOT_AN_EVENT,  // what libevtx made of it is no event
    REASON_NO_MEMORY,
    REASON_TOO_LARGE,        // the event is larger than a message, or its XML than is read
    REASON_DIFFERENT,        // libevtx makes something else of it than it says in place
    REASON_RULE_LIMIT,       // the rule of this number asks for more work on it than is done
    REASON_MANY_DEFINITIONS, // more template definitions than are checked
    REASON_HEADER_SUM,       // a chunk's header is not what its checksum says
    REASON_RECORDS_SUM,      // its records are not
    REASON_MISFIT,           // the record's size and values do not fit each other
    REASON_GAP,              // no chunk has the records before those of this one
    REASON_OFF_GRID,         // a chunk is not where it should be
    REASON_MANY_CHUNKS,      // more chunks overlap than are read
    REASON_ENDS_IN_HEADER,
    REASON_ENDS_IN_CHUNK,
    REASON_NO_LOG,
    REASON_FILE_HEADER,
    REASON_SHORTER, // an input ends before the size that it had
    REASON_READ,    // system_error says why
    REASON_NO_EVENTS_FILE,
    REASON_OTHER_VERSION, // another version of this program wrote the events file
    REASON_ENDS_EARLY,    // as an events file that was not written to its end
    REASON_DAMAGED,       // its checksums say so
    REASON_GROWS,         // more comes of it than of any that was collected
    REASON_COUNT
};

// The main process may notice that too.
#define REASON_SHORTER_TEXT "became shorter while it was read"

enum { MESSAGE_TEXT_SIZE = 64 };

struct message_problem {
    uint64_t offset; // in the input
    uint32_t kind;   // enum problem_kind
    uint32_t reason; // enum message_reason
    // Of PROBLEM_MAY_MATCH: the record's number, the FILETIME of its head, and a text of a rule
    // that stands in it, cut at this size; empty for none.
    uint64_t record;
    uint64_t written;
    char text[MESSAGE_TEXT_SIZE];
    int32_t system_error;
    uint32_t rule; // its number in the set
};

struct message_file {
    uint8_t settings[SHA256_SIZE]; // of its settings
    uint8_t digest[SHA256_SIZE];   // of the file
};

// An input as a run has seen it.
struct message_input {
    struct scan_tally tally;
    uint64_t size; // bytes
    uint64_t creations;
    uint64_t problem_cut;
    // 0 or 1 each: see struct source.
    uint8_t is_once;
    uint8_t in_archive;
    uint8_t is_not_a_log;
    uint8_t is_off_grid;
    uint8_t has_hash;
    uint8_t is_shared;
    uint8_t unused[2];
    uint8_t hash[SHA256_SIZE];
    uint32_t listed; // with is_shared its number in the listing of inputs
    uint32_t unused_too;
};

// A problem in words, of the input at hand where the path is empty.
struct message_told {
    uint64_t offset;
    uint32_t kind;       // enum problem_kind
    uint32_t is_suspect; // 0 or 1: whether it is one, all parts of the log together tell
    uint32_t path_size;
    uint32_t unused;
};

// An archive, or a file of a forensic image.
struct message_archive {
    uint64_t size;     // bytes
    uint32_t has_hash; // 0 or 1
    uint32_t is_image; // the same
    uint8_t hash[SHA256_SIZE];
};

struct message_totals {
    uint64_t passed_over;   // members of archives that are neither logs nor archives
    uint64_t lacks_sandbox; // 0 or 1
};

struct message_marks {
    uint64_t weight; // of the events, together: see timeline_weight()
};

struct message_share {
    struct share share;
    uint8_t inputs[SHA256_SIZE]; // of which inputs, see listing_hash()
};

struct message;

// Adds a message that is one piece, as message_kind says, for the kinds that have nothing of their
// own below.
void message_add(struct buffer *out, enum message_kind kind, const void *content, size_t size);
// Bytes of a message with the event.
size_t message_event_size(const struct message_event *head, const struct event *event);

// `hits` are head->hit_count. False, and nothing is added, where that is more than a message
// holds.
bool message_add_event(struct buffer *out, const struct message_event *head,
                       const struct rule_hit *hits, const struct event *event);
// `system_error` is an errno value for REASON_READ, 0 otherwise.
void message_add_problem(struct buffer *out, enum problem_kind kind, enum message_reason reason,
                         uint64_t offset, int system_error);
// That an event could not be judged by a rule.
void message_add_undecided(struct buffer *out, uint64_t offset, size_t rule);
// For PROBLEM_MAY_MATCH; `head` is the record's first 24 bytes.
void message_add_may_match(struct buffer *out, enum message_reason reason, uint64_t offset,
                           const uint8_t *head, struct text text);
void message_add_done(struct buffer *out);
void message_add_no_sandbox(struct buffer *out);
// False, and nothing is added, where the bytes are more than a message holds. `head` is the
// record's first 24 bytes.
bool message_add_bytes(struct buffer *out, enum message_reason reason, uint64_t offset,
                       const uint8_t *head, const struct raw *raw, size_t count);
// `content`, `size` bytes of it, tells the definition from others.
void message_add_definition(struct buffer *out, const char *content, size_t size);
// Adds the text in pieces; `kind` is MESSAGE_SETTINGS or MESSAGE_NAMES.
void message_add_text(struct buffer *out, enum message_kind kind, const char *text, size_t size);
void message_add_input(struct buffer *out, const struct message_input *input, const char *path);
// `path` is empty for the input at hand. A text that is too long is cut.
void message_add_told(struct buffer *out, const struct message_told *told, const char *path,
                      const char *reason);
void message_add_archive(struct buffer *out, const struct message_archive *archive,
                         const char *path);
// So many marks at most.
enum { MESSAGE_MARKS_MAX = MESSAGE_SIZE_MAX / 16 };
void message_add_marks(struct buffer *out, uint64_t weight, const uint64_t *marks, size_t count);
// The same message once more.
void message_add_again(struct buffer *out, const struct message *message);

// One message out of a run of bytes.
struct message {
    enum message_kind kind;
    struct message_event event_head;
    const void *hits;  // event_head.hit_count of them, perhaps not aligned; of any stage
    const void *event; // event_size bytes, a valid event but perhaps not aligned for one
    size_t event_size;
    struct message_problem problem;
    struct coverage_row coverage;
    struct note note;
    uint8_t hash[SHA256_SIZE];
    struct message_file file;
    struct message_input input;
    uint32_t at;
    struct message_told told;
    struct message_archive archive;
    struct message_totals totals;
    struct message_marks marks;
    const void *mark_list; // of MESSAGE_MARKS, perhaps not aligned
    size_t mark_count;
    struct message_share share;
    struct text path;  // of MESSAGE_INPUT, MESSAGE_TOLD, MESSAGE_ARCHIVE; no NUL in it
    struct raw raw;    // of MESSAGE_BYTES, what comes after the problem; MESSAGE_DEFINITION
    struct text text;  // of MESSAGE_TOLD the reason, no NUL in it; MESSAGE_SETTINGS, MESSAGE_NAMES
    const char *bytes; // all of it, with its header
    size_t bytes_size;
};

// Takes the next run of bytes off those of MESSAGE_BYTES. False when there is none left.
bool message_next_bytes(struct raw *left, struct raw *raw);

enum message_result { MESSAGE_READ, MESSAGE_INCOMPLETE, MESSAGE_INVALID };

// Reads the message at the start of `size` bytes and says how many bytes it takes.
enum message_result message_read(const char *data, size_t size, struct message *message,
                                 size_t *taken);

// Copies the message's event, its hits after it: all of the stage event but the path, and what
// the timeline fills in. A worker that a log has taken over may claim hits of any stage: those
// of none, `stage_count` or more, are left out. False when memory ran out.
bool message_copy_event(const struct message *message, size_t stage_count,
                        struct stage_event *event);

// The reason in words: the name of a rule, or constant text. A worker that a log has taken over
// may claim any rule.
const char *message_reason_text(const struct message_problem *problem,
                                const struct rule_set *rules);

#endif
