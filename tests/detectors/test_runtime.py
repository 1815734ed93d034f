"""Models as they are used: what is not one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.runtime import load_model
from rendersdg.errors import DatasetError


@pytest.mark.parametrize("broken", ["no json", "other format", "missing"])
def test_a_model_that_is_none_is_told(tmp_path: Path, broken: str) -> None:
    (tmp_path / "model.xml").write_text("<net/>")
    if broken == "other format":
        (tmp_path / "model.json").write_text('{"format": 9}')
    if broken == "missing":
        with pytest.raises(DatasetError, match=r"nowhere\.json"):
            load_model(tmp_path / "nowhere.xml")
        return
    with pytest.raises(DatasetError, match=r"format 9|lacks model\.json, which says"):
        load_model(tmp_path / "model.xml")
