"""``omni.physx.bindings._physx``: PhysX's enumerations."""

from __future__ import annotations

from rendersdg.omni.kit.physx import ContactEventType

__all__ = ["ContactEventType"]
