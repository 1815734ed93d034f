"""A connection that does not wait for ever, and errors in it as JSON. On uvicorn's h11, whose buffers are bounded."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0  # in which the head of a request must have come
_GRACE_S = 5.0  # beyond the time for a body, whose reader answers first
MOST_CONNECTIONS = 1000
HEAD_BYTES = 32 << 10


class Connection(H11Protocol):
    """uvicorn's, with a time for heads, for bodies that nobody reads and for clients that read nothing."""

    def __init__(self, *, timeout_s: float, head_s: float = HEAD_S, **options: Any) -> None:
        """``timeout_s`` is the time for a whole body, ``head_s`` that for a head; ``options`` are uvicorn's."""
        super().__init__(**options)
        self._timeout_s, self._head_s = timeout_s, head_s
        self._deadline: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._waits_for: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Start the time for the head of the first request."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._start(h11.IDLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all times."""
        super().connection_lost(exc)
        self._stop()
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take bytes of a client, and watch what is still to come."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on with the next request; a client that does not read its answer is left."""
        super().on_response_complete()
        if self.transport.is_closing():
            self.loop.call_later(_GRACE_S, self.transport.abort)
        else:
            self._watch()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, without waiting for ever that what was sent is read."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(_GRACE_S, self.transport.abort)

    def pause_writing(self) -> None:
        """Start the time for a client to read."""
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(self._timeout_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the time for a client to read."""
        if self.flow is not None:
            super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def send_400_response(self, msg: str) -> None:
        """Tell what is wrong as all errors are told, and close."""
        self._refuse(400, "this is not an HTTP request that can be read")

    def _watch(self) -> None:
        """Start the time that belongs to what is still to come; nothing is while a whole request is here."""
        state = self.conn.their_state
        is_head = state is h11.IDLE and bool(self.conn.trailing_data[0])
        if state is h11.SEND_BODY or is_head:
            if self._waits_for is not state:
                self._start(state)
        else:
            self._stop()

    def _start(self, state: object) -> None:
        self._stop()
        self._waits_for = state
        seconds = self._head_s if state is h11.IDLE else self._timeout_s + _GRACE_S
        self._deadline = self.loop.call_later(seconds, self._late)

    def _stop(self) -> None:
        self._waits_for = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        if self._waits_for is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(408, "the head of the request took too long to arrive")
        else:
            self.transport.abort()

    def _refuse(self, status: int, message: str) -> None:
        self._stop()
        if self.cycle is not None:  # its application is told that nobody listens any more
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps({"error": message}).encode()
            headers = [
                ("content-type", "application/json"),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.close()
            self.loop.call_later(_GRACE_S, self.transport.abort)
        else:
            self.transport.abort()
