"""Mesh files that trimesh reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, U1
from rendersdg.assets.mesh_files.contents import Contents, Look, Part
from rendersdg.colour import linear_from_eight_bit
from rendersdg.errors import AssetError, Report

Embed = Callable[[str, U1], str]


def read_other(path: str, embed: Embed, report: Report) -> Contents:
    """Return what trimesh reads from a file. ``embed(label, pixels)`` keeps an image and returns its path.

    Raises AssetError for a file that cannot be read.
    """
    import trimesh

    try:
        scene = trimesh.load_scene(path)
    except Exception as error:  # trimesh raises whatever its parsers raise
        hint = f"; pip install {error.name}" if isinstance(error, ImportError) and error.name else ""
        raise AssetError(f"asset {path} cannot be read: {type(error).__name__}: {error}{hint}") from None
    contents = Contents()
    for node in sorted(scene.graph.nodes_geometry):
        matrix, geometry = scene.graph[node]
        mesh = scene.geometry[geometry]
        if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
            report.note(f"{path}:{geometry}", "not a triangle mesh, so nothing is drawn")
            continue
        contents.parts.append(
            _part(contents, str(geometry), mesh, np.asarray(matrix, float), f"{path}:{geometry}", embed)
        )
    return contents


def _part(contents: Contents, name: str, mesh: Any, matrix: F8, label: str, embed: Embed) -> Part:
    """Return one of trimesh's meshes under ``matrix`` (4, 4); its look joins those of the file."""
    triangles = np.asarray(mesh.faces, np.int64)
    vertices = portable.product(np.asarray(mesh.vertices, float), matrix[:3, :3].T) + matrix[:3, 3]
    normals = None
    if "vertex_normals" in mesh._cache.cache:  # those that the file has; others would be smooth all over
        normals = (portable.product(np.asarray(mesh.vertex_normals, float), portable.inverse(matrix[:3, :3])))[
            triangles
        ]
    uvs = getattr(mesh.visual, "uv", None)
    inputs = _inputs(mesh, label, embed)
    colours = None
    if inputs is None and getattr(mesh.visual, "kind", None) == "vertex":
        colours = linear_from_eight_bit(np.asarray(mesh.visual.vertex_colors, np.uint8)[:, :3]).astype(float)[triangles]
    if inputs is not None:
        contents.looks.append(Look(f"{name}_Look", inputs))
    return Part(
        name,
        vertices,
        triangles,
        normals,
        None if uvs is None or len(uvs) != len(vertices) else np.asarray(uvs, float)[triangles],
        colours,
        looks=None if inputs is None else np.full(len(triangles), len(contents.looks) - 1),
    )


def _inputs(mesh: Any, label: str, embed: Embed) -> dict[str, Any] | None:
    """Return OmniPBR's inputs of a material of trimesh; its images become anonymous files of the resolver."""
    material = getattr(mesh.visual, "material", None)
    if material is None or not hasattr(mesh.visual, "uv"):
        return None
    image = getattr(material, "image", None)
    if image is not None:
        return {"diffuse_texture": embed(f"{label}:image", np.asarray(image.convert("RGBA"), np.uint8))}
    if getattr(material, "diffuse", None) is not None:
        colour = linear_from_eight_bit(np.asarray(material.diffuse, np.uint8)[:3])
        return {"diffuse_color_constant": [float(c) for c in colour]}
    return None
