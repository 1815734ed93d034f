"""Clips with a video of every modality."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.conftest import Opener
from tests.writers.written import write
from writers.encoders import read_image


def test_clips_have_a_video_of_every_modality(open_scene: Opener, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(open_scene, tmp_path / name, "CosmosWriter", 3, segmentation_mapping={"box": [255, 0, 0, 255]})

    for modality in ("rgb", "depth", "segmentation", "shaded_seg", "edges"):
        video = cv2.VideoCapture(str(tmp_path / "a" / "clip_0000" / f"{modality}.mp4"))
        assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 3 and video.get(cv2.CAP_PROP_FPS) == 30
        good, shown = video.read()
        still = cv2.imread(str(tmp_path / "a" / "clip_0000" / modality / f"{modality}_0000.png"))
        assert good and np.abs(shown.astype(int) - still).mean() < 6
        assert (tmp_path / "a" / "clip_0000" / f"{modality}.mp4").read_bytes() == (
            tmp_path / "b" / "clip_0000" / f"{modality}.mp4"
        ).read_bytes()
    colours = read_image((tmp_path / "a" / "clip_0000" / "segmentation" / "segmentation_0000.png").read_bytes())
    assert (colours.reshape(-1, 3) == (255, 0, 0)).all(1).any()
