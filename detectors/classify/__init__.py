"""Classifiers of small pictures: the protocol of post-training quantization on
CIFAR-10 (Masouris et al., arXiv 2305.06052).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rendersdg.registry import Registry

if TYPE_CHECKING:
    from torch import nn

CLASSIFIERS: Registry[Callable[[int], nn.Module]] = Registry(  # number of classes -> torch module
    "classifier",
    {
        "resnet20": "detectors.classify.networks:resnet20",
        "vgg16_bn": "detectors.classify.networks:vgg16_bn",
        "mobilenetv2_x1_4": "detectors.classify.networks:mobilenetv2_x1_4",
        "shufflenetv2_x2_0": "detectors.classify.networks:shufflenetv2_x2_0",
        "repvgg_a2": "detectors.classify.networks:repvgg_a2",
        "fastervit_small": "detectors.vision.fastervit:fastervit_small",
    },
)
