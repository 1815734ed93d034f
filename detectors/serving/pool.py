"""The copies of a model that run side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from detectors.anomaly.model import AnomalyModel, load_anomaly, maps_of
from detectors.detections import Finds
from detectors.model_files import description, task_of
from detectors.postprocess import thinned
from detectors.runtime import Compiled, Model, compile_openvino, load_model, network_of, outputs_of
from rendersdg.errors import BadArgument

T = TypeVar("T")
Finder = Model | AnomalyModel


class Pool:
    """The copies of a model that may run at the same time; a request waits for a free one.

    OpenVINO fills a processor's cores with several inferences side by side, not with larger batches.
    """

    def __init__(self, models: Sequence[Finder]) -> None:
        self.classes = models[0].classes
        self.finds: Finds = models[0].finds if isinstance(models[0], Model) else "boxes"
        self.size = len(models)
        self._free: asyncio.Queue[Finder] = asyncio.Queue()
        self._threads = ThreadPoolExecutor(self.size, "model")
        for model in models:
            self._free.put_nowait(model)

    async def run(self, work: Callable[[Finder], T]) -> T:
        """Return what ``work`` makes of a free copy, in a thread; the event loop goes on meanwhile.

        A caller that is cancelled no longer waits. Its copy is free again when the thread is done with it, no sooner.
        """
        model = await self._free.get()
        done = asyncio.get_running_loop().run_in_executor(self._threads, work, model)
        done.add_done_callback(lambda done: self._put_back(model, done))
        try:
            return await asyncio.shield(done)
        finally:
            del done  # an error in it holds this frame: a circle, which would keep the images for long

    def _put_back(self, model: Finder, done: asyncio.Future[T]) -> None:
        self._free.put_nowait(model)
        if not done.cancelled():
            done.exception()  # is looked at here, for a caller who no longer waits


def pool_of(path: Path, threads: int = 0, *, iou: float | None = None, nested: bool = False) -> Pool:
    """Return as many copies of an exported .xml as OpenVINO advises to run side by side.

    ``threads`` are those of the network, 0 for all cores; ``iou`` and ``nested`` say which boxes count as duplicates,
    see :meth:`detectors.runtime.Model.as_shown`. Raises DatasetError when ``path`` cannot be read, BadArgument
    when OpenVINO is not installed.
    """
    model = _model(path, threads, iou, nested=nested)
    names = list(description(path)["outputs"])
    compiled = compile_openvino(path, "f32", threads, throughput=True)
    count = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    models = [_copy(model, compiled, names) for _ in range(max(count, 1))]
    thinned(np.zeros((1, 4)), np.zeros(1, np.int64), 0.5)  # the kernels load now rather than at the first request
    for one in models:  # OpenVINO's bindings lock up when two threads are the first to use them
        one.find([np.zeros((8, 8, 3), np.uint8)])
    return Pool(models)


def _model(path: Path, threads: int, iou: float | None, *, nested: bool) -> Finder:
    """Return what is served. Raises BadArgument where a model of heat maps is given settings of boxes."""
    if task_of(path) != "anomaly":
        return load_model(path, threads=threads).as_shown(iou, nested=nested)
    if iou is not None or nested:
        raise BadArgument("--iou and --nested are of boxes, and this model gives heat maps")
    return load_anomaly(path, threads)


def _copy(model: Finder, compiled: Compiled, names: Sequence[str]) -> Finder:
    """Return a model that has an inference request of its own; ``names`` are those of the network's outputs."""
    if isinstance(model, AnomalyModel):
        return replace(model, maps=maps_of(outputs_of(compiled, names)))
    return replace(model, network=network_of(compiled))
