"""How many requests a second the service answers, and how late:
the server against a bare loop over the same network.

    python tests/bench/serving.py MODEL.xml IMAGES [--requests 2000] [--clients 8] [--protocol grpc]

Starts `rendersdg serve`, sends image files from clients that each wait for their answer (tritonclient), and holds every
answer against the offline one. Prints what was lost, p50 and p99 in milliseconds, and the ratio to a loop in one
process that does the same work, decoding included, with nothing around it.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from detectors.detections import Detections
from detectors.preprocess import decode_rgb
from detectors.runtime import Model, load_model
from detectors.wire import tensors_of
from tests.served import served


def main() -> None:
    """Run the loop, the service under load, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--protocol", choices=["http", "grpc"], default="grpc")
    options = parser.parse_args()
    found = sorted(p for p in options.images.rglob("*") if p.suffix.lower() in (".jpg", ".png"))
    files = [p.read_bytes() for p in found[:200]]
    model = load_model(options.model)
    offline = [_offline(model, file) for file in files]
    start = time.perf_counter()
    for k in range(options.requests // 4):
        _offline(model, files[k % len(files)])
    loop = (options.requests // 4) / (time.perf_counter() - start)
    with served(options.model) as server:
        address = f"127.0.0.1:{server.grpc_port if options.protocol == 'grpc' else server.port}"
        _load(options.protocol, address, files, 10 * options.clients, options.clients)  # warm
        start = time.perf_counter()
        answers = _load(options.protocol, address, files, options.requests, options.clients)
        rate = options.requests / (time.perf_counter() - start)
    lost = options.requests - len(answers)
    wrong = sum(
        not _equal(tensors, tensors_of([offline[k % len(files)]], model.classes, 0.25))
        for k, (_, tensors) in answers.items()
    )
    spent = 1000 * np.array([seconds for seconds, _ in answers.values()])
    print(
        f"{options.requests} requests, {options.clients} clients, {options.protocol}: {lost} lost, {wrong} other "
        "than offline"
    )
    print(f"p50 {np.percentile(spent, 50):.1f} ms, p99 {np.percentile(spent, 99):.1f} ms, {rate:.0f} a second")
    print(f"the bare loop: {loop:.0f} a second; service / loop = {rate / loop:.2f}")
    sys.exit(bool(lost or wrong))


def _offline(model: Model, file: bytes) -> Detections:
    image = decode_rgb(file)
    assert image is not None
    return model.find([image])[0]


def _equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in other)


def _load(protocol: str, address: str, files: list[bytes], count: int, clients: int) -> dict[int, tuple[float, Any]]:
    """Return {request: (seconds, outputs)} of those that were answered."""
    if protocol == "grpc":
        import tritonclient.grpc as kind
    else:
        import tritonclient.http as kind
    answers: dict[int, tuple[float, Any]] = {}

    def work(mine: range) -> None:
        with kind.InferenceServerClient(address) as client:
            for k in mine:
                given = kind.InferInput("images", [1], "BYTES")
                given.set_data_from_numpy(np.array([files[k % len(files)]], object))
                start = time.perf_counter()
                answer = client.infer("detector", [given])
                spent = time.perf_counter() - start
                answers[k] = spent, {n: answer.as_numpy(n) for n in ("boxes", "scores", "labels", "classes", "image")}

    threads = [threading.Thread(target=work, args=(range(c, count, clients),)) for c in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


if __name__ == "__main__":
    main()
