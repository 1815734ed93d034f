"""A served model that finds oriented boxes sends their corners, by both ways over HTTP, and says so in its metadata."""

from __future__ import annotations

import base64
import json
from typing import Any

import cv2
import numpy as np
import pytest

from detectors.oriented import corners_of, iou, standard
from detectors.postprocess import Postprocess
from detectors.preprocess import Preprocess
from detectors.runtime import Model
from tests.detectors.serving.test_web import ask
from tests.detectors.test_oriented import painted, stub

Pool = pytest.importorskip("detectors.serving.pool").Pool
Web = pytest.importorskip("detectors.serving.web").Web
toy = pytest.importorskip("tests.detectors.serving.toys").toy

pytestmark = pytest.mark.extra

BAR = np.array([[30.0, 34, 36, 14, 0.6]])


def served() -> Any:
    return toy(pool=Pool([Model(stub, ("a",), Preprocess(64), Postprocess(0.5), finds="oriented boxes")]))


def image() -> bytes:
    return cv2.imencode(".png", painted(BAR, 64))[1].tobytes()


def test_a_found_box_is_sent_with_its_corners_and_degrees() -> None:
    status, _, told = ask(Web(served()), "POST", "/find", [image()])

    (box,) = told["boxes"]
    *sides, degrees = box["oriented_box"]
    rectangle = np.array([[*sides, np.radians(degrees)]])
    assert status == 200 and iou(rectangle, BAR)[0, 0] > 0.8
    assert np.allclose(box["corners"], corners_of(rectangle)[0], atol=0.1)


def test_the_protocol_has_corners_and_angles_as_outputs() -> None:
    tensor = {"name": "images", "datatype": "BYTES", "shape": [2], "data": [base64.b64encode(image()).decode()] * 2}
    body = json.dumps({"inputs": [tensor]}).encode()

    about = ask(Web(served()), "GET", "/v2/models/toy")[2]
    status, _, told = ask(Web(served()), "POST", "/v2/models/toy/infer", [body])
    wrong = {"inputs": [tensor], "outputs": [{"name": "corners"}]}
    refused = ask(Web(toy()), "POST", "/v2/models/toy/infer", [json.dumps(wrong).encode()])

    assert {"name": "corners", "datatype": "FP32", "shape": [-1, 4, 2]} in about["outputs"]
    outputs = {one["name"]: one for one in told["outputs"]}
    assert status == 200 and outputs["corners"]["shape"] == [2, 4, 2] and outputs["angles"]["shape"] == [2]
    corners = np.reshape(outputs["corners"]["data"], (2, 4, 2))
    across = np.linalg.norm(corners[0, 1] - corners[0, 0]), np.linalg.norm(corners[0, 2] - corners[0, 1])
    turn = outputs["angles"]["data"][0]
    rectangle = standard(np.array([[*corners[0].mean(0), *across, turn]]))
    assert iou(rectangle, BAR)[0, 0] > 0.8 and np.allclose(corners[0], corners[1])
    assert refused[0] == 400 and "is not one of boxes" in refused[2]["error"]  # of a model of boxes
