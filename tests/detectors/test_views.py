"""Several views of a picture: what one misses the other may find, in the right place."""

from __future__ import annotations

import numpy as np

from detectors.postprocess import Postprocess
from detectors.preprocess import Preprocess
from detectors.runtime import Model
from detectors.views import with_mirrors
from rendersdg.arrays import F4


def finds_the_left_half_alone(images: F4) -> tuple[F4, F4]:
    """Return a box round the bright pixels of the left half, or one without a score."""
    boxes, scores = np.zeros((len(images), 1, 4), np.float32), np.zeros((len(images), 1, 1), np.float32)
    for k, image in enumerate(images):
        ys, xs = np.nonzero(image[0, :, :16] > 0.5)
        if len(xs):
            boxes[k, 0] = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
            scores[k, 0] = 0.9
    return boxes, scores


def test_what_is_seen_in_the_mirror_alone_is_found_where_it_is() -> None:
    model = Model(finds_the_left_half_alone, ("mark",), Preprocess(32), Postprocess(0.5))
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[4:9, 20:30] = 255
    picture[12:20, 2:8] = 255

    plain, both = (m.find([picture])[0] for m in (model, with_mirrors(model)))

    assert plain.xyxy.tolist() == [[2, 12, 8, 20]]
    assert sorted(both.xyxy.tolist()) == [[2, 12, 8, 20], [20, 4, 30, 9]]


def test_what_both_views_see_is_found_once() -> None:
    def finds_all(images: F4) -> tuple[F4, F4]:
        rows = [(xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) for ys, xs in (np.nonzero(i[0] > 0.5) for i in images)]
        return np.array(rows, np.float32)[:, None], np.full((len(images), 1, 1), 0.9, np.float32)

    picture = np.zeros((32, 32, 3), np.uint8)
    picture[4:9, 12:23] = 255

    found = with_mirrors(Model(finds_all, ("mark",), Preprocess(32), Postprocess(0.5))).find([picture])[0]

    assert found.xyxy.tolist() == [[12, 4, 23, 9]]
