"""``rep.modify``: operations that set something on prims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Annotated

from rendersdg.errors import BadArgument
from rendersdg.geometry import ROTATION_ORDERS
from rendersdg.graph.distributions import Choice, Distribution
from rendersdg.graph.nodes import Node, Prims, Product
from rendersdg.scene.create import check_textures
from rendersdg.scene.placing import axis_vector, joined_value
from rendersdg.scene.recorder import current, pairs
from rendersdg.scene.signatures import taking
from rendersdg.scene.types import (
    Anything,
    Boolean,
    Constant,
    FixedBoolean,
    FixedNonNegative,
    FixedText,
    Items,
    Mapped,
    Number,
    OneOf,
    Pairs,
    Target,
    Text,
    Vector,
    shown,
)
from rendersdg.stage.values import vector

_MODES = ("add", "replace", "clear")
_CLOCKS = ("time", "frame")
Mode = Annotated[str, "fixed string", OneOf(_MODES)]
Order = Annotated[str, "fixed string", OneOf(ROTATION_ORDERS, any_case=True)]
Clock = Annotated[str, "fixed string", OneOf(_CLOCKS)]


def semantics(semantics: Pairs = None, input_prims: Items = None, mode: Mode = "add") -> Node:
    """Author labels: ``mode`` add keeps others, replace drops old ones of the same types, clear drops all."""
    if mode not in _MODES:
        raise BadArgument(f"mode={mode!r} is not add, replace or clear")
    recorder = current()
    if input_prims is None and recorder.scopes.prims is None:
        recorder.report.note("modify.semantics", f"{pairs(semantics)} is given to no prims, so nothing gets labels")
        prims = Prims("no prims", ())
    else:
        prims = recorder.targets(input_prims)
    return recorder.node("modify.semantics", {"semantics": pairs(semantics), "mode": mode}, prims)


def keypoints(
    points: Mapped, skeleton: Constant = None, depth: FixedNonNegative | None = None, input_prims: Items = None
) -> Node:
    """Name points on prims, an extension of ours: labels say where they are in the picture and whether they are seen.

    ``points`` {name: [x, y, z]} are in the prim's own space, in stage units: they are moved, turned and scaled with the
    prim. They belong to the nearest labelled prim at or above it, so a point of a part that moves is named on that
    part. ``skeleton`` [[name, name], ...] are the lines between them. A point is seen where its line of sight meets
    nothing before it but the surface of its own object, at most ``depth`` stage units before it (2 % of the diagonal
    of the object's box where it is not given): a joint inside a limb needs the limb's radius.
    """
    recorder = current()
    inputs = {"points": _points(points), "skeleton": _lines(skeleton), "depth": depth}
    return recorder.node("modify.keypoints", inputs, recorder.targets(input_prims))


def _points(points: Mapped) -> tuple[tuple[str, tuple[float, ...]], ...]:
    if not isinstance(points, Mapping) or not points:
        raise BadArgument(f"points={shown(points)} must be a mapping of names to [x, y, z]")
    for name, place in points.items():
        if not isinstance(name, str) or not name.strip():
            raise BadArgument(f"points: {shown(name)} is not a name")
        if not isinstance(place, (list, tuple)) or len(place) != 3:
            raise BadArgument(f"points: {name}={shown(place)} must be three numbers, [x, y, z]")
    return tuple((name, vector(f"points: {name}", place)) for name, place in points.items())


def _lines(skeleton: Constant) -> tuple[tuple[str, str], ...]:
    lines = []
    if not isinstance(skeleton, (list, tuple, NoneType)):
        raise BadArgument(f"skeleton={shown(skeleton)} must be a list of pairs of names")
    for line in skeleton or ():
        if not isinstance(line, (list, tuple)) or len(line) != 2 or line[0] == line[1]:
            raise BadArgument(f"skeleton: {shown(line)} must be the names of two points, [name, name]")
        lines.append((str(line[0]), str(line[1])))
    return tuple(lines)


@dataclass(frozen=True, kw_only=True)
class PoseChange:
    """What ``modify.pose`` sets; None leaves it as it is. Positions in stage units, rotations in degrees.

    ``size`` scales evenly until the bounds fit into it; ``pivot`` is -1..1 over the bounds.
    """

    position: Vector = None
    position_x: Number = None
    position_y: Number = None
    position_z: Number = None
    rotation: Vector = None
    rotation_x: Number = None
    rotation_y: Number = None
    rotation_z: Number = None
    rotation_order: Order = "XYZ"
    scale: Vector = None
    size: Vector = None
    pivot: Vector = None
    look_at: Target = None
    look_at_up_axis: Anything = None


@taking(
    "position position_x position_y position_z rotation rotation_x rotation_y rotation_z rotation_order scale size "
    "pivot look_at look_at_up_axis input_prims name",
    PoseChange,
)
def pose(change: PoseChange, input_prims: Items = None, name: FixedText | None = None) -> Node:
    """Set translation, rotation (degrees), scale or size, pivot, or aim.

    What is not given stays. Raises BadArgument where nothing is, or where two exclude each other.
    """
    inputs = {entry: value for entry, value in vars(change).items() if value is not None}
    if not set(inputs) - {"rotation_order", "look_at_up_axis"}:
        raise BadArgument("modify.pose changes nothing: give position, rotation, scale, size, pivot or look_at")
    if change.look_at is not None and any(k.startswith("rotation") and k != "rotation_order" for k in inputs):
        raise BadArgument("rotation and look_at exclude each other; give one")
    if change.scale is not None and change.size is not None:
        raise BadArgument("scale and size exclude each other; give one")
    if change.position is not None and any(f"position_{axis}" in inputs for axis in "xyz"):
        raise BadArgument("position and position_x/y/z exclude each other")
    if str(change.rotation_order).upper() not in ROTATION_ORDERS:
        raise BadArgument(f"rotation_order={change.rotation_order!r} is not one of {', '.join(ROTATION_ORDERS)}")
    recorder = current()
    if change.look_at_up_axis is not None:
        inputs["look_at_up_axis"] = axis_vector(change.look_at_up_axis)
    inputs["rotation_order"] = str(change.rotation_order).upper()
    joined = {entry: joined_value(value) for entry, value in inputs.items()}
    return recorder.node("modify.pose", joined, recorder.targets(input_prims))


def pose_orbit(
    barycentre: Target,
    distance: Number,
    azimuth: Number,
    elevation: Number,
    look_at_barycentre: FixedBoolean = True,
    input_prims: Items = None,
) -> Node:
    """Place prims on a sphere around a centre; azimuth and elevation in degrees."""
    recorder = current()
    inputs = {
        "barycentre": barycentre,
        "distance": distance,
        "azimuth": azimuth,
        "elevation": elevation,
        "look_at_barycentre": look_at_barycentre,
    }
    return recorder.node("modify.pose_orbit", inputs, recorder.targets(input_prims))


def pose_camera_relative(
    camera: Items,
    render_product: Anything,
    distance: Number,
    horizontal_location: Number = 0,
    vertical_location: Number = 0,
    input_prims: Items = None,
) -> Node:
    """Place prims in a camera's view: -1..1 across and up, ``distance`` stage units away."""
    recorder = current()
    product = render_product[0] if isinstance(render_product, list) and render_product else render_product
    if not isinstance(product, Product):
        raise BadArgument(
            f"render_product={render_product!r} is not a render product; create one with create.render_product"
        )
    inputs = {
        "camera": recorder.prims(camera),
        "resolution": product.resolution_wh,
        "distance": distance,
        "horizontal_location": horizontal_location,
        "vertical_location": vertical_location,
    }
    return recorder.node("modify.pose_camera_relative", inputs, recorder.targets(input_prims))


def attribute(
    name: FixedText, value: Constant, attribute_type: FixedText | None = None, input_prims: Items = None
) -> Node:
    """Write a USD attribute; shader and light inputs also without the ``inputs:`` prefix."""
    recorder = current()
    return recorder.node(
        "modify.attribute",
        {"name": name, "value": value, "attribute_type": attribute_type},
        recorder.targets(input_prims),
    )


def visibility(value: Boolean = None, input_prims: Items = None, name: FixedText | None = None) -> Node:
    """Show or hide prims; a list sets one flag per prim, without a value it is drawn."""
    recorder = current()
    drawn = Choice([True, False]) if value is None else value
    return recorder.node("modify.visibility", {"value": drawn}, recorder.targets(input_prims))


def variant(name: FixedText, value: Constant, input_prims: Items = None) -> Node:
    """Switch a USD variant set; of a list, one is drawn for each prim."""
    recorder = current()
    drawn = Choice(list(value)) if isinstance(value, (list, tuple)) else value
    return recorder.node("modify.variant", {"name": name, "value": drawn}, recorder.targets(input_prims))


def material(value: Anything, input_prims: Items = None, name: FixedText | None = None) -> Node:
    """Bind a material: a created one, a prim path, or a distribution of them; of a list, one is drawn for each prim."""
    recorder = current()
    looks = value if isinstance(value, Distribution) else recorder.prims(value)
    if isinstance(value, (list, tuple)) and isinstance(looks, Prims):
        looks = Choice(looks.resolve({}))
    return recorder.node("modify.material", {"value": looks}, recorder.targets(input_prims))


def animation(values: Anything, reset_timeline: FixedBoolean = False, input_prims: Items = None) -> Node:
    """Bind an animation clip (a SkelAnimation prim) to skeletons; of a list, one is drawn for each."""
    recorder = current()
    clips = values if isinstance(values, (Distribution, str)) else recorder.prims(values)
    if isinstance(values, (list, tuple)) and isinstance(clips, Prims):
        clips = Choice(clips.resolve({}))
    return recorder.node("modify.animation", {"values": clips}, recorder.targets(input_prims))


def time(value: Number) -> Node:
    """Set the time of animated attributes, seconds."""
    return current().node("modify.time", {"value": value}, None, single=frozenset({"value"}))


def frame(value: Number) -> Node:
    """Set the frame of animated attributes, a number of frames at the stage's rate."""
    return timeline(value, "frame")


def timeline(value: Number, modify_type: Clock = "time") -> Node:
    """Set the timeline: ``modify_type`` time (seconds) or frame."""
    if modify_type not in _CLOCKS:
        raise BadArgument(f"modify_type={modify_type!r} is not time or frame")
    return current().node(
        "modify.timeline", {"value": value, "modify_type": modify_type}, None, single=frozenset({"value"})
    )


@dataclass(frozen=True, kw_only=True)
class ProjectionChange:
    """What ``modify.projection_material`` sets: where the proxies stand, and the images (paths) that they throw."""

    position: Vector = None
    rotation: Vector = None
    scale: Vector = None
    texture_group: Anything = None
    diffuse: Text = None
    normal: Text = None
    roughness: Text = None
    metallic: Text = None


@taking(
    "position rotation scale texture_group diffuse normal roughness metallic input_prims name",
    ProjectionChange,
)
def projection_material(change: ProjectionChange, input_prims: Items = None, name: FixedText | None = None) -> Node:
    """Move the proxies of projected materials, and give them images: one by one,
    or a group named ``_D``, ``_N``, ``_R``, ``_M``.
    """
    recorder = current()
    inputs = {entry: value for entry, value in vars(change).items() if value is not None}
    if not inputs:
        raise BadArgument("modify.projection_material changes nothing: give textures, position, rotation or scale")
    for image in (change.diffuse, change.normal, change.roughness, change.metallic):
        if image is not None:
            check_textures(recorder, image)
    return recorder.node("modify.projection_material", inputs, recorder.targets(input_prims))
