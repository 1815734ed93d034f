"""OpenGL through pyrender leaves the process as it was."""

from __future__ import annotations

import os
import sys

import pytest

from rendersdg.backends.gl import PyrenderBackend
from rendersdg.errors import NotSupported, RenderFailed
from rendersdg.testing import open_text
from rendersdg.testing.scenes import EYE, ROOM


def test_the_environment_and_the_modules_are_left_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYOPENGL_PLATFORM", raising=False)
    before = dict(os.environ)
    viewer = sys.modules.get("pyrender.viewer")
    try:
        with open_text(ROOM + EYE) as session:
            snapshot = session.snapshot(0)
            from rendersdg.frame import Wanted

            PyrenderBackend().render(snapshot, snapshot.products[0], Wanted())
    except (NotSupported, RenderFailed) as error:
        pytest.skip(str(error))

    assert dict(os.environ) == before
    assert sys.modules.get("pyrender.viewer") is viewer
