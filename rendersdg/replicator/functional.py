"""``rep.functional``: the immediate form. Calls edit the stage at once and return prims."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade, Vt

from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.geometry import aim_rotation, euler_from_rotation
from rendersdg.replicator.engine import current
from rendersdg.replicator.items import unwrap
from rendersdg.replicator.rng import ReplicatorRNG
from rendersdg.scene import get
from rendersdg.scene.create import reference as reference_asset
from rendersdg.scene.recorder import filling, pairs
from rendersdg.stage.author import set_attribute, valid_name
from rendersdg.stage.materials import named_look
from rendersdg.stage.pose import column_matrix, read_pose, write_pose
from rendersdg.stage.semantics import clear_semantics, merged, read_semantics, write_semantics

_EARLIEST = Usd.TimeCode.Default()
_MOST_TRIES = 1000  # of scattering one prim


def _path(name: str | None, default: str, parent: Any) -> str:
    base = str(unwrap(parent) or "").rstrip("/")
    if name is not None and str(name).startswith("/"):
        path = str(name)
    else:
        path = f"{base}/{valid_name(str(name or default))}"
    return current().recorder.author.unique(path)


def _vector(name: str, value: Any, *, scalar: bool = False) -> tuple[float, float, float]:
    found = unwrap(value)
    if scalar and isinstance(found, (int, float)):
        return (float(found),) * 3
    try:
        x, y, z = (float(v) for v in found)
    except (TypeError, ValueError):
        raise BadArgument(f"{name}={found!r} must be three numbers", where=current().where()) from None
    return x, y, z


def _place(
    prim: Usd.Prim,
    position: Any = None,
    rotation: Any = None,
    scale: Any = None,
    look_at: Any = None,
    look_at_up_axis: Any = None,
) -> None:
    pose = read_pose(prim, _EARLIEST)
    changes: dict[str, Any] = {}
    if position is not None:
        changes["translate"] = _vector("position", position)
    if rotation is not None:
        changes["euler"] = _euler(rotation)
    if scale is not None:
        changes["scale"] = _vector("scale", scale, scalar=True)
    if look_at is not None:
        eye = np.array(changes.get("translate", pose.translate))
        up = (
            _vector("look_at_up_axis", look_at_up_axis)
            if look_at_up_axis is not None
            else current().recorder.author.up_vector
        )
        target = np.array(_target(look_at))
        if np.linalg.norm(target - eye) > 1e-9:
            changes["euler"] = euler_from_rotation(aim_rotation(eye, target, np.array(up)))
    if changes or not UsdGeom.Xformable(prim).GetOrderedXformOps():
        write_pose(prim, pose.changed(**changes))


def _euler(rotation: Any) -> tuple[float, float, float]:
    found = unwrap(rotation)
    if isinstance(found, (list, tuple)) and len(found) == 4:  # a quaternion, w first
        w, x, y, z = (float(v) for v in found)
        matrix = column_matrix(Gf.Matrix4d().SetRotate(Gf.Quatd(w, x, y, z)))[:3, :3]
        return euler_from_rotation(matrix)
    return _vector("rotation", found)


def _target(value: Any) -> tuple[float, ...]:
    found = unwrap(value)
    if hasattr(found, "resolve"):
        found = found.resolve({})[0]
    if isinstance(found, str):
        return get_world_position(found)
    return _vector("look_at", found)


def prims_of(value: Any) -> list[Usd.Prim]:
    """Return the prims behind paths, items, prims and lists of them. Raises BadArgument for what is not on the
    stage.
    """
    stage = current().recorder.stage
    if isinstance(value, Usd.Prim):
        return [value]
    found = unwrap(value)
    if hasattr(found, "resolve"):
        found = found.resolve({})
    out = []
    for item in found if isinstance(found, (list, tuple)) else [found]:
        prim = stage.GetPrimAtPath(str(item)) if str(item).startswith("/") else None
        if not prim:
            raise BadArgument(f"there is no prim at {item!r} on the stage", where=current().where())
        out.append(prim)
    return out


def _finish(prim: Usd.Prim, semantics: Any = None, visible: Any = None, material: Any = None, **pose: Any) -> Usd.Prim:
    _place(prim, **pose)
    if semantics is not None:
        write_semantics(prim, pairs(unwrap(semantics)))
    if visible is not None and not visible:
        UsdGeom.Imageable(prim).MakeInvisible()
    if material is not None:
        bind(prim, material)
    return prim


def bind(prim: Usd.Prim, material: Any) -> None:
    """Bind a material, given as prim, path or MDL name, to a prim."""
    found = unwrap(material)
    if hasattr(found, "resolve"):
        found = found.resolve({})[0]
    path = str(found)
    stage = current().recorder.stage
    if not (path.startswith("/") and stage.GetPrimAtPath(path)):
        path = str(create_material(path).GetPath())
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(
        UsdShade.Material(stage.GetPrimAtPath(path)), UsdShade.Tokens.strongerThanDescendants
    )


def _shape(kind: str) -> Callable[..., Usd.Prim]:
    def make(
        position: Any = None,
        rotation: Any = None,
        scale: Any = None,
        semantics: Any = None,
        visible: Any = None,
        material: Any = None,
        as_mesh: bool = True,
        parent: Any = None,
        name: str | None = None,
        look_at: Any = None,
        look_at_up_axis: Any = None,
        **other: Any,
    ) -> Usd.Prim:
        _unknown(kind, other)
        engine = current()
        path = _path(name, kind.capitalize(), parent)
        author = engine.recorder.author
        author.bare_shape(kind, path, as_mesh=as_mesh)
        return _finish(
            engine.recorder.stage.GetPrimAtPath(path),
            semantics,
            visible,
            material,
            position=position,
            rotation=rotation,
            scale=scale,
            look_at=look_at,
            look_at_up_axis=look_at_up_axis,
        )

    make.__name__ = kind
    make.__doc__ = f"Create a {kind} of 1 m and return its prim."
    return make


def _unknown(label: str, other: Mapping[str, Any]) -> None:
    if other:
        name = next(iter(other))
        raise BadArgument(f"functional.create.{label} has no argument {name!r}", where=current().where())


def create_xform(
    position: Any = None,
    rotation: Any = None,
    scale: Any = None,
    semantics: Any = None,
    parent: Any = None,
    name: str | None = None,
    visible: Any = None,
    look_at: Any = None,
    look_at_up_axis: Any = None,
) -> Usd.Prim:
    """Create an empty transform."""
    prim = UsdGeom.Xform.Define(current().recorder.stage, _path(name, "Xform", parent)).GetPrim()
    return _finish(
        prim,
        semantics,
        visible,
        position=position,
        rotation=rotation,
        scale=scale,
        look_at=look_at,
        look_at_up_axis=look_at_up_axis,
    )


def create_scope(parent: Any = None, name: str | None = None) -> Usd.Prim:
    """Create a scope."""
    return UsdGeom.Scope.Define(current().recorder.stage, _path(name, "Scope", parent)).GetPrim()


def create_camera(
    position: Any = None,
    rotation: Any = None,
    look_at: Any = None,
    look_at_up_axis: Any = None,
    focal_length: float = 24.0,
    focus_distance: float = 400.0,
    f_stop: float = 0.0,
    horizontal_aperture: float = 20.955,
    clipping_range: Any = None,
    parent: Any = None,
    name: str | None = None,
    **other: Any,
) -> Usd.Prim:
    """Create a camera; without ``look_at`` and ``rotation`` it looks along -Z."""
    stage = current().recorder.stage
    camera = UsdGeom.Camera.Define(stage, _path(name, "Camera", parent))
    near_far = unwrap(clipping_range) or (0.01, 10_000_000.0)
    for key, value in (
        ("focalLength", focal_length),
        ("focusDistance", focus_distance),
        ("fStop", f_stop),
        ("horizontalAperture", horizontal_aperture),
        ("clippingRange", near_far),
    ):
        set_attribute(camera.GetPrim(), key, unwrap(value))
    _unknown("camera", other)
    return _finish(
        camera.GetPrim(), position=position, rotation=rotation, look_at=look_at, look_at_up_axis=look_at_up_axis
    )


def create_reference(
    usd_path: Any,
    position: Any = None,
    rotation: Any = None,
    scale: Any = None,
    semantics: Any = None,
    parent: Any = None,
    name: str | None = None,
    visible: Any = None,
    look_at: Any = None,
    look_at_up_axis: Any = None,
) -> Usd.Prim:
    """Reference an asset and return the prim that holds it."""
    recorder = current().recorder
    file = str(unwrap(usd_path))
    label = name or re.sub(r"\W", "_", file.replace(":", "/").rsplit("/", 1)[-1].split(".")[0])
    outer = _path(label, "Ref", parent)
    reference_asset(recorder, file, outer.rsplit("/", 1)[-1], outer.rsplit("/", 1)[0], at=outer)
    return _finish(
        recorder.stage.GetPrimAtPath(outer),
        semantics,
        visible,
        position=position,
        rotation=rotation,
        scale=scale,
        look_at=look_at,
        look_at_up_axis=look_at_up_axis,
    )


def create_clone(prim: Any, parent: Any = None, name: str | None = None, **pose: Any) -> Usd.Prim:
    """Copy a prim with all below it."""
    source = prims_of(prim)[0]
    stage = current().recorder.stage
    path = _path(name, source.GetName(), parent if parent is not None else str(source.GetPath().GetParentPath()))
    layer = stage.GetEditTarget().GetLayer()
    if not Sdf.CopySpec(layer, source.GetPath(), layer, Sdf.Path(path)):
        raise BadArgument(f"{source.GetPath()} cannot be copied to {path}", where=current().where())
    made = stage.GetPrimAtPath(path)
    return _finish(made, **pose) if pose else made


def create_material(
    mdl: Any, bind_prims: Any = None, parent: Any = None, name: str | None = None, **inputs: Any
) -> Usd.Prim:
    """Create a material by MDL name: OmniPBR with its inputs, any other by a plain look, which is reported."""
    recorder = current().recorder
    text = str(unwrap(mdl))
    stem = text.rsplit("/", 1)[-1].removesuffix(".mdl")
    values = {k: unwrap(v) for k, v in inputs.items()}
    if stem != "OmniPBR":
        colour, metallic, roughness = named_look(text)
        recorder.report.substitution(
            text, f"a plain surface by its name (metallic {metallic:g}, roughness {roughness:g})"
        )
        values = {
            "diffuse_color_constant": list(colour),
            "metallic_constant": metallic,
            "reflection_roughness_constant": roughness,
            **values,
        }
    path = recorder.author.material(name or stem, values)
    if bind_prims is not None:
        for prim in prims_of(bind_prims):
            bind(prim, path)
    return recorder.stage.GetPrimAtPath(path)


def _light(kind: str) -> Callable[..., Usd.Prim]:
    def make(
        position: Any = None,
        rotation: Any = None,
        intensity: float = 1000.0,
        color: Any = None,
        texture: Any = None,
        parent: Any = None,
        name: str | None = None,
        scale: Any = None,
        look_at: Any = None,
        look_at_up_axis: Any = None,
        exposure: float | None = None,
        temperature: float | None = None,
        **other: Any,
    ) -> Usd.Prim:
        from rendersdg.stage.author import LIGHTS

        recorder = current().recorder
        prim = LIGHTS[kind].Define(recorder.stage, _path(name, f"{kind.capitalize()}Light", parent)).GetPrim()
        set_attribute(prim, "inputs:intensity", float(intensity))
        if color is not None:
            set_attribute(prim, "inputs:color", _vector("color", color))
        if exposure is not None:
            set_attribute(prim, "inputs:exposure", float(exposure))
        if temperature is not None:
            set_attribute(prim, "inputs:enableColorTemperature", True)
            set_attribute(prim, "inputs:colorTemperature", float(temperature))
        if texture is not None:
            set_attribute(prim, "inputs:texture:file", str(unwrap(texture)))
        for key, value in other.items():
            if not prim.HasAttribute(f"inputs:{key}"):
                known = [n[7:] for n in prim.GetPropertyNames() if n.startswith("inputs:")]
                raise BadArgument(
                    f"functional.create.{kind}_light has no argument {key!r}{did_you_mean(key, known)}",
                    where=current().where(),
                )
            set_attribute(prim, f"inputs:{key}", unwrap(value))
        return _finish(
            prim, position=position, rotation=rotation, scale=scale, look_at=look_at, look_at_up_axis=look_at_up_axis
        )

    make.__name__ = f"{kind}_light"
    make.__doc__ = f"Create a {kind} light and return its prim; further arguments are its UsdLux inputs."
    return make


def batch(make: Callable[..., Usd.Prim]) -> Callable[..., list[Usd.Prim]]:
    """Return the form of a create function that makes ``count`` prims; lists of that length give each its own value."""

    def several(count: int, **arguments: Any) -> list[Usd.Prim]:
        out = []
        for k in range(int(count)):
            out.append(make(**{n: _nth(n, v, k, int(count)) for n, v in arguments.items()}))
        return out

    several.__name__ = make.__name__
    several.__doc__ = f"Create ``count`` of them. {make.__doc__}"
    return several


def _nth(name: str, value: Any, k: int, count: int) -> Any:
    found = unwrap(value)
    if isinstance(found, (list, tuple)) and len(found) == count and name not in ("parent", "clipping_range"):
        each = found[k]
        if name in ("semantics",) and isinstance(each, (list, tuple)) and len(each) == 2 and isinstance(each[0], str):
            return found  # a list of pairs, one for all
        if count != 3 or not isinstance(each, (int, float)):
            return each
    return found


# -- modify -----------------------------------------------------------------------------------------------------------


def _each(prims: Any, value: Any, is_one: Callable[[Any], bool]) -> list[tuple[Usd.Prim, Any]]:
    targets = prims_of(prims)
    found = unwrap(value)
    if found is None or is_one(found):
        return [(p, found) for p in targets]
    if len(found) != len(targets):
        raise BadArgument(f"{len(found)} values for {len(targets)} prims", where=current().where())
    return list(zip(targets, found))


def _is_vector(value: Any) -> bool:
    return not isinstance(value, (list, tuple)) or all(isinstance(v, (int, float)) for v in value)


def modify_pose(
    prims: Any,
    position_value: Any = None,
    rotation_value: Any = None,
    scale_value: Any = None,
    look_at_value: Any = None,
    look_at_up_axis: Any = None,
    write_to_usd: bool = True,
) -> None:
    """Set parts of the pose; a list of values gives each prim its own."""
    targets = prims_of(prims)
    columns = {}
    for name, value in (
        ("position", position_value),
        ("rotation", rotation_value),
        ("scale", scale_value),
        ("look_at", look_at_value),
    ):
        found = unwrap(value)
        if isinstance(found, str) or hasattr(found, "resolve") or (name == "look_at" and _is_vector(found)):
            columns[name] = [found] * len(targets)
        else:
            columns[name] = [v for _, v in _each(prims, found, _is_vector)]
    for k, prim in enumerate(targets):
        _place(
            prim,
            columns["position"][k],
            columns["rotation"][k],
            columns["scale"][k],
            columns["look_at"][k],
            look_at_up_axis,
        )


def modify_position(prims: Any, value: Any) -> None:
    """Set positions."""
    modify_pose(prims, position_value=value)


def modify_rotation(prims: Any, value: Any) -> None:
    """Set rotations: Euler angles XYZ in degrees, or quaternions, w first."""
    modify_pose(prims, rotation_value=value)


def modify_scale(prims: Any, value: Any) -> None:
    """Set scales."""
    modify_pose(prims, scale_value=value)


def modify_semantics(prims: Any, semantics: Any, mode: str = "add") -> None:
    """Change labels: ``add`` keeps others, ``replace`` drops old ones of the types given, ``clear`` all."""
    if mode not in ("add", "replace", "clear"):
        raise BadArgument(f"mode={mode!r} is not add, replace or clear", where=current().where())
    for prim in prims_of(prims):
        labels = merged(read_semantics(prim), pairs(unwrap(semantics)), mode)
        clear_semantics(prim)
        write_semantics(prim, labels)


def modify_attribute(prims: Any, name: str, value: Any, attribute_type: str | None = None) -> None:
    """Set an attribute, of a material an input; a list of values gives each its own.

    A bare name of a light or shader input is found too.
    """
    holders = [_holder(prim, name) for prim in prims_of(prims)]
    found = unwrap(value)
    values = found if _is_each(found, holders, attribute_type) else [found] * len(holders)
    for (prim, full), one in zip(holders, values):
        try:
            set_attribute(prim, full, one, attribute_type)
        except (TypeError, ValueError) as error:
            raise BadArgument(
                f"{prim.GetPath()}.{name} does not take {one!r} ({error})", where=current().where()
            ) from None


def _holder(prim: Usd.Prim, name: str) -> tuple[Usd.Prim, str]:
    """Return where an attribute is: the prim, or a material's shader; and its whole name."""
    if prim.IsA(UsdShade.Material) and not prim.HasAttribute(name):
        shader = (
            UsdShade.Material(prim).ComputeSurfaceSource("mdl")[0] or UsdShade.Material(prim).ComputeSurfaceSource()[0]
        )
        if shader:
            return shader.GetPrim(), name if name.startswith("inputs:") else f"inputs:{name}"
    return prim, name if prim.HasAttribute(name) or not prim.HasAttribute(f"inputs:{name}") else f"inputs:{name}"


