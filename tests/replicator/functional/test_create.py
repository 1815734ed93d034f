"""Create functions: shapes, lights, cameras, copies, and many at once."""

from __future__ import annotations

import pytest
from pxr import UsdGeom, UsdLux

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import Engine
from rendersdg.replicator.functional.create import CREATE, batch


def test_lights_take_their_inputs_by_name_and_refuse_others(engine: Engine) -> None:
    prim = CREATE["sphere_light"](intensity=5, temperature=4000, radius=2.0, color=(1, 0, 0))
    light = UsdLux.SphereLight(prim)

    assert (light.GetIntensityAttr().Get(), light.GetRadiusAttr().Get()) == (5, 2)
    assert light.GetEnableColorTemperatureAttr().Get() and light.GetColorTemperatureAttr().Get() == 4000
    with pytest.raises(BadArgument, match=r"sphere_light has no argument 'radios'; did you mean 'radius'\?"):
        CREATE["sphere_light"](radios=2.0)


def test_a_list_of_as_many_values_gives_each_its_own(engine: Engine) -> None:
    cubes = batch(CREATE["cube"])(2, position=[(1, 0, 0), (2, 0, 0)], semantics=[("class", "a"), ("class", "b")])

    labels = [list(p.GetAttribute("semantics:labels:class").Get()) for p in cubes]
    assert [str(p.GetPath()) for p in cubes] == ["/Cube", "/Cube_01"]
    assert labels == [["a", "b"], ["a", "b"]]


def test_three_numbers_are_one_vector_for_three_prims(engine: Engine) -> None:
    prims = batch(CREATE["xform"])(3, position=(1, 2, 3))

    assert {tuple(p.GetAttribute("xformOp:translate").Get()) for p in prims} == {(1, 2, 3)}


def test_a_clone_stands_beside_its_source_with_what_is_below(engine: Engine) -> None:
    source = CREATE["xform"](name="Group")
    UsdGeom.Cube.Define(engine.recorder.stage, "/Group/Inner")

    clone = CREATE["clone"](source, position=(5, 0, 0))

    assert str(clone.GetPath()) == "/Group_01" and clone.GetChild("Inner")
    assert tuple(clone.GetAttribute("xformOp:translate").Get()) == (5, 0, 0)
