"""The functional API: scripts that check, line by line, the effect of each call they make."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.running import passes, run_named


@pytest.mark.parametrize("name", ["functional_create", "functional_modify"])
def test_names_do_what_they_say(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes(name, tmp_path, monkeypatch)


def test_images_are_encoded_by_their_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("written_images", tmp_path, monkeypatch)

    assert outcome.error is None, outcome.error
    assert cv2.imread("o/a.png", cv2.IMREAD_UNCHANGED)[0, 0].tolist() == [0, 0, 200, 255]
    assert abs(int(cv2.imread("o/a.jpg")[0, 0, 2]) - 200) < 4
    assert cv2.imread("o/grey.png", cv2.IMREAD_UNCHANGED)[-1, -1] == 255
    assert cv2.imread("o/deep.png", cv2.IMREAD_UNCHANGED)[0, 0] == 65535
    assert cv2.imread("o/mask.png", cv2.IMREAD_UNCHANGED)[0, 0] == 255
    assert np.load("o/a.npy").shape == (4, 6, 4)
