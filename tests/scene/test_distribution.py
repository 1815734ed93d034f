"""Distributions of scenes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadScene
from rendersdg.scene import create, distribution
from rendersdg.scene.recorder import recording
from rendersdg.streams import Source
from tests.conftest import Opener


def test_a_shared_distribution_gives_the_same_values_everywhere() -> None:
    plain = distribution.uniform(0, 1)
    common = distribution.shared("spot", plain)

    assert common.site == "group/spot" and plain.site != common.site


def test_prims_are_choices_of_their_own(tmp_path: Path) -> None:
    with recording(tmp_path):
        boxes = create.cube(count=2)
        picks = distribution.choice([boxes, "other"]).draw(Source(0, "here", 0), 200)

    assert set(picks) == {"/Replicator/Cube_Xform", "/Replicator/Cube_Xform_01", "other"}


def test_a_sequence_with_a_stride_takes_so_many_entries_one_for_each_prim() -> None:
    items = distribution.sequence([1, 2, 3, 4, 5], stride=2)

    assert [items.draw(Source(0, "here", k), 2) for k in range(4)] == [[1, 2], [3, 4], [5, 5], [2, 3]]
    assert items.draw(Source(0, "here", 0), 3) == [1, 2, 1]


@pytest.mark.parametrize("given", ["ball", "{distribution.uniform: {lower: 0, upper: 1}}", "3", "null"])
def test_what_is_joined_is_a_list(open_scene: Opener, given: str) -> None:
    text = f"ball: {{create.sphere: {{}}}}\nboth: {{distribution.combine: {{distributions: {given}}}}}\n"

    with pytest.raises(BadScene, match="distributions"):
        open_scene(text)
