"""A study: the same detector learnt from more and more real images, with and without rendered ones, over several seeds.

Every cell is a training run in a folder of its own, so a study that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np

from detectors.arms import AFTER_RENDERED, FIRST, WITHOUT_REAL, StudyArm, read_arms
from detectors.detections import SURE, Detections
from detectors.hard import with_hard
from detectors.mix import Learns, Mix, Schedule, aligned, alone, chosen, mixed, read_ratio
from detectors.oriented import has_oriented
from detectors.readers import read
from detectors.recipe import Recipe, cores, difference
from detectors.samples import Samples, checked, fingerprint
from detectors.splits import grouped, halves, split
from rendersdg.english import counted
from rendersdg.errors import BadArgument, BadScene, DatasetError, did_you_mean
from rendersdg.parents import die_with_parent
from rendersdg.plain import Json
from rendersdg.yaml_values import load_yaml, plain_value

_LOOK_EVERY = 2.0  # seconds between two looks at how far runs are
_KEYS = ("real", "synthetic", "per_class", "fractions", "arms", "beside", "ratio", "seeds", "one_pretraining", "recipe",
         "of_arm")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One run: an arm, an amount of real images, a seed."""

    arm: str
    amount: float
    seed: int

    @property
    def name(self) -> str:
        """Return the folder's name."""
        return f"{self.arm}-{self.amount:g}-seed{self.seed}"


@dataclass(frozen=True, slots=True)
class Study:
    """A study's file. ``amounts`` are images a class (``unit`` per_class) or shares of the real set (fraction).

    ``arms`` says what stands side by side: real images alone; with rendered ones as ``union``, ``balanced``,
    ``finetune``, ``rehearse`` or ``masked``; and at no real image at all ``synthetic`` and ``control`` (rendered boxes
    over pictures without what they hold). With ``one_pretraining`` these two run for the first seed only, and arms that
    come after rendered images start from that run for every seed. ``beside`` is the arm that gains are measured from.
    """

    file: Path
    real: Json
    synthetic: Json
    unit: Literal["per_class", "fraction"]
    amounts: tuple[float, ...]
    arms: tuple[StudyArm, ...]
    beside: str
    ratio: tuple[float, float]
    seeds: tuple[int, ...]
    one_pretraining: bool
    recipe: Recipe
    of_arm: dict[str, Json]

    def arm(self, name: str) -> StudyArm:
        """Return an arm; ``synthetic`` is there even where it is not asked for, since others start from it."""
        known = {a.name: a for a in self.arms}
        return known.get(name) or StudyArm("synthetic", "synthetic", self.of_arm.get("synthetic", {}))

    def pretrained(self, cell: Cell) -> Cell | None:
        """Return the cell whose weights a cell starts from; None for kinds that start from nothing rendered.

        Arms whose first stage is the same share it, with each other and with the arm ``synthetic``.
        """
        kind = self.kind(cell)
        if kind not in AFTER_RENDERED:
            return None
        seed = self.seeds[0] if self.one_pretraining else cell.seed
        plain = self.recipe_of("synthetic", seed)
        if kind != "masked" and self._first_recipe(cell.arm, seed) == plain:
            return Cell("synthetic", 0, seed)
        alike = (a.name for a in self.arms if a.kind in AFTER_RENDERED and (a.kind == "masked") == (kind == "masked"))
        first = next(n for n in alike if self._first_recipe(n, seed) == self._first_recipe(cell.arm, seed))
        return Cell(first + FIRST, 0, seed)

    def kind(self, cell: Cell) -> str:
        """Return what a cell learns from."""
        return "synthetic" if cell.arm.endswith(FIRST) else self.arm(cell.arm).kind

    def learns(self, cell: Cell) -> Learns:
        """Return what a cell learns: boxes, or, before photographs in ``masked``, what is hidden in the images."""
        is_masked = cell.arm.endswith(FIRST) and self.arm(cell.arm.removesuffix(FIRST)).kind == "masked"
        return "pixels" if is_masked else "boxes"

    def recipe_of(self, arm: str, seed: int) -> Recipe:
        """Return the recipe of an arm, or of its first stage, with its own settings."""
        if arm.endswith(FIRST):
            return self._first_recipe(arm.removesuffix(FIRST), seed)
        return replace(self.arm(arm).recipe_of(self.recipe, str(self.file)), seed=seed)

    def _first_recipe(self, arm: str, seed: int) -> Recipe:
        return replace(self.arm(arm).first_recipe_of(self.recipe_of("synthetic", seed), str(self.file)), seed=seed)


