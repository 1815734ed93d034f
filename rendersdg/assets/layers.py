"""From an asset path to a USD layer: USD as it is, meshes converted through trimesh,
procedural ones made, missing ones stood in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Gf, Kind, Sdf, Tf, Usd, UsdGeom, UsdLux, UsdPhysics, UsdShade

from rendersdg.arrays import F8
from rendersdg.assets.gltf import GltfFile, Surface
from rendersdg.assets.library import LAMPS, LIBRARY
from rendersdg.assets.listings import known_files
from rendersdg.assets.resolver import SCHEME, Resolver, is_procedural, procedural_name, standing_in
from rendersdg.assets.rigs import rig_mobile_robot
from rendersdg.assets.stand_ins import stand_in_for, words_of
from rendersdg.errors import AssetError, Report, did_you_mean
from rendersdg.progress import step
from rendersdg.shapes import Shape
from rendersdg.stage.author import WHOLE, Author, define_mesh, new_stage, valid_name
from rendersdg.stage.semantics import write_semantics
from rendersdg.stage.usd_errors import reason

_USD = (".usd", ".usda", ".usdc", ".usdz")
_MESHES = (".obj", ".stl", ".ply", ".glb", ".gltf", ".dae", ".off", ".3mf")
_CENTIMETRES = (".dae",)  # what these exporters mean when the file does not say
_MOST_STAND_INS = 6
_LATE = 0.1  # seconds: animations that begin within a few time codes of 0 are as their author sees them


@dataclass(frozen=True)
class Layer:
    """A USD layer that can be referenced, its unit and up axis."""

    identifier: str
    meters_per_unit: float
    up_axis: str
    stands_in: bool = False


class AssetLayers:
    """Opens each asset once. Anonymous layers live as long as this object."""

    def __init__(self, resolver: Resolver, report: Report) -> None:
        self._resolver = resolver
        self._report = report
        self._layers: dict[str, Layer] = {}
        self._alive: list[Any] = []
        self.prototypes: dict[str, str] = {}

    def layer(self, path: str) -> Layer:
        """Return the layer of an asset. Raises AssetError for files that cannot be
        read and unknown procedural names.
        """
        if path not in self._layers:
            with step(f"loading asset {path}"):
                self._layers[path] = self._open(path)
        return self._layers[path]

    def opened(self, path: str) -> Layer:
        """Return the layer of a stage to open: every root prim stays where it is, whether one is the default or not.

        Raises AssetError as :meth:`layer` does; what is not a USD file at hand is as there.
        """
        file = None if not path or is_procedural(path) else self._resolver.find(path)
        if file is None or Path(file).suffix.lower() not in _USD:
            return self.layer(path)
        return self._described(file, self._stage(file))

    def scaled(self, path: str, scale: float) -> Layer:
        """Return the layer of an asset made larger."""
        key = f"{path} x {scale!r}"
        if key not in self._layers:
            inner = self.layer(path)
            stage = new_stage("Y" if inner.up_axis == "Y" else "Z", inner.meters_per_unit, root="Xform")
            holder = UsdGeom.Xform.Define(stage, "/Asset")
            stage.SetDefaultPrim(holder.GetPrim())
            held = UsdGeom.Xform.Define(stage, "/Asset/Scaled")
            held.AddScaleOp().Set(Gf.Vec3f(scale))
            held.GetPrim().GetReferences().AddReference(inner.identifier)
            self._alive.append(stage)
            self._layers[key] = replace(inner, identifier=stage.GetRootLayer().identifier)
        return self._layers[key]

    def listing(self, folder: str, *, recursive: bool) -> list[str]:
        """Return the assets of a folder, sorted; stand-ins, reported, when it is not at hand."""
        if is_procedural(folder):
            prefix = procedural_name(folder).rstrip("/") + "/"
            return [SCHEME + name for name in sorted(LIBRARY) if name.startswith(prefix)]
        own = [f for f in self._resolver.files(folder, recursive=recursive) if f.lower().endswith(_USD + _MESHES)]
        if own:
            return own
        if known := known_files(folder):
            self._report.note(folder, f"is not at hand; {len(known)} files that it holds are taken, and stood in for")
            return known
        name = stand_in_for(folder)
        family = name.split("/")[0] + "/"
        stand_ins = [standing_in(n, folder) for n in sorted(LIBRARY) if n.startswith(family)][:_MOST_STAND_INS]
        self._report.substitution(folder, ", ".join(stand_ins))
        return stand_ins

    def _open(self, path: str) -> Layer:
        if not path:
            raise AssetError("an asset path is empty; name a file, or a procedural asset such as rendersdg:fruit/apple")
        if is_procedural(path):
            name = procedural_name(path)
            if name not in LIBRARY:
                raise AssetError(f"unknown procedural asset {path!r}{did_you_mean(name, LIBRARY)}")
            return self._procedural(name)
        file = self._resolver.find(path)
        if file is None:
            name = stand_in_for(path)
            self._report.substitution(path, f"{SCHEME}{name}")
            is_simready = "simready" in path.lower()
            layer = self._procedural(
                name,
                environment=name.startswith("environment/"),
                body=is_simready or "physics/" in path.lower(),
                navigates="nav" in words_of(path.rsplit("/", 1)[-1]),
            )
            if is_simready:
                layer = self._simready(layer, name)
            return replace(layer, stands_in=True)
        suffix = Path(file).suffix.lower()
        if suffix in _USD:
            return self._usd(file)
        if suffix in _MESHES:
            return self._converted(file)
        raise AssetError(f"asset {path!r}: {suffix or 'no ending'} is not readable; known: {', '.join(_USD + _MESHES)}")

    def _stage(self, path: str) -> Usd.Stage:
        try:
            return Usd.Stage.Open(path, Usd.Stage.LoadNone)
        except Tf.ErrorException as error:
            raise AssetError(f"asset {path} cannot be opened as USD: {reason(error)}") from None

    def _usd(self, path: str) -> Layer:
        stage = self._stage(path)
        root = stage.GetDefaultPrim()
        if not root:
            tops = [p for p in stage.GetPseudoRoot().GetChildren() if p.IsActive() and not p.IsAbstract()]
            if not tops:
                raise AssetError(f"asset {path} holds no prim")
            wrapper = Usd.Stage.CreateInMemory("wrapper.usda")
            holder = UsdGeom.Xform.Define(wrapper, "/Root").GetPrim()
            for top in tops:
                child = wrapper.DefinePrim(f"/Root/{top.GetName()}")
                child.GetReferences().AddReference(path, top.GetPath())
            wrapper.SetDefaultPrim(holder)
            self._alive.append(wrapper)
            identifier = wrapper.GetRootLayer().identifier
            self._report.note(path, "the asset names no default prim; all its root prims are taken")
        else:
            identifier = path
        return replace(self._described(path, stage, is_part=True), identifier=identifier)

    def _described(self, path: str, stage: Usd.Stage, *, is_part: bool = False) -> Layer:
        """Return a file as a layer with its stage's unit and axis; what does not compose is reported.

        One that ``is_part`` of another stage has its animation at that stage's time.
        """
        for composition in _composition_errors(stage):
            self._report.ignored(path, composition)
        rate = stage.GetTimeCodesPerSecond() or 24.0
        first, last = stage.GetStartTimeCode() / rate, stage.GetEndTimeCode() / rate
        if is_part and stage.HasAuthoredTimeCodeRange() and first > _LATE:
            self._report.note(
                path,
                f"its animation lies at {first:.4g} to {last:.4g} s of the stage's time; earlier frames show its first "
                "pose (modify.time moves the stage there)",
            )
        axis = str(UsdGeom.GetStageUpAxis(stage))
        return Layer(path, float(UsdGeom.GetStageMetersPerUnit(stage)), axis if axis in ("Y", "Z") else "Y")

    def _converted(self, path: str) -> Layer:
        import trimesh

        is_gltf = path.lower().endswith((".glb", ".gltf"))
        try:
            gltf = GltfFile(path) if is_gltf else None
            if gltf is None:
                scene = trimesh.load_scene(path)
            else:
                resolver = trimesh.resolvers.FilePathResolver(path)
                ending = Path(path).suffix.lower()[1:]
                scene = trimesh.load_scene(gltf.marked(), file_type=ending, resolver=resolver)
        except Exception as error:  # trimesh raises whatever its parsers raise
            hint = "; pip install rendersdg[collada]" if path.endswith(".dae") else ""
            raise AssetError(f"asset {path} cannot be read: {type(error).__name__}: {error}{hint}") from None
        if gltf is not None:
            gltf.announce(self._report)
        unit = 1.0 if is_gltf else 0.01 if path.lower().endswith(_CENTIMETRES) else 1.0
        if not is_gltf:
            self._report.note(
                path, f"the file states no unit; it is read as {'centimetres' if unit == 0.01 else 'metres'}"
            )
        stage = new_stage("Y" if is_gltf else "Z", unit, root="Xform")
        author = Author(stage)
        root = "/Asset"
        stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, root).GetPrim())
        for node in _in_order(scene):
            matrix, geometry = scene.graph[node]
            mesh = scene.geometry[geometry]
            if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
                self._report.note(f"{path}:{geometry}", "not a triangle mesh, so nothing is drawn")
                continue
            self._mesh(author, f"{path}:{geometry}", mesh, np.asarray(matrix, float), gltf)
        self._alive.append(stage)
        return Layer(stage.GetRootLayer().identifier, unit, author.up_axis)

    def _mesh(self, author: Author, label: str, mesh: Any, matrix: F8, gltf: GltfFile | None) -> None:
        """Define one of trimesh's meshes with its look, under ``matrix`` (4, 4). ``label`` is its file and its name."""
        root = str(author.stage.GetDefaultPrim().GetPath())
        geometry = label.rsplit(":", 1)[1]
        uvs = getattr(mesh.visual, "uv", None)
        vertices = np.asarray(mesh.vertices, float)
        if gltf is None:
            surface = Surface(self._material_inputs(mesh, label), None, None)
        else:
            surface = gltf.surface(mesh, label, self._resolver.embed, self._report)
            vertices = gltf.vertices(mesh)
            uvs = uvs if surface.uvs is None else surface.uvs
        shape = Shape(
            vertices,
            np.asarray(mesh.vertex_normals, float).copy(),
            np.zeros((len(vertices), 2)) if uvs is None or len(uvs) != len(vertices) else np.asarray(uvs, float),
            np.asarray(mesh.faces, np.int64),
        ).transformed(matrix)
        prim = define_mesh(author.stage, author.unique(f"{root}/{valid_name(geometry)}"), shape)
        if surface.is_double_sided:
            prim.CreateDoubleSidedAttr(True)
        colours = surface.colours
        if gltf is None and surface.inputs is None and getattr(mesh.visual, "kind", None) == "vertex":
            colours = (np.asarray(mesh.visual.vertex_colors, float)[:, :3] / 255.0) ** 2.2
        if colours is not None:
            prim.CreateDisplayColorPrimvar("vertex").Set([tuple(c) for c in colours.tolist()])
        if surface.inputs is not None:
            _bind(author, root, prim.GetPrim(), valid_name(f"{geometry}_Look"), surface.inputs)

    def _material_inputs(self, mesh: Any, label: str) -> dict[str, Any] | None:
        """Return OmniPBR inputs of a trimesh material; embedded images become anonymous files of the resolver."""
        material = getattr(mesh.visual, "material", None)
        if material is None or not hasattr(mesh.visual, "uv"):
            return None
        inputs: dict[str, Any] = {}
        if type(material).__name__ == "PBRMaterial":
            factor = np.asarray(
                material.baseColorFactor if material.baseColorFactor is not None else (1, 1, 1, 1), float
            )
            factor = factor / 255.0 if factor.max() > 1.001 else factor
            inputs["diffuse_tint"] = factor[:3].tolist()
            inputs["diffuse_color_constant"] = [1.0, 1.0, 1.0]
            inputs["metallic_constant"] = 1.0 if material.metallicFactor is None else float(material.metallicFactor)
            inputs["reflection_roughness_constant"] = (
                1.0 if material.roughnessFactor is None else float(material.roughnessFactor)
            )
            for name, key in (("baseColorTexture", "diffuse_texture"), ("normalTexture", "normalmap_texture")):
                if getattr(material, name, None) is not None:
                    inputs[key] = self._embedded(getattr(material, name), f"{label}:{name}")
            if getattr(material, "metallicRoughnessTexture", None) is not None:
                inputs["ORM_texture"] = self._embedded(material.metallicRoughnessTexture, f"{label}:orm")
                inputs["enable_ORM_texture"] = True
            if getattr(material, "emissiveTexture", None) is not None and material.emissiveFactor is not None:
                inputs["emissive_mask_texture"] = self._embedded(material.emissiveTexture, f"{label}:emissive")
                inputs["emissive_color"] = [float(c) for c in material.emissiveFactor]
                inputs["emissive_intensity"] = 1000.0
            return inputs
        image = getattr(material, "image", None)
        if image is not None:
            inputs["diffuse_texture"] = self._embedded(image, f"{label}:image")
        elif getattr(material, "diffuse", None) is not None:
            colour = np.asarray(material.diffuse, float)[:3] / 255.0
            inputs["diffuse_color_constant"] = (colour**2.2).tolist()
        return inputs or None

    def _embedded(self, image: Any, label: str) -> str:
        pixels = np.asarray(image.convert("RGBA"), np.uint8)
        return self._resolver.embed(label, pixels)

    def _procedural(
        self, name: str, *, environment: bool = False, body: bool = False, navigates: bool = False
    ) -> Layer:
        """Return a built-in asset. What stands for an ``environment`` has lights and colliders,
        for a ``body`` of physics that. A robot that ``navigates`` has a target to drive to.
        """
        stage = new_stage("Z", 1.0, root="Xform")
        author = Author(stage)
        root = "/Asset"
        stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, root).GetPrim())
        for number, part in enumerate(LIBRARY[name]()):
            above, own = root, f"{valid_name(part.name)}_{number}"
            if part.group:  # names of rooms' things are searched for, and would be found in names of looks
                above, own = f"{root}/{valid_name(part.group)}", valid_name(part.name)
                if not stage.GetPrimAtPath(above):
                    UsdGeom.Xform.Define(stage, above).AddTranslateOp().Set(Gf.Vec3d(*part.at))
            prim = define_mesh(stage, f"{above}/{own}", part.shape)
            look = f"Look_{number}" if part.group else f"{own}_Look"
            _bind(author, root, prim.GetPrim(), look, dict(part.look))
            if environment or body:
                UsdPhysics.CollisionAPI.Apply(prim.GetPrim())
        if not environment:  # a component: USD keeps bounds along its axes, as of a library's assets
            Usd.ModelAPI(stage.GetDefaultPrim()).SetKind(Kind.Tokens.component)
            stage.GetDefaultPrim().SetCustomDataByKey(WHOLE, True)
        if body:
            _make_body(stage.GetDefaultPrim())
        if name == "robot/mobile_robot":
            rig_mobile_robot(stage, navigates=navigates)
        if environment:
            lamps = LAMPS.get(name, [])
            for number, one in enumerate(lamps):
                lamp = UsdLux.RectLight.Define(stage, f"{root}/RectLight_{number:02d}")
                lamp.CreateWidthAttr(one.side)
                lamp.CreateHeightAttr(one.side)
                lamp.CreateIntensityAttr(one.intensity)
                lamp.AddTranslateOp().Set(Gf.Vec3d(*one.at))
            if not lamps:
                lamp = UsdLux.SphereLight.Define(stage, f"{root}/SphereLight")  # so called in Isaac Sim's, too
                lamp.CreateRadiusAttr(0.5)
                lamp.CreateIntensityAttr(100_000.0)
                lamp.AddTranslateOp().Set(Gf.Vec3d(4.0, -4.0, 7.0))
            dome = UsdLux.DomeLight.Define(stage, f"{root}/Fill_Light")
            dome.CreateIntensityAttr(150.0)
        self._alive.append(stage)
        return Layer(stage.GetRootLayer().identifier, 1.0, "Z")

    def _simready(self, body: Layer, name: str) -> Layer:
        """Return an asset as SimReady's are: labelled, and a body where its PhysicsVariant is RigidBody."""
        stage = new_stage("Z", 1.0)
        root = UsdGeom.Xform.Define(stage, "/Asset").GetPrim()
        stage.SetDefaultPrim(root)
        still = self._procedural(name)
        variants = root.GetVariantSets().AddVariantSet("PhysicsVariant")
        for choice, layer in (("None", still), ("RigidBody", body)):
            variants.AddVariant(choice)
            variants.SetVariantSelection(choice)
            with variants.GetVariantEditContext():
                root.GetReferences().AddReference(layer.identifier)
        variants.SetVariantSelection("None")
        write_semantics(root, (("class", name.rsplit("/", 1)[-1]),))
        self._alive.append(stage)
        return Layer(stage.GetRootLayer().identifier, 1.0, "Z")


