"""Brushed metal: highlights are stretched across the grooves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import Wanted
from rendersdg.snapshot import Finish, Material, Snapshot
from tests.conftest import Opener
from tests.defects.damage import snapshot_of

PLATE = """
plate: {create.plane: {scale: 1.0}}
key: {create.light: {light_type: distant, rotation: [0, 0, 0], intensity: 3000}}
eye: {create.camera: {position: [0, 0, 2], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [201, 201]}}
"""


BALLS = """
one: {create.sphere: {scale: 0.2, position: [-0.11, 0, 0]}}
two: {create.sphere: {scale: 0.2, position: [0.11, 0, 0]}}
room: {create.light: {light_type: dome, intensity: 900, texture: "rendersdg:texture/studio"}}
key: {create.light: {light_type: sphere, position: [0.3, 0.3, 1], scale: 0.1, intensity: 9000}}
eye: {create.camera: {position: [0, 0, 0.8], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [160, 80]}}
"""


ALPHA = 0.05


STEEL = Material((0.6, 0.6, 0.6), metallic=1.0, roughness=ALPHA**0.5)


def light_of(snapshot: Snapshot, *materials: Material) -> np.ndarray:
    """Return the linear radiance (H, W) when the instances are of these materials, in turn."""
    instances = tuple(replace(i, material=k % len(materials)) for k, i in enumerate(snapshot.instances))
    lights = tuple(
        replace(x, size=(0.0, 0.0)) if x.kind == "distant" else x for x in snapshot.lights
    )  # no larger than a point
    painted = replace(snapshot, materials=materials, instances=instances, lights=lights)
    hdr = RasterBackend().render(painted, painted.products[0], Wanted(hdr=True))[0].hdr
    assert hdr is not None
    return hdr[..., 1].astype(float)


def half_width(profile: np.ndarray, degrees_of_pixel: np.ndarray) -> float:
    """Return the tilt of the half vector at which a lobe falls to a quarter of its peak."""
    side = profile[100:] / profile[100]
    return float(np.interp(-0.25, -side, degrees_of_pixel))


@pytest.mark.parametrize("strength", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("turn", [0, 90])
def test_a_highlight_is_as_long_as_its_roughness_across_the_grooves(
    open_scene: Opener, strength: float, turn: int
) -> None:
    """Light and eye straight above a plate: D = 1 / (pi au av (sin^2 / a^2 + cos^2)^2) along each axis; half of e is a
    quarter of D.
    """
    snapshot = snapshot_of(open_scene(PLATE), 0)
    made = light_of(snapshot, replace(STEEL, finish=Finish(anisotropy=strength), uv_rotate=float(turn)))
    focal = snapshot.products[0].camera.focal_px[0]
    tilt = np.arctan(np.arange(101) / focal) / 2
    across, along = made[100], made[:, 100]
    if turn:
        across, along = along, across

    aspect = (1 - 0.9 * strength) ** 0.5
    for profile, alpha in ((across, ALPHA / aspect), (along, ALPHA * aspect)):
        expected = np.arctan(alpha)  # sin^2 / alpha^2 + cos^2 = 2, but for what lies beyond the square of alpha
        assert half_width(profile, tilt) == pytest.approx(expected, rel=0.03)


def test_grooves_keep_the_light_of_the_highlight(open_scene: Opener) -> None:
    snapshot = snapshot_of(open_scene(PLATE), 0)
    narrow = replace(STEEL, roughness=0.02**0.5)
    plain = light_of(snapshot, narrow).sum()

    assert light_of(snapshot, replace(narrow, finish=Finish(anisotropy=0.7))).sum() == pytest.approx(plain, rel=0.03)


def test_what_is_not_brushed_looks_the_same_beside_what_is(open_scene: Opener) -> None:
    snapshot = snapshot_of(open_scene(BALLS), 0)
    plain = light_of(snapshot, STEEL, STEEL)
    beside = light_of(snapshot, STEEL, replace(STEEL, finish=Finish(anisotropy=0.8)))

    left, right = np.s_[:, :79], np.s_[:, 81:]
    assert np.abs(plain[left] - beside[left]).max() < 2e-4 * plain.max()
    assert np.abs(plain[right] - beside[right]).max() > 0.1 * plain.max()
    zero = light_of(
        snapshot, replace(STEEL, finish=Finish(anisotropy=1e-6)), replace(STEEL, finish=Finish(anisotropy=1e-6))
    )
    assert np.abs(plain - zero).max() < 2e-3 * plain.max()


def test_the_sky_is_blurred_along_one_axis(open_scene: Opener) -> None:
    """Under a sky alone, the reflection on a brushed ball changes less in the direction across its grooves."""
    text = "\n".join(line for line in BALLS.splitlines() if not line.startswith("key"))
    snapshot = snapshot_of(open_scene(text), 0)
    grooved = replace(STEEL, roughness=0.3, finish=Finish(anisotropy=0.9))
    plain, brushed = (light_of(snapshot, m)[25:55, 10:40] for m in (replace(STEEL, roughness=0.3), grooved))

    assert np.abs(plain - brushed).max() > 0.05 * plain.max()


def test_surfaces_can_be_brushed(open_scene: Opener) -> None:
    """Lines along y, turned by 90 degrees with the surface."""
    text = PLATE + (
        "look: {with.plate: {surfaces.ground: {anisotropy: 0.8, metallic: 1, roughness: 0.25, relief: 0, angle: %d}}}\n"
    )
    widths = []
    for angle in (0, 90):
        hdr = light_of_surface(snapshot_of(open_scene(text % angle), 0))
        across, along = hdr[98:103].mean(0), hdr[:, 98:103].mean(1)
        widths.append((across > across.max() / 2).sum() / (along > along.max() / 2).sum())
    assert widths[0] > 1.8 and widths[1] < 1 / 1.8


def light_of_surface(snapshot: Snapshot) -> np.ndarray:
    hdr = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True))[0].hdr
    assert hdr is not None
    return hdr[..., 1].astype(float)
