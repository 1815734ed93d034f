"""A scene of one frame, one mesh, one light and one writer, and commands that must fail."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.errors import RenderSDGError
from tests.conftest import CAMERA, HEAD

SCENE = (
    HEAD
    + CAMERA
    + """
box: {create.cube: {semantics: [["class", "box"]]}}
sun: {create.light: {light_type: distant, intensity: 1000}}
frames: {trigger.on_frame: {max_execs: 1}}
out: {writers.get: {name: BasicWriter, init_params: {output_dir: basic, rgb: true}, render_products: view}}
"""
)


def refused(error: type[RenderSDGError], *arguments: str) -> str:
    """Run a command that must end with an error, and return its message."""
    with pytest.raises(error) as raised:
        CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    return str(raised.value)
