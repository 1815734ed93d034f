"""``omni.usd``, ``omni.kit``, ``omni.timeline``, ``carb`` and their like, as far as scripts use them."""

from __future__ import annotations

import asyncio
import logging
import types
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from enum import Enum, IntEnum
from types import ModuleType
from typing import Any

from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, UsdUtils

from rendersdg.annotators.semantics import FILTER_SETTING, parse_filter
from rendersdg.errors import NotSupported
from rendersdg.replicator.engine import current
from rendersdg.replicator.functional import bind, create_material
from rendersdg.replicator.values import unwrap
from rendersdg.stage.author import ROOT, Author, set_attribute
from rendersdg.stage.pose import read_pose

OFFER = "is not offered by rendersdg run"
script_log = logging.getLogger("rendersdg.script")


def module(name: str, doc: str, **members: Any) -> ModuleType:
    """Return a module of the given members; a name it lacks says that it is not offered."""

    def missing(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise AttributeError(f"{name}.{attribute} {OFFER}")

    made = types.ModuleType(name, doc)
    made.__dict__.update(members)
    made.__getattr__ = missing  # type: ignore[method-assign]
    return made


# -- omni.usd ---------------------------------------------------------------------------------------------------------


class UsdContext:
    """The one context: it holds the stage."""

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

    def open_stage(self, url: str, *args: Any, **kwargs: Any) -> bool:
        """Open a USD file."""
        current().open_stage(str(url))
        return True

    async def open_stage_async(self, url: str, *args: Any, **kwargs: Any) -> tuple[bool, str]:
        """Open a USD file."""
        self.open_stage(url)
        await asyncio.sleep(0)
        return True, ""

    def close_stage(self, *args: Any) -> bool:
        """Begin an empty stage."""
        return self.new_stage()

    def save_as_stage(self, url: str, *args: Any) -> bool:
        """Write the stage to a file."""
        return bool(self.get_stage().Export(str(url)))

    def get_stage_id(self) -> int:
        """Return the number by which USD's cache knows the stage."""
        return int(UsdUtils.StageCache.Get().Insert(self.get_stage()).ToLongInt())

    def get_stage_state(self) -> int:
        """Return that a stage is open."""
        return 5

    def get_stage_url(self) -> str:
        """Return where the stage came from: memory."""
        return str(self.get_stage().GetRootLayer().identifier)

    def get_selection(self) -> Selection:
        """Return the selection."""
        return Selection()

    def get_rendering_event_stream(self) -> Stream:
        """Return the stream of rendered frames: one with each update."""
        return Stream(_RENDERED)

    def get_stage_event_stream(self) -> Stream:
        """Return a stream that never says anything."""
        return Stream()

    def compute_path_world_bounding_box(self, path: Any) -> tuple[Gf.Vec3d, Gf.Vec3d]:
        """Return the least and greatest corner of a prim's bounds in the world."""
        prim = self.get_stage().GetPrimAtPath(str(path))
        purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render]
        box = UsdGeom.BBoxCache(Usd.TimeCode.Default(), purposes).ComputeWorldBound(prim).ComputeAlignedRange()
        return box.GetMin(), box.GetMax()

    def get_stage_loading_status(self) -> tuple[str, int, int]:
        """Return that nothing is being loaded."""
        return "", 0, 0


class Selection:
    """Selected prims: remembered, without effect."""

    _paths: list[str] = []  # noqa: RUF012 (one selection for the one context)

    def set_selected_prim_paths(self, paths: list[str], *args: Any) -> bool:
        """Select."""
        Selection._paths[:] = [str(p) for p in paths]
        return True

    def get_selected_prim_paths(self) -> list[str]:
        """Return what is selected."""
        return list(Selection._paths)

    def clear_selected_prim_paths(self) -> None:
        """Select nothing."""
        Selection._paths.clear()


Subscriber = tuple[int | None, Callable[[Any], Any]]  # the kind of events that it wants, None for all


