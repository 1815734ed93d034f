"""DefectWriter: a picture, a mask and a sheet of what an inspector asks about each defect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rendersdg.errors import BadArgument
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Writer
from writers.encoders import image_bytes, json_bytes
from writers.options import LABELS, Option, number_width


class DefectWriter(Writer):
    """Writes ``<product>/rgb_<n>.png``, ``mask_<n>.png`` (16 bit, the id of a defect, 0 for none)
    and ``defects_<n>.json``.

    ``tolerance_mm`` adds each defect's severity. The annotator ``defects`` says what the sheet holds.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "tolerance_mm": Option("number", "The size that is tolerated: with it each defect has a severity.", unit="mm"),
        **number_width(4),
        **LABELS,
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._padding = int(params.get("frame_padding", 4))
        wanted = dict(self.label_choice)
        if params.get("tolerance_mm") is not None:
            wanted["tolerance_mm"] = float(params["tolerance_mm"])
        self.annotators = {"rgb": {}, "defects": wanted}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for product, data in frame.data.items():
            number = str(frame.number).zfill(self._padding)
            below = f"{product}/" if frame.several else ""
            files[f"{below}rgb_{number}.png"] = image_bytes(data["rgb"][..., :3])
            files[f"{below}mask_{number}.png"] = image_bytes(data["defects"]["data"].astype(np.uint16))
            files[f"{below}defects_{number}.json"] = json_bytes(data["defects"]["info"])
        return files


def read_defects(data: bytes) -> list[Json]:
    """Return the defects of a sheet, as the annotator ``defects`` lists them. Raises BadArgument for other bytes."""
    try:
        return list(json.loads(data)["defects"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadArgument(f"not a sheet of defects: {error}") from None
