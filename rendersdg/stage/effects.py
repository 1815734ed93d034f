"""What each operation does to the scene. A plan's firings call these in order; each writes opinions into the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from pxr import Usd

from rendersdg.assets.resolver import own_label
from rendersdg.assets.surfaces import make_surface
from rendersdg.errors import BadArgument, RenderSDGError, did_you_mean
from rendersdg.geometry import Matrix, aim_rotation, euler_from_rotation, euler_rotation
from rendersdg.graph.plan import Firing, PathList, Plan
from rendersdg.registry import Registry
from rendersdg.snapshot import Sensor
from rendersdg.stage.author import CAMERA_BASIS, Author
from rendersdg.stage.base import BaseScene, bounds_of, cameras_below
from rendersdg.stage.pose import Pose
from rendersdg.stage.semantics import merged
from rendersdg.stage.state import Contact, Look, Motion, Placed, SceneState
from rendersdg.stage.values import item, number, vector

Effect = Callable[[SceneState, Firing], None]
EFFECTS: Registry[Effect] = Registry(
    "operation",
    {
        "modify.pose": "rendersdg.stage.effects:pose",
        "modify.pose_orbit": "rendersdg.stage.effects:pose_orbit",
        "modify.pose_camera_relative": "rendersdg.stage.effects:pose_camera_relative",
        "modify.attribute": "rendersdg.stage.effects:attribute",
        "modify.material": "rendersdg.stage.effects:material",
        "modify.semantics": "rendersdg.stage.effects:semantics",
        "modify.visibility": "rendersdg.stage.effects:visibility",
        "modify.variant": "rendersdg.stage.effects:variant",
        "modify.time": "rendersdg.stage.effects:time",
        "modify.timeline": "rendersdg.stage.effects:timeline",
        "modify.animation": "rendersdg.stage.effects:animation",
        "create.inputs": "rendersdg.stage.effects:inputs",
        "randomizer.color": "rendersdg.stage.effects:colour",
        "randomizer.rotation": "rendersdg.stage.effects:rotation",
        "randomizer.materials": "rendersdg.stage.effects:materials",
        "randomizer.texture": "rendersdg.stage.effects:texture",
        "randomizer.instantiate": "rendersdg.stage.effects:instantiate",
        "randomizer.scatter_2d": "rendersdg.stage.scatter:scatter_2d",
        "randomizer.scatter_3d": "rendersdg.stage.scatter:scatter_3d",
        "physics.rigid_body": "rendersdg.stage.effects:rigid_body",
        "physics.collider": "rendersdg.stage.effects:collider",
        "physics.mass": "rendersdg.stage.effects:mass",
        "physics.physics_material": "rendersdg.stage.effects:contact",
        "create.projection_material": "rendersdg.stage.projections:create",
        "modify.projection_material": "rendersdg.stage.projections:modify",
        "defects.create": "rendersdg.stage.defects:create",
        "defects.remove": "rendersdg.stage.defects:remove",
        "surfaces.create": "rendersdg.stage.effects:surface",
        "inspection.sensor": "rendersdg.stage.effects:sensor",
        "inspection.lens": "rendersdg.stage.effects:lens",
        "settings.carb_settings": "rendersdg.stage.effects:setting",
        "utils.send_og_event": "rendersdg.stage.effects:nothing",
    },
)


def apply_plan(base: BaseScene, plan: Plan) -> SceneState:
    """Return the state of the untouched scene after the firings of ``plan``."""
    state = SceneState(base)
    for firing in plan.firings:
        try:
            EFFECTS[firing.node.op](state, firing)
        except RenderSDGError as error:
            raise error.at(firing.node.where) from None
    return state


def posed(state: SceneState, path: str, old: Pose, arguments: dict[str, Any], index: int) -> Pose:
    """Return ``old`` changed by the pose arguments of ``create`` and ``modify.pose`` for prim ``index``."""
    given = {k: item(v, index) for k, v in arguments.items() if v is not None}
    new = old
    if "position" in given:
        new = new.changed(translate=vector("position", given["position"]))
    if "rotation" in given:
        new = new.changed(euler=vector("rotation", given["rotation"]), order=given.get("rotation_order", "XYZ"))
    for k, axis in enumerate("xyz"):
        if f"position_{axis}" in given:
            value = list(new.translate)
            value[k] = number(f"position_{axis}", given[f"position_{axis}"])
            new = new.changed(translate=tuple(value))
        if f"rotation_{axis}" in given:
            value = list(new.euler)
            value[k] = number(f"rotation_{axis}", given[f"rotation_{axis}"])
            new = new.changed(euler=tuple(value))
    if "scale" in given:
        scale = vector("scale", given["scale"])
        if any(abs(s) < 1e-12 for s in scale):
            raise BadArgument(
                f"scale={given['scale']!r} has a zero, which flattens {path} to nothing; use visibility to hide it"
            )
        new = new.changed(scale=scale)
    if "size" in given:
        size = np.array(vector("size", given["size"]))
        low, high = local_bounds(state, path)
        extent = np.maximum(high - low, 1e-12)
        factor = float(np.min(size[extent > 1e-9] / extent[extent > 1e-9])) if (extent > 1e-9).any() else 1.0
        new = new.changed(scale=(factor, factor, factor))
    if "pivot" in given:
        low, high = local_bounds(state, path)
        centre = (low + high) / 2 + np.array(vector("pivot", given["pivot"])) * (high - low) / 2
        new = new.changed(pivot=tuple(float(c) for c in centre))
    if "look_at" in given:
        target = point_of(state, given["look_at"])
        up = (
            np.array(vector("look_at_up_axis", given["look_at_up_axis"]))
            if "look_at_up_axis" in given
            else up_vector(state)
        )
        new = aimed(state, path, new, target, up)
    return new


def aimed(state: SceneState, path: str, old: Pose, target: Matrix, up: Matrix) -> Pose:
    """Return ``old`` turned to look at ``target`` (world, stage units)."""
    parent = state.world(path.rsplit("/", 1)[0])
    eye = (parent @ np.append(np.array(old.translate) + np.array(old.pivot), 1.0))[:3]
    rotation = aim_rotation(eye, target, up)
    if kind_of(state.base.stage, path) != "light":
        rotation = rotation @ euler_rotation(CAMERA_BASIS[up_axis(state)]).T
    linear = parent[:3, :3] / np.linalg.norm(parent[:3, :3], axis=0)
    return old.changed(euler=euler_from_rotation(linear.T @ rotation), order="XYZ")


def up_axis(state: SceneState) -> str:
    """Return the stage's up axis."""
    return Author(state.base.stage).up_axis


