"""BasicWriter: every file as documented, and Replicator's own files."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Opener, needs_shared
from tests.stage.test_skinning import arm
from tests.writers.written import SCENE, write
from writers.basic import BasicReader, ids_of_rgba, rgba_of_ids
from writers.encoders import image_bytes, npy_bytes, read_image

ALL = dict.fromkeys(
    (
        "rgb",
        "normals",
        "distance_to_camera",
        "distance_to_image_plane",
        "bounding_box_2d_tight",
        "bounding_box_2d_loose",
        "bounding_box_3d",
        "semantic_segmentation",
        "instance_id_segmentation",
        "instance_segmentation",
        "occlusion",
        "motion_vectors",
        "camera_params",
        "pointcloud",
        "colorize_depth",
    ),
    True,
)


def test_basic_writer_names_every_file_as_documented(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "BasicWriter", 1, **ALL)
    names = {p.name for p in tmp_path.iterdir()}
    boxes = {
        f"{b}{s}"
        for b in ("bounding_box_2d_tight", "bounding_box_2d_loose", "bounding_box_3d")
        for s in ("_0000.npy", "_labels_0000.json", "_prim_paths_0000.json")
    }
    cloud = {f"pointcloud{s}_0000.npy" for s in ("", "_rgb", "_normals", "_semantic", "_instance")}

    assert names == boxes | cloud | {
        "rgb_0000.png",
        "normals_0000.png",
        "distance_to_camera_0000.npy",
        "distance_to_camera_0000.png",
        "distance_to_image_plane_0000.npy",
        "distance_to_image_plane_0000.png",
        "semantic_segmentation_0000.png",
        "semantic_segmentation_labels_0000.json",
        "instance_id_segmentation_0000.png",
        "instance_id_segmentation_mapping_0000.json",
        "instance_segmentation_0000.png",
        "instance_segmentation_mapping_0000.json",
        "instance_segmentation_semantics_mapping_0000.json",
        "occlusion_0000.npy",
        "motion_vectors_0000.npy",
        "camera_params_0000.json",
        "metadata.txt",
    }
    reader = BasicReader(tmp_path)
    rows = reader.array("bounding_box_2d_tight", "0000")
    assert rows.dtype == np.dtype(
        [
            ("semanticId", "<u4"),
            ("x_min", "<i4"),
            ("y_min", "<i4"),
            ("x_max", "<i4"),
            ("y_max", "<i4"),
            ("occlusionRatio", "<f4"),
        ]
    )
    image = reader.image("instance_segmentation", "0000")
    colours = {v: k for k, v in reader.table("instance_segmentation_mapping", "0000").items()}
    paths = reader.table("bounding_box_2d_tight_prim_paths", "0000")
    for row, path in zip(rows, paths):
        mask = (image == np.array(eval(colours[path]))).all(-1)
        y, x = np.nonzero(mask)
        assert (row["x_min"], row["y_min"], row["x_max"], row["y_max"]) == (x.min(), y.min(), x.max(), y.max())
    assert reader.frames() == ["0000"]


def test_several_products_get_folders_or_prefixes(open_scene: Opener, tmp_path: Path) -> None:
    scene = SCENE + "view2: {create.render_product: {camera: eye, resolution: [80, 60], name: low}}\n"
    write(open_scene, tmp_path / "a", "BasicWriter", 1, scene, rgb=True)
    write(open_scene, tmp_path / "b", "BasicWriter", 1, scene, rgb=True, use_common_output_dir=True)

    assert {p.relative_to(tmp_path / "a").as_posix() for p in (tmp_path / "a").rglob("*.png")} == {
        "Replicator/rgb/rgb_0000.png",
        "low/rgb/rgb_0000.png",
    }
    assert {p.relative_to(tmp_path / "b").as_posix() for p in (tmp_path / "b").rglob("*.png")} == {
        "rgb/Replicator_rgb_0000.png",
        "rgb/low_rgb_0000.png",
    }


@given(st.lists(st.integers(0, 2**32 - 1), min_size=4, max_size=4))
def test_raw_ids_survive_their_png(values: list[int]) -> None:
    ids = np.array(values, np.uint32).reshape(2, 2)

    assert np.array_equal(ids_of_rgba(read_image(image_bytes(rgba_of_ids(ids)))), ids)


def read_again(folder: Path) -> tuple[list[str], int]:
    """Read boxes that Replicator wrote, hold each file against our own encoding, and return frames and boxes read."""
    reader = BasicReader(folder)
    frames = reader.frames("bounding_box_2d_tight")
    count = 0
    for frame in frames:
        raw = (folder / f"bounding_box_2d_tight_{frame}.npy").read_bytes()
        rows = reader.array("bounding_box_2d_tight", frame)
        boxes = reader.boxes("bounding_box_2d_tight", frame)
        count += len(boxes)
        assert npy_bytes(rows) == raw
        assert all(b["label"]["class"] for b in boxes)
        table = reader.table("bounding_box_2d_tight_labels", frame)
        assert list(table) == [str(k) for k in range(len(table))]
    image = reader.image("rgb", frames[0])
    assert (image[..., 3] == 255).all()
    assert np.array_equal(read_image(image_bytes(image)), image)
    return frames, count


def test_what_nvidias_replicator_wrote_is_read_and_encoded_again() -> None:
    folder = needs_shared("data", "replicator-fruit")

    frames, count = read_again(folder)

    assert len(frames) == 90 and count > 700
    assert BasicReader(folder).image("rgb", "0").shape == (1024, 1024, 4)


def test_files_as_replicator_lays_them_out_are_read_and_encoded_again(tmp_path: Path) -> None:
    """Byte by byte as Replicator 1.9 wrote them: boxes without occlusion, plain numbers in the names."""
    for frame, boxes in (("0", [(0, 3, 4, 9, 8), (1, 1, 1, 2, 2)]), ("10", [(0, 0, 0, 15, 11)])):
        fields = "('semanticId', '<u4'), ('x_min', '<i4'), ('y_min', '<i4'), ('x_max', '<i4'), ('y_max', '<i4')"
        head = f"{{'descr': [{fields}], 'fortran_order': False, 'shape': ({len(boxes)},), }}"
        head = head.ljust(182 - 1) + "\n"  # with the ten bytes before it a multiple of 64
        data = b"\x93NUMPY\x01\x00\xb6\x00" + head.encode() + np.array(boxes, "<i4").tobytes()
        (tmp_path / f"bounding_box_2d_tight_{frame}.npy").write_bytes(data)
        classes = {str(k): {"class": name} for k, name in enumerate(("apple", "kiwi")[: len(boxes)])}
        (tmp_path / f"bounding_box_2d_tight_labels_{frame}.json").write_text(json.dumps(classes))
        pixels = np.full((12, 16, 4), (20, 120, 220, 255), np.uint8)
        cv2.imwrite(str(tmp_path / f"rgb_{frame}.png"), pixels)

    frames, count = read_again(tmp_path)

    assert sorted(frames) == ["0", "10"] and count == 3
    assert [b["label"]["class"] for b in BasicReader(tmp_path).boxes("bounding_box_2d_tight", "0")] == ["apple", "kiwi"]
    assert BasicReader(tmp_path).image("rgb", "0")[0, 0].tolist() == [220, 120, 20, 255]


def test_skeletons_have_an_entry_each_in_basicwriters_keys(open_scene: Opener, tmp_path: Path) -> None:
    for k in range(2):
        stage = arm()
        stage.SetDefaultPrim(stage.GetPrimAtPath("/man"))
        stage.Export(str(tmp_path / f"man{k}.usda"))
    scene = "".join(
        f"man{k}: {{create.from_usd: {{usd: {tmp_path / f'man{k}.usda'}, position: [0, {k}, -7]}}}}\n" for k in range(2)
    )
    scene += "eye: {create.camera: {position: [0, 0, 9], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\n"
    scene += "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
    write(open_scene, tmp_path, "BasicWriter", 1, scene, skeleton_data=True)
    table = json.loads((tmp_path / "skeleton_0000.json").read_text())

    assert list(table) == ["skeleton_0", "skeleton_1"]
    assert [one["skel_name"] for one in table.values()] == ["bones", "bones"]
    second = table["skeleton_1"]
    assert second["skeleton_joints"] == ["shoulder", "shoulder/elbow"] and second["skeleton_parents"] == [-1, 0]
    assert np.allclose(second["global_translations"], [[0, 1, 0], [1, 1, 0]], atol=1e-5)
    assert len(second["translations_2d"]) == len(second["occlusion_types"]) == len(second["joint_occlusions"]) == 2
    assert second["in_view"] is True
