"""What a stage holds, counted and named: for people who want to know what they have before they render it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pxr import Sdf, Usd, UsdGeom, UsdShade, UsdSkel

from rendersdg.geometry import distinct_rows
from rendersdg.stage.base import LIGHT_TYPES, BaseScene, Predicate
from rendersdg.stage.mdl import model_name

TextureState = Literal["read", "embedded", "procedural", "missing", "unreadable"]
_SPACES = {"srgb_texture": "sRGB", "srgb": "sRGB", "raw": "raw"}  # as they are called here
_COLOURED = ("diffuse", "base_color", "basecolor", "albedo", "emissi", "color", "colour")  # in names of inputs


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image: whether it is there, its size in pixels and the bits of a channel, 0 where unknown."""

    state: TextureState
    width: int = 0
    height: int = 0
    bits: int = 0


ImageReader = Callable[[str], ImageFacts]  # from the path that a shader names


@dataclass(frozen=True)
class TextureUse:
    """An image that a material names: for which input of a surface, or several, and from which file.

    ``colour_space`` is ``sRGB``, ``raw`` or another that is authored; where nothing is said, it is by the input.
    """

    input: str
    file: str
    colour_space: str
    image: ImageFacts


@dataclass(frozen=True)
class MaterialUse:
    """A material: ``model`` is its shader, ``meshes`` how many drawn meshes wear it."""

    path: str
    model: str
    meshes: int
    textures: tuple[TextureUse, ...]


@dataclass(frozen=True)
class VariantChoice:
    """A set of variants of a prim, what is selected and what may be."""

    path: str
    name: str
    selection: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class SkeletonUse:
    """A skeleton: how many joints it has, and the path of its animation, empty for none."""

    path: str
    joints: int
    animation: str


@dataclass(frozen=True)
class Geometry:
    """What is drawn: ``meshes`` different ones at ``instances`` places, with all their triangles and vertices.

    Vertices are different points of a mesh, however many normals or texture coordinates meet there.
    """

    meshes: int = 0
    instances: int = 0
    triangles: int = 0
    vertices: int = 0


@dataclass(frozen=True)
class Contents:
    """What lies at or below one prim of a stage. Paths are the stage's; ``prims`` counts them by type, "" for none.

    ``animated`` counts the attributes that change over time. ``labels`` are (type, label, prims that carry it).
    ``copies`` are the instances of point instancers, ``shared`` prims that are instances of a prototype.
    """

    prims: dict[str, int]
    geometry: Geometry
    materials: tuple[MaterialUse, ...]
    variants: tuple[VariantChoice, ...]
    animated: int
    skeletons: tuple[SkeletonUse, ...]
    blend_shapes: int
    cameras: tuple[str, ...]
    lights: tuple[tuple[str, str], ...]
    copies: int
    shared: int
    labels: tuple[tuple[str, str, int], ...]
    bodies: int
    colliders: int
    joints: int


def read_contents(base: BaseScene, root: str, read_image: ImageReader) -> Contents:
    """Return what lies at or below the prim ``root`` of a scene; ``read_image`` looks at the images that it names."""
    start = base.stage.GetPrimAtPath(root)
    prims = list(Usd.PrimRange(start, Usd.TraverseInstanceProxies(Predicate))) if start else []
    drawables = base.drawables(root)
    worn = Counter(d.material for d in drawables)
    kinds = Counter(str(p.GetTypeName()) for p in prims)
    labels = Counter(pair for p in prims for pair in base.semantics(str(p.GetPath())))
    below = root.rstrip("/") + "/"
    return Contents(
        prims=dict(sorted(kinds.items())),
        geometry=_geometry(base, root),
        materials=tuple(_material(p, worn[str(p.GetPath())], read_image) for p in prims if p.IsA(UsdShade.Material)),
        variants=tuple(choice for p in prims for choice in _variants(p)),
        animated=sum(a.ValueMightBeTimeVarying() for p in prims for a in p.GetAuthoredAttributes()),
        skeletons=tuple(_skeleton(p) for p in prims if p.IsA(UsdSkel.Skeleton)),
        blend_shapes=kinds["BlendShape"],
        cameras=tuple(str(p.GetPath()) for p in prims if p.IsA(UsdGeom.Camera)),
        lights=tuple((str(p.GetPath()), LIGHT_TYPES[k]) for p in prims if (k := str(p.GetTypeName())) in LIGHT_TYPES),
        copies=sum(_copies(p) for p in prims if p.IsA(UsdGeom.PointInstancer)),
        shared=sum(p.IsInstance() for p in prims),
        labels=tuple((kind, label, number) for (kind, label), number in sorted(labels.items())),
        bodies=sum(p == root or p.startswith(below) for p in base.physics_paths("RigidBodyAPI")),
        colliders=sum(p == root or p.startswith(below) for p in base.physics_paths("CollisionAPI")),
        joints=sum(p.startswith(below) for p in base.joints()),
    )


