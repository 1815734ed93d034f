"""``rep.functional``: the immediate form. Calls edit the stage at once and return prims."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rendersdg.replicator.functional import create, modify, physics, prims, randomizer
from rendersdg.replicator.functional.create import LIGHT_FUNCTIONS, SHAPES
from rendersdg.replicator.functional.materials import bind, create_material
from rendersdg.replicator.functional.modify import modify_pose, modify_visibility
from rendersdg.replicator.functional.physics import apply_collider
from rendersdg.replicator.functional.placement import world_position
from rendersdg.replicator.functional.randomizer import world_bounds

__all__ = [
    "FUNCTIONS",
    "LIGHT_FUNCTIONS",
    "SHAPES",
    "apply_collider",
    "bind",
    "create_material",
    "modify_pose",
    "modify_visibility",
    "world_bounds",
]

FUNCTIONS: Mapping[str, Callable[..., object]] = {  # by the names below ``rep.functional``
    **{f"create.{name}": function for name, function in create.CREATE.items()},
    **{f"create_batch.{name}": create.batch(create.CREATE[name]) for name in create.BATCHES},
    **{f"get.{name}": function for name, function in prims.GETTERS.items()},
    "modify.look_at": modify.modify_look_at,
    "modify.pose": modify.modify_pose,
    "modify.position": modify.modify_position,
    "modify.rotation": modify.modify_rotation,
    "modify.scale": modify.modify_scale,
    "modify.semantics": modify.modify_semantics,
    "modify.attribute": modify.modify_attribute,
    "modify.visibility": modify.modify_visibility,
    "modify.material": modify.modify_material,
    "physics.apply_rigid_body": physics.apply_rigid_body,
    "physics.apply_collider": physics.apply_collider,
    "physics.create_physics_scene": physics.create_physics_scene,
    "physics.simulate": physics.simulate,
    "randomizer.scatter_2d": randomizer.scatter_2d,
    "randomizer.display_color": randomizer.display_color,
    "utils.get_local_transform": prims.get_local_transform,
    "utils.get_world_transform": prims.get_world_transform,
    "utils.get_world_position": world_position,
}
