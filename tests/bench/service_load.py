"""What the service bears: many requests, all at once, slow and unfinished ones, hostile ones, for minutes.

    python tests/bench/service_load.py [--seconds 600] [--fuzz 5000] [--requests 2000] [--seed 0]

Serves a small model whose answers are known by hand, and prints one figure a line. Exits with 1 when a request is lost
or answered wrong, when anything but a stated refusal comes back, or when memory grows.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.hostile_requests import INFER, grpc_message, http_request, images
from tests.served import Server, colour_model, flat, served
from tests.unfinished import SlowCalls, Unfinished

RED, BLUE = flat((255, 90, 0)), flat((10, 20, 200))
EXPECTED = {RED: ["red", "green"], BLUE: ["blue"]}  # of the model in tests/served.py, from a score of 0.25
HTTP_ALLOWED = {200, 400, 401, 403, 404, 405, 408, 413, 415, 503}
GRPC_ALLOWED = {
    "OK",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "UNIMPLEMENTED",
    "RESOURCE_EXHAUSTED",
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
}
CALLS = [
    "ServerLive",
    "ServerMetadata",
    "ModelReady",
    "ModelMetadata",
    "RepositoryIndex",
    "ModelStreamInfer",
    "Nothing",
]
CALL = "/inference.GRPCInferenceService/"


def memory_mb(server: Server, kind: str = "VmRSS") -> float:
    """Return the server's resident memory in megabytes; ``VmHWM`` is the most so far."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(kind)).split()[1]) / 1000


def forget_peak(server: Server) -> None:
    """Let the most memory so far be what it is now."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


def json_of(image: bytes, **more: object) -> bytes:
    """Return the body of an inference request in JSON."""
    tensor = {"name": "images", "shape": [1], "datatype": "BYTES", "data": [base64.b64encode(image).decode()]}
    return json.dumps({"inputs": [tensor], **more}).encode()


def binary_of(image: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of an inference request with its tensor in binary."""
    raw = len(image).to_bytes(4, "little") + image
    tensor = {"name": "images", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(raw)}}
    head = json.dumps({"inputs": [tensor]}).encode()
    return head + raw, {"Inference-Header-Content-Length": str(len(head))}


def message_of(image: bytes) -> bytes:
    """Return a ModelInferRequest's bytes."""
    from detectors.serving.messages import new

    tensor = new("InferTensor", name="images", datatype="BYTES", shape=[1])
    raw = len(image).to_bytes(4, "little") + image
    return new(
        "ModelInferRequest", model_name="detector", inputs=[tensor], raw_input_contents=[raw]
    ).SerializeToString()


