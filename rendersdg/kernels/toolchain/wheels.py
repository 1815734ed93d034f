"""Builds the wheels of every platform, here, with zig, and checks what their libraries export.

pip install "ziglang>=0.14" "setuptools>=77"
python -m rendersdg.kernels.toolchain.wheels -o dist
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain.compiler import ZIG, build_all
from rendersdg.kernels.toolchain.exports import check_exports, marked_functions
from rendersdg.kernels.toolchain.packing import platform_wheel
from rendersdg.kernels.toolchain.recipe import TARGETS


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the wheels that the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m rendersdg.kernels.toolchain.wheels", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("dist"), help="the folder to write to (dist)")
    parser.add_argument("--only", nargs="+", choices=TARGETS, default=list(TARGETS), help="some platforms")
    options = parser.parse_args(arguments)
    missing = [name for name in ("ziglang", "setuptools") if find_spec(name) is None]
    if missing:
        parser.error(f"{' and '.join(missing)} cannot be imported; pip install {' '.join(missing)}")
    # what zig builds of each platform's C library is kept: it takes longer than the kernels
    os.environ.setdefault("ZIG_GLOBAL_CACHE_DIR", str(Path.home() / ".cache" / "zig"))
    try:
        build_wheels(options.output, options.only)
    except KernelsUnavailable as error:
        sys.exit(f"error: {error}")


def build_wheels(output: Path, platforms: Sequence[str]) -> None:
    """Write one wheel for each platform's name to ``output``.
    Raises KernelsUnavailable where a library is not as it must be.
    """
    from rendersdg.kernels.toolchain.backend import pure_wheel  # needs setuptools

    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rendersdg-wheels-") as scratch:
        pure = pure_wheel(Path(scratch))
        for platform in platforms:
            start, target, folder = time.monotonic(), TARGETS[platform], Path(scratch) / platform
            folder.mkdir()
            libraries = build_all(folder, compiler=ZIG, target=target)
            for library in libraries:
                check_exports(library)
            wheel = platform_wheel(pure, libraries, target.tag, output)
            print(
                f"{wheel}: {len(libraries)} libraries, each exports the {len(marked_functions())} functions marked, "
                f"{time.monotonic() - start:.1f} s"
            )


if __name__ == "__main__":
    main()
