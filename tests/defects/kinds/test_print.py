"""Print defects stand on the tracks of their board."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from rendersdg.backends.raster import RasterBackend
from rendersdg.errors import RenderSDGError
from rendersdg.orchestrator.session import Session
from tests.conftest import Opener
from tests.defects.damage import PLACED, snapshot_of


@pytest.mark.parametrize("angle", [0, 30, 90, 225])
def test_print_defects_stand_on_the_tracks_of_their_board(open_scene: Opener, angle: int) -> None:
    text = """
board: {create.plane: {scale: [0.0133, 0.0133, 1]}}
room: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 0, 0.4], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 628,
  clipping_range: [0.01, 2]}}
view: {create.render_product: {camera: eye, resolution: [320, 320]}}
frames: {trigger.on_frame: {max_execs: 5}}
faults:
  with.frames:
    with.board:
      surfaces.board: {texels: 512, pads: 0, pours: 0, angle: %d}
      defects.print_open: {count: 3, feature: track, gap: 0.3}
      defects.print_spurious_copper: {count: 3, feature: clear, crumb: 0.25}
"""
    session = open_scene(text % angle)
    snapshot = snapshot_of(session, 0)
    plain, _ = RasterBackend().render(replace(snapshot, defects=()), snapshot.products[0])
    camera = snapshot.products[0].camera
    for defect in snapshot.defects:
        x, y, z = (camera.camera_from_world @ np.append(defect.centre, 1))[:3]
        column, row = int(160 + camera.focal_px[0] * x / -z), int(160 - camera.focal_px[1] * y / -z)
        is_copper = plain.rgb[row, column, 0] < 100
        assert is_copper == (defect.kind == "print_open")


BOARD = """
board: {create.plane: {scale: [0.0133, 0.0133, 1]}}
room: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 0, 0.4], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 628,
  clipping_range: [0.01, 2]}}
view: {create.render_product: {camera: eye, resolution: [512, 512]}}
frames: {trigger.on_frame: {max_execs: 8}}
faults:
  with.frames:
    with.board:
      surfaces.board: {texels: 1024, tracks: 6, width: 0.3, pads: 0, pours: %d, angle: %d}
      defects.print_%s: {count: 1, feature: track%s}
"""


def pieces(session: Session, frame: int) -> tuple[int, int]:
    """Return how many pieces of copper a board has without and with its defect."""
    snapshot = snapshot_of(session, frame)
    counts = []
    for shown in ((), snapshot.defects):
        picture, _ = RasterBackend().render(replace(snapshot, defects=shown), snapshot.products[0])
        copper = (picture.rgb[..., 0] < 110).astype(np.uint8)
        areas = cv2.connectedComponentsWithStats(copper, connectivity=8)[2][1:, cv2.CC_STAT_AREA]
        counts.append(int((areas > 30).sum()))
    return counts[0], counts[1]


@pytest.mark.parametrize("angle", [0, 90, 225])
def test_a_short_makes_one_piece_of_two_tracks(open_scene: Opener, angle: int) -> None:
    session = open_scene(BOARD % (0, angle, "short", ", width: 0.25"))
    for frame in range(4):
        plain, shorted = pieces(session, frame)

        assert shorted == plain - 1


def test_an_open_makes_two_pieces_of_a_track_also_where_there_are_areas_of_copper(open_scene: Opener) -> None:
    session = open_scene(BOARD % (2, 0, "open", ", gap: 0.2"))
    for frame in range(4):
        plain, opened = pieces(session, frame)

        assert opened == plain + 1


@pytest.mark.parametrize("kind", ["print_open: {feature: track", "print_spurious_copper: {feature: clear"])
def test_places_on_tracks_and_between_them_are_in_view_and_apart_where_that_is_asked(
    open_scene: Opener, kind: str
) -> None:
    """The camera sees a quarter of the board."""
    text = f"""
board: {{create.plane: {{scale: [0.0133, 0.0133, 1]}}}}
eye: {{create.camera: {{position: [0.003, 0.003, 0.4], look_at: [0.003, 0.003, 0], look_at_up_axis: [0, 1, 0],
  focal_length: 1256, clipping_range: [0.01, 2]}}}}
view: {{create.render_product: {{camera: eye, resolution: [64, 64]}}}}
frames: {{trigger.on_frame: {{max_execs: 5}}}}
faults:
  with.frames:
    with.board:
      surfaces.board: {{texels: 512, tracks: 14, width: 0.3, pads: 0, pours: 0}}
      defects.{kind}, count: 3, in_view: true, apart: 0.6}}
"""
    session = open_scene(text)
    for frame in range(5):
        centres = np.array([defect.centre for defect in snapshot_of(session, frame).defects])
        off = np.abs(centres[:, :2] - 0.003).max()
        gaps = [np.linalg.norm(a - b) for k, a in enumerate(centres) for b in centres[:k]]

        assert len(centres) == 3 and off < 0.0133 / 4 + 1e-5 and min(gaps) >= 0.0006


def test_a_feature_needs_a_surface_that_has_it(open_scene: Opener) -> None:
    with pytest.raises(RenderSDGError, match="tracks"):
        snapshot_of(open_scene(PLACED % ("plane", "feature: track")), 0)
