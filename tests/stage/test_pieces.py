"""Collision shapes: convex pieces of meshes, and the kinds that USD names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rendersdg.stage.pieces import _facets, convex_pieces, kind_of


def test_flat_and_connected_parts_become_convex_pieces() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    both = np.concatenate([square, square + (5, 0, 0)])
    triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int32)

    pieces, _ = convex_pieces(both, triangles, "parts")

    assert [len(p) for p in pieces] == [8, 8]
    assert np.allclose([p[:, 2].min() for p in pieces], -0.05) and np.allclose([p[:, 2].max() for p in pieces], 0)
    assert len(convex_pieces(both, triangles, "hull")[0]) == 1


def test_a_concave_mesh_keeps_its_inside() -> None:
    """A tray of one connected mesh: what is within stays free, what is behind a face is filled,
    no thicker than its wall.
    """
    import trimesh

    tray = _tray()
    points, triangles = np.asarray(tray.vertices, float), np.asarray(tray.faces, np.int32)

    pieces, is_rough = convex_pieces(points, triangles, "exact")
    hulls = [trimesh.convex.convex_hull(p) for p in pieces]

    def filled(*point: float) -> bool:
        return any(((h.face_normals * (np.array(point) - h.triangles[:, 0])).sum(1) <= 1e-9).all() for h in hulls)

    assert not is_rough and len(pieces) > 5
    assert not filled(0, 0, 0.3) and not filled(0, 0, 0.06) and not filled(0.9, 0.9, 0.3)
    assert filled(0, 0, 0.03) and filled(0.98, 0, 0.3) and filled(0, -0.98, 0.3)
    assert max(np.ptp(p, axis=0)[0] for p in pieces) <= 2 + 1e-6 and points[:, 2].min() - 1e-6 <= min(
        p[:, 2].min() for p in pieces
    )
    assert len(convex_pieces(points, triangles, "parts")[0]) == 1


def _tray() -> Any:
    """Return a box of 2 x 2 x 0.5 m, open above, with walls and floor 0.05 m thick, as one closed mesh."""
    outer = [(x, y, z) for z in (0, 0.5) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    inner = [(x * 0.95, y * 0.95, z) for z in (0.05, 0.5) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    quads = [(3, 2, 1, 0), (8, 9, 10, 11)]
    for k in range(4):
        n = (k + 1) % 4
        quads += [(k, n, n + 4, k + 4), (8 + n, 8 + k, 12 + k, 12 + n), (4 + k, 4 + n, 12 + n, 12 + k)]
    import trimesh

    return trimesh.Trimesh(outer + inner, [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], process=False)


@pytest.mark.parametrize(
    ("approximation", "is_body", "kind"),
    [
        ("none", False, "exact"),
        ("convexHull", False, "parts"),
        ("boundingCube", True, "box"),
        ("sdf", True, "parts"),
        ("none", True, "hull"),
    ],
)
def test_collision_shapes_are_those_of_usd(approximation: str, is_body: bool, kind: str) -> None:
    assert kind_of(approximation, is_body=is_body) == kind


@pytest.mark.parametrize("shape", ["tray", "box", "ring", "strip"])
def test_flat_regions_are_those_of_trimesh(shape: str) -> None:
    import trimesh

    pytest.importorskip("scipy")
    strip = np.array([[k // 2, k % 2, 0] for k in range(400)], float)  # a region that is long from face to face
    made = {
        "tray": _tray,
        "box": lambda: trimesh.creation.box((1, 2, 3)).subdivide(),
        "ring": lambda: trimesh.creation.annulus(1, 2, 1),
        "strip": lambda: trimesh.Trimesh(strip, [[k, k + 1, k + 2] for k in range(398)], process=False),
    }[shape]()
    regions = _facets(made)

    assert [sorted(g) for g in regions] == sorted(sorted(int(f) for f in g) for g in made.facets)
    assert all((np.diff(g) > 0).all() for g in regions)
    assert len(regions) == {"tray": 11, "box": 6, "ring": 2 + 64, "strip": 1}[shape]


def test_an_empty_mesh_has_no_flat_regions() -> None:
    import trimesh

    assert _facets(trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]], process=False)) == []
