"""What labelled prims are with the labelled prims below them: a car is its body and its wheels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rendersdg.arrays import Mask
from rendersdg.frame import Labels
from rendersdg.snapshot import Entity


def with_children(entities: Sequence[Entity], labels: Labels) -> Labels:
    """Return the labels with the counts and boxes of each entity widened to all labelled prims below it.

    Images stay: there each pixel is that of the nearest labelled prim.
    """
    if labels.whole is None:
        return labels
    visible, tight, loose = labels.visible.copy(), labels.tight.copy(), labels.loose.copy()
    for number in reversed(range(len(entities))):  # children come after their parents
        parent = entities[number].parent
        if parent < 0:
            continue
        visible[parent] += visible[number]
        for boxes in (tight, loose):  # the box of nothing is inside out, so it widens none
            boxes[parent, :2] = np.minimum(boxes[parent, :2], boxes[number, :2])
            boxes[parent, 2:] = np.maximum(boxes[parent, 2:], boxes[number, 2:])
    return replace(labels, visible=visible, unoccluded=labels.whole, tight=tight, loose=loose)


def are_parents(entities: Sequence[Entity], is_labelled: Sequence[bool]) -> Mask:
    """Return which entities (E,) have another one that ``is_labelled`` somewhere below them."""
    parents = np.zeros(len(entities), bool)
    for number in reversed(range(len(entities))):
        above = entities[number].parent
        if above >= 0 and (is_labelled[number] or parents[number]):
            parents[above] = True
    return parents
