"""From a glTF file to a USD stage in memory: its nodes as Xforms, with their meshes below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, Vt

from rendersdg.arrays import F8
from rendersdg.assets.gltf.document import FAULTS, Document, Embed, Entry
from rendersdg.assets.gltf.materials import Materials, Surface
from rendersdg.assets.gltf.primitives import MODES, Primitive, read_primitive
from rendersdg.assets.looks import bind_look
from rendersdg.errors import Report
from rendersdg.geometry import euler_rotation, quaternion_rotation
from rendersdg.stage.author import ROOT as DRAFTS
from rendersdg.stage.author import Author, new_stage, valid_name
from rendersdg.stage.pose import pose_from_matrix, quaternion

ROOT = "/Asset"


def gltf_stage(path: str, embed: Embed, report: Report) -> Usd.Stage:
    """Return a stage (Y up, metres) that holds what a .gltf or .glb file has below its default prim.

    ``embed(label, pixels)`` keeps an image and returns its path. What cannot be used is reported and left out.

    Raises AssetError for a file that cannot be read.
    """
    document = Document(path)
    materials = Materials(document, embed, report)
    materials.announce()
    _announce(document, report)
    stage = new_stage("Y", 1.0, root="Xform")
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, ROOT).GetPrim())
    _Builder(document, materials, Author(stage), report).build()
    stage.RemovePrim(DRAFTS)
    for label, picture in document.reduced.items():
        (width, height), (down, across) = picture.size_wh, picture.pixels.shape[:2]
        report.note(f"{path}:{label}", f"an image of {width} x {height} pixels is reduced to {across} x {down}")
    return stage


def _announce(document: Document, report: Report) -> None:
    """Report each thing of the file that is not honoured, by its place in the JSON; materials report their own."""
    named = set(document.tree.get("extensionsUsed", []))
    for material in document.entries("materials"):
        named -= set(material.get("extensions", {}))
    for name in sorted(named - _EXTENSIONS):
        report.ignored(f"{document.path}:{name}", "the extension is not honoured")
    for name in ("animations", "skins", "cameras"):
        if document.entries(name):
            report.note(f"{document.path}:{name}", "are not read: the model is as its nodes place it")


_EXTENSIONS = {
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_materials_unlit",
    "KHR_materials_emissive_strength",
    "KHR_materials_clearcoat",
    "KHR_materials_ior",
    "KHR_materials_specular",
    "KHR_materials_pbrSpecularGlossiness",
    "EXT_texture_webp",
    "EXT_texture_avif",
}


@dataclass(eq=False)
class _Builder:
    """Defines the prims of one file."""

    document: Document
    materials: Materials
    author: Author
    report: Report
    _names: dict[str, set[str]] = field(default_factory=dict)  # taken, by the prim that they are below
    _primitives: dict[tuple[int, int], Primitive | None] = field(default_factory=dict)
    _looks: list[tuple[dict[str, Any], Sdf.Path]] = field(default_factory=list)
    _nodes: dict[int, str] = field(default_factory=dict)

    def build(self) -> None:
        """Define what the file's scene holds, from the top down."""
        waiting = [(index, ROOT) for index in self._tops()][::-1]
        while waiting:
            index, above = waiting.pop()
            place = f"{self.document.path}:nodes[{index}]"
            try:
                node = self.document.entry("nodes", index)
                if index in self._nodes:
                    self.report.ignored(place, "has more than one place in the tree: it is drawn at the first")
                    continue
                path = self._node(index, node, above)
                children = [(child, path) for child in node.get("children", [])]
            except FAULTS as error:
                self.report.ignored(place, f"is left out: {_text(error)}")
                continue
            waiting += children[::-1]

    def _tops(self) -> list[int]:
        """Return the nodes at the top of the scene that is drawn: the default one, else the first, else all roots."""
        scenes = self.document.entries("scenes")
        chosen = self.document.tree.get("scene", 0)
        if len(scenes) > 1:
            others = [str(s.get("name", k)) for k, s in enumerate(scenes) if k != chosen]
            self.report.note(
                f"{self.document.path}:scenes", f"scene {chosen} is drawn; not drawn: {', '.join(others[:12])}"
            )
        if scenes:
            try:
                return list(self.document.entry("scenes", chosen).get("nodes", []))
            except FAULTS as error:
                self.report.ignored(f"{self.document.path}:scene", f"{_text(error)}: all nodes are drawn")
        below = {child for node in self.document.entries("nodes") for child in node.get("children", [])}
        return [k for k in range(len(self.document.entries("nodes"))) if k not in below]

    def _unique(self, above: str, name: str) -> str:
        """Return a path below ``above`` that is not taken: ``name``, ``name_1`` and so on."""
        taken = self._names.setdefault(above, {"Looks"} if above == ROOT else set())
        valid, number = valid_name(name), 0
        chosen = valid
        while chosen in taken:
            number += 1
            chosen = f"{valid}_{number}"
        taken.add(chosen)
        return f"{above}/{chosen}"

    def _node(self, index: int, node: Entry, above: str) -> str:
        """Define a node with its mesh and return its path."""
        mesh = self.document.entry("meshes", node["mesh"]) if "mesh" in node else {}
        path = self._unique(above, str(node.get("name") or mesh.get("name") or f"node_{index}"))
        prim = UsdGeom.Xform.Define(self.author.stage, path)
        self._nodes[index] = path
        _place(prim, node)
        if mesh:
            self._mesh(node["mesh"], mesh, path)
        return path

    def _mesh(self, index: int, mesh: Entry, above: str) -> None:
        name = str(mesh.get("name") or f"mesh_{index}")
        label = f"{self.document.path}:{name}"
        for number, entry in enumerate(mesh["primitives"]):
            primitive = self._primitive(index, number, entry, label)
            if primitive is not None and len(primitive.triangles):
                path = self._unique(above, name)
                prim = _define(self.author.stage, path, primitive)
                self._paint(prim, self.materials.surface(primitive, label), primitive)

    def _primitive(self, index: int, number: int, entry: Entry, label: str) -> Primitive | None:
        if (index, number) not in self._primitives:
            place = f"{self.document.path}:meshes[{index}].primitives[{number}]"
            found = None
            try:
                found = read_primitive(self.document, entry)
                if found is None:
                    self.report.ignored(f"{label}.mode", f"{MODES[entry['mode']]}: not drawn, as all but triangles")
                elif not len(found.triangles):
                    self.report.note(place, "has no triangles, so nothing is drawn")
            except FAULTS as error:
                self.report.ignored(place, f"is left out: {_text(error)}")
            self._primitives[index, number] = found
        return self._primitives[index, number]

    def _paint(self, mesh: UsdGeom.Mesh, surface: Surface, primitive: Primitive) -> None:
        """Give a mesh its look, its texture coordinates and the colours of its vertices."""
        if surface.is_double_sided:
            mesh.CreateDoubleSidedAttr(True)
        uvs = surface.uvs
        if uvs is None and 0 in primitive.coordinates:
            uvs = np.asarray(primitive.coordinates[0], float) * [1, -1] + [0, 1]
        if uvs is not None:
            kind = Sdf.ValueTypeNames.TexCoord2fArray
            st = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", kind, UsdGeom.Tokens.vertex)
            st.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(uvs, np.float32)))
        if surface.colours is not None:
            colours = np.ascontiguousarray(surface.colours, np.float32)
            mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(Vt.Vec3fArray.FromNumpy(colours))
        if surface.inputs is None:
            return
        for inputs, path in self._looks:
            if inputs == surface.inputs:
                UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(
                    UsdShade.Material(self.author.stage.GetPrimAtPath(path))
                )
                return
        material = self.document.entry("materials", primitive.material)
        name = self._unique(f"{ROOT}/Looks", str(material.get("name") or f"material_{primitive.material}"))
        bind_look(self.author, ROOT, mesh.GetPrim(), name.rsplit("/", 1)[-1], surface.inputs)
        bound = UsdShade.MaterialBindingAPI(mesh.GetPrim()).GetDirectBindingRel().GetTargets()[0]
        self._looks.append((surface.inputs, bound))