class Stream:
    """An event stream. Those of updates, rendered frames and the timeline tell their subscribers, others never do."""

    def __init__(self, subscribers: list[Subscriber] | None = None) -> None:
        self._subscribers = subscribers

    def create_subscription_to_pop(self, fn: Callable[[Any], Any], *args: Any, **kwargs: Any) -> Subscription:
        """Subscribe until the result is unsubscribed."""
        return Subscription(self._subscribers, (None, fn))

    create_subscription_to_push = create_subscription_to_pop

    def create_subscription_to_pop_by_type(
        self, event_type: Any, fn: Callable[[Any], Any], *args: Any, **kwargs: Any
    ) -> Subscription:
        """Subscribe to one kind of events until the result is unsubscribed."""
        return Subscription(self._subscribers, (int(event_type), fn))

    create_subscription_to_push_by_type = create_subscription_to_pop_by_type

    def pump(self) -> None:
        """Deliver: nothing waits."""


def tell(subscribers: list[Subscriber], kind: int, **payload: Any) -> None:
    """Give an event to those who want it."""
    for wanted, fn in list(subscribers):
        if wanted is None or wanted == kind:
            fn(types.SimpleNamespace(type=kind, sender=0, payload=dict(payload)))


class Subscription:
    """A place in a list of subscribers; ``unsubscribe`` gives it up."""

    def __init__(self, subscribers: list[Any] | None, subscriber: Any) -> None:
        self._subscribers, self._subscriber = subscribers, subscriber
        if subscribers is not None:
            subscribers.append(subscriber)

    def unsubscribe(self) -> None:
        """End it."""
        if self._subscribers is not None and self._subscriber in self._subscribers:
            self._subscribers.remove(self._subscriber)


def get_stage_next_free_path(stage: Usd.Stage, path: str, prepend_default_prim: bool = True) -> str:
    """Return ``path``, numbered when a prim is there already. On a stage of our own the default prim counts as /World,
    Kit's.
    """
    text = "/" + str(path).lstrip("/")
    root = str(stage.GetDefaultPrim().GetPath()) if stage.GetDefaultPrim() else ""
    root = "/World" if root == ROOT else root
    if prepend_default_prim and root and not f"{text}/".startswith(f"{root}/"):
        text = f"{root}{text}"
    return Author(stage).unique(text)


def remove_prim(stage: Usd.Stage, path: Any) -> bool:
    """Remove a prim with all below it; one that a layer underneath brings is switched off."""
    found = bool(stage.GetPrimAtPath(str(path)))
    stage.RemovePrim(Sdf.Path(str(path)))
    if left := stage.GetPrimAtPath(str(path)):
        left.SetActive(False)
    return found


def copy_prim(stage: Usd.Stage, source: Any, target: Any) -> bool:
    """Copy a prim with all below it to another path; what is not there above that is defined."""
    layer, path = stage.GetRootLayer(), Sdf.Path(str(target))
    above = path.GetParentPath()
    if above != Sdf.Path.absoluteRootPath and not stage.GetPrimAtPath(above):
        stage.DefinePrim(above, "Scope" if above.name == "Looks" else "Xform")
    return bool(Sdf.CopySpec(layer, Sdf.Path(str(source)), layer, path))


def get_world_transform_matrix(prim: Usd.Prim, time: Any = None) -> Gf.Matrix4d:
    """Return the world matrix of a prim."""
    return UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default())


def get_local_transform_matrix(prim: Usd.Prim, time: Any = None) -> Gf.Matrix4d:
    """Return the local matrix of a prim."""
    return UsdGeom.Xformable(prim).GetLocalTransformation(Usd.TimeCode.Default())


def get_local_transform_srt(prim: Usd.Prim, time: Any = None) -> tuple[Gf.Vec3d, Gf.Vec3d, Gf.Vec3i, Gf.Vec3d]:
    """Return scale, Euler angles in degrees, their order and translation of a prim's local transform."""
    pose = read_pose(prim, Usd.TimeCode.Default())
    order = Gf.Vec3i(*("XYZ".index(axis) for axis in pose.order))
    return Gf.Vec3d(*pose.scale), Gf.Vec3d(*pose.euler), order, Gf.Vec3d(*pose.translate)


