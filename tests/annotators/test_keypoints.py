"""Keypoints: where named points are in the picture, and what hides them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rendersdg.annotators import ANNOTATORS, Request
from rendersdg.annotators.keypoints import keypoints, lines_of_sight
from rendersdg.errors import BadScene
from rendersdg.frame import ProductView
from rendersdg.geometry import OPENCV_FROM_CAMERA, transform_points
from rendersdg.lens import project
from rendersdg.snapshot import Camera
from tests.annotators.requests import request
from tests.cards import write_card
from tests.conftest import Opener

EYE = """
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], focal_length: 24, horizontal_aperture: 24, 
  clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
"""
BOX = "box: {create.cube: {semantics: [[class, box]]}}\n"
POINTS = "front: [0.5, 0, 0], back: [-0.5, 0, 0], right: [0.5, 0.5, 0.25], aside: [0, 3, 0], behind: [9, 0, 0]"
NAMED = "named: {with.box: {modify.keypoints: {points: {" + POINTS + "}, skeleton: [[front, back]]}}}\n"


def told(asked: Request) -> dict[str, dict[str, Any]]:
    """Return what is said of each object, by its path: name to x, y, v."""
    answer = keypoints(asked)
    seen = {}
    for o in ANNOTATORS["objects"](asked)["info"]["objects"]:
        entry = answer["info"]["idToKeypoints"].get(o["id"])  # type: ignore[attr-defined]
        if entry is not None:
            assert o["keypoints"] == {k: entry[k] for k in ("names", "xyv", "skeleton")}
            seen[o["prim_path"]] = dict(zip(entry["names"], entry["xyv"]))
    assert len(seen) == len(answer["data"])
    return seen


def only(asked: Request) -> dict[str, Any]:
    (points,) = told(asked).values()
    return dict(points)


def visibility(asked: Request) -> dict[str, float]:
    return {name: v for name, (_, _, v) in only(asked).items()}


def test_points_are_where_the_pinhole_puts_them_and_seen_hidden_or_outside(open_scene: Opener) -> None:
    points = only(request(open_scene, BOX + NAMED + EYE))

    # the focal length is the picture's width; the camera looks along -X, so +Y is right and +Z is up
    assert points["front"] == pytest.approx([80, 60, 2])
    assert points["back"] == pytest.approx([80, 60, 1])  # behind the cube's own front
    assert points["right"] == pytest.approx([80 + 160 * 0.5 / 4.5, 60 - 160 * 0.25 / 4.5, 2])
    assert points["aside"] == points["behind"] == [0, 0, 0]


@pytest.mark.parametrize(
    "place", ["0.5, 3, 0", "0.5, -3, 0", "0.5, 0, 3", "0.5, 0, -3", "4.8, 0, 0", "9, 0, 0", "-96, 0, 0"]
)
def test_beyond_each_edge_and_each_end_of_the_clipping_range_is_outside(place: str, open_scene: Opener) -> None:
    named = "named: {with.box: {modify.keypoints: {points: {out: [" + place + "], in: [0.5, 0, 0]}}}}\n"
    points = only(request(open_scene, BOX + named + EYE.replace("[0.01, 100]", "[0.3, 100]")))

    assert points["out"] == [0, 0, 0] and points["in"][2] == 2


@pytest.mark.parametrize(("low", "high", "expected"), [(0.2, 9, 2), (0.05, 9, 1), (-9, 0.3, 1), (-9, 0.05, 2)])
def test_the_line_itself_decides_beside_an_edge_within_a_pixel(
    low: float, high: float, expected: int, open_scene: Opener
) -> None:
    # the point is at 80.1, 60.1, a little below the surface of its box; the pixel's centre is at 80.5, 60.5.
    # The slab reaches from low to high of that pixel
    y0, y1 = (value * 3 / 160 for value in (low, high))
    slab = f"slab: {{create.cube: {{position: [1.95, {(y0 + y1) / 2}, 0], scale: [0.1, {y1 - y0}, 1]}}}}\n"
    step = 0.1 * 4.51 / 160
    named = f"named: {{with.box: {{modify.keypoints: {{points: {{p: [0.49, {step}, {-step}]}}}}}}}}\n"

    assert only(request(open_scene, BOX + slab + named + EYE))["p"] == pytest.approx([80.1, 60.1, expected])


def test_points_are_seen_through_the_holes_of_what_is_cut_out(open_scene: Opener, tmp_path: Path) -> None:
    write_card(tmp_path, 8)
    grid = [(k, m) for k in range(-14, 15, 2) for m in range(-14, 15, 2)]
    middles = {f"p{k}_{m}": [0.5, (k + 0.5) * 4.5 / 160, (m + 0.5) * 4.5 / 160] for k, m in grid}  # of pixels
    text = f"""
{BOX}card: {{create.from_usd: {{usd: card.usda, position: [2, 0, 0]}}}}
named: {{with.box: {{modify.keypoints: {{points: {middles}}}}}}}
"""
    asked = request(open_scene, text + EYE, folder=tmp_path)
    box = next(k for k, i in enumerate(asked.view.snapshot.instances) if "Cube" in i.prim_path)
    points = only(asked).values()
    shown = [asked.view.labels.instance[int(y), int(x)] == box for x, y, _ in points]

    assert [v == 2 for _, _, v in points] == shown and 50 < sum(shown) < len(shown) - 50


def test_what_is_not_drawn_has_no_points(open_scene: Opener) -> None:
    hidden = "hide: {with.box: {modify.visibility: {value: false}}}\n"

    assert open_scene(BOX + NAMED + hidden).snapshot(0).keypoints == ()


def test_what_stands_before_a_point_hides_it_and_what_stands_behind_does_not(open_scene: Opener) -> None:
    slab = "slab: {create.cube: {position: [AT, 0, 0], scale: [0.1, 0.3, 0.3]}}\n"
    before, behind = (visibility(request(open_scene, BOX + NAMED + slab.replace("AT", at) + EYE)) for at in ("2", "-2"))

    assert before["front"] == 1 and before["right"] == 2
    assert behind["front"] == 2 and behind["right"] == 2


def test_a_part_of_the_object_hides_its_points_and_a_hidden_prim_hides_none(open_scene: Opener) -> None:
    flap = "flap: {create.cube: {parent: box, position: [1, 0, 0], scale: [0.1, 0.3, 0.3]}}\n"
    box = BOX.replace("create.cube: {", "create.cube: {name: box, ")
    gone = flap + "hide: {with.flap: {modify.visibility: {value: false}}}\n"

    assert visibility(request(open_scene, box + NAMED + flap + EYE))["front"] == 1
    assert visibility(request(open_scene, box + NAMED + gone + EYE))["front"] == 2


def test_a_point_below_the_surface_is_seen_as_deep_as_it_is_said(open_scene: Opener) -> None:
    named = "named: {with.box: {modify.keypoints: {points: {in: [X, 0, 0]}DEPTH}}}\n"

    def seen(x: float, depth: str = "", more: str = "") -> float:
        text = BOX + named.replace("X", str(x)).replace("DEPTH", depth) + more
        return visibility(request(open_scene, text + EYE))["in"]

    slip = 0.02 * 3**0.5  # 2 % of the cube's diagonal
    assert seen(0.5 - 0.99 * slip) == 2 and seen(0.5 - 1.01 * slip) == 1
    assert seen(0.0, ", depth: 0.51") == 2 and seen(0.0, ", depth: 0.49") == 1
    assert seen(0.0, ", depth: 0.51", "slab: {create.cube: {position: [2, 0, 0], scale: 0.1}}\n") == 1
    assert seen(0.5, ", depth: 0") == 2 and seen(0.7) == 2  # on the surface, and before it


LENSES: dict[str, dict[str, Any]] = {
    "pinhole": {},
    "opencvPinhole": {"distortion": (-0.2, 0.05, 0.01, -0.005)},
    "fisheyeEquidistant": {"max_theta": 1.5},
    "opencvFisheye": {"max_theta": 1.5, "polynomial": (1.0, 0.02, -0.01, 0.003, 0.0)},
}


def through(asked: Request, model: str) -> Request:
    """Return the same request of a camera with another lens."""
    view = asked.view
    camera = replace(view.product.camera, model=model, **LENSES[model])  # type: ignore[arg-type]
    product = replace(view.product, camera=camera)
    passes = replace(view.passes, product=product)  # type: ignore[type-var]
    return Request(ProductView(product, view.snapshot, passes), asked.params)


def three(low: float, high: float) -> st.SearchStrategy[tuple[float, ...]]:
    number = st.floats(low, high).map(lambda v: round(v, 3))  # as YAML reads it
    return st.tuples(number, number, number)


def by_opencv(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Return where OpenCV puts points (N, 3) of camera space, y down, in the picture, (N, 2)."""
    (fx, fy), (cx, cy) = camera.focal_px, camera.centre_px
    k, zero = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), np.zeros(3)
    if "isheye" in camera.model:
        bend = np.array([*camera.polynomial[1:], 0.0, 0.0, 0.0, 0.0][:4])
        return np.asarray(cv2.fisheye.projectPoints(points[:, None], zero, zero, k, bend)[0][:, 0])
    return np.asarray(cv2.projectPoints(points, zero, zero, k, np.array(camera.distortion))[0][:, 0])


