"""Isaac Sim's side: the launcher, the helper modules of its three generations, and its core API, over USD."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
from pxr import UsdGeom, UsdPhysics

from rendersdg.omni.isaac import bounds, experimental, labels, launch, rotations, stages
from rendersdg.omni.isaac.camera import Camera
from rendersdg.omni.isaac.cloner import Cloner, GridCloner
from rendersdg.omni.isaac.lab import AppLauncher
from rendersdg.omni.isaac.materials import OmniPBR, PhysicsMaterial, PreviewSurface
from rendersdg.omni.isaac.objects import (
    OBJECTS,
    GroundPlane,
    Prims,
    RigidPrims,
    SingleGeometryPrim,
    SinglePrim,
    SingleRigidPrim,
    refused,
)
from rendersdg.omni.isaac.schemas import Schemas
from rendersdg.omni.isaac.world import BaseTask, PhysicsContext, Scene, SimulationManager, World, simulate_async
from rendersdg.omni.kit import App, module
from rendersdg.replicator.pytorch import PytorchListener, PytorchWriter
from rendersdg.replicator.values import product_of
from rendersdg.replicator.writers import BUILT_IN

_GENERATIONS = ("omni.isaac.core", "isaacsim.core", "isaacsim.core.experimental")


def modules() -> dict[str, ModuleType]:
    """Return Isaac's modules by name."""
    made: list[ModuleType] = []
    cores = _core()
    for root in _GENERATIONS:
        helpers = _helpers()
        if root.endswith("experimental"):
            for name, members in experimental.helpers().items():
                helpers[name] = {**helpers.get(name, {}), **members}
        made.append(module(root, "Isaac Sim's core.", **cores.pop(root, {})))
        made.append(module(f"{root}.utils", "Isaac Sim's helpers."))
        made.append(module(f"{root}.utils.numpy", "Rotations of arrays."))
        made += [module(f"{root}.utils.{k}", f"Isaac Sim's helpers: {k}.", **v) for k, v in helpers.items()]
    storage = _of(launch, "get_assets_root_path", "get_assets_root_path_async", "is_file")
    validation = {
        "validate_folder_contents": launch.validate_folder_contents,
        "get_folder_file_summary": launch.summary_of_folder,
    }
    launcher = {"SimulationApp": launch.SimulationApp}
    semantics_editor = {
        "remove_prim_semantics": lambda prim, *a, **k: labels.remove_all_semantics(prim),
        "PrimSemanticData": labels.SemanticsAPI,
    }
    names = ("PoseWriter", "DOPEWriter", "YCBVideoWriter", "DataVisualizationWriter")
    writers = {"PytorchListener": PytorchListener, "PytorchWriter": PytorchWriter, **{n: BUILT_IN[n] for n in names}}
    made += [module(name, "Isaac Sim's core.", **members) for name, members in cores.items()]
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
        module("pxr.Semantics", "The older labels API.", SemanticsAPI=labels.SemanticsAPI),
        module("isaacsim.sensors", "Sensors."),
        *(module(name, "Cameras.", Camera=Camera) for name in ("isaacsim.sensors.camera", "omni.isaac.sensor")),
        *(
            module(name, "Copies of environments.", Cloner=Cloner, GridCloner=GridCloner)
            for name in ("isaacsim.core.cloner", "omni.isaac.cloner")
        ),
        module("isaacsim.core.simulation_manager", "The simulation.", SimulationManager=SimulationManager),
        module("isaacsim.replicator", "Writers."),
        module("omni.replicator.isaac", "Writers.", **writers),
        module("omni.replicator.isaac.scripts", "Writers."),
        *(
            module(n, "Writers.", **writers)
            for n in ("isaacsim.replicator.writers", "omni.replicator.isaac.scripts.writers")
        ),
        Schemas("pxr.PhysxSchema"),
        Schemas("usdrt"),
    ]
    if find_spec("isaaclab") is None:
        made += [module(name, "Isaac Lab.") for name in ("isaaclab", "omni.isaac.lab")]
        made += [
            module(f"{name}.app", "Isaac Lab's launcher.", AppLauncher=AppLauncher)
            for name in ("isaaclab", "omni.isaac.lab")
        ]
    return {m.__name__: m for m in made}


def forget() -> None:
    """Forget the world of the last script."""
    World.clear_instance()


def _of(source: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}


