"""Running scripts in processes of their own: a good one, a dark one, one that fails; the report and its changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.run_scripts import Limits, changes, run, scripts_of, write_report

GOOD = """
import omni.replicator.core as rep
with rep.new_layer():
    rep.create.light(light_type="Distant", intensity=3000, rotation=(-45, 0, 0))
    cube = rep.create.cube(semantics=[("class", "cube")])
    camera = rep.create.camera(position=(0, 300, 600), look_at=(0, 0, 0))
    product = rep.create.render_product(camera, (64, 48))
    with rep.trigger.on_frame(max_execs=9):
        with cube:
            rep.modify.pose(position=rep.distribution.uniform((-100, 0, -100), (100, 0, 100)))
    writer = rep.WriterRegistry.get("BasicWriter")
    writer.initialize(output_dir="made", rgb=True, bounding_box_2d_tight=True)
    writer.attach([product])
"""


def record(name: str, verdict: str, **more: Any) -> dict[str, Any]:
    """Return a row of a report."""
    empty: dict[str, Any] = {"causes": [], "digests": [], "report": [], "printed": "", "source": "", "level": ""}
    return {"name": name, "verdict": verdict, "frames": 0, "files": 0, "seconds": 0.0, **empty, **more}


def test_a_folder_lists_its_scripts_or_each_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("")
    (tmp_path / "a.yaml").write_text("")
    (tmp_path / "notes.txt").write_text("")

    files = scripts_of(tmp_path)
    (tmp_path / "scripts.json").write_text(json.dumps([{"name": "one", "script": "b.py", "arguments": [3]}]))
    listed = scripts_of(tmp_path)

    assert [script.name for script in files] == ["a.yaml", "b.py"]
    assert [(s.name, s.path, s.arguments) for s in listed] == [("one", tmp_path / "b.py", ("3",))]


@pytest.mark.slow
def test_scripts_are_run_and_judged_and_the_report_shows_them(tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "good.py").write_text(GOOD)
    (folder / "still.py").write_text(GOOD.replace("(-100, 0, -100), (100, 0, 100)", "(0, 0, 0), (0, 0, 0)"))
    (folder / "fails.py").write_text("import omni.replicator.core as rep\nrep.create.cube(position='north')\n")
    (folder / "unseen.py").write_text(GOOD.replace("look_at=(0, 0, 0)", "look_at=(0, 300, 900)"))

    rows = [run(script, tmp_path / script.name, Limits(60.0, 2)) for script in scripts_of(folder)]
    found = {row.name: (row.verdict, [c["kind"] for c in row.causes]) for row in rows}

    assert found["good.py"] == ("right", [])
    assert found["still.py"] == ("wrong", ["alike"])
    assert found["fails.py"] == ("failed", ["error"])
    assert found["unseen.py"][0] == "wrong"
    assert "never in view" in found["unseen.py"][1]
    assert (rows[1].frames, rows[1].exit_code) == (2, 0)


def test_the_report_is_one_page_with_a_sheet_beside_it(tmp_path: Path) -> None:
    write_report([record("a<b", "right"), record("c", "wrong", causes=[{"kind": "black", "text": "dark"}])], tmp_path)

    page = (tmp_path / "index.html").read_text()
    assert "2 scripts: 1 right, 1 wrong" in page
    assert "a&lt;b" in page
    assert "black: dark" in page
    assert (tmp_path / "sheet_0.png").is_file()
    assert len(json.loads((tmp_path / "report.json").read_text())) == 2


def test_two_reports_are_compared_by_verdict_cause_and_picture() -> None:
    old = [record("a", "right"), record("b", "wrong", digests=["1"]), record("c", "right")]
    new = [
        record("a", "wrong", causes=[{"kind": "black", "text": "all black"}]),
        record("b", "wrong", digests=["2"]),
        record("c", "right"),
        record("d", "right"),
    ]

    lines = changes(old, new)

    assert lines == ["verdict  a: right -> wrong (all black)", "pictures b: wrong", "new      d: right"]
