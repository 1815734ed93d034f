"""Who may ask the viewer, by real requests to a running server."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.viewer.running import TOKEN, Viewer, viewing

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytestmark = pytest.mark.extra


class Echo:
    """A source that says what it was sent."""

    title = "echo"
    page = "frames.html"

    def routes(self) -> Sequence[Any]:
        from starlette.requests import Request
        from starlette.responses import JSONResponse, Response
        from starlette.routing import Route

        from rendersdg.errors import DatasetError

        async def echo(request: Request) -> Response:
            return JSONResponse({"bytes": len(await request.body())})

        def fail(request: Request) -> Response:
            raise DatasetError("<script>alert(1)</script> is not there")

        def fault(request: Request) -> Response:
            raise ZeroDivisionError("by zero")

        return [Route("/echo", echo, methods=["GET", "POST"]), Route("/fail", fail), Route("/fault", fault)]

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def viewer() -> Iterator[Viewer]:
    with viewing(Echo()) as running:  # type: ignore[arg-type] # made without what is asked
        yield running


def test_the_printed_address_gives_the_page_and_a_cookie_for_this_site_alone(viewer: Viewer) -> None:
    answer = viewer.ask(f"/?token={TOKEN}", {"Cookie": None})

    assert answer.status == 200
    assert answer.headers["set-cookie"] == f"{viewer.cookie}; Path=/; HttpOnly; SameSite=Strict"


@pytest.mark.parametrize("path", ["/", "/?token=wrong", "/?token=", "/?token=%ff", "/api/about", "/static/frames.html"])
def test_without_cookie_or_token_nothing_is_answered(viewer: Viewer, path: str) -> None:
    answer = viewer.ask(path, {"Cookie": None})

    assert answer.status == 403
    assert b"rendersdg view" in answer.body


def test_a_token_in_another_address_than_the_pages_counts_for_nothing(viewer: Viewer) -> None:
    assert viewer.ask(f"/api/about?token={TOKEN}", {"Cookie": None}).status == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_names_of_this_machine_are_answered(viewer: Viewer, host: str) -> None:
    assert viewer.ask("/api/about", {"Host": f"{host}:{viewer.port}"}).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", "localhost.:{port}", "", None],
)
def test_a_name_that_was_turned_to_this_machine_is_refused(viewer: Viewer, host: str | None) -> None:
    name = None if host is None else host.format(port=viewer.port)

    assert viewer.ask("/api/about", {"Host": name}).status in (400, 421)


def test_two_host_headers_are_refused(viewer: Viewer) -> None:
    answer = viewer.ask("/api/about", {"host": "evil.example"})  # beside Host

    assert answer.status == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"])
def test_requests_of_other_sites_are_refused_by_their_origin(viewer: Viewer, origin: str) -> None:
    sent = {"Origin": origin.format(port=viewer.port)}

    assert viewer.ask("/api/about", sent).status == 403
    assert viewer.ask("/api/echo", sent, method="POST", body=b"{}").status == 403
    assert viewer.ask("/", sent).status == 403


def test_two_origins_are_refused(viewer: Viewer) -> None:
    sent = {"Origin": f"http://127.0.0.1:{viewer.port}", "origin": "http://evil.example"}

    assert viewer.ask("/api/about", sent).status == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_requests_of_other_sites_are_refused_by_what_the_browser_says_of_them(viewer: Viewer, site: str) -> None:
    for path in ("/api/about", "/static/frames.html", "/"):
        assert viewer.ask(path, {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}).status == 403


def test_a_link_elsewhere_may_open_the_page_and_nothing_but_the_page(viewer: Viewer) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    assert viewer.ask("/", sent).status == 200
    assert viewer.ask("/api/about", sent).status == 403
    assert viewer.ask("/", sent | {"Sec-Fetch-Dest": "iframe"}).status == 403


def test_a_post_says_where_it_comes_from(viewer: Viewer) -> None:
    assert viewer.ask("/api/echo", method="POST", body=b"12").body == b'{"bytes":2}'
    assert viewer.ask("/api/echo", {"Origin": None}, method="POST", body=b"12").status == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
def test_other_methods_are_not_answered(viewer: Viewer, method: str) -> None:
    assert viewer.ask("/api/echo", method=method).status in (400, 405)


def test_a_body_beyond_the_limit_is_refused_by_its_length_and_by_its_bytes(viewer: Viewer) -> None:
    big = b"x" * (2 << 20) + b"y"
    chunk = f"{len(big):x}\r\n".encode() + big + b"\r\n0\r\n\r\n"

    assert viewer.ask("/api/echo", {"Content-Length": str(1 << 40)}, method="POST").status == 413
    sent = {"Content-Length": None, "Transfer-Encoding": "chunked"}
    assert viewer.ask("/api/echo", sent, method="POST", body=chunk).status == 413


def test_a_long_address_is_refused(viewer: Viewer) -> None:
    assert viewer.ask("/api/about?" + "a" * 9000).status == 414


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/static/..%5cserver.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/frames.html%00.js",
        "/static/",
        "/vendor/../__init__.py",
        "/shared/__init__.py",
        "/shared/vendor",
        "/../../../../etc/passwd",
        "//etc/passwd",
        "/etc/passwd",
        "/.rendersdg/dataset",
    ],
)
def test_nothing_but_the_files_of_the_page_is_served(viewer: Viewer, path: str) -> None:
    answer = viewer.ask(path)

    assert answer.status in (400, 404)
    assert b"import" not in answer.body and b"root:" not in answer.body


def test_every_answer_keeps_the_page_to_itself(viewer: Viewer) -> None:
    for path in ("/", "/api/about", "/api/fail", "/api/fault", "/nothing", "/static/frames.html"):
        headers = viewer.ask(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert "access-control-allow-origin" not in headers


def test_errors_are_told_as_json_without_traceback(viewer: Viewer) -> None:
    bad, fault = viewer.ask("/api/fail"), viewer.ask("/api/fault")

    assert (bad.status, fault.status) == (400, 500)
    assert bad.headers["content-type"] == "application/json"
    assert b"<script>alert(1)</script> is not there" in bad.body
    assert b"ZeroDivisionError" in fault.body and b"Traceback" not in fault.body


def test_websockets_are_refused(viewer: Viewer) -> None:
    sent = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "AAAA", "Sec-WebSocket-Version": "13"}

    assert viewer.ask("/api/about", sent).status != 101


def test_the_server_listens_on_this_machine_alone(viewer: Viewer, tmp_path: Path) -> None:
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    others = {one for one in others if not str(one).startswith("127.")}
    if not others:
        pytest.skip("this machine has no other address")
    for address in others:
        with pytest.raises(OSError):
            socket.create_connection((str(address), viewer.port), timeout=2)
