"""The application's settings, as scripts write and read them by ``carb.settings`` and ``rep.settings``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rendersdg.backends.shutter import SETTINGS
from rendersdg.replicator.application import Application
from rendersdg.scene.recorder import Recorder

EXPOSURE = "/rendersdg/exposure"
CAPTURE_ON_PLAY = "/omni/replicator/captureOnPlay"


@dataclass(eq=False)
class Settings:
    """Values by path, such as ``/rtx/pathtracing/spp``; any may be set, those that change frames are honoured."""

    recorder: Recorder
    application: Application
    _values: dict[str, Any] = field(default_factory=dict)  # a script may set whatever it likes

    def set(self, key: str, value: Any) -> None:
        """Write a setting."""
        name = setting_name(key)
        self._values[name] = value
        if name == CAPTURE_ON_PLAY:
            self.application.capture_on_play = bool(value)
        elif name in (EXPOSURE, *SETTINGS):
            self.recorder.graph.settings[name] = value

    def get(self, key: str) -> Any:
        """Return a setting, None when it was not written."""
        return self._values.get(setting_name(key))

    def forget(self, key: str) -> None:
        """Drop a setting."""
        self._values.pop(setting_name(key), None)


def setting_name(key: object) -> str:
    """Return a setting's key with its leading slash, which may be left out."""
    return "/" + str(key).strip("/")
