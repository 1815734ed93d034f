"""A few damaged assets of each loader: none ends in a traceback, a crash or a hang, and none lets NaN into a scene.

The campaign (``python -m tests.hostile.assets.campaign all --cases 5000``) runs more; what it found is kept by number.
"""

from __future__ import annotations

import pytest

from tests.hostile.assets.campaign import GOOD, case
from tests.hostile.assets.opened import outcome
from tests.hostile.assets.seeds import finished, seeds

_EACH = 2
FOUND = [  # loader, seed, number: what ended badly once
    ("usdc", 0, 73),  # a property without a name
    ("usdc sections", 0, 49),  # a prim's spec of another kind: SIGABRT
    ("usdc sections", 0, 118),  # a prototype below a flat prim
    ("usdc sections", 0, 162),
    ("usdc sections", 0, 267),  # names that are no text
    ("usdc sections", 0, 293),  # a light's size
    ("usdc sections", 1, 55),  # a clipping range of words
    ("usdc sections", 1, 94),  # a list of numbers without any
    ("usdc sections", 5, 381),  # rest transforms that are no matrices
    ("usdc sections", 1, 364),  # apiSchemas that are a text
    ("usda", 11, 265),  # an attribute of a type that USD does not know
    ("usda", 11, 1395),
    ("usdc", 11, 1750),  # a relationship to the root of all
    ("usdc sections", 11, 796),  # a value of another type than its attribute's
    ("usdc sections", 11, 4041),
    ("usdz", 11, 2216),
    ("glb", 11, 3521),  # a translation beyond float32
    ("gltf buffer", 11, 2300),  # a picture's chunk of gigabytes
    ("gltf buffer", 11, 3076),
    ("mtlx", 11, 3319),  # an empty document
    ("image png", 1, 69),  # a header of gigabytes with a wrong checksum
    ("image exr", 1, 33),  # a window that is cut short
]


@pytest.mark.parametrize("loader", list(seeds()))
def test_a_good_asset_is_drawn(loader: str) -> None:
    kind, text = outcome(finished(loader, dict(seeds()[loader][0])))

    is_left_to_others = "No module named" in text or "is not an image file" in text
    assert kind == "drawn" or is_left_to_others


@pytest.mark.parametrize(
    ("loader", "seed", "number"), [*FOUND, *((name, 7, number) for name in seeds() for number in range(_EACH))]
)
def test_a_damaged_asset_is_drawn_or_refused_in_words(loader: str, seed: int, number: int) -> None:
    kind, text = outcome(case(loader, seed, number))

    assert kind in GOOD, text
