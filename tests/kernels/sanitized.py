"""The kernels' tests with kernels that stop at the first access out of bounds or undefined operation.

    python -m tests.kernels.sanitized [arguments of pytest]

Builds them with AddressSanitizer and UndefinedBehaviorSanitizer. Where the compiler has none (zig),
says so and tests nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rendersdg.kernels.toolchain.compiler import build, find_compiler

CHECKS = "-fsanitize=address,undefined,float-cast-overflow"
FLAGS = (CHECKS, "-fno-sanitize-recover=all", "-g", "-O1", "-fno-omit-frame-pointer")
TESTS = [
    "tests/kernels",
    "--ignore=tests/kernels/toolchain",  # builds libraries of its own
    "--ignore=tests/kernels/test_library.py",
    "--ignore=tests/kernels/test_unset.py",
    "--ignore=tests/kernels/test_nvrtc.py",  # of a compiler that is not ours
    "tests/backends/test_bounces.py",
    "tests/backends/test_environment.py",
    "tests/backends/test_glass.py",
    "tests/backends/test_highlights.py",
    "tests/backends/test_raster.py",
    "tests/test_colour.py",
    # a compiler that does not live with the sanitizers; whole scenes, which take long and show no more than soups do
    "-k=not mitsuba and not scenes_are",
]


def runtimes(compiler: tuple[str, ...]) -> list[str]:
    """Return the libraries that Python must load first; none where the compiler has no sanitizers."""
    if "ziglang" in compiler:
        return []
    asked = [
        subprocess.run([*compiler, f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    return asked if all(Path(path).is_absolute() and Path(path).exists() for path in asked) else []


def main() -> int:
    """Return the exit code of the tests."""
    compiler = find_compiler()
    first = runtimes(compiler)
    if not first:
        print(f"{' '.join(compiler)} has no sanitizers: not run")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "kernels-sanitized.so"
        build(library, extra_flags=FLAGS, compiler=compiler)
        checked = {
            "LD_PRELOAD": " ".join(first),
            "RENDERSDG_KERNELS": str(library),
            "ASAN_OPTIONS": "detect_leaks=0",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }
        command = [sys.executable, "-m", "pytest", *TESTS, *sys.argv[1:]]
        return subprocess.run(command, env=os.environ | checked).returncode


if __name__ == "__main__":
    sys.exit(main())
