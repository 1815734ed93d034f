"""What becomes of the properties of prims: tables that stand beside the code that reads them, for the audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Reads:
    """What becomes of the properties of one kind of prim.

    ``of`` is a prim type, which the types that inherit from it share, the id of a shader (``Shader.UsdUVTexture``), an
    applied schema as such (``API.MeshLightAPI``), or ``*`` for every prim, as properties of applied schemas are read.
    A name may hold stars, for any text. ``read`` changes a picture or a label, alone or together with others. ``idle``
    changes none, and the text says why. ``unmet`` asks for something that is not done: the text says what, and it is
    reported where the value is not the schema's own or one in ``neutral``. What is ``told`` is not done either, and its
    reader reports it.

    Of whole prims: ``whole`` is why none of its properties does anything, which is said once for all such prims;
    ``said`` is that of prims that their reader reports, and ``silent`` of those that need no word.
    """

    of: str
    read: frozenset[str] = frozenset()
    idle: Mapping[str, str] = field(default_factory=lambda: _NONE)
    unmet: Mapping[str, str] = field(default_factory=lambda: _NONE)
    told: Mapping[str, str] = field(default_factory=lambda: _NONE)
    neutral: Mapping[str, tuple[object, ...]] = field(default_factory=lambda: MappingProxyType({}))
    whole: str = ""
    said: str = ""
    silent: str = ""


def names(text: str) -> frozenset[str]:
    """Return the words of a text as a set.

    >>> sorted(names("points normals"))
    ['normals', 'points']
    """
    return frozenset(text.split())


def all_of(text: str, why: str) -> dict[str, str]:
    """Return one reason for each word of a text."""
    return dict.fromkeys(text.split(), why)


def joined(tables: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return several tables of reasons as one."""
    return {name: why for table in tables for name, why in table.items()}
