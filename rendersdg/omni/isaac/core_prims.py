"""``isaacsim.core.prims``: handles on one prim (``Single...``) and on several."""

from __future__ import annotations

from rendersdg.omni.isaac.articulations import Articulation, SingleArticulation
from rendersdg.omni.isaac.prims import Prims as GeometryPrim
from rendersdg.omni.isaac.prims import Prims as XFormPrim
from rendersdg.omni.isaac.prims import RigidPrims as RigidPrim
from rendersdg.omni.isaac.prims import SingleGeometryPrim, SingleRigidPrim
from rendersdg.omni.isaac.prims import SinglePrim as SingleXFormPrim

__all__ = [
    "Articulation",
    "GeometryPrim",
    "RigidPrim",
    "SingleArticulation",
    "SingleGeometryPrim",
    "SingleRigidPrim",
    "SingleXFormPrim",
    "XFormPrim",
]
