"""OBJ files: polygons with their names, materials, smoothing groups and colours.

Source: Wavefront's "Object Files (.obj)", Appendix B1 of the Advanced Visualizer's manual. Colours after a point's
coordinates are MeshLab's and ZBrush's; they are taken as sRGB, as Blender does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rendersdg.arrays import F8, I8, U1
from rendersdg.assets.mesh_files.contents import Contents, Look, Part
from rendersdg.assets.mesh_files.lines import Lines
from rendersdg.assets.mesh_files.mtl import Material, look_of, read_mtl
from rendersdg.assets.mesh_files.pictures import Pictures
from rendersdg.assets.mesh_files.units import stated_in
from rendersdg.colour import linear_from_srgb
from rendersdg.errors import AssetError, Report
from rendersdg.geometry import distinct_rows
from rendersdg.stage.meshes import triangulate

_LONGEST = 18  # digits of a number of a group
_NOT_DRAWN = {  # statements that are known, and what is not drawn of them
    "l": "lines are not drawn",
    "p": "points are not drawn",
    **dict.fromkeys(
        ("vp", "cstype", "deg", "bmat", "step", "curv", "curv2", "surf", "parm", "trim", "hole", "scrv", "sp", "end")
        + ("con", "bzp", "bsp", "cdc", "cdp", "res"),
        "free-form curves and surfaces are not drawn",
    ),
    "mg": "merging groups join free-form surfaces, which are not drawn",
    "lod": "levels of detail are not chosen: all faces are drawn",
    "shadow_obj": "the object throws its own shadow",
    "trace_obj": "the object is its own reflection",
    "usemap": "the image of usemap is not laid",
    "maplib": "the images of maplib are not laid",
    "call": "the other file is not read",
    "csh": "no program is run",
}
_NO_MATTER = {
    "bevel",
    "c_interp",
    "d_interp",
    "ctech",
    "stech",
}  # of how a viewer interpolates, or of curves drawn above
_SLASH = ord("/")
_KINDS = ("points", "texture coordinates", "normals")  # of a corner's indices


@dataclass(eq=False)
class _Faces:
    """The corners of faces in the file's order: ``counts`` (F,) of each, its ``lines`` (F,), and for each corner the
    indices (C,) of its point, coordinates and normal, -1 for none.
    """

    counts: I8
    lines: I8
    points: I8
    uvs: I8
    normals: I8


@dataclass(eq=False)
class _State:
    """What holds from a line on: the values of one statement, and the lines (sorted) at which they begin."""

    first: str
    lines: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def at(self, lines: I8) -> tuple[I8, list[str]]:
        """Return for each line the number of its value, and the values."""
        names = list(dict.fromkeys([self.first, *self.values]))
        numbers = {name: k for k, name in enumerate(names)}
        table = np.array([numbers[v] for v in [self.first, *self.values]])
        return table[np.searchsorted(np.asarray(self.lines, np.int64), lines, side="right")], names


def read_obj(path: str, embed: Callable[[str, U1], str], report: Report) -> Contents:
    """Return what an OBJ file holds: a part for each object and group, with the looks of its materials.

    ``embed(label, pixels)`` keeps an image and returns its path. Raises AssetError for a file without points, and for
    a line that cannot be read, by its number.
    """
    lines = Lines.of(Path(path).read_bytes())
    data = {kind: np.flatnonzero(lines.are(kind)) for kind in (b"v", b"vt", b"vn", b"f", b"fo")}
    points, colours = _points(lines, data[b"v"], path)
    uvs = _table(lines, data[b"vt"], b"vt", (1, 2, 3), 2, path)
    normals = _table(lines, data[b"vn"], b"vn", (3,), 3, path)
    if not len(points):
        raise AssetError(f"asset {path} has no points (lines that begin with v): it is not an OBJ file, or empty")
    faces = _faces(lines, data, (len(points), len(uvs), len(normals)), path, report)
    is_left = lines.counts > 0
    for which in data.values():
        is_left[which] = False
    states, libraries = _statements(lines, np.flatnonzero(is_left), path, report)
    contents = Contents()
    contents.unit, contents.unit_words = stated_in(lines.comments[:200])
    if not len(faces.counts):
        report.note(path, "there is no face, so nothing is drawn")
        return contents
    materials = _materials(libraries, path, report)
    triangles, owners = triangulate(points, faces.counts, faces.points)
    whole = _Whole(points, colours, uvs, normals, faces, triangles, faces.lines[owners])
    looks, names = states["usemtl"].at(whole.lines)
    pictures = Pictures(path, embed, report)
    known_looks = [_look(contents, name, materials, path, pictures, report) for name in names]
    contents.parts += _parts(whole, states, np.asarray(known_looks)[looks], Path(path).name)
    return contents


@dataclass(eq=False)
class _Whole:
    """What the parts are cut from: the file's arrays, and its triangles (T, 3) as corners, with the line of each."""

    points: F8
    colours: F8 | None
    uvs: F8
    normals: F8
    faces: _Faces
    triangles: I8
    lines: I8


