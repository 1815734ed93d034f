"""Training: one loop for every detector, resumable to the bit on a CPU."""

from __future__ import annotations

import csv
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader

from detectors import checkpoint
from detectors.batches import Batches
from detectors.contract import DETECTORS, Detector, Target
from detectors.evaluate import Scores, evaluate
from detectors.found import Found
from detectors.mix import Mix, Stage
from detectors.plots import draw_run
from detectors.preprocess import Pixels, Preprocess
from detectors.ranks import Ranks, device_here, together
from detectors.recipe import Recipe, cores, difference
from detectors.runtime import Model, of_detector, predict
from detectors.samples import Samples, fingerprint
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from rendersdg.progress import FrameProgress
from rendersdg.streams import generator

_LOG_EVERY = 20  # steps in a row of log.csv


def train(
    mix: Mix,
    recipe: Recipe,
    out: Path,
    val: Samples | None = None,
    *,
    weights: Path | None = None,
    resume: bool = False,
    tell: Callable[[str], None] = lambda text: None,
    quiet: bool = True,
) -> dict[str, Any]:
    """Train on a mix, stage after stage, and return the record that ``result.json`` holds.

    The last stage's files lie in ``out``, those of earlier ones in ``out/<stage>``: ``model.pt`` (running average of
    the weights, classes, preprocessing), ``best.pt`` (the same at the check with the best mAP50), ``checkpoint.pt``,
    ``log.csv``, ``checks.csv``; with ``val``, plots of the loss and of what was found. ``weights`` starts from a model
    of ours or a foreign weights file. In processes that torchrun started, each computes its share of every batch and
    the first one writes. Raises TrainingFailed when the loss is no number and DatasetError for data that cannot be
    read; checkpoints written before stay.
    """
    record: dict[str, Any] = {}
    device = device_here(recipe.device)
    with together(device) as ranks:
        if recipe.batch % ranks.world:
            raise BadArgument(
                f"batch={recipe.batch} cannot be shared by {ranks.world} processes; --set "
                f"batch={-(-recipe.batch // ranks.world) * ranks.world}"
            )
        torch.set_num_threads(recipe.threads or max(cores() // ranks.here, 1))
        for number, stage in enumerate(mix.stages):
            last = number == len(mix.stages) - 1
            folder = out if last else out / stage.name
            own = recipe if number == 0 else replace(recipe, rate=_rate(recipe) * recipe.finetune_rate)
            record = _train_stage(mix, stage, own, folder, val, weights, resume, tell, quiet, device, ranks)
            weights = ranks.agreed(folder / "model.pt")  # which is there when the first one says so
    return record


def _rate(recipe: Recipe) -> float:
    return recipe.rate or DETECTORS[recipe.detector](1, recipe.size).rate


def _train_stage(
    mix: Mix,
    stage: Stage,
    recipe: Recipe,
    out: Path,
    val: Samples | None,
    weights: Path | None,
    resume: bool,
    tell: Callable[[str], None],
    quiet: bool,
    device: torch.device,
    ranks: Ranks,
) -> dict[str, Any]:
    if not any(len(s.labels) for part in stage.parts for s in part.samples.images):
        raise DatasetError(f"stage {stage.name}: no image has a box; there is nothing to learn")
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "checkpoint.pt"
    if kept.exists() and not resume:
        raise DatasetError(f"{out} holds a run already; give --resume to go on with it, or another folder")
    _be_deterministic()
    preprocess = Preprocess(recipe.size, grey=recipe.grey)
    decides = recipe.what_decides() | ({"processes": ranks.world} if ranks.world > 1 else {})
    identity: dict[str, Any] = {"recipe": decides, "data": mix.fingerprint(), "stage": stage.name}
    if not ranks.leads:
        tell, quiet = _silent, True

    torch.manual_seed(_number(recipe.seed, "start"))
    detector = DETECTORS[recipe.detector](len(mix.classes), recipe.size)
    if weights is not None:
        _start_from(detector, weights, tell)
    detector.to(device, memory_format=torch.channels_last).train()
    average = {k: v.clone() for k, v in detector.state_dict().items()}
    rate = recipe.rate or detector.rate
    optimizer = torch.optim.AdamW(_parameter_groups(detector, recipe.decay), lr=rate)
    start, best, waited, seconds = 0, -1.0, 0, 0.0
    unlogged: dict[str, float] = {}  # sums of the loss since the last row of the log
    if kept.exists():
        state = checkpoint.load(kept)
        if state["identity"] != identity:
            changed = difference(state["identity"]["recipe"], identity["recipe"]) or "other images or labels"
            raise DatasetError(f"{out} was begun with other settings or data ({changed}); choose another folder")
        detector.load_state_dict(state["model"])
        average = {k: v.to(device) for k, v in state["average"].items()}
        optimizer.load_state_dict(state["optimizer"])
        start, best, waited, seconds = state["step"], state["best"], state["waited"], state["seconds"]
        unlogged = state["unlogged"]

    ranks.agreed(None)  # all have read what is there before the first one writes
    log = _Table(out / "log.csv", start, writes=ranks.leads)
    checks = _Table(out / "checks.csv", start, writes=ranks.leads)
    has_stopped = bool(recipe.patience and waited >= recipe.patience)
    steps = range(start, start if has_stopped else recipe.steps)
    batches = Batches(stage, preprocess, recipe.augment, recipe.batch, recipe.seed, steps, ranks.share)
    loader = DataLoader(batches, batch_size=None, shuffle=False, num_workers=_loaders(device))
    model, val_pixels = of_detector(detector, recipe.detector, mix.classes, preprocess), Pixels(preprocess)
    losses = ranks.computing(_Losses(detector))
    own = f"/{ranks.rank}" if ranks.rank else ""  # each process has its own stream of numbers
    scores: Scores | None = None
    step, clock = start, time.monotonic()
    with FrameProgress(recipe.steps, stage.name, quiet=quiet, unit="steps", done=start) as progress:
        for batch in loader:
            torch.manual_seed(
                _number(recipe.seed, f"{stage.name}/{step}{own}")
            )  # dropout and sampling start anew each step
            for group in optimizer.param_groups:
                group["lr"] = rate * _rate_factor(step, recipe)
            images = batch.images.to(device, memory_format=torch.channels_last)
            targets = [Target(t.xyxy.to(device), t.labels.to(device)) for t in batch.targets]
            with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
                parts = losses(images, targets)
            each = torch.stack(list(parts.values())).float()
            loss = each.sum()
            told = ranks.mean(torch.cat([loss.detach()[None], each.detach()])).tolist()
            values = dict(zip(("loss", *parts), told))
            optimizer.zero_grad(set_to_none=True)
            if math.isfinite(values["loss"]):
                loss.backward()
                values["gradient"] = float(clip_grad_norm_(detector.parameters(), recipe.clip))
            if not all(map(math.isfinite, values.values())):  # before it reaches the weights
                said = ", ".join(f"{k} {v:g}" for k, v in values.items())
                raise TrainingFailed(
                    f"the loss is no number at step {step + 1} ({said}); images: {', '.join(batch.files[:3])}, ...; "
                    f"lower the rate ({rate:g}) or the clip ({recipe.clip:g}). {_kept(kept)}"
                )
            optimizer.step()
            step += 1
            _into_average(average, detector, min(recipe.ema, (1 + step) / (10 + step)))

            for name, value in values.items():
                unlogged[name] = unlogged.get(name, 0.0) + value
            if step % _LOG_EVERY == 0:
                row = {k: f"{v / _LOG_EVERY:.5g}" for k, v in unlogged.items()}
                log.add({"step": step, "rate": f"{optimizer.param_groups[0]['lr']:.4g}", **row})
                unlogged = {}
            progress(step, {})
            checked = val is not None and recipe.check_every and step % recipe.check_every == 0 and step < recipe.steps
            if checked and val is not None:
                found = _found(detector, model, average, val, val_pixels, ranks)
                if ranks.leads:
                    scores = evaluate(val, found, resamples=0)
                    checks.add(_check_row(step, scores))
                    tell(f"step {step}: mAP50 {scores.summary['mAP50']:.3f}, mAP {scores.summary['mAP']:.3f}")
                    if scores.summary["mAP50"] > best:
                        best, waited = scores.summary["mAP50"], 0
                        checkpoint.save(
                            checkpoint.model_content(recipe.detector, mix.classes, preprocess, average), out / "best.pt"
                        )
                    else:
                        waited += 1
                waited = ranks.agreed(waited)
            stop = bool(recipe.patience and waited >= recipe.patience)
            if ranks.leads and (checked or stop or step % recipe.save_every == 0 or step == recipe.steps):
                state = {
                    "identity": identity,
                    "model": detector.state_dict(),
                    "average": average,
                    "optimizer": optimizer.state_dict(),
                    "step": step,
                    "best": best,
                    "waited": waited,
                    "unlogged": unlogged,
                    "seconds": seconds + time.monotonic() - clock,
                }
                checkpoint.save(state, kept)
            if stop:
                tell(f"stopped at step {step}: no better mAP50 in {recipe.patience} checks")
                break

    if val is not None:
        found = _found(detector, model, average, val, val_pixels, ranks)
    if not ranks.leads:
        return {}
    checkpoint.save(checkpoint.model_content(recipe.detector, mix.classes, preprocess, average), out / "model.pt")
    record = {
        **identity,
        "classes": list(mix.classes),
        "preprocess": preprocess.as_json(),
        "steps": step,
        "images": {p.samples.name: len(p.samples) for p in stage.parts},
        "seconds": round(seconds + time.monotonic() - clock, 1),
        "threads": torch.get_num_threads(),
        "processes": ranks.world,
        "torch": torch.__version__,
        "device": device.type,
    }
    if val is not None:
        scores = evaluate(val, found)
        draw_run(out, val, found)
        checks.add(_check_row(step, scores))
        record |= {"val": val.name, "val_data": fingerprint(val), "scores": scores.as_json()}
        tell(scores.table())
    (out / "result.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


class _Losses(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A detector whose call gives its losses, which is what gradients are taken of."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the parts of the loss."""
        return self.detector.losses(images, targets)


def _found(
    detector: Detector, model: Model, average: dict[str, Tensor], val: Samples, pixels: Pixels, ranks: Ranks
) -> list[Found]:
    """Return what the averaged weights find, each process in its share; the detector's own weights are put back."""
    own = {k: v.clone() for k, v in detector.state_dict().items()}
    ranks.spread(list(average.values()))
    detector.load_state_dict(average)
    found = ranks.joined(predict(model, ranks.share(val.images), pixels=pixels))
    detector.load_state_dict(own)
    return found


def _silent(text: str) -> None:
    del text


def _check_row(step: int, scores: Scores) -> dict[str, Any]:
    return {"step": step, **{k: f"{scores.summary[k]:.5f}" for k in ("mAP", "mAP50", "mAP75", "AR100")}}


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


def _parameter_groups(detector: Detector, decay: float) -> list[dict[str, Any]]:
    own = [p for p in detector.parameters() if p.requires_grad]
    return [
        {"params": [p for p in own if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in own if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _start_from(detector: Detector, weights: Path, tell: Callable[[str], None]) -> None:
    """Load weights of a run of ours, else of somebody else's file; say what they did not give."""
    from detectors.contract import load_fitting

    file = weights / "model.pt" if weights.is_dir() else weights
    if not file.is_file():
        raise DatasetError(f"weights {file} are not there")
    try:
        missing = load_fitting(detector, checkpoint.load(file)["weights"])
    except DatasetError:
        try:
            missing = detector.load_foreign(str(file))
        except Exception as error:  # a file of unknown make can fail in any way
            raise DatasetError(f"{file} holds no weights that can be read ({type(error).__name__}: {error})") from None
    total = len(detector.state_dict())
    if len(missing) == total:
        raise DatasetError(f"{file} has no tensor that fits this detector")
    if missing:
        tell(f"{file} gave {total - len(missing)} of {total} tensors; the others start anew, e.g. {missing[0]}")


def _be_deterministic() -> None:
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False


def _loaders(device: torch.device) -> int:
    """Return how many processes prepare batches: none beside a CPU that is busy anyway."""
    return 0 if device.type == "cpu" else max(1, min(8, (os.cpu_count() or 1) - 1))


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
        file.unlink(missing_ok=True)
        for row in rows:
            self.add(row)

    def add(self, row: dict[str, Any]) -> None:
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
