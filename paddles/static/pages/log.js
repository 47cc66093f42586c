// @ts-check
// A log of any length in a box that holds only what is seen of it: the lines are in parts of some hundred, each as high
// as it will be, and a part is filled when it comes near. Without this the same lines are reached by links.

const box = document.getElementById("log");
// A box cannot be much higher than the lines of so many, in any browser.
const MOST_LINES = 800000;
const NEAR = "1500px 0px";
// What is passed by is not asked for.
const PATIENCE_MS = 60;
const POLL_MS = 2000;
const PREFIX_MS = 1500;

/**
 * @typedef {object} Part
 * @property {number} first
 * @property {number} last
 * @property {HTMLElement} element
 * @property {"empty" | "asked" | "full"} state
 * @property {number} timer
 * @property {AbortController | null} asking
 */

// Keys behind a `g` are those of places.
let prefixed = -PREFIX_MS;

/** Say whether a key may be for the log, and not for a field, a place or a dialog. @param {KeyboardEvent} event */
function ours(event) {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  const behind = event.timeStamp - prefixed < PREFIX_MS;
  prefixed = !behind && event.key === "g" ? event.timeStamp : -PREFIX_MS;
  return !typing && !behind && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]");
}

/** @param {KeyboardEvent} event */
function searchKey(event) {
  if (!ours(event) || event.key !== "/") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.getElementById("log-search")?.focus();
}

