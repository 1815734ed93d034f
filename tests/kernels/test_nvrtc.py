"""The kernels for GPUs compile without a GPU, and their arithmetic is that of processors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels import nvrtc
from rendersdg.kernels.cuda import CudaDriver

# instructions that round twice at once, or not as processors do
UNLIKE = r"\.ftz\b|\.approx\b|\.full\b|\bfma\b|\bmad\.r\w|\b(?:add|sub|mul)\.f(?:32|64)"
KERNELS = {"begin", "see", "see_large", "resolve", "label"}


pytest.importorskip("cuda.bindings", reason="the extra cuda is not installed")


@pytest.mark.parametrize("architecture", [pytest.param(a, marks=pytest.mark.slow) for a in nvrtc.ARCHITECTURES[1:]])
def test_each_architecture_compiles_without_a_warning(architecture: str, tmp_path: Path) -> None:
    content = nvrtc.compiled(architecture, folder=tmp_path)

    assert content.startswith(b"\x7fELF") and all(f"rendersdg_grid_{name}".encode() in content for name in KERNELS)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [content]


@pytest.mark.slow
def test_colours_compile_and_are_rounded_alike(tmp_path: Path) -> None:
    text = nvrtc.compiled("sm_75", nvrtc.COLOURS, form="ptx", folder=tmp_path).decode()

    assert re.findall(r"\.entry rendersdg_grid_(\w+)", text) == ["shade"]
    assert not re.search(UNLIKE, text)


def test_a_source_brings_all_that_it_includes_and_nothing_else() -> None:
    assert {"grid.c", "wide.h", "records.h", "stdint.h"} <= nvrtc.sources_of(nvrtc.LABELS).keys()
    assert not {"shade.c", "tracing.h"} & nvrtc.sources_of(nvrtc.LABELS).keys()
    assert {"shade.c", "texturing.c", "four.h"} <= nvrtc.sources_of(nvrtc.COLOURS).keys()


@pytest.mark.parametrize("flag", ["--ftz=true", "--fmad=true", "--prec-div=false", "--prec-sqrt=false"])
def test_flags_that_round_otherwise_would_be_seen(flag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = flag.partition("=")[0]
    flags = (*(f for f in nvrtc.FLAGS if not f.startswith(name)), flag)
    monkeypatch.setattr(nvrtc, "FLAGS", flags)

    assert re.search(UNLIKE, nvrtc.compiled("sm_75", form="ptx", folder=tmp_path).decode())


def test_shared_bytes_of_python_stay_as_they_are(tmp_path: Path) -> None:
    nvrtc.compiled("sm_75", form="ptx", folder=tmp_path)

    assert bytes([32]).hex() == "20" and b"a b".split(bytes([32])) == [b"a", b"b"]


def test_every_operation_is_rounded_by_itself(tmp_path: Path) -> None:
    text = nvrtc.compiled("sm_75", form="ptx", folder=tmp_path).decode()

    assert set(re.findall(r"\.entry rendersdg_grid_(\w+)", text)) == KERNELS
    assert not re.search(UNLIKE, text)
    assert {"atom.min.u64", "atom.or.b32", "atom.add.u64", "atom.min.s32", "atom.max.s32"} <= set(
        re.findall(r"atom[\w.]*?\.(?:min|or|add|max)\.\w+", text.replace(".global", ""))
    )


def test_what_was_compiled_is_kept_for_these_sources_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = nvrtc.compiled("sm_75", form="ptx", folder=tmp_path)
    monkeypatch.setattr(nvrtc, "_compiled", lambda source, sources, architecture, form: b"again")

    assert nvrtc.compiled("sm_75", form="ptx", folder=tmp_path) == first
    assert nvrtc.compiled("sm_75", folder=tmp_path) == b"again"
    monkeypatch.setattr(nvrtc, "FLAGS", (*nvrtc.FLAGS, "--ftz=true"))
    assert nvrtc.compiled("sm_75", form="ptx", folder=tmp_path) == b"again"


def test_what_nvrtc_says_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = nvrtc.sources_of(nvrtc.LABELS) | {nvrtc.LABELS: "static int unused; this is no C"}
    monkeypatch.setattr(nvrtc, "sources_of", lambda source: sources)

    with pytest.raises(KernelsUnavailable, match=r"cannot compile the kernels for sm_80: grid\.c\(1\): error"):
        nvrtc.compiled("sm_80", folder=tmp_path)


def test_where_no_gpu_is_it_is_told() -> None:
    try:
        driver = CudaDriver()
    except KernelsUnavailable as error:
        assert "GPU" in str(error)
    else:
        assert driver.architecture.startswith("sm_")
