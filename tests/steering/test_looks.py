"""Looks of objects: values known by hand, and harm that follows a look is found again in others that look alike."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.steering.looks import NAMES, fit_harm, looks_of


def looks(grey_inside: int, grey_around: int) -> dict[str, float]:
    picture = np.full((100, 200, 3), grey_around, np.uint8)
    picture[40:60, 90:130] = grey_inside
    return dict(zip(NAMES, looks_of(picture, np.array([90.0, 40, 130, 60]))))


def test_a_dark_box_on_a_light_ground_looks_as_it_is() -> None:
    told = looks(51, 204)

    assert told["size"] == pytest.approx(np.log(40 * 20 / (100 * 200)))
    assert told["aspect"] == pytest.approx(np.log(2))
    assert told["contrast"] == pytest.approx(-0.6)
    assert told["strength"] == pytest.approx(0.6)
    assert told["light"] == pytest.approx(0.8)
    assert told["texture"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("box", [[0, 0, 200, 100], [-5, -5, 3, 3], [199, 99, 220, 130], [10, 10, 10, 10]])
def test_boxes_at_the_edge_and_beyond_have_looks_too(box: list[float]) -> None:
    assert np.isfinite(looks_of(np.zeros((100, 200, 3), np.uint8), np.array(box, float))).all()


def test_harm_that_follows_a_look_is_found_in_objects_that_look_alike() -> None:
    rng = np.random.default_rng(0)
    seen = rng.standard_normal((400, len(NAMES)))
    harm = np.clip(0.5 - 0.3 * seen[:, 3], 0, 1)  # faint ones are missed

    model = fit_harm(seen, ["dent"] * 400, harm)

    assert model is not None
    assert model.explained > 0.9
    faint, strong = np.zeros((1, len(NAMES))), np.zeros((1, len(NAMES)))
    faint[0, 3], strong[0, 3] = -1.5, 1.5
    assert model(faint, ["dent"])[0] > 0.85
    assert model(strong, ["dent"])[0] < 0.15


def test_chance_explains_nothing() -> None:
    rng = np.random.default_rng(1)

    model = fit_harm(rng.standard_normal((400, len(NAMES))), ["dent"] * 400, rng.random(400))

    assert model is not None
    assert model.explained < 0.05


def test_few_objects_make_no_model() -> None:
    assert fit_harm(np.zeros((5, len(NAMES))), ["dent"] * 5, np.zeros(5)) is None
