"""The HTTP side: an ASGI application that answers the routes of the service."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

import rendersdg
from detectors.anomaly.regions import Anomalies, heat_as_json
from detectors.serving.budget import Claim
from detectors.serving.inference import VERSION
from detectors.serving.metrics import CONTENT_TYPE
from detectors.serving.page import Page
from detectors.serving.refusals import HTTP, Refused, cut
from detectors.serving.rest import JSON_LENGTH, json_part, object_of, read_request, weight_of, write_answer
from detectors.serving.routes import ROUTES, Route, openapi
from detectors.serving.served import REPOSITORY_IS_OFF, Served
from detectors.wire import boxes_as_json, pictures_of, share
from rendersdg.errors import BadArgument
from rendersdg.plain import Json

log = logging.getLogger("rendersdg")
Event = dict[str, Any]  # of ASGI, the protocol between servers and applications: its values are of any kind
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
_ALWAYS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
_THROWN_AWAY, _THROWING_S = 8, 5.0  # of a body that is refused: so many times the largest, in so many seconds
_RETRY_S = 1  # after which a client may come again


class Gone(Exception):
    """The client left before its request was whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose head has come: its path's ``values``, ``query`` and ``headers`` by name in small letters."""

    values: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: ``body`` of a media ``kind``, with further headers."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Body:
    """The body of a request, part by part, as the server reads it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.has_more = True

    async def next(self) -> bytes:
        """Return the next part. Raises Gone when the client has left."""
        event = await self._receive()
        self.has_more = event["type"] == "http.request" and event.get("more_body", False)
        if event["type"] != "http.request":
            raise Gone
        return event.get("body", b"")

    async def throw_away(self, most: int, seconds: float) -> None:
        """Read what is left, up to ``most`` bytes: most clients listen when all is sent, and no sooner."""
        until = asyncio.get_running_loop().time() + seconds
        try:
            while self.has_more and most > 0:
                most -= len(await asyncio.wait_for(self.next(), until - asyncio.get_running_loop().time()))
        except (Gone, asyncio.TimeoutError):
            return


class Web:
    """The application. Its methods that are called as ROUTES names them answer one route each."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._page = Page.of(
            served.name,
            needs_token=served.token is not None,
            classes=served.pool.classes,
            least=served.least,
        )
        self._openapi = openapi(served.name, needs_token=served.token is not None, outputs=served.outputs)

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = Body(receive)
        try:
            answer = await self._answer(scope, body)
        except Gone:
            self.served.metrics.answered("http", "gone")
            return
        except Refused as refusal:
            answer = _refusal(refusal)
            waits_for_answer = any(name == b"expect" for name, _ in scope["headers"])
            if scope["method"] in ("POST", "PUT") and refusal.kind not in ("late", "busy") and not waits_for_answer:
                await body.throw_away(_THROWN_AWAY * self.served.limits.bytes, _THROWING_S)
        except asyncio.CancelledError:  # the time for stopping is up
            answer = _refusal(Refused("busy", "the server stops"))
        except Exception:
            log.exception("a request to %s failed", cut(scope["path"]))
            answer = _refusal(Refused("broken", "the server failed on this request; its log says why"))
        self.served.metrics.answered("http", str(answer.status))
        headers = {"content-type": answer.kind, "content-length": str(len(answer.body)), **_ALWAYS, **answer.headers}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Event, body: Body) -> Answer:
        route, values = route_of(scope["method"], scope["path"])
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        if route.needs_token:
            self.served.admit(headers.get("authorization"))
        query = _query(scope["query_string"], route)
        call: Callable[[Request], Awaitable[Answer]] = getattr(self, route.call)
        if route.method != "POST":
            return await call(Request(values, query, headers))
        async with self.served.budget.claim() as claim:
            data = await self._read(body, headers, claim)
            if route.takes_json:
                await claim.add(weight_of(json_part(data, headers.get(JSON_LENGTH))[0]))
            return await call(Request(values, query, headers, data))

    async def _read(self, body: Body, headers: Mapping[str, str], claim: Claim) -> bytes:
        """Return the whole body, held by the claim twice: as it comes, and joined."""
        most = self.served.limits.bytes
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Refused("encoding", "send the body as it is, without a content-encoding")
        if int(headers.get("content-length", 0)) > most:  # the server knows that it is a number
            raise _too_large(most)
        until = claim.loop.time() + self.served.timeout_s
        parts: list[bytes] = []
        size = 0
        while body.has_more:
            part = await claim.wait(body.next(), until)
            size += len(part)
            if size > most:
                raise _too_large(most)
            await claim.add(2 * len(part))
            parts.append(part)
        claim.is_arriving = False
        return b"".join(parts)

    async def live(self, request: Request) -> Answer:
        """Say that the process answers."""
        return _json({"live": True})

    async def ready(self, request: Request) -> Answer:
        """Say that requests are taken."""
        return _json({"ready": True})

    async def about_server(self, request: Request) -> Answer:
        """Say what this server is."""
        return _json({"name": "rendersdg", "version": rendersdg.__version__, "extensions": ["binary_tensor_data"]})

    async def models(self, request: Request) -> Answer:
        """List the one model."""
        return _json({"models": [self.served.name]})

    async def about_model(self, request: Request) -> Answer:
        """Return the model's inputs and outputs."""
        self._check_name(request)
        return _json(self.served.about())

    async def model_ready(self, request: Request) -> Answer:
        """Say that the model takes requests."""
        self._check_name(request)
        return _json({"name": self.served.name, "ready": True})

    async def index(self, request: Request) -> Answer:
        """List the one model as Triton's repository does."""
        return _json([{"name": self.served.name, "version": VERSION, "state": "READY"}])

    async def repository(self, request: Request) -> Answer:
        """Refuse to load or unload."""
        raise Refused("off", REPOSITORY_IS_OFF)

    async def infer(self, request: Request) -> Answer:
        """Answer an inference request."""
        self._check_name(request)
        limits, least, known = self.served.limits, self.served.least, self.served.outputs
        head, rest = json_part(request.body, request.headers.get(JSON_LENGTH))
        wanted = await asyncio.to_thread(
            lambda: read_request(object_of(head), rest, limits=limits, least=least, known=known)
        )
        tensors = await self.served.infer(wanted.inference)
        body, length = write_answer(wanted, self.served.name, tensors)
        if length is None:
            return Answer(200, body)
        return Answer(200, body, "application/octet-stream", {JSON_LENGTH: str(length)})

    async def find(self, request: Request) -> Answer:
        """Answer one image file with its boxes."""
        data = np.empty(1, object)
        data[0] = request.body
        try:
            least = share(request.query.get("least", self.served.least))
            pictures = await asyncio.to_thread(pictures_of, data, self.served.limits)
        except BadArgument as error:
            raise Refused("wrong", str(error)) from None
        [(size_wh, detections)] = await self.served.find(pictures)
        told: Json = {"size_wh": size_wh, "boxes": boxes_as_json(detections, self.served.pool.classes, least)}
        if isinstance(detections, Anomalies):
            told["heat"] = heat_as_json(detections)
        return _json(told)

    async def page(self, request: Request) -> Answer:
        """Return the page for trying the model."""
        return Answer(200, self._page.body, "text/html; charset=utf-8", self._page.headers)

    async def metrics(self, request: Request) -> Answer:
        """Return counters for Prometheus."""
        return Answer(200, self.served.metrics.text(), CONTENT_TYPE)

    async def description(self, request: Request) -> Answer:
        """Return the routes as OpenAPI has them."""
        return _json(self._openapi)

    def _check_name(self, request: Request) -> None:
        self.served.check_name(request.values["name"], request.values.get("version", ""))


