"""Procedural surfaces keep the statistics that were set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.assets.surfaces import DIRECTIONS, OCTAVES, SURFACES, make_surface, spectral
from rendersdg.errors import BadArgument, RenderSDGError

TABLES = st.just(()) | st.lists(
    st.lists(st.floats(-6, 6), min_size=len(DIRECTIONS), max_size=len(DIRECTIONS)), min_size=7, max_size=7
)


@given(st.lists(st.floats(0.01, 0.2), min_size=7, max_size=7), st.floats(0.2, 5), st.integers(0, 1000), TABLES)
@settings(max_examples=20, deadline=None)
def test_each_octave_has_the_deviation_that_was_asked_for(
    wanted: list[float], stretch: float, seed: int, table: tuple[tuple[float, ...], ...]
) -> None:
    side = 256
    image = spectral(np.random.default_rng(seed), side, wanted, (stretch,) * 7, table).astype(float)
    power = np.abs(np.fft.fft2(image)) ** 2 / side**4
    place = np.fft.fftfreq(side) * side
    radius = np.hypot(place[None], place[:, None])

    for (low, high), value in zip(OCTAVES, wanted):
        assert np.sqrt(power[(radius >= low) & (radius < high)].sum()) == pytest.approx(value, rel=1e-3)


def test_stretched_features_are_longer_along_y() -> None:
    image = spectral(np.random.default_rng(0), 256, [0, 0, 0.1, 0.1, 0.1, 0, 0], (4.0,) * 7)

    assert np.abs(np.diff(image, axis=1)).mean() > 2 * np.abs(np.diff(image, axis=0)).mean()


def ground(**values: float) -> np.ndarray:
    """Return the level of a ground tile that has nothing but what is asked for, 1 on the average."""
    plain = {"lines": 0.0, "relief": 0.0, "shading": 0.0, "grain": 0.0, "level": 0.2, "tile": 51.2, "texels": 512}
    return make_surface("ground", plain | values).maps(np.random.default_rng(3)).colour[..., 0] / 0.2


def test_gathered_lines_are_strong_in_places() -> None:
    ratios = []
    for gather in (0.0, 0.8):
        level = ground(lines=0.1, width=0.2, length=40.0, gather=gather)
        strength = level.reshape(512, 16, 32).std((0, 2))  # of bands of 3.2 mm
        ratios.append(strength.max() / strength.min())

    assert ratios[1] > 1.5 * ratios[0]


def test_a_tail_makes_light_lines_stand_out() -> None:
    even, tailing = (ground(lines=0.1, width=0.2, length=40.0, tail=tail) for tail in (0.0, 0.8))

    assert tailing.std() == pytest.approx(even.std(), rel=0.25)
    assert np.percentile(tailing - 1, 99.5) > 1.2 * np.percentile(even - 1, 99.5)


def test_shading_stretches_along_y() -> None:
    level = ground(shading=0.2, stretch=4.0)

    assert level.std() == pytest.approx(0.2, rel=0.05)
    assert np.abs(np.diff(level, axis=1)).mean() > 1.7 * np.abs(np.diff(level, axis=0)).mean()


@pytest.mark.parametrize("rows", [7, 14])
def test_a_spectrum_says_how_the_energy_lies(rows: int) -> None:
    """Density falls by 2 each octave and by 2^(angle / 22.5) away from the x axis:
    the table is a formula to compare with.
    """
    side = 256
    place = np.fft.fftfreq(side) * side
    radius = np.maximum(np.hypot(place[None], place[:, None]), 1)
    angle = np.degrees(np.arctan2(np.abs(place[:, None]), np.abs(place[None])))
    density = 2.0 ** (-np.log2(radius) - angle / 22.5)
    octaves = [np.sqrt(density[(radius >= low) & (radius < high)].sum()) for low, high in OCTAVES]
    table = tuple(tuple(-k * 7 / rows - a / 22.5 for a in DIRECTIONS) for k in range(rows))
    total = np.zeros((side, side))
    for seed in range(60):
        image = spectral(np.random.default_rng(seed), side, octaves, table=table).astype(float)
        total += np.abs(np.fft.fft2(image)) ** 2 / 60 / side**4

    for low, high in ((16, 23), (23, 45), (45, 64), (64, 80), (80, 120), (120, 180)):
        for a, b in ((0, 7), (7, 16), (16, 22), (22, 38), (38, 45), (60, 67), (83, 91)):
            cell = (radius >= low) & (radius < high) & (angle >= a) & (angle < b)
            if cell.any():
                assert total[cell].sum() == pytest.approx(density[cell].sum(), rel=0.2), (low, a)


def test_contrast_scales_the_octaves_alone() -> None:
    def maps(**given: float) -> np.ndarray:
        values = {"level": 0.4, "octave_4": 0.1, "slope_x": 0.1, "grain": 0, **given}
        return make_surface("hot_rolled", values).maps(np.random.default_rng(1)).colour[..., 0]

    flat, plain, strong = maps(contrast=0), maps(), maps(contrast=2)
    assert np.allclose(strong - flat, 2 * (plain - flat), atol=1e-6)
    assert flat[0, -1] - flat[0, 0] == pytest.approx(0.04, abs=1e-3)


@pytest.mark.parametrize("angle", [0.0, 30.0, -60.0, 90.0])
def test_brushed_lines_have_their_strength_and_their_angle(angle: float) -> None:
    values = {"level": 0.4, "grain": 0, "brush": 0.1, "brush_angle": angle, "texels": 512}
    grey = make_surface("hot_rolled", values).maps(np.random.default_rng(1)).colour[..., 0]
    gy, gx = np.gradient(grey[4:-4, 4:-4])
    # the direction across which the level changes most, by the structure tensor; rows run down
    across = np.degrees(0.5 * np.arctan2(-2 * (gx * gy).mean(), (gx * gx - gy * gy).mean()))

    assert grey.std() / 0.4 == pytest.approx(0.1, rel=0.05)
    assert abs((across - angle + 90 + 90) % 180 - 90) < 3


@pytest.mark.parametrize(
    "wrong",
    [[[0] * 7] * 6, [[0] * 7] * 13, [[0] * 6] * 7, "steep", [[0] * 7] * 6 + [[float("nan")] * 7], [[99] * 7] * 7],
)
def test_a_spectrum_of_another_shape_is_refused(wrong: object) -> None:
    with pytest.raises(BadArgument, match=r"spectrum must be 7 rows \(octaves\) or 14"):
        make_surface("hot_rolled", {"spectrum": wrong})


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


@pytest.mark.parametrize("wrong", [{"texels": 300}, {"tile": 0}, {"level": "dark"}, {"anisotropy": 1.2}, {"coat": -1}])
def test_bad_parameters_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(RenderSDGError, match=next(iter(wrong))):
        make_surface("hot_rolled", wrong)
