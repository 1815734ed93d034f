"""New stages by template, and which stage a script begins on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes, ran

LOOK = """
import omni.usd
light = omni.usd.get_context().get_stage().GetPrimAtPath("/Environment/defaultLight")
print("lit", bool(light))
"""


def test_templates_fill_new_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("stage_templates", tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("before", "is_lit"),
    [
        ("", True),
        ("import isaacsim.core.utils.stage", True),  # in Isaac Sim's script editor
        ("from isaacsim import SimulationApp\napp = SimulationApp({'headless': True})", False),
        ("import omni.usd\nomni.usd.get_context().new_stage()", False),
        ("from isaacsim.core.utils.stage import create_new_stage\ncreate_new_stage()", False),
        ("import omni.kit.stage_templates as templates\ntemplates.new_stage(template=None)", True),
        ("import omni.replicator.core as rep\nwith rep.new_layer():\n    rep.create.cube()", True),
    ],
)
def test_a_stage_has_kits_light_where_an_application_put_it(
    before: str, is_lit: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = ran(tmp_path, before + LOOK)

    assert outcome.error is None, outcome.error
    assert f"lit {is_lit}" in capsys.readouterr().out
