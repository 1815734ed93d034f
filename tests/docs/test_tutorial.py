"""The tutorial runs as it is written: files, commands and Python, from the top to the bottom."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from tests.cli import shown
from tests.conftest import ROOT
from writers.encoders import read_image

TUTORIAL = ROOT / "docs" / "tutorials" / "first-scene.md"
PICTURES = ROOT / "docs" / "images"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDS_TORCH = ("train", "predict")


def blocks(text: str) -> Iterator[tuple[str, str, int, str]]:
    """Yield language, code, line and the last words before each block."""
    for match in BLOCK.finditer(text):
        yield match[1], match[2], text[: match.start(2)].count("\n"), text[: match.start()].rstrip()[-200:]


@pytest.mark.slow
def test_the_tutorial_runs_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    has_torch = importlib.util.find_spec("torch") is not None
    monkeypatch.chdir(tmp_path)
    module, told = ModuleType("tutorial"), {}
    for language, code, line, before in blocks(TUTORIAL.read_text(encoding="utf-8")):
        if language == "yaml":
            name = re.search(r"Write\s+this\s+to\s+`([\w.]+)`:$", before)
            assert name, f"line {line}: the page does not say where the file goes"
            Path(name[1]).write_text(code, encoding="utf-8")
        elif language == "python":
            exec(compile("\n" * line + code, str(TUTORIAL), "exec"), module.__dict__)
        else:
            for command in map(shlex.split, code.splitlines()):
                if command[0] == "rendersdg" and (has_torch or command[1] not in NEEDS_TORCH):
                    told[command[1]] = shown.run(*command[1:])
                else:
                    assert command[:2] == ["pip", "install"] or command[1] in NEEDS_TORCH

    assert "0.04 x 0.04 x 0.018 m" in told["inspect"] and "0.04 x 0.04 x 0.018 m" in TUTORIAL.read_text()
    coco = json.loads(Path("out/annotations/instances.json").read_text())
    assert [c["name"] for c in coco["categories"]] == ["pulley"] and len(coco["images"]) == 8
    assert len(coco["annotations"]) >= 3 * 8
    for entry in coco["images"]:
        picture = read_image(Path("out/images", Path(entry["file_name"]).name).read_bytes())
        assert picture.shape[:2] == (360, 480) and 40 < np.mean(picture) < 190
    for name in ("pulley.png", "sheet.png", "frame.png", "built.png"):
        assert np.std(np.asarray(Image.open(name).convert("L"))) > 10, name
    assert "pulley" in Path("built.yaml").read_text()
    assert not has_torch or (Path("run/model.pt").is_file() and Path("found/predictions.json").is_file())


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(TUTORIAL.parent.glob("*.py")), ids=lambda p: p.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = path.read_text(encoding="utf-8")
    if "import torch" in code:
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenes").symlink_to(ROOT / "scenes")

    assert code.startswith("# %% [markdown]\n# # ")  # cells in Jupytext's percent format, a title first
    exec(compile(code, str(path), "exec"), ModuleType("notebook").__dict__)


def test_the_picture_is_of_that_scene(tmp_path: Path) -> None:
    found = importlib.util.spec_from_file_location("first_scene", PICTURES / "first_scene.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    drawn = np.asarray(module.drawn(tmp_path), np.float64)
    kept = np.asarray(Image.open(module.PICTURE), np.float64)

    assert module.PICTURE.stat().st_size < 60_000
    assert drawn.shape == kept.shape and np.mean(np.abs(drawn - kept)) < 6  # levels; JPEG loses about 2
