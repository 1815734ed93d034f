"""``omni.kit.commands``: the commands that scripts run on prims, a function each, and the table of their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade

from rendersdg.errors import NotSupported
from rendersdg.omni.isaac.lidar import create_rtx_lidar
from rendersdg.omni.kit.carb_settings import get_settings
from rendersdg.omni.kit.usd import copy_prim, get_context, get_stage_next_free_path, remove_prim
from rendersdg.replicator.engine import current
from rendersdg.replicator.functional import apply_collider, bind, create_material, modify_pose
from rendersdg.replicator.functional.physics import apply_rigid_body
from rendersdg.replicator.values import unwrap
from rendersdg.stage.author import set_attribute
from rendersdg.stage.pose import column_matrix, pose_from_matrix, write_parts

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


def add_arc(stage: Usd.Stage, options: Options) -> None:
    """Refer to the asset of ``reference`` or ``payload``, an ``Sdf`` one, at ``prim_path``."""
    arc = options.get("reference") or options["payload"]
    prim = stage.GetPrimAtPath(str(options["prim_path"])) or stage.DefinePrim(str(options["prim_path"]))
    prim.GetReferences().AddReference(arc.assetPath, arc.primPath)


def remove_arc(stage: Usd.Stage, options: Options) -> None:
    """Refer to the asset of ``reference`` or ``payload`` at ``prim_path`` no more."""
    arc = options.get("reference") or options["payload"]
    prim = stage.GetPrimAtPath(str(options["prim_path"]))
    prim.GetReferences().RemoveReference(Sdf.Reference(arc.assetPath, arc.primPath))
    prim.GetPayloads().RemovePayload(Sdf.Payload(arc.assetPath, arc.primPath))


def spawn(stage: Usd.Stage, options: Options) -> str:
    """Refer to the asset ``usd_path`` at ``prim_path``, at ``translation`` and turned by ``rotation``, w first."""
    path = str(options["prim_path"])
    create_reference(stage, {"path_to": path, "asset_path": options["usd_path"]})
    turn = options.get("rotation", (1, 0, 0, 0))
    modify_pose(path, position_value=tuple(options.get("translation", (0, 0, 0))), rotation_value=tuple(turn))
    return path


def teleport(stage: Usd.Stage, options: Options) -> None:
    """Put the prim at ``prim_path`` to ``translation``, turned by ``rotation``, w first."""
    turn = options.get("rotation", (1, 0, 0, 0))
    modify_pose(
        str(options["prim_path"]),
        position_value=tuple(options.get("translation", (0, 0, 0))),
        rotation_value=tuple(turn),
    )


def scale(stage: Usd.Stage, options: Options) -> None:
    """Scale the prim at ``prim_path`` by ``scale``."""
    modify_pose(str(options["prim_path"]), scale_value=tuple(options.get("scale", (1, 1, 1))))


def transform(stage: Usd.Stage, options: Options) -> None:
    """Give the prim at ``path`` the local matrix ``new_transform_matrix``."""
    matrix = Gf.Matrix4d(options["new_transform_matrix"])
    write_parts(stage.GetPrimAtPath(str(options["path"])), pose_from_matrix(column_matrix(matrix)))


def transform_parts(stage: Usd.Stage, options: Options) -> None:
    """Give the prim at ``path`` ``new_translation``, ``new_rotation_euler`` (degrees, XYZ) and ``new_scale``."""
    modify_pose(
        str(options["path"]),
        options.get("new_translation"),
        options.get("new_rotation_euler"),
        None,
        options.get("new_scale"),
    )


def select(stage: Usd.Stage, options: Options) -> None:
    """Select the prims at ``new_selected_paths``."""
    get_context().get_selection().set_selected_prim_paths(list(options.get("new_selected_paths", ())))


def change_setting(stage: Usd.Stage, options: Options) -> None:
    """Set the setting ``path`` to ``value``."""
    get_settings().set(str(options["path"]), options["value"])


def add_physics_scene(stage: Usd.Stage, options: Options) -> str:
    """Define a physics scene at ``path``. Returns its path."""
    path = get_stage_next_free_path(options.get("stage") or stage, str(options.get("path") or "/physicsScene"), False)
    UsdPhysics.Scene.Define(stage, path)
    return path


def add_rigid_body_material(stage: Usd.Stage, options: Options) -> str:
    """Define a physics material at ``path`` with its frictions, restitution and density. Returns its path."""
    path = str(options["path"])
    material = UsdPhysics.MaterialAPI.Apply(UsdShade.Material.Define(stage, path).GetPrim())
    for name in ("staticFriction", "dynamicFriction", "restitution", "density"):
        if options.get(name) is not None:
            set_attribute(material.GetPrim(), f"physics:{name}", float(options[name]))
    return path


def set_rigid_body(stage: Usd.Stage, options: Options) -> None:
    """Make the prim at ``path`` a rigid body with colliders of ``approximationShape``."""
    path = str(options["path"])
    apply_rigid_body(path, with_collider=False, kinematicEnabled=bool(options.get("kinematic", False)))
    apply_collider(path, str(options.get("approximationShape") or "convexHull"))


def create_preview_surface(stage: Usd.Stage, options: Options) -> str:
    """Define a material of UsdPreviewSurface at ``mtl_path``. Returns its path."""
    path = str(options["mtl_path"])
    material, shader = UsdShade.Material.Define(stage, path), UsdShade.Shader.Define(stage, f"{path}/Shader")
    shader.CreateIdAttr("UsdPreviewSurface")
    material.CreateSurfaceOutput().ConnectToSource(shader.CreateOutput("surface", Sdf.ValueTypeNames.Token))
    return path


def toggle_active(stage: Usd.Stage, options: Options) -> None:
    """Switch the prims at ``prim_paths`` on or off, as ``active`` says."""
    for path in options["prim_paths"]:
        stage.GetPrimAtPath(str(path)).SetActive(bool(options.get("active", False)))


_COMMANDS: Mapping[str, Callable[[Usd.Stage, Options], object]] = {  # by their names without ``Command`` behind
    "AddPayload": add_arc,
    "AddPhysicsScene": add_physics_scene,
    "AddReference": add_arc,
    "AddRigidBodyMaterial": add_rigid_body_material,
    "BindMaterial": bind_material,
    "ChangeProperty": change_property,
    "ChangeSetting": change_setting,
    "CopyPrim": copy,
    "CreateAndBindMdlMaterialFromLibrary": create_mdl_material,
    "CreateMdlMaterialPrim": create_mdl_material,
    "CreateMeshPrim": create_mesh,
    "CreateMeshPrimWithDefaultXform": create_mesh,
    "CreatePayload": create_reference,
    "CreatePrim": create_prim,
    "CreatePrimWithDefaultXform": create_prim,
    "CreatePreviewSurfaceMaterialPrim": create_preview_surface,
    "CreateReference": create_reference,
    "DeletePrims": delete_prims,
    "IsaacSensorCreateRtxLidar": create_rtx_lidar,
    "IsaacSimDestroyPrim": lambda stage, options: delete_prims(stage, {"paths": [options["prim_path"]]}),
    "IsaacSimScalePrim": scale,
    "IsaacSimSpawnPrim": spawn,
    "IsaacSimTeleportPrim": teleport,
    "MovePrim": move_prims,
    "MovePrims": move_prims,
    "RemovePayload": remove_arc,
    "RemoveReference": remove_arc,
    "SelectPrims": select,
    "SetRigidBody": set_rigid_body,
    "ToggleActivePrims": toggle_active,
    "ToggleVisibilitySelectedPrims": toggle_visibility,
    "TransformPrim": transform,
    "TransformPrimSRT": transform_parts,
}
_REFUSED: Mapping[str, str] = {  # by what the name begins with or holds: why
    "ZeroGravity": "the zero gravity tool belongs to the editor; functional.physics.simulate lets bodies settle",
    "Deformable": "soft bodies are not simulated",
    "Tetrahedral": "soft bodies are not simulated",
    "PhysicsAttachment": "soft bodies are not simulated",
    "Particle": "particles are not simulated",
    "RangeSensor": "sensors of PhysX are not simulated; IsaacSensorCreateRtxLidar makes a lidar",
    "IsaacSensor": "of RTX sensors, lidars are simulated (IsaacSensorCreateRtxLidar), and cameras",
    "URDF": "robots are not imported; convert the file to USD",
    "MJCF": "robots are not imported; convert the file to USD",
    "SurfaceGripper": "grippers are not simulated",
    "ConveyorBelt": "belts are not simulated",
    "ItemTag": "tags for accidents belong to an extension that is not offered",
    "AreaTag": "tags for accidents belong to an extension that is not offered",
    "Scripting": "scripts on prims are not run",
    "Extension": "extensions are not loaded",
    "Toolbar": "there is no window; omni.timeline plays",
}


def execute(name: str, **options: Any) -> tuple[bool, object]:
    """Run a command by its name, with or without ``Command`` behind. Returns True and what the command gives.

    Raises NotSupported for a command that is not offered.
    """
    engine = current()
    command = _COMMANDS.get(str(name).removesuffix("Command"))
    if command is None:
        reason = next((f": {why}" for part, why in _REFUSED.items() if part in str(name)), "")
        raise NotSupported(f"omni.kit.commands: {name!r} is not offered by rendersdg run{reason}", where=engine.where())
    return True, command(engine.recorder.stage, options)
