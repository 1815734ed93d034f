"""Exported networks: damage is found, and nothing outside of their folder is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detectors.model_files import describe, description
from detectors.runtime import load_model
from rendersdg.errors import DatasetError
from tests.served import colour_model

pytest.importorskip("openvino")
onnx = pytest.importorskip("onnx")

pytestmark = pytest.mark.extra

VALUES = np.arange(12, dtype=np.float32)


@pytest.fixture
def xml(tmp_path: Path) -> Path:
    """Return the file of a network with a checksum of each of its files."""
    file = colour_model(tmp_path / "model")
    describe(file.parent, description(file))
    return file


def onnx_model(folder: Path, **place: str) -> Path:
    """Write an ONNX network whose one constant lies at ``place``; return its .onnx."""
    folder.mkdir(exist_ok=True)
    tensor = onnx.numpy_helper.from_array(VALUES.reshape(1, 3, 4), "boxes")
    if place:
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in place.items():
            tensor.external_data.add(key=key, value=value)
    values = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("ReduceMean", ["images"], ["scores"], axes=[2], keepdims=0)
    graph = onnx.helper.make_graph(
        [node, onnx.helper.make_node("Identity", ["constant"], ["boxes"])],
        "test",
        [values("images", 1, [1, 3, 64, 64])],
        [values("boxes", 1, [1, 3, 4]), values("scores", 1, [1, 3, 64])],
        [],
    )
    tensor.name = "constant"
    graph.initializer.append(tensor)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    about = json.loads(colour_model(folder.parent / "about").with_suffix(".json").read_text())
    (folder / "model.json").write_text(json.dumps(about))
    return folder / "model.onnx"


def test_a_damaged_byte_of_any_file_is_found(xml: Path) -> None:
    rng = np.random.default_rng(0)
    for file in (xml, xml.with_suffix(".bin"), xml.with_suffix(".json")):
        good = file.read_bytes()
        assert good
        for place in rng.choice(len(good), min(len(good), 40), replace=False).tolist():
            changed = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
            file.write_bytes(changed)
            with pytest.raises(DatasetError, match="model"):
                load_model(xml)
        file.write_bytes(good[:-1])
        if file.suffix != ".json":  # there, it is the line's end
            with pytest.raises(DatasetError, match=r"is damaged|lies at bytes|is not XML"):
                load_model(xml)
        file.write_bytes(good)

    assert load_model(xml).classes == ("red", "green", "blue")


def test_a_description_that_was_changed_on_purpose_is_read_without_its_checksum(xml: Path) -> None:
    file = xml.with_suffix(".json")
    about = json.loads(file.read_text())
    about["classes"][0] = "crimson"
    file.write_text(json.dumps(about))
    with pytest.raises(DatasetError, match="remove its entry sha256"):
        load_model(xml)
    del about["sha256"]
    file.write_text(json.dumps(about))

    assert load_model(xml).classes[0] == "crimson"


def test_a_network_of_another_export_is_told(xml: Path) -> None:
    onnx_model(xml.parent)
    other = json.loads(xml.with_suffix(".json").read_text())
    colour_model(xml.parent)
    xml.with_suffix(".json").write_text(json.dumps(other | {"sha256": {"json": "0" * 64}}))
    with pytest.raises(DatasetError, match="is damaged"):
        load_model(xml)
    describe(xml.parent, {k: v for k, v in other.items() if k != "sha256"})

    assert load_model(xml).network and load_model(xml.with_suffix(".onnx")).network


def _link(xml: Path) -> None:
    values = xml.with_suffix(".bin")
    values.rename(xml.parents[1] / "secret")
    values.symlink_to("../secret")


def _edit(pattern: str, text: str) -> Callable[[Path], None]:
    def edit(xml: Path) -> None:
        changed, count = re.subn(pattern, text, xml.read_text())
        assert count
        xml.write_text(changed)

    return edit


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><net name="&b;"/>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><net name="&a;"/>'


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_link, "a symbolic link leads out"),
        (_edit('offset="0"', 'offset="9999"'), "lies at bytes"),
        (_edit('offset="0"', 'offset="-4"'), "lies at bytes"),
        (_edit('offset="0"', 'offset="18446744073709551600"'), "lies at bytes"),
        (_edit('size="16"', 'size="16000000000000"'), "lies at bytes"),
        (_edit('size="16"', 'size="x"'), "does not say where it lies"),
        (_edit("</net>", ""), "is not XML"),
        (lambda xml: xml.write_text(BOMB), "DOCTYPE"),
        (lambda xml: xml.write_text(OUTSIDE), "DOCTYPE"),
        (lambda xml: xml.write_text("<a>" * 100_000), "deep"),
        (lambda xml: xml.write_text("<net/>"), "OpenVINO can read"),
        (lambda xml: xml.with_suffix(".bin").unlink(), "lies at bytes"),
        (_edit('type="Parameter"', 'type="Evil"'), "OpenVINO can read"),
    ],
)
def test_a_network_of_openvino_from_elsewhere_is_refused(
    harm: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    xml = colour_model(tmp_path / "model")
    harm(xml)
    with pytest.raises(DatasetError, match=said) as told:
        load_model(xml)

    assert len(str(told.value)) < 700 and "\n" not in str(told.value)


def test_values_of_onnx_may_lie_beside_it(tmp_path: Path) -> None:
    file = onnx_model(tmp_path / "model", location="values.bin")
    (file.parent / "values.bin").write_bytes(VALUES.tobytes())
    describe(file.parent, description(file))
    inside = onnx_model(tmp_path / "other")

    boxes, _ = load_model(inside).network(np.zeros((1, 3, 64, 64), np.float32))
    again, _ = load_model(file).network(np.zeros((1, 3, 64, 64), np.float32))
    assert boxes.ravel().tolist() == again.ravel().tolist() == VALUES.tolist()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"location": "../secret"}, "upwards"),
        ({"location": "{root}/secret"}, "absolute"),
        ({"location": "a//secret"}, "empty part"),
        ({"location": "link"}, "symbolic link"),
        ({"offset": "0"}, "a NoneType"),
        ({"location": "values.bin", "offset": "8"}, "ONNX Runtime can read"),
        ({"location": "values.bin", "length": "99999999999999"}, "beyond the end"),
        ({"location": "values.bin", "offset": "-1"}, "beyond the end"),
        ({"location": "values.bin", "offset": "x"}, "cannot be read"),
        ({"location": "nowhere"}, "cannot be read"),
    ],
)
def test_values_of_onnx_from_elsewhere_are_refused(place: dict[str, str], said: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(VALUES.tobytes())
    place = {key: value.replace("{root}", str(tmp_path)) for key, value in place.items()}
    file = onnx_model(tmp_path / "model", **place)
    (file.parent / "values.bin").write_bytes(VALUES.tobytes())
    (file.parent / "link").symlink_to("../secret")

    with pytest.raises(DatasetError, match=said):
        load_model(file)


@pytest.mark.parametrize("data", [b"text", b"\xff" * 100, b""])
def test_what_is_not_a_network_of_onnx_is_told(data: bytes, tmp_path: Path) -> None:
    file = onnx_model(tmp_path / "model")
    file.write_bytes(data)

    with pytest.raises(DatasetError, match=r"model\.onnx is not a network that ONNX"):
        load_model(file)


@pytest.mark.parametrize("change", [{"classes": "abc"}, {"classes": [1]}, {"format": 2}, {"preprocess": {"size": "]"}}])
def test_a_description_of_other_content_is_told(change: dict[str, object], tmp_path: Path) -> None:
    file = colour_model(tmp_path / "model")
    about = json.loads(file.with_suffix(".json").read_text())
    file.with_suffix(".json").write_text(json.dumps(about | change))

    with pytest.raises(DatasetError):
        load_model(file)
