"""Cameras and render products of ``rep.create``: through what the scene is looked at, and in how many pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Prims, Product
from rendersdg.memory import refuse_beyond_memory
from rendersdg.scene.placing import Placement, create_prims, sample_inputs
from rendersdg.scene.recorder import Recorder, current
from rendersdg.scene.signatures import taking
from rendersdg.scene.types import (
    Anything,
    FixedBoolean,
    FixedNumber,
    FixedRange,
    FixedText,
    FixedValues,
    Items,
    NonNegative,
    Number,
    OneOf,
    Positive,
    Range,
    Words,
)
from rendersdg.stage.author import valid_name
from rendersdg.stage.base import cameras_below, viewers_below
from rendersdg.stage.pose import Pose, write_pose

_MOST_PIXELS = 16384 * 16384  # of a render product
_BYTES_PER_PIXEL = 140  # of a picture and its labels while they are made, measured
STEREO = "StereoCam"  # how Replicator calls a pair of cameras
_PROJECTIONS = (
    "pinhole",
    "pinholeOpenCV",
    "fisheyePolynomial",
    "fisheyeSpherical",
    "fisheyeKannalaBrandtK3",
    "fisheyeOpenCV",
    "fisheyeRadTanThinPrism",
    "omniDirectionalStereo",
    "generalizedProjection",
)
Projection = Annotated[str, "fixed string", OneOf(_PROJECTIONS, is_open=True)]  # words joined by _ are taken, too


@dataclass(frozen=True, kw_only=True)
class Optics:
    """A camera's lens: focal length and apertures in tenths of a stage unit, focus distance and clipping range in
    stage units, ``f_stop`` 0 for everything sharp. Scenes have a clipping range of their own, see ``scene.defaults``.
    """

    focal_length: Positive = 24.0
    focus_distance: NonNegative = 400.0
    f_stop: NonNegative = 0.0
    horizontal_aperture: Positive = 20.955
    horizontal_aperture_offset: Number = 0.0
    vertical_aperture_offset: Number = 0.0
    clipping_range: Range = (1.0, 1000000.0)
    projection_type: Projection = "pinhole"


@dataclass(frozen=True, kw_only=True)
class Fisheye:
    """A polynomial fisheye: its optical centre in pixels of the nominal picture, its field of view in degrees, and the
    angle (radians) as a polynomial of the distance from the centre (pixels), ``a`` to ``f`` from degree 0 up. ``p`` and
    ``s`` are tangential and thin-prism coefficients of the lenses that have them.
    """

    fisheye_nominal_width: Positive = 1936.0
    fisheye_nominal_height: Positive = 1216.0
    fisheye_optical_centre_x: Number = 970.94244
    fisheye_optical_centre_y: Number = 600.37482
    fisheye_max_fov: Positive = 200.0
    fisheye_polynomial_a: Number = 0.0
    fisheye_polynomial_b: Number = 0.00245
    fisheye_polynomial_c: Number = 0.0
    fisheye_polynomial_d: Number = 0.0
    fisheye_polynomial_e: Number = 0.0
    fisheye_polynomial_f: Number = 0.0
    fisheye_p0: Number = -0.00037
    fisheye_p1: Number = -0.00074
    fisheye_s0: Number = -0.00058
    fisheye_s1: Number = -0.00022
    fisheye_s2: Number = 0.00019
    fisheye_s3: Number = -0.0002

    def attributes(self) -> dict[str, object]:
        """Return the parameters by the names of Omniverse's camera attributes."""
        return {
            "fthetaWidth": self.fisheye_nominal_width,
            "fthetaHeight": self.fisheye_nominal_height,
            "fthetaCx": self.fisheye_optical_centre_x,
            "fthetaCy": self.fisheye_optical_centre_y,
            "fthetaMaxFov": self.fisheye_max_fov,
            "fthetaPolyA": self.fisheye_polynomial_a,
            "fthetaPolyB": self.fisheye_polynomial_b,
            "fthetaPolyC": self.fisheye_polynomial_c,
            "fthetaPolyD": self.fisheye_polynomial_d,
            "fthetaPolyE": self.fisheye_polynomial_e,
            "fthetaPolyF": self.fisheye_polynomial_f,
            "p0": self.fisheye_p0,
            "p1": self.fisheye_p1,
            "s0": self.fisheye_s0,
            "s1": self.fisheye_s1,
            "s2": self.fisheye_s2,
            "s3": self.fisheye_s3,
        }


