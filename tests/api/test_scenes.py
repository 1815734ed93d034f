"""Scenes in Python: frames on demand, equal to what the command line writes, in any process."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import rendersdg
from rendersdg.annotators import OF_SCAN_BUFFERS, PARAMETERS
from rendersdg.annotators.ranging import COLUMNS
from rendersdg.dataset.records import record_path
from tests.conftest import CAMERA, HEAD, ROOT
from tests.datasets import SCENE, sums
from writers.encoders import image_bytes

SCRIPT = """
import omni.replicator.core as rep
camera = rep.create.camera(position=(0, 200, 500), look_at=(0, 0, 0))
product = rep.create.render_product(camera, (64, 48))
ball = rep.create.sphere(semantics=[("class", "ball")])
with rep.trigger.on_frame(max_execs=4):
    with ball:
        rep.modify.pose(position=rep.distribution.uniform((-90, -90, -90), (90, 90, 90)))
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="out", rgb=True)
writer.attach([product])
rep.orchestrator.run()
"""


def read(path: Path) -> np.ndarray[Any, Any]:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture[..., ::-1]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> rendersdg.Scene:
    path = tmp_path_factory.mktemp("scene") / "scene.yaml"
    path.write_text(SCENE)
    return rendersdg.load(path, seed=5)


def test_a_frames_files_are_those_that_the_command_line_writes(scene: rendersdg.Scene, whole_dataset: Path) -> None:
    for number in (4, 0, 9):
        files = scene.frame(number).files

        assert {path: (whole_dataset / path).read_bytes() for path in files} == files
        assert f"basic/rgb_{number:04d}.png" in files


def test_a_frame_is_pickled_as_its_scene_and_number(scene: rendersdg.Scene) -> None:
    frame = scene.frame(3, semantic_filter="class:ball")
    sent = pickle.dumps(frame)
    again = pickle.loads(sent)

    assert len(sent) < 20_000 and again.number == 3 and again.seed == 5
    assert (again.rgb == frame.rgb).all() and again.labels == frame.labels == ["ball"] * len(frame.labels)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (number,) = pool.map(_number_of, [frame])
    assert number == 3


def _number_of(frame: rendersdg.LabelledFrame) -> int:
    return frame.number


def test_a_frame_says_what_cocos_file_says(scene: rendersdg.Scene, whole_dataset: Path) -> None:
    coco = json.loads((whole_dataset / "coco/annotations/instances.json").read_text())
    names = {c["id"]: c["name"] for c in coco["categories"]}
    frame = scene.frame(3)
    said = [a for a in coco["annotations"] if a["image_id"] == 4]
    picture = read(whole_dataset / "coco/images/000003.png")

    assert np.array_equal(frame.rgb, picture)
    assert frame.labels == [names[a["category_id"]] for a in said]
    assert [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in frame.boxes] == [a["bbox"] for a in said]
    assert frame.masks.sum((1, 2)).tolist() == [a["area"] for a in said]
    assert scene.classes == ("ball", "box", "floor")


def test_depth_masks_and_the_camera_agree(scene: rendersdg.Scene) -> None:
    frame = scene.frame(1)
    camera, ball = frame.camera, next(o for o in frame.objects if o.label == "ball" and o.visible_pixels > 30)

    # The centre of a ball lies a radius behind its nearest point, and projects into its box.
    centre = ball.camera_from_object[:3, 3]
    u, v, w = camera.intrinsics @ centre
    x0, y0, x1, y1 = ball.box
    assert x0 <= u / w <= x1 and y0 <= v / w <= y1
    assert frame.depth[ball.mask].min() == pytest.approx(centre[2] - 0.15, abs=0.02)
    assert np.allclose(camera.world_from_camera @ camera.camera_from_world, np.eye(4))
    assert np.allclose(camera.world_from_camera[:3, 3], (2.5, 0, 2), atol=1e-6)


def test_values_are_those_that_were_drawn(scene: rendersdg.Scene, whole_dataset: Path) -> None:
    record = json.loads((whole_dataset / record_path(3)).read_text())

    assert scene.frame(3).values == record["plan"]["values"]


def test_what_moved_is_told_when_it_is_asked_for(scene: rendersdg.Scene, whole_dataset: Path) -> None:
    flow = np.load(whole_dataset / "basic/motion_vectors_0002.npy")

    assert np.array_equal(scene.frame(2).annotate("motion_vectors"), flow)


def test_a_frame_draws_itself(scene: rendersdg.Scene) -> None:
    frame = scene.frame(0)
    drawn = np.asarray(frame.draw())
    plain = np.asarray(frame.draw(boxes=False, masks=False, labels=False))

    assert np.array_equal(plain, frame.rgb)
    with pytest.raises(ValueError, match="read-only"):
        frame.rgb[0, 0] = 0
    changed = (drawn != plain).any(-1)
    assert changed.any() and not changed[~frame.masks.any(0)].all()
    assert frame._repr_png_() == image_bytes(drawn)
    assert "4 box" in frame._repr_html_() and "base64" in frame._repr_html_()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda scene: scene.frame(-1), "frames are numbered from 0"),
        (lambda scene: scene.frame("3"), "whole number, not '3'"),
        (lambda scene: scene.frame(True), "whole number, not True"),
        (lambda scene: scene.frame(0, camera="veiw"), "no camera .* 'veiw'; known: Replicator"),
        (lambda scene: scene.frame(0).annotate("depht"), "no annotator 'depht'"),
        (lambda scene: scene.dataset(labels=["boxs"]), "no 'boxs'; did you mean 'boxes'"),
        (lambda scene: scene.dataset(frames=0), "give 1 or more"),
        (lambda scene: scene.render("out", workers=0), "workers=0"),
        (lambda scene: scene.dataset(classes="ball"), "give a list of names"),
        (lambda scene: rendersdg.load(None), "not from None"),  # type: ignore[arg-type]
        (lambda scene: rendersdg.load("a.yaml", seed="7"), "is a whole number, not '7'"),  # type: ignore[arg-type]
        (lambda scene: rendersdg.load("scene.yaml", assets={"omniverse://": "nowhere"}), "'nowhere'.*not a folder"),
        (lambda scene: rendersdg.new_scene(seed=1.5), "the seed is a whole number"),  # type: ignore[arg-type]
        (
            lambda scene: scene.frame(0).annotate("rgb", colorise=True),
            "no parameter 'colorise'; did you mean 'colorize'",
        ),
    ],
)
def test_what_cannot_be_is_said(scene: rendersdg.Scene, what: object, said: str) -> None:
    with pytest.raises(rendersdg.BadArgument, match=said):
        what(scene)  # type: ignore[operator]


def test_render_makes_the_dataset_of_the_command_line(
    scene: rendersdg.Scene, whole_dataset: Path, tmp_path: Path
) -> None:
    done = scene.render(tmp_path / "out")

    assert sums(tmp_path / "out") == sums(whole_dataset)
    assert len(done.missing) == 12 and done.root
    with pytest.raises(rendersdg.DatasetError, match="--resume"):
        scene.render(tmp_path / "out")
    assert scene.render(tmp_path / "out", resume=True).missing == []


def _frame_of(scene: rendersdg.Scene, number: int) -> bytes:
    return scene.frame(number).rgb.tobytes()


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("threads", [1, 2])
def test_another_process_makes_the_same_frame(tmp_path: Path, method: str, threads: int) -> None:
    (tmp_path / "scene.yaml").write_text(SCENE)
    scene = rendersdg.load(tmp_path / "scene.yaml", threads=threads)
    here = _frame_of(scene, 2)  # so that a forked process inherits an open scene, and threads that do not run in it

    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(_frame_of, (scene, 2)) == here


def test_a_scene_that_was_sent_needs_no_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    profile, path = tmp_path / "part/look.yaml", tmp_path / "scene.yaml"
    profile.write_text("unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}\n")
    path.write_text("profiles: [part/look.yaml]\n" + SCENE)
    scene = rendersdg.load(path, seed=3, changes={"things.count": 2})
    sent, frame = pickle.dumps(scene), scene.frame(1).rgb
    profile.unlink()
    path.unlink()

    again = pickle.loads(pickle.dumps(pickle.loads(sent)))

    assert np.array_equal(again.frame(1).rgb, frame)
    assert again.texts == scene.texts and again.seed == 3


def test_a_scene_that_changed_since_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    cv2.imwrite(str(tmp_path / "wall.png"), np.zeros((4, 4, 3), np.uint8))
    path.write_text(SCENE.replace("rendersdg:texture/sky", "wall.png"))
    sent = pickle.dumps(rendersdg.load(path))
    cv2.imwrite(str(tmp_path / "wall.png"), np.ones((4, 4, 3), np.uint8))

    with pytest.raises(rendersdg.BadScene, match="has changed; load it again"):
        pickle.loads(sent).frame(0)


def test_a_script_is_a_scene(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    scene = rendersdg.load(path, seed=2)

    done = scene.render(tmp_path / "run", frames=3)
    pictures = sorted((tmp_path / "run").rglob("rgb_*.png"))

    assert scene.classes == ("ball",) and scene.length == 4
    assert len(pictures) == 3 and done.files
    for number, picture in enumerate(pictures):
        assert np.array_equal(scene.frame(number).rgb, read(picture))
    assert np.array_equal(pickle.loads(pickle.dumps(scene)).frame(2).rgb, scene.frame(2).rgb)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (SCRIPT.replace("orchestrator.run()", "orchestrator.step()"), "captures its frames by itself"),
        ("import omni.replicator.core as rep\n", "no render product"),
        (SCRIPT.replace("rep.create.sphere", "rep.create.spere"), "script.py:5.*spere"),
        ("1 / 0\n", "script.py:1: ZeroDivisionError"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
    ],
)
def test_a_script_without_a_graph_is_refused(tmp_path: Path, script: str, said: str) -> None:
    path = tmp_path / "script.py"
    path.write_text(script)

    with pytest.raises(rendersdg.RenderSDGError, match=said):
        rendersdg.load(path)
    assert list(tmp_path.iterdir()) == [path]  # nothing is written


def test_labels_are_those_that_the_scenes_writer_writes(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    params = 'semantic_filter_predicate: "class:!floor", minimum_area: 60'
    path.write_text(SCENE.replace("{output_dir: coco}", f"{{output_dir: coco, {params}}}"))
    scene = rendersdg.load(path, seed=5)
    frame, everything = scene.frame(0), scene.frame(0, semantic_filter="class:*")

    assert scene.classes == ("ball", "box")
    assert all(o.visible_pixels >= 60 for o in frame.objects) and "floor" not in frame.labels
    assert "floor" in everything.labels and len(everything.objects) > len(frame.objects)
    path.write_text(SCENE[: SCENE.index("basic:")] + SCENE[SCENE.index("yolo:") :])
    assert rendersdg.load(path).classes == ("box", "ball")  # the order of YOLO's list


def test_scenes_take_turns_in_one_process(scene: rendersdg.Scene, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(SCENE.replace("count: 4", "count: 1"))
    alone = [scene.frame(k).rgb.tobytes() for k in (1, 2)]

    other = rendersdg.load(tmp_path / "other.yaml", seed=5, threads=2)
    turns: list[bytes] = []
    for k in (1, 2):
        other.frame(k).rgb.tobytes()
        with rendersdg.new_scene() as rep:  # recording one does not touch those that are open
            rep.create.render_product(rep.create.camera(), (16, 16))
            turns.append(scene.frame(k).rgb.tobytes())

    assert turns == alone


def test_an_amodal_mask_is_that_of_the_object_alone(tmp_path: Path) -> None:
    two = """
