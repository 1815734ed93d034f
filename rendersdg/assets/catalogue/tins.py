"""Preserves in tins with printed labels, and drinks in cans."""

from __future__ import annotations

import numpy as np

from rendersdg import shapes
from rendersdg.assets.machining import lathed
from rendersdg.assets.parts import Part, look, part
from rendersdg.shapes import Shape

_TIN = look((0.80, 0.80, 0.82), rough=0.22, metal=1.0)
_GOLD = look((0.78, 0.66, 0.42), rough=0.25, metal=1.0)


def tin(label: str, radius: float = 0.0365, height: float = 0.11) -> list[Part]:
    """Return a tin with a paper label, rolled rims, and a lid with beads, a rivet and a ring to pull."""
    r, h = radius, height
    body = [(0.0, 0.003), (r - 0.003, 0.003), (r - 0.002, 0.0), (r + 0.0012, 0.0), (r + 0.0016, 0.001)]
    body += [(r + 0.0016, 0.004), (r, 0.006), (r, h - 0.006), (r + 0.0016, h - 0.004), (r + 0.0016, h - 0.001)]
    body += [(r + 0.0012, h), (r - 0.0012, h), (r - 0.002, h - 0.004), (r * 0.86, h - 0.004), (r * 0.84, h - 0.0032)]
    body += [(r * 0.80, h - 0.0032), (r * 0.78, h - 0.004), (0.0, h - 0.004)]
    paper = [(r, 0.009), (r + 0.0003, 0.009), (r + 0.0003, h - 0.009), (r, h - 0.009), (r, 0.009)]
    return [
        part("body", [lathed(body, 64)], _TIN),
        part("label", [lathed(paper, 64)], look((1.0, 1.0, 1.0), rough=0.45, texture=label)),
        part("ring", _pull(r, h - 0.004), _GOLD),
    ]


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
