"""Where a defect stands on the surfaces that may carry it: places are drawn, and the best of a few tries is taken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pxr import UsdGeom

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.geometry import closest_points
from rendersdg.snapshot import Camera
from rendersdg.stage.state import DefectSpec, SceneState
from rendersdg.stage.unfold import Topology

MM = 1e-3  # metres
_TRIES = 48  # places that are tried for each defect before the best one is taken
_BESIDE = 1e-6  # metres: rounding
_SHARP = portable.cos(np.radians(30.0))  # an edge is one where the surface turns by more


@dataclass(frozen=True, eq=False)
class CandidateSurface:
    """One instance that may carry defects: its triangles in world space, metres, and their areas and normals."""

    index: int
    topo: Topology
    points: F8
    area: F8
    normal: F8


class Placer:
    """Chooses places on the surfaces that may carry a defect; ``unit`` is metres per stage unit, ``taken`` the places
    (metres) of the defects of the same call, to which it adds.
    """

    def __init__(
        self,
        surfaces: list[CandidateSurface],
        spec: DefectSpec,
        cameras: Sequence[Camera],
        taken: list[F8],
        unit: float,
    ) -> None:
        self._surfaces = surfaces
        self._taken = taken
        self._rng = spec.source.child("place").rng()
        self._spot = spec.spot
        self._view = _View(cameras[0]) if spec.spot.in_view and cameras else None
        self._unit = unit
        self.may_move = spec.spot.position is None
        weights = [self._weights(s) for s in surfaces]
        self._cumulative = np.cumsum(np.concatenate(weights)) if weights else np.zeros(0)
        self._start = np.cumsum([0, *(len(w) for w in weights)])
        self.has_room = bool(len(self._cumulative)) and float(self._cumulative[-1]) > 0

    def note_taken(self, point: F8) -> None:
        """Note that a defect stands there."""
        self._taken.append(point)

    def place(self) -> tuple[CandidateSurface, int, F8, F8]:
        """Return a surface, a triangle of it, a point on that (metres) and the unit direction of s there."""
        best: tuple[float, CandidateSurface, int, F8] | None = None
        for _ in range(_TRIES):
            surface, triangle, point = self._candidate()
            fault = self._fault(surface, triangle, point)
            if best is None or fault < best[0]:
                best = (fault, surface, triangle, point)
            if fault <= 0:
                break
        assert best is not None
        _, surface, triangle, point = best
        return surface, triangle, point, self._axis(surface.normal[triangle])

    def fault(self) -> float:
        """Return how far the fixed place is from what was asked for, metres; 0 when it is right.

        A place beside the surface, which the nearest point of it stands for, is as far off as it lies beside.
        """
        surface, triangle, point = self._candidate()
        beside = 0.0
        if self._spot.position is not None:
            away, normal = self._spot.position * self._unit - point, surface.normal[triangle]
            beside = float(portable.norm(away - float(portable.product(away, normal)) * normal))
            beside = beside if beside > _BESIDE else 0.0
        return beside + self._fault(surface, triangle, point)

    def _weights(self, surface: CandidateSurface) -> F8:
        """Return how likely a place is on each triangle (T,): by area, length of edges, or how the surface bends."""
        area = surface.area
        if self._spot.where == "surface":
            return area
        across = surface.topo.across
        other = surface.normal[np.maximum(across, 0)]
        cosine = np.where(across >= 0, portable.product(other, surface.normal[..., None])[..., 0], -1.0)
        if self._spot.where == "edges":
            sharp = cosine < _SHARP
            edges = portable.norm(np.roll(surface.points, -1, axis=1) - surface.points, axis=2)
            return np.asarray((edges * sharp).sum(1), float)
        # curvature: the largest angle to a neighbour by the triangle's size; edges do not count
        bend = np.where(across >= 0, portable.arccos(np.clip(cosine, -1, 1)), 0.0)
        bend = np.where(cosine < _SHARP, 0.0, bend).max(1) / np.sqrt(np.maximum(area, 1e-30))
        typical = float(np.average(bend, weights=np.maximum(area, 1e-30)))
        if typical <= 1e-9:
            return area
        return area * (bend if self._spot.where == "curved" else portable.exp(-3 * bend / typical))

    def _candidate(self) -> tuple[CandidateSurface, int, F8]:
        """Return a surface, a triangle of it and a point on that (metres): the nearest to a fixed place, else drawn."""
        if self._spot.position is not None:
            return self._nearest(self._spot.position * self._unit)
        # one number picks the triangle, by the cumulative weights of all surfaces in a row; the others a point on it
        u = self._rng.random(4)
        pick = int(np.searchsorted(self._cumulative, u[0] * self._cumulative[-1], side="right"))
        pick = min(pick, len(self._cumulative) - 1)
        which = int(np.searchsorted(self._start, pick, side="right")) - 1
        surface, triangle = self._surfaces[which], pick - int(self._start[which])
        corners = surface.points[triangle]
        if self._spot.where == "edges":
            # along a sharp edge of the triangle, as likely as it is long, then inwards by the distance asked for
            across = surface.topo.across[triangle]
            cosine = np.array(
                [portable.product(surface.normal[triangle], surface.normal[a]) if a >= 0 else -1.0 for a in across]
            )
            lengths = portable.norm(np.roll(corners, -1, axis=0) - corners, axis=1) * (cosine < _SHARP)
            k = int(np.searchsorted(np.cumsum(lengths), u[1] * lengths.sum(), side="right"))
            k = min(k, 2)
            point = corners[k] + u[2] * (corners[(k + 1) % 3] - corners[k])
            inward = corners.mean(0) - point
            reach = (self._spot.edge_distance or 0.0) * MM
            length = float(portable.norm(inward))
            return surface, triangle, point + inward * (min(reach, length) / max(length, 1e-12) if length else 0.0)
        # uniform by area: the square root of a uniform number spreads evenly from a corner
        root = np.sqrt(u[1])
        weights = np.array([1 - root, root * (1 - u[2]), root * u[2]])
        return surface, triangle, portable.product(weights, corners)

    def _nearest(self, point: F8) -> tuple[CandidateSurface, int, F8]:
        """Return the surface, the triangle and the point on it (metres) that are nearest to a point."""
        best: tuple[float, CandidateSurface, int, F8] | None = None
        for surface in self._surfaces:
            closest = closest_points(surface.points, point)
            distance = portable.norm(closest - point, axis=1)
            k = int(distance.argmin())
            if best is None or distance[k] < best[0]:
                best = (float(distance[k]), surface, k, closest[k])
        assert best is not None
        return best[1], best[2], best[3]

    def _fault(self, surface: CandidateSurface, triangle: int, point: F8) -> float:
        """Return how far a place is from what was asked for, metres; 0 when it is right."""
        fault = 0.0
        if self._taken:
            gaps = portable.norm(np.array(self._taken) - point, axis=1)
            if self._spot.apart:
                fault += max(self._spot.apart * MM - float(gaps.min()), 0.0)
            if self._spot.cluster:
                fault += max(float(gaps[0]) - self._spot.cluster * MM, 0.0)
        if self._view is not None:
            fault += self._view.misses(point, surface.normal[triangle])
        return fault

    def _axis(self, normal: F8) -> F8:
        """Return the unit direction of s on a surface of this normal: along what was asked for, turned by the angle;
        any way where neither was given.
        """
        angle, wanted = self._spot.angle, self._spot.direction
        direction = np.array((1.0, 0.0, 0.0)) if wanted is None else wanted
        if angle is None:
            angle = 0.0 if wanted is not None else 360.0 * float(self._rng.random())
        for candidate in (direction, np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])):
            flat = candidate - normal * float(portable.product(candidate, normal))
            length = float(portable.norm(flat))
            if length > 0.05 * max(float(portable.norm(candidate)), 1e-12):
                break
        flat = flat / length
        turn = np.radians(angle)
        return np.asarray(portable.cos(turn) * flat + portable.sin(turn) * np.cross(normal, flat), float)


class _View:
    """What a camera sees, for asking about many places."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._camera_from_world = camera.camera_from_world
        self._eye = camera.world_from_camera[:3, 3]

    def misses(self, point: F8, normal: F8) -> float:
        """Return 0 for a point in the picture on a surface that faces the camera,
        else how far it is off, metres or so.
        """
        x, y, z = portable.product(self._camera_from_world[:3, :3], point) + self._camera_from_world[:3, 3]
        towards = self._eye - point
        away = math.sqrt(portable.product(towards, towards))
        if z >= 0:
            return 10 * away
        (cx, cy), (fx, fy), (width, height) = self._camera.centre_px, self._camera.focal_px, self._camera.resolution_wh
        u, v = cx - fx * x / z, cy + fy * y / z
        off = max(-u, u - width, 0.0) + max(-v, v - height, 0.0)
        turned = float(portable.product(normal, towards)) < 0.1 * away
        return float(off * away / fx + (away if turned else 0.0))


def metres(state: SceneState) -> float:
    return float(UsdGeom.GetStageMetersPerUnit(state.base.stage))
