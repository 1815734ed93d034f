"""Replicator scripts, unchanged: both dialects, custom writers, augmentations, and what goes wrong."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from textwrap import dedent
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import BadScene, RenderSDGError
from rendersdg.omni.runner import Options, Outcome, run_script
from rendersdg.replicator import annotators, namespace
from tests.conftest import ROOT, SHARED

HELLO = """
    import omni.replicator.core as rep

    with rep.new_layer():
        camera = rep.create.camera(position=(0, 300, 600), look_at=(0, 0, 0))
        rp = rep.create.render_product(camera, (96, 64))
        rep.create.light(light_type="Distant", rotation=(-60, 0, 0), intensity=2000)
        torus = rep.create.torus(semantics=[("class", "torus")])
        cube = rep.create.cube(semantics=[("class", "cube")], position=(100, 0, 100))
        with rep.trigger.on_frame(num_frames=3):
            with rep.create.group([torus, cube]):
                rep.modify.pose(position=rep.distribution.uniform((-100, -50, -100), (100, 50, 100)))
        writer = rep.WriterRegistry.get("BasicWriter")
        writer.initialize(output_dir="_out", rgb=True, bounding_box_2d_tight=True)
        writer.attach([rp])
"""
STEPS = """
    from isaacsim import SimulationApp
    simulation_app = SimulationApp(launch_config={"headless": False})
    import os
    import carb.settings
    import omni.replicator.core as rep
    import omni.usd
    from isaacsim.core.utils.semantics import add_labels
    from pxr import UsdGeom

    omni.usd.get_context().new_stage()
    stage = omni.usd.get_context().get_stage()
    rep.orchestrator.set_capture_on_play(False)
    rep.functional.create.dome_light(intensity=500)
    cube = rep.functional.create.cube(position=(0, 0, 0), name="Cube", scale=0.5)
    add_labels(cube, labels=["box"], instance_name="class")
    camera = rep.functional.create.camera(position=(0, 0, 5), look_at=(0, 0, 0), look_at_up_axis=(0, 1, 0), name="Cam")
    rp = rep.create.render_product(camera, (64, 64), name="view")
    backend = rep.backends.get("DiskBackend")
    backend.initialize(output_dir=os.path.join(os.getcwd(), "_steps"))
    writer = rep.writers.get("BasicWriter")
    writer.initialize(backend=backend, rgb=True, bounding_box_2d_tight=True)
    writer.attach(rp)
    depth = rep.AnnotatorRegistry.get_annotator("distance_to_image_plane")
    depth.attach(rp)
    found = []
    for x in (-0.5, 0.0, 0.5):
        rep.functional.modify.pose(cube, position_value=(x, 0, 0))
        rep.orchestrator.step(delta_time=0.0)
        found.append(round(float(depth.get_data().min()), 4))
    print("depths", found)
    rep.orchestrator.wait_until_complete()
    simulation_app.close()
