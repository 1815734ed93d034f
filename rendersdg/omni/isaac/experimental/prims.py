"""``isaacsim.core.experimental.prims``: handles on several prims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pxr import UsdPhysics

from rendersdg.omni.doors import PathLike
from rendersdg.omni.isaac.prims import Prims, RigidPrims

__all__ = ["GeomPrim", "RigidPrim", "XformPrim"]

XformPrim = Prims
RigidPrim = RigidPrims


class GeomPrim(Prims):
    """Several prims whose surfaces may collide."""

    def __init__(
        self, paths: PathLike | Sequence[PathLike], *, apply_collision_apis: bool = False, **more: Any
    ) -> None:
        super().__init__(paths=paths, **more)
        if apply_collision_apis:
            self.set_enabled_collisions(True)

    def set_enabled_collisions(self, enabled: ArrayLike, **options: object) -> None:
        """Say whether others collide with them."""
        for prim, is_on in zip(self.prims, np.broadcast_to(np.asarray(enabled, bool).ravel(), self.count)):
            UsdPhysics.CollisionAPI.Apply(prim).CreateCollisionEnabledAttr().Set(bool(is_on))
