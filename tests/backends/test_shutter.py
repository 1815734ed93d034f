"""Motion blur: the mean of the instants of an exposure, labels at its end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.shutter import CAPTURE, FRACTION, INSTANTS, between, instants
from rendersdg.errors import RenderSDGError
from rendersdg.frame import Buffers, Labels, Wanted
from rendersdg.geometry import affine, euler_rotation
from rendersdg.orchestrator.session import Session
from tests.conftest import Opener

BLUR = f"""
blur: {{settings.carb_settings: {{setting: {CAPTURE}, value: true}}}}
count: {{settings.carb_settings: {{setting: {INSTANTS}, value: 4}}}}
open: {{settings.carb_settings: {{setting: {FRACTION}, value: 0.5}}}}
"""


SCENE = """
box: {create.cube: {position: [-0.3, 0, 0], scale: 0.2, semantics: [["class", "box"]]}}
room: {create.light: {light_type: dome, intensity: 800}}
eye: {create.camera: {position: [0, 0, 3], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [160, 90]}}
frames: {trigger.on_frame: {max_execs: 3}}
"""


MOVE = """
go: {with.frames: {with.box: {modify.pose: {position: {distribution.sequence: {
  items: [[-0.3, 0, 0], [0.3, 0.1, 0], [0, 0, 0]]}},
  rotation: {distribution.sequence: {items: [[0, 0, 0], [0, 0, 40], [0, 0, 0]]}}}}}}
