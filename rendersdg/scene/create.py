"""``rep.create``: prims, cameras, lights, materials and render products."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8
from rendersdg.assets.arguments import split_arguments, with_arguments
from rendersdg.assets.layers import TAKES_ARGUMENTS
from rendersdg.assets.mesh_files.units import UNITS
from rendersdg.assets.resolver import own_label
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Prims
from rendersdg.scene.placing import Placement, count_of, create_prims, sample_inputs
from rendersdg.scene.recorder import Recorder, current, pairs
from rendersdg.scene.sensors import omni_lidar
from rendersdg.scene.signatures import taking
from rendersdg.scene.types import (
    FixedBoolean,
    FixedInteger,
    FixedItems,
    FixedNumber,
    FixedText,
    FixedValues,
    Items,
    NonNegative,
    Number,
    OneOf,
    Pairs,
    Positive,
    Stops,
    Text,
    Vector,
)
from rendersdg.scene.utils import get_usd_files
from rendersdg.scene.views import camera, render_product, render_product_tiled, stereo_camera
from rendersdg.shapes import Shape, smooth_normals
from rendersdg.stage.author import LIGHTS, REFERENCE

__all__ = [
    "camera",
    "check_textures",
    "cone",
    "cube",
    "cylinder",
    "disk",
    "from_dir",
    "from_usd",
    "group",
    "light",
    "material_omnipbr",
    "mesh",
    "omni_lidar",
    "plane",
    "projection_material",
    "reference",
    "render_product",
    "render_product_tiled",
    "sphere",
    "stereo_camera",
    "torus",
    "xform",
]

LightType = Annotated[str, "fixed string", OneOf(tuple(LIGHTS), any_case=True)]
Unit = Annotated[str, "fixed string", OneOf(tuple(UNITS), any_case=True, is_open=True)]  # or a number of metres
UpAxis = Annotated[str, "fixed string", OneOf(("Y", "Z"), any_case=True)]
_FLAT = (
    "position scale pivot rotation look_at look_at_up_axis semantics material visible count name parent"  # of shapes
)
_SOLID = "position scale pivot rotation look_at look_at_up_axis semantics material visible as_mesh count name parent"


@taking(_SOLID, Placement)
def cone(placement: Placement, as_mesh: FixedBoolean = True) -> Prims:
    """Create cones, 1 m wide and high about the up axis."""
    return _shape("cone", placement, as_mesh)


@taking(_SOLID, Placement)
def cube(placement: Placement, as_mesh: FixedBoolean = True) -> Prims:
    """Create cubes of 1 m."""
    return _shape("cube", placement, as_mesh)


@taking(_SOLID, Placement)
def cylinder(placement: Placement, as_mesh: FixedBoolean = True) -> Prims:
    """Create cylinders, 1 m wide and high about the up axis."""
    return _shape("cylinder", placement, as_mesh)


@taking(_SOLID, Placement)
def sphere(placement: Placement, as_mesh: FixedBoolean = True) -> Prims:
    """Create spheres of 1 m diameter."""
    return _shape("sphere", placement, as_mesh)


@taking(_FLAT, Placement)
def disk(placement: Placement) -> Prims:
    """Create disks of 1 m diameter in the ground plane."""
    return _shape("disk", placement, True)


@taking(_FLAT, Placement)
def plane(placement: Placement) -> Prims:
    """Create square planes of 1 m in the ground plane."""
    return _shape("plane", placement, True)


@taking(_FLAT, Placement)
def torus(placement: Placement) -> Prims:
    """Create tori about the up axis: 1.5 m wide outside, 0.5 m inside and high."""
    return _shape("torus", placement, True)


def _shape(kind: str, placement: Placement, as_mesh: FixedBoolean) -> Prims:
    author = current().author
    return create_prims(
        kind.capitalize(), placement, lambda name, parent: author.shape(kind, name, parent, as_mesh=bool(as_mesh))
    )


@taking("position scale rotation look_at look_at_up_axis semantics visible count name parent pivot", Placement)
def xform(placement: Placement) -> Prims:
    """Create empty transforms, to be parents of other prims."""
    return create_prims("Xform", placement, current().author.xform)


@taking(
    "vertices triangles uvs position scale rotation semantics material visible count name parent",
    Placement,
)
def mesh(placement: Placement, vertices: FixedValues, triangles: FixedValues, uvs: FixedValues = None) -> Prims:
    """Create meshes from ``vertices`` (V x 3, stage units) and ``triangles`` (T x 3 indices); an extension of ours.

    ``uvs`` (V x 2) are texture coordinates. Raises BadArgument for indices out of range, numbers that are not finite,
    and triangles without area.
    """
    shape = _checked_shape(vertices, triangles, uvs)
    return create_prims("Mesh", placement, lambda name, parent: current().author.mesh(shape, name, parent))


def _checked_shape(vertices: FixedValues, triangles: FixedValues, uvs: FixedValues) -> Shape:
    """Return a surface with smooth normals, uvs (V x 2) 0 where none are given.
    Raises BadArgument for what is not a surface.
    """
    try:
        points: F8 = np.asarray(vertices, float).reshape(-1, 3)
        faces: I8 = np.asarray(triangles, np.int64).reshape(-1, 3)
        coordinates: F8 = np.zeros((len(points), 2)) if uvs is None else np.asarray(uvs, float).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"mesh: vertices, triangles and uvs must be lists of 3, 3 and 2 numbers ({error})") from None
    if not len(points) or not len(faces):
        raise BadArgument("mesh: give at least three vertices and one triangle")
    if not np.isfinite(points).all():
        raise BadArgument("mesh: vertices hold NaN or infinity")
    if faces.min() < 0 or faces.max() >= len(points):
        raise BadArgument(f"mesh: triangle indices must lie in 0..{len(points) - 1}")
    corners = points[faces]
    area = portable.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    if not area.sum() > 0:
        raise BadArgument("mesh: the triangles have no area, so nothing can be seen of it")
    if len(coordinates) != len(points):
        raise BadArgument(f"mesh: {len(coordinates)} uvs for {len(points)} vertices")
    return Shape(vertices=points, normals=smooth_normals(points, faces), uvs=coordinates, triangles=faces)


@taking(
    "usd position scale rotation look_at look_at_up_axis semantics count name parent pivot visible material "
    "unit up_axis crease_angle",
    Placement,
)
def from_usd(
    placement: Placement,
    usd: FixedText,
    unit: Unit | None = None,
    up_axis: UpAxis | None = None,
    crease_angle: FixedNumber | None = None,
) -> Prims:
    """Bring an asset in: USD, glTF, OBJ, STL, PLY, or a procedural one (``rendersdg:fruit/apple``).

    It gets the stage's unit and up axis. For files that do not state theirs ``unit`` ("mm", "cm", "in", ... or metres)
    and ``up_axis`` ("Y", "Z") say them; ``crease_angle`` (degrees) is the angle between faces above which an edge of an
    OBJ, STL or PLY file is sharp. A path can say so itself: ``part.stl:SDF_FORMAT_ARGS:unit=mm&crease=40``.

    A library asset that is not at hand is replaced by the nearest procedural one (reported; an error under
    ``--strict``). Raises AssetError for a file that cannot be read.
    """
    recorder = current()
    if usd is None:
        raise BadArgument("from_usd: usd must be the path of an asset")
    if placement.semantics is None:
        placement = replace(placement, semantics=own_label(usd))
    label = re.sub(r"\W", "_", Path(split_arguments(usd)[0].replace(":", "/")).stem) or REFERENCE
    path = with_arguments(usd, {"unit": unit, "up_axis": up_axis, "crease": crease_angle})
    return create_prims(
        label, placement, lambda name, parent: reference(recorder, path, name, parent), prim_name=REFERENCE
    )


@dataclass(frozen=True, kw_only=True)
class Files:
    """How files are read that do not state it themselves, see :func:`from_usd`."""

    unit: Unit | None = None
    up_axis: UpAxis | None = None
    crease_angle: FixedNumber | None = None


@taking(
    "dir_path recursive path_filter semantics count name parent unit up_axis crease_angle",
    Files,
)
def from_dir(
    files: Files,
    dir_path: FixedText,
    recursive: FixedBoolean = False,
    path_filter: FixedText | None = None,
    semantics: Pairs = None,
    count: FixedInteger = 1,
    name: FixedText | None = None,
    parent: Items = None,
) -> Prims:
    """Create one item from each asset of a folder, ``count`` of each.

    ``unit``, ``up_axis`` and ``crease_angle`` are those of ``create.from_usd``; USD files, which state theirs, are
    taken as they are.
    """
    paths = get_usd_files(dir_path, recursive=recursive, path_filter=path_filter)
    shared = {"semantics": semantics, "count": count, "name": name, "parent": parent}
    read = {"unit": files.unit, "up_axis": files.up_axis, "crease_angle": files.crease_angle}
    given = {key: value for key, value in read.items() if value is not None}
    parts = tuple(
        current().call(
            "create.from_usd",
            from_usd,
            {"usd": path, **shared, **(given if path.lower().endswith(TAKES_ARGUMENTS) else {})},
        )
        for path in paths
    )
    return Prims(name or "from_dir", parts=parts)


def reference(
    recorder: Recorder, path: str, name: str, parent: str | None, at: str | None = None, *, raw: bool | None = None
) -> str:
    """Reference an asset into the stage, as ``Recorder.fit`` says; return its wrapper's path (``at`` fixes it)."""
    recorder.require_there(path)
    layer = recorder.layers.layer(path)
    scale, is_turned = recorder.fit(path, raw=raw)
    euler = (0.0, 0.0, 0.0)
    if is_turned:
        euler = (-90.0, 0.0, 0.0) if layer.up_axis == "Z" else (90.0, 0.0, 0.0)
    return recorder.author.reference(layer.identifier, name, parent, scale=scale, euler=euler, at=at)


