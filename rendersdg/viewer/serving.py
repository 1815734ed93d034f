"""The server at work: a port of this machine's own, the address with its token, the browser."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from rendersdg.errors import BadArgument
from rendersdg.extras import needs
from rendersdg.viewer.server import application
from rendersdg.viewer.sources import Source

LOOPBACK = "127.0.0.1"
USUAL_PORT = 8720
_GRACE_S = 2  # seconds for requests under way, at the end


def serve(
    source: Source, *, port: int | None, log: Callable[[str], None], is_opened: bool = True, token: str | None = None
) -> None:
    """Serve a source until the user interrupts.

    Args:
        source: what is viewed.
        port: of this machine; 0 for any that is free, None for the usual one where that is free.
        log: gets the address, and how to end.
        is_opened: whether the address is opened in a browser.
        token: of the address; None for a random one.

    Raises:
        BadArgument: the port is taken.
    """
    needs("uvicorn", "view", "the viewer")
    import uvicorn

    with listening(port) as socket_:
        number = socket_.getsockname()[1]
        token = token or secrets.token_urlsafe(24)
        address = f"http://{LOOPBACK}:{number}/?token={token}"
        config = uvicorn.Config(
            application(source, port=number, token=token),
            log_level="error",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=_GRACE_S,
        )
        log(f"{source.title}: {address}\nCtrl+C ends it; other machines cannot reach it")
        if is_opened:
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()  # its page waits for the server
        with suppress(KeyboardInterrupt):  # the usual end, which uvicorn raises once more after its own
            uvicorn.Server(config).run(sockets=[socket_])


@contextmanager
def listening(port: int | None) -> Iterator[socket.socket]:
    """Give a socket that listens on the loopback device. Raises BadArgument where the port is taken."""
    opened = None
    for wanted in [USUAL_PORT, 0] if port is None else [port]:
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((LOOPBACK, wanted))
            opened.listen(128)
            break
        except OSError as error:
            opened.close()
            if port is not None:
                raise BadArgument(f"--port {port} cannot be used ({error.strerror}); give another, or 0") from None
    assert opened is not None
    try:
        yield opened
    finally:
        opened.close()
