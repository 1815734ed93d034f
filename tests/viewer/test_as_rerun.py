"""A recording of Rerun: written where its library is there, refused with a reason where it is not."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from rendersdg.errors import BadArgument
from rendersdg.viewer.exports import export_set
from tests.viewer.sets import coco_set


def exported(spec: Path, out: Path) -> list[str]:
    return export_set(str(spec), "rerun", out, is_overwritten=False, on_image=lambda count, of: None)


@pytest.mark.extra
def test_a_recording_is_written_and_begins_as_rerun_says(tmp_path: Path, whole_dataset: Path) -> None:
    pytest.importorskip("rerun")

    notes = exported(whole_dataset, tmp_path / "out.rrd")

    data = (tmp_path / "out.rrd").read_bytes()
    assert data[:4] in (b"RRF2", b"RRIO") and len(data) > 20_000
    assert notes == []


@pytest.mark.extra
def test_the_name_of_a_recording_ends_with_its_format(tmp_path: Path) -> None:
    pytest.importorskip("rerun")

    with pytest.raises(BadArgument, match=r"\.rrd"):
        exported(coco_set(tmp_path / "set"), tmp_path / "out.txt")


def test_without_the_library_it_is_said_what_to_install(tmp_path: Path) -> None:
    if importlib.util.find_spec("rerun") is not None:
        pytest.skip("Rerun is here")

    with pytest.raises(BadArgument, match=r"rendersdg\[rerun\]"):
        exported(coco_set(tmp_path / "set"), tmp_path / "out.rrd")
