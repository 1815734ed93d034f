"""A model behind the KServe v2 protocol, HTTP and gRPC, with a page to try it on.
The server is KServe's own (extra ``serve``).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.detections import Detections
from detectors.postprocess import thinned
from detectors.preprocess import Image
from detectors.runtime import Model, compile_openvino, load_model, network_of
from detectors.wire import INPUT, OUTPUTS, Limits, boxes_as_json, images_of, share, tensors_of
from rendersdg.errors import BadArgument


@contextmanager
def _no_arguments() -> Iterator[None]:
    """Hide the command line: KServe's server reads it as its own when it is imported."""
    kept, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = kept


with _no_arguments():
    import kserve
    from fastapi import FastAPI, Request
    from fastapi.responses import HTMLResponse, JSONResponse, Response
    from kserve import model_server
    from kserve.errors import InvalidInput
    from kserve.protocol.infer_type import InferInput, InferOutput, InferRequest, InferResponse, RequestedOutput

LEAST = 0.25  # score from which boxes are sent
_JSON_LENGTH = "inference-header-content-length"  # KServe's binary data extension
Metadata = dict[str, Any]  # of a tensor, as KServe has it
Message = dict[str, Any]  # of ASGI, the protocol between servers and applications: its values are of any kind
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Message, Receive, Send], Awaitable[None]]


