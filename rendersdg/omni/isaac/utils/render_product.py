"""``isaacsim.core.utils.render_product``: the camera and the size of a render product."""

from __future__ import annotations

from rendersdg.replicator.values import product_of

__all__ = [
    "get_camera_prim_path",
    "get_resolution",
]


def get_camera_prim_path(render_product_path: str) -> str:
    """Return the path of its camera."""
    return product_of(render_product_path).camera.resolve({})[0]


def get_resolution(render_product_path: str) -> tuple[int, int]:
    """Return width and height in pixels."""
    return product_of(render_product_path).resolution_wh
