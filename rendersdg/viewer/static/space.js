// The point cloud and the boxes of a frame in space, drawn by three.js.

import {
  BufferAttribute, BufferGeometry, Color, Group, LineBasicMaterial, LineSegments, OrbitControls, PerspectiveCamera,
  Points, PointsMaterial, Scene, Vector3, WebGLRenderer,
} from "/vendor/three.min.js";
import { ask, askJson, counted, el } from "./dom.js";

const EDGES = [0, 1, 1, 3, 3, 2, 2, 0, 4, 5, 5, 7, 7, 6, 6, 4, 0, 4, 1, 5, 2, 6, 3, 7];

export class Space {
  constructor(stage, extra, set) {
    this.stage = stage;
    this.extra = extra;
    this.set = set;
  }

  async show(number, signal) {
    const [cloud, space] = await Promise.all([ask(`/api/a/cloud/${number}`, signal), askJson(`/api/space/${number}`, signal)]);
    const { points: count } = JSON.parse(cloud.headers.get("x-about"));
    const buffer = await cloud.arrayBuffer();
    const where = new Float32Array(buffer, 0, count * 3);
    const colours = new Uint8Array(buffer, count * 12, count * 3);
    try {
      this.renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
    } catch {
      throw new Error("This browser has no WebGL, which the points need.");
    }
    this.scene = new Scene();
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    this.scene.background = new Color(dark ? 0x131619 : 0xeceff2);
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(where, 3));
    geometry.setAttribute("color", new BufferAttribute(linear(colours), 3));
    const eye = new Vector3(...space.camera.position), forward = new Vector3(...space.camera.forward);
    const middle = middleOf(where);
    const far = eye.distanceTo(middle) || 1;
    this.scene.add(new Points(geometry, new PointsMaterial({ size: 2, sizeAttenuation: false, vertexColors: true })));
    this.boxes = this.drawBoxes(space.boxes);
    this.scene.add(this.boxes);
    this.camera = new PerspectiveCamera(45, 4 / 3, far / 1000, far * 100);
    this.camera.up.set(...(space.camera.up === "Z" ? [0, 0, 1] : [0, 1, 0]));
    const canvas = this.renderer.domElement;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${counted(count, "point")} and ${counted(space.boxes.length, "box", "boxes")} in space`);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.listenToKeyEvents(canvas);
    this.controls.addEventListener("change", () => this.render());
    const look = (from, at) => { this.camera.position.copy(from); this.controls.target.copy(at); this.controls.update(); this.render(); };
    const cameras = () => look(eye, eye.clone().addScaledVector(forward, far));
    const above = () => look(middle.clone().addScaledVector(this.camera.up, far * 1.2).add(new Vector3(far / 1e3, far / 1e3, far / 1e3)), middle);
    const frame = el("div", { class: "space" }, canvas);
    this.stage.replaceChildren(frame);
    const show = el("input", { type: "checkbox", checked: true, onchange: () => { this.boxes.visible = show.checked; this.render(); } });
    this.extra.replaceChildren(
      el("div", { class: "row" }, el("button", { type: "button", onclick: cameras }, "From the camera"), el("button", { type: "button", onclick: above }, "From above"),
        el("label", {}, show, " boxes"), el("span", { class: "dim", id: "points" }, `${counted(count, "point")}, ${counted(space.boxes.length, "box", "boxes")}`)),
      el("ul", { class: "legend" }, space.boxes.slice(0, 60).map((box) => el("li", { title: box.path }, el("span", { class: "dot", style: { background: `#${this.colour(box.label).getHexString()}` } }), box.label))));
    this.watch = new ResizeObserver(() => this.resize(frame));
    this.watch.observe(frame);
    this.resize(frame);
    cameras();
  }

  colour(label) {
    const one = this.set.classes.find((c) => c.name === label);
    return one ? new Color().setRGB(...one.colour.map((v) => v / 255), "srgb") : new Color(0x888888);
  }

  drawBoxes(boxes) {
    const group = new Group();
    for (const box of boxes) {
      const corners = new Float32Array(EDGES.flatMap((k) => box.corners[k]));
      const geometry = new BufferGeometry();
      geometry.setAttribute("position", new BufferAttribute(corners, 3));
      group.add(new LineSegments(geometry, new LineBasicMaterial({ color: this.colour(box.label) })));
    }
    return group;
  }

  resize(frame) {
    const { width, height } = frame.getBoundingClientRect();
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.render();
  }

  render() {
    this.renderer.render(this.scene, this.camera);
  }

  end() {
    this.watch?.disconnect();
    this.controls?.dispose();
    this.renderer?.dispose();
  }
}

function linear(colours) {
  const out = new Float32Array(colours.length);
  for (let k = 0; k < colours.length; k += 1) {
    const v = colours[k] / 255;
    out[k] = v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }
  return out;
}

function middleOf(where) {
  const sum = new Vector3();
  let count = 0;
  for (let k = 0; k < where.length; k += 3) {
    if (!Number.isFinite(where[k])) continue;
    sum.add(new Vector3(where[k], where[k + 1], where[k + 2]));
    count += 1;
  }
  return count ? sum.divideScalar(count) : sum;
}