def group(items: FixedItems, semantics: Pairs = None, name: FixedText | None = None) -> Prims:
    """Bundle items so that one block addresses all of them."""
    recorder = current()
    handle = recorder.prims(items if isinstance(items, (list, tuple)) else [recorder.prims(items)])
    for path in handle.resolve({}):
        recorder.author.label(path, pairs(semantics))
    return Prims(name or handle.label, parts=handle.parts)


@taking(
    "position scale rotation look_at look_at_up_axis light_type color intensity exposure temperature texture "
    "count name parent",
    Placement,
)
def light(
    placement: Placement,
    light_type: LightType = "Distant",
    color: Vector = (1.0, 1.0, 1.0),
    intensity: NonNegative = 1000.0,
    exposure: Stops = None,
    temperature: Positive | None = 6500,
    texture: Text = None,
) -> Prims:
    """Create UsdLux lights: cylinder, disk, distant, dome, rect or sphere.

    ``intensity`` is nits, lux for distant ones, times 2 to the ``exposure``; ``color`` is linear RGB, ``temperature``
    kelvin (6500 leaves the colour as it is). Domes and distant lights have no position and no scale. Raises
    BadArgument for an unknown ``light_type``, and for a ``texture`` of what is not a dome.
    """
    recorder = current()
    kind = str(light_type).lower()
    if kind not in LIGHTS:
        raise BadArgument(f"light_type={light_type!r} is unknown{did_you_mean(kind, LIGHTS)}")
    if kind in ("dome", "distant"):  # they shine from everywhere, or from infinity
        placement = replace(placement, scale=None, position=None)
    attributes: dict[str, object] = {
        "inputs:color": color,
        "inputs:intensity": intensity,
        "inputs:enableColorTemperature": temperature is not None,
    }
    if temperature is not None:
        attributes["inputs:colorTemperature"] = temperature
    if exposure is not None:
        attributes["inputs:exposure"] = exposure
    if texture is not None:
        if kind != "dome":
            raise BadArgument(f"texture is for dome lights, not {kind}")
        check_textures(recorder, texture)
        attributes["inputs:texture:file"] = texture
    fixed = {k: v for k, v in attributes.items() if not isinstance(v, Distribution)}
    lights = create_prims(
        f"{kind.capitalize()}Light", placement, lambda name, parent: recorder.author.light(kind, name, parent, fixed)
    )
    sample_inputs(recorder, lights, {k: v for k, v in attributes.items() if isinstance(v, Distribution)})
    return lights


