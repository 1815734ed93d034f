"""Which library of kernels is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernels.trees import LIBRARIES, LOAD, change, said, x86_only


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
