"""Fields: a value at each place of a surface, as constants, images, what a mesh carries, and functions of these."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8

Wrap = Literal["repeat", "mirror", "clamp", "border"]
Function = Callable[..., F8]  # of arrays (..., width), to one


@dataclass(frozen=True)
class Lay:
    """Texture coordinates: those called ``uv`` (empty: the mesh's usual ones), scaled, turned by ``rotate`` degrees,
    moved, in this order; or, where that cannot say it, by the rows of ``matrix``: ``(u, v, 1) @ matrix``.
    """

    uv: str = ""
    scale: tuple[float, float] = (1.0, 1.0)
    rotate: float = 0.0
    translate: tuple[float, float] = (0.0, 0.0)
    matrix: tuple[tuple[float, float], ...] | None = None

    @property
    def own_from_uv(self) -> F8:
        """The rows (3, 2) that lead from the mesh's texture coordinates to these, v up."""
        if self.matrix is not None:
            return np.asarray(self.matrix, np.float64)
        return portable.product(scaled(self.scale), turned(self.rotate)[:, :2]) + np.vstack(
            [np.zeros((2, 2)), self.translate]
        )

    def then(self, rows: F8) -> Lay:
        """Return these coordinates under another map (3, 3) of rows."""
        whole = portable.product(self.own_from_uv, rows[:2, :2]) + np.vstack([np.zeros((2, 2)), rows[2, :2]])
        return replace(self, matrix=tuple((float(a), float(b)) for a, b in whole)).simplified()

    def simplified(self) -> Lay:
        """Return the same coordinates by scale, turn and shift, where these can say it."""
        rows = self.own_from_uv
        a, b = rows[0], rows[1]
        if abs(portable.dot(a, b)) > 1e-9 * math.sqrt(max(portable.dot(a, a) * portable.dot(b, b), 1e-30)):
            return self
        across = float(portable.hypot(*a))
        angle = portable.arctan2(a[1], a[0]) if across > 0 else portable.arctan2(-b[0], b[1])
        up = float(-portable.sin(angle) * b[0] + portable.cos(angle) * b[1])
        return Lay(self.uv, (across, up), float(np.degrees(angle)), (float(rows[2, 0]), float(rows[2, 1])))


def uv_set(index: int) -> str:
    """Return the name of a set of texture coordinates: the mesh's usual one, ``st1``, ``st2``, ..."""
    return "" if index <= 0 else f"st{index}"


def scaled(factors: Sequence[float]) -> F8:
    """Return the rows (3, 3) that scale texture coordinates."""
    return np.diag([float(factors[0]), float(factors[1]), 1.0])


def turned(degrees: float) -> F8:
    """Return the rows (3, 3) that turn texture coordinates, counter-clockwise with v up."""
    c, s = portable.cos(np.radians(degrees)), portable.sin(np.radians(degrees))
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])


def moved(shift: Sequence[float]) -> F8:
    """Return the rows (3, 3) that move texture coordinates."""
    rows = np.eye(3)
    rows[2, :2] = [float(shift[0]), float(shift[1])]
    return rows


@dataclass(frozen=True, eq=False)
class Field:
    """A value of ``width`` numbers at each place of a surface."""

    width: int


@dataclass(frozen=True, eq=False)
class Constant(Field):
    """The same everywhere."""

    value: F8


@dataclass(frozen=True, eq=False)
class Image(Field):
    """The RGBA of an image, linear light. ``is_srgb`` None: the file says. ``fallback`` stands where it cannot be read,
    ``border`` outside of it where it does not repeat; ``origin`` is the shader that names it.
    """

    path: str
    is_srgb: bool | None
    lay: Lay = Lay()
    wrap: tuple[Wrap, Wrap] = ("repeat", "repeat")
    fallback: tuple[float, ...] = (0.0, 0.0, 0.0, 1.0)
    border: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    origin: str = ""

    @property
    def is_tiled(self) -> bool:
        """Whether the image is one of a file for each whole of the texture coordinates."""
        return "<UDIM>" in self.path


@dataclass(frozen=True, eq=False)
class Place(Field):
    """The texture coordinates themselves."""

    lay: Lay = Lay()


@dataclass(frozen=True, eq=False)
class Carried(Field):
    """What the mesh carries as the primvar ``name``; ``fallback`` where it has none."""

    name: str
    fallback: tuple[float, ...]
    origin: str = ""


