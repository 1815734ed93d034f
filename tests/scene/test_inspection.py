"""Lights of inspection benches show what they are used for."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import RenderSDGError
from tests.conftest import Opener
from tests.scene.bench import BENCH

DENT = "dent: {diameter: 30, depth: 3, aspect: 1, irregular: 0, angle: 0, position: [0, 0, 0]}"


def picture(open_scene: Opener, light: str, mark: str = DENT, frame: int = 0) -> tuple[np.ndarray, np.ndarray]:
    session = open_scene(BENCH % (mark, light))
    view = session.capture(session.planner.plan(frame)).views["Replicator"]
    found = view.labels.defect
    mask = np.zeros((128, 128), bool) if found is None else found >= 0
    return view.buffers.rgb[..., :3].mean(-1), mask


def test_dark_field_lights_the_dent_and_not_the_plate(open_scene: Opener) -> None:
    grey, mask = picture(open_scene, "dark_field_light: {radius: 0.2, height: 0.03}")
    plate = np.zeros_like(mask)
    plate[30:98, 30:98] = True

    assert grey[mask].max() > 45
    assert np.median(grey[plate & ~mask]) < 0.6 * np.percentile(grey[mask], 95)


def test_coaxial_light_lights_the_plate_and_not_the_walls_of_the_dent(open_scene: Opener) -> None:
    grey, mask = picture(open_scene, "coaxial_light: {intensity: 600}")
    plate = np.zeros_like(mask)
    plate[54:74, 10:20] = True

    assert np.percentile(grey[mask], 10) < 0.6 * np.median(grey[plate])


def test_a_bar_lights_the_far_wall_of_a_dent(open_scene: Opener) -> None:
    grey, mask = picture(open_scene, "bar_light: {azimuth: 0, elevation: 20, intensity: 60000, distance: 0.5}")
    columns = np.nonzero(mask)[1]
    left, right = mask.copy(), mask.copy()
    left[:, int(columns.mean()) :] = False
    right[:, : int(columns.mean())] = False

    assert grey[left].mean() > 1.3 * grey[right].mean()  # the lamp stands at +X: the wall at -X faces it


def test_photometric_stereo_turns_its_lamps_on_in_turn(open_scene: Opener) -> None:
    text = BENCH.replace("lamp: {inspection.%s}", "lamp: {with.frames: {}}\nset:\n  with.frames:\n    inspection.%s")
    session = open_scene(text % (DENT, "photometric_stereo: {count: 4}"))
    brightest = []
    for frame in range(5):
        capture = session.capture(session.planner.plan(frame))
        assert len(capture.snapshot.lights) == 1
        brightest.append(np.round(capture.snapshot.lights[0].world_from_light[:3, 3], 3).tolist())

    assert len({tuple(b) for b in brightest[:4]}) == 4
    assert brightest[4] == brightest[0]


def test_a_ring_is_the_same_from_all_sides(open_scene: Opener) -> None:
    grey, _ = picture(open_scene, "ring_light: {radius: 0.15, height: 0.4}", "scratch: {count: 0}")

    assert grey[64, 20:108] == pytest.approx(grey[20:108, 64], rel=0.05, abs=2)


@pytest.mark.parametrize("lamp", ["photometric_stereo: {count: 1}", "ring_light: {radius: 0}"])
def test_bad_lights_are_named(open_scene: Opener, lamp: str) -> None:
    with pytest.raises(RenderSDGError, match=r"count|radius"):
        open_scene(BENCH % (DENT, lamp))
