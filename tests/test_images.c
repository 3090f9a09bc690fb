// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: logs in forensic images that ordinary tools made, whole and damaged. Environment:
// see scripted.h.
#include <stdlib.h>
#include <string.h>

#include "scripted.h"
#include "suites.h"
#include "xmem.h"

#define FINDING "20e4a3e749bd689b,wmi-script-execution,"
#define INCOMPLETE "forensic image not read in full: "

// The sample log at the end of the first MiB of a disk, so that it lies in two files of an image
// that is cut there; and an image of the disk. Where it is not compressed, its files are cut after
// 31 chunks of 32 KiB: they have 1 MiB with what else is in them. ewfacquire wants a path with a
// directory.
#define DISK                                                                                       \
    "acquire() { ewfacquire -q -u -l /dev/null \"$@\" >log 2>&1 || { cat log >&2; exit 1; }; };"   \
    "{ head -c 1000000 /dev/zero; cat sample.evtx; head -c 3333632 /dev/zero; } >disk;"
#define PIECES DISK "acquire -t case -c none -S 1MiB $PWD/disk;"

// Each makes an image, and is followed by the path to name.
static const struct form {
    const char *script;
    const char *path;
} forms[] = {
    {DISK "acquire -t case -c none $PWD/disk", "case.E01"},
    {DISK "acquire -t case -c fast $PWD/disk", "case.E01"},
    {DISK "acquire -t case -c best -b 16 $PWD/disk", "case.E01"},
    {DISK "acquire -t case -c empty-block -b 1024 $PWD/disk", "case.E01"},
    {DISK "ewfacquirestream -q -t case -m fixed <disk >log 2>&1", "case.E01"},
    {PIECES, "case.E01"},
    {PIECES "mv case.E01 case.e01; for i in 2 3 4 5; do mv case.E0$i case.e0$i; done", "case.e01"},
    {DISK "acquire -f encase1 -t case -c none -S 1MiB $PWD/disk", "case.E01"},
    {DISK "acquire -f encase7 -t case -c none -S 1MiB $PWD/disk", "case.E01"},
    {DISK "acquire -f linen5 -t case -c none -S 1MiB $PWD/disk", "case.E01"},
    {DISK "acquire -f ftk -t case -c none -S 1MiB $PWD/disk", "case.E01"},
    {DISK "acquire -f ewfx -t case -c none -S 1MiB $PWD/disk", "case.e01"},
    {DISK "acquire -f smart -t case -c none -S 1MiB $PWD/disk", "case.s01"},
    // As an L01 is, as far as its bytes are concerned.
    {DISK "acquire -t case $PWD/disk; printf L | dd of=case.E01 conv=notrunc status=none;"
          "mv case.E01 case.L01",
     "case.L01"},
    {DISK "acquire -t case $PWD/disk; mv case.E01 image", "image"},
    {DISK "acquire -t case $PWD/disk; printf X | dd of=case.E01 conv=notrunc status=none",
     "case.E01"}, // which libewf's own tools refuse
    {DISK "split -b 1M -a 3 --numeric-suffixes=1 disk case.", "case.001"},
    {DISK "split -b 60000 -a 3 -d disk case.", "case.000"}, // of many files
};

enum { FORM_COUNT = sizeof forms / sizeof *forms };

