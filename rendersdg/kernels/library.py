"""The compiled kernels: the library that suits this processor, loaded once."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from rendersdg.errors import KernelsUnavailable
from rendersdg.progress import step

VARIABLE = "RENDERSDG_KERNELS"  # the environment variable that names a level or a file
LEVELS = ("v2", "v3", "v4")  # of the x86-64 psABI; other architectures have one library, "base"
_HERE = Path(__file__).resolve().parent
_SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")


@cache
def library() -> ctypes.CDLL:
    """Return the loaded kernels: of the highest level that this processor has, or those that RENDERSDG_KERNELS names.

    In a checkout, libraries whose sources have changed are built first. Raises KernelsUnavailable where a library is
    missing, cannot be built or loaded, or needs another processor.
    """
    named = os.environ.get(VARIABLE, "")
    if named and named not in LEVELS:
        return _load(
            Path(named), f"{VARIABLE}={named} names a file that", f"give a library's path or one of {', '.join(LEVELS)}"
        )
    if (_HERE / "cpu.c").exists():
        from rendersdg.kernels.toolchain.rebuild import rebuild_stale

        with step("building the kernels"):
            rebuild_stale()
    if (base := _path("base")).exists():
        if named:
            raise KernelsUnavailable(
                f"{VARIABLE}={named}: the levels are x86-64's, and here there is one library; unset {VARIABLE}"
            )
        return _load_ours(base)
    plainest = _load_ours(_path("v2"))
    level = plainest.rendersdg_cpu_level()
    if level < 2:
        raise KernelsUnavailable(
            "rendersdg needs an x86-64 processor of level v2 (SSE4.2 and POPCNT, made since about 2009), and "
            "this one, or "
            "this virtual machine's, lacks it; run it elsewhere, or give the virtual machine its host's processor type"
        )
    best = f"v{level}"
    if named > best:
        raise KernelsUnavailable(
            f"{VARIABLE}={named}: this processor has level {best} only; set {VARIABLE} to it or to a lower one, "
            "or unset it"
        )
    chosen = named or best
    return plainest if chosen == "v2" else _load_ours(_path(chosen))


@cache
def kernel(name: str, returns: Any, *takes: Any) -> Any:
    """Return the exported function ``rendersdg_NAME``, which returns and takes what ctypes says here;
    see :func:`library`.
    """
    function = library()[f"rendersdg_{name}"]  # by item: a function object of its own, so that argtypes are not shared
    function.argtypes, function.restype = takes, returns
    return function


def _path(level: str) -> Path:
    return _HERE / "lib" / f"kernels-{level}{_SUFFIX}"


def _load_ours(path: Path) -> ctypes.CDLL:
    return _load(
        path,
        f"the kernels' library {path}",
        "install rendersdg anew: pip install --force-reinstall --no-deps rendersdg",
    )


def _load(path: Path, subject: str, remedy: str) -> ctypes.CDLL:
    """Return a loaded library; ``subject`` and ``remedy`` begin and end what is said of one that is not there."""
    if not path.is_file():
        raise KernelsUnavailable(f"{subject} is not there; {remedy}")
    try:
        return ctypes.CDLL(str(path.resolve()))
    except OSError as error:
        raise KernelsUnavailable(f"{subject} cannot be loaded: {error}; {remedy}") from None
