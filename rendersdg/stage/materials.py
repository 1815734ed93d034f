"""Reading USD materials: UsdPreviewSurface and OmniPBR exactly, others by what their name says (reported)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pxr import Sdf, Usd, UsdShade

from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import Report
from rendersdg.snapshot import Blend, Finish, Material, Mesh, Through
from rendersdg.stage.mdl import GLASS_INPUTS, MODELS, OMNI_GLASS, Model, model_name
from rendersdg.stage.reads import Reads, all_of, names

_EARLIEST = Usd.TimeCode.EarliestTime()
_GREY = (0.5, 0.5, 0.5)
_OF_INPUT = {  # the textures of Material that an input's image becomes
    "diffuse_texture": ("base_colour_texture",),
    "ORM_texture": ("metallic_texture", "roughness_texture"),
    "normalmap_texture": ("normal_texture",),
    "emissive_mask_texture": ("emission_texture",),
    "transmission_texture": ("transmission_texture",),
    "clearcoat_texture": ("coat_texture",),
    "clearcoat_roughness_texture": ("coat_roughness_texture",),
    "specular_texture": ("specular_texture",),
}
_SOLID = 0.998  # an opacity that lets nothing through, at eight bits
_NOTHING = 1e-4  # an opacity at which nothing shows
_LUMINANCE = (0.2126, 0.7152, 0.0722)  # of linear Rec. 709
_NAMED = (  # word in an MDL or MaterialX name -> (colour, metallic, roughness)
    ("gold", (0.90, 0.66, 0.28), 1.0, 0.25),
    ("copper", (0.85, 0.48, 0.34), 1.0, 0.3),
    ("brass", (0.80, 0.65, 0.35), 1.0, 0.3),
    ("steel", (0.62, 0.62, 0.63), 1.0, 0.3),
    ("alumin", (0.75, 0.76, 0.77), 1.0, 0.3),
    ("iron", (0.45, 0.44, 0.43), 1.0, 0.45),
    ("chrome", (0.70, 0.70, 0.72), 1.0, 0.08),
    ("metal", (0.60, 0.60, 0.61), 1.0, 0.35),
    ("glass", (0.80, 0.86, 0.88), 0.0, 0.05),
    ("wood", (0.42, 0.27, 0.15), 0.0, 0.6),
    ("oak", (0.50, 0.35, 0.20), 0.0, 0.55),
    ("concrete", (0.50, 0.49, 0.47), 0.0, 0.9),
    ("rubber", (0.05, 0.05, 0.05), 0.0, 0.8),
    ("plastic", (0.60, 0.62, 0.64), 0.0, 0.35),
    ("paint", (0.55, 0.12, 0.10), 0.0, 0.3),
    ("leather", (0.25, 0.14, 0.08), 0.0, 0.6),
    ("marble", (0.85, 0.84, 0.82), 0.0, 0.2),
    ("cardb", (0.52, 0.37, 0.23), 0.0, 0.9),
    ("carton", (0.52, 0.37, 0.23), 0.0, 0.9),
    ("paper", (0.80, 0.78, 0.70), 0.0, 0.9),
    ("fabric", (0.30, 0.33, 0.45), 0.0, 0.9),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True)
class Shading:
    """A material's shader as a flat dictionary: ``dialect`` says which vocabulary the inputs speak."""

    dialect: str  # "omnipbr", "glass", "preview"
    inputs: dict[str, Any]
    uv_name: str | None = None
    shader_path: str = ""
    model: Model | None = None  # of MDL's


def is_animated(material: UsdShade.Material) -> bool:
    """Return whether an input of the material's shaders has values over time."""
    prims = Usd.PrimRange(material.GetPrim(), Usd.TraverseInstanceProxies())
    return any(a.ValueMightBeTimeVarying() for p in prims for a in p.GetAuthoredAttributes())


