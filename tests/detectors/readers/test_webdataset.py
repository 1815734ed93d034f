"""WebDataset shards: read back as they were written; what is broken is named."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.packed import picture_bytes
from detectors.preprocess import read_rgb
from detectors.readers import read
from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.detectors.readers.layouts import check_round_trip, found
from tests.writers.written import NAMED, write
from writers.webdataset import tar_bytes

PICTURE = cv2.imencode(".png", np.full((10, 20, 3), 90, np.uint8))[1].tobytes()
LABELS = b'{"width": 20, "height": 10, "objects": [{"category": "bolt", "bbox": [3, 2, 6, 3]}]}'


def test_what_the_writer_writes_is_read_back(open_scene: Opener, tmp_path: Path) -> None:
    check_round_trip(open_scene, tmp_path, "webdataset", "WebDatasetWriter", frames_per_shard=1)
    samples = read(str(tmp_path))

    assert [read_rgb(s.file).shape for s in samples.images] == [(120, 160, 3)] * 2
    assert len({picture_bytes(s.file) for s in samples.images}) == 2 and samples.images[0].mask().any()


def test_shards_of_others_may_have_no_sizes_and_other_formats(tmp_path: Path) -> None:
    jpeg = cv2.imencode(".jpg", np.full((10, 20, 3), 90, np.uint8))[1].tobytes()
    bare = b'{"objects": [{"category": "bolt", "bbox": [3, 2, 6, 3]}]}'
    (tmp_path / "a-0.tar").write_bytes(tar_bytes([("x/1.jpg", jpeg), ("x/1.json", bare)]))

    with pytest.raises(DatasetError, match="x/1"):
        read(str(tmp_path / "a-0.tar"))
    (tmp_path / "a-0.tar").write_bytes(tar_bytes([("1.jpg", jpeg), ("1.json", bare)]))
    assert found(read(str(tmp_path / "a-0.tar"))) == [("1.jpg", [("bolt", [3.0, 2.0, 9.0, 5.0])])]


def test_sets_with_named_points_give_the_boxes_that_they_give_without(open_scene: Opener, tmp_path: Path) -> None:
    for name, points in (("with", ["lid", "base"]), ("without", [])):
        write(open_scene, tmp_path / name, "WebDatasetWriter", 2, NAMED, keypoints=points)

    assert found(read(str(tmp_path / "with"))) == found(read(str(tmp_path / "without"))) != []


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("1.json", LABELS)], "there is no picture 1.png"),
        ([("1.png", PICTURE), ("1.json", b"[]")], "1.json"),
        ([("1.png", PICTURE), ("1.json", b'{"objects": 1}')], "objects is 1, not a list"),
        ([("1.png", PICTURE), ("1.json", b'{"objects": [{"bbox": [1, 1, 2, 2]}]}')], "no category"),
        ([("1.png", PICTURE), ("1.json", LABELS.replace(b"20", b"30"))], "30 x 10 pixels"),
        ([("1.png", b"no"), ("1.json", LABELS)], "not a readable image"),
        ([("1.png", PICTURE), ("1.png", PICTURE)], "twice"),
        ([("../1.png", PICTURE)], r"\.\./1.png"),
    ],
)
def test_what_is_broken_is_named(members: list[tuple[str, bytes]], said: str, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tar_bytes(members))

    with pytest.raises(DatasetError, match=said):
        read(str(tmp_path))


def test_links_and_archives_cut_short_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("1.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (tmp_path / "a.tar").write_bytes(buffer.getvalue())
    with pytest.raises(DatasetError, match="is a link"):
        read(str(tmp_path))

    (tmp_path / "a.tar").write_bytes(tar_bytes([("1.png", PICTURE), ("1.json", LABELS)])[:700])
    with pytest.raises(DatasetError, match=r"cut short|not a tar"):
        read(str(tmp_path))