def up_vector(state: SceneState) -> Matrix:
    """Return the stage's up direction."""
    return np.array(Author(state.base.stage).up_vector)


def kind_of(stage: Usd.Stage, path: str) -> str:
    """Return ``"camera"``, ``"light"`` or ``"other"`` for a prim or the one inside its wrapper."""
    prim = stage.GetPrimAtPath(path)
    for candidate in [prim, *(prim.GetChildren() if prim else [])]:
        name = str(candidate.GetTypeName()) if candidate else ""
        if name == "Camera":
            return "camera"
        if "Light" in name:
            return "light"
    return "other"


def local_bounds(state: SceneState, path: str) -> tuple[Matrix, Matrix]:
    """Return the bounds of a prim's geometry in its own space (below its pose)."""
    below = path + "/"
    if not any(p.startswith(below) for p in state.poses):
        return state.base.local_bounds(state.placed[path].prototype if path in state.placed else path)
    inverse = np.linalg.inv(state.world(path))
    placed = ((state.base.meshes[d.mesh], inverse @ world) for d, world, _ in state.drawables_below(path))
    return bounds_of(placed) or (np.zeros(3), np.zeros(3))


def point_of(state: SceneState, target: Any) -> Matrix:
    """Return a world point (stage units) for a look_at target: a point, prims (their mean position), or a list."""
    if isinstance(target, str):
        if not state.base.stage.GetPrimAtPath(target) and target not in state.placed:
            raise BadArgument(f"look_at names the prim {target!r}, which is not on the stage")
        return state.world(target)[:3, 3]
    if isinstance(target, (list, tuple, np.ndarray)) and len(target):
        if isinstance(target, PathList) or any(not isinstance(t, (int, float)) for t in target):
            return np.mean([point_of(state, t) for t in target], axis=0)
        return np.array(vector("look_at", target))
    raise BadArgument(f"look_at={target!r} must be a point, a prim or a list of them")


