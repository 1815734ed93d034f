"""What is said of a scene that is probably not meant so: each with the number that a person would check."""

from __future__ import annotations

import pytest

from rendersdg.errors import Report
from rendersdg.orchestrator.doubts import Doubts
from tests.conftest import Opener

SHAPES = """
sky: {create.light: {light_type: dome, intensity: LIGHT}}
floor: {create.plane: {scale: [9, 9, 1], position: [0, 0, -0.5], semantics: [["class", "floor"]]}}
balls: {create.sphere: {scale: 0.4, count: 4, position: [0, 0, 0], semantics: [["class", "ball"]]}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [CLIP, 100]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
"""


def said(open_scene: Opener, more: str = "", light: float = 500, clip: float = 0.01) -> list[str]:
    """Return what is noted of the first two frames."""
    text = SHAPES.replace("LIGHT", str(light)).replace("CLIP", str(clip)) + more
    session, doubts = open_scene(text), Doubts()
    for frame in range(2):
        for view in session.views(session.snapshot(frame), {}).values():
            doubts.look(frame, view, view.buffers.rgb)
    report = Report()
    doubts.note_in(report)
    return [f"{entry['subject']}: {entry['text']}" for entry in report.as_json()]


def test_nothing_is_said_of_a_scene_as_it_should_be(open_scene: Opener) -> None:
    assert said(open_scene) == []


def test_sizes_that_do_not_fit_are_told_with_the_median(open_scene: Opener) -> None:
    large = said(open_scene, 'x: {create.cube: {scale: 8, position: [-20, 0, 0], semantics: [["class", "box"]]}}')
    small = said(open_scene, 'x: {create.cube: {scale: 0.02, semantics: [["class", "box"]]}}')

    assert "is 8 m long, 20 times as large as the other objects (their median is 0.4 m)" in str(large)
    assert "is 0.02 m long, 20 times smaller than the other objects" in str(small)


def test_what_is_never_in_the_picture_is_named(open_scene: Opener) -> None:
    notes = said(open_scene, 'x: {create.cube: {position: [9, 0, 0], semantics: [["class", "box"]]}}')

    assert notes == ["never in the picture: /Replicator/Cube_Xform: in none of the 2 frames that were looked at"]


def test_what_fills_the_picture_and_what_the_near_clip_cuts_is_told(open_scene: Opener) -> None:
    notes = said(open_scene, 'x: {create.sphere: {scale: 4, position: [2.9, 0, 0], semantics: [["class", "big"]]}}')
    cut = said(open_scene, 'x: {create.sphere: {position: [4, 0, 0], semantics: [["class", "near"]]}}', clip=1.0)

    assert any("fills 100% of the picture of Replicator in frame 0" in text for text in notes)
    assert "its nearest point is 0.5 m from the camera, and what is nearer than 1 m is cut away" in str(cut)


@pytest.mark.parametrize(("light", "what"), [(90000, "white"), (0.01, "black")])
def test_pictures_that_are_mostly_white_or_black_are_told_with_their_share(
    light: float, what: str, open_scene: Opener
) -> None:
    notes = said(open_scene, light=light)

    assert any(f"% of frame 0 is {what}; its mean is " in text for text in notes)