def _helpers() -> dict[str, dict[str, Any]]:
    """Return the members of the helper modules by name."""
    over = rotations.over
    return {
        "stage": {
            **_of(
                stages,
                "add_reference_to_stage",
                "open_stage",
                "open_stage_async",
                "create_new_stage",
                "create_new_stage_async",
                "set_stage_up_axis",
                "set_stage_units",
                "get_stage_units",
                "clear_stage",
                "close_stage",
                "save_stage",
                "get_next_free_path",
                "print_stage_prim_paths",
                "use_stage",
            ),
            "get_current_stage": lambda *a, **k: stages.stage(),
            "is_stage_loading": lambda: False,
            "traverse_stage": lambda *a: stages.stage().Traverse(),
            "get_stage_up_axis": lambda: UsdGeom.GetStageUpAxis(stages.stage()),
            "get_current_stage_id": lambda: 0,
            "update_stage": lambda: App().update(),
            "update_stage_async": App().next_update_async,
            "set_livesync_stage": lambda *a: False,
        },
        "semantics": {
            **_of(
                labels,
                "add_labels",
                "add_update_semantics",
                "remove_labels",
                "remove_all_labels",
                "remove_all_semantics",
                "get_labels",
                "get_semantics",
                "check_missing_labels",
                "check_incorrect_labels",
                "count_labels_in_scene",
                "upgrade_prim_semantics_to_labels",
            ),
            "check_missing_semantics": labels.check_missing_labels,
            "check_incorrect_semantics": labels.check_incorrect_labels,
            "count_semantics_in_scene": labels.count_labels_in_scene,
        },
        "bounds": _of(
            bounds,
            "create_bbox_cache",
            "compute_aabb",
            "compute_combined_aabb",
            "compute_obb",
            "compute_obb_corners",
            "get_obb_corners",
            "recompute_extents",
        ),
        "random": _of(
            bounds, "get_random_values_in_range", "get_random_translation_from_camera", "get_random_world_pose_in_view"
        ),
        "prims": {
            **_of(
                stages,
                "create_prim",
                "define_prim",
                "get_prim_at_path",
                "is_prim_path_valid",
                "delete_prim",
                "move_prim",
                "find_matching_prim_paths",
                "get_all_matching_child_prims",
                "get_first_matching_child_prim",
                "get_first_matching_parent_prim",
                "get_prim_attribute_value",
                "set_prim_attribute_value",
                "get_prim_object_type",
                "is_prim_hidden_in_stage",
                "set_prim_visibility",
                "set_targets",
            ),
            "get_prim_path": lambda p: str(p.GetPath()),
            "get_prim_children": lambda p: p.GetChildren(),
            "get_prim_parent": lambda p: p.GetParent(),
            "get_prim_attribute_names": lambda p, fabric=False: [
                a.GetName() for a in stages.prim_of(p).GetAttributes()
            ],
            "get_prim_property": stages.get_prim_attribute_value,
            "set_prim_property": stages.set_prim_attribute_value,
            "get_prim_type_name": lambda p, fabric=False: str(stages.prim_of(p).GetTypeName()),
            "is_prim_root_path": lambda p: str(p) == "/",
            "is_prim_ancestral": lambda p: False,
            "is_prim_no_delete": lambda p: bool(stages.prim_of(p).GetMetadata("no_delete")),
            "query_parent_path": lambda p, predicate: stages.get_first_matching_parent_prim(p, predicate) is not None,
            "set_prim_hide_in_stage_window": lambda p, hide: p.SetMetadata("hide_in_stage_window", hide),
            "set_prim_no_delete": lambda p, keep: p.SetMetadata("no_delete", keep),
        },
        "extensions": {
            "enable_extension": launch.enable_extension,
            "disable_extension": launch.enable_extension,
            "get_extension_path_from_name": lambda n: "",
            "get_extension_id": str,
        },
        "rotations": {
            **_of(
                rotations,
                "euler_angles_to_quat",
                "quat_to_euler_angles",
                "euler_to_rot_matrix",
                "matrix_to_euler_angles",
                "quat_to_rot_matrix",
                "rot_matrix_to_quat",
                "gf_rotation_to_np_array",
                "lookat_to_quatf",
            ),
            "gf_quat_to_np_array": rotations.numbers,
        },
        "numpy.rotations": {
            "euler_angles_to_quats": over(rotations.euler_angles_to_quat),
            "quats_to_euler_angles": over(rotations.quat_to_euler_angles),
            "quats_to_rot_matrices": over(rotations.quat_to_rot_matrix),
            "rot_matrices_to_quats": over(rotations.rot_matrix_to_quat),
            "rotvecs_to_quats": over(rotations.rotvec_to_quat),
            "quats_to_rotvecs": over(rotations.quat_to_rotvec),
            "xyzw2wxyz": rotations.xyzw2wxyz,
            "wxyz2xyzw": rotations.wxyz2xyzw,
            "deg2rad": np.radians,
            "rad2deg": np.degrees,
        },
        "transformations": _of(
            rotations,
            "tf_matrix_from_pose",
            "pose_from_tf_matrix",
            "get_relative_transform",
            "get_world_pose_from_relative",
            "get_translation_from_target",
            "get_transform_with_normalized_rotation",
        ),
        "physics": {
            "simulate_async": simulate_async,
            "get_rigid_body_enabled": lambda p: stages.get_prim_attribute_value(p, "physics:rigidBodyEnabled"),
            "set_rigid_body_enabled": lambda value, p: (
                UsdPhysics.RigidBodyAPI(stages.prim_of(p)).CreateRigidBodyEnabledAttr().Set(bool(value))
            ),
        },
        "render_product": {
            "get_camera_prim_path": lambda path: product_of(path).camera.resolve({})[0],
            "get_resolution": lambda path: product_of(path).resolution_wh,
        },
        "xforms": _of(
            rotations,
            "get_world_pose",
            "get_local_pose",
            "clear_xform_ops",
            "reset_xform_ops",
            "reset_and_set_xform_ops",
        ),
        "mesh": _of(stages, "get_mesh_vertices_relative_to"),
        "math": {
            "cross": lambda a, b: np.cross(a, b),
            "normalize": lambda v: rotations.numbers(v) / np.linalg.norm(v),
            "normalized": lambda v: rotations.numbers(v) / np.linalg.norm(v),
            "radians_to_degrees": np.degrees,
            "degrees_to_radians": np.radians,
        },
        "string": _of(stages, "find_unique_string_name", "find_root_prim_path_from_regex"),
        "viewports": {"set_camera_view": stages.set_camera_view, "get_viewport_names": lambda *a: ["Viewport"]},
        "nucleus": _of(launch, "get_assets_root_path", "get_assets_root_path_async", "is_file"),
        "carb": {
            "set_carb_setting": lambda settings, key, value: settings.set(key, value),
            "get_carb_setting": lambda settings, key: settings.get(key),
        },
    }


