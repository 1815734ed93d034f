"""The runner: what ends a script, what is said of it, its workers, and that nothing of it stays."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.errors import BadArgument, BadScene, DatasetError, RenderSDGError
from rendersdg.omni.runner import Options, run_script
from tests.datasets import resealed
from tests.running import files_of, ran, run_named, text_of

HELLO = text_of("hello")


def test_a_task_that_fails_while_the_window_runs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("failing_task", tmp_path, monkeypatch)

    assert outcome.error is not None and "no such thing" in str(outcome.error)


def test_what_a_script_may_do_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    cases = {
        "rep.create.cub()": (1, "rep.create.cub does not exist in Replicator; did you mean 'cube'?"),
        "rep.create.omni_radar()": (5, "exists in Replicator and is not supported: radar is not simulated"),
        "rep.create.cube(posision=(0, 0, 0))": (2, "has no argument 'posision'; did you mean 'position'?"),
        "rep.create.light(light_type='Distnt')": (2, "light_type='Distnt' is unknown"),
        "rep.WriterRegistry.get('BasicWrite')": (2, "unknown writer 'BasicWrite'"),
        "1 / 0": (1, "ZeroDivisionError"),
        "import omni.isaac.dynamic_control": (5, "omni.isaac.dynamic_control is not offered"),
        "raise SystemExit(3)": (3, "exit code 3"),
    }
    for line, (code, text) in cases.items():
        outcome = ran(tmp_path, f"import omni.replicator.core as rep\n{line}\n")

        assert outcome.exit_code == code, (line, outcome)
        assert outcome.error is not None and text in outcome.error and "script.py" in outcome.error, outcome.error
        if code != 3:
            assert "script.py:2" in outcome.error, outcome.error
    with pytest.raises(BadScene, match=r"script.py:2"):
        ran(tmp_path, "import omni\nx = = 3\n")


def test_a_loop_without_end_stops_at_the_frames_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of("steps").replace("for x in (-0.5, 0.0, 0.5):", "while True:\n    x = 0.0")

    outcome = ran(tmp_path, text, monkeypatch, limit=4)

    assert outcome.error is None and outcome.frames == 4 and "stopped after 4 frames" in outcome.notes[0]


def test_the_host_leaves_nothing_behind(tmp_path: Path) -> None:
    before = {n for n in sys.modules if n.split(".")[0] in ("omni", "carb", "isaacsim", "semantics", "usdrt")}
    ran(tmp_path, "import omni.replicator.core, carb, isaacsim\nfrom pxr import Semantics\n")

    assert {n for n in sys.modules if n.split(".")[0] in ("omni", "carb", "isaacsim", "semantics", "usdrt")} == before
    import pxr

    assert not hasattr(pxr, "Semantics")


def test_a_notebook_runs_like_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# x"]},
        {"cell_type": "code", "source": ["%pip list\n", *HELLO.splitlines(True)]},
    ]
    notebook = tmp_path / "a.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    monkeypatch.chdir(tmp_path)

    assert run_script(notebook, Options()).frames == 3


def test_the_command_runs_a_script_with_its_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "a.py"
    script.write_text(HELLO.replace("num_frames=3", "num_frames=int(__import__('sys').argv[2])"))
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["run", str(script), "--", "--num_frames", "2"])
    bad = CliRunner().invoke(app, ["run", str(tmp_path / "none.py")])

    assert result.exit_code == 0, result.output
    assert (tmp_path / "_out" / "rgb_0001.png").exists() and not (tmp_path / "_out" / "rgb_0002.png").exists()
    assert isinstance(bad.exception, RenderSDGError)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        HELLO,
        HELLO + "    rep.orchestrator.run_until_complete()\n",
        HELLO.replace(
            "look_at=(0, 0, 0))", "look_at=(0, 0, 0), f_stop=2.0)"
        ),  # something to report, from the workers too
    ],
)
def test_workers_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    found = []
    for name, workers in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        outcome = ran(tmp_path / name, text, monkeypatch, workers=workers)
        assert outcome.error is None and outcome.frames == 3
        folder = tmp_path / name / "_out"
        found.append(
            {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
        )

    assert found[0] == found[1]


@pytest.mark.slow
def test_workers_refuse_a_script_that_records_something_else_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HELLO.replace("position=(100, 0, 100)", "position=(__import__('os').getpid(), 0, 0)")

    outcome = ran(tmp_path, text, monkeypatch, workers=2)

    assert outcome.exit_code == 2 and "does not record the same scene twice" in str(outcome.error)


def test_workers_leave_scripts_that_look_at_pixels_to_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HELLO.replace("writer.attach([rp])", "writer.attach([rp])\n    rep.annotators.get('rgb').attach(rp)")

    outcome = ran(tmp_path, text, monkeypatch, workers=2)

    assert outcome.error is None and outcome.frames == 3
    assert any("reads annotators" in e["text"] for e in outcome.report)


def test_a_window_loop_ends_when_nothing_is_left_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "from isaacsim import SimulationApp\napp = SimulationApp()\n"
        + HELLO
        + "\nwhile app.is_running():\n    app.update()\n"
    )

    outcome = ran(tmp_path, text, monkeypatch)

    assert outcome.error is None and outcome.frames == 3


@pytest.mark.parametrize("options", [[], ["-o", "all"]])
@pytest.mark.parametrize(("name", "place"), [("hello", "_out"), ("steps", "_steps")])
def test_a_frame_of_a_script_is_replayed_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: str, options: list[str]
) -> None:
    (tmp_path / "script.py").write_text(text_of(name))
    monkeypatch.chdir(tmp_path)
    folder = "all" if options else place
    assert CliRunner().invoke(app, ["run", "script.py", *options]).exit_code == 0
    before = files_of(tmp_path)

    same = CliRunner().invoke(app, ["replay", folder, "--frame", "2", "--trust"])
    altered = next((tmp_path / folder).rglob("rgb_0001.png"))
    record = tmp_path / folder / ".rendersdg" / "frames" / "00000001.record"
    resealed(record, sha256(altered.read_bytes()).hexdigest(), "0" * 64)
    other = CliRunner().invoke(app, ["replay", folder, "--frame", "1", "--trust"])
    merged = CliRunner().invoke(app, ["merge", folder, "-o", "more"])

    assert same.exit_code == 0 and "frame 2 is the same" in same.output, same
    assert files_of(tmp_path) == before
    assert "came out different" in str(other.exception) and "rgb_0001.png" in str(other.exception)
    assert "merge is for parts of scenes" in str(merged.exception)


@pytest.mark.parametrize(("body", "rounds"), [("app.update()", 300), ("world.step(render=True)", 3000)])
def test_a_window_loop_ends_by_itself_later_while_time_passes(
    body: str, rounds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = f"""
