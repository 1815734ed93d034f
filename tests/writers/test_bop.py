"""BopWriter: poses, masks and depth agree with each other, by the rules of bop_toolkit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendersdg import rle
from rendersdg.errors import BadArgument, NotSupported
from tests.conftest import Opener
from tests.writers.written import SCENE, objects, write
from writers import WRITERS
from writers.encoders import read_image

BOX = """
sky: {create.light: {light_type: dome}}
box: {create.cube: {position: [0, 0.3, 0.2], scale: [1, 0.5, 0.7], rotation: [10, 20, 30], semantics: [[class, box]]}}
eye: {create.camera: {position: [5, 0.3, 0.6], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
"""


def loaded(scene: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return scene_gt, scene_gt_info and scene_camera as bop_toolkit's ``inout`` reads them."""
    gt, info, camera = (json.loads((scene / f"scene_{n}.json").read_text()) for n in ("gt", "gt_info", "camera"))
    for poses in gt.values():
        for one in poses:
            one["cam_R_m2c"] = np.array(one["cam_R_m2c"], float).reshape(3, 3)
            one["cam_t_m2c"] = np.array(one["cam_t_m2c"], float).reshape(3, 1)
    for one in camera.values():
        one["cam_K"] = np.array(one["cam_K"], float).reshape(3, 3)
    return gt, info, camera


def mask(scene: Path, kind: str, image: int, number: int) -> np.ndarray:
    found = read_image((scene / kind / f"{image:06d}_{number:06d}.png").read_bytes())
    assert set(np.unique(found)) <= {0, 255} and found.dtype == np.uint8
    return found.astype(bool)


def test_points_of_the_depth_lie_on_the_box_where_its_pose_puts_it(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "BopWriter", 1, BOX, depth_scale=0.1)
    scene = tmp_path / "train_pbr" / "000000"
    gt, _, camera = loaded(scene)
    depth = read_image((scene / "depth" / "000000.png").read_bytes()) * camera["0"]["depth_scale"]
    rows, columns = np.nonzero(mask(scene, "mask_visib", 0, 0))
    k, z = camera["0"]["cam_K"], depth[rows, columns]
    # as depth_im_to_dist_im of bop_toolkit has it: pixel centres at whole numbers
    points = np.stack([(columns - k[0, 2]) * z / k[0, 0], (rows - k[1, 2]) * z / k[1, 1], z])
    in_box = gt["0"][0]["cam_R_m2c"].T @ (points - gt["0"][0]["cam_t_m2c"])
    off = np.abs(in_box) / (np.array([[1000], [500], [700]]) / 2)

    assert len(z) > 500 and np.abs(off.max(0) - 1).max() < 0.002


def test_counts_boxes_and_masks_are_the_truth(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "BopWriter", 2)
    scene = tmp_path / "train_pbr" / "000000"
    gt, info, camera = loaded(scene)
    names = json.loads((tmp_path / "objects.json").read_text())

    assert list(gt) == list(info) == list(camera) == ["0", "1"]
    for image in range(2):
        ids, found = objects(session, image)
        assert [names[str(one["obj_id"])] for one in gt[str(image)]] == [o["labels"]["class"] for o in found]
        for number, (o, said) in enumerate(zip(found, info[str(image)], strict=True)):
            whole, seen = mask(scene, "mask", image, number), mask(scene, "mask_visib", image, number)
            assert np.array_equal(seen, np.isin(ids, o["ids"])) and not (seen & ~whole).any()
            assert said["px_count_all"] == whole.sum() == o["unoccluded_pixels"]
            assert said["px_count_visib"] == seen.sum()
            assert said["visib_fract"] == pytest.approx(seen.sum() / whole.sum(), abs=1e-6)
            for box, area in (("bbox_obj", whole), ("bbox_visib", seen)):
                if area.any():
                    y, x = np.nonzero(area)
                    assert said[box] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
    assert any(said["bbox_visib"] == [-1] * 4 for said in info["0"])  # hidden, and listed


def test_numbers_are_those_that_were_given_and_others_are_told(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "BopWriter", 1, BOX, objects={"box": 21}, split="test")

    assert json.loads((tmp_path / "test" / "000000" / "scene_gt.json").read_text())["0"][0]["obj_id"] == 21
    with pytest.raises(BadArgument, match="'box', which is not among objects"):
        write(open_scene, tmp_path, "BopWriter", 1, BOX, objects={"boxes": 1})


def test_lenses_that_bend_and_senseless_parameters_are_refused(open_scene: Opener, tmp_path: Path) -> None:
    bent = SCENE.replace("create.camera: {", 'create.camera: {projection_type: "fisheyePolynomial", ')
    with pytest.raises(NotSupported, match="pinholes"):
        write(open_scene, tmp_path, "BopWriter", 1, bent)
    with pytest.raises(BadArgument, match="depth_scale"):
        WRITERS["BopWriter"](depth_scale=0)
    with pytest.raises(BadArgument, match="one number"):
        WRITERS["BopWriter"](objects={"a": 1, "b": 1})


def test_outlines_are_decoded_once_a_frame(open_scene: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []
    decompress = rle.decompress

    def counted(text: str) -> list[int]:
        decoded.append(text)
        return decompress(text)

    monkeypatch.setattr(rle, "decompress", counted)

    write(open_scene, tmp_path, "BopWriter", 2)

    gt, _, _ = loaded(tmp_path / "train_pbr" / "000000")
    assert len(decoded) == sum(map(len, gt.values())) > 0


def test_pixels_that_the_depth_has_no_level_for_are_not_valid(open_scene: Opener, tmp_path: Path) -> None:
    for scale in (1.0, 0.07):  # the box's near face is 4.6 m away, or about 65,535 levels
        write(open_scene, tmp_path, "BopWriter", 1, BOX, depth_scale=scale)
        scene = tmp_path / "train_pbr" / "000000"
        depth = read_image((scene / "depth" / "000000.png").read_bytes())
        whole, said = mask(scene, "mask", 0, 0), loaded(scene)[1]["0"][0]

        assert said["px_count_valid"] == (whole & (depth.astype(int) > 0)).sum()
        assert (said["px_count_valid"] < said["px_count_all"]) == (scale < 1)


@pytest.mark.extra
def test_bop_toolkit_reads_poses_cameras_masks_and_depth(open_scene: Opener, tmp_path: Path) -> None:
    scenewise = pytest.importorskip("bop_toolkit_lib.dataset.bop_scenewise")  # https://github.com/thodan/bop_toolkit
    inout = pytest.importorskip("bop_toolkit_lib.inout")
    session = write(open_scene, tmp_path, "BopWriter", 2)
    scene = tmp_path / "train_pbr" / "000000"

    about = scenewise.read_scene_infos(scene, read_image_ids=True)
    told = scenewise.load_scene_data(scene)

    assert about.pop("image_ids") == [0, 1] and not about.pop("has_gray")
    assert all(value for name, value in about.items() if name.startswith("has_"))
    for image in range(2):
        ids, found = objects(session, image)
        annotated, camera = told["scene_gt"][image], told["scene_camera"][image]
        visible = scenewise.load_masks(scene, image, "mask_visib") > 0
        assert len(annotated) == len(visible) == len(found)
        assert np.array_equal(scenewise.load_masks(scene, image, "mask", n_instances=len(found)).shape, visible.shape)
        for one, seen, o in zip(annotated, visible, found, strict=True):
            pose = np.asarray(o["camera_from_object"])
            assert np.array_equal(np.asarray(one["cam_R_m2c"]).reshape(3, 3), pose[:3, :3])
            assert np.array_equal(np.asarray(one["cam_t_m2c"]).ravel(), pose[:3, 3] * 1000)
            assert np.array_equal(seen, np.isin(ids, o["ids"]))
        depth = inout.load_depth(scene / "depth" / f"{image:06d}.png") * camera["depth_scale"]
        truth = next(iter(session.views(session.snapshot(image), {}).values())).labels.depth
        assert np.abs(depth - truth * 1000)[np.isfinite(truth)].max() <= 0.51
