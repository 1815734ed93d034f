"""The meshes of a glTF file as USD meshes with their looks, also those of the file's variants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, Vt

from rendersdg import portable
from rendersdg.assets.gltf.broken import FAULTS, Broken, Entry, fault
from rendersdg.assets.gltf.document import Document
from rendersdg.assets.gltf.materials import Materials, Surface
from rendersdg.assets.gltf.names import Names
from rendersdg.assets.gltf.primitives import LINES, LOOP, POINTS, TRIANGLES, Primitive, read_primitive, turned_tangents
from rendersdg.assets.looks import define_look
from rendersdg.errors import Report
from rendersdg.stage.author import Author
from rendersdg.stage.primvars import OTHER_UVS

VARIANTS = "materialVariants"  # the variant set of KHR_materials_variants
DEFAULT = "default"  # its variant that has the materials of no variant


@dataclass(eq=False)
class Meshes:
    """Defines meshes of ``document`` below the nodes that have them; ``root`` is the asset's root."""

    document: Document
    author: Author
    materials: Materials
    names: Names
    report: Report
    root: str
    _primitives: dict[tuple[int, int], Primitive | None] = field(default_factory=dict)
    _looks: list[tuple[dict[str, Any], Sdf.Path]] = field(default_factory=list)

    def define(self, index: int, above: str) -> Iterator[tuple[UsdGeom.Mesh, Primitive, str]]:
        """Define the parts of a mesh below a prim; yield each with its primitive and its place in the file."""
        mesh = self.document.entry("meshes", index)
        name = str(mesh.get("name") or f"mesh_{index}")
        label = f"{self.document.path}:{name}"
        for number, entry in enumerate(mesh["primitives"]):
            place = f"{self.document.path}:meshes[{index}].primitives[{number}]"
            primitive = self._primitive(index, number, entry, place)
            if primitive is None:
                continue
            define = _define if primitive.mode >= TRIANGLES else _define_strands
            prim = define(self.author.stage, self.names.unique(above, name), primitive)
            try:
                self._dress(prim, primitive, self._variants(entry), label)
            except FAULTS as error:
                self.report.ignored(f"{place}.material", f"is left out: {fault(error)}")
            if primitive.no_normals:
                self.report.note(f"{place}.NORMAL", f"{primitive.no_normals}: normals are made anew")
            self._compare_tangents(primitive, place)
            if isinstance(prim, UsdGeom.Mesh):
                yield prim, primitive, place
            else:
                self.report.note(f"{self.document.path}:lines", f"{_THIN}; first at {place.rsplit(':', 1)[1]}")

    def _compare_tangents(self, primitive: Primitive, place: str) -> None:
        """Report tangents that would lay a normal map otherwise than the texture coordinates, which do."""
        materials = self.document.entries("materials")
        index = primitive.material
        info = materials[index].get("normalTexture") if index is not None and index < len(materials) else None
        if not isinstance(info, dict) or "KHR_texture_transform" in info.get("extensions", {}):
            return
        share = turned_tangents(primitive, int(info.get("texCoord", 0)))
        if share > _MOST_TURNED:
            text = f"{share:.0%} lie otherwise than the texture coordinates, which lay the normal map here"
            self.report.ignored(f"{place}.attributes.TANGENT", text)

    def _primitive(self, index: int, number: int, entry: Entry, place: str) -> Primitive | None:
        """Return a primitive, read once, None for one that is not drawn."""
        if (index, number) not in self._primitives:
            found = None
            try:
                found = read_primitive(self.document, entry)
                if not len(found.triangles if found.mode >= TRIANGLES else found.points):
                    self.report.note(place, "is empty, so nothing is drawn")
                    found = None
            except Broken as error:
                if error.place:
                    self.report.ignored(f"{self.document.path}:{error.place}", str(error))
                else:
                    self.report.ignored(place, f"is left out: {error}")
            except FAULTS as error:
                self.report.ignored(place, f"is left out: {fault(error)}")
            self._primitives[index, number] = found
        return self._primitives[index, number]

    def _variants(self, entry: Entry) -> dict[str, object]:
        """Return the material of a primitive in each variant of the file that gives it another one."""
        mappings = entry.get("extensions", {}).get("KHR_materials_variants", {}).get("mappings", [])
        names = self.variants()
        return {names[k]: one["material"] for one in mappings for k in one["variants"] if 0 <= k < len(names)}

    def variants(self) -> list[str]:
        """Return the names of the file's variants; what USD's may not have becomes _."""
        found = self.document.extension("KHR_materials_variants").get("variants", [])
        names = Names()
        names.unique("", DEFAULT)
        return [names.unique("", str(v.get("name") or f"variant_{k}"))[1:] for k, v in enumerate(found)]

    def _dress(self, mesh: UsdGeom.Gprim, primitive: Primitive, others: Mapping[str, object], label: str) -> None:
        """Give a mesh its look; where variants give it another one, in each variant of the root's set."""
        own = self.materials.surface(primitive, label)
        if not others:
            self._paint(mesh, own, primitive, self._look(own, primitive.material))
            return
        variants = self.author.stage.GetPrimAtPath(self.root).GetVariantSets().AddVariantSet(VARIANTS)
        looks = {}
        for name in (DEFAULT, *self.variants()):
            material = others.get(name, primitive.material)
            worn = replace(primitive, material=material)  # type: ignore[arg-type]
            surface = self.materials.surface(worn, label if name not in others else f"{label}:{name}")
            looks[name] = surface, self._look(surface, material)
        for name, (surface, look) in looks.items():
            variants.AddVariant(name)
            variants.SetVariantSelection(name)
            with variants.GetVariantEditContext():
                self._paint(mesh, surface, primitive, look)
        variants.SetVariantSelection(DEFAULT)

    def _look(self, surface: Surface, material: object) -> Sdf.Path | None:
        """Return the path of a surface's material, which is defined where no other has its inputs."""
        if surface.inputs is None:
            return None
        for inputs, path in self._looks:
            if inputs == surface.inputs:
                return path
        materials = self.document.entries("materials")
        entry = {"name": "default"}
        if isinstance(material, int) and 0 <= material < len(materials):
            entry = materials[material]
        name = self.names.unique(f"{self.root}/Looks", str(entry.get("name") or f"material_{material}"))
        look = define_look(self.author, self.root, name.rsplit("/", 1)[-1], surface.inputs)
        self._looks.append((surface.inputs, look))
        return look

    def _paint(self, mesh: UsdGeom.Gprim, surface: Surface, primitive: Primitive, look: Sdf.Path | None) -> None:
        """Give a mesh its material, its texture coordinates and the colours of its vertices."""
        if surface.is_double_sided:
            mesh.CreateDoubleSidedAttr(True)
        uvs = surface.uvs
        if uvs is None and 0 in primitive.coordinates:
            uvs = np.asarray(primitive.coordinates[0], float) * [1, -1] + [0, 1]
        if uvs is not None:
            kind = Sdf.ValueTypeNames.TexCoord2fArray
            st = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", kind, UsdGeom.Tokens.vertex)
            st.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(uvs, np.float32)))
        if surface.other_uvs is not None:
            kind = Sdf.ValueTypeNames.TexCoord2fArray
            other = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar(OTHER_UVS, kind, UsdGeom.Tokens.vertex)
            other.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(surface.other_uvs, np.float32)))
        if surface.colours is not None:
            colours = np.ascontiguousarray(surface.colours, np.float32)
            mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(Vt.Vec3fArray.FromNumpy(colours))
        if surface.opacities is not None:
            opacities = np.ascontiguousarray(surface.opacities, np.float32)
            mesh.CreateDisplayOpacityPrimvar(UsdGeom.Tokens.vertex).Set(Vt.FloatArray.FromNumpy(opacities))
        if look is not None:
            material = UsdShade.Material(self.author.stage.GetPrimAtPath(look))
            UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)


