// Elements, the server's answers, and the page's address: what all modules of the page share.

/** Return an element. Texts become text, never markup; `on…` are listeners, true and false switch an attribute. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** Return an element of SVG. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, text] of Object.entries(value)) element.style.setProperty(name, text);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Ask the server. Throws an Error with its words. */
export async function ask(path, signal) {
  let answer;
  try {
    answer = await fetch(path, { signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer. It may have ended: start rendersdg view again.");
  }
  if (!answer.ok) {
    const text = await answer.text();
    let told = text;
    try {
      told = JSON.parse(text).error;
    } catch {
      // plain text of the guard
    }
    throw new Error(told);
  }
  return answer;
}

export const askJson = async (path, signal) => (await ask(path, signal)).json();

/** Return the parts of the address after #. */
export const place = () => new URLSearchParams(location.hash.slice(1));

/** Change parts of the address; null takes one away. `replace` makes no entry in the history. */
export function go(changes, { replace = false } = {}) {
  const parts = place();
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === "") parts.delete(key);
    else parts.set(key, value);
  }
  const address = `#${parts}`;
  if (address === (location.hash || "#")) return;
  if (replace) {
    history.replaceState(null, "", address);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = address;
  }
}

export const LEAST = 0.25; // the score from which on a prediction counts, unless the address says otherwise

/** Return the least score that an address says: each window of the page has its own. */
export function leastOf(at) {
  const given = at.get("least");
  return given !== null && Number(given) >= 0 && Number(given) <= 1 ? Number(given) : LEAST;
}

export const counted = (number, noun, many = `${noun}s`) => `${number.toLocaleString("en")} ${number === 1 ? noun : many}`;

/** Return a number in few digits. */
export function short(value) {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  if (Array.isArray(value)) return `[${value.map(short).join(", ")}]`;
  return value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Return what an image is called: its frame, with the file's name where a frame has several images. */
export const titleOf = (image) =>
  image.frame === null ? image.name : image.shares_frame ? `${image.name}, frame ${image.frame}` : `frame ${image.frame}`;

export const rgb = (colour) => `rgb(${colour.join(",")})`;

/** Tell those who listen, rather than look. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

export function fail(error) {
  const shown = document.getElementById("error");
  shown.hidden = error === null;
  shown.textContent = error === null ? "" : error.message ?? String(error);
}
