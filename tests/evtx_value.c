// SPDX-License-Identifier: GPL-3.0-or-later
#include "evtx_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "xmem.h"

enum { FILETIME_PER_SECOND = 10000000 };

static void write_guid(char *out, size_t room, const uint8_t *guid) {
    // The first three parts are little-endian numbers, the rest is bytes.
    snprintf(out, room, "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
             (unsigned)load_le(guid, 4), (unsigned)load_le(guid + 4, 2),
             (unsigned)load_le(guid + 6, 2), guid[8], guid[9], guid[10], guid[11], guid[12],
             guid[13], guid[14], guid[15]);
}

static bool is_leap(unsigned year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_in_month(unsigned year, unsigned month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static void write_time(char *out, size_t room, uint64_t filetime) {
    uint64_t seconds = filetime / FILETIME_PER_SECOND;
    uint64_t days = seconds / 86400;
    unsigned of_day = (unsigned)(seconds % 86400);
    unsigned year = 1601;
    for (; days >= 365u + is_leap(year); year++) {
        days -= 365u + is_leap(year);
    }
    unsigned month = 1;
    for (; days >= days_in_month(year, month); month++) {
        days -= days_in_month(year, month);
    }
    snprintf(out, room, "%04u-%02u-%02uT%02u:%02u:%02u.%07u00Z", year, month, (unsigned)days + 1,
             of_day / 3600, of_day / 60 % 60, of_day % 60,
             (unsigned)(filetime % FILETIME_PER_SECOND));
}

static void write_sid(char *out, size_t room, const uint8_t *sid, size_t size) {
    // Revision u8, number of parts u8, authority (48 bits, big-endian), parts u32.
    size_t used = (size_t)snprintf(out, room, "S-%u-%u", sid[0], sid[7]);
    for (size_t at = 8; at + 4 <= size && used < room; at += 4) {
        used += (size_t)snprintf(out + used, room - used, "-%" PRIu64, load_le(sid + at, 4));
    }
}

static void write_text(char *out, size_t room, const struct evtx_value *value) {
    switch (value->type) {
    case EVTX_HEX32:
    case EVTX_HEX64:
        snprintf(out, room, "0x%" PRIx64, value->number);
        break;
    case EVTX_FILETIME:
        write_time(out, room, value->number);
        break;
    case EVTX_GUID:
        write_guid(out, room, value->bytes);
        break;
    case EVTX_SID:
        write_sid(out, room, value->bytes, value->size);
        break;
    case EVTX_BINARY:
    case EVTX_BINXML:
        die("a binary value has no text");
    default:
        snprintf(out, room, "%" PRIu64, value->number);
    }
}

struct evtx_text value_text(const struct evtx_value *value, struct value_buffer *buffer) {
    struct evtx_text text = {NULL, 0};
    if (value->type == EVTX_NULL) {
        return text;
    }
    if (value->type == EVTX_UTF16 || value->type == EVTX_ANSI) {
        return value->text;
    }
    char ascii[160] = "";
    write_text(ascii, sizeof ascii, value);
    text.units = buffer->units;
    text.count = strlen(ascii);
    for (size_t i = 0; i < text.count; i++) {
        buffer->units[i] = (unsigned char)ascii[i];
    }
    return text;
}

static size_t number_size(enum evtx_type type) {
    switch (type) {
    case EVTX_U8:
        return 1;
    case EVTX_U16:
        return 2;
    case EVTX_U32:
    case EVTX_HEX32:
        return 4;
    case EVTX_U64:
    case EVTX_HEX64:
    case EVTX_FILETIME:
        return 8;
    default:
        die("cannot write a value of type 0x%02x", (unsigned)type);
    }
}

static void put_ansi(struct chunk *chunk, struct evtx_text text) {
    for (size_t i = 0; i < text.count; i++) {
        bx_put_u8(chunk, text.units[i] <= 0xff ? text.units[i] : '?');
    }
}

void bx_put_value(struct chunk *chunk, const struct evtx_value *value, bool terminated) {
    uint8_t number[8];
    switch (value->type) {
    case EVTX_NULL:
        bx_put_bytes(chunk, value->bytes, value->size);
        break;
    case EVTX_UTF16:
        bx_put_units(chunk, value->text);
        if (terminated) {
            bx_put_u16(chunk, 0);
        }
        break;
    case EVTX_ANSI:
        put_ansi(chunk, value->text);
        if (terminated) {
            bx_put_u8(chunk, 0);
        }
        break;
    case EVTX_BINARY:
    case EVTX_GUID:
    case EVTX_SID:
        bx_put_bytes(chunk, value->bytes, value->size);
        break;
    default:
        store_le(number, value->number, number_size(value->type));
        bx_put_bytes(chunk, number, number_size(value->type));
    }
}