"""


def ran(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch | None = None, **options: Any) -> Outcome:
    script = folder / "script.py"
    script.write_text(dedent(text))
    if monkeypatch is not None:
        monkeypatch.chdir(folder)
    return run_script(script, Options(**options))


def files_of(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and ".rendersdg" not in p.parts
    }


def test_a_graph_that_nobody_starts_is_run_to_its_frame_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(tmp_path, HELLO, monkeypatch)

    assert outcome.error is None and outcome.frames == 3
    names = set(files_of(tmp_path / "_out"))
    assert names == {
        "metadata.txt",
        *(
            f"{kind}_{k:04d}.{end}"
            for k in range(3)
            for kind, end in (
                ("rgb", "png"),
                ("bounding_box_2d_tight", "npy"),
                ("bounding_box_2d_tight_labels", "json"),
                ("bounding_box_2d_tight_prim_paths", "json"),
            )
        ),
    }
    assert Dataset(Store(str(tmp_path / "_out"))).verify() == []
    labels = json.loads((tmp_path / "_out" / "bounding_box_2d_tight_labels_0000.json").read_text())
    assert sorted(v["class"] for v in labels.values()) == ["cube", "torus"]


def test_one_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        ran(tmp_path / name, HELLO, monkeypatch, seed=seed)
        found.append(files_of(tmp_path / name / "_out"))

    assert found[0] == found[1]
    assert found[0]["rgb_0001.png"] != found[2]["rgb_0001.png"]


def test_the_order_of_out_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(tmp_path, HELLO, monkeypatch, out=str(tmp_path / "all"))

    assert (tmp_path / "all" / "_out" / "rgb_0002.png").exists()
    assert Dataset(Store(str(tmp_path / "all"))).verify() == []


def test_steps_capture_the_stage_as_it_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = ran(tmp_path, STEPS, monkeypatch)

    assert outcome.error is None and outcome.frames == 3
    boxes = [np.load(tmp_path / "_steps" / f"bounding_box_2d_tight_{k:04d}.npy")[0] for k in range(3)]
    # 24 mm over 20.955 mm at 64 px: 73.3 px a unit of slope; the near face of the half-metre cube is 4.75 m away
    slope = 24 / 20.955 * 64
    for x, box in zip((-0.5, 0.0, 0.5), boxes):
        # the near face spans x - 0.25 .. x + 0.25 at 4.75 m; the far face, at 5.25 m, never reaches further out
        assert abs(box["x_min"] - (32 + slope * min((x - 0.25) / 4.75, (x - 0.25) / 5.25))) <= 1
        assert abs(box["x_max"] - (31 + slope * max((x + 0.25) / 4.75, (x + 0.25) / 5.25))) <= 1
    assert capsys.readouterr().out.split("depths ")[1].startswith("[4.75, 4.75, 4.75]")


def test_a_custom_writer_gets_the_documented_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import numpy as np
        import omni.replicator.core as rep
        from omni.replicator.core import AnnotatorRegistry, BackendDispatch, Writer

        class Mine(Writer):
            def __init__(self, output_dir, structure="legacy"):
                self._frame_id = 0
                self.data_structure = structure
                self.backend = BackendDispatch({"paths": {"out_dir": output_dir}})
                self.annotators = [
                    "rgb", AnnotatorRegistry.get_annotator("semantic_segmentation", init_params={"colorize": False}),
                ]

            def write(self, data):
                if self.data_structure == "legacy":
                    about = next(v for k, v in data.items() if k.startswith("rp"))
                    ids, labels = data["semantic_segmentation"]["data"], data["semantic_segmentation"]["info"]["idToLabels"]
                else:
                    about = data["renderProducts"]["view"]
                    ids, labels = about["semantic_segmentation"]["data"], about["semantic_segmentation"]["idToLabels"]
                text = f"{about['camera']} {list(about['resolution'])} {ids.shape} {len(labels)} {data['trigger_outputs']}"
                self.backend.write_blob(f"{self._frame_id}.txt", text.encode())
                self._frame_id += 1

            def on_final_frame(self):
                self.backend.write_blob("end.txt", b"end")

        rep.WriterRegistry.register(Mine)
        cube = rep.create.cube(semantics=[("class", "cube")])
        rep.create.light(light_type="dome")
        rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (32, 24), name="view")
        for name in ("legacy", "renderProduct"):
            writer = rep.WriterRegistry.get("Mine")
            writer.initialize(output_dir=name, structure=name)
            writer.attach(rp)
        with rep.trigger.on_frame(max_execs=2, name="beat"):
            with cube:
                rep.randomizer.rotation()
        rep.orchestrator.run_until_complete()
        """,
        monkeypatch,
    )

    assert outcome.error is None
    for name in ("legacy", "renderProduct"):
        assert set(files_of(tmp_path / name)) == {"0.txt", "1.txt", "end.txt"}
        text = (tmp_path / name / "1.txt").read_text()
        assert text == "/Replicator/Camera_Xform/Camera [32, 24] (24, 32) 3 {'beat': 2}"
        assert Dataset(Store(str(tmp_path / name))).verify() == []


