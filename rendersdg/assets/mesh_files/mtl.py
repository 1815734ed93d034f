"""MTL files: what a material says, as inputs of OmniPBR.

Source: Alias|Wavefront's "MTL material format" (1995), Exocortex' "Extending Wavefront MTL for Physically-Based
Rendering" (2014), and Blender's importer where these leave a choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4
from rendersdg.assets.mesh_files.lines import in_utf8
from rendersdg.assets.mesh_files.pictures import Pictures, normals_from_heights
from rendersdg.colour import NITS
from rendersdg.errors import Report
from rendersdg.inputs import read_input

_NUMBERS = {"Ka", "Kd", "Ks", "Ke", "Tf", "Ns", "Ni", "d", "Tr", "illum", "sharpness"}
_PBR = {"Pr", "Pm", "Ps", "Pc", "Pcr", "aniso", "anisor"}
_NAMES = {  # of maps in other spellings, by lower case
    "bump": "map_Bump",
    "map_bump": "map_Bump",
    "norm": "norm",
    "map_norm": "norm",
    "map_kn": "norm",
    "map_tr": "map_Tr",
    "map_opacity": "map_d",
    "map_emissive": "map_Ke",
    "disp": "disp",
    "map_disp": "disp",
    "decal": "decal",
    "refl": "refl",
    "map_refl": "refl",
}
_MAPS = {"map_Ka", "map_Kd", "map_Ks", "map_Ke", "map_Ns", "map_d", "map_Pr", "map_Pm", "map_Ps", "map_aat"}
_BY_LOWER = {name.lower(): name for name in (*_NUMBERS, *_PBR, *_MAPS)} | _NAMES
_ARGUMENTS = {"-blendu": 1, "-blendv": 1, "-boost": 1, "-bm": 1, "-cc": 1, "-clamp": 1, "-imfchan": 1, "-mm": 2}
_ARGUMENTS |= {"-texres": 1, "-type": 1, "-colorspace": 1}
_UP_TO_THREE = ("-o", "-s", "-t")
_NUMERIC = {*_UP_TO_THREE, "-bm", "-boost", "-mm", "-texres"}
_XYZ = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])  # to Rec. 709
_REFRACTS = (4, 6, 7, 9)  # illum: glass or refraction
_MIRRORS = (3, 5, 8)
_DARK, _BRIGHT = 0.04, 0.2  # a metal written with Kd and Ks: its Kd is below, its Ks above


@dataclass(frozen=True)
class Map:
    """An image of a material: its name, the options before it, and the line."""

    name: str
    options: dict[str, tuple[str, ...]]
    line: int

    def numbers(self, option: str, fallback: tuple[float, ...]) -> tuple[float, ...]:
        """Return the values of an option; those that are not given are of ``fallback``."""
        given = tuple(float(v) for v in self.options.get(option, ()))
        return (*given, *fallback[len(given) :])[: len(fallback)]


@dataclass(eq=False)
class Material:
    """What one newmtl says: numbers by keyword, images by keyword. ``file`` is the library."""

    name: str
    file: Path
    numbers: dict[str, tuple[float, ...]] = field(default_factory=dict)
    maps: dict[str, Map] = field(default_factory=dict)

    def colour(self, keyword: str, fallback: float) -> tuple[float, float, float]:
        """Return a colour; a single number is a grey."""
        value = self.numbers.get(keyword, (fallback,))
        return (value[0], value[1], value[2]) if len(value) >= 3 else (value[0],) * 3

    def number(self, keyword: str, fallback: float) -> float:
        """Return a number."""
        return self.numbers.get(keyword, (fallback,))[0]


def read_mtl(file: Path, report: Report) -> dict[str, Material]:
    """Return the materials of a library by their names. Lines that cannot be read are reported and left out."""
    materials: dict[str, Material] = {}
    material: Material | None = None
    text = in_utf8(read_input(file)).decode("utf-8", "replace").replace("\\\n", "  ").replace("\\\r\n", "  ")
    for line, content in enumerate(text.splitlines(), 1):
        words = (
            content.split("#", 1)[0].split() if not content.lstrip().startswith(("map", "newmtl")) else content.split()
        )
        if not words:
            continue
        keyword = words[0]
        if keyword.lower() == "newmtl":
            name = content.split(None, 1)[1].strip() if len(words) > 1 else ""
            material = materials.setdefault(name, Material(name, file))
            continue
        where = f"{file}:{line}"
        if material is None:
            report.ignored(where, f"{keyword} stands before the first newmtl")
            continue
        known = _BY_LOWER.get(keyword.lower())
        if known is None:
            report.ignored(f"{file}:{keyword}", f"the statement is not known (line {line})")
        elif known in _NUMBERS | _PBR:
            _read_numbers(material, known, words[1:], where, report)
        else:
            _read_map(material, known, content, line, report)
    return materials


def _read_numbers(material: Material, keyword: str, words: list[str], where: str, report: Report) -> None:
    is_xyz = bool(words) and words[0].lower() == "xyz"
    if words and words[0].lower() == "-halo":
        report.ignored(where, "d -halo: the surface is as opaque seen from the side as from the front")
        words = words[1:]
    try:
        values = tuple(float(w) for w in words[int(is_xyz) :])
        if not values or not np.isfinite(values).all():
            raise ValueError
    except ValueError:
        report.ignored(where, f"{keyword} {' '.join(words)[:60]!r} is not made of numbers and is left out")
        return
    if is_xyz and len(values) == 3:
        values = tuple(float(c) for c in np.maximum((_XYZ * values).sum(1), 0.0))
    material.numbers[keyword] = values


def _read_map(material: Material, keyword: str, content: str, line: int, report: Report) -> None:
    """Take an image's options, and what follows them as its name, blanks and all."""
    rest = content.strip().split(None, 1)[1:] or [""]
    text, options = rest[0].strip(), {}
    while text.startswith("-"):
        option, _, text = text.partition(" ")
        text = text.strip()
        option = option.lower()
        if option in _UP_TO_THREE:
            found = re.match(r"(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?:\s+|$)){1,3}", text)
            values = tuple(found.group().split()) if found else ()
            text = text[len(found.group()) :] if found else text
        else:
            count = _ARGUMENTS.get(option)
            if count is None:
                report.ignored(f"{material.file}:{keyword} {option}", f"the option is not known (line {line})")
                count = 1
            pieces = text.split(None, count)
            values = tuple(pieces[:count])
            text = pieces[count] if len(pieces) > count else ""
        if option in _NUMERIC and not _are_numbers(values):
            report.ignored(
                f"{material.file}:{line}",
                f"{keyword} {option} {' '.join(values)[:60]!r} is not made of numbers and is left out",
            )
            continue
        options[option] = values
    if not text:
        report.ignored(f"{material.file}:{line}", f"{keyword} names no image")
        return
    material.maps[keyword] = Map(text, options, line)


