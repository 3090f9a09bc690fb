// SPDX-License-Identifier: GPL-3.0-or-later
// What Elastic's Sysmon pipeline makes of a text. All texts are UTF-8; a result without data means
// that there is none. Results lie in the text that they are made of, or live for ever, but where it
// says otherwise. Source: elastic/integrations, packages/windows, sysmon_operational.
#ifndef EVTXSEQ_DERIVE_H
#define EVTXSEQ_DERIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/event.h"

// Paths

// What follows the last backslash, what precedes it, what follows the last dot of the whole path
// (which can lie before the backslash). They can be empty, and are none without a backslash, or of
// a path of one character.
struct event_text derive_file_name(struct event_text path);
struct event_text derive_directory(struct event_text path);
struct event_text derive_extension(struct event_text path);

// Of a registry path, trailing backslashes left out: the short name of the hive that is its first
// element, which may be the long name; what follows a hive; its last element.
struct event_text derive_hive(struct event_text path);
struct event_text derive_key(struct event_text path);
struct event_text derive_last_key(struct event_text path);

// Command lines

// Takes the next argument off a command line as Go's commandLineToArgv does: after blanks and tabs,
// backslashes in front of a quote halve, a doubled quote within quotes is one and ends them. Its
// text goes to `argument`, which has room for the whole command line. False when there is none.
bool derive_argument(struct event_text *rest, char *argument, size_t *size);

// Lists

// The hash by this algorithm of `KEY=VALUE,...`, as it is written: none if it is zeros, or if any
// part has no `=`.
struct event_text derive_hash(struct event_text hashes, const char *key);

// Takes the next answer off the results of a DNS query: an address, or the name of a record. False
// when there is none.
bool derive_answer(struct event_text *rest, struct event_text *answer, bool *is_address);

// The text for a value in `VALUE=TEXT,...`.
struct event_text derive_mapped(struct event_text value, const char *map);

// Other values

// As Java reads a long: decimal, or hexadecimal after 0x.
bool derive_number(struct event_text text, int64_t *number);

// `true` or `false`, in any case.
bool derive_boolean(struct event_text text, bool *boolean);

// Whether it is an IPv4 or IPv6 address.
bool derive_is_address(struct event_text text);

// What Sysmon says of a registry value: its type, and its number if it is of such a type.
struct derived_details {
    const char *type;
    bool is_number;
    int64_t number;
};
struct derived_details derive_details(struct event_text details);

// Windows' name of the status of a DNS query, or the text itself.
struct event_text derive_dns_status(struct event_text status);

// The SID of Windows' own accounts, by logon session or by name. Each text may have no data.
struct event_text derive_user_id(struct event_text logon_id, struct event_text user);

#endif
