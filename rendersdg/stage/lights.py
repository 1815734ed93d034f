"""UsdLux lights of the stage as the snapshot has them: metres, linear colour, nits or lux."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from pxr import UsdGeom, UsdLux

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.assets.textures import TextureLibrary
from rendersdg.colour import black_body
from rendersdg.errors import Report
from rendersdg.geometry import euler_rotation
from rendersdg.snapshot import Light, LightKind
from rendersdg.stage.attributes import Attributes
from rendersdg.stage.author import CORRECTION
from rendersdg.stage.base import LIGHT_TYPES, ancestors
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.shading.spaces import is_encoded
from rendersdg.stage.state import SceneState

Size = tuple[float, float]  # as ``Light.size`` has it


def build_lights(state: SceneState, unit: float, textures: TextureLibrary) -> list[Light]:
    """Return the visible lights of the scene as it stands that shine at all, in stage order.

    ``unit`` is metres per stage unit. What a light asks for and no backend does (textures of lights that are not
    domes, IES profiles, filters) is reported.
    """
    return [
        light
        for path in state.base.lights("/")
        if state.is_visible(ancestors(path))
        for light in _tinted(_light(state, path, unit, textures), state)
        if _is_within_numbers(light, state) and np.any(light.radiance > 0)
    ]


def _is_within_numbers(light: Light, state: SceneState) -> bool:
    """Return whether 32 bits hold what a light says; one that is beyond is reported."""
    values = np.concatenate([light.radiance, light.world_from_light.ravel(), light.size, light.cone])
    if (np.abs(values) <= _LARGEST).all():
        return True
    state.base.report.ignored(light.prim_path, f"it is left out: it is brighter, larger or farther than {_LARGEST:g}")
    return False


_BRIGHTEST = 1000.0  # stops: no number holds more
_LARGEST = 1e15  # of any number of a light: its square is held by 32 bits, too
_WHITE_KELVIN = 6500.0  # UsdLux's fallback: the common white, which leaves a light's colour as it is


def _light(state: SceneState, path: str, unit: float, textures: TextureLibrary) -> Light:
    """Return one light; what is asked of it and not done is reported."""
    prim = state.base.stage.GetPrimAtPath(path)
    values = Attributes(state, prim, ("inputs:", ""))
    kind = LIGHT_TYPES[str(prim.GetTypeName())]
    # a light's own scale makes it larger and is not part of where it shines to
    world = state.world(path).copy()
    scale = portable.norm(world[:3, :3], axis=0)
    world[:3, :3] /= np.where(scale > 1e-12, scale, 1.0)
    world[:3, 3] *= unit
    if kind == "dome" and (turned := _turned_up(state, path)):
        world[:3, :3] = portable.product(world[:3, :3], euler_rotation((-turned, 0.0, 0.0)))
    width, height = _SIZES[kind](values, scale, unit)
    radiance = radiance_of(values)
    if values.get("normalize", False):  # UsdLux: the intensity is that of the whole light, whatever its area
        radiance = radiance / max(_AREAS[kind]((width, height)), 1e-9)
    light = Light(
        prim_path=path,
        kind=kind,
        radiance=radiance,
        world_from_light=world,
        size=(float(width), float(height)),
        cone=(values.number("shaping:cone:angle", 180.0), values.number("shaping:cone:softness", 0.0)),
        texture=_texture(state, values, kind, textures),
        casts_shadow=bool(values.get("shadow:enable", True)),
        diffuse=_share(values, kind, "diffuse"),
        specular=_share(values, kind, "specular"),
        focus=0.0 if kind in ("dome", "distant") else max(values.number("shaping:focus", 0.0), 0.0),
    )
    if values.get("shaping:ies:file", ""):
        state.base.report.ignored(path, "the IES profile is not applied")
    if values.targets("light:filters"):
        state.base.report.ignored(path, "light filters are not applied")
    return light


def _share(values: Attributes, kind: LightKind, name: str) -> float:
    """Return how much of a light is scattered, or mirrored."""
    return 1.0 if kind == "dome" else max(values.number(name, 1.0), 0.0)


def say_shares(lights: list[Light], report: Report) -> None:
    """Report the lights whose shares or focus a backend does not draw."""
    for light in lights:
        if light.diffuse != 1 or light.specular != 1:
            report.ignored(light.prim_path, "its diffuse and specular are not applied by this backend")
        if light.focus > 0:
            report.ignored(light.prim_path, "its focus is not applied by this backend")


def _tinted(light: Light, state: SceneState) -> list[Light]:
    """Return a light, or two of them where its focus leaves a tint beside its axis: light x (f + (1 - f) tint), for f
    the power of the cosine, is a focused light of what the tint lacks and an even one of the tint.
    """
    if light.focus <= 0:
        return [light]
    values = Attributes(state, state.base.stage.GetPrimAtPath(light.prim_path), ("inputs:", ""))
    tint = np.clip(np.asarray(values.numbers("shaping:focusTint", (0.0, 0.0, 0.0))), 0.0, 1.0)
    if not tint.any():
        return [light]
    even = replace(light, radiance=light.radiance * tint, focus=0.0)
    return [replace(light, radiance=light.radiance * (1.0 - tint)), even]


def _turned_up(state: SceneState, path: str) -> float:
    """Return by how many degrees about its x axis a dome is turned so that its pole comes to where the stage is up:
    by the operation that UsdLux has for it, or since its file has another axis up. It stands upright without, too.
    """
    turned = 0.0
    for above in ancestors(path):
        prim = state.base.stage.GetPrimAtPath(above)
        if above in state.poses or not UsdGeom.Xformable(prim):
            continue
        for operation in UsdGeom.Xformable(prim).GetOrderedXformOps():
            if str(operation.GetOpName()).rpartition(":")[2] not in (CORRECTION, UsdLux.Tokens.orientToStageUpAxis):
                continue
            if operation.GetOpType() == UsdGeom.XformOp.TypeRotateX:
                turned += float(operation.Get(state.base.time) or 0.0)
            elif operation.GetOpType() == UsdGeom.XformOp.TypeRotateXYZ:
                turned += float((operation.Get(state.base.time) or (0.0,))[0])
    return turned


def radiance_of(values: Attributes) -> F8:
    """Return intensity x 2^exposure x colour (3,), the colour under its temperature."""
    colour = np.asarray(values.numbers("color", (1.0, 1.0, 1.0)))
    kelvin = values.number("colorTemperature", _WHITE_KELVIN)
    if values.get("enableColorTemperature", False) and kelvin != _WHITE_KELVIN:
        colour = colour * black_body(kelvin)
    exposure = values.number("exposure", 0.0)
    gain = 2.0**exposure if exposure < _BRIGHTEST else np.inf
    return np.asarray(colour * values.number("intensity", 1.0) * gain, np.float64)


def _texture(state: SceneState, values: Attributes, kind: LightKind, textures: TextureLibrary) -> int:
    """Return the index of a dome's image, -1 for none; that of another light is reported."""
    asset = values.get("texture:file", "")
    file = getattr(asset, "resolvedPath", "") or getattr(asset, "path", asset)
    if not file:
        return -1
    if kind != "dome":
        state.base.report.ignored(f"{values.path}.texture", f"the texture of a {kind} light is not projected")
        return -1
    attribute = state.base.stage.GetPrimAtPath(values.path).GetAttribute("inputs:texture:file")
    said = is_encoded(str(attribute.GetColorSpace())) if attribute and attribute.HasColorSpace() else None
    return textures.index(str(file), is_srgb=said is not False)


