// SPDX-License-Identifier: GPL-3.0-or-later
// A line of the list of fields: for fields.c, fields_read.c and the manual's page of them alone.
#ifndef EVTXSEQ_FIELD_LIST_H
#define EVTXSEQ_FIELD_LIST_H

#include "rules/fields.h"

#define EVENT_DATA_PREFIX "winlog.event_data."

// How a field is made of what it comes from.
enum field_how {
    // a text, of other things than one value
    HOW_CONSTANT, // the key
    HOW_ACTION,   // by event ID, in the order of an event's facts
    HOW_CATEGORY,
    HOW_TYPE,
    HOW_OUTCOME,
    HOW_CODE,         // the event ID as text
    HOW_TIME,         // the key is utc or logged
    HOW_RECORD_ID,    // as text
    HOW_HOST_ID,      // Computer and machine prefix
    HOW_USER_ID,      // the SID of Windows' own accounts, by logon ID or name
    HOW_DETAILS,      // registry data as text
    HOW_DETAILS_TYPE, // what it is
    HOW_DLL_STATUS,   // of Signed and SignatureStatus
    // a text, of one
    HOW_WHOLE,
    HOW_BASE_NAME,  // what follows the last backslash, if anything does
    HOW_FILE_NAME,  // the same, be it empty; of a pipe's name the whole
    HOW_DIRECTORY,  // what precedes the last backslash
    HOW_EXTENSION,  // what follows the last dot of a path with a backslash
    HOW_DOMAIN,     // of a user, what precedes its one backslash
    HOW_ACCOUNT,    // of a user, what follows it
    HOW_HASH,       // of the algorithm that the key names
    HOW_MAP,        // the key is VALUE=TEXT,...; other values give none
    HOW_HIVE,       // short name of a registry path's first element
    HOW_KEY,        // what follows a known hive
    HOW_LAST_KEY,   // a registry path's last element
    HOW_DNS_STATUS, // Windows' name of the number
    HOW_PROTOCOL,   // the whole; `dns` for queries
    // something else, of one text
    HOW_NUMBER,
    HOW_BOOLEAN, // true, false; other texts give none
    HOW_IS,      // whether the text is the key
    HOW_IF,      // true if it is, else none
    HOW_ADDRESS,
    HOW_ARGS_COUNT,
    // several values, of one text
    HOW_ARGS,
    HOW_ANSWERS,  // names and addresses that a query was answered with
    HOW_RESOLVED, // the addresses of these
};

enum { FIELD_SOURCES_MAX = 4 };

struct field_definition {
    const char *name;
    enum field_type type;
    bool has_several;
    enum field_how how;
    const char *key;
    uint32_t events;                                // IDs of events that it is made of
    enum event_data sources[FIELD_SOURCES_MAX + 1]; // ends with DATA_NONE
};

const struct field_definition *field_definition(enum field_id id);

#endif
