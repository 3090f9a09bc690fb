// SPDX-License-Identifier: GPL-3.0-or-later
// Check suite: logs in archives that ordinary tools made, whole, damaged and hostile.
// Environment: see scripted.h.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"
#include "command.h"
#include "faults.h"
#include "scan/outlet.h"
#include "scripted.h"
#include "suites.h"
#include "xmem.h"

#define FINDING "20e4a3e749bd689b,wmi-script-execution,"
#define INCOMPLETE ": archive not read in full: "

// Tools that make rar archives are not free: these have one file that is stored, after the public
// descriptions of RAR 4 and RAR 5.
#define PYTHON_START                                                                               \
    "python3 -c \"import zipfile\n"                                                                \
    "from struct import pack\n"                                                                    \
    "from zlib import crc32\n"                                                                     \
    "log = open('sample.evtx', 'rb').read()\n"
#define RAR4                                                                                       \
    PYTHON_START                                                                                   \
    "block = lambda b: pack('<H', crc32(b) & 0xffff) + b\n"                                        \
    "head = pack('<BHHIIBIIBBHI', 0x74, 0x8000, 43, len(log), len(log), 3, crc32(log), 0, 20,"     \
    " 0x30, 11, 0o100644)\n"                                                                       \
    "open('a', 'wb').write(b'Rar!' + bytes((26, 7, 0)) + block(pack('<BHH6x', 0x73, 0, 13)) +"     \
    " block(head + b'sample.evtx') + log + block(pack('<BHH', 0x7b, 0x4000, 7)))\""
#define RAR5                                                                                       \
    PYTHON_START                                                                                   \
    "vint = lambda n: bytes((n & 127 | 128,)) + vint(n >> 7) if n > 127 else bytes((n,))\n"        \
    "sized = lambda b: vint(len(b)) + b\n"                                                         \
    "block = lambda b: pack('<I', crc32(sized(b))) + sized(b)\n"                                   \
    "head = bytes((2, 2)) + vint(len(log)) + bytes((4,)) + vint(len(log)) + vint(0o100644) +"      \
    " pack('<I', crc32(log)) + bytes((0, 1)) + sized(b'sample.evtx')\n"                            \
    "open('a', 'wb').write(b'Rar!' + bytes((26, 7, 1, 0)) + block(bytes((1, 0, 0))) +"             \
    " block(head) + log + block(bytes((5, 0, 0))))\""
#define ZIP64                                                                                      \
    PYTHON_START                                                                                   \
    "with zipfile.ZipFile('a', 'w') as a, a.open('sample.evtx', 'w', force_zip64=True) as f:\n"    \
    "  f.write(log)\""

// Each makes an archive `a` of sample.evtx, and is followed by the path of the log.
static const struct form {
    const char *script;
    const char *path;
} forms[] = {
    {"zip -q a sample.evtx && mv a.zip a", "!/sample.evtx"},
    {"zip -q -0 a sample.evtx && mv a.zip a", "!/sample.evtx"},
    {"zip -q - - <sample.evtx >a", "!/-"}, // its sizes come after it
    {"7z a -bd a.7z sample.evtx && mv a.7z a", "!/sample.evtx"},
    {"7z a -bd -tzip -mm=LZMA a.zip sample.evtx && mv a.zip a", "!/sample.evtx"},
    {"tar -cf a ./sample.evtx", "!/sample.evtx"},
    {"tar -cf a --format=v7 sample.evtx", "!/sample.evtx"},
    {"mkdir d && cp sample.evtx d && tar -czf a d", "!/d/sample.evtx"},
    {"tar -cf a --format=pax sample.evtx", "!/sample.evtx"},
    {"tar -cJf a sample.evtx", "!/sample.evtx"},
    {"tar -cjf a sample.evtx", "!/sample.evtx"},
    {"tar -cf - sample.evtx | zstd -q >a", "!/sample.evtx"},
    {"echo sample.evtx | cpio -o -H newc --quiet >a", "!/sample.evtx"},
    {"echo sample.evtx | cpio -o -H odc --quiet | gzip >a", "!/sample.evtx"},
    {"genisoimage -quiet -R -o a sample.evtx", "!/sample.evtx"},
    {"genisoimage -quiet -J -o a sample.evtx", "!/sample.evtx"},
    {RAR4, "!/sample.evtx"},
    {RAR5, "!/sample.evtx"},
    {ZIP64, "!/sample.evtx"},
    {"gzip <sample.evtx >a", "!/a"},
    {"xz <sample.evtx >a", "!/a"},
    {"bzip2 <sample.evtx >a", "!/a"},
    {"lz4 -q <sample.evtx >a", "!/a"},
    {"zstd -q <sample.evtx >a", "!/a"},
    // Archives in archives: at most three in the outermost.
    {"zip -q b sample.evtx && zip -q a b.zip && mv a.zip a", "!/b.zip!/sample.evtx"},
    {"7z a -bd b.7z sample.evtx && gzip b.7z && tar -cf c b.7z.gz && zip -q a c && mv a.zip a",
     "!/c!/b.7z.gz!/b.7z!/sample.evtx"},
    {"gzip <sample.evtx >b.evtx && genisoimage -quiet -R -o c b.evtx && xz <c >a",
     "!/a!/b.evtx!/b"},
};

