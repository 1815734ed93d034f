"""Cameras and render products."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import RenderSDGError
from tests.backends.views import labels_of
from tests.conftest import Opener
from tests.running import ran

EYE = "eye: {create.camera: {position: [5, 0, 0]}}\n"


def view(name: str, more: str = "") -> str:
    return f"{name}: {{create.render_product: {{camera: eye, resolution: [8, 6]{more}}}}}\n"


def test_the_same_view_is_one_product_unless_it_is_forced(open_scene: Opener) -> None:
    same = open_scene(EYE + view("a") + view("b")).recorder.graph.products
    forced = open_scene(EYE + view("a") + view("b", ", force_new: true")).recorder.graph.products

    assert [p.name for p in same] == ["Replicator"]
    assert [p.name for p in forced] == ["Replicator", "Replicator_01"]


def test_a_rig_has_a_product_for_each_eye(open_scene: Opener) -> None:
    rig = "eye: {create.stereo_camera: {stereo_baseline: 6.3, position: [5, 0, 0]}}\n"
    named, plain = (open_scene(rig + view("a", name)).recorder.graph.products for name in (", name: pair", ""))

    assert [p.name for p in named] == ["pair", "pair_01"]
    assert [(p.name, p.camera.paths[0]) for p in plain] == [
        ("Replicator_L", "/Replicator/StereoCam/StereoCam_L_Xform/StereoCam_L"),
        ("Replicator_R", "/Replicator/StereoCam/StereoCam_R_Xform/StereoCam_R"),
    ]


def test_views_of_several_cameras_are_numbered_or_named_each(open_scene: Opener) -> None:
    cameras = "eye: {create.camera: {count: 2}}\n"
    numbered, each = (
        open_scene(cameras + view("a", name)).recorder.graph.products for name in (", name: v", ", name: [a-b, c]")
    )

    assert [p.name for p in numbered] == ["v", "v_01"]
    assert [p.name for p in each] == ["a_b", "c"]
    with pytest.raises(RenderSDGError, match="3 names for 2 cameras"):
        open_scene(cameras + view("a", ", name: [a, b, c]"))


@pytest.mark.parametrize(
    ("resolution", "said"), [("[0, 8]", "at least 1 x 1"), ("[20000, 20000]", "too large"), ("[8]", "two numbers")]
)
def test_pixels_that_no_picture_has_are_refused(open_scene: Opener, resolution: str, said: str) -> None:
    with pytest.raises(RenderSDGError, match=said):
        open_scene(f"{EYE}a: {{create.render_product: {{camera: eye, resolution: {resolution}}}}}\n")


@pytest.mark.parametrize("camera", ["create.camera: {", "create.stereo_camera: {stereo_baseline: 0.1, "])
@pytest.mark.parametrize("unit", [1.0, 0.01, 0.001, 0.0254])
def test_the_clipping_range_suits_the_unit_of_the_stage(camera: str, unit: float, open_scene: Opener) -> None:
    text = (
        f"unit: {{settings.set_stage_meters_per_unit: {{meters_per_unit: {unit}}}}}\n"
        f"eye: {{{camera}position: [5, 0, 0]}}}}\n{view('a')}"
    )

    products = open_scene(text, bare=True).snapshot(0).products

    assert products
    for product in products:
        assert product.camera.near_far == pytest.approx((0.01, 10_000))


def test_without_a_unit_the_clipping_range_is_replicators(open_scene: Opener) -> None:
    recorder = open_scene(EYE + view("a"), bare=True).recorder

    camera = next(p for p in recorder.stage.Traverse() if p.GetTypeName() == "Camera")
    assert tuple(camera.GetAttribute("clippingRange").Get()) == (1.0, 1_000_000.0)


def test_depth_is_as_precise_as_with_a_narrow_clipping_range(open_scene: Opener) -> None:
    ball = 'ball: {create.sphere: {scale: 2, semantics: [["class", "ball"]]}}\n'
    wide, narrow = (
        labels_of(
            open_scene(f"{ball}eye: {{create.camera: {{position: [5, 0, 0], look_at: [0, 0, 0]{more}}}}}\n{view('a')}")
        )
        for more in ("", ", clipping_range: [3, 10]")
    )

    assert np.isfinite(wide.depth).any()
    assert np.array_equal(wide.depth, narrow.depth) and np.array_equal(wide.instance, narrow.instance)


def test_a_script_keeps_the_clipping_range_of_replicator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import omni.replicator.core as rep

        rep.settings.set_stage_meters_per_unit(1.0)
        rep.create.camera()
        rep.functional.create.camera()
        import omni.usd

        stage = omni.usd.get_context().get_stage()
        found = [tuple(p.GetAttribute("clippingRange").Get()) for p in stage.Traverse() if p.GetTypeName() == "Camera"]
        assert len(found) == 3 and set(found) == {(1.0, 1000000.0)}, found  # the third is the viewport's
        """,
        monkeypatch,
    )

    assert (outcome.error, outcome.exit_code) == (None, 0)
