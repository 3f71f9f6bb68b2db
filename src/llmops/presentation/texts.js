// The browser of judged texts. Data comes in one block of base64 and gzip; every text becomes a text node, never markup.
"use strict";
(() => {
  const root = document.getElementById("browser");
  if (!root) return;
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const list = find("list"), rows = find("rows"), detail = find("detail"), status = find("status");
  const search = find("search"), order = find("order"), filters = find("filters");
  const chosen = { group: find("group"), label: find("label"), check: find("check") };
  let data, shown = [], at = -1, rowHeight = 68;

  const make = (name, kind, ...inside) => {
    const node = document.createElement(name);
    if (kind) node.className = kind;
    for (const part of inside.flat()) if (part !== "" && part != null) node.append(part);
    return node;
  };
  const button = (text, act, told) => {
    const node = make("button", "", text);
    node.type = "button";
    if (told) { node.title = told; node.setAttribute("aria-label", told); }
    node.addEventListener("click", act);
    return node;
  };
  async function unpack(id) {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  }

  // ---- which texts are shown, in which order
  function choose(keep) {
    const kept = keep ?? shown[at], wanted = search.value.trim().toLowerCase();
    const cells = [...filters.querySelectorAll('[aria-pressed="true"]')].map((one) => Number(one.dataset.cell));
    const fits = (one) => (!cells.length || cells.includes(one.cell)) && (!chosen.group.value || one.group === chosen.group.value)
      && (!chosen.label.value || one.label === chosen.label.value) && (!chosen.check.value || one.checks.includes(chosen.check.value))
      && (!wanted || one.said.includes(wanted));
    const by = { cell: (a, b) => data.texts[a].cell - data.texts[b].cell || a - b, name: (a, b) => a - b,
      score: (a, b) => Number(data.texts[b].score) - Number(data.texts[a].score) || a - b }[order.value];
    shown = [...data.texts.keys()].filter((n) => fits(data.texts[n])).sort(by);
    status.textContent = `${shown.length.toLocaleString("en")} of ${data.texts.length.toLocaleString("en")} texts`;
    rows.style.height = `${shown.length * rowHeight}px`;
    const place = shown.indexOf(kept);
    pick(place >= 0 ? place : shown.length ? 0 : -1);
    if (place < 0) list.scrollTop = 0;
    draw();
  }

  // ---- the list: only the rows in sight exist
  function draw() {
    const first = Math.max(0, Math.floor(list.scrollTop / rowHeight) - 4);
    const last = Math.min(shown.length, first + Math.ceil(list.clientHeight / rowHeight) + 8);
    rows.replaceChildren(...shown.slice(first, last).map((n, k) => row(n, first + k)));
  }
  function row(n, place) {
    const one = data.texts[n], cell = data.cells[one.cell];
    const told = [one.label, one.group, ...one.checks].filter(Boolean).join(" · ");
    const node = make("div", "row", make("div", "line", make("span", `tail badge ${cell.tone}`, cell.name), make("span", "mono id", one.id)),
      make("div", "line soft small", one.parts.map(([text]) => text).join("") || "–"), make("div", "line soft tiny", told));
    node.id = `row-${n}`;
    node.setAttribute("role", "option");
    node.setAttribute("aria-selected", String(place === at));
    node.setAttribute("aria-posinset", String(place + 1));
    node.setAttribute("aria-setsize", String(shown.length));
    node.style.top = `${place * rowHeight}px`;
    node.addEventListener("click", () => { pick(place); list.focus({ preventScroll: true }); draw(); });
    return node;
  }
  function pick(place) {
    at = place;
    if (place < 0) {
      detail.replaceChildren(make("p", "soft", "No text fits."));
      list.removeAttribute("aria-activedescendant");
      return;
    }
    const top = place * rowHeight;
    if (top < list.scrollTop) list.scrollTop = top;
    if (top + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + rowHeight - list.clientHeight;
    list.setAttribute("aria-activedescendant", `row-${shown[place]}`);
    render(data.texts[shown[place]]);
  }
  const step = (by) => { if (shown.length) { pick(Math.min(shown.length - 1, Math.max(0, at + by))); draw(); } };

  // ---- one text
  function render(one) {
    const cell = data.cells[one.cell], facts = [one.label, one.group, one.score && `score ${one.score}`, one.time].filter(Boolean).join(" · ");
    const marked = one.parts.flatMap(([text, type]) => (type ? [make("mark", "", text), make("span", "badge quiet", type)] : [text]));
    detail.replaceChildren(
      make("div", "head", make("h3", "mono", one.id), make("span", "steps", button("‹", () => step(-1), "Previous text (k)"),
        button("›", () => step(1), "Next text (j)"))),
      make("p", "", make("span", `badge ${cell.tone}`, cell.name), ` ${cell.told}`),
      make("p", "soft small", facts),
      data.plain ? "" : make("p", "label", one.checks.length ? `Checks: ${one.checks.join(", ")}` : "No check found anything"),
      ...one.whole.map((type) => make("span", "badge quiet", `${type}: the whole text`)),
      make("pre", "", marked),
      ...one.errors.map((text) => make("p", "bad-text small", text)),
      one.cut ? make("p", "soft small", `The text is cut here; it has ${one.cut.toLocaleString("en")} characters.`) : "",
    );
    detail.scrollTop = 0;
  }

  // ---- keys and controls
  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, select")) {
      if (event.key === "Escape" || (event.key === "Enter" && event.target === search)) list.focus();
      return;
    }
    const near = root.contains(event.target) && !detail.contains(event.target);
    const acts = { j: () => step(1), k: () => step(-1), "/": () => search.focus(),
      ArrowDown: near && (() => step(1)), ArrowUp: near && (() => step(-1)), PageDown: near && (() => step(10)),
      PageUp: near && (() => step(-10)), Home: near && (() => step(-Infinity)), End: near && (() => step(Infinity)) };
    if (acts[event.key]) { event.preventDefault(); acts[event.key](); }
  }
  function controls() {
    data.cells.forEach((cell, k) => {
      const count = data.texts.filter((one) => one.cell === k).length;
      if (!count) return;
      const one = button(`${cell.name} ${count.toLocaleString("en")}`, () => {
        one.setAttribute("aria-pressed", String(one.getAttribute("aria-pressed") !== "true"));
        choose();
      }, cell.told);
      one.dataset.cell = String(k);
      one.setAttribute("aria-pressed", "false");
      filters.append(one);
    });
    const names = { group: (one) => [one.group], label: (one) => [one.label], check: (one) => one.checks };
    for (const [what, select] of Object.entries(chosen)) {
      const values = [...new Set(data.texts.flatMap(names[what]).filter(Boolean))].sort();
      for (const value of values) {
        const option = make("option", "", value);
        option.value = value;
        select.append(option);
      }
      select.hidden = !values.length;
      select.addEventListener("change", () => choose());
    }
    order.addEventListener("change", () => choose(-1));
    let timer;
    search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(choose, 120); });
  }
  async function start() {
    if (typeof DecompressionStream === "undefined") {
      find("failure").textContent = "This browser is too old to unpack the texts: Chrome 80, Firefox 113 or Safari 16.4 can.";
      return;
    }
    data = JSON.parse(await unpack("texts"));
    for (const one of data.texts) one.said = [one.id, one.parts.map(([text]) => text).join(""), ...one.errors].join("\n").toLowerCase();
    root.hidden = false;
    rowHeight = Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 4.25);
    controls();
    list.addEventListener("scroll", draw, { passive: true });
    window.addEventListener("resize", draw);
    document.addEventListener("keydown", keys);
    choose();
    root.dataset.ready = "yes";
  }
  start();
})();
