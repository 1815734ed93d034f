"""The loop: render, learn, judge, re-weight, and again, until the hold-out no longer gets better."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from detectors.readers import read
from detectors.samples import Samples, checked, merged
from rendersdg.api.scenes import Scene, load
from rendersdg.arrays import Mask
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.errors import BadScene, DatasetError
from rendersdg.files import write_file
from rendersdg.graph.parameters import Parameter
from rendersdg.progress import FrameProgress
from rendersdg.steering.effects import Effect, corner, effects, significant
from rendersdg.steering.judging import (
    Photographs,
    Score,
    outcomes_by_looks,
    read_photographs,
    score_photographs,
    score_views,
)
from rendersdg.steering.outcomes import Finder, View, outcomes, views_of
from rendersdg.steering.study import SteeringStudy
from rendersdg.steering.weights import base_of, can_change, resting, reweighted, weights_of
from rendersdg.yaml.adjust import Place, places

_STEER_SEED, _HOLD_OUT_SEED = 1_000_003, 2_000_003  # added to the study's: other frames than are learnt from
_WORDS = {"is_control": "control"}  # what a study's file calls it
_IDENTITY, _ROUND = "study.json", "round.json"
Log = Callable[[str], None]


class Learner(Protocol):
    """Learns from rendered images, and goes on from round to round."""

    def learn(self, samples: Samples, folder: Path) -> Finder:
        """Return a detector that has learnt from all images so far.

        Args:
            samples: those of all rounds.
            folder: of this round's run; an interrupted run goes on there.
        """
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """One round, as the trail tells it.

    Attributes:
        number: from 0.
        frames: rendered in all rounds up to this one.
        cpu_minutes: spent by then.
        hold_out: how good the detector is on what is never steered on.
        steered: how good it is on what is steered on.
        sure: the effects that are not chance, the surest first, as plain values.
        corner: where most is missed, in words; empty where there is no such place.
        shares: how likely each part of a parameter is in the next round, by name; those of rounds before stay.
        explained: the share of the variance of harm on photographs that looks explain; None where frames are steered
            on.
    """

    number: int
    frames: int
    cpu_minutes: float
    hold_out: Score
    steered: Score
    sure: tuple[dict[str, Any], ...]
    corner: str
    shares: dict[str, list[float]]
    explained: float | None


@dataclass(frozen=True, eq=False)
class Steered:
    """What came of a study.

    Attributes:
        rounds: what each one did.
        stopped: why it stopped, in words.
        text: the scene that the next round would render, as YAML.
        fixed: parameters that cannot be re-weighted, each with the reason.
    """

    rounds: tuple[Round, ...]
    stopped: str
    text: str
    fixed: dict[str, str]

    @property
    def best(self) -> Round:
        """The round with the best hold-out."""
        return max(self.rounds, key=lambda r: np.nan_to_num(r.hold_out.map50))


@dataclass(frozen=True, eq=False)
class _Setting:
    """What all rounds share."""

    study: SteeringStudy
    scene: Scene
    text: str
    places: dict[str, Place]
    parameters: list[Parameter]
    fixed: dict[str, str]
    steer_views: list[View]
    steer_photographs: Photographs | None
    hold_out: list[View] | Photographs


def steer(
    study: SteeringStudy,
    out: Path,
    learner: Learner,
    *,
    workers: int = 1,
    progress: bool = False,
    log: Log = lambda text: None,
) -> Steered:
    """Run a steering study and return what came of it. A study that was stopped goes on where it was.

    Args:
        study: what to do.
        out: its folder: a folder a round with its frames and its run, and ``study.json``.
        learner: trains the detector.
        workers: processes that render.
        progress: show a bar, or lines where there is no terminal.
        log: is called with a line about each round.

    Raises:
        BadScene: the scene cannot be opened, or draws nothing that could be re-weighted.
        DatasetError: the folder holds another study, or a set cannot be read.
    """
    out.mkdir(parents=True, exist_ok=True)
    setting = _prepared(study, out, progress)
    done: list[Round] = []
    sets: list[Samples] = []
    stopped = ""
    while not stopped:
        began, number = cpu_seconds(), len(done)
        folder = out / f"round_{number}"
        sets.append(_rendered(setting, _scene_of(setting, done), folder, number, workers, progress))
        finder = learner.learn(merged(sets, f"{study.scene.name}, {number + 1} rounds"), folder / "run")
        one = _known(folder)
        if one is None:
            one = _judged(setting, finder, done)
            spent = (done[-1].cpu_minutes if done else 0.0) + (cpu_seconds() - began) / 60
            one = replace(one, cpu_minutes=spent)
            write_file(folder / _ROUND, (json.dumps(asdict(one), indent=1) + "\n").encode())
        done.append(one)
        log(line_of(one))
        stopped = why_stop(study, done)
    return Steered(tuple(done), stopped, _text_of(setting, done[-1].shares), setting.fixed)


def why_stop(study: SteeringStudy, done: Sequence[Round]) -> str:
    """Return why a study stops after the rounds that are done, in words; nothing where it goes on."""
    last, budget = done[-1], study.budget
    if len(done) >= study.rounds:
        return f"all rounds are done ({study.rounds})"
    if budget.frames is not None and last.frames + study.frames > budget.frames:
        return f"another round would render more than {budget.frames} frames"
    if budget.cpu_minutes is not None:
        each = last.cpu_minutes / len(done)
        if last.cpu_minutes + each > budget.cpu_minutes:
            return f"another round would take more than {budget.cpu_minutes:g} CPU minutes"
    scores = [float(np.nan_to_num(r.hold_out.map50)) for r in done]
    waited = 0
    best = -1.0
    for score in scores:
        waited = 0 if score >= best + study.least_gain else waited + 1
        best = max(best, score)
    if waited >= study.patience:
        return f"the hold-out has not got better for {waited} rounds"
    return ""


def _prepared(study: SteeringStudy, out: Path, progress: bool) -> _Setting:
    scene = load(study.scene, seed=study.seed, quality=study.quality)
    _keep_identity(study, scene, out)
    if not scene.classes:
        raise BadScene(f"{study.scene.name} labels nothing, so there is nothing to find; give prims semantics")
    texts = scene.texts
    text = texts[list(texts)[-1]]
    known = places(scene._open().session.recorder, text, study.scene.name)
    asked = study.chosen(scene.parameters)
    fixed = {p.label: why for p in asked if (why := can_change(p, known.get(p.name)))}
    free = [p for p in asked if p.label not in fixed]
    if not free and not study.is_control:
        reasons = "; ".join(f"{label}: {why}" for label, why in list(fixed.items())[:5])
        raise BadScene(
            f"{study.scene.name} draws nothing that can be re-weighted ({reasons}); write a distribution into the "
            "scene itself, or name other parameters",
            where=str(study.file),
        )
    folder = study.file.parent
    photographs = (
        read_photographs(study.steer_on, folder, scene.classes, f"{study.file}: steer_on")
        if study.steer_on.data
        else None
    )
    # photographs have no values: rendered objects stand for them, see outcomes_by_looks. Each part is drawn equally
    # often here, or too few objects would tell of those that the author made rare
    frames = study.steer_on.frames or study.frames
    even = {p: np.full(bins, 1 / bins) for p in free if np.ptp(base_of(p, bins := _parts(p, study.bins))) > 1e-9}
    views = _views(study, frames, _STEER_SEED, "steering set", progress, reweighted(text, known, even))
    if not any(len(v.labels) for v in views):
        raise BadScene(f"{study.scene.name} shows no labelled object in {frames} frames, so there is nothing to find")
    if study.hold_out.data:
        hold_out: list[View] | Photographs = read_photographs(
            study.hold_out, folder, scene.classes, f"{study.file}: hold_out"
        )
    else:
        hold_out = _views(study, study.hold_out.frames, _HOLD_OUT_SEED, "hold-out", progress)
        if not any(len(v.labels) for v in hold_out):
            raise BadScene("hold_out: its frames show no labelled object; give more", where=str(study.file))
    return _Setting(study, scene, text, known, free, fixed, views, photographs, hold_out)


def _parts(parameter: Parameter, bins: int) -> int:
    return bins if parameter.is_number else len(parameter.entries)


def _views(
    study: SteeringStudy, frames: int, seed: int, name: str, progress: bool, text: str | None = None
) -> list[View]:
    """Return what cameras see of the author's scene under another seed, or of the scene with another text."""
    scene = load(study.scene, seed=study.seed + seed, quality=study.quality)
    scene = scene if text is None else scene.with_text(text)
    with FrameProgress(frames, name, quiet=not progress) as told:
        return list(views_of(scene, range(frames), scene.classes, lambda frame: told(frame, {})))


