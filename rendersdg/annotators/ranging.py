"""What lidars and depth sensors give: points with what they met, and measured depth."""

from __future__ import annotations

from typing import Any

import numpy as np

from rendersdg.annotators import Answer, Request
from rendersdg.annotators.pointcloud import points_at
from rendersdg.annotators.segmentation import instance_table, semantic_table
from rendersdg.arrays import F4, U1
from rendersdg.plain import Json
from rendersdg.ranging import Lidar, Scan

COLUMNS = {  # what a script asks of Isaac Sim's scan buffer -> what it is called there and here
    "outputAzimuth": ("azimuth", "azimuth"),
    "outputElevation": ("elevation", "elevation"),
    "outputDistance": ("distance", "distance"),
    "outputIntensity": ("intensity", "intensity"),
    "outputTimestamp": ("timestamp", "timestamp"),
    "outputEmitterId": ("emitterId", "emitter"),
    "outputBeamId": ("beamId", "emitter"),
    "outputChannelId": ("channelId", "channel"),
    "outputMaterialId": ("materialId", "material"),
    "outputTickId": ("tickId", "tick"),
    "outputHitNormal": ("hitNormal", "normal"),
    "outputNormal": ("normal", "normal"),
    "outputVelocity": ("velocity", "velocity"),
    "outputObjectId": ("objectId", "object"),
    "outputEchoId": ("echoId", "echo"),
    "outputTickState": ("tickState", "echo"),
}


def lidar(request: Request) -> Answer:
    """A lidar's returns: points (N, 3) float32 metres, in its axes. Beside them, (N,) each unless it is said:
    ``distance`` (metres), ``azimuth`` and ``elevation`` (degrees), ``intensity`` (0..1) float32, ``channel`` and
    ``beam`` uint32, ``time`` int64 (nanoseconds since the scan began), ``normals`` (N, 3) float32, ``instance`` and
    ``semantic`` uint32 with the ids of the segmentations, whose labels are ``idToLabels``, ``idToSemantics`` and
    ``semanticToLabels``; ``worldFromSensor`` (4, 4) is the lidar's pose, metres.
    """
    scan, sensor = request.view.scan, _lidar(request)
    pattern = sensor.pattern
    instances, paths, names = instance_table(request)
    semantics, labels = semantic_table(request)
    return {
        "data": scan.points,
        "info": {
            "distance": scan.distance,
            "azimuth": pattern.azimuth[scan.beam].astype(np.float32),
            "elevation": pattern.elevation[scan.beam].astype(np.float32),
            "intensity": scan.intensity,
            "channel": pattern.channel[scan.beam],
            "beam": scan.beam.astype(np.uint32),
            "time": pattern.time[scan.beam],
            "normals": scan.normals,
            "instance": instances[scan.entity],
            "semantic": semantics[scan.entity],
            "idToLabels": paths,
            "idToSemantics": names,
            "semanticToLabels": {str(k): v for k, v in labels.items()},
            "worldFromSensor": sensor.world_from_sensor,
            "beams": len(pattern.azimuth),
        },
    }


def scan_buffer(request: Request) -> Json:
    """Isaac Sim's scan buffer: points (N, 3) float32 metres and, where they are asked for (``outputDistance=True``,
    ...), azimuth, elevation (degrees), distance, intensity, timestamp, emitterId, channelId, materialId, objectId, ...
    """
    scan = request.view.scan
    chosen = [(flag, *names) for flag, names in COLUMNS.items() if request.params.get(flag, flag == "outputDistance")]
    more = {name: _column(request, scan, own) for _, name, own in chosen}
    return {"data": scan.points, **more, "info": {**_pose(_lidar(request)), **more}}


def point_cloud(request: Request) -> Json:
    """A lidar's points as Isaac Sim gives them: (N, 3) float32 metres; the info has the sensor's ``transform`` (16
    numbers, row vectors), ``azimuth`` and ``elevation`` (radians), ``range`` (metres) and ``intensity``.
    """
    scan, sensor = request.view.scan, _lidar(request)
    pattern = sensor.pattern
    return {
        "data": scan.points,
        "info": {
            **_pose(sensor),
            "azimuth": np.radians(pattern.azimuth[scan.beam]).astype(np.float32),
            "elevation": np.radians(pattern.elevation[scan.beam]).astype(np.float32),
            "range": scan.distance,
            "intensity": scan.intensity,
        },
    }


