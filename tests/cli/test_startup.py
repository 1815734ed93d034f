"""What a command loads before it does something, and what it says until the first frame is done."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rendersdg import progress
from rendersdg.progress import FrameProgress, step
from tests.conftest import CAMERA, HEAD, ROOT

HEAVY = {"numpy", "pxr", "cv2", "trimesh", "scipy", "networkx", "PIL", "fsspec", "yaml", "rich", "mujoco", "torch"}
FOR_SOME_SCENES = {"trimesh", "scipy", "networkx", "PIL", "mujoco", "rich", "torch", "mitsuba", "matplotlib"}
BALL = """
ball: {create.sphere: {semantics: [["class", "ball"]]}}
frames: {trigger.on_frame: {max_execs: 1}}
"""


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


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


def test_time_left_is_of_frames_never_of_what_came_before(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()

    with FrameProgress(None, "render", clock=clock) as shown:
        clock.now += 1000.0  # opening the scene
        shown.expect(20)
        for frame in range(3):
            clock.now += 6.0
            shown(frame, {})

    assert capsys.readouterr().err.splitlines() == [
        "render: 1/20 frames",
        "render: 2/20 frames, 0.17 frames/s, 108 s left",
        "render: 3/20 frames, 0.17 frames/s, 102 s left",
    ]


def test_what_an_earlier_run_did_counts_as_done_and_not_for_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()

    with FrameProgress(100, "train", unit="steps", done=50, clock=clock) as shown:
        clock.now += 300.0
        shown(50, {})
        clock.now += 10.0
        shown(60, {}, 10)

    assert capsys.readouterr().err.splitlines() == [
        "train: 51/100 steps",
        "train: 61/100 steps, 1.00 steps/s, 39 s left",
    ]


def test_the_bar_counts_frames_alone_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    clock = Clock()

    with FrameProgress(None, "render", clock=clock) as shown:
        clock.now += 1000.0
        shown.expect(10)
        assert shown._bar is not None
        task = shown._bar.tasks[0]
        with step("opening scene a.yaml"):
            assert task.description == "render: opening scene a.yaml"
            with step("loading asset b.usd"):
                assert task.description == "render: loading asset b.usd"
            assert task.description == "render: opening scene a.yaml"
        for frame in range(3):
            clock.now += 2.0
            shown(frame, {})

        assert (task.description, task.completed, task.total) == ("render", 3, 10)
        assert task.time_remaining == 14.0
        assert task.fields["rate"] == "0.50 frames/s"


def test_a_long_step_is_said_in_a_log_and_a_short_one_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    timers: list[FakeTimer] = []

    class FakeTimer:
        daemon = False

        def __init__(self, after: float, say: object, arguments: tuple[str, ...]) -> None:
            self.after, self.say, self.arguments, self.runs = after, say, arguments, False
            timers.append(self)

        def start(self) -> None:
            self.runs = True

        def cancel(self) -> None:
            self.runs = False

        def strike(self) -> None:
            if self.runs:
                self.say(*self.arguments)  # type: ignore[operator]

    monkeypatch.setattr(threading, "Timer", FakeTimer)

    with FrameProgress(1, "render") as shown:
        with step("opening scene a.yaml"):
            pass
        with step("loading asset b.usd"):
            for timer in timers:
                timer.strike()
        shown(0, {})
        with step("loading asset c.usd"):
            pass

    assert [timer.after for timer in timers] == [progress._LONG] * 2
    assert capsys.readouterr().err.splitlines() == ["render: loading asset b.usd", "render: 1/1 frames"]


def test_nothing_listens_where_no_progress_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with FrameProgress(1, "render", quiet=True) as shown, step("opening scene"):
        shown(0, {})
    with step("opening scene"):
        pass

    assert capsys.readouterr().err == ""
