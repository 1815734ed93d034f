"""What a script imports and calls decides what it gets; options decide where that cannot be known."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.omni.uses import uses_of

UNIT = """
import omni.usd
from pxr import UsdGeom
print("unit", UsdGeom.GetStageMetersPerUnit(omni.usd.get_context().get_stage()))
"""
COLOURS = """
import numpy as np
import omni.replicator.core as rep
camera = rep.create.camera(position=(0, 300, 600), look_at=(0, 0, 0))
rep.create.cube(semantics=[("class", "cube")])
rp = rep.create.render_product(camera, (8, 8))
labels = rep.annotators.get("semantic_segmentation", init_params={"colorize": True})
labels.attach(rp)
rep.orchestrator.step()
print("type", labels.get_data()["data"].dtype)
"""


def printed(folder: Path, text: str, *options: str) -> str:
    """Return what a script prints when it is run with options."""
    script = folder / "script.py"
    script.write_text(text)
    return CliRunner().invoke(app, ["run", str(script), "--quiet", *options]).output


@pytest.mark.parametrize(
    ("line", "options", "unit"),
    [
        ("", (), "0.01"),
        ("# to be run by Isaac Sim's python.sh, or isaacsim", (), "0.01"),
        ("from isaacsim import SimulationApp", (), "1.0"),
        ("def later(): import omni.isaac.core", (), "1.0"),
        ("from omni import isaac", (), "1.0"),
        ("import importlib; importlib.import_module('isaacsim.core.utils')", (), "1.0"),
        ("import omni.replicator.core as rep\ndef later(): rep.functional.create.cube()", (), "1.0"),
        ("from omni.replicator.core import functional as F\ndef later(): F.modify.pose()", (), "1.0"),
        ("import omni.replicator.core\ndef later(): omni.replicator.core.functional.physics.apply()", (), "1.0"),
        ("import omni.replicator.core.functional as F\ndef later(): F.write_image()", (), "0.01"),
        ("import omni.replicator.core as rep\ndef functional(): rep.create.cube(); rep.modify.pose()", (), "0.01"),
        ("", ("--stage", "isaac"), "1.0"),
        ("import isaacsim", ("--stage", "kit"), "0.01"),
        ("import omni.replicator.core as rep\nrep.functional.create.cube()", ("--stage", "kit"), "0.01"),
    ],
)
def test_a_script_of_isaac_sim_begins_in_metres(tmp_path: Path, line: str, options: tuple[str, ...], unit: str) -> None:
    assert f"unit {unit}" in printed(tmp_path, f"{line}\n{UNIT}", *options)


@pytest.mark.parametrize(
    ("line", "options", "kind"),
    [
        ("", (), "uint8"),
        ("# np.frombuffer( was needed once", (), "uint8"),
        ("np.frombuffer(b'', np.uint8)", (), "uint32"),
        ("from numpy import frombuffer as unpacked; unpacked(b'', np.uint8)", (), "uint32"),
        ("", ("--segmentations", "uint32"), "uint32"),
        ("np.frombuffer(b'', np.uint8)", ("--segmentations", "rgba"), "uint8"),
    ],
)
def test_colours_are_packed_for_scripts_that_unpack_them(
    tmp_path: Path, line: str, options: tuple[str, ...], kind: str
) -> None:
    assert f"type {kind}" in printed(tmp_path, f"{COLOURS}\n{line}", *options)


def test_relative_imports_and_other_texts_are_no_packages() -> None:
    uses = uses_of("from .isaacsim import x\nname = 'isaacsim'\nprint('isaacsim')")

    assert not uses.has_module("isaacsim")


@pytest.mark.parametrize(
    ("option", "choices"),
    [("--stage", "auto, kit, isaac or a file that is there"), ("--segmentations", "auto, rgba or uint32")],
)
def test_an_unknown_choice_names_the_known_ones(tmp_path: Path, option: str, choices: str) -> None:
    script = tmp_path / "script.py"
    script.write_text("pass")

    result = CliRunner().invoke(app, ["run", str(script), option, "moon"])

    assert f"{option} moon: give {choices}" in str(result.exception)