_SCALARS = ("float", "double", "half", "int", "uint", "int64", "bool")
_VECTORS = ("color", "tint", "scale", "translat")  # words in the names of inputs that take several numbers


def _is_each(value: Any, holders: Sequence[tuple[Usd.Prim, str]], attribute_type: str | None) -> bool:
    """Return whether a value is a list with one for each prim, and not one vector for all."""
    if not isinstance(value, (list, tuple)) or len(value) != len(holders) or not value:
        return False
    if not isinstance(value[0], (int, float)):
        return True
    prim, full = holders[0]
    attribute = prim.GetAttribute(full)
    kind = attribute_type or (str(attribute.GetTypeName()) if attribute else "")
    return kind in _SCALARS or (not kind and not any(word in full.lower() for word in _VECTORS))


def modify_visibility(prims: Any, value: Any) -> None:
    """Show or hide prims; a list of values gives each its own."""
    for prim, shown in _each(prims, value, lambda v: not isinstance(v, (list, tuple))):
        imageable = UsdGeom.Imageable(prim)
        imageable.MakeVisible() if shown else imageable.MakeInvisible()


def modify_material(prims: Any, material: Any) -> None:
    """Bind a material."""
    for prim in prims_of(prims):
        bind(prim, material)


# -- the rest ---------------------------------------------------------------------------------------------------------


