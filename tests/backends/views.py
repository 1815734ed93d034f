"""Labels of a scene, and a slow look at whether two kinds of them agree."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from rendersdg.backends.labelpass import label_pass
from rendersdg.backends.reference import cast
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.frame import Labels
from rendersdg.orchestrator.session import Session
from rendersdg.snapshot import Camera, RenderProduct, Snapshot

CUBE = 'cube: {create.cube: {semantics: [["class", "cube"]]}}\n'


def labels_of(session: Session, frame: int = 0) -> Labels:
    snapshot = session.snapshot(frame)
    return label_pass(snapshot, snapshot.products[0], SceneTables())


def on_edge(labels: Labels) -> np.ndarray:
    """Pixels next to a change of instance or a jump of depth."""
    ids = labels.instance.astype(np.int32)
    grown = cv2.dilate(ids.astype(np.float32), np.ones((3, 3))) != cv2.erode(ids.astype(np.float32), np.ones((3, 3)))
    depth = np.where(np.isfinite(labels.depth), labels.depth, 1e6).astype(np.float32)
    jump = cv2.dilate(depth, np.ones((3, 3))) > 1.02 * cv2.erode(depth, np.ones((3, 3)))
    return grown | jump


def small(snapshot: Snapshot, size_wh: tuple[int, int]) -> RenderProduct:
    product = snapshot.products[0]
    camera = product.camera
    ratio = size_wh[0] / camera.resolution_wh[0]
    smaller: Camera = replace(
        camera,
        resolution_wh=size_wh,
        focal_px=(camera.focal_px[0] * ratio, camera.focal_px[1] * ratio),
        centre_px=(size_wh[0] / 2, size_wh[1] / 2),
    )
    return replace(product, camera=smaller)


def compare(snapshot: Snapshot, product: RenderProduct) -> tuple[Labels, Labels]:
    got, want = label_pass(snapshot, product, SceneTables()), cast(snapshot, product.camera)
    differ = got.instance != want.instance
    edge = on_edge(want) | on_edge(got)

    assert differ.mean() <= 1e-3, f"{differ.sum()} pixels differ"
    assert not (differ & ~edge).any()
    # where both see the same triangle they agree on its distance; neighbours of one surface may win at a shared edge
    both = ~differ & (got.instance >= 0) & ~edge & (got.triangle == want.triangle)
    assert np.allclose(got.depth[both], want.depth[both], rtol=1e-3)
    assert (np.abs((got.normal[both] * want.normal[both]).sum(-1) - 1) < 2e-2).all()
    close = np.abs(got.unoccluded - want.unoccluded) <= np.maximum(2, 0.01 * want.unoccluded)
    assert close.all()
    if got.whole is not None or want.whole is not None:
        assert (np.abs(got.whole - want.whole) <= np.maximum(2, 0.01 * want.whole)).all()
    return got, want
