"""``rep.create``: prims, cameras, lights, materials and render products."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pxr import UsdShade

from rendersdg.assets.resolver import own_label
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.graph.distributions import Combine, Distribution
from rendersdg.graph.nodes import Prims, Product
from rendersdg.graph.plan import MOST_PRIMS
from rendersdg.scene.recorder import Recorder, current, has_distribution, pairs
from rendersdg.scene.types import (
    Anything,
    Boolean,
    FixedBoolean,
    FixedInteger,
    FixedNumber,
    FixedText,
    Items,
    Number,
    Pairs,
    Range,
    Target,
    Text,
    Values,
    Vector,
)
from rendersdg.scene.utils import get_usd_files
from rendersdg.shapes import Shape, smooth_normals
from rendersdg.stage.author import LIGHTS
from rendersdg.stage.base import BaseScene, cameras_below
from rendersdg.stage.effects import posed
from rendersdg.stage.pose import Pose, write_pose
from rendersdg.stage.state import SceneState

_MOST_PIXELS = 16384 * 16384  # of a render product
_PROJECTIONS = {
    "pinhole": "pinhole",
    "fisheye_polynomial": "fisheyePolynomial",
    "fisheyePolynomial": "fisheyePolynomial",
    "fisheyeSpherical": "fisheyeSpherical",
    "fisheyeKannalaBrandtK3": "fisheyeKannalaBrandtK3",
    "fisheyeRadTanThinPrism": "fisheyeRadTanThinPrism",
    "omniDirectionalStereo": "omniDirectionalStereo",
}


def cone(
    position: Vector = None,
    scale: Vector = None,
    pivot: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    semantics: Pairs = None,
    material: Items = None,
    visible: Boolean = True,
    as_mesh: FixedBoolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create cones, 1 m wide and high about the up axis."""
    return _shape("cone", locals())


