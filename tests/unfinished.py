"""Clients that begin a request and never end it, on bare sockets."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.served import Server


def head_of(size: int, path: str = "/find") -> bytes:
    """Return the head of a POST whose body is announced to have ``size`` bytes."""
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()


class Unfinished:
    """Requests that are begun and never ended: bodies, heads, silent connections, HTTP/2 that stops; until closed."""

    def __init__(self, server: Server, count: int, size: int, *, heads: int = 0, half_grpc: int = 0) -> None:
        self.sockets: list[socket.socket] = []
        for k in range(count):
            self._send(server.port, head_of(size) + b"x" * (size - 1) if k % 4 else head_of(size) + b"x")
        for k in range(heads):
            self._send(server.port, b"" if k % 2 else b"POST /find HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        for k in range(half_grpc):
            start = b"" if k % 2 else b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
            self._send(server.grpc_port, start)

    def _send(self, port: int, data: bytes) -> None:
        one = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.sockets.append(one)
        with contextlib.suppress(OSError):  # the server may have had enough
            one.sendall(data)

    def __enter__(self) -> Unfinished:
        return self

    def __exit__(self, *error: object) -> None:
        for one in self.sockets:
            one.close()


class SlowCalls(Unfinished):
    """gRPC calls whose message is announced with ``size`` bytes and of which all but one come; until closed."""

    def __init__(self, server: Server, count: int, size: int) -> None:
        self.sockets = []
        self._threads = []
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", server.grpc_port), timeout=10)
            self.sockets.append(one)
            self._threads.append(threading.Thread(target=_send_slowly, args=(one, size), daemon=True))
        for thread in self._threads:
            thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until everything is sent that the server takes."""
        for thread in self._threads:
            thread.join(seconds / len(self._threads))


_HEADERS = [
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/inference.GRPCInferenceService/ModelInfer"),
    (":authority", "x"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
]


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _send_slowly(one: socket.socket, size: int) -> None:
    """Open a stream of HTTP/2 and send a message but for its last byte, as far as the server's windows let it."""
    head = b"".join(b"\0" + bytes([len(n)]) + n.encode() + bytes([len(v)]) + v.encode() for n, v in _HEADERS)
    left = b"\0" + size.to_bytes(4, "big") + b"x" * (size - 1)
    windows = {0: 65535, 1: 65535}
    with contextlib.suppress(OSError):
        one.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0) + _frame(1, 4, 1, head))
        while left:
            part = left[: min(16384, windows[0], windows[1])]
            if part:
                one.sendall(_frame(0, 0, 1, part))
                windows = {k: w - len(part) for k, w in windows.items()}
                left = left[len(part) :]
            else:
                _heed(one, windows)


def _heed(one: socket.socket, windows: dict[int, int]) -> None:
    """Read one frame, and widen the windows where it says so."""
    start = _exactly(one, 9)
    kind, flags, stream = start[3], start[4], int.from_bytes(start[5:], "big")
    payload = _exactly(one, int.from_bytes(start[:3], "big"))
    if kind == 8 and stream in windows:
        windows[stream] += int.from_bytes(payload, "big")
    elif kind == 4 and not flags:
        for k in range(0, len(payload), 6):
            if payload[k : k + 2] == b"\0\4":  # the first size of a stream's window
                windows[1] += int.from_bytes(payload[k + 2 : k + 6], "big") - 65535
        one.sendall(_frame(4, 1, 0))
    elif kind == 6 and not flags:
        one.sendall(_frame(6, 1, 0, payload))
    elif kind in (3, 7):
        raise ConnectionError("the server ended the call")


def _exactly(one: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = one.recv(count - len(data))
        if not part:
            raise ConnectionError("the server has gone")
        data += part
    return data
