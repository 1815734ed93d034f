"""Isaac Sim's materials as Python objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdShade

from rendersdg.arrays import F8
from rendersdg.omni.bodies import add_rigid_body_material
from rendersdg.omni.isaac.rotations import numbers
from rendersdg.omni.isaac.stages import move_prim, stage
from rendersdg.replicator import functional


class Material:
    """A material on the stage."""

    def __init__(self, prim_path: str, name: str | None = None) -> None:
        self.prim_path, self.name = str(prim_path), name or str(prim_path).rsplit("/", 1)[-1]

    @property
    def prim(self) -> Usd.Prim:
        """The prim."""
        return stage().GetPrimAtPath(self.prim_path)

    @property
    def material(self) -> UsdShade.Material:
        """The UsdShade material."""
        return UsdShade.Material(self.prim)

    @property
    def shader(self) -> UsdShade.Shader:
        """The shader of the surface, MDL's where there is one."""
        return self.material.ComputeSurfaceSource("mdl")[0]

    def _input(self, name: str, kind: Any, value: Any) -> None:
        self.shader.CreateInput(name, kind).Set(value)


class PreviewSurface(Material):
    """A UsdPreviewSurface."""

    def __init__(
        self,
        prim_path: str,
        name: str = "preview_surface",
        shader: Any = None,
        color: Any = None,
        roughness: float | None = None,
        metallic: float | None = None,
    ) -> None:
        super().__init__(prim_path, name)
        made = UsdShade.Material.Define(stage(), self.prim_path)
        inner = UsdShade.Shader.Define(stage(), f"{self.prim_path}/shader")
        inner.CreateIdAttr("UsdPreviewSurface")
        made.CreateSurfaceOutput().ConnectToSource(inner.ConnectableAPI(), "surface")
        if color is not None:
            self.set_color(color)
        if roughness is not None:
            self.set_roughness(roughness)
        if metallic is not None:
            self.set_metallic(metallic)

    def set_color(self, color: Any) -> None:
        """Set the colour, linear RGB 0..1."""
        self._input("diffuseColor", Sdf.ValueTypeNames.Color3f, Gf.Vec3f(*numbers(color).tolist()))

    def set_roughness(self, roughness: float) -> None:
        """Set the roughness."""
        self._input("roughness", Sdf.ValueTypeNames.Float, float(roughness))

    def set_metallic(self, metallic: float) -> None:
        """Set how metallic it is."""
        self._input("metallic", Sdf.ValueTypeNames.Float, float(metallic))

    def get_color(self) -> F8:
        """Return the colour."""
        return np.array(self.shader.GetInput("diffuseColor").Get())


class OmniPBR(Material):
    """An OmniPBR material."""

    def __init__(
        self,
        prim_path: str,
        name: str = "omni_pbr",
        shader: Any = None,
        texture_path: str | None = None,
        texture_scale: Any = None,
        texture_translate: Any = None,
        color: Any = None,
    ) -> None:
        inputs: dict[str, Any] = {}
        if color is not None:
            inputs["diffuse_color_constant"] = numbers(color).tolist()
        if texture_path is not None:
            inputs["diffuse_texture"] = str(texture_path)
        for key, value in (("texture_scale", texture_scale), ("texture_translate", texture_translate)):
            if value is not None:
                inputs[key] = numbers(value).tolist()
        made = functional.create_material("OmniPBR.mdl", **inputs)
        if str(made.GetPath()) != str(prim_path):
            move_prim(made, prim_path)
        super().__init__(str(prim_path), name)

    def set_color(self, color: Any) -> None:
        """Set the colour, linear RGB 0..1."""
        self._input("diffuse_color_constant", Sdf.ValueTypeNames.Color3f, Gf.Vec3f(*numbers(color).tolist()))

    def set_texture(self, path: str) -> None:
        """Set the colour's texture."""
        self._input("diffuse_texture", Sdf.ValueTypeNames.Asset, Sdf.AssetPath(str(path)))

    def set_reflection_roughness(self, amount: float) -> None:
        """Set the roughness."""
        self._input("reflection_roughness_constant", Sdf.ValueTypeNames.Float, float(amount))

    def set_metallic_constant(self, amount: float) -> None:
        """Set how metallic it is."""
        self._input("metallic_constant", Sdf.ValueTypeNames.Float, float(amount))


class PhysicsMaterial(Material):
    """How what it is bound to rubs and bounces."""

    def __init__(
        self,
        prim_path: str,
        name: str = "physics_material",
        static_friction: float | None = None,
        dynamic_friction: float | None = None,
        restitution: float | None = None,
    ) -> None:
        super().__init__(prim_path, name)
        add_rigid_body_material(stage(), self.prim_path, None, static_friction, dynamic_friction, restitution)
