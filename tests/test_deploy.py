"""After training: exports compute what torch does, INT8 networks are INT8 and say what calibrated them, predictions are
the same everywhere.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.calibration import Calibration, fractal
from detectors.detections import MOST_DETECTIONS
from detectors.mix import alone
from detectors.postprocess import Postprocess, thinned
from detectors.preprocess import Preprocess, read_rgb
from detectors.runtime import load_model, predict
from detectors.samples import write_coco
from rendersdg.errors import BadArgument, DatasetError
from tests.test_learning import rendersdg
from tests.test_training import SMALL, squares

torch = pytest.importorskip("torch")
pytest.importorskip("openvino")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps: enough for scores that differ."""
    from dataclasses import replace

    from detectors.train import train

    folder = tmp_path_factory.mktemp("run")
    train(alone(squares(folder / "data", 24)), replace(SMALL, steps=30, save_every=100), folder / "run")
    return folder


@given(st.integers(0, 2**31), st.floats(0.2, 0.9))
@settings(max_examples=40, deadline=None)
def test_thinning_is_torchvisions_nms(seed: int, iou: float) -> None:
    from torchvision.ops import batched_nms

    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 40, (60, 2))
    xyxy = np.concatenate([corner, corner + rng.uniform(5, 40, (60, 2))], 1)
    labels, scores = rng.integers(0, 3, 60), np.sort(rng.random(60))[::-1].copy()

    kept = thinned(xyxy, labels, iou)

    theirs = batched_nms(torch.from_numpy(xyxy), torch.from_numpy(scores), torch.from_numpy(labels), iou).numpy()
    assert kept.tolist() == theirs.tolist()


def test_thinning_keeps_no_more_than_the_most() -> None:
    apart = np.tile(np.arange(900.0)[:, None] * 50, 4) + [0, 0, 9, 9]

    assert len(thinned(apart, np.zeros(900, int), 0.5)) == MOST_DETECTIONS


def test_postprocessing_takes_the_best_of_each_class() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 40.0]])
    scores = np.array([[0.9, 0.2], [0.8, 0.3], [0.0005, 0.7]])

    found = Postprocess(nms_iou=0.5)(boxes, scores)

    assert found.scores.tolist() == [0.9, 0.7, 0.3] and found.labels.tolist() == [0, 1, 1]
    assert found.xyxy.tolist() == [[0, 0, 10, 10], [30, 30, 40, 40], [1, 0, 11, 10]]


@pytest.mark.parametrize("name", ["retinanet_resnet18", "fcos_resnet18", "fasterrcnn_mobilenet"])
def test_dense_outputs_thinned_are_what_torchvision_itself_finds(name: str) -> None:
    from detectors.contract import DETECTORS

    torch.manual_seed(3)
    detector = DETECTORS[name](2, 96).eval()
    image = torch.rand(1, 3, 96, 96)

    with torch.inference_mode():
        ours, theirs = detector.detect(image)[0], detector.net(list(image))[0]

    scores = theirs["scores"].double().numpy()
    sure = min(len(scores), len(ours.scores), 30)
    assert sure >= 10 and np.allclose(ours.scores[:sure], scores[:sure], atol=1e-5)
    apart = np.abs(ours.xyxy[:sure, None] - theirs["boxes"].double().numpy()[None]).max(2).min(1)
    assert (apart < 0.01).mean() > 0.9  # pixels; equal scores may change places