class Client:
    """One client with a connection of each kind; every call returns a status, and the classes where boxes came."""

    def __init__(self, server: Server) -> None:
        import grpc

        self.server = server
        self.channel = grpc.insecure_channel(
            f"127.0.0.1:{server.grpc_port}",
            [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)],
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.channel.close()

    def http(
        self, path: str, body: bytes | None, headers: dict[str, str] | None = None, method: str | None = None
    ) -> tuple[int, bytes]:
        """Return status and body of a request."""
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def raw(self, data: bytes, patience_s: float = 0.7) -> int | str:
        """Return the status that comes for bytes sent as they are; ``left`` when none comes in time."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as one:
            one.settimeout(10 if len(data) > 1 << 20 else patience_s)
            try:
                one.sendall(data)
                start = one.recv(200)
                while start.startswith(b"HTTP/1.1 100"):
                    start = start.partition(b"\r\n\r\n")[2] or one.recv(200)
            except OSError:
                return "left"
        return int(start.split()[1]) if start.startswith(b"HTTP/1.1 ") else "left"

    def grpc(self, call: str, message: bytes, timeout: float = 60) -> tuple[str, bytes]:
        """Return the status' name and the answer's bytes of a call."""
        import grpc

        try:
            return "OK", self.channel.unary_unary(CALL + call, None, None)(message, timeout=timeout)
        except grpc.RpcError as error:
            return error.code().name, error.details().encode()

    def find(self, k: int, image: bytes) -> list[str] | str:
        """Return the classes found in an image, by the k-th of four ways; a status when it is refused."""
        if k % 4 == 0:
            status, body = self.http("/find", image)
            return [b["class"] for b in json.loads(body)["boxes"]] if status == 200 else f"{status} {body!r}"
        if k % 4 == 3:
            return self._by_grpc(image)
        data, headers = (json_of(image), {}) if k % 4 == 1 else binary_of(image)
        status, body = self.http(INFER, data, headers)
        if status != 200:
            return f"{status} {body!r}"
        return next(o["data"] for o in json.loads(body)["outputs"] if o["name"] == "classes")

    def _by_grpc(self, image: bytes) -> list[str] | str:
        from detectors.serving.messages import read

        status, data = self.grpc("ModelInfer", message_of(image))
        if status != "OK":
            return f"{status} {data!r}"
        answer = read(data, "ModelInferResponse")
        names = [o.name for o in answer.outputs]
        labels = np.frombuffer(answer.raw_output_contents[names.index("labels")], np.int64)
        return [("red", "green", "blue")[k] for k in labels]


def good(server: Server, count: int, clients: int) -> Counter[str]:
    """Return how many of ``count`` requests from ``clients`` side by side were right; others by what came."""
    came: Counter[str] = Counter()
    lock = threading.Lock()

    def work(mine: Iterable[int]) -> None:
        with Client(server) as client:
            for k in mine:
                image = RED if k % 3 else BLUE
                try:
                    found = client.find(k, image)
                except OSError as error:
                    found = f"lost: {error!r}"
                with lock:
                    came["right" if found == EXPECTED[image] else str(found)] += 1

    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(work, [range(c, count, clients) for c in range(clients)]))
    return came


def open_all(server: Server) -> dict[str, Any]:
    """Return what holding many unfinished requests costs: megabytes, and how good requests fare meanwhile."""
    before = memory_mb(server)
    forget_peak(server)
    with Unfinished(server, 40, 16_000_000, heads=200, half_grpc=100), SlowCalls(server, 40, 15_900_000) as slow:
        slow.wait(4)
        start = time.perf_counter()
        came = good(server, 40, 4)
        seconds = time.perf_counter() - start
        peak = memory_mb(server, "VmHWM")
    return {"before": before, "peak": peak, "came": came, "seconds": seconds}


def hostile(server: Server, count: int, seed: int, clients: int = 8) -> Counter[str]:
    """Return how often each status came for ``count`` changed requests, half of them over gRPC."""
    files = images()
    came: Counter[str] = Counter()
    lock = threading.Lock()

    def work(first: int) -> None:
        with Client(server) as client:
            for k in range(first, count, clients):
                rng = random.Random(seed * 1_000_003 + k)
                if k % 2:
                    call = "ModelInfer" if rng.random() < 0.9 else rng.choice(CALLS)
                    status = client.grpc(call, grpc_message(rng, files), 20)[0]
                else:
                    status = str(client.raw(http_request(rng, files).wire()))
                with lock:
                    came[status] += 1

    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(work, range(clients)))
    return came


def is_allowed(status: str) -> bool:
    """Return whether a status is an answer or a stated refusal; ``left`` is a client that heard nothing in time."""
    return status in GRPC_ALLOWED or status == "left" or (status.isdecimal() and int(status) in HTTP_ALLOWED)


def unload(server: Server) -> Counter[str]:
    """Return what came of attempts to unload and load the model, and whether it is still ready."""
    came: Counter[str] = Counter()
    with Client(server) as client:
        for what in ("load", "unload"):
            came[f"HTTP {client.http(f'/v2/repository/models/detector/{what}', b'')[0]}"] += 1
        for call in ("RepositoryModelLoad", "RepositoryModelUnload"):
            came[f"gRPC {client.grpc(call, b'')[0]}"] += 1
        came[f"ready {client.http('/v2/models/detector/ready', None)[0]}"] += 1
    return came


def mixed(
    server: Server, seconds: float, seed: int, log: Callable[[str], None], rounds: int = 10
) -> tuple[Counter[str], list[float]]:
    """Return what came of good requests while hostile and slow ones run beside them, and the memory after each round.

    Memory is looked at when a round's clients have gone; what requests under way hold is bounded, and comes and goes.
    """
    came: Counter[str] = Counter()
    memory = [memory_mb(server)]
    for k in range(rounds):
        forget_peak(server)
        came.update(_together(server, seconds / rounds, seed + 1000 * k))
        peak = memory_mb(server, "VmHWM")
        time.sleep(1)
        memory.append(memory_mb(server))
        log(f"  {memory[-1]:.0f} MB, {peak:.0f} MB at most")
    return came, memory


def _together(server: Server, seconds: float, seed: int) -> Counter[str]:
    end = time.monotonic() + seconds
    came: Counter[str] = Counter()
    lock = threading.Lock()

    def count(found: Iterable[str]) -> None:
        with lock:
            came.update(found)

    def hostile_ones() -> None:
        k = 0
        while time.monotonic() < end:
            count(f"hostile {status}" for status in hostile(server, 50, seed + k, 2).elements())
            k += 1

    def slow_ones() -> None:
        while time.monotonic() < end:
            with Unfinished(server, 8, 4_000_000, heads=8, half_grpc=8), SlowCalls(server, 4, 4_000_000):
                time.sleep(min(5.0, max(end - time.monotonic(), 0)))

    def good_ones() -> None:
        while time.monotonic() < end:
            count(good(server, 20, 2).elements())

    threads = [threading.Thread(target=work) for work in (hostile_ones, slow_ones, good_ones, good_ones)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def main() -> None:
    """Run all of it, print a figure each, and exit with 1 when one is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--fuzz", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wrong = 0

    def tell(name: str, came: Counter[str], is_good: Callable[[str], bool]) -> None:
        nonlocal wrong
        bad = sum(count for status, count in came.items() if not is_good(status))
        wrong += bad
        print(f"{name}: {bad} wrong of {came.total()}; {dict(came.most_common(12))}", flush=True)

    def is_right(status: str) -> bool:
        return status == "right"

    with tempfile.TemporaryDirectory() as folder, served(colour_model(Path(folder)), "--timeout", 10) as server:
        print(f"memory at the start: {memory_mb(server):.0f} MB")
        tell(f"{options.requests} requests of 8 clients", good(server, options.requests, 8), is_right)
        tell("200 at once", good(server, 200, 200), is_right)
        found = open_all(server)
        tell("good ones beside 40 unfinished bodies, 200 heads, 100 + 40 of gRPC", found["came"], is_right)
        print(f"  memory {found['before']:.0f} MB before, {found['peak']:.0f} MB at most; {found['seconds']:.1f} s")
        states = {"HTTP 403", "gRPC UNIMPLEMENTED", "ready 200"}
        tell("unload and load", unload(server), states.__contains__)
        tell(f"{options.fuzz} changed requests", hostile(server, options.fuzz, options.seed), is_allowed)
        came, memory = mixed(server, options.seconds, options.seed + 1, print)
        tell(
            f"{options.seconds:.0f} s of all together",
            came,
            lambda status: is_allowed(status[8:]) if status.startswith("hostile ") else status == "right",
        )
        print(f"  memory: {', '.join(f'{one:.0f}' for one in memory)} MB")
        text = server.log.read_text()
        print(f"  log: {len(text.splitlines())} lines, {text.count('Traceback')} tracebacks")
        wrong += text.count("Traceback")
        if "Traceback" in text:
            print(f"  the first one: {text[max(text.index('Traceback') - 300, 0) :][:4000]}")
    print(f"exit code of the server: {server.process.returncode}")
    sys.exit(bool(wrong or server.process.returncode))


if __name__ == "__main__":
    main()
