"""What each operation does to the scene: a plan's firings in order, each writing opinions into the state."""

from __future__ import annotations

from collections.abc import Callable

from pxr import Usd

from rendersdg.assets.resolver import own_label
from rendersdg.english import counted
from rendersdg.errors import BadArgument, RenderSDGError, did_you_mean
from rendersdg.graph.plan import Firing, Plan
from rendersdg.guard import guarded
from rendersdg.ranging import DepthSensor
from rendersdg.registry import Registry
from rendersdg.snapshot import Sensor
from rendersdg.stage.base import BaseScene
from rendersdg.stage.pose import Pose
from rendersdg.stage.posing import camera_prim
from rendersdg.stage.semantics import merged
from rendersdg.stage.state import Placed, SceneState
from rendersdg.stage.values import item, number

Effect = Callable[[SceneState, Firing], None]
_FUNCTIONS = {  # file of this room -> operation -> function
    "posing": {
        "modify.pose": "pose",
        "modify.pose_orbit": "pose_orbit",
        "modify.pose_camera_relative": "pose_camera_relative",
        "randomizer.rotation": "rotation",
    },
    "appearance": {
        "create.inputs": "inputs",
        "modify.attribute": "attribute",
        "modify.material": "material",
        "randomizer.color": "colour",
        "randomizer.materials": "materials",
        "randomizer.texture": "texture",
        "surfaces.create": "surface",
    },
    "effects": {
        "inspection.lens": "lens",
        "inspection.sensor": "sensor",
        "inspection.depth_sensor": "depth_sensor",
        "modify.animation": "animation",
        "modify.semantics": "semantics",
        "modify.time": "time",
        "modify.timeline": "time",
        "modify.variant": "variant",
        "modify.visibility": "visibility",
        "randomizer.instantiate": "instantiate",
        "settings.carb_settings": "setting",
        "utils.send_og_event": "nothing",
    },
    "bodies": {
        "physics.collider": "collider",
        "physics.drive_properties": "drive_properties",
        "physics.mass": "mass",
        "physics.physics_material": "contact",
        "physics.rigid_body": "rigid_body",
    },
    "scatter": {"randomizer.scatter_2d": "scatter_2d", "randomizer.scatter_3d": "scatter_3d"},
    "projections": {"create.projection_material": "create", "modify.projection_material": "modify"},
    "keypoints": {"modify.keypoints": "keypoints"},
    "defects": {"defects.create": "create", "defects.remove": "remove"},
}
EFFECTS: Registry[Effect] = Registry(
    "operation",
    {
        operation: f"rendersdg.stage.{file}:{function}"
        for file, functions in _FUNCTIONS.items()
        for operation, function in functions.items()
    },
)


def apply_plan(base: BaseScene, plan: Plan) -> SceneState:
    """Return the state of the untouched scene after the firings of ``plan``."""
    state = SceneState(base)
    for firing in plan.firings:
        try:
            with guarded(firing.node.where):
                EFFECTS[firing.node.op](state, firing)
        except RenderSDGError as error:
            raise error.at(firing.node.where) from None
    return state


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
                raise BadArgument(
                    f"visibility has {counted(len(shown), 'flag')} for {counted(len(firing.targets), 'prim')}"
                )
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
    """modify.time and modify.timeline: :func:`stated_time` reads them before anything else acts."""


def stated_time(plan: Plan, rate: float) -> float | None:
    """Return the stage's time, seconds, by the latest of a plan's operations on time; None where there is none.

    ``modify.time`` gives seconds, ``modify.timeline`` seconds or, with ``modify_type`` frame, time codes; ``rate`` is
    time codes a second.
    """
    for firing in reversed(plan.firings):
        if firing.node.op in ("modify.time", "modify.timeline"):
            value = number("value", item(firing.inputs["value"], 0))
            return value / rate if firing.inputs.get("modify_type") == "frame" else value
    return None


def animation(state: SceneState, firing: Firing) -> None:
    """modify.animation: binds a SkelAnimation prim to the skeletons below each prim."""
    for index, path in enumerate(firing.targets):
        state.attributes[path, "skel:animationSource"] = str(item(firing.inputs["values"], index))


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


def lens(state: SceneState, firing: Firing) -> None:
    """inspection.lens: the coefficients given are set, the others stay as they were."""
    for index, path in enumerate(firing.targets):
        camera = str(camera_prim(state, path).GetPath())
        coefficients = {k: number(k, item(v, index)) for k, v in firing.inputs.items()}
        state.lenses[camera] = {**state.lenses.get(camera, {}), **coefficients}


def sensor(state: SceneState, firing: Firing) -> None:
    """inspection.sensor: the values given are set, the others stay as they were."""
    for index, path in enumerate(firing.targets):
        camera = str(camera_prim(state, path).GetPath())
        values = {k: item(v, index) for k, v in firing.inputs.items()}
        for name, value in values.items():
            if name in ("bits", "jpeg"):
                values[name] = round(number(name, value))
            elif name in ("bayer", "mono", "shot_noise"):
                values[name] = bool(value)
            elif name != "tone":
                values[name] = number(name, value)
        state.sensors[camera] = {**state.sensors.get(camera, {}), **values}
        Sensor(**state.sensors[camera])


def depth_sensor(state: SceneState, firing: Firing) -> None:
    """inspection.depth_sensor: the values given are set, the others stay as they were."""
    for index, path in enumerate(firing.targets):
        camera = str(camera_prim(state, path).GetPath())
        values = {k: item(v, index) for k, v in firing.inputs.items()}
        for name, value in values.items():
            values[name] = bool(value) if name == "has_holes" else number(name, value)
        state.depth_sensors[camera] = {**state.depth_sensors.get(camera, {}), **values}
        DepthSensor(**state.depth_sensors[camera])


def setting(state: SceneState, firing: Firing) -> None:
    """settings.*: kept with the snapshot, where backends read it."""
    state.settings[firing.inputs["setting"]] = item(firing.inputs["value"], 0)


def nothing(state: SceneState, firing: Firing) -> None:
    """An operation that only the schedule reads."""
