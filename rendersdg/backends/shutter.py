"""Motion blur: the mean light of the instants at which a shutter is open, between the frame before and this one.

Labels are those of the end of the exposure, where everything stands in this frame.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from rendersdg import portable
from rendersdg.backends import Backend
from rendersdg.backends.film import SAMPLES, developed
from rendersdg.errors import BadScene
from rendersdg.frame import Buffers, Wanted
from rendersdg.geometry import Matrix, rotation_about, rotation_vector
from rendersdg.graph.nodes import Graph
from rendersdg.snapshot import Defect, Instance, RenderProduct, Snapshot

CAPTURE = "/omni/replicator/captureMotionBlur"
INSTANTS = "/omni/replicator/pathTracedMotionBlurSubSamples"
FRACTION = "/rtx/post/motionblur/exposureFraction"
SETTINGS = (CAPTURE, INSTANTS, FRACTION)
_INSTANTS = 8
_MOST = 256


def may_blur(graph: Graph) -> bool:
    """Return whether a graph asks for motion blur in any of its frames."""
    return bool(graph.settings.get(CAPTURE)) or any(n.inputs.get("setting") == CAPTURE for n in graph.nodes)


def instants(snapshot: Snapshot, product: RenderProduct) -> list[float]:
    """Return the instants that a picture is the mean of, 0 the frame before and 1 this one; none where nothing blurs.

    Raises BadScene for settings out of range.
    """
    settings = snapshot.settings
    if not settings.get(CAPTURE) or not _moves(snapshot, product):
        return []
    count = int(settings.get(INSTANTS) or _INSTANTS)  # type: ignore[call-overload]
    open_for = float(settings.get(FRACTION, 1.0))  # type: ignore[arg-type]
    if not 1 <= count <= _MOST:
        raise BadScene(f"{INSTANTS}={count} must be from 1 to {_MOST}")
    if not 0 <= open_for <= 1:
        raise BadScene(f"{FRACTION}={open_for:g} must be from 0 to 1")
    return [1.0 - open_for * (1.0 - (k + 0.5) / count) for k in range(count)] if open_for else []


def exposed(backend: Backend, snapshot: Snapshot, product: RenderProduct, times: list[float]) -> Buffers:
    """Return the picture of a product over some instants, by a backend that provides ``instants``.

    A pixel's samples are shared out among the instants.
    """
    samples = int(snapshot.settings.get("samples_per_pixel", SAMPLES))  # type: ignore[call-overload]
    settings = {**snapshot.settings, "samples_per_pixel": math.ceil(samples / len(times))}
    total: np.ndarray | None = None
    for time in times:
        then = replace(_at(snapshot, time), settings=settings)
        camera = product.camera
        matrix = between(camera.previous_world_from_camera, camera.world_from_camera, time)
        moved = replace(product, camera=replace(camera, world_from_camera=matrix))
        light = backend.render(then, moved, Wanted(hdr=True)).buffers.hdr
        assert light is not None, "a backend that provides instants gives their linear light"
        total = light.astype(np.float64) if total is None else total + light
    assert total is not None
    mean = (total / len(times)).astype(np.float32)
    return Buffers(developed(mean, snapshot), mean)


def between(before: Matrix, after: Matrix, time: float) -> Matrix:
    """Return the place (4, 4) between two: moved evenly, turned evenly about one axis, stretched evenly."""
    if np.array_equal(before, after):
        return after
    (turn, stretch), (turned, stretched) = _polar(before[:3, :3]), _polar(after[:3, :3])
    out = np.eye(4)
    out[:3, :3] = portable.product(
        turn,
        rotation_about(rotation_vector(portable.product(turn.T, turned)) * time),
        (1 - time) * stretch + time * stretched,
    )
    out[:3, 3] = (1 - time) * before[:3, 3] + time * after[:3, 3]
    return out


def _polar(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Return the rotation and the stretch that make a matrix; a mirrored one is mirrored in its stretch."""
    turn = portable.nearest_rotation(matrix)
    if portable.determinant(turn) < 0:
        turn = -turn
    return turn, portable.product(turn.T, matrix)


def _moves(snapshot: Snapshot, product: RenderProduct) -> bool:
    camera = product.camera
    pairs = [(camera.previous_world_from_camera, camera.world_from_camera)]
    pairs += [(i.previous_world_from_mesh, i.world_from_mesh) for i in snapshot.instances]
    return any(not np.array_equal(a, b) for a, b in pairs)


def _at(snapshot: Snapshot, time: float) -> Snapshot:
    """Return a snapshot with everything where it was at an instant."""
    places = [between(i.previous_world_from_mesh, i.world_from_mesh, time) for i in snapshot.instances]
    instances = tuple(replace(i, world_from_mesh=p) for i, p in zip(snapshot.instances, places))
    defects = tuple(_carried(d, snapshot.instances[d.instance], places[d.instance]) for d in snapshot.defects)
    return replace(snapshot, instances=instances, defects=defects)


def _carried(defect: Defect, host: Instance, place: Matrix) -> Defect:
    """Return a defect that moved with its host: its rows take points of then to those of now first."""
    if np.array_equal(host.world_from_mesh, place):
        return defect
    now = portable.product(host.world_from_mesh, portable.inverse(place))
    centre = portable.product(portable.inverse(now), np.append(defect.centre, 1.0))

    def rows(rows_now: Matrix) -> Matrix:
        return np.concatenate([portable.product(rows_now[:, :, :3], now[:3, :3]), rows_now[:, :, 3:]], axis=2)

    intact = None if defect.intact is None else (*defect.intact[:2], rows(defect.intact[2]))
    return replace(defect, rows=rows(defect.rows), centre=centre[:3], intact=intact)
