// SPDX-License-Identifier: GPL-3.0-or-later
#include "scan/archive_reports.h"

#include "scan/jobs.h"

static void add_archive_problem(struct scan *scan, const char *path, const char *reason) {
    scan_add_problem(scan, PROBLEM_ARCHIVE, path, PROBLEM_NO_OFFSET, reason);
}

// Names what is wrong with a part of an archive, of many parts the first ones. Later passes come
// upon the same.
static void take_trouble(struct scan *scan, size_t number, const char *name,
                         enum unpack_trouble trouble) {
    enum { TROUBLES_MAX = 100 };
    struct archive_input *archive = &scan->archives.list[number];
    if (scan->pass != PASS_RULES || archive->troubles > TROUBLES_MAX) {
        return;
    }
    if (archive->troubles++ == TROUBLES_MAX) {
        add_archive_problem(scan, archive->path, "more parts of it than are named");
        return;
    }
    const char *path = archives_path(&scan->archives, number, name);
    scan->has_failed = scan->has_failed || path == NULL;
    if (path != NULL) {
        add_archive_problem(scan, path, unpack_trouble_text(trouble));
    }
}

// A new log, or in a later pass the one that was there in the first. NULL when it is not, or memory
// ran out.
static struct source *source_of_member(struct scan *scan, size_t number, const char *name) {
    struct archive_input *archive = &scan->archives.list[number];
    if (scan->pass != PASS_RULES) {
        struct source *source = archive->next < archive->member_count
                                    ? &scan->sources.list[archive->members[archive->next]]
                                    : NULL;
        bool is_same =
            source != NULL && archives_path_is(&scan->archives, number, name, source->path);
        archive->next += is_same;
        return is_same ? source : NULL;
    }
    const char *path = archives_path(&scan->archives, number, name);
    if (path == NULL || !sources_add(&scan->sources, path) ||
        !archives_add_member(&scan->archives, number, scan->sources.count - 1)) {
        scan->has_failed = true;
        return NULL;
    }
    scan->result.inputs += !scan->options.carve;
    struct source *source = &scan->sources.list[scan->sources.count - 1];
    source->in_archive = true;
    source->is_once = archive->is_once;
    return source;
}

// All of a log, which comes as a stream.
static struct scan_segment whole_stream(const struct scan *scan, const struct source *source) {
    return (struct scan_segment){.end = UINT64_MAX,
                                 .input_end = UINT64_MAX,
                                 .is_stream = true,
                                 .is_carved = scan->options.carve,
                                 .input = source->rank};
}

static void take_member(struct scan *scan, const struct opener_report *report) {
    const struct source *source = source_of_member(scan, report->job->number, report->name);
    size_t number = source == NULL ? 0 : (size_t)(source - scan->sources.list);
    bool is_wanted = source != NULL && (scan->pass == PASS_RULES || jobs_read_again(scan, number));
    if (is_wanted) {
        jobs_announce(scan, &(struct announced){.source = number,
                                                .slot = report->slot,
                                                .segment = whole_stream(scan, source)});
    } else {
        openers_pass_over(scan->openers, report->slot);
    }
}

// The log that was unpacked last.
static void take_member_end(struct scan *scan, const struct opener_report *report) {
    const struct archive_input *archive = &scan->archives.list[report->job->number];
    if (report->trouble != UNPACK_WHOLE && scan->pass == PASS_RULES) {
        size_t last = archive->members[archive->member_count - 1];
        add_archive_problem(scan, scan->sources.list[last].path,
                            unpack_trouble_text(report->trouble));
    }
}

static void finish_archive(struct scan *scan, const struct opener_report *report) {
    const struct archive_input *archive = &scan->archives.list[report->job->number];
    if (scan->pass != PASS_RULES) {
        if (archive->next < archive->member_count) {
            add_archive_problem(scan, archive->path, "changed while it was read");
        }
        return;
    }
    scan->result.passed_over += report->passed_over;
    if (archive->member_count == 0 && archive->troubles == 0 && archive->is_named) {
        scan_add_problem(scan, PROBLEM_NO_LOG, archive->path, PROBLEM_NO_OFFSET,
                         "no EVTX log in this archive");
    }
}

void archive_reports_take(struct scan *scan, const struct opener_report *report) {
    struct archive_input *archive = &scan->archives.list[report->job->number];
    switch (report->kind) {
    case OPENER_MEMBER:
        take_member(scan, report);
        break;
    case OPENER_MEMBER_END:
        take_member_end(scan, report);
        break;
    case OPENER_TROUBLE:
        take_trouble(scan, report->job->number, report->name, report->trouble);
        break;
    case OPENER_NO_SANDBOX:
        scan->result.lacks_sandbox = true;
        break;
    case OPENER_DIED:
        archive->troubles++;
        add_archive_problem(scan, archive->path, opener_death_text(report->death));
        break;
    case OPENER_DONE:
        finish_archive(scan, report);
        break;
    case OPENER_FACTS: // are of images
    case OPENER_DAMAGE:
        break;
    }
}
