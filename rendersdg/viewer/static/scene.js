// The page of a scene: its text beside a live picture, sliders, steppers, what would change if, saving.
import { colourOf, described, drawPicture, element, pick, shown } from "/static/seen.js";
import { makeEditor } from "/static/scene_editor.js";
import { makeSliders } from "/static/scene_sliders.js";

const PAUSE_MS = 150; // after a keystroke, before the picture is asked for
const POLL_MS = 1500; // between two looks at the file
const PAGE = crypto.randomUUID();
const byId = (id) => document.getElementById(id);

const state = {
  saved: "", // the text on disk, and its digest
  digest: "",
  edits: 0, // counts what the user typed
  asked: 0, // counts questions; answers older than the last one shown are dropped
  answered: 0,
  flights: [], // what stops each question that is under way, the oldest first
  changes: new Map(), // of sliders, that are not in the text yet
  answer: null, // the last good one
  known: [], // classes, for their colours
  picked: null, // the path of the object that is chosen
  isGone: false,
};

const editor = makeEditor(byId("editor"), { edited, save });
const sliders = makeSliders(byId("sliders"), { moved, goTo: editor.goTo });
let timer = 0;

async function post(path, what, signal = null) {
  const answer = await fetch(path, { method: "POST", signal, headers: { "content-type": "application/json" }, body: JSON.stringify(what) });
  const given = answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : { error: await answer.text() };
  if (!answer.ok) throw new Error(given.error ?? `the viewer answered ${answer.status}`);
  return given;
}

