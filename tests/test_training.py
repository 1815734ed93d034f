"""Splits, mixes and training: nothing torn apart, nothing forgotten, the same weights whatever happens on the way."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.augment import Augment, augmented, laid_together
from detectors.mix import alone, chosen, main_class, mixed, read_mix, write_mix
from detectors.preprocess import Preprocess, read_rgb
from detectors.readers import read
from detectors.recipe import Recipe
from detectors.samples import Sample, Samples, write_coco
from detectors.splits import grouped, leaks, split
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from tests import commands
from tests.conftest import ROOT, needs_shared

torch = pytest.importorskip("torch")


def plain(images: int, groups: int = 4, classes: int = 3) -> Samples:
    """Return a set without pictures: image k is of class k % classes and group k // groups."""
    made = tuple(
        Sample(
            Path(f"im{k:03d}.png"),
            (40, 40),
            np.array([[0, 0, 9, 9.0]]),
            np.array([k % classes]),
            group=f"g{k // groups}",
        )
        for k in range(images)
    )
    return Samples(tuple("abc"[:classes]), made, "plain")


def squares(folder: Path, images: int = 12, seed: int = 0, size: int = 64) -> Samples:
    """Return a set on disk: one bright or dark square an image on noise."""
    rng = np.random.default_rng(seed)
    made = []
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(images):
        image = rng.integers(90, 140, (size, size, 3)).astype(np.uint8)
        x, y, side = *rng.integers(2, size - 30, 2), int(rng.integers(12, 26))
        image[y : y + side, x : x + side] = 250 if k % 2 else 5
        cv2.imwrite(str(folder / f"{k:03d}.png"), image)
        made.append(
            Sample(folder / f"{k:03d}.png", (size, size), np.array([[x, y, x + side, y + side]]), np.array([k % 2]))
        )
    return Samples(("dark", "bright"), tuple(made), folder.name)


SMALL = Recipe(
    detector="yolo11n", size=64, steps=6, batch=4, warmup=2, check_every=0, save_every=2, threads=1, device="cpu"
)


@given(st.integers(1, 60), st.integers(1, 7), st.sampled_from(["group", "file", "hash"]), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_split_takes_each_image_once_and_tears_no_group(images: int, groups: int, by: Any, seed: int) -> None:
    whole = plain(images, groups)

    parts = split(whole, {"train": 0.6, "val": 0.3, "test": 0.1}, by, seed)

    assert sorted(s.file for p in parts.values() for s in p.images) == sorted(s.file for s in whole.images)
    if by != "file":
        keys = [{s.key for s in p.images} for p in parts.values()]
        assert not keys[0] & keys[1] and not keys[1] & keys[2] and not keys[0] & keys[2]


def test_a_split_by_group_is_near_its_shares_class_by_class() -> None:
    parts = split(plain(300, 1), {"train": 0.7, "val": 0.3})

    assert parts["train"].counts() == {"a": 70, "b": 70, "c": 70} and parts["val"].counts() == {
        "a": 30,
        "b": 30,
        "c": 30,
    }


def test_a_split_by_hash_moves_nobody_when_images_are_added() -> None:
    few, many = (split(plain(n, 1), {"train": 0.7, "val": 0.3}, "hash") for n in (80, 200))

    for name in few:
        assert {s.file for s in few[name].images} <= {s.file for s in many[name].images}
    assert 40 < len(many["val"]) < 80


def test_groups_from_file_names() -> None:
    whole = grouped(plain(12), r"im(\d\d)\d")

    assert {s.group for s in whole.images} == {"00", "01"}
    with pytest.raises(BadArgument, match=r"does not match im000\.png"):
        grouped(whole, "x(1)")


def test_the_same_photograph_on_both_sides_is_reported(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.normal(120, 60, (300, 300)).astype(np.float32), (0, 0), 1.2)
    other = cv2.GaussianBlur(rng.normal(120, 60, (300, 300)).astype(np.float32), (0, 0), 1.2)
    ramp = np.linspace(0, 80, 200)[None]
    crops = {
        "a": wide[:200, :200],
        "b": other[:200, :200],
        "shifted": wide[60:260, 40:240] + ramp,
        "same": wide[:200, :200],
        "new": other[100:, 100:][:, ::-1],
    }
    for name, grey in crops.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.clip(grey, 0, 255).astype(np.uint8))
    cv2.imwrite(
        str(tmp_path / "jpeg.jpg"), np.clip(wide[:200, :200], 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 70]
    )

    def of(*names: str) -> Samples:
        return Samples(("x",), tuple(Sample(tmp_path / n, (200, 200)) for n in names))

    found = {
        x.one.file.stem: (x.kind, x.other.file.stem)
        for x in leaks(of("shifted.png", "same.png", "new.png", "jpeg.jpg"), of("b.png", "a.png"))
    }

    assert found == {"shifted": ("overlap", "a"), "same": ("identical", "a"), "jpeg": ("overlap", "a")}
    one, two = plain(4).images[0], plain(4).images[1]
    for sample in (one, two):
        cv2.imwrite(str(tmp_path / sample.file.name), rng.integers(0, 255, (40, 40, 3)).astype(np.uint8))
    here = [Samples(("x",), (replace(s, file=tmp_path / s.file.name, labels=np.array([0])),)) for s in (one, two)]
    assert [x.kind for x in leaks(*here)] == ["group"]


