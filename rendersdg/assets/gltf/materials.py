"""What a glTF 2.0 file says of its surfaces, as inputs of OmniPBR.

Source: the glTF 2.0 specification, and those of its KHR extensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, U1
from rendersdg.assets.gltf.broken import FAULTS, Broken, Entry, fault
from rendersdg.assets.gltf.document import Document, Embed
from rendersdg.assets.gltf.primitives import Primitive
from rendersdg.assets.images import Wrap, unrolled
from rendersdg.colour import DIELECTRIC, NITS, base_and_metalness, linear_from_eight_bit, srgb_from_linear
from rendersdg.errors import Report

_ROWS = 64  # of an image that are converted at once
_COMMON = {"extensions", "extras"}
_INFO = {"index", "texCoord", "scale", "strength"} | _COMMON
_PBR = {
    "baseColorFactor",
    "baseColorTexture",
    "metallicFactor",
    "roughnessFactor",
    "metallicRoughnessTexture",
} | _COMMON
_MATERIAL = {
    "name",
    "pbrMetallicRoughness",
    "normalTexture",
    "emissiveTexture",
    "emissiveFactor",
    "alphaMode",
    "alphaCutoff",
    "doubleSided",
} | _COMMON
_EXTENSIONS = {  # the keys that are honoured of each extension of a material or of one of its textures
    "KHR_texture_transform": {"offset", "rotation", "scale", "texCoord"},
    "KHR_materials_unlit": set[str](),
    "KHR_materials_emissive_strength": {"emissiveStrength"},
    "KHR_materials_clearcoat": {
        "clearcoatFactor",
        "clearcoatTexture",
        "clearcoatRoughnessFactor",
        "clearcoatRoughnessTexture",
    },
    "KHR_materials_ior": {"ior"},
    "KHR_materials_specular": {"specularFactor", "specularTexture", "specularColorFactor"},
    "KHR_materials_transmission": {"transmissionFactor", "transmissionTexture"},
    "KHR_materials_volume": {"thicknessFactor", "thicknessTexture", "attenuationDistance", "attenuationColor"},
    "KHR_materials_pbrSpecularGlossiness": {  # converted to metalness and roughness
        "diffuseFactor",
        "diffuseTexture",
        "specularFactor",
        "glossinessFactor",
        "specularGlossinessTexture",
    },
}
_SLOTS = ("baseColorTexture", "metallicRoughnessTexture", "normalTexture", "emissiveTexture")
_EXTENSION_SLOTS = {
    "transmissionTexture": "KHR_materials_transmission",
    "clearcoatTexture": "KHR_materials_clearcoat",
    "clearcoatRoughnessTexture": "KHR_materials_clearcoat",
    "specularTexture": "KHR_materials_specular",
}
_INPUTS = {  # that hold the images
    "baseColorTexture": "diffuse_texture",
    "metallicRoughnessTexture": "ORM_texture",
    "normalTexture": "normalmap_texture",
    "emissiveTexture": "emissive_mask_texture",
    "transmissionTexture": "transmission_texture",
    "clearcoatTexture": "clearcoat_texture",
    "clearcoatRoughnessTexture": "clearcoat_roughness_texture",
    "specularTexture": "specular_texture",
}
_VOLUME = (("thicknessFactor", 0.0), ("attenuationDistance", np.inf))
_REPEAT = 10497
_WRAPS: dict[int, Wrap] = {33071: "clamp", 33648: "mirror", _REPEAT: "repeat"}
_NEAREST = 9728
_MOST_REPEATS = 16
_SHARP = 1024  # pixels a side of an image that shows its squares, and how many times as large it is at least
_LEAST_TIMES = 4


def honoured() -> set[str]:
    """Return the extensions of materials and their textures that are honoured."""
    return set(_EXTENSIONS)


@dataclass(frozen=True, eq=False)
class Surface:
    """How a primitive looks: ``inputs`` of OmniPBR (None without a material), ``uvs`` (V, 2) with v up (None where
    nothing is laid by them), ``other_uvs`` a second set, ``colours`` (V, 3) linear and ``opacities``
    (V,) from its vertices, if there are any.
    """

    inputs: dict[str, Any] | None
    uvs: F8 | None
    colours: F8 | None
    is_double_sided: bool = False
    opacities: F8 | None = None
    other_uvs: F8 | None = None


@dataclass(frozen=True)
class _Laying:
    """Which set of texture coordinates an image is laid by, and their transform."""

    coordinates: int = 0
    offset: tuple[float, ...] = (0.0, 0.0)
    rotation: float = 0.0
    scale: tuple[float, ...] = (1.0, 1.0)

    def of(self, uv: F8) -> F8:
        """Return coordinates (V, 2), v down, scaled, turned and moved in that order."""
        c, s = portable.cos(self.rotation), portable.sin(self.rotation)
        u, v = uv[:, 0] * self.scale[0], uv[:, 1] * self.scale[1]
        return np.stack([c * u + s * v + self.offset[0], c * v - s * u + self.offset[1]], 1)


@dataclass(eq=False)
class _Image:
    """The RGBA pixels of a texture, and how they lie on the surface: by the second set if ``is_other``."""

    pixels: U1
    laying: _Laying
    wrap: tuple[Wrap, Wrap]
    is_other: bool = False


class Materials:
    """The materials of a file. ``embed(label, pixels)`` keeps an image and returns its path."""

    def __init__(self, document: Document, embed: Embed, report: Report) -> None:
        self._document = document
        self._embed = embed
        self._report = report
        self._of: dict[tuple[object, ...], tuple[U1, U1]] = {}  # images made of others, which keep their key alive
        self._kept: dict[tuple[object, ...], tuple[str, object]] = {}  # paths of images, and what keeps their key alive
        self._converted: dict[tuple[object, ...], Any] = {}

    def announce(self) -> None:
        """Report each thing of the materials that is not honoured, by its place in the JSON."""
        path = self._document.path
        for place, text in self._not_honoured():
            self._report.ignored(f"{path}:{place}", text)
        for material in self._document.entries("materials"):
            if "occlusionTexture" in material:
                name = f"{material.get('name', 'material')}.occlusionTexture"
                self._report.note(f"{path}:{name}", "baked occlusion is left out: the renderer finds its own")

    def _not_honoured(self) -> Iterator[tuple[str, str]]:
        for number, material in enumerate(self._document.entries("materials")):
            name = material.get("name", f"materials[{number}]")
            try:
                unknown = list(_unknown(material))
            except FAULTS as error:
                yield name, f"cannot be read: {fault(error)}"
                continue
            for place in unknown:
                yield f"{name}.{place}", "is not shaded"

    def surface(self, primitive: Primitive, label: str) -> Surface:
        """Return how a primitive looks; ``label`` is its file and its name."""
        colours = None if primitive.colours is None else np.asarray(primitive.colours[:, :3], float)
        try:
            # none is the default of all its keys (section 3.7.2.1)
            material = {} if primitive.material is None else self._document.entry("materials", primitive.material)
        except Broken as error:
            self._report.ignored(f"{label}.material", f"{error}: the surface is plain")
            material = {}
        images = self._images(material, label)
        uvs, other_uvs = self._lay(primitive, images, label)
        inputs = _factors(material)
        if "KHR_materials_pbrSpecularGlossiness" in material.get("extensions", {}):
            _convert_specular_glossiness(inputs, material, images, self._converted)
        opacities = _alpha(primitive.colours)
        mode = material.get("alphaMode", "OPAQUE")
        if mode == "OPAQUE" or (mode == "MASK" and float(material.get("alphaCutoff", 0.5)) <= 0):
            opacities = None
        if opacities is not None:
            inputs["enable_opacity"] = inputs["enable_vertex_opacity"] = True
        if colours is not None:
            inputs["enable_vertex_color"] = True
        _cut(inputs, material, images)
        if "opacity_texture" in inputs:
            colour = images["baseColorTexture"].pixels
            alpha = self._made(("alpha",), colour, lambda: np.repeat(colour[..., 3:], 4, axis=2))
            inputs["opacity_texture"] = self._keep(f"{label}:opacity", alpha)
        self._let_through(inputs, material, images, label)
        colour = material.get("extensions", {}).get("KHR_materials_specular", {}).get("specularColorFactor", (1, 1, 1))
        if len(set(colour)) > 1:
            place = f"{label}.KHR_materials_specular.specularColorFactor"
            self._report.ignored(place, "a coloured reflectance counts by its mean")
        for slot in ("clearcoatTexture", "clearcoatRoughnessTexture", "specularTexture"):
            if slot in images:
                inputs[_INPUTS[slot]] = self._keep(f"{label}:{slot}", images[slot].pixels)
        for slot, key in (("baseColorTexture", "diffuse_texture"), ("normalTexture", "normalmap_texture")):
            if slot in images:
                inputs[key] = self._keep(f"{label}:{slot}", images[slot].pixels)
        if "metallicRoughnessTexture" in images:
            inputs["ORM_texture"] = self._orm(images["metallicRoughnessTexture"].pixels, inputs, label)
            inputs["enable_ORM_texture"] = True
        if "normalTexture" in images and (scale := float(material["normalTexture"].get("scale", 1.0))) != 1.0:
            inputs["bump_factor"] = scale
        if "emissive_color" in inputs and "emissiveTexture" in images:
            inputs["emissive_mask_texture"] = self._keep(f"{label}:emissive", images["emissiveTexture"].pixels)
        elif "emissiveTexture" in material:  # what is dark cannot be known, so nothing glows
            inputs.pop("emissive_color", None)
            inputs.pop("emissive_intensity", None)
        if "KHR_materials_unlit" in material.get("extensions", {}):
            _make_unlit(inputs, colours, label, self._report)
        elif others := sorted(_INPUTS[slot] for slot, image in images.items() if image.is_other):
            inputs["second_coordinates"] = " ".join(others)
        return Surface(inputs, uvs, colours, bool(material.get("doubleSided", False)), opacities, other_uvs)

    def _let_through(self, inputs: dict[str, Any], material: Entry, images: dict[str, _Image], label: str) -> None:
        """Write what KHR_materials_transmission and KHR_materials_volume ask for: a thin pane, or a body that bends
        light by KHR_materials_ior.
        """
        extensions = material.get("extensions", {})
        share = float(extensions.get("KHR_materials_transmission", {}).get("transmissionFactor", 0.0))
        volume = extensions.get("KHR_materials_volume", {})
        if share <= 0:
            if volume:
                self._report.note(f"{label}.KHR_materials_volume", "without transmission nothing is seen of it")
            return
        inputs["transmission_weight"] = share
        if "transmissionTexture" in images:
            inputs["transmission_texture"] = self._keep(f"{label}:transmission", images["transmissionTexture"].pixels)
        thickness, distance = (float(volume.get(k, v)) for k, v in _VOLUME)
        if "thicknessTexture" in volume:
            self._report.note(
                f"{label}.thicknessTexture", "the volume is as thick all over as its image is on the mean"
            )
            try:
                thickness *= float(self._document.image(volume["thicknessTexture"].get("index"))[..., 1].mean()) / 255
            except Broken as error:
                self._report.ignored(f"{label}.thicknessTexture", f"{error}, so the image is left out")
        blurs = float(material.get("pbrMetallicRoughness", {}).get("roughnessFactor", 1.0)) > 0
        if thickness > 0:
            ior = float(extensions.get("KHR_materials_ior", {}).get("ior", 1.5))
            inputs["transmission_ior"] = ior if ior > 0 else 1.0
            text = (
                "it bends and blurs light in settings.render_quality balanced and high; in fast light goes straight on"
            )
            self._report.note(f"{label}.KHR_materials_volume", text)
        elif blurs:
            self._report.ignored(f"{label}.KHR_materials_transmission", "what is seen through it is not blurred")
        if thickness > 0 and 0 < distance < np.inf:
            colour = np.asarray(volume.get("attenuationColor", (1.0, 1.0, 1.0)), float)
            # a ray passes two surfaces, on its way in and out; each takes half of what the thickness does
            inputs["transmission_tint"] = (portable.power(np.clip(colour, 0, 1), 0.5 * thickness / distance)).tolist()

    def _keep(self, label: str, pixels: U1) -> str:
        """Return the path of an image; one that several surfaces have is kept once."""
        key = (id(pixels),)
        if key not in self._kept:
            self._kept[key] = self._embed(label, pixels), pixels
        return self._kept[key][0]

    def _orm(self, pixels: U1, inputs: dict[str, Any], label: str) -> str:
        key = (id(pixels), inputs["reflection_roughness_constant"], inputs["metallic_constant"])
        if key not in self._kept:
            self._kept[key] = self._embed(f"{label}:orm", _packed(pixels, inputs)), pixels
        return self._kept[key][0]

    def _images(self, material: Entry, label: str) -> dict[str, _Image]:
        images = {}
        infos = {**material.get("pbrMetallicRoughness", {}), **material}
        glossy = material.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness", {})
        for name, slot in (
            ("diffuseTexture", "baseColorTexture"),
            ("specularGlossinessTexture", "metallicRoughnessTexture"),
        ):
            if glossy:
                infos.pop(slot, None)
            if name in glossy:
                infos[slot] = glossy[name]
        for slot, name in _EXTENSION_SLOTS.items():
            if slot in (values := material.get("extensions", {}).get(name, {})):
                infos[slot] = values[slot]
        for slot in (*_SLOTS, *_EXTENSION_SLOTS):
            if slot not in infos:
                continue
            info = infos[slot]
            try:
                pixels = self._document.image(info.get("index"))
            except Broken as error:
                self._report.ignored(f"{label}.{slot}", f"{error}, so the image is left out")
                continue
            try:
                placing = info.get("extensions", {}).get("KHR_texture_transform", {})
                laying = _Laying(
                    int(placing.get("texCoord", info.get("texCoord", 0))),
                    tuple(map(float, placing.get("offset", (0, 0)))),
                    float(placing.get("rotation", 0)),
                    tuple(map(float, placing.get("scale", (1, 1)))),
                )
                images[slot] = _Image(self._sharp(pixels, info, f"{label}.{slot}"), laying, self._wrap(info))
            except FAULTS as error:
                self._report.ignored(f"{label}.{slot}", f"its placing cannot be read ({error}): the image is left out")
        return images

    def _sampler(self, info: Entry) -> Entry:
        texture = self._document.entry("textures", info.get("index"))
        return self._document.entry("samplers", texture["sampler"]) if "sampler" in texture else {}

    def _sharp(self, pixels: U1, info: Entry, place: str) -> U1:
        """Return an image that is to be drawn by its nearest texel so large that the smooth way shows its squares."""
        if self._sampler(info).get("magFilter") != _NEAREST:
            return pixels
        times = _SHARP // max(pixels.shape[:2])
        if times < _LEAST_TIMES:
            text = f"images over {_SHARP // _LEAST_TIMES} pixels are drawn smoothly, not by the nearest texel"
            self._report.ignored(f"{place}.magFilter", text)
            return pixels
        return self._made(("sharp",), pixels, lambda: np.repeat(np.repeat(pixels, times, axis=0), times, axis=1))

    def _made(self, kind: tuple[object, ...], pixels: U1, make: Callable[[], U1]) -> U1:
        """Return what is made of an image, the same for the same."""
        key = (*kind, id(pixels))
        if key not in self._of:
            self._of[key] = make(), pixels
        return self._of[key][0]

    def _wrap(self, info: Entry) -> tuple[Wrap, Wrap]:
        sampler = self._sampler(info)
        s, t = (int(sampler.get(name, _REPEAT)) for name in ("wrapS", "wrapT"))
        return _WRAPS.get(s, "repeat"), _WRAPS.get(t, "repeat")

    def _lay(self, primitive: Primitive, images: dict[str, _Image], label: str) -> tuple[F8 | None, F8 | None]:
        """Return the two sets of coordinates (V, 2), v up, by which images are laid; None where there are none.

        A set here repeats, and its images lie alike. So images that lie otherwise, or do not repeat, are drawn anew for
        it over all that the mesh covers. Those that no straight map brings to the first set lie by the second; what
        neither takes is reported and left out.
        """
        if not images:
            return None, None
        first, left = self._laid(primitive, images, images, label)
        if first is None:
            images.clear()
            return None, None
        second, out = self._laid(primitive, images, left, label)
        for slot in left if second is None else out:
            text = "lies by other coordinates than the other images, which no straight map joins: it is left out"
            self._report.ignored(f"{label}.{slot}", text)
            del images[slot]
        for slot in left:
            if slot in images:
                images[slot].is_other = True
        return first, second

    def _laid(
        self, primitive: Primitive, images: dict[str, _Image], slots: Iterable[str], label: str
    ) -> tuple[F8 | None, list[str]]:
        """Return the coordinates of the first of some images, and which of the others do not lie by them. Those that do
        are drawn anew where that is needed.
        """
        slots = list(slots)
        if not slots:
            return None, []
        first = images[slots[0]].laying
        source = primitive.coordinates.get(first.coordinates)
        if source is None:
            text = "the mesh has no such coordinates for its images"
            self._report.ignored(f"{label}.TEXCOORD_{first.coordinates}", text)
            return None, slots
        uv = first.of(source)
        maps: dict[str, F8] = {}
        for slot in slots:
            laying = images[slot].laying
            own = primitive.coordinates.get(laying.coordinates)
            bridge = None if own is None else _bridge(uv, laying.of(own)) if laying != first else _SAME
            if bridge is not None:
                maps[slot] = bridge
        low, count = np.zeros(2, int), np.ones(2, int)
        is_moved = any(not np.array_equal(bridge, _SAME) for bridge in maps.values())
        for axis in range(2):
            least, most = float(uv[:, axis].min()), float(uv[:, axis].max())
            is_within = least >= -1e-3 and most <= 1 + 1e-3
            if (is_moved or any(images[s].wrap[axis] != "repeat" for s in maps)) and not is_within:
                low[axis] = np.floor(least + 1e-3)
                count[axis] = max(int(np.ceil(most - 1e-3)) - low[axis], 1)
                if count[axis] > _MOST_REPEATS:
                    text = f"images repeat: the mesh lays {count[axis]} of them side by side"
                    self._report.ignored(f"{label}.wrap", text)
                    low[axis], count[axis] = 0, 1
        if is_moved or (count > 1).any() or low.any():
            for slot, bridge in maps.items():
                image = images[slot]
                image.pixels = unrolled(image.pixels, low, count, image.wrap, bridge)
            uv = (uv - low) / count
        return np.stack([uv[:, 0], 1.0 - uv[:, 1]], 1), [slot for slot in slots if slot not in maps]


def _alpha(colours: F8 | None) -> F8 | None:
    """Return the alpha (V,) of vertex colours, None where all of it is 1."""
    has_any = colours is not None and colours.shape[1] > 3 and bool((colours[:, 3] < 1).any())
    return np.asarray(colours[:, 3], float) if colours is not None and has_any else None


_SAME = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])


def _bridge(uv: F8, own: F8) -> F8 | None:
    """Return the map (3, 2) with ``own = (u, v, 1) @ map``, None where there is no such."""
    rows = np.concatenate([uv, np.ones((len(uv), 1))], 1)
    bridge = portable.product(portable.pseudo_inverse(rows), own)
    return bridge if np.abs(portable.product(rows, bridge) - own).max() < 1e-3 else None


def _unknown(material: dict[str, Any]) -> Iterator[str]:
    """Yield the place of each key of a material that is not honoured; occlusion is announced on its own."""
    pbr = material.get("pbrMetallicRoughness", {})
    yield from sorted(set(material) - _MATERIAL - {"occlusionTexture"})
    yield from (f"pbrMetallicRoughness.{key}" for key in sorted(set(pbr) - _PBR))
    holders = {"": material, "pbrMetallicRoughness.": pbr}
    for above, holder in list(holders.items()):
        for key, value in holder.items():
            if key.endswith("Texture") and key != "occlusionTexture" and isinstance(value, dict):
                yield from (f"{above}{key}.{k}" for k in sorted(set(value) - _INFO))
                holders[f"{above}{key}."] = value
    for above, holder in holders.items():
        for name, values in holder.get("extensions", {}).items():
            if name not in _EXTENSIONS:
                yield f"{above}{name}"
            else:
                keys = sorted(set(values) - _EXTENSIONS[name] - _COMMON)
                yield from (f"{above}{name}.{key}" for key in keys)


def _factors(material: Entry) -> dict[str, Any]:
    """Return the inputs that are plain numbers."""
    pbr, extensions = material.get("pbrMetallicRoughness", {}), material.get("extensions", {})
    colour = pbr.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))
    metallic, roughness = pbr.get("metallicFactor", 1.0), pbr.get("roughnessFactor", 1.0)
    inputs: dict[str, Any] = {
        "diffuse_tint": [float(c) for c in colour[:3]],
        "diffuse_color_constant": [1.0, 1.0, 1.0],
        "metallic_constant": float(metallic),
        "reflection_roughness_constant": float(roughness),
    }
    glow = [float(c) for c in material.get("emissiveFactor", (0.0, 0.0, 0.0))]
    if any(glow):
        strength = float(extensions.get("KHR_materials_emissive_strength", {}).get("emissiveStrength", 1.0))
        inputs["emissive_color"] = glow
        inputs["emissive_intensity"] = NITS * strength
    coat = extensions.get("KHR_materials_clearcoat", {})
    if coat.get("clearcoatFactor", 0.0) > 0:
        inputs["enable_clearcoat"] = True
        inputs["clearcoat_weight"] = float(coat["clearcoatFactor"])
        inputs["clearcoat_reflection_roughness"] = float(coat.get("clearcoatRoughnessFactor", 0.0))
    if "KHR_materials_ior" in extensions or "KHR_materials_specular" in extensions:
        # the reflectance straight on; a specular_level of 1 stands for 0.08. What has a colour counts by its mean
        ior = float(extensions.get("KHR_materials_ior", {}).get("ior", 1.5))
        specular = extensions.get("KHR_materials_specular", {})
        colour = np.asarray(specular.get("specularColorFactor", (1.0, 1.0, 1.0)), float)
        straight = (
            np.minimum(((ior - 1) * (ior - 1)) / ((ior + 1) * (ior + 1)) * colour, 1.0) if ior > 0 else np.ones(3)
        )
        inputs["specular_level"] = float(straight.mean() / 0.08) * float(specular.get("specularFactor", 1.0))
    return inputs


def _cut(inputs: dict[str, Any], material: dict[str, Any], images: dict[str, _Image]) -> None:
    """Write what alphaMode asks for: OmniPBR blends by a threshold of 0, and cuts by one above it."""
    mode = material.get("alphaMode", "OPAQUE")
    factor = float(material.get("pbrMetallicRoughness", {}).get("baseColorFactor", (1, 1, 1, 1))[3])
    alpha = images["baseColorTexture"].pixels[..., 3] if "baseColorTexture" in images else None
    if alpha is not None and alpha.min() == 255:
        alpha = None
    if mode == "BLEND":
        if factor == 1.0 and alpha is None:
            return
        cutoff = 0.0
    else:
        cutoff = float(material.get("alphaCutoff", 0.5))
        if mode == "OPAQUE" or cutoff <= 0:
            return
    inputs["enable_opacity"] = True
    inputs["opacity_constant"] = factor
    inputs["opacity_threshold"] = cutoff
    if alpha is not None:
        inputs["enable_opacity_texture"] = True
        inputs["opacity_texture"] = ""  # the alpha of the base colour, which is kept as an image of its own


def _convert_specular_glossiness(
    inputs: dict[str, Any], material: Entry, images: dict[str, _Image], kept: dict[tuple[object, ...], Any]
) -> None:
    """Turn a surface of diffuse and specular colour into one of base colour and metalness: Khronos' conversion, with
    the reflectance of 0.04 that dielectrics have. Where the images have several sizes, the smaller are resized.
    """
    glossy = material["extensions"]["KHR_materials_pbrSpecularGlossiness"]
    tint = np.asarray(glossy.get("diffuseFactor", (1.0, 1.0, 1.0, 1.0)), float)
    specular = np.asarray(glossy.get("specularFactor", (1.0, 1.0, 1.0)), float)
    glossiness = float(glossy.get("glossinessFactor", 1.0))
    inputs["diffuse_tint"] = tint[:3].tolist()
    own = images.get("metallicRoughnessTexture")
    paint = images.get("baseColorTexture")
    if own is None and (paint is None or not specular.max() > DIELECTRIC):
        base, metallic = base_and_metalness(tint[:3], specular)
        inputs["diffuse_tint"] = (tint[:3] if paint is not None else base).tolist()
        inputs["metallic_constant"] = float(metallic)
        inputs["reflection_roughness_constant"] = 1.0 - glossiness
        return
    laid = own if paint is None else paint
    assert laid is not None
    pictures = (own.pixels if own is not None else None, paint.pixels if paint is not None else None)
    key = (*map(id, pictures), *tint.tolist(), *specular.tolist(), glossiness)
    if key not in kept:
        kept[key] = _painted_metal(*pictures, tint, specular, glossiness)
    shown, packed, _ = kept[key]
    images["baseColorTexture"] = _Image(shown, laid.laying, laid.wrap)
    images["metallicRoughnessTexture"] = _Image(packed, laid.laying, laid.wrap)
    inputs["diffuse_tint"] = [1.0, 1.0, 1.0]
    inputs["metallic_constant"] = inputs["reflection_roughness_constant"] = 1.0


def _painted_metal(
    own: U1 | None, paint: U1 | None, tint: F8, specular: F8, glossiness: float
) -> tuple[U1, U1, tuple[U1 | None, U1 | None]]:
    """Return the images of base colour, and of roughness and metalness, for those of specular and diffuse colour, which
    come along: they are known by where they are in memory.
    """
    height, width = max(pixels.shape[:2] for pixels in (own, paint) if pixels is not None)
    stored = np.full((1, 1, 4), 255, np.uint8) if own is None else own
    colours = np.full((1, 1, 4), 255, np.uint8) if paint is None else paint
    stored, colours = (_resized(pixels, width, height) for pixels in (stored, colours))
    shown, packed = np.full((height, width, 4), 255, np.uint8), np.full((height, width, 4), 255, np.uint8)
    for row in range(0, height, _ROWS):
        part = slice(row, row + _ROWS)
        diffuse = linear_from_eight_bit(colours[part, :, :3]) * tint[:3].astype(np.float32)
        base, metallic = base_and_metalness(
            diffuse, linear_from_eight_bit(stored[part, :, :3]) * specular.astype(np.float32)
        )
        shown[part, :, :3] = np.round(srgb_from_linear(base) * 255)
        packed[part, :, 1] = np.round(255.0 - stored[part, :, 3] * glossiness)
        packed[part, :, 2] = np.round(metallic * 255)
    shown[..., 3] = colours[..., 3]
    return shown, packed, (own, paint)


def _resized(pixels: U1, width: int, height: int) -> U1:
    rows = np.arange(height) * pixels.shape[0] // height
    columns = np.arange(width) * pixels.shape[1] // width
    return pixels[rows][:, columns]


def _packed(pixels: U1, inputs: dict[str, Any]) -> U1:
    """Return an image of roughness (G) and metalness (B) times their factors, which a texture of OmniPBR replaces."""
    factors = (1.0, inputs["reflection_roughness_constant"], inputs["metallic_constant"], 1.0)
    if factors == (1.0, 1.0, 1.0, 1.0):
        return pixels
    table = np.asarray(np.clip(np.round(np.arange(256.0)[:, None] * np.array(factors)), 0, 255), np.uint8)
    return np.stack([table[pixels[..., k], k] for k in range(4)], axis=-1)


def _make_unlit(inputs: dict[str, Any], colours: F8 | None, label: str, report: Report) -> None:
    """Turn the base colour into light, so that the surface shows it whatever shines on it."""
    tint = np.asarray(inputs["diffuse_tint"])
    if colours is not None:
        if np.ptp(colours, axis=0).max() > 1e-3:
            report.ignored(f"{label}.COLOR_0", "an unlit surface takes the mean of its vertex colours")
        tint = tint * colours.mean(0)
        del inputs["enable_vertex_color"]
    inputs["emissive_color"] = tint.tolist()
    inputs["emissive_intensity"] = NITS
    inputs.pop("emissive_mask_texture", None)
    inputs.pop("bump_factor", None)
    if "diffuse_texture" in inputs:
        inputs["emissive_mask_texture"] = inputs.pop("diffuse_texture")
    for name in ("normalmap_texture", "ORM_texture", "enable_ORM_texture", "enable_clearcoat"):
        inputs.pop(name, None)
    inputs["diffuse_tint"] = [0.0, 0.0, 0.0]
    inputs["metallic_constant"] = 0.0
    inputs["reflection_roughness_constant"] = 1.0
    inputs["specular_level"] = 0.0
