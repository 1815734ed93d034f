"""Which file plays which module of Omniverse's: a table, and what makes modules for a script out of it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import NoReturn

from rendersdg.omni.isaac.schemas import Schemas
from rendersdg.omni.refusals import not_offered

# A value is a file below rendersdg/omni, with the names of it after a colon unless all in its ``__all__`` are meant.
# Of several files the later ones win. The packages above a module need no line of their own, unless they have names.
Files = str | tuple[str, ...]
_KIT: dict[str, Files] = {
    "carb": "kit.carb",
    "carb.eventdispatcher": "kit.carb_eventdispatcher",
    "carb.eventdispatcher._eventdispatcher": "kit.carb_eventdispatcher",
    "carb.events": "kit.carb_events",
    "carb.settings": "kit.carb_settings",
    "carb.tokens": "kit.carb_tokens",
    "omni.client": "kit.client",
    "omni.ext": "kit.ext",
    "omni.graph.core": "kit.graph_core",
    "omni.kit.app": "kit.app",
    "omni.kit.async_engine": "kit.async_engine",
    "omni.kit.commands": "kit.commands",
    "omni.kit.stage_templates": "kit.stage_templates",
    "omni.kit.undo": "kit.undo",
    "omni.kit.viewport.utility": "kit.viewport_utility",
    "omni.log": "kit.log",
    "omni.metrics.assembler.core": "kit.metrics_assembler",
    "omni.physics.core": "kit.physics_core",
    "omni.physx": "kit.physx",
    "omni.physx.bindings._physx": "kit.physx_bindings",
    "omni.physx.scripts.physicsUtils": "kit.physics_utils",
    "omni.physx.scripts.utils": "kit.physx_utils",
    "omni.kit.actions.core": "kit.actions",
    "omni.simready.explorer": "kit.simready_explorer",
    "omni.syntheticdata": "kit.syntheticdata",
    "omni.syntheticdata.SyntheticData": "kit.syntheticdata_scripts",
    "omni.syntheticdata.scripts.SyntheticData": "kit.syntheticdata_scripts",
    "omni.timeline": "kit.timeline",
    "omni.ui": (),
    "omni.usd": "kit.usd",
    "omni.usd._impl.utils": "kit.usd",
    "omni.usd.commands": (),
    "pxr.PhysicsSchemaTools": "kit.physics_schema_tools",
}
_ISAAC: dict[str, Files] = {
    "isaacsim": "isaac.simulation_app",
    "isaacsim.simulation_app": "isaac.simulation_app",
    "omni.isaac.kit": "isaac.simulation_app",
    "omni.isaac.kit.simulation_app": "isaac.simulation_app",
    "isaacsim.storage.native": "isaac.storage",
    "isaacsim.storage.native.nucleus": "isaac.storage",
    "omni.isaac.nucleus": "isaac.storage",
    "isaacsim.test.utils": "isaac.file_validation",
    "isaacsim.test.utils.file_validation": "isaac.file_validation",
    "pxr.Semantics": "isaac.semantics_schema",
    "semantics.schema.editor": "isaac.semantics_editor",
    "isaacsim.sensors.camera": ("isaac.camera", "isaac.depth_camera"),
    "isaacsim.sensors.rtx": "isaac.lidar:LidarRtx",
    "omni.isaac.sensor": ("isaac.camera", "isaac.lidar:LidarRtx"),
    "isaacsim.core.cloner": "isaac.cloner",
    "omni.isaac.cloner": "isaac.cloner",
    "isaacsim.core.rendering_manager": "isaac.rendering_manager",
    "isaacsim.core.simulation_manager": ("isaac.simulation_events", "isaac.simulation_manager"),
    "isaacsim.core.version": "isaac.version",
    "omni.isaac.version": "isaac.version",
    "isaacsim.replicator.writers": "isaac.writers",
    "omni.replicator.isaac": "isaac.writers",
    "omni.replicator.isaac.scripts.writers": "isaac.writers",
    "isaacsim.core.prims": "isaac.core_prims",
    "omni.isaac.core.prims": "isaac.core_prims_older",
    "omni.isaac.core.prims.geometry_prim": "isaac.core_prims_older:GeometryPrim",
    "omni.isaac.core.prims.rigid_prim": "isaac.core_prims_older:RigidPrim",
    "omni.isaac.core.prims.xform_prim": "isaac.core_prims_older:XFormPrim",
    "isaacsim.core.experimental.materials": "isaac.experimental.materials",
    "isaacsim.core.experimental.objects": (
        "isaac.experimental.cameras",
        "isaac.experimental.ground_plane",
        "isaac.experimental.lights",
        "isaac.experimental.meshes",
        "isaac.experimental.shapes",
    ),
    "isaacsim.core.experimental.prims": (
        "isaac.experimental.articulations:Articulation",
        "isaac.experimental.handles",
        "isaac.experimental.prims",
        "isaac.experimental.rigid_prim",
    ),
    "isaacsim.core.experimental.utils.app": "isaac.experimental.app",
    "isaacsim.core.experimental.utils.backend": "isaac.experimental.backend",
    "isaacsim.core.experimental.utils.bounds": "isaac.experimental.bounds",
    "isaacsim.core.experimental.utils.foundation": "isaac.experimental.foundation",
    "isaacsim.core.experimental.utils.ops": "isaac.experimental.ops",
    "isaacsim.core.experimental.utils.prim": "isaac.experimental.prim",
    "isaacsim.core.experimental.utils.semantics": "isaac.experimental.semantics",
    "isaacsim.core.experimental.utils.stage": ("isaac.utils.stage", "isaac.experimental.stage"),
    "isaacsim.core.experimental.utils.transform": "isaac.experimental.transform",
    "isaacsim.core.experimental.utils.xform": "isaac.experimental.xform",
}
_WHEELS: dict[str, Files] = {  # below omni.isaac.wheeled_robots and isaacsim.robot.wheeled_robots
    ".controllers": "isaac.controllers:DifferentialController",
    ".controllers.differential_controller": "isaac.controllers:DifferentialController",
    ".robots": "isaac.robots:WheeledRobot",
    ".robots.wheeled_robot": "isaac.robots:WheeledRobot",
}
_NEWEST_WHEELS: dict[str, Files] = {  # below isaacsim.robot.experimental.wheeled_robots
    ".controllers": "isaac.experimental.controllers",
    ".controllers.differential_controller": "isaac.experimental.controllers",
    ".robots": "isaac.experimental.articulations:WheeledRobot",
    ".robots.wheeled_robot": "isaac.experimental.articulations:WheeledRobot",
}
_CORE: dict[str, Files] = {  # below omni.isaac.core and isaacsim.core.api
    "": "isaac.world",
    ".world": "isaac.world",
    ".simulation_context": "isaac.world",
    ".scenes": "isaac.scenes",
    ".tasks": "isaac.tasks",
    ".tasks.base_task": "isaac.tasks",
    ".objects": "isaac.objects",
    ".objects.capsule": "isaac.objects:VisualCapsule,FixedCapsule,DynamicCapsule",
    ".objects.cone": "isaac.objects:VisualCone,FixedCone,DynamicCone",
    ".objects.cuboid": "isaac.objects:VisualCuboid,FixedCuboid,DynamicCuboid",
    ".objects.cylinder": "isaac.objects:VisualCylinder,FixedCylinder,DynamicCylinder",
    ".objects.ground_plane": "isaac.objects:GroundPlane",
    ".objects.sphere": "isaac.objects:VisualSphere,FixedSphere,DynamicSphere",
    ".materials": "isaac.materials",
    ".materials.omni_pbr": "isaac.materials:OmniPBR",
    ".materials.physics_material": "isaac.materials:PhysicsMaterial",
    ".materials.preview_surface": "isaac.materials:PreviewSurface",
    ".articulations": "isaac.articulations_older",
    ".articulations.articulation": "isaac.articulations_older:Articulation",
    ".controllers": "isaac.controllers:ArticulationController,BaseController",
    ".controllers.articulation_controller": "isaac.controllers:ArticulationController",
    ".controllers.base_controller": "isaac.controllers:BaseController",
    ".robots": "isaac.robots:Robot,RobotView",
    ".robots.robot": "isaac.robots:Robot",
}
_UTILS: dict[str, Files] = {  # below .utils of each generation
    "bounds": "isaac.utils.bounds",
    "carb": "isaac.utils.carb",
    "extensions": "isaac.utils.extensions",
    "math": "isaac.utils.math",
    "mesh": "isaac.utils.mesh",
    "nucleus": "isaac.storage",
    "numpy.rotations": "isaac.utils.numpy_rotations",
    "physics": "isaac.utils.physics",
    "prims": "isaac.utils.prims",
    "random": "isaac.utils.random",
    "render_product": "isaac.utils.render_product",
    "rotations": "isaac.utils.rotations",
    "semantics": "isaac.utils.semantics",
    "stage": "isaac.utils.stage",
    "string": "isaac.utils.string",
    "types": "isaac.utils.types",
    "transformations": "isaac.utils.transformations",
    "viewports": "isaac.utils.viewports",
    "xforms": "isaac.utils.xforms",
}
_LAB: dict[str, Files] = {"isaaclab.app": "isaac.app_launcher", "omni.isaac.lab.app": "isaac.app_launcher"}
_SCHEMAS = ("pxr.PhysxSchema", "usdrt")  # every capitalised name in them is a schema


class Offered(ModuleType):
    """A module of Omniverse's; a name that it lacks says that it is not offered."""

    def __getattr__(self, attribute: str) -> NoReturn:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise AttributeError(not_offered(f"{self.__name__}.{attribute}"))


