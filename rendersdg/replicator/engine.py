"""What runs behind a script: one object for each of the things that Omniverse does, and the stage they share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Literal

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.geometry import affine, aim_rotation
from rendersdg.replicator.application import Application
from rendersdg.replicator.captures import Captures
from rendersdg.replicator.clock import Clock
from rendersdg.replicator.failures import Failures
from rendersdg.replicator.host import Host, current_host, hosting
from rendersdg.replicator.output import Output
from rendersdg.replicator.physics import LivePhysics
from rendersdg.replicator.runs import Runs
from rendersdg.replicator.sessions import Sessions
from rendersdg.replicator.settings import Settings
from rendersdg.replicator.tasks import Tasks
from rendersdg.replicator.timeline import Timeline
from rendersdg.replicator.watch import StageWatch
from rendersdg.scene.recorder import Recorder
from rendersdg.stage.author import Author, new_stage
from rendersdg.stage.pose import pose_from_matrix, write_pose
from rendersdg.stage.templates import sunlight

VIEWPORT = "/OmniverseKit_Persp"  # the camera of the window, which scripts expect to be there
_VIEWPORT_AT = 5.0  # metres along each axis
_VIEWPORT_FOCAL_LENGTH = 18.147562  # Kit's: 60 degrees across the width, with USD's aperture of 20.955


class Engine:
    """One run of a script: its parts, and the stage that they share.

    ``script`` is the script's whole path. ``seed`` None takes the script's own. ``limit`` bounds the frames captured;
    ``on_frame`` is told how many there are.
    """

    def __init__(
        self,
        script: str,
        recorder: Recorder,
        output: Output,
        *,
        seed: int | None = None,
        backend: str = "raster",
        limit: int | None = None,
        on_frame: Callable[[int], None] = lambda frames: None,
    ) -> None:
        self.script = script
        self.recorder = recorder
        self.output = output
        self.host = Host()
        self.timeline = Timeline()
        self.watch = StageWatch()
        self.sessions = Sessions(recorder, self.watch, seed, backend)
        self.captures = Captures(self.sessions, self.timeline, output, limit, on_frame)
        self.physics = LivePhysics(self.captures)
        self.clock = Clock(self.timeline, self.physics)
        self.failures = Failures(script, recorder.report)
        self.tasks = Tasks(self.failures)
        self.runs = Runs(self.captures, self.tasks)
        self.application = Application(self.runs, self.clock)
        self.settings = Settings(recorder, self.application)
        self.stage_listeners: list[Callable[[bool], object]] = []  # told True before another comes, False after
        self.began: Usd.Stage | None = None  # the application's own stage, where it started with one
        recorder.is_script = True
        self._settle()

    @property
    def seed(self) -> int:
        """The seed of every random value that has none of its own."""
        seed = self.sessions.seed
        return seed if seed is not None else self.recorder.graph.seed or 0

    def begin(self, up_axis: Literal["Y", "Z"], meters_per_unit: float) -> Usd.Stage:
        """Begin on the stage of an application that has just started: with its own light."""
        self.began = stage = self.new_stage(up_axis, meters_per_unit)
        sunlight(stage)
        return stage

    def new_stage(self, up_axis: Literal["Y", "Z"] | None = None, meters_per_unit: float | None = None) -> Usd.Stage:
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
        layer = self.recorder.layers.opened(path)
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
        for listener in list(self.stage_listeners):
            listener(True)
        self.recorder.restage(stage)
        self.sessions.latest = None
        self.sessions.shown.forget()
        self.physics.forget()
        self._settle()
        for listener in list(self.stage_listeners):
            listener(False)
        return stage

    def end_writers(self) -> None:
        """Tell the script's own writers that there are no more frames. Raises, after all, what one of them raised."""
        with ExitStack() as stack:
            for final in reversed(self.output.finals):
                stack.callback(final)

    def finish(self) -> list[tuple[str, int, int]]:
        """Write the files over all frames. Returns (place, frames, files) of each dataset."""
        session = self.sessions.latest
        if session is not None:
            self.output.remember(session.writers)
        told = self.recorder.resolver.inputs.without_places(self.recorder.report.as_json())
        return self.output.finish(None if session is None else session.seed, told)

    def flush(self) -> None:
        """Write the files over all frames that there are by now: all that a writer writes is on disk then."""
        session = self.sessions.latest
        if session is not None:
            self.output.remember(session.writers)
            self.output.flush(session.seed)

    def where(self) -> str | None:
        """Return ``file:line`` of the script's innermost running line."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.script:
                return f"{Path(self.script).name}:{frame.f_lineno}"
            frame = frame.f_back
        return self.recorder.where

    def close(self) -> None:
        """End the run: watch the stage no more, and leave it as the script left it."""
        self.sessions.shown.hide()
        self.watch.close()

    def _settle(self) -> None:
        """Begin with the recorder's stage: its time, its viewport camera, its notices."""
        stage = self.recorder.stage
        self.timeline.restart(stage)
        if not stage.GetPrimAtPath(VIEWPORT):
            camera = UsdGeom.Camera.Define(stage, VIEWPORT)
            camera.CreateFocalLengthAttr(_VIEWPORT_FOCAL_LENGTH)
            author = Author(stage)
            eye = np.full(3, _VIEWPORT_AT / author.meters_per_unit)
            rotation = aim_rotation(eye, np.zeros(3), np.array(author.up_vector))
            write_pose(camera.GetPrim(), pose_from_matrix(affine(rotation, eye)))
        self.watch.follow(stage)


def current() -> Engine:
    """Return the engine of the running script. Raises RenderSDGError outside of one."""
    return current_host().part(Engine)


@contextmanager
def running(engine: Engine) -> Iterator[Engine]:
    """Make ``engine`` the one that scripts talk to."""
    engine.host.adopt(engine)
    with hosting(engine.host):
        yield engine
