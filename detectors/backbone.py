"""What a trained detector's backbone gives for images: its deepest map, averaged over all places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from detectors.checkpoint import load_detector
from detectors.model_files import EXPORTED
from detectors.preprocess import read_rgb
from detectors.samples import Sample
from rendersdg.arrays import F8, U1
from rendersdg.errors import BadArgument, DatasetError

_BATCH = 8  # images at a time


class Backbone:
    """A detector that is watched while it looks for objects.

    ``layer`` is the convolution with most channels, of those the coarsest, of those the last; it is known once images
    were looked at.
    """

    def __init__(self, model: Path) -> None:
        """Load a run's folder or a ``model.pt``. Raises DatasetError, and BadArgument for an exported network."""
        if model.suffix in EXPORTED:
            raise BadArgument(f"{model}: an exported network keeps its layers to itself; give the run that it is of")
        _, self.network, _, self.preprocess = load_detector(model)
        self.layer = ""

    def features(self, samples: Sequence[Sample], on_image: Callable[[], None]) -> tuple[list[Sample], F8]:
        """Return the samples that can be read, and (N, C) features of them, 0 and above.

        ``on_image`` is called after each sample, whether it can be read or not.
        """
        kept: list[Sample] = []
        rows: list[F8] = []
        squares: list[U1] = []
        for sample in samples:
            try:
                squares.append(self.preprocess.image(read_rgb(sample.file)))
                kept.append(sample)
            except DatasetError:
                pass  # whoever asks sees which samples come back
            on_image()
            if len(squares) == _BATCH:
                rows.append(self._of(squares))
                squares = []
        if squares:
            rows.append(self._of(squares))
        return kept, np.concatenate(rows) if rows else np.zeros((0, 1))

    def _of(self, squares: list[U1]) -> F8:
        seen: dict[str, Tensor] = {}

        def watch(name: str) -> Callable[[Any, Any, Any], None]:
            def note(module: Any, given: Any, output: Any) -> None:
                seen[name] = output

            return note

        layers = dict(self.network.named_modules())
        watched = [self.layer] if self.layer else [n for n, layer in layers.items() if isinstance(layer, nn.Conv2d)]
        hooks = [layers[name].register_forward_hook(watch(name)) for name in watched]
        try:
            with torch.inference_mode():
                self.network.dense(torch.from_numpy(self.preprocess.tensor(np.stack(squares))))
        finally:
            for hook in hooks:
                hook.remove()
        if not self.layer:
            sizes = {name: (out.shape[1], -out.shape[2] * out.shape[3]) for name, out in seen.items()}
            best = max(sizes.values())
            self.layer = [name for name, size in sizes.items() if size == best][-1]
        return np.asarray(seen[self.layer].clamp(min=0).mean((2, 3)).double().numpy(), np.float64)
