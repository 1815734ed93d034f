"""Steps of an exit."""

from __future__ import annotations

from pathlib import Path

from rendersdg.graph.distributions import Combine, Uniform
from rendersdg.graph.nodes import Prims
from rendersdg.omni.steps import AssetGroups, Step, draws, handles, relative


def test_handles_are_found_inside_lists_groups_and_combinations() -> None:
    a, b = Prims("a", ("/a",)), Prims("b", ("/b",))
    group, value = Prims("both", parts=(a, b)), Uniform(0, 1)
    combined = Combine([value, 3.0])

    assert list(handles([1, "text", group, [value], None])) == [group, a, b, value]
    assert list(handles(combined)) == [combined, value]


def test_a_step_draws_if_it_is_random_or_holds_a_distribution() -> None:
    def step(name: str, **arguments: object) -> Step:
        return Step(name, arguments, None, ())

    assert draws(step("randomizer.rotation")) and draws(step("modify.pose", position=[Uniform(0, 1), 2]))
    assert not draws(step("modify.pose", position=(1, 2, 3)))


def test_groups_of_images_end_with_one_that_shows_nothing() -> None:
    files = AssetGroups(Path("images"), "crack", 2).files()

    assert [[f.name for f in group] for group in files] == [
        [f"crack_{k}_{role}.png" for role in "DNR"] for k in (0, 1, "none")
    ]


def test_paths_are_told_with_forward_slashes() -> None:
    assert relative(Path("/a/b/c.png"), Path("/a/d")) == "../b/c.png"
