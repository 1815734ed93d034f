"""Clear coats: what they reflect, and what they leave of the surface below."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import Wanted
from rendersdg.snapshot import Finish, Material, Snapshot
from tests.backends.coated import SCENE
from tests.conftest import Opener
from tests.defects.damage import snapshot_of

SKY = 'room: {create.light: {light_type: dome, intensity: 900, texture: "rendersdg:texture/studio"}}\n'


BLACK = (0.0, 0.0, 0.0)


def picture(snapshot: Snapshot, material: Material) -> np.ndarray:
    painted = replace(snapshot, materials=(material,) * len(snapshot.materials))
    return RasterBackend().render(painted, painted.products[0])[0].rgb[..., :3].astype(int)


@pytest.mark.parametrize("roughness", [0.1, 0.3, 0.6])
def test_a_coat_over_nothing_is_a_black_dielectric(open_scene: Opener, roughness: float) -> None:
    """Under a light from behind the camera Fresnel's rise is small, so what the base adds by it is too."""
    snapshot = snapshot_of(open_scene(SCENE), 0)
    coated = picture(
        snapshot, Material(BLACK, roughness=1.0, specular=0.0, finish=Finish(coat=1.0, coat_roughness=roughness))
    )
    plain = picture(snapshot, Material(BLACK, roughness=roughness, specular=0.5))

    assert plain.max() > 60
    assert np.abs(coated - plain).max() <= 2


def test_a_coat_takes_from_the_surface_below_what_it_reflects(open_scene: Opener) -> None:
    """Seen head-on 4 % of the light is turned away: linear radiance falls by that
    where the coat itself shows nothing.
    """
    text = SCENE.replace("rotation: [10, 5, 0]", "rotation: [60, 0, 0]")
    snapshot = snapshot_of(open_scene(text), 0)
    backend = RasterBackend()

    def middle(coat: float) -> float:
        material = Material((0.5, 0.5, 0.5), roughness=1.0, specular=0.0, finish=Finish(coat=coat, coat_roughness=0.05))
        painted = replace(snapshot, materials=(material,) * len(snapshot.materials))
        hdr = backend.render(painted, painted.products[0], Wanted(hdr=True))[0].hdr
        assert hdr is not None
        return float(hdr[60, 60, 0])

    assert middle(1.0) / middle(0.0) == pytest.approx(0.96, abs=0.003)
    assert middle(0.5) / middle(0.0) == pytest.approx(0.98, abs=0.003)


def test_a_smooth_coat_mirrors_the_sky_over_a_rough_base(open_scene: Opener) -> None:
    snapshot = snapshot_of(open_scene(SKY + SCENE), 0)
    rough = Material((0.05, 0.05, 0.05), roughness=1.0)
    plain, coated = (
        picture(snapshot, rough),
        picture(snapshot, replace(rough, finish=Finish(coat=1.0, coat_roughness=0.03))),
    )

    def detail(image: np.ndarray) -> float:
        return float(np.abs(np.diff(image[30:90, 30:90, 1], axis=1)).mean())

    assert detail(coated) > 1.5 * detail(plain)


def test_a_chip_is_not_varnished(open_scene: Opener) -> None:
    marks = "marks: {with.ball: {defects.%s: {length: 90, breadth: 90, position: [0, 0, 0.1], in_view: true, %s}}}\n"
    chip = snapshot_of(open_scene(SCENE + marks % ("patch", "roughness: 1, gain: 1, blur: 1")), 0)
    stack = chip.defects[0].stack
    bare = replace(chip, defects=())
    glossy = Material(BLACK, roughness=1.0, specular=0.0, finish=Finish(coat=1.0, coat_roughness=0.2))
    under = picture(bare, glossy)
    spot = np.unravel_index(under[..., 1].argmax(), under.shape[:2])

    assert stack[..., 4].min() < 0.05  # its roughness replaces the surface's
    assert under[spot][1] > 60 and picture(chip, glossy)[spot][1] < 10


@pytest.mark.parametrize("coat", [0.0, 1.0])
def test_a_larger_light_of_equal_irradiance_blurs_a_highlight_and_keeps_its_light(
    open_scene: Opener, coat: float
) -> None:
    snapshot, backend = snapshot_of(open_scene(SCENE), 0), RasterBackend()
    material = Material(BLACK, roughness=0.15, specular=0.5 - 0.5 * coat, finish=Finish(coat=coat, coat_roughness=0.15))

    def highlight(degrees: float) -> tuple[float, float]:
        lights = tuple(replace(light, size=(degrees, 0.0)) for light in snapshot.lights)
        painted = replace(snapshot, lights=lights, materials=(material,) * len(snapshot.materials))
        hdr = backend.render(painted, painted.products[0], Wanted(hdr=True))[0].hdr
        assert hdr is not None
        return float(hdr[..., 1].sum()), float(hdr[..., 1].max())

    (small, sharp), (large, soft) = highlight(0.5), highlight(12.0)

    assert large == pytest.approx(small, rel=0.2)
    assert soft < 0.6 * sharp
