"""``omni.usd``: the context that holds the stage, and helpers of prims and materials."""

from __future__ import annotations

import asyncio

from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, UsdUtils

from rendersdg.omni.kit.carb_eventdispatcher import get_eventdispatcher
from rendersdg.omni.kit.carb_events import Stream, publish, subscribers
from rendersdg.omni.kit.kinds import Kind
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.stage.author import ROOT, Author
from rendersdg.stage.pose import read_pose

__all__ = [
    "StageEventType",
    "StageRenderingEventType",
    "StageState",
    "UsdContext",
    "create_material_input",
    "delete_prim",
    "get_context",
    "get_local_transform_SRT",
    "get_local_transform_matrix",
    "get_prim_at_path",
    "get_prim_descendants",
    "get_prim_descendents",
    "get_shader_from_material",
    "get_stage_next_free_path",
    "get_world_transform_matrix",
]

_NOW = Usd.TimeCode.Default()


class StageEventType(Kind):
    """The kinds of stage events."""

    SAVED = 0
    SAVE_FAILED = 1
    OPENING = 2
    OPENED = 3
    OPEN_FAILED = 4
    CLOSING = 5
    CLOSED = 6
    SELECTION_CHANGED = 7
    ASSETS_LOADED = 8
    ASSETS_LOAD_ABORTED = 9
    GIZMO_TRACKING_CHANGED = 10
    MDL_PARAM_LOADED = 11
    SETTINGS_LOADED = 12
    SETTINGS_SAVING = 13
    OMNIGRAPH_START_PLAY = 14
    OMNIGRAPH_STOP_PLAY = 15
    SIMULATION_START_PLAY = 16
    SIMULATION_STOP_PLAY = 17
    ANIMATION_START_PLAY = 18
    ANIMATION_STOP_PLAY = 19
    DIRTY_STATE_CHANGED = 20
    ASSETS_LOADING = 21
    ACTIVE_LIGHT_COUNTS_CHANGED = 22
    HIERARCHY_CHANGED = 23
    SAVING = 24


class StageRenderingEventType(Kind):
    """The kinds of rendering events."""

    NEW_FRAME = 0
    HYDRA_ENGINE_FRAMES_ADDED = 1
    HYDRA_ENGINE_FRAMES_COMPLETE = 2


# what is told, in this order, when another stage has taken the place of the one before
_OPENED = (StageEventType.CLOSED, StageEventType.OPENING, StageEventType.OPENED, StageEventType.ASSETS_LOADED)


class StageState:
    """The states of a stage: it is always open."""

    OPENED = 5


