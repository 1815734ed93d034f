"""Surfaces of MaterialX as looks: standard_surface, open_pbr_surface, gltf_pbr, disney_principled, surface_unlit.

Sources: the definitions of these nodes in MaterialX 1.39 (Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rendersdg.stage.shading import mtlx_nodes, preview
from rendersdg.stage.shading.evaluator import Evaluator, Kinds, LayFunction, NodeFunction, NotEvaluated, is_neutral
from rendersdg.stage.shading.fields import Constant, Field, channels, combined, constant, mixed, times
from rendersdg.stage.shading.network import Node
from rendersdg.stage.shading.painting import Look
from rendersdg.stage.shading.preview import normal_texels

_NITS = 1e-3  # what one nit is in an emission of 1: MaterialX leaves the unit open, as USD does
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
MTLX_NOT_DRAWN = (  # inputs of the surfaces that are reported where they are asked for
    *("sheen", "thin_film_thickness", "coat_normal", "specular_rotation", "coat_anisotropy", "coat_affect_color"),
    *("coat_affect_roughness", "tangent", "diffuse_roughness", "coat_IOR", "fuzz_weight", "thin_film_weight"),
    *("geometry_coat_normal", "geometry_tangent", "geometry_coat_tangent", "base_diffuse_roughness"),
    *(
        "coat_roughness_anisotropy",
        "iridescence",
        "sheen_color",
        "thickness",
        "clearcoat_normal",
        "anisotropy_rotation",
    ),
    *("dispersion", "specularTint"),
)
SurfaceFunction = Callable[[Evaluator, Node], Look]


def _field_of(kind: str) -> NodeFunction | None:
    return preview.FIELDS.get(kind) or mtlx_nodes.field_of(kind)


def _lay_of(kind: str) -> LayFunction | None:
    return preview.LAYS.get(kind) or mtlx_nodes.lay_of(kind)


KINDS = Kinds(_field_of, _lay_of)


def surface_of(kind: str) -> SurfaceFunction | None:
    """Return the function that makes a look of a surface's shader, None for one that is not known here."""
    return _SURFACES.get(mtlx_nodes.category_of(kind).removesuffix("_surfaceshader") or kind)


def _number(ev: Evaluator, node: Node, name: str, default: float) -> Field:
    return channels(ev.field(node, name, default), [0])


def _colour(ev: Evaluator, node: Node, name: str, default: Any = _WHITE) -> Field:
    whole = ev.field(node, name, default, is_colour=True)
    return whole if whole.width == 3 else channels(times(whole, constant(_WHITE)), [0, 1, 2])


def _say(ev: Evaluator, node: Node, neutral: Mapping[str, Any], where: str = "is not applied") -> None:
    """Report what is asked for and not done: the inputs that are not ``neutral``."""
    for name, value in neutral.items():
        if ev.is_set(node, name) and (value is None or not is_neutral(ev.field(node, name, value), value)):
            ev.report.ignored(f"{node.path}.inputs:{name}", f"this input of the shader {where}")


def _level(ior: Field, weight: Field) -> Field:
    """Return the specular level, 0.5 for an index of 1.5."""

    def level(n: Any, share: Any) -> Any:
        return np.minimum(((n - 1) / (n + 1)) ** 2 / 0.08 * share, 1.0)

    return combined(level, ior, channels(weight, [0]), width=1)


def _grey(colour: Field) -> Field:
    return combined(lambda c: (c[..., :3] * [0.2126, 0.7152, 0.0722]).sum(-1, keepdims=True), colour, width=1)


def _normal(ev: Evaluator, node: Node, name: str) -> Field | None:
    """Return the colour of the normal map that feeds an input."""
    if ev.port(node, name).link is None:
        return None
    whole = ev.field(node, name, (0.5, 0.5, 1.0))
    return None if isinstance(whole, Constant) else whole


def _under_coat(colour: Field, coat: Field, tint: Field) -> Field:
    """Return a colour as it shows through a tinted coat."""
    return colour if is_neutral(tint, 1.0) else times(colour, mixed(constant(_WHITE), tint, coat))


def standard_surface(ev: Evaluator, node: Node) -> Look:
    """Autodesk Standard Surface."""
    metal = _number(ev, node, "metalness", 0.0)
    coat = _number(ev, node, "coat", 0.0)
    base = times(_number(ev, node, "base", 0.8), _colour(ev, node, "base_color"))
    base = mixed(base, _colour(ev, node, "subsurface_color"), _number(ev, node, "subsurface", 0.0))
    through = _number(ev, node, "transmission", 0.0)
    base = mixed(base, _colour(ev, node, "transmission_color"), through)
    shine = _colour(ev, node, "specular_color")
    weight = _number(ev, node, "specular", 1.0)
    opacity = ev.field(node, "opacity", _WHITE)
    glow = times(_number(ev, node, "emission", 0.0), _colour(ev, node, "emission_color"), constant(1 / _NITS))
    _say(ev, node, {"subsurface": 0.0}, "is drawn as a colour of the surface: no light wanders below it")
    _say(
        ev,
        node,
        {
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
        },
    )
    if not is_neutral(through, 0.0):
        _say(
            ev,
            node,
            {
                "transmission_depth": 0.0,
                "transmission_scatter": _BLACK,
                "transmission_dispersion": 0.0,
                "transmission_extra_roughness": 0.0,
            },
        )
    return Look(
        base_colour=_under_coat(base, coat, _colour(ev, node, "coat_color")),
        metallic=metal,
        roughness=_number(ev, node, "specular_roughness", 0.2),
        specular=_level(_number(ev, node, "specular_IOR", 1.5), times(weight, _grey(shine))),
        opacity=opacity if opacity.width == 1 else _grey(opacity),
        emission=glow,
        normal=_normal(ev, node, "normal"),
        coat=coat,
        coat_roughness=_number(ev, node, "coat_roughness", 0.1),
        anisotropy=_number(ev, node, "specular_anisotropy", 0.0),
        transmission=through,
        fades_whole=True,
    )


