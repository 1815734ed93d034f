"""LidarWriter: a lidar's points as PLY and NPY, and what their ids stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rendersdg.errors import BadArgument
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Writer
from writers.encoders import json_bytes, npy_bytes
from writers.options import LABELS, Option, number_width, switch
from writers.ply import Rows, ply_bytes

POINT = np.dtype(
    [(name, "<f4") for name in ("x", "y", "z", "nx", "ny", "nz", "intensity", "distance", "azimuth", "elevation")]
    + [("time", "<f8")]
    + [(name, "<u4") for name in ("channel", "beam", "instance", "semantic")]
)


class LidarWriter(Writer):
    """Writes ``<product>/lidar_<n>.ply`` and ``.npy``, a row a point, and ``lidar_<n>.json``: labels and pose.

    A row has ``x y z`` (metres, in the lidar's axes), the normal ``nx ny nz``, ``intensity`` (0..1), ``distance``
    (metres), ``azimuth`` and ``elevation`` (degrees), ``time`` (seconds since the scan began), ``channel``, ``beam``,
    and the ids ``instance`` and ``semantic``, which are those of the segmentations of cameras.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "ply": switch("Whether points are written as PLY.", True),
        "npy": switch("Whether points are written as NPY, an array with a field a column.", True),
        **number_width(4),
        **LABELS,
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._padding = int(params.get("frame_padding", 4))
        self._ply, self._npy = bool(params.get("ply", True)), bool(params.get("npy", True))
        if not (self._ply or self._npy):
            raise BadArgument("LidarWriter: ply and npy are both false, so no points would be written")
        self.annotators = {"lidar": dict(self.label_choice)}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        number = str(frame.number).zfill(self._padding)
        for product, data in frame.data.items():
            path = f"{product}/lidar_{number}" if frame.several else f"lidar_{number}"
            points = rows_of(data["lidar"])
            if self._ply:
                files[f"{path}.ply"] = ply_bytes(points)
            if self._npy:
                files[f"{path}.npy"] = npy_bytes(points)
            files[f"{path}.json"] = json_bytes(_sheet(frame, data["lidar"]["info"]))
        return files


def rows_of(cloud: Json) -> Rows:
    """Return what the annotator ``lidar`` gives as rows (N,) of :data:`POINT`."""
    info = cloud["info"]
    rows = np.zeros(len(cloud["data"]), POINT)
    for number, axis in enumerate("xyz"):
        rows[axis], rows[f"n{axis}"] = cloud["data"][:, number], info["normals"][:, number]
    for name in ("intensity", "distance", "azimuth", "elevation", "channel", "beam", "instance", "semantic"):
        rows[name] = info[name]
    rows["time"] = info["time"] * 1e-9
    return rows


def _sheet(frame: Frame, info: Json) -> Json:
    return {
        "time": frame.snapshot.time,
        "beams": info["beams"],
        "world_from_sensor": info["worldFromSensor"],
        "instances": {str(k): v for k, v in info["idToLabels"].items()},
        "instance_semantics": {str(k): v for k, v in info["idToSemantics"].items()},
        "semantics": info["semanticToLabels"],
    }
