"""Requests that were right and are changed by chance: bytes, numbers, JSON's values, headers; from a seed."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

INFER = "/v2/models/detector/infer"
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**30, 2**63, -(2**63) - 1, "", "x", "\ud800", "\0", "9" * 5000, [], [[]],
    [None], {}, {"a": 1}, [1, [2]], "images", "BYTES", "UINT8", [2**40, 0], [0, 2**62, 2**62], [-1, 3], ["1"],
]  # fmt: skip
TEXTS = [
    b"NaN", b"Infinity", b"1e999", b"9" * 6000, b"[" * 3000, b'{"a":' * 2000, b"\xff\xfe", b"\0" * 50, b'"\\ud800"',
    b"\x80" * 20, b"\xff" * 10, b"%s%n", b"\r\n\r\n", b"0\r\n\r\n", b"Content-Length: 5\r\n",
]  # fmt: skip
HEADS: list[tuple[str, str]] = [
    ("Content-Length", "-1"), ("Content-Length", "9" * 30), ("Content-Length", "1, 2"), ("Content-Length", "abc"),
    ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip"), ("Content-Encoding", "gzip"),
    ("Inference-Header-Content-Length", "-1"), ("Inference-Header-Content-Length", "9" * 40),
    ("Inference-Header-Content-Length", "3"), ("Inference-Header-Content-Length", "\u00b2"), ("Expect", "100-continue"),
    ("Connection", "close"), ("Upgrade", "websocket"), ("Authorization", "Bearer \u00ff"), ("Host", ""),
    ("X", "y" * 40000),
]  # fmt: skip
PATHS = [
    "/", "/v2", "/v2/health/live", "/v2/models", "/v2/models/detector", "/v2/models/detector/versions/1/ready",
    "/metrics", "/openapi.json", "/v2/models/%00", "/v2/models/%ff%fe/ready", "/find?least=nan", "/find?least=1e400",
    "/find?x=1",
    "//", "/find?least=0.1&least=0.2", "/find?" + "a=b&" * 50, "/v2/models/../../etc/passwd", 
    "/v2/repository/index",
    "*", "/v2/repository/models/detector/unload", "/v2/models/" + "a" * 3000,
]  # fmt: skip


@dataclass
class Sent:
    """An HTTP request as it goes over the wire."""

    method: str
    path: str
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)

    def wire(self) -> bytes:
        """Return its bytes; a Content-Length of its own comes first."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: x"]
        if not any(name in ("Content-Length", "Transfer-Encoding") for name, _ in self.headers):
            lines.append(f"Content-Length: {len(self.body)}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body


def images() -> list[bytes]:
    """Return small image files of all formats that OpenCV writes here, and one of many pixels."""
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    written = [
        cv2.imencode(s, image)
        for s in (".png", ".jpg", ".webp", ".bmp", ".tiff", ".ppm", ".jp2")
        if cv2.haveImageWriter(s)
    ]
    bomb = cv2.imencode(".png", np.zeros((4000, 9000), np.uint8))
    return [data.tobytes() for is_written, data in [*written, bomb] if is_written]


def changed(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with a few changes: flipped, cut out, cut off, doubled, or with an odd text put in."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        place = rng.randrange(len(out) + 1)
        match rng.randrange(6):
            case 0 | 1 if place < len(out):
                out[place] = rng.choice([0, 255, out[place] ^ (1 << rng.randrange(8)), rng.randrange(256)])
            case 2:
                out[place:place] = rng.choice(TEXTS)
            case 3:
                del out[place : place + rng.choice([1, 4, 100])]
            case 4 if rng.random() < 0.3:
                del out[place:]
            case _:
                out[place:place] = out[place : place + rng.choice([1, 8, 64])]
    return bytes(out)


def odd_value(value: Any, rng: random.Random) -> Any:
    """Return a JSON value with one of its parts replaced."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: odd_value(value[key], rng)} | ({str(rng.choice(ODD)): 1} if rng.random() < 0.05 else {})
    if isinstance(value, list) and value and rng.random() < 0.8:
        k = rng.randrange(len(value))
        return [*value[:k], odd_value(value[k], rng), *value[k + rng.choice([0, 1, 1]) :]]
    return rng.choice(ODD)


def http_request(rng: random.Random, files: list[bytes]) -> Sent:
    """Return a request that was right before it was changed."""
    image = rng.choice(files)
    tensor: dict[str, Any] = {"name": "images", "shape": [1], "datatype": "BYTES"}
    told: dict[str, Any] = {"id": "a", "parameters": {"least": 0.5}, "inputs": [tensor], "outputs": [{"name": "boxes"}]}
    match rng.randrange(6):
        case 0:
            sent = Sent("POST", "/find", changed(image, rng))
        case 1:
            tensor["data"] = [base64.b64encode(image).decode()]
            sent = Sent("POST", INFER, json.dumps(odd_value(told, rng)).encode())
        case 2:
            tensor |= {"datatype": "UINT8", "shape": [1, 2, 2, 3], "data": list(range(12))}
            sent = Sent("POST", INFER, json.dumps(odd_value(told, rng)).encode())
        case 3:
            raw = len(image).to_bytes(4, "little") + (changed(image, rng) if rng.random() < 0.5 else image)
            tensor["parameters"] = {"binary_data_size": len(raw)}
            head = json.dumps(odd_value(told, rng) if rng.random() < 0.5 else told).encode()
            sent = Sent("POST", INFER, head + raw, [("Inference-Header-Content-Length", str(len(head)))])
        case 4:
            tensor["data"] = [base64.b64encode(image).decode()]
            sent = Sent("POST", INFER, changed(json.dumps(told).encode(), rng))
        case _:
            sent = Sent(
                rng.choice(["GET", "POST", "PUT", "HEAD", "DELETE", "B\u00e4d"]), rng.choice(PATHS), image[:200]
            )
    if rng.random() < 0.25:
        sent.headers.append(rng.choice(HEADS))
    return sent


def grpc_message(rng: random.Random, files: list[bytes]) -> bytes:
    """Return a ModelInferRequest's bytes that were right before they were changed."""
    from detectors.serving.messages import new

    image = rng.choice(files)
    raw = len(image).to_bytes(4, "little") + image
    tensor = new("InferTensor", name="images", datatype="BYTES", shape=[1])
    least = new("ParametersEntry", key="least", value=new("InferParameter", double_param=0.5))
    request = new("ModelInferRequest", model_name="detector", inputs=[tensor], parameters=[least])
    match rng.randrange(4):
        case 0:
            request.raw_input_contents.append(changed(raw, rng))
        case 1:
            request.raw_input_contents.append(raw)
            tensor = request.inputs[0]
            tensor.datatype = rng.choice(["BYTES", "UINT8", "FP32", "", "x" * 1000])
            tensor.shape[:] = rng.choice([[1], [], [0], [-1], [2**62, 2**62], [1, 2, 2, 3], [2**40, 0], [1] * 40])
        case 2:
            request.inputs[0].contents.bytes_contents.append(image)
            request.inputs[0].contents.uint_contents.extend([1, 2, 2**32 - 1])
        case _:
            request.raw_input_contents.append(raw)
    data: bytes = request.SerializeToString()
    return changed(data, rng) if rng.random() < 0.6 else data
