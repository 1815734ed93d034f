"""The exits to Omniverse: written scripts bind to the documented API and give the scene's own bytes when run here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis.strategies import floats
from pxr import Usd, UsdGeom

from rendersdg.defects.layers import ADD, CHANNELS, GAIN
from rendersdg.errors import NotSupported
from rendersdg.farm.job import Job, opened
from rendersdg.omni import EXPORTS, TARGETS, baked_defects
from rendersdg.omni.baked_defects import over
from rendersdg.omni.baking import Baker
from rendersdg.omni.exports import export_script
from rendersdg.omni.live import Player
from rendersdg.omni.runner import Options, run_script
from rendersdg.omni.translation import translate
from rendersdg.replicator.writers import WriterRegistry
from tests.conftest import CAMERA, HEAD, ROOT, SCENES, needs_shared
from tests.omni import replicator_fake
from tests.orchestrator.test_tiles import GRID, THINGS
from writers import WRITERS
from writers.encoders import read_image

SMALL = (
    HEAD
    + CAMERA
    + """
sky: {create.light: {light_type: dome, intensity: 800, texture: "rendersdg:texture/sky"}}
hue: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}
floor: {create.plane: {scale: 4, semantics: [["class", "floor"]]}}
crate: {create.from_usd: {usd: "rendersdg:warehouse/crate", position: [0, 1, 0]}}
frames: {trigger.on_frame: {max_execs: 3}}
spill_def:
  randomizer.register:
    spill:
      inputs: {bed: null}
      parts:
        randomizer.instantiate: {size: 3, paths: ["rendersdg:fruit/apple", "rendersdg:fruit/pear"]}
      with.parts:
        modify.pose: {scale: 8}
        randomizer.scatter_2d: {surface_prims: [bed]}
play:
  with.frames:
    randomizer.spill: {bed: floor}
    with.floor:
      randomizer.color: {colors: hue}
    with.crate:
      modify.pose: {rotation: {distribution.uniform: {lower: [0, 0, 0], upper: [0, 0, 360]}}}
save:
  writers.get:
    name: BasicWriter
    init_params: {output_dir: basic, rgb: true, bounding_box_2d_tight: true, instance_segmentation: true, distance_to_camera: true}
    render_products: view
coco:
  writers.get: {name: CocoWriter, init_params: {output_dir: coco}, render_products: view}
yolo:
  writers.get: {name: YoloWriter, init_params: {output_dir: yolo, classes: [apple, pear, crate, floor]}, render_products: view}
"""
)


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and ".rendersdg" not in p.parts and p.name != "manifest.json"
    }


def rendered(scene: Path, frames: int, **job: Any) -> dict[str, bytes]:
    """The files of a scene's first frames, each writer's below the last part of its output_dir."""
    found: dict[str, bytes] = {}
    with opened(Job(str(scene), **job)) as (session, _):
        for frame in range(frames):
            found |= session.make(frame).files
        alone = session.writers[0].use.params.get("output_dir") if len(session.writers) == 1 else None
    return {f"{Path(alone).name}/{p}" if alone else p: data for p, data in found.items()}


def exported(scene: Path, file: Path, target: str = "isaac-5", **job: Any) -> tuple[tuple[str, str], ...]:
    with opened(Job(str(scene), **job)) as (session, _):
        return export_script(session, file, title=scene.stem, target=target, frames=None)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path / "small.yaml"


@pytest.fixture
def quick(monkeypatch: Any) -> None:
    """Few and small baked images, for tests that do not look at them."""
    for name, value in (("IMAGES", 1), ("MATERIALS", 1), ("_SIDE", 48)):
        monkeypatch.setattr(baked_defects, name, value)


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


def test_a_script_with_every_writer_of_ours_and_tiles_gives_the_scenes_bytes(tmp_path: Path) -> None:
    scene = tmp_path / "tiled.yaml"
    own = """
alone: {create.render_product: {camera: a, resolution: [32, 24]}}
save: {writers.get: {name: AnnotatorWriter, init_params: {output_dir: aovs, annotators: [DiffuseAlbedo, PtWorldPos]}, render_products: grid}}
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