def cube(
    position: Vector = None,
    scale: Vector = None,
    pivot: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    semantics: Pairs = None,
    material: Items = None,
    visible: Boolean = True,
    as_mesh: FixedBoolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create cubes of 1 m."""
    return _shape("cube", locals())


def cylinder(
    position: Vector = None,
    scale: Vector = None,
    pivot: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    semantics: Pairs = None,
    material: Items = None,
    visible: Boolean = True,
    as_mesh: FixedBoolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create cylinders, 1 m wide and high about the up axis."""
    return _shape("cylinder", locals())


def sphere(
    position: Vector = None,
    scale: Vector = None,
    pivot: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    semantics: Pairs = None,
    material: Items = None,
    visible: Boolean = True,
    as_mesh: FixedBoolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create spheres of 1 m diameter."""
    return _shape("sphere", locals())


def disk(
    position: Vector = None,
    scale: Vector = None,
    pivot: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    semantics: Pairs = None,
    material: Items = None,
    visible: Boolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create disks of 1 m diameter in the ground plane."""
    return _shape("disk", {**locals(), "as_mesh": True})


def plane(
    position: Vector = None,
    scale: Vector = None,
    pivot: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    semantics: Pairs = None,
    material: Items = None,
    visible: Boolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create square planes of 1 m in the ground plane."""
    return _shape("plane", {**locals(), "as_mesh": True})


def torus(
    position: Vector = None,
    scale: Vector = None,
    pivot: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    semantics: Pairs = None,
    material: Items = None,
    visible: Boolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create tori of 1 m outer diameter about the up axis."""
    return _shape("torus", {**locals(), "as_mesh": True})


def _shape(kind: str, a: dict[str, Any]) -> Prims:
    recorder = current()
    if not a["as_mesh"] and kind not in ("cube", "sphere", "cylinder", "cone"):
        raise BadArgument(f"as_mesh: false is not known for {kind}")

    def make(name: str, parent: str | None) -> str:
        return recorder.author.shape(kind, name, parent, as_mesh=bool(a["as_mesh"]))

    return _create(kind.capitalize(), a, make)


def xform(
    position: Vector = None,
    scale: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    pivot: Vector = None,
    semantics: Pairs = None,
    visible: Boolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create empty transforms, to be parents of other prims."""
    return _create("Xform", locals(), current().author.wrapper)


def mesh(
    vertices: Values,
    triangles: Values,
    uvs: Values = None,
    position: Vector = None,
    scale: Vector = None,
    rotation: Vector = None,
    semantics: Pairs = None,
    material: Items = None,
    visible: Boolean = True,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create meshes from ``vertices`` (V x 3, stage units) and ``triangles`` (T x 3 indices); an extension of ours."""
    try:
        points = np.asarray(vertices, float).reshape(-1, 3)
        faces = np.asarray(triangles, np.int64).reshape(-1, 3)
        coordinates = np.zeros((len(points), 2)) if uvs is None else np.asarray(uvs, float).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"mesh: vertices, triangles and uvs must be lists of 3, 3 and 2 numbers ({error})") from None
    if not len(points) or not len(faces):
        raise BadArgument("mesh: give at least three vertices and one triangle")
    if not np.isfinite(points).all():
        raise BadArgument("mesh: vertices hold NaN or infinity")
    if faces.min() < 0 or faces.max() >= len(points):
        raise BadArgument(f"mesh: triangle indices must lie in 0..{len(points) - 1}")
    corners = points[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    if not area.sum() > 0:
        raise BadArgument("mesh: the triangles have no area, so nothing can be seen of it")
    if len(coordinates) != len(points):
        raise BadArgument(f"mesh: {len(coordinates)} uvs for {len(points)} vertices")
    shape = Shape(points, smooth_normals(points, faces), coordinates, faces)
    return _create("Mesh", locals(), lambda n, p: current().author.mesh(shape, n, p))


def from_usd(
    usd: FixedText,
    semantics: Pairs = None,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
    position: Vector = None,
    rotation: Vector = None,
    scale: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    pivot: Vector = None,
    visible: Boolean = True,
    material: Items = None,
) -> Prims:
    """Bring an asset in: USD, glTF, OBJ, STL, PLY, or a procedural one (``rendersdg:fruit/apple``)."""
    recorder = current()
    if semantics is None:
        semantics = own_label(usd)
    label = name or re.sub(r"\W", "_", Path(usd.replace(":", "/")).stem) or "Ref"
    return _create(label, locals(), lambda n, p: reference(recorder, usd, n, p))


def from_dir(
    dir_path: FixedText,
    recursive: FixedBoolean = False,
    path_filter: FixedText = None,
    semantics: Pairs = None,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create one item from each asset of a folder, ``count`` of each."""
    found = get_usd_files(dir_path, recursive=recursive, path_filter=path_filter)
    given = {"semantics": semantics, "count": count, "name": name, "parent": parent}
    parts = tuple(current().call("create.from_usd", from_usd, {"usd": path, **given}) for path in found)
    return Prims(name or "from_dir", parts=parts)


def reference(
    recorder: Recorder, path: str, name: str, parent: str | None, at: str | None = None, *, raw: bool | None = None
) -> str:
    """Reference an asset into the stage, as ``Recorder.fit`` says; return its wrapper's path (``at`` fixes it)."""
    layer = recorder.layers.layer(path)
    scale, is_turned = recorder.fit(path, raw=raw)
    euler = (0.0, 0.0, 0.0)
    if is_turned:
        euler = (90.0, 0.0, 0.0) if recorder.author.up_axis == "Z" else (-90.0, 0.0, 0.0)
    return recorder.author.reference(layer.identifier, name, parent, scale=scale, euler=euler, at=at)


def group(items: Items, semantics: Pairs = None, name: FixedText = None) -> Prims:
    """Bundle items so that one block addresses all of them."""
    recorder = current()
    handle = recorder.prims(items if isinstance(items, (list, tuple)) else [items])
    for path in handle.resolve({}):
        recorder.author.label(path, pairs(semantics))
    return Prims(name or handle.label, parts=handle.parts)


def camera(
    position: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    focal_length: Number = 24.0,
    focus_distance: Number = 400.0,
    f_stop: Number = 0.0,
    horizontal_aperture: Number = 20.955,
    horizontal_aperture_offset: Number = 0.0,
    vertical_aperture_offset: Number = 0.0,
    clipping_range: Range = (1.0, 1000000.0),
    projection_type: FixedText = "pinhole",
    fisheye_nominal_width: Number = 1936.0,
    fisheye_nominal_height: Number = 1216.0,
    fisheye_optical_centre_x: Number = 970.94244,
    fisheye_optical_centre_y: Number = 600.37482,
    fisheye_max_fov: Number = 200.0,
    fisheye_polynomial_a: Number = 0.0,
    fisheye_polynomial_b: Number = 0.00245,
    fisheye_polynomial_c: Number = 0.0,
    fisheye_polynomial_d: Number = 0.0,
    fisheye_polynomial_e: Number = 0.0,
    fisheye_polynomial_f: Number = 0.0,
    count: FixedInteger = 1,
    parent: Items = None,
    name: FixedText = None,
) -> Prims:
    """Create cameras: pinhole or polynomial fisheye. Focal length and aperture in tenths of a stage unit."""
    recorder = current()
    if projection_type not in _PROJECTIONS:
        raise BadArgument(
            f"projection_type={projection_type!r} is unknown{did_you_mean(projection_type, _PROJECTIONS)}"
        )
    a = dict(locals())
    attributes = {
        "focalLength": focal_length,
        "focusDistance": focus_distance,
        "fStop": f_stop,
        "horizontalAperture": horizontal_aperture,
        "horizontalApertureOffset": horizontal_aperture_offset,
        "verticalApertureOffset": vertical_aperture_offset,
        "clippingRange": clipping_range,
    }
    if _PROJECTIONS[projection_type] != "pinhole":
        attributes |= {
            "cameraProjectionType": _PROJECTIONS[projection_type],
            "fthetaWidth": fisheye_nominal_width,
            "fthetaHeight": fisheye_nominal_height,
            "fthetaCx": fisheye_optical_centre_x,
            "fthetaCy": fisheye_optical_centre_y,
            "fthetaMaxFov": fisheye_max_fov,
            "fthetaPolyA": fisheye_polynomial_a,
            "fthetaPolyB": fisheye_polynomial_b,
            "fthetaPolyC": fisheye_polynomial_c,
            "fthetaPolyD": fisheye_polynomial_d,
            "fthetaPolyE": fisheye_polynomial_e,
            "fthetaPolyF": fisheye_polynomial_f,
        }
    fixed = {k: v for k, v in attributes.items() if not isinstance(v, Distribution)}
    made = _create("Camera", a, lambda n, p: recorder.author.camera(n, p, fixed))
    _sampled_inputs(recorder, made, {k: v for k, v in attributes.items() if isinstance(v, Distribution)})
    return made


def stereo_camera(
    stereo_baseline: Number = 6.3,
    position: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    focal_length: Number = 24.0,
    focus_distance: Number = 400.0,
    f_stop: Number = 0.0,
    horizontal_aperture: Number = 20.955,
    clipping_range: Range = (1.0, 1000000.0),
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create a left and a right camera, ``stereo_baseline`` stage units apart, that move as one."""
    recorder = current()
    a = dict(locals())
    if isinstance(stereo_baseline, Distribution):
        raise BadArgument("stereo_baseline must be a number")
    rig = _create("StereoCamera", a, recorder.author.wrapper)
    attributes = {
        "focalLength": focal_length,
        "focusDistance": focus_distance,
        "fStop": f_stop,
        "horizontalAperture": horizontal_aperture,
        "clippingRange": clipping_range,
    }
    if any(isinstance(v, Distribution) for v in attributes.values()):
        raise BadArgument("stereo_camera takes fixed lens values; use two cameras under an xform for random ones")
    right = (
        np.array([0.0, 1.0, 0.0] if recorder.author.up_axis == "Z" else [1.0, 0.0, 0.0]) * float(stereo_baseline) / 2
    )
    for side, sign in (("L", -1.0), ("R", 1.0)):
        path = recorder.author.camera(f"Camera_{side}", rig.paths[0], attributes)
        write_pose(recorder.stage.GetPrimAtPath(path), Pose(translate=tuple((right * sign).tolist())))
    return rig


def light(
    position: Vector = None,
    scale: Vector = None,
    rotation: Vector = None,
    look_at: Target = None,
    look_at_up_axis: Vector = None,
    light_type: FixedText = "Distant",
    color: Vector = (1.0, 1.0, 1.0),
    intensity: Number = 1000.0,
    exposure: Number = None,
    temperature: Number = 6500,
    texture: Text = None,
    count: FixedInteger = 1,
    name: FixedText = None,
    parent: Items = None,
) -> Prims:
    """Create UsdLux lights: cylinder, disk, distant, dome, rect or sphere."""
    recorder = current()
    kind = str(light_type).lower()
    if kind not in LIGHTS:
        raise BadArgument(f"light_type={light_type!r} is unknown{did_you_mean(kind, LIGHTS)}")
    a = dict(locals())
    if kind in ("dome", "distant"):
        a["scale"] = None
        a["position"] = None
    attributes: dict[str, Any] = {
        "inputs:color": color,
        "inputs:intensity": intensity,
        "inputs:colorTemperature": temperature,
        "inputs:enableColorTemperature": True,
    }
    if temperature == 6500:  # the neutral default: leave the colour as it is
        attributes["inputs:enableColorTemperature"] = False
    if exposure is not None:
        attributes["inputs:exposure"] = exposure
    if texture is not None:
        if kind != "dome":
            raise BadArgument(f"texture is for dome lights, not {kind}")
        check_textures(recorder, texture)
        attributes["inputs:texture:file"] = texture
    fixed = {k: v for k, v in attributes.items() if not isinstance(v, Distribution)}
    label = f"{kind.capitalize()}Light"
    made = _create(label, a, lambda n, p: recorder.author.light(kind, n, p, fixed))
    _sampled_inputs(recorder, made, {k: v for k, v in attributes.items() if isinstance(v, Distribution)})
    return made


def check_textures(recorder: Recorder, texture: Any) -> None:
    """Raise BadArgument when something that is to be an image path is none."""
    candidates = texture.candidates() if isinstance(texture, Distribution) else [texture]
    for path in candidates or []:
        if not isinstance(path, str):
            raise BadArgument(f"texture={path!r} must be the path of an image")
        recorder.resolver.require_image_name(path)


def material_omnipbr(
    diffuse: Vector = None,
    diffuse_texture: Text = None,
    roughness: Number = None,
    roughness_texture: Text = None,
    metallic: Number = None,
    metallic_texture: Text = None,
    specular: Number = None,
    emissive_color: Vector = None,
    emissive_texture: Text = None,
    emissive_intensity: Number = 0.0,
    project_uvw: FixedBoolean = False,
    semantics: Pairs = None,
    count: FixedInteger = 1,
    name: FixedText = None,
) -> Prims:
    """Create OmniPBR materials (metallic-roughness)."""
    recorder = current()
    given = {
        "diffuse_color_constant": diffuse,
        "diffuse_texture": diffuse_texture,
        "reflection_roughness_constant": roughness,
        "reflectionroughness_texture": roughness_texture,
        "metallic_constant": metallic,
        "metallic_texture": metallic_texture,
        "specular_level": specular,
        "emissive_color": emissive_color,
        "emissive_mask_texture": emissive_texture,
    }
    for key in ("diffuse_texture", "reflectionroughness_texture", "metallic_texture", "emissive_mask_texture"):
        if given[key] is not None:
            check_textures(recorder, given[key])
    inputs: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
    if isinstance(emissive_intensity, Distribution) or emissive_intensity:
        inputs["emissive_intensity"] = emissive_intensity
        inputs["enable_emission"] = True
    if project_uvw:
        inputs["project_uvw"] = True
    fixed = {k: _colour_value(k, v) for k, v in inputs.items() if not isinstance(v, Distribution)}
    paths = []
    for _ in range(_count(count)):
        paths.append(recorder.author.material(name or "OmniPBR", fixed))
        recorder.author.label(paths[-1], pairs(semantics))
    made = Prims(name or "OmniPBR", tuple(paths))
    sampled = {f"inputs:{k}": v for k, v in inputs.items() if isinstance(v, Distribution)}
    if sampled:
        recorder.node("create.inputs", sampled, Prims(made.label, tuple(f"{p}/Shader" for p in paths)))
    return made


def _colour_value(key: str, value: Any) -> Any:
    return (
        [float(value)] * 3
        if key in ("diffuse_color_constant", "emissive_color") and isinstance(value, (int, float))
        else value
    )


def projection_material(
    proxy_prim: Items,
    semantics: Pairs = None,
    material: Items = None,
    offset_scale: FixedNumber = 0.01,
    input_prims: Items = None,
    name: FixedText = None,
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


def render_product(
    camera: Items, resolution: Range, force_new: FixedBoolean = False, name: Anything = None, render_vars: Values = None
) -> Any:
    """Create a view of a camera at ``resolution`` (width, height); several cameras give a list, a stereo rig two (L,
    R).
    """
    recorder = current()
    width, height = (int(v) for v in resolution)
    if width < 1 or height < 1:
        raise BadArgument(f"resolution={list(resolution)} must be at least 1 x 1")
    if width * height > _MOST_PIXELS:
        raise BadArgument(f"resolution={list(resolution)} is too large; the limit is 16384 x 16384")
    cameras = camera if isinstance(camera, (list, tuple)) else [camera]
    names = name if isinstance(name, (list, tuple)) else [name] * len(cameras)
    made: list[Product] = []
    for number, item in enumerate(cameras):
        handle = recorder.prims(item)
        rigs = handle.resolve({})
        if not rigs:
            raise BadArgument("render_product: camera holds no prim")
        inner = [str(p.GetPath()) for path in rigs for p in cameras_below(recorder.stage, path)]
        if not inner:
            raise BadArgument(f"render_product: {rigs[0]} is no camera and holds none")
        label = names[number] if number < len(names) else None
        if label is not None and len(cameras) > 1 and not isinstance(name, (list, tuple)):
            label = f"{label}_{number:02d}"
        is_stereo = len(rigs) == 1 and len(inner) == 2
        for k, path in enumerate(inner):
            suffix = "LR"[k] if is_stereo else ""
            product_name = f"{label}_{suffix}" if label and suffix else label
            if product_name is None and not force_new:
                same = [
                    p
                    for p in recorder.graph.products
                    if p.camera.paths == (path,) and p.resolution_wh == (width, height) and not p.tiles
                ]
                if same:
                    made.append(same[0])
                    continue
            if product_name is None:
                product_name = f"Replicator_{suffix}" if suffix else "Replicator"
            product = Product(
                _unique_name(recorder, product_name), Prims(path.rsplit("/", 1)[-1], (path,)), (width, height)
            )
            recorder.graph.products.append(product)
            made.append(product)
    return made[0] if len(made) == 1 else made


def render_product_tiled(
    cameras: Items, tile_resolution: Range, force_new: FixedBoolean = False, name: FixedText = None
) -> Any:
    """Create one picture that shows several cameras as a grid of tiles of ``tile_resolution``, as many columns as rows
    or one more.

    Images and segmentations of it are those of all tiles, with the same ids; what belongs to one camera (boxes, point
    clouds) is not given.
    """
    recorder = current()
    width, height = (int(v) for v in tile_resolution)
    paths = [
        str(prim.GetPath())
        for item in (cameras if isinstance(cameras, (list, tuple)) else [cameras])
        for path in recorder.prims(item).resolve({})
        for prim in cameras_below(recorder.stage, path)
    ]
    if not paths:
        raise BadArgument("render_product_tiled: cameras hold no camera")
    columns = math.isqrt(len(paths) - 1) + 1
    whole = (columns * width, -(-len(paths) // columns) * height)
    if min(width, height) < 1 or whole[0] * whole[1] > _MOST_PIXELS:
        raise BadArgument(
            f"tile_resolution={list(tile_resolution)}: {len(paths)} tiles would make {whole[0]} x {whole[1]} "
            "pixels; a tile needs "
            "1 x 1 at least, the whole may have 16384 x 16384"
        )
    tiles = tuple(Product(f"tile {k}", Prims(p.rsplit("/", 1)[-1], (p,)), (width, height)) for k, p in enumerate(paths))
    if name is None and not force_new:
        for known in recorder.graph.products:
            if [(t.camera.paths, t.resolution_wh) for t in known.tiles] == [
                (t.camera.paths, t.resolution_wh) for t in tiles
            ]:
                return known
    product = Product(_unique_name(recorder, name or "Replicator"), tiles[0].camera, whole, tiles=tiles)
    recorder.graph.products.append(product)
    return product


def _unique_name(recorder: Recorder, name: str) -> str:
    taken = {p.name for p in recorder.graph.products}
    if name not in taken:
        return name
    number = 1
    while f"{name}_{number:02d}" in taken:
        number += 1
    return f"{name}_{number:02d}"


def _count(count: Any) -> int:
    if isinstance(count, bool) or int(count) != count or count < 0:
        raise BadArgument(f"count={count!r} must be a whole number of 0 or more")
    if count > MOST_PRIMS:
        raise BadArgument(
            f"count={count} is more than the {MOST_PRIMS} prims that one call may make; use "
            "randomizer.instantiate or split it"
        )
    return int(count)


def _create(label: str, a: dict[str, Any], make: Callable[[str, str | None], str]) -> Prims:
    """Make ``count`` prims, author what is fixed and record what is random."""
    recorder = current()
    name = a.get("name") or label
    parent: str | None = None
    if a.get("parent") is not None:
        parents = recorder.prims(a["parent"]).resolve({})
        if len(parents) != 1:
            raise BadArgument(f"parent must be one prim, got {len(parents)}")
        parent = parents[0]
    if a.get("rotation") is not None and a.get("look_at") is not None:
        raise BadArgument("rotation and look_at exclude each other; give one")
    paths = tuple(make(name, parent) for _ in range(_count(a.get("count", 1))))
    for path in paths:
        recorder.author.label(path, pairs(a.get("semantics")))
    made = Prims(name, paths)
    keys = ("position", "rotation", "scale", "pivot", "look_at", "look_at_up_axis")
    pose = {k: _joined(a[k]) for k in keys if a.get(k) is not None}
    if any(has_distribution(v) or k == "look_at" for k, v in pose.items()):
        recorder.node("modify.pose", pose, made)
    elif pose:
        state = SceneState(BaseScene(recorder.stage, recorder.report))
        for index, path in enumerate(paths):
            write_pose(recorder.stage.GetPrimAtPath(path), posed(state, path, Pose(), pose, index))
    visible = a.get("visible", True)
    if visible is not True and visible is not None:
        recorder.node("modify.visibility", {"value": visible}, made)
    if a.get("material") is not None:
        bind_material(recorder, made, a["material"])
    return made


def _joined(value: Any) -> Any:
    """Return a list that holds distributions as one distribution."""
    if isinstance(value, (list, tuple)) and any(isinstance(v, Distribution) for v in value):
        return Combine(list(value))
    return value


def bind_material(recorder: Recorder, made: Prims, material: Any) -> None:
    """Bind a created material, or name one by path, to prims."""
    found = recorder.prims(material).resolve({})
    prims = [recorder.stage.GetPrimAtPath(p) for p in found]
    if not prims or any(p.GetTypeName() != "Material" for p in prims):
        raise BadArgument(f"material={material!r} is no material; create one with create.material_omnipbr")
    for index, path in enumerate(made.paths):
        api = UsdShade.MaterialBindingAPI.Apply(recorder.stage.GetPrimAtPath(path))
        api.Bind(UsdShade.Material(prims[index % len(prims)]), UsdShade.Tokens.strongerThanDescendants)


def _sampled_inputs(recorder: Recorder, made: Prims, inputs: dict[str, Any]) -> None:
    if not inputs:
        return
    inner = [str(next(iter(recorder.stage.GetPrimAtPath(p).GetChildren())).GetPath()) for p in made.paths]
    recorder.node("create.inputs", inputs, Prims(made.label, tuple(inner)))
