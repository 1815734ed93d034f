"""Pictures in which nothing can be told: wholly black or blown out. Both are noted, whatever backend drew them."""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import U1
from rendersdg.errors import Report
from rendersdg.snapshot import RenderProduct, Snapshot

_DARK = 8  # levels of 255: no channel of a black pixel is above it
_BRIGHT = 250  # no channel of a white pixel is below it
_BLACK_SHARE = 0.999  # of the pixels, from which on a picture counts as black: a small thing that is lit is one to see
_WHITE_SHARE = 0.98


class Exposure:
    """Looks at each picture and notes the first of each render product in which nothing can be told."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._noted: dict[str, int] = {}  # the frame that was noted of a product

    def judge(self, snapshot: Snapshot, product: RenderProduct, rgb: U1) -> None:
        """Note a picture, (H, W, 4) uint8, that is wholly black or blown out, and a frame in which nothing shines."""
        frame = snapshot.frame
        if frame >= self._noted.get(product.name, frame + 1):
            return
        colours = rgb[..., :3]
        fault = _fault(colours)
        if fault is None:
            return
        self._noted[product.name] = frame
        subject = f"picture of {product.name}"
        self.report.note(subject, f"frame {frame} is {fault}, its mean is {colours.mean():.1f} of 255", frame)
        if fault == _BLACK and not _shines(snapshot):
            self.report.note("light", f"nothing shines in frame {frame}: add a light (create.light)", frame)


_BLACK, _WHITE = "wholly black", "blown out"


def _fault(colours: U1) -> str | None:
    """Return what is wrong with a picture, None where something can be told in it."""
    red, green, blue = (colours[..., k] for k in range(3))
    if float(np.mean(np.maximum(np.maximum(red, green), blue) <= _DARK)) >= _BLACK_SHARE:
        return _BLACK
    is_white = np.minimum(np.minimum(red, green), blue) >= _BRIGHT
    return _WHITE if float(np.mean(is_white)) >= _WHITE_SHARE else None


def _shines(snapshot: Snapshot) -> bool:
    """Return whether there is a light or something that glows."""
    return bool(snapshot.lights) or any(any(material.emission) for material in snapshot.materials)
