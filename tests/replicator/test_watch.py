"""What USD's notices mean for the next frame."""

from __future__ import annotations

from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg.replicator.watch import StageWatch


def watched() -> tuple[StageWatch, Usd.Stage, Usd.Attribute]:
    """Return a watch that has seen everything, its stage, and where something on it stands."""
    stage = Usd.Stage.CreateInMemory()
    xform = UsdGeom.Xform.Define(stage, "/a")
    xform.AddTranslateOp().Set(Gf.Vec3d(0, 0, 0))
    watch = StageWatch()
    watch.follow(stage)
    watch.is_edited, watch.touched = False, set()
    return watch, stage, xform.GetPrim().GetAttribute("xformOp:translate")


def test_a_moved_prim_is_nudged_and_a_new_one_edits_thestage() -> None:
    watch, stage, place = watched()

    place.Set(Gf.Vec3d(1, 0, 0))
    assert (watch.is_nudged, watch.is_edited, watch.is_touched) == (True, False, True)
    assert watch.touched == {"/a.xformOp:translate"}
    UsdGeom.Xform.Define(stage, "/b")
    assert watch.is_edited and watch.touched is None


def test_what_only_the_simulation_asks_for_leaves_what_is_drawn_as_it_was() -> None:
    watch, stage, _place = watched()
    prim = stage.GetPrimAtPath("/a")

    for name in ("physics:collisionEnabled", "physxScene:timeStepsPerSecond", "drive:angular:physics:targetPosition"):
        prim.CreateAttribute(name, Sdf.ValueTypeNames.Float).Set(1.0)

    assert (watch.is_nudged, watch.is_edited, len(watch.touched or ())) == (True, False, 3)


def test_what_a_capture_or_the_simulation_writes_touches_nothing() -> None:
    watch, _stage, place = watched()

    with watch.capturing():
        place.Set(Gf.Vec3d(1, 0, 0))
    assert not watch.is_nudged
    with watch.simulating():
        place.Set(Gf.Vec3d(2, 0, 0))
    assert watch.is_nudged and not watch.is_touched


def test_a_closed_watch_sees_nothing() -> None:
    watch, _stage, place = watched()

    watch.close()
    place.Set(Gf.Vec3d(1, 0, 0))

    assert not watch.is_nudged