from isaacsim import SimulationApp
app = SimulationApp({{"headless": True}})
from isaacsim.core.api import World
world = World()
world.play() if "world" in "{body}" else None
rounds = 0
while app.is_running():
    {body}
    rounds += 1
assert abs(rounds - {rounds}) <= {rounds} // 100, rounds
"""

    outcome = ran(tmp_path, loop, monkeypatch)

    assert outcome.error is None, outcome.error
    assert any("no frame was captured" in e["text"] for e in outcome.report)


OPEN_STAGE = """#usda 1.0
(
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "World" {
    def Cube "Crate" (prepend apiSchemas = ["SemanticsAPI:class"]) {
        string semantic:class:params:semanticData = "crate"
        string semantic:class:params:semanticType = "class"
        double size = 1
    }
    def DistantLight "Sun" {
        float inputs:intensity = 3000
    }
    def Camera "Camera" {
        double3 xformOp:translate = (0, 0, 8)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
}
"""


def test_a_script_may_begin_on_an_open_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "open.usda").write_text(OPEN_STAGE)
    (tmp_path / "script.py").write_text(text_of("on_open_stage"))
    run = ["run", "script.py", "-o", "out", "-q", "--stage", "open.usda"]

    made = CliRunner().invoke(app, run)
    again = CliRunner().invoke(app, ["replay", "out", "--frame", "1", "--trust"])
    (tmp_path / "open.usda").write_text(OPEN_STAGE.replace("0, 0, 8", "0, 0, 9"))
    changed = CliRunner().invoke(app, ["replay", "out", "--frame", "1", "--trust"])
    absent = CliRunner().invoke(app, [*run[:-1], "closed.usda"])

    assert made.exit_code == 0, made.output
    assert len(list((tmp_path / "out" / "made").glob("bounding_box_2d_tight_000?.npy"))) == 2
    assert again.exit_code == 0, again.output
    assert isinstance(changed.exception, DatasetError)
    assert isinstance(absent.exception, BadArgument) and "closed.usda" in str(absent.exception)


HELPED = """import omni.replicator.core as rep
import helper
with rep.new_layer():
    camera = rep.create.camera(position=helper.EYE, look_at=(0, 0, 0))
    product = rep.create.render_product(camera, (32, 24))
    rep.create.light(light_type="distant", intensity=1000)
    box = rep.create.from_usd("part.usda", semantics=[("class", "part")])
    writer = rep.WriterRegistry.get("BasicWriter")
    writer.initialize(output_dir="_out", rgb=True)
    writer.attach([product])
    with rep.trigger.on_frame(num_frames=4):
        with box:
            rep.modify.pose(position=rep.distribution.uniform((-1, -1, 0), (1, 1, 0)))
rep.orchestrator.run()
"""
PART = """#usda 1.0
(
    defaultPrim = "Part"
)
def Mesh "Part"
{
    point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 2]
}
"""


@pytest.mark.parametrize("name", ["helper.py", "part.usda"])
def test_what_a_script_is_helped_by_is_part_of_what_made_its_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "script.py").write_text(HELPED)
    (tmp_path / "helper.py").write_text("EYE = (5, 5, 5)\n")
    (tmp_path / "part.usda").write_text(PART)
    monkeypatch.chdir(tmp_path)
    first = CliRunner().invoke(app, ["run", "script.py", "-o", "all"])
    two = CliRunner().invoke(app, ["run", "script.py", "-o", "two", "--workers", "2"])
    same = CliRunner().invoke(app, ["replay", "all", "--frame", "2", "--trust"])
    with (tmp_path / name).open("a") as file:
        file.write("\n")
    again = CliRunner().invoke(app, ["run", "script.py", "-o", "all"])
    replayed = CliRunner().invoke(
        app, ["replay", "all", "--frame", "2", "--trust", *(["--scene", "script.py"] if name == "helper.py" else [])]
    )
    monkeypatch.chdir(tmp_path.parent)
    elsewhere = CliRunner().invoke(app, ["replay", str(tmp_path / "all"), "--frame", "2", "--trust"])

    header = json.loads((tmp_path / "all" / ".rendersdg" / "dataset").read_text())
    assert first.exit_code == two.exit_code == 0, first.output + two.output
    assert sorted(header["inputs"]) == ["helper.py", "part.usda"]
    assert files_of(tmp_path / "all") == files_of(tmp_path / "two")
    assert same.exit_code == 0 and "frame 2 is the same" in same.output, same
    assert f"{name} has changed" in again.output and "--overwrite" in again.output
    assert f"{name} has changed" in str(replayed.exception)
    assert "part.usda is not there" in str(elsewhere.exception)
