"""Classifiers are the published networks, learn, go on where they stopped, and are exported, quantized and judged like
detectors.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.classify import CLASSIFIERS
from detectors.classify.pictures import Pictures, augmented, read_pictures
from detectors.preprocess import Preprocess
from rendersdg.errors import BadArgument, DatasetError
from tests.conftest import ROOT
from tests.test_learning import rendersdg

torch = pytest.importorskip("torch")


def coloured(count: int, seed: int = 0, size: int = 16) -> Pictures:
    """Return noisy pictures whose class is the channel that is brightest."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    images = rng.integers(0, 120, (count, size, size, 3))
    images[np.arange(count), ..., labels] += 90
    return Pictures(images.astype(np.uint8), labels.astype(np.int64), ("red", "green", "blue"), "coloured")


def archive(pictures: Pictures, file: Path) -> Path:
    np.savez(file, images=pictures.images, labels=pictures.labels, classes=np.array(pictures.classes))
    return file


@pytest.mark.parametrize(
    "name, millions",
    [
        ("resnet20", 0.27),
        ("vgg16_bn", 15.25),
        ("mobilenetv2_x1_4", 4.33),
        ("shufflenetv2_x2_0", 5.37),
        ("repvgg_a2", 26.82),
    ],
)
def test_a_network_has_as_many_parameters_as_published(name: str, millions: float) -> None:
    network = CLASSIFIERS[name](10)

    assert round(sum(p.numel() for p in network.parameters()) / 1e6, 2) == millions
    assert network.eval()(torch.rand(2, 3, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize("narrow, wide, stride", [(4, 4, 1), (4, 8, 2), (4, 8, 1)])
def test_a_folded_block_computes_what_its_branches_did(narrow: int, wide: int, stride: int) -> None:
    from detectors.classify.networks import RepVggBlock

    torch.manual_seed(0)
    block = RepVggBlock(narrow, wide, stride)
    for _ in range(3):
        block(torch.randn(8, narrow, 9, 9) * 3 + 1)  # statistics that are not 0 and 1
    block.eval()
    x = torch.randn(2, narrow, 9, 9)
    before = block(x)

    block.fold()

    assert len(list(block.modules())) == 2  # itself and one convolution
    torch.testing.assert_close(block(x), before, atol=1e-5, rtol=1e-5)


@given(st.integers(0, 10_000), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_augmentation_moves_and_flips_and_nothing_else(seed: int, reach: int) -> None:
    images = np.random.default_rng(seed).integers(0, 255, (3, 9, 7, 3)).astype(np.uint8)

    out = augmented(images, np.random.default_rng(seed), reach)

    for image, new in zip(images, out):
        padded = cv2.copyMakeBorder(image, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
        views = [padded[y : y + 9, x : x + 7] for y in range(2 * reach + 1) for x in range(2 * reach + 1)]
        assert any((new == v).all() or (new == v[:, ::-1]).all() for v in views)


def test_a_classifier_learns_and_goes_on_to_the_bit(tmp_path: Path) -> None:
    from detectors.checkpoint import load
    from detectors.classify.train import ClassifierRecipe, load_classifier, scores_of, train_classifier

    pictures, val = coloured(96), coloured(60, seed=1)
    recipe = ClassifierRecipe("resnet20", epochs=4, batch=16, rate=0.05)
    train_classifier(pictures, recipe, tmp_path / "whole", val=val)

    def stop(epoch: int, numbers: dict[str, float]) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_classifier(pictures, recipe, tmp_path / "torn", val=val, on_epoch=stop)
    with pytest.raises(DatasetError, match="--resume"):
        train_classifier(pictures, recipe, tmp_path / "torn", val=val)
    with pytest.raises(BadArgument, match="other rate"):
        train_classifier(pictures, replace(recipe, rate=0.2), tmp_path / "torn", resume=True)
    train_classifier(pictures, recipe, tmp_path / "torn", val=val, resume=True)

    one, other = (load(tmp_path / n / "model.pt")["weights"] for n in ("whole", "torn"))
    assert all(torch.equal(one[k], other[k]) for k in one)
    assert (tmp_path / "whole" / "log.csv").read_text() == (tmp_path / "torn" / "log.csv").read_text()
    _, network, classes, _ = load_classifier(tmp_path / "whole")
    assert classes == val.classes and (scores_of(network, val.images).argmax(1) == val.labels).mean() > 0.9


def test_pictures_come_from_archives_and_folders(tmp_path: Path) -> None:
    pictures = coloured(6)
    for k, image in enumerate(pictures.images):
        file = tmp_path / "set" / ("a", "b", "c")[k % 3] / f"{k}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), image[..., ::-1])

    folder, packed = read_pictures(tmp_path / "set"), read_pictures(archive(pictures, tmp_path / "set.npz"))

    assert folder.classes == ("a", "b", "c") and folder.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert (folder.images == pictures.images[[0, 3, 1, 4, 2, 5]]).all()
    assert packed.classes == pictures.classes and (packed.images == pictures.images).all()


@pytest.mark.parametrize(
    "content, told",
    [
        ({"labels": np.zeros(2)}, "has no images"),
        ({"images": np.zeros((2, 4, 4, 3), np.uint8)}, "has no labels"),
        ({"images": np.zeros((2, 4, 4), np.uint8), "labels": np.zeros(2)}, r"\(N, H, W, 3\)"),
        ({"images": np.zeros((2, 4, 4, 3), np.uint8), "labels": np.zeros(3)}, "2 images and labels of shape"),
        ({"images": np.zeros((2, 4, 4, 3), np.uint8), "labels": np.array([0, -1])}, "labels"),
    ],
)
def test_an_archive_that_is_none_is_told(tmp_path: Path, content: dict[str, np.ndarray], told: str) -> None:
    np.savez(tmp_path / "bad.npz", **content)

    with pytest.raises(DatasetError, match=told):
        read_pictures(tmp_path / "bad.npz")


def test_what_is_no_archive_and_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no archive")
    for path in (tmp_path / "text.npz", tmp_path / "nowhere", tmp_path / "nowhere.npz", tmp_path):
        with pytest.raises(DatasetError):
            read_pictures(path)


def test_top1_is_what_a_hand_counts(tmp_path: Path) -> None:
    openvino = pytest.importorskip("openvino")
    from openvino import opset13 as op

    from detectors.judge import classifier_judge

    images = op.parameter([1, 3, 16, 16], np.float32, name="images")
    network = openvino.Model([op.reduce_mean(images, [2, 3], keep_dims=False)], [images], "brightest")
    pictures = coloured(9)
    wrong = Pictures(pictures.images, np.array([0, 1, 2, 0, 1, 2, 1, 1, 0]), pictures.classes, "wrong")  # two of nine

    judged = classifier_judge(wrong, Preprocess(16)).of(openvino.Core().compile_model(network, "CPU"))

    assert judged.score == 7 / 9 and judged.per_class == {"red": 2 / 3, "green": 3 / 4, "blue": 1.0}


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
