"""MDL's shaders as looks, by their names and inputs: the OmniPBR family, OmniGlass, OmniSurface, and others by words.

MDL is not compiled. The names of inputs and their defaults are those of Omniverse's public documentation of the
templates, and of Isaac Sim's ``OmniPbrMaterial`` and ``OmniGlassMaterial`` (Apache-2.0).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rendersdg.arrays import F8
from rendersdg.colour import LUMA
from rendersdg.stage.named_looks import named_look
from rendersdg.stage.primvars import OTHER_UVS
from rendersdg.stage.shading.evaluator import Evaluator
from rendersdg.stage.shading.fields import Field, Image, Lay, channels, combined, constant, mixed, times, uv_set
from rendersdg.stage.shading.inputs import (
    GREY,
    WHITE,
    colour_of,
    level,
    luminance,
    number_of,
    refracting,
    specular_level,
)
from rendersdg.stage.shading.network import Node, Port
from rendersdg.stage.shading.painting import Look

_MONO = 3  # channel of alpha
_ALPHA, _AVERAGE, _LARGEST_CHANNEL = 0, 1, 3  # OmniPBR's opacity_mode; 2 is luminance


def _is_on(ev: Evaluator, node: Node, name: str, default: bool = False) -> bool:
    return bool(ev.value(node, name, default))


def _image(
    ev: Evaluator, node: Node, name: str, lay: Lay, is_srgb: bool | None, stands: tuple[float, ...]
) -> Image | None:
    """Return the image of an input that holds a file, None where it holds none."""
    path = ev.text(node, name)
    if not path:
        return None
    if name in ev.text(node, "second_coordinates").split():
        lay = Lay(OTHER_UVS)
    said = ev.encoding(ev.port(node, name))
    held = stands if len(stands) == 4 else (*stands, 1.0) if len(stands) == 3 else (stands[0],) * 4
    return Image(4, path, is_srgb if said is None else said, lay, fallback=held, origin=f"{node.path}.inputs:{name}")


def _lay(ev: Evaluator, node: Node, prefix: str = "") -> Lay:
    return Lay(
        uv_set(int(ev.number(node, "uv_space_index", 0))),
        ev.pair(node, f"{prefix}texture_scale", (1.0, 1.0)),
        ev.number(node, f"{prefix}texture_rotate", 0.0),
        ev.pair(node, f"{prefix}texture_translate", (0.0, 0.0)),
    )


def _graded(albedo: Field, share: Field, added: Field) -> Field:
    """Return an albedo that loses colour and gains light."""

    def grade(colour: F8, grey: F8, more: F8) -> F8:
        level = (colour[..., :3] * LUMA).sum(-1, keepdims=True)
        return np.asarray(colour + grey * (level - colour) + more)

    return combined(grade, albedo, share, added, width=3)


def omnipbr(ev: Evaluator, node: Node) -> Look:
    """OmniPBR and its kin. A texture replaces its constant, by its influence; ORM's holds occlusion, roughness and
    metalness.
    """
    lay = _lay(ev, node)
    flat = ev.value(node, "diffuse_color_constant", (0.2, 0.2, 0.2))
    image = _image(ev, node, "diffuse_texture", lay, True, tuple(np.resize(np.ravel(flat), 3).tolist()))
    albedo = channels(image, (0, 1, 2)) if image else colour_of(ev, node, "diffuse_color_constant", (0.2, 0.2, 0.2))
    share, added = ev.number(node, "albedo_desaturation", 0.0), ev.number(node, "albedo_add", 0.0)
    if share or added or image is None:
        albedo = _graded(albedo, constant(share), constant(added))
    base = times(albedo, colour_of(ev, node, "diffuse_tint", WHITE), number_of(ev, node, "albedo_brightness", 1.0))
    orm = _image(ev, node, "ORM_texture", lay, False, WHITE) if _is_on(ev, node, "enable_ORM_texture") else None
    influence = ev.number(node, "ao_to_diffuse", 0.0)
    shade: Field | None = channels(orm, (0,)) if orm else None
    if (own := _image(ev, node, "ao_texture", lay, False, WHITE)) is not None and orm is None:
        shade = channels(own, (0,))
    if shade is not None and influence:
        base = times(base, mixed(constant(1.0), shade, constant(influence)))
    roughness, metallic = (
        _by_influence(ev, node, lay, constant_name, texture_name, orm, channel, default)
        for constant_name, texture_name, channel, default in (
            ("reflection_roughness_constant", "reflectionroughness_texture", 1, 0.5),
            ("metallic_constant", "metallic_texture", 2, 0.0),
        )
    )
    normal = _image(ev, node, "normalmap_texture", lay, False, (0.5, 0.5, 1.0))
    bumps: Field | None = channels(normal, (0, 1, 2)) if normal else None
    strength = ev.number(node, "bump_factor", 1.0)
    if (
        fine := _image(ev, node, "detail_normalmap_texture", _lay(ev, node, "detail_"), False, (0.5, 0.5, 1.0))
    ) is not None:
        both = [constant(strength), constant(ev.number(node, "detail_bump_factor", 0.3))]
        bumps = combined(_layered, bumps or constant((0.5, 0.5, 1.0)), channels(fine, (0, 1, 2)), *both, width=3)
        strength = 1.0
    has_coat = _is_on(ev, node, "enable_clearcoat")

    def with_image(name: str, default: float, texture: str, channel: int) -> Field:
        picture = _image(ev, node, texture, lay, False, (1.0,))
        flat = number_of(ev, node, name, default)
        return times(channels(picture, (channel,)), flat) if picture else flat

    opacity, threshold = _opacity(ev, node, lay)
    return Look(
        base_colour=base,
        metallic=metallic,
        roughness=roughness,
        specular=with_image("specular_level", 0.5, "specular_texture", 3),
        opacity=opacity,
        threshold=threshold,
        emission=_glow(ev, node, lay),
        normal=bumps,
        normal_strength=strength,
        coat=with_image("clearcoat_weight", 1.0, "clearcoat_texture", 0) if has_coat else constant(0.0),
        coat_roughness=with_image("clearcoat_reflection_roughness", 0.0, "clearcoat_roughness_texture", 1),
        transmission=with_image("transmission_weight", 0.0, "transmission_texture", 0),
        tint=tuple(ev.value(node, "transmission_tint", WHITE)),
        ior=ev.number(node, "transmission_ior", 1.0),
        fades_whole=True,
        lay=lay,
        project_uvw=_is_on(ev, node, "project_uvw"),
        has_vertex_colour=_is_on(ev, node, "enable_vertex_color"),
        has_vertex_opacity=_is_on(ev, node, "enable_vertex_opacity"),
    )


def _by_influence(
    ev: Evaluator, node: Node, lay: Lay, name: str, texture: str, orm: Image | None, channel: int, default: float
) -> Field:
    """Return roughness or metalness: its constant, or what a texture says, as far as its influence reaches."""
    flat = number_of(ev, node, name, default)
    image = orm or _image(ev, node, texture, lay, False, (ev.number(node, name, default),))
    if image is None:
        return flat
    influence = "reflection_roughness_texture_influence" if channel == 1 else "metallic_texture_influence"
    painted = channels(image, (channel,) if orm else (0,))
    return mixed(flat, painted, constant(min(max(ev.number(node, influence, 1.0), 0.0), 1.0)))


def _layered(coarse: F8, fine: F8, strength: F8, own: F8) -> F8:
    """Return the colour of a normal map with a finer one on it: their slopes add."""
    a, b = coarse * 2 - 1, fine * 2 - 1
    slopes = a[..., :2] * strength / np.maximum(a[..., 2:], 0.05) + b[..., :2] * own / np.maximum(b[..., 2:], 0.05)
    n = np.concatenate([slopes, np.ones((*slopes.shape[:-1], 1))], axis=-1)
    return np.asarray(n / np.sqrt((n * n).sum(-1, keepdims=True)) / 2 + 0.5)


def _glow(ev: Evaluator, node: Node, lay: Lay) -> Field:
    level = ev.number(node, "emissive_intensity", 0.0)
    if not _is_on(ev, node, "enable_emission") and level <= 0:
        return constant((0.0, 0.0, 0.0))
    image = _image(ev, node, "emissive_color_texture", lay, True, (0.0, 0.0, 0.0))
    mask = _image(ev, node, "emissive_mask_texture", lay, True, (0.0, 0.0, 0.0))
    glow = channels(image, (0, 1, 2)) if image else colour_of(ev, node, "emissive_color", WHITE)
    if mask is not None:
        glow = times(channels(mask, (0, 1, 2)), glow)
    return times(glow, constant(ev.number(node, "emissive_intensity", 40.0)))


def _opacity(ev: Evaluator, node: Node, lay: Lay) -> tuple[Field, float]:
    """Return opacity and its threshold."""
    if not _is_on(ev, node, "enable_opacity"):
        return constant(1.0), 0.0
    threshold = ev.number(node, "opacity_threshold", 0.0)
    flat = number_of(ev, node, "opacity_constant", 1.0)
    image = (
        _image(ev, node, "opacity_texture", lay, False, (1.0,)) if _is_on(ev, node, "enable_opacity_texture") else None
    )
    if image is None:
        return flat, threshold
    mode = ev.value(node, "opacity_mode", None)
    whole: Field = channels(image, (0,))
    if mode is not None and int(np.ravel(mode)[0]) == _ALPHA:
        whole = channels(image, (_MONO,))
    elif mode is not None and int(np.ravel(mode)[0]) == _LARGEST_CHANNEL:
        whole = combined(lambda c: c[..., :3].max(-1, keepdims=True), image, width=1)
    elif mode is not None:
        weights = (1 / 3,) * 3 if int(np.ravel(mode)[0]) == _AVERAGE else LUMA
        whole = combined(lambda c: (c[..., :3] * weights).sum(-1, keepdims=True), image, width=1)
    return times(whole, flat), threshold


def omnisurface(ev: Evaluator, node: Node) -> Look:
    """OmniSurface, OmniSurfaceLite and their bases, after Autodesk's Standard Surface."""
    lay = Lay(
        uv_set(int(ev.number(node, "uvw_uv_space_index", 0))),
        (ev.number(node, "uvw_s_scale", 1.0), ev.number(node, "uvw_t_scale", 1.0)),
        ev.number(node, "uvw_rotation", 0.0),
        (ev.number(node, "uvw_s_translate", 0.0), ev.number(node, "uvw_t_translate", 0.0)),
    )

    def colour(name: str, default: Any = WHITE) -> Field:
        image = _image(ev, node, f"{name}_image", lay, True, WHITE)
        flat = colour_of(ev, node, name, default)
        return channels(image, (0, 1, 2)) if image else flat

    def number(name: str, default: float) -> Field:
        image = _image(ev, node, f"{name}_image", lay, False, (default,))
        return channels(image, (0,)) if image else number_of(ev, node, name, default)

    through = (
        number("specular_transmission_weight", 0.0)
        if _is_on(ev, node, "enable_specular_transmission")
        else constant(0.0)
    )
    base = times(number("diffuse_reflection_weight", 0.8), colour("diffuse_reflection_color"))
    base = mixed(base, colour("specular_transmission_color"), through)
    coat = number("coat_weight", 0.0)
    tint = colour("coat_color")
    shine = luminance(colour("specular_reflection_color"))
    ior, weight = number("specular_reflection_ior", 1.5), times(number("specular_reflection_weight", 1.0), shine)
    bump = _image(ev, node, "geometry_normal_image", lay, False, (0.5, 0.5, 1.0))
    has_opacity = _is_on(ev, node, "enable_opacity")
    look = Look(
        base_colour=times(base, mixed(constant(WHITE), tint, coat)),
        metallic=number("metalness", 0.0),
        roughness=number("specular_reflection_roughness", 0.2),
        specular=specular_level(ior, weight),
        opacity=number("geometry_opacity", 1.0) if has_opacity else constant(1.0),
        threshold=ev.number(node, "geometry_opacity_threshold", 0.0) if has_opacity else 0.0,
        emission=times(
            number("emission_weight", 0.0), colour("emission_color"), number_of(ev, node, "emission_intensity", 1.0)
        ),
        normal=channels(bump, (0, 1, 2)) if bump else None,
        normal_strength=ev.number(node, "geometry_normal_strength", 1.0),
        coat=coat,
        coat_roughness=number("coat_roughness", 0.1),
        anisotropy=number("specular_reflection_anisotropy", 0.0),
        transmission=through,
        ior=refracting(ev, node, "specular_reflection_ior", "thin_walled"),
        fades_whole=True,
        lay=lay,
    )
    _say_unread(ev, node)
    return look