class UsdContext:
    """The one context: it holds the stage, and tells when another one opens."""

    def __init__(self) -> None:
        current().stage_listeners.append(self._changed)

    def stage_event_name(self, event_type: int, immediate: bool = False) -> str:
        """Return the name by which the dispatcher tells a stage event."""
        return f"omni.usd::stage:{StageEventType(event_type).name.lower()}{':immediate' if immediate else ''}"

    def stage_rendering_event_name(self, event_type: int, immediate: bool = False) -> str:
        """Return the name by which the dispatcher tells a rendering event."""
        name = f"omni.usd::stage_rendering:{StageRenderingEventType(event_type).name.lower()}"
        return f"{name}:immediate" if immediate else name

    def get_name(self) -> str:
        """Return the name of the context: the default one has none."""
        return ""

    def tell(self, kind: StageEventType, **payload: object) -> None:
        """Tell a stage event to those who listen."""
        get_eventdispatcher().dispatch_event(self.stage_event_name(kind, True), payload)
        publish(subscribers().stages, kind, self.stage_event_name(kind), **payload)

    def _changed(self, is_before: bool) -> None:
        kinds = (StageEventType.CLOSING,) if is_before else _OPENED
        for kind in kinds:
            self.tell(kind)

    def get_stage(self) -> Usd.Stage:
        """Return the stage."""
        return current().recorder.stage

    def new_stage(self) -> bool:
        """Begin an empty stage."""
        current().new_stage()
        return True

    async def new_stage_async(self) -> tuple[bool, str]:
        """Begin an empty stage."""
        self.new_stage()
        await asyncio.sleep(0)
        return True, ""

    def open_stage(self, url: str, *args: object, **options: object) -> bool:
        """Open a USD file."""
        current().open_stage(str(url))
        return True

    async def open_stage_async(self, url: str, *args: object, **options: object) -> tuple[bool, str]:
        """Open a USD file."""
        self.open_stage(url)
        await asyncio.sleep(0)
        return True, ""

    def close_stage(self, *args: object) -> bool:
        """Begin an empty stage."""
        return self.new_stage()

    def save_as_stage(self, url: str, *args: object) -> bool:
        """Write the stage to a file."""
        return bool(self.get_stage().Export(str(url)))

    def get_stage_id(self) -> int:
        """Return the number by which USD's cache knows the stage."""
        return int(UsdUtils.StageCache.Get().Insert(self.get_stage()).ToLongInt())

    def get_stage_state(self) -> int:
        """Return that a stage is open."""
        return StageState.OPENED

    def get_stage_url(self) -> str:
        """Return where the stage came from: memory."""
        return str(self.get_stage().GetRootLayer().identifier)

    def get_selection(self) -> Selection:
        """Return the selection."""
        return current_host().part(Selection)

    def get_rendering_event_stream(self) -> Stream:
        """Return the stream of rendered frames: one with each update."""
        return Stream(subscribers().rendered)

    def get_stage_event_stream(self) -> Stream:
        """Return the stream of what happens to stages: they close and open, and time begins to run and ends."""
        return Stream(subscribers().stages)

    def compute_path_world_bounding_box(self, path: Sdf.Path | str) -> tuple[Gf.Vec3d, Gf.Vec3d]:
        """Return the least and greatest corner of a prim's bounds in the world, in stage units."""
        prim = self.get_stage().GetPrimAtPath(str(path))
        purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render]
        box = UsdGeom.BBoxCache(_NOW, purposes).ComputeWorldBound(prim).ComputeAlignedRange()
        return box.GetMin(), box.GetMax()

    def get_stage_loading_status(self) -> tuple[str, int, int]:
        """Return that nothing is being loaded."""
        return "", 0, 0


class Selection:
    """The selected prims of a run: remembered, without effect."""

    def __init__(self) -> None:
        self._paths: list[str] = []

    def set_selected_prim_paths(self, paths: list[str], *args: object) -> bool:
        """Select."""
        self._paths = [str(p) for p in paths]
        get_context().tell(StageEventType.SELECTION_CHANGED)
        return True

    def get_selected_prim_paths(self) -> list[str]:
        """Return what is selected."""
        return list(self._paths)

    def clear_selected_prim_paths(self) -> None:
        """Select nothing."""
        self.set_selected_prim_paths([])


class CachedStages:
    """The stages of a run in USD's cache, which scripts fill by ``get_stage_id`` or themselves."""

    def close(self) -> None:
        """Let go of them."""
        UsdUtils.StageCache.Get().Clear()


def get_context(*args: object) -> UsdContext:
    """Return the context of this run."""
    return current_host().part(UsdContext)


# -- prims ------------------------------------------------------------------------------------------------------------


def get_prim_at_path(path: Sdf.Path | str) -> Usd.Prim:
    """Return the prim at a path; it is not valid where there is none."""
    return current().recorder.stage.GetPrimAtPath(str(path))


def get_prim_descendants(prim: Usd.Prim) -> list[Usd.Prim]:
    """Return a prim and all below it."""
    return list(Usd.PrimRange(prim))


get_prim_descendents = get_prim_descendants  # Kit's spelling, and everybody else's


