"""Isaac Sim's side: SimulationApp and the helper modules of its three generations, as thin wrappers of USD."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg.geometry import aim_rotation
from rendersdg.omni.kit import App, UsdContext, module
from rendersdg.replicator import functional
from rendersdg.replicator.engine import current
from rendersdg.replicator.items import unwrap
from rendersdg.scene.create import reference as reference_asset
from rendersdg.stage.semantics import clear_semantics, read_semantics, write_semantics

ASSETS_ROOT = "omniverse://localhost/NVIDIA/Assets/Isaac"  # a prefix: the resolver drops server and host
_GENERATIONS = ("omni.isaac.core", "isaacsim.core", "isaacsim.core.experimental")


class SimulationApp:
    """The launcher of stand-alone scripts. Its settings about windows and devices have nothing to act on here."""

    DEFAULT_LAUNCHER_CONFIG: dict[str, Any] = {"headless": True, "width": 1280, "height": 720}  # noqa: RUF012

    def __init__(self, launch_config: Mapping[str, Any] | None = None, experience: str = "") -> None:
        self.config = {**self.DEFAULT_LAUNCHER_CONFIG, **(launch_config or {})}
        self.app = App()
        opened = self.config.get("open_usd")
        if opened:
            current().open_stage(str(opened))

    @property
    def context(self) -> UsdContext:
        """The USD context."""
        return UsdContext()

    def update(self) -> None:
        """Do one update."""
        self.app.update()

    def close(self, wait_for_replicator: bool = True, skip_cleanup: bool = False) -> None:
        """Complete what was started. The script may go on to its own end."""
        engine = current()
        engine.run_to_end()
        engine.is_over = True

    def is_running(self) -> bool:
        """Return whether the application goes on."""
        return current().goes_on()

    def is_exiting(self) -> bool:
        """Return whether the application has been closed."""
        return current().is_over

    def set_setting(self, setting: str, value: Any) -> None:
        """Set a setting."""
        current().set_setting(setting, value)

    def reset_render_settings(self) -> None:
        """Do nothing: there are none."""

    def run_coroutine(self, coroutine: Any, run_until_complete: bool = True) -> Any:
        """Run a coroutine."""
        loop = current().loop or asyncio.get_event_loop()
        return loop.run_until_complete(coroutine) if run_until_complete else loop.create_task(coroutine)

    def __enter__(self) -> SimulationApp:
        return self

    def __exit__(self, *problem: Any) -> None:
        self.close()


def _stage() -> Usd.Stage:
    return current().recorder.stage


def _prim(value: Any) -> Usd.Prim:
    return value if isinstance(value, Usd.Prim) else _stage().GetPrimAtPath(str(unwrap(value)))


def add_reference_to_stage(usd_path: str, prim_path: str, prim_type: str = "Xform", **other: Any) -> Usd.Prim:
    """Reference an asset at a path and return the prim."""
    recorder = current().recorder
    path = str(prim_path)
    reference_asset(recorder, str(usd_path), path.rsplit("/", 1)[-1], path.rsplit("/", 1)[0] or None, at=path)
    return recorder.stage.GetPrimAtPath(path)


def open_stage(usd_path: str, **other: Any) -> bool:
    """Open a USD file."""
    current().open_stage(str(usd_path))
    return True


def create_new_stage(**other: Any) -> Usd.Stage:
    """Begin an empty stage."""
    return current().new_stage()


async def create_new_stage_async(**other: Any) -> None:
    """Begin an empty stage."""
    create_new_stage()
    await asyncio.sleep(0)


async def open_stage_async(usd_path: str, **other: Any) -> tuple[bool, str]:
    """Open a USD file."""
    open_stage(usd_path)
    await asyncio.sleep(0)
    return True, ""


def set_stage_up_axis(axis: str = "z") -> None:
    """Set the up axis."""
    UsdGeom.SetStageUpAxis(_stage(), axis.upper())


def set_stage_units(stage_units_in_meters: float) -> None:
    """Set the unit."""
    UsdGeom.SetStageMetersPerUnit(_stage(), float(stage_units_in_meters))


def add_labels(
    prim: Any, labels: Sequence[str] | str, instance_name: str = "class", overwrite: bool = True, **other: Any
) -> None:
    """Label a prim."""
    found = _prim(prim)
    values = [labels] if isinstance(labels, str) else [str(v) for v in labels]
    kept = () if overwrite else tuple(p for p in read_semantics(found) if p[0] == instance_name)
    write_semantics(found, (*kept, *((instance_name, v) for v in values)))


def add_update_semantics(prim: Usd.Prim, semantic_label: str, type_label: str = "class", suffix: str = "") -> None:
    """Label a prim; an older label of the type is replaced."""
    add_labels(prim, [semantic_label], type_label)


def remove_labels(prim: Any, instance_name: str | None = None, include_descendants: bool = False, **other: Any) -> None:
    """Remove labels."""
    for target in Usd.PrimRange(_prim(prim)) if include_descendants else [_prim(prim)]:
        clear_semantics(target, instance_name)


def remove_all_semantics(prim: Any, recursive: bool = False) -> None:
    """Remove all labels."""
    remove_labels(prim, None, recursive)


def get_labels(prim: Any, **other: Any) -> dict[str, list[str]]:
    """Return labels by type."""
    out: dict[str, list[str]] = {}
    for kind, label in read_semantics(_prim(prim)):
        out.setdefault(kind, []).append(label)
    return out


def get_semantics(prim: Any) -> dict[str, tuple[str, str]]:
    """Return {instance name: (type, label)}."""
    return {f"Semantics_{k}": pair for k, pair in enumerate(read_semantics(_prim(prim)))}


def create_bbox_cache(time: Any = None, use_extents_hint: bool = True) -> UsdGeom.BBoxCache:
    """Return a cache of bounds."""
    return UsdGeom.BBoxCache(
        Usd.TimeCode.Default(), [UsdGeom.Tokens.default_, UsdGeom.Tokens.render], useExtentsHint=use_extents_hint
    )


def compute_aabb(bbox_cache: UsdGeom.BBoxCache, prim_path: Any, include_children: bool = True) -> np.ndarray[Any, Any]:
    """Return x, y, z minima, then maxima, in the world."""
    box = bbox_cache.ComputeWorldBound(_prim(prim_path)).ComputeAlignedRange()
    return np.array([*box.GetMin(), *box.GetMax()])


def compute_combined_aabb(bbox_cache: UsdGeom.BBoxCache, prim_paths: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Return the bounds of several prims."""
    boxes = np.array([compute_aabb(bbox_cache, p) for p in prim_paths])
    return np.concatenate([boxes[:, :3].min(0), boxes[:, 3:].max(0)])


