// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "signals.h"
#include "terminal.h"

static int64_t now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void add_bytes(FILE *line, double bytes) {
    char text[EVTXSEQ_SIZE_TEXT];
    evtxseq_size_text(bytes, text);
    (void)fputs(text, line);
}

static void add_time_left(FILE *line, double seconds) {
    uint64_t left = (uint64_t)(seconds + 0.5);
    if (left >= 3600) {
        (void)fprintf(line, ", %" PRIu64 ":%02u:%02u left", left / 3600, (unsigned)(left / 60 % 60),
                      (unsigned)(left % 60));
    } else {
        (void)fprintf(line, ", %u:%02u left", (unsigned)(left / 60), (unsigned)(left % 60));
    }
}

static void add_count(FILE *line, size_t count, const char *one, const char *many) {
    (void)fprintf(line, ", %zu %s", count, count == 1 ? one : many);
}

// Workers say themselves how much they have read, so it may be any number.
static void compose(FILE *line, const struct evtxseq_progress *at, double seconds) {
    double bytes = (double)at->bytes;
    double rate = bytes / seconds;
    (void)fprintf(line, "evtxseq: ");
    if (at->pass > 0) {
        (void)fprintf(line, "context, pass %zu: ", at->pass);
    }
    add_bytes(line, bytes);
    if (at->total >= at->bytes && at->total > 0) {
        (void)fprintf(line, " of ");
        add_bytes(line, (double)at->total);
    }
    (void)fprintf(line, ", ");
    add_bytes(line, rate);
    (void)fprintf(line, "/s");
    // Longer than a month is not an estimate.
    double left = ((double)at->total - bytes) / rate;
    if (at->total >= at->bytes && at->total > 0 && left < 30.0 * 86400) {
        add_time_left(line, left);
    }
    add_count(line, at->inputs, "file", "files");
    if (at->pass > 0) {
        add_count(line, at->findings, "finding", "findings");
    } else {
        add_count(line, at->events, "stage event", "stage events");
    }
}

// How much of a line that is too long is shown: not the last parts.
static size_t cut(const char *line, size_t size, size_t room) {
    while (size > room) {
        const char *comma = memrchr(line, ',', size);
        size = comma == NULL ? room : (size_t)(comma - line);
    }
    return size;
}

static void write_all(const char *text, size_t size) {
    while (size > 0) {
        ssize_t count = write(STDERR_FILENO, text, size);
        if (count <= 0) {
            return;
        }
        text += count;
        size -= (size_t)count;
    }
}

static void draw(struct progress *progress, const struct evtxseq_progress *at, int64_t time) {
    char *text = NULL;
    size_t size = 0;
    int64_t passed = time - progress->started;
    FILE *line = open_memstream(&text, &size);
    if (line != NULL) {
        compose(line, at, (double)(passed > 0 ? passed : 1) / 1000);
    }
    if (line != NULL && fclose(line) == 0) {
        progress->is_shown = true;
        signals_erase(true);
        write_all("\r", 1);
        // One column less: in the last one some terminals go on to the next line.
        write_all(text, cut(text, size, terminal_columns(stderr) - 1));
        write_all(&SIGNALS_ERASE[1], sizeof SIGNALS_ERASE - 2);
    }
    free(text);
}

// Has signals.h say how far the scan has come, should one end the program now.
static void note(const struct evtxseq_progress *at) {
    char text[SIGNALS_NOTE_SIZE];
    char bytes[EVTXSEQ_SIZE_TEXT];
    char total[EVTXSEQ_SIZE_TEXT];
    bool has_total = at->total >= at->bytes && at->total > 0;
    evtxseq_size_text((double)at->bytes, bytes);
    evtxseq_size_text((double)at->total, total);
    (void)snprintf(text, sizeof text, "evtxseq: interrupted%s after %s%s%s, %zu file%s\n",
                   at->pass > 0 ? " while looking for context," : "", bytes,
                   has_total ? " of " : "", has_total ? total : "", at->inputs,
                   at->inputs == 1 ? "" : "s");
    signals_note(text);
}

void progress_start(struct progress *progress, const struct options *options) {
    *progress = (struct progress){
        .is_on = !options->quiet && terminal_redraws(stderr), .started = now(), .drawn = now()};
    signals_note("evtxseq: interrupted\n");
}

void progress_update(struct progress *progress, const struct evtxseq_scan *scan) {
    int64_t time = now();
    const struct evtxseq_progress at = evtxseq_scan_progress(scan);
    bool is_due = time - progress->drawn >= PROGRESS_INTERVAL;
    if (is_due) {
        note(&at);
    }
    if (at.pass != progress->pass) {
        progress->pass = at.pass;
        progress->started = time;
    }
    if (is_due) {
        progress->drawn = time;
        if (progress->is_on) {
            draw(progress, &at, time);
        }
    }
}

void progress_end(struct progress *progress) {
    if (progress->is_shown) {
        write_all(SIGNALS_ERASE, sizeof SIGNALS_ERASE - 1);
        signals_erase(false);
        progress->is_shown = false;
    }
}
