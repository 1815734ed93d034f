"""A shape torn into threads along s: ends and sides fray, the middle shows fine lines."""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import F4
from rendersdg.defects.layers import Layers


def frayed(
    cover: F4,
    layers: Layers,
    rng: np.random.Generator,
    *,
    fray: float,
    thread: float,
    stretch: float = 12.0,
    crumble: float = 0.5,
) -> F4:
    """Return a coverage (H, W) torn into threads; texels that it did not reach stay free.

    Smooth noise drawn out along s says at what coverage a thread lets go, and grains of noise break it. Some hold on
    further than others, so the shape thins out towards its sides and ends, thread by thread, and none fades evenly.

    Args:
        cover: the coverage of the whole shape (H, W), 0 to 1.
        layers: the patch that it lies on.
        rng: where the threads are drawn from.
        fray: how far it is torn, 0 (not at all) to 1.
        thread: how far threads are apart, millimetres.
        stretch: how many times as long as wide a thread is.
        crumble: how strong the grains are beside the threads; they break these across.
    """
    width = max(thread, 2 * layers.texel)
    lines = layers.noise(rng, width, stretch=stretch, octaves=3) + np.float32(crumble) * layers.noise(
        rng, 2 * width, octaves=2
    )
    held = np.clip((lines - np.float32(1.6 * fray) * (1 - 2.2 * cover)) / np.float32(0.9) + 0.5, 0, 1)
    torn = held * (0.5 * cover + 0.5 * np.sqrt(cover)) * np.clip(1 + np.float32(0.6 * crumble) * lines, 0.25, 1.25)
    return np.clip((1 - fray) * cover + fray * torn, 0, 1).astype(np.float32)