def _parts(whole: _Whole, states: dict[str, _State], looks: I8, file: str) -> list[Part]:
    objects, object_names = states["o"].at(whole.lines)
    groups, group_names = states["g"].at(whole.lines)
    smoothing, smoothing_names = states["s"].at(whole.lines)
    is_smoothed = bool(states["s"].lines)
    numbers = np.array([_smoothing_group(name) for name in smoothing_names])
    keys = objects * len(group_names) + groups
    order = np.argsort(keys, kind="stable")
    found, starts = np.unique(keys[order], return_index=True)
    pieces = np.split(order, starts[1:])
    several = Counter((found // len(group_names)).tolist())
    parts = []
    for key, members in sorted(zip(found.tolist(), pieces), key=lambda pair: int(pair[1][0])):
        its_object, its_group = object_names[key // len(group_names)], group_names[key % len(group_names)]
        is_split = several[key // len(group_names)] > 1
        name = (its_group if is_split or not its_object else its_object) or file
        corners = whole.triangles[members]
        used, local = np.unique(whole.faces.points[corners], return_inverse=True)
        parts.append(
            Part(
                name,
                whole.points[used],
                local.reshape(-1, 3),
                _at_corners(whole.normals, whole.faces.normals[corners]),
                _at_corners(whole.uvs, whole.faces.uvs[corners], 0.0),
                None if whole.colours is None else whole.colours[whole.faces.points[corners]],
                numbers[smoothing[members]] if is_smoothed else None,
                looks[members],
                above=its_object if is_split else "",
            )
        )
    return parts


def _at_corners(values: F8, indices: I8, fallback: float = np.nan) -> F8 | None:
    """Return the values at corners (T, 3, K), ``fallback`` where a corner has none; None where no corner has one."""
    if not len(values) or (indices < 0).all():
        return None
    at = values[np.maximum(indices, 0)]
    at[(indices < 0) | ~np.isfinite(at).all(-1)] = fallback
    return at


def _smoothing_group(name: str) -> int:
    word = name.strip().lower()
    return int(word) if word.isdecimal() and len(word) < _LONGEST else int(word == "on")


def _points(lines: Lines, which: I8, path: str) -> tuple[F8, F8 | None]:
    """Return points (V, 3), and linear colours (V, 3) where a point has any; the rest is white then."""
    rows = _table(lines, which, b"v", (3, 4, 6, 7), 7, path)
    counts = lines.counts[which] - 1
    if not (counts >= 6).any():
        return rows[:, :3], None
    colours = np.where((counts >= 6)[:, None], rows[:, 3:6], 1.0)
    colours = np.nan_to_num(colours, nan=1.0, posinf=1.0)
    if colours.max() > 1.0:  # some write bytes
        colours = np.where((counts >= 6)[:, None], colours / 255.0, 1.0)
    return rows[:, :3], linear_from_srgb(np.clip(colours, 0, 1)).astype(float)


def _table(lines: Lines, which: I8, keyword: bytes, widths: tuple[int, ...], width: int, path: str) -> F8:
    """Return the numbers of the lines of a keyword, (N, ``width``), 0 where a line has less of them.

    Raises AssetError for a line that has not one of ``widths`` numbers.
    """
    table = np.zeros((len(which), width))
    counts = lines.counts[which] - 1
    for count in np.flatnonzero(np.bincount(counts)).tolist():
        rows = np.flatnonzero(counts == count)
        values = lines.values(which[rows], keyword) if count in widths else None
        if values is None or values.shape[1] != count or (keyword == b"v" and not np.isfinite(values[:, :3]).all()):
            raise AssetError(_complaint(lines, which[rows], keyword, widths, path))
        table[rows, : min(count, width)] = values[:, :width]
    return table


def _complaint(lines: Lines, which: I8, keyword: bytes, widths: tuple[int, ...], path: str) -> str:
    """Return what is wrong with the first of some lines that is not made of numbers."""
    bad = int(which[0])
    for line in which.tolist():
        try:
            good = len(numbers := [float(w) for w in lines.text(line).split()[1:]]) in widths
            good = good and bool(np.isfinite(numbers[:3]).all())
        except ValueError:
            good = False
        if not good:
            bad = line
            break
    wanted = f"{' or '.join(str(w) for w in widths)} numbers after {keyword.decode()}"
    return f"asset {path}:{lines.numbers[bad]}: {lines.text(bad)[:80]!r} must have {wanted}"


def _faces(lines: Lines, data: dict[bytes, I8], sizes: tuple[int, int, int], path: str, report: Report) -> _Faces:
    """Return the faces; those that name what is not there, or fewer than three corners, are left out and reported."""
    blocks: list[tuple[I8, I8]] = []  # lines (N,), and indices (N, corners, 3), 0 for none
    for keyword in (b"f", b"fo"):
        which = data[keyword]
        if not len(which):
            continue
        counts = lines.counts[which] - 1
        slashes, doubles = lines.tally(which, _SLASH), lines.tally(which, _SLASH, _SLASH)
        first, forms = distinct_rows(np.stack([counts, slashes, doubles], 1))
        for form_number, (count, slash, double) in enumerate(zip(counts[first], slashes[first], doubles[first])):
            members = which[forms == form_number]
            columns = {(0, 0): (0,), (count, 0): (0, 1), (2 * count, 0): (0, 1, 2), (2 * count, count): (0, 2)}
            form = columns.get((slash, double)) if count >= 3 else ()
            values = lines.values(members, keyword, between=b"/") if form else None
            if form and values is not None and values.shape[1] == count * len(form):
                indices = np.zeros((len(members), count, 3), np.int64)
                indices[:, :, form] = values.reshape(len(members), count, -1).astype(np.int64)
                blocks.append((members, indices))
            else:
                blocks += _faces_by_line(lines, members, path, report)
    before = [np.searchsorted(data[kind], np.arange(len(lines.starts) + 1)) for kind in (b"v", b"vt", b"vn")]
    kept: list[tuple[I8, I8]] = []
    for members, indices in blocks:
        for column, size in enumerate(sizes):
            here = indices[:, :, column]
            counted = before[column][members][:, None] + here
            indices[:, :, column] = np.where(here > 0, here - 1, np.where(here < 0, np.maximum(counted, -2), -1))
            is_bad = (indices[:, :, column] >= size) | (indices[:, :, column] < (0 if column == 0 else -1))
            if column and is_bad.any() and not size:
                report.note(f"{path}:{_KINDS[column]}", f"faces name {_KINDS[column]}, and the file has none")
                indices[:, :, column] = -1
            elif column and is_bad.any():  # without it the face is still there
                _report_index(lines, members[is_bad.any(1)], path, report, "what it does not have is left out")
                indices[:, :, column][is_bad] = -1
            elif is_bad.any():
                good = ~is_bad.any(1)
                _report_index(lines, members[~good], path, report, "the face is left out")
                members, indices = members[good], indices[good]
        kept.append((members, indices))
    return _in_order(kept)


def _in_order(blocks: list[tuple[I8, I8]]) -> _Faces:
    """Return blocks of faces of one size each, lines (N,) and indices (N, corners, 3), in the order of lines."""
    if not blocks:
        empty = np.zeros(0, np.int64)
        return _Faces(empty, empty, empty, empty, empty)
    lines = np.concatenate([members for members, _ in blocks])
    counts = np.concatenate([np.full(len(members), indices.shape[1]) for members, indices in blocks])
    corners = np.concatenate([indices.reshape(-1, 3) for _, indices in blocks])
    order = np.argsort(lines, kind="stable")
    starts = np.cumsum(counts) - counts
    sizes = counts[order]
    take = np.repeat(starts[order] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    corners = corners[take]
    return _Faces(sizes, lines[order], corners[:, 0], corners[:, 1], corners[:, 2])


def _report_index(lines: Lines, bad: I8, path: str, report: Report, effect: str) -> None:
    more = f" ({len(bad)} such faces)" if len(bad) > 1 else ""
    text = f"{lines.text(int(bad[0]))[:80]!r} names what the file does not have; {effect}{more}"
    report.ignored(f"{path}:{lines.numbers[bad[0]]}", text)


def _faces_by_line(lines: Lines, which: I8, path: str, report: Report) -> list[tuple[I8, I8]]:
    """Return faces whose corners are not all alike, line by line. Raises AssetError for one that cannot be read."""
    blocks = []
    few = 0
    for line in which.tolist():
        words = lines.text(line).split()[1:]
        if len(words) < 3:
            few += 1
            report.ignored(
                f"{path}:f", f"faces of less than three corners are left out, the first in line {lines.numbers[line]}"
            )
            continue
        corners = np.zeros((1, len(words), 3), np.int64)
        try:
            for number, word in enumerate(words):
                for column, index in enumerate(word.split("/")):
                    corners[0, number, column] = int(index) if index else 0
        except (ValueError, IndexError):
            shown = lines.text(line)[:80]
            raise AssetError(
                f"asset {path}:{lines.numbers[line]}: {shown!r} is not a face (f point/uv/normal ...)"
            ) from None
        blocks.append((np.array([line]), corners))
    return blocks


def _statements(lines: Lines, which: I8, path: str, report: Report) -> tuple[dict[str, _State], list[tuple[str, int]]]:
    """Return the states that statements set, by keyword, and the libraries of materials with their lines.

    What is not drawn is reported, once for each keyword.
    """
    states = {keyword: _State("") for keyword in ("o", "g", "s", "usemtl")}
    libraries = []
    seen: Counter[str] = Counter()
    first: dict[str, int] = {}
    for line in which.tolist():
        keyword, _, rest = lines.text(line).replace("\t", " ").partition(" ")
        name = rest.strip()
        if keyword in states:
            states[keyword].lines.append(line)
            states[keyword].values.append("" if keyword == "g" and name == "default" else name)
        elif keyword == "mtllib":
            libraries.append((name, int(lines.numbers[line])))
        else:
            seen[keyword] += 1
            first.setdefault(keyword, int(lines.numbers[line]))
    for keyword, number in first.items():
        if keyword in _NO_MATTER:
            continue
        text = _NOT_DRAWN.get(keyword, "the statement is not known")
        report.ignored(f"{path}:{keyword}", f"{text} ({seen[keyword]}, the first in line {number})")
    return states, libraries


def _materials(libraries: list[tuple[str, int]], path: str, report: Report) -> dict[str, Material]:
    """Return the materials of the libraries that a file names, the first of a name."""
    materials: dict[str, Material] = {}
    folder = Path(path).parent
    for named, line in libraries:
        whole = folder / named.replace("\\", "/")
        files = [whole] if whole.is_file() else [folder / word.replace("\\", "/") for word in named.split()]
        for file in files:
            if file.is_file():
                for name, material in read_mtl(file, report).items():
                    materials.setdefault(name, material)
            else:
                report.ignored(
                    f"{path}:{line}", f"the materials of {named} are not there; put the file beside this one"
                )
                break
    return materials


def _look(
    contents: Contents, name: str, materials: dict[str, Material], path: str, pictures: Pictures, report: Report
) -> int:
    """Return the index of a material's look, which is added to the file's, -1 for none."""
    if not name:
        return -1
    if name not in materials:
        if materials:
            report.ignored(f"{path}:usemtl {name}", "no library of the file has this material; the faces are plain")
        return -1
    inputs: dict[str, Any] = look_of(materials[name], pictures, report)
    contents.looks.append(Look(name, inputs))
    return len(contents.looks) - 1