def read_study(file: Path) -> Study:
    """Return the study of a YAML file. Raises BadScene naming the key that is wrong."""
    text: Any = plain_value(load_yaml(file))
    if not isinstance(text, dict):
        raise BadScene(f"{file} must hold a mapping with {', '.join(_KEYS)}")
    for key in text:
        if key not in _KEYS:
            raise BadScene(f"{file}: {key!r} is unknown{did_you_mean(str(key), _KEYS)}")
    if ("per_class" in text) == ("fractions" in text):
        raise BadScene(f"{file}: give per_class (images a class) or fractions (of the real set), one of them")
    of_arm = {str(k): dict(v) for k, v in (text.get("of_arm") or {}).items()}
    arms = read_arms(text.get("arms") or ["real", "finetune"], of_arm, file)
    beside = str(text.get("beside", "real"))
    if "beside" in text and beside not in [a.name for a in arms]:
        raise BadScene(f"{file}: beside: no arm is called {beside!r}{did_you_mean(beside, [a.name for a in arms])}")
    if any(a.kind != "real" for a in arms) and not text.get("synthetic"):
        raise BadScene(f"{file}: arms other than real need `synthetic`")
    if not text.get("real"):
        raise BadScene(f"{file}: `real` is missing: {{train: SPEC, val: SPEC}} or {{data: SPEC, split: ...}}")
    amounts: Any = text.get("per_class", text.get("fractions"))
    try:
        return Study(
            file,
            dict(text["real"]),
            dict(text.get("synthetic") or {}),
            "per_class" if "per_class" in text else "fraction",
            tuple(float(a) for a in amounts),
            arms,
            beside,
            read_ratio(str(text.get("ratio", "1:1"))),
            tuple(int(s) for s in text.get("seeds", [0])),
            bool(text.get("one_pretraining", False)),
            Recipe().with_changes(text.get("recipe") or {}, str(file)),
            of_arm,
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise BadScene(f"{file}: {error}") from None


def cells_of(study: Study) -> list[Cell]:
    """Return all runs, seed by seed, so that a study stopped early has whole rows."""
    cells = []
    for seed in study.seeds:
        for arm in study.arms:
            if arm.kind in WITHOUT_REAL:
                cells += [Cell(arm.name, 0, seed)] if seed == study.seeds[0] or not study.one_pretraining else []
            else:
                cells += [Cell(arm.name, amount, seed) for amount in study.amounts if amount > 0]
    return cells


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets of a study, aligned to one list of classes; ``control`` has the boxes of ``synthetic``,
    not their defects.
    """

    train: Samples
    val: Samples
    synthetic: Samples | None
    control: Samples | None


Render = Callable[[Path, Path, int, int, Mapping[str, object]], None]  # scene, folder, frames, seed, changes


def read_sets(study: Study, out: Path, render: Render) -> Sets:
    """Return the sets of a study, aligned to the real one's classes.

    Args:
        study: says where they are.
        out: the study's folder; rendered sets lie below it.
        render: makes those that are not there yet, given scene, folder, frames, seed and changes.

    Raises:
        BadScene: the study names no sets, or not enough of them.
        DatasetError: a set cannot be read, or the control lacks pictures.
    """
    here = study.file.parent
    real = study.real
    if "data" in real:
        whole = checked(_read(real["data"], here))
        if "group" in real:
            whole = grouped(whole, str(real["group"]))
        rule = dict(real.get("split") or {})
        parts = split(
            whole, rule.get("shares", {"train": 0.7, "val": 0.3}), rule.get("by", "group"), int(rule.get("seed", 0))
        )
        if not {"train", "val"} <= set(parts):
            raise BadScene(f"{study.file}: the shares of real.split must name train and val")
        train, val = parts["train"], parts["val"]
    else:
        for key in ("train", "val"):
            if key not in real:
                raise BadScene(f"{study.file}: real.{key} is missing")
        train, val = checked(_read(real["train"], here)), checked(_read(real["val"], here))
    if "val_half" in real:
        if real["val_half"] not in (1, 2):
            raise BadScene(f"{study.file}: real.val_half={real['val_half']!r}: give 1, to choose by, or 2, to report")
        val = halves(val)[int(real["val_half"]) - 1]
    val = val.of_classes(train.classes)
    source = study.synthetic
    if not source:
        return Sets(train, val, None, None)
    if "scene" in source:
        scene, frames, seed = here / str(source["scene"]), int(source.get("frames", 100)), int(source.get("seed", 0))
        changes = dict(source.get("changes") or {})
        render(scene, out / "synthetic", frames, seed, changes)
        synthetic = read(str(out / "synthetic"))
    elif "data" in source:
        synthetic = _read(source["data"], here)
    else:
        raise BadScene(f"{study.file}: synthetic needs a scene to render, or data")
    # a class of the scene may stand in none of the frames; a misspelt one is told when its boxes have no class
    rename = {old: new for old, new in (source.get("rename") or {}).items() if old in synthetic.classes}
    control = None
    if any(a.kind == "control" for a in study.arms):
        if "scene" not in source or not source.get("control"):
            raise BadScene(
                f"{study.file}: the arm control needs synthetic.scene and synthetic.control, changes that take "
                "the defects away"
            )
        render(scene, out / "control", frames, seed, changes | dict(source["control"]))
        control = _with_pictures_of(synthetic, out / "synthetic", out / "control")
        _, control = aligned(train, control, rename)
    return Sets(train, val, aligned(train, synthetic, rename)[1], control)


def _read(spec: object, here: Path) -> Samples:
    """Return the set of a spec whose path is relative to the study's file."""
    text = str(spec)
    layout, colon, rest = text.partition(":")
    head, path = (layout + ":", rest) if colon and not Path(text.partition("@")[0]).exists() else ("", text)
    return read(f"{head}{here / path}") if not Path(path).is_absolute() else read(text)


def _with_pictures_of(samples: Samples, old: Path, new: Path) -> Samples:
    images = []
    for sample in samples.images:
        file = new / sample.file.resolve().relative_to(old.resolve())
        if not file.is_file():
            raise DatasetError(f"the control has no {file}: it must write the same pictures as the scene")
        images.append(replace(sample, file=file))
    return samples.of(images)


def real_part(study: Study, sets: Sets, cell: Cell) -> Samples:
    """Return the real images of a cell; the same for every arm of a seed."""
    if study.unit == "per_class":
        return chosen(sets.train, cell.seed, per_class=int(cell.amount))
    return chosen(sets.train, cell.seed, fraction=cell.amount)


def mix_of(study: Study, sets: Sets, cell: Cell) -> Mix:
    """Return what a cell learns from; of arms after rendered images the second stage, whose first one is shared by all
    amounts.
    """
    kind, look = study.kind(cell), study.recipe_of(cell.arm, cell.seed).augment.like != "none"
    if kind in WITHOUT_REAL:
        rendered = sets.control if kind == "control" else sets.synthetic
        assert rendered is not None
        # photographs that are looked like need no labels, so a first stage may look like all of them
        return alone(rendered, "pretrain", like=sets.train if look else None, learns=study.learns(cell))
    real = real_part(study, sets, cell)
    if kind == "real" or sets.synthetic is None:
        return alone(real)
    if kind in ("finetune", "masked"):
        return alone(real, "finetune")
    schedule: Schedule = "union" if kind == "union" else "balanced"
    mix = mixed(real, sets.synthetic, schedule, study.ratio, like=real if look else None)
    if kind == "rehearse":
        return Mix(mix.classes, (replace(mix.stages[0], name="finetune"),))
    return mix


def run_study(
    study: Study,
    sets: Sets,
    out: Path,
    *,
    jobs: int = 1,
    only: int | None = None,
    log: Callable[[str], None] = lambda text: None,
    on_steps: Callable[[int, int], None] = lambda done, total: None,
) -> list[Cell]:
    """Run what is not done yet and return the cells that are.

    Args:
        study: what to run.
        sets: what it learns from and is judged on.
        out: the study's folder, a run a cell.
        jobs: processes at a time; they share the cores.
        only: stop after that many runs of this call.
        log: is called with a line about each run. Runs that fail are logged and left for the next call.
        on_steps: is called every few seconds with the steps of training that are done and those of all runs of this
            call; steps that an earlier call did count as done.

    Raises:
        BadArgument: ``jobs`` is below 1.
        DatasetError: the folder holds another study, or a run with other settings.
    """
    if jobs < 1:
        raise BadArgument(f"jobs={jobs}: give 1 or more")
    out.mkdir(parents=True, exist_ok=True)
    _keep_identity(study, sets, out)
    cells = cells_of(study)
    first = [c for c in map(study.pretrained, cells) if c is not None]
    todo = [c for c in dict.fromkeys([*first, *cells]) if not _is_done(study, out, c)][:only]
    threads = max(cores() // jobs, 1)
    asked = {c: study.recipe_of(c.arm, c.seed).steps for c in todo}
    ended: set[Cell] = set()
    running: dict[Future[str], Cell] = {}
    with ProcessPoolExecutor(jobs, get_context("spawn"), die_with_parent) as pool:
        while todo or running:
            ready = [c for c in todo if (f := study.pretrained(c)) is None or _is_done(study, out, f)]
            for cell in ready[: jobs - len(running)]:
                todo.remove(cell)
                running[pool.submit(_run_cell, study, sets, cell, out, threads)] = cell
            if not running:
                waiting = f"{counted(len(todo), 'run')} {'waits' if len(todo) == 1 else 'wait'}"
                log(f"{waiting} for a pre-training that failed")
                break
            finished = wait(running, _LOOK_EVERY, FIRST_COMPLETED).done
            ended.update(running[done] for done in finished)
            on_steps(sum(n if c in ended else _steps_done(out, c) for c, n in asked.items()), sum(asked.values()))
            for done in finished:
                cell = running.pop(done)
                error = done.exception()
                log(
                    f"{cell.name}: {done.result()}"
                    if error is None
                    else f"{cell.name} failed: {type(error).__name__}: {error}"
                )
    return [c for c in cells if _is_done(study, out, c)]


def _run_cell(study: Study, sets: Sets, cell: Cell, out: Path, threads: int) -> str:
    """Train and judge one cell in its folder; return how long it took."""
    from detectors.runtime import load_model, predict
    from detectors.train import train

    folder = out / "runs" / cell.name
    recipe = replace(study.recipe_of(cell.arm, cell.seed), threads=threads)
    first = study.pretrained(cell)
    weights = None if first is None else out / "runs" / first.name
    mix = mix_of(study, sets, cell)
    if weights is not None and (hard := study.arm(cell.arm.removesuffix(FIRST)).hard):
        mix, _ = with_hard(mix, partial(_found_by, weights), SURE, hard)
    record = train(mix, recipe, folder, None, weights=weights, resume=True)
    _save_detections(folder / "found.npz", predict(load_model(folder), sets.val.images))
    return f"{record['seconds']:.0f} s"


def _found_by(run: Path, samples: Samples) -> list[Detections]:
    """Return what a finished run finds in a set; it looks once, for all cells that begin with it."""
    from detectors.runtime import load_model, predict

    file = run / f"found-{fingerprint(samples)[:16]}.npz"
    if not file.is_file():
        _save_detections(file, predict(load_model(run), samples.images))
    return _read_detections(file)


def _steps_done(out: Path, cell: Cell) -> int:
    """Return how many steps a run's log tells of. A log that is being written to may end in half a line."""
    try:
        lines = (out / "runs" / cell.name / "log.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    except OSError:
        return 0
    steps = [line.partition(",")[0] for line in lines[1:] if line.endswith("\n")]
    return int(steps[-1]) if steps and steps[-1].isdigit() else 0


def _is_done(study: Study, out: Path, cell: Cell) -> bool:
    """Return whether a cell has run. Raises DatasetError when it ran with other
    settings than the study asks for now.
    """
    folder = out / "runs" / cell.name
    if not (folder / "found.npz").is_file():
        return False
    before = json.loads((folder / "result.json").read_text())["recipe"]
    changed = difference(before, study.recipe_of(cell.arm, cell.seed).what_decides())
    if changed:
        raise DatasetError(
            f"{folder} ran with other settings ({changed}); put the study back, or remove that folder to run it anew"
        )
    return True


def _save_detections(file: Path, detections: list[Detections]) -> None:
    part = file.with_name(f".found.{os.getpid()}.part.npz")  # another process may look, too
    arrays: Json = {
        "counts": [len(f.scores) for f in detections],
        "xyxy": np.concatenate([f.xyxy for f in detections]),
        "scores": np.concatenate([f.scores for f in detections]),
        "labels": np.concatenate([f.labels for f in detections]),
    }
    if has_oriented(detections):
        arrays["oriented"] = np.concatenate([f.oriented for f in detections if f.oriented is not None])
    np.savez_compressed(part, **arrays)
    os.replace(part, file)


def load_detections(out: Path, cell: Cell) -> list[Detections]:
    """Return the detections of a cell that is done, one for each validation image."""
    return _read_detections(out / "runs" / cell.name / "found.npz")


def _read_detections(file: Path) -> list[Detections]:
    data = np.load(file)
    ends = np.cumsum(data["counts"])[:-1]
    found = [
        Detections(*three)
        for three in zip(np.split(data["xyxy"], ends), np.split(data["scores"], ends), np.split(data["labels"], ends))
    ]
    if "oriented" not in data:
        return found
    return [replace(one, oriented=own) for one, own in zip(found, np.split(data["oriented"], ends))]


def _keep_identity(study: Study, sets: Sets, out: Path) -> None:
    """Write what the study is about, or see that it is still the same."""
    now = {
        "ratio": list(study.ratio),
        "unit": study.unit,
        "train": fingerprint(sets.train),
        "val": fingerprint(sets.val),
        "synthetic": fingerprint(sets.synthetic) if sets.synthetic is not None else None,
    }
    file = out / "study.json"
    if file.exists():
        before = json.loads(file.read_text())
        changed = [k for k in now if before.get(k) != json.loads(json.dumps(now[k]))]
        if changed:
            raise DatasetError(f"{out} holds a study with another {', '.join(changed)}; choose another folder")
    file.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
