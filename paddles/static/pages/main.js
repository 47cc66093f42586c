// What every page does with JavaScript on; without it all of this works by links and forms.
// Keys, live updates and what is kept in the browser are fetched when the page is there.

const THEMES = ["auto", "light", "dark"];
const YEAR_S = 365 * 24 * 3600;
// Below how many seconds a time is said in which unit.
const STEPS = /** @type {[number, number, string][]} */ ([
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [30 * 86400, 86400, "d"],
]);
const TICK_MS = 20000;
const day = new Intl.DateTimeFormat("sv", { dateStyle: "short" });
const exact = new Intl.DateTimeFormat("sv", {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  timeZoneName: "short",
});
const place = document.body.dataset.place ?? "";
let updated = performance.timeOrigin;

/**
 * Tell who listens instead of looking.
 * @param {string} text
 */
function say(text) {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
}

/**
 * Say how far away a moment is: `12 s ago`, `in 5 min`, or its day where that is long.
 * @param {Date} moment
 * @param {number} now in milliseconds
 */
function relative(moment, now) {
  const seconds = Math.round((now - moment.getTime()) / 1000);
  const far = Math.abs(seconds);
  const step = STEPS.find(([below]) => far < below);
  if (!step) return day.format(moment);
  const text = `${Math.floor(far / step[1])} ${step[2]}`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/**
 * Show the times of a part of the page.
 * @param {ParentNode} within
 */
function showTimes(within) {
  const now = Date.now();
  for (const element of /** @type {NodeListOf<HTMLTimeElement>} */ (within.querySelectorAll("time[datetime]"))) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const local = exact.format(moment);
    if (element.dataset.utc === undefined) {
      element.dataset.utc = element.textContent?.trim() ?? "";
      element.title = `${local} (${element.dataset.utc})`;
    }
    const text = "exact" in element.dataset ? local : relative(moment, now);
    if (element.textContent !== text) element.textContent = text;
  }
}

function sayUpdated() {
  const element = document.getElementById("updated");
  if (element) element.textContent = `Updated ${relative(new Date(updated), Date.now())}.`;
}

/** Keep the times of the page right while somebody looks. */
function tickTimes() {
  sayUpdated();
  setInterval(() => document.hidden || sayUpdated(), 1000);
  setInterval(() => document.hidden || showTimes(document), TICK_MS);
  document.addEventListener("visibilitychange", () => document.hidden || showTimes(document));
}

/** The button of the theme: what it is now, and the next one when it is pressed. */
function startTheme() {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  if (!button) return;
  const show = () => {
    button.textContent = `Theme: ${root.dataset.theme}`;
  };
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
    root.dataset.theme = next;
    document.cookie = `theme=${next}; path=${place}/; max-age=${YEAR_S}; samesite=lax`;
    show();
    say(button.textContent ?? "");
  });
  button.dataset.key = "t";
  show();
  button.hidden = false;
}

/**
 * Put a text where it can be pasted from, also where the service is reached without TLS.
 * @param {string} text
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say("Copied");
}

/**
 * Show the buttons that copy something.
 * @param {ParentNode} within
 */
function showCopying(within) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll("[data-copy]"))) {
    button.hidden = false;
  }
}

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-copy]"));
  if (!button) return;
  const said = button.textContent;
  copy(button.dataset.copy || location.href);
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = said;
  }, 1500);
});

// A part of the page is new, or the page was found to be as it should: what was done to it once is done again.
document.addEventListener("fresh", (event) => {
  updated = Date.now();
  sayUpdated();
  if (!(event.target instanceof Element)) return;
  showTimes(event.target);
  showCopying(event.target);
});

startTheme();
showTimes(document);
showCopying(document);
tickTimes();
/** Fetch what nobody needs in order to read. */
async function more() {
  const [keys, live, kept] = await Promise.all([import("./keys.js"), import("./live.js"), import("./kept.js")]);
  if (document.querySelector("#log[data-at-once]")) await import("./log.js");
  if (document.querySelector("figure[data-zoom]")) await import("./chart.js");
  keys.start({ place, copyLink: () => copy(location.href), say });
  kept.start(place, say);
  live.start(say);
}

/**
 * Do something when there is something to read; a page that nobody looks at is not painted.
 * @param {() => void} then
 */
function whenPainted(then) {
  const painting = new PerformanceObserver(once);
  function once() {
    painting.disconnect();
    document.removeEventListener("visibilitychange", once);
    then();
  }
  if (document.hidden || !PerformanceObserver.supportedEntryTypes.includes("paint")) return then();
  document.addEventListener("visibilitychange", once);
  painting.observe({ type: "paint", buffered: true });
}

whenPainted(more);
