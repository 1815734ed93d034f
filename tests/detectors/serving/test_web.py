"""The application alone: routes, tokens, bodies and refusals, without a server around it."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Sequence
from typing import Any

import pytest

from detectors.serving.budget import Budget
from tests.served import flat

Web = pytest.importorskip("detectors.serving.web").Web
toy = pytest.importorskip("tests.detectors.serving.toys").toy

pytestmark = pytest.mark.extra

IMAGE = flat((1, 2, 3))


def ask(
    web: Any, method: str, path: str, parts: Sequence[bytes | None] = (b"",), headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and JSON of a request whose body comes in ``parts``; None is a part that never comes."""
    sent: list[dict[str, Any]] = []
    left = list(parts)

    async def receive() -> dict[str, Any]:
        if not left:
            return {"type": "http.disconnect"}
        part = left.pop(0)
        if part is None:
            await asyncio.sleep(30)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    bare, _, query = path.partition("?")
    given = [(k.lower().encode(), v.encode("latin-1")) for k, v in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": bare, "query_string": query.encode(), "headers": given}
    asyncio.run(asyncio.wait_for(web(scope, receive, send), 20))
    if not sent:
        return 0, {}, None
    told = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    body = sent[1]["body"]
    return sent[0]["status"], told, json.loads(body) if told["content-type"] == "application/json" else body


def test_boxes_come_for_an_image_in_parts() -> None:
    status, _, told = ask(Web(toy()), "POST", "/find", [IMAGE[:20], IMAGE[20:50], b"", IMAGE[50:]])

    assert status == 200 and [b["class"] for b in told["boxes"]] == ["a"] and told["size_wh"] == [64, 64]


QUERIES = ["least=nan", "least=2", "least=", "least=1e400", "most=1", "least=0.1&least=0.2", "%ff=1"]


@pytest.mark.parametrize("query", QUERIES)
def test_wrong_parameters_are_refused(query: str) -> None:
    status, _, told = ask(Web(toy()), "POST", f"/find?{query}", [IMAGE])

    assert status == 400 and list(told) == ["error"]


def test_other_methods_are_told_which_are_taken() -> None:
    status, headers, told = ask(Web(toy()), "DELETE", "/v2/models/toy")

    assert (status, headers["allow"]) == (405, "GET, HEAD") and "DELETE" in told["error"]
    assert ask(Web(toy()), "GET", "/find")[1]["allow"] == "POST"


def test_unknown_paths_models_and_versions_are_not_found() -> None:
    for path in ("/v1/models", "/v2/", "//", "/v2/models/other", "/v2/models/toy/versions/2", "/v2/models/toy/config"):
        assert ask(Web(toy()), "GET", path)[0] == 404, path


@pytest.mark.parametrize("what", ["load", "unload"])
def test_models_are_not_loaded_or_unloaded(what: str) -> None:
    web = Web(toy())

    status, _, told = ask(web, "POST", f"/v2/repository/models/toy/{what}", [b"{}"])

    assert status == 403 and "not loaded or unloaded" in told["error"]
    assert ask(web, "GET", "/v2/models/toy/ready")[2] == {"name": "toy", "ready": True}


def test_the_token_guards_all_but_health_and_the_page() -> None:
    web = Web(toy(token="s3cret"))
    is_open = ("/v2/health/live", "/v2/health/ready", "/")
    for path in (*is_open, "/v2", "/v2/models", "/v2/models/toy", "/metrics", "/openapi.json"):
        status, headers, _ = ask(web, "GET", path)
        assert status == (200 if path in is_open else 401), path
        assert ("www-authenticate" in headers) == (status == 401)
        assert ask(web, "GET", path, headers={"Authorization": "Bearer s3cret"})[0] == 200
    assert ask(web, "POST", "/find", [IMAGE])[0] == 401
    assert ask(web, "POST", "/find", [IMAGE], {"Authorization": "Bearer s3cret"})[0] == 200


def test_a_body_that_stops_is_late_and_what_it_held_is_given_back() -> None:
    served = toy()

    status, headers, told = ask(Web(served), "POST", "/find", [IMAGE[:20], None])

    assert status == 408 and headers["connection"] == "close" and "too long" in told["error"]
    assert served.budget.held == 0


def test_a_client_that_leaves_is_not_answered() -> None:
    served = toy()

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        raise AssertionError("nobody is there")

    scope = {"type": "http", "method": "POST", "path": "/find", "query_string": b"", "headers": []}
    asyncio.run(Web(served)(scope, receive, send))

    assert served.budget.held == 0


@pytest.mark.parametrize("parts", [[b"x" * (1 << 20), b"y"], [b"x" * (1 << 16)] * 17], ids=["at once", "in parts"])
def test_a_body_over_the_limit_is_too_large_however_it_comes(parts: list[bytes | None]) -> None:
    assert ask(Web(toy()), "POST", "/find", parts)[0] == 413
    assert ask(Web(toy()), "POST", "/find", parts, {"Content-Length": "9" * 19})[0] == 413


def test_a_full_server_says_when_to_come_again() -> None:
    budget = Budget(1 << 20, wait_s=0.1)
    budget.held = 1 << 20

    status, headers, told = ask(Web(toy(budget=budget)), "POST", "/find", [IMAGE])

    assert (status, headers["retry-after"]) == (503, "1") and "try again" in told["error"]


def test_json_that_would_take_more_memory_than_there_is_is_too_large() -> None:
    web = Web(toy(budget=Budget(8 << 20)))

    status, _, told = ask(web, "POST", "/v2/models/toy/infer", [b'{"a": [' + b"[]," * 200_000 + b"[]]}"])

    assert status == 413 and "memory" in told["error"]


ENDS: dict[str, tuple[str, list[bytes | None]]] = {
    "answered": ("/find", [IMAGE]),
    "late": ("/find", [IMAGE[:20], None]),
    "too large": ("/find", [b"x" * (1 << 20), b"y"]),
    "gone": ("/find", []),
    "damaged": ("/find", [IMAGE[:-30]]),
    "no image": ("/find", [b"zz"]),
    "no JSON": ("/v2/models/toy/infer", [b"{"]),
}


@pytest.mark.parametrize("end", ENDS)
def test_nothing_of_a_request_waits_for_the_garbage_collector(end: str) -> None:
    web = Web(toy())
    path, parts = ENDS[end]
    ask(web, "POST", path, parts)
    gc.collect()
    gc.disable()
    try:
        ask(web, "POST", path, parts)
        left = gc.collect()
    finally:
        gc.enable()

    assert left == 0


def test_encoded_bodies_are_refused() -> None:
    assert ask(Web(toy()), "POST", "/find", [IMAGE], {"Content-Encoding": "gzip"})[0] == 415
    assert ask(Web(toy()), "POST", "/find", [IMAGE], {"Content-Encoding": "identity"})[0] == 200


def test_our_own_failure_is_told_without_its_inside(caplog: pytest.LogCaptureFixture) -> None:
    served = toy()
    served.pool.run = None  # type: ignore[method-assign, assignment] # calling it fails

    status, _, told = ask(Web(served), "POST", "/find", [IMAGE])

    assert status == 500 and "NoneType" not in told["error"] and "NoneType" in caplog.text


def test_answers_are_not_sniffed_nor_kept() -> None:
    headers = ask(Web(toy()), "GET", "/v2")[1]

    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