def _are_numbers(words: tuple[str, ...]) -> bool:
    try:
        return bool(np.isfinite([float(word) for word in words]).all())
    except ValueError:
        return False


def roughness_of(exponent: float) -> float:
    """Return OmniPBR's roughness for Blinn's exponent Ns: Beckmann's lobe that fits is sqrt(2 / (Ns + 2)) wide
    (Walter et al. 2007, "Microfacet Models for Refraction through Rough Surfaces"), whose root the roughness is.

    >>> roughness_of(0.0), roughness_of(30.0)
    (1.0, 0.5)
    """
    return float(portable.power(2.0 / (max(exponent, 0.0) + 2.0), 0.25))


def look_of(material: Material, pictures: Pictures, report: Report) -> dict[str, Any]:
    """Return the inputs of OmniPBR for a material. What it asks for and does not get is reported by its name."""
    inputs: dict[str, Any] = {}
    painter = _Painter(material, pictures, report, inputs)
    _base(material, painter, inputs)
    _highlights(material, painter, inputs)
    _opacity(material, painter, inputs)
    _glow(material, painter, inputs)
    _relief(material, painter, inputs)
    _say_rest(material, report)
    painter.place()
    return inputs


class _Painter:
    """Lays the images of one material into inputs."""

    def __init__(self, material: Material, pictures: Pictures, report: Report, inputs: dict[str, Any]) -> None:
        self.material = material
        self.pictures = pictures
        self.report = report
        self.inputs = inputs
        self._places: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {}

    def where(self, keyword: str) -> str:
        """Return the subject of a report on an image."""
        return f"{self.material.file}:{self.material.name}.{keyword}"

    def find(self, keyword: str) -> str | None:
        """Return the file of an image, None where there is none; its options that change nothing here are reported."""
        image = self.material.maps.get(keyword)
        if image is None:
            return None
        file = self.pictures.find(image.name, self.material.file.parent, self.where(keyword))
        if file is None:
            return None
        for option, values in image.options.items():
            is_used = option in ("-s", "-o", "-mm", "-imfchan", "-bm", "-blendu", "-blendv", "-colorspace", "-texres")
            is_neutral = values in (("off",), ("0",), ("1",)) and option in ("-clamp", "-boost", "-cc")
            if not is_used and not (is_neutral and not (option == "-cc" and values == ("on",))):
                self.report.ignored(f"{self.where(keyword)} {option}", f"{option} {' '.join(values)} is not honoured")
        place = image.numbers("-s", (1.0, 1.0, 1.0))[:2], image.numbers("-o", (0.0, 0.0, 0.0))[:2]
        self._places[keyword] = place
        return file

    def colour(self, keyword: str, name: str) -> bool:
        """Lay an image of colours as it is, unless its levels are to be changed; return whether it is there."""
        file = self.find(keyword)
        if file is None:
            return False
        if "-mm" in self.material.maps[keyword].options:
            image = self._levelled(keyword, file)
            if image is None:
                return False
            file = self.pictures.keep(f"{self.material.name}.{keyword}", image)
        self.inputs[name] = file
        return True

    def scalar(self, keyword: str, name: str, change: Callable[[F4], F4] | None = None) -> bool:
        """Lay an image of single numbers, ``change`` of the channel that it asks for; return whether it is there."""
        channel = self.channel(keyword)
        if channel is None:
            return False
        values = change(channel) if change is not None else channel
        self.inputs[name] = self.pictures.keep(f"{self.material.name}.{keyword}", values)
        return True

    def channel(self, keyword: str) -> F4 | None:
        """Return the channel (H, W) of an image that its -imfchan asks for; where it does not, the matte of an opacity
        that has one, else the mean of the colours.
        """
        file = self.find(keyword)
        image = None if file is None else self._levelled(keyword, file)
        if image is None:
            return None
        asked = self.material.maps[keyword].options.get("-imfchan", ("",))[0].lower()
        if asked in ("r", "g", "b", "m"):
            return image[:, :, "rgbm".index(asked)]
        if asked == "z":
            self.report.ignored(f"{self.where(keyword)} -imfchan", "images here have no depth; the luminance is taken")
        if not asked and keyword in ("map_d", "map_Tr") and image[:, :, 3].min() < 1.0:
            return image[:, :, 3]
        return np.asarray(image[:, :, :3].mean(2), np.float32)

    def _levelled(self, keyword: str, file: str) -> F4 | None:
        image = self.pictures.pixels(file, self.where(keyword))
        if image is None:
            return None
        base, gain = self.material.maps[keyword].numbers("-mm", (0.0, 1.0))
        if (base, gain) != (0.0, 1.0):
            image[:, :, :3] = image[:, :, :3] * gain + base
        return image

    def place(self) -> None:
        """Give the surface the scale and offset of its images; one that differs from the first is reported."""
        if not self._places:
            return
        (first, place), *others = self._places.items()
        if place[0] != (1.0, 1.0):
            self.inputs["texture_scale"] = list(place[0])
        if place[1] != (0.0, 0.0):
            self.inputs["texture_translate"] = list(place[1])
        for keyword, other in others:
            if other != place:
                self.report.ignored(f"{self.where(keyword)} -s -o", f"the image lies as {first} does")


