"""Every class of bytes that a dataset has, damaged in every way: what ``verify`` and ``render --resume`` say.

    python -m tests.dataset.mutations [--bytes]

prints the table. With ``--bytes``, every single byte of the dataset's own files, and some of its images, are flipped in
turn, and ``verify`` must find each.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError, RenderSDGError
from tests.conftest import CAMERA, HEAD
from tests.datasets import sums

SCENE = (
    "profiles: [profiles/light.yaml]\n"
    + HEAD
    + CAMERA.replace("[64, 48]", "[24, 16]")
    + """
look: {create.material_omnipbr: {}}
box: {create.cube: {material: look, semantics: [["class", "box"]]}}
often: {trigger.on_frame: {max_execs: 3}}
change:
  with.often:
    with.box:
      randomizer.texture: {textures: {distribution.sequence: {items: [a.png, b.png]}}}
out: {writers.get: {name: BasicWriter, init_params: {output_dir: basic, rgb: true}, render_products: view}}
coco: {writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}}
"""
)
LIGHT = "sun: {create.light: {light_type: distant, intensity: 1000}}\n"
OWN = ".rendersdg"


def make(folder: Path, seed: int = 0) -> Path:
    """Render a small dataset into ``folder`` and return its place; the scene lies beside it."""
    (folder / "profiles").mkdir(parents=True, exist_ok=True)
    (folder / "scene.yaml").write_text(SCENE)
    (folder / "profiles" / "light.yaml").write_text(LIGHT)
    for number, name in enumerate("ab"):
        cv2.imwrite(str(folder / f"{name}.png"), np.full((2, 2, 3), 60 + 90 * number, np.uint8))
    _run("render", folder / "scene.yaml", "-o", folder / "out", "--seed", seed, "-q")
    return folder / "out"


def _run(*arguments: object) -> str:
    """Run a command in this process; return what it says in the end, empty when it ends well."""
    try:
        done = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    except RenderSDGError as error:
        return str(error)
    return "" if done.exit_code == 0 else done.output


@dataclass(frozen=True)
class Target:
    """A class of bytes: one of its files, another one of the same class, and a name for one that is added."""

    name: str
    path: str
    sibling: str
    added: str


def targets(dataset: Path) -> list[Target]:
    """Return the classes of bytes of a dataset that :func:`make` made."""
    own = sorted(p.relative_to(dataset).as_posix() for p in (dataset / OWN / "inputs").iterdir())
    pictures = sorted(p.relative_to(dataset).as_posix() for p in (dataset / "basic").rglob("rgb*.png"))
    over_all = sorted(p.relative_to(dataset).as_posix() for p in (dataset / "coco").rglob("*.json"))
    frames = f"{OWN}/frames"
    return [
        Target("header", f"{OWN}/dataset", f"{OWN}/manifest", f"{OWN}/dataset2"),
        Target("manifest", f"{OWN}/manifest", f"{OWN}/dataset", f"{OWN}/manifest2"),
        Target("record", f"{frames}/00000001.record", f"{frames}/00000002.record", f"{frames}/00000009.record"),
        Target("file of a frame", pictures[1], pictures[2], "basic/rgb_9999.png"),
        Target("file over all frames", over_all[0], pictures[0], "coco/annotations/more.json"),
        Target("copy of the scene", f"{OWN}/scene/scene.yaml", f"{OWN}/scene/profiles/light.yaml", f"{OWN}/scene/x"),
        Target("copy of a profile", f"{OWN}/scene/profiles/light.yaml", f"{OWN}/dataset", f"{OWN}/scene/profiles/x"),
        Target("input of later frames", own[0], f"{OWN}/dataset", f"{OWN}/inputs/{'0' * 32}"),
    ]


def _flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _edit(change: Callable[[bytes], bytes]) -> Callable[[Path, Path, Target], None]:
    def edit(dataset: Path, other: Path, target: Target) -> None:
        file = dataset / target.path
        file.write_bytes(change(file.read_bytes()))

    return edit


def _swap(dataset: Path, other: Path, target: Target) -> None:
    one, two = dataset / target.path, dataset / target.sibling
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def _digit(data: bytes) -> bytes:
    """Change the last digit of the first number: JSON stays JSON, and a picture is another one."""
    place = next((k for k, byte in enumerate(data) if byte in b"12345678" and data[k - 1 : k] in (b" ", b":")), 20)
    return data[:place] + (b"7" if data[place : place + 1] != b"7" else b"3") + data[place + 1 :]


def _resealed(data: bytes) -> bytes:
    """Change a digit, and the checksum at the end with it."""
    body, sign, end = data.rpartition(b',\n "')
    if not sign or end.count(b'"') != 3:
        return _digit(data)
    body = _digit(body)
    return body + sign + end.split(b'"')[0] + b'": "' + sha256(body).hexdigest().encode() + b'"\n}\n'


def _take(dataset: Path, other: Path, target: Target) -> None:
    shutil.copy(other / target.path, dataset / target.path)


def _delete(dataset: Path, other: Path, target: Target) -> None:
    (dataset / target.path).unlink()


def _add(dataset: Path, other: Path, target: Target) -> None:
    shutil.copy(dataset / target.path, dataset / target.added)


MUTATIONS: dict[str, Callable[[Path, Path, Target], None]] = {
    "cut in half": _edit(lambda data: data[: len(data) // 2]),
    "last byte cut": _edit(lambda data: data[:-1]),
    "emptied": _edit(lambda data: b""),
    "byte appended": _edit(lambda data: data + b"\n"),
    "first byte flipped": _edit(lambda data: _flipped(data, 0)),
    "middle byte flipped": _edit(lambda data: _flipped(data, len(data) // 2)),
    "last byte flipped": _edit(lambda data: _flipped(data, len(data) - 1)),
    "digit changed": _edit(_digit),
    "changed and sealed anew": _edit(_resealed),
    "replaced by {}": _edit(lambda data: b"{}\n"),
    "swapped with another file": _swap,
    "taken from another dataset": _take,
    "deleted": _delete,
    "added": _add,
}


@dataclass(frozen=True)
class Outcome:
    """What came of a mutation: what verify said, empty where it found nothing; and what --resume did."""

    found: str
    resumed: str
    is_good: bool


def verified(dataset: Path, root: str | None = None) -> str:
    """Return the first problem that ``verify`` finds, or the error that it ends with; empty when all is well."""
    try:
        return next(iter(Dataset(Store(str(dataset))).verify(root)), "")
    except DatasetError as error:
        return str(error)


def outcome(whole: Path, other: Path, target: Target, mutation: str, scratch: Path) -> Outcome | None:
    """Return what comes of a mutation of a copy of ``whole``; None where it leaves every byte as it was."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(whole, scratch)
    before = sums(whole)
    MUTATIONS[mutation](scratch, other, target)
    damaged = sums(scratch)
    if damaged == before:
        return None
    root = Dataset(Store(str(whole))).manifest()["root"]
    found = verified(scratch, root)
    said = _run("render", whole.parent / "scene.yaml", "-o", scratch, "--seed", 0, "-q", "--resume")
    after = sums(scratch)
    if not said and after == before:
        return Outcome(found, "made good", True)
    if said:
        kept = {p: s for p, s in after.items() if damaged.get(p) != s}
        is_safe = set(kept.items()) <= set(before.items())  # what it wrote before it refused is as it should be
        return Outcome(found, f"refused: {said}", is_safe)
    still = verified(scratch)
    return Outcome(found, f"left; verify still says {still!r}", bool(still))


