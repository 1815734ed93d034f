"""``isaacsim.simulation_app``: the launcher of stand-alone scripts."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Coroutine, Mapping
from typing import Any, ClassVar, TypeVar

from pxr import UsdGeom

from rendersdg.omni.kit.app import App, get_app
from rendersdg.omni.kit.usd import UsdContext, get_context
from rendersdg.replicator.engine import current

__all__ = [
    "SimulationApp",
]


T = TypeVar("T")

_RENDERERS = {  # as settings spell them; a launcher's are taken in any case
    "raytracedlighting": "RaytracedLighting",
    "pathtracing": "PathTracing",
    "realtimepathtracing": "RealTimePathTracing",
    "minimal": "MinimalRendering",
    "minimalrendering": "MinimalRendering",
}
_SETTINGS = {  # setting -> what the launcher gives it
    "/app/fastShutdown": "fast_shutdown",
    "/app/renderer/resolution/height": "height",
    "/app/renderer/resolution/width": "width",
    "/app/window/height": "window_height",
    "/app/window/width": "window_width",
    "/renderer/multiGpu/enabled": "multi_gpu",
    "/rtx/hydra/materialSyncLoads": "sync_loads",
    "/rtx/materialDb/syncLoads": "sync_loads",
    "/rtx/pathtracing/clampSpp": "samples_per_pixel_per_frame",
    "/rtx/pathtracing/maxBounces": "max_bounces",
    "/rtx/pathtracing/maxSpecularAndTransmissionBounces": "max_specular_transmission_bounces",
    "/rtx/pathtracing/maxVolumeBounces": "max_volume_bounces",
    "/rtx/pathtracing/optixDenoiser/enabled": "denoiser",
    "/rtx/pathtracing/spp": "samples_per_pixel_per_frame",
    "/rtx/pathtracing/totalSpp": "samples_per_pixel_per_frame",
    "/rtx/post/aa/op": "anti_aliasing",
    "/rtx/rtpt/maxBounces": "max_bounces",
    "/rtx/rtpt/maxSpecularAndTransmissionBounces": "max_specular_transmission_bounces",
    "/rtx/rtpt/maxVolumeBounces": "max_volume_bounces",
}


class SimulationApp:
    """The launcher of stand-alone scripts: it begins on an empty stage, without the light of an application's own.

    Its settings about windows and devices have nothing to act on here.
    """

    DEFAULT_LAUNCHER_CONFIG: ClassVar[Mapping[str, object]] = {
        "headless": True,
        "hide_ui": None,
        "active_gpu": None,
        "physics_gpu": 0,
        "multi_gpu": True,
        "max_gpu_count": None,
        "sync_loads": True,
        "width": 1280,
        "height": 720,
        "window_width": 1440,
        "window_height": 900,
        "renderer": "RealTimePathTracing",
        "anti_aliasing": 3,
        "samples_per_pixel_per_frame": 64,
        "denoiser": True,
        "max_bounces": 3,
        "max_specular_transmission_bounces": 3,
        "max_volume_bounces": 15,
        "open_usd": None,
        "fast_shutdown": True,
        "create_new_stage": True,
        "extra_args": [],
    }

    def __init__(self, launch_config: Mapping[str, object] | None = None, experience: str = "") -> None:
        self.config = {**self.DEFAULT_LAUNCHER_CONFIG, **(launch_config or {})}
        self.app: App = get_app()
        self._launch()
        for name in ("ISAAC_LAUNCHED_FROM_TERMINAL", "ISAAC_LAUNCHED_FROM_JUPYTER"):  # of Isaac Sim's own windows
            setattr(builtins, name, False)
        engine = current()
        is_applications = engine.recorder.stage is engine.began
        stage = engine.new_stage() if is_applications else engine.recorder.stage  # one that was given stays open
        if UsdGeom.GetStageUpAxis(stage) == "Y":
            current().recorder.report.note(
                "SimulationApp",
                "was made on Kit's stage (Y up, centimetres), for the script's own text imports nothing of Isaac Sim; "
                "--stage isaac begins with Z up and metres",
            )
        if url := self.config.get("open_usd"):
            current().open_stage(str(url))

    def _launch(self) -> None:
        """Let settings be read as the launcher sets them."""
        settings: dict[str, object] = {name: self.config[key] for name, key in _SETTINGS.items()}
        renderer = str(self.config["renderer"])
        settings["/rtx/rendermode"] = _RENDERERS.get(renderer.lower(), renderer)
        current().settings.launch(settings)

    @property
    def context(self) -> UsdContext:
        """The USD context."""
        return get_context()

    def update(self) -> None:
        """Do one update."""
        self.app.update()

    def close(self, wait_for_replicator: bool = True, skip_cleanup: bool = False) -> None:
        """Complete what was started. The script may go on to its own end."""
        current().application.close()

    def is_running(self) -> bool:
        """Return whether the application goes on."""
        return current().application.can_continue()

    def is_exiting(self) -> bool:
        """Return whether the application has been closed."""
        return current().application.is_over

    def set_setting(self, setting: str, value: object) -> None:
        """Set a setting."""
        current().settings.set(setting, value)

    def reset_render_settings(self) -> None:
        """Let settings be read as they were launched."""
        self._launch()

    def run_coroutine(self, coroutine: Coroutine[Any, Any, T], run_until_complete: bool = True) -> T | asyncio.Task[T]:
        """Run a coroutine."""
        loop = current().tasks.loop or asyncio.get_event_loop()
        return loop.run_until_complete(coroutine) if run_until_complete else loop.create_task(coroutine)

    def __enter__(self) -> SimulationApp:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()
