"""A steering study: its YAML file, read into one frozen record."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from detectors.recipe import Recipe
from rendersdg.errors import BadScene, RenderSDGError, did_you_mean
from rendersdg.graph.parameters import Parameter
from rendersdg.yaml_values import Block, load_yaml, plain_value


@dataclass(frozen=True, slots=True)
class Budget:
    """When a study stops at the latest: rendered ``frames`` of all rounds, and ``cpu_minutes``; None for no limit."""

    frames: int | None = None
    cpu_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a detector is judged on: ``frames`` of the scene under another seed, or a set of photographs,
    ``data`` (``[LAYOUT:]PATH[@SPLIT]``), whose paths start at the study's file. ``rename`` gives the set's classes the
    scene's names. ``most`` images of it at most, evenly spaced.
    """

    frames: int = 0
    data: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)
    most: int | None = None


@dataclass(frozen=True, slots=True)
class SteeringStudy:
    """What ``rendersdg steer`` does.

    Attributes:
        file: where it stands.
        scene: a YAML scene, whose distributions are the author's bounds.
        frames: rendered in each round.
        rounds: at most.
        steer_on: what the misses are looked for on: photographs, or frames of the scene with each part of its ranges
            equally likely.
        hold_out: what decides when to stop; nothing is ever steered on it.
        parameters: patterns of names or labels (``*.gain``) of what may be re-weighted.
        bins: equal parts of a range.
        strength: 0 leaves the author's distributions, 1 follows the misses in full.
        limit: how many times likelier or rarer than the author made it a part may become.
        confidence: the score from which on a detection counts, 0 to 1.
        patience: rounds without a better hold-out after which the study stops.
        least_gain: what is better: so much more mAP50.
        budget: when it stops at the latest.
        is_control: whether nothing is re-weighted: the same frames as the author's scene gives, to compare with.
        seed: of the frames, the training and the tests.
        recipe: of the detector, a round.
        quality: what ``raster`` spends on light.
    """

    file: Path
    scene: Path
    frames: int
    rounds: int
    steer_on: Judged
    hold_out: Judged
    parameters: tuple[str, ...] = ("*",)
    bins: int = 5
    strength: float = 0.8
    limit: float = 4.0
    confidence: float = 0.3
    patience: int = 2
    least_gain: float = 0.005
    budget: Budget = Budget()
    is_control: bool = False
    seed: int = 0
    recipe: Recipe = field(default_factory=Recipe)
    quality: str | None = None

    def chosen(self, known: tuple[Parameter, ...]) -> list[Parameter]:
        """Return the parameters that may be re-weighted: drawn anew in each frame, and named by a pattern.

        Raises BadScene for a pattern that names none.
        """
        moving = [p for p in known if not p.is_fixed]
        if not moving:
            raise BadScene(f"{self.scene.name} draws nothing anew in each frame, so there is nothing to steer")
        for pattern in self.parameters:
            if not any(_fits(p, pattern) for p in moving):
                raise BadScene(
                    f"parameters: {pattern!r} names nothing that {self.scene.name} draws in each frame"
                    f"{did_you_mean(pattern, [p.label for p in moving])}",
                    where=str(self.file),
                )
        return [p for p in moving if any(_fits(p, pattern) for pattern in self.parameters)]


def _fits(parameter: Parameter, pattern: str) -> bool:
    return any(fnmatchcase(text, pattern.replace("[", "[[]")) for text in (parameter.name, parameter.label))


_NUMBERS: dict[str, tuple[type, float, float]] = {  # kind, least and most
    "frames": (int, 1, 1_000_000),
    "rounds": (int, 1, 1000),
    "bins": (int, 2, 50),
    "strength": (float, 0, 1),
    "limit": (float, 1, 1000),
    "confidence": (float, 0, 1),
    "patience": (int, 1, 1000),
    "least_gain": (float, 0, 1),
    "seed": (int, 0, 2**31),
}
_KEYS = (*_NUMBERS, "scene", "steer_on", "hold_out", "parameters", "budget", "control", "recipe", "quality")


def read_steering(file: Path) -> SteeringStudy:
    """Return the study of a YAML file. Raises BadScene with the line of what is wrong."""
    text = load_yaml(file)
    if not isinstance(text, Block):
        raise BadScene(f"a study is a mapping with {', '.join(_KEYS)}", where=f"{file}:1")
    for key in text:
        if key not in _KEYS:
            raise BadScene(f"{key!r} is unknown{did_you_mean(key, _KEYS)}", where=_at(file, text, key))
    for key in ("scene", "frames", "rounds", "steer_on", "hold_out"):
        if key not in text:
            raise BadScene(f"{key} is missing", where=f"{file}:1")
    scene = text["scene"]
    if not isinstance(scene, str) or Path(scene).suffix not in (".yaml", ".yml"):
        raise BadScene(f"scene={scene!r} must be the path of a YAML scene", where=_at(file, text, "scene"))
    numbers: dict[str, Any] = {key: _number(file, text, key, *_NUMBERS[key]) for key in _NUMBERS if key in text}
    steer_on, hold_out = (_judged(file, text, key) for key in ("steer_on", "hold_out"))
    if steer_on.data and _place(file, steer_on.data) == _place(file, hold_out.data):
        raise BadScene(
            "hold_out is what is steered on, too: it would not tell when to stop", where=_at(file, text, "hold_out")
        )
    budget = _budget(file, text)
    if budget.frames is not None and budget.frames < numbers["frames"]:
        said = f"budget: frames={budget.frames} is less than one round's {numbers['frames']}"
        raise BadScene(said, where=_at(file, text, "budget"))
    return SteeringStudy(
        file=file,
        scene=file.parent / scene,
        steer_on=steer_on,
        hold_out=hold_out,
        parameters=_patterns(file, text),
        budget=budget,
        is_control=_flag(file, text, "control"),
        recipe=_recipe(file, text),
        quality=_quality(file, text),
        **numbers,
    )


