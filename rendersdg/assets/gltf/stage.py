"""From a glTF file to a USD stage in memory: its nodes as Xforms, with their meshes, cameras and lights below."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel, Vt

from rendersdg.assets.gltf.audit import audit
from rendersdg.assets.gltf.broken import FAULTS, Broken, Entry, fault
from rendersdg.assets.gltf.document import Document, Embed
from rendersdg.assets.gltf.fixtures import define_camera, define_light
from rendersdg.assets.gltf.materials import Materials, honoured
from rendersdg.assets.gltf.meshes import Meshes
from rendersdg.assets.gltf.names import Names
from rendersdg.assets.gltf.places import write_place
from rendersdg.assets.gltf.rigs import Rigs, Tree
from rendersdg.assets.gltf.tracks import RATE, Tracks, read_tracks
from rendersdg.errors import Report
from rendersdg.stage.author import ROOT as DRAFTS
from rendersdg.stage.author import Author, new_stage
from rendersdg.stage.named_points import MARK

ROOT = "/Asset"
_DEEPEST = 500  # nodes below each other; USD takes ever longer for each
KEYPOINT = "keypoint"  # in a node's extras: the node stands where a point of that name is
EXTRAS = "gltf:extras"  # key of customData: what the file's author added to a node, as JSON


def gltf_stage(path: str, embed: Embed, report: Report) -> Usd.Stage:
    """Return a stage (Y up, metres) that holds what a .gltf or .glb file has below its default prim.

    ``embed(label, pixels)`` keeps an image and returns its path. What cannot be used is reported and left out.

    Raises AssetError for a file that cannot be read.
    """
    document = Document(path)
    for place in document.damaged:
        report.ignored(f"{path}:{place}", "is not of the kind that it should be, so it is left out")
    materials = Materials(document, embed, report)
    materials.announce()
    audit(document, report, honoured())
    stage = new_stage("Y", 1.0, root="Xform")
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, ROOT).GetPrim())
    tracks = read_tracks(document, report)
    if tracks:
        stage.SetTimeCodesPerSecond(RATE)
        stage.SetStartTimeCode(0.0)
        stage.SetEndTimeCode(max(float(track.times[-1]) for track in tracks.values()) * RATE)
    names = Names()
    names.unique(ROOT, "Looks")
    author = Author(stage)
    meshes = Meshes(document, author, materials, names, report, ROOT)
    _Scene(document, author, meshes, names, report, tracks).build()
    stage.RemovePrim(DRAFTS)
    for label, picture in document.reduced.items():
        (width, height), (down, across) = picture.size_wh, picture.pixels.shape[:2]
        report.note(f"{path}:{label}", f"an image of {width} x {height} pixels is reduced to {across} x {down}")
    return stage


@dataclass(eq=False)
class _Scene:
    """Defines the prims of the scene of one file, from the top down."""

    document: Document
    author: Author
    meshes: Meshes
    names: Names
    report: Report
    tracks: Tracks
    _paths: dict[int, str] = field(default_factory=dict)  # of the nodes

    def build(self) -> None:
        """Define what the file's scene holds."""
        above = self._above(self._tops())
        self._tree = Tree(self.document, above)
        top, rooted = self._skinned()
        self._top = top
        self._rigs = Rigs(self.author.stage, self._tree, self.tracks, self.names.unique, self._paths)
        for index, parent in above.items():
            over = top if parent is None else self._paths.get(parent)
            if over is None:
                continue  # the parent was left out
            try:
                self._node(index, over, is_skel_root=index in rooted)
            except FAULTS as error:
                self.report.ignored(f"{self.document.path}:nodes[{index}]", f"is left out: {fault(error)}")
        for index in self._paths:
            for kind, define in _CONTENTS.items():
                try:
                    define(self, index)
                except FAULTS as error:
                    self.report.ignored(f"{self.document.path}:nodes[{index}].{kind}", f"is left out: {fault(error)}")
        self._rigs.animate()

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
                self.report.ignored(f"{self.document.path}:scene", f"{fault(error)}: all nodes are drawn")
        below = {child for node in self.document.entries("nodes") for child in node.get("children", [])}
        return [k for k in range(len(self.document.entries("nodes"))) if k not in below]

    def _above(self, tops: list[int]) -> dict[int, int | None]:
        """Return the parent of each node of the scene, parents before their children, in the file's order."""
        above: dict[int, int | None] = {}
        waiting: list[tuple[int, int | None, int]] = []
        waiting += [(index, None, 1) for index in tops[::-1]]
        while waiting:
            index, parent, depth = waiting.pop()
            place = f"{self.document.path}:nodes[{index}]"
            try:
                node = self.document.entry("nodes", index)
                if index in above:
                    self.report.ignored(place, "has more than one place in the tree: it is drawn at the first")
                    continue
                children = [int(child) for child in node.get("children", [])]
            except FAULTS as error:
                self.report.ignored(place, f"is left out: {fault(error)}")
                continue
            above[index] = parent
            if children and depth == _DEEPEST:
                self.report.ignored(place, f"is {_DEEPEST} nodes deep: what it holds is left out")
                continue
            waiting += [(child, index, depth + 1) for child in children[::-1]]
        return above

    def _skinned(self) -> tuple[str, set[int]]:
        """Return the prim that the top nodes are below, and which of them are the roots of skinned or morphed meshes.

        USD wants a mesh and its skeleton below one SkelRoot. Where they share no node, that is a prim of its own.
        """
        roots: set[int] = set()
        for index in self._tree.above:
            node = self.document.entry("nodes", index)
            try:
                mesh = self.document.entry("meshes", node["mesh"]) if "mesh" in node else {}
                top = self._tree.chain(index)[-1]
                if any(primitive.get("targets") for primitive in mesh.get("primitives", [])):
                    roots.add(top)
                if mesh and "skin" in node:
                    holder = self._tree.holder(self.document.entry("skins", node["skin"]))
                    roots.add(top)
                    if holder is None or self._tree.chain(holder)[-1] != top:
                        scene = self.document.tree.get("scene", 0)
                        name = str(self.document.entry("scenes", scene).get("name") or "Scene")
                        path = self.names.unique(ROOT, name)
                        UsdSkel.Root.Define(self.author.stage, path)
                        return path, set()
            except FAULTS:
                continue  # reported where the node is defined
        return ROOT, roots

    def _node(self, index: int, above: str, *, is_skel_root: bool) -> None:
        """Define a node's own prim."""
        node = self.document.entry("nodes", index)
        meshes, mesh = self.document.entries("meshes"), node.get("mesh", -1)
        inner = meshes[mesh].get("name") if isinstance(mesh, int) and 0 <= mesh < len(meshes) else None
        path = self.names.unique(above, str(node.get("name") or inner or f"node_{index}"))
        kind = UsdSkel.Root if is_skel_root else UsdGeom.Xform
        prim = kind.Define(self.author.stage, path)
        self._paths[index] = path
        write_place(prim, node, index, self.tracks)
        if node.get("extensions", {}).get("KHR_node_visibility", {}).get("visible", True) is False:
            prim.CreateVisibilityAttr(UsdGeom.Tokens.invisible)
        if "extras" in node:
            prim.GetPrim().SetCustomDataByKey(EXTRAS, json.dumps(node["extras"]))
            name = node["extras"].get(KEYPOINT) if isinstance(node["extras"], dict) else None
            if isinstance(name, str) and name:
                prim.GetPrim().CreateAttribute(MARK, Sdf.ValueTypeNames.String).Set(name)

    def _camera(self, index: int) -> None:
        """Define the camera of a node, if it has one."""
        node = self.document.entry("nodes", index)
        if "camera" in node:
            camera = self.document.entry("cameras", node["camera"])
            name = self.names.unique(self._paths[index], str(camera.get("name") or "Camera"))
            place = f"{self.document.path}:cameras[{node['camera']}]"
            define_camera(self.author.stage, name, camera, place, self.report)

    def _light(self, index: int) -> None:
        """Define the light of a node, if it has one."""
        own = self.document.entry("nodes", index).get("extensions", {}).get("KHR_lights_punctual")
        if own is None:
            return
        number, lights = own["light"], self.document.extension("KHR_lights_punctual").get("lights", [])
        if not 0 <= number < len(lights):
            raise Broken(f"lights[{number}] is not in the file, which has {len(lights)}")
        name = self.names.unique(self._paths[index], str(lights[number].get("name") or "Light"))
        define_light(self.author.stage, name, lights[number], f"{self.document.path}:lights[{number}]", self.report)

    def _mesh(self, index: int) -> None:
        """Define the mesh of a node, if it has one: once, or many times over."""
        node = self.document.entry("nodes", index)
        instancing = node.get("extensions", {}).get("EXT_mesh_gpu_instancing")
        if "mesh" in node and instancing is None:
            self._single(index, node, self._paths[index])
        elif "mesh" in node:
            self._instances(node, instancing["attributes"], self._paths[index])

    def _single(self, index: int, node: Entry, path: str) -> None:
        """Define a node's mesh, on its skeleton and with its morph targets."""
        mesh = self.document.entry("meshes", node["mesh"])
        skin = node.get("skin")
        weights: list[float] = node.get("weights") or mesh.get("weights") or []
        morphed, names = [], []
        for prim, primitive, place in self.meshes.define(node["mesh"], path):
            if skin is not None:
                try:
                    self._rigs.bind(prim, skin, primitive, self._top)
                except FAULTS as error:
                    self.report.ignored(f"{place}.skin", f"is left out: {fault(error)}")
            if primitive.targets:
                own = mesh.get("extras", {}).get("targetNames", []) if isinstance(mesh.get("extras"), dict) else []
                names = self._target_names(index, own, len(primitive.targets), is_shared=skin is not None)
                self._rigs.morph(prim, names, primitive)
                morphed.append(prim)
        if morphed:
            values = list(weights[: len(names)]) + [0.0] * (len(names) - len(weights))
            source = self._rigs.weigh(index, names, values, skin, path)
            for prim in morphed:
                UsdSkel.BindingAPI.Apply(prim.GetPrim()).CreateSkeletonRel().SetTargets([source])

    def _target_names(self, index: int, named: list[object], count: int, *, is_shared: bool) -> list[str]:
        """Return the names of the weights of a node's morph targets; those of one skeleton begin with the node's."""
        start = f"{self._paths[index].rsplit('/', 1)[-1]}_" if is_shared else ""
        names = Names()
        given = [str(name) for name in named] if len(named) == count else [f"target_{k}" for k in range(count)]
        return [names.unique("", start + name)[1:] for name in given]

    def _instances(self, node: Entry, attributes: Entry, path: str) -> None:
        """Define a node's mesh many times over, by a point instancer."""
        arrays = {name: self.document.numbers(accessor) for name, accessor in attributes.items() if name in _INSTANCE}
        for name in sorted(set(attributes) - set(_INSTANCE)):
            self.report.note(f"{self.document.path}:EXT_mesh_gpu_instancing.{name}", "is of the file's author")
        if not arrays:
            raise Broken("its instances have no place")
        count = len(next(iter(arrays.values())))
        if any(len(values) != count or values.shape[1] != _INSTANCE[name] for name, values in arrays.items()):
            raise Broken("its instances have arrays of different sizes")
        instancer = UsdGeom.PointInstancer.Define(self.author.stage, self.names.unique(path, "Instances"))
        prototype = UsdGeom.Xform.Define(self.author.stage, f"{instancer.GetPath()}/Prototype").GetPath()
        for _, primitive, place in self.meshes.define(node["mesh"], str(prototype)):
            if primitive.targets:
                self.report.ignored(f"{place}.targets", "instances are drawn without the mesh's morph targets")
        instancer.CreatePrototypesRel().SetTargets([prototype])
        instancer.CreateProtoIndicesAttr(Vt.IntArray.FromNumpy(np.zeros(count, np.int32)))
        places = arrays.get("TRANSLATION", np.zeros((count, 3)))
        instancer.CreatePositionsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(places, np.float32)))
        if "ROTATION" in arrays:
            turns = [Gf.Quatf(w, x, y, z).GetNormalized() for x, y, z, w in arrays["ROTATION"].tolist()]
            if hasattr(instancer, "CreateOrientationsfAttr"):
                instancer.CreateOrientationsfAttr(Vt.QuatfArray(turns))
            else:
                instancer.CreateOrientationsAttr(Vt.QuathArray([Gf.Quath(turn) for turn in turns]))
        if "SCALE" in arrays:
            scales = np.ascontiguousarray(arrays["SCALE"], np.float32)
            instancer.CreateScalesAttr(Vt.Vec3fArray.FromNumpy(scales))


_CONTENTS = {"mesh": _Scene._mesh, "camera": _Scene._camera, "KHR_lights_punctual": _Scene._light}
_INSTANCE = {"TRANSLATION": 3, "ROTATION": 4, "SCALE": 3}
