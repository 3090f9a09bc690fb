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
struct text derive_file_name(struct text path);
struct text derive_directory(struct text path);
struct text derive_extension(struct text path);

// Of a registry path, trailing backslashes left out: the short name of the hive that is its first
// element, which may be the long name; what follows a hive; its last element.
struct text derive_hive(struct text path);
struct text derive_key(struct text path);
struct text derive_last_key(struct text path);

// Command lines

// Takes the next argument off a command line as Go's commandLineToArgv does: after blanks and tabs,
// backslashes in front of a quote halve, a doubled quote within quotes is one and ends them. Its
// text goes to `argument`, which has room for the whole command line. False when there is none.
bool derive_argument(struct text *rest, char *argument, size_t *size);

// Lists

// The hash by this algorithm of `KEY=VALUE,...`, as it is written: none if it is zeros, or if any
// part has no `=`.
struct text derive_hash(struct text hashes, const char *key);

// Takes the next answer off the results of a DNS query: an address, or the name of a record. False
// when there is none.
bool derive_answer(struct text *rest, struct text *answer, bool *is_address);

// The text for a value in `VALUE=TEXT,...`.
struct text derive_mapped(struct text value, const char *map);

// Other values

// As Java reads a long: decimal, or hexadecimal after 0x.
bool derive_number(struct text text, int64_t *number);

// `true` or `false`, in any case.
bool derive_boolean(struct text text, bool *boolean);

// Whether it is an IPv4 or IPv6 address.
bool derive_is_address(struct text text);

// What Sysmon says of a registry value: its type, and its number if it is of such a type.
struct derived_details {
    const char *type;
    bool is_number;
    int64_t number;
};
struct derived_details derive_details(struct text details);

// Windows' name of the status of a DNS query, or the text itself.
struct text derive_dns_status(struct text status);

// The SID of Windows' own accounts, by logon session or by name. Each text may have no data.
struct text derive_user_id(struct text logon_id, struct text user);

#endif
