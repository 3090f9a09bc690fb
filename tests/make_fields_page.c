// SPDX-License-Identifier: GPL-3.0-or-later
// make-fields-page: writes the manual page of the fields to standard output.
#include <stdio.h>
#include <stdlib.h>

#include "fields_page.h"

int main(void) {
    char *page = fields_page();
    int status = fputs(page, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 1;
    free(page);
    return status;
}
