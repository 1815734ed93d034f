"""Parts with normals that are known: triangles (T, 3, 3) as an STL file has them, and the normal at each corner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Soup = np.ndarray  # (T, 3, 3)
Normals = np.ndarray  # (T, 3, 3)


def face_normals(soup: Soup) -> np.ndarray:
    """Return unit normals (T, 3)."""
    normals = np.cross(soup[:, 1] - soup[:, 0], soup[:, 2] - soup[:, 0])
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def stl(soup: Soup, header: bytes = b"", attributes: np.ndarray | None = None) -> bytes:
    """Return triangles as a binary STL file."""
    rows = np.zeros(len(soup), np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")]))
    rows["n"], rows["v"] = face_normals(soup), soup
    if attributes is not None:
        rows["a"] = attributes
    return header.ljust(80, b"\0") + len(soup).to_bytes(4, "little") + rows.tobytes()


def ascii_stl(soup: Soup, name: str = "") -> str:
    """Return triangles as an ASCII STL file of one solid."""
    lines = [f"solid {name}"]
    for normal, corners in zip(face_normals(soup), soup):
        lines += [f"  facet normal {normal[0]:.6e} {normal[1]:.6e} {normal[2]:.6e}", "    outer loop"]
        lines += [f"      vertex {x:.8e} {y:.8e} {z:.8e}" for x, y, z in corners]
        lines += ["    endloop", "  endfacet"]
    return "\n".join([*lines, f"endsolid {name}", ""])


def flat(soup: Soup) -> Normals:
    return np.repeat(face_normals(soup)[:, None], 3, axis=1)


def quad(a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float]) -> Soup:
    return np.array([[a, b, c], [a, c, d]], float)


def cube(size: float = 1.0) -> tuple[Soup, Normals]:
    sides = []
    for axis in range(3):
        for sign in (-0.5, 0.5):
            at = np.zeros((4, 3))
            u, v = (axis + 1) % 3, (axis + 2) % 3
            at[:, axis] = sign
            at[:, [u, v]] = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
            sides.append(quad(*(at if sign > 0 else at[::-1])))
    soup = np.concatenate(sides) * size
    return soup, flat(soup)


def extruded(outline: np.ndarray, height: float, is_round: np.ndarray | None = None) -> tuple[Soup, Normals]:
    """Return a prism over a star-shaped outline (N, 2), counter-clockwise; where ``is_round`` (N,) its sides are those
    of a cylinder about the origin.
    """
    soups, normals = [], []
    for k, (x, y) in enumerate(outline):
        u, v = outline[(k + 1) % len(outline)]
        side = quad((x, y, 0), (u, v, 0), (u, v, height), (x, y, height))
        soups.append(side)
        normals.append(flat(side))
        if is_round is not None and is_round[k]:
            radial = side * [1, 1, 0]
            normals[-1] = radial / np.linalg.norm(radial, axis=2, keepdims=True)
        caps = np.array([[(0, 0, 0), (u, v, 0), (x, y, 0)], [(0, 0, height), (x, y, height), (u, v, height)]], float)
        soups.append(caps)
        normals.append(flat(caps))
    return np.concatenate(soups), np.concatenate(normals)


def washer(inner: float = 4.2, outer: float = 8.0, height: float = 1.6, count: int = 48) -> tuple[Soup, Normals]:
    """Return a washer of M8's size in millimetres, in ``count`` facets about."""
    a = np.arange(count + 1) * 2 * np.pi / count
    ring = np.stack([np.cos(a), np.sin(a)], 1)
    soups, normals = [], []
    for k in range(count):
        p, q = ring[k], ring[k + 1]
        at = {
            (side, radius, top): (*(side_xy * radius), height * top)
            for side, side_xy in (("p", p), ("q", q))
            for radius in (inner, outer)
            for top in (0, 1)
        }
        walls = {
            1: quad(at["p", outer, 0], at["q", outer, 0], at["q", outer, 1], at["p", outer, 1]),
            -1: quad(at["q", inner, 0], at["p", inner, 0], at["p", inner, 1], at["q", inner, 1]),
        }
        for sign, wall in walls.items():
            radial = wall * [1, 1, 0]
            soups.append(wall)
            normals.append(sign * radial / np.linalg.norm(radial, axis=2, keepdims=True))
        for face in (
            quad(at["p", inner, 1], at["p", outer, 1], at["q", outer, 1], at["q", inner, 1]),
            quad(at["q", inner, 0], at["q", outer, 0], at["p", outer, 0], at["p", inner, 0]),
        ):
            soups.append(face)
            normals.append(flat(face))
    return np.concatenate(soups), np.concatenate(normals)