LENS = (  # arguments of a lens in their order, then those of one that bends
    "focal_length focus_distance f_stop horizontal_aperture horizontal_aperture_offset vertical_aperture_offset "
    "clipping_range projection_type fisheye_nominal_width fisheye_nominal_height fisheye_optical_centre_x "
    "fisheye_optical_centre_y"
)
BENT = (
    "fisheye_max_fov fisheye_polynomial_a fisheye_polynomial_b fisheye_polynomial_c fisheye_polynomial_d "
    "fisheye_polynomial_e fisheye_polynomial_f fisheye_p0 fisheye_p1 fisheye_s0 fisheye_s1 fisheye_s2 fisheye_s3"
)


@taking(
    f"position rotation look_at look_at_up_axis {LENS} openCV_focal_x openCV_focal_y {BENT} "
    "cross_camera_reference_name count parent name",
    Placement,
    Optics,
    Fisheye,
)
def camera(
    placement: Placement,
    optics: Optics,
    fisheye: Fisheye,
    openCV_focal_x: Positive = 731.78788,
    openCV_focal_y: Positive = 731.78789,
    cross_camera_reference_name: FixedText | None = None,
) -> Prims:
    """Create cameras: pinhole or polynomial fisheye. Focal length and aperture in tenths of a stage unit.

    Positions, the focus distance and the clipping range are in stage units, rotations in degrees, OpenCV's focal
    lengths in pixels of the nominal picture. ``f_stop`` 0 is sharp everywhere. Lens values may be distributions. Raises
    BadArgument for an unknown ``projection_type``.
    """
    recorder = current()
    attributes = lens_attributes(optics, fisheye)
    if "cameraProjectionType" in attributes:
        attributes |= {"openCVFx": openCV_focal_x, "openCVFy": openCV_focal_y}
    if cross_camera_reference_name is not None:
        attributes["crossCameraReferenceName"] = cross_camera_reference_name
    fixed = {k: v for k, v in attributes.items() if not isinstance(v, Distribution)}
    cameras = create_prims("Camera", placement, lambda name, parent: recorder.author.camera(name, parent, fixed))
    sample_inputs(recorder, cameras, {k: v for k, v in attributes.items() if isinstance(v, Distribution)})
    return cameras


def lens_attributes(optics: Optics, fisheye: Fisheye) -> dict[str, object]:
    """Return a camera's attributes by name. Raises BadArgument for an unknown projection."""
    first, *rest = str(optics.projection_type).split("_")
    projection = first + "".join(word.capitalize() for word in rest)
    if projection not in _PROJECTIONS:
        raise BadArgument(f"projection_type={optics.projection_type!r} is unknown{did_you_mean(first, _PROJECTIONS)}")
    clipping = optics.clipping_range
    if clipping is not None and not isinstance(clipping, Distribution) and not 0 <= clipping[0] < clipping[1]:
        raise BadArgument(f"clipping_range={list(clipping)} must be 0 or more, and a larger number")
    attributes: dict[str, object] = {
        "focalLength": optics.focal_length,
        "focusDistance": optics.focus_distance,
        "fStop": optics.f_stop,
        "horizontalAperture": optics.horizontal_aperture,
        "horizontalApertureOffset": optics.horizontal_aperture_offset,
        "verticalApertureOffset": optics.vertical_aperture_offset,
        "clippingRange": optics.clipping_range,
    }
    if projection != "pinhole":
        attributes |= {"cameraProjectionType": projection, **fisheye.attributes()}
    return attributes