def get_shader_from_material(material: Any, get_prim: bool = False) -> Any:
    """Return the shader of a material's surface, MDL's where there is one; as a prim with ``get_prim``; None
    without.
    """
    prim = material.GetPrim()
    shader = UsdShade.Material(prim).ComputeSurfaceSource("mdl")[0] if prim and prim.IsA(UsdShade.Material) else None
    if not shader:
        return None
    return shader.GetPrim() if get_prim else shader


def create_material_input(prim: Usd.Prim, name: str, value: Any, value_type: Any, *other: Any, **more: Any) -> Any:
    """Set an input of a material's shader, given by the material or the shader itself, and return it."""
    shader = UsdShade.Shader(prim) if prim.IsA(UsdShade.Shader) else get_shader_from_material(prim)
    made = shader.CreateInput(str(name), value_type)
    made.Set(value)
    return made


def get_descendants(prim: Usd.Prim) -> list[Usd.Prim]:
    """Return a prim and all below it."""
    return list(Usd.PrimRange(prim))


# -- omni.kit ---------------------------------------------------------------------------------------------------------

_UPDATES: list[Subscriber] = []
_RENDERED: list[Subscriber] = []
_TIMES: list[Subscriber] = []


class App:
    """The application."""

    def update(self, *, passes_time: bool = True, captures: bool = True) -> None:
        """Do one update: tasks, time, and a frame where one is due."""
        engine = current()
        engine.application.update(passes_time=passes_time, captures=captures)
        tell(_UPDATES, 0, dt=1.0 / engine.timeline.rate)
        tell(_RENDERED, 0, frame_number=engine.captures.frame + engine.captures.reads)

    async def next_update_async(self) -> float:
        """Let one update pass."""
        await asyncio.sleep(0)
        self.update()
        return 1.0 / current().timeline.rate

    post_update_async = next_update_async

    def get_update_event_stream(self) -> Stream:
        """Return the stream of updates."""
        return Stream(_UPDATES)

    get_pre_update_event_stream = get_post_update_event_stream = get_update_event_stream

    def get_extension_manager(self) -> ExtensionManager:
        """Return the extension manager."""
        return ExtensionManager()

    def is_running(self) -> bool:
        """Return whether the application goes on."""
        return current().application.can_continue()

    def get_app_version(self) -> str:
        """Return a version."""
        return "107.3"

    get_build_version = get_app_version

    def shutdown(self, *args: Any) -> None:
        """End the application."""
        current().application.is_over = True

    post_quit = shutdown


class ExtensionManager:
    """Every extension is taken to be there; what it would bring may not be."""

    def set_extension_enabled_immediate(self, name: str, enabled: bool = True) -> bool:
        """Accept it."""
        return True

    set_extension_enabled = set_extension_enabled_immediate

    def is_extension_enabled(self, name: str) -> bool:
        """Say yes."""
        return True

    def get_enabled_extension_id(self, name: str) -> str:
        """Return the name as its id."""
        return name

    def get_extension_path_by_module(self, name: str) -> str:
        """Return no folder: there is none."""
        return ""

    get_extension_path = get_extension_path_by_module


