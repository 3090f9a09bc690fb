#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures evtxseq against reading the file, evtxexport and other EVTX readers.

Every command runs once a round, one after the other, and the table shows each one's median of all
rounds. All output goes to /dev/null, and all files are read once before, so that they are in the
page cache. `CPU s` is the processor time of all processes of a run, and `peak` the resident set
of the largest, as GNU time reports them for the command and all that it waited for.

The big logs repeat the chunks of the logs given, with some written by make-logs beside them, in
which many records hold wmiprvse.exe: see make_big_log.py. The log for the readers that decode
everything is a smaller one, else they would take minutes; compare MB/s.

Two more logs have event IDs in the shares of real logs, and with 20 % process creations. On them it
runs sets of 1, 10, 100, 310 and 2,000 rules: those of --rules where there are enough, and rules
written for this. Chainsaw and Hayabusa run rules of their own, where they and these are there.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from make_big_log import CHUNK_SIZE, HEADER_SIZE, MIB, file_header, find_logs  # noqa: E402
from make_big_log import read_chunks, write_mix, write_small, write_stages  # noqa: E402
from make_big_log import write_turns  # noqa: E402
from event_mix import mix_case  # noqa: E402
from rule_sets import find_rules, write_set  # noqa: E402

TOOLS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(TOOLS)
PEAK_MAX = 32 * MIB
SAME_PEAK = 1.1  # the largest may be this many times the smallest
BROAD_MAX = 256 * MIB
BEFORE_LEAST = 0.97  # of the speed of an older one; less is no difference that can be measured
SMALL_LEAST = 0.9  # the same over small logs, for which workers are renewed
STAGES_LEAST = {"evtxseq 0.1.0": 30}  # times the speed of that version where all are stage events
LINEAR = 1.15  # seconds a MiB may be this many times those of a smaller log


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--build", default="build", help="directory of evtxseq and the programs of its tests")
    add("--logs", nargs="+", default=["testdata/logs"], help="logs and directories to repeat")
    add("--size", type=float, default=1024, help="MiB of the big log")
    add("--no-growth", action="store_true", help="leave out logs of a quarter and four times that")
    add("--export-size", type=float, default=64, help="MiB for readers that decode everything")
    add("--stage-size", type=float, default=64, help="MiB of the log of nothing but stage events")
    add("--mix-size", type=float, default=1024, help="MiB of the logs for many rules; 0 for none")
    add("--broad-size", type=float, default=4096, help="MiB of the log for a broad rule; 0 for none")
    add("--before", help="an older evtxseq, which this one must not be slower than")
    add("--rules", help="directory of rules to measure with")
    add("--chainsaw", default="chainsaw")
    add("--chainsaw-mapping", help="Chainsaw's mappings/sigma-event-logs-all.yml")
    add("--sigma", help="Sigma rules for Chainsaw")
    add("--hayabusa", default="hayabusa")
    add("--hayabusa-rules", help="Hayabusa's rules")
    add("--small-logs", type=int, default=10000, help="number of 68 KiB logs; 0 for none")
    add("--rounds", type=int, default=5)
    add("--work", default="build/bench", help="directory for the logs")
    add("--clean", action="store_true", help="remove that directory afterwards")
    add("--callgrind", action="store_true", help="only count instructions for a fixed 4 MiB log")
    return parser.parse_args()


# Logs written for the purpose

