"""What a command loads before it does something."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CAMERA, HEAD, ROOT

HEAVY = {"numpy", "pxr", "cv2", "trimesh", "scipy", "networkx", "PIL", "fsspec", "yaml", "rich", "mujoco", "torch"}
FOR_SOME_SCENES = {"trimesh", "scipy", "networkx", "PIL", "mujoco", "rich", "torch", "mitsuba", "matplotlib"}
BALL = """
ball: {create.sphere: {semantics: [["class", "ball"]]}}
frames: {trigger.on_frame: {max_execs: 1}}
"""


def loaded(code: str, *arguments: str, folder: Path = ROOT) -> set[str]:
    """Return the top-level modules that a fresh Python has loaded when ``code`` is done."""
    whole = (
        f"import sys\nsys.argv[1:] = {list(arguments)!r}\ntry:\n    {code}\nfinally:\n    print('LOADED', "
        "*sorted(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", whole], capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    line = next((x for x in reversed(done.stdout.splitlines()) if x.startswith("LOADED ")), None)
    assert line is not None, done.stderr
    return {module.partition(".")[0] for module in line.split()[1:]}


def test_the_package_loads_nothing() -> None:
    assert loaded("import rendersdg") & {*HEAVY, "typer", "click", "writers", "detectors"} == set()


def test_help_of_every_command_loads_no_library_but_the_command_line() -> None:
    code = (
        "from typer.main import get_command\n"
        "    from rendersdg.cli import app\n"
        "    for command in ([], *([name] for name in get_command(app).commands), ['generator', 'train']):\n"
        "        try:\n            app([*command, '--help'])\n        except SystemExit as end:\n            "
        "assert end.code == 0, command"
    )

    found = loaded(code)

    assert "rendersdg" in found
    assert found & HEAVY == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("render", "no_such_file.yaml", "-o", "out"),
        ("render", "scene.yaml", "-o", "out", "--frames", "some"),
        ("render", "scene.yaml", "-o", "out", "--backend", "rester"),
        ("render", "scene.yaml"),
        ("run", "no_such_script.py"),
        ("run", "script.py", "--assets", "nowhere"),
        ("preview", "no_such_file.yaml", "-o", "sheet.png"),
        ("rendr",),
    ],
)
def test_a_wrong_argument_is_told_before_the_renderer_is_loaded(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(HEAD + CAMERA + BALL)

    found = loaded("from rendersdg.cli import main; main()", *arguments, folder=tmp_path)

    assert found & (HEAVY - {"yaml"}) == set()


def test_a_scene_of_primitives_loads_no_mesh_library(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(HEAD + CAMERA + BALL)

    found = loaded(
        "from rendersdg.cli import main; main()", "render", "scene.yaml", "-o", "out", "--frames", "1", folder=tmp_path
    )

    assert (tmp_path / "out" / ".rendersdg" / "manifest").exists()
    assert found & FOR_SOME_SCENES == set()
