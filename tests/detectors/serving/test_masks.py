"""A served model that finds masks sends them, by both ways over HTTP, and says so in its metadata."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from importlib import resources
from typing import Any

import cv2
import numpy as np
import pytest
from pycocotools import mask as masks

from detectors.postprocess import Postprocess
from detectors.preprocess import Preprocess
from detectors.runtime import Model
from tests.detectors.serving.test_web import ask
from tests.detectors.shapes import disc, runs_of
from tests.detectors.test_masks import stub

Pool = pytest.importorskip("detectors.serving.pool").Pool
Web = pytest.importorskip("detectors.serving.web").Web
toy = pytest.importorskip("tests.detectors.serving.toys").toy

pytestmark = pytest.mark.extra

SHAPE = disc(32, 14, 18, 9)


def served() -> Any:
    return toy(pool=Pool([Model(stub, ("a",), Preprocess(32), Postprocess(1.0), finds="masks")]))


def image() -> bytes:
    """Return a picture whose disc is of cells of two pixels, as the stub's masks are."""
    bright = np.kron(SHAPE[::2, ::2], np.ones((2, 2))).astype(np.uint8) * 255
    return cv2.imencode(".png", np.repeat(bright[..., None], 3, axis=2))[1].tobytes()


def overlap(mask: dict[str, Any]) -> float:
    return float(
        masks.iou(
            [masks.frPyObjects(mask, 32, 32) if isinstance(mask["counts"], list) else mask], [runs_of(SHAPE)], [0]
        )[0][0]
    )


def test_a_found_mask_is_sent_as_runs() -> None:
    status, _, told = ask(Web(served()), "POST", "/find", [image()])

    assert status == 200 and overlap(told["boxes"][0]["segmentation"]) > 0.85


def test_the_protocol_has_masks_as_one_more_output() -> None:
    tensor = {"name": "images", "datatype": "BYTES", "shape": [1], "data": [base64.b64encode(image()).decode()]}
    body = json.dumps({"inputs": [tensor]}).encode()

    about = ask(Web(served()), "GET", "/v2/models/toy")[2]
    status, _, told = ask(Web(served()), "POST", "/v2/models/toy/infer", [body])
    wrong = {"inputs": [tensor], "outputs": [{"name": "masks"}]}
    refused = ask(Web(toy()), "POST", "/v2/models/toy/infer", [json.dumps(wrong).encode()])

    assert {"name": "masks", "datatype": "BYTES", "shape": [-1]} in about["outputs"]
    assert status == 200 and [o["name"] for o in told["outputs"]][-1] == "masks"
    assert overlap(json.loads(told["outputs"][-1]["data"][0])) > 0.85
    assert refused[0] == 400 and "is not one of boxes" in refused[2]["error"]  # of a model of boxes


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_page_fills_the_pixels_of_a_mask() -> None:
    page = resources.files("detectors").joinpath("page.html").read_text(encoding="utf-8")
    function = page[page.index("function fillMask") : page.index("function drawBox")]
    rng = np.random.default_rng(0)
    mask = rng.random((23, 31)) < 0.4
    mask[4:20, 5:25] = True
    script = f"""
    let kept;
    const context = {{putImageData: data => kept = data, drawImage: () => 0}};
    const document = {{createElement: () => ({{getContext: () => context}})}};
    class ImageData {{ constructor(w, h) {{ this.data = new Uint8ClampedArray(4 * w * h); }} }}
    const colour = () => "#010203";
    {function}
    fillMask({{drawImage: () => 0, canvas: {{}}}}, {{class: "a", segmentation: {json.dumps(runs_of(mask))}}});
    console.log(JSON.stringify(Array.from(kept.data)));
    """

    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)

    painted = np.array(json.loads(done.stdout)).reshape(23, 31, 4)
    assert np.array_equal(painted[..., 3] > 0, mask) and (painted[mask] == [1, 2, 3, 115]).all()
