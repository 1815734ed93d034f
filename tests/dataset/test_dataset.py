"""Datasets: the same bytes at any worker count, in any order, after any crash."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here
from tests import commands

SCENE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
sky: {create.light: {light_type: dome, texture: "rendersdg:texture/sky"}}
sun: {create.light: {light_type: distant, rotation: [20, 30, 0], intensity: 1500}}
floor: {create.plane: {scale: 3, semantics: [["class", "floor"]]}}
things: {create.cube: {count: 4, scale: 0.3, semantics: [["class", "box"]]}}
balls: {create.sphere: {count: 3, scale: 0.3, semantics: [["class", "ball"]]}}
all: {create.group: {items: [things, balls]}}
eye: {create.camera: {position: [2.5, 0, 2], look_at: [0, 0, 0], clipping_range: [0.01, 50]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
often: {trigger.on_frame: {max_execs: 12}}
seldom: {trigger.on_frame: {interval: 3, max_execs: 4}}
a:
  with.often:
    with.all:
      randomizer.scatter_2d: {surface_prims: [floor], check_for_collisions: true}
      randomizer.rotation: null
b:
  with.seldom:
    with.things:
      randomizer.color: {colors: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}
basic: {writers.get: {name: BasicWriter, init_params: {output_dir: basic, rgb: true, bounding_box_2d_tight: true, motion_vectors: true, distance_to_camera: true}, render_products: view}}
coco: {writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}}
yolo:
  writers.get: {name: YoloWriter, init_params: {output_dir: yolo, classes: [box, ball]}, render_products: view, trigger: seldom}
"""


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scene.yaml"
    path.write_text(SCENE)
    return path


def run(*arguments: str | Path, check: bool = True, fresh: bool = False) -> subprocess.CompletedProcess[str]:
    done = commands.run(*arguments, fresh=fresh)
    assert not check or done.returncode == 0, done.stderr
    return done


def sums(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "scene.yaml").write_text(SCENE)
    run("render", folder / "scene.yaml", "-o", folder / "out", "--seed", "5", "-q", fresh=True)
    return folder / "out"


def test_two_workers_make_the_bytes_of_one(scene: Path, whole: Path, tmp_path: Path) -> None:
    run("render", scene, "-o", tmp_path / "out", "--seed", "5", "--workers", "2", "-q")

    assert sums(tmp_path / "out") == sums(whole)
    assert len(sums(whole)) > 60


def test_shuffled_order_makes_the_same_bytes(scene: Path, whole: Path, tmp_path: Path) -> None:
    order = list(range(12))
    random.Random(1).shuffle(order)
    with opened(Job(str(scene), seed=5)) as (session, sources):
        session.snapshot(0)
        report = session.recorder.report.as_json()
        dataset = Dataset(Store(str(tmp_path / "out")))
        dataset.open(session.header(sources, ()), {n: t.encode() for n, t in sources.items()}, resume=False)
        render_here(session, dataset, order, lambda frame, seconds: None)
        dataset.finish(session.finisher(), report)

    assert sums(tmp_path / "out") == sums(whole)


def test_shards_of_two_machines_merge_to_the_whole(scene: Path, whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "scene.yaml").write_text(SCENE)
    run("render", scene, "-o", tmp_path / "a", "--seed", "5", "--frames", "0:7", "-q")
    run("render", other / "scene.yaml", "-o", tmp_path / "b", "--seed", "5", "--frames", "7:12", "-q")
    run("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")

    assert sums(tmp_path / "out") == sums(whole)


def test_a_killed_run_resumes_to_the_same_bytes(scene: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["render", scene, "-o", out, "--seed", "5", "-q"]
    process = commands.start(*command)
    deadline = time.monotonic() + 60
    while (
        len(list((out / ".rendersdg" / "frames").glob("*.record")) if out.exists() else []) < 3
        and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (out / "basic" / "rgb_0011.png.999999999.partial").write_bytes(b"half")

    run(*command, "--resume")

    assert sums(out) == sums(whole)


def test_resume_replaces_a_file_that_was_cut_short(scene: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("render", scene, "-o", out, "--seed", "5", "-q")
    (out / "basic" / "rgb_0004.png").write_bytes(b"short")
    run("render", scene, "-o", out, "--seed", "5", "-q", "--resume")

    assert sums(out) == sums(whole)


def test_replay_and_verify_agree_and_notice_a_changed_file(scene: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("render", scene, "-o", out, "--seed", "5", "--frames", "4", "-q")

    assert "byte for byte" in run("replay", out, "--frame", "3", fresh=True).stdout
    assert "all as recorded" in run("verify", out).stdout
    (out / "basic" / "rgb_0003.png").write_bytes(b"other")
    altered = run("verify", out, check=False)
    assert altered.returncode == 4 and "altered: basic/rgb_0003.png" in altered.stdout


def test_another_seed_or_an_unfinished_folder_is_refused(scene: Path, whole: Path, tmp_path: Path) -> None:
    again = run("render", scene, "-o", whole, "--seed", "5", "-q", check=False)
    other = run("render", scene, "-o", whole, "--seed", "6", "-q", "--resume", check=False)

    assert again.returncode == 4 and "--resume" in again.stderr
    assert other.returncode == 4 and "seed differ" in other.stderr


def test_frames_can_be_added_later(scene: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("render", scene, "-o", out, "--seed", "5", "--frames", "5", "-q")
    run("render", scene, "-o", out, "--seed", "5", "-q", "--resume")

    assert sums(out) == sums(whole)


def test_any_fsspec_store_will_do(scene: Path, whole: Path) -> None:
    store = Store("memory://dataset")
    dataset = Dataset(store)
    with opened(Job(str(scene), seed=5)) as (session, sources):
        dataset.open(session.header(sources, ()), {}, resume=False)
        render_here(session, dataset, [0, 1], lambda frame, seconds: None)
        dataset.finish(session.finisher(), [])

    assert dataset.verify() == []
    assert store.read("basic/rgb_0000.png") == (whole / "basic" / "rgb_0000.png").read_bytes()


def test_a_triggered_writer_counts_its_own_frames(whole: Path) -> None:
    labels = sorted(p.stem for p in (whole / "yolo" / "labels").rglob("*.txt"))

    assert labels == ["000000", "000001", "000002", "000003"]


def test_writers_cannot_leave_the_folder() -> None:
    with pytest.raises(DatasetError, match="leave the output folder"):
        Store("memory://x").write("../escape", b"")


def test_a_sweep_leaves_what_a_living_process_writes(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        alive, dead = tmp_path / f"a.png.{sleeper.pid}.partial", tmp_path / "b.png.999999999.partial"
        for path in (alive, dead):
            path.write_bytes(b"half")
        Store(str(tmp_path)).sweep()

        assert alive.exists()
        assert not dead.exists()
    finally:
        sleeper.kill()
        sleeper.wait()
    Store(str(tmp_path)).sweep()

    assert not alive.exists()
