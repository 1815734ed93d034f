"""FPSWriter: writes no files; the time of each frame is logged by the run itself."""

from __future__ import annotations

from typing import Any

from rendersdg.frame import Frame
from writers import Files, Writer


class FPSWriter(Writer):
    """Replicator's FPSWriter: no files. The run's own log gives the rate, so that outputs stay free of wall time."""

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.annotators = {"rgb": {}}

    def encode(self, frame: Frame) -> Files:
        return {}