@pytest.mark.parametrize("model", LENSES)
def test_opencv_projects_them_to_the_same_places(model: str, open_scene: Opener) -> None:
    local = np.array([[0.5, 0, 0], [-0.5, 0, 0], [0.5, 0.5, 0.25], [0, 3, 0], [9, 0, 0]])
    seen = []

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(three(-180, 180), three(-0.8, 0.8), three(0.3, 1.5))
    @example((10, 20, 30), (0, 0, 0), (1, 1, 1))
    def holds(rotation: tuple[float, ...], position: tuple[float, ...], scale: tuple[float, ...]) -> None:
        box = f"create.cube: {{rotation: {[*rotation]}, position: {[*position]}, scale: {[*scale]}, "
        asked = through(request(open_scene, BOX.replace("create.cube: {", box) + NAMED + EYE), model)
        camera, (entity,) = asked.view.product.camera, asked.view.snapshot.entities
        opencv_from_local = OPENCV_FROM_CAMERA @ camera.camera_from_world @ entity.world_from_local
        turned = transform_points(opencv_from_local, local)
        places = by_opencv(camera, turned)
        for (x, y, v), (u, w), (_, _, z) in zip(only(asked).values(), places, turned):
            if z > 0.5 and 0 < u < 160 and 0 < w < 120:
                assert (x, y) == pytest.approx((u, w), abs=1e-5) and v > 0
                seen.append(v)
            elif z < 0:
                assert (x, y, v) == (0, 0, 0)

    holds()
    assert set(seen) == {1, 2}


