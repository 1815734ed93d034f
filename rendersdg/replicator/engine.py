"""What runs behind a script: the recorder, the frames captured so far, the timeline, and where output goes."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from pxr import Gf, Tf, Usd, UsdGeom, UsdPhysics

from rendersdg.backends.shutter import SETTINGS
from rendersdg.dataset.dataset import Dataset, FrameResult, Read
from rendersdg.dataset.store import Store, digest
from rendersdg.errors import DatasetError, RenderSDGError
from rendersdg.geometry import affine, aim_rotation
from rendersdg.graph.nodes import Product, WriterUse
from rendersdg.orchestrator.session import AttachedWriter, Capture, Session
from rendersdg.replicator.host import Host, hosting
from rendersdg.scene.recorder import Recorder
from rendersdg.stage.author import Author, new_stage
from rendersdg.stage.base import cameras_below
from rendersdg.stage.physics import LiveSimulation, Simulator
from rendersdg.stage.pose import Pose, pose_from_matrix, read_pose, write_pose
from rendersdg.stage.rigid import Force, Touch, World
from rendersdg.stage.state import SceneState

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+(:[^\s'\"@]*)?")
# properties that move, show, label or tint what is drawn and never change what is drawn
_VALUES = (
    "xformOp",
    "visibility",
    "inputs:",
    "semantics:",
    "semantic:",
    "focalLength",
    "focusDistance",
    "clippingRange",
    "horizontalAperture",
    "physics:velocity",
    "physics:angularVelocity",
)
_PATIENCE = 300  # updates without a frame after which a window loop is over
_BUSY = 0.1  # what an update counts for in that when time has passed or an annotator was read
PHYSICS_STEP = 1.0 / 60.0  # seconds: how often PhysX steps, and tells those who listen, unless a script says otherwise
ENDLESS = 10  # frames of a graph that has no end, when nobody says how many
VIEWPORT = "/OmniverseKit_Persp"  # the camera of the window, which scripts expect to be there


def setting_name(key: Any) -> str:
    """Return a setting's key with its leading slash, which may be left out."""
    return "/" + str(key).strip("/")


class Recorded(BaseException):
    """Unwinds a script in a worker at the point where its frames are to be made."""


class Made(BaseException):
    """Unwinds a script whose one wanted frame is made."""


class FramesLimit(BaseException):
    """Unwinds a script that has made all the frames it was allowed."""


@dataclass
class Timeline:
    """The clock of the stage, in seconds."""

    rate: float = 60.0
    time: float = 0.0
    start: float = 0.0
    end: float = 100.0 / 60.0
    looping: bool = True
    playing: bool = False

    def forward(self, seconds: float) -> None:
        """Let time pass; a looping timeline begins anew at its end, another stops there."""
        self.time += seconds
        if self.time > self.end + 1e-9 and self.end > self.start:
            if self.looping:
                self.time = self.start + (self.time - self.start) % (self.end - self.start)
            else:
                self.time, self.playing = self.end, False


