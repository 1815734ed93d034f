"""A scene for the colour backends, and what each must agree on with the label pass."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from rendersdg.errors import NotSupported
from rendersdg.frame import ProductView
from rendersdg.orchestrator.session import Session
from tests.conftest import Opener

SCENE = """
steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 0.5}}
floor: {create.plane: {scale: [3, 3, 1], position: [0, 0, -0.5]}}
ball: {create.sphere: {position: [0, -0.6, 0], material: steel}}
box: {create.cube: {position: [0, 0.6, 0], rotation: [0, 0, 30], scale: 0.7}}
sun: {create.light: {light_type: distant, rotation: [40, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 400}}
eye: {create.camera: {position: [3.5, 0.4, 1.5], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
frames: {trigger.on_frame: {max_execs: 3}}
marks:
  with.frames:
    with.ball:
      defects.fray:
        {length: 500, breadth: 400, position: [0.5, -0.6, 0.1], red: 0.05, green: 0.05, blue: 0.05, cover: 1,
         irregular: 0}
"""


def opened(open_scene: Opener, backend: str) -> tuple[Session, ProductView]:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    try:
        session = open_scene(SCENE, backend=backend)
    except NotSupported as error:
        pytest.skip(str(error))
    return session, session.capture(session.planner.plan(0)).views["Replicator"]


def check_ids_and_depth(open_scene: Opener, backend: str) -> None:
    """Hold a backend's own ids and depths against those of the label pass, away from outlines."""
    session, view = opened(open_scene, backend)
    ids, depth = session._backend.ids_and_depth(view.snapshot, view.product)
    labels = view.labels
    around = np.pad(labels.instance, 1, mode="edge")
    outline = np.zeros(labels.instance.shape, bool)
    for y, x in np.ndindex(3, 3):
        outline |= around[y : y + 72, x : x + 96] != labels.instance
    both = (ids >= 0) & (ids == labels.instance) & ~outline

    assert (ids == labels.instance)[~outline].mean() > 0.999
    assert np.abs(depth[both] / labels.depth[both] - 1).max() < 2e-3
    assert both.mean() > 0.4


def check_defect(open_scene: Opener, backend: str) -> None:
    """Look for a dark defect where its label says that it is."""
    _, view = opened(open_scene, backend)
    mask = view.labels.defect >= 0  # type: ignore[operator]
    grey = view.buffers.rgb[..., :3].mean(-1)
    ball = (view.labels.instance == 1) & ~mask

    assert mask.sum() > 50
    assert np.median(grey[mask]) < 0.6 * np.median(grey[ball])
