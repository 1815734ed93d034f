"""MvtecWriter: the layout of MVTec AD (Bergmann et al. 2019), which anomaly detection is trained and judged on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rendersdg.errors import BadArgument
from rendersdg.frame import Frame
from rendersdg.paths import plain_name
from writers import Files, Writer
from writers.encoders import image_bytes
from writers.options import LABELS, Option, image_format, number_width
from writers.records import label_of
from writers.yolo import share_of

_GOOD, _SEVERAL = "good", "combined"  # as MVTec AD calls them


class MvtecWriter(Writer):
    """MVTec AD's layout: train/good, test/good, test/<defect> and ground_truth/<defect>/000_mask.png.

    A picture without a visible defect is good. One with defects of one label is in that label's folder, one with
    several in ``combined``. Its mask is 255 where a defect shows. ``test_good`` of the good pictures (0.2) are for the
    test, chosen by the frame's number. ``category`` puts all below a folder of that name.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "category": Option("string", "The folder of the part, MVTec's category; without it there is none."),
        "test_good": Option("number", "The share of good pictures that are for the test.", 0.2, least=0),
        **image_format("png"),
        **number_width(3),
        **LABELS,
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        category = params.get("category")
        self._top = f"{plain_name(str(category), 'MvtecWriter: category', BadArgument)}/" if category else ""
        self._share = float(params.get("test_good", 0.2))
        if not 0 <= self._share <= 1:
            raise BadArgument(f"MvtecWriter: test_good={self._share} is not 0 to 1")
        self._extension = str(params.get("image_output_format") or "png")
        self._padding = int(params.get("frame_padding", 3))
        self.annotators = {"rgb": {}, "defects": self.label_choice}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for product, data in frame.data.items():
            stem = str(frame.number).zfill(self._padding) + (f"_{product}" if frame.several else "")
            kinds = sorted({label_of(d["labels"]) for d in data["defects"]["info"]["defects"]})
            picture = image_bytes(data["rgb"][..., :3], self._extension)
            if not kinds:
                split = "test" if share_of(frame.frame) < self._share else "train"
                files[f"{self._top}{split}/{_GOOD}/{stem}.{self._extension}"] = picture
                continue
            kind = _folder(kinds[0]) if len(kinds) == 1 else _SEVERAL
            mask = np.where(data["defects"]["data"] > 0, 255, 0).astype(np.uint8)
            files[f"{self._top}test/{kind}/{stem}.{self._extension}"] = picture
            files[f"{self._top}ground_truth/{kind}/{stem}_mask.png"] = image_bytes(mask)
        return files


def _folder(label: str) -> str:
    """Return the folder of a label. Raises BadArgument for one that is not the name of a folder of defects."""
    name = plain_name(label, "MvtecWriter: the label of a defect", BadArgument)
    if name in (_GOOD, _SEVERAL):
        raise BadArgument(
            f"MvtecWriter: a defect is labelled {name!r}, which MVTec AD gives another meaning; rename it"
        )
    return name
