"""Written scripts bind to the documented API and give the scene's own bytes when run here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from rendersdg.farm.job import Job, opened
from rendersdg.omni import EXPORTS
from rendersdg.omni.exports import export_script
from rendersdg.omni.runner import Options, run_script
from rendersdg.omni.targets import TARGETS
from rendersdg.replicator.writer_registry import WriterRegistry
from rendersdg.yaml.document import load
from tests.conftest import ROOT, SCENES, SHARED, Opener
from tests.omni import replicator_fake
from tests.omni.written import SMALL, api, exported, files, rendered
from tests.orchestrator.three_cameras import GRID, THINGS
from tests.scene.bolts import SCENE
from writers import WRITERS


def test_a_script_says_what_the_scene_says(small: Path, tmp_path: Path) -> None:
    told = dict(exported(small, tmp_path / "small.py"))
    text = (tmp_path / "small.py").read_text()

    assert text.index("SimulationApp") < text.index("import omni.replicator.core as rep")
    assert (
        'crate = rep.create.from_usd(usd=str(ASSETS / "warehouse/crate.usdc"), semantics=[("class", "crate")])' in text
    )
    assert "with crate:\n    rep.modify.pose(position=[0, 1, 0])" in text  # from_usd takes no place over there
    assert 'hue = shared(name="hue", distribution=rep.distribution.uniform(lower=[0, 0, 0], upper=[1, 1, 1]))' in text
    assert 'rep.WriterRegistry.get(name="BasicWriter")' in text and 'get(name="RendersdgYoloWriter")' in text
    assert text.rstrip().endswith("simulation_app.close()")
    assert told["rendersdg:fruit/apple"] == "baked into apple.usdc" and "YoloWriter" in told


def test_kit_gets_a_script_that_ends_with_run(small: Path, tmp_path: Path) -> None:
    exported(small, tmp_path / "small.py", "kit")
    text = (tmp_path / "small.py").read_text()

    assert "SimulationApp" not in text and text.rstrip().endswith("rep.orchestrator.run()")


@pytest.mark.parametrize("target", ["isaac-5", "kit"])
def test_a_script_run_here_gives_the_scenes_bytes(small: Path, tmp_path: Path, target: str) -> None:
    exported(small, tmp_path / "small.py", target)
    outcome = run_script(tmp_path / "small.py", Options(out=str(tmp_path / "out")))
    found = files(tmp_path / "out")
    wanted = rendered(small, 3)

    assert outcome.error is None
    assert wanted and {p: found.get(p) == data for p, data in wanted.items()} == dict.fromkeys(wanted, True)


PUBLIC = sorted((SHARED / "replicator" / "yaml_scenes").glob("*.yaml"))


@pytest.mark.skipif(not PUBLIC, reason="shared/ is not here")
@pytest.mark.parametrize("scene", PUBLIC, ids=lambda path: path.stem)
def test_a_public_scene_run_back_from_its_script_gives_its_bytes(scene: Path, tmp_path: Path) -> None:
    few = tmp_path / scene.name  # a dozen bodies fall in the time of a test, five hundred do not
    few.write_text(scene.read_text(encoding="utf-8").replace("num_samples: 500", "num_samples: 12"), encoding="utf-8")
    views = [k for k in load(few) if k.startswith("render_product")]
    job: dict[str, Any] = {"changes": tuple((f"{view}.resolution", [96, 96]) for view in views), "seed": 3}
    exported(few, tmp_path / "scene.py", **job)
    outcome = run_script(tmp_path / "scene.py", Options(out=str(tmp_path / "out"), limit=2))
    found, wanted = files(tmp_path / "out"), rendered(few, 2, **job)

    assert outcome.error is None
    assert wanted and {p: found.get(p) == data for p, data in wanted.items()} == dict.fromkeys(wanted, True)
    pictures = [
        cv2.imdecode(np.frombuffer(d, np.uint8), 1) for p, d in wanted.items() if Path(p).name.startswith("rgb")
    ]
    assert all(picture.mean() > 1 for picture in pictures)  # the light of Kit's own stage, at least
    assert len(pictures) == 1 or any((picture != pictures[0]).any() for picture in pictures[1:])


def test_a_script_with_every_writer_of_ours_and_tiles_gives_the_scenes_bytes(tmp_path: Path) -> None:
    scene = tmp_path / "tiled.yaml"
    own = """
alone: {create.render_product: {camera: a, resolution: [32, 24]}}
save: {writers.get: {name: AnnotatorWriter, init_params: {output_dir: aovs,
  annotators: [DiffuseAlbedo, PtWorldPos]}, render_products: grid}}
