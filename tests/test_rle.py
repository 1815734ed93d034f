"""Run lengths, as pycocotools has them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from rendersdg import rle
from tests.masks import masks


@given(masks)
def test_run_lengths_are_those_of_pycocotools(mask: np.ndarray) -> None:
    theirs = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))

    assert rle.compress(rle.runs(mask)) == theirs["counts"].decode()
    assert np.array_equal(rle.mask_from_runs(rle.decompress(theirs["counts"].decode()), (13, 17)), mask)


@given(masks, st.sampled_from([(0, 0), (0, 3), (2, 0), (1200, 40), (5, 1500)]), st.sampled_from([(0, 0), (7, 9)]))
def test_run_lengths_of_a_part_are_those_of_the_whole_image(
    mask: np.ndarray, corner: tuple[int, int], beyond: tuple[int, int]
) -> None:
    whole = np.pad(mask, [(corner[k], beyond[k]) for k in range(2)])
    theirs = coco_mask.encode(np.asfortranarray(whole.astype(np.uint8)))

    assert rle.compress(rle.runs(mask, corner, whole.shape)) == theirs["counts"].decode()
