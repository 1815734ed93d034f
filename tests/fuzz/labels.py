"""Labelled sets of every reader, damaged: what comes of reading them.

``python -m tests.fuzz.labels [CASES] [SEED]`` runs many, spread over all readers, and prints the faults and the counts;
the tests run a few, and the cases that once failed.
"""

from __future__ import annotations

import csv
import io
import json
import resource
import shutil
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from detectors.readers import READERS, read
from detectors.samples import as_coco, checked
from rendersdg import rle
from tests.fuzz.mutation import bound_memory, choose, damaged, told
from writers.webdataset import tar_bytes

W, H = 20, 10
VOC = (
    "<annotation><size><width>20</width><height>10</height><depth>3</depth></size>"
    "<object><name>{name}</name><truncated>0</truncated><difficult>1</difficult>"
    "<bndbox><xmin>3</xmin><ymin>2</ymin><xmax>9</xmax><ymax>5</ymax></bndbox></object></annotation>"
)
RUNS = rle.compress(rle.runs(np.pad(np.ones((3, 6), bool), ((2, 5), (3, 11)))))


def _picture(path: Path, size_wh: tuple[int, int] = (W, H), value: int = 90) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((size_wh[1], size_wh[0], 3), value, np.uint8))


def _text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _mask(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros((H, W), np.uint8)
    mask[2:5, 3:9] = 255
    cv2.imwrite(str(path), mask)


def _coco(folder: Path) -> None:
    _picture(folder / "images" / "a.png")
    _picture(folder / "images" / "b.png")
    boxes = [[3, 2, 6, 3], [0, 0, 20, 10], [1.5, 2.5, 3, 3]]
    shapes = [[[3, 2, 9, 2, 9, 5, 3, 5]], {"size": [H, W], "counts": RUNS}, {"size": [H, W], "counts": [32, 3, 165]}]
    notes = [
        {"id": k + 1, "image_id": k // 2 + 1, "category_id": k % 2 + 1, "bbox": b, "iscrowd": 0, "segmentation": s}
        for k, (b, s) in enumerate(zip(boxes, shapes))
    ]
    images = [{"id": k + 1, "file_name": f"{n}.png", "width": W, "height": H} for k, n in enumerate("ab")]
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    _text(
        folder / "annotations" / "instances.json",
        json.dumps({"images": images, "annotations": notes, "categories": categories}),
    )


def _voc(folder: Path) -> None:
    for name in "ab":
        _picture(folder / "JPEGImages" / f"{name}.png")
        _text(folder / "Annotations" / f"{name}.xml", VOC.format(name="cat"))
    _text(folder / "ImageSets" / "Main" / "train.txt", "a\nb\n")


def _yolo(folder: Path) -> None:
    _picture(folder / "images" / "train" / "a.png")
    _picture(folder / "images" / "val" / "b.png")
    _text(folder / "labels" / "train" / "a.txt", "0 0.5 0.5 0.25 0.5\n1 0.1 0.1 0.5 0.1 0.5 0.5\n")
    _text(folder / "labels" / "val" / "b.txt", "1 0.5 0.5 0.2 0.2\n")
    _text(folder / "data.yaml", "train: images/train\nval: images/val\nnames: {0: cat, 1: dog}\n")


def _kitti(folder: Path) -> None:
    _picture(folder / "training" / "image_2" / "0.png")
    row = "Car 0.00 0 0.1 3 2 9 5 1.5 1.6 4.0 0 1 20 0.0\n"
    _text(
        folder / "training" / "label_2" / "0.txt", row + "DontCare -1 -1 -10 1 1 4 4 -1 -1 -1 -1000 -1000 -1000 -10\n"
    )


def _dota(folder: Path) -> None:
    for split in ("train", "val"):
        _picture(folder / split / "images" / "a.png")
        rows = "imagesource:GoogleEarth\ngsd:0.1\n3.0 2.0 9.0 2.0 9.0 5.0 3.0 5.0 cat 0\n8 1 9 2 8 3 7 2 dog 1\n"
        _text(folder / split / "labelTxt" / "a.txt", rows)


def _labelme(folder: Path) -> None:
    _picture(folder / "a.png")
    shapes = [
        {"label": "cat", "points": [[3, 2], [9, 2], [9, 5]], "shape_type": "polygon"},
        {"label": "dog", "points": [[3, 2], [9, 5]], "shape_type": "rectangle"},
        {"label": "sun", "points": [[8, 5], [9, 5]], "shape_type": "circle"},
    ]
    _text(
        folder / "a.json",
        json.dumps({"imagePath": "a.png", "shapes": shapes, "imageWidth": W, "imageHeight": H, "imageData": None}),
    )


def _neu(folder: Path) -> None:
    for k in (1, 2):
        _picture(folder / "images" / f"crazing_{k}.jpg")
        _text(folder / "annotations" / f"crazing_{k}.xml", VOC.format(name="crazing"))
    _text(folder / "splits" / "train.txt", "crazing_1\n")
    _text(folder / "splits" / "val.txt", "crazing_2\n")
    _text(folder / "groups.csv", "image,photo_group\ncrazing_1,g1\ncrazing_2,g2\n")


def _gc10(folder: Path) -> None:
    _picture(folder / "01" / "a.jpg")
    _text(folder / "lable" / "a.xml", VOC.format(name="1_chongkong"))


def _kolektor(folder: Path) -> None:
    for split in ("train", "test"):
        _picture(folder / split / "1.png")
        _mask(folder / split / "1_GT.png")


def _masks(folder: Path) -> None:
    for stem in "ab":
        _picture(folder / "images" / f"{stem}.png")
    _mask(folder / "masks" / "a.png")
    np.savez(folder / "masks" / "b.npz", mask=np.zeros((H, W), np.uint8))


def _tile(folder: Path) -> None:
    _picture(folder / "MT_Crack" / "a.jpg")
    _mask(folder / "MT_Crack" / "a.png")
    _text(folder / "index.csv", "image,tile_group\nMT_Crack/a.jpg,t1\n")


def _severstal(folder: Path) -> None:
    _picture(folder / "train_images" / "a.jpg")
    _picture(folder / "train_images" / "b.jpg")
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerows([["ImageId", "ClassId", "EncodedPixels"], ["a.jpg", "1", "33 3 43 3 53 3"], ["b.jpg", "4", ""]])
    _text(folder / "train.csv", lines.getvalue())


def _deeppcb(folder: Path) -> None:
    for name in ("_test", "_temp"):
        _picture(folder / "group1" / "1" / f"12345678{name}.jpg")
    _text(folder / "group1" / "1_not" / "12345678.txt", "3 2 9 5 1\n1,1,4,4,6\n")
    _text(folder / "test.txt", "group1/1/12345678.jpg group1/1_not/12345678.txt\n")


def _basic(folder: Path) -> None:
    _picture(folder / "rgb_0000.png")
    kind = [("semanticId", "<u4"), ("x_min", "<i4"), ("y_min", "<i4"), ("x_max", "<i4"), ("y_max", "<i4")]
    np.save(folder / "bounding_box_2d_tight_0000.npy", np.array([(0, 3, 2, 8, 4), (1, 0, 0, 5, 5)], kind))
    _text(folder / "bounding_box_2d_tight_labels_0000.json", '{"0": {"class": "cat"}, "1": {"class": "dog"}}')


def _mvtec(folder: Path) -> None:
    _picture(folder / "train" / "good" / "0.png")
    _picture(folder / "test" / "good" / "0.png")
    _picture(folder / "test" / "crack" / "0.png")
    _mask(folder / "ground_truth" / "crack" / "0_mask.png")


def _webdataset(folder: Path) -> None:
    notes = [
        {"category": "cat", "bbox": [3, 2, 6, 3], "iscrowd": 0, "segmentation": {"size": [H, W], "counts": RUNS}},
        {"category": "dog", "bbox": [0, 0, 20, 10], "segmentation": [[3, 2, 9, 2, 9, 5, 3, 5]]},
    ]
    picture = cv2.imencode(".png", np.full((H, W, 3), 90, np.uint8))[1].tobytes()
    labels = json.dumps({"frame": 0, "width": W, "height": H, "objects": notes}).encode()
    for name in "ab":
        members = [("0.json", labels), ("0.png", picture), ("1.json", b'{"objects": []}'), ("1.png", picture)]
        (folder / f"{name}.tar").write_bytes(tar_bytes(members))


def _bop(folder: Path) -> None:
    scene = folder / "train" / "000001"
    _picture(scene / "rgb" / "000007.png")
    _mask(scene / "mask_visib" / "000007_000000.png")
    _text(folder / "objects.json", '{"3": "cat", "5": "dog"}')
    _text(scene / "scene_gt.json", '{"7": [{"obj_id": 3}, {"obj_id": 5}]}')
    _text(scene / "scene_gt_info.json", '{"7": [{"bbox_visib": [3, 2, 6, 3]}, {"bbox_visib": [0, 0, 20, 10]}]}')


def _parquet(folder: Path) -> None:
    parquet, arrow = import_module("pyarrow.parquet"), import_module("pyarrow")
    picture = cv2.imencode(".png", np.full((H, W, 3), 90, np.uint8))[1].tobytes()
    shape = json.dumps({"size": [H, W], "counts": RUNS})
    notes = [
        {"category": "cat", "bbox": [3.0, 2, 6, 3], "segmentation": shape},
        {"category": "dog", "bbox": [0.0, 0, 20, 10], "segmentation": "[[3, 2, 9, 2, 9, 5, 3, 5]]"},
    ]
    rows = [{"image": {"bytes": picture, "path": "0.png"}, "width": W, "height": H, "objects": notes}]
    (folder / "data").mkdir()
    parquet.write_table(arrow.Table.from_pylist(rows), folder / "data" / "train-0.parquet")


def _harm_member(rng: np.random.Generator, file: Path) -> str:
    """Change a value in the labels of a sample, or a member's bytes, or drop one."""
    with tarfile.open(file) as archive:
        members = [(m.name, opened.read()) for m in archive if (opened := archive.extractfile(m)) is not None]
    at = int(rng.integers(len(members)))
    name, data = members[at]
    if name.endswith(".json") and rng.random() < 0.8:
        members[at] = (name, json.dumps(_harmed_value(rng, json.loads(data))).encode())
    elif rng.random() < 0.7:
        members[at] = (name, damaged(rng, data))
    else:
        del members[at]
    file.write_bytes(tar_bytes(members))
    return f"{file.name}: member {name}"


SETS: Mapping[str, Callable[[Path], None]] = {
    "neu-det": _neu,
    "magnetic-tile": _tile,
    "severstal": _severstal,
    "gc10-det": _gc10,
    "kolektor-sdd2": _kolektor,
    "deeppcb": _deeppcb,
    "labelme": _labelme,
    "yolo": _yolo,
    "dota": _dota,
    "voc": _voc,
    "coco": _coco,
    "kitti": _kitti,
    "basic": _basic,
    "mvtec": _mvtec,
    "bop": _bop,
    "masks": _masks,
    "webdataset": _webdataset,
    **({"parquet": _parquet} if find_spec("pyarrow") else {}),
}
SPLITS = {
    "mvtec": "test",
    "bop": "train",
    "neu-det": "train",
    "deeppcb": "test",
    "kolektor-sdd2": "train",
    "voc": "train",
    "yolo": "val",
}


def look_through(spec: str) -> None:
    """Read a set and do with it what commands do. Raises whatever is wrong with it."""
    samples = checked(read(spec), clip=True)
    for sample in samples.images:
        assert np.isfinite(sample.xyxy).all()
        sample.mask()
    json.dumps(as_coco(samples), allow_nan=False)


def harm(rng: np.random.Generator, folder: Path) -> str:
    """Damage one file of a set; return which, and how."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    pictures = [p for p in files if p.suffix in (".png", ".jpg")]
    notes = [p for p in files if p not in pictures]
    if pictures and (not notes or rng.random() < 0.15):
        file = choose(rng, pictures)
        assert isinstance(file, Path)
        return _harm_picture(rng, file)
    file = choose(rng, notes)
    assert isinstance(file, Path)
    if file.suffix == ".json" and rng.random() < 0.6:
        with suppress(ValueError, RecursionError):  # it was damaged already
            file.write_text(json.dumps(_harmed_value(rng, json.loads(file.read_bytes()))))
            return f"{file.name}: a value"
    if file.suffix == ".tar" and rng.random() < 0.7:
        with suppress(ValueError, RecursionError, tarfile.TarError, OSError):
            return _harm_member(rng, file)
    file.write_bytes(damaged(rng, file.read_bytes()))
    return f"{file.name}: bytes"


def _harm_picture(rng: np.random.Generator, file: Path) -> str:
    way = int(rng.integers(6))
    if way == 0:
        file.unlink()
    elif way == 1:
        _picture(file, (int(rng.integers(1, 40)), int(rng.integers(1, 40))))
    elif way == 2:
        file.write_bytes(file.read_bytes()[: int(rng.integers(100))])
    elif way == 3:  # a header that promises a picture of any size
        width, height = (int(v) for v in rng.choice([0, 1, 20, 65535, 2**31 - 1, 2**32 - 1], 2))
        head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
        file.write_bytes(head + b"\x08\0\0\0\0" + b"\0\0\0\0" + file.read_bytes()[33:])
    else:
        file.write_bytes(damaged(rng, file.read_bytes()))
    return f"{file.name}: picture {way}"


_VALUES = (None, True, False, 0, -1, 1e999, -1e300, 1e12, 10**30, 10**400, "", "x", "nan", [], {}, [1], [[1]],
           {"a": 1}, "../x", [1, 2, 3], [1e300] * 4,
           [0, 0, 0, 0], [-5, -5, 1e9, 1e9], "\0", "P" * 50, 2**63, [None] * 4)  # fmt: skip


def _harmed_value(rng: np.random.Generator, value: object) -> object:
    """Return a value in which one part is replaced, removed or doubled."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = choose(rng, list(value))
        way = rng.random()
        if way < 0.1:
            return {k: v for k, v in value.items() if k != key}
        return {k: _harmed_value(rng, v) if k == key else v for k, v in value.items()}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = int(rng.integers(len(value)))
        way = rng.random()
        if way < 0.1:
            return value[:at] + value[at + 1 :]
        if way < 0.2:
            return value[:at] + [value[at]] + value[at:]
        return [_harmed_value(rng, v) if k == at else v for k, v in enumerate(value)]
    return choose(rng, _VALUES)


def case(layout: str, seed: int, good: Path, place: Path) -> tuple[str, str]:
    """Return what was done to a copy of a good set, and what came of reading it."""
    rng = np.random.default_rng(seed)
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(good / layout, place)
    done = ", ".join(harm(rng, place) for _ in range(int(rng.integers(1, 3))) if any(place.rglob("*.*")))
    split = f"@{SPLITS[layout]}" if layout in SPLITS and rng.random() < 0.5 else ""
    spec = f"{layout}:{place}{split}" if rng.random() < 0.8 else f"{place}{split}"
    return done, told(lambda: look_through(spec))


def make_good(folder: Path) -> None:
    """Write a good set of each layout."""
    assert set(READERS) - set(SETS) <= {"parquet"}
    for layout, make in SETS.items():
        (folder / layout).mkdir()
        make(folder / layout)


def main(cases: int, seed: int) -> int:
    """Run so many cases; return how many faults there were."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        good, place = Path(folder, "good"), Path(folder, "set")
        good.mkdir()
        make_good(good)
        for layout in SETS:
            look_through(f"{layout}:{good / layout}")
        bound_memory()
        for number in range(cases):
            layout = list(SETS)[number % len(SETS)]
            done, said = case(layout, seed + number, good, place)
            counts[said.partition(":")[0]] += 1
            if said.startswith("FAULT"):
                print(f"{layout} {seed + number} ({done}): {said[:400]}", flush=True)
    print(dict(counts), f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most")
    return counts["FAULT"]


if __name__ == "__main__":
    sys.exit(1 if main(*(int(v) for v in [*sys.argv[1:], "1000", "0"][:2])) else 0)
