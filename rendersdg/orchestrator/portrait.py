"""A portrait: one picture of a thing from in front, to the right and above, under neutral lights, filling the frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, U1
from rendersdg.frame import Labels, ProductView
from rendersdg.geometry import Matrix, transform_points
from rendersdg.orchestrator.renderer import Renderer
from rendersdg.snapshot import Camera, Light, RenderProduct, Snapshot

SIZE_WH = (640, 480)
_LENS = 35.0  # degrees across the picture: things look as they do in a product photograph
_FILLS = 0.86  # of the picture's width or height
_AZIMUTH, _ELEVATION = 35.0, 25.0  # degrees to the right of the front, and above the horizon
_PAPER = (238, 240, 242)  # the background, display encoded: lighter than white things under these lights
_OVER = 2  # times the size at which the picture is drawn: edges against the paper are smooth then
_DIRECTIONS = 256  # in which a mesh's outline is measured


@dataclass(frozen=True, eq=False)
class Portrait:
    """The picture, (H, W, 3) uint8 display encoded, and the labels of one ``scale`` times as large, as it was drawn."""

    rgb: U1
    labels: Labels
    scale: int = _OVER


def portrait(snapshot: Snapshot, renderer: Renderer, size_wh: tuple[int, int] = SIZE_WH) -> Portrait | None:
    """Return a portrait of all that a snapshot shows, None where that is nothing.

    The snapshot's own lights and cameras are left out. A thing's front is where -Y points when Z is up, and +Z when Y
    is; so most files have it.
    """
    points = _outline(snapshot)
    if points is None:
        return None
    camera = _framing(points, snapshot.up_axis, (size_wh[0] * _OVER, size_wh[1] * _OVER))
    reach = float(portable.norm(np.ptp(points, axis=0)))
    product = RenderProduct("portrait", camera)
    posed = replace(snapshot, products=(product,), lights=_lights(snapshot, camera, max(reach, 1e-9)))
    views: dict[str, ProductView] = renderer.views(posed, {}, hdr=False)
    view = views[product.name]
    rgb = view.buffers.rgb[..., :3].copy()
    rgb[view.labels.instance < 0] = _PAPER
    return Portrait(np.asarray(cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA), np.uint8), view.labels)


def _outline(snapshot: Snapshot) -> F8 | None:
    """Return points (N, 3) around all that is drawn, metres, world: of each mesh those that stand out most."""
    outermost: dict[int, F8] = {}
    placed = []
    for instance, is_drawn in zip(snapshot.instances, snapshot.drawn()):
        if instance.mesh not in outermost:
            outermost[instance.mesh] = _outermost(snapshot.meshes[instance.mesh].vertices)
        if is_drawn and len(outermost[instance.mesh]):
            placed.append(transform_points(instance.world_from_mesh, outermost[instance.mesh]))
    return np.concatenate(placed) if placed else None


def _outermost(vertices: F4) -> F8:
    """Return the vertices of a mesh that lie farthest out in one of many directions, all of them where they are few."""
    points = vertices.astype(np.float64)
    if len(points) <= 4 * _DIRECTIONS:
        return points
    k = np.arange(_DIRECTIONS) + 0.5  # a spiral over the ball (Vogel 1979): no direction is far from one of these
    z, turn = 1 - 2 * k / _DIRECTIONS, np.pi * (1 + np.sqrt(5)) * k
    ways = np.stack([portable.cos(turn) * np.sqrt(1 - z * z), portable.sin(turn) * np.sqrt(1 - z * z), z])
    return points[np.unique(np.argmax(portable.product(points, ways), axis=0))]


def _axes(up_axis: str) -> F8:
    """Return the camera's right, up and back in the world, as columns (3, 3)."""
    a, e = np.radians([_AZIMUTH, _ELEVATION])
    back = np.array(
        [portable.sin(a) * portable.cos(e), -portable.cos(a) * portable.cos(e), portable.sin(e)]
    )  # of a world with Z up
    if up_axis == "Y":
        back = back[[0, 2, 1]] * [1, 1, -1]
    up = np.array([0.0, 1.0, 0.0] if up_axis == "Y" else [0.0, 0.0, 1.0])
    right = np.cross(up, back)
    right /= portable.norm(right)
    return np.stack([right, np.cross(back, right), back], axis=1)


def _framing(points: F8, up_axis: str, size_wh: tuple[int, int]) -> Camera:
    """Return the camera nearest to the points (N, 3) that sees them all with a margin around them."""
    width, height = size_wh
    axes = _axes(up_axis)
    seen = portable.product(points, axes)  # to the right, up, and towards the camera
    slope = portable.tan(np.radians(_LENS) / 2) * _FILLS
    slopes = np.array([slope, slope * height / width])
    # a point is inside where |x - cx| <= slope (cz - z): the two outermost points of each axis bound the camera
    high = (seen[:, :2] + slopes * seen[:, 2:]).max(0)
    low = (seen[:, :2] - slopes * seen[:, 2:]).min(0)
    distance = float(((high - low) / (2 * slopes)).max())
    span = np.ptp(seen, axis=0)
    distance = max(distance, float(seen[:, 2].max()) + 1e-3 * max(float(span.max()), 1e-6))
    at = np.append((high + low) / 2, distance)
    matrix: Matrix = np.eye(4)
    matrix[:3, :3] = axes
    matrix[:3, 3] = portable.product(axes, at)
    focal = width / 2 / portable.tan(np.radians(_LENS) / 2)
    nearest, farthest = distance - float(seen[:, 2].max()), distance - float(seen[:, 2].min())
    return Camera(
        prim_path="/portrait",
        resolution_wh=size_wh,
        world_from_camera=matrix,
        previous_world_from_camera=matrix,
        model="pinhole",
        focal_px=(focal, focal),
        centre_px=(width / 2, height / 2),
        near_far=(0.5 * nearest, 2.0 * farthest),
    )


def _lights(snapshot: Snapshot, camera: Camera, reach: float) -> tuple[Light, ...]:
    """Return a sky that is the same everywhere, and a sun over the photographer's left shoulder."""
    right, up, back = camera.world_from_camera[:3, :3].T
    towards = back + 0.9 * up - 0.6 * right
    towards /= portable.norm(towards)
    sun = np.eye(4)
    sun[:3, 2] = towards
    sun[:3, 0] = np.cross(up, towards) / portable.norm(np.cross(up, towards))
    sun[:3, 1] = np.cross(towards, sun[:3, 0])
    sun[:3, 3] = camera.world_from_camera[:3, 3] + reach * towards
    return (
        Light("/portrait/sky", "dome", np.full(3, 420.0), np.eye(4)),
        Light("/portrait/sun", "distant", np.full(3, 1900.0), sun, size=(3.0, 0.0)),
    )
