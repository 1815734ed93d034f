"""Labelled sets for other programs that look at them: what each format of :data:`rendersdg.viewer.EXPORTS` is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rendersdg.errors import BadArgument, DatasetError, RenderSDGError
from rendersdg.viewer import EXPORTS
from rendersdg.viewer.again import drawn_of
from rendersdg.viewer.gallery import Gallery
from rendersdg.viewer.index import Index, Shown, index_of
from rendersdg.viewer.recorded_values import recorded_values

OnImage = Callable[[int, int], None]  # how many images are done, and of how many
Export = Callable[["Set", Path, OnImage], list[str]]


@dataclass(frozen=True, eq=False)
class Set:
    """A labelled set to write.

    Attributes:
        index: its images in order.
        drawn: what was drawn for each object of an image by its place; the whole frame's values where the scene is
            not known.
        reason: why nothing is known of what was drawn, "" where it is.
    """

    index: Index
    drawn: dict[int, list[dict[str, Any]]]
    reason: str

    def __iter__(self) -> Iterator[Shown]:
        return iter(self.index.images)


def export_set(spec: str, form: str, out: Path, *, is_overwritten: bool, on_image: OnImage) -> list[str]:
    """Write a labelled set for another program and return what it does not carry, in sentences.

    Args:
        spec: ``[LAYOUT:]PATH[@SPLIT]``.
        form: of :data:`EXPORTS`.
        out: the folder or file.
        is_overwritten: whether what is there may be replaced.
        on_image: is called with how many images are done, and of how many.

    Raises:
        BadArgument: there is something at ``out``, or a library is not there.
        DatasetError: the set cannot be read, or nothing can be written at ``out``.
    """
    export = EXPORTS[form]
    if out.exists() and not is_overwritten and not (out.is_dir() and not any(out.iterdir())):
        raise BadArgument(f"{out} is there already; choose another name or give --overwrite")
    index = index_of(spec)
    drawn, reason = _drawn(index)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        notes = export(Set(index, drawn, reason), out, on_image)
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror or error}") from None
    return [*([f"values that were drawn for single objects are left out: {reason}"] if reason else []), *notes]


def _drawn(index: Index) -> tuple[dict[int, list[dict[str, Any]]], str]:
    gallery = Gallery(index)
    if gallery.again is None:
        return recorded_values(index).objects, str(gallery.about()["scene"]["reason"])
    try:
        found = gallery.again.ask(lambda session: drawn_of(session, index.images)).objects
    except RenderSDGError as error:  # told among the notes: the rest of the set is written
        return recorded_values(index).objects, str(error)
    finally:
        gallery.close()
    return found, ""
