"""Whether an asset has something to draw, judged without rendersdg: by usd-core, by trimesh, by glTF's own rules."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import trimesh
from pxr import Tf, Usd, UsdGeom

USD = (".usd", ".usda", ".usdc", ".usdz")
GLTF = (".gltf", ".glb")
MESHES = (".obj", ".stl", ".ply", ".dae")
KINDS = USD + GLTF + MESHES
_GLB = 0x46546C67
_JSON = 0x4E4F534A
_TRIANGLES = (4, 5, 6)  # modes of primitives that are surfaces
_DRAWN = ("default", "render")  # purposes


def complaint(asset: Path) -> str:
    """Return why nothing need be drawn of a file, empty where it is whole and holds a surface that is to be seen."""
    suffix = asset.suffix.lower()
    if suffix in USD:
        return _of_usd(asset)
    if suffix in GLTF:
        return _of_gltf(asset)
    return _of_mesh(asset)


def _of_usd(asset: Path) -> str:
    try:
        stage = Usd.Stage.Open(str(asset))
    except Tf.ErrorException as error:
        return f"usd-core cannot open it: {str(error).strip().splitlines()[0].strip()}"
    if stage is None:
        return "usd-core cannot open it"
    default = stage.GetDefaultPrim()
    prims = (
        stage.Traverse(Usd.TraverseInstanceProxies())
        if not default
        else Usd.PrimRange(default, Usd.TraverseInstanceProxies())
    )
    drawn = [p for p in prims if p.IsA(UsdGeom.Gprim) and _is_seen(p) and not _is_empty(p)]
    return "" if drawn else "usd-core finds no geometry in it that is to be seen"


def _is_seen(prim: Usd.Prim) -> bool:
    image = UsdGeom.Imageable(prim)
    return image.ComputeVisibility(Usd.TimeCode.EarliestTime()) != "invisible" and image.ComputePurpose() in _DRAWN


def _is_empty(prim: Usd.Prim) -> bool:
    if prim.IsA(UsdGeom.Mesh) and not UsdGeom.Mesh(prim).GetFaceVertexCountsAttr().Get(Usd.TimeCode.EarliestTime()):
        return True
    if prim.IsA(UsdGeom.PointBased):
        return not UsdGeom.PointBased(prim).GetPointsAttr().Get(Usd.TimeCode.EarliestTime())
    return prim.GetTypeName() == "Volume"


def _of_gltf(asset: Path) -> str:
    try:
        document = _document(asset)
        version = str(document["asset"]["version"])
        return _of_document(document, asset) if version.startswith("2") else f"glTF {version}"
    except (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error) as error:
        return f"it is no glTF: {type(error).__name__}"


def _of_document(document: dict[str, Any], asset: Path) -> str:
    for buffer in document.get("buffers", ()):
        uri = buffer.get("uri", "data:")
        if not uri.startswith("data:") and not (asset.parent / unquote(uri)).is_file():
            return f"{uri} is missing"
    surfaces = [
        primitive
        for mesh in document.get("meshes", ())
        for primitive in mesh.get("primitives", ())
        if primitive.get("mode", 4) in _TRIANGLES and "POSITION" in primitive.get("attributes", {})
    ]
    if not surfaces:
        return "no primitive of triangles"
    return "" if any("mesh" in node for node in document.get("nodes", ())) else "no node has a mesh"


def _document(asset: Path) -> dict[str, Any]:
    data = asset.read_bytes()
    if asset.suffix.lower() == ".glb":
        magic, _, _ = struct.unpack_from("<III", data)
        length, kind = struct.unpack_from("<II", data, 12)
        if (magic, kind) != (_GLB, _JSON):
            raise ValueError("no binary glTF")
        data = data[20 : 20 + length]
    document = json.loads(data)
    if not isinstance(document, dict):
        raise ValueError("no object")
    return document


def _of_mesh(asset: Path) -> str:
    try:
        scene = trimesh.load(str(asset), force="scene", process=False, skip_materials=True)
    except Exception as error:  # whatever a loader raises says that it does not accept the file
        return f"trimesh cannot read it: {type(error).__name__}: {str(error)[:80]}"
    faces = sum(len(getattr(g, "faces", ())) for g in scene.geometry.values())
    return "" if faces else "trimesh finds no face in it"
