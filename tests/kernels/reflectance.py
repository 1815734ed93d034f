"""The directional reflectance of the lobe in `brdf.h`, by the sum that defines it: what `reflectance.h` has a table of.

python -m tests.kernels.reflectance > rendersdg/kernels/reflectance.h
"""

from __future__ import annotations

import numpy as np

STEPS = 16  # of the table, along the roughness and along the root of the cosine between normal and eye
_SAMPLES = 4096
_LEAST_ROUGH, _LEAST_COSINE = 0.03, 1e-3


def reflectance(cosine: float, roughness: float) -> tuple[float, float]:
    """Return scale and offset: the share of light from all sides that a mirror of reflectance f0 (Schlick 1994) sends
    to the eye is f0 * scale + offset.

    Sums D V F n.l over half vectors drawn by D n.h (Karis 2013, equation 8), with the lobe's own V.
    """
    a = max(roughness, _LEAST_ROUGH) ** 2
    cosine = max(cosine, _LEAST_COSINE)
    k = a / 2
    number = np.arange(_SAMPLES)
    radical = np.zeros(_SAMPLES)  # of base 2
    for bit in range(_SAMPLES.bit_length()):
        radical += ((number >> bit) & 1) * 0.5 ** (bit + 1)
    u = (number + 0.5) / _SAMPLES
    nh = np.sqrt((1 - u) / (1 + (a * a - 1) * u))
    vh = np.sqrt(1 - cosine**2) * np.sqrt(1 - nh * nh) * np.cos(2 * np.pi * radical) + cosine * nh
    nl = 2 * vh * nh - cosine
    is_up = (nl > 0) & (vh > 0)
    nl = np.where(is_up, nl, 1.0)
    weight = np.where(is_up, nl * vh / nh / ((nl * (1 - k) + k) * (cosine * (1 - k) + k)), 0.0)
    edge = np.clip(1 - vh, 0, 1) ** 5
    return float((weight * (1 - edge)).mean()), float((weight * edge).mean())


def table() -> np.ndarray:
    """Return the table (STEPS + 1, STEPS + 1, 2): by roughness and by the root of the cosine."""
    steps = np.linspace(0, 1, STEPS + 1)
    return np.array([[reflectance(root**2, rough) for root in steps] for rough in steps])


def header() -> str:
    rows = []
    for row in table():
        cells = [f"{{{scale:.4f}f, {offset:.4f}f}}" for scale, offset in row]
        rows.append("    {" + ", ".join(cells) + "},")
    body = "\n".join(rows)
    return f"""/* What the lobe of brdf.h sends to the eye of light from all sides: scale and offset, for a reflectance
 * f0 in all f0 * scale + offset. By roughness, and by the root of the cosine between normal and eye. Made by
 * tests/kernels/reflectance.py, whose test compares. */
#ifndef RENDERSDG_REFLECTANCE_H
#define RENDERSDG_REFLECTANCE_H

enum {{ REFLECTANCE_STEPS = {STEPS} }};

static const float REFLECTANCE[REFLECTANCE_STEPS + 1][REFLECTANCE_STEPS + 1][2] = {{
{body}
}};

#endif
"""


if __name__ == "__main__":
    print(header(), end="")