def prim_at_paths(paths: Any) -> list[Usd.Prim]:
    """Return the prims at paths."""
    return prims_of(paths)


def get_prims(
    path_pattern: str | None = None,
    path_match: str | None = None,
    path_pattern_exclusion: str | None = None,
    prim_types: Any = None,
    prim_types_exclusion: Any = None,
    semantics: Any = None,
    semantics_exclusion: Any = None,
    ignore_case: bool = True,
    stage: Any = None,
    **other: Any,
) -> list[Usd.Prim]:
    """Return the prims that ``rep.get.prims`` would select."""
    recorder = current().recorder
    with filling(recorder):  # a thread of the script's calls this, too
        chosen = get.prims(
            path_pattern,
            path_match,
            path_pattern_exclusion,
            prim_types,
            prim_types_exclusion,
            unwrap(semantics),
            unwrap(semantics_exclusion),
            ignore_case=ignore_case,
        )
    return prims_of(chosen.resolve({}))


def get_world_transform(prim: Any, time: Any = None) -> Gf.Matrix4d:
    """Return the world matrix of a prim, row vectors as ``Gf`` has them."""
    return UsdGeom.Xformable(prims_of(prim)[0]).ComputeLocalToWorldTransform(_EARLIEST)


def get_world_position(prim: Any) -> tuple[float, float, float]:
    """Return where a prim stands in the world."""
    x, y, z = get_world_transform(prim).ExtractTranslation()
    return float(x), float(y), float(z)