def _say_unread(ev: Evaluator, node: Node) -> None:
    """Report what nothing has asked for, but for parts that are switched off by their ``enable_`` or their weight."""
    on = {name for name, port in node.ports.items() if port.link is not None or np.any(np.asarray(port.value, object))}
    off = {name.removeprefix("enable_") for name in node.ports.keys() - on if name.startswith("enable_")}
    off |= {name.removesuffix("weight") for name in node.ports.keys() - on if name.endswith("_weight")}
    for name in ev.unread(node):
        if name in on and not name.startswith("enable_") and not any(part in name for part in off):
            ev.report.ignored(f"{node.path}.inputs:{name}", "this input of the shader is not applied")


def omnipbr_base(ev: Evaluator, node: Node) -> Look:
    """OmniPBRBase, the one for graphs of materials."""
    glows = _is_on(ev, node, "enable_emission")
    fades, has_coat = _is_on(ev, node, "enable_opacity"), _is_on(ev, node, "enable_clearcoat")
    glow = times(
        colour_of(ev, node, "emission_color", (0.1, 0.1, 0.1)), number_of(ev, node, "emission_intensity", 40.0)
    )
    look = Look(
        base_colour=times(
            colour_of(ev, node, "diffuse_reflection_color", (0.2, 0.2, 0.2)), colour_of(ev, node, "diffuse_tint", WHITE)
        ),
        metallic=number_of(ev, node, "metalness", 0.0),
        roughness=number_of(ev, node, "specular_reflection_roughness", 0.0),
        specular=number_of(ev, node, "specular_level", 0.5),
        opacity=number_of(ev, node, "geometry_opacity", 1.0) if fades else constant(1.0),
        threshold=ev.number(node, "geometry_opacity_threshold", 0.0) if fades else 0.0,
        emission=glow if glows else constant((0.0, 0.0, 0.0)),
        coat=number_of(ev, node, "coat_weight", 1.0) if has_coat else constant(0.0),
        coat_roughness=number_of(ev, node, "coat_roughness", 0.0),
        fades_whole=True,
    )
    _say_unread(ev, node)
    return look


