"""``isaacsim.core.utils.stage``: the stage as a whole, as thin wrappers of USD."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from pxr import Usd, UsdGeom, UsdLux, UsdPhysics

from rendersdg.omni.doors import PathLike, PrimLike
from rendersdg.omni.kit import stage_templates
from rendersdg.omni.kit.app import get_app
from rendersdg.omni.kit.usd import get_stage_next_free_path, remove_prim
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import unwrap
from rendersdg.scene.create import reference as reference_asset
from rendersdg.stage import templates

__all__ = [
    "add_reference_to_stage",
    "clear_stage",
    "close_stage",
    "create_new_stage",
    "create_new_stage_async",
    "get_current_stage",
    "get_current_stage_id",
    "get_next_free_path",
    "get_stage_units",
    "get_stage_up_axis",
    "is_stage_loading",
    "open_stage",
    "open_stage_async",
    "print_stage_prim_paths",
    "save_stage",
    "set_livesync_stage",
    "set_stage_units",
    "set_stage_up_axis",
    "traverse_stage",
    "update_stage",
    "update_stage_async",
    "use_stage",
]


def get_current_stage(*args: object, **options: object) -> Usd.Stage:
    """Return the stage."""
    return current().recorder.stage


def get_current_stage_id() -> int:
    """Return 0: there is one stage."""
    return 0


def is_stage_loading() -> bool:
    """Return that nothing is being loaded."""
    return False


def traverse_stage(*args: object) -> Usd.PrimRange:
    """Return all prims."""
    return get_current_stage().Traverse()


def update_stage() -> None:
    """Do one update of the application."""
    get_app().update()


async def update_stage_async() -> float:
    """Do one update of the application. Returns its seconds."""
    return await get_app().next_update_async()


def set_livesync_stage(*args: object) -> bool:
    """Return that nobody else edits the stage."""
    return False


def add_reference_to_stage(
    usd_path: str,
    prim_path: PathLike | None = None,
    prim_type: str = "Xform",
    *,
    path: PathLike | None = None,
    variants: Mapping[str, str] | Iterable[tuple[str, str]] = (),
) -> Usd.Prim:
    """Reference an asset at a path, in the stage's unit and up axis, and return the prim.
    ``variants`` are (set, choice) pairs.
    """
    recorder = current().recorder
    target = str(path if prim_path is None else prim_path)
    reference_asset(
        recorder, str(usd_path), target.rsplit("/", 1)[-1], target.rsplit("/", 1)[0] or None, at=target, raw=False
    )
    prim = recorder.stage.GetPrimAtPath(target)
    for name, choice in dict(variants).items():
        prim.GetVariantSets().GetVariantSet(str(name)).SetVariantSelection(str(choice))
    return prim


def open_stage(usd_path: str) -> bool:
    """Open a USD file."""
    current().open_stage(str(usd_path))
    return True


async def open_stage_async(usd_path: str) -> tuple[bool, str]:
    """Open a USD file."""
    open_stage(usd_path)
    await asyncio.sleep(0)
    return True, ""


def create_new_stage(template: str | None = None) -> Usd.Stage:
    """Begin an empty stage, or one that a template fills: Kit's, or "gridroom", a ground and a lamp above it.

    Raises ValueError for a template that is not there.
    """
    if template is None or template == "gridroom":
        stage = current().new_stage()
        if template == "gridroom":
            _grid_room(stage)
        return stage
    stage_templates.new_stage(template=template)
    return current().recorder.stage


async def create_new_stage_async(template: str | None = None) -> Usd.Stage:
    """Begin a stage as ``create_new_stage`` does."""
    await asyncio.sleep(0)
    return create_new_stage(template)


def _grid_room(stage: Usd.Stage) -> None:
    """Isaac Sim's "gridroom": a ground, plain here, and a sphere light 2.5 units above it."""
    templates.empty(stage)
    templates.ground(stage, "/World/GroundPlane")
    current().recorder.report.note("template gridroom", "its ground has no grid")
    UsdGeom.Xform.Define(stage, "/World/Environment")
    lamp = UsdLux.SphereLight.Define(stage, "/World/Environment/SphereLight")
    lamp.CreateRadiusAttr(0.25)
    lamp.CreateIntensityAttr(100000.0)
    UsdGeom.XformCommonAPI(lamp).SetTranslate((0.0, 0.0, 2.5))


def set_stage_up_axis(up_axis: str = "z", axis: str | None = None) -> None:
    """Set the up axis."""
    UsdGeom.SetStageUpAxis(get_current_stage(), str(axis or up_axis).upper())


def get_stage_up_axis() -> str:
    """Return the up axis."""
    return UsdGeom.GetStageUpAxis(get_current_stage())


def set_stage_units(
    stage_units_in_meters: float | None = None,
    *,
    meters_per_unit: float | None = None,
    kilograms_per_unit: float | None = None,
) -> None:
    """Set the units of length and mass."""
    metres = stage_units_in_meters if meters_per_unit is None else meters_per_unit
    if metres is not None:
        UsdGeom.SetStageMetersPerUnit(get_current_stage(), float(metres))
    if kilograms_per_unit is not None:
        UsdPhysics.SetStageKilogramsPerUnit(get_current_stage(), float(kilograms_per_unit))


def get_stage_units() -> float:
    """Return the unit of length in metres."""
    return float(UsdGeom.GetStageMetersPerUnit(get_current_stage()))


def clear_stage(predicate: Callable[[str], object] | None = None) -> None:
    """Remove the prims, given by path, that a predicate accepts; without one all."""
    if predicate is None:
        current().new_stage()
        return
    for path in [p.GetPath() for p in get_current_stage().Traverse() if predicate(str(p.GetPath()))]:
        remove_prim(get_current_stage(), path)


def close_stage(callback_fn: Callable[[bool, str], object] | None = None) -> bool:
    """Begin an empty stage."""
    current().new_stage()
    if callback_fn is not None:
        callback_fn(True, "")
    return True


def save_stage(usd_path: str, save_and_reload_in_place: bool = True) -> bool:
    """Write the stage to a file."""
    return bool(get_current_stage().Export(str(usd_path)))


def get_next_free_path(path: str, parent: PrimLike | None = None, prepend_default_prim: bool = True) -> str:
    """Return ``path``, below ``parent`` if given, numbered when a prim is there already."""
    if parent is not None:
        return get_stage_next_free_path(
            get_current_stage(), f"{str(unwrap(parent)).rstrip('/')}/{str(path).lstrip('/')}", False
        )
    return get_stage_next_free_path(get_current_stage(), str(path), prepend_default_prim)


def print_stage_prim_paths() -> None:
    """Print the paths of all prims."""
    for prim in get_current_stage().Traverse():
        print(prim.GetPath())


@contextmanager
def use_stage(other: Usd.Stage) -> Iterator[Usd.Stage]:
    """Go on with another stage; it stays the current one, for there is one only."""
    current().set_stage(other)
    yield other
