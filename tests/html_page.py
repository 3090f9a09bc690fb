# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads evtxseq's HTML report as strictly as a reader of XML would, and takes out what it tells."""
import base64
import hashlib
import html.parser
import re
import unicodedata

VOID = {"br", "input", "meta"}
# All that the report is made of. What else there may be came from a log, or should be looked at.
ELEMENTS = set("""a article b body br button code dd details div dl dt fieldset footer form h1 h2 h3 head
    html input label legend li main meta nav noscript option p path pre rect script section select small
    span style summary svg table tbody td text th thead time title tr ul g line""".split())
ATTRIBUTES = set("""aria-hidden aria-label aria-labelledby charset checked class colspan content d data-from
    data-h data-s data-to height hidden href http-equiv id lang name placeholder preserveaspectratio role
    scope tabindex type value viewbox width x x1 x2 y y1 y2""".split())
ACTING = {"Cc", "Cf", "Zl", "Zp"}


class Wrong(Exception):
    """What is wrong with the page."""


def expect(condition, *what):
    if not condition:
        raise Wrong(": ".join(str(part) for part in what))


def visible(text):
    """The text as evtxseq shows it to people: lib/base/visible.h."""
    def escape(character):
        number = ord(character)
        acts = unicodedata.category(character) in ACTING or 0xFE00 <= number <= 0xFE0F or \
            0xE0000 <= number <= 0xE0FFF or 0x2060 <= number <= 0x206F
        if not acts:
            return character
        return f"\\x{number:02X}" if number < 0x80 else f"\\u{{{number:04X}}}"
    return "".join(escape(character) for character in text)


class Article:
    """A finding in full."""

    def __init__(self, name):
        self.id = name
        self.text = ""
        self.events = []  # of each, what it says, "Name: value" as lines


class Page(html.parser.HTMLParser):
    """The page, once feed() has had it and close() has been called."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack = []
        self.policy = None
        self.texts = {"style": [], "script": []}
        self.ids = set()
        self.links = set()
        self.articles = []
        self.rows = []  # of the table of findings: the cells' texts, and where the link leads
        self.headline = ""
        self.is_in_rows = False

    def check_attributes(self, tag, attributes):
        expect(len({name for name, _ in attributes}) == len(attributes), "attribute twice", tag)
        for name, value in attributes:
            expect(name in ATTRIBUTES, "attribute", tag, name, value)
        values = dict(attributes)
        if "id" in values:
            expect(values["id"] not in self.ids, "id twice", values["id"])
            self.ids.add(values["id"])
        if "href" in values:
            expect(re.fullmatch("#[a-z0-9-]+", values["href"]), "link", values["href"])
            self.links.add(values["href"][1:])
        if values.get("http-equiv") == "Content-Security-Policy":
            expect(self.policy is None, "two policies")
            self.policy = values["content"]
        return values

    def handle_starttag(self, tag, attrs):
        expect(tag in ELEMENTS, "element", tag)
        values = self.check_attributes(tag, attrs)
        if tag not in VOID:
            self.stack.append(tag)
        if tag == "article":
            self.articles.append(Article(values["id"]))
        elif tag == "pre":
            self.articles[-1].events.append("")
        elif tag == "table":
            self.is_in_rows = values.get("id") == "rows"
        elif self.is_in_rows and tag == "tr" and "data-h" in values:
            self.rows.append({"cells": [], "id": None})
        elif self.is_in_rows and tag == "td":
            self.rows[-1]["cells"].append("")
        elif self.is_in_rows and tag == "a":
            self.rows[-1]["id"] = values["href"][1:]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        expect(self.stack and self.stack[-1] == tag, "end", tag, self.stack)
        self.stack.pop()
        self.is_in_rows = self.is_in_rows and tag != "table"

    def handle_data(self, data):
        if self.stack and self.stack[-1] in self.texts:
            self.texts[self.stack[-1]].append(data)
            return
        expect(not any(unicodedata.category(character) in ACTING for character in data
                       if character != "\n"), "acts", repr(data))
        if "h1" in self.stack:
            self.headline += data
        if "pre" in self.stack:
            self.articles[-1].events[-1] += data
        elif "article" in self.stack:
            self.articles[-1].text += data
        if self.is_in_rows and "td" in self.stack:
            self.rows[-1]["cells"][-1] += data

    def handle_comment(self, data):
        raise Wrong(f"comment: {data}")

    def unknown_decl(self, data):
        raise Wrong(f"declaration: {data}")

    def handle_pi(self, data):
        raise Wrong(f"processing instruction: {data}")

    def check(self):
        """What holds for every page: it is whole, links lead somewhere, nothing can be loaded."""
        expect(not self.stack, "not ended", self.stack)
        expect(self.links <= self.ids, "links lead nowhere", self.links - self.ids)
        hashes = {}
        for tag, texts in self.texts.items():
            digest = hashlib.sha256("".join(texts).encode()).digest()
            hashes[tag] = f"'sha256-{base64.b64encode(digest).decode()}'"
        expect(self.policy == f"default-src 'none'; style-src {hashes['style']}; script-src "
               f"{hashes['script']}; base-uri 'none'; form-action 'none'", "policy", self.policy)


def read(text):
    """The page of this text, which must be well-formed."""
    page = Page()
    expect(text.startswith("<!DOCTYPE html>\n<html lang=\"en\">\n"), "start", text[:60])
    expect(text.count("<style") == 1 and text.count("<script") == 1, "scripts and styles")
    page.feed(text)
    page.close()
    page.check()
    return page