def create_prim(
    prim_path: str, prim_type: str = "Xform", position: Any = None, translation: Any = None, orientation: Any = None, scale: Any = None,
    usd_path: str | None = None, semantic_label: str | None = None, semantic_type: str = "class", attributes: Mapping[str, Any] | None = None,
) -> Usd.Prim:  # fmt: skip
    """Define a prim with its pose, reference, label and attributes."""
    prim = _stage().DefinePrim(str(prim_path), prim_type)
    if usd_path is not None:
        prim = add_reference_to_stage(usd_path, prim_path)
    for key, value in (attributes or {}).items():
        prim.GetAttribute(key).Set(value)
    if prim.IsA(UsdGeom.Xformable):
        functional.modify_pose(prim, position if position is not None else translation, orientation, scale)
    if semantic_label:
        add_labels(prim, [semantic_label], semantic_type)
    return prim


def set_camera_view(
    eye: Any, target: Any, camera_prim_path: str = "/OmniverseKit_Persp", viewport_api: Any = None
) -> None:
    """Aim a camera."""
    functional.modify_pose(
        camera_prim_path, position_value=unwrap(np.asarray(eye)), look_at_value=unwrap(np.asarray(target))
    )


def euler_angles_to_quat(euler_angles: Any, degrees: bool = False, extrinsic: bool = True) -> np.ndarray[Any, Any]:
    """Return the quaternion (w, x, y, z) of Euler angles XYZ."""
    angles = np.asarray(euler_angles, float)
    if not degrees:
        angles = np.degrees(angles)
    turn = (
        Gf.Rotation(Gf.Vec3d(1, 0, 0), angles[0])
        * Gf.Rotation(Gf.Vec3d(0, 1, 0), angles[1])
        * Gf.Rotation(Gf.Vec3d(0, 0, 1), angles[2])
    )
    quat = turn.GetQuat()
    return np.array([quat.GetReal(), *quat.GetImaginary()])


