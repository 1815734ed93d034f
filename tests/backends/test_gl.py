"""OpenGL through pyrender leaves the process as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec

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