def test_registered_randomizers_hang_on_their_trigger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import omni.replicator.core as rep

        def lights(num):
            made = rep.create.light(light_type="Sphere", position=rep.distribution.uniform((-1, 1, 1), (1, 2, 2)), count=num)
            return made.node

        def fruit(size):
            made = rep.randomizer.instantiate(rep.utils.get_usd_files("omniverse://localhost/NVIDIA/Assets/Fruit"), size=size)
            with made:
                rep.modify.pose(position=rep.distribution.uniform((-50, 0, -50), (50, 0, 50)))
                rep.modify.semantics([("class", "fruit")])
            return made.node

        rep.randomizer.register(lights)
        rep.randomizer.register(fruit)
        rp = rep.create.render_product(rep.create.camera(position=(0, 300, 10), look_at=(0, 0, 0)), (64, 64))
        with rep.trigger.on_frame(max_execs=2, interval=2):
            rep.randomizer.lights(2)
            rep.randomizer.fruit(size=3)
        writer = rep.WriterRegistry.get("BasicWriter")
        writer.initialize(output_dir="out", bounding_box_2d_loose=True)
        writer.attach(rp)
        """,
        monkeypatch,
    )

    assert outcome.error is None and outcome.frames == 3
    boxes = [np.load(tmp_path / "out" / f"bounding_box_2d_loose_{k:04d}.npy") for k in range(3)]
    assert [len(b) for b in boxes] == [3, 3, 3]
    assert (boxes[0] == boxes[1]).all() and (boxes[0] != boxes[2]).any()
    assert [e["kind"] for e in outcome.report] == ["substitution"]


def test_tasks_of_the_event_loop_and_events_are_driven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = ran(
        tmp_path,
        """
        import asyncio
        import omni.kit.app, omni.timeline, omni.usd
        import omni.replicator.core as rep
        from pxr import Semantics

        async def go():
            await omni.usd.get_context().new_stage_async()
            ball = rep.create.sphere()
            prim = ball.get_output_prims()["prims"][0]
            api = Semantics.SemanticsAPI.Apply(prim, "Semantics")
            api.CreateSemanticTypeAttr().Set("class")
            api.CreateSemanticDataAttr().Set("ball")
            rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=(0, 0, 0)), (48, 48))
            writer = rep.WriterRegistry.get("BasicWriter")
            writer.initialize(output_dir="out", bounding_box_2d_tight=True)
            writer.attach(rp)
            rep.orchestrator.set_capture_on_play(False)
            timeline = omni.timeline.get_timeline_interface()
            timeline.play()
            with rep.trigger.on_custom_event(event_name="shake"):
                with ball:
                    rep.modify.pose(position=rep.distribution.uniform((-50, -50, 0), (50, 50, 0)))
            for k in range(4):
                if k in (1, 3):
                    rep.utils.send_og_event(event_name="shake")
                await rep.orchestrator.step_async()
                await omni.kit.app.get_app().next_update_async()
            print("time", round(timeline.get_current_time() * 60))

        asyncio.ensure_future(go())
        """,
        monkeypatch,
    )

    assert outcome.error is None and outcome.frames == 4
    boxes = [np.load(tmp_path / "out" / f"bounding_box_2d_tight_{k:04d}.npy").tolist() for k in range(4)]
    assert boxes[1] == boxes[2]
    assert boxes[0] != boxes[1] != boxes[3]
    assert "time 4" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "bounding_box_2d_tight_labels_0000.json").read_text()) == {
        "0": {"class": "ball"}
    }


def test_scripts_have_the_defect_library_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import omni.replicator.core as rep
        panel = rep.create.plane(scale=4, semantics=[("class", "panel")])
        rep.inspection.diffuse_dome(intensity=500)
        cam = rep.create.camera(position=(0, 500, 1), look_at=(0, 0, 0))
        rp = rep.create.render_product(cam, (96, 96))
        with cam:
            rep.inspection.sensor(mono=True, gain=0.5)
        with rep.trigger.on_frame(max_execs=2):
            with panel:
                rep.surfaces.ground(tile=2000, level=rep.distribution.uniform(0.2, 0.3))
                rep.defects.scratch(count=2, length=900, width=60, gain=2.2, in_view=True, semantics=[("class", "scratch")])
        writer = rep.WriterRegistry.get("BasicWriter")
        writer.initialize(output_dir="out", rgb=True, bounding_box_2d_tight=True)
        writer.attach([rp])
        rep.orchestrator.run()
        """,
        monkeypatch,
    )

    assert outcome.error is None and outcome.frames == 2
    names = json.loads((tmp_path / "out" / "bounding_box_2d_tight_labels_0001.json").read_text())
    assert {"class": "scratch"} in names.values()


def test_a_task_that_fails_while_the_window_runs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import asyncio
        import omni.kit.app

        async def go():
            raise ValueError("no such thing")

        asyncio.ensure_future(go())
        for _ in range(3):
            omni.kit.app.get_app().update()
        """,
        monkeypatch,
    )

    assert outcome.error is not None and "no such thing" in str(outcome.error)


def test_augmentations_change_what_is_read_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import numpy as np
        import omni.replicator.core as rep

        def swapped(data, offset=0):
            data[..., :3] = data[..., [2, 1, 0]]
            return data

        cube = rep.create.cube()
        rep.create.light(light_type="dome", color=(1.0, 0.5, 0.1))
        rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (16, 16))
        rep.annotators.register_augmentation("swap", rep.annotators.Augmentation.from_function(swapped))
        plain = rep.annotators.get("rgb")
        plain.attach(rp)
        other = rep.annotators.augment("rgb", rep.annotators.get_augmentation("swap"), name="other")
        other.attach(rp)
        writer = rep.WriterRegistry.get("BasicWriter")
        writer.initialize(output_dir="out", rgb=True)
        writer.augment_annotator("rgb", rep.annotators.get_augmentation("swap"))
        writer.attach(rp)
        rep.orchestrator.step()
        a, b = plain.get_data(), other.get_data()
        assert (a[..., :3] == b[..., 2::-1]).all() and a[8, 8, 0] > a[8, 8, 2]
        np.save("plain.npy", a)
        """,
        monkeypatch,
    )

    assert outcome.error is None, outcome.error
    written = cv2.imread(str(tmp_path / "out" / "rgb_0000.png"))  # BGR: swapped twice
    assert (written == np.load(tmp_path / "plain.npy")[..., :3]).all()


OTHER_SHAPES = {"RgbaToRgb", "ColorizeNormals", "ColorizeDepth"}


@pytest.mark.parametrize("name", sorted({*annotators.NODES} - OTHER_SHAPES))
def test_every_built_in_augmentation_changes_an_image_and_keeps_its_shape(name: str, tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (24, 32, 4), np.uint8)
    parameters = {
        "Brightness": {"brightness_factor": 20.0},
        "Contrast": {"contrastFactor": 0.5},
        "Rotate": {"rotateDegrees": 30.0},
        **{n: {"folderpath": str(tmp_path)} for n in ("ImageBlend", "CutMix", "BackgroundRand")},
    }
    cv2.imwrite(str(tmp_path / "other.png"), np.full((5, 5, 3), 77, np.uint8))
    before = image.copy()

    out = annotators.NODES[name](image, **parameters.get(name, {}))

    assert out.shape == image.shape and out.dtype == np.uint8
    assert (image == before).all() and (out != image).any()


