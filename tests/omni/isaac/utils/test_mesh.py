"""Vertices of meshes."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_vertices_are_seen_from_another_prim(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import omni.usd
    from isaacsim.core.utils.mesh import get_mesh_vertices_relative_to
    from isaacsim.core.utils.prims import create_prim
    from pxr import UsdGeom
    mesh = UsdGeom.Mesh.Define(omni.usd.get_context().get_stage(), "/M")
    mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0)])
    create_prim("/C", translation=[0, 0, 1])
    assert get_mesh_vertices_relative_to("/M", "/C").tolist() == [[0, 0, -1], [1, 0, -1]]
    """

    assert ran(tmp_path, text).error is None
