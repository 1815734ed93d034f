"""The arms of a study: what stands side by side in it, each with settings of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from detectors.recipe import Recipe
from rendersdg.errors import BadScene, did_you_mean
from rendersdg.paths import plain_name
from rendersdg.plain import Json

Kind = Literal["real", "union", "balanced", "finetune", "rehearse", "masked", "synthetic", "control"]
KINDS = get_args(Kind)
AFTER_RENDERED = ("finetune", "rehearse", "masked")  # arms that begin with what rendered images taught
WITHOUT_REAL = ("synthetic", "control")  # arms that learn from no real image
FIRST = ".first"  # ends the name of a pre-training with settings of its own
_KEYS = ("name", "as", "recipe", "pretraining", "hard")
# settings that a pre-training shares with what follows it
_OF_NETWORK = ("detector", "size", "grey", "pretrained", "freeze", "layer_rate")


@dataclass(frozen=True, slots=True)
class StudyArm:
    """One arm.

    Attributes:
        name: what it is called in tables and folders.
        kind: what it learns from, and in what order.
        recipe: settings of its own, by name.
        pretraining: of kinds in ``AFTER_RENDERED``, settings of its first stage, by name.
        hard: of ``finetune`` and ``rehearse``, the share of images in which the first stage errs, 0 to 1
            (:mod:`detectors.hard`); 0 shows all alike.
    """

    name: str
    kind: Kind
    recipe: Json = field(default_factory=dict)
    pretraining: Json = field(default_factory=dict)
    hard: float = 0.0

    def recipe_of(self, base: Recipe, where: str) -> Recipe:
        """Return the recipe of the arm: ``base`` with its own settings. Raises BadArgument, naming ``where``."""
        return base.with_changes(self.recipe, where)

    def first_recipe_of(self, base: Recipe, where: str) -> Recipe:
        """Return the recipe of the first stage of what comes after rendered images; ``base`` is that of rendered images
        alone.
        """
        network = {name: value for name, value in self.recipe.items() if name in _OF_NETWORK}
        return base.with_changes({**network, **self.pretraining}, where)


def read_arms(value: Any, of_kind: Mapping[str, Json], file: Path) -> tuple[StudyArm, ...]:
    """Return the arms of a study's file.

    Args:
        value: a list of kinds, or of mappings with ``name``, ``as`` (the kind), ``recipe`` and ``pretraining``.
        of_kind: settings by kind, which every arm of that kind starts from.
        file: of the study, for messages.

    Raises:
        BadScene: a kind or a key is unknown, or two arms have one name.
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise BadScene(f"{file}: arms must be a list, e.g. [real, finetune]")
    arms = tuple(_arm(one, of_kind, file) for one in value)
    names = [a.name for a in arms]
    for name in names:
        if names.count(name) > 1:
            raise BadScene(f"{file}: two arms are called {name!r}; give one of them another name")
    for kind in of_kind:
        if kind not in KINDS:
            raise BadScene(f"{file}: of_arm: {kind!r} is unknown{did_you_mean(kind, KINDS)}")
    return arms


def _arm(value: Any, of_kind: Mapping[str, Json], file: Path) -> StudyArm:
    text: dict[str, Any] = {"name": value, "as": value} if isinstance(value, str) else value
    if not isinstance(text, dict):
        raise BadScene(f"{file}: arm {value!r} must be a kind ({', '.join(KINDS)}) or a mapping")
    for key in text:
        if key not in _KEYS:
            raise BadScene(
                f"{file}: arm {text.get('name', value)!r}: {key!r} is unknown{did_you_mean(str(key), _KEYS)}"
            )
    kind: Any = text.get("as", text.get("name"))
    if kind not in KINDS:
        raise BadScene(f"{file}: arm {kind!r} is unknown{did_you_mean(str(kind), KINDS)}")
    if text.get("pretraining") and kind not in AFTER_RENDERED:
        raise BadScene(
            f"{file}: arm {text.get('name', kind)!r}: pretraining is for arms as {', '.join(AFTER_RENDERED)}"
        )
    for key in ("recipe", "pretraining"):
        if not isinstance(text.get(key) or {}, dict):
            raise BadScene(f"{file}: arm {text.get('name', kind)!r}: {key} must be a mapping of settings")
    name = plain_name(str(text.get("name", kind)), f"{file}: the arm")
    if name.endswith(FIRST):
        raise BadScene(f"{file}: arm {name!r}: a name cannot end in {FIRST}, which is what first stages are called")
    recipe = {**of_kind.get(kind, {}), **(text.get("recipe") or {})}
    return StudyArm(
        name, kind, recipe, dict(text.get("pretraining") or {}), _hard(text.get("hard", 0), kind, name, file)
    )


def _hard(value: Any, kind: Kind, name: str, file: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise BadScene(f"{file}: arm {name!r}: hard={value!r} is not a share from 0 up to 1")
    if value and kind not in ("finetune", "rehearse"):
        raise BadScene(f"{file}: arm {name!r}: hard is for arms as finetune or rehearse, whose first stage finds boxes")
    return float(value)
