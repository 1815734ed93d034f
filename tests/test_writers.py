"""Writers: round trips through our readers and through foreign ones."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import scipy.io
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from rendersdg import rle
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.graph.nodes import WriterUse
from rendersdg.orchestrator.attached import attach
from rendersdg.orchestrator.session import Session
from rendersdg.testing import check_writer
from tests.conftest import Opener, needs_shared
from writers import WRITERS
from writers.basic import BasicReader, ids_of_rgba, rgba_of_ids
from writers.coco import CocoReader, CocoWriter, polygons
from writers.encoders import image_bytes, npy_bytes, read_image
from writers.kitti import read_kitti
from writers.voc import read_voc
from writers.yolo import read_yolo

SCENE = """
sky: {create.light: {light_type: dome}}
box: {create.cube: {semantics: [["class", "box"]], rotation: [0, 0, 30]}}
ring: {create.torus: {position: [1.4, 0.6, 0.2], rotation: [0, 80, 0], scale: 0.9, semantics: [["class", "ring"]]}}
edge: {create.sphere: {position: [0, 2.05, 0.4], semantics: [["class", "ball"]]}}
hidden: {create.cube: {position: [-3, 0, 0], scale: 0.3, semantics: [["class", "hidden"]]}}
eye: {create.camera: {position: [5, 0.3, 0.6], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
t: {trigger.on_frame: {max_execs: 3}}
go:
  with.t:
    with.box:
      modify.pose: {position_z: {distribution.uniform: {lower: -0.4, upper: 0.4}}}
"""


def write(open_scene: Opener, folder: Path, name: str, frames: int = 2, scene: str = SCENE, **params: Any) -> Session:
    session = open_scene(scene)
    session.recorder.graph.writers.append(WriterUse(name, params, name, list(session.recorder.graph.products)))
    session.writers = attach(session.recorder)
    fragments: dict[str, dict[int, Any]] = {}
    files: dict[str, bytes] = {}
    for frame in range(frames):
        result = session.make(frame)
        files |= result.files
        for key, value in result.fragments.items():
            fragments.setdefault(key, {})[frame] = json.loads(json.dumps(value))
    files |= session.finisher()(fragments, files.__getitem__)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return session


def objects(session: Session, frame: int) -> tuple[np.ndarray, list[dict[str, Any]]]:
    from rendersdg.annotators import ANNOTATORS, Request

    view = next(iter(session.views(session.snapshot(frame), {}).values()))
    value = ANNOTATORS["objects"](Request(view))
    return value["data"], value["info"]["objects"]


YCB = {
    "rgb": True,
    "bounding_box_2d_tight": True,
    "semantic_segmentation": True,
    "distance_to_image_plane": True,
    "pose": True,
    "num_frames": 1,
    "class_name_to_index_map": {"box": 7},
    "factor_depth": 1000,
}


@pytest.mark.parametrize("name", list(WRITERS))
def test_every_writer_encodes_and_refuses_unknown_parameters(name: str) -> None:
    own = {
        "YoloWriter": {"classes": ["box"]},
        "BasicWriter": {"rgb": True},
        "YCBVideoWriter": {**YCB, "num_frames": 3},
        "AnnotatorWriter": {"annotators": ["normals"]},
        "DataVisualizationWriter": {"bounding_box_2d_tight": True},
    }
    params: dict[str, Any] = own.get(name, {})
    files = check_writer(name, **params)

    assert files or name == "FPSWriter"


masks = st.integers(0, 2**31).map(
    lambda seed: np.random.default_rng(seed).random((13, 17)) < np.random.default_rng(seed + 1).random()
)


@given(masks)
def test_run_lengths_are_those_of_pycocotools(mask: np.ndarray) -> None:
    theirs = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))

    assert rle.compress(rle.runs(mask)) == theirs["counts"].decode()
    assert np.array_equal(rle.mask_from_runs(rle.decompress(theirs["counts"].decode()), (13, 17)), mask)


@given(masks, st.sampled_from([(0, 0), (0, 3), (2, 0), (1200, 40), (5, 1500)]), st.sampled_from([(0, 0), (7, 9)]))
def test_run_lengths_of_a_part_are_those_of_the_whole_image(
    mask: np.ndarray, corner: tuple[int, int], beyond: tuple[int, int]
) -> None:
    whole = np.pad(mask, [(corner[k], beyond[k]) for k in range(2)])
    theirs = coco_mask.encode(np.asfortranarray(whole.astype(np.uint8)))

    assert rle.compress(rle.runs(mask, corner, whole.shape)) == theirs["counts"].decode()


@given(masks)
@settings(max_examples=60)
def test_polygons_give_the_mask_back_or_step_aside_for_holes(mask: np.ndarray) -> None:
    found = polygons(mask)
    if found is None:
        return
    reader = CocoReader.__new__(CocoReader)
    reader.data = {"images": [{"id": 1, "height": 13, "width": 17}]}

    assert np.array_equal(reader.mask({"segmentation": found, "image_id": 1}), mask)


def test_a_ring_keeps_its_hole_in_every_form() -> None:
    ring = np.ones((9, 9), bool)
    ring[3:6, 3:6] = False

    assert polygons(ring) is None
    form = CocoWriter(segmentation="polygon")._segmentation(ring, (0, 0), (9, 9))
    assert np.array_equal(coco_mask.decode({**form, "counts": form["counts"].encode()}).astype(bool), ring)


@pytest.mark.parametrize("form", ["rle", "polygon"])
def test_pycocotools_reads_areas_boxes_and_masks_as_the_engine_knows_them(
    open_scene: Opener, tmp_path: Path, form: str
) -> None:
    session = write(open_scene, tmp_path, "CocoWriter", segmentation=form, panoptic=True)
    coco = COCO(str(tmp_path / "annotations" / "instances.json"))

    assert {c["name"] for c in coco.loadCats(coco.getCatIds())} == {"box", "ring", "ball"}
    for frame, image_id in enumerate(coco.getImgIds()):
        ids, truth = objects(session, frame)
        visible = [o for o in truth if o["tight"]]
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=[image_id]))
        assert len(annotations) == len(visible)
        for a, o in zip(annotations, visible):
            mask = ids == o["id"]
            rows, columns = np.nonzero(mask)
            assert a["area"] == mask.sum() and a["iscrowd"] == 0
            assert a["bbox"] == [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
            theirs = coco.annToMask(a).astype(bool)
            if form == "rle":
                assert np.array_equal(theirs, mask)
                assert np.allclose(coco_mask.toBbox(coco.annToRLE(a)), a["bbox"])
            assert np.array_equal(CocoReader(tmp_path).mask(a), mask)
            assert a["visible_fraction"] == pytest.approx(1 - o["occlusion"], abs=1e-6)
            assert a["amodal_bbox"][2] >= a["bbox"][2]
    panoptic = json.loads((tmp_path / "annotations" / "panoptic.json").read_text())
    first = read_image(
        (tmp_path / "annotations" / "panoptic" / panoptic["annotations"][0]["file_name"]).read_bytes()
    ).astype(int)
    ids = first[..., 0] + 256 * first[..., 1] + 65536 * first[..., 2]
    for segment in panoptic["annotations"][0]["segments_info"]:
        assert (ids == segment["id"]).sum() == segment["area"]


def test_coco_carries_the_users_licence_and_categories(open_scene: Opener, tmp_path: Path) -> None:
    categories = {"box": {"name": "carton", "id": 7, "supercategory": "goods"}}
    write(
        open_scene,
        tmp_path,
        "CocoWriter",
        1,
        coco_categories=categories,
        licenses=[{"id": 3, "name": "ours", "url": ""}],
    )
    data = json.loads((tmp_path / "annotations" / "instances.json").read_text())

    assert data["licenses"][0]["name"] == "ours" and data["images"][0]["license"] == 3
    assert {a["category_id"] for a in data["annotations"]} == {7}
    assert data["categories"][0]["name"] == "carton"


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


def test_yolo_boxes_and_outlines_are_the_masks(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "YoloWriter", classes=["box", "ring", "ball"], split={"train": 1, "val": 1})
    for frame in range(2):
        (label,) = tmp_path.glob(f"labels/*/{frame:06d}.txt")
        _, truth = objects(session, frame)
        boxes = dict(read_yolo(label.read_text(), (160, 120)))
        assert len(boxes) == 3
        for o in truth:
            if o["tight"]:
                k = ["box", "ring", "ball"].index(o["labels"]["class"])
                assert np.allclose(boxes[k], np.array(o["tight"]) + [0, 0, 1, 1], atol=1e-3)
    data = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert data["names"] == {0: "box", 1: "ring", 2: "ball"} and data["train"] == "images/train"


@pytest.mark.parametrize("task", ["segment", "obb"])
def test_yolo_shapes_cover_their_objects(open_scene: Opener, tmp_path: Path, task: str) -> None:
    session = write(open_scene, tmp_path, "YoloWriter", 1, classes=["box"], task=task)
    (label,) = tmp_path.glob("labels/*/*.txt")
    ((_, points),) = read_yolo(label.read_text(), (160, 120))
    _, truth = objects(session, 0)
    x0, y0, x1, y1 = next(o for o in truth if o["labels"]["class"] == "box")["tight"]

    assert points.shape == (4, 2) if task == "obb" else len(points) >= 4
    if task == "segment":
        assert np.allclose(
            [points[:, 0].min(), points[:, 1].min(), points[:, 0].max(), points[:, 1].max()],
            [x0, y0, x1 + 1, y1 + 1],
            atol=1e-3,
        )


def test_a_frames_split_never_moves() -> None:
    writer: Any = WRITERS["YoloWriter"](classes=["a"], split={"train": 0.7, "val": 0.2, "test": 0.1})
    splits = [writer.split_of(f) for f in range(3000)]

    assert splits[:50] == [writer.split_of(f) for f in range(50)]
    assert 0.66 < splits.count("train") / 3000 < 0.74 and 0.07 < splits.count("test") / 3000 < 0.13


def test_voc_round_trip(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "VocWriter", 1)
    found = {o["name"]: o for o in read_voc((tmp_path / "Annotations" / "000000.xml").read_bytes())}
    _, truth = objects(session, 0)

    assert {o["labels"]["class"]: tuple(o["tight"]) for o in truth if o["tight"]} == {
        n: o["box"] for n, o in found.items()
    }
    assert found["ball"]["truncated"] == 1 and found["box"]["truncated"] == 0
    assert (tmp_path / "ImageSets/Main/default.txt").read_text() == "000000\n"


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


def test_what_nvidias_replicator_wrote_is_read_and_encoded_again() -> None:
    folder = needs_shared("data", "replicator-fruit")
    reader = BasicReader(folder)
    frames = reader.frames("bounding_box_2d_tight")

    assert len(frames) == 90
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
    assert count > 700
    image = reader.image("rgb", "0")
    assert image.shape == (1024, 1024, 4) and (image[..., 3] == 255).all()
    assert np.array_equal(read_image(image_bytes(image)), image)


def test_readers_name_what_is_wrong() -> None:
    with pytest.raises(DatasetError, match="line 2 has 3 columns"):
        read_kitti("Car 0 0 0 1 2 3 4 1 1 1 0 0 5 0\nCar 0 0\n")
    with pytest.raises(DatasetError, match="line 1"):
        read_yolo("a b c", (1, 1))
    with pytest.raises(DatasetError, match="Pascal VOC"):
        read_voc(b"<annotation>")
    assert np.load(io.BytesIO(npy_bytes(np.arange(3)))).tolist() == [0, 1, 2]


POSED = """
sky: {create.light: {light_type: dome}}
box: {create.cube: {position: [0, 1, 0.5], scale: [1, 2, 3], rotation: [0, 0, 90], semantics: [["class", "box"]]}}
eye: {create.camera: {position: [10, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
"""


def test_poses_are_those_known_by_hand(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "PoseWriter", 1, POSED, write_debug_images=True)

    table = json.loads((tmp_path / "000000.json").read_text())
    thing = table["objects"][0]
    fx = 24 / 20.955 * 160
    # the camera looks along -X with +Z up, so its right is +Y
    assert np.allclose(thing["location_camera_frame"], (1, 0.5, -10), atol=1e-5)
    assert np.allclose(thing["location_world_frame"], (0, 1, 0.5), atol=1e-6)
    assert np.allclose(thing["size"], (1, 2, 3), atol=1e-5)
    assert np.allclose(np.abs(thing["quat_wxyz_world_frame"]), (0.5**0.5, 0, 0, 0.5**0.5), atol=1e-6)
    assert thing["cuboid_keypoints_projected"][0] == [round(80 + fx * 0.1), round(60 - fx * 0.05)]
    # turned by 90 degrees about z: the local x (1 m) lies along world y, the local y (2 m) along -x
    rdf = thing["cuboid_keypoints_world_frame"][table["keypoint_order"].index("RDF")]
    assert np.allclose(rdf, (1, 1.5, 2), atol=1e-5)
    assert thing["truncation_ratio"] == 0 and thing["visibility"] == 1
    assert read_image((tmp_path / "000000_overlay.png").read_bytes()).shape == (120, 160, 3)


def test_the_bit_compatible_pose_multiplies_the_other_way_round(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "PoseWriter", 1, POSED, bit_compatible=True)

    table = json.loads((tmp_path / "000000.json").read_text())
    view = np.array(table["camera_data"]["camera_view_matrix"])
    world = np.array(table["objects"][0]["local_to_world_transform"])
    assert np.allclose(table["objects"][0]["location_camera_frame"], (view @ world)[3, :3], atol=1e-4)


@pytest.mark.parametrize(("form", "label"), [("dope", "class"), ("centerpose", "label")])
def test_pose_formats_of_other_tools(open_scene: Opener, tmp_path: Path, form: str, label: str) -> None:
    write(open_scene, tmp_path, "PoseWriter", 1, POSED, format=form)

    thing = json.loads((tmp_path / "000000.json").read_text())["objects"][0]
    x, y, z, w = thing["quaternion_xyzw"]
    assert thing[label] == "box" and len(thing["projected_cuboid"]) == 9
    assert abs(x * x + y * y + z * z + w * w - 1) < 1e-6


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


def test_clips_have_a_video_of_every_modality(open_scene: Opener, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(open_scene, tmp_path / name, "CosmosWriter", 3, segmentation_mapping={"box": [255, 0, 0, 255]})

    for modality in ("rgb", "depth", "segmentation", "shaded_seg", "edges"):
        video = cv2.VideoCapture(str(tmp_path / "a" / "clip_0000" / f"{modality}.mp4"))
        assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 3 and video.get(cv2.CAP_PROP_FPS) == 30
        good, shown = video.read()
        still = cv2.imread(str(tmp_path / "a" / "clip_0000" / modality / f"{modality}_0000.png"))
        assert good and np.abs(shown.astype(int) - still).mean() < 6
        assert (tmp_path / "a" / "clip_0000" / f"{modality}.mp4").read_bytes() == (
            tmp_path / "b" / "clip_0000" / f"{modality}.mp4"
        ).read_bytes()
    colours = read_image((tmp_path / "a" / "clip_0000" / "segmentation" / "segmentation_0000.png").read_bytes())
    assert (colours.reshape(-1, 3) == (255, 0, 0)).all(1).any()


def test_dope_writes_the_classes_it_is_given(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path / "a", "DOPEWriter", 1, POSED, class_name_to_index_map={"box": 0})
    write(open_scene, tmp_path / "b", "DOPEWriter", 1, POSED, class_name_to_index_map={"other": 0})

    table = json.loads((tmp_path / "a" / "000000.json").read_text())
    assert table["camera_data"] == {} and [o["class"] for o in table["objects"]] == ["box"]
    assert json.loads((tmp_path / "b" / "000000.json").read_text())["objects"] == []