_WORDS = {  # what an input of an unknown shader is about, by words in its name, the first that fits
    "normal": ("normal", "bump"),
    "orm": ("orm", "occlusionroughnessmetal", "arm_tex", "mergemap"),
    "roughness": ("rough",),
    "metallic": ("metal",),
    "emission": ("emiss", "glow"),
    "opacity": ("opacity", "alpha", "mask"),
    "occlusion": ("occlusion", "_ao", "ao_"),
    "base": ("diffuse", "albedo", "basecolor", "base_color", "colormap", "color_map", "color", "colour", "tint"),
}
_LIMITS = (
    "scale",
    "influence",
    "enable",
    "strength",
    "factor",
    "intensity",
    "weight",
    "brightness",
    "contrast",
    "power",
    "max",
    "min",
    "blend",
    "threshold",
    "level",
)  # of a name that is about how much, not what


def _about(name: str) -> str:
    """Return what an input of an unknown shader is about, empty where no word says so."""
    plain = name.lower().replace(" ", "_")
    if any(word in plain for word in _LIMITS):
        return ""
    return next(
        (about for about, words in _WORDS.items() if any(w in plain.replace("_", "") or w in plain for w in words)), ""
    )


def by_words(ev: Evaluator, node: Node, name: str) -> Look:
    """Return the look of an unknown shader called ``name``: by that, and by the words of its inputs' names."""
    flat, metal, rough = named_look(name)
    values: dict[str, Field] = {}
    images: dict[str, Image] = {}
    for key in sorted(node.ports):
        port, about = node.ports[key], _about(key)
        if not about or about in images:
            continue
        if isinstance(port.value, str) and port.value and port.value.lower().endswith(_ENDINGS):
            image = _image(ev, node, key, Lay(), about in ("base", "emission"), GREY)
            if image is not None:
                images[about] = image
        elif isinstance(port.value, float) and about in ("roughness", "metallic") and 0 <= port.value <= 1:
            values.setdefault(about, constant(port.value))
        elif isinstance(port.value, tuple) and len(port.value) >= 3 and about == "base" and max(port.value[:3]) <= 1:
            values.setdefault(about, colour_of(ev, node, key, GREY))
    base: Field = channels(images["base"], (0, 1, 2)) if "base" in images else values.get("base", constant(flat))
    numbers = {"roughness": (1, rough), "metallic": (2, metal)}
    fields: dict[str, Field] = {}
    for about, (channel, usual) in numbers.items():
        fields[about] = values.get(about, constant(usual if "base" not in images or about == "roughness" else 0.0))
        if "orm" in images:
            fields[about] = channels(images["orm"], (channel,))
        if about in images:
            fields[about] = channels(images[about], (0,))
    return Look(
        base_colour=base,
        metallic=fields["metallic"],
        roughness=fields["roughness"],
        normal=channels(images["normal"], (0, 1, 2)) if "normal" in images else None,
    )


_ENDINGS = (".png", ".jpg", ".jpeg", ".tga", ".exr", ".hdr", ".dds", ".tif", ".tiff", ".bmp", ".webp")


def glass_inputs(node: Node, names: dict[str, str]) -> Node:
    """Return an OmniGlass as the OmniPBR that stands for it: a surface that lets all light through that it does not
    mirror, stained by its colour, and bends it unless it is ``thin_walled``. ``names`` are OmniPBR's names for
    OmniGlass's.
    """
    ports = {names[name]: port for name, port in node.ports.items() if name in names}
    index = node.ports.get("glass_ior", Port()).value
    ior = float(index) if isinstance(index, float) else 1.491
    _, _, rough = named_look("glass")
    ports.setdefault("diffuse_color_constant", Port(WHITE))
    ports.setdefault("reflection_roughness_constant", Port(rough))
    ports["specular_level"] = Port(float(level(ior)))
    ports["transmission_weight"] = Port(1.0)
    ports["transmission_ior"] = Port(1.0 if node.ports.get("thin_walled", Port()).value else ior)
    has_texture = ports.get("opacity_texture", Port()).value
    ports["enable_opacity_texture"] = Port(bool(has_texture))
    return Node(node.path, node.kind, ports)
