"""KITTI: the rules of its devkit, and Replicator's layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.writers.foreign import compare, imported
from tests.writers.written import SCENE, objects, write
from writers.encoders import read_image
from writers.kitti import read_kitti


def devkit_rules(line: str) -> None:
    """The column rules of the KITTI object devkit's readme."""
    parts = line.split(" ")
    assert len(parts) == 15
    truncated, occluded, alpha = float(parts[1]), int(parts[2]), float(parts[3])
    left, top, right, bottom = map(float, parts[4:8])
    height, width, length = map(float, parts[8:11])
    rotation = float(parts[14])
    assert 0 <= truncated <= 1 and occluded in (0, 1, 2, 3)
    assert -np.pi <= alpha <= np.pi and -np.pi <= rotation <= np.pi
    assert left < right and top < bottom
    assert height > 0 and width > 0 and length > 0


def test_full_kitti_rows_follow_the_devkit_and_project_onto_the_mask(open_scene: Opener, tmp_path: Path) -> None:
    level = SCENE.replace(
        "position: [5, 0.3, 0.6]", "position: [5, 0.3, 0]"
    )  # KITTI boxes stand upright before the camera
    session = write(open_scene, tmp_path, "KittiWriter", 1, level, mode="full", bbox_height_threshold=3)
    text = (tmp_path / "Camera" / "object_detection" / "0.txt").read_text()
    _, truth = objects(session, 0)
    calibration = (tmp_path / "Camera" / "calib" / "0.txt").read_text().splitlines()
    p2 = np.array([float(v) for v in calibration[2].split()[1:]]).reshape(3, 4)

    for line in text.splitlines():
        devkit_rules(line)
    rows = {o.label: o for o in read_kitti(text)}
    by_label = {next(iter(o["labels"].values())): o for o in truth}
    assert set(rows) == {"box", "ring", "ball"}
    assert rows["ball"].truncated > 0.1 and rows["box"].truncated == 0
    assert rows["box"].size_hwl == (1, 1, 1)
    for label, row in rows.items():
        h, w, length = row.size_hwl
        c, s = np.cos(row.rotation_y), np.sin(row.rotation_y)
        x = np.array([1, 1, -1, -1, 1, 1, -1, -1]) * length / 2
        y = np.array([0, 0, 0, 0, -h, -h, -h, -h])
        z = np.array([1, -1, -1, 1, 1, -1, -1, 1]) * w / 2
        corners = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ [x, y, z] + np.array(row.location_xyz)[:, None]
        image = p2 @ np.vstack([corners, np.ones(8)])
        u, v = image[0] / image[2], image[1] / image[2]
        if label == "box":  # upright: its box is KITTI's own, so it must enclose the pixels closely
            x0, y0, x1, y1 = by_label[label]["loose"]
            assert u.min() <= x0 + 1 and u.max() >= x1 and v.min() <= y0 + 1 and v.max() >= y1
            assert u.max() - u.min() < (x1 - x0) * 1.15 + 3


@pytest.mark.parametrize(
    ("rotation", "size_hwl", "place"),
    [
        ([0, 0, 0], (3, 1, 1.5), (-0.25, 1.25, 8.0)),
        ([0, 0, 35], (3, 1, 1.5), (-0.25, 1.25, 8.0)),
        ([180, 0, 0], (3, 1, 1.5), (-0.25, 1.25, 8.0)),  # on its head
        ([90, 0, 0], (1, 3, 1.5), (-0.25, 0.25, 8.0)),
        ([0, 90, 0], (1.5, 3, 1), (-0.25, 0.5, 8.0)),
        ([30, 0, 0], (3 * 3**0.5 / 2 + 0.5, 3**0.5 / 2 + 1.5, 1.5), (-0.25, (3 * 3**0.5 / 2 + 0.5) / 2 - 0.25, 8.0)),
    ],
)
@pytest.mark.parametrize("tilt", [0.0, 1.0])
def test_the_box_of_what_lies_or_leans_stands_upright_around_it(
    open_scene: Opener,
    tmp_path: Path,
    rotation: list[float],
    size_hwl: tuple[float, ...],
    place: tuple[float, ...],
    tilt: float,
) -> None:
    """A post of 1.5 x 1 x 3 m (x, y, z) 8 m ahead, 0.25 m to the left and 0.25 m up."""
    scene = (
        f"post: {{create.cube: {{position: [-3, -0.25, 0.25], rotation: {rotation}, scale: [1.5, 1, 3], "
        'semantics: [["class", "post"]]}}\n'
        f"eye: {{create.camera: {{position: [5, 0, {tilt}], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}}}\n"
        "view: {create.render_product: {camera: eye, resolution: [160, 120]}}\n"
    )
    write(open_scene, tmp_path, "KittiWriter", 1, scene, mode="full", bbox_height_threshold=1)
    [row] = read_kitti((tmp_path / "Camera" / "object_detection" / "0.txt").read_text())
    height, width, length = row.size_hwl

    assert height == pytest.approx(size_hwl[0], abs=1e-3)
    assert sorted((width, length)) == pytest.approx(sorted(size_hwl[1:]), abs=1e-3)
    if not tilt:
        assert row.location_xyz == pytest.approx(place, abs=1e-3)


def test_replicators_kitti_layout_is_the_measured_one(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "KittiWriter", 1, omit_semantic_type=True)
    rows = (tmp_path / "Camera" / "object_detection" / "0.txt").read_text().splitlines()
    depth = read_image((tmp_path / "Camera" / "depth" / "0.png").read_bytes())
    ids, truth = objects(session, 0)

    names = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert names == {
        "metadata.txt",
        *(f"Camera/{n}/0.png" for n in ("rgb", "depth", "semantic", "semantic_segmentation", "instance_segmentation")),
        "Camera/object_detection/0.txt",
    }
    for row in rows:
        parts = row.split()
        assert parts[1] == "0.00" and parts[3] == "0.00" and parts[8:] == ["0.00"] * 7
        assert int(parts[7]) - int(parts[5]) + 1 >= 25
        o = next(o for o in truth if o["labels"]["class"] == parts[0])
        assert [int(v) for v in parts[4:8]] == o["tight"]
    assert depth.dtype == np.uint16 and (depth[ids == 0] == 0).all()
    assert json.loads((tmp_path / "metadata.txt").read_text())["replicator_global_seed:"] == 0


@pytest.mark.extra
def test_datumaro_reads_our_kitti(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("datumaro")
    level = SCENE.replace("position: [5, 0.3, 0.6]", "position: [5, 0.3, 0]")
    out = tmp_path / "written"
    session = write(open_scene, out, "KittiWriter", 2, level, mode="full", bbox_height_threshold=3)
    for kind, name in (("rgb", "image_2"), ("object_detection", "label_2")):
        (tmp_path / "kitti" / "training" / name).mkdir(parents=True)
        for path in (out / "Camera" / kind).iterdir():
            path.rename(tmp_path / "kitti" / "training" / name / f"{int(path.stem):06d}{path.suffix}")

    compare(imported(tmp_path / "kitti", "kitti_detection"), session, 2)


def test_the_reader_names_what_is_wrong() -> None:
    with pytest.raises(DatasetError, match="line 2 has 3 columns"):
        read_kitti("Car 0 0 0 1 2 3 4 1 1 1 0 0 5 0\nCar 0 0\n")
