// One image: its picture and layers, what lies over it, its objects and values, the image beside it.

import { compared } from "./compare.js";
import { ask, askJson, counted, el, fail, go, LEAST, leastOf, place, rgb, say, short, titleOf } from "./dom.js";
import { colourBar, Numbers } from "./numbers.js";
import { boxesOf, Outlines, predictionsOf, smallestAt } from "./frames_overlay.js";
import { Zoom } from "./zoom.js";

const UNITS = { distance_to_image_plane: "metres", distance_to_camera: "metres", depth: "metres", depth_sensor_distance: "metres", motion_vectors: "pixels" };
const QUEUED = 3; // steps at most, so that a key held down does not run on
const LAYERS = [["picture", "Picture"]];

export class OneImage {
  constructor(section, set) {
    this.section = section;
    this.set = set;
    this.hidden = new Set(); // classes
    this.drawn = { boxes: true, outlines: true, labels: true, points: true, found: true };
    this.mode = null;
    this.lit = -1;
    this.queued = 0; // steps that the user asked for meanwhile
    this.is_loading = false;
  }

  /** Show the image at a place; `query` is the filter that says which come before and after. */
  async show(number, query) {
    this.stop?.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    const layer = place().get("layer") ?? "picture";
    const rest = new URLSearchParams(query);
    rest.delete("least");
    const is_new = this.image?.place !== number || this.rest !== String(rest);
    if (!is_new && this.query !== String(query)) await this.judgeAnew(query, signal);
    if (is_new) {
      this.is_loading = true;
      this.image = await askJson(`/api/frame/${number}?${query}`, signal).finally(() => { this.is_loading = false; });
      const queued = Math.sign(this.queued);
      if (queued) {
        this.queued -= queued;
        if (this.step(queued)) return;
      }
      this.query = String(query);
      this.rest = String(rest);
      this.lit = -1;
      this.found = null;
      if (this.set.kind === "run") this.found = await askJson(`/api/found/${number}?least=${leastOf(place())}`, signal);
      this.build();
    }
    document.title = `${this.name()} – ${this.set.title} – rendersdg`;
    const mode = place().get("mode");
    if (is_new || layer !== this.layer || mode !== this.mode) {
      this.mode = mode;
      await this.showLayer(layer, signal);
    }
    this.preload();
  }

  /** Count the predictions by another least score; the picture, its zoom and what has the focus stay. */
  async judgeAnew(query, signal) {
    const { place: number } = this.image;
    const [found, fresh] = await Promise.all([
      askJson(`/api/found/${number}?least=${leastOf(place())}`, signal), askJson(`/api/frame/${number}?${query}`, signal)]);
    this.query = String(query);
    this.found = found;
    this.image.beside = fresh.beside;
    this.section.querySelector("nav").replaceWith(this.nav());
    this.tellCounts();
    this.draw();
  }

  leave() {
    this.stop?.abort();
    this.space?.end();
    this.watch?.disconnect();
    this.space = null;
    this.image = null;
    this.section.replaceChildren();
  }

  /** Take up what the server has learnt since: the values of objects. */
  async changed() {
    if (!this.image || this.set.scene.state !== "ready") return;
    const fresh = await askJson(`/api/frame/${this.image.place}?${this.query}`);
    if (fresh.place !== this.image?.place) return;
    Object.assign(this.image, { objects: fresh.objects, common: fresh.common });
    this.light(this.lit, true);
  }

  /** Go to the next or the last image; while one is on its way, once it is there. Returns whether there is one. */
  step(by) {
    if (this.is_loading) {
      this.queued = Math.min(QUEUED, Math.max(-QUEUED, this.queued + by));
      return true;
    }
    const { before, after } = this.image?.beside ?? {};
    const next = by > 0 ? after : before;
    if (next === null || next === undefined) {
      this.queued = 0;
      return false;
    }
    go({ image: next }, { replace: true });
    return true;
  }

  name() {
    return titleOf(this.image);
  }

  preload() {
    for (const next of [this.image.beside.after, this.image.beside.before]) {
      if (next !== null) new Image().src = `/api/a/image/${next}`;
    }
  }