@pytest.mark.parametrize("model", LENSES)
def test_lines_of_sight_meet_what_every_triangle_asked_in_turn_says(model: str, open_scene: Opener) -> None:
    things = "".join(
        f"t{k}: {{create.{shape}: {{position: [{x}, {y}, {z}], rotation: [{40 * k}, {70 * k}, 0], "
        f"scale: {0.4 + k / 9}, "
        "semantics: [[class, thing]]}}\n"
        for k, (shape, x, y, z) in enumerate(
            [("cube", 0, 0, 0), ("sphere", 1, 0.4, 0.2), ("torus", 2, -0.5, 0), ("cone", -1, 0.8, -0.3)]
        )
    )
    rng = np.random.default_rng(3)
    spread = ", ".join(f"p{k}: {[round(float(v), 3) for v in rng.uniform(-0.8, 0.8, 3)]}" for k in range(40))
    everywhere = "".join(f"n{k}: {{with.t{k}: {{modify.keypoints: {{points: {{{spread}}}}}}}}}\n" for k in range(4))
    view = through(request(open_scene, things + everywhere + EYE), model).view
    snapshot, camera = view.snapshot, view.product.camera
    corners = [
        transform_points(camera.camera_from_world @ i.world_from_mesh, snapshot.meshes[i.mesh].vertices)[
            snapshot.meshes[i.mesh].triangles
        ]
        for i in snapshot.instances
    ]
    local = transform_points(camera.camera_from_world, np.concatenate([k.world for k in snapshot.keypoints]))
    uv = np.column_stack(project(camera, local))
    local, uv = (a[((uv > 0) & (uv < [160, 120])).all(1)] for a in (local, uv))
    instance, met = lines_of_sight(snapshot, camera, view.labels, local, uv)
    wrong = 0
    for point, (column, row), who, far in zip(local, uv.astype(int), instance, met):
        nearest = [first_hit(c, point / np.linalg.norm(point)) for c in corners]
        expected = int(np.argmin(nearest)) if np.isfinite(nearest).any() else -1
        around = view.labels.instance[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        if who == expected == -1:
            assert far == np.inf
        elif who == expected:
            assert far == pytest.approx(min(nearest), rel=1e-3 if (around == around[0, 0]).all() else 3e-2)
        else:
            assert (around != around[0, 0]).any()  # beside the outline of a mesh of small triangles
            wrong += 1
    assert len(local) > 100 and wrong < 0.08 * len(local) and len(set(instance)) == 5


def first_hit(triangles: np.ndarray, ray: np.ndarray) -> float:
    """Return how far away a ray from the origin meets triangles (T, 3, 3), +inf where it meets none."""
    a, e1, e2 = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    p = np.cross(ray, e2)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 / (e1 * p).sum(1)
        s = -a
        u, q = (s * p).sum(1) * scale, np.cross(s, e1)
        v, t = (q * ray).sum(1) * scale, (e2 * q).sum(1) * scale
    inside = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
    return float(t[inside].min(initial=np.inf))


def test_points_of_a_part_are_the_parts_or_where_the_filter_drops_it_the_wholes(open_scene: Opener) -> None:
    car = """
body: {create.cube: {name: body, semantics: [[class, car]]}}
wheel: {create.sphere: {name: wheel, parent: body, position: [0.5, 0.5, 0], scale: 0.4, semantics: [[part, wheel]]}}
hub: {create.xform: {parent: wheel, position: [0.5, 0, 0]}}
named: {with.body: {modify.keypoints: {points: {roof: [0.5, 0, 0.5]}, skeleton: [[roof, hub]]}}}
turning: {with.hub: {modify.keypoints: {points: {hub: [0, 0, 0]}}}}
"""
    asked = request(open_scene, car + EYE)
    parts = told(asked)
    whole = only(Request(asked.view, {"semantic_filter_predicate": "class:*"}))
    skeletons = keypoints(Request(asked.view, {"semantic_filter_predicate": "class:*"}))["info"]["idToKeypoints"]

    assert [list(p) for p in parts.values()] == [["roof"], ["hub"]]
    assert list(whole) == ["roof", "hub"] and whole["hub"] == next(p["hub"] for p in parts.values() if "hub" in p)
    assert whole["hub"] == pytest.approx([80 + 160 * 0.5 / 4.3, 60, 2])
    assert skeletons[2]["skeleton"] == [["roof", "hub"]]  # type: ignore[index]


def test_each_copy_has_the_points_of_what_it_is_a_copy_of(open_scene: Opener) -> None:
    text = """
frames: {trigger.on_frame: {num_frames: 3}}
box: {create.cube: {semantics: [[class, box]], position: [0, 0, -9]}}
named: {with.box: {modify.keypoints: {points: {lid: [0, 0, 0.5], base: [0, 0, -0.5]}}}}
many:
  with.frames:
    randomizer.instantiate: {paths: [box], size: 3, name: many}
placed: {with.many: {modify.pose: {position: {distribution.uniform: {lower: [0, -1, -1], upper: [0, 1, 1]}}}}}
"""
    session = open_scene(text + EYE)
    snapshot = session.snapshot(0)
    drawn = [k for k in snapshot.keypoints if "many" in k.prim_path]

    assert len(drawn) == 3 and all(k.names == ("lid", "base") for k in drawn)
    for one in drawn:
        here = snapshot.entities[one.entity].world_from_local
        assert np.allclose(one.world, transform_points(here, np.array([[0, 0, 0.5], [0, 0, -0.5]])))


def test_later_names_win_and_two_points_of_one_name_are_refused(open_scene: Opener) -> None:
    again = "again: {with.box: {modify.keypoints: {points: {front: [0.5, 0.1, 0], lid: [0.5, 0, 0.5]}}}}\n"
    twin = "twin: {create.xform: {name: twin, parent: box}}\n" + NAMED.replace("named", "same").replace("box", "twin")
    box = BOX.replace("create.cube: {", "create.cube: {name: box, ")
    points = only(request(open_scene, BOX + NAMED + again + EYE))

    assert list(points) == ["front", "back", "right", "aside", "behind", "lid"]
    assert points["front"] == pytest.approx([80 + 16 / 4.5, 60, 2])
    with pytest.raises(BadScene, match="two keypoints called 'front'"):
        keypoints(request(open_scene, box + NAMED + twin + EYE))


def test_what_belongs_to_nothing_and_lines_to_nothing_are_noted(open_scene: Opener) -> None:
    session = open_scene(
        "box: {create.cube: {}}\nball: {create.sphere: {semantics: [[class, ball]]}}\n"
        + NAMED
        + "tail: {with.ball: {modify.keypoints: {points: {tail: [0, 0, 0]}, skeleton: [[tail, frnt]]}}}\n"
    )
    snapshot = session.snapshot(0)
    notes = str(session.recorder.report.texts)

    assert [k.names for k in snapshot.keypoints] == [("tail",)]
    assert "belong to no object" in notes and "'frnt'" in notes and "did you mean 'front'" in notes


def test_points_of_a_missing_part_are_gone(open_scene: Opener) -> None:
    text = """
body: {create.cube: {name: body, semantics: [[class, body]]}}
lid: {create.cube: {name: lid, parent: body, position: [0, 0, 0.6], scale: 0.2}}
named: {with.lid: {modify.keypoints: {points: {lid: [0, 0, 0]}}}}
"""
    gone = "gone: {with.lid: {defects.missing_part: {}}}\n"

    assert [k.names for k in open_scene(text).snapshot(0).keypoints] == [("lid",)]
    assert open_scene(text + gone).snapshot(0).keypoints == ()


def test_without_points_there_are_none(open_scene: Opener) -> None:
    asked = request(open_scene, BOX + EYE)
    answer = keypoints(asked)

    assert answer["data"].shape == (0,) and answer["info"] == {"idToKeypoints": {}, "idToLabels": {}}
    assert "keypoints" not in ANNOTATORS["objects"](asked)["info"]["objects"][0]
