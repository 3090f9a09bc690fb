// SPDX-License-Identifier: GPL-3.0-or-later
// Scans logs and walks the findings:
//
//     cc walk.c $(pkg-config --cflags --libs evtxseq) -o walk
//     ./walk Sysmon.evtx collected/
#include <evtxseq.h>

#include <inttypes.h>
#include <stdio.h>

// For a program to read: a value must not be shown on a terminal as it is.
static void print_field(const struct evtxseq_event *event, const char *name) {
    const char *value = evtxseq_event_field(event, name);
    if (value != NULL) {
        printf("  %s=%s\n", name, value);
    }
}

static void print_event(const char *role, const struct evtxseq_event *event) {
    if (event == NULL) {
        return;
    }
    printf(" %s: event %u, record %" PRIu64 " in %s, %" PRId64 " ms\n", role,
           evtxseq_event_id(event), evtxseq_event_record(event), evtxseq_event_path(event),
           evtxseq_event_time(event));
    print_field(event, "Image");
    print_field(event, "CommandLine");
}

static void print_finding(const struct evtxseq_finding *finding) {
    static const char *const bases[] = {
        [EVTXSEQ_EXACT] = "exact",
        [EVTXSEQ_REPEAT] = "repeat",
        [EVTXSEQ_IMAGE_NAME] = "image-name",
    };
    const char *host = evtxseq_finding_host(finding);
    printf("%016" PRIx64 " %s %s on %s, %" PRId64 " ms\n", evtxseq_finding_id(finding),
           evtxseq_rule_id(evtxseq_finding_rule(finding)), bases[evtxseq_finding_basis(finding)],
           host == NULL ? "an unnamed host" : host, evtxseq_finding_span(finding));
    for (size_t i = 0; i < evtxseq_finding_event_count(finding); i++) {
        const struct evtxseq_event *event = evtxseq_finding_event(finding, i);
        const struct evtxseq_event *creation = evtxseq_finding_creation(finding, i);
        if (creation != event) {
            print_event("process", creation);
        }
        print_event("event", event);
    }
    for (size_t i = 0; i < evtxseq_finding_descendant_count(finding); i++) {
        print_event("descendant", evtxseq_finding_descendant(finding, i));
    }
}

static void print_problem(const struct evtxseq_problem *problem) {
    fprintf(stderr, "%s: %s%s\n", evtxseq_problem_path(problem), evtxseq_problem_reason(problem),
            evtxseq_problem_is_serious(problem) ? " (may have cost a finding)" : "");
}

int main(int argc, char **argv) {
    struct evtxseq_scan *scan =
        evtxseq_scan_paths(NULL, (const char *const *)argv + 1, argc < 1 ? 0 : (size_t)argc - 1);
    if (scan == NULL) {
        perror("walk");
        return 2;
    }
    for (size_t i = 0; i < evtxseq_scan_finding_count(scan); i++) {
        print_finding(evtxseq_scan_finding(scan, i));
    }
    for (size_t i = 0; i < evtxseq_scan_problem_count(scan); i++) {
        print_problem(evtxseq_scan_problem(scan, i));
    }
    int status = evtxseq_scan_finding_count(scan) > 0 ? 1 : evtxseq_scan_is_complete(scan) ? 0 : 2;
    evtxseq_scan_free(scan);
    return status;
}
