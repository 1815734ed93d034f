"""``rep.randomizer``: operations that draw something at each execution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from pxr import Sdf

from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Choice, Distribution
from rendersdg.graph.nodes import Node, Prims
from rendersdg.scene.create import reference
from rendersdg.scene.recorder import Recorder, current, pairs
from rendersdg.scene.signatures import taking
from rendersdg.scene.types import (
    Anything,
    FixedBoolean,
    FixedInteger,
    FixedText,
    FixedValues,
    Integer,
    Items,
    Number,
    OneOf,
    Pairs,
    Vector,
    shown,
)
from rendersdg.stage.author import REFERENCE, ROOT, valid_name
from rendersdg.stage.base import PROTOTYPES
from rendersdg.stage.named_looks import named_look

ORIGINS = ("pivot", "bounds")
Origin = Annotated[str, "fixed string", OneOf(ORIGINS)]
_MODES = ("scene_instance", "point_instance", "reference")
Mode = Annotated[str, "fixed string", OneOf(_MODES)]


@dataclass(frozen=True, kw_only=True)
class Scattering:
    """What both kinds of scattering take: what to keep clear of, limits of the points (stage units, world; None for
    none) and whether the prims may touch each other.
    """

    no_coll_prims: Items = None
    min_samp: FixedValues = (None, None, None)
    max_samp: FixedValues = (None, None, None)
    check_for_collisions: FixedBoolean = False
    seed: FixedInteger | None = None

    def inputs(self, recorder: Recorder) -> dict[str, object]:
        """Return the inputs of the operation. Raises BadArgument for limits that are not three numbers or None."""
        return {
            "no_coll_prims": None if self.no_coll_prims is None else recorder.prims(self.no_coll_prims),
            "min_samp": _limits("min_samp", self.min_samp),
            "max_samp": _limits("max_samp", self.max_samp),
            "seed": self.seed,
            "check_for_collisions": self.check_for_collisions,
        }


@taking(
    "surface_prims no_coll_prims min_samp max_samp seed offset check_for_collisions input_prims name origin",
    Scattering,
)
def scatter_2d(
    scattering: Scattering,
    surface_prims: Items,
    offset: Number = 0,
    input_prims: Items = None,
    name: FixedText | None = None,
    origin: Origin = "pivot",
) -> Node:
    """Put prims at random points of surfaces, uniform by area.

    ``offset`` lifts them along the surface's normal, stage units. A prim stands there by its bounds: their middle is
    over the point and its lowest point on the surface, wherever its origin lies and however it is turned. With
    ``origin`` pivot its own origin lies at the point, as in Replicator, and in scripts. A prim that finds no free place
    stands where it touches others (reported).
    """
    recorder = current()
    if origin not in ORIGINS:
        raise BadArgument(f"origin={origin!r} is not {' or '.join(ORIGINS)}")
    inputs = {"surface_prims": recorder.prims(surface_prims), **scattering.inputs(recorder), "offset": offset}
    if origin != "pivot":
        inputs["origin"] = origin
    return recorder.node("randomizer.scatter_2d", inputs, recorder.targets(input_prims))


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Where ``scatter_3d`` puts prims, and the voxels of Replicator's, which have nothing to refine here."""

    volume_prims: Items = None
    volume_excl_prims: Items = None
    prevent_vol_overlap: FixedBoolean = True
    resolution_scaling: Number = 1.0
    voxel_size: Number = 0.0
    viz_sampled_voxels: FixedBoolean = False


@taking(
    "volume_prims no_coll_prims volume_excl_prims min_samp max_samp resolution_scaling voxel_size check_for_collisions "
    "prevent_vol_overlap viz_sampled_voxels seed input_prims name",
    Scattering,
    Volumes,
)
def scatter_3d(
    scattering: Scattering, volumes: Volumes, input_prims: Items = None, name: FixedText | None = None
) -> Node:
    """Put prims at random points inside volumes. Points are exact, so the voxel parameters have nothing to refine.

    Without ``volume_prims`` the box from ``min_samp`` to ``max_samp`` (stage units) is the volume. A frame in which a
    prim finds no free place fails (RenderFailed).
    """
    recorder = current()
    if volumes.resolution_scaling != 1.0 or volumes.voxel_size or volumes.viz_sampled_voxels:
        recorder.report.note(
            "randomizer.scatter_3d",
            "resolution_scaling, voxel_size and viz_sampled_voxels: sampling here is exact, without voxels",
        )

    def handle(prims: Items) -> Prims | None:
        return None if prims is None else recorder.prims(prims)

    inputs: dict[str, object] = {
        "volume_prims": handle(volumes.volume_prims),
        "volume_excl_prims": handle(volumes.volume_excl_prims),
        **scattering.inputs(recorder),
        "prevent_vol_overlap": volumes.prevent_vol_overlap,
    }
    return recorder.node("randomizer.scatter_3d", inputs, recorder.targets(input_prims))