def test_augmentations_that_turn_data_into_pictures() -> None:
    normals = np.zeros((2, 2, 3), np.float32)
    normals[0, 0] = (0, 0, 1)
    depth = np.array([[0.01, 1.0], [100.0, np.inf]], np.float32)

    assert annotators.NODES["ColorizeNormals"](normals)[0, 0].tolist() == [128, 128, 255, 255]
    assert annotators.NODES["ColorizeDepth"](depth)[..., 0].tolist() == [[255, 127], [0, 0]]
    assert annotators.NODES["RgbaToRgb"](np.zeros((2, 3, 4), np.uint8)).shape == (2, 3, 3)


@pytest.mark.parametrize("below", [True, False])
def test_a_writer_that_was_detached_still_writes_its_files_over_all_frames(
    below: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = ran(
        tmp_path,
        """
import omni.replicator.core as rep
cube = rep.create.cube(semantics=[("class", "cube")])
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (48, 32))
for kind in ("CocoWriter", "BasicWriter"):
    writer = rep.WriterRegistry.get(kind)
    writer.initialize(output_dir=f"{kind}_out", rgb=True) if kind == "BasicWriter" else writer.initialize(output_dir=f"{kind}_out")
    writer.attach(rp)
    rep.orchestrator.step()
    rep.orchestrator.step()
    writer.detach()
unused = rep.WriterRegistry.get("CocoWriter")
unused.initialize(output_dir="unused")
unused.attach(rp)
unused.detach()
""",
        monkeypatch,
        out=str(tmp_path / "out") if below else None,
    )
    root = tmp_path / "out" if below else tmp_path

    assert outcome.error is None, outcome.error
    found = json.loads((root / "CocoWriter_out" / "annotations" / "instances.json").read_text())
    assert [len(found["images"]), len(found["annotations"])] == [2, 2]
    assert (root / "BasicWriter_out" / "metadata.txt").is_file() and not (root / "unused").exists()


@pytest.mark.parametrize("unpacks", [True, False])
def test_coloured_segmentations_come_as_the_script_unpacks_them(unpacks: bool, tmp_path: Path) -> None:
    form = (
        "np.frombuffer(found, dtype=np.uint8).reshape(*found.shape, -1)"
        if unpacks
        else "found.view(np.uint8).reshape(32, 48, -1)"
    )
    outcome = ran(
        tmp_path,
        f"""
import numpy as np
import omni.replicator.core as rep
cube = rep.create.cube(semantics=[("class", "cube")])
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (48, 32))
seg = rep.AnnotatorRegistry.get_annotator("semantic_segmentation", init_params={{"colorize": True}})
raw = rep.AnnotatorRegistry.get_annotator("semantic_segmentation")
seg.attach(rp); raw.attach(rp)
rep.orchestrator.step()
found = seg.get_data()["data"]
image = {form}
assert image.shape == (32, 48, 4) and image.dtype == np.uint8, image.shape
assert (found.shape, found.dtype) == (((32, 48), np.uint32) if {unpacks} else ((32, 48, 4), np.uint8))
names = seg.get_data()["info"]["idToLabels"]
assert names[str(tuple(int(v) for v in image[16, 24]))] == {{"class": "cube"}} and tuple(image[0, 0]) == (0, 0, 0, 0)
assert raw.get_data()["data"].dtype == np.uint32
""",
    )

    assert outcome.error is None, outcome.error


def test_what_a_script_may_do_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    cases = {
        "rep.create.cub()": (1, "rep.create.cub does not exist in Replicator; did you mean 'cube'?"),
        "rep.create.omni_lidar()": (5, "exists in Replicator and is not supported: lidar is not simulated"),
        "rep.create.cube(posision=(0, 0, 0))": (2, "has no argument 'posision'; did you mean 'position'?"),
        "rep.create.light(light_type='Distnt')": (2, "light_type='Distnt' is unknown"),
        "rep.WriterRegistry.get('BasicWrite')": (2, "unknown writer 'BasicWrite'"),
        "1 / 0": (1, "ZeroDivisionError"),
        "import omni.isaac.dynamic_control": (5, "omni.isaac.dynamic_control is not offered"),
        "raise SystemExit(3)": (3, "exit code 3"),
    }
    for line, (code, text) in cases.items():
        outcome = ran(tmp_path, f"import omni.replicator.core as rep\n{line}\n")

        assert outcome.exit_code == code, (line, outcome)
        assert outcome.error is not None and text in outcome.error and "script.py" in outcome.error, outcome.error
        if code != 3:
            assert "script.py:2" in outcome.error, outcome.error
    with pytest.raises(BadScene, match=r"script.py:2"):
        ran(tmp_path, "import omni\nx = = 3\n")


def test_frames_before_an_error_are_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = dedent(STEPS).replace(
        "    rep.orchestrator.step(delta_time=0.0)\n",
        "    rep.orchestrator.step(delta_time=0.0)\n    if x == 0.0:\n        raise RuntimeError('half way')\n",
    )

    outcome = ran(tmp_path, text, monkeypatch)

    assert outcome.exit_code == 1 and "RuntimeError: half way" in str(outcome.error)
    assert outcome.datasets == [(str(tmp_path / "_steps"), 2, 9)]
    assert Dataset(Store(str(tmp_path / "_steps"))).verify() == []


def test_a_loop_without_end_stops_at_the_frames_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = dedent(STEPS).replace("for x in (-0.5, 0.0, 0.5):", "while True:\n    x = 0.0")

    outcome = ran(tmp_path, text, monkeypatch, limit=4)

    assert outcome.error is None and outcome.frames == 4 and "stopped after 4 frames" in outcome.notes[0]


def test_another_dataset_is_not_overwritten_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(tmp_path, HELLO, monkeypatch)
    changed = HELLO.replace("num_frames=3", "num_frames=2")

    again = ran(tmp_path, HELLO, monkeypatch)
    other = ran(tmp_path, changed, monkeypatch)
    replaced = ran(tmp_path, changed, monkeypatch, overwrite=True)

    assert again.error is None
    assert other.exit_code == 4 and "--overwrite" in str(other.error)
    assert replaced.error is None and not (tmp_path / "_out" / "rgb_0002.png").exists()


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


REFERENCES = """
    from isaacsim import SimulationApp
    app = SimulationApp({})
    import omni.usd
    import omni.replicator.core as rep
    from pxr import Sdf, Usd, UsdGeom
    stage = omni.usd.get_context().get_stage()
    url = "omniverse://localhost/NVIDIA/Assets/Isaac/Isaac/Props/YCB/006_mustard_bottle.usd"
    for name, add in {
        "a": lambda p: p.GetReferences().AddReference(url),
        "b": lambda p: p.GetReferences().AddReference(assetPath=url, primPath="/World/Bottle"),
        "c": lambda p: p.GetPayloads().AddPayload(Sdf.Payload(url, "/World")),
        "d": lambda p: p.GetReferences().SetReferences([Sdf.Reference(url)]),
        "e": lambda p: p.GetReferences().AddReference("part.usda"),
        "f": lambda p: p.GetReferences().AddReference("part.usda", "/Other"),
    }.items():
        prim = stage.DefinePrim(f"/{name}", "Xform")
        add(prim)
        meshes = [p.GetName() for p in Usd.PrimRange(prim) if p.IsA(UsdGeom.Gprim)]
        assert (meshes == {"e": ["Kept"], "f": ["Sub"]}[name]) if name in "ef" else meshes, (name, meshes)
    other = Usd.Stage.CreateInMemory()
    other.DefinePrim("/x").GetReferences().AddReference("nowhere.usda")
    assert other.GetRootLayer().GetPrimAtPath("/x").referenceList.GetAddedOrExplicitItems()[0].assetPath == "nowhere.usda"
    """


def test_references_added_by_usd_find_their_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "part.usda").write_text(
        '#usda 1.0\n(defaultPrim = "A")\ndef Xform "A"\n{\ndef Cube "Kept"\n{\n}\n}\ndef Xform "Other"\n{\ndef '
        'Sphere "Sub"\n{\n}\n}\n'
    )

    outcome = ran(tmp_path, REFERENCES, monkeypatch)
    strict = ran(tmp_path, REFERENCES, monkeypatch, strict=True)

    assert outcome.error is None, outcome.error
    assert [e["kind"] for e in outcome.report if "mustard" in e["subject"]] == ["substitution"]
    assert strict.error is not None and "mustard" in strict.error