@pytest.mark.parametrize("by", ["group", "file", "hash"])
def test_a_split_is_the_same_wherever_the_data_lie(by: str) -> None:
    def names(folder: str) -> list[list[str]]:
        whole = plain(40)
        moved = whole.of(replace(s, file=Path(folder) / "images" / s.file.name, group="") for s in whole.images)
        return [[s.file.name for s in part.images] for part in split(moved, {"train": 0.7, "val": 0.3}, by).values()]  # type: ignore[arg-type]

    assert names("/data") == names("/home/anybody/data")


def test_a_random_split_of_neu_det_leaks_and_the_given_one_hardly_does() -> None:
    """The published copy is cut from larger photographs; its groups were found by another method."""
    whole = read(str(needs_shared("data", "neu-det")))
    inclusions = whole.of(s for s in whole.images if s.file.name.startswith("inclusion"))
    group = {s.file: s.group for s in inclusions.images}
    blind = inclusions.of(replace(s, group="") for s in inclusions.images)
    torn = split(blind, {"train": 0.7, "val": 0.3}, "file")
    kept = split(inclusions, {"train": 0.7, "val": 0.3}, "group")

    found = list(leaks(torn["val"], torn["train"]))
    clean = list(leaks(*(kept[n].of(replace(s, group="") for s in kept[n].images) for n in ("val", "train"))))

    right = [group[x.one.file] == group[x.other.file] for x in found]
    assert len(found) > 30 and np.mean(right) > 0.9 and len(clean) < len(found) / 4


@given(st.integers(0, 5), st.integers(0, 12), st.integers(0, 12))
def test_a_smaller_choice_lies_inside_a_larger_one(seed: int, few: int, more: int) -> None:
    whole = plain(30)
    small, large = (chosen(whole, seed, per_class=n) for n in sorted((few, more)))

    assert {s.file for s in small.images} <= {s.file for s in large.images}
    assert set(large.counts().values()) == {min(max(few, more), 10)}


def test_a_fraction_is_taken_of_each_class_and_the_main_class_is_the_one_with_most_area() -> None:
    whole = plain(30)
    two = Sample(Path("x"), (40, 40), np.array([[0, 0, 5, 5], [0, 0, 30, 30], [1, 1, 6, 6.0]]), np.array([0, 1, 0]))

    assert (
        chosen(whole, 0, fraction=0.25).counts() == {"a": 3, "b": 3, "c": 3} and len(chosen(whole, 0, fraction=0)) == 0
    )
    assert main_class(two) == 1 and main_class(Sample(Path("y"), (4, 4))) == -1


def test_a_balanced_batch_holds_both_kinds_by_ratio_and_goes_through_all_images() -> None:
    from detectors.batches import draw

    real, rendered = plain(5), replace(plain(40), name="rendered")
    rendered = rendered.of(replace(s, file=Path("r") / s.file) for s in rendered.images)
    parts = mixed(real, rendered, "balanced", (1, 3)).stages[0].parts

    batches = [draw(parts, 8, k, 7, "train") for k in range(20)]

    assert all(sum("r/" in str(s.file) for s in b) == 6 for b in batches)
    seen = [str(s.file) for b in batches for s in b if "r/" not in str(s.file)]
    assert all(
        sorted(seen[k : k + 5]) == sorted(str(s.file) for s in real.images) for k in range(0, 40, 5)
    )  # epoch by epoch
    assert draw(parts, 8, 13, 7, "train") == batches[13] != draw(parts, 8, 13, 8, "train")


