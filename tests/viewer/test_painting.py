"""The process that paints: what it takes from its surroundings, and when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rendersdg.viewer.asks import Ask
from rendersdg.viewer.painting import PainterProcess
from tests.conftest import ROOT
from tests.viewer.small_scene import SCENE

pytestmark = pytest.mark.slow


def test_modules_in_the_folder_of_the_scene_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("yaml", "numpy", "random", "rendersdg"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')\n")
    monkeypatch.chdir(tmp_path)

    process = PainterProcess(tmp_path / "scene.yaml", backend="raster", assets=(), threads=1)
    process.ask(Ask(text=SCENE, size_px=64))
    answer = process.answer(60)
    process.end()

    assert answer is not None and answer["errors"] == []
    assert not (tmp_path / "ran").exists()


def test_what_the_process_prints_is_no_answer(tmp_path: Path) -> None:
    process = PainterProcess(tmp_path / "scene.yaml", backend="raster", assets=(), threads=1)
    asset = 'part: {create.from_usd: {usd: "omniverse://nowhere/part.usd"}}\n'  # which USD complains of

    process.ask(Ask(text=SCENE + asset, size_px=64))
    answer = process.answer(60)
    process.end()

    assert answer is not None and answer["errors"] == []
    assert [note["kind"] for note in answer["notes"]] == ["substitution"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_the_process_ends_with_the_server_whatever_it_paints(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from rendersdg.viewer.painting import PainterProcess\n"
        "from rendersdg.viewer.asks import Ask; from tests.viewer.small_scene import SCENE\n"
        "if __name__ == '__main__':\n"
        "    p = PainterProcess(Path('scene.yaml'), backend='raster', assets=(), threads=1)\n"
        "    p.ask(Ask(text=SCENE, size_px=64)); p.answer(60)\n"
        "    text = SCENE.replace('[320, 240]', '[8000, 6000]')\n"
        "    p.ask(Ask(text=text, size_px=4096, quality='high')); print(p.number, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as server:
        assert server.stdout is not None
        number = int(server.stdout.readline())
        time.sleep(0.3)
        server.kill()

    is_gone = False
    for _ in range(100):
        is_gone = not Path(f"/proc/{number}").exists() or "State:\tZ" in Path(f"/proc/{number}/status").read_text()
        if is_gone:
            break
        time.sleep(0.1)
    assert is_gone
