"""Free paths: Replicator's numbering, however many prims there are."""

from __future__ import annotations

import random

from pxr import Usd

from rendersdg.stage.free_names import FreeNames


def slow(stage: Usd.Stage, path: str) -> str:
    """Return the first free path by looking at each."""
    names = [path, *(f"{path}_{number:02d}" for number in range(1, 1000))]
    return next(name for name in names if not stage.GetPrimAtPath(name))


def test_the_lowest_free_number_is_taken_whatever_was_made_and_removed() -> None:
    stage = Usd.Stage.CreateInMemory()
    names = FreeNames(stage)
    rng = random.Random(3)
    made: list[str] = []
    for _ in range(600):
        if made and rng.random() < 0.15:
            stage.RemovePrim(made.pop(rng.randrange(len(made))))
        path = names.first(rng.choice(["/a", "/a", "/a", "/b/c"]))

        assert path == slow(stage, path.rsplit("_", 1)[0])
        stage.DefinePrim(path)
        made.append(path)


def test_many_paths_at_once_are_those_that_one_by_one_would_be_given() -> None:
    stage = Usd.Stage.CreateInMemory()
    for taken in ("/a", "/a_02", "/a_03", "/a_70"):
        stage.DefinePrim(taken)
    names = FreeNames(stage)

    paths = names.following("/a", 90)

    one_by_one = []
    for _ in range(90):
        one_by_one.append(slow(stage, "/a"))
        stage.DefinePrim(one_by_one[-1])
    assert paths == one_by_one