def read_shading(material: UsdShade.Material, report: Report, time: Usd.TimeCode = _EARLIEST) -> Shading | None:
    """Return the shader of a material at ``time``, or None when it has none that can be read (reported)."""
    path = str(material.GetPath())
    mdl, _, _ = material.ComputeSurfaceSource("mdl")
    if mdl and (name := model_name(mdl)) in MODELS:
        dialect = "glass" if MODELS[name] is OMNI_GLASS else "omnipbr"
        if dialect == "glass":
            report.ignored(path, f"light goes straight on through {name}: it is neither refracted nor blurred")
        return Shading(dialect, _inputs(mdl, time), None, str(mdl.GetPath()), MODELS[name])
    surface, _, _ = material.ComputeSurfaceSource()
    if surface and surface.GetIdAttr().Get() == "UsdPreviewSurface":
        return _read_preview(surface, report, path, time)
    label = ""
    if mdl:
        asset = mdl.GetSourceAsset("mdl")
        label = f"{asset.path if asset else ''} {mdl.GetSourceAssetSubIdentifier('mdl') or ''}"
    elif surface:
        label = str(surface.GetIdAttr().Get() or "")
    elif material.GetPrim().HasAuthoredReferences():
        label = "a referenced MaterialX document"
    look = named_look(f"{label} {path}")
    report.ignored(path, f"shader {label.strip() or '(none)'} is replaced by a plain surface by its name")
    colour, metallic, roughness = look
    return Shading("preview", {"diffuseColor": colour, "metallic": metallic, "roughness": roughness}, None, path)


def named_look(name: str) -> tuple[tuple[float, float, float], float, float]:
    """Return (colour, metallic, roughness) for a material name such as ``Aluminum_Brushed.mdl``; grey when unknown.

    ``name`` may be paths, with blanks between. How words begin counts, file names before folders from the innermost
    outwards; and a material anywhere in a file name, for names such as ``Brushedsteel``.

    >>> named_look("/Isaac/Environments/Props/Nut.mdl") == named_look("Nut.mdl")  # no iron is in it
    True
    """
    paths = [path.split("/")[::-1] for path in name.split()]
    files = [path[0] for path in paths]
    for part in (*files, *(folder for path in paths for folder in path[1:])):
        words = [word.lower() for word in _WORD.findall(part)]
        for start, colour, metallic, roughness in _NAMED:
            if any(word.startswith(start) for word in words):
                return colour, metallic, roughness
    for start, colour, metallic, roughness in _NAMED:
        if any(start in file.lower() for file in files):
            return colour, metallic, roughness
    return _GREY, 0.0, 0.5


def _inputs(shader: UsdShade.Shader, time: Usd.TimeCode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for port in shader.GetInputs():
        value = port.Get(time)
        for source in port.GetValueProducingAttributes():
            value = source.Get(time)
        if value is not None:
            values[port.GetBaseName()] = _plain(value)
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, Sdf.AssetPath):
        return TexturePath(value.resolvedPath or value.path)
    if hasattr(value, "__len__") and not isinstance(value, str):
        return tuple(float(v) for v in value)
    return value


class TexturePath(str):
    """The path of an image, as far as USD could resolve it."""


def _read_preview(surface: UsdShade.Shader, report: Report, path: str, time: Usd.TimeCode) -> Shading:
    """Return a UsdPreviewSurface with what feeds its inputs: ``name`` is a value, ``name:texture`` an image, with
    ``name:channel``, ``name:space`` and ``name:scale``. What is not evaluated is reported.
    """
    inputs: dict[str, Any] = {}
    uv_name: str | None = None
    for port in surface.GetInputs():
        name = port.GetBaseName()
        sources = port.GetConnectedSources()[0]
        value = port.Get(time)
        if sources:
            node = UsdShade.Shader(sources[0].source.GetPrim())
            kind = node.GetIdAttr().Get() if node else None
            if kind == "UsdUVTexture":
                read = _inputs(node, time)
                inputs[f"{name}:texture"] = read.get("file", "")
                inputs[f"{name}:channel"] = {"r": 0, "g": 1, "b": 2, "a": 3}.get(str(sources[0].sourceName), 0)
                constant = _fallback(read, str(sources[0].sourceName), value)
                if constant is not None:
                    inputs[f"{name}:constant"] = constant
                inputs[f"{name}:space"] = str(read.get("sourceColorSpace", "auto"))
                if name != "normal" and "scale" in read:
                    inputs[f"{name}:scale"] = read["scale"]
                if name != "normal" and any(read.get("bias", (0.0,))):
                    report.ignored(str(node.GetPath()), "the bias of a texture is not applied")
                coordinates = _texture_coordinates(node, inputs, time)
                uv_name = uv_name or coordinates
                continue
            if kind and str(kind).startswith("UsdPrimvarReader"):
                if name == "diffuseColor":
                    inputs["vertex_colour"] = True
                elif name == "opacity":
                    inputs["vertex_opacity"] = True
                else:
                    text = "only diffuseColor and opacity can read a primvar"
                    report.ignored(f"{surface.GetPath()}.{name}", text)
                continue
            producers = port.GetValueProducingAttributes()
            value = producers[0].Get(time) if producers else value
            if kind and not producers:
                report.ignored(str(node.GetPath()), f"node {kind} is not evaluated")
        if value is not None:
            inputs[name] = _plain(value)
    if inputs.get("useSpecularWorkflow"):
        report.ignored(path, "the specular workflow is shaded as metallic 0")
    if inputs.get("displacement"):
        report.ignored(path, "displacement is not shaded")
    for name in ("clearcoat", "clearcoatRoughness"):
        if inputs.get(f"{name}:texture"):
            report.ignored(path, f"the texture of {name} is not read")
    return Shading("preview", inputs, uv_name, str(surface.GetPath()))


