"""Damaged datasets: what comes of verifying, continuing, merging and replaying them.

``python -m tests.fuzz.datasets [CASES] [SEED]`` runs many and prints the faults and the counts; the tests run a few,
and the cases that once failed.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.dataset.dataset import Dataset, FrameResult
from rendersdg.dataset.merging import merge
from rendersdg.dataset.records import MANIFEST, sealed
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError, RenderSDGError
from rendersdg.farm.job import Job, opened
from rendersdg.orchestrator.session import Session
from tests.dataset.mutations import OWN, make
from tests.datasets import sums
from tests.fuzz.mutation import bound_memory, choose, damaged, told

FRAMES = range(3)
COMMANDS_EVERY = 20  # cases: opening a scene takes longer than all else
VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**64, 10**400, 0.5, -0.0, 1e300, float("nan"), float("inf")),
    *("", "x", "..", "/etc", "../../x", "a//b", "a/../../b", "C:\\x", "\ud800", "\0", "0" * 64, "f" * 64, "é"),
    *("rendersdg-dataset-1", "rendersdg-dataset-3"),
    *([], {}, [[]], [1, "a"], {"a": 1}, {"": ""}, {"../x": "0" * 64}, {"frame": 1}),
)


@dataclass
class Bench:
    """What the cases share: a whole dataset, the open session that made it, and its frames once more."""

    whole: Path
    other: Path
    session: Session
    sources: dict[str, bytes]
    made: dict[int, FrameResult]
    sums: dict[str, str]
    root: str


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Give a bench whose files lie in ``folder``, with the scene's folder as the working one."""
    whole, other = make(folder / "whole"), make(folder / "other", seed=1)
    before = os.getcwd()  # contextlib.chdir is of Python 3.11
    with opened(Job(str(whole.parent / "scene.yaml"), seed=0)) as (session, sources):
        os.chdir(whole.parent)
        session.header(sources, ())
        made = {frame: session.make(frame) for frame in FRAMES}
        copies = {name: text.encode() for name, text in sources.items()}
        root = Dataset(Store(str(whole))).manifest()["root"]
        try:
            yield Bench(whole, other, session, copies, made, sums(whole), root)
        finally:
            os.chdir(before)


def harm(rng: np.random.Generator, place: Path, other: Path) -> str:
    """Damage one file of a dataset, or move files about; return what was done."""
    files = sorted(p for p in place.rglob("*") if p.is_file())
    own = [p for p in files if OWN in p.parts]
    file = Path(str(choose(rng, own if rng.random() < 0.8 else files)))
    name, way = file.relative_to(place), int(rng.integers(10))
    second = Path(str(choose(rng, files)))
    if way == 0:
        file.unlink()
    elif way == 1:
        shutil.copy(second, file) if second != file else None
    elif way == 2:
        shutil.move(file, place / "moved")
    elif way == 3 and (other / name).exists():
        shutil.copy(other / name, file)
    elif way == 4:
        file.with_name(f"{file.name}{choose(rng, ('2', '.json', '.record', '~'))}").write_bytes(file.read_bytes())
    elif way in (5, 6) or not is_sealed(file):
        file.write_bytes(damaged(rng, file.read_bytes()))
        return f"bytes of {name}"
    else:
        return f"values of {name}: {_values_changed(rng, file)}"
    return f"way {way} of {name}"


def is_sealed(file: Path) -> bool:
    """Return whether a file is JSON with a checksum of itself."""
    return b',\n "sha256": "' in file.read_bytes()[-100:] or b',\n "root": "' in file.read_bytes()[-100:]


def _values_changed(rng: np.random.Generator, file: Path) -> str:
    """Change values of a file of a dataset's own, and seal it as one would who knows how."""
    try:
        tree = json.loads(file.read_bytes())
        name = "root" if "root" in tree else "sha256"
        tree.pop(name, None)
        done = []
        for _ in range(int(rng.integers(1, 4))):
            holder, key = _spot(rng, tree)
            if rng.random() < 0.2 and isinstance(holder, dict):
                del holder[key]
                done.append(f"no {key}")
            else:
                holder[key] = value = _value(rng)
                done.append(f"{key}={repr(value)[:30]}")
        file.write_bytes(sealed(tree, name, indent=1 if name == "root" or file.name == "dataset" else None))
    except (ValueError, TypeError, AttributeError, RecursionError):  # damaged before, or emptied now
        file.write_bytes(damaged(rng, file.read_bytes()))
        return "bytes"
    return ", ".join(done)


def _spot(rng: np.random.Generator, tree: Any) -> tuple[Any, Any]:
    """Return a place below a tree: what holds it, and its key or index there."""
    spots: list[tuple[Any, Any]] = []
    ahead = [tree]
    while ahead:
        holder = ahead.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        spots += [(holder, key) for key in keys]
        ahead += [holder[key] for key in keys if isinstance(holder[key], (dict, list))]
    return spots[int(rng.integers(min(len(spots), 12 if rng.random() < 0.5 else len(spots))))]


