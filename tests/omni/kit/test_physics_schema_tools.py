"""Numbers for paths."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_path_has_one_number(tmp_path: Path) -> None:
    text = """
    from pxr import PhysicsSchemaTools as tools, Sdf
    assert [tools.sdfPathToInt(p) for p in ("/A", Sdf.Path("/B"), "/A")] == [1, 2, 1]
    assert tools.intToSdfPath(2) == Sdf.Path("/B") and tools.intToSdfPath(9) == Sdf.Path()
    assert tools.decodeSdfPath(*tools.encodeSdfPath("/C")) == Sdf.Path("/C")
    """

    assert ran(tmp_path, text).error is None
