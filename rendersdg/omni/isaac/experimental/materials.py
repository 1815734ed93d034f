"""``isaacsim.core.experimental.materials``: what surfaces look like, and how they rub and bounce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from pxr import Sdf, Usd, UsdPhysics, UsdShade

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import PrimLike, VectorLike
from rendersdg.omni.isaac.experimental.fields import Field, accessors, chosen, rows, spread
from rendersdg.omni.isaac.experimental.handles import Paths, Prim, Refused, prims_at
from rendersdg.omni.isaac.experimental.ops import Array, Indices, Values, array
from rendersdg.omni.isaac.materials import PreviewSurface
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.kit.commands import execute
from rendersdg.omni.kit.usd import get_shader_from_material
from rendersdg.replicator.engine import current

__all__ = [
    "NonVisualMaterial",
    "OmniGlassMaterial",
    "OmniPbrMaterial",
    "PhysicsMaterial",
    "PreviewSurfaceMaterial",
    "RigidBodyMaterial",
    "SurfaceDeformableMaterial",
    "VisualMaterial",
    "VolumeDeformableMaterial",
]

_TYPES = Sdf.ValueTypeNames
_FLOAT, _BOOL, _INT, _ASSET, _COLOUR = _TYPES.Float, _TYPES.Bool, _TYPES.Int, _TYPES.Asset, _TYPES.Color3f
_PAIR, _VECTOR = _TYPES.Float2, _TYPES.Float3


class Material(Prim):
    """One material or several, made where there are none."""

    def __init__(self, paths: Paths) -> None:
        for path in self.resolve_paths(paths)[1]:
            self._make(path)
        super().__init__(paths)
        for prim, is_ours in zip(self.prims, self.are_of_type(self.prims)):
            if not is_ours:
                raise BadArgument(f"{prim.GetPath()} is not of the kind {type(self).__name__}", where=current().where())

    @staticmethod
    def _make(path: str) -> None:
        UsdShade.Material.Define(get_current_stage(), path)

    @classmethod
    def _is_ours(cls, prim: Usd.Prim) -> bool:
        return prim.IsA(UsdShade.Material)

    @property
    def materials(self) -> list[UsdShade.Material]:
        """The prims as USD's materials."""
        return [UsdShade.Material(p) for p in self.prims]

    @classmethod
    def are_of_type(cls, paths: PrimLike | Sequence[PrimLike]) -> Array:
        """Return whether each of some prims is a material of this kind (N, 1)."""
        return array([[bool(p) and cls._is_ours(p)] for p in prims_at(paths)], np.bool_)

    @classmethod
    def fetch_instances(cls, paths: PrimLike | Sequence[PrimLike]) -> list[Any]:
        """Return each of some materials as an object of its kind, None for one of another."""
        kinds = [k for k in (*cls.__subclasses__(), cls) if k not in (VisualMaterial, PhysicsMaterial)]
        return [
            next((k(str(p.GetPath())) for k in kinds if p and issubclass(k, Material) and k._is_ours(p)), None)
            for p in prims_at(paths)
        ]


# -- looks ------------------------------------------------------------------------------------------------------------


class VisualMaterial(Material):
    """One look or several: their shaders have inputs, each of which is set and read by its name."""

    _inputs: ClassVar[Mapping[str, Sdf.ValueTypeName]] = MappingProxyType({})

    @property
    def shaders(self) -> list[UsdShade.Shader]:
        """The shaders of their surfaces."""
        return [_shader(p) for p in self.prims]

    def _type_of(self, name: str) -> Sdf.ValueTypeName:
        if name not in self._inputs:
            raise BadArgument(
                f"{type(self).__name__} has no input {name!r}; there are {', '.join(self._inputs)}",
                where=current().where(),
            )
        return self._inputs[name]

    def set_input_values(self, name: str, values: Values, *, indices: Indices = None) -> None:
        """Set an input: a value for all, or one each."""
        kind, prims = self._type_of(name), chosen(self, indices)
        for prim, value in zip(prims, _of_type(values, len(prims), kind)):
            _shader(prim).CreateInput(name, kind).Set(value)

    def get_input_values(self, name: str, *, indices: Indices = None) -> Array | list[str]:
        """Return the values of an input: an array (N, ...), of files a list. Raises BadArgument where none was set."""
        kind, found = self._type_of(name), []
        for prim in chosen(self, indices):
            shader_input = _shader(prim).GetInput(name)
            if not shader_input or shader_input.Get() is None:
                raise BadArgument(f"{prim.GetPath()}: the input {name} has no value yet", where=current().where())
            found.append(shader_input.Get())
        if kind == _ASSET:
            return [v.path for v in found]
        dtype = {_BOOL: np.bool_, _INT: np.int32}.get(kind, np.float32)
        return array(np.reshape([np.ravel(v) for v in found], (len(found), -1)), dtype)


def _shader(prim: Usd.Prim) -> UsdShade.Shader:
    """Return the shader of a material's surface. Raises BadArgument where there is none."""
    shader = get_shader_from_material(prim)
    if shader is None:
        raise BadArgument(f"{prim.GetPath()} has no shader", where=current().where())
    return UsdShade.Shader(shader)


