"""Compiled kernels that several processes keep in one folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

KERNEL = """
from numba import njit

@njit(cache=True)
def half(x):
    return x / 2
"""
# what numba does between reading its index and writing a kernel takes long enough here that the two processes overlap
PROCESS = """
import sys, time
import rendersdg.compiled
from numba.core.caching import IndexDataCacheFile
load, save = IndexDataCacheFile._load_index, IndexDataCacheFile._save_data
pause = float(sys.argv[2])

def slow_load(self):
    found = load(self)
    time.sleep(0.7 if pause else 0)
    return found

def slow_save(self, *data):
    time.sleep(pause)
    save(self, *data)

IndexDataCacheFile._load_index, IndexDataCacheFile._save_data = slow_load, slow_save
from kernel import half
print(half(float(sys.argv[1]) if "." in sys.argv[1] else int(sys.argv[1])))
"""


def test_two_processes_that_compile_at_once_do_not_mix_up_their_kernels(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL)
    (tmp_path / "process.py").write_text(PROCESS)
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)}

    def start(number: str, pause: float) -> subprocess.Popen[str]:
        command = [sys.executable, "process.py", number, str(pause)]
        return subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True)

    both = start("3", 1.5), start("2.5", 0.1)
    assert [p.communicate()[0].strip() for p in both] == ["1.5", "1.25"]

    # what was kept: without the lock, the kernel of whole numbers under the name of that of fractions, which gives 1.0
    assert start("2.5", 0).communicate()[0].strip() == "1.25"
    assert start("3", 0).communicate()[0].strip() == "1.5"
