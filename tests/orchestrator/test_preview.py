"""The contact sheet: a tile for each frame."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.colour import label_colour
from rendersdg.errors import BadArgument
from rendersdg.orchestrator.preview import contact_sheet
from tests.backends.views import CUBE
from tests.conftest import Opener
from writers.encoders import read_image


def test_frames_stand_side_by_side_and_drawings_can_be_left_out(open_scene: Opener) -> None:
    session = open_scene(CUBE + "sky: {create.light: {light_type: dome}}\n")
    drawn, plain = (read_image(contact_sheet(session, range(3), plain=plain)) for plain in (False, True))

    # three tiles of 480 x 360 px in two rows of two, two pixels around each
    assert drawn.shape == plain.shape == (2 * 364, 2 * 484, 3)
    assert (plain[364 + 2 :, 484 + 2 :] == 24).all()  # no fourth frame
    changed = np.abs(drawn.astype(int) - plain).max(-1) > 8
    assert changed[2:362, 2:482].any() and not changed[2:362, 2:150].any()  # at the cube alone


SHAPES = """
sky: {create.light: {light_type: dome, intensity: 900}}
box: {create.cube: {position: [0, -1, 0], semantics: [["class", "box"]]}}
ball: {create.sphere: {position: [0, 1, 0], semantics: [["class", "ball"]]}}
frames: {trigger.on_frame: {max_execs: 2}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
"""


def drawn_halves(open_scene: Opener, writer: str) -> tuple[bool, bool]:
    """Return whether something is drawn at the ball, which is left of the middle, and at the box."""
    session = open_scene(f"{SHAPES}save: {{writers.get: {{{writer}, render_products: view}}}}")
    drawn, plain = (
        read_image(contact_sheet(session, [0], plain=plain, size_px=64)).astype(int) for plain in (False, True)
    )
    changed = np.abs(drawn - plain).max(-1) > 8
    return bool(changed[:, :30].any()), bool(changed[:, 36:].any())


def test_what_is_drawn_is_what_the_writers_write(open_scene: Opener) -> None:
    both = drawn_halves(open_scene, "name: CocoWriter")
    known = drawn_halves(open_scene, "name: YoloWriter, init_params: {classes: [ball]}")
    chosen = drawn_halves(open_scene, 'name: BasicWriter, init_params: {semantic_filter_predicate: "class:box"}')
    small = drawn_halves(open_scene, "name: CocoWriter, init_params: {minimum_area: 100000}")

    assert both == (True, True) and small == (False, False)
    assert {known, chosen} == {(True, False), (False, True)}


def test_a_class_has_one_colour_over_all_tiles(open_scene: Opener) -> None:
    swapped = SHAPES + (
        "seen: {distribution.sequence: {items: [true, false]}}\n"
        "hide: {with.frames: {with.box: {modify.visibility: {value: seen}}}}\n"
    )
    session = open_scene(f"{swapped}save: {{writers.get: {{name: CocoWriter, render_products: view}}}}")
    sheet = read_image(contact_sheet(session, range(2), size_px=64))
    first, second = (sheet[2:50, x : x + 64] for x in (2, 70))
    outline = {tuple(int(v) for v in label_colour(k)[:3]) for k in (2, 3)}
    seen = [outline & {tuple(int(v) for v in p) for p in tile.reshape(-1, 3)} for tile in (first, second)]

    assert len(seen[0]) == 2 and len(seen[1]) == 1 and seen[1] < seen[0]


@pytest.mark.parametrize("name", ["normals", "distance_to_camera", "semantic_segmentation", "motion_vectors"])
def test_an_annotators_image_can_be_shown(name: str, open_scene: Opener) -> None:
    session = open_scene(SHAPES)
    sheet = read_image(contact_sheet(session, [0], annotator=name, size_px=64))

    assert sheet.shape == (52, 68, 3)
    assert name == "motion_vectors" or sheet[2:50, 2:66].std() > 5
    for wrong in ("camera_params", "bounding_box_2d_tight", "norma"):
        with pytest.raises(BadArgument, match=r"gives no image|did you mean 'normals'"):
            contact_sheet(session, [0], annotator=wrong)