def create_physics_scene(path: Any = "/PhysicsScene", **options: Any) -> Usd.Prim:
    """Define a physics scene; further arguments are its attributes."""
    scene = UsdPhysics.Scene.Define(current().recorder.stage, str(unwrap(path)))
    for key, value in options.items():
        set_attribute(scene.GetPrim(), f"physics:{key}", unwrap(value))
    return scene.GetPrim()


def apply_rigid_body(prims: Any, with_collider: bool = False, **options: Any) -> None:
    """Mark prims as rigid bodies: they fall while time passes (extra ``physics``)."""
    for prim in prims_of(prims):
        UsdPhysics.RigidBodyAPI.Apply(prim)
        for key, value in options.items():
            set_attribute(prim, f"physics:{key}", unwrap(value))
    if with_collider:
        apply_collider(prims)


def apply_collider(prims: Any, approximation: str = "none", **options: Any) -> None:
    """Mark prims as colliders."""
    for prim in prims_of(prims):
        UsdPhysics.CollisionAPI.Apply(prim)
        if approximation and approximation != "none":
            UsdPhysics.MeshCollisionAPI.Apply(prim).CreateApproximationAttr().Set(approximation)


def simulate(num_steps: int = 1, step_dt: float | None = None, **options: Any) -> None:
    """Let ``num_steps`` steps of ``step_dt`` seconds pass (None: frames of the timeline)."""
    engine = current()
    for _ in range(int(num_steps)):
        engine.clock.pass_time(1.0 / engine.timeline.rate if step_dt is None else float(step_dt))


