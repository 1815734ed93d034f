"""The sheet of defects: sizes, places and contrast."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from tests.conftest import Opener
from tests.scene.bench import BENCH
from writers.defects import read_defects


def test_the_sheet_of_defects_tells_sizes_places_and_contrast(open_scene: Opener) -> None:
    mark = (
        "scratch: {length: 40, width: 5, gain: 0.1, taper: 0.02, depth: 0, bow: 0, wander: 0, beading: 0, angle: 30, "
        "position: [0, 0, 0]}"
    )
    text = BENCH % (mark, "diffuse_dome: {intensity: 600}") + (
        "save: {writers.get: {name: DefectWriter, init_params: {output_dir: x, tolerance_mm: 20}, "
        "render_products: view}}\n"
    )
    session = open_scene(text.replace("metallic: 1.0", "metallic: 0.0"))
    files = session.make(0).files
    (found,) = read_defects(files["defects_0000.json"])
    mask = cv2.imdecode(np.frombuffer(files["mask_0000.png"], np.uint8), cv2.IMREAD_UNCHANGED)

    assert found["kind"] == "scratch" and found["labels"] == {"class": "scratch"}
    assert found["size_mm"][0] == pytest.approx(40, rel=0.15)
    assert found["severity"] == pytest.approx(found["size_mm"][0] / 20)
    assert found["contrast"] < -30 and found["relative_contrast"] < -0.2
    assert found["visibility"] > 5
    assert (mask == found["id"]).sum() == found["visible_pixels"]
    x, y, width, height, angle = found["oriented_box"]
    assert (x, y) == pytest.approx((64, 64), abs=2)
    assert max(width, height) > 4 * min(width, height)
    lean = angle if width > height else angle + 90
    assert (lean + 30) % 180 == pytest.approx(0, abs=4) or (lean + 30) % 180 == pytest.approx(180, abs=4)
    (line,) = found["centre_lines"]
    inside = [mask[int(v), int(u)] == found["id"] for u, v in line[len(line) // 8 : -len(line) // 8]]
    assert np.mean(inside) > 0.95
    json.dumps(found)
