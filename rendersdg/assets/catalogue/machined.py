"""Machined parts: a bored flange, a bearing, a stepped shaft, screws and nuts with broken edges."""

from __future__ import annotations

import numpy as np

from rendersdg import portable, shapes
from rendersdg.assets.machining import bevelled, hexagon_head, lathed, pierced
from rendersdg.assets.parts import Part, look, part, turned

_CAST = look((0.30, 0.31, 0.33), rough=0.75, metal=0.4, texture="concrete", normal="bumps", bump=0.2)
_TURNED = look((0.62, 0.63, 0.65), rough=0.3, metal=1.0, normal="grooves", bump=0.35, texture_scale=[2.0, 6.0])
_GROUND = look((0.66, 0.67, 0.69), rough=0.18, metal=1.0)
_ZINC = look((0.66, 0.64, 0.58), rough=0.38, metal=1.0)
_DARK = look((0.05, 0.05, 0.055), rough=0.45)


def flange() -> list[Part]:
    """A weld-neck flange, 0.18 m wide and 0.07 m high: six holes for M8 screws on 0.13 m, a bore of 0.04 m.

    Its body is cast, its sealing face, the neck's end and the bore are turned.
    """
    plate = pierced((0.035, 0.09), 0.020, (6, 0.065, 0.0048), 0.0012)
    neck = lathed(
        [
            (0.022, 0.0005),
            (0.044, 0.0005),
            (0.044, 0.020),
            (0.038, 0.028),
            (0.035, 0.052),
            (0.022, 0.052),
            (0.022, 0.0005),
        ]
    )
    spot = lathed(
        [(0.0049, 0.0198), (0.0095, 0.0198), (0.0095, 0.0202), (0.0049, 0.0202), (0.0049, 0.0198)], 48, across=True
    )
    holes = [(0.065 * portable.cos(k * np.pi / 3), 0.065 * portable.sin(k * np.pi / 3), 0.0) for k in range(6)]
    seats = [spot.moved(hole) for hole in holes]
    sleeve = [(0.020, 0.0), (0.0225, 0.0), (0.0225, 0.05), (0.034, 0.05), (0.034, 0.069), (0.033, 0.070)]
    sleeve += [(0.0215, 0.070), (0.020, 0.0685), (0.020, 0.0)]
    return [
        part("body", [plate, neck], _CAST),
        part("face", [lathed(sleeve, across=True), *seats], _TURNED),
    ]


def bearing() -> list[Part]:
    """A ball bearing 6204, 47 x 14 mm with a bore of 20 mm, lying: two rings, eight balls in a brass cage."""
    middle, ball, half = 0.01675, 0.0040, 0.007
    outer = [(0.01975, -half), (0.0225, -half), (0.0235, 0.001 - half), (0.0235, half - 0.001), (0.0225, half)]
    inner = [
        (0.011, -half),
        (0.01375, -half),
        (0.01375, half),
        (0.011, half),
        (0.010, half - 0.001),
        (0.010, 0.001 - half),
    ]
    races = [
        lathed([*ring, (0.01975, half), ring[0]] if ring is outer else [*ring, ring[0]]) for ring in (outer, inner)
    ]
    balls = [
        shapes.sphere(ball, 12, 20).moved(
            (middle * portable.cos(k * np.pi / 4), middle * portable.sin(k * np.pi / 4), half)
        )
        for k in range(8)
    ]
    cage = [(middle - 0.0016, 0.004), (middle + 0.0016, 0.004), (middle + 0.0016, 0.0102), (middle - 0.0016, 0.0102)]
    return [
        part("rings", [race.moved((0, 0, half)) for race in races], _GROUND),
        part("balls", balls, look((0.75, 0.76, 0.78), rough=0.06, metal=1.0)),
        part("cage", [lathed([*cage, cage[0]])], look((0.72, 0.50, 0.18), rough=0.35, metal=1.0)),
    ]


def shaft() -> list[Part]:
    """A stepped shaft along X, 0.16 m long and 30 mm at its widest: ground seats, a turned collar, a key."""
    profile = [(0.0, 0.0), (0.0085, 0.0), (0.0095, 0.001), (0.0095, 0.030), (0.0125, 0.030), (0.0125, 0.065)]
    profile += [(0.0125, 0.082), (0.010, 0.082), (0.010, 0.130), (0.0075, 0.130), (0.0075, 0.159), (0.0065, 0.160)]
    collar = [(0.0, 0.065), (0.0142, 0.065), (0.015, 0.0658), (0.015, 0.0812), (0.0142, 0.082), (0.0, 0.082)]
    key = bevelled([(0.014, -0.002), (0.014, 0.002), (-0.014, 0.002), (-0.014, -0.002)], 0.004, 0.0004)
    lie = [
        turned(lathed(p, 64, across=True), 1, 90).moved((-0.08, 0, 0.015)) for p in ([*profile, (0.0, 0.160)], collar)
    ]
    return [
        part("shaft", lie[:1], _GROUND),
        part("collar", lie[1:], _TURNED),
        part("key", [key.moved((0.028, 0, 0.0225))], _DARK),
    ]


def screw() -> list[Part]:
    """A hexagon screw M8 x 25 with a washer under its head, upright on its tip: what it clamps ends at 23.4 mm."""
    under = 0.0234
    washer = [(0.0043, 0.0), (0.0078, 0.0), (0.008, 0.0002), (0.008, 0.0014), (0.0078, 0.0016), (0.0043, 0.0016)]
    shank = [(0.0, 0.0), (0.0033, 0.0), (0.004, 0.0007), (0.004, under + 0.002), (0.0, under + 0.002)]
    head = hexagon_head(0.013, 0.0053).moved((0, 0, under + 0.0016))
    return [
        part("screw", [head, lathed(shank, 32)], _ZINC),
        part("washer", [lathed([*washer, washer[0]], 48).moved((0, 0, under))], _GROUND),
    ]
