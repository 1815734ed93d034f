"""Labelled sets in the viewer: the addresses that the page of frames asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rendersdg.errors import BadArgument
from rendersdg.viewer.gallery import Gallery
from rendersdg.viewer.index import index_of, paired
from rendersdg.viewer.pictures import Encoded
from rendersdg.viewer.sources import Asked

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

LEAST = 0.25  # score from which on a prediction counts, unless the address says otherwise
_KEPT_S = 300  # seconds that a browser keeps a thumbnail
_LARGEST_NUMBER = 10**9  # of a number in an address


class DatasetSource:
    """A labelled set, and another one beside it where that is asked for."""

    page = "frames.html"
    kind = "dataset"

    def __init__(self, asked: Asked) -> None:
        also = [Path(one) for one in asked.also]
        self.title = asked.place
        self.gallery = self.opened(asked, also)
        self.other = None if asked.compare is None else Gallery(index_of(asked.compare, also))
        self.pairs = None if self.other is None else paired(self.gallery.index, self.other.index)

    def opened(self, asked: Asked, also: Sequence[Path]) -> Gallery:
        """Return the set that is viewed."""
        return Gallery(index_of(asked.place, also))

    def close(self) -> None:
        """Let go of the scenes."""
        for one in (self.gallery, self.other):
            if one is not None:
                one.close()

    def about(self) -> dict[str, Any]:
        """Return what is viewed as JSON."""
        other = None
        if self.other is not None and self.pairs is not None:
            other = {**self.other.about(), "pairs": len(self.pairs.places), "matched_by": self.pairs.by}
        return {"title": self.title, "kind": self.kind, **self.gallery.about(), "other": other}

    def one(self, place: int) -> dict[str, Any]:
        """Return all that is known of an image, and of the one beside it."""
        beside = None if self.pairs is None else self.pairs.places.get(place)
        other = None if self.other is None or beside is None else self.other.frame(beside)
        return {**self.gallery.frame(place), "other": other}

    def routes(self) -> Sequence[Route]:
        """Return what answers below ``/api/``: lists, images by their place, and what is made of them."""
        from starlette.responses import JSONResponse
        from starlette.routing import Route

        def about(request: Request) -> Response:
            self.gallery.start()
            return JSONResponse(self.about())

        def frames(request: Request) -> Response:
            asked = request.query_params
            start, count = whole(asked.get("start", "0")), whole(asked.get("count", "100"))
            return JSONResponse(self.gallery.listed(**order_of(asked), start=start, count=count))

        def frame(request: Request) -> Response:
            place = request.path_params["place"]
            beside = self.gallery.beside(place, **order_of(request.query_params))
            return JSONResponse({**self.one(place), "beside": beside})

        def space(request: Request) -> Response:
            return JSONResponse(self.gallery.space(request.path_params["place"]))

        def named(request: Request) -> Response:
            gallery, asked = self._set(request), request.path_params
            return JSONResponse(gallery.legend(asked["place"], asked["name"]))

        return [
            Route("/set", about),
            Route("/frames", frames),
            Route("/frame/{place:int}", frame),
            Route("/space/{place:int}", space),
            Route("/{which}/legend/{place:int}/{name}", named),
            Route("/{which}/image/{place:int}", self._pictures(lambda g, a, q: g.picture(a["place"]))),
            Route("/{which}/thumb/{place:int}", self._pictures(_thumbnail, is_kept=True)),
            Route("/{which}/objects/{place:int}", self._pictures(lambda g, a, q: g.objects(a["place"]))),
            Route("/{which}/layer/{place:int}/{name}", self._pictures(lambda g, a, q: g.layer(a["place"], a["name"]))),
            Route("/{which}/live/{place:int}/{name}", self._pictures(lambda g, a, q: g.live(a["place"], a["name"]))),
            Route("/{which}/cloud/{place:int}", self._pictures(lambda g, a, q: g.cloud(a["place"]))),
        ]

    def _set(self, request: Request) -> Gallery:
        which = request.path_params["which"]
        if which == "a":
            return self.gallery
        if which == "b" and self.other is not None:
            return self.other
        raise BadArgument(f"there is no set {which!r}")

    def _pictures(
        self, make: Callable[[Gallery, Mapping[str, Any], Mapping[str, str]], Encoded], *, is_kept: bool = False
    ) -> Callable[[Request], Response]:
        from starlette.responses import Response

        def answer(request: Request) -> Response:
            made = make(self._set(request), request.path_params, request.query_params)
            headers = {"cache-control": f"private, max-age={_KEPT_S}"} if is_kept else {}
            if made.about is not None:
                headers["x-about"] = json.dumps(made.about)
            return Response(made.data, media_type=made.kind, headers=headers)

        return answer


def _thumbnail(gallery: Gallery, path: Mapping[str, Any], query: Mapping[str, str]) -> Encoded:
    return gallery.thumbnail(path["place"], whole(query.get("size", "320")))


def order_of(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return which images an address means, and in which order. Raises BadArgument for what cannot be meant."""
    return {
        "where": asked.get("where", ""),
        "sort": asked.get("sort", ""),
        "descends": "descends" in asked,
        "least": share(asked.get("least", str(LEAST))),
    }


def share(text: str) -> float:
    """Return a number from 0 to 1 of an address. Raises BadArgument for anything else."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise BadArgument(f"least={text[:20]!r} is not a score from 0 to 1")
    return number


def whole(text: str) -> int:
    """Return a whole number of an address. Raises BadArgument for anything else."""
    if not text.isascii() or not text.isdecimal() or len(text) > 10 or int(text) > _LARGEST_NUMBER:
        raise BadArgument(f"{text[:20]!r} is not a whole number from 0 to {_LARGEST_NUMBER}")
    return int(text)
