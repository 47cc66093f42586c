// Charts that can be zoomed: the numbers of the table beside a picture, drawn by uPlot in its place.

const SCRIPT = "./uplot/uPlot.iife.min.js";
const STYLE = "./uplot/uPlot.min.css";
const USUAL_HEIGHT = 260;
const DAY = /^\s*\d{4}-\d\d-\d\d/;
const STATUSES = ["pass", "fail", "dead", "running", "waiting", "queued", "unknown", "skip"];
const FALLBACK = ["--running", "--waiting", "--pass", "--fail", "--dead", "--queued"];

/** @typedef {{ redraw: (rebuild?: boolean) => void, destroy: () => void, setSize: (size: object) => void, height: number }} Plot */

/** @type {Map<Element, Plot>} */
const drawn = new Map();
/** @type {Promise<unknown> | undefined} */
let loading;

/** Fetch uPlot once, when there is something to draw: what it draws has its style from the beginning. */
function load() {
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: from(STYLE) });
  const script = Object.assign(document.createElement("script"), { src: from(SCRIPT) });
  loading ??= Promise.all([style, script].map(fetched));
  return loading;
}

/** @param {string} file beside this one */
const from = (file) => new URL(file, import.meta.url).href;

/**
 * Put what is fetched into the page; say when it is there.
 * @param {HTMLElement} element
 */
function fetched(element) {
  return new Promise((done, failed) => {
    element.addEventListener("load", done);
    element.addEventListener("error", failed);
    document.head.append(element);
  });
}

/** @param {string} name of a colour of the style, such as `--pass` */
function colour(name) {
  const probe = document.createElement("span");
  probe.className = "unseen";
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/**
 * Return what a cell says: a number, the second of a moment, or null for nothing.
 * @param {Element} cell
 */
function value(cell) {
  const said = /** @type {HTMLElement} */ (cell).dataset.value;
  const time = cell.querySelector("time");
  if (said === undefined && time) return Date.parse(time.dateTime) / 1000;
  if (said === undefined && DAY.test(cell.textContent ?? "")) return Date.parse(cell.textContent?.trim() ?? "") / 1000;
  const text = (said ?? cell.textContent ?? "").replace(/[\s\u00a0\u202f]/g, "").replace("%", "");
  return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

/**
 * Return the numbers of a table, column by column, the first one being moments.
 * @param {HTMLTableElement} table
 */
export function points(table) {
  const titles = [...(table.tHead?.rows[0]?.cells ?? [])];
  const rows = [...(table.tBodies[0]?.rows ?? [])].map((row) => [...row.cells].map(value));
  const whole = rows.filter((row) => row[0] !== null).sort((a, b) => Number(a[0]) - Number(b[0]));
  return { titles, columns: titles.map((_, index) => whole.map((row) => row[index] ?? null)) };
}

/**
 * @param {HTMLTableCellElement} title
 * @param {number} index
 */
function series(title, index) {
  const label = title.textContent?.trim() ?? "";
  const named = STATUSES.find((status) => status === (title.dataset.series ?? label));
  return {
    label,
    stroke: () => colour(named ? `--${named}` : FALLBACK[index % FALLBACK.length]),
    width: 1.5,
    points: { size: 4 },
  };
}

/**
 * @param {HTMLElement} figure
 * @param {HTMLTableElement} table
 */
function draw(figure, table) {
  const { titles, columns } = points(table);
  const picture = figure.querySelector("svg.chart");
  // As large as what it stands for: nothing below it moves.
  const height = Math.round(picture?.getBoundingClientRect().height ?? 0) || USUAL_HEIGHT;
  const place = document.createElement("div");
  place.className = "zoomed";
  const width = Math.max(200, figure.clientWidth);
  const axis = { stroke: () => colour("--quiet"), grid: { stroke: () => colour("--line"), width: 1 } };
  const options = {
    width,
    height,
    series: [{}, ...titles.slice(1).map(series)],
    axes: [axis, { ...axis, size: 60 }],
  };
  // @ts-ignore - uPlot is a script of its own
  const plot = new uPlot(options, columns, place);
  place.setAttribute("aria-hidden", "true");
  if (picture) picture.replaceWith(place);
  else figure.prepend(place);
  drawn.set(figure, plot);
  sizes.observe(figure);
}

const sizes = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    const plot = drawn.get(target);
    if (plot) plot.setSize({ width: Math.max(200, target.clientWidth), height: plot.height });
  }
});

/** @param {ParentNode} within */
async function start(within) {
  const found = /** @type {HTMLElement[]} */ ([...within.querySelectorAll("figure[data-zoom]")]);
  for (const [figure, plot] of drawn) {
    if (figure.isConnected) continue;
    plot.destroy();
    drawn.delete(figure);
  }
  if (!found.length) return;
  await load();
  for (const figure of found) {
    const table = /** @type {HTMLTableElement | null} */ (figure.querySelector("table"));
    if (table && !drawn.has(figure)) draw(figure, table);
  }
}

function redraw() {
  for (const plot of drawn.values()) plot.redraw(false);
}

document.addEventListener("fresh", (event) => event.target instanceof Element && start(event.target));
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
start(document);
