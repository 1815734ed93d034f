"""Points, boxes and the camera from files are those that the scene gives."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import DatasetError
from rendersdg.viewer.gallery import Gallery
from rendersdg.viewer.index import index_of
from rendersdg.viewer.space_on_disk import boxes_on_disk, camera_on_disk, has_points, points_on_disk
from tests.datasets import run

SCENE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 0.1}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
sky: {create.light: {light_type: dome, intensity: 1000}}
floor: {create.plane: {scale: 3, semantics: [["class", "floor"]]}}
thing: {create.cube: {scale: [0.4, 0.6, 0.8], rotation: [0, 0, 30], position: [2, 1, 4], semantics: [["class", "box"]]}}
eye: {create.camera: {position: [25, 3, 20], look_at: [0, 0, 0], clipping_range: [0.01, 500]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
frames: {trigger.on_frame: {max_execs: 2}}
basic:
  writers.get:
    name: BasicWriter
    init_params: {output_dir: basic, rgb: true, bounding_box_2d_tight: true, bounding_box_3d: true, camera_params: true,
      distance_to_image_plane: true, pointcloud: true, pointcloud_include_unlabelled: true}
    render_products: view
"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("space")
    (folder / "scene.yaml").write_text(SCENE)
    run("render", folder / "scene.yaml", "-o", folder / "out", "-q")
    return folder / "out"


@pytest.fixture
def alone(rendered: Path, tmp_path: Path) -> Path:
    """The writer's files without what makes them a dataset of ours."""
    return Path(shutil.copytree(rendered, tmp_path / "alone", ignore=shutil.ignore_patterns(".rendersdg")))


@pytest.fixture(scope="module")
def live(rendered: Path) -> Iterator[Gallery]:
    gallery = Gallery(index_of(str(rendered)))
    yield gallery
    gallery.close()


def test_points_of_files_and_points_by_depth_are_those_of_the_scene(live: Gallery, alone: Path) -> None:
    index = index_of(str(alone))
    files = index.named_files(index.images[1])
    assert live.again is not None
    points, colours = live.again.cloud(live.index.images[1])

    kept = points_on_disk(files, index.images[1].sample.file)
    without = {name: file for name, file in files.items() if not name.startswith("pointcloud")}
    reckoned = points_on_disk(without, index.images[1].sample.file)

    for where, shade in (kept, reckoned):
        assert np.allclose(where, points, atol=2e-4)  # stage units of 0.1 m
        assert np.array_equal(shade, colours)


def test_boxes_and_camera_of_files_are_those_of_the_scene(live: Gallery, alone: Path) -> None:
    gallery = Gallery(index_of(str(alone)))

    kept, made = gallery.space(0), live.space(0)

    assert [box["label"] for box in kept["boxes"]] == [box["label"] for box in made["boxes"]] == ["floor", "box"]
    for one, other in zip(kept["boxes"], made["boxes"]):
        assert np.allclose(one["corners"], other["corners"], atol=1e-5) and one["path"] == other["path"]
    for name in ("position", "forward"):
        assert np.allclose(kept["camera"][name], made["camera"][name], atol=1e-5)
    assert kept["camera"]["up"] == made["camera"]["up"] == "Z"


def test_a_frame_without_such_files_has_no_space(alone: Path) -> None:
    for file in [*alone.glob("pointcloud*"), *alone.glob("camera_params*")]:
        file.unlink()
    index = index_of(str(alone))

    assert not has_points(index.named_files(index.images[0]))
    assert not Gallery(index).frame(0)["has_space"]


def test_points_without_a_camera_are_seen_from_above(alone: Path) -> None:
    (alone / "camera_params_0000.json").unlink()
    index = index_of(str(alone))
    files = index.named_files(index.images[0])
    points, _ = points_on_disk(files, index.images[0].sample.file)

    camera = camera_on_disk(files, points)

    assert np.dot(points.mean(0) - camera["position"], camera["forward"]) > 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("camera_params_0000.json", b"{}"),
        (
            "camera_params_0000.json",
            json.dumps({"cameraViewTransform": [0] * 16, "cameraProjection": [1] * 16}).encode(),
        ),
        ("distance_to_image_plane_0000.npy", b"\x93NUMPY"),
    ],
)
def test_damaged_files_are_named(alone: Path, name: str, content: bytes) -> None:
    for file in alone.glob("pointcloud*"):
        file.unlink()
    (alone / name).write_bytes(content)
    index = index_of(str(alone))

    with pytest.raises(DatasetError, match=name.partition(".")[0]):
        points_on_disk(index.named_files(index.images[0]), index.images[0].sample.file)


def test_boxes_of_another_shape_are_named(alone: Path) -> None:
    np.save(alone / "bounding_box_3d_0000.npy", np.zeros((2, 3)))
    index = index_of(str(alone))

    with pytest.raises(DatasetError, match="bounding_box_3d"):
        boxes_on_disk(index.named_files(index.images[0]))
