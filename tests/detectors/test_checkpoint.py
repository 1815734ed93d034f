"""Weights on disk: whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from rendersdg.errors import BadArgument, DatasetError

torch = pytest.importorskip("torch")

from detectors.checkpoint import begun, keep, load, save  # noqa: E402

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
    with pytest.raises(DatasetError, match="cannot write"):
        save({}, tmp_path / "nowhere" / "model.pt")


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_what_is_not_a_checkpoint_is_told(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        torch.save({"format": 99}, tmp_path / "model.pt")
    else:
        (tmp_path / "model.pt").write_bytes(content)

    with pytest.raises(DatasetError, match=r"model\.pt is no checkpoint"):
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
