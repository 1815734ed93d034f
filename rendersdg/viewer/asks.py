"""What is asked of a live scene: which text of it, which frame, how it is drawn, and what is moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from rendersdg.backends.quality import QUALITIES
from rendersdg.errors import BadArgument, did_you_mean

SIZES_PX = (64, 4096)  # of the longer side of a picture, least and most
LONGEST_TEXT = 1 << 20  # characters of a scene
PICTURES = (  # what may be shown in the place of the picture
    "distance_to_camera",
    "distance_to_image_plane",
    "normals",
    "semantic_segmentation",
    "instance_segmentation",
    "DiffuseAlbedo",
    "Roughness",
    "AmbientOcclusion",
)
_MOST_CHANGES = 1000
_MOST_FRAME = 10**9
_MOST_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Change:
    """Another bound, or another weight, of one distribution in the text: what a slider says.

    Attributes:
        parameter: the name of what it draws.
        argument: of the distribution: ``lower``, ``upper``, ``mean``, ``std``, ``weights``.
        index: which component or entry; None where the argument is one number.
        value: the number.
    """

    parameter: str
    argument: str
    index: int | None
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One picture that is asked for.

    Attributes:
        text: the scene's.
        frame: its number, from 0.
        seed: of its randomness; None for the scene's own.
        camera: the name of a render product; None for the first.
        size_px: the longer side of the picture at most.
        quality: see ``settings.render_quality``; None for the scene's own.
        annotator: what is shown instead of the picture, one of :data:`PICTURES`; None for the picture.
        changes: are made in the text first; the answer has the text.
        parameter: of which "what if" is asked; None for the picture alone.
        steps: how many values it is moved to.
        prim_path: the object whose value is moved; None for all that draw one.
        is_fresh: whether the files that the scene reads are looked at again, though its text is the same.
    """

    text: str
    frame: int = 0
    seed: int | None = None
    camera: str | None = None
    size_px: int = 480
    quality: str | None = None
    annotator: str | None = None
    changes: tuple[Change, ...] = ()
    parameter: str | None = None
    steps: int = 5
    prim_path: str | None = None
    is_fresh: bool = False


def ask_of(given: Any) -> Ask:
    """Return what a page asks, as JSON brought it. Raises BadArgument for what it cannot be."""
    if not isinstance(given, Mapping):
        raise BadArgument("what is asked must be a mapping")
    known = {f.name for f in fields(Ask)}
    for key in given:
        if key not in known:
            raise BadArgument(f"{key!r} cannot be asked{did_you_mean(str(key), known)}")
    text = given.get("text")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise BadArgument(f"text must be a scene of at most {LONGEST_TEXT} characters")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise BadArgument("text has half of a character (a lone surrogate), which no file can hold")
    return Ask(
        text=text,
        frame=_whole(given, "frame", 0, _MOST_FRAME) or 0,
        seed=_whole(given, "seed", 0, _MOST_SEED),
        camera=_words(given, "camera"),
        size_px=_whole(given, "size_px", *SIZES_PX) or 480,
        quality=_one_of(given, "quality", tuple(QUALITIES)),
        annotator=_one_of(given, "annotator", PICTURES),
        changes=_changes(given.get("changes")),
        parameter=_words(given, "parameter"),
        steps=_whole(given, "steps", 2, 9) or 5,
        prim_path=_words(given, "prim_path"),
        is_fresh=given.get("is_fresh") is True,
    )


def _changes(given: Any) -> tuple[Change, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > _MOST_CHANGES:
        raise BadArgument(f"changes must be a list of at most {_MOST_CHANGES}")
    return tuple(_change(one) for one in given)


def _change(given: Any) -> Change:
    if not isinstance(given, Mapping):
        raise BadArgument("a change must be a mapping")
    value = given.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > 1e30:
        raise BadArgument(f"change: value={value!r} is not a number")
    parameter, argument = _words(given, "parameter"), _words(given, "argument")
    if not parameter or not argument:
        raise BadArgument("change: parameter and argument must be named")
    return Change(parameter, argument, _whole(given, "index", 0, 10**6), float(value))


def _whole(given: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadArgument(f"{name}={value!r} must be a whole number from {low} to {high}")
    return value


def _words(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadArgument(f"{name}={value!r} must be text")
    return value


def _one_of(given: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str | None:
    value = _words(given, name)
    if value is not None and value not in known:
        raise BadArgument(f"{name}={value!r}{did_you_mean(value, known)}")
    return value
