// Nearer and farther: the frames of a stage are scaled and moved together, so that two pictures stay beside each other.

import { el } from "./dom.js";

const MOST = 32;
const STEP = 1.25;
const CRISP = 3; // from which scale on pixels are shown as squares

export class Zoom {
  /** `changed` is called when the scale changes: names keep their size on the screen. */
  constructor(stage, changed) {
    this.stage = stage;
    this.changed = changed;
    this.reset();
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.grab(event));
    stage.addEventListener("dblclick", () => this.reset());
  }

  buttons() {
    const one = (text, label, act) => el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
    return el("span", { class: "row zoom", role: "group", "aria-label": "Zoom" },
      one("−", "Farther", () => this.by(1 / STEP)), one("+", "Nearer", () => this.by(STEP)), one("Fit", "Whole picture", () => this.reset()));
  }

  reset() {
    [this.scale, this.x, this.y] = [1, 0, 0];
    this.apply();
  }

  /** Scale about a point of a frame, in its shares of width and height; the middle where none is given. */
  by(factor, share = [0.5, 0.5]) {
    const scale = Math.min(MOST, Math.max(1, this.scale * factor));
    const real = scale / this.scale;
    this.x = share[0] - (share[0] - this.x) * real;
    this.y = share[1] - (share[1] - this.y) * real;
    this.scale = scale;
    this.apply();
  }

  wheel(event) {
    const frame = event.target.closest(".frame");
    if (!frame || (this.scale === 1 && !event.ctrlKey && event.deltaY > 0)) return; // the page scrolls
    event.preventDefault();
    this.by(event.deltaY < 0 ? STEP : 1 / STEP, this.share(frame, event));
  }

  /** Return where an event lies on an unscaled frame, in shares of its width and height. */
  share(frame, event) {
    const box = frame.parentElement.getBoundingClientRect();
    const wide = frame.offsetWidth, high = frame.offsetHeight;
    return [(event.clientX - box.left - frame.offsetLeft) / wide, (event.clientY - box.top - frame.offsetTop) / high];
  }

  grab(event) {
    const frame = event.target.closest(".frame");
    if (!frame || this.scale === 1 || event.button) return;
    event.preventDefault();
    let [x, y] = [event.clientX, event.clientY];
    const move = (next) => {
      this.x += (next.clientX - x) / frame.offsetWidth;
      this.y += (next.clientY - y) / frame.offsetHeight;
      [x, y] = [next.clientX, next.clientY];
      this.apply(false);
    };
    const stop = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", stop);
      removeEventListener("pointercancel", stop);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", stop);
    addEventListener("pointercancel", stop);
  }

  apply(is_scaled = true) {
    const least = 1 - this.scale; // the picture covers its place
    this.x = Math.min(0, Math.max(least, this.x));
    this.y = Math.min(0, Math.max(least, this.y));
    const { style, classList } = this.stage;
    style.setProperty("--zoom", this.scale);
    style.setProperty("--move-x", `${this.x * 100}%`);
    style.setProperty("--move-y", `${this.y * 100}%`);
    classList.toggle("crisp", this.scale >= CRISP);
    classList.toggle("near", this.scale > 1);
    if (is_scaled) this.changed();
  }
}
