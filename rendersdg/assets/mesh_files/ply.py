"""PLY files, ASCII and binary: polygons and strips with normals, colours and images.

Source: Greg Turk, "The PLY Polygon File Format" (1994); the names of properties are those of MeshLab, CloudCompare and
Blender. Colours are sRGB.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rendersdg.arrays import F8, I8, U1
from rendersdg.assets.mesh_files.contents import Contents, Look, Part
from rendersdg.assets.mesh_files.pictures import Pictures
from rendersdg.assets.mesh_files.units import stated_in
from rendersdg.colour import linear_from_srgb
from rendersdg.errors import AssetError, Report
from rendersdg.stage.meshes import triangulate

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_PLACE, _NORMAL = ("x", "y", "z"), ("nx", "ny", "nz")
_COLOURS = (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"), ("r", "g", "b"))
_UVS = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"), ("texture_s", "texture_t"))
_CORNERS = ("vertex_indices", "vertex_index")
_LARGEST = {"u1": 255.0, "i1": 127.0, "u2": 65535.0, "i2": 32767.0}
_IMAGE = re.compile(r"^\s*texturefile\s+(.*\S)", re.IGNORECASE)


@dataclass(frozen=True)
class _Property:
    """A property: its name, the type of its values, and of their number where it is a list."""

    name: str
    kind: str
    counter: str | None = None


@dataclass(eq=False)
class _Element:
    """An element of the header and, once read, its rows: ``columns`` (N,), and lists as (counts (N,), values)."""

    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, tuple[I8, Any]] = field(default_factory=dict)

    def kind(self, name: str) -> str:
        """Return the type of a property's values."""
        return next(p.kind for p in self.properties if p.name == name)

    def table(self, names: Sequence[str]) -> F8 | None:
        """Return properties side by side, (N, len(names)); None where one is not there."""
        if not all(name in self.columns for name in names):
            return None
        return np.stack([np.asarray(self.columns[name], float) for name in names], 1)

    def colours(self) -> F8 | None:
        """Return linear colours (N, 3), None where there are none."""
        for names in _COLOURS:
            table = self.table(names)
            if table is not None:
                shares = table / _LARGEST.get(self.kind(names[0]), 1.0)
                return np.asarray(linear_from_srgb(np.clip(np.nan_to_num(shares), 0, 1)), float)
        return None


def read_ply(path: str, embed: Callable[[str, U1], str], report: Report) -> Contents:
    """Return what a PLY file holds, as one part.

    Raises AssetError for a file that cannot be read, with the line where it is text.
    """
    data = Path(path).read_bytes()
    elements, order, body, comments = _header(data, path, report)
    if order:
        _read_binary(data, body, elements, order, path)
    else:
        _read_text(data, body, elements, path)
    by_name = {e.name: e for e in elements}
    contents = Contents()
    contents.unit, contents.unit_words = stated_in(comments)
    vertex = by_name.get("vertex", _Element("vertex", 0))
    points = vertex.table(_PLACE)
    if points is None or not len(points):
        raise AssetError(f"asset {path} has no points (an element vertex with x, y and z)")
    _say_rest(by_name, path, report)
    counts, corners, owners = _polygons(by_name, len(points), path, report)
    if not len(counts):
        splats = " of Gaussian splats" if "f_dc_0" in vertex.columns else ""
        report.ignored(path, f"it is a cloud{splats} of {len(points)} points, which are not drawn")
        return contents
    if not np.isfinite(points).all():
        raise AssetError(f"asset {path}: points hold NaN or infinity; repair the mesh")
    triangles, faces = triangulate(points, counts, corners)
    images = [m.group(1) for m in map(_IMAGE.match, comments) if m]
    looks = _looks(contents, images, by_name.get("face"), owners[faces], Pictures(path, embed, report))
    contents.parts.append(
        Part(
            Path(path).name,
            points,
            corners[triangles],
            _at_points(vertex.table(_NORMAL), corners[triangles]),
            _uvs(vertex, by_name.get("face"), (counts, corners, owners), triangles),
            _colours(vertex, by_name.get("face"), corners[triangles], owners[faces]),
            looks=looks,
        )
    )
    return contents