def _geometry(base: BaseScene, root: str) -> Geometry:
    drawn = Counter(d.mesh for d in base.drawables(root))
    points = {number: len(distinct_rows(base.meshes[number].vertices)[0]) for number in drawn}
    return Geometry(
        meshes=len(drawn),
        instances=sum(drawn.values()),
        triangles=sum(len(base.meshes[number].triangles) * count for number, count in drawn.items()),
        vertices=sum(points[number] * count for number, count in drawn.items()),
    )


def _material(prim: Usd.Prim, meshes: int, read_image: ImageReader) -> MaterialUse:
    textures = tuple(_textures(prim, read_image))
    return MaterialUse(str(prim.GetPath()), shader_model(UsdShade.Material(prim)), meshes, textures)


def shader_model(material: UsdShade.Material) -> str:
    """Return the name of a material's surface shader, as its author would call it: ``UsdPreviewSurface``, the name of
    an MDL material, a node of MaterialX; empty where it has none.
    """
    for context in ("mdl", "mtlx", ""):
        surface, _, _ = material.ComputeSurfaceSource(context) if context else material.ComputeSurfaceSource()
        if not surface:
            continue
        if context == "mdl" and (name := model_name(surface)):
            return name
        if identifier := surface.GetIdAttr().Get():
            return str(identifier)
    return ""


def _textures(material: Usd.Prim, read_image: ImageReader) -> Iterator[TextureUse]:
    """Give the images that the prims of a material name, each with the inputs of surfaces that it goes into."""
    prims = list(Usd.PrimRange(material, Usd.TraverseInstanceProxies()))
    goals = _goals(prims)
    for prim in prims:
        for attribute in prim.GetAuthoredAttributes():
            name = attribute.GetName()
            if attribute.GetTypeName() != Sdf.ValueTypeNames.Asset or name.startswith("info:"):
                continue
            value = attribute.Get(Usd.TimeCode.EarliestTime())
            if value is None or not value.path:
                continue
            own = name.removeprefix("inputs:")
            inputs = ", ".join(goals.get(str(prim.GetPath()), ())) if own == "file" else own
            space = _colour_space(prim, attribute, inputs or own)
            yield TextureUse(inputs or own, value.path, space, read_image(_file(attribute, value)))


def _file(attribute: Usd.Attribute, value: Sdf.AssetPath) -> str:
    """Return where an image lies. A path that stands for several tiles resolves where one of them is there."""
    path = str(value.resolvedPath or value.path)
    if not value.resolvedPath and UsdShade.UdimUtils.IsUdimIdentifier(path):
        (spec, *_) = attribute.GetPropertyStack()
        return UsdShade.UdimUtils.ResolveUdimPath(path, spec.layer) or path
    return path


def _goals(prims: Sequence[Usd.Prim]) -> dict[str, list[str]]:
    """Return the inputs of surfaces that each node of a material feeds, however many stand between, by its path."""
    feeds: dict[str, list[tuple[str, str]]] = {}  # from a node to the nodes and inputs that it is connected to
    surfaces = set()
    for prim in prims:
        shader = UsdShade.Shader(prim)
        if shader and any(o.GetTypeName() == Sdf.ValueTypeNames.Token for o in shader.GetOutputs()):
            surfaces.add(str(prim.GetPath()))
        for port in UsdShade.ConnectableAPI(prim).GetInputs():
            for source in port.GetConnectedSources()[0]:
                at = str(source.source.GetPrim().GetPath())
                feeds.setdefault(at, []).append((str(prim.GetPath()), str(port.GetBaseName())))

    def reached(path: str, seen: frozenset[str]) -> Iterator[str]:
        for other, port in feeds.get(path, ()):
            if other in surfaces:
                yield port
            elif other not in seen:
                yield from reached(other, seen | {other})

    return {path: list(dict.fromkeys(reached(path, frozenset({path})))) for path in feeds}


def _colour_space(prim: Usd.Prim, attribute: Usd.Attribute, wanted: str) -> str:
    said = prim.GetAttribute("inputs:sourceColorSpace")
    space = str(said.Get() or "") if said else ""
    space = space or (str(attribute.GetColorSpace()) if attribute.HasColorSpace() else "")
    if space and space != "auto":
        return _SPACES.get(space.lower(), space)
    return "sRGB" if any(word in wanted.lower() for word in _COLOURED) else "raw"


def _variants(prim: Usd.Prim) -> Iterator[VariantChoice]:
    if not prim.HasVariantSets():
        return
    sets = prim.GetVariantSets()
    for name in sets.GetNames():
        one = sets.GetVariantSet(name)
        yield VariantChoice(str(prim.GetPath()), name, one.GetVariantSelection(), tuple(one.GetVariantNames()))


def _skeleton(prim: Usd.Prim) -> SkeletonUse:
    joints = len(UsdSkel.Skeleton(prim).GetJointsAttr().Get() or [])
    query = UsdSkel.Cache().GetSkelQuery(UsdSkel.Skeleton(prim))
    animation = query.GetAnimQuery().GetPrim() if query and query.GetAnimQuery() else None
    return SkeletonUse(str(prim.GetPath()), joints, str(animation.GetPath()) if animation else "")


def _copies(prim: Usd.Prim) -> int:
    return len(UsdGeom.PointInstancer(prim).GetProtoIndicesAttr().Get(Usd.TimeCode.EarliestTime()) or [])
