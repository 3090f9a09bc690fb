// SPDX-License-Identifier: GPL-3.0-or-later
#include "words.h"

#include <stdlib.h>
#include <string.h>

#include "xmem.h"

void list_add(struct list *list, char *item) {
    list->items = xgrow(list->items, list->count, sizeof *list->items);
    list->items[list->count++] = item;
}

void list_free(struct list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct list){0};
}

struct list split(const char *text, const char *separators) {
    struct list list = {0};
    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        size_t length = strcspn(text, separators);
        list_add(&list, xstrndup(text, length));
        text += length;
    }
    return list;
}
