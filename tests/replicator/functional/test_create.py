"""Create functions: shapes, lights, cameras, copies, and many at once."""

from __future__ import annotations

import pytest
from pxr import UsdGeom, UsdLux

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import Engine
from rendersdg.replicator.functional.create import CREATE, batch
from rendersdg.replicator.functional.randomizer import world_bounds


def test_lights_take_their_inputs_by_name_and_refuse_others(engine: Engine) -> None:
    prim = CREATE["sphere_light"](intensity=5, temperature=4000, radius=2.0, color=(1, 0, 0))
    light = UsdLux.SphereLight(prim)

    assert (light.GetIntensityAttr().Get(), light.GetRadiusAttr().Get()) == (5, 2)
    assert light.GetEnableColorTemperatureAttr().Get() and light.GetColorTemperatureAttr().Get() == 4000
    with pytest.raises(BadArgument, match=r"sphere_light has no argument 'radios'; did you mean 'radius'\?"):
        CREATE["sphere_light"](radios=2.0)


def test_a_list_of_as_many_values_gives_each_its_own(engine: Engine) -> None:
    cubes = batch(CREATE["cube"])(
        count=2, position=[(1, 0, 0), (2, 0, 0)], scale=[2, 3], semantics=[("class", "a"), ("class", "b")]
    )

    labels = [list(p.GetAttribute("semantics:labels:class").Get()) for p in cubes]
    assert [str(p.GetPath()) for p in cubes] == ["/Cube", "/Cube_01"]
    assert labels == [["a"], ["b"]]
    assert [p.GetAttribute("xformOp:scale").Get()[0] for p in cubes] == [2, 3]


def test_three_numbers_are_one_vector_for_three_prims(engine: Engine) -> None:
    prims = batch(CREATE["xform"])(count=3, position=(1, 2, 3))

    assert {tuple(p.GetAttribute("xformOp:translate").Get()) for p in prims} == {(1, 2, 3)}


def test_a_clone_stands_beside_its_source_with_what_is_below(engine: Engine) -> None:
    source = CREATE["xform"](name="Group")
    UsdGeom.Cube.Define(engine.recorder.stage, "/Group/Inner")

    clone = CREATE["clone"](source, position=(5, 0, 0))

    assert str(clone.GetPath()) == "/Group_01" and clone.GetChild("Inner")
    assert tuple(clone.GetAttribute("xformOp:translate").Get()) == (5, 0, 0)


def test_a_reference_without_a_name_is_ref_and_holds_a_prim_of_the_stage(engine: Engine) -> None:
    UsdGeom.Cube.Define(engine.recorder.stage, "/Source/Inner")

    prims = batch(CREATE["reference"])(prim_path="/Source", count=2)

    assert [str(p.GetPath()) for p in prims] == ["/Ref", "/Ref_01"]
    assert all(p.GetChild("Inner") for p in prims)
    with pytest.raises(BadArgument, match="takes usd_path or prim_path"):
        CREATE["reference"]()


def test_lights_shine_as_replicators_unless_they_are_told_otherwise(engine: Engine) -> None:
    sphere, warm, dome = CREATE["sphere_light"](), CREATE["rect_light"](shaping_cone_angle=40), CREATE["dome_light"]()
    kelvin = CREATE["disk_light"](color_temperature=3000, enable_color_temperature=True)

    read = lambda prim, name: prim.GetAttribute(f"inputs:{name}").Get()  # noqa: E731
    assert (read(sphere, "intensity"), read(sphere, "radius"), read(dome, "intensity")) == (30000, 1, 1000)
    assert not read(sphere, "enableColorTemperature") and not sphere.HasAttribute("inputs:shaping:cone:angle")
    assert read(warm, "shaping:cone:angle") == 40
    assert read(kelvin, "enableColorTemperature") and read(kelvin, "colorTemperature") == 3000


def test_a_capsule_is_a_mesh_or_usds_own(engine: Engine) -> None:
    mesh, own = CREATE["capsule"](), CREATE["capsule"](as_mesh=False, name="own")

    low, high = world_bounds(mesh)
    assert sorted((high - low).round(6)) == [50, 50, 100]  # centimetres
    assert own.IsA(UsdGeom.Capsule)
