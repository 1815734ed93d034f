"""How the C kernels are compiled, packaged, kept up to date and found."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

import pytest

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain import compiler
from rendersdg.kernels.toolchain.compiler import ZIG, build, build_all, find_compiler
from rendersdg.kernels.toolchain.exports import check_exports, exports, marked_functions
from rendersdg.kernels.toolchain.packing import _PACKAGED
from rendersdg.kernels.toolchain.recipe import TARGETS, this_machine
from tests.conftest import ROOT

LIBRARIES = [this_machine().library(level) for level in this_machine().levels]
LOAD = """
import logging
logging.basicConfig(format="log: %(message)s")
from rendersdg.kernels.library import library
print(library()._name)
"""
BACKEND = """
import sys
sys.path.insert(0, "rendersdg/kernels/toolchain")
import backend
"""
x86_only = pytest.mark.skipif(this_machine().machine != "x86_64", reason="levels are x86-64's")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what is packaged with one C source, which compiles in no time."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for name in _PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "lib", "*.c", "*.h"))
        else:
            shutil.copy(ROOT / name, copy)
    for name in ("cpu.c", "export.h"):
        shutil.copy(ROOT / "rendersdg" / "kernels" / name, copy / "rendersdg" / "kernels")
    return copy


def start(tree: Path, code: str, **env: str) -> subprocess.Popen[str]:
    """Run Python in a tree, whose rendersdg it imports; errors and output come together."""
    clean = {k: v for k, v in os.environ.items() if k not in ("RENDERSDG_KERNELS", "PYTHONPATH")}
    clean |= {"PYTHONDONTWRITEBYTECODE": "1", **env}
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=tree, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def said(tree: Path, code: str, **env: str) -> str:
    return start(tree, code, **env).communicate()[0].strip()


def change(tree: Path, before: str, after: str) -> None:
    """Edit the tree's C source."""
    source = tree / "rendersdg" / "kernels" / "cpu.c"
    text = source.read_text()
    assert before in text
    source.write_text(text.replace(before, after))


def files_of(tree: Path) -> set[Path]:
    return {path.relative_to(tree) for path in tree.rglob("*")}


def test_a_wheel_is_for_its_platform_and_holds_libraries_but_no_sources(tree: Path, tmp_path: Path) -> None:
    before = files_of(tree)
    name = said(tree, f"{BACKEND}\nprint(backend.build_wheel({str(tmp_path)!r}))").splitlines()[-1]
    wheel = zipfile.ZipFile(tmp_path / name)
    inside = wheel.namelist()
    information = f"{'-'.join(name.split('-')[:2])}.dist-info"
    about = wheel.read(f"{information}/WHEEL").decode().splitlines()

    assert name.endswith(f"-py3-none-{this_machine().tag}.whl")
    assert "Root-Is-Purelib: false" in about and f"Tag: py3-none-{this_machine().tag}" in about
    assert {path for path in inside if "/lib/" in path} == {f"rendersdg/kernels/lib/{name}" for name in LIBRARIES}
    assert "rendersdg/kernels/library.py" in inside and "rendersdg/py.typed" in inside
    assert not [path for path in inside if path.endswith((".c", ".h")) or "toolchain" in path]
    assert files_of(tree) == before, "a build leaves nothing in the sources"
    for line in wheel.read(f"{information}/RECORD").decode().splitlines()[:-1]:
        path, hashed, size = line.rsplit(",", 2)
        content = wheel.read(path)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        assert (hashed, int(size)) == (f"sha256={digest}", len(content))


def test_the_archive_of_sources_holds_what_a_build_needs_and_no_library(tree: Path, tmp_path: Path) -> None:
    said(tree, LOAD)
    name = said(tree, f"{BACKEND}\nprint(backend.build_sdist({str(tmp_path)!r}))").splitlines()[-1]
    with tarfile.open(tmp_path / name) as archive:
        inside = {path.partition("/")[2] for path in archive.getnames()}
    needed = {
        path.as_posix() for path in files_of(tree) if path.suffix in (".c", ".h") or path.parent.name == "toolchain"
    }

    assert needed - inside == set()
    assert not [path for path in inside if "/lib/" in path]


