"""Authoring: the prims that ``create`` puts on a stage, in Replicator's layout (an Xform around each)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdLux, UsdShade, Vt

from rendersdg import portable, shapes
from rendersdg.snapshot import Semantics
from rendersdg.stage.free_names import FreeNames
from rendersdg.stage.pose import Pose, write_pose
from rendersdg.stage.reads import Reads
from rendersdg.stage.semantics import write_semantics

ROOT = "/Replicator"
SHAPES: dict[str, Callable[[], shapes.Shape]] = {
    "cube": shapes.box,
    "sphere": shapes.sphere,
    "cylinder": shapes.cylinder,
    "cone": shapes.cone,
    "disk": shapes.disk,
    "plane": shapes.plane,
    "torus": partial(shapes.torus, 0.5, 0.25),  # Kit's: its ring is as wide as the other shapes
}
LIGHTS = {
    "cylinder": UsdLux.CylinderLight,
    "disk": UsdLux.DiskLight,
    "distant": UsdLux.DistantLight,
    "dome": UsdLux.DomeLight,
    "rect": UsdLux.RectLight,
    "sphere": UsdLux.SphereLight,
}
REFERENCE = "Ref"  # how Replicator calls what it brings in by reference
CORRECTION = "unitsResolve"  # of the operations that give an asset the stage's unit and up axis, as Kit calls them
WHOLE = "rendersdg:whole"  # key of customData on the root of an asset of ours: its parts are one thing
WRAPPER = "replicatorXform"  # the attribute by which Replicator knows the Xforms that it made itself
LIDAR = "OmniLidar"  # Omniverse's type of lidars, which USD itself does not know
LIDAR_ON_Y_UP = (-90.0, 0.0, 0.0)  # its z axis upwards
CAMERA_BASIS = {"Y": (0.0, 0.0, 0.0), "Z": (90.0, 0.0, 90.0)}  # on a Z-up stage an unrotated camera looks along -X


def new_stage(
    up_axis: Literal["Y", "Z"] = "Y", meters_per_unit: float = 0.01, *, root: Literal["Scope", "Xform"] = "Scope"
) -> Usd.Stage:
    """Return a stage that holds nothing but ``ROOT``; the defaults are those of Kit.

    The root of a scene is a Scope, as Replicator makes it; that of an asset is an Xform: what refers to it
    gets its type.
    """
    stage = Usd.Stage.CreateInMemory("rendersdg.usda")
    UsdGeom.SetStageUpAxis(stage, up_axis)
    UsdGeom.SetStageMetersPerUnit(stage, meters_per_unit)
    stage.SetTimeCodesPerSecond(60)
    stage.SetDefaultPrim(stage.DefinePrim(ROOT, root))
    return stage


class Author:
    """Creates prims on ``stage`` under unique paths."""

    def __init__(self, stage: Usd.Stage) -> None:
        self.stage = stage
        self._names = FreeNames(stage)
        self._models: dict[tuple[object, ...], str] = {}  # where on the layer of models each has its prim
        self._model_layer: Sdf.Layer | None = None

    @property
    def up_axis(self) -> Literal["Y", "Z"]:
        """``"Y"`` or ``"Z"``; anything else that a stage may say counts as Y, USD's fallback."""
        return "Z" if UsdGeom.GetStageUpAxis(self.stage) == "Z" else "Y"

    @property
    def meters_per_unit(self) -> float:
        """Metres per stage unit."""
        return float(UsdGeom.GetStageMetersPerUnit(self.stage))

    @property
    def up_vector(self) -> tuple[float, float, float]:
        """The stage's up direction."""
        return (0.0, 0.0, 1.0) if self.up_axis == "Z" else (0.0, 1.0, 0.0)

    def unique(self, path: str) -> str:
        """Return ``path``, or ``path_01`` and so on when it is taken: Replicator's numbering."""
        return self._names.first(path)

    def copies(self, path: str, name: str, parents: Sequence[str | None]) -> list[str] | None:
        """Copy the prim at ``path``, which was made as ``name`` just now, once below each of ``parents``, and return
        the copies' paths, numbered as if they had been made one by one.

        None, and nothing done, where the stage is not edited by a layer that holds the prim and the parents.
        """
        layer = self.layer()
        if layer is None or layer.GetPrimAtPath(path) is None:
            return None
        leaf = next(leaf for leaf in (wrapped(name), valid_name(name)) if _is_numbered(path.rsplit("/", 1)[1], leaf))
        targets = Counter(f"{parent or ROOT}/{leaf}" for parent in parents)
        if any(layer.GetPrimAtPath(target.rsplit("/", 1)[0]) is None for target in targets):
            return None
        free = {target: iter(self._names.following(target, count)) for target, count in targets.items()}
        paths = [next(free[f"{parent or ROOT}/{leaf}"]) for parent in parents]
        if any(layer.GetPrimAtPath(copy) is not None for copy in paths):
            return None
        with Sdf.ChangeBlock():
            for copy in paths:
                Sdf.CopySpec(layer, path, layer, copy)
        return paths

    def layer(self) -> Sdf.Layer | None:
        """Return the layer that is edited where its paths are the stage's, None elsewhere."""
        layer = self.stage.GetRootLayer()
        return layer if self.stage.GetEditTarget() == Usd.EditTarget(layer) else None

    def wrapper(self, name: str, parent: str | None) -> str:
        """Define an Xform ``name_Xform`` with an identity pose and return its path."""
        return self._marked_xform(wrapped(name), parent)

    def xform(self, name: str, parent: str | None) -> str:
        """Define an Xform that is called ``name`` and holds nothing yet; return its path."""
        return self._marked_xform(valid_name(name), parent)

    def _marked_xform(self, name: str, parent: str | None) -> str:
        path = self.unique(f"{parent or ROOT}/{name}")
        prim = UsdGeom.Xform.Define(self.stage, path).GetPrim()
        write_pose(prim, Pose())
        prim.CreateAttribute(WRAPPER, Sdf.ValueTypeNames.Bool, custom=False).Set(True)
        return path

    def shape(self, kind: str, name: str, parent: str | None, *, as_mesh: bool) -> str:
        """Define a primitive inside its wrapper and return the wrapper's path; meshes are 1 m wide, tori 1.5 m."""
        model = (kind, name, as_mesh, self.up_axis, self.meters_per_unit)
        if (outer := self._of_model(model, name, parent)) is not None:
            return outer
        outer = self.wrapper(name, parent)
        self.bare_shape(kind, f"{outer}/{valid_name(name)}", as_mesh=as_mesh)
        self._keep_model(model, outer)
        return outer

    def _of_model(self, model: tuple[object, ...], name: str, parent: str | None) -> str | None:
        """Return the path of a new copy of a prim that was made before, None where it cannot be copied."""
        layer, above = self.layer(), parent or ROOT
        if self._model_layer is None or model not in self._models or layer is None or not layer.GetPrimAtPath(above):
            return None
        path = self.unique(f"{above}/{wrapped(name)}")
        if layer.GetPrimAtPath(path) is not None:
            return None
        Sdf.CopySpec(self._model_layer, self._models[model], layer, path)
        return path

    def _keep_model(self, model: tuple[object, ...], path: str) -> None:
        """Keep the prim at ``path`` as it is now to be copied."""
        layer = self.layer()
        if layer is None or layer.GetPrimAtPath(path) is None:
            return
        if self._model_layer is None:
            self._model_layer = Sdf.Layer.CreateAnonymous("models.usda")
        place = f"/Model_{len(self._models)}"
        Sdf.CopySpec(layer, path, self._model_layer, place)
        self._models[model] = place

    def bare_shape(self, kind: str, path: str, *, as_mesh: bool) -> None:
        """Define a primitive at ``path`` itself."""
        if as_mesh:
            shape = shapes.capsule(0.25, 0.5) if kind == "capsule" else SHAPES[kind]()
            size = 1.0 / self.meters_per_unit
            matrix = np.diag([size, size, size, 1.0])
            if self.up_axis == "Y":
                matrix = portable.product(np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]]), matrix)
            define_mesh(self.stage, path, shape.transformed(matrix))
        else:
            schema = {
                "cube": UsdGeom.Cube,
                "sphere": UsdGeom.Sphere,
                "cylinder": UsdGeom.Cylinder,
                "cone": UsdGeom.Cone,
                "capsule": UsdGeom.Capsule,
            }[kind]
            prim = schema.Define(self.stage, path)
            if kind in ("cylinder", "cone", "capsule"):
                prim.CreateAxisAttr(self.up_axis)

    def mesh(self, shape: shapes.Shape, name: str, parent: str | None) -> str:
        """Define a mesh given in stage units inside its wrapper and return the wrapper's path."""
        outer = self.wrapper(name, parent)
        define_mesh(self.stage, f"{outer}/{valid_name(name)}", shape)
        return outer

    def camera(self, name: str, parent: str | None, attributes: Mapping[str, Any]) -> str:
        """Define a camera inside its wrapper and return the wrapper's path."""
        outer = self.wrapper(name, parent)
        prim = UsdGeom.Camera.Define(self.stage, f"{outer}/{valid_name(name)}").GetPrim()
        write_pose(prim, Pose(euler=CAMERA_BASIS[self.up_axis]))
        for key, value in attributes.items():
            set_attribute(prim, key, value)
        return outer

    def lidar(self, name: str, parent: str | None, attributes: Mapping[str, tuple[str, Any]]) -> str:
        """Define a lidar inside its wrapper and return the wrapper's path; attributes are (type, value) by name."""
        outer = self.wrapper(name, parent)
        define_lidar(self.stage, f"{outer}/{valid_name(name)}", attributes)
        return outer

    def light(self, kind: str, name: str, parent: str | None, attributes: Mapping[str, Any]) -> str:
        """Define a UsdLux light inside its wrapper and return the wrapper's path."""
        outer = self.wrapper(name, parent)
        prim = LIGHTS[kind].Define(self.stage, f"{outer}/{valid_name(name)}").GetPrim()
        if kind == "dome":
            prim.GetAttribute("inputs:texture:format").Set("latlong")
        for key, value in attributes.items():
            set_attribute(prim, key, value)
        return outer

    def reference(
        self,
        layer: str,
        name: str,
        parent: str | None,
        *,
        scale: float,
        euler: tuple[float, float, float],
        at: str | None = None,
    ) -> str:
        """Bring a USD layer in by reference inside its wrapper, corrected for unit and up axis; return the wrapper.

        With ``at`` the reference is on the prim of that path itself, unless a correction has to lie between: that would
        not outlive a pose that is given to the prim.
        """
        is_plain = scale == 1.0 and not any(euler)
        if at is not None and is_plain:
            self.stage.DefinePrim(at).GetReferences().AddReference(layer)
            return at
        outer = self.wrapper(name, parent) if at is None else str(UsdGeom.Xform.Define(self.stage, at).GetPath())
        # without a type of its own the prim takes that of the asset's root
        prim = self.stage.DefinePrim(f"{outer}/{valid_name(name) if at is None else REFERENCE}")
        prim.GetReferences().AddReference(layer)
        if not is_plain:
            _correct(prim, scale, euler)
        return outer

    def material(self, name: str, inputs: Mapping[str, Any], model: str | None = None) -> str:
        """Define a material of MDL's with a UsdPreviewSurface beside it and return its path.

        ``model`` None is OmniPBR, with a clear coat if asked for.
        """
        path = self.unique(f"{ROOT}/Looks/{valid_name(name)}")
        material = UsdShade.Material.Define(self.stage, path)
        shader = UsdShade.Shader.Define(self.stage, f"{path}/Shader")
        shader.CreateImplementationSourceAttr("sourceAsset")
        model = model or ("OmniPBR_ClearCoat" if "enable_clearcoat" in inputs else "OmniPBR")
        shader.SetSourceAsset(f"{model}.mdl", "mdl")
        shader.SetSourceAssetSubIdentifier(model, "mdl")
        output = shader.CreateOutput("out", Sdf.ValueTypeNames.Token)
        material.CreateSurfaceOutput("mdl").ConnectToSource(output)
        for key, value in inputs.items():
            set_attribute(shader.GetPrim(), f"inputs:{key}", value)
        preview = UsdShade.Shader.Define(self.stage, f"{path}/Preview")
        preview.CreateIdAttr("UsdPreviewSurface")
        names = {
            "diffuse_color_constant": "diffuseColor",
            "metallic_constant": "metallic",
            "reflection_roughness_constant": "roughness",
            "clearcoat_weight": "clearcoat",
            "clearcoat_reflection_roughness": "clearcoatRoughness",
        }
        for key, target in names.items():
            if key in inputs:
                set_attribute(preview.GetPrim(), f"inputs:{target}", inputs[key])
        material.CreateSurfaceOutput().ConnectToSource(preview.CreateOutput("surface", Sdf.ValueTypeNames.Token))
        return path

    def label(self, path: str, semantics: Semantics) -> None:
        """Attach semantics to the prim at ``path``."""
        if semantics:
            write_semantics(self.stage.GetPrimAtPath(path), semantics)


