"""What commands cost before they do their work: CPU time of the whole process, least of some runs, and when the first
frame is there.

    python tests/bench/startup.py [--rounds 5] [--scene scenes/fruit_crate.yaml] [--frames 20]

CPU time is user and system time. Prints the machine's load, too: other work there lengthens the time until a frame is
there and, where cores share their units, CPU time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLI = ("-m", "rendersdg.cli")
POLL = 0.01  # seconds between looks for the first frame's record


def cpu(*arguments: str) -> float:
    """Return the CPU seconds of a Python process with these arguments."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime


def frames(scene: str, count: int, out: Path, *more: str) -> tuple[float, float, float]:
    """Return seconds until the first frame is there and until all are, and CPU seconds,
    of rendering ``count`` frames.
    """
    shutil.rmtree(out, ignore_errors=True)
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *CLI, "render", scene, "-o", str(out), "--frames", str(count), "-q", *more]
    )
    first = None
    while True:
        if first is None and any((out / ".rendersdg" / "frames").glob("*.record")):
            first = time.monotonic() - start
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        time.sleep(POLL)
    whole = time.monotonic() - start
    assert status == 0, f"the command ended with {status}"
    return whole if first is None else first, whole, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scene", default="scenes/fruit_crate.yaml")
    parser.add_argument("--frames", type=int, default=20)
    o = parser.parse_args()
    print(
        f"load {', '.join(f'{x:.1f}' for x in os.getloadavg())} on {os.cpu_count()} cores; CPU seconds, least of "
        f"{o.rounds}"
    )
    for label, arguments in {
        "python -c pass": ("-c", "pass"),
        "import rendersdg": ("-c", "import rendersdg"),
        "rendersdg --help": (*CLI, "--help"),
        "rendersdg render --help": (*CLI, "render", "--help"),
        "render, no such scene": (*CLI, "render", "no_such_scene.yaml", "-o", "out"),
        "loading the renderer": ("-c", "import rendersdg.orchestrator.session, rendersdg.yaml.parser"),
    }.items():
        print(f"{label:26s} {min(cpu(*arguments) for _ in range(o.rounds)):6.2f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        print(f"render {o.scene}: seconds, least of {o.rounds} each: first frame, all, and CPU seconds")
        for count, more in ((1, ()), (o.frames, ()), (o.frames, ("--workers", "2"))):
            rows = [frames(o.scene, count, out, *more) for _ in range(o.rounds)]
            least = "  ".join(f"{min(column):6.2f}" for column in zip(*rows))
            print(f"{' '.join(('--frames', str(count), *more)):26s} {least}", flush=True)


if __name__ == "__main__":
    main()
