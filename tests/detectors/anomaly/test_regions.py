"""Heat as boxes and as bytes."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from detectors.anomaly.heat import Heat, Heating
from detectors.anomaly.regions import anomalies_of, heat_as_json
from rendersdg.arrays import F4

HEATING = Heating({}, threshold=2.0, pixel_threshold=3.0)


def hot(size_wh: tuple[int, int] = (80, 40)) -> F4:
    heat = np.zeros(size_wh[::-1], np.float32)
    heat[5:15, 10:30] = 6
    heat[8, 12] = 9
    heat[30:34, 60:70] = 27
    return heat


def test_each_region_is_a_box_and_the_worst_comes_first() -> None:
    found = anomalies_of(Heat(hot(), 4, True), HEATING)

    assert found.xyxy.tolist() == [[60, 30, 70, 34], [10, 5, 30, 15]]
    assert found.scores == pytest.approx([0.9, 0.75])
    assert found.labels.tolist() == [0, 0]


def test_a_good_part_has_no_box() -> None:
    found = anomalies_of(Heat(np.full((40, 80), 2.9, np.float32), 0, False), HEATING)

    assert found.xyxy.shape == (0, 4)
    assert len(found.scores) == 0


def test_a_map_of_noise_gives_a_hundred_boxes_at_most() -> None:
    noise = np.random.default_rng(0).normal(0, 5, (200, 200)).astype(np.float32)

    assert len(anomalies_of(Heat(noise, 0, True), HEATING).scores) == 100


def test_heat_travels_as_a_byte_a_cell() -> None:
    told = heat_as_json(anomalies_of(Heat(hot((800, 400)), 4, True), HEATING))

    levels = np.frombuffer(base64.b64decode(told["levels"]), np.uint8).reshape(told["size_wh"][::-1])
    assert told["size_wh"] == [160, 80]
    assert (told["is_bad"], told["score"], told["threshold"]) == (True, 4, 2)
    assert levels.max() > 0 and levels[-1, 0] == 0