def quat_to_rot_matrix(quat: Any) -> np.ndarray[Any, Any]:
    """Return the 3x3 column-vector matrix of a quaternion, w first."""
    w, x, y, z = (float(v) for v in quat)
    return np.array(Gf.Matrix3d(Gf.Quatd(w, x, y, z))).T


def lookat_to_quatf(camera: Any, target: Any, up: Any) -> Gf.Quatf:
    """Return the rotation of a camera at ``camera`` that looks at ``target``."""
    matrix = aim_rotation(np.array(camera, float), np.array(target, float), np.array(up, float))
    return Gf.Quatf(Gf.Matrix3d(*matrix.T.ravel().tolist()).ExtractRotation().GetQuat())


def enable_extension(name: str, *args: Any) -> bool:
    """Accept it: every extension is taken to be there."""
    return True


def get_assets_root_path(**other: Any) -> str:
    """Return the prefix of library assets; ``--assets`` maps it to a folder."""
    return ASSETS_ROOT


async def get_assets_root_path_async(**other: Any) -> str:
    """Return the prefix of library assets."""
    return ASSETS_ROOT


def is_file(path: str) -> bool:
    """Return whether an asset is at hand or has a stand-in."""
    return True


def summary_of_folder(path: str, recursive: bool = True) -> Counter[str]:
    """Return how many files there are of each ending (without the dot)."""
    found: Counter[str] = Counter()
    for _, _, names in os.walk(path):
        found.update(n.rsplit(".", 1)[-1].lower() for n in names if "." in n)
        if not recursive:
            break
    return found


def validate_folder_contents(
    path: str, expected_counts: Mapping[str, int] | None = None, recursive: bool = True, **other: Any
) -> bool:
    """Return whether a folder holds the expected number of files of each ending."""
    found = summary_of_folder(str(path), recursive)
    return all(found[str(k).lstrip(".").lower()] == n for k, n in (expected_counts or {}).items())


class SemanticsAPI:
    """The older labels: an applied schema with a type and a data attribute."""

    def __init__(self, prim: Usd.Prim, name: str) -> None:
        self._prim, self._name = prim, name

    @classmethod
    def Apply(cls, prim: Usd.Prim, name: str) -> SemanticsAPI:
        """Apply the schema."""
        return cls(prim, name)

    @classmethod
    def Get(cls, prim: Usd.Prim, name: str) -> SemanticsAPI:
        """Return the schema on a prim."""
        return cls(prim, name)

    @classmethod
    def GetAll(cls, prim: Usd.Prim) -> list[SemanticsAPI]:
        """Return all of a prim."""
        names = {n.split(":")[1] for n in prim.GetPropertyNames() if n.startswith("semantic:")}
        return [cls(prim, n) for n in sorted(names)]

    def _attribute(self, key: str, value: Any = None) -> Usd.Attribute:
        attribute = self._prim.CreateAttribute(f"semantic:{self._name}:params:{key}", Sdf.ValueTypeNames.String)
        if value is not None:
            attribute.Set(str(value))
        return attribute

    def CreateSemanticTypeAttr(self, value: Any = None, *args: Any) -> Usd.Attribute:
        """Create the attribute of the type."""
        return self._attribute("semanticType", value)

    def CreateSemanticDataAttr(self, value: Any = None, *args: Any) -> Usd.Attribute:
        """Create the attribute of the label."""
        return self._attribute("semanticData", value)

    def GetSemanticTypeAttr(self) -> Usd.Attribute:
        """Return the attribute of the type."""
        return self._attribute("semanticType")

    def GetSemanticDataAttr(self) -> Usd.Attribute:
        """Return the attribute of the label."""
        return self._attribute("semanticData")


