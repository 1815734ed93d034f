"""Procedural surfaces keep the statistics that were set, and fitting finds them again in photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.assets.surfaces import OCTAVES, SURFACES, make_surface, spectral
from rendersdg.errors import AssetError, BadArgument, BadScene, RenderSDGError
from rendersdg.fit.edit import changed
from rendersdg.fit.fit import fit, read_photographs
from rendersdg.fit.statistics import statistics
from tests.conftest import HEAD, Opener

PLATE = (
    HEAD
    + """
plate: {create.plane: {scale: [0.21, 0.21, 1]}}
room: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 0, 4], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 419.1, clipping_range: [0.1, 10]}}
view: {create.render_product: {camera: eye, resolution: [128, 128]}}
frames: {trigger.on_frame: {max_execs: 50}}
look:
  with.frames:
    with.plate:
      surfaces.hot_rolled:
        # the steel
        specular: 0
        level: %s
        grain: 0
bench: {with.frames: {with.eye: {inspection.sensor: {mono: true, tone: linear, bits: 8, gain: 0.01, read_noise: 10}}}}
"""
)


@given(st.lists(st.floats(0.01, 0.2), min_size=7, max_size=7), st.floats(0.2, 5), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_each_octave_has_the_deviation_that_was_asked_for(wanted: list[float], stretch: float, seed: int) -> None:
    side = 256
    image = spectral(np.random.default_rng(seed), side, wanted, (stretch,) * 7).astype(float)
    power = np.abs(np.fft.fft2(image)) ** 2 / side**4
    place = np.fft.fftfreq(side) * side
    radius = np.hypot(place[None], place[:, None])

    for (low, high), value in zip(OCTAVES, wanted):
        assert np.sqrt(power[(radius >= low) & (radius < high)].sum()) == pytest.approx(value, rel=1e-3)


def test_stretched_features_are_longer_along_y() -> None:
    image = spectral(np.random.default_rng(0), 256, [0, 0, 0.1, 0.1, 0.1, 0, 0], (4.0,) * 7)

    assert np.abs(np.diff(image, axis=1)).mean() > 2 * np.abs(np.diff(image, axis=0)).mean()


@pytest.mark.parametrize("kind", list(SURFACES))
def test_a_surface_tiles_without_a_seam_and_keeps_its_level(kind: str) -> None:
    surface = make_surface(kind, {"texels": 256, "level": 0.4})
    maps = surface.maps(np.random.default_rng(3))
    grey = maps.colour.mean(-1)

    assert maps.colour.shape == (256, 256, 3)
    assert grey.min() >= 0 and grey.max() <= 1
    if kind in ("ground", "rough", "car_paint"):  # light, tracks and passes of a tool need not come round
        inside = np.abs(np.diff(grey, axis=1)).mean()
        assert np.abs(grey[:, 0] - grey[:, -1]).mean() < 2.5 * inside
    if kind not in ("board", "weld_seam", "fabric"):  # those have dark parts of their own
        assert grey.mean() == pytest.approx(0.4 * (surface.red + surface.green + surface.blue) / 3, rel=0.1)


def test_statistics_of_a_known_picture() -> None:
    x = np.arange(200)
    image = 120 + 20 * np.sin(2 * np.pi * 12 * x / 200)[None] + np.linspace(-15, 15, 200)[:, None]
    found = statistics(np.clip(np.round(image), 0, 255).astype(np.uint8))

    assert found["mean"] == pytest.approx(120, abs=0.2)
    assert found["octave_4"] == pytest.approx(20 / np.sqrt(2), rel=0.05)  # 12 cycles lie in 8 to 16
    assert found["octave_6"] < 0.5
    assert found["slope_y"] == pytest.approx(30, rel=0.05)
    assert abs(found["slope_x"]) < 6
    assert found["lean"] > 100


def test_a_surface_is_new_in_each_frame_and_comes_back_with_it(open_scene: Opener) -> None:
    session = open_scene(PLATE % 0.4, bare=True)
    images = [session.capture(session.planner.plan(k)).views["Replicator"].buffers.rgb for k in (0, 1, 0)]

    assert np.array_equal(images[0], images[2])
    assert not np.array_equal(images[0], images[1])
    assert images[0][..., 0].mean() == pytest.approx(0.4 * 255, abs=3)


def test_fitting_finds_known_parameters_again(tmp_path: Path) -> None:
    known = "0.45\n        octave_3: 0.05\n        octave_5: 0.03\n        octave_6: 0.02\n        bands_x: 0.06\n        slope_y: 0.2"
    truth, guess, photos = tmp_path / "truth.yaml", tmp_path / "guess.yaml", tmp_path / "photos"
    lens = PLATE.replace(
        "read_noise: 10", "read_noise: 10, blur: 0.9"
    )  # takes from fine octaves: what is seen is not what is set
    truth.write_text(lens % known)
    guess.write_text(lens % 0.7)
    photos.mkdir()
    from rendersdg.fit.fit import _measure
    from rendersdg.orchestrator.session import Session
    from rendersdg.scene.recorder import recording
    from rendersdg.yaml.parser import SceneParser

    with recording(tmp_path) as recorder:
        SceneParser(recorder).read(truth)
        session = Session(recorder, seed=77, needs_writer=False)
        for frame in range(20):
            rgb = session.capture(session.planner.plan(frame)).views["Replicator"].buffers.rgb
            cv2.imwrite(str(photos / f"{frame:02d}.png"), rgb[..., 0])
    found = fit(guess, read_photographs(photos, 20), frames=16, rounds=5)
    fitted = _measure(guess, found.text, None, 24, seed=5)

    before, after = found.distances
    assert after < 0.5 * before
    for name, error in (("mean", 0.03), ("octave_3", 0.15), ("octave_5", 0.12), ("octave_6", 0.12), ("bands_x", 0.35)):
        assert np.median(fitted[name]) == pytest.approx(np.median(found.real[name]), rel=error), name
    assert np.median(fitted["slope_y"]) == pytest.approx(np.median(found.real["slope_y"]), abs=8)
    assert "# the steel" in found.text
    assert "photographs" in found.report()


def test_a_fit_halves_the_distance_to_real_photographs(tmp_path: Path) -> None:
    from tests.conftest import needs_shared

    folder = needs_shared("data", "neu-det")
    names = [n for n in (folder / "splits" / "val.txt").read_text().split() if n.startswith("rolled")][:24]
    photographs = [
        cv2.imread(str(folder / "images" / f"{n.removesuffix('.jpg')}.jpg"), cv2.IMREAD_GRAYSCALE) for n in names
    ]
    scene = tmp_path / "scene.yaml"
    scene.write_text(PLATE % 0.4)

    before, after = fit(scene, photographs, frames=12, rounds=4).distances  # type: ignore[arg-type]
    assert after < 0.5 * before


def test_only_the_arguments_change() -> None:
    text = "a:  # first\n  surfaces.hot_rolled:\n    level: {distribution.uniform: {lower: 1, upper: 2}}  # x\n    band: 3\nb: 4\n"

    assert changed(text, "a", "surfaces.hot_rolled", {"level": "7", "grain": "0"}) == (
        "a:  # first\n  surfaces.hot_rolled:\n    grain: 0\n    level: 7  # x\n    band: 3\nb: 4\n"
    )
    with pytest.raises(BadScene, match="no call"):
        changed(text, "b", "surfaces.hot_rolled", {})


def test_what_cannot_be_fitted_is_said(tmp_path: Path) -> None:
    scene = tmp_path / "scene.yaml"
    scene.write_text(HEAD + "ball: {create.sphere: {}}\n")
    with pytest.raises(BadArgument, match=r"0 calls of surfaces\.hot_rolled"):
        fit(scene, [np.zeros((64, 64), np.uint8)])
    with pytest.raises(AssetError, match="no photographs"):
        read_photographs(tmp_path / "nowhere", 5)


@pytest.mark.parametrize("wrong", [{"texels": 300}, {"tile": 0}, {"level": "dark"}, {"anisotropy": 1.2}, {"coat": -1}])
def test_bad_parameters_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(RenderSDGError, match=next(iter(wrong))):
        make_surface("hot_rolled", wrong)
