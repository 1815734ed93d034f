"""What a glTF 2.0 file says of its surfaces, as inputs of OmniPBR: read from its JSON, since trimesh keeps only a part.

Source: the glTF 2.0 specification, and those of its KHR extensions.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rendersdg.arrays import F8, U1
from rendersdg.assets.images import Wrap, unrolled
from rendersdg.errors import Report

NITS = 1000.0  # of an emissiveFactor of 1, as of UsdPreviewSurface's emissiveColor
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
    "KHR_materials_clearcoat": {"clearcoatFactor", "clearcoatRoughnessFactor"},
    "KHR_materials_ior": {"ior"},
    "KHR_materials_specular": {"specularFactor"},
    "KHR_materials_pbrSpecularGlossiness": {  # trimesh turns these into metalness and roughness
        "diffuseFactor",
        "diffuseTexture",
        "specularFactor",
        "glossinessFactor",
        "specularGlossinessTexture",
    },
}
_READ_BY_TRIMESH = {"EXT_texture_webp", "KHR_mesh_quantization"}
_SLOTS = ("baseColorTexture", "metallicRoughnessTexture", "normalTexture", "emissiveTexture")
_LARGEST_INTEGER = {5120: 127.0, 5121: 255.0, 5122: 32767.0, 5123: 65535.0}
_REPEAT = 10497
_WRAPS: dict[int, Wrap] = {33071: "clamp", 33648: "mirror", _REPEAT: "repeat"}
_NEAREST = 9728
_MOST_REPEATS = 16
_TRIANGLES, _STRIP, _LINES, _POINTS = 4, 5, 1, 0
_JSON_CHUNK = 20  # bytes before the JSON of a .glb


@dataclass(frozen=True, eq=False)
class Surface:
    """How a primitive looks: ``inputs`` of OmniPBR (None without a material), ``uvs`` (V, 2) with v up (None where
    nothing is laid by them), ``colours`` (V, 3) linear from its vertices, if there are any.
    """

    inputs: dict[str, Any] | None
    uvs: F8 | None
    colours: F8 | None
    is_double_sided: bool = False


@dataclass(frozen=True)
class _Laying:
    """Which set of texture coordinates an image is laid by, and their transform."""

    coordinates: int = 0
    offset: tuple[float, ...] = (0.0, 0.0)
    rotation: float = 0.0
    scale: tuple[float, ...] = (1.0, 1.0)

    def of(self, uv: F8) -> F8:
        """Return coordinates (V, 2), v down, scaled, turned and moved in that order."""
        c, s = np.cos(self.rotation), np.sin(self.rotation)
        u, v = uv[:, 0] * self.scale[0], uv[:, 1] * self.scale[1]
        return np.stack([c * u + s * v + self.offset[0], c * v - s * u + self.offset[1]], 1)


@dataclass(eq=False)
class _Image:
    """The RGBA pixels of a texture, and how they lie on the surface."""

    pixels: U1
    laying: _Laying
    wrap: tuple[Wrap, Wrap]


class GltfFile:
    """The JSON of a .gltf or .glb file, and what it says of the meshes that trimesh makes of it.

    Raises ValueError or OSError when the file cannot be read.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        data = Path(path).read_bytes()
        self._rest: bytes | None = None
        if data[:4] == b"glTF":
            length = struct.unpack("<I", data[12:16])[0]
            self._rest = data[_JSON_CHUNK + length :]
            data = data[_JSON_CHUNK : _JSON_CHUNK + length]
        self.tree: dict[str, Any] = json.loads(data)

    def marked(self) -> io.BytesIO:
        """Return the file for trimesh, so written that each mesh knows its material and its accessors:
        materials are named by their index, and attributes come once more under ``_NAME.accessor``.
        """
        tree = json.loads(json.dumps(self.tree))
        for index, material in enumerate(tree.get("materials", [])):
            material["name"] = str(index)
        for mesh in tree.get("meshes", []):
            for primitive in mesh["primitives"]:
                attributes = primitive["attributes"]
                for name, accessor in list(attributes.items()):
                    if name.startswith(("TEXCOORD_", "COLOR_0")) or name == "POSITION":
                        attributes[f"_{name}.{accessor}"] = accessor
        text = json.dumps(tree).encode()
        if self._rest is None:
            return io.BytesIO(text)
        text += b" " * (-len(text) % 4)
        total = _JSON_CHUNK + len(text) + len(self._rest)
        return io.BytesIO(struct.pack("<4sIII4s", b"glTF", 2, total, len(text), b"JSON") + text + self._rest)

    def announce(self, report: Report) -> None:
        """Report each thing of the file that is not honoured, by its place in the JSON."""
        for place, text in self._not_honoured():
            report.ignored(f"{self._path}:{place}", text)
        for material in self.tree.get("materials", []):
            if "occlusionTexture" in material:
                name = f"{material.get('name', 'material')}.occlusionTexture"
                report.note(f"{self._path}:{name}", "baked occlusion is left out: the renderer finds its own")
        for name in ("animations", "skins", "cameras"):
            if self.tree.get(name):
                report.note(f"{self._path}:{name}", "are not read: the model is as its nodes place it")

    def _not_honoured(self) -> Iterator[tuple[str, str]]:
        named = set(self.tree.get("extensionsUsed", []))
        for number, material in enumerate(self.tree.get("materials", [])):
            named -= set(material.get("extensions", {}))
            name = material.get("name", f"materials[{number}]")
            for place in _unknown(material):
                yield f"{name}.{place}", "is not shaded"
        for name in sorted(named - set(_EXTENSIONS) - _READ_BY_TRIMESH):
            yield name, "the extension is not honoured"
        for number, sampler in enumerate(self.tree.get("samplers", [])):
            if sampler.get("magFilter") == _NEAREST:
                yield f"samplers[{number}].magFilter", "images are drawn smoothly, not by the nearest texel"
        for number, accessor in enumerate(self.tree.get("accessors", [])):
            if "sparse" in accessor:
                yield f"accessors[{number}].sparse", "sparse values are not read"
        for number, mesh in enumerate(self.tree.get("meshes", [])):
            name = mesh.get("name", f"meshes[{number}]")
            for primitive in mesh["primitives"]:
                if (mode := primitive.get("mode", _TRIANGLES)) not in (_TRIANGLES, _STRIP, _LINES, _POINTS):
                    yield f"{name}.mode", f"primitives of mode {mode} are not drawn"
                if "targets" in primitive:
                    yield f"{name}.targets", "the mesh is drawn without its morph targets"

    def vertices(self, mesh: Any) -> F8:
        """Return the points (V, 3) of a mesh that trimesh made; integers that stand for fractions become these."""
        accessor, _ = self._marked(mesh, "POSITION")
        normalized = accessor is not None and accessor.get("normalized")
        divisor = _LARGEST_INTEGER.get(accessor["componentType"], 1.0) if accessor and normalized else 1.0
        return np.asarray(mesh.vertices, float) / divisor

    def surface(self, mesh: Any, label: str, embed: Callable[[str, U1], str], report: Report) -> Surface:
        """Return how a mesh that trimesh made looks. ``embed(label, pixels)`` keeps an image and returns its path."""
        colours, alpha = self._colours(mesh)
        loaded = getattr(mesh.visual, "material", None)
        if loaded is None or not str(loaded.name).isdigit():
            return Surface(None, None, colours)
        material = self.tree["materials"][int(loaded.name)]
        images = self._images(material, loaded, label, report)
        uvs = self._lay(mesh, images, label, report)
        inputs = _factors(material, loaded)
        if alpha and material.get("alphaMode", "OPAQUE") != "OPAQUE":
            report.ignored(f"{label}.COLOR_0", "the alpha of vertex colours is not shaded")
        if colours is not None:
            inputs["enable_vertex_color"] = True
        _cut(inputs, material, images, lambda pixels: embed(f"{label}:opacity", pixels), report, label)
        for slot, key in (("baseColorTexture", "diffuse_texture"), ("normalTexture", "normalmap_texture")):
            if slot in images:
                inputs[key] = embed(f"{label}:{slot}", images[slot].pixels)
        if "metallicRoughnessTexture" in images:
            inputs["ORM_texture"] = embed(f"{label}:orm", _packed(images["metallicRoughnessTexture"].pixels, inputs))
            inputs["enable_ORM_texture"] = True
        if "normalTexture" in images and (scale := float(material["normalTexture"].get("scale", 1.0))) != 1.0:
            inputs["bump_factor"] = scale
        if "emissive_color" in inputs and "emissiveTexture" in images:
            inputs["emissive_mask_texture"] = embed(f"{label}:emissive", images["emissiveTexture"].pixels)
        elif "emissiveTexture" in material:  # what is dark cannot be known, so nothing glows
            inputs.pop("emissive_color", None)
            inputs.pop("emissive_intensity", None)
        if "KHR_materials_unlit" in material.get("extensions", {}):
            _make_unlit(inputs, colours, label, report)
        return Surface(inputs, uvs, colours, bool(material.get("doubleSided", False)))

    def _marked(self, mesh: Any, name: str) -> tuple[dict[str, Any] | None, Any]:
        """Return the accessor of an attribute, and its values as they are stored; None where there is none."""
        for key, values in mesh.vertex_attributes.items():
            if key.startswith(f"_{name}.") and len(values) == len(mesh.vertices):
                return self.tree["accessors"][int(key.rsplit(".", 1)[1])], values
        return None, None

    def _colours(self, mesh: Any) -> tuple[F8 | None, bool]:
        """Return linear vertex colours (V, 3), and whether their alpha is less than 1 anywhere."""
        accessor, stored = self._marked(mesh, "COLOR_0")
        if accessor is None:
            return None, False
        values = np.asarray(stored, float) / _LARGEST_INTEGER.get(accessor["componentType"], 1.0)
        return values[:, :3], values.shape[1] > 3 and bool((values[:, 3] < 1).any())

    def _coordinates(self, mesh: Any, number: int) -> F8 | None:
        accessor, stored = self._marked(mesh, f"TEXCOORD_{number}")
        if accessor is None:
            return None
        divisor = _LARGEST_INTEGER.get(accessor["componentType"], 1.0) if accessor.get("normalized") else 1.0
        return np.asarray(stored, float) / divisor

    def _images(self, material: dict[str, Any], loaded: Any, label: str, report: Report) -> dict[str, _Image]:
        images = {}
        infos = {**material.get("pbrMetallicRoughness", {}), **material}
        for slot in _SLOTS:
            picture = getattr(loaded, slot, None)
            if picture is None:
                if slot in infos:
                    report.ignored(f"{label}.{slot}", "the image cannot be read, so it is left out")
                continue
            info = infos.get(slot, {})
            placing = info.get("extensions", {}).get("KHR_texture_transform", {})
            laying = _Laying(
                int(placing.get("texCoord", info.get("texCoord", 0))),
                tuple(map(float, placing.get("offset", (0, 0)))),
                float(placing.get("rotation", 0)),
                tuple(map(float, placing.get("scale", (1, 1)))),
            )
            images[slot] = _Image(np.asarray(picture.convert("RGBA"), np.uint8), laying, self._wrap(info))
        return images

    def _wrap(self, info: dict[str, Any]) -> tuple[Wrap, Wrap]:
        textures, samplers = self.tree.get("textures", []), self.tree.get("samplers", [])
        texture = textures[info["index"]] if "index" in info else {}
        sampler = samplers[texture["sampler"]] if "sampler" in texture else {}
        s, t = (int(sampler.get(name, _REPEAT)) for name in ("wrapS", "wrapT"))
        return _WRAPS.get(s, "repeat"), _WRAPS.get(t, "repeat")

    def _lay(self, mesh: Any, images: dict[str, _Image], label: str, report: Report) -> F8 | None:
        """Return the coordinates (V, 2), v up, by which all images are laid; None where there are none.

        A surface here has one set, which repeats. So images that lie otherwise, or do not repeat, are drawn anew for it
        over all that the mesh covers. An image that no straight map brings there is reported and left out.
        """
        if not images:
            return None
        first = next(iter(images.values())).laying
        source = self._coordinates(mesh, first.coordinates)
        if source is None:
            report.ignored(f"{label}.TEXCOORD_{first.coordinates}", "the mesh has no such coordinates for its images")
            images.clear()
            return None
        uv = first.of(source)
        maps: dict[str, F8] = {}
        for slot, image in list(images.items()):
            own = self._coordinates(mesh, image.laying.coordinates)
            bridge = None if own is None else _bridge(uv, image.laying.of(own)) if image.laying != first else _SAME
            if bridge is None:
                text = "lies by other coordinates than the base colour, which no straight map joins: it is left out"
                report.ignored(f"{label}.{slot}", text)
                del images[slot]
            else:
                maps[slot] = bridge
        low, count = np.zeros(2, int), np.ones(2, int)
        is_moved = any(not np.array_equal(bridge, _SAME) for bridge in maps.values())
        for axis in range(2):
            least, most = float(uv[:, axis].min()), float(uv[:, axis].max())
            is_within = least >= -1e-3 and most <= 1 + 1e-3
            if (is_moved or any(i.wrap[axis] != "repeat" for i in images.values())) and not is_within:
                low[axis] = np.floor(least + 1e-3)
                count[axis] = max(int(np.ceil(most - 1e-3)) - low[axis], 1)
                if count[axis] > _MOST_REPEATS:
                    report.ignored(f"{label}.wrap", f"images repeat: the mesh lays {count[axis]} of them side by side")
                    low[axis], count[axis] = 0, 1
        if is_moved or (count > 1).any() or low.any():
            for slot, image in images.items():
                image.pixels = unrolled(image.pixels, low, count, image.wrap, maps[slot])
            uv = (uv - low) / count
        return np.stack([uv[:, 0], 1.0 - uv[:, 1]], 1)


