"""Light linking in pictures: what a light passes by, and what throws no shadow of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom, UsdLux

from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import Labels, Wanted
from rendersdg.snapshot import Snapshot
from tests.conftest import Opener

QUALITIES = ["fast", "balanced", "high"]
Author = Callable[[Usd.Stage], None]


def room(path: Path, author: Author) -> Path:
    """Write a floor with a ball and a cube on it under a faint dome, and what ``author`` adds."""
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/room").GetPrim())
    floor = UsdGeom.Cube.Define(stage, "/room/floor")
    floor.AddTranslateOp().Set(Gf.Vec3d(0, 0, -0.1))
    floor.AddScaleOp().Set(Gf.Vec3f(6, 6, 0.1))
    ball = UsdGeom.Sphere.Define(stage, "/room/things/ball")
    ball.AddTranslateOp().Set(Gf.Vec3d(0, -1.4, 1))
    box = UsdGeom.Cube.Define(stage, "/room/things/box")
    box.AddTranslateOp().Set(Gf.Vec3d(0, 1.4, 1.2))
    box.AddScaleOp().Set(Gf.Vec3f(0.6, 0.6, 0.6))
    UsdLux.DomeLight.Define(stage, "/room/sky").CreateIntensityAttr(100.0)
    author(stage)
    stage.GetRootLayer().Save()
    return path


def lamp(stage: Usd.Stage, kind: str) -> UsdLux.LightAPI:
    """Return a light that shines from above, and from the camera's side: ``kind`` is Sphere, Rect or Distant."""
    path = "/room/lamp"
    if kind == "Distant":
        light = UsdLux.DistantLight.Define(stage, path)
        light.CreateIntensityAttr(800.0)
        light.CreateAngleAttr(2.0)
        UsdGeom.Xformable(light).AddRotateYOp().Set(25.0)
    elif kind == "Rect":
        light = UsdLux.RectLight.Define(stage, path)
        light.CreateIntensityAttr(30000.0)
        UsdGeom.Xformable(light).AddTranslateOp().Set(Gf.Vec3d(2.5, 0, 6))
    else:
        light = UsdLux.SphereLight.Define(stage, path)
        light.CreateRadiusAttr(0.1)
        light.CreateIntensityAttr(900000.0)
        UsdGeom.Xformable(light).AddTranslateOp().Set(Gf.Vec3d(2.5, 0, 6))
    return UsdLux.LightAPI(light.GetPrim())


def lit(kind: str) -> Author:
    """Return what adds a lamp that shines on everything."""

    def author(stage: Usd.Stage) -> None:
        lamp(stage, kind)

    return author


def dark(stage: Usd.Stage) -> None:
    """Add nothing."""


def drawn(open_scene: Opener, file: Path, quality: str) -> tuple[np.ndarray, Labels, Snapshot]:
    """Return the linear picture (H, W, 3), its labels and the snapshot."""
    session = open_scene(
        f"room: {{create.from_usd: {{usd: {file}}}}}\nlight: {{settings.render_quality: {{quality: {quality}}}}}\n"
        "eye: {create.camera: {position: [9, 0, 5], look_at: [0, 0, 0.6], clipping_range: [0.01, 100]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [96, 72]}}\n"
    )
    snapshot = session.snapshot(0)
    buffers, labels = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True, labels=True))
    assert buffers.hdr is not None and labels is not None
    return buffers.hdr[..., :3], labels, snapshot