def display_color(prims: Any, rng: Any = None) -> None:
    """Give prims a uniformly random display colour."""
    generator = _rng(rng)
    for prim in prims_of(prims):
        colour = [float(v) for v in generator.random(3)]
        targets = [p for p in Usd.PrimRange(prim) if p.IsA(UsdGeom.Gprim)] or [prim]
        for target in targets:
            UsdGeom.Gprim(target).CreateDisplayColorAttr().Set(Vt.Vec3fArray([Gf.Vec3f(*colour)]))


def _rng(rng: Any) -> np.random.Generator:
    if rng is None:
        rng = ReplicatorRNG()
    return rng.generator if hasattr(rng, "generator") else rng


def scatter_2d(
    prims: Any,
    surface_prims: Any,
    no_collision_prims: Any = None,
    extents: Any = None,
    offset: float = 0.0,
    check_for_collisions: bool = False,
    rng: Any = None,
    **other: Any,
) -> None:
    """Put prims at random points of surfaces, uniform by area, keeping their bounds apart when asked."""
    generator = _rng(rng)
    triangles = np.concatenate([_triangles(p) for p in prims_of(surface_prims)])
    if not len(triangles):
        raise BadArgument("scatter_2d: the surfaces have no faces", where=current().where())
    low, high = np.full(3, -np.inf), np.full(3, np.inf)
    if extents is not None:
        low, high = (np.array(_vector("extents", e)) for e in unwrap(extents))
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    area = np.linalg.norm(cross, axis=1)
    taken = [world_bounds(p) for p in (prims_of(no_collision_prims) if no_collision_prims is not None else [])]
    for prim in prims_of(prims):
        is_placed = False
        for _ in range(_MOST_TRIES):
            k = int(generator.choice(len(area), p=area / area.sum()))
            u, v = generator.random(2)
            if u + v > 1:
                u, v = 1 - u, 1 - v
            a, b, c = triangles[k]
            point = a + u * (b - a) + v * (c - a)
            if (point < low).any() or (point > high).any():
                continue
            _place(prim, position=tuple((point + cross[k] / area[k] * offset).tolist()))
            is_placed = True
            box = world_bounds(prim)
            if not check_for_collisions or not any((box[0] < t[1]).all() and (box[1] > t[0]).all() for t in taken):
                taken.append(box)
                break
        else:
            if not is_placed:
                raise BadArgument(
                    "scatter_2d: no point of the surfaces lies within the extents", where=current().where()
                )
            current().recorder.report.note(
                "functional.randomizer.scatter_2d", f"{prim.GetPath()}: found no free place; it touches others"
            )


