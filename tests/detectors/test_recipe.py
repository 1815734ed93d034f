"""Recipes name what is wrong with them."""

from __future__ import annotations

import math
import os
from dataclasses import fields
from typing import Any

import pytest

from detectors.augment import Augment
from detectors.recipe import Recipe, difference
from rendersdg.errors import BadArgument

SHARES = [f for f in fields(Augment) if f.type == "float"]
FLOATS = [f.name for f in fields(Recipe) if f.type == "float"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"stepz": 3}, "stepz is unknown; did you mean 'steps'"),
        ({"augment.flipx": 1}, r"augment\.flipx is unknown; did you mean 'flip_x'"),
        ({"size": 100}, "not a multiple of 32"),
        ({"detector": "yolo11n-pose"}, r"keypoints are not learned here; boxes, masks \(-seg\) and oriented boxes"),
        ({"rate": "fast"}, "rate='fast' is not a float"),
        ({"steps": 2.5}, "steps=2.5 is not an int"),
        ({"precision": "int4"}, "not fp32 or bf16"),
        *(({name: value}, "not a finite number") for name in FLOATS for value in (math.nan, math.inf, -math.inf)),
        *(({f"augment.{f.name}": value}, "not a finite number") for f in SHARES for value in (math.nan, -math.inf)),
        *(({f"augment.{f.name}": value}, f.name) for f in SHARES for value in (-0.1, 1.1)),
        ({"augment.scale": 1.0}, "less than 1"),
        ({"decay": -1.0}, "decay=-1 is negative"),
        ({"final": -0.1}, "final=-0.1 is negative"),
        ({"finetune_rate": 0.0}, "finetune_rate=0 is not above 0"),
        ({"freeze": -1}, "freeze=-1 is negative"),
        ({"layer_rate": 0.0}, "layer_rate=0 is not above 0"),
        ({"layer_rate": 1.5}, "layer_rate=1.5 is not above 0 and up to 1"),
        ({"pretrained": "yes"}, "pretrained='yes' is not a bool"),
    ],
)
def test_a_recipe_names_what_is_wrong(change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        Recipe().with_changes(change)


def test_a_recipe_takes_changes_of_both_forms() -> None:
    recipe = Recipe().with_changes({"rate": 1, "augment": {"flip_y": 0.5}, "augment.mosaic": 1})

    assert (recipe.rate, recipe.augment.flip_y, recipe.augment.mosaic, recipe.augment.flip_x) == (1.0, 0.5, 1.0, 0.5)


def test_runs_from_before_a_setting_compare_with_recipes_that_leave_it_alone() -> None:
    later = ("pretrained", "freeze", "layer_rate", "balance")
    old = {k: v for k, v in Recipe().as_json().items() if k not in ("threads", "device", "loaders", *later)}
    old["augment"] = {k: v for k, v in old["augment"].items() if k not in ("paste", "like")}  # as runs recorded it

    assert Recipe().what_decides() == old and difference(old, Recipe().what_decides()) == ""
    for name, value in (("pretrained", True), ("freeze", 2), ("layer_rate", 0.5), ("balance", True)):
        now = Recipe().with_changes({name: value}).what_decides()
        assert now == old | {name: value}
        assert difference(old, now).startswith(f"{name} was ") and difference(now, old).startswith(
            f"{name} was {value}"
        )
    for name, given in (("paste", 0.5), ("like", "moments")):
        now = Recipe().with_changes({f"augment.{name}": given}).what_decides()
        assert now == old | {"augment": old["augment"] | {name: given}}


def test_training_takes_the_threads_that_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    from detectors.recipe import cores

    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert cores() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert cores() == len(os.sched_getaffinity(0))
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
