"""What smooth surfaces mirror of a light: its outline, as geometry gives it, and for rough ones the lobe summed up."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.light import radiance
from tests.conftest import Opener

HEIGHT, NITS = 2.0, 1000.0
FLOOR = "floor: {create.plane: {scale: [40, 40, 1], material: metal}}\n"
EYE = """
eye: {create.camera: {position: [0, -3, 1.5], look_at: [0, 0.6, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
"""
LAMPS = {
    "rect": "scale: [1.2, 0.5, 1], rotation: [0, 0, 20]",
    "disk": "scale: 1.0",
    "sphere": "scale: 0.8",
}


def metal(roughness: float) -> str:
    return f"metal: {{create.material_omnipbr: {{diffuse: [1, 1, 1], metallic: 1.0, roughness: {roughness}}}}}\n"


def lamp(kind: str) -> str:
    """Return a light over (0, 1) that shines down, of radiance NITS."""
    shape = LAMPS[kind]
    return f"lamp: {{create.light: {{light_type: {kind}, intensity: {NITS}, position: [0, 1, {HEIGHT}], {shape}}}}}\n"


def rays(width: int = 96, height: int = 72) -> tuple[np.ndarray, np.ndarray]:
    """Return where the pixels' rays meet the floor (H, W, 3), and their unit directions."""
    focal = width * 24 / 20.955
    eye, at = np.array([0, -3, 1.5]), np.array([0, 0.6, 0])
    forward = (at - eye) / np.linalg.norm(at - eye)
    right = np.array([1.0, 0, 0])
    up = np.cross(right, forward)
    u, v = (np.arange(width) + 0.5 - width / 2) / focal, (height / 2 - np.arange(height) - 0.5) / focal
    d = forward + u[None, :, None] * right + v[:, None, None] * up
    d /= np.linalg.norm(d, axis=-1, keepdims=True)
    return eye + d * (-eye[2] / d[..., 2])[..., None], d


def outside(kind: str) -> np.ndarray:
    """Return how far each pixel's mirrored ray passes the light's rim, in metres; less than 0 within."""
    place, d = rays()
    mirrored = d * [1, 1, -1]
    middle = np.array([0, 1, HEIGHT])
    if kind == "sphere":
        away = middle - place
        along = (away * mirrored).sum(-1, keepdims=True)
        return np.linalg.norm(away - along * mirrored, axis=-1) - 0.4
    at = place + mirrored * ((HEIGHT - place[..., 2]) / mirrored[..., 2])[..., None] - middle
    if kind == "disk":
        return np.linalg.norm(at, axis=-1) - 0.5
    turn = np.radians(20)
    x, y = at[..., 0] * np.cos(turn) + at[..., 1] * np.sin(turn), at[..., 1] * np.cos(turn) - at[..., 0] * np.sin(turn)
    return np.maximum(np.abs(x) - 0.6, np.abs(y) - 0.25)


def seen(open_scene: Opener, text: str) -> np.ndarray:
    return radiance(open_scene, "", text + EYE)[..., 0]


@pytest.mark.parametrize("kind", LAMPS)
@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_a_mirror_shows_the_outline_and_the_radiance_of_a_light(open_scene: Opener, kind: str, quality: str) -> None:
    asked = f"light: {{settings.render_quality: {{quality: {quality}}}}}\n"

    light = seen(open_scene, asked + metal(0.0) + FLOOR + lamp(kind))

    off = outside(kind)
    assert (off < -0.1).sum() > 25
    assert light[off < -0.1] == pytest.approx(NITS, rel=0.03)
    assert np.percentile(light[off > 0.1], 98) < 0.02 * NITS
    # just at the rim half of the lobe meets the light
    assert np.median(light[np.abs(off) < 0.012]) == pytest.approx(NITS / 2, rel=0.25)


@pytest.mark.parametrize("roughness", [0.15, 0.3, 0.45])
def test_a_lobe_over_a_light_is_what_its_sum_over_the_light_is(open_scene: Opener, roughness: float) -> None:
    light = seen(open_scene, metal(roughness) + FLOOR + lamp("rect"))

    place, d = rays()
    turn, n = np.radians(20), 121
    a, b = np.meshgrid((np.arange(n) + 0.5) / n * 1.2 - 0.6, (np.arange(n) + 0.5) / n * 0.5 - 0.25)
    points = np.stack([a * np.cos(turn) - b * np.sin(turn), 1 + a * np.sin(turn) + b * np.cos(turn)], -1)
    alpha = roughness**2
    for row, column in [(36, 48), (30, 48), (42, 52), (30, 40), (24, 48)]:
        to = np.concatenate([points - place[row, column, :2], np.full((n, n, 1), HEIGHT)], -1)
        square = (to**2).sum(-1)
        to /= np.sqrt(square)[..., None]
        eye = -d[row, column]
        half = to + eye
        half /= np.linalg.norm(half, axis=-1, keepdims=True)
        nl, nv, nh = to[..., 2], eye[2], half[..., 2]
        bend = nh**2 * (alpha**2 - 1) + 1
        k = alpha / 2
        lobe = alpha**2 / (np.pi * bend**2 * 4 * (nl * (1 - k) + k) * (nv * (1 - k) + k))
        expected = (NITS * lobe * nl * nl / square).sum() * 1.2 * 0.5 / n**2
        assert light[row, column] == pytest.approx(expected, rel=0.25, abs=0.03 * NITS), (row, column)


def test_a_clear_coat_shows_the_light_by_its_own_reflectance(open_scene: Opener) -> None:
    coat = "metal: {create.material_omnipbr: {diffuse: [0, 0, 0], roughness: 1.0, specular: 0.0}}\n"
    for name, value, kind in (
        ("enable_clearcoat", "true", "bool"),
        ("clearcoat_weight", 1.0, "float"),
        ("clearcoat_reflection_roughness", 0.0, "float"),
    ):
        change = f'{{name: "inputs:{name}", value: {value}, attribute_type: {kind}}}'
        coat += f"{name}: {{with.metal: {{modify.attribute: {change}}}}}\n"

    light = seen(open_scene, coat + FLOOR + lamp("disk"))

    off, (_, d) = outside("disk"), rays()
    share = 0.04 + 0.96 * (1 + d[..., 2]) ** 5  # Schlick's
    assert light[off < -0.1] == pytest.approx(NITS * share[off < -0.1], rel=0.05)
    assert np.percentile(light[off > 0.1], 98) < 0.002 * NITS