def _is_material(texture: Text) -> bool:
    return isinstance(texture, str) and texture.lower().endswith(".mdl")


def check_textures(recorder: Recorder, texture: Text) -> None:
    """Raise BadArgument when something that is to be an image path, or each that may be drawn, is none."""
    candidates = texture.candidates() if isinstance(texture, Distribution) else [texture]
    for path in candidates or []:
        if not isinstance(path, str):
            raise BadArgument(f"texture={path!r} must be the path of an image")
        recorder.resolver.require_image_name(path)
        recorder.require_there(path)


@dataclass(frozen=True, kw_only=True)
class OmniPbr:
    """What a material of ``material_omnipbr`` is: colours linear RGB 0..1, the other numbers 0..1; None leaves the
    shader's own. Textures are paths of images; ``project_uvw`` lays them along the
    axes instead of by texture coordinates.
    """

    diffuse: Vector = None
    diffuse_texture: Text = None
    roughness: Number = None
    roughness_texture: Text = None
    metallic: Number = None
    metallic_texture: Text = None
    specular: Number = None
    emissive_color: Vector = None
    emissive_texture: Text = None
    emissive_intensity: Number = 0.0
    project_uvw: FixedBoolean = False

    def textures(self) -> dict[str, Text]:
        """Return the images that were asked for, by parameter."""
        names = ("diffuse_texture", "roughness_texture", "metallic_texture", "emissive_texture")
        return {name: image for name in names if (image := getattr(self, name)) is not None}

    def inputs(self) -> dict[str, object]:
        """Return what was given by the names of OmniPBR's inputs."""
        by_input: dict[str, object] = {
            "diffuse_color_constant": self.diffuse,
            "diffuse_texture": self.diffuse_texture,
            "reflection_roughness_constant": self.roughness,
            "reflectionroughness_texture": self.roughness_texture,
            "metallic_constant": self.metallic,
            "metallic_texture": self.metallic_texture,
            "specular_level": self.specular,
            "emissive_color": self.emissive_color,
            "emissive_mask_texture": self.emissive_texture,
        }
        inputs = {name: value for name, value in by_input.items() if value is not None}
        if isinstance(self.emissive_intensity, Distribution) or self.emissive_intensity:
            inputs["emissive_intensity"] = self.emissive_intensity
            inputs["enable_emission"] = True
        if self.project_uvw:
            inputs["project_uvw"] = True
        return inputs


