"""Training: one loop for every detector, resumable to the bit on a CPU."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader

from detectors import checkpoint
from detectors.account import Account, Telling, opening
from detectors.batches import Batch, Batches
from detectors.confidence import keep, suggested
from detectors.contract import DETECTORS, Detector, Target
from detectors.detections import SURE, Detections
from detectors.evaluate import Scores, evaluate
from detectors.foreign import Weights
from detectors.live import LiveSamples
from detectors.loggers import check_loggers, open_loggers
from detectors.masked import DECODER, Reconstruction, add_decoder
from detectors.masks import unoutlined
from detectors.mix import Mix, Phase
from detectors.oriented import refuse_unoutlined
from detectors.plots import draw_run
from detectors.preprocess import Pixels, Preprocess
from detectors.ranks import Ranks, device_here, together
from detectors.recipe import Recipe, cores, difference
from detectors.runtime import Model, of_detector, predict
from detectors.samples import Samples, fingerprint
from detectors.transplant import start_from
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from rendersdg.files import write_file
from rendersdg.memory import resident_memory
from rendersdg.plain import Json
from rendersdg.progress import FrameProgress
from rendersdg.streams import generator

_TOO_FEW_VALUES = "more than 1 value per channel"  # how torch's batch norm says so
_SIGN_OF_LIFE = 60.0  # seconds between lines of a log that count steps, where no other line comes
_LOG_EVERY = 20  # steps in a row of log.csv
_CHECKED = ("mAP", "mAP50", "mAP75", "AR100")  # what a row of checks.csv holds, and the same of masks


Record = Json  # what ``result.json`` holds
Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Setting:
    """What all stages of a training share."""

    mix: Mix
    val: Samples | None
    resume: bool
    log: Log
    quiet: bool
    device: torch.device
    ranks: Ranks


@dataclass(frozen=True, slots=True)
class _Task:
    """One stage: what it learns from, by which recipe, into which folder, from which weights."""

    stage: Phase
    recipe: Recipe
    out: Path
    weights: Weights | None

    @property
    def checkpoint(self) -> Path:
        """The file that an interrupted stage is resumed from."""
        return self.out / "checkpoint.pt"


@dataclass(slots=True)
class _State:
    """What changes with each step, which is what a checkpoint holds.

    ``average`` is the running average of the weights; ``best`` the best mAP50 of a check (of masks, where they are
    found), ``waited`` the checks since;
    ``unlogged`` sums of the loss's parts since the last row of the log; ``seconds`` those of earlier processes.
    """

    detector: Detector
    average: dict[str, Tensor]
    optimizer: torch.optim.Optimizer
    rate: float
    step: int = 0
    best: float = -1.0
    waited: int = 0
    unlogged: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def spent(self) -> float:
        """Return the seconds of training, those of earlier processes included."""
        return self.seconds + time.monotonic() - self.began

    def as_checkpoint(self) -> checkpoint.Content:
        """Return what :meth:`resume` takes."""
        return {
            "model": self.detector.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "best": self.best,
            "waited": self.waited,
            "unlogged": self.unlogged,
            "seconds": self.spent(),
        }

    def resume(self, content: checkpoint.Content, device: torch.device) -> None:
        """Put the state of a checkpoint back."""
        self.detector.load_state_dict(content["model"])
        self.average = {k: v.to(device) for k, v in content["average"].items()}
        self.optimizer.load_state_dict(content["optimizer"])
        self.step, self.best, self.waited = content["step"], content["best"], content["waited"]
        self.unlogged, self.seconds = content["unlogged"], content["seconds"]

    def has_stopped(self, recipe: Recipe) -> bool:
        """Return whether so many checks were no better that training stops."""
        return bool(recipe.patience and self.waited >= recipe.patience)


def train(
    mix: Mix,
    recipe: Recipe,
    out: Path,
    val: Samples | None = None,
    *,
    weights: Weights | Path | None = None,
    resume: bool = False,
    log: Log = lambda text: None,
    quiet: bool = True,
) -> Record:
    """Train on a mix, stage after stage, and return the record that ``result.json`` holds.

    The last stage's files lie in ``out``, those of earlier ones in ``out/<stage>``: ``model.pt`` (running average of
    the weights, classes, preprocessing), ``best.pt`` (the same at the check with the best mAP50), ``checkpoint.pt``,
    ``log.csv``, ``checks.csv``; with ``val``, plots of the results and of the detections. In processes that torchrun
    started, each computes its share of every batch and the first one writes; the others return an empty record.

    Args:
        mix: what to learn from.
        recipe: how.
        out: the run's folder.
        val: images to judge on while and after training; None for no scores.
        weights: a model of ours or a foreign weights file to start from. ``Weights(file, trust=True)`` lets one run the
            code that it brings, as ultralytics' need.
        resume: whether a run in ``out`` is continued.
        log: is called with each line about what goes on. A :class:`detectors.account.Telling` names loggers, too.
        quiet: whether no progress is shown.

    Raises:
        BadArgument: the batch cannot be shared by the processes.
        DatasetError: data cannot be read, or ``out`` holds another run.
        NotTrusted: the weights would run code.
        TrainingFailed: the loss is not a finite number. Checkpoints written before stay.
    """
    record: Record = {}
    check_loggers(_loggers_of(log))
    device = device_here(recipe.device)
    with together(device) as ranks:
        if recipe.batch % ranks.world:
            raise BadArgument(
                f"batch={recipe.batch} cannot be shared by {ranks.world} processes; --set "
                f"batch={-(-recipe.batch // ranks.world) * ranks.world}"
            )
        torch.set_num_threads(recipe.threads or max(cores() // ranks.here, 1))
        if not ranks.leads:
            log, quiet = _silent, True
        setting = _Setting(mix, val, resume, log, quiet, device, ranks)
        start = Weights(weights) if isinstance(weights, Path) else weights
        for number, stage in enumerate(mix.stages):
            is_last = number == len(mix.stages) - 1
            folder = out if is_last else out / stage.name
            # after a stage without boxes the head has yet to learn: at the full rate
            is_first = all(before.learns == "pixels" for before in mix.stages[:number])
            own = recipe if is_first else replace(recipe, rate=_rate(recipe) * recipe.finetune_rate)
            # what is hidden in images has no scores
            here = setting if stage.learns == "boxes" else replace(setting, val=None)
            record = _train_stage(here, _Task(stage, own, folder, start))
            start = Weights(ranks.agreed(folder / "model.pt"))  # which is there when the first one says so
    return record


def _rate(recipe: Recipe) -> float:
    return recipe.rate or DETECTORS[recipe.detector](1, recipe.size).rate_of(pretrained=recipe.pretrained)


def _train_stage(setting: _Setting, task: _Task) -> Record:
    """Train one stage: begin or resume, the loop, then the model and its scores. Return its record."""
    recipe, ranks, out, val = task.recipe, setting.ranks, task.out, setting.val
    _claim_folder(task, resume=setting.resume)
    _be_deterministic()
    preprocess = Preprocess(recipe.size, grey=recipe.grey)
    identity = _identity(setting, task)
    state = _begin(setting, task, identity)

    ranks.agreed(None)  # all have read what is there before the first one writes
    losses_table = _Table(out / "log.csv", state.step, writes=ranks.leads)
    checks_table = _Table(out / "checks.csv", state.step, writes=ranks.leads)
    steps = range(state.step, state.step if state.has_stopped(recipe) else recipe.steps)
    finds = state.detector.finds if task.stage.learns == "boxes" else "boxes"
    batches = Batches(task.stage, preprocess, recipe, steps, ranks.share, finds=finds)
    is_live = any(isinstance(part.samples, LiveSamples) for part in task.stage.parts)
    loaders = _loaders(setting.device, recipe, is_live=is_live)
    loader = DataLoader(
        batches,
        batch_size=None,
        shuffle=False,
        num_workers=loaders,
        multiprocessing_context="spawn" if is_live and loaders else None,  # a renderer has threads: it is not forked
    )
    model = of_detector(state.detector, recipe.detector, setting.mix.classes, preprocess)
    pixels = Pixels(preprocess)
    losses = ranks.computing(
        _Losses(state.detector) if task.stage.learns == "boxes" else Reconstruction(state.detector)
    )
    stream = f"/{ranks.rank}" if ranks.rank else ""  # each process has its own stream of numbers
    state.began = time.monotonic()
    account = _account(setting, task, state)
    account.begin()
    with FrameProgress(
        recipe.steps, task.stage.name, quiet=setting.quiet, unit="steps", done=state.step, every=_SIGN_OF_LIFE
    ) as progress:
        for batch in loader:
            # dropout and sampling start anew each step, so that a resumed run draws the same numbers
            torch.manual_seed(_number(recipe.seed, f"{task.stage.name}/{state.step}{stream}"))
            values = _learn(state, batch, losses, setting, task)
            _log_losses(state, values, losses_table)
            account.add(values)
            progress(state.step, {})
            scores, note = None, ""
            is_check = bool(recipe.check_every) and state.step % recipe.check_every == 0 and state.step < recipe.steps
            is_check = is_check and val is not None
            if is_check and val is not None:
                detections = _averaged_detections(state, model, val, pixels, ranks)
                if ranks.leads:
                    scores = evaluate(val, detections, resamples=0)
                    checks_table.add(_check_row(state.step, scores))
                    note = f"the best so far: {out / 'best.pt'}" if _keep_best(state, scores, model, out) else ""
                state.waited = ranks.agreed(state.waited)
            if scores is not None or account.is_due(state.step):
                account.say(state.step, None if scores is None else _shown(scores), note)
            has_stopped = state.has_stopped(recipe)
            is_due = state.step % recipe.save_every == 0 or state.step == recipe.steps
            if ranks.leads and (is_due or has_stopped or is_check):
                checkpoint.save({"identity": identity, **state.as_checkpoint()}, task.checkpoint)
            if has_stopped:
                setting.log(f"stopped at step {state.step}: no better mAP50 in {recipe.patience} checks")
                break

    detections = [] if val is None else _averaged_detections(state, model, val, pixels, ranks)
    if not ranks.leads:
        return {}
    record = _record(setting, task, identity, preprocess, state)
    return _finish(setting, task, state, model, detections, record, account)


def _finish(
    setting: _Setting,
    task: _Task,
    state: _State,
    model: Model,
    detections: Sequence[Detections],
    record: Record,
    account: Account,
) -> Record:
    """Write the model, its scores and plots, and return the record with the scores."""
    out, val = task.out, setting.val
    checkpoint.save(_model_content(model, state), out / "model.pt")
    keep(out / "model.pt", None)  # a suggestion of other weights
    drawn: list[Path] = []
    if val is not None:
        scores, best = evaluate(val, detections), suggested(val, detections)
        keep(out / "model.pt", best)
        _Table(out / "checks.csv", state.step).add(_check_row(state.step, scores))
        drawn = draw_run(out, val, detections, SURE if best is None else best.value)
        record |= {"val": val.name, "val_data": fingerprint(val), "scores": scores.as_json()}
        record["confidence"] = None if best is None else best.as_json()
        account.note_scores(state.step, _shown(scores))
        setting.log(scores.table())
        if best is not None:
            setting.log(f"best confidence {best.value:.2f}: F1 {best.f1:.3f}; predict and serve use it")
    write_file(out / "result.json", (json.dumps(record, indent=1) + "\n").encode())
    account.close([*drawn, out / "result.json"])
    return record


def _has_boxes(samples: Samples | LiveSamples) -> bool:
    """Return whether a set has a box to learn from; one that is made on demand is taken to have some."""
    return isinstance(samples, LiveSamples) or any(len(s.labels) for s in samples.images)


def _claim_folder(task: _Task, *, resume: bool) -> None:
    """Make the stage's folder. Raises DatasetError when it holds a run, or when there is nothing to learn."""
    if task.stage.learns == "boxes" and not any(_has_boxes(part.samples) for part in task.stage.parts):
        raise DatasetError(f"stage {task.stage.name}: no image has a box; there is nothing to learn")
    task.out.mkdir(parents=True, exist_ok=True)
    checkpoint.sweep(task.out)
    if task.checkpoint.exists() and not resume:
        raise DatasetError(f"{task.out} holds a run already; give --resume to go on with it, or another folder")


