"""Frames spread over machines: the same bytes as one process, whatever is lost on the way.

The S3 tests need s3fs and moto[server], which old versions of pip do not resolve beside the rest, and the Ray test Ray,
whose cluster of three nodes is slow to come up on a busy machine: give them an environment of their own (pip install -e
".[ray,s3]" "moto[server]" pytest hypothesis). The SLURM test needs a cluster: tests/slurm/start.sh.
"""

# ruff: noqa: F811
from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.farm.job import Job, opened
from rendersdg.farm.ranges import Range, RangeResult, after_loss, drive, options_of, ranges, render_range, shared
from tests.conftest import ROOT
from tests.dataset.test_dataset import run, scene, sums, whole  # noqa: F401 # fixtures


@given(st.integers(0, 400), st.integers(1, 40), st.one_of(st.none(), st.integers(1, 50)))
def test_every_frame_is_in_one_task(count: int, workers: int, size: int | None) -> None:
    tasks = ranges(range(count), workers, size)

    assert [f for t in tasks for f in t.frames] == list(range(count))
    assert all(0 < len(t.frames) <= (size or 64) for t in tasks)
    assert size or len(tasks) >= min(count, 4 * workers) // 2  # a worker has something to go on with


@given(st.integers(0, 2**32), st.sets(st.integers(0, 29), max_size=3), st.floats(0, 0.6))
@settings(max_examples=60, deadline=None)
def test_frames_are_done_once_and_only_what_always_kills_is_given_up(
    seed: int, deadly: set[int], chance: float
) -> None:
    rng = random.Random(seed)
    done: list[int] = []
    numbers = iter(range(10_000))
    lost_at_random: dict[int, int] = {}

    def wait(running: Mapping[int, Range]) -> dict[int, RangeResult | None]:
        handle = rng.choice(list(running))
        frames = running[handle].frames
        lost = bool(deadly & set(frames))
        if not lost and rng.random() < chance and all(lost_at_random.get(f, 0) < 1 for f in frames):
            lost = True
            for f in frames:
                lost_at_random[f] = 1
        return {
            handle: None
            if lost
            else RangeResult({f: {} for f in frames if f % 7}, {f: "bad" for f in frames if not f % 7})
        }

    report, failed = drive(
        ranges(range(30), 3), lambda task: next(numbers), wait, lambda frame, seconds: done.append(frame), most=4
    )

    bad = {f for f in range(30) if not f % 7}
    assert sorted(done) == [f for f in range(30) if f not in deadly | bad] and report == []
    assert set(failed) >= deadly | (bad - deadly) and all("lost" in failed[f] for f in deadly)


def test_a_lost_task_is_tried_whole_then_frame_by_frame_then_given_up() -> None:
    task = Range((4, 5, 6))

    [again], none = after_loss(task)
    single, nothing = after_loss(again)

    assert (again.frames, none, nothing) == ((4, 5, 6), (), ())
    assert [s.frames for s in single] == [(6,), (5,), (4,)]
    assert after_loss(single[0]) == ([Range((6,), 1)], ()) and after_loss(Range((6,), 2)) == ([], (6,))


def test_options_and_places_that_cannot_be_are_told() -> None:
    with pytest.raises(BadArgument, match="no option 'colour'; it has time"):
        options_of({"colour": "red"}, {"time": int}, "slurm")
    with pytest.raises(BadArgument, match="'soon' is no int"):
        options_of({"time": "soon"}, {"time": int}, "slurm")
    with pytest.raises(DatasetError, match="memory of one process"):
        shared("memory://x")
    assert shared("out") == str(Path("out").absolute()) and shared("file://" + str(Path("out").absolute())) == shared(
        "out"
    )


def begin(path: Path, out: str) -> None:
    """Open a dataset for frames to be committed to."""
    with opened(Job(str(path), seed=5)) as (session, sources):
        Dataset(Store(out)).open(session.header(sources, ()), {n: t.encode() for n, t in sources.items()}, resume=False)