def _correct(prim: Usd.Prim, scale: float, euler: tuple[float, float, float]) -> None:
    """Scale and turn what a prim refers to, before what its asset says of its own place."""
    if not UsdGeom.Xformable(prim):
        prim.SetTypeName("Xform")
    xformable = UsdGeom.Xformable(prim)
    own = list(xformable.GetXformOpOrderAttr().Get() or [])
    turned = xformable.AddRotateXYZOp(UsdGeom.XformOp.PrecisionDouble, CORRECTION)
    turned.Set(Gf.Vec3d(*euler))
    scaled = xformable.AddScaleOp(UsdGeom.XformOp.PrecisionDouble, CORRECTION)
    scaled.Set(Gf.Vec3d(scale, scale, scale))
    resets = [op for op in own if op == UsdGeom.XformOpTypes.resetXformStack]
    xformable.GetXformOpOrderAttr().Set([*resets, turned.GetOpName(), scaled.GetOpName(), *own[len(resets) :]])


def define_lidar(stage: Usd.Stage, path: str, attributes: Mapping[str, tuple[str, Any]]) -> Usd.Prim:
    """Define an upright lidar at a path, as Omniverse does; its attributes are (type, value) by name."""
    prim = stage.DefinePrim(path, LIDAR)
    prim.AddAppliedSchema("OmniSensorGenericLidarCoreAPI")
    if UsdGeom.GetStageUpAxis(stage) != "Z":
        write_pose(prim, Pose(euler=LIDAR_ON_Y_UP))
    for name, (kind, value) in attributes.items():
        whole = [int(v) for v in value] if kind == "uint[]" else int(value) if kind == "uint" else value
        prim.CreateAttribute(name, Sdf.ValueTypeNames.Find(kind), custom=False).Set(whole)
    return prim