enum { FORM_COUNT = sizeof forms / sizeof *forms };

// By its path, and by standard input, where the path is `-`: a file, and a pipe.
START_TEST(test_form) {
    const struct form *form = &forms[_i];
    static const char *const commands[] = {"\"$E\" -v -f csv a", "\"$E\" -v -f csv --csv-raw - <a",
                                           "cat a | \"$E\" -v -f csv --csv-raw -"};
    char *directory = make_files(form->script);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct outcome outcome = run_script(directory, commands[i]);
        // A compressed file's content has its name, which standard input has none of.
        const char *path = strcmp(form->path, "!/a") == 0 && i > 0 ? "!/-" : form->path;
        char *whole = xformat(",%s%s,", i == 0 ? "a" : "-", path);
        expect_status(&outcome, 1, form->script);
        expect_text(outcome.output, FINDING, form->script);
        if (strncmp(form->path, "!/a!/", 5) != 0) {
            expect_text(outcome.output, whole, form->script);
        }
        expect_text(outcome.errors, "evtxseq: 1 finding (1 medium) in 1 log, 68.0 KiB, 45 records",
                    form->script);
        expect_no_text(outcome.errors, "problem", form->script);
        free(whole);
        outcome_free(&outcome);
    }
    remove_all(directory);
}
END_TEST

START_TEST(test_directory) {
    char *directory = make_files("mkdir in && cp sample.evtx in && cd in && zip -q a sample.evtx &&"
                                 "7z a -bd b.7z sample.evtx && gzip -c sample.evtx >sample.gz &&"
                                 "tar -cf - sample.evtx | zstd -q >c && zip -q nested a.zip b.7z &&"
                                 "echo no >note && zip -q words note && rm note");
    struct outcome outcome = run_script(directory, "\"$E\" -v -f csv in");
    expect_status(&outcome, 1, "directory");
    expect_text(outcome.output, FINDING, "directory");
    expect_text(outcome.errors, "evtxseq: 1 finding (1 medium) in 7 logs, 476 KiB, 315 records",
                "directory");
    expect_text(outcome.errors, "evtxseq: passed over: 1 file in an archive that is not a log\n",
                "directory");
    expect_no_text(outcome.errors, "problem", "directory");
    remove_all(directory);
    outcome_free(&outcome);
}
END_TEST

