"""AnnotatorWriter: what any annotators give, as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rendersdg.annotators import ANNOTATORS, REFUSED
from rendersdg.errors import BadArgument, NotSupported, did_you_mean
from rendersdg.frame import Frame
from writers import Files, Writer
from writers.encoders import image_bytes, json_bytes, npy_bytes
from writers.options import LABELS, Option, number_width


class AnnotatorWriter(Writer):
    """Writes for each of ``annotators`` (names, or a mapping of names to their parameters)
    ``<product>/<annotator>_<n>``.

    Images of bytes are PNG, other arrays ``.npy``, and what comes beside an array (or instead of one) is ``.json``.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "annotators": Option(
            "constant",
            "The annotators (rendersdg list annotators): a list of names, or a mapping of names to their parameters.",
            is_needed=True,
        ),
        **number_width(4),
        **LABELS,
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._padding = int(params.get("frame_padding", 4))
        names = params.get("annotators") or []
        if isinstance(names, str) or not all(isinstance(name, str) for name in names) or not names:
            raise BadArgument(
                f"AnnotatorWriter: annotators={names!r} is not a list of names; rendersdg list annotators"
            )
        for name in names:
            if name in REFUSED:
                raise NotSupported(f"the annotator {name} exists in Replicator and is not supported: {REFUSED[name]}")
            if name not in ANNOTATORS:
                raise BadArgument(f"unknown annotator {name!r}{did_you_mean(name, ANNOTATORS)}")
        of = names if isinstance(names, dict) else {}
        self.annotators = {name: {**self.label_choice, **(of.get(name) or {})} for name in names}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        number = str(frame.number).zfill(self._padding)
        for product, data in frame.data.items():
            below = f"{product}/" if frame.several else ""
            for name, value in data.items():
                path = f"{below}{name}_{number}"
                has_array = isinstance(value, dict) and "data" in value
                array, info = (value["data"], value.get("info")) if has_array else (value, None)
                if not isinstance(array, np.ndarray):
                    array, info = None, value
                if array is not None and array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] in (3, 4):
                    files[f"{path}.png"] = image_bytes(array)
                elif array is not None:
                    files[f"{path}.npy"] = npy_bytes(array)
                if info:
                    files[f"{path}.json"] = json_bytes(info)
        return files