def _base(material: Material, painter: _Painter, inputs: dict[str, Any]) -> None:
    colour, specular = material.colour("Kd", 0.8), material.colour("Ks", 0.0)
    has_map = painter.colour("map_Kd", "diffuse_texture")
    if "Pm" in material.numbers:
        inputs["metallic_constant"] = material.number("Pm", 0.0)
    elif not has_map and max(colour) < _DARK and min(specular) > _BRIGHT and "map_Ks" not in material.maps:
        painter.report.note(painter.where("Ks"), "Kd is black and Ks bright, so it is a metal of the colour Ks")
        inputs["metallic_constant"] = 1.0
        colour = specular
    inputs["diffuse_color_constant"] = list(colour)
    if has_map:
        if max(colour) == 0.0:
            painter.report.note(painter.where("Kd"), "Kd is black and would hide map_Kd, which is taken as it is")
        else:
            inputs["diffuse_tint"] = list(colour)
            inputs["diffuse_color_constant"] = [1.0, 1.0, 1.0]
    painter.scalar("map_Pm", "metallic_texture")
    if "metallic_texture" in inputs:
        inputs["metallic_texture_influence"] = 1.0


def _highlights(material: Material, painter: _Painter, inputs: dict[str, Any]) -> None:
    """Write how rough the surface is and how much it mirrors straight on."""
    if "Pr" in material.numbers:
        inputs["reflection_roughness_constant"] = material.number("Pr", 0.5)
    elif "Ns" in material.numbers:
        inputs["reflection_roughness_constant"] = roughness_of(material.number("Ns", 0.0))
    exponent = material.number("Ns", 1.0) if "Ns" in material.numbers else 1000.0

    def rough(channel: F4) -> F4:
        return np.asarray(portable.power(2.0 / (channel * exponent + 2.0), 0.25), np.float32)

    painter.scalar("map_Pr", "reflectionroughness_texture") or painter.scalar(
        "map_Ns", "reflectionroughness_texture", rough
    )
    if "reflectionroughness_texture" in inputs:
        inputs["reflection_roughness_texture_influence"] = 1.0
    model = int(material.number("illum", 2))
    if model in (0, 1) and "Pr" not in material.numbers:
        inputs["specular_level"] = 0.0
    elif "Ks" in material.numbers and "metallic_constant" not in inputs:
        inputs["specular_level"] = float(np.mean(material.colour("Ks", 0.5)))
    if "map_Ks" in material.maps:
        channel = painter.channel("map_Ks")
        if channel is not None:
            inputs["specular_level"] = float(inputs.get("specular_level", 0.5)) * float(channel.mean())
            painter.report.ignored(painter.where("map_Ks"), "highlights are as strong all over as its mean")
    if material.number("Pc", 0.0) > 0:
        inputs["enable_clearcoat"] = True
        inputs["clearcoat_weight"] = min(material.number("Pc", 0.0), 1.0)
        inputs["clearcoat_reflection_roughness"] = material.number("Pcr", 0.0)