def _header(data: bytes, path: str, report: Report) -> tuple[list[_Element], str, int, list[str]]:
    """Return the elements, the order of bytes (empty for text), where the rows begin, and the comments."""
    end = re.search(rb"^end_header[ \t]*(\r\n|\n|\r)", data, re.MULTILINE)
    if not data.startswith(b"ply") or end is None:
        raise AssetError(f"asset {path} is not a PLY file: it has no header from ply to end_header")
    elements: list[_Element] = []
    order, comments = None, []
    for number, line in enumerate(data[: end.start()].decode("utf-8", "replace").splitlines(), 1):
        words = line.split()
        try:
            if not words or words[0] == "ply":
                continue
            if words[0] in ("comment", "obj_info"):
                comments.append(line.partition(words[0])[2])
            elif words[0] == "format":
                order = _ORDERS[words[1]]
            elif words[0] == "element":
                elements.append(_Element(words[1], int(words[2])))
            elif words[0] == "property" and words[1] == "list":
                elements[-1].properties.append(_Property(words[4], _TYPES[words[3]], _TYPES[words[2]]))
            elif words[0] == "property":
                elements[-1].properties.append(_Property(words[2], _TYPES[words[1]]))
            else:
                report.ignored(f"{path}:{number}", f"{line.strip()[:80]!r} is not a line of a PLY header")
        except (KeyError, IndexError, ValueError):
            raise AssetError(f"asset {path}:{number}: {line.strip()[:80]!r} is not a line of a PLY header") from None
    if order is None:
        raise AssetError(f"asset {path}: the header states no format (ascii or binary_little_endian)")
    return elements, order, end.end(), comments


def _read_binary(data: bytes, at: int, elements: list[_Element], order: str, path: str) -> None:
    for element in elements:
        _require_names(element, path)
        sizes = {p.name: _first_length(data, at, element, p, order) for p in element.properties if p.counter}
        dtype = _row(element, sizes, order)
        end = at + element.count * dtype.itemsize
        if end <= len(data):
            rows = np.frombuffer(data, dtype, element.count, at)
            if all((rows[f"{name}#"] == size).all() for name, size in sizes.items()):
                for p in element.properties:
                    if p.counter:
                        values = rows[p.name].reshape(-1)
                        element.lists[p.name] = (np.full(element.count, sizes[p.name]), values)
                    else:
                        element.columns[p.name] = rows[p.name]
                at = end
                continue
        at = _read_binary_rows(data, at, element, order, path)


def _require_names(element: _Element, path: str) -> None:
    """Raise AssetError where two properties of an element have one name."""
    names = [name for p in element.properties for name in ((f"{p.name}#", p.name) if p.counter else (p.name,))]
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise AssetError(f"asset {path}: element {element.name} has two properties {twice}; export it again")


def _row(element: _Element, sizes: dict[str, int], order: str) -> np.dtype[Any]:
    """Return the type of a row whose lists have ``sizes``."""
    fields: list[Any] = []
    for p in element.properties:
        if p.counter:
            fields.append((f"{p.name}#", order + p.counter))
            fields.append((p.name, order + p.kind, (sizes[p.name],)))
        else:
            fields.append((p.name, order + p.kind))
    return np.dtype(fields)


def _first_length(data: bytes, at: int, element: _Element, wanted: _Property, order: str) -> int:
    """Return how long a list is in the first row, 0 where the file ends before."""
    for p in element.properties:
        if p.counter is None:
            at += np.dtype(p.kind).itemsize
            continue
        counter = np.dtype(order + p.counter)
        if not element.count or at + counter.itemsize > len(data):
            return 0
        length = max(int(np.frombuffer(data, counter, 1, at)[0]), 0)
        if p is wanted:
            return length if length * element.count <= len(data) else 0
        at += counter.itemsize + length * np.dtype(p.kind).itemsize
    return 0


def _read_binary_rows(data: bytes, at: int, element: _Element, order: str, path: str) -> int:
    """Read the rows of an element whose lists differ in length, one by one; return where they end."""
    signs = "little" if order == "<" else "big"
    plain = {p.name: bytearray() for p in element.properties}
    counts: dict[str, list[int]] = {p.name: [] for p in element.properties if p.counter}
    steps = [
        (p.name, np.dtype(p.kind).itemsize, np.dtype(p.counter).itemsize if p.counter else 0)
        for p in element.properties
    ]
    for row in range(element.count):
        for name, size, counter in steps:
            length = 1
            if counter:
                length = int.from_bytes(data[at : at + counter], signs)  # type: ignore[arg-type]
                at += counter
                counts[name].append(length)
            end = at + size * length
            if end > len(data):
                raise AssetError(f"asset {path} ends in row {row} of {element.count} of its element {element.name}")
            plain[name] += data[at:end]
            at = end
    for p in element.properties:
        values = np.frombuffer(bytes(plain[p.name]), order + p.kind)
        if p.counter:
            element.lists[p.name] = (np.asarray(counts[p.name], np.int64), values)
        else:
            element.columns[p.name] = values
    return at


