"""What the commands about datasets say of one frame."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import DatasetError
from tests.cli.one_frame import SCENE, refused
from tests.cli.shown import run


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one")
    (folder / "scene.yaml").write_text(SCENE)
    run("render", str(folder / "scene.yaml"), "-o", str(folder / "out"), "--backend", "null", "-q")
    return folder / "out"


def test_one_frame_and_its_files_are_counted(dataset: Path, tmp_path: Path) -> None:
    files = len([p for p in dataset.rglob("*") if p.is_file() and ".rendersdg" not in p.parts])

    assert run("verify", str(dataset)) == f"{dataset}: 1 frame, {files} files, all as recorded\n"
    assert run("merge", str(dataset), "-o", str(tmp_path / "whole")).startswith(f"1 frame, {files} files in ")
    assert run("replay", str(dataset), "--frame", "0", "-o", str(tmp_path / "again")).splitlines() == [
        f"wrote 1 file of frame 0 to {tmp_path / 'again'}",
        "frame 0 is the same: 1 file, byte for byte",
    ]


def test_a_folder_without_dataset_is_refused(tmp_path: Path) -> None:
    assert "holds no dataset" in refused(DatasetError, "replay", str(tmp_path), "--frame", "0")
    assert "holds no dataset" in refused(DatasetError, "verify", str(tmp_path))
