// What somebody has pinned, and looked at lately: kept in the browser, shown on the first page.

const MOST = { pinned: 30, recent: 12 };
// Pages of one thing; an address of another kind in the store was not put there by this.
const OURS = /^\/(?![/\\])/;

/** @typedef {{ to: string, name: string }} Entry */

/**
 * @param {string} key
 * @returns {Entry[]}
 */
function read(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "[]");
    return kept.filter((/** @type {Entry} */ each) => OURS.test(each.to) && typeof each.name === "string");
  } catch {
    return [];
  }
}

/**
 * @param {string} key
 * @param {Entry[]} entries
 */
function write(key, entries) {
  try {
    localStorage.setItem(key, JSON.stringify(entries));
  } catch {
    // Nothing can be kept here: the page does without.
  }
}

/** Return what this page is, where it is of one thing: those stand below others, as their crumbs say. */
function here() {
  const crumbs = [...document.querySelectorAll(".crumbs li")].map((each) => each.textContent?.trim() ?? "");
  const name = crumbs.slice(1).join(" / ");
  return name ? { to: location.pathname, name } : null;
}

/**
 * @param {string} place
 * @param {(text: string) => void} say
 */
export function start(place, say) {
  const keys = { pinned: `paddles${place}:pinned`, recent: `paddles${place}:recent` };
  const page = here();
  if (page) {
    const others = read(keys.recent).filter((each) => each.to !== page.to);
    write(keys.recent, [page, ...others].slice(0, MOST.recent));
    pinning(keys.pinned, page, say);
  }
  for (const key of /** @type {const} */ (["pinned", "recent"])) show(key, keys[key], say);
}

/**
 * The button that pins this page.
 * @param {string} key
 * @param {Entry} page
 * @param {(text: string) => void} say
 */
function pinning(key, page, say) {
  const button = document.getElementById("pin");
  if (!button) return;
  const pinned = () => read(key).some((each) => each.to === page.to);
  const mark = () => button.setAttribute("aria-pressed", String(pinned()));
  button.addEventListener("click", () => {
    const others = read(key).filter((each) => each.to !== page.to);
    write(key, pinned() ? others : [page, ...others].slice(0, MOST.pinned));
    mark();
    say(pinned() ? "Pinned to the first page" : "No longer pinned");
  });
  mark();
  button.hidden = false;
}

/**
 * Fill a list of the first page.
 * @param {"pinned" | "recent"} id
 * @param {string} key
 * @param {(text: string) => void} say
 */
function show(id, key, say) {
  const section = document.getElementById(`kept-${id}`);
  const list = section?.querySelector("ul");
  if (!section || !list) return;
  const entries = read(key);
  section.hidden = entries.length === 0;
  list.replaceChildren(...entries.map((each) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    item.dataset.row = "";
    link.href = each.to;
    link.textContent = each.name;
    item.append(link);
    if (id === "pinned") item.append(" ", unpinning(key, each, say));
    return item;
  }));
}

/**
 * @param {string} key
 * @param {Entry} entry
 * @param {(text: string) => void} say
 */
function unpinning(key, entry, say) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Unpin";
  button.setAttribute("aria-label", `Unpin ${entry.name}`);
  button.addEventListener("click", () => {
    write(key, read(key).filter((each) => each.to !== entry.to));
    show("pinned", key, say);
    say("No longer pinned");
  });
  return button;
}
