"""The gRPC side: KServe's GRPCInferenceService for one detector."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import grpc

import rendersdg
from detectors.serving.budget import Claim
from detectors.serving.inference import VERSION, Inference, Tensor, inference_of
from detectors.serving.messages import SERVICE, Message, new, read, weight_of
from detectors.serving.refusals import GRPC, Refused, cut
from detectors.serving.rest import raw_of
from detectors.serving.served import REPOSITORY_IS_OFF, Served

log = logging.getLogger("rendersdg")
Context = Any  # grpc.aio.ServicerContext; gRPC has no types
_OPEN = ("ServerLive", "ServerReady")  # need no token
_OFF = ("RepositoryModelLoad", "RepositoryModelUnload")
_MOST_CALLS = 1024  # at a time
_IDENTITY = 1  # the bit of "no compression": a message of a few bytes could unpack to gigabytes


def server_of(served: Served) -> Any:
    """Return a grpc.aio server of a detector, without ports yet; call it in the event loop."""
    options = [
        ("grpc.max_receive_message_length", served.limits.bytes),
        ("grpc.max_send_message_length", -1),
        ("grpc.so_reuseport", 0),  # a second server on the port is an error, not a rival
        ("grpc.compression_enabled_algorithms_bitset", _IDENTITY),
        ("grpc.http2.bdp_probe", 0),  # the windows of streams stay small until their message is read
        ("grpc.max_concurrent_streams", 128),
        ("grpc.server_handshake_timeout_ms", 10_000),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
    ]
    server = grpc.aio.server(options=options, maximum_concurrent_rpcs=_MOST_CALLS)
    server.add_generic_rpc_handlers((Rpc(served),))
    return server


class Rpc(grpc.GenericRpcHandler):  # type: ignore[misc] # gRPC has no types
    """Answers calls by name. Messages are read here, not by gRPC: one that is damaged is the client's error."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._calls: dict[str, tuple[str, Callable[[Message], Awaitable[Message]]]] = {
            "ServerLive": ("ServerLiveRequest", self._live),
            "ServerReady": ("ServerReadyRequest", self._ready),
            "ServerMetadata": ("ServerMetadataRequest", self._about_server),
            "ModelReady": ("ModelReadyRequest", self._model_ready),
            "ModelMetadata": ("ModelMetadataRequest", self._about_model),
            "RepositoryIndex": ("RepositoryIndexRequest", self._index),
            "ModelInfer": ("ModelInferRequest", self._infer),
        }

    def service(self, details: Any) -> Any:
        """Return the handler of a call to the service, whatever its name; None for other services."""
        service, _, name = details.method.lstrip("/").rpartition("/")
        if service != SERVICE:
            return None

        async def answer(messages: AsyncIterator[bytes], context: Context) -> bytes:
            return await self._answer(name, messages, context)

        return grpc.stream_unary_rpc_method_handler(answer)  # so that a message is read when there is memory for it

    async def _answer(self, name: str, messages: AsyncIterator[bytes], context: Context) -> bytes:
        status = "OK"
        try:
            if name not in _OPEN:
                metadata = dict(context.invocation_metadata() or ())
                shown = metadata.get("authorization")
                self.served.admit(shown if isinstance(shown, str) else None)
            if name not in self._calls:
                raise Refused("off", REPOSITORY_IS_OFF if name in _OFF else f"{name} is not offered by this server")
            return await self._called(name, messages)
        except Refused as refusal:
            status, told = GRPC[refusal.kind], refusal.message
        except asyncio.CancelledError:
            status = "CANCELLED"
            raise
        except Exception:
            log.exception("a gRPC request failed")
            status, told = GRPC["broken"], "the server failed on this request; its log says why"
        finally:
            self.served.metrics.answered("grpc", status)
        await context.abort(grpc.StatusCode[status], told)
        raise AssertionError("abort raises")

    async def _called(self, name: str, messages: AsyncIterator[bytes]) -> bytes:
        """Return the answer's bytes. Apart: gRPC's errors keep the frame that ends a call, with all that is in it."""
        kind, call = self._calls[name]
        async with self.served.budget.claim() as claim:
            data = await self._message(messages, claim)
            await claim.add(weight_of(data, kind))
            return (await call(read(data, kind))).SerializeToString()

    async def _message(self, messages: AsyncIterator[bytes], claim: Claim) -> bytes:
        """Return the bytes of the one message; memory for the largest is held until its size is known."""
        before = claim.held
        await claim.add(self.served.limits.bytes)
        until = claim.loop.time() + self.served.timeout_s
        try:
            data = await claim.wait(_next(messages), until)
        except StopAsyncIteration:
            raise Refused("wrong", "the call came without a message") from None
        claim.set(before)
        claim.is_arriving = False
        return data

    async def _live(self, request: Message) -> Message:
        return new("ServerLiveResponse", live=True)

    async def _ready(self, request: Message) -> Message:
        return new("ServerReadyResponse", ready=True)

    async def _about_server(self, request: Message) -> Message:
        return new("ServerMetadataResponse", name="rendersdg", version=rendersdg.__version__, extensions=[])

    async def _model_ready(self, request: Message) -> Message:
        self.served.check_name(request.name, request.version)
        return new("ModelReadyResponse", ready=True)

    async def _about_model(self, request: Message) -> Message:
        self.served.check_name(request.name, request.version)
        return new("ModelMetadataResponse", **self.served.about())

    async def _index(self, request: Message) -> Message:
        return new("RepositoryIndexResponse", models=[{"name": self.served.name, "version": VERSION, "state": "READY"}])

    async def _infer(self, request: Message) -> Message:
        self.served.check_name(request.model_name, request.model_version)
        inference = await asyncio.to_thread(request_of, request, self.served)
        tensors = await self.served.infer(inference)
        answer = new("ModelInferResponse", model_name=self.served.name, model_version=VERSION, id=inference.id)
        for name in inference.outputs:
            raw = raw_of(tensors[name])
            size = new("ParametersEntry", key="binary_data_size", value=new("InferParameter", int64_param=len(raw)))
            shape = tensors[name].shape
            answer.outputs.add(name=name, datatype=self.served.outputs[name][0], shape=shape, parameters=[size])
            answer.raw_output_contents.append(raw)
        return answer


