"""From a mesh file that is not glTF (OBJ, STL, PLY, Collada, ...) to a USD stage in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from pxr import Sdf, Usd, UsdGeom, UsdShade, Vt

from rendersdg import portable
from rendersdg.arrays import F8, I8, U1
from rendersdg.assets.arguments import Reading
from rendersdg.assets.creases import CREASE, creased, creased_normals
from rendersdg.assets.looks import define_look
from rendersdg.assets.mesh_files.collada import read_collada
from rendersdg.assets.mesh_files.contents import Contents, Part
from rendersdg.assets.mesh_files.obj import read_obj
from rendersdg.assets.mesh_files.others import read_other
from rendersdg.assets.mesh_files.ply import read_ply
from rendersdg.assets.mesh_files.stl import read_stl
from rendersdg.assets.mesh_files.units import guess, in_words
from rendersdg.errors import Report
from rendersdg.stage.author import Author, new_stage, valid_name

Embed = Callable[[str, U1], str]  # keeps an image under a label and returns its path
_PARTS = (".stl", ".3mf")  # what CAD writes
_ALONG = 0.5  # the cosine of how far, 60 degrees, a stored normal may lie off its face


def mesh_stage(path: str, embed: Embed, report: Report, reading: Reading | None = None) -> Usd.Stage:
    """Return a stage that holds what a mesh file has below its default prim.

    Its unit and up axis are those of ``reading``, else those that the file states, else metres and Z.
    Raises AssetError for a file that cannot be read.
    """
    reading = reading or Reading()
    suffix = Path(path).suffix.lower()
    if suffix == ".stl":
        contents = read_stl(path, report)
    elif suffix == ".obj":
        contents = read_obj(path, embed, report)
    elif suffix == ".dae":
        contents = read_collada(path, embed, report)
    elif suffix == ".ply":
        contents = read_ply(path, embed, report)
    else:
        contents = read_other(path, embed, report)
    stage = new_stage(reading.up_axis or _up_axis(contents), _unit(path, contents, reading, report), root="Xform")
    author = Author(stage)
    root = "/Asset"
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, root).GetPrim())
    looks = [define_look(author, root, valid_name(look.name), look.inputs) for look in contents.looks]
    astray = []
    for part in contents.parts:
        above = root if not part.above else f"{root}/{valid_name(part.above)}"
        if not stage.GetPrimAtPath(above):
            UsdGeom.Xform.Define(stage, above)
        if _define(author, author.unique(f"{above}/{valid_name(part.name)}"), part, (contents, looks), reading.crease):
            astray.append(part.name)
    if astray:
        names = "" if len(contents.parts) == 1 else f" of {', '.join(astray[:3])}{', ...' if len(astray) > 3 else ''}"
        report.note(f"{path}:normals", f"the stored normals{names} contradict the faces, and are made anew")
    return stage


def _up_axis(contents: Contents) -> Literal["Y", "Z"]:
    return "Y" if contents.up_axis == "Y" else "Z"


def _unit(path: str, contents: Contents, reading: Reading, report: Report) -> float:
    """Return the unit of a file in metres; what it rests on is said, and a guess where that makes little sense."""
    if reading.unit is not None:
        return reading.unit
    if contents.unit is not None:
        report.note(path, f"it is read in {in_words(contents.unit)}, as the file states: {contents.unit_words}")
        return contents.unit
    unit = 1.0
    text = f"the file states no unit; it is read as metres, with {reading.up_axis or _up_axis(contents)} up"
    boxes = [(p.points.min(0), p.points.max(0)) for p in contents.parts if len(p.points)]
    if boxes:
        extent = float((np.max([b[1] for b in boxes], 0) - np.min([b[0] for b in boxes], 0)).max())
        likelier = guess(extent, unit, is_part=path.lower().endswith(_PARTS))
        if likelier is None:
            text += " (unit= and up_axis= say otherwise)"
        else:
            text += f", so it is {extent * unit:g} m long; this looks like {likelier}: write unit={likelier}"
    report.note(path, text)
    return unit


def _define(author: Author, at: str, part: Part, looks: tuple[Contents, list[Sdf.Path]], crease: float | None) -> bool:
    """Define the mesh of a part with its looks; return whether its own normals contradict its faces."""
    triangles, normals, corners = part.triangles, part.normals, np.arange(part.triangles.size).reshape(-1, 3)
    is_astray = crease is None and normals is not None and _contradict(part)
    if normals is None or is_astray or crease is not None:
        groups = part.groups if crease is None else None
        turned, normals = creased(part.points, triangles, angle=CREASE if crease is None else crease, groups=groups)
        corners = np.where(turned[:, None], corners[:, ::-1], corners)
        triangles = triangles.ravel()[corners]
    else:
        normals = _without_gaps(part, normals)
    mesh = UsdGeom.Mesh.Define(author.stage, at)
    f4 = np.float32
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(part.points.astype(f4)))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(triangles), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(triangles.astype(np.int32).ravel()))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(normals.reshape(-1, 3).astype(f4)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.stack([part.points.min(0), part.points.max(0)]).astype(f4)))
    varying = UsdGeom.Tokens.faceVarying
    if part.uvs is not None:
        uvs = part.uvs.reshape(-1, 2)[corners.ravel()].astype(f4)
        primvars = UsdGeom.PrimvarsAPI(mesh)
        primvars.CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, varying).Set(Vt.Vec2fArray.FromNumpy(uvs))
    if part.colours is not None:
        colours = part.colours.reshape(-1, 3)[corners.ravel()].astype(f4)
        mesh.CreateDisplayColorPrimvar(varying).Set(Vt.Vec3fArray.FromNumpy(colours))
    if part.looks is not None:
        _bind(author.stage, mesh, part.looks, looks)
    return is_astray


def _bind(stage: Usd.Stage, mesh: UsdGeom.Mesh, of_faces: I8, looks: tuple[Contents, list[Sdf.Path]]) -> None:
    """Bind the look of all faces to a mesh, or each look to a subset of it that is called after it."""
    contents, paths = looks
    used = np.unique(of_faces)
    if any(contents.looks[k].is_double_sided for k in used.tolist() if k >= 0):
        mesh.CreateDoubleSidedAttr(True)
    api = UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim())
    if len(used) == 1:
        if used[0] >= 0:
            api.Bind(UsdShade.Material(stage.GetPrimAtPath(paths[used[0]])))
        return
    for number in used.tolist():
        members = Vt.IntArray.FromNumpy(np.flatnonzero(of_faces == number).astype(np.int32))
        name = paths[number].name if number >= 0 else "no_material"
        subset = api.CreateMaterialBindSubset(name, members)
        if number >= 0:
            UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(
                UsdShade.Material(stage.GetPrimAtPath(paths[number]))
            )


def _face_normals(part: Part) -> F8:
    """Return normals (T, 3) of the faces, twice their area long."""
    p = [part.points[part.triangles[:, k]] for k in range(3)]
    return np.cross(p[1] - p[0], p[2] - p[0])


def _contradict(part: Part) -> bool:
    """Return whether a part's normals have little to do with its faces: less than half, by area, lie along their
    faces', or less than half against. Rounded edges lead few so far away, and faces that are wound the wrong way all.
    """
    assert part.normals is not None
    faces = _face_normals(part)
    area = portable.norm(faces, axis=1)
    length = portable.norm(part.normals, axis=2)
    cosines = portable.product(part.normals, faces[..., None])[..., 0] / np.maximum(area[:, None] * length, 1e-300)
    weights = np.broadcast_to(area[:, None], cosines.shape)
    weights = np.where(np.isfinite(cosines), weights, 0.0)
    along, against = (weights[side * cosines > _ALONG].sum() / max(weights.sum(), 1e-300) for side in (1.0, -1.0))
    return bool(max(along, against) < 0.5 and along + against < 0.6)  # of random directions it is a quarter each


def _without_gaps(part: Part, normals: F8) -> F8:
    """Return unit normals (T, 3, 3); those that are missing, not finite or 0 are made."""
    length = portable.norm(normals, axis=2)
    is_good = np.isfinite(length) & (length > 1e-12)
    with np.errstate(invalid="ignore", divide="ignore"):
        units = normals / length[..., None]
    if is_good.all():
        return np.asarray(units)
    made = creased_normals(part.points, part.triangles, groups=part.groups)
    return np.where(is_good[..., None], units, made)