def gear(teeth: int = 12) -> tuple[Soup, Normals]:
    """Return a gear wheel of straight teeth: all of its faces are flat."""
    a = np.repeat(np.arange(teeth) * 2 * np.pi / teeth, 4) + np.tile([0.0, 0.1, 0.25, 0.35], teeth) * 2 * np.pi / teeth
    r = np.tile([10.0, 12.0, 12.0, 10.0], teeth)
    return extruded(np.stack([np.cos(a) * r, np.sin(a) * r], 1), 4.0)


def bent_sheet(count: int = 8) -> tuple[Soup, Normals]:
    """Return an angle of sheet metal, 2 thick and 60 wide, bent by 90 degrees about an inner radius of 3 in ``count``
    facets, with flat legs of 40 and 25.
    """
    thick, radius, width = 2.0, 3.0, 60.0
    a = np.linspace(0, np.pi / 2, count + 1)
    across = np.stack([np.sin(a), -np.cos(a)], 1)  # away from the axis of the bend, at the origin
    soups, normals = [], []
    for reach, sign in ((radius + thick, 1.0), (radius, -1.0)):
        arc = across * reach
        profile = np.concatenate([[[-40.0, -reach]], arc, [[reach, 25.0]]])
        true = sign * np.concatenate([across[:1], across, across[-1:]])
        for k in range(len(profile) - 1):
            (x, z), (u, w) = profile[k], profile[k + 1]
            side = quad((x, 0, z), (u, 0, w), (u, width, w), (x, width, z))
            own = np.array([[true[k], true[k + 1], true[k + 1]], [true[k], true[k + 1], true[k]]])
            if sign > 0:
                side, own = side[:, ::-1], own[:, ::-1]
            soups.append(side)
            normals.append(np.insert(own, 1, 0.0, axis=2))
    outer = np.concatenate([[[-40.0, -5.0]], across * 5.0, [[5.0, 25.0]]])
    inner = np.concatenate([[[-40.0, -3.0]], across * 3.0, [[3.0, 25.0]]])
    for y, turn in ((0.0, 1), (width, -1)):
        for k in range(len(outer) - 1):
            corners = [(p[0], y, p[1]) for p in (outer[k], inner[k], inner[k + 1], outer[k + 1])]
            soups.append(quad(*corners[::-turn]))
            normals.append(flat(soups[-1]))
    for k in (0, -1):
        (x, z), (u, w) = outer[k], inner[k]
        face = [(x, 0, z), (x, width, z), (u, width, w), (u, 0, w)]
        soups.append(quad(*(face[::-1] if k == 0 else face)))
        normals.append(flat(soups[-1]))
    return np.concatenate(soups), np.concatenate(normals)


def scanned_blob(rings: int = 60, segments: int = 120) -> tuple[Soup, Normals]:
    """Return a lumpy stone, as a scanner gives it: a star-shaped surface of many small triangles."""
    v, u = np.meshgrid(np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, segments + 1), indexing="ij")
    at = _lump(np.stack([np.sin(v) * np.cos(u), np.sin(v) * np.sin(u), np.cos(v)], -1))
    at[:, -1] = at[:, 0]
    at[0], at[-1] = at[0, 0], at[-1, 0]
    a, b, c, d = at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]
    soup = np.concatenate([np.stack([a, b, c], 2)[:-1].reshape(-1, 3, 3), np.stack([a, c, d], 2)[1:].reshape(-1, 3, 3)])
    return soup, _gradient(_value, soup)


def _radius(directions: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(directions, -1, 0)
    return 1.0 + 0.12 * np.sin(3 * x + 1) * np.cos(2 * y) + 0.08 * np.sin(4 * z + 2 * x)


def _lump(directions: np.ndarray) -> np.ndarray:
    return directions * _radius(directions)[..., None]


def _value(points: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(points, axis=-1)
    return length - _radius(points / length[..., None])


def _gradient(value: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
    steps = np.eye(3) * 1e-5
    slope = np.stack([value(points + step) - value(points - step) for step in steps], -1)
    return slope / np.linalg.norm(slope, axis=-1, keepdims=True)


def off_by(normals: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return the angles in degrees between unit normals."""
    chord = np.linalg.norm(normals - true, axis=-1)
    return np.degrees(2 * np.arcsin(np.clip(chord / 2, 0, 1)))