  build() {
    const { image, set } = this;
    const tabs = [...LAYERS, ...image.layers.map((one) => [`file:${one}`, one]),
      ...(image.frame === null ? [] : set.annotators.map((one) => [`live:${one}`, `${one} (made now)`]))];
    if (image.has_space) tabs.push(["space", "3D: points and boxes"]);
    this.select = el("select", { id: "layer", onchange: () => go({ layer: this.select.value === "picture" ? null : this.select.value }) },
      tabs.map(([value, text]) => el("option", { value }, text)));
    this.stage = el("div", { class: "stage" });
    this.overlay = null;
    this.zoom = new Zoom(this.stage, () => this.draw());
    this.readout = el("p", { class: "readout dim", id: "readout", role: "status" }, "Point at an object, or choose one in the list.");
    this.extra = el("div", { class: "extra" });
    this.details = el("div", { id: "object", class: "card", "aria-live": "polite" });
    this.section.replaceChildren(this.nav(),
      el("div", { class: "two" },
        el("div", { class: "left" },
          el("div", { class: "row tools" }, el("label", {}, "Show ", this.select), this.switches(), this.zoom.buttons()),
          this.stage, this.readout, this.extra),
        el("div", { class: "right" }, this.details, this.judged(), this.objectList(), this.frameCard())));
    this.light(-1, true);
    say(`${this.name()}, ${counted(image.objects.length, "object")}`);
  }

  nav() {
    const { rank, of, before, after } = this.image.beside;
    return el("nav", { class: "row", "aria-label": "Images" },
      el("a", { href: "#", class: "button", id: "back", onclick: (event) => { event.preventDefault(); go({ image: null, layer: null }); } }, "All images"),
      el("button", { type: "button", id: "before", disabled: before === null, onclick: () => this.step(-1), "aria-keyshortcuts": "ArrowLeft" }, "‹ Before"),
      el("button", { type: "button", id: "after", disabled: after === null, onclick: () => this.step(1), "aria-keyshortcuts": "ArrowRight" }, "Next ›"),
      el("h2", { class: "grow", id: "name" }, this.name()),
      el("span", { class: "dim" }, rank === null ? "not among those that match" : `${(rank + 1).toLocaleString("en")} of ${of.toLocaleString("en")}`));
  }

  switches() {
    const { image } = this;
    const one = (key, text, is_there) => is_there && el("label", {}, el("input", {
      type: "checkbox", checked: this.drawn[key], id: `show-${key}`,
      onchange: (event) => { this.drawn[key] = event.target.checked; this.draw(); },
    }), ` ${text}`);
    return [
      one("boxes", "boxes", image.objects.length > 0), one("labels", "names", image.objects.length > 0),
      one("outlines", "outlines", image.has_outlines && !image.other), // nothing is tinted where pictures are compared
      one("points", "keypoints", image.objects.some((o) => o.keypoints.length)),
      one("found", "predictions", this.found !== null)];
  }

  async showLayer(layer, signal) {
    this.space?.end();
    this.space = null;
    this.layer = layer;
    this.select.value = [...this.select.options].some((o) => o.value === layer) ? layer : "picture";
    this.numbers = this.legend = null;
    this.extra.replaceChildren();
    this.picture = el("img", { alt: `${this.name()}: ${this.summary()}`, draggable: "false" });
    this.tint = el("canvas", { class: "over", "aria-hidden": "true" });
    const { place: number, other } = this.image;
    this.stage.classList.toggle("busy", true);
    this.section.classList.toggle("in-space", layer === "space");
    try {
      if (layer === "space") {
        const { Space } = await import("./space.js");
        this.space = new Space(this.stage, this.extra, this.set);
        await this.space.show(number, signal);
        this.readout.textContent = "Drag to turn, scroll or pinch to come nearer; the arrow keys move the view.";
        return;
      }
      await this.fill(layer, number, signal);
      if (other && layer === "picture") await compared(this, other, signal);
      else if (this.set.other && layer === "picture") this.extra.replaceChildren(el("p", { class: "dim" }, `${this.set.other.spec} has no image for this one.`));
      this.draw();
      await this.readOutlines(number, signal);
    } finally {
      this.stage.classList.toggle("busy", false);
    }
  }