def files() -> dict[str, Files]:
    """Return the table: the files of each module that scripts can import, by the module's name."""
    table = {**_KIT, **_ISAAC}
    for core in ("omni.isaac.core", "isaacsim.core.api"):
        table |= {f"{core}{name}": source for name, source in _CORE.items()}
    for wheels in ("omni.isaac.wheeled_robots", "isaacsim.robot.wheeled_robots"):
        table |= {f"{wheels}{name}": source for name, source in _WHEELS.items()}
    table |= {f"isaacsim.robot.experimental.wheeled_robots{name}": source for name, source in _NEWEST_WHEELS.items()}
    for generation in ("omni.isaac.core", "isaacsim.core"):
        table |= {f"{generation}.utils.{name}": source for name, source in _UTILS.items()}
    if find_spec("isaaclab") is None:  # else it is installed, and scripts get the real one
        table |= _LAB
    for name in list(table):
        parts = name.split(".")
        if parts[0] != "pxr":
            table |= {p: () for k in range(1, len(parts)) if (p := ".".join(parts[:k])) not in table}
    return table


def host_modules() -> dict[str, ModuleType]:
    """Return the modules of Kit, PhysX and Isaac Sim for one run of a script, by name."""
    modules: dict[str, ModuleType] = {name: _module(name, source) for name, source in files().items()}
    return modules | {name: Schemas(name) for name in _SCHEMAS}


def _module(name: str, source: Files) -> ModuleType:
    module = Offered(name, f"{name}, as rendersdg run offers it.")
    for one in (source,) if isinstance(source, str) else source:
        path, _, names = one.partition(":")
        file = import_module(f"rendersdg.omni.{path}")
        for member in names.split(",") if names else file.__all__:
            setattr(module, member, getattr(file, member))
    return module