/** @param {HTMLElement} box */
function viewer(box) {
  const atOnce = Number(box.dataset.atOnce);
  const kept = box.dataset.kept === "?" ? "?" : `${box.dataset.kept}&`;
  const rowHeight = box.querySelector(".line")?.getBoundingClientRect().height || 18;
  /** @type {Part[]} */
  const parts = [];
  /** @type {Map<Element, Part>} */
  const partOf = new Map();
  let lines = 0;
  let following = false;
  let touched = false;
  let at = 0;
  /** @type {number[] | null} */
  let troubles = null;

  const observer = new IntersectionObserver(seen, { root: box, rootMargin: NEAR });

  /** @param {IntersectionObserverEntry[]} entries */
  function seen(entries) {
    for (const entry of entries) {
      const part = partOf.get(entry.target);
      if (!part) continue;
      clearTimeout(part.timer);
      if (entry.isIntersecting) part.timer = setTimeout(() => fill(part), PATIENCE_MS);
      else drop(part);
    }
  }

  /** Note how many lines there are, and make room for them. @param {number} total */
  function grow(total) {
    const known = parts.at(-1);
    lines = total;
    if (known && known.last < Math.min(total, known.first + atOnce - 1)) {
      known.last = Math.min(total, known.first + atOnce - 1);
      if (known.state === "empty") known.element.style.height = `${height(known)}px`;
      else fill(known, true);
    }
    for (let first = parts.length * atOnce + 1; first <= total; first += atOnce) {
      const element = document.createElement("div");
      element.className = "chunk";
      /** @type {Part} */
      const part = { first, last: Math.min(total, first + atOnce - 1), element, state: "empty", timer: 0, asking: null };
      element.style.height = `${height(part)}px`;
      parts.push(part);
      partOf.set(element, part);
      if (known) show(part);
    }
  }

  /** @param {Part} part */
  function show(part) {
    box.append(part.element);
    observer.observe(part.element);
  }

  /** @param {Part} part */
  const height = (part) => (part.last - part.first + 1) * rowHeight;

  /** Ask for the lines of a part, unless they are there. @param {Part} part @param {boolean} anew */
  async function fill(part, anew = false) {
    if (part.state !== "empty" && !anew) return part.state === "asked" ? settled(part) : undefined;
    part.asking?.abort();
    const asking = new AbortController();
    Object.assign(part, { asking, state: "asked" });
    try {
      const html = await get(`lines=${part.first}-${part.last}&fragment=lines`, asking.signal);
      const made = document.createElement("template");
      made.innerHTML = html;
      part.element.replaceChildren(made.content);
      part.element.style.height = "";
      part.state = "full";
      mark();
    } catch (error) {
      if (asking.signal.aborted) return;
      part.state = "empty";
      failed(part);
    }
  }

  /** Wait until a part that is asked for is there. @param {Part} part */
  async function settled(part) {
    while (part.state === "asked") await new Promise((done) => setTimeout(done, 20));
  }

  /** @param {Part} part */
  function failed(part) {
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = `Lines ${part.first} to ${part.last} could not be read: try again`;
    again.addEventListener("click", () => fill(part));
    part.element.replaceChildren(again);
  }

  /** Empty a part that is far away, unless somebody copies from it. @param {Part} part */
  function drop(part) {
    if (part.state === "asked") {
      part.asking?.abort();
      part.state = "empty";
      return;
    }
    const chosen = document.getSelection();
    if (part.state !== "full" || (chosen && !chosen.isCollapsed && chosen.containsNode(part.element, true))) return;
    if (part.element.contains(document.activeElement)) return;
    part.element.style.height = `${part.element.offsetHeight}px`;
    part.element.replaceChildren();
    part.state = "empty";
  }

  /** @param {string} query @param {AbortSignal} [signal] @param {string} [kind] */
  async function get(query, signal, kind = "text/html") {
    const answer = await fetch(`${location.pathname}${kept}${query}`, { signal, headers: { Accept: kind } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.text();
  }

  /** Bring a line into view. @param {number} number */
  async function go(number) {
    const wanted = Math.max(1, Math.min(number, lines));
    const part = parts[Math.floor((wanted - 1) / atOnce)];
    if (!part) return;
    at = wanted;
    box.scrollTop = part.element.offsetTop + (wanted - part.first) * rowHeight - box.clientHeight / 3;
    clearTimeout(part.timer);
    await fill(part);
    const line = document.getElementById(`L${wanted}`);
    if (!line || at !== wanted) return;
    box.scrollTop += line.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
  }

  /** Return the lines that the address selects. */
  function selected() {
    const found = /^#L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(location.hash);
    if (!found) return null;
    const [one, other] = [Number(found[1]), Number(found[2] || found[1])];
    return { first: Math.min(one, other), last: Math.max(one, other) };
  }

  /** Show which lines are selected. */
  function mark() {
    const range = selected();
    for (const line of box.querySelectorAll(".line")) {
      const number = Number(line.id.slice(1));
      line.classList.toggle("selected", range !== null && range.first <= number && number <= range.last);
    }
    const current = String(range?.first ?? "");
    for (const link of document.querySelectorAll("#errors [data-line]")) {
      if (link.getAttribute("data-line") === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  /** @param {string} hash */
  function select(hash) {
    history.replaceState(null, "", hash);
    mark();
  }

  /** A click selects a line, one with the shift key all from the selected one on. @param {MouseEvent} event */
  function clicked(event) {
    const link = event.target instanceof Element ? event.target.closest(".line > a:first-child, #errors [data-line]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
    const number = Number(link.textContent);
    const before = selected();
    event.preventDefault();
    at = number;
    if (event.shiftKey && before) {
      const [first, last] = number < before.first ? [number, before.last] : [before.first, number];
      select(`#L${first}-L${last}`);
    } else select(`#L${number}`);
    if (link.matches("#errors [data-line]")) go(number);
  }

  /** Go to the next line of trouble, or the one before. @param {number} step */
  async function trouble(step) {
    troubles ??= await listed();
    const ahead = step > 0 ? troubles.find((each) => each > at) : troubles.findLast((each) => each < at);
    const told = document.getElementById("said");
    if (told) told.textContent = ahead ? `Line ${ahead}` : "No more lines of trouble";
    if (!ahead) return;
    select(`#L${ahead}`);
    await go(ahead);
  }

  /** @returns {Promise<number[]>} */
  async function listed() {
    const said = JSON.parse(await get("errors=1&count=10000&format=json", undefined, "application/json"));
    return said.items.map((/** @type {{lineno: number}} */ line) => line.lineno);
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (!ours(event)) return;
    if (event.key === "n" || event.key === "p") trouble(event.key === "n" ? 1 : -1).catch(() => {});
    else if (event.key === "/") document.getElementById("log-search")?.focus();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Wrap long lines, or do not, without asking for anything. @param {MouseEvent} event */
  function wrapped(event) {
    const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
    event.preventDefault();
    history.replaceState(null, "", `${link.getAttribute("href")}${location.hash}`);
    const wraps = box.classList.toggle("wrap");
    link.textContent = wraps ? "Do not wrap long lines" : "Wrap long lines";
    const said = new URLSearchParams(location.search);
    if (wraps) said.delete("wrap");
    else said.set("wrap", "1");
    link.setAttribute("href", `?${said}`);
    if (at) go(at);
  }

  /** Look whether there is more of a log that grows. */
  async function poll() {
    if (!document.hidden) {
      const made = document.createElement("template");
      made.innerHTML = await get("fragment=state").catch(() => "");
      const state = made.content.firstElementChild;
      if (state instanceof HTMLElement) heard(state);
      if (state instanceof HTMLElement && state.dataset.growing === "no") return;
    }
    setTimeout(poll, POLL_MS);
  }

  /** Have a long log looked through to its end, a part at a time, and go where the first trouble is. @param {boolean} going */
  async function look(going) {
    while (document.getElementById("errors")?.dataset.looked === "part") {
      const made = document.createElement("template");
      made.innerHTML = await get("fragment=errors");
      const section = made.content.firstElementChild;
      if (!section) return;
      document.getElementById("errors")?.replaceWith(section);
      const first = Number(section.querySelector("[data-line]")?.getAttribute("data-line"));
      if (first && going && !following && !touched) await go(first);
      if (first) going = false;
    }
    mark();
  }

  /** @param {HTMLElement} state */
  function heard(state) {
    const total = Number(state.dataset.lines);
    const before = document.getElementById("state");
    const button = document.getElementById("follow");
    if (state.dataset.growing === "no" && button) button.hidden = true;
    if (before?.textContent === state.textContent) return;
    const last = parts.at(-1);
    // Its last line may have been but a beginning.
    if (last?.state === "full" && total === lines) fill(last, true);
    else grow(total);
    troubles = null;
    before?.replaceWith(state);
    if (following) go(total);
  }

  function follow() {
    const button = document.getElementById("follow");
    if (!button || document.getElementById("state")?.dataset.growing !== "yes") return;
    button.hidden = false;
    button.addEventListener("click", () => {
      following = !following;
      button.setAttribute("aria-pressed", String(following));
      if (following) go(lines);
    });
    setTimeout(poll, POLL_MS);
  }

  async function open() {
    const asked = /[?&]lines=L?(\d{1,9})/.exec(location.search);
    const first = document.querySelector("#errors [data-line]")?.getAttribute("data-line");
    const total = Number(box.dataset.lines);
    const target = selected()?.first ?? Number(asked?.[1] ?? (/[?&]tail=/.test(location.search) ? total : (first ?? total)));
    grow(total);
    const part = parts[Math.floor((Math.max(1, Math.min(target, total)) - 1) / atOnce)];
    await fill(part);
    box.replaceChildren();
    parts.forEach(show);
    box.classList.add("live");
    await go(target);
    mark();
    follow();
    const free = !first && !asked && !selected() && !/[?&]tail=/.test(location.search);
    box.addEventListener("wheel", () => (touched = true), { once: true, passive: true });
    look(free).catch(() => {});
  }

  document.addEventListener("click", clicked);
  window.addEventListener("keydown", pressed, { capture: true });
  window.addEventListener("hashchange", () => {
    mark();
    go(selected()?.first ?? at);
  });
  document.getElementById("wrap")?.addEventListener("click", wrapped);
  open();
}

if (box && box.dataset.listed === "no" && Number(box.dataset.lines) > 0 && Number(box.dataset.lines) <= MOST_LINES) {
  viewer(box);
} else if (box) {
  window.addEventListener("keydown", searchKey, { capture: true });
}

export {};