function wholeOf(id) {
  const value = byId(id).valueAsNumber;
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** Return what the page asks for now. */
function question() {
  return {
    text: editor.text(),
    frame: wholeOf("frame"),
    seed: byId("seed").dataset.own === "yes" ? null : wholeOf("seed"),
    camera: byId("camera").value || null,
    size_px: Number(byId("size").value),
    quality: byId("quality").value || null,
    annotator: byId("annotator").value || null,
  };
}

function edited() {
  state.edits += 1;
  state.changes.clear();
  clearTimeout(timer);
  timer = setTimeout(() => paint(), PAUSE_MS);
  showState();
}

function moved(change) {
  state.changes.set(JSON.stringify([change.parameter, change.argument, change.index]), change);
  paint();
}

/**
 * Ask for the picture of what stands in the page, and show the answer unless a later one is shown already.
 * Of the questions under way the oldest, which is being painted, and this one stay.
 */
async function paint({ isFresh = false } = {}) {
  clearTimeout(timer);
  for (const flight of state.flights.splice(1)) flight.abort();
  const flight = new AbortController();
  state.flights.push(flight);
  const mine = (state.asked += 1);
  const edits = state.edits;
  const sent = new Map(state.changes);
  byId("picture").setAttribute("aria-busy", "true");
  const start = performance.now();
  try {
    const answer = await post("/api/scene/picture", { ...question(), page: PAGE, changes: [...sent.values()], is_fresh: isFresh }, flight.signal);
    if (answer.superseded || mine < state.answered) return;
    state.answered = mine;
    if (answer.text !== null && edits === state.edits) {
      editor.replace(answer.text);
      for (const [key, change] of sent) if (state.changes.get(key) === change) state.changes.delete(key);
      showState();
    }
    if (edits === state.edits) showErrors(answer.errors);
    if (answer.errors.length === 0) show(answer, performance.now() - start);
  } catch (error) {
    if (error.name !== "AbortError" && mine >= state.answered) showErrors([{ line: null, text: `The viewer does not answer: ${error.message}` }]);
  } finally {
    state.flights = state.flights.filter((each) => each !== flight);
    byId("picture").setAttribute("aria-busy", String(state.flights.length > 0));
  }
}

function showErrors(errors) {
  editor.mark(errors);
  const rows = errors.map((each) => {
    const place = each.line === null ? null : element("button", { type: "button", click: () => editor.goTo(each.line) }, `line ${each.line}`);
    return element("li", {}, place, each.text);
  });
  byId("errors").replaceChildren(...rows);
  byId("picture").classList.toggle("is-stale", errors.length > 0);
  if (errors.length > 0) {
    const count = errors.length === 1 ? "1 mistake" : `${errors.length} mistakes`;
    byId("told").textContent = state.answer === null ? `${count} in the text: no picture yet` : `${count} in the text: this is the last good picture`;
    byId("latency").textContent = "";
  }
}

function show(answer, took) {
  state.answer = answer;
  options("camera", answer.cameras, answer.camera);
  if (document.activeElement !== byId("seed") && byId("seed").dataset.own === "yes") byId("seed").value = answer.seed;
  const last = answer.length === null ? "" : ` of ${answer.length}`;
  byId("told").textContent = `Frame ${answer.frame}${last}, seed ${answer.seed}, ${answer.camera}, ${answer.size_wh.join(" x ")} px`;
  byId("latency").textContent = `${Math.round(took)} ms`;
  byId("latency").title = Object.entries(answer.ms).map(([name, ms]) => `${name} ${ms} ms`).join(", ");
  byId("picture").dataset.answer = String(state.answered);
  showPicture();
  showObjects(answer);
  byId("slider-count").textContent = String(sliders.show(answer.sliders));
  showValues(answer);
  byId("note-count").textContent = String(answer.notes.length);
  byId("notes").replaceChildren(...answer.notes.map((note) => element("li", {}, `${note.kind}: ${note.subject}: ${note.text}`)));
  showParameters(answer);
}

function showPicture() {
  const answer = state.answer;
  if (answer === null) return;
  const areBoxes = byId("boxes").checked;
  const alt = `Frame ${answer.frame} through ${answer.camera}, ${answer.objects.length} labelled objects`;
  drawPicture(byId("stage"), answer.picture, answer.size_wh, answer.objects, { areBoxes, known: state.known, alt, picked: choose });
  pick(byId("stage"), state.picked);
}

function choose(path) {
  state.picked = state.picked === path ? null : path;
  showObjects(state.answer);
  pick(byId("stage"), state.picked);
  byId("of-object").value = state.picked ?? "";
}

function showObjects(answer) {
  byId("object-count").textContent = String(answer.objects.length + answer.more_objects);
  const list = element("div", { class: "list" });
  for (const object of answer.objects.slice(0, 200)) {
    const isPicked = object.path === state.picked;
    const look = `series-${colourOf(object.label, state.known)}`;
    list.append(element("button", { type: "button", class: look, "aria-pressed": String(isPicked), title: object.path, click: () => choose(object.path) }, object.label || "no label"));
  }
  const one = answer.objects.find((object) => object.path === state.picked);
  const about = one === undefined ? null : element("div", { class: "about" }, ...described(one));
  const none = answer.objects.length === 0 ? element("p", { class: "dim" }, "Nothing that is labelled is seen in this frame.") : null;
  byId("objects").replaceChildren(...[list, about, none].filter((each) => each !== null));
}

function showValues(answer) {
  const rows = Object.entries(answer.values).map(([site, drawn]) => {
    const more = drawn.count > drawn.values.length ? `, and ${drawn.count - drawn.values.length} more` : "";
    return element("tr", {}, element("td", {}, site), element("td", {}, drawn.values.map(shown).join(", ") + more));
  });
  byId("value-count").textContent = String(rows.length);
  const head = element("thead", {}, element("tr", {}, element("th", {}, "What draws it"), element("th", {}, "Values, one a prim")));
  byId("values").replaceChildren(element("table", {}, head, element("tbody", {}, ...rows)));
}

/** Fill a choice; what was chosen stays so. Entries are texts, or pairs of a value and a text. */
function options(id, entries, chosen) {
  const place = byId(id);
  const pairs = entries.map((entry) => (Array.isArray(entry) ? entry : [entry, entry]));
  const now = JSON.stringify(pairs);
  if (place.dataset.entries !== now) {
    place.dataset.entries = now;
    place.replaceChildren(...pairs.map(([value, text]) => element("option", { value }, text)));
  }
  if (document.activeElement !== place || !pairs.some(([value]) => value === place.value)) place.value = chosen;
}

function showParameters(answer) {
  const before = byId("parameter").value;
  const labels = answer.parameters.map((each) => each.label);
  const isAlone = (label) => labels.indexOf(label) === labels.lastIndexOf(label);
  const names = answer.parameters.map((each) => [each.name, isAlone(each.label) ? each.label : each.name]);
  options("parameter", names, names.some(([name]) => name === before) ? before : (names[0]?.[0] ?? ""));
  const objects = answer.objects.slice(0, 200).map((each) => [each.path, `${each.label} ${each.path.split("/").pop()}`]);
  options("of-object", [["", "all that draw one"], ...objects], state.picked ?? "");
  byId("ask").disabled = names.length === 0;
}

/** Show the frame with one value moved across its range: pictures, differences, and how labels change. */
async function askWhatIf() {
  const parameter = byId("parameter").value;
  const told = byId("what-told");
  byId("ask").disabled = true;
  told.textContent = "Rendering …";
  try {
    const steps = Math.min(Math.max(wholeOf("steps"), 2), 9);
    const asked = { ...question(), seed: state.answer?.seed ?? null, parameter, steps, prim_path: byId("of-object").value || null };
    const answer = await post("/api/scene/picture", { ...asked, page: `${PAGE}/what-if` });
    if (answer.superseded) return;
    if (answer.errors.length > 0) {
      told.textContent = answer.errors.map((each) => each.text).join("; ");
      return;
    }
    const found = answer.what_if;
    told.textContent = `${found.label}: frame ${answer.frame} drew ${found.drawn.map(shown).join(", ") || "nothing"}; below, it alone is another.`;
    byId("strip").replaceChildren(...found.strip.map((each) => changed(each, found.label)));
    showDifferences();
  } catch (error) {
    told.textContent = error.message;
  } finally {
    byId("ask").disabled = false;
  }
}

function changed(step, label) {
  const image = element("img", { alt: `with ${label} ${shown(step.value)}`, src: step.picture, "data-picture": step.picture, "data-difference": step.difference });
  const lines = step.objects.slice(0, 6).map((each) => element("div", { title: each.path }, labelChange(each)));
  const more = step.objects.length > 6 ? element("div", {}, `and ${step.objects.length - 6} labels more`) : null;
  const share = `${Number((step.changed * 100).toPrecision(2))} % of the pixels change`;
  const none = step.objects.length === 0 ? element("div", { class: "dim" }, "no label changes") : null;
  return element("figure", {}, image, element("figcaption", {}, element("b", {}, shown(step.value)), element("div", { class: "dim" }, share), ...lines, more, none));
}

function labelChange(each) {
  if (each.before === null) return `${each.label}: appears`;
  if (each.after === null) return `${each.label}: is gone`;
  const gap = each.after.visible_pixels - each.before.visible_pixels;
  const isMoved = JSON.stringify(each.before.box) !== JSON.stringify(each.after.box);
  return `${each.label}: ${gap < 0 ? "−" : "+"}${Math.abs(gap)} px${isMoved ? ", other box" : ""}`;
}

function showDifferences() {
  const which = byId("differ").checked ? "difference" : "picture";
  for (const image of byId("strip").querySelectorAll("img")) image.src = image.dataset[which];
}

// -- the file ---------------------------------------------------------------------------------------------------------

function isEdited() {
  return editor.text() !== state.saved;
}

function showState() {
  byId("state").textContent = state.isGone ? "the file is gone" : isEdited() ? "edited, not saved" : "as on disk";
  byId("save").disabled = !isEdited();
}

async function save() {
  if (!isEdited()) return;
  const text = editor.text();
  byId("state").textContent = "saving …";
  try {
    const answer = await post("/api/scene/save", { text, digest: state.digest });
    if (answer.conflict) {
      conflict(answer.conflict);
    } else {
      state.saved = text;
      state.digest = answer.digest;
      byId("conflict").hidden = true;
    }
    showState();
  } catch (error) {
    byId("state").textContent = `not saved: ${error.message}`;
  }
}

/** Say that the file is another by now, and let the user choose. */
function conflict(text) {
  const take = element("button", { type: "button", click: () => load() }, "Take the file, drop my edits");
  const keep = element("button", { type: "button", click: keepMine }, "Keep my text, and let Save write over it");
  byId("conflict").replaceChildren(element("span", {}, text), take, keep);
  byId("conflict").hidden = false;
}

async function keepMine() {
  const there = await (await fetch("/api/scene")).json();
  if (there.error) {
    conflict(there.error);
    return;
  }
  state.saved = there.text;
  state.digest = there.digest;
  byId("conflict").hidden = true;
  showState();
}

/** Take the text from the file; with `isFresh` what the scene reads is read again, too. */
async function load({ isFresh = false } = {}) {
  const answer = await fetch("/api/scene");
  const there = await answer.json();
  if (!answer.ok) {
    showErrors([{ line: null, text: there.error }]);
    return;
  }
  document.title = `${there.name}: rendersdg`;
  byId("name").textContent = there.name;
  options("annotator", [["", "picture"], ...there.annotators.map((name) => [name, name.replaceAll("_", " ")])], byId("annotator").value);
  options("quality", [["", "as the scene says"], ...there.qualities.map((name) => [name, name])], byId("quality").value);
  state.saved = there.text;
  state.digest = there.digest;
  state.isGone = false;
  state.edits += 1;
  state.changes.clear();
  byId("conflict").hidden = true;
  editor.replace(there.text);
  showState();
  await paint({ isFresh });
}

/** Look whether another editor changed the file: its text is taken where nothing was edited here. */
async function watch() {
  if (!document.hidden) {
    try {
      const there = await (await fetch("/api/scene/disk")).json();
      state.isGone = there.digest === null;
      if (state.isGone) showState();
      else if (there.digest !== state.digest && byId("conflict").hidden) {
        if (isEdited()) conflict("The file has changed on disk, and the text here has edits that are not saved.");
        else await load();
      }
    } catch {
      byId("state").textContent = "the viewer has ended: start it again, then reload this page";
    }
  }
  setTimeout(watch, POLL_MS);
}

function step(id, by) {
  const place = byId(id);
  place.value = Math.max(0, wholeOf(id) + by);
  place.dataset.own = "no";
  paint();
}

for (const id of ["frame", "seed"]) {
  byId(`${id}-less`).addEventListener("click", () => step(id, -1));
  byId(`${id}-more`).addEventListener("click", () => step(id, 1));
  byId(id).addEventListener("change", () => step(id, 0));
}
byId("seed").dataset.own = "yes"; // the scene's own, until the user gives one
for (const id of ["camera", "annotator", "quality", "size"]) byId(id).addEventListener("change", () => paint());
byId("boxes").addEventListener("change", showPicture);
byId("differ").addEventListener("change", showDifferences);
byId("ask").addEventListener("click", askWhatIf);
byId("save").addEventListener("click", save);
byId("reload").addEventListener("click", () => {
  if (!isEdited() || window.confirm("Drop the edits that are not saved?")) load({ isFresh: true });
});
window.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    save();
  }
});
window.addEventListener("beforeunload", (event) => {
  if (isEdited()) event.preventDefault();
});
await load();
setTimeout(watch, POLL_MS);
