// SPDX-License-Identifier: GPL-3.0-or-later
// The MITRE ATT&CK techniques that rules name. Source: https://attack.mitre.org/, version 15.
#ifndef EVTXSEQ_ATTACK_H
#define EVTXSEQ_ATTACK_H

struct attack_technique {
    const char *id;     // of a technique, "T1047", or a sub-technique, "T1059.005"
    const char *name;   // of the technique itself
    const char *parent; // of a sub-technique: the ID of its technique; else NULL
    const char *tactic_id;
    const char *tactic_name;
};

// NULL when no rule has such a technique.
const struct attack_technique *attack_find(const char *id);

#endif
