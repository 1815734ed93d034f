"""The compatibility table is complete, and the docs show it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from rendersdg.cli import app
from tests.conftest import ROOT, SHARED


@pytest.mark.skipif(not SHARED.is_dir(), reason="the inventory is not beside the repository")
def test_every_annotator_and_augmentation_of_the_inventory_is_in_the_report() -> None:
    import yaml

    inventory = yaml.safe_load((SHARED / "replicator" / "api.yaml").read_text())
    groups = {**inventory["annotators_registered"], **inventory["augmentations_registered"]}
    names = [n for group, listed in groups.items() if group != "notes" for n in listed]
    told = CliRunner().invoke(app, ["compat"]).output

    assert len(names) > 90 and [n for n in names if f"`{n}`" not in told] == []


def test_the_compatibility_table_is_the_one_in_the_docs() -> None:
    result = CliRunner().invoke(app, ["compat"])

    assert result.exit_code == 0
    assert result.output == (ROOT / "docs" / "replicator-compat.md").read_text()
