// Sliders of a scene: one for each bound of each distribution, by the groups of the scene.
import { element, shown } from "/static/seen.js";

const MOST_OPEN = 40; // sliders, from which on groups are closed at first

/** Keep sliders in `place`; `moved(change)` is called while one moves, `goTo(line)` to show where one stands. */
export function makeSliders(place, { moved, goTo }) {
  let inputs = new Map(); // by what they move: the range and the number
  let keys = "";
  let held = null; // the key of the slider that the pointer has

  function keyOf(entry, bound) {
    return JSON.stringify([entry.parameter, bound.argument, bound.index]);
  }

  function row(entry, bound) {
    const key = keyOf(entry, bound);
    const name = bound.entry !== "" ? bound.entry : bound.index === null ? bound.argument : `${bound.argument} [${bound.index}]`;
    const whole = `${entry.group} ${entry.label} ${name}`;
    const range = element("input", { type: "range", step: "any", "aria-label": whole, "data-key": key });
    const number = element("input", { type: "number", step: "any", "aria-label": `${whole}, number` });
    function say(value) {
      if (Number.isFinite(value)) moved({ parameter: entry.parameter, argument: bound.argument, index: bound.index, value });
    }
    range.addEventListener("pointerdown", () => (held = key));
    range.addEventListener("pointerup", () => (held = null));
    range.addEventListener("pointercancel", () => (held = null));
    range.addEventListener("blur", () => (held = null));
    range.addEventListener("input", () => {
      number.value = shown(range.valueAsNumber);
      say(range.valueAsNumber);
    });
    number.addEventListener("change", () => say(number.valueAsNumber));
    inputs.set(key, { range, number });
    set(key, bound);
    return element("div", { class: "slider" }, element("label", {}, name), range, number);
  }

  function set(key, bound) {
    const { range, number } = inputs.get(key);
    if (held === key) return; // under the pointer nothing jumps
    range.min = bound.low;
    range.max = bound.high;
    range.value = bound.value;
    if (document.activeElement !== number) number.value = bound.value;
  }

  function build(entries, count) {
    inputs = new Map();
    const groups = new Map();
    for (const entry of entries) {
      if (!groups.has(entry.group)) groups.set(entry.group, []);
      const line = element("button", { type: "button", title: "Show it in the text", click: () => goTo(entry.line) }, `line ${entry.line}`);
      const title = element("h4", {}, `${entry.label}, ${entry.function.replace("_", " ")} `, line);
      groups.get(entry.group).push(element("div", { class: "drawn" }, title, ...entry.bounds.map((bound) => row(entry, bound))));
    }
    const isOpen = count <= MOST_OPEN;
    place.replaceChildren(
      ...[...groups].map(([group, rows]) => element("details", { class: "group", open: isOpen }, element("summary", {}, group), ...rows)),
    );
    if (entries.length === 0) place.replaceChildren(element("p", { class: "dim" }, "The text has no distribution with bounds that a slider could move."));
  }

  /** Show what can be moved in the text as it is now. */
  function show(entries) {
    const count = entries.reduce((sum, entry) => sum + entry.bounds.length, 0);
    const now = JSON.stringify(entries.map((entry) => [entry.line, entry.bounds.map((bound) => keyOf(entry, bound))]));
    if (now !== keys) {
      if (held !== null) return count;
      keys = now;
      build(entries, count);
    } else {
      for (const entry of entries) for (const bound of entry.bounds) set(keyOf(entry, bound), bound);
    }
    return count;
  }

  return { show };
}