def _of_type(values: Values, count: int, kind: Sdf.ValueTypeName) -> list[Any]:
    """Return ``count`` values as an input of a type takes them."""
    if kind == _ASSET:
        return [Sdf.AssetPath(v) for v in spread(values, count, str)]
    width = {_COLOUR: 3, _VECTOR: 3, _PAIR: 2}.get(kind, 1)
    python = kind.type.pythonClass
    if width == 1:
        plain = {_BOOL: bool, _INT: int}.get(kind, float)
        return [plain(v) for v in rows(values, count, 1)[:, 0]]
    return [python(*row.tolist()) for row in rows(values, count, width)]


def _is_mdl(prim: Usd.Prim, file: str) -> bool:
    shader = get_shader_from_material(prim) if prim.IsA(UsdShade.Material) else None
    asset = None if shader is None else UsdShade.Shader(shader).GetSourceAsset("mdl")
    return asset is not None and file.lower() in asset.path.lower()


def _typed(**names: str) -> Mapping[str, Sdf.ValueTypeName]:
    """Return inputs by their names, out of the names of each type in a line."""
    types = {
        "floats": _FLOAT,
        "switches": _BOOL,
        "numbers": _INT,
        "files": _ASSET,
        "colours": _COLOUR,
        "pairs": _PAIR,
        "vectors": _VECTOR,
    }
    return MappingProxyType({name: types[key] for key, line in names.items() for name in line.split()})


_LOOK = "rendersdg:look"  # custom data of a material that stands for another
_UVW = {
    "switches": "project_uvw world_or_object",
    "numbers": "uv_space_index",
    "pairs": "texture_translate texture_scale",
    "floats": "texture_rotate",
}


class OmniPbrMaterial(VisualMaterial):
    """One OmniPBR material or several."""

    _inputs = _typed(
        colours="diffuse_color_constant diffuse_tint emissive_color",
        files="diffuse_texture reflectionroughness_texture metallic_texture ORM_texture ao_texture "
        "emissive_color_texture emissive_mask_texture opacity_texture normalmap_texture detail_normalmap_texture",
        floats="albedo_desaturation albedo_add albedo_brightness reflection_roughness_constant "
        "reflection_roughness_texture_influence metallic_constant metallic_texture_influence specular_level "
        "ao_to_diffuse emissive_intensity opacity_constant opacity_threshold geometry_normal_roughness_strength "
        "bump_factor detail_bump_factor detail_texture_rotate round_edges_radius round_edges_roundness "
        + _UVW["floats"],
        switches="enable_ORM_texture enable_emission enable_opacity enable_opacity_texture flip_tangent_u "
        "flip_tangent_v round_edges_across_materials " + _UVW["switches"],
        numbers="opacity_mode " + _UVW["numbers"],
        pairs="detail_texture_translate detail_texture_scale " + _UVW["pairs"],
    )

    @staticmethod
    def _make(path: str) -> None:
        execute("CreateMdlMaterialPrim", mtl_name="OmniPBR", mtl_path=path)

    @classmethod
    def _is_ours(cls, prim: Usd.Prim) -> bool:
        return _is_mdl(prim, "OmniPBR.mdl") and not OmniGlassMaterial._is_ours(prim)


class OmniGlassMaterial(VisualMaterial):
    """One OmniGlass material or several: drawn as OmniPBR of the glass's colour, roughness and opacity, and said so."""

    _inputs = _typed(
        colours="glass_color reflection_color",
        files="glass_color_texture roughness_texture reflection_color_texture normal_map_texture "
        "cutout_opacity_texture",
        floats="depth frosting_roughness roughness_texture_influence glass_ior normal_map_strength "
        "geometry_normal_roughness_strength cutout_opacity opacity_threshold " + _UVW["floats"],
        switches="thin_walled flip_tangent_u flip_tangent_v enable_opacity " + _UVW["switches"],
        numbers="cutout_opacity_mono_source " + _UVW["numbers"],
        pairs=_UVW["pairs"],
    )

    @staticmethod
    def _make(path: str) -> None:
        execute("CreateMdlMaterialPrim", mtl_name="OmniGlass", mtl_path=path)
        get_current_stage().GetPrimAtPath(path).SetCustomDataByKey(_LOOK, "OmniGlass")

    @classmethod
    def _is_ours(cls, prim: Usd.Prim) -> bool:
        return _is_mdl(prim, "OmniGlass.mdl") or prim.GetCustomDataByKey(_LOOK) == "OmniGlass"


class PreviewSurfaceMaterial(VisualMaterial):
    """One UsdPreviewSurface or several."""

    _inputs = _typed(
        colours="diffuseColor emissiveColor specularColor",
        numbers="useSpecularWorkflow",
        floats="metallic roughness clearcoat clearcoatRoughness opacity opacityThreshold ior displacement",
        vectors="normal",
    )

    @staticmethod
    def _make(path: str) -> None:
        PreviewSurface(path)

    @classmethod
    def _is_ours(cls, prim: Usd.Prim) -> bool:
        shader = get_shader_from_material(prim) if prim.IsA(UsdShade.Material) else None
        return shader is not None and UsdShade.Shader(shader).GetIdAttr().Get() == "UsdPreviewSurface"


