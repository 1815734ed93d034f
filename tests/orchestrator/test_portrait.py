"""Portraits: what is drawn fills the picture, whatever its shape and size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg import shapes
from rendersdg.errors import Report
from rendersdg.orchestrator.portrait import SIZE_WH, Portrait, portrait
from rendersdg.orchestrator.renderer import Renderer
from rendersdg.snapshot import Entity, Instance, Light, Material, Mesh, Snapshot

SMALL_WH = (160, 120)


def pictured(shape: shapes.Shape, up_axis: str = "Z", **changes: object) -> Portrait | None:
    mesh = Mesh(
        "thing",
        shape.vertices.astype(np.float32),
        shape.normals.astype(np.float32),
        shape.uvs.astype(np.float32),
        np.full((len(shape.vertices), 3), 0.5, np.float32),
        shape.triangles.astype(np.int32),
    )
    low, high = mesh.bounds
    snapshot = Snapshot(
        frame=0,
        time=0.0,
        meters_per_unit=1.0,
        up_axis="Y" if up_axis == "Y" else "Z",
        meshes=(mesh,),
        textures=(),
        materials=(Material(),),
        instances=(Instance("/thing", 0, 0, 0, np.eye(4), np.eye(4)),),
        entities=(Entity("/thing", (), np.eye(4), low, high),),
        lights=(),
        products=(),
    )
    renderer = Renderer("raster", Report())
    return portrait(Snapshot(**{**vars(snapshot), **changes}), renderer, SMALL_WH)  # type: ignore[arg-type]


def edges(shot: Portrait) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is drawn, in shares of the picture."""
    rows, columns = np.nonzero(shot.labels.instance >= 0)
    height, width = shot.labels.instance.shape
    return columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height


sides = st.floats(0.05, 1.0)


@settings(max_examples=25, deadline=None)
@given(sides=st.tuples(sides, sides, sides), exponent=st.floats(-3, 4), up_axis=st.sampled_from("YZ"))
def test_a_box_of_any_size_fills_the_picture_and_keeps_clear_of_its_edges(
    sides: tuple[float, float, float], exponent: float, up_axis: str
) -> None:
    shot = pictured(shapes.box([side * 10**exponent for side in sides]), up_axis)

    assert shot is not None
    left, top, right, bottom = edges(shot)
    assert min(left, top, 1 - right, 1 - bottom) >= 0.04
    assert 0.80 <= max(right - left, bottom - top) <= 0.89


def test_a_thing_of_many_vertices_is_framed_as_closely() -> None:
    shot = pictured(shapes.sphere(1.0, 96))

    assert shot is not None
    left, top, right, bottom = edges(shot)
    assert bottom - top == pytest.approx(0.86, abs=0.02)
    assert (left + right) / 2 == pytest.approx(0.5, abs=0.01)


def test_the_picture_shows_top_front_and_right() -> None:
    shot = pictured(shapes.box((1.0, 1.0, 1.0)))

    assert shot is not None
    seen = {tuple(np.round(n, 3)) for n in shot.labels.normal[shot.labels.instance >= 0].tolist()}
    assert seen == {(0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0)}


def test_the_front_of_a_thing_with_y_up_is_towards_z() -> None:
    shot = pictured(shapes.box((1.0, 1.0, 1.0)), "Y")

    assert shot is not None
    seen = {tuple(np.round(n, 3)) for n in shot.labels.normal[shot.labels.instance >= 0].tolist()}
    assert seen == {(0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)}


def test_lights_of_the_asset_do_not_change_the_picture() -> None:
    box = shapes.box((1.0, 1.0, 1.0))
    glaring = (Light("/lamp", "dome", np.full(3, 1e6), np.eye(4)),)

    plain, lit = pictured(box), pictured(box, lights=glaring)

    assert plain is not None and lit is not None
    assert np.array_equal(plain.rgb, lit.rgb)


def test_faces_are_told_from_each_other_and_from_the_background() -> None:
    shot = pictured(shapes.box((1.0, 1.0, 1.0)))

    assert shot is not None
    seen = shot.labels.normal[:: shot.scale, :: shot.scale].round(3)
    faces = [np.median(shot.rgb[(seen == n).all(-1)]) for n in ([0, 0, 1], [0, -1, 0], [1, 0, 0])]
    levels = sorted([*faces, shot.rgb[0, 0].mean()])
    assert min(np.diff(levels)) > 8, levels
    assert levels[0] > 20 and levels[-1] < 250


def test_nothing_has_no_portrait() -> None:
    assert pictured(shapes.box((1.0, 1.0, 1.0)), instances=()) is None


def test_portraits_are_of_the_size_that_documentation_shows() -> None:
    assert SIZE_WH == (640, 480)
