"""Commands that are killed, and two commands at once: what they leave is continued to the same bytes, never mixed.

``python -m tests.dataset.kills --mode one`` (``two``, ``slurm``, ``ray``, ``s3``) kills ``--times`` runs of ``render``
and continues each. The kills are spread evenly over what is done by then: a run is killed before its first frame is
recorded, between the first and the second, ..., after the last, each time at any moment until the next is. ``--mode
twins`` (``twins-s3``) starts two commands at the same moment. SLURM is submitit's own processes, Ray is started by this
script, S3 is moto. Exit code 1: something came out different.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from tests import commands

SCENE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
box: {create.cube: {count: 5, semantics: [["class", "box"]]}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
often: {trigger.on_frame: {max_execs: 100}}
turn: {with.often: {with.box: {randomizer.rotation: null}}}
basic: {writers.get: {name: BasicWriter, init_params: {output_dir: basic, rgb: true}, render_products: view}}
coco: {writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}}
"""
_MODES: dict[str, list[str]] = {
    "one": [],
    "two": ["--workers", "2"],
    "slurm": ["--farm", "slurm", "--workers", "2", "--task-frames", "3", "--farm-option", "cluster=local"],
    "ray": ["--farm", "ray", "--workers", "2", "--task-frames", "3", "--farm-option", "address=auto"],
    "s3": [],
}


@dataclass
class Bench:
    """Where the runs are: folders, or a bucket."""

    folder: Path
    options: list[str]
    frames: int
    bucket: str | None = None

    def place(self, name: str) -> str:
        return f"s3://{self.bucket}/{name}" if self.bucket else str(self.folder / name)

    def arguments(self, name: str, *more: str, seed: int = 5) -> list[str]:
        options = [*self.options, "--farm-option", f"folder={self.folder / 'logs'}"] if self._is_slurm else self.options
        return ["render", str(self.folder / "scene.yaml"), "-o", self.place(name), "--seed", str(seed), "-q"] + [
            *("--frames", str(self.frames)),
            *options,
            *more,
        ]

    @property
    def _is_slurm(self) -> bool:
        return "slurm" in self.options

    def start(self, name: str, *more: str, seed: int = 5) -> commands.Command:
        return commands.start(*self.arguments(name, *more, seed=seed))

    def run(self, name: str, *more: str, seed: int = 5) -> subprocess.CompletedProcess[str]:
        return self.start(name, *more, seed=seed).wait()

    def files(self, name: str) -> dict[str, bytes]:
        store = Store(self.place(name))
        return {path: store.read(path) for path in store.names()}

    def recorded(self, name: str) -> int:
        """Return how many frames of a dataset are recorded by now."""
        return len(Dataset(Store(self.place(name))).frames())

    def settle(self) -> None:
        """Wait until tasks of a killed command, which go on without it, have ended."""
        until = time.monotonic() + 120
        while self._is_slurm and time.monotonic() < until:
            if not _processes_with(str(self.folder / "logs")):
                return
            time.sleep(0.2)


