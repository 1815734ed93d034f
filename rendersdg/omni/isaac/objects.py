"""``isaacsim.core.api.objects``: solids that are seen, that others collide with, or that fall; and grounds."""

from __future__ import annotations

from typing import Any, ClassVar

from pxr import UsdGeom, UsdPhysics

from rendersdg.omni.doors import PrimLike, VectorLike
from rendersdg.omni.isaac.materials import PhysicsMaterial, PreviewSurface
from rendersdg.omni.isaac.prims import SingleGeometryPrim, SingleRigidPrim
from rendersdg.omni.isaac.utils.stage import get_current_stage, get_next_free_path
from rendersdg.replicator import functional
from rendersdg.stage.author import set_attribute

__all__ = [
    "DynamicCapsule",
    "DynamicCone",
    "DynamicCuboid",
    "DynamicCylinder",
    "DynamicSphere",
    "FixedCapsule",
    "FixedCone",
    "FixedCuboid",
    "FixedCylinder",
    "FixedSphere",
    "GroundPlane",
    "VisualCapsule",
    "VisualCone",
    "VisualCuboid",
    "VisualCylinder",
    "VisualSphere",
]


class Solid(SingleGeometryPrim):
    """A solid of one of USD's shapes; of a prim that is there already, that.

    ``color`` is linear RGB. ``more`` are its measures (``size``, ``radius``, ``height``, in stage units; 1 unless
    given) and whatever the base class takes.
    """

    _schema: ClassVar[type[UsdGeom.Gprim]]
    _measures: ClassVar[tuple[str, ...]]
    _usual_name: ClassVar[str]
    _collides: ClassVar[bool] = False

    def __init__(
        self,
        prim_path: str,
        name: str | None = None,
        position: VectorLike | None = None,
        translation: VectorLike | None = None,
        orientation: VectorLike | None = None,
        scale: VectorLike | None = None,
        visible: bool | None = None,
        color: VectorLike | None = None,
        visual_material: PrimLike | None = None,
        physics_material: PrimLike | None = None,
        **more: Any,
    ) -> None:
        is_new = not get_current_stage().GetPrimAtPath(str(prim_path))
        prim = self._schema.Define(get_current_stage(), str(prim_path)).GetPrim()
        for key in self._measures:
            value = more.pop(key, None)
            if value is not None or is_new:
                set_attribute(prim, key, float(1.0 if value is None else value))
        if self._collides:
            more["collision"] = True
        super().__init__(
            prim_path,
            name or self._usual_name,
            position=position,
            translation=translation,
            orientation=orientation,
            scale=scale,
            visible=visible,
            **more,
        )
        if visual_material is None and color is not None:
            visual_material = PreviewSurface(
                get_next_free_path("/World/Looks/visual_material", prepend_default_prim=False), color=color
            )
        if visual_material is not None:
            self.apply_visual_material(visual_material)
        if physics_material is not None:
            self.apply_physics_material(physics_material)

    def _measure(self, key: str) -> float:
        return float(self.prim.GetAttribute(key).Get())


class Round(Solid):
    """A solid with a radius."""

    def get_radius(self) -> float:
        """Return the radius in stage units."""
        return self._measure("radius")

    def set_radius(self, radius: float) -> None:
        """Set the radius in stage units."""
        set_attribute(self.prim, "radius", float(radius))


class Long(Round):
    """A solid with a radius and a height."""

    def get_height(self) -> float:
        """Return the height in stage units."""
        return self._measure("height")

    def set_height(self, height: float) -> None:
        """Set the height in stage units."""
        set_attribute(self.prim, "height", float(height))


class Cuboid(Solid):
    """A cuboid."""

    _schema = UsdGeom.Cube
    _measures = ("size",)

    def get_size(self) -> float:
        """Return the length of its edges in stage units."""
        return self._measure("size")

    def set_size(self, size: float) -> None:
        """Set the length of its edges in stage units."""
        set_attribute(self.prim, "size", float(size))


class VisualCuboid(Cuboid):
    """A cuboid that collides with nothing."""

    _usual_name = "visual_cuboid"


