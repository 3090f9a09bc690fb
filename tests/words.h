// SPDX-License-Identifier: GPL-3.0-or-later
// A text's words, or lines.
#ifndef EVTXSEQ_TESTS_WORDS_H
#define EVTXSEQ_TESTS_WORDS_H

#include <stddef.h>

struct list {
    char **items;
    size_t count;
};

// Takes ownership of the item.
void list_add(struct list *list, char *item);
void list_free(struct list *list);

// What stands between runs of the separators; none is empty.
struct list split(const char *text, const char *separators);

#endif