def _check_outlines(detector: Detector, task: _Task, val: Samples | None) -> None:
    """Raise DatasetError where masks or oriented boxes shall be learned and an object has a box alone, or one of
    ``val`` where that would end the run; BadArgument where a setting of the recipe is for upright boxes alone.
    """
    if detector.finds == "boxes" or task.stage.learns != "boxes":
        return
    name = task.recipe.detector
    if detector.finds == "oriented boxes" and val is not None:  # before hours of training, not after
        refuse_unoutlined(val, f"{name} is judged by oriented boxes")
    if task.recipe.augment.paste:
        raise BadArgument(
            f"augment.paste={task.recipe.augment.paste:g} pastes boxes without their outlines; {name} needs 0"
        )
    for part in task.stage.parts:
        count, first = (0, "") if isinstance(part.samples, LiveSamples) else unoutlined(part.samples)
        if count:
            raise DatasetError(
                f"{name} learns {detector.finds}, and {counted(count, 'object')} of {part.samples.name} have a box "
                f"alone, the first in {first}; give them outlines or masks, or take a detector of boxes "
                "(rendersdg list detectors)"
            )


def _identity(setting: _Setting, task: _Task) -> Record:
    """Return what two runs must share for one to continue the other."""
    world = setting.ranks.world
    decides = task.recipe.what_decides() | ({"processes": world} if world > 1 else {})
    return {"recipe": decides, "data": setting.mix.fingerprint(), "stage": task.stage.name}


