// SPDX-License-Identifier: GPL-3.0-or-later
// Parses conditions and all they are made of: a function a level of the grammar, the loosest last.
#include "rules/eql_expression.h"

#include "base/buffer.h"
#include "rules/eql_functions.h"
#include "rules/eql_limits.h"

// Operators of two sides and lookups, by how tightly they bind.
enum level { LEVEL_COMPARISON, LEVEL_SUM, LEVEL_PRODUCT, LEVEL_LOOKUP };

static const struct operator{
    enum eql_token_kind token;
    enum eql_kind kind;
    enum level level;
}
operators[] = {
    {EQL_TOKEN_EQUAL, EQL_EQUAL, LEVEL_COMPARISON},
    {EQL_TOKEN_NOT_EQUAL, EQL_NOT_EQUAL, LEVEL_COMPARISON},
    {EQL_TOKEN_LESS, EQL_LESS, LEVEL_COMPARISON},
    {EQL_TOKEN_LESS_EQUAL, EQL_LESS_EQUAL, LEVEL_COMPARISON},
    {EQL_TOKEN_GREATER, EQL_GREATER, LEVEL_COMPARISON},
    {EQL_TOKEN_GREATER_EQUAL, EQL_GREATER_EQUAL, LEVEL_COMPARISON},
    {EQL_TOKEN_PLUS, EQL_ADD, LEVEL_SUM},
    {EQL_TOKEN_MINUS, EQL_SUBTRACT, LEVEL_SUM},
    {EQL_TOKEN_STAR, EQL_MULTIPLY, LEVEL_PRODUCT},
    {EQL_TOKEN_SLASH, EQL_DIVIDE, LEVEL_PRODUCT},
    {EQL_TOKEN_PERCENT, EQL_MODULO, LEVEL_PRODUCT},
    {EQL_TOKEN_IN, EQL_IN, LEVEL_LOOKUP},
    {EQL_TOKEN_COLON, EQL_MATCH, LEVEL_LOOKUP},
    {EQL_TOKEN_LIKE, EQL_LIKE, LEVEL_LOOKUP},
    {EQL_TOKEN_REGEX, EQL_REGEX, LEVEL_LOOKUP},
};

// The operator that is the next token; NULL where none of this level is.
static const struct operator* find_operator(const struct eql_build *build, enum level level) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (operators[i].level == level && eql_build_is_at(build, operators[i].token)) {
            return &operators[i];
        }
    }
    return NULL;
}

// ---- values

static struct eql_node *parse_literal(struct eql_build *build, enum eql_kind kind) {
    struct eql_node *node = eql_build_node(build, kind, build->token.place);
    if (node == NULL) {
        return NULL;
    }
    if (kind == EQL_STRING) {
        node->text = build->token.text;
    } else if (kind == EQL_BOOLEAN) {
        node->boolean = eql_build_is_at(build, EQL_TOKEN_TRUE);
    }
    return eql_build_advance(build) ? node : NULL;
}

// A number; a minus sign in front of it, which was at `place`, belongs to it: else the least whole
// number could not be written.
static struct eql_node *parse_number(struct eql_build *build, struct eql_place place,
                                     bool is_negative) {
    bool is_integer = eql_build_is_at(build, EQL_TOKEN_INTEGER);
    uint64_t integer = build->token.integer;
    double number = build->token.number;
    struct eql_node *node = eql_build_node(build, is_integer ? EQL_INTEGER : EQL_FLOAT, place);
    if (node == NULL) {
        return NULL;
    }
    if (!is_integer) {
        node->number = is_negative ? -number : number;
    } else if (is_negative) {
        node->integer = integer == 0 ? 0 : -(int64_t)(integer - 1) - 1;
    } else if (integer <= INT64_MAX) {
        node->integer = (int64_t)integer;
    } else {
        (void)eql_error_set(build->error, place, "expected a whole number that fits into 64 bits");
        return NULL;
    }
    return eql_build_advance(build) ? node : NULL;
}

static bool is_name(const struct eql_build *build) {
    return (eql_build_is_at(build, EQL_TOKEN_NAME) && !build->token.folds) ||
           eql_build_is_at(build, EQL_TOKEN_QUOTED_NAME);
}

static bool fail_no_name(struct eql_build *build) {
    const struct eql_token *token = &build->token;
    char excerpt[EQL_EXCERPT_SIZE];
    return eql_token_is_keyword(token)
               ? eql_error_set(build->error, token->place,
                               "expected a field's name, found %s: put a keyword into backticks",
                               eql_excerpt(token->raw, excerpt))
               : eql_build_expected(build, "a field's name");
}

