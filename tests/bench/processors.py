"""The same bytes on every processor: everything made as this one does it, and once more by the oldest instructions.

    python tests/bench/processors.py [--frames 2] [--full] [--only NAME] [--held opencv,numpy]

renders every scene of ``scenes/`` at a quarter of its size (``--full``: at all of it) and runs every script below
``tests/scripts``, once natively and once with OpenCV, NumPy, OpenBLAS, the C library and the kernels each held to the
oldest instructions that they know, or only those that ``--held`` names. Compares the sha256 of every file; exits 1 when
one differs, and prints which.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = {  # what holds each library to the oldest instructions, by environment variables
    "opencv": {"OPENCV_CPU_DISABLE": "SSE4_1,SSE4_2,AVX,FP16,AVX2,AVX512_SKX", "OPENCV_IPP": "disabled"},
    "numpy": {"NPY_DISABLE_CPU_FEATURES": "{numpy}"},  # the names differ by version, see oldest()
    "openblas": {"OPENBLAS_CORETYPE": "Nehalem"},
    "libc": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F"},
    "kernels": {"RENDERSDG_KERNELS": "v2"},
}
_SHARE = 4  # of a picture's side, unless all of it is asked for
_LEAST = 48  # pixels


def oldest(held: tuple[str, ...] = tuple(OLDEST)) -> dict[str, str]:
    """Return the environment that holds libraries to the oldest instructions."""
    out: dict[str, str] = {}
    for name in held:
        out |= OLDEST[name]
    if "NPY_DISABLE_CPU_FEATURES" in out:
        out["NPY_DISABLE_CPU_FEATURES"] = " ".join(_numpy_features())
    return out


def _numpy_features() -> list[str]:
    """Return the names of the instructions beyond its baseline that this NumPy uses here."""
    import numpy as np

    features = np._core._multiarray_umath
    return [name for name in features.__cpu_dispatch__ if features.__cpu_features__.get(name)]


@dataclass(frozen=True)
class Case:
    """A scene or a script."""

    name: str
    source: Path

    def command(self, folder: Path, frames: int, *, whole: bool) -> list[str]:
        """Return the command line that makes it in ``folder``."""
        if self.source.suffix == ".py":
            return ["run", str(self.source), "-o", "out", "--frames-limit", str(frames)]
        text = self.source.read_text(encoding="utf-8")
        for beside in self.source.parent.iterdir():
            if beside.is_dir() or beside.suffix != ".yaml":
                (folder / beside.name).symlink_to(beside)
        scene = folder / self.source.name
        scene.write_text(text if whole else small(text), encoding="utf-8")
        return ["render", str(scene), "-o", "out", "--frames", str(frames), "-q"]


def small(scene: str) -> str:
    """Return a scene's text with pictures of a quarter of the size."""

    def smaller(found: re.Match[str]) -> str:
        return "resolution: [" + ", ".join(str(max(int(side) // _SHARE, _LEAST)) for side in found.groups()) + "]"

    return re.sub(r"resolution: \[(\d+), (\d+)\]", smaller, scene)


def cases() -> list[Case]:
    """Return all scenes and scripts."""
    scenes = sorted((ROOT / "scenes").glob("*.yaml"))
    scripts = [p for p in sorted((ROOT / "tests" / "scripts").glob("*.py")) if not p.name.startswith("_")]
    return [Case(f"{p.parent.name}/{p.stem}", p) for p in [*scenes, *scripts]]


def made(case: Case, folder: Path, environment: dict[str, str], frames: int, *, whole: bool = False) -> dict[str, str]:
    """Make a case in a new folder and return the checksums of its files, its exit code under ``""``."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-m", "rendersdg.cli", *case.command(folder, frames, whole=whole)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
    )
    files = sorted(p for p in (folder / "out").rglob("*") if p.is_file())
    sums = {p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest() for p in files}
    return {"": str(done.returncode), **sums}


def differing(
    case: Case, root: Path, held: dict[str, str], frames: int, *, whole: bool = False
) -> tuple[int, list[str]]:
    """Return how many files a case has, and those that the oldest instructions make otherwise."""
    sides = [
        made(case, root / side / case.name.replace("/", "_"), environment, frames, whole=whole)
        for side, environment in (("native", {}), ("held", held))
    ]
    names = {*sides[0], *sides[1]}
    return len(names) - 1, sorted(n or "(exit code)" for n in names if sides[0].get(n) != sides[1].get(n))


def main() -> None:
    """Compare what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--frames", type=int, default=2)
    parser.add_argument("--full", action="store_true", help="pictures of their full size")
    parser.add_argument("--only", default="", help="cases whose name this regular expression is found in")
    parser.add_argument("--held", default=",".join(OLDEST), help="libraries to hold back")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    held = oldest(tuple(options.held.split(",")))
    chosen = [case for case in cases() if re.search(options.only, case.name)]
    files = unequal = 0
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(options.jobs) as pool:

        def compare(case: Case) -> tuple[Case, int, list[str]]:
            return case, *differing(case, Path(temporary), held, options.frames, whole=options.full)

        for case, count, others in pool.map(compare, chosen):
            files, unequal = files + count, unequal + len(others)
            print(f"{case.name}: {count} files {f'DIFFERENT: {others}' if others else 'equal'}", flush=True)
    print(f"{len(chosen)} cases, {files} files, {unequal} differ; held back: {options.held}")
    sys.exit(1 if unequal else 0)


if __name__ == "__main__":
    main()