class FixedCuboid(Cuboid):
    """A cuboid that others collide with."""

    _usual_name = "fixed_cuboid"
    _collides = True


class DynamicCuboid(Cuboid, SingleRigidPrim):
    """A cuboid that falls."""

    _usual_name = "dynamic_cuboid"
    _collides = True


class Sphere(Round):
    """A sphere."""

    _schema = UsdGeom.Sphere
    _measures = ("radius",)


class VisualSphere(Sphere):
    """A sphere that collides with nothing."""

    _usual_name = "visual_sphere"


class FixedSphere(Sphere):
    """A sphere that others collide with."""

    _usual_name = "fixed_sphere"
    _collides = True


class DynamicSphere(Sphere, SingleRigidPrim):
    """A sphere that falls."""

    _usual_name = "dynamic_sphere"
    _collides = True


class Cylinder(Long):
    """A cylinder."""

    _schema = UsdGeom.Cylinder
    _measures = ("radius", "height")


class VisualCylinder(Cylinder):
    """A cylinder that collides with nothing."""

    _usual_name = "visual_cylinder"


class FixedCylinder(Cylinder):
    """A cylinder that others collide with."""

    _usual_name = "fixed_cylinder"
    _collides = True


class DynamicCylinder(Cylinder, SingleRigidPrim):
    """A cylinder that falls."""

    _usual_name = "dynamic_cylinder"
    _collides = True


class Cone(Long):
    """A cone."""

    _schema = UsdGeom.Cone
    _measures = ("radius", "height")


class VisualCone(Cone):
    """A cone that collides with nothing."""

    _usual_name = "visual_cone"


class FixedCone(Cone):
    """A cone that others collide with."""

    _usual_name = "fixed_cone"
    _collides = True


class DynamicCone(Cone, SingleRigidPrim):
    """A cone that falls."""

    _usual_name = "dynamic_cone"
    _collides = True


class Capsule(Long):
    """A capsule."""

    _schema = UsdGeom.Capsule
    _measures = ("radius", "height")


class VisualCapsule(Capsule):
    """A capsule that collides with nothing."""

    _usual_name = "visual_capsule"


class FixedCapsule(Capsule):
    """A capsule that others collide with."""

    _usual_name = "fixed_capsule"
    _collides = True


class DynamicCapsule(Capsule, SingleRigidPrim):
    """A capsule that falls."""

    _usual_name = "dynamic_capsule"
    _collides = True


class GroundPlane(SingleGeometryPrim):
    """A large horizontal plane that things lie on; of a prim that is there already, that."""

    def __init__(
        self,
        prim_path: str,
        name: str = "ground_plane",
        size: float | None = None,
        z_position: float = 0.0,
        scale: VectorLike | None = None,
        visible: bool | None = None,
        color: VectorLike | None = None,
        physics_material: PrimLike | None = None,
        visual_material: PrimLike | None = None,
        static_friction: float = 0.5,
        dynamic_friction: float = 0.5,
        restitution: float = 0.8,
        *,
        prim: PrimLike | None = None,
    ) -> None:
        is_new = not get_current_stage().GetPrimAtPath(prim_path)
        if is_new:
            unit = UsdGeom.GetStageMetersPerUnit(get_current_stage())
            length = 100.0 / unit if size is None else float(size)
            functional.SHAPES["plane"](name=f"{prim_path}/geom", scale=length * unit)
            UsdPhysics.CollisionAPI.Apply(get_current_stage().GetPrimAtPath(f"{prim_path}/geom"))
        super().__init__(prim_path, name, position=(0, 0, z_position), scale=scale, visible=visible)
        if physics_material is None:
            path = get_next_free_path("/World/Physics_Materials/physics_material", prepend_default_prim=False)
            physics_material = PhysicsMaterial(path, "physics_material", static_friction, dynamic_friction, restitution)
        self.apply_physics_material(physics_material)
        if visual_material is None and (is_new or color is not None):
            visual_material = PreviewSurface(
                get_next_free_path("/World/Looks/visual_material", prepend_default_prim=False),
                color=(0.5, 0.5, 0.5) if color is None else color,
                roughness=0.6,
            )
        if visual_material is not None:
            self.apply_visual_material(visual_material)
