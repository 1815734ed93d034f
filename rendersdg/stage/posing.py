"""Operations that place prims: by parts of a pose, around a point, in a camera's view, or looking at something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from pxr import Usd

from rendersdg import portable
from rendersdg.errors import BadArgument
from rendersdg.geometry import Matrix, aim_rotation, euler_from_rotation, euler_rotation
from rendersdg.graph.plan import Firing, PathList
from rendersdg.stage.author import CAMERA_BASIS, Author
from rendersdg.stage.base import bounds_of, cameras_below, viewers_below
from rendersdg.stage.pose import Pose
from rendersdg.stage.state import SceneState
from rendersdg.stage.values import item, number, vector, vectors


def posed(state: SceneState, path: str, old: Pose, arguments: Mapping[str, object], index: int) -> Pose:
    """Return ``old`` changed by the pose arguments of ``create`` and ``modify.pose`` for prim ``index``."""
    values = {k: item(v, index) for k, v in arguments.items() if v is not None}
    place: tuple[float, ...] = old.translate
    turn: tuple[float, ...] = old.euler
    scale: tuple[float, ...] = old.scale
    order = old.order
    if "position" in values:
        place = vector("position", values["position"])
    if "rotation" in values:
        turn, order = vector("rotation", values["rotation"]), values.get("rotation_order", "XYZ")
    for k, axis in enumerate("xyz"):
        if f"position_{axis}" in values:
            place = (*place[:k], number(f"position_{axis}", values[f"position_{axis}"]), *place[k + 1 :])
        if f"rotation_{axis}" in values:
            turn = (*turn[:k], number(f"rotation_{axis}", values[f"rotation_{axis}"]), *turn[k + 1 :])
    if "scale" in values:
        scale = vector("scale", values["scale"])
        if any(abs(s) < _LEAST_SCALE for s in scale):
            raise BadArgument(
                f"scale={values['scale']!r} has a zero, which flattens {path} to nothing; use visibility to hide it"
            )
    new = old.changed(translate=place, euler=turn, scale=scale, order=order)
    if "size" in values:
        size = np.array(vector("size", values["size"]))
        low, high = local_bounds(state, path)
        extent = np.maximum(high - low, 1e-12)
        factor = float(np.min(size[extent > 1e-9] / extent[extent > 1e-9])) if (extent > 1e-9).any() else 1.0
        new = new.changed(scale=(factor, factor, factor))
    if "pivot" in values:
        low, high = local_bounds(state, path)
        centre = (low + high) / 2 + np.array(vector("pivot", values["pivot"])) * (high - low) / 2
        new = new.changed(pivot=tuple(float(c) for c in centre))
    if "look_at" in values:
        target = point_of(state, values["look_at"])
        axis_up = values.get("look_at_up_axis")
        up = up_vector(state) if axis_up is None else np.array(vector("look_at_up_axis", axis_up))
        new = aimed(state, path, new, target, up)
    return new


def aimed(state: SceneState, path: str, old: Pose, target: Matrix, up: Matrix) -> Pose:
    """Return ``old`` turned to look at ``target`` (world, stage units)."""
    parent = state.world(path.rsplit("/", 1)[0])
    eye = (portable.product(parent, np.append(np.array(old.translate), 1.0)))[:3]
    rotation = aim_rotation(eye, target, up)
    if kind_of(state.base.stage, path) != "light":
        rotation = portable.product(rotation, euler_rotation(CAMERA_BASIS[up_axis(state)]).T)
    linear = parent[:3, :3] / portable.norm(parent[:3, :3], axis=0)
    return old.changed(euler=euler_from_rotation(portable.product(linear.T, rotation)), order="XYZ")


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
    if not state.has_posed_below(path):
        return state.base.local_bounds(state.placed[path].prototype if path in state.placed else path)
    inverse = portable.inverse(state.world(path))
    placed = (
        (state.base.meshes[d.mesh], portable.product(inverse, world)) for d, world, _ in state.drawables_below(path)
    )
    return bounds_of(placed) or (np.zeros(3), np.zeros(3))


def point_of(state: SceneState, target: object) -> Matrix:
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


def camera_prim(state: SceneState, paths: str | Iterable[str]) -> Usd.Prim:
    """Return the first UsdGeom.Camera at or below the given paths."""
    for path in [paths] if isinstance(paths, str) else list(paths):
        for camera in cameras_below(state.base.stage, path):
            return camera
    raise BadArgument(f"camera={paths!r} holds no camera prim")


def viewer_prim(state: SceneState, paths: Iterable[str]) -> Usd.Prim:
    """Return the first camera or lidar at or below the given paths."""
    for path in paths:
        for viewer in viewers_below(state.base.stage, path):
            return viewer
    raise BadArgument(f"camera={paths!r} holds no camera prim")


def pose(state: SceneState, firing: Firing) -> None:
    """modify.pose"""
    many = _posed_at_once(state, firing)
    if many is not None:
        state.set_poses(zip(firing.targets, many))
        return
    for index, path in enumerate(firing.targets):
        state.set_pose(path, posed(state, path, state.pose(path), firing.inputs, index))


def _posed_at_once(state: SceneState, firing: Firing) -> Iterable[Pose] | None:
    """Return :func:`posed` of all targets of ``modify.pose``; None where each must be looked at by itself."""
    given = {name: value for name, value in firing.inputs.items() if value is not None}
    order = given.pop("rotation_order", "XYZ")
    if (
        len(firing.targets) < _MANY
        or not given.keys() <= {"position", "rotation", "scale"}
        or not isinstance(order, str)
    ):
        return None
    parts = {name: vectors(value, len(firing.targets)) for name, value in given.items()}
    scale = parts.get("scale")
    if any(rows is None for rows in parts.values()) or (scale is not None and (np.abs(scale) < _LEAST_SCALE).any()):
        return None
    columns = [list(column) for column in zip(*map(state.pose, firing.targets))]
    for column, name in enumerate(("position", "rotation", "scale")):
        if (rows := parts.get(name)) is not None:
            columns[column] = list(map(tuple, rows.tolist()))
    if "rotation" in parts:
        columns[4] = [order] * len(firing.targets)
    return map(Pose, *columns)


_MANY = 8  # prims that are posed at once
_LEAST_SCALE = 1e-12


def pose_orbit(state: SceneState, firing: Firing) -> None:
    """modify.pose_orbit: azimuth turns about the up axis from +X, elevation rises from the ground plane."""
    i = firing.inputs
    for index, path in enumerate(firing.targets):
        centre = point_of(state, item(i["barycentre"], index))
        azimuth, elevation = (np.radians(number(k, item(i[k], index))) for k in ("azimuth", "elevation"))
        x, y, z = (
            portable.cos(elevation) * portable.cos(azimuth),
            portable.cos(elevation) * portable.sin(azimuth),
            portable.sin(elevation),
        )
        direction = np.array([x, y, z] if up_axis(state) == "Z" else [x, z, -y])
        eye = centre + direction * number("distance", item(i["distance"], index))
        inverse = portable.inverse(state.world(path.rsplit("/", 1)[0]))
        new = state.pose(path).changed(
            translate=tuple(float(v) for v in (portable.product(inverse, np.append(eye, 1.0)))[:3])
        )
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
    world[:3, :3] /= portable.norm(world[:3, :3], axis=0)
    focal = float(camera.GetAttribute("focalLength").Get())
    aperture = float(camera.GetAttribute("horizontalAperture").Get())
    for index, path in enumerate(firing.targets):
        distance = number("distance", item(i["distance"], index))
        half = distance * aperture / focal / 2
        x = number("horizontal_location", item(i["horizontal_location"], index)) * half
        y = number("vertical_location", item(i["vertical_location"], index)) * half * height / width
        point = portable.product(world, np.array([x, y, -distance, 1.0]))
        inverse = portable.inverse(state.world(path.rsplit("/", 1)[0]))
        state.set_pose(
            path, state.pose(path).changed(translate=tuple(float(v) for v in (portable.product(inverse, point))[:3]))
        )


def rotation(state: SceneState, firing: Firing) -> None:
    """randomizer.rotation: uniform on the rotation group within the limits (sin of the y angle is uniform)."""
    u = firing.source.with_seed(firing.inputs.get("seed")).rng().random((len(firing.targets), 3))
    for index, path in enumerate(firing.targets):
        low, high = (np.array(vector(k, item(firing.inputs[k], index))) for k in ("min_angle", "max_angle"))
        if (low > high).any():
            raise BadArgument(f"min_angle={low.tolist()} exceeds max_angle={high.tolist()}")
        x, z = low[[0, 2]] + (high - low)[[0, 2]] * u[index, [0, 2]]
        a, b = portable.sin(np.radians(np.clip([low[1], high[1]], -90.0, 90.0)))
        y = np.degrees(portable.arcsin(np.clip(a + (b - a) * u[index, 1], -1, 1)))
        state.set_pose(path, state.pose(path).changed(euler=(float(x), float(y), float(z)), order="XYZ"))
