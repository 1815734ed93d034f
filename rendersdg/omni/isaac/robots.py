"""``isaacsim.core.api.robots`` and articulations: names that can be imported and not made.

Scripts import robots that some of their scenarios never use.
"""

from __future__ import annotations

from rendersdg.errors import NotSupported
from rendersdg.replicator.engine import current

__all__ = ["Articulation", "ArticulationView", "Robot", "RobotView", "SingleArticulation"]


class Refused:
    """Not supported: joints are not simulated."""

    def __init__(self, *args: object, **options: object) -> None:
        raise NotSupported(f"{type(self).__name__}: joints are not simulated", where=current().where())


class Articulation(Refused):
    """Not supported: joints are not simulated."""


class ArticulationView(Refused):
    """Not supported: joints are not simulated."""


class SingleArticulation(Refused):
    """Not supported: joints are not simulated."""


class Robot(Refused):
    """Not supported: joints are not simulated."""


class RobotView(Refused):
    """Not supported: joints are not simulated."""
