"""The network that is trained, exported and served: a frozen backbone with a memory, a head, or both on it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from detectors.anomaly.features import PatchFeatures
from detectors.anomaly.head import DefectHead
from detectors.anomaly.memory import PatchMemory
from detectors.models.efficientnet_lite import EfficientNetLite
from rendersdg.errors import BadArgument


class AnomalyNetwork(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Maps of how unlike good parts each place is; ``outputs`` names them in the order in which they come.

    ``distance`` (B, S / 8, S / 8) is how far a patch lies from the memory and ``weighed`` the same as an image is
    scored by; ``defect`` (B, S / 4, S / 4) is the head's logit.
    """

    def __init__(self, features: PatchFeatures, memory: PatchMemory | None, head: DefectHead | None) -> None:
        super().__init__()
        if memory is None and head is None:
            raise BadArgument("a network without a memory and without a head says nothing")
        self.features, self.memory, self.head = features, memory, head
        named = (("distance", memory), ("weighed", memory), ("defect", head))
        self.outputs = tuple(name for name, part in named if part is not None)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of images (B, 3, S, S), RGB, 0 to 1."""
        maps, patches = self.features(images)
        out: tuple[Tensor, ...] = () if self.memory is None else self.memory(patches)
        return out if self.head is None else (*out, self.head(maps))


def bare(kind: str, patches: int, *, has_head: bool) -> AnomalyNetwork:
    """Return a network without weights, of a backbone ``kind`` and with so many ``patches`` in memory, 0 for none."""
    features = PatchFeatures(EfficientNetLite(kind))
    memory = PatchMemory(torch.zeros(patches, features.width)) if patches else None
    return AnomalyNetwork(features, memory, DefectHead(features.network.channels) if has_head else None).eval()
