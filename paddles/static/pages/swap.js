// A part of a page is replaced by what it is now: what is read, typed, chosen and unfolded stays.

const SCROLLING = ".scroll, .box, pre";

/**
 * Say whether somebody is busy with a part: types in it, or has marked text.
 * @param {HTMLElement} part
 */
function busy(part) {
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
  return element.id || element.getAttribute("data-href") || element.getAttribute("href") || element.getAttribute("name")
    || (element instanceof HTMLDetailsElement ? element.querySelector("summary")?.textContent?.trim() : "")
    || element.querySelector("a[href]")?.getAttribute("href") || element.textContent?.trim() || "";
}

/**
 * @param {Element} within
 * @param {string} selector
 * @param {string} called
 */
function find(within, selector, called) {
  return [...within.querySelectorAll(selector)].find((each) => name(each) === called);
}

/**
 * Note what is to stay, and return what restores it.
 * @param {HTMLElement} part
 */
function note(part) {
  const unfolded = [...part.querySelectorAll("details")].map((each) => /** @type {const} */ ([name(each), each.open]));
  const checked = [...part.querySelectorAll("input:checked")].map((each) => /** @type {HTMLInputElement} */ (each).value);
  const scrolled = [...part.querySelectorAll(SCROLLING)].map((each) => [each.scrollLeft, each.scrollTop]);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const [kind, called] = focused ? [focused.localName, name(focused)] : ["", ""];
  return () => {
    for (const [text, open] of unfolded) {
      const found = find(part, "details", text);
      if (found instanceof HTMLDetailsElement) found.open = open;
    }
    for (const each of /** @type {NodeListOf<HTMLInputElement>} */ (part.querySelectorAll("input[type=checkbox]"))) {
      if (checked.includes(each.value)) each.checked = true;
    }
    [...part.querySelectorAll(SCROLLING)].forEach((each, index) => {
      [each.scrollLeft, each.scrollTop] = scrolled[index] ?? [0, 0];
    });
    const again = kind ? find(part, kind, called) : undefined;
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  };
}

/**
 * Keep what is read where it is: put the first row that is seen back where it was.
 * @param {HTMLElement} part
 */
function hold(part) {
  const anchors = [...part.querySelectorAll("[data-row], [data-anchor]")];
  const seen = anchors.find((each) => each.getBoundingClientRect().top >= 0);
  if (!seen || part.getBoundingClientRect().top >= 0) return () => {};
  const top = seen.getBoundingClientRect().top;
  const called = name(seen);
  return () => {
    const again = find(part, "[data-row], [data-anchor]", called);
    if (again) scrollBy({ top: again.getBoundingClientRect().top - top, behavior: "instant" });
  };
}

/**
 * Of a list that is announced: bring rows that are there up to date, and say how many are new.
 * @param {HTMLElement} part
 * @param {HTMLElement} fresh
 * @param {(text: string) => void} say
 */
function announce(part, fresh, say) {
  const rows = new Map([...fresh.querySelectorAll("[data-row]")].map((row) => [name(row), row]));
  for (const row of part.querySelectorAll("[data-row]")) {
    const now = rows.get(name(row));
    if (now && now.innerHTML !== row.innerHTML) {
      row.innerHTML = now.innerHTML;
      row.classList.add("fresh");
    }
    rows.delete(name(row));
  }
  part.querySelector(":scope > .news")?.remove();
  if (!rows.size) return;
  const news = document.createElement("p");
  news.className = "news";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `${rows.size} new ${part.dataset.announce || "rows"} - show`;
  button.addEventListener("click", () => {
    replace(part, fresh);
    part.dispatchEvent(new Event("fresh", { bubbles: true }));
  });
  news.append(button);
  part.prepend(news);
  say(button.textContent);
}

/**
 * @param {HTMLElement} part
 * @param {HTMLElement} fresh
 */
function replace(part, fresh) {
  const restore = note(part);
  const held = hold(part);
  part.replaceChildren(...[...fresh.cloneNode(true).childNodes].map((each) => document.adoptNode(each)));
  for (const { name: attribute, value } of fresh.attributes) part.setAttribute(attribute, value);
  restore();
  held();
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
  say(`${document.querySelector("h1")?.textContent?.trim() ?? ""}: ${now}`);
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
  if ("announce" in part.dataset && part.querySelector("[data-row]")) {
    announce(part, fresh, say);
    return true;
  }
  const before = subject(part);
  replace(part, fresh);
  tell(part, before, say);
  return true;
}
