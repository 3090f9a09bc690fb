// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/eql_lexer.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "rules/eql_limits.h"

struct word {
    const char *text;
    enum eql_token_kind kind;
};

static const struct word keywords[] = {
    {"and", EQL_TOKEN_AND},     {"any", EQL_TOKEN_ANY},       {"by", EQL_TOKEN_BY},
    {"false", EQL_TOKEN_FALSE}, {"in", EQL_TOKEN_IN},         {"like", EQL_TOKEN_LIKE},
    {"regex", EQL_TOKEN_REGEX}, {"join", EQL_TOKEN_JOIN},     {"maxspan", EQL_TOKEN_MAXSPAN},
    {"not", EQL_TOKEN_NOT},     {"null", EQL_TOKEN_NULL},     {"of", EQL_TOKEN_OF},
    {"or", EQL_TOKEN_OR},       {"sample", EQL_TOKEN_SAMPLE}, {"sequence", EQL_TOKEN_SEQUENCE},
    {"true", EQL_TOKEN_TRUE},   {"until", EQL_TOKEN_UNTIL},   {"where", EQL_TOKEN_WHERE},
    {"with", EQL_TOKEN_WITH},
};

// The longer first.
static const struct word operators[] = {
    {"==", EQL_TOKEN_EQUAL},         {"!=", EQL_TOKEN_NOT_EQUAL},  {"<=", EQL_TOKEN_LESS_EQUAL},
    {">=", EQL_TOKEN_GREATER_EQUAL}, {"![", EQL_TOKEN_MISSING},    {"=", EQL_TOKEN_ASSIGN},
    {"<", EQL_TOKEN_LESS},           {">", EQL_TOKEN_GREATER},     {":", EQL_TOKEN_COLON},
    {"+", EQL_TOKEN_PLUS},           {"-", EQL_TOKEN_MINUS},       {"*", EQL_TOKEN_STAR},
    {"/", EQL_TOKEN_SLASH},          {"%", EQL_TOKEN_PERCENT},     {".", EQL_TOKEN_DOT},
    {",", EQL_TOKEN_COMMA},          {"(", EQL_TOKEN_PARENTHESIS}, {")", EQL_TOKEN_PARENTHESIS_END},
    {"[", EQL_TOKEN_BRACKET},        {"]", EQL_TOKEN_BRACKET_END}, {"?", EQL_TOKEN_OPTIONAL},
    {"|", EQL_TOKEN_PIPE},
};

static const struct word *find_keyword(const char *text, size_t size) {
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (ascii_equal(text, size, keywords[i].text)) {
            return &keywords[i];
        }
    }
    return NULL;
}

static bool may_fold(enum eql_token_kind kind) {
    return kind == EQL_TOKEN_IN || kind == EQL_TOKEN_LIKE || kind == EQL_TOKEN_REGEX;
}

bool eql_token_is_keyword(const struct eql_token *token) {
    return token->kind >= EQL_TOKEN_AND && token->kind <= EQL_TOKEN_WITH;
}

bool eql_token_is_like_keyword(const struct eql_token *token) {
    return token->kind == EQL_TOKEN_NAME &&
           find_keyword(token->text.data, token->text.size) != NULL;
}

void eql_lexer_start(struct eql_lexer *lexer, const char *text, size_t size, struct arena *arena,
                     struct eql_error *error) {
    *lexer = (struct eql_lexer){.text = text,
                                .size = size,
                                .at = {.line = 1, .column = 1},
                                .end = {.line = 1, .column = 1},
                                .arena = arena,
                                .error = error};
}

static bool fail(struct eql_lexer *lexer, struct eql_place place, const char *text) {
    return eql_error_set(lexer->error, place, "%s", text);
}

static size_t left(const struct eql_lexer *lexer) {
    return lexer->size - lexer->at.offset;
}

static const char *here(const struct eql_lexer *lexer) {
    return lexer->text + lexer->at.offset;
}

static bool starts_with(const struct eql_lexer *lexer, const char *text) {
    size_t size = strlen(text);
    return left(lexer) >= size && memcmp(here(lexer), text, size) == 0;
}

// The byte so far ahead; NUL after the end.
static char peek(const struct eql_lexer *lexer, size_t ahead) {
    return ahead < left(lexer) ? here(lexer)[ahead] : '\0';
}