def _opacity(material: Material, painter: _Painter, inputs: dict[str, Any]) -> None:
    opacity = material.number("d", 1.0)
    if "d" not in material.numbers and "Tr" in material.numbers:
        opacity = 1.0 - material.number("Tr", 0.0)
        if opacity <= 0.0:  # some exporters write the opacity here
            painter.report.note(painter.where("Tr"), "Tr 1 would hide the surface; it is taken for opaque")
            opacity = 1.0
    has_map = painter.scalar("map_d", "opacity_texture") or painter.scalar(
        "map_Tr", "opacity_texture", lambda channel: np.asarray(1.0 - channel, np.float32)
    )
    if opacity < 1.0 or has_map:
        inputs["enable_opacity"] = True
        inputs["opacity_constant"] = max(opacity, 0.0)
        if has_map:
            inputs["enable_opacity_texture"] = True


def _glow(material: Material, painter: _Painter, inputs: dict[str, Any]) -> None:
    has_map = "map_Ke" in material.maps
    glow = material.colour("Ke", 1.0 if has_map else 0.0)
    if has_map and max(glow) == 0.0:  # as exporters write beside an image
        glow = (1.0, 1.0, 1.0)
    if max(glow) <= 0.0 or (has_map and not painter.colour("map_Ke", "emissive_mask_texture")):
        return
    inputs["enable_emission"] = True
    inputs["emissive_color"] = [c / max(glow) for c in glow]
    inputs["emissive_intensity"] = NITS * max(glow)


