"""Cameras and render products."""

from __future__ import annotations

import pytest

from rendersdg.errors import RenderSDGError
from tests.conftest import Opener

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
