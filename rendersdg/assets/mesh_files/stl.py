"""STL files, binary and ASCII, with the colours of VisCAM, SolidView and Materialise.

Source: 3D Systems' StereoLithography Interface Specification (1989); the colours as Wikipedia's "STL (file format)"
collects them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, I8
from rendersdg.assets.creases import merged_points
from rendersdg.assets.mesh_files.contents import Contents, Part
from rendersdg.assets.mesh_files.units import stated_in
from rendersdg.colour import linear_from_srgb
from rendersdg.english import counted
from rendersdg.errors import AssetError, Report
from rendersdg.stage.primvars import UNPAINTED

_HEAD = 84  # bytes: a text of 80, and the number of triangles
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_BLOCK = 1 << 23  # bytes of ASCII that are split into words at a time
_SOLID = re.compile(rb"^[ \t]*solid\b([^\r\n]*)", re.MULTILINE)
_WORDS = 21  # of an ASCII facet
_CORNERS = [8, 9, 10, 12, 13, 14, 16, 17, 18]  # which of them are coordinates
_NORMAL = [2, 3, 4]


def read_stl(path: str, report: Report) -> Contents:
    """Return what an STL file holds; each solid of an ASCII file is a part.

    Raises AssetError for a file that cannot be read, with the line where it is text.
    """
    data = Path(path).read_bytes()
    count = int.from_bytes(data[80:84], "little") if len(data) >= _HEAD else 0
    is_text = data.lstrip()[:5].lower() == b"solid" and len(data) != _HEAD + 50 * count
    if is_text and (b"facet" in data[:4096] or len(data) < _HEAD):
        return _read_text(data, path, report)
    return _read_binary(data, count, path, report)


def _read_binary(data: bytes, count: int, path: str, report: Report) -> Contents:
    there = (len(data) - _HEAD) // _TRIANGLE.itemsize
    if len(data) < _HEAD or there < 1 <= count:
        raise AssetError(f"asset {path} is not an STL file: {len(data)} bytes hold no triangle; export it again")
    if there < count:
        report.ignored(path, f"the file is cut off: {there} of its {count} triangles are there")
    triangles = np.frombuffer(data, _TRIANGLE, min(count, there), _HEAD)
    header = data[:80]
    part = _part(path, Path(path).name, triangles["corners"], triangles["normal"], report)
    colours = _colours(triangles["attribute"], header, path, report)
    if part is None:
        return Contents()
    contents = Contents([part if colours is None else _painted(part, colours)])
    contents.unit, contents.unit_words = stated_in([header.split(b"\0")[0].decode("latin-1")])
    return contents


def _painted(part: Part, colours: F4) -> Part:
    corners = np.repeat(colours.astype(float)[:, None], 3, axis=1)
    return Part(part.name, part.points, part.triangles, colours=corners)


def _colours(attributes: NDArray[np.uint16], header: bytes, path: str, report: Report) -> F4 | None:
    """Return the linear colours (T, 3) of triangles, None where there are none."""
    if not attributes.any() and b"COLOR=" not in header:
        return None
    low, middle, high = (((attributes >> shift) & 31) / np.float32(31) for shift in (0, 5, 10))
    has_flag = (attributes & 0x8000) != 0
    if (at := header.find(b"COLOR=")) >= 0 and at + 9 <= len(header):  # Materialise: the flag asks for the whole's
        whole = np.frombuffer(header, np.uint8, 3, at + 6) / np.float32(255)
        if b"MATERIAL=" in header:
            report.note(f"{path}:MATERIAL", "the highlights of Materialise's header are not shaded")
        if not attributes.any():  # MeshLab writes the header alone; it does not mean black
            has_flag = ~has_flag
        return linear_from_srgb(np.where(has_flag[:, None], whole, np.stack([low, middle, high], 1)))
    if not has_flag.any():
        report.note(f"{path}:attributes", "the triangles have attributes that are not colours of a known program")
        return None
    painted = linear_from_srgb(np.stack([high, middle, low], 1))
    return np.asarray(np.where(has_flag[:, None], painted, np.float32(UNPAINTED)), np.float32)


def _read_text(data: bytes, path: str, report: Report) -> Contents:
    heads = list(_SOLID.finditer(data))
    contents = Contents()
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(data)
        name = head.group(1).decode("utf-8", "replace").strip()
        blocks = list(_facets(data, head.end(), end, path))
        facets = np.concatenate(blocks) if blocks else np.zeros((0, 12))
        label = name if name and len(heads) > 1 else Path(path).name
        subject = path if len(heads) == 1 else f"{path}:{label}"
        part = _part(subject, label, facets[:, 3:].reshape(-1, 3, 3).astype(np.float32), facets[:, :3], report)
        if part is not None:
            contents.parts.append(part)
        if contents.unit is None:
            contents.unit, contents.unit_words = stated_in([name])
    return contents


def _facets(data: bytes, start: int, end: int, path: str) -> Iterator[F8]:
    """Yield normals and corners (N, 12) of the facets of a solid, as many as a block of the file has."""
    while start < end:
        stop = end if end - start <= _BLOCK else data.rfind(b"endfacet", start, start + _BLOCK) + 8
        if stop < start + 8:
            stop = end
        text = data[start:stop]
        words = text.split()
        if stop == end:  # what closes the solid, and its name
            last = next((k for k in range(len(words) - 1, -1, -1) if words[k].lower() == b"endfacet"), -1)
            words = words[: last + 1]
        if words:
            yield _numbers(words, text, data.count(b"\n", 0, start) + 1, path)
        start = stop


def _numbers(words: list[bytes], text: bytes, line: int, path: str) -> F8:
    """Return normals and corners (N, 12) of facets given as words; ``line`` is that of ``text``, which has them."""
    if len(words) % _WORDS == 0:
        try:
            table = np.array(words, object).reshape(-1, _WORDS)
            if (table[:, 0] == b"facet").all() and (table[:, 7] == b"vertex").all():
                return np.asarray(table[:, [*_NORMAL, *_CORNERS]], "S").astype(float)
        except ValueError:
            pass
    return _numbers_by_line(text, line, path)


def _numbers_by_line(text: bytes, line: int, path: str) -> F8:
    """Return what :func:`_numbers` does, line by line, so that an error can name its own."""
    rows: list[list[float]] = []
    for number, content in enumerate(text.splitlines(), line):
        words = content.lower().split()
        try:
            if words[:2] == [b"facet", b"normal"]:
                rows.append([float(w) for w in words[2:5]] or [0.0] * 3)
            elif words[:1] == [b"facet"]:
                rows.append([0.0] * 3)
            elif words[:1] == [b"vertex"]:
                rows[-1] += [float(w) for w in words[1:4]]
            elif words[:1] == [b"endfacet"] and len(rows[-1]) != 12:
                raise AssetError(f"asset {path}:{number}: a facet has {len(rows[-1]) // 3 - 1} corners, not 3")
        except (ValueError, IndexError):
            shown = content.strip().decode("utf-8", "replace")[:80]
            raise AssetError(
                f"asset {path}:{number}: {shown!r} is not a line of an STL file; export it again"
            ) from None
    if any(len(row) != 12 for row in rows):
        raise AssetError(f"asset {path}: the file ends within a facet; export it again")
    return np.asarray(rows, float).reshape(-1, 12)


def _part(subject: str, name: str, corners: F4, normals: NDArray[np.floating], report: Report) -> Part | None:
    """Return a part of corners (T, 3, 3), equal ones joined; what is not a triangle of finite numbers is left out."""
    is_finite = np.isfinite(corners).all((1, 2))
    if not is_finite.all():
        left_out = counted(int((~is_finite).sum()), "triangle")
        report.ignored(subject, f"{left_out} with NaN or infinity left out")
        corners, normals = corners[is_finite], normals[is_finite]
    if not len(corners):
        report.note(subject, "there is no triangle, so nothing is drawn")
        return None
    first, which = merged_points(np.ascontiguousarray(corners.reshape(-1, 3)))
    points = corners.reshape(-1, 3)[first].astype(float)
    triangles: I8 = which.reshape(-1, 3)
    p = points[triangles]
    sides = portable.dots(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), np.nan_to_num(normals))
    if (sides < 0).sum() > (sides > 0).sum():
        report.note(f"{subject}:normals", "most stored normals point against the order of the corners, which is taken")
    return Part(name, points, triangles)
