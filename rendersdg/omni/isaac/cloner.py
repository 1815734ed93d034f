"""``isaacsim.core.cloner``: copies of an environment, in a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.omni.isaac.utils.prims import define_prim
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.isaac.utils.xforms import set_local_pose
from rendersdg.omni.kit.usd import copy_prim
from rendersdg.replicator.engine import current

__all__ = ["Cloner", "GridCloner"]


class Cloner:
    """Copies prims."""

    def __init__(self, stage: Usd.Stage | None = None) -> None:
        self._base = "/World/envs"

    def define_base_env(self, base_env_path: str) -> None:
        """Make the prim below which the copies go."""
        self._base = str(base_env_path)
        define_prim(self._base)

    def generate_paths(self, root_path: str, num_paths: int) -> list[str]:
        """Return the paths of copies: the root with ``_0``, ``_1``, ... behind it."""
        return [f"{root_path}_{k}" for k in range(int(num_paths))]

    def clone(
        self,
        source_prim_path: str,
        prim_paths: Sequence[str],
        positions: VectorLike | None = None,
        orientations: VectorLike | None = None,
        replicate_physics: bool = False,
        base_env_path: str | None = None,
        root_path: str | None = None,
        copy_from_source: bool = False,
        **options: object,
    ) -> F8 | None:
        """Make a clone of a prim at each path and place the clones.

        A clone inherits from its source, so that what is done to the source later, as labelling it, reaches the clone;
        with ``copy_from_source`` it is a copy of the source as it is now.
        """
        if not get_current_stage().GetRootLayer().GetPrimAtPath(source_prim_path):
            raise BadArgument(f"there is no prim {source_prim_path} to clone", where=current().where())
        places = None if positions is None else numbers(positions)
        turns = None if orientations is None else numbers(orientations)
        for k, path in enumerate(prim_paths):
            if str(path) != str(source_prim_path):
                (copy_prim if copy_from_source else _inherit)(get_current_stage(), source_prim_path, path)
            prim = get_current_stage().GetPrimAtPath(str(path))
            if not prim.GetTypeName():
                prim.SetTypeName("Xform")
            if UsdGeom.Xformable(prim) and (places is not None or turns is not None):
                set_local_pose(prim, None if places is None else places[k], None if turns is None else turns[k])
        return None

    def filter_collisions(
        self,
        physicsscene_path: str,
        collision_root_path: str,
        prim_paths: Sequence[str],
        global_paths: Sequence[str] = (),
    ) -> None:
        """Say that copies do collide with each other here; a grid keeps them apart."""
        current().recorder.report.note("Cloner.filter_collisions", "copies are not kept from colliding with each other")

    def replicate_physics(self, *args: object, **options: object) -> None:
        """Do nothing: every copy has its own physics."""


class GridCloner(Cloner):
    """Copies prims into a grid with ``spacing`` stage units between them, its middle in the origin."""

    def __init__(self, spacing: float, num_per_row: int = -1, stage: Usd.Stage | None = None) -> None:
        super().__init__(stage)
        self._spacing, self._per_row = float(spacing), int(num_per_row)

    def get_clone_transforms(
        self, num_clones: int, position_offsets: VectorLike | None = None, orientation_offsets: VectorLike | None = None
    ) -> tuple[F8, F8]:
        """Return positions (N, 3), in stage units, and quaternions (N, 4) of a grid of copies.

        Rows run along -X, columns along Y (along Z where Y is up). Offsets are added to the positions; orientations
        are the offsets, or none.
        """
        per_row = self._per_row if self._per_row > 0 else max(math.isqrt(num_clones), 1)
        rows = math.ceil(num_clones / per_row)
        columns = math.ceil(num_clones / rows)
        places = np.zeros((num_clones, 3))
        row, column = np.divmod(np.arange(num_clones), columns)
        places[:, 0] = ((rows - 1) / 2 - row) * self._spacing
        places[:, 1] = (column - (columns - 1) / 2) * self._spacing
        if UsdGeom.GetStageUpAxis(get_current_stage()) == "Y":
            places = places[:, [0, 2, 1]]
        if position_offsets is not None:
            places = places + numbers(position_offsets)
        turns = np.tile([1.0, 0.0, 0.0, 0.0], (num_clones, 1))
        return places, turns if orientation_offsets is None else np.broadcast_to(
            numbers(orientation_offsets), turns.shape
        )

    def clone(  # type: ignore[override]
        self,
        source_prim_path: str,
        prim_paths: Sequence[str],
        position_offsets: VectorLike | None = None,
        orientation_offsets: VectorLike | None = None,
        replicate_physics: bool = False,
        base_env_path: str | None = None,
        root_path: str | None = None,
        copy_from_source: bool = False,
        **options: object,
    ) -> F8:
        """Clone a prim to each path, in a grid. Returns the positions (N, 3)."""
        places, turns = self.get_clone_transforms(len(prim_paths), position_offsets, orientation_offsets)
        super().clone(source_prim_path, prim_paths, places, turns, copy_from_source=copy_from_source)
        return places


def _inherit(stage: Usd.Stage, source: str, target: str) -> None:
    """Define a prim of the source's kind that inherits all that is authored on the source and below it."""
    kind = stage.GetPrimAtPath(str(source)).GetTypeName()
    prim = stage.DefinePrim(str(target), str(kind))
    prim.GetInherits().AddInherit(str(source))
