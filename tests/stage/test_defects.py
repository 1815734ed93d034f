"""Defects: where they stand, how they look, and labels that say where the light changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.backends.decals import LEAST_CHANGE
from rendersdg.backends.labelpass import see
from rendersdg.backends.raster import RasterBackend
from rendersdg.defects import DEFECTS
from rendersdg.defects.layers import Layers
from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.orchestrator.session import Session
from rendersdg.shapes import Shape, box, sphere, torus
from rendersdg.snapshot import Mesh, Snapshot
from rendersdg.stage.unfold import topology, unfold
from tests.conftest import Opener, needs_shared

SCENE = """
steel: {create.material_omnipbr: {diffuse: [0.4, 0.4, 0.4], roughness: 0.5}}
part: {create.%s: {scale: [0.1, 0.1, 0.1], material: steel}}
key: {create.light: {light_type: distant, rotation: [50, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 300}}
eye: {create.camera: {position: [0.02, 0.01, 0.25], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40, clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
frames: {trigger.on_frame: {max_execs: 50}}
marks:
  with.frames:
    with.part:
      defects.%s: {in_view: true, %s}
"""
# sizes that suit a part of 10 cm seen at about 0.5 mm a pixel
FIT = {
    "print_open": "gap: 6, track: 12",
    "print_short": "length: 14, width: 4",
    "print_mousebite": "bite: 6, track: 12",
    "print_spur": "length: 8, width: 4, track: 12",
    "print_spurious_copper": "crumb: 8",
    "print_pin_hole": "crumb: 8",
    "blowhole": "length: 6",
    "pit": "diameter: 8",
    "scratch": "width: 1",
    "crack": "width: 1",
    "crazing": "length: 40, breadth: 30",
    "pitting": "length: 40, breadth: 30, gain: 0.8",
    "patch": "length: 25, breadth: 18",
    "fray": "length: 25, breadth: 15",
    "dent": "diameter: 20, depth: 2",
    "bump": "diameter: 20, depth: 2",
    "weld_crater_crack": "width: 1, length: 15",
    "burr": "width: 2",
    "weld_porosity": "pore: 2",
    "weld_undercut": "width: 2",
    "weld_spatter": "drop: 3",
    "uneven": "gain: 1.3",
}


def snapshot_of(session: Session, frame: int) -> Snapshot:
    return session.builder.build(session.planner.plan(frame))


def undamaged(snapshot: Snapshot) -> Snapshot:
    """Return a frame without its defects, on the surfaces as they were, every instance under its old number."""
    turned = {"always": "always", "frame": "intact", "intact": "always"}
    instances = tuple(replace(i, shown=turned[i.shown]) for i in snapshot.instances)  # type: ignore[arg-type]
    return replace(snapshot, defects=(), missing=(), instances=instances)


def outlines(snapshot: Snapshot, backend: RasterBackend) -> np.ndarray:
    """Return the pixels that show two surfaces: on an outline, within an object or around it."""
    camera = snapshot.products[0].camera
    width, height = camera.resolution_wh
    view = see(snapshot, camera, backend.tables, 1)
    keys = np.append(view.tables[2].tri_key, -1)[view.triangle].reshape(2 * height, 2 * width)
    # the half-pixel grid begins half a pixel before the first centre
    keys = np.pad(keys, ((1, 0), (1, 0)), mode="edge")
    found = np.zeros((height, width), bool)
    for y, x in np.ndindex(3, 3):
        found |= (
            keys[y : y + 2 * height : 2, x : x + 2 * width : 2] != keys[1 : 1 + 2 * height : 2, 1 : 1 + 2 * width : 2]
        )
    return found


def with_and_without(snapshot: Snapshot, backend: RasterBackend | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the label image of the defects and where the picture differs from one without them, outlines left out.

    The label of a pixel on an outline says which surface its centre shows.
    """
    backend, product = backend or RasterBackend(), snapshot.products[0]
    buffers, labels = backend.render(snapshot, product)
    plain, _ = backend.render(undamaged(snapshot), product)
    assert labels is not None and labels.defect is not None
    difference = np.abs(buffers.rgb[..., :3].astype(int) - plain.rgb[..., :3]).max(-1)
    outline = outlines(snapshot, backend)
    if snapshot.has_twin:
        outline |= outlines(undamaged(snapshot), backend)
    return np.where(outline, -1, labels.defect), (difference >= LEAST_CHANGE) & ~outline


def unshadowed(snapshot: Snapshot) -> Snapshot:
    """Return a frame in which nothing takes light from anything else: no shadows, no sky to be hidden."""
    lights = tuple(replace(light, casts_shadow=False) for light in snapshot.lights if light.kind != "dome")
    return replace(snapshot, lights=lights)


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


def test_a_defect_that_changes_nothing_carries_no_label(open_scene: Opener) -> None:
    session = open_scene(SCENE % ("plane", "scratch", "gain: 1, depth: 0"))
    mask, changed = with_and_without(snapshot_of(session, 0))

    assert not changed.any()
    assert (mask < 0).all()


def test_a_defect_of_a_pixel_or_two_carries_no_label(open_scene: Opener) -> None:
    text = SCENE % (
        "plane",
        "pit",
        "count: 30, gain: 0, blur: 0.05, diameter: {distribution.uniform: {lower: 0.3, upper: 1.2}}, apart: 4",
    )
    snapshot = snapshot_of(open_scene(text), 0)
    mask, changed = with_and_without(snapshot)
    counts = np.bincount(mask[mask >= 0])

    assert counts[counts > 0].min() >= 3
    assert (changed & (mask < 0)).sum() >= 1  # some are too small


def test_a_dent_has_the_size_that_was_asked_for(open_scene: Opener) -> None:
    text = SCENE % ("plane", "dent", "diameter: 30, aspect: 1.5, depth: 2, irregular: 0, position: [0, 0, 0]")
    session = open_scene(text)
    snapshot = snapshot_of(session, 0)
    mask, _ = with_and_without(snapshot)
    camera = snapshot.products[0].camera
    pixel = 0.25 / camera.focal_px[0] * 1000  # mm, nearly straight above

    assert (mask >= 0).sum() * pixel**2 == pytest.approx(np.pi / 4 * 30 * 20, rel=0.05)
    assert snapshot.entities[-1].high[0] - snapshot.entities[-1].low[0] == pytest.approx(0.030, rel=0.05)


def test_what_covers_a_defect_shows_in_its_occlusion(open_scene: Opener) -> None:
    text = SCENE % ("plane", "dent", "diameter: 30, aspect: 1, depth: 2, irregular: 0, position: [0, 0, 0]")
    lid = "lid: {create.cube: {position: [0.05, 0, 0.02], scale: [0.1, 0.2, 0.001]}}\n"
    text = (
        text.replace("key:", lid + "key:")
        .replace("[0.02, 0.01, 0.25]", "[0, 0, 2]")
        .replace("focal_length: 40", "focal_length: 320")
    )
    session = open_scene(text)
    view = session.capture(session.planner.plan(0)).views["Replicator"]
    entity = len(view.snapshot.entities) - 1

    assert view.labels.visible[entity] / view.labels.unoccluded[entity] == pytest.approx(0.5, abs=0.04)
    assert view.labels.loose[entity][2] > view.labels.tight[entity][2] + 10


def test_labels_are_the_same_whatever_paints_the_picture(open_scene: Opener) -> None:
    text = SCENE % ("torus", "corrosion", "count: 3")
    painted = open_scene(text, backend="raster")
    blind = open_scene(text, backend="null")
    first = painted.capture(painted.planner.plan(2)).views["Replicator"]
    assert first.buffers is not None
    second = blind.capture(blind.planner.plan(2)).views["Replicator"]

    assert np.array_equal(first.labels.entity, second.labels.entity)
    assert np.array_equal(first.labels.tight, second.labels.tight)
    assert (first.labels.defect >= 0).sum() > 100


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


def mesh_of(made: Shape) -> Mesh:
    return Mesh("test", made.vertices, made.normals, made.uvs, np.ones_like(made.vertices), made.triangles)


def test_a_cube_unfolds_over_its_edge_like_paper() -> None:
    mesh = mesh_of(box())
    points = mesh.vertices.astype(float)[mesh.triangles] * 0.1  # a cube of 10 cm
    normal = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    centre = np.array([0.03, 0.0, 0.05])
    seed = int(np.flatnonzero((normal[:, 2] > 0) & (points[:, :, 0].max(1) > 0.049) & (_holds(points, centre)))[0])
    sheet = unfold(topology(mesh), points, seed, centre, np.array([1.0, 0, 0]), 0.06)
    side = np.array([0.05, 0.01, 0.03])  # 2 cm to the edge and 2 cm down the +X side

    k = next(i for i, t in enumerate(sheet.triangles) if normal[t, 0] > 1e-9 and _holds(points[t][None], side)[0])
    s, t = sheet.rows[k] @ np.append(side - centre, 1.0)
    assert (s, t) == pytest.approx((0.04, 0.01), abs=1e-9)
    assert sheet.stretch[k] < 1e-9


def _holds(triangles: np.ndarray, point: np.ndarray) -> np.ndarray:
    a, b, c = (triangles[:, k] for k in range(3))
    n = np.cross(b - a, c - a)
    inside = np.abs(((point - a) * n).sum(1)) < 1e-12
    for p, q in ((a, b), (b, c), (c, a)):
        inside &= (np.cross(q - p, point - p) * n).sum(1) >= -1e-12
    return inside


@pytest.mark.parametrize("made", [sphere(), torus()])
def test_a_seam_of_texture_coordinates_is_no_edge_of_the_surface(made: Shape) -> None:
    topo = topology(mesh_of(made))
    points = made.vertices[made.triangles]
    area = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1)

    assert (topo.across[area > 1e-9] >= 0).all()  # closed: every edge has two sides


@given(st.integers(0, 10_000), st.floats(0.005, 0.03))
@settings(max_examples=25, deadline=None)
def test_a_small_neighbourhood_keeps_its_lengths(pick: int, radius: float) -> None:
    mesh = mesh_of(sphere())
    points = mesh.vertices.astype(float)[mesh.triangles] * 0.2
    area = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1)
    seed = int(np.flatnonzero(area > np.median(area))[pick % (len(area) // 2)])
    centre = points[seed].mean(0)
    sheet = unfold(topology(mesh), points, seed, centre, np.array([0.3, 0.5, 0.8]), radius)

    near = np.linalg.norm(points[sheet.triangles].mean(1) - centre, axis=1) < radius
    assert sheet.stretch[near].max() < 0.15
    flat = np.einsum("kij,kcj->kci", sheet.rows[:, :, :3], points[sheet.triangles] - centre) + sheet.rows[:, None, :, 3]
    away = np.linalg.norm(points[sheet.triangles] - centre, axis=2)
    assert np.allclose(np.linalg.norm(flat, axis=2)[near], away[near], rtol=0.15, atol=1e-4)


@pytest.mark.parametrize("kind", list(DEFECTS))
def test_a_kind_paints_inside_its_patch_whatever_the_texel(kind: str) -> None:
    made = DEFECTS[kind]()
    areas = []
    for texels in (120, 300):
        layers = Layers(made.size(), max(made.size()) / texels)
        made.paint(layers, np.random.default_rng(5))
        stack = layers.stack()
        assert np.isfinite(stack).all()
        assert (layers.gain >= 0).all() and (layers.add >= 0).all()
        areas.append((np.abs(layers.gain - 1) + np.abs(layers.height) + layers.add.sum(-1)).mean())

    assert areas[0] > 0
    assert areas[1] == pytest.approx(areas[0], rel=0.4)


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


PROJECTED = """
steel: {create.material_omnipbr: {diffuse: [0.15, 0.15, 0.15], roughness: 0.5}}
part: {create.%s: {scale: [0.2, 0.2, 0.2], material: steel}}
proxy: {create.cube: {visible: false, position: [0, 0, 0.1], scale: [0.1, 0.1, 0.1]}}
room: {create.light: {light_type: dome, intensity: 800}}
eye: {create.camera: {position: [0, 0, 1], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 80, clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [256, 256]}}
frames: {trigger.on_frame: {max_execs: 5}}
decal:
  create.projection_material: {proxy_prim: proxy, input_prims: part, semantics: [["class", "scratch"]]}
look:
  with.frames:
    with.decal:
      modify.projection_material: {%s}
"""


def test_a_projected_material_lies_where_its_proxy_stands(open_scene: Opener, tmp_path: Path) -> None:
    image = np.zeros((100, 100, 4), np.uint8)
    image[10:30, 20:90] = 255  # white, in the upper part, from 20 % to 90 % of the width
    cv2.imwrite(str(tmp_path / "mark_D.png"), image)
    for shape in ("plane", "cylinder"):
        session = open_scene(PROJECTED % (shape, f'texture_group: ["{tmp_path}/mark_D.png"]'))
        view = session.capture(session.planner.plan(0)).views["Replicator"]
        camera = view.product.camera
        height = 1.0 if shape == "plane" else 0.9  # the cylinder's top is 0.1 m nearer
        pixel = camera.focal_px[0] / height
        box = view.labels.tight[-1]

        expected = [128 + pixel * v for v in (-0.03, 0.04)], [128 - pixel * v for v in (0.04, 0.02)]
        assert [box[0], box[2] + 1] == pytest.approx(expected[0], abs=2.5)
        assert [box[1], box[3] + 1] == pytest.approx(expected[1], abs=2.5)
        assert view.buffers.rgb[(box[1] + box[3]) // 2, (box[0] + box[2]) // 2, 0] > view.buffers.rgb[200, 128, 0] + 40


def test_published_scratches_project_with_normals_and_roughness(open_scene: Opener) -> None:
    folder = needs_shared("assets", "defects")
    groups = [[f"{folder}/scratch_{k}_{role}.png" for role in "DNR"] for k in range(5)]
    group = f"texture_group: {{distribution.choice: {{choices: {groups}}}}}"
    session = open_scene(PROJECTED % ("torus", group))
    areas = []
    for frame in range(3):
        view = session.capture(session.planner.plan(frame)).views["Replicator"]
        mask, changed = with_and_without(view.snapshot)
        areas.append(int((mask >= 0).sum()))
        if areas[-1]:
            assert ((mask >= 0) & changed).sum() / ((mask >= 0) | changed).sum() > 0.99

    assert max(areas) > 20
    assert len(set(areas)) > 1  # another scratch in another frame


@pytest.mark.parametrize(("arguments", "said"), [("texture_group: [scratch.png]", "_D"), ("diffuse: 5", "diffuse")])
def test_bad_projections_are_named(open_scene: Opener, arguments: str, said: str) -> None:
    with pytest.raises(RenderSDGError, match=said):
        snapshot_of(open_scene(PROJECTED % ("plane", arguments)), 0)


PLACED = """
part: {create.%s: {scale: [0.1, 0.1, 0.1]}}
eye: {create.camera: {position: [0.02, 0.01, 0.4], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40, clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
frames: {trigger.on_frame: {max_execs: 50}}
marks:
  with.frames:
    with.part:
      defects.pit: {diameter: 2, count: 12, %s}
"""


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


def test_print_defects_stand_on_the_tracks_of_their_board(open_scene: Opener) -> None:
    text = """
board: {create.plane: {scale: [0.0133, 0.0133, 1]}}
room: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 0, 0.4], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 628, clipping_range: [0.01, 2]}}
view: {create.render_product: {camera: eye, resolution: [320, 320]}}
frames: {trigger.on_frame: {max_execs: 5}}
faults:
  with.frames:
    with.board:
      surfaces.board: {texels: 512, pads: 0, pours: 0}
      defects.print_open: {count: 3, feature: track, gap: 0.3}
      defects.print_spurious_copper: {count: 3, feature: clear, crumb: 0.25}
"""
    session = open_scene(text)
    snapshot = snapshot_of(session, 0)
    plain, _ = RasterBackend().render(replace(snapshot, defects=()), snapshot.products[0])
    camera = snapshot.products[0].camera
    for defect in snapshot.defects:
        x, y, z = (camera.camera_from_world @ np.append(defect.centre, 1))[:3]
        column, row = int(160 + camera.focal_px[0] * x / -z), int(160 - camera.focal_px[1] * y / -z)
        is_copper = plain.rgb[row, column, 0] < 100
        assert is_copper == (defect.kind == "print_open")

    with pytest.raises(RenderSDGError, match="tracks"):
        snapshot_of(open_scene(PLACED % ("plane", "feature: track")), 0)
