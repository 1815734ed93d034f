"""The stage's context, and helpers of prims."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import ran, run_named


def test_a_context_opens_selects_and_measures(tmp_path: Path) -> None:
    text = """
    import omni.usd
    from pxr import Gf, Usd, UsdGeom, UsdUtils
    context = omni.usd.get_context()
    stage = context.get_stage()
    UsdGeom.Cube.Define(stage, "/Box").AddTranslateOp().Set((1, 2, 3))
    assert context.compute_path_world_bounding_box("/Box") == (Gf.Vec3d(0, 1, 2), Gf.Vec3d(2, 3, 4))
    selection = context.get_selection()
    selection.set_selected_prim_paths(["/Box"], True)
    assert omni.usd.get_context().get_selection().get_selected_prim_paths() == ["/Box"]
    selection.clear_selected_prim_paths()
    assert selection.get_selected_prim_paths() == []
    number = context.get_stage_id()
    assert UsdUtils.StageCache.Get().Find(Usd.StageCache.Id.FromLongInt(number)) == stage
    assert context.get_stage_state() == omni.usd.StageState.OPENED
    assert omni.usd.get_stage_next_free_path(stage, "/Box", False) == "/Box_01"
    assert omni.usd.delete_prim("/Box") and not omni.usd.delete_prim("/Box")
    context.new_stage()
    assert context.get_stage() != stage
    """

    assert ran(tmp_path, text).error is None


@pytest.mark.parametrize("limit", [3, None])
def test_a_run_ends_well_when_usds_cache_held_its_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int | None
) -> None:
    outcome = run_named("numbered_stage", tmp_path, monkeypatch, limit=limit)

    assert outcome.error is None and outcome.frames == (limit or 4)