_MOST_TURNED = 0.1  # of a primitive, by area
_THICKNESS = 0.004  # of points and lines, by the size of what they are
_THIN = "points and lines, which are a pixel wide in glTF, are as thick as 1/250 of their mesh"


def _define_strands(stage: Usd.Stage, path: str, primitive: Primitive) -> UsdGeom.Gprim:
    """Define points or lines."""
    points = np.ascontiguousarray(primitive.points, np.float32)
    width = float(portable.norm(np.ptp(points, axis=0))) * _THICKNESS or _THICKNESS
    if primitive.mode == POINTS:
        dots = UsdGeom.Points.Define(stage, path)
        dots.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
        dots.CreateWidthsAttr([width])
        dots.SetWidthsInterpolation(UsdGeom.Tokens.constant)
        return dots
    counts = [2] * (len(points) // 2) if primitive.mode == LINES else [len(points)]
    points = points[: sum(counts)]
    curves = UsdGeom.BasisCurves.Define(stage, path)
    curves.CreateTypeAttr(UsdGeom.Tokens.linear)
    curves.CreateWrapAttr(UsdGeom.Tokens.periodic if primitive.mode == LOOP else UsdGeom.Tokens.nonperiodic)
    curves.CreateCurveVertexCountsAttr(counts)
    curves.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    curves.CreateWidthsAttr([width])
    curves.SetWidthsInterpolation(UsdGeom.Tokens.constant)
    return curves


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
