"""A lidar's scan: a ray for each beam, what it meets, and what of that the sensor tells."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, I8, Mask
from rendersdg.backends.casters import lets_through
from rendersdg.backends.labelpass import ray_cuts
from rendersdg.backends.reflectance import normals_at, places_of, returned
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.backends.stereo import measured
from rendersdg.backends.trees import SceneTrees
from rendersdg.frame import Labels, SurfaceBuffers
from rendersdg.kernels.structs import Trees
from rendersdg.kernels.tracing import trace
from rendersdg.ranging import Lidar, Pattern, Scan, directions
from rendersdg.snapshot import RenderProduct, Snapshot
from rendersdg.streams import generator


class Scanner:
    """Sends the rays of sensors that measure distances; keeps the trees of the last snapshot."""

    def __init__(self, tables: SceneTables) -> None:
        self._tables = tables
        self._trees = SceneTrees()

    def scan(self, snapshot: Snapshot, product: RenderProduct) -> Scan:
        """Return what comes back of the beams of a product's lidar, a function of its arguments alone."""
        lidar = product.lidar
        assert lidar is not None, f"{product.name} is of no lidar"
        return _scan(snapshot, lidar, self.solid(snapshot), f"lidar/{product.name}")

    def measure(self, snapshot: Snapshot, product: RenderProduct, labels: Labels, surface: SurfaceBuffers) -> F4:
        """Return the depth (H, W) that a product's depth sensor measures: see :func:`.stereo.measured`."""
        return measured(snapshot, product, labels, surface, self.solid(snapshot), _lets_through(snapshot))

    def solid(self, snapshot: Snapshot) -> Trees:
        """Return what rays meet: what stands in the frame and lets no light through, without what is cut out."""
        shared = self._tables.frame(snapshot)
        drawn, hidden = ray_cuts(snapshot, shared.instances)
        shown = ~hidden & ~_lets_through(snapshot) & snapshot.drawn()
        return self._trees.of(snapshot, shown=shown, scene=shared.scene, drawn=drawn)


def _lets_through(snapshot: Snapshot) -> Mask:
    """Return which instances (N,) light passes."""
    return lets_through(snapshot.paints, np.array([i.material for i in snapshot.instances], np.int64))


def _scan(snapshot: Snapshot, lidar: Lidar, trees: Trees, site: str) -> Scan:
    pattern, world = lidar.pattern, lidar.world_from_sensor
    ways = portable.product(_sent(snapshot, lidar, site), world[:3, :3].T).astype(np.float32)
    origin = np.broadcast_to(world[:3, 3].astype(np.float32), ways.shape)
    met = trace(trees, np.ascontiguousarray(origin), np.ascontiguousarray(ways), 0.0, lidar.far)
    hit: I8 = np.flatnonzero((met.instance >= 0) & (met.distance >= lidar.near)).astype(np.int64)
    places = places_of(snapshot, met, hit)
    normals = normals_at(snapshot, places)
    along = (normals * ways[hit]).sum(-1)
    normals = np.where(along[:, None] > 0, -normals, normals)
    intensity = returned(snapshot, places, np.abs(along))
    distance = met.distance[hit].astype(np.float64)
    kept = _detected(snapshot, lidar, hit, intensity / np.maximum(distance, 1e-6) ** 2, site)
    beam = hit[kept]
    measured = _measured(snapshot, lidar, beam, distance[kept], site)
    is_told = measured > 0  # noise can take what is near behind the sensor
    kept, beam, measured = kept[is_told], beam[is_told], measured[is_told]
    points, turned = _placed(lidar, pattern, beam, measured, normals[kept])
    instance = met.instance[beam]
    items = snapshot.instances
    return Scan(
        beam=beam,
        distance=measured.astype(np.float32),
        points=points.astype(np.float32),
        normals=turned.astype(np.float32),
        intensity=np.minimum(intensity[kept], np.float32(1)),
        instance=instance,
        entity=np.array([i.entity for i in items], np.int32)[instance],
        material=np.array([i.material for i in items], np.int32)[instance],
    )


def _sent(snapshot: Snapshot, lidar: Lidar, site: str) -> F8:
    """Return where beams go (B, 3) in the sensor's axes: beside their angles by the sensor's errors."""
    pattern = lidar.pattern
    angles = []
    for name, nominal, (mean, sigma) in (
        ("azimuth", pattern.azimuth, lidar.azimuth_error),
        ("elevation", pattern.elevation, lidar.elevation_error),
    ):
        error = np.full(len(nominal), float(mean))
        if sigma:
            error += sigma * generator(snapshot.seed, f"{site}/{name}", snapshot.frame).standard_normal(len(nominal))
        angles.append(nominal + error)
    return directions(*angles)


def _detected(snapshot: Snapshot, lidar: Lidar, hit: I8, signal: F8, site: str) -> I8:
    """Return which hits (N,) are not lost: strong enough, and not dropped."""
    floor = lidar.least_reflectance / max(lidar.least_reflectance_range, 1e-9) ** 2
    is_kept = signal >= floor
    if lidar.dropout > 0:
        drawn = generator(snapshot.seed, f"{site}/dropout", snapshot.frame).random(len(lidar.pattern.azimuth))
        is_kept &= drawn[hit] >= lidar.dropout
    return np.flatnonzero(is_kept)


def _measured(snapshot: Snapshot, lidar: Lidar, beam: I8, distance: F8, site: str) -> F8:
    """Return the distances (N,) that are told, metres: with noise, in the sensor's steps."""
    if lidar.range_noise > 0:
        rng = generator(snapshot.seed, f"{site}/range", snapshot.frame)
        distance = distance + lidar.range_noise * rng.standard_normal(len(lidar.pattern.azimuth))[beam]
    if lidar.range_step > 0:
        distance = np.round(distance / lidar.range_step) * lidar.range_step
    return distance


def _placed(lidar: Lidar, pattern: Pattern, beam: I8, distance: F8, normals: F8) -> tuple[F8, F8]:
    """Return points and normals (N, 3) in the axes that the lidar tells them in."""
    world = lidar.world_from_sensor
    points = directions(pattern.azimuth[beam], pattern.elevation[beam]) * distance[:, None]
    if lidar.frame_of == "WORLD":
        return portable.product(points, world[:3, :3].T) + world[:3, 3], normals
    return points, portable.product(normals, world[:3, :3])
