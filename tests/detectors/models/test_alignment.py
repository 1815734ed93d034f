"""Task-aligned assignment: answers known by hand, and properties."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from detectors.contract import Target  # noqa: E402
from detectors.models.alignment import aligned  # noqa: E402

pytestmark = pytest.mark.extra


def grid(side: int = 4, stride: float = 8.0) -> Tensor:
    """Return the middles of side * side cells."""
    at = (torch.arange(side) + 0.5) * stride
    return torch.cartesian_prod(at, at).flip(1)


def truth(*boxes: tuple[float, float, float, float], labels: list[int] | None = None) -> Target:
    return Target(torch.tensor(boxes).reshape(-1, 4), torch.tensor(labels or [0] * len(boxes), dtype=torch.int64))


def test_the_box_that_fits_is_wanted_with_its_overlap_and_one_half_as_good_with_its_share() -> None:
    points = torch.tensor([[8.0, 8.0], [9.0, 8.0], [40.0, 40.0]])
    xyxy = torch.tensor([[0.0, 0, 16, 16], [0, 0, 16, 8], [0, 0, 16, 16]])
    scores = torch.full((3, 1), 0.25)

    wanted, owner = aligned(scores, xyxy, points, truth((0, 0, 16, 16)))

    # IoU 1 and a half; the alignment is score^0.5 IoU^6, so the second is (1/2)^6 of the best; the third lies outside
    assert owner.tolist() == [0, 0, -1]
    assert wanted.tolist() == pytest.approx([1, 0.5**6, 0])


def test_a_box_that_two_objects_want_goes_to_the_one_it_overlaps_more() -> None:
    points = torch.tensor([[8.0, 8.0]])
    both = truth((0, 0, 16, 16), (0, 0, 12, 12), labels=[0, 1])

    wanted, owner = aligned(torch.full((1, 2), 0.5), torch.tensor([[0.0, 0, 12, 12]]), points, both)

    assert owner.tolist() == [1] and wanted.tolist() == pytest.approx([1])


def test_an_object_between_the_points_has_the_nearest_one() -> None:
    points = grid()
    small = truth((13.0, 5.0, 14.0, 6.0))  # nearest: (12, 4)

    _, owner = aligned(torch.full((16, 1), 0.1), torch.zeros(16, 4), points, small)

    assert torch.nonzero(owner >= 0).flatten().tolist() == [1]


def test_no_object_wants_nothing() -> None:
    wanted, owner = aligned(torch.rand(16, 3), torch.zeros(16, 4), grid(), truth())

    assert not wanted.any() and (owner == -1).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 12))
def test_wanted_scores_are_shares_of_overlaps_and_owners_hold_the_point(seed: int, count: int) -> None:
    random = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=random) * 24
    boxes = torch.cat([corner, corner + 1 + torch.rand(count, 2, generator=random) * 20], 1)
    labels = torch.randint(0, 3, (count,), generator=random)
    points = grid()
    xyxy = torch.cat([points - 6, points + 6 * torch.rand(16, 2, generator=random)], 1)

    wanted, owner = aligned(torch.rand(16, 3, generator=random), xyxy, points, Target(boxes, labels))

    assert ((wanted >= 0) & (wanted <= 1)).all() and not wanted[owner < 0].any()
    held = [bool((p > boxes[k, :2]).all() and (p < boxes[k, 2:]).all()) for p, k in zip(points, owner.tolist())]
    for place, k in enumerate(owner.tolist()):
        if k >= 0 and not held[place]:  # then no point lies in the object
            inside = ((points > boxes[k, :2]) & (points < boxes[k, 2:])).all(1)
            assert not inside.any()
    assert (torch.bincount(owner[owner >= 0], minlength=count) <= 10).all()
