"""How long the live picture of a scene takes: opened, after an edit of one number, after a step of the frame.

    python tests/bench/live_picture.py
    python tests/bench/live_picture.py scenes/fruit_crate.yaml --rounds 20 --size 768

It asks ``LiveScene`` as the page of ``rendersdg view`` does, through the process that paints. ``open`` has the start of
that process and all that the scene loads. Each ``edit`` changes the intensity of the text's first light, so the whole
text is recorded anew; steps of ``frame`` and ``seed`` keep what was recorded. Printed are milliseconds until the answer
is there: the median of the rounds, and of edits the slowest, too. ``edit, processor`` is what an edit costs, of all
threads: on a machine that is busy with other work it says more than the time on the clock.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path
from statistics import median
from typing import Any

from rendersdg.viewer.asks import Ask
from rendersdg.viewer.live import LiveScene

_NUMBER = re.compile(r"(?<=intensity: )\d+")
_SCENES = Path(__file__).resolve().parents[2] / "scenes"


def edited(text: str, number: int) -> str:
    """Return a text in which one number, the intensity of its first light, is larger by ``number`` thousandths."""
    return _NUMBER.sub(lambda found: str(float(found[0]) * (1 + number / 1000)), text, count=1)


def took(live: LiveScene, ask: Ask) -> tuple[float, dict[str, Any]]:
    """Return the milliseconds of one question, and its answer. Raises SystemExit for a scene that is wrong."""
    start = time.perf_counter()
    answer = live.paint(ask)
    spent = (time.perf_counter() - start) * 1000
    assert answer is not None
    if answer["errors"]:
        raise SystemExit(str(answer["errors"]))
    return spent, answer


def row(path: Path, size_px: int, rounds: int) -> str:
    """Return the table's line of one scene."""
    text = path.read_text(encoding="utf-8")
    live = LiveScene(path)
    try:
        opened, answer = took(live, Ask(text=text, size_px=size_px))
        before = processor_ms(live)
        edits = [took(live, Ask(text=edited(text, k + 1), size_px=size_px))[0] for k in range(rounds)]
        cost = (processor_ms(live) - before) / rounds
        frames = [took(live, Ask(text=text, frame=k + 1, size_px=size_px))[0] for k in range(1 + rounds)][1:]
        seeds = [took(live, Ask(text=text, seed=k + 1, size_px=size_px))[0] for k in range(rounds)]
    finally:
        live.close()
    width, height = answer["size_wh"]
    times = (opened, median(edits), max(edits), cost, median(frames), median(seeds))
    return f"| {path.stem} | {width} x {height} | {' | '.join(f'{each:,.0f}' for each in times)} |"


def processor_ms(live: LiveScene) -> float:
    """Return what the process that paints has cost so far, milliseconds of all its threads. Linux alone says so."""
    fields = Path(f"/proc/{live.process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:13]) / os.sysconf("SC_CLK_TCK") * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", type=Path, help="default: all of scenes/")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--size", type=int, default=480, help="the longer side of the picture, pixels")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, milliseconds\n")
    print("| scene | picture | open | edit | slowest edit | edit, processor | frame | seed |")
    print("|---|---|---|---|---|---|---|---|")
    for path in options.scenes or sorted(_SCENES.glob("*.yaml")):
        print(row(path, options.size, options.rounds), flush=True)


if __name__ == "__main__":
    main()