# One of a busy machine's minutes: event ID, the image it is about, another field.
USUAL = [
    (5, r"C:\Windows\System32\conhost.exe", ""),
    (11, r"C:\Windows\System32\svchost.exe", r"TargetFilename: C:\Windows\Prefetch\CMD.EXE-1.pf"),
    (13, r"C:\Windows\System32\services.exe", r"TargetObject: HKLM\System\CurrentControlSet\Start"),
    (3, r"C:\Program Files\Agent\agent.exe", "DestinationIp: 192.0.2.7"),
    (7, r"C:\Windows\System32\svchost.exe", r"ImageLoaded: C:\Windows\System32\ncrypt.dll"),
    (1, r"C:\Windows\System32\taskhostw.exe", r"ParentImage: C:\Windows\System32\svchost.exe"),
]
PROVIDER_HOST = [
    (10, r"C:\Windows\System32\lsass.exe", r"TargetImage: C:\Windows\System32\wbem\WmiPrvSE.exe"),
    (7, r"C:\Windows\System32\wbem\WmiPrvSE.exe", r"ImageLoaded: C:\Windows\System32\ntmarta.dll"),
    (5, r"C:\Windows\System32\wbem\WmiPrvSE.exe", ""),
]
MORE = (
    "RuleName: -",
    "ProcessGuid: {A1B2C3D4-10A0-6632-5101-000000001100}",
    "ProcessId: 1234",
    "Description: one of many records that are like it and have nothing to do with the rule",
    "Hashes: SHA256=3D77E7769CFC8B4A1098E9A1F2BDE4432A6A70253EA6C2A58C8F8403A9038288",
    r"User: NT AUTHORITY\SYSTEM",
)


def event_lines(number, kind):
    event_id, image, field = kind
    seconds = number // 4
    time_of_day = f"{8 + seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{number % 4}"
    yield f"event {event_id} {time_of_day}"
    yield f"  UtcTime: 2024-05-01 {time_of_day}00"
    yield f"  Image: {image}"
    yield from (f"  {line}" for line in MORE)
    if field:
        yield f"  {field}"


