// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/derive.h"

#include <string.h>

#include "base/address.h"
#include "base/ascii.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct text none = {0};

static struct text from(struct text text, size_t begin) {
    return (struct text){text.data + begin, text.size - begin};
}

// Where the character lies last, or the text's size.
static size_t find_last(struct text text, char wanted) {
    const char *at = memrchr(text.data, wanted, text.size);
    return at == NULL ? text.size : (size_t)(at - text.data);
}

static size_t find_first(struct text text, char wanted) {
    const char *at = memchr(text.data, wanted, text.size);
    return at == NULL ? text.size : (size_t)(at - text.data);
}

// Java's split() drops empty elements at the end.
static struct text without_trailing(struct text text, char separator) {
    while (text.size > 0 && text.data[text.size - 1] == separator) {
        text.size--;
    }
    return text;
}

// Takes the text up to the separator, or all of it, off the rest, and the separator too.
static struct text cut(struct text *rest, char separator) {
    size_t size = find_first(*rest, separator);
    struct text element = {rest->data, size};
    *rest = from(*rest, size < rest->size ? size + 1 : size);
    return element;
}

// Paths

static bool has_directory(struct text path) {
    return path.size > 1 && find_last(path, '\\') < path.size;
}

struct text derive_file_name(struct text path) {
    return has_directory(path) ? from(path, find_last(path, '\\') + 1) : none;
}

struct text derive_directory(struct text path) {
    return has_directory(path) ? (struct text){path.data, find_last(path, '\\')} : none;
}

struct text derive_extension(struct text path) {
    size_t dot = find_last(path, '.');
    return has_directory(path) && dot < path.size ? from(path, dot + 1) : none;
}

struct text derive_hive(struct text path) {
    static const char *const hives[][2] = {
        {"HKLM", "HKEY_LOCAL_MACHINE"},    {"HKU", "HKEY_USERS"},
        {"HKCR", "HKEY_CLASSES_ROOT"},     {"HKCU", "HKEY_CURRENT_USER"},
        {"HKCC", "HKEY_CURRENT_CONFIG"},   {"HKDD", "HKEY_DYN_DATA"},
        {"HKPD", "HKEY_PERFORMANCE_DATA"},
    };
    struct text first = cut(&path, '\\');
    for (size_t i = 0; i < COUNT(hives); i++) {
        if (text_is(first, hives[i][0]) || text_is(first, hives[i][1])) {
            return text_of(hives[i][0]);
        }
    }
    return none;
}

struct text derive_key(struct text path) {
    struct text rest = without_trailing(path, '\\');
    cut(&rest, '\\');
    return rest.size == 0 || derive_hive(path).data == NULL ? none : rest;
}

struct text derive_last_key(struct text path) {
    struct text trimmed = without_trailing(path, '\\');
    size_t backslash = find_last(trimmed, '\\');
    if (trimmed.size == 0) {
        return none;
    }
    return backslash < trimmed.size ? from(trimmed, backslash + 1) : trimmed;
}

// Command lines

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// Adds characters to the argument.
static void add(char *argument, size_t *size, char c, size_t count) {
    memset(argument + *size, c, count);
    *size += count;
}

bool derive_argument(struct text *rest, char *argument, size_t *size) {
    const char *at = rest->data;
    const char *end = at + rest->size;
    while (at < end && is_blank(*at)) {
        at++;
    }
    bool found = at < end;
    bool quoted = false;
    size_t backslashes = 0; // that lie right before `at`
    *size = 0;
    for (; at < end && (quoted || !is_blank(*at)); at++) {
        if (*at == '\\') {
            backslashes++;
            continue;
        }
        bool is_quote = *at == '"';
        bool is_escaped = is_quote && backslashes % 2 == 1;
        add(argument, size, '\\', is_quote ? backslashes / 2 : backslashes);
        backslashes = 0;
        if (is_quote && !is_escaped) {
            if (quoted && at + 1 < end && at[1] == '"') {
                add(argument, size, '"', 1);
                at++;
            }
            quoted = !quoted;
        } else {
            add(argument, size, *at, 1);
        }
    }
    add(argument, size, '\\', backslashes);
    *rest = (struct text){at, (size_t)(end - at)};
    return found;
}

// Lists

static bool is_zero(struct text hash) {
    for (size_t i = 0; i < hash.size; i++) {
        if (hash.data[i] != '0') {
            return false;
        }
    }
    return true;
}

struct text derive_hash(struct text hashes, const char *key) {
    struct text found = none;
    struct text rest = without_trailing(hashes, ',');
    while (rest.size > 0) {
        struct text value = cut(&rest, ',');
        if (find_first(value, '=') == value.size) {
            return none;
        }
        struct text name = cut(&value, '=');
        if (found.data == NULL && ascii_equal(name.data, name.size, key)) {
            found = value;
        }
    }
    return found.data == NULL || is_zero(found) ? none : found;
}

// Java's \s.
static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// The next run of characters that are not spaces.
static struct text cut_word(struct text *rest) {
    size_t begin = 0;
    while (begin < rest->size && is_space(rest->data[begin])) {
        begin++;
    }
    size_t end = begin;
    while (end < rest->size && !is_space(rest->data[end])) {
        end++;
    }
    struct text word = {rest->data + begin, end - begin};
    *rest = from(*rest, end);
    return word;
}

// `type:  5 NAME`: the name; none if there are more or fewer words.
static struct text record_name(struct text record) {
    cut_word(&record);
    cut_word(&record);
    struct text name = cut_word(&record);
    return name.size == 0 || cut_word(&record).size > 0 ? none : name;
}