def _triangles(prim: Usd.Prim) -> np.ndarray[Any, Any]:
    base = current().sessions.now().builder.base
    base.forget(str(prim.GetPath()))
    found = []
    for drawable in base.drawables(str(prim.GetPath())):
        matrix = base.world(drawable.anchor) @ (drawable.offset if drawable.offset is not None else np.eye(4))
        mesh = base.meshes[drawable.mesh]
        points = mesh.vertices.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
        found.append(points[mesh.triangles])
    return np.concatenate(found) if found else np.zeros((0, 3, 3))


def world_bounds(prim: Usd.Prim) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the least and greatest corner of a prim's axis-aligned bounds in the world."""
    cache = UsdGeom.BBoxCache(_EARLIEST, [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])
    box = cache.ComputeWorldBound(prim).ComputeAlignedRange()
    return np.array(box.GetMin()), np.array(box.GetMax())


SHAPES = {k: _shape(k) for k in ("cube", "sphere", "cone", "cylinder", "torus", "plane", "disk")}
LIGHT_FUNCTIONS = {f"{k}_light": _light(k) for k in ("dome", "distant", "sphere", "rect", "disk", "cylinder")}
CREATE: dict[str, Callable[..., Any]] = {
    **SHAPES,
    **LIGHT_FUNCTIONS,
    "xform": create_xform,
    "scope": create_scope,
    "camera": create_camera,
    "reference": create_reference,
    "clone": create_clone,
    "material": create_material,
}
BATCHES: Sequence[str] = (*SHAPES, *LIGHT_FUNCTIONS, "xform", "camera", "reference", "material")
