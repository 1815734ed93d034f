"""The table of Isaac Sim's names: each is offered, or refused with a reason."""

from __future__ import annotations

from rendersdg.omni.compat import EXAMPLES, judged, report


def test_every_name_of_the_examples_is_offered_or_refused_with_a_reason() -> None:
    names = [(module, name) for module, listed in EXAMPLES.items() for name in listed.split()]

    assert len(names) > 140 and [n for n in names if not judged(*n)] == []


def test_what_is_offered_and_what_is_refused_is_told_apart() -> None:
    assert judged("isaacsim.core.simulation_manager", "SimulationManager.step").startswith("Do physics steps")
    assert judged("isaacsim.core.experimental.prims", "DeformablePrim").startswith("refused: cloth")
    assert judged("isaacsim.replicator.teleop", "build_teleop_recorder").startswith("refused: nobody steers")
    assert judged("isaacsim.core.simulation_manager", "Nothing") == ""


def test_the_report_names_modules_with_all_that_they_offer() -> None:
    row = next(line for line in report().splitlines() if line.startswith("| `isaacsim.core.rendering_manager` |"))

    assert row == "| `isaacsim.core.rendering_manager` | `RenderingEvent`, `RenderingManager`, `ViewportManager` |"