def pose(state: SceneState, firing: Firing) -> None:
    """modify.pose"""
    for index, path in enumerate(firing.targets):
        state.set_pose(path, posed(state, path, state.pose(path), firing.inputs, index))


def pose_orbit(state: SceneState, firing: Firing) -> None:
    """modify.pose_orbit: azimuth turns about the up axis from +X, elevation rises from the ground plane."""
    i = firing.inputs
    for index, path in enumerate(firing.targets):
        centre = point_of(state, item(i["barycentre"], index))
        azimuth, elevation = (np.radians(number(k, item(i[k], index))) for k in ("azimuth", "elevation"))
        x, y, z = np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)
        direction = np.array([x, y, z] if up_axis(state) == "Z" else [x, z, -y])
        eye = centre + direction * number("distance", item(i["distance"], index))
        inverse = np.linalg.inv(state.world(path.rsplit("/", 1)[0]))
        new = state.pose(path).changed(translate=tuple(float(v) for v in (inverse @ np.append(eye, 1.0))[:3]))
        state.set_pose(
            path, aimed(state, path, new, centre, up_vector(state)) if i.get("look_at_barycentre", True) else new
        )


def pose_camera_relative(state: SceneState, firing: Firing) -> None:
    """modify.pose_camera_relative: -1..1 spans the view at ``distance`` (stage units) along its axis."""
    i = firing.inputs
    camera = camera_prim(state, i["camera"])
    width, height = i["resolution"]
    world = state.world(str(camera.GetPath()))
    world = world.copy()
    world[:3, :3] /= np.linalg.norm(world[:3, :3], axis=0)
    focal = float(camera.GetAttribute("focalLength").Get())
    aperture = float(camera.GetAttribute("horizontalAperture").Get())
    for index, path in enumerate(firing.targets):
        distance = number("distance", item(i["distance"], index))
        half = distance * aperture / focal / 2
        x = number("horizontal_location", item(i["horizontal_location"], index)) * half
        y = number("vertical_location", item(i["vertical_location"], index)) * half * height / width
        point = world @ np.array([x, y, -distance, 1.0])
        inverse = np.linalg.inv(state.world(path.rsplit("/", 1)[0]))
        state.set_pose(path, state.pose(path).changed(translate=tuple(float(v) for v in (inverse @ point)[:3])))


def camera_prim(state: SceneState, paths: Any) -> Usd.Prim:
    """Return the first UsdGeom.Camera at or below the given paths."""
    for path in [paths] if isinstance(paths, str) else list(paths):
        for found in cameras_below(state.base.stage, path):
            return found
    raise BadArgument(f"camera={paths!r} holds no camera prim")


def attribute(state: SceneState, firing: Firing) -> None:
    """modify.attribute: on the prim, or the first prim below it that has the attribute (also without ``inputs:``)."""
    name = firing.inputs["name"]
    for index, path in enumerate(firing.targets):
        at, full = _find_attribute(state, path, name, firing.inputs.get("attribute_type"))
        state.attributes[at, full] = item(firing.inputs["value"], index)
        if firing.inputs.get("attribute_type"):
            state.attribute_types[at, full] = firing.inputs["attribute_type"]


