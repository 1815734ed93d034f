"""BopWriter: poses, masks and depth agree with each other, by the rules of bop_toolkit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from rendersdg import rle
from rendersdg.errors import BadArgument, NotSupported
from tests.conftest import Opener
from tests.writers.written import SCENE, objects, write
from writers import WRITERS
from writers.encoders import read_image
from writers.models import diameter

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


@pytest.mark.extra
def test_bop_toolkit_reads_and_measures_the_models(open_scene: Opener, tmp_path: Path) -> None:
    inout = pytest.importorskip("bop_toolkit_lib.inout")
    misc = pytest.importorskip("bop_toolkit_lib.misc")
    write(open_scene, tmp_path, "BopWriter", 1)

    about = inout.load_json(tmp_path / "models" / "models_info.json", keys_to_int=True)
    assert sorted(about) == [1, 2, 3, 4]
    for number, said in about.items():
        model = inout.load_ply(tmp_path / "models" / f"obj_{number:06d}.ply")
        box = misc.calc_3d_bbox(*model["pts"].T)
        assert np.allclose(box, [said[f"{what}_{axis}"] for what in ("min", "size") for axis in "xyz"], atol=1e-3)
        assert misc.calc_pts_diameter(model["pts"]) == pytest.approx(said["diameter"], abs=1e-3)
        assert np.allclose(np.linalg.norm(model["normals"], axis=1), 1, atol=1e-3)
        assert model["faces"].max() == len(model["pts"]) - 1


def drawn(points: np.ndarray, triangles: np.ndarray, k: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Return the depth (H, W) of triangles whose corners are in camera space, inf where none is."""
    depth = np.full(size_hw, np.inf)
    pixels = points @ k.T
    uv = pixels[:, :2] / pixels[:, 2:]
    for corners in triangles:
        (u0, v0), (u1, v1), (u2, v2) = uv[corners]
        area = (u1 - u0) * (v2 - v0) - (u2 - u0) * (v1 - v0)
        x0, y0 = np.maximum(np.floor(uv[corners].min(0)), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(uv[corners].max(0)) + 1, size_hw[::-1]).astype(int)
        if area == 0 or x1 <= x0 or y1 <= y0:
            continue
        x, y = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))  # bop_toolkit's centres are at whole numbers
        b = ((u2 - x) * (v0 - y) - (u0 - x) * (v2 - y)) / area
        c = ((u0 - x) * (v1 - y) - (u1 - x) * (v0 - y)) / area
        a = 1 - b - c
        z = 1 / (np.stack([a, b, c], -1) @ (1 / points[corners][:, 2]))
        here = depth[y0:y1, x0:x1]
        np.minimum(here, np.where((a >= 0) & (b >= 0) & (c >= 0), z, np.inf), out=here)
    return depth


def test_models_lie_by_their_poses_where_masks_and_depth_show_the_objects(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "BopWriter", 3, depth_scale=0.1)
    scene = tmp_path / "train_pbr" / "000000"
    gt, _, camera = loaded(scene)
    names = json.loads((tmp_path / "objects.json").read_text())
    models = {n: trimesh.load(tmp_path / "models" / f"obj_{int(n):06d}.ply", process=False) for n in names}

    pixels, off, far, most = 0, 0, 0, 0.0
    for image, poses in gt.items():
        levels = read_image((scene / "depth" / f"{int(image):06d}.png").read_bytes()) * camera[image]["depth_scale"]
        for number, one in enumerate(poses):
            model = models[str(one["obj_id"])]
            points = model.vertices @ one["cam_R_m2c"].T + one["cam_t_m2c"].T
            depth = drawn(points, model.faces, camera[image]["cam_K"], levels.shape)
            whole, seen = mask(scene, "mask", int(image), number), mask(scene, "mask_visib", int(image), number)
            pixels, off = pixels + whole.sum(), off + (np.isfinite(depth) != whole).sum()
            wrong = np.abs(depth - levels)[seen & np.isfinite(depth)]
            far, most = far + (wrong > 0.06).sum(), max(most, wrong.max(initial=0))
    assert pixels > 10_000 and off <= 3  # pixels whose centre lies on an edge
    assert far <= 4 and most < 1  # a level is 0.1 mm; surfaces seen edge-on


