"""``isaacsim.core.utils.viewports``: where a camera looks."""

from __future__ import annotations

from rendersdg.omni.doors import PrimLike, VectorLike, prim_of
from rendersdg.replicator import functional
from rendersdg.replicator.engine import VIEWPORT
from rendersdg.replicator.values import unwrap

__all__ = [
    "get_viewport_names",
    "set_camera_view",
]


def get_viewport_names(*args: object) -> list[str]:
    """Return the name of the one viewport."""
    return ["Viewport"]


def set_camera_view(
    eye: VectorLike = (5, 5, 5),
    target: VectorLike = (0, 0, 0),
    camera_prim_path: PrimLike = VIEWPORT,
    viewport_api: object = None,
    *,
    camera: PrimLike | None = None,
) -> None:
    """Aim a camera."""
    functional.modify_pose(
        prim_of(camera if camera is not None else camera_prim_path),
        position_value=tuple(float(v) for v in unwrap(eye)),
        look_at_value=tuple(float(v) for v in unwrap(target)),
        look_at_up_axis=None,
    )