sheet: {writers.get: {name: DefectWriter, init_params: {output_dir: sheet}, render_products: alone}}
"""
    scene.write_text(THINGS + GRID + own)
    exported(scene, tmp_path / "tiled.py")
    outcome = run_script(tmp_path / "tiled.py", Options(out=str(tmp_path / "out")))
    found, wanted = files(tmp_path / "out"), rendered(scene, 3)

    assert outcome.error is None, outcome.error
    assert len(wanted) == 3 * 5 and {p: found.get(p) == data for p, data in wanted.items()} == dict.fromkeys(
        wanted, True
    )
    assert set(WRITERS) <= set(WriterRegistry.get_writers())


@pytest.mark.parametrize("name", ["ball_screw", "stereo_pair", "time_trigger"])
def test_a_public_scenes_script_gives_the_scenes_bytes(name: str, tmp_path: Path, quick: None) -> None:
    scene = ROOT / "scenes" / f"{name}.yaml"
    exported(scene, tmp_path / "scene.py")
    outcome = run_script(tmp_path / "scene.py", Options(out=str(tmp_path / "out"), limit=1))
    found = files(tmp_path / "out")
    wanted = rendered(scene, 1)

    assert outcome.error is None
    assert wanted and all(found.get(p) == data for p, data in wanted.items())


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_every_call_of_a_script_is_documented_for_its_target(
    scene: Path, tmp_path: Path, monkeypatch: Any, quick: None
) -> None:
    monkeypatch.setattr(sys, "argv", ["scene.py"])
    with opened(Job(str(scene))) as (session, _):
        for target in TARGETS:
            known = api(target)
            export_script(session, tmp_path / "scene.py", title="scene", target=target, frames=None)
            with replicator_fake.installed(known):
                code = compile((tmp_path / "scene.py").read_text(), "scene.py", "exec")
                exec(code, {"__file__": str(tmp_path / "scene.py"), "__name__": "__main__"})

            names = {name for name, _ in known.calls}
            assert {"create.render_product", "Writer.attach", "set_global_seed"} <= names
            assert names & {"orchestrator.run", "orchestrator.run_until_complete"}


def test_what_is_near_stays_in_the_picture_of_a_script(tmp_path: Path) -> None:
    scene = tmp_path / "near.yaml"
    near = SMALL.replace(", clipping_range: [0.01, 100]", "").replace("position: [5, 0, 0]", "position: [0.8, 0, 0.6]")
    scene.write_text(near)

    exported(scene, tmp_path / "near.py")
    outcome = run_script(tmp_path / "near.py", Options(out=str(tmp_path / "out")))

    assert outcome.error is None and "clipping_range=(0.01, 10000.0)" in (tmp_path / "near.py").read_text()
    found = files(tmp_path / "out")
    assert {p: found.get(p) == data for p, data in rendered(scene, 3).items()} == dict.fromkeys(
        rendered(scene, 3), True
    )


@pytest.mark.parametrize(
    ("name", "argument"), [("render_quality", 'quality="balanced"'), ("defect_labels", 'below="invisible"')]
)
def test_what_is_set_for_rendersdg_alone_is_noted_and_kept(tmp_path: Path, name: str, argument: str) -> None:
    scene = tmp_path / "lit.yaml"
    scene.write_text(SMALL + f"own: {{settings.{name}: {{{argument.replace('=', ': ')}}}}}\n")

    told = dict(exported(scene, tmp_path / "lit.py"))
    outcome = run_script(tmp_path / "lit.py", Options(out=str(tmp_path / "out")))

    assert any(name in place and "of rendersdg alone" in text for place, text in told.items())
    assert f"if RENDERSDG:\n    rep.settings.{name}({argument})" in (tmp_path / "lit.py").read_text()
    assert outcome.error is None
    found, wanted = files(tmp_path / "out"), rendered(scene, 3)
    assert {p: found.get(p) == data for p, data in wanted.items()} == dict.fromkeys(wanted, True)


def test_an_unknown_target_says_which_there_are(small: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"--target 'isaac' is not one of isaac-4\.5, isaac-5"):
        exported(small, tmp_path / "a.py", "isaac")


def test_a_script_for_replicator_hides_parts_by_chance(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(SCENE % 1)
    EXPORTS["replicator-script"](session, tmp_path / "plate.py", title="plate", target="isaac-5", frames=range(3))

    assert (
        "rep.modify.visibility(value=rep.distribution.choice(choices=[True, False], weights=[0.75, 0.25]))"
        in (tmp_path / "plate.py").read_text()
    )
