"""Classifiers in the form in which they are used on CIFAR-10: 32 pixels, so the first strides are 1. (B, 3, 32, 32), 0
to 1, to logits.

Numbers of parameters, with 10 classes, are those of the public CIFAR model collections: 0.27, 15.25,
4.33, 5.37 and 26.82 million.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import MobileNetV2, ShuffleNetV2, vgg
from torchvision.models.resnet import BasicBlock

MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)  # of CIFAR-10's training images


class Normalized(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A network behind the normalization of its images, so that what is exported takes 0 to 1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Return (B, classes) logits."""
        return self.network((images - self.mean) / self.deviation)


def resnet20(classes: int) -> nn.Module:
    """Return ResNet-20 (He et al. 2015, section 4.2): three stages of three blocks, 16, 32 and 64 wide."""
    layers: list[nn.Module] = [_conv(3, 16, 3, 1, 1), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    width = 16
    for wide in (16, 32, 64):
        for k in range(3):
            stride = 2 if k == 0 and wide > 16 else 1
            shortcut = None
            if stride > 1:
                shortcut = nn.Sequential(_conv(width, wide, 1, stride, 0), nn.BatchNorm2d(wide))
            layers.append(BasicBlock(width, wide, stride, shortcut))
            width = wide
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))


def vgg16_bn(classes: int) -> nn.Module:
    """Return VGG-16 with batch normalization (Simonyan and Zisserman 2014, D) and 512-wide dense layers."""
    head: list[nn.Module] = []
    for _ in range(2):
        head += [nn.Linear(512, 512), nn.ReLU(inplace=True), nn.Dropout(0.5)]
    return nn.Sequential(vgg.make_layers(vgg.cfgs["D"], batch_norm=True), nn.Flatten(), *head, nn.Linear(512, classes))


def mobilenetv2_x1_4(classes: int) -> nn.Module:
    """Return MobileNetV2, 1.4 wide (Sandler et al. 2018); first two strides 1."""
    setting = [
        [1, 16, 1, 1],
        [6, 24, 2, 1],
        [6, 32, 3, 2],
        [6, 64, 4, 2],
        [6, 96, 3, 1],
        [6, 160, 3, 2],
        [6, 320, 1, 1],
    ]
    network = MobileNetV2(classes, 1.4, setting)
    network.features[0][0].stride = (1, 1)
    return network


def shufflenetv2_x2_0(classes: int) -> nn.Module:
    """Return ShuffleNetV2, 2.0 wide (Ma et al. 2018), without its first stride and pooling."""
    network = ShuffleNetV2([4, 8, 4], [24, 244, 488, 976, 2048], classes)
    network.conv1[0].stride = (1, 1)
    network.maxpool = nn.Identity()
    return network


class RepVggBlock(nn.Module):  # type: ignore[misc]
    """A 3x3 and a 1x1 convolution and, where shapes allow, the identity, each normalized, summed (Ding et al. 2021).

    :meth:`fold` makes one 3x3 convolution of them, which computes the same.
    """

    def __init__(self, narrow: int, wide: int, stride: int) -> None:
        super().__init__()
        self.three = nn.Sequential(_conv(narrow, wide, 3, stride, 1), nn.BatchNorm2d(wide))
        self.one = nn.Sequential(_conv(narrow, wide, 1, stride, 0), nn.BatchNorm2d(wide))
        self.same = nn.BatchNorm2d(wide) if narrow == wide and stride == 1 else None
        self.folded: nn.Conv2d | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's features (B, wide, H / stride, W / stride) of (B, narrow, H, W)."""
        if self.folded is not None:
            return functional.relu(self.folded(x))
        whole = self.three(x) + self.one(x)
        return functional.relu(whole if self.same is None else whole + self.same(x))

    @torch.no_grad()
    def fold(self) -> None:
        """Replace the branches by one convolution (the paper's equation 3). For evaluation."""
        conv = self.three[0]
        kernel, bias = _fused(conv.weight, self.three[1])
        one, shift = _fused(functional.pad(self.one[0].weight, [1, 1, 1, 1]), self.one[1])
        kernel, bias = kernel + one, bias + shift
        if self.same is not None:
            unit = torch.zeros_like(kernel)
            unit[range(len(unit)), range(len(unit)), 1, 1] = 1
            one, shift = _fused(unit, self.same)
            kernel, bias = kernel + one, bias + shift
        self.folded = nn.Conv2d(conv.in_channels, conv.out_channels, 3, conv.stride, 1)
        self.folded.weight.copy_(kernel)
        self.folded.bias.copy_(bias)
        del self.three, self.one, self.same


def repvgg_a2(classes: int) -> nn.Module:
    """Return RepVGG-A2 (Ding et al. 2021): 1, 2, 4, 14 and 1 blocks, 64, 96, 192, 384 and 1408 wide."""
    layers: list[nn.Module] = [RepVggBlock(3, 64, 1)]
    width = 64
    for wide, count, stride in ((96, 2, 1), (192, 4, 2), (384, 14, 2), (1408, 1, 2)):
        for k in range(count):
            layers.append(RepVggBlock(width, wide, stride if k == 0 else 1))
            width = wide
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


def folded(network: nn.Module) -> nn.Module:
    """Return the network ready for export: in evaluation mode, branches that one convolution can do made one."""
    network.eval()
    for module in network.modules():
        if isinstance(module, RepVggBlock):
            module.fold()
    return network


def _conv(narrow: int, wide: int, kernel: int, stride: int, padding: int) -> nn.Conv2d:
    return nn.Conv2d(narrow, wide, kernel, stride, padding, bias=False)


def _fused(weight: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Return the kernel and bias of a convolution with the normalization behind it."""
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
