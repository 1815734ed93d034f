"""From maps to heat: cut to the photograph, in units of good parts."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.anomaly.heat import (
    Heating,
    Scale,
    heating_from_json,
    image_score,
    learned_heating,
    own_cells,
    rings,
    scaled,
)
from detectors.preprocess import Preprocess
from rendersdg.arrays import F4
from rendersdg.errors import DatasetError

SQUARE = Preprocess(64)


def maps(hot: tuple[int, int] | None = None, seed: int = 0) -> dict[str, F4]:
    rng = np.random.default_rng(seed)
    distance = rng.uniform(1, 1.1, (8, 8)).astype(np.float32)
    defect = rng.uniform(-5, -4.9, (16, 16)).astype(np.float32)
    if hot is not None:
        distance[hot] = 9
        defect[2 * hot[0] : 2 * hot[0] + 2, 2 * hot[1] : 2 * hot[1] + 2] = 6
    return {"distance": distance, "weighed": distance * 0.5, "defect": defect}


def good() -> Heating:
    return learned_heating([(maps(seed=k), (64, 64)) for k in range(5)], SQUARE, 0.95)


def test_heat_is_where_the_maps_are_hot() -> None:
    heat = good()(maps((2, 5)), (128, 128), SQUARE)

    y, x = np.unravel_index(heat.map.argmax(), heat.map.shape)
    assert heat.map.shape == (128, 128)
    assert (int(y) // 16, int(x) // 16) == (2, 5)
    assert heat.is_bad


def test_what_is_hot_beside_the_photograph_counts_for_nothing() -> None:
    # a photograph of 64 x 32 fills the upper half of the square; cell (6, 3) is padding
    heating = learned_heating([(maps(seed=k), (64, 32)) for k in range(5)], SQUARE, 1.0)

    heat = heating(maps((6, 3), seed=2), (64, 32), SQUARE)
    plain = heating(maps(seed=2), (64, 32), SQUARE)

    assert heat.score == plain.score
    assert not heat.is_bad


def test_an_image_scores_by_the_weighed_distance_where_it_is_farthest() -> None:
    one, plain = maps((1, 1)), [(0.0, 1.0)]

    cells = scaled(own_cells(one, "distance", (64, 64), SQUARE), plain)

    assert image_score(one, "distance", cells, plain) == 4.5


def test_an_edge_that_is_far_from_others_on_good_parts_too_is_not_hot() -> None:
    def edgy(seed: int) -> dict[str, F4]:
        one = maps(seed=seed)
        one["distance"][0] += 5
        return one

    heating = learned_heating([(edgy(k), (64, 64)) for k in range(5)], SQUARE, 1.0)

    heat = heating(edgy(2), (64, 64), SQUARE)
    assert abs(heat.map[:8].mean() - heat.map[24:40].mean()) < 2.5
    assert not heat.is_bad


def test_rings_count_from_the_edge_inwards() -> None:
    assert rings((4, 5), 2).tolist() == [[0] * 5, [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0] * 5]


def test_good_images_score_nothing_on_the_mean() -> None:
    heating = good()

    scores = [heating(maps(seed=k), (64, 64), SQUARE).score for k in range(5)]

    assert np.mean(scores) == pytest.approx(0, abs=1e-4)


def test_one_held_out_photograph_gives_a_finite_heat() -> None:
    heating = learned_heating([(maps(), (64, 64))], SQUARE, 0.95)

    assert np.isfinite(heating(maps((3, 3)), (64, 64), SQUARE).map).all()


def test_a_heating_comes_back_from_its_json() -> None:
    assert heating_from_json(good().as_json()) == good()


@pytest.mark.parametrize("spread", [0.0, float("nan")])
def test_a_spread_that_cannot_be_is_refused(spread: float) -> None:
    with pytest.raises(DatasetError, match=r"spread|finite"):
        Scale(((0.0, 1.0),), (0.0, spread))


def test_unknown_parts_are_refused() -> None:
    with pytest.raises(DatasetError, match="not among"):
        heating_from_json({"scales": {}, "threshold": 1, "pixel_threshold": 1})
