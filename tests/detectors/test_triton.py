"""The model repository is what Triton reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detectors.adopt import adopted
from detectors.triton import export_triton
from rendersdg.errors import BadArgument, DatasetError
from tests.detectors.foreign_models import ULTRALYTICS, dense, onnx_of
from tests.served import colour_model

pytest.importorskip("openvino")
onnx_library = pytest.importorskip("onnx")
pytest.importorskip("tritonclient.grpc")

pytestmark = pytest.mark.extra


def config_of(folder: Path) -> Any:
    """Return config.pbtxt as Triton's own message has it; an unknown field or enum is an error."""
    from google.protobuf import text_format
    from tritonclient.grpc import model_config_pb2

    return text_format.Parse((folder / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())


def test_the_repository_is_one_that_triton_reads(tmp_path: Path) -> None:
    xml = colour_model(tmp_path / "model")
    (xml.parent / "model.onnx").write_bytes(onnx_library.ModelProto(ir_version=8).SerializeToString())

    made = export_triton(xml.parent, tmp_path / "models", "steel", instances=3, least=0.4)

    assert [m.name for m in made] == ["steel_openvino", "steel_onnx", "steel"]
    openvino, onnx, whole = map(config_of, made)
    assert (openvino.backend, onnx.backend, whole.backend) == ("openvino", "onnxruntime", "python")
    for config, folder in zip((openvino, onnx, whole), made):
        assert config.name == folder.name and config.max_batch_size == 0 and config.instance_group[0].count == 3
    for network in (openvino, onnx):
        assert [(t.name, list(t.dims)) for t in network.input] == [("images", [1, 3, 64, 64])]
        assert [(t.name, list(t.dims)) for t in network.output] == [("boxes", [1, -1, 4]), ("scores", [1, -1, 3])]
    assert whole.parameters["least"].string_value == "0.4" and whole.input[0].data_type == 13  # TYPE_STRING
    files = {str(p.relative_to(tmp_path / "models")) for p in (tmp_path / "models").rglob("*") if p.is_file()}
    assert files >= {"steel_onnx/1/model.onnx", "steel_openvino/1/model.bin", "steel/1/model.py", "steel/1/model.json"}


@pytest.mark.parametrize(
    ("shape", "dims"), [((1, 3, 64, 96), [1, 3, 64, 96]), ((1, 3, "height", "width"), [1, 3, -1, -1])]
)
def test_a_network_of_others_says_the_input_that_it_has(
    shape: tuple[int | str, ...], dims: list[int], tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    file = onnx_of(tmp_path / "a.onnx", {"output0": dense([9, 9, 2, 2, 0.5, 0.5])}, ULTRALYTICS, shape=shape)

    made = export_triton(adopted(file).parent, tmp_path / "models", "bolts")

    assert [list(t.dims) for t in config_of(made[0]).input] == [dims]


def test_what_cannot_be_a_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds neither"):
        export_triton(tmp_path, tmp_path / "models", "steel")
    with pytest.raises(BadArgument, match="other characters"):
        export_triton(colour_model(tmp_path / "model").parent, tmp_path / "models", "a/b")
