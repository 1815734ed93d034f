"""Damaged assets by the thousand, each opened in a child process:
``python -m tests.hostile.assets.campaign usdc --cases 5000``.

A case is told by its loader, seed and number: ``--only 17`` opens one alone, here, with its traceback.
"""

from __future__ import annotations

import os

if __name__ == "__main__":
    os.environ.setdefault("PXR_WORK_THREAD_LIMIT", "1")  # threads do not outlive a fork

import argparse
import logging
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from tests.hostile.assets.crates import damaged_crate
from tests.hostile.assets.mutations import damaged
from tests.hostile.assets.opened import outcome
from tests.hostile.assets.sandbox import Outcome, outcomes
from tests.hostile.assets.seeds import DAMAGED, KINDS, finished, seeds
from tests.hostile.assets.usd_seeds import Files

GOOD = ("drawn", "refused")


def case(loader: str, seed: int, number: int) -> Files:
    """Return the files of a damaged asset."""
    made = seeds()[loader]
    rng = np.random.default_rng([seed, number, *loader.encode()])
    files = dict(made[number % len(made)])
    name = DAMAGED.get(loader, next(iter(files)))
    kind = KINDS.get(loader, "bytes")
    files[name] = damaged_crate(files[name], rng) if kind == "crate" else damaged(files[name], kind, rng)
    return finished(loader, files)


def campaign(loader: str, seed: int, numbers: range) -> list[Outcome]:
    """Return the outcomes of cases."""
    seeds()  # before the children are made
    return list(outcomes(numbers, lambda number: outcome(case(loader, seed, number))))


def main() -> int:
    """Run the cases that the command line asks for; print a row for each loader, and the faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("loaders", nargs="+", help="names of loaders, or all")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep", type=Path, help="where the files of --only are left")
    options = parser.parse_args()
    logging.disable()
    loaders = list(seeds()) if options.loaders == ["all"] else options.loaders
    if options.only is not None:
        files = case(loaders[0], options.seed, options.only)
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            for name, data in files.items():
                (options.keep / name).write_bytes(data)
        print(*outcome(files))
        return 0
    faults = 0
    for loader in loaders:
        found = campaign(loader, options.seed, range(options.cases))
        kinds = Counter(o.kind for o in found)
        bad = [(k, o) for k, o in enumerate(found) if o.kind not in GOOD]
        faults += len(bad)
        worst = f"{max(o.seconds for o in found):.2f} s | {max(o.megabytes for o in found):.0f} MB"
        print(f"| {loader} | {len(found)} | {kinds['drawn']} | {kinds['refused']} | {len(bad)} | {worst} |", flush=True)
        for number, o in bad:
            last = o.text.strip().splitlines()[-1][:300] if o.text.strip() else ""
            where = [line.strip() for line in o.text.splitlines() if 'File "' in line and "rendersdg" in line][-1:]
            print(f"  {number}: {o.kind}: {last} {where} {o.seconds:.1f} s {o.megabytes:.0f} MB", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
