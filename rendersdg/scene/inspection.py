"""``rep.inspection``: the lights and the camera of a test bench, an extension of this engine's."""

from __future__ import annotations

from rendersdg.graph.nodes import Node
from rendersdg.scene.recorder import current
from rendersdg.scene.types import Boolean, FixedText, Integer, Items, Number, Text


def sensor(
    input_prims: Items = None, exposure: Number = None, blur: Number = None, vignetting: Number = None, bayer: Boolean = None,
    mono: Boolean = None, shot_noise: Boolean = None, read_noise: Number = None, gain: Number = None, prnu: Number = None,
    black_level: Number = None, bits: Integer = None, tone: Text = None, jpeg: Integer = None, name: FixedText = None,
) -> Node:  # fmt: skip
    """Put a sensor behind cameras; without one the picture is the renderer's own, noise-free and filmic.

    ``exposure`` in stops; ``blur`` the lens's point spread, pixels (sigma); ``vignetting`` the light lost in the corners,
    0..1; ``bayer`` a colour filter and demosaicing, ``mono`` a grey sensor; ``read_noise`` electrons, ``gain`` digital
    numbers an electron at ``bits`` bits, ``black_level`` digital numbers, ``prnu`` the relative deviation of the pixels'
    response; ``tone`` linear, srgb or filmic; ``jpeg`` a quality 1..100, 0 for none.
    """
    recorder = current()
    given = {k: v for k, v in locals().items() if k not in ("input_prims", "name", "recorder") and v is not None}
    return recorder.node("inspection.sensor", given, recorder.targets(input_prims))
