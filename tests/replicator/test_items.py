"""Items: plain values out of what scripts pass, and what items say of themselves."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, Vt

from rendersdg.graph.nodes import Prims
from rendersdg.replicator.items import ReplicatorItem, unwrap
from tests.running import passes, ran


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Gf.Vec3d(1, 2, 3), (1, 2, 3)),
        (Gf.Quatf(1, 2, 3, 4), (1, 2, 3, 4)),
        (Vt.Vec3fArray([(1, 2, 3)]), ((1, 2, 3),)),
        (np.float32(0.5), 0.5),
        (np.arange(3), [0, 1, 2]),
        (Sdf.Path("/a/b"), "/a/b"),
        (PurePosixPath("/a/b"), "/a/b"),
        (Sdf.AssetPath("a.usd"), "a.usd"),
        ({"k": [Gf.Vec2f(1, 2)]}, {"k": [(1, 2)]}),
        (range(2), [0, 1]),
        ((k for k in "ab"), ["a", "b"]),
        (True, True),
    ],
    ids=lambda v: type(v).__name__,
)
def test_values_become_plain(value: object, plain: object) -> None:
    assert unwrap(value) == plain


def test_prims_and_items_become_paths_and_handles() -> None:
    stage = Usd.Stage.CreateInMemory()
    handle = Prims("box", ("/box",))

    assert unwrap(stage.DefinePrim("/box")) == "/box"
    assert unwrap(ReplicatorItem(handle)) is handle
    assert unwrap([ReplicatorItem(handle)]) == [handle]


def test_what_is_no_block_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = "import omni.replicator.core as rep\nwith rep.distribution.uniform(0, 1):\n    pass\n"

    assert "needs prims or a trigger" in str(ran(tmp_path, text).error)


def test_unknown_inputs_are_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = """
    import omni.replicator.core as rep
    with rep.create.cube():
        rep.modify.pose(position=(0, 0, 1)).set_input("positon", 1)
    """

    assert "did you mean 'position'" in str(ran(tmp_path, text).error)


def test_prims_are_called_found_and_changed_as_replicators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("names_of_prims", tmp_path, monkeypatch)