// What follows the first part of a field's name, which was taken.
static bool read_name_parts(struct eql_build *build, struct buffer *name) {
    while (eql_build_is_at(build, EQL_TOKEN_DOT)) {
        if (!eql_build_advance(build)) {
            return false;
        }
        if (!is_name(build)) {
            return fail_no_name(build);
        }
        buffer_add_byte(name, '.');
        buffer_add(name, build->token.text.data, build->token.text.size);
        if (!eql_build_advance(build)) {
            return false;
        }
    }
    return true;
}

// The rest of a field that begins with `first`.
static struct eql_node *finish_field(struct eql_build *build, struct eql_node *node,
                                     struct text first) {
    struct buffer name = {0};
    const char *copy = NULL;
    buffer_add(&name, first.data, first.size);
    if (read_name_parts(build, &name)) {
        copy = name.failed ? NULL : arena_copy(build->arena, name.data, name.size);
        if (copy == NULL) {
            (void)eql_error_set_memory(build->error);
        }
    }
    node->text = (struct text){.data = copy, .size = name.size};
    buffer_free(&name);
    return copy == NULL ? NULL : node;
}

struct eql_node *eql_expression_parse_field(struct eql_build *build) {
    struct eql_node *node = eql_build_node(build, EQL_FIELD, build->token.place);
    if (node == NULL || !eql_build_take_if(build, EQL_TOKEN_OPTIONAL, &node->is_optional)) {
        return NULL;
    }
    if (!is_name(build)) {
        (void)fail_no_name(build);
        return NULL;
    }
    const struct text first = build->token.text;
    return eql_build_advance(build) ? finish_field(build, node, first) : NULL;
}

// A list's values, up to its closing parenthesis, which is taken.
static bool parse_list(struct eql_build *build, size_t mark) {
    bool goes_on = true;
    while (goes_on) {
        if (build->stack_count - mark >= EQL_LIST_MAX) {
            return eql_error_set(build->error, build->token.place,
                                 "expected at most %d values in a list", EQL_LIST_MAX);
        }
        if (!eql_build_push(build, eql_expression_parse(build)) ||
            !eql_build_take_if(build, EQL_TOKEN_COMMA, &goes_on)) {
            return false;
        }
    }
    return eql_build_take(build, EQL_TOKEN_PARENTHESIS_END, "a comma or a closing parenthesis");
}

static bool find_function(struct eql_build *build, const struct eql_token *name,
                          struct eql_node *node) {
    char excerpt[EQL_EXCERPT_SIZE];
    (void)eql_excerpt(name->text, excerpt);
    node->folds = name->folds;
    if (!eql_function_find(name->text.data, name->text.size, &node->function)) {
        return eql_error_set(build->error, name->place,
                             "expected the name of an EQL function, found %s", excerpt);
    }
    const struct eql_function_info *info = eql_function_info(node->function);
    if (name->folds && !info->may_fold) {
        return eql_error_set(build->error, name->place,
                             "expected %s without ~: it does not look at case", info->name);
    }
    return true;
}

static struct eql_node *parse_call(struct eql_build *build, const struct eql_token *name) {
    struct eql_node *node = eql_build_node(build, EQL_CALL, name->place);
    size_t mark = build->stack_count;
    bool is_empty = false;
    if (node == NULL || !find_function(build, name, node) || !eql_build_advance(build) ||
        !eql_build_take_if(build, EQL_TOKEN_PARENTHESIS_END, &is_empty) ||
        (!is_empty && !parse_list(build, mark))) {
        return NULL;
    }
    return eql_build_close(build, node, mark);
}

// A field or a call: what follows its name tells.
static struct eql_node *parse_name(struct eql_build *build) {
    const struct eql_token name = build->token;
    if (!eql_build_advance(build)) {
        return NULL;
    }
    if (eql_build_is_at(build, EQL_TOKEN_PARENTHESIS)) {
        return parse_call(build, &name);
    }
    if (eql_build_is_at(build, EQL_TOKEN_OF)) {
        char excerpt[EQL_EXCERPT_SIZE];
        (void)eql_error_set(build->error, name.place,
                            "expected a condition, found %s of, which is not supported",
                            eql_excerpt(name.text, excerpt));
        return NULL;
    }
    if (name.folds) {
        (void)eql_build_expected(build, "a parenthesis after the name of a function");
        return NULL;
    }
    struct eql_node *node = eql_build_node(build, EQL_FIELD, name.place);
    return node == NULL ? NULL : finish_field(build, node, name.text);
}

