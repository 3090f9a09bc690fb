// SPDX-License-Identifier: GPL-3.0-or-later
// The ATT&CK techniques that rules name.
#include "rules/attack.h"

#include <stddef.h>
#include <string.h>

static const struct attack_technique techniques[] = {
    {"T1047", "Windows Management Instrumentation", NULL, "TA0002", "Execution"},
    {"T1059", "Command and Scripting Interpreter", NULL, "TA0002", "Execution"},
    {"T1059.005", "Visual Basic", "T1059", "TA0002", "Execution"},
    {"T1059.007", "JavaScript", "T1059", "TA0002", "Execution"},
    {"T1566", "Phishing", NULL, "TA0001", "Initial Access"},
    {"T1566.001", "Spearphishing Attachment", "T1566", "TA0001", "Initial Access"},
};

const struct attack_technique *attack_find(const char *id) {
    for (size_t i = 0; i < sizeof techniques / sizeof *techniques; i++) {
        if (strcmp(techniques[i].id, id) == 0) {
            return &techniques[i];
        }
    }
    return NULL;
}
