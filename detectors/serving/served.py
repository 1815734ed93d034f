"""A detector that is served: what HTTP and gRPC share."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.detections import Detections
from detectors.preprocess import Image
from detectors.serving.budget import Budget
from detectors.serving.inference import VERSION, Inference
from detectors.serving.metrics import Metrics
from detectors.serving.pool import Finder, Pool
from detectors.serving.refusals import Refused, cut
from detectors.wire import INPUT, Limits, Picture, outputs_of, tensors_of
from rendersdg.errors import BadArgument
from rendersdg.plain import Json

REPOSITORY_IS_OFF = "this server serves one model for as long as it runs: models are not loaded or unloaded"


@dataclass(frozen=True, slots=True)
class Served:
    """A detector with what bounds its use.

    ``least`` is the score (0 to 1) from which boxes are sent; ``timeout_s`` the seconds in which a request must have
    arrived; ``token`` what clients must know, None for no such thing.
    """

    name: str
    pool: Pool
    limits: Limits
    least: float
    timeout_s: float
    token: str | None
    budget: Budget
    metrics: Metrics

    @property
    def outputs(self) -> dict[str, tuple[str, list[int]]]:
        """The model's outputs by name: KServe's datatype, and the shape."""
        return outputs_of(self.pool.finds)

    def admit(self, authorization: str | None) -> None:
        """Raise Refused unless an ``Authorization`` header or metadata entry shows the token, where there is one."""
        if self.token is None:
            return
        scheme, _, shown = (authorization or "").strip().partition(" ")
        is_right = hmac.compare_digest(shown.strip().encode("utf-8", "replace"), self.token.encode())
        if scheme.lower() != "bearer" or not is_right:
            raise Refused("token", "send the server's token: Authorization: Bearer TOKEN")

    def check_name(self, name: str, version: str = "") -> None:
        """Raise Refused unless this is the model, in its one version or in none that is named."""
        if name != self.name:
            raise Refused("unknown", f"there is no model {cut(name)}: this server serves {self.name}")
        if version not in ("", VERSION):
            raise Refused("unknown", f"{self.name} has no version {cut(version)}: there is {VERSION}")

    async def infer(self, inference: Inference) -> dict[str, NDArray[np.generic]]:
        """Return the outputs of a request by name. Raises Refused for an image that is damaged."""
        found = await self.find(inference.pictures)
        return tensors_of([detections for _, detections in found], self.pool.classes, inference.least)

    async def find(self, pictures: Sequence[Picture]) -> list[tuple[tuple[int, int], Detections]]:
        """Return width and height, and the detections, of each picture; one is unpacked at a time.

        Raises Refused for an image that is damaged.
        """
        start = time.perf_counter()
        try:
            return await self.pool.run(lambda model: [_found(model, picture()) for picture in pictures])
        except BadArgument as error:
            raise Refused("wrong", str(error)) from None
        finally:
            self.metrics.predicted(time.perf_counter() - start)

    def about(self) -> Json:
        """Return the model's metadata, as the protocol has it."""
        outputs = [{"name": n, "datatype": kind, "shape": shape} for n, (kind, shape) in self.outputs.items()]
        return {
            "name": self.name,
            "versions": [VERSION],
            "platform": "openvino",
            "inputs": [{"name": INPUT, "datatype": "BYTES", "shape": [-1]}],
            "outputs": outputs,
        }


def _found(model: Finder, image: Image) -> tuple[tuple[int, int], Detections]:
    return (image.shape[1], image.shape[0]), model.find([image])[0]
