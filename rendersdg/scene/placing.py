"""How created prims are placed: the parameters that all of ``rep.create`` share, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pxr import UsdGeom, UsdShade

from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Combine, Distribution
from rendersdg.graph.nodes import Prims
from rendersdg.graph.plan import MOST_PRIMS
from rendersdg.memory import refuse_beyond_memory
from rendersdg.scene.recorder import Recorder, current, has_distribution, pairs
from rendersdg.scene.types import Anything, Boolean, FixedInteger, FixedText, Items, Pairs, Target, Vector
from rendersdg.stage.base import BaseScene
from rendersdg.stage.pose import Pose, set_parts, write_pose
from rendersdg.stage.posing import posed
from rendersdg.stage.state import SceneState

_BYTES_PER_PRIM = 15_000  # of a shape on the stage and in a snapshot, measured


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where created prims stand and what they carry; a function of ``rep.create`` takes those that it names.

    ``position`` and ``look_at`` are in stage units, ``rotation`` in degrees (XYZ), ``scale`` a factor for each axis.
    ``pivot`` is the point that comes to lie at the position and that a prim turns about, -1..1 over its bounds.
    ``look_at`` (a point or a prim) excludes ``rotation``; ``look_at_up_axis`` is what stays up. ``semantics`` are
    [type, label] pairs, ``material`` a created one or its path. ``count`` prims are made below ``parent``, called
    ``name`` and numbered.
    """

    position: Vector = None
    scale: Vector = None
    pivot: Vector = None
    rotation: Vector = None
    look_at: Target = None
    look_at_up_axis: Anything = None
    semantics: Pairs = None
    material: Items = None
    visible: Boolean = True
    count: FixedInteger = 1
    name: FixedText | None = None
    parent: Items = None


def create_prims(
    label: str, placement: Placement, make: Callable[[str, str | None], str], *, prim_name: str | None = None
) -> Prims:
    """Make ``placement.count`` prims, author what is fixed and record what is random; return their handle.

    ``label`` names them where the placement does not, ``prim_name`` the prims alone: streams go by the handle's name,
    which tells more than the prims' where those are called after what Replicator calls them. ``make`` takes a name and
    the parent's path (None for the default) and returns the path of a new prim. Raises BadArgument for parents
    that are of no use, or for both a rotation and something to look at.
    """
    recorder = current()
    name = placement.name or label
    own_name = placement.name or prim_name or label
    count = count_of(placement.count)
    parents = _parents(recorder, placement.parent, count)
    if placement.rotation is not None and placement.look_at is not None:
        raise BadArgument("rotation and look_at exclude each other; give one")
    parts = _parts(placement)
    is_fixed = not any(has_distribution(v) or part == "look_at" for part, v in parts.items())

    def made(parent: str | None) -> str:
        path = make(own_name, parent)
        recorder.author.label(path, pairs(placement.semantics))
        if parts and is_fixed:
            _pose(recorder, path, parts)
        return path

    first = [made(parent) for parent in parents[:1]]
    copies = recorder.author.copies(first[0], own_name, parents[1:]) if len(parents) > 1 else []
    others = [made(parent) for parent in parents[1:]] if copies is None else copies
    prims = Prims(name, (*first, *others))
    if parts and not is_fixed:
        recorder.node("modify.pose", parts, prims)
    if placement.visible is not True and placement.visible is not None:
        recorder.node("modify.visibility", {"value": placement.visible}, prims)
    if placement.material is not None:
        bind_material(recorder, prims, placement.material)
    return prims


def _parents(recorder: Recorder, parent: Items, count: int) -> list[str | None]:
    """Return the parent of each new prim: one for all, or one for each where there are as many parents as prims.

    Raises BadArgument for another number of them, and for a parent that has a shape: shapes hold no other prims.
    """
    if parent is None:
        return [None] * count
    parents = recorder.prims(parent).resolve({})
    if len(parents) not in (1, count) or not parents:
        raise BadArgument(f"parent must be one prim, or as many as are made ({count}); got {len(parents)}")
    for path in parents:
        if recorder.stage.GetPrimAtPath(path).IsA(UsdGeom.Boundable):
            raise BadArgument(f"parent={path} is a shape, and a shape cannot hold prims; give an Xform")
    return [parents[k % len(parents)] for k in range(count)]


def _parts(placement: Placement) -> dict[str, object]:
    """Return what is given of a pose, by the arguments of ``modify.pose``."""
    parts = {
        "position": placement.position,
        "rotation": placement.rotation,
        "scale": placement.scale,
        "pivot": placement.pivot,
        "look_at": placement.look_at,
        "look_at_up_axis": axis_vector(placement.look_at_up_axis),
    }
    return {name: joined_value(value) for name, value in parts.items() if value is not None}


def _pose(recorder: Recorder, path: str, parts: dict[str, object]) -> None:
    """Author a pose that is fixed: one that is not drawn, and does not follow prims."""
    state = SceneState(BaseScene(recorder.stage, recorder.report))
    pose = posed(state, path, Pose(), parts, 0)
    layer = recorder.author.layer()
    if layer is None or set_parts(layer, path, pose) is None:
        write_pose(recorder.stage.GetPrimAtPath(path), pose)


def axis_vector(value: Anything) -> object:
    """Return an up axis that is given as X, Y or Z as a vector; anything else as it is.

    Raises BadArgument for other text.
    """
    if not isinstance(value, str):
        return value
    if value.upper() not in ("X", "Y", "Z"):
        raise BadArgument(f"look_at_up_axis={value!r} must be X, Y, Z or three numbers")
    return tuple(float(axis == value.upper()) for axis in "XYZ")


def joined_value(value: object) -> object:
    """Return a list that holds distributions as one distribution."""
    if isinstance(value, (list, tuple)) and any(isinstance(v, Distribution) for v in value):
        return Combine(list(value))
    return value


def count_of(count: float) -> int:
    """Return how many prims are asked for. Raises BadArgument for less than none, a fraction, or too many."""
    if isinstance(count, bool) or int(count) != count or count < 0:
        raise BadArgument(f"count={count!r} must be a whole number of 0 or more")
    if count > MOST_PRIMS:
        raise BadArgument(
            f"count={count} is more than the {MOST_PRIMS} prims that one call may make; use "
            "randomizer.instantiate or split it"
        )
    refuse_beyond_memory(int(count) * _BYTES_PER_PRIM, f"count={count}", "make fewer")
    return int(count)


def bind_material(recorder: Recorder, prims: Prims, material: Items) -> None:
    """Bind created materials, or those at the paths given, to prims, in turn.

    Raises BadArgument where ``material`` is not a material.
    """
    looks = [recorder.stage.GetPrimAtPath(path) for path in recorder.prims(material).resolve({})]
    if not looks or any(p.GetTypeName() != "Material" for p in looks):
        raise BadArgument(f"material={material!r} is not a material; create one with create.material_omnipbr")
    for index, path in enumerate(prims.paths):
        api = UsdShade.MaterialBindingAPI.Apply(recorder.stage.GetPrimAtPath(path))
        api.Bind(UsdShade.Material(looks[index % len(looks)]), UsdShade.Tokens.strongerThanDescendants)


def sample_inputs(recorder: Recorder, prims: Prims, inputs: dict[str, object]) -> None:
    """Record the attributes of created lights or cameras that are drawn; the prim that has them is inside each."""
    if not inputs:
        return
    inner = [str(next(iter(recorder.stage.GetPrimAtPath(p).GetChildren())).GetPath()) for p in prims.paths]
    recorder.node("create.inputs", inputs, Prims(prims.label, tuple(inner)))
