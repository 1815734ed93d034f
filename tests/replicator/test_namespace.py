"""The ``rep`` namespace: every documented name is there and does what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendersdg.replicator import namespace
from tests.conftest import SHARED
from tests.running import ran, run_named


def test_registered_randomizers_hang_on_their_trigger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("registered_randomizers", tmp_path, monkeypatch)

    assert outcome.error is None and outcome.frames == 3
    boxes = [np.load(tmp_path / "out" / f"bounding_box_2d_loose_{k:04d}.npy") for k in range(3)]
    assert [len(b) for b in boxes] == [3, 3, 3]
    assert (boxes[0] == boxes[1]).all() and (boxes[0] != boxes[2]).any()
    assert [e["kind"] for e in outcome.report] == ["substitution"]


def test_scripts_have_the_defect_library_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("defect_library", tmp_path, monkeypatch)

    assert outcome.error is None and outcome.frames == 2
    names = json.loads((tmp_path / "out" / "bounding_box_2d_tight_labels_0001.json").read_text())
    assert {"class": "scratch"} in names.values()


def test_weights_that_do_not_fit_the_choices_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
        import omni.replicator.core as rep
        cube = rep.create.cube()
        with rep.trigger.on_frame(num_frames=30), cube:
            rep.modify.visibility(rep.distribution.choice([True, False], [False] * 3))
        writer = rep.WriterRegistry.get("BasicWriter")
        writer.initialize(output_dir="out", bounding_box_2d_tight=True)
        writer.attach([rep.create.render_product(rep.create.camera(position=(4, 0, 0), look_at=(0, 0, 0)), (16, 16))])
        """

    outcome = ran(tmp_path, text, monkeypatch)
    strict = ran(tmp_path, text, monkeypatch, strict=True)

    assert outcome.error is None, outcome.error
    assert [e["text"] for e in outcome.report if e["kind"] != "note"] == ["3 weights for 2 choices: all are as likely"]
    assert strict.error is not None and "script.py:5" in strict.error and "--strict" in strict.error


@pytest.mark.skipif(not SHARED.is_dir(), reason="the inventory is not beside the repository")
def test_every_name_of_the_inventory_is_there() -> None:
    import yaml

    inventory = yaml.safe_load((SHARED / "replicator" / "api.yaml").read_text())["api"]
    known = {*namespace.table(), *namespace.REFUSED}
    missing = []

    def visit(path: str, node: Any) -> None:
        if not isinstance(node, dict):
            return
        if node.get("kind") in ("function", "class") and path not in known:
            missing.append(path)
        if node.get("kind") in ("method", "property"):
            holder, _, name = path.rpartition(".")
            owner = namespace.table().get(holder)
            instance = {"output_dir", "generator", "backend"}
            if (
                holder not in namespace.REFUSED
                and not hasattr(owner, name)
                and name not in instance
                and path not in known
            ):
                missing.append(path)
        for key, inner in node.items():
            if key in ("members", "methods", "properties"):
                for name, below in inner.items():
                    visit(f"{path}.{name}", below)
            elif key != "params":
                visit(f"{path}.{key}" if path else key, inner)

    visit("", inventory)

    assert missing == []


def test_the_physics_step_is_kept_and_physics_prims_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("physics_step", tmp_path, monkeypatch)

    assert outcome.error is None, outcome.error
    assert any("1/480" in entry["text"] for entry in outcome.report)
