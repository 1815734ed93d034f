"""Recording: the functions of ``rep.create``, ``rep.modify`` and the rest, which fill a graph over a stage.

Both front doors (YAML scenes, Python scripts) call these; ``FUNCTIONS`` lists them as ``module.function``.
"""

from __future__ import annotations

from collections.abc import Callable

from rendersdg.assets.surfaces import SURFACES
from rendersdg.defects import DEFECTS
from rendersdg.registry import Registry

_MODULES: dict[str, list[str]] = {
    "create": [
        "cone",
        "cube",
        "cylinder",
        "sphere",
        "disk",
        "plane",
        "torus",
        "xform",
        "camera",
        "stereo_camera",
        "omni_lidar",
        "light",
        "from_usd",
        "from_dir",
        "group",
        "mesh",
        "material_omnipbr",
        "render_product",
        "render_product_tiled",
        "projection_material",
    ],
    "distribution": ["uniform", "normal", "log_uniform", "choice", "sequence", "combine"],
    "get": [
        "prims",
        "prim_at_path",
        "camera",
        "curve",
        "graph",
        "light",
        "listener",
        "material",
        "mesh",
        "sound",
        "scope",
        "shader",
        "shape",
        "geomsubset",
        "skeleton",
        "skelanimation",
        "xform",
        "physics",
    ],
    "modify": [
        "semantics",
        "keypoints",
        "pose",
        "pose_camera_relative",
        "pose_orbit",
        "attribute",
        "visibility",
        "variant",
        "material",
        "animation",
        "time",
        "frame",
        "timeline",
        "projection_material",
    ],
    "randomizer": ["scatter_2d", "scatter_3d", "materials", "instantiate", "rotation", "texture", "color"],
    "trigger": ["on_frame", "on_time", "on_time_end", "on_custom_event", "on_condition"],
    "settings": [
        "carb_settings",
        "render_quality",
        "defect_labels",
        "set_render_pathtraced",
        "set_render_rtx_realtime",
        "set_stage_meters_per_unit",
        "set_stage_up_axis",
        "set_physx_timestep",
    ],
    "utils": ["get_usd_files", "send_og_event"],
    "writers": ["get"],
    "defects": [*DEFECTS, "missing_part"],
    "surfaces": list(SURFACES),
    "inspection": [
        "sensor",
        "depth_sensor",
        "lens",
        "ring_light",
        "dark_field_light",
        "bar_light",
        "coaxial_light",
        "diffuse_dome",
        "photometric_stereo",
    ],
    "physics": ["collider", "rigid_body", "physics_material", "mass", "drive_properties"],
}
FUNCTIONS: Registry[Callable[..., object]] = Registry(
    "function", {f"{m}.{n}": f"rendersdg.scene.{m}:{n}" for m, names in _MODULES.items() for n in names}
)
MODULES = tuple(_MODULES)
# real names of Replicator's that a scene or a script could hold and that this engine cannot honour, and why
REFUSED = {
    "create.mdl_from_json": "MDL graphs are not evaluated",
    "create.omni_radar": "radar is not simulated",
    "trigger.on_key_press": "there is no window to press keys in",
}
