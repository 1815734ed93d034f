"""A model behind the KServe v2 protocol, HTTP and gRPC, with a page to try it on (extra ``serve``)."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import signal
import socket
import ssl
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import grpc
import uvicorn

from detectors.detections import SURE
from detectors.serving.budget import Budget
from detectors.serving.connection import HEAD_BYTES, Connection
from detectors.serving.metrics import Metrics
from detectors.serving.pool import pool_of
from detectors.serving.rpc import server_of
from detectors.serving.served import Served
from detectors.serving.web import Web
from detectors.wire import Limits
from rendersdg.errors import BadArgument

MEMORY_BYTES = 256 << 20
_BODIES = 4  # the memory holds a body of the largest size so many times: read, joined and unpacked
_KEEP_ALIVE_S = 30  # in which an idle client may come again without a new connection


@dataclass(frozen=True, slots=True)
class Serving:
    """How a model is served.

    ``name`` is the model's in the protocol; ``host`` the address that is listened on; ``limits`` what a request may
    hold; ``memory`` the bytes that all requests under way may hold, unpacked images apart; ``least`` the score (0 to 1)
    from which boxes are sent; ``iou`` the overlap above which the worse of two boxes goes, None for the model's own;
    ``nested`` whether boxes within a better one of their class are sent, too; ``threads`` those of the network, 0 for
    all cores; ``timeout_s`` the seconds in which a request must have arrived; ``grace_s`` those that requests may still
    take when the server is stopped; ``token`` what clients must show, None for nothing; ``tls`` the files of the
    certificate chain and of its key, both PEM.
    """

    name: str
    host: str = "127.0.0.1"
    http_port: int = 8080
    grpc_port: int = 8081
    limits: Limits = field(default_factory=Limits)
    memory: int = MEMORY_BYTES
    least: float = SURE
    iou: float | None = None
    nested: bool = False
    threads: int = 0
    timeout_s: float = 30.0
    grace_s: int = 30
    token: str | None = field(default=None, repr=False)
    tls: tuple[Path, Path] | None = None

    def __post_init__(self) -> None:
        if not self.name or not self.name.replace("_", "").replace("-", "").replace(".", "").isalnum():
            raise BadArgument(f"the name {self.name!r} has other characters than letters, digits, - . and _")
        if self.memory < _BODIES * self.limits.bytes:
            raise BadArgument(
                f"a memory of {self.memory:,} bytes is too small for bodies of {self.limits.bytes:,}: give "
                f"{_BODIES * self.limits.bytes:,} or more"
            )
        if self.token is not None and not (self.token and self.token.isascii() and self.token.isprintable()):
            raise BadArgument("a token is a text of ASCII letters, digits and signs, and not empty")
        if self.token is not None and " " in self.token:
            raise BadArgument("a token has no blanks")


def serve(model: Path, serving: Serving, *, log: Callable[[str], None] = lambda text: None) -> None:
    """Serve an exported .xml until SIGINT or SIGTERM; what is under way then is finished first.

    HTTP: ``/v2/...`` (KServe, with its binary data), ``POST /find`` (an image file as the body, boxes as JSON), ``/``
    (a page), ``/metrics`` (Prometheus) and ``/openapi.json``. gRPC: KServe's GRPCInferenceService.

    Args:
        model: the exported ``model.xml``.
        serving: address, ports, limits and the like.
        log: is called with one line when the server is about to listen, and with what is worth a warning.

    Raises:
        BadArgument: an address is taken or not this machine's, or a file of TLS cannot be used.
        DatasetError: the model cannot be read.
    """
    tls = None if serving.tls is None else _tls(*serving.tls)
    _quiet()
    with closing(_bound(serving.host, serving.http_port, "--port")) as listener:
        _bound(serving.host, serving.grpc_port, "--grpc-port").close()
        budget = Budget(serving.memory)
        served = Served(
            name=serving.name,
            pool=pool_of(model, serving.threads, iou=serving.iou, nested=serving.nested),
            limits=serving.limits,
            least=serving.least,
            timeout_s=serving.timeout_s,
            token=serving.token,
            budget=budget,
            metrics=Metrics(serving.name, lambda: float(budget.held)),
        )
        shown = f"[{serving.host}]" if ":" in serving.host else serving.host
        log(
            f"{serving.name}: {served.pool.size} at a time, http{'s' if tls else ''}://{shown}:{serving.http_port}/ "
            f"(KServe v2, a page, /metrics), gRPC on {serving.grpc_port}"
        )
        if serving.token is None and not _is_loopback(listener):
            log(
                f"warning: {serving.host} is reached from other machines, and no token is asked for: whoever reaches "
                "it may use the model; give --token-file, or RENDERSDG_TOKEN"
            )
        asyncio.run(_run(served, serving, listener, tls))


async def _run(served: Served, serving: Serving, listener: socket.socket, tls: Any) -> None:
    rpc = server_of(served)
    address = f"[{serving.host}]:{serving.grpc_port}" if ":" in serving.host else f"{serving.host}:{serving.grpc_port}"
    try:
        port = rpc.add_secure_port(address, tls) if tls else rpc.add_insecure_port(address)
    except RuntimeError:
        port = 0
    if not port:
        raise BadArgument(f"--grpc-port {serving.grpc_port} cannot be listened on at {serving.host}; give another")
    certificate, key = serving.tls or (None, None)
    config = uvicorn.Config(
        Web(served),
        http=partial(Connection, timeout_s=serving.timeout_s),  # type: ignore[arg-type] # called as the class is
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=serving.grace_s,
        h11_max_incomplete_event_size=HEAD_BYTES,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    await rpc.start()
    await _Server(config, rpc, serving.grace_s).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn's, which stops gRPC at the same time, and ends well when it is told to."""

    def __init__(self, config: uvicorn.Config, rpc: Any, grace_s: int) -> None:
        super().__init__(config)
        self._rpc, self._grace_s = rpc, grace_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, and finish those under way."""
        await asyncio.gather(super().shutdown(sockets), self._rpc.stop(self._grace_s))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM; uvicorn would raise them again in the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _bound(host: str, port: int, option: str) -> socket.socket:
    """Return a socket that is bound, and will listen. Raises BadArgument when that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError, OverflowError):
        raise BadArgument(f"--host {host!r} is not an address or name of this machine") from None
    bound = socket.socket(family, kind, protocol)
    if sys.platform == "win32":  # where the other option lets two programs share a port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except (OSError, OverflowError) as error:
        bound.close()
        raise BadArgument(f"{option} {port} cannot be listened on at {host} ({error}); give another") from None
    return bound


def _quiet() -> None:
    """Keep what libraries say about a client's damaged images out of the log: the client is told."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"PIL\.")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _is_loopback(bound: socket.socket) -> bool:
    return ipaddress.ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback


def _tls(certificate: Path, key: Path) -> Any:
    """Return gRPC's credentials. Raises BadArgument unless both files are there and belong together."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
        return grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise BadArgument(
            f"--tls-cert {certificate} and --tls-key {key} cannot be used ({reason}): give a certificate chain and its "
            "key without a password, both in PEM"
        ) from None
