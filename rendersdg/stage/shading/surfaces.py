"""Surfaces of MaterialX as looks: standard_surface, open_pbr_surface, gltf_pbr, disney_principled, surface_unlit.

Sources: the definitions of these nodes in MaterialX 1.39 (Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rendersdg.colour import NITS
from rendersdg.stage.shading import mtlx_nodes, preview
from rendersdg.stage.shading.evaluator import Evaluator, Kinds, LayFunction, NodeFunction, NotEvaluated, is_neutral
from rendersdg.stage.shading.fields import Constant, Field, combined, constant, mixed, times
from rendersdg.stage.shading.inputs import BLACK, WHITE, colour_of, luminance, number_of, refracting, specular_level
from rendersdg.stage.shading.network import Node
from rendersdg.stage.shading.painting import Look
from rendersdg.stage.shading.preview import normal_texels

_STANDARD = {  # inputs of the surfaces that are reported unless they are as here; None: wherever they are set
    "sheen": 0.0,
    "thin_film_thickness": 0.0,
    "coat_normal": None,
    "specular_rotation": 0.0,
    "coat_anisotropy": 0.0,
    "coat_affect_color": 0.0,
    "coat_affect_roughness": 0.0,
    "tangent": None,
    "diffuse_roughness": 0.0,
    "coat_IOR": 1.5,
}
_OPEN_PBR = {
    "fuzz_weight": 0.0,
    "thin_film_weight": 0.0,
    "geometry_coat_normal": None,
    "geometry_tangent": None,
    "geometry_coat_tangent": None,
    "base_diffuse_roughness": 0.0,
    "coat_roughness_anisotropy": 0.0,
}
_GLTF_PBR = {
    "iridescence": 0.0,
    "sheen_color": BLACK,
    "attenuation_color": WHITE,
    "clearcoat_normal": None,
    "tangent": None,
    "anisotropy_rotation": 0.0,
    "dispersion": 0.0,
}
_DISNEY = {"specularTint": 0.0, "sheen": 0.0}
MTLX_NOT_DRAWN = frozenset({*_STANDARD, *_OPEN_PBR, *_GLTF_PBR, *_DISNEY})
SurfaceFunction = Callable[[Evaluator, Node], Look]


def _field_of(kind: str) -> NodeFunction | None:
    return preview.FIELDS.get(kind) or mtlx_nodes.field_of(kind)


def _lay_of(kind: str) -> LayFunction | None:
    return preview.LAYS.get(kind) or mtlx_nodes.lay_of(kind)


KINDS = Kinds(_field_of, _lay_of)


def surface_of(kind: str) -> SurfaceFunction | None:
    """Return the function that makes a look of a surface's shader, None for one that is not known here."""
    return _SURFACES.get(mtlx_nodes.category_of(kind).removesuffix("_surfaceshader") or kind)


def _say(ev: Evaluator, node: Node, neutral: Mapping[str, Any], where: str = "is not applied") -> None:
    """Report what is asked for and not done: the inputs that are not ``neutral``."""
    for name, value in neutral.items():
        if ev.is_set(node, name) and (value is None or not is_neutral(ev.field(node, name, value), value)):
            ev.report.ignored(f"{node.path}.inputs:{name}", f"this input of the shader {where}")


def _normal(ev: Evaluator, node: Node, name: str) -> Field | None:
    """Return the colour of the normal map that feeds an input."""
    if ev.port(node, name).link is None:
        return None
    whole = ev.field(node, name, (0.5, 0.5, 1.0))
    return None if isinstance(whole, Constant) else whole


def _under_coat(colour: Field, coat: Field, tint: Field) -> Field:
    """Return a colour as it shows through a tinted coat."""
    return colour if is_neutral(tint, 1.0) else times(colour, mixed(constant(WHITE), tint, coat))