// Moves over one character.
static bool step(struct eql_lexer *lexer) {
    uint32_t character = 0;
    size_t size = utf8_read(here(lexer), left(lexer), &character);
    if (size == 0) {
        return fail(lexer, lexer->at, "expected UTF-8 text, found a byte that is none");
    }
    lexer->at.offset += (uint32_t)size;
    lexer->at.column++;
    if (character == '\n') {
        lexer->at.line++;
        lexer->at.column = 1;
    }
    return true;
}

// Moves over characters that are a byte each, no line feed among them.
static void skip(struct eql_lexer *lexer, size_t size) {
    lexer->at.offset += (uint32_t)size;
    lexer->at.column += (uint32_t)size;
}

static bool skip_comment(struct eql_lexer *lexer) {
    struct eql_place start = lexer->at;
    bool is_block = peek(lexer, 1) == '*';
    skip(lexer, 2);
    while (left(lexer) > 0) {
        if (is_block && starts_with(lexer, "*/")) {
            skip(lexer, 2);
            return true;
        }
        if (!is_block && peek(lexer, 0) == '\n') {
            return true;
        }
        if (!step(lexer)) {
            return false;
        }
    }
    return !is_block || fail(lexer, start, "expected `*/` at the end of this comment");
}

static bool skip_blanks(struct eql_lexer *lexer) {
    while (left(lexer) > 0) {
        if (strchr(" \t\r\n", peek(lexer, 0)) != NULL && peek(lexer, 0) != '\0') {
            (void)step(lexer);
        } else if (!starts_with(lexer, "//") && !starts_with(lexer, "/*")) {
            break;
        } else if (!skip_comment(lexer)) {
            return false;
        }
    }
    return true;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool starts_name(char c) {
    return (ascii_fold(c) >= 'a' && ascii_fold(c) <= 'z') || c == '_' || c == '@';
}

static bool continues_name(char c) {
    return is_digit(c) || (starts_name(c) && c != '@');
}

static bool keep_text(struct eql_lexer *lexer, struct eql_token *token, const char *text,
                      size_t size) {
    const char *copy = arena_copy(lexer->arena, text, size);
    token->text = (struct text){.data = copy, .size = size};
    return copy != NULL || eql_error_set_memory(lexer->error);
}

static bool read_name(struct eql_lexer *lexer, struct eql_token *token) {
    const char *start = here(lexer);
    size_t size = 1;
    while (continues_name(peek(lexer, size))) {
        size++;
    }
    const struct word *keyword = find_keyword(start, size);
    token->kind = EQL_TOKEN_NAME;
    if (keyword != NULL && memcmp(keyword->text, start, size) == 0) {
        token->kind = keyword->kind;
    }
    token->folds =
        peek(lexer, size) == '~' && (token->kind == EQL_TOKEN_NAME || may_fold(token->kind));
    skip(lexer, size + token->folds);
    return keep_text(lexer, token, start, size);
}

// Puts a quoted text that was built in a buffer into the token, and releases the buffer.
static bool take_quoted(struct eql_lexer *lexer, struct eql_token *token, struct buffer *buffer) {
    bool is_kept = false;
    if (buffer->failed) {
        (void)eql_error_set_memory(lexer->error);
    } else if (buffer->size > EQL_STRING_SIZE_MAX) {
        (void)eql_error_set(lexer->error, token->place,
                            "expected at most %d bytes of text, found %zu", EQL_STRING_SIZE_MAX,
                            buffer->size);
    } else {
        is_kept = keep_text(lexer, token, buffer->data, buffer->size);
    }
    buffer_free(buffer);
    return is_kept;
}

// `name`, in which two backticks stand for one.
static bool read_quoted_name(struct eql_lexer *lexer, struct eql_token *token) {
    struct buffer name = {0};
    token->kind = EQL_TOKEN_QUOTED_NAME;
    skip(lexer, 1);
    while (peek(lexer, 0) != '`' || peek(lexer, 1) == '`') {
        bool is_doubled = starts_with(lexer, "``");
        skip(lexer, is_doubled);
        const char *start = here(lexer);
        if (left(lexer) == 0) {
            (void)fail(lexer, token->place, "expected a backtick at the end of this name");
        }
        if (left(lexer) == 0 || !step(lexer)) {
            buffer_free(&name);
            return false;
        }
        buffer_add(&name, start, (size_t)(here(lexer) - start));
    }
    skip(lexer, 1);
    if (name.size == 0) {
        buffer_free(&name);
        return fail(lexer, token->place, "expected a name between these backticks");
    }
    return take_quoted(lexer, token, &name);
}

// "\u{HH}" with two to eight digits, of which "\u{" was read.
static bool read_code_point(struct eql_lexer *lexer, struct eql_place start, struct buffer *text) {
    enum { DIGITS_MIN = 2, DIGITS_MAX = 8 };
    char digits[DIGITS_MAX + 1] = "";
    char utf8[UTF8_SIZE_MAX];
    uint32_t check = 0;
    size_t count = 0;
    while (count < DIGITS_MAX && ascii_is_hex(peek(lexer, count))) {
        digits[count] = peek(lexer, count);
        count++;
    }
    if (count < DIGITS_MIN || peek(lexer, count) != '}') {
        return fail(lexer, start, "expected \\u{...} with two to eight hexadecimal digits");
    }
    unsigned long character = strtoul(digits, NULL, 16);
    size_t size = character > 0x10ffff ? 0 : utf8_write((uint32_t)character, utf8);
    if (size == 0 || utf8_read(utf8, size, &check) == 0) {
        return fail(lexer, start,
                    "expected the number of a character: up to 10FFFF, but not D800 to DFFF");
    }
    skip(lexer, count + 1);
    buffer_add(text, utf8, size);
    return true;
}

static bool read_escape(struct eql_lexer *lexer, struct buffer *text) {
    static const char escapes[] = "btnfr\"'\\";
    static const char characters[] = "\b\t\n\f\r\"'\\";
    struct eql_place start = lexer->at;
    char c = peek(lexer, 1);
    const char *found = c == '\0' ? NULL : strchr(escapes, c);
    if (found != NULL) {
        skip(lexer, 2);
        buffer_add_byte(text, characters[found - escapes]);
        return true;
    }
    if (starts_with(lexer, "\\u{")) {
        skip(lexer, 3);
        return read_code_point(lexer, start, text);
    }
    return fail(
        lexer, start,
        "expected one of \\b \\t \\n \\f \\r \\\" \\' \\\\ \\u{...}; write \\\\ for a backslash, "
        "or \"\"\"...\"\"\" for a text without escapes");
}

static bool at_line_end(const struct eql_lexer *lexer) {
    return left(lexer) == 0 || peek(lexer, 0) == '\n' || peek(lexer, 0) == '\r';
}

static bool read_string_part(struct eql_lexer *lexer, struct eql_place start, struct buffer *text) {
    const char *at = here(lexer);
    if (at_line_end(lexer)) {
        return fail(lexer, start, "expected a double quote at the end of this string, on its line");
    }
    if (*at == '\\') {
        return read_escape(lexer, text);
    }
    if (!step(lexer)) {
        return false;
    }
    buffer_add(text, at, (size_t)(here(lexer) - at));
    return true;
}

static bool read_string(struct eql_lexer *lexer, struct eql_token *token) {
    struct buffer text = {0};
    token->kind = EQL_TOKEN_STRING;
    skip(lexer, 1);
    while (peek(lexer, 0) != '"') {
        if (!read_string_part(lexer, token->place, &text)) {
            buffer_free(&text);
            return false;
        }
    }
    skip(lexer, 1);
    return take_quoted(lexer, token, &text);
}

// """text""": no escapes. Of up to five closing quotes the first two belong to the text.
static bool read_raw_string(struct eql_lexer *lexer, struct eql_token *token) {
    struct buffer text = {0};
    token->kind = EQL_TOKEN_STRING;
    skip(lexer, 3);
    const char *start = here(lexer);
    while (!starts_with(lexer, "\"\"\"")) {
        if (at_line_end(lexer)) {
            return fail(lexer, token->place,
                        "expected three double quotes at the end of this string, on its line");
        }
        if (!step(lexer)) {
            return false;
        }
    }
    for (int more = 0; more < 2 && starts_with(lexer, "\"\"\"\""); more++) {
        skip(lexer, 1);
    }
    buffer_add(&text, start, (size_t)(here(lexer) - start));
    skip(lexer, 3);
    return take_quoted(lexer, token, &text);
}

static size_t count_digits(const struct eql_lexer *lexer, size_t from) {
    size_t count = 0;
    while (is_digit(peek(lexer, from + count))) {
        count++;
    }
    return count;
}

// How long the number here is, and whether it has a point or an exponent.
static size_t measure_number(const struct eql_lexer *lexer, bool *is_float) {
    size_t size = count_digits(lexer, 0);
    *is_float = peek(lexer, size) == '.';
    if (*is_float) {
        size += 1 + count_digits(lexer, size + 1);
    }
    if (ascii_fold(peek(lexer, size)) == 'e') {
        size_t sign = peek(lexer, size + 1) == '+' || peek(lexer, size + 1) == '-';
        size_t digits = count_digits(lexer, size + 1 + sign);
        *is_float = *is_float || digits > 0;
        size += digits > 0 ? 1 + sign + digits : 0;
    }
    return size;
}

// As the C locale has it: a program that uses the library may have set another.
static bool read_float(struct eql_lexer *lexer, struct eql_token *token) {
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (locale == (locale_t)0) {
        return eql_error_set_memory(lexer->error);
    }
    token->kind = EQL_TOKEN_FLOAT;
    token->number = strtod_l(token->text.data, NULL, locale);
    freelocale(locale);
    return token->number <= DBL_MAX ||
           fail(lexer, token->place, "expected a number that fits into 64 bits");
}

static bool read_integer(struct eql_lexer *lexer, struct eql_token *token) {
    errno = 0;
    token->kind = EQL_TOKEN_INTEGER;
    token->integer = strtoull(token->text.data, NULL, 10);
    return (errno != ERANGE && token->integer <= (uint64_t)INT64_MAX + 1) ||
           fail(lexer, token->place, "expected a whole number that fits into 64 bits");
}

static bool read_number(struct eql_lexer *lexer, struct eql_token *token) {
    bool is_float = false;
    size_t size = measure_number(lexer, &is_float);
    // A copy, for a NUL must follow the number.
    bool is_read = keep_text(lexer, token, here(lexer), size) &&
                   (is_float ? read_float(lexer, token) : read_integer(lexer, token));
    skip(lexer, size);
    return is_read;
}

static bool read_operator(struct eql_lexer *lexer, struct eql_token *token) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (starts_with(lexer, operators[i].text)) {
            token->kind = operators[i].kind;
            skip(lexer, strlen(operators[i].text));
            return true;
        }
    }
    uint32_t character = 0;
    size_t size = utf8_read(here(lexer), left(lexer), &character);
    char excerpt[EQL_EXCERPT_SIZE];
    return eql_error_set(lexer->error, lexer->at,
                         "expected a name, a value or an operator, found %s",
                         eql_excerpt((struct text){here(lexer), size == 0 ? 1 : size}, excerpt));
}

