"""``isaacsim.core.utils.types``: what joints are told and what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.arrays import F8
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.omni.isaac.prims import XFormPrimState

__all__ = ["ArticulationAction", "ArticulationActions", "JointsState", "XFormPrimState"]

Values = VectorLike | None


@dataclass(eq=False)
class JointsState:
    """Where joints stand: positions, velocities and efforts; metres or radians, in the stage's units."""

    positions: F8 | None
    velocities: F8 | None
    efforts: F8 | None


class ArticulationAction:
    """What joints are to do: positions and velocities to drive to, efforts to push with; None leaves one as it is."""

    def __init__(
        self,
        joint_positions: Values = None,
        joint_velocities: Values = None,
        joint_efforts: Values = None,
        joint_indices: Values = None,
    ) -> None:
        self.joint_positions = joint_positions
        self.joint_velocities = joint_velocities
        self.joint_efforts = joint_efforts
        self.joint_indices = joint_indices

    def get_dof_action(self, index: int) -> dict[str, float | None]:
        """Return what one joint is to do."""
        parts = {"effort": self.joint_efforts, "velocity": self.joint_velocities, "position": self.joint_positions}
        listed = {key: wanted(values) for key, values in parts.items()}
        chosen = {k: v[index] for k, v in listed.items() if v}
        chosen = {k: v for k, v in chosen.items() if v is not None}
        return {"effort": chosen["effort"]} if "effort" in chosen else chosen

    def get_dict(self) -> dict[str, object]:
        """Return it as lists."""
        parts = (self.joint_positions, self.joint_velocities, self.joint_efforts)
        names = ("joint_positions", "joint_velocities", "joint_efforts")
        return {n: v.tolist() if isinstance(v, np.ndarray) else v for n, v in zip(names, parts)}

    def get_length(self) -> int | None:
        """Return for how many joints it is; None where it says nothing."""
        sizes = [
            len(np.atleast_1d(np.asarray(v, object)))
            for v in (self.joint_positions, self.joint_velocities, self.joint_efforts)
            if v is not None
        ]
        return max(sizes, default=None)

    def __str__(self) -> str:
        return str(self.get_dict())


class ArticulationActions(ArticulationAction):
    """What the joints of several are to do: a row each."""

    def __init__(
        self,
        joint_positions: Values = None,
        joint_velocities: Values = None,
        joint_efforts: Values = None,
        joint_indices: Values = None,
        joint_names: list[str] | None = None,
    ) -> None:
        super().__init__(joint_positions, joint_velocities, joint_efforts, joint_indices)
        self.joint_names = joint_names


def wanted(values: Values) -> list[float | None]:
    """Return values one by one; None and NaN are None: to be left as they are."""
    if values is None:
        return []
    listed = list(values) if isinstance(values, (list, tuple)) else numbers(values).ravel().tolist()
    return [None if v is None or np.isnan(float(v)) else float(v) for v in listed]
