"""Calls of a scene as Replicator knows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import Usd, UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.omni.baking import Baker
from rendersdg.omni.translation import translate
from tests.assets import solids
from tests.conftest import Opener

TEXT = """
crate: {create.from_usd: {usd: "rendersdg:warehouse/crate", position: [0, 1, 0]}}
panel: {create.plane: {}}
t: {trigger.on_frame: {max_execs: 3}}
mark: {with.t: {with.panel: {defects.scratch: {}}}}
"""


def test_a_place_that_from_usd_does_not_take_is_a_step_of_its_own(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(TEXT)
    made = translate(session, Baker(session.recorder, tmp_path), "isaac-5")
    (crate,) = (s for s in made.steps if s.name == "create.from_usd")
    (placed,) = (s for s in made.steps if s.name == "modify.pose" and crate.result in s.blocks)

    assert "position" not in crate.arguments
    assert list(placed.arguments["position"]) == [0, 1, 0]
    assert (tmp_path / "warehouse" / "crate.usdc").is_file()


def test_a_mesh_file_is_written_in_the_unit_that_it_is_read_in(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "part.stl").write_bytes(solids.stl(solids.cube()[0]))
    text = "".join(f"{u}: {{create.from_usd: {{usd: part.stl, unit: {u}, up_axis: Y}}}}\n" for u in ("mm", "in"))
    session = open_scene(text, folder=tmp_path)

    made = translate(session, Baker(session.recorder, tmp_path / "assets"), "isaac-5")
    calls = [s.arguments for s in made.steps if s.name == "create.from_usd"]

    stages = [Usd.Stage.Open(str(call["usd"].path)) for call in calls]
    assert [UsdGeom.GetStageMetersPerUnit(stage) for stage in stages] == [0.001, 0.0254]
    assert {UsdGeom.GetStageUpAxis(stage) for stage in stages} == {"Y"}
    assert not {"unit", "up_axis"} & {name for call in calls for name in call}


def test_what_has_no_counterpart_is_told(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(TEXT)
    told = dict(translate(session, Baker(session.recorder, tmp_path), "isaac-5").notes)

    assert "rendersdg:warehouse/crate" in told and any("defects.scratch" in what for what in told)


def test_an_unknown_target_is_named(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(TEXT)

    with pytest.raises(BadArgument, match=r"isaac-4\.5, isaac-5"):
        translate(session, Baker(session.recorder, tmp_path), "isaac-3")
