// Two images of one frame: side by side, one wiped over the other, or how far each pixel differs.

import { ask, counted, el, fail, go, place } from "./dom.js";
import { boxesOf } from "./frames_overlay.js";

const MODES = [["side", "side by side"], ["swipe", "swipe"], ["difference", "difference"]];

/** Add the image beside to the stage of `view`, in the way that the address asks for. */
export async function compared(view, other, signal) {
  const mode = MODES.some(([name]) => name === place().get("mode")) ? place().get("mode") : "side";
  const choice = el("fieldset", { class: "row modes" }, el("legend", { class: "only-read" }, "How two sets are compared"),
    MODES.map(([name, text]) => el("label", {}, el("input", { type: "radio", name: "mode", value: name, checked: name === mode,
      onchange: () => { view.chose = true; go({ mode: name === "side" ? null : name }, { replace: true }); } }), ` ${text}`)));
  view.extra.replaceChildren(choice);
  if (view.chose) choice.querySelector(":checked").focus(); // the choice is built anew, and keys go on in it
  view.chose = false;
  let picture;
  try {
    const blob = await (await ask(`/api/b/image/${other.place}`, signal)).blob();
    picture = el("img", { alt: `${other.name} of ${view.set.other.spec}: ${counted(other.objects.length, "object")}`, draggable: "false" });
    picture.src = URL.createObjectURL(blob);
    await picture.decode();
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
    return;
  }
  ({ side, swipe, difference })[mode](view, other, picture);
}

function side(view, other, picture) {
  const overlay = el("div", { class: "overlays" }, boxesOf(other, view.set.other, { ...view.drawn, shows: view.shows, unit: other.size[0] / (view.frame.clientWidth / 2 || other.size[0]) }));
  const frame = view.framed(other.size, el("div", { class: "base" }, picture), overlay);
  view.stage.classList.add("pair");
  view.stage.replaceChildren(figure(view.frame, view.set.spec), figure(frame, view.set.other.spec));
}

function figure(frame, text) {
  return el("figure", {}, el("div", { class: "window" }, frame), el("figcaption", {}, text));
}

function swipe(view, other, picture) {
  picture.classList.add("wiped");
  view.base.append(picture);
  const slider = el("input", { type: "range", min: 0, max: 100, value: 50, id: "swipe", "aria-label": "Where the pictures meet, from the left",
    oninput: () => view.base.style.setProperty("--cut", `${slider.value}%`) });
  view.base.style.setProperty("--cut", "50%");
  view.extra.append(el("label", { class: "row swipe" }, view.set.spec, slider, view.set.other.spec));
}

function difference(view, other, picture) {
  const [width, height] = view.image.size;
  const read = (image) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  };
  const a = read(view.picture), b = read(picture);
  const canvas = el("canvas", { width, height, class: "numbers", role: "img", "aria-label": "How far each pixel differs" });
  const context = canvas.getContext("2d");
  const out = context.createImageData(width, height);
  let sum = 0, apart = 0;
  for (let at = 0; at < a.length; at += 4) {
    const far = [0, 1, 2].map((c) => Math.abs(a[at + c] - b[at + c]));
    sum += far[0] + far[1] + far[2];
    apart += Math.max(...far) > 8;
  }
  const paint = (gain) => {
    for (let at = 0; at < a.length; at += 4) {
      for (let c = 0; c < 3; c += 1) out.data[at + c] = Math.min(255, gain * Math.abs(a[at + c] - b[at + c]));
      out.data[at + 3] = 255;
    }
    context.putImageData(out, 0, 0);
  };
  paint(1);
  view.base.replaceChildren(canvas);
  const gain = el("input", { type: "range", min: 1, max: 16, value: 1, "aria-label": "Amplified by", oninput: () => { said.textContent = `× ${gain.value}`; paint(Number(gain.value)); } });
  const said = el("output", {}, "× 1");
  const scaled = other.size.join() === view.image.size.join() ? "" : " The second picture is scaled to the first.";
  view.extra.append(el("label", { class: "row swipe" }, "Amplified ", gain, said),
    el("p", { id: "apart" }, `Mean difference ${(sum / (3 * width * height)).toFixed(2)} of 255; ${((100 * apart) / (width * height)).toFixed(1)} % of the pixels differ by more than 8.${scaled}`));
}
