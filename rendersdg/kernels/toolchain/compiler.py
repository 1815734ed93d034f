"""Finding a C compiler and building the libraries with it.

A compiler is the words of its command: ``("gcc",)``, ``("ccache", "clang")``, ``(python, "-m", "ziglang", "cc")``.
"""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain.recipe import FLAGS, KERNELS, STRICT, Target, digest, sources, this_machine

log = logging.getLogger("rendersdg")

ZIG = (sys.executable, "-m", "ziglang", "cc")
ZIG_REQUIREMENT = "ziglang>=0.14"
REMEDY = (
    "Install gcc 11 or clang 12 or newer (Debian: apt-get install gcc; macOS: xcode-select --install), name a compiler "
    "in the environment variable CC, or install one from PyPI: pip install ziglang"
)
_TIMEOUT_S = 60.0  # of a one-line file; macOS's stand-in for a missing cc waits for a person


def find_compiler(*, with_zig: bool = True) -> tuple[str, ...]:
    """Return the compiler to use: $CC, or the first of cc, gcc and clang that works, or that of the package ziglang.

    Raises KernelsUnavailable where there is none, and where $CC does not work: another one is not taken in its place.
    """
    named = os.environ.get("CC", "").strip()
    if named:
        command = tuple(shlex.split(named, posix=os.name == "posix"))
        if problem := _problem_of(command):
            raise KernelsUnavailable(
                f"CC={named} cannot build rendersdg's kernels: {problem}. {REMEDY}; without CC, the compilers on "
                "PATH are tried"
            )
        return command
    tried = []
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            if not (problem := _problem_of((name,))):
                return (name,)
            tried.append(f"{name} does not work: {problem}")
    if with_zig and find_spec("ziglang") is not None:
        return ZIG
    found = f"none works ({'; '.join(tried)})" if tried else "none was found (cc, gcc and clang are not on PATH)"
    raise KernelsUnavailable(f"rendersdg's kernels are written in C and need a C compiler, and {found}. {REMEDY}")


def build(
    destination: Path,
    level: str | None = None,
    *,
    extra_flags: Sequence[str] = (),
    compiler: Sequence[str] | None = None,
    target: Target | None = None,
) -> None:
    """Compile all sources into the library ``destination``; its folder must be there.

    ``level`` is one of the target's levels and by default the plainest, ``extra_flags`` come last and so win over ours,
    ``compiler`` is by default the one found, ``target`` this machine (others need zig). Raises KernelsUnavailable with
    the compiler's words when it refuses.
    """
    compiler = tuple(compiler or find_compiler())
    target = target or this_machine()
    with tempfile.TemporaryDirectory(prefix="rendersdg-build-") as scratch:
        _build(destination, level or target.levels[0], extra_flags, compiler, target, Path(scratch))


def build_all(
    folder: Path,
    *,
    levels: Sequence[str] | None = None,
    compiler: Sequence[str] | None = None,
    target: Target | None = None,
) -> list[Path]:
    """Build the libraries of all levels, or of some, into ``folder``,
    as many at once as there are processors. Return them.
    """
    compiler = tuple(compiler or find_compiler())
    target = target or this_machine()
    levels = levels or target.levels
    paths = [folder / target.library(level) for level in levels]
    with (
        tempfile.TemporaryDirectory(prefix="rendersdg-build-") as scratch,
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
    ):
        list(pool.map(lambda path, level: _build(path, level, (), compiler, target, Path(scratch)), paths, levels))
    return paths


def _build(
    destination: Path, level: str, extra_flags: Sequence[str], compiler: Sequence[str], target: Target, scratch: Path
) -> None:
    """Build one library in ``scratch``: some linkers leave files beside the library."""
    folder = scratch / level
    folder.mkdir()
    made = folder / destination.name
    compiling = [*_flags(compiler, target, level), f'-DSOURCE_DIGEST="{digest()}"']
    linking = _link_flags(compiler, target, destination, extra_flags)
    if _is_zig(compiler):
        # in two steps, since zig compiles the C library for the processor that it links for: once is enough
        # and both optimize, or it compiles its own library for debugging, which takes four times as long
        zig = [*compiler, "-target", target.zig, "-g0", "-O3"]
        _checked([*zig, *compiling, *extra_flags, "-c", *map(str, sources())], folder, scratch)
        objects = [path.name for path in sorted(folder.iterdir())]
        _checked([*zig, *objects, *linking, "-o", str(made)], folder, scratch)
    else:
        # names relative to the sources' folder, so that the library does not depend on where that is
        names = [path.name for path in sources()]
        _checked([*compiler, *compiling, *names, *linking, "-o", str(made)], KERNELS, scratch)
    shutil.move(made, destination)


