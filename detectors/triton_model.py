"""A detector under Triton's Python backend: image files in, boxes out. Triton's Python needs rendersdg and OpenVINO."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import triton_python_backend_utils as triton  # Triton puts it on the path

from detectors.runtime import load_model
from detectors.wire import INPUT, Limits, pictures_of, share, tensors_of
from rendersdg.errors import BadArgument
from rendersdg.plain import Json


class TritonPythonModel:
    """What Triton's Python backend looks for."""

    def initialize(self, args: Json) -> None:
        """Load the network that lies beside this file."""
        parameters = json.loads(args["model_config"]).get("parameters", {})
        self.least = share(parameters.get("least", {}).get("string_value", "0.25"))
        here = Path(args["model_repository"]) / args["model_version"]
        self.model = load_model(here / "model.xml", threads=1).as_shown()

    def execute(self, requests: list[Any]) -> list[Any]:
        """Return the boxes of each request; one that cannot be read gets an error and the others go on."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        try:
            pictures = pictures_of(triton.get_input_tensor_by_name(request, INPUT).as_numpy(), Limits())
            least = share(json.loads(request.parameters() or "{}").get("least", self.least))
            found = [self.model.find([picture()])[0] for picture in pictures]  # one unpacked at a time
        except BadArgument as error:
            return triton.InferenceResponse(error=triton.TritonError(str(error), triton.TritonError.INVALID_ARG))
        tensors = tensors_of(found, self.model.classes, least)
        return triton.InferenceResponse([triton.Tensor(name, array) for name, array in tensors.items()])