def standard_surface(ev: Evaluator, node: Node) -> Look:
    """Autodesk Standard Surface."""
    metal = number_of(ev, node, "metalness", 0.0)
    coat = number_of(ev, node, "coat", 0.0)
    base = times(number_of(ev, node, "base", 0.8), colour_of(ev, node, "base_color"))
    base = mixed(base, colour_of(ev, node, "subsurface_color"), number_of(ev, node, "subsurface", 0.0))
    through = number_of(ev, node, "transmission", 0.0)
    base = mixed(base, colour_of(ev, node, "transmission_color"), through)
    shine = colour_of(ev, node, "specular_color")
    weight = number_of(ev, node, "specular", 1.0)
    opacity = ev.field(node, "opacity", WHITE)
    glow = times(number_of(ev, node, "emission", 0.0), colour_of(ev, node, "emission_color"), constant(NITS))
    _say(ev, node, {"subsurface": 0.0}, "is drawn as a colour of the surface: no light wanders below it")
    _say(ev, node, _STANDARD)
    if not is_neutral(through, 0.0):
        _say(
            ev,
            node,
            {
                "transmission_depth": 0.0,
                "transmission_scatter": BLACK,
                "transmission_dispersion": 0.0,
                "transmission_extra_roughness": 0.0,
            },
        )
    return Look(
        base_colour=_under_coat(base, coat, colour_of(ev, node, "coat_color")),
        metallic=metal,
        roughness=number_of(ev, node, "specular_roughness", 0.2),
        specular=specular_level(number_of(ev, node, "specular_IOR", 1.5), times(weight, luminance(shine))),
        opacity=opacity if opacity.width == 1 else luminance(opacity),
        emission=glow,
        normal=_normal(ev, node, "normal"),
        coat=coat,
        coat_roughness=number_of(ev, node, "coat_roughness", 0.1),
        anisotropy=number_of(ev, node, "specular_anisotropy", 0.0),
        transmission=through,
        ior=refracting(ev, node, "specular_IOR", "thin_walled"),
        fades_whole=True,
    )


def open_pbr(ev: Evaluator, node: Node) -> Look:
    """OpenPBR Surface."""
    metal = number_of(ev, node, "base_metalness", 0.0)
    coat = number_of(ev, node, "coat_weight", 0.0)
    base = times(number_of(ev, node, "base_weight", 1.0), colour_of(ev, node, "base_color", (0.8, 0.8, 0.8)))
    inner = colour_of(ev, node, "subsurface_color", (0.8, 0.8, 0.8))
    base = mixed(base, inner, number_of(ev, node, "subsurface_weight", 0.0))
    through = number_of(ev, node, "transmission_weight", 0.0)
    base = mixed(base, colour_of(ev, node, "transmission_color"), through)
    weight = times(number_of(ev, node, "specular_weight", 1.0), luminance(colour_of(ev, node, "specular_color")))
    _say(ev, node, {"subsurface_weight": 0.0}, "is drawn as a colour of the surface: no light wanders below it")
    _say(ev, node, _OPEN_PBR)
    if not is_neutral(through, 0.0):
        _say(ev, node, {"transmission_depth": 0.0, "transmission_scatter": BLACK, "transmission_dispersion_scale": 0.0})
    if not is_neutral(coat, 0.0):
        _say(ev, node, {"coat_ior": 1.5, "coat_darkening": None})
    return Look(
        base_colour=_under_coat(base, coat, colour_of(ev, node, "coat_color")),
        metallic=metal,
        roughness=number_of(ev, node, "specular_roughness", 0.3),
        specular=specular_level(number_of(ev, node, "specular_ior", 1.5), weight),
        opacity=number_of(ev, node, "geometry_opacity", 1.0),
        emission=times(number_of(ev, node, "emission_luminance", 0.0), colour_of(ev, node, "emission_color")),
        normal=_normal(ev, node, "geometry_normal"),
        coat=coat,
        coat_roughness=number_of(ev, node, "coat_roughness", 0.0),
        anisotropy=number_of(ev, node, "specular_roughness_anisotropy", 0.0),
        transmission=through,
        ior=refracting(ev, node, "specular_ior", "geometry_thin_walled"),
        fades_whole=True,
    )