def open_pbr(ev: Evaluator, node: Node) -> Look:
    """OpenPBR Surface."""
    metal = _number(ev, node, "base_metalness", 0.0)
    coat = _number(ev, node, "coat_weight", 0.0)
    base = times(_number(ev, node, "base_weight", 1.0), _colour(ev, node, "base_color", (0.8, 0.8, 0.8)))
    inner = _colour(ev, node, "subsurface_color", (0.8, 0.8, 0.8))
    base = mixed(base, inner, _number(ev, node, "subsurface_weight", 0.0))
    through = _number(ev, node, "transmission_weight", 0.0)
    base = mixed(base, _colour(ev, node, "transmission_color"), through)
    weight = times(_number(ev, node, "specular_weight", 1.0), _grey(_colour(ev, node, "specular_color")))
    _say(ev, node, {"subsurface_weight": 0.0}, "is drawn as a colour of the surface: no light wanders below it")
    _say(
        ev,
        node,
        {
            "fuzz_weight": 0.0,
            "thin_film_weight": 0.0,
            "geometry_coat_normal": None,
            "geometry_tangent": None,
            "geometry_coat_tangent": None,
            "base_diffuse_roughness": 0.0,
            "coat_roughness_anisotropy": 0.0,
        },
    )
    if not is_neutral(through, 0.0):
        _say(
            ev, node, {"transmission_depth": 0.0, "transmission_scatter": _BLACK, "transmission_dispersion_scale": 0.0}
        )
    if not is_neutral(coat, 0.0):
        _say(ev, node, {"coat_ior": 1.5, "coat_darkening": None})
    return Look(
        base_colour=_under_coat(base, coat, _colour(ev, node, "coat_color")),
        metallic=metal,
        roughness=_number(ev, node, "specular_roughness", 0.3),
        specular=_level(_number(ev, node, "specular_ior", 1.5), weight),
        opacity=_number(ev, node, "geometry_opacity", 1.0),
        emission=times(_number(ev, node, "emission_luminance", 0.0), _colour(ev, node, "emission_color")),
        normal=_normal(ev, node, "geometry_normal"),
        coat=coat,
        coat_roughness=_number(ev, node, "coat_roughness", 0.0),
        anisotropy=_number(ev, node, "specular_roughness_anisotropy", 0.0),
        transmission=through,
        fades_whole=True,
    )


def gltf_pbr(ev: Evaluator, node: Node) -> Look:
    """The material of glTF 2.0."""
    mode = int(ev.number(node, "alpha_mode", 0))
    opacity = _number(ev, node, "alpha", 1.0) if mode else constant(1.0)
    weight = times(_number(ev, node, "specular", 1.0), _grey(_colour(ev, node, "specular_color")))
    strength = _number(ev, node, "emissive_strength", 1.0)
    if not is_neutral(ev.field(node, "occlusion", 1.0), 1.0):
        ev.report.note(f"{node.path}.inputs:occlusion", "the renderer finds occlusion itself")
    _say(
        ev,
        node,
        {
            "iridescence": 0.0,
            "sheen_color": _BLACK,
            "thickness": 0.0,
            "clearcoat_normal": None,
            "tangent": None,
            "anisotropy_rotation": 0.0,
            "dispersion": 0.0,
        },
    )
    return Look(
        base_colour=_colour(ev, node, "base_color"),
        metallic=_number(ev, node, "metallic", 1.0),
        roughness=_number(ev, node, "roughness", 1.0),
        specular=_level(_number(ev, node, "ior", 1.5), weight),
        opacity=opacity,
        threshold=ev.number(node, "alpha_cutoff", 0.5) if mode == 1 else 0.0,
        emission=times(strength, _colour(ev, node, "emissive", _BLACK), constant(1 / _NITS)),
        normal=_normal(ev, node, "normal"),
        coat=_number(ev, node, "clearcoat", 0.0),
        coat_roughness=_number(ev, node, "clearcoat_roughness", 0.0),
        anisotropy=_number(ev, node, "anisotropy_strength", 0.0),
        transmission=_number(ev, node, "transmission", 0.0),
        fades_whole=True,
    )


def disney_principled(ev: Evaluator, node: Node) -> Look:
    """Disney's principled surface."""
    gloss = _number(ev, node, "clearcoatGloss", 1.0)
    _say(ev, node, {"specularTint": 0.0, "sheen": 0.0, "subsurface": 0.0})
    return Look(
        base_colour=_colour(ev, node, "baseColor", (0.16, 0.16, 0.16)),
        metallic=_number(ev, node, "metallic", 0.0),
        roughness=_number(ev, node, "roughness", 0.5),
        specular=_number(ev, node, "specular", 0.5),
        coat=_number(ev, node, "clearcoat", 0.0),
        coat_roughness=combined(lambda g: 0.3 * (1 - g), gloss, width=1),
        anisotropy=_number(ev, node, "anisotropic", 0.0),
        transmission=_number(ev, node, "specTrans", 0.0),
    )


def unlit(ev: Evaluator, node: Node) -> Look:
    """A surface that shines by itself alone."""
    glow = times(_number(ev, node, "emission", 1.0), _colour(ev, node, "emission_color"), constant(1 / _NITS))
    _say(ev, node, {"transmission": 0.0})
    return Look(
        base_colour=constant(_BLACK),
        specular=constant(0.0),
        roughness=constant(1.0),
        emission=glow,
        opacity=_number(ev, node, "opacity", 1.0),
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
    share = _number(ev, node, "mix", 0.0)
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
