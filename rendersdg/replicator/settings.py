"""The application's settings, as scripts write and read them by ``carb.settings`` and ``rep.settings``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rendersdg.backends.shutter import SETTINGS
from rendersdg.replicator.application import Application
from rendersdg.scene.recorder import Recorder

EXPOSURE = "/rendersdg/exposure"
CAPTURE_ON_PLAY = "/omni/replicator/captureOnPlay"
ASSETS_ROOT = "omniverse://localhost/NVIDIA/Assets/Isaac"  # a prefix: the resolver drops server and host

# What scripts read before they set it, to put it back: as Isaac Sim 6's applications are launched
# (isaacsim.exp.base.kit and the settings of isaacsim.simulation_app, both Apache-2.0)
LAUNCHED: dict[str, Any] = {
    "/app/asyncRendering": False,
    "/app/asyncRenderingLowLatency": False,
    "/app/fastShutdown": True,
    "/app/name": "Isaac-Sim Python",
    "/app/player/useFixedTimeStepping": False,
    "/app/renderer/resolution/height": 720,
    "/app/renderer/resolution/width": 1280,
    "/app/runLoops/main/rateLimitEnabled": False,
    "/app/useFabricSceneDelegate": True,
    "/app/version": "6.0.1",
    "/app/window/title": "Isaac Sim Python",
    "/omni/replicator/asyncRendering": False,
    "/omni/replicator/captureMotionBlur": False,
    "/omni/replicator/captureOnPlay": True,
    "/persistent/isaac/asset_root/cloud": ASSETS_ROOT,
    "/persistent/isaac/asset_root/default": ASSETS_ROOT,
    "/persistent/omni/replicator/captureOnPlay": True,
    "/persistent/physics/resetOnStop": True,
    "/persistent/physics/visualizationDisplayJoints": False,
    "/renderer/multiGpu/enabled": True,
    "/rtx/hydra/materialSyncLoads": True,
    "/rtx/materialDb/syncLoads": True,
    "/rtx/pathtracing/clampSpp": 64,
    "/rtx/pathtracing/maxBounces": 3,
    "/rtx/pathtracing/maxSpecularAndTransmissionBounces": 3,
    "/rtx/pathtracing/maxVolumeBounces": 15,
    "/rtx/pathtracing/optixDenoiser/enabled": True,
    "/rtx/pathtracing/spp": 64,
    "/rtx/pathtracing/totalSpp": 64,
    "/rtx/post/aa/op": 3,
    "/rtx/post/dlss/execMode": 0,
    "/rtx/rendermode": "RealTimePathTracing",
    "/rtx/rtpt/maxBounces": 3,
    "/rtx/rtpt/maxSpecularAndTransmissionBounces": 3,
    "/rtx/rtpt/maxVolumeBounces": 15,
}


@dataclass(eq=False)
class Settings:
    """Values by path, such as ``/rtx/pathtracing/spp``; any may be set, those that change frames are honoured.

    Those that an application is launched with can be read before they are set.
    """

    recorder: Recorder
    application: Application
    _values: dict[str, Any] = field(default_factory=lambda: dict(LAUNCHED))  # a script may set whatever it likes

    def set(self, key: str, value: Any) -> None:
        """Write a setting."""
        name = setting_name(key)
        self._values[name] = value
        if name == CAPTURE_ON_PLAY:
            self.application.capture_on_play = bool(value)
        elif name in (EXPOSURE, *SETTINGS):
            self.recorder.graph.settings[name] = value

    def launch(self, values: Mapping[str, Any]) -> None:
        """Write what an application is launched with: to be read back, while frames stay as they are."""
        self._values.update(values)

    def get(self, key: str) -> Any:
        """Return a setting, None when there is none."""
        return self._values.get(setting_name(key))

    def forget(self, key: str) -> None:
        """Drop a setting."""
        self._values.pop(setting_name(key), None)


def setting_name(key: object) -> str:
    """Return a setting's key with its leading slash, which may be left out."""
    return "/" + str(key).strip("/")
