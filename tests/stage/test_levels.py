"""Drawables and what is above them, level by level."""

from __future__ import annotations

import numpy as np

from rendersdg.stage.levels import levels_of, stacked

TREE = [("/a/b/c", None), ("/a/b", np.diag([2.0, 2.0, 2.0, 1.0])), ("/d", None), ("/a/e", None), ("/a/b/c", np.eye(4))]


def test_a_prim_comes_after_the_one_above_it() -> None:
    levels = levels_of(TREE)

    assert levels.paths == ["/a", "/d", "/a/b", "/a/e", "/a/b/c"] and levels.ends == [2, 4, 5]
    assert levels.above.tolist() == [-1, -1, 0, 0, 2]
    assert [levels.paths[k] for k in levels.anchors] == [anchor for anchor, _ in TREE]
    assert [part.tolist() for part in levels.parts()] == [[0, 1], [2, 3], [4]]


def test_what_does_not_hold_above_does_not_hold_below() -> None:
    levels = levels_of(TREE)
    for path, wanted in (("/a", [2]), ("/a/b", [2, 3]), ("/a/b/c", [1, 2, 3]), ("/d", [0, 1, 3, 4])):
        holds = np.array([one != path for one in levels.paths])

        assert np.flatnonzero(levels.all_of_chain(holds)).tolist() == wanted


def test_an_offset_moves_what_stands_at_its_anchor() -> None:
    levels = levels_of(TREE)
    worlds = np.tile(np.eye(4), (5, 1, 1))
    worlds[:, 0, 3] = np.arange(5)

    found = levels.of_drawables(worlds)

    assert found[:, 0, 3].tolist() == [4, 2, 1, 3, 4] and found[:, 0, 0].tolist() == [1, 2, 1, 1, 1]


def test_of_nothing_there_are_no_levels() -> None:
    levels = levels_of([])

    assert levels.paths == [] and levels.parts() == []
    assert levels.of_drawables(stacked([])).shape == (0, 4, 4) and levels.all_of_chain(np.zeros(0, bool)).shape == (0,)
