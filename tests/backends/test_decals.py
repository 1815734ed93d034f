"""Defects in a view: what carries a label, and what does not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import Opener
from tests.defects.damage import SCENE, snapshot_of, with_and_without


def test_a_defect_that_changes_nothing_carries_no_label(open_scene: Opener) -> None:
    session = open_scene(SCENE % ("plane", "scratch", "gain: 1, depth: 0"))
    mask, changed = with_and_without(snapshot_of(session, 0))

    assert not changed.any()
    assert (mask < 0).all()


def test_a_defect_of_a_pixel_or_two_carries_no_label(open_scene: Opener) -> None:
    text = SCENE % (
        "plane",
        "pit",
        "count: 30, gain: 0, blur: 0.05, diameter: {distribution.uniform: {lower: 0.3, upper: 1.2}}, apart: 4",
    )
    snapshot = snapshot_of(open_scene(text), 0)
    mask, changed = with_and_without(snapshot)
    counts = np.bincount(mask[mask >= 0])

    assert counts[counts > 0].min() >= 3
    assert (changed & (mask < 0)).sum() >= 1  # some are too small


def test_what_covers_a_defect_shows_in_its_occlusion(open_scene: Opener) -> None:
    text = SCENE % ("plane", "dent", "diameter: 30, aspect: 1, depth: 2, irregular: 0, position: [0, 0, 0]")
    lid = "lid: {create.cube: {position: [0.05, 0, 0.02], scale: [0.1, 0.2, 0.001]}}\n"
    text = (
        text.replace("key:", lid + "key:")
        .replace("[0.02, 0.01, 0.25]", "[0, 0, 2]")
        .replace("focal_length: 40", "focal_length: 320")
    )
    session = open_scene(text)
    view = session.capture(session.planner.plan(0)).views["Replicator"]
    entity = len(view.snapshot.entities) - 1

    assert view.labels.visible[entity] / view.labels.unoccluded[entity] == pytest.approx(0.5, abs=0.04)
    assert view.labels.loose[entity][2] > view.labels.tight[entity][2] + 10


def test_labels_are_the_same_whatever_paints_the_picture(open_scene: Opener) -> None:
    text = SCENE % ("torus", "corrosion", "count: 3")
    painted = open_scene(text, backend="raster")
    blind = open_scene(text, backend="null")
    first = painted.capture(painted.planner.plan(2)).views["Replicator"]
    assert first.buffers is not None
    second = blind.capture(blind.planner.plan(2)).views["Replicator"]

    assert np.array_equal(first.labels.entity, second.labels.entity)
    assert np.array_equal(first.labels.tight, second.labels.tight)
    assert (first.labels.defect >= 0).sum() > 100
