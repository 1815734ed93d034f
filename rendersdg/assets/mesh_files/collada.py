"""Collada files (.dae): what the visual scene places, with its materials, unit and up axis.

Source: Khronos, "COLLADA - Digital Asset Schema Release 1.4.1" (2008) and 1.5.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8, U1
from rendersdg.assets.mesh_files.contents import Contents, Look, Part
from rendersdg.assets.mesh_files.mtl import roughness_of
from rendersdg.assets.mesh_files.pictures import Pictures
from rendersdg.colour import NITS, linear_from_srgb
from rendersdg.errors import AssetError, Report
from rendersdg.geometry import axis_rotation
from rendersdg.stage.meshes import triangulate

_POLYGONS = ("triangles", "polylist", "polygons", "tristrips", "trifans")
_SHADERS = ("phong", "blinn", "lambert", "constant")
_NOT_READ = {
    "library_animations": "animations are not played: the model is as its nodes place it",
    "library_controllers": "skins and morphs are drawn in their rest shape",
    "library_physics_models": "physics is not read",
    "library_force_fields": "physics is not read",
    "library_kinematics_models": "kinematics is not read",
}
_PLACES = {"matrix", "translate", "rotate", "scale", "lookat", "skew"}
_DEEPEST = 64  # nodes below each other, more are a circle


def read_collada(path: str, embed: Callable[[str, U1], str], report: Report) -> Contents:
    """Return what the visual scene of a Collada file holds, each geometry placed, by the names of its nodes.

    ``embed(label, pixels)`` keeps an image and returns its path. Raises AssetError for a file that cannot be read.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, OSError, ValueError, LookupError) as error:
        raise AssetError(f"asset {path} cannot be read as XML: {error}") from None
    if _tag(root) != "COLLADA":
        raise AssetError(f"asset {path} is not a Collada file: its root is {_tag(root)}")
    document = _Document(path, root, Pictures(path, embed, report), report)
    contents = document.contents
    unit, axis = root.find("{*}asset/{*}unit"), root.find("{*}asset/{*}up_axis")
    contents.up_axis = {"Z_UP": "Z"}.get((axis.text or "").strip() if axis is not None else "", "Y")
    if unit is not None and (size := _number(unit.get("meter"), 0.0)) > 0:
        contents.unit, contents.unit_words = size, f'<unit meter="{unit.get("meter")}">'
    turn = np.eye(4)
    if axis is not None and (axis.text or "").strip() == "X_UP":
        turn[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    scene = document.get(root.find("{*}scene/{*}instance_visual_scene"))
    scenes = [scene] if scene is not None else root.findall("{*}library_visual_scenes/{*}visual_scene")[:1]
    try:
        for one in scenes:
            for node in one.findall("{*}node"):
                document.place(node, turn)
    except ValueError as error:
        raise AssetError(f"asset {path} cannot be read: {error}; export it again") from None
    for name, text in _NOT_READ.items():
        if any(len(library) for library in root.findall(f"{{*}}{name}")):
            report.ignored(f"{path}:{name}", text)
    if not contents.parts:
        report.note(path, "no visual scene places a polygon, so nothing is drawn")
    return contents


def _tag(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _number(text: str | None, fallback: float) -> float:
    try:
        return float((text or "").replace(",", "."))
    except ValueError:
        return fallback


def _floats(element: Element | None) -> F8:
    text = (element.text or "") if element is not None else ""
    try:
        return np.array(text.split(), float)
    except ValueError:  # some exporters write numbers as their user's language does
        return np.array(text.replace(",", ".").split(), float)


@dataclass(eq=False)
class _Document:
    """A file while it is read: elements by their ids, and the looks that were made of its materials."""

    path: str
    root: Element
    pictures: Pictures
    report: Report
    contents: Contents = field(default_factory=Contents)
    _ids: dict[str, Element] = field(default_factory=dict)
    _looks: dict[str, int] = field(default_factory=dict)
    _geometries: dict[str, list[tuple[str, Part]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for element in self.root.iter():
            if (name := element.get("id")) is not None:
                self._ids.setdefault(name, element)

    def get(self, link: Element | None, key: str = "url") -> Element | None:
        """Return the element that an attribute of ``link`` names, None where there is none; that is reported."""
        if link is None:
            return None
        url = link.get(key) or ""
        element = self._ids.get(unquote(url.removeprefix("#"))) or self._ids.get(url.removeprefix("#"))
        if element is None:
            self.report.ignored(f"{self.path}:{url or _tag(link)}", f"{_tag(link)} names what the file does not have")
        return element

    def place(self, node: Element, above: F8, depth: int = 0) -> None:
        """Add the geometries of a node and of those below it; ``above`` (4, 4) is where its parent stands."""
        if depth > _DEEPEST:
            text = f"more than {_DEEPEST} nodes deep, or nodes that hold each other; the rest is left out"
            self.report.ignored(f"{self.path}:{node.get('id')}", text)
            return
        matrix = above
        for step in node:
            if _tag(step) in _PLACES:
                matrix = portable.product(matrix, self._step(step))
        name = node.get("name") or node.get("id") or ""
        for child in node:
            kind = _tag(child)
            if kind in ("instance_geometry", "instance_controller"):
                self._instance(
                    child, self._skinned(child) if kind == "instance_controller" else self.get(child), name, matrix
                )
            elif kind == "node":
                self.place(child, matrix, depth + 1)
            elif kind == "instance_node" and (other := self.get(child)) is not None:
                self.place(other, matrix, depth + 1)
            elif kind in ("instance_camera", "instance_light"):
                self.report.note(f"{self.path}:{kind}", f"{kind.removeprefix('instance_')}s of the file are not read")

    def _step(self, step: Element) -> F8:
        values, kind = _floats(step), _tag(step)
        matrix = np.eye(4)
        if kind == "matrix" and len(values) == 16:
            return values.reshape(4, 4)
        if kind == "translate" and len(values) == 3:
            matrix[:3, 3] = values
        elif kind == "scale" and len(values) == 3:
            matrix[[0, 1, 2], [0, 1, 2]] = values
        elif kind == "rotate" and len(values) == 4:
            matrix[:3, :3] = _turn(values[:3], float(values[3]))
        else:
            self.report.ignored(f"{self.path}:{kind}", f"{kind} of {len(values)} numbers is not applied")
        return matrix

    def _skinned(self, link: Element) -> Element | None:
        """Return the geometry that a controller bends."""
        controller = self.get(link)
        for _ in range(_DEEPEST):
            if controller is None or _tag(controller) == "geometry":
                break
            bent = next((c for c in controller if _tag(c) in ("skin", "morph")), None)
            controller = self.get(bent, "source")
        return controller

    def _instance(self, link: Element, geometry: Element | None, name: str, matrix: F8) -> None:
        """Add the parts of a geometry, with the materials that this instance binds, placed by ``matrix``."""
        if geometry is None:
            return
        bound = {m.get("symbol", ""): m for m in link.iter() if _tag(m) == "instance_material"}
        key = geometry.get("id") or ""
        if key not in self._geometries:
            self._geometries[key] = list(self._parts(geometry))
        pieces = self._geometries[key]
        if not pieces:
            return
        looks = [self._look(bound.get(symbol), symbol) for symbol, _ in pieces]
        whole = _joined([part for _, part in pieces], looks)
        self.contents.parts.append(_placed(replace(whole, name=name or geometry.get("name") or key), matrix))

    def _parts(self, geometry: Element) -> Iterator[tuple[str, Part]]:
        """Yield the primitives of a geometry, each with the symbol of its material."""
        mesh = geometry.find("{*}mesh")
        label = f"{self.path}:{geometry.get('name') or geometry.get('id')}"
        if mesh is None:
            self.report.ignored(label, "the geometry is not a mesh, so nothing is drawn")
            return
        for element in mesh:
            if _tag(element) in ("lines", "linestrips"):
                self.report.ignored(label, "lines are not drawn")
            elif _tag(element) in _POLYGONS:
                try:
                    part = self._primitive(element)
                except (ValueError, IndexError, TypeError) as error:
                    self.report.ignored(label, f"{_tag(element)} cannot be read and is left out: {error}")
                    continue
                if part is not None:
                    yield element.get("material") or "", part

    def _primitive(self, element: Element) -> Part | None:
        inputs: dict[str, tuple[int, Element]] = {}
        for port in element.findall("{*}input"):
            offset, source = int(port.get("offset") or 0), self.get(port, "source")
            if source is not None and _tag(source) == "vertices":
                for inner in source.findall("{*}input"):
                    if (values := self.get(inner, "source")) is not None:
                        inputs.setdefault(inner.get("semantic") or "", (offset, values))
            elif source is not None:
                inputs.setdefault(port.get("semantic") or "", (offset, source))
        if "POSITION" not in inputs:
            raise ValueError("it has no positions")
        width = 1 + max(int(port.get("offset") or 0) for port in element.findall("{*}input"))
        counts, table = _corners(element, width)
        if not len(counts):
            return None
        data = {name: (table[:, at], self._source(source)) for name, (at, source) in inputs.items() if name in _USED}
        corners, points = data["POSITION"]
        for name, (indices, rows) in data.items():
            if len(indices) and (indices.min() < 0 or indices.max() >= len(rows)):
                raise ValueError(f"it names {name.lower()} {int(indices.max())} of {len(rows)}")
        triangles, _ = triangulate(points[:, :3], counts, corners)

        def at(name: str, columns: int) -> F8 | None:
            if name not in data or data[name][1].shape[1] < columns:
                return None
            indices, rows = data[name]
            return rows[indices[triangles], :columns]

        colours = at("COLOR", 3)
        return Part(
            "",
            points[:, :3],
            corners[triangles],
            at("NORMAL", 3),
            at("TEXCOORD", 2),
            None if colours is None else np.asarray(linear_from_srgb(np.clip(colours, 0, 1)), float),
        )

    def _source(self, source: Element) -> F8:
        """Return the values of a source, a row for each element."""
        values = _floats(source.find("{*}float_array"))
        accessor = source.find("{*}technique_common/{*}accessor")
        stride = int(accessor.get("stride") or 1) if accessor is not None else 3
        start = int(accessor.get("offset") or 0) if accessor is not None else 0
        rows = (len(values) - start) // stride
        return values[start : start + rows * stride].reshape(rows, stride)

    def _look(self, link: Element | None, symbol: str) -> int:
        """Return the index of the look of a bound material, -1 for none."""
        material = self.get(link, "target") if link is not None else self._ids.get(symbol)
        if material is None or _tag(material) != "material":
            return -1
        key = material.get("id") or ""
        if key not in self._looks:
            effect = self.get(material.find("{*}instance_effect"))
            self._looks[key] = -1
            if effect is not None:
                name = material.get("name") or key
                reader = _Effect(self, effect, f"{self.path}:{name}")
                self._looks[key] = len(self.contents.looks)
                self.contents.looks.append(Look(name, reader.inputs(), reader.is_double_sided))
        return self._looks[key]


_USED = ("POSITION", "NORMAL", "TEXCOORD", "COLOR")


class _Effect:
    """The common profile of an effect, as inputs of OmniPBR."""

    def __init__(self, document: _Document, effect: Element, label: str) -> None:
        self._document = document
        self._label = label
        self._params = {p.get("sid"): p for p in effect.iter() if _tag(p) == "newparam"}
        found = (s for s in effect.iter() if _tag(s) in _SHADERS)
        self._shader = next(found, None)
        sided = next((e for e in effect.iter() if _tag(e) == "double_sided"), None)
        self.is_double_sided = sided is not None and (sided.text or "").strip() in ("1", "true")
        if any(_tag(e) == "bump" for e in effect.iter()):
            document.report.ignored(f"{label}.bump", "the bump map of an extension is not laid")

    def inputs(self) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        if self._shader is None:
            self._document.report.ignored(self._label, "the effect has no common profile; the surface is plain")
            return inputs
        image = self._image("diffuse")
        if image is not None:
            inputs["diffuse_texture"] = image
        elif (colour := self._colour("diffuse")) is not None:
            inputs["diffuse_color_constant"] = _linear(colour[:3])
        if _tag(self._shader) in ("phong", "blinn"):
            if (shininess := self._number("shininess")) is not None:
                inputs["reflection_roughness_constant"] = roughness_of(shininess)
            if (specular := self._colour("specular")) is not None:
                inputs["specular_level"] = float(np.mean(specular[:3]))
        else:
            inputs["specular_level"] = 0.0
        glow = self._image("emission")
        light = self._colour("emission")
        if glow is not None or (light is not None and max(light[:3]) > 0):
            shares = [1.0] * 3 if light is None else _linear(light[:3])
            inputs |= {"enable_emission": True, "emissive_color": shares, "emissive_intensity": NITS}
            if glow is not None:
                inputs["emissive_mask_texture"] = glow
        self._opacity(inputs)
        for name in ("ambient", "specular", "reflective", "shininess"):
            if self._find(name, "texture") is not None and not (name == "ambient" and image is not None):
                self._document.report.ignored(f"{self._label}.{name}", "its image is not laid")
        return inputs

    def _opacity(self, inputs: dict[str, Any]) -> None:
        transparent = self._shader.find("{*}transparent") if self._shader is not None else None
        share = self._number("transparency")
        if transparent is None and share is None:
            return
        mode = (transparent.get("opaque") if transparent is not None else None) or "A_ONE"
        colour = self._colour("transparent")
        colour = (1.0, 1.0, 1.0, 1.0) if colour is None else colour
        share = 1.0 if share is None else share
        amount = share * (colour[3] if mode.startswith("A_") else float(np.mean(colour[:3])))
        opacity = 1.0 - amount if mode.endswith("ZERO") else amount
        image = self._image("transparent")
        if image is not None:
            pixels = self._document.pictures.pixels(image, f"{self._label}.transparent")
            if pixels is not None:
                matte = pixels[:, :, 3] if mode.startswith("A_") else pixels[:, :, :3].mean(2)
                matte = 1.0 - matte if mode.endswith("ZERO") else matte
                inputs["opacity_texture"] = self._document.pictures.keep(f"{self._label}.transparent", matte)
                inputs |= {"enable_opacity": True, "enable_opacity_texture": True, "opacity_constant": share or 1.0}
        elif opacity <= 0.0:  # some exporters have it the other way round
            self._document.report.note(
                f"{self._label}.transparent", "it would hide the surface, which is taken for opaque"
            )
        elif opacity < 1.0:
            inputs |= {"enable_opacity": True, "opacity_constant": opacity}

    def _find(self, name: str, kind: str) -> Element | None:
        return None if self._shader is None else self._shader.find(f"{{*}}{name}/{{*}}{kind}")

    def _colour(self, name: str) -> tuple[float, ...] | None:
        values = _floats(self._find(name, "color"))
        return tuple(float(v) for v in (*values, 1.0)[:4]) if len(values) >= 3 else None

    def _number(self, name: str) -> float | None:
        element = self._find(name, "float")
        return None if element is None else _number(element.text, 0.0)

    def _image(self, name: str) -> str | None:
        """Return the file of an image, by way of its sampler and surface."""
        texture = self._find(name, "texture")
        if texture is None:
            return None
        key = texture.get("texture") or ""
        for _ in range(4):
            param = self._params.get(key)
            inner = (
                None if param is None else next((e for e in param.iter() if _tag(e) in ("source", "init_from")), None)
            )
            if param is not None and inner is None:
                inner = next((e for e in param.iter() if _tag(e) == "instance_image"), None)
            if inner is None:
                break
            key = (inner.get("url") or inner.text or "").strip().removeprefix("#")
        image = self._document._ids.get(key)
        start = None if image is None else image.find("{*}init_from")
        if start is None:
            self._document.report.ignored(f"{self._label}.{name}", f"its image {key!r} is not in the file")
            return None
        link = start.find("{*}ref")
        file = unquote(((link if link is not None else start).text or "").strip())
        file = file.removeprefix("file://").removeprefix("./")
        return self._document.pictures.find(file, Path(self._document.path).parent, f"{self._label}.{name}")


def _linear(colour: tuple[float, ...]) -> list[float]:
    return [float(c) for c in linear_from_srgb(np.clip(np.array(colour), 0, 1))]


def _turn(axis: F8, degrees: float) -> F8:
    """Return the rotation (3, 3) about an axis (Rodrigues)."""
    length = float(portable.norm(axis))
    if length == 0.0:
        return np.eye(3)
    x, y, z = axis / length
    cosine, sine = axis_rotation("Z", degrees)[0, 0], axis_rotation("Z", degrees)[1, 0]
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + sine * cross + portable.product((1 - cosine) * cross, cross))


def _corners(element: Element, width: int) -> tuple[I8, I8]:
    """Return the corners a polygon (F,) of a primitive, and the indices of each corner (C, ``width``)."""
    lists = [np.array((p.text or "").split(), np.int64).reshape(-1, width) for p in element.iter() if _tag(p) == "p"]
    kind = _tag(element)
    if not lists:
        return np.zeros(0, np.int64), np.zeros((0, width), np.int64)
    if kind == "polygons":
        return np.array([len(p) for p in lists]), np.concatenate(lists)
    if kind == "polylist":
        counts = np.array((element.findtext("{*}vcount") or "").split(), np.int64)
        table = np.concatenate(lists)
        if counts.sum() != len(table):
            raise ValueError(f"its polygons have {counts.sum()} corners, and {len(table)} are there")
        return counts, table
    if kind == "triangles":
        table = np.concatenate(lists)
        return np.full(len(table) // 3, 3), table[: len(table) // 3 * 3]
    pieces = []
    for strip in lists:
        k = np.arange(max(len(strip) - 2, 0))
        if kind == "tristrips":  # every other one is wound the other way
            order = np.stack([k, np.where(k % 2, k + 2, k + 1), np.where(k % 2, k + 1, k + 2)], 1)
        else:
            order = np.stack([np.zeros_like(k), k + 1, k + 2], 1)
        pieces.append(strip[order.ravel()])
    table = np.concatenate(pieces)
    return np.full(len(table) // 3, 3), table


def _joined(parts: list[Part], looks: list[int]) -> Part:
    """Return the primitives of a geometry as one part; what only some of them have is 0 for the rest, normals made."""
    sizes = [len(p.triangles) for p in parts]
    offsets = np.cumsum([0] + [len(p.points) for p in parts])

    def all_of(values: list[F8 | None], width: int, fallback: float) -> F8 | None:
        if all(v is None for v in values):
            return None
        filled = [np.full((n, 3, width), fallback) if v is None else v for v, n in zip(values, sizes)]
        return np.concatenate(filled)

    has_looks = any(look >= 0 for look in looks)
    return Part(
        "",
        np.concatenate([p.points for p in parts]),
        np.concatenate([p.triangles + o for p, o in zip(parts, offsets)]),
        all_of([p.normals for p in parts], 3, np.nan),
        all_of([p.uvs for p in parts], 2, 0.0),
        all_of([p.colours for p in parts], 3, 1.0),
        looks=np.repeat(looks, sizes) if has_looks else None,
    )


def _placed(part: Part, matrix: F8) -> Part:
    """Return a part where ``matrix`` (4, 4) places it; a mirrored one is wound anew."""
    linear = matrix[:3, :3]
    points = portable.product(part.points, linear.T) + matrix[:3, 3]
    is_mirrored = float(portable.determinant(linear)) < 0
    order = slice(None, None, -1) if is_mirrored else slice(None)
    normals = part.normals
    if normals is not None:
        # cofactors turn normals as the inverse transpose does, up to a scale, and exist where the matrix flattens
        a, b, c = linear.T
        cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], 1)
        normals = (portable.product(normals, cofactors.T) * (-1.0 if is_mirrored else 1.0))[:, order]
    return replace(
        part,
        points=points,
        triangles=part.triangles[:, order],
        normals=normals,
        uvs=None if part.uvs is None else part.uvs[:, order],
        colours=None if part.colours is None else part.colours[:, order],
    )