def _processes_with(text: str) -> list[int]:
    """Return the processes of this machine whose command line has ``text``, but for this one."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if (
                entry.name.isdigit()
                and int(entry.name) != os.getpid()
                and text.encode() in (entry / "cmdline").read_bytes()
            ):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def turns(times: int, minutes: float) -> Iterator[int]:
    """Give the numbers below ``times``, as long as the minutes last."""
    until = time.monotonic() + 60 * minutes
    for turn in range(times):
        if time.monotonic() < until:
            yield turn


def kill_and_resume(bench: Bench, times: int, rng: random.Random, minutes: float = math.inf) -> list[str]:
    """Kill and continue ``times`` runs, or as many as ``minutes`` allow; print what the kills met, and return what went
    wrong.
    """
    done = bench.run("whole")
    assert done.returncode == 0, done.stderr
    again = bench.start("again")
    lasts = _seconds_by_progress(bench, "again", again)
    done = again.wait()
    assert done.returncode == 0, done.stderr
    whole, wrong, met = bench.files("whole"), list[str](), Counter[str]()
    assert bench.files("again") == whole
    for turn in turns(times, minutes):
        name, goal = f"kill{turn}", turn % (bench.frames + 1)
        command = bench.start(name)
        _wait_for(bench, name, command, goal)
        time.sleep(rng.uniform(0.0, lasts[goal]))
        victim = command.pid
        if "--workers" in bench.options and "--farm" not in bench.options and rng.random() < 0.4:
            victim = rng.choice(_children(command.pid) or [command.pid])
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        died = command.wait()
        there = bench.recorded(name)
        met["ended before" if died.returncode == 0 else f"{there:2d} frames there"] += 1
        resumed = bench.run(name, "--resume")
        bench.settle()
        now = bench.files(name)
        differ = sorted(path for path in {*now, *whole} if now.get(path) != whole.get(path))
        if resumed.returncode or differ or Dataset(Store(bench.place(name))).verify():
            wrong.append(
                f"{name}: {there} frames, code {resumed.returncode}, {differ[:5]} differ; {resumed.stderr[-300:]}"
            )
            print(wrong[-1], flush=True)  # a campaign may be ended before its summary
    print(
        f"{sum(lasts):.1f} s undisturbed; {met.total()} kills met: "
        + ", ".join(f"{what}: {n}" for what, n in sorted(met.items()))
    )
    return wrong


def _seconds_by_progress(bench: Bench, name: str, command: commands.Command) -> list[float]:
    """Return how long a run has 0, 1, ..., all frames recorded, seconds; it ends with the last of them."""
    marks = [time.monotonic()]
    for goal in range(1, bench.frames + 1):
        _wait_for(bench, name, command, goal)
        marks.append(time.monotonic())
    while not _has_ended(command.pid):
        time.sleep(0.001)
    return [after - before for before, after in zip(marks, [*marks[1:], time.monotonic()])]


def _wait_for(bench: Bench, name: str, command: commands.Command, frames: int) -> None:
    """Wait until so many frames are recorded, or the command has ended."""
    while frames and bench.recorded(name) < frames and not _has_ended(command.pid):
        time.sleep(0.001)


def _has_ended(process: int) -> bool:
    """Return whether a process has ended, be it that nobody has waited for it yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _children(process: int) -> list[int]:
    """Return the rendering processes below a process."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(p) for p in text.split() if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]


def twins(bench: Bench, times: int, rng: random.Random, minutes: float = math.inf) -> list[str]:
    """Start two commands at once, ``times`` times or as long as ``minutes``: of two seeds, of one, two that resume;
    return what went wrong.
    """
    whole = {}
    for seed in (5, 6):
        assert bench.run(f"whole{seed}", seed=seed).returncode == 0
        whole[seed] = bench.files(f"whole{seed}")
    wrong, met = list[str](), Counter[str]()
    for turn in turns(times, minutes):
        name, kind = f"twin{turn}", ("two seeds", "two seeds", "one seed", "both resume")[turn % 4]
        seeds = (5, 6) if kind == "two seeds" else (5, 5)
        if rng.random() < 0.5:
            seeds = seeds[::-1]
        more = ["--resume"] if kind == "both resume" else []
        pair = [bench.start(name, *more, seed=seed) for seed in seeds]
        ended = [one.wait() for one in pair]
        codes = [one.returncode for one in ended]
        met[f"{kind}: {' and '.join(map(str, sorted(codes)))}"] += 1
        now = bench.files(name)
        winners = [seed for seed, code in zip(seeds, codes) if code == 0]
        good = bool(winners) and all(now == whole[seed] for seed in winners) and set(codes) <= {0, 4}
        good &= kind != "two seeds" or codes.count(0) == 1
        good &= kind != "both resume" or codes == [0, 0]
        if not good or any("Traceback" in one.stderr for one in ended):
            differ = {s: sorted(p for p in {*now, *whole[s]} if now.get(p) != whole[s].get(p))[:4] for s in set(seeds)}
            wrong.append(f"{name}, {kind}: codes {codes}, differ {differ}; {[one.stderr[-200:] for one in ended]}")
            print(wrong[-1], flush=True)
    print(f"codes of {met.total()} pairs: " + ", ".join(f"{what}: {n}" for what, n in sorted(met.items())))
    return wrong


@contextmanager
def bench_of(mode: str, frames: int) -> Iterator[Bench]:
    """Yield where the runs of a mode are."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scene.yaml").write_text(SCENE)
        bench = Bench(Path(folder), _MODES.get(mode, []), frames)
        if mode == "ray":
            ray = [sys.executable, "-m", "ray.scripts.scripts"]
            subprocess.run(
                [*ray, "start", "--head", "--num-cpus", "2", "--port", "6399"], check=True, capture_output=True
            )
            try:
                yield bench
            finally:
                subprocess.run([*ray, "stop"], check=True, capture_output=True)
        elif mode.endswith("s3"):
            import fsspec
            from moto.server import ThreadedMotoServer

            server = ThreadedMotoServer(port=0, verbose=False)
            server.start()
            host, port = server.get_host_and_port()
            options = {"endpoint_url": f"http://{host}:{port}", "key": "x", "secret": "y"}
            os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
            fsspec.config.conf["s3"] = options
            fsspec.filesystem("s3").mkdir("bucket")
            bench.bucket = "bucket"
            os.environ["FSSPEC_S3"] = json.dumps(
                options
            )  # before the process that commands are forks of imports fsspec
            try:
                yield bench
            finally:
                server.stop()
        else:
            yield bench


def main() -> None:
    """Run what the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=[*_MODES, "twins", "twins-s3"], default="one")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=math.inf, help="after which no further run begins")
    options = parser.parse_args()
    work = twins if options.mode.startswith("twins") else kill_and_resume
    start = time.monotonic()
    with bench_of(options.mode, options.frames) as bench:
        wrong = work(bench, options.times, random.Random(options.seed), options.minutes)
    print(
        f"{options.mode}: {len(wrong)} wrong ({time.monotonic() - start:.0f} s)",
        *wrong,
        sep="\n",
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