SIZES = """
    from isaacsim import SimulationApp
    app = SimulationApp({})
    import numpy as np
    import omni.usd
    import omni.replicator.core as rep
    from pxr import Usd, UsdGeom
    stage = omni.usd.get_context().get_stage()
    server = "omniverse://localhost"
    def size(path):
        return max(UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"]).ComputeWorldBound(stage.GetPrimAtPath(path)).ComputeAlignedRange().GetSize())
    def sizes(url):
        made = rep.create.from_usd(url)
        raw = stage.DefinePrim("/Raw_%d" % len(stage.GetPseudoRoot().GetChildren()))
        raw.GetReferences().AddReference(url)
        return size(made.get_output_prims()["prims"][0].GetPath()), size(raw.GetPath())
    metres = sizes(server + "/NVIDIA/Assets/Isaac/5.0/Isaac/Props/Pallet/pallet.usd")
    centimetres = sizes(server + "/NVIDIA/Assets/DigitalTwin/Assets/Warehouse/Shipping/Pallets/Wood/pallet.usd")
    assert 1 < metres[0] < 1.4 and np.allclose(metres, metres[0]), metres
    assert np.allclose(centimetres, 100 * metres[0]), (metres, centimetres)  # the script scales by 0.01
    rep.settings.set_stage_meters_per_unit(0.01)  # where the script scales Isaac Sim's by 100
    assert np.allclose(sizes(server + "/NVIDIA/Assets/Isaac/2022.1/Isaac/Props/Pallet/pallet.usd"), metres[0])
    assert np.allclose(sizes(server + "/NVIDIA/Assets/DigitalTwin/Assets/Warehouse/Shipping/Pallets/Wood/pallet_b.usd"), 100 * metres[0])
    assert np.allclose(sizes("own.usda"), 2)  # found: as it is
    listed = rep.utils.get_usd_files(server + "/NVIDIA/Assets/Isaac/2022.1/Isaac/Props/YCB/Axis_Aligned")
    assert len(listed) > 2 and all(sizes(url)[0] < 1 for url in listed)
    fruit = rep.utils.get_usd_files(server + "/NVIDIA/Assets/ArchVis/Residential/Food/Fruit")
    assert len(fruit) > 2 and all(2 < sizes(url)[0] < 30 for url in fruit)

    def upright(url):
        prim = stage.GetPrimAtPath(rep.create.from_usd(url).get_output_prims()["prims"][0].GetPath())
        size = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"]).ComputeWorldBound(prim).ComputeAlignedRange().GetSize()
        return "XYZ"[int(np.argmax(size))]
    for axis in "YZ":
        rep.settings.set_stage_up_axis(axis)
        assert upright(server + "/NVIDIA/Assets/ArchVis/Residential/Kitchen/Bottle.usd") == axis
        assert upright(server + "/NVIDIA/Assets/Isaac/2022.1/Isaac/Props/YCB/006_mustard_bottle.usd") == "Z"  # as it is modelled
    assert 100 < sizes("rendersdg:warehouse/pallet")[0] < 140
    """


