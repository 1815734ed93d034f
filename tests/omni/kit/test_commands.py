"""Commands on prims, each known by its name with and without ``Command`` behind, and Kit around a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes, ran


def test_settings_commands_and_the_timeline_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("host", tmp_path, monkeypatch)


def test_commands_change_the_prims_that_they_name(tmp_path: Path) -> None:
    text = """
    import omni.usd
    from omni.kit.commands import execute
    stage = omni.usd.get_context().get_stage()
    assert execute("CreatePrim", prim_type="Cube", prim_path="/A", attributes={"size": 2.0}) == (True, "/A")
    assert execute("CopyPrimCommand", path_from="/A", path_to="/B") == (True, "/B")
    assert execute("ChangeProperty", prop_path="/B.size", value=3.0) == (True, None)
    assert [stage.GetPrimAtPath(p).GetAttribute("size").Get() for p in ("/A", "/B")] == [2, 3]
    execute("ToggleVisibilitySelectedPrims", selected_paths=["/A"])
    assert stage.GetPrimAtPath("/A").GetAttribute("visibility").Get() == "invisible"
    execute("MovePrim", path_from="/A", path_to="/C")
    execute("DeletePrimsCommand", paths=["/B"])
    assert [p.GetName() for p in stage.GetPseudoRoot().GetChildren() if p.GetTypeName() == "Cube"] == ["C"]
    execute("Dance")
    """

    assert "omni.kit.commands: 'Dance' is not offered" in str(ran(tmp_path, text).error)
