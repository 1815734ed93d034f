"""``isaacsim.core.experimental.utils.stage``: what differs from the older generations' module."""

from __future__ import annotations

from pxr import Usd, UsdPhysics

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import PathLike, PrimLike, prim_of
from rendersdg.omni.isaac.utils import stage as older
from rendersdg.omni.isaac.utils.prims import delete_prim
from rendersdg.omni.isaac.utils.prims import move_prim as move
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.kit.usd import get_context
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import unwrap

__all__ = [
    "define_prim",
    "delete_prim",
    "generate_next_free_path",
    "generate_stage_representation",
    "get_stage_id",
    "get_stage_time_code",
    "get_stage_units",
    "is_stage_set",
    "move_prim",
    "open_stage",
    "open_stage_async",
    "set_stage_time_code",
]


def open_stage(usd_path: str) -> tuple[bool, Usd.Stage]:
    """Open a USD file. Returns True and the stage."""
    return older.open_stage(usd_path), get_current_stage()


async def open_stage_async(usd_path: str) -> tuple[bool, Usd.Stage]:
    """Open a USD file. Returns True and the stage."""
    await older.open_stage_async(usd_path)
    return True, get_current_stage()


def get_stage_units() -> tuple[float, float]:
    """Return the units of length, in metres, and of mass, in kilograms."""
    return older.get_stage_units(), float(UsdPhysics.GetStageKilogramsPerUnit(get_current_stage()))


def get_stage_id(stage: Usd.Stage | None = None) -> int:
    """Return the number by which USD's cache knows the stage."""
    return get_context().get_stage_id()


def is_stage_set() -> bool:
    """Return that no block chose another stage: there is one."""
    return False


def get_stage_time_code() -> tuple[float, float, float]:
    """Return the first and the last time code, and how many there are a second."""
    stage = get_current_stage()
    return stage.GetStartTimeCode(), stage.GetEndTimeCode(), stage.GetTimeCodesPerSecond()


def set_stage_time_code(
    *,
    start_time_code: float | None = None,
    end_time_code: float | None = None,
    time_codes_per_second: float | None = None,
) -> None:
    """Set the first and the last time code, and how many there are a second; what is not given stays."""
    stage = get_current_stage()
    if start_time_code is not None:
        stage.SetStartTimeCode(float(start_time_code))
    if end_time_code is not None:
        stage.SetEndTimeCode(float(end_time_code))
    if time_codes_per_second is not None:
        stage.SetTimeCodesPerSecond(float(time_codes_per_second))


def generate_stage_representation(mode: str = "tree") -> str:
    """Return the prims as text: a ``tree`` of names and types, or a ``list`` of paths and types."""
    prims = list(get_current_stage().Traverse())
    if mode == "list":
        return "\n".join(f"{p.GetPath()} ({p.GetTypeName()})" for p in prims)
    if mode != "tree":
        raise BadArgument(f"mode={mode!r}: give tree or list", where=current().where())
    lines = ["/ ()"]
    for prim in prims:
        lines.append(f"{'│  ' * (prim.GetPath().pathElementCount - 1)}├─ {prim.GetName()} ({prim.GetTypeName()})")
    return "\n".join(lines)


def define_prim(path: PathLike, type_name: str = "Xform") -> Usd.Prim:
    """Define a prim, or return the one that is there. Raises BadArgument where that is of another type."""
    stage = get_current_stage()
    prim = stage.GetPrimAtPath(str(path))
    if prim and prim.GetTypeName() != type_name:
        raise BadArgument(f"{path} is there already, as {prim.GetTypeName() or 'a prim without a type'}")
    return prim or stage.DefinePrim(str(path), type_name)


def move_prim(target: PrimLike, destination: PrimLike) -> tuple[bool, str]:
    """Move a prim with all below it to a path, or below the prim that is there. Returns whether it did, and the path.

    Raises BadArgument where there is nothing to move, or nothing above the path.
    """
    path, prim = str(unwrap(destination)), prim_of(target)
    if get_current_stage().GetPrimAtPath(path):
        path = f"{path.rstrip('/')}/{prim.GetName()}"
    above = path.rpartition("/")[0]
    if above:
        prim_of(above)
    return move(prim, path), path


def generate_next_free_path(path: str | None = None, *, prepend_default_prim: bool = True) -> str:
    """Return a path at which there is no prim: ``path``, or ``Prim``, numbered where there is one already."""
    given = str(path or "").strip("/")
    root = get_current_stage().GetDefaultPrim()
    if not given and prepend_default_prim and root:
        return older.get_next_free_path(f"{root.GetPath()}/Prim", prepend_default_prim=False)
    return older.get_next_free_path(f"/{given or 'Prim'}", prepend_default_prim=prepend_default_prim)
