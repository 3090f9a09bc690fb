// SPDX-License-Identifier: GPL-3.0-or-later
#include "lucene_model.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plain_utf8.h"
#include "xmem.h"

// By each place in the text where a part may begin, the set of places where it may end, a bit each.
struct fits {
    uint64_t ends[LUCENE_TEXT_MAX + 1];
};

struct model {
    const char *at; // in the expression
    bool folds;
    bool is_wrong;
    uint32_t text[LUCENE_TEXT_MAX];
    size_t count;
};

static uint64_t bit(size_t place) {
    return UINT64_C(1) << place;
}

// What parts fit, made of what smaller ones do.

static struct fits nothing(void) {
    return (struct fits){{0}};
}

static struct fits empty(const struct model *model) {
    struct fits fits = nothing();
    for (size_t i = 0; i <= model->count; i++) {
        fits.ends[i] = bit(i);
    }
    return fits;
}

static struct fits either(const struct fits *a, const struct fits *b) {
    struct fits fits;
    for (size_t i = 0; i <= LUCENE_TEXT_MAX; i++) {
        fits.ends[i] = a->ends[i] | b->ends[i];
    }
    return fits;
}

static struct fits both(const struct fits *a, const struct fits *b) {
    struct fits fits;
    for (size_t i = 0; i <= LUCENE_TEXT_MAX; i++) {
        fits.ends[i] = a->ends[i] & b->ends[i];
    }
    return fits;
}

static struct fits other(const struct model *model, const struct fits *a) {
    struct fits fits = nothing();
    for (size_t i = 0; i <= model->count; i++) {
        for (size_t k = i; k <= model->count; k++) {
            fits.ends[i] |= bit(k) & ~a->ends[i];
        }
    }
    return fits;
}

static struct fits in_turn(const struct model *model, const struct fits *a, const struct fits *b) {
    struct fits fits = nothing();
    for (size_t i = 0; i <= model->count; i++) {
        for (size_t k = i; k <= model->count; k++) {
            fits.ends[i] |= (a->ends[i] & bit(k)) != 0 ? b->ends[k] : 0;
        }
    }
    return fits;
}

// From `least` to `most` times. More often than the text has places brings nothing new.
static struct fits repeat(const struct model *model, const struct fits *a, long least, long most) {
    struct fits result = nothing();
    struct fits times = empty(model);
    for (long i = 0; i <= most && i <= least + (long)model->count; i++) {
        result = i >= least ? either(&result, &times) : result;
        times = in_turn(model, &times, a);
    }
    return result;
}

// Characters

