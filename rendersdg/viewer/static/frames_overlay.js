// What is drawn over an image: boxes and keypoints as SVG, outlines of objects as a tinted canvas.

import { rgb, svg } from "./dom.js";

/** Return the SVG of the objects of an image. `shows(object)` says which; `marks` may give a class by object;
 * `unit` is how many pixels of the picture look like one of the screen. */
export function boxesOf(image, set, { boxes, labels, points, shows, unit, marks = [] }) {
  const [width, height] = image.size;
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "boxes", "aria-hidden": "true", preserveAspectRatio: "none" });
  image.objects.forEach((object, k) => {
    if (!shows(object)) return;
    const colour = rgb(set.classes[object.label].colour);
    const [x0, y0, x1, y1] = object.box;
    const group = svg("g", { "data-object": k, class: `object ${marks[k] ?? ""}`, style: { "--colour": colour } });
    if (boxes) {
      group.append(svg("rect", { x: x0, y: y0, width: Math.max(x1 - x0, 0), height: Math.max(y1 - y0, 0), class: object.crowd ? "crowd" : "" }));
      if (labels) group.append(tag(x0, y0, marks[k] ? `${object.class} (missed)` : object.class, unit));
    }
    if (points && object.keypoints.length) drawPoints(group, object, unit);
    root.append(group);
  });
  return root;
}

export function tag(x, y, text, unit) {
  const size = 12 * unit;
  return svg("text", { x: x + 2 * unit, y: Math.max(y - 3 * unit, size), "font-size": size, "stroke-width": 3 * unit }, text);
}

function drawPoints(group, object, unit) {
  for (const [a, b] of object.skeleton) {
    const one = object.keypoints[a], other = object.keypoints[b];
    if (one?.[2] && other?.[2]) group.append(svg("line", { x1: one[0], y1: one[1], x2: other[0], y2: other[1] }));
  }
  for (const [x, y, seen] of object.keypoints) {
    if (seen) group.append(svg("circle", { cx: x, cy: y, r: 3 * unit, class: seen === 2 ? "seen" : "hidden" }));
  }
}

/** Return the SVG of predictions: right ones, and false alarms in dashes. */
export function predictionsOf(image, found, set, unit) {
  const [width, height] = image.size;
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "boxes predictions", "aria-hidden": "true", preserveAspectRatio: "none" });
  found.forEach((one, k) => {
    const [x0, y0, x1, y1] = one.box;
    const word = one.right ? "" : one.aside ? " aside" : " false";
    root.append(svg("g", { class: `found${word}`, "data-found": k },
      svg("rect", { x: x0, y: y0, width: Math.max(x1 - x0, 0), height: Math.max(y1 - y0, 0) }),
      tag(x0, y1 + 14 * unit, `${set.found[one.label]} ${one.score.toFixed(2)}${one.right || one.aside ? "" : " false"}`, unit)));
  });
  return root;
}

/** Which object each pixel shows, read from the server's picture. */
export class Outlines {
  constructor(bitmap) {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    this.width = bitmap.width;
    this.height = bitmap.height;
    this.pixels = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  }

  /** Return the object at a pixel, -1 for none. */
  at(x, y) {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return -1;
    const at = (Math.floor(y) * this.width + Math.floor(x)) * 4;
    return this.pixels[at] + 256 * this.pixels[at + 1] - 1;
  }

  /** Tint a canvas with the colours of the objects; `lit` is drawn stronger. */
  paint(canvas, image, set, shows, lit) {
    canvas.width = this.width;
    canvas.height = this.height;
    const context = canvas.getContext("2d");
    const out = context.createImageData(this.width, this.height);
    const colours = image.objects.map((o) => (shows(o) ? set.classes[o.label].colour : null));
    for (let at = 0; at < this.pixels.length; at += 4) {
      const k = this.pixels[at] + 256 * this.pixels[at + 1] - 1;
      if (k < 0 || !colours[k]) continue;
      [out.data[at], out.data[at + 1], out.data[at + 2]] = colours[k];
      out.data[at + 3] = k === lit ? 170 : 64;
    }
    context.putImageData(out, 0, 0);
  }
}

/** Return the smallest object whose box holds a point, -1 for none. */
export function smallestAt(objects, x, y, shows) {
  let best = -1, least = Infinity;
  objects.forEach((object, k) => {
    const [x0, y0, x1, y1] = object.box;
    const area = (x1 - x0) * (y1 - y0);
    if (shows(object) && x >= x0 && x < x1 && y >= y0 && y < y1 && area < least) [best, least] = [k, area];
  });
  return best;
}
