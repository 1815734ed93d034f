"""Arrays that the small kernels must not see: each ends in BadArgument,
and structures are laid out as their header says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ctypes import POINTER, c_double, c_float, c_int64, c_void_p
from typing import Any

import numpy as np
import pytest

from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import Structure
from rendersdg.kernels.boxes import boxes_touch, touches_any
from rendersdg.kernels.closing import closes
from rendersdg.kernels.components import components
from rendersdg.kernels.drawing import Canvas, Ovals, Patch, Strokes, draw_ovals, draw_strokes, stack
from rendersdg.kernels.elementary import arctangents, exponentials, logarithms, sines_cosines
from rendersdg.kernels.quadrilaterals import shared_areas, thinned_quadrilaterals
from rendersdg.kernels.rows import numbered_in_groups, numbered_rows, row_order
from rendersdg.kernels.suppression import thinned
from rendersdg.kernels.textures import halved, sixteen_bit
from rendersdg.kernels.unfold import Unrolling, unfolded
from tests.conftest import ROOT

f4, f8, i2, i4, i8 = np.float32, np.float64, np.int16, np.int32, np.int64


def draws(draw: Callable[..., None], shapes: type[Structure]) -> Callable[..., None]:
    """Return a call of both structures' fields side by side."""

    def call(**fields: Any) -> None:
        own = {name: fields.pop(name) for name in list(fields) if name in shapes.fields}
        draw(Canvas(**fields), shapes(**own))

    return call


# sides differ from each other, so that an array of another shape is never the right one by chance
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "sixteen_bit": (sixteen_bit, {"image": np.zeros((5, 7, 4), f4)}),
    "halved": (halved, {"image": np.zeros((5, 7, 4), f4)}),
    "components": (components, {"triangles": np.zeros((5, 3), i4), "vertex_count": 3}),
    "is_closed": (closes, {"triangles": np.zeros((5, 3), i4), "vertex_count": 3}),
    "number_rows": (numbered_rows, {"rows": np.zeros((5, 4), i4)}),
    "order_rows": (row_order, {"rows": np.zeros((5, 4), i4), "numbers": np.zeros(3, i4)}),
    "number_grouped_rows": (
        numbered_in_groups,
        {"rows": np.zeros((5, 4), i4), "group": np.zeros(5, i4), "group_count": 2},
    ),
    "draw_ovals": (
        draws(draw_ovals, Ovals),
        {
            "cover": np.zeros((5, 7), f4),
            "part": np.zeros((5, 7), i2),
            "number": np.zeros(4, i2),
            "origin": np.zeros(2),
            "texel": 1.0,
            "centres": np.zeros((4, 2)),
            "radii": np.zeros((4, 2)),
            "turns": np.zeros(4),
            "wobble": np.zeros((4, 6)),
            "soft": 1.0,
            "weight": np.zeros(4),
        },
    ),
    "draw_strokes": (
        draws(draw_strokes, Strokes),
        {
            "cover": np.zeros((5, 7), f4),
            "part": np.zeros((5, 7), i2),
            "number": np.zeros(4, i2),
            "origin": np.zeros(2),
            "texel": 1.0,
            "points": np.zeros((4, 2)),
            "half": np.zeros(4),
            "weight": np.zeros(4),
            "soft": 1.0,
        },
    ),
    "stack": (
        stack,
        {
            **{
                name: np.zeros((5, 7), f4)
                for name in ("gain", "rough_gain", "rough_add", "metal_gain", "metal_add", "lift")
            },
            "add": np.zeros((5, 7, 3), f4),
            "slopes": np.zeros((5, 7, 2), f4),
            "texel": 1.0,
        },
    ),
    "touches_any": (
        touches_any,
        {"centre": np.zeros(3), "half": np.eye(3), "centres": np.zeros((5, 3)), "halves": np.zeros((5, 3, 3))},
    ),
    "boxes_touch": (boxes_touch, {"first": np.zeros(3), "a": np.eye(3), "second": np.zeros(3), "b": np.eye(3)}),
    "unfolded": (
        unfolded,
        {
            "points": np.zeros((5, 3, 3)),
            "corners": np.zeros((5, 3), i4),
            "across": np.full((5, 3), -1, i4),
            "places": 3,
            "seed": 0,
            "centre": np.zeros(3),
            "axis": np.ones(3),
            "radius": 1.0,
        },
    ),
    "thinned": (thinned, {"xyxy": np.zeros((5, 4)), "labels": np.zeros(5, i8), "iou": 0.5, "most": 9}),
    "shared_areas": (shared_areas, {"a": np.zeros((5, 4, 2)), "b": np.zeros((7, 4, 2))}),
    "thinned_quadrilaterals": (
        thinned_quadrilaterals,
        {"corners": np.zeros((5, 4, 2)), "labels": np.zeros(5, i8), "iou": 0.5, "most": 9},
    ),
    "sines_cosines": (sines_cosines, {"angles": np.zeros(5)}),
    "logarithms": (logarithms, {"x": np.zeros(5)}),
    "exponentials": (exponentials, {"x": np.zeros(5)}),
    "arctangents": (arctangents, {"y": np.zeros(5, f4), "x": np.zeros(5, f4)}),
}
ARRAYS = [
    (call, name)
    for call, (_, given) in CALLS.items()
    for name, value in given.items()
    if isinstance(value, np.ndarray) and name not in ("origin", "axis") and (call, name) != ("unfolded", "centre")
]
WRITTEN = [("draw_ovals", "cover"), ("draw_ovals", "part"), ("draw_strokes", "cover"), ("draw_strokes", "part")]


