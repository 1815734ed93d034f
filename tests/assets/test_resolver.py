"""Spellings of a library path, and URLs that nothing opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rendersdg.assets.resolver import Resolver, library_path
from rendersdg.cli import app
from rendersdg.errors import BadArgument, Report


def test_a_url_that_nothing_opens_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="nothing://host"):
        Resolver(tmp_path, Report(), [("NVIDIA", "nothing://host")])
    outcome = CliRunner().invoke(app, ["validate", "scene.yaml", "--assets", "NVIDIA=/no/such/folder"])
    assert outcome.exit_code != 0 and "PREFIX=URL" in str(outcome.exception or outcome.output)


@pytest.mark.parametrize(
    "spelling",
    [
        "omniverse://localhost/NVIDIA/Assets/X/a.usd",
        "https://content.example/NVIDIA/Assets/X/a.usd",
        "/NVIDIA/Assets/X/a.usd",
    ],
)
def test_spellings_of_a_library_path_meet(spelling: str) -> None:
    assert library_path(spelling) == "NVIDIA/Assets/X/a.usd"
