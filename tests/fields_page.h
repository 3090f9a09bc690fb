// SPDX-License-Identifier: GPL-3.0-or-later
// The manual page of the fields, man/evtxseq-fields.5, made of the one list that there is.
#ifndef EVTXSEQ_TESTS_FIELDS_PAGE_H
#define EVTXSEQ_TESTS_FIELDS_PAGE_H

// The whole page. The caller frees it.
char *fields_page(void);

#endif
