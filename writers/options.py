"""What a writer's parameter is: its kind, default, allowed values and meaning, one record each, and those that many
writers share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["boolean", "integer", "number", "string", "words", "list", "mapping", "constant"]


@dataclass(frozen=True, slots=True)
class Option:
    """A parameter of a writer, for ``rendersdg help`` and the JSON Schema of scenes.

    ``text`` is one sentence, ``unit`` that of a number, ``default`` what it is where it is not given (None: as the text
    says), ``values`` are the words that it takes, ``least`` the least number. ``is_needed`` says that it must be given.
    """

    kind: Kind
    text: str
    default: object = None
    values: tuple[str, ...] = ()
    unit: str = ""
    least: float | None = None
    is_needed: bool = False


IMAGE_FORMATS = ("png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff")
OUTPUT_DIR = Option("string", "The folder below the output that this writer's files go to.")
LABELS: Mapping[str, Option] = {
    "semantic_types": Option("list", "The types of labels that are written; without it the type class."),
    "semantic_filter_predicate": Option(
        "string", 'Which labels are written, as Replicator writes it: "class:*", "class:!floor; kind:new".'
    ),
}


AMODAL = Option("boolean", "Whether the whole outline of each object is written, hidden parts as well.", False)


def number_width(digits: int) -> dict[str, Option]:
    """Return the parameter of how many digits a file's number has at least."""
    return {"frame_padding": Option("integer", "The least number of digits of a file's number.", digits, unit="digits")}


def image_format(default: str) -> dict[str, Option]:
    """Return the parameter of the pictures' format."""
    return {"image_output_format": Option("string", "The format of the pictures.", default, values=IMAGE_FORMATS)}


def smallest_object() -> dict[str, Option]:
    """Return the parameter of the least visible area of an object that is written."""
    return {
        "minimum_area": Option("integer", "Objects of fewer visible pixels are left out.", 1, unit="pixels", least=0)
    }


def switch(text: str, default: bool = False) -> Option:
    """Return a parameter that is true or false."""
    return Option("boolean", text, default)