def _core() -> dict[str, Mapping[str, Any]]:
    """Return the members of the core API's modules by name."""
    world = {"World": World, "SimulationContext": World, "PhysicsContext": PhysicsContext}
    objects = {**OBJECTS, "GroundPlane": GroundPlane}
    kinds = {k.removeprefix("Visual").lower() for k in OBJECTS if k.startswith("Visual")}
    lower: dict[str, Mapping[str, Any]] = {
        name: {k: v for k, v in OBJECTS.items() if k.lower().endswith(name)} for name in sorted(kinds)
    }
    lower["ground_plane"] = {"GroundPlane": GroundPlane}
    materials = {"PreviewSurface": PreviewSurface, "OmniPBR": OmniPBR, "PhysicsMaterial": PhysicsMaterial}
    single = {
        "SingleXFormPrim": SinglePrim,
        "SingleGeometryPrim": SingleGeometryPrim,
        "SingleRigidPrim": SingleRigidPrim,
        "XFormPrim": Prims,
        "GeometryPrim": Prims,
        "RigidPrim": RigidPrims,
        **refused("Articulation", "SingleArticulation"),
    }
    older = {
        "XFormPrim": SinglePrim,
        "GeometryPrim": SingleGeometryPrim,
        "RigidPrim": SingleRigidPrim,
        "XFormPrimView": Prims,
        "GeometryPrimView": Prims,
        "RigidPrimView": RigidPrims,
    }
    robots = ("articulations", refused("Articulation", "ArticulationView")), ("robots", refused("Robot", "RobotView"))
    out: dict[str, Mapping[str, Any]] = {
        "isaacsim.core.api": world,
        "isaacsim.core.api.world": world,
        "isaacsim.core.api.simulation_context": world,
        "isaacsim.core.api.scenes": {"Scene": Scene},
        "isaacsim.core.api.objects": objects,
        "isaacsim.core.api.materials": materials,
        "isaacsim.core.prims": single,
        "omni.isaac.core": world,
        "omni.isaac.core.world": world,
        "omni.isaac.core.scenes": {"Scene": Scene},
        "omni.isaac.core.simulation_context": world,
        "omni.isaac.core.objects": objects,
        "omni.isaac.core.materials": materials,
        "omni.isaac.core.prims": older,
        "isaacsim.core.experimental.objects": experimental.OBJECTS,
        "isaacsim.core.experimental.prims": {
            "XformPrim": Prims,
            "GeomPrim": experimental.GeometryPrims,
            "RigidPrim": RigidPrims,
        },
    }
    for root in ("isaacsim.core.api", "omni.isaac.core"):
        out |= {f"{root}.objects.{name}": members for name, members in lower.items()}
        for name, kind in (
            ("preview_surface", PreviewSurface),
            ("omni_pbr", OmniPBR),
            ("physics_material", PhysicsMaterial),
        ):
            out[f"{root}.materials.{name}"] = {kind.__name__: kind}
        out |= {f"{root}.{name}": members for name, members in robots}
        out |= {f"{root}.tasks": {"BaseTask": BaseTask}, f"{root}.tasks.base_task": {"BaseTask": BaseTask}}
    for name, key in (("xform_prim", "XFormPrim"), ("rigid_prim", "RigidPrim"), ("geometry_prim", "GeometryPrim")):
        out[f"omni.isaac.core.prims.{name}"] = {key: older[key]}
    return out
