"""The inputs of MDL's shaders that scripts set: which are there, which are applied, and which values change nothing.

The names are those of Isaac Sim's ``OmniPbrMaterial`` and ``OmniGlassMaterial`` (Apache-2.0) and of Omniverse's
documentation of OmniPBR.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pxr import Usd, UsdShade

from rendersdg.stage.reads import Reads

_UV = ("project_uvw", "uv_space_index", "texture_scale", "texture_rotate", "texture_translate")
_UNUSED = {  # of both shaders: what is not applied, and the value that changes nothing; None: none does by itself
    "geometry_normal_roughness_strength": None,
    "world_or_object": None,
    "flip_tangent_u": None,
    "flip_tangent_v": None,
}
_PBR_UNUSED: Mapping[str, object] = {
    **_UNUSED,
    "round_edges_radius": 0.0,
    "round_edges_roundness": None,
    "round_edges_across_materials": None,
    "excludeFromWhiteMode": None,
}
_COAT_UNUSED: Mapping[str, object] = {
    "clearcoat_tint": (1.0, 1.0, 1.0),
    "clearcoat_transparency": 1.0,
    "clearcoat_normalmap_texture": "",
    "clearcoat_bump_factor": None,
    "clearcoat_flatten": None,
    "clearcoat_ior": None,
}


@dataclass(frozen=True)
class Model:
    """A shader of MDL's: ``applied`` are the inputs that a material here honours, ``unused`` those that are there
    without effect, each with the value for which that makes no difference.
    """

    applied: frozenset[str]
    unused: Mapping[str, object]

    def has(self, name: str) -> bool:
        """Return whether the shader has an input."""
        return name in self.applied or name in self.unused

    def not_applied(self, inputs: Mapping[str, object]) -> Iterator[str]:
        """Give the names of the inputs among ``inputs`` that ask for something that is not done."""
        for name, neutral in self.unused.items():
            value = inputs.get(name)
            if neutral is not None and value is not None and value != neutral:
                yield name


OMNI_PBR = Model(
    frozenset(
        {
            *_UV,
            "diffuse_color_constant",
            "diffuse_texture",
            "diffuse_tint",
            "albedo_brightness",
            "albedo_add",
            "albedo_desaturation",
            "reflection_roughness_constant",
            "reflectionroughness_texture",
            "reflection_roughness_texture_influence",
            "metallic_constant",
            "metallic_texture",
            "metallic_texture_influence",
            "specular_level",
            "enable_ORM_texture",
            "ORM_texture",
            "enable_emission",
            "emissive_color",
            "emissive_color_texture",
            "emissive_intensity",
            "emissive_mask_texture",
            "normalmap_texture",
            "bump_factor",
            "detail_normalmap_texture",
            "detail_bump_factor",
            "detail_texture_translate",
            "detail_texture_rotate",
            "detail_texture_scale",
            "ao_texture",
            "ao_to_diffuse",
            "enable_opacity",
            "opacity_constant",
            "opacity_threshold",
            "enable_opacity_texture",
            "opacity_texture",
            "opacity_mode",
        }
    ),
    _PBR_UNUSED,
)
CLEAR_COAT = Model(
    OMNI_PBR.applied | {"enable_clearcoat", "clearcoat_weight", "clearcoat_reflection_roughness"},
    {**_PBR_UNUSED, **_COAT_UNUSED},
)
# what is said of glass, after its name
BENDS = "bends and blurs light in settings.render_quality balanced and high; in fast light goes straight on"
GLASS_INPUTS = {  # of OmniGlass: what stands for each in OmniPBR
    "glass_color": "diffuse_color_constant",
    "glass_color_texture": "diffuse_texture",
    "frosting_roughness": "reflection_roughness_constant",
    "roughness_texture": "reflectionroughness_texture",
    "roughness_texture_influence": "reflection_roughness_texture_influence",
    "normal_map_texture": "normalmap_texture",
    "normal_map_strength": "bump_factor",
    "enable_opacity": "enable_opacity",
    "cutout_opacity": "opacity_constant",
    "cutout_opacity_texture": "opacity_texture",
    "opacity_threshold": "opacity_threshold",
    **{name: name for name in _UV},
}
OMNI_GLASS = Model(
    frozenset({*GLASS_INPUTS, "glass_ior", "thin_walled"}),
    {
        **_UNUSED,
        "depth": None,
        "reflection_color": (1.0, 1.0, 1.0),
        "reflection_color_texture": "",
        "cutout_opacity_mono_source": None,
    },
)
OWN = (  # inputs beyond MDL's that files of other kinds are turned into
    "enable_vertex_color",
    "enable_vertex_opacity",
    "transmission_weight",
    "transmission_texture",
    "transmission_tint",
    "transmission_ior",
    "specular_texture",
    "clearcoat_texture",
    "clearcoat_roughness_texture",
    "second_coordinates",
)
MODELS = {
    "OmniPBR": OMNI_PBR,
    "OmniPBR_Opacity": OMNI_PBR,
    "OmniPBR_ClearCoat": CLEAR_COAT,
    "OmniPBR_ClearCoat_Opacity": CLEAR_COAT,
    "OmniGlass": OMNI_GLASS,
    "OmniGlass_Opacity": OMNI_GLASS,
}


def model_name(shader: UsdShade.Shader) -> str:
    """Return the name of a shader's material in MDL, empty where it is none of MDL's."""
    asset = shader.GetSourceAsset("mdl")
    name = shader.GetSourceAssetSubIdentifier("mdl") or (asset.path.rsplit("/", 1)[-1] if asset else "")
    return str(name).removesuffix(".mdl")


def model_of(prim: Usd.Prim) -> Model | None:
    """Return the model of a shader prim, None for one that is not in ``MODELS``."""
    return MODELS.get(model_name(UsdShade.Shader(prim))) if prim.IsA(UsdShade.Shader) else None


def _reads(name: str, model: Model) -> Reads:
    """Return what becomes of a shader's inputs."""
    told = {n: "is not applied" for n, neutral in model.unused.items() if neutral is not None}
    idle = {n: "does nothing by itself" for n, neutral in model.unused.items() if neutral is None}
    return Reads(
        f"Shader.mdl.{name}",
        read=frozenset(f"inputs:{n}" for n in (*model.applied, *OWN)),
        told={f"inputs:{n}": why for n, why in told.items()},
        idle={f"inputs:{n}": why for n, why in idle.items()},
    )


READS = tuple(_reads(name, model) for name, model in MODELS.items())
