"""A viewer that runs in a thread, and requests to it as they come over the wire."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rendersdg.viewer.server import application
from rendersdg.viewer.serving import listening
from rendersdg.viewer.sources import Source

TOKEN = "a-token-of-the-tests"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Viewer:
    """A running viewer."""

    port: int

    @property
    def address(self) -> str:
        """The address with the token."""
        return f"http://127.0.0.1:{self.port}/?token={TOKEN}"

    @property
    def cookie(self) -> str:
        """What a browser sends that has opened the address."""
        return f"rendersdg-view-{self.port}={TOKEN}"

    def ask(
        self, path: str, headers: Mapping[str, str | None] | None = None, *, method: str = "GET", body: bytes = b""
    ) -> Answer:
        """Return the answer to a request with the cookie; a header of None is left out. The path goes out as it is."""
        sent = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie} | dict(headers or {})
        if method == "POST":
            sent = {"Origin": f"http://127.0.0.1:{self.port}", "Content-Length": str(len(body))} | sent
        lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in sent.items() if v is not None)]
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as wire:
            wire.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body)
            answer = http.client.HTTPResponse(wire)
            answer.begin()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


@contextmanager
def viewing(source: Source) -> Iterator[Viewer]:
    """Give a running viewer of a source."""
    import uvicorn

    with listening(0) as opened:
        port = opened.getsockname()[1]
        app = application(source, port=port, token=TOKEN)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", server_header=False, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        try:
            yield Viewer(port)
        finally:
            server.should_exit = True
            thread.join(30)
