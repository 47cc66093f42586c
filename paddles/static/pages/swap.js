// A part of a page is replaced by what it is now: what is read, typed, chosen and unfolded stays.

const SCROLLING = ".scroll, .box, pre";
const ROW = "[data-row]";

/**
 * Say whether somebody is busy with a part: types in it, has marked text, or looks at a dialog of it.
 * @param {HTMLElement} part
 */
export function busy(part) {
  const focused = document.activeElement;
  const typing = focused instanceof HTMLElement && part.contains(focused)
    && focused.matches("textarea, select, input:not([type=checkbox], [type=radio])");
  const marked = document.getSelection();
  return typing || part.querySelector("dialog[open]") !== null
    || (marked !== null && !marked.isCollapsed && marked.containsNode(part, true));
}

/**
 * Return what an element is known by, in the part as it was and as it is.
 * @param {Element} element
 */
function name(element) {
  const said = ["id", "data-keep", "data-href", "href", "name"].map((each) => element.getAttribute(each)).find(Boolean);
  return said || element.querySelector("[data-keep]")?.getAttribute("data-keep")
    || element.querySelector("summary")?.textContent?.trim() || element.querySelector("a[href]")?.getAttribute("href")
    || element.textContent?.trim() || "";
}

/**
 * Return the elements among which one is told by its name: those of its row, or all of the part.
 * @param {HTMLElement} part
 * @param {string} row what its row is known by, blank without one
 * @param {string} kind
 * @param {string} called
 */
function alike(part, row, kind, called) {
  const within = row ? [...part.querySelectorAll(ROW)].find((each) => name(each) === row) : part;
  if (row && kind === ROW) return within ? [within] : [];
  return [...(within?.querySelectorAll(kind) ?? [])].filter((each) => name(each) === called);
}

/**
 * Note where an element stands, and return what finds the one that stands there now.
 * @param {HTMLElement} part
 * @param {Element} element
 */
function placed(part, element) {
  const around = element.closest(ROW);
  const row = around && part.contains(around) ? name(around) : "";
  const kind = around === element ? ROW : element.localName;
  const called = name(element);
  const nth = alike(part, row, kind, called).indexOf(element);
  return () => {
    const found = alike(part, row, kind, called);
    return found[nth] ?? found[0];
  };
}

/**
 * Note what is to stay, and return what restores it.
 * @param {HTMLElement} part
 */
function note(part) {
  const unfolded = [...part.querySelectorAll("details")].map((each) => /** @type {const} */ ([placed(part, each), each.open]));
  const checked = [...part.querySelectorAll("input:checked")].map((each) => /** @type {HTMLInputElement} */ (each).value);
  const scrolled = [...part.querySelectorAll(SCROLLING)].map((each) => [each.scrollLeft, each.scrollTop]);
  const focused = part !== document.activeElement && part.contains(document.activeElement) ? document.activeElement : null;
  const again = focused && placed(part, focused);
  const reached = focused?.getAttribute("tabindex");
  return () => {
    for (const [find, open] of unfolded) {
      const found = find();
      if (found instanceof HTMLDetailsElement && found.open !== open) found.open = open;
    }
    for (const each of /** @type {NodeListOf<HTMLInputElement>} */ (part.querySelectorAll("input[type=checkbox]"))) {
      if (checked.includes(each.value)) each.checked = true;
    }
    [...part.querySelectorAll(SCROLLING)].forEach((each, index) => {
      [each.scrollLeft, each.scrollTop] = scrolled[index] ?? [0, 0];
    });
    const found = again?.();
    if (!(found instanceof HTMLElement) || found === document.activeElement) return;
    if (reached) found.setAttribute("tabindex", reached);
    found.focus({ preventScroll: true });
  };
}

/**
 * Keep what is read where it is: put the row that has the focus, or the first that is seen, back where it was.
 * @param {HTMLElement} part
 */
function hold(part) {
  const inside = (/** @type {Element} */ each) => {
    const { top, bottom } = each.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  };
  const focused = document.activeElement?.closest(ROW);
  const anchors = [...part.querySelectorAll(`${ROW}, [data-anchor]`)];
  const at = focused && part.contains(focused) && inside(focused);
  const seen = at ? focused : anchors.find((each) => each.getBoundingClientRect().top >= 0);
  if (!seen || (!at && part.getBoundingClientRect().top >= 0)) return () => {};
  const top = seen.getBoundingClientRect().top;
  const again = placed(part, seen);
  return () => {
    const found = again();
    if (found) scrollBy({ top: found.getBoundingClientRect().top - top, behavior: "instant" });
  };
}