def _scene_of(setting: _Setting, done: Sequence[Round]) -> Scene:
    """Return the scene of the next round: the author's at first."""
    if not done or not done[-1].shares:
        return setting.scene
    return setting.scene.with_text(_text_of(setting, done[-1].shares))


def _text_of(setting: _Setting, shares: dict[str, list[float]]) -> str:
    chosen = {p: np.array(shares[p.name]) for p in setting.parameters if p.name in shares}
    return reweighted(setting.text, setting.places, chosen)


def _rendered(setting: _Setting, scene: Scene, folder: Path, number: int, workers: int, progress: bool) -> Samples:
    """Return the frames of a round, rendered where they are not there yet. Frames of later rounds have later numbers:
    no frame is learnt from twice.
    """
    study = setting.study
    frames = range(number * study.frames, (number + 1) * study.frames)
    scene.render(folder / "frames", frames, workers=workers, resume=True, progress=progress)
    text = list(scene.texts.values())[-1]
    write_file(folder / "scene.yaml", text.encode())
    return checked(read(str(folder / "frames")), clip=True).of_classes(setting.scene.classes)


def _judged(setting: _Setting, finder: Finder, done: Sequence[Round]) -> Round:
    """Return the round after those that are done; whoever calls knows how long it took."""
    study, classes = setting.study, setting.scene.classes
    explained = None
    if setting.steer_photographs is not None:
        rows, explained = outcomes_by_looks(setting.steer_photographs, setting.steer_views, classes, finder)
        steered = score_photographs(setting.steer_photographs, finder, study.confidence)
    else:
        rows = outcomes(setting.steer_views, classes, finder)
        steered = score_views(setting.steer_views, classes, finder, study.confidence)
    sure = significant(effects(rows, setting.steer_views, setting.parameters, study.bins, study.confidence))
    before = {e["parameter"]: e for e in done[-1].sure} if done else {}
    tired = {e.parameter.name: resting(e, before.get(e.parameter.name)) for e in sure}
    # what was raised before stays raised: a corner that is learnt stands out no more, and is forgotten without frames
    shares = dict(done[-1].shares) if done else {}
    if not study.is_control:
        shares |= {
            e.parameter.name: weights_of(e, study.strength, study.limit, tired[e.parameter.name]).tolist() for e in sure
        }
    if isinstance(setting.hold_out, Photographs):
        hold_out = score_photographs(setting.hold_out, finder, study.confidence)
    else:
        hold_out = score_views(setting.hold_out, classes, finder, study.confidence)
    return Round(
        number=len(done),
        frames=(len(done) + 1) * study.frames,
        cpu_minutes=0.0,
        hold_out=hold_out,
        steered=steered,
        sure=tuple(_told(e, shares, tired[e.parameter.name]) for e in sure),
        corner=str(corner(rows, sure, study.confidence) or ""),
        shares=shares,
        explained=explained,
    )