def _find_attribute(state: SceneState, path: str, name: str, type_name: str | None) -> tuple[str, str]:
    prim = state.base.stage.GetPrimAtPath(path)
    if not prim:
        raise BadArgument(f"modify.attribute: {path} is not on the stage (attributes of instances cannot be set)")
    known: set[str] = set()
    for candidate in Usd.PrimRange(prim):
        for full in (name, f"inputs:{name}"):
            if candidate.HasAttribute(full):
                return str(candidate.GetPath()), full
        known |= {a.GetName() for a in candidate.GetAttributes()}
    if type_name or name.startswith("primvars:"):
        return path, name
    raise BadArgument(f"no prim at or below {path} has an attribute {name!r}{did_you_mean(name, known)}")


def inputs(state: SceneState, firing: Firing) -> None:
    """The sampled attributes of a created light, camera or material."""
    for index, path in enumerate(firing.targets):
        for name, value in firing.inputs.items():
            state.attributes[path, name] = item(value, index)


def material(state: SceneState, firing: Firing) -> None:
    """modify.material"""
    for index, path in enumerate(firing.targets):
        state.looks[path] = Look(_material_path(state, item(firing.inputs["value"], index), index))


def _material_path(state: SceneState, value: Any, index: int) -> str:
    if isinstance(value, (list, tuple)):
        value = value[index % len(value)]
    path = str(value)
    prim = state.base.stage.GetPrimAtPath(path) if path.startswith("/") else None
    if not prim or prim.GetTypeName() != "Material":
        raise BadArgument(f"{path!r} is not a material on the stage; create one with create.material_omnipbr")
    return path


def materials(state: SceneState, firing: Firing) -> None:
    """randomizer.materials"""
    for index, path in enumerate(firing.targets):
        state.looks[path] = Look(_material_path(state, item(firing.inputs["materials"], index), 0))


def colour(state: SceneState, firing: Firing) -> None:
    """randomizer.color: a plain surface of the drawn colour on each prim, or on each mesh below it."""
    _surface(
        state,
        firing,
        lambda index: (("diffuse_color_constant", vector("colors", item(firing.inputs["colors"], index))),),
    )


def texture(state: SceneState, firing: Firing) -> None:
    """randomizer.texture"""
    i = firing.inputs

    def look(index: int) -> tuple[tuple[str, Any], ...]:
        found: list[tuple[str, Any]] = [("diffuse_texture", str(item(i["textures"], index)))]
        if i.get("texture_scale") is not None:
            found.append(("texture_scale", vector("texture_scale", item(i["texture_scale"], index), 2)))
        if i.get("texture_rotate") is not None:
            found.append(("texture_rotate", number("texture_rotate", item(i["texture_rotate"], index))))
        if i.get("project_uvw"):
            found.append(("project_uvw", True))
        return tuple(found)

    _surface(state, firing, look)


def _surface(state: SceneState, firing: Firing, look: Callable[[int], tuple[tuple[str, Any], ...]]) -> None:
    for index, path in enumerate(firing.targets):
        if firing.inputs.get("per_sub_mesh"):
            rng = firing.source.child(f"sub_mesh/{path}").rng()
            meshes = sorted({chain[0] for _, _, chain in state.drawables_below(path)})
            count = len(firing.targets)
            for mesh in meshes:
                state.looks[mesh] = Look(None, look(int(rng.integers(count))))
        else:
            state.looks[path] = Look(None, look(index))


def semantics(state: SceneState, firing: Firing) -> None:
    """modify.semantics"""
    for index, path in enumerate(firing.targets):
        pairs = tuple((str(k), str(item(v, index))) for k, v in firing.inputs["semantics"])
        state.semantics_of[path] = merged(state.semantics(path), pairs, firing.inputs["mode"])


