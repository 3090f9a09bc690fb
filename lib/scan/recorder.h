// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the events that workers report, packed, in a file without a name, until all are there:
// their order in an events file does not depend on which worker was first.
#ifndef EVTXSEQ_RECORDER_H
#define EVTXSEQ_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/events_file.h"
#include "scan/message.h"

struct recorder;

// The file is in this directory. NULL with errno set.
struct recorder *recorder_new(const char *directory);
void recorder_free(struct recorder *recorder);

// Takes an event of the job of an input that begins there. False with errno set, here and below.
bool recorder_add(struct recorder *recorder, size_t input, uint64_t begin,
                  const struct message *message);

// The job is done.
bool recorder_end_job(struct recorder *recorder, size_t input, uint64_t begin);

uint64_t recorder_event_count(const struct recorder *recorder);

// Writes all events; `numbers` are those that the inputs have in the file.
bool recorder_write(struct recorder *recorder, const uint32_t *numbers,
                    struct events_writer *writer);

#endif
