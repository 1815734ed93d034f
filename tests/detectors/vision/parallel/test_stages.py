"""Stages: pieces say what networks say, and own everything once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from detectors.vision.mae import MaskedAutoencoder  # noqa: E402
from detectors.vision.parallel import stages  # noqa: E402
from detectors.vision.vit import Classifier  # noqa: E402
from tests.detectors.vision.parallel.runs import GPT, SIZE  # noqa: E402

pytestmark = pytest.mark.extra


def test_pieces_say_what_the_networks_say() -> None:
    torch.manual_seed(0)
    images, tokens, labels = torch.rand(3, 3, 8, 8), torch.randint(8, (3, 16)), torch.tensor([0, 2, 1])
    gpt, classifier, mae = GPT.network(3), Classifier(SIZE, 3), MaskedAutoencoder(SIZE)
    torch.nn.init.normal_(classifier.say.weight)
    said = [gpt(tokens, labels), classifier(images), mae.loss(images, torch.Generator().manual_seed(4))]
    order = torch.rand(3, 16, generator=torch.Generator().manual_seed(4)).argsort(1)

    stage = [stages.Stage(n, cut(n)) for n, cut in _cuts(gpt, classifier, mae)]

    assert torch.equal(stage[0](tokens, classes=labels), said[0]) and torch.equal(stage[1](images), said[1])
    mae_said = stages.mae_loss(stage[2](images, order=order), stages.mae_target(images, order, 2))
    assert float(mae_said.detach()) == pytest.approx(float(said[2].detach()), abs=1e-6)


def _cuts(gpt: Any, classifier: Any, mae: Any) -> list[tuple[Any, Callable[[Any], list[stages.Piece]]]]:
    return [(gpt, stages.gpt_pieces), (classifier, stages.classifier_pieces), (mae, stages.mae_pieces)]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_stages_own_everything_once_under_the_names_of_the_whole(count: int) -> None:
    size = replace(SIZE, depth=4)
    for k, kind in enumerate(("gpt", "classify", "mae")):
        if (kind, count) == ("mae", 4):
            continue  # six blocks
        whole, cut = _cuts(GPT.network(3), Classifier(size, 3), MaskedAutoencoder(size))[k]
        names: list[str] = []
        for index in range(count):
            network, _ = _cuts(GPT.network(3), Classifier(size, 3), MaskedAutoencoder(size))[k]
            stage = stages.Stage(network, stages.stage_of(cut(network), index, count))
            assert sum(piece.is_block for piece in stage.pieces) * count == len(
                [m for m in whole.modules() if type(m).__name__ == "Block"]
            )
            names += [name for name, _ in stage.network.named_parameters()]
        assert sorted(names) == sorted(name for name, _ in whole.named_parameters())


def test_products_that_were_parted_are_put_together_again() -> None:
    network, other = GPT.network(3), GPT.network(3)
    stages.part_asks(network)
    other.load_state_dict(stages.whole_asks(network.state_dict()))
    tokens, labels = torch.randint(8, (3, 16)), torch.tensor([0, 2, 1])
    assert torch.allclose(network(tokens, labels), other(tokens, labels), atol=1e-6)
