// SPDX-License-Identifier: GPL-3.0-or-later
// make-damaged OUTDIR COUNT: writes COUNT damaged logs, OUTDIR/N.evtx, the same ones every time;
// OUTDIR/N-whole.evtx, which has no damage; OUTDIR/N-partners.evtx, with which each stage event of
// the log makes a finding of its own; and the record IDs of the stage events, one a line, in
// OUTDIR/N-whole.txt, of those that survive in OUTDIR/N.txt.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "damaged_log.h"
#include "paired_log.h"
#include "xmem.h"

enum { SEED = 20240501 };

// The stage events, or only those that survive in `damaged` where that is not NULL.
static void write_list(const struct paired_log *log, const struct damaged_log *damaged,
                       const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        die("%s cannot be written", path);
    }
    for (size_t i = 0; i < log->pair_count; i++) {
        const uint64_t ids[2] = {log->pairs[i].load_id, log->pairs[i].start_id};
        for (size_t k = 0; k < 2; k++) {
            if (damaged == NULL || survives(damaged, ids[k])) {
                (void)fprintf(file, "%" PRIu64 "\n", ids[k]);
            }
        }
    }
    if (fclose(file) != 0) {
        die("%s cannot be written", path);
    }
}

static void write_log(const char *base, const uint8_t *bytes, size_t size,
                      const struct paired_log *log, const struct damaged_log *damaged) {
    char *path = xformat("%s.evtx", base);
    char *list = xformat("%s.txt", base);
    make_parents(path);
    write_file(path, bytes, size);
    write_list(log, damaged, list);
    free(path);
    free(list);
}

static void write_one(const char *directory, unsigned long number) {
    struct paired_log *log = paired_log_new(SEED + number);
    struct damaged_log *damaged = damaged_log_new(log, SEED + number);
    struct evtx_log *partners = partner_log(log);
    char *base = xformat("%s/%lu", directory, number);
    char *whole = xformat("%s-whole", base);
    char *partners_path = xformat("%s-partners.evtx", base);
    write_log(base, damaged->bytes, damaged->size, log, damaged);
    write_log(whole, log->bytes, log->size, log, NULL);
    evtx_log_save(partners, partners_path);
    free(base);
    free(whole);
    free(partners_path);
    evtx_log_free(partners);
    damaged_log_free(damaged);
    paired_log_free(log);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        die("usage: make-damaged OUTDIR COUNT");
    }
    unsigned long count = strtoul(argv[2], NULL, 10);
    for (unsigned long i = 0; i < count; i++) {
        write_one(argv[1], i);
    }
    return EXIT_SUCCESS;
}