def test_models_are_measured_as_bop_toolkit_does(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "BopWriter", 1, BOX, objects={"box": 7})
    [model] = (trimesh.load(file, process=False) for file in (tmp_path / "models").glob("*.ply"))
    about = json.loads((tmp_path / "models" / "models_info.json").read_text())

    assert list(about) == ["7"] and (tmp_path / "models" / "obj_000007.ply").is_file()
    assert about["7"]["diameter"] == pytest.approx(np.linalg.norm([1000, 500, 700]))
    assert [about["7"][f"min_{axis}"] for axis in "xyz"] == pytest.approx([-500, -250, -350])
    assert [about["7"][f"size_{axis}"] for axis in "xyz"] == pytest.approx([1000, 500, 700])
    assert np.allclose(model.bounds, [[-500, -250, -350], [500, 250, 350]])
    assert model.volume == pytest.approx(1000 * 500 * 700)  # corners go round as seen from outside
    assert np.allclose(np.einsum("ij,ij->i", model.vertex_normals, model.vertices) > 0, True)


def test_objects_of_several_shapes_have_no_model_and_are_told(open_scene: Opener, tmp_path: Path) -> None:
    grown = SCENE.replace("modify.pose: {position_z:", "modify.pose: {scale:").replace("lower: -0.4", "lower: 0.2")
    session = write(open_scene, tmp_path, "BopWriter", 2, grown)
    names = {label: number for number, label in json.loads((tmp_path / "objects.json").read_text()).items()}
    left_out = json.loads((tmp_path / "models" / "left_out.json").read_text())
    about = json.loads((tmp_path / "models" / "models_info.json").read_text())

    assert sorted(about) == sorted(number for label, number in names.items() if label != "box")
    assert {file.name for file in (tmp_path / "models").glob("*.ply")} == {f"obj_{int(n):06d}.ply" for n in about}
    assert list(left_out) == ["model of 'box'"] and "several shapes" in left_out["model of 'box'"]
    assert ("note", "BopWriter, model of 'box'") in session.recorder.report.entries


def test_parts_and_mirrored_meshes_are_in_the_model_and_none_are_written_where_none_are_wanted(
    open_scene: Opener, tmp_path: Path
) -> None:
    (tmp_path / "pair.usda").write_text(
        """#usda 1.0
(
    defaultPrim = "Pair"
    metersPerUnit = 1
)
def Xform "Pair"
{
    def Cube "One"
    {
        double size = 1
    }
    def Cube "Two" (prepend apiSchemas = ["SemanticsLabelsAPI:class"])
    {
        token[] semantics:labels:class = ["two"]
        double size = 1
        double3 xformOp:translate = (2, 0, 0)
        double3 xformOp:scale = (-1, 1, 0.5)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    }
}
"""
    )
    made = f"box: {{create.from_usd: {{usd: {tmp_path / 'pair.usda'}, semantics: [[class, box]]}}}}\n"
    scene = "".join(made if line.startswith("box:") else f"{line}\n" for line in BOX.splitlines())
    write(open_scene, tmp_path / "a", "BopWriter", 1, scene)
    write(open_scene, tmp_path / "b", "BopWriter", 1, scene, models=False)
    model = trimesh.load(tmp_path / "a" / "models" / "obj_000001.ply", process=False)

    assert np.allclose(model.extents, [3000, 1000, 1000])
    assert model.volume == pytest.approx(1.5e9)  # the mirrored one's corners go round the same way
    assert not (tmp_path / "b" / "models").exists()


@pytest.mark.parametrize("count", [700, 4000])  # all pairs, or those of the ends in many directions
@pytest.mark.parametrize("kind", ["ball", "shell", "line", "point"])
def test_a_diameter_is_that_of_the_farthest_pair(kind: str, count: int) -> None:
    points = np.random.default_rng(4).normal(size=(count, 3))
    points = {
        "ball": points,
        "shell": points / np.linalg.norm(points, axis=1)[:, None],
        "line": points * [1, 0, 0],
        "point": points[:1],
    }[kind]

    most = max(np.linalg.norm(points - point, axis=1).max() for point in points)
    assert diameter(points) == pytest.approx(most, abs=1e-12, rel=1e-12 if count == 700 else 1e-4)
