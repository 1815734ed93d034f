"""The build backend (PEP 517 and 660): setuptools, and the kernels compiled for this machine.

A compiler of the system is used where one works; only where none does is the package ``ziglang`` asked for.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setuptools import build_meta

_ROOT = str(Path(__file__).resolve().parents[3])
sys.path.insert(0, _ROOT)  # the sources, before an older rendersdg that may be installed
try:
    from rendersdg.errors import KernelsUnavailable
    from rendersdg.kernels.toolchain.compiler import ZIG_REQUIREMENT, build_all, find_compiler
    from rendersdg.kernels.toolchain.packing import copied_tree, platform_wheel
    from rendersdg.kernels.toolchain.rebuild import rebuild_stale
    from rendersdg.kernels.toolchain.recipe import this_machine
finally:
    sys.path.remove(_ROOT)

Settings = Mapping[str, Any] | None


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """Return the compiler to install: none where the system has one."""
    try:
        find_compiler(with_zig=False)
    except KernelsUnavailable as error:
        if os.environ.get("CC"):  # zig would not be used
            raise SystemExit(f"error: {error}") from None
        print(f"{error}. Asking pip for {ZIG_REQUIREMENT}", file=sys.stderr)
        return [ZIG_REQUIREMENT]
    return []


get_requires_for_build_editable = get_requires_for_build_wheel


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """Return nothing: setuptools is named in pyproject.toml."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings = None) -> str:
    """Write what the wheel will say of itself and return the folder's name."""
    with copied_tree():
        return build_meta.prepare_metadata_for_build_wheel(metadata_directory, config_settings)


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """Build a wheel for this machine and return its name."""
    target = this_machine()
    with tempfile.TemporaryDirectory(prefix="rendersdg-wheel-") as scratch, _said_plainly():
        libraries = build_all(Path(scratch), target=target)
        pure = pure_wheel(Path(scratch), config_settings, metadata_directory)
        return platform_wheel(pure, libraries, target.tag, Path(wheel_directory)).name


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """Build the libraries in place and return the name of a wheel that leads to the checkout."""
    with _said_plainly():
        rebuild_stale()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Build the archive of sources and return its name."""
    with copied_tree():
        return build_meta.build_sdist(sdist_directory, config_settings)


def pure_wheel(folder: Path, config_settings: Settings = None, metadata_directory: str | None = None) -> Path:
    """Return the path in ``folder`` of a new wheel without libraries."""
    with copied_tree():
        return folder / build_meta.build_wheel(str(folder), config_settings, metadata_directory)


@contextmanager
def _said_plainly() -> Iterator[None]:
    """End the process with one paragraph, not a traceback, where there is no compiler or it fails."""
    try:
        yield
    except KernelsUnavailable as error:
        raise SystemExit(f"error: {error}") from None