_SIZES: dict[LightKind, Callable[[Attributes, F8, float], Size]] = {  # from the scale of each axis and the unit
    "sphere": lambda v, scale, unit: (v.number("radius", 0.5) * float(scale[:2].mean()) * unit, 0.0),
    "disk": lambda v, scale, unit: (v.number("radius", 0.5) * float(scale[:2].mean()) * unit, 0.0),
    "rect": lambda v, scale, unit: (
        v.number("width", 1.0) * scale[0] * unit,
        v.number("height", 1.0) * scale[1] * unit,
    ),
    "cylinder": lambda v, scale, unit: (
        v.number("radius", 0.5) * scale[1] * unit,
        v.number("length", 1.0) * scale[0] * unit,
    ),
    "distant": lambda v, scale, unit: (v.number("angle", 0.53), 0.0),
    "dome": lambda v, scale, unit: (0.0, 0.0),
}
_AREAS: dict[LightKind, Callable[[Size], float]] = {  # square metres; what has none counts as one
    "sphere": lambda size: 4 * np.pi * size[0] * size[0],
    "disk": lambda size: np.pi * size[0] * size[0],
    "rect": lambda size: size[0] * size[1],
    "cylinder": lambda size: 2 * np.pi * size[0] * size[1],
    "distant": lambda size: 1.0,
    "dome": lambda size: 1.0,
}


