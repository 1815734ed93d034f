"""How an anomaly detector is made: one record, kept beside the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from rendersdg.errors import BadArgument

Part = Literal["both", "memory", "defects"]


@dataclass(frozen=True, slots=True)
class AnomalyRecipe:
    """What a run is made of. ``parts`` says whether it remembers good patches, learns from made defects, or both.

    Raises BadArgument for values that are none.
    """

    parts: Part = "both"
    backbone: str = "lite0"  # of EfficientNet-Lite
    patches: int = 2000  # that the memory keeps; each costs 0.6 kB and a product of vectors a patch of an image
    made: int = 600  # photographs with made defects, each looked at once by the backbone
    steps: int = 600  # of the head, which sees them again and again
    batch: int = 8  # photographs a step
    rate: float = 2e-3  # of Adam, at its peak
    synthetic: float = 0.3  # the share of defects that no scene draws, where a scene is given; all where none is
    quantile: float = 0.95  # of good photographs that are called good
    seed: int = 0

    def __post_init__(self) -> None:
        if self.parts not in get_args(Part):
            raise BadArgument(f"parts={self.parts!r} is not one of {', '.join(get_args(Part))}")
        for name, least in (("patches", 1), ("made", 2), ("steps", 1), ("batch", 2)):
            if getattr(self, name) < least:
                raise BadArgument(f"{name}={getattr(self, name)} is below {least}")
        if not self.rate > 0:
            raise BadArgument(f"rate={self.rate} is not above 0")
        for name in ("quantile", "synthetic"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadArgument(f"{name}={getattr(self, name)} is not from 0 to 1")
