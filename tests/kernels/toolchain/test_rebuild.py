"""Kernels are built again when their sources change, once."""

from __future__ import annotations

from pathlib import Path

from rendersdg.kernels.toolchain.recipe import this_machine
from tests.kernels.trees import LIBRARIES, LOAD, change, said, start


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
