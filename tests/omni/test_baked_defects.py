"""Baked defects darken as their layers do, and keep their labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats

from rendersdg.defects.layers import ADD, CHANNELS, GAIN
from rendersdg.omni.baked_defects import over
from rendersdg.omni.runner import Options, run_script
from tests.conftest import ROOT
from tests.omni.written import exported, files


@given(gain=floats(0, 1), add=floats(0, 1), host=floats(0, 1), baked_for=floats(0.05, 1))
def test_a_baked_defect_darkens_any_host_as_its_layers_do(
    gain: float, add: float, host: float, baked_for: float
) -> None:
    stack = np.zeros((1, 1, CHANNELS), np.float32)
    stack[..., GAIN], stack[..., ADD : ADD + 3] = gain, add * (1 - gain)  # what covers lets less through
    colour, cover = over(stack, (baked_for,) * 3)

    assert np.allclose(host * (1 - cover[0, 0]) + colour[0, 0] * cover[0, 0], host * gain + add * (1 - gain), atol=2e-3)


@pytest.mark.slow
def test_the_baked_half_of_a_script_labels_the_defects(tmp_path: Path) -> None:
    exported(ROOT / "scenes" / "magnetic_tile.yaml", tmp_path / "tile.py")
    whole = (tmp_path / "tile.py").read_text()
    (tmp_path / "tile.py").write_text(whole.replace('getattr(rep, "rendersdg", None)', "None"))  # as over there
    outcome = run_script(tmp_path / "tile.py", Options(limit=2, arguments=(str(tmp_path / "out"),)))
    coco = json.loads(next(d for p, d in files(tmp_path / "out").items() if p.endswith("instances.json")))
    names = {c["id"]: c["name"] for c in coco["categories"]}

    assert outcome.error is None and len(coco["images"]) == 2 * 6  # of six cameras
    assert {names[a["category_id"]] for a in coco["annotations"]} & {"blowhole", "crack", "break", "fray", "uneven"}
