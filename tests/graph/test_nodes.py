"""Nodes: what triggers may be, what handles stand for, and what sites are called."""

from __future__ import annotations

import pytest

from rendersdg.errors import BadArgument
from rendersdg.graph.nodes import Name, Node, Prims, Scopes, Trigger


@pytest.mark.parametrize(
    ("kind", "interval", "max_execs"), [("frame", 0, 0), ("frame", 1.5, 0), ("time", 0, 0), ("frame", 1, -1)]
)
def test_triggers_that_never_or_half_fire_are_refused(kind: str, interval: float, max_execs: int) -> None:
    with pytest.raises(BadArgument, match="give"):
        Trigger("t", kind, interval=interval, max_execs=max_execs)  # type: ignore[arg-type]


def test_a_handle_stands_for_paths_what_nodes_made_and_its_parts() -> None:
    node = Node("site", "randomizer.instantiate", {})
    group = Prims("all", ("/a",), node, (Prims("b", ("/b",)),))

    assert group.resolve({}) == ["/a", "/b"]
    assert group.resolve({node: ["/made_0", "/made_1"]}) == ["/a", "/made_0", "/made_1", "/b"]


def test_a_site_is_named_by_where_it_stands() -> None:
    scopes, box = Scopes(), Prims("box", ("/box",))
    with scopes.inside(Name("play")), scopes.inside(box):
        sites = [scopes.site("modify.pose", scopes.prims) for _ in range(2)]

    assert sites == ["play/modify.pose(box)", "play/modify.pose(box)#1"]
    assert scopes.blocks == () and scopes.prims is None
    assert scopes.site("modify.pose", box) == "modify.pose(box)"


def test_the_innermost_block_counts() -> None:
    scopes, outer, inner = Scopes(), Trigger("a", "frame"), Trigger("b", "time")
    with scopes.inside(outer), scopes.inside(inner):
        assert scopes.trigger is inner
        assert scopes.blocks == (outer, inner)