def _text(error: Exception) -> str:
    """Return what is wrong, as a sentence's end."""
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error) or type(error).__name__


def local_matrix(node: Entry) -> F8:
    """Return parent_from_node (4, 4) as the file gives it: a matrix, or translation, rotation and scale."""
    if "matrix" in node:
        return np.asarray(node["matrix"], float).reshape(4, 4).T
    x, y, z, w = (float(v) for v in node.get("rotation", (0, 0, 0, 1)))
    matrix = np.eye(4)
    if x or y or z or w:
        matrix[:3, :3] = quaternion_rotation((w, x, y, z))
    matrix[:3, :3] *= np.asarray(node.get("scale", (1, 1, 1)), float)
    matrix[:3, 3] = np.asarray(node.get("translation", (0, 0, 0)), float)
    return matrix


def _place(xform: UsdGeom.Xform, node: Entry) -> None:
    """Place a prim as its node is: by translate, orient and scale, or by a matrix that these cannot make."""
    matrix = local_matrix(node)
    if not np.isfinite(matrix).all():
        raise ValueError("its place is not finite")
    x, y, z, w = (float(v) for v in node.get("rotation", (0, 0, 0, 1)))
    turn = Gf.Quatd(w, x, y, z).GetNormalized() if x or y or z or w else Gf.Quatd(1.0)
    scale = [float(v) for v in node.get("scale", (1, 1, 1))]
    if "matrix" in node:
        pose = pose_from_matrix(matrix)
        if np.abs(pose.matrix() - matrix).max() > 1e-6 * max(1.0, float(np.abs(matrix).max())):
            xform.AddTransformOp().Set(Gf.Matrix4d(*matrix.T.ravel().tolist()))
            return
        turn, scale = quaternion(euler_rotation(pose.euler)), list(pose.scale)
    xform.AddTranslateOp().Set(Gf.Vec3d(*matrix[:3, 3].tolist()))
    xform.AddOrientOp(UsdGeom.XformOp.PrecisionDouble).Set(turn)
    xform.AddScaleOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Vec3d(*scale))


def _define(stage: Usd.Stage, path: str, primitive: Primitive) -> UsdGeom.Mesh:
    """Define a mesh of triangles. Without normals it has none: USD and glTF draw it flat then."""
    mesh = UsdGeom.Mesh.Define(stage, path)
    points = np.ascontiguousarray(primitive.points, np.float32)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(primitive.triangles), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(primitive.triangles.astype(np.int32).ravel()))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    low, high = points.min(0), points.max(0)
    mesh.CreateExtentAttr([Gf.Vec3f(*map(float, low)), Gf.Vec3f(*map(float, high))])
    if primitive.normals is not None:
        mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(primitive.normals, np.float32)))
        mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    return mesh