_SAME = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])


def _bridge(uv: F8, own: F8) -> F8 | None:
    """Return the map (3, 2) with ``own = (u, v, 1) @ map``, None where there is no such."""
    rows = np.concatenate([uv, np.ones((len(uv), 1))], 1)
    bridge = np.linalg.lstsq(rows, own, rcond=None)[0]
    return bridge if np.abs(rows @ bridge - own).max() < 1e-3 else None


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


def _factors(material: dict[str, Any], loaded: Any) -> dict[str, Any]:
    """Return the inputs that are plain numbers."""
    pbr, extensions = material.get("pbrMetallicRoughness", {}), material.get("extensions", {})
    colour = pbr.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))
    metallic, roughness = pbr.get("metallicFactor", 1.0), pbr.get("roughnessFactor", 1.0)
    if "KHR_materials_pbrSpecularGlossiness" in extensions:
        stored = loaded.baseColorFactor
        colour = (1.0,) * 4 if stored is None else np.asarray(stored, float) / 255.0
        metallic = 1.0 if loaded.metallicFactor is None else loaded.metallicFactor
        roughness = 1.0 if loaded.roughnessFactor is None else loaded.roughnessFactor
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
        # the reflectance straight on; a specular_level of 1 stands for 0.08
        ior = float(extensions.get("KHR_materials_ior", {}).get("ior", 1.5))
        weight = float(extensions.get("KHR_materials_specular", {}).get("specularFactor", 1.0))
        inputs["specular_level"] = min(((ior - 1) / (ior + 1)) ** 2 / 0.08, 1.0) * weight
    return inputs