def _fallback(read: Mapping[str, Any], output: str, value: Any) -> Any:
    """Return what stands where an image cannot be read: the texture's ``fallback``, else the surface's own value."""
    fallback = read.get("fallback")
    if isinstance(fallback, tuple) and len(fallback) == 4:
        return fallback["rgba".index(output)] if output in tuple("rgba") else fallback[:3]
    return None if value is None else _plain(value)


def _texture_coordinates(node: UsdShade.Shader, inputs: dict[str, Any], time: Usd.TimeCode) -> str | None:
    """Return the name of the texture coordinates that an image is laid by; transforms between go into ``inputs``."""
    port = node.GetInput("st")
    sources = port.GetConnectedSources()[0] if port else []
    while sources:
        reader = UsdShade.Shader(sources[0].source.GetPrim())
        kind = reader.GetIdAttr().Get() if reader else None
        read = _inputs(reader, time) if reader else {}
        if kind == "UsdTransform2d":
            inputs["uv:scale"] = read.get("scale", (1.0, 1.0))
            inputs["uv:rotate"] = read.get("rotation", 0.0)
            inputs["uv:translate"] = read.get("translation", (0.0, 0.0))
            port = reader.GetInput("in")
            sources = port.GetConnectedSources()[0] if port else []
            continue
        return str(read["varname"]) if "varname" in read else None
    return None


def build_material(shading: Shading, changes: Mapping[str, Any], textures: TextureLibrary) -> Material:
    """Return the plain material of a shader with ``changes`` to its inputs (by USD input name)."""
    inputs = {**shading.inputs, **changes}
    if shading.dialect == "glass":
        return _omnipbr(_glass(inputs), textures)
    return _omnipbr(inputs, textures) if shading.dialect == "omnipbr" else _preview(inputs, textures)


def unapplied(shading: Shading, changes: Mapping[str, Any]) -> list[str]:
    """Return the names of the inputs that ask for something that no material here does."""
    if shading.model is None:
        return []
    inputs = {**shading.inputs, **changes}
    names = list(shading.model.not_applied(inputs))
    if inputs.get("diffuse_texture"):  # they change the constant colour alone
        names += [name for name in ("albedo_add", "albedo_desaturation") if inputs.get(name)]
    if inputs.get("emissive_color_texture") and inputs.get("emissive_mask_texture"):
        names.append("emissive_mask_texture")
    return names