@taking(
    f"stereo_baseline position rotation look_at look_at_up_axis {LENS} {BENT} count name parent",
    Placement,
    Optics,
    Fisheye,
)
def stereo_camera(placement: Placement, optics: Optics, fisheye: Fisheye, stereo_baseline: FixedNumber) -> Prims:
    """Create a left and a right camera, ``stereo_baseline`` stage units apart, that move as one.

    Lens values may be distributions; each eye draws its own.
    """
    recorder = current()
    rigs = create_prims("StereoCamera", placement, recorder.author.xform, prim_name=STEREO)
    attributes = lens_attributes(optics, fisheye)
    fixed = {k: v for k, v in attributes.items() if not isinstance(v, Distribution)}
    # an unturned camera looks along -X where Z is up, so its right is along Y; along -Z where Y is up
    right = (
        np.array([0.0, 1.0, 0.0] if recorder.author.up_axis == "Z" else [1.0, 0.0, 0.0]) * float(stereo_baseline) / 2
    )
    eyes = []
    for rig in rigs.paths:
        for side, sign in (("L", -1.0), ("R", 1.0)):
            eyes.append(recorder.author.camera(f"{placement.name or STEREO}_{side}", rig, fixed))
            write_pose(recorder.stage.GetPrimAtPath(eyes[-1]), Pose(translate=tuple((right * sign).tolist())))
    drawn: dict[str, object] = {k: v for k, v in attributes.items() if isinstance(v, Distribution)}
    sample_inputs(recorder, Prims(rigs.label, tuple(eyes)), drawn)
    return rigs


def render_product(
    camera: Items,
    resolution: FixedRange,
    force_new: FixedBoolean = False,
    name: Words = None,
    render_vars: FixedValues = None,
) -> Any:  # one for one camera, else a list
    """Create a view of a camera at ``resolution`` (width, height); several cameras give a list,
    a stereo rig two (L, R).

    The same view asked for again is the same product, unless it has a ``name`` or ``force_new`` is set. Views that are
    called the same are numbered: ``name``, ``name_01``; those of a rig without a name ``Replicator_L`` and ``_R``.
    Raises BadArgument for a resolution below 1 x 1 or above 16384 x 16384 pixels, for prims that hold no camera, and
    for a list of names of another length.
    """
    recorder = current()
    width, height = _pixels("resolution", resolution)
    if width < 1 or height < 1:
        raise BadArgument(f"resolution={list(resolution)} must be at least 1 x 1")
    if width * height > _MOST_PIXELS:
        raise BadArgument(f"resolution={list(resolution)} is too large; the limit is 16384 x 16384")
    refuse_beyond_memory(width * height * _BYTES_PER_PIXEL, f"resolution={list(resolution)}", "make a smaller picture")
    cameras = camera if isinstance(camera, (list, tuple)) else [camera]
    paths = [path for item in cameras for path in _cameras_of(recorder, recorder.prims(item).resolve({}))]
    views: list[Product] = []
    for path, label in zip(paths, _view_names(recorder, paths, name)):
        known = None if label is not None or force_new else _same_view(recorder, path, (width, height))
        if known is None:
            unnamed = f"Replicator_{path.rsplit('_', 1)[-1]}" if _is_stereo(paths) and name is None else "Replicator"
            known = Product(
                _unique_name(recorder, label or unnamed), Prims(path.rsplit("/", 1)[-1], (path,)), (width, height)
            )
            recorder.graph.products.append(known)
        views.append(known)
    return views[0] if len(views) == 1 else views


def _view_names(recorder: Recorder, paths: Sequence[str], name: Anything) -> list[str | None]:
    """Return the name that is asked for of each camera's view, None where none is; one name goes for all.

    Raises BadArgument for a list of another length.
    """
    names = list(name) if isinstance(name, (list, tuple)) else [name] * len(paths)
    if len(names) != len(paths):
        raise BadArgument(
            f"render_product: {len(names)} names for {len(paths)} cameras; give one for each, or one name"
        )
    legal = [None if n is None else valid_name(str(n)) for n in names]
    for asked, given in zip(names, legal):
        if asked != given:
            recorder.report.note(f"render_product {asked!r}", f"a prim cannot be called that; it is called {given}")
    return legal