static struct eql_node *parse_parenthesis(struct eql_build *build) {
    struct eql_node *node = eql_build_advance(build) ? eql_expression_parse(build) : NULL;
    if (node == NULL ||
        !eql_build_take(build, EQL_TOKEN_PARENTHESIS_END, "an operator or a closing parenthesis")) {
        return NULL;
    }
    return node;
}

// Keys do not come here: a bracket after them begins an event.
static struct eql_node *refuse_index(struct eql_build *build, struct eql_node *field) {
    if (field != NULL && eql_build_is_at(build, EQL_TOKEN_BRACKET)) {
        (void)eql_error_set(build->error, build->token.place,
                            "expected a field as a whole: [N] after a name is not supported");
        return NULL;
    }
    return field;
}

static struct eql_node *parse_primary(struct eql_build *build) {
    switch (build->token.kind) {
    case EQL_TOKEN_NULL:
        return parse_literal(build, EQL_NULL);
    case EQL_TOKEN_TRUE:
    case EQL_TOKEN_FALSE:
        return parse_literal(build, EQL_BOOLEAN);
    case EQL_TOKEN_INTEGER:
    case EQL_TOKEN_FLOAT:
        return parse_number(build, build->token.place, false);
    case EQL_TOKEN_STRING:
        return parse_literal(build, EQL_STRING);
    case EQL_TOKEN_NAME:
        return refuse_index(build, parse_name(build));
    case EQL_TOKEN_OPTIONAL:
    case EQL_TOKEN_QUOTED_NAME:
        return refuse_index(build, eql_expression_parse_field(build));
    case EQL_TOKEN_PARENTHESIS:
        return parse_parenthesis(build);
    default:
        (void)eql_build_expected(build, "a field, a value or a condition");
        return NULL;
    }
}

// ---- lookups

// What a lookup compares with: for `in` a list, else one value or a list.
static bool parse_looked_up(struct eql_build *build, enum eql_kind kind, size_t mark) {
    bool is_list = false;
    if (!eql_build_take_if(build, EQL_TOKEN_PARENTHESIS, &is_list)) {
        return false;
    }
    if (is_list) {
        return parse_list(build, mark + 1);
    }
    if (kind == EQL_IN) {
        return eql_build_expected(build, "a list in parentheses after in");
    }
    return eql_build_push(build, parse_primary(build));
}

static struct eql_node *parse_lookup(struct eql_build *build, struct eql_node *looked_at,
                                     enum eql_kind kind) {
    struct eql_node *node = eql_build_node(build, kind, build->token.place);
    size_t mark = build->stack_count;
    if (node == NULL || !eql_build_push(build, looked_at)) {
        return NULL;
    }
    node->folds = build->token.folds;
    if (!eql_build_advance(build) || !parse_looked_up(build, kind, mark)) {
        return NULL;
    }
    return eql_build_close(build, node, mark);
}

static struct eql_node *negate(struct eql_build *build, struct eql_place place,
                               struct eql_node *operand) {
    size_t mark = build->stack_count;
    if (operand == NULL || !eql_build_push(build, operand)) {
        return NULL;
    }
    return eql_build_close(build, eql_build_node(build, EQL_NOT, place), mark);
}

// A value that was parsed and, if such an operator follows, what it is looked up in: `:`, `in` and
// the like bind more tightly than arithmetic.
static struct eql_node *parse_rest_of_lookup(struct eql_build *build, struct eql_node *node) {
    struct eql_place place = build->token.place;
    const struct operator* lookup = find_operator(build, LEVEL_LOOKUP);
    if (node == NULL) {
        return NULL;
    }
    if (!eql_build_is_at(build, EQL_TOKEN_NOT)) {
        return lookup == NULL ? node : parse_lookup(build, node, lookup->kind);
    }
    if (!eql_build_advance(build)) {
        return NULL;
    }
    if (!eql_build_is_at(build, EQL_TOKEN_IN)) {
        (void)eql_build_expected(build,
                                 "in after not (any other not stands in front of the field)");
        return NULL;
    }
    return negate(build, place, parse_lookup(build, node, EQL_IN));
}

// ---- arithmetic

static struct eql_node *parse_signed(struct eql_build *build);

// What follows a sign, which was at `place`.
static struct eql_node *parse_after_sign(struct eql_build *build, struct eql_place place,
                                         bool is_negative) {
    if (eql_build_is_at(build, EQL_TOKEN_INTEGER) || eql_build_is_at(build, EQL_TOKEN_FLOAT)) {
        return parse_rest_of_lookup(build, parse_number(build, place, is_negative));
    }
    size_t mark = build->stack_count;
    struct eql_node *node = parse_signed(build);
    if (!is_negative || !eql_build_push(build, node)) {
        return is_negative ? NULL : node;
    }
    return eql_build_close(build, eql_build_node(build, EQL_NEGATE, place), mark);
}

