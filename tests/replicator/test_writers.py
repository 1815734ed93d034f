"""Writers of scripts: what reaches ``write``, and what becomes of their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from tests.running import files_of, ran, run_named


def test_a_custom_writer_gets_the_documented_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("custom_writer", tmp_path, monkeypatch)

    assert outcome.error is None
    for name in ("legacy", "renderProduct"):
        assert set(files_of(tmp_path / name)) == {"0.txt", "1.txt", "end.txt"}
        text = (tmp_path / name / "1.txt").read_text()
        assert text == "/Replicator/Camera_Xform/Camera [32, 24] (24, 32) 3 {'beat': 2}"
        assert Dataset(Store(str(tmp_path / name))).verify() == []


@pytest.mark.parametrize("below", [True, False])
def test_a_writer_that_was_detached_still_writes_its_files_over_all_frames(
    below: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run_named("detached_writers", tmp_path, monkeypatch, out=str(tmp_path / "out") if below else None)
    root = tmp_path / "out" if below else tmp_path

    assert outcome.error is None, outcome.error
    found = json.loads((root / "CocoWriter_out" / "annotations" / "instances.json").read_text())
    assert [len(found["images"]), len(found["annotations"])] == [2, 2]
    assert (root / "BasicWriter_out" / "metadata.txt").is_file() and not (root / "unused").exists()


def test_a_writer_that_raises_stops_the_run_and_names_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("failing_writer", tmp_path, monkeypatch)

    assert outcome.exit_code == 1 and outcome.error == "failing_writer.py:14: ValueError: no more"
    assert set(files_of(tmp_path / "good")) == {"rgb_0000.png", "metadata.txt"}
    assert Dataset(Store(str(tmp_path / "good"))).verify() == []


@pytest.mark.parametrize("name", ["WebDatasetWriter", "ParquetWriter"])
def test_a_writer_of_shards_is_refused_with_what_to_do(name: str, tmp_path: Path) -> None:
    if name == "ParquetWriter":
        pytest.importorskip("pyarrow")
    outcome = ran(
        tmp_path,
        f"""
        import omni.replicator.core as rep

        writer = rep.WriterRegistry.get("{name}")
        writer.initialize(output_dir="shards")
        """,
    )

    assert outcome.exit_code == 5 and outcome.error is not None and "script.py:5" in outcome.error
    assert "scripts do not write yet: render the scene from YAML" in outcome.error
    assert not (tmp_path / "shards").exists()
