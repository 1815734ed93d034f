"""Commands run in this process, and a scene to show."""

from __future__ import annotations

from typer.testing import CliRunner

from rendersdg.cli import app
from tests.conftest import ROOT

SCENE = str(ROOT / "scenes" / "camera_orbit.yaml")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout
