"""From an asset path to a USD layer: USD as it is, files of other kinds converted, procedural ones made, missing ones
stood in.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pxr import Gf, Kind, Sdf, Tf, Usd, UsdGeom, UsdLux, UsdPhysics

from rendersdg.assets.arguments import Reading, reading_of, split_arguments, with_arguments
from rendersdg.assets.gltf.stage import gltf_stage
from rendersdg.assets.library import LAMPS, LIBRARY
from rendersdg.assets.listings import known_files
from rendersdg.assets.looks import bind_look
from rendersdg.assets.materialx import Documents
from rendersdg.assets.mesh_files.stage import mesh_stage
from rendersdg.assets.resolver import SCHEME, Resolver, is_procedural, procedural_name, standing_in
from rendersdg.assets.rigs import rig_mobile_robot
from rendersdg.assets.stand_ins import stand_in_for, words_of
from rendersdg.assets.usd_files.door import check_usd
from rendersdg.assets.value_types import clear_wrong_values
from rendersdg.errors import AssetError, BadArgument, RenderSDGError, Report, did_you_mean
from rendersdg.progress import step
from rendersdg.stage.author import WHOLE, Author, define_mesh, new_stage, valid_name
from rendersdg.stage.semantics import write_semantics
from rendersdg.stage.usd_errors import reason

_USD = (".usd", ".usda", ".usdc", ".usdz")
_GLTF = (".glb", ".gltf")
_MESHES = (".obj", ".stl", ".ply", ".dae", ".off", ".3mf")
_KNOWN = _USD + _GLTF + _MESHES
TAKES_ARGUMENTS = _GLTF + _MESHES  # endings of files of which a scene may say how they are to be read
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
        self._made: dict[tuple[object, ...], tuple[Layer, Usd.Stage]] = {}  # procedural ones
        self.documents = Documents(report)
        self.prototypes: dict[str, str] = {}

    def follow(self, other: AssetLayers) -> None:
        """Take over the procedural layers of another scene: they depend on their names alone."""
        self._made.update(other._made)

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

    def scaled(self, path: str, scale: float, *, is_turned: bool = False) -> Layer:
        """Return the layer of an asset made larger, and turned to the other up axis where ``is_turned``."""
        key = f"{path} x {scale!r}{' turned' if is_turned else ''}"
        if key not in self._layers:
            inner = self.layer(path)
            stage = new_stage("Y" if inner.up_axis == "Y" else "Z", inner.meters_per_unit, root="Xform")
            holder = UsdGeom.Xform.Define(stage, "/Asset")
            stage.SetDefaultPrim(holder.GetPrim())
            held = UsdGeom.Xform.Define(stage, "/Asset/Scaled")
            if is_turned:
                held.AddRotateXOp().Set(-90.0 if inner.up_axis == "Z" else 90.0)
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
        own = [
            f for f in self._resolver.files(folder, recursive=recursive) if f.lower().endswith(_USD + _GLTF + _MESHES)
        ]
        if own:
            return own
        self._resolver.inputs.note_absent(folder)
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
        reading, plain = reading_of(path), split_arguments(path)[0]
        if reading != Reading() and (is_procedural(plain) or plain.lower().endswith(_USD)):
            known = ", ".join(TAKES_ARGUMENTS)
            raise BadArgument(f"asset {plain}: unit, up_axis and crease are for {known}; this states its own")
        path = plain
        if is_procedural(path):
            name = procedural_name(path)
            if name not in LIBRARY:
                raise AssetError(f"unknown procedural asset {path!r}{did_you_mean(name, LIBRARY)}")
            return self._procedural(name)
        file = self._resolver.find(path)
        if file is None:
            self._resolver.inputs.note_absent(path)
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
            try:
                return self._usd(file)
            except Tf.ErrorException as error:
                raise AssetError(f"asset {file} is damaged: {reason(error)}") from None
        if suffix in _GLTF:
            if reading.crease is not None:
                raise BadArgument(f"asset {plain}: crease is for {', '.join(_MESHES)}; glTF says what is smooth")
            with _told(file):
                stage = gltf_stage(file, self._resolver.embed, self._report)
            return self._held(stage, reading)
        if suffix in _MESHES:
            with _told(file):
                stage = mesh_stage(file, self._resolver.embed, self._report, reading)
            return self._held(stage)
        raise AssetError(f"asset {path!r}: {suffix or 'no ending'} is not readable; known: {', '.join(_KNOWN)}")

    def _stage(self, path: str) -> Usd.Stage:
        check_usd(path)
        try:
            root = Sdf.Layer.FindOrOpen(path)
            if root is not None:  # before it is composed, which would complain of what USD cannot open
                self._convert_references(root, root)
            self.documents.put_below(path)
            stage = Usd.Stage.Open(path, Usd.Stage.LoadNone)
            self.documents.put_into(stage)
        except Tf.ErrorException as error:
            raise AssetError(f"asset {path} cannot be opened as USD: {reason(error)}") from None
        clear_wrong_values(stage, self._report)
        for layer in stage.GetUsedLayers():
            self._convert_references(layer, stage.GetRootLayer())
            if layer.realPath:
                self._resolver.inputs.note(layer.realPath)
        return stage

    def _convert_references(self, layer: Sdf.Layer, root: Sdf.Layer) -> None:
        """Let the references of a layer to mesh files, which USD cannot open, lead to layers in memory.

        What a path says of unit and axis is fitted to the stage of ``root``; without, a file is taken as it is, as USD
        takes any. A layer that lives on from an earlier scene has that scene's, which may be gone.
        """
        paths = layer.GetCompositionAssetDependencies()
        if any(path.startswith("anon:") and not Sdf.Layer.Find(path) for path in paths):
            layer.Reload(True)
            paths = layer.GetCompositionAssetDependencies()
        self._alive += [kept for path in paths if path.startswith("anon:") and (kept := Sdf.Layer.Find(path))]
        for path in paths:
            plain, arguments = split_arguments(path)
            file = layer.ComputeAbsolutePath(plain)
            if not plain.lower().endswith(_GLTF + _MESHES) or not Path(file).is_file():
                continue
            whole = with_arguments(file, arguments)
            try:
                held = self.layer(whole)
                if (reading := reading_of(whole)).places:
                    scale = held.meters_per_unit / _metadata(root, "metersPerUnit", 0.01)
                    axis = _metadata(root, "upAxis", "Y")
                    held = self.scaled(whole, scale, is_turned=reading.up_axis is not None and held.up_axis != axis)
                layer.UpdateCompositionAssetDependency(path, held.identifier)
                self._alive.append(layer)  # opened once more it would be as it is on disk
            except (RenderSDGError, Tf.ErrorException) as error:
                self._report.ignored(f"{layer.identifier}:{path}", f"it is left out: {reason(error)}")

    def _usd(self, path: str) -> Layer:
        stage = self._stage(path)
        root = stage.GetDefaultPrim()
        tops = [root] if root else _roots(stage)
        if not tops:
            raise AssetError(f"asset {path} holds no prim")
        strays = self._strays(path, tops)
        if not root:
            self._report.note(path, "the asset names no default prim; all its root prims are taken")
        described = self._described(path, stage, is_part=True)
        return described if root and not strays else replace(described, identifier=self._wrapped(path, tops, strays))

    def _strays(self, path: str, tops: list[Usd.Prim]) -> list[Usd.Relationship]:
        """Return the relationships below root prims to what is not below the same one, which a reference to it would
        lose: to materials, and to others of these root prims. The rest is lost and reported.
        """
        strays, roots = [], {top.GetPath() for top in tops}
        for top in tops:
            for prim in Usd.PrimRange(top):
                for relationship in prim.GetRelationships():
                    targets = relationship.GetTargets()
                    if all(target.HasPrefix(top.GetPath()) for target in targets):
                        continue
                    above = [target.GetPrefixes()[:1] for target in targets]  # the root of all has none
                    is_kept = all(root and root[0] in roots for root in above)
                    if is_kept or (all(above) and relationship.GetName().startswith("material:binding")):
                        strays.append(relationship)
                    else:
                        self._report.ignored(
                            f"{path}:{relationship.GetPath()}",
                            "it points to what is not below the same root prim, and comes to nothing",
                        )
        return strays

    def _wrapped(self, path: str, tops: list[Usd.Prim], strays: list[Usd.Relationship]) -> str:
        """Return the identifier of a layer whose default prim holds ``tops`` of a file, with what ``strays``
        point to.
        """
        wrapper = Usd.Stage.CreateInMemory("wrapper.usda")
        is_one = bool(tops[0] == tops[0].GetStage().GetDefaultPrim())
        holder = wrapper.DefinePrim(tops[0].GetPath()) if is_one else wrapper.DefinePrim("/Root", "Xform")
        places = {tops[0].GetPath(): holder.GetPath()} if is_one else {}
        wanted = [prim.GetPath() for prim in tops]
        wanted += [target.GetPrefixes()[0] for rel in strays for target in rel.GetTargets()]
        for root in dict.fromkeys(wanted):
            if root not in places:
                name = next(n for n in (root.name, f"{root.name}_") if not is_one or not tops[0].GetChild(n))
                places[root] = holder.GetPath().AppendChild(name)
            wrapper.DefinePrim(places[root]).GetReferences().AddReference(path, root)
        for stray in strays:
            moved = [target.ReplacePrefix(top := target.GetPrefixes()[0], places[top]) for target in stray.GetTargets()]
            owner = stray.GetPrim().GetPath()
            prim = wrapper.OverridePrim(owner.ReplacePrefix(owner.GetPrefixes()[0], places[owner.GetPrefixes()[0]]))
            prim.CreateRelationship(stray.GetName(), custom=False).SetTargets(moved)
        wrapper.SetDefaultPrim(holder)
        self._alive.append(wrapper)
        return str(wrapper.GetRootLayer().identifier)

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
        axis = str(_stated(stage, UsdGeom.Tokens.upAxis) or UsdGeom.GetFallbackUpAxis())
        return Layer(path, self._unit(path, stage), axis if axis in ("Y", "Z") else "Y")

    def _unit(self, path: str, stage: Usd.Stage) -> float:
        """Return the unit of a stage, metres; centimetres where it states none, or one that is no length (reported)."""
        stated = _stated(stage, UsdGeom.Tokens.metersPerUnit)
        if stated is None:
            return float(UsdGeom.LinearUnits.centimeters)
        if isinstance(stated, (int, float)) and 0.0 < stated < float("inf"):
            return _as_double(float(stated))
        self._report.note(path, f"metersPerUnit is {stated!r}, which is no length; it is read in centimetres")
        return float(UsdGeom.LinearUnits.centimeters)

    def _held(self, stage: Usd.Stage, reading: Reading | None = None) -> Layer:
        """Return a stage in memory, which is kept, as a layer; the unit and the axis of ``reading`` are its own."""
        self._alive.append(stage)
        if reading is not None and reading.unit is not None:
            UsdGeom.SetStageMetersPerUnit(stage, reading.unit)
        if reading is not None and reading.up_axis is not None:
            UsdGeom.SetStageUpAxis(stage, reading.up_axis)
        axis = "Y" if UsdGeom.GetStageUpAxis(stage) == "Y" else "Z"
        return Layer(stage.GetRootLayer().identifier, float(UsdGeom.GetStageMetersPerUnit(stage)), axis)

    def _procedural(
        self, name: str, *, environment: bool = False, body: bool = False, navigates: bool = False
    ) -> Layer:
        """Return a built-in asset. What stands for an ``environment`` has lights and colliders,
        for a ``body`` of physics that. A robot that ``navigates`` has a target to drive to.
        """
        key = (name, environment, body, navigates)
        if key not in self._made:
            stage = _procedural_stage(name, environment=environment, body=body, navigates=navigates)
            self._made[key] = Layer(stage.GetRootLayer().identifier, 1.0, "Z"), stage
        return self._made[key][0]

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


def _procedural_stage(name: str, *, environment: bool, body: bool, navigates: bool) -> Usd.Stage:
    """Return a stage that holds a built-in asset, as :meth:`AssetLayers._procedural` describes it."""
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
        bind_look(author, root, prim.GetPrim(), look, dict(part.look))
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
    return stage


@contextmanager
def _told(file: str) -> Iterator[None]:
    """Raise AssetError, naming the file, for what a reader meets in damage that nobody has foreseen."""
    try:
        yield
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        LookupError,
        RecursionError,
        MemoryError,
        Tf.ErrorException,
    ) as error:
        text = reason(error) if isinstance(error, Tf.ErrorException) else str(error) or type(error).__name__
        raise AssetError(f"asset {file} is damaged: {text}; export it again") from error


def _metadata(layer: Sdf.Layer, name: str, fallback: Any) -> Any:
    """Return what a layer says of its stage, ``fallback`` (USD's own) where it says nothing."""
    return layer.pseudoRoot.GetInfo(name) if layer.pseudoRoot.HasInfo(name) else fallback


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


def _roots(stage: Usd.Stage) -> list[Usd.Prim]:
    """Return the root prims of a stage that are drawn; those with payloads, too, which are not loaded here."""
    children = stage.GetPseudoRoot().GetAllChildren()
    return [prim for prim in children if prim.IsActive() and prim.IsDefined() and not prim.IsAbstract()]


def _stated(stage: Usd.Stage, name: str) -> object:
    """Return what a stage's root layer states of itself, whatever its type, None where it states nothing.

    OpenUSD's own getters raise where an exporter wrote a float for a double.
    """
    root = stage.GetRootLayer().pseudoRoot
    return root.GetInfo(name) if root.HasInfo(name) else None


def _as_double(value: float) -> float:
    """Return a number, or the decimal that it was where it was written as a float: 0.01 for 0.0099999998."""
    short = float(f"{value:.7g}")
    return short if struct.unpack("f", struct.pack("f", short))[0] == value else value


def _composition_errors(stage: Usd.Stage) -> list[str]:
    errors = stage.GetCompositionErrors() if hasattr(stage, "GetCompositionErrors") else []
    return [f"composition error: {reason(e)}" for e in errors[:3]]