def test_a_mix_is_written_and_read_back(tmp_path: Path) -> None:
    real, rendered = squares(tmp_path / "real", 4), squares(tmp_path / "rendered", 6)
    for schedule in ("union", "balanced", "finetune"):
        mix = mixed(real, rendered, schedule, (1, 3))  # type: ignore[arg-type]
        write_mix(mix, tmp_path / schedule, {"seed": 0})

        back = read_mix(tmp_path / schedule)

        assert [(s.name, [(p.share, len(p.samples)) for p in s.parts]) for s in back.stages] == [
            (s.name, [(p.share, len(p.samples)) for p in s.parts]) for s in mix.stages
        ]
    assert [len(s.parts[0].samples) for s in back.stages] == [6, 4]
    with pytest.raises(DatasetError, match="nothing to learn from"):
        mixed(None, None, "union")
    with pytest.raises(BadArgument, match="both sides must be above 0"):
        mixed(real, rendered, "balanced", (1, 0))


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_augmentation_moves_boxes_with_their_pixels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 96
    x, y, w, h = *rng.integers(0, 60, 2), *rng.integers(12, 36, 2)
    image = np.zeros((size, size, 3), np.uint8)
    image[y : y + h, x : x + w] = 255
    choice = Augment(flip_x=0.5, flip_y=0.5, scale=0.3, shift=0.2, gain=0.2, level=0.1, noise=0)

    out, boxes, keep = augmented(image, np.array([[x, y, x + w, y + h]], float), choice, rng, pad=0)

    bright = out[..., 0] > 110
    if keep[0]:
        rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
        seen = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        assert np.abs(boxes[0] - seen).max() < 1.2, (boxes, seen)


def test_no_augmentation_leaves_the_image_alone() -> None:
    image = np.random.default_rng(0).integers(0, 255, (32, 32, 3)).astype(np.uint8)
    none = Augment(0, 0, 0, 0, 0, 0, 0, 0)

    out, boxes, keep = augmented(image, np.array([[1, 2, 9, 9.0]]), none, np.random.default_rng(1), 114)

    assert np.array_equal(out, image) and boxes.tolist() == [[1, 2, 9, 9]] and keep.all()


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_a_mosaic_keeps_each_box_on_its_object(seed: int) -> None:
    rng = np.random.default_rng(seed)
    four = []
    for value in (60, 110, 160, 210):
        x, y = rng.integers(0, 60, 2)
        image = np.zeros((96, 96, 3), np.uint8)
        image[y : y + 30, x : x + 30] = value
        four.append((image, np.array([[x, y, x + 30, y + 30]], float)))

    out, boxes = laid_together(four, rng, pad=0)

    for (x0, y0, x1, y1), value in zip(boxes, (60, 110, 160, 210)):
        if x1 - x0 > 2 and y1 - y0 > 2:
            inner = out[int(np.ceil(y0)) + 1 : int(y1) - 1, int(np.ceil(x0)) + 1 : int(x1) - 1, 0]
            assert inner.size == 0 or np.abs(inner.astype(int) - value).max() <= 2


@given(st.integers(20, 300), st.integers(20, 300), st.booleans())
@settings(deadline=None, max_examples=40)
def test_boxes_come_back_from_the_square(width: int, height: int, grey: bool) -> None:
    preprocess = Preprocess(96, grey=grey)
    image = np.zeros((height, width, 3), np.uint8)
    box = np.array([[width * 0.25, height * 0.25, width * 0.75, height * 0.5]])

    square = preprocess.image(image)

    assert square.shape == (96, 96, 3)
    assert np.allclose(preprocess.boxes_back(box * preprocess.scale_of((width, height)), (width, height)), box)
    assert preprocess.tensor(square[None]).shape == (1, 3, 96, 96)


def names() -> list[str]:
    from detectors.contract import DETECTORS

    return list(DETECTORS)


