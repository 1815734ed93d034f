"""INT8 networks reach as far as the images that calibrated them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from detectors.calibration import Calibration
from tests.detectors.runs import trained

pytest.importorskip("torch")
pytest.importorskip("openvino")

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("run"))


@pytest.mark.slow
def test_whole_ranges_reach_what_few_images_reach(run: Path, tmp_path: Path) -> None:
    """Of nine dark images and a bright one, means clip the bright one."""
    from detectors.export import export
    from detectors.model_files import openvino_core
    from detectors.quantize import quantize

    export(run / "run", tmp_path / "float", ["openvino"])
    images = np.full((10, 64, 64, 3), 12, np.uint8)
    images[3] = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    np.savez(tmp_path / "dark.npz", images=images, labels=np.zeros(10, np.uint8), classes=np.array(["a"]))

    def reach(ranges: str) -> float:
        made = quantize(
            tmp_path / "float/model.xml",
            tmp_path / ranges,
            Calibration(str(tmp_path / "dark.npz"), 10, 0),
            ranges=ranges,  # type: ignore[arg-type]
        )
        assert json.loads(made.with_suffix(".json").read_text())["int8"]["ranges"] == ranges
        network = openvino_core().read_model(str(made))
        quantizers = [op for op in network.get_ordered_ops() if op.get_type_name() == "FakeQuantize"]
        tops = [op.input_value(2).get_node().data for op in quantizers if op.input_value(2).get_node().data.size == 1]
        return float(tops[0].max())  # of the image itself

    assert reach("whole") > 0.95
    assert reach("mean") < 0.3
