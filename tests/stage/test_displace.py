"""Displaced defects: the surface really moves, nothing tears, and the labels say what of it is seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.backends.flatten import flatten
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.reference import cast
from rendersdg.shapes import Shape, box, cylinder, sphere
from rendersdg.snapshot import Defect, Mesh
from rendersdg.stage.displace import Relief, displaced
from rendersdg.stage.unfold import topology, unfold
from tests.conftest import Opener
from tests.defects.damage import FIT, SCENE, snapshot_of, undamaged, unshadowed, with_and_without

DENT = "displace: true, diameter: 30, aspect: 1, depth: 4, irregular: 0, position: [0, 0, 0]"


KINDS = {
    "dent": "",
    "bump": "",
    "pit": "depth: 3",
    "chip": "length: 20, breadth: 16, depth: 4",
    "weld_spatter": "height: 2",
}


def mesh_of(shape: Shape) -> Mesh:
    f4 = np.float32
    ones = np.ones((len(shape.vertices), 3), f4)
    return Mesh(
        "m",
        shape.vertices.astype(f4),
        shape.normals.astype(f4),
        shape.uvs.astype(f4),
        ones,
        shape.triangles.astype(np.int32),
    )


@pytest.mark.parametrize(("kind", "sign"), [("dent", 1.0), ("bump", -1.0)])
def test_the_middle_of_a_dent_is_as_deep_as_asked_for(open_scene: Opener, kind: str, sign: float) -> None:
    snapshot = snapshot_of(open_scene(SCENE % ("plane", kind, DENT)), 0)
    camera = snapshot.products[0].camera
    at = camera.camera_from_world @ np.array([0, 0, -0.004 * sign, 1.0])
    x = camera.centre_px[0] - camera.focal_px[0] * at[0] / at[2]
    y = camera.centre_px[1] + camera.focal_px[1] * at[1] / at[2]
    _, labels = RasterBackend().render(snapshot, snapshot.products[0])
    _, plain = RasterBackend().render(undamaged(snapshot), snapshot.products[0])
    assert labels is not None and plain is not None

    assert labels.depth[round(y - 0.5), round(x - 0.5)] == pytest.approx(-at[2], abs=2e-4)
    hit = np.isfinite(plain.depth)
    moved = np.abs(labels.depth[hit] - plain.depth[hit]) > 1e-4
    assert moved.any() and (labels.defect[hit] >= 0)[moved].all()  # type: ignore[index]


def test_a_bump_stands_out_of_the_outline(open_scene: Opener) -> None:
    text = SCENE % ("plane", "bump", DENT.replace("in_view: true, ", ""))
    text = text.replace("in_view: true, ", "").replace("[0.02, 0.01, 0.25]", "[0, -0.3, 0]")
    text = text.replace("look_at_up_axis: [0, 1, 0]", "look_at_up_axis: [0, 0, 1]")
    snapshot = snapshot_of(open_scene(text), 0)
    camera = snapshot.products[0].camera
    _, labels = RasterBackend().render(snapshot, snapshot.products[0])
    assert labels is not None
    rows, columns = np.nonzero(np.isfinite(labels.depth))
    pixel = 0.3 / camera.focal_px[0]

    assert (rows.max() - rows.min() + 1) * pixel == pytest.approx(0.004, abs=1.5 * pixel)
    assert 0.024 < (columns.max() - columns.min() + 1) * pixel < 0.031  # its rim is flatter than a pixel
    assert (labels.defect[rows, columns] >= 0).all()  # type: ignore[index]


@pytest.mark.parametrize("kind", list(KINDS))
def test_without_shadows_the_label_is_what_changed(open_scene: Opener, kind: str) -> None:
    for number, surface in enumerate(("plane", "cylinder", "sphere", "torus", "cube")):
        text = SCENE % (surface, kind, ", ".join(v for v in ("displace: true", FIT.get(kind), KINDS[kind]) if v))
        if FIT.get(kind) and KINDS[kind]:
            text = SCENE % (surface, kind, f"displace: true, {KINDS[kind]}, {FIT[kind].split(', depth')[0]}")
        snapshot = unshadowed(snapshot_of(open_scene(text, seed=3), number))
        mask, changed = with_and_without(snapshot)
        label = mask >= 0

        assert snapshot.has_twin
        if not label.any():
            assert changed.sum() < 3
        elif kind in ("dent", "bump"):
            assert (label & changed).sum() / changed.sum() > 0.99, surface
        else:
            assert (label & changed).sum() / (label | changed).sum() > 0.99, surface


def test_a_bump_throws_a_shadow_that_its_label_leaves_out(open_scene: Opener) -> None:
    text = (SCENE % ("plane", "bump", DENT)).replace("rotation: [50, 20, 0]", "rotation: [75, 0, 0]")
    snapshot = snapshot_of(open_scene(text), 0)
    mask, changed = with_and_without(snapshot)
    beyond = changed & (mask < 0)

    assert beyond.sum() > 50
    mask, changed = with_and_without(unshadowed(snapshot))
    assert not (changed & (mask < 0)).any()


def test_the_ray_caster_sees_the_moved_surface(open_scene: Opener) -> None:
    text = SCENE % ("sphere", "bump", "displace: true, count: 2, diameter: 25, depth: 4")
    snapshot = snapshot_of(open_scene(text), 0)
    seen = cast(snapshot, snapshot.products[0].camera)
    _, labels = RasterBackend().render(snapshot, snapshot.products[0])
    assert labels is not None
    both = np.isfinite(seen.depth) & np.isfinite(labels.depth)

    assert (seen.instance == labels.instance).mean() > 0.999
    assert np.abs(seen.depth[both] / labels.depth[both] - 1).max() < 1e-3


@settings(max_examples=25, deadline=None)
@given(
    shape=st.sampled_from([sphere(1.0, 12, 16), box((1.4, 1.0, 0.6)), cylinder(0.5, 1.2, 12)]),
    places=st.lists(
        st.tuples(st.integers(0, 10**6), st.floats(0.05, 0.6), st.floats(-0.1, 0.1)), min_size=1, max_size=3
    ),
)
def test_nothing_tears(shape: Shape, places: list[tuple[int, float, float]]) -> None:
    mesh = mesh_of(shape)
    topo = topology(mesh)
    points = mesh.vertices[mesh.triangles].astype(np.float64)
    reliefs = []
    for number, radius, height in places:
        seed = number % len(mesh.triangles)
        corners = points[seed]
        if np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0])) < 1e-9:
            continue
        centre = corners.mean(0)
        sheet = unfold(topo, points, seed, centre, corners[1] - corners[0], 1.5 * radius)
        grid = np.linspace(-1, 1, 17)
        bowl = np.maximum(1 - np.hypot(*np.meshgrid(grid, grid)) ** 2, 0) * height
        texel = radius / 8
        defect = Defect(
            "/d",
            "dent",
            0,
            sheet.triangles,
            sheet.rows,
            centre,
            (-radius, -radius),
            texel,
            np.zeros((17, 17, 10), np.float32),
            np.ones((17, 17), np.int16),
            (0,),
        )
        reliefs.append(Relief(defect, bowl.astype(np.float32)))
    made, parent = displaced(mesh, topo, np.eye(4), reliefs)
    lift = np.linalg.norm(made.vertices[made.triangles].mean(1) - points[parent].mean(1), axis=1)
    flat, _ = displaced(mesh, topo, np.eye(4), [Relief(r.defect, r.height * 0) for r in reliefs])

    assert np.isfinite(lift).all() and sorted(set(parent.tolist())) == list(range(len(mesh.triangles)))
    assert np.array_equal(flat.triangles, mesh.triangles) and np.allclose(flat.vertices, mesh.vertices)
    # every edge of a closed surface still joins exactly two triangles, by vertices that moved together
    _, place = np.unique(np.round(made.vertices, 5), axis=0, return_inverse=True)
    corners_ = place.reshape(-1)[made.triangles]
    pairs = np.sort(np.stack([corners_, np.roll(corners_, -1, axis=1)], -1).reshape(-1, 2), axis=1)
    _, count = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0, return_counts=True)
    assert (count % 2 == 0).all()


def test_a_visible_label_is_the_changed_part_of_the_whole_one_in_shadow_too(open_scene: Opener) -> None:
    text = (SCENE % ("plane", "dent", DENT + ", mask: %s")).replace("rotation: [50, 20, 0]", "rotation: [75, 0, 0]")
    text = text.replace("roughness: 0.5", "roughness: 1").replace("depth: 4", "depth: 12")
    whole, changed = with_and_without(snapshot_of(open_scene(text % "whole"), 0))
    visible, _ = with_and_without(snapshot_of(open_scene(text % "visible"), 0))

    assert 100 < (visible >= 0).sum() < (whole >= 0).sum()
    assert np.array_equal(visible >= 0, (whole >= 0) & changed)


def test_what_path_tracers_get_looks_out_of_its_own_surface(open_scene: Opener) -> None:
    text = SCENE % ("torus", "bump", "displace: true, count: 3, diameter: 20, depth: 6")
    snapshot = snapshot_of(open_scene(text), 0)
    parts = flatten(snapshot)

    assert len(parts) == 4 and sum(p.is_film for p in parts) == 3  # neither the ring as it was
    for part in parts:
        corners = part.vertices[part.triangles].astype(float)
        face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(face, axis=1)
        facing = np.einsum("tj,tcj->tc", face, part.normals[part.triangles]) / np.maximum(length, 1e-30)[:, None]
        assert facing[length > 1e-9].min() > 0.2
