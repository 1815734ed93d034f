"""``omni.syntheticdata``: the semantic filter over everything."""

from __future__ import annotations

from rendersdg.annotators.semantics import FILTER_SETTING, parse_filter
from rendersdg.replicator.engine import current

__all__ = ["SyntheticData"]


class SyntheticData:
    """The semantic filter over everything."""

    @staticmethod
    def Get() -> SyntheticData:
        """Return the one instance."""
        return SyntheticData()

    def set_instance_mapping_semantic_filter(self, predicate: str) -> None:
        """Keep only what the predicate accepts, in every writer that sets none of its own."""
        parse_filter(str(predicate))
        current().recorder.graph.settings[FILTER_SETTING] = str(predicate)

    set_default_semantic_filter = set_instance_mapping_semantic_filter