def _is_stereo(paths: Sequence[str]) -> bool:
    """Return whether these are the two cameras of a stereo rig that has no name of its own."""
    return len(paths) == 2 and all(STEREO in path for path in paths)


def _cameras_of(recorder: Recorder, rigs: Sequence[str]) -> list[str]:
    """Return the paths of the cameras, and lidars, at or below the prims of one handle. Raises BadArgument where there
    are none.
    """
    if not rigs:
        raise BadArgument("render_product: camera holds no prim")
    inner = [str(p.GetPath()) for path in rigs for p in viewers_below(recorder.stage, path)]
    if not inner:
        raise BadArgument(f"render_product: {rigs[0]} is not a camera and holds none")
    return inner


def _same_view(recorder: Recorder, path: str, resolution_wh: tuple[int, int]) -> Product | None:
    """Return the product that shows this camera in these pixels already."""
    return next(
        (
            p
            for p in recorder.graph.products
            if p.camera.paths == (path,) and p.resolution_wh == resolution_wh and not p.tiles
        ),
        None,
    )


def render_product_tiled(
    cameras: Items, tile_resolution: FixedRange, force_new: FixedBoolean = False, name: FixedText | None = None
) -> Product:
    """Create one picture that shows several cameras as a grid of tiles of ``tile_resolution``, as many columns as rows
    or one more.

    Images and segmentations of it are those of all tiles, with the same ids; what belongs to one camera (boxes, point
    clouds) is not given. Raises BadArgument where there is no camera, or the whole would have too many pixels.
    """
    recorder = current()
    width, height = _pixels("tile_resolution", tile_resolution)
    paths = [
        str(prim.GetPath())
        for item in (cameras if isinstance(cameras, (list, tuple)) else [cameras])
        for path in recorder.prims(item).resolve({})
        for prim in cameras_below(recorder.stage, path)
    ]
    if not paths:
        raise BadArgument("render_product_tiled: cameras hold no camera")
    columns = math.isqrt(len(paths) - 1) + 1
    whole = (columns * width, -(-len(paths) // columns) * height)
    if min(width, height) < 1 or whole[0] * whole[1] > _MOST_PIXELS:
        raise BadArgument(
            f"tile_resolution={list(tile_resolution)}: {len(paths)} tiles would make {whole[0]} x {whole[1]} "
            "pixels; a tile needs "
            "1 x 1 at least, the whole may have 16384 x 16384"
        )
    size = f"tile_resolution={list(tile_resolution)} of {len(paths)} cameras"
    refuse_beyond_memory(whole[0] * whole[1] * _BYTES_PER_PIXEL, size, "make smaller tiles")
    tiles = tuple(Product(f"tile {k}", Prims(p.rsplit("/", 1)[-1], (p,)), (width, height)) for k, p in enumerate(paths))
    if name is None and not force_new:
        for known in recorder.graph.products:
            if [(t.camera.paths, t.resolution_wh) for t in known.tiles] == [
                (t.camera.paths, t.resolution_wh) for t in tiles
            ]:
                return known
    product = Product(_unique_name(recorder, name or "Replicator"), tiles[0].camera, whole, tiles=tiles)
    recorder.graph.products.append(product)
    return product


def _pixels(name: str, resolution: FixedRange) -> tuple[int, int]:
    """Return (width, height) as whole numbers. Raises BadArgument for others."""
    if any(v != int(v) for v in resolution):
        raise BadArgument(f"{name}={list(resolution)} must be whole numbers of pixels")
    width, height = (int(v) for v in resolution)
    return width, height


def _unique_name(recorder: Recorder, name: str) -> str:
    taken = {p.name for p in recorder.graph.products}
    if name not in taken:
        return name
    number = 1
    while f"{name}_{number:02d}" in taken:
        number += 1
    return f"{name}_{number:02d}"