def test_assets_are_as_large_as_scripts_expect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.usda").write_text(
        '#usda 1.0\n(\ndefaultPrim = "A"\nmetersPerUnit = 1\nupAxis = "Z"\n)\ndef Cube "A"\n{\n}\n'
    )

    outcome = ran(tmp_path, SIZES, monkeypatch)

    assert outcome.error is None, outcome.error
    assert [e["kind"] for e in outcome.report if e["subject"] == "own.usda"] == ["note"]


def test_strict_refuses_stand_ins(tmp_path: Path) -> None:
    text = "import omni.replicator.core as rep\nrep.create.from_usd('omniverse://localhost/NVIDIA/Assets/x.usd')\n"

    assert ran(tmp_path, text).error is None
    assert ran(tmp_path, text, strict=True).exit_code == 3


def test_the_host_leaves_nothing_behind(tmp_path: Path) -> None:
    before = {n for n in sys.modules if n.split(".")[0] in ("omni", "carb", "isaacsim", "semantics", "usdrt")}
    ran(tmp_path, "import omni.replicator.core, carb, isaacsim\nfrom pxr import Semantics\n")

    assert {n for n in sys.modules if n.split(".")[0] in ("omni", "carb", "isaacsim", "semantics", "usdrt")} == before
    import pxr

    assert not hasattr(pxr, "Semantics")


def test_a_notebook_runs_like_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# x"]},
        {"cell_type": "code", "source": ["%pip list\n", *dedent(HELLO).splitlines(True)]},
    ]
    notebook = tmp_path / "a.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    monkeypatch.chdir(tmp_path)

    assert run_script(notebook, Options()).frames == 3


def test_the_command_runs_a_script_with_its_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "a.py"
    script.write_text(dedent(HELLO).replace("num_frames=3", "num_frames=int(__import__('sys').argv[2])"))
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["run", str(script), "--", "--num_frames", "2"])
    bad = CliRunner().invoke(app, ["run", str(tmp_path / "none.py")])

    assert result.exit_code == 0, result.output
    assert (tmp_path / "_out" / "rgb_0001.png").exists() and not (tmp_path / "_out" / "rgb_0002.png").exists()
    assert isinstance(bad.exception, RenderSDGError)


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


@pytest.mark.skipif(not SHARED.is_dir(), reason="the inventory is not beside the repository")
def test_every_annotator_and_augmentation_of_the_inventory_is_in_the_report() -> None:
    import yaml

    inventory = yaml.safe_load((SHARED / "replicator" / "api.yaml").read_text())
    groups = {**inventory["annotators_registered"], **inventory["augmentations_registered"]}
    names = [n for group, listed in groups.items() if group != "notes" for n in listed]
    told = CliRunner().invoke(app, ["compat"]).output

    assert len(names) > 90 and [n for n in names if f"`{n}`" not in told] == []


def test_the_compatibility_table_is_the_one_in_the_docs() -> None:
    result = CliRunner().invoke(app, ["compat"])

    assert result.exit_code == 0
    assert result.output == (ROOT / "docs" / "replicator-compat.md").read_text()


