"""Sets of labelled images: their fingerprint, their classes, their boxes in the frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.samples import Sample, Samples, checked, fingerprint
from rendersdg.errors import DatasetError


def test_a_fingerprint_follows_labels_not_folders() -> None:
    def one(folder: str, label: int, group: str = "") -> Samples:
        return Samples(
            ("a", "b"),
            (Sample(Path(folder) / "x.png", (20, 10), np.array([[0, 0, 5, 5.0]]), np.array([label]), group=group),),
        )

    assert fingerprint(one("here", 0)) == fingerprint(one("/there/else", 0)) != fingerprint(one("here", 1))
    assert fingerprint(one("here", 0)) != fingerprint(one("here", 0, "g"))


@pytest.mark.parametrize(
    ("box", "clip", "want"),
    [
        ([-0.6, 0, 20.4, 9], False, [0, 0, 20, 9]),  # rounding of a label tool
        ([-5, 2, 8, 9], False, "reaches over the frame of 20 x 10"),
        ([-5, 2, 8, 9], True, [0, 2, 8, 9]),
        ([25, 2, 28, 9], False, "has no area in the frame"),
        ([25, 2, 28, 9], True, None),
        ([3, 3, 3, 9], False, "has no area"),
        ([float("nan"), 3, 5, 9], False, "has no area"),
    ],
)
def test_boxes_out_of_the_frame_are_named_or_cut(box: list[float], clip: bool, want: Any) -> None:
    samples = Samples(("a",), (Sample(Path("x.png"), (20, 10), np.array([box]), np.array([0])),))

    if isinstance(want, str):
        with pytest.raises(DatasetError, match=rf"x\.png: box 1 .*{want}.*--clip-boxes"):
            checked(samples, clip=clip)
    else:
        assert checked(samples, clip=clip).images[0].xyxy.tolist() == ([] if want is None else [want])


def test_classes_are_renamed_dropped_or_refused() -> None:
    one = Sample(Path("x.png"), (20, 10), np.array([[0, 0, 5, 5], [1, 1, 6, 6.0]]), np.array([0, 1]))
    samples = Samples(("scratch", "dirt"), (one,), "rendered")

    got = samples.of_classes(("pits", "scratches"), {"scratch": "scratches", "dirt": "-"})

    assert got.classes == ("pits", "scratches") and got.images[0].labels.tolist() == [1]
    with pytest.raises(
        DatasetError, match=r"rendered: class 'scratch' \(1 boxes\) is not among.*--rename scratch=NAME"
    ):
        samples.of_classes(("pits", "scratches"), {"dirt": "-"})
    with pytest.raises(DatasetError, match="no class 'scratchs' to rename; did you mean 'scratch'"):
        samples.of_classes(("pits",), {"scratchs": "pits"})
