"""What can be viewed: datasets, training runs and scenes, each a source that brings a page and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from detectors.readers import READERS
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.registry import Registry

if TYPE_CHECKING:
    from starlette.routing import Route


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the user asks to see.

    Attributes:
        place: a scene, a run, or a labelled set as ``[LAYOUT:]PATH[@SPLIT]``.
        compare: another labelled set, to be seen beside the first; None for none.
        data: the labelled set that a run's predictions are judged on; None for the one it was judged on.
        also: further folders that pictures may come from.
    """

    place: str
    compare: str | None = None
    data: str | None = None
    also: tuple[str, ...] = ()


class Source(Protocol):
    """What is viewed. It is made from an :class:`Asked`, and closed when the server ends.

    Attributes:
        title: for the window's title and the line that is printed.
        page: the name of its page among the static files, ``frames.html``.
    """

    title: str
    page: str

    def __init__(self, asked: Asked) -> None: ...

    def routes(self) -> Sequence[Route]:
        """Return what answers below ``/api/``. A RenderSDGError that an endpoint raises becomes JSON with its text."""

    def close(self) -> None:
        """Let go of what it holds."""


SOURCES = Registry[type[Source]](
    "view",
    {
        "dataset": "rendersdg.viewer.frames:DatasetSource",
        "run": "rendersdg.viewer.runs:RunSource",
        "scene": "rendersdg.viewer.scene_page:SceneSource",
    },
)
_SCENES = (".yaml", ".yml")


def kind_of(asked: Asked) -> str:
    """Return the name of the source for a place: by its ending, or by what lies in the folder.

    Raises:
        BadArgument: an option does not go with it, or it is a script.
        DatasetError: there is nothing.
    """
    path = Path(asked.place)
    if _has_layout(asked.place):
        kind = "dataset"
    elif path.suffix.lower() == ".py":
        raise BadArgument(
            f"{path} is a script, and scripts are not shown; run it with: rendersdg run {path} -o out, "
            "and see what it writes with: rendersdg view out"
        )
    elif path.suffix.lower() in _SCENES:
        kind = "scene"
    elif path.name == "model.pt" or (path / "model.pt").is_file():
        kind = "run"
    else:
        kind = "dataset"
    if kind != "dataset" and not path.exists():
        raise DatasetError(f"{path} is not there")
    if asked.compare is not None and kind != "dataset":
        raise BadArgument(f"--compare is for two datasets; {path} is a {kind}")
    if asked.data is not None and kind != "run":
        raise BadArgument(f"--data is what a run's predictions are judged on; {path} is a {kind}")
    return kind


def _has_layout(place: str) -> bool:
    """Return whether a place names the layout of a labelled set, ``yolo:data.yaml``, and is not a file called so."""
    layout, colon, rest = place.partition(":")
    return bool(colon and rest) and layout in READERS and not Path(place).exists()


def source_of(asked: Asked) -> Source:
    """Return the opened source of a place. Raises as :func:`kind_of`, and what the source finds wrong."""
    return SOURCES[kind_of(asked)](asked)
