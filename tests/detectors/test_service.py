"""A served model answers as it does offline, by HTTP and gRPC, refuses what it cannot read,
and finishes before it stops.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.preprocess import decode_rgb
from detectors.runtime import load_model
from tests.commands import rendersdg
from tests.served import BOX, CLASSES, Server, colour_model, files, flat, served

pytest.importorskip("openvino")
pytest.importorskip("uvicorn")
pytest.importorskip("grpc")
http = pytest.importorskip("tritonclient.http")
grpc = pytest.importorskip("tritonclient.grpc")

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return colour_model(tmp_path_factory.mktemp("colours"))


@pytest.fixture(scope="module")
def server(model: Path) -> Iterator[Server]:
    with served(model, "--max-body", "1M", "--max-pixels", "2M", "--max-images", 4) as running:
        yield running


def post(server: Server, path: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    request = urllib.request.Request(server.url + path, body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def asked(client: Any, kind: Any, data: np.ndarray[Any, Any], datatype: str, **options: Any) -> dict[str, Any]:
    """Send one request through tritonclient and return the outputs by name."""
    given = kind.InferInput("images", list(data.shape), datatype)
    given.set_data_from_numpy(data)
    answer = client.infer("detector", [given], **options)
    return {name: answer.as_numpy(name) for name in ("boxes", "scores", "labels", "classes", "image")}


def test_a_page_of_curl_gives_the_box_known_by_hand(server: Server) -> None:
    status, told = post(
        server, "/find", flat((0, 255, 51), (128, 128))
    )  # 128 wide: two image pixels to one of the square

    assert status == 200 and told["size_wh"] == [128, 128]
    assert told["boxes"] == [{"class": "green", "score": 1.0, "xyxy": [2 * v for v in BOX]}]
    assert len(post(server, "/find?least=0.1", flat((0, 255, 51)))[1]["boxes"]) == 2


@pytest.mark.parametrize("protocol", ["http", "http-json", "grpc"])
@pytest.mark.parametrize("as_pixels", [False, True])
def test_tritonclient_gets_what_the_model_says_offline(
    server: Server, model: Path, protocol: str, as_pixels: bool
) -> None:
    pictures = [flat((255, 90, 0)), flat((10, 20, 200)), flat((200, 200, 0))]
    images = [decode_rgb(p) for p in pictures]
    expected = load_model(model).find([i for i in images if i is not None])
    data = np.stack([i for i in images if i is not None]) if as_pixels else files(*pictures)

    if protocol == "http-json":
        texts = data.ravel().tolist() if as_pixels else [base64.b64encode(p).decode() for p in pictures]
        told = {
            "inputs": [
                {"name": "images", "shape": data.shape, "datatype": "UINT8" if as_pixels else "BYTES", "data": texts}
            ]
        }
        status, answer = post(server, "/v2/models/detector/infer", json.dumps(told).encode())
        assert status == 200, answer
        got = {o["name"]: np.array(o["data"]).reshape(o["shape"]) for o in answer["outputs"]}
    else:
        kind = http if protocol == "http" else grpc
        client = kind.InferenceServerClient(f"127.0.0.1:{server.port if kind is http else server.grpc_port}")
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("detector")
        got = asked(client, kind, data, "UINT8" if as_pixels else "BYTES")
        client.close()

    sure = [f.scores >= 0.25 for f in expected]
    assert (
        got["boxes"].tolist() == np.concatenate([f.xyxy[s] for f, s in zip(expected, sure)]).astype(np.float32).tolist()
    )
    np.testing.assert_array_equal(
        got["scores"].astype(np.float32),
        np.concatenate([f.scores[s] for f, s in zip(expected, sure)]).astype(np.float32),
    )
    assert got["image"].tolist() == [0, 0, 1, 2, 2] and got["labels"].tolist() == [0, 1, 2, 0, 1]
    names = [n.decode() if isinstance(n, bytes) else n for n in got["classes"].tolist()]
    assert names == [CLASSES[k] for k in got["labels"]]


def test_nothing_found_is_an_answer_too(server: Server) -> None:
    with http.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        got = asked(client, http, files(flat((0, 0, 0))), "BYTES")
    with grpc.InferenceServerClient(f"127.0.0.1:{server.grpc_port}") as client:
        other = asked(client, grpc, files(flat((0, 0, 0))), "BYTES", parameters={"least": "0.5"})

    assert got["boxes"].shape == (0, 4) and got["classes"].shape == (0,)
    assert other["boxes"].shape == (0, 4) and other["scores"].shape == (0,)


BAD: dict[str, tuple[np.ndarray[Any, Any], str, str]] = {
    "no image": (files(b"this is no image"), "BYTES", "image 0 (16 bytes) is not an image"),
    "the second is cut off": (files(flat((1, 2, 3)), flat((9, 9, 9))[:-30]), "BYTES", "image 1"),
    "empty": (files(b""), "BYTES", "image 0"),
    "too many": (files(*[flat((1, 2, 3))] * 5), "BYTES", "send 1 to 4"),
    "too many pixels": (files(flat((0, 0, 0), (3000, 2000))), "BYTES", "3000 x 2000"),
    "no batch": (np.zeros((8, 8, 3), np.uint8), "UINT8", "(B, height, width, 3)"),
    "four channels": (np.zeros((1, 8, 8, 4), np.uint8), "UINT8", "(B, height, width, 3)"),
    "no pixel": (np.zeros((1, 0, 8, 3), np.uint8), "UINT8", "(B, height, width, 3)"),
    "floats": (np.zeros((1, 8, 8, 3), np.float32), "FP32", "not FP32"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("kind", [http, grpc], ids=["http", "grpc"])
def test_a_bad_image_is_told_and_the_server_lives(server: Server, name: str, kind: Any) -> None:
    data, datatype, told = BAD[name]
    client = kind.InferenceServerClient(f"127.0.0.1:{server.port if kind is http else server.grpc_port}")

    with pytest.raises(Exception, match=r"image|pixels") as error:
        asked(client, kind, data, datatype)

    assert told in str(error.value), error.value
    assert error.value.status() in ("400", "StatusCode.INVALID_ARGUMENT")  # type: ignore[attr-defined]
    assert asked(client, kind, files(flat((255, 0, 0))), "BYTES")["classes"].tolist() == [b"red"]
    client.close()


@pytest.mark.parametrize(
    "body, headers",
    [
        (b"", {}),
        (b"{", {}),
        (b"[]", {}),
        (b'{"inputs": 3}', {}),
        (b'{"inputs": [{"name": "images", "shape": [1], "datatype": "BYTES", "data": ["no base64!"]}]}', {}),
        (b'{"inputs": [{"name": "images", "shape": [1], "datatype": "BYTES"}]}', {}),
        (b'{"inputs": [{"name": "images", "shape": [2], "datatype": "UINT8", "data": [1]}]}', {}),
        (b'{"inputs": [{"name": "images", "shape": [1, 1, 1, 3], "datatype": "UINT8", "data": [1, 2, 900]}]}', {}),
        (b'{"inputs": [{"name": "other", "shape": [1], "datatype": "UINT8", "data": [1]}]}', {}),
        (
            (
                b'{"inputs": [{"name": "images", "shape": [1], "datatype": "UINT8", "parameters": '
                b'{"binary_data_size": 9}}]}xy'
            ),
            {"Inference-Header-Content-Length": "103"},
        ),
        (b'{"inputs": []}', {"Inference-Header-Content-Length": "many"}),
    ],
)
def test_a_request_that_is_none_gets_400(server: Server, body: bytes, headers: dict[str, str]) -> None:
    status, told = post(server, "/v2/models/detector/infer", body, headers)

    assert status == 400 and told["error"]


def test_a_tensor_shorter_than_announced_is_told(server: Server) -> None:
    head = b'{"inputs": [{"name": "images", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 9}}]}'

    status, told = post(
        server, "/v2/models/detector/infer", head + b"xy", {"Inference-Header-Content-Length": str(len(head))}
    )

    assert status == 400 and told["error"] == "9 bytes of images announced, 2 came"


def test_what_is_too_large_is_refused_before_it_is_read(server: Server) -> None:
    assert post(server, "/find", b"x" * 1_000_001)[0] == 413
    with (
        grpc.InferenceServerClient(f"127.0.0.1:{server.grpc_port}") as client,
        pytest.raises(Exception, match="larger") as error,
    ):
        asked(client, grpc, files(b"x" * 1_000_001), "BYTES")
    assert error.value.status() == "StatusCode.RESOURCE_EXHAUSTED"  # type: ignore[attr-defined]
    assert post(server, "/find?least=2", flat((0, 0, 0)))[0] == 400
    assert post(server, "/v2/models/other/infer", b'{"inputs": []}')[0] == 404
    assert post(server, "/find", flat((255, 0, 0)))[0] == 200


def test_metrics_count_requests(server: Server) -> None:
    with http.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        asked(client, http, files(flat((0, 0, 0))), "BYTES")
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        text = answer.read().decode()

    assert 'request_predict_seconds_count{model_name="detector"}' in text


def held(server: Server) -> float:
    """Return the bytes that requests under way hold."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        return float(re.findall(r"^request_bytes_held (\S+)", answer.read().decode(), re.MULTILINE)[0])


