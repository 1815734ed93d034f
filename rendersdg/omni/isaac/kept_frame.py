"""What Isaac Sim's cameras and lidars share: a frame that can be kept while time goes on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class KeptFrame(ABC):
    """Something that gives frames until it is paused: then the one that it gave last."""

    _is_paused = False

    @abstractmethod
    def get_current_frame(self, clone: bool = False) -> dict[str, Any]:
        """Return the current frame."""

    def pause(self) -> None:
        """Keep the current frame."""
        self.get_current_frame()
        self._is_paused = True

    def resume(self) -> None:
        """Let the frame go on."""
        self._is_paused = False

    def is_paused(self) -> bool:
        """Return whether the frame is kept."""
        return self._is_paused
