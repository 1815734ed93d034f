"""Kit's templates of new stages: the light, where it shines to, and what counts as lit."""

from __future__ import annotations

from typing import Literal

import pytest
from pxr import Gf, Usd, UsdGeom, UsdLux

from rendersdg.stage.author import new_stage
from rendersdg.stage.templates import DEFAULT_LIGHT, TEMPLATES, default_light, has_light, sunlight

DOWN = 2**-0.5  # of a direction 45 degrees down


@pytest.mark.parametrize(("up", "direction"), [("Y", (0, -DOWN, -DOWN)), ("Z", (-DOWN, 0, -DOWN))])
def test_kits_light_shines_down_at_45_degrees(up: Literal["Y", "Z"], direction: tuple[float, ...]) -> None:
    stage = new_stage(up, 1.0)
    sunlight(stage)
    light = UsdLux.DistantLight(stage.GetPrimAtPath(DEFAULT_LIGHT))
    world = UsdGeom.Xformable(light).ComputeLocalToWorldTransform(Usd.TimeCode.Default())

    assert tuple(world.TransformDir(Gf.Vec3d(0, 0, -1))) == pytest.approx(direction, abs=1e-12)
    assert (light.GetAngleAttr().Get(), light.GetIntensityAttr().Get()) == (1.0, 3000.0)
    assert str(stage.GetDefaultPrim().GetPath()) == "/World"


def test_where_z_is_up_the_light_has_the_quaternion_of_isaac_sims_files() -> None:
    stage = new_stage("Z", 1.0)
    default_light(stage)
    turn = stage.GetPrimAtPath(DEFAULT_LIGHT).GetAttribute("xformOp:orient").Get()

    assert (turn.GetReal(), *turn.GetImaginary()) == pytest.approx((0.6532815, 0.2705981, 0.2705981, 0.6532815))


def test_the_light_is_turned_anew_when_the_axis_has_changed() -> None:
    stage = new_stage("Y")
    default_light(stage)
    UsdGeom.SetStageUpAxis(stage, "Z")
    default_light(stage)
    order = UsdGeom.Xformable(stage.GetPrimAtPath(DEFAULT_LIGHT)).GetXformOpOrderAttr().Get()

    assert list(order) == ["xformOp:translate", "xformOp:orient", "xformOp:scale"]


@pytest.mark.parametrize(("name", "is_lit"), [("empty", False), ("sunlight", True), ("default stage", True)])
def test_templates_are_lit_or_not(name: str, is_lit: bool) -> None:
    stage = new_stage()
    TEMPLATES[name](stage)

    assert has_light(stage) == is_lit
    assert stage.GetPrimAtPath("/World")


def test_a_light_inside_of_an_instance_counts() -> None:
    stage = new_stage()
    stage.CreateClassPrim("/Lamp")  # stands nowhere itself
    UsdLux.SphereLight.Define(stage, "/Lamp/Bulb")
    assert not has_light(stage)
    lamp = stage.DefinePrim("/Hall/Lamp", "Xform")
    lamp.GetReferences().AddInternalReference("/Lamp")
    lamp.SetInstanceable(True)

    assert has_light(stage)
