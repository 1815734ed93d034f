"""How created prims are placed."""

from __future__ import annotations

import pytest

from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Combine, Uniform
from rendersdg.graph.plan import MOST_PRIMS
from rendersdg.scene.placing import count_of, joined_value
from tests.conftest import Opener


def test_a_fixed_pose_is_on_the_stage_and_a_drawn_one_in_the_graph(open_scene: Opener) -> None:
    drawn = "position: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}"
    session = open_scene(f"a: {{create.cube: {{position: [1, 2, 3]}}}}\nb: {{create.cube: {{{drawn}}}}}\n")

    assert session.builder.base.pose("/Replicator/Cube_Xform").translate == (1, 2, 3)
    drawn_for = [n.targets.paths for n in session.recorder.graph.nodes if n.op == "modify.pose" and n.targets]
    assert ("/Replicator/Cube_Xform_01",) in drawn_for and ("/Replicator/Cube_Xform",) not in drawn_for


def test_a_list_that_holds_a_distribution_is_one_value() -> None:
    height = Uniform(0.0, 1.0)

    assert isinstance(joined_value([1, 2, height]), Combine)
    assert joined_value([1, 2, 3]) == [1, 2, 3]


@pytest.mark.parametrize("count", [-1, 1.5, True, MOST_PRIMS + 1])
def test_what_is_no_count_is_refused(count: float) -> None:
    with pytest.raises(BadArgument, match="count="):
        count_of(count)
