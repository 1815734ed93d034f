"""UsdPreviewSurface's nodes: textures, primvars, transforms of texture coordinates, and the surface itself.

Source: the UsdPreviewSurface specification of OpenUSD, version 2.6.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.colour import DIELECTRIC, NITS, base_and_metalness
from rendersdg.stage.shading.evaluator import Evaluator, LayFunction, NodeFunction, is_neutral
from rendersdg.stage.shading.fields import (
    Carried,
    Constant,
    Field,
    Image,
    Lay,
    Place,
    Wrap,
    channels,
    combined,
    constant,
    leaves,
    moved,
    plus,
    replaced,
    scaled,
    times,
    turned,
)
from rendersdg.stage.shading.inputs import level
from rendersdg.stage.shading.network import Node
from rendersdg.stage.shading.painting import Look

_WRAPS: dict[str, Wrap] = {"repeat": "repeat", "mirror": "mirror", "clamp": "clamp", "black": "border"}
_OUTPUTS = {"r": (0,), "g": (1,), "b": (2,), "a": (3,), "rgb": (0, 1, 2), "rgba": (0, 1, 2, 3)}
_INPUTS = frozenset(
    {
        "diffuseColor",
        "emissiveColor",
        "useSpecularWorkflow",
        "specularColor",
        "metallic",
        "roughness",
        "clearcoat",
        "clearcoatRoughness",
        "opacity",
        "opacityMode",
        "opacityThreshold",
        "ior",
        "normal",
        "displacement",
        "occlusion",
    }
)


def image_of(ev: Evaluator, node: Node) -> Image | None:
    """Return the image of a UsdUVTexture, None where it names none."""
    port = ev.port(node, "file")
    path = ev.text(node, "file")
    if not path:
        return None
    wraps = [_WRAPS.get(ev.text(node, name, "useMetadata"), "repeat") for name in ("wrapS", "wrapT")]
    scale, bias = _four(ev, node, "scale", 1.0), _four(ev, node, "bias", 0.0)
    fallback = ev.port(node, "fallback").value
    safe = np.where(np.abs(scale) > 1e-12, scale, 1.0)
    held = () if fallback is None else tuple(((np.resize(np.asarray(fallback, float), 4) - bias) / safe).tolist())
    is_srgb = ev.encoding(port, ev.text(node, "sourceColorSpace", "auto"))
    lay = ev.lay(node, "st")
    return Image(4, path, is_srgb, lay, (wraps[0], wraps[1]), held, (0.0, 0.0, 0.0, 0.0), node.path)


def texture(ev: Evaluator, node: Node, output: str) -> Field:
    """UsdUVTexture: the texel times scale, plus bias."""
    image = image_of(ev, node)
    chosen = _OUTPUTS.get(output, (0, 1, 2))
    if image is None:
        fallback = ev.port(node, "fallback").value
        return channels(constant((0, 0, 0, 1) if fallback is None else fallback), chosen)
    scale, bias = _four(ev, node, "scale", 1.0), _four(ev, node, "bias", 0.0)
    return plus(times(channels(image, chosen), constant(scale[list(chosen)])), constant(bias[list(chosen)]))


def _four(ev: Evaluator, node: Node, name: str, default: float) -> F8:
    value = np.ravel(np.asarray(ev.value(node, name, (default,) * 4), float))
    return np.resize(value, 4) if len(value) else np.full(4, default)


def primvar(ev: Evaluator, node: Node, output: str) -> Field:
    """UsdPrimvarReader_*: what the mesh carries."""
    kind = node.kind.rsplit("_", 1)[-1]
    name = ev.text(node, "varname")
    width = {"float": 1, "int": 1, "integer": 1, "float2": 2, "vector2": 2, "float4": 4, "vector4": 4}.get(kind, 3)
    fallback = np.ravel(np.asarray(ev.value(node, "fallback", (0.0,) * width), float))
    if width == 2:
        return Place(2, Lay(name))
    return Carried(width, name, tuple(np.resize(fallback, width).tolist()), node.path)


def primvar_lay(ev: Evaluator, node: Node) -> Lay:
    """The texture coordinates that a reader names."""
    return Lay(ev.text(node, "varname"))


def transform_lay(ev: Evaluator, node: Node) -> Lay:
    """UsdTransform2d: scaled, turned, moved."""
    inner = ev.lay(node, "in")
    scale, shift = ev.pair(node, "scale", (1.0, 1.0)), ev.pair(node, "translation", (0.0, 0.0))
    angle = ev.number(node, "rotation", 0.0)
    if inner == Lay(inner.uv):
        return Lay(inner.uv, scale, angle, shift)
    return inner.then(portable.product(scaled(scale), turned(angle), moved(shift)))


def transform(ev: Evaluator, node: Node, output: str) -> Field:
    return Place(2, transform_lay(ev, node))


FIELDS: dict[str, NodeFunction] = {
    "UsdUVTexture": texture,
    "UsdTransform2d": transform,
    **{
        f"UsdPrimvarReader_{kind}": primvar
        for kind in ("float", "float2", "float3", "float4", "int", "normal", "point", "vector")
    },
}
LAYS: dict[str, LayFunction] = {"UsdPrimvarReader_float2": primvar_lay, "UsdTransform2d": transform_lay}


def fed(ev: Evaluator, node: Node, name: str, default: object, *, is_colour: bool = False) -> Field:
    """Return an input; images that cannot be read, and name no fallback, give what it is without them."""
    own = ev.port(node, name).value
    stands = constant(default if own is None or isinstance(own, str) else own)
    whole = ev.field(node, name, default, is_colour=is_colour)
    return with_fallback(whole, stands)


def with_fallback(field: Field, stands: Field) -> Field:
    """Return a field whose images without a fallback have one: what gives the constant ``stands``."""
    if not isinstance(stands, Constant) or not any(isinstance(i, Image) and not i.fallback for i in leaves(field)):
        return field
    value = np.resize(stands.value, 3).tolist()
    alpha = float(stands.value[0]) if stands.width == 1 else 1.0

    def change(leaf: Field) -> Field:
        if not isinstance(leaf, Image) or leaf.fallback:
            return leaf
        return replace(leaf, fallback=(*value, alpha))

    return replaced(field, change)


def normal_texels(ev: Evaluator, node: Node, name: str) -> Field | None:
    """Return a normal map's colour, 0..1, of an input that takes normals in tangent space, -1..1; None for none.

    An 8-bit texture without scale and bias cannot hold such normals: it is read as one that has the usual ones.
    """
    link = ev.port(node, name).link
    if link is None:
        return None
    feeding = ev.network.nodes.get(link[0])
    if feeding is not None and feeding.kind.endswith("UsdUVTexture") and link[1] in ("rgb", "rgba", "out"):
        image = image_of(ev, feeding)
        if image is None:
            return None
        space = ev.encoding(ev.port(feeding, "file"), ev.text(feeding, "sourceColorSpace", "auto"))
        if space is None:  # no author means a normal map to be display encoded
            ev.report.note(feeding.path, "the normal map does not say sourceColorSpace raw: it is read as raw")
        colour = channels(replace(image, is_srgb=False, fallback=(0.5, 0.5, 1.0, 1.0)), (0, 1, 2))
        scale, bias = _four(ev, feeding, "scale", 1.0)[:3], _four(ev, feeding, "bias", 0.0)[:3]
        if not ev.is_set(feeding, "scale") and not ev.is_set(feeding, "bias"):
            ev.report.note(
                feeding.path, "the normal map has neither scale nor bias: (2, 2, 2) and (-1, -1, -1) are taken"
            )
            return colour
        return plus(times(colour, constant(scale / 2)), constant(bias / 2 + 0.5))
    whole = ev.field(node, name, (0.0, 0.0, 1.0))
    return combined(lambda n: n / 2 + 0.5, whole, width=3) if not isinstance(whole, Constant) else None


def surface(ev: Evaluator, node: Node) -> Look:
    """UsdPreviewSurface, in both workflows."""
    base = fed(ev, node, "diffuseColor", (0.18, 0.18, 0.18), is_colour=True)
    metallic = fed(ev, node, "metallic", 0.0)
    ior = ev.number(node, "ior", 1.5)
    specular: Field = constant(level(ior))
    if int(ev.number(node, "useSpecularWorkflow", 0)):
        glint = fed(ev, node, "specularColor", (0.0, 0.0, 0.0), is_colour=True)
        base, metallic, specular = from_specular(base, glint)
    threshold = ev.number(node, "opacityThreshold", 0.0)
    look = Look(
        base_colour=base,
        metallic=channels(metallic, [0]),
        roughness=channels(fed(ev, node, "roughness", 0.5), [0]),
        specular=specular,
        opacity=channels(fed(ev, node, "opacity", 1.0), [0]),
        emission=times(fed(ev, node, "emissiveColor", (0.0, 0.0, 0.0), is_colour=True), constant(NITS)),
        normal=normal_texels(ev, node, "normal"),
        threshold=threshold,
        fades_whole=ev.text(node, "opacityMode", "transparent") == "presence",
        coat=channels(fed(ev, node, "clearcoat", 0.0), [0]),
        coat_roughness=channels(fed(ev, node, "clearcoatRoughness", 0.01), [0]),
    )
    if not is_neutral(ev.field(node, "occlusion", 1.0), 1.0):
        ev.report.note(f"{node.path}.inputs:occlusion", "the renderer finds occlusion itself")
    if not is_neutral(ev.field(node, "displacement", 0.0), 0.0):
        ev.report.ignored(f"{node.path}.inputs:displacement", "the surface is not displaced")
    for name in sorted(set(node.ports) - _INPUTS):
        if ev.is_set(node, name):
            ev.report.ignored(f"{node.path}.inputs:{name}", "UsdPreviewSurface has no such input")
    return look


def from_specular(diffuse: Field, glint: Field) -> tuple[Field, Field, Field]:
    """Return base colour, metalness and specular level of a surface that is given by its diffuse and specular colours.

    Metals mirror by their base colour, so the level is at most that of dielectrics.
    """

    def base_of(d: F8, s: F8) -> F8:
        return np.asarray(base_and_metalness(d[..., :3], s[..., :3])[0])

    def metalness_of(d: F8, s: F8) -> F8:
        return np.asarray(base_and_metalness(d[..., :3], s[..., :3])[1][..., None])

    base = combined(base_of, diffuse, glint, width=3)
    metallic = combined(metalness_of, diffuse, glint, width=1)
    strongest = combined(lambda s: np.minimum(s.max(-1, keepdims=True), DIELECTRIC) / 0.08, glint, width=1)
    return base, metallic, strongest