@taking(
    "diffuse diffuse_texture roughness roughness_texture metallic metallic_texture specular emissive_color "
    "emissive_texture emissive_intensity project_uvw semantics count name",
    OmniPbr,
)
def material_omnipbr(
    look: OmniPbr, semantics: Pairs = None, count: FixedInteger = 1, name: FixedText | None = None
) -> Prims:
    """Create OmniPBR materials (metallic-roughness).

    Colours are linear RGB, 0..1; a texture is the path of an image. A material (``.mdl``) in its place is noted and
    has no effect, as in Omniverse. Raises AssetError for any other file that is not an image.
    """
    recorder = current()
    for name_of_texture, image in look.textures().items():
        if _is_material(image):
            recorder.report.ignored(
                f"create.material_omnipbr.{name_of_texture}", f"{image} is a material, not an image; it has no effect"
            )
            without: dict[str, Any] = {name_of_texture: None}
            look = replace(look, **without)
        else:
            check_textures(recorder, image)
    inputs = look.inputs()
    fixed = {k: _colour_value(k, v) for k, v in inputs.items() if not isinstance(v, Distribution)}
    paths = []
    for _ in range(count_of(count)):
        paths.append(recorder.author.material(name or "OmniPBR", fixed))
        recorder.author.label(paths[-1], pairs(semantics))
    materials = Prims(name or "OmniPBR", tuple(paths))
    sampled = {f"inputs:{k}": v for k, v in inputs.items() if isinstance(v, Distribution)}
    if sampled:
        recorder.node("create.inputs", sampled, Prims(materials.label, tuple(f"{p}/Shader" for p in paths)))
    return materials


def _colour_value(key: str, value: object) -> object:
    """Return the three components of a grey that was given as one number, and a whole number as any other."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if key in ("diffuse_color_constant", "emissive_color") and isinstance(value, (int, float)):
        return [float(value)] * 3
    return value


def projection_material(
    proxy_prim: Items,
    semantics: Pairs = None,
    material: Items = None,
    offset_scale: FixedNumber = 0.01,
    input_prims: Items = None,
    name: FixedText | None = None,
) -> Prims:
    """Throw a material onto prims from where proxy prims stand; ``modify.projection_material`` gives it its textures.

    It lies on the nearest surface as a sticker would, round edges and over curves, as large as the proxy along its x
    axis and across; nothing is offset, so ``offset_scale`` has nothing to do.
    """
    recorder = current()
    proxies = recorder.prims(proxy_prim).resolve({})
    if not proxies:
        raise BadArgument("projection_material: proxy_prim holds no prim")
    looks = recorder.prims(material).resolve({}) if material is not None else []
    hosts = recorder.targets(input_prims)
    inputs = {
        "proxies": proxies,
        "semantics": pairs(semantics),
        "material": looks[0] if looks else None,
        "count": len(proxies),
    }
    node = recorder.node("create.projection_material", inputs, hosts, spawns="count")
    node.spawn_path = recorder.free_spawn_path(name or "Projection")
    return Prims(name or "Projection", tuple(f"{node.spawn_path}_{k:02d}" for k in range(len(proxies))))
