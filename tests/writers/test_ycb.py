"""YCB-Video: its poses carry the models into the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from rendersdg.errors import BadArgument
from tests.conftest import Opener
from tests.writers.written import POSED, YCB, write
from writers import WRITERS
from writers.encoders import read_image


def test_ycb_video_poses_carry_the_models_into_the_picture(open_scene: Opener, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(open_scene, tmp_path / name, "YCBVideoWriter", 1, POSED, **YCB)

    frame = tmp_path / "a/data/YCB_Video/data/0000/000000"
    meta = scipy.io.loadmat(f"{frame}-meta.mat")
    fx = 24 / 20.955 * 160
    assert np.allclose(meta["intrinsic_matrix"], [[fx, 0, 80], [0, fx, 60], [0, 0, 1]], atol=1e-3)
    assert meta["cls_indexes"].tolist() == [[7]] and meta["factor_depth"].item() == 1000
    # the camera looks along -X with +Z up: its right is +Y, its down -Z; the box, turned by 90 degrees, has its x along
    # +Y
    assert np.allclose(meta["poses"][:, :, 0], [[1, 0, 0, 1], [0, 0, -1, -0.5], [0, 1, 0, 10]], atol=1e-6)
    assert np.allclose(meta["center"], [[80 + fx * 0.1, 60 - fx * 0.05]], atol=1e-3)
    assert np.allclose(meta["rotation_translation_matrix"], [[0, 1, 0, 0], [0, 0, -1, 0], [-1, 0, 0, 10]], atol=1e-6)

    points = np.loadtxt(tmp_path / "a/data/models/box/points.xyz")
    assert np.allclose(np.abs(points).max(0), (0.5, 1, 1.5), atol=1e-6)
    at = (points @ meta["poses"][:, :3, 0].T + meta["poses"][:, 3, 0]) @ meta["intrinsic_matrix"].T
    u, v = (at[:, :2] / at[:, 2:]).T
    name, *box = Path(f"{frame}-box.txt").read_text().split()
    x0, y0, x1, y1 = map(float, box)
    assert name == "box" and u.min() > x0 - 1 and u.max() < x1 + 1 and v.min() > y0 - 1 and v.max() < y1 + 1
    assert u.max() - u.min() > 0.93 * (x1 - x0) and v.max() - v.min() > 0.93 * (y1 - y0)
    label = read_image(Path(f"{frame}-label.png").read_bytes())
    depth = read_image(Path(f"{frame}-depth.png").read_bytes())
    assert label.dtype == np.uint8 and set(np.unique(label)) == {0, 7}
    rows, columns = np.nonzero(label)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (x0, y0, x1, y1)
    # the face towards the camera stands a metre before the centre: the local y, 2 m long, lies along world -X
    assert depth.dtype == np.uint16 and depth[60, 95] == 9000 and depth[0, 0] == 0
    assert (tmp_path / "a/data/YCB_Video/train.txt").read_text() == "0000/000000\n"
    assert Path(f"{frame}-meta.mat").read_bytes() == Path(str(frame).replace("/a/", "/b/") + "-meta.mat").read_bytes()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"class_name_to_index_map": None}, "class_name_to_index_map"),
        ({"class_name_to_index_map": {"box": 300}}, "300"),
        ({"intrinsic_matrix": [1, 2]}, "intrinsic_matrix"),
        ({"factor_depth": 0}, "factor_depth=0"),
    ],
)
def test_what_ycb_video_cannot_hold_is_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadArgument, match=said):
        WRITERS["YCBVideoWriter"](**{**YCB, **wrong})


def test_the_library_that_decides_its_bytes_is_noted() -> None:
    assert WRITERS["YCBVideoWriter"].libraries == ("scipy",)
