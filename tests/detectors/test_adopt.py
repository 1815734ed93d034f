"""Networks that others made: what their files say, what is told, and what is refused."""

from __future__ import annotations

import os
import pickle
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.detections import Detections
from rendersdg.errors import BadArgument, DatasetError, NotTrusted, RenderSDGError
from tests.detectors.attacks import attacks, trying
from tests.detectors.foreign_models import ULTRALYTICS, dense, onnx_of

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from detectors import isolated
from detectors.adopt import adopted
from detectors.confidence import Confidence, keep, kept
from detectors.runtime import Model, load_model
from detectors.told import Told

pytestmark = pytest.mark.extra
WIDE = np.zeros((16, 32, 3), np.uint8)  # in a square of 64: twice as large, 16 pixels of grey above it


def found(model: Model, image: Any = WIDE) -> list[tuple[str, float, list[float]]]:
    one: Detections = model.find([image])[0]
    return [
        (model.classes[label], round(float(score), 3), np.round(box, 2).tolist())
        for box, score, label in zip(one.xyxy, one.scores, one.labels)
    ]


def test_the_dense_output_of_ultralytics_is_read_with_its_names_and_letterbox(tmp_path: Path) -> None:
    file = onnx_of(
        tmp_path / "a.onnx", {"output0": dense([32, 32, 20, 10, 0.1, 0.9], [10, 20, 4, 4, 0.6, 0])}, ULTRALYTICS
    )

    model = load_model(file)

    assert model.classes == ("bolt", "nut") and model.origin == "ultralytics"
    # the picture is 2 times as large, 16 pixels below the top: (x, y - 16) / 2
    assert found(model) == [
        ("nut", 0.9, [11, 5.5, 21, 10.5]),
        ("bolt", 0.6, [4, 1, 6, 3]),
        ("bolt", 0.1, [11, 5.5, 21, 10.5]),
    ]
    assert [row[0] for row in found(model.as_shown())] == [
        "nut",
        "bolt",
    ]  # a place has its best class, as predict has it


def rows(*each: list[float]) -> Any:
    out = np.zeros((1, 300, 6), np.float32)
    out[0, : len(each)] = each
    return out


ROWS = rows([22, 27, 42, 37, 0.9, 1], [8, 18, 12, 22, 0.6, 0], [9, 18, 12, 22, 0.5, 0])
OBJECTNESS = np.zeros((1, 12, 7), np.float32)
OBJECTNESS[0, :2] = [[32, 32, 20, 10, 0.9, 0, 1], [10, 20, 4, 4, 0.8, 0.75, 0]]
EXPECTED = [("nut", 0.9, [11, 5.5, 21, 10.5]), ("bolt", 0.6, [4, 1, 6, 3])]


def test_boxes_with_an_angle_after_the_scores_are_oriented_boxes(tmp_path: Path) -> None:
    dense = np.zeros((1, 7, 12), np.float32)
    dense[0, :, 0], dense[0, :, 1] = [32, 32, 20, 10, 0.9, 0, 0.5], [10, 20, 4, 8, 0, 0.8, 0.25]
    file = onnx_of(tmp_path / "a.onnx", {"o": dense}, {**ULTRALYTICS, "task": "obb"})

    (found,) = load_model(file).find([np.zeros((128, 128, 3), np.uint8)])

    assert found.oriented is not None and found.labels.tolist() == [0, 1]
    assert found.oriented[0] == pytest.approx([64, 64, 40, 20, 0.5], abs=1e-5)
    assert found.oriented[1] == pytest.approx([20, 40, 16, 8, 0.25 - np.pi / 2], abs=1e-5)


def test_rows_that_are_thinned_already_stay_as_they_are(tmp_path: Path) -> None:
    model = load_model(onnx_of(tmp_path / "a.onnx", {"output0": ROWS}, ULTRALYTICS))

    assert found(model) == [
        *EXPECTED,
        ("bolt", 0.5, [4.5, 1, 6, 3]),
    ]  # the last two overlap, which is not for us to say


