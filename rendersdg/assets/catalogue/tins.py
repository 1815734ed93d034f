"""Preserves in tins with printed labels, and drinks in cans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rendersdg import portable, shapes
from rendersdg.arrays import F8
from rendersdg.assets.machining import around, lathed, ring
from rendersdg.assets.parts import Part, look, part
from rendersdg.shapes import Shape

_TIN = look((0.80, 0.80, 0.82), rough=0.22, metal=1.0)
_GOLD = look((0.78, 0.66, 0.42), rough=0.25, metal=1.0)


def tin(label: str, radius: float = 0.0365, height: float = 0.11, rows: int = 1) -> list[Part]:
    """Return a tin with a paper label, rolled rims, and a lid with beads, a rivet and a ring to pull.

    Its wall is divided into ``rows``, for what is to bend it.
    """
    r, h = radius, height
    body = [(0.0, 0.003), (r - 0.003, 0.003), (r - 0.002, 0.0), (r + 0.0012, 0.0), (r + 0.0016, 0.001)]
    body += [(r + 0.0016, 0.004), *[(r, float(z)) for z in np.linspace(0.006, h - 0.006, rows + 1)]]
    body += [(r + 0.0016, h - 0.004), (r + 0.0016, h - 0.001)]
    body += [(r + 0.0012, h), (r - 0.0012, h), (r - 0.002, h - 0.004), (r * 0.86, h - 0.004), (r * 0.84, h - 0.0032)]
    body += [(r * 0.80, h - 0.0032), (r * 0.78, h - 0.004), (0.0, h - 0.004)]
    front = [(r + 0.0003, float(z)) for z in np.linspace(0.009, h - 0.009, rows + 1)]
    back = [front[-1], *[(r, float(z)) for z in np.linspace(h - 0.009, 0.009, rows + 1)], front[0]]
    paper = [ring(around(64), front, smooth=True), ring(around(64), back)]
    return [
        part("body", [lathed(body, 64)], _TIN),
        part("label", paper, look((1.0, 1.0, 1.0), rough=0.45, texture=label)),
        part("ring", _pull(r, h - 0.004), _GOLD),
    ]


def dented_tin() -> list[Part]:
    """A tin of beans, 0.076 x 0.076 x 0.110 m, that has been dropped: two dents in its wall, one at its upper rim."""
    body, label, pull = tin("label_beans", rows=20)
    return [replace(piece, shape=piece.shape.displaced(_dented)) for piece in (body, label)] + [pull]


def _dented(points: F8) -> F8:
    """Return points with hollows about places on a tin's wall: angle (radians), height, radius, depth (metres)."""
    reach = portable.hypot(points[:, 0], points[:, 1])
    angle = portable.arctan2(points[:, 1], points[:, 0])
    inward = np.zeros(len(points))
    for turn, height, radius, depth in (
        (1.9, 0.050, 0.016, 0.0055),
        (0.4, 0.078, 0.012, 0.004),
        (-1.2, 0.108, 0.014, 0.005),
    ):
        apart = np.mod(angle - turn + np.pi, 2 * np.pi) - np.pi
        away = portable.hypot(0.0365 * apart, points[:, 2] - height) / radius
        inward += depth * portable.exp(-(away**2) * (1 + 0.6 * away)) * (reach > 0.03)
    share = 1 - inward / np.maximum(reach, 1e-9)
    return np.column_stack([points[:, 0] * share, points[:, 1] * share, points[:, 2]])


def _pull(radius: float, z: float) -> list[Shape]:
    """Return the ring of a lid and its rivet."""
    ring = shapes.torus(0.0075, 0.0011, 28, 8).transformed(np.diag([1.25, 1.0, 0.8, 1.0]))
    tongue = shapes.box((0.012, 0.006, 0.0012), (0, 0, 0))
    rivet = lathed([(0.0, 0.0), (0.0024, 0.0), (0.0024, 0.0012), (0.0, 0.0016)], 20)
    at = radius * 0.62
    return [ring.moved((at - 0.016, 0, z + 0.0012)), tongue.moved((at - 0.003, 0, z + 0.0009)), rivet.moved((at, 0, z))]


def drink_can(label: str, shoulder: tuple[float, float, float]) -> list[Part]:
    """Return a can of 330 ml, 66 mm wide and 115 mm high: printed aluminium with a neck, a domed foot, a lid."""
    body = [(0.0, 0.008), (0.012, 0.0065), (0.0215, 0.001), (0.0235, 0.0), (0.0255, 0.0), (0.0327, 0.009)]
    body += [(0.0327, 0.098), (0.0282, 0.110), (0.0290, 0.113), (0.0283, 0.115), (0.0265, 0.115), (0.0255, 0.1105)]
    wall = [(0.0326, 0.010), (0.0330, 0.010), (0.0330, 0.098), (0.0326, 0.098), (0.0326, 0.010)]
    neck = [(0.0326, 0.098), (0.0330, 0.098), (0.0289, 0.109), (0.0285, 0.109), (0.0326, 0.098)]
    return [
        part("can", [lathed([*body, (0.0, 0.1105)], 64)], _TIN),
        part("print", [lathed(wall, 64)], look((1.0, 1.0, 1.0), rough=0.25, metal=0.5, texture=label)),
        part("neck", [lathed(neck, 64)], look(shoulder, rough=0.25, metal=0.5)),
        part("tab", _pull(0.024, 0.1105), _TIN),
    ]