def _glass(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands for OmniGlass's inputs in OmniPBR: a thin surface that lets all light through that it does not
    mirror, stained by its colour.
    """
    _, _, roughness = named_look("glass")
    known = {GLASS_INPUTS[name]: value for name, value in inputs.items() if name in GLASS_INPUTS}
    ior = float(inputs.get("glass_ior", 1.491))
    looks = {
        "diffuse_color_constant": (1.0, 1.0, 1.0),
        "reflection_roughness_constant": roughness,
        "specular_level": min(((ior - 1) / (ior + 1)) ** 2 / 0.08, 1.0),
        "transmission_weight": 1.0,
        **known,
    }
    return {**looks, "enable_opacity_texture": bool(known.get("opacity_texture"))}


def _colour(value: Any, fallback: tuple[float, float, float]) -> tuple[float, float, float]:
    if value is None:
        return fallback
    array = np.broadcast_to(np.asarray(value, float), 3)
    return (float(array[0]), float(array[1]), float(array[2]))


def _omnipbr(i: Mapping[str, Any], textures: TextureLibrary) -> Material:
    """Return the material of OmniPBR's inputs. A texture replaces its constant; ORM's holds roughness and metalness."""

    def texture(name: str, srgb: bool) -> int:
        return textures.index(str(i.get(name) or ""), is_srgb=srgb)

    base = texture("diffuse_texture", True)
    tint = np.asarray(_colour(i.get("diffuse_tint"), (1.0, 1.0, 1.0)))
    flat = _colour(i.get("diffuse_color_constant"), (0.2, 0.2, 0.2))
    if base < 0:
        grey = float(np.dot(flat, _LUMINANCE))
        share = float(i.get("albedo_desaturation", 0.0))
        flat = _colour([c + share * (grey - c) + float(i.get("albedo_add", 0.0)) for c in flat], flat)
    colour = tint if base >= 0 else np.asarray(flat) * tint
    colour = colour * float(i.get("albedo_brightness", 1.0))
    rough_texture = texture("reflectionroughness_texture", False)
    use_rough = rough_texture >= 0 and float(i.get("reflection_roughness_texture_influence", 1.0)) > 0
    metal_texture = texture("metallic_texture", False)
    use_metal = metal_texture >= 0 and float(i.get("metallic_texture_influence", 1.0)) > 0
    rough_channel, metal_channel = 0, 0
    if i.get("enable_ORM_texture") and i.get("ORM_texture"):
        rough_texture = metal_texture = texture("ORM_texture", False)
        use_rough = use_metal = rough_texture >= 0
        rough_channel, metal_channel = 1, 2
    emission_on = bool(i.get("enable_emission", False)) or float(i.get("emissive_intensity", 0.0)) > 0
    glow = (
        np.asarray(_colour(i.get("emissive_color"), (1.0, 1.0, 1.0))) * float(i.get("emissive_intensity", 40.0))
        if emission_on
        else np.zeros(3)
    )
    glowing = "emissive_color_texture" if i.get("emissive_color_texture") else "emissive_mask_texture"
    if emission_on and glowing == "emissive_color_texture":  # it stands for the colour
        glow = np.full(3, float(i.get("emissive_intensity", 40.0)))
    scale = i.get("texture_scale", (1.0, 1.0))
    shift = i.get("texture_translate", (0.0, 0.0))
    transparent = bool(i.get("enable_opacity", False))
    material = Material(
        base_colour=_colour(colour, _GREY),
        metallic=1.0 if use_metal else float(i.get("metallic_constant", 0.0)),
        roughness=1.0 if use_rough else float(i.get("reflection_roughness_constant", 0.5)),
        specular=float(i.get("specular_level", 0.5)),
        opacity=float(i.get("opacity_constant", 1.0)) if transparent else 1.0,
        opacity_threshold=float(i.get("opacity_threshold", 0.0)) if transparent else 0.0,
        emission=_colour(glow, (0.0, 0.0, 0.0)),
        use_vertex_colour=bool(i.get("enable_vertex_color", False)),
        normal_strength=float(i.get("bump_factor", 1.0)),
        base_colour_texture=base,
        metallic_texture=metal_texture if use_metal else -1,
        metallic_channel=metal_channel,
        roughness_texture=rough_texture if use_rough else -1,
        roughness_channel=rough_channel,
        normal_texture=texture("normalmap_texture", False),
        emission_texture=texture(glowing, True) if emission_on else -1,
        opacity_texture=texture("opacity_texture", False) if transparent and i.get("enable_opacity_texture") else -1,
        opacity_channel=0,
        project_uvw=bool(i.get("project_uvw", False)),
        uv_scale=(float(scale[0]), float(scale[1])),
        uv_rotate=float(i.get("texture_rotate", 0.0)),
        uv_translate=(float(shift[0]), float(shift[1])),
        finish=Finish(
            coat=float(i.get("clearcoat_weight", 1.0)) if i.get("enable_clearcoat") else 0.0,
            coat_roughness=float(i.get("clearcoat_reflection_roughness", 0.0)),
            coat_texture=texture("clearcoat_texture", False),
            coat_roughness_texture=texture("clearcoat_roughness_texture", False),
            specular_texture=texture("specular_texture", False),
            others=frozenset(of for name in str(i.get("second_coordinates", "")).split() for of in _OF_INPUT[name]),
        ),
        through=Through(
            by_vertices=bool(i.get("enable_vertex_opacity", False)),
            transmission=float(i.get("transmission_weight", 0.0)),
            transmission_texture=texture("transmission_texture", False),
            tint=_colour(i.get("transmission_tint"), (1.0, 1.0, 1.0)),
        ),
    )
    return blended(material, "fade", textures)


def blended(material: Material, blend: Blend, textures: TextureLibrary) -> Material:
    """Return a material that lets light through by its opacity, where that is less than 1 anywhere and nothing cuts it.

    It is labelled where its opacity is at least half of its strongest.
    """
    if material.opacity_threshold > 0 or material.opacity <= 0:
        return material
    least, most = 1.0, 1.0
    if material.opacity_texture >= 0:
        least, most = textures.opacities(material.opacity_texture, material.opacity_channel)
    if material.opacity * least > _SOLID and not material.through.by_vertices:
        return material
    through = replace(material.through, blend=blend)
    return replace(material, through=through, opacity_threshold=max(0.5 * material.opacity * most, _NOTHING))


def fitted(material: Material, mesh: Mesh) -> Material:
    """Return a material as it is on a mesh: opacities that all vertices share, or that none has, need not be told."""
    if not material.through.by_vertices:
        return material
    opacities = mesh.opacities
    if opacities is not None and opacities.min() < opacities.max():
        if material.through.blend == "none":
            return material
        return replace(material, opacity_threshold=material.opacity_threshold * float(opacities.max()))
    share = 1.0 if opacities is None or not len(opacities) else float(opacities[0])
    through = replace(material.through, by_vertices=False)
    if through.blend == "none":  # it is cut
        return replace(material, opacity=material.opacity * share, through=through)
    is_solid = material.opacity * share > _SOLID and material.opacity_texture < 0
    return replace(
        material,
        opacity=material.opacity * share,
        opacity_threshold=0.0 if is_solid else material.opacity_threshold * share,
        through=replace(through, blend="none") if is_solid else through,
    )


def _preview(i: Mapping[str, Any], textures: TextureLibrary) -> Material:
    """Return the material of UsdPreviewSurface's inputs, textures and all as ``_read_preview`` read them."""
    i = dict(i)

    def texture(name: str, srgb: bool) -> int:
        space = i.get(f"{name}:space", "auto")
        is_srgb = srgb if space == "auto" else space == "sRGB"
        index = textures.index(str(i.get(f"{name}:texture") or ""), is_srgb=is_srgb)
        if index < 0 and i.pop(f"{name}:texture", None) and f"{name}:constant" in i:  # an image that cannot be read
            i[name] = i[f"{name}:constant"]
        return index

    def factor(name: str, fallback: float) -> float:
        if i.get(f"{name}:texture"):
            return float(i.get(f"{name}:scale", (1.0,) * 4)[int(i.get(f"{name}:channel", 0))])
        return float(i.get(name, fallback))

    base = texture("diffuseColor", True)
    emission = texture("emissiveColor", True)
    base_scale = i.get("diffuseColor:scale", (1.0, 1.0, 1.0))
    use_specular = bool(i.get("useSpecularWorkflow", 0))
    metallic = -1 if use_specular else texture("metallic", False)
    roughness, normal, opacity = (texture(name, False) for name in ("roughness", "normal", "opacity"))
    glow = _colour(
        i.get("emissiveColor:scale", (1.0, 1.0, 1.0))[:3] if emission >= 0 else i.get("emissiveColor"), (0.0, 0.0, 0.0)
    )
    # Schlick: the reflectance straight on; the default of 0.5 for specular stands for 0.04, an index of 1.5
    ior = float(i.get("ior", 1.5))
    f0 = ((ior - 1) / (ior + 1)) ** 2
    scale = i.get("uv:scale", (1.0, 1.0))
    shift = i.get("uv:translate", (0.0, 0.0))
    material = Material(
        base_colour=_colour(base_scale[:3], _GREY)
        if base >= 0
        else (1.0, 1.0, 1.0)
        if i.get("vertex_colour")
        else _colour(i.get("diffuseColor"), (0.18, 0.18, 0.18)),
        metallic=0.0 if use_specular else factor("metallic", 0.0),
        roughness=factor("roughness", 0.5),
        specular=min(f0 / 0.08, 1.0),
        opacity=factor("opacity", 1.0),
        opacity_threshold=float(i.get("opacityThreshold", 0.0)),
        emission=(glow[0] / 1e-3, glow[1] / 1e-3, glow[2] / 1e-3) if any(glow) else (0.0, 0.0, 0.0),
        use_vertex_colour=bool(i.get("vertex_colour", False)),
        base_colour_texture=base,
        metallic_texture=metallic,
        metallic_channel=int(i.get("metallic:channel", 0)),
        roughness_texture=roughness,
        roughness_channel=int(i.get("roughness:channel", 0)),
        normal_texture=normal,
        emission_texture=emission,
        opacity_texture=opacity,
        opacity_channel=int(i.get("opacity:channel", 3)),
        uv_scale=(float(scale[0]), float(scale[1])),
        uv_rotate=float(i.get("uv:rotate", 0.0)),
        uv_translate=(float(shift[0]), float(shift[1])),
        finish=Finish(float(i.get("clearcoat", 0.0)), float(i.get("clearcoatRoughness", 0.01))),
        through=Through(by_vertices=bool(i.get("vertex_opacity", False))),
    )
    # what images or vertices take away is not there at all; a surface that fades alike all over is a pane
    is_pane = opacity < 0 and not material.through.by_vertices and i.get("opacityMode") != "presence"
    return blended(material, "fade_below" if is_pane else "fade", textures)


READS = (
    Reads(
        "Material",
        read=names("outputs:surface outputs:*:surface inputs:*"),
        idle={
            **all_of("outputs:displacement outputs:*:displacement", "the shader's own input says whether it displaces"),
            "outputs:mdl:volume": "the materials of MDL that are known have none",
        },
        unmet=all_of("outputs:volume outputs:*:volume", "volumes are not drawn"),
    ),
    Reads("NodeGraph", read=names("inputs:* outputs:*")),
    Reads(
        "Shader",
        read=names("info:id outputs:* info:*:sourceAsset info:*:sourceAsset:subIdentifier"),
        idle={"info:implementationSource": "it is told by what is there"},
    ),
    Reads(
        "Shader.UsdPreviewSurface",
        read=names(
            "inputs:diffuseColor inputs:emissiveColor inputs:metallic inputs:roughness inputs:clearcoat "
            "inputs:clearcoatRoughness inputs:opacity inputs:opacityThreshold inputs:ior inputs:normal "
            "inputs:opacityMode"
        ),
        told={
            "inputs:useSpecularWorkflow": "the specular workflow is shaded as metallic 0",
            "inputs:specularColor": "the specular workflow is shaded as metallic 0",
            "inputs:displacement": "displacement is not shaded",
        },
        idle={"inputs:occlusion": "light is occluded by what is there"},
    ),
    Reads(
        "Shader.UsdUVTexture",
        read=names("inputs:file inputs:st inputs:sourceColorSpace inputs:fallback inputs:scale inputs:bias"),
        unmet=all_of("inputs:wrapS inputs:wrapT", "images are repeated"),
        neutral=dict.fromkeys(("inputs:wrapS", "inputs:wrapT"), ("repeat", "useMetadata")),
    ),
    Reads(
        "Shader.UsdPrimvarReader_*",
        read=names("inputs:varname"),
        unmet={"inputs:fallback": "it is not used"},
        neutral={"inputs:fallback": (0, 0.0, (0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0))},
    ),
    Reads("Shader.UsdTransform2d", read=names("inputs:in inputs:rotation inputs:scale inputs:translation")),
)
