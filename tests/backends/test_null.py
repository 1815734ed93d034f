"""The null backend: a grey picture, and the labels of all others."""

from __future__ import annotations

import numpy as np

from rendersdg.backends.null import NullBackend
from rendersdg.frame import Wanted
from tests.conftest import Opener

TEXT = 'box: {create.cube: {semantics: [["class", "box"]]}}\nsky: {create.light: {light_type: dome}}\n'


def test_labels_are_those_of_the_painted_picture(open_scene: Opener) -> None:
    grey, painted = (
        next(iter(s.views(s.snapshot(0), {}).values()))
        for s in (open_scene(TEXT, backend=b) for b in ("null", "raster"))
    )

    assert np.unique(grey.buffers.rgb.reshape(-1, 4), axis=0).tolist() == [[128, 128, 128, 255]]
    assert len(np.unique(painted.buffers.rgb)) > 2
    assert np.array_equal(grey.labels.entity, painted.labels.entity)
    assert np.array_equal(grey.labels.depth, painted.labels.depth)


def test_light_is_given_where_it_is_kept(open_scene: Opener) -> None:
    snapshot = open_scene(TEXT).snapshot(0)
    with_light, without = (
        NullBackend().render(snapshot, snapshot.products[0], Wanted(hdr=k)).buffers.hdr for k in (True, False)
    )

    assert without is None and with_light is not None and (with_light == 0.5).all()
