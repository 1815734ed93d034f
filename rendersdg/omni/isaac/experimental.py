"""Isaac Sim's newest helpers and objects, where they differ from the older ones: names, what they return, several at
once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pxr import Sdf, UsdGeom, UsdLux, UsdPhysics

from rendersdg.omni.isaac import labels, launch, rotations, stages
from rendersdg.omni.isaac.materials import PreviewSurface
from rendersdg.omni.isaac.objects import Prims, rows
from rendersdg.omni.kit import App, TimelineInterface
from rendersdg.stage.author import set_attribute

_SHAPES: dict[str, tuple[Any, dict[str, str]]] = {
    "Cube": (UsdGeom.Cube, {"sizes": "size"}),
    "Sphere": (UsdGeom.Sphere, {"radii": "radius"}),
    "Cylinder": (UsdGeom.Cylinder, {"radii": "radius", "heights": "height"}),
    "Cone": (UsdGeom.Cone, {"radii": "radius", "heights": "height"}),
    "Capsule": (UsdGeom.Capsule, {"radii": "radius", "heights": "height"}),
    "DomeLight": (UsdLux.DomeLight, {}),
    "DistantLight": (UsdLux.DistantLight, {"angles": "inputs:angle"}),
    "SphereLight": (UsdLux.SphereLight, {"radii": "inputs:radius"}),
    "RectLight": (UsdLux.RectLight, {"widths": "inputs:width", "heights": "inputs:height"}),
    "DiskLight": (UsdLux.DiskLight, {"radii": "inputs:radius"}),
    "CylinderLight": (UsdLux.CylinderLight, {"radii": "inputs:radius", "lengths": "inputs:length"}),
}


def _set(prims: Prims, name: str, values: Any) -> None:
    given = rotations.numbers(values)
    wide = 3 if name == "inputs:color" else 1
    for prim, value in zip(prims.prims, np.broadcast_to(given.reshape(-1, wide), (prims.count, wide))):
        set_attribute(prim, name, [float(v) for v in value] if wide == 3 else float(value[0]))


def _class(kind: str) -> type[Any]:
    schema, measures = _SHAPES[kind]
    is_light = kind.endswith("Light")

    def make(self: Any, paths: Any, *, colors: Any = None, **more: Any) -> None:
        given = [paths] if isinstance(paths, (str, Sdf.Path)) else list(paths)
        for path in given:
            if not stages.stage().GetPrimAtPath(str(path)):
                schema.Define(stages.stage(), str(path))
        sizes = {measures[k]: more.pop(k) for k in list(more) if k in measures}
        Prims.__init__(self, paths=given, **more)
        for name, values in sizes.items():
            if values is not None:
                _set(self, name, values)
        if colors is not None and is_light:
            _set(self, "inputs:color", colors)
        elif colors is not None:
            path = stages.get_next_free_path("/World/Looks/visual_material", prepend_default_prim=False)
            every = np.broadcast_to(rotations.numbers(colors).reshape(-1, 3), (self.count, 3))
            self.apply_visual_materials([PreviewSurface(f"{path}_{k}", color=c) for k, c in enumerate(every)])

    members: dict[str, Any] = {"__init__": make, "__doc__": f"One or several prims of {schema.__name__}."}
    for plural, name in measures.items():
        members[f"set_{plural}"] = lambda self, values, name=name, **other: _set(self, name, values)
    if is_light:
        for plural, name in (
            ("intensities", "inputs:intensity"),
            ("exposures", "inputs:exposure"),
            ("colors", "inputs:color"),
        ):
            members[f"set_{plural}"] = lambda self, values, name=name, **other: _set(self, name, values)
    return type(kind, (Prims,), members)


OBJECTS: dict[str, type[Any]] = {kind: _class(kind) for kind in _SHAPES}


class GeometryPrims(Prims):
    """Several prims whose surfaces may collide."""

    def __init__(self, paths: Any, *, apply_collision_apis: bool = False, **more: Any) -> None:
        super().__init__(paths=paths, **more)
        if apply_collision_apis:
            self.set_enabled_collisions(True)

    def set_enabled_collisions(self, enabled: Any, **other: Any) -> None:
        """Say whether others collide with them."""
        for prim, is_on in zip(self.prims, np.broadcast_to(np.asarray(enabled, bool).ravel(), self.count)):
            UsdPhysics.CollisionAPI.Apply(prim).CreateCollisionEnabledAttr().Set(bool(is_on))


def update_app(*, steps: int = 1, callback: Any = None) -> None:
    """Do updates of the application; ``callback(step, steps)`` is called after each, and ends them by returning
    False.
    """
    for step in range(int(steps)):
        App().update()
        if callback is not None and callback(step, steps) is False:
            break


async def update_app_async(*, steps: int = 1, callback: Any = None) -> None:
    """Do updates of the application."""
    for step in range(int(steps)):
        await App().next_update_async()
        if callback is not None and callback(step, steps) is False:
            break


def helpers() -> dict[str, dict[str, Any]]:
    """Return the members of the newest helper modules by name."""

    def in_rows(function: Any) -> Any:
        several = rotations.over(function)
        return lambda *args, **kwargs: rows(several(*args, **kwargs))

    timeline = TimelineInterface()
    prims = {
        "get_prim_at_path": stages.get_prim_at_path,
        "get_prim_path": lambda p: str(stages.prim_of(p).GetPath()),
        "get_prim_attribute_names": lambda p: [a.GetName() for a in stages.prim_of(p).GetAttributes()],
        "get_prim_attribute_value": stages.get_prim_attribute_value,
        "find_matching_prim_paths": stages.find_matching_prim_paths,
    }
    return {
        "stage": {
            "open_stage": stages.open_stage_newer,
            "get_stage_units": stages.get_stage_units_newer,
            "define_prim": stages.define_prim,
            "generate_next_free_path": stages.get_next_free_path,
            "delete_prim": stages.delete_prim,
            "move_prim": stages.move_prim,
        },
        "semantics": {"add_labels": labels.add_labels_newer},
        "prim": prims,
        "transform": {
            "euler_angles_to_quaternion": in_rows(rotations.euler_angles_to_quat),
            "quaternion_to_euler_angles": in_rows(rotations.quat_to_euler_angles),
            "quaternion_to_rotation_matrix": in_rows(rotations.quat_to_rot_matrix),
            "rotation_matrix_to_quaternion": in_rows(rotations.rot_matrix_to_quat),
            "euler_angles_to_rotation_matrix": in_rows(rotations.euler_to_rot_matrix),
        },
        "app": {
            "enable_extension": launch.enable_extension,
            "update_app": update_app,
            "update_app_async": update_app_async,
            "play": timeline.play,
            "pause": timeline.pause,
            "stop": timeline.stop,
            "is_playing": timeline.is_playing,
        },
    }
