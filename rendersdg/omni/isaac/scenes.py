"""``isaacsim.core.api.scenes``: what was added to the world, by name."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.omni.isaac.objects import GroundPlane
from rendersdg.omni.isaac.utils.bounds import compute_aabb, create_bbox_cache
from rendersdg.omni.isaac.utils.stage import add_reference_to_stage, get_current_stage, get_next_free_path
from rendersdg.omni.kit.usd import remove_prim
from rendersdg.replicator.engine import current
from rendersdg.replicator.settings import ASSETS_ROOT

__all__ = ["Scene"]


class SceneObject(Protocol):
    """What can be added to a scene: one of the prims or objects, or a class of the script's own that does as much."""

    name: str
    prim_path: str

    def initialize(self) -> None:
        """Make it ready."""

    def post_reset(self) -> None:
        """Put it where it stands after a reset."""


Added = TypeVar("Added", bound=SceneObject)


class Scene:
    """What was added to the world, by name."""

    def __init__(self) -> None:
        self._objects: dict[str, SceneObject] = {}

    def add(self, obj: Added) -> Added:
        """Add an object and return it. Raises BadArgument when there is one of its name."""
        if obj.name in self._objects:
            raise BadArgument(f"the scene has an object named {obj.name!r} already", where=current().where())
        self._objects[obj.name] = obj
        return obj

    def get_object(self, name: str) -> SceneObject | None:
        """Return the object of a name, None where there is none."""
        return self._objects.get(name)

    def object_exists(self, name: str) -> bool:
        """Return whether there is an object of a name."""
        return name in self._objects

    def remove_object(self, name: str, registry_only: bool = False) -> None:
        """Remove an object, and its prim."""
        removed = self._objects.pop(name, None)
        if removed is not None and not registry_only:
            remove_prim(get_current_stage(), removed.prim_path)

    def clear(self, registry_only: bool = False) -> None:
        """Remove all objects."""
        for name in list(self._objects):
            self.remove_object(name, registry_only)

    def add_ground_plane(
        self, prim_path: str = "/World/groundPlane", name: str = "ground_plane", **more: Any
    ) -> GroundPlane:
        """Add a ground plane."""
        ground = GroundPlane(get_next_free_path(prim_path, prepend_default_prim=False), name, **more)
        self._objects[ground.name] = ground
        return ground

    def add_default_ground_plane(
        self,
        z_position: float = 0.0,
        name: str = "default_ground_plane",
        prim_path: str = "/World/defaultGroundPlane",
        static_friction: float = 0.5,
        dynamic_friction: float = 0.5,
        restitution: float = 0.8,
    ) -> GroundPlane:
        """Add Isaac Sim's default environment: a ground with a lamp over it."""
        path = get_next_free_path(prim_path, prepend_default_prim=False)
        add_reference_to_stage(f"{ASSETS_ROOT}/Isaac/Environments/Grid/default_environment.usd", path)
        ground = GroundPlane(
            path,
            name,
            z_position=z_position,
            static_friction=static_friction,
            dynamic_friction=dynamic_friction,
            restitution=restitution,
        )
        self._objects[ground.name] = ground
        return ground

    def compute_object_AABB(self, name: str) -> tuple[F8, F8]:
        """Return the least and greatest corner of an object's bounds."""
        box = compute_aabb(create_bbox_cache(), self._objects[name].prim_path)
        return box[:3], box[3:]

    def initialize(self) -> None:
        """Make ready what was added."""
        for obj in self._objects.values():
            obj.initialize()

    def post_reset(self) -> None:
        """Put everything where it stands after a reset."""
        for obj in self._objects.values():
            obj.post_reset()