def usual_case():
    """Chunks without wmiprvse.exe, chunks with some, and one with an attack."""
    yield "log usual.evtx"
    for number in range(600):
        yield from event_lines(number, USUAL[number % len(USUAL)])
    yield "chunk"
    for number in range(600, 1200):
        is_host = number % 5 == 0
        kinds = PROVIDER_HOST if is_host else USUAL
        yield from event_lines(number, kinds[number // 5 % len(kinds)])
    yield "chunk"
    for number in range(1200, 1230):
        yield from event_lines(number, USUAL[number % len(USUAL)])
    yield "load 09:00:00"
    yield "start 09:00:00.200"


def stages_case():
    """Loads and starts in turn, a quarter of a second apart: every second record is a finding."""
    yield "log stages.evtx"
    for number in range(1000):
        seconds, part = divmod(number, 4)
        kind = "start" if number % 2 else "load"
        yield f"{kind} 10:{seconds // 60:02}:{seconds % 60:02}.{part * 250:03}"


def make_logs(args):
    """Returns the log of usual events and that of stage events."""
    for name, lines in (("usual", usual_case()), ("stages", stages_case())):
        path = os.path.join(args.work, f"{name}.case")
        with open(path, "w", encoding="utf-8") as case:
            case.write("\n".join(lines) + "\n")
        subprocess.run([args.make_logs, args.work, path], check=True)
    return (os.path.join(args.work, name, f"{name}.evtx") for name in ("usual", "stages"))


# Rules

ALL_RULES, MANY_RULES = 310, 2000
RULE_COUNTS = (1, 10, 100, ALL_RULES, MANY_RULES)
FOUND_RULES = "evtxseq -j 2, all rules found"
MIXES = {"mix": ("shares of real logs", None), "starts": ("20 % process creations", 20)}
MIX_EVENTS = 20000


def rules_title(count):
    return f"evtxseq -j 2, {count:,} rules"


def make_mixes(args, add):
    """The logs for many rules, and one for the tools that are slow with them."""
    for name, (title, starts) in MIXES.items():
        path = os.path.join(args.work, f"{name}.case")
        with open(path, "w", encoding="utf-8") as case:
            case.writelines(line + "\n" for line in mix_case(name, starts, MIX_EVENTS))
        subprocess.run([args.make_logs, args.work, path], check=True)
        chunks = read_chunks([os.path.join(args.work, name, f"{name}.evtx")])
        sizes = {name: args.mix_size}
        if name == "mix":
            sizes["small mix"] = min(args.mix_size, args.export_size)
        for key, size in sizes.items():
            path = os.path.join(args.work, f"{key.replace(' ', '-')}.evtx")
            add(key, f"{size:g} MiB, {title}", path, write_turns(path, chunks, size))


def is_taken(args, path):
    """Whether the file has a rule for Sysmon."""
    command = [args.evtxseq, "-r", path, "--list-rules"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def make_rule_sets(args):
    """Directories of so many rules; that of all found, if there are any, under FOUND_RULES."""
    found = [path for path in find_rules(args.rules) if is_taken(args, path)] if args.rules else []
    print(f"rules: {len(found)} for Sysmon in {args.rules or 'no directory'}, all others written")
    directory = os.path.join(args.work, "rules")
    sets = {n: write_set(os.path.join(directory, str(n)), n, found) for n in RULE_COUNTS}
    if found:
        sets[FOUND_RULES] = args.rules
    return sets


# Any process start is a stage event of it, and none is followed by what it waits for.
BROAD_RULE = """// id: broad
sequence by host.id with maxspan=1m
  [process where event.type == "start"]
  [process where process.name == "no-such.exe"]
"""


def make_broad(args, add):
    """The log with 20 % process creations, each an event of its own, and a rule for all of them."""
    with open(os.path.join(args.work, "broad.eql"), "w", encoding="utf-8") as rule:
        rule.write(BROAD_RULE)
    chunks = read_chunks([os.path.join(args.work, "starts", "starts.evtx")])
    path = os.path.join(args.work, "broad.evtx")
    title = f"{args.broad_size:g} MiB, 20 % process creations, no two alike"
    add("broad", title, path, write_turns(path, chunks, args.broad_size, renumber=True))


def room_needed(args):
    sizes = [args.size, args.export_size, args.stage_size, args.mix_size, args.mix_size]
    sizes.append(args.broad_size if args.mix_size > 0 else 0)
    sizes.append(max(args.size, args.mix_size) / 2)  # of archives and an image of one
    if not args.no_growth:
        sizes += [args.size / 4, args.size * 4]
    return int(sum(sizes) * MIB) + args.small_logs * (HEADER_SIZE + CHUNK_SIZE) + 64 * MIB


def available_memory():
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvail"))


def prepare(args):
    """The work directory, empty, and room for what goes into it."""
    shutil.rmtree(args.work, ignore_errors=True)
    os.makedirs(args.work)
    if args.callgrind:
        return
    needed = room_needed(args)
    free = shutil.disk_usage(args.work).free
    if free < needed:
        raise SystemExit(
            f"bench.py: {args.work} has room for {free // MIB} MiB, the logs need {needed // MIB}"
        )
    if available_memory() < needed:
        print(f"note: the logs ({needed // MIB} MiB) may not all stay in memory between runs")


class Input:
    """What a command reads: a file, or the files of a directory."""

    def __init__(self, title, path):
        self.title, self.path = title, path
        self.files = [path]
        if os.path.isdir(path):
            self.files = [os.path.join(path, name) for name in sorted(os.listdir(path))]
        self.bytes = sum(os.path.getsize(file) for file in self.files)


def exported_records(path):
    done = subprocess.run(["evtxexport", "-f", "xml", path], capture_output=True, check=False)
    return done.stdout.count(b"<Event xmlns")


def exportable(args, chunks):
    path = os.path.join(args.work, "chunk.evtx")
    kept = []
    for chunk, count in chunks:
        with open(path, "wb") as log:
            log.write(file_header(1) + chunk)
        if exported_records(path) == count.records:
            kept.append((chunk, count))
    os.remove(path)
    return kept


# What unpacks an archive to nowhere, by its suffix.
UNPACKERS = {"zip": ["unzip", "-p"], "zst": ["zstdcat"]}
IMAGE_TOOLS = ("ewfacquire", "ewfexport")


def archived_log(inputs):
    """That with the shares of real logs, if it is there. The other big one repeats so few chunks that
    zstd packs it to a hundredth, and unpacks it faster than a file can be scanned."""
    return inputs.get("mix") or inputs["big"]


def add_archives(args, inputs):
    """The log in each; its bytes are those of the log."""
    log = archived_log(inputs)
    paths = {kind: os.path.join(args.work, f"log.{kind}") for kind in UNPACKERS}
    subprocess.run(["zip", "-q", "-j", paths["zip"], log.path], check=True)
    subprocess.run(["zstd", "-q", "-f", log.path, "-o", paths["zst"]], check=True)
    for kind, path in paths.items():
        add_packed(inputs, kind, f"{log.title}, in a {kind}", path)


def add_packed(inputs, kind, title, path):
    inputs[kind] = Input(title, path)
    print(f"  {title}: {inputs[kind].bytes / MIB:.0f} MiB")
    inputs[kind].bytes = archived_log(inputs).bytes


def add_image(args, inputs):
    """A forensic image of the log, as if that were a disk."""
    missing = [tool for tool in IMAGE_TOOLS if not shutil.which(tool)]
    if missing:
        print(f"  no forensic image, as there is no {' and no '.join(missing)}")
        return
    log = archived_log(inputs)
    base = os.path.join(os.path.abspath(args.work), "case")
    command = ["ewfacquire", "-q", "-u", "-l", "/dev/null", "-c", "fast", "-S", "64GiB"]
    command += ["-t", base, os.path.abspath(log.path)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    add_packed(inputs, "E01", f"{log.title}, in an E01", f"{base}.E01")


def build(args):
    """Writes all logs and returns them as inputs, by what they are for."""
    usual, stages = make_logs(args)
    logs = [path for path in args.logs if os.path.exists(path)]
    found = read_chunks([*logs, usual])
    chunks = exportable(args, found)
    names = ", ".join(os.path.basename(path) for path in find_logs(logs))
    print(f"{len(chunks)} chunks to repeat, from logs written for this and {names or 'no others'}")
    print(f"{len(found) - len(chunks)} left out, which evtxexport cannot export in full")
    sizes = {"big": args.size, "export": args.export_size}
    if not args.no_growth:
        sizes |= {"quarter": args.size / 4, "fourfold": args.size * 4}
    inputs = {}

    def add(name, title, path, count):
        inputs[name] = Input(title, path)
        print(f"  {title}: {count}")

    for name, size in sizes.items():
        path = os.path.join(args.work, f"{name}.evtx")
        add(name, f"{size:g} MiB", path, write_mix(path, chunks, size))
    if args.stage_size > 0:
        path = os.path.join(args.work, "stage-events.evtx")
        count = write_stages(path, read_chunks([stages]), args.stage_size)
        add("stages", f"{args.stage_size:g} MiB of stage events", path, count)
    if args.small_logs > 0:
        path = os.path.join(args.work, "small")
        count = write_small(path, chunks, args.small_logs)
        add("small", f"{args.small_logs} small logs", path, count)
    if args.mix_size > 0:
        make_mixes(args, add)
        if args.broad_size > 0:
            make_broad(args, add)
    add_archives(args, inputs)
    add_image(args, inputs)
    return inputs


# Runs


def resident(pid):
    """Bytes of memory that the process and all below it have, each page once; shared ones in part."""
    total = 0
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
            total = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return total + sum(resident(child) for child in children.read().split())
    except OSError:  # it has ended
        return total


def peak_of_all(command):
    """The most that all processes of a run together have had, sampled."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while run.poll() is None:
            peak = max(peak, resident(run.pid))
            time.sleep(0.02)
    return peak


class Run:
    """One command over one input, and how it went."""

    def __init__(self, name, what, command):
        self.name, self.what, self.command = name, what, command
        self.all_seconds, self.all_cpu, self.all_peaks = [], [], []
        self.status = None

    @property
    def seconds(self):
        return statistics.median(self.all_seconds)

    @property
    def cpu(self):
        return statistics.median(self.all_cpu)

    @property
    def peak(self):
        return max(self.all_peaks)

    @property
    def rate(self):
        return self.what.bytes / 1e6 / self.seconds

    def measure(self):
        # GNU time is small; a process started from here directly would be counted with the
        # memory of Python, of which it is a copy at first.
        with tempfile.NamedTemporaryFile("r") as report:
            command = ["/usr/bin/time", "-q", "-f", "%U %S %M", "-o", report.name, *self.command]
            begin = time.perf_counter()
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            self.all_seconds.append(time.perf_counter() - begin)
            user, system, peak = report.read().split()[-3:]
            self.all_cpu.append(float(user) + float(system))
            self.all_peaks.append(int(peak) * 1024)
        self.status = done.returncode
        if self.status in (126, 127):  # GNU time's own
            raise SystemExit(f"bench.py: cannot run {' '.join(self.command[:1])}: build it first")
        if self.status not in (0, 1):
            print(f"note: status {self.status} from {' '.join(self.command[:6])}")


class Plan:
    """All runs, by command and input."""

    def __init__(self, args, inputs):
        self.args, self.inputs = args, inputs
        self.runs = {}
        self.add_main()
        self.add_growth()
        self.add_stages()
        self.add_small()
        self.add_archives()
        self.add_image()
        self.add_rules()
        self.add_peers()

    def add(self, name, key, command):
        self.runs[name, key] = Run(name, self.inputs[key], command)

    def add_cat(self, key):
        self.add("cat", key, ["cat", *self.inputs[key].files])

    def add_evtxseq(self, key, *options):
        """Without context, which reads the logs again where there are findings, as here."""
        path = self.inputs[key].path
        for name, jobs in (("-j 1", ["-j", "1"]), ("-j 2", ["-j", "2"]), ("all", [])):
            if jobs or os.cpu_count() != 2:
                command = [self.args.evtxseq, "--no-context", *jobs, *options, path]
                self.add(f"evtxseq {name}", key, command)

    def add_if_there(self, name, key, command):
        if shutil.which(command[0]):
            self.add(name, key, [*command, self.inputs[key].path])

    def add_main(self):
        self.add_cat("big")
        self.add_evtxseq("big")
        self.add("evtxseq with context", "big", [self.args.evtxseq, self.inputs["big"].path])
        self.add_cat("export")
        self.add("evtxexport", "export", ["evtxexport", "-f", "xml", self.inputs["export"].path])
        self.add_if_there("evtx_dump -t 1", "export", ["evtx_dump", "-t", "1"])
        self.add_if_there("evtx_dump", "export", ["evtx_dump"])
        self.add_if_there("chainsaw dump", "export", ["chainsaw", "dump", "-q", "--jsonl"])
        self.add_if_there("hayabusa", "export", ["hayabusa", "eid-metrics", "-q", "-f"])

    def add_growth(self):
        for key in ("quarter", "fourfold"):
            if key in self.inputs:
                self.add_cat(key)
                self.add_evtxseq(key)

    def add_stages(self):
        if "stages" in self.inputs:
            self.add_cat("stages")
            self.add_evtxseq("stages")
            path = self.inputs["stages"].path
            self.add("evtxexport", "stages", ["evtxexport", "-f", "xml", path])
            self.add("evtxseq with context", "stages", [self.args.evtxseq, path])
            self.add("evtxseq HTML", "stages", [self.args.evtxseq, "-f", "html", path])
            if self.args.before:
                command = [self.args.before, "--no-context", "-j", "2", path]
                self.add("evtxseq before", "stages", command)

    def add_small(self):
        if "small" in self.inputs:
            self.add_cat("small")
            self.add_evtxseq("small")
            for jobs in ("1", "2") if self.args.before else ():
                command = [self.args.before, "--no-context", "-j", jobs, self.inputs["small"].path]
                self.add(f"evtxseq before -j {jobs}", "small", command)

    def add_archives(self):
        for kind, command in UNPACKERS.items():
            self.add(command[0], kind, [*command, self.inputs[kind].path])
            self.add_evtxseq(kind)

    def add_image(self):
        if what := self.inputs.get("E01"):
            command = ["ewfexport", "-q", "-u", "-l", "/dev/null", "-f", "raw", "-t", "-", what.path]
            self.add("ewfexport", "E01", command)
            self.add_evtxseq("E01", "--carve")

    def add_rules(self):
        if "mix" not in self.inputs:
            return
        sets = make_rule_sets(self.args)
        for key in MIXES:
            path = self.inputs[key].path
            self.add_cat(key)
            self.add_if_there("evtx_dump", key, ["evtx_dump", "-o", "jsonl"])
            self.add("view alone", key, [self.args.read_views, path])
            command = [self.args.evtxseq, "--no-context", "-j", "2"]
            if self.args.before:
                self.add("evtxseq before", key, [self.args.before, *command[1:], path])
            self.add("evtxseq -j 2", key, [*command, path])
            if FOUND_RULES in sets:
                self.add(FOUND_RULES, key, [*command, "-r", sets[FOUND_RULES], path])
            for count in RULE_COUNTS if key == "mix" else (ALL_RULES,):
                self.add(rules_title(count), key, [*command, "-r", sets[count], path])

    def add_peers(self):
        args = self.args
        if "small mix" not in self.inputs:
            return
        path = self.inputs["small mix"].path
        self.add_cat("small mix")
        if shutil.which(args.chainsaw) and args.sigma and args.chainsaw_mapping:
            rules = ["-s", args.sigma, "--mapping", args.chainsaw_mapping]
            command = [args.chainsaw, "hunt", path, *rules, "--json", "-q"]
            self.add("chainsaw", "small mix", command)
        if shutil.which(args.hayabusa) and args.hayabusa_rules:
            # It looks for its rules' configuration in the current directory, and logs there.
            config = ["-c", os.path.join(args.hayabusa_rules, "config"), "-Q"]
            out = ["-C", "-o", os.path.join(args.work, "hayabusa.csv")]
            command = [args.hayabusa, "dfir-timeline", "-f", path, "-r", args.hayabusa_rules]
            command += [*config, "-w", "-q", "-K", *out]
            self.add("hayabusa", "small mix", command)

    def measure(self):
        """Reads all files once, then runs everything, round by round."""
        for what in self.inputs.values():
            for file in what.files:
                with open(file, "rb", buffering=0) as log:
                    while log.read(MIB):
                        pass
        for number in range(self.args.rounds):
            print(f"round {number + 1} of {self.args.rounds}", file=sys.stderr, flush=True)
            for run in self.runs.values():
                run.measure()

    def get(self, name, key):
        return self.runs.get((name, key))

    @property
    def workers(self):
        return "evtxseq -j 2" if os.cpu_count() == 2 else "evtxseq all"


# Results


def print_table(plan):
    print()
    print("| log | command | s | CPU s | MB/s | peak, MiB | of cat's MB/s | evtxexport's MB/s times |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for (name, key), run in plan.runs.items():
        cat = plan.get("cat", key) or plan.get("cat", "big")
        export = plan.get("evtxexport", key) or plan.get("evtxexport", "export")
        print(
            f"| {run.what.title} | {name} | {run.seconds:.3f} | {run.cpu:.2f} | {run.rate:.0f} "
            f"| {run.peak / MIB:.1f} | {run.rate / cat.rate:.3f} | {run.rate / export.rate:.2f} |"
        )


def version_of(program):
    command = [program, "--version"]
    return subprocess.run(command, capture_output=True, check=False, text=True).stdout.strip()


class Bars:
    """What is asked for, and whether it is so."""

    def __init__(self, plan):
        self.plan = plan
        self.failed = 0

    def state(self, title, is_met, figures):
        self.failed += not is_met
        print(f"{'pass' if is_met else 'FAIL'}  {title}: {figures}")

    def faster_than_export(self):
        export = self.plan.get("evtxexport", "export")
        for name in ("evtxseq -j 1", self.plan.workers):
            ratio = self.plan.get(name, "big").rate / export.rate
            self.state(f"{name}, 100 times evtxexport", ratio >= 100, f"{ratio:.0f} times")

    def near_cat(self):
        ratio = self.plan.get("evtxseq -j 2", "big").rate / self.plan.get("cat", "big").rate
        self.state("evtxseq -j 2, 0.4 of cat", ratio >= 0.4, f"{ratio:.2f}")

    def sizes(self, name):
        return [run for key in ("quarter", "big", "fourfold") if (run := self.plan.get(name, key))]

    def flat_memory(self, name):
        runs = self.sizes(name)
        peaks = [run.peak for run in runs]
        figures = ", ".join(f"{run.peak / MIB:.1f} at {run.what.title}" for run in runs)
        self.state(f"{name}, 32 MiB at most", max(peaks) <= PEAK_MAX, figures)
        if len(runs) > 1:
            ratio = max(peaks) / min(peaks)
            self.state(f"{name}, same at all sizes", ratio <= SAME_PEAK, f"{ratio:.2f} times")

    def linear(self, name):
        runs = self.sizes(name)
        for smaller, larger in zip(runs, runs[1:]):
            ratio = smaller.rate / larger.rate
            title = f"{name}, linear from {smaller.what.title} to {larger.what.title}"
            self.state(title, ratio <= LINEAR, f"{ratio:.2f} times the seconds a MB")

    def stage_events(self):
        export = self.plan.get("evtxexport", "stages")
        for name in ("evtxseq -j 1", self.plan.workers):
            if run := self.plan.get(name, "stages"):
                ratio = run.rate / export.rate
                title = f"{name}, stage events, no slower than evtxexport"
                self.state(title, ratio >= 1, f"{ratio:.2f} times")
        for name in ("evtxseq -j 1", self.plan.workers, "evtxseq with context", "evtxseq HTML"):
            if run := self.plan.get(name, "stages"):
                title = f"{name}, stage events, 32 MiB at most"
                self.state(title, run.peak <= PEAK_MAX, f"{run.peak / MIB:.1f}")
        if before := self.plan.args.before:
            least = STAGES_LEAST.get(version_of(before), BEFORE_LEAST)
            self.ratio_at_least("evtxseq -j 2", "evtxseq before", "stages", least)

    def small_logs(self):
        cat = self.plan.get("cat", "small")
        for name in ("evtxseq -j 1", self.plan.workers):
            if run := self.plan.get(name, "small"):
                limit = 2 * cat.seconds + 0.0001 * len(run.what.files)
                title = f"{name}, {run.what.title}, within twice cat + 0.1 ms each"
                figures = f"{run.seconds / limit:.2f} of that, {run.seconds / cat.seconds:.2f} of cat"
                self.state(title, run.seconds <= limit, figures)
        for jobs in ("-j 1", "-j 2"):
            before = f"evtxseq before {jobs}"
            self.ratio_at_least(f"evtxseq {jobs}", before, "small", SMALL_LEAST)

    def ratio_at_least(self, name, other, key, least, other_key=None):
        run, beside = self.plan.get(name, key), self.plan.get(other, other_key or key)
        if run and beside:
            ratio = run.rate / beside.rate
            title = f"{name}, {run.what.title}: {least:g} times {other}"
            self.state(title, ratio >= least, f"{ratio:.2f} times")

    def rules(self):
        many = rules_title(MANY_RULES)
        for every in (FOUND_RULES, rules_title(ALL_RULES)):
            self.ratio_at_least(every, "evtx_dump", "mix", 1)
            self.ratio_at_least(every, "evtxseq -j 2", "mix", 0.25)
            self.ratio_at_least(every, "evtx_dump", "starts", 0.5)
        for key in MIXES:
            self.ratio_at_least("evtxseq -j 2", "evtxseq before", key, BEFORE_LEAST)
        self.ratio_at_least(many, "evtx_dump", "mix", 0.3)
        for peer in ("chainsaw", "hayabusa"):
            self.ratio_at_least(many, peer, "mix", 30, "small mix")

    def broad_rule(self):
        if what := self.plan.inputs.get("broad"):
            args = self.plan.args
            rule = os.path.join(args.work, "broad.eql")
            peak = peak_of_all([args.evtxseq, "--no-context", "-j", "2", "-r", rule, what.path])
            title = f"a rule for any process start, {what.title}: all processes, {BROAD_MAX // MIB} MiB"
            self.state(title, peak <= BROAD_MAX, f"{peak / MIB:.0f} MiB")

    def archives(self):
        for kind, command in UNPACKERS.items():
            self.ratio_at_least("evtxseq -j 1", command[0], kind, 0.8)
        self.ratio_at_least("evtxseq -j 1", "ewfexport", "E01", 0.5)

    def views(self):
        if run := self.plan.get("view alone", "mix"):
            self.state("view alone, 1,000 MB/s", run.rate >= 1000, f"{run.rate:.0f} MB/s")

    def state_all(self):
        print()
        self.faster_than_export()
        self.near_cat()
        for name in ("evtxseq -j 1", self.plan.workers):
            self.flat_memory(name)
        for name in ("evtxseq -j 1", self.plan.workers):
            self.linear(name)
        self.stage_events()
        self.small_logs()
        self.archives()
        self.rules()
        self.broad_rule()
        self.views()
        return self.failed


# Instructions


def count_instructions(command, directory):
    """Of all processes. Workers may be killed when they are done, so they dump after every step."""
    os.makedirs(directory)
    subprocess.run(
        ["valgrind", "-q", "--tool=callgrind", "--trace-children=yes", "--dump-after=scanner_step",
         f"--callgrind-out-file={directory}/out.%p", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    total = 0
    for name in os.listdir(directory):
        with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as dump:
            total += sum(int(line.split()[1]) for line in dump if line.startswith("totals:"))
    return total


def print_instructions(args):
    usual, stages = make_logs(args)
    mixed = os.path.join(args.work, "mixed.evtx")
    dense = os.path.join(args.work, "stage-events.evtx")
    counts = {
        "4 MiB like real ones": (mixed, write_mix(mixed, read_chunks([usual]), 4)),
        "0.25 MiB of stage events": (dense, write_stages(dense, read_chunks([stages]), 0.25)),
        "no log": ("/dev/null", None),
    }
    print("| log, with -j 1 | million instructions |")
    print("| --- | ---: |")
    for number, (title, (path, count)) in enumerate(counts.items()):
        directory = os.path.join(args.work, f"callgrind-{number}")
        total = count_instructions([args.evtxseq, "-j", "1", path], directory)
        print(f"| {title}{f' ({count})' if count else ''} | {total / 1e6:.1f} |")


def main():
    args = options()
    os.chdir(ROOT)
    for program in ("evtxseq", "make-logs", "read-views", "dump-views"):
        setattr(args, program.replace("-", "_"), os.path.abspath(os.path.join(args.build, program)))
    tools = ["/usr/bin/time", "evtxexport", "zip", "unzip", "zstd", "zstdcat"]
    needed = ["valgrind"] if args.callgrind else tools
    for program in [args.evtxseq, args.make_logs, *needed]:
        if not shutil.which(program):
            raise SystemExit(f"bench.py: {program} is needed and not there")
    prepare(args)
    failed = 0
    try:
        if args.callgrind:
            print_instructions(args)
        else:
            plan = Plan(args, build(args))
            plan.measure()
            print_table(plan)
            failed = Bars(plan).state_all()
    finally:
        if args.clean:
            shutil.rmtree(args.work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
