"""The application: the page and its files, what the source answers, errors as JSON, the guard around all of it."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import rendersdg
from rendersdg.errors import RenderSDGError
from rendersdg.extras import needs
from rendersdg.guard import as_foreseen, show_traceback
from rendersdg.paths import plain_name
from rendersdg.viewer.security import Guard, Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from rendersdg.viewer.sources import Source

_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".json": "application/json"}
FOLDERS = {"static": "rendersdg.viewer", "vendor": "rendersdg.web", "shared": "rendersdg.web"}
_INSIDE = {"static": "static", "vendor": "vendor", "shared": ""}  # folders within those packages


def application(source: Source, *, port: int, token: str) -> ASGIApp:
    """Return the server's application: Starlette behind the guard.

    Args:
        source: what is viewed, see :mod:`rendersdg.viewer.sources`.
        port: that requests have to name.
        token: that the first request has to have.
    """
    needs("starlette", "view", "the viewer")
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Mount, Route

    def page(request: Request) -> Response:
        return _file("static", source.page)

    def file(request: Request) -> Response:
        return _file(request.path_params["room"], request.path_params["name"])

    def about(request: Request) -> Response:
        return JSONResponse({"title": source.title, "version": rendersdg.__version__})

    def told(request: Request, error: Exception) -> Response:
        show_traceback(error)
        foreseen = as_foreseen(error)
        status = 500 if foreseen.exit_code == 70 else 400
        return JSONResponse({"error": str(foreseen), "kind": type(foreseen).__name__}, status_code=status)

    def plainly(request: Request, error: Exception) -> Response:
        return Response(
            f"{getattr(error, 'detail', '')}\n", getattr(error, "status_code", 404), media_type="text/plain"
        )

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        yield
        source.close()

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return Response(f"{error.text}\n", error.status, media_type="text/plain")

    handlers: dict[Any, Any] = {RenderSDGError: told, Refused: refused, 404: plainly, 405: plainly, 500: told}
    served = Starlette(
        routes=[
            Route("/", page),
            Route("/api/about", about),
            Mount("/api", routes=list(source.routes())),
            Route("/{room:str}/{name:str}", file),
        ],
        exception_handlers=handlers,
        lifespan=lifespan,
    )
    return Guard(served, port=port, token=token)


def _file(room: str, name: str) -> Response:
    """Return a file that came with the package. Raises HTTPException, 404, for every other name."""
    from starlette.exceptions import HTTPException
    from starlette.responses import Response

    data = _content(room, name)
    if data is None:
        raise HTTPException(404, "there is no such file")
    suffix = name[name.rfind(".") :]
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(data, media_type=kind)


@cache
def _names(room: str) -> frozenset[str]:
    """Return the names of a room's files: what is not among them is not looked for."""
    if room not in FOLDERS:
        return frozenset()
    try:
        folder = resources.files(FOLDERS[room]).joinpath(_INSIDE[room])
        return frozenset(one.name for one in folder.iterdir() if one.is_file() and not one.name.endswith(".py"))
    except (ModuleNotFoundError, FileNotFoundError):
        return frozenset()


def _content(room: str, name: str) -> bytes | None:
    if name not in _names(room):
        return None
    return resources.files(FOLDERS[room]).joinpath(_INSIDE[room], plain_name(name)).read_bytes()
