"""Cameras and sizes of render products."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_product_tells_its_camera_and_size(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import omni.replicator.core as rep
    from isaacsim.core.utils.render_product import get_camera_prim_path, get_resolution
    product = rep.create.render_product("/OmniverseKit_Persp", (64, 32))
    assert get_camera_prim_path(product.path) == "/OmniverseKit_Persp" and get_resolution(product.path) == (64, 32)
    """

    assert ran(tmp_path, text).error is None