def test_a_task_renders_what_is_missing(scene: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    begin(scene, out)
    job = Job(str(scene), seed=5).absolute()

    first, second = render_range(job, out, (2, 3)), render_range(job, out, (1, 2, 3))

    assert sorted(first.seconds) == [2, 3] and sorted(second.seconds) == [1] and not first.failed


def test_a_frame_that_fails_is_told_and_the_rest_completes(
    scene: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from rendersdg.orchestrator.session import Session

    make = Session.make

    def poisoned(self: Session, frame: int) -> Any:
        if frame == 2:
            raise ZeroDivisionError("by this frame")
        return make(self, frame)

    monkeypatch.setattr(Session, "make", poisoned)
    out = str(tmp_path / "out")
    begin(scene, out)

    result = render_range(Job(str(scene), seed=6).absolute(), out, range(4))

    assert sorted(result.seconds) == [0, 1, 3] and result.failed == {2: "ZeroDivisionError: by this frame"}


def test_ray_goes_on_when_a_node_is_killed(scene: Path, whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "out"
    (tmp_path / "three_nodes.py").write_text(THREE_NODES)
    done = subprocess.run(
        [sys.executable, tmp_path / "three_nodes.py", scene, out],
        capture_output=True,
        text=True,
        timeout=400,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "RAY_USAGE_STATS_ENABLED": "0"},
    )

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "killed a node" in done.stdout
    assert sums(out) == sums(whole)


THREE_NODES = """
import sys, threading, time
from pathlib import Path
import ray
from ray.cluster_utils import Cluster
from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.farm.job import Job, opened
from rendersdg.farm.on_ray import render_on_ray

scene, out = sys.argv[1:]
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": 100_000_000})
extra = [cluster.add_node(num_cpus=1, object_store_memory=100_000_000) for _ in range(2)]
ray.init(cluster.address, log_to_driver=False, logging_level="error")
job = Job(scene, seed=5)
frames = Path(out) / ".rendersdg" / "frames"

def kill():
    while len(list(frames.glob("*.record"))) < 3:
        time.sleep(0.05)
    cluster.remove_node(extra[0], allow_graceful=False)
    print("killed a node", flush=True)

threading.Thread(target=kill, daemon=True).start()
done = []
with opened(job) as (session, sources):
    session.snapshot(0)
    report = session.recorder.report.as_json()
    dataset = Dataset(Store(out))
    dataset.open(session.header(sources, ()), {n: t.encode() for n, t in sources.items()}, resume=False)
    said, failed = render_on_ray(job.absolute(), out, range(session.length()), 3, lambda f, s: done.append(f), task_frames=2)
    assert not failed, failed
    assert sorted(done) == list(range(session.length())), done
    dataset.finish(session.finisher(), report)
ray.shutdown()
cluster.shutdown()
"""


def test_submitit_makes_the_same_bytes(scene: Path, whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    run(
        "render",
        scene,
        "-o",
        tmp_path / "out",
        "--seed",
        "5",
        "--farm",
        "slurm",
        "--workers",
        "2",
        "--task-frames",
        "4",
        "-q",
        "--farm-option",
        "cluster=local",
        "--farm-option",
        f"folder={tmp_path / 'logs'}",
    )

    assert sums(tmp_path / "out") == sums(whole)


def has_slurm() -> bool:
    """Return whether a SLURM answers."""
    try:
        return subprocess.run(["sinfo", "-h"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.mark.skipif(not has_slurm(), reason="no SLURM answers; tests/slurm/start.sh sets one up")
def test_slurm_runs_an_array_and_a_cancelled_task_again(scene: Path, whole: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "rendersdg.cli",
        "render",
        scene,
        "-o",
        tmp_path / "out",
        "--seed",
        "5",
        "--farm",
        "slurm",
        "--workers",
        "4",
        "--task-frames",
        "3",
        "-q",
        "--farm-option",
        f"folder={tmp_path / 'logs'}",
        "--farm-option",
        "mem=1G",
        "--farm-option",
        "time=5",
    ]
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT)
    cancelled = None
    for _ in range(600):
        told = subprocess.run(["squeue", "-h", "-r", "-o", "%i %T"], capture_output=True, text=True).stdout.split("\n")
        tasks = [line.split()[0] for line in told if line]
        if len(tasks) >= 4 and cancelled is None:
            cancelled = tasks[-1]
            subprocess.run(["scancel", cancelled], check=True)
            break
        time.sleep(0.1)
    assert process.wait(300) == 0
    assert cancelled is not None and sums(tmp_path / "out") == sums(whole)


def bucket_with_faults(faults: Callable[[str, str, int], str | None]) -> Iterator[tuple[str, list[str]]]:
    """Serve S3 (moto) whose requests fail as ``faults(method, path, turn)`` says: "500", "slow" or None; yield address
    and what failed.
    """
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = DomainDispatcherApplication(create_backend_app)
    turns: dict[tuple[str, str], int] = {}
    told: list[str] = []

    def middle(environ: dict[str, Any], start_response: Any) -> Any:
        key = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        turns[key] = turns.get(key, 0) + 1
        fault = faults(*key, turns[key])
        if fault:
            told.append(f"{fault} {key[0]}")
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if fault == "slow":
            time.sleep(4)
        if fault:
            start_response("500 Internal Server Error", [("Content-Type", "application/xml")])
            return [b"<Error><Code>InternalError</Code><Message>injected</Message></Error>"]
        return app(environ, start_response)

    server = make_server("127.0.0.1", 0, middle, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", told
    server.shutdown()


def test_s3_with_errors_and_timeouts_holds_the_same_bytes(
    scene: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    import fsspec

    def faults(method: str, path: str, turn: int) -> str | None:
        if (
            method not in ("PUT", "GET") or path.count("/") < 3 or turn > 1
        ):  # each object fails at its first request, if at all
            return None
        kind = sum(path.encode()) % 11
        return "500" if kind < 3 else "slow" if kind == 3 and path.endswith(".png") else None

    failed: list[str] = []
    for address, failed in bucket_with_faults(faults):  # noqa: B007
        options = {"endpoint_url": address, "key": "x", "secret": "y", "config_kwargs": {"read_timeout": 2}}
        monkeypatch.setenv("FSSPEC_S3", json.dumps(options))
        store = fsspec.filesystem("s3", skip_instance_cache=True, **options)
        store.mkdir("bucket")
        run("render", scene, "-o", "s3://bucket/out", "--seed", "5", "--workers", "2", "-q", fresh=True)
        store.invalidate_cache()
        found = {p.removeprefix("bucket/out/"): store.cat_file(p) for p in store.find("bucket/out")}

    assert {f"{kind} PUT" for kind in ("500", "slow")} <= set(failed)
    assert sorted(found) == sorted(sums(whole))
    assert all(found[p] == (whole / p).read_bytes() for p in found)


def test_s3_that_stays_down_lists_nothing_half_written_as_done(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    import fsspec

    def faults(method: str, path: str, turn: int) -> str | None:
        return "500" if (method == "PUT" and "_0005" in path) or "/00000005" in path else None

    for address, _ in bucket_with_faults(faults):
        options = {
            "endpoint_url": address,
            "key": "x",
            "secret": "y",
            "config_kwargs": {"retries": {"max_attempts": 2}},
        }
        monkeypatch.setenv("FSSPEC_S3", json.dumps(options))  # for the command
        monkeypatch.setitem(fsspec.config.conf, "s3", options)  # and for this process
        fsspec.filesystem("s3", skip_instance_cache=True, **options).mkdir("down")
        done = run("render", scene, "-o", "s3://down/out", "--seed", "5", "-q", check=False, fresh=True)
        dataset = Dataset(Store("s3://down/out"))
        committed = dataset.frames()

        assert done.returncode == 4 and "Traceback" not in done.stderr and "--resume" in done.stderr
        assert committed == [0, 1, 2, 3, 4] and dataset.missing(range(6)) == [5]