def test_objectness_counts_as_yolov5_has_it(tmp_path: Path) -> None:
    assert found(load_model(onnx_of(tmp_path / "a.onnx", {"output": OBJECTNESS}, ULTRALYTICS))) == EXPECTED


@pytest.mark.parametrize("batch", [True, False])
@pytest.mark.parametrize("classes", ["1=bolt,2=nut", "__background__,bolt,nut", "__background__,bolt,nut,N/A"])
@pytest.mark.parametrize("names", [("boxes", "labels", "scores"), ("712", "scores_", "x")])
def test_boxes_labels_and_scores_are_read_by_their_names_or_shapes(
    batch: bool, classes: str, names: tuple[str, str, str], tmp_path: Path
) -> None:
    boxes = np.array([[11, 6, 21, 10], [4, 1, 6, 3]], np.float32) * 2
    outputs = dict(zip(names, (boxes, np.array([2, 1]), np.array([0.9, 0.6], np.float32))))
    shape = (1, 3, 64, 64) if batch else (3, 64, 64)
    file = onnx_of(tmp_path / "a.onnx", outputs, shape=shape, opset=11 if batch else 18)

    model = load_model(file, told=Told(classes))

    assert found(model) == [("nut", 0.9, [11, 6, 21, 10]), ("bolt", 0.6, [4, 1, 6, 3])]  # at the corner, no letterbox


def test_nothing_found_is_nothing(tmp_path: Path) -> None:
    none = {"boxes": np.zeros((0, 4), np.float32), "labels": np.zeros(0, np.int64), "scores": np.zeros(0, np.float32)}
    file = onnx_of(tmp_path / "a.onnx", none)

    assert found(load_model(file, told=Told("1=bolt"))) == []


def test_half_precision_comes_in_and_goes_out_as_float(tmp_path: Path) -> None:
    file = onnx_of(tmp_path / "a.onnx", {"o": ROWS.astype(np.float16)}, ULTRALYTICS, kind=10)

    assert [row[0] for row in found(load_model(file))] == ["nut", "bolt", "bolt"]


def test_a_number_without_a_name_is_an_error_and_not_another_class(tmp_path: Path) -> None:
    outputs = {"boxes": np.ones((1, 4), np.float32), "labels": np.array([7]), "scores": np.array([0.5], np.float32)}
    model = load_model(onnx_of(tmp_path / "a.onnx", outputs), told=Told("1=bolt,2=nut"))

    with pytest.raises(DatasetError, match=r"none of its 2 names.*--classes"):
        model.find([WIDE])


