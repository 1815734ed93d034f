"""The modules of Omniverse's that scripts import: where each is, and that nothing in them outlives a run."""

from __future__ import annotations

import ast
import doctest
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import RenderSDGError
from rendersdg.omni.modules import files, host_modules
from tests.conftest import ROOT
from tests.running import ran

OMNI = ROOT / "rendersdg" / "omni"
LEAVES_MUCH = """
import omni.kit.app, omni.timeline, omni.usd
from isaacsim.core.api import World
from pxr import PhysicsSchemaTools, UsdUtils
from rendersdg.omni.kit.carb_events import subscribers

heard = []
app = omni.kit.app.get_app()
updates = app.get_update_event_stream().create_subscription_to_pop(heard.append)
frames = omni.usd.get_context().get_rendering_event_stream().create_subscription_to_pop(heard.append)
times = omni.timeline.get_timeline_interface().get_timeline_event_stream().create_subscription_to_pop(heard.append)
omni.usd.get_context().get_selection().set_selected_prim_paths(["/World"])
omni.usd.get_context().get_stage_id()
app.of_this_run = True
world = World()
assert PhysicsSchemaTools.sdfPathToInt("/First") == 1
assert World.instance() is world and World() is world
app.update()
assert len(heard) == 2
"""
FINDS_NOTHING = """
import omni.kit.app, omni.usd
from isaacsim.core.api import World
from pxr import PhysicsSchemaTools, UsdUtils
from rendersdg.omni.kit.carb_events import subscribers

assert not hasattr(omni.kit.app.get_app(), "of_this_run")
assert omni.usd.get_context().get_selection().get_selected_prim_paths() == []
assert not any(vars(subscribers()).values())
assert UsdUtils.StageCache.Get().GetAllStages() == []
assert World.instance() is None
assert PhysicsSchemaTools.sdfPathToInt("/Second") == 1
"""


def test_a_script_finds_nothing_of_the_one_before(tmp_path: Path) -> None:
    assert ran(tmp_path, LEAVES_MUCH).error is None
    assert ran(tmp_path, FINDS_NOTHING).error is None


def test_each_module_has_the_names_that_its_files_export() -> None:
    modules = host_modules()

    assert set(files()) | {"pxr.PhysxSchema", "usdrt"} == set(modules)
    assert sorted(n for n in vars(modules["omni.kit.async_engine"]) if not n.startswith("__")) == ["run_coroutine"]
    newest = modules["isaacsim.core.experimental.utils.stage"]
    assert newest.open_stage is not modules["isaacsim.core.utils.stage"].open_stage
    assert newest.save_stage is modules["isaacsim.core.utils.stage"].save_stage


def test_a_name_that_a_module_lacks_says_that_it_is_not_offered() -> None:
    timeline = host_modules()["omni.timeline"]

    with pytest.raises(AttributeError, match=r"omni\.timeline\.acquire is not offered by rendersdg run"):
        _ = timeline.acquire


def test_outside_of_a_run_the_modules_say_that_no_script_runs() -> None:
    from rendersdg.omni.kit.app import get_app

    with pytest.raises(RenderSDGError, match="no script is running"):
        get_app()


def test_what_scripts_see_has_docstrings() -> None:
    bare = []
    for sources in files().values():
        for source in (sources,) if isinstance(sources, str) else sources:
            file = import_module("rendersdg.omni." + source.partition(":")[0])
            members = [getattr(file, name) for name in file.__all__]
            own = [m for m in members if getattr(m, "__module__", "").startswith("rendersdg.omni.")]
            bare += [f"{m.__module__}.{m.__qualname__}" for m in own if callable(m) and not m.__doc__]

    assert bare == []


def test_no_file_keeps_state_of_its_own() -> None:
    """An empty list, dict or set of a module or a class would be there to be filled by a run."""
    kept = []
    for path in sorted(OMNI.rglob("*.py")):
        tree = ast.parse(path.read_text())
        kept += [f"{path.relative_to(OMNI)}:{n.lineno}" for n in ast.walk(tree) if isinstance(n, ast.Global)]
        holders = [tree, *(n for n in tree.body if isinstance(n, ast.ClassDef))]
        for statement in [s for h in holders for s in h.body if isinstance(s, (ast.Assign, ast.AnnAssign))]:
            value = statement.value
            empty = isinstance(value, (ast.List, ast.Dict)) and not ast.unparse(value).strip("[]{} \n")
            if empty or (isinstance(value, ast.Call) and ast.unparse(value.func) in ("list", "dict", "set")):
                kept.append(f"{path.relative_to(OMNI)}:{statement.lineno}")

    assert kept == []


@pytest.mark.parametrize(
    "path", [p for p in sorted(OMNI.rglob("*.py")) if ">>>" in p.read_text()], ids=lambda p: p.stem
)
def test_examples_in_docstrings_hold(path: Path) -> None:
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))

    with np.printoptions(formatter=None):  # ultralytics, where a test has loaded it, changes how NumPy prints
        assert doctest.testmod(module).failed == 0
