"""What a library exports is what its sources mark."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain.compiler import ZIG, build
from rendersdg.kernels.toolchain.exports import check_exports, exports, marked_functions
from rendersdg.kernels.toolchain.recipe import TARGETS
from tests.kernels.trees import LIBRARIES


@pytest.mark.slow
def test_the_export_check_finds_missing_and_superfluous_functions(tmp_path: Path) -> None:
    library = tmp_path / LIBRARIES[0]
    build(library, extra_flags=["-O1"])  # what is exported does not go by it
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


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ziglang") is None, reason="needs the package ziglang")
def test_a_library_for_macos_exports_what_is_marked(tmp_path: Path) -> None:
    target = TARGETS["macos-arm64"]
    library = tmp_path / target.library(target.levels[0])
    build(library, extra_flags=["-O0", "-fno-sanitize=undefined"], compiler=ZIG, target=target)

    assert exports(library) == marked_functions()
