"""Arguments of the kernels, for a small snapshot."""

from __future__ import annotations

from typing import Any

import numpy as np

from rendersdg.backends.labelpass import see
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.kernels import structs
from tests.kernels.nasty import snapshot


def parts() -> dict[str, Any]:
    """Return what a call of the kernels is made of, for a small snapshot."""
    shown = snapshot(5, bad=0.0)
    assert shown.instances
    view = see(shown, shown.products[0].camera, SceneTables(), 1)
    return {
        "shown": shown,
        "view": view,
        "scene": view.scene,
        "seen": view.seen,
        "points": view.points,
        "samples": view.samples,
    }


def drawn_of(given: dict[str, Any], **change: Any) -> structs.Drawn:
    """Return all instances as they are drawn."""
    n = given["scene"].kept["instances"].count
    arrays = {
        "order": np.arange(n),
        "is_active": np.ones(n, np.uint8),
        "is_culled": np.zeros(n, np.uint8),
        "cut_texture": np.full(n, -1),
        "cut_channel": np.zeros(n, np.int64),
        "cut_threshold": np.zeros(n, np.float32),
        "cut_by_corners": np.zeros(n, np.uint8),
    }
    return structs.Drawn(**arrays | change)
