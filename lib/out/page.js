// SPDX-License-Identifier: GPL-3.0-or-later
// The HTML report: sorts, filters and searches the findings, and zooms the timeline. All of them are
// in the page without it.
"use strict";
(() => {
    const picture = document.getElementById("picture");
    if (!picture) {
        return;
    }
    const table = document.getElementById("rows");
    const body = table.tBodies[0];
    const form = document.getElementById("filters");
    const shown = document.getElementById("shown");

    // A row of the table with what is asked of it; `text` is all that the finding in full says.
    const rows = Array.from(body.rows, (row) => ({
        row,
        id: row.cells[0].firstChild.hash.slice(1),
        time: Date.parse(row.cells[0].textContent),
        severity: Number(row.dataset.s),
        lane: Number(row.dataset.h),
        host: row.cells[2].textContent,
        rule: row.cells[3].textContent,
        isWanted: true,
        text: "",
    }));
    for (const item of rows) {
        item.article = document.getElementById(item.id);
    }
    const byId = new Map(rows.map((item) => [item.id, item]));

    // Listing: where there are very many findings, a part of those that are wanted. What is below the
    // headings of these is put off, see html.h.

    const STEP = 200;
    const isMany = document.querySelector("main.many") !== null;
    const more = document.getElementById("more");
    let order = rows.slice();
    let limit = isMany ? STEP : Infinity;
    let listed = [];
    let linked = null; // the finding that was linked to, listed or not

    function expand(item) {
        const later = isMany ? item.article.querySelector("noscript") : null;
        if (later) {
            later.outerHTML = later.textContent;
        }
    }

    function show(item) {
        expand(item);
        item.article.classList.add("on");
    }

    function list() {
        const wanted = order.filter((item) => item.isWanted);
        for (const item of listed) {
            item.article.classList.remove("on");
        }
        linked?.article.classList.remove("on");
        listed = wanted.slice(0, limit);
        body.replaceChildren(...listed.map((item) => item.row));
        listed.forEach(show);
        if (linked?.isWanted) {
            show(linked);
        }
        more.hidden = listed.length === wanted.length;
        shown.textContent = `${wanted.length} of ${rows.length} findings shown` +
            (more.hidden ? "" : `, the first ${listed.length} listed`);
    }

    more.addEventListener("click", () => {
        limit += STEP;
        list();
    });

    // Text of markup that was put off.
    const references = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

    function textOf(article) {
        const later = article.querySelector("noscript");
        return !later ? article.textContent
            : `${article.firstElementChild.textContent} ${later.textContent}`
                .replace(/<[^>]*>/g, " ")
                .replace(/&(amp|lt|gt|quot|#39);/g, (all, name) => references[name]);
    }

    // Sorting

    function compare(a, b) {
        return a < b ? -1 : Number(a > b);
    }

    function keyOf(item, column) {
        return column === 1 ? item.severity : item.row.cells[column].textContent.toLowerCase();
    }

    function sort(column, isDescending) {
        const keyed = rows.map((item) => ({ item, key: keyOf(item, column) }));
        keyed.sort((a, b) => compare(a.key, b.key));
        if (isDescending) {
            keyed.reverse();
        }
        order = keyed.map((entry) => entry.item);
        list();
        Array.from(table.tHead.rows[0].cells).forEach((cell, i) => {
            if (i === column) {
                cell.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
            } else {
                cell.removeAttribute("aria-sort");
            }
        });
    }

    Array.from(table.tHead.rows[0].cells).forEach((cell, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = cell.textContent;
        button.addEventListener("click", () =>
            sort(column, column === 1 && !cell.hasAttribute("aria-sort")
                ? true : cell.getAttribute("aria-sort") === "ascending"));
        cell.replaceChildren(button);
    });
    table.tHead.rows[0].cells[0].setAttribute("aria-sort", "ascending");

    // Values in two columns, when an event is opened for the first time

    function spread(pre) {
        const list = document.createElement("dl");
        for (const line of pre.textContent.split("\n").filter(Boolean)) {
            const at = line.indexOf(": ");
            const name = document.createElement("dt");
            const value = document.createElement("dd");
            name.textContent = line.slice(0, at);
            value.textContent = line.slice(at + 2);
            list.append(name, value);
        }
        pre.replaceWith(list);
    }

    document.addEventListener("toggle", (event) => {
        const pre = event.target.querySelector("pre");
        if (event.target.open && pre) {
            spread(pre);
        }
    }, true);

    // Filters

    function fill(select, key) {
        const counts = new Map();
        for (const item of rows) {
            counts.set(item[key], (counts.get(item[key]) || 0) + 1);
        }
        for (const name of Array.from(counts.keys()).sort(compare)) {
            const option = document.createElement("option");
            option.value = `=${name}`;
            option.textContent = `${name} (${counts.get(name)})`;
            select.append(option);
        }
    }

    // Read when the first search needs it: it takes the longest.
    function readTexts() {
        for (const item of rows) {
            item.text = item.text || textOf(item.article).toLowerCase();
        }
    }

    function isWanted(item, wanted) {
        return wanted.severities.has(item.severity) &&
            (wanted.host === "" || wanted.host === `=${item.host}`) &&
            (wanted.rule === "" || wanted.rule === `=${item.rule}`) &&
            wanted.words.every((word) => item.text.includes(word));
    }

    function filter() {
        const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
        const wanted = {
            severities: new Set(Array.from(form.elements.s).filter((box) => box.checked)
                .map((box) => Number(box.value))),
            host: form.elements.host.value,
            rule: form.elements.rule.value,
            words,
        };
        if (words.length > 0) {
            readTexts();
        }
        for (const item of rows) {
            item.isWanted = isWanted(item, wanted);
        }
        limit = isMany ? STEP : limit;
        list();
        draw();
    }

    let waiting = 0;
    form.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(filter, 120);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(filter));

    // A link to a finding that is filtered out shows all.
    function follow() {
        const item = byId.get(location.hash.slice(1));
        if (item) {
            linked = item;
            if (!item.isWanted) {
                form.reset();
                filter();
            }
            show(item);
            item.article.scrollIntoView();
        }
    }
    addEventListener("hashchange", follow);

    // Timeline: a window of the whole, of which the paths and the axis are drawn anew

    const WIDTH = 10000;
    const MARGIN = 100;
    const marks = picture.querySelector(".marks");
    const axis = picture.querySelector(".axis");
    const whole = { from: Number(picture.dataset.from), to: Number(picture.dataset.to) };
    const paths = Array.from(marks.querySelectorAll("path"), (path) => ({
        path,
        stroke: path.getAttribute("d").match(/ (\d+v-\d+)/)[1],
        items: rows.filter((item) => item.lane === Number(path.dataset.h) &&
            item.severity === Number(path.dataset.s)),
    }));
    const height = Number(picture.getAttribute("height"));
    const second = 1000;
    const day = 86400 * second;
    const steps = [1, 10, 100, second, 5 * second, 15 * second, 30 * second, 60 * second,
        300 * second, 900 * second, 1800 * second, 3600 * second, 3 * 3600 * second,
        6 * 3600 * second, 12 * 3600 * second, day, 2 * day, 7 * day, 14 * day, 30 * day, 90 * day,
        180 * day, 365 * day, 1095 * day, 3650 * day];
    // A whole that is one moment has a second around it.
    if (whole.from === whole.to) {
        whole.from -= second / 2;
        whole.to += second / 2;
    }
    let view = { ...whole };

    function placeOf(time) {
        return (time - view.from) / (view.to - view.from);
    }

    // The same of the picture's width, margins and all, and back.
    function acrossOf(time) {
        return (placeOf(time) * WIDTH + MARGIN) / (WIDTH + 2 * MARGIN);
    }

    function partOf(across) {
        return (across * (WIDTH + 2 * MARGIN) - MARGIN) / WIDTH;
    }

    function drawPaths() {
        for (const { path, stroke, items } of paths) {
            let line = "";
            let last = -1;
            for (const item of items) {
                const place = Math.round(placeOf(item.time) * WIDTH);
                if (item.isWanted && place !== last && place >= -MARGIN && place <= WIDTH + MARGIN) {
                    line += `M${place} ${stroke}`;
                    last = place;
                }
            }
            path.setAttribute("d", line);
        }
    }

    function tickText(time, step) {
        const text = new Date(time).toISOString();
        if (step >= day) {
            return text.slice(0, 10);
        }
        return text.slice(11, step >= 60 * second ? 16 : step >= second ? 19 : 23);
    }

    function create(name, attributes) {
        const element = document.createElementNS("http://www.w3.org/2000/svg", name);
        for (const [key, value] of Object.entries(attributes)) {
            element.setAttribute(key, value);
        }
        return element;
    }

    function drawAxis() {
        const span = view.to - view.from;
        const count = Math.max(2, Math.min(9, Math.floor(picture.clientWidth / 110)));
        const step = steps.find((candidate) => span / candidate < count);
        axis.replaceChildren();
        for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
            const x = `${(acrossOf(time) * 100).toFixed(2)}%`;
            const text = create("text", { x, y: 14 });
            text.textContent = tickText(time, step);
            axis.append(create("line", { x1: x, x2: x, y1: 22, y2: height }), text);
        }
    }

    function draw() {
        drawPaths();
        drawAxis();
        const isWhole = view.from === whole.from && view.to === whole.to;
        document.getElementById("window").textContent = isWhole ? ""
            : `${new Date(view.from).toISOString()} to ${new Date(view.to).toISOString()}`;
    }

    // The window, kept within the whole and to ten milliseconds at least.
    function look(from, to) {
        const span = Math.min(Math.max(to - from, 10), whole.to - whole.from);
        const middle = (from + to) / 2;
        const start = Math.min(Math.max(middle - span / 2, whole.from), whole.to - span);
        view = { from: start, to: start + span };
        draw();
    }

    function zoom(factor, at) {
        const span = (view.to - view.from) * factor;
        const from = view.from + (view.to - view.from) * at - span * at;
        look(from, from + span);
    }

    function pan(part) {
        const way = (view.to - view.from) * part;
        const span = view.to - view.from;
        const from = Math.min(Math.max(view.from + way, whole.from), whole.to - span);
        look(from, from + span);
    }

    const moves = {
        in: () => zoom(0.5, 0.5),
        out: () => zoom(2, 0.5),
        left: () => pan(-0.4),
        right: () => pan(0.4),
        all: () => look(whole.from, whole.to),
    };
    const keys = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "all" };
    const bar = document.getElementById("zoom");
    const frame = picture.parentElement;
    bar.addEventListener("click", (event) => moves[event.target.value]?.());
    frame.addEventListener("keydown", (event) => {
        const move = event.ctrlKey || event.altKey || event.metaKey ? null : keys[event.key];
        if (move) {
            event.preventDefault();
            moves[move]();
        }
    });
    // With Ctrl, for without it the wheel scrolls the page.
    picture.addEventListener("wheel", (event) => {
        if (event.ctrlKey) {
            event.preventDefault();
            zoom(event.deltaY > 0 ? 1.25 : 0.8, partOf((event.clientX - picture.getBoundingClientRect().left) / picture.clientWidth));
        }
    }, { passive: false });

    let grabbed = null;
    picture.addEventListener("pointerdown", (event) => {
        grabbed = { x: event.clientX, from: view.from, to: view.to, hasMoved: false };
    });
    addEventListener("pointermove", (event) => {
        if (grabbed) {
            const way = event.clientX - grabbed.x;
            grabbed.hasMoved = grabbed.hasMoved || Math.abs(way) > 4;
            if (grabbed.hasMoved) {
                const time = way / picture.clientWidth * (grabbed.to - grabbed.from);
                look(grabbed.from - time, grabbed.to - time);
            }
        }
    });
    addEventListener("pointercancel", () => {
        grabbed = null;
    });

    // The finding nearest to a place in the picture, if one is near.
    function nearest(event) {
        const box = picture.getBoundingClientRect();
        const lane = Math.floor((event.clientY - box.top - 22) / 34);
        let best = null;
        let least = 12;
        for (const item of rows) {
            const away = Math.abs(acrossOf(item.time) * box.width - (event.clientX - box.left));
            if (item.lane === lane && item.isWanted && away < least) {
                best = item;
                least = away;
            }
        }
        return best;
    }

    addEventListener("pointerup", (event) => {
        const isClick = grabbed && !grabbed.hasMoved;
        grabbed = null;
        const item = isClick ? nearest(event) : null;
        if (item) {
            location.hash = item.id;
        }
    });
    const title = create("title", {});
    picture.append(title);
    picture.addEventListener("pointermove", (event) => {
        const item = nearest(event);
        title.textContent = item ? `${item.row.cells[0].textContent} ${item.rule}` : "";
        picture.classList.toggle("near", item !== null);
    });

    fill(form.elements.host, "host");
    fill(form.elements.rule, "rule");
    document.querySelector("main").classList.add("scripted");
    form.hidden = false;
    shown.hidden = false;
    bar.hidden = false;
    // A browser that comes back to the page may have kept what was typed.
    filter();
    addEventListener("resize", drawAxis);
    addEventListener("pageshow", follow);
})();
