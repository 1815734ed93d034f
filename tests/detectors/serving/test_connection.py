"""Connections end in time: slow heads, endless bodies, clients that never read; and what is no HTTP is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

uvicorn = pytest.importorskip("uvicorn")
Connection = pytest.importorskip("detectors.serving.connection").Connection

pytestmark = pytest.mark.extra


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer at once, without reading the body; ``/big`` with many bytes, ``/read`` after it was read."""
    if scope["path"] == "/read":
        while (await receive()).get("more_body"):
            pass
    body = b"x" * (30_000_000 if scope["path"] == "/big" else 2)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def talk(work: Callable[[asyncio.StreamReader, asyncio.StreamWriter, Any], Awaitable[None]]) -> None:
    """Run ``work`` with a connection to a server of ``app``."""

    async def main() -> None:
        connection = partial(Connection, timeout_s=0.3, head_s=0.3)
        config = uvicorn.Config(
            app, http=connection, ws="none", lifespan="off", log_config=None, timeout_keep_alive=1, port=0
        )
        server = uvicorn.Server(config)
        server.capture_signals = _nothing  # type: ignore[method-assign] # the tests' own stay
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.wait_for(work(reader, writer, server), 15)
        finally:
            writer.close()
            server.should_exit = True
            await task

    asyncio.run(main())


class _nothing:
    def __enter__(self) -> None: ...
    def __exit__(self, *error: object) -> None: ...


async def error_of(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Return the status and error of an answer after which the connection is closed."""
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]


@pytest.mark.parametrize("start", [b"G", b"POST /read HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_head_that_stops_is_told_in_time(start: bytes) -> None:
    async def work(reader: Any, writer: Any, server: Any) -> None:
        writer.write(start)
        status, error = await error_of(reader)
        assert status == 408 and "head" in error

    talk(work)


def test_a_head_that_comes_drop_by_drop_is_told_too() -> None:
    async def work(reader: Any, writer: Any, server: Any) -> None:
        async def drops() -> None:
            for byte in b"GET / HTTP/1.1\r\n" + b"X" * 100:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)

        task = asyncio.create_task(drops())
        assert (await error_of(reader))[0] == 408
        task.cancel()

    talk(work)


def test_a_silent_connection_is_closed() -> None:
    async def work(reader: Any, writer: Any, server: Any) -> None:
        with pytest.raises(ConnectionError):
            assert await reader.read() == b""
            raise ConnectionError

    talk(work)


@pytest.mark.parametrize(
    "start",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000,
        b"\0\0\0\r\n\r\n",
    ],
    ids=range(9),
)
def test_what_is_no_http_is_told_as_json(start: bytes) -> None:
    async def work(reader: Any, writer: Any, server: Any) -> None:
        writer.write(start)
        status, error = await error_of(reader)
        assert 400 <= status < 500 and error

    talk(work)


def test_a_body_that_nobody_reads_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detectors.serving.connection._GRACE_S", 0.2)

    async def work(reader: Any, writer: Any, server: Any) -> None:
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\nxx")).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionError):
            for _ in range(200):
                writer.write(b"x" * 1000)
                await writer.drain()
                await asyncio.sleep(0.02)

    talk(work)


def test_a_client_that_never_reads_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detectors.serving.connection._GRACE_S", 0.2)

    async def work(reader: Any, writer: Any, server: Any) -> None:
        writer.transport.pause_reading()
        writer.write(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.1)
        assert len(server.server_state.connections) == 1
        for _ in range(100):
            await asyncio.sleep(0.05)
            if not server.server_state.connections:
                return
        raise AssertionError("the connection stays")

    talk(work)


def test_requests_one_after_another_on_one_connection_are_answered() -> None:
    async def work(reader: Any, writer: Any, server: Any) -> None:
        for _ in range(3):
            writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            await reader.readuntil(b"\r\n\r\nxx")
            await asyncio.sleep(0.4)  # longer than the time for a head: nothing is begun

    talk(work)
