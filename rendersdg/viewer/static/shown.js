// Frames of a scene in a notebook: one picture at a time, its objects under the pointer, the values that it drew.
import { drawPicture, element, shown } from "/static/seen.js";

const given = JSON.parse(document.getElementById("frames").textContent);
const parts = Object.fromEntries(["stage", "less", "more", "which", "boxes", "told", "values"].map((id) => [id, document.getElementById(id)]));
const known = [];

function show(place) {
  const frame = given.frames[place];
  parts.which.value = place;
  parts.less.disabled = place === 0;
  parts.more.disabled = place === given.frames.length - 1;
  const count = frame.objects.length === 1 ? "1 object" : `${frame.objects.length} objects`;
  parts.told.textContent = `frame ${frame.number}, seed ${given.seed}: ${count}`;
  drawPicture(parts.stage, frame.picture, frame.size_wh, frame.objects, { areBoxes: parts.boxes.checked, known, alt: parts.told.textContent });
  const rows = Object.entries(frame.values).map(([site, values]) => element("tr", {}, element("td", {}, site), element("td", {}, values.map(shown).join(", "))));
  parts.values.replaceChildren(...rows);
}

function step(by) {
  show(Math.min(Math.max(Number(parts.which.value) + by, 0), given.frames.length - 1));
}

parts.less.addEventListener("click", () => step(-1));
parts.more.addEventListener("click", () => step(1));
parts.which.addEventListener("input", () => step(0));
parts.boxes.addEventListener("change", () => step(0));
show(0);
