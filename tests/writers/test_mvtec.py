"""MvtecWriter: good pictures, defects by label, and masks, as anomalib reads the layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.readers import READERS, read
from rendersdg.errors import BadArgument
from tests.conftest import Opener
from tests.writers.written import write
from writers import WRITERS
from writers.encoders import read_image

SPOT = """
steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 0.5}}
ball: {create.sphere: {position: [0, -0.6, 0], material: steel}}
room: {create.light: {light_type: dome, intensity: 400}}
eye: {create.camera: {position: [3.5, 0.4, 1.5], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
frames: {trigger.on_frame: {max_execs: 24}}
marks:
  with.frames:
    with.ball:
      defects.fray:
        {length: 500, breadth: 400, position: [0.5, -0.6, 0.1], cover: 1, irregular: 0,
         count: {distribution.choice: {choices: [0, 1]}}}
"""


def anomalib_rows(root: Path) -> list[dict[str, Any]]:
    """Return what anomalib makes of a category (``make_mvtec_ad_dataset``): pictures by split and label, and the masks
    of those in the test that are not good, both in order of name; a mask's name must hold its picture's.
    """
    parts = [p.relative_to(root).parts for p in sorted(root.glob("*/*/*")) if p.suffix in (".png", ".PNG")]
    rows = [{"split": s, "label": d, "image": f} for s, d, f in parts if s != "ground_truth"]
    masks = [(d, f) for s, d, f in parts if s == "ground_truth"]
    bad = [row for row in rows if row["split"] == "test" and row["label"] != "good"]
    assert len(bad) == len(masks)
    for row, (label, mask) in zip(bad, masks, strict=True):
        assert row["label"] == label and Path(row["image"]).stem in Path(mask).stem
        row["mask"] = root / "ground_truth" / label / mask
    assert {row["label"] for row in rows if row["split"] == "train"} <= {"good"}
    return rows


def test_pictures_are_good_or_have_the_mask_of_what_shows(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "MvtecWriter", 24, SPOT, category="ball", test_good=0.5)
    rows = {int(Path(row["image"]).stem): row for row in anomalib_rows(tmp_path / "ball")}

    assert sorted(rows) == list(range(24))
    assert {(row["split"], row["label"]) for row in rows.values()} == {
        ("train", "good"),
        ("test", "good"),
        ("test", "fray"),
    }
    for frame, row in rows.items():
        labels = next(iter(session.views(session.snapshot(frame), {}).values())).labels
        truth = np.zeros((72, 96), bool) if labels.defect is None else labels.defect >= 0
        mask = read_image(row["mask"].read_bytes()) if "mask" in row else np.zeros((72, 96), np.uint8)
        assert mask.dtype == np.uint8 and np.array_equal(mask == 255, truth) and set(np.unique(mask)) <= {0, 255}
        assert (row["label"] == "fray") == bool(truth.any())


def test_the_reader_finds_each_defect_and_the_good_pictures(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "MvtecWriter", 8, SPOT)
    samples = read(str(tmp_path))
    rows = anomalib_rows(tmp_path)

    assert READERS["mvtec"].fits(tmp_path) and samples.classes == ("fray",) and len(samples) == 8
    bad = {row["image"] for row in rows if row["label"] == "fray"}
    for sample in samples.images:
        assert bool(len(sample.labels)) == (sample.file.name in bad)
    assert len(read(f"{tmp_path}@train")) + len(read(f"{tmp_path}@test")) == 8


def test_defects_of_two_labels_are_combined(open_scene: Opener, tmp_path: Path) -> None:
    both = SPOT.replace("max_execs: 24", "max_execs: 1").replace("[0, 1]", "[1]") + (
        "more: {with.frames: {with.ball: {defects.stain: {length: 500, breadth: 400, position: [0.5, -0.5, 0.4]}}}}\n"
    )
    write(open_scene, tmp_path, "MvtecWriter", 1, both)

    assert (tmp_path / "test" / "combined" / "000.png").is_file()
    assert (tmp_path / "ground_truth" / "combined" / "000_mask.png").is_file()


def test_a_label_that_would_be_a_folder_of_another_meaning_is_refused(open_scene: Opener, tmp_path: Path) -> None:
    for label in ("good", "a/b"):
        scene = SPOT.replace("[0, 1]", "[1]").replace("cover: 1", f'cover: 1, semantics: [["class", "{label}"]]')
        with pytest.raises(BadArgument, match=label):
            write(open_scene, tmp_path, "MvtecWriter", 1, scene)


def test_shares_and_categories_that_cannot_be_are_told() -> None:
    with pytest.raises(BadArgument, match=r"test_good=2\.0 is not 0 to 1"):
        WRITERS["MvtecWriter"](test_good=2)
    with pytest.raises(BadArgument, match="category"):
        WRITERS["MvtecWriter"](category="../x")