def test_no_file_of_the_toolchain_has_the_name_of_another_module() -> None:
    """The folder is the first on the path while a wheel is built."""
    elsewhere = [path for path in sys.path if "toolchain" not in path]
    names = [
        path.stem for path in (ROOT / "rendersdg" / "kernels" / "toolchain").glob("*.py") if path.stem != "__init__"
    ]

    assert [n for n in names if n in sys.stdlib_module_names or PathFinder.find_spec(n, elsewhere)] == []


def test_ziglang_is_asked_for_only_where_no_compiler_works(tree: Path, tmp_path: Path) -> None:
    ask = f"{BACKEND}\nprint(backend.get_requires_for_build_wheel(), backend.get_requires_for_build_editable())"

    assert said(tree, ask, PATH=str(tmp_path), CC="").endswith("['ziglang>=0.14'] ['ziglang>=0.14']")
    if any(map(shutil.which, ("cc", "gcc", "clang"))):
        assert said(tree, ask) == "[] []"


def test_a_build_without_compiler_says_what_is_missing_in_one_paragraph(tree: Path, tmp_path: Path) -> None:
    hide = f"{BACKEND}\nfrom rendersdg.kernels.toolchain import compiler\ncompiler.find_spec = lambda name: None\n"
    text = said(tree, f"{hide}\nbackend.build_wheel({str(tmp_path)!r})", PATH=str(tmp_path), CC="")

    assert text.startswith("error: rendersdg's kernels are written in C") and "\n" not in text
    assert "cc, gcc and clang are not on PATH" in text and "pip install ziglang" in text


def test_a_compiler_named_by_cc_that_does_not_work_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler -m64")

    with pytest.raises(KernelsUnavailable, match="CC=no-such-compiler -m64 cannot build"):
        find_compiler()


def test_a_compiler_that_cannot_compile_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cc").write_text("#!/bin/sh\necho install the developer tools first\nexit 1\n")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compiler, "find_spec", lambda name: None)

    with pytest.raises(KernelsUnavailable, match=r"none works \(cc does not work: install the developer tools first\)"):
        find_compiler()


def test_what_a_compiler_says_against_a_source_is_shown(tree: Path) -> None:
    change(tree, "int rendersdg_cpu_level(void)\n{", "int rendersdg_cpu_level(void)\n{ nonsense;")
    text = said(tree, LOAD)

    assert "KernelsUnavailable" in text and "nonsense" in text and "cpu.c" in text


def test_a_changed_source_is_compiled_anew_and_an_unchanged_one_is_not(tree: Path) -> None:
    library = tree / "rendersdg" / "kernels" / "lib" / LIBRARIES[0]
    first = said(tree, LOAD)
    made = library.stat().st_mtime_ns
    again = said(tree, LOAD)
    kept = library.stat().st_mtime_ns
    change(tree, "return 0;", "return 0; /* another */")
    changed = said(tree, LOAD)

    assert first.count("log: building the kernels") == changed.count("log: building the kernels") == 1
    assert "log:" not in again and kept == made < library.stat().st_mtime_ns
    assert first.splitlines()[-1] == again == changed.splitlines()[-1]


def test_a_missing_library_is_built_and_the_others_are_left(tree: Path) -> None:
    said(tree, LOAD)
    (tree / "rendersdg" / "kernels" / "lib" / LIBRARIES[-1]).unlink()
    text = said(tree, LOAD)

    assert f"log: building the kernels {this_machine().levels[-1]} in" in text


def test_stale_kernels_without_compiler_are_an_error_that_says_so(tree: Path, tmp_path: Path) -> None:
    said(tree, LOAD)
    change(tree, "return 0;", "return 0; /* another */")
    hide = "from rendersdg.kernels.toolchain import compiler\ncompiler.find_spec = lambda name: None\n"
    text = said(tree, hide + LOAD, PATH=str(tmp_path), CC="").splitlines()[-1]

    assert "missing or older than their sources. rendersdg's kernels are written in C" in text