def all_outcomes(whole: Path, other: Path, scratch: Path) -> Iterator[tuple[str, str, Outcome]]:
    """Yield (class, mutation, outcome) of every mutation of every class."""
    for target in targets(whole):
        for mutation in MUTATIONS:
            one = outcome(whole, other, target, mutation, scratch)
            if one is not None:
                yield target.name, mutation, one


def silent_bytes(whole: Path, scratch: Path, pictures: int, seed: int = 0, every: int = 1) -> tuple[int, list[str]]:
    """Return how many bytes were flipped, one at a time, and those that verify did not find.

    All bytes of the dataset's own files are, or one of ``every`` so many, and ``pictures`` bytes of each other one.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(whole, scratch)
    rng, count, silent = random.Random(seed), 0, []
    for path in sorted(sums(whole)):
        data = (whole / path).read_bytes()
        places = range(0, len(data), every) if path.startswith(OWN) else sorted(rng.sample(range(len(data)), pictures))
        for place in places:
            (scratch / path).write_bytes(_flipped(data, place))
            count += 1
            if not verified(scratch):
                silent.append(f"{path}:{place}")
        (scratch / path).write_bytes(data)
    return count, silent


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, other = make(folder / "whole"), make(folder / "other", seed=1)
        bad = rows = 0
        print("| class | mutation | verify | render --resume |\n|---|---|---|---|")
        for target, mutation, one in all_outcomes(whole, other, folder / "scratch"):
            rows += 1
            bad += not (one.found and one.is_good)
            short = [text.replace(str(folder), "").replace("\n", " ")[:150] for text in (one.found, one.resumed)]
            print(f"| {target} | {mutation} | {short[0] or 'NOT FOUND'} | {short[1]}{'' if one.is_good else ' BAD'} |")
        print(f"\n{rows} mutations, {rows - bad} found and made good, refused or still told; {bad} not")
        if "--bytes" in sys.argv:
            count, silent = silent_bytes(whole, folder / "scratch", 40)
            print(f"{count} single bytes flipped, {len(silent)} not found by verify {silent[:5]}")


if __name__ == "__main__":
    main()