static bool is_letter(uint32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_same(const struct model *model, uint32_t a, uint32_t b) {
    return a == b || (model->folds && is_letter(a) && is_letter(b) && (a | 32) == (b | 32));
}

static bool is_named(char name, uint32_t c) {
    bool is_digit = c >= '0' && c <= '9';
    switch (name) {
    case 'd':
        return is_digit;
    case 'D':
        return !is_digit;
    case 's':
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    case 'S':
        return !is_named('s', c);
    case 'w':
        return is_digit || is_letter(c) || c == '_';
    default:
        return !is_named('w', c);
    }
}

static uint32_t take(struct model *model) {
    size_t size = 1;
    uint32_t character = plain_utf8_read(model->at, &size);
    model->is_wrong |= character == 0;
    model->at += character == 0 ? 0 : size;
    return character;
}

static bool takes(struct model *model, char c) {
    bool is_there = *model->at == c;
    model->at += is_there ? 1 : 0;
    return is_there;
}

static bool sees(const struct model *model, const char *characters) {
    return *model->at != '\0' && strchr(characters, *model->at) != NULL;
}

static struct fits fits_character(const struct model *model, uint32_t character) {
    struct fits fits = nothing();
    for (size_t i = 0; i < model->count; i++) {
        fits.ends[i] = is_same(model, model->text[i], character) ? bit(i + 1) : 0;
    }
    return fits;
}

static struct fits fits_range(const struct model *model, uint32_t from, uint32_t to) {
    struct fits fits = nothing();
    for (size_t i = 0; i < model->count; i++) {
        fits.ends[i] = model->text[i] >= from && model->text[i] <= to ? bit(i + 1) : 0;
    }
    return fits;
}

static struct fits fits_named(const struct model *model, char name) {
    struct fits fits = nothing();
    for (size_t i = 0; i < model->count; i++) {
        fits.ends[i] = is_named(name, model->text[i]) ? bit(i + 1) : 0;
    }
    return fits;
}

// A character as such, or after a backslash, or one of \d and the like; as a member of a class a
// range too.
static struct fits read_character(struct model *model, bool is_member) {
    if (*model->at == '\\' && is_letter((unsigned char)model->at[1])) {
        char name = model->at[1];
        model->is_wrong |= strchr("dDsSwW", name) == NULL;
        model->at += 2;
        return fits_named(model, name);
    }
    (void)takes(model, '\\');
    uint32_t from = take(model);
    if (!is_member || !takes(model, '-')) {
        return fits_character(model, from);
    }
    (void)takes(model, '\\');
    uint32_t to = take(model);
    model->is_wrong |= from > to;
    return fits_range(model, from, to);
}

static struct fits read_class(struct model *model) {
    bool is_negated = takes(model, '^');
    struct fits fits = nothing();
    do {
        struct fits member = read_character(model, true);
        fits = either(&fits, &member);
    } while (!model->is_wrong && !takes(model, ']'));
    if (is_negated) {
        struct fits any = fits_range(model, 0, UINT32_MAX);
        fits = other(model, &fits);
        fits = both(&fits, &any);
    }
    return fits;
}

static struct fits read_quoted(struct model *model) {
    struct fits fits = empty(model);
    while (!model->is_wrong && !takes(model, '"')) {
        struct fits next = fits_character(model, take(model));
        fits = in_turn(model, &fits, &next);
    }
    return fits;
}

// Numbers

static bool read_number(struct model *model, unsigned long long max, unsigned long long *number) {
    char *end = NULL;
    if (!sees(model, "0123456789")) {
        return false;
    }
    *number = strtoull(model->at, &end, 10);
    model->at = end;
    return *number <= max;
}

static bool is_number(const struct model *model, size_t start, size_t end, unsigned long long low,
                      unsigned long long high) {
    unsigned long long number = 0;
    for (size_t i = start; i < end; i++) {
        if (model->text[i] < '0' || model->text[i] > '9') {
            return false;
        }
        number = number > INT32_MAX ? number : number * 10 + model->text[i] - '0';
    }
    return end > start && number >= low && number <= high;
}

static struct fits read_interval(struct model *model) {
    unsigned long long a = 0;
    unsigned long long b = 0;
    const char *start = model->at;
    bool is_good = read_number(model, INT32_MAX, &a);
    ptrdiff_t digits = model->at - start;
    const char *second = model->at + 1;
    is_good = is_good && takes(model, '-') && read_number(model, INT32_MAX, &b);
    bool is_fixed = digits == model->at - second;
    struct fits fits = nothing();
    model->is_wrong |= !is_good || !takes(model, '>');
    for (size_t i = 0; !model->is_wrong && i < model->count; i++) {
        for (size_t k = i + 1; k <= model->count; k++) {
            if ((!is_fixed || k - i == (size_t)digits) &&
                is_number(model, i, k, a < b ? a : b, a < b ? b : a)) {
                fits.ends[i] |= bit(k);
            }
        }
    }
    return fits;
}

// Operators

static struct fits read_union(struct model *model);

static struct fits read_simple(struct model *model) {
    struct fits fits = nothing();
    if (takes(model, '.')) {
        return fits_range(model, 0, UINT32_MAX);
    }
    if (takes(model, '#')) {
        return fits;
    }
    if (takes(model, '@')) {
        return other(model, &fits);
    }
    if (takes(model, '"')) {
        return read_quoted(model);
    }
    if (takes(model, '[')) {
        return read_class(model);
    }
    if (takes(model, '<')) {
        return read_interval(model);
    }
    if (!takes(model, '(')) {
        return read_character(model, false);
    }
    if (takes(model, ')')) {
        return empty(model);
    }
    fits = read_union(model);
    model->is_wrong |= !takes(model, ')');
    return fits;
}

static struct fits read_complement(struct model *model) {
    if (!takes(model, '~')) {
        return read_simple(model);
    }
    struct fits fits = read_complement(model);
    return other(model, &fits);
}

static struct fits read_count(struct model *model, const struct fits *part) {
    unsigned long long least = 0;
    bool is_good = read_number(model, INT32_MAX, &least);
    unsigned long long most = least;
    if (is_good && takes(model, ',')) {
        most = LUCENE_TEXT_MAX + least;
        is_good = !sees(model, "0123456789") || read_number(model, INT32_MAX, &most);
    }
    model->is_wrong |= !is_good || !takes(model, '}');
    return model->is_wrong ? *part : repeat(model, part, (long)least, (long)most);
}

static struct fits read_repeat(struct model *model) {
    struct fits fits = read_complement(model);
    while (!model->is_wrong && sees(model, "?*+{")) {
        if (takes(model, '{')) {
            fits = read_count(model, &fits);
        } else if (takes(model, '?')) {
            fits = repeat(model, &fits, 0, 1);
        } else {
            long least = *model->at++ == '+' ? 1 : 0;
            fits = repeat(model, &fits, least, LUCENE_TEXT_MAX + 1);
        }
    }
    return fits;
}

static struct fits read_concatenation(struct model *model) {
    struct fits fits = read_repeat(model);
    while (!model->is_wrong && *model->at != '\0' && !sees(model, ")|&")) {
        struct fits next = read_repeat(model);
        fits = in_turn(model, &fits, &next);
    }
    return fits;
}

static struct fits read_intersection(struct model *model) {
    struct fits fits = read_concatenation(model);
    while (!model->is_wrong && takes(model, '&')) {
        struct fits next = read_concatenation(model);
        fits = both(&fits, &next);
    }
    return fits;
}

static struct fits read_union(struct model *model) {
    struct fits fits = read_intersection(model);
    while (!model->is_wrong && takes(model, '|')) {
        struct fits next = read_intersection(model);
        fits = either(&fits, &next);
    }
    return fits;
}

enum lucene_fit lucene_model_fits(const char *regex, bool folds, const char *text, size_t size) {
    struct model model = {.at = regex, .folds = folds};
    for (size_t i = 0, step = 0; i < size; i += step) {
        if (model.count == LUCENE_TEXT_MAX) {
            die("a text of more than %d characters", LUCENE_TEXT_MAX);
        }
        model.text[model.count++] = plain_utf8_read(text + i, &step);
    }
    struct fits fits = *regex == '\0' ? empty(&model) : read_union(&model);
    if (model.is_wrong || *model.at != '\0') {
        return LUCENE_IS_WRONG;
    }
    return (fits.ends[0] & bit(model.count)) != 0 ? LUCENE_FITS : LUCENE_DOES_NOT_FIT;
}
