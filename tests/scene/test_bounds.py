"""Values that no scene means: refused by one mechanism, wherever they stand."""

from __future__ import annotations

import math

import pytest

from rendersdg.errors import BadArgument, BadScene
from rendersdg.graph.distributions import Choice, Combine, Normal, Uniform
from rendersdg.graph.nodes import Prims
from rendersdg.scene import FUNCTIONS
from rendersdg.scene.bounds import Limits, check_extent, check_limits
from rendersdg.scene.types import check, checked_arguments
from tests.conftest import Opener

BOX = "box: {create.cube: {}}\n"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e21, -(10**400)])
@pytest.mark.parametrize("around", [lambda v: v, lambda v: [1, v], lambda v: {"a": [v]}, lambda v: Choice([1, [v]])])
def test_a_number_that_no_scene_means_is_found_wherever_it_stands(bad: float, around: object) -> None:
    value = around(bad)  # type: ignore[operator]

    with pytest.raises(BadArgument, match=r"x=.* is (not finite|beyond)"):
        check("x", "any", value)


def test_infinity_is_a_constant_for_what_has_no_limit_and_nan_never_is() -> None:
    check("value", "constant", math.inf)

    with pytest.raises(BadArgument, match="not finite"):
        check("value", "constant", math.nan)


def test_values_that_double_with_every_name_are_counted_not_written_out() -> None:
    value: object = [1]
    parts: object = Combine([1])
    prims = Prims("a", ("/a",))
    for _ in range(40):
        value, parts, prims = [value, value], Combine([parts, parts]), Prims("b", parts=(prims, prims))

    for bomb in (value, parts, prims):
        with pytest.raises(BadArgument, match=r"holds .* values, 1000000 at most"):
            check_extent("x", bomb)


def test_values_that_are_nested_too_deep_are_refused() -> None:
    value: object = 1
    for _ in range(150):
        value = [value]

    with pytest.raises(BadArgument, match="more than 100 deep"):
        check_extent("x", value)


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (0.5, True), (0, False), (-1, False), ([1, 0], False), (Uniform(0.1, 1), True), (Uniform(-1, 1), False),
        (Choice([1, 2]), True), (Choice([1, -2]), False), (Normal(1, 5), True), ("a", True), (None, True), (True, True),
    ],
)  # fmt: skip
def test_limits_are_those_of_every_number_that_may_be_drawn(value: object, holds: bool) -> None:
    try:
        check_limits("x", Limits(above=0), value)
    except BadArgument as error:
        assert not holds and "must be above 0" in str(error)
    else:
        assert holds


@pytest.mark.parametrize("value", ["false", "no", [], ["false"], [None], 0.5, 2, {}])
def test_what_is_not_true_or_false_is_not_taken_as_true(value: object) -> None:
    for kind in ("boolean", "fixed boolean"):
        with pytest.raises(BadArgument, match="true or false"):
            check("visible", kind, value)


def test_none_for_a_number_that_cannot_be_left_out_is_as_if_it_were_not_given() -> None:
    light, camera = FUNCTIONS["create.light"], FUNCTIONS["create.camera"]

    assert checked_arguments(light, {"intensity": None, "temperature": None}) == {"temperature": None}
    assert checked_arguments(camera, {"focal_length": None, "clipping_range": None, "position": None}) == {
        "position": None
    }
    with pytest.raises(BadArgument, match="distance must be a number, not empty"):
        checked_arguments(FUNCTIONS["modify.pose_orbit"], {"distance": None})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x: {create.cube: {semantics: [[1, [2]]]}}", "the label of a label is \\[2\\]"),
        ("x: {create.cube: {semantics: [['a b', c]]}}", "the type 'a b' is not a name"),
        ("x: {create.cube: {semantics: 'a:b;c'}}", "write type:label"),
        ("x: {create.light: {exposure: 1.0e+12}}", "from -64 to 64"),
        ("x: {create.light: {temperature: 0}}", "above 0"),
        ("x: {create.camera: {clipping_range: [5, 1]}}", "a larger number"),
        ("x: {create.camera: {f_stop: -1}}", "0 or more"),
        ("x: {get.sound: {semantics: 0.5}}", r"\[type, label\]"),
        ("x: {get.prims: {prim_types: 3}}", "text or a list of texts"),
        ("x: {distribution.combine: {distributions: [a, 1]}}", "must be a number or a list"),
        ("x: {distribution.uniform: {lower: [], upper: 1}}", "must be a number or a list"),
        ("x: {distribution.uniform: {lower: -1.0e+300, upper: 1.0e+300}}", "beyond"),
        ("x: {inherit: [box]}", "not an earlier group"),
        ("x: {create.render_product: {camera: box, resolution: [1.5, 2]}}", "whole numbers of pixels"),
        (
            "x: {with.box: {modify.pose_camera_relative: {camera: box, render_product: [], distance: 1}}}",
            "not a render product",
        ),
        ("? [a, b]\n: 1", "keys are text"),
    ],
)
def test_what_once_ended_in_a_traceback_is_told_with_its_line(open_scene: Opener, line: str, said: str) -> None:
    with pytest.raises(BadScene, match=said) as error:
        open_scene(BOX + line)

    assert error.value.where == "scene.yaml:5"


def test_whole_numbers_are_taken_where_a_material_has_fractions(open_scene: Opener) -> None:
    session = open_scene("x: {create.material_omnipbr: {roughness: 1, emissive_intensity: 1000000000000}}")

    assert session.recorder.stage is not None


def test_registered_functions_that_call_each_other_twice_end(open_scene: Opener) -> None:
    lines = ["f0: {create.xform: {}}"] + [
        f"f{k}: {{randomizer.f{k - 1}: null, a: {{randomizer.f{k - 1}: null}}}}" for k in range(1, 25)
    ]
    text = "r:\n  randomizer.register:\n" + "".join(f"    {line}\n" for line in lines)

    with pytest.raises(BadScene, match="called more than"):
        open_scene(text + "go: {randomizer.f24: null}\n")
