"""How fast exported networks run beside each other: paired rounds on the same processor, ratios instead of seconds."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.model_files import description
from detectors.preprocess import Preprocess
from detectors.runtime import Compiled, Precision, compile_openvino
from rendersdg.arrays import F4

Request = Any  # an openvino.InferRequest
Queue = Any  # an openvino.AsyncInferQueue
_WARM = 5  # inferences before the clock starts


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over rounds. ``latency_ms`` of one image at a time, ``per_second`` of images with requests in parallel;

    the ratios are to the first network of the comparison, taken round by round (median, least, most).
    """

    latency_ms: float
    per_second: float
    latency_ratio: tuple[float, float, float]
    throughput_ratio: tuple[float, float, float]


def compare_speed(
    networks: Mapping[str, tuple[Path, Precision]], *, rounds: int = 7, count: int = 40, threads: int = 0
) -> dict[str, Speed]:
    """Return the speed of each network; every round runs all of them in turn.

    Args:
        networks: .xml files and what they are computed in, by name.
        rounds: how often.
        count: inferences of a network in a round.
        threads: of a network, 0 for all cores.
    """
    import openvino

    quick = {name: compile_openvino(file, precision, threads) for name, (file, precision) in networks.items()}
    many = {
        name: compile_openvino(file, precision, threads, throughput=True)
        for name, (file, precision) in networks.items()
    }
    shapes = {name: _shape(q, networks[name][0]) for name, q in quick.items()}
    inputs = {name: np.random.default_rng(0).random(shape, np.float32) for name, shape in shapes.items()}
    requests = {name: q.create_infer_request() for name, q in quick.items()}
    queues = {name: openvino.AsyncInferQueue(m) for name, m in many.items()}
    latency: dict[str, list[float]] = {name: [] for name in networks}
    rate: dict[str, list[float]] = {name: [] for name in networks}
    for turn in range(rounds + 1):
        for name in networks:
            one = _latency(requests[name], inputs[name], _WARM if turn == 0 else count)
            fast = _rate(queues[name], inputs[name], _WARM if turn == 0 else count)
            if turn:
                latency[name].append(one)
                rate[name].append(fast)
    first = next(iter(networks))
    return {
        name: Speed(
            1000 * float(np.median(latency[name])),
            float(np.median(rate[name])),
            _spread(np.array(latency[first]) / np.array(latency[name])),
            _spread(np.array(rate[name]) / np.array(rate[first])),
        )
        for name in networks
    }


def _shape(compiled: Compiled, file: Path) -> list[int]:
    """Return the shape of a network's input; of one that takes any size it is the whole input's."""
    if not compiled.input(0).get_partial_shape().is_dynamic:
        return list(compiled.input(0).get_shape())
    width, height = Preprocess(**description(file)["preprocess"]).whole_wh
    return [1, 3, height, width]


def processor() -> str:
    """Return the processor's name and what matters for INT8 and bfloat16 on it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    name = next((line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")), "")
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    known = [f for f in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "amx_bf16") if f" {f}" in flags]
    return f"{name} ({', '.join(known)})"


def _latency(request: Request, image: F4, count: int) -> float:
    """Return the median seconds of an inference."""
    spent = []
    for _ in range(count):
        start = time.perf_counter()
        request.infer({0: image})
        spent.append(time.perf_counter() - start)
    return float(np.median(spent))


def _rate(queue: Queue, image: F4, count: int) -> float:
    """Return inferences a second with all of the queue's requests in flight."""
    start = time.perf_counter()
    for _ in range(count):
        queue.start_async({0: image})
    queue.wait_all()
    return count / (time.perf_counter() - start)


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return float(np.median(values)), float(np.min(values)), float(np.max(values))
