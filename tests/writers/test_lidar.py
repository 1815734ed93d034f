"""LidarWriter: its points come back from readers of others, and from ours."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from rendersdg.errors import BadArgument
from rendersdg.testing import check_writer
from rendersdg.testing.scenes import BEAMS, ROOM, open_text
from writers.lidar import POINT, LidarWriter, rows_of
from writers.ply import ply_bytes, read_ply


def test_points_come_back_from_trimesh_numpy_and_ours() -> None:
    trimesh = pytest.importorskip("trimesh")
    files = check_writer("LidarWriter")
    rows = np.load(io.BytesIO(files["lidar_0000.npy"]))
    with open_text(ROOM + BEAMS, backend="raster") as session:
        capture = session.capture(session.planner.plan(0))
        cloud = capture.annotate(next(iter(capture.views)), "lidar", {"default_filter": "class:*"}, [])

    assert sorted(files) == [f"lidar_000{k}.{end}" for k in range(3) for end in ("json", "npy", "ply")]
    assert rows.dtype == POINT and len(rows) > 100
    assert np.array_equal(rows, rows_of(cloud))
    assert np.array_equal(read_ply(files["lidar_0000.ply"]), rows)
    seen = trimesh.load(io.BytesIO(files["lidar_0000.ply"]), file_type="ply")
    assert np.array_equal(seen.vertices.astype(np.float32), np.stack([rows[a] for a in "xyz"], -1))
    sheet = json.loads(files["lidar_0000.json"])
    assert set(map(str, rows["instance"])) <= set(sheet["instances"])
    assert {"class": "ball"} in sheet["semantics"].values()
    assert sheet["beams"] == 8 * 180 and np.array(sheet["world_from_sensor"])[:3, 3].tolist() == [1.5, 0.4, 1]


def test_either_form_may_be_left_out_and_not_both() -> None:
    assert {path.split(".")[1] for path in check_writer("LidarWriter", npy=False)} == {"ply", "json"}
    assert {path.split(".")[1] for path in check_writer("LidarWriter", ply=False)} == {"npy", "json"}
    with pytest.raises(BadArgument, match="ply and npy are both false"):
        LidarWriter(ply=False, npy=False)


def test_every_type_of_ply_comes_back() -> None:
    kinds = ["f4", "f8", "u1", "u2", "u4", "i1", "i2", "i4"]
    rows = np.zeros(3, [(f"a_{kind}", kind) for kind in kinds])
    for number, kind in enumerate(kinds):
        rows[f"a_{kind}"] = [number, 1, 100]

    assert np.array_equal(read_ply(ply_bytes(rows)), rows)
    assert len(read_ply(ply_bytes(rows[:0]))) == 0
    with pytest.raises(BadArgument, match="no type for the field 'a'"):
        ply_bytes(np.zeros(1, [("a", "i8")]))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"obj", "not a binary little-endian PLY"),
        (b"ply\nformat ascii 1.0\nend_header\n", "not a binary little-endian PLY"),
        (
            b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty float x\nend_header\n",
            "0 bytes of points",
        ),
        (
            b"ply\nformat binary_little_endian 1.0\nelement vertex 0\nproperty list uchar int f\nend_header\n",
            "property list uchar int f",
        ),
    ],
)
def test_other_bytes_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        read_ply(data)