_LIGHTS = ("LightAPI", *LIGHT_TYPES)
_OF_ALL = names(
    "color colorTemperature enableColorTemperature intensity exposure shadow:enable shaping:cone:angle "
    "shaping:cone:softness"
)
_LINKS = frozenset(  # links.py reads them
    f"collection:{link}:{part}"
    for link in ("lightLink", "shadowLink")
    for part in ("includes", "excludes", "includeRoot", "expansionRule", "membershipExpression")
)
_OF_KINDS: dict[LightKind, str] = {
    "distant": "angle",
    "sphere": "radius normalize",
    "rect": "width height normalize",
    "disk": "radius normalize",
    "cylinder": "radius length normalize",
    "dome": "texture:file",
}
_FOCUS = " ".join(f"{p}{n}" for n in ("shaping:focus", "shaping:focusTint") for p in ("inputs:", ""))
_OF_DOMES = {
    **all_of("inputs:diffuse inputs:specular diffuse specular", "a dome shines on everything alike"),
    **all_of(_FOCUS, "a dome has no axis along which it could be focused"),
}
_UNMET = {
    **all_of("shadow:color shadow:distance shadow:falloff shadow:falloffGamma", "a shadow is the absence of light"),
    **all_of("shaping:ies:angleScale shaping:ies:normalize", "the IES profile is not applied"),
    "texture:format": "a dome's image is taken as latitude and longitude",
}


def _shared(shape: LightKind) -> tuple[str, ...]:
    """Return the names of what says how much of a light is scattered, mirrored, and where to it is pulled."""
    whole = () if shape == "dome" else ("diffuse", "specular")
    return whole if shape in ("dome", "distant") else (*whole, "shaping:focus", "shaping:focusTint")


READS = (
    Reads("API.VolumeLightAPI", whole="volumes are not drawn"),
    Reads("LightFilter", silent="the light that it belongs to says that it has filters"),
    *(
        Reads(
            kind,
            read=frozenset(
                f"{p}{n}" for n in (*_OF_ALL, *_OF_KINDS[shape].split(), *_shared(shape)) for p in ("inputs:", "")
            )
            | (frozenset() if shape == "dome" else _LINKS),
            told={
                **(dict.fromkeys(_LINKS, "the linking of a dome is not honoured") if shape == "dome" else {}),
                "inputs:shaping:ies:file": "the IES profile is not applied",
                "light:filters": "light filters are not applied",
                "inputs:texture:file": "only a dome's image is shown",
            },
            idle={
                **(all_of(_FOCUS, "its light runs along its axis everywhere") if shape == "distant" else {}),
                **all_of("inputs:normalize normalize", "only lights that have an area are normalized"),
                "light:shaderId": "lights are told by their types",
                "guideRadius": "a dome has no size",
                **all_of("treatAsPoint treatAsLine", "a hint for renderers that draw no small lights"),
            },
            unmet={
                **(_OF_DOMES if shape == "dome" else {}),
                **{f"{p}{n}": why for n, why in _UNMET.items() for p in ("inputs:", "")},
                "light:materialSyncMode": "lights are not seen",
                "portals": "portals are not used",
                "visibleInPrimaryRay": "a dome is the background of the picture",
                "poleAxis": "a dome's pole is where the stage is up",
            },
            neutral={
                **{f"{p}texture:format": ("latlong", "automatic") for p in ("inputs:", "")},
                "poleAxis": ("scene",),
                "visibleInPrimaryRay": (True,),
            },
        )
        for kind, shape in LIGHT_TYPES.items()
    ),
)
