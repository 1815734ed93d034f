"""Weights of others: tensors come in, code does not."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import pytest

from rendersdg.errors import DatasetError, NotTrusted

torch = pytest.importorskip("torch")

from detectors.foreign import foreign_state  # noqa: E402

pytestmark = pytest.mark.extra


class Evil:
    """Leaves a canary where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.canary),)


@pytest.mark.parametrize("form", ["{}", "{'state_dict': {}}", "{'model': {}, 'epoch': 3}"])
@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_come_in_however_they_are_wrapped(form: str, zipped: bool, tmp_path: Path) -> None:
    inner = {"a.weight": torch.arange(3.0), "b": torch.ones(2, 2)}
    content = eval(form.replace("{}", "inner"), {"inner": inner})
    torch.save(content, tmp_path / "w.pt", _use_new_zipfile_serialization=zipped)

    state = foreign_state(tmp_path / "w.pt")

    assert sorted(state) == ["a.weight", "b"] and state["a.weight"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["zip", "legacy", "plain pickle"])
def test_code_in_weights_is_not_run_unless_it_is_trusted(kind: str, tmp_path: Path) -> None:
    file, canary = tmp_path / "w.pt", tmp_path / "canary"
    content = {"model": {"a": torch.ones(1)}, "evil": Evil(canary)}
    if kind == "plain pickle":
        file.write_bytes(pickle.dumps(Evil(canary), 2))
    else:
        torch.save(content, file, _use_new_zipfile_serialization=kind == "zip")

    with pytest.raises(DatasetError) as told:
        foreign_state(file)
    assert not canary.exists() and "\n" not in str(told.value)
    if kind != "plain pickle":
        assert isinstance(told.value, NotTrusted) and "--trust" in str(told.value) and "mkdir" in str(told.value)


@pytest.mark.slow
def test_a_whole_network_is_taken_where_it_is_trusted(tmp_path: Path) -> None:
    torch.save({"model": torch.nn.Linear(2, 1).half(), "ema": None}, tmp_path / "w.pt")

    with pytest.raises(NotTrusted, match=r"torch\.nn\.modules\.linear\.Linear"):
        foreign_state(tmp_path / "w.pt")
    state = foreign_state(tmp_path / "w.pt", trust=True)

    assert {k: (tuple(v.shape), v.dtype) for k, v in state.items()} == {
        "weight": ((1, 2), torch.float32),
        "bias": ((1,), torch.float32),
    }


def test_compressed_weights_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1000)}, tmp_path / "w.pt")
    with zipfile.ZipFile(tmp_path / "w.pt") as source, zipfile.ZipFile(tmp_path / "z.pt", "w", 8) as out:
        for member in source.infolist():
            out.writestr(member.filename, source.read(member))

    with pytest.raises(DatasetError, match="is compressed"):
        foreign_state(tmp_path / "z.pt")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", None])
def test_what_holds_no_weights_is_told(content: bytes | None, tmp_path: Path) -> None:
    if content is None:
        torch.save([1, 2], tmp_path / "w.pt")
    else:
        (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(DatasetError, match=r"w\.pt"):
        foreign_state(tmp_path / "w.pt")
    with pytest.raises(DatasetError, match="cannot read weights"):
        foreign_state(tmp_path / "nowhere.pt")
