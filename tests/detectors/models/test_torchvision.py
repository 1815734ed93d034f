"""Networks of torchvision: their dense boxes, thinned, are what torchvision finds."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.extra


@pytest.mark.parametrize("name", ["retinanet_resnet18", "fcos_resnet18", "fasterrcnn_mobilenet"])
def test_dense_outputs_thinned_are_what_torchvision_itself_finds(name: str) -> None:
    from detectors.contract import DETECTORS

    torch.manual_seed(3)
    detector = DETECTORS[name](2, 96).eval()
    image = torch.rand(1, 3, 96, 96)

    with torch.inference_mode():
        ours, theirs = detector.detect(image)[0], detector.net(list(image))[0]

    scores = theirs["scores"].double().numpy()
    sure = min(len(scores), len(ours.scores), 30)
    assert sure >= 10 and np.allclose(ours.scores[:sure], scores[:sure], atol=1e-5)
    apart = np.abs(ours.xyxy[:sure, None] - theirs["boxes"].double().numpy()[None]).max(2).min(1)
    assert (apart < 0.01).mean() > 0.9  # pixels; equal scores may change places
