"""Settings of scenes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.scene import create, settings
from rendersdg.scene.recorder import recording


def test_units_and_axis_are_the_stages(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        settings.set_stage_meters_per_unit(0.5)
        settings.set_stage_up_axis("z")

        assert UsdGeom.GetStageMetersPerUnit(recorder.stage) == 0.5 and UsdGeom.GetStageUpAxis(recorder.stage) == "Z"
        with pytest.raises(BadArgument, match="above 0"):
            settings.set_stage_meters_per_unit(0)
        with pytest.raises(BadArgument, match="must be Y or Z"):
            settings.set_stage_up_axis("X")


def test_units_that_come_late_are_said(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        create.cube()
        settings.set_stage_up_axis("Z")

    assert any("after prims were made" in e["text"] for e in recorder.report.as_json())


def test_the_renderer_is_chosen_and_unknown_settings_are_kept(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        settings.set_render_pathtraced(32)
        settings.carb_settings("/rtx/some", 3)

    assert recorder.graph.settings == {"render_mode": "pathtraced", "samples_per_pixel": 32, "/rtx/some": 3}
    assert any("no effect here" in e["text"] for e in recorder.report.as_json())


def test_a_quality_of_light_is_one_of_three(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        settings.render_quality("balanced")

        assert recorder.graph.settings == {"render_quality": "balanced"}
        with pytest.raises(BadArgument, match="must be fast, balanced, high"):
            settings.render_quality("best")


def test_a_physics_step_is_kept(tmp_path: Path) -> None:
    with recording(tmp_path):
        assert settings.get_physx_timestep() == 1 / 60
        settings.set_physx_timestep(0.01)
        assert settings.get_physx_timestep() == 0.01
        with pytest.raises(BadArgument, match="above 0"):
            settings.set_physx_timestep(-1)