@pytest.mark.parametrize(
    "text",
    [
        HELLO,
        HELLO + "        rep.orchestrator.run_until_complete()\n",
        HELLO.replace(
            "look_at=(0, 0, 0))", "look_at=(0, 0, 0), f_stop=2.0)"
        ),  # something to report, from the workers too
    ],
)
def test_workers_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    found = []
    for name, workers in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        outcome = ran(tmp_path / name, text, monkeypatch, workers=workers)
        assert outcome.error is None and outcome.frames == 3
        folder = tmp_path / name / "_out"
        found.append(
            {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
        )

    assert found[0] == found[1]


def test_workers_refuse_a_script_that_records_something_else_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HELLO.replace("position=(100, 0, 100)", "position=(__import__('os').getpid(), 0, 0)")

    outcome = ran(tmp_path, text, monkeypatch, workers=2)

    assert outcome.exit_code == 2 and "does not record the same scene twice" in str(outcome.error)


def test_workers_leave_scripts_that_look_at_pixels_to_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HELLO.replace("writer.attach([rp])", "writer.attach([rp])\n        rep.annotators.get('rgb').attach(rp)")

    outcome = ran(tmp_path, text, monkeypatch, workers=2)

    assert outcome.error is None and outcome.frames == 3
    assert any("reads annotators" in e["text"] for e in outcome.report)


def test_files_that_a_script_writes_by_itself_are_there_at_once_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = ran(
        tmp_path,
        """
        import os
        import numpy as np
        import omni.replicator.core as rep
        from isaacsim.test.utils.file_validation import validate_folder_contents

        folder = os.path.join(os.getcwd(), "mine")
        rep.functional.write_image(path=os.path.join(folder, "a.png"), data=np.zeros((4, 4, 4), np.uint8))
        rep.functional.write_json(path=os.path.join(folder, "a.json"), data={"x": np.float32(1)})
        assert validate_folder_contents(folder, {"png": 1, "json": 1})
        """,
        monkeypatch,
    )

    assert outcome.error is None
    assert outcome.datasets == [(str(tmp_path / "mine"), 0, 2)]
    assert Dataset(Store(str(tmp_path / "mine"))).verify() == []


def test_a_window_loop_ends_when_nothing_is_left_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "from isaacsim import SimulationApp\napp = SimulationApp()\n"
        + dedent(HELLO)
        + "\nwhile app.is_running():\n    app.update()\n"
    )

    outcome = ran(tmp_path, text, monkeypatch)

    assert outcome.error is None and outcome.frames == 3


def test_a_writer_that_raises_stops_the_run_and_names_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import omni.replicator.core as rep

        class Bad(rep.Writer):
            def __init__(self):
                self.annotators = ["rgb"]
                self.count = 0

            def write(self, data):
                self.count += 1
                if self.count == 2:
                    raise ValueError("no more")

        rep.WriterRegistry.register(Bad)
        cube = rep.create.cube()
        rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (16, 16))
        good = rep.WriterRegistry.get("BasicWriter")
        good.initialize(output_dir="good", rgb=True)
        good.attach(rp)
        bad = rep.WriterRegistry.get("Bad")
        bad.initialize()
        bad.attach(rp)
        with rep.trigger.on_frame(max_execs=3):
            with cube:
                rep.randomizer.rotation()
        """,
        monkeypatch,
    )

    assert outcome.exit_code == 1 and outcome.error == "script.py:12: ValueError: no more"
    assert set(files_of(tmp_path / "good")) == {"rgb_0000.png", "metadata.txt"}
    assert Dataset(Store(str(tmp_path / "good"))).verify() == []


def test_batches_of_tensors_reach_the_listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    outcome = ran(
        tmp_path,
        """
        import omni.replicator.core as rep
        from omni.replicator.core import PytorchListener

        cube = rep.create.cube()
        rep.create.light(light_type="dome")
        camera = rep.create.camera(position=(0, 0, 500), look_at=cube)
        rps = [rep.create.render_product(camera, (16, 12), name=n) for n in "ab"]
        listener = PytorchListener()
        writer = rep.WriterRegistry.get("PytorchWriter")
        writer.initialize(listener=listener, output_dir="out")
        writer.attach(rps)
        rep.orchestrator.step()
        assert tuple(listener.get_rgb_data().shape) == (2, 3, 12, 16) and float(listener.get_rgb_data().max()) > 0.2
        """,
        monkeypatch,
    )

    assert outcome.error is None, outcome.error
    assert set(files_of(tmp_path / "out")) == {"rgb_0_a.png", "rgb_0_b.png"}


@pytest.mark.parametrize("options", [[], ["-o", "all"]])
@pytest.mark.parametrize("text", ["HELLO", "STEPS"])
def test_a_frame_of_a_script_is_replayed_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, options: list[str]
) -> None:
    (tmp_path / "script.py").write_text(dedent(globals()[text]))
    monkeypatch.chdir(tmp_path)
    folder = "all" if options else {"HELLO": "_out", "STEPS": "_steps"}[text]
    assert CliRunner().invoke(app, ["run", "script.py", *options]).exit_code == 0
    before = files_of(tmp_path)

    same = CliRunner().invoke(app, ["replay", folder, "--frame", "2"])
    altered = next((tmp_path / folder).rglob("rgb_0001.png"))
    record = tmp_path / folder / ".rendersdg" / "frames" / "00000001.record"
    record.write_text(record.read_text().replace(sha256(altered.read_bytes()).hexdigest(), "0" * 64))
    other = CliRunner().invoke(app, ["replay", folder, "--frame", "1"])
    merged = CliRunner().invoke(app, ["merge", folder, "-o", "more"])

    assert same.exit_code == 0 and "frame 2 is the same" in same.output, same
    assert files_of(tmp_path) == before
    assert "came out different" in str(other.exception) and "rgb_0001.png" in str(other.exception)
    assert "merge is for shards of scenes" in str(merged.exception)


def test_the_semantic_filter_over_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
        import omni.replicator.core as rep
        from omni.syntheticdata import SyntheticData

        rep.create.cube(semantics=[("class", "cube")])
        rep.create.sphere(position=(150, 0, 0), semantics=[("kind", "ball")])
        rp = rep.create.render_product(rep.create.camera(position=(0, 0, 900), look_at=(0, 0, 0)), (64, 64))
        boxes = rep.annotators.get("bounding_box_2d_tight")
        boxes.attach(rp)
        found = []
        for predicate in ("class:*", "kind:*", "*:*"):
            SyntheticData.Get().set_instance_mapping_semantic_filter(predicate)
            rep.orchestrator.step()
            found.append([list(v) for v in boxes.get_data()["info"]["idToLabels"].values()])
        assert found == [[["class"]], [["kind"]], [["class"], ["kind"]]], found
        """,
        monkeypatch,
    )

    assert outcome.error is None, outcome.error


