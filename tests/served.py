"""A model whose answers are known by hand, and a server of it in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detectors.postprocess import Postprocess
from detectors.preprocess import Preprocess
from detectors.runtime import Model
from tests.conftest import ROOT

CLASSES = ("red", "green", "blue")
BOX = (8.0, 16.0, 40.0, 48.0)  # in the network's square of 64 pixels


def colour_model(folder: Path) -> Path:
    """Write a network that finds one box, whose score for each class is the mean of that channel; return its .xml."""
    import openvino
    from openvino import opset13 as op

    images = op.parameter([1, 3, 64, 64], np.float32, name="images")
    scores = op.reshape(op.reduce_mean(images, [2, 3], keep_dims=False), [1, 1, 3], special_zero=False)
    network = openvino.Model([op.constant(np.array([[BOX]], np.float32)), scores], [images], "colours")
    network.inputs[0].get_tensor().set_names({"images"})
    for output, name in zip(network.outputs, ("boxes", "scores")):
        output.get_tensor().set_names({name})
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(network, str(folder / "model.xml"), compress_to_fp16=False)
    about = Model(lambda x: (x, x), CLASSES, Preprocess(64), Postprocess(0.5), "colours").as_json()
    (folder / "model.json").write_text(json.dumps(about))
    return folder / "model.xml"


def flat(rgb: tuple[int, int, int], size_wh: tuple[int, int] = (64, 64), suffix: str = ".png") -> bytes:
    """Return an image file of one colour."""
    image = np.full((size_wh[1], size_wh[0], 3), rgb[::-1], np.uint8)
    return cv2.imencode(suffix, image)[1].tobytes()


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    grpc_port: int
    log: Path
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextmanager
def served(model: Path, *options: object) -> Iterator[Server]:
    """Serve a model, wait until it is ready, and stop it in the end."""
    port, grpc_port = free_port(), free_port()
    command = [sys.executable, "-m", "rendersdg.cli", "serve", str(model), "--port", port, "--grpc-port", grpc_port]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*map(str, command), *map(str, options)],
                stdout=file,
                stderr=file,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        with _stopped(process):
            server = Server(process, port, grpc_port, log, "https" if "--tls-cert" in options else "http")
            _wait(server)
            yield server


@contextmanager
def _stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: Server) -> None:
    anyone = ssl._create_unverified_context()  # whether the certificate is right is for tests to ask
    for _ in range(600):
        if server.process.poll() is not None:
            raise AssertionError(f"the server ended: {server.log.read_text()}")
        try:
            with urllib.request.urlopen(f"{server.url}/v2/health/ready", timeout=2, context=anyone) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server was not ready in two minutes")


def files(*images: bytes) -> np.ndarray[Any, Any]:
    return np.array(images, object)
