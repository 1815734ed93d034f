"""Datasets whose frames lie in shards: the same bytes in parts, in workers, after a crash, and at any later time."""

from __future__ import annotations

import json
import shutil
import tarfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.dataset.dataset import Dataset, FrameResult
from rendersdg.dataset.store import Store
from rendersdg.dataset.units import Units, frame_count, spans_of
from rendersdg.errors import DatasetError
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import commit
from rendersdg.farm.ranges import Range, after_loss, ranges, render_range
from tests.conftest import CAMERA, HEAD
from tests.datasets import resealed, run, sums

SCENE = (
    HEAD
    + CAMERA.replace("[64, 48]", "[24, 16]")
    + """
box: {create.cube: {semantics: [["class", "box"]]}}
often: {trigger.on_frame: {max_execs: 10}}
seldom: {trigger.on_frame: {interval: 4, max_execs: 3}}
turn:
  with.often:
    with.box:
      randomizer.rotation: null
tars:
  writers.get:
    name: WebDatasetWriter
    init_params: {output_dir: tars, frames_per_shard: 4}
    render_products: view
coco: {writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view, trigger: seldom}}
"""
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scene") / "scene.yaml"
    path.write_text(SCENE)
    return path


@pytest.fixture(scope="module")
def whole(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "out"
    run("render", scene, "-o", out, "--backend", "null", "-q")
    return out


def test_a_shard_is_one_file_with_one_record_and_one_row(whole: Path) -> None:
    manifest = Dataset(Store(str(whole))).manifest()

    assert manifest["frames"] == [[0, 9]]
    assert [p for p in manifest["files"] if p.startswith("tars/")] == [
        "tars/index.json",
        *(f"tars/shard-00000{k}.tar" for k in range(3)),
    ]
    assert sum(".rendersdg/shards/" in path for path in manifest["own"]) == 3
    with tarfile.open(whole / "tars" / "shard-000002.tar") as archive:
        members = archive.getmembers()
    assert [m.name for m in members] == ["00000008.json", "00000008.png", "00000009.json", "00000009.png"]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}


def test_a_writer_beside_it_that_has_files_a_frame_is_as_ever(whole: Path) -> None:
    coco = json.loads((whole / "coco" / "annotations" / "instances.json").read_text())

    assert [image["file_name"] for image in coco["images"]] == ["000000.png", "000001.png", "000002.png"]
    assert all((whole / "coco" / "images" / image["file_name"]).is_file() for image in coco["images"])


def test_workers_parts_and_a_resumed_run_give_the_same_bytes(scene: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("render", scene, "-o", out, "--backend", "null", "--frames", "2:6", "-q")  # ends inside of a shard
    run("render", scene, "-o", out, "--backend", "null", "--workers", "2", "--resume", "-q")

    assert sums(out) == sums(whole)


def test_parts_that_end_with_shards_merge_and_others_say_where_to_cut(scene: Path, whole: Path, tmp_path: Path) -> None:
    for name, frames in (("a", "0:4"), ("b", "4:10"), ("c", "4:6"), ("d", "6:10")):
        run("render", scene, "-o", tmp_path / name, "--backend", "null", "--frames", frames, "-q")
    run("merge", tmp_path / "b", tmp_path / "a", "-o", tmp_path / "whole")
    cut = run("merge", tmp_path / "c", tmp_path / "d", "-o", tmp_path / "bad", check=False)

    assert sums(tmp_path / "whole") == sums(whole)
    assert cut.returncode == 4 and "shard 1 is in two parts" in cut.stderr and "--frames 4:8" in cut.stderr


@pytest.mark.parametrize("harm", ["file", "record", "lost"])
def test_damage_is_found_and_the_shard_made_anew(harm: str, scene: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    tar, record = out / "tars" / "shard-000001.tar", out / ".rendersdg" / "shards" / "00000001.record"
    if harm == "file":
        tar.write_bytes(tar.read_bytes()[:-1] + b"x")
    elif harm == "record":
        record.write_bytes(record.read_bytes().replace(b'"shard":1', b'"shard":2'))
    else:
        record.unlink()

    found = run("verify", out, check=False)
    run("render", scene, "-o", out, "--backend", "null", "--resume", "-q")

    assert found.returncode == 4 and {"file": "altered: tars/shard", "record": "altered", "lost": "missing"}[harm] in (
        found.stdout
    )
    assert sums(out) == sums(whole)


def test_one_frame_of_a_shard_is_made_again_and_compared(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    good = run("replay", out, "--frame", "6", "-o", tmp_path / "frame")
    sum_of_6 = Dataset(Store(str(out))).record(1)["frames"]["6"]["sha256"]  # type: ignore[typeddict-item]
    resealed(out / ".rendersdg" / "shards" / "00000001.record", sum_of_6, "0" * 64)
    bad = run("replay", out, "--frame", "6", check=False)

    assert "byte for byte" in good.stdout
    assert sorted(p.name for p in (tmp_path / "frame" / "tars").iterdir()) == ["00000006.json", "00000006.png"]
    assert bad.returncode == 4 and "shard 1" in bad.stderr


def test_two_sizes_of_shards_are_refused(tmp_path: Path) -> None:
    text = SCENE + (
        "more: {writers.get: {name: WebDatasetWriter, init_params: {output_dir: m, frames_per_shard: 5}, "
        "render_products: view}}\n"
    )
    (tmp_path / "scene.yaml").write_text(text)
    done = run("validate", tmp_path / "scene.yaml", check=False)

    assert done.returncode != 0 and "frames_per_shard=4" in done.stderr and "5" in done.stderr


def test_a_task_that_is_lost_is_parted_by_shards_and_a_worker_commits_whole_ones(scene: Path, tmp_path: Path) -> None:
    units = Units(4)
    tasks = ranges(range(2, 22), 1, 8, units)
    again, _ = after_loss(Range(tasks[0].frames, 1, units))

    assert [t.frames[0] for t in tasks] == [2, 8, 16] and [r.frames for r in again] == [(4, 5, 6, 7), (2, 3)]
    job, out = Job(str(scene), backend="null").absolute(), str(tmp_path / "out")
    with opened(job) as (session, _):
        data = Dataset(Store(out))
        data.open(session.header({}, ()), {}, resume=False)
        commit(session, data, [session.make(frame) for frame in (0, 1)])
    render_range(job, out, range(2, 4))

    assert Dataset(Store(out)).frames() == [0, 1, 2, 3]


def test_a_frame_that_another_run_made_is_not_lost_with_its_shard(scene: Path, tmp_path: Path) -> None:
    with opened(Job(str(scene), backend="null")) as (session, _):
        data = Dataset(Store(str(tmp_path / "out")))
        data.open(session.header({}, ()), {}, resume=False)
        commit(session, data, [session.make(frame) for frame in (1, 3)])
        gaps = data.gaps(range(4, 5)), data.gaps((0, 1)), data.gaps((1, 3))

        assert gaps == ({4: ""}, {0: "", 1: "", 3: ""}, {})
        with pytest.raises(DatasetError, match=r"1 frame did not arrive whole .* \(2\)"):
            data.finish(session.finisher(), [], wanted=(1, 2, 3))
        assert data.differing(session.make(3)) == [] and data.differing(session.make(2)) is None
        assert data.differing(FrameResult(3, {}, {}, {})) == ["what is in shard 0 of it"]


@given(st.sets(st.integers(0, 60)), st.integers(1, 9))
def test_spans_and_groups_hold_every_frame_once(frames: set[int], size: int) -> None:
    spans = spans_of(sorted(frames))
    groups = Units(size).groups(sorted(frames))

    assert [f for first, last in spans for f in range(first, last + 1)] == sorted(frames)
    assert frame_count(spans) == len(frames) and all(a[1] + 1 < b[0] for a, b in pairwise(spans))
    assert [f for group in groups for f in group] == sorted(frames)
    assert all(len({f // size for f in group}) == 1 for group in groups)