def execute(name: str, **options: Any) -> tuple[bool, Any]:
    """Run one of the commands that scripts use on prims."""
    engine = current()
    stage = engine.recorder.stage
    if name in ("DeletePrims", "DeletePrimsCommand"):
        for path in options.get("paths", ()):
            remove_prim(stage, path)
        return True, None
    if name in ("MovePrim", "MovePrimCommand", "MovePrims", "MovePrimsCommand"):
        moves = options.get("paths_to_move") or {options.get("path_from"): options.get("path_to")}
        for source, target in moves.items():
            copy_prim(stage, source, target)
            stage.RemovePrim(Sdf.Path(str(source)))
        return True, None
    if name in ("CreateMeshPrimWithDefaultXform", "CreateMeshPrim", "CreateMeshPrimWithDefaultXformCommand"):
        kind = str(options.get("prim_type", "Cube")).lower()
        path = str(options.get("prim_path") or get_stage_next_free_path(stage, f"/{kind.capitalize()}", False))
        engine.recorder.author.bare_shape(kind, path, as_mesh=True)
        return True, path
    if name in ("CreateMdlMaterialPrim", "CreateMdlMaterialPrimCommand", "CreateAndBindMdlMaterialFromLibrary"):
        made = create_material(options.get("mtl_name") or options.get("mdl_name"))
        target = options.get("mtl_path")
        if target and not stage.GetPrimAtPath(str(target)):
            copy_prim(stage, made.GetPath(), target)
            stage.RemovePrim(made.GetPath())
        return True, target or str(made.GetPath())
    if name in ("BindMaterial", "BindMaterialCommand"):
        paths = options.get("prim_path")
        for path in paths if isinstance(paths, (list, tuple)) else [paths]:
            bind(stage.GetPrimAtPath(str(path)), str(options["material_path"]))
        return True, None
    if name in ("CreatePrim", "CreatePrimCommand", "CreatePrimWithDefaultXform", "CreatePrimWithDefaultXformCommand"):
        kind = options.get("prim_type", "Xform")
        path = str(options.get("prim_path") or get_stage_next_free_path(stage, f"/{kind}", False))
        prim = stage.DefinePrim(path, kind)
        for key, value in (options.get("attributes") or {}).items():
            prim.GetAttribute(str(key)).Set(value)
        return True, path
    if name in ("CopyPrim", "CopyPrimCommand"):
        copy_prim(stage, options["path_from"], options["path_to"])
        return True, str(options["path_to"])
    if name in ("ChangeProperty", "ChangePropertyCommand"):
        path = Sdf.Path(str(options["prop_path"]))
        set_attribute(stage.GetPrimAtPath(path.GetPrimPath()), path.name, unwrap(options["value"]))
        return True, None
    if name in ("ToggleVisibilitySelectedPrims", "ToggleVisibilitySelectedPrimsCommand"):
        for path in options["selected_paths"]:
            shown = UsdGeom.Imageable(stage.GetPrimAtPath(str(path)))
            hides = shown.ComputeVisibility() != UsdGeom.Tokens.invisible
            shown.MakeInvisible() if hides else shown.MakeVisible()
        return True, None
    if name in ("CreateReference", "CreateReferenceCommand", "CreatePayload", "CreatePayloadCommand"):
        path = str(options["path_to"])
        stage.DefinePrim(path).GetReferences().AddReference(str(options["asset_path"]))
        return True, path
    raise NotSupported(f"omni.kit.commands: {name!r} is not offered by rendersdg run", where=engine.where())


# -- omni.timeline ----------------------------------------------------------------------------------------------------