def _relief(material: Material, painter: _Painter, inputs: dict[str, Any]) -> None:
    """Lay a normal map, or one that is made of an image of heights, -bm texels for white over black."""
    if "norm" in material.maps and painter.colour("norm", "normalmap_texture"):
        inputs["bump_factor"] = material.maps["norm"].numbers("-bm", (1.0,))[0]
        return
    file = painter.find("map_Bump")
    image = None if file is None else painter.pictures.pixels(file, painter.where("map_Bump"))
    if file is None or image is None:
        return
    strength = material.maps["map_Bump"].numbers("-bm", (1.0,))[0]
    mean = image[:, :, :3].mean((0, 1))
    if mean[2] > 0.7 and abs(mean[0] - 0.5) < 0.15 and abs(mean[1] - 0.5) < 0.15:
        painter.report.note(painter.where("map_Bump"), f"{material.maps['map_Bump'].name} is taken for a normal map")
        inputs["normalmap_texture"], inputs["bump_factor"] = file, strength
        return
    heights = painter.channel("map_Bump")
    assert heights is not None
    normals = normals_from_heights(heights * np.float32(strength))
    inputs["normalmap_texture"] = painter.pictures.keep(f"{material.name}.map_Bump", normals)


def _say_rest(material: Material, report: Report) -> None:
    """Report what is not shaded; ambient light and the index of refraction, which all exporters write, in one note."""
    where = f"{material.file}:{material.name}"
    for keyword, text in (
        ("disp", "surfaces are not displaced"),
        ("decal", "the decal is not laid"),
        ("refl", "the surface reflects its surroundings, not this image"),
        ("map_Ps", "sheen is not shaded"),
        ("map_aat", "images are filtered anyway"),
    ):
        if keyword in material.maps:
            report.ignored(f"{where}.{keyword}", text)
    ambient, base = material.maps.get("map_Ka"), material.maps.get("map_Kd")
    if ambient is not None and (base is None or base.name != ambient.name):
        report.ignored(f"{where}.map_Ka", "there is no ambient light for it to colour")
    for keyword, text in (
        ("Ps", "sheen is not shaded"),
        ("aniso", "highlights are round"),
        ("anisor", "highlights are round"),
    ):
        if material.number(keyword, 0.0) != 0.0:
            report.ignored(f"{where}.{keyword}", text)
    model = int(material.number("illum", 2))
    if min(material.colour("Tf", 1.0)) < 1.0 and (material.number("d", 1.0) < 1.0 or model in _REFRACTS):
        report.ignored(f"{where}.Tf", "light that goes through is not coloured")
    if model in _REFRACTS:
        report.ignored(f"{where}.illum", f"illum {model}: light is not refracted; the surface is as opaque as d says")
    elif model == 10:
        report.ignored(f"{where}.illum", "illum 10: the surface is drawn, not just the shadows on it")
    elif model == 0:
        report.note(f"{where}.illum", "illum 0: the surface is lit, without highlights")
    elif model in _MIRRORS:
        report.note(f"{where}.illum", f"illum {model}: reflections are those of its roughness")
    unused = [keyword for keyword in ("Ka", "Ni", "sharpness") if keyword in material.numbers]
    if unused:
        text = f"nothing is seen of {', '.join(unused)}: ambient light and refraction are not shaded"
        report.note(f"{material.file}", text)
