"""``isaacsim.core.api.materials``: materials as Python objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from pxr import Sdf, Usd, UsdShade

from rendersdg.arrays import F8
from rendersdg.omni.doors import VectorLike, gf_vec3f, numbers
from rendersdg.omni.isaac.utils.prims import move_prim
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.kit.physics_utils import addRigidBodyMaterial
from rendersdg.replicator import functional

__all__ = ["OmniPBR", "PhysicsMaterial", "PreviewSurface"]


class Material:
    """A material on the stage."""

    def __init__(self, prim_path: str, name: str | None = None) -> None:
        self.prim_path, self.name = str(prim_path), name or str(prim_path).rsplit("/", 1)[-1]

    @property
    def prim(self) -> Usd.Prim:
        """The prim."""
        return get_current_stage().GetPrimAtPath(self.prim_path)

    @property
    def material(self) -> UsdShade.Material:
        """The UsdShade material."""
        return UsdShade.Material(self.prim)

    @property
    def shader(self) -> UsdShade.Shader:
        """The shader of the surface, MDL's where there is one."""
        return self.material.ComputeSurfaceSource("mdl")[0]

    def _input(self, name: str, kind: Sdf.ValueTypeName, value: object) -> None:
        self.shader.CreateInput(name, kind).Set(value)


class PreviewSurface(Material):
    """A UsdPreviewSurface."""

    def __init__(
        self,
        prim_path: str,
        name: str = "preview_surface",
        shader: UsdShade.Shader | None = None,
        color: VectorLike | None = None,
        roughness: float | None = None,
        metallic: float | None = None,
    ) -> None:
        super().__init__(prim_path, name)
        material = UsdShade.Material.Define(get_current_stage(), self.prim_path)
        inner = UsdShade.Shader.Define(get_current_stage(), f"{self.prim_path}/shader")
        inner.CreateIdAttr("UsdPreviewSurface")
        material.CreateSurfaceOutput().ConnectToSource(inner.ConnectableAPI(), "surface")
        if color is not None:
            self.set_color(color)
        if roughness is not None:
            self.set_roughness(roughness)
        if metallic is not None:
            self.set_metallic(metallic)

    def set_color(self, color: VectorLike) -> None:
        """Set the colour, linear RGB 0..1."""
        self._input("diffuseColor", Sdf.ValueTypeNames.Color3f, gf_vec3f(color))

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
        shader: UsdShade.Shader | None = None,
        texture_path: str | None = None,
        texture_scale: VectorLike | None = None,
        texture_translate: VectorLike | None = None,
        color: VectorLike | None = None,
    ) -> None:
        inputs: dict[str, Any] = {}
        if color is not None:
            inputs["diffuse_color_constant"] = numbers(color).tolist()
        if texture_path is not None:
            inputs["diffuse_texture"] = str(texture_path)
        for key, value in (("texture_scale", texture_scale), ("texture_translate", texture_translate)):
            if value is not None:
                inputs[key] = numbers(value).tolist()
        material = functional.create_material("OmniPBR.mdl", **inputs)
        if str(material.GetPath()) != str(prim_path):
            move_prim(material, prim_path)
        super().__init__(str(prim_path), name)

    def set_color(self, color: VectorLike) -> None:
        """Set the colour, linear RGB 0..1."""
        self._input("diffuse_color_constant", Sdf.ValueTypeNames.Color3f, gf_vec3f(color))

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
        addRigidBodyMaterial(get_current_stage(), self.prim_path, None, static_friction, dynamic_friction, restitution)