@dataclass(eq=False)
class Engine:
    """One run of a script.

    ``out`` None lets every writer write where the script says; else each writes below ``out``, in a folder named by the
    last part of its own. ``limit`` bounds the frames captured. ``header`` is what the datasets say of their making.
    ``only`` is the one frame to make again: its files go to ``kept``, by place, and nothing is written.
    ``spread`` makes the frames of a whole run elsewhere; ``records_only`` stops the script where its frames are to be
    made.
    """

    script: str
    recorder: Recorder
    header: dict[str, Any]
    sources: dict[str, bytes]
    seed: int | None = None
    backend: str = "raster"
    out: str | None = None
    limit: int | None = None
    say: Callable[[int], None] = lambda frame: None
    overwrite: bool = False
    spread: Callable[[Engine, int], None] | None = None
    records_only: bool = False
    only: int | None = None
    kept: dict[str, dict[str, bytes]] = field(default_factory=dict)
    reads_pixels: bool = False
    packs_colours: bool = False  # coloured segmentations are uint32 (H, W), as releases before Isaac Sim 6 give them
    frame: int = 0
    started: bool = False
    until: int | None = None
    capture_on_play: bool = True
    has_stepped: bool = False
    is_over: bool = False
    host: Host = field(default_factory=Host)
    timeline: Timeline = field(default_factory=Timeline)
    carb: dict[str, Any] = field(default_factory=dict)
    last: Capture | None = None
    looks: int = 0  # captures that annotators read between frames
    written: dict[WriterUse, int] = field(default_factory=dict)
    pending: dict[str, dict[str, bytes]] = field(default_factory=dict)
    finals: list[Callable[[], None]] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None
    failures: list[BaseException] = field(default_factory=list)  # of tasks that nobody awaited
    physics_steps: list[Callable[[float], Any]] = field(default_factory=list)  # called after each with its seconds
    forces: list[Force] = field(default_factory=list)  # that act during the next step
    _used: dict[WriterUse, AttachedWriter] = field(default_factory=dict)  # the writers of all captures
    ticks: list[Callable[[float], Any]] = field(default_factory=list)  # called with the time when it has passed
    _session: Session | None = None
    _shape: tuple[Any, ...] = ()
    _datasets: dict[str, Dataset] = field(default_factory=dict)
    _loose: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _is_edited: bool = True
    _is_nudged: bool = False
    _idle: float = 0.0
    _doing: tuple[float, int] = (0.0, 0)
    _sent_at: dict[str, int] = field(default_factory=dict)
    _is_capturing: bool = False
    _is_due: bool = False  # the application has updated since the last capture
    _is_simulating: bool = False
    _is_ticking: bool = False
    _is_touched: bool = True
    _is_physical: bool = False
    _step_on_stage: float = PHYSICS_STEP
    _live: LiveSimulation | None = None
    _before: dict[str, tuple[Pose, tuple[Any, Any]]] = field(default_factory=dict)
    _listener: Any = None

    def __post_init__(self) -> None:
        self.recorder.is_script = True
        self._settle()

    # -- the stage ------------------------------------------------------------------------------------------------

    def new_stage(self, up_axis: Any = None, meters_per_unit: float | None = None) -> Usd.Stage:
        """Begin an empty stage; axis and unit stay what they were unless given."""
        old = self.recorder.stage
        return self.set_stage(
            new_stage(
                up_axis or UsdGeom.GetStageUpAxis(old),
                UsdGeom.GetStageMetersPerUnit(old) if meters_per_unit is None else meters_per_unit,
            )
        )

    def open_stage(self, path: str) -> Usd.Stage:
        """Open an asset as the stage; edits stay in memory. Raises AssetError for what cannot be read."""
        layer = self.recorder.layers.layer(path)
        stage = Usd.Stage.CreateInMemory()
        stage.GetRootLayer().subLayerPaths.append(layer.identifier)
        UsdGeom.SetStageUpAxis(stage, layer.up_axis)
        UsdGeom.SetStageMetersPerUnit(stage, layer.meters_per_unit)
        inner = Usd.Stage.Open(layer.identifier)
        if inner is not None:
            stage.SetTimeCodesPerSecond(inner.GetTimeCodesPerSecond())
            if inner.HasAuthoredTimeCodeRange():
                stage.SetStartTimeCode(inner.GetStartTimeCode())
                stage.SetEndTimeCode(inner.GetEndTimeCode())
            if inner.GetDefaultPrim():
                stage.SetDefaultPrim(stage.GetPrimAtPath(inner.GetDefaultPrim().GetPath()))
        return self.set_stage(stage)

    def set_stage(self, stage: Usd.Stage) -> Usd.Stage:
        """Go on with another stage; what was recorded over the old one is dropped."""
        self.recorder.restage(stage)
        self.timeline = Timeline()
        self._session, self._live, self._before, self._is_touched = None, None, {}, True
        self._settle()
        return stage

    def _settle(self) -> None:
        stage = self.recorder.stage
        self.timeline.rate = stage.GetTimeCodesPerSecond() or 60.0
        if stage.HasAuthoredTimeCodeRange():
            self.timeline.start = stage.GetStartTimeCode() / self.timeline.rate
            self.timeline.end = max(stage.GetEndTimeCode() / self.timeline.rate, self.timeline.start)
        if not stage.GetPrimAtPath(VIEWPORT):
            camera = UsdGeom.Camera.Define(stage, VIEWPORT)
            author = Author(stage)
            eye = np.full(3, 5.0 / author.meters_per_unit)
            rotation = aim_rotation(eye, np.zeros(3), np.array(author.up_vector))
            write_pose(camera.GetPrim(), pose_from_matrix(affine(rotation, eye)))
        self._listener = Tf.Notice.Register(Usd.Notice.ObjectsChanged, self._edited, stage)
        self._is_edited = True

    def _edited(self, notice: Any, stage: Any) -> None:
        if not self._is_capturing:
            paths = [*notice.GetResyncedPaths(), *notice.GetChangedInfoOnlyPaths()]
            if all(p.IsPropertyPath() and p.name.startswith(_VALUES) for p in paths):
                self._is_nudged = True
            else:
                self._is_edited = True
            self._is_touched = self._is_touched or not self._is_simulating

    # -- frames ---------------------------------------------------------------------------------------------------

    def session(self) -> Session:
        """Return a session of all that is recorded and edited by now."""
        graph = self.recorder.graph
        for product in graph.products:
            self._look_for_cameras(product)
        shape = (
            len(graph.nodes),
            len(graph.triggers),
            tuple((p.name, p.enabled) for p in graph.products),
            tuple((id(u), len(u.products), id(u.trigger), u.folder) for u in graph.writers),
            frozenset(graph.wanted),
            tuple((name, len(frames)) for name, frames in graph.sent.items()),
            graph.seed,
        )
        if self._session is None or self._is_edited or shape != self._shape:
            self._session = Session(
                self.recorder, seed=self.seed, backend=self.backend, after=self._session, needs_writer=False
            )
            self._shape, self._is_edited = shape, False
        elif self._is_nudged:
            self._session.builder.refresh()
        self._is_nudged = False
        return self._session

    def _look_for_cameras(self, product: Product) -> None:
        """Find out whether a render product has its cameras: a script may remove them, and put them back."""
        paths = [one.camera.resolve({}) for one in product.tiles or (product,)]
        has_all = all(any(cameras_below(self.recorder.stage, p) for p in some) for some in paths)
        if not has_all and not product.is_blind:
            self.recorder.report.note(
                f"render product {product.name}", f"its camera {paths[0]} was removed; it shows nothing"
            )
        product.is_blind = not has_all

    def capture(self, *, write: bool = True, time: float | None = None) -> None:
        """Evaluate the graph at the next frame and render what is asked for; with ``write`` the writers get it.

        Raises FramesLimit when the frames are used up.
        """
        if write and self.limit is not None and self.frame >= self.limit:
            raise FramesLimit
        session = self.session()
        self._is_capturing = True
        try:
            plan = session.planner.plan(self.frame)
            session.builder.simulates = time is None  # else the bodies have moved on the stage itself
            if time is not None:
                plan = replace(plan, time=time)
            self.last = session.capture(plan)
            if not write:
                return
            numbers = {u: self.written.get(u, 0) for u in self.recorder.graph.writers}
            if self.only is None or self.frame == self.only or self._has_memory():
                result = session.encode(self.last, numbers)
            else:
                result = FrameResult(self.frame, {}, {}, {})
            fired = session.planner.schedule.fires
            self._used |= {w.use: w for w in session.writers}
            for use in self.recorder.graph.writers:
                if any(p.enabled for p in use.products) and (use.trigger is None or fired(use.trigger, self.frame)):
                    self.written[use] = numbers[use] + 1
        finally:
            self._is_capturing = self._is_due = False
        self._commit(result)
        self.frame += 1
        self.say(self.frame)

    def look(self) -> Capture | None:
        """Return what annotators read: the last capture, or the stage as it is if the application has updated since.

        None before the first of either. Raises FramesLimit when as many were looked at as frames are allowed.
        """
        if self._is_due and not self._is_capturing:
            if self.limit is not None and self.looks >= self.limit:
                raise FramesLimit
            self.looks += 1
            session = self.session()
            self._is_capturing = True
            try:
                session.builder.simulates = False
                plan = session.planner.plan(self.frame - 1, with_events=True)
                self.last = session.capture(replace(plan, time=self.timeline.time))
            finally:
                self._is_capturing = self._is_due = False
        return self.last

    def step(self, delta_time: float | None = None, *, pause_timeline: bool = True) -> None:
        """Capture one frame, then let ``delta_time`` seconds pass (None: a frame of the timeline)."""
        self.has_stepped = True
        self.capture(time=self.timeline.time)
        self.pass_time(1.0 / self.timeline.rate if delta_time is None else float(delta_time))
        if pause_timeline:
            self.timeline.playing = False

    def start(self, frames: int | None) -> None:
        """Start a run of the graph; it goes on with every update, and to its end when the script is over."""
        self.started = True
        self.until = None if frames is None else self.frame + int(frames)

    def advance(self) -> bool:
        """Capture the next frame of a started run. Returns False when the run is complete."""
        if not self.started:
            return False
        if self.frame >= self.run_length():
            self.started = False
            return False
        self.capture()
        return True

    def run_length(self) -> int:
        """Return the frame at which a run ends."""
        if self.until is not None:
            return self.until
        length = self.session().length() if self.recorder.graph.triggers else None
        if length is None:
            bound = self.limit if self.limit is not None else ENDLESS
            self.recorder.report.note(
                "frames", f"the graph has no end; {bound} frames are made (--frames-limit says how many)"
            )
            return bound
        return length

    def run_to_end(self) -> None:
        """Capture all frames of a started run."""
        if self.records_only and self.started:
            raise Recorded
        if self.only is not None and self.started and self.frame < self.only and self._why_not_spread() is None:
            self.jump(self.only)
        if self.spread is not None and self.started and self.frame == 0:
            reason = self._why_not_spread()
            if reason is None:
                count = self.run_length() if self.limit is None else min(self.run_length(), self.limit)
                for use in self.recorder.graph.writers:
                    if use.products and use.folder is not None:
                        self._dataset(use.folder)
                self._used |= {w.use: w for w in self.session().writers}
                self.spread(self, count)
                self.frame, self.started = count, False
                return
            self.recorder.report.note("--workers", f"one process makes the frames: {reason}")
        while self.advance():
            self.turn()

    def _why_not_spread(self) -> str | None:
        """Return why the frames of this run cannot be made out of order, None when they can."""
        if self.has_stepped or self.last is not None:
            return "the script captured frames by itself before"
        if self.reads_pixels:
            return "the script reads annotators"
        if self._has_memory():
            return "a writer is the script's own"
        return None

    def _has_memory(self) -> bool:
        """Return whether a writer is the script's own, which may remember the frames before."""
        return any(u.products and getattr(u.made, "keeps_state", True) for u in self.recorder.graph.writers)

    def jump(self, frame: int) -> None:
        """Make ``frame`` the next to capture, as if all before it had been."""
        schedule = self.session().planner.schedule
        self.frame = frame
        for use in self.recorder.graph.writers:
            self.written[use] = frame if use.trigger is None else schedule.executions(use.trigger, frame - 1)

    def shape(self) -> str:
        """Return a digest of what is recorded, to tell whether another run of the script recorded the same."""
        graph = self.recorder.graph
        nodes = [(n.site, n.op, repr(n.inputs)) for n in graph.nodes]
        text = repr(nodes) + self.recorder.stage.GetRootLayer().ExportToString()
        return digest(_ADDRESS.sub("", text).encode())

    def update(self, *, passes_time: bool = True, captures: bool = True) -> None:
        """Do what one update of the application does: pending tasks, time, and a frame where one is due.

        ``captures`` False leaves out the frames that a playing timeline has captured.
        """
        self.turn()
        before = self.frame
        self._is_due = True
        if self.started:
            self.advance()
        elif captures and self.timeline.playing and self.capture_on_play and self._is_written():
            self.capture(time=self.timeline.time)
        if passes_time and self.timeline.playing:
            self.pass_time(1.0 / self.timeline.rate)
        doing = (self.timeline.time, self.looks)
        waits = 1.0 if doing == self._doing else _BUSY
        self._idle, self._doing = 0.0 if self.frame > before else self._idle + waits, doing

    def _is_written(self) -> bool:
        """Return whether a writer has a render product that is switched on."""
        return any(p.enabled for use in self.recorder.graph.writers for p in use.products)

    def goes_on(self) -> bool:
        """Return whether the application is still open. A window loop in which nothing happens any more is closed.

        A graph that nobody has started by then is run first, as its author would by the menu.
        """
        if self._idle >= _PATIENCE and not self.is_over:
            self._idle = 0.0
            if self.is_ready():
                self.start(None)
            elif not self.started and not (self.loop is not None and asyncio.all_tasks(self.loop)):
                self.recorder.report.note(
                    "is_running", "no frame was captured for a long time; the application is closed"
                )
                self.is_over = True
        return not self.is_over

    def is_ready(self) -> bool:
        """Return whether a graph waits to be started: nothing was captured yet, and there is something to capture."""
        graph = self.recorder.graph
        is_idle = not self.started and self.frame == 0 and not self.has_stepped
        return is_idle and bool(graph.products) and (bool(graph.triggers) or any(u.products for u in graph.writers))

    def pass_time(self, seconds: float) -> None:
        """Let time pass on the stage: the clock, the bodies of UsdPhysics that fall, and who listens to their steps."""
        count = max(round(seconds / self.physics_step()), 1) if self.physics_steps else 1
        for _ in range(count):
            self.timeline.forward(seconds / count)
            if seconds > 0:
                self._move_bodies(seconds / count)
                for callback in list(self.physics_steps):
                    callback(seconds / count)
        if seconds > 0 and not self._is_ticking:  # a listener may let time pass itself
            self._is_ticking = True
            try:
                for callback in list(self.ticks):
                    callback(self.timeline.time)
            finally:
                self._is_ticking = False

    def physics_step(self) -> float:
        """Return the seconds between PhysX's steps: as set by Replicator, else as the stage's physics scene has it."""
        if step := self.recorder.graph.settings.get("physx_timestep"):
            return float(step)
        self._survey()
        return self._step_on_stage

    def _move_bodies(self, seconds: float) -> None:
        forces, self.forces = self.forces, []
        if not self._has_bodies():
            return
        live, simulator, state, is_edited = self._physics()
        poses = live.advance(simulator, state, seconds, is_edited=is_edited, forces=forces)
        stage, unit = self.recorder.stage, UsdGeom.GetStageMetersPerUnit(self.recorder.stage)
        self._is_simulating = True
        for path, pose in poses.items():
            prim = stage.GetPrimAtPath(path)
            self._before.setdefault(path, (read_pose(prim, Usd.TimeCode.Default()), _speed(prim)))
            write_pose(prim, pose)
        for path, speed in live.speeds(unit).items():
            _set_speed(stage.GetPrimAtPath(path), *speed)
        self._is_simulating = self._is_touched = False

    def _physics(self) -> tuple[LiveSimulation, Simulator, SceneState, bool]:
        """Return what simulates, what reads solids, the present state, and whether something else moved prims since."""
        session = self.session()
        session.builder.simulates = False
        state = session.builder.state(replace(session.planner.plan(self.frame), time=self.timeline.time))
        if self._live is None:
            self._live = LiveSimulation()
        return self._live, session.builder.physics, state, self._is_touched

    def touches(self) -> tuple[list[Touch], set[tuple[str, str]]]:
        """Return where solids met in the last step, and the pairs that met in the one before."""
        return ([], set()) if self._live is None else (self._live.touches(), self._live.met_before)

    def solids(self) -> World | None:
        """Return the bodies and colliders where they are, to ask what a ray or a box meets; None without MuJoCo."""
        live, simulator, state, is_edited = self._physics()
        return live.asked(simulator, state, is_edited=is_edited)

    def _has_bodies(self) -> bool:
        self._survey()
        return self._is_physical

    def _survey(self) -> None:
        """Find out, where prims were touched, whether the stage has bodies and how often its physics scene steps."""
        if not self._is_touched:
            return
        prims = list(self.recorder.stage.Traverse())
        self._is_physical = any("PhysicsRigidBodyAPI" in p.GetAppliedSchemas() for p in prims)
        rates = (p.GetAttribute("physxScene:timeStepsPerSecond").Get() for p in prims if p.IsA(UsdPhysics.Scene))
        self._step_on_stage = next((1.0 / float(rate) for rate in rates if rate), PHYSICS_STEP)

    def rewind(self) -> None:
        """Go back to the start of time: the bodies stand where they stood before they fell."""
        self.timeline.playing, self.timeline.time = False, self.timeline.start
        for path, (pose, speed) in self._before.items():
            if prim := self.recorder.stage.GetPrimAtPath(path):
                write_pose(prim, pose)
                _set_speed(prim, *speed)
        self._before, self._live = {}, None

    def turn(self) -> None:
        """Let pending tasks of the event loop go on, unless one of them is running this."""
        if self.loop is not None and not self.loop.is_running() and asyncio.all_tasks(self.loop):
            self.loop.run_until_complete(asyncio.sleep(0))

    def set_setting(self, key: str, value: Any) -> None:
        """Write an application setting; those that change frames are honoured."""
        name = setting_name(key)
        self.carb[name] = value
        if name == "/omni/replicator/captureOnPlay":
            self.capture_on_play = bool(value)
        elif name in ("/rendersdg/exposure", *SETTINGS):
            self.recorder.graph.settings[name] = value

    def send_event(self, name: str) -> None:
        """Make an event happen at the next frame, and at the next look before it; once more if there was a look
        since.
        """
        moments = self.recorder.graph.sent.setdefault(name, [])
        if self.frame not in moments or self._sent_at.get(name) != self.looks:
            moments.append(self.frame)
        self._sent_at[name] = self.looks

    # -- output ---------------------------------------------------------------------------------------------------

    def folder_of(self, output_dir: Any, name: str) -> str:
        """Return the key of the place where a writer called ``name`` writes."""
        given = os.path.expanduser(str(output_dir)) if output_dir else name
        if self.out is None:
            return given if "://" in given else os.path.abspath(given)
        return PurePosixPath(given.replace("\\", "/").rstrip("/")).name or name

    def put(self, folder: str, path: str, data: bytes) -> None:
        """Take a file that a script made: within a capture it is committed with the frame, else it is written at
        once.
        """
        name = path.replace("\\", "/").lstrip("/")
        if self._is_capturing:
            self.pending.setdefault(folder, {})[name] = data
            return
        self._loose.setdefault(folder, {})[name] = data
        if self.only is not None:
            return
        self._dataset(folder).store.write(self._spot(folder)[1] + name, data)

    def read_back(self, folder: str, path: str) -> bytes:
        """Return the bytes of a file that was put before."""
        if path in self.pending.get(folder, {}):
            return self.pending[folder][path]
        if path in self._loose.get(folder, {}):
            return self._loose[folder][path]
        return self._dataset(folder).store.read(self._spot(folder)[1] + path)

    def _spot(self, folder: str) -> tuple[str, str]:
        """Return the root of the dataset that a writer's folder belongs to, and the prefix of the folder's paths
        there.
        """
        return (folder, "") if self.out is None else (self.out, f"{folder}/")

    def _dataset(self, folder: str) -> Dataset:
        root, _ = self._spot(folder)
        if root not in self._datasets:
            if self.overwrite and self.out is None:
                forget(root)
            dataset = Dataset(Store(root))
            try:
                dataset.open(self.header, self.sources, resume=True)
            except DatasetError as error:
                if dataset.header() is None:
                    raise
                raise DatasetError(f"{error}; or add --overwrite to replace it") from None
            self._datasets[root] = dataset
        return self._datasets[root]

    def _commit(self, result: FrameResult) -> None:
        files: dict[str, dict[str, bytes]] = {}
        for folder in dict.fromkeys(u.folder for u in self.recorder.graph.writers if u.products):
            if folder is None:
                continue
            for path, data in result.files.items():
                if path.startswith(folder + "/"):
                    files.setdefault(folder, {})[path[len(folder) + 1 :]] = data
        for folder, made in self.pending.items():
            files.setdefault(folder, {}).update(made)
        self.pending = {}
        groups: dict[str, FrameResult] = {}

        def group(root: str) -> FrameResult:
            return groups.setdefault(root, FrameResult(result.frame, {}, {}, result.plan, result.seconds))

        for folder, made in files.items():
            root, prefix = self._spot(folder)
            group(root).files.update({prefix + p: d for p, d in made.items()})
        for folder, fragment in result.fragments.items():
            group(self._spot(folder)[0]).fragments[folder] = fragment
        if self.only is not None:
            if self.frame == self.only:
                self.kept = {root: one.files for root, one in groups.items()}
                raise Made
            return
        for root, one in groups.items():
            self._dataset(root).commit(one)

    def finish(self) -> list[tuple[str, int, int]]:
        """Write the files over all frames. Returns (place, frames, files) of each dataset."""
        for final in self.finals:
            final()
        session = self._session
        if session is not None:
            self._used |= {w.use: w for w in session.writers}
        out = []
        for root, dataset in self._datasets.items():

            def finisher(fragments: Any, read: Read, root: str = root) -> dict[str, bytes]:
                made: list[tuple[str, dict[str, bytes]]] = []
                for attached in self._used.values():  # those that were detached, too
                    place, prefix = self._spot(attached.folder)
                    if place == root and session is not None:
                        own = fragments.get(attached.folder, {})
                        made.append((prefix, attached.finish(own, session.seed, read, prefix.rstrip("/"))))
                for folder, files in self._loose.items():
                    place, prefix = self._spot(folder)
                    if place == root:
                        made.append((prefix, files))
                return {prefix + path: data for prefix, files in made for path, data in files.items()}

            manifest = dataset.finish(finisher, self.recorder.report.as_json())
            out.append((root, len(manifest["frames"]), len(manifest["files"])))
        return out

    # -- the script -----------------------------------------------------------------------------------------------

    def where(self) -> str | None:
        """Return ``file:line`` of the script's innermost running line."""
        frame: Any = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.script:
                return f"{Path(self.script).name}:{frame.f_lineno}"
            frame = frame.f_back
        return self.recorder.where


