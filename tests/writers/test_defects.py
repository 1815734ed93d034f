"""DefectWriter: its sheet says what its mask shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import BadArgument
from tests.backends.colour import SCENE
from tests.conftest import Opener
from tests.writers.written import write
from writers.defects import read_defects
from writers.encoders import read_image


def test_the_sheet_says_what_the_mask_shows(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "DefectWriter", 1, SCENE, tolerance_mm=1)

    [defect] = read_defects((tmp_path / "defects_0000.json").read_bytes())
    mask = read_image((tmp_path / "mask_0000.png").read_bytes())
    rows, columns = np.nonzero(mask == defect["id"])
    assert mask.dtype == np.uint16 and set(np.unique(mask)) == {0, defect["id"]}
    assert defect["kind"] == "fray" and defect["visible_pixels"] == len(rows) > 50
    assert defect["box"] == [columns.min(), rows.min(), columns.max(), rows.max()]
    assert defect["contrast"] < 0 and defect["severity"] == pytest.approx(max(defect["size_mm"]))
    assert read_image((tmp_path / "rgb_0000.png").read_bytes()).shape == (72, 96, 3)


def test_what_is_not_a_sheet_is_told() -> None:
    assert read_defects(b'{"defects": []}') == []
    for data in (b"{", b"[]", b"{}"):
        with pytest.raises(BadArgument, match="sheet of defects"):
            read_defects(data)
