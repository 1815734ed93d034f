"""The recorder: what functions of a scene fill, and handles to prims."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument, BadScene, RenderSDGError
from rendersdg.graph.distributions import Uniform
from rendersdg.graph.nodes import Prims
from rendersdg.graph.plan import Planner
from rendersdg.scene import create, distribution, modify
from rendersdg.scene.recorder import current, has_distribution, pairs, recording


def test_nothing_is_recorded_outside(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        assert current() is recorder
    with pytest.raises(RenderSDGError, match="no scene is being recorded"):
        current()


def test_prims_come_from_handles_paths_and_lists(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        box = create.cube()
        both = recorder.prims([box, "/Replicator/Cube_Xform"])

        assert recorder.prims(box) is box and both.resolve({}) == ["/Replicator/Cube_Xform"] * 2
        for wrong, said in (("box", "not a group"), ("/none", "no prim at"), (3, "not a prim")):
            with pytest.raises(BadArgument, match=said):
                recorder.prims(wrong)


def test_operations_need_prims(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        with pytest.raises(BadScene, match="put it inside a with block"):
            recorder.targets(None)
        with recorder.scopes.inside(Prims("box", ("/box",))):
            assert recorder.targets(None).resolve({}) == ["/box"]


def test_calls_are_kept_with_what_they_call_in_turn(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        recorder.call("outer", lambda size: recorder.call("inner", lambda: size, {}), {"size": 3})
    (outer,) = recorder.calls

    assert (outer.function, outer.result, dict(outer.arguments)) == ("outer", 3, {"size": 3})
    assert [c.function for c in outer.inner] == ["inner"]


def test_semantics_are_pairs_however_they_are_given() -> None:
    assert pairs({"class": ["a", "b"], "kind": 3}) == (("class", "a"), ("class", "b"), ("kind", "3"))
    assert pairs([("class", "a")]) == (("class", "a"),) and pairs(None) == ()
    assert pairs(["ab", "cd"]) == pairs(("ab", "cd")) == pairs("ab:cd") == (("ab", "cd"),)


@pytest.mark.parametrize("given", [["x", None], [["class"]], [["a", "b", "c"]], ["a", "b", "c"], [3], 3, [None], [{}]])
def test_what_is_no_pair_is_told(given: object) -> None:
    with pytest.raises(BadArgument, match="pair"):
        pairs(given)  # type: ignore[arg-type]


def test_distributions_are_found_inside_lists() -> None:
    assert has_distribution([1, [Uniform(0, 1)]]) and not has_distribution([1, "a", (2,)])


def test_a_distribution_in_two_places_draws_once_for_both(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        for source in (distribution.uniform((0, 0, 0), (1, 1, 1)), distribution.uniform((0, 0, 0), (1, 1, 1))):
            for _ in range(2):
                modify.pose(position=source, input_prims=create.cube())

    firings = Planner(recorder.graph, seed=3, seconds_per_frame=1 / 60).plan(0).firings
    first, second, third, fourth = (f.inputs["position"].values for f in firings if f.node.op == "modify.pose")
    assert first == second != third == fourth
