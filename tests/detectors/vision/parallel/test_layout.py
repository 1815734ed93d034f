"""Layouts: how they are read, and what does not come out even."""

from __future__ import annotations

import pytest

from rendersdg.errors import BadArgument

torch = pytest.importorskip("torch")

from detectors.vision.parallel.layout import Layout, check_layout, layout_of  # noqa: E402

pytestmark = pytest.mark.extra


def test_a_layout_is_read_and_its_product_is_the_processes() -> None:
    assert layout_of("dp=2, fsdp=3,tp=1", 6) == Layout(dp=2, fsdp=3)
    assert layout_of(None, 5) == Layout(dp=5)
    assert str(Layout(pp=2, tp=4)) == "pp=2,tp=4" and str(Layout()) == "dp=1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("dp=2,tp=2", r"needs 4 processes, not 2; --workers 4"),
        ("cp=2", "'cp=2' is not one of dp=N, fsdp=N, tp=N, pp=N"),
        ("dp=two", "'dp=two'"),
        ("dp=1,dp=2", "each once"),
        ("dp=0", "1 or more"),
        ("dp=²", "'dp=²'"),
        ("", "'' is not"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        layout_of(text, 2)


@pytest.mark.parametrize(
    ("layout", "micro", "says"),
    [
        (Layout(tp=3), 1, "tp=3 cannot share 4 heads"),
        (Layout(pp=4), 4, "pp=4 cannot share 6 blocks evenly"),
        (Layout(pp=3), 2, "--accumulate 2 is below pp=3"),
        (Layout(dp=2, fsdp=3), 1, r"--batch 8 cannot be cut into 6 equal parts \(dp=2 x fsdp=3 x 1 .*--batch 12"),
        (Layout(dp=2), 3, "--batch 8 cannot be cut into 6 equal parts"),
    ],
)
def test_what_does_not_come_out_even_is_named(layout: Layout, micro: int, says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        check_layout(layout, heads=4, blocks=6, batch=8, pictures=80, micro=micro)
    with pytest.raises(BadArgument, match="--batch 8 is more than the 7 pictures"):
        check_layout(Layout(), heads=4, blocks=6, batch=8, pictures=7, micro=1)
