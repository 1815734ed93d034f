"""The keywords that create functions share."""

from __future__ import annotations

from inspect import signature

import pytest
from pxr import Usd, UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import Engine
from rendersdg.replicator.functional.placement import REQUIRED, Placement, create_function, world_position


def test_a_prim_is_put_turned_and_labelled_as_its_placement_says(engine: Engine) -> None:
    parent = UsdGeom.Xform.Define(engine.recorder.stage, "/World").GetPrim()
    placement = Placement(position=(1, 2, 3), scale=2, parent=parent, visible=False, semantics={"class": "a"})
    prim = placement.apply(UsdGeom.Cube.Define(engine.recorder.stage, placement.path("Cube")).GetPrim())

    assert str(prim.GetPath()) == "/World/Cube"
    assert world_position(prim) == (1.0, 2.0, 3.0)
    assert UsdGeom.Imageable(prim).ComputeVisibility() == "invisible"
    assert list(prim.GetAttribute("semantics:labels:class").Get()) == ["a"]


def test_a_second_prim_of_a_name_is_numbered(engine: Engine) -> None:
    UsdGeom.Cube.Define(engine.recorder.stage, "/Cube")

    assert Placement().path("Cube") == "/Cube_01"
    assert Placement(name="/a/b").path("Cube") == "/a/b"


def test_a_create_function_has_replicators_signature(engine: Engine) -> None:
    @create_function("thing", "size position name", size=REQUIRED)
    def make(placement: Placement, size: float) -> Usd.Prim:
        """Make a thing."""
        return placement, size

    assert list(signature(make).parameters) == ["size", "position", "name"] and make.__doc__ == "Make a thing."
    assert make(3, (1, 2, 3), name="x") == (Placement(position=(1, 2, 3), name="x"), 3)
    with pytest.raises(TypeError, match="size"):
        make(position=(0, 0, 0))
    with pytest.raises(BadArgument, match=r"functional\.create\.thing has no argument 'colour'"):
        make(3, colour="red")
