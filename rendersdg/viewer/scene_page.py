"""A scene in the viewer: its text beside a live picture, what a page may ask of it, and saving."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rendersdg.annotators import ANNOTATORS
from rendersdg.backends.quality import QUALITIES
from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.viewer.asks import PICTURES, ask_of
from rendersdg.viewer.live import LiveScene
from rendersdg.viewer.no_scene import refuse_no_scene
from rendersdg.viewer.scene_file import SceneFile
from rendersdg.viewer.sources import Asked

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


class SceneSource:
    """A YAML scene: its text, pictures of it as it is edited, and the file that it is saved to."""

    page = "scene.html"

    def __init__(self, asked: Asked) -> None:
        path = Path(asked.place)
        self.title = path.name
        self._file = SceneFile(path)
        refuse_no_scene(self._file.read().text, path)  # and what no editor can show is refused by reading
        self._live = LiveScene(path)

    def routes(self) -> Sequence[Route]:
        """Return what answers: the text, a picture, what is on disk, and saving."""
        from starlette.responses import JSONResponse
        from starlette.routing import Route

        def scene(request: Request) -> Response:
            there = self._file.read()
            known = {"qualities": list(QUALITIES), "annotators": [name for name in PICTURES if name in ANNOTATORS]}
            return JSONResponse({"name": self.title, "text": there.text, "digest": there.digest, **known})

        def disk(request: Request) -> Response:
            return JSONResponse({"digest": self._file.digest()})

        async def paint(request: Request) -> Response:
            from starlette.concurrency import run_in_threadpool

            given = await _json_of(request)
            return JSONResponse(await run_in_threadpool(self.painted, given))

        async def save(request: Request) -> Response:
            from starlette.concurrency import run_in_threadpool

            given = await _json_of(request)
            return JSONResponse(await run_in_threadpool(self.saved, given))

        return [
            Route("/scene", scene, methods=["GET"]),
            Route("/scene/disk", disk, methods=["GET"]),
            Route("/scene/picture", paint, methods=["POST"]),
            Route("/scene/save", save, methods=["POST"]),
        ]

    def painted(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the page shows for a question: ``superseded`` where it asked again meanwhile."""
        page = given.get("page", "")
        if not isinstance(page, str) or len(page) > 64:
            raise BadArgument("page must be a short text")
        ask = ask_of({key: value for key, value in given.items() if key != "page"})
        try:
            answer = self._live.paint(ask, page)
        except RenderSDGError as error:  # it is the scene's, and stands beside its text
            return {"errors": [{"line": None, "text": str(error)}], "text": None, "ms": {}}
        return {"superseded": True} if answer is None else _as_json(answer)

    def saved(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Save the page's text and return the file's digest, or a ``conflict`` where the file is another by now."""
        text, digest = given.get("text"), given.get("digest")
        if not isinstance(digest, str):
            raise BadArgument("digest must be that of the file that was edited")
        ask = ask_of({"text": text})
        try:
            return {"digest": self._file.save(ask.text, digest)}
        except RenderSDGError as error:
            return {"conflict": str(error)}

    def close(self) -> None:
        """End the process that paints."""
        self._live.close()


async def _json_of(request: Request) -> Mapping[str, Any]:
    """Return the mapping that a request brings. Raises BadArgument for anything else."""
    import json

    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip() != "application/json":
        raise BadArgument(f"content-type {kind!r} must be application/json")
    try:
        given = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise BadArgument("the request is not JSON") from None
    if not isinstance(given, Mapping):
        raise BadArgument("the request must be a mapping")
    return given


def _as_json(answer: Any) -> Any:
    """Return an answer with its pictures as ``data:`` addresses."""
    if isinstance(answer, bytes):
        return f"data:image/jpeg;base64,{b64encode(answer).decode()}"
    if isinstance(answer, dict):
        return {key: _as_json(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_as_json(value) for value in answer]
    return answer
