"""Splits and mixes from the command line: what is recorded, and how mistakes are named."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.samples import Sample, Samples, write_coco
from rendersdg.cli.sets import MixOptions, renames
from rendersdg.errors import BadArgument
from tests.cli.one_frame import refused
from tests.cli.shown import run


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A labelled set of two images, as a COCO list."""
    samples = []
    for k in range(2):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.full((20, 20, 3), 40 + 150 * k, np.uint8))
        samples.append(Sample(tmp_path / f"{k}.png", (20, 20), np.array([[2, 2, 9, 9.0]]), np.array([0])))
    write_coco(Samples(("box",), tuple(samples)), tmp_path / "all.json")
    return tmp_path / "all.json"


def test_a_split_counts_images_and_groups(labelled: Path, tmp_path: Path) -> None:
    lines = run("split", str(labelled), "-o", str(tmp_path / "lists"), "--shares", "a=0.5,b=0.5").splitlines()

    assert lines[:2] == ["a: 1 image in 1 group, box 1", "b: 1 image in 1 group, box 1"]
    assert lines[2].startswith("0 of 1 image of b have their like in a")


def test_a_mix_records_what_decides_it(labelled: Path, tmp_path: Path) -> None:
    shown = run("mix", "--real", str(labelled), "--real-per-class", "1", "-o", str(tmp_path / "mix"))

    record = json.loads((tmp_path / "mix" / "mix.json").read_text())["made"]
    assert shown.startswith("train: 100 % from 1 image of ")
    assert record == MixOptions(out=Path(), real=str(labelled), real_per_class=1).as_json()
    assert list(record)[:2] == ["real", "synthetic"] and not {"out", "clip"} & set(record)


def test_new_names_and_shares_have_a_form() -> None:
    assert renames(["a=b", "c=-"]) == {"a": "b", "c": "-"}
    with pytest.raises(BadArgument, match="write OLD=NEW"):
        renames(["a"])
    assert "give --real, --synthetic or both" in refused(BadArgument, "mix", "-o", "y")
