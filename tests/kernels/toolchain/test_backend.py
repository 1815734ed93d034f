"""The build backend: wheels, archives of sources, and what a build asks for."""

from __future__ import annotations

import base64
import hashlib
import shutil
import sys
import tarfile
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path

from rendersdg.kernels import nvrtc
from rendersdg.kernels.toolchain.recipe import this_machine
from tests.conftest import ROOT
from tests.kernels.trees import BACKEND, LIBRARIES, LOAD, files_of, said


def test_a_wheel_is_for_its_platform_and_holds_libraries_and_of_the_sources_those_for_gpus(
    tree: Path, tmp_path: Path
) -> None:
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
    assert {path for path in inside if path.startswith("rendersdg/scenes/")} == {
        f"rendersdg/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "scenes").rglob("*.yaml")
    }
    assert "rendersdg/yaml/starts/objects.yaml" in inside
    of_gpus = {  # they are compiled where there is a GPU, with the headers
        f"rendersdg/kernels/{name}" for source in (nvrtc.LABELS, nvrtc.COLOURS) for name in nvrtc.sources_of(source)
    }
    assert not [path for path in inside if path.endswith(".c") and path not in of_gpus]
    assert not [path for path in inside if "toolchain" in path]
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
    assert {"rendersdg/scenes/fruit_crate.yaml", "rendersdg/yaml/starts/defects.yaml"} <= inside
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
