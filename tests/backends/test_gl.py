"""OpenGL through pyrender leaves the process as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.backends.gl import PyrenderBackend
from rendersdg.errors import NotSupported, RenderFailed
from rendersdg.frame import Wanted
from rendersdg.testing import open_text
from rendersdg.testing.scenes import EYE, ROOM
from tests.conftest import ROOT

pytestmark = pytest.mark.extra
if find_spec("pyrender") is not None:
    with suppress(ImportError):  # Mesa brings LLVM, and Triton's own copy ends a process in which it comes second
        import triton  # noqa: F401 # torch imports it when it trains


def test_the_environment_and_the_modules_are_left_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYOPENGL_PLATFORM", raising=False)
    before = dict(os.environ)
    viewer = sys.modules.get("pyrender.viewer")
    try:
        with open_text(ROOM + EYE) as session:
            snapshot = session.snapshot(0)
            PyrenderBackend().render(snapshot, snapshot.products[0], Wanted())
    except (NotSupported, RenderFailed) as error:
        pytest.skip(str(error))

    assert dict(os.environ) == before
    assert sys.modules.get("pyrender.viewer") is viewer


SAYS_NOTHING = """
from rendersdg.backends.gl import PyrenderBackend
from rendersdg.errors import NotSupported, RenderFailed
from rendersdg.frame import Wanted
from rendersdg.testing import open_text
from rendersdg.testing.scenes import EYE, ROOM
try:
    with open_text(ROOM + EYE) as session:
        snapshot = session.snapshot(0)
        pictures = [PyrenderBackend().render(snapshot, snapshot.products[0], Wanted()).buffers.rgb for _ in range(2)]
    assert (pictures[0] == pictures[1]).all()
except (NotSupported, RenderFailed):
    pass
"""


def test_a_process_that_drew_with_it_ends_in_silence() -> None:
    done = subprocess.run([sys.executable, "-c", SAYS_NOTHING], capture_output=True, text=True, cwd=ROOT, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_see_through_card_shows_what_is_behind_it_wherever_it_stands_in_the_scene(tmp_path: Path) -> None:
    """The card is the first prim of the scene: what is drawn before the wall must not hide it."""
    pixels = np.full((8, 8, 3), 255, np.uint8)
    pixels[:, :4] = 0  # its left half is not there
    cv2.imwrite(str(tmp_path / "half.png"), pixels)
    text = f"""
hole: {{create.material_omnipbr: {{diffuse: [1, 0, 0]}}}}
card: {{create.plane: {{scale: 2, rotation: [0, 90, 0], position: [0.5, 0, 0], material: hole}}}}
paint: {{create.material_omnipbr: {{diffuse: [0, 0, 1]}}}}
wall: {{create.cube: {{scale: 4, position: [-3, 0, 0], material: paint}}}}
room: {{create.light: {{light_type: dome, intensity: 900}}}}
on: {{with.hole: {{modify.attribute: {{name: "inputs:enable_opacity", value: true}}}}}}
too: {{with.hole: {{modify.attribute: {{name: "inputs:enable_opacity_texture", value: true}}}}}}
by: {{with.hole: {{modify.attribute: {{name: "inputs:opacity_texture", value: "{tmp_path}/half.png"}}}}}}
eye: {{create.camera: {{position: [4, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}}}
view: {{create.render_product: {{camera: eye, resolution: [96, 72]}}}}
"""
    try:
        with open_text(text) as session:
            snapshot = session.snapshot(0)
            rgb = PyrenderBackend().render(snapshot, snapshot.products[0], Wanted()).buffers.rgb[..., :3].astype(int)
    except (NotSupported, RenderFailed) as error:
        pytest.skip(str(error))

    middle = rgb[:, 48]
    is_red, is_blue = middle[:, 0] > 2 * middle[:, 2], middle[:, 2] > 2 * middle[:, 0]
    assert is_red.sum() > 10 and is_blue.sum() > 20  # on both sides of the card's edge