@dataclass(frozen=True, eq=False)
class Combined(Field):
    """A function of other fields. ``kind`` names those that painting knows: a product, or channels of an image."""

    function: Function
    parts: tuple[Field, ...]
    kind: Literal["product", "channels", "other"] = "other"
    indices: tuple[int, ...] = ()


def constant(value: Any) -> Constant:
    """Return a field that is ``value``, a number or several, everywhere."""
    array = np.array(value, np.float64).reshape(-1)
    return Constant(len(array), array)


def combined(function: Function, *parts: Field, width: int) -> Field:
    """Return ``function`` of fields: what it makes of constants is one."""
    if all(isinstance(part, Constant) for part in parts):
        return constant(np.broadcast_to(function(*(p.value for p in parts if isinstance(p, Constant))), (width,)))
    return Combined(width, function, parts)


def channels(field: Field, indices: Sequence[int]) -> Field:
    """Return some of a field's numbers, in order; of a field with one number, that number."""
    if field.width == 1:
        return field if len(indices) == 1 else times(field, constant([1.0] * len(indices)))
    chosen = tuple(min(k, field.width - 1) for k in indices)
    if chosen == tuple(range(field.width)):
        return field
    if isinstance(field, Constant):
        return constant(field.value[list(chosen)])
    if isinstance(field, Combined) and field.kind == "channels":
        return channels(field.parts[0], [field.indices[k] for k in chosen])
    if isinstance(field, Combined) and field.kind == "product":
        return times(*(channels(part, chosen) for part in field.parts))
    return Combined(len(chosen), lambda a: a[..., list(chosen)], (field,), "channels", chosen)


def times(*factors: Field) -> Field:
    """Return the product of fields; one with one number scales the others."""
    flat: list[Field] = []
    for factor in factors:
        flat += factor.parts if isinstance(factor, Combined) and factor.kind == "product" else (factor,)
    width = max(f.width for f in flat)
    flat = [f if f.width in (1, width) else channels(f, range(width)) for f in flat]
    fixed: F8 = np.ones(1)
    for factor in flat:
        if isinstance(factor, Constant):
            fixed = fixed * factor.value
    rest = [f for f in flat if not isinstance(f, Constant)]
    if not rest:
        return constant(np.broadcast_to(fixed, (width,)))
    if not np.all(fixed == 1.0):
        rest.append(constant(fixed))
    if len(rest) == 1 and rest[0].width == width:
        return rest[0]
    if max(f.width for f in rest) < width:
        rest.append(constant(np.ones(width)))
    return Combined(width, _product, tuple(rest), "product")


def plus(first: Field, second: Field) -> Field:
    """Return the sum of two fields."""
    for one, other in ((first, second), (second, first)):
        if isinstance(one, Constant) and not one.value.any() and other.width >= one.width:
            return other
    return combined(lambda a, b: a + b, first, second, width=max(first.width, second.width))


def mixed(background: Field, foreground: Field, share: Field) -> Field:
    """Return the field ``share`` of the way from one to another."""
    if isinstance(share, Constant) and share.width == 1:
        if share.value[0] == 0.0 and background.width >= foreground.width:
            return background
        if share.value[0] == 1.0 and foreground.width >= background.width:
            return foreground
    width = max(background.width, foreground.width, share.width)
    return combined(lambda a, b, t: a + (b - a) * t, background, foreground, share, width=width)


def leaves(field: Field | None) -> Iterator[Field]:
    """Give what a field is made of in the end: constants, images, places, what is carried."""
    if isinstance(field, Combined):
        for part in field.parts:
            yield from leaves(part)
    elif field is not None:
        yield field


def replaced(field: Field, change: Callable[[Field], Field]) -> Field:
    """Return a field whose leaves are what ``change`` makes of them."""
    if not isinstance(field, Combined):
        return change(field)
    parts = tuple(replaced(part, change) for part in field.parts)
    if all(a is b for a, b in zip(parts, field.parts)):
        return field
    if field.kind == "product":
        return times(*parts)
    if field.kind == "channels":
        return channels(parts[0], field.indices)
    return combined(field.function, *parts, width=field.width)


def _product(*factors: F8) -> F8:
    out = factors[0]
    for factor in factors[1:]:
        out = out * factor
    return out