def define_mesh(stage: Usd.Stage, path: str, shape: shapes.Shape) -> UsdGeom.Mesh:
    """Define a polygon mesh prim with normals and texture coordinates."""
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(shape.vertices.astype(np.float32)))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(shape.triangles), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(shape.triangles.astype(np.int32).ravel()))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(shape.normals.astype(np.float32)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    if len(shape.vertices):
        low, high = shape.vertices.min(0), shape.vertices.max(0)
        mesh.CreateExtentAttr([Gf.Vec3f(*map(float, low)), Gf.Vec3f(*map(float, high))])
    st = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex)
    st.Set(Vt.Vec2fArray.FromNumpy(shape.uvs.astype(np.float32)))
    return mesh


_TYPES: list[tuple[type, Any]] = [
    (bool, Sdf.ValueTypeNames.Bool),
    (int, Sdf.ValueTypeNames.Int),
    (float, Sdf.ValueTypeNames.Float),
]


def set_attribute(prim: Usd.Prim, name: str, value: Any, type_name: str | None = None) -> None:
    """Write an attribute, creating it with a type guessed from the value when the prim has none of that name.

    Raises ``TypeError`` or ``ValueError`` when the value does not fit.
    """
    attribute = prim.GetAttribute(name)
    if not attribute:
        if type_name is not None:
            kind = Sdf.ValueTypeNames.Find(type_name)
        elif isinstance(value, str):
            is_asset = "texture" in name or "file" in name
            kind = Sdf.ValueTypeNames.Asset if is_asset else Sdf.ValueTypeNames.String
        elif isinstance(value, (list, tuple, np.ndarray)):
            width = {2: Sdf.ValueTypeNames.Float2, 3: Sdf.ValueTypeNames.Float3, 4: Sdf.ValueTypeNames.Float4}
            kind = (
                Sdf.ValueTypeNames.Color3f
                if "color" in name.lower()
                else width.get(len(value), Sdf.ValueTypeNames.FloatArray)
            )
        else:
            kind = next(kind for python, kind in _TYPES if isinstance(value, python))
        attribute = prim.CreateAttribute(name, kind)
    attribute.Set(converted(value, str(attribute.GetTypeName())))