far: {create.cube: {position: [0, 0, 0], semantics: [["class", "far"]]}}
near: {create.cube: {position: [2, 0.3, 0], scale: 0.5, semantics: [["class", "near"]]}}
lamp: {create.light: {light_type: dome}}
"""
    frames = {}
    for name, text in (("both", two), ("alone", "\n".join(line for line in two.splitlines() if "near" not in line))):
        (tmp_path / f"{name}.yaml").write_text(HEAD + CAMERA + text)
        frames[name] = rendersdg.load(tmp_path / f"{name}.yaml").frame(0)

    both, alone = frames["both"], frames["alone"]

    assert both.labels == ["far", "near"]
    assert np.array_equal(both.amodal_masks[0], alone.masks[0])
    assert np.array_equal(both.masks[0], alone.masks[0] & ~both.masks[1]) and both.objects[0].occlusion > 0
    assert np.array_equal(both.amodal_masks[1], both.masks[1])


def test_the_parameters_of_annotators_are_those_that_they_read() -> None:
    source = "".join(p.read_text() for p in (ROOT / "rendersdg/annotators").glob("*.py"))

    assert set(re.findall(r'params\.get\("(\w+)"', source)) == PARAMETERS - OF_SCAN_BUFFERS
    assert {*COLUMNS, "enablePerFrameOutput"} == OF_SCAN_BUFFERS  # each frame of a lidar is one whole scan


def test_defects_without_labels_give_no_class(tmp_path: Path) -> None:
    scratches = 'defects.scratch: {input_prims: plate, semantics: [["class", "KIND"]], labels: HOW}'
    text = f"plate: {{create.plane: {{}}}}\na: {{{scratches}}}\nb: {{{scratches}}}\n"
    for kind, how in (("told", "cluster"), ("untold", "none")):
        text = text.replace("KIND", kind, 1).replace("HOW", how, 1)
    (tmp_path / "scene.yaml").write_text(HEAD + CAMERA + text)

    assert rendersdg.load(tmp_path / "scene.yaml").classes == ("told",)


NAMED = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
sky: {create.light: {light_type: dome}}
ball: {create.sphere: {position: [0, 1, 0.5], scale: 0.3, semantics: [[class, ball]]}}
box: {create.cube: {semantics: [[class, box]]}}
named:
  with.box:
    modify.keypoints:
      points: {front: [0.5, 0.25, 0], back: [-0.5, -0.25, 0], away: [0, 9, 0]}
      skeleton: [[front, back]]
top: {with.ball: {modify.keypoints: {points: {top: [0.499, 0, 0]}}}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [320, 240]}}
"""


