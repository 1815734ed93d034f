"""Everything that a glTF file says, held against what is read of it: nothing is dropped in silence.

Materials report their own keys, since what is honoured of them depends on the material.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from rendersdg.assets.gltf.document import Document
from rendersdg.errors import Report

Kind = dict[str, Any]  # the keys of an object that are read, or change no picture, with the kinds of what they hold
_EXTENSIONS = "extensions"
_HARMLESS = {  # extensions that change no picture, wherever they stand
    "KHR_xmp",
    "KHR_xmp_json_ld",
    "KHR_node_selectability",
    "KHR_node_hoverability",
    "KHR_mesh_quantization",
    "ADOBE_materials_thin_transparency_hint",
    "AGI_stk_metadata",
    "EXT_structural_metadata",
    "EXT_mesh_features",
    "EXT_instance_features",
    "MSFT_packing_occlusionRoughnessMetallic",
    "MSFT_packing_normalRoughnessMetallic",
}


def _leaves(*names: str) -> Kind:
    return dict.fromkeys((*names, "name"))


_VIEW = _leaves("bufferView", "byteOffset", "componentType")
_MESHOPT = _leaves("buffer", "byteOffset", "byteLength", "byteStride", "mode", "count", "filter")
_SOURCE = _leaves("source")
_READ: Kind = {
    "asset": _leaves("version", "minVersion", "generator", "copyright"),
    "extensionsUsed": None,
    "extensionsRequired": None,
    "scene": None,
    "scenes": _leaves("nodes"),
    "nodes": {
        **_leaves("children", "mesh", "skin", "camera", "weights", "matrix", "translation", "rotation", "scale"),
        _EXTENSIONS: {
            "KHR_lights_punctual": _leaves("light"),
            "KHR_node_visibility": _leaves("visible"),
            "EXT_mesh_gpu_instancing": {"attributes": re.compile("TRANSLATION|ROTATION|SCALE|_.*")},
        },
    },
    "meshes": {
        **_leaves("weights"),
        "primitives": {
            **_leaves("indices", "material", "mode"),
            "attributes": re.compile(r"POSITION|NORMAL|TANGENT|TEXCOORD_\d+|COLOR_0|(JOINTS|WEIGHTS)_\d+|_.*"),
            "targets": re.compile("POSITION|NORMAL|TANGENT|_.*"),
            _EXTENSIONS: {
                "KHR_draco_mesh_compression": {"bufferView": None, "attributes": None},
                "KHR_materials_variants": {"mappings": _leaves("material", "variants")},
            },
        },
    },
    "accessors": {
        **_leaves("bufferView", "byteOffset", "componentType", "normalized", "count", "type", "max", "min"),
        "sparse": {"count": None, "indices": _VIEW, "values": _VIEW},
    },
    "bufferViews": {
        **_leaves("buffer", "byteOffset", "byteLength", "byteStride", "target"),
        _EXTENSIONS: {"EXT_meshopt_compression": _MESHOPT, "KHR_meshopt_compression": _MESHOPT},
    },
    "buffers": {
        **_leaves("uri", "byteLength"),
        _EXTENSIONS: {"EXT_meshopt_compression": _leaves("fallback"), "KHR_meshopt_compression": _leaves("fallback")},
    },
    "images": _leaves("uri", "mimeType", "bufferView"),
    "samplers": _leaves("magFilter", "minFilter", "wrapS", "wrapT"),
    "textures": {
        **_leaves("sampler", "source"),
        _EXTENSIONS: {
            "KHR_texture_basisu": _SOURCE,
            "EXT_texture_webp": _SOURCE,
            "EXT_texture_avif": _SOURCE,
            "MSFT_texture_dds": _SOURCE,
        },
    },
    "materials": None,
    "skins": _leaves("inverseBindMatrices", "skeleton", "joints"),
    "cameras": {
        **_leaves("type"),
        "perspective": _leaves("aspectRatio", "yfov", "zfar", "znear"),
        "orthographic": _leaves("xmag", "ymag", "zfar", "znear"),
    },
    "animations": {
        "name": None,
        "channels": {
            "sampler": None,
            "target": {"node": None, "path": None, _EXTENSIONS: {"KHR_animation_pointer": _leaves("pointer")}},
        },
        "samplers": _leaves("input", "output", "interpolation"),
    },
    _EXTENSIONS: {
        "KHR_lights_punctual": {
            "lights": {
                **_leaves("type", "color", "intensity", "range"),
                "spot": _leaves("innerConeAngle", "outerConeAngle"),
            }
        },
        "KHR_materials_variants": {"variants": _leaves()},
    },
}


def known_extensions() -> set[str]:
    """Return the extensions that are honoured, or change no picture, outside of materials."""
    found = set(_HARMLESS)

    def collect(kind: Any) -> None:
        if isinstance(kind, dict):
            found.update(kind.get(_EXTENSIONS) or {})
            for inner in kind.values():
                collect(inner)

    collect(_READ)
    for inner in list(_READ[_EXTENSIONS].values()):
        collect(inner)
    return found


@dataclass(eq=False)
class _Walk:
    """What was met and is not read: the first place of each kind of it, and how often it comes."""

    first: dict[str, str] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    extensions: set[str] = field(default_factory=set)  # met anywhere

    def visit(self, value: object, kind: Any, place: str, general: str) -> None:
        """Look at a value of ``place``, whose place without numbers is ``general``."""
        if isinstance(value, list):
            for number, one in enumerate(value):
                if isinstance(one, (dict, list)):
                    self.visit(one, kind, f"{place}[{number}]", f"{general}[]")
        elif isinstance(value, dict) and kind is not None:
            for key, one in value.items():
                if key == _EXTENSIONS and isinstance(kind, dict) and isinstance(one, dict):
                    self._extensions(one, kind.get(_EXTENSIONS) or {}, f"{place}.", f"{general}.")
                elif key != "extras":
                    self._key(key, one, kind, place, general)

    def _key(self, key: str, value: object, kind: Any, place: str, general: str) -> None:
        start, whole = (f"{place}.", f"{general}.") if place else ("", "")
        if isinstance(kind, re.Pattern):
            if not kind.fullmatch(key):
                self._unread(f"{start}{key}", f"{whole}{key}")
        elif key in kind:
            self.visit(value, kind[key], f"{start}{key}", f"{whole}{key}")
        else:
            self._unread(f"{start}{key}", f"{whole}{key}")

    def _extensions(self, extensions: dict[str, Any], known: Kind, place: str, general: str) -> None:
        start, whole = place.removeprefix("."), general.removeprefix(".")
        for name, value in extensions.items():
            self.extensions.add(name)
            if name in known:
                self.visit(value, known[name], f"{start}{name}", f"{whole}{name}")
            elif name not in _HARMLESS:
                self._unread(f"{start}{name}", f"{whole}{name}")

    def _unread(self, place: str, general: str) -> None:
        self.first.setdefault(general, place)
        self.count[general] = self.count.get(general, 0) + 1


def audit(document: Document, report: Report, of_materials: set[str]) -> None:
    """Report each key and extension of a file that is not read, once for each kind of place, at its first one.

    ``of_materials`` are the extensions that materials honour, or report themselves.
    """
    walk = _Walk()
    walk.visit(document.tree, _READ, "", "")
    for general, place in walk.first.items():
        often = f" ({walk.count[general]} times in the file)" if walk.count[general] > 1 else ""
        report.ignored(f"{document.path}:{place}", f"is not read{often}")
    known = known_extensions() | of_materials
    for material in document.entries("materials"):
        if isinstance(material, dict):
            walk.extensions |= set(material.get(_EXTENSIONS, {}))
    required = _names(document, "extensionsRequired") - known
    for name in sorted(required):
        text = "the file requires this extension, which is not honoured: what it does is missing"
        report.ignored(f"{document.path}:{name}", text)
    for name in sorted(_names(document, "extensionsUsed") - known - walk.extensions - required):
        report.ignored(f"{document.path}:{name}", "the extension is not honoured")


def _names(document: Document, key: str) -> set[str]:
    found = document.tree.get(key, [])
    return {str(name) for name in found} if isinstance(found, list) else set()
