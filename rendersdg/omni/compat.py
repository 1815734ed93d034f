"""The compatibility table of Isaac Sim and Kit: every name that Isaac Sim 6's SDG examples import, and what else is
offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rendersdg.docstrings import summary
from rendersdg.omni.isaac.experimental.handles import Refused
from rendersdg.omni.modules import Offered, host_modules
from rendersdg.omni.refusals import REFUSED, why

# By module: what the standalone examples (replicator, api/isaacsim.replicator.*) and the pages on synthetic data of
# Isaac Sim 6 import, and what they call of it.
EXAMPLES: Mapping[str, str] = {
    "carb": "Float3 Float4 log_error log_warn",
    "carb.eventdispatcher": "Event get_eventdispatcher",
    "carb.events": "IEvent",
    "carb.settings": "get_settings",
    "isaacsim": "SimulationApp SimulationApp.close SimulationApp.is_running SimulationApp.update",
    "isaacsim.core.cloner": "GridCloner GridCloner.clone GridCloner.define_base_env GridCloner.generate_paths",
    "isaacsim.core.experimental.materials": "VolumeDeformableMaterial",
    "isaacsim.core.experimental.objects": "DomeLight DomeLight.set_intensities GroundPlane GroundPlane.prims Sphere",
    "isaacsim.core.experimental.prims": (
        "Articulation Articulation.num_dofs Articulation.set_dof_position_targets DeformablePrim GeomPrim "
        "GeomPrim.set_collision_approximations RigidPrim RigidPrim.get_world_poses XformPrim"
    ),
    "isaacsim.core.experimental.utils.app": "enable_extension get_extension_path",
    "isaacsim.core.experimental.utils.bounds": (
        "compute_aabb compute_combined_aabb compute_obb create_bbox_cache get_obb_corners"
    ),
    "isaacsim.core.experimental.utils.semantics": (
        "add_labels get_labels remove_all_labels upgrade_prim_semantics_to_labels"
    ),
    "isaacsim.core.experimental.utils.stage": (
        "add_reference_to_stage create_new_stage define_prim get_current_stage open_stage"
    ),
    "isaacsim.core.experimental.utils.transform": "euler_angles_to_quaternion quaternion_to_euler_angles",
    "isaacsim.core.rendering_manager": (
        "RenderingEvent RenderingManager ViewportManager ViewportManager.set_camera_view"
    ),
    "isaacsim.core.simulation_manager": (
        "IsaacEvents SimulationEvent SimulationManager SimulationManager.initialize_physics "
        "SimulationManager.invalidate_physics SimulationManager.register_callback SimulationManager.set_physics_dt "
        "SimulationManager.set_physics_sim_device SimulationManager.step"
    ),
    "isaacsim.core.utils.extensions": "enable_extension get_extension_path_from_name",
    "isaacsim.core.utils.semantics": "add_labels remove_labels upgrade_prim_semantics_to_labels",
    "isaacsim.core.utils.stage": "add_reference_to_stage create_new_stage open_stage",
    "isaacsim.core.utils.viewports": "set_camera_view",
    "isaacsim.replicator.behavior.behaviors": (
        "LightRandomizer LocationRandomizer LookAtBehavior RotationRandomizer TextureRandomizer VolumeStackRandomizer"
    ),
    "isaacsim.replicator.behavior.global_variables": "EXPOSED_ATTR_NS",
    "isaacsim.replicator.behavior.utils.behavior_utils": (
        "add_behavior_script add_behavior_script_with_parameters_async publish_event_and_wait_for_completion_async"
    ),
    "isaacsim.replicator.episode_recorder": (
        "ArticulationRecordable AttributeRecordable CameraRecordable EpisodeRecorder EpisodeReplayer ReplayPolicy "
        "RigidBodyRecordable export_stage_snapshot target_discovery"
    ),
    "isaacsim.replicator.experimental.domain_randomization": "gate physics_view trigger",
    "isaacsim.replicator.experimental.mobility_gen": (
        "COMPLETE_MARKER_NAME MobilityGenCamera MobilityGenReader MobilityGenWriter REPLAY_CONFIG_NAME "
        "apply_sensor_overrides is_complete load_scenario log_camera_properties mark_replay_complete "
        "replay_config_from_args setup_for_replay write_replay_config"
    ),
    "isaacsim.replicator.grasping.grasping_manager": "GraspingManager",
    "isaacsim.replicator.nurec_utils.render": ("RenderTargetFactory discover_render_products ensure_identity_exposure"),
    "isaacsim.replicator.nurec_utils.rendering_setup": "has_spg",
    "isaacsim.replicator.teleop": "build_teleop_recorder",
    "isaacsim.storage.native": "get_assets_root_path get_assets_root_path_async",
    "isaacsim.test.utils.file_validation": "validate_folder_contents",
    "omni.client": "ItemFlags Result list",
    "omni.graph.core": "ExecutionAttributeState",
    "omni.kit.actions.core": "execute_action",
    "omni.kit.app": "GLOBAL_EVENT_UPDATE get_app",
    "omni.kit.commands": "execute",
    "omni.kit.viewport.utility": "get_active_viewport",
    "omni.metrics.assembler.core": "get_metrics_assembler_interface",
    "omni.physics.core": "get_physics_scene_query_interface get_physics_simulation_interface",
    "omni.physx": "get_physx_interface get_physx_scene_query_interface get_physx_simulation_interface",
    "omni.simready.explorer": "find_assets get_instance",
    "omni.timeline": "GLOBAL_EVENT_CURRENT_TIME_TICKED TimelineEventType get_timeline_interface",
    "omni.usd": (
        "StageEventType StageRenderingEventType get_context get_shader_from_material get_stage_next_free_path "
        "get_world_transform_matrix"
    ),
    "pxr.PhysicsSchemaTools": "intToSdfPath sdfPathToInt",
    "pxr.PhysxSchema": "PhysxCollisionAPI PhysxRigidBodyAPI PhysxSceneAPI",
}
_CONSTANT = "a constant"


def judged(module: str, name: str) -> str:
    """Return what a name of the examples does here, or why it is refused; empty where neither is known."""
    thing: Any = host_modules().get(module)
    for part in name.split(".") if thing is not None else ():
        thing = getattr(thing, part, None)
    if thing is None:
        reason = why(f"{module}.{name}")
        return f"refused: {reason}" if reason else ""
    if isinstance(thing, type) and issubclass(thing, Refused):
        return f"refused: {thing._reason}"
    if module.startswith("pxr.PhysxSchema"):
        return "A schema of PhysX: its attributes, whatever they are called."
    return summary(thing) if callable(thing) or isinstance(thing, property) else _CONSTANT


def report() -> str:
    """Return the table as Markdown."""
    names = [(module, name) for module, listed in EXAMPLES.items() for name in listed.split()]
    shown = {f"{module}.{name}": judged(module, name).replace("|", "\\|") for module, name in names}
    offered = sorted((m for m in host_modules().values() if isinstance(m, Offered)), key=lambda m: m.__name__)
    lines = [
        "## Isaac Sim and Kit",
        "",
        "What the public examples and pages of Isaac Sim 6 on synthetic data import, and what they call of it.",
        "",
        "| name | does |",
        "|---|---|",
        *(f"| `{name}` | {text} |" for name, text in sorted(shown.items())),
        "",
        "Refused, with all that begins so:",
        "",
        "| name | why |",
        "|---|---|",
        *(f"| `{name}` | {reason} |" for name, reason in sorted(REFUSED.items())),
        "",
        "All that is offered, by module:",
        "",
        "| module | names |",
        "|---|---|",
        *(f"| `{m.__name__}` | {', '.join(f'`{n}`' for n in _public(m))} |" for m in offered if _public(m)),
        "",
    ]
    return "\n".join(lines)


def _public(module: Offered) -> list[str]:
    return sorted(name for name in vars(module) if not name.startswith("_"))