@pytest.mark.parametrize(
    "name", ["yolo11n", "fcos_vit", "retinanet_resnet18", "ssdlite_mobilenet", "fasterrcnn_mobilenet"]
)
def test_exports_compute_what_torch_does(tmp_path: Path, name: str) -> None:
    from detectors import checkpoint
    from detectors.contract import DETECTORS
    from detectors.export import export

    torch.manual_seed(0)
    size = 128 if name == "fcos_vit" else 64
    detector = DETECTORS[name](3, size)
    content = checkpoint.model_content(name, ("a", "b", "c"), Preprocess(size), detector.state_dict())
    checkpoint.save(content, tmp_path / "model.pt")

    files = export(tmp_path / "model.pt", tmp_path / "out")

    rng = np.random.default_rng(0)
    images = [(rng.random((1, 3, size, size), np.float32) * scale).astype(np.float32) for scale in (1, 0.3, 0)]
    wanted = [load_model(tmp_path / "model.pt").network(image) for image in images]
    assert [f.name for f in files] == ["model.xml", "model.onnx"]
    for file in files:
        network = load_model(file).network
        for image, (want_boxes, want_scores) in zip(images, wanted):
            boxes, scores = network(image)
            if name.startswith("fasterrcnn"):  # untrained proposals tie: their order and number may differ a little
                count = min(len(scores[0]), len(want_scores[0]), 20)
                best, want_best = (np.sort(s[0].max(1))[::-1][:count] for s in (scores, want_scores))
                assert boxes.shape[2] == 4 and np.allclose(best, want_best, atol=1e-3)
            else:
                assert np.abs(boxes - want_boxes).max() < 0.01 and np.abs(scores - want_scores).max() < 1e-5


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
        "predict", tmp_path / "float/model.xml", run / "data", "-o", tmp_path / "found", "--least", 0.01, code=4
    )
    (run / "data" / "torn.png").unlink()
    assert "torn.png is not a readable image" in told and "1 of 25 files" in told
    listed = {r["image"]: r["boxes"] for r in json.loads((tmp_path / "found/predictions.json").read_text())}
    assert len(listed) == 24 and len(list((tmp_path / "found/drawn").glob("*.png"))) == 24
    torch_found = predict(load_model(run / "run"), samples.images)
    for sample, one in zip(samples.images, torch_found):
        sure = one.scores >= 0.011
        assert len(listed[sample.file.name]) >= sure.sum()


def test_accuracy_can_be_held_and_a_gate_can_fail(run: Path, tmp_path: Path) -> None:
    write_coco(squares(run / "data", 24), run / "all.json")
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
        run / "all.json",
        "-o",
        tmp_path / "held",
    )
    arguments = (
        "calibrate",
        tmp_path / "float/model.xml",
        "--on",
        run / "all.json",
        "--calibration",
        "noise=noise",
        "--calibration",
        "fractals=fractals",
        "--seeds",
        2,
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
        "on": str(run / "all.json"),
    }
    assert "| noise |" in told and "| fractals |" in told and "| float |" in told
    assert "points of mAP50, the gate is -200" in gated
    assert (
        " x |" in (tmp_path / "study/calibration.md").read_text()
    )  # the second time with speeds, on networks that were there


def test_calibration_images_are_drawn_by_seed(tmp_path: Path) -> None:
    for k in range(8):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.full((5, 5, 3), 30 * k, np.uint8))

    def values(seed: int) -> list[int]:
        return [int(i[0, 0, 0]) for i in Calibration(str(tmp_path), 4, seed).images(32)]

    assert values(0) == values(0) != values(1) and len(set(values(0))) == 4
    made = [list(Calibration(source, 3, 5).images(32)) for source in ("fractals", "noise", "fractals")]
    assert all(np.array_equal(a, b) for a, b in zip(made[0], made[2])) and made[1][0].shape == (32, 32, 3)
    with pytest.raises(DatasetError, match="holds no image"):
        (tmp_path / "empty").mkdir()
        list(Calibration(str(tmp_path / "empty")).images(32))
    with pytest.raises(BadArgument, match="give 1 or more"):
        Calibration("noise", 0)


def test_fractals_differ_and_fill_some_of_the_frame() -> None:
    images = [fractal(64, np.random.default_rng(k)) for k in range(6)]

    assert all(i.std() > 15 for i in images)
    assert min(np.abs(a.astype(int) - b).mean() for k, a in enumerate(images) for b in images[:k]) > 20


@pytest.mark.parametrize("broken", ["no json", "other format", "missing"])
def test_a_model_that_is_none_is_told(tmp_path: Path, broken: str) -> None:
    (tmp_path / "model.xml").write_text("<net/>")
    if broken == "other format":
        (tmp_path / "model.json").write_text('{"format": 9}')
    if broken == "missing":
        with pytest.raises(DatasetError, match=r"nowhere\.json"):
            load_model(tmp_path / "nowhere.xml")
        return
    with pytest.raises(DatasetError, match=r"format 9|does not describe a model"):
        load_model(tmp_path / "model.xml")


def test_whole_ranges_reach_what_few_images_reach(run: Path, tmp_path: Path) -> None:
    """Of nine dark images and a bright one, means clip the bright one."""
    import openvino

    from detectors.calibration import Calibration
    from detectors.export import export
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
        network = openvino.Core().read_model(str(made))
        quantizers = [op for op in network.get_ordered_ops() if op.get_type_name() == "FakeQuantize"]
        tops = [op.input_value(2).get_node().data for op in quantizers if op.input_value(2).get_node().data.size == 1]
        return float(tops[0].max())  # of the image itself

    assert reach("whole") > 0.95
    assert reach("mean") < 0.3
