"""Machined shapes: their volumes by hand, and that they are closed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.assets.machining import bevelled_box, hexagon_head, lathed, pierced
from rendersdg.shapes import Shape


def volume(shape: Shape) -> float:
    corners = shape.vertices[shape.triangles]
    return float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))) / 6


def is_closed(shape: Shape) -> bool:
    """Return whether each edge has a neighbour that runs the other way."""
    _, same = np.unique(np.round(shape.vertices, 7), axis=0, return_inverse=True)
    places = same.ravel()[shape.triangles]
    edges = Counter((int(a), int(b)) for i in range(3) for a, b in zip(places[:, i], places[:, (i + 1) % 3]) if a != b)
    return all(edges[b, a] == count for (a, b), count in edges.items())


def test_a_turned_ring_has_the_volume_of_a_tube_of_its_facets() -> None:
    tube = lathed([(0.01, 0), (0.02, 0), (0.02, 0.03), (0.01, 0.03), (0.01, 0)], 96)
    polygon = 96 / 2 * np.sin(2 * np.pi / 96)  # the area of 96 facets in a circle of 1

    assert is_closed(tube)
    assert volume(tube) == pytest.approx(polygon * (0.02**2 - 0.01**2) * 0.03)


def test_a_box_loses_its_edges_and_keeps_its_size() -> None:
    box = bevelled_box((0.1, 0.06, 0.04), (1, 2, 3), 0.005)
    rim = 0.1 * 0.06 - 2 * 0.005**2  # four corners of its outline are cut
    # each end is a frustum whose faces are the outline and that moved in by 5 mm, the section in the middle counts most
    inner = _cut(0.1, 0.06, 0.005, 0.005)
    middle = _cut(0.1, 0.06, 0.005, 0.0025)

    assert is_closed(box)
    assert box.vertices.min(0) == pytest.approx([0.95, 1.97, 2.98])
    assert box.vertices.max(0) == pytest.approx([1.05, 2.03, 3.02])
    assert volume(box) == pytest.approx(rim * 0.03 + 2 * 0.005 / 6 * (rim + 4 * middle + inner))


def _cut(w: float, d: float, bevel: float, inset: float) -> float:
    """Return the area of a rectangle with cut corners, moved inwards: its cuts move by the same distance."""
    leg = bevel - inset * (2 - np.sqrt(2))
    return float((w - 2 * inset) * (d - 2 * inset) - 2 * leg**2)


def test_a_bolts_head_is_a_hexagon_that_a_cone_cuts() -> None:
    head, nut = hexagon_head(0.013, 0.0053), hexagon_head(0.013, 0.0065, both=True, bore=0.004)
    prism = np.sqrt(3) / 2 * 0.013**2
    top = head.vertices[np.abs(head.vertices[:, 2] - 0.0053) < 1e-9]

    assert is_closed(head) and is_closed(nut)
    assert 0.96 * prism * 0.0053 < volume(head) < prism * 0.0053
    assert np.hypot(top[:, 0], top[:, 1]).max() == pytest.approx(0.96 * 0.0065)
    assert np.ptp(head.vertices, axis=0) == pytest.approx([0.013 * 2 / np.sqrt(3), 0.013, 0.0053])


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 12), st.floats(0.2, 0.45), st.floats(0.03, 0.10))
def test_a_pierced_plate_is_a_closed_ring_less_its_holes(count: int, bore: float, hole: float) -> None:
    circle, outer, height, bevel = 0.7, 1.0, 0.2, 0.0005
    hole = min(hole, 0.6 * circle * np.sin(np.pi / count))
    bore = min(bore, 0.9 * circle * np.cos(np.pi / count) - 0.05)
    plate = pierced((max(bore, 0.05), outer), height, (count, circle, hole), bevel)
    expected = np.pi * (outer**2 - max(bore, 0.05) ** 2 - count * hole**2) * height

    assert is_closed(plate)
    assert volume(plate) == pytest.approx(expected, rel=0.02)
    facing = np.cross(*(plate.vertices[plate.triangles[:, k]] - plate.vertices[plate.triangles[:, 0]] for k in (1, 2)))
    assert (np.einsum("ij,ij->i", facing, plate.normals[plate.triangles].sum(1)) > 0).all()