async def _next(messages: AsyncIterator[bytes]) -> bytes:
    return await messages.__anext__()


def request_of(request: Message, served: Served) -> Inference:
    """Return the inference that a ModelInferRequest asks for. Raises Refused when it is wrong; says what."""
    raw = list(request.raw_input_contents)
    if raw and len(raw) != len(request.inputs):
        raise Refused("wrong", f"{len(request.inputs)} inputs came with {len(raw)} raw contents")
    tensors = [_tensor(one, raw[k] if raw else None) for k, one in enumerate(request.inputs[:4])]
    parameters = {}
    for entry in request.parameters:
        kind = entry.value.WhichOneof("parameter_choice")
        parameters[entry.key] = None if kind is None else getattr(entry.value, kind)
    for output in request.outputs:
        _only(output.parameters, "binary_data", "an output")
    names = [output.name for output in request.outputs]
    limits, least, known = served.limits, served.least, served.outputs
    return inference_of(tensors, parameters, names, request.id, limits=limits, least=least, known=known)


def _only(entries: Iterable[Message], known: str, what: str) -> None:
    """Raise Refused for a parameter that is not known, such as a region of shared memory."""
    for entry in entries:
        if entry.key != known:
            raise Refused("wrong", f"the parameter {cut(entry.key)} of {what} is not known: there is {known}")


def _tensor(given: Message, raw: bytes | None) -> Tensor:
    _only(given.parameters, "binary_data_size", "an input")
    contents = given.contents
    if raw is not None and contents.ByteSize():
        raise Refused("wrong", "an input has its data in contents or in raw_input_contents, not in both")
    values = list(contents.bytes_contents) if given.datatype == "BYTES" else list(contents.uint_contents)
    return Tensor(given.name, given.datatype, tuple(given.shape), None if raw is not None else values, raw)