def as_yaml(scene: Path, file: Path) -> tuple[tuple[str, str], ...]:
    with opened(Job(str(scene))) as (session, _):
        return tuple(EXPORTS["replicator-yaml"](session, file, title=scene.stem, target="isaac-5", frames=None))


@pytest.mark.parametrize("name", ["", "bolts_and_gears", "stereo_pair", "cans_on_shelf"])
def test_yaml_that_was_written_gives_the_scenes_bytes(name: str, small: Path, tmp_path: Path) -> None:
    scene = ROOT / "scenes" / f"{name}.yaml" if name else small
    as_yaml(scene, tmp_path / "again.yaml")
    found, wanted = rendered(tmp_path / "again.yaml", 1), rendered(scene, 1)

    assert wanted and [p for p in wanted if found.get(p) != wanted[p]] == []


@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_every_call_of_written_yaml_is_documented(scene: Path, tmp_path: Path, quick: None) -> None:
    known = api("isaac-5")
    as_yaml(scene, tmp_path / "again.yaml")
    calls = list(yaml_calls(yaml.safe_load((tmp_path / "again.yaml").read_text())))
    for name, arguments in calls:
        if not name.startswith(("with.", "randomizer.register")) and name not in own_functions(calls):
            known.bind(name, (), arguments or {})

    assert len(calls) > 5


def yaml_calls(node: Any) -> Iterator[tuple[str, Any]]:
    for key, value in node.items() if isinstance(node, dict) else ():
        if "." in str(key):
            yield key, value
        if key != "init_params":
            yield from yaml_calls(value)
    for value in node if isinstance(node, list) else ():
        yield from yaml_calls(value)


def own_functions(calls: list[tuple[str, Any]]) -> set[str]:
    return {f"randomizer.{label}" for name, body in calls if name == "randomizer.register" for label in body}


def test_yaml_has_images_where_the_scene_has_defects(tmp_path: Path, quick: None) -> None:
    told = dict(as_yaml(ROOT / "scenes" / "magnetic_tile.yaml", tmp_path / "again.yaml"))
    found = rendered(tmp_path / "again.yaml", 1)

    assert any(what.startswith("defects.crack") for what in told) and "this file" in told
    assert any(path.endswith(".png") and read_image(data).std() > 10 for path, data in found.items())


@given(gain=floats(0, 1), add=floats(0, 1), host=floats(0, 1), baked_for=floats(0.05, 1))
def test_a_baked_defect_darkens_any_host_as_its_layers_do(
    gain: float, add: float, host: float, baked_for: float
) -> None:
    stack = np.zeros((1, 1, CHANNELS), np.float32)
    stack[..., GAIN], stack[..., ADD : ADD + 3] = gain, add * (1 - gain)  # what covers lets less through
    colour, cover = over(stack, (baked_for,) * 3)

    assert np.allclose(host * (1 - cover[0, 0]) + colour[0, 0] * cover[0, 0], host * gain + add * (1 - gain), atol=2e-3)


def test_the_baked_half_of_a_script_labels_the_defects(tmp_path: Path) -> None:
    exported(ROOT / "scenes" / "magnetic_tile.yaml", tmp_path / "tile.py")
    whole = (tmp_path / "tile.py").read_text()
    (tmp_path / "tile.py").write_text(whole.replace('getattr(rep, "rendersdg", None)', "None"))  # as over there
    outcome = run_script(tmp_path / "tile.py", Options(limit=2, arguments=(str(tmp_path / "out"),)))
    coco = json.loads(next(d for p, d in files(tmp_path / "out").items() if p.endswith("instances.json")))
    names = {c["id"]: c["name"] for c in coco["categories"]}

    assert outcome.error is None and len(coco["images"]) == 2
    assert {names[a["category_id"]] for a in coco["annotations"]} & {"blowhole", "crack", "break", "fray", "uneven"}


def api(target: str) -> replicator_fake.Api:
    made = replicator_fake.Api(needs_shared("replicator", "api.yaml"), TARGETS[target])
    made.writers = {
        f"Rendersdg{n}"
        for n in ("CocoWriter", "YoloWriter", "KittiWriter", "VocWriter", "DefectWriter", "DataVisualizationWriter")
    }
    return made


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


