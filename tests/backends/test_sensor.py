"""The camera: its noise gives back the gain and the read noise that were set, and each step does what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.backends.sensor import digital_numbers, expose
from rendersdg.colour import FILM_EXPOSURE
from rendersdg.errors import BadArgument
from rendersdg.snapshot import Sensor
from tests.conftest import Opener

PLAIN = Sensor(shot_noise=False, read_noise=0.0, tone="linear", bits=12, gain=0.2)


def flat(level: float, side: int = 64) -> np.ndarray:
    return np.full((side, side, 4), level / FILM_EXPOSURE, np.float32)


@pytest.mark.parametrize(("gain", "read_noise", "black"), [(0.25, 6.0, 60.0), (1.3, 3.0, 20.0), (0.06, 20.0, 100.0)])
def test_a_photon_transfer_curve_gives_back_gain_and_read_noise(gain: float, read_noise: float, black: float) -> None:
    """EMVA 1288: the variance between two flat fields rises with their mean;
    its slope is the gain in DN an electron.
    """
    sensor = Sensor(gain=gain, read_noise=read_noise, black_level=black, bits=12, seed=7, site="sensor/test")
    means, variances = [], []
    for step, level in enumerate((0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)):
        light = np.full((600, 600), level, np.float32)
        pair = [digital_numbers(light, sensor, 2 * step + k).astype(float) for k in range(2)]
        means.append(np.mean(pair) - black)
        variances.append(np.var(pair[0] - pair[1]) / 2 - 1 / 12)
    slope, offset = np.polyfit(means[1:], variances[1:], 1, w=1 / np.array(variances[1:]))

    assert slope == pytest.approx(gain, rel=0.03)
    assert np.sqrt(variances[0]) / gain == pytest.approx(read_noise, rel=0.03)
    assert offset == pytest.approx((gain * read_noise) ** 2, rel=0.3, abs=0.5)


def test_noise_differs_by_frame_and_comes_back_with_it() -> None:
    sensor = Sensor(gain=0.3, seed=1, site="sensor/a")
    first, again, other = (expose(flat(0.5), sensor, frame).rgb for frame in (3, 3, 4))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_exposure_counts_in_stops_until_the_range_is_full() -> None:
    for stops, wanted in ((0.0, 0.2), (1.0, 0.4), (-1.0, 0.1), (3.0, 1.0)):
        rgb = expose(flat(0.2), replace(PLAIN, exposure=stops), 0).rgb
        assert rgb[..., :3].mean() / 255 == pytest.approx(wanted, abs=0.003)


def test_vignetting_takes_its_share_in_the_corners_only() -> None:
    rgb = expose(flat(0.8, 65), replace(PLAIN, vignetting=0.4), 0).rgb[..., 0] / 255.0

    assert rgb[32, 32] == pytest.approx(0.8, abs=0.003)
    assert rgb[0, 0] == pytest.approx(0.8 * 0.6, abs=0.004)


def test_blur_keeps_the_light_and_spreads_it_by_its_sigma() -> None:
    point = np.zeros((65, 65, 4), np.float32)
    point[32, 32, :3] = 20 / FILM_EXPOSURE
    row = expose(point, replace(PLAIN, blur=3.0, bits=16, gain=1.0), 0).rgb[..., 0].astype(float)
    x = np.arange(65) - 32

    spread = np.sqrt((row.sum(0) * x**2).sum() / row.sum())
    assert spread == pytest.approx(3.0, rel=0.05)


def test_a_bayer_sensor_gives_flat_colours_back_and_loses_fine_detail() -> None:
    colour = flat(0.0)
    colour[..., :3] = np.array([0.6, 0.3, 0.1]) / FILM_EXPOSURE
    rgb = expose(colour, replace(PLAIN, bayer=True), 0).rgb[8:-8, 8:-8, :3] / 255.0
    assert np.allclose(rgb, [0.6, 0.3, 0.1], atol=0.004)

    stripes = flat(0.0)
    stripes[:, ::2, :3] = 0.8 / FILM_EXPOSURE
    seen = expose(stripes, replace(PLAIN, bayer=True), 0).rgb[8:-8, 8:-8, :3].astype(int)
    assert np.ptp(seen, axis=2).max() > 60  # moire: colours that are not there


def test_black_level_and_bits_quantize() -> None:
    numbers = digital_numbers(np.full((4, 4), 0.5, np.float32), replace(PLAIN, bits=4, black_level=2, gain=0.01), 0)

    assert np.array_equal(numbers, np.full((4, 4), round(0.5 * 13 + 2)))


def test_jpeg_changes_grain_and_keeps_the_mean() -> None:
    noisy = Sensor(gain=1.0, bits=8, tone="linear", site="s", seed=2)
    sharp, soft = expose(flat(0.4), noisy, 0).rgb, expose(flat(0.4), replace(noisy, jpeg=40), 0).rgb

    assert sharp[..., 0].std() > soft[..., 0].std() > 0
    assert soft.mean() == pytest.approx(sharp.mean(), abs=1.0)


@pytest.mark.parametrize("wrong", [{"gain": 0}, {"bits": 40}, {"jpeg": 101}, {"tone": "warm"}, {"vignetting": -0.1}])
def test_values_out_of_range_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(BadArgument, match=next(iter(wrong))):
        Sensor(**wrong)  # type: ignore[arg-type]


def test_a_scene_sets_a_sensor_by_distributions(open_scene: Opener) -> None:
    session = open_scene("""
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
ball: {create.sphere: {}}
room: {create.light: {light_type: dome, intensity: 500}}
frames: {trigger.on_frame: {max_execs: 5}}
bench:
  with.frames:
    with.eye:
      inspection.sensor: {exposure: {distribution.uniform: {lower: -1, upper: 1}}, mono: true, gain: 0.5, jpeg: 90}
""")
    captures = [session.capture(session.planner.plan(k)) for k in (0, 1)]
    sensors = [c.snapshot.products[0].sensor for c in captures]
    rgb = captures[0].views["Replicator"].buffers.rgb

    assert sensors[0] is not None and sensors[1] is not None
    assert sensors[0].exposure != sensors[1].exposure
    assert sensors[0].mono and sensors[0].jpeg == 90
    assert np.ptp(rgb[..., :3].astype(int), axis=2).max() == 0
    assert np.array_equal(session.capture(session.planner.plan(0)).views["Replicator"].buffers.rgb, rgb)