def _begin(setting: _Setting, task: _Task, identity: Record) -> _State:
    """Return the state of a stage that begins, or of its checkpoint. Raises DatasetError when that is another run's."""
    recipe, device = task.recipe, setting.device
    torch.manual_seed(_number(recipe.seed, "start"))
    detector = DETECTORS[recipe.detector](len(setting.mix.classes), recipe.size)
    _check_outlines(detector, task, setting.val)
    _give_weights(detector, setting, task)
    detector.freeze(recipe.freeze)
    if task.stage.learns == "pixels":
        add_decoder(detector, recipe.size)
    detector.to(device, memory_format=torch.channels_last).train()
    average = {k: v.clone() for k, v in detector.state_dict().items()}
    rate = recipe.rate or detector.rate_of(pretrained=recipe.pretrained)
    optimizer = torch.optim.AdamW(_parameter_groups(detector, recipe), lr=rate)
    state = _State(detector, average, optimizer, rate)
    if task.checkpoint.exists():
        content = checkpoint.load(task.checkpoint)
        try:
            if content["identity"] != identity:
                changed = difference(content["identity"]["recipe"], identity["recipe"]) or "other images or labels"
                raise DatasetError(
                    f"{task.out} was begun with other settings or data ({changed}); choose another folder"
                )
            state.resume(content, device)
        except checkpoint.WRONG as error:
            raise DatasetError(
                f"{task.checkpoint} is not the state of such a training ({checkpoint.reason(error)})"
            ) from None
    return state


