"""The gRPC service alone: calls, tokens, damaged messages, slow clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.served import flat

grpc = pytest.importorskip("grpc")
messages = pytest.importorskip("detectors.serving.messages")
server_of = pytest.importorskip("detectors.serving.rpc").server_of
toy = pytest.importorskip("tests.detectors.serving.toys").toy

pytestmark = pytest.mark.extra

new, read = messages.new, messages.read
IMAGE = flat((1, 2, 3))
RAW = len(IMAGE).to_bytes(4, "little") + IMAGE


def calls(served: Any, *asked: tuple[str, bytes], metadata: Any = (), options: Any = (), **more: Any) -> list[Any]:
    """Return (status, answer or details) of calls to a server in this process."""

    async def main() -> list[Any]:
        server = server_of(served)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        told: list[Any] = []
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options) as channel:
            for name, data in asked:
                call = channel.unary_unary(f"/inference.GRPCInferenceService/{name}", None, None)
                try:
                    told.append(("OK", await call(data, metadata=metadata, timeout=10, **more)))
                except grpc.aio.AioRpcError as error:
                    told.append((error.code().name, error.details()))
        await server.stop(None)
        return told

    return asyncio.run(asyncio.wait_for(main(), 60))


def request(**changes: Any) -> bytes:
    tensor = new("InferTensor", name="images", datatype="BYTES", shape=[1])
    fields = {"model_name": "toy", "inputs": [tensor], "raw_input_contents": [RAW]}
    return new("ModelInferRequest", **(fields | changes)).SerializeToString()


def test_boxes_come_and_only_the_outputs_that_are_asked_for() -> None:
    outputs = [new("InferRequestedOutputTensor", name="scores")]

    [(status, data), (_, all_of_them)] = calls(
        toy(), ("ModelInfer", request(outputs=outputs, id="x")), ("ModelInfer", request())
    )

    answer = read(data, "ModelInferResponse")
    assert status == "OK" and answer.id == "x" and [o.name for o in answer.outputs] == ["scores"]
    assert len(read(all_of_them, "ModelInferResponse").raw_output_contents) == 5


def test_images_may_come_in_contents() -> None:
    contents = new("InferTensorContents", bytes_contents=[IMAGE])
    tensor = new("InferTensor", name="images", datatype="BYTES", shape=[1], contents=contents)

    assert calls(toy(), ("ModelInfer", request(inputs=[tensor], raw_input_contents=[])))[0][0] == "OK"
    told = calls(toy(), ("ModelInfer", request(inputs=[tensor])))[0]
    assert told[0] == "INVALID_ARGUMENT" and "not in both" in told[1]


def entry(**value: Any) -> Any:
    return new("ParametersEntry", key="least", value=new("InferParameter", **value))


def test_the_least_score_may_be_of_any_type_of_number() -> None:
    for value, count in (({"double_param": 0.8}, 0), ({"string_param": "0.7"}, 1), ({"int64_param": 1}, 0)):
        [(_, data)] = calls(toy(), ("ModelInfer", request(parameters=[entry(**value)])))
        assert list(read(data, "ModelInferResponse").outputs[1].shape) == [count]
    for value in ({"bool_param": True}, {"double_param": float("nan")}, {"string_param": "x"}, {}):
        assert calls(toy(), ("ModelInfer", request(parameters=[entry(**value)])))[0][0] == "INVALID_ARGUMENT"


def test_shared_memory_is_refused_by_name() -> None:
    region = new("ParametersEntry", key="shared_memory_region", value=new("InferParameter", string_param="x"))
    tensor = new("InferTensor", name="images", datatype="BYTES", shape=[1], parameters=[region])
    output = new("InferRequestedOutputTensor", name="boxes", parameters=[region])

    for told in calls(toy(), ("ModelInfer", request(inputs=[tensor])), ("ModelInfer", request(outputs=[output]))):
        assert told[0] == "INVALID_ARGUMENT" and "shared_memory_region" in told[1]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\xff", "INVALID_ARGUMENT"),
        (b"\x0a\x05toy", "INVALID_ARGUMENT"),
        (b"\x0a\x02\xff\xfe", "INVALID_ARGUMENT"),
        (b"\x2a\x00" * 20_000, "INVALID_ARGUMENT"),
        (b"", "NOT_FOUND"),
        (b"x" * (2 << 20), "RESOURCE_EXHAUSTED"),
    ],
    ids=range(6),
)
def test_a_damaged_message_is_the_clients_error(data: bytes, status: str) -> None:
    assert calls(toy(), ("ModelInfer", data))[0][0] == status


def test_models_are_not_loaded_or_unloaded_and_unknown_calls_are_told() -> None:
    told = calls(
        toy(),
        ("RepositoryModelUnload", b""),
        ("RepositoryModelLoad", b"\xff"),
        ("ModelStatistics", b""),
        ("ModelReady", new("ModelReadyRequest", name="toy").SerializeToString()),
    )

    assert [status for status, _ in told] == ["UNIMPLEMENTED"] * 3 + ["OK"]
    assert "not loaded or unloaded" in told[0][1] and "ModelStatistics" in told[2][1]


def test_the_token_guards_all_but_health() -> None:
    names = ("ServerLive", "ServerReady", "ServerMetadata", "RepositoryIndex", "RepositoryModelUnload")

    def statuses(metadata: Any) -> list[str]:
        return [s for s, _ in calls(toy(token="s3cret"), *[(name, b"") for name in names], metadata=metadata)]

    assert statuses(()) == ["OK", "OK", "UNAUTHENTICATED", "UNAUTHENTICATED", "UNAUTHENTICATED"]
    assert statuses([("authorization", "Bearer s3cret")]) == ["OK", "OK", "OK", "OK", "UNIMPLEMENTED"]
    assert statuses([("authorization", "Bearer other")])[2] == "UNAUTHENTICATED"


def test_compressed_messages_are_refused() -> None:
    data = request(raw_input_contents=[RAW + b"\0" * 100_000])

    assert calls(toy(), ("ModelInfer", data), compression=grpc.Compression.Gzip)[0][0] == "UNIMPLEMENTED"


def test_a_call_whose_message_never_comes_ends_in_time() -> None:
    served = toy()

    async def main() -> str:
        server = server_of(served)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()

        async def nothing() -> AsyncIterator[bytes]:
            await asyncio.sleep(20)
            yield b""

        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = channel.stream_unary("/inference.GRPCInferenceService/ModelInfer", None, None)
            try:
                await call(nothing())
            except grpc.aio.AioRpcError as error:
                return str(error.code().name)
            finally:
                await server.stop(None)
        return "OK"

    assert asyncio.run(asyncio.wait_for(main(), 15)) == "DEADLINE_EXCEEDED" and served.budget.held == 0
