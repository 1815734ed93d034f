"""ParquetWriter: what pyarrow and Hugging Face's datasets read of it is the truth of the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from rendersdg import rle
from rendersdg.errors import BadArgument
from tests.conftest import Opener
from tests.writers.written import NAMED, check_points, objects, write
from writers import WRITERS
from writers.encoders import read_image

pytestmark = pytest.mark.extra
parquet = pytest.importorskip("pyarrow.parquet")
CLASSES = ["ball", "hidden", "box", "ring"]
MORE: dict[str, Any] = {"frames_per_shard": 2, "depth": True, "instances": True}


def test_rows_of_all_files_are_the_truth(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "ParquetWriter", 3, **MORE)
    tables = [parquet.read_table(tmp_path / "data" / f"train-00000{k}.parquet") for k in range(2)]

    assert [len(t) for t in tables] == [2, 1]
    check([row for t in tables for row in t.to_pylist()], session)


def test_the_same_frames_give_the_same_bytes_and_nothing_is_compressed(open_scene: Opener, tmp_path: Path) -> None:
    for name in "ab":
        write(open_scene, tmp_path / name, "ParquetWriter", 2)
    files = [(tmp_path / name / "data" / "train-000000.parquet") for name in "ab"]

    assert files[0].read_bytes() == files[1].read_bytes()
    group = parquet.ParquetFile(files[0]).metadata.row_group(0)
    assert {group.column(k).compression for k in range(group.num_columns)} == {"UNCOMPRESSED"}


def test_datasets_reads_the_truth_and_agrees_with_the_card(
    open_scene: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    session = write(open_scene, tmp_path / "set", "ParquetWriter", 3, classes=CLASSES, license="cc0-1.0", **MORE)
    card = yaml.safe_load((tmp_path / "set" / "README.md").read_text().split("---\n")[1])
    info = datasets.DatasetInfo._from_yaml_dict(card["dataset_info"])

    loaded = datasets.load_dataset(str(tmp_path / "set"), split="train", cache_dir=str(tmp_path / "cache"))

    assert loaded.features == info.features and info.splits["train"].num_examples == len(loaded) == 3
    assert loaded.features["objects"].feature["category"].names == CLASSES
    assert card["dataset_info"]["download_size"] == sum(f.stat().st_size for f in tmp_path.glob("set/data/*"))
    for row, plain in zip(loaded, loaded.with_format("arrow"), strict=True):
        [raw] = plain.to_pylist()
        assert np.array_equal(np.asarray(row["image"]), read_image(raw["image"]["bytes"]))
    rows = [r for t in loaded.with_format("arrow") for r in t.to_pylist()]
    for row in rows:
        for o in row["objects"]:
            o["category"] = CLASSES[o["category"]]
    check(rows, session)


def test_datasets_reads_named_points_as_the_engine_has_them(
    open_scene: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    names = ["lid", "corner", "handle"]
    session = write(open_scene, tmp_path / "set", "ParquetWriter", 4, NAMED, frames_per_shard=3, keypoints=names)
    _, head, text = (tmp_path / "set" / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(head)

    loaded = datasets.load_dataset(str(tmp_path / "set"), split="train", cache_dir=str(tmp_path / "cache"))

    assert loaded.features == datasets.DatasetInfo._from_yaml_dict(card["dataset_info"]).features and len(loaded) == 4
    seen = set()
    for row in loaded:
        seen |= check_points(row["objects"], session, row["frame"], names)
    assert seen == {0, 1, 2}
    assert card["categories"] == [{"name": "box", "keypoints": names, "skeleton": [[1, 2]]}]
    assert "keypoint-detection" in card["task_categories"] and "each of `lid`, `corner`, `handle`" in text
    schema = parquet.read_schema(tmp_path / "set" / "data" / "train-000000.parquet")
    assert json.loads(schema.metadata[b"keypoints"]) == names


def test_points_that_no_list_names_are_left_out_and_told(open_scene: Opener, tmp_path: Path) -> None:
    told = {}
    asked: dict[str, Any]
    for name, asked in (("unsaid", {}), ("unwanted", {"keypoints": []})):
        session = write(open_scene, tmp_path / name, "ParquetWriter", 1, NAMED, **asked)
        told[name] = [text for (_, subject), text in session.recorder.report.entries.items() if "keypoints" in subject]
    files = [tmp_path / name / "data" / "train-000000.parquet" for name in told]

    assert told["unwanted"] == [] and len(told["unsaid"]) == 1
    assert "keypoints: [lid, base, corner] writes them" in told["unsaid"][0]
    assert files[0].read_bytes() == files[1].read_bytes() and b"keypoints" not in files[0].read_bytes()


def check(rows: list[dict[str, Any]], session: Any) -> None:
    for frame, row in enumerate(rows):
        ids, found = objects(session, frame)
        seen = {o["labels"]["class"]: o for o in found if o["tight"]}
        view = next(iter(session.views(session.snapshot(frame), {}).values()))
        assert (row["frame"], row["width"], row["height"]) == (frame, 160, 120)
        assert np.array_equal(read_image(row["image"]["bytes"]), view.buffers.rgb[..., :3])
        assert np.array_equal(read_image(row["instances"]["bytes"]), ids)
        depth = read_image(row["depth"]["bytes"])
        assert np.array_equal(depth > 0, np.isfinite(view.labels.depth))
        assert {o["category"] for o in row["objects"]} == set(seen)
        for o in row["objects"]:
            truth = seen[o["category"]]
            x0, y0, x1, y1 = truth["tight"]
            runs = rle.decompress(json.loads(o["segmentation"])["counts"])
            assert np.array_equal(rle.mask_from_runs(runs, (120, 160)), np.isin(ids, truth["ids"]))
            assert o["bbox"] == [x0, y0, x1 - x0 + 1, y1 - y0 + 1] and o["area"] == truth["visible_pixels"]


def test_whole_outlines_are_a_column_where_they_are_asked_for(open_scene: Opener, tmp_path: Path) -> None:
    for name, asked in (("with", True), ("without", False)):
        write(open_scene, tmp_path / name, "ParquetWriter", 1, amodal=asked)
    rows = {n: parquet.read_table(next((tmp_path / n / "data").iterdir())).to_pylist()[0] for n in ("with", "without")}

    assert all("amodal_segmentation" not in o for o in rows["without"]["objects"])
    for o in rows["with"]["objects"]:
        area = sum(rle.decompress(json.loads(o["amodal_segmentation"])["counts"])[1::2])
        assert area >= o["area"]


def test_a_split_is_a_word() -> None:
    with pytest.raises(BadArgument, match="split='a/b'"):
        WRITERS["ParquetWriter"](split="a/b")
