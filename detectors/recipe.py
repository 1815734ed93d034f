"""How a detector is trained: one frozen record, read from YAML and the command line."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import get_type_hints

from detectors.augment import Augment
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.plain import Json

# settings that runs were recorded without at first, with the values that stand for how those were trained
_LATER: Json = {"pretrained": False, "freeze": 0, "layer_rate": 1.0, "balance": False}
_LATER_OF_AUGMENT: Json = {"paste": 0.0, "like": "none"}
_NOT_LEARNED = {"-pose": "keypoints"}  # ends of the names of others' networks
_BESIDE = ("threads", "device", "loaders")  # settings that do not decide the weights


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run; with them, the data and the seed,
    the weights are determined (on one kind of CPU).
    """

    detector: str = "fcos_resnet18"
    size: int = 320  # side of the square that the network sees, pixels; a multiple of 32
    steps: int = 2000  # batches, of each stage
    batch: int = 16  # images
    rate: float = 0.0  # AdamW's learning rate after warm-up; 0: the detector's own
    warmup: int = 100  # steps from nothing to the full rate
    final: float = 0.05  # share of the rate at the end of the cosine
    finetune_rate: float = 0.5  # share of the rate for stages after the first
    decay: float = 5e-4  # weight decay of matrices and filters; biases and norms have none
    clip: float = 10.0  # longest gradient, by its norm
    ema: float = 0.998  # of the running average of weights, which is what is evaluated and kept
    pretrained: bool = False  # begin with the weights that the backbone learned on ImageNet
    freeze: int = 0  # stages of the backbone, from the images on, that stay as they are; 4 are all of most
    layer_rate: float = 1.0  # factor by which the rate falls from the head to the last stage, and from stage to stage
    precision: str = "fp32"  # or bf16: automatic mixed precision
    grey: bool = False  # make images grey first
    balance: bool = False  # batches show each class as often as every other, not each image
    seed: int = 0
    check_every: int = 500  # steps between evaluations on the validation set; 0: only at the end
    save_every: int = 200  # steps between checkpoints
    patience: int = 0  # checks without a better mAP50 before training stops; 0: never
    device: str = "auto"  # cpu, cuda, cuda:1, ...; auto: cuda where there is one
    threads: int = 0  # of the CPU; 0: as many as OMP_NUM_THREADS says, else as there are cores for this process
    loaders: int = -1  # processes that prepare batches; -1: as many as suit the device and the images
    augment: Augment = field(default_factory=Augment)

    def __post_init__(self) -> None:
        task = next((text for end, text in _NOT_LEARNED.items() if self.detector.endswith(end)), "")
        wrong = [
            (
                bool(task),
                f"detector={self.detector!r}: {task} are not learned here; boxes, masks (-seg) and oriented boxes "
                "(-obb) are",
            ),
            (self.size < 32 or self.size % 32 != 0, f"size={self.size} is not a multiple of 32"),
            (self.steps < 1, f"steps={self.steps} is below 1"),
            (self.batch < 1, f"batch={self.batch} is below 1"),
            (self.rate < 0, f"rate={self.rate:g} is negative"),
            (not 0 <= self.ema < 1, f"ema={self.ema:g} is not from 0 up to 1"),
            (self.clip <= 0, f"clip={self.clip:g} is not above 0"),
            (self.decay < 0, f"decay={self.decay:g} is negative"),
            (self.final < 0, f"final={self.final:g} is negative"),
            (self.finetune_rate <= 0, f"finetune_rate={self.finetune_rate:g} is not above 0"),
            (self.save_every < 1, f"save_every={self.save_every} is below 1"),
            (
                min(self.check_every, self.patience, self.threads, self.warmup) < 0,
                "check_every, patience, threads and warmup cannot be negative",
            ),
            (self.freeze < 0, f"freeze={self.freeze} is negative"),
            (not 0 < self.layer_rate <= 1, f"layer_rate={self.layer_rate:g} is not above 0 and up to 1"),
            (self.loaders < -1, f"loaders={self.loaders} is below -1"),
            (self.precision not in ("fp32", "bf16"), f"precision={self.precision!r} is not fp32 or bf16"),
        ]
        for is_wrong, text in wrong:
            if is_wrong:
                raise BadArgument(text)

    def as_json(self) -> Json:
        """Return the fields as plain values."""
        return asdict(self)

    def what_decides(self) -> Json:
        """Return the fields that decide the weights: all but where and how parallel the work is done.

        Settings that came later are left out where they are as before they came, so that older runs still compare.
        """
        now = {k: v for k, v in self.as_json().items() if k not in _BESIDE}
        return _without(now, _LATER) | {"augment": _without(now["augment"], _LATER_OF_AUGMENT)}

    def with_changes(self, changes: Mapping[str, object], where: str = "recipe") -> Recipe:
        """Return the recipe with other values, by name; ``augment.flip_x`` and a mapping under ``augment`` both work.

        Args:
            changes: values by name.
            where: what an error says first: a file, an option.

        Raises:
            BadArgument: naming what is unknown, of the wrong type or out of range.

        >>> Recipe().with_changes({"steps": 500, "augment.flip_y": 0.5}).steps
        500
        """
        own: Json = {}
        of_augment: Json = {}
        for name, value in changes.items():
            if name == "augment" and isinstance(value, Mapping):
                of_augment.update(value)
            elif name.startswith("augment."):
                of_augment[name.removeprefix("augment.")] = value
            else:
                own[name] = value
        augment = replace(self.augment, **_typed(Augment, of_augment, f"{where}: augment."))
        return replace(self, **_typed(Recipe, own, f"{where}: "), augment=augment)


def _without(now: Json, later: Json) -> Json:
    """Return settings but for those that came later and are as they were before."""
    return {k: v for k, v in now.items() if k not in later or later[k] != v}


def difference(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    """Return the first setting that differs between ``old`` and ``new``, in words, or nothing."""
    old, new = {**_LATER, **old}, {**_LATER, **new}
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            return f"{name} was {old.get(name)!r}, is {new.get(name)!r}"
    return ""


def _typed(kind: type, values: Mapping[str, object], where: str) -> Json:
    types = get_type_hints(kind)
    known = [f.name for f in fields(kind) if f.name != "augment"]
    out = {}
    for name, value in values.items():
        if name not in known:
            raise BadArgument(f"{where}{name} is unknown{did_you_mean(name, known)}")
        wanted = types[name]
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not wanted:
            article = "an" if wanted is int else "a"
            raise BadArgument(f"{where}{name}={value!r} is not {article} {wanted.__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            raise BadArgument(f"{where}{name}={value!r} is not a finite number")
        out[name] = value
    return out


def cores() -> int:
    """Return how many threads this process should compute with: OMP_NUM_THREADS, else the cores it may run on."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
