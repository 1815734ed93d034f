"""COCO: through our reader and through pycocotools."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from detectors.readers import read
from rendersdg.errors import BadArgument
from tests.conftest import Opener
from tests.masks import masks
from tests.writers.foreign import compare, imported, supervised, truth_boxes
from tests.writers.written import NAMED, objects, write
from writers import WRITERS
from writers.coco import CocoReader, polygons, segmentation_of
from writers.encoders import read_image


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
    form = segmentation_of(ring, (0, 0), (9, 9), "polygon")
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


def test_whole_outlines_hold_what_is_seen_and_have_the_pixels_that_are_counted(
    open_scene: Opener, tmp_path: Path
) -> None:
    session = write(open_scene, tmp_path, "CocoWriter", 2, amodal=True)
    data = json.loads((tmp_path / "annotations" / "instances.json").read_text())

    for image in data["images"]:
        _, found = objects(session, int(image["file_name"][:6]))
        counted = {o["prim_path"]: o["unoccluded_pixels"] for o in found}
        for a in [a for a in data["annotations"] if a["image_id"] == image["id"]]:
            whole = coco_mask.decode(a["amodal_segmentation"]).astype(bool)
            x, y, w, h = a["amodal_bbox"]
            assert whole.sum() == counted[a["prim_path"]] and whole[y : y + h, x : x + w].sum() == whole.sum()
            assert not (coco_mask.decode(a["segmentation"]).astype(bool) & ~whole).any()
    assert any(a["visible_fraction"] < 1 for a in data["annotations"])


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


def test_a_subset_ends_the_names_as_datumaro_finds_them(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "CocoWriter", 1, panoptic=True, subset="train")
    # datumaro's rule (CocoImporter.find_sources): "*_*.json", the task before the first "_", the subset behind it
    found = {tuple(p.stem.split("_", 1)) for p in tmp_path.rglob("*_*.json")}

    assert found == {("instances", "train"), ("panoptic", "train")}
    assert [p.name for p in (tmp_path / "annotations" / "panoptic_train").iterdir()] == ["000000.png"]
    assert len(read(f"{tmp_path}@train")) == 1
    with pytest.raises(BadArgument, match="subset"):
        WRITERS["CocoWriter"](subset="a/b")


@pytest.mark.extra
def test_datumaro_reads_our_coco(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("datumaro")
    session = write(open_scene, tmp_path, "CocoWriter", 2, subset="train")

    compare(imported(tmp_path, "coco"), session, 2, slack=1.01)


@pytest.mark.extra
@pytest.mark.parametrize("form", ["rle", "polygon"])
def test_supervision_reads_our_coco(open_scene: Opener, tmp_path: Path, form: str) -> None:
    supervision = pytest.importorskip("supervision")
    session = write(open_scene, tmp_path, "CocoWriter", 2, segmentation=form)

    found = supervision.DetectionDataset.from_coco(
        str(tmp_path / "images"), str(tmp_path / "annotations" / "instances.json")
    )

    assert len(found) == 2 and set(found.classes) == {"box", "ring", "ball"}
    for frame in range(2):
        ids, truth = objects(session, frame)
        theirs = supervised(found, f"{frame:06d}.png")
        assert {name: box for name, (box, _) in theirs.items()} == truth_boxes(session, frame)
        if form == "rle":
            for o in truth:
                if o["tight"]:
                    assert np.array_equal(theirs[o["labels"]["class"]][1], np.isin(ids, o["ids"]))


def test_fiftyones_importer_finds_pictures_classes_boxes_and_masks(open_scene: Opener, tmp_path: Path) -> None:
    """By the rule of FiftyOne's COCODetectionDatasetImporter with ``data_path`` images and ``labels_path`` the list: a
    picture is found by ``file_name`` among the paths below ``data_path``, a box is a share of ``width`` and ``height``,
    and a mask is cut to the pixels from the box's corner to its end, both rounded.
    """
    session = write(open_scene, tmp_path, "CocoWriter", 2)
    told = json.loads((tmp_path / "annotations" / "instances.json").read_text())
    below = {p.relative_to(tmp_path / "images").as_posix() for p in (tmp_path / "images").rglob("*") if p.is_file()}

    classes = {category["id"]: category["name"] for category in told["categories"]}
    for frame, image in enumerate(sorted(told["images"], key=lambda one: str(one["file_name"]))):
        ids, truth = objects(session, frame)
        assert image["file_name"] in below
        own = [a for a in told["annotations"] if a["image_id"] == image["id"]]
        visible = [o for o in truth if o["tight"]]
        assert [classes[a["category_id"]] for a in own] == [o["labels"]["class"] for o in visible]
        for a, o in zip(own, visible, strict=True):
            x, y, w, h = (v / side for v, side in zip(a["bbox"], 2 * [image["width"], image["height"]]))
            mask = coco_mask.decode({**a["segmentation"], "counts": a["segmentation"]["counts"].encode()})
            x0, y0 = round(x * image["width"]), round(y * image["height"])
            x1, y1 = round((x + w) * image["width"]), round((y + h) * image["height"])
            assert [x0, y0, x1 - 1, y1 - 1] == o["tight"]
            assert np.array_equal(mask[y0:y1, x0:x1], np.isin(ids, o["ids"])[y0:y1, x0:x1])
            assert mask[y0:y1, x0:x1].sum() == mask.sum()


def test_what_scripts_ask_of_replicators_writer_is_taken_and_rgb_decides_on_images(
    open_scene: Opener, tmp_path: Path
) -> None:
    asked = {"bounding_box_2d_tight": True, "semantic_segmentation": True, "colorize_semantic_segmentation": True}

    write(open_scene, tmp_path / "with", "CocoWriter", rgb=True, **asked)
    write(open_scene, tmp_path / "without", "CocoWriter", rgb=False, **asked)

    made, bare = ({str(p.relative_to(tmp_path / k)) for p in (tmp_path / k).rglob("*.*")} for k in ("with", "without"))
    assert any(name.startswith("images/") for name in made)
    assert not any(name.startswith("images/") for name in bare)
    assert "annotations/instances.json" in bare


def test_a_whole_and_its_labelled_part_have_masks_and_no_pixel_is_in_two_segments(
    open_scene: Opener, tmp_path: Path
) -> None:
    parts = "".join(
        f"""    def Cube "Half{k}" (prepend apiSchemas = ["SemanticsLabelsAPI:class"])
    {{
        token[] semantics:labels:class = ["half"]
        double size = 1
        double3 xformOp:translate = (0, {y}, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }}
"""
        for k, y in enumerate((-0.5, 0.5))
    )
    (tmp_path / "pair.usda").write_text(
        '#usda 1.0\n(\n    defaultPrim = "Pair"\n    metersPerUnit = 1\n)\n'
        'def Xform "Pair" (prepend apiSchemas = ["SemanticsLabelsAPI:class"])\n{\n'
        f'    token[] semantics:labels:class = ["pair"]\n{parts}}}\n'
    )
    scene = (
        f"pair: {{create.from_usd: {{usd: {tmp_path / 'pair.usda'}}}}}\n"
        "eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [64, 48]}}\n"
    )
    write(open_scene, tmp_path, "CocoWriter", 1, scene, panoptic=True)
    coco = COCO(str(tmp_path / "annotations" / "instances.json"))
    names = {c["id"]: c["name"] for c in coco.loadCats(coco.getCatIds())}
    by_name: dict[str, list[np.ndarray]] = {}
    for a in coco.loadAnns(coco.getAnnIds()):
        by_name.setdefault(names[a["category_id"]], []).append(coco.annToMask(a).astype(bool))
        assert a["area"] == coco.annToMask(a).sum()
    [whole], [left, right] = by_name["pair"], by_name["half"]

    assert np.array_equal(whole, left | right) and not (left & right).any()
    panoptic = json.loads((tmp_path / "annotations" / "panoptic.json").read_text())
    [segments] = [picture["segments_info"] for picture in panoptic["annotations"]]
    assert sorted(s["area"] for s in segments) == sorted([left.sum(), right.sum()])  # the pair has no pixel of its own


def test_named_points_are_in_keypoints_in_the_order_of_their_category(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "CocoWriter", 4, NAMED)
    data = json.loads((tmp_path / "annotations" / "instances.json").read_text())
    named = {c["name"]: c for c in data["categories"]}

    assert named["box"]["keypoints"] == ["lid", "base", "corner"] and named["box"]["skeleton"] == [[1, 2], [1, 3]]
    assert "keypoints" not in named["ball"] and "skeleton" not in named["ball"]
    counts = set()
    for a in data["annotations"]:
        if a["category_id"] == named["ball"]["id"]:
            assert "keypoints" not in a and "num_keypoints" not in a
            continue
        _, truth = objects(session, a["image_id"] - 1)
        points = next(o["keypoints"] for o in truth if o["prim_path"] == a["prim_path"])
        assert a["keypoints"] == pytest.approx([value for row in points["xyv"] for value in row], abs=6e-4)
        assert a["num_keypoints"] == sum(v > 0 for v in a["keypoints"][2::3])
        counts |= set(a["keypoints"][2::3])
    assert counts == {0, 1, 2}


def test_pycocotools_scores_the_truth_as_perfect(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "CocoWriter", 4, NAMED)
    truth = COCO(str(tmp_path / "annotations" / "instances.json"))
    box = truth.getCatIds(catNms=["box"])
    named = truth.loadAnns(truth.getAnnIds(catIds=box))

    def score(shift: float) -> float:
        moved = [[v + shift * (k % 3 < 2) for k, v in enumerate(a["keypoints"])] for a in named]
        found = [
            {"image_id": a["image_id"], "category_id": a["category_id"], "keypoints": points, "score": 0.9}
            for a, points in zip(named, moved)
        ]
        judge = COCOeval(truth, truth.loadRes(found), "keypoints")
        judge.params.catIds = box
        judge.params.kpt_oks_sigmas = np.full(3, 0.05)
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
        judge.evaluate()
        judge.accumulate()
        return float(judge.eval["precision"].mean())

    assert score(0.0) == 1.0 and score(30.0) < 0.5


def test_categories_may_list_their_points_and_lines(open_scene: Opener, tmp_path: Path) -> None:
    box = {"id": 4, "keypoints": ["corner", "handle", "lid"], "skeleton": [[1, 3]]}
    write(open_scene, tmp_path, "CocoWriter", 1, NAMED, coco_categories={"box": box})
    data = json.loads((tmp_path / "annotations" / "instances.json").read_text())

    assert data["categories"] == [{"id": 4, "name": "box", "supercategory": "", **{k: box[k] for k in list(box)[1:]}}]
    for a in data["annotations"]:
        assert len(a["keypoints"]) == 9 and a["keypoints"][3:6] == [0, 0, 0]
        assert a["num_keypoints"] == sum(v > 0 for v in a["keypoints"][2::3]) <= 2


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"skeleton": [[1, 2]]}, "a skeleton and no keypoints"),
        ({"keypoints": "lid"}, "must list the names"),
        ({"keypoints": ["lid", "lid"]}, "names a point twice"),
        ({"keypoints": ["lid", "base"], "skeleton": [[0, 1]]}, r"\[0, 1\], which is not two places from 1 to 2"),
        ({"keypoints": ["lid", "base"], "skeleton": 3}, "which is not two places from 1 to 2"),
    ],
)
def test_points_of_a_category_that_cannot_be_are_refused(points: dict[str, object], message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        WRITERS["CocoWriter"](output_dir="out", coco_categories={"box": {"id": 1, **points}})
