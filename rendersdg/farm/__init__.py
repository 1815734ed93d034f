"""Farms: frame ranges over processes, Ray and SLURM. Each worker opens the scene
itself and makes the frames it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rendersdg.registry import Registry

if TYPE_CHECKING:
    from rendersdg.farm.job import Job
    from rendersdg.farm.local import Done
    from rendersdg.farm.processes import Record, Trainable


class RenderOn(Protocol):
    """Renders frames of a job on a farm."""

    def __call__(
        self,
        job: Job,
        url: str,
        frames: Sequence[int],
        workers: int,
        done: Done,
        *,
        task_frames: int | None = None,
        options: Mapping[str, str] | None = None,
    ) -> tuple[list[dict[str, str]], dict[int, str]]:
        """Return what the scene reports, and why frames failed, by frame. ``done(frame, seconds)`` follows each."""
        ...


class TrainOn(Protocol):
    """Trains a network on a farm."""

    def __call__(
        self, training: Trainable, workers: int, options: Mapping[str, str], log: Callable[[str], None]
    ) -> Record:
        """Return the record of the run; ``log`` is given a line where something is lost and started again."""
        ...


@dataclass(frozen=True)
class Farm:
    """Machines that share work out: how they render frames, and how they train."""

    render: RenderOn
    train: TrainOn


FARMS: Registry[Farm] = Registry(
    "farm",
    {
        "local": "rendersdg.farm.processes:LOCAL",
        "ray": "rendersdg.farm.on_ray:RAY",
        "slurm": "rendersdg.farm.on_slurm:SLURM",
    },
)
