"""Tasks: the shares of a batch are the batch."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from detectors.vision.parallel.tasks import share_of  # noqa: E402
from tests.detectors.vision.parallel.runs import task_of  # noqa: E402

pytestmark = pytest.mark.extra


@pytest.mark.parametrize("kind", ["gpt", "mae", "classify"])
def test_the_shares_of_a_batch_are_the_batch(kind: str) -> None:
    batches = list(task_of(kind).batches(3))
    assert len(batches) == 10
    x, given, target = batches[4]
    shares = [share_of(batches[4], k, 4, torch.device("cpu")) for k in range(4)]
    for k, (own, own_given, own_target) in enumerate(shares):
        assert torch.equal(own, x[k::4]) and torch.equal(own_target, target[k::4]) and len(own) == 2
        assert own_given.keys() == given.keys()
        assert all(torch.equal(value, given[name][k::4]) for name, value in own_given.items())


def test_batches_are_a_function_of_seed_and_epoch() -> None:
    one, other = (next(iter(task_of("mae").batches(2))) for _ in range(2))
    assert torch.equal(one[0], other[0]) and torch.equal(one[1]["order"], other[1]["order"])
    assert not torch.equal(one[1]["order"], next(iter(task_of("mae").batches(3)))[1]["order"])