class TimelineInterface:
    """The timeline: its clock drives animated values and ``on_time`` of the stage."""

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Let time run."""
        current().timeline.playing = True
        self._tell(TimelineEventType.PLAY)

    def pause(self) -> None:
        """Hold time."""
        current().timeline.playing = False
        self._tell(TimelineEventType.PAUSE)

    def stop(self) -> None:
        """Hold time and go back to the start."""
        current().clock.rewind()
        self._tell(TimelineEventType.STOP)

    @staticmethod
    def _tell(kind: TimelineEventType) -> None:
        tell(_TIMES, kind, currentTime=current().timeline.time)

    def is_playing(self) -> bool:
        """Return whether time runs."""
        return current().timeline.playing

    def is_stopped(self) -> bool:
        """Return whether time stands at the start."""
        timeline = current().timeline
        return not timeline.playing and timeline.time == timeline.start

    def get_current_time(self) -> float:
        """Return the time in seconds."""
        return current().timeline.time

    def set_current_time(self, seconds: float) -> None:
        """Set the time in seconds."""
        current().timeline.time = float(seconds)
        self._tell(TimelineEventType.CURRENT_TIME_CHANGED)

    def get_start_time(self) -> float:
        """Return the start in seconds."""
        return current().timeline.start

    def set_start_time(self, seconds: float) -> None:
        """Set the start in seconds."""
        current().timeline.start = float(seconds)

    def get_end_time(self) -> float:
        """Return the end in seconds."""
        return current().timeline.end

    def set_end_time(self, seconds: float) -> None:
        """Set the end in seconds."""
        current().timeline.end = float(seconds)

    def set_looping(self, value: bool) -> None:
        """Say whether time begins anew at the end."""
        current().timeline.looping = bool(value)

    def is_looping(self) -> bool:
        """Return whether time begins anew at the end."""
        return current().timeline.looping

    def get_time_codes_per_seconds(self) -> float:
        """Return the frames a second."""
        return current().timeline.rate

    get_time_codes_per_second = get_time_codes_per_seconds

    def set_time_codes_per_second(self, rate: float) -> None:
        """Set the frames a second."""
        engine = current()
        engine.timeline.rate = float(rate)
        engine.recorder.stage.SetTimeCodesPerSecond(float(rate))

    set_target_framerate = set_ticks_per_frame = lambda self, *args: None
    get_ticks_per_frame = lambda self: 1  # noqa: E731
    set_auto_update = set_prerolling = lambda self, *args: None

    def commit(self) -> None:
        """Do what was set: it is done at once."""

    commit_silently = commit

    def forward_one_frame(self) -> None:
        """Let one frame's time pass."""
        engine = current()
        engine.clock.pass_time(1.0 / engine.timeline.rate)

    def rewind_one_frame(self) -> None:
        """Go back one frame's time."""
        timeline = current().timeline
        timeline.time = max(timeline.time - 1.0 / timeline.rate, timeline.start)

    def get_timeline_event_stream(self) -> Stream:
        """Return the stream of what happens to time: it runs, is held, stops, is set, and ticks as it passes."""
        if _tick not in current().clock.time_listeners:
            current().clock.time_listeners.append(_tick)
        return Stream(_TIMES)


def _tick(time: float) -> None:
    tell(_TIMES, TimelineEventType.CURRENT_TIME_TICKED, currentTime=time, dt=1.0 / current().timeline.rate)


class Kind(IntEnum):
    """Named numbers that print as Omniverse's do."""

    __str__ = Enum.__str__


class TimelineEventType(Kind):
    """The kinds of timeline events."""

    PLAY = 0
    PAUSE = 1
    STOP = 2
    CURRENT_TIME_CHANGED = 3
    CURRENT_TIME_TICKED = 4


# -- carb -------------------------------------------------------------------------------------------------------------


class Settings:
    """The settings tree: anything may be set and read back. Those of Replicator's that change frames are honoured."""

    def set(self, key: str, value: Any) -> None:
        """Set a value."""
        current().settings.set(key, value)

    set_bool = set_int = set_float = set_string = set_default = set_int_array = set_float_array = set

    def set_default_bool(self, key: str, value: Any) -> None:
        """Set a value unless there is one."""
        if self.get(key) is None:
            self.set(key, value)

    set_default_int = set_default_float = set_default_string = set_default_bool

    def get(self, key: str) -> Any:
        """Return a value, None when none was set."""
        return current().settings.get(key)

    def get_as_bool(self, key: str) -> bool:
        """Return a value as a bool."""
        return bool(self.get(key))

    def get_as_int(self, key: str) -> int:
        """Return a value as an int."""
        return int(self.get(key) or 0)

    def get_as_float(self, key: str) -> float:
        """Return a value as a float."""
        return float(self.get(key) or 0.0)

    def get_as_string(self, key: str) -> str:
        """Return a value as text."""
        value = self.get(key)
        return "" if value is None else str(value)

    def destroy_item(self, key: str) -> None:
        """Forget a value."""
        current().settings.forget(key)


def _vector(kind: type[Any]) -> type[Any]:
    """Return a vector of carb's: one of Gf's whose parts have names too."""

    def part(k: int) -> property:
        return property(lambda self: self[k])

    parts = {name: part(k) for k, name in enumerate("xyzw")}
    return type(kind.__name__, (kind,), parts)


