"""A store that fails: every fault at every call in turn, through render, resume, verify, replay and merge.

``python -m tests.dataset.faulty`` goes through all and prints the table of docs/datasets.md; the test takes a sample.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

from rendersdg.cli.datasets import merge_datasets, replay, verify
from rendersdg.cli.rendering import render
from rendersdg.dataset import faults
from rendersdg.errors import RenderSDGError

SCENE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
box: {create.cube: {semantics: [["class", "box"]]}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [32, 24]}}
often: {trigger.on_frame: {max_execs: 3}}
turn: {with.often: {with.box: {randomizer.rotation: null}}}
basic: {writers.get: {name: BasicWriter, init_params: {output_dir: basic, rgb: true}, render_products: view}}
coco: {writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}}
"""
Files = dict[str, bytes]


@dataclass
class Fault:
    """``kind`` happens at call number ``at``, and at all after it where it ``lasts``."""

    kind: str
    at: int
    lasts: bool = False
    happened: bool = False


FAULT: list[Fault] = []  # the one at work, if any
CALLS: list[str] = []  # what was asked of the store


class FaultyFileSystem(MemoryFileSystem):  # type: ignore[misc] # fsspec has no types
    """Memory whose calls fail as FAULT says."""

    protocol = "faulty"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        path = path.removeprefix("faulty://").strip("/")
        return "/" + path if path else ""

    def info(self, path: str, **kwargs: Any) -> Any:
        return self._with_fault("info", path, lambda: MemoryFileSystem.info(self, path, **kwargs))

    def cat_file(self, path: str, **kwargs: Any) -> Any:
        def content() -> bytes:
            if self._strip_protocol(path) not in self.store:
                raise FileNotFoundError(errno.ENOENT, "Not Found", path)
            return bytes(self.store[self._strip_protocol(path)].getvalue())

        return self._with_fault("cat", path, content)

    def find(self, path: str, **kwargs: Any) -> Any:
        def shuffled() -> Any:
            found = super(FaultyFileSystem, self).find(path, **kwargs)
            if not any(strikes(len(CALLS), fault, "reordered listing") for fault in FAULT):
                return found
            items = list(found.items())
            random.Random(len(items)).shuffle(items)
            return dict(items)

        return self._with_fault("find", path, shuffled)

    def rm_file(self, path: str) -> None:
        self._with_fault("rm", path, lambda: MemoryFileSystem.rm_file(self, path))

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        def half() -> None:
            MemoryFileSystem.pipe_file(self, path, value[: len(value) // 2], mode=mode)

        self._with_fault("pipe", path, lambda: MemoryFileSystem.pipe_file(self, path, value, mode=mode), half)

    def exists(self, path: str, **kwargs: Any) -> bool:
        return self._strip_protocol(path) in self.store  # what memory itself asks while it writes

    def _with_fault(self, name: str, path: str, do: Callable[[], Any], half: Callable[[], None] = lambda: None) -> Any:
        CALLS.append(name)
        for fault in FAULT:
            kind = fault.kind
            if not strikes(len(CALLS), fault, kind):
                continue
            fault.happened = True
            if kind == "500":
                raise OSError(getattr(errno, "EREMOTEIO", errno.EIO), "Internal Server Error")
            if kind == "time-out":
                raise TimeoutError("no answer")
            if kind == "time-out, but done":
                do()
                raise TimeoutError("no answer")
            if kind == "403":
                raise PermissionError(errno.EACCES, "Access Denied")
            if kind == "404 for present" and name != "pipe":
                raise FileNotFoundError(errno.ENOENT, "Not Found", path)
            if kind == "torn write":
                half()
                raise ConnectionResetError("connection reset")
            if kind == "torn write, told as done" and name == "pipe":
                return half()
        return do()


def strikes(call: int, fault: Fault, kind: str) -> bool:
    return fault.kind == kind and (call >= fault.at if fault.lasts else call == fault.at)


KINDS = (
    "500",
    "time-out",
    "time-out, but done",
    "403",
    "404 for present",
    "torn write",
    "torn write, told as done",
    "reordered listing",
)


class Shelf:
    """Where the datasets of a trial are, seen from behind the faults."""

    def url(self, name: str) -> str:
        return f"faulty://{name}"

    def held(self, name: str) -> Files:
        """Return the files of a dataset as the store has them, whatever it says."""
        found = {p.removeprefix(f"/{name}/"): f for p, f in FaultyFileSystem.store.items() if p.startswith(f"/{name}/")}
        return {path: bytes(file.getvalue()) for path, file in found.items()}

    def put(self, name: str, files: Files) -> None:
        """Make a dataset of the store hold ``files`` and nothing else."""
        for path in [p for p in FaultyFileSystem.store if p.startswith(f"/{name}/")]:
            del FaultyFileSystem.store[path]
        for path, data in files.items():
            MemoryFileSystem.pipe_file(FaultyFileSystem(), f"/{name}/{path}", data)


def said(command: Callable[[], None], fault: Fault | None = None) -> tuple[bool, str, int]:
    """Run a command under a fault. Returns whether it said that all is well, its words, and how many calls it made."""
    FAULT[:], CALLS[:] = ([fault] if fault else []), []
    words = io.StringIO()
    try:
        with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
            command()
    except RenderSDGError as error:
        return False, f"{error.exit_code}: {error}", len(CALLS)
    finally:
        FAULT[:] = []
    return True, words.getvalue(), len(CALLS)


class Trial:
    """The datasets that the commands work on, and what each command must hold."""

    def __init__(self, folder: Path, shelf: Shelf) -> None:
        self._shelf = shelf
        self.scene = folder / "scene.yaml"
        self.scene.write_text(SCENE)
        self.whole, self.other = self._made(folder / "whole"), self._made(folder / "other", seed=6)
        shelf.put("a", self._made(folder / "a", frames="2"))
        shelf.put("b", self._made(folder / "b", frames="2:3"))
        record = next(p for p in self.whole if p.endswith("00000001.record"))
        picture = next(p for p in self.whole if p.endswith("0002.png"))
        manifest = next(p for p in self.whole if p.endswith("manifest"))
        self.part = {p: d for p, d in self.whole.items() if p not in (record, manifest)}
        self.part[picture] = self.whole[picture][:-7]
        self.damaged = self.whole | {picture: self.part[picture]}

    def _made(self, place: Path, **options: Any) -> Files:
        """Return the files of a dataset that is made on the disk, whose bytes are the same anywhere."""
        render(**{"scene": self.scene, "out": str(place), "seed": 5, "quiet": True} | options)
        return {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*") if p.is_file()}

    def render(self, out: str, *, resume: bool = False) -> None:
        render(scene=self.scene, out=self._shelf.url(out), seed=5, quiet=True, resume=resume)

    def trials(self) -> dict[str, Callable[[Fault | None], tuple[str, int]]]:
        """Return, by command, what runs it under a fault: it returns the outcome and the number of calls."""
        return {
            "render": lambda f: self._makes(f, {}, self.render),
            "render --resume": lambda f: self._makes(f, self.part, lambda out: self.render(out, resume=True)),
            "render over another set": lambda f: self._refuses(f, self.render),
            "--resume over another set": lambda f: self._refuses(f, lambda out: self.render(out, resume=True)),
            "verify of a whole set": lambda f: self._tells(f, self.whole, lambda: verify(self._shelf.url("out")), True),
            "verify of a damaged set": lambda f: self._tells(
                f, self.damaged, lambda: verify(self._shelf.url("out")), False
            ),
            "replay": lambda f: self._tells(f, self.whole, lambda: self._replay(2), True),
            "replay of a damaged set": lambda f: self._tells(f, self.part, lambda: self._replay(1), False),
            "merge": lambda f: self._makes(f, {}, self._merge),
            "merge over another set": lambda f: self._refuses(f, self._merge),
        }

    def _replay(self, frame: int) -> None:
        replay(dataset=self._shelf.url("out"), frame=frame)

    def _merge(self, out: str) -> None:
        merge_datasets([self._shelf.url("a"), self._shelf.url("b")], self._shelf.url(out))

    def _makes(self, fault: Fault | None, before: Files, command: Callable[[str], None]) -> tuple[str, int]:
        self._shelf.put("out", before)
        good, words, calls = said(lambda: command("out"), fault)
        now = self._shelf.held("out")
        if good:
            return ("says good" if _same(now, self.whole) else "WRONG: says good and is not"), calls
        for path, data in now.items():
            if not _is_claim(path) and not self.whole.get(path, b"").startswith(data) and path not in before:
                return f"WRONG: {path} is of something else", calls
        again, words_again, _ = said(lambda: self.render("out", resume=bool(now)))
        if not (again and _same(self._shelf.held("out"), self.whole)):
            return f"WRONG: not mended by --resume: {words_again} after {words}", calls
        return "refuses, --resume mends", calls

    def _refuses(self, fault: Fault | None, command: Callable[[str], None]) -> tuple[str, int]:
        self._shelf.put("out", self.other)
        good, _, calls = said(lambda: command("out"), fault)
        if good or not _same(self._shelf.held("out"), self.other):
            return "WRONG: the other set is overwritten or mixed", calls
        return "refuses, nothing changed", calls

    def _tells(self, fault: Fault | None, files: Files, command: Callable[[], None], truth: bool) -> tuple[str, int]:
        self._shelf.put("out", files)
        good, _, calls = said(command, fault)
        if not _same(self._shelf.held("out"), files):
            return "WRONG: changed what it reads", calls
        if good and not truth:
            return "WRONG: says good of a damaged set", calls
        return "says good" if good else "refuses", calls


def _is_claim(path: str) -> bool:
    return ".claims.partial/" in path


def _same(now: Files, then: Files) -> bool:
    return {p: d for p, d in now.items() if not _is_claim(p)} == then


@contextlib.contextmanager
def faulty_store() -> Iterator[Trial]:
    """Yield the trial, with the store registered and without waits between tries."""
    fsspec.register_implementation("faulty", FaultyFileSystem, clobber=True)
    waits, faults.WAITS = faults.WAITS, tuple(0.0 for _ in faults.WAITS)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Trial(Path(folder), Shelf())
    finally:
        faults.WAITS = waits


def campaign(seed: int, share: float) -> tuple[dict[tuple[str, str, str], Counter[str]], list[str]]:
    """Return how often each outcome came by command, fault and duration, of a ``share`` of all calls; and the wrong."""
    with faulty_store() as trial:
        return run_trials(trial, KINDS, random.Random(seed), share)


def run_trials(
    trial: Trial, kinds: Sequence[str], rng: random.Random, share: float
) -> tuple[dict[tuple[str, str, str], Counter[str]], list[str]]:
    """Return the outcomes of all commands under a ``share`` of the faults of some kinds; see :func:`campaign`."""
    outcomes: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    wrong = []
    for command, run in trial.trials().items():
        undisturbed, calls = run(None)
        outcomes[command, "none", ""][undisturbed] += 1
        wrong += [f"{command}: {undisturbed}"] if undisturbed.startswith("WRONG") else []
        for kind in kinds:
            for lasts in (False, True):
                for at in range(1, calls + 1):
                    if rng.random() >= share:
                        continue
                    outcome, _ = run(Fault(kind, at, lasts))
                    outcomes[command, kind, "from then on" if lasts else "once"][outcome] += 1
                    if outcome.startswith("WRONG"):
                        wrong.append(f"{command}, {kind} at call {at} {'on' if lasts else 'once'}: {outcome}")
                        print(wrong[-1], flush=True)  # a campaign may be ended before its table
    return outcomes, wrong


_COLUMNS = {
    "`render`": ("render",),
    "`render --resume`": ("render --resume",),
    "`merge`": ("merge",),
    "`verify`, `replay` of a whole set": ("verify of a whole set", "replay"),
    "... of a damaged set": ("verify of a damaged set", "replay of a damaged set"),
    "each over another set": ("render over another set", "--resume over another set", "merge over another set"),
}


def table(outcomes: dict[tuple[str, str, str], Counter[str]]) -> str:
    """Return a table in Markdown: by fault and commands, how many runs said that all is well, and how many refused."""
    rows = [f"| fault | {' | '.join(_COLUMNS)} |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for kind, duration in sorted({(kind, duration) for _, kind, duration in outcomes}):
        cells = []
        for commands in _COLUMNS.values():
            counts = sum((outcomes.get((c, kind, duration), Counter[str]()) for c in commands), Counter[str]())
            wrong = sum(n for text, n in counts.items() if text.startswith("WRONG"))
            good = counts["says good"]
            cells.append(f"{good} / {counts.total() - good - wrong}" + (f" / **{wrong} WRONG**" if wrong else ""))
        rows.append(f"| {kind}{', ' if duration else ''}{duration} | {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0)
    found, faults_found = campaign(**vars(parser.parse_args()))
    print(table(found), f"{sum(c.total() for c in found.values())} runs, {len(faults_found)} wrong", sep="\n\n")
    print(*faults_found[:30], sep="\n")
    raise SystemExit(bool(faults_found))
