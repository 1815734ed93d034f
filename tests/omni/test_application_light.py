"""The light of the application's own stage: scenes without any are lit by it, here and where they are exported to."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.farm.job import Job, opened
from rendersdg.omni import EXPORTS
from rendersdg.omni.runner import Options, run_script
from tests.conftest import CAMERA, HEAD
from tests.omni.written import exported, files, rendered
from writers.encoders import read_image

DARK = (
    HEAD
    + CAMERA
    + """
ball: {create.sphere: {semantics: [["class", "ball"]]}}
floor: {create.plane: {scale: 6, position: [0, 0, -0.5]}}
frames: {trigger.on_frame: {max_execs: 2}}
move: {with.frames: {with.ball: {modify.pose: {position: {distribution.uniform: {lower: -0.3, upper: 0.3}}}}}}
save: {writers.get: {name: BasicWriter, init_params: {output_dir: out, rgb: true}, render_products: view}}
"""
)
LIT = DARK + "lamp: {create.light: {light_type: dome, intensity: 300}}\n"
OFF = """
application: {get.prim_at_path: {path: /Environment/defaultLight}}
off: {with.application: {modify.visibility: {value: false}}}
"""


def mean(folder: Path, text: str) -> float:
    """Return the mean level of the first picture of a scene."""
    (folder / "scene.yaml").write_text(text)
    [picture] = [data for path, data in rendered(folder / "scene.yaml", 1).items() if path.endswith(".png")]
    return float(read_image(picture)[..., :3].mean())


def reported(folder: Path, text: str) -> list[str]:
    (folder / "scene.yaml").write_text(text)
    with opened(Job(str(folder / "scene.yaml"))) as (session, _):
        return [e["text"] for e in session.recorder.report.as_json() if e["subject"] == "scene.yaml"]


def test_a_scene_without_light_is_lit_as_in_an_application(tmp_path: Path) -> None:
    assert mean(tmp_path, DARK) > 20
    assert [text for text in reported(tmp_path, DARK) if "the scene has no light" in text]
    assert reported(tmp_path, LIT) == []


def test_a_scene_may_switch_the_applications_light_off(tmp_path: Path) -> None:
    assert mean(tmp_path, DARK + OFF) == 0.0
    assert mean(tmp_path, LIT + OFF) == mean(tmp_path, LIT)


@pytest.mark.parametrize("target", ["isaac-5", "kit"])
@pytest.mark.parametrize("scene", [DARK, LIT, DARK + OFF, DARK.replace('"Z"', '"Y"')])
def test_an_exported_script_has_the_light_that_the_scene_has(scene: str, target: str, tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(scene)
    exported(tmp_path / "scene.yaml", tmp_path / "scene.py", target)
    outcome = run_script(tmp_path / "scene.py", Options(out=str(tmp_path / "out")))
    found, wanted = files(tmp_path / "out"), rendered(tmp_path / "scene.yaml", 2)

    assert outcome.error is None, outcome.error
    assert len(wanted) >= 2 and [p for p in wanted if found.get(p) != wanted[p]] == []


@pytest.mark.parametrize("scene", [DARK, LIT, LIT.replace('"Z"', '"Y"')])
def test_exported_yaml_has_the_light_that_the_scene_has(scene: str, tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(scene)
    with opened(Job(str(tmp_path / "scene.yaml"))) as (session, _):
        EXPORTS["replicator-yaml"](session, tmp_path / "again.yaml", title="s", target="isaac-5", frames=None)
    text = (tmp_path / "again.yaml").read_text()

    assert rendered(tmp_path / "again.yaml", 2) == rendered(tmp_path / "scene.yaml", 2)
    assert ("/Environment/defaultLight" in text) == ("dome" in text)  # else it would shine beside the scene's own


@pytest.mark.parametrize("scene", [DARK, LIT])
@pytest.mark.parametrize("first", ["", "from isaacsim import SimulationApp\napp = SimulationApp()\n"])
def test_a_replay_has_the_light_that_the_scene_has(scene: str, first: str, tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(scene)
    (tmp_path / "live.py").write_text(
        f"{first}import omni.replicator.core as rep\nfrom rendersdg.omni import replay\n"
        f"replay({str(tmp_path / 'scene.yaml')!r}, {str(tmp_path / 'live')!r})\nrep.orchestrator.run_until_complete()\n"
    )
    outcome = run_script(tmp_path / "live.py", Options())
    found, wanted = files(tmp_path / "live"), rendered(tmp_path / "scene.yaml", 2)

    assert outcome.error is None
    assert [p for p in wanted if p.endswith("png") and found.get(p) != wanted[p]] == []
