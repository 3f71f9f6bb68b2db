// The case browser of a report. Data comes in blocks of base64 and gzip; every text becomes a text node, never markup.
"use strict";
(() => {
  const root = document.getElementById("browser");
  if (!root) return;
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const list = find("list"), rows = find("rows"), detail = find("detail"), status = find("status");
  const search = find("search"), segment = find("segment"), order = find("order");
  const FLAGS = { failed: 1, error: 2, missing: 4, changed: 8, differs: 16, unsteady: 32 };
  const MARKS = { good: "✓ ", bad: "✗ ", open: "? ", quiet: "" };
  const MOST_CELLS = 4e6;
  const chunks = new Map();
  let index, shown = [], at = -1, repeat = 0, marked = true, rowHeight = 56, asked = 0;

  const make = (name, kind, ...inside) => {
    const node = document.createElement(name);
    if (kind) node.className = kind;
    for (const part of inside.flat()) if (part !== "" && part != null) node.append(part);
    return node;
  };
  const button = (kind, text, act, told) => {
    const node = make("button", kind, text);
    node.type = "button";
    if (told) { node.title = told; node.setAttribute("aria-label", told); }
    node.addEventListener("click", act);
    return node;
  };

  async function unpack(id) {
    const packed = atob(document.getElementById(id).textContent);
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }
  function chunk(number) {
    if (!chunks.has(number)) chunks.set(number, unpack(`records-${number}`).then((text) => text.split("\n")));
    return chunks.get(number);
  }
  const lineOf = async (place) => (await chunk(Math.floor(place / index.chunk)))[place % index.chunk];
  const recordOf = async (place) => (place == null ? null : JSON.parse(await lineOf(place)));

  // ---- which cases are shown, in which order
  const pressed = () => [...find("filters").querySelectorAll('[aria-pressed="true"]')].map((one) => FLAGS[one.dataset.flag]);
  function sorted(numbers) {
    const { rank, gain, score } = index.cases, [what, which] = order.value.split(":");
    const by = {
      worst: (a, b) => rank[a] - rank[b],
      name: (a, b) => a - b,
      loss: (a, b) => (gain[a] ?? 0) - (gain[b] ?? 0),
      gain: (a, b) => (gain[b] ?? 0) - (gain[a] ?? 0),
      low: (a, b) => (score[a][which] ?? Infinity) - (score[b][which] ?? Infinity),
      high: (a, b) => (score[b][which] ?? -Infinity) - (score[a][which] ?? -Infinity),
    }[what];
    return numbers.sort((a, b) => by(a, b) || rank[a] - rank[b]);
  }
  async function choose(keep) {
    const ticket = ++asked, kept = keep ?? shown[at];
    const flags = pressed(), wanted = search.value.trim().toLowerCase();
    const [key, value] = segment.value ? segment.value.split(":").map(Number) : [];
    const { id, text, flags: has, seg, after, before } = index.cases;
    let numbers = [...id.keys()].filter(
      (n) => flags.every((flag) => has[n] & flag) && (key === undefined || seg[n][key] === value),
    );
    if (wanted) {
      const told = (n) => id[n].toLowerCase().includes(wanted) || text[n].toLowerCase().includes(wanted);
      const [near, far] = [numbers.filter(told), numbers.filter((n) => !told(n))];
      show(sorted(near), kept, " · searching the texts …");
      const spelled = JSON.stringify(wanted).slice(1, -1);
      for (const n of far) {
        for (const place of [...after[n], ...before[n]]) {
          if ((await lineOf(place)).toLowerCase().includes(spelled)) { near.push(n); break; }
          if (ticket !== asked) return;
        }
      }
      numbers = near;
    }
    if (ticket === asked) show(sorted(numbers), kept, "");
  }
  function show(numbers, kept, more) {
    shown = numbers;
    const total = index.cases.id.length;
    status.textContent = `${shown.length.toLocaleString("en")} of ${total.toLocaleString("en")} cases${more}`;
    rows.style.height = `${shown.length * rowHeight}px`;
    const place = shown.indexOf(kept);
    pick(place >= 0 ? place : shown.length ? 0 : -1, { quiet: true });
    if (place < 0) list.scrollTop = 0;
    draw();
  }

  // ---- the list: only the rows in sight exist
  function draw() {
    const first = Math.max(0, Math.floor(list.scrollTop / rowHeight) - 4);
    const last = Math.min(shown.length, first + Math.ceil(list.clientHeight / rowHeight) + 8);
    const drawn = [];
    for (let place = first; place < last; place++) drawn.push(row(place));
    rows.replaceChildren(...drawn);
  }
  function row(place) {
    const n = shown[place], { id, text, flags, score } = index.cases;
    const values = index.scorers.map((scorer, k) => [scorer, score[n][k]]).filter(([, value]) => value != null);
    const marks = values.slice(0, 3).map(([scorer, value]) => `${scorer.label} ${figure(value, scorer.unit)}`).join(" · ");
    const [tone, sign, told] = flags[n] & (FLAGS.failed | FLAGS.error) ? ["bad", "✗", "failed"]
      : flags[n] & FLAGS.missing ? ["open", "?", "a score is missing"] : ["good", "✓", "nothing failed"];
    const mark = make("span", `sign ${tone}`, sign);
    mark.title = told;
    const gain = index.cases.gain?.[n], trend = gain ? (gain > 0 ? "▲" : "▼") : "";
    const tail = make("span", "tail", flags[n] & FLAGS.error ? make("span", "bad-text", "no answer ") : "", trend);
    const node = make("div", "row", make("div", "line", tail, mark, make("span", "mono id", id[n])),
      make("div", "line soft small", text[n] || "–"), make("div", "line soft tiny", marks));
    node.id = `row-${n}`;
    node.setAttribute("role", "option");
    node.setAttribute("aria-selected", String(place === at));
    node.setAttribute("aria-posinset", String(place + 1));
    node.setAttribute("aria-setsize", String(shown.length));
    node.style.top = `${place * rowHeight}px`;
    node.addEventListener("click", () => pick(place, { focus: true }));
    return node;
  }
  function figure(value, unit) {
    if (unit === "s" && value > 0 && value < 1) return value < 1e-3 ? `${+(value * 1e6).toPrecision(3)} µs` : `${+(value * 1e3).toPrecision(3)} ms`;
    if (unit === "$") return `$${+value.toPrecision(2)}`;
    if (unit === "%") return `${(value * 100).toFixed(1)} %`;
    return unit ? `${+value.toPrecision(3)} ${unit}` : value.toFixed(Math.abs(value) < 1000 ? 3 : 0);
  }
  function pick(place, { quiet = false, focus = false } = {}) {
    at = place;
    repeat = 0;
    if (place < 0) {
      detail.replaceChildren(make("p", "soft", "No case fits."));
      list.removeAttribute("aria-activedescendant");
      return;
    }
    const top = place * rowHeight;
    if (top < list.scrollTop) list.scrollTop = top;
    if (top + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + rowHeight - list.clientHeight;
    list.setAttribute("aria-activedescendant", `row-${shown[place]}`);
    if (!quiet) {
      try { history.replaceState(null, "", address(shown[place])); } catch { /* a page inside another one */ }
      draw();
    }
    if (focus) {
      list.focus({ preventScroll: true });
      if (list.offsetLeft === detail.offsetLeft) detail.scrollIntoView({ block: "start" });
    }
    render();
  }
  const address = (n) => `#case-${encodeURIComponent(index.cases.id[n])}`;
  const step = (by) => shown.length && pick(Math.min(shown.length - 1, Math.max(0, at + by)));

  // ---- one case
  async function render() {
    const n = shown[at], wanted = repeat, { after, before } = index.cases;
    const places = after[n].length ? after[n] : before[n];
    const [first, now, then] = await Promise.all(
      [recordOf(places[0]), recordOf(after[n][repeat]), recordOf(before[n][Math.min(repeat, before[n].length - 1)])],
    );
    if (shown[at] !== n || repeat !== wanted) return;
    detail.replaceChildren(...page(n, first, now, then).filter(Boolean));
    detail.scrollTop = 0;
  }
  function page(n, first, now, then) {
    const link = make("a", "mono", index.cases.id[n]);
    link.href = address(n);
    const head = make("div", "head", make("h3", "", link), make("span", "steps",
      button("quiet", "‹", () => step(-1), "Previous case (k)"), button("quiet", "›", () => step(1), "Next case (j)")));
    const record = now ?? then;
    return [head, repeats(n), scores(now, then), fields("Input", first.i), answers(now, then, first.x),
      index.baseline ? fields("Expected", first.x) : null, contexts(record), fields("Metadata", first.d),
      record.t ? make("p", "soft small", record.t) : null, whole(n, first, now, then)];
  }
  function repeats(n) {
    const places = index.cases.after[n];
    if (places.length < 2) return null;
    const tabs = places.map((_, k) => {
      const tab = button("tab", `${k + 1}`, () => { repeat = k; render(); }, `Answer ${k + 1} of ${places.length}`);
      tab.setAttribute("aria-pressed", String(k === repeat));
      if (index.cases.failures[n]?.[k]) tab.append(make("span", "bad-text", " ✗"));
      return tab;
    });
    const means = index.scorers.map((scorer, k) => [scorer, index.cases.score[n][k]]).filter(([, value]) => value != null)
      .map(([scorer, value]) => `${scorer.label} ${figure(value, scorer.unit)}`).join(" · ");
    return make("div", "repeats", make("span", "label", "Answer"), tabs, make("span", "soft small", `means: ${means}`));
  }
  function scores(now, then) {
    const both = now && then, body = make("tbody");
    const named = (record) => new Map((record?.s ?? []).map((one) => [one[0], one]));
    const [mine, theirs] = [named(now ?? then), named(both ? then : null)];
    for (const [label, text, tone, reason] of mine.values()) {
      const name = make("th", "", index.scorers[label].label);
      name.scope = "row";
      const cells = both ? [make("td", "num soft", theirs.get(label)?.[1] ?? "–")] : [];
      cells.push(make("td", "num", make("span", `badge ${tone}`, MARKS[tone] + text)));
      body.append(make("tr", "", name, cells, make("td", "reason", reason)));
    }
    const heads = ["Scorer", ...(both ? [index.baseline.name] : []), both ? "candidate" : "Score", "Why"];
    const top = make("tr", "", heads.map((text, k) => make("th", k && k < heads.length - 1 ? "num" : "", text)));
    return make("div", "scroll", make("table", "scores", make("thead", "", top), body));
  }
  function fields(heading, pairs) {
    return pairs?.length ? make("div", "", pairs.flatMap(([key, text]) =>
      [make("p", "label", `${heading}: ${key}`), make("pre", "", text)])) : null;
  }
  function answers(now, then, expected) {
    const text = (record) => (record.e != null ? `no answer: ${record.e}` : record.o || "(empty)");
    const side = (heading, inside) => make("div", "field", make("p", "label", heading), make("pre", "", inside));
    if (!index.baseline) {
      const right = expected?.length ? make("div", "field", fields("Expected", expected)) : null;
      return make("div", right ? "columns" : "", side("Output", cited(tokens(text(now)), now)), right);
    }
    if (!now || !then) {
      const [heading, record] = now ? ["candidate", now] : [index.baseline.name, then];
      const none = make("p", "soft small", now ? "The baseline has no answer to this case." : "The candidate has none.");
      return make("div", "", side(heading, cited(tokens(text(record)), record)), none);
    }
    const [old, fresh] = [tokens(text(then)), tokens(text(now))];
    const same = text(then) === text(now);
    const [removed, added] = marked && !same && now.e == null && then.e == null ? difference(old, fresh) : [null, null];
    const box = make("input");
    box.type = "checkbox";
    box.checked = marked;
    box.addEventListener("change", () => { marked = box.checked; render(); });
    const told = same ? make("p", "soft small", "Both answers are the same.")
      : make("label", "small check", box, " mark the differences");
    return make("div", "", told, make("div", "columns",
      side(index.baseline.name, cited(old, then, removed, "del")), side("candidate", cited(fresh, now, added, "ins"))));
  }
  function contexts(record) {
    if (!record.c?.length) return null;
    const used = new Set(tokens(record.o ?? "").flatMap(numbers));
    const parts = record.c.map(([place, score, text], k) => {
      const summary = make("summary", "", make("strong", "", `[${k + 1}]`), ` ${place} `,
        make("span", "soft small", `score ${score}`), used.has(k + 1) ? make("span", "badge good", "cited") : "");
      const node = make("details", "", summary, make("pre", "", text));
      node.open = used.has(k + 1);
      node.dataset.context = String(k + 1);
      return node;
    });
    const rest = record.n > record.c.length ? make("p", "soft small", `${record.n - record.c.length} more contexts`) : null;
    return make("div", "contexts", make("p", "label", `Contexts (${record.n})`), parts, rest);
  }
  function whole(n, ...records) {
    const cut = records.some((record) => record?.cut);
    const command = `llmops runs show ${index.run} --case ${quoted(index.cases.id[n])}`;
    return make("p", "soft small", cut ? "Texts are cut on this page. All of it: " : "In a terminal: ", make("code", "", command));
  }
  const quoted = (text) => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

  // ---- texts: words, citations, differences
  const tokens = (text) => text.match(/\[\d[\d\s,;–-]*\]|\d+(?:[.,]\d+)+|[\p{L}\p{N}_]+|\s+|[^\s\p{L}\p{N}_]/gu) ?? [];
  // The contexts that a mark such as [2], [1, 3] or [1-3] cites.
  const numbers = (word) => (/^\[\d[\d\s,;–-]*\]$/.test(word) ? word.slice(1, -1).split(/[,;]/) : []).flatMap((part) => {
    const [first, last] = part.split(/[–-]/).map(Number);
    return Array.from({ length: Math.min(99, Math.max(0, (last || first) - first)) + 1 }, (_, k) => first + k);
  });
  function cited(words, record, flags, name) {
    const out = [];
    let run = "", inside = false;
    const flush = () => {
      if (run) out.push(inside ? make(name, "", run) : run);
      run = "";
    };
    words.forEach((word, k) => {
      const flag = Boolean(flags?.[k]), number = numbers(word)[0];
      if (flag !== inside) { flush(); inside = flag; }
      if (number && record.c?.[number - 1]) {
        flush();
        const link = button("cite", word, () => toContext(number), `Context ${number}`);
        out.push(inside ? make(name, "", link) : link);
      } else run += word;
    });
    flush();
    return out;
  }
  function toContext(number) {
    const node = detail.querySelector(`[data-context="${number}"]`);
    if (node) { node.open = true; node.scrollIntoView({ block: "nearest" }); node.firstChild.focus(); }
  }
  // Longest common subsequence of words between the first and the last difference; too long a text is marked whole.
  function difference(a, b) {
    let start = 0, enda = a.length, endb = b.length;
    while (start < enda && start < endb && a[start] === b[start]) start++;
    while (enda > start && endb > start && a[enda - 1] === b[endb - 1]) { enda--; endb--; }
    const [n, m] = [enda - start, endb - start], width = m + 1;
    const removed = a.map((_, k) => k >= start && k < enda), added = b.map((_, k) => k >= start && k < endb);
    if ((n + 1) * width > MOST_CELLS) return [removed, added];
    const best = new Uint16Array((n + 1) * width);
    for (let i = n - 1; i >= 0; i--) {
      for (let j = m - 1; j >= 0; j--) {
        best[i * width + j] = a[start + i] === b[start + j] ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      }
    }
    for (let i = 0, j = 0; i < n && j < m;) {
      if (a[start + i] === b[start + j]) { removed[start + i++] = false; added[start + j++] = false; }
      else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++;
      else j++;
    }
    return [removed, added];
  }

  // ---- keys, controls, address
  function keys(event) {
    const typing = event.target.closest?.("input:not([type=checkbox]), select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing) {
      if (event.key === "Escape") list.focus();
      if (event.key === "Enter" && event.target === search) list.focus();
      return;
    }
    const near = root.contains(event.target) && !detail.contains(event.target);
    const acts = {
      j: () => step(1), k: () => step(-1), "/": () => search.focus(),
      ArrowDown: near && (() => step(1)), ArrowUp: near && (() => step(-1)),
      PageDown: near && (() => step(10)), PageUp: near && (() => step(-10)),
      Home: near && (() => step(-Infinity)), End: near && (() => step(Infinity)),
      ArrowRight: near && (() => turn(1)), ArrowLeft: near && (() => turn(-1)), l: () => turn(1), h: () => turn(-1),
    };
    if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    }
  }
  function turn(by) {
    const count = at < 0 ? 0 : index.cases.after[shown[at]].length;
    if (count < 2) return;
    repeat = (repeat + by + count) % count;
    render();
  }
  function follow() {
    let name;
    try { name = decodeURIComponent(location.hash); } catch { return false; }
    const n = name.startsWith("#case-") ? index.cases.id.indexOf(name.slice(6)) : -1;
    if (n < 0) return false;
    if (!shown.includes(n)) {
      search.value = segment.value = "";
      for (const one of find("filters").children) one.setAttribute("aria-pressed", "false");
      choose(n);
    } else pick(shown.indexOf(n), { quiet: true });
    draw();
    root.scrollIntoView({ block: "start" });
    return true;
  }
  function option(parent, value, text) {
    const node = make("option", "", text);
    node.value = value;
    parent.append(node);
  }
  function controls() {
    const { flags } = index.cases, names = [["failed", "failed"], ["error", "no answer"], ["missing", "score missing"],
      ["changed", "score changed"], ["differs", "answer differs"], ["unsteady", "repeats disagree"]];
    for (const [flag, text] of names) {
      const count = flags.reduce((sum, has) => sum + Boolean(has & FLAGS[flag]), 0);
      if (!count) continue;
      const one = button("filter", `${text} ${count.toLocaleString("en")}`, () => {
        one.setAttribute("aria-pressed", String(one.getAttribute("aria-pressed") !== "true"));
        choose();
      });
      one.dataset.flag = flag;
      one.setAttribute("aria-pressed", "false");
      find("filters").append(one);
    }
    index.segments.forEach(({ key, values }, k) => {
      const group = make("optgroup");
      group.label = key;
      values.forEach((value, v) => option(group, `${k}:${v}`, value));
      segment.append(group);
    });
    segment.hidden = !index.segments.length;
    if (index.baseline) { option(order, "loss", "greatest loss first"); option(order, "gain", "greatest gain first"); }
    index.scorers.forEach((scorer, k) => option(order, `${scorer.lower ? "high" : "low"}:${k}`, `worst ${scorer.label} first`));
    segment.addEventListener("change", () => choose());
    order.addEventListener("change", () => choose(-1));
    let timer;
    search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(choose, 120); });
  }
  async function start() {
    if (typeof DecompressionStream === "undefined") {
      find("failure").textContent = "This browser is too old to unpack the cases: Chrome 80, Firefox 113 or Safari 16.4 can.";
      return;
    }
    index = JSON.parse(await unpack("records-index"));
    root.hidden = false;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    rowHeight = Math.round(rem * 4.25);
    controls();
    list.addEventListener("scroll", draw, { passive: true });
    window.addEventListener("resize", draw);
    window.addEventListener("hashchange", follow);
    document.addEventListener("keydown", keys);
    show(sorted([...index.cases.id.keys()]), undefined, "");
    follow();
    root.dataset.ready = "yes";
  }
  start();
})();
