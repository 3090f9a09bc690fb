// SPDX-License-Identifier: GPL-3.0-or-later
// A line on the terminal that says how far a scan has come.
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "signals.h"
#include "terminal.h"

static int64_t now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// "12.3 MiB"
static void add_bytes(struct buffer *line, double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    buffer_printf(line, unit == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

static void add_time_left(struct buffer *line, double seconds) {
    uint64_t left = (uint64_t)(seconds + 0.5);
    if (left >= 3600) {
        buffer_printf(line, ", %" PRIu64 ":%02u:%02u left", left / 3600, (unsigned)(left / 60 % 60),
                      (unsigned)(left % 60));
    } else {
        buffer_printf(line, ", %u:%02u left", (unsigned)(left / 60), (unsigned)(left % 60));
    }
}

static void add_count(struct buffer *line, size_t count, const char *one, const char *many) {
    buffer_printf(line, ", %zu %s", count, count == 1 ? one : many);
}

// Workers say themselves how much they have read, so it may be any number.
static void compose(struct buffer *line, const struct scan *scan, double seconds) {
    const struct scan_progress at = scan_progress(scan);
    double bytes = (double)at.bytes;
    double rate = bytes / seconds;
    buffer_printf(line, "evtxseq: ");
    if (at.pass > 0) {
        buffer_printf(line, "context, pass %zu: ", at.pass);
    }
    add_bytes(line, bytes);
    if (at.total >= at.bytes && at.total > 0) {
        buffer_printf(line, " of ");
        add_bytes(line, (double)at.total);
    }
    buffer_printf(line, ", ");
    add_bytes(line, rate);
    buffer_printf(line, "/s");
    // Longer than a month is no estimate.
    double left = ((double)at.total - bytes) / rate;
    if (at.total >= at.bytes && at.total > 0 && left < 30.0 * 86400) {
        add_time_left(line, left);
    }
    add_count(line, at.inputs, "file", "files");
    if (at.pass > 0) {
        add_count(line, scan_result(scan)->findings.count, "finding", "findings");
    } else {
        add_count(line, at.events, "stage event", "stage events");
    }
}

// Leaves out the last parts of a line that is too long.
static void cut(struct buffer *line, size_t room) {
    while (line->size > room) {
        const char *comma = memrchr(line->data, ',', line->size);
        line->size = comma == NULL ? room : (size_t)(comma - line->data);
    }
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

static void draw(struct progress *progress, const struct scan *scan, int64_t time) {
    struct buffer line = {0};
    size_t width = terminal_columns(stderr);
    int64_t passed = time - progress->started;
    compose(&line, scan, (double)(passed > 0 ? passed : 1) / 1000);
    // One column less: in the last one some terminals go on to the next line.
    cut(&line, width - 1);
    progress->is_shown = true;
    signals_erase(true);
    write_all("\r", 1);
    write_all(line.data, line.size);
    write_all(&SIGNALS_ERASE[1], sizeof SIGNALS_ERASE - 2);
    buffer_free(&line);
}

void progress_start(struct progress *progress, const struct options *options) {
    *progress = (struct progress){
        .is_on = !options->quiet && terminal_redraws(stderr), .started = now(), .drawn = now()};
}

void progress_update(struct progress *progress, const struct scan *scan) {
    if (!progress->is_on) {
        return;
    }
    int64_t time = now();
    size_t pass = scan_progress(scan).pass;
    if (pass != progress->pass) {
        progress->pass = pass;
        progress->started = time;
    }
    if (time - progress->drawn >= PROGRESS_INTERVAL) {
        draw(progress, scan, time);
        progress->drawn = time;
    }
}

void progress_end(struct progress *progress) {
    if (progress->is_shown) {
        write_all(SIGNALS_ERASE, sizeof SIGNALS_ERASE - 1);
        signals_erase(false);
        progress->is_shown = false;
    }
}
