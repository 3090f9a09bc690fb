#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens evtxseq's HTML report in a headless Chromium and uses it, as people would.

The pages are those of a few hosts, of 10,000 findings, of nothing found, and of a log in which every
value is hostile. WORK/report.png is a picture of the first.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time

from html_page import Wrong, expect
from webdriver import Browser

WIDTHS = (400, 700, 1000, 1400)
EVIL = ("</script></style></noscript></pre>--><img src=x onerror=alert(1)>\" onfocus=\"alert(2)' &lt; "
        "\\u{202E}\\u{1B}[31m\\u{A}x")
HOSTS = ("WS01.corp.example", "WS02.corp.example", "WS07.corp.example", "FILES.corp.example")
FEW = 3 * (2 + 3 + 4 + 5) + 5  # of three rules on four hosts, and of one on the last
MANY = 3334


# Pages

def few_findings():
    """Some hosts on two days; on one of them nothing can be found."""
    lines = ["file own.eql",
             "  // name: Script From a Mail Handed to PowerShell",
             "  // severity: high",
             "  // description: A command line names an invoice that is a script.",
             "  // technique: T1204.002",
             "  process where process.name : \"powershell.exe\" and process.args : \"*invoice_12*.js\"",
             "log few.evtx"]
    for i, host in enumerate(HOSTS):
        for k in range(i + 2):
            moment = f"2024-05-0{1 + (i + k) % 2}T{8 + i}:{7 * k:02}:0{k}"
            machine = f"host={host} machine=A1B2C3D{i}"
            script = f"C:\\Users\\alice\\Downloads\\invoice_{100 + 7 * i + k}.js"
            lines += [
                f"load  {moment}.100 {machine}",
                f"start {moment}.640 {machine}",
                f"  CommandLine: powershell.exe -NoProfile -File C:\\Users\\Public\\step{k}.ps1 {script}",
                "  Image: C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                "  OriginalFileName: PowerShell.EXE"]
    lines += ["event 5 2024-05-01T12:00:00 host=KIOSK.corp.example machine=A1B2C3DF"]
    return lines


def many_findings():
    lines = ["log many.evtx"]
    for i in range(MANY):
        moment = f"2024-05-{1 + i % 20:02}T{i // 600:02}:{i // 10 % 60:02}:{i % 10 * 6:02}"
        host = f"host=WS{i % 40:02} machine={0xA1B20000 + i % 40:08X}"
        lines += [f"load  {moment}.000 {host}", f"start {moment}.500 {host}",
                  f"  CommandLine: cmd.exe /c echo {i} >C:\\Users\\Public\\{i}.txt"]
    return lines


def hostile_findings():
    with open("lib/rules/fields.def", encoding="utf-8") as file:
        names = re.findall(r'^DATA\(\w+, "([^"]+)"', file.read(), re.MULTILINE)
    lines = ["file evil.eql",
             "  // name: Evil </script><script>alert(3)</script> \"x\" &lt; y",
             "  // severity: critical",
             "  // technique: T1<b>",
             "  any where true",
             "log a\"<b>'&.evtx"]
    for number in (1, 3, 7, 10, 13):
        lines.append(f"event {number} 10:00:{number:02} host=\"<i>\\u{{22}}\\u{{202E}}\"")
        lines += [f"  {name}: {EVIL}" for name in names]
    return lines


def nothing_found():
    return ["log nothing.evtx", "event 7 10:00:00"]


class Pages:
    """Writes pages into a directory."""

    def __init__(self, arguments):
        self.command = os.path.abspath(arguments.evtxseq)
        self.make_logs = os.path.abspath(arguments.make_logs)
        self.work = os.path.abspath(arguments.work)

    def make(self, name, lines, rules="all"):
        case = os.path.join(self.work, f"{name}.case")
        page = os.path.join(self.work, f"{name}.html")
        with open(case, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        shutil.rmtree(os.path.join(self.work, "logs", name), ignore_errors=True)
        subprocess.run([self.make_logs, os.path.join(self.work, "logs"), case], check=True)
        subprocess.run([self.command, "-q", "-f", "html", "-r", rules, "-o", page, "."],
                       cwd=os.path.join(self.work, "logs", name), check=False,
                       stderr=subprocess.DEVNULL)
        return page


# What holds for every page

def expect_silence(browser, *what):
    messages = browser.messages()
    expect(not messages, "console", *what, messages)


def check_widths(browser, page):
    for width in WIDTHS:
        browser.size(width, 1000)
        browser.open(page)
        widest = browser.run("return document.documentElement.scrollWidth")
        expect(widest <= width, "scrolls sideways", page, width, widest)
    expect_silence(browser, page)


def check_axe(browser, page, axe):
    for scheme in ("light", "dark"):
        for width in (400, 1400):
            browser.media(scheme)
            browser.size(width, 1000)
            browser.open(page)
            browser.run("for (const d of [...document.querySelectorAll('details')].slice(0, 5)) "
                        "{ d.open = true; }")
            browser.run(axe)
            result = browser.run_async(
                "const done = arguments[0]; axe.run().then((r) => done({rules: r.passes.length, "
                "wrong: r.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html)])}));")
            expect(result["rules"] > 20, "axe-core looks at too little", result["rules"])
            expect(not result["wrong"], "axe-core", page, scheme, width, result["wrong"])
    browser.media()
    expect_silence(browser, page)


def check_without_scripts(browser, page, count):
    """All findings can be read, and what needs the script is not there."""
    browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page)
        seen = browser.run(
            "return [...document.querySelectorAll('article')].filter((a) => a.checkVisibility() && "
            "a.querySelector('details')).length")
        rows = browser.run("return [...document.querySelectorAll('#rows tbody tr')].filter((r) => "
                           "r.checkVisibility()).length")
        dead = browser.run("return [...document.querySelectorAll('button, input, select')].filter("
                           "(e) => e.checkVisibility()).length")
    finally:
        browser.devtools("Emulation.setScriptExecutionDisabled", value=False)
    expect((seen, rows, dead) == (count, count, 0), "without scripts", page, seen, rows, dead, count)


def check_print(browser, page):
    browser.size(700, 1000)  # pixels between the margins of a sheet
    browser.media(medium="print")
    browser.open(page)
    widest = browser.run("return document.documentElement.scrollWidth")
    expect(widest <= 700, "print is too wide", page, widest)
    seen = browser.run("return document.querySelector('nav').checkVisibility()")
    expect(not seen, "print has the navigation")
    browser.media()


# What can be done with the findings

SHOWN = "return document.getElementById('shown').textContent"
COLUMN = ("return [...document.querySelectorAll('#rows tbody tr')].map((row) => "
          "row.cells[arguments[0]].textContent)")
ARTICLES = ("return [...document.querySelectorAll('article')].filter((a) => "
            "a.checkVisibility()).map((a) => a.id)")


def check_sort(browser):
    header = "#rows th:nth-child({}) button"
    for column in (3, 4, 6):
        browser.click(header.format(column))
        cells = browser.run(COLUMN, column - 1)
        expect(cells == sorted(cells, key=str.lower) and cells[0] != cells[-1], "sorted", cells)
        browser.click(header.format(column))
        cells = browser.run(COLUMN, column - 1)
        expect(cells == sorted(cells, key=str.lower, reverse=True), "sorted down", cells)
    state = browser.run("return [...document.querySelectorAll('#rows th')].map((c) => "
                        "c.getAttribute('aria-sort'))")
    expect(state == [None] * 5 + ["descending"], "aria-sort", state)
    browser.run("document.querySelector('#rows th button').focus()")
    browser.press("Enter")
    times = browser.run(COLUMN, 0)
    expect(times == sorted(times), "sorted by the keyboard", times)


def expect_shown(browser, count, whole):
    browser.wait(f"{SHOWN} === '{count} of {whole} findings shown'", f"{count} of {whole} findings")
    for what, found in (("rows", browser.run(COLUMN, 0)), ("articles", browser.run(ARTICLES))):
        expect(len(found) == count, what, len(found), count)


def choose(browser, name, start):
    browser.run("const s = document.getElementById('filters').elements[arguments[0]]; s.value = "
                "[...s.options].find((o) => o.value.startsWith('=' + arguments[1])).value; "
                "s.dispatchEvent(new Event('input', {bubbles: true}))", name, start)


def check_filters(browser, whole):
    browser.type("#filters input[type=search]", "invoice_115.JS")
    expect_shown(browser, 2, whole)  # of the sequence and of its start alone
    browser.type("#filters input[type=search]", "powershell zz-nowhere")
    expect_shown(browser, 0, whole)
    browser.click("#filters button[type=reset]")
    expect_shown(browser, whole, whole)
    browser.click("#filters input[value='1']")  # medium
    expect_shown(browser, 5, whole)
    browser.click("#filters button[type=reset]")
    expect_shown(browser, whole, whole)
    choose(browser, "host", HOSTS[1])
    expect_shown(browser, 9, whole)
    choose(browser, "rule", "Windows Script Interpreter Executing")
    expect_shown(browser, 3, whole)
    strokes = browser.run("return [...document.querySelectorAll('.marks path')].map((p) => "
                          "p.getAttribute('d')).join('').split('M').length - 1")
    expect(strokes == 3, "strokes of what is shown", strokes)


def check_links(browser, page):
    """To a finding by its ID: when the page opens, and from the page, filtered out or not."""
    browser.open(page)
    ids = browser.run(
        "return [...document.querySelectorAll('#rows td a')].map((a) => a.hash.slice(1))")
    in_sight = ("const box = document.getElementById(arguments[0]).getBoundingClientRect(); "
                "return box.height > 0 && box.top >= 0 && box.top < innerHeight")
    browser.open(page, f"#{ids[-1]}")
    browser.wait(in_sight.replace("arguments[0]", f"'{ids[-1]}'"), "a finding linked to")
    browser.open(page)
    browser.type("#filters input[type=search]", "zz-nowhere")
    browser.wait(f"{SHOWN}.startsWith('0 of')", "nothing shown")
    browser.run("location.hash = arguments[0]", ids[3])
    browser.wait(in_sight.replace("arguments[0]", f"'{ids[3]}'"), "a finding that was filtered out")


def check_timeline(browser):
    paths = "return [...document.querySelectorAll('.marks path')].map((p) => p.getAttribute('d'))"
    labels = "return [...document.querySelectorAll('.axis text')].map((t) => t.textContent)"
    window = "return document.getElementById('window').textContent"
    whole = browser.run(paths)
    days = browser.run(labels)
    browser.click("#zoom button[value=in]")
    browser.click("#zoom button[value=in]")
    zoomed = browser.run(paths)
    expect(zoomed != whole and browser.run(labels) != days, "zoomed", zoomed)
    part = browser.run(window)
    expect(" to " in part, "window", part)
    browser.click("#zoom button[value=left]")
    expect(part > browser.run(window) > "2024-05-01T", "moved", part, browser.run(window))
    browser.click("#zoom button[value=all]")
    expect(browser.run(paths) == whole and browser.run(window) == "", "whole again")
    browser.run("document.querySelector('#picture').parentElement.focus()")
    browser.press("+")
    expect(browser.run(paths) != whole, "zoomed by a key")
    browser.press("0")
    expect(browser.run(paths) == whole, "whole again by a key")


def check_event(browser):
    """All of an event, as two columns when it is opened."""
    browser.run("document.querySelector('article summary').scrollIntoView()")
    browser.click("article summary")
    browser.wait("return document.querySelector('article details dl') !== null", "an event's values")
    names = browser.run("return [...document.querySelectorAll('article details dt')].map((d) => "
                        "d.textContent)")
    expect("Image" in names and "ProcessGuid" in names, "names", names)


def check_use(browser, page):
    browser.size(1400, 1000)
    browser.open(page)
    whole = len(browser.run(COLUMN, 0))
    expect(whole == FEW, "findings", whole)
    check_sort(browser)
    check_timeline(browser)
    check_event(browser)
    check_filters(browser, whole)
    check_links(browser, page)
    expect_silence(browser, page)


def check_many(browser, page):
    """Part of very many is listed; all can be found. Times are told, not judged."""
    browser.size(1400, 1000)
    start = time.monotonic()
    browser.open(page)
    opened = time.monotonic() - start
    count = 3 * MANY
    expect(browser.run(SHOWN) == f"{count} of {count} findings shown, the first 200 listed", "shown")
    browser.run("document.getElementById('more').scrollIntoView()")
    browser.click("#more")
    expect(len(browser.run(COLUMN, 0)) == len(browser.run(ARTICLES)) == 400, "more")
    start = time.monotonic()
    browser.type("#filters input[type=search]", "Public\\3333.txt")
    browser.wait(f"{SHOWN}.startsWith('2 of')", "the last two")
    searched = time.monotonic() - start
    expect(len(browser.run(ARTICLES)) == 2, "articles", browser.run(ARTICLES))
    browser.click("#filters button[type=reset]")
    browser.wait(f"{SHOWN}.startsWith('{count} of')", "all")
    last = browser.run("const all = document.querySelectorAll('article'); return all[9000].id")
    browser.run("location.hash = arguments[0]", last)
    browser.wait(f"return document.getElementById('{last}').querySelector('details') !== null && "
                 f"document.getElementById('{last}').getBoundingClientRect().top < innerHeight",
                 "a finding far down")
    expect_silence(browser, page)
    print(f"check_html: {count} findings open in {opened:.1f} s, the first search takes "
          f"{searched:.1f} s, typing included")


def check_hostile(browser, page):
    browser.size(1400, 1000)
    browser.open(page)
    counts = browser.run("return ['article', 'img', 'iframe', 'script', 'style'].map((name) => "
                         "document.querySelectorAll(name).length)")
    expect(counts == [5, 0, 0, 1, 1], "elements", counts)
    browser.run("for (const d of document.querySelectorAll('details')) { d.open = true; }")
    browser.wait("return document.querySelectorAll('pre').length === 0", "opened events")
    browser.type("#filters input[type=search]", "<img")
    browser.wait(f"{SHOWN} === '5 of 5 findings shown'", "found by what is in a value")
    expect(browser.run("return document.querySelectorAll('img').length") == 0, "an image")
    expect_silence(browser, page)


def take_picture(browser, page, path):
    browser.size(1280, 1330)
    browser.media()
    browser.open(page)
    browser.picture(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--evtxseq", required=True)
    parser.add_argument("--make-logs", required=True)
    parser.add_argument("--axe", required=True)
    arguments = parser.parse_args()
    with open(arguments.axe, encoding="utf-8") as file:
        axe = file.read()
    pages = Pages(arguments)
    few = pages.make("few", few_findings(), "all,own.eql")
    many = pages.make("many", many_findings())
    hostile = pages.make("hostile", hostile_findings(), "evil.eql")
    nothing = pages.make("nothing", nothing_found())
    browser = Browser(arguments.work)
    try:
        for page in (few, hostile, nothing):
            check_widths(browser, page)
            check_axe(browser, page, axe)
            check_print(browser, page)
        check_without_scripts(browser, few, FEW)
        check_without_scripts(browser, many, 3 * MANY)
        check_use(browser, few)
        check_many(browser, many)
        check_hostile(browser, hostile)
        take_picture(browser, few, os.path.join(arguments.work, "report.png"))
    except (Wrong, RuntimeError) as error:
        print(f"check_html: {str(error)[:3000]}", file=sys.stderr)
        return 1
    finally:
        browser.close()
    print("check_html: the report can be read, searched and printed, and lets nothing in")
    return 0


sys.exit(main())
