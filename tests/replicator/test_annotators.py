"""Annotators of scripts: what they return, and augmentations that change it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS, REFUSED
from rendersdg.replicator import annotators
from tests.running import passes, ran, run_named, text_of


def test_augmentations_change_what_is_read_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("augmentations", tmp_path, monkeypatch)

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


@pytest.mark.parametrize("name", ["colours_packed", "colours_viewed"])
def test_coloured_segmentations_come_as_the_script_unpacks_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes(name, tmp_path, monkeypatch)


def test_the_semantic_filter_over_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("semantic_filter", tmp_path, monkeypatch)

    assert outcome.error is None, outcome.error


@pytest.mark.extra
def test_warp_kernels_run_as_augmentations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("warp")
    outcome = run_named("warp_kernels", tmp_path, monkeypatch)

    assert outcome.error is None, outcome.error


def test_scripts_read_aovs_and_name_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("aovs", tmp_path, monkeypatch)
    text = text_of("aovs") + 'rep.annotators.get("PtMultiMatte0")\n'
    refused = ran(tmp_path, text, monkeypatch)

    assert outcome.error is None, outcome.error
    assert refused.error is not None
    assert f"script.py:{text.count(chr(10))}: the annotator PtMultiMatte0 exists in Replicator" in refused.error
    assert not set(REFUSED) & set(ANNOTATORS)