"""


def picture(session: Session, frame: int) -> tuple[Buffers, Labels]:
    view = next(iter(session.views(session.snapshot(frame), {}).values()))
    return view.buffers, view.labels


def test_a_picture_is_the_mean_of_the_instants_of_its_exposure(open_scene: Opener) -> None:
    """Slow obvious way: stills at the places of an eighth, three eighths, ... of the second half of the way."""
    blurred, _ = picture(open_scene(BLUR + SCENE + MOVE), 1)
    stills = []
    for t in (0.5625, 0.6875, 0.8125, 0.9375):
        place = f"[{-0.3 + 0.6 * t}, {0.1 * t}, 0]"
        text = SCENE.replace("position: [-0.3, 0, 0]", f"position: {place}, rotation: [0, 0, {40 * t}]")
        snapshot = open_scene(text).snapshot(0)
        still = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True))[0].hdr
        assert still is not None
        stills.append(still)

    assert blurred.hdr is not None
    assert np.abs(blurred.hdr - np.mean(stills, axis=0)).max() < 1e-3 * np.max(stills)


def test_labels_are_those_of_the_sharp_picture(open_scene: Opener) -> None:
    sharp, still = picture(open_scene(SCENE + MOVE), 1)
    blurred, labels = picture(open_scene(BLUR + SCENE + MOVE), 1)

    assert np.array_equal(labels.instance, still.instance) and np.array_equal(labels.tight, still.tight)
    assert not np.array_equal(blurred.rgb, sharp.rgb)


def test_a_camera_that_moves_blurs_as_the_world_moving_the_other_way(open_scene: Opener) -> None:
    by_box = (
        "go: {with.frames: {with.box: {modify.pose: {position: {distribution.sequence: {items: [[-0.3, 0, 0], [0.3, "
        "0, 0]]}}}}}}"
    )
    by_eye = (
        "go: {with.frames: {with.eye: {modify.pose: {position: {distribution.sequence: {items: [[0.3, 0, 3], [-0.3, "
        "0, 3]]}}}}}}"
    )
    still = SCENE.replace("position: [-0.3, 0, 0]", "position: [0, 0, 0]")
    one, _ = picture(open_scene(BLUR + SCENE + by_box), 1)
    other, _ = picture(open_scene(BLUR + still + by_eye), 1)

    assert np.abs(one.rgb.astype(int) - other.rgb).max() <= 2


def test_nothing_that_stands_still_is_blurred(open_scene: Opener) -> None:
    assert np.array_equal(picture(open_scene(BLUR + SCENE), 1)[0].rgb, picture(open_scene(SCENE), 1)[0].rgb)
    moving = open_scene(BLUR + SCENE + MOVE).snapshot(0)
    assert instants(moving, moving.products[0]) == []  # there is no frame before the first


def test_a_blurred_frame_does_not_depend_on_what_was_made_before(open_scene: Opener) -> None:
    session = open_scene(BLUR + SCENE + MOVE)
    in_order = [picture(session, k)[0].rgb for k in range(3)]

    assert np.array_equal(picture(open_scene(BLUR + SCENE + MOVE), 2)[0].rgb, in_order[2])


def test_a_defect_is_blurred_with_its_surface(open_scene: Opener) -> None:
    """A dark patch on a plate that moves 6 cm: the darkness lies about the middle
    of its way while the shutter was open.
    """
    text = (
        BLUR
        + SCENE.replace("scale: 0.2", "scale: [1.2, 1.2, 0.1]")
        + (
            "mark: {with.box: {defects.patch: {length: 80, breadth: 80, gain: 0.1, position: [-0.3, 0, 0.05], "
            "blur: 1}}}\n"
            "go: {with.frames: {with.box: {modify.pose: {position: {distribution.sequence: {items: [[-0.3, 0, "
            "0], [-0.24, 0, 0]]}}}}}}\n"
        )
    )
    session = open_scene(text)
    snapshot = session.snapshot(1)
    bare = replace(snapshot, defects=())
    with_mark, without = (next(iter(session.views(s, {}).values())).buffers.hdr for s in (snapshot, bare))
    assert with_mark is not None and without is not None
    dark = (without - with_mark)[..., 1].clip(0)
    sharp = RasterBackend().render(snapshot, snapshot.products[0], Wanted(hdr=True))[0].hdr
    assert sharp is not None
    plain = RasterBackend().render(bare, bare.products[0], Wanted(hdr=True))[0].hdr
    assert plain is not None
    dark_end = (plain - sharp)[..., 1].clip(0)
    x = np.arange(dark.shape[1])
    centre, end = ((image.sum(0) * x).sum() / image.sum() for image in (dark, dark_end))
    pixels_a_metre = snapshot.products[0].camera.focal_px[0] / 2.95
    assert centre == pytest.approx(end - 0.06 * 0.25 * pixels_a_metre, abs=0.15)


angles = st.tuples(*[st.floats(-80, 80)] * 3)


places = st.tuples(*[st.floats(-2, 2)] * 3)


@settings(deadline=None)
@example((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 2.7e-6), (0.0, 0.0, 0.0), 1.0, False)
@given(angles, places, angles, places, st.floats(0.1, 3), st.booleans())
def test_what_lies_between_two_places(
    a: tuple[float, ...], p: tuple[float, ...], b: tuple[float, ...], q: tuple[float, ...], scale: float, mirrored: bool
) -> None:
    flip = np.diag([-1.0 if mirrored else 1.0, 1, scale])
    before, after = affine(euler_rotation(a) @ flip, p), affine(euler_rotation(b) @ flip, q)

    assert np.allclose(between(before, after, 0.0), before, atol=1e-9) or np.array_equal(before, after)
    assert np.allclose(between(before, after, 1.0), after, atol=1e-9)
    half = between(before, after, 0.5)
    assert np.allclose(half, between(after, before, 0.5), atol=1e-6)
    assert np.isclose(abs(np.linalg.det(half[:3, :3])), scale, rtol=1e-6)


@pytest.mark.parametrize(
    ("setting", "value", "said"), [(INSTANTS, 1000, "1000"), (FRACTION, 1.5, "1.5"), (FRACTION, -1, "-1")]
)
def test_settings_out_of_range_are_named(open_scene: Opener, setting: str, value: float, said: str) -> None:
    text = BLUR + f"more: {{settings.carb_settings: {{setting: {setting}, value: {value}}}}}\n" + SCENE + MOVE
    with pytest.raises(RenderSDGError, match=said):
        picture(open_scene(text), 1)
