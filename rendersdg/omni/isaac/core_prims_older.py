"""``omni.isaac.core.prims``: the same handles by the names of the oldest generation, where ``...View`` are several."""

from __future__ import annotations

from rendersdg.omni.isaac.prims import Prims as GeometryPrimView
from rendersdg.omni.isaac.prims import Prims as XFormPrimView
from rendersdg.omni.isaac.prims import RigidPrims as RigidPrimView
from rendersdg.omni.isaac.prims import SingleGeometryPrim as GeometryPrim
from rendersdg.omni.isaac.prims import SinglePrim as XFormPrim
from rendersdg.omni.isaac.prims import SingleRigidPrim as RigidPrim

__all__ = ["GeometryPrim", "GeometryPrimView", "RigidPrim", "RigidPrimView", "XFormPrim", "XFormPrimView"]