// What is found in an image is what is found in the disk, at the same place; by the name of the
// first file, of all, and of their directory, by one worker and by several.
START_TEST(test_form) {
    const struct form *form = &forms[_i];
    char *directory = make_files(form->script);
    char *script = xformat(
        "\"$E\" --carve -v -f jsonl disk >expected 2>said || test $? -eq 1;"
        "rm -f log; mkdir d; mv %.4s* d; for paths in d/%s d 'd/*'; do"
        " for jobs in 1 3; do"
        "  \"$E\" --carve -v -j$jobs -f jsonl $paths >found 2>errors || test $? -eq 1;"
        "  sed 's,\"d/%s\",\"disk\",g' found | cmp expected - && sed 's/, [0-9.]* s$//' errors;"
        " done; done | sort | uniq -c; grep -c '\"context\"' expected",
        form->path, form->path, form->path);
    struct outcome outcome = run_script(directory, script);
    expect_status(&outcome, 0, form->script);
    expect_text(outcome.output, " 6 evtxseq: 1 finding (1 medium) in 1 log, 4.2 MiB, 45 records\n",
                form->script);
    expect_no_text(outcome.output, "problem", form->script);
    expect_no_text(outcome.output, "differ", form->script);
    free(script);
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// What cannot be read, and what it is called.
static const struct trial trials[] = {
    // The log lies in the first and second file, the finding in the first of them.
    {PIECES "rm case.E03",
     "--carve case.E01",
     1,
     {"case.E01: offset 2031616: " INCOMPLETE "its file 3 is missing"}},
    {PIECES "rm case.E03 case.E04",
     "--carve case.E01",
     1,
     {"case.E01: offset 2031616: " INCOMPLETE "its files 3 to 4 are missing"}},
    {PIECES "rm case.E01",
     "--carve case.E03",
     2,
     {"case.E02: offset 0: " INCOMPLETE "its file 1 is missing"}},
    {PIECES "rm case.E05",
     "--carve case.E01",
     1,
     {"case.E01: offset 4063232: " INCOMPLETE "the image goes on here in a file that is missing"}},
    {PIECES "truncate -s 500000 case.E03",
     "--carve case.E01",
     1,
     {"case.E03: offset 1141: " INCOMPLETE "the image's file is damaged or cut short here"}},
    {PIECES "truncate -s 500000 case.E03; rm case.E05",
     "--carve case.E01",
     1,
     {"case.E03: offset 1141: " INCOMPLETE, "goes on here in a file that is missing",
      "case.E01: " INCOMPLETE "offsets after a missing or damaged file are too low"}},
    {PIECES ": >case.E03", "--carve case.E01", 1, {"case.E03: offset 13: " INCOMPLETE}},
    {PIECES "printf X | dd of=case.E04 bs=1 seek=500000 conv=notrunc status=none",
     "--carve case.E01",
     1,
     {"case.E01: offset 3538944: " INCOMPLETE "32768 bytes are damaged, and read as zeros"}},
    {PIECES "printf X | dd of=case.E04 conv=notrunc status=none", "--carve case.E01", 1, {NULL}},
    {PIECES "printf X | dd of=case.E01 conv=notrunc status=none", "--carve case.E02", 1, {NULL}},
    {DISK "split -b 1M -a 3 --numeric-suffixes=1 disk case.; rm case.003",
     "--carve case.001",
     1,
     {"case.001: offset 2097152: " INCOMPLETE "its file 3 is missing"}},
    {DISK "acquire -t case $PWD/disk; head -c 1000 case.E01 >cut.E01",
     "--carve cut.E01",
     2,
     {"cut.E01: " INCOMPLETE "nothing of it can be read by libewf"}},
    {DISK "acquire -t case $PWD/disk; zip -q a case.E01",
     "--carve a.zip",
     2,
     {"a.zip!/case.E01: archive not read in full: a forensic image, which is read from files only; "
      "unpack it first"}},
    {DISK "acquire -t case $PWD/disk",
     "--carve - <case.E01",
     2,
     {"-: archive not read in full: a forensic image, which is read from files only"}},
    {"printf 'EVF2\\r\\n\\201\\000 and no more' >case.Ex01",
     "--carve case.Ex01",
     2,
     {"case.Ex01: an Ex01 or Lx01 image; convert it to E01 first"}},
    {DISK "acquire -t case $PWD/disk; dd if=/dev/zero of=case.E01 bs=99 count=1 conv=notrunc",
     "--carve case.E01",
     2,
     {"case.E01: offset 0: " INCOMPLETE
      "it is named like a file of an image, but does not begin like one"}},
    // Without --carve it is not read.
    {PIECES, "case.E01", 2, {"case.E01: a forensic image; --carve reads it"}},
    {PIECES "mkdir d; mv case.* d",
     "d",
     2,
     {"d/case.E01: forensic image that was passed over: --carve reads it"}},
    {PIECES "mkdir d; mv case.* sample.evtx d",
     "d",
     1,
     {"problems: 1 forensic image that was passed over\n"}},
    {PIECES, "--carve -o case.E03 case.E01", 2, {"case.E03"}},
};

enum { TRIAL_COUNT = sizeof trials / sizeof *trials };

START_TEST(test_trial) {
    expect_trial(&trials[_i]);
}
END_TEST

// The account of a run names each file, with its hash.
START_TEST(test_account) {
    char *directory = make_files(PIECES);
    struct outcome outcome = run_script(
        directory, "\"$E\" --carve --report=r case.E01 >out 2>errors || test $? -eq 1;"
                   "jq -r '.inputs[] | select(.kind == \"image\") | .sha256 + \"  \" + .path' r"
                   " | sha256sum -c; jq -r '.inputs[] | .kind + \" \" + .path' r");
    expect_status(&outcome, 0, "account");
    expect_text(outcome.output,
                "case.E01: OK\ncase.E02: OK\ncase.E03: OK\ncase.E04: OK\ncase.E05: OK\n",
                "account");
    expect_text(outcome.output, "log case.E01\n", "account");
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// What is collected of a damaged image gives, merged, what the image itself gives.
START_TEST(test_collect) {
    char *directory = make_files(PIECES "rm case.E03;"
                                        "printf X | dd of=case.E04 bs=1 seek=500000 conv=notrunc");
    struct outcome outcome = run_script(
        directory,
        "one() { n=${1#--}; \"$E\" -v -f jsonl --report=$n.report \"$@\" >$n.out 2>$n.errors ||"
        " test $? -eq 1; sed -i 's/, [0-9.]* s$//' $n.errors;"
        " jq '{inputs, problems}' $n.report >$n.account; };"
        "one --carve case.E01;"
        "\"$E\" --collect --carve -o part.events case.E01 2>errors ||"
        " test $? -eq 2;"
        "one --merge part.events;"
        "for part in out errors account; do"
        " cmp carve.$part merge.$part && wc -l <merge.$part; done");
    expect_status(&outcome, 0, "collect");
    expect_no_text(outcome.output, "differ", "collect");
    expect_no_text(outcome.output, "0\n", "collect");
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// However the evidence arrives, it is one finding, of the same ID.
START_TEST(test_arrivals) {
    char *directory = make_files(
        PIECES
        "mkdir in; cp sample.evtx in; cd in; zip -q log sample.evtx;"
        "7z a -bd log.7z sample.evtx >log; rm log; tar -cf - sample.evtx | zstd -q >log.tar.zst;"
        "gzip <sample.evtx >log.gz; zip -q nested log.zip");
    struct outcome outcome = run_script(
        directory,
        "for paths in in '--carve case.E01'; do \"$E\" -v -f csv $paths || test $? -eq 1;"
        "done");
    expect_status(&outcome, 0, "arrivals");
    const char *second = strstr(outcome.output, "\n" FINDING);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_nonnull(strstr(second + 1, "\n" FINDING));
    expect_text(outcome.output,
                "in/log.7z!/sample.evtx;in/log.gz!/log;in/log.tar.zst!/sample.evtx;"
                "in/log.zip!/sample.evtx;in/nested.zip!/log.zip!/sample.evtx;in/sample.evtx",
                "arrivals");
    expect_text(outcome.errors, "1 finding (1 medium) in 6 logs, 408 KiB, 270 records", "arrivals");
    expect_text(outcome.errors, "1 finding (1 medium) in 1 log, 4.2 MiB, 45 records", "arrivals");
    expect_no_text(outcome.errors, "problem", "arrivals");
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

void images_tests(TCase *tests) {
    tcase_add_loop_test(tests, test_form, 0, FORM_COUNT);
    tcase_add_loop_test(tests, test_trial, 0, TRIAL_COUNT);
    tcase_add_test(tests, test_account);
    tcase_add_test(tests, test_collect);
    tcase_add_test(tests, test_arrivals);
}
