// Pictures of numbers: depth in colours with a bar, vectors as colours, and what stands at a pixel.

import { el, short } from "./dom.js";

// Turbo (Mikhailov, 2019), as the polynomial of its author; 256 colours.
const TURBO = Array.from({ length: 256 }, (_, k) => {
  const x = k / 255;
  const p = (...c) => Math.round(255 * Math.min(1, Math.max(0, c.reduceRight((sum, one) => sum * x + one, 0))));
  return [p(0.13572138, 4.6153926, -42.66032258, 132.13108234, -152.94239396, 59.28637943),
    p(0.09140261, 2.19418839, 4.84296658, -14.18503333, 4.27729857, 2.82956604),
    p(0.1066733, 12.64194608, -60.58204836, 110.36276771, -89.90310912, 27.34824973)];
});

/** An array as the server sends it. */
export class Numbers {
  constructor(buffer, about) {
    this.values = new Float32Array(buffer);
    [this.height, this.width, this.channels] = about.shape;
    Object.assign(this, about);
  }

  /** Return the numbers at a pixel of the whole picture, null outside of it. */
  at(x, y) {
    const column = Math.floor(x / this.step), row = Math.floor(y / this.step);
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return null;
    const at = (row * this.width + column) * this.channels;
    return Array.from(this.values.subarray(at, at + this.channels));
  }

  /** Paint a canvas: one channel in colours between two bounds, several as red, green and blue. */
  paint(canvas, low, high) {
    canvas.width = this.width;
    canvas.height = this.height;
    const context = canvas.getContext("2d");
    const out = context.createImageData(this.width, this.height);
    const span = high - low || 1;
    const level = (value) => Math.min(255, Math.max(0, Math.round(((value - low) / span) * 255)));
    for (let k = 0; k < this.width * this.height; k += 1) {
      const from = k * this.channels, to = k * 4;
      const first = this.values[from];
      if (!Number.isFinite(first)) continue; // see-through: the ground shows
      if (this.channels === 1) [out.data[to], out.data[to + 1], out.data[to + 2]] = TURBO[level(first)];
      else for (let c = 0; c < 3; c += 1) out.data[to + c] = c < this.channels ? level(this.values[from + c]) : 0;
      out.data[to + 3] = 255;
    }
    context.putImageData(out, 0, 0);
  }
}

/** Return a colour bar whose ends the user may move; `change` gets both. */
export function colourBar(numbers, unit, change) {
  const strip = el("canvas", { width: 256, height: 1, class: "strip", role: "img", "aria-label": "Colours from the least to the greatest number" });
  const context = strip.getContext("2d");
  TURBO.forEach((colour, k) => { context.fillStyle = `rgb(${colour.join(",")})`; context.fillRect(k, 0, 1, 1); });
  const end = (label, value) => el("input", { type: "number", step: "any", value: short(value), "aria-label": label, onchange: () => {
    const [a, b] = [Number(low.value), Number(high.value)];
    if (Number.isFinite(a) && Number.isFinite(b) && a < b) change(a, b);
  } });
  const low = end(`Least ${unit}`, numbers.low), high = end(`Greatest ${unit}`, numbers.high);
  return el("div", { class: "colourbar" }, low, strip, high, el("span", { class: "dim" }, unit));
}
