"""Mistakes in running a script are seen before the renderer is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument
from tests.cli.one_frame import refused


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--workers", "0"), "--workers 0: give 1 or more"),
        (("--frames-limit", "0"), "--frames-limit 0: give 1 or more"),
        (("--backend", "rester"), "did you mean 'raster'"),
        (("--assets", "nowhere"), "write PREFIX=FOLDER"),
    ],
)
def test_an_option_out_of_range_is_named(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    script = tmp_path / "script.py"
    script.write_text("raise SystemExit('it ran')\n")

    assert says in refused(BadArgument, "run", str(script), *arguments)