def _place(file: Path, spec: str) -> tuple[str, str]:
    """Return where a set lies and which split of it is meant, however it is written."""
    path, _, split = spec.partition("@")
    layout, colon, rest = path.partition(":")
    return os.path.realpath(file.parent / (rest if colon and "/" not in layout else path)), split


def _at(file: Path, text: Block, key: str) -> str:
    return f"{file}:{text.lines.get(key, text.line)}"


def _number(file: Path, text: Block, key: str, kind: type, least: float, most: float) -> float | int:
    value: Any = text[key]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or (kind is int and value != int(value)) or not least <= value <= most:
        what = "a whole number" if kind is int else "a number"
        raise BadScene(
            f"{key}={value!r} must be {what} from {_plain(least)} to {_plain(most)}", where=_at(file, text, key)
        )
    return kind(value)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _judged(file: Path, text: Block, key: str) -> Judged:
    given = text[key]
    if isinstance(given, str):
        return Judged(data=given)
    if not isinstance(given, Block) or not given:
        raise BadScene(f"{key} is {{frames: N}} of the scene, or a labelled set", where=_at(file, text, key))
    for name in given:
        if name not in ("frames", "data", "rename", "most"):
            hint = did_you_mean(name, ["frames", "data", "rename", "most"])
            raise BadScene(f"{key}: {name!r} is unknown{hint}", where=_at(file, given, name))
    if ("frames" in given) == ("data" in given):
        raise BadScene(f"{key}: give frames (of the scene) or data (a labelled set)", where=_at(file, text, key))
    rename = plain_value(given.get("rename") or {})
    if not isinstance(rename, dict):
        raise BadScene(f"{key}: rename is a mapping of class names", where=_at(file, given, "rename"))
    for name in ("most", "rename"):
        if "frames" in given and name in given:
            raise BadScene(f"{key}: {name} is for data, a labelled set, not for frames", where=_at(file, given, name))
    most = int(_number(file, given, "most", int, 1, 1e9)) if "most" in given else None
    if "frames" in given:
        return Judged(frames=int(_number(file, given, "frames", int, 1, 1_000_000)))
    return Judged(data=str(given["data"]), rename={str(k): str(v) for k, v in rename.items()}, most=most)


def _patterns(file: Path, text: Block) -> tuple[str, ...]:
    given = text.get("parameters", ["*"])
    if not isinstance(given, list) or not given or not all(isinstance(p, str) for p in given):
        raise BadScene(
            "parameters is a list of names, such as [marks.gain, '*.length']", where=_at(file, text, "parameters")
        )
    return tuple(str(p) for p in given)


def _budget(file: Path, text: Block) -> Budget:
    given = text.get("budget")
    if given is None:
        return Budget()
    if not isinstance(given, Block) or not set(given) <= {"frames", "cpu_minutes"}:
        raise BadScene("budget has frames and cpu_minutes", where=_at(file, text, "budget"))
    frames = int(_number(file, given, "frames", int, 1, 1e9)) if "frames" in given else None
    minutes = float(_number(file, given, "cpu_minutes", float, 0, 1e9)) if "cpu_minutes" in given else None
    return Budget(frames, minutes)


def _flag(file: Path, text: Block, key: str) -> bool:
    value = text.get(key, False)
    if not isinstance(value, bool):
        raise BadScene(f"{key}={value!r} is not true or false", where=_at(file, text, key))
    return value


def _quality(file: Path, text: Block) -> str | None:
    value = text.get("quality")
    if value not in (None, "fast", "balanced", "high"):
        raise BadScene(f"quality={value!r} is not fast, balanced or high", where=_at(file, text, "quality"))
    return value if isinstance(value, str) else None


def _recipe(file: Path, text: Block) -> Recipe:
    given = plain_value(text.get("recipe") or {})
    if not isinstance(given, dict):
        raise BadScene("recipe is a mapping, such as {detector: yolo11n, steps: 500}", where=_at(file, text, "recipe"))
    try:
        return Recipe().with_changes(given, "recipe")
    except RenderSDGError as error:
        raise error.at(_at(file, text, "recipe")) from None