def flat_scan(request: Request) -> Json:
    """A flat scan of a lidar whose beams all have elevation 0: ``linearDepthData`` (metres, -1 for nothing) and
    ``intensitiesData`` by rising azimuth, with the ranges and the resolution that they have; empty of other lidars.
    """
    scan, sensor = request.view.scan, _lidar(request)
    pattern = sensor.pattern
    is_flat = not pattern.elevation.any()
    order = np.argsort(pattern.azimuth, kind="stable") if is_flat else np.zeros(0, np.int64)
    depth, intensity = np.full(len(pattern.azimuth), -1, np.float32), np.zeros(len(pattern.azimuth), np.float32)
    depth[scan.beam], intensity[scan.beam] = scan.distance, scan.intensity
    turns = pattern.azimuth[order]
    step = float(np.median(np.diff(turns))) if len(turns) > 1 else 0.0
    ends = [float(turns[0]), float(turns[-1])] if len(turns) else [0.0, 0.0]
    return {
        "azimuthRange": np.array(ends, np.float32),
        "depthRange": np.array([sensor.near, sensor.far], np.float32),
        "horizontalFov": ends[1] - ends[0] + step,
        "horizontalResolution": step,
        "linearDepthData": depth[order],
        "intensitiesData": np.round(np.clip(intensity[order], 0, 1) * 255).astype(np.uint8),
        "numCols": len(order),
        "numRows": 1 if len(order) else 0,
        "rotationRate": pattern.rate,
    }


def stable_id_map(request: Request) -> U1:
    """The prim path of each ``objectId`` of the scan buffer, as bytes that LidarRtx.decode_stable_id_mapping reads."""
    if request.view.product.lidar is None:
        _ = request.view.scan  # says that it is of no lidar
    paths = "\0".join(i.prim_path for i in request.view.snapshot.instances)
    return np.frombuffer(paths.encode(), np.uint8).copy()


def depth_sensor_distance(request: Request) -> F4:
    """Depth that the camera's depth sensor measures, (H, W) float32 metres along the viewing axis, 0 for none."""
    return request.view.measured_depth


def depth_sensor_points(request: Request) -> F4:
    """Places in the world that the camera's depth sensor measures, (H, W, 4) float32 stage units; all 0 for none, the
    fourth number 1 elsewhere.
    """
    view = request.view
    depth = view.measured_depth
    out = np.zeros((*depth.shape, 4), np.float32)
    out[..., :3] = points_at(view.product.camera, depth) / view.snapshot.meters_per_unit
    out[..., 3] = 1
    out[depth == 0] = 0
    return out


def depth_sensor_colour(request: Request) -> U1:
    """The colour of each place that the camera's depth sensor measures, (H, W, 4) uint8, 0 where it measures none."""
    view = request.view
    return np.where((view.measured_depth > 0)[..., None], view.buffers.rgb, 0).astype(np.uint8)


def _lidar(request: Request) -> Lidar:
    _ = request.view.scan  # says that it is of no lidar
    sensor = request.view.product.lidar
    assert sensor is not None
    return sensor


def _pose(sensor: Lidar) -> Json:
    return {"transform": sensor.world_from_sensor.T.ravel()}


def _column(request: Request, scan: Scan, name: str) -> Any:
    pattern, count = _lidar(request).pattern, len(scan.beam)
    if name in ("azimuth", "elevation"):
        return getattr(pattern, name)[scan.beam].astype(np.float32)
    if name == "timestamp":
        return (pattern.time[scan.beam] + round(request.view.snapshot.time * 1e9)).astype(np.uint64)
    if name == "channel":
        return pattern.channel[scan.beam]
    if name in ("emitter", "tick"):
        tick, emitter = np.divmod(scan.beam, pattern.emitters)
        return (tick if name == "tick" else emitter).astype(np.uint32)
    if name == "object":  # 128 bits each: the instance's number
        words = np.zeros((count, 2), "<u8")
        words[:, 0] = scan.instance
        return words.view(np.uint8).ravel()
    if name == "velocity":
        return np.zeros((count, 3), np.float32)  # a scan is of one moment
    if name == "echo":
        return np.zeros(count, np.uint8)
    if name == "material":
        return scan.material.astype(np.uint32)
    return scan.normals if name == "normal" else getattr(scan, name)