@pytest.mark.parametrize(
    ("outputs", "metadata", "told", "words"),
    [
        ({"o": np.zeros((1, 6, 9), np.float32)}, {}, Told(), r"2 classes.*o 1 x 6 x 9.*--classes NAME,NAME"),
        ({"o": np.zeros((1, 6, 9), np.float32)}, {}, Told("a,b,c"), r"2 classes.*3 names.*a, b, c"),
        ({"o": ROWS}, {}, Told(), r"does not name its classes.*--classes 0=NAME"),
        ({"o": np.zeros((1, 9, 8), np.float32)}, ULTRALYTICS, Told(), r"told by its outputs: o 1 x 9 x 8\. Known are"),
        ({"a": np.zeros(3), "b": np.zeros((2, 2))}, ULTRALYTICS, Told(), r"a 3; b 2 x 2"),
        ({"boxes": np.zeros((2, 4), np.float32), "labels": np.array([1, 2]), "scores": np.ones(2, np.float32)},
         {}, Told("bolt,nut"), r"does not say which number.*--classes 1=NAME"),
        ({"o": ROWS}, {**ULTRALYTICS, "task": "segment"}, Told(), r"is for 'segment'"),
        ({"o": ROWS}, {**ULTRALYTICS, "task": "obb"}, Told(), r"finds oriented boxes .* without nms=True"),
        ({"o": ROWS}, {**ULTRALYTICS, "head": "RTDETRDecoder"}, Told(), r"RT-DETR"),
        ({"o": ROWS}, {**ULTRALYTICS, "channels": "1"}, Told(), r"'1' channels"),
        ({"o": ROWS}, {**ULTRALYTICS, "names": "{0: 'a', 1: 'a'}"}, Told(), r"two classes have the name 'a'"),
        ({"o": ROWS}, {**ULTRALYTICS, "names": "__import__('os').mkdir('x')"}, Told(), r"does not name its classes"),
        ({"o": ROWS}, ULTRALYTICS, Told(size=320), r"takes 64 x 64 pixels and no others; --imgsz 320"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_one_error_that_names_the_outputs(
    outputs: Any, metadata: dict[str, str], told: Told, words: str, tmp_path: Path
) -> None:
    file = onnx_of(tmp_path / "a.onnx", outputs, metadata)

    with pytest.raises(RenderSDGError, match=words) as error:
        load_model(file, told=told)

    assert "\n" not in str(error.value) and "a.onnx" in str(error.value) and not list(tmp_path.glob("x"))


@pytest.mark.parametrize(
    ("shape", "inputs", "words"),
    [
        ((1, 64, 64, 3), ("images",), r"its input images is 1 x 64 x 64 x 3"),
        ((4, 3, 64, 64), ("images",), r"takes 4 pictures at a time"),
        ((1, 3, 64, 64), ("images", "sizes"), r"2 inputs \(images, sizes\)"),
        ((1, 3, "h", "w"), ("images",), r"does not say of which; give --imgsz"),
    ],
)
def test_an_input_that_is_no_picture_is_refused(shape: Any, inputs: Any, words: str, tmp_path: Path) -> None:
    file = onnx_of(tmp_path / "a.onnx", {"o": ROWS}, {"names": "['a', 'b']"}, shape=shape, inputs=inputs)

    with pytest.raises(DatasetError, match=words):
        load_model(file)


@pytest.mark.parametrize("kept", [0, 1, 40, 0.5, 0.99])
def test_a_truncated_file_is_said_to_be_unreadable(kept: float, tmp_path: Path) -> None:
    file = onnx_of(tmp_path / "a.onnx", {"o": ROWS}, ULTRALYTICS)
    data = file.read_bytes()
    file.write_bytes(data[: int(kept if kept >= 1 or kept == 0 else kept * len(data))])

    with pytest.raises(DatasetError, match=re.escape(str(file))):
        load_model(file)


def test_a_network_of_any_size_takes_pictures_as_narrow_as_they_are(tmp_path: Path) -> None:
    seen: list[tuple[int, ...]] = []
    file = onnx_of(tmp_path / "a.onnx", {"o": ROWS}, ULTRALYTICS, shape=("batch", 3, "height", "width"))
    model = load_model(file)

    def noting(images: Any) -> Any:
        seen.append(images.shape)
        return model.network(images)

    Model(noting, model.classes, model.preprocess, model.postprocess).find([WIDE, WIDE, WIDE.transpose(1, 0, 2)])

    assert seen == [(2, 3, 32, 64), (1, 3, 64, 32)]


def test_what_was_kept_beside_the_file_of_others_goes_with_what_is_made_of_it(tmp_path: Path) -> None:
    file = onnx_of(tmp_path / "a.onnx", {"o": ROWS}, ULTRALYTICS)
    first = kept(adopted(file))
    keep(file, Confidence(0.4, 1, 1, 1, "photos"))

    assert first is None
    assert kept(adopted(file)) == Confidence(0.4, 1, 1, 1, "photos")


def test_a_file_without_a_node_is_said_to_be_cut_off(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"")

    with pytest.raises(DatasetError, match=r"a\.onnx holds no network"):
        load_model(tmp_path / "a.onnx")


def test_a_system_that_cannot_keep_a_process_in_says_so_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"model": Evil(os.mkdir, str(tmp_path / "canary"))}, tmp_path / "best.pt")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setattr(isolated, "_run", lambda *_: 1)

    with pytest.raises(NotTrusted, match=r"cannot keep from files and network"):
        load_model(tmp_path / "best.pt")
    with pytest.raises(DatasetError, match=r"ended with 1"):
        isolated.read_apart(tmp_path / "best.pt", tmp_path, "weights")

    assert "cannot keep from files and network" in caplog.text


def test_what_is_ours_goes_through_and_takes_no_names(tmp_path: Path) -> None:
    file = adopted(onnx_of(tmp_path / "a.onnx", {"o": ROWS}, ULTRALYTICS))

    assert adopted(file) == file
    with pytest.raises(BadArgument, match="--classes and --imgsz"):
        adopted(file, Told("a,b"))
    assert adopted(tmp_path / "not there.onnx") == tmp_path / "not there.onnx"


def test_other_endings_without_a_description_say_what_is_taken(tmp_path: Path) -> None:
    (tmp_path / "best.xml").write_text("<net/>")

    with pytest.raises(DatasetError, match=r"lacks best\.json.*\.onnx files and ultralytics' \.pt"):
        load_model(tmp_path / "best.xml")


class Evil:
    """Does what it is told where it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def test_a_pickle_is_not_run_without_trust_and_the_error_says_how(tmp_path: Path) -> None:
    torch, canary = pytest.importorskip("torch"), tmp_path / "canary"
    torch.save({"model": Evil(os.mkdir, str(canary))}, tmp_path / "best.pt")

    with pytest.raises(NotTrusted, match=r"add --trust \(trust=True in Python\).*yolo export model=best\.pt"):
        load_model(tmp_path / "best.pt")
    assert not canary.exists()


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux keeps a process in")
def test_a_pickle_that_is_trusted_reaches_neither_files_nor_network_nor_other_processes(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from detectors.foreign import read_foreign

    (tmp_path / "secret").write_text("the secret")
    code = trying(attacks(tmp_path)) + "\nimport builtins\nbuiltins.hits = hits"
    content = {"a": torch.ones(1), "evil": Evil(exec, code), "names": Evil(eval, "__import__('builtins').hits")}
    torch.save(content, tmp_path / "w.pt")

    read = read_foreign(tmp_path / "w.pt", trust=True)

    assert read.classes == ("none",)  # the names are what succeeded
    assert read.state["a"].tolist() == [1]
    assert (tmp_path / "secret").read_text() == "the secret" and not (tmp_path / "canary").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "import os; os._exit(0)",
        "import os; os.symlink('source.pt', 'weights.pt'); os._exit(0)",
        "import os; os.mkdir('weights.pt'); os._exit(0)",
        "import os, shutil; shutil.copy('source.pt', 'weights.pt'); os._exit(0)",
        "import os; open('result.json', 'w').write('[' * 100000); os._exit(0)",
        "raise SystemExit(0)",
    ],
)
def test_what_comes_out_of_the_process_apart_is_read_as_tensors_alone(code: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from detectors.foreign import foreign_state

    torch.save({"a": torch.ones(1), "evil": Evil(exec, code)}, tmp_path / "w.pt")

    with pytest.raises(DatasetError, match=r"w\.pt|weights\.pt") as error:
        foreign_state(tmp_path / "w.pt", trust=True)
    assert "\n" not in str(error.value)


def test_a_plain_pickle_with_the_ending_is_no_model(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    canary = tmp_path / "canary"
    (tmp_path / "best.pt").write_bytes(pickle.dumps(Evil(os.mkdir, str(canary))))

    with pytest.raises(DatasetError, match=r"best\.pt"):
        load_model(tmp_path / "best.pt", told=Told(trust=True))
    assert not canary.exists()


@pytest.mark.parametrize("form", ["torchscript", "coreml"])
def test_what_an_onnx_model_cannot_become_is_refused(form: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from detectors.adopt import adopted
    from detectors.export import export

    file = onnx_of(tmp_path / "a.onnx", {"output0": dense([32, 32, 20, 10, 0.1, 0.9])}, ULTRALYTICS)

    with pytest.raises(BadArgument, match="of an ONNX model OpenVINO and ONNX"):
        export(adopted(file), tmp_path / "out", (form,))  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()
