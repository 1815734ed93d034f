"""From a mesh file that is not glTF (OBJ, STL, PLY, Collada, ...) to a USD stage in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.arrays import F8, U1
from rendersdg.assets.looks import bind_look
from rendersdg.errors import AssetError, Report
from rendersdg.shapes import Shape
from rendersdg.stage.author import Author, define_mesh, new_stage, valid_name

_CENTIMETRES = (".dae",)  # what these exporters mean when the file does not say


def mesh_stage(path: str, embed: Callable[[str, U1], str], report: Report) -> Usd.Stage:
    """Return a stage (Z up) that holds what a mesh file has below its default prim.

    ``embed(label, pixels)`` keeps an image and returns its path. Raises AssetError for a file that cannot be read.
    """
    import trimesh

    try:
        scene = trimesh.load_scene(path)
    except Exception as error:  # trimesh raises whatever its parsers raise
        hint = "; pip install rendersdg[collada]" if path.endswith(".dae") else ""
        raise AssetError(f"asset {path} cannot be read: {type(error).__name__}: {error}{hint}") from None
    unit = 0.01 if path.lower().endswith(_CENTIMETRES) else 1.0
    report.note(path, f"the file states no unit; it is read as {'centimetres' if unit == 0.01 else 'metres'}")
    stage = new_stage("Z", unit, root="Xform")
    author = Author(stage)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/Asset").GetPrim())
    for node in sorted(scene.graph.nodes_geometry):
        matrix, geometry = scene.graph[node]
        mesh = scene.geometry[geometry]
        if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
            report.note(f"{path}:{geometry}", "not a triangle mesh, so nothing is drawn")
            continue
        _mesh(author, f"{path}:{geometry}", mesh, np.asarray(matrix, float), embed)
    return stage


def _mesh(author: Author, label: str, mesh: Any, matrix: F8, embed: Callable[[str, U1], str]) -> None:
    """Define one of trimesh's meshes with its look, under ``matrix`` (4, 4). ``label`` is its file and its name."""
    root = str(author.stage.GetDefaultPrim().GetPath())
    geometry = label.rsplit(":", 1)[1]
    uvs = getattr(mesh.visual, "uv", None)
    vertices = np.asarray(mesh.vertices, float)
    inputs = _material_inputs(mesh, label, embed)
    shape = Shape(
        vertices,
        np.asarray(mesh.vertex_normals, float).copy(),
        np.zeros((len(vertices), 2)) if uvs is None or len(uvs) != len(vertices) else np.asarray(uvs, float),
        np.asarray(mesh.faces, np.int64),
    ).transformed(matrix)
    prim = define_mesh(author.stage, author.unique(f"{root}/{valid_name(geometry)}"), shape)
    if inputs is None and getattr(mesh.visual, "kind", None) == "vertex":
        colours = (np.asarray(mesh.visual.vertex_colors, float)[:, :3] / 255.0) ** 2.2
        prim.CreateDisplayColorPrimvar("vertex").Set([tuple(c) for c in colours.tolist()])
    if inputs is not None:
        bind_look(author, root, prim.GetPrim(), valid_name(f"{geometry}_Look"), inputs)


def _material_inputs(mesh: Any, label: str, embed: Callable[[str, U1], str]) -> dict[str, Any] | None:
    """Return OmniPBR inputs of a trimesh material; embedded images become anonymous files of the resolver."""
    material = getattr(mesh.visual, "material", None)
    if material is None or not hasattr(mesh.visual, "uv"):
        return None

    def embedded(image: Any, end: str) -> str:
        return embed(f"{label}:{end}", np.asarray(image.convert("RGBA"), np.uint8))

    inputs: dict[str, Any] = {}
    if type(material).__name__ == "PBRMaterial":
        factor = np.asarray(material.baseColorFactor if material.baseColorFactor is not None else (1, 1, 1, 1), float)
        factor = factor / 255.0 if factor.max() > 1.001 else factor
        inputs["diffuse_tint"] = factor[:3].tolist()
        inputs["diffuse_color_constant"] = [1.0, 1.0, 1.0]
        inputs["metallic_constant"] = 1.0 if material.metallicFactor is None else float(material.metallicFactor)
        inputs["reflection_roughness_constant"] = (
            1.0 if material.roughnessFactor is None else float(material.roughnessFactor)
        )
        for name, key in (("baseColorTexture", "diffuse_texture"), ("normalTexture", "normalmap_texture")):
            if getattr(material, name, None) is not None:
                inputs[key] = embedded(getattr(material, name), name)
        if getattr(material, "metallicRoughnessTexture", None) is not None:
            inputs["ORM_texture"] = embedded(material.metallicRoughnessTexture, "orm")
            inputs["enable_ORM_texture"] = True
        if getattr(material, "emissiveTexture", None) is not None and material.emissiveFactor is not None:
            inputs["emissive_mask_texture"] = embedded(material.emissiveTexture, "emissive")
            inputs["emissive_color"] = [float(c) for c in material.emissiveFactor]
            inputs["emissive_intensity"] = 1000.0
        return inputs
    image = getattr(material, "image", None)
    if image is not None:
        inputs["diffuse_texture"] = embedded(image, "image")
    elif getattr(material, "diffuse", None) is not None:
        colour = np.asarray(material.diffuse, float)[:3] / 255.0
        inputs["diffuse_color_constant"] = (colour**2.2).tolist()
    return inputs or None