// What further passes look for is found in an archive as it is in the logs themselves.
START_TEST(test_context) {
    char *directory = make_temporary_directory();
    struct test_case *test = case_read("testdata/cases/context.case");
    char *logs = xformat("%s/logs", directory);
    case_write_files(test, logs);
    case_free(test);
    free(logs);
    static const char script[] =
        "for kind in zip 7z tar; do 7z a -bd logs.$kind logs >/dev/null; done;"
        "\"$E\" -f jsonl logs >expected || true;"
        "for kind in zip 7z tar; do"
        " \"$E\" -j3 -f jsonl logs.$kind | sed \"s,logs\\.$kind!/,,g\" >out;"
        " cmp expected out; done; grep -c '\"context\"' out";
    struct outcome outcome = run_script(directory, script);
    expect_status(&outcome, 0, "context");
    expect_no_text(outcome.output, "differ", "context");
    ck_assert_int_gt(atoi(outcome.output), 0);
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// What cannot be read, and what it is called.
static const struct trial trials[] = {
    {"zip -q -P secret a sample.evtx",
     "a.zip",
     2,
     {"a.zip!/sample.evtx" INCOMPLETE "encrypted; unpack it first"}},
    {"7z a -bd -psecret a.7z sample.evtx",
     "a.7z",
     2,
     {"a.7z!/sample.evtx" INCOMPLETE "encrypted; unpack it first"}},
    {"7z a -bd -psecret -mhe=on a.7z sample.evtx",
     "a.7z",
     2,
     {"a.7z" INCOMPLETE "encrypted; unpack it first"}},
    {"7z a -bd -tzip -mm=deflate64 a.zip sample.evtx",
     "a.zip",
     2,
     {"a.zip!/sample.evtx" INCOMPLETE
      "compressed in a way that is not supported; unpack it first"}},
    // The finding stands in the first chunk.
    {"zip -q -0 a sample.evtx && cp sample.evtx z.evtx && zip -q -0 a z.evtx &&"
     "head -c 100000 a.zip >cut.zip",
     "cut.zip",
     1,
     {"cut.zip!/z.evtx" INCOMPLETE "damaged"}},
    {"gzip <sample.evtx >a && head -c 2000 a >cut.gz",
     "cut.gz",
     2,
     {"cut.gz!/cut" INCOMPLETE "damaged"}},
    {"zip -q -0 a sample.evtx && printf X | dd of=a.zip bs=1 seek=60000 conv=notrunc status=none",
     "a.zip",
     1,
     {"a.zip!/sample.evtx" INCOMPLETE "damaged"}},
    {"zip -q -0 a sample.evtx && cp sample.evtx z.evtx && zip -q a z.evtx &&"
     "head -c -60 a.zip >b && head -c 60 /dev/zero >>b",
     "b",
     1,
     {NULL}},
    // What stands at an archive's end stands in its middle, too.
    {"echo no >b && cp b c && zip -q -X -0 a b c sample.evtx &&"
     "printf 'PK\\1\\2' | dd of=a.zip bs=1 seek=34 conv=notrunc status=none",
     "a.zip",
     1,
     {"a.zip" INCOMPLETE "damaged"}},
    {"echo no >b && seq 100 >c && printf '%s\\n' b c sample.evtx | cpio -o -H newc --quiet >a &&"
     "cpio -o -H newc --quiet </dev/null | head -c 124 |"
     "dd of=a bs=1 seek=116 conv=notrunc status=none",
     "a",
     1,
     {"a" INCOMPLETE "damaged"}},
    {"printf 'PK\\3\\4 and no more' >a", "a", 2, {"a" INCOMPLETE "damaged"}},
    {"printf 'PK\\3\\4 and no more' >a", "-f csv sample.evtx a", 1, {"a" INCOMPLETE "damaged"}},
#ifndef EVTXSEQ_SANITIZED // which sets no limit
    // That memory ran out is forgotten by the time that another archive has a name in no code page.
    {"echo sample.evtx | cpio -o -H newc --quiet >a &&"
     "printf EEEEEEEE | dd of=a bs=1 seek=94 conv=notrunc status=none && zip -q -X b sample.evtx &&"
     "python3 -c \"b = bytearray(open('b.zip', 'rb').read())\n"
     "for flag, name in (7, 30), (b.rfind(b'PK\\1\\2') + 9, b.rfind(b'PK\\1\\2') + 46):\n"
     "  b[flag], b[name] = 8, 255\n"
     "open('b.zip', 'wb').write(b)\"",
     "-j1 a b.zip",
     1,
     {"a" INCOMPLETE "takes too much memory; unpack it first"}},
#endif
    {"echo no >note && zip -q a note", "a.zip", 2, {"a.zip: no EVTX log in this archive"}},
    {"echo no >note && mkdir d && zip -q d/a note", "d", 2, {"found no EVTX log in the inputs"}},
    {"for i in b c d e; do zip -q $i sample.evtx && mv $i.zip sample.evtx; done;"
     "zip -q a sample.evtx",
     "a.zip",
     2,
     {"more than 3 archives within an archive; unpack it first"}},
    {"zip -q a sample.evtx", "-o a.zip a.zip", 2, {"a.zip"}},
    {"dd if=/dev/zero of=sample.evtx bs=8 count=1 conv=notrunc status=none &&"
     "mv sample.evtx log && zip -q a log",
     "a.zip",
     1,
     {"a.zip!/log: offset 0: damaged file header"}},
    {"(echo raw; cat sample.evtx) >disk && zip -q a disk", "--carve a.zip", 1, {NULL}},
};

enum { TRIAL_COUNT = sizeof trials / sizeof *trials };

START_TEST(test_trial) {
    expect_trial(&trials[_i]);
}
END_TEST

// Past a limit an archive is read no further, which is said and costs nothing else. The build with
// faults has limits of a few MiB.
static const struct trial bombs[] = {
    {"{ cat sample.evtx; head -c 7000000 /dev/zero; } | zstd -q >a",
     "a sample.evtx",
     1,
     {"a" INCOMPLETE "the archive becomes more than 1,000 times its size; not read further"}},
    {"head -c 7000000 /dev/zero | xz | gzip >a",
     "a sample.evtx",
     1,
     {"a" INCOMPLETE "the archive becomes more than 1,000 times its size; not read further"}},
    {"head -c 9000000 /dev/urandom >big.evtx && zip -q a big.evtx sample.evtx",
     "a.zip",
     1,
     {"a.zip!/big.evtx" INCOMPLETE "too large; unpack it first"}},
    {"for i in 1 2 3 4 5; do head -c 8000000 /dev/urandom >$i.evtx; done; zip -q -0 a ?.evtx",
     "a.zip sample.evtx",
     1,
     {"a.zip" INCOMPLETE "the archive has too much in it; unpack it first"}},
    {"mkdir d && cd d && seq 1001 | xargs touch && cp ../sample.evtx z.evtx && zip -qr ../a .",
     "a.zip sample.evtx",
     1,
     {"a.zip" INCOMPLETE "the archive has too many members; not read further"}},
    // Each has more than one that can be held in memory.
    {"head -c 2000000 /dev/urandom >other && 7z a -bd -mx0 b.7z sample.evtx other && zip -q -0 a b.7z",
     "a.zip sample.evtx",
     1,
     {"a.zip!/b.7z" INCOMPLETE "too large for a 7z archive in another or on a pipe"}},
    {"head -c 2000000 /dev/urandom >other && zip -q b other sample.evtx && zip -q a b.zip",
     "a.zip",
     1,
     {NULL}},
};

enum { BOMB_COUNT = sizeof bombs / sizeof *bombs };

START_TEST(test_bomb) {
    const struct trial *bomb = &bombs[_i];
    char *directory = make_files(bomb->script);
    char *arguments = xformat("\"$E\" -v -f csv %s", bomb->arguments);
    struct outcome outcome = run_script_with_faults(directory, arguments);
    expect_status(&outcome, bomb->status, bomb->script);
    expect_text(outcome.output, FINDING, bomb->script);
    if (bomb->errors[0] != NULL) {
        expect_text(outcome.errors, bomb->errors[0], bomb->script);
    }
    free(arguments);
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// Names are shown and nothing else is done with them.
static const struct name {
    const char *python;
    const char *shown;
} names[] = {
    {"'../../outside.evtx'", "a.zip!/../../outside.evtx,"},
    {"'/absolute.evtx'", "a.zip!//absolute.evtx,"},
    {"'back\\\\slash.evtx'", "a.zip!/back/slash.evtx,"},
    {"'a!/b.evtx'", "a.zip!/a!/b.evtx,"},
    {"'\\u65e5\\u672c.evtx'", "a.zip!/\xe6\x97\xa5\xe6\x9c\xac.evtx,"},
    {"'x' * 60000 + '.evtx'", "... (60005 bytes, member 1)"},
};

enum { NAME_COUNT = sizeof names / sizeof *names };

START_TEST(test_name) {
    const struct name *name = &names[_i];
    char *script = xformat("mkdir d && cd d && python3 -c \"import zipfile\n"
                           "with zipfile.ZipFile('a.zip', 'w') as archive:\n"
                           "  archive.writestr(%s, open('../sample.evtx', 'rb').read())\"",
                           name->python);
    char *directory = make_files(script);
    struct outcome outcome =
        run_script(directory, "cd d; \"$E\" -v -f csv a.zip || test $? -eq 1; ls . ..");
    expect_status(&outcome, 0, name->python);
    expect_text(outcome.output, FINDING, name->python);
    expect_text(outcome.output, name->shown, name->python);
    expect_text(outcome.output, ".:\na.zip\n\n..:\nd\nsample.evtx\n", name->python);
    outcome_free(&outcome);
    free(script);
    remove_all(directory);
}
END_TEST

// Bytes of other code pages, and such as act on a terminal.
START_TEST(test_name_bytes) {
    char *directory =
        make_files("python3 -c \"import io, tarfile\n"
                   "log = open('sample.evtx', 'rb').read()\n"
                   "with tarfile.open('a.tar', 'w', format=tarfile.USTAR_FORMAT) as archive:\n"
                   "  for name in (b'\\\\x1b[31m\\\\x82\\\\xa0\\\\n.evtx',):\n"
                   "    member = tarfile.TarInfo(name.decode('utf-8', 'surrogateescape'))\n"
                   "    member.size = len(log) - 4096\n"
                   "    archive.addfile(member, io.BytesIO(log))\"");
    struct outcome outcome = run_script(directory, "\"$E\" -v a.tar 2>&1");
    expect_text(outcome.output, "a.tar!/", "bytes");
    expect_no_text(outcome.output, "\x1b", "bytes");
    expect_no_text(outcome.output, "\x82", "bytes");
    outcome_free(&outcome);
    // In a zip archive, which does not say what they are.
    outcome = run_script(directory, "mv sample.evtx XX.evtx; zip -q -0 b XX.evtx;"
                                    "LC_ALL=C sed 's/XX\\.evtx/\x82\xa0.evtx/g' b.zip >c.zip;"
                                    "\"$E\" -v c.zip 2>&1");
    expect_status(&outcome, 1, "zip");
    expect_text(outcome.output, "c.zip!/\\x82\\xA0.evtx", "zip");
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// Links in a tar archive name what is elsewhere.
START_TEST(test_links) {
    char *directory = make_files("mkdir d && cp sample.evtx d && ln d/sample.evtx d/hard.evtx &&"
                                 "ln -s ../sample.evtx d/soft.evtx && tar -cf a d && rm -r d");
    struct outcome outcome = run_script(directory, "\"$E\" -v -f csv a");
    expect_status(&outcome, 1, "links");
    expect_text(outcome.errors, "evtxseq: 1 finding (1 medium) in 1 log, 68.0 KiB, 45 records",
                "links");
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// What an archive does to the process that opens it costs that archive.
static const struct fault {
    const char *name;
    const char *reason;
} faults[] = {
    {"segv", "the unpacking process died"},
    {"abort", "the unpacking process died"},
    {"hang", "the unpacking process took too long"},
    {"wait", "the unpacking process took too long"},
    {"nonsense", "the unpacking process sent nonsense"},
#ifndef EVTXSEQ_SANITIZED
    {"memory", "the unpacking process died"},
    {"file", "the unpacking process made a forbidden system call"},
    {"network", "the unpacking process made a forbidden system call"},
    {"program", "the unpacking process made a forbidden system call"},
    {"process", "the unpacking process made a forbidden system call"},
#endif
};

enum { FAULT_COUNT = sizeof faults / sizeof *faults };

START_TEST(test_fault) {
    const struct fault *fault = &faults[_i];
    char *script = xformat("cp sample.evtx b.evtx && cp sample.evtx " FAULTS_MARK "%s &&"
                           "zip -q -0 a b.evtx " FAULTS_MARK "%s && zip -q other sample.evtx &&"
                           "rm *" FAULTS_MARK "*",
                           fault->name, fault->name);
    char *directory = make_files(script);
    struct outcome outcome =
        run_script_with_faults(directory, "\"$E\" -v -j1 -f csv a.zip other.zip; ls");
    char *line = xformat("evtxseq: a.zip" INCOMPLETE "%s\n", fault->reason);
    expect_text(outcome.errors, line, fault->name);
    expect_text(outcome.output, FINDING, fault->name);
    expect_text(outcome.errors, "evtxseq: 1 finding (1 medium) in 2 logs", fault->name);
    expect_no_text(outcome.output, FAULTS_FILE, fault->name);
    free(line);
    outcome_free(&outcome);
    free(script);
    remove_all(directory);
}
END_TEST

// Processes that open archives, and workers that wait for them, have one piece of memory each that
// others can see, and not the same.
START_TEST(test_shares_no_memory) {
    static const char watch[] =
        "\"$E\" -q -j4 a.zip b.zip & process=$!; sleep 0.7\n"
        "for child in $(cat /proc/$process/task/$process/children); do\n"
        "  awk '$2 == \"rw-s\" {print $5}' /proc/$child/maps; done >memory\n"
        "kill -KILL $process; wc -l <memory; sort -u memory | wc -l";
    char *directory = make_files("for name in a b; do\n"
                                 "  cp sample.evtx $name-" FAULTS_MARK "hang\n"
                                 "  zip -q -0 $name $name-" FAULTS_MARK "hang; done");
    struct outcome outcome = run_script_with_faults(directory, watch);
    ck_assert_str_eq(outcome.output, "6\n6\n");
    outcome_free(&outcome);
    remove_all(directory);
}
END_TEST

// Bytes of which no two stretches are the same.
static const uint8_t *numbers(size_t at, size_t size) {
    enum { COUNT = 1 << 20 };
    static uint32_t list[COUNT];
    for (uint32_t i = 0; list[COUNT - 1] == 0 && i < COUNT; i++) {
        list[i] = i;
    }
    ck_assert_uint_le(at + size, sizeof list);
    return (const uint8_t *)list + at;
}

// Bytes that are sent at once: copied, in pages that they fill or do not, in several steps.
static const size_t part_sizes[] = {3000, 16 << 10, 20000, 70000, 128 << 10, 300000};

enum { PART_SIZE_COUNT = sizeof part_sizes / sizeof *part_sizes };

// Has a process send that many numbers.
static pid_t start_sender(const int *ends, size_t part, size_t total, size_t pipe_size) {
    pid_t process = fork();
    if (process == 0) {
        struct outlet outlet;
        bool ok = true;
        (void)close(ends[0]);
        outlet_open(&outlet, ends[1], pipe_size);
        for (size_t at = 0; ok && at < total; at += part) {
            ok = outlet_send(&outlet, numbers(at, part), part);
        }
        outlet_close(&outlet);
        _exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    (void)close(ends[1]);
    return process;
}

// Waits until the process waits for something, or has ended.
static void await_rest(pid_t process) {
    char *path = xformat("/proc/%d/stat", (int)process);
    char state = 'R';
    while (state != 'S' && state != 'Z') {
        char *text = read_file(path, NULL);
        state = strrchr(text, ')')[2];
        free(text);
    }
    free(path);
}

// Pages that are lent to a pipe stay as they are until they have been read: each time it is full,
// and those for what comes next are filled, some of it is.
START_TEST(test_outlet) {
    enum { STEP = 100001, TOTAL = 4 << 20 };
    size_t part = part_sizes[_i % PART_SIZE_COUNT];
    size_t pipe_size = _i < PART_SIZE_COUNT ? OUTLET_PIPE_SIZE : SIZE_MAX; // nothing is lent
    size_t total = TOTAL / part * part;
    static uint8_t bytes[STEP];
    int ends[2];
    int status = 0;
    size_t at = 0;
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(fcntl(ends[1], F_SETPIPE_SZ, OUTLET_PIPE_SIZE), OUTLET_PIPE_SIZE);
    pid_t sender = start_sender(ends, part, total, pipe_size);
    for (ssize_t count = 1; count > 0; at += (size_t)count) {
        await_rest(sender);
        count = read(ends[0], bytes, STEP);
        ck_assert_int_ge(count, 0);
        ck_assert_mem_eq(bytes, numbers(at, (size_t)count), (size_t)count);
    }
    ck_assert_uint_eq(at, total);
    ck_assert_int_eq(waitpid(sender, &status, 0), sender);
    ck_assert_int_eq(status, 0);
    (void)close(ends[0]);
}
END_TEST

START_TEST(test_outlet_without_reader) {
    struct outlet outlet;
    int ends[2];
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < PART_SIZE_COUNT; i++) {
        ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
        outlet_open(&outlet, ends[1], OUTLET_PIPE_SIZE);
        (void)close(ends[0]);
        ck_assert(!outlet_send(&outlet, numbers(0, part_sizes[i]), part_sizes[i]));
        outlet_close(&outlet);
    }
}
END_TEST

// As many as there is time for here; more by hand, with another seed.
START_TEST(test_damaged) {
    // As in the script.
    static const char logs[] = "log a.evtx\n"
                               "load  10:00:00 host=HOST-A\n"
                               "start 10:00:01 host=HOST-A\n"
                               "log b.evtx\n"
                               "load  11:00:00 host=HOST-B\n"
                               "start 11:00:01 host=HOST-B\n"
                               "log c.evtx\n"
                               "load  12:00:00 host=HOST-C\n"
                               "start 12:00:01 host=HOST-C\n";
    char *directory = make_temporary_directory();
    char *here = absolute_path(".");
    char *command = absolute_path(setting("EVTXSEQ", "build/evtxseq"));
    char *script =
        xformat("'%s/tests/damaged_archives.py' --evtxseq='%s' --logs=. --count=60", here, command);
    case_write_text(logs, directory);
    struct outcome outcome = run_script(directory, script);
    ck_assert_msg(outcome.status == 0, "%s%s", outcome.output, outcome.errors);
    outcome_free(&outcome);
    free(script);
    free(command);
    free(here);
    remove_all(directory);
}
END_TEST

void archives_tests(TCase *tests) {
    tcase_add_loop_test(tests, test_form, 0, FORM_COUNT);
    tcase_add_test(tests, test_directory);
    tcase_add_test(tests, test_context);
    tcase_add_loop_test(tests, test_trial, 0, TRIAL_COUNT);
    tcase_add_loop_test(tests, test_bomb, 0, BOMB_COUNT);
    tcase_add_loop_test(tests, test_name, 0, NAME_COUNT);
    tcase_add_test(tests, test_name_bytes);
    tcase_add_test(tests, test_links);
    tcase_add_loop_test(tests, test_fault, 0, FAULT_COUNT);
    tcase_add_test(tests, test_shares_no_memory);
    tcase_add_loop_test(tests, test_outlet, 0, 2 * PART_SIZE_COUNT);
    tcase_add_test(tests, test_outlet_without_reader);
    tcase_add_test(tests, test_damaged);
}
