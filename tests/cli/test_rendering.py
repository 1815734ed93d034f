"""What the commands that open a scene say of one frame, and of mistakes that they see before they open it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument
from tests.cli.one_frame import SCENE, refused
from tests.cli.shown import run


def test_one_frame_is_counted_as_one(tmp_path: Path) -> None:
    scene, out = tmp_path / "scene.yaml", str(tmp_path / "out")
    scene.write_text(SCENE)

    first = run("render", str(scene), "-o", out)
    again = run("render", str(scene), "-o", out, "--resume")
    good = run("validate", str(scene))

    assert first.startswith("1 frame rendered, 0 were there; 2 files in ")
    assert again.startswith("0 frames rendered, 1 was there; 2 files in ")
    assert good == "scene.yaml: good; 1 frame, 1 mesh, 1 light, 1 render product, 1 writer\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--task-frames", "3"), "--farm-option and --task-frames are for --farm ray and slurm"),
        (("--farm", "slurn"), "did you mean 'slurm'"),
        (("--backend", "rester"), "unknown backend 'rester'; did you mean 'raster'"),
        (("--frames", "few"), "give a count"),
        (("--set", "box"), "write group.argument=value"),
    ],
)
def test_mistakes_are_seen_before_the_scene_is_opened(arguments: tuple[str, ...], says: str) -> None:
    assert says in refused(BadArgument, "render", "no_such_file.yaml", "-o", "out", *arguments)
