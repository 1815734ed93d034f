"""Mistakes in fitting a scene are seen before a photograph is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument
from tests.cli.one_frame import SCENE, refused


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--frames", "3"), "--frames must be 4 or more"),
        (("--tune-rounds", "0"), "--tune-rounds and --most 1 or more"),
        (("--only", "scratch"), "--only needs a labelled set"),
        (("-o", "scene.yaml"), "is there already; choose another name or give --overwrite"),
    ],
)
def test_an_option_that_does_not_fit_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scene.yaml").write_text(SCENE)

    assert says in refused(BadArgument, "fit", "scene.yaml", "--images", ".", "-o", "fitted.yaml", *arguments)
