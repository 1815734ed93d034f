"""``isaacsim.core.api.tasks``: something to be done in the world."""

from __future__ import annotations

from typing import Any

import numpy as np

from rendersdg.omni.doors import VectorLike
from rendersdg.omni.isaac.scenes import Scene, SceneObject

__all__ = ["BaseTask"]

Observations = dict[str, Any]  # whatever a script's own tasks observe, set or measure, by name


class BaseTask:
    """Something to be done in the world: it sets a scene up, observes it, and is told of each step.
    Scripts subclass it.
    """

    def __init__(self, name: str, offset: VectorLike | None = None) -> None:
        self.name = name
        self._offset = np.zeros(3) if offset is None else np.asarray(offset, np.float64)
        self._task_objects: dict[str, SceneObject] = {}
        self.scene: Scene | None = None

    def set_up_scene(self, scene: Scene) -> None:
        """Take the scene; add to it in a subclass."""
        self.scene = scene

    def get_task_objects(self) -> dict[str, SceneObject]:
        """Return the objects of the task by name."""
        return self._task_objects

    def get_observations(self) -> Observations:
        """Return what is observed, nothing unless a subclass says so."""
        return {}

    def get_params(self) -> Observations:
        """Return the parameters, none unless a subclass says so."""
        return {}

    def calculate_metrics(self) -> Observations:
        """Return measures, none unless a subclass says so."""
        return {}

    def is_done(self) -> bool:
        """Return whether the task is done, never unless a subclass says so."""
        return False

    def pre_step(self, time_step_index: int, simulation_time: float) -> None:
        """Do nothing before a step."""

    def post_reset(self) -> None:
        """Do nothing after a reset."""

    def cleanup(self) -> None:
        """Do nothing before the scene is set up anew."""
