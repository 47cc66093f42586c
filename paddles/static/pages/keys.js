// Keys: off while somebody types; whatever has `data-key` is pressed, or gone to, by that key.
import { at, choose, chosen, move, start as startRows, target } from "./rows.js";

const PLACES = /** @type {Record<string, [string, string]>} */ ({
  r: ["/runs/", "runs"],
  q: ["/queue/", "queue"],
  n: ["/nodes/", "machines"],
  m: ["/matrix/", "matrix"],
  t: ["/tests/", "tests"],
  e: ["/regressions/", "regressions"],
});
const HELP = [
  ["/", "search"],
  ["f", "the filter"],
  ["j, k", "next, previous row"],
  ["n, p", "next, previous failure"],
  ["Enter", "open the row"],
  ["o", "open it in a new tab"],
  ["l", "log"],
  ["x", "select the row"],
  ["c", "compare what is selected"],
  ["r", "run again"],
  ["y", "copy the address of this page"],
  ["t", "theme"],
  ["[, ]", "previous, next run of the suite"],
  ...Object.entries(PLACES).map(([key, [, word]]) => [`g ${key}`, word]),
  ["?", "these keys"],
  ["Esc", "close, leave a field"],
];
const FILTER = "form.filters :is(input:not([type=hidden]), select)";
const PREFIX_MS = 1500;
const MOST_COMPARED = 6;

/** @typedef {{ place: string, copyLink: () => void, say: (text: string) => void }} Tools */

/** @param {EventTarget | null} element */
function typing(element) {
  return element instanceof HTMLElement
    && (element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio])"));
}

/** @param {string} key */
function press(key) {
  const named = [...document.querySelectorAll("[data-key]")].filter(
    (each) => /** @type {HTMLElement} */ (each).dataset.key === key,
  );
  const found = [...named, ...(key === "f" ? document.querySelectorAll(FILTER) : [])].find(
    (each) => each.getClientRects().length,
  );
  if (!(found instanceof HTMLElement)) return false;
  if (typing(found)) {
    found.focus();
    if (found instanceof HTMLInputElement) found.select();
  } else found.click();
  return true;
}

/** @param {number} by */
function failure(by) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-failure]")]);
  const here = all.findIndex((each) => each.contains(document.activeElement));
  const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(here + by, all.length - 1))];
  if (!next) return;
  const folded = next.closest("details");
  if (folded) folded.open = true;
  const focusable = /** @type {HTMLElement | null} */ (next.querySelector("a[href], summary")) ?? next;
  if (focusable === next) next.tabIndex = -1;
  focusable.focus({ preventScroll: true });
  next.scrollIntoView({ block: "center" });
}

/** @param {Tools} tools */
function compare({ place, say }) {
  if (press("c")) return;
  const names = chosen();
  if (names.length < 2 || names.length > MOST_COMPARED) say(`Select 2 to ${MOST_COMPARED} rows to compare`);
  else location.href = `${place}/compare?${names.map((name) => `run=${encodeURIComponent(name)}`).join("&")}`;
}

function help() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Keys");
  const list = document.createElement("dl");
  list.className = "keys";
  for (const [key, does] of HELP) {
    const name = document.createElement("dt");
    const shown = document.createElement("kbd");
    shown.textContent = key;
    name.append(shown);
    const what = document.createElement("dd");
    what.textContent = does;
    list.append(name, what);
  }
  const close = document.createElement("button");
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.append(list, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Do what a key is for; say whether it is for anything.
 * @param {string} key
 * @param {Tools} tools
 */
function act(key, tools) {
  const row = at();
  const to = row ? target(row) : "";
  const does = /** @type {Record<string, () => void>} */ ({
    j: () => move(1),
    k: () => move(-1),
    n: () => failure(1),
    p: () => failure(-1),
    x: choose,
    c: () => compare(tools),
    y: tools.copyLink,
    "?": help,
    ...(to && { o: () => window.open(to, "_blank", "noopener") }),
    ...(to && document.activeElement === row && { Enter: () => location.assign(to) }),
  });
  if (does[key]) does[key]();
  else return key.length === 1 && press(key);
  return true;
}

/** @param {Tools} tools */
export function start(tools) {
  let prefixed = -PREFIX_MS;
  startRows(tools.say);
  document.addEventListener("keydown", (event) => {
    // Brackets are typed with AltGr on many keyboards, which some systems take for Ctrl and Alt.
    const held = (event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph");
    if (held || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape" && typing(event.target)) /** @type {HTMLElement} */ (event.target).blur();
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const after = event.timeStamp - prefixed < PREFIX_MS;
    prefixed = -PREFIX_MS;
    if (after && PLACES[event.key]) location.href = tools.place + PLACES[event.key][0];
    else if (event.key === "g") prefixed = event.timeStamp;
    else if (!act(event.key, tools)) return;
    event.preventDefault();
  });
}
