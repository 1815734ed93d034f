"""``isaacsim.core.utils.render_product``: the camera and the size of a render product."""

from __future__ import annotations

from collections.abc import Sequence

from rendersdg.omni.doors import PrimLike, prim_of
from rendersdg.replicator import annotators
from rendersdg.replicator.engine import current
from rendersdg.replicator.products import show
from rendersdg.replicator.values import product_of

__all__ = [
    "add_aov",
    "get_camera_prim_path",
    "get_resolution",
    "set_camera_prim_path",
    "set_resolution",
]


def get_camera_prim_path(render_product_path: str) -> str:
    """Return the path of its camera."""
    return product_of(render_product_path).camera.resolve({})[0]


def set_camera_prim_path(render_product_path: str, camera_prim_path: PrimLike) -> None:
    """Let it show another camera from the next frame on."""
    show(current().recorder.stage, product_of(render_product_path), camera=str(prim_of(camera_prim_path).GetPath()))


def get_resolution(render_product_path: str) -> tuple[int, int]:
    """Return width and height in pixels."""
    return product_of(render_product_path).resolution_wh


def set_resolution(render_product_path: str, resolution: Sequence[int]) -> None:
    """Set width and height in pixels from the next frame on."""
    width, height = (int(v) for v in resolution)
    show(current().recorder.stage, product_of(render_product_path), resolution_wh=(width, height))


def add_aov(render_product_path: str, aov_name: str) -> None:
    """Do nothing but check the name: outputs are made when an annotator asks for them."""
    product_of(render_product_path)
    annotators.get(aov_name)
