"""A view renders what it is asked for."""

from __future__ import annotations

from rendersdg.frame import ProductView
from tests.annotators.requests import SCENE
from tests.conftest import Opener


def test_views_render_only_when_asked(open_scene: Opener) -> None:
    session = open_scene(SCENE)
    view: ProductView = next(iter(session.views(session.snapshot(0), {}).values()))

    assert view._labels is None and view._buffers is None
    _ = view.labels
    assert view._buffers is None
