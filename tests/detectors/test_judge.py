"""A classifier is judged as a hand counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.classify.pictures import Pictures
from detectors.preprocess import Preprocess
from tests.detectors.sets import coloured


@pytest.mark.extra
def test_top1_is_what_a_hand_counts(tmp_path: Path) -> None:
    openvino = pytest.importorskip("openvino")
    from openvino import opset13 as op

    from detectors.judge import classifier_judge
    from detectors.model_files import openvino_core

    images = op.parameter([1, 3, 16, 16], np.float32, name="images")
    network = openvino.Model([op.reduce_mean(images, [2, 3], keep_dims=False)], [images], "brightest")
    pictures = coloured(9)
    wrong = Pictures(pictures.images, np.array([0, 1, 2, 0, 1, 2, 1, 1, 0]), pictures.classes, "wrong")  # two of nine

    judged = classifier_judge(wrong, Preprocess(16)).of(openvino_core().compile_model(network, "CPU"))

    assert judged.score == 7 / 9 and judged.per_class == {"red": 2 / 3, "green": 3 / 4, "blue": 1.0}
