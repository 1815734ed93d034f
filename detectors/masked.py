"""What a network learns from images without labels: what is hidden in them.

Squares of each image are covered, and the network says from the rest what they hold (masked image modelling; Xie et al.
2022, SimMIM, arXiv 2111.09886). What it has learned is a start for learning boxes from few photographs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.contract import Detector, Target

CELL = 32  # side of a covered square, pixels, as SimMIM found to do best
SHARE = 0.6  # of an image that is covered
DECODER = "pixels_of_features"  # what the layer is called that is there for this task alone
_GREY = 0.5  # what covers: the middle of the levels
_LEAST_SPREAD = 1e-3  # of the levels of a square; below it there is nothing but the sensor's noise


def add_decoder(detector: Detector, size: int) -> None:
    """Add the layer that gives pixels, and keep what its loss does not reach as it is.

    Args:
        detector: whose finest features the layer takes.
        size: side of the images, pixels; a multiple of ``CELL``.

    Raises:
        BadArgument: the detector does not say what its features are.
    """
    detector.eval()
    with torch.no_grad():
        features = detector.features(torch.zeros(1, 3, size, size))
    stride = size // features.shape[-1]
    setattr(detector, DECODER, nn.Conv2d(features.shape[1], 3 * stride * stride, 1))
    detector.eval()  # so that batch norm's moments stay
    Reconstruction(detector)(torch.rand(1, 3, size, size), [])["pixels"].backward()
    detector.train()
    for parameter in detector.parameters():  # heads, whose only use is to find boxes
        parameter.requires_grad_(parameter.requires_grad and parameter.grad is not None)
        parameter.grad = None


class Reconstruction(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A detector whose call gives the loss of what it says about covered squares."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the scalar ``pixels``: the mean distance to the levels of covered squares.

        Each square's levels are counted from its mean in its own standard deviations (He et al. 2022, MAE, arXiv
        2111.06377, table 1d), so that fine structure counts as much as large.

        Args:
            images: (B, 3, S, S) float32, 0 to 1.
            targets: are not looked at.
        """
        del targets
        covered = covered_cells(len(images), images.shape[-1] // CELL, images.device)
        hidden = covered[:, None].repeat_interleave(CELL, 2).repeat_interleave(CELL, 3)
        features = self.detector.features(torch.where(hidden, _GREY, images))
        layer: nn.Conv2d = getattr(self.detector, DECODER)
        said = functional.pixel_shuffle(layer(features), images.shape[-1] // features.shape[-1]).float()
        apart = (said - standardized(images)).abs()
        return {"pixels": (apart * hidden).sum() / (3 * hidden.sum())}


def covered_cells(count: int, side: int, device: torch.device) -> Tensor:
    """Return (count, side, side) bool, which squares of each image are covered: ``SHARE`` of them, at random."""
    cells = side * side
    order = torch.rand(count, cells, device=device).argsort(1)
    return (order < round(SHARE * cells)).view(count, side, side)


def standardized(images: Tensor) -> Tensor:
    """Return images (B, 3, S, S) whose squares have mean 0 and standard deviation 1, all three colours together."""
    batch, colours, size, _ = images.shape
    cells = images.view(batch, colours, size // CELL, CELL, size // CELL, CELL)
    mean = cells.mean((1, 3, 5), keepdim=True)
    spread = cells.std((1, 3, 5), keepdim=True, correction=0).clamp(min=_LEAST_SPREAD)
    return ((cells - mean) / spread).view_as(images)
