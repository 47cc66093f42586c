// What has changed, as the server says it: the tabs of a browser share one connection, which one of them keeps.

const BEAT_MS = 5000;
// After so long without a word from the tab that keeps the connection another one does. One that nobody looks at is
// patient, since browsers let its clock run slowly.
const SILENT_MS = 12000;
const SILENT_HIDDEN_MS = 90000;
const ANSWER_MS = 250;
// When to connect again that which was refused: after so long, then after twice that, up to the most.
const AGAIN_MS = 2000;
const MOST_AGAIN_MS = 60000;
// The server says something every 15 seconds; a connection on which it does not is dead, though nobody has closed it.
const DEAD_MS = 40000;
const SETTLE_MS = 300;
const MOST_TOPICS = 200;
const OLDEST_S = 3600;

/** @typedef {{ changed: (topics: string[]) => void, connection: (now: boolean) => void }} Told */
/** @typedef {{ kind: string, from: string, term?: number, open?: boolean, topics?: string[], made?: number }} Message */

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
  // When the oldest page was made to which nobody has told yet what happened since; 0: there is none.
  let since = made();
  let joins = 0;
  let again = AGAIN_MS;
  let heard = Date.now();
  let spoken = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

  /** Return when this page was made, on a clock that goes on while the machine sleeps. */
  function made() {
    return Math.min(performance.timeOrigin, Date.now() - performance.now());
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
    const query = [`topics=${encodeURIComponent(wanted().map(encodeURIComponent).join(","))}`];
    if (since) query.push(`age=${Math.min(OLDEST_S, Math.ceil((Date.now() - since) / 1000) + 1)}`);
    if (last) query.push(`after=${last}`);
    const asked = joins;
    const begun = new EventSource(`${place}/events/stream?${query.join("&")}`);
    let placed = false;
    source = begun;
    spoken = Date.now();
    begun.addEventListener("open", () => opened(true));
    // The first one has the place up to which all is told.
    begun.addEventListener("beat", (event) => {
      spoken = Date.now();
      last = event.lastEventId || last;
      placed = true;
      again = AGAIN_MS;
      if (asked === joins) since = 0;
    });
    begun.addEventListener("changed", (event) => {
      spoken = Date.now();
      last = event.lastEventId;
      const topic = JSON.parse(event.data).topic;
      send("changed", { topics: [topic] });
      hear([topic]);
    });
    begun.addEventListener("error", () => {
      opened(false);
      // Refused for good: the server has enough of them, or is about to stop. And one that has no place yet would ask
      // for what happened since the page was made as if that were now.
      if (placed && begun.readyState !== EventSource.CLOSED) return;
      begun.close();
      settle(again * (0.5 + Math.random()));
      again = Math.min(2 * again, MOST_AGAIN_MS);
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
    since = made();
    send("beat", { open });
    settle(SETTLE_MS);
  }

  function yieldTo(/** @type {string} */ other) {
    clearTimeout(settling);
    source?.close();
    source = null;
    keeper = other;
    send("here", { topics, made: made() });
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
    joins += 1;
    since = Math.min(since || Infinity, message.made ?? 0) || 1;
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
    if (keeper === me) {
      if (source?.readyState === EventSource.OPEN && Date.now() - spoken > DEAD_MS) {
        opened(false);
        connect();
      } else send("beat", { open });
    } else {
      send("here", { topics, made: made() });
      if (Date.now() - heard > (document.hidden ? SILENT_HIDDEN_MS : SILENT_MS)) keep();
    }
  }

  function begin() {
    heard = Date.now();
    send("here", { topics, made: made() });
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
