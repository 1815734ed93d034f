"""What holds for the whole tree: which way imports point, sizes, names, state."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Collection
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

ORDER = [  # lowest first; a room may import itself and what stands before it
    {
        "errors",
        "arrays",
        "english",
        "docstrings",
        "extras",
        "files",
        "inputs",
        "registry",
        "portable",
        "geometry",
        "colour",
        "lettering",
        "ranging",
        "snapshot",
        "frame",
        "rle",
        "shapes",
        "kernels",
        "texels",
        "lens",
        "streams",
        "plain",
        "documents",
        "guard",
        "memory",
        "parents",
        "yaml_values",
        "progress",
        "paths",
        "archives",
        "image_headers",
        "web",
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
    {"reference"},
    {"yaml", "replicator"},  # the two front doors
    {"farm", "omni", "fit", "parity", "testing"},
    {"reports"},
    {"viewer"},  # its parts are what a notebook shows, too
    {"api"},
    {"steering"},
    {"cli", "__main__"},
]
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] in ("writers", "detectors"):
        return parts[0]
    if parts[0] != "rendersdg":
        return None
    return parts[1] if len(parts) > 1 else "__init__"


@cache
def parsed(path: Path) -> ast.Module:
    """Return the tree of a file, which many tests walk."""
    return ast.parse(path.read_text())


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(parsed(path)):
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
        if path == ROOT / "rendersdg" / "__init__.py":
            continue  # its names are imported when they are asked for, by whoever imports the package from outside
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


def modules() -> dict[str, Path]:
    """Return the files of the product by module name, without the build's own."""
    named = {}
    for path in (p for top in ("rendersdg", "writers", "detectors") for p in sorted((ROOT / top).rglob("*.py"))):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "toolchain" not in parts:
            named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


def modules_imported(path: Path, known: Collection[str]) -> set[str]:
    """Return which of the modules ``known`` a file imports while it runs: at its top or inside of functions."""
    imported: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            imported.update((names & set(known)) or {node.module})
        elif isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(parsed(path))
    return imported & set(known)


def circles(graph: dict[str, set[str]]) -> set[tuple[str, ...]]:
    """Return the sets of modules that reach each other, by reachability: slow and obvious.

    >>> circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})
    {('b', 'c')}
    """
    reach: dict[str, set[str]] = {}
    for start in graph:
        reach[start], ahead = set(), list(graph[start])
        while ahead:
            module = ahead.pop()
            if module not in reach[start]:
                reach[start].add(module)
                ahead += graph[module]
    return {
        tuple(sorted(other for other in reach[module] if module in reach[other]))
        for module in graph
        if module in reach[module]
    }


def test_no_modules_import_each_other_in_a_circle() -> None:
    named = modules()
    graph = {module: modules_imported(path, named.keys()) - {module} for module, path in named.items()}

    assert circles(graph) == set()


def test_functions_are_shorter_than_80_lines() -> None:
    wrong = []
    for module, path in modules().items():
        for node in ast.walk(parsed(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines >= 80:
                    wrong.append(f"{module}.{node.name}: {lines} lines")

    assert wrong == []


def fields_of(node: ast.ClassDef) -> set[str]:
    """Return the names of a class's fields: declared in its body, or set on ``self`` in its methods."""
    declared = {
        one.target.id
        for one in node.body
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and "ClassVar" not in ast.dump(one.annotation)
    }
    set_on_self = {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute)
        and isinstance(one.ctx, ast.Store)
        and isinstance(one.value, ast.Name)
        and one.value.id == "self"
    }
    return declared | set_on_self


def test_classes_have_25_fields_at_most() -> None:
    wrong = []
    for module, path in modules().items():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                number = len(fields_of(node))
                if number > 25:
                    wrong.append(f"{module}.{node.name}: {number} fields")

    assert wrong == []


FOREIGN_SIGNATURES = {  # Replicator's, Isaac Sim's and PhysX's own, which scripts call
    "rendersdg.replicator.functional.modify.modify_pose",
    "rendersdg.replicator.functional.prims.get_prims",
    "rendersdg.omni.isaac.objects.__init__",
    "rendersdg.omni.isaac.articulations.__init__",
    "rendersdg.omni.isaac.robots.__init__",
    "rendersdg.omni.isaac.camera.__init__",
    "rendersdg.omni.isaac.utils.prims.create_prim",
    "rendersdg.omni.isaac.utils.random.get_random_world_pose_in_view",
    "rendersdg.omni.kit.physics_utils.add_rigid_sphere",
    "rendersdg.omni.kit.physics_utils.add_rigid_box",
}


def test_functions_take_eight_parameters_at_most() -> None:
    wrong = []
    for module, path in modules().items():
        if module.startswith("rendersdg.kernels"):  # what the structures of the C header hold, by keyword
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                taken = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                number = len(taken) - (taken[:1] in (["self"], ["cls"]))
                if number > 8 and f"{module}.{node.name}" not in FOREIGN_SIGNATURES:
                    wrong.append(f"{module}.{node.name}: {number}")

    assert wrong == []


CHANGING = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "clear", "remove", "discard"}


