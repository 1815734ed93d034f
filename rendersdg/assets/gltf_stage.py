"""From a glTF file to a USD stage in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.arrays import F8, U1
from rendersdg.assets.gltf import GltfFile
from rendersdg.assets.looks import bind_look
from rendersdg.errors import AssetError, Report
from rendersdg.shapes import Shape
from rendersdg.stage.author import Author, define_mesh, new_stage, valid_name


def gltf_stage(path: str, embed: Callable[[str, U1], str], report: Report) -> Usd.Stage:
    """Return a stage (Y up, metres) that holds what a .gltf or .glb file has below its default prim.

    ``embed(label, pixels)`` keeps an image and returns its path. Raises AssetError for a file that cannot be read.
    """
    import trimesh

    try:
        gltf = GltfFile(path)
        resolver = trimesh.resolvers.FilePathResolver(path)
        scene = trimesh.load_scene(gltf.marked(), file_type=Path(path).suffix.lower()[1:], resolver=resolver)
    except Exception as error:  # trimesh raises whatever its parsers raise
        raise AssetError(f"asset {path} cannot be read: {type(error).__name__}: {error}") from None
    gltf.announce(report)
    stage = new_stage("Y", 1.0, root="Xform")
    author = Author(stage)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/Asset").GetPrim())
    for node in _in_order(scene):
        matrix, geometry = scene.graph[node]
        mesh = scene.geometry[geometry]
        label = f"{path}:{geometry}"
        if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
            report.note(label, "not a triangle mesh, so nothing is drawn")
            continue
        _mesh(author, label, geometry, mesh, np.asarray(matrix, float), gltf, (embed, report))
    return stage


def _mesh(
    author: Author,
    label: str,
    name: str,
    mesh: Any,
    matrix: F8,
    gltf: GltfFile,
    tools: tuple[Callable[[str, U1], str], Report],
) -> None:
    """Define one of trimesh's meshes with its look, under ``matrix`` (4, 4). ``label`` is its file and its name."""
    root = str(author.stage.GetDefaultPrim().GetPath())
    surface = gltf.surface(mesh, label, *tools)
    vertices = gltf.vertices(mesh)
    uvs = getattr(mesh.visual, "uv", None) if surface.uvs is None else surface.uvs
    shape = Shape(
        vertices,
        np.asarray(mesh.vertex_normals, float).copy(),
        np.zeros((len(vertices), 2)) if uvs is None or len(uvs) != len(vertices) else np.asarray(uvs, float),
        np.asarray(mesh.faces, np.int64),
    ).transformed(matrix)
    prim = define_mesh(author.stage, author.unique(f"{root}/{valid_name(name)}"), shape)
    if surface.is_double_sided:
        prim.CreateDoubleSidedAttr(True)
    if surface.colours is not None:
        prim.CreateDisplayColorPrimvar("vertex").Set([tuple(c) for c in surface.colours.tolist()])
    if surface.inputs is not None:
        bind_look(author, root, prim.GetPrim(), valid_name(f"{name}_Look"), surface.inputs)


def _in_order(scene: Any) -> list[str]:
    """Return the nodes of a trimesh scene that hold geometry, by name; the primitives of one mesh as in the file,
    since the names of their nodes end at random.
    """
    places = {name: number for number, name in enumerate(scene.geometry)}

    def key(node: str) -> tuple[str, int]:
        geometry = scene.graph[node][1]
        parent = str(scene.graph.transforms.parents.get(node))
        is_primitive = scene.geometry[geometry].metadata.get("from_gltf_primitive", False)
        return (parent, places[geometry]) if is_primitive and node.startswith(f"{parent}_") else (node, 0)

    return sorted(scene.graph.nodes_geometry, key=key)
