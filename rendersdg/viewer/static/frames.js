// The page of a labelled set: reads the address, shows the grid or one image, and follows keys.

import { askJson, counted, el, fail, go, leastOf, place, say, titleOf } from "./dom.js";
import { filterForm } from "./filter.js";
import { OneImage } from "./image.js";

const PAGE = 60; // images of the grid
const WAIT_MS = 700; // until the scene's state is asked again

let set = null;
let list = null; // of the grid: the query that it shows
let one = null;
let told = null; // the least score that a run's counts were told for
const byId = (name) => document.getElementById(name);

const state = () => {
  const at = place();
  return {
    image: at.has("image") ? Number(at.get("image")) : null,
    where: at.get("where") ?? "", sort: at.get("sort") ?? "", desc: at.get("desc") === "1",
    page: Math.max(0, Number(at.get("page") ?? 0) || 0),
    least: leastOf(at),
  };
};

const asked = (now) => {
  const query = new URLSearchParams();
  if (set.kind === "run") query.set("least", now.least);
  if (now.where) query.set("where", now.where);
  if (now.sort) query.set("sort", now.sort);
  if (now.desc) query.set("descends", "1");
  return query;
};

async function show() {
  const now = state();
  byId("grid").hidden = byId("filter").hidden = now.image !== null;
  byId("one").hidden = now.image === null;
  try {
    if (now.image !== null) await showOne(now);
    else await showGrid(now);
    if (told !== null && told !== now.least) await tellJudged();
    fail(null);
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
  }
}

async function showGrid(now) {
  one?.leave();
  document.title = `${set.title} – rendersdg`;
  const query = asked(now);
  query.set("start", now.page * PAGE);
  query.set("count", PAGE);
  if (list === String(query)) return;
  const found = await askJson(`/api/frames?${query}`);
  list = String(query);
  const total = set.images;
  byId("count").textContent = now.where
    ? `${counted(found.images, "image")} of ${total.toLocaleString("en")}, ${counted(found.objects, "object")} match`
    : `${counted(found.images, "image")}, ${counted(set.objects, "object")}`;
  say(byId("count").textContent);
  const pages = Math.max(1, Math.ceil(found.images / PAGE));
  byId("grid").replaceChildren(
    found.items.length ? el("div", { class: "thumbs" }, found.items.map(thumb))
      : el("p", { class: "card" }, "No image matches. Loosen the filter, or clear it."),
    pages > 1 ? pager(now.page, pages) : "",
  );
}

function thumb(item) {
  const image = el("img", {
    loading: "lazy", decoding: "async", alt: "", width: item.size[0], height: item.size[1],
    src: `/api/a/thumb/${item.place}?size=320`,
    onerror: () => image.replaceWith(el("span", { class: "broken" }, "not readable")),
  });
  const title = titleOf(item);
  const many = item.hits === null ? counted(item.objects, "object") : `${item.hits.length} of ${counted(item.objects, "object")}`;
  return el("a", { class: "thumb", href: hashOf({ image: item.place }), title: item.name }, image,
    el("span", { class: "name" }, title), el("span", { class: "dim" }, many), item.note ? el("span", { class: "note" }, item.note) : null);
}

function hashOf(changes) {
  const parts = place();
  for (const [key, value] of Object.entries(changes)) parts.set(key, value);
  return `#${parts}`;
}

function pager(page, pages) {
  const to = (number, text, label, off) =>
    el("button", { type: "button", disabled: off, "aria-label": label, onclick: () => { go({ page: number || null }); scrollTo(0, 0); } }, text);
  const input = el("input", { type: "number", min: 1, max: pages, value: page + 1, "aria-label": "Page",
    onchange: () => go({ page: Math.min(pages, Math.max(1, Number(input.value) || 1)) - 1 || null }) });
  return el("nav", { class: "row pager", "aria-label": "Pages" },
    to(0, "« First", "First page", page === 0), to(page - 1, "‹ Back", "Page before", page === 0), input, ` of ${pages.toLocaleString("en")}`,
    to(page + 1, "Next ›", "Next page", page >= pages - 1), to(pages - 1, "Last »", "Last page", page >= pages - 1));
}

async function showOne(now) {
  one ??= new OneImage(byId("one"), set);
  await one.show(now.image, asked(now));
}