def _give_weights(detector: Detector, setting: _Setting, task: _Task) -> None:
    """Load what a network begins with, and say what did not fit. Raises BadArgument where filters that never learned
    anything shall stay as they are.
    """
    recipe = task.recipe
    if recipe.freeze and not recipe.pretrained and task.weights is None:
        raise BadArgument(
            f"freeze={recipe.freeze} keeps filters as they are, and these are random; "
            "give --pretrained or --weights, or freeze=0"
        )
    if recipe.pretrained and not task.checkpoint.exists():  # else the checkpoint has its weights
        detector.load_pretrained()
    if task.weights is None:
        return
    transfer = start_from(detector, task.weights, recipe.detector, setting.mix.classes, recipe.size)
    for line in transfer.lines() if transfer.left or transfer.unused or transfer.notes else ():
        setting.log(line)
    if setting.ranks.leads:
        transfer.write(task.out / "weights.csv")


def _learn(
    state: _State, batch: Batch, losses: Callable[..., dict[str, Tensor]], setting: _Setting, task: _Task
) -> dict[str, float]:
    """Take one step and return the loss, its parts and the gradient's length, of all processes.

    Raises TrainingFailed when one of them is not finite; the weights are as they were then. Raises BadArgument for a
    batch that batch norm cannot learn from.
    """
    recipe, device, optimizer = task.recipe, setting.device, state.optimizer
    for group in optimizer.param_groups:
        group["lr"] = state.rate * _rate_factor(state.step, recipe) * group.get("share", 1.0)
    images = batch.images.to(device, memory_format=torch.channels_last)
    targets = [t.to(device) for t in batch.targets]
    with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
        try:
            parts = losses(images, targets)
        except ValueError as error:
            if _TOO_FEW_VALUES not in str(error):
                raise
            raise BadArgument(
                f"batch={len(images)} is too small for {recipe.detector} at {recipe.size} pixels: a layer has one "
                "value of each channel, which it cannot be normalized over; --set batch=2 or more"
            ) from None
    each = torch.stack(list(parts.values())).float()
    loss = each.sum()
    means = setting.ranks.mean(torch.cat([loss.detach()[None], each.detach()])).tolist()
    values = dict(zip(("loss", *parts), means))
    optimizer.zero_grad(set_to_none=True)
    if math.isfinite(values["loss"]):
        loss.backward()
        values["gradient"] = float(clip_grad_norm_(state.detector.parameters(), recipe.clip))
    if not all(map(math.isfinite, values.values())):  # before it reaches the weights
        numbers = ", ".join(f"{k} {v:g}" for k, v in values.items())
        raise TrainingFailed(
            f"the loss is not a finite number at step {state.step + 1} ({numbers}); images: "
            f"{', '.join(batch.files[:3])}, ...; lower the rate ({state.rate:g}) or the clip ({recipe.clip:g}). "
            f"{_kept(task.checkpoint)}"
        )
    optimizer.step()
    state.step += 1
    # young averages forget faster: the first steps' weights are far from where training goes
    _into_average(state.average, state.detector, min(recipe.ema, (1 + state.step) / (10 + state.step)))
    return values


