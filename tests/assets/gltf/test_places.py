"""Nodes that move: at five times each stands where the interpolation of the specification has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.assets.gltf.files import File, converted, world

QUARTER = [0, 0, np.sqrt(0.5), np.sqrt(0.5)]  # about z, x y z w


def moving(path: str, times: list[float], values: object, kind: str = "LINEAR") -> File:
    file = File()
    file.tree["nodes"] = [{"name": "thing", "translation": [7, 0, 0], "mesh": file.mesh()}]
    file.animate(0, path, times, values, kind)
    return file


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("LINEAR", {0.0: 0, 0.5: 0, 1.0: 1, 1.25: 2.0, 2.0: 5}),
        ("STEP", {0.0: 0, 0.9: 0, 1.0: 1, 1.25: 1, 1.99: 1, 2.0: 5, 3.0: 5}),
    ],
)
def test_a_node_stands_where_its_translation_has_it(tmp_path: Path, kind: str, expected: dict[float, float]) -> None:
    file = moving("translation", [0.5, 1.0, 2.0], [(0, 0, 0), (1, 0, 0), (5, 0, 0)], kind)

    stage, notes = converted(file.write(tmp_path))

    for seconds, x in expected.items():
        assert world(stage, "/Asset/thing", seconds)[0, 3] == pytest.approx(x, abs=1e-4), seconds
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode(), stage.GetTimeCodesPerSecond()) == (0, 120, 60)
    assert notes == {}


def test_a_spline_is_the_cubic_of_its_keys_and_tangents(tmp_path: Path) -> None:
    keys = [[(0, 0, 0), (0, 0, 0), (3, 0, 0)], [(-1, 0, 0), (1, 0, 0), (0, 0, 0)]]  # tangent in, value, tangent out
    file = moving("translation", [0.0, 2.0], np.reshape(keys, (6, 3)), "CUBICSPLINE")

    stage, _ = converted(file.write(tmp_path))

    for seconds in (0.0, 0.5, 1.0, 1.6, 2.0):
        t = seconds / 2
        # appendix C.4, with values 0 and 1, and tangents 3 and -1 over 2 seconds
        x = (t**3 - 2 * t**2 + t) * 3 * 2 + (3 * t**2 - 2 * t**3) * 1 + (t**3 - t**2) * -1 * 2
        assert world(stage, "/Asset/thing", seconds)[0, 3] == pytest.approx(x, abs=1e-6)


def test_a_rotation_goes_the_shorter_way_at_an_even_pace(tmp_path: Path) -> None:
    file = moving("rotation", [0.0, 1.0], [(0, 0, 0, 1), -np.array(QUARTER)])

    stage, _ = converted(file.write(tmp_path))

    for seconds in (0.0, 0.2, 0.5, 0.9, 1.0):
        angle = np.radians(90 * seconds)
        assert world(stage, "/Asset/thing", seconds)[:2, 0] == pytest.approx([np.cos(angle), np.sin(angle)], abs=1e-6)
    assert world(stage, "/Asset/thing", 0.5)[0, 3] == 7  # what is not animated stays


def test_a_scale_and_a_rotation_of_integers_are_read(tmp_path: Path) -> None:
    file = moving("scale", [0.0, 1.0], [(1, 1, 1), (3, 1, 1)])
    animation = file.tree["animations"][0]
    animation["channels"].append({"sampler": 1, "target": {"node": 0, "path": "rotation"}})
    turns = file.add([(0, 0, 0, 32767), (0, 0, 23170, 23170)], np.int16, normalized=True)
    animation["samplers"].append({"input": animation["samplers"][0]["input"], "output": turns})

    stage, _ = converted(file.write(tmp_path))

    assert world(stage, "/Asset/thing", 0.5)[:2, 0] == pytest.approx([np.sqrt(2), np.sqrt(2)], abs=1e-4)


def test_the_first_animation_plays_and_the_others_are_named(tmp_path: Path) -> None:
    file = moving("translation", [0.0, 1.0], [(0, 0, 0), (1, 0, 0)])
    file.animate(0, "translation", [0.0, 1.0], [(0, 0, 0), (0, 9, 0)], name="jump")

    stage, notes = converted(file.write(tmp_path))

    assert world(stage, "/Asset/thing", 1.0)[:3, 3].tolist() == [1, 0, 0] and "jump" in notes["animations"]


@pytest.mark.parametrize("times", [[1.0, 0.5], [0.0, float("nan")], [0.0, 1.0, 2.0]])
def test_a_channel_that_cannot_be_read_is_reported(tmp_path: Path, times: list[float]) -> None:
    file = moving("translation", times, [(0, 0, 0), (1, 0, 0)])

    stage, notes = converted(file.write(tmp_path))

    assert "left out" in notes["animations[0].channels[0]"] and world(stage, "/Asset/thing", 1.0)[0, 3] == 7