_VECTORS = {
    "Float2": _vector(Gf.Vec2f),
    "Float3": _vector(Gf.Vec3f),
    "Float4": _vector(Gf.Vec4f),
    "Double2": _vector(Gf.Vec2d),
    "Double3": _vector(Gf.Vec3d),
    "Double4": _vector(Gf.Vec4d),
    "Int2": _vector(Gf.Vec2i),
    "Int3": _vector(Gf.Vec3i),
}


def _logger(level: int) -> Callable[..., None]:
    def say(text: Any, *args: Any) -> None:
        script_log.log(level, "%s", text)

    return say


# -- omni.client, omni.syntheticdata, omni.graph.core -----------------------------------------------------------------


class Result(IntEnum):
    """How a client call went."""

    OK = 0
    ERROR_NOT_FOUND = 1


def client_list(url: str, *args: Any) -> tuple[Result, tuple[Any, ...]]:
    """Return the assets of a folder, or the stand-ins for it."""
    recorder = current().recorder
    found = recorder.layers.listing(str(url), recursive=False)
    entries = tuple(types.SimpleNamespace(relative_path=p.rsplit("/", 1)[-1], flags=0, size=0) for p in found)
    return Result.OK, entries


def client_stat(url: str) -> tuple[Result, Any]:
    """Return whether a file is at hand."""
    found = current().recorder.resolver.find(str(url))
    return (Result.OK if found else Result.ERROR_NOT_FOUND), types.SimpleNamespace(flags=0, size=0)


class SyntheticData:
    """The semantic filter over everything."""

    @staticmethod
    def Get() -> SyntheticData:
        """Return the one instance."""
        return SyntheticData()

    def set_instance_mapping_semantic_filter(self, predicate: str) -> None:
        """Keep only what the predicate accepts, in every writer that sets none of its own."""
        parse_filter(str(predicate))
        current().recorder.graph.settings[FILTER_SETTING] = str(predicate)

    set_default_semantic_filter = set_instance_mapping_semantic_filter


class Controller:
    """OmniGraph's controller: values of attributes can be read and set, evaluation happens with the frame."""

    @staticmethod
    def evaluate_sync(*args: Any) -> None:
        """Do nothing: the graph is evaluated with the frame."""

    @staticmethod
    async def evaluate(*args: Any) -> None:
        """Do nothing: the graph is evaluated with the frame."""

    @staticmethod
    def edit(*args: Any, **kwargs: Any) -> Any:
        """Refuse: OmniGraph nodes are not run."""
        raise NotSupported("omni.graph.core: OmniGraph nodes are not run; use rep", where=current().where())


def _done(value: Any = None) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return value

    return call


def _later(value: Any = None) -> Callable[..., Awaitable[Any]]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return value

    return call