def get_stage_next_free_path(stage: Usd.Stage, path: str, prepend_default_prim: bool = True) -> str:
    """Return ``path``, numbered when a prim is there already.
    On a stage of our own the default prim counts as /World, Kit's.
    """
    text = "/" + str(path).lstrip("/")
    root = str(stage.GetDefaultPrim().GetPath()) if stage.GetDefaultPrim() else ""
    root = "/World" if root == ROOT else root
    if prepend_default_prim and root and not f"{text}/".startswith(f"{root}/"):
        text = f"{root}{text}"
    return Author(stage).unique(text)


def delete_prim(path: Sdf.Path | str) -> bool:
    """Remove a prim with all below it. Returns whether there was one."""
    return remove_prim(current().recorder.stage, path)


def remove_prim(stage: Usd.Stage, path: Sdf.Path | str) -> bool:
    """Remove a prim with all below it; one that a layer underneath brings is switched off.
    Returns whether there was one.
    """
    is_there = bool(stage.GetPrimAtPath(str(path)))
    stage.RemovePrim(Sdf.Path(str(path)))
    if remaining := stage.GetPrimAtPath(str(path)):
        remaining.SetActive(False)
    return is_there


def copy_prim(stage: Usd.Stage, source: Sdf.Path | str, target: Sdf.Path | str) -> bool:
    """Copy a prim with all below it to another path; what is not there above that is defined."""
    layer, path = stage.GetRootLayer(), Sdf.Path(str(target))
    above = path.GetParentPath()
    if above != Sdf.Path.absoluteRootPath and not stage.GetPrimAtPath(above):
        stage.DefinePrim(above, "Scope" if above.name == "Looks" else "Xform")
    return bool(Sdf.CopySpec(layer, Sdf.Path(str(source)), layer, path))


def get_world_transform_matrix(prim: Usd.Prim, time: Usd.TimeCode | None = None) -> Gf.Matrix4d:
    """Return the world matrix of a prim."""
    return UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(_NOW)


def get_local_transform_matrix(prim: Usd.Prim, time: Usd.TimeCode | None = None) -> Gf.Matrix4d:
    """Return the local matrix of a prim."""
    return UsdGeom.Xformable(prim).GetLocalTransformation(_NOW)


def get_local_transform_SRT(
    prim: Usd.Prim, time: Usd.TimeCode | None = None
) -> tuple[Gf.Vec3d, Gf.Vec3d, Gf.Vec3i, Gf.Vec3d]:
    """Return scale, Euler angles in degrees, their order and translation of a prim's local transform."""
    pose = read_pose(prim, _NOW)
    order = Gf.Vec3i(*("XYZ".index(axis) for axis in pose.order))
    return Gf.Vec3d(*pose.scale), Gf.Vec3d(*pose.euler), order, Gf.Vec3d(*pose.translate)


# -- materials --------------------------------------------------------------------------------------------------------


def get_shader_from_material(
    material: UsdShade.Material | Usd.Prim, get_prim: bool = False
) -> UsdShade.Shader | Usd.Prim | None:
    """Return the shader of a material's surface, MDL's where there is one; as a prim with ``get_prim``;
    None without.
    """
    prim = material.GetPrim()
    shader = UsdShade.Material(prim).ComputeSurfaceSource("mdl")[0] if prim and prim.IsA(UsdShade.Material) else None
    if not shader:
        return None
    return shader.GetPrim() if get_prim else shader


def create_material_input(
    prim: Usd.Prim, name: str, value: object, value_type: Sdf.ValueTypeName, *args: object, **options: object
) -> UsdShade.Input:
    """Set an input of a material's shader, given by the material or the shader itself, and return it."""
    shader: UsdShade.Shader = UsdShade.Shader(prim) if prim.IsA(UsdShade.Shader) else get_shader_from_material(prim)
    shader_input = shader.CreateInput(str(name), value_type)
    shader_input.Set(value)
    return shader_input
