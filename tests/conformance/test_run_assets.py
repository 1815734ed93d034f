"""Assets in processes of their own: what draws, what holds nothing, what is broken; the report, sheets and tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.conformance.assets import write
from tests.conformance.run_assets import Asset, Limits, Row, assets_of, changes, picture_of, sheets, table, take


def test_a_folder_is_a_set_and_a_list_has_sets_of_its_own(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    listed = tmp_path / "list.json"
    listed.write_text(json.dumps([{"set": "boxes", "at": ".", "path": "box.stl"}]))

    assert [a.name for a in assets_of(tmp_path)] == [
        f"{tmp_path.name}/{name}"
        for name in ("box.glb", "box.stl", "broken.glb", "cube.usda", "empty.usda", "lost.gltf")
    ]
    assert assets_of(listed) == [Asset("boxes/box.stl", "boxes", tmp_path / "box.stl")]


@pytest.mark.slow
def test_each_asset_is_loaded_and_judged_and_the_report_shows_it(tmp_path: Path) -> None:
    write(tmp_path)
    notes = tmp_path / "notes"

    rows = [take(asset, notes, Limits(60.0)) for asset in assets_of(tmp_path)]
    found = {row.name.split("/")[1]: row for row in rows}

    assert {name: row.outcome for name, row in found.items()} == {
        "box.glb": "draws",
        "box.stl": "draws",
        "broken.glb": "refused",
        "cube.usda": "draws",
        "empty.usda": "nothing",
        "lost.gltf": "nothing",
    }
    assert not any(row.is_fault for row in rows)
    assert (found["box.stl"].triangles, found["box.stl"].size) == (12, pytest.approx([2, 2, 2]))
    assert found["box.glb"].megabytes > 20 and found["box.glb"].loading > 0
    assert picture_of(found["box.glb"].name, notes).is_file()
    assert [sheet.shape for sheet in sheets(rows, notes)] == [(564, 1280, 3)]


@pytest.mark.slow
def test_what_takes_too_long_or_ends_the_process_is_told(tmp_path: Path) -> None:
    asset = Asset("boxes/cube.usda", "boxes", write(tmp_path)["cube.usda"])

    slow = take(asset, tmp_path / "notes", Limits(seconds=0.01))
    large = take(asset, tmp_path / "notes", Limits(memory=0.01))

    assert (slow.outcome, slow.is_fault) == ("too slow", True)
    assert large.outcome in ("died", "failed") and large.is_fault


def test_what_others_accept_and_does_not_draw_is_a_fault_and_so_is_a_traceback() -> None:
    assert Row("a", "s", "stl", "refused").is_fault
    assert not Row("a", "s", "stl", "refused", complaint="it is no STL").is_fault
    assert Row("a", "s", "stl", "failed", complaint="it is no STL").is_fault


def test_the_table_counts_by_set_and_kind_and_lists_what_does_not_draw() -> None:
    rows = [
        Row("one/a.stl", "one", "stl", "draws", loading=0.5, megabytes=100),
        Row("one/b|.glb", "one", "glb", "refused", "asset /home/someone/things/one/b.glb is broken", "no glTF"),
        Row("two/a/b/c/d.stl", "two", "stl", "nothing", "nothing was said"),
    ]

    text = table(rows)

    assert "| one | glb, stl | 2 | 1 | 1 | 0.50 s | 100 MB |" in text
    assert "| **all** | glb, stl | 3 | 1 | 2 |" in text
    assert "| stl | 2 | 1 | 1 |" in text
    assert "| `one/b\\|.glb` | refused | asset b.glb is broken | no glTF |" in text
    assert "| `two/a/b/c/d.stl` | nothing | nothing was said | **it should** |" in text


def test_changes_since_an_older_report_are_listed() -> None:
    old = [asdict(Row(name, "s", "stl", "draws", triangles=12, digest="1")) for name in "abcd"]
    new = [
        Row("a", "s", "stl", "draws", triangles=12, digest="1"),
        Row("b", "s", "stl", "refused", "broken"),
        Row("c", "s", "stl", "draws", triangles=14, digest="2"),
        Row("d", "s", "stl", "draws", triangles=12, digest="2"),
        Row("e", "s", "stl", "draws"),
    ]

    assert changes(old, new) == [
        "outcome  b: draws -> refused (broken)",
        "shape    c: 12 -> 14 triangles",
        "picture  d",
        "new      e: draws",
    ]
