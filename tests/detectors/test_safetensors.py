"""The format of safetensors: what its own library writes is read, and what is broken is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rendersdg.errors import DatasetError

torch = pytest.importorskip("torch")

from detectors.safetensors import safetensors_state  # noqa: E402

pytestmark = pytest.mark.extra


def written(file: Path, header: object, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return file


def test_what_the_library_writes_is_read_bit_for_bit(tmp_path: Path) -> None:
    save_file = pytest.importorskip("safetensors.torch").save_file
    kinds = (torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool)
    state = {f"t{k}": torch.arange(6).reshape(2, 3).to(kind) for k, kind in enumerate(kinds)}
    state |= {"number": torch.tensor(2.5), "none": torch.zeros(0, 4)}
    save_file(state, tmp_path / "w.safetensors", {"format": "pt"})

    found = safetensors_state(tmp_path / "w.safetensors")

    assert found.keys() == state.keys()
    assert all(
        found[k].dtype == v.dtype and found[k].shape == v.shape and torch.equal(found[k], v) for k, v in state.items()
    )


ONE = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}


def test_a_file_written_by_hand_is_read(tmp_path: Path) -> None:
    file = written(tmp_path / "w.safetensors", ONE, bytes.fromhex("0000803f00000040"))

    assert safetensors_state(file)["a"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("header", "data", "says"),
    [
        (ONE, b"1234", "it ends before"),
        (ONE | {"b": ONE["a"]}, b"12345678", "overlap"),
        ({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, b"12345678", "bytes that its shape needs"),
        ({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, b"12345678", "whole numbers"),
        ({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}, b"12345678", "bytes that its shape needs"),
        ({"a": {"dtype": "C99", "shape": [2], "data_offsets": [0, 8]}}, b"12345678", "no type that is known"),
        ({"a": 3}, b"", "no type"),
        ([], b"", "not a mapping"),
        (b"{", b"", "not a .safetensors"),
        (b"[" * 100_000, b"", "not a .safetensors"),
        (b"\xff", b"", "not a .safetensors"),
    ],
)
def test_a_broken_file_is_told(header: object, data: bytes, says: str, tmp_path: Path) -> None:
    file = written(tmp_path / "w.safetensors", header, data)

    with pytest.raises(DatasetError, match=says) as told:
        safetensors_state(file)
    assert "w.safetensors" in str(told.value)


def test_a_file_shorter_than_its_header_or_missing_is_told(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(b"\xff" * 8 + b"{}")

    with pytest.raises(DatasetError, match="longer than the file"):
        safetensors_state(tmp_path / "w.safetensors")
    with pytest.raises(DatasetError, match="cannot read weights"):
        safetensors_state(tmp_path / "none.safetensors")
