"""Defects: a mask is where the light changes, and they stand where they were asked to."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects import DEFECTS
from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.stage.defects import make
from tests.conftest import Opener
from tests.defects.damage import FIT, PLACED, SCENE, snapshot_of, with_and_without


@pytest.mark.parametrize("kind", list(DEFECTS))
def test_a_mask_is_where_the_light_changes(open_scene: Opener, kind: str) -> None:
    for number, surface in enumerate(("plane", "cylinder", "sphere", "torus")):
        session = open_scene(SCENE % (surface, kind, FIT.get(kind, "")), seed=3)
        mask, changed = with_and_without(snapshot_of(session, number))

        if not (mask >= 0).any():
            assert changed.sum() < 3, (surface, "a change without a label")
            continue
        overlap, union = ((mask >= 0) & changed).sum(), ((mask >= 0) | changed).sum()
        if getattr(DEFECTS[kind], "MASK", "visible") == "whole":
            assert overlap / changed.sum() > 0.99, surface  # a floor without change belongs to the mask
        else:
            assert overlap / union > 0.99, (surface, overlap, union)


RAGGED = {
    "scratch": "length: 60, width: 2, strands: 6, spacing: 2, uneven: 1, breaks: 0.3, fray: 0.8",
    "inclusion": "length: 60, grain: 20, width: 5, strands: 3, uneven: 1, taper: 1, fray: 1",
    "patch": "length: 50, breadth: 25, lobes: 3, square: 0.5, irregular: 0.8, grit: 2, speck: 2",
    "pitting": "length: 60, breadth: 50, density: 0.05, gain: 0.6, drift: 0.8, border: 0.3, veins: 2",
    "crazing": "length: 60, breadth: 50, zigzag: 0.7, forks: 0.2, flecks: 0.08",
    "rolled_in_scale": "length: 50, breadth: 50, density: 0.02, fleck: 5, gain: 0.5, clump: 10, tails: 0.8",
}


@pytest.mark.parametrize("kind", list(RAGGED))
def test_the_mask_of_a_ragged_defect_is_where_the_light_changes(open_scene: Opener, kind: str) -> None:
    for number, surface in enumerate(("plane", "sphere")):
        session = open_scene(SCENE % (surface, kind, RAGGED[kind]), seed=3)
        mask, changed = with_and_without(snapshot_of(session, number))

        assert changed.sum() > 20, surface
        assert np.array_equal(mask >= 0, changed), surface


def test_a_dent_has_the_size_that_was_asked_for(open_scene: Opener) -> None:
    text = SCENE % ("plane", "dent", "diameter: 30, aspect: 1.5, depth: 2, irregular: 0, position: [0, 0, 0]")
    session = open_scene(text)
    snapshot = snapshot_of(session, 0)
    mask, _ = with_and_without(snapshot)
    camera = snapshot.products[0].camera
    pixel = 0.25 / camera.focal_px[0] * 1000  # mm, nearly straight above

    assert (mask >= 0).sum() * pixel**2 == pytest.approx(np.pi / 4 * 30 * 20, rel=0.05)
    assert snapshot.entities[-1].high[0] - snapshot.entities[-1].low[0] == pytest.approx(0.030, rel=0.05)


def test_frames_with_defects_do_not_depend_on_what_was_made_before(open_scene: Opener) -> None:
    text = SCENE % ("sphere", "crack", "count: {distribution.choice: {choices: [0, 1, 4]}}, width: 1")
    forwards, alone = open_scene(text), open_scene(text)
    made = [forwards.make(k).files for k in range(4)]

    assert alone.make(3).files == made[3]
    assert made[2] != made[3]


def test_parts_can_be_labelled_one_by_one(open_scene: Opener) -> None:
    text = SCENE % (
        "plane",
        "weld_spatter",
        "drop: 5, drops: 4, length: 60, breadth: 60, labels: part, position: [0, 0, 0]",
    )
    session = open_scene(text)
    view = session.capture(session.planner.plan(0)).views["Replicator"]
    paths = [e.prim_path for e in view.snapshot.entities]

    assert 2 <= sum("part_" in p for p in paths) <= 4
    assert next(dict(e.semantics) for e in view.snapshot.entities if "part_" in e.prim_path) == {
        "class": "weld_spatter"
    }


def test_boxes_keep_the_margin_that_was_asked_for(open_scene: Opener) -> None:
    boxes = []
    for margin in (0, 6):
        session = open_scene(SCENE % ("plane", "pit", f"diameter: 8, position: [0, 0, 0], margin: {margin}"))
        boxes.append(session.capture(session.planner.plan(0)).views["Replicator"].labels.tight[-1])

    assert (boxes[1] - boxes[0]).tolist() == [-6, -6, 6, 6]


@pytest.mark.parametrize(
    "arguments", ["length: -3", "width: 0", "where: nowhere", "labels: all", "mask: some", "position: [0, 0]"]
)
def test_bad_arguments_are_named(open_scene: Opener, arguments: str) -> None:
    with pytest.raises(RenderSDGError) as error:
        snapshot_of(open_scene(SCENE % ("plane", "scratch", arguments)), 0)

    assert arguments.split(":")[0] in str(error.value)
    assert "scene.yaml" in str(error.value.where)


def test_a_drawn_value_that_is_no_size_is_named(open_scene: Opener) -> None:
    text = SCENE % ("plane", "scratch", "length: {distribution.uniform: {lower: -5, upper: -4}}")
    with pytest.raises(BadArgument, match="length"):
        snapshot_of(open_scene(text), 0)


def centres(open_scene: Opener, shape: str, arguments: str) -> np.ndarray:
    """Return where defects stand, millimetres."""
    session = open_scene(PLACED % (shape, arguments))
    return np.array([d.centre for d in snapshot_of(session, 1).defects]) * 1000


def test_defects_stand_on_the_surface(open_scene: Opener) -> None:
    points = centres(open_scene, "sphere", "where: surface")

    assert len(points) == 12
    assert np.allclose(np.linalg.norm(points, axis=1), 50, atol=0.3)
    assert np.ptp(points[:, 2]) > 40  # all around


def test_defects_near_edges_keep_the_distance_that_was_asked_for(open_scene: Opener) -> None:
    points = np.abs(centres(open_scene, "cube", "where: edges, edge_distance: 3"))
    from_edges = np.sort(50 - points, axis=1)[:, 1]  # on a face one coordinate is 50; the next one tells the edge

    assert (from_edges < 3.01).all()
    assert from_edges.max() > 0.5


def test_defects_of_one_call_keep_apart_or_together(open_scene: Opener) -> None:
    apart = centres(open_scene, "plane", "apart: 12")
    gaps = np.linalg.norm(apart[:, None] - apart[None], axis=2) + np.eye(12) * 1e9
    together = centres(open_scene, "plane", "cluster: 15")

    assert gaps.min() > 11.99
    assert np.linalg.norm(together - together[0], axis=1).max() < 15.01


def test_defects_in_view_are_in_the_picture_on_faces_that_face_it(open_scene: Opener) -> None:
    points = centres(open_scene, "sphere", "in_view: true")

    assert (points[:, 2] > 0).all()


def test_curved_and_flat_places_differ(open_scene: Opener) -> None:
    curved, flat = (centres(open_scene, "cylinder", f"where: {w}, apart: 1") for w in ("curved", "flat"))
    on_side = [np.mean(np.abs(p[:, 2]) < 49.9) for p in (curved, flat)]

    assert on_side[0] > on_side[1]  # the lids of a cylinder are flat


def test_a_defect_runs_along_the_direction_that_was_asked_for(open_scene: Opener) -> None:
    for angle in (0, 35):
        text = PLACED.replace(
            "defects.pit: {diameter: 2, count: 12, %s}",
            "defects.scratch: {length: 40, bow: 0, wander: 0, direction: [0, 1, 0], angle: %s, position: [0, 0, 0]}",
        )
        snapshot = snapshot_of(open_scene(text % ("plane", angle)), 0)
        along = snapshot.defects[0].rows[0, 0, :3]

        assert along == pytest.approx([-np.sin(np.radians(angle)), np.cos(np.radians(angle)), 0], abs=1e-9)


def test_a_distractor_carries_no_label(open_scene: Opener) -> None:
    session = open_scene(SCENE % ("plane", "corrosion", "labels: none"))
    snapshot = snapshot_of(session, 0)
    mask, changed = with_and_without(snapshot)

    assert changed.sum() > 50
    assert (mask < 0).all()


@pytest.mark.parametrize(
    ("kind", "most", "more", "said"),
    [
        ("crack", {"branches": 10_000}, {"branches": 10_001}, "branches=10001 is beyond 10,000"),
        ("dent", {"flatness": 100_000}, {"flatness": 100_001}, "flatness=100001 is beyond 100,000"),
        (
            "crazing",
            {"reach": 4, "length": 4, "step": 5e-5},
            {"reach": 4, "length": 4, "step": 3e-5},
            "reach=4 mm is more than 100,000 of step",
        ),
        (
            "pitting",
            {"density": 1, "length": 1e3, "breadth": 1e3},
            {"density": 2, "length": 1e3, "breadth": 1e3},
            "density=2 asks for 2,000,000",
        ),
        ("burr", {"length": 2, "tooth": 2e-5}, {"length": 2, "tooth": 1e-5}, "length=2 mm is more than 100,000 of too"),
    ],
)
def test_parameters_that_no_surface_has_are_refused(
    kind: str, most: dict[str, float], more: dict[str, float], said: str
) -> None:
    make(kind, most)

    with pytest.raises(BadArgument, match=f"defects.{kind}: {said}"):
        make(kind, more)


@pytest.mark.parametrize(
    ("kind", "name"), [("fray", "speck"), ("patch", "speck"), ("chip", "rim_width"), ("uneven", "line")]
)
def test_sizes_that_patches_are_divided_by_are_above_0(kind: str, name: str) -> None:
    with pytest.raises(BadArgument, match=f"defects.{kind}: {name}=0.0 mm must be above 0"):
        make(kind, {name: 0.0})
