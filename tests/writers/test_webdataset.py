"""WebDatasetWriter: what webdataset reads of it is the truth of the engine."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendersdg import rle
from rendersdg.errors import BadArgument
from tests.conftest import Opener
from tests.writers.written import NAMED, SCENE, check_points, objects, write
from writers import WRITERS
from writers.encoders import depth_png, read_image
from writers.webdataset import tar_bytes


def test_samples_of_all_shards_are_the_truth_by_hand(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "WebDatasetWriter", 3, frames_per_shard=2, depth=True, instances=True)
    samples = [s for k in range(2) for s in by_hand(tmp_path / f"shard-{k:06d}.tar")]

    assert [s["__key__"] for s in samples] == ["00000000", "00000001", "00000002"]
    check(samples, session)
    assert json.loads((tmp_path / "index.json").read_text())["shardlist"] == [
        {"url": f"shard-{k:06d}.tar", "nsamples": n, "filesize": (tmp_path / f"shard-{k:06d}.tar").stat().st_size}
        for k, n in enumerate((2, 1))
    ]


@pytest.mark.extra
def test_webdataset_reads_the_truth(open_scene: Opener, tmp_path: Path) -> None:
    wds = pytest.importorskip("webdataset")
    session = write(open_scene, tmp_path, "WebDatasetWriter", 3, frames_per_shard=2, depth=True, instances=True)
    urls = str(tmp_path / "shard-{000000..000001}.tar")
    samples = list(wds.WebDataset(urls, shardshuffle=False))
    decoded = list(wds.WebDataset(urls, shardshuffle=False).decode("rgb8").to_tuple("png", "json"))

    check(samples, session)
    for sample, (picture, labels) in zip(samples, decoded, strict=True):
        assert np.array_equal(picture, read_image(sample["png"])) and labels == json.loads(sample["json"])


@pytest.mark.extra
def test_webdataset_reads_named_points_as_the_engine_has_them(open_scene: Opener, tmp_path: Path) -> None:
    wds = pytest.importorskip("webdataset")
    session = write(open_scene, tmp_path, "WebDatasetWriter", 4, NAMED, frames_per_shard=3)
    urls = str(tmp_path / "shard-{000000..000001}.tar")
    names = ["lid", "base", "corner"]
    box = {"name": "box", "keypoints": names, "skeleton": [[1, 2], [1, 3]]}

    seen = set()
    for frame, (labels,) in enumerate(wds.WebDataset(urls, shardshuffle=False).decode().to_tuple("json")):
        assert labels["categories"] == [box]
        seen |= check_points(labels["objects"], session, frame, names)
    assert frame == 3 and seen == {0, 1, 2}
    index = json.loads((tmp_path / "index.json").read_text())
    assert index["categories"] == [box] and list(index["shardlist"][0]) == ["url", "nsamples", "filesize"]


def test_listed_points_have_the_list_s_order_and_none_are_written_where_none_are_wanted(
    open_scene: Opener, tmp_path: Path
) -> None:
    names = ["corner", "handle", "lid"]
    session = write(open_scene, tmp_path / "some", "WebDatasetWriter", 2, NAMED, keypoints=names)
    write(open_scene, tmp_path / "none", "WebDatasetWriter", 2, NAMED, keypoints=[])
    some, none = ([json.loads(s["json"]) for s in by_hand(tmp_path / n / "shard-000000.tar")] for n in ("some", "none"))

    for frame, labels in enumerate(some):
        assert labels["categories"] == [{"name": "box", "keypoints": names, "skeleton": [[3, 1]]}]
        check_points(labels["objects"], session, frame, names)
    assert json.loads((tmp_path / "some" / "index.json").read_text())["categories"] == some[0]["categories"]
    assert all("categories" not in tree and "keypoints" not in tree["objects"][0] for tree in none)
    assert "categories" not in json.loads((tmp_path / "none" / "index.json").read_text())


def by_hand(file: Path) -> list[dict[str, Any]]:
    """Return the samples of a shard, as the format is defined: files of one name up to the first dot."""
    samples: dict[str, dict[str, Any]] = {}
    with tarfile.open(file) as archive:
        for member in archive:
            key, _, what = member.name.partition(".")
            opened = archive.extractfile(member)
            assert opened is not None
            samples.setdefault(key, {"__key__": key})[what] = opened.read()
    return list(samples.values())


def check(samples: list[dict[str, Any]], session: Any) -> None:
    for frame, sample in enumerate(samples):
        ids, found = objects(session, frame)
        seen = {o["labels"]["class"]: o for o in found if o["tight"]}
        labels = json.loads(sample["json"])
        view = next(iter(session.views(session.snapshot(frame), {}).values()))
        depth = read_image(sample["depth.png"]).astype(float) / 1000
        is_near = view.labels.depth < 65
        assert (labels["frame"], labels["width"], labels["height"]) == (frame, 160, 120)
        assert np.array_equal(read_image(sample["png"]), view.buffers.rgb[..., :3])
        assert np.array_equal(read_image(sample["instances.png"]), ids)
        assert np.abs(depth - view.labels.depth)[is_near].max() <= 0.0005001 and not depth[~is_near].any()
        assert {o["category"] for o in labels["objects"]} == set(seen)
        for o in labels["objects"]:
            truth = seen[o["category"]]
            x0, y0, x1, y1 = truth["tight"]
            runs = rle.decompress(o["segmentation"]["counts"])
            assert np.array_equal(rle.mask_from_runs(runs, (120, 160)), np.isin(ids, truth["ids"]))
            assert o["bbox"] == [x0, y0, x1 - x0 + 1, y1 - y0 + 1] and o["area"] == truth["visible_pixels"]


def test_each_camera_has_samples_of_its_own(open_scene: Opener, tmp_path: Path) -> None:
    second = (
        'other: {create.camera: {position: [0, 5, 0], look_at: [0, 0, 0], name: "a.b"}}\n'
        'more: {create.render_product: {camera: other, resolution: [32, 24], name: "top.view"}}\n'
    )
    write(open_scene, tmp_path, "WebDatasetWriter", 1, scene=SCENE + second, rgb=False)
    samples = by_hand(tmp_path / "shard-000000.tar")

    assert len(samples) == 2 and len({s["__key__"] for s in samples}) == 2
    assert [json.loads(s["json"])["width"] for s in samples] == [160, 32] or [
        json.loads(s["json"])["width"] for s in samples
    ] == [32, 160]


def test_a_tar_is_what_the_standard_says_whatever_the_names() -> None:
    files = [("00000001.json", b"{}"), ("b" * 150 + ".png", bytes(range(256)) * 5), ("empty.txt", b"")]
    data = tar_bytes(files)

    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert [(m.name, archive.extractfile(m).read()) for m in archive] == files  # type: ignore[union-attr]
    assert data == tar_bytes(files) and data[257:265] == b"ustar  \0" and data[136:147] == b"0" * 11


def test_depth_beyond_sixteen_bits_and_of_nothing_is_nought() -> None:
    metres = np.array([[0.0, 1.2344, 65.535, 65.5356, np.inf]], np.float32)

    assert read_image(depth_png(metres, 0.001)).tolist() == [[0, 1234, 65535, 0, 0]]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"frames_per_shard": 0}, "frames_per_shard=0 is not 1"),
        ({"segmentation": "png"}, "rle or polygon"),
        ({"classes": "box"}, "not a list"),
        ({"keypoints": "lid"}, "keypoints='lid' is not a list of the names"),
        ({"keypoints": ["lid", "lid"]}, "names a point twice"),
    ],
)
def test_what_cannot_be_is_refused(params: dict[str, Any], said: str) -> None:
    with pytest.raises(BadArgument, match=said):
        WRITERS["WebDatasetWriter"](**params)


def test_an_object_of_no_class_is_told_by_the_nearest_name(open_scene: Opener, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"'box', which is not among classes.*did you mean 'boxes'"):
        write(open_scene, tmp_path, "WebDatasetWriter", 1, classes=["boxes", "ring", "ball", "hidden"])
