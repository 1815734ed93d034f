"""The contact sheet: a tile for each frame."""

from __future__ import annotations

import numpy as np

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
