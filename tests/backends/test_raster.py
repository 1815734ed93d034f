"""The raster backend: light whose values physics gives by hand, and the same bytes each time."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.backends.labelpass import label_pass
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.farm.job import Job, opened
from rendersdg.frame import Labels
from tests.backends.light import WALL, WHITE, radiance
from tests.conftest import SCENES, Opener


def test_a_white_wall_under_a_white_dome_is_as_bright_as_the_dome(open_scene: Opener) -> None:
    hdr = radiance(open_scene, "sky: {create.light: {light_type: dome, intensity: 500}}\n")

    # a perfect diffuser in a uniform field reflects the field; the rough dielectric coat adds at most a few per cent
    assert np.median(hdr) == pytest.approx(500, rel=0.05)


def test_a_distant_light_follows_the_cosine_law(open_scene: Opener) -> None:
    front = radiance(open_scene, "sun: {create.light: {light_type: distant, intensity: 1000, look_at: [-1, 0, 0]}}\n")
    slant = radiance(open_scene, "sun: {create.light: {light_type: distant, intensity: 1000, rotation: [0, 45, 0]}}\n")

    assert np.median(front) == pytest.approx(1000 / np.pi, rel=0.02)
    assert np.median(slant) == pytest.approx(1000 / np.pi * np.cos(np.pi / 4), rel=0.05)


def test_a_sphere_light_falls_off_with_the_square_of_the_distance(open_scene: Opener) -> None:
    def centre(distance: float) -> float:
        light = (
            f"lamp: {{create.light: {{light_type: sphere, intensity: 10000, scale: 0.2, position: [{0.05 + distance}, "
            f"0, 0.0]}}}}\n"
        )
        camera = (
            "eye: {create.camera: {position: [9, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\nview: "
            "{create.render_product: {camera: eye, resolution: [65, 49]}}\n"
        )
        return float(radiance(open_scene, light + camera)[24, 32, 0])

    # irradiance of a small sphere: pi L (r / d)^2; radiance of the wall is that over pi
    assert centre(2.0) == pytest.approx(10000 * (0.1 / 2.0) ** 2, rel=0.05)
    assert centre(1.0) / centre(2.0) == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize("light", ["distant", "sphere", "rect", "disk", "cylinder"])
def test_an_obstacle_throws_a_shadow_under_every_light_that_casts(open_scene: Opener, light: str) -> None:
    body = WHITE + (
        "floor: {create.plane: {scale: [6, 6, 1], material: paint}}\nbar: {create.cube: {position: [0, 0, 1], "
        "scale: [0.5, 0.5, 0.1], material: paint}}\n"
        "eye: {create.camera: {position: [3, 0, 3], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\nview: "
        "{create.render_product: {camera: eye, resolution: [128, 96]}}\n"
    )
    place = "" if light == "distant" else "position: [0, 0, 3], "
    hdr = radiance(
        open_scene, f"lamp: {{create.light: {{light_type: {light}, {place}scale: 0.1, intensity: 20000}}}}\n", body
    )[..., 0]

    below, beside = hdr[52, 64], hdr[90, 64]
    assert below < 0.15 * beside


def test_emission_is_added_as_it_is(open_scene: Opener) -> None:
    body = (
        "paint: {create.material_omnipbr: {diffuse: [0, 0, 0], emissive_color: [1, 0.5, 0], emissive_intensity: 800, "
        "specular: 0.0}}\nwall: {create.cube: {scale: [0.1, 8, 8], material: paint}}\n"
    )

    assert np.allclose(radiance(open_scene, "", body)[20, 20], [800, 400, 0], atol=1)


def test_the_picture_is_the_same_every_time(open_scene: Opener) -> None:
    session = open_scene(
        WALL
        + (
            "sky: {create.light: {light_type: dome, texture: 'rendersdg:texture/sky'}}\nsun: {create.light: "
            "{light_type: distant}}\n"
        )
    )
    snapshot = session.snapshot(0)
    pictures = {RasterBackend().render(snapshot, snapshot.products[0])[0].rgb.tobytes() for _ in range(3)}

    assert len(pictures) == 1


def test_edges_are_smooth_and_labels_are_not(open_scene: Opener) -> None:
    session = open_scene(
        WHITE
        + (
            "bar: {create.cube: {scale: [0.1, 1, 1], rotation: [20, 0, 0], material: paint}}\nsky: {create.light: "
            "{light_type: distant, look_at: [-1, 0, 0]}}\n"
        )
    )
    snapshot = session.snapshot(0)
    buffers, labels = RasterBackend().render(snapshot, snapshot.products[0])
    inside = buffers.rgb[..., 0][24, 32]

    assert labels is not None
    between = (buffers.rgb[..., 0] > 10) & (buffers.rgb[..., 0] < inside - 10)
    assert between.sum() > 20
    assert set(np.unique(labels.instance)) == {-1, 0}


def test_labels_are_the_same_bytes_with_and_without_the_picture(open_scene: Opener) -> None:
    with opened(Job(str(next(s for s in SCENES if s.stem == "bolts_and_gears")))) as (session, _):
        snapshot = session.snapshot(0)
        alone = label_pass(snapshot, snapshot.products[0], SceneTables())
        _, beside = RasterBackend().render(snapshot, snapshot.products[0])

    assert beside is not None
    for name in Labels.__dataclass_fields__:
        assert np.array_equal(getattr(alone, name), getattr(beside, name)), name


_CAMERAS = """
sun: {create.light: {light_type: distant, intensity: 900, rotation: [30, 20, 0]}}
lamp: {create.light: {light_type: sphere, intensity: 2000, position: [2, 1, 3], scale: 0.3}}
box: {create.cube: {count: 3, semantics: [["class", "box"]]}}
floor: {create.plane: {position: [0, 0, -1], scale: 6}}
t: {trigger.on_frame: {max_execs: 9}}
go:
  with.t:
    with.box:
      modify.pose: {position: {distribution.uniform: {lower: [-1, -1, -1], upper: [1, 1, 1]}}}
      randomizer.rotation: null
    with.lamp: {modify.pose: {position: {distribution.uniform: {lower: [-2, -2, 2], upper: [2, 2, 3]}}}}
%s
e0: {create.camera: {position: [5, 0, 1], look_at: [0, 0, 0]}}
e1: {create.camera: {position: [0, 5, 2], look_at: [0, 0, 0]}}
v0: {create.render_product: {camera: e0, resolution: [48, 32]}}
v1: {create.render_product: {camera: e1, resolution: [48, 32]}}
"""
_DENT = "bad: {defects.dent: {input_prims: box, diameter: 300, displace: true}}"


@pytest.mark.parametrize("defect", ["", _DENT])
def test_what_cameras_share_is_what_each_alone_would_have(open_scene: Opener, defect: str) -> None:
    session = open_scene(_CAMERAS % defect)
    shared = RasterBackend()
    for frame in (3, 0):
        snapshot = session.snapshot(frame)
        for product in (*snapshot.products, snapshot.products[0]):
            here, alone = shared.render(snapshot, product), RasterBackend().render(snapshot, product)

            assert here.buffers.rgb.tobytes() == alone.buffers.rgb.tobytes()
            assert here.labels is not None and alone.labels is not None
            assert here.labels.entity.tobytes() == alone.labels.entity.tobytes()
            assert here.labels.visible.tobytes() == alone.labels.visible.tobytes()