# -- physics ----------------------------------------------------------------------------------------------------------


class PhysicsMaterial(Material):
    """One physics material or several."""


class RigidBodyMaterial(PhysicsMaterial):
    """How bodies rub and bounce: one material or several."""

    def __init__(
        self,
        paths: Paths,
        *,
        static_frictions: VectorLike | None = None,
        dynamic_frictions: VectorLike | None = None,
        restitutions: VectorLike | None = None,
        densities: VectorLike | None = None,
    ) -> None:
        super().__init__(paths)
        if static_frictions is not None or dynamic_frictions is not None:
            self.set_friction_coefficients(static_frictions, dynamic_frictions)
        if restitutions is not None:
            self.set_restitution_coefficients(restitutions)
        if densities is not None:
            self.set_densities(densities)

    @staticmethod
    def _make(path: str) -> None:
        UsdPhysics.MaterialAPI.Apply(UsdShade.Material.Define(get_current_stage(), path).GetPrim())

    @classmethod
    def _is_ours(cls, prim: Usd.Prim) -> bool:
        return prim.IsA(UsdShade.Material) and prim.HasAPI(UsdPhysics.MaterialAPI)

    set_friction_coefficients, get_friction_coefficients = accessors(
        "the friction of what stands, and of what slides",
        Field("static_frictions", "physics:staticFriction"),
        Field("dynamic_frictions", "physics:dynamicFriction"),
    )
    set_restitution_coefficients, get_restitution_coefficients = accessors(
        "the restitution: 0 is dead, 1 bounces back as fast", Field("restitutions", "physics:restitution")
    )
    set_densities, get_densities = accessors(
        "the densities in kilograms a cubic stage unit", Field("densities", "physics:density")
    )
    set_combine_modes, get_combine_modes = accessors(
        "how PhysX combines two materials: kept without effect",
        Field("frictions", "physxMaterial:frictionCombineMode", str, "PhysxMaterialAPI", "token", "average"),
        Field("restitutions", "physxMaterial:restitutionCombineMode", str, "PhysxMaterialAPI", "token", "average"),
        Field("dampings", "physxMaterial:dampingCombineMode", str, "PhysxMaterialAPI", "token", "average"),
    )
    set_compliant_contact_gains, get_compliant_contact_gains = accessors(
        "how stiff and damped PhysX's compliant contacts are: kept without effect",
        Field("stiffnesses", "physxMaterial:compliantContactStiffness", float, "PhysxMaterialAPI", "float"),
        Field("dampings", "physxMaterial:compliantContactDamping", float, "PhysxMaterialAPI", "float"),
    )

    def set_enabled_compliant_contacts(self, enabled: VectorLike, *, indices: Indices = None) -> None:
        """Switch PhysX's compliant contacts off; those on are those with a stiffness."""
        prims = chosen(self, indices)
        for prim, is_on in zip(prims, spread(enabled, len(prims), bool)):
            attribute = prim.GetAttribute("physxMaterial:compliantContactStiffness")
            if not is_on and attribute:
                attribute.Set(0.0)

    def get_enabled_compliant_contacts(self, *, indices: Indices = None) -> Array:
        """Return whether PhysX's compliant contacts are on (N, 1)."""
        stiffnesses, _ = self.get_compliant_contact_gains(indices=indices)
        return array(stiffnesses > 0, np.bool_)


_SOFT = (
    "cloth and soft bodies are not simulated: bodies that move are rigid (MuJoCo). Use RigidBodyMaterial "
    "with RigidPrim, or rep.functional.physics.apply_rigid_body, which falls and collides in one shape"
)


class SurfaceDeformableMaterial(Refused):
    """Not supported: only rigid bodies are simulated."""

    _reason = _SOFT


class VolumeDeformableMaterial(Refused):
    """Not supported: only rigid bodies are simulated."""

    _reason = _SOFT


# -- what radar and lidar see -----------------------------------------------------------------------------------------


class NonVisualMaterial(Material):
    """What lidars and radars take surfaces for: kept on the prims, without effect on what is drawn."""

    def __init__(
        self,
        paths: Paths,
        *,
        bases: str | Sequence[str] | None = None,
        coatings: str | Sequence[str] | None = None,
        attributes: str | Sequence[str] | None = None,
    ) -> None:
        super().__init__(paths)
        for write, given in (
            (self.set_bases, bases),
            (self.set_coatings, coatings),
            (self.set_attributes, attributes),
        ):
            if given is not None:
                write(given)

    set_bases, get_bases = accessors(
        "the bases", Field("bases", "omni:simready:nonvisual:base", str, None, "token", "none")
    )
    set_coatings, get_coatings = accessors(
        "the coatings", Field("coatings", "omni:simready:nonvisual:coating", str, None, "token", "none")
    )
    set_attributes, get_attributes = accessors(
        "the attributes", Field("attributes", "omni:simready:nonvisual:attributes", str, None, "token", "none")
    )
