"""People of 1.7 m that stand with their arms at their sides and look along -Y."""

from __future__ import annotations

from rendersdg.assets.parts import OmniPbrInputs, Part, ellipsoid, limb, look, part, rod
from rendersdg.shapes import Shape, revolved

_SKIN = look((0.72, 0.47, 0.34), rough=0.55)
_DARK = look((0.03, 0.03, 0.035), rough=0.6)


def _torso(grow: float = 0.0) -> Shape:
    """Return the body from the hips to the neck, ``grow`` metres thicker than bare."""
    outline = [(0.0, 0.84), (0.135, 0.85), (0.165, 0.90), (0.150, 1.02), (0.155, 1.10), (0.185, 1.26), (0.190, 1.34)]
    outline += [(0.165, 1.40), (0.085, 1.435), (0.055, 1.45), (0.0, 1.452)]
    body = revolved([(r + grow * (r > 0), z) for r, z in outline], 36)
    return body.displaced(lambda p: p * [1.0, 0.62, 1.0])


def _arms(radius: float) -> list[Shape]:
    shapes_of_arms = []
    for s in (-1, 1):
        shapes_of_arms.append(limb((s * 0.195, 0, 1.355), (s * 0.245, 0.01, 1.09), radius + 0.006))
        shapes_of_arms.append(limb((s * 0.245, 0.01, 1.09), (s * 0.265, -0.05, 0.86), radius))
    return shapes_of_arms


def _human(shirt: OmniPbrInputs, trousers: OmniPbrInputs) -> list[Part]:
    legs = [limb((s * 0.085, 0, 0.86), (s * 0.095, -0.005, 0.47), 0.082) for s in (-1, 1)]
    legs += [limb((s * 0.095, -0.005, 0.47), (s * 0.10, 0.01, 0.115), 0.058) for s in (-1, 1)]
    shoes = [ellipsoid((0.052, 0.135, 0.05), (s * 0.105, -0.045, 0.05)) for s in (-1, 1)]
    hands = [ellipsoid((0.028, 0.042, 0.078), (s * 0.268, -0.065, 0.785)) for s in (-1, 1)]
    face = [ellipsoid((0.073, 0.092, 0.115), (0, -0.01, 1.575)), ellipsoid((0.014, 0.022, 0.02), (0, -0.104, 1.565))]
    neck = [rod((0, 0.01, 1.40), (0, 0.005, 1.52), 0.052)]
    eyes = [ellipsoid((0.011, 0.006, 0.007), (s * 0.03, -0.094, 1.592)) for s in (-1, 1)]
    return [
        part("trousers", legs, trousers),
        part("shirt", [_torso(), *_arms(0.043)], shirt),
        part("shoes", shoes, _DARK),
        part("skin", [*face, *neck, *hands], _SKIN),
        part("eyes", eyes, _DARK),
    ]


def person() -> list[Part]:
    """A person, 1.7 m: blue shirt, dark trousers, brown hair."""
    shirt = look((0.09, 0.24, 0.52), rough=0.8, texture="fabric", texture_scale=[6.0, 6.0])
    trousers = look((0.06, 0.065, 0.09), rough=0.85)
    hair = ellipsoid((0.082, 0.092, 0.100), (0, 0.016, 1.600))
    return [*_human(shirt, trousers), part("hair", [hair], look((0.07, 0.035, 0.015), rough=0.7))]


def worker() -> list[Part]:
    """A worker, 1.75 m with a yellow helmet: orange vest with bright bands, blue overalls."""
    overalls = look((0.05, 0.09, 0.20), rough=0.85)
    brim = revolved([(0.0, 1.624), (0.118, 1.622), (0.118, 1.630), (0.0, 1.636)], 36).moved((0, -0.018, 0))
    dome = revolved([(0.0, 1.626), (0.098, 1.626), (0.096, 1.665), (0.080, 1.708), (0.045, 1.735), (0.0, 1.745)], 36)
    bands = [revolved([(0.0, z), (r, z), (r, z + 0.045), (0.0, z + 0.045)], 36, smooth=False) for z, r in _BANDS]
    return [
        *_human(overalls, overalls),
        part("vest", [_torso(0.012)], look((0.95, 0.22, 0.01), rough=0.6)),
        part(
            "bands", [b.displaced(lambda p: p * [1.0, 0.62, 1.0]) for b in bands], look((0.85, 0.88, 0.62), rough=0.3)
        ),
        part("helmet", [dome, brim], look((0.92, 0.66, 0.02), rough=0.3)),
    ]


_BANDS = ((0.98, 0.174), (1.15, 0.182))  # height and radius of the bright bands, metres
