"""What of the stage moves as one body although several of its prims are called rigid bodies."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
from pxr import Usd, UsdGeom, UsdPhysics

from rendersdg import portable
from rendersdg.stage.author import WHOLE
from rendersdg.stage.base import ancestors
from rendersdg.stage.joints import Bonds, Joint, bonds_of, rigid_frame
from rendersdg.stage.state import SceneState


def nested(state: SceneState, bodies: Collection[str]) -> dict[str, str]:
    """Return the bodies that are part of another one, each with the next body above it.

    UsdPhysics' parser drops a body below a body unless its transform is reset in between; what it holds then belongs
    to the body above. One that a joint names is meant to move by itself, and does.
    """
    above = {p: next((a for a in ancestors(p)[1:] if a in bodies), None) for p in bodies}
    inner = {path: body for path, body in above.items() if body is not None and not _resets(state, path, body)}
    return {path: body for path, body in inner.items() if path not in _jointed(state)} if inner else {}


def _resets(state: SceneState, path: str, above: str) -> bool:
    """Return whether a prim stands for itself in the world, not in what is above it."""
    prims = (state.base.stage.GetPrimAtPath(p) for p in ancestors(path) if len(p) > len(above))
    return any(UsdGeom.Xformable(prim).GetResetXformStack() for prim in prims if prim and prim.IsA(UsdGeom.Xformable))


def _jointed(state: SceneState) -> set[str]:
    """Return the prims that joints name, and what holds them."""
    joints = (UsdPhysics.Joint(state.base.stage.GetPrimAtPath(path)) for path in state.base.joints())
    relations = [r for joint in joints for r in (joint.GetBody0Rel(), joint.GetBody1Rel()) if r]
    return {p for relation in relations for target in relation.GetForwardedTargets() for p in ancestors(str(target))}


def bound(state: SceneState, bodies: Collection[str]) -> Bonds:
    """Return what binds the moving bodies of a scene: its joints, and what holds the parts of one thing together.

    The parts of an asset of ours lie in each other where a real one's do not. Made rigid one by one they would burst.
    """
    bonds = bonds_of(state, bodies)
    held = {body for joint in bonds.joints for body in joint.bodies}
    welds, passing = [], []
    for whole, parts in _wholes(state, bodies):
        if len(parts) > 1 and held.isdisjoint(parts):
            first = portable.inverse(rigid_frame(state, parts[0]))
            for part in parts[1:]:
                frames = (portable.product(first, rigid_frame(state, part)), np.eye(4))
                welds.append(Joint(f"{part}.whole", "fixed", (parts[0], part), frames, holders=(whole,)))
            passing += list(combinations(parts, 2))
    return replace(bonds, joints=(*bonds.joints, *welds), passing=(*bonds.passing, *passing)) if welds else bonds


def _wholes(state: SceneState, bodies: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Return the assets of ours of which parts are bodies, each with these parts, in order."""
    parts: dict[str, list[str]] = {}
    for path in sorted(bodies):
        for above in ancestors(path)[1:]:
            prim: Usd.Prim = state.base.stage.GetPrimAtPath(above)
            if prim and prim.GetCustomDataByKey(WHOLE):
                parts.setdefault(above, []).append(path)
                break
    yield from parts.items()