def gltf_pbr(ev: Evaluator, node: Node) -> Look:
    """The material of glTF 2.0."""
    mode = int(ev.number(node, "alpha_mode", 0))
    opacity = number_of(ev, node, "alpha", 1.0) if mode else constant(1.0)
    weight = times(number_of(ev, node, "specular", 1.0), luminance(colour_of(ev, node, "specular_color")))
    strength = number_of(ev, node, "emissive_strength", 1.0)
    if not is_neutral(ev.field(node, "occlusion", 1.0), 1.0):
        ev.report.note(f"{node.path}.inputs:occlusion", "the renderer finds occlusion itself")
    _say(ev, node, _GLTF_PBR)
    return Look(
        base_colour=colour_of(ev, node, "base_color"),
        metallic=number_of(ev, node, "metallic", 1.0),
        roughness=number_of(ev, node, "roughness", 1.0),
        specular=specular_level(number_of(ev, node, "ior", 1.5), weight),
        opacity=opacity,
        threshold=ev.number(node, "alpha_cutoff", 0.5) if mode == 1 else 0.0,
        emission=times(strength, colour_of(ev, node, "emissive", BLACK), constant(NITS)),
        normal=_normal(ev, node, "normal"),
        coat=number_of(ev, node, "clearcoat", 0.0),
        coat_roughness=number_of(ev, node, "clearcoat_roughness", 0.0),
        anisotropy=number_of(ev, node, "anisotropy_strength", 0.0),
        transmission=number_of(ev, node, "transmission", 0.0),
        ior=ev.number(node, "ior", 1.5) if ev.number(node, "thickness", 0.0) > 0 else 1.0,
        fades_whole=True,
    )


def disney_principled(ev: Evaluator, node: Node) -> Look:
    """Disney's principled surface."""
    gloss = number_of(ev, node, "clearcoatGloss", 1.0)
    _say(ev, node, {**_DISNEY, "subsurface": 0.0})
    return Look(
        base_colour=colour_of(ev, node, "baseColor", (0.16, 0.16, 0.16)),
        metallic=number_of(ev, node, "metallic", 0.0),
        roughness=number_of(ev, node, "roughness", 0.5),
        specular=number_of(ev, node, "specular", 0.5),
        coat=number_of(ev, node, "clearcoat", 0.0),
        coat_roughness=combined(lambda g: 0.3 * (1 - g), gloss, width=1),
        anisotropy=number_of(ev, node, "anisotropic", 0.0),
        transmission=number_of(ev, node, "specTrans", 0.0),
        ior=ev.number(node, "ior", 1.5),
    )


def unlit(ev: Evaluator, node: Node) -> Look:
    """A surface that shines by itself alone."""
    glow = times(number_of(ev, node, "emission", 1.0), colour_of(ev, node, "emission_color"), constant(NITS))
    _say(ev, node, {"transmission": 0.0})
    return Look(
        base_colour=constant(BLACK),
        specular=constant(0.0),
        roughness=constant(1.0),
        emission=glow,
        opacity=number_of(ev, node, "opacity", 1.0),
        fades_whole=True,
    )


def mixed_surface(ev: Evaluator, node: Node) -> Look:
    """Two surfaces, field by field: what lies between them is not quite their blend, and close."""
    looks = []
    for name in ("bg", "fg"):
        link = ev.port(node, name).link
        feeding = ev.network.nodes.get(link[0]) if link is not None else None
        function = surface_of(feeding.kind) if feeding is not None else None
        if feeding is None or function is None:
            raise NotEvaluated(node.path, f"the surface {name} of a mix is not known")
        looks.append(function(ev, feeding))
    share = number_of(ev, node, "mix", 0.0)
    below, above = looks
    parts: dict[str, Field] = {
        n: mixed(part, above.parts[n], share) for n, part in below.parts.items() if n in above.parts
    }
    for normal in (below.normal, above.normal):
        if normal is not None and (below.normal is None or above.normal is None):
            flat = constant((0.5, 0.5, 1.0))
            parts["normal"] = mixed(below.normal or flat, above.normal or flat, share)
    return replace(below, **parts)  # type: ignore[arg-type]


def preview_surface(ev: Evaluator, node: Node) -> Look:
    """UsdPreviewSurface, whose normal may come from MaterialX's normalmap."""
    look = preview.surface(ev, node)
    if node.kind.startswith("ND_") and look.normal is not None:
        link = ev.port(node, "normal").link
        feeding = ev.network.nodes.get(link[0]) if link is not None else None
        if feeding is not None and "normalmap" in feeding.kind:
            return replace(look, normal=_normal(ev, node, "normal"))
        return replace(look, normal=normal_texels(ev, node, "normal"))
    return look


_SURFACES: dict[str, SurfaceFunction] = {
    "UsdPreviewSurface": preview_surface,
    "standard_surface": standard_surface,
    "open_pbr_surface": open_pbr,
    "gltf_pbr": gltf_pbr,
    "disney_principled": disney_principled,
    "surface_unlit": unlit,
    "mix": mixed_surface,
}
