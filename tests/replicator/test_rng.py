"""Generators under the global seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import ran

TEXT = """
import omni.replicator.core as rep
rep.set_global_seed(5)
a, b = rep.rng.ReplicatorRNG(), rep.rng.ReplicatorRNG()
print("drawn", a.generator.random(), b.generator.random(), rep.rng.ReplicatorRNG(3).generator.random())
"""


def test_each_run_counts_its_generators_from_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (5, 5, 6):
        assert ran(tmp_path, TEXT.replace("seed(5)", f"seed({seed})")).error is None
    first, again, other = (line.split()[1:] for line in capsys.readouterr().out.splitlines() if "drawn" in line)

    assert first == again and len(set(first)) == 3
    assert first[0] != other[0]