def _in_order(scene: Any) -> list[str]:
    """Return the nodes of a trimesh scene that hold geometry, by name; the primitives of one glTF mesh as in the file,
    since the names of their nodes end at random.
    """
    places = {name: number for number, name in enumerate(scene.geometry)}

    def key(node: str) -> tuple[str, int]:
        geometry = scene.graph[node][1]
        parent = str(scene.graph.transforms.parents.get(node))
        is_primitive = scene.geometry[geometry].metadata.get("from_gltf_primitive", False)
        return (parent, places[geometry]) if is_primitive and node.startswith(f"{parent}_") else (node, 0)

    return sorted(scene.graph.nodes_geometry, key=key)


def _make_body(prim: Usd.Prim) -> None:
    """Make a prim a rigid body with the attributes that PhysX's assets bring, at the values that they have here:
    scripts set them without asking whether they are there.
    """
    xformable = UsdGeom.Xformable(prim)
    xformable.AddTranslateOp().Set(Gf.Vec3d(0.0))
    xformable.AddOrientOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Quatd(1.0))
    xformable.AddScaleOp().Set(Gf.Vec3f(1.0))
    UsdPhysics.RigidBodyAPI.Apply(prim)
    prim.AddAppliedSchema("PhysxRigidBodyAPI")
    prim.CreateAttribute("physxRigidBody:disableGravity", Sdf.ValueTypeNames.Bool).Set(False)
    for name in ("linearDamping", "angularDamping"):
        prim.CreateAttribute(f"physxRigidBody:{name}", Sdf.ValueTypeNames.Float).Set(0.0)


def _bind(author: Author, root: str, prim: Usd.Prim, name: str, inputs: dict[str, Any]) -> None:
    path = author.material(name, inputs)
    layer = author.stage.GetRootLayer()
    target = Sdf.Path(f"{root}/Looks/{path.rsplit('/', 1)[-1]}")
    if not layer.GetPrimAtPath(f"{root}/Looks"):
        author.stage.DefinePrim(f"{root}/Looks", "Scope")
    Sdf.CopySpec(layer, path, layer, target)  # a reference brings only what lies below the default prim
    author.stage.RemovePrim(path)
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(UsdShade.Material(author.stage.GetPrimAtPath(target)))


def _composition_errors(stage: Usd.Stage) -> list[str]:
    errors = stage.GetCompositionErrors() if hasattr(stage, "GetCompositionErrors") else []
    return [f"composition error: {reason(e)}" for e in errors[:3]]
