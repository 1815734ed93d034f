"""Numbers of defects are tuned with the surface."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument, BadScene
from rendersdg.fit.edit import arguments
from rendersdg.fit.fit import captures, fit
from rendersdg.fit.statistics import told_apart
from rendersdg.fit.tune import Number
from tests.fit.plate import PLATE

MARKS = """
marks:
  with.frames:
    with.plate:
      defects.patch: {count: 3, length: 60, breadth: 40, gain: {distribution.uniform: {lower: %s, upper: %s}}}
"""


@pytest.mark.slow
def test_numbers_of_defects_are_tuned_with_the_surface(tmp_path: Path) -> None:
    surface = "{distribution.normal: {mean: 0.5, std: 0.05}}\n        octave_3: 0.04\n        octave_5: 0.03"
    scene = tmp_path / "scene.yaml"
    scene.write_text(PLATE % surface + MARKS % (0.45, 0.55))
    photographs = [
        cv2.cvtColor(np.ascontiguousarray(capture.views[name].buffers.rgb[..., :3]), cv2.COLOR_RGB2GRAY).astype(
            np.uint8
        )
        for capture, name in captures(scene, scene.read_text(), product=None, frames=40, seed=5)
    ]
    scene.write_text(PLATE % surface + MARKS % (0.75, 0.85))
    found = fit(scene, photographs, frames=14, rounds=2, tune=["marks.defects.patch.gain"], turns=3)
    gain = arguments(found.text, "marks", "defects.patch")["gain"]["distribution.uniform"]

    assert gain["lower"] + gain["upper"] == pytest.approx(1.0, abs=0.12)  # from 1.6
    before, after = (np.mean([told_apart(found.real, t, k) for k in range(5)]) for t in (found.before, found.after))
    assert after < 0.85 < 0.99 < before
    with pytest.raises(BadArgument, match=r"GROUP\.FUNCTION\.ARGUMENT"):
        fit(scene, photographs, tune=["gain"])
    with pytest.raises(BadScene, match=r"defects\.patch sets no blur; known: breadth, count"):
        fit(scene, photographs, tune=["marks.defects.patch.blur"])
    with pytest.raises(BadArgument, match="7 photographs are too few"):
        fit(scene, photographs[:7], tune=["marks.defects.patch.gain"])
    assert "told from photographs" in found.report()


@given(st.floats(0.5, 2))
@example(1.00001)  # too near to 1 to show
@settings(max_examples=20, deadline=None)
def test_a_number_is_scaled_with_its_whole_distribution(factor: float) -> None:
    text = (
        "a:\n  b.c:\n    gain: {distribution.uniform: {lower: 0.5, upper: 1.4}}\n    other_gain: "
        "{distribution.normal: {mean: 0.8, std: 0.1}}\n    size: {distribution.choice: {choices: "
        "[1, {distribution.normal: {mean: 4, std: 1}}], weights: [3, 1]}}\n    name: x\n    none: 0\n"
    )
    gain = arguments(Number("a", "b.c", "gain").scaled(text, factor), "a", "b.c")["gain"]["distribution.uniform"]
    size = arguments(Number("a", "b.c", "size").scaled(text, factor), "a", "b.c")["size"]["distribution.choice"]

    other = arguments(Number("a", "b.c", "other_gain").scaled(text, factor), "a", "b.c")["other_gain"]

    assert other["distribution.normal"] == pytest.approx({"mean": 1 - 0.2 * factor, "std": 0.1 * factor}, rel=1e-3)
    assert [gain["lower"], gain["upper"]] == pytest.approx([max(1 - 0.5 * factor, 0), 1 + 0.4 * factor], rel=1e-3)
    assert size["weights"] == [3, 1] and size["choices"][0] == pytest.approx(factor, rel=1e-3)
    assert size["choices"][1]["distribution.normal"] == pytest.approx({"mean": 4 * factor, "std": factor}, rel=1e-3)
    for name in ("name", "none"):
        with pytest.raises(BadArgument, match=f"{name}: nothing in .* scales"):
            Number("a", "b.c", name).scaled(text, 3)