def _flags(compiler: Sequence[str], target: Target, level: str) -> list[str]:
    """Return the flags for compiling: those of every library, and those of its platform and level."""
    flags = list(FLAGS)
    if os.environ.get(STRICT):
        flags.append("-Werror")
    if target.machine == "x86_64":
        flags.append(f"-mcpu=x86_64_{level}" if _is_zig(compiler) else f"-march=x86-64-{level}")
    if target.system == "darwin" and not _is_zig(compiler):
        flags.append(f"-mmacosx-version-min={target.zig.partition('-macos.')[2]}")
    if target.system == "windows":
        flags.remove("-fPIC")  # all code is position-independent there, and compilers warn
    return flags


def _link_flags(compiler: Sequence[str], target: Target, destination: Path, extra_flags: Sequence[str]) -> list[str]:
    """Return the flags for linking a library."""
    flags = ["-shared"]
    if target.system == "darwin":
        flags.append(f"-Wl,-install_name,@rpath/{destination.name}")  # else the path that it was built at
    if target.system == "windows":
        flags.append("-s")  # debug information names the folder that it was built in
        if _is_zig(compiler):
            flags.append("-Wl,/Brepro")  # a digest in place of the time
    if target.system == "linux" and not any(flag.startswith("-fsanitize") for flag in extra_flags):
        flags.append("-Wl,-z,defs")  # a function of no library fails here, not when it is called
    return [*flags, *extra_flags]


def _is_zig(compiler: Sequence[str]) -> bool:
    return any(word == "ziglang" or Path(word).name.startswith("zig") for word in compiler)


def _problem_of(compiler: Sequence[str]) -> str | None:
    """Return why a compiler cannot build a library of one line with our flags, None when it can."""
    target = this_machine()
    with tempfile.TemporaryDirectory(prefix="rendersdg-compiler-") as scratch:
        source = Path(scratch) / "line.c"
        source.write_text("int line(void) { return 1; }\n")
        zig = ["-target", target.zig] if _is_zig(compiler) else []
        flags = [*_flags(compiler, target, target.levels[-1]), "-Wno-error", "-shared"]
        command = [*compiler, *zig, *flags, "line.c", "-o", "line.library"]
        try:
            done = _run(command, cwd=Path(scratch), scratch=Path(scratch), timeout=_TIMEOUT_S)
        except KernelsUnavailable as error:
            return str(error)
        if done.returncode or not (Path(scratch) / "line.library").exists():
            return (done.stdout.strip() or f"exit code {done.returncode}").splitlines()[0]
        return None


def _checked(command: Sequence[str], cwd: Path, scratch: Path) -> None:
    """Run a compiler; raise KernelsUnavailable with its words when it fails, and log them when it only warns."""
    done = _run(command, cwd=cwd, scratch=scratch)
    if done.returncode:
        raise KernelsUnavailable(
            f"{command[0]} could not build rendersdg's kernels (exit code {done.returncode}):\n{done.stdout.strip()}\n"
            f"command, run in {cwd}: {shlex.join(command)}"
        )
    if done.stdout.strip():
        log.warning("%s", done.stdout.strip())


def _run(
    command: Sequence[str], *, cwd: Path, scratch: Path, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a compiler with its temporary files in ``scratch``; its output and errors come together, in English."""
    defaults = {"ZIG_GLOBAL_CACHE_DIR": str(scratch), "ZIG_LOCAL_CACHE_DIR": str(scratch)}
    env: Mapping[str, str] = {**defaults, **os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            env=env,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KernelsUnavailable(f"{command[0]} cannot be run: {error}") from None
