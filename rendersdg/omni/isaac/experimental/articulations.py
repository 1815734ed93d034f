"""``isaacsim.core.experimental.prims.Articulation``, and its robots on wheels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import PathLike, VectorLike, numbers
from rendersdg.omni.isaac.articulations import Articulation as Articulations
from rendersdg.omni.isaac.articulations import Indices
from rendersdg.omni.isaac.prims import Rows
from rendersdg.omni.isaac.utils.stage import add_reference_to_stage
from rendersdg.replicator.engine import current

__all__ = ["Articulation", "WheeledRobot"]


class Articulation(Articulations):
    """Several articulations, whose joints are degrees of freedom here."""

    def __init__(self, paths: PathLike | Sequence[PathLike], **more: Any) -> None:
        more.pop("resolve_paths", None)
        super().__init__(paths=paths, **more)

    @property
    def dof_paths(self) -> list[list[str]]:
        """The paths of the joints that move, of each."""
        return [[key[0] for key, _ in joints.ways()] for joints in self.all_joints]

    def set_dof_positions(self, positions: VectorLike, **chosen: Any) -> None:
        """Put joints somewhere at once."""
        self.put_all(positions, None, *_of(chosen))

    def set_dof_velocities(self, velocities: VectorLike, **chosen: Any) -> None:
        """Give joints speeds at once."""
        self.put_all(None, velocities, *_of(chosen))

    def set_dof_position_targets(self, positions: VectorLike, **chosen: Any) -> None:
        """Tell the drives where to go."""
        self.drive_all("target", positions, *_of(chosen))

    def set_dof_velocity_targets(self, velocities: VectorLike, **chosen: Any) -> None:
        """Tell the drives how fast to go."""
        self.drive_all("speed", velocities, *_of(chosen))

    def set_dof_efforts(self, efforts: VectorLike, **chosen: Any) -> None:
        """Push joints during the next step."""
        self.set_joint_efforts(efforts, *_of(chosen))

    def get_dof_positions(self, **chosen: Any) -> Rows:
        """Return where the joints are."""
        return self.get_joint_positions(*_of(chosen))

    def get_dof_velocities(self, **chosen: Any) -> Rows:
        """Return how fast the joints are."""
        return self.get_joint_velocities(*_of(chosen))

    def set_dof_gains(
        self, stiffnesses: VectorLike | None = None, dampings: VectorLike | None = None, **chosen: Any
    ) -> None:
        """Set stiffness and damping, newton metres a radian. They are not written to the stage."""
        self.set_gains(stiffnesses, dampings, *_of(chosen))

    def get_dof_gains(self, **chosen: Any) -> tuple[Rows, Rows]:
        """Return stiffness and damping, newton metres a radian."""
        return self.get_gains(_of(chosen)[0])

    def set_dof_max_efforts(self, max_efforts: VectorLike, **chosen: Any) -> None:
        """Say how hard the drives push at most."""
        self.drive_all("force", max_efforts, *_of(chosen))

    def switch_dof_control_mode(self, mode: str, **chosen: Any) -> None:
        """Drive by ``position``, ``velocity`` or ``effort``."""
        self.switch_control_mode(mode, *_of(chosen))


class WheeledRobot(Articulation):
    """A robot that drives on wheels, which are joints named or numbered."""

    def __init__(
        self,
        paths: str,
        *,
        wheel_dof_names: Sequence[str] | None = None,
        wheel_dof_indices: Sequence[int] | None = None,
        usd_path: str | None = None,
        positions: VectorLike | None = None,
        orientations: VectorLike | None = None,
    ) -> None:
        if wheel_dof_names is None and wheel_dof_indices is None:
            raise BadArgument("WheeledRobot needs wheel_dof_names or wheel_dof_indices", where=current().where())
        if usd_path is not None:
            add_reference_to_stage(usd_path, paths)
        super().__init__(paths, positions=positions, orientations=orientations)
        self._wheel_names, self._wheel_indices = wheel_dof_names, wheel_dof_indices

    def apply_wheel_actions(self, velocities: VectorLike) -> None:
        """Tell the wheels, in the order of their names, how fast to turn, radians a second."""
        indices = self._wheel_indices if self._wheel_names is None else self.get_dof_indices(self._wheel_names)
        assert indices is not None
        if numbers(velocities).size != len(indices):
            text = f"{numbers(velocities).size} velocities for {len(indices)} wheels"
            raise BadArgument(text, where=current().where())
        self.set_dof_velocity_targets(velocities, dof_indices=np.asarray(indices))


def _of(values: Mapping[str, Any]) -> tuple[Indices, Indices]:
    """Return the rows and columns that the newest generation's keywords name."""
    return values.get("indices"), values.get("dof_indices")
