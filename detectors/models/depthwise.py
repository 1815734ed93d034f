"""A filter of each channel whose gradients are quick in bfloat16 on CPUs.

Torch has no fast kernel there for two passes: the filter's gradient for 5 x 5, and the images' gradient for a stride
of 2. Each takes several times what it takes in float32. Both are written here as passes that have one.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_LAYOUT = torch.channels_last


def filtered(images: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """Return images filtered channel by channel: what ``conv2d(images, weight, None, stride, padding, 1, C)`` gives.

    Under automatic mixed precision in bfloat16 on a CPU, gradients are the same sums in another order. Anywhere else
    it is ``conv2d`` itself.

    Args:
        images: (B, C, H, W).
        weight: (C, 1, K, K).
        stride: of the filter.
        padding: zeros on each side, less than K.
    """
    is_slow = torch.is_grad_enabled() and images.device.type == "cpu" and torch.is_autocast_enabled("cpu")
    if is_slow and torch.get_autocast_dtype("cpu") == torch.bfloat16:
        return _Filtered.apply(images.bfloat16(), weight.bfloat16(), stride, padding)
    return functional.conv2d(images, weight, None, stride, padding, 1, len(weight))


class DepthwiseConv2d(nn.Conv2d):  # type: ignore[misc] # torch is not looked into
    """``nn.Conv2d`` with an odd filter for each of ``channels``, padded to keep the size, without bias."""

    def __init__(self, channels: int, kernel: int, stride: int = 1) -> None:
        super().__init__(channels, channels, kernel, stride, kernel // 2, groups=channels, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return filtered images; see :func:`filtered`."""
        return filtered(images, self.weight, self.stride[0], self.padding[0])


class _Filtered(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(images, weight)
        ctx.stride, ctx.padding = stride, padding
        return functional.conv2d(images, weight, None, stride, padding, 1, len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        images, weight = ctx.saved_tensors
        gradient = gradient.contiguous(memory_format=_LAYOUT)
        of_images = of_weight = None
        if ctx.needs_input_grad[0]:
            of_images = _of_images(gradient, images, weight, ctx.stride, ctx.padding)
        if ctx.needs_input_grad[1]:
            of_weight = _of_weight(gradient, images, weight, ctx.stride, ctx.padding)
        return of_images, of_weight, None, None


def _of_images(gradient: Tensor, images: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """Return the images' gradient: that of the result, spread out to a stride of 1, under the turned filter."""
    batch, channels, *sides = images.shape
    kernel = weight.shape[-1]
    spread = gradient
    if stride > 1:
        height, width = (side + 2 * padding - kernel + 1 for side in sides)
        spread = torch.empty((batch, channels, height, width), dtype=gradient.dtype, memory_format=_LAYOUT).zero_()
        spread[:, :, ::stride, ::stride] = gradient
    return functional.conv2d(spread, weight.flip(2, 3), None, 1, kernel - 1 - padding, 1, channels)


def _of_weight(gradient: Tensor, images: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """Return the filter's gradient; one of 5 x 5 by four of 3 x 3, which overlap in its middle row and column."""
    if weight.shape[-1] != 5:
        return _of_filter(gradient, images, weight, stride, padding)
    padded = functional.pad(images, (padding,) * 4)
    height, width = ((side - 1) * stride + 3 for side in gradient.shape[2:])
    out, corner = torch.empty_like(weight), weight.new_empty(len(weight), 1, 3, 3)
    for top in (0, 2):
        for left in (0, 2):
            part = padded[:, :, top : top + height, left : left + width].contiguous(memory_format=_LAYOUT)
            out[:, :, top : top + 3, left : left + 3] = _of_filter(gradient, part, corner, stride, 0)
    return out


def _of_filter(gradient: Tensor, images: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """Return the gradient of a filter of the shape of ``weight``, by torch's own pass."""
    strides, paddings = [stride] * 2, [padding] * 2
    both = torch.ops.aten.convolution_backward(
        gradient, images, weight, [0], strides, paddings, [1, 1], False, [0, 0], len(weight), [False, True, False]
    )
    return both[1]
