"""Bodies that fall, for scripts; not a script."""

from __future__ import annotations

import numpy as np
import omni.kit.app
import omni.replicator.core as rep
import omni.timeline
import omni.usd
from _checks import stage
from pxr import Usd, UsdPhysics, UsdShade

timeline = omni.timeline.get_timeline_interface()
timeline.set_end_time(1000)


def body(name: str, shape: str = "cube", **pose: object) -> Usd.Prim:
    """Return a rigid body with a collider."""
    prim = getattr(rep.functional.create, shape)(name=name, **pose)
    rep.functional.physics.apply_rigid_body(prim, with_collider=True)
    return prim


def at(prim: Usd.Prim) -> np.ndarray:
    """Return where a prim stands in the world."""
    return np.array(omni.usd.get_world_transform_matrix(prim).ExtractTranslation())


def wait(seconds: float) -> None:
    """Let time pass, 60 updates a second."""
    timeline.play()
    for _ in range(round(seconds * 60)):
        omni.kit.app.get_app().update()


def material(path: str, friction: float, restitution: float, *prims: Usd.Prim) -> None:
    """Make a physics material, as slippery when it slides as when it sticks, for some prims."""
    made = UsdShade.Material.Define(stage(), path)
    api = UsdPhysics.MaterialAPI.Apply(made.GetPrim())
    api.CreateDynamicFrictionAttr(friction)
    api.CreateStaticFrictionAttr(friction)
    api.CreateRestitutionAttr(restitution)
    for prim in prims:
        UsdShade.MaterialBindingAPI.Apply(prim).Bind(made, UsdShade.Tokens.weakerThanDescendants, "physics")
