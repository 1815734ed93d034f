"""Isaac Sim's materials."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_materials_hold_what_they_were_given(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})
    from isaacsim.core.api.materials import OmniPBR, PreviewSurface
    paint = PreviewSurface("/Looks/Paint", color=[1, 0.5, 0], roughness=0.25)
    assert paint.get_color().tolist() == [1, 0.5, 0] and paint.shader.GetInput("roughness").Get() == 0.25
    metal = OmniPBR("/Looks/Metal", color=[0.5, 0.5, 0.5])
    metal.set_metallic_constant(1.0)
    assert metal.shader.GetInput("metallic_constant").Get() == 1 and str(metal.prim.GetPath()) == "/Looks/Metal"
    """

    assert ran(tmp_path, text).error is None
