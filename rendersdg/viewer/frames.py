"""A labelled set in the viewer: its frames as a grid and one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rendersdg.viewer.sources import Asked

if TYPE_CHECKING:
    from starlette.routing import Route


class DatasetSource:
    """A labelled set, and another one beside it where that is asked for."""

    page = "frames.html"

    def __init__(self, asked: Asked) -> None:
        self.title = asked.place

    def routes(self) -> Sequence[Route]:
        return []

    def close(self) -> None:
        pass