/**
 * Change a part, and leave all else about it as it was.
 * @param {HTMLElement} part
 * @param {() => void} change
 */
function keeping(part, change) {
  const restore = note(part);
  const held = hold(part);
  change();
  restore();
  held();
}

/**
 * @param {HTMLElement} part
 * @param {HTMLElement} fresh
 */
function replace(part, fresh) {
  keeping(part, () => {
    part.replaceChildren(...[...fresh.childNodes].map((each) => document.importNode(each, true)));
    for (const { name: other } of [...part.attributes]) if (!fresh.hasAttribute(other)) part.removeAttribute(other);
    for (const { name: attribute, value } of fresh.attributes) part.setAttribute(attribute, value);
  });
}

/**
 * Return what the server said of a row, whatever has been made of its times.
 * @param {Element} row
 */
function said(row) {
  const copy = /** @type {Element} */ (row.cloneNode(true));
  for (const time of copy.querySelectorAll("time")) {
    if (time.dataset.utc !== undefined) time.textContent = time.dataset.utc;
    time.removeAttribute("data-utc");
    time.removeAttribute("title");
  }
  return copy.innerHTML;
}

/** @param {Element} part */
const rowsOf = (part) => new Map([...part.querySelectorAll(ROW)].map((row) => [name(row), row]));

/**
 * Of a list that is announced: bring rows that are there up to date, and say how many are new. Where they are the same
 * rows all of it is replaced, which moves nothing.
 * @param {HTMLElement} part
 * @param {HTMLElement} fresh
 * @param {(text: string) => void} say
 */
function announce(part, fresh, say) {
  const [before, now] = [rowsOf(part), rowsOf(fresh)];
  const told = part.querySelector(":scope > .news") !== null;
  if ([...before.keys()].join("\n") === [...now.keys()].join("\n")) {
    replace(part, fresh);
    return;
  }
  keeping(part, () => {
    for (const [called, row] of before) {
      const other = now.get(called);
      if (!other || said(other) === said(row)) continue;
      row.innerHTML = other.innerHTML;
      row.classList.add("fresh");
    }
    part.querySelector(":scope > .news")?.remove();
  });
  const many = [...now.keys()].filter((called) => !before.has(called)).length;
  const word = part.dataset.announce || "rows";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = many ? `${many} new ${many === 1 ? word.replace(/s$/, "") : word} - show` : `Other ${word} - show`;
  button.addEventListener("click", () => {
    replace(part, fresh);
    part.dispatchEvent(new Event("fresh", { bubbles: true }));
  });
  const news = document.createElement("p");
  news.className = "news";
  news.append(button);
  part.prepend(news);
  // Who listens is told that there is something new, and not each time that there is more of it.
  if (!told) say(button.textContent);
}

/**
 * Say what the page is about has become, where it is another.
 * @param {HTMLElement} part
 * @param {string} before
 * @param {(text: string) => void} say
 */
function tell(part, before, say) {
  const now = subject(part);
  if (!now || now === before) return;
  say(`${document.querySelector("h1")?.firstChild?.textContent?.trim() ?? ""}: ${now}`);
  const icon = /** @type {HTMLElement | null} */ (part.querySelector("[data-icon]"))?.dataset.icon;
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"));
  if (icon && link) link.href = icon;
}

/** @param {HTMLElement} part */
const subject = (part) => part.querySelector("[data-subject]")?.textContent?.trim() ?? "";

/**
 * Replace a part by what it is now; say whether that was done.
 * @param {HTMLElement} part
 * @param {HTMLElement} fresh
 * @param {(text: string) => void} say
 */
export function swap(part, fresh, say) {
  if (busy(part)) return false;
  part.querySelector(":scope > .stale")?.remove();
  if ("announce" in part.dataset && part.querySelector(ROW)) {
    announce(part, fresh, say);
    return true;
  }
  const before = subject(part);
  replace(part, fresh);
  tell(part, before, say);
  return true;
}
