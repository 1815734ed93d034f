"""Ctrl-C: one line and exit code 130, with and without workers; what is done is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.one_frame import SCENE
from tests.conftest import ROOT


@pytest.mark.skipif(os.name != "posix", reason="a terminal's interrupt is a signal to a group of processes")
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_is_told_in_a_line(workers: int, tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(SCENE.replace("max_execs: 1", "max_execs: 100000"))
    command = [sys.executable, "-m", "rendersdg", "render", "scene.yaml", "-o", "out", "--workers", str(workers)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        said = ""
        while "/100000 frames" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        os.killpg(process.pid, signal.SIGINT)
        try:
            said += process.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise

    assert process.returncode == 130
    assert "Traceback" not in said and said.splitlines()[-1].startswith("interrupted; what is done is kept")
    assert list((tmp_path / "out").glob("rgb_*.png"))
