"""Imports point one way: from the commands down to the vocabulary."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.conftest import ROOT

ORDER = [  # lowest first; a room may import itself and what stands before it
    {
        "errors",
        "arrays",
        "docstrings",
        "extras",
        "files",
        "registry",
        "geometry",
        "colour",
        "snapshot",
        "frame",
        "rle",
        "shapes",
        "kernels",
        "texels",
        "lens",
        "streams",
        "progress",
        "__init__",
    },
    {"graph"},
    {"defects"},
    {"assets", "stage"},  # assets author layers with the stage's tools, the stage reads textures through assets
    {"backends", "annotators"},
    {"scene"},
    {"writers"},
    {"detectors"},
    {"dataset"},
    {"orchestrator"},
    {"yaml", "replicator"},  # the two front doors
    {"farm", "omni", "fit", "parity"},
    {"cli"},
]
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] in ("writers", "detectors"):
        return parts[0]
    if parts[0] != "rendersdg":
        return None
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module if node.module != "rendersdg" else f"rendersdg.{node.names[0].name}")
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_imports_point_downwards_only() -> None:
    wrong = []
    for path in [p for top in ("rendersdg", "writers", "detectors") for p in sorted((ROOT / top).rglob("*.py"))]:
        here = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        assert here in RANK, f"{path} is in no room"
        for module in imports(path):
            there = room_of(module)
            if there is not None and RANK.get(there, 99) > RANK[here]:
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")

    assert wrong == []


def test_detectors_know_datasets_not_renderers() -> None:
    allowed = ORDER[0] | {"writers", "detectors"}
    wrong = [
        f"{p.relative_to(ROOT)} imports {m}"
        for p in (ROOT / "detectors").rglob("*.py")
        for m in imports(p)
        if room_of(m) is not None and room_of(m) not in allowed
    ]

    assert wrong == []


def test_heavy_libraries_stay_out_of_the_base() -> None:
    heavy = {"torch", "mitsuba", "pyrender", "ray", "mujoco", "openvino", "submitit"}
    wrong = [
        f"{p.name}: {m}"
        for p in (ROOT / "rendersdg").rglob("*.py")
        for m in imports(p)
        if m.split(".")[0] in heavy
        and (p.name, m.split(".")[0])
        not in {
            ("rigid.py", "mujoco"),
            ("pytorch.py", "torch"),
            ("processes.py", "torch"),
            ("mitsuba.py", "mitsuba"),
            ("gl.py", "pyrender"),
            ("on_ray.py", "ray"),
            ("on_slurm.py", "submitit"),
        }
    ]

    assert wrong == []


def test_functions_in_c_take_eight_arguments_at_most_and_fit_a_screen() -> None:
    wrong = []
    for path in (ROOT / "rendersdg" / "kernels").glob("*.[ch]"):
        text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), path.read_text(), flags=re.DOTALL)
        for found in re.finditer(
            r"^[A-Za-z][^\n;=]*?\b(\w+)\(([^;{]*?)\)\s*\{(.*?)^\}", text, flags=re.MULTILINE | re.DOTALL
        ):
            name, arguments, body = found.groups()
            if arguments.count(",") >= 8 or body.count("\n") > 100:
                wrong.append(f"{path.name}: {name}")

    assert wrong == []


def test_each_source_in_c_opens_with_what_it_is() -> None:
    assert [
        p.name for p in (ROOT / "rendersdg" / "kernels").glob("*.[ch]") if not p.read_text().startswith("/* ")
    ] == []


def test_lines_are_120_columns_long_at_most() -> None:
    sources = [p for top in ("rendersdg", "writers", "detectors", "tests") for p in (ROOT / top).rglob("*.[pch]*")]
    wrong = [
        f"{p.relative_to(ROOT)}:{number}"
        for p in sources
        if p.suffix in (".py", ".c", ".h")
        for number, line in enumerate(p.read_text().splitlines(), 1)
        if len(line) > 120
    ]

    assert wrong == []


def has_logic(path: Path) -> bool:
    """Return whether a module defines a function or a class."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) for node in ast.walk(ast.parse(path.read_text())))


def namesake(path: Path) -> Path:
    """Return where the tests of a module stand: ``rendersdg/farm/job.py`` has ``tests/farm/test_job.py``."""
    inner = path.relative_to(ROOT / "rendersdg" if path.is_relative_to(ROOT / "rendersdg") else ROOT)
    return ROOT / "tests" / inner.with_name(f"test_{inner.name}")


def test_four_of_five_modules_have_tests_of_their_name() -> None:
    modules = [p for top in ("rendersdg", "writers", "detectors") for p in sorted((ROOT / top).rglob("*.py"))]
    modules = [p for p in modules if not p.stem.startswith("__") and has_logic(p)]
    lacking = [str(p.relative_to(ROOT)) for p in modules if not namesake(p).exists()]
    share = 1 - len(lacking) / len(modules)
    print(f"{share:.0%} of {len(modules)} modules have tests of their name, and these have not:", *lacking, sep="\n  ")

    assert share >= 0.8