def _limits(name: str, value: FixedValues) -> tuple[float | None, ...]:
    if value is None:
        return (None, None, None)
    limits = [v for v in value if v is None or isinstance(v, (int, float))] if isinstance(value, Sequence) else []
    if not isinstance(value, Sequence) or not len(limits) == len(value) == 3:
        raise BadArgument(f"{name}={value!r} must be three numbers or nulls")
    return tuple(None if v is None else float(v) for v in limits)


def materials(
    materials: Anything,
    seed: FixedInteger | None = None,
    max_cached_materials: FixedInteger = 0,
    input_prims: Items = None,
    name: FixedText | None = None,
) -> Node:
    """Bind a random material of a list to each prim."""
    recorder = current()
    if isinstance(materials, Distribution):
        looks: Distribution = materials
    else:
        values = materials if isinstance(materials, (list, tuple)) else [materials]
        paths = [p for v in values for p in ([v] if _is_look(v) else recorder.prims(v).resolve({}))]
        if not paths:
            raise BadArgument("materials is empty; give at least one")
        looks = Choice([_material(recorder, p) for p in paths], seed=seed)
    return recorder.node("randomizer.materials", {"materials": looks}, recorder.targets(input_prims))


def _is_look(value: object) -> bool:
    return isinstance(value, str) and not value.startswith("/")