def test_warp_kernels_run_as_augmentations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("warp")
    outcome = ran(
        tmp_path,
        """
        import numpy as np
        import omni.replicator.core as rep
        import warp as wp

        @wp.kernel
        def halved(data_in: wp.array(dtype=wp.uint8, ndim=3), data_out: wp.array(dtype=wp.uint8, ndim=3), share: float):
            i, j = wp.tid()
            for c in range(4):
                data_out[i, j, c] = wp.uint8(float(data_in[i, j, c]) * share)

        cube = rep.create.cube()
        rep.create.light(light_type="dome")
        rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (16, 12))
        plain, half = rep.annotators.get("rgb"), rep.annotators.augment("rgb", halved, share=0.5)
        for annotator in (plain, half):
            annotator.attach(rp)
        rep.orchestrator.step()
        assert (half.get_data() == plain.get_data() // 2).all() and half.get_data().max() == 127
        """,
        monkeypatch,
    )

    assert outcome.error is None, outcome.error


def test_an_edit_of_values_gives_the_same_frames_as_reading_the_stage_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rendersdg.replicator import watch

    text = """
        import omni.replicator.core as rep
        import omni.usd
        from pxr import UsdGeom

        light = rep.functional.create.dome_light(intensity=500)
        red = rep.functional.create.material(mdl="OmniPBR.mdl", name="Red", diffuse_color_constant=(1, 0, 0))
        parent = rep.functional.create.xform(name="Group")
        cube = rep.functional.create.cube(name="Cube", parent=parent, semantics={"class": "cube"}, material=red)
        ball = rep.functional.create.sphere(name="Ball", position=(150, 0, 0), semantics={"class": "ball"})
        camera = rep.functional.create.camera(position=(0, 0, 900), look_at=(0, 0, 0), look_at_up_axis=(0, 1, 0))
        rp = rep.create.render_product(camera, (64, 48))
        writer = rep.writers.get("BasicWriter")
        writer.initialize(output_dir="out", rgb=True, semantic_segmentation=True, bounding_box_2d_tight=True, motion_vectors=True)
        writer.attach(rp)
        step = rep.orchestrator.step
        step()
        rep.functional.modify.pose(parent, position_value=(-100, 0, 0)); step()
        rep.functional.modify.visibility(ball, False); step()
        rep.functional.modify.visibility(ball, True); step()
        rep.functional.modify.semantics(cube, {"class": "other"}, mode="replace"); step()
        red.GetChild("Shader").GetAttribute("inputs:diffuse_color_constant").Set((0, 1, 0)); step()
        light.GetAttribute("inputs:intensity").Set(200.0); step()
        camera.GetAttribute("focalLength").Set(35.0); step()
        UsdGeom.Gprim(ball).CreateDisplayColorAttr([(0, 0, 1)]); step()
        rep.functional.create.cone(name="Cone", position=(0, 150, 0)); step()
        """
    for name, values in (("quick", watch.VALUES), ("slow", ("nothing",))):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(watch, "VALUES", values)
        assert ran(tmp_path / name, text, monkeypatch).error is None
    quick, slow = files_of(tmp_path / "quick" / "out"), files_of(tmp_path / "slow" / "out")

    assert quick == slow and len({v for k, v in quick.items() if k.startswith("rgb")}) >= 8