def _told(effect: Effect, shares: dict[str, list[float]], tired: Mask) -> dict[str, Any]:
    """Return an effect as plain values."""
    parts = range(len(effect.counts))
    return {
        "parameter": effect.parameter.name,
        "label": effect.parameter.label,
        "p": effect.p,
        "parts": [effect.part(k) for k in parts],
        "objects": effect.counts.tolist(),
        "harm": [None if np.isnan(h) else float(h) for h in effect.harm],
        "false_alarms": [None if np.isnan(a) else float(a) for a in effect.alarms],
        "before": base_of(effect.parameter, len(effect.counts)).tolist(),
        "after": shares.get(effect.parameter.name),
        "rests": [k for k in parts if tired[k]],
    }


def _known(folder: Path) -> Round | None:
    """Return the round that a folder holds, None where none was judged yet. Raises DatasetError for a damaged file."""
    file = folder / _ROUND
    if not file.is_file():
        return None
    try:
        text = json.loads(file.read_text(encoding="utf-8"))
        for name in ("hold_out", "steered"):
            text[name] = Score(**text[name])
        return Round(**{**text, "sure": tuple(text["sure"])})
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{file} is damaged ({error}); remove it and steer again: the round is judged anew"
        ) from None


def _keep_identity(study: SteeringStudy, scene: Scene, out: Path) -> None:
    """Write what the study is about, or see that it is still the same. Raises DatasetError where it is another."""
    names = ("frames", "parameters", "bins", "strength", "limit", "confidence", "is_control", "seed", "quality")
    now = {name: getattr(study, name) for name in names}
    now |= {"scene": scene.digest, "recipe": study.recipe.what_decides()}
    now |= {"steer_on": asdict(study.steer_on), "hold_out": asdict(study.hold_out)}
    now = json.loads(json.dumps(now))
    file = out / _IDENTITY
    if file.is_file():
        before = json_mapping(read_bytes(file), file)
        changed = sorted(_WORDS.get(name, name) for name in now if before.get(name) != now[name])
        if changed:
            raise DatasetError(f"{out} holds a study with another {', '.join(changed)}; choose another folder")
    write_file(file, (json.dumps(now, indent=1) + "\n").encode())


def line_of(one: Round) -> str:
    """Return a round in one line."""
    worst = one.corner or "no part of the scene stands out"
    return (
        f"round {one.number}: {one.frames} frames, {one.cpu_minutes:.1f} CPU minutes, hold-out mAP50 "
        f"{one.hold_out.map50:.3f}, recall {one.hold_out.recall:.3f}; {worst}"
    )


def cpu_seconds() -> float:
    """Return the processor's seconds that this process and those that it waited for have used."""
    return sum(os.times()[:4])