def changed_in_place(node: ast.AST) -> str | None:
    """Return the name that a call or an assignment changes what stands behind, None for any other node."""
    holder: ast.AST | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        holder = node.func.value
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
        holder = node.value
    return holder.id if isinstance(holder, ast.Name) else None


def test_what_plays_omniverse_keeps_no_state_in_modules() -> None:
    wrong = []
    for module, path in modules().items():
        if not module.startswith(("rendersdg.omni", "rendersdg.replicator")):
            continue
        tree = parsed(path)
        assigned = [top for top in tree.body if isinstance(top, (ast.Assign, ast.AnnAssign))]
        stored = [one for top in assigned for one in ast.walk(top) if isinstance(one, ast.Name)]
        names = {one.id for one in stored if isinstance(one.ctx, ast.Store)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                wrong.append(f"{module}: global {', '.join(node.names)}")
            elif (name := changed_in_place(node)) in names:
                wrong.append(f"{module}: {name} is changed")

    assert wrong == []


def test_any_is_rare() -> None:
    words = lines = 0
    for path in modules().values():
        text = path.read_text()
        lines += text.count("\n")
        words += len(re.findall(r"\bAny\b", re.sub(r"^from typing import .*$", "", text, flags=re.MULTILINE)))

    assert 1000 * words / lines < 15


def test_backends_are_compared_by_what_they_provide_not_by_name() -> None:
    names = {"raster", "mitsuba", "pyrender", "null", "reference"}
    wrong = []
    for module, path in modules().items():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Compare) and "backend" in ast.dump(node.left):
                values = {c.value for one in node.comparators for c in ast.walk(one) if isinstance(c, ast.Constant)}
                wrong += [f"{module}:{node.lineno}"] if values & names else []

    assert wrong == []


IMPORTS = """
import importlib, json, logging, os, signal, sys, warnings
import cv2, numpy as np
from PIL import Image

def settings():
    return [dict(os.environ), cv2.getNumThreads(), np.geterr(), np.get_printoptions(), Image.MAX_IMAGE_PIXELS,
            len(logging.getLogger().handlers), logging.getLogger().level, str(signal.getsignal(signal.SIGINT)),
            str(np.random.get_state()[1].tolist()), list(sys.path), sys.getrecursionlimit(), str(warnings.filters[:1])]

before = settings()
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps([str(a) for a, b in zip(before, settings()) if a != b]))
"""


def test_importing_us_changes_nothing_of_other_libraries() -> None:
    brings_torch = ("detectors", "rendersdg.api.torches")  # which sets what it needs itself
    names = [name for name in modules() if not name.startswith(brings_torch) and not name.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *names], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_heavy_libraries_stay_out_of_the_base() -> None:
    heavy = {"torch", "mitsuba", "pyrender", "ray", "mujoco", "openvino", "submitit"}
    wrong = [
        f"{p.name}: {m}"
        for p in (ROOT / "rendersdg").rglob("*.py")
        for m in imports(p)
        if m.split(".")[0] in heavy
        and (p.name, m.split(".")[0])
        not in {
            ("assembly.py", "mujoco"),
            ("pytorch.py", "torch"),
            ("torches.py", "torch"),
            ("processes.py", "torch"),
            ("detectors.py", "torch"),  # of the conformance suites
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
    return any(isinstance(node, kinds) for node in ast.walk(parsed(path)))


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


@pytest.mark.parametrize("name", sorted(p.stem for p in (ROOT / "tests" / "bench").glob("*.py")))
def test_benchmarks_find_what_they_import(name: str) -> None:
    tree = ast.parse((ROOT / "tests" / "bench" / f"{name}.py").read_text())
    ours = ("rendersdg", "writers", "detectors", "tests")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ours:
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name) or importlib.util.find_spec(f"{node.module}.{alias.name}"), (
                    alias.name
                )
