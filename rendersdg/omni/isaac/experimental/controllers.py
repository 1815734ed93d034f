"""``isaacsim.robot.experimental.wheeled_robots.controllers``: from speeds of a robot to speeds of its wheels."""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.replicator.engine import current

__all__ = ["DifferentialController"]

NO_LIMIT = 1e20


class DifferentialController:
    """Turns speeds of a robot on two wheels into speeds of the wheels.

    Lengths are metres, speeds metres or radians a second.
    """

    def __init__(
        self,
        *,
        wheel_radius: float,
        wheel_base: float,
        max_linear_speed: float = NO_LIMIT,
        max_angular_speed: float = NO_LIMIT,
        max_wheel_speed: float = NO_LIMIT,
    ) -> None:
        limits = (max_linear_speed, max_angular_speed, max_wheel_speed)
        if wheel_radius <= 0 or min(limits) < 0:
            text = f"wheel_radius={wheel_radius:g} must be above 0, limits of speed at least 0: {limits}"
            raise BadArgument(text, where=current().where())
        self.wheel_radius = wheel_radius
        self.wheel_base = wheel_base
        self.max_linear_speed, self.max_angular_speed, self.max_wheel_speed = limits

    def forward(self, command: VectorLike) -> F8:
        """Return the left and the right wheel's speed for (speed forward, turn to the left).

        A wheel's speed is that of the ground below it, over its radius; half the base from the middle it is
        ``speed -+ turn base / 2``.
        """
        listed = numbers(command).ravel()
        if len(listed) != 2:
            raise BadArgument(f"the command {listed.tolist()} must be (speed, turn)", where=current().where())
        speed = np.clip(listed[0], -self.max_linear_speed, self.max_linear_speed)
        turn = np.clip(listed[1], -self.max_angular_speed, self.max_angular_speed)
        wheels = (speed + np.array([-0.5, 0.5]) * turn * self.wheel_base) / self.wheel_radius
        return np.clip(wheels, -self.max_wheel_speed, self.max_wheel_speed)