static struct eql_node *parse_signed(struct eql_build *build) {
    struct eql_place place = build->token.place;
    bool is_negative = eql_build_is_at(build, EQL_TOKEN_MINUS);
    if (!is_negative && !eql_build_is_at(build, EQL_TOKEN_PLUS)) {
        return parse_rest_of_lookup(build, parse_primary(build));
    }
    if (!eql_build_enter(build) || !eql_build_advance(build)) {
        return NULL;
    }
    struct eql_node *node = parse_after_sign(build, place, is_negative);
    eql_build_leave(build);
    return node;
}

// A node of two sides, of which the left one was parsed and the right one is given.
static struct eql_node *join(struct eql_build *build, enum eql_kind kind, struct eql_place place,
                             struct eql_node *left, struct eql_node *right) {
    size_t mark = build->stack_count;
    if (!eql_build_push(build, left) || !eql_build_push(build, right)) {
        return NULL;
    }
    return eql_build_close(build, eql_build_node(build, kind, place), mark);
}

static struct eql_node *parse_arithmetic(struct eql_build *build, enum level level);

// A side of an operator of the level.
static struct eql_node *parse_side(struct eql_build *build, enum level level) {
    return level == LEVEL_SUM ? parse_arithmetic(build, LEVEL_PRODUCT) : parse_signed(build);
}

// A sum, or a product.
static struct eql_node *parse_arithmetic(struct eql_build *build, enum level level) {
    struct eql_node *node = parse_side(build, level);
    const struct operator* found = NULL;
    while (node != NULL && (found = find_operator(build, level)) != NULL) {
        struct eql_place place = build->token.place;
        struct eql_node *right = eql_build_advance(build) ? parse_side(build, level) : NULL;
        node = join(build, found->kind, place, node, right);
    }
    return node;
}

// ---- conditions

static struct eql_node *parse_comparison(struct eql_build *build) {
    struct eql_node *node = parse_arithmetic(build, LEVEL_SUM);
    const struct operator* found = find_operator(build, LEVEL_COMPARISON);
    if (node == NULL || found == NULL) {
        return node;
    }
    struct eql_place place = build->token.place;
    struct eql_node *right = eql_build_advance(build) ? parse_arithmetic(build, LEVEL_SUM) : NULL;
    node = join(build, found->kind, place, node, right);
    if (node != NULL && find_operator(build, LEVEL_COMPARISON) != NULL) {
        (void)eql_build_expected(build,
                                 "and, or, or the end of the condition: comparisons do not chain");
        return NULL;
    }
    return node;
}

static struct eql_node *parse_not(struct eql_build *build) {
    if (!eql_build_is_at(build, EQL_TOKEN_NOT)) {
        return parse_comparison(build);
    }
    struct eql_place place = build->token.place;
    if (!eql_build_enter(build) || !eql_build_advance(build)) {
        return NULL;
    }
    struct eql_node *node = negate(build, place, parse_not(build));
    eql_build_leave(build);
    return node;
}

static struct eql_node *parse_logic(struct eql_build *build, enum eql_kind kind);

// An operand of `or`, or of `and`.
static struct eql_node *parse_operand(struct eql_build *build, enum eql_kind kind) {
    return kind == EQL_OR ? parse_logic(build, EQL_AND) : parse_not(build);
}

// What `or` joins, or `and`.
static struct eql_node *parse_logic(struct eql_build *build, enum eql_kind kind) {
    enum eql_token_kind token = kind == EQL_OR ? EQL_TOKEN_OR : EQL_TOKEN_AND;
    size_t mark = build->stack_count;
    struct eql_node *node = parse_operand(build, kind);
    if (node == NULL || !eql_build_is_at(build, token)) {
        return node;
    }
    struct eql_place place = build->token.place;
    bool goes_on = eql_build_push(build, node);
    while (goes_on && eql_build_is_at(build, token)) {
        goes_on = eql_build_advance(build) && eql_build_push(build, parse_operand(build, kind));
    }
    return goes_on ? eql_build_close(build, eql_build_node(build, kind, place), mark) : NULL;
}

struct eql_node *eql_expression_parse(struct eql_build *build) {
    if (!eql_build_enter(build)) {
        return NULL;
    }
    struct eql_node *node = parse_logic(build, EQL_OR);
    eql_build_leave(build);
    return node;
}