  async readOutlines(number, signal) {
    this.outlines = null;
    if (!this.image.has_outlines) return;
    try {
      const answer = await ask(`/api/a/objects/${number}`, signal);
      this.outlines = new Outlines(await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" }));
      const wrong = JSON.parse(answer.headers.get("x-about") ?? "{}").wrong ?? [];
      if (wrong.length) fail(new Error(`Not drawn, since it cannot be read: ${counted(wrong.length, "outline")} of this image`));
    } catch (error) {
      if (error.name === "AbortError") throw error;
      fail(error); // the picture and its boxes are shown all the same
    }
    this.draw();
  }

  /** Put a picture, or numbers in colours, onto the stage. */
  async fill(layer, number, signal) {
    const [kind, name] = layer.includes(":") ? [layer.slice(0, 4), layer.slice(5)] : ["picture", ""];
    const path = kind === "picture" ? `/api/a/image/${number}` : `/api/a/${kind === "live" ? "live" : "layer"}/${number}/${encodeURIComponent(name)}`;
    const answer = await ask(path, signal);
    this.base = el("div", { class: "base" });
    this.overlay = el("div", { class: "overlays" });
    if ((answer.headers.get("content-type") ?? "").startsWith("image/")) {
      const blob = await answer.blob();
      this.picture.src = URL.createObjectURL(blob);
      await this.picture.decode().catch(() => { throw new Error(`${this.image.name} cannot be shown: the browser does not read it`); });
      this.base.append(this.picture);
      if (kind === "file") await this.readLegend(name, blob, number, signal);
    } else {
      this.numbers = new Numbers(await answer.arrayBuffer(), JSON.parse(answer.headers.get("x-about")));
      const canvas = el("canvas", { class: "numbers", role: "img", "aria-label": `${name} of ${this.name()}` });
      const low = this.numbers.channels === 1 ? this.numbers.low : Math.min(this.numbers.low, -this.numbers.high);
      this.numbers.paint(canvas, low, this.numbers.high);
      this.base.append(canvas);
      if (this.numbers.channels === 1) {
        this.extra.replaceChildren(colourBar(this.numbers, UNITS[name] ?? "", (a, b) => this.numbers.paint(canvas, a, b)));
      }
    }
    const [width, height] = this.image.size;
    this.frame = framed(this.image.size, this.base, this.tint, this.overlay);
    this.frame.addEventListener("pointermove", (event) => this.point(event));
    this.frame.addEventListener("pointerdown", (event) => this.point(event));
    this.frame.addEventListener("pointerleave", () => this.unpoint());
    this.watch?.disconnect();
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.frame);
    this.stage.classList.remove("pair");
    this.stage.replaceChildren(el("div", { class: "window" }, this.frame));
  }

  async readLegend(name, blob, number, signal) {
    const legend = await askJson(`/api/a/legend/${number}/${encodeURIComponent(name)}`, signal);
    if (!legend.length) return;
    const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    this.legend = { context, labels: new Map(legend.map((one) => [Array.isArray(one.key) ? one.key.slice(0, 3).join() : String(one.key), one.label])) };
    this.extra.replaceChildren(el("ul", { class: "legend" }, legend.slice(0, 40).map((one) =>
      el("li", {}, Array.isArray(one.key) ? el("span", { class: "dot", style: { background: rgb(one.key.slice(0, 3)) } }) : `${one.key} `, one.label))));
  }

  summary() {
    const counts = new Map();
    for (const o of this.image.objects) counts.set(o.class, (counts.get(o.class) ?? 0) + 1);
    return [...counts].map(([name, count]) => `${count} ${name}`).join(", ") || "nothing is labelled";
  }

  framed = framed; // for the picture beside

  /** Whether objects are tinted: over the picture, where nothing else is compared. */
  tints() {
    return this.outlines && this.drawn.outlines && this.layer === "picture" && !this.image.other;
  }

  shows = (object) => !this.hidden.has(object.class);

  draw() {
    if (!this.image || !this.overlay || this.layer === "space") return;
    const { image, set, drawn } = this;
    const unit = image.size[0] / ((this.frame.clientWidth || image.size[0]) * this.zoom.scale);
    const parts = [boxesOf(image, set, { ...drawn, shows: this.shows, marks: this.marks(), unit })];
    if (this.found && drawn.found) parts.push(predictionsOf(image, this.found.found, set, unit));
    this.overlay.replaceChildren(...parts);
    if (this.tints()) this.outlines.paint(this.tint, image, set, this.shows, this.lit);
    else this.tint.width = this.tint.width; // clears it
    this.markLit();
  }