def _log_losses(state: _State, values: Mapping[str, float], table: _Table) -> None:
    """Add a step's values; every so many steps write their means as a row."""
    for name, value in values.items():
        state.unlogged[name] = state.unlogged.get(name, 0.0) + value
    if state.step % _LOG_EVERY == 0:
        row = {k: f"{v / _LOG_EVERY:.5g}" for k, v in state.unlogged.items()}
        table.add({"step": state.step, "rate": f"{state.optimizer.param_groups[0]['lr']:.4g}", **row})
        state.unlogged = {}


def _account(setting: _Setting, task: _Task, state: _State) -> Account:
    """Return what sums and tells the numbers of a stage, whose first line is written now."""
    recipe, samples = task.recipe, [part.samples for part in task.stage.parts]
    images = sum(map(len, samples))
    device = setting.device
    where = device.type if device.type != "cpu" else f"{counted(torch.get_num_threads(), 'thread')} of the CPU"
    is_checked = bool(recipe.check_every) and setting.val is not None
    if state.detector.licence and task.stage is setting.mix.stages[0] and not state.step:  # once, at the door
        setting.log(state.detector.licence)
    setting.log(opening(task.stage.name, recipe, images, where, is_checked=is_checked))
    config = {"stage": task.stage.name, "images": images, **recipe.as_json()}
    opened = open_loggers(_loggers_of(setting.log), task.out, config)
    memory = partial(torch.cuda.max_memory_reserved, device) if device.type == "cuda" else resident_memory
    return Account(setting.log, images, recipe.batch, recipe.steps, state.step, opened, memory=memory)


def _loggers_of(log: Log) -> tuple[str, ...]:
    return log.loggers if isinstance(log, Telling) else ()


def _shown(scores: Scores) -> dict[str, float]:
    """Return the scores of a check that are told; those of which there is nothing to say are left out."""
    named = {"mAP50": scores.summary["mAP50"], "mAP50-95": scores.summary["mAP"]}
    if scores.masks is not None:
        named |= {"mask mAP50": scores.masks.summary["mAP50"], "mask mAP50-95": scores.masks.summary["mAP"]}
    return {name: value for name, value in named.items() if value == value}


def _keep_best(state: _State, scores: Scores, model: Model, out: Path) -> bool:
    """Write ``best.pt`` when a check is the best so far, and return whether it is; else count it."""
    if scores.best["mAP50"] > state.best:
        state.best, state.waited = scores.best["mAP50"], 0
        checkpoint.save(_model_content(model, state), out / "best.pt")
        return True
    state.waited += 1
    return False


def _model_content(model: Model, state: _State) -> checkpoint.Content:
    weights = {name: value for name, value in state.average.items() if not name.startswith(f"{DECODER}.")}
    return checkpoint.model_content(model.detector, model.classes, model.preprocess, weights)


def _record(setting: _Setting, task: _Task, identity: Record, preprocess: Preprocess, state: _State) -> Record:
    return {
        **identity,
        "classes": list(setting.mix.classes),
        "preprocess": preprocess.as_json(),
        "steps": state.step,
        "images": {p.samples.name: len(p.samples) for p in task.stage.parts},
        "seconds": round(state.spent(), 1),
        "threads": torch.get_num_threads(),
        "processes": setting.ranks.world,
        "torch": torch.__version__,
        "device": setting.device.type,
    }


