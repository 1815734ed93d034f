"""Weights on disk: whole or not at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rendersdg.errors import BadArgument, DatasetError, RenderSDGError
from rendersdg.files import Disk

torch = pytest.importorskip("torch")

from detectors.checkpoint import begun, keep, load, load_detector, save  # noqa: E402

pytestmark = pytest.mark.extra


@dataclass
class Recipe:
    rate: float = 0.1


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    save({"weights": {"a": torch.arange(3.0)}, "classes": ["x"]}, tmp_path / "model.pt")

    content = load(tmp_path / "model.pt")

    assert content["classes"] == ["x"] and content["weights"]["a"].tolist() == [0, 1, 2]
    assert [p.name for p in tmp_path.iterdir()] == ["model.pt"]


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    save({"a": torch.ones(1)}, tmp_path / "model.pt")
    with pytest.raises(DatasetError, match="cannot write"):
        save({}, tmp_path / "model.pt" / "model.pt")


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_what_is_not_a_checkpoint_is_told(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        torch.save({"format": 99}, tmp_path / "model.pt")
    else:
        (tmp_path / "model.pt").write_bytes(content)

    with pytest.raises(DatasetError, match=r"model\.pt is not a checkpoint"):
        load(tmp_path / "model.pt")
    with pytest.raises(DatasetError, match="is not there"):
        load(tmp_path / "other.pt")


def test_a_run_goes_on_with_its_own_recipe_alone(tmp_path: Path) -> None:
    layer = torch.nn.Linear(2, 1)
    assert begun(tmp_path / "run", Recipe(), False, {"layer": layer}) == []
    keep(tmp_path / "run", Recipe(), {"layer": layer}, [{"loss": 3.0}, {"loss": 2.0}])
    other = torch.nn.Linear(2, 1)

    done = begun(tmp_path / "run", Recipe(), True, {"layer": other})

    assert done == [{"loss": 3.0}, {"loss": 2.0}] and torch.equal(layer.weight, other.weight)
    assert (tmp_path / "run" / "log.csv").read_text() == "epoch,loss\n0,3.0\n1,2.0\n"
    with pytest.raises(DatasetError, match="--resume"):
        begun(tmp_path / "run", Recipe(), False, {})
    with pytest.raises(BadArgument, match="other rate"):
        begun(tmp_path / "run", Recipe(0.2), True, {})


def test_a_damaged_byte_is_found_wherever_it_is(tmp_path: Path) -> None:
    file = tmp_path / "model.pt"
    save({"weights": {"a": torch.arange(3.0)}, "classes": ["x"]}, file)
    good = file.read_bytes()
    for place in range(len(good)):
        file.write_bytes(good[:place] + bytes([good[place] ^ (1 << place % 8)]) + good[place + 1 :])
        with pytest.raises(DatasetError, match=r"model\.pt"):
            load(file)
    for length in (*range(0, len(good), 97), len(good) - 1):
        file.write_bytes(good[:length])
        with pytest.raises(DatasetError, match=r"model\.pt"):
            load(file)
    file.write_bytes(good)

    assert load(file)["classes"] == ["x"]


def test_a_checksum_does_not_hinder_others(tmp_path: Path) -> None:
    save({"weights": {"a": torch.arange(3.0)}}, tmp_path / "model.pt")

    assert torch.load(tmp_path / "model.pt", weights_only=True)["weights"]["a"].tolist() == [0, 1, 2]
    with zipfile.ZipFile(tmp_path / "model.pt") as archive:
        assert archive.testzip() is None


def test_a_file_of_before_checksums_is_read_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    torch.save({"format": 1, "classes": ["x"]}, tmp_path / "old.pt")
    with caplog.at_level("WARNING"):
        contents = [load(tmp_path / "old.pt") for _ in range(3)]

    assert contents == 3 * [{"format": 1, "classes": ["x"]}]
    assert [r.getMessage().partition(" (")[0] for r in caplog.records] == [f"{tmp_path / 'old.pt'} has no checksum"]


def test_a_checkpoint_of_others_runs_no_code(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "canary"),)

    torch.save({"format": 1, "classes": Evil()}, tmp_path / "model.pt")
    with pytest.raises(DatasetError, match="can be read"):
        load(tmp_path / "model.pt")

    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"classes": 5},
        {"classes": ["x"] * 10_001},
        {"classes": [1]},
        {"classes": []},
        {"preprocess": None},
        {"preprocess": {"size": 10**9}},
        {"preprocess": {"size": "64 ] }"}},
        {"preprocess": {"size": 64, "pad": -1}},
        {"weights": 7},
        {"weights": {"a": torch.ones(1)}},
        {"detector": ["ssdlite_mobilenet"]},
        {"detector": "nothing"},
    ],
)
def test_a_model_file_of_other_content_is_told(change: dict[str, object], tmp_path: Path) -> None:
    content = {"detector": "ssdlite_mobilenet", "classes": ["x"], "preprocess": {"size": 64}, "weights": {}}
    save(content | change, tmp_path / "model.pt")

    with pytest.raises(RenderSDGError):
        load_detector(tmp_path / "model.pt")


def test_a_checkpoint_has_its_name_when_it_is_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for name in ("write", "rename", "flush_folder"):
        original = getattr(Disk, name)

        def noted(self: Disk, *args: object, name: str = name, original: Callable[..., Any] = original) -> object:
            done.append(name)
            return original(self, *args)

        monkeypatch.setattr(Disk, name, noted)
    flushed: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (flushed.append(number), fsync(number)))
    save({"a": torch.ones(1)}, tmp_path / "model.pt")

    assert done[-3:] == ["write", "rename", "flush_folder"] and len(flushed) >= 2  # the file, and its folder


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "model.pt.999999999.partial"
    left.write_bytes(b"half")
    begun(tmp_path, Recipe(), False, {})

    assert not left.exists()