class Pool:
    """The copies of a model that may run at the same time; a request waits for a free one.

    OpenVINO fills a processor's cores with several inferences side by side, not with larger batches.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        self.classes = models[0].classes
        self.size = len(models)
        self._free: asyncio.Queue[Model] = asyncio.Queue()
        for model in models:
            self._free.put_nowait(model)

    async def find(self, images: Sequence[Image]) -> list[Detections]:
        """Return the detections of each image (H, W, 3) uint8 RGB; the event loop goes on meanwhile."""
        model = await self._free.get()
        try:
            return await asyncio.to_thread(lambda: [model.find([image])[0] for image in images])
        finally:
            self._free.put_nowait(model)


def pool_of(path: Path, threads: int = 0) -> Pool:
    """Return as many copies of an exported .xml as OpenVINO advises to run side by side.

    ``threads`` are those of the network, 0 for all cores. Raises DatasetError when ``path`` cannot be read, BadArgument
    when OpenVINO is not installed.
    """
    model = load_model(path, threads=threads)
    thinned(np.zeros((1, 4)), np.zeros(1, np.int64), 0.5)  # the kernels load now rather than at the first request
    compiled = compile_openvino(path, "f32", threads, throughput=True)
    count = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    return Pool([replace(model, network=network_of(compiled)) for _ in range(max(count, 1))])


class Served(kserve.Model):  # type: ignore[misc] # kserve is not looked into
    """A detector as KServe sees it."""

    def __init__(self, name: str, pool: Pool, limits: Limits, least: float) -> None:
        super().__init__(name)
        self.pool, self.limits, self.least = pool, limits, least
        self.load()

    def get_input_types(self) -> list[Metadata]:
        """Return the metadata of the input."""
        return [{"name": INPUT, "datatype": "BYTES", "shape": [-1]}]

    def get_output_types(self) -> list[Metadata]:
        """Return the metadata of the outputs."""
        return [{"name": n, "datatype": kind, "shape": shape} for n, (kind, shape) in OUTPUTS.items()]

    async def predict(self, payload: InferRequest, *_: object) -> InferResponse:
        """Return the boxes of a request. Raises InvalidInput, a 400, for what cannot be read."""
        try:
            images = await asyncio.to_thread(lambda: images_of(_data_of(payload), self.limits))
            least = share(_parameter(payload, "least", self.least))
        except BadArgument as error:
            raise InvalidInput(str(error)) from None
        tensors = tensors_of(await self.pool.find(images), self.pool.classes, least)
        outputs = [InferOutput(n, list(array.shape), OUTPUTS[n][0], array) for n, array in tensors.items()]
        for output in outputs if payload.from_grpc else ():  # over HTTP the client says for each whether in binary
            output.set_data_from_numpy(output.data)
        return InferResponse(
            payload.id or "",
            self.name,
            outputs,
            from_grpc=payload.from_grpc,
            use_binary_outputs=payload.use_binary_outputs,
            requested_outputs=payload.request_outputs,
        )


def _data_of(request: InferRequest) -> NDArray[np.generic]:
    images = request.get_input_by_name(INPUT)
    if images is None or len(request.inputs) != 1:
        raise BadArgument(f"the one input is {INPUT!r}, got {[i.name for i in request.inputs]}")
    if images.datatype not in ("BYTES", "UINT8"):
        raise BadArgument(f"{INPUT} is BYTES (encoded files) or UINT8 (pixels), not {images.datatype}")
    try:
        return images.as_numpy()
    except (ValueError, TypeError, OverflowError, struct.error):
        raise BadArgument(
            f"the data of {INPUT} is cut off or does not fill its shape {list(images.shape)} of {images.datatype}"
        ) from None


def _parameter(request: InferRequest, name: str, default: float) -> object:
    parameters = request.parameters or {}
    if name not in parameters:
        return default
    value = parameters[name]
    if not request.from_grpc:
        return value
    kind = value.WhichOneof("parameter_choice")
    if kind is None:
        raise BadArgument(f"parameter {name} has a type that KServe's gRPC does not know: send it as a string")
    return getattr(value, kind)


def request_of(body: bytes, json_length: str | None, name: str) -> InferRequest:
    """Return an HTTP inference request, its tensors in JSON (files as base64) or in binary behind it.

    KServe's own reader takes the bytes of a file for UTF-8 text.

    Args:
        body: of the request.
        json_length: how many bytes of it are JSON, as the header says; None for all.
        name: the model's.

    Raises:
        BadArgument: the body is something else.
    """
    try:
        length = len(body) if json_length is None else int(json_length)
        content = json.loads(body[:length])
        rest = body[length:]
        inputs = []
        for one in content["inputs"]:
            size = (one.get("parameters") or {}).get("binary_data_size")
            data = one.get("data")
            tensor = InferInput(one["name"], [int(n) for n in one["shape"]], one["datatype"], data)
            if size is not None:
                if not 0 <= int(size) <= len(rest):
                    raise BadArgument(f"{size} bytes of {one['name']} announced, {len(rest)} came")
                tensor._raw_data, rest = rest[: int(size)], rest[int(size) :]
            elif data is None:
                raise BadArgument(f"input {one['name']} has neither data nor a binary_data_size")
            elif one["datatype"] == "BYTES":
                tensor.data = [base64.b64decode(text, validate=True) for text in data]
            inputs.append(tensor)
        outputs = [RequestedOutput(o["name"], o.get("parameters") or {}) for o in content.get("outputs") or []]
        return InferRequest(
            name, inputs, content.get("id"), parameters=content.get("parameters"), request_outputs=outputs
        )
    except binascii.Error:
        raise BadArgument("images in JSON are base64 text; or send them as binary data") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadArgument(f"not an inference request: {type(error).__name__} {error}") from None


@dataclass(frozen=True, slots=True)
class Serving:
    """How a model is served.

    ``name`` is the model's in the protocol; ``limits`` what a request may hold; ``least`` the score (0 to 1) from which
    boxes are sent; ``threads`` those of the network, 0 for all cores; ``grace_s`` the seconds that requests may still
    take when the server is stopped.
    """

    name: str
    http_port: int = 8080
    grpc_port: int = 8081
    limits: Limits = field(default_factory=Limits)
    least: float = LEAST
    threads: int = 0
    grace_s: int = 30


def serve(model: Path, serving: Serving, *, log: Callable[[str], None] = lambda text: None) -> None:
    """Serve an exported .xml until SIGINT or SIGTERM; what is under way then is finished first.

    HTTP: ``/v2/...`` (KServe, with its binary data), ``POST /find`` (an image file as the body, boxes as JSON), ``/``
    (a page) and ``/metrics`` (Prometheus). gRPC: KServe's GRPCInferenceService.

    Args:
        model: the exported ``model.xml``.
        serving: ports, limits and the like.
        log: is called with one line when the server is about to listen.

    Raises:
        BadArgument: a port is taken.
        DatasetError: the model cannot be read.
    """
    for port, option in ((serving.http_port, "--port"), (serving.grpc_port, "--grpc-port")):
        _free(port, option)
    limits = serving.limits
    served = Served(serving.name, pool_of(model, serving.threads), limits, serving.least)
    model_server.args.grpc_max_receive_message_length = limits.bytes
    model_server.args.grpc_max_send_message_length = limits.bytes
    server = kserve.ModelServer(
        http_port=serving.http_port,
        grpc_port=serving.grpc_port,
        workers=1,
        enable_latency_logging=False,
        grace_period=serving.grace_s,
    )
    for logger in ("kserve", "kserve.trace", "uvicorn", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    logging.getLogger("kserve").addFilter(_short)
    _add_routes(model_server.app, server, served)
    model_server.app.add_middleware(_BodyLimit, most=limits.bytes)
    log(
        f"{serving.name}: {served.pool.size} at a time, http://localhost:{serving.http_port}/ (KServe v2, a page, "
        f"/metrics), gRPC on {serving.grpc_port}"
    )
    server.start([served])


def _add_routes(app: FastAPI, server: kserve.ModelServer, served: Served) -> None:
    """Add what KServe's server has not, or not so that a photograph passes; routes added first win."""

    async def infer(request: Request, name: str) -> Response:
        body, headers = await request.body(), dict(request.headers)
        try:
            inference = request_of(body, headers.get(_JSON_LENGTH), name)
        except BadArgument as error:
            return JSONResponse({"error": str(error)}, 400)
        answer, _ = await server.dataplane.infer(name, inference, headers)
        content, length = answer.to_rest()
        if length is None:
            return JSONResponse(content)
        return Response(
            content, media_type="application/octet-stream", headers={"Inference-Header-Content-Length": str(length)}
        )

    async def find(request: Request) -> Response:
        try:
            least = share(request.query_params.get("least", served.least))
            data = np.array([await request.body()], object)
            image = (await asyncio.to_thread(images_of, data, served.limits))[0]
        except BadArgument as error:
            return JSONResponse({"error": str(error)}, 400)
        detections = (await served.pool.find([image]))[0]
        boxes = boxes_as_json(detections, served.pool.classes, least)
        return JSONResponse({"size_wh": [image.shape[1], image.shape[0]], "boxes": boxes})

    async def page() -> HTMLResponse:
        text = resources.files("detectors").joinpath("page.html").read_text(encoding="utf-8")
        return HTMLResponse(text.replace("{{name}}", served.name))

    app.add_api_route("/v2/models/{name}/infer", infer, methods=["POST"], response_model=None)
    app.add_api_route("/find", find, methods=["POST"], response_model=None)
    app.add_api_route("/", page, methods=["GET"], response_model=None)


class _BodyLimit:
    """Answers 413 to a body of more than ``most`` bytes; what is beyond is read,
    so that the client listens, and thrown away.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT"):
            await self.app(scope, receive, send)
            return
        parts: list[bytes] = []
        size, more = 0, True
        while more and size <= 8 * self.most:
            message = await receive()
            if message["type"] != "http.request":  # the client has gone
                return
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
            if size <= self.most:
                parts.append(message.get("body", b""))
        if size > self.most:
            error = {"error": f"the request is larger than {self.most} bytes"}
            await JSONResponse(error, 413, {"connection": "close"})(scope, receive, send)
            return
        body = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]

        async def again() -> Message:
            return body.pop() if body else await receive()

        await self.app(scope, again, send)


def _short(record: logging.LogRecord) -> bool:
    """Keep a client's mistake to one line in the log."""
    if record.exc_info and isinstance(record.exc_info[1], InvalidInput):
        record.exc_info = None
    return True


def _free(port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except (OSError, OverflowError) as error:
            raise BadArgument(f"{option} {port} cannot be listened on ({error}); give another") from None
