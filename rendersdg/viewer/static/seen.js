// Objects drawn over a picture: boxes in the colour of their class, and what is said of the one under the pointer.
const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 6;

/** Return a new element with attributes (functions become listeners) and children; text is text, never markup. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Return a value as people read it: numbers of few digits, lists in brackets. */
export function shown(value) {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return value === null || value === undefined ? "none" : String(value);
}

/** Return a short name of what draws a value: the group and the input, `ball.scale[0]`. */
export function shortName(site) {
  const parts = site.split("/");
  return parts.length > 1 ? `${parts[0]}.${parts[parts.length - 1]}` : site;
}

/** Return the number of the colour that a class has, 1 to 6: the same for all pictures of a page. */
export function colourOf(label, known) {
  if (!known.includes(label)) known.push(label);
  return (known.indexOf(label) % COLOURS) + 1;
}

/** Return what is said of an object: its class, what of it is seen, and the values that were drawn for it. */
export function described(object, most = 24) {
  const values = Object.entries(object.values ?? {});
  return [
    element("b", {}, object.label || "no label"),
    element("span", { class: "dim" }, object.path),
    element("span", { class: "dim" }, `${object.visible_pixels} px, ${Math.round(object.occlusion * 100)} % hidden`),
    ...values.slice(0, most).map(([name, value]) => element("span", { class: "dim", title: name }, `${shortName(name)}: ${shown(value)}`)),
    values.length > most ? element("span", { class: "dim" }, `and ${values.length - most} values more`) : null,
  ].filter((each) => each !== null);
}

/**
 * Draw a picture and its objects into a stage.
 * `known` keeps the classes seen so far; `picked(path)` is called when an object is chosen, or null when none is.
 */
export function drawPicture(stage, picture, sizeWh, objects, { areBoxes = true, known = [], alt = "", picked = () => {} } = {}) {
  const [width, height] = sizeWh;
  let image = stage.querySelector("img");
  if (image === null) {
    image = element("img", {});
    stage.replaceChildren(image);
  }
  if (image.getAttribute("src") !== picture) image.setAttribute("src", picture);
  image.setAttribute("alt", alt);
  image.setAttribute("width", width);
  image.setAttribute("height", height);
  stage.style.setProperty("--aspect", width / height);
  for (const old of stage.querySelectorAll("svg, .hover")) old.remove();
  if (!areBoxes) return;
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
  layer.setAttribute("aria-hidden", "true"); // the list of objects says the same
  const note = element("div", { class: "hover", hidden: true });
  for (const object of objects) {
    const [x0, y0, x1, y1] = object.box;
    const box = document.createElementNS(SVG, "rect");
    const given = { x: x0, y: y0, width: Math.max(x1 - x0, 1), height: Math.max(y1 - y0, 1) };
    for (const [name, value] of Object.entries(given)) box.setAttribute(name, value);
    box.setAttribute("class", `box series-${colourOf(object.label, known)}`);
    box.dataset.path = object.path;
    box.addEventListener("pointerenter", () => {
      note.replaceChildren(...described(object, 6));
      note.hidden = false;
      const isRight = (x0 + x1) / 2 > width / 2; // the note stands on the other side
      note.style.left = isRight ? "0" : "auto";
      note.style.right = isRight ? "auto" : "0";
      pick(stage, object.path);
    });
    box.addEventListener("pointerleave", () => {
      note.hidden = true;
      pick(stage, null);
    });
    box.addEventListener("click", () => picked(object.path));
    layer.append(box);
  }
  stage.append(layer, note);
}

/** Mark the box of an object, or none. */
export function pick(stage, path) {
  for (const box of stage.querySelectorAll(".box")) box.classList.toggle("is-picked", box.dataset.path === path);
}
