"""Inputs of surfaces as fields, and what surfaces of several kinds have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from rendersdg.colour import LUMA
from rendersdg.stage.shading.evaluator import Evaluator
from rendersdg.stage.shading.fields import Field, channels, combined
from rendersdg.stage.shading.network import Node

WHITE, BLACK, GREY = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.5, 0.5, 0.5)


def number_of(ev: Evaluator, node: Node, name: str, default: float) -> Field:
    """Return an input as a field of one number."""
    return channels(ev.field(node, name, default), [0])


def colour_of(ev: Evaluator, node: Node, name: str, default: Any = WHITE) -> Field:
    """Return an input as a linear colour."""
    return channels(ev.field(node, name, default, is_colour=True), [0, 1, 2])


def luminance(field: Field) -> Field:
    """Return the luminance of a linear colour."""
    return combined(lambda c: (c[..., :3] * LUMA).sum(-1, keepdims=True), field, width=1)


def level(ior: Any, weight: Any = 1.0) -> Any:
    """Return the specular level of an index of refraction, numbers or arrays: 0.5 for 1.5, at most 1.

    It is the reflectance straight on (Schlick 1994), of which a level of 1 stands for 0.08, times ``weight``.
    """
    ratio = (ior - 1) / (ior + 1)
    return np.minimum(ratio * ratio / 0.08 * weight, 1.0)


def specular_level(ior: Field, weight: Field) -> Field:
    """Return :func:`level` as a field."""
    return combined(level, ior, channels(weight, [0]), width=1)


def refracting(ev: Evaluator, node: Node, ior: str, thin_walled: str) -> float:
    """Return the index of refraction of the body behind a surface, from its inputs; 1 where it is thin-walled, so that
    light goes straight on.
    """
    return 1.0 if ev.value(node, thin_walled, False) else ev.number(node, ior, 1.5)