def visibility(state: SceneState, firing: Firing) -> None:
    """modify.visibility"""
    value = firing.inputs["value"]
    for index, path in enumerate(firing.targets):
        shown = item(value, index)
        if isinstance(shown, (list, tuple)):
            if len(shown) != len(firing.targets):
                raise BadArgument(f"visibility has {len(shown)} flags for {len(firing.targets)} prims")
            shown = shown[index]
        if not isinstance(shown, (bool, int, float)):
            raise BadArgument(f"visibility={shown!r} must be true or false")
        state.visible[path] = bool(shown)


def variant(state: SceneState, firing: Firing) -> None:
    """modify.variant"""
    name = firing.inputs["name"]
    for index, path in enumerate(firing.targets):
        prim = state.base.stage.GetPrimAtPath(path)
        for candidate in Usd.PrimRange(prim) if prim else []:
            if name in candidate.GetVariantSets().GetNames():
                choices = candidate.GetVariantSet(name).GetVariantNames()
                value = str(item(firing.inputs["value"], index))
                if value not in choices:
                    raise BadArgument(f"variant set {name!r} of {path} has no {value!r}{did_you_mean(value, choices)}")
                state.variants[str(candidate.GetPath()), name] = value
                break
        else:
            raise BadArgument(f"no prim at or below {path} has a variant set {name!r}")


def time(state: SceneState, firing: Firing) -> None:
    """modify.time: the time of animated attributes, seconds."""
    state.time = number("value", item(firing.inputs["value"], 0))


def timeline(state: SceneState, firing: Firing) -> None:
    """modify.timeline: ``modify_type`` time (seconds) or frame (time codes)."""
    value = number("value", item(firing.inputs["value"], 0))
    rate = state.base.stage.GetTimeCodesPerSecond() or 24.0
    state.time = value if firing.inputs["modify_type"] == "time" else value / rate


def animation(state: SceneState, firing: Firing) -> None:
    """modify.animation: binds a SkelAnimation prim to the skeletons below each prim."""
    for index, path in enumerate(firing.targets):
        state.attributes[path, "skel:animationSource"] = str(item(firing.inputs["values"], index))


def surface(state: SceneState, firing: Firing) -> None:
    """surfaces.*: a procedural surface on each prim; the colour stands for it where only inputs can be written."""
    kind = firing.inputs["kind"]
    for index, path in enumerate(firing.targets):
        given = {k: item(v, index) for k, v in firing.inputs.items() if k != "kind"}
        made = make_surface(kind, given)
        colour = tuple(float(np.clip(made.level * c, 0, 1)) for c in (made.red, made.green, made.blue))
        inputs = (
            ("diffuse_color_constant", colour),
            ("reflection_roughness_constant", made.roughness),
            ("metallic_constant", made.metallic),
        )
        state.looks[path] = Look(None, inputs, made, firing.source.child(f"surface/{index}"))


def lens(state: SceneState, firing: Firing) -> None:
    """inspection.lens: the coefficients given are set, the others stay as they were."""
    for index, path in enumerate(firing.targets):
        camera = str(camera_prim(state, path).GetPath())
        given = {k: number(k, item(v, index)) for k, v in firing.inputs.items()}
        state.lenses[camera] = {**state.lenses.get(camera, {}), **given}


def sensor(state: SceneState, firing: Firing) -> None:
    """inspection.sensor: the values given are set, the others stay as they were."""
    for index, path in enumerate(firing.targets):
        camera = str(camera_prim(state, path).GetPath())
        given = {k: item(v, index) for k, v in firing.inputs.items()}
        for name, value in given.items():
            if name in ("bits", "jpeg"):
                given[name] = round(number(name, value))
            elif name in ("bayer", "mono", "shot_noise"):
                given[name] = bool(value)
            elif name != "tone":
                given[name] = number(name, value)
        state.sensors[camera] = {**state.sensors.get(camera, {}), **given}
        Sensor(**state.sensors[camera])


