"""Streams of random numbers: one for each key, none touched by another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rendersdg.streams import Source, generator


@given(st.integers(0, 2**63), st.text(max_size=9), st.integers(-1, 10**6))
def test_a_key_gives_its_numbers_whatever_was_drawn_before(seed: int, site: str, execution: int) -> None:
    first = generator(seed, site, execution).random(4).tolist()
    generator(seed + 1, site, execution).random(4)

    assert generator(seed, site, execution).random(4).tolist() == first
    others = [(seed + 1, site, execution), (seed, site + "/", execution), (seed, site, execution + 1)]
    assert all(generator(*other).random(4).tolist() != first for other in others)


def test_a_source_has_children_and_may_have_a_seed_or_a_site_of_its_own() -> None:
    source = Source(5, "marks", 2)

    assert source.child("turn") == Source(5, "marks/turn", 2) and source.at_site("x") == Source(5, "x", 2)
    assert source.with_seed(7) == Source(7, "marks", 2)
    assert source.with_seed(-1) is source.with_seed(None) is source.at_site(None) is source
    assert source.rng().random() == generator(5, "marks", 2).random()
