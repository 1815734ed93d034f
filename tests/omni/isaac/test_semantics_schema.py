"""The older labels."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_labels_are_applied_listed_and_taken_off(tmp_path: Path) -> None:
    text = """
    import omni.usd
    from pxr import Semantics
    prim = omni.usd.get_context().get_stage().DefinePrim("/A", "Xform")
    api = Semantics.SemanticsAPI.Apply(prim, "Semantics")
    api.CreateSemanticTypeAttr("class")
    api.CreateSemanticDataAttr("box")
    assert prim.HasAPI(Semantics.SemanticsAPI) and len(Semantics.SemanticsAPI.GetAll(prim)) == 1
    assert Semantics.SemanticsAPI.Get(prim, "Semantics").GetSemanticDataAttr().Get() == "box"
    assert Semantics.SemanticsAPI.IsSemanticsAPIPath("/A.semantic:Semantics:params:semanticData")
    prim.RemoveAPI(Semantics.SemanticsAPI)
    assert not prim.HasAPI(Semantics.SemanticsAPI)
    """

    assert ran(tmp_path, text).error is None