def inside(labels: Labels, snapshot: Snapshot, name: str) -> np.ndarray:
    """Return the pixels (H, W) of a prim, and of it alone."""
    number = next(k for k, i in enumerate(snapshot.instances) if i.prim_path.endswith(f"/{name}"))
    own = np.pad(labels.instance == number, 1)
    middle = own[1:-1, 1:-1]
    return np.asarray(middle & own[:-2, 1:-1] & own[2:, 1:-1] & own[1:-1, :-2] & own[1:-1, 2:])


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("kind", ["Sphere", "Rect", "Distant"])
@pytest.mark.parametrize("way", ["includes", "excludes"])
def test_what_a_light_is_not_linked_to_is_lit_as_if_it_were_not_there(
    open_scene: Opener, tmp_path: Path, kind: str, quality: str, way: str
) -> None:
    def ball_alone(stage: Usd.Stage) -> None:
        links = lamp(stage, kind).GetLightLinkCollectionAPI()
        if way == "includes":
            links.CreateIncludeRootAttr(False)
            links.CreateIncludesRel().AddTarget("/room/things/ball")
        else:
            for path in ("/room/things/box", "/room/floor"):
                links.CreateExcludesRel().AddTarget(path)

    linked, labels, snapshot = drawn(open_scene, room(tmp_path / "linked.usda", ball_alone), quality)
    everywhere, _, _ = drawn(open_scene, room(tmp_path / "all.usda", lit(kind)), quality)
    nowhere, _, _ = drawn(open_scene, room(tmp_path / "none.usda", dark), quality)

    for name in ("box", "floor"):
        where = inside(labels, snapshot, name)
        of_lamp = np.median((everywhere - nowhere)[where])
        assert of_lamp > 15
        if quality == "fast":
            assert np.array_equal(linked[where], nowhere[where]), name
        else:  # the ball sends some of the lamp's light on
            assert np.median(abs(linked - nowhere)[where]) < 0.06 * of_lamp, name
    ball = inside(labels, snapshot, "ball")
    assert np.median(linked[ball] / everywhere[ball]) == pytest.approx(1, abs=0.02 if quality == "fast" else 0.15)


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("kind", ["Sphere", "Rect", "Distant"])
def test_what_is_not_in_the_shadow_link_throws_no_shadow_of_that_light_alone(
    open_scene: Opener, tmp_path: Path, kind: str, quality: str
) -> None:
    def no_shadow_of_the_box(stage: Usd.Stage) -> None:
        lamp(stage, kind).GetShadowLinkCollectionAPI().CreateExcludesRel().AddTarget("/room/things/box")

    def no_box(stage: Usd.Stage) -> None:
        lamp(stage, kind)
        stage.GetPrimAtPath("/room/things/box").SetActive(False)

    without, labels, snapshot = drawn(open_scene, room(tmp_path / "linked.usda", no_shadow_of_the_box), quality)
    whole, _, _ = drawn(open_scene, room(tmp_path / "all.usda", lit(kind)), quality)
    alone, _, _ = drawn(open_scene, room(tmp_path / "no_box.usda", no_box), quality)

    floor = inside(labels, snapshot, "floor")
    shadow = floor & (whole[..., 0] < 0.6 * alone[..., 0])
    right = np.arange(96)[None] >= 48
    assert (shadow & right).sum() > 40 and (shadow & ~right).sum() <= 4  # of the box: the ball's is in both
    assert np.median(without[shadow] / alone[shadow]) == pytest.approx(1, abs=0.05)
    assert (without[shadow & right] > 0.75 * alone[shadow & right]).mean() > 0.97
    ball_shadow = floor & ~right & (alone[..., 0] < 0.6 * np.median(alone[floor][:, 0]))
    assert ball_shadow.sum() > 30
    assert np.allclose(without[ball_shadow], whole[ball_shadow], rtol=0.1, atol=0.02 * float(alone.max()))


def test_lights_have_groups_of_their_own_however_many_there_are(open_scene: Opener, tmp_path: Path) -> None:
    """Beyond the bits of a mask shadow maps tell."""

    def many(stage: Usd.Stage) -> None:
        for k in range(20):
            light = UsdLux.SphereLight.Define(stage, f"/room/lamp{k}")
            light.CreateRadiusAttr(0.1)
            light.CreateIntensityAttr(45000.0)
            UsdGeom.Xformable(light).AddTranslateOp().Set(Gf.Vec3d(2.5, 0, 6))
            excludes = UsdLux.LightAPI(light.GetPrim()).GetShadowLinkCollectionAPI().CreateExcludesRel()
            excludes.AddTarget("/room/things/box")
            excludes.AddTarget(f"/room/posts/post{k}")
            UsdGeom.Cube.Define(stage, f"/room/posts/post{k}").AddTranslateOp().Set(Gf.Vec3d(-50, 0, 3 * k))

    def one(stage: Usd.Stage) -> None:
        lamp(stage, "Sphere").GetShadowLinkCollectionAPI().CreateExcludesRel().AddTarget("/room/things/box")

    twenty, labels, snapshot = drawn(open_scene, room(tmp_path / "many.usda", many), "balanced")
    single, _, _ = drawn(open_scene, room(tmp_path / "one.usda", one), "balanced")

    floor = inside(labels, snapshot, "floor")
    assert np.median(twenty[floor] / single[floor]) == pytest.approx(1, abs=0.02)
    assert np.percentile(abs(twenty[floor] / single[floor] - 1), 90) < 0.2
