"""Judging heat on labelled images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from detectors.anomaly.evaluate import report_of
from detectors.anomaly.heat import Heat
from detectors.readers import read
from detectors.samples import Sample, Samples
from rendersdg.arrays import F4
from tests.detectors.anomaly.parts import write_mvtec


def heat_of(sample: Sample, is_right: bool = True) -> Heat:
    bad = len(sample.labels) > 0
    heat: F4 = sample.mask().astype(np.float32) if bad and is_right else np.zeros(sample.size_wh[::-1], np.float32)
    return Heat(heat, float(heat.max()), bool(heat.max() > 0.5))


def test_heat_that_is_the_mask_scores_one_and_finds_all(tmp_path: Path) -> None:
    samples = read(f"mvtec:{write_mvtec(tmp_path)}@test")

    report = report_of(samples, [heat_of(s) for s in samples.images])

    assert (report.scores.image_auroc, report.scores.pixel_auroc) == (1, 1)
    assert report.scores.au_pro > 0.999
    assert report.found == {"spot": (4, 4)}
    assert report.alarms == (0, 4)
    assert "spot           4 of 4 images called bad" in report.table()


def test_a_bad_image_with_a_box_alone_is_said_and_left_out_of_pixels(tmp_path: Path) -> None:
    samples = read(f"mvtec:{write_mvtec(tmp_path)}@test")
    bare = Samples(samples.classes, tuple(replace(s, segmentations=None) for s in samples.images))

    report = report_of(bare, [heat_of(s) for s in samples.images])

    assert report.unmasked == 4
    assert report.as_json()["pixel_auroc"] is None
    assert "4 bad images without a mask" in report.table()
    assert report.scores.image_auroc == 1


def test_a_set_without_good_images_says_what_it_lacks(tmp_path: Path) -> None:
    samples = read(f"mvtec:{write_mvtec(tmp_path)}@test")
    bad = samples.of(s for s in samples.images if len(s.labels))

    text = report_of(bad, [heat_of(s) for s in bad.images]).table()

    assert "image AUROC    -" in text
    assert "needs good ones" in text