@pytest.mark.parametrize("name", names())
def test_every_detector_keeps_the_contract(name: str) -> None:
    from detectors.contract import DETECTORS, Target

    torch.manual_seed(0)
    size = 128 if name == "fcos_vit" else 64
    detector = DETECTORS[name](3, size).train()
    images = torch.rand(2, 3, size, size)
    targets = [
        Target(torch.tensor([[4.0, 6, 30, 40]]), torch.tensor([2])),
        Target(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64)),
    ]

    parts = detector.losses(images, targets)
    sum(parts.values()).backward()  # type: ignore[union-attr]
    with torch.inference_mode():
        found = detector.eval().detect(images)

    assert all(v.ndim == 0 and torch.isfinite(v) for v in parts.values()) and detector.rate > 0
    assert sum(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in detector.parameters()) > 10
    assert len(found) == 2
    for one in found:
        assert one.xyxy.shape == (len(one.scores), 4) and len(one.scores) <= 100 and (np.diff(one.scores) <= 0).all()
        assert ((one.scores >= 0) & (one.scores <= 1)).all() and set(one.labels) <= {0, 1, 2}


def weights(folder: Path) -> dict[str, Any]:
    from detectors.checkpoint import load

    return load(folder / "model.pt")["weights"]


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_the_seed_decides_the_weights(tmp_path: Path) -> None:
    from detectors.train import train

    mix = alone(squares(tmp_path / "data"))
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(mix, replace(SMALL, seed=seed), tmp_path / name)

    assert same(weights(tmp_path / "a"), weights(tmp_path / "b")) and not same(
        weights(tmp_path / "a"), weights(tmp_path / "c")
    )


COMMAND = [sys.executable, "-m", "rendersdg.cli", "train"]
SET = [
    f"--set={k}={v}"
    for k, v in {
        "detector": "yolo11n",
        "size": 64,
        "steps": 30,
        "batch": 4,
        "warmup": 2,
        "save_every": 3,
        "threads": 1,
        "device": "cpu",
    }.items()
]


def command(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return commands.run("train", *arguments, **more)


def test_a_run_killed_and_resumed_ends_with_equal_weights(tmp_path: Path) -> None:
    write_coco(squares(tmp_path / "data"), tmp_path / "train.json")
    whole = command(tmp_path / "train.json", "-o", tmp_path / "whole", *SET, fresh=True)
    assert whole.returncode == 0, whole.stderr
    kept = tmp_path / "torn" / "checkpoint.pt"
    process = commands.start("train", tmp_path / "train.json", "-o", tmp_path / "torn", *SET)
    until = time.monotonic() + 120
    while not kept.exists() and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert kept.exists() and not (tmp_path / "torn" / "model.pt").exists()

    again = command(tmp_path / "train.json", "-o", tmp_path / "torn", *SET)
    resumed = command(tmp_path / "train.json", "-o", tmp_path / "torn", "--resume", *SET)

    assert again.returncode == 4 and "--resume" in again.stderr
    assert resumed.returncode == 0, resumed.stderr
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "torn"))
    logs = [list(csv.DictReader((tmp_path / n / "log.csv").open())) for n in ("whole", "torn")]
    assert logs[0] == logs[1]
    other = command(tmp_path / "train.json", "-o", tmp_path / "torn", "--resume", *SET, "--set", "rate=0.01")
    assert other.returncode == 4 and "rate was 0.0, is 0.01" in other.stderr


