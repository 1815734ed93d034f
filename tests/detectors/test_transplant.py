"""Weights go over by name and shape, heads by their classes; what does not is told."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from detectors.preprocess import Preprocess
from rendersdg.errors import DatasetError

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from detectors import checkpoint  # noqa: E402
from detectors.contract import DETECTORS, Detector  # noqa: E402
from detectors.foreign import Weights  # noqa: E402
from detectors.transplant import Transfer, matched, start_from  # noqa: E402

pytestmark = pytest.mark.extra


def given(name: str, classes: Sequence[str], file: Path, *, trust: bool = False) -> tuple[Detector, Transfer]:
    """Return a new detector that starts from a file, and what became of each tensor."""
    torch.manual_seed(1)
    detector = DETECTORS[name](len(classes), 64)
    return detector, start_from(detector, Weights(file, trust), name, classes, 64)


def test_an_imagenet_resnet_of_torchvision_becomes_the_backbone(tmp_path: Path) -> None:
    from torchvision.models import resnet18

    torch.manual_seed(0)
    source = resnet18(weights=None).state_dict()
    torch.save(source, tmp_path / "resnet18.pth")

    detector, transfer = given("fcos_resnet18", ("a", "b"), tmp_path / "resnet18.pth")

    body = detector.net.backbone.body.state_dict()
    assert len(body) == len(source) - 2 == len(transfer.taken)
    assert all(torch.equal(value, source[name]) for name, value in body.items())
    assert transfer.unused == ("fc.bias", "fc.weight")
    left = "net.head (38: not in the file), net.backbone.fpn (16: not in the file)"
    assert transfer.lines() == [
        f"{tmp_path / 'resnet18.pth'} gave 120 of 174 tensors; the others start anew: {left}",
        "2 of the file's have no place here, e.g. fc.bias",
    ]


@pytest.mark.parametrize("wrapper", ["", "module.", "model.", "backbone.", "module.model.backbone."])
@pytest.mark.parametrize("form", ["timm", "safetensors", "efficientnet_lite_pytorch"])
def test_efficientnet_lite_comes_in_by_the_names_of_others(wrapper: str, form: str, tmp_path: Path) -> None:
    from detectors.models.efficientnet_lite import EfficientNetLiteClassifier, renamed

    torch.manual_seed(0)
    source = EfficientNetLiteClassifier("lite0").state_dict()  # named as timm's are; see the test below
    names = {name: name for name in source}
    if form == "efficientnet_lite_pytorch":
        theirs = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite0")
        names = {new: old for old, new in zip(theirs.state_dict(), renamed(dict(theirs.state_dict()), "lite0"))}
    state = {wrapper + names[name]: value for name, value in source.items()}
    file = tmp_path / ("w.safetensors" if form == "safetensors" else "w.pt")
    if form == "safetensors":
        pytest.importorskip("safetensors.torch").save_file(state, file)
    else:
        torch.save({"state_dict": state}, file)

    detector, transfer = given("light_lite0", ("a",), file)

    assert all(torch.equal(value, source[name]) for name, value in detector.backbone.state_dict().items())
    assert transfer.taken == {f"backbone.{name}": wrapper + names[name] for name in detector.backbone.state_dict()}
    assert len(transfer.unused) == 8 and not transfer.notes


def test_our_names_are_those_of_timm() -> None:
    timm = pytest.importorskip("timm")
    from detectors.models.efficientnet_lite import EfficientNetLiteClassifier

    theirs = timm.create_model("tf_efficientnet_lite0").state_dict()

    ours = EfficientNetLiteClassifier("lite0").state_dict()
    assert {k: v.shape for k, v in ours.items()} == {k: v.shape for k, v in theirs.items()}


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ultralytics") is None, reason="no ultralytics")
def test_a_network_of_ultralytics_gives_all_but_the_rows_of_other_classes(tmp_path: Path) -> None:
    source = DETECTORS["yolo11n"](80, 64)
    source.net.names = {k: f"thing {k}" for k in range(78)} | {78: "nut", 79: "bolt"}
    torch.save({"model": source.net}, tmp_path / "yolo11n.pt")

    detector, transfer = given("yolo11n", ("bolt", "nut", "new"), tmp_path / "yolo11n.pt", trust=True)

    # the branch of the scores is as wide as there are classes (80), here 64
    assert {name.split(".")[3] for name in transfer.left} == {"cv3"}
    assert all("in the file" in why for why in transfer.left.values())
    own = detector.state_dict()
    assert torch.equal(own["net.model.0.conv.weight"], source.state_dict()["net.model.0.conv.weight"])


def kept(name: str, classes: Sequence[str], file: Path) -> dict[str, Tensor]:
    """Write a model file of random weights and return them."""
    torch.manual_seed(0)
    detector = DETECTORS[name](len(classes), 64)
    with torch.no_grad():
        for parameter in detector.parameters():
            parameter.normal_()
    checkpoint.save(checkpoint.model_content(name, tuple(classes), Preprocess(64), detector.state_dict()), file)
    return dict(detector.state_dict())


@pytest.mark.parametrize(
    ("name", "head", "rows"),
    [
        # how the rows of a class c, or of the background -1, lie in the tensor of 3 classes
        ("fcos_resnet18", "net.head.classification_head.cls_logits.bias", lambda c: [c]),
        ("light_lite0", "heads.1.scores.weight", lambda c: [c]),
        (
            "retinanet_resnet18",
            "net.head.classification_head.cls_logits.weight",
            lambda c: [3 * a + c for a in range(9)],
        ),
        ("fasterrcnn_mobilenet", "net.roi_heads.box_predictor.cls_score.weight", lambda c: [c + 1]),
        (
            "fasterrcnn_mobilenet",
            "net.roi_heads.box_predictor.bbox_pred.bias",
            lambda c: [4 * (c + 1) + k for k in range(4)],
        ),
        (
            "ssdlite_mobilenet",
            "net.head.classification_head.module_list.0.1.bias",
            lambda c: [4 * a + c + 1 for a in range(6)],
        ),
    ],
)
def test_a_head_goes_by_the_names_of_its_classes(name: str, head: str, rows: object, tmp_path: Path) -> None:
    assert callable(rows)
    source = kept(name, ("nut", "bolt", "gear"), tmp_path / "model.pt")[head]

    detector, transfer = given(name, ("bolt", "cog", "nut"), tmp_path / "model.pt")

    own = detector.state_dict()[head]
    background = [-1] if rows(-1)[0] >= 0 else []
    for here, there in [(0, 1), (2, 0), *((k, k) for k in background)]:
        assert torch.equal(own[rows(here)], source[rows(there)])
    assert not torch.equal(own[rows(1)], source[rows(2)])  # of cog there are no weights
    assert transfer.notes == ("classes go by name: bolt, nut taken; cog new; gear of the file not wanted here",)
    assert not transfer.left


def test_classes_that_are_all_others_start_anew(tmp_path: Path) -> None:
    kept("light_lite0", ("nut", "bolt"), tmp_path / "model.pt")

    _, transfer = given("light_lite0", ("crack", "pore"), tmp_path / "model.pt")

    assert set(transfer.left) == {f"heads.{k}.scores.{part}" for k in range(3) for part in ("weight", "bias")}
    assert set(transfer.left.values()) == {"rows of classes, of which the file has none"}


def test_equal_classes_in_a_file_without_names_are_taken_in_order_and_that_is_said(tmp_path: Path) -> None:
    torch.save(kept("light_lite0", ("nut", "bolt"), tmp_path / "model.pt"), tmp_path / "bare.pt")

    _, transfer = given("light_lite0", ("x", "y"), tmp_path / "bare.pt")

    assert not transfer.left and "does not name its classes" in transfer.lines()[1]


def test_every_tensor_stands_in_the_table(tmp_path: Path) -> None:
    state = kept("light_lite0", ("nut",), tmp_path / "model.pt")
    state["strange"] = state.pop("heads.0.scores.bias")
    state["heads.0.distances.bias"] = torch.zeros(5)
    torch.save(state, tmp_path / "w.pt")

    detector, transfer = given("light_lite0", ("nut",), tmp_path / "w.pt")
    transfer.write(tmp_path / "weights.csv")

    rows = list(csv.DictReader((tmp_path / "weights.csv").open()))
    assert {r["tensor"] for r in rows} == {*detector.state_dict(), ""}
    notes = {r["tensor"] or r["from"]: r["note"] for r in rows if r["note"]}
    assert notes == {
        "heads.0.scores.bias": "not in the file",
        "heads.0.distances.bias": "5 in the file, 4 here",
        "strange": "no place here",
    }


def test_nothing_that_fits_is_an_error_that_shows_names_of_both(tmp_path: Path) -> None:
    torch.save({"conv9.weight": torch.zeros(1, 2, 3, 4), "conv9.bias": torch.zeros(1)}, tmp_path / "w.pt")

    with pytest.raises(DatasetError, match=r"no filter that fits light_lite0.*conv9\.weight.*backbone\.conv_stem"):
        given("light_lite0", ("a",), tmp_path / "w.pt")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_numbers_are_refused(value: float, tmp_path: Path) -> None:
    state = kept("light_lite0", ("nut",), tmp_path / "model.pt")
    state["heads.0.scores.weight"].view(-1)[3] = value
    torch.save(state, tmp_path / "w.pt")

    with pytest.raises(DatasetError, match=r"heads\.0\.scores\.weight holds numbers that are not finite"):
        given("light_lite0", ("nut",), tmp_path / "w.pt")


def test_names_of_a_thousand_parts_cost_no_time() -> None:
    deep = {"module." * 1000 + str(k): torch.zeros(2, 3) for k in range(500)}

    assert matched({"net.a": torch.zeros(2, 3)}, deep) == {}


def test_what_the_names_begin_with_is_chosen_by_what_fits_most() -> None:
    one, two = torch.zeros(2, 3), torch.zeros(5)

    pairs = matched({"net.body.a": one, "net.body.b": two, "net.c": one}, {"module.a": one, "module.b": two, "c": one})

    assert pairs == {"net.body.a": "module.a", "net.body.b": "module.b"}
