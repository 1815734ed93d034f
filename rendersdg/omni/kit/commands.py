"""``omni.kit.commands``: the commands that scripts run on prims, a function each, and the table of their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pxr import Sdf, Usd, UsdGeom

from rendersdg.errors import NotSupported
from rendersdg.omni.kit.usd import copy_prim, get_stage_next_free_path, remove_prim
from rendersdg.replicator.engine import current
from rendersdg.replicator.functional import bind, create_material
from rendersdg.replicator.values import unwrap
from rendersdg.stage.author import set_attribute

__all__ = ["execute"]

Options = Mapping[str, Any]  # of a command, as the script gives them


def delete_prims(stage: Usd.Stage, options: Options) -> None:
    """Remove the prims at ``paths``, with all below them."""
    for path in options.get("paths", ()):
        remove_prim(stage, path)


def move_prims(stage: Usd.Stage, options: Options) -> None:
    """Move prims: from and to as ``paths_to_move``, or one as ``path_from`` and ``path_to``."""
    moves = options.get("paths_to_move") or {options.get("path_from"): options.get("path_to")}
    for source, target in moves.items():
        copy_prim(stage, source, target)
        stage.RemovePrim(Sdf.Path(str(source)))


def copy(stage: Usd.Stage, options: Options) -> str:
    """Copy a prim from ``path_from`` to ``path_to``. Returns the latter."""
    copy_prim(stage, options["path_from"], options["path_to"])
    return str(options["path_to"])


def create_mesh(stage: Usd.Stage, options: Options) -> str:
    """Make a mesh of the shape ``prim_type`` at ``prim_path``. Returns its path."""
    kind = str(options.get("prim_type", "Cube")).lower()
    path = str(options.get("prim_path") or get_stage_next_free_path(stage, f"/{kind.capitalize()}", False))
    current().recorder.author.bare_shape(kind, path, as_mesh=True)
    return path


def create_prim(stage: Usd.Stage, options: Options) -> str:
    """Make a prim of ``prim_type`` at ``prim_path`` with ``attributes``. Returns its path."""
    kind = options.get("prim_type", "Xform")
    path = str(options.get("prim_path") or get_stage_next_free_path(stage, f"/{kind}", False))
    prim = stage.DefinePrim(path, kind)
    for key, value in (options.get("attributes") or {}).items():
        prim.GetAttribute(str(key)).Set(value)
    return path


def create_mdl_material(stage: Usd.Stage, options: Options) -> str:
    """Make a material by its MDL name at ``mtl_path``. Returns its path."""
    material = create_material(options.get("mtl_name") or options.get("mdl_name"))
    target: str | None = options.get("mtl_path")
    if target and not stage.GetPrimAtPath(str(target)):
        copy_prim(stage, material.GetPath(), target)
        stage.RemovePrim(material.GetPath())
    return target or str(material.GetPath())


def bind_material(stage: Usd.Stage, options: Options) -> None:
    """Bind the material at ``material_path`` to the prim or prims at ``prim_path``."""
    paths = options.get("prim_path")
    for path in paths if isinstance(paths, (list, tuple)) else [paths]:
        bind(stage.GetPrimAtPath(str(path)), str(options["material_path"]))


def change_property(stage: Usd.Stage, options: Options) -> None:
    """Set the attribute at ``prop_path`` to ``value``."""
    path = Sdf.Path(str(options["prop_path"]))
    set_attribute(stage.GetPrimAtPath(path.GetPrimPath()), path.name, unwrap(options["value"]))


def toggle_visibility(stage: Usd.Stage, options: Options) -> None:
    """Hide those of ``selected_paths`` that are shown, and show the others."""
    for path in options["selected_paths"]:
        prim = UsdGeom.Imageable(stage.GetPrimAtPath(str(path)))
        is_shown = prim.ComputeVisibility() != UsdGeom.Tokens.invisible
        prim.MakeInvisible() if is_shown else prim.MakeVisible()


def create_reference(stage: Usd.Stage, options: Options) -> str:
    """Refer to ``asset_path`` at ``path_to``. Returns the latter."""
    path = str(options["path_to"])
    stage.DefinePrim(path).GetReferences().AddReference(str(options["asset_path"]))
    return path


_COMMANDS: Mapping[str, Callable[[Usd.Stage, Options], object]] = {  # by their names without ``Command`` behind
    "BindMaterial": bind_material,
    "ChangeProperty": change_property,
    "CopyPrim": copy,
    "CreateAndBindMdlMaterialFromLibrary": create_mdl_material,
    "CreateMdlMaterialPrim": create_mdl_material,
    "CreateMeshPrim": create_mesh,
    "CreateMeshPrimWithDefaultXform": create_mesh,
    "CreatePayload": create_reference,
    "CreatePrim": create_prim,
    "CreatePrimWithDefaultXform": create_prim,
    "CreateReference": create_reference,
    "DeletePrims": delete_prims,
    "MovePrim": move_prims,
    "MovePrims": move_prims,
    "ToggleVisibilitySelectedPrims": toggle_visibility,
}


def execute(name: str, **options: Any) -> tuple[bool, object]:
    """Run a command by its name, with or without ``Command`` behind. Returns True and what the command gives.

    Raises NotSupported for a command that is not offered.
    """
    engine = current()
    command = _COMMANDS.get(str(name).removesuffix("Command"))
    if command is None:
        raise NotSupported(f"omni.kit.commands: {name!r} is not offered by rendersdg run", where=engine.where())
    return True, command(engine.recorder.stage, options)
