"""Power cuts: what a disk may hold after one, for every moment and for every choice of what was not flushed.

``python -m tests.dataset.power_cut`` goes through all of them; the test takes a sample.

The model: a file's bytes are sure once the file is flushed, else they are there, cut short or missing. Names made,
changed and removed in a folder are sure once the folder is flushed; of the others any may be there, in their order.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rendersdg.dataset.dataset import Dataset, FrameResult
from rendersdg.dataset.places import Folder
from rendersdg.dataset.store import Store, digest
from rendersdg.files import Disk

HEADER = {"format": "rendersdg-dataset-1", "seed": 1}
SOURCES = {"scene.yaml": b"scene", "profiles/a.yaml": b"profile"}
FRAMES = range(3)


@dataclass
class Event:
    """A change of the disk: of a name in ``folder``, or of the bytes of file ``number`` (``folder`` is "" then)."""

    folder: str
    apply: Any = None  # called with the tree
    number: int = -1
    sure_from: float = float("inf")  # the number of events after which it is flushed


@dataclass
class Tree:
    """Names by whole path: the number of a file, or None for a folder."""

    names: dict[str, int | None] = field(default_factory=dict)


@dataclass
class Unsteady(Disk):
    """A disk that keeps account of what it is asked to do, and does it. It ignores the flushes that ``lax`` names."""

    lax: frozenset[str] = frozenset()
    events: list[Event] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)  # of files, by their names of now
    lock: Any = field(default_factory=threading.RLock)

    def write(self, path: str, data: bytes, *, is_new: bool = False) -> None:
        with self.lock:
            Steady().write(path, data, is_new=is_new)
            number = len(self.contents)
            self.contents.append(data)
            self.numbers[path] = number
            self._name(path, lambda tree: tree.names.__setitem__(path, number))
            bytes_ = Event("", number=number)
            self.events.append(bytes_)
            if "files" not in self.lax:
                bytes_.sure_from = len(self.events)

    def rename(self, path: str, target: str) -> None:
        with self.lock:
            super().rename(path, target)
            number = self.numbers[target] = self.numbers.pop(path)

            def renamed(tree: Tree) -> None:
                tree.names.pop(path, None)
                tree.names[target] = number

            self._name(path, renamed)

    def link(self, path: str, target: str) -> None:
        with self.lock:
            super().link(path, target)
            number = self.numbers[target] = self.numbers[path]
            self._name(path, lambda tree: tree.names.__setitem__(target, number))

    def unlink(self, path: str) -> None:
        with self.lock:
            super().unlink(path)
            self._name(path, lambda tree: tree.names.pop(path, None))

    def make_folder(self, path: str) -> bool:
        with self.lock:
            made = super().make_folder(path)
            if made:
                self._name(path, lambda tree: tree.names.__setitem__(path, None))
            return made

    def flush_folder(self, path: str) -> None:
        with self.lock:
            for event in self.events if "folders" not in self.lax else ():
                if event.folder == path:
                    event.sure_from = min(event.sure_from, len(self.events))

    def _name(self, path: str, apply: Any) -> None:
        self.events.append(Event(os.path.dirname(path), apply))


class Steady(Disk):
    """A disk that loses nothing, so that nothing need be flushed."""

    def write(self, path: str, data: bytes, *, is_new: bool = False) -> None:
        with open(path, "xb" if is_new else "wb") as file:
            file.write(data)

    def flush_folder(self, path: str) -> None:
        pass


def result(frame: int) -> FrameResult:
    files = {f"rgb/{frame:04d}.png": b"pixels" * (frame + 2), f"labels/{frame:04d}.txt": b"box %d" % frame}
    return FrameResult(frame, files, {"labels": frame}, {"value": frame})


def complete(root: Path, disk: Disk, *, resume: bool) -> Dataset:
    """Begin or continue the dataset, make what is missing, and finish it."""
    dataset = Dataset(Store(str(root), Folder(str(root), disk)))
    dataset.open(HEADER, SOURCES, resume=resume)
    for frame in dataset.missing(FRAMES):
        dataset.commit(result(frame))
    dataset.finish(lambda parts, read: {"all.txt": repr(sorted(parts["labels"].items())).encode()}, [], wanted=FRAMES)
    return dataset


def files(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def after(disk: Unsteady, root: Path, moment: int, kept: set[int], short: dict[int, int], place: Path) -> None:
    """Make the folder ``place`` what ``root`` may be after a power cut at ``moment`` (a number of events).

    ``kept`` are the events that took effect although they were not flushed, ``short`` the files whose bytes did not,
    with how many of them did.
    """
    tree = Tree()
    for k, event in enumerate(disk.events[:moment]):
        if event.folder and (event.sure_from <= moment or k in kept):
            event.apply(tree)
    for path in sorted(tree.names):  # what lies in a folder whose name got lost is lost with it
        target = place / os.path.relpath(path, root)
        if not target.parent.is_dir():
            continue
        number = tree.names[path]
        if number is None:
            target.mkdir(exist_ok=True)
        else:
            data = disk.contents[number]
            target.write_bytes(data[: short.get(number, len(data))])


def losses(disk: Unsteady, moment: int, rng: random.Random, most: int) -> Iterator[tuple[set[int], dict[int, int]]]:
    """Yield choices of what got lost at a moment: nothing, all, each alone, each but one, and some at random."""
    open_ = [k for k, event in enumerate(disk.events[:moment]) if event.sure_from > moment]
    choices = [set(open_), set(), *({k} for k in open_), *(set(open_) - {k} for k in open_)]
    choices += [{k for k in open_ if rng.random() < 0.5} for _ in range(most)]
    for kept in choices:
        lost = [disk.events[k].number for k in open_ if disk.events[k].number >= 0 and k not in kept]
        yield kept, {n: rng.choice([0, len(disk.contents[n]) // 2]) for n in lost}


def fault(place: Path, whole: dict[str, bytes]) -> str | None:
    """Return what is wrong with a dataset after a power cut, or with what becomes of it; None where all is well."""
    dataset = Dataset(Store(str(place)))
    for frame in dataset.frames():
        for path, file in dataset.record(frame)["files"].items():
            if dataset.store.size(path) is None or digest(dataset.store.read(path)) != file["sha256"]:
                return f"the record of frame {frame} is there and {path} is not whole"
    complete(place, Steady(), resume=True)
    now = files(place)
    differ = sorted(path for path in {*now, *whole} if now.get(path) != whole.get(path))
    return f"after --resume {differ} differ" if differ else None


def campaign(seed: int, share: float, lax: frozenset[str] = frozenset()) -> tuple[int, list[str]]:
    """Return how many power cuts were tried, a ``share`` of all, and what went wrong."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        root, place, disk = Path(folder, "out"), Path(folder, "after"), Unsteady(lax=lax)
        complete(root, disk, resume=False)
        whole, count, faults = files(root), 0, []
        for moment in range(len(disk.events) + 1):
            for kept, short in losses(disk, moment, rng, 4):
                if rng.random() >= share:
                    continue
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
                after(disk, root, moment, kept, short, place)
                count += 1
                try:
                    wrong = fault(place, whole)
                except Exception as error:
                    wrong = f"{type(error).__name__}: {error}"
                if wrong:
                    faults.append(f"after event {moment}, {len(kept)} unflushed ones kept: {wrong}")
        return count, faults


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0)
    tried, wrong = campaign(**vars(parser.parse_args()))
    print(f"{tried} power cuts, {len(wrong)} faults", *wrong[:20], sep="\n")
    raise SystemExit(bool(wrong))
