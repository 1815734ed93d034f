"""Who may ask the viewer: the page that it served, in the browser that was given its token, on this machine.

The rules, from outside to inside:

- The ``Host`` header names this machine and our port. A page elsewhere whose name was turned to 127.0.0.1 (DNS
  rebinding) names another.
- ``Origin`` and ``Sec-Fetch-Site`` say that our own page asks, or the user typed the address.
- A token in the address, then a cookie that other sites' requests do not carry.
- No WebSockets, no methods but GET, HEAD and POST, no bodies beyond :data:`LARGEST_BODY`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from rendersdg.web.vendored import PLOT_STYLE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 2 << 20  # bytes of a request: a scene's text
LONGEST_ADDRESS = 8 << 10  # bytes of a path and a query
HOSTS = ("127.0.0.1", "localhost", "[::1]")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY = "; ".join(  # of contents: our own files alone, no script or style within a page but Plot's, no frame around it
    [
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {_hash(PLOT_STYLE)}",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Refused(Exception):
    """A request that is not answered: with which status, and what is said."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Guard:
    """An ASGI application around another: refuses who may not ask, and adds :data:`HEADERS` to every answer.

    Args:
        app: what answers the rest.
        port: that the server listens on.
        token: which the first request has in its address, ``/?token=...``.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        self._token = token
        self._hosts = {f"{host}:{port}" for host in HOSTS} | (set(HOSTS) if port == 80 else set())
        self._cookie = f"rendersdg-view-{port}"  # cookies are shared by all ports of a host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            cookie = self._checked(scope)
            limited = _limited(scope, receive)
        except Refused as refused:
            await _say(refused, _with_headers(send, None))
            return
        with suppress(Exception):  # starlette has answered it, and raises it once more
            await self._app(scope, limited, _with_headers(send, cookie))

    def _checked(self, scope: Scope) -> str | None:
        """Return the cookie to set, None for none. Raises Refused."""
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise Refused(405, f"{scope['method']} is not answered here")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise Refused(414, "the address is too long")
        host = _header(scope, b"host")
        if host is None or host.lower() not in self._hosts:
            raise Refused(
                421, "this server answers for this machine alone: 127.0.0.1, localhost or [::1], and its port"
            )
        is_page = scope["path"] == "/" and scope["method"] != "POST"
        _check_origin(scope, host.lower(), is_page)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1] if is_page else ""
        if given and hmac.compare_digest(given.encode(), self._token.encode()):
            return f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        kept = _cookies(scope).get(self._cookie, "")
        if not hmac.compare_digest(kept.encode(), self._token.encode()):
            raise Refused(403, "open the address that `rendersdg view` has printed: it has the token of this server")
        return None


def _check_origin(scope: Scope, host: str, is_page: bool) -> None:
    """Raise Refused for a request that another site's page makes. The page itself may be opened from anywhere."""
    origin, site = _header(scope, b"origin"), _header(scope, b"sec-fetch-site")
    if origin is not None and origin.lower() != f"http://{host}":
        raise Refused(403, "requests of other sites are refused")
    if site is not None and site not in ("same-origin", "none"):
        is_opened = (_header(scope, b"sec-fetch-mode"), _header(scope, b"sec-fetch-dest")) == ("navigate", "document")
        if not (is_page and is_opened):
            raise Refused(403, "requests of other sites are refused")
    if scope["method"] == "POST" and origin is None and site != "same-origin":
        raise Refused(403, "a POST says where it comes from (Origin)")


def _header(scope: Scope, name: bytes) -> str | None:
    """Return a header, None where there is none. Raises Refused where it is there twice."""
    found = [value for key, value in scope["headers"] if key == name]
    if len(found) > 1:
        raise Refused(400, f"{name.decode()} is given twice")
    return found[0].decode("latin-1").strip() if found else None


def _cookies(scope: Scope) -> dict[str, str]:
    text = "; ".join(value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie")
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(text).items()}
    except CookieError:
        return {}


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return what receives a body, and raises Refused once it is longer than is read."""
    length = _header(scope, b"content-length") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise Refused(413, f"a request has {LARGEST_BODY} bytes at most")
    got = 0

    async def limited() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > LARGEST_BODY:
            raise Refused(413, f"a request has {LARGEST_BODY} bytes at most")
        return message

    return limited


def _with_headers(send: Send, cookie: str | None) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {key.lower() for key, _ in message.get("headers", [])}
            added = HEADERS | {"cache-control": "no-store"} | ({} if cookie is None else {"set-cookie": cookie})
            more = [(k.encode(), v.encode()) for k, v in added.items() if k.encode() not in there]
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await send(message)

    return sending


async def _say(refused: Refused, send: Send) -> None:
    body = f"{refused.text}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
