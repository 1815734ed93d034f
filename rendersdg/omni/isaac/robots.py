"""``isaacsim.core.api.robots`` and wheeled robots: articulations with a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike
from rendersdg.omni.isaac.articulations import Articulation, SingleArticulation
from rendersdg.omni.isaac.utils.prims import is_prim_path_valid
from rendersdg.omni.isaac.utils.stage import add_reference_to_stage
from rendersdg.omni.isaac.utils.types import ArticulationAction
from rendersdg.replicator.engine import current

__all__ = ["Robot", "RobotView", "WheeledRobot"]


class Robot(SingleArticulation):
    """A robot with joints."""

    def __init__(self, prim_path: str, name: str = "robot", *args: Any, **more: Any) -> None:
        super().__init__(prim_path, name, *args, **more)


class RobotView(Articulation):
    """Several robots with the same joints."""


class WheeledRobot(Robot):
    """A robot that drives on wheels, which are joints named or numbered."""

    def __init__(
        self,
        prim_path: str,
        name: str = "wheeled_robot",
        robot_path: str | None = None,
        wheel_dof_names: Sequence[str] | None = None,
        wheel_dof_indices: Sequence[int] | None = None,
        usd_path: str | None = None,
        create_robot: bool | None = False,
        position: VectorLike | None = None,
        orientation: VectorLike | None = None,
    ) -> None:
        if wheel_dof_names is None and wheel_dof_indices is None:
            raise BadArgument("WheeledRobot needs wheel_dof_names or wheel_dof_indices", where=current().where())
        if create_robot and not is_prim_path_valid(prim_path):
            if not usd_path:
                raise BadArgument("WheeledRobot(create_robot=True) needs usd_path", where=current().where())
            add_reference_to_stage(usd_path, prim_path)
        super().__init__(prim_path + (robot_path or ""), name, position, None, orientation)
        self._wheel_names = wheel_dof_names
        self._wheel_indices = None if wheel_dof_indices is None else [int(k) for k in wheel_dof_indices]

    @property
    def wheel_dof_indices(self) -> list[int]:
        """The numbers of the wheels' joints."""
        if self._wheel_names is not None:
            return [self.get_dof_index(name) for name in self._wheel_names]
        assert self._wheel_indices is not None
        return self._wheel_indices

    def get_wheel_positions(self) -> F8:
        """Return how far the wheels have turned, radians."""
        return self.get_joint_positions(self.wheel_dof_indices)

    def set_wheel_positions(self, positions: VectorLike) -> None:
        """Turn the wheels at once, radians."""
        self.set_joint_positions(positions, self.wheel_dof_indices)

    def get_wheel_velocities(self) -> F8:
        """Return how fast the wheels turn, radians a second."""
        return self.get_joint_velocities(self.wheel_dof_indices)

    def set_wheel_velocities(self, velocities: VectorLike) -> None:
        """Give the wheels speeds at once, radians a second."""
        self.set_joint_velocities(velocities, self.wheel_dof_indices)

    def apply_wheel_actions(self, actions: ArticulationAction) -> None:
        """Tell the wheels, in the order of their names, how fast to turn."""
        count = actions.get_length()
        if count is not None and count != len(self.wheel_dof_indices):
            raise BadArgument(
                f"the action is for {count} joints, and the robot has {len(self.wheel_dof_indices)} wheels",
                where=current().where(),
            )
        parts = actions.joint_positions, actions.joint_velocities, actions.joint_efforts
        self.apply_action(ArticulationAction(*parts, joint_indices=np.array(self.wheel_dof_indices)))
