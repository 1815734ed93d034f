"""The editor of labels."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_labels_are_added_beside_others_and_removed(tmp_path: Path) -> None:
    text = """
    import omni.usd
    from omni.usd._impl.utils import get_prim_at_path
    from semantics.schema.editor import LabelWriteType, add_prim_semantics, remove_prim_semantics
    from isaacsim.core.utils.semantics import get_labels
    stage = omni.usd.get_context().get_stage()
    a, b = (stage.DefinePrim(path, "Cube") for path in ("/a", "/b"))
    add_prim_semantics([a, b], "box", instance="class", write_type=LabelWriteType.NEW)
    add_prim_semantics(a, data=["red", "big"], type="look", preview=False)
    add_prim_semantics(b, {"class": "crate", "look": "blue"})
    add_prim_semantics(b, "unseen", preview=True)
    assert get_labels(get_prim_at_path("/a")) == {"class": ["box"], "look": ["red", "big"]}
    assert get_labels(b) == {"class": ["box", "crate"], "look": ["blue"]}
    remove_prim_semantics(a)
    assert get_labels(a) == {}
    """

    assert ran(tmp_path, text).error is None
