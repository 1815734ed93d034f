"""Distances to a memory, by hand and by a slow definition."""

from __future__ import annotations

import numpy as np
import torch

from detectors.anomaly.memory import PatchMemory


def test_a_patch_that_was_seen_is_at_no_distance() -> None:
    bank = torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    patches = torch.tensor([[3.0, 0.0], [4.0, 0.0]]).T.reshape(1, 2, 1, 2).contiguous()
    patches = torch.tensor([[[[3.0, 0.0]], [[4.0, 0.0]]]])

    distances, _ = PatchMemory(bank)(patches)

    assert distances.tolist() == [[[0.0, 0.0]]]


def test_the_distance_is_that_to_the_nearest_patch() -> None:
    bank = torch.tensor([[0.0, 0.0], [30.0, 40.0]])

    distances, _ = PatchMemory(bank)(torch.tensor([[[[3.0]], [[4.0]]]]))

    assert distances.item() == 5


def test_distances_and_weights_are_their_slow_definition() -> None:
    rng = np.random.default_rng(0)
    bank, patches = rng.normal(size=(50, 6)), rng.normal(size=(2, 6, 3, 4))

    distances, weighed = PatchMemory(torch.tensor(bank, dtype=torch.float32))(
        torch.tensor(patches, dtype=torch.float32)
    )

    for b, y, x in np.ndindex(2, 3, 4):
        away = np.linalg.norm(bank - patches[b, :, y, x], axis=1)
        nearest = int(away.argmin())
        around = np.argsort(np.linalg.norm(bank - bank[nearest], axis=1))[:9]
        weight = 1 - np.exp(away[nearest]) / np.exp(away[around]).sum()
        assert abs(distances[b, y, x].item() - away[nearest]) < 1e-4
        assert abs(weighed[b, y, x].item() - weight * away[nearest]) < 1e-4


def test_a_memory_of_one_patch_weighs_nothing() -> None:
    distances, weighed = PatchMemory(torch.zeros(1, 2))(torch.ones(1, 2, 2, 2))

    assert torch.equal(distances, weighed)


def test_twins_in_a_memory_are_their_own_first_neighbours() -> None:
    memory = PatchMemory(torch.ones(4, 3))

    assert memory.near[:, 0].tolist() == [0, 1, 2, 3]