def modules() -> dict[str, ModuleType]:
    """Return the Kit modules by name."""
    app, context, timeline, settings = App(), UsdContext(), TimelineInterface(), Settings()
    viewport = types.SimpleNamespace(
        camera_path=Sdf.Path("/OmniverseKit_Persp"),
        resolution=(1280, 720),
        stage=None,
        frame_info={},
        updates_enabled=True,
        set_texture_resolution=_done(),
        get_active_camera=_done("/OmniverseKit_Persp"),
        set_active_camera=_done(),
        wait_for_rendered_frames=_later(True),
    )
    made = [
        module(
            "omni.usd",
            "The stage.",
            get_context=lambda *a: context,
            get_stage_next_free_path=get_stage_next_free_path,
            get_world_transform_matrix=get_world_transform_matrix,
            get_local_transform_matrix=get_local_transform_matrix,
            get_local_transform_SRT=get_local_transform_srt,
            get_shader_from_material=get_shader_from_material,
            create_material_input=create_material_input,
            get_prim_descendents=get_descendants,
            get_prim_descendants=get_descendants,
            get_prim_at_path=lambda p: context.get_stage().GetPrimAtPath(str(p)),
            UsdContext=UsdContext,
            StageRenderingEventType=types.SimpleNamespace(
                NEW_FRAME=0, HYDRA_ENGINE_FRAMES_ADDED=1, HYDRA_ENGINE_FRAMES_COMPLETE=2
            ),
            StageEventType=types.SimpleNamespace(OPENED=2, CLOSED=4, ASSETS_LOADED=7, SELECTION_CHANGED=1),
            StageState=types.SimpleNamespace(OPENED=5),
            delete_prim=lambda path: remove_prim(context.get_stage(), path),
        ),
        module("omni.usd.commands", "Commands."),
        module("omni.kit", "Kit."),
        module("omni.kit.app", "The application.", get_app=lambda: app, get_app_interface=lambda: app, IApp=App),
        module("omni.kit.commands", "Commands on prims.", execute=execute),
        module("omni.kit.viewport", "Viewports."),
        module(
            "omni.kit.viewport.utility",
            "The viewport.",
            get_active_viewport=lambda *a: viewport,
            get_active_viewport_window=lambda *a: types.SimpleNamespace(viewport_api=viewport, title="Viewport"),
            get_active_viewport_camera_path=lambda *a: "/OmniverseKit_Persp",
            create_viewport_window=lambda *a, **k: types.SimpleNamespace(viewport_api=viewport, title="Viewport"),
        ),
        module(
            "omni.timeline",
            "The timeline.",
            get_timeline_interface=lambda *a: timeline,
            TimelineEventType=TimelineEventType,
        ),
        module(
            "carb",
            "Settings and log.",
            log_info=_logger(logging.INFO),
            log_warn=_logger(logging.WARNING),
            log_error=_logger(logging.ERROR),
            log_verbose=_logger(logging.DEBUG),
            **_VECTORS,
        ),
        module("carb.settings", "The settings tree.", get_settings=lambda: settings, ISettings=Settings),
        module("carb.events", "Event streams.", IEvent=object),
        module(
            "carb.tokens", "Path tokens.", get_tokens_interface=lambda: types.SimpleNamespace(resolve=lambda text: text)
        ),
        module(
            "omni.client",
            "Asset folders.",
            list=client_list,
            stat=client_stat,
            Result=Result,
            list_async=_later((Result.OK, ())),
            stat_async=_later((Result.ERROR_NOT_FOUND, None)),
        ),
        module("omni.syntheticdata", "Semantic filters.", SyntheticData=SyntheticData),
        module(
            "omni.syntheticdata.SyntheticData", "Semantic filters.", SyntheticData=SyntheticData, Get=SyntheticData.Get
        ),
        module("omni.kit.async_engine", "Tasks.", run_coroutine=asyncio.ensure_future),
        module(
            "omni.kit.undo",
            "Nothing is undone.",
            group=nullcontext,
            disabled=nullcontext,
            undo=_done(),
            redo=_done(),
            clear_stack=_done(),
        ),
        module("omni.syntheticdata.scripts", "Semantic filters."),
        module(
            "omni.syntheticdata.scripts.SyntheticData",
            "Semantic filters.",
            SyntheticData=SyntheticData,
            Get=SyntheticData.Get,
        ),
        module("omni.graph", "OmniGraph."),
        module("omni.graph.core", "OmniGraph.", Controller=Controller),
        module("omni.ext", "Extensions.", IExt=type("IExt", (), {})),
        module("omni.ui", "User interface: none here."),
        module(
            "omni.log", "Log.", info=_logger(logging.INFO), warn=_logger(logging.WARNING), error=_logger(logging.ERROR)
        ),
        module("omni.replicator", "Replicator."),
        module("omni", "Omniverse, as rendersdg run offers it."),
    ]
    return {m.__name__: m for m in made}


def forget() -> None:
    """Forget what the last script subscribed to."""
    for subscribers in (_UPDATES, _RENDERED, _TIMES):
        subscribers.clear()
    UsdUtils.StageCache.Get().Clear()
    Selection._paths.clear()
