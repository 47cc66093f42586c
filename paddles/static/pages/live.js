// Live updates: what has changed is asked for again, part by part, and nothing that somebody reads or does is disturbed.
import { follow } from "./stream.js";
import { busy, swap } from "./swap.js";

const POLL_MS = 30000;
// Parts are asked for twice a second at the most, all that are due at once, less often where the server takes long to
// answer.
const PAUSE_MS = 550;
const STALE_MS = 60000;
// For so long a connection may be away before anybody is told.
const GRACE_MS = 4000;

// What was answered last: for which parts, and its tag.
let known = { wanted: "", etag: "" };
/** @type {Set<string>} */
const due = new Set();
/** @type {(text: string) => void} */
let say = () => {};
let pumping = false;
let connected = false;
let left = Date.now();
let heard = Date.now();

const parts = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-fragment][id]")]);

/** @param {string} text */
const split = (text) => text.split(/\s+/).filter(Boolean).map(decodeURIComponent);

/** @param {HTMLElement} part */
const topicsOf = (part) => split(part.dataset.topics ?? document.body.dataset.topics ?? "");

/** Show how up to date the page is. */
function showState() {
  const badge = document.getElementById("live");
  if (!badge) return;
  const now = Date.now();
  const state = connected ? "live" : now - heard > STALE_MS ? "stale" : now - left > GRACE_MS ? "reconnecting" : "";
  if (!state || (badge.dataset.state === state && state !== "stale")) return;
  badge.dataset.state = state;
  const since = new Date(heard).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  badge.textContent = state === "stale" ? `stale since ${since}` : state;
  badge.hidden = false;
}

/** @param {string} wanted */
function address(wanted) {
  const url = new URL(location.href);
  url.searchParams.set("fragment", wanted);
  url.hash = "";
  return url;
}

/**
 * Show in a part that it could not be brought up to date, and how to try again.
 * @param {HTMLElement} part
 */
function fail(part) {
  if (part.querySelector(":scope > .stale")) return;
  const notice = document.createElement("p");
  notice.className = "notice n-waiting stale";
  notice.textContent = "This part could not be brought up to date. ";
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "Try again";
  again.addEventListener("click", () => ask([part]));
  notice.append(again);
  part.prepend(notice);
}

/**
 * Bring parts up to date.
 * @param {HTMLElement[]} stale
 */
async function refresh(stale) {
  const wanted = stale.map((part) => part.id).join(",");
  const tag = known.wanted === wanted ? known.etag : "";
  try {
    const answer = await fetch(address(wanted), {
      cache: "no-store",
      redirect: "error",
      headers: { Accept: "text/html", ...(tag && { "If-None-Match": tag }) },
    });
    if (answer.status !== 304) {
      known = { wanted: "", etag: "" };
      if (!answer.ok) throw new Error(`${answer.status}`);
      const left = put(stale, new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (left.length) ask(left);
      else known = { wanted, etag: answer.headers.get("ETag") ?? "" };
    }
    heard = Date.now();
    for (const part of stale) part.dispatchEvent(new Event("fresh", { bubbles: true }));
  } catch {
    known = { wanted: "", etag: "" };
    stale.forEach(fail);
  }
}

/**
 * Show what parts are now; return those with which somebody has become busy meanwhile.
 * @param {HTMLElement[]} stale
 * @param {Document} answer
 */
function put(stale, answer) {
  const found = stale.map((part) => /** @type {const} */ ([part, answer.getElementById(part.id)]));
  if (found.some(([, fresh]) => !fresh)) throw new Error("no such part");
  return found.filter(([part, fresh]) => fresh && !swap(part, fresh, say)).map(([part]) => part);
}

/** Ask for what is due, but for parts that somebody is busy with; nobody who does not look needs any. */
async function pump() {
  if (pumping) return;
  pumping = true;
  while (due.size && !document.hidden) {
    const begun = performance.now();
    const wanted = parts().filter((part) => due.has(part.id));
    const free = wanted.filter((part) => !busy(part));
    due.clear();
    for (const part of wanted) if (!free.includes(part)) due.add(part.id);
    if (free.length) await refresh(free);
    const took = performance.now() - begun;
    await new Promise((done) => setTimeout(done, Math.max(PAUSE_MS - took, took)));
  }
  pumping = false;
}

/** @param {HTMLElement[]} wanted */
function ask(wanted) {
  for (const part of wanted) due.add(part.id);
  pump();
}

/** @param {string[]} topics */
function changed(topics) {
  heard = Date.now();
  ask(parts().filter((part) => topicsOf(part).some((topic) => topics.includes(topic))));
}

/** @param {boolean} now */
function connection(now) {
  if (connected && !now) left = Date.now();
  connected = now;
  if (now) heard = Date.now();
  showState();
}

/** @param {(text: string) => void} tell */
export function start(tell) {
  const topics = split(document.body.dataset.topics ?? "");
  if (!topics.length || !parts().length) return;
  say = tell;
  follow(topics, document.body.dataset.place ?? "", { changed, connection });
  setInterval(showState, 1000);
  setInterval(() => connected || document.hidden || ask(parts()), POLL_MS);
  document.addEventListener("visibilitychange", () => {
    if (!connected && !document.hidden && Date.now() - heard > POLL_MS) ask(parts());
    else pump();
  });
  // A page that comes back as it was left has missed whatever happened.
  addEventListener("pageshow", (event) => event.persisted && ask(parts()));
}
