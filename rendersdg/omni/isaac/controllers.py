"""Controllers of Isaac Sim: from what a robot is to do to what its joints are to do."""

from __future__ import annotations

from rendersdg.omni.doors import VectorLike
from rendersdg.omni.isaac.articulations import ArticulationController
from rendersdg.omni.isaac.experimental.controllers import NO_LIMIT
from rendersdg.omni.isaac.experimental.controllers import DifferentialController as Wheels
from rendersdg.omni.isaac.utils.types import ArticulationAction

__all__ = ["ArticulationController", "BaseController", "DifferentialController"]


class BaseController:
    """A controller with a name, to be inherited from."""

    def __init__(self, name: str) -> None:
        self.name = name

    def forward(self, *args: object, **options: object) -> ArticulationAction:
        """Return what joints are to do. Raises NotImplementedError: those that inherit say it."""
        raise NotImplementedError

    def reset(self) -> None:
        """Do nothing: it remembers nothing."""


class DifferentialController(BaseController):
    """Turns speeds of a robot on two wheels into an action of the wheels' joints."""

    def __init__(
        self,
        name: str,
        wheel_radius: float,
        wheel_base: float,
        max_linear_speed: float = NO_LIMIT,
        max_angular_speed: float = NO_LIMIT,
        max_wheel_speed: float = NO_LIMIT,
    ) -> None:
        super().__init__(name)
        self._wheels = Wheels(
            wheel_radius=wheel_radius,
            wheel_base=wheel_base,
            max_linear_speed=max_linear_speed,
            max_angular_speed=max_angular_speed,
            max_wheel_speed=max_wheel_speed,
        )

    def forward(self, command: VectorLike) -> ArticulationAction:  # type: ignore[override]
        """Return the speeds of the left and the right wheel for (speed forward, turn to the left)."""
        return ArticulationAction(joint_velocities=self._wheels.forward(command))
