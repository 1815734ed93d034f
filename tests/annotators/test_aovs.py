"""Renderer outputs: values known by hand, parts that add up to the picture, and the contract of types and shapes."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS
from rendersdg.annotators.pointcloud import world_points
from rendersdg.backends.raster import RasterBackend
from rendersdg.farm.job import Job, opened
from rendersdg.frame import SurfaceBuffers, Wanted
from tests.annotators.requests import request
from tests.conftest import ROOT, Opener

BASE = np.array([0.8, 0.5, 0.2])


WALL = (
    "paint: {create.material_omnipbr: {diffuse: [0.8, 0.5, 0.2], roughness: 0.6, metallic: 0.25, specular: 0.0, "
    "emissive_color: [1, 0, 0.5], emissive_intensity: 40}}\nwall: {create.cube: {scale: [0.1, 8, 8], material: "
    "paint}}\n"
)


def surface(open_scene: Opener, text: str) -> SurfaceBuffers:
    return request(open_scene, text).view.surface


def test_a_wall_is_made_of_what_it_was_given(open_scene: Opener) -> None:
    found = surface(open_scene, WALL + "sky: {create.light: {light_type: dome, intensity: 500}}\n")
    view = request(open_scene, WALL)

    assert found.hit.all() and np.allclose(found.base_colour, BASE, atol=1e-6)
    assert np.allclose(found.roughness, 0.6, atol=1e-5) and np.allclose(found.metallic, 0.25)
    assert np.allclose(found.normal, [1, 0, 0], atol=1e-6) and np.allclose(found.smooth_normal, [1, 0, 0], atol=1e-6)
    assert np.allclose(found.position[..., 0], 0.05, atol=1e-5)
    albedo = ANNOTATORS["DiffuseAlbedo"](view)
    assert np.array_equal(albedo, np.broadcast_to([*np.round(BASE * 0.75 * 255), 255], albedo.shape))
    assert np.allclose(ANNOTATORS["SpecularAlbedo"](view)[..., :3], BASE * 0.25, atol=1e-3)
    assert (ANNOTATORS["Roughness"](view) == [153, 153, 153, 255]).all()


def test_light_is_parted_as_physics_has_it(open_scene: Opener) -> None:
    sun = "sun: {create.light: {light_type: distant, intensity: 1000, look_at: [-1, 0, 0]}}\n"
    sunlit = surface(open_scene, WALL + sun)
    domed = surface(open_scene, WALL + "sky: {create.light: {light_type: dome, intensity: 500}}\n")
    middle = (24, 32)

    # seen head-on the mirror takes base x metalness of the light, and metal reflects nothing diffusely
    assert np.allclose(sunlit.direct_diffuse[middle], (1 - BASE * 0.25) * 0.75 * BASE * 1000 / np.pi, rtol=0.01)
    assert (
        not sunlit.indirect_diffuse.any() and not sunlit.reflected.any() and (sunlit.direct_specular[middle] > 0).all()
    )
    assert np.allclose(domed.indirect_diffuse[middle], BASE * 0.75 * 500, rtol=0.02)
    assert not domed.direct_diffuse.any() and not domed.direct_specular.any()
    glow = sunlit.emission[middle]
    assert glow[0] > 0 and glow[1] == 0 and glow[2] == pytest.approx(glow[0] / 2, rel=0.01)


@pytest.mark.parametrize(
    "scene", ["car_panel_scratches", "flange_assembly", "steel_strip", "textured_clutter", "stereo_pair"]
)
def test_the_parts_of_the_light_add_up_to_the_picture(scene: str) -> None:
    with opened(Job(str(ROOT / "scenes" / f"{scene}.yaml"))) as (session, _):
        snapshot = session.snapshot(0)
        for product in snapshot.products[:2]:
            backend = RasterBackend()
            found = backend.surface(snapshot, product)
            buffers, labels = backend.render(snapshot, product, Wanted(hdr=True, labels=True))
            assert buffers.hdr is not None and labels is not None
            whole = buffers.hdr[..., :3]
            parts = (
                found.emission + found.indirect_diffuse + found.reflected + found.direct_diffuse + found.direct_specular
            )
            off = np.abs(parts + found.background - whole).max(-1) / (whole.max(-1) + 1e-3)
            centre = labels.instance * 1_000_000 + labels.triangle
            entity = np.pad(centre, 1, constant_values=-2)  # beside another triangle, or the border, pixels are blended
            same = np.ones(centre.shape, bool)
            for dy in range(3):
                for dx in range(3):
                    same &= entity[dy : dy + same.shape[0], dx : dx + same.shape[1]] == centre

            # what is thinner than a pixel may lie between the centres
            assert same.mean() > 0.05 and (off[same & found.hit] < 1e-4).mean() > 0.9999
            assert (off < 1e-4).mean() > 0.9


def test_geometry_is_that_of_the_labels(open_scene: Opener) -> None:
    asked = request(open_scene)
    view, found = asked.view, asked.view.surface
    points = world_points(view.product.camera, view.labels)

    assert np.array_equal(found.hit, view.labels.instance >= 0) and 0.05 < found.hit.mean() < 0.95
    assert np.abs(found.position - points)[found.hit].max() < 1e-4
    assert ((found.smooth_normal * view.labels.normal).sum(-1)[found.hit] > 0.99).all()
    assert not found.position[~found.hit].any() and found.background[~found.hit].all()
    stage = ANNOTATORS["PtWorldPos"](asked)[..., :3].astype(float)[found.hit]
    assert np.allclose(stage, points[found.hit] / view.snapshot.meters_per_unit, rtol=2e-3, atol=2e-3)
    assert np.array_equal(ANNOTATORS["DepthLinearized"](asked), view.labels.depth)
    assert np.array_equal(ANNOTATORS["PtBackground"](asked)[..., 3] == 1, ~found.hit)


def test_a_normal_map_bends_one_normal_and_a_defect_paints_the_albedo(open_scene: Opener) -> None:
    plate = """
