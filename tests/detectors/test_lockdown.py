"""A process that locks itself in, without any library: what it may still do, and what it may not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.detectors.attacks import attacks, trying

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux keeps a process in")


def run(code: str, folder: Path) -> str:
    """Return what a fresh interpreter prints of code that runs locked in; it may write to ``folder``."""
    before = f"""
import sys, os, threading, subprocess, socket
sys.path.append({str(ROOT)!r})
from pathlib import Path
from detectors.lockdown import lock
left = lock(Path({str(folder)!r}), [*sys.path, sys.prefix, sys.base_prefix])
os.chdir({str(folder)!r})
"""
    done = subprocess.run([sys.executable, "-I", "-c", before + code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_it_reaches_neither_files_nor_network_nor_other_processes(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret").write_text("the secret")
    free = subprocess.run(
        [sys.executable, "-c", trying({"write": f"open({str(tmp_path / 'free')!r}, 'w')"}) + "\nprint(hits)"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    told = run(trying(attacks(tmp_path)) + "\nprint([left, *hits])", tmp_path / "inside")

    assert "write" in free  # the attempts are ones that succeed elsewhere
    if "Landlock" in told:
        pytest.skip("this kernel has no Landlock")
    assert told == "['', 'none']"
    assert (tmp_path / "secret").read_text() == "the secret" and not (tmp_path / "canary").exists()


def test_it_still_computes_writes_to_its_folder_and_starts_threads(tmp_path: Path) -> None:
    code = """
done = []
thread = threading.Thread(target=lambda: done.append(1))
thread.start(); thread.join()
Path("out").write_text("x"); os.replace("out", "moved"); os.mkdir("d")
import json.tool, decimal
print(done, os.listdir(), os.urandom(1) != None)
"""
    assert run(code, tmp_path) in ("[1] ['moved', 'd'] True", "[1] ['d', 'moved'] True")
