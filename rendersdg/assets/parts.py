"""What procedural assets are made of: parts with a look, and shapes laid between points. Metres, Z up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rendersdg import portable, shapes
from rendersdg.arrays import F8
from rendersdg.shapes import Shape, joined

OmniPbrInputs = Mapping[str, object]
Point = Sequence[float]


@dataclass(frozen=True, eq=False)
class Part:
    """One mesh of an asset with its OmniPBR inputs; of a ``group`` it lies below that prim, which stands ``at``."""

    name: str
    shape: Shape
    look: OmniPbrInputs
    group: str = ""
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Lamp:
    """A square lamp under a ceiling that shines downwards: metres, and nits."""

    at: tuple[float, float, float]
    side: float = 4.0
    intensity: float = 3000.0


def look(
    colour: tuple[float, float, float],
    *,
    rough: float = 0.5,
    metal: float = 0.0,
    texture: str = "",
    normal: str = "",
    bump: float = 1.0,
    **more: object,
) -> OmniPbrInputs:
    """Return OmniPBR inputs; ``texture`` and ``normal`` name procedural textures, ``colour`` tints the texture."""
    inputs: dict[str, object] = {"metallic_constant": metal, "reflection_roughness_constant": rough, **more}
    if texture:
        inputs["diffuse_texture"] = f"rendersdg:texture/{texture}"
        inputs["diffuse_tint"] = list(colour)
    else:
        inputs["diffuse_color_constant"] = list(colour)
    if normal:
        inputs["normalmap_texture"] = f"rendersdg:texture/{normal}"
        inputs["bump_factor"] = bump
    return inputs


def part(name: str, pieces: Sequence[Shape], surface: OmniPbrInputs) -> Part:
    """Return one part of several shapes."""
    return Part(name, joined(pieces), surface)


def between(shape: Shape, start: Point, end: Point) -> Shape:
    """Return a shape about Z, centred, turned and moved so that its axis runs along ``start`` to ``end``."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    along = (b - a) / portable.norm(b - a)
    across = np.cross([0.0, 1.0, 0.0] if abs(along[1]) < 0.9 else [1.0, 0.0, 0.0], along)
    across /= portable.norm(across)
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([across, np.cross(along, across), along])
    matrix[:3, 3] = (a + b) / 2
    return shape.transformed(matrix)


def rod(start: Point, end: Point, radius: float, segments: int = 20) -> Shape:
    """Return a closed cylinder from ``start`` to ``end``."""
    return between(shapes.cylinder(radius, float(portable.norm(np.subtract(end, start))), segments), start, end)


def limb(start: Point, end: Point, radius: float, segments: int = 24) -> Shape:
    """Return a capsule whose half spheres have their centres at ``start`` and ``end``."""
    return between(shapes.capsule(radius, float(portable.norm(np.subtract(end, start))), segments), start, end)


def beam(start: Point, end: Point, size_xy: tuple[float, float]) -> Shape:
    """Return a bar of rectangular section from ``start`` to ``end``."""
    return between(shapes.box((*size_xy, float(portable.norm(np.subtract(end, start))))), start, end)


def ellipsoid(half: Point, centre: Point) -> Shape:
    """Return an ellipsoid with half axes ``half``."""
    return shapes.sphere(1.0, 16, 28).transformed(np.diag([*half, 1.0])).moved(centre)


def turned(shape: Shape, axis: int, degrees: float) -> Shape:
    """Return a shape turned about the axis 0, 1 or 2 through the origin, counter-clockwise seen from its tip."""
    angle = np.radians(degrees)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(4)
    matrix[i, i] = matrix[j, j] = portable.cos(angle)
    matrix[j, i], matrix[i, j] = portable.sin(angle), -portable.sin(angle)
    return shape.transformed(matrix)


def faceted(shape: Shape, move: Callable[[F8], F8]) -> Shape:
    """Return a shape with ``move(vertices)`` as vertices and the normal of each triangle as its normals."""
    corners = move(shape.vertices)[shape.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(portable.norm(normals, axis=1, keepdims=True), 1e-12)
    uvs = shape.uvs[shape.triangles].reshape(-1, 2)
    return Shape(corners.reshape(-1, 3), np.repeat(normals, 3, axis=0), uvs, np.arange(len(uvs)).reshape(-1, 3))


def frustum(
    lower_wd: tuple[float, float], upper_wd: tuple[float, float], z: tuple[float, float], shift_x: float = 0.0
) -> Shape:
    """Return a box whose lower and upper faces differ in size; the upper one lies ``shift_x`` further along X."""
    cube = shapes.box((1, 1, 1), (0, 0, 0.5))

    def move(points: F8) -> F8:
        up = points[:, 2:]
        width = np.asarray(lower_wd) * (1 - up) + np.asarray(upper_wd) * up
        moved = points[:, :2] * width + up * np.array([shift_x, 0.0])
        return np.column_stack([moved, z[0] + points[:, 2] * (z[1] - z[0])])

    return faceted(cube, move)


def profiled(outline_xz: Sequence[Point], width: float) -> Shape:
    """Return a prism along Y, centred on y = 0, over an outline in X and Z, counter-clockwise seen from -Y."""
    outline = np.asarray(outline_xz, float)
    middle = (outline.min(0) + outline.max(0)) / 2
    return turned(shapes.extruded(outline - middle, width), 0, 90).moved((middle[0], width / 2, middle[1]))


def open_box(size: Point, wall: float) -> Shape:
    """Return a box without a lid that stands on z = 0: a floor and four walls of thickness ``wall``."""
    w, d, h = size
    walls = [shapes.box((w, wall, h), (0, s * (d - wall) / 2, h / 2)) for s in (-1, 1)]
    walls += [shapes.box((wall, d - 2 * wall, h), (s * (w - wall) / 2, 0, h / 2)) for s in (-1, 1)]
    return joined([*walls, shapes.box((w - 2 * wall, d - 2 * wall, wall), (0, 0, wall / 2))])


def wheel(centre: Point, radius: float, width: float) -> Shape:
    """Return a wheel that rolls along X."""
    return turned(shapes.cylinder(radius, width, 32), 0, 90).moved(centre)