static bool read_token(struct eql_lexer *lexer, struct eql_token *token) {
    char c = peek(lexer, 0);
    if (starts_name(c)) {
        return read_name(lexer, token);
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1)))) {
        return read_number(lexer, token);
    }
    if (starts_with(lexer, "\"\"\"")) {
        return read_raw_string(lexer, token);
    }
    if (starts_with(lexer, "?\"") || starts_with(lexer, "?'")) {
        return fail(lexer, lexer->at, "expected \"\"\"...\"\"\" for a raw string, not ?\"...\"");
    }
    switch (c) {
    case '"':
        return read_string(lexer, token);
    case '\'':
        return fail(lexer, lexer->at, "expected double quotes around a string, not single ones");
    case '`':
        return read_quoted_name(lexer, token);
    default:
        return read_operator(lexer, token);
    }
}

bool eql_lexer_next(struct eql_lexer *lexer, struct eql_token *token) {
    if (!skip_blanks(lexer)) {
        return false;
    }
    *token = (struct eql_token){.kind = EQL_TOKEN_END, .place = lexer->end};
    if (left(lexer) == 0) {
        return true;
    }
    const char *start = here(lexer);
    token->place = lexer->at;
    if (!read_token(lexer, token)) {
        return false;
    }
    token->raw = (struct text){.data = start, .size = (size_t)(here(lexer) - start)};
    lexer->end = lexer->at;
    return true;
}