def converted(value: Any, type_name: str) -> Any:
    """Return ``value`` as the Gf or Python value that an attribute of ``type_name`` takes."""
    if type_name == "asset":
        return Sdf.AssetPath(str(value))
    if type_name in ("token", "string"):
        return str(value)
    if type_name == "bool":
        return bool(value)
    if type_name in ("int", "uint", "int64"):
        return int(value)
    if type_name in ("float", "double", "half"):
        return float(value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value)
    for suffix, vector in (
        ("2f", Gf.Vec2f),
        ("float2", Gf.Vec2f),
        ("3d", Gf.Vec3d),
        ("double3", Gf.Vec3d),
        ("float4", Gf.Vec4f),
    ):
        if type_name.endswith(suffix):
            return vector(*map(float, value))
    if type_name.endswith(("3f", "float3", "3h")) and not isinstance(value, (int, float)):
        return Gf.Vec3f(*map(float, value))
    if type_name.endswith(("3f", "float3", "3h")):
        return Gf.Vec3f(float(value))
    return value


def wrapped(name: str) -> str:
    """Return the name of the Xform around a prim."""
    return f"{valid_name(name)}_Xform"


def _is_numbered(leaf: str, name: str) -> bool:
    """Return whether a prim is called ``name``, or that and a number."""
    return leaf == name or (leaf.startswith(f"{name}_") and leaf[len(name) + 1 :].isdigit())


def valid_name(name: str) -> str:
    """Return ``name`` as a legal prim name, as ``Tf.MakeValidIdentifier`` makes it: what is not allowed becomes _.

    >>> valid_name("a-b c"), valid_name("2nd"), valid_name("")
    ('a_b_c', '_nd', '_')
    """
    return str(Tf.MakeValidIdentifier(name))


READS = (Reads("*", idle={WRAPPER: "it marks what Replicator made", "rendersdg:*": "marks of stand-ins, for scripts"}),)