def _value(rng: np.random.Generator) -> object:
    if rng.random() < 0.05:
        deep: object = 1
        for _ in range(400):
            deep = [deep]
        return deep
    return choose(rng, VALUES)


def continued(shared: Bench, place: Path, is_forged: bool) -> None:
    """Do what ``render --resume`` does, with frames that were made before. Raises AssertionError for what is lost.

    ``is_forged`` says that a record was sealed anew, or a note of an input is gone, and that the manifest, which would
    tell, is damaged as well: only the root that somebody noted tells then.
    """
    dataset = Dataset(Store(str(place)))
    texts = {name: data.decode() for name, data in shared.sources.items()}
    header = shared.session.header(texts, ())
    dataset.open(header, shared.sources, resume=True, content=shared.session.recorder.resolver.content)
    for frame in dataset.missing(FRAMES):
        dataset.commit(shared.made[frame])
    dataset.finish(shared.session.finisher(), [])
    now = sums(place)
    if not is_forged and any(now.get(path) != content for path, content in shared.sums.items() if path != MANIFEST):
        assert Dataset(Store(str(place))).verify(), "continued, verified, and not what it was"


def merged(shared: Bench, place: Path, target: Path) -> None:
    """Do what ``merge`` does. Raises AssertionError for a merge that is not the whole and is called good."""
    merge([Dataset(Store(str(place)))], Dataset(Store(str(target))), lambda header: shared.session.finisher())
    lost = [p for p in shared.sums if p in sums(target) and sums(target)[p] != shared.sums[p] and p != MANIFEST]
    assert not lost or Dataset(Store(str(place))).verify(shared.root), f"merged, and {lost[0]} is another"


def _of_it(found: dict[str, str], shared: Bench) -> dict[str, str]:
    """Return what belongs to the dataset: others may put files beside it."""
    return {path: content for path, content in found.items() if path in shared.sums or path.startswith(f"{OWN}/")}


def _command(*arguments: str) -> None:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    if done.exit_code:
        raise DatasetError("ended")


def case(seed: int, shared: Bench, scratch: Path) -> tuple[str, list[str]]:
    """Return what was done to a copy of the whole dataset, and what came of each thing that is done with datasets."""
    rng = np.random.default_rng(seed)
    place, target = scratch / "set", scratch / "merged"
    for folder in (place, target):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shared.whole, place)
    done = "; ".join(harm(rng, place, shared.other) for _ in range(int(rng.integers(1, 3))))
    is_same = _of_it(sums(place), shared) == shared.sums
    problems: list[str] = []

    def verify() -> None:
        problems.extend(Dataset(Store(str(place))).verify(shared.root))

    def look() -> None:
        dataset = Dataset(Store(str(place)))
        dataset.header(), dataset.later_inputs(), dataset.gaps(FRAMES, "stat")

    steps: list[Callable[[], None]] = [verify, look, lambda: merged(shared, place, target)]
    if seed % COMMANDS_EVERY == 0:
        steps.append(lambda: _command("replay", str(place), "--frame", "1"))
        steps.append(lambda: _command("merge", str(place), "-o", str(scratch / f"merged{seed}")))
    is_sealed_anew = any(f"{what} of {OWN}/" in done for what in ("values", "way 0", "way 2"))
    is_forged = is_sealed_anew and f"{OWN}/manifest" in done
    steps.append(lambda: continued(shared, place, is_forged))
    said = [told(step) for step in steps]
    if said[0] == "accepted" and not problems and not is_same:
        said[0] = "FAULT: verify finds nothing"
    if said[0] == "accepted" and problems:
        said[0] = f"found: {problems[0]}"
    return done, said


def main(cases: int, seed: int) -> int:
    """Run so many cases; return how many faults there were."""
    counts: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder,
        bench(Path(folder)) as shared,
    ):
        bound_memory()
        for number in range(cases):
            done, said = case(seed + number, shared, Path(folder))
            for step, text in zip(("verify", "look", "merge", "...", "..."), said):
                counts[f"{step} {text.partition(':')[0]}" if step != "..." else text.partition(":")[0]] += 1
            if any(text.startswith("FAULT") for text in said):
                counts["cases with a fault"] += 1
                print(f"{seed + number} ({done}): {[t[:300] for t in said if t.startswith('FAULT')]}", flush=True)
    print(dict(counts), f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most")
    print(f"{sum(resource.getrusage(resource.RUSAGE_SELF)[:2]):.0f} CPU seconds for {cases} datasets")
    return counts["cases with a fault"]


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "200")
    try:
        sys.exit(1 if main(*(int(v) for v in [*sys.argv[1:], "1000", "0"][:2])) else 0)
    except RenderSDGError as error:
        sys.exit(str(error))