def _speed(prim: Usd.Prim) -> tuple[Any, Any]:
    """Return velocity and spin as a body has them on the stage."""
    api = UsdPhysics.RigidBodyAPI(prim)
    return api.GetVelocityAttr().Get() or (0, 0, 0), api.GetAngularVelocityAttr().Get() or (0, 0, 0)


def _set_speed(prim: Usd.Prim, velocity: Any, spin: Any) -> None:
    """Write velocity and spin of a body to the stage, as PhysX does after a step."""
    if prim.HasAPI(UsdPhysics.RigidBodyAPI):
        api = UsdPhysics.RigidBodyAPI(prim)
        api.CreateVelocityAttr().Set(Gf.Vec3f(*(float(v) for v in velocity)))
        api.CreateAngularVelocityAttr().Set(Gf.Vec3f(*(float(v) for v in spin)))


_RUNNING: list[Engine] = []


def current() -> Engine:
    """Return the engine of the running script. Raises RenderSDGError outside of one."""
    if not _RUNNING:
        raise RenderSDGError("no script is running; run it by rendersdg run SCRIPT")
    return _RUNNING[-1]


@contextmanager
def running(engine: Engine) -> Any:
    """Make ``engine`` the one that scripts talk to."""
    _RUNNING.append(engine)
    try:
        with hosting(engine.host):
            yield engine
    finally:
        _RUNNING.pop()


def forget(root: str) -> None:
    """Remove the dataset at ``root``: the files that its records list, and its own; others stay."""
    dataset = Dataset(Store(root))
    if dataset.header() is not None:
        dataset.remove()


def script_header(
    name: str, text: bytes, arguments: Sequence[str], seed: int | None, backend: str, *, is_below: bool
) -> dict[str, Any]:
    """Return what a dataset says of the script that made it."""
    import rendersdg

    return {
        "format": "rendersdg-dataset-1",
        "rendersdg": rendersdg.__version__,
        "script": name,
        "graph": digest(text),
        "arguments": list(arguments),
        "seed": seed,
        "backend": backend,
        "layout": "a folder a writer" if is_below else "one writer",
    }
