// What has changed, as the server says it: the tabs of a browser share one connection, which one of them keeps.

const BEAT_MS = 5000;
// After so long without a word from the tab that keeps the connection another one does. One that nobody looks at is
// patient, since browsers let its clock run slowly.
const SILENT_MS = 12000;
const SILENT_HIDDEN_MS = 90000;
const ANSWER_MS = 250;
const AGAIN_MS = 30000;
const SETTLE_MS = 300;
const MOST_TOPICS = 200;
const OLDEST_S = 3600;

/** @typedef {{ changed: (topics: string[]) => void, connection: (now: boolean) => void }} Told */
/** @typedef {{ kind: string, from: string, term?: number, open?: boolean, topics?: string[], age?: number }} Message */

/**
 * Follow topics, by a connection of this tab or of another one.
 * @param {string[]} topics
 * @param {string} place what addresses of the service begin with
 * @param {Told} told
 */
export function follow(topics, place, told) {
  const me = Math.random().toString(36).slice(2);
  const channel = new BroadcastChannel(`paddles-live${place}`);
  /** @type {Map<string, { topics: string[], at: number }>} */
  const tabs = new Map();
  /** @type {EventSource | null} */
  let source = null;
  let keeper = "";
  let term = 0;
  let open = false;
  let last = "";
  let oldest = age();
  let heard = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

  /** For how many seconds the page has been as it is. */
  function age() {
    return Math.min(OLDEST_S, Math.ceil(performance.now() / 1000) + 1);
  }

  /**
   * @param {string} kind
   * @param {object} more
   */
  const send = (kind, more = {}) => channel.postMessage({ kind, from: me, term, ...more });

  /** @param {string[]} changed */
  function hear(changed) {
    const mine = changed.filter((topic) => topics.includes(topic));
    if (mine.length) told.changed(mine);
  }

  function wanted() {
    for (const [tab, { at }] of tabs) if (Date.now() - at > 2 * SILENT_HIDDEN_MS) tabs.delete(tab);
    const all = new Set([...topics, ...[...tabs.values()].flatMap((tab) => tab.topics)]);
    // By itself it is the name of a channel that others follow at this address.
    if (all.size === 1 && all.has("queue")) all.add("nodes");
    return [...all].slice(0, MOST_TOPICS);
  }

  /** @param {boolean} now */
  function opened(now) {
    open = now;
    told.connection(now);
    send("beat", { open });
  }

  /** Connect anew; what happened since the oldest page that waits for it was made is told, too. */
  function connect() {
    source?.close();
    const query = [`topics=${encodeURIComponent(wanted().map(encodeURIComponent).join(","))}`, `age=${oldest}`];
    if (last) query.push(`after=${last}`);
    oldest = 0;
    const made = new EventSource(`${place}/events/stream?${query.join("&")}`);
    source = made;
    made.addEventListener("open", () => opened(true));
    made.addEventListener("changed", (event) => {
      last = event.lastEventId;
      const topic = JSON.parse(event.data).topic;
      send("changed", { topics: [topic] });
      hear([topic]);
    });
    made.addEventListener("error", () => {
      opened(false);
      // A refusal ends it for good: the server has enough of them, or is about to stop.
      if (made.readyState === EventSource.CLOSED && source === made) {
        settle(AGAIN_MS * (0.5 + Math.random()));
      }
    });
  }

  /** @param {number} after in milliseconds */
  function settle(after) {
    clearTimeout(settling);
    settling = setTimeout(() => keeper === me && connect(), after);
  }

  function keep() {
    keeper = me;
    term += 1;
    oldest = age();
    send("beat", { open });
    settle(SETTLE_MS);
  }

  function yieldTo(/** @type {string} */ other) {
    clearTimeout(settling);
    source?.close();
    source = null;
    keeper = other;
    send("here", { topics, age: age() });
  }

  /** @param {Message} message */
  function beaten(message) {
    const theirs = message.term ?? 0;
    if (keeper === me && (theirs < term || (theirs === term && message.from > me))) {
      send("beat", { open });
      return;
    }
    term = theirs;
    heard = Date.now();
    if (keeper !== message.from) yieldTo(message.from);
    told.connection(Boolean(message.open));
  }

  /** @param {Message} message */
  function joined(message) {
    if (keeper !== me) return;
    const given = message.topics ?? [];
    const is = tabs.get(message.from);
    tabs.set(message.from, { topics: given, at: Date.now() });
    if (is && is.topics.join() === given.join()) return;
    oldest = Math.max(oldest, message.age ?? OLDEST_S);
    send("beat", { open });
    settle(SETTLE_MS);
  }

  /** @type {Record<string, (message: Message) => void>} */
  const does = {
    here: joined,
    beat: beaten,
    changed: (message) => hear(message.topics ?? []),
    bye: (message) => {
      tabs.delete(message.from);
      if (keeper === message.from) setTimeout(() => keeper === message.from && keep(), ANSWER_MS * Math.random());
    },
  };
  channel.addEventListener("message", ({ data }) => does[data.kind]?.(data));

  function beat() {
    if (keeper === me) send("beat", { open });
    else {
      send("here", { topics, age: age() });
      if (Date.now() - heard > (document.hidden ? SILENT_HIDDEN_MS : SILENT_MS)) keep();
    }
  }

  function begin() {
    heard = Date.now();
    send("here", { topics, age: age() });
    setTimeout(() => keeper || keep(), ANSWER_MS);
  }

  setInterval(beat, BEAT_MS * (0.8 + 0.4 * Math.random()));
  addEventListener("pagehide", () => {
    send("bye");
    clearTimeout(settling);
    source?.close();
    source = null;
    keeper = "";
  });
  addEventListener("pageshow", (event) => event.persisted && begin());
  begin();
}