function onKey(event) {
  const tag = event.target.tagName;
  if (event.key === "Escape" && tag !== "SELECT" && state().image !== null) {
    go({ image: null, layer: null, mode: null });
    return;
  }
  if (event.altKey || event.ctrlKey || event.metaKey || tag === "INPUT" || tag === "SELECT" || tag === "TEXTAREA") return;
  const now = state();
  if (now.image === null) {
    const links = [...document.querySelectorAll(".thumb")];
    const at = links.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step && links.length) {
      links[Math.min(links.length - 1, Math.max(0, at + step))].focus();
      event.preventDefault();
    }
    return;
  }
  if (event.target.closest?.(".space")) return; // the cloud turns by arrows
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    one?.step(event.key === "ArrowRight" ? 1 : -1);
    event.preventDefault();
  }
}

/** Give classes of the set beside the colours that the first set has for their names. */
function agree() {
  const colours = new Map(set.classes.map((one) => [one.name, one.colour]));
  for (const one of set.other?.classes ?? []) one.colour = colours.get(one.name) ?? one.colour;
}

function describe() {
  byId("title").textContent = set.title;
  byId("summary").textContent = `${counted(set.images, "image")}, ${counted(set.objects, "object")}, ${counted(set.classes.length, "class", "classes")}`
    + (set.other ? ` · beside ${set.other.spec} (${counted(set.other.pairs, "pair")} by ${set.other.matched_by})` : "");
  const scene = set.scene;
  byId("scene").textContent = {
    closed: "", none: "", opening: "Opening the scene that made these images …",
    open: `Reading what was drawn: ${scene.read.toLocaleString("en")} of ${set.images.toLocaleString("en")}`,
    ready: "", failed: `Drawn values of objects are not known: ${scene.reason}`,
  }[scene.state] ?? "";
}

function build() {
  const now = state();
  filterForm(byId("filter"), set, { ...now, open: byId("filter").querySelector("details")?.open ?? false }, (change) => {
    list = null;
    go({ where: change.where, sort: change.sort, desc: change.desc ? "1" : null, page: null });
    show();
  });
}

/** Do something once the focus has left the filter: what is typed there, or clicked next, stays as it is. */
function afterFocus(act) {
  const left = (event) => {
    if (byId("filter").contains(event.relatedTarget)) return;
    byId("filter").removeEventListener("focusout", left);
    act();
  };
  byId("filter").addEventListener("focusout", left);
}

async function watchScene() {
  while (["closed", "opening", "open"].includes(set.scene.state)) {
    await new Promise((done) => setTimeout(done, WAIT_MS));
    const names = () => set.fields.map((one) => one.name).join();
    const before = names();
    const next = await askJson("/api/set");
    Object.assign(set, next);
    agree();
    describe();
    if (names() !== before && !byId("filter").contains(document.activeElement)) {
      build();
      list = null;
      await show();
    } else if (names() !== before) {
      afterFocus(() => { build(); list = null; show(); });
    }
    one?.changed();
  }
}

/** Say what of a run's predictions is right by the least score of this window; return whether all are there. */
async function tellJudged() {
  const { least } = state();
  const now = await askJson(`/api/judged?least=${least}`);
  told = least;
  byId("judged").textContent = `${now.done < now.of ? `Looked at ${now.done.toLocaleString("en")} of ${counted(now.of, "image")}: ` : ""}`
    + `${counted(now.right, "hit")}, ${counted(now.wrong, "false alarm")}, ${counted(now.missed, "miss", "misses")} at scores from ${now.least} on`
    + (now.failed ? `; ${counted(now.failed, "image")} cannot be read` : "");
  return now.done >= now.of;
}

/** Follow a run's predictions, which the server makes one by one. */
async function watchRun() {
  for (;;) {
    const is_done = await tellJudged();
    if (state().sort === "mistakes" && state().image === null) { list = null; await show(); }
    if (is_done) return;
    await new Promise((done) => setTimeout(done, WAIT_MS * 3));
  }
}

async function begin() {
  if (location.search) history.replaceState(null, "", `/${location.hash}`); // the token does not stay in the address
  try {
    set = await askJson("/api/set");
  } catch (error) {
    fail(error);
    return;
  }
  agree();
  describe();
  build();
  addEventListener("hashchange", () => { if (state().image === null) syncFilter(); show(); });
  addEventListener("keydown", onKey);
  await show();
  watchScene().catch(fail);
  if (set.kind === "run") watchRun().catch(fail);
}

function syncFilter() {
  const now = state();
  const text = byId("where");
  if (text && text.value !== now.where && document.activeElement !== text) build();
}

begin();