class _Schema:
    """A PhysX schema on a prim: ``CreateXAttr(value)`` and ``GetXAttr()`` keep values, which nothing simulates."""

    def __init__(self, name: str, prim: Usd.Prim) -> None:
        self._name, self._prim = name, prim

    def GetPrim(self) -> Usd.Prim:
        """Return the prim."""
        return self._prim

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith(("Create", "Get")) and attribute.endswith("Attr"):
            key = attribute.removeprefix("Create").removeprefix("Get").removesuffix("Attr")
            full = f"{self._name[0].lower()}{self._name[1:].removesuffix('API')}:{key[0].lower()}{key[1:]}"

            def access(value: Any = None, *args: Any) -> Any:
                made = self._prim.GetAttribute(full)
                if not made:
                    kinds = {bool: Sdf.ValueTypeNames.Bool, int: Sdf.ValueTypeNames.Int, str: Sdf.ValueTypeNames.String}
                    made = self._prim.CreateAttribute(full, kinds.get(type(value), Sdf.ValueTypeNames.Float))
                if value is not None:
                    made.Set(value)
                return made

            return access
        raise AttributeError(attribute)


class _Schemas(ModuleType):
    """A module of schemas that are kept and not simulated."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not name[:1].isupper():
            raise AttributeError(name)

        def make(prim: Any, *args: Any) -> _Schema:
            return _Schema(name, prim if isinstance(prim, Usd.Prim) else prim.GetPrim())

        make.Apply = make.Get = make  # type: ignore[attr-defined]
        make.Define = lambda stage, path: _Schema(name, stage.DefinePrim(str(path)))  # type: ignore[attr-defined]
        return make


def modules() -> dict[str, ModuleType]:
    """Return Isaac's modules by name."""
    helpers: dict[str, dict[str, Any]] = {
        "stage": {
            "add_reference_to_stage": add_reference_to_stage, "open_stage": open_stage, "create_new_stage": create_new_stage,
            "create_new_stage_async": create_new_stage_async, "open_stage_async": open_stage_async, "get_current_stage": lambda **k: _stage(),
            "is_stage_loading": lambda: False, "set_stage_up_axis": set_stage_up_axis, "set_stage_units": set_stage_units,
            "get_stage_units": lambda: UsdGeom.GetStageMetersPerUnit(_stage()), "get_stage_up_axis": lambda: UsdGeom.GetStageUpAxis(_stage()),
            "clear_stage": lambda *a: create_new_stage(), "save_stage": lambda usd_path, **k: _stage().Export(str(usd_path)),
            "update_stage": lambda: App().update(), "update_stage_async": App().next_update_async, "define_prim": lambda path, type_name="Xform": _stage().DefinePrim(str(path), type_name),
        },
        "semantics": {
            "add_labels": add_labels, "add_update_semantics": add_update_semantics, "remove_labels": remove_labels,
            "remove_all_semantics": remove_all_semantics, "remove_all_labels": remove_all_semantics, "get_labels": get_labels, "get_semantics": get_semantics,
        },
        "bounds": {
            "create_bbox_cache": create_bbox_cache, "compute_aabb": compute_aabb, "compute_combined_aabb": compute_combined_aabb,
        },
        "prims": {
            "create_prim": create_prim, "define_prim": lambda path, prim_type="Xform": _stage().DefinePrim(str(path), prim_type),
            "get_prim_at_path": lambda p, *a: _stage().GetPrimAtPath(str(p)), "is_prim_path_valid": lambda p, *a: bool(_stage().GetPrimAtPath(str(p))),
            "delete_prim": lambda p: _stage().RemovePrim(Sdf.Path(str(p))), "get_prim_path": lambda p: str(p.GetPath()),
            "get_prim_children": lambda p: p.GetChildren(), "get_prim_parent": lambda p: p.GetParent(),
            "set_prim_visibility": lambda p, visible: functional.modify_visibility(p, visible),
        },
        "extensions": {"enable_extension": enable_extension, "disable_extension": enable_extension, "get_extension_path_from_name": lambda n: ""},
        "app": {"enable_extension": enable_extension, "update_app": lambda *a, **k: App().update(), "update_app_async": App().next_update_async},
        "rotations": {"euler_angles_to_quat": euler_angles_to_quat, "quat_to_rot_matrix": quat_to_rot_matrix, "lookat_to_quatf": lookat_to_quatf},
        "numpy.rotations": {"euler_angles_to_quats": lambda e, degrees=False, **k: np.array([euler_angles_to_quat(v, degrees) for v in np.atleast_2d(e)])},
        "viewports": {"set_camera_view": set_camera_view},
        "xforms": {"get_world_pose": lambda p: _world_pose(_prim(p))},
        "nucleus": {"get_assets_root_path": get_assets_root_path, "get_assets_root_path_async": get_assets_root_path_async, "is_file": is_file},
        "carb": {"set_carb_setting": lambda settings, key, value: settings.set(key, value), "get_carb_setting": lambda settings, key: settings.get(key)},
    }  # fmt: skip
    made: list[ModuleType] = []
    for root in _GENERATIONS:
        made.append(module(root, "Isaac Sim's core."))
        utils = module(f"{root}.utils", "Isaac Sim's helpers.")
        made.append(utils)
        made.append(module(f"{root}.utils.numpy", "Rotations of arrays."))
        for name, members in helpers.items():
            made.append(module(f"{root}.utils.{name}", f"Isaac Sim's helpers: {name}.", **members))
    storage = {
        "get_assets_root_path": get_assets_root_path,
        "get_assets_root_path_async": get_assets_root_path_async,
        "is_file": is_file,
    }
    validation = {"validate_folder_contents": validate_folder_contents, "get_folder_file_summary": summary_of_folder}
    launcher = {"SimulationApp": SimulationApp}
    semantics_editor = {
        "remove_prim_semantics": lambda prim, *a, **k: remove_all_semantics(prim),
        "PrimSemanticData": SemanticsAPI,
    }
    made += [
        module("isaacsim", "Isaac Sim.", **launcher),
        module("isaacsim.simulation_app", "Isaac Sim's launcher.", **launcher),
        module("omni.isaac", "Isaac Sim."),
        module("omni.isaac.kit", "Isaac Sim's launcher.", **launcher),
        module("omni.isaac.kit.simulation_app", "Isaac Sim's launcher.", **launcher),
        module("omni.isaac.nucleus", "Asset roots.", **storage),
        module("isaacsim.storage", "Asset roots."),
        module("isaacsim.storage.native", "Asset roots.", **storage),
        module("isaacsim.test", "Checks."),
        module("isaacsim.test.utils", "Checks.", **validation),
        module("isaacsim.test.utils.file_validation", "Checks of folders.", **validation),
        module("semantics", "Labels."),
        module("semantics.schema", "Labels."),
        module("semantics.schema.editor", "Labels.", **semantics_editor),
        module("pxr.Semantics", "The older labels API.", SemanticsAPI=SemanticsAPI),
        _Schemas("pxr.PhysxSchema"),
        _Schemas("usdrt"),
    ]
    return {m.__name__: m for m in made}


def _world_pose(prim: Usd.Prim) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    matrix = UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
    quat = matrix.ExtractRotationQuat()
    return np.array(matrix.ExtractTranslation()), np.array([quat.GetReal(), *quat.GetImaginary()])
