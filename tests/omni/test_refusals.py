"""What is refused says why, wherever a script asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.omni.modules import files
from rendersdg.omni.refusals import REFUSED
from tests.running import ran


def test_no_reason_stands_for_what_is_offered() -> None:
    names = set(files())

    assert [n for n in REFUSED if n in names and files()[n]] == []


@pytest.mark.parametrize(
    ("line", "name", "reason"),
    [
        (
            "from isaacsim.replicator.grasping.grasping_manager import GraspingManager",
            "isaacsim.replicator.grasping",
            "grippers are not simulated",
        ),
        ("import isaacsim.sensors.experimental.rtx as rtx", "isaacsim.sensors.experimental", "radars"),
        ("import isaacsim.replicator.experimental.mobility_gen", "isaacsim.replicator.experimental", "recorded robots"),
        ("import isaacsim; isaacsim.replicator.teleop", "isaacsim.replicator.teleop", "nobody steers"),
        ("import omni.graph.core as og; og.ExecutionAttributeState", "omni.graph.core.Execution", "OmniGraph"),
    ],
)
def test_a_script_that_asks_for_what_is_refused_is_told_why(line: str, name: str, reason: str, tmp_path: Path) -> None:
    outcome = ran(tmp_path, f"import omni.replicator.core\n{line}\n")

    assert outcome.exit_code == 5 and outcome.error is not None
    assert "script.py:2" in outcome.error and name in outcome.error and reason in outcome.error, outcome.error


def test_a_script_may_go_on_without_what_is_refused(tmp_path: Path) -> None:
    text = """
    import omni.replicator.core
    try:
        from isaacsim.replicator.teleop import build_teleop_recorder
    except ImportError:
        pass
    else:
        raise AssertionError
    """

    assert ran(tmp_path, text).error is None