def rotation(state: SceneState, firing: Firing) -> None:
    """randomizer.rotation: uniform on the rotation group within the limits (sin of the y angle is uniform)."""
    low, high = (np.array(vector(k, firing.inputs[k])) for k in ("min_angle", "max_angle"))
    if (low > high).any():
        raise BadArgument(f"min_angle={low.tolist()} exceeds max_angle={high.tolist()}")
    u = firing.source.with_seed(firing.inputs.get("seed")).rng().random((len(firing.targets), 3))
    for index, path in enumerate(firing.targets):
        x, z = low[[0, 2]] + (high - low)[[0, 2]] * u[index, [0, 2]]
        a, b = np.sin(np.radians(np.clip([low[1], high[1]], -90.0, 90.0)))
        y = np.degrees(np.arcsin(np.clip(a + (b - a) * u[index, 1], -1, 1)))
        state.set_pose(path, state.pose(path).changed(euler=(float(x), float(y), float(z)), order="XYZ"))


def instantiate(state: SceneState, firing: Firing) -> None:
    """randomizer.instantiate: puts this execution's choice of prototypes on the scene."""
    prototypes: dict[str, str] = firing.inputs["prototypes"]
    for index, path in enumerate(firing.made):
        chosen = str(item(firing.inputs["paths"], index))
        if chosen not in prototypes:
            raise BadArgument(
                f"instantiate drew {chosen!r}, which was not among the paths known when the scene was read"
            )
        pairs = tuple((str(k), str(v)) for k, v in firing.inputs.get("semantics") or own_label(chosen))
        state.placed[path] = Placed(prototypes[chosen], pairs, firing.inputs["mode"])
        state.set_pose(path, Pose())


def rigid_body(state: SceneState, firing: Firing) -> None:
    """physics.rigid_body: makes prims fall, with a velocity (stage units a second) and a spin (degrees a second)."""
    unit = Author(state.base.stage).meters_per_unit
    for index, path in enumerate(firing.targets):
        speed = vector("velocity", item(firing.inputs.get("velocity") or 0.0, index))
        spin = vector("angular_velocity", item(firing.inputs.get("angular_velocity") or 0.0, index))
        old = state.motions.get(path, Motion())
        state.motions[path] = replace(old, velocity=tuple(v * unit for v in speed), angular_velocity=spin)


def collider(state: SceneState, firing: Firing) -> None:
    """physics.collider: makes prims stop what falls on them."""
    shape = str(firing.inputs.get("approximation_shape", "convexHull"))
    state.colliders.update(dict.fromkeys(firing.targets, shape))


def mass(state: SceneState, firing: Firing) -> None:
    """physics.mass: gives bodies a mass in kilograms, or a density in kilograms a cubic stage unit."""
    unit = Author(state.base.stage).meters_per_unit
    for index, path in enumerate(firing.targets):
        for name, scale in (("mass", 1.0), ("density", unit**-3)):
            value = firing.inputs.get(name)
            if value is not None and path in state.motions:
                given = number(name, item(value, index))
                if given <= 0:
                    raise BadArgument(f"{name}={given:g} must be above 0")
                state.motions[path] = replace(state.motions[path], **{name: given * scale})  # type: ignore[arg-type]


def contact(state: SceneState, firing: Firing) -> None:
    """physics.physics_material: says how bodies and colliders rub and bounce."""
    for index, path in enumerate(firing.targets):
        changes = {}
        for name, key in (("dynamic_friction", "friction"), ("restitution", "restitution")):
            if (value := firing.inputs.get(name)) is not None:
                changes[key] = number(name, item(value, index))
                if changes[key] < 0 or (key == "restitution" and changes[key] > 1):
                    raise BadArgument(
                        f"{name}={changes[key]:g} must be at least 0" + (", at most 1" if key == "restitution" else "")
                    )
        state.contacts[path] = replace(state.contacts.get(path, Contact()), **changes)


def setting(state: SceneState, firing: Firing) -> None:
    """settings.*: kept with the snapshot, where backends read it."""
    state.settings[firing.inputs["setting"]] = item(firing.inputs["value"], 0)


def nothing(state: SceneState, firing: Firing) -> None:
    """An operation that only the schedule reads."""