def route_of(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """Return a request's route and the values in its path. Raises Refused when there is none, or for other methods."""
    allowed: list[str] = []
    for route in ROUTES:
        values = route.values_in(path)
        if values is not None:
            if method in route.methods:
                return route, values
            allowed += route.methods
    if allowed:
        raise Refused("method", f"{cut(path)} is for {', '.join(allowed)}, not for {cut(method)}")
    raise Refused("unknown", f"there is nothing at {cut(path)}: see /openapi.json")


def _too_large(most: int) -> Refused:
    return Refused("large", f"the request is larger than {most} bytes")


def _query(text: bytes, route: Route) -> dict[str, str]:
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise Refused("wrong", "the parameters behind the question mark cannot be read") from None
    query = dict(pairs)
    for name in query:
        if name not in route.query:
            known = ", ".join(route.query) or "none"
            raise Refused("wrong", f"the parameter {cut(name)} is not known here: there is {known}")
    if len(query) < len(pairs):
        raise Refused("wrong", "a parameter came twice")
    return query


def _json(value: object) -> Answer:
    return Answer(200, json.dumps(value, separators=(",", ":")).encode())


def _refusal(refusal: Refused) -> Answer:
    body = json.dumps({"error": refusal.message}).encode()
    headers = {}
    if refusal.kind == "token":
        headers["www-authenticate"] = "Bearer"
    elif refusal.kind == "method":
        headers["allow"] = refusal.message.partition(" is for ")[2].partition(", not for")[0]
    elif refusal.kind == "busy":
        headers |= {"retry-after": str(_RETRY_S), "connection": "close"}
    elif refusal.kind == "late":
        headers["connection"] = "close"
    return Answer(HTTP[refusal.kind], body, headers=headers)