def _read_text(data: bytes, at: int, elements: list[_Element], path: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            numbers = np.fromstring(data[at:], sep=" ")
    except (ValueError, DeprecationWarning):
        first = data.count(b"\n", 0, at) + 1
        for number, line in enumerate(data[at:].split(b"\n"), first):
            try:
                [float(word) for word in line.split()]
            except ValueError:
                shown = line.strip().decode("utf-8", "replace")[:80]
                raise AssetError(f"asset {path}:{number}: {shown!r} is not a row of numbers") from None
        numbers = np.array(data[at:].split(), float)
    at = 0
    for element in elements:
        at = _read_numbers(numbers, at, element, path)


def _read_numbers(numbers: F8, at: int, element: _Element, path: str) -> int:
    """Read the rows of an element from the numbers of a text; return where they end."""
    sizes, width = [], 0
    for p in element.properties:
        is_there = p.counter and at + width < len(numbers) and element.count
        sizes.append(_length(numbers[at + width], element, path) if is_there else 0)
        width += 1 + max(sizes[-1], 0) if p.counter else 1
    end = at + width * element.count
    rows = numbers[at:end].reshape(element.count, -1) if 0 < end <= len(numbers) and element.count else None
    column = 0
    heads = []
    for p, size in zip(element.properties, sizes):
        heads.append(column)
        column += 1 + size if p.counter else 1
    listed = [(head, size) for p, head, size in zip(element.properties, heads, sizes) if p.counter]
    if rows is not None and all((rows[:, head] == size).all() for head, size in listed):
        for p, head, size in zip(element.properties, heads, sizes):
            if p.counter:
                flat = rows[:, head + 1 : head + 1 + size].reshape(-1)
                element.lists[p.name] = (np.full(element.count, size), flat)
            else:
                element.columns[p.name] = rows[:, head]
        return end
    taken: dict[str, list[F8]] = {p.name: [] for p in element.properties}
    counts: dict[str, list[int]] = {p.name: [] for p in element.properties if p.counter}
    for row in range(element.count):
        for p in element.properties:
            length = 1
            if p.counter and at < len(numbers):
                length = _length(numbers[at], element, path)
                counts[p.name].append(length)
                at += 1
            if at + length > len(numbers) or length < 0:
                raise AssetError(f"asset {path} ends in row {row} of {element.count} of its element {element.name}")
            taken[p.name].append(numbers[at : at + length])
            at += length
    for p in element.properties:
        values = np.concatenate(taken[p.name]) if taken[p.name] else np.zeros(0)
        if p.counter:
            element.lists[p.name] = (np.asarray(counts[p.name], np.int64), values)
        else:
            element.columns[p.name] = values
    return at


def _length(number: float, element: _Element, path: str) -> int:
    """Return how long a list is. Raises AssetError where the number is none."""
    if not np.isfinite(number):
        raise AssetError(f"asset {path}: a list of its element {element.name} is {number} long; export it again")
    return int(number)


def _polygons(elements: dict[str, _Element], size: int, path: str, report: Report) -> tuple[I8, I8, I8]:
    """Return the corners a face (F,), each corner's point (C,) and the row of each face (F,); those that name points
    that are not there are left out and reported.
    """
    counts, corners = np.zeros(0, np.int64), np.zeros(0, np.int64)
    face, strips = elements.get("face"), elements.get("tristrips")
    for name in _CORNERS:
        if face is not None and name in face.lists:
            counts, corners = face.lists[name][0], np.asarray(face.lists[name][1], np.int64)
        elif strips is not None and name in strips.lists:
            corners = _unrolled(np.asarray(strips.lists[name][1], np.int64))
            counts = np.full(len(corners) // 3, 3)
    rows = np.arange(len(counts))
    owner = np.repeat(rows, counts)
    is_bad = np.bincount(owner[(corners < 0) | (corners >= size)], minlength=len(counts)) > 0
    if is_bad.any():
        where = int(np.flatnonzero(is_bad)[0])
        report.ignored(
            f"{path}:face", f"{is_bad.sum()} faces name points that are not there, the first is face {where}"
        )
    keep = ~is_bad & (counts >= 3)
    return counts[keep], corners[keep[owner]], rows[keep]


def _unrolled(strip: I8) -> I8:
    """Return the triangles, as corners (C,), of strips that -1 ends; every other one is wound the other way."""
    starts = np.flatnonzero(np.concatenate([[True], strip[:-1] < 0]))
    position = np.arange(len(strip)) - np.repeat(starts, np.diff(np.append(starts, len(strip))))
    a, b, c = strip[:-2], strip[1:-1], strip[2:]
    is_face = (a >= 0) & (b >= 0) & (c >= 0) & (a != b) & (b != c) & (a != c)
    is_odd = position[:-2] % 2 == 1
    triangles = np.stack([a, np.where(is_odd, c, b), np.where(is_odd, b, c)], 1)
    return triangles[is_face].reshape(-1)


def _at_points(values: F8 | None, triangles: I8) -> F8 | None:
    return None if values is None or not values.any() else values[triangles]


def _uvs(vertex: _Element, face: _Element | None, polygons: tuple[I8, I8, I8], triangles: I8) -> F8 | None:
    """Return the texture coordinates (T, 3, 2) of the corners of triangles, which are given as corners (T, 3)."""
    counts, corners, rows = polygons
    if face is not None and "texcoord" in face.lists:
        lengths, values = face.lists["texcoord"]
        starts = np.cumsum(lengths) - lengths
        within = np.arange(len(corners)) - np.repeat(np.cumsum(counts) - counts, counts)
        owner = np.repeat(rows, counts)
        at = starts[owner] + 2 * within
        is_there = 2 * within + 2 <= lengths[owner]
        pairs = np.stack([np.asarray(values, float)[np.where(is_there, at + k, 0)] for k in (0, 1)], 1)
        return np.where(is_there[:, None], pairs, 0.0)[triangles] if len(values) else None
    for names in _UVS:
        table = vertex.table(names)
        if table is not None:
            return table[corners[triangles]]
    return None


def _colours(vertex: _Element, face: _Element | None, triangles: I8, rows: I8) -> F8 | None:
    of_points = vertex.colours()
    if of_points is not None:
        return of_points[triangles]
    of_faces = None if face is None else face.colours()
    return None if of_faces is None else np.repeat(of_faces[rows][:, None], 3, axis=1)


def _looks(contents: Contents, images: list[str], face: _Element | None, rows: I8, pictures: Pictures) -> I8 | None:
    """Return the look (T,) of each triangle, one for each image that is there; None without images."""
    if not images:
        return None
    numbers = []
    for name in images:
        file = pictures.find(name, Path(pictures.path).parent, f"{pictures.path}:TextureFile")
        numbers.append(-1 if file is None else len(contents.looks))
        if file is not None:
            contents.looks.append(Look(Path(name.replace("\\", "/")).stem, {"diffuse_texture": file}))
    of_face = np.zeros(len(rows), np.int64)
    if face is not None and "texnumber" in face.columns:
        of_face = np.asarray(face.columns["texnumber"], np.int64)[rows]
    inside = (of_face >= 0) & (of_face < len(numbers))
    return np.where(inside, np.asarray(numbers)[np.where(inside, of_face, 0)], -1)


def _say_rest(elements: dict[str, _Element], path: str, report: Report) -> None:
    """Report the elements and properties that nothing is drawn of."""
    known = {
        "vertex": {*_PLACE, *_NORMAL, *(n for names in (*_COLOURS, *_UVS) for n in names)},
        "face": {*_CORNERS, "texcoord", "texnumber", *(n for names in _COLOURS for n in names)},
        "tristrips": set(_CORNERS),
    }
    for name, element in elements.items():
        if not element.count:
            continue
        if name not in known:
            report.ignored(f"{path}:{name}", f"the element ({element.count} rows) is not drawn")
            continue
        rest = [p.name for p in element.properties if p.name not in known[name]]
        if "alpha" in rest and (np.asarray(element.columns["alpha"]) == _LARGEST.get(element.kind("alpha"), 1.0)).all():
            rest.remove("alpha")
        if rest:
            shown = ", ".join(rest[:6]) + (", ..." if len(rest) > 6 else "")
            report.note(f"{path}:{name}", f"nothing is seen of {shown}")