def _cut(
    inputs: dict[str, Any],
    material: dict[str, Any],
    images: dict[str, _Image],
    embed: Callable[[U1], str],
    report: Report,
    label: str,
) -> None:
    """Write what alphaMode asks for. Surfaces are opaque or cut out, so what should be blended is cut at half of its
    strongest, which is reported.
    """
    mode = material.get("alphaMode", "OPAQUE")
    factor = float(material.get("pbrMetallicRoughness", {}).get("baseColorFactor", (1, 1, 1, 1))[3])
    alpha = images["baseColorTexture"].pixels[..., 3] if "baseColorTexture" in images else None
    if alpha is not None and alpha.min() == 255:
        alpha = None
    if mode == "BLEND":
        if factor == 1.0 and alpha is None:
            return
        report.ignored(f"{label}.alphaMode", "BLEND is not see-through: a surface is opaque, or cut out")
        cutoff, factor = (0.5 if alpha is None else float(alpha.max()) / 510.0), float(factor > 0)
    else:
        cutoff = float(material.get("alphaCutoff", 0.5))
    if mode == "OPAQUE" or cutoff <= 0:
        return
    inputs["enable_opacity"] = True
    inputs["opacity_constant"] = factor
    inputs["opacity_threshold"] = cutoff
    if alpha is not None:
        inputs["enable_opacity_texture"] = True
        inputs["opacity_texture"] = embed(np.repeat(alpha[..., None], 4, axis=2))


def _packed(pixels: U1, inputs: dict[str, Any]) -> U1:
    """Return an image of roughness (G) and metalness (B) times their factors, which a texture of OmniPBR replaces."""
    factors = (1.0, inputs["reflection_roughness_constant"], inputs["metallic_constant"], 1.0)
    if factors == (1.0, 1.0, 1.0, 1.0):
        return pixels
    return np.asarray(np.clip(np.round(pixels * np.array(factors)), 0, 255), np.uint8)


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
