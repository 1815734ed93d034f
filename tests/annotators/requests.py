"""A small scene, and requests of what its annotators shall say."""

from __future__ import annotations

from pathlib import Path

from rendersdg.annotators import Request
from tests.conftest import ROOT, Opener

SCENE = """
box: {create.cube: {semantics: [["class", "box"], ["shape", "cube"]], rotation: [10, 20, 30], scale: [1, 0.5, 0.7]}}
ball: {create.sphere: {position: [1.2, 0.3, 0.1], scale: 0.5, semantics: [["class", "ball"]]}}
plain: {create.cone: {position: [-2, 1, 0]}}
sky: {create.light: {light_type: dome}}
"""


def request(open_scene: Opener, text: str = SCENE, folder: Path = ROOT, **params: object) -> Request:
    session = open_scene(text, folder=folder)
    views = session.views(session.snapshot(0), {})
    first, *rest = views.values()
    return Request(first, dict(params), (first, *rest))
