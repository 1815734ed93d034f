"""``omni.graph.core``: OmniGraph's controller."""

from __future__ import annotations

from typing import NoReturn

from rendersdg.errors import NotSupported
from rendersdg.replicator.engine import current

__all__ = ["Controller"]


class Controller:
    """OmniGraph's controller: values of attributes can be read and set, evaluation happens with the frame."""

    @staticmethod
    def evaluate_sync(*args: object) -> None:
        """Do nothing: the graph is evaluated with the frame."""

    @staticmethod
    async def evaluate(*args: object) -> None:
        """Do nothing: the graph is evaluated with the frame."""

    @staticmethod
    def edit(*args: object, **options: object) -> NoReturn:
        """Refuse: OmniGraph nodes are not run. Raises NotSupported."""
        raise NotSupported("omni.graph.core: OmniGraph nodes are not run; use rep", where=current().where())