def _material(recorder: Recorder, value: str) -> str:
    if not _is_look(value):
        return value
    colour, metallic, roughness = named_look(value)
    recorder.report.substitution(value, f"a plain surface by its name (metallic {metallic:g}, roughness {roughness:g})")
    return recorder.author.material(
        valid_name(value.rsplit("/", 1)[-1].removesuffix(".mdl")),
        {
            "diffuse_color_constant": list(colour),
            "metallic_constant": metallic,
            "reflection_roughness_constant": roughness,
        },
    )


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How entries of a list are drawn: as likely as ``weights`` say, again and again or each once."""

    weights: FixedValues = None
    with_replacements: FixedBoolean = True
    seed: FixedInteger | None = None


@taking("paths size weights mode with_replacements seed name use_cache semantics", Drawing)
def instantiate(
    drawing: Drawing,
    paths: Anything,
    size: Integer,
    mode: Mode = "scene_instance",
    name: FixedText | None = None,
    use_cache: FixedBoolean = True,
    semantics: Pairs = None,
) -> Prims:
    """Place ``size`` assets drawn from ``paths`` at each execution; ``mode`` scene_instance,
    point_instance or reference. A choice that says ``num_samples`` says how many, whatever ``size`` is.
    """
    if mode not in _MODES:
        raise BadArgument(f"mode={mode!r} is not scene_instance, point_instance or reference")
    recorder = current()
    drawn, candidates = _drawn_assets(paths, drawing)
    if isinstance(paths, Choice) and paths.num_samples > 1:
        size = paths.num_samples
    prototypes = {str(path): _prototype(recorder, str(path)) for path in dict.fromkeys(candidates)}
    inputs = {"paths": drawn, "size": size, "prototypes": prototypes, "mode": mode, "semantics": pairs(semantics)}
    label = name or "Instance"
    node = recorder.node("randomizer.instantiate", inputs, None, spawns="size")
    node.spawn_path = _population(recorder, name)
    node.is_first_bare = True
    return Prims(label, node=node)


def _population(recorder: Recorder, name: str | None) -> str:
    """Return where the first prim of a new population goes, as Replicator places it; there a random number follows the
    population's name, here ``_01`` and so on where it is taken.
    """
    used = {node.spawn_path for node in recorder.graph.nodes}
    base, number = f"{ROOT}/SampledAssets/{valid_name(name or 'Population')}", 0
    path = base
    while f"{path}/{REFERENCE}_Xform" in used:
        number += 1
        path = f"{base}_{number:02d}"
    return f"{path}/{REFERENCE}_Xform"


def _drawn_assets(paths: Anything, drawing: Drawing) -> tuple[Distribution, list[Any]]:
    """Return the distribution of assets and every asset that it can give. Raises BadArgument when there is none."""
    if isinstance(paths, Distribution):
        candidates = paths.candidates()
        if candidates is None:
            raise BadArgument("paths must be a list, or a choice or sequence of paths")
        _check_paths(candidates)
        return paths, candidates
    values = paths if isinstance(paths, (list, tuple)) else [paths]
    candidates = [p for v in values for p in (v.resolve({}) if isinstance(v, Prims) else [v])]
    if not candidates:
        raise BadArgument("paths is empty; give at least one asset")
    _check_paths(candidates)
    weights = cast("Sequence[float] | None", drawing.weights)  # Choice checks them
    return Choice(candidates, weights, bool(drawing.with_replacements), seed=drawing.seed), candidates


def _check_paths(candidates: list[Any]) -> None:
    for path in candidates:
        if isinstance(path, (Mapping, list, tuple, int, float)) or path is None:
            raise BadArgument(f"paths: {shown(path)} is not the path of an asset")


def _prototype(recorder: Recorder, path: str) -> str:
    if path.startswith("/") and recorder.stage.GetPrimAtPath(path):
        return path
    holder = f"{ROOT}/{PROTOTYPES}"
    if not recorder.stage.GetPrimAtPath(holder):
        prim = recorder.stage.DefinePrim(holder, "Scope")
        prim.CreateAttribute("visibility", Sdf.ValueTypeNames.Token).Set("invisible")
    cached = recorder.layers.prototypes.get(path)
    if cached is None:
        cached = reference(recorder, path, REFERENCE, holder)
        recorder.layers.prototypes[path] = cached
    return cached


def rotation(
    min_angle: Vector = (-180.0, -180.0, -180.0),
    max_angle: Vector = (180.0, 180.0, 180.0),
    seed: FixedInteger | None = None,
    input_prims: Items = None,
    name: FixedText | None = None,
) -> Node:
    """Give prims a uniform random orientation within angle limits (degrees)."""
    recorder = current()
    return recorder.node(
        "randomizer.rotation",
        {"min_angle": min_angle, "max_angle": max_angle, "seed": seed},
        recorder.targets(input_prims),
    )


def texture(
    textures: Anything,
    texture_scale: Anything = None,
    texture_rotate: Anything = None,
    per_sub_mesh: FixedBoolean = False,
    project_uvw: FixedBoolean = False,
    seed: FixedInteger | None = None,
    input_prims: Items = None,
) -> Node:
    """Give prims a random texture."""
    recorder = current()
    drawn = _choice("textures", textures, seed)
    for path in drawn.candidates() or []:
        if not isinstance(path, str):
            raise BadArgument(f"textures holds {path!r}, which is not a path")
        recorder.resolver.require_image_name(path)
        recorder.require_there(path)
    inputs: dict[str, object] = {"textures": drawn, "per_sub_mesh": per_sub_mesh, "project_uvw": project_uvw}
    if texture_scale is not None:
        inputs["texture_scale"] = _choice("texture_scale", texture_scale, seed)
    if texture_rotate is not None:
        inputs["texture_rotate"] = _choice("texture_rotate", texture_rotate, seed)
    return recorder.node("randomizer.texture", inputs, recorder.targets(input_prims))


def color(
    colors: Anything, per_sub_mesh: FixedBoolean = False, seed: FixedInteger | None = None, input_prims: Items = None
) -> Node:
    """Give prims a random colour (linear RGB 0..1)."""
    recorder = current()
    inputs = {"colors": _choice("colors", colors, seed), "per_sub_mesh": per_sub_mesh}
    return recorder.node("randomizer.color", inputs, recorder.targets(input_prims))


def _choice(name: str, value: object, seed: int | None) -> Distribution:
    if isinstance(value, Distribution):
        return value
    if isinstance(value, (list, tuple)) and value:
        return Choice(list(value), seed=seed)
    raise BadArgument(f"{name}={value!r} must be a list of at least one entry, or a distribution")
