"""What is committed survives a power cut, and what is not is made again; see power_cut.py for the model."""

from __future__ import annotations

import pytest

from tests.dataset.power_cut import campaign


def test_after_a_power_cut_every_record_has_its_files_and_resume_makes_the_same_bytes() -> None:
    tried, faults = campaign(seed=1, share=0.25)

    assert faults == [] and tried > 75


@pytest.mark.parametrize("lax", ["files", "folders"])
def test_without_flushing_the_model_loses_something(lax: str) -> None:
    _, faults = campaign(seed=1, share=0.05, lax=frozenset({lax}))

    assert any("is there and" in fault for fault in faults)