def test_two_processes_that_start_at_once_build_once(tree: Path) -> None:
    both = start(tree, LOAD), start(tree, LOAD)
    texts = [process.communicate()[0] for process in both]

    assert [process.returncode for process in both] == [0, 0], texts
    assert sum(text.count("log: building the kernels") for text in texts) == 1
    assert {path.name for path in (tree / "rendersdg" / "kernels" / "lib").iterdir()} == {*LIBRARIES, "lock"}


@x86_only
def test_a_level_can_be_named_that_the_processor_has(tree: Path) -> None:
    change(tree, "unsigned unused, leaf1", "return 3; unsigned unused, leaf1")
    names = {
        named: said(tree, LOAD, RENDERSDG_KERNELS=named).splitlines()[-1] for named in ("", "v2", "v3", "v4", "v5")
    }

    assert [Path(names[level]).stem for level in ("", "v2", "v3")] == ["kernels-v3", "kernels-v2", "kernels-v3"]
    assert "RENDERSDG_KERNELS=v4: this processor has level v3 only" in names["v4"]
    assert "RENDERSDG_KERNELS=v5 names a file that is not there" in names["v5"]


@x86_only
def test_a_processor_below_v2_is_told_so(tree: Path) -> None:
    change(tree, "unsigned unused, leaf1", "return 1; unsigned unused, leaf1")

    assert "needs an x86-64 processor of level v2" in said(tree, LOAD)


def test_a_library_can_be_named_that_was_built_elsewhere(tree: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.library"
    code = (
        f"from pathlib import Path\nfrom rendersdg.kernels.toolchain.compiler import build\nbuild(Path({str(own)!r}))"
    )
    assert said(tree, code) == ""

    assert said(tree, LOAD, RENDERSDG_KERNELS=str(own)) == str(own)


def test_a_library_that_an_install_lacks_is_named(tree: Path) -> None:
    (tree / "rendersdg" / "kernels" / "cpu.c").unlink()
    text = said(tree, LOAD)

    assert f"{LIBRARIES[0]} is not there; install rendersdg anew" in text


@x86_only
@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="reads what Linux knows of the processor")
def test_the_level_is_the_one_that_the_system_lists() -> None:
    from rendersdg.kernels.library import LEVELS, library

    needs = {
        "v2": "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3",
        "v3": "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave",
        "v4": "avx512f avx512bw avx512cd avx512dq avx512vl",
    }
    line = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags"))
    flags = set(line.split(":")[1].split())
    level = 1
    for name in LEVELS:
        if not set(needs[name].split()) <= flags:
            break
        level = int(name[1])

    assert library().rendersdg_cpu_level() == level


def test_the_export_check_finds_missing_and_superfluous_functions(tmp_path: Path) -> None:
    library = tmp_path / LIBRARIES[0]
    build(library)
    check_exports(library)
    marked, less = tmp_path / "more", tmp_path / "less"
    for folder, text in (
        (marked, "EXPORT const double *\nforgotten(int a);"),
        (less, "/* EXPORT int commented(void); */"),
    ):
        folder.mkdir()
        (folder / "a.h").write_text(f"#define EXPORT\n{text}\n")

    with pytest.raises(KernelsUnavailable, match="does not export forgotten"):
        check_exports(library, marked)
    with pytest.raises(KernelsUnavailable, match=r"exports, unmarked, .*rendersdg_cpu_level"):
        check_exports(library, less)


def test_every_loaded_function_is_marked() -> None:
    assert {"rendersdg_cpu_level", "rendersdg_source_digest"} <= marked_functions()


@pytest.mark.skipif(find_spec("ziglang") is None, reason="needs the package ziglang")
def test_a_library_for_macos_exports_what_is_marked(tmp_path: Path) -> None:
    (library,) = build_all(tmp_path, compiler=ZIG, target=TARGETS["macos-arm64"])

    assert exports(library) == marked_functions()
