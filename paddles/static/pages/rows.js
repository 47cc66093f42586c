// Rows of tables: which one is at hand, which are chosen.

/** @type {Element | null} */
let current = null;
/** @type {Set<string>} where the chosen rows lead that have no box */
const picked = new Set();
/** @type {(text: string) => void} */
let tell = () => {};
// What a row of a run leads to.
const RUN = /\/runs\/([^/]+)\/$/;

const rows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-row]")].filter(visible));

/** @param {Element} element */
function visible(element) {
  return /** @type {HTMLElement} */ (element).getClientRects().length > 0;
}

/** @param {Element} row */
const box = (row) => /** @type {HTMLInputElement | null} */ (row.querySelector("input[type=checkbox]"));

/** Return the row at hand: where the focus is, else the one that was gone to. */
export function at() {
  const focused = document.activeElement?.closest("[data-row]");
  if (focused) current = focused;
  return current?.isConnected ? current : null;
}

function mark() {
  const here = at();
  for (const row of document.querySelectorAll("[data-row]")) {
    if (row === here || box(row)?.checked || picked.has(target(row))) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
  }
}

/**
 * Return where a row leads.
 * @param {Element} row
 * @returns {string}
 */
export function target(row) {
  return /** @type {HTMLElement} */ (row).dataset.href ?? row.querySelector("a[href]")?.getAttribute("href") ?? "";
}

/**
 * Go to the next row, or the one before.
 * @param {number} by
 */
export function move(by) {
  const all = rows();
  const here = at();
  const index = here ? all.indexOf(/** @type {HTMLElement} */ (here)) + by : by > 0 ? 0 : all.length - 1;
  const row = all[Math.max(0, Math.min(index, all.length - 1))];
  if (!row) return;
  current = row;
  const link = /** @type {HTMLElement | null} */ (row.querySelector("a[href]"));
  if (!link) row.tabIndex = -1;
  (link ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  mark();
}

/** Choose the row at hand, or no more. */
export function choose() {
  const row = at();
  const given = row && box(row);
  if (given) given.click();
  if (!row || given || !target(row)) return;
  if (!picked.delete(target(row))) picked.add(target(row));
  mark();
  tell(`${picked.size} selected`);
}

/** Return what the chosen rows are called: the values of their boxes, or the names of runs. */
export function chosen() {
  const boxes = rows().map(box).filter((each) => each?.checked).map((each) => /** @type {HTMLInputElement} */ (each).value);
  const runs = [...picked].map((to) => RUN.exec(to)?.[1]).filter((name) => name !== undefined);
  return [...boxes, ...runs.map(decodeURIComponent)];
}

/**
 * Boxes: all of a table at once, a stretch of them with shift, and how many there are.
 * @param {(text: string) => void} say
 */
export function start(say) {
  tell = say;
  /** @type {HTMLInputElement | null} */
  let last = null;
  const all = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-all]"));
  for (const each of all) each.hidden = false;
  document.addEventListener("click", (event) => {
    const one = /** @type {HTMLInputElement} */ (event.target);
    if (!one.matches?.("input[type=checkbox]")) return;
    const within = [...(one.closest("table")?.querySelectorAll("[data-row]") ?? [])];
    const boxes = within.map(box).filter((each) => each !== null);
    if ("all" in one.dataset) {
      for (const each of boxes) each.checked = one.checked;
    } else if (event.shiftKey && last && boxes.includes(last)) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(one)].sort((a, b) => a - b);
      for (const each of boxes.slice(from, to + 1)) each.checked = one.checked;
    }
    if (one.closest("[data-row]")) last = one;
    mark();
    if (boxes.length) {
      const many = boxes.filter((each) => each.checked).length;
      for (const each of document.querySelectorAll("[data-chosen]")) each.textContent = `${many} selected`;
      say(`${many} selected`);
    }
  });
  document.addEventListener("focusin", mark);
  document.addEventListener("fresh", mark);
}
