"""How much the rasterizer spends on light: ``settings.render_quality``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rendersdg.errors import BadArgument, BadScene

if TYPE_CHECKING:  # commands read the names of the qualities before NumPy is loaded
    from rendersdg.snapshot import Snapshot

QUALITY = "render_quality"
QUALITY_CALL = "settings.render_quality"


@dataclass(frozen=True)
class Quality:
    """How many rays are sent from a grid of one texel to ``step`` x ``step`` pixels: ``diffuse`` and ``mirror`` each,
    ``glow`` to what glows and ``lamp`` to each light. Light comes by way of ``levels`` surfaces, beyond which it is
    estimated. Filters that reach so many texels (``reaches``) take the noise out, one after the other.
    """

    step: int
    diffuse: int
    mirror: int
    glow: int
    lamp: int
    levels: int
    reaches: tuple[int, ...]


QUALITIES: dict[str, Quality | None] = {
    "fast": None,
    "balanced": Quality(2, 1, 1, 2, 4, 2, (1, 2, 4, 8)),
    "high": Quality(1, 4, 2, 2, 4, 3, (1, 2, 4, 8)),
}


def quality_of(snapshot: Snapshot) -> Quality | None:
    """Return how rays are sent; None where none are. Raises BadScene for a quality that there is not."""
    name = str(snapshot.settings.get(QUALITY, "fast"))
    if name not in QUALITIES:
        raise BadScene(f"settings.render_quality: {name!r} is not {', '.join(QUALITIES)}")
    return QUALITIES[name]


def known_quality(quality: object) -> str:
    """Return the name of a quality. Raises BadArgument for one that there is not."""
    if str(quality) not in QUALITIES:
        raise BadArgument(f"quality={quality!r} must be {', '.join(QUALITIES)}")
    return str(quality)


def quality_change(quality: str | None) -> tuple[tuple[str, str], ...]:
    """Return the change, as ``--set`` gives them, that has a scene drawn in a quality; none for None.
    Raises BadArgument for a quality that there is not.
    """
    return () if quality is None else ((QUALITY_CALL, known_quality(quality)),)
