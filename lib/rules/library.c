// SPDX-License-Identifier: GPL-3.0-or-later
#include "rules/library.h"

#include "rules/fields.h"

static bool is_of_library(const struct eql_node *node) {
    struct field field = fields_find(node->text);
    return field.id == FIELD_DLL_NAME || field.id == FIELD_DLL_PATH ||
           field.id == FIELD_FILE_NAME || field.id == FIELD_FILE_PATH ||
           (field.id == FIELD_EVENT_DATA && field.data == DATA_IMAGE_LOADED);
}

// Whether all fields in it are of the library.
static bool asks_library(const struct eql_node *node) {
    for (size_t i = 0; i < node->count; i++) {
        if (!asks_library(node->operands[i])) {
            return false;
        }
    }
    return node->kind != EQL_FIELD || is_of_library(node);
}

static const char *first_text(const struct eql_node *node) {
    const char *text = node->kind == EQL_STRING ? node->text.data : NULL;
    for (size_t i = 0; text == NULL && i < node->count; i++) {
        text = first_text(node->operands[i]);
    }
    return text;
}

static bool take(struct eql_node *node, struct eql_stage *asked, const char **name) {
    // What is negated says which library it must not be.
    if (node->kind == EQL_NOT || node->kind == EQL_NOT_EQUAL || !asks_library(node)) {
        return false;
    }
    *name = first_text(node);
    *asked = (struct eql_stage){.is_any = true, .condition = node, .runs = 1};
    return *name != NULL;
}

bool library_of(const struct eql_stage *stage, struct eql_stage *asked, const char **name) {
    struct eql_node *condition = stage->condition;
    if (condition->kind != EQL_AND) {
        return take(condition, asked, name);
    }
    for (size_t i = 0; i < condition->count; i++) {
        if (take(condition->operands[i], asked, name)) {
            return true;
        }
    }
    return false;
}