  marks() {
    return this.found ? this.image.objects.map((_, k) => (this.found.missed.includes(k) ? "missed" : "")) : [];
  }

  markLit() {
    for (const group of this.overlay?.querySelectorAll?.(".object") ?? []) group.classList.toggle("lit", Number(group.dataset.object) === this.lit);
  }

  /** Return the picture's pixel below the pointer. */
  pixel(event) {
    const box = this.frame.getBoundingClientRect();
    const [width, height] = this.image.size;
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  }

  point(event) {
    const [x, y] = this.pixel(event);
    let k = this.outlines ? this.outlines.at(x, y) : -1;
    if (k >= 0 && !this.shows(this.image.objects[k])) k = -1;
    const in_box = smallestAt(this.image.objects, x, y, this.shows);
    if (k < 0 || (in_box >= 0 && !this.drawn.outlines)) k = in_box;
    this.light(k);
    const words = [`x ${Math.floor(x)}, y ${Math.floor(y)}`];
    const numbers = this.numbers?.at(x, y);
    if (numbers) words.push(numbers.map((v) => (Number.isFinite(v) ? short(v) : v > 0 ? "nothing hit" : String(v))).join(", ") + (this.numbers.channels === 1 ? ` ${UNITS[this.layer.slice(5)] ?? ""}` : ""));
    if (this.legend) {
      const at = this.legend.context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data;
      const label = this.legend.labels.get(`${at[0]},${at[1]},${at[2]}`) ?? this.legend.labels.get(String(at[0]));
      if (label !== undefined) words.push(label);
    }
    if (k >= 0) words.push(this.image.objects[k].class);
    const found = this.found && this.drawn.found ? this.found.found[smallestAt(this.found.found, x, y, () => true)] : null;
    if (found) words.push(`found: ${this.set.found[found.label]} ${found.score.toFixed(2)}, ${found.right ? "a hit" : found.aside ? "in a region of many" : "a false alarm"}`);
    this.readout.textContent = words.join(" · ");
  }

  unpoint() {
    this.readout.textContent = "Point at an object, or choose one in the list.";
  }

  /** Single out an object, -1 for none: its box stands out, and what is known of it is listed. */
  light(k, anew = false) {
    if (k === this.lit && !anew) return;
    this.lit = k;
    this.markLit();
    if (!anew && this.tints()) this.outlines.paint(this.tint, this.image, this.set, this.shows, k);
    for (const button of this.section.querySelectorAll(".objects button[data-object]")) button.setAttribute("aria-pressed", String(Number(button.dataset.object) === k));
    const object = this.image.objects[k];
    this.details.replaceChildren(...(object ? this.about(object) : [el("h3", {}, "Object"), el("p", { class: "dim" }, "None is chosen.")]));
  }

  about(object) {
    const [x0, y0, x1, y1] = object.box.map((v) => Math.round(v * 10) / 10);
    const share = (value) => (value === null ? null : `${(value * 100).toFixed(1)} %`);
    const rows = [["box", `${x0}, ${y0} to ${x1}, ${y1}`], ["size", `${short(x1 - x0)} × ${short(y1 - y0)} pixels`],
      ["seen", share(object.visible)], ["hidden by others", share(object.occlusion)], ["beyond the edge", share(object.truncation)],
      ["place", object.path], ["crowd", object.crowd ? "a region of many" : null]].filter(([, value]) => value !== null);
    const values = Object.entries(object.values), shared = new Set(this.image.common);
    const own = values.filter(([name]) => !shared.has(name)), common = values.filter(([name]) => shared.has(name));
    return [el("h3", {}, el("span", { class: "dot", style: { background: rgb(this.set.classes[object.label].colour) } }), object.class),
      table(rows), own.length ? el("h4", {}, "Drawn for it") : null, own.length ? table(own.map(([n, v]) => [n, short(v)])) : null,
      common.length ? el("details", { open: !own.length && common.length < 20 }, el("summary", {}, `Drawn for the whole frame (${common.length})`), table(common.map(([n, v]) => [n, short(v)]))) : null].filter(Boolean);
  }

