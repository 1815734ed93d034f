"""Scripts of both dialects: what they capture, where it lies, and that it comes back to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from pxr import Gf, UsdGeom

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.replicator.engine import VIEWPORT, Engine
from tests.running import files_of, ran, run_named, text_of


def test_a_graph_that_nobody_starts_is_run_to_its_frame_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("hello", tmp_path, monkeypatch)

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
        run_named("hello", tmp_path / name, monkeypatch, seed=seed)
        found.append(files_of(tmp_path / name / "_out"))

    assert found[0] == found[1]
    assert found[0]["rgb_0001.png"] != found[2]["rgb_0001.png"]


def test_the_order_of_out_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_named("hello", tmp_path, monkeypatch, out=str(tmp_path / "all"))

    assert (tmp_path / "all" / "_out" / "rgb_0002.png").exists()
    assert Dataset(Store(str(tmp_path / "all"))).verify() == []


def test_steps_capture_the_stage_as_it_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run_named("steps", tmp_path, monkeypatch)

    assert outcome.error is None and outcome.frames == 3
    boxes = [np.load(tmp_path / "_steps" / f"bounding_box_2d_tight_{k:04d}.npy")[0] for k in range(3)]
    # 24 mm over 20.955 mm at 64 px: 73.3 px a unit of slope; the near face of the half-metre cube is 4.75 m away
    slope = 24 / 20.955 * 64
    for x, box in zip((-0.5, 0.0, 0.5), boxes):
        # the near face spans x - 0.25 .. x + 0.25 at 4.75 m; the far face, at 5.25 m, never reaches further out
        assert abs(box["x_min"] - (32 + slope * min((x - 0.25) / 4.75, (x - 0.25) / 5.25))) <= 1
        assert abs(box["x_max"] - (31 + slope * max((x + 0.25) / 4.75, (x + 0.25) / 5.25))) <= 1
    assert capsys.readouterr().out.split("depths ")[1].startswith("[4.75, 4.75, 4.75]")


def test_frames_before_an_error_are_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of("steps").replace(
        "    rep.orchestrator.step(delta_time=0.0)\n",
        "    rep.orchestrator.step(delta_time=0.0)\n    if x == 0.0:\n        raise RuntimeError('half way')\n",
    )

    outcome = ran(tmp_path, text, monkeypatch)

    assert outcome.exit_code == 1 and "RuntimeError: half way" in str(outcome.error)
    assert outcome.datasets == [(str(tmp_path / "_steps"), 2, 9)]
    assert Dataset(Store(str(tmp_path / "_steps"))).verify() == []


def test_another_dataset_is_not_overwritten_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_named("hello", tmp_path, monkeypatch)
    changed = text_of("hello").replace("num_frames=3", "num_frames=2")

    again = run_named("hello", tmp_path, monkeypatch)
    other = ran(tmp_path, changed, monkeypatch)
    replaced = ran(tmp_path, changed, monkeypatch, overwrite=True)

    assert again.error is None
    assert other.exit_code == 4 and "--overwrite" in str(other.error)
    assert replaced.error is None and not (tmp_path / "_out" / "rgb_0002.png").exists()


def test_an_edit_of_values_gives_the_same_frames_as_reading_the_stage_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rendersdg.replicator import watch

    for name, values in (("quick", watch.VALUES), ("slow", ("nothing",))):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(watch, "VALUES", values)
        assert run_named("edited_values", tmp_path / name, monkeypatch, stage="kit").error is None
    quick, slow = files_of(tmp_path / "quick" / "out"), files_of(tmp_path / "slow" / "out")

    assert quick == slow and len({v for k, v in quick.items() if k.startswith("rgb")}) >= 8


def test_a_render_product_whose_camera_was_removed_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run_named("removed_camera", tmp_path, monkeypatch)
    assert outcome.error is None, outcome.error
    made = {
        p.name: len(list(p.rglob("*.png"))) for p in (tmp_path / "out").iterdir() if p.is_dir() and p.name[0] != "."
    }
    assert made == {"left": 2, "right": 3}
    assert any("was removed" in e["text"] for e in outcome.report)


def test_the_windows_camera_sees_sixty_degrees_as_kits_does(engine: Engine) -> None:
    camera = UsdGeom.Camera(engine.recorder.stage.GetPrimAtPath(VIEWPORT)).GetCamera()

    assert camera.GetFieldOfView(Gf.Camera.FOVHorizontal) == pytest.approx(60.0, abs=1e-3)


@pytest.mark.parametrize(("up", "unit", "at"), [("Y", 0.01, 500), ("Z", 1.0, 5)])
def test_the_windows_camera_stands_five_metres_off_along_each_axis_and_sees_the_origin(
    engine: Engine, up: Literal["Y", "Z"], unit: float, at: float
) -> None:
    stage = engine.begin(up, unit)
    world = UsdGeom.Xformable(stage.GetPrimAtPath(VIEWPORT)).ComputeLocalToWorldTransform(0)
    ahead = world.TransformDir(Gf.Vec3d(0, 0, -1))
    right = world.TransformDir(Gf.Vec3d(1, 0, 0))

    assert tuple(world.ExtractTranslation()) == pytest.approx((at, at, at))
    assert tuple(ahead) == pytest.approx((-(3**-0.5),) * 3)
    assert right["XYZ".index(up)] == pytest.approx(0, abs=1e-9)  # level