class _Losses(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A detector whose call gives its losses, which is what gradients are taken of."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the parts of the loss."""
        return self.detector.losses(images, targets)


def _averaged_detections(state: _State, model: Model, val: Samples, pixels: Pixels, ranks: Ranks) -> list[Detections]:
    """Return what the averaged weights find, each process in its share; the detector's own weights are put back."""
    own = {k: v.clone() for k, v in state.detector.state_dict().items()}
    ranks.spread(list(state.average.values()))
    state.detector.load_state_dict(state.average)
    detections = ranks.joined(predict(model, ranks.share(val.images), pixels=pixels))
    state.detector.load_state_dict(own)
    return detections


def _silent(text: str) -> None:
    del text


def _check_row(step: int, scores: Scores) -> Json:
    row = {k: f"{scores.summary[k]:.5f}" for k in _CHECKED}
    if scores.masks is not None:
        row |= {f"mask_{k}": f"{scores.masks.summary[k]:.5f}" for k in _CHECKED}
    return {"step": step, **row}


def _rate_factor(step: int, recipe: Recipe) -> float:
    """Return the share of the rate at a step: up in a line, then down along half a cosine to ``final``."""
    if step < recipe.warmup:
        return (step + 1) / recipe.warmup
    done = (step - recipe.warmup) / max(recipe.steps - recipe.warmup, 1)
    return recipe.final + (1 - recipe.final) * 0.5 * (1 + math.cos(math.pi * done))


def _into_average(average: dict[str, Tensor], detector: Detector, decay: float) -> None:
    with torch.no_grad():
        for name, value in detector.state_dict().items():
            if value.dtype.is_floating_point:
                average[name].lerp_(value, 1 - decay)
            else:
                average[name].copy_(value)


def _parameter_groups(detector: Detector, recipe: Recipe) -> list[Json]:
    """Return the groups of parameters, each with the share of the rate that it learns at: the head's first.

    Raises BadArgument where stages shall learn more slowly and there are none.
    """
    own = [p for p in detector.parameters() if p.requires_grad]
    if recipe.layer_rate == 1:
        return _by_decay(own, recipe.decay)
    stages = [[p for module in stage for p in module.parameters()] for stage in detector.stages()]
    if not stages:
        raise BadArgument(f"layer_rate={recipe.layer_rate:g}: the backbone of {recipe.detector} has no stages; use 1")
    of_stage = {id(p): len(stages) - k for k, stage in enumerate(stages) for p in stage}
    groups = []
    for away in range(len(stages) + 1):  # from the head
        here = [p for p in own if of_stage.get(id(p), 0) == away]
        groups += [group | {"share": recipe.layer_rate**away} for group in _by_decay(here, recipe.decay)]
    return [group for group in groups if group["params"]]


def _by_decay(parameters: list[Tensor], decay: float) -> list[Json]:
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _be_deterministic() -> None:
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False


def _loaders(device: torch.device, recipe: Recipe, *, is_live: bool) -> int:
    """Return how many processes prepare batches: none beside a CPU that is busy anyway, unless images are rendered."""
    if recipe.loaders >= 0:
        return recipe.loaders
    if device.type == "cpu":
        return max(1, cores() // 2) if is_live else 0
    return max(1, min(8, (os.cpu_count() or 1) - 1))


def _number(seed: int, site: str) -> int:
    return int(generator(seed, f"torch/{site}", 0).integers(0, 2**62))


def _kept(file: Path) -> str:
    return f"The last checkpoint is kept in {file}" if file.exists() else "There is no checkpoint yet"


class _Table:
    """Rows of a CSV file, written as they come; rows after the step that training resumes from are dropped."""

    def __init__(self, file: Path, start: int, *, writes: bool = True) -> None:
        self._file, self._writes = file, writes
        if not writes:
            return
        rows: list[dict[str, str]] = []
        if file.exists():
            with file.open(newline="") as lines:
                rows = [r for r in csv.DictReader(lines) if int(r["step"]) <= start]
        if not rows:
            file.unlink(missing_ok=True)
            return
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        write_file(file, text.getvalue().encode())  # whole, so that a kill does not cost the rows before

    def add(self, row: Json) -> None:
        if not self._writes:
            return
        try:
            fresh = not self._file.exists()
            with self._file.open("a", newline="") as out:
                writer = csv.DictWriter(out, list(row))
                if fresh:
                    writer.writeheader()
                writer.writerow(row)
        except OSError as error:
            raise DatasetError(f"cannot write {self._file}: {error.strerror}") from None