def test_a_full_disk_and_a_corrupt_image_are_told_and_the_checkpoint_is_kept(tmp_path: Path) -> None:
    data = squares(tmp_path / "data")
    write_coco(data, tmp_path / "train.json")
    first = command(tmp_path / "train.json", "-o", tmp_path / "run", *SET, "--set", "steps=3")
    assert first.returncode == 0, first.stderr
    size = (tmp_path / "run" / "checkpoint.pt").stat().st_size

    full = command(tmp_path / "train.json", "-o", tmp_path / "full", *SET, limit=size // 2)
    (tmp_path / "data" / "003.png").write_bytes(b"\x89PNG torn")
    corrupt = command(tmp_path / "train.json", "-o", tmp_path / "corrupt", *SET)

    assert full.returncode == 4 and "cannot write" in full.stderr and "Traceback" not in full.stderr
    assert not list((tmp_path / "full").glob("*.pt")) and not list((tmp_path / "full").glob(".*part"))
    assert (
        corrupt.returncode == 4
        and "003.png is not a readable image" in corrupt.stderr
        and "Traceback" not in corrupt.stderr
    )


def test_a_loss_that_is_no_number_stops_with_its_step_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    from detectors.train import train

    with pytest.raises(
        TrainingFailed, match=r"not a finite number at step \d+ .*lower the rate.*last checkpoint is kept"
    ) as error:
        train(
            alone(squares(tmp_path / "data")),
            replace(SMALL, steps=60, rate=1e18, clip=1e30, warmup=0, save_every=1),
            tmp_path / "run",
        )

    assert error.value.exit_code == 7 and (tmp_path / "run" / "checkpoint.pt").exists()


def test_weights_carry_over_and_foreign_ones_are_counted(tmp_path: Path) -> None:
    from detectors.train import train

    two = squares(tmp_path / "data")
    three = Samples((*two.classes, "more"), two.images)
    train(alone(two), SMALL, tmp_path / "first")
    said: list[str] = []
    train(alone(three), SMALL, tmp_path / "second", weights=tmp_path / "first", log=said.append)
    state = {k: v for k, v in weights(tmp_path / "first").items() if ".0." in k}
    torch.save(state, tmp_path / "foreign.pt")
    train(alone(two), SMALL, tmp_path / "third", weights=tmp_path / "foreign.pt", log=said.append)

    assert "gave" in said[0] and "start anew" in said[0] and f"gave {len(state)} of" in said[1]
    (tmp_path / "bad.pt").write_bytes(b"no")
    for file, says in (("bad.pt", "holds no weights"), ("missing.pt", "are not there")):
        with pytest.raises(DatasetError, match=says):
            train(alone(two), SMALL, tmp_path / file[:3], weights=tmp_path / file)


def test_stages_follow_each_other_and_a_set_without_boxes_is_refused(tmp_path: Path) -> None:
    from detectors.train import train

    real, rendered = squares(tmp_path / "real", 4), squares(tmp_path / "rendered", 6)
    record = train(mixed(real, rendered, "finetune"), SMALL, tmp_path / "run")

    assert record["stage"] == "finetune" and record["images"] == {"real": 4}
    assert json.loads((tmp_path / "run/pretrain/result.json").read_text())["images"] == {"rendered": 6}
    assert record["recipe"]["rate"] == pytest.approx(0.001)  # half of yolo's own
    bare = real.of(Sample(s.file, s.size_wh) for s in real.images)
    with pytest.raises(DatasetError, match="no image has a box"):
        train(alone(bare), SMALL, tmp_path / "none")


def test_early_stop_and_the_best_checkpoint(tmp_path: Path) -> None:
    from detectors.train import train

    data = squares(tmp_path / "data")
    record = train(alone(data), replace(SMALL, steps=60, check_every=2, patience=2), tmp_path / "run", data)

    assert record["steps"] < 60 and (tmp_path / "run" / "best.pt").exists()
    checks = list(csv.DictReader((tmp_path / "run" / "checks.csv").open()))
    assert int(checks[-1]["step"]) == record["steps"] and record["scores"]["summary"]["mAP50"] is not None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"stepz": 3}, "stepz is unknown; did you mean 'steps'"),
        ({"augment.flipx": 1}, r"augment\.flipx is unknown; did you mean 'flip_x'"),
        ({"size": 100}, "not a multiple of 32"),
        ({"rate": "fast"}, "rate='fast' is not a float"),
        ({"steps": 2.5}, "steps=2.5 is not an int"),
        ({"precision": "int4"}, "not fp32 or bf16"),
    ],
)
def test_a_recipe_names_what_is_wrong(change: dict[str, Any], says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        Recipe().with_changes(change)


def test_a_recipe_takes_changes_of_both_forms() -> None:
    recipe = Recipe().with_changes({"rate": 1, "augment": {"flip_y": 0.5}, "augment.mosaic": 1})

    assert (recipe.rate, recipe.augment.flip_y, recipe.augment.mosaic, recipe.augment.flip_x) == (1.0, 0.5, 1.0, 0.5)


def test_read_rgb_gives_red_first(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "red.png"), np.array([[[0, 0, 255]]], np.uint8))

    assert read_rgb(tmp_path / "red.png").tolist() == [[[255, 0, 0]]]


def test_training_takes_the_threads_that_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    from detectors.recipe import cores

    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert cores() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert cores() == len(os.sched_getaffinity(0))
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_a_yolo_network_leaves_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    code = (
        "import os; from detectors.models.yolo import yolo11n; yolo11n(2, 64); "
        "print(os.path.isdir(os.environ['YOLO_CONFIG_DIR']))"
    )
    env = {k: v for k, v in os.environ.items() if k != "YOLO_CONFIG_DIR"} | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
    assert not list(tmp_path.glob("rendersdg*"))