def test_keypoints_of_a_frame_are_by_the_scenes_names_and_drawn(tmp_path: Path) -> None:
    path = tmp_path / "named.yaml"
    path.write_text(NAMED)
    scene = rendersdg.load(path)
    frame = scene.frame(0)
    names = ("front", "back", "away", "top")
    ball, box = frame.objects

    assert scene.keypoints == frame.keypoint_names == names and frame.keypoints.shape == (2, 4, 3)
    assert frame.keypoints[:, :, 2].tolist() == [[0, 0, 0, 2], [2, 1, 0, 0]]
    assert {k: tuple(v) for k, v in zip(names, frame.keypoints[1]) if k != "top"} == box.keypoints
    assert list(ball.keypoints) == ["top"] and ball.skeleton == [] and box.skeleton == [("front", "back")]
    plain, drawn = (np.asarray(frame.draw(keypoints=on)).astype(int) for on in (False, True))
    changed = np.abs(plain - drawn).sum(2) > 0
    seen, hidden = frame.keypoints[1, :2, :2].astype(int)
    assert changed[seen[1], seen[0]] and changed[hidden[1], hidden[0]]
    assert changed[tuple(((seen + hidden) // 2)[::-1])]  # the line between them
    assert not changed[: min(seen[1], hidden[1]) - 60].any()


def test_a_dataset_gives_keypoints_and_torchvision_takes_them(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "named.yaml"
    path.write_text(NAMED)
    data = rendersdg.load(path).dataset(frames=2, labels=["boxes", "keypoints"])
    image, target = pickle.loads(pickle.dumps(data.torch()[1]))

    assert np.array_equal(data[1]["keypoints"], data.frame(1).keypoints)
    assert target["keypoints"].dtype == torch.float32 and target["keypoints"].shape == (2, 4, 3)
    assert np.allclose(target["keypoints"].numpy(), data[1]["keypoints"])
    detection = pytest.importorskip("torchvision.models.detection")
    network = detection.keypointrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=3, num_keypoints=4, min_size=64, max_size=64
    )
    losses = network([image], [{k: target[k] for k in ("boxes", "labels", "keypoints")}])
    assert torch.isfinite(losses["loss_keypoint"])