def changed(call: str, name: str, value: Any) -> None:
    """Call a kernel with one argument replaced."""
    function, given = CALLS[call]
    function(**given | {name: value})


@pytest.mark.parametrize("call", CALLS)
def test_the_arguments_that_are_spoiled_below_are_right_as_they_are(call: str) -> None:
    function, given = CALLS[call]

    function(**given)


@pytest.mark.parametrize(("call", "name"), ARRAYS)
def test_another_dtype_is_an_error(call: str, name: str) -> None:
    array = CALLS[call][1][name]
    other = {f4: f8, f8: f4, i2: i4, i4: i8, i8: i4}[array.dtype.type]

    with pytest.raises(BadArgument, match=f"{name} has dtype"):
        changed(call, name, array.astype(other))


@pytest.mark.parametrize(("call", "name"), ARRAYS)
def test_another_shape_is_an_error(call: str, name: str) -> None:
    array = CALLS[call][1][name]
    shared = (call, name) in (  # names the count
        ("thinned", "xyxy"),
        ("thinned_quadrilaterals", "corners"),
        ("touches_any", "centres"),
        ("arctangents", "y"),
    )

    with pytest.raises(BadArgument, match="has shape" if shared else f"{name} has shape"):
        changed(call, name, array[None])
    if (
        array.ndim > 1
        and call not in ("sixteen_bit", "halved", "number_rows", "order_rows", "number_grouped_rows")
        and name != "wobble"
    ):
        with pytest.raises(BadArgument, match="has shape"):
            changed(call, name, np.zeros((*array.shape[:-1], array.shape[-1] + 1), array.dtype))


@pytest.mark.parametrize(("call", "name"), ARRAYS)
def test_an_array_with_gaps_is_an_error(call: str, name: str) -> None:
    array = CALLS[call][1][name]
    gaps = np.repeat(array, 2, axis=-1)[..., ::2]
    assert gaps.shape == array.shape and not gaps.flags.c_contiguous

    with pytest.raises(BadArgument, match="is not C contiguous"):
        changed(call, name, gaps)


@pytest.mark.parametrize(("call", "name"), ARRAYS)
def test_what_is_not_an_array_is_an_error(call: str, name: str) -> None:
    with pytest.raises(BadArgument, match="is a list instead of an array"):
        changed(call, name, CALLS[call][1][name].tolist())


@pytest.mark.parametrize(("call", "name"), WRITTEN)
def test_what_is_drawn_on_must_be_writeable(call: str, name: str) -> None:
    array = CALLS[call][1][name].copy()
    array.flags.writeable = False

    with pytest.raises(BadArgument, match=f"{name} is read-only"):
        changed(call, name, array)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("draw_ovals", "centres"),
        ("draw_ovals", "weight"),
        ("draw_strokes", "half"),
        ("unfolded", "across"),
        ("thinned", "labels"),
        ("thinned_quadrilaterals", "labels"),
        ("arctangents", "x"),
    ],
)
def test_a_row_too_few_is_an_error(call: str, name: str) -> None:
    with pytest.raises(BadArgument, match=f"{name} has shape"):
        changed(call, name, CALLS[call][1][name][:-1])


@pytest.mark.parametrize("name", ["centre", "axis"])
def test_a_direction_has_three_numbers(name: str) -> None:
    with pytest.raises(BadArgument, match=f"{name} has 2 numbers"):
        changed("unfolded", name, np.zeros(2))


HEADER = (ROOT / "rendersdg" / "kernels" / "small.h").read_text()
SCALARS = {"int64_t": c_int64, "double": c_double, "float": c_float}


@pytest.mark.parametrize("structure", [Canvas, Ovals, Strokes, Patch, Unrolling])
def test_structures_are_laid_out_as_their_header_says(structure: type[Structure]) -> None:
    body = re.search(r"typedef struct \{([^}]*)\} " + structure.__name__ + ";", HEADER)
    assert body is not None
    declared: list[tuple[str, Any]] = []
    for line in re.sub(r"/\*.*?\*/", "", body[1], flags=re.DOTALL).split(";"):
        field = re.fullmatch(r"\s*(?:const )?(\w+) (\*?)(\w+)(?:\[(\d+)\])?\s*", line)
        if field is not None:
            kind, star, name, length = field.groups()
            ctype = c_void_p if star else SCALARS[kind]
            declared.append((name, ctype * int(length) if length else ctype))

    assert list(structure._fields_) == declared
    assert POINTER(structure)._type_ is structure
