"""Where files go, with a frame and without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.dataset.dataset import FrameResult
from rendersdg.errors import DatasetError
from rendersdg.replicator.output import Output
from rendersdg.replicator.unwinding import Made
from tests.running import ran


@pytest.mark.parametrize(
    ("out", "output_dir", "folder"),
    [
        ("/data", "a/b/", "b"),
        ("/data", "c:\\a\\b", "b"),
        ("/data", None, "Writer"),
        (None, "s3://bucket/x", "s3://bucket/x"),
        (None, "/abs", "/abs"),
    ],
)
def test_a_writers_folder_is_below_out_or_where_it_says(out: str | None, output_dir: str | None, folder: str) -> None:
    assert Output({}, {}, out).folder_of(output_dir, "Writer") == folder


def test_files_outside_of_frames_are_written_at_once_and_listed_at_the_end(tmp_path: Path) -> None:
    output = Output({"script": "x.py"}, {}, str(tmp_path))

    output.put("notes", "/a.txt", b"1")
    assert (tmp_path / "notes" / "a.txt").read_bytes() == b"1" == output.read_back("notes", "a.txt")
    with output.gathering():
        output.put("notes", "b.txt", b"2")
    assert not (tmp_path / "notes" / "b.txt").exists() and output.read_back("notes", "b.txt") == b"2"
    output.commit(FrameResult(0, {"notes/c.txt": b"3"}, {}, {}), ["notes"])

    assert output.finish(None, []) == [(str(tmp_path), 1, 3)]
    assert {p.name for p in (tmp_path / "notes").iterdir()} == {"a.txt", "b.txt", "c.txt"}


def test_one_wanted_frame_is_kept_and_nothing_is_written(tmp_path: Path) -> None:
    output = Output({"script": "x.py"}, {}, str(tmp_path / "out"), only=1)
    output.commit(FrameResult(0, {}, {}, {}), ["a"])
    with pytest.raises(Made):
        output.commit(FrameResult(1, {"a/x": b"1"}, {}, {}), ["a"])

    assert output.kept == {str(tmp_path / "out"): {"a/x": b"1"}} and not (tmp_path / "out").exists()
    assert [output.wants(frame) for frame in range(3)] == [False, True, False]


def test_all_that_writers_write_is_on_disk_when_waiting_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
    import json
    import os
    import omni.replicator.core as rep

    rep.create.cube(semantics=[("class", "cube")])
    product = rep.create.render_product(rep.create.camera(position=(0, 0, 500)), (64, 48))
    for name in ("PoseWriter", "CosmosWriter", "CocoWriter"):
        writer = rep.writers.get(name)
        writer.initialize(output_dir=os.path.abspath(name))
        writer.attach(product)
    for count in (1, 2):
        rep.orchestrator.step()
        rep.orchestrator.wait_until_complete()
        assert json.loads(open("PoseWriter/metadata.txt").read())["name"] == "PoseWriter"
        assert os.path.getsize("CosmosWriter/clip_0000/rgb.mp4") > 0
        assert len(json.loads(open("CocoWriter/annotations/instances.json").read())["images"]) == count
    """

    outcome = ran(tmp_path, text, monkeypatch)
    assert outcome.error is None, outcome.error


@pytest.mark.parametrize("path", ["a/b.txt", "./a/b.txt", "a//b.txt", "/a/b.txt", "a\\b.txt", "a/c/../b.txt"])
def test_one_file_however_its_path_is_spelled(path: str, tmp_path: Path) -> None:
    output = Output({}, {}, str(tmp_path))
    output.put("writer", path, b"text")

    assert (tmp_path / "writer" / "a" / "b.txt").read_bytes() == b"text"
    assert output.read_back("writer", path) == b"text"


def test_a_script_does_not_write_above_its_folder_by_accident(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is refused"):
        Output({}, {}, str(tmp_path / "out")).put("writer", "../../b.txt", b"text")

    assert not (tmp_path / "b.txt").exists()
