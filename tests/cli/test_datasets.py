"""What the commands about datasets say of one frame."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from rendersdg.dataset.dataset import HEADER, Dataset
from rendersdg.dataset.records import sealed, unsealed
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError, NotSupported, NotTrusted
from rendersdg.replicator.output import script_header
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

    root = json.loads((dataset / ".rendersdg" / "manifest").read_text())["root"]
    assert run("verify", str(dataset), "-q") == f"{dataset}: 1 frame, {files} files, all as recorded\nroot {root}\n"
    assert run("merge", str(dataset), "-o", str(tmp_path / "whole")).startswith(f"1 frame, {files} files in ")
    assert run("replay", str(dataset), "--frame", "0", "-o", str(tmp_path / "again")).splitlines() == [
        f"wrote 1 file of frame 0 to {tmp_path / 'again'}",
        "frame 0 is the same: 1 file, byte for byte",
    ]


def test_a_folder_without_dataset_is_refused(tmp_path: Path) -> None:
    assert "holds no dataset" in refused(DatasetError, "replay", str(tmp_path), "--frame", "0")
    assert "holds no dataset" in refused(DatasetError, "verify", str(tmp_path))


SCRIPT = """
from pathlib import Path
Path(CANARY).write_text("ran")
import omni.replicator.core as rep
"""


def a_scripts_dataset(folder: Path, name: str = "script.py") -> Path:
    """Write what a dataset of a script keeps, with a script that leaves a canary where it runs; return the canary."""
    canary = folder / "canary"
    text = SCRIPT.replace("CANARY", repr(str(canary))).encode()
    header = script_header(Path(name).name, text, (), 0, "null", is_below=False)
    Dataset(Store(str(folder / "out"))).open(header, {Path(name).name: text}, resume=False)
    (folder / name).write_bytes(text)
    file = folder / "out" / HEADER
    file.write_bytes(sealed(unsealed(file.read_bytes(), HEADER)[0] | {"script": name}))
    return canary


def test_a_dataset_does_not_run_its_script_unless_it_is_trusted(tmp_path: Path) -> None:
    canary = a_scripts_dataset(tmp_path)
    out = str(tmp_path / "out")

    said = refused(NotTrusted, "replay", out, "--frame", "0")
    with_own_copy = refused(NotTrusted, "replay", out, "--frame", "0", "--scene", str(tmp_path / "script.py"))
    merged = refused(NotSupported, "merge", out, "-o", str(tmp_path / "more"))

    assert "script.py" in said and f"{out}/.rendersdg/scene/script.py" in said and "--trust" in said
    assert said == with_own_copy and "merge is for parts of scenes" in merged
    assert not canary.exists()
    refused(DatasetError, "replay", out, "--frame", "0", "--trust")  # it has no frame to compare with
    assert canary.exists()


@pytest.mark.parametrize("name", ["../script.py", "/script.py", "a/script.py"])
def test_a_script_outside_of_its_dataset_is_refused_trusted_or_not(name: str, tmp_path: Path) -> None:
    (tmp_path / "in" / "a").mkdir(parents=True)
    canary = a_scripts_dataset(tmp_path / "in", str(tmp_path / name[1:]) if name[0] == "/" else name)
    for trust in ([], ["--trust"]):
        said = refused(DatasetError, "replay", str(tmp_path / "in" / "out"), "--frame", "0", *trust)

        assert "the script" in said and "is refused" in said
    assert not canary.exists()


def test_scenes_of_a_dataset_are_not_copied_to_elsewhere(dataset: Path, tmp_path: Path) -> None:
    archive, escaped = tmp_path / "hostile.zip", tmp_path / "escaped"
    with zipfile.ZipFile(archive, "w") as out:
        for file in sorted(p for p in dataset.rglob("*") if p.is_file()):
            out.write(file, file.relative_to(dataset).as_posix())
        out.writestr(f".rendersdg/scene/{escaped}", "escaped")  # scene//tmp/...
        out.writestr(".rendersdg/scene/../../../../../../../../" + str(escaped)[1:], "escaped")
    for command in (["replay", "--frame", "0"], ["merge", "-o", str(tmp_path / "more")]):
        said = refused(DatasetError, command[0], f"zip://::{archive}", *command[1:])

        assert "is refused" in said and "escaped" in said
    assert not escaped.exists()
