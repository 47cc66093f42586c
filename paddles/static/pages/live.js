// Live updates: what has changed is asked for again, part by part, and nothing that somebody reads or does is disturbed.
import { follow } from "./stream.js";
import { swap } from "./swap.js";

const POLL_MS = 30000;
// Two parts a second at the most, fewer where the server takes long to answer.
const PAUSE_MS = 500;
const STALE_MS = 60000;
// For so long a connection may be away before anybody is told.
const GRACE_MS = 4000;

/** @typedef {{ etag: string, failed: boolean }} Known */

/** @type {Map<string, Known>} */
const known = new Map();
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

/** @param {string} id */
function address(id) {
  const url = new URL(location.href);
  url.searchParams.set("fragment", id);
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
 * Bring a part up to date.
 * @param {string} id
 */
async function refresh(id) {
  const part = document.getElementById(id);
  if (!part) return;
  const before = known.get(id) ?? { etag: "", failed: false };
  try {
    const answer = await fetch(address(id), {
      cache: "no-store",
      redirect: "error",
      headers: { Accept: "text/html", ...(before.etag && !before.failed && { "If-None-Match": before.etag }) },
    });
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(`${answer.status}`);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
      if (!fresh) throw new Error("no such part");
      if (!swap(part, fresh, say)) {
        // Somebody is busy with it.
        setTimeout(() => ask([part]), 4 * PAUSE_MS);
        return;
      }
    }
    known.set(id, { etag: answer.headers.get("ETag") ?? before.etag, failed: false });
    heard = Date.now();
    (document.getElementById(id) ?? document).dispatchEvent(new Event("fresh", { bubbles: true }));
  } catch {
    known.set(id, { ...before, failed: true });
    fail(part);
  }
}

/** Ask for what is due, one part after the other; nobody who does not look needs it. */
async function pump() {
  if (pumping) return;
  pumping = true;
  while (due.size && !document.hidden) {
    const [id] = due;
    due.delete(id);
    const begun = performance.now();
    await refresh(id);
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
  document.addEventListener("visibilitychange", () => pump());
  // A page that comes back as it was left has missed whatever happened.
  addEventListener("pageshow", (event) => event.persisted && ask(parts()));
}
