"""Time and memory of ``rendersdg report`` on a large set.

    python tests/bench/report_size.py [--images 10000] [--size 320x240] [--folder DIR] [--rendered]

The set is made first: pictures of a few shapes on a mottled ground, as JPEG, each another, with eight boxes on average
and a COCO list. With ``--rendered`` the list lies in a dataset that the null backend rendered, so that the parameters
are looked through, too. The report is a process of its own. Seconds are those of the clock and of all processors
together; memory is the process's peak (Linux and macOS can tell).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.reports.cube_scene import scene_of

CLASSES = tuple(f"class_{k}" for k in range(8))


def picture(rng: np.random.Generator, size_wh: tuple[int, int]) -> tuple[np.ndarray, list[list[int]]]:
    """Return a picture and its boxes: x, y, width, height."""
    width, height = size_wh
    coarse = rng.uniform(40, 200, (6, 8, 3)).astype(np.float32)
    image = cv2.resize(coarse, size_wh, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    boxes = []
    for _ in range(rng.integers(1, 16)):
        w, h = int(rng.integers(8, width // 4)), int(rng.integers(8, height // 4))
        x, y = int(rng.integers(0, width - w)), int(rng.integers(0, height - h))
        cv2.rectangle(image, (x, y), (x + w - 1, y + h - 1), rng.uniform(0, 255, 3).tolist(), -1)
        boxes.append([x, y, w, h])
    return image, boxes


def made(folder: Path, count: int, size_wh: tuple[int, int], suffix: str) -> Path:
    """Write the pictures and the list; return the list."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for k in range(count):
        shown, boxes = picture(rng, size_wh)
        name = f"{k:06d}.{suffix}"
        assert cv2.imwrite(str(folder / "images" / name), shown)
        images.append({"id": k, "file_name": name, "width": size_wh[0], "height": size_wh[1]})
        for box in boxes:
            label = int(rng.integers(0, len(CLASSES)))
            annotations.append({"id": len(annotations), "image_id": k, "category_id": label, "bbox": box})
    categories = [{"id": k, "name": name} for k, name in enumerate(CLASSES)]
    (folder / "annotations").mkdir(exist_ok=True)
    file = folder / "annotations" / "all.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return file


def rendered(folder: Path, count: int) -> Path:
    """Render as many frames without painting; return the dataset's folder, whose pictures are to be written over."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scene.yaml").write_text(scene_of(count, (32, 24)))
    command = [sys.executable, "-m", "rendersdg", "render", str(folder / "scene.yaml"), "-o", str(folder / "out")]
    subprocess.run([*command, "--backend", "null", "--quiet"], check=True)
    return folder / "out"


def measured(data: Path, out: Path) -> tuple[float, float, float]:
    """Return seconds of the clock and of the processors, and the peak in MB, of one report."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "rendersdg", "report", str(data), "-o", str(out)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    processors = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, processors, after.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--size", default="320x240", help="pixels, width x height")
    parser.add_argument("--folder", type=Path, help="where the set is made and kept; a temporary one else")
    parser.add_argument("--rendered", action="store_true", help="of a rendered dataset, with its parameters")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        # the suffix is the rendered pictures', which the records name
        root = rendered(folder, options.images) if options.rendered else folder
        data = made(root, options.images, (width, height), "png" if options.rendered else "jpg")
        wall, processors, peak = measured(data, folder / "report.html")
        size = (folder / "report.html").stat().st_size
    print(
        f"{options.images} images of {options.size}: {wall:.1f} s ({processors:.1f} s of processors), "
        f"{peak:.0f} MB at the peak, page {size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