plate: {create.plane: {scale: [2, 2, 1], semantics: [["class", "plate"]]}}
eye: {create.camera: {position: [0, 0, 2], look_at: [0, 0, 0]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
sky: {create.light: {light_type: dome}}
frames: {trigger.on_frame: {max_execs: 3}}
look:
  with.frames:
    with.plate:
      surfaces.car_paint: {peel: 0.05}
      defects.stain: {count: 3, gain: 0.3, length: 300, in_view: true, semantics: [["class", "stain"]]}
"""
    asked = request(open_scene, plate)
    found, labels = asked.view.surface, asked.view.labels

    assert np.allclose(found.smooth_normal[found.hit], [0, 0, 1], atol=1e-5)
    assert (np.abs(found.normal - found.smooth_normal).max(-1)[found.hit] > 1e-4).mean() > 0.5
    assert labels.defect is not None and (labels.defect >= 0).any()
    stained = found.base_colour[labels.defect >= 0].mean()
    assert abs(stained - found.base_colour[found.hit & (labels.defect < 0)].mean()) > 0.01


@pytest.mark.parametrize(
    ("names", "dtype", "channels"),
    [
        ("SmoothNormal BumpNormal Motion2d Reflections", np.float32, 4),
        ("AmbientOcclusion SpecularAlbedo DirectDiffuse DirectSpecular IndirectDiffuse", np.float16, 4),
        ("DiffuseAlbedo Roughness", np.uint8, 4),
        ("DepthLinearized", np.float32, 1),
        ("PtDirectIllumation PtGlobalIllumination PtReflections PtSelfIllumination PtBackground", np.float16, 4),
        ("PtWorldNormal PtWorldPos PtZDepth PtDiffuseFilter PtReflectionFilter", np.float16, 4),
    ],
)
def test_types_and_shapes_are_the_documented_ones(open_scene: Opener, names: str, dtype: type, channels: int) -> None:
    asked = request(open_scene)
    for name in names.split():
        value = ANNOTATORS[name](asked)
        assert value.dtype == dtype and value.shape == ((48, 64, 4) if channels == 4 else (48, 64)), name
        assert np.isfinite(value.astype(float)).all() or name == "DepthLinearized"
