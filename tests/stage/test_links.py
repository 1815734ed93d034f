"""Light linking as the snapshot has it: UsdLux's collections, and what is said where they are not honoured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pxr import Usd, UsdGeom, UsdLux

from rendersdg.omni.as_usd import export_usd
from rendersdg.snapshot import Light
from tests.conftest import Opener

Author = Callable[[Usd.CollectionAPI], object]
EVERYTHING = {"floor", "ball", "box"}


def file_with(path: Path, author: Author, *, collection: str = "lightLink", kind: str = "SphereLight") -> Path:
    """Write a floor, a ball and a box below one prim, and a light whose collection ``author`` fills."""
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/room").GetPrim())
    UsdGeom.Cube.Define(stage, "/room/floor")
    UsdGeom.Sphere.Define(stage, "/room/things/ball")
    UsdGeom.Cube.Define(stage, "/room/things/box")
    light = getattr(UsdLux, kind).Define(stage, "/room/lamp")
    light.CreateIntensityAttr(1000.0)
    author(Usd.CollectionAPI(light.GetPrim(), collection))
    stage.GetRootLayer().Save()
    return path


def scene(file: Path) -> str:
    return f"room: {{create.from_usd: {{usd: {file}}}}}\n"


def light_of(open_scene: Opener, file: Path) -> Light:
    (light,) = open_scene(scene(file)).snapshot(0).lights
    return light


def names(paths: frozenset[str]) -> set[str]:
    return {path.rpartition("/")[2] for path in paths}


def nothing(collection: Usd.CollectionAPI) -> None:
    """Say nothing: everything is in it."""


def without_things(collection: Usd.CollectionAPI) -> None:
    collection.CreateExcludesRel().AddTarget("/room/things")


def ball_alone(collection: Usd.CollectionAPI) -> None:
    collection.CreateIncludeRootAttr(False)
    collection.CreateIncludesRel().AddTarget("/room/things/ball")


def things_but_the_ball(collection: Usd.CollectionAPI) -> None:
    collection.CreateIncludeRootAttr(False)
    collection.CreateIncludesRel().AddTarget("/room/things")
    collection.CreateExcludesRel().AddTarget("/room/things/ball")


def only_what_is_named(collection: Usd.CollectionAPI) -> None:
    collection.CreateExpansionRuleAttr("explicitOnly")
    for path in ("/room/things", "/room/floor"):
        collection.CreateIncludesRel().AddTarget(path)


def included_besides_the_root(collection: Usd.CollectionAPI) -> None:
    collection.CreateIncludesRel().AddTarget("/room/things/ball")


def by_another_collection(collection: Usd.CollectionAPI) -> None:
    things = Usd.CollectionAPI.Apply(collection.GetPrim().GetParent(), "small")
    things.CreateIncludesRel().AddTarget("/room/things")
    collection.CreateIncludeRootAttr(False)
    collection.CreateIncludesRel().AddTarget(things.GetCollectionPath())


CASES: list[tuple[Author, set[str]]] = [
    (nothing, EVERYTHING),
    (without_things, {"floor"}),
    (ball_alone, {"ball"}),
    (things_but_the_ball, {"box"}),
    (only_what_is_named, {"floor"}),
    (included_besides_the_root, EVERYTHING),
    (by_another_collection, {"ball", "box"}),
]


@pytest.mark.parametrize("collection", ["lightLink", "shadowLink"])
@pytest.mark.parametrize(("author", "members"), CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_a_light_passes_by_what_its_collection_leaves_out(
    open_scene: Opener, tmp_path: Path, author: Author, members: set[str], collection: str
) -> None:
    light = light_of(open_scene, file_with(tmp_path / "room.usda", author, collection=collection))

    of_link = {"lightLink": light.passes_by, "shadowLink": light.passes_through}
    assert names(of_link.pop(collection)) == EVERYTHING - members
    assert set(of_link.values()) == {frozenset()}


@pytest.mark.parametrize(("backend", "kind"), [("mitsuba", "SphereLight"), ("raster", "DomeLight")])
def test_linking_that_is_not_honoured_is_said_once_by_the_lights_path(
    open_scene: Opener, tmp_path: Path, backend: str, kind: str
) -> None:
    if backend == "mitsuba":
        pytest.importorskip("mitsuba")
    session = open_scene(scene(file_with(tmp_path / "room.usda", ball_alone, kind=kind)), backend=backend)
    for frame in (0, 1):
        (light,) = session.snapshot(frame).lights
        assert not light.passes_by

    said = [(path, text) for (_, path), text in session.recorder.report.entries.items() if "linking" in text]
    assert len(said) == 1 and said[0][0].endswith("/lamp") and "everything" in said[0][1]


def test_linking_outlives_an_export(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(scene(file_with(tmp_path / "room.usda", ball_alone)))
    before = session.snapshot(0).lights[0]

    export_usd(session, tmp_path / "out.usda", title="room", target="usd", frames=None)
    after = light_of(open_scene, tmp_path / "out.usda")
    assert names(before.passes_by) == names(after.passes_by) == {"floor", "box"}