@pytest.mark.slow
def test_a_stopped_server_finishes_what_is_under_way(model: Path) -> None:
    with served(model, "--max-pixels", "30M", "--grace", 140) as server:
        slow = json.dumps(
            {
                "inputs": [
                    {
                        "name": "images",
                        "shape": [4],
                        "datatype": "BYTES",
                        "data": [base64.b64encode(flat((255, 0, 0), (5000, 5000))).decode()] * 4,
                    }
                ]
            }
        ).encode()
        answers: list[tuple[int, Any]] = []
        call = threading.Thread(target=lambda: answers.append(post(server, "/v2/models/detector/infer", slow)))
        call.start()
        while held(server) < len(slow):  # until the whole request is there
            time.sleep(0.05)
        assert not answers
        server.process.send_signal(signal.SIGTERM)
        call.join(150)
        code = server.process.wait(60)

        assert answers and answers[0][0] == 200 and len(answers[0][1]["outputs"][1]["data"]) == 4
        assert code == 0
        with pytest.raises(OSError):
            urllib.request.urlopen(f"{server.url}/v2/health/live", timeout=2)
        assert "Traceback" not in server.log.read_text()


CHROMIUM = next((c for c in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if c), None)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look at the page with")
def test_the_page_draws_the_boxes_of_a_dropped_image(server: Server, tmp_path: Path) -> None:
    page = urllib.request.urlopen(f"{server.url}/").read().decode()
    image = base64.b64encode(flat((0, 255, 0))).decode()
    drop = f"""<script>
      const bytes = Uint8Array.from(atob("{image}"), c => c.charCodeAt(0)), data = new DataTransfer();
      data.items.add(new File([bytes], "green.png", {{type: "image/png"}}));
      $("drop").dispatchEvent(new DragEvent("drop", {{dataTransfer: data, bubbles: true, cancelable: true}}));
    </script></html>"""
    (tmp_path / "page.html").write_text(
        page.replace('fetch("find', f'fetch("{server.url}/find').replace("</html>", drop)
    )
    command = [
        *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-web-security"),
        *("--virtual-time-budget=10000", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"),
        (tmp_path / "page.html").as_uri(),
    ]
    for _ in range(3):  # on a machine that is busy the page may be looked at before its answer is there
        dom = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
        if "1 of 1 boxes" in dom:
            break

    assert "1 of 1 boxes" in dom, dom[-1500:]
    assert "green</td><td>1.000</td><td>8.0, 16.0, 40.0, 48.0</td>" in dom


def test_a_taken_port_is_told(model: Path, server: Server) -> None:
    assert f"--port {server.port} cannot be listened on" in rendersdg("serve", model, "--port", server.port, code=2)