@pytest.mark.parametrize("scene", SCENES, ids=lambda p: p.stem)
def test_every_call_of_a_replay_is_documented(scene: Path, tmp_path: Path, quick: None) -> None:
    known = api("isaac-5")
    with opened(Job(str(scene))) as (session, _):
        made = translate(session, Baker(session.recorder, tmp_path / "assets"), "isaac-5")
    with replicator_fake.installed(known):
        Player(known.namespace(), tmp_path).play(made, 3)

    assert ("set_global_seed", {}) in [(n, k) for n, k in known.calls if n == "set_global_seed"]
    assert {n for n, _ in known.calls} >= {"create.camera", "Writer.attach"} or "create.stereo_camera" in {
        n for n, _ in known.calls
    }


def test_the_stand_in_refuses_what_is_not_documented() -> None:
    rep = api("isaac-4.5").namespace()

    with pytest.raises(replicator_fake.Refused, match="no argument 'position'"):
        rep.create.from_usd(usd="a.usd", position=(0, 0, 0))
    with pytest.raises(replicator_fake.Refused, match=r"came with 1\.12\.4"):
        rep.create.render_product("cam", (1, 1), render_vars=["rgb"])
    with pytest.raises(AttributeError, match="not documented"):
        rep.defects.scratch()


def test_a_replay_with_our_writers_gives_our_formats(small: Path, tmp_path: Path) -> None:
    script = tmp_path / "live.py"
    script.write_text(
        "import omni.replicator.core as rep\nfrom rendersdg.omni import replay\n"
        f"replay({str(small)!r}, {str(tmp_path / 'live')!r})\nrep.orchestrator.run_until_complete()\n"
    )
    outcome = run_script(script, Options())
    found, wanted = files(tmp_path / "live"), rendered(small, 3)

    assert outcome.error is None
    same = [p for p in wanted if p.startswith(("yolo/", "coco/images", "basic/rgb"))]
    assert len(same) >= 9 and all(found.get(p) == wanted[p] for p in same)


def test_a_replay_outside_omniverse_says_so(small: Path, tmp_path: Path) -> None:
    from rendersdg.omni import replay

    with pytest.raises(NotSupported, match="inside Kit"):
        replay(small, tmp_path)


def test_usd_holds_the_frames_as_time_samples(small: Path, tmp_path: Path) -> None:
    with opened(Job(str(small))) as (session, _):
        EXPORTS["usd"](session, tmp_path / "small.usda", title="small", target="isaac-5", frames=None)
        worlds = [session.builder.state(session.planner.plan(f)).world("/Replicator/crate_Xform") for f in range(3)]
    stage = Usd.Stage.Open(str(tmp_path / "small.usda"))
    crate = UsdGeom.Xformable(stage.GetPrimAtPath("/Replicator/crate_Xform"))

    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 2)
    for code, world in enumerate(worlds):
        assert np.array_equal(np.array(crate.ComputeLocalToWorldTransform(code)).T, world)


def test_usd_played_here_gives_the_scenes_pictures(small: Path, tmp_path: Path) -> None:
    with opened(Job(str(small))) as (session, _):
        EXPORTS["usd"](session, tmp_path / "small.usda", title="small", target="isaac-5", frames=None)
    script = tmp_path / "play.py"
    script.write_text(
        "import omni.usd, omni.replicator.core as rep\n"
        f"omni.usd.get_context().open_stage({str(tmp_path / 'small.usda')!r})\n"
        "view = rep.create.render_product('/Replicator/Camera_Xform/Camera', (64, 48))\n"
        "writer = rep.WriterRegistry.get('BasicWriter')\nwriter.initialize(output_dir='basic', "
        "rgb=True)\nwriter.attach([view])\n"
        "for _ in range(3):\n    rep.orchestrator.step(delta_time=1 / 60)\n"
    )
    outcome = run_script(script, Options(out=str(tmp_path / "out")))
    found, wanted = files(tmp_path / "out"), rendered(small, 3)

    assert outcome.error is None
    assert [found[f"basic/rgb_{k:04d}.png"] == wanted[f"basic/rgb_{k:04d}.png"] for k in range(3)] == [True] * 3


def test_an_unknown_target_says_which_there_are(small: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"--target 'isaac' is not one of isaac-4\.5, isaac-5"):
        exported(small, tmp_path / "a.py", "isaac")
