"""From light to the picture shown, for the backends whose light is linear."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, U1
from rendersdg.colour import FILM_EXPOSURE, filmic, srgb_from_linear
from rendersdg.snapshot import Snapshot

# a pixel, of a path-traced picture where the scene does not say; denoised they are hard to tell from a reference
SAMPLES = 16


def exposure_of(snapshot: Snapshot) -> float:
    """Return what light is multiplied by before the tone curve: the film's constant, and stops of
    ``/rendersdg/exposure``.
    """
    stops = snapshot.settings.get("/rendersdg/exposure", 0.0)
    return float(FILM_EXPOSURE * portable.exp2(float(stops)))  # type: ignore[arg-type]


def developed(hdr: F4, snapshot: Snapshot) -> U1:
    """Return the picture (H, W, 4) of linear light (H, W, 3 or 4)."""
    rgb = np.full((*hdr.shape[:2], 4), 255, np.uint8)
    rgb[..., :3] = np.round(srgb_from_linear(filmic(hdr[..., :3] * exposure_of(snapshot))) * 255.0).astype(np.uint8)
    return rgb