static size_t span_of(struct text text, const char *characters) {
    size_t size = 0;
    while (size < text.size && text.data[size] != '\0' &&
           strchr(characters, text.data[size]) != NULL) {
        size++;
    }
    return size;
}

// Whether it is nothing, `]`, or `]:` and a port.
static bool is_after_address(struct text text) {
    if (!text_starts(text, "]:")) {
        return text.size == 0 || text_is(text, "]");
    }
    struct text port = from(text, 2);
    return port.size > 0 && span_of(port, "0123456789") == port.size;
}

// The IPv4 address of `::ffff:1.2.3.4`, also in brackets and with a port; else the text itself.
static struct text without_mapping(struct text text) {
    static const char mapping[] = "::ffff:";
    struct text rest = text_starts(text, "[") ? from(text, 1) : text;
    if (!text_starts(rest, mapping)) {
        return text;
    }
    rest = from(rest, strlen(mapping));
    struct text address = {rest.data, span_of(rest, "0123456789.")};
    bool is_mapped = derive_is_address(address) && is_after_address(from(rest, address.size));
    return is_mapped ? address : text;
}

bool derive_answer(struct text *rest, struct text *answer, bool *is_address) {
    while (rest->size > 0) {
        struct text part = cut(rest, ';');
        *is_address = !text_starts(part, "type:");
        *answer = *is_address ? without_mapping(part) : record_name(part);
        if (*is_address ? derive_is_address(*answer) : answer->data != NULL) {
            return true;
        }
    }
    return false;
}

struct text derive_mapped(struct text value, const char *map) {
    struct text rest = text_of(map);
    while (rest.size > 0) {
        struct text text = cut(&rest, ',');
        struct text from_value = cut(&text, '=');
        if (text_same(from_value, value)) {
            return text;
        }
    }
    return none;
}

// Other values

// All of the text as digits.
static bool read_digits(struct text text, unsigned base, uint64_t *number) {
    *number = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = ascii_digit(text.data[i]);
        if (digit >= base || __builtin_mul_overflow(*number, base, number) ||
            __builtin_add_overflow(*number, digit, number)) {
            return false;
        }
    }
    return text.size > 0;
}

bool derive_number(struct text text, int64_t *number) {
    bool is_negative = text_starts(text, "-");
    bool is_hex = text_starts(text, "0x") || text_starts(text, "-0x");
    size_t sign = is_negative || text_starts(text, "+") ? 1 : 0;
    struct text digits = from(text, sign + (is_hex ? 2 : 0));
    uint64_t value = 0;
    if (!read_digits(digits, is_hex ? 16 : 10, &value) ||
        value > (uint64_t)INT64_MAX + (is_negative ? 1 : 0)) {
        return false;
    }
    *number = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool derive_boolean(struct text text, bool *boolean) {
    *boolean = ascii_equal(text.data, text.size, "true");
    return *boolean || ascii_equal(text.data, text.size, "false");
}

bool derive_is_address(struct text text) {
    struct address address;
    return address_read(text, &address);
}

// Takes `0x` and eight hex digits off the text.
static bool cut_dword(struct text *rest, uint64_t *number) {
    enum { SIZE = 10 };
    if (rest->size < SIZE || !ascii_equal(rest->data, 2, "0x") ||
        !read_digits((struct text){rest->data + 2, SIZE - 2}, 16, number)) {
        return false;
    }
    *rest = from(*rest, SIZE);
    return true;
}

// Takes the characters off the text, whatever their case.
static bool cut_text(struct text *rest, const char *text) {
    size_t size = strlen(text);
    if (rest->size < size || !ascii_equal(rest->data, size, text)) {
        return false;
    }
    *rest = from(*rest, size);
    return true;
}

struct derived_details derive_details(struct text details) {
    uint64_t high = 0;
    uint64_t low = 0;
    struct text rest = details;
    if (cut_text(&rest, "DWORD (") && cut_dword(&rest, &low) && text_is(rest, ")")) {
        return (struct derived_details){"SZ_DWORD", true, (int64_t)low};
    }
    rest = details;
    if (cut_text(&rest, "QWORD (") && cut_dword(&rest, &high) && cut_text(&rest, "-") &&
        cut_dword(&rest, &low) && text_is(rest, ")")) {
        // By 8, not by 32: rules are written against what Elastic computes.
        return (struct derived_details){"SZ_QWORD", true, (int64_t)((high << 8) + low)};
    }
    const char *type = text_is(details, "Binary Data") ? "REG_BINARY" : "REG_SZ";
    return (struct derived_details){.type = type};
}

struct text derive_dns_status(struct text status) {
    static const struct {
        const char *code, *name;
    } names[] = {
#define STATUS(code, name) {#code, #name},
#include "rules/dns_status.def"
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        if (text_is(status, names[i].code)) {
            return text_of(names[i].name);
        }
    }
    return status;
}

struct text derive_user_id(struct text logon_id, struct text user) {
    static const struct {
        const char *sid;
        int64_t logon_id;
        const char *user;
    } accounts[] = {
        {"S-1-5-18", 0x3e7, "NT AUTHORITY\\SYSTEM"},
        {"S-1-5-19", 0x3e5, "NT AUTHORITY\\LOCAL SERVICE"},
        {"S-1-5-20", 0x3e4, "NT AUTHORITY\\NETWORK SERVICE"},
    };
    int64_t session = 0;
    bool has_session = logon_id.data != NULL && derive_number(logon_id, &session);
    for (size_t i = 0; i < COUNT(accounts); i++) {
        if ((has_session && session == accounts[i].logon_id) ||
            (user.data != NULL && ascii_equal(user.data, user.size, accounts[i].user))) {
            return text_of(accounts[i].sid);
        }
    }
    return none;
}
