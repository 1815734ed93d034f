"""Functions that share their parameters: each is seen and called as if it were written out."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import pytest

from rendersdg.scene import FUNCTIONS
from rendersdg.scene.signatures import made_from_fields, taking
from rendersdg.scene.types import FixedInteger, FixedText, Number, kinds_of


@dataclass(frozen=True, kw_only=True)
class Size:
    width: Number = 1.0
    height: Number = 2.0


@taking("name height width count", Size)
def box(size: Size, name: FixedText, count: FixedInteger = 1) -> str:
    """Say it."""
    return f"{count} {name} {size.width} x {size.height}"


def test_parameters_stand_in_the_order_that_is_named() -> None:
    parameters = inspect.signature(box).parameters

    assert list(parameters) == ["name", "height", "width", "count"]
    assert parameters["height"].default == 2.0 and parameters["name"].default is inspect.Parameter.empty
    assert kinds_of(box) == {"name": "fixed string", "height": "number", "width": "number", "count": "fixed integer"}


def test_it_is_called_by_place_or_by_name() -> None:
    assert box("case", 7, count=3) == "3 case 1.0 x 7"
    assert (box.__name__, box.__doc__) == ("box", "Say it.")


@pytest.mark.parametrize(("arguments", "said"), [({}, "missing a required argument: 'name'"), ({"deep": 1}, "'deep'")])
def test_wrong_arguments_are_told_with_the_functions_name(arguments: dict[str, int], said: str) -> None:
    with pytest.raises(TypeError, match=rf"box\(\) .*{said}"):
        box(**{"name": "case", **arguments} if arguments else {})


def test_a_plug_ins_fields_stand_after_the_first_common_one() -> None:
    @dataclass(frozen=True)
    class Dent:
        """A dent."""

        depth: float = 1.0
        count_of_rings: int = 2

    function = made_from_fields("dent", Dent, Size, "More.", lambda own, common: (own, common))

    assert list(inspect.signature(function).parameters) == ["width", "depth", "count_of_rings", "height"]
    assert kinds_of(function)["count_of_rings"] == "integer"
    assert function(depth=3) == ({"depth": 3}, Size())


def test_no_function_of_a_scene_has_a_parameter_without_a_kind() -> None:
    lacking = [n for n in FUNCTIONS if set(inspect.signature(FUNCTIONS[n]).parameters) - set(kinds_of(FUNCTIONS[n]))]

    assert lacking == []
