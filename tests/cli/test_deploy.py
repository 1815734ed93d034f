"""After training: a network is exported, checked, quantized, compared, and predicts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from detectors.classify.pictures import read_pictures
from detectors.preprocess import Preprocess, read_rgb
from detectors.runtime import load_model, predict
from detectors.samples import write_coco
from rendersdg.errors import DatasetError
from tests.cli.one_frame import refused
from tests.commands import rendersdg
from tests.conftest import ROOT
from tests.detectors.runs import trained
from tests.detectors.sets import archive, coloured, squares

pytest.importorskip("torch")
pytest.importorskip("openvino")

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("run"))


@pytest.mark.slow
def test_a_run_is_exported_checked_quantized_and_predicts(run: Path, tmp_path: Path) -> None:
    write_coco(squares(run / "data", 24), run / "all.json")
    told = rendersdg("export", run / "run", "-o", tmp_path / "float", "--check", run / "all.json")
    assert "model.xml: " in told and "0 without their like" in told
    rendersdg(
        "quantize",
        tmp_path / "float/model.xml",
        "--calibration",
        run / "all.json",
        "--count",
        10,
        "-o",
        tmp_path / "int8",
    )

    about = json.loads((tmp_path / "int8/model.json").read_text())
    assert (
        about["int8"]["images"] == 10 and about["int8"]["preset"] == "mixed" and about["classes"] == ["dark", "bright"]
    )
    from detectors.quantize import count_int8

    assert count_int8(tmp_path / "int8/model.xml") > 50 and count_int8(tmp_path / "float/model.xml") == 0
    assert (tmp_path / "int8/model.bin").stat().st_size < 0.4 * (tmp_path / "float/model.bin").stat().st_size
    samples = squares(run / "data", 24)
    exact, rough = (load_model(tmp_path / f"{n}/model.xml").network for n in ("float", "int8"))
    image = Preprocess(64).tensor(read_rgb(samples.images[0].file)[None])
    assert 0 < np.abs(exact(image)[1] - rough(image)[1]).max() < 0.3

    (run / "data" / "torn.png").write_bytes(b"no")
    told = rendersdg(
        "predict",
        tmp_path / "float/model.xml",
        run / "data",
        "-o",
        tmp_path / "found",
        "--least",
        0.01,
        "--nested",
        code=4,
    )
    (run / "data" / "torn.png").unlink()
    assert "torn.png is not a readable image" in told and "1 of 25 files" in told
    listed = {r["image"]: r["boxes"] for r in json.loads((tmp_path / "found/predictions.json").read_text())}
    assert len(listed) == 24 and len(list((tmp_path / "found/drawn").glob("*.png"))) == 24
    torch_found = predict(load_model(run / "run"), samples.images)
    for sample, one in zip(samples.images, torch_found):
        sure = one.scores >= 0.011
        assert len(listed[sample.file.name]) >= sure.sum()


@pytest.mark.slow
def test_accuracy_can_be_held_and_a_gate_can_fail(run: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.json"
    write_coco(squares(tmp_path / "data", 8), few)
    rendersdg("export", run / "run", "-o", tmp_path / "float", "--to", "openvino")
    rendersdg(
        "quantize",
        tmp_path / "float/model.xml",
        "--calibration",
        "noise",
        "--count",
        4,
        "--max-drop",
        1.0,
        "--on",
        few,
        "-o",
        tmp_path / "held",
    )
    arguments = (
        "calibrate",
        tmp_path / "float/model.xml",
        "--on",
        few,
        "--calibration",
        "noise=noise",
        "--calibration",
        "fractals=fractals",
        "--seeds",
        1,
        "--count",
        4,
        "-o",
        tmp_path / "study",
        "-q",
    )
    told = rendersdg(*arguments, "--untimed")
    gated = rendersdg(*arguments, "--gate", "noise=-200", code=7)

    assert json.loads((tmp_path / "held/model.json").read_text())["int8"]["accuracy"] == {
        "most": 1.0,
        "kind": "absolute",
        "on": str(few),
    }
    assert "| noise |" in told and "| fractals |" in told and "| float |" in told
    assert "points of mAP50, the gate is -200" in gated
    assert " x |" in (
        table := (tmp_path / "study/calibration.md").read_text()
    )  # the second time with speeds, on networks that were there
    assert re.search(r"\| float in bf16 \| \d", table)  # it is judged, too


@pytest.mark.slow
def test_a_classifier_is_exported_quantized_and_compared(tmp_path: Path) -> None:
    pytest.importorskip("nncf")
    from detectors.classify.train import ClassifierRecipe, train_classifier
    from detectors.quantize import count_int8

    train, val = archive(coloured(96), tmp_path / "train.npz"), archive(coloured(45, 1), tmp_path / "val.npz")
    train_classifier(read_pictures(train), ClassifierRecipe(epochs=3, batch=16, rate=0.05), tmp_path / "run")

    told = rendersdg("export", tmp_path / "run", "-o", tmp_path / "float", "--check", val)
    table = rendersdg(
        "calibrate",
        tmp_path / "float" / "model.xml",
        "--on",
        val,
        "-o",
        tmp_path / "cal",
        "--calibration",
        f"real={train}",
        "--calibration",
        "noise=noise",
        "--seeds",
        1,
        "--count",
        30,
        "--untimed",
        "--gate",
        "real=20",
    )

    assert told.count("probabilities within") == 2
    assert table.startswith("| network | top-1 |")  # progress bars go elsewhere
    assert "| real |" in table and "| noise |" in table
    assert count_int8(tmp_path / "cal" / "real-0" / "model.xml") > 20
    about = json.loads((tmp_path / "cal" / "real-0" / "model.json").read_text())
    assert about["task"] == "classify" and about["int8"]["images"] == 30
    assert "is a classifier" in rendersdg(
        "predict", tmp_path / "float" / "model.xml", ROOT / "docs", "-o", tmp_path / "p", code=4
    )


def test_predict_names_the_path_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()

    said = refused(
        DatasetError, "predict", str(tmp_path / "run"), str(tmp_path / "imagse"), "-o", str(tmp_path / "out")
    )

    assert f"there is no image or folder {tmp_path / 'imagse'}; did you mean 'images'?" in said
    assert not (tmp_path / "out").exists()
