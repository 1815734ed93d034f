"""The semantic filter over everything."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_filter_must_be_one(tmp_path: Path) -> None:
    text = """
    import omni.syntheticdata
    from omni.syntheticdata.scripts.SyntheticData import Get, SyntheticData
    assert omni.syntheticdata.SyntheticData is SyntheticData
    Get().set_instance_mapping_semantic_filter("class:box")
    from rendersdg.replicator.engine import current
    assert "class:box" in current().recorder.graph.settings.values()
    """

    assert ran(tmp_path, text).error is None