  objectList() {
    const { image, set } = this;
    const names = [...new Set(image.objects.map((o) => o.class))];
    const many = image.objects.slice(0, 300), hits = new Set(image.beside.hits);
    return el("div", { class: "card objects" }, el("h3", {}, counted(image.objects.length, "object") + (hits.size ? `, ${hits.size} meet${hits.size === 1 ? "s" : ""} the filter` : "")),
      names.length ? el("div", { class: "chips", role: "group", "aria-label": "Classes that are drawn" }, names.map((name) => {
        const one = set.classes.find((c) => c.name === name);
        return el("button", { type: "button", class: "chip", "aria-pressed": String(!this.hidden.has(name)), onclick: (event) => {
          if (!this.hidden.delete(name)) this.hidden.add(name);
          event.currentTarget.setAttribute("aria-pressed", String(!this.hidden.has(name)));
          this.draw();
        } }, el("span", { class: "dot", style: { background: rgb(one.colour) } }), name);
      })) : null,
      el("ol", {}, many.map((o, k) => el("li", {}, el("button", { type: "button", "data-object": k, "aria-pressed": "false",
        class: hits.has(k) ? "hit" : null, title: hits.has(k) ? "meets the filter" : null,
        onclick: () => this.light(k), onfocus: () => this.light(k) }, `${k + 1} ${o.class}${hits.has(k) ? " ✓" : ""}`)))),
      image.objects.length > many.length ? el("p", { class: "dim" }, `and ${image.objects.length - many.length} more: point at them`) : null);
  }

  judged() {
    if (!this.found) return null;
    const least = el("input", { type: "range", min: 0, max: 1, step: 0.01, value: leastOf(place()), id: "least", "aria-label": "Least score",
      oninput: () => { said.textContent = Number(least.value).toFixed(2); },
      onchange: () => go({ least: Number(least.value) === LEAST ? null : least.value }, { replace: true }) });
    const said = el("output", {}, leastOf(place()).toFixed(2));
    this.counts = el("p", { class: "row", id: "counts" });
    this.tellCounts();
    return el("div", { class: "card" }, el("h3", {}, "Predictions beside truth"), this.counts, el("label", { class: "row" }, "Least score ", least, said));
  }

  tellCounts() {
    const { right, wrong, missed } = this.found.counts;
    this.counts.replaceChildren(el("span", { class: "key right" }, counted(right, "hit")),
      el("span", { class: "key false" }, counted(wrong, "false alarm")), el("span", { class: "key missed" }, counted(missed, "miss", "misses")));
  }

  frameCard() {
    const { image } = this;
    const values = Object.entries(image.values);
    const copy = image.replay && el("button", { type: "button", id: "replay", onclick: async () => {
      try {
        await navigator.clipboard.writeText(image.replay);
        copy.textContent = "Copied";
        say("The command is copied.");
      } catch {
        getSelection().selectAllChildren(command);
        copy.textContent = "Press Ctrl+C";
      }
      setTimeout(() => { copy.textContent = "Copy the replay command"; }, 2500);
    } }, "Copy the replay command");
    const command = image.replay && el("code", { id: "command" }, image.replay);
    return el("div", { class: "card" }, el("h3", {}, "Image"),
      table([["file", image.name], ["folder", image.folder], ["size", `${image.size[0]} × ${image.size[1]} pixels`], ["frame", image.frame === null ? "–" : String(image.frame)]]),
      image.replay ? el("p", { class: "row" }, copy) : null, image.replay ? el("p", {}, command) : null,
      values.length ? el("details", {}, el("summary", {}, `All that was drawn for the frame (${values.length})`), table(values.map(([n, v]) => [n, short(v)]))) : null);
  }
}

/** Return the frame of a picture of a size, which its stage scales and moves. */
function framed([width, height], ...children) {
  return el("div", { class: "frame", style: { "--ratio": `${width} / ${height}`, "--wide": `${width / height}` } }, children);
}

function table(rows) {
  return el("div", { class: "scroll" }, el("table", {}, el("tbody", {}, rows.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name.split(/(?<=[._/])/).flatMap((part, k) => (k ? [el("wbr"), part] : [part]))), el("td", {}, value))))));
}
