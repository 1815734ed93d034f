"""Frames on Ray: the same bytes when a node is killed.

The cluster of three nodes is slow to come up on a busy machine: give Ray an environment of its own (pip install -e
".[ray]" pytest hypothesis).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.datasets import sums


@pytest.mark.slow
@pytest.mark.extra
def test_ray_goes_on_when_a_node_is_killed(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "out"
    (tmp_path / "three_nodes.py").write_text(THREE_NODES)
    done = subprocess.run(
        [sys.executable, tmp_path / "three_nodes.py", scene_file, out],
        capture_output=True,
        text=True,
        timeout=400,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "RAY_USAGE_STATS_ENABLED": "0"},
    )

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "killed a node" in done.stdout
    assert sums(out) == sums(whole_dataset)


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
head = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 100_000_000}
cluster = Cluster(initialize_head=True, head_node_args=head)
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
    every = range(session.length())
    said, failed = render_on_ray(job.absolute(), out, every, 3, lambda f, s: done.append(f), task_frames=2)
    assert not failed, failed
    assert sorted(done) == list(range(session.length())), done
    dataset.finish(session.finisher(), report)
ray.shutdown()
cluster.shutdown()
"""
